/*
 * The supervisor's records go to the store as changes, then a commit; one
 * commit is on its way at a time, and what changes meanwhile shares the next
 * one.  No decision waits for any of it.  Supervisor process.
 */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/persist.h"
#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

/* An app that went while the store was away. */
struct dropped {
	struct dropped	*next;
	char		 name[NAME_SIZE];
};

static void	persist_tick(struct sup *, void *);

void
persist_init(struct sup *sup)
{
	TAILQ_INIT(&sup->persist.dirty);
	sup->persist.next = 1;
	timer_init(&sup->persist.timer, persist_tick, NULL);
}

static void
persist_drops(struct sup *sup, int send)
{
	struct dropped	*d;
	struct m_none	 none = { 0 };

	while ((d = sup->persist.dropped) != NULL) {
		sup->persist.dropped = d->next;
		if (send)
			out_send(sup, K_STORE, M_STATE_DROP, &none, d->name,
			    NULL);
		free(d);
	}
}

void
persist_free(struct sup *sup)
{
	persist_drops(sup, 0);
	timer_cancel(&sup->timers, &sup->persist.timer);
}

static void
persist_all(struct sup *sup)
{
	struct app	*app;
	struct inst	*inst;

	APP_FOREACH(app, sup) {
		INST_FOREACH(inst, app) {
			inst->unsaved = 1;
			if (inst->twin != NULL)
				inst->twin->unsaved = 1;
		}
		app->why.unsaved = 1;
		persist_app(sup, app);
	}
}

void
persist_begin(struct sup *sup)
{
	sup->persist.on = 1;
	/* instances that are on record and none of ours go */
	sup->persist.resync = 1;
	persist_all(sup);
	timer_set(&sup->timers, &sup->persist.timer,
	    out_in_ms(sup, PERSIST_FLUSH_MS));
	sup_want_turn(sup);
}

void
persist_app(struct sup *sup, struct app *app)
{
	app->seq = sup->persist.next;
	if (app->unsaved)
		return;
	app->unsaved = 1;
	TAILQ_INSERT_TAIL(&sup->persist.dirty, app, persist_entry);
	sup_want_turn(sup);
}

void
persist_forget(struct sup *sup, struct app *app)
{
	if (app->unsaved)
		TAILQ_REMOVE(&sup->persist.dirty, app, persist_entry);
	app->unsaved = 0;
}

/* ---- records ------------------------------------------------------------ */

/* The process that the last exit was of, "" if it is not there any more. */
static const char *
persist_exited(const struct app *app)
{
	const struct process	*p = process_find(app,
				    app->exit.inst.process);

	return (app->has_exit && p != NULL ? p->name : "");
}

static void
persist_send_app(struct sup *sup, const struct app *app)
{
	const struct inst	*inst;
	struct m_state_app	 m;

	memset(&m, 0, sizeof(m));
	m.intent = app->intent;
	m.status = app->tally.status;
	m.instances = app_wanted(app);
	m.bootstrap = (uint32_t)app_bootstrap(app);
	m.port = app->conf.port;
	m.has_exit = (uint32_t)app->has_exit;
	m.exit = app->exit;
	m.watch = app->watch;
	if (app->tally.count[S_CRASHED] > 0)
		m.crash_hash = app->crash_hash;
	INST_FOREACH(inst, app) {
		m.restarts += inst->restarts;
		if (inst->running && (m.started_ms == 0 ||
		    inst->started_ms < m.started_ms))
			m.started_ms = inst->started_ms;
	}
	out_send(sup, K_STORE, M_STATE_APP, &m, app->name, app->reason,
	    persist_exited(app), NULL);
}

static void
persist_fill_inst(const struct inst *inst, struct m_state_inst *m)
{
	memset(m, 0, sizeof(*m));
	inst_id(inst, &m->inst);
	/* ids are the parent's of this life: names count in a record */
	m->inst.app = 0;
	m->inst.process = 0;
	m->status = inst->status;
	m->restarts = inst->restarts;
	m->finished = (uint32_t)inst->finished;
	m->wanted = inst->process->wanted;
	m->configured = inst->process->conf.instances;
}

static void
persist_send_inst(struct sup *sup, struct inst *inst)
{
	struct m_state_inst	 m;
	struct mono		 now = out_now(sup);

	if (!inst->unsaved || inst->part == PART_OVER)
		return;
	persist_fill_inst(inst, &m);
	m.sig = inst->sig;
	m.backoff = inst->backoff;
	m.started_ms = inst->started_ms;
	m.deadline_ms = inst->deadline_ms;
	m.ntimes = budget_spent(&inst->budget, now,
	    inst->process->conf.window_ms);
	budget_save(&inst->budget, now, out_wall(sup), m.times_ms);
	out_send(sup, K_STORE, M_STATE_INST, &m, inst->app->name,
	    inst->process->name, NULL);
	inst->unsaved = 0;
}

