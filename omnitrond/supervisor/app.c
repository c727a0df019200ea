/*
 * Apps by id and by name, their instances by number, and the status of an
 * app from those of its instances.  Supervisor process; touches nothing.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/depend.h"
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/metrics.h"
#include "omnitrond/supervisor/persist.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

RB_GENERATE(app_ids, app, id_entry, app_id_cmp)
RB_GENERATE(app_names, app, name_entry, app_name_cmp)

int
app_id_cmp(const struct app *a, const struct app *b)
{
	if (a->conf.id != b->conf.id)
		return (a->conf.id < b->conf.id ? -1 : 1);
	return (0);
}

int
app_name_cmp(const struct app *a, const struct app *b)
{
	return (strcmp(a->name, b->name));
}

struct app *
app_find(struct sup *sup, uint32_t id)
{
	struct app	 key;

	key.conf.id = id;
	return (RB_FIND(app_ids, &sup->by_id, &key));
}

struct app *
app_find_name(struct sup *sup, const char *name)
{
	struct app	 key;

	strlcpy(key.name, name, sizeof(key.name));
	return (RB_FIND(app_names, &sup->by_name, &key));
}

struct app *
app_new(struct sup *sup, const struct m_conf_app *conf, const char *name)
{
	struct app	*app = xcalloc(1, sizeof(*app));

	strlcpy(app->name, name, sizeof(app->name));
	app->conf = *conf;
	app->wanted = conf->instances;
	TAILQ_INIT(&app->ops);
	RB_INSERT(app_ids, &sup->by_id, app);
	RB_INSERT(app_names, &sup->by_name, app);
	sup->napps++;
	return (app);
}

static void
inst_free(struct sup *sup, struct inst *inst)
{
	timer_cancel(&sup->timers, &inst->timer);
	metrics_drop(sup, inst);
	free(inst->exit);
	free(inst);
}

void
app_free(struct sup *sup, struct app *app)
{
	uint32_t	 i;

	depend_unlink(app);
	if (app->kicked)
		TAILQ_REMOVE(&sup->kicked, app, kick_entry);
	persist_forget(sup, app);
	view_forget(sup, app);
	for (i = 0; i < app->ninsts; i++)
		inst_free(sup, app->insts[i]);
	RB_REMOVE(app_ids, &sup->by_id, app);
	RB_REMOVE(app_names, &sup->by_name, app);
	sup->napps--;
	free(app->insts);
	free(app->deps);
	free(app->rdeps);
	free(app);
}

struct inst *
app_inst(const struct app *app, uint32_t number)
{
	return (number < app->ninsts ? app->insts[number] : NULL);
}

struct inst *
app_inst_of(struct sup *sup, const struct m_inst *id)
{
	struct app	*app = app_find(sup, id->app);
	struct inst	*inst;

	if (app == NULL || id->process != 0)
		return (NULL);
	inst = app_inst(app, id->instance);
	if (inst == NULL || inst->generation != id->generation)
		return (NULL);
	return (inst);
}

static struct inst *
inst_new(struct app *app, uint16_t number)
{
	struct inst	*inst = xcalloc(1, sizeof(*inst));

	inst->app = app;
	inst->number = number;
	inst->status = S_STOPPED;
	inst->stat_fd = -1;
	timer_init(&inst->timer, fsm_timer, inst);
	app->count[S_STOPPED]++;
	return (inst);
}

struct inst *
app_inst_make(struct sup *sup, struct app *app, uint32_t number)
{
	struct inst	*inst;

	if (number >= INSTANCES_MAX)
		return (NULL);
	if (number < app->ninsts)
		return (app->insts[number]);
	app->insts = xreallocarray(app->insts, number + 1,
	    sizeof(struct inst *));
	while (app->ninsts <= number) {
		inst = inst_new(app, (uint16_t)app->ninsts);
		app->insts[app->ninsts++] = inst;
		app_inst_changed(sup, inst);
	}
	return (app->insts[number]);
}

/* The worst of the instances; stopped only when all are. */
static enum status
app_worst(const struct app *app)
{
	static const enum status order[] = {
		S_CRASHED, S_ERRORED, S_STOPPING, S_STARTING, S_ONLINE
	};
	size_t	 i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (app->count[order[i]] > 0)
			return (order[i]);
	return (S_STOPPED);
}

static void
app_update(struct sup *sup, struct app *app)
{
	enum status	 status = app_worst(app);

	if (status == app->status)
		return;
	app->status = status;
	if (status == S_ONLINE)
		app->reason[0] = '\0';
}

void
app_trim(struct sup *sup, struct app *app)
{
	struct inst	*inst;

	while (app->ninsts > 0) {
		inst = app->insts[app->ninsts - 1];
		if (!inst->surplus || inst->process)
			break;
		app->ninsts--;
		app->count[inst->status]--;
		persist_inst_gone(sup, inst);
		view_inst_gone(sup, inst);
		inst_free(sup, inst);
		app_update(sup, app);
		app_changed(sup, app);
	}
}

void
app_inst_id(const struct inst *inst, struct m_inst *id)
{
	memset(id, 0, sizeof(*id));
	id->app = inst->app->conf.id;
	id->instance = inst->number;
	id->generation = inst->generation;
}

void
app_set_status(struct sup *sup, struct inst *inst, enum status status)
{
	struct app	*app = inst->app;

	app->count[inst->status]--;
	app->count[status]++;
	inst->status = status;
	if (status == S_CRASHED)
		app->crash_hash = app->conf.hash;
	app_update(sup, app);
	app_inst_changed(sup, inst);
	app_kick(sup, app);
}

int
app_amended(const struct app *app)
{
	return (app->count[S_CRASHED] > 0 && app->crash_hash != 0 &&
	    app->crash_hash != app->conf.hash);
}

void
app_set_process(struct sup *sup, struct inst *inst, int process)
{
	if (inst->process == process)
		return;
	inst->process = process;
	if (process) {
		inst->app->nprocess++;
		sup->nprocess++;
	} else {
		inst->app->nprocess--;
		sup->nprocess--;
	}
}

void
app_set_intent(struct sup *sup, struct app *app, enum intent intent)
{
	app->intent = intent;
	app_changed(sup, app);
}

void
app_set_reason(struct sup *sup, struct app *app, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(app->reason, sizeof(app->reason), fmt, ap);
	va_end(ap);
	app_changed(sup, app);
}

void
app_changed(struct sup *sup, struct app *app)
{
	persist_app(sup, app);
	view_app(sup, app);
}

void
app_inst_changed(struct sup *sup, struct inst *inst)
{
	inst->unsaved = 1;
	inst->unseen = 1;
	app_changed(sup, inst->app);
}

void
app_kick(struct sup *sup, struct app *app)
{
	if (app->kicked)
		return;
	app->kicked = 1;
	TAILQ_INSERT_TAIL(&sup->kicked, app, kick_entry);
	sup_want_turn(sup);
}

const char *
app_inst_name(const struct inst *inst, char *buf, size_t size)
{
	if (inst->app->wanted <= 1 && inst->number == 0)
		return (inst->app->name);
	snprintf(buf, size, "%s[%u]", inst->app->name, inst->number);
	return (buf);
}
