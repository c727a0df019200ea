/*
 * Connections: TLS, deadlines, turns, and their end.  In the network process;
 * what comes in is hostile.
 *
 * Input stays in the bufferevent until its protocol looks at it, and no more
 * than READ_HIGH of it is read ahead.
 */
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/err.h>

#include "omnitrond/network/auth.h"
#include "omnitrond/network/conf.h"
#include "omnitrond/network/conn.h"
#include "omnitrond/network/network.h"
#include "omnitrond/network/tcp.h"
#include "omnitrond/network/tls.h"
#include "omnitrond/rpc/request.h"

/* Seconds; of TLS and FIRST from accept on. */
static const int	 wait_seconds[WAIT_MAX] = {
	[WAIT_TLS] = TLS_HANDSHAKE_S,
	[WAIT_FIRST] = FIRST_SECONDS,
	[WAIT_REQUEST] = REQUEST_SECONDS,
	[WAIT_OUTPUT] = OUTPUT_SECONDS,
	[WAIT_STALL] = STALL_SECONDS,
	[WAIT_LINGER] = LINGER_SECONDS,
};

/* The clock may be set: the end of a token is looked at again so soon. */
#define EXPIRY_SECONDS	60

static void	conn_settle(struct conn *);

/* What bufferevent_free closes is the descriptor, too. */
static void
conn_free(struct conn *c)
{
	bufferevent_free(c->bev);
	event_free(c->timer);
	if (c->expiry != NULL)
		event_free(c->expiry);
	free(c);
}

void
conn_schedule(struct conn *c)
{
	static const struct timeval	 now = { 0, 0 };
	struct network			*nw = c->network;

	if (!c->in_turn) {
		c->in_turn = 1;
		TAILQ_INSERT_TAIL(&nw->turns, c, turn);
	}
	/* A timer, not event_active: reads of others come in between. */
	if (!nw->turning) {
		nw->turning = 1;
		event_add(nw->turn, &now);
	}
}

/* Say that nothing more comes; TLS has a way of its own to say so first. */
static void
conn_shut(struct conn *c)
{
	SSL	*ssl;

	if (c->tls && c->shaken &&
	    (ssl = bufferevent_openssl_get_ssl(c->bev)) != NULL &&
	    (SSL_get_shutdown(ssl) & SSL_SENT_SHUTDOWN) == 0 &&
	    SSL_shutdown(ssl) < 0)
		ERR_clear_error();
	shutdown(c->fd, SHUT_WR);
}

void
conn_drop(struct conn *c)
{
	struct network	*nw = c->network;

	if (c->dead)
		return;
	c->dead = 1;
	conn_shut(c);
	bufferevent_disable(c->bev, EV_READ | EV_WRITE);
	event_del(c->timer);
	if (c->expiry != NULL)
		event_del(c->expiry);
	c->ops->gone(c);
	request_client_gone(&c->client);
	nw->nconns--;
	nw->in_total -= c->in_counted;
	c->in_counted = 0;
	conn_out_free(c);
	TAILQ_REMOVE(&nw->conns, c, entry);
	if (!c->inside)
		buf_free(&c->in);
	conn_schedule(c);
	listener_resume(nw);
}

/* ---- input --------------------------------------------------------------- */

static int
conn_keep(struct conn *c, const void *p, size_t len)
{
	struct network	*nw = c->network;

	if (c->dead)
		return (-1);
	if (c->in.len + len > READ_HIGH && nw->in_total + len > IN_TOTAL_MAX) {
		c->ops->refuse(c, OUT_LIMITED,
		    "too many large requests at once; try again");
		return (-1);
	}
	if (buf_add(&c->in, p, len) == -1) {
		conn_drop(c);
		return (-1);
	}
	nw->in_total += len;
	c->in_counted += len;
	return (0);
}

