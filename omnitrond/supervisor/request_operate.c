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
#include "omnitrond/supervisor/permit.h"
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

static struct task *
req_op(struct sup *sup, struct req *req, struct app *app, uint64_t group)
{
	struct task	*op;

	op = ops_add(sup, app, req->ask.m.op, req_op_flags(&req->ask.m), group,
	    req);
	op->timeout_ms = req->ask.m.timeout_ms;
	return (op);
}

/* A call on all apps acts on these. */
static int
req_concerns(const struct m_request *m, const struct app *app)
{
	if (app->removed || ops_full(app))
		return (0);
	if (m->op == OP_RESTART)
		return (app->intent == INTENT_RUN || app->tally.running > 0);
	if (m->op == OP_STOP)
		return (app->intent == INTENT_RUN || app->tally.running > 0 ||
		    app->tally.status != S_STOPPED);
	return (1);
}

int
request_all(struct sup *sup, const struct ask *ask)
{
	struct permits	 permits;
	struct req	*req;
	struct app	*app;
	uint64_t	 group = ++sup->group;

	permits_begin(sup, ask, &permits);
	if (!permits_any(&permits)) {
		permits_end(&permits);
		return (request_say(sup, ask, OUT_FORBIDDEN, PERMIT_NO_RULE));
	}
	req = request_new(sup, ask);
	APP_FOREACH(app, sup)
		if (req_concerns(&ask->m, app) && permits_app(&permits, app))
			req_op(sup, req, app, group);
	permits_end(&permits);
	request_begun(sup, req);
	return (0);
}

/* Those that the caller may know of, and how many there are of them. */
static uint32_t
request_names(struct sup *sup, const struct ask *ask,
    const struct refs *list, char *names, size_t size)
{
	const struct app	*app;
	uint32_t		 i, n = 0;

	names[0] = '\0';
	for (i = 0; i < list->n; i++) {
		app = list->of[i];
		if (!permit_view(sup, ask, app))
			continue;
		strlcat(names, n++ > 0 ? ", " : "", size);
		strlcat(names, app->name, size);
	}
	return (n);
}

/* "stop web, api first: they depend on db (or stop it with --dependants)" */
static void
request_stop_text(struct sup *sup, const struct ask *ask,
    const struct app *app, const struct refs *list, char *text, size_t size)
{
	char	 names[TEXT_MAX / 2];

	if (request_names(sup, ask, list, names, sizeof(names)) < list->n)
		snprintf(text, size, "apps that are not yours depend on %s",
		    app->name);
	else
		snprintf(text, size, "stop %s first: %s on %s (or stop it "
		    "with --dependants)", names, list->n == 1 ?
		    "it depends" : "they depend", app->name);
}

/* With all that depend on it: each must be permitted. */
static int
request_stop_permitted(struct sup *sup, const struct ask *ask,
    const struct refs *list)
{
	uint32_t	 i;

	for (i = 0; i < list->n; i++)
		if (permit_app(sup, ask, list->of[i]) != PERMIT_YES)
			return (0);
	return (1);
}

static void
request_stop_all(struct sup *sup, const struct ask *ask, struct app *app,
    const struct refs *list)
{
	struct req	*req = request_new(sup, ask);
	uint64_t	 group = ++sup->group;
	uint32_t	 i;

	for (i = 0; i < list->n; i++)
		if (!ops_full(list->of[i]))
			req_op(sup, req, list->of[i], group);
	req_op(sup, req, app, group);
	request_begun(sup, req);
}

static int
request_stop(struct sup *sup, const struct ask *ask, struct app *app)
{
	struct refs	 list = { NULL, 0 };
	char		 text[TEXT_MAX];

	depend_running(app, &list);
	if (list.n > 0 && (ask->m.flags & REQ_DEPENDANTS) == 0) {
		request_stop_text(sup, ask, app, &list, text, sizeof(text));
		request_say(sup, ask, OUT_CONFLICT, text);
	} else if (!request_stop_permitted(sup, ask, &list)) {
		snprintf(text, sizeof(text), "apps that are not yours depend "
		    "on %s", app->name);
		request_say(sup, ask, OUT_FORBIDDEN, text);
	} else
		request_stop_all(sup, ask, app, &list);
	refs_free(&list);
	return (0);
}

/*
 * The process that a request names; with PROCESS_ANY the app's only one.
 * NULL: there is none, or several, and text says so.
 */
