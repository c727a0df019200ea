/*
 * The processes of an app: their instances by number, and which of them
 * needs which.  Supervisor process; touches nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/supervisor/persist.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

struct process *
process_new(struct app *app, const struct m_conf_process *conf,
    const char *name)
{
	struct process	*p = xcalloc(1, sizeof(*p));

	strlcpy(p->name, name, sizeof(p->name));
	p->app = app;
	p->conf = *conf;
	p->wanted = conf->instances;
	TAILQ_INSERT_TAIL(&app->processes, p, entry);
	return (p);
}

void
process_free(struct process *p)
{
	struct process	*r;
	uint32_t	 i;

	process_depend_clear(p);
	for (i = 0; i < p->rdeps.n; i++) {
		r = p->rdeps.of[i];
		refs_remove(&r->deps, p);
	}
	TAILQ_REMOVE(&p->app->processes, p, entry);
	refs_free(&p->rdeps);
	uses_free(&p->uses);
	free(p->insts);
	free(p);
}

struct process *
process_find(const struct app *app, uint32_t id)
{
	struct process	*p;

	PROCESS_FOREACH(p, app)
		if (p->conf.id == id)
			return (p);
	return (NULL);
}

struct process *
process_find_name(const struct app *app, const char *name)
{
	struct process	*p;

	PROCESS_FOREACH(p, app)
		if (strcmp(p->name, name) == 0)
			return (p);
	return (NULL);
}

/* ---- dependencies ------------------------------------------------------- */

void
process_depend(struct process *p, struct process *on)
{
	if (refs_has(&p->deps, on))
		return;
	refs_add(&p->deps, on);
	refs_add(&on->rdeps, p);
}

void
process_depend_clear(struct process *p)
{
	struct process	*on;
	uint32_t	 i;

	for (i = 0; i < p->deps.n; i++) {
		on = p->deps.of[i];
		refs_remove(&on->rdeps, p);
	}
	refs_free(&p->deps);
}

int
process_satisfies(const struct process *p)
{
	uint32_t	 i;

	if ((p->conf.flags & PROCESS_ONESHOT) == 0)
		return (p->tally.status == S_ONLINE && health_good(p));
	for (i = 0; i < p->ninsts; i++)
		if (!p->insts[i]->surplus && !p->insts[i]->finished)
			return (0);
	return (p->ninsts > 0);
}

int
process_ready(const struct process *p)
{
	const struct process	*on;
	uint32_t		 i;

	for (i = 0; i < p->deps.n; i++) {
		on = p->deps.of[i];
		if (!process_satisfies(on))
			return (0);
	}
	return (1);
}

/* ---- instances ---------------------------------------------------------- */

struct inst *
process_inst(const struct process *p, uint32_t number)
{
	return (number < p->ninsts ? p->insts[number] : NULL);
}

struct inst *
process_inst_make(struct sup *sup, struct process *p, uint32_t number)
{
	if (number >= INSTANCES_MAX)
		return (NULL);
	if (number < p->ninsts)
		return (p->insts[number]);
	p->insts = xreallocarray(p->insts, number + 1, sizeof(struct inst *));
	while (p->ninsts <= number) {
		p->insts[p->ninsts] = inst_new(sup, p, (uint16_t)p->ninsts);
		p->ninsts++;
	}
	return (p->insts[number]);
}

void
process_trim(struct sup *sup, struct process *p)
{
	struct inst	*inst;

	while (p->ninsts > 0) {
		inst = p->insts[p->ninsts - 1];
		if (!inst->surplus || !inst_idle(inst))
			break;
		p->ninsts--;
		persist_inst_gone(sup, inst);
		view_inst_gone(sup, inst);
		app_changed(sup, p->app);
		inst_free(sup, inst);
	}
}

/* ---- the status of many ------------------------------------------------- */

/*
 * The worst of the instances; stopped only when all are, and not online
 * while some of them still wait.
 */
static enum status
tally_worst(const struct tally *t)
{
	static const enum status order[] = {
		S_CRASHED, S_ERRORED, S_STOPPING, S_STARTING, S_ONLINE
	};
	size_t	 i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (t->count[order[i]] > 0)
			return (order[i] == S_ONLINE && t->held > 0 ?
			    S_STARTING : order[i]);
	return (S_STOPPED);
}

void
tally_move(struct tally *t, enum status from, enum status to)
{
	if (from != S_MAX)
		t->count[from]--;
	if (to != S_MAX)
		t->count[to]++;
	t->status = tally_worst(t);
}
