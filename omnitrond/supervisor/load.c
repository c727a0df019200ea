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
#include "omnitrond/supervisor/strategy.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

/* A stop of what no configuration names any more. */
#define STRANGER_STOP_MS	10000

/* Records of an app, until they are ours (or for good: not configured). */
struct saved_inst {
	char			 process[NAME_SIZE];
	struct m_state_inst	 rec;
};

struct saved_app {
	TAILQ_ENTRY(saved_app)	 entry;
	char			 name[NAME_SIZE];
	char			 reason[REASON_SIZE];
	char			 exited[NAME_SIZE];	/* its process */
	struct m_state_app	 rec;
	struct why_app		 why;
	struct saved_inst	*insts;
	uint32_t		 ninsts;
};

/* Of one app: no record that is ours has more. */
#define SAVED_INSTS_MAX	(PROCESSES_MAX * INSTANCES_MAX)

void
load_init(struct sup *sup)
{
	TAILQ_INIT(&sup->saved);
}

static void
saved_free(struct sup *sup, struct saved_app *s)
{
	TAILQ_REMOVE(&sup->saved, s, entry);
	why_free(&s->why);
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
    const char *name, const char *reason, const char *exited)
{
	struct saved_app	*s;

	if (!name_valid(name) || m->status >= S_MAX ||
	    m->intent > INTENT_RUN)
		return (-1);
	if (load_past(sup))
		return (0);
	if (sup->have_state)
		return (-1);
	s = xcalloc(1, sizeof(*s));
	strlcpy(s->name, name, sizeof(s->name));
	strlcpy(s->reason, reason, sizeof(s->reason));
	strlcpy(s->exited, exited, sizeof(s->exited));
	s->rec = *m;
	why_init(&s->why);
	TAILQ_INSERT_TAIL(&sup->saved, s, entry);
	return (0);
}

int
load_state_why(struct sup *sup, const struct m_state_why *m,
    const char *name, const char *process, const char *on, const char *text)
{
	struct saved_app	*s;

	if (load_past(sup))
		return (0);
	/* like instances they follow their app */
	s = TAILQ_LAST(&sup->saved, saved_apps);
	if (sup->have_state || s == NULL || strcmp(s->name, name) != 0)
		return (-1);
	return (why_load(&s->why, m, process, on, text));
}