int
conn_take(struct conn *c, size_t n, int keep)
{
	struct evbuffer		*in = bufferevent_get_input(c->bev);
	struct evbuffer_iovec	 v;

	while (n > 0 && evbuffer_peek(in, (ev_ssize_t)n, NULL, &v, 1) > 0) {
		if (v.iov_len > n)
			v.iov_len = n;
		if (keep && conn_keep(c, v.iov_base, v.iov_len) == -1)
			return (-1);
		explicit_bzero(v.iov_base, v.iov_len);
		evbuffer_drain(in, v.iov_len);
		n -= v.iov_len;
	}
	return (0);
}

void
conn_unkeep(struct conn *c, size_t n)
{
	if (c->dead) {
		buf_free(&c->in);
		return;
	}
	c->network->in_total -= n;
	c->in_counted -= n;
	buf_skip(&c->in, n);
	if (c->in.len == 0)
		buf_free(&c->in);
}

/* Let the protocol look at its input. */
static void
conn_work(struct conn *c)
{
	if (c->dead || c->closing || !c->shaken)
		return;
	c->more = 0;
	c->inside = 1;
	c->ops->work(c);
	c->inside = 0;
	if (c->dead)
		buf_free(&c->in);
}

static void
conn_read(struct bufferevent *bev, void *arg)
{
	struct conn	*c = arg;
	struct network	*nw = c->network;
	struct evbuffer	*in = bufferevent_get_input(bev);

	if (c->dead)
		return;
	if (c->closing) {		/* nobody looks at it any more */
		evbuffer_drain(in, evbuffer_get_length(in));
		return;
	}
	TAILQ_REMOVE(&nw->conns, c, entry);
	TAILQ_INSERT_TAIL(&nw->conns, c, entry);
	conn_work(c);
	conn_settle(c);
}

/* The bufferevent wrote some; it does not call for itself before all is. */
static void
conn_drained(struct evbuffer *out, const struct evbuffer_cb_info *info,
    void *arg)
{
	struct conn	*c = arg;

	if (info->n_deleted == 0 || c->dead)
		return;
	c->sent += info->n_deleted;
	c->network->out_total -= info->n_deleted;
	c->renew = 1;
	c->stalled = 0;
	if (c->more || c->closing || c->wait == WAIT_STALL)
		conn_schedule(c);
}

static void
conn_written(struct bufferevent *bev, void *arg)
{
	struct conn	*c = arg;

	if (!c->dead && c->shaken)
		conn_settle(c);
}

static void
conn_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn	*c = arg;

	if (c->dead)
		return;
	if (what & BEV_EVENT_CONNECTED) {
		c->shaken = 1;
		conn_settle(c);
		return;
	}
	/* After an end of TLS the bufferevent writes no more either. */
	if ((what & BEV_EVENT_EOF) == 0 || c->tls || c->lingering) {
		if (c->tls)
			ERR_clear_error();
		conn_drop(c);
		return;
	}
	c->eof = 1;
	conn_work(c);
	conn_settle(c);
}

/* ---- deadlines ----------------------------------------------------------- */

static enum wait
conn_waits(const struct conn *c)
{
	if (c->lingering)
		return (WAIT_LINGER);
	if (c->closing)
		return (WAIT_OUTPUT);
	if (!c->shaken)
		return (WAIT_TLS);
	if (!c->ops->first(c) && !c->ops->busy(c))
		return (WAIT_FIRST);
	if (c->ops == &tcp_ops && c->client.waiting < WAITING_MAX &&
	    c->ops->blocked(c))
		return (WAIT_STALL);
	if (c->ops->begun(c) && !c->more)
		return (WAIT_REQUEST);
	if (conn_pending(c) > 0)
		return (WAIT_OUTPUT);
	return (c->ops->busy(c) ? WAIT_NONE : WAIT_IDLE);
}

