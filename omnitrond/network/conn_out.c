/*
 * The output of a connection: replies gather in one buffer, and leave with
 * one write a turn of the loop; what is not taken at once is its
 * bufferevent's.  In the network process.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "omnitrond/network/conn.h"
#include "omnitrond/network/network.h"

/* Larger output is handed over, not copied. */
#define OUT_COPY	(32 * KIB)

static size_t
conn_queued(const struct conn *c)
{
	return (evbuffer_get_length(bufferevent_get_output(c->bev)));
}

size_t
conn_pending(const struct conn *c)
{
	return (c->put - c->sent);
}

size_t
conn_unsent(const struct client *client)
{
	return (conn_pending((const struct conn *)client));
}

/* Where the reply that is being sent ends: found once for each. */
static uint64_t
conn_head_end(struct conn *c)
{
	struct evbuffer_ptr	 at;
	const char		*nl;

	if (c->head_end > c->sent)
		return (c->head_end);
	at = evbuffer_search(bufferevent_get_output(c->bev), "\n", 1, NULL);
	if (at.pos >= 0)
		c->head_end = c->sent + (uint64_t)at.pos + 1;
	else if (c->out.len > 0 &&
	    (nl = memchr(c->out.p, '\n', c->out.len)) != NULL)
		c->head_end = c->sent + conn_queued(c) +
		    (uint64_t)(nl - c->out.p) + 1;
	else
		c->head_end = c->put;
	return (c->head_end);
}

/* Does more wait than a client may leave unread? */
static int
conn_over(struct conn *c)
{
	return (conn_pending(c) > UNSENT_MAX &&
	    c->put - conn_head_end(c) > UNSENT_MAX);
}

void
conn_put(struct conn *c, const void *p, size_t len)
{
	struct network	*nw = c->network;

	if (c->dead)
		return;
	if (nw->out_total + len > UNSENT_TOTAL_MAX ||
	    buf_add(&c->out, p, len) == -1) {
		conn_drop(c);
		return;
	}
	if (c->client.secret)
		c->wipe = 1;
	nw->out_total += len;
	c->put += len;
	if (conn_over(c)) {
		conn_flush(c);
		if (!c->dead && conn_over(c))
			conn_drop(c);	/* it does not read */
	}
}

/* Of what was handed over: a secret may have been in it. */
static void
conn_free_out(const void *p, size_t len, void *arg)
{
	explicit_bzero((char *)arg, len + (size_t)((const char *)p -
	    (char *)arg));
	free(arg);
}

/* The buffer is empty; of a secret nothing stays in its memory. */
static void
conn_emptied(struct conn *c)
{
	if (c->wipe && c->out.p != NULL)
		explicit_bzero(c->out.p, c->out.size);
	c->wipe = 0;
	if (c->out.size > OUT_COPY)
		buf_free(&c->out);
	else
		c->out.len = 0;
}

/* The bufferevent writes the rest. */
static void
conn_hand_over(struct conn *c, size_t off)
{
	struct evbuffer	*out = bufferevent_get_output(c->bev);
	size_t		 len = c->out.len - off;
	int		 rv = 0;

	if (len > OUT_COPY || (len > 0 && c->wipe)) {
		rv = evbuffer_add_reference(out, c->out.p + off, len,
		    conn_free_out, c->out.p);
		if (rv == 0)
			memset(&c->out, 0, sizeof(c->out));
	} else if (len > 0)
		rv = evbuffer_add(out, c->out.p + off, len);
	if (rv == -1)
		conn_drop(c);
	else
		conn_emptied(c);
}

void
conn_flush(struct conn *c)
{
	ssize_t	 n = 0;

	if (c->dead || c->out.len == 0)
		return;
	if (!c->tls && conn_queued(c) == 0) {
		n = send(c->fd, c->out.p, c->out.len, MSG_NOSIGNAL);
		if (n == -1 && errno != EAGAIN && errno != EINTR) {
			conn_drop(c);
			return;
		}
		if (n > 0) {
			c->sent += (uint64_t)n;
			c->network->out_total -= (size_t)n;
			c->renew = 1;
			c->stalled = 0;
		} else
			n = 0;
	}
	conn_hand_over(c, (size_t)n);
}

void
conn_out_free(struct conn *c)
{
	c->network->out_total -= conn_pending(c);
	c->put = c->sent = 0;
	conn_emptied(c);
	buf_free(&c->out);
}
