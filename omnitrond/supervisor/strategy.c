/*
 * The restart strategy: what the crash of one means for the others.
 * Supervisor process.
 *
 * There are two scopes, each with a strategy of its own: the processes of an
 * app, and the apps of a group.  An instance is in trouble from its crash (an
 * abnormal exit that the policy answers with a restart or with giving up, a
 * failed start, being no good) until it is online again, done, waits for a
 * dependency, is stopped by an operator, or goes.  In both of its scopes this
 * concerns
 *
 *	one_for_one	nobody else
 *	one_for_all	all others
 *	rest_for_one	those that start after it
 *
 * The order of start is that of the configuration, but each after those that
 * it depends on.  Those concerned that run, or would but for a delay or a
 * dependency, wait for it:
 *
 *	they are stopped, dependants first, what is independent at once;
 *	when all have stopped and its delay is over it is started again;
 *	when it is out of trouble so are they, as dependencies allow.
 *
 * What was stopped by an operator, is finished or has crashed stays as it is,
 * and so do other instances of the same process.  The wait spends nothing of
 * a budget and leaves its delays alone; the crashed one's count.  One that
 * gives up takes the others of its scope down, as in Erlang/OTP a supervisor
 * that gives up ends its children: they wait until an operator starts it, or
 * starts them without it, or stops it.
 *
 * Waiting is a kind of being held (depend.c asks here): an operation on one
 * that waits works as on any other, and a stop by an operator is never a
 * crash.  A shutdown ends all trouble.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/strategy.h"
#include "omnitrond/supervisor/supervisor.h"

/* ---- decisions ---------------------------------------------------------- */

int
strategy_concerns(uint32_t strategy, uint32_t crashed, uint32_t other)
{
	switch (strategy) {
	case STRATEGY_ONE_FOR_ALL:
		return (other != crashed);
	case STRATEGY_REST_FOR_ONE:
		return (other > crashed);
	default:
		return (0);
	}
}

int
strategy_counts(enum verdict verdict, int graceful, int oneshot)
{
	switch (verdict) {
	case V_RESTART:
	case V_CRASHED:
		return (1);
	case V_RESTART_FREE:
		return (!graceful);
	case V_FAILED:
		/* it counts as crashed: what needs it cannot start */
		return (oneshot);
	case V_FINISHED:
		break;
	}
	return (0);
}

/* Could a crash in it concern anyone else at all? */
static int
strategy_any(const struct app *app)
{
	return ((app_bootstrap(app) &&
	    app->conf.strategy != STRATEGY_ONE_FOR_ONE) ||
	    (app->group != NULL &&
	    app->conf.group_strategy != STRATEGY_ONE_FOR_ONE));
}

/* Does the trouble of one mean that the other waits? */
static int
strategy_affects(const struct inst *crashed, const struct inst *other)
{
	const struct app	*a = crashed->app, *b = other->app;

	if (a == b)
		return (strategy_concerns(a->conf.strategy,
		    crashed->process->place, other->process->place));
	return (a->group != NULL && a->group == b->group &&
	    strategy_concerns(a->conf.group_strategy, a->place, b->place));
}

/* ---- scopes ------------------------------------------------------------- */

/* The apps of its group, or itself; ends with NULL. */
static struct app *
scope_first(struct app *app)
{
	return (app->group != NULL ? TAILQ_FIRST(&app->group->apps) : app);
}

static struct app *
scope_next(struct app *app)
{
	return (app->group != NULL ? TAILQ_NEXT(app, of_group) : NULL);
}

#define SCOPE_FOREACH(a, app)						\
	for ((a) = scope_first(app); (a) != NULL; (a) = scope_next(a))

/* Is none of it in trouble? */
static int
scope_calm(const struct app *app)
{
	return (app->group != NULL ? app->group->troubled == 0 :
	    TAILQ_EMPTY(&app->troubled));
}

/* The first that is in trouble because of which this one waits, or NULL. */
static struct inst *
strategy_cause(const struct inst *inst)
{
	struct inst	*crashed;
	struct app	*a;

	if (scope_calm(inst->app))
		return (NULL);
	SCOPE_FOREACH(a, inst->app)
		TAILQ_FOREACH(crashed, &a->troubled, of_trouble)
			if (strategy_affects(crashed, inst))
				return (crashed);
	return (NULL);
}

static void
strategy_set_trouble(struct inst *inst, int on)
{
	struct app	*app = inst->app;

	if (inst->trouble == on)
		return;
	inst->trouble = on;
	if (on)
		TAILQ_INSERT_TAIL(&app->troubled, inst, of_trouble);
	else
		TAILQ_REMOVE(&app->troubled, inst, of_trouble);
	if (app->group != NULL)
		app->group->troubled += on ? 1 : UINT32_MAX;
}