static void
conn_set_timer(struct conn *c, enum wait wait)
{
	struct timeval	 tv = { wait_seconds[wait], 0 };
	int64_t		 gone;

	if (wait == c->wait && !c->renew)
		return;
	if (wait == c->wait && (wait == WAIT_LINGER || wait == WAIT_TLS ||
	    wait == WAIT_FIRST))
		return;			/* these are not prolonged */
	c->renew = 0;
	c->wait = wait;
	if (wait == WAIT_IDLE)
		tv.tv_sec = c->ops->idle_seconds;
	if (wait == WAIT_FIRST) {
		gone = mono_diff_ms(mono_now(), c->since);
		gone = gone < 1000 * FIRST_SECONDS ?
		    1000 * FIRST_SECONDS - gone : 0;
		tv.tv_sec = gone / 1000;
		tv.tv_usec = gone % 1000 * 1000;
	}
	if (wait == WAIT_NONE)
		event_del(c->timer);
	else
		event_add(c->timer, &tv);
}

static void
conn_timeout(int fd, short events, void *arg)
{
	struct conn	*c = arg;
	enum wait	 wait = c->wait;

	c->wait = WAIT_NONE;
	switch (wait) {
	case WAIT_REQUEST:
		c->ops->refuse(c, OUT_TIMEOUT,
		    "the request was not finished within 10 s");
		break;
	case WAIT_FIRST:
		/* A half request gets an answer, silence does not. */
		if (c->ops->begun(c))
			c->ops->refuse(c, OUT_TIMEOUT,
			    "the request was not finished within 10 s");
		else
			conn_drop(c);
		break;
	case WAIT_STALL:
		c->stalled = 1;
		conn_work(c);
		break;
	case WAIT_TLS:
	case WAIT_IDLE:
	case WAIT_OUTPUT:
	case WAIT_LINGER:
		conn_drop(c);
		break;
	case WAIT_NONE:
	case WAIT_MAX:
		break;
	}
	conn_settle(c);
}

static void
conn_expired(int fd, short events, void *arg)
{
	struct conn	*c = arg;

	if (c->dead)
		return;
	if (c->client.exp_ms > wall_ms()) {
		conn_set_expiry(c, c->client.exp_ms);
		return;
	}
	c->ops->expired(c);
	conn_settle(c);
}

void
conn_set_expiry(struct conn *c, int64_t exp_ms)
{
	struct timeval	 tv = { 0, 0 };
	int64_t		 left = exp_ms - wall_ms();

	if (exp_ms == 0) {
		if (c->expiry != NULL)
			event_del(c->expiry);
		return;
	}
	if (c->expiry == NULL && (c->expiry =
	    event_new(c->network->net->proc->base, -1, 0, conn_expired, c))
	    == NULL) {
		conn_drop(c);
		return;
	}
	if (left > 1000 * EXPIRY_SECONDS)
		left = 1000 * EXPIRY_SECONDS;
	if (left > 0) {
		tv.tv_sec = left / 1000;
		tv.tv_usec = left % 1000 * 1000;
	}
	event_add(c->expiry, &tv);
}

/* ---- turns --------------------------------------------------------------- */

/* All was written: let it read, before what it still sends resets it. */
static void
conn_linger(struct conn *c)
{
	struct evbuffer	*in = bufferevent_get_input(c->bev);

	c->lingering = 1;
	evbuffer_drain(in, evbuffer_get_length(in));
	if (c->in.len > 0)
		conn_unkeep(c, c->in.len);
	conn_shut(c);
	if (c->eof)
		conn_drop(c);
}

/* After anything happened: write, end, or say what is waited for. */
static void
conn_settle(struct conn *c)
{
	if (c->dead)
		return;
	conn_flush(c);
	if (c->dead)
		return;
	if (conn_pending(c) == 0 && !c->lingering) {
		if (c->closing)
			conn_linger(c);
		else if (c->eof && !c->more && !c->ops->busy(c))
			conn_drop(c);
		if (c->dead)
			return;
	}
	if (c->more && !c->closing && !c->ops->blocked(c))
		conn_schedule(c);
	conn_set_timer(c, conn_waits(c));
}

void
conn_wake(struct client *client)
{
	struct conn	*c = (struct conn *)client;

	if (!c->dead && !c->inside)
		conn_schedule(c);
}

