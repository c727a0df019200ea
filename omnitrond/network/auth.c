/*
 * Who comes by which token.  In the network process; no token is written
 * anywhere, neither whole nor in part.
 */
#include <string.h>

#include <event2/event.h>

#include "omnitrond/network/auth.h"
#include "omnitrond/network/conn.h"
#include "omnitrond/network/network.h"
#include "omnitrond/rpc/params.h"
#include "omnitrond/rpc/reply.h"

static const struct timeval	 tell_time = { LIMITER_TELL_MS / 1000,
				    LIMITER_TELL_MS % 1000 * 1000 };

int64_t
auth_ms(int64_t s)
{
	return (s > INT64_MAX / 1000 ? INT64_MAX : s * 1000);
}

void
auth_nobody(struct conn *c)
{
	struct caller	*caller = &c->client.caller;

	memset(caller, 0, sizeof(*caller));
	caller->how = CALLER_NOBODY;
	caller->uid = caller->gid = ID_NONE;
	address_text(&c->from, caller->address);
	c->client.exp_ms = 0;
	c->token_role = ROLE_NONE;
}

void
auth_cap(struct conn *c, enum role cap)
{
	c->cap = cap;
	c->client.caller.role = c->token_role < cap ? c->token_role : cap;
}

static void
auth_failed(struct conn *c, const char *why)
{
	struct network	*nw = c->network;

	if (limiter_failed(nw->limiter, &c->from.sa, c->ops == &http_ops, why,
	    mono_now()))
		event_add(nw->tell, &tell_time);
}

/* Whom does it name?  The cap of the listener is not applied yet. */
static enum auth
auth_check(struct conn *c, const char *token, size_t len, struct caller *out,
    int64_t *exp_s)
{
	struct network	*nw = c->network;
	int64_t		 now_s = wall_ms() / 1000;

	if (limiter_blocked(nw->limiter, &c->from.sa, mono_now()) != 0)
		return (jwt_known(nw->jwt, token, len, now_s, out, exp_s) ==
		    JWT_OK ? AUTH_OK : AUTH_LIMITED);
	if (jwt_check(nw->jwt, token, len, now_s, out, exp_s) == JWT_OK)
		return (AUTH_OK);
	auth_failed(c, jwt_why(nw->jwt));
	return (AUTH_REFUSED);
}

enum auth
auth_take(struct conn *c, const char *token, size_t len)
{
	struct caller	 who;
	int64_t		 exp_s;
	enum auth	 how;

	if ((how = auth_check(c, token, len, &who, &exp_s)) != AUTH_OK)
		return (how);
	strlcpy(who.address, c->client.caller.address, sizeof(who.address));
	c->client.caller = who;
	c->client.exp_ms = auth_ms(exp_s);
	c->token_role = who.role;
	auth_cap(c, c->cap);
	return (AUTH_OK);
}

int
auth_revoked(const struct client *client)
{
	const struct network	*nw = client->net->transport;

	return (jwt_revoked(nw->jwt, client->caller.jti));
}

void
auth_tell(int fd, short events, void *arg)
{
	struct network		*nw = arg;
	struct peer		*peer = nw->net->proc->peer[K_SUPERVISOR];
	struct limiter_count	 count;
	struct m_auth_failed	 m;
	unsigned		 n = 0;

	if (peer == NULL) {		/* it hears of them when it is back */
		event_add(nw->tell, &tell_time);
		return;
	}
	while (limiter_tell(nw->limiter, &count)) {
		memset(&m, 0, sizeof(m));
		m.at_ms = wall_ms();
		m.count = count.count;
		m.http = count.http != 0;
		peer_send(peer, M_AUTH_FAILED, -1, &m, count.address,
		    count.why, NULL);
		/* A flood from everywhere must not fill the channel. */
		if (++n == LIMITER_TELL_MAX) {
			event_add(nw->tell, &tell_time);
			break;
		}
	}
}

/* ---- OmnitronAuth -------------------------------------------------------- */

static void
auth_refused(struct call *call, enum auth how)
{
	if (how == AUTH_LIMITED)
		reply_error(call, outcome_number(OUT_LIMITED), "too many "
		    "tokens from this address were refused; try again in a "
		    "few seconds");
	else
		reply_error(call, outcome_number(OUT_UNAUTHORIZED),
		    "the token is not valid");
}

static void
auth_write(struct call *call, const char *yes, const struct caller *who,
    int64_t exp_ms)
{
	struct jsonw	*w = reply_begin(call);

	jsonw_object(w);
	jsonw_kbool(w, yes, 1);
	jsonw_kstring(w, "role", role_name(who->role));
	jsonw_kstring(w, "subject", who->subject);
	jsonw_kint(w, "expires", exp_ms);
	jsonw_end(w);
	reply_end(call);
}

/* On a connection it counts from now on; HTTP has it with each request. */
static void
auth_authenticate(struct call *call, const struct args *args)
{
	struct conn	*c = (struct conn *)call->client;
	const char	*token = args_string(args, "token");
	enum auth	 how;

	if (c->ops == &http_ops) {
		reply_error(call, RPC_INVALID, "by HTTP each request has its "
		    "token in `Authorization: Bearer TOKEN'");
		return;
	}
	if ((how = auth_take(c, token, strlen(token))) != AUTH_OK) {
		auth_refused(call, how);
		return;
	}
	conn_set_expiry(c, c->client.exp_ms);
	call->net->access.version++;	/* what it may see is asked anew */
	auth_write(call, "success", &c->client.caller, c->client.exp_ms);
}

static void
auth_validate(struct call *call, const struct args *args)
{
	struct conn	*c = (struct conn *)call->client;
	const char	*token = args_string(args, "token");
	struct caller	 who;
	int64_t		 exp_s;
	enum auth	 how;

	how = auth_check(c, token, strlen(token), &who, &exp_s);
	if (how != AUTH_OK)
		auth_refused(call, how);
	else
		auth_write(call, "valid", &who, auth_ms(exp_s));
}

const struct net_hooks	 auth_hooks = {
	.authenticate = auth_authenticate,
	.validate = auth_validate,
	.revoked = auth_revoked,
};
