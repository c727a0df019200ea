/*
 * Requests of a plane.  The plane checked form and role; role and target are
 * checked here again, for it is here that they count.  Supervisor process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/audit.h"
#include "omnitrond/supervisor/depend.h"
#include "omnitrond/supervisor/metrics.h"
#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

#define SIGNAL_MAX	64	/* of Linux, real-time ones included */

/* ---- answers ------------------------------------------------------------ */

static void
request_reply(struct sup *sup, enum kind plane, const struct m_request *m,
    const struct m_reply *reply, const char *text)
{
	/* so that the caller reads what it wrote */
	view_push(sup, (m->flags & REQ_ALL) ? NULL : app_find(sup, m->app));
	out_send(sup, plane, M_REPLY, reply, text, NULL);
	audit_request(sup, plane, m, reply->outcome, text);
}

/* Answered at once. */
static int
request_say(struct sup *sup, enum kind plane, const struct m_request *m,
    enum outcome outcome, const char *text)
{
	struct m_reply	 reply;

	memset(&reply, 0, sizeof(reply));
	reply.id = m->id;
	reply.outcome = outcome;
	request_reply(sup, plane, m, &reply, text);
	return (0);
}

static void
req_free(struct sup *sup, struct req *req)
{
	struct task	*op;

	while ((op = LIST_FIRST(&req->ops)) != NULL) {
		LIST_REMOVE(op, req_entry);
		ops_detach(sup, op);
	}
	timer_cancel(&sup->timers, &req->timer);
	LIST_REMOVE(req, entry);
	sup->nreqs--;
	free(req);
}

static void
req_answer(struct sup *sup, struct req *req)
{
	struct m_reply	 reply;

	memset(&reply, 0, sizeof(reply));
	reply.id = req->m.id;
	reply.outcome = req->outcome;
	reply.flags = req->flags | REPLY_TRIED;
	reply.count = req->count;
	if (req->seq > sup->persist.stored)
		reply.flags |= REPLY_UNSAVED;
	request_reply(sup, req->plane, &req->m, &reply, req->text);
	req_free(sup, req);
}

/* All is done; the answer still waits for the disk, but not for ever. */
static void
req_done(struct sup *sup, struct req *req)
{
	if (req->seq <= sup->persist.stored) {
		req_answer(sup, req);
		return;
	}
	req->saving = 1;
	timer_set(&sup->timers, &req->timer, out_in_ms(sup, UNSAVED_MS));
}

/* The caller's timeout, or that of the disk. */
static void
req_timeout(struct sup *sup, void *arg)
{
	struct req	*req = arg;

	if (!req->saving) {
		req->outcome = OUT_TIMEOUT;
		strlcpy(req->text, "timed out; the operation goes on",
		    sizeof(req->text));
	}
	req_answer(sup, req);
}

void
request_stored(struct sup *sup)
{
	struct req	*req, *next;

	for (req = LIST_FIRST(&sup->reqs); req != NULL; req = next) {
		next = LIST_NEXT(req, entry);
		/* a disk that says no will not say yes within two seconds */
		if (req->saving && (req->seq <= sup->persist.stored ||
		    sup->persist.error != 0))
			req_answer(sup, req);
	}
}

void
request_op_add(struct req *req, struct task *op)
{
	op->req = req;
	LIST_INSERT_HEAD(&req->ops, op, req_entry);
}

void
request_changes(struct sup *sup, struct req *req, uint64_t seq)
{
	if (seq > req->seq)
		req->seq = seq;
}

static void
req_add_text(struct req *req, const char *text)
{
	if (text[0] == '\0')
		return;
	if (req->text[0] != '\0')
		strlcat(req->text, "; ", sizeof(req->text));
	strlcat(req->text, text, sizeof(req->text));
}

void
request_op_done(struct sup *sup, struct task *op, enum outcome outcome,
    const char *text)
{
	struct req	*req = op->req;

	LIST_REMOVE(op, req_entry);
	op->req = NULL;
	if (op->killed)
		req->flags |= REPLY_KILLED;
	if (outcome == OUT_OK)
		req->count++;
	else {
		if (req->outcome == OUT_OK || outcome == OUT_FAILED)
			req->outcome = outcome;
		req_add_text(req, text);
	}
	if (LIST_EMPTY(&req->ops) && !req->adding)
		req_done(sup, req);
}

