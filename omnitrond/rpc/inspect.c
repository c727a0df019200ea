/*
 * inspect: all that is known of one app.  In a plane; the view,
 * then a log query for the end of its stderr, then its configuration from
 * the parent.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/units.h"
#include "omnitrond/rpc/answer.h"
#include "omnitrond/rpc/dispatch.h"
#include "omnitrond/rpc/logs.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"
#include "omnitrond/rpc/query.h"
#include "omnitrond/rpc/reply.h"

static void
inspect_time(struct jsonw *w, const char *key, int64_t ms)
{
	struct tm	 tm;
	time_t		 t = (time_t)(ms / 1000);
	char		 stamp[32], text[48];

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm) == 0) {
		jsonw_knull(w, key);
		return;
	}
	snprintf(text, sizeof(text), "%s.%03dZ", stamp, (int)(ms % 1000));
	jsonw_kstring(w, key, text);
}

static const char *
inspect_message(const struct m_exited *e)
{
	if (e->flags & EXIT_NOEXEC)
		return ("it could not be started");
	if (e->flags & EXIT_GUESS)
		return ("killed, probably because memory was out");
	if (e->flags & EXIT_OOM)
		return ("killed because memory was out");
	if (e->flags & EXIT_UNKNOWN)
		return ("ended while the daemon was away; how is not known");
	if (e->flags & EXIT_KILLED)
		return ("did not stop in time and was killed");
	return (NULL);
}

/* Of the process that ended, not of those before it or beside it. */
static void
inspect_tail(struct jsonw *w, const struct query *q, int32_t pid)
{
	const struct logline	*line;

	jsonw_key(w, "stderrTail");
	jsonw_array(w);
	TAILQ_FOREACH(line, &q->lines, entry)
		if (pid <= 0 || line->pid <= 0 || line->pid == pid)
			jsonw_stringn(w, line->text, line->len);
	jsonw_end(w);
}

static void
inspect_exit(struct jsonw *w, const struct m_exited *e, const struct query *q)
{
	const char	*message = inspect_message(e);

	jsonw_key(w, "lastExit");
	jsonw_object(w);
	inspect_time(w, "atIso", e->at_ms);
	if (e->code >= 0 && (e->flags & (EXIT_UNKNOWN | EXIT_NOEXEC)) == 0)
		jsonw_kint(w, "code", e->code);
	else
		jsonw_knull(w, "code");
	jsonw_kstring(w, "signal", e->signal > 0 ? signal_name(e->signal) :
	    NULL);
	jsonw_kbool(w, "expected",
	    (e->flags & (EXIT_STOPPED | EXIT_SIGNALLED)) != 0 ||
	    (e->code == 0 && (e->flags & (EXIT_UNKNOWN | EXIT_NOEXEC)) == 0));
	if (e->max_rss > 0)
		jsonw_kint(w, "maxRss", (int64_t)e->max_rss);
	if (q != NULL)
		inspect_tail(w, q, e->pid);
	if (message != NULL)
		jsonw_kstring(w, "message", message);
	jsonw_end(w);
}

static void
inspect_children(struct jsonw *w, const struct view_app *a, int64_t now_ms)
{
	const struct view_inst	*i;
	size_t			 n;

	jsonw_key(w, "children");
	jsonw_array(w);
	for (n = 0; n < a->ninst; n++) {
		i = &a->inst[n];
		jsonw_object(w);
		jsonw_kstring(w, "name", i->name);
		jsonw_kint(w, "instance", i->rec.inst.instance);
		answer_number(w, "pid", i->rec.pid);
		jsonw_kstring(w, "status", status_name(i->rec.status));
		jsonw_kint(w, "uptimeSeconds", i->rec.pid > 0 ?
		    answer_uptime(i->rec.started_ms, now_ms) / 1000 : 0);
		jsonw_kint(w, "rss", (int64_t)i->rss);
		jsonw_kint(w, "restarts", i->rec.restarts);
		jsonw_end(w);
	}
	jsonw_end(w);
}

/* The members of the parent's object become ours. */
static void
inspect_config(struct jsonw *w, const struct outcome_of *res)
{
	if (res->outcome == OUT_OK && res->len > 2)
		jsonw_raw(w, (const char *)res->object + 1, res->len - 2);
}

static void
inspect_app(struct jsonw *w, const struct call *call,
    const struct view_app *a, const struct query *q,
    const struct outcome_of *config)
{
	int64_t	 now = wall_ms();

	jsonw_object(w);
	jsonw_kstring(w, "name", a->name);
	answer_number(w, "pid", view_pid(a));
	jsonw_kstring(w, "status", status_name(a->rec.status));
	answer_intent(w, call->client, a);
	jsonw_key(w, "memory");
	jsonw_object(w);
	jsonw_kint(w, "rss", (int64_t)view_rss(a));
	jsonw_end(w);
	answer_percent(w, "cpu", view_cpu(a));
	jsonw_kint(w, "uptime", answer_uptime(a->rec.started_ms, now));
	jsonw_kint(w, "restarts", a->rec.restarts);
	jsonw_key(w, "services");
	exec_services(w, call->net, a->rec.id);
	inspect_children(w, a, now);
	if (a->rec.flags & VIEW_EXIT)
		inspect_exit(w, &a->rec.exit, q);
	inspect_config(w, config);
	jsonw_end(w);
}

static void
inspect_answer(struct request *r, const struct outcome_of *res)
{
	const struct view_app	*a;

	a = view_by_id(r->call.net->view, r->msg.app);
	if (a == NULL) {
		reply_error(&r->call, outcome_number(OUT_NOT_FOUND),
		    "the app was removed from the configuration meanwhile");
		return;
	}
	inspect_app(reply_begin(&r->call), &r->call, a, r->answered, res);
	reply_end(&r->call);
}

/* A logger that cannot answer costs the tail, not the rest. */
static void
inspect_ask(struct request *r, const struct outcome_of *res)
{
	struct call	 call = r->call;
	struct args	 args;
	struct request	*next;

	if (call.client == NULL)
		return;
	if (res->outcome == OUT_FORBIDDEN) {
		request_error(&call, &r->msg, res);
		return;
	}
	call.method = METHOD_GET_CONFIG;
	memset(&args, 0, sizeof(args));
	args.params = &call.net->index->params[call.method];
	args.app = view_by_id(call.net->view, r->msg.app);
	if (args.app == NULL) {
		inspect_answer(r, res);
		return;
	}
	if ((next = request_open(&call, &args, inspect_answer)) == NULL)
		return;
	if (res->outcome == OUT_OK) {
		next->answered = r->query;
		r->query = NULL;
	}
	request_send(next);
}

void
inspect_call(struct call *call, const struct args *args)
{
	struct request	*r;

	r = logs_open(call, args, STDERR_TAIL, inspect_ask);
	if (r != NULL)
		request_send(r);
}