static struct process *
request_process(const struct app *app, const struct m_request *m, char *text,
    size_t size)
{
	struct process	*p;

	if (m->process == PROCESS_ANY) {
		/* those that left the configuration stand in front */
		p = TAILQ_FIRST(&app->processes);
		while (p != NULL && p->removed)
			p = TAILQ_NEXT(p, entry);
		if (p != NULL && !app_bootstrap(app))
			return (p);
		snprintf(text, size, "%s is made of processes, say which one:",
		    app->name);
		PROCESS_FOREACH(p, app) {
			strlcat(text, " ", size);
			strlcat(text, p->name, size);
		}
		return (NULL);
	}
	p = process_find(app, m->process);
	if (p != NULL && !p->removed)
		return (p);
	snprintf(text, size, "%s has no such process", app->name);
	return (NULL);
}

static int
request_scale(struct sup *sup, const struct ask *ask,
    struct app *app)
{
	char		 text[TEXT_MAX];
	struct process	*p;
	struct task	*op;
	struct req	*req;
	uint32_t	 max;

	if ((p = request_process(app, &ask->m, text, sizeof(text))) == NULL)
		return (request_say(sup, ask, OUT_INVALID, text));
	max = p->conf.scaling_max;
	if (max == 0 || max > INSTANCES_MAX)
		max = INSTANCES_MAX;
	if (ask->m.number < 1 || ask->m.number > max) {
		snprintf(text, sizeof(text), "%s: instances must be 1 to %u",
		    app->name, max);
		return (request_say(sup, ask, OUT_INVALID, text));
	}
	req = request_new(sup, ask);
	op = req_op(sup, req, app, 0);
	op->process = p;
	op->number = ask->m.number;
	request_begun(sup, req);
	return (0);
}

int
request_one(struct sup *sup, const struct ask *ask,
    struct app *app)
{
	struct req	*req;
	char		 text[TEXT_MAX];

	if (ops_full(app)) {
		snprintf(text, sizeof(text), "%s: too many operations wait",
		    app->name);
		return (request_say(sup, ask, OUT_LIMITED, text));
	}
	switch (ask->m.op) {
	case OP_STOP:
		return (request_stop(sup, ask, app));
	case OP_SCALE:
		return (request_scale(sup, ask, app));
	default:
		break;
	}
	req = request_new(sup, ask);
	req_op(sup, req, app, 0);
	request_begun(sup, req);
	return (0);
}

/* Is the instance one that a signal is meant for? */
static int
signal_meant(const struct m_request *m, const struct inst *inst)
{
	return ((m->process == PROCESS_ANY ||
	    m->process == inst->process->conf.id) &&
	    (m->instance == INSTANCE_ANY || m->instance == inst->number));
}

int
request_signal(struct sup *sup, const struct ask *ask,
    struct app *app)
{
	struct m_signal	 sig;
	struct inst	*inst;
	char		 text[TEXT_MAX];
	uint32_t	 sent = 0, meant = 0;

	if (ask->m.number < 1 || ask->m.number > SIGNAL_MAX)
		return (request_say(sup, ask, OUT_INVALID,
		    "no such signal"));
	INST_FOREACH(inst, app) {
		if (!signal_meant(&ask->m, inst))
			continue;
		meant++;
		if (!inst->running)
			continue;
		memset(&sig, 0, sizeof(sig));
		inst_id(inst, &sig.inst);
		sig.signal = ask->m.number;
		out_send(sup, K_PARENT, M_SIGNAL, &sig, NULL);
		sent++;
	}
	if (sent > 0)
		why_act(sup, app, ask);
	if (meant == 0 && ask->m.instance != INSTANCE_ANY) {
		snprintf(text, sizeof(text), "%s has no instance %u",
		    app->name, ask->m.instance);
		return (request_say(sup, ask, OUT_NOT_FOUND, text));
	}
	snprintf(text, sizeof(text), "%s does not run", app->name);
	return (request_say(sup, ask, sent > 0 ? OUT_OK : OUT_CONFLICT,
	    sent > 0 ? "" : text));
}

int
request_metrics(struct sup *sup, const struct ask *ask,
    struct app *app)
{
	metrics_enable(sup, app, (ask->m.flags & REQ_ENABLE) != 0);
	return (request_say(sup, ask, OUT_OK, ""));
}
