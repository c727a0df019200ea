/*
 * streamLogs: subscriptions to lines as they are written.  In a plane.
 *
 * A subscriber that reads too slowly loses lines, not its connection: the
 * next entry says how many.
 */
#include <string.h>

#include "omnitrond/rpc/dispatch.h"
#include "omnitrond/rpc/logs.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"
#include "omnitrond/rpc/query.h"
#include "omnitrond/rpc/reply.h"

static struct jsonw *
stream_notification(struct request *r, const char *method)
{
	struct jsonw	*w = reply_writer(r->call.net);

	jsonw_object(w);
	jsonw_kstring(w, "jsonrpc", "2.0");
	jsonw_kstring(w, "method", method);
	jsonw_key(w, "params");
	jsonw_object(w);
	jsonw_kint(w, "subscription", (int64_t)r->query->subscription);
	return (w);
}

static void
stream_push(struct request *r, struct jsonw *w)
{
	jsonw_end(w);
	jsonw_end(w);
	if (r->call.client != NULL)
		reply_push(r->call.client, w);
}

void
stream_line(struct request *r, const struct m_log_record *rec,
    const char *app, const char *process)
{
	struct client	*client = r->call.client;
	struct query	*q = r->query;
	struct jsonw	*w;

	if (client == NULL || rpc_expired(client) ||
	    client->unsent(client) > UNSENT_PAUSE) {
		q->dropped++;
		q->part.len = 0;
		return;
	}
	w = stream_notification(r, "OmnitronLogs.entry");
	jsonw_key(w, "entry");
	query_entry(w, rec, app, process, q->part.p, q->part.len);
	if (q->dropped > 0)
		jsonw_kint(w, "dropped", (int64_t)q->dropped);
	q->dropped = 0;
	q->part.len = 0;
	stream_push(r, w);
}

/* The logger or the supervisor ended it: say so. */
static void
stream_done(struct request *r, const struct outcome_of *res)
{
	struct jsonw	*w;

	if (r->call.client == NULL)
		return;
	w = stream_notification(r, "OmnitronLogs.closed");
	jsonw_kstring(w, "reason", res->text[0] != '\0' ? res->text :
	    outcome_name(res->outcome));
	stream_push(r, w);
}

void
stream_call(struct call *call, const struct args *args)
{
	struct client	*client = call->client;
	struct request	*r;
	int64_t		 lines = args_value(args, "lines");

	if (lines < 0 || lines > LOG_LINES_MAX) {
		reply_error(call, RPC_PARAMS,
		    "lines: expected int from 0 to %u", LOG_LINES_MAX);
		return;
	}
	if (subscribe_refused(call))
		return;
	r = logs_open(call, args, (unsigned)lines, stream_done);
	if (r == NULL)
		return;
	client->waiting--;		/* answered at once */
	client->streams++;
	r->query->follow = 1;
	r->query->subscription = ++call->net->last_subscription;
	request_send(r);
	subscribe_reply(call, r->query->subscription);
}
