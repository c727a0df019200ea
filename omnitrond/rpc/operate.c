/*
 * The methods that the supervisor carries out: checks of ranges before, the
 * result after.  In a plane.
 */
#include <string.h>

#include "omnitrond/rpc/answer.h"
#include "omnitrond/rpc/dispatch.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"
#include "omnitrond/rpc/reply.h"
#include "omnitrond/rpc/request.h"

static const struct range {
	const char	*param;
	int64_t		 min;
	int64_t		 max;
} ranges[] = {
	{ "instances", 1, INSTANCES_MAX },
	{ "instance", 0, INSTANCES_MAX - 1 },
};

static void
operate_one(struct call *call, uint32_t app, int unsaved)
{
	const struct view_app	*a = view_by_id(call->net->view, app);

	if (a == NULL) {
		reply_error(call, outcome_number(OUT_NOT_FOUND),
		    "the app was removed from the configuration meanwhile");
		return;
	}
	answer_app(reply_begin(call), call->client, a, wall_ms(), unsaved);
	reply_end(call);
}

static void
operate_stopped(struct call *call, const struct m_request *msg,
    const struct outcome_of *res)
{
	struct jsonw	*w = reply_begin(call);

	jsonw_object(w);
	if (msg->flags & REQ_ALL) {
		jsonw_kint(w, "count", res->count);
	} else {
		jsonw_kbool(w, "success", 1);
		jsonw_kbool(w, "killed", (res->flags & REPLY_KILLED) != 0);
		jsonw_kbool(w, "persisted",
		    (res->flags & REPLY_UNSAVED) == 0);
	}
	jsonw_end(w);
	reply_end(call);
}

static void
operate_success(struct call *call)
{
	struct jsonw	*w = reply_begin(call);

	jsonw_object(w);
	jsonw_kbool(w, "success", 1);
	jsonw_end(w);
	reply_end(call);
}

/* By the records, which came before the answer. */
static void
operate_down(struct call *call, int64_t since_ms)
{
	const struct view_app	*a;
	struct jsonw		*w = reply_begin(call);

	jsonw_object(w);
	jsonw_kbool(w, "success", 1);
	jsonw_key(w, "killed");
	jsonw_array(w);
	TAILQ_FOREACH(a, &call->net->view->apps, entry)
		if ((a->rec.flags & VIEW_EXIT) &&
		    (a->rec.exit.flags & EXIT_KILLED) &&
		    a->rec.exit.at_ms >= since_ms)
			jsonw_string(w, a->name);
	jsonw_end(w);
	jsonw_end(w);
	reply_end(call);
}

/* Of many apps some failed: the list says which, and how the others are. */
static int
operate_mixed(const struct m_request *msg, const struct outcome_of *res)
{
	return ((msg->op == OP_START || msg->op == OP_RESTART) &&
	    (msg->flags & REQ_ALL) && (res->flags & REPLY_TRIED));
}

static void
operate_done(struct request *r, const struct outcome_of *res)
{
	struct call	*call = &r->call;

	if (res->outcome != OUT_OK && !operate_mixed(&r->msg, res)) {
		request_error(call, &r->msg, res);
		return;
	}
	switch ((enum op)r->msg.op) {
	case OP_START:
	case OP_RESTART:
	case OP_RELOAD_APP:
	case OP_SCALE:
		if (r->msg.flags & REQ_ALL)
			answer_list(call);
		else
			operate_one(call, r->msg.app,
			    (res->flags & REPLY_UNSAVED) != 0);
		break;
	case OP_STOP:
		operate_stopped(call, &r->msg, res);
		break;
	case OP_SHUTDOWN:
		operate_down(call, r->opened_ms);
		break;
	case OP_ENV:
	case OP_CONFIG:
	case OP_RELOAD:
		request_object(call, res);
		break;
	default:
		operate_success(call);
	}
}

void
operate_call(struct call *call, const struct args *args)
{
	const struct range	*range;
	struct request		*r;
	int64_t			 n;
	size_t			 i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		range = &ranges[i];
		n = args_value(args, range->param);
		if (!args_has(args, range->param) ||
		    (n >= range->min && n <= range->max))
			continue;
		reply_error(call, RPC_PARAMS, "%s: expected int from %lld to "
		    "%lld", range->param, (long long)range->min,
		    (long long)range->max);
		return;
	}
	if ((r = request_open(call, args, operate_done)) != NULL)
		request_send(r);
}
