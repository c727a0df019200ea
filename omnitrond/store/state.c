/*
 * The map of apps and their instances in the store's memory, and the changes
 * to it that the supervisor sends.  Touches nothing else.
 */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/store/state.h"

RB_GENERATE(apps, app, entry, app_cmp)
RB_GENERATE(insts, inst, entry, inst_cmp)

int
app_cmp(const struct app *a, const struct app *b)
{
	return (strcmp(a->name, b->name));
}

int
inst_cmp(const struct inst *a, const struct inst *b)
{
	int	 c = strcmp(a->process, b->process);

	if (c == 0)
		c = (int)instance_number(a->number) -
		    (int)instance_number(b->number);
	return (c != 0 ? c : (int)a->number - (int)b->number);
}

void
extra_add(struct extras *list, const char *key, const char *text, size_t len)
{
	struct extra	*x = xcalloc(1, sizeof(*x));

	x->key = xstrdup(key);
	x->text = xmalloc(len + 1);
	memcpy(x->text, text, len);
	x->text[len] = '\0';
	TAILQ_INSERT_TAIL(list, x, entry);
}

static struct extra *
extra_find(const struct extras *list, const char *key)
{
	struct extra	*x;

	TAILQ_FOREACH(x, list, entry)
		if (strcmp(x->key, key) == 0)
			return (x);
	return (NULL);
}

int
extra_has(const struct extras *list, const char *key)
{
	return (extra_find(list, key) != NULL);
}

void
extra_free(struct extras *list)
{
	struct extra	*x, *next;

	for (x = TAILQ_FIRST(list); x != NULL; x = next) {
		next = TAILQ_NEXT(x, entry);
		free(x->key);
		free(x->text);
		free(x);
	}
	TAILQ_INIT(list);
}

void
state_init(struct state *st)
{
	memset(st, 0, sizeof(*st));
	RB_INIT(&st->apps);
	TAILQ_INIT(&st->extra);
}

static void
state_inst_remove(struct state *st, struct app *app, struct inst *inst)
{
	RB_REMOVE(insts, &app->insts, inst);
	st->ninsts--;
	extra_free(&inst->extra);
	free(inst->process);
	free(inst->times_ms);
	free(inst);
}

static void
state_remove(struct state *st, struct app *app)
{
	struct inst	*inst;

	while ((inst = RB_MIN(insts, &app->insts)) != NULL)
		state_inst_remove(st, app, inst);
	RB_REMOVE(apps, &st->apps, app);
	st->napps--;
	why_free(app);
	extra_free(&app->extra);
	free(app->name);
	free(app->reason);
	free(app->exited);
	free(app);
}

void
state_free(struct state *st)
{
	struct app	*app;

	while ((app = RB_MIN(apps, &st->apps)) != NULL)
		state_remove(st, app);
	extra_free(&st->extra);
	state_init(st);
}

struct app *
state_find(struct state *st, const char *name)
{
	struct app	 key;

	key.name = (char *)(uintptr_t)name;
	return (RB_FIND(apps, &st->apps, &key));
}

/* NULL when there are too many, or it is there already. */
struct app *
state_add(struct state *st, const char *name)
{
	struct app	*app;

	if (st->napps >= STATE_APPS_MAX)
		return (NULL);
	app = xcalloc(1, sizeof(*app));
	app->name = xstrdup(name);
	RB_INIT(&app->insts);
	TAILQ_INIT(&app->whys);
	TAILQ_INIT(&app->extra);
	if (RB_INSERT(apps, &st->apps, app) != NULL) {
		free(app->name);
		free(app);
		return (NULL);
	}
	app->reason = xstrdup("");
	app->exited = xstrdup("");
	st->napps++;
	return (app);
}

struct inst *
state_inst_find(struct app *app, const char *process, uint16_t number)
{
	struct inst	 key;

	key.process = (char *)(uintptr_t)process;
	key.number = number;
	return (RB_FIND(insts, &app->insts, &key));
}

struct inst *
state_inst_add(struct state *st, struct app *app, const char *process,
    uint16_t number)
{
	struct inst	*inst;

	if (st->ninsts >= STATE_INSTS_MAX)
		return (NULL);
	inst = xcalloc(1, sizeof(*inst));
	inst->process = xstrdup(process);
	inst->number = number;
	TAILQ_INIT(&inst->extra);
	if (RB_INSERT(insts, &app->insts, inst) != NULL) {
		free(inst->process);
		free(inst);
		return (NULL);
	}
	st->ninsts++;
	return (inst);
}

static void
state_set_string(char **dst, const char *s)
{
	if (strcmp(*dst, s) == 0)
		return;
	free(*dst);
	*dst = xstrdup(s);
}

