/*
 * Connections: reading, framing, deadlines, and their end.  In the control
 * process; what is read is hostile.
 *
 * Input is read into one buffer of the process and looked at there; only an
 * unfinished line is kept for a connection, so that an idle one costs next
 * to nothing.  A connection with as many calls as it may have, or with
 * output it does not read, is not looked at until that changes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "omnitrond/control/conn.h"
#include "omnitrond/control/control.h"
#include "omnitrond/rpc/reply.h"
#include "omnitrond/rpc/request.h"

static const struct timeval	 wait_time[] = {
	[WAIT_NONE] = { 0, 0 },
	[WAIT_REQUEST] = { REQUEST_SECONDS, 0 },
	[WAIT_STALL] = { STALL_SECONDS, 0 },
	[WAIT_DRAIN] = { REQUEST_SECONDS, 0 },
};

static void
conn_free(struct conn *c)
{
	event_free(c->rev);
	event_free(c->wev);
	event_free(c->timer);
	free(c);
}

/* Look at it again after the others had their turn. */
void
conn_schedule(struct conn *c)
{
	static const struct timeval	 now = { 0, 0 };
	struct control			*ctl = c->control;

	if (!c->in_turn) {
		c->in_turn = 1;
		TAILQ_INSERT_TAIL(&ctl->turns, c, turn);
	}
	/* A timer, not event_active: reads of others come in between. */
	if (!ctl->turning) {
		ctl->turning = 1;
		event_add(ctl->turn, &now);
	}
}

/* Close now; callers up the stack may hold it, so free it later. */
void
conn_drop(struct conn *c)
{
	struct control	*ctl = c->control;

	if (c->dead)
		return;
	c->dead = 1;
	event_del(c->rev);
	event_del(c->wev);
	event_del(c->timer);
	close(c->fd);
	request_client_gone(&c->client);
	ctl->nconns--;
	ctl->in_total -= c->in.len;
	ctl->out_total -= c->out.len;
	TAILQ_REMOVE(&ctl->conns, c, entry);
	buf_free(&c->out);
	c->sent = 0;
	if (!c->busy)
		buf_free(&c->in);
	conn_schedule(c);
	listener_resume(ctl);
}

/* Is there a reason not to look at more of its requests now? */
static int
conn_blocked(const struct conn *c)
{
	return (c->client.waiting >= WAITING_MAX ||
	    (conn_pending(c) > UNSENT_PAUSE && !c->stalled));
}

static void
conn_refuse(struct conn *c, int number, const char *text)
{
	rpc_refuse(&c->client, number, text);
	c->closing = 1;
}

/*
 * Look at the complete lines of a buffer; the bytes that are done with.
 * *scanned tells how far there is no newline, and is set so.
 */
static size_t
conn_lines(struct conn *c, char *p, size_t len, size_t *scanned)
{
	char	*nl;
	size_t	 off = 0, n, start = c->out.len;

	c->more = 0;
	while (!c->dead && !c->closing) {
		nl = memchr(p + off + *scanned, '\n', len - off - *scanned);
		if (nl == NULL) {
			*scanned = len - off;
			if (*scanned > REQUEST_MAX)
				conn_refuse(c, RPC_INVALID,
				    "request too large: at most 1 MiB");
			break;
		}
		if (conn_blocked(c) || c->out.len > start + UNSENT_TURN) {
			c->more = 1;
			break;
		}
		n = (size_t)(nl - (p + off));
		if (n > REQUEST_MAX) {
			conn_refuse(c, RPC_INVALID,
			    "request too large: at most 1 MiB");
			break;
		}
		rpc_message(&c->client, p + off, n > 0 && nl[-1] == '\r' ?
		    n - 1 : n);
		if (c->client.secret)
			explicit_bzero(p + off, n);
		off += n + 1;
		*scanned = 0;
		c->renew = 1;		/* the next has its own time */
	}
	return (off);
}

static void
conn_keep(struct conn *c, const char *p, size_t len)
{
	struct control	*ctl = c->control;

	if (c->dead || len == 0)
		return;
	if (c->in.len + len > READ_SIZE && ctl->in_total + len > IN_TOTAL_MAX) {
		conn_refuse(c, outcome_number(OUT_LIMITED),
		    "too many large requests at once; try again");
		return;
	}
	if (buf_add(&c->in, p, len) == -1) {
		conn_drop(c);
		return;
	}
	ctl->in_total += len;
}

