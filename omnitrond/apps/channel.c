/*
 * Connections of instances: accepting, framing, writing.  In the apps
 * process; touches the sockets it is given.
 *
 * Whatever an app does wrong costs it the connection and nothing else.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/jsonw.h"
#include "common/log.h"
#include "omnitrond/apps/apps.h"

#define OUT_KEEP	(64 * KIB)	/* an empty buffer beyond it is freed */
/*
 * Lines of a connection that nobody asked for: a burst, then one in so many
 * milliseconds.
 */
#define LINE_MS		1
#define LINE_BURST	1000
/*
 * The planes are told all that an instance has registered; who registers
 * again and again must not keep them busy.
 */
#define TELL_MS		200

static void	channel_lines(struct channel *);

void
channel_drop(struct channel *c)
{
	struct app_inst	*i = c->inst;
	int		 told = c->nservices > 0;

	call_lost(c);
	TAILQ_REMOVE(&i->channels, c, entry);
	i->nchannels--;
	i->apps->in_total -= c->in.len;
	event_free(c->rev);
	event_free(c->wev);
	event_free(c->pause);
	close(c->fd);
	buf_free(&c->in);
	buf_free(&c->out);
	free(c->services);
	free(c);
	if (told)
		channel_changed(i);
}

void
channel_drop_all(struct app_inst *i)
{
	struct channel	*c, *next;

	TAILQ_FOREACH_SAFE(c, &i->channels, entry, next)
		channel_drop(c);
}

static void
channel_bad(struct channel *c, const char *why)
{
	log_debug("%s: channel: %s", c->inst->name, why);
	channel_drop(c);
}

/* ---- reading ------------------------------------------------------------ */

static void
channel_resume(int fd, short events, void *arg)
{
	struct channel	*c = arg;

	event_add(c->rev, NULL);
	channel_lines(c);
}

/* More lines than it may send: what it sends waits. */
static int
channel_late(struct channel *c)
{
	struct timeval	 tv;
	int64_t		 ms;

	if ((ms = rate_take(&c->rate, mono_now(), LINE_MS, LINE_BURST)) == 0)
		return (0);
	tv.tv_sec = ms / 1000;
	tv.tv_usec = ms % 1000 * 1000;
	event_del(c->rev);
	event_add(c->pause, &tv);
	return (1);
}

void
channel_asked(struct channel *c)
{
	rate_back(&c->rate, LINE_MS);
}

/* Every whole line there is. */
static void
channel_lines(struct channel *c)
{
	size_t	 off = 0, len;
	char	*nl;

	while ((nl = memchr(c->in.p + c->scanned, '\n',
	    c->in.len - c->scanned)) != NULL && !channel_late(c)) {
		len = (size_t)(nl - c->in.p) - off;
		if (channel_line(c, c->in.p + off, len) == -1) {
			channel_bad(c, "it does not keep the protocol");
			return;
		}
		off += len + 1;
		c->scanned = off;
	}
	if (nl == NULL)
		c->scanned = c->in.len;
	c->inst->apps->in_total -= off;
	buf_skip(&c->in, off);
	c->scanned -= off;
	if (c->in.len == 0)
		buf_free(&c->in);
	else if (nl == NULL && c->in.len > CHANNEL_LINE)
		channel_bad(c, "a line is too long");
}

static void
channel_readable(int fd, short events, void *arg)
{
	struct channel	*c = arg;
	struct apps	*apps = c->inst->apps;
	ssize_t		 n;

	n = read(fd, apps->rbuf, sizeof(apps->rbuf));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		channel_drop(c);
		return;
	}
	if (apps->in_total + (size_t)n > CHANNEL_IN_TOTAL ||
	    buf_add(&c->in, apps->rbuf, (size_t)n) == -1) {
		channel_bad(c, "no memory");
		return;
	}
	apps->in_total += (size_t)n;
	channel_lines(c);
}

/* ---- writing ------------------------------------------------------------ */

static void
channel_break(struct channel *c)
{
	/* the reader sees its end, and frees it */
	c->broken = 1;
	event_del(c->wev);
	shutdown(c->fd, SHUT_RDWR);
	event_add(c->rev, NULL);
}

static void
channel_flush(struct channel *c)
{
	ssize_t	 n;

	while (!c->broken && c->out.len > 0) {
		n = send(c->fd, c->out.p, c->out.len, MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN) {
			event_add(c->wev, NULL);
			return;
		}
		if (n == -1) {
			channel_break(c);
			return;
		}
		buf_skip(&c->out, (size_t)n);
	}
	if (c->out.size > OUT_KEEP)
		buf_free(&c->out);
}

