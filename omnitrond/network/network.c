/*
 * The transport's state, made when the first message comes.  In the network
 * process.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/network/auth.h"
#include "omnitrond/network/conf.h"
#include "omnitrond/network/conn.h"
#include "omnitrond/network/network.h"

static void
network_resume(int fd, short events, void *arg)
{
	listener_resume(arg);
}

static struct network *
network_new(struct net *net)
{
	struct event_base	*base = net->proc->base;
	struct network		*nw = xcalloc(1, sizeof(*nw));

	nw->net = net;
	nw->reserve_fd = -1;
	TAILQ_INIT(&nw->conns);
	TAILQ_INIT(&nw->turns);
	nw->jwt = jwt_open();
	nw->limiter = limiter_new(LIMITER_MAX);
	nw->turn = event_new(base, -1, 0, conn_turn, nw);
	nw->tell = event_new(base, -1, 0, auth_tell, nw);
	nw->resume = event_new(base, -1, 0, network_resume, nw);
	if (nw->turn == NULL || nw->tell == NULL || nw->resume == NULL)
		fatalx("out of memory");
	net->hooks = &auth_hooks;
	return (nw);
}

struct network *
network_get(struct net *net)
{
	if (net->transport == NULL)
		net->transport = network_new(net);
	return (net->transport);
}

struct network *
network_of(const struct peer *peer)
{
	return (network_get(net_of(peer)));
}

void
network_free(struct network *nw)
{
	if (nw == NULL)
		return;
	conf_free(nw->next);
	conf_free(nw->conf);
	nw->next = nw->conf = NULL;
	conn_close_all(nw);
	if (nw->reserve_fd != -1)
		close(nw->reserve_fd);
	event_free(nw->turn);
	event_free(nw->tell);
	event_free(nw->resume);
	limiter_free(nw->limiter);
	jwt_close(nw->jwt);
	nw->net->transport = NULL;
	free(nw);
}

/* Those that have ended make room when there is none. */
static void
network_revoke(struct network *nw, const char *jti, int64_t until_ms)
{
	if (jwt_revoke(nw->jwt, jti, until_ms) == 0)
		return;
	jwt_tidy(nw->jwt, wall_ms() / 1000);
	if (jwt_revoke(nw->jwt, jti, until_ms) == -1)
		log_warnx("too many tokens are revoked; one more is not");
}

/* Who came with it learns so with the next call, or at once if it listens. */
int
network_revocation(struct peer *peer, struct msg *m)
{
	struct network		*nw = network_of(peer);
	struct m_revocation	 rec;
	struct conn		*c, *next;
	char			 jti[SUBJECT_SIZE];

	msg_take(m, &rec, sizeof(rec));
	msg_take_str(m, jti, sizeof(jti));
	if (msg_end(m) == -1 || jti[0] == '\0')
		return (-1);
	network_revoke(nw, jti, rec.until_ms);
	TAILQ_FOREACH_SAFE(c, &nw->conns, entry, next)
		if (c->client.caller.how == CALLER_TOKEN &&
		    strcmp(c->client.caller.jti, jti) == 0) {
			c->ops->expired(c);
			if (!c->dead)
				conn_schedule(c);
		}
	return (0);
}