void
request_plane_gone(struct sup *sup, enum kind plane)
{
	struct req	*req, *next;

	for (req = LIST_FIRST(&sup->reqs); req != NULL; req = next) {
		next = LIST_NEXT(req, entry);
		if (req->plane == plane)
			req_free(sup, req);
	}
	sup->last_id = 0;
}

/* ---- operations --------------------------------------------------------- */

static struct req *
req_new(struct sup *sup, enum kind plane, const struct m_request *m)
{
	struct req	*req = xcalloc(1, sizeof(*req));

	req->m = *m;
	req->plane = plane;
	LIST_INIT(&req->ops);
	timer_init(&req->timer, req_timeout, req);
	LIST_INSERT_HEAD(&sup->reqs, req, entry);
	sup->nreqs++;
	req->adding = 1;
	return (req);
}

static uint32_t
req_op_flags(const struct m_request *m)
{
	uint32_t	 flags = 0;

	if (m->flags & REQ_FORCE)
		flags |= OPF_FORCE;
	if (m->flags & REQ_NOWAIT)
		flags |= OPF_NOWAIT;
	/* for a stop the caller's timeout is the time before SIGKILL */
	if (m->op == OP_STOP && m->timeout_ms > 0)
		flags |= OPF_GRACE;
	return (flags);
}

static void
req_op(struct sup *sup, struct req *req, struct app *app, uint64_t group)
{
	struct task	*op;

	op = ops_add(sup, app, req->m.op, req_op_flags(&req->m), group, req);
	op->timeout_ms = req->m.timeout_ms;
	op->number = req->m.number;
}

/* A call on all apps acts on these. */
static int
req_concerns(const struct m_request *m, const struct app *app)
{
	if (app->removed || ops_full(app))
		return (0);
	if (m->op == OP_RESTART)
		return (app->intent == INTENT_RUN || app->nprocess > 0);
	if (m->op == OP_STOP)
		return (app->intent == INTENT_RUN || app->nprocess > 0 ||
		    app->status != S_STOPPED);
	return (1);
}

static void
req_begun(struct sup *sup, struct req *req)
{
	req->adding = 0;
	if (LIST_EMPTY(&req->ops))
		req_done(sup, req);
	else if (req->m.op != OP_STOP && req->m.timeout_ms > 0)
		timer_set(&sup->timers, &req->timer,
		    out_in_ms(sup, req->m.timeout_ms));
}

static int
request_all(struct sup *sup, enum kind plane, const struct m_request *m)
{
	struct req	*req = req_new(sup, plane, m);
	struct app	*app;
	uint64_t	 group = ++sup->group;

	APP_FOREACH(app, sup)
		if (req_concerns(m, app))
			req_op(sup, req, app, group);
	req_begun(sup, req);
	return (0);
}

/* "stop web, api first: they depend on db (or stop it with --dependants)" */
static void
request_dependants_text(const struct app *app, struct app **list, size_t n,
    char *text, size_t size)
{
	char	 names[TEXT_MAX / 2] = "";
	size_t	 i;

	for (i = 0; i < n; i++) {
		if (i > 0)
			strlcat(names, ", ", sizeof(names));
		strlcat(names, list[i]->name, sizeof(names));
	}
	snprintf(text, size, "stop %s first: %s on %s (or stop it with --dependants)",
	    names, n == 1 ? "it depends" : "they depend", app->name);
}

static int
request_stop(struct sup *sup, enum kind plane, const struct m_request *m,
    struct app *app)
{
	struct app	**list;
	struct req	*req;
	char		 text[TEXT_MAX];
	size_t		 i, n;
	uint64_t	 group;

	n = depend_running(sup, app, &list);
	if (n > 0 && (m->flags & REQ_DEPENDANTS) == 0) {
		request_dependants_text(app, list, n, text, sizeof(text));
		free(list);
		return (request_say(sup, plane, m, OUT_CONFLICT, text));
	}
	req = req_new(sup, plane, m);
	group = ++sup->group;
	for (i = 0; i < n; i++)
		if (!ops_full(list[i]))
			req_op(sup, req, list[i], group);
	req_op(sup, req, app, group);
	req_begun(sup, req);
	free(list);
	return (0);
}

static int
request_scale(struct sup *sup, enum kind plane, const struct m_request *m,
    struct app *app)
{
	uint32_t	 max = app->conf.scaling_max;
	char		 text[TEXT_MAX];
	struct req	*req;

