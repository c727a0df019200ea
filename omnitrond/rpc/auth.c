/*
 * OmnitronAuth, and testAccess.  In a plane.  What a token says is the
 * matter of the plane that accepts tokens: its hooks.
 */
#include <string.h>

#include "common/json.h"
#include "omnitrond/rpc/dispatch.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"
#include "omnitrond/rpc/reply.h"
#include "omnitrond/rpc/request.h"

/* A group that no rule is about: of one whose groups are not said. */
#define GID_STRANGE	0xfffffffeu

static void
whoami_local(struct jsonw *w, const struct caller *c)
{
	uint32_t	 i;

	jsonw_kint(w, "uid", c->uid);
	jsonw_kint(w, "gid", c->gid);
	if (c->pid > 0)
		jsonw_kint(w, "pid", c->pid);
	jsonw_key(w, "groups");
	jsonw_array(w);
	for (i = 0; i < c->ngids; i++)
		jsonw_int(w, c->gids[i]);
	jsonw_end(w);
}

static void
whoami_token(struct jsonw *w, const struct client *client)
{
	const struct caller	*c = &client->caller;
	uint32_t		 i;

	jsonw_kstring(w, "subject", c->subject[0] != '\0' ? c->subject :
	    NULL);
	if (c->jti[0] != '\0')
		jsonw_kstring(w, "jti", c->jti);
	jsonw_key(w, "groups");
	jsonw_array(w);
	for (i = 0; i < c->ngroups; i++)
		jsonw_string(w, c->groups[i]);
	jsonw_end(w);
	if (client->exp_ms > 0)
		jsonw_kint(w, "expires", client->exp_ms);
}

void
auth_whoami_call(struct call *call, const struct args *args)
{
	const struct client	*client = call->client;
	struct jsonw		*w = reply_begin(call);

	jsonw_object(w);
	jsonw_kstring(w, "role", role_name(client->caller.role));
	jsonw_kstring(w, "plane", kind_name(call->net->proc->kind));
	if (client->caller.how == CALLER_LOCAL)
		whoami_local(w, &client->caller);
	else if (client->caller.how == CALLER_TOKEN)
		whoami_token(w, client);
	if (client->caller.address[0] != '\0')
		jsonw_kstring(w, "address", client->caller.address);
	/* not what each rule is: that only testAccess tells, to an admin */
	jsonw_kbool(w, "limited", access_limited(client));
	jsonw_end(w);
	reply_end(call);
}

/* ---- tokens ------------------------------------------------------------- */

static void
auth_missing(struct call *call)
{
	struct fault	 f;

	fault_set(&f, RPC_METHOD, "method '%s' not found: no tokens are "
	    "shown on this plane", methods[call->method].name);
	fault_datum(&f, "method", methods[call->method].name);
	reply_fault(call, &f);
}

void
auth_authenticate_call(struct call *call, const struct args *args)
{
	const struct net_hooks	*hooks = call->net->hooks;

	call->client->secret = 1;
	if (hooks == NULL || hooks->authenticate == NULL)
		auth_missing(call);
	else
		hooks->authenticate(call, args);
}

void
auth_validate_call(struct call *call, const struct args *args)
{
	const struct net_hooks	*hooks = call->net->hooks;

	call->client->secret = 1;
	if (hooks == NULL || hooks->validate == NULL)
		auth_missing(call);
	else
		hooks->validate(call, args);
}

/* A name of 1 to SUBJECT_SIZE - 1 bytes; -1: the call has been answered. */
static int
auth_name(struct call *call, const struct args *args, const char *param)
{
	size_t	 len = strlen(args_string(args, param));

	if (len > 0 && len < SUBJECT_SIZE)
		return (0);
	reply_error(call, RPC_PARAMS, "%s: expected 1 to %u bytes", param,
	    SUBJECT_SIZE - 1);
	return (-1);
}

/* The role of that name, which a caller can have; -1: answered. */
static int
auth_role(struct call *call, const char *name)
{
	int	 role;

	for (role = ROLE_VIEWER; role < ROLE_MAX; role++)
		if (strcmp(role_name(role), name) == 0)
			return (role);
	reply_error(call, RPC_PARAMS,
	    "role: expected viewer, operator or admin");
	return (-1);
}

static void
auth_done(struct request *r, const struct outcome_of *res)
{
	struct jsonw	*w;

	if (res->outcome != OUT_OK) {
		request_error(&r->call, &r->msg, res);
		return;
	}
	if (r->msg.op == OP_ISSUE) {
		if (r->call.client != NULL)
			r->call.client->secret = 1;
		request_object(&r->call, res);
		return;
	}
	w = reply_begin(&r->call);
	jsonw_object(w);
	jsonw_kbool(w, "success", 1);
	jsonw_end(w);
	reply_end(&r->call);
}

void
auth_issue_call(struct call *call, const struct args *args)
{
	struct request	*r;
	int		 role;

	if ((role = auth_role(call, args_string(args, "role"))) == -1 ||
	    auth_name(call, args, "subject") == -1 ||
	    (r = request_open(call, args, auth_done)) == NULL)
		return;
	r->msg.number = (uint32_t)role;
	r->msg.timeout_ms = (uint32_t)args_value(args, "ttl");
	if (request_string(r, args_string(args, "subject")) == -1)
		request_fail(r, OUT_FAILED, "out of memory");
	else
		request_send(r);
}