void
conn_turn(int fd, short events, void *arg)
{
	struct network	*nw = arg;
	struct conns	 list;
	struct conn	*c;

	TAILQ_INIT(&list);
	TAILQ_CONCAT(&list, &nw->turns, turn);
	nw->turning = 0;
	while ((c = TAILQ_FIRST(&list)) != NULL) {
		TAILQ_REMOVE(&list, c, turn);
		c->in_turn = 0;
		if (c->dead) {
			conn_free(c);
			continue;
		}
		conn_work(c);
		conn_settle(c);
	}
}

/* ---- beginning and end --------------------------------------------------- */

static struct bufferevent *
conn_bufferevent(struct listener *l, int fd)
{
	struct event_base	*base = l->network->net->proc->base;
	struct bufferevent	*bev;
	SSL			*ssl;

	if (!l->tls)
		return (bufferevent_socket_new(base, fd,
		    BEV_OPT_CLOSE_ON_FREE));
	if (l->network->conf->tls == NULL ||
	    (ssl = SSL_new(l->network->conf->tls)) == NULL)
		return (NULL);
	bev = bufferevent_openssl_socket_new(base, fd, ssl,
	    BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL)
		SSL_free(ssl);
	return (bev);
}

static int
conn_open(struct conn *c, struct listener *l)
{
	struct event_base	*base = l->network->net->proc->base;

	if ((c->bev = conn_bufferevent(l, c->fd)) == NULL) {
		close(c->fd);
		return (-1);
	}
	if ((c->timer = event_new(base, -1, 0, conn_timeout, c)) == NULL)
		return (-1);
	bufferevent_setcb(c->bev, conn_read, conn_written, conn_event, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, READ_HIGH);
	if (evbuffer_add_cb(bufferevent_get_output(c->bev), conn_drained, c)
	    == NULL || bufferevent_enable(c->bev, EV_READ | EV_WRITE) == -1)
		return (-1);
	return (0);
}

struct conn *
conn_new(struct listener *l, int fd, const union address *from)
{
	struct network	*nw = l->network;
	struct conn	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		close(fd);
		return (NULL);
	}
	c->network = nw;
	c->ops = l->kind == LISTENER_TCP ? &tcp_ops : &http_ops;
	c->from = *from;
	c->listener = l->id;
	c->cap = l->role;
	c->fd = fd;
	c->tls = l->tls != 0;
	c->shaken = !c->tls;
	c->since = mono_now();
	c->in.wipe = 1;			/* secrets come in requests */
	client_init(&c->client, nw->net);
	c->client.unsent = conn_unsent;
	c->client.wake = conn_wake;
	c->client.send = l->kind == LISTENER_TCP ? tcp_send : http_send;
	c->client.brief = c->ops == &http_ops;
	auth_nobody(c);
	if (conn_open(c, l) == -1) {
		if (c->bev != NULL)
			bufferevent_free(c->bev);
		if (c->timer != NULL)
			event_free(c->timer);
		free(c);
		return (NULL);
	}
	TAILQ_INSERT_TAIL(&nw->conns, c, entry);
	nw->nconns++;
	conn_settle(c);
	return (c);
}

unsigned
conn_count(const struct network *nw, const union address *from)
{
	struct conn	*c;
	unsigned	 n = 0;

	TAILQ_FOREACH(c, &nw->conns, entry)
		if (address_same(&c->from, from))
			n++;
	return (n);
}

struct conn *
conn_idle(const struct network *nw)
{
	struct conn	*c, *idle = NULL;

	TAILQ_FOREACH(c, &nw->conns, entry) {
		if (c->inside)
			continue;
		if (!c->ops->first(c) && !c->ops->busy(c))
			return (c);
		if (idle == NULL && c->ops == &http_ops && c->wait == WAIT_IDLE)
			idle = c;
	}
	return (idle);
}

/* The process ends: what can be written at once is written. */
void
conn_close_all(struct network *nw)
{
	struct conn	*c;

	while ((c = TAILQ_FIRST(&nw->conns)) != NULL) {
		conn_flush(c);
		conn_drop(c);
	}
	conn_turn(-1, 0, nw);
}
