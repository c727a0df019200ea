/*
 * Operations on apps.  Those of one app never overlap: the first in its
 * queue is at work, the others wait in the order they came.  Supervisor
 * process.
 *
 *	start	new -> starting
 *	stop	new -> stop_wait -> stopping
 *	restart	new -> stop_wait -> stopping -> start_wait -> starting
 *	scale	new -> scaling
 *	reload	new -> reloading
 *
 * Operations of one request on many apps are a group: an app is stopped
 * when all of its dependants in the group are, and a restarted one starts
 * when all it depends on in the group are done.  Starts need no group, as
 * an app is held until its dependencies are online.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/depend.h"
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/reload.h"
#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/scale.h"
#include "omnitrond/supervisor/strategy.h"
#include "omnitrond/supervisor/supervisor.h"

/*
 * Past startup-timeout and min-uptime the state machine has decided; this is
 * how much longer an answer waits for it.
 */
#define OP_SLACK_MS	1000

static void
op_fill_text(const struct app *app, char *text, size_t size)
{
	snprintf(text, size, "%s: %s", app->name, app->reason[0] != '\0' ?
	    app->reason : status_name(app->tally.status));
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
	if (op->kind == OP_RELOAD_APP)
		reload_end(sup, op);
	if (op->req != NULL)
		request_op_done(sup, op, outcome, text);
	app_kick(sup, app);
	for (i = 0; i < app->deps.n; i++)
		app_kick(sup, app->deps.of[i]);
	for (i = 0; i < app->rdeps.n; i++)
		app_kick(sup, app->rdeps.of[i]);
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
	const struct app	*on = depend_blocker(sup, op->app);
	char			 text[TEXT_MAX];
	size_t			 n;

	if (on == NULL)
		on = strategy_blocker(op->app);
	op_fill_text(op->app, text, sizeof(text));
	n = strlen(text);
	if (on != NULL && on->tally.status == S_ONLINE)
		snprintf(text + n, sizeof(text) - n, "; %s is unhealthy",
		    on->name);
	else if (on != NULL)
		snprintf(text + n, sizeof(text) - n, "; %s is %s: omnitronctl "
		    "start %s", on->name, status_name(on->tally.status),
		    on->name);
	op_finish(sup, op, OUT_FAILED, text);
}

