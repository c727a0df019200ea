/*
 * Operations on apps.  Those of one app never overlap: the first in its
 * queue is at work, the others wait in the order they came.  Supervisor
 * process.
 *
 *	start	new -> starting
 *	stop	new -> stop_wait -> stopping
 *	restart	new -> stop_wait -> stopping -> start_wait -> starting
 *	scale	new -> scaling
 *
 * Operations of one request on many apps are a group: an app is stopped
 * when all of its dependants in the group are, and a restarted one starts
 * when all it depends on in the group are done.  Starts need no group, as
 * an app is held until its dependencies are online.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/supervisor/depend.h"
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/supervisor.h"

/*
 * Past startup-timeout and min-uptime the state machine has decided; this is
 * how much longer an answer waits for it.
 */
#define OP_SLACK_MS	1000

static void
op_fill_text(const struct app *app, char *text, size_t size)
{
	snprintf(text, size, "%s: %s", app->name,
	    app->reason[0] != '\0' ? app->reason : status_name(app->status));
}

static void
op_finish(struct sup *sup, struct task *op, enum outcome outcome,
    const char *text)
{
	struct app	*app = op->app;
	uint32_t	 i;

	timer_cancel(&sup->timers, &op->timer);
	TAILQ_REMOVE(&app->ops, op, entry);
	app->nops--;
	if (op->req != NULL)
		request_op_done(sup, op, outcome, text);
	app_kick(sup, app);
	for (i = 0; i < app->ndeps; i++)
		app_kick(sup, app->deps[i]);
	for (i = 0; i < app->nrdeps; i++)
		app_kick(sup, app->rdeps[i]);
	free(op);
}

static void
op_failed(struct sup *sup, struct task *op, enum outcome outcome)
{
	char	 text[TEXT_MAX];

	op_fill_text(op->app, text, sizeof(text));
	op_finish(sup, op, outcome, text);
}

/* It is held by what nobody starts: which, and what to do. */
static void
op_blocked(struct sup *sup, struct task *op)
{
	const struct app	*on = depend_blocker(op->app);
	char			 text[TEXT_MAX];
	size_t			 n;

	op_fill_text(op->app, text, sizeof(text));
	n = strlen(text);
	if (on != NULL)
		snprintf(text + n, sizeof(text) - n, "; %s is %s: omnitronctl "
		    "start %s", on->name, status_name(on->status), on->name);
	op_finish(sup, op, OUT_FAILED, text);
}

static void
op_set_phase(struct sup *sup, struct task *op, enum op_phase phase)
{
	uint32_t	 i;

	op->phase = phase;
	/* one that waits to stop until this one has */
	for (i = 0; i < op->app->ndeps; i++)
		app_kick(sup, op->app->deps[i]);
}

/* ---- waiting within a group --------------------------------------------- */

static struct task *
op_in_group(const struct app *app, uint64_t group)
{
	struct task	*op;

	TAILQ_FOREACH(op, &app->ops, entry)
		if (op->group == group)
			return (op);
	return (NULL);
}

static int
op_stop_waits(const struct task *op)
{
	const struct task	*other;
	uint32_t	 i;

	if (op->group == 0)
		return (0);
	for (i = 0; i < op->app->nrdeps; i++) {
		other = op_in_group(op->app->rdeps[i], op->group);
		if (other != NULL && other->phase <= OPH_STOPPING)
			return (1);
	}
	return (0);
}

static int
op_start_waits(const struct task *op)
{
	uint32_t	 i;

	if (op->group == 0)
		return (0);
	for (i = 0; i < op->app->ndeps; i++)
		if (op_in_group(op->app->deps[i], op->group) != NULL)
			return (1);
	return (0);
}

/* ---- stop --------------------------------------------------------------- */

/* What a shutdown leaves as it is: it would not run at the next start. */
static int
op_spares(const struct task *op, const struct inst *inst)
{
	return ((op->flags & OPF_KEEP) && (inst->status == S_CRASHED ||
	    (inst->status == S_STOPPED && !inst->held)));
}

static void
op_stop_all(struct sup *sup, struct task *op)
{
	struct fsm_input	 in = { .event = EV_STOP };
	struct app		*app = op->app;
	uint32_t		 i;

	in.force = (op->flags & OPF_FORCE) != 0;
	in.grace = (op->flags & OPF_GRACE) != 0;
	in.timeout_ms = op->timeout_ms;
	if (op->flags & OPF_KEEP)
		in.reason = REASON_SHUTDOWN;
	else if (op->kind == OP_RESTART)
		in.reason = REASON_RESTART;
	for (i = 0; i < app->ninsts; i++)
		if (!op_spares(op, app->insts[i]))
			fsm_event(sup, app->insts[i], &in);
}

/* ---- start -------------------------------------------------------------- */

static void
op_launch(struct sup *sup, struct inst *inst)
{
	const struct fsm_input	 in = { .event = EV_LAUNCH };

	if (inst->surplus)
		return;
	if (inst->status == S_CRASHED)
		inst->restarts = 0;
	if (inst->status != S_ONLINE && inst->status != S_STARTING)
		fsm_fresh(inst);
	fsm_event(sup, inst, &in);
}

