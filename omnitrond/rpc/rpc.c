/*
 * JSON-RPC 2.0: one text of a client becomes calls.  In a plane;
 * what it reads is hostile, and nothing of it is logged.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "omnitrond/rpc/dispatch.h"
#include "omnitrond/rpc/index.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"
#include "omnitrond/rpc/reply.h"
#include "omnitrond/rpc/rpc.h"

/* Bytes that wait for the supervisor; beyond, refusals are not told. */
#define DENIED_QUEUE	(64 * KIB)

/* What a request object says. */
struct wanted {
	const struct json	*version;
	const struct json	*method;
	const struct json	*params;
	const struct json	*id;
	const char		*strange;	/* a member that is not ours */
};

static void
call_init(struct call *call, struct client *client, struct batch *batch)
{
	call->net = client->net;
	call->client = client;
	call->batch = batch;
	call->done = NULL;
	call->arg = NULL;
	call->method = METHOD_MAX;
	call->notify = 0;
	memcpy(call->id, "null", 4);
	call->idlen = 4;
}

void
rpc_refuse(struct client *client, int number, const char *text)
{
	struct call	 call;

	call_init(&call, client, NULL);
	reply_error(&call, number, "%s", text);
}

/* Past the string that begins at s[i]; the text is known to be valid. */
static size_t
text_string_end(const char *s, size_t len, size_t i)
{
	for (i++; i < len && s[i] != '"'; i++)
		if (s[i] == '\\')
			i++;
	return (i + 1);
}

/*
 * The text of the number that is the member "id" of the outermost object,
 * since a number that is no int64 must go back as it came.
 */
static size_t
text_id(const char *s, size_t len, const char **found)
{
	size_t	 i = 0, end, n;
	int	 depth = 0;

	while (i < len) {
		if (s[i] == '"') {
			end = text_string_end(s, len, i);
			if (depth == 1 && end - i == 4 &&
			    memcmp(s + i, "\"id\"", 4) == 0) {
				i = end + strspn(s + end, " \t\r\n");
				if (i < len && s[i] == ':') {
					i++;
					i += strspn(s + i, " \t\r\n");
					n = strcspn(s + i, " \t\r\n,}");
					*found = s + i;
					return (n);
				}
			} else
				i = end;
			continue;
		}
		if (s[i] == '{' || s[i] == '[')
			depth++;
		else if (s[i] == '}' || s[i] == ']')
			depth--;
		i++;
	}
	return (0);
}

