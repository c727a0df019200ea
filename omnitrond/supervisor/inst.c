/*
 * One instance, and what its app and process count of it.  Supervisor
 * process; touches nothing.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/supervisor/crash.h"
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/metrics.h"
#include "omnitrond/supervisor/strategy.h"
#include "omnitrond/supervisor/supervisor.h"

/* Both count; the app's reason is over once all is well. */
static void
inst_move(struct inst *inst, enum status from, enum status to)
{
	struct app	*app = inst->app;
	enum status	 before = app->tally.status;

	if (inst->part != PART_CURRENT)
		return;
	tally_move(&inst->process->tally, from, to);
	tally_move(&app->tally, from, to);
	if (app->tally.status != before && app->tally.status == S_ONLINE)
		app->reason[0] = '\0';
}

static struct inst *
inst_make(struct process *p, uint16_t number)
{
	struct inst	*inst = xcalloc(1, sizeof(*inst));

	inst->app = p->app;
	inst->process = p;
	inst->number = number;
	inst->status = S_STOPPED;
	meter_init(inst);
	timer_init(&inst->timer, fsm_timer, inst);
	watchdog_init(inst);
	return (inst);
}

struct inst *
inst_new(struct sup *sup, struct process *p, uint16_t number)
{
	struct inst	*inst = inst_make(p, number);

	TAILQ_INSERT_TAIL(&p->app->insts, inst, of_app);
	inst_move(inst, S_MAX, S_STOPPED);
	inst_changed(sup, inst);
	return (inst);
}

struct inst *
inst_twin(struct sup *sup, struct inst *inst)
{
	struct inst	*twin = inst_make(inst->process, inst->number);

	twin->slot = inst->slot ^ INSTANCE_SPARE;
	twin->part = PART_NEW;
	twin->generation = inst->generation;
	twin->surplus = inst->surplus;
	twin->restarts = inst->restarts;
	twin->backoff = inst->backoff;
	budget_copy(&twin->budget, &inst->budget);
	twin->twin = inst;
	inst->twin = twin;
	inst_changed(sup, twin);
	return (twin);
}

void
inst_swap(struct sup *sup, struct inst *old)
{
	struct inst	*new = old->twin;

	new->surplus = old->surplus;
	strategy_pass(sup, old, new);
	inst_set_held(old, 0);
	TAILQ_INSERT_BEFORE(old, new, of_app);
	TAILQ_REMOVE(&old->app->insts, old, of_app);
	old->process->insts[old->number] = new;
	inst_move(old, old->status, new->status);
	old->part = PART_OLD;
	new->part = PART_CURRENT;
	inst_changed(sup, new);
	app_kick(sup, new->app);
}

int
inst_idle(const struct inst *inst)
{
	return (!inst->running && inst->twin == NULL);
}

void
inst_free(struct sup *sup, struct inst *inst)
{
	timer_cancel(&sup->timers, &inst->timer);
	/* nobody is told: its app may be freed as well */
	if (inst->stale)
		inst->app->nstale--;
	watchdog_end(sup, inst);
	said_reset(inst);
	metrics_drop(sup, inst);
	ready_free(sup, inst);
	health_free(sup, inst);
	strategy_forget(sup, inst);
	inst_set_held(inst, 0);
	if (inst->part == PART_CURRENT) {
		inst_move(inst, inst->status, S_MAX);
		TAILQ_REMOVE(&inst->app->insts, inst, of_app);
		if (inst->twin != NULL)
			inst_free(sup, inst->twin);
	} else
		inst->twin->twin = NULL;
	budget_free(&inst->budget);
	free(inst->ended.probe);
	free(inst->exit);
	free(inst->why);
	free(inst);
}

struct inst *
inst_of(struct sup *sup, const struct m_inst *id)
{
	struct app	*app = app_find(sup, id->app);
	struct process	*p;
	struct inst	*inst;

	if (app == NULL || (p = process_find(app, id->process)) == NULL)
		return (NULL);
	inst = process_inst(p, instance_number(id->instance));
	if (inst != NULL && inst->slot != (id->instance & INSTANCE_SPARE))
		inst = inst->twin;
	if (inst == NULL || inst->generation != id->generation)
		return (NULL);
	return (inst);
}

void
inst_id(const struct inst *inst, struct m_inst *id)
{
	memset(id, 0, sizeof(*id));
	id->app = inst->app->conf.id;
	id->process = (uint16_t)inst->process->conf.id;
	id->instance = inst->number | inst->slot;
	id->generation = inst->generation;
}

void
inst_changed(struct sup *sup, struct inst *inst)
{
	inst->unsaved = 1;
	inst->unseen = PLANES_ALL;
	app_changed(sup, inst->app);
}

void
inst_set_status(struct sup *sup, struct inst *inst, enum status status)
{
	enum status	 from = inst->status;

	inst->status = status;
	if (status == S_CRASHED)
		inst->app->crash_hash = inst->app->conf.hash;
	inst_move(inst, from, status);
	ready_look(sup, inst);
	crash_note(inst, from);
	health_look(sup, inst);
	inst_changed(sup, inst);
	app_kick(sup, inst->app);
}

void
inst_set_running(struct sup *sup, struct inst *inst, int running)
{
	uint32_t	 by = running ? 1 : UINT32_MAX;

	if (inst->running == running)
		return;
	secret_fresh(sup, inst);
	inst->running = running;
	inst->process->tally.running += by;
	inst->app->tally.running += by;
	sup->nrunning += by;
}

void
inst_set_held(struct inst *inst, int held)
{
	uint32_t	 by = held ? 1 : UINT32_MAX;

	if (inst->held == held)
		return;
	inst->held = held;
	inst->process->tally.held += by;
	inst->app->tally.held += by;
	inst_move(inst, inst->status, inst->status);
}

void
inst_set_why(struct inst *inst, const char *why)
{
	free(inst->why);
	inst->why = why == NULL ? NULL : xstrdup(why);
}

void
inst_keep(char **kept, const char *text)
{
	free(*kept);
	*kept = text[0] == '\0' ? NULL : xstrdup(text);
}

void
inst_set_reason(struct sup *sup, struct inst *inst, const char *fmt, ...)
{
	struct app	*app = inst->app;
	char		 text[REASON_SIZE];
	va_list		 ap;

	if (inst->part != PART_CURRENT)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (text[0] == '\0' || !app_bootstrap(app))
		app_set_reason(sup, app, "%s", text);
	else
		app_set_reason(sup, app, "%s: %s", inst->process->name, text);
}

const char *
inst_name(const struct inst *inst, char *buf, size_t size)
{
	const struct process	*p = inst->process;
	size_t			 n;

	strlcpy(buf, inst->app->name, size);
	if (app_bootstrap(inst->app)) {
		strlcat(buf, "/", size);
		strlcat(buf, p->name, size);
	}
	n = strlen(buf);
	if (p->wanted > 1 || inst->number > 0)
		snprintf(buf + n, size - n, "[%u]", inst->number);
	return (buf);
}