static void
strategy_set_waits(struct inst *inst, int on)
{
	if (inst->waits == on)
		return;
	inst->waits = on;
	inst->app->waiting += on ? 1 : UINT32_MAX;
}

/* ---- a crash ------------------------------------------------------------ */

/* It runs, or would but for something that will pass. */
static int
strategy_wanted(const struct inst *inst)
{
	const struct app	*app = inst->app;

	if (app->intent != INTENT_RUN || app->removed || inst->surplus ||
	    inst->process->removed)
		return (0);
	switch (inst->status) {
	case S_CRASHED:
		return (0);
	case S_STOPPED:
		return (inst->held);
	default:
		return (1);
	}
}

/* Those concerned of one app wait; returns how many that run. */
static uint32_t
strategy_mark(struct sup *sup, const struct inst *crashed, struct app *app)
{
	struct inst	*inst;
	uint32_t	 n = 0;

	INST_FOREACH(inst, app) {
		if (!strategy_affects(crashed, inst) ||
		    !strategy_wanted(inst))
			continue;
		strategy_set_waits(inst, 1);
		n += inst->running != 0;
	}
	if (n > 0)
		app_kick(sup, app);
	return (n);
}

/* Do others that are to stop as well still need it? */
static int
strategy_stops(const struct process *p)
{
	uint32_t	 i;

	for (i = 0; i < p->ninsts; i++)
		if (p->insts[i]->waits && p->insts[i]->running)
			return (1);
	return (0);
}

static int
strategy_stops_app(const struct app *app)
{
	const struct process	*p;

	if (app->waiting == 0)
		return (0);
	PROCESS_FOREACH(p, app)
		if (strategy_stops(p))
			return (1);
	return (0);
}

static int
strategy_needed(const struct process *p)
{
	uint32_t	 i;

	for (i = 0; i < p->rdeps.n; i++)
		if (strategy_stops(p->rdeps.of[i]))
			return (1);
	return (0);
}

static int
strategy_needed_app(const struct app *app)
{
	const struct app	*r;
	uint32_t		 i;

	for (i = 0; i < app->rdeps.n; i++) {
		r = app->rdeps.of[i];
		if (r->group == app->group && app->group != NULL &&
		    strategy_stops_app(r))
			return (1);
	}
	return (0);
}

/* It will be launched anew when it has stopped, and held then. */
static void
strategy_stop(struct sup *sup, struct inst *inst)
{
	const struct inst	*cause = strategy_cause(inst);
	struct fsm_input	 in = { .event = EV_STOP };
	char			 why[REASON_SIZE];

	if (!inst->waits || !inst->running || inst->status == S_STOPPING ||
	    cause == NULL)
		return;
	if (cause->app == inst->app)
		strlcpy(why, inst->app->reason, sizeof(why));
	else
		snprintf(why, sizeof(why), "restarts with %s",
		    cause->app->name);
	in.reason = why;
	why_with(sup, inst, cause);
	fsm_event(sup, inst, &in);
	inst->again = 1;
}

/* What no other needs of those of the app that are to stop. */
static void
strategy_stop_next(struct sup *sup, struct app *app)
{
	struct process	*p;
	uint32_t	 i;

	if (app->waiting == 0 || app->tally.running == 0 ||
	    strategy_needed_app(app))
		return;
	PROCESS_FOREACH(p, app) {
		if (strategy_needed(p))
			continue;
		for (i = 0; i < p->ninsts; i++)
			strategy_stop(sup, p->insts[i]);
	}
}

void
strategy_failed(struct sup *sup, struct inst *inst, enum verdict verdict,
    const char *why)
{
	const struct m_conf_process	*conf = &inst->process->conf;
	struct app	*a;
	uint32_t	 n = 0;
	char		 buf[INST_NAME_SIZE];

	/* it was to stop anyway, for another */
	if (!strategy_any(inst->app) || strategy_holds(inst) ||
	    sup->shutdown.going ||
	    !strategy_counts(verdict, policy_graceful(conf, &inst->app->exit),
	    (conf->flags & PROCESS_ONESHOT) != 0))
		return;
	strategy_set_trouble(inst, 1);
	SCOPE_FOREACH(a, inst->app)
		n += strategy_mark(sup, inst, a);
	if (n == 0)
		return;
	log_info("%s: %s: %u more stop%s with it", inst_name(inst, buf,
	    sizeof(buf)), why, n, n == 1 ? "s" : "");
	SCOPE_FOREACH(a, inst->app)
		strategy_stop_next(sup, a);
}

