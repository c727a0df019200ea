/*
 * One probe: a connection, perhaps a request and its answer, and a verdict
 * within its time.  Egress process.
 *
 *	connecting	to one address after the other, until one takes it
 *	sending
 *	reading		until the answer is known
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/egress/egress.h"
#include "omnitrond/egress/response.h"

#define PROBE_READ	16384	/* one read: an answer is rarely longer */

enum probe_state { PROBE_CONNECTING, PROBE_SENDING, PROBE_READING };

struct probe {
	TAILQ_ENTRY(probe)	 entry;
	struct egress		*egress;
	enum probe_state	 state;
	struct m_probe		 order;
	struct m_target		 def;
	uint32_t		 at;		/* which address */
	int			 fd;
	struct event		*ev;
	struct event		*deadline;
	char			*request;	/* NULL: connecting is all */
	size_t			 len;
	size_t			 sent;
	char			*match;		/* NULL: none */
	struct response		*response;
	char			 text[TEXT_MAX];	/* of the last failure */
};

static void	probe_connect(struct probe *);

static void
probe_close(struct probe *p)
{
	if (p->ev != NULL)
		event_free(p->ev);
	p->ev = NULL;
	if (p->fd != -1)
		close(p->fd);
	p->fd = -1;
}

static void
probe_free(struct probe *p)
{
	probe_close(p);
	if (p->deadline != NULL)
		event_free(p->deadline);
	if (p->response != NULL)
		response_free(p->response);
	free(p->response);
	free(p->request);
	free(p->match);
	TAILQ_REMOVE(&p->egress->probes, p, entry);
	p->egress->nprobes--;
	free(p);
}

void
probe_free_all(struct egress *e)
{
	struct probe	*p, *next;

	TAILQ_FOREACH_SAFE(p, &e->probes, entry, next)
		probe_free(p);
}

static void
probe_send(struct egress *e, uint64_t id, enum probe_outcome outcome,
    const char *text)
{
	struct peer	*sup = e->proc->peer[K_SUPERVISOR];
	struct m_probed	 m;

	if (sup == NULL)
		return;
	memset(&m, 0, sizeof(m));
	m.id = id;
	m.outcome = outcome;
	peer_send(sup, M_PROBED, -1, &m, text, NULL);
}

static void
probe_done(struct probe *p, enum probe_outcome outcome, const char *text)
{
	probe_send(p->egress, p->order.id, outcome, text);
	probe_free(p);
}

static void __attribute__((format(printf, 2, 3)))
probe_fail(struct probe *p, const char *fmt, ...)
{
	char	 text[TEXT_MAX];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	probe_done(p, PROBE_FAIL, text);
}

/* "127.0.0.1:80: Connection refused", for the case that it was the last. */
static void
probe_refused(struct probe *p, int error)
{
	const struct m_address	*a = &p->def.addresses[p->at];
	char			 host[INET6_ADDRSTRLEN] = "?";
	int			 six = a->family == AF_INET6;

	inet_ntop(six ? AF_INET6 : AF_INET, a->bytes, host, sizeof(host));
	snprintf(p->text, sizeof(p->text), "%s%s%s:%u: %s", six ? "[" : "",
	    host, six ? "]" : "", p->def.port, strerror(error));
	probe_close(p);
	p->at++;
}

static void
probe_late(int fd, short events, void *arg)
{
	static const char *const	 what[] = {
		[PROBE_CONNECTING] = "no connection",
		[PROBE_SENDING] = "request not taken",
		[PROBE_READING] = "no whole answer"
	};
	struct probe	*p = arg;
	char		 limit[32];

	probe_fail(p, "%s within %s", what[p->state],
	    duration_format(p->order.timeout_ms, limit, sizeof(limit)));
}

/* ---- the answer --------------------------------------------------------- */

static void
probe_judge(struct probe *p)
{
	const struct response	*r = p->response;

	if (r->state == RESPONSE_BAD)
		probe_fail(p, "%s", r->why);
	else if (r->status < p->def.status_min ||
	    r->status > p->def.status_max)
		probe_fail(p, "status %d", r->status);
	else if (p->match != NULL && !response_contains(r, p->match))
		probe_fail(p, "status %d, but \"%.100s\" is not in %s",
		    r->status, p->match, r->cut ?
		    "the first 64 kB of its body" : "its body");
	else
		probe_done(p, PROBE_PASS, "");
}

static void
probe_read(struct probe *p)
{
	char	 buf[PROBE_READ];
	ssize_t	 n;

	n = read(p->fd, buf, sizeof(buf));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n == -1) {
		probe_fail(p, "%s", strerror(errno));
		return;
	}
	if (n == 0)
		response_end(p->response);
	else
		response_feed(p->response, buf, (size_t)n);
	if (p->response->state >= RESPONSE_DONE)
		probe_judge(p);
}

