/*
 * Dependencies between apps, and between the processes of one.  An instance
 * starts when all that its app and its process depend on are online, or done
 * if they are `oneshot'; what is independent starts at once.  After a crash
 * it may have to wait for the one that crashed, too (strategy.c).  Supervisor
 * process.
 *
 * The parent refuses a cycle; nothing here relies on that to end.
 */
#include <string.h>

#include "omnitrond/supervisor/depend.h"
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/strategy.h"
#include "omnitrond/supervisor/supervisor.h"

void
depend_add(struct app *app, struct app *on)
{
	if (refs_has(&app->deps, on))
		return;
	refs_add(&app->deps, on);
	refs_add(&on->rdeps, app);
}

void
depend_clear(struct app *app)
{
	struct app	*on;
	uint32_t	 i;

	for (i = 0; i < app->deps.n; i++) {
		on = app->deps.of[i];
		refs_remove(&on->rdeps, app);
	}
	refs_free(&app->deps);
}

void
depend_unlink(struct app *app)
{
	struct app	*r;
	uint32_t	 i;

	depend_clear(app);
	for (i = 0; i < app->rdeps.n; i++) {
		r = app->rdeps.of[i];
		refs_remove(&r->deps, app);
	}
	refs_free(&app->rdeps);
}

static int
depend_app_ready(const struct app *app)
{
	const struct app	*on;
	uint32_t		 i;

	for (i = 0; i < app->deps.n; i++) {
		on = app->deps.of[i];
		if (!app_satisfies(on))
			return (0);
	}
	return (1);
}

int
depend_ready(const struct inst *inst)
{
	return (depend_app_ready(inst->app) && process_ready(inst->process) &&
	    !strategy_holds(inst));
}

static void
missing_add(char *buf, size_t size, const char *name)
{
	if (buf[0] != '\0')
		strlcat(buf, ", ", size);
	strlcat(buf, name, size);
}

char *
depend_missing(const struct inst *inst, char *buf, size_t size)
{
	const struct refs	*apps = &inst->app->deps;
	const struct refs	*processes = &inst->process->deps;
	const struct process	*p;
	const struct app	*on;
	const char		*awaited = strategy_awaited(inst);
	uint32_t		 i;

	buf[0] = '\0';
	for (i = 0; i < apps->n; i++) {
		on = apps->of[i];
		if (!app_satisfies(on))
			missing_add(buf, size, on->name);
	}
	for (i = 0; i < processes->n; i++) {
		p = processes->of[i];
		if (!process_satisfies(p))
			missing_add(buf, size, p->name);
	}
	if (buf[0] == '\0' && awaited != NULL)
		missing_add(buf, size, awaited);
	return (buf);
}

/* It is online, and either is healthy or may be found so. */
static int
process_hopeful(const struct process *on)
{
	return (process_satisfies(on) ||
	    (on->tally.status == S_ONLINE && !health_bad(on)));
}

static int
app_hopeful(const struct app *on)
{
	const struct process	*p;

	if (on->tally.status != S_ONLINE)
		return (app_satisfies(on));
	PROCESS_FOREACH(p, on)
		if (!p->removed && health_bad(p))
			return (0);
	return (1);
}

int
depend_soon(const struct inst *inst)
{
	const struct refs	*apps = &inst->app->deps;
	const struct refs	*processes = &inst->process->deps;
	uint32_t		 i;

	for (i = 0; i < apps->n; i++)
		if (!app_hopeful(apps->of[i]))
			return (0);
	for (i = 0; i < processes->n; i++)
		if (!process_hopeful(processes->of[i]))
			return (0);
	return (!strategy_holds(inst));
}

/* Will it be online without an operator, if it is not held? */
static int
dep_comes(const struct app *on)
{
	return (app_hopeful(on) || on->tally.status == S_STARTING ||
	    on->nops > 0 ||
	    (on->tally.status == S_ERRORED && on->intent == INTENT_RUN));
}

static int
process_comes(const struct process *on)
{
	return (process_hopeful(on) || on->tally.status == S_STARTING ||
	    on->tally.status == S_ERRORED);
}

/*
 * Those that are held are looked into, each once: there may be many ways to
 * one, and a chain of thousands.  -1 if it waits for what is not coming; 1 if
 * for nothing that is held itself; 0 if for such that are in the list.
 */
static int
coming_from(struct sup *sup, const struct app *app, struct refs *list)
{
	struct app	*on;
	uint32_t	 i;
	int		 end = 1;

	if (!strategy_coming(app))
		return (-1);
	for (i = 0; i < app->deps.n; i++) {
		on = app->deps.of[i];
		if (dep_comes(on))
			continue;
		if (on->tally.held == 0)
			return (-1);
		end = 0;
		if (on->walk == sup->walk)
			continue;
		on->walk = sup->walk;
		refs_add(list, on);
	}
	return (end);
}

