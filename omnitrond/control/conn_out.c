/*
 * The output of a connection: replies gather in one buffer and leave with
 * one write a turn of the loop.  In the control process.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "omnitrond/control/conn.h"
#include "omnitrond/control/control.h"

/* An empty buffer that is larger is given back. */
#define OUT_KEEP	(64 * KIB)

/* Where the reply that is being sent ends: found once for each. */
static size_t
conn_head_end(struct conn *c)
{
	const char	*nl;

	if (c->head_end <= c->sent) {
		nl = memchr(c->out.p + c->sent, '\n', conn_pending(c));
		c->head_end = nl == NULL ? c->out.len :
		    (size_t)(nl - c->out.p) + 1;
	}
	return (c->head_end);
}

/* Does more wait than a client may leave unread? */
static int
conn_over(struct conn *c)
{
	return (conn_pending(c) > UNSENT_MAX &&
	    c->out.len - conn_head_end(c) > UNSENT_MAX);
}

/* Close the gap that was sent when it is the larger part. */
static void
conn_compact(struct conn *c)
{
	if (c->sent == c->out.len) {
		c->control->out_total -= c->out.len;
		if (c->client.secret)
			explicit_bzero(c->out.p, c->out.size);
		c->out.len = c->sent = c->head_end = 0;
		if (c->out.size > OUT_KEEP)
			buf_free(&c->out);
	} else if (c->sent > c->out.len / 2) {
		c->control->out_total -= c->sent;
		buf_skip(&c->out, c->sent);
		c->head_end = c->head_end > c->sent ? c->head_end - c->sent :
		    0;
		c->sent = 0;
	}
}

void
conn_flush(struct conn *c)
{
	ssize_t	 n;

	if (c->dead || conn_pending(c) == 0)
		return;
	n = write(c->fd, c->out.p + c->sent, conn_pending(c));
	if (n == -1) {
		if (errno != EAGAIN && errno != EINTR)
			conn_drop(c);
		return;
	}
	c->sent += (size_t)n;
	if (n > 0) {
		c->stalled = 0;
		if (c->wait == WAIT_STALL || c->wait == WAIT_DRAIN)
			c->renew = 1;	/* it reads */
	}
	conn_compact(c);
}

/* client->send: the text and its newline. */
void
conn_send(struct client *client, const char *text, size_t len)
{
	struct conn	*c = (struct conn *)client;
	struct control	*ctl = c->control;

	if (c->dead)
		return;
	if (ctl->out_total + len + 1 > UNSENT_TOTAL_MAX ||
	    buf_add(&c->out, text, len) == -1) {
		conn_drop(c);
		return;
	}
	ctl->out_total += len;
	if (buf_add(&c->out, "\n", 1) == -1) {
		conn_drop(c);
		return;
	}
	ctl->out_total++;
	if (conn_over(c)) {
		conn_flush(c);
		if (!c->dead && conn_over(c)) {
			conn_drop(c);	/* it does not read */
			return;
		}
	}
	if (!c->busy)
		conn_schedule(c);
}

size_t
conn_unsent(const struct client *client)
{
	return (conn_pending((const struct conn *)client));
}
