/*
 * The start of a supervisor, the daemon's first or one that replaces another.
 * Three things come in any order: the configuration, the living instances
 * (ALIVE to ALIVE_END) and the records (STATE_APP to STATE_END).  Then the
 * parent is asked for recorded processes that it did not name (ADOPT); its
 * second ALIVE_END ends that, and only then anything is launched.
 * Supervisor process.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/depend.h"
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/load.h"
#include "omnitrond/supervisor/metrics.h"
#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/persist.h"
#include "omnitrond/supervisor/shutdown.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

/* A stop of what no configuration names any more. */
#define STRANGER_STOP_MS	10000

/* Records of an app, until they are ours (or for good: not configured). */
struct saved_app {
	TAILQ_ENTRY(saved_app)	 entry;
	char			 name[NAME_SIZE];
	char			 reason[REASON_SIZE];
	struct m_state_app	 rec;
	struct m_state_inst	*insts;
	uint32_t		 ninsts;
};

void
load_init(struct sup *sup)
{
	TAILQ_INIT(&sup->saved);
}

static void
saved_free(struct sup *sup, struct saved_app *s)
{
	TAILQ_REMOVE(&sup->saved, s, entry);
	free(s->insts);
	free(s);
}

void
load_free(struct sup *sup)
{
	struct saved_app	*s, *next;

	for (s = TAILQ_FIRST(&sup->saved); s != NULL; s = next) {
		next = TAILQ_NEXT(s, entry);
		saved_free(sup, s);
	}
}

static struct saved_app *
saved_find(struct sup *sup, const char *name)
{
	struct saved_app	*s;

	TAILQ_FOREACH(s, &sup->saved, entry)
		if (strcmp(s->name, name) == 0)
			return (s);
	return (NULL);
}

/* ---- what comes in ------------------------------------------------------ */

/* A store that was restarted tells what it read: we know better by now. */
static int
load_past(const struct sup *sup)
{
	return (sup->phase != PH_LOADING);
}

int
load_state_app(struct sup *sup, const struct m_state_app *m,
    const char *name, const char *reason)
{
	struct saved_app	*s;

	if (!name_valid(name) || m->status >= S_MAX ||
	    m->intent > INTENT_RUN || m->instances > INSTANCES_MAX)
		return (-1);
	if (load_past(sup))
		return (0);
	if (sup->have_state)
		return (-1);
	s = xcalloc(1, sizeof(*s));
	strlcpy(s->name, name, sizeof(s->name));
	strlcpy(s->reason, reason, sizeof(s->reason));
	s->rec = *m;
	TAILQ_INSERT_TAIL(&sup->saved, s, entry);
	return (0);
}

int
load_state_inst(struct sup *sup, const struct m_state_inst *m,
    const char *name, const char *process)
{
	struct saved_app	*s;

	if (m->status >= S_MAX || m->ntimes > RESTART_TIMES_MAX ||
	    m->inst.instance >= INSTANCES_MAX)
		return (-1);
	if (load_past(sup))
		return (0);
	if (sup->have_state)
		return (-1);
	/* instances follow their app */
	s = TAILQ_LAST(&sup->saved, saved_apps);
	if (s == NULL || strcmp(s->name, name) != 0)
		return (-1);
	/* of an app with several processes: not ours to run */
	if (strcmp(process, name) != 0 || s->ninsts == INSTANCES_MAX)
		return (0);
	s->insts = xreallocarray(s->insts, s->ninsts + 1, sizeof(*s->insts));
	s->insts[s->ninsts++] = *m;
	return (0);
}

int
load_state_end(struct sup *sup, const struct m_state_end *m, const char *text)
{
	if (load_past(sup))
		return (0);
	if (sup->have_state)
		return (-1);
	sup->have_state = 1;
	sup->same_boot = m->same_boot != 0;
	if (text[0] != '\0')
		log_warnx("state: %s", text);
	load_check(sup);
	return (0);
}

