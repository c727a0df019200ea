/*
 * OmnitronSecrets, and the value of a secret on its way.  In a plane; what
 * held a value is wiped.
 *
 * The value goes to secrets by itself (SECRET_PUT), at once or, if secrets has
 * to be started for it, when its channel is there.
 */
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "omnitrond/rpc/dispatch.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"
#include "omnitrond/rpc/reply.h"
#include "omnitrond/rpc/request.h"

static enum secret_op
secret_op(enum method_id method)
{
	switch (method) {
	case METHOD_SECRET_GET:
		return (SECRET_GET);
	case METHOD_SECRET_SET:
		return (SECRET_SET);
	case METHOD_SECRET_DELETE:
		return (SECRET_DELETE);
	case METHOD_SECRET_REKEY:
		return (SECRET_REKEY);
	case METHOD_SECRET_RESET:
		return (SECRET_RESET);
	default:
		return (SECRET_LIST);
	}
}

void
secret_forget(struct request *r)
{
	if (r->value != NULL)
		freezero(r->value, r->value_len);
	r->value = NULL;
	r->value_len = 0;
}

/* Once; then it is not ours any more. */
static void
secret_put(struct request *r)
{
	struct peer	*peer = r->call.net->proc->peer[K_SECRETS];
	struct m_sync	 m;

	if (r->value == NULL || peer == NULL)
		return;
	memset(&m, 0, sizeof(m));
	m.seq = r->msg.id;
	peer_send_raw(peer, M_SECRET_PUT, -1, &m, r->value, r->value_len);
	secret_forget(r);
}

void
secret_up(struct net *net)
{
	struct request	*r;
	uint64_t	 id;

	for (id = 0; (r = request_next(net, id)) != NULL; id = r->msg.id)
		secret_put(r);
}

/* Whether it was done nobody knows, but for what it was never told. */
void
secret_down(struct net *net)
{
	struct request	*r;
	uint64_t	 id;

	for (id = 0; (r = request_next(net, id)) != NULL;) {
		id = r->msg.id;
		if ((r->msg.op == OP_SECRET || r->msg.op == OP_ISSUE) &&
		    r->value == NULL)
			request_fail(r, OUT_UNAVAILABLE, "the process that "
			    "keeps secrets was restarted; see whether it was "
			    "done, then try again");
	}
}

/* What was written of a value before it left goes, too. */
static void
secret_done(struct request *r, const struct outcome_of *res)
{
	struct net	*net = r->call.net;

	if (res->outcome != OUT_OK) {
		request_error(&r->call, &r->msg, res);
		return;
	}
	if (r->call.client != NULL)
		r->call.client->secret = 1;
	request_object(&r->call, res);
	if (net->writer.buf != NULL)
		explicit_bzero(net->writer.buf, net->writer.size);
}

static int
secret_key(struct call *call, const struct args *args, const char **key)
{
	*key = args_string(args, "key");
	if (*key == NULL)
		*key = "";
	else if (!name_valid(*key)) {
		reply_error(call, RPC_PARAMS, "key: expected 1 to %u of "
		    "letters, digits, '.', '_' and '-'",
		    (unsigned)NAME_LEN_MAX);
		return (-1);
	}
	return (0);
}

/* -1: the call has been answered. */
static int
secret_value(struct call *call, const struct args *args, const char **value,
    size_t *len)
{
	*len = 0;
	if ((*value = args_string(args, "value")) == NULL)
		return (0);
	call->client->secret = 1;
	*len = strlen(*value);
	if (*len > 0 && *len <= SECRET_MAX)
		return (0);
	reply_error(call, RPC_PARAMS, "value: expected 1 to %u bytes",
	    SECRET_MAX);
	return (-1);
}

void
secret_call(struct call *call, const struct args *args)
{
	const char	*key, *value;
	struct request	*r;
	size_t		 len;

	if (secret_key(call, args, &key) == -1 ||
	    secret_value(call, args, &value, &len) == -1 ||
	    (r = request_open(call, args, secret_done)) == NULL)
		return;
	r->msg.number = secret_op(call->method);
	if (request_string(r, key) == -1 || (len > 0 &&
	    (r->value = malloc(len)) == NULL)) {
		request_fail(r, OUT_FAILED, "out of memory");
		return;
	}
	if (len > 0)
		memcpy(r->value, value, len);
	r->value_len = len;
	request_send(r);
	secret_put(r);
}
