/*
 * The control process answers reads from records that are pushed to it when
 * they change: at most one batch without a receipt, and what changes
 * meanwhile is sent once, as it is then.  Supervisor process.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

void
view_init(struct sup *sup)
{
	TAILQ_INIT(&sup->view.dirty);
}

void
view_free(struct sup *sup)
{
	int	 i;

	for (i = 0; i < CAUSE_MAX; i++) {
		free(sup->view.degraded[i]);
		sup->view.degraded[i] = NULL;
	}
}

void
view_app(struct sup *sup, struct app *app)
{
	if (app->unseen)
		return;
	app->unseen = 1;
	TAILQ_INSERT_TAIL(&sup->view.dirty, app, view_entry);
	sup_want_turn(sup);
}

void
view_all(struct sup *sup)
{
	struct app	*app;

	APP_FOREACH(app, sup)
		view_app(sup, app);
}

void
view_forget(struct sup *sup, struct app *app)
{
	if (app->unseen)
		TAILQ_REMOVE(&sup->view.dirty, app, view_entry);
	app->unseen = 0;
}

static int
view_ready(struct sup *sup)
{
	return (sup->view.on && out_there(sup, K_CONTROL));
}

int
view_idle(struct sup *sup)
{
	return (view_ready(sup) && sup->view.synced == sup->view.seq);
}

/* ---- records ------------------------------------------------------------ */

static void
view_fill_app(struct sup *sup, const struct app *app, struct m_view_app *m)
{
	const struct inst	*inst;

	memset(m, 0, sizeof(*m));
	m->id = app->conf.id;
	m->status = app->tally.status;
	m->intent = app->intent;
	m->instances = app_wanted(app);
	m->port = app->conf.port;
	m->exit = app->exit;
	if (app->has_exit)
		m->flags |= VIEW_EXIT;
	if (app->conf.flags & APP_CRITICAL)
		m->flags |= VIEW_CRITICAL;
	if (app_bootstrap(app))
		m->flags |= VIEW_BOOTSTRAP;
	if (watch_is_off(app))
		m->flags |= VIEW_UNWATCHED;
	if (app->metrics_off || sup->metrics.off)
		m->flags |= VIEW_METRICS_OFF;
	if (sup->persist.error != 0 && app->seq > sup->persist.stored)
		m->flags |= VIEW_UNSAVED;
	INST_FOREACH(inst, app) {
		m->restarts += inst->restarts;
		if (inst->held)
			m->flags |= VIEW_HELD;
		if (inst->running && (m->started_ms == 0 ||
		    inst->started_ms < m->started_ms))
			m->started_ms = inst->started_ms;
		if (inst->retry_ms != 0 && (m->retry_ms == 0 ||
		    inst->retry_ms < m->retry_ms))
			m->retry_ms = inst->retry_ms;
	}
}

static size_t
view_send_inst(struct sup *sup, struct inst *inst)
{
	char			 text[STATUS_TEXT_MAX + 1];
	struct m_view_inst	 m;

	said_show(inst, text, sizeof(text));
	memset(&m, 0, sizeof(m));
	inst_id(inst, &m.inst);
	m.inst.instance = inst->number;
	m.pid = inst->running ? inst->sig.pid : 0;
	m.status = inst->status;
	m.restarts = inst->restarts;
	m.started_ms = inst->running ? inst->started_ms : 0;
	m.check = health_on(inst) ? (uint16_t)inst->process->conf.check :
	    CHECK_NONE;
	m.health = (uint16_t)health_state(inst);
	if (inst->watchdog.silent)
		m.flags |= INST_SILENT;
	out_send(sup, K_CONTROL, M_VIEW_INST, &m, inst->process->name, text,
	    health_text(inst), NULL);
	inst->unseen = 0;
	return (IMSG_HEADER_SIZE + sizeof(m) + STR_MAX + strlen(text) +
	    HEALTH_TEXT_SIZE);
}

static size_t
view_send_watch(struct sup *sup, struct process *p)
{
	struct m_view_watch	 m;
	const char		*directory = p->watch.directory;

	memset(&m, 0, sizeof(m));
	m.app = p->app->conf.id;
	m.process = (uint16_t)p->conf.id;
	m.on = (uint16_t)p->watch.on;
	m.pid = p->watch.pid;
	m.folders = p->watch.folders;
	m.trouble = p->watch.trouble;
	m.error = p->watch.error;
	out_send(sup, K_CONTROL, M_VIEW_WATCH, &m, directory == NULL ? "" :
	    directory, p->name, NULL);
	p->watch.unseen = 0;
	return (IMSG_HEADER_SIZE + sizeof(m) + PATH_SIZE + STR_MAX);
}

/* Returns about how many bytes that were. */
static size_t
view_send_app(struct sup *sup, struct app *app)
{
	struct m_view_app	 m;
	struct process		*p;
	struct inst		*inst;
	size_t			 size;

	view_forget(sup, app);
	view_fill_app(sup, app, &m);
	out_send(sup, K_CONTROL, M_VIEW_APP, &m, app->name, app->reason, NULL);
	size = IMSG_HEADER_SIZE + sizeof(m) + STR_MAX + strlen(app->reason);
	INST_FOREACH(inst, app)
		if (inst->unseen)
			size += view_send_inst(sup, inst);
	PROCESS_FOREACH(p, app)
		if (p->watch.unseen)
			size += view_send_watch(sup, p);
	return (size);
}