static void
channel_writable(int fd, short events, void *arg)
{
	channel_flush(arg);
}

int
channel_send(struct channel *c, const char *text, size_t len)
{
	if (c->broken)
		return (-1);
	if (c->out.len + len > CHANNEL_UNSENT ||
	    buf_add(&c->out, text, len) == -1 ||
	    buf_add(&c->out, "\n", 1) == -1)
		channel_break(c);
	else
		channel_flush(c);
	return (c->broken ? -1 : 0);
}

void
channel_stop(struct app_inst *i, uint32_t ms)
{
	struct channel	*c;
	struct jsonw	 w;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kstring(&w, "jsonrpc", "2.0");
	jsonw_kint(&w, "id", (int64_t)++i->apps->number);
	jsonw_kstring(&w, "method", "shutdown");
	jsonw_key(&w, "params");
	jsonw_object(&w);
	jsonw_kint(&w, "deadline", ms);
	jsonw_end(&w);
	jsonw_end(&w);
	if (jsonw_done(&w) == 0)
		TAILQ_FOREACH(c, &i->channels, entry)
			channel_send(c, w.buf, w.len);
	jsonw_free(&w);
}

/* ---- accepting ---------------------------------------------------------- */

static struct channel *
channel_new(struct app_inst *i, int fd)
{
	struct event_base	*base = i->apps->proc->base;
	struct channel		*c = calloc(1, sizeof(*c));

	if (c == NULL)
		return (NULL);
	c->inst = i;
	c->fd = fd;
	TAILQ_INIT(&c->calls);
	c->rev = event_new(base, fd, EV_READ | EV_PERSIST, channel_readable,
	    c);
	c->wev = event_new(base, fd, EV_WRITE, channel_writable, c);
	c->pause = event_new(base, -1, 0, channel_resume, c);
	if (c->rev == NULL || c->wev == NULL || c->pause == NULL ||
	    event_add(c->rev, NULL) == -1)
		fatalx("out of memory");
	TAILQ_INSERT_TAIL(&i->channels, c, entry);
	i->nchannels++;
	return (c);
}

void
channel_accept(int lfd, short events, void *arg)
{
	struct app_inst	*i = arg;
	uid_t		 uid;
	gid_t		 gid;
	int		 fd;

	fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			log_warn("%s: channel", i->name);
		return;
	}
	if (getpeereid(fd, &uid, &gid) == -1 || uid != i->uid ||
	    i->nchannels >= CHANNEL_CONNS || channel_new(i, fd) == NULL)
		close(fd);
}

/* ---- what is registered ------------------------------------------------- */

int
channel_has(const struct channel *c, const char *service)
{
	size_t	 n;

	for (n = 0; n < c->nservices; n++)
		if (strcmp(c->services[n].name, service) == 0)
			return (1);
	return (0);
}

void
channel_due(int fd, short events, void *arg)
{
	struct app_inst	*i = arg;

	i->registered = mono_now();
	channel_tell(i, K_MAX);
}

void
channel_changed(struct app_inst *i)
{
	struct timeval	 tv = { 0, 0 };
	int64_t		 left;

	if (event_pending(i->register_due, EV_TIMEOUT, NULL))
		return;
	left = TELL_MS - mono_diff_ms(mono_now(), i->registered);
	if (i->registered.us == 0 || left <= 0) {
		channel_due(-1, 0, i);
		return;
	}
	tv.tv_usec = left * 1000;
	event_add(i->register_due, &tv);
}

static void
channel_tell_one(struct app_inst *i, struct peer *plane)
{
	struct channel	*c;
	size_t		 n;

	peer_bulk(plane, 1);
	peer_send(plane, M_APP_SERVICE, -1, &i->id, "", "", NULL);
	TAILQ_FOREACH(c, &i->channels, entry)
		for (n = 0; n < c->nservices; n++)
			peer_send(plane, M_APP_SERVICE, -1, &i->id,
			    c->services[n].name, c->services[n].version, NULL);
	peer_bulk(plane, 0);
}

void
channel_tell(struct app_inst *i, enum kind plane)
{
	enum kind	 k;

	for (k = 0; k < K_MAX; k++)
		if ((plane == K_MAX || plane == k) && plane_there(i->apps, k))
			channel_tell_one(i, i->apps->proc->peer[k]);
}
