/*
 * getCrashes: records that the logger keeps, one a line of a log query.  In
 * a plane.  They are JSON that the logger wrote into a file; what
 * does not parse, as a line that was cut, is left out.
 */
#include <string.h>

#include "common/json.h"
#include "omnitrond/rpc/dispatch.h"
#include "omnitrond/rpc/logs.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"
#include "omnitrond/rpc/query.h"
#include "omnitrond/rpc/reply.h"
#include "omnitrond/rpc/request.h"

/* What the daemon says in it may name other apps. */
static void
crash_record(struct jsonw *w, const struct client *client,
    const struct json *rec)
{
	const struct json	*j;
	char			 buf[ACCESS_TEXT_MAX];

	jsonw_object(w);
	for (j = rec->first; j != NULL; j = j->next) {
		jsonw_key(w, j->key);
		if (j->type == JSON_STRING && (strcmp(j->key, "reason") == 0 ||
		    strcmp(j->key, "decision") == 0))
			jsonw_string(w, access_text(client, j->u.s, buf));
		else
			json_write(j, w);
	}
	jsonw_end(w);
}

/* 1 if it was written: a record, and the one that is asked for. */
static int
crash_write(struct jsonw *w, const struct client *client,
    const struct logline *line, int64_t id)
{
	struct json	*rec;
	char		 err[128];
	int		 n = 0;

	rec = json_parse(line->text, line->len, &json_limits_request, err,
	    sizeof(err));
	if (rec == NULL)
		return (0);
	if (rec->type == JSON_OBJECT &&
	    (id == 0 || json_get_int(rec, "id", 0) == id)) {
		crash_record(w, client, rec);
		n = 1;
	}
	json_free(rec);
	return (n);
}

static void
crash_answer(struct request *r, const struct outcome_of *res)
{
	const struct logline	*line;
	struct jsonw		*w;
	int64_t			 id = r->wanted;
	int			 n = 0;

	if (res->outcome != OUT_OK) {
		request_error(&r->call, &r->msg, res);
		return;
	}
	w = reply_begin(&r->call);
	jsonw_array(w);
	TAILQ_FOREACH_REVERSE(line, &r->query->lines, loglines, entry)
		n += crash_write(w, r->call.client, line, id);
	jsonw_end(w);
	if (id != 0 && n == 0)
		reply_error(&r->call, outcome_number(OUT_NOT_FOUND),
		    "there is no crash record %lld of it", (long long)id);
	else
		reply_end(&r->call);
}

void
crash_call(struct call *call, const struct args *args)
{
	struct request	*r;
	int64_t		 id = args_value(args, "id");

	if (args_has(args, "id") && id < 1) {
		reply_error(call, RPC_PARAMS, "id: expected int from 1");
		return;
	}
	if ((r = logs_open(call, args, CRASHES_MAX, crash_answer)) == NULL)
		return;
	r->wanted = id;
	request_send(r);
}