/* A new one reads the file again, and sends all of it again. */
void
load_store_down(struct sup *sup)
{
	if (sup->phase != PH_LOADING)
		return;
	load_free(sup);
	sup->have_state = 0;
}

static void
load_stranger(struct sup *sup, const struct m_inst *id)
{
	struct m_stop	 m;

	memset(&m, 0, sizeof(m));
	m.inst = *id;
	m.signal = SIGTERM;
	m.timeout_ms = STRANGER_STOP_MS;
	out_send(sup, K_PARENT, M_STOP, &m, NULL);
}

int
load_alive(struct sup *sup, const struct m_alive *m, int fd)
{
	struct app	*app;
	struct inst	*inst;

	if (sup->phase == PH_RUNNING || !sup->have_conf ||
	    m->inst.instance >= INSTANCES_MAX) {
		if (fd != -1)
			close(fd);
		return (-1);
	}
	if ((app = app_find(sup, m->inst.app)) == NULL ||
	    m->inst.process != 0) {
		if (fd != -1)
			close(fd);
		load_stranger(sup, &m->inst);
		return (0);
	}
	inst = app_inst_make(sup, app, m->inst.instance);
	inst->generation = m->inst.generation;
	inst->alive = 1;
	inst->sig = m->sig;
	inst->started_ms = m->started_ms;
	inst->execed = m->execed != 0;
	inst->stopping = m->stopping != 0;
	metrics_add(sup, inst, fd);
	return (0);
}

int
load_gone(struct sup *sup, const struct m_inst *id)
{
	struct inst	*inst;

	if (sup->phase != PH_ADOPTING)
		return (-1);
	if ((inst = app_inst_of(sup, id)) != NULL && !inst->alive)
		memset(&inst->sig, 0, sizeof(inst->sig));
	return (0);
}

void
load_exited(struct sup *sup, const struct m_exited *m)
{
	struct app	*app = app_find(sup, m->inst.app);
	struct inst	*inst;

	if (app == NULL || m->inst.process != 0 ||
	    m->inst.instance >= INSTANCES_MAX)
		return;
	inst = app_inst_make(sup, app, m->inst.instance);
	inst->generation = m->inst.generation;
	if (inst->exit == NULL)
		inst->exit = xmalloc(sizeof(*inst->exit));
	*inst->exit = *m;
}

/* ---- records become instances ------------------------------------------- */

static void
load_inst(struct sup *sup, struct app *app, const struct m_state_inst *rec)
{
	struct inst	*inst;
	int		 known;

	if (rec->inst.instance >= app->wanted && rec->sig.pid == 0 &&
	    app_inst(app, rec->inst.instance) == NULL)
		return;
	inst = app_inst_make(sup, app, rec->inst.instance);
	inst->recorded = 1;
	inst->restarts = rec->restarts;
	inst->backoff = rec->backoff;
	budget_load(&inst->budget, rec->times_ms, rec->ntimes, out_now(sup),
	    out_wall(sup));
	/* what the parent says is newer */
	known = inst->alive || inst->exit != NULL;
	if (known && inst->generation != rec->inst.generation)
		return;
	inst->generation = rec->inst.generation;
	inst->deadline_ms = rec->deadline_ms;
	app_set_status(sup, inst, rec->status);
	if (known)
		return;
	inst->sig = rec->sig;
	inst->started_ms = rec->started_ms;
}

static uint32_t
load_wanted(const struct app *app, const struct m_state_app *rec)
{
	uint32_t	 max = app->conf.scaling_max;

	/* a count that was scaled holds until the configuration's changes */
	if (rec->instances == 0 || (rec->configured != 0 &&
	    rec->configured != app->conf.instances))
		return (app->conf.instances);
	if (max != 0 && rec->instances > max)
		return (max);
	return (rec->instances);
}