/* ---- the request -------------------------------------------------------- */

static void	probe_event(int, short, void *);

static void
probe_wait(struct probe *p, short events)
{
	if (p->ev != NULL)
		event_free(p->ev);
	p->ev = event_new(p->egress->proc->base, p->fd, events | EV_PERSIST,
	    probe_event, p);
	if (p->ev == NULL || event_add(p->ev, NULL) == -1)
		fatalx("out of memory");
}

static void
probe_write(struct probe *p)
{
	ssize_t	 n;

	n = send(p->fd, p->request + p->sent, p->len - p->sent, MSG_NOSIGNAL);
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		probe_fail(p, "%s", strerror(errno));
		return;
	}
	if (n > 0)
		p->sent += (size_t)n;
	if (p->sent < p->len)
		return;
	p->state = PROBE_READING;
	probe_wait(p, EV_READ);
}

/* ---- the connection ----------------------------------------------------- */

static void
probe_connected(struct probe *p)
{
	socklen_t	 len = sizeof(int);
	int		 error = 0;

	if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0) {
		probe_refused(p, error);
		probe_connect(p);
	} else if (p->request == NULL)
		probe_done(p, PROBE_PASS, "");
	else {
		p->state = PROBE_SENDING;
		probe_write(p);
	}
}

static void
probe_event(int fd, short events, void *arg)
{
	struct probe	*p = arg;

	switch (p->state) {
	case PROBE_CONNECTING:
		probe_connected(p);
		break;
	case PROBE_SENDING:
		probe_write(p);
		break;
	case PROBE_READING:
		probe_read(p);
		break;
	}
}

static socklen_t
probe_address(const struct probe *p, struct sockaddr_storage *ss)
{
	const struct m_address	*a = &p->def.addresses[p->at];
	struct sockaddr_in6	*in6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in	*in = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = (sa_family_t)a->family;
	if (a->family == AF_INET6) {
		memcpy(&in6->sin6_addr, a->bytes, sizeof(in6->sin6_addr));
		in6->sin6_port = htons(p->def.port);
		return (sizeof(*in6));
	}
	memcpy(&in->sin_addr, a->bytes, sizeof(in->sin_addr));
	in->sin_port = htons(p->def.port);
	return (sizeof(*in));
}

static int
probe_try(struct probe *p)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len = probe_address(p, &ss);

	p->fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	if (p->fd == -1)
		return (-1);
	if (connect(p->fd, (struct sockaddr *)&ss, len) == -1 &&
	    errno != EINPROGRESS)
		return (-1);
	return (0);
}

/* To the next address that does not refuse at once. */
static void
probe_connect(struct probe *p)
{
	while (p->at < p->def.naddresses) {
		if (probe_try(p) == 0) {
			probe_wait(p, EV_WRITE);
			return;
		}
		probe_refused(p, errno);
	}
	probe_fail(p, "%s", p->text);
}

static struct probe *
probe_new(struct egress *e, const struct m_probe *m, const struct target *t)
{
	struct probe	*p = xcalloc(1, sizeof(*p));
	struct timeval	 tv;

	p->egress = e;
	p->order = *m;
	p->def = t->def;
	p->fd = -1;
	TAILQ_INSERT_TAIL(&e->probes, p, entry);
	e->nprobes++;
	if (t->def.status_min != 0) {
		p->request = target_request(t, &p->len);
		p->match = t->match != NULL ? xstrdup(t->match) : NULL;
		p->response = xcalloc(1, sizeof(*p->response));
		response_init(p->response, p->match == NULL);
	}
	tv.tv_sec = m->timeout_ms / 1000;
	tv.tv_usec = (m->timeout_ms % 1000) * 1000;
	p->deadline = event_new(e->proc->base, -1, 0, probe_late, p);
	if (p->deadline == NULL || event_add(p->deadline, &tv) == -1)
		fatalx("out of memory");
	return (p);
}

void
probe_start(struct egress *e, const struct m_probe *m)
{
	struct target	*t;

	t = target_find(e, m->inst.app, m->inst.process, (uint16_t)m->what);
	if (t == NULL)
		probe_send(e, m->id, PROBE_NONE, "not told what to connect to");
	else if (e->nprobes == PROBES_MAX)
		/* of those that are at work some may be wanted no more */
		probe_send(e, m->id, PROBE_NONE, "too many at once");
	else
		probe_connect(probe_new(e, m, t));
}