/* What was kept before, as far as it can be looked at now. */
static void
conn_kept(struct conn *c)
{
	size_t	 n;

	if (c->in.len == 0) {
		c->more = 0;
		return;
	}
	c->busy = 1;
	n = conn_lines(c, c->in.p, c->in.len, &c->scanned);
	c->busy = 0;
	if (c->dead) {
		buf_free(&c->in);
		return;
	}
	c->control->in_total -= n;
	buf_skip(&c->in, n);
	if (c->in.len == 0)
		buf_free(&c->in);
}

/* New input. */
static void
conn_take(struct conn *c, char *p, size_t len)
{
	size_t	 n;

	if (c->in.len > 0) {
		conn_keep(c, p, len);
		if (!c->dead)
			conn_kept(c);
		return;
	}
	c->scanned = 0;
	c->busy = 1;
	n = conn_lines(c, p, len, &c->scanned);
	c->busy = 0;
	conn_keep(c, p + n, len - n);
}

/* It sends no more: what it left unfinished is no request. */
static void
conn_ended(struct conn *c)
{
	if (!c->eof || c->more || c->closing || c->in.len == 0)
		return;
	conn_refuse(c, RPC_INVALID, "a request ends with a newline");
}

static void
conn_read(int fd, short events, void *arg)
{
	struct conn	*c = arg;
	struct control	*ctl = c->control;
	ssize_t		 n;

	n = read(fd, ctl->rbuf, sizeof(ctl->rbuf));
	if (n == -1) {
		if (errno != EAGAIN && errno != EINTR)
			conn_drop(c);
		return;
	}
	if (n == 0)
		c->eof = 1;
	else {
		TAILQ_REMOVE(&ctl->conns, c, entry);
		TAILQ_INSERT_TAIL(&ctl->conns, c, entry);
		conn_take(c, ctl->rbuf, (size_t)n);
		/* also what was read of its line before this */
		if (c->client.secret)
			explicit_bzero(ctl->rbuf, sizeof(ctl->rbuf));
	}
	conn_settle(c);
}

static void
conn_write(int fd, short events, void *arg)
{
	struct conn	*c = arg;

	conn_flush(c);
	if (!c->dead && c->more)
		conn_kept(c);
	conn_settle(c);
}

static void
conn_timeout(int fd, short events, void *arg)
{
	struct conn	*c = arg;
	enum wait	 wait = c->wait;

	c->wait = WAIT_NONE;
	switch (wait) {
	case WAIT_REQUEST:
		conn_refuse(c, RPC_INVALID,
		    "the request was not finished within 10 s");
		break;
	case WAIT_STALL:
		c->stalled = 1;
		conn_kept(c);
		break;
	case WAIT_DRAIN:
		conn_drop(c);
		break;
	case WAIT_NONE:
		break;
	}
	conn_settle(c);
}

static enum wait
conn_waits(const struct conn *c, int last)
{
	if (c->closing || last)
		return (WAIT_DRAIN);
	if (c->client.waiting < WAITING_MAX && conn_blocked(c))
		return (WAIT_STALL);
	if (c->in.len > 0 && !c->more)
		return (WAIT_REQUEST);
	return (WAIT_NONE);
}

static void
conn_set_timer(struct conn *c, enum wait wait)
{
	if (wait == c->wait && !(c->renew && wait != WAIT_NONE))
		return;
	c->renew = 0;
	if (wait == WAIT_NONE)
		event_del(c->timer);
	else
		event_add(c->timer, &wait_time[wait]);
	c->wait = wait;
}

static void
conn_set_reading(struct conn *c, int reading)
{
	if (reading == c->reading)
		return;
	c->reading = reading;
	if (reading)
		event_add(c->rev, NULL);
	else
		event_del(c->rev);
}

/* After anything happened: write, end, or say what is waited for. */
void
conn_settle(struct conn *c)
{
	int	 last;

	if (c->dead)
		return;
	conn_ended(c);
	conn_flush(c);
	if (c->dead)
		return;
	/* Nothing is left that it could be told but what is in the buffer. */
	last = c->eof && !c->more && c->client.waiting == 0;
	if ((c->closing || last) && conn_pending(c) == 0) {
		conn_drop(c);
		return;
	}
	if (c->more && !c->closing && !conn_blocked(c))
		conn_schedule(c);
	conn_set_reading(c, !c->eof && !c->closing && !c->more &&
	    !conn_blocked(c));
	if (conn_pending(c) > 0)
		event_add(c->wev, NULL);
	conn_set_timer(c, conn_waits(c, last));
}