void
strategy_load(struct sup *sup, struct inst *inst)
{
	struct app	*a;
	struct inst	*other;

	if (!strategy_any(inst->app) || sup->shutdown.going ||
	    !sup->same_boot || inst->alive ||
	    inst->exit != NULL || inst->app->intent != INTENT_RUN ||
	    (inst->status != S_ERRORED && inst->status != S_CRASHED) ||
	    (inst->status == S_CRASHED && app_amended(inst->app)))
		return;
	strategy_set_trouble(inst, 1);
	SCOPE_FOREACH(a, inst->app)
		INST_FOREACH(other, a)
			if (!other->alive && strategy_affects(inst, other))
				strategy_set_waits(other, 1);
}

/* ---- waiting ------------------------------------------------------------ */

int
strategy_busy(const struct inst *inst)
{
	const struct inst	*other;
	struct app		*a;

	if (!inst->trouble)
		return (0);
	SCOPE_FOREACH(a, inst->app) {
		if (a->waiting == 0 || a->tally.running == 0)
			continue;
		INST_FOREACH(other, a)
			if (other->waits && other->running &&
			    strategy_affects(inst, other))
				return (1);
	}
	return (0);
}

int
strategy_holds(const struct inst *inst)
{
	return (inst->waits && strategy_cause(inst) != NULL);
}

const char *
strategy_awaited(const struct inst *inst)
{
	const struct inst	*cause;

	if (!inst->waits || (cause = strategy_cause(inst)) == NULL)
		return (NULL);
	return (cause->app == inst->app ? cause->process->name :
	    cause->app->name);
}

int
strategy_told(const struct inst *inst)
{
	const struct inst	*cause;

	return (inst->waits && (cause = strategy_cause(inst)) != NULL &&
	    cause->app == inst->app);
}

int
strategy_coming(const struct app *app)
{
	const struct inst	*inst, *cause;

	if (app->waiting == 0)
		return (1);
	INST_FOREACH(inst, app)
		if (inst->waits && (cause = strategy_cause(inst)) != NULL &&
		    cause->status == S_CRASHED)
			return (0);
	return (1);
}

const struct app *
strategy_blocker(const struct app *app)
{
	const struct inst	*inst, *cause;

	INST_FOREACH(inst, app)
		if (inst->waits && (cause = strategy_cause(inst)) != NULL &&
		    cause->status == S_CRASHED && cause->app != app)
			return (cause->app);
	return (NULL);
}

void
strategy_excuse(struct inst *inst)
{
	strategy_set_waits(inst, 0);
}

/* ---- afterwards --------------------------------------------------------- */

static int
strategy_over(const struct inst *inst)
{
	return (inst->status == S_ONLINE || inst->status == S_STOPPED);
}

static void
strategy_end(struct sup *sup, struct inst *inst)
{
	struct app	*a;

	strategy_set_trouble(inst, 0);
	SCOPE_FOREACH(a, inst->app)
		if (a->waiting > 0)
			app_kick(sup, a);
}

/* Those that wait for nobody any more. */
static void
strategy_release(struct sup *sup, struct app *app)
{
	const struct fsm_input	 in = { .event = EV_LAUNCH };
	struct inst		*inst;

	INST_FOREACH(inst, app) {
		if (!inst->waits || strategy_cause(inst) != NULL)
			continue;
		strategy_set_waits(inst, 0);
		if (inst->held)
			fsm_event(sup, inst, &in);
	}
}

/* Its delay is over, and the others have stopped by now. */
static void
strategy_retry(struct sup *sup, struct inst *inst)
{
	const struct fsm_input	 in = { .event = EV_RETRY };

	if (inst->status == S_ERRORED && !inst->timer.set &&
	    !strategy_busy(inst))
		fsm_event(sup, inst, &in);
}

void
strategy_settle(struct sup *sup, struct app *app)
{
	struct inst	*inst, *next;
	struct app	*a;
	uint32_t	 i;

	TAILQ_FOREACH_SAFE(inst, &app->troubled, of_trouble, next)
		if (strategy_over(inst))
			strategy_end(sup, inst);
	if (app->waiting > 0)
		strategy_release(sup, app);
	if (scope_calm(app))
		return;
	strategy_stop_next(sup, app);
	for (i = 0; i < app->deps.n; i++) {
		a = app->deps.of[i];
		if (a->group == app->group)
			strategy_stop_next(sup, a);
	}
	SCOPE_FOREACH(a, app)
		TAILQ_FOREACH(inst, &a->troubled, of_trouble)
			strategy_retry(sup, inst);
}

void
strategy_pass(struct sup *sup, struct inst *old, struct inst *new)
{
	strategy_set_waits(new, old->waits);
	strategy_forget(sup, old);
}

void
strategy_forget(struct sup *sup, struct inst *inst)
{
	strategy_set_waits(inst, 0);
	if (inst->trouble)
		strategy_end(sup, inst);
}
