/*
 * The line protocol.  In the network process; what is read is hostile.
 *
 * A connection with as many calls as it may have, or with output it does not
 * read, is not looked at until that changes.
 */
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "omnitrond/network/auth.h"
#include "omnitrond/network/network.h"
#include "omnitrond/network/tcp.h"
#include "omnitrond/rpc/reply.h"

static int
tcp_blocked(const struct conn *c)
{
	return (c->client.waiting >= WAITING_MAX ||
	    (conn_pending(c) > UNSENT_PAUSE && !c->stalled));
}

static void
tcp_error(struct conn *c, int number, const char *text)
{
	rpc_refuse(&c->client, number, text);
	c->closing = 1;
}

static void
tcp_refuse(struct conn *c, int outcome, const char *text)
{
	tcp_error(c, outcome == OUT_LIMITED ? outcome_number(OUT_LIMITED) :
	    RPC_INVALID, text);
}

/* Bytes that a request of this client may have. */
static size_t
tcp_max(const struct conn *c)
{
	return (c->client.caller.how == CALLER_NOBODY ? ANON_REQUEST_MAX :
	    REQUEST_MAX);
}

static void
tcp_too_large(struct conn *c)
{
	tcp_error(c, RPC_INVALID, tcp_max(c) == REQUEST_MAX ?
	    "request too large: at most 1 MiB" :
	    "request too large: at most 16 KiB before authentication");
}

/* One line.  A secret in it stays no longer than it is needed. */
static void
tcp_line(struct conn *c, char *p, size_t n)
{
	rpc_message(&c->client, p, n > 0 && p[n - 1] == '\r' ? n - 1 : n);
	if (c->client.secret) {
		explicit_bzero(p, n);
		c->client.secret = 0;
	}
}

/*
 * Look at the complete lines of a buffer; the bytes that are done with.
 * *scanned tells how far there is no newline, and is set so.
 */
static size_t
tcp_lines(struct conn *c, char *p, size_t len, size_t *scanned)
{
	uint64_t	 start = c->put;
	size_t		 off = 0, n;
	char		*nl;

	while (!c->dead && !c->closing && off + *scanned < len) {
		nl = memchr(p + off + *scanned, '\n', len - off - *scanned);
		n = nl == NULL ? len - off : (size_t)(nl - (p + off));
		if (n > tcp_max(c)) {
			tcp_too_large(c);
			break;
		}
		if (nl == NULL) {
			*scanned = n;
			break;
		}
		if (tcp_blocked(c) || c->put > start + UNSENT_TURN) {
			c->more = 1;
			break;
		}
		tcp_line(c, p + off, n);
		off += n + 1;
		*scanned = 0;
		c->renew = 1;		/* the next has its own time */
	}
	return (off);
}

/* It sends no more: what it left unfinished is no request. */
static void
tcp_ended(struct conn *c)
{
	if (c->eof && !c->dead && !c->more && !c->closing && c->in.len > 0)
		tcp_error(c, RPC_INVALID, "a request ends with a newline");
}

/*
 * The lines in the input of the bufferevent are looked at there; only an
 * unfinished one is kept, so that it can be larger than what is read ahead.
 */
static void
tcp_work(struct conn *c)
{
	struct evbuffer	*in = bufferevent_get_input(c->bev);
	size_t		 len, n = 0;

	if (c->in.len == 0) {
		/* the first piece lies there as it is, and is not copied */
		len = evbuffer_get_contiguous_space(in);
		c->scanned = 0;
		n = tcp_lines(c, (char *)evbuffer_pullup(in, (ssize_t)len),
		    len, &c->scanned);
		evbuffer_drain(in, n);
		if (!c->more && !c->dead && !c->closing && n < len)
			conn_take(c, len - n, 1);
		if (evbuffer_get_length(in) > 0)
			c->more = 1;
	} else {
		/* No more than one line of any length is ever kept. */
		if (c->in.len <= REQUEST_MAX)
			conn_take(c, evbuffer_get_length(in), 1);
		if (c->dead || c->closing)
			return;
		n = tcp_lines(c, c->in.p, c->in.len, &c->scanned);
		conn_unkeep(c, n);
		if (c->in.len == 0 && !c->more &&
		    evbuffer_get_length(in) > 0)
			c->more = 1;
	}
	tcp_ended(c);
}

static int
tcp_begun(const struct conn *c)
{
	return (c->in.len > 0);
}

static int
tcp_first(const struct conn *c)
{
	return (c->client.caller.how != CALLER_NOBODY);
}

static int
tcp_busy(const struct conn *c)
{
	return (c->client.waiting > 0 || c->client.streams > 0);
}

/*
 * Calls that are carried out go on and are answered, and what comes next is
 * UNAUTHORIZED; who only listens is told nothing more.
 */
static void
tcp_expired(struct conn *c)
{
	if (c->client.streams > 0)
		tcp_error(c, outcome_number(OUT_UNAUTHORIZED),
		    "the token is not valid any more");
	auth_nobody(c);
	conn_set_expiry(c, 0);
	c->since = mono_now();	/* so long it may authenticate itself anew */
}

static void
tcp_gone(struct conn *c)
{
}

void
tcp_send(struct client *client, const char *text, size_t len)
{
	struct conn	*c = (struct conn *)client;

	conn_put(c, text, len);
	conn_put(c, "\n", 1);
	if (c->dead || c->inside)
		return;
	c->client.secret = 0;		/* tcp_line does it for its own */
	conn_schedule(c);
}

const struct conn_ops	 tcp_ops = {
	.work = tcp_work,
	.blocked = tcp_blocked,
	.begun = tcp_begun,
	.first = tcp_first,
	.busy = tcp_busy,
	.refuse = tcp_refuse,
	.expired = tcp_expired,
	.gone = tcp_gone,
	.idle_seconds = IDLE_TCP_SECONDS,
};