	if (max == 0 || max > INSTANCES_MAX)
		max = INSTANCES_MAX;
	if (m->number < 1 || m->number > max) {
		snprintf(text, sizeof(text), "%s: instances must be 1 to %u",
		    app->name, max);
		return (request_say(sup, plane, m, OUT_INVALID, text));
	}
	req = req_new(sup, plane, m);
	req_op(sup, req, app, 0);
	req_begun(sup, req);
	return (0);
}

static int
request_one(struct sup *sup, enum kind plane, const struct m_request *m,
    struct app *app)
{
	struct req	*req;
	char		 text[TEXT_MAX];

	if (ops_full(app)) {
		snprintf(text, sizeof(text), "%s: too many operations wait",
		    app->name);
		return (request_say(sup, plane, m, OUT_LIMITED, text));
	}
	switch (m->op) {
	case OP_STOP:
		return (request_stop(sup, plane, m, app));
	case OP_SCALE:
		return (request_scale(sup, plane, m, app));
	default:
		break;
	}
	req = req_new(sup, plane, m);
	req_op(sup, req, app, 0);
	req_begun(sup, req);
	return (0);
}

static int
request_signal(struct sup *sup, enum kind plane, const struct m_request *m,
    struct app *app)
{
	struct m_signal	 sig;
	char		 text[TEXT_MAX];
	uint32_t	 i, sent = 0;

	if (m->number < 1 || m->number > SIGNAL_MAX)
		return (request_say(sup, plane, m, OUT_INVALID,
		    "no such signal"));
	if (m->instance != INSTANCE_ANY && app_inst(app, m->instance) == NULL) {
		snprintf(text, sizeof(text), "%s has no instance %u",
		    app->name, m->instance);
		return (request_say(sup, plane, m, OUT_NOT_FOUND, text));
	}
	for (i = 0; i < app->ninsts; i++) {
		if (!app->insts[i]->process ||
		    (m->instance != INSTANCE_ANY && m->instance != i))
			continue;
		memset(&sig, 0, sizeof(sig));
		app_inst_id(app->insts[i], &sig.inst);
		sig.signal = m->number;
		out_send(sup, K_PARENT, M_SIGNAL, &sig, NULL);
		sent++;
	}
	snprintf(text, sizeof(text), "%s does not run", app->name);
	return (request_say(sup, plane, m, sent > 0 ? OUT_OK : OUT_CONFLICT,
	    sent > 0 ? "" : text));
}

/* ---- what others answer ------------------------------------------------- */

static int
request_logs(struct sup *sup, enum kind plane, const struct m_request *m)
{
	struct m_log_open	 open;

	if (!out_there(sup, K_LOGGER))
		return (request_say(sup, plane, m, OUT_UNAVAILABLE,
		    "the logger is being restarted"));
	memset(&open, 0, sizeof(open));
	open.id = m->id;
	open.plane = plane;
	open.app = m->app;
	open.lines = m->number;
	open.level = m->level;
	open.flags = m->flags & (REQ_FOLLOW | REQ_STDERR | REQ_SYSTEM);
	open.since_ms = m->since_ms;
	open.until_ms = m->until_ms;
	/* one process an app: no name narrows it down */
	out_send(sup, K_LOGGER, M_LOG_OPEN, &open, "", NULL);
	return (0);
}

static int
request_show(struct sup *sup, enum kind plane, const struct m_request *m)
{
	struct m_show	 show;

	memset(&show, 0, sizeof(show));
	show.id = m->id;
	show.plane = plane;
	show.what = m->op == OP_ENV ? SHOW_ENV : SHOW_CONFIG;
	show.app = m->app;
	show.process = m->process == PROCESS_ANY ? 0 : m->process;
	out_send(sup, K_PARENT, M_SHOW, &show, NULL);
	return (0);
}

static int
request_reload(struct sup *sup, enum kind plane, const struct m_request *m)
{
	struct m_reload	 reload;

	memset(&reload, 0, sizeof(reload));
	reload.id = m->id;
	reload.plane = plane;
	reload.flags = (m->flags & REQ_DRYRUN) ? RELOAD_DRYRUN : 0;
	out_send(sup, K_PARENT, M_RELOAD, &reload, NULL);
	audit_request(sup, plane, m, OUT_OK, "");
	return (0);
}