void
persist_inst_gone(struct sup *sup, const struct inst *inst)
{
	struct m_state_inst	 m;

	if (!sup->persist.on || sup->persist.resync)
		return;
	persist_fill_inst(inst, &m);
	m.gone = 1;
	out_send(sup, K_STORE, M_STATE_INST, &m, inst->app->name,
	    inst->process->name, NULL);
}

void
persist_drop(struct sup *sup, struct app *app)
{
	struct dropped	*d = xcalloc(1, sizeof(*d));

	strlcpy(d->name, app->name, sizeof(d->name));
	d->next = sup->persist.dropped;
	sup->persist.dropped = d;
	sup_want_turn(sup);
}

/* ---- commits ------------------------------------------------------------ */

static void
persist_commit(struct sup *sup)
{
	struct persist	*p = &sup->persist;
	struct m_sync	 m;

	memset(&m, 0, sizeof(m));
	m.seq = p->flying = p->next++;
	out_send(sup, K_STORE, M_STATE_COMMIT, &m, NULL);
}

static int
persist_ready(struct sup *sup)
{
	return (sup->persist.on && sup->persist.flying == 0 &&
	    out_there(sup, K_STORE));
}

void
persist_flush(struct sup *sup)
{
	struct persist	*p = &sup->persist;
	struct m_none	 none = { 0 };
	struct app	*app;
	struct inst	*inst;

	if (!persist_ready(sup) || (TAILQ_EMPTY(&p->dirty) &&
	    p->dropped == NULL && !p->resync && !sup->revokes.unsaved))
		return;
	/* bounded by the state itself, and never twice in the queue */
	out_bulk(sup, K_STORE, 1);
	if (p->resync)
		out_send(sup, K_STORE, M_STATE_RESET, &none, NULL);
	p->resync = 0;
	persist_drops(sup, 1);
	revoke_save(sup);
	while ((app = TAILQ_FIRST(&p->dirty)) != NULL) {
		persist_forget(sup, app);
		app->seq = p->next;
		persist_send_app(sup, app);
		why_save(sup, app);
		INST_FOREACH(inst, app) {
			persist_send_inst(sup, inst);
			if (inst->twin != NULL)
				persist_send_inst(sup, inst->twin);
		}
	}
	persist_commit(sup);
	out_bulk(sup, K_STORE, 0);
}

/* Every 30 s, also when nothing changed: it retries what failed. */
static void
persist_tick(struct sup *sup, void *arg)
{
	persist_flush(sup);
	if (persist_ready(sup))
		persist_commit(sup);
	timer_set(&sup->timers, &sup->persist.timer,
	    out_in_ms(sup, PERSIST_FLUSH_MS));
}

int
persist_clean(const struct sup *sup)
{
	const struct persist	*p = &sup->persist;

	return (TAILQ_EMPTY(&p->dirty) && p->flying == 0 &&
	    p->dropped == NULL && !sup->revokes.unsaved && p->stored + 1 == p->next);
}

void
persist_store_up(struct sup *sup)
{
	if (!sup->persist.on)
		return;
	sup->persist.resync = 1;
	persist_all(sup);
	/* one that was not committed went with it */
	revoke_save_all(sup);
	sup_want_turn(sup);
}

void
persist_store_down(struct sup *sup)
{
	sup->persist.flying = 0;
}

static void
persist_failed(struct sup *sup, uint32_t error, const char *text)
{
	if (sup->persist.error == error)
		return;
	sup->persist.error = error;
	if (error != 0)
		log_error("state cannot be written: %s",
		    text[0] != '\0' ? text : strerror((int)error));
	else
		log_info("state is written again");
	view_degraded(sup, CAUSE_STATE, error == 0 ? "" :
	    text[0] != '\0' ? text : strerror((int)error));
	/* what is marked as not saved changes for all */
	view_all(sup);
}

int
persist_stored(struct sup *sup, const struct m_stored *m, const char *text)
{
	struct persist	*p = &sup->persist;

	if (p->flying == 0 || m->seq != p->flying)
		return (-1);
	p->flying = 0;
	if (m->error == 0)
		p->stored = m->seq;
	persist_failed(sup, m->error, text);
	request_stored(sup);
	sup_want_turn(sup);
	return (0);
}