int
state_put_app(struct state *st, const struct m_state_app *rec,
    const char *name, const char *reason, const char *exited)
{
	struct app	*app;

	if (!name_valid(name) || rec->status >= S_MAX ||
	    rec->intent > INTENT_RUN || rec->has_exit > 1 ||
	    rec->instances > STATE_INSTS_MAX || rec->bootstrap > 1 ||
	    rec->port > UINT16_MAX || rec->watch >= WISH_MAX ||
	    (*exited != '\0' && !name_valid(exited)) ||
	    (rec->has_exit && rec->exit.inst.instance >= INSTANCES_MAX))
		return (-1);
	if ((app = state_find(st, name)) == NULL &&
	    (app = state_add(st, name)) == NULL)
		return (-1);
	app->rec = *rec;
	app->told = 1;
	app->stale = 0;
	state_set_string(&app->reason, reason);
	state_set_string(&app->exited, exited);
	return (0);
}

static void
state_fill_inst(struct inst *inst, const struct m_state_inst *rec)
{
	inst->stale = 0;
	inst->generation = rec->inst.generation;
	inst->status = rec->status;
	inst->restarts = rec->restarts;
	inst->backoff = rec->backoff;
	inst->finished = rec->finished;
	inst->wanted = rec->wanted;
	inst->configured = rec->configured;
	inst->started_ms = rec->started_ms;
	inst->deadline_ms = rec->deadline_ms;
	inst->sig = rec->sig;
	if (inst->ntimes != rec->ntimes) {
		free(inst->times_ms);
		inst->times_ms = rec->ntimes == 0 ? NULL :
		    xcalloc(rec->ntimes, sizeof(*inst->times_ms));
		inst->ntimes = rec->ntimes;
	}
	if (rec->ntimes > 0)
		memcpy(inst->times_ms, rec->times_ms,
		    rec->ntimes * sizeof(*inst->times_ms));
}

int
state_put_inst(struct state *st, const struct m_state_inst *rec,
    const char *name, const char *process)
{
	struct app	*app;
	struct inst	*inst;

	if (!name_valid(name) || !name_valid(process) ||
	    rec->status >= S_MAX || rec->sig.pid < 0 ||
	    !instance_valid(rec->inst.instance) ||
	    rec->ntimes > RESTART_TIMES_MAX || rec->finished > 1 ||
	    rec->wanted > INSTANCES_MAX || rec->configured > INSTANCES_MAX ||
	    rec->gone > 1 ||
	    memchr(rec->sig.bootid, '\0', sizeof(rec->sig.bootid)) == NULL)
		return (-1);
	if ((app = state_find(st, name)) == NULL) {
		log_debug("%s: instance %u of an app without a record", name,
		    rec->inst.instance);
		return (0);
	}
	inst = state_inst_find(app, process, rec->inst.instance);
	if (rec->gone) {
		if (inst != NULL)
			state_inst_remove(st, app, inst);
		return (0);
	}
	if (inst == NULL && (inst = state_inst_add(st, app, process,
	    rec->inst.instance)) == NULL)
		return (-1);
	state_fill_inst(inst, rec);
	return (0);
}

void
state_get_inst(const struct inst *inst, struct m_state_inst *rec)
{
	memset(rec, 0, sizeof(*rec));
	rec->inst.instance = inst->number;
	rec->inst.generation = inst->generation;
	rec->sig = inst->sig;
	rec->status = inst->status;
	rec->restarts = inst->restarts;
	rec->backoff = inst->backoff;
	rec->ntimes = inst->ntimes;
	rec->finished = inst->finished;
	rec->wanted = inst->wanted;
	rec->configured = inst->configured;
	rec->started_ms = inst->started_ms;
	rec->deadline_ms = inst->deadline_ms;
	if (inst->ntimes > 0)
		memcpy(rec->times_ms, inst->times_ms,
		    inst->ntimes * sizeof(*inst->times_ms));
}

void
state_drop(struct state *st, const char *name)
{
	struct app	*app = state_find(st, name);

	if (app != NULL)
		state_remove(st, app);
}

static void
state_mark(struct state *st, int stale)
{
	struct app	*app;
	struct inst	*inst;

	RB_FOREACH(app, apps, &st->apps) {
		app->stale = stale;
		RB_FOREACH(inst, insts, &app->insts)
			inst->stale = stale;
	}
}

void
state_reset(struct state *st)
{
	state_mark(st, 1);
	st->resetting = 1;
}

void
state_resume(struct state *st)
{
	if (st->resetting)
		state_mark(st, 0);
	st->resetting = 0;
}

static void
state_settle_app(struct state *st, struct app *app)
{
	struct inst	*inst, *next;

	if (!app->told)
		return;
	if (app->stale) {
		state_remove(st, app);
		return;
	}
	for (inst = RB_MIN(insts, &app->insts); inst != NULL; inst = next) {
		next = RB_NEXT(insts, &app->insts, inst);
		if (inst->stale)
			state_inst_remove(st, app, inst);
	}
}

void
state_settle(struct state *st)
{
	struct app	*app, *next;

	if (!st->resetting)
		return;
	for (app = RB_MIN(apps, &st->apps); app != NULL; app = next) {
		next = RB_NEXT(apps, &st->apps, app);
		state_settle_app(st, app);
	}
	state_resume(st);
}