static int64_t
op_start_limit(const struct app *app)
{
	return ((int64_t)app->conf.startup_timeout_ms +
	    app->conf.min_uptime_ms + OP_SLACK_MS);
}

static void
op_timeout(struct sup *sup, void *arg)
{
	struct task	*op = arg;

	/* held, and what it waits for is on its way: that has limits, too */
	if (op->app->status == S_STOPPED && depend_coming(op->app))
		timer_set(&sup->timers, &op->timer,
		    out_in_ms(sup, op_start_limit(op->app)));
	else
		op_failed(sup, op, OUT_TIMEOUT);
}

static void
op_start_all(struct sup *sup, struct task *op)
{
	struct app	*app = op->app;
	uint32_t	 i;

	op->failures = app->failures;
	if (app->wanted > 0)
		app_inst_make(sup, app, app->wanted - 1);
	for (i = 0; i < app->ninsts; i++)
		op_launch(sup, app->insts[i]);
	timer_init(&op->timer, op_timeout, op);
	timer_set(&sup->timers, &op->timer,
	    out_in_ms(sup, op_start_limit(app)));
}

/* Is it up, or ended as it should? */
static int
op_inst_up(const struct inst *inst)
{
	return (inst->status == S_ONLINE ||
	    (inst->status == S_STOPPED && inst->finished));
}

static int
op_app_up(const struct app *app)
{
	uint32_t	 i;

	if (app->count[S_ONLINE] == app->ninsts)
		return (1);
	for (i = 0; i < app->ninsts; i++)
		if (!app->insts[i]->surplus && !op_inst_up(app->insts[i]))
			return (0);
	return (1);
}

static int
op_app_held(const struct app *app)
{
	uint32_t	 i;

	for (i = 0; i < app->ninsts; i++)
		if (app->insts[i]->held)
			return (1);
	return (0);
}

/* 1 when the operation ended. */
static int
op_starting(struct sup *sup, struct task *op)
{
	struct app	*app = op->app;

	int		 done, failed, blocked;

	done = (op->flags & OPF_NOWAIT) || op->req == NULL;
	failed = app->failures != op->failures;
	blocked = op_app_held(app) && !depend_coming(app);
	if (done || (!failed && !blocked && op_app_up(app)))
		op_finish(sup, op, OUT_OK, "");
	else if (failed)
		op_failed(sup, op, OUT_FAILED);
	else if (blocked)
		op_blocked(sup, op);
	else
		return (0);
	return (1);
}

/* ---- scale -------------------------------------------------------------- */

void
ops_want(struct sup *sup, struct app *app, uint32_t wanted)
{
	uint32_t	 i;

	app->wanted = wanted;
	if (app->intent == INTENT_RUN && wanted > 0)
		app_inst_make(sup, app, wanted - 1);
	for (i = 0; i < app->ninsts; i++)
		app->insts[i]->surplus = i >= wanted;
	app_changed(sup, app);
	app_kick(sup, app);
}

/* The highest that is too much, one at a time; 1 when one is on its way. */
static int
scale_down(struct sup *sup, struct app *app)
{
	const struct fsm_input	 in = { .event = EV_STOP };
	struct inst		*inst;

	app_trim(sup, app);
	if (app->ninsts <= app->wanted)
		return (0);
	inst = app->insts[app->ninsts - 1];
	if (inst->status != S_STOPPING)
		fsm_event(sup, inst, &in);
	app_trim(sup, app);
	return (app->ninsts > app->wanted);
}

static struct inst *
scale_next(const struct app *app)
{
	uint32_t	 i;

	for (i = 0; i < app->ninsts; i++)
		if (app->insts[i]->status == S_STOPPED &&
		    !app->insts[i]->finished && !app->insts[i]->held &&
		    !app->insts[i]->surplus)
			return (app->insts[i]);
	return (NULL);
}

/* 1 when the operation ended. */
static int
op_scaling(struct sup *sup, struct task *op)
{
	struct app	*app = op->app;
	struct inst	*inst;

	while (scale_down(sup, app))
		if (app->insts[app->ninsts - 1]->process)
			return (0);
	if (app->failures != op->failures) {
		ops_adjust(sup, app);
		op_failed(sup, op, OUT_FAILED);
		return (1);
	}
	if (app->intent != INTENT_RUN) {
		op_finish(sup, op, OUT_OK, "");
		return (1);
	}
	if (app->count[S_STARTING] > 0)
		return (0);
	if ((inst = scale_next(app)) != NULL) {
		op_launch(sup, inst);
		if (inst->process)
			return (0);
	}
	/* if one is held, so are all */
	ops_adjust(sup, app);
	op_finish(sup, op, OUT_OK, "");
	return (1);
}

void
ops_adjust(struct sup *sup, struct app *app)
{
	const struct fsm_input	 stop = { .event = EV_STOP };
	struct inst		*inst;
	uint32_t		 i;

	for (i = 0; i < app->ninsts; i++) {
		inst = app->insts[i];
		if (inst->surplus && inst->status != S_STOPPING)
			fsm_event(sup, inst, &stop);
	}
	while (app->intent == INTENT_RUN && !sup->shutdown.going &&
	    (inst = scale_next(app)) != NULL)
		op_launch(sup, inst);
}

