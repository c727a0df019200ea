/*
 * A channel to another process of the daemon: imsg over a Unix socket in
 * libevent's loop, with the checks of proto.h before any handler.  Linked
 * into every process; touches only the socket it is given.
 *
 * Messages queued in one turn of the loop leave in one write at its end.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/imsg.h"
#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/proc.h"

/* A frame that was begun must be complete within this (security.md). */
#define PARTIAL_TIMEOUT	5
/* Strings that one message may carry in its tail. */
#define TAIL_STRINGS	8

struct peer {
	enum kind		 self;
	enum kind		 other;
	uint32_t		 state;
	int			 fd;
	struct imsgbuf		 ibuf;
	struct event		*rev;		/* readable */
	struct event		*wev;		/* writable, after a short write */
	struct event		*flush;		/* end of this turn */
	struct event		*partial;	/* deadline of a partial frame */
	int			 partial_on;
	int			 flushing;
	int			 bulk;
	int			 over;		/* queue over its bound */
	int			 busy;		/* in a callback of ours */
	int			 dead;		/* to be freed when not busy */
	size_t			 bulk_bytes;	/* queued under bulk */
	msg_handler		 fn[M_MAX];
	peer_down		 down;
	void			*arg;
};

static void
peer_destroy(struct peer *p)
{
	event_free(p->rev);
	event_free(p->wev);
	event_free(p->flush);
	event_free(p->partial);
	imsgbuf_clear(&p->ibuf);
	close(p->fd);
	free(p);
}

void
peer_free(struct peer *p)
{
	if (p == NULL)
		return;
	if (p->busy) {
		p->dead = 1;
		return;
	}
	peer_destroy(p);
}

/* The channel is over: tell the owner once, then free it. */
static void
peer_end(struct peer *p, const char *why, enum msg_type type)
{
	if (!p->dead) {
		p->busy++;
		p->down(p, why, type);
		p->busy--;
	}
	peer_destroy(p);
}

/*
 * Have a frame that was begun its deadline.  On a busy channel every read
 * may end within a frame: it is another one if messages came before it.
 */
static void
peer_watch_partial(struct peer *p, int progress)
{
	static const struct timeval tv = { PARTIAL_TIMEOUT, 0 };
	int	 partial = imsgbuf_partial(&p->ibuf);

	if (partial && (progress || !p->partial_on))
		event_add(p->partial, &tv);
	else if (!partial && p->partial_on)
		event_del(p->partial);
	p->partial_on = partial;
}

/* One message through the checks to its handler; NULL, or the rule broken. */
static const char *
peer_deliver(struct peer *p, struct imsg *imsg)
{
	struct msg	 m;
	const char	*why;
	uint32_t	 type = imsg_get_type(imsg);
	int		 rv;

	memset(&m, 0, sizeof(m));
	m.fd = imsg_get_fd(imsg);
	m.len = imsg_get_len(imsg);
	if ((why = proto_check(type, p->other, p->self, p->state, m.len,
	    m.fd != -1)) != NULL || p->fn[type] == NULL) {
		if (m.fd != -1)
			close(m.fd);
		return (why != NULL ? why : "no handler");
	}
	m.type = type;
	m.data = imsg->data;
	rv = p->fn[type](p, &m);
	if (m.fd != -1)
		close(m.fd);
	return (rv == -1 ? "malformed" : NULL);
}

static void
peer_read(int fd, short events, void *arg)
{
	struct peer	*p = arg;
	struct imsg	 imsg;
	const char	*why = NULL;
	enum msg_type	 type = M_NONE;
	ssize_t		 n;
	int		 rv, progress = 0;

	rv = imsgbuf_read(&p->ibuf);
	if (rv == -1 && errno != EBADMSG && errno != EMFILE)
		rv = 0;			/* reset by the other side: gone */
	p->busy++;
	while (why == NULL && !p->dead) {
		if ((n = imsg_get(&p->ibuf, &imsg)) == 0)
			break;
		if (n == -1) {
			why = "malformed frame";
			break;
		}
		type = imsg_get_type(&imsg);
		why = peer_deliver(p, &imsg);
		imsg_free(&imsg);
		progress = 1;
	}
	p->busy--;
	if (p->dead)
		peer_destroy(p);
	else if (why != NULL || rv == -1)
		peer_end(p, why != NULL ? why : "malformed frame", type);
	else if (rv == 0)
		peer_end(p, NULL, M_NONE);
	else
		peer_watch_partial(p, progress);
}

static void
peer_write(int fd, short events, void *arg)
{
	struct peer	*p = arg;

	p->flushing = 0;
	if (p->over) {
		peer_end(p, "queue over its limit", M_NONE);
		return;
	}
	peer_flush(p);
}