static void
load_record(struct sup *sup, struct app *app)
{
	struct saved_app	*s = saved_find(sup, app->name);
	uint32_t		 i;

	app->intent = (app->conf.flags & APP_AUTOSTART) ? INTENT_RUN :
	    INTENT_STOP;
	if (s != NULL) {
		app->intent = s->rec.intent;
		app->wanted = load_wanted(app, &s->rec);
		app->exit = s->rec.exit;
		app->has_exit = s->rec.has_exit != 0;
		for (i = 0; i < s->ninsts; i++)
			load_inst(sup, app, &s->insts[i]);
		app->crash_hash = s->rec.crash_hash;
		strlcpy(app->reason, s->reason, sizeof(app->reason));
		saved_free(sup, s);
	}
	if (app->wanted > 0)
		app_inst_make(sup, app, app->wanted - 1);
	for (i = 0; i < app->ninsts; i++)
		app->insts[i]->surplus = i >= app->wanted;
	if (app->removed)
		app->intent = INTENT_STOP;
	app_changed(sup, app);
}

static void
load_adopt(struct sup *sup, const struct inst *inst)
{
	struct m_alive	 m;

	if (inst->sig.pid == 0 || inst->alive || inst->exit != NULL)
		return;
	memset(&m, 0, sizeof(m));
	app_inst_id(inst, &m.inst);
	m.sig = inst->sig;
	m.started_ms = inst->started_ms;
	m.execed = inst->status != S_STARTING;
	m.stopping = inst->status == S_STOPPING;
	out_send(sup, K_PARENT, M_ADOPT, &m, NULL);
}

void
load_check(struct sup *sup)
{
	struct m_none	 none = { 0 };
	struct app	*app;
	uint32_t	 i;

	if (sup->phase != PH_LOADING || !sup->have_conf || !sup->have_alive ||
	    !sup->have_state)
		return;
	sup->phase = PH_ADOPTING;
	out_bulk(sup, K_PARENT, 1);
	APP_FOREACH(app, sup) {
		load_record(sup, app);
		/* pids of another boot name nobody */
		for (i = 0; i < app->ninsts && sup->same_boot; i++)
			load_adopt(sup, app->insts[i]);
	}
	out_send(sup, K_PARENT, M_ADOPT_END, &none, NULL);
	out_bulk(sup, K_PARENT, 0);
}

/* ---- and are decided about ---------------------------------------------- */

/* It lives: as it was, but for a stop that is going on or due. */
static void
load_living(struct sup *sup, struct inst *inst)
{
	struct fsm_input	 in = { .event = EV_STOP, .grace = 1 };
	int			 stopping = inst->status == S_STOPPING;
	int			 run = inst->app->intent == INTENT_RUN;
	int64_t			 left = inst->deadline_ms - out_wall(sup);

	fsm_adopt(sup, inst, inst->status == S_ONLINE);
	if (inst->stopping) {
		/* the parent knows its deadline */
		timer_cancel(&sup->timers, &inst->timer);
		app_set_status(sup, inst, S_STOPPING);
		inst->again = run && !inst->surplus;
		return;
	}
	if (stopping) {
		in.timeout_ms = left < 0 ? 0 : left > UINT32_MAX ?
		    inst->app->conf.stop_timeout_ms : (uint32_t)left;
		fsm_event(sup, inst, &in);
		inst->again = run && !inst->surplus;
	} else if (!run || inst->surplus) {
		in.grace = 0;
		fsm_event(sup, inst, &in);
	}
}

/* It ended while no supervisor was there to see it. */
static void
load_dead_now(struct sup *sup, struct inst *inst)
{
	struct fsm_input	 in = { .event = EV_EXIT };
	enum status		 was = inst->status;

	in.exit = inst->exit;
	inst->execed = (inst->exit->flags & EXIT_NOEXEC) == 0;
	fsm_adopt(sup, inst, was == S_ONLINE);
	if (was == S_STOPPING || (inst->exit->flags & EXIT_STOPPED)) {
		timer_cancel(&sup->timers, &inst->timer);
		app_set_status(sup, inst, S_STOPPING);
		inst->again = inst->app->intent == INTENT_RUN;
	}
	fsm_event(sup, inst, &in);
	free(inst->exit);
	inst->exit = NULL;
}