static void
view_send_process_deps(struct sup *sup, const struct process *p)
{
	const struct process	*on;
	struct m_conf_dep	 m;
	uint32_t		 i;

	memset(&m, 0, sizeof(m));
	m.app = m.on = p->app->conf.id;
	m.process = (uint16_t)p->conf.id;
	for (i = 0; i < p->deps.n; i++) {
		on = p->deps.of[i];
		m.on_process = (uint16_t)on->conf.id;
		out_send(sup, K_CONTROL, M_VIEW_DEP, &m, NULL);
	}
}

static void
view_send_deps(struct sup *sup, const struct app *app)
{
	const struct process	*p;
	const struct app	*on;
	struct m_conf_dep	 m;
	uint32_t		 i;

	memset(&m, 0, sizeof(m));
	m.app = app->conf.id;
	m.process = m.on_process = PROCESS_ANY;
	for (i = 0; i < app->deps.n; i++) {
		on = app->deps.of[i];
		m.on = on->conf.id;
		out_send(sup, K_CONTROL, M_VIEW_DEP, &m, NULL);
	}
	PROCESS_FOREACH(p, app)
		view_send_process_deps(sup, p);
}

static void
view_send_gone(struct sup *sup, const struct m_inst *id)
{
	if (view_ready(sup))
		out_send(sup, K_CONTROL, M_VIEW_GONE, id, NULL);
}

void
view_inst_gone(struct sup *sup, const struct inst *inst)
{
	struct m_inst	 id;

	inst_id(inst, &id);
	id.instance = inst->number;
	view_send_gone(sup, &id);
}

void
view_app_gone(struct sup *sup, const struct app *app)
{
	struct m_inst	 id;

	memset(&id, 0, sizeof(id));
	id.app = app->conf.id;
	id.process = PROCESS_ANY;
	id.instance = INSTANCE_ANY;
	view_send_gone(sup, &id);
}

static void
view_send_degraded(struct sup *sup, enum cause cause)
{
	struct m_degraded	 m;
	const char		*text = sup->view.degraded[cause];

	memset(&m, 0, sizeof(m));
	m.cause = cause;
	out_send(sup, K_CONTROL, M_VIEW_DEGRADED, &m, text == NULL ? "" : text,
	    NULL);
}

/* ---- batches ------------------------------------------------------------ */

static void
view_sync(struct sup *sup)
{
	struct m_sync	 m;

	memset(&m, 0, sizeof(m));
	m.seq = ++sup->view.seq;
	out_send(sup, K_CONTROL, M_VIEW_SYNC, &m, NULL);
}

/*
 * All of it is one batch, whatever its size: control answers from what it
 * has, and half of the apps would be wrong.
 */
void
view_begin(struct sup *sup)
{
	struct m_none	 none = { 0 };
	struct app	*app;
	struct process	*p;
	struct inst	*inst;
	int		 cause;

	if (sup->phase != PH_RUNNING || !out_there(sup, K_CONTROL))
		return;
	sup->view.on = 1;
	out_bulk(sup, K_CONTROL, 1);
	out_send(sup, K_CONTROL, M_VIEW_BEGIN, &none, NULL);
	APP_FOREACH(app, sup) {
		INST_FOREACH(inst, app)
			inst->unseen = 1;
		PROCESS_FOREACH(p, app)
			p->watch.unseen = p->watch.on;
		view_send_app(sup, app);
	}
	APP_FOREACH(app, sup)
		view_send_deps(sup, app);
	for (cause = 0; cause < CAUSE_MAX; cause++)
		if (sup->view.degraded[cause] != NULL)
			view_send_degraded(sup, cause);
	view_sync(sup);
	out_bulk(sup, K_CONTROL, 0);
}

void
view_control_down(struct sup *sup)
{
	sup->view.on = 0;
	sup->view.synced = sup->view.seq;
	sup_want_turn(sup);
}

void
view_ask(struct sup *sup)
{
	if (view_ready(sup))
		view_sync(sup);
}

int
view_owes(struct sup *sup)
{
	return (view_ready(sup) && sup->view.synced != sup->view.seq);
}

void
view_pump(struct sup *sup)
{
	struct app	*app;
	size_t		 size = 0;

	if (!view_idle(sup) || TAILQ_EMPTY(&sup->view.dirty))
		return;
	while (size < VIEW_BATCH_MAX &&
	    (app = TAILQ_FIRST(&sup->view.dirty)) != NULL)
		size += view_send_app(sup, app);
	view_sync(sup);
}

void
view_push(struct sup *sup, struct app *app)
{
	if (!view_ready(sup))
		return;
	if (app != NULL) {
		if (app->unseen)
			view_send_app(sup, app);
		return;
	}
	out_bulk(sup, K_CONTROL, 1);
	while ((app = TAILQ_FIRST(&sup->view.dirty)) != NULL)
		view_send_app(sup, app);
	out_bulk(sup, K_CONTROL, 0);
}

int
view_synced(struct sup *sup, uint64_t seq)
{
	if (seq > sup->view.seq || seq <= sup->view.synced)
		return (-1);
	sup->view.synced = seq;
	sup_want_turn(sup);
	return (0);
}

void
view_degraded(struct sup *sup, enum cause cause, const char *text)
{
	char	**p = &sup->view.degraded[cause];

	free(*p);
	*p = text[0] == '\0' ? NULL : xstrdup(text);
	if (view_ready(sup))
		view_send_degraded(sup, cause);
}