/* Without an end it is a circle. */
static int
coming(struct sup *sup, const struct app *app)
{
	struct refs	 list = { NULL, 0 };
	uint32_t	 n;
	int		 rv, ends;

	sup->walk++;
	ends = rv = coming_from(sup, app, &list);
	for (n = 0; rv != -1 && n < list.n; n++) {
		rv = coming_from(sup, list.of[n], &list);
		ends |= rv;
	}
	refs_free(&list);
	return (rv != -1 && ends != 0);
}

/* The same among the processes of an app. */
static int
coming_process_from(struct sup *sup, const struct process *p,
    struct refs *list)
{
	struct process	*on;
	uint32_t	 i;

	for (i = 0; i < p->deps.n; i++) {
		on = p->deps.of[i];
		if (on->walk == sup->walk || process_comes(on))
			continue;
		if (on->tally.held == 0)
			return (0);
		on->walk = sup->walk;
		refs_add(list, on);
	}
	return (1);
}

static int
coming_processes(struct sup *sup, const struct app *app)
{
	struct refs	 list = { NULL, 0 };
	struct process	*p;
	uint32_t	 n;
	int		 comes = 1;

	sup->walk++;
	PROCESS_FOREACH(p, app)
		if (p->tally.held > 0 && comes)
			comes = coming_process_from(sup, p, &list);
	for (n = 0; comes && n < list.n; n++)
		comes = coming_process_from(sup, list.of[n], &list);
	refs_free(&list);
	return (comes);
}

int
depend_coming(struct sup *sup, const struct app *app)
{
	return (coming(sup, app) && coming_processes(sup, app));
}

const struct app *
depend_blocker(struct sup *sup, const struct app *app)
{
	const struct app	*on = NULL, *dep = NULL;
	uint32_t		 i, depth;

	/* no path is longer, unless it goes in a circle */
	for (depth = 0; depth < sup->napps; depth++) {
		for (i = 0; i < app->deps.n; i++) {
			dep = app->deps.of[i];
			if (!dep_comes(dep) && (dep->tally.held == 0 ||
			    !coming(sup, dep)))
				break;
		}
		if (i == app->deps.n)
			break;
		app = on = dep;
	}
	return (on);
}

void
depend_retry(struct sup *sup, struct app *app)
{
	const struct fsm_input	 in = { .event = EV_LAUNCH };
	struct inst		*inst;

	if (app->intent != INTENT_RUN || app->removed)
		return;
	INST_FOREACH(inst, app)
		if (inst->held && !inst->surplus)
			fsm_event(sup, inst, &in);
}

/* What it waits for may have gone and come back since it was looked at. */
static void
settle_held(struct sup *sup, struct app *app)
{
	const struct fsm_input	 in = { .event = EV_LAUNCH };
	struct inst		*inst;

	if (app->tally.held == 0 || app->intent != INTENT_RUN || app->removed)
		return;
	INST_FOREACH(inst, app)
		if (inst->held && !inst->surplus && depend_ready(inst))
			fsm_event(sup, inst, &in);
}

/* A process of it that is up or done now may be what another waits for. */
static void
settle_processes(struct sup *sup, struct app *app)
{
	struct process	*p;
	int		 retry = 0;

	PROCESS_FOREACH(p, app) {
		if (p->settled == process_satisfies(p))
			continue;
		p->settled = !p->settled;
		if (p->settled && p->rdeps.n > 0)
			retry = 1;
	}
	if (retry)
		depend_retry(sup, app);
}

void
depend_settle(struct sup *sup, struct app *app)
{
	struct app	*r;
	int		 now = app_satisfies(app);
	uint32_t	 i;

	settle_processes(sup, app);
	settle_held(sup, app);
	if (app->settled == app->tally.status && app->satisfied == now)
		return;
	app->settled = app->tally.status;
	app->satisfied = now;
	for (i = 0; i < app->rdeps.n; i++) {
		/* their operations may wait for this one, too */
		r = app->rdeps.of[i];
		app_kick(sup, r);
		if (now)
			depend_retry(sup, r);
	}
}

static int
depend_runs(const struct app *app)
{
	return (app->tally.running > 0 && app->tally.status != S_STOPPING);
}

void
depend_running(struct app *app, struct refs *list)
{
	struct refs	 seen = { NULL, 0 };
	struct app	*at, *r;
	uint32_t	 n, i;

	refs_add(&seen, app);
	for (n = 0; n < seen.n; n++) {
		at = seen.of[n];
		for (i = 0; i < at->rdeps.n; i++) {
			r = at->rdeps.of[i];
			if (refs_has(&seen, r))
				continue;
			refs_add(&seen, r);
			if (depend_runs(r))
				refs_add(list, r);
		}
	}
	refs_free(&seen);
}