/* Answered at the end, when it is known what had to be killed. */
static int
request_shutdown(struct sup *sup, enum kind plane, const struct m_request *m)
{
	struct m_shutdown	 ask;

	if (sup->nreqs >= REQUESTS_MAX)
		return (request_say(sup, plane, m, OUT_LIMITED,
		    "too many requests wait"));
	req_new(sup, plane, m);
	memset(&ask, 0, sizeof(ask));
	ask.flags = (m->flags & REQ_FORCE) ? SHUTDOWN_FORCE : 0;
	out_send(sup, K_PARENT, M_SHUTDOWN_ASK, &ask, NULL);
	return (0);
}

int
request_stopped(struct sup *sup)
{
	struct req	*req, *next;
	int		 n = 0;

	for (req = LIST_FIRST(&sup->reqs); req != NULL; req = next) {
		next = LIST_NEXT(req, entry);
		if (req->m.op != OP_SHUTDOWN)
			continue;
		req_answer(sup, req);
		n++;
	}
	return (n);
}

static int
request_metrics(struct sup *sup, enum kind plane, const struct m_request *m,
    struct app *app)
{
	metrics_enable(sup, app, (m->flags & REQ_ENABLE) != 0);
	return (request_say(sup, plane, m, OUT_OK, ""));
}

/* ---- checks ------------------------------------------------------------- */

/* Is it what a plane that keeps the rules can send? */
static int
request_sane(struct sup *sup, const struct m_request *m)
{
	const struct method	*method;

	if (m->id <= sup->last_id || m->op == OP_NONE || m->op >= OP_MAX ||
	    m->method >= METHOD_MAX || m->role >= ROLE_MAX)
		return (0);
	method = &methods[m->method];
	if (method->op != m->op)
		return (0);
	/* all apps only by a method that says so */
	if ((m->flags & REQ_ALL) != (method->flags & REQ_ALL))
		return (0);
	return (1);
}

static int
request_needs_app(const struct m_request *m)
{
	switch (m->op) {
	case OP_START:
	case OP_STOP:
	case OP_RESTART:
		return ((m->flags & REQ_ALL) == 0);
	case OP_SCALE:
	case OP_SIGNAL:
	case OP_ENV:
		return (1);
	default:
		return (m->app != 0);
	}
}

/* NULL if it may be done now. */
static const char *
request_refused(struct sup *sup, const struct m_request *m,
    enum outcome *outcome)
{
	const struct method	*method = &methods[m->method];

	*outcome = OUT_FORBIDDEN;
	if (m->role < method->role)
		return ("the role does not suffice");
	if (!method->mutating || m->op == OP_SHUTDOWN)
		return (NULL);
	*outcome = OUT_CONFLICT;
	if (sup->shutdown.going)
		return ("shutting down");
	*outcome = OUT_UNAVAILABLE;
	if (sup->phase != PH_RUNNING)
		return ("the daemon is starting");
	*outcome = OUT_LIMITED;
	if (sup->nreqs >= REQUESTS_MAX)
		return ("too many requests wait");
	return (NULL);
}

static int
request_do(struct sup *sup, enum kind plane, const struct m_request *m,
    struct app *app)
{
	switch (m->op) {
	case OP_SIGNAL:
		return (request_signal(sup, plane, m, app));
	case OP_SHUTDOWN:
		return (request_shutdown(sup, plane, m));
	case OP_RELOAD:
		return (request_reload(sup, plane, m));
	case OP_METRICS:
		return (request_metrics(sup, plane, m, app));
	case OP_LOGS:
		return (request_logs(sup, plane, m));
	case OP_ENV:
	case OP_CONFIG:
		return (request_show(sup, plane, m));
	default:
		break;
	}
	if (m->flags & REQ_ALL)
		return (request_all(sup, plane, m));
	return (request_one(sup, plane, m, app));
}

int
request_handle(struct sup *sup, enum kind plane, const struct m_request *m)
{
	struct app	*app = NULL;
	enum outcome	 outcome;
	const char	*why;

	if (!request_sane(sup, m))
		return (-1);
	sup->last_id = m->id;
	if ((why = request_refused(sup, m, &outcome)) != NULL)
		return (request_say(sup, plane, m, outcome, why));
	if (request_needs_app(m)) {
		app = app_find(sup, m->app);
		if (app == NULL || app->removed)
			return (request_say(sup, plane, m, OUT_NOT_FOUND,
			    "no such app"));
	}
	return (request_do(sup, plane, m, app));
}
