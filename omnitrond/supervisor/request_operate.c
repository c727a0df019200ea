/*
 * Requests that act on apps: operations for ops.c, signals, metrics.
 * Supervisor process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "omnitrond/supervisor/depend.h"
#include "omnitrond/supervisor/metrics.h"
#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/supervisor.h"

#define SIGNAL_MAX	64	/* of Linux, real-time ones included */

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

int
request_all(struct sup *sup, enum kind plane, const struct m_request *m)
{
	struct req	*req = request_new(sup, plane, m);
	struct app	*app;
	uint64_t	 group = ++sup->group;

	APP_FOREACH(app, sup)
		if (req_concerns(m, app))
			req_op(sup, req, app, group);
	request_begun(sup, req);
	return (0);
}

/* "stop web, api first: they depend on db (or stop it with --dependants)" */
static void
request_stop_text(const struct app *app, struct app **list, size_t n,
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
		request_stop_text(app, list, n, text, sizeof(text));
		free(list);
		return (request_say(sup, plane, m, OUT_CONFLICT, text));
	}
	req = request_new(sup, plane, m);
	group = ++sup->group;
	for (i = 0; i < n; i++)
		if (!ops_full(list[i]))
			req_op(sup, req, list[i], group);
	req_op(sup, req, app, group);
	request_begun(sup, req);
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
	req = request_new(sup, plane, m);
	req_op(sup, req, app, 0);
	request_begun(sup, req);
	return (0);
}

int
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
	req = request_new(sup, plane, m);
	req_op(sup, req, app, 0);
	request_begun(sup, req);
	return (0);
}

int
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

int
request_metrics(struct sup *sup, enum kind plane, const struct m_request *m,
    struct app *app)
{
	metrics_enable(sup, app, (m->flags & REQ_ENABLE) != 0);
	return (request_say(sup, plane, m, OUT_OK, ""));
}