/* client->wake: a call ended. */
static void
conn_wake(struct client *client)
{
	struct conn	*c = (struct conn *)client;

	if (!c->dead && !c->busy)
		conn_schedule(c);
}

/* What was put off in this turn of the loop, or is left from the last. */
void
conn_turn(int fd, short events, void *arg)
{
	struct control	*ctl = arg;
	struct conns	 list;
	struct conn	*c;

	TAILQ_INIT(&list);
	TAILQ_CONCAT(&list, &ctl->turns, turn);
	ctl->turning = 0;
	while ((c = TAILQ_FIRST(&list)) != NULL) {
		TAILQ_REMOVE(&list, c, turn);
		c->in_turn = 0;
		if (c->dead) {
			conn_free(c);
			continue;
		}
		if (c->more)
			conn_kept(c);
		conn_settle(c);
	}
}

struct conn *
conn_new(struct control *ctl, int fd, const struct caller *caller,
    uint32_t listener)
{
	struct event_base	*base = ctl->net->proc->base;
	struct conn		*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	c->control = ctl;
	c->in.wipe = 1;			/* secrets come in requests */
	client_init(&c->client, ctl->net);
	c->client.caller = *caller;
	c->listener = listener;
	c->client.send = conn_send;
	c->client.unsent = conn_unsent;
	c->client.wake = conn_wake;
	c->fd = fd;
	c->rev = event_new(base, fd, EV_READ | EV_PERSIST, conn_read, c);
	c->wev = event_new(base, fd, EV_WRITE, conn_write, c);
	c->timer = event_new(base, -1, 0, conn_timeout, c);
	if (c->rev == NULL || c->wev == NULL || c->timer == NULL ||
	    event_add(c->rev, NULL) == -1) {
		if (c->rev != NULL)
			event_free(c->rev);
		if (c->wev != NULL)
			event_free(c->wev);
		if (c->timer != NULL)
			event_free(c->timer);
		free(c);
		return (NULL);
	}
	c->reading = 1;
	TAILQ_INSERT_TAIL(&ctl->conns, c, entry);
	ctl->nconns++;
	return (c);
}

static struct conn *
conn_idle(const struct control *ctl)
{
	struct conn	*c;

	TAILQ_FOREACH(c, &ctl->conns, entry)
		if (c->client.waiting == 0 && c->client.streams == 0 &&
		    !c->busy)
			return (c);
	return (NULL);
}

int
conn_evictable(const struct control *ctl)
{
	return (conn_idle(ctl) != NULL);
}

int
conn_evict(struct control *ctl)
{
	struct conn	*c = conn_idle(ctl);

	if (c == NULL)
		return (0);
	conn_drop(c);
	return (1);
}

unsigned
conn_count(const struct control *ctl, uint32_t uid)
{
	struct conn	*c;
	unsigned	 n = 0;

	TAILQ_FOREACH(c, &ctl->conns, entry)
		if (c->client.caller.uid == uid)
			n++;
	return (n);
}

static const struct listener *
conn_listener(const struct conn *c)
{
	const struct control	*ctl = c->control;
	size_t			 i;

	for (i = 0; i < ctl->nlisteners; i++)
		if (ctl->listener[i].id == c->listener)
			return (&ctl->listener[i]);
	return (NULL);
}

void
conn_switch(struct control *ctl)
{
	const struct listener	*l;
	struct conn		*c, *next;

	TAILQ_FOREACH_SAFE(c, &ctl->conns, entry, next) {
		if ((l = conn_listener(c)) == NULL) {
			conn_flush(c);
			conn_drop(c);
			continue;
		}
		c->client.caller.role = l->role;
		c->client.caller.grants = l->grants;
	}
}

/* The process ends: what can be written at once is written. */
void
conn_close_all(struct control *ctl)
{
	struct conn	*c;

	while ((c = TAILQ_FIRST(&ctl->conns)) != NULL) {
		conn_flush(c);
		conn_drop(c);
	}
	conn_turn(-1, 0, ctl);
}