void
auth_revoke_call(struct call *call, const struct args *args)
{
	struct request	*r;

	if (auth_name(call, args, "jti") == -1 ||
	    (r = request_open(call, args, auth_done)) == NULL)
		return;
	if (request_string(r, args_string(args, "jti")) == -1)
		request_fail(r, OUT_FAILED, "out of memory");
	else
		request_send(r);
}

/* ---- testAccess --------------------------------------------------------- */

static int
test_bad_groups(struct call *call)
{
	reply_error(call, RPC_PARAMS, "groups: expected at most %u numbers of "
	    "groups of a user, or %u names of groups of a token",
	    CALLER_GIDS, CALLER_GROUPS);
	return (-1);
}

static int
test_groups(struct call *call, const struct json *list, struct caller *c)
{
	const struct json	*j;

	for (j = list != NULL ? list->first : NULL; j != NULL; j = j->next) {
		if (c->how == CALLER_LOCAL) {
			if (j->type != JSON_INT || j->u.i < 0 ||
			    j->u.i >= ID_NONE || c->ngids == CALLER_GIDS)
				return (test_bad_groups(call));
			if (c->ngids == 0)
				c->gid = (uint32_t)j->u.i;
			c->gids[c->ngids++] = (uint32_t)j->u.i;
		} else if (j->type != JSON_STRING ||
		    c->ngroups == CALLER_GROUPS || strlcpy(
		    c->groups[c->ngroups++], j->u.s, SUBJECT_SIZE) >=
		    SUBJECT_SIZE)
			return (test_bad_groups(call));
	}
	return (0);
}

/*
 * A plane cannot look up users: who asks does, where the user is known.  A
 * rule that names it knows its number as well.
 */
static int
test_uid(struct call *call, const struct args *args, struct caller *c)
{
	const char		*user = args_string(args, "user");
	const struct rule	*rule;
	int64_t			 uid = args_value(args, "uid");

	if (args_has(args, "uid") && uid >= 0 && uid < ID_NONE) {
		c->uid = (uint32_t)uid;
		return (0);
	}
	STAILQ_FOREACH(rule, &call->net->access.rules.rules, entry)
		if (user != NULL && rule->m.who == RULE_USER &&
		    rule->m.id != ID_NONE && strcmp(rule->name, user) == 0) {
			c->uid = rule->m.id;
			return (0);
		}
	reply_error(call, RPC_PARAMS, "say whom it is about: uid, the number "
	    "of a user (with groups, theirs), or token, a subject");
	return (-1);
}

/* Whom it is about; -1: the call has been answered. */
static int
test_caller(struct call *call, const struct args *args, struct caller *c)
{
	const char	*token = args_string(args, "token");
	const char	*name = args_string(args, "role");
	int		 role = ROLE_ADMIN;

	memset(c, 0, sizeof(*c));
	if (name != NULL && (role = auth_role(call, name)) == -1)
		return (-1);
	c->role = role;
	c->uid = c->gid = ID_NONE;
	if (token != NULL) {
		c->how = CALLER_TOKEN;
		if (strlcpy(c->subject, token, sizeof(c->subject)) >=
		    sizeof(c->subject)) {
			reply_error(call, RPC_PARAMS,
			    "token: expected a subject of at most %u bytes",
			    SUBJECT_SIZE - 1);
			return (-1);
		}
	} else {
		c->how = CALLER_LOCAL;
		c->grants = name == NULL;	/* as on a socket of grants */
		c->gid = GID_STRANGE;
		if (test_uid(call, args, c) == -1)
			return (-1);
	}
	return (test_groups(call, args_array(args, "groups"), c));
}

/* count: is it allowed; the text is the rule that decides. */
static void
test_done(struct request *r, const struct outcome_of *res)
{
	struct jsonw	*w;

	if (res->outcome != OUT_OK) {
		request_error(&r->call, &r->msg, res);
		return;
	}
	w = reply_begin(&r->call);
	jsonw_object(w);
	jsonw_kbool(w, "allowed", res->count != 0);
	jsonw_kstring(w, "rule", res->text[0] != '\0' ? res->text : NULL);
	jsonw_end(w);
	reply_end(&r->call);
}

void
auth_test_call(struct call *call, const struct args *args)
{
	const char	*method = args_string(args, "method");
	const char	*name = args_string(args, "name");
	struct caller	 c;
	struct request	*r;
	struct fault	 f;
	uint8_t		 packed[CALLER_TAIL];
	int		 m;

	if ((m = describe_find(call->net->index, method)) == -1) {
		fault_method(&f, outcome_number(OUT_NOT_FOUND), method);
		reply_fault(call, &f);
		return;
	}
	if (name != NULL && !name_valid(name)) {
		reply_error(call, RPC_PARAMS, "name: expected that of an app");
		return;
	}
	if (test_caller(call, args, &c) == -1 ||
	    (r = request_open(call, args, test_done)) == NULL)
		return;
	r->msg.number = (uint32_t)m;
	if (buf_add(&r->tail, packed, caller_pack(&c, packed)) == -1 ||
	    request_string(r, name != NULL ? name : "") == -1)
		request_fail(r, OUT_FAILED, "out of memory");
	else
		request_send(r);
}