/* ---- the steps ---------------------------------------------------------- */

static void
op_begin(struct sup *sup, struct task *op)
{
	struct app	*app = op->app;

	switch (op->kind) {
	case OP_STOP:
		if ((op->flags & OPF_KEEP) == 0)
			app_set_intent(sup, app, INTENT_STOP);
		op_set_phase(sup, op, OPH_STOP_WAIT);
		break;
	case OP_RESTART:
		app_set_intent(sup, app, INTENT_RUN);
		op_set_phase(sup, op, OPH_STOP_WAIT);
		break;
	case OP_SCALE:
		op->failures = app->failures;
		ops_want(sup, app, op->number);
		op_set_phase(sup, op, OPH_SCALING);
		break;
	default:
		app_set_intent(sup, app, INTENT_RUN);
		op_set_phase(sup, op, OPH_STARTING);
		op_start_all(sup, op);
		break;
	}
	if (op->req != NULL)
		request_changes(sup, op->req, app->seq);
}

/* 1: call again; 0: it waits; -1: it ended and is freed. */
static int
op_step(struct sup *sup, struct task *op)
{
	switch (op->phase) {
	case OPH_NEW:
		op_begin(sup, op);
		return (1);
	case OPH_STOP_WAIT:
		if (op_stop_waits(op))
			return (0);
		op_set_phase(sup, op, OPH_STOPPING);
		op_stop_all(sup, op);
		return (1);
	case OPH_STOPPING:
		if (op->app->nprocess > 0)
			return (0);
		if (op->kind == OP_STOP) {
			op_finish(sup, op, OUT_OK, "");
			return (-1);
		}
		op_set_phase(sup, op, OPH_START_WAIT);
		return (1);
	case OPH_START_WAIT:
		if (op_start_waits(op))
			return (0);
		op_set_phase(sup, op, OPH_STARTING);
		op_start_all(sup, op);
		return (1);
	case OPH_STARTING:
		return (op_starting(sup, op) ? -1 : 0);
	case OPH_SCALING:
		return (op_scaling(sup, op) ? -1 : 0);
	}
	return (0);
}

void
ops_settle(struct sup *sup, struct app *app)
{
	struct task	*op;

	while ((op = TAILQ_FIRST(&app->ops)) != NULL)
		if (op_step(sup, op) == 0)
			break;
}

/* ---- the queue ---------------------------------------------------------- */

int
ops_full(const struct app *app)
{
	return (app->nops >= OPS_MAX);
}

static void
ops_cancel_starts(struct sup *sup, struct app *app)
{
	struct task	*op, *next;
	char		 text[TEXT_MAX];

	snprintf(text, sizeof(text), "%s: cancelled by a stop", app->name);
	for (op = TAILQ_FIRST(&app->ops); op != NULL; op = next) {
		next = TAILQ_NEXT(op, entry);
		/* a count that was not set yet is still wanted */
		if (op->kind == OP_STOP ||
		    (op->kind == OP_SCALE && op->phase == OPH_NEW))
			continue;
		op_finish(sup, op, OUT_CONFLICT, text);
	}
}

/* A stop that waits behind a milder one makes that one harder. */
static void
ops_force(struct sup *sup, struct app *app)
{
	struct task	*op = TAILQ_FIRST(&app->ops);

	if (op == NULL || op->kind != OP_STOP)
		return;
	op->flags |= OPF_FORCE;
	if (op->phase == OPH_STOPPING)
		op_stop_all(sup, op);
}

struct task *
ops_add(struct sup *sup, struct app *app, enum op kind, uint32_t flags,
    uint64_t group, struct req *req)
{
	struct task	*op;

	if (kind == OP_STOP) {
		ops_cancel_starts(sup, app);
		if (flags & OPF_FORCE)
			ops_force(sup, app);
	}
	op = xcalloc(1, sizeof(*op));
	op->app = app;
	op->kind = kind;
	op->flags = flags;
	op->group = group;
	timer_init(&op->timer, op_timeout, op);
	TAILQ_INSERT_TAIL(&app->ops, op, entry);
	app->nops++;
	if (req != NULL)
		request_op_add(req, op);
	app_kick(sup, app);
	return (op);
}

void
ops_detach(struct sup *sup, struct task *op)
{
	op->req = NULL;
	/* a start that nobody waits for is the state machine's alone */
	app_kick(sup, op->app);
}

void
ops_cancel(struct sup *sup, struct app *app, enum outcome outcome,
    const char *why)
{
	struct task	*op, *next;
	char		 text[TEXT_MAX];

	snprintf(text, sizeof(text), "%s: %s", app->name, why);
	for (op = TAILQ_FIRST(&app->ops); op != NULL; op = next) {
		next = TAILQ_NEXT(op, entry);
		op_finish(sup, op, outcome, text);
	}
}

void
ops_killed(struct app *app)
{
	struct task	*op = TAILQ_FIRST(&app->ops);

	if (op != NULL)
		op->killed = 1;
}