static void
op_set_phase(struct sup *sup, struct task *op, enum op_phase phase)
{
	uint32_t	 i;

	op->phase = phase;
	/* one that waits to stop until this one has */
	for (i = 0; i < op->app->deps.n; i++)
		app_kick(sup, op->app->deps.of[i]);
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
	for (i = 0; i < op->app->rdeps.n; i++) {
		other = op_in_group(op->app->rdeps.of[i], op->group);
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
	for (i = 0; i < op->app->deps.n; i++)
		if (op_in_group(op->app->deps.of[i], op->group) != NULL)
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

static int
op_concerns(const struct task *op, const struct process *p)
{
	return (op->process == NULL || op->process == p);
}

/* What another process of the app does is not this operation's. */
static uint32_t
op_failures(const struct task *op)
{
	return (op->process != NULL ? op->process->failures :
	    op->app->failures);
}

static uint32_t
op_held(const struct task *op)
{
	return (op->process != NULL ? op->process->tally.held :
	    op->app->tally.held);
}

static uint32_t
op_running(const struct task *op)
{
	return (op->process != NULL ? op->process->tally.running :
	    op->app->tally.running);
}

static void
op_stop_process(struct sup *sup, const struct task *op, struct process *p)
{
	struct fsm_input	 in = { .event = EV_STOP };
	uint32_t		 i;

	in.force = (op->flags & OPF_FORCE) != 0;
	in.grace = (op->flags & OPF_GRACE) != 0;
	in.timeout_ms = op->timeout_ms;
	if (op->flags & OPF_KEEP)
		in.reason = REASON_SHUTDOWN;
	else if (op->kind == OP_RESTART)
		in.reason = REASON_RESTART;
	p->stop_told = 1;
	for (i = 0; i < p->ninsts; i++)
		if (!op_spares(op, p->insts[i]))
			fsm_event(sup, p->insts[i], &in);
}

/* Do processes that are to be stopped as well still need this one? */
static int
op_process_needed(const struct task *op, const struct process *p)
{
	const struct process	*r;
	uint32_t		 i;

	if (op->flags & OPF_FORCE)
		return (0);
	for (i = 0; i < p->rdeps.n; i++) {
		r = p->rdeps.of[i];
		if (op_concerns(op, r) && r->tally.running > 0)
			return (1);
	}
	return (0);
}

/* Those that no other needs any more, and that were not told yet. */
static void
op_stop_next(struct sup *sup, const struct task *op)
{
	struct process	*p;

	PROCESS_FOREACH(p, op->app)
		if (op_concerns(op, p) && !p->stop_told &&
		    !op_process_needed(op, p))
			op_stop_process(sup, op, p);
}

/* From the beginning; again when what is going on gets harder. */
static void
op_stop_all(struct sup *sup, const struct task *op)
{
	struct process	*p;

	PROCESS_FOREACH(p, op->app)
		p->stop_told = 0;
	op_stop_next(sup, op);
}

/* ---- start -------------------------------------------------------------- */

void
ops_launch(struct sup *sup, struct inst *inst)
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

/* The longest of its processes, one after another where they must be. */
static int64_t
op_start_limit(const struct app *app)
{
	const struct process	*p;
	int64_t			 limit = OP_SLACK_MS, most = 0, own;

	PROCESS_FOREACH(p, app) {
		own = (int64_t)p->conf.startup_timeout_ms +
		    p->conf.min_uptime_ms;
		if (p->deps.n > 0)
			limit += own;
		else if (own > most)
			most = own;
	}
	return (limit + most);
}

static void
op_timeout(struct sup *sup, void *arg)
{
	struct task	*op = arg;

	/* held, and what it waits for is on its way: that has limits, too */
	if (op->app->tally.status == S_STOPPED && depend_coming(sup, op->app))
		timer_set(&sup->timers, &op->timer,
		    out_in_ms(sup, op_start_limit(op->app)));
	else
		op_failed(sup, op, OUT_TIMEOUT);
}

static void
op_start_process(struct sup *sup, const struct task *op, struct process *p)
{
	uint32_t	 i;

	if (p->removed)
		return;
	if (p->wanted > 0)
		process_inst_make(sup, p, p->wanted - 1);
	for (i = 0; i < p->ninsts; i++) {
		if (op->req != NULL)
			strategy_excuse(p->insts[i]);
		ops_launch(sup, p->insts[i]);
	}
}

static void
op_start_all(struct sup *sup, struct task *op)
{
	struct process	*p;

	op->failures = op_failures(op);
	PROCESS_FOREACH(p, op->app)
		if (op_concerns(op, p))
			op_start_process(sup, op, p);
	timer_init(&op->timer, op_timeout, op);
	timer_set(&sup->timers, &op->timer,
	    out_in_ms(sup, op_start_limit(op->app)));
}

/* Is it up, or ended as it should? */
static int
op_inst_up(const struct inst *inst)
{
	return (inst->status == S_ONLINE ||
	    (inst->status == S_STOPPED && inst->finished));
}

static int
op_up(const struct task *op)
{
	const struct inst	*inst;

	INST_FOREACH(inst, op->app)
		if (op_concerns(op, inst->process) && !inst->surplus &&
		    !op_inst_up(inst))
			return (0);
	return (1);
}

/* 1 when the operation ended. */
static int
op_starting(struct sup *sup, struct task *op)
{
	struct app	*app = op->app;
	int		 done, failed, blocked;

	done = (op->flags & OPF_NOWAIT) || op->req == NULL;
	failed = op_failures(op) != op->failures;
	blocked = op_held(op) > 0 && !depend_coming(sup, app);
	if (done || (!failed && !blocked && op_up(op)))
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

/* 1 when the operation ended. */
static int
op_scaling(struct sup *sup, struct task *op)
{
	switch (scale_step(sup, op->process,
	    op_failures(op) != op->failures)) {
	case 0:
		return (0);
	case 1:
		op_finish(sup, op, OUT_OK, "");
		break;
	default:
		op_failed(sup, op, OUT_FAILED);
	}
	return (1);
}

/* ---- reload ------------------------------------------------------------- */

/* 1 when the operation ended. */
static int
op_reloading(struct sup *sup, struct task *op)
{
	enum outcome	 outcome;
	char		 text[TEXT_MAX];

	if (!reload_step(sup, op, &outcome, text, sizeof(text)))
		return (0);
	if (outcome == OUT_FAILED && op->req == NULL)
		log_warnx("reload failed: %s", text);
	op_finish(sup, op, outcome, text);
	return (1);
}

/* ---- the steps ---------------------------------------------------------- */

static void
op_begin(struct sup *sup, struct task *op)
{
	struct app	*app = op->app;

	why_begin(sup, op);
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
		op->failures = op_failures(op);
		scale_want(sup, op->process, op->number);
		if (op->process->removed)
			op_stop_all(sup, op);
		op_set_phase(sup, op, OPH_SCALING);
		break;
	case OP_RELOAD_APP:
		reload_begin(sup, op);
		op_set_phase(sup, op, OPH_RELOADING);
		if (op->req != NULL && (op->flags & OPF_NOWAIT))
			request_op_done(sup, op, OUT_OK, "");
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
		op_stop_next(sup, op);
		if (op_running(op) > 0)
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
	case OPH_RELOADING:
		return (op_reloading(sup, op) ? -1 : 0);
	}
	return (0);
}

static int
ops_name(const struct app *app, const struct process *p)
{
	const struct task	*op;

	TAILQ_FOREACH(op, &app->ops, entry)
		if (op->process == p)
			return (1);
	return (0);
}

/* Processes that left the configuration go with their last instance. */
static void
ops_sweep(struct sup *sup, struct app *app)
{
	struct process	*p, *next;

	for (p = TAILQ_FIRST(&app->processes); p != NULL; p = next) {
		next = TAILQ_NEXT(p, entry);
		if (!p->removed || ops_name(app, p))
			continue;
		process_trim(sup, p);
		if (p->ninsts == 0) {
			watch_forget(sup, p);
			process_free(p);
		}
	}
}

void
ops_settle(struct sup *sup, struct app *app)
{
	struct task	*op;

	while ((op = TAILQ_FIRST(&app->ops)) != NULL)
		if (op_step(sup, op) == 0)
			break;
	ops_sweep(sup, app);
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
		if (op->kind == OP_STOP)
			continue;
		/* a count that was not set yet is still wanted */
		if (op->kind == OP_SCALE && op->phase == OPH_NEW) {
			scale_want(sup, op->process, op->number);
			op_finish(sup, op, OUT_OK, "");
			continue;
		}
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
	why_asked(op, req);
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
ops_scale(struct sup *sup, struct process *p, uint32_t number)
{
	struct task	*op = ops_add(sup, p->app, OP_SCALE, 0, 0, NULL);

	op->process = p;
	op->number = number;
	why_due(op, WHY_CONFIG, "the configuration says so");
}

void
ops_remove(struct sup *sup, struct process *p)
{
	struct task	*op, *next;
	char		 text[TEXT_MAX];

	p->removed = 1;
	snprintf(text, sizeof(text), "%s: process %s left the configuration",
	    p->app->name, p->name);
	for (op = TAILQ_FIRST(&p->app->ops); op != NULL; op = next) {
		next = TAILQ_NEXT(op, entry);
		if (op->process == p)
			op_finish(sup, op, OUT_NOT_FOUND, text);
	}
	/* from now on no operation waits for it, or leaves it behind */
	scale_want(sup, p, 0);
	ops_scale(sup, p, 0);
}

void
ops_killed(struct app *app)
{
	struct task	*op = TAILQ_FIRST(&app->ops);

	if (op != NULL)
		op->killed = 1;
}