void
peer_flush(struct peer *p)
{
	/* A broken socket is noticed, and told once, by the reader. */
	if (imsgbuf_write(&p->ibuf) == -1)
		return;
	if (imsgbuf_queuelen(&p->ibuf) > 0)
		event_add(p->wev, NULL);
	else
		p->bulk_bytes = 0;
}

static void
peer_partial(int fd, short events, void *arg)
{
	peer_end(arg, "partial frame too old", M_NONE);
}

struct peer *
peer_new(struct event_base *base, enum kind self, enum kind other, int fd,
    const struct dispatch *table, peer_down down, void *arg)
{
	struct peer	*p = xcalloc(1, sizeof(*p));

	p->self = self;
	p->other = other;
	p->fd = fd;
	p->down = down;
	p->arg = arg;
	p->state = ST_RUN;
	for (; table->fn != NULL; table++)
		p->fn[table->type] = table->fn;
	if (imsgbuf_init(&p->ibuf, fd) == -1)
		fatal("imsgbuf_init");
	imsgbuf_allow_fdpass(&p->ibuf);
	evutil_make_socket_nonblocking(fd);
	p->rev = event_new(base, fd, EV_READ | EV_PERSIST, peer_read, p);
	p->wev = event_new(base, fd, EV_WRITE, peer_write, p);
	p->flush = event_new(base, -1, 0, peer_write, p);
	p->partial = event_new(base, -1, 0, peer_partial, p);
	if (p->rev == NULL || p->wev == NULL || p->flush == NULL ||
	    p->partial == NULL || event_add(p->rev, NULL) == -1)
		fatalx("out of memory");
	return (p);
}

enum kind
peer_kind(const struct peer *p)
{
	return (p->other);
}

void *
peer_arg(const struct peer *p)
{
	return (p->arg);
}

int
peer_fd(const struct peer *p)
{
	return (p->fd);
}

void
peer_set_state(struct peer *p, uint32_t st)
{
	p->state = st;
}

void
peer_hold(struct peer *p, int on)
{
	if ((on ? event_del(p->rev) : event_add(p->rev, NULL)) == -1)
		fatalx("out of memory");
}

void
peer_bulk(struct peer *p, int on)
{
	p->bulk = on;
}

size_t
peer_queued(const struct peer *p)
{
	return (imsgbuf_queuesize((struct imsgbuf *)(uintptr_t)&p->ibuf));
}

/* Have what was queued written when this turn of the loop ends. */
static void
peer_queued_more(struct peer *p, size_t len)
{
	if (p->bulk)
		p->bulk_bytes += len + IMSG_HEADER_SIZE;
	else if (peer_queued(p) > p->bulk_bytes + PEER_QUEUE_MAX)
		p->over = 1;
	if (!p->flushing) {
		p->flushing = 1;
		event_active(p->flush, EV_WRITE, 0);
	}
}

void
peer_send_raw(struct peer *p, enum msg_type type, int fd, const void *data,
    const void *tail, size_t len)
{
	struct iovec	 iov[2];
	size_t		 size = proto_struct_size(type);

	iov[0].iov_base = (void *)(uintptr_t)data;
	iov[0].iov_len = size;
	iov[1].iov_base = (void *)(uintptr_t)tail;
	iov[1].iov_len = len;
	if (imsg_composev(&p->ibuf, type, 0, 0, fd, iov, len > 0 ? 2 : 1) == -1)
		fatal("%s to %s", msg_name(type), kind_name(p->other));
	peer_queued_more(p, size + len);
}

void
peer_send(struct peer *p, enum msg_type type, int fd, const void *data, ...)
{
	struct iovec	 iov[1 + 2 * TAIL_STRINGS];
	uint16_t	 lens[TAIL_STRINGS];
	const char	*s;
	va_list		 ap;
	size_t		 len = proto_struct_size(type);
	int		 i = 0, n = 0;

	iov[n].iov_base = (void *)(uintptr_t)data;
	iov[n++].iov_len = len;
	va_start(ap, data);
	while ((s = va_arg(ap, const char *)) != NULL) {
		if (i == TAIL_STRINGS)
			fatalx("%s: too many strings", msg_name(type));
		lens[i] = (uint16_t)strnlen(s, PATH_SIZE - 1);
		iov[n].iov_base = &lens[i];
		iov[n++].iov_len = sizeof(lens[i]);
		iov[n].iov_base = (void *)(uintptr_t)s;
		iov[n++].iov_len = lens[i];
		len += sizeof(lens[i]) + lens[i];
		i++;
	}
	va_end(ap);
	if (imsg_composev(&p->ibuf, type, 0, 0, fd, iov, n) == -1)
		fatal("%s to %s", msg_name(type), kind_name(p->other));
	peer_queued_more(p, len);
}