/* Did it stop for a reason that is over with a new daemon? */
static int
load_resumes(const struct app *app)
{
	return (strcmp(app->reason, REASON_SHUTDOWN) == 0 ||
	    strcmp(app->reason, REASON_RESTART) == 0 ||
	    strncmp(app->reason, REASON_WAITING,
	    sizeof(REASON_WAITING) - 1) == 0);
}

static int
load_should_run(struct sup *sup, const struct inst *inst)
{
	const struct app	*app = inst->app;

	switch (inst->status) {
	case S_CRASHED:
		return (!sup->same_boot || app_amended(app));
	case S_STOPPED:
		if (!inst->recorded || inst->generation == 0 ||
		    load_resumes(app))
			return (1);
		return (!sup->same_boot &&
		    app->conf.policy != RESTART_NEVER);
	default:
		return (1);
	}
}

static void
load_relaunch(struct sup *sup, struct inst *inst)
{
	const struct fsm_input	 in = { .event = EV_LAUNCH };

	if (inst->status == S_CRASHED)
		inst->restarts = 0;
	if (!sup->same_boot || inst->status == S_CRASHED)
		fsm_fresh(inst);
	app_set_status(sup, inst, S_STOPPED);
	if (sup->shutdown.going)
		app_set_reason(sup, inst->app, REASON_SHUTDOWN);
	else
		fsm_event(sup, inst, &in);
}

/* It has no process. */
static void
load_dead(struct sup *sup, struct inst *inst)
{
	struct app	*app = inst->app;
	int64_t		 gone = -1;

	memset(&inst->sig, 0, sizeof(inst->sig));
	inst->deadline_ms = 0;
	if (app->intent != INTENT_RUN || inst->surplus) {
		app_set_status(sup, inst, S_STOPPED);
		return;
	}
	if (!load_should_run(sup, inst)) {
		inst->finished = inst->status == S_STOPPED;
		return;
	}
	if (inst->status == S_ERRORED && sup->same_boot &&
	    !sup->shutdown.going) {
		if (app->has_exit && app->exit.inst.instance == inst->number)
			gone = out_wall(sup) - app->exit.at_ms;
		fsm_resume_backoff(sup, inst, gone);
		return;
	}
	load_relaunch(sup, inst);
}

static void
load_decide(struct sup *sup, struct app *app, int living)
{
	char		 reason[REASON_SIZE];
	struct inst	*inst;
	uint32_t	 i;

	/* each instance decides by what was recorded, not by its sisters */
	strlcpy(reason, app->reason, sizeof(reason));
	for (i = 0; i < app->ninsts; i++) {
		inst = app->insts[i];
		if (living != (inst->alive && inst->exit == NULL))
			continue;
		if (!living)
			strlcpy(app->reason, reason, sizeof(app->reason));
		if (living)
			load_living(sup, inst);
		else if (inst->exit != NULL)
			load_dead_now(sup, inst);
		else
			load_dead(sup, inst);
	}
	app_kick(sup, app);
}

/* Those that live first, so that nobody waits for them. */
static void
load_finish(struct sup *sup)
{
	struct app	*app;

	sup->phase = PH_RUNNING;
	APP_FOREACH(app, sup)
		load_decide(sup, app, 1);
	APP_FOREACH(app, sup)
		load_decide(sup, app, 0);
	persist_begin(sup);
	view_begin(sup);
	shutdown_check(sup);
	log_debug("running, %u instances live", sup->nprocess);
}

int
load_alive_end(struct sup *sup)
{
	switch (sup->phase) {
	case PH_LOADING:
		if (sup->have_alive)
			return (-1);
		sup->have_alive = 1;
		load_check(sup);
		return (0);
	case PH_ADOPTING:
		load_finish(sup);
		return (0);
	case PH_RUNNING:
		break;
	}
	return (-1);
}

void
load_app(struct sup *sup, struct app *app)
{
	load_record(sup, app);
	load_decide(sup, app, 0);
}