int
load_state_inst(struct sup *sup, const struct m_state_inst *m,
    const char *name, const char *process)
{
	struct saved_app	*s;

	if (m->status >= S_MAX || m->ntimes > RESTART_TIMES_MAX ||
	    !instance_valid(m->inst.instance) || m->wanted > INSTANCES_MAX ||
	    !name_valid(process))
		return (-1);
	if (load_past(sup))
		return (0);
	if (sup->have_state)
		return (-1);
	/* instances follow their app */
	s = TAILQ_LAST(&sup->saved, saved_apps);
	if (s == NULL || strcmp(s->name, name) != 0)
		return (-1);
	if (s->ninsts == SAVED_INSTS_MAX)
		return (0);
	s->insts = xreallocarray(s->insts, s->ninsts + 1, sizeof(*s->insts));
	s->insts[s->ninsts].rec = *m;
	strlcpy(s->insts[s->ninsts++].process, process,
	    sizeof(s->insts->process));
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
	if (text[0] != '\0') {
		log_warnx("state: %s", text);
		view_degraded(sup, CAUSE_LOADED, text);
	}
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

static struct process *
load_process(struct sup *sup, const struct m_inst *id)
{
	struct app	*app = app_find(sup, id->app);

	return (app == NULL ? NULL : process_find(app, id->process));
}

int
load_alive(struct sup *sup, const struct m_alive *m, int fd)
{
	struct process	*p;
	struct inst	*inst;

	if (sup->phase == PH_RUNNING || !sup->have_conf ||
	    !instance_valid(m->inst.instance)) {
		if (fd != -1)
			close(fd);
		return (-1);
	}
	if ((p = load_process(sup, &m->inst)) == NULL) {
		if (fd != -1)
			close(fd);
		load_stranger(sup, &m->inst);
		return (0);
	}
	inst = rolling_slot(sup, p, m->inst.instance);
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
	if ((inst = inst_of(sup, id)) != NULL && !inst->alive)
		memset(&inst->sig, 0, sizeof(inst->sig));
	return (0);
}

void
load_exited(struct sup *sup, const struct m_exited *m)
{
	struct process	*p = load_process(sup, &m->inst);
	struct inst	*inst;

	if (p == NULL || !instance_valid(m->inst.instance))
		return;
	inst = rolling_slot(sup, p, m->inst.instance);
	inst->generation = m->inst.generation;
	if (inst->exit == NULL)
		inst->exit = xmalloc(sizeof(*inst->exit));
	*inst->exit = *m;
}

/* ---- records become instances ------------------------------------------- */

static void
load_inst(struct sup *sup, struct process *p, const struct m_state_inst *rec)
{
	struct inst	*inst;
	uint16_t	 number = instance_number(rec->inst.instance);
	int		 known;

	if (number >= p->wanted && rec->sig.pid == 0 &&
	    process_inst(p, number) == NULL)
		return;
	inst = rolling_slot(sup, p, rec->inst.instance);
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
	inst->finished = rec->finished != 0;
	inst_set_status(sup, inst, rec->status);
	if (known)
		return;
	inst->sig = rec->sig;
	inst->started_ms = rec->started_ms;
}

/* A count that was scaled holds until the configuration's changes. */
static uint32_t
load_wanted(const struct process *p, const struct m_state_inst *rec)
{
	uint32_t	 max = p->conf.scaling_max;

	if (p->removed)
		return (0);
	if (rec->wanted == 0 || rec->configured != p->conf.instances)
		return (p->conf.instances);
	return (max != 0 && rec->wanted > max ? max : rec->wanted);
}

/* All of a process have the count; those it names are made after. */
static void
load_saved(struct sup *sup, struct app *app, struct saved_app *s)
{
	struct process	*p;
	uint32_t	 i;

	for (i = 0; i < s->ninsts; i++)
		if ((p = process_find_name(app, s->insts[i].process)) != NULL)
			p->wanted = load_wanted(p, &s->insts[i].rec);
	for (i = 0; i < s->ninsts; i++)
		if ((p = process_find_name(app, s->insts[i].process)) != NULL)
			load_inst(sup, p, &s->insts[i].rec);
	app->intent = s->rec.intent;
	app->exit = s->rec.exit;
	app->has_exit = s->rec.has_exit != 0;
	p = process_find_name(app, s->exited);
	app->exit.inst.process = p != NULL ? (uint16_t)p->conf.id :
	    PROCESS_ANY;
	app->crash_hash = s->rec.crash_hash;
	app->watch = s->rec.watch < WISH_MAX ? s->rec.watch : WISH_NONE;
	why_take(app, &s->why);
	app_load_reason(app, s->reason);
}

/* As many as are wanted, and no more. */
static void
load_fill(struct sup *sup, struct app *app)
{
	struct process	*p;
	struct inst	*inst;

	PROCESS_FOREACH(p, app)
		if (p->wanted > 0)
			process_inst_make(sup, p, p->wanted - 1);
	INST_FOREACH(inst, app)
		inst->surplus = inst->number >= inst->process->wanted;
	if (app->removed)
		app->intent = INTENT_STOP;
	app_changed(sup, app);
}

static void
load_record(struct sup *sup, struct app *app)
{
	struct saved_app	*s = saved_find(sup, app->name);

	app->intent = (app->conf.flags & APP_AUTOSTART) ? INTENT_RUN :
	    INTENT_STOP;
	if (s != NULL) {
		load_saved(sup, app, s);
		saved_free(sup, s);
	}
	why_new(sup, app);
	load_fill(sup, app);
}

static void
load_adopt(struct sup *sup, const struct inst *inst)
{
	struct m_alive	 m;

	if (inst->sig.pid == 0 || inst->alive || inst->exit != NULL)
		return;
	memset(&m, 0, sizeof(m));
	inst_id(inst, &m.inst);
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
	struct inst	*inst;

	if (sup->phase != PH_LOADING || !sup->have_conf || !sup->have_alive ||
	    !sup->have_state)
		return;
	sup->phase = PH_ADOPTING;
	out_bulk(sup, K_PARENT, 1);
	APP_FOREACH(app, sup) {
		load_record(sup, app);
		/* pids of another boot name nobody */
		if (!sup->same_boot)
			continue;
		INST_FOREACH(inst, app) {
			load_adopt(sup, inst);
			if (inst->twin != NULL)
				load_adopt(sup, inst->twin);
		}
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
		inst_set_status(sup, inst, S_STOPPING);
		inst->again = run && !inst->surplus;
		return;
	}
	if (stopping) {
		in.timeout_ms = left < 0 ? 0 : left > UINT32_MAX ?
		    inst->process->conf.stop_timeout_ms : (uint32_t)left;
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
		inst_set_status(sup, inst, S_STOPPING);
		inst->again = inst->app->intent == INTENT_RUN;
	}
	fsm_event(sup, inst, &in);
	free(inst->exit);
	inst->exit = NULL;
}

static int
load_should_run(struct sup *sup, const struct inst *inst)
{
	const struct app	*app = inst->app;

	switch (inst->status) {
	case S_CRASHED:
		return (!sup->same_boot || app_amended(app));
	case S_STOPPED:
		return (!inst->finished || (!sup->same_boot &&
		    inst->process->conf.policy != RESTART_NEVER));
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
	inst_set_status(sup, inst, S_STOPPED);
	if (sup->shutdown.going) {
		inst_set_reason(sup, inst, REASON_SHUTDOWN);
		return;
	}
	fsm_event(sup, inst, &in);
	if (inst->recorded && inst->running)
		why_booted(sup, inst->app, sup->same_boot);
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
		inst_set_status(sup, inst, S_STOPPED);
		return;
	}
	if (!load_should_run(sup, inst))
		return;
	if (inst->status == S_ERRORED && sup->same_boot &&
	    !sup->shutdown.going) {
		if (app->has_exit &&
		    app->exit.inst.process == inst->process->conf.id &&
		    app->exit.inst.instance == inst->number)
			gone = out_wall(sup) - app->exit.at_ms;
		fsm_resume_backoff(sup, inst, gone);
		return;
	}
	load_relaunch(sup, inst);
}

/* The current one, which lives, and its twin if that does, too. */
static void
load_both(struct sup *sup, struct inst *inst)
{
	struct inst	*twin = inst->twin;

	if (twin != NULL && twin->part == PART_OVER)
		twin = NULL;
	if (twin != NULL)
		load_living(sup, twin);
	load_living(sup, inst);
	if (twin != NULL)
		rolling_resume(sup, twin);
}

static void
load_decide(struct sup *sup, struct app *app, int living)
{
	struct inst	*inst, *next;

	for (inst = TAILQ_FIRST(&app->insts); inst != NULL; inst = next) {
		next = TAILQ_NEXT(inst, of_app);
		if (living != (inst->alive && inst->exit == NULL))
			continue;
		if (living)
			load_both(sup, inst);
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
	struct inst	*inst;

	/* a reload may have come while the parent looked */
	APP_FOREACH(app, sup)
		if (TAILQ_EMPTY(&app->insts))
			load_record(sup, app);
		else
			load_fill(sup, app);
	APP_FOREACH(app, sup)
		rolling_load(sup, app);
	sup->phase = PH_RUNNING;
	APP_FOREACH(app, sup)
		load_decide(sup, app, 1);
	APP_FOREACH(app, sup)
		INST_FOREACH(inst, app)
			strategy_load(sup, inst);
	APP_FOREACH(app, sup)
		load_decide(sup, app, 0);
	said_begin(sup);
	watch_begin(sup);
	persist_begin(sup);
	view_begin_all(sup);
	secrets_tell(sup);
	publish_daemon(sup, EVENT_DAEMON_STARTED, "");
	shutdown_check(sup);
	log_debug("running, %u instances live", sup->nrunning);
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