/* Keep the id as JSON; -1 if it cannot be one. */
static int
call_set_id(struct call *call, const struct json *id, const char *text,
    size_t len)
{
	struct jsonw	*w;
	const char	*s;
	size_t		 n;

	switch (id->type) {
	case JSON_NULL:
		return (0);
	case JSON_INT:
		n = (size_t)snprintf(call->id, sizeof(call->id), "%lld",
		    (long long)id->u.i);
		call->idlen = n;
		return (0);
	case JSON_DOUBLE:
		if (text != NULL && (n = text_id(text, len, &s)) > 0) {
			if (n > sizeof(call->id))
				return (-1);
			memcpy(call->id, s, n);
			call->idlen = n;
			return (0);
		}
		/* FALLTHROUGH */
	case JSON_STRING:
		w = reply_writer(call->net);
		json_write(id, w);
		if (jsonw_done(w) == -1 || w->len > sizeof(call->id))
			return (-1);
		memcpy(call->id, w->buf, w->len);
		call->idlen = w->len;
		return (0);
	case JSON_BOOL:
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	return (-1);
}

static void
wanted_read(struct wanted *want, const struct json *request)
{
	const struct json	*j;

	memset(want, 0, sizeof(*want));
	for (j = request->first; j != NULL; j = j->next) {
		if (strcmp(j->key, "method") == 0)
			want->method = j;
		else if (strcmp(j->key, "id") == 0)
			want->id = j;
		else if (strcmp(j->key, "params") == 0)
			want->params = j;
		else if (strcmp(j->key, "jsonrpc") == 0)
			want->version = j;
		else
			want->strange = j->key;
	}
}

/* The name of the method, or NULL and what is wrong with the request. */
static const char *
wanted_method(const struct wanted *want, const char **why)
{
	*why = NULL;
	if (want->version == NULL || want->version->type != JSON_STRING ||
	    strcmp(want->version->u.s, "2.0") != 0)
		*why = "jsonrpc must be \"2.0\"";
	else if (want->method == NULL || want->method->type != JSON_STRING)
		*why = "method must be a string";
	else if (want->strange != NULL)
		*why = "only jsonrpc, id, method and params are known";
	else if (want->params != NULL && want->params->type != JSON_OBJECT &&
	    want->params->type != JSON_ARRAY)
		*why = "params must be an object";
	else
		return (want->method->u.s);
	return (NULL);
}

/*
 * What is refused here goes to the audit trail, unless too much of it waits:
 * the supervisor bounds it as well.
 */
static void
call_denied(const struct call *call, enum outcome outcome, uint32_t app)
{
	struct peer	*peer = call->net->proc->peer[K_SUPERVISOR];
	struct m_denied	 m;
	uint8_t		 caller[CALLER_TAIL];

	if (peer == NULL || call->client->caller.how == CALLER_NOBODY ||
	    peer_queued(peer) > DENIED_QUEUE)
		return;
	memset(&m, 0, sizeof(m));
	m.method = call->method;
	m.app = app;
	m.outcome = outcome;
	peer_send_raw(peer, M_DENIED, -1, &m, caller,
	    caller_pack(&call->client->caller, caller));
}

static void
call_unauthorized(struct call *call, const char *text)
{
	struct fault	 f;

	fault_set(&f, outcome_number(OUT_UNAUTHORIZED), "%s", text);
	if (call->method < METHOD_MAX) {
		fault_datum(&f, "method", methods[call->method].name);
		fault_datum(&f, "needs",
		    role_name(methods[call->method].role));
		call_denied(call, OUT_UNAUTHORIZED, 0);
	}
	reply_fault(call, &f);
}

int
rpc_expired(const struct client *client)
{
	const struct net_hooks	*hooks = client->net->hooks;

	/* a token that has ended leaves nobody, and what streams to him */
	if (client->caller.how == CALLER_NOBODY)
		return (1);
	return (client->caller.how == CALLER_TOKEN &&
	    ((client->exp_ms != 0 && wall_ms() >= client->exp_ms) ||
	    (hooks != NULL && hooks->revoked != NULL &&
	    hooks->revoked(client))));
}

/*
 * Is the caller still who it was when it came?  Looked at with each call that
 * needs a role; one without a token learns nothing, not even which methods
 * there are.
 */
static int
call_authorized(struct call *call)
{
	if (call->client->caller.how == CALLER_LOCAL)
		return (1);
	if (call->client->caller.how == CALLER_NOBODY)
		call_unauthorized(call, "a token is needed");
	else if (rpc_expired(call->client))
		call_unauthorized(call, "the token is not valid any more; "
		    "authenticate with a new one");
	else
		return (1);
	return (0);
}

static void
call_forbidden(struct call *call)
{
	const struct method	*m = &methods[call->method];
	enum role		 role = call->client->caller.role;
	struct fault		 f;

	fault_set(&f, outcome_number(OUT_FORBIDDEN),
	    "%s needs the role %s, and yours is %s", m->name,
	    role_name(m->role), role_name(role));
	fault_datum(&f, "method", m->name);
	fault_datum(&f, "needs", role_name(m->role));
	fault_datum(&f, "role", role_name(role));
	call_denied(call, OUT_FORBIDDEN, 0);
	reply_fault(call, &f);
}

/* The role, the state of the view, the parameters; then the handler. */
static void
call_run(struct call *call, const struct json *params)
{
	const struct method	*m = &methods[call->method];
	struct args		 args;
	struct fault		 f;

	/* nobody is told that it is nobody: before a token, little is answered */
	if ((m->role != ROLE_NONE || call->method == METHOD_WHOAMI) &&
	    !call_authorized(call))
		return;
	if (call->client->caller.role < m->role) {
		call_forbidden(call);
		return;
	}
	if (!call->net->synced && m->role != ROLE_NONE) {
		reply_error(call, outcome_number(OUT_UNAVAILABLE),
		    "starting: the supervisor has not said yet what runs");
		return;
	}
	if (params_check(call->client, call->method, params, &args,
	    &f) == -1) {
		if (f.number == outcome_number(OUT_FORBIDDEN))
			call_denied(call, OUT_FORBIDDEN, args.app != NULL ?
			    args.app->rec.id : 0);
		reply_fault(call, &f);
		return;
	}
	dispatch_handler(call->method)(call, &args);
}

/* By its name; what is wrong is answered. */
static void
call_by_name(struct call *call, const char *name, const struct json *params)
{
	struct fault	 f;
	int		 method = index_find(call->net->index, name);

	if (method != -1) {
		call->method = method;
		call_run(call, params);
	} else if (call_authorized(call)) {
		fault_method(&f, RPC_METHOD, name);
		reply_fault(call, &f);
	}
}

void
rpc_call(struct client *client, const char *method,
    const struct json *params, call_done done, void *arg)
{
	struct call	 call;

	call_init(&call, client, NULL);
	call.done = done;
	call.arg = arg;
	call_by_name(&call, method, params);
}

static void
rpc_request(struct client *client, const struct json *request,
    struct batch *batch, const char *text, size_t len)
{
	struct wanted	 want;
	struct call	 call;
	const char	*name, *why;

	call_init(&call, client, batch);
	if (request->type != JSON_OBJECT) {
		reply_error(&call, RPC_INVALID, "a request must be an object");
		return;
	}
	wanted_read(&want, request);
	if (want.id != NULL &&
	    call_set_id(&call, want.id, text, len) == -1) {
		reply_error(&call, RPC_INVALID, "id must be null, a number "
		    "or a string of at most %u bytes", CALL_ID_MAX - 2);
		return;
	}
	if ((name = wanted_method(&want, &why)) == NULL) {
		reply_error(&call, RPC_INVALID, "%s", why);
		return;
	}
	call.notify = want.id == NULL;
	call_by_name(&call, name, want.params);
}

static void
rpc_batch(struct client *client, const struct json *array)
{
	const struct json	*j;
	struct batch		*batch;

	if (array->count == 0 || array->count > BATCH_MAX) {
		rpc_refuse(client, RPC_INVALID,
		    "a batch has between 1 and 64 requests");
		return;
	}
	if ((batch = calloc(1, sizeof(*batch))) == NULL) {
		rpc_refuse(client, RPC_INTERNAL, "out of memory");
		return;
	}
	batch->left = (unsigned)array->count + 1;
	batch->out.wipe = 1;		/* secrets may be among the replies */
	for (j = array->first; j != NULL; j = j->next)
		rpc_request(client, j, batch, NULL, 0);
	reply_release(batch, client);
}

void
rpc_message(struct client *client, const char *text, size_t len)
{
	struct json	*root;
	struct call	 call;
	char		 err[128];

	root = json_parse(text, len, &json_limits_request, err, sizeof(err));
	if (root == NULL) {
		call_init(&call, client, NULL);
		reply_error(&call, RPC_PARSE, "not valid JSON: %s", err);
		return;
	}
	if (root->type == JSON_ARRAY)
		rpc_batch(client, root);
	else
		rpc_request(client, root, NULL, text, len);
	if (client->secret)
		json_wipe(root);
	json_free(root);
}
