/*
 * Each plane answers reads from records that are pushed to it when they
 * change: at most one batch without a receipt, and what changes meanwhile is
 * sent once, as it is then.  A plane that is slow or away is no matter of the
 * others.  Supervisor process.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/supervisor/permit.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

#define PLANE_FOREACH(n)	for ((n) = 0; (n) < PLANES; (n)++)

void
view_init(struct sup *sup)
{
	uint32_t	 n;

	PLANE_FOREACH(n)
		TAILQ_INIT(&sup->view.plane[n].dirty);
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

/* Only for planes that have the rest: others are told all when they come. */
void
view_app(struct sup *sup, struct app *app)
{
	unsigned int	 add = sup->view.on & ~app->unseen;
	uint32_t	 n;

	if (add == 0)
		return;
	app->unseen |= add;
	PLANE_FOREACH(n)
		if (add & (1u << n))
			TAILQ_INSERT_TAIL(&sup->view.plane[n].dirty, app,
			    view_entry[n]);
	sup_want_turn(sup);
}

void
view_all(struct sup *sup)
{
	struct app	*app;

	APP_FOREACH(app, sup)
		view_app(sup, app);
}

static void
view_clean(struct sup *sup, uint32_t n, struct app *app)
{
	if (app->unseen & (1u << n))
		TAILQ_REMOVE(&sup->view.plane[n].dirty, app, view_entry[n]);
	app->unseen &= ~(1u << n);
}

void
view_forget(struct sup *sup, struct app *app)
{
	uint32_t	 n;

	PLANE_FOREACH(n)
		view_clean(sup, n, app);
}

static int
view_ready(struct sup *sup, uint32_t n)
{
	return ((sup->view.on & (1u << n)) && out_there(sup, plane_kind(n)));
}

/* To each plane that has the rest. */
static void
view_tell(struct sup *sup, enum msg_type type, const void *m,
    const char *text)
{
	uint32_t	 n;

	PLANE_FOREACH(n)
		if (view_ready(sup, n))
			out_send(sup, plane_kind(n), type, m, text, NULL);
}

static int
plane_idle(struct sup *sup, uint32_t n)
{
	return (view_ready(sup, n) &&
	    sup->view.plane[n].synced == sup->view.plane[n].seq);
}

unsigned int
view_idle(struct sup *sup)
{
	unsigned int	 idle = 0;
	uint32_t	 n;

	PLANE_FOREACH(n)
		if (plane_idle(sup, n))
			idle |= 1u << n;
	return (idle);
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
	if (app->nstale > 0)
		m->flags |= VIEW_STALE;
	m->owner = permit_owner(app);
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
view_send_inst(struct sup *sup, uint32_t n, struct inst *inst)
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
	out_send(sup, plane_kind(n), M_VIEW_INST, &m, inst->process->name,
	    text, health_text(inst), NULL);
	inst->unseen &= ~(1u << n);
	return (IMSG_HEADER_SIZE + sizeof(m) + STR_MAX + strlen(text) +
	    HEALTH_TEXT_SIZE);
}

static size_t
view_send_watch(struct sup *sup, uint32_t n, struct process *p)
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
	out_send(sup, plane_kind(n), M_VIEW_WATCH, &m, directory == NULL ?
	    "" : directory, p->name, NULL);
	p->watch.unseen &= ~(1u << n);
	return (IMSG_HEADER_SIZE + sizeof(m) + PATH_SIZE + STR_MAX);
}

/* Returns about how many bytes that were. */
static size_t
view_send_app(struct sup *sup, uint32_t n, struct app *app)
{
	struct m_view_app	 m;
	struct process		*p;
	struct inst		*inst;
	char			 stale[NAME_SIZE + 64];
	const char		*reason = app->reason;
	size_t			 size;

	view_clean(sup, n, app);
	view_fill_app(sup, app, &m);
	if (app->nstale > 0 && reason[0] == '\0') {
		secret_stale_text(app, stale, sizeof(stale));
		reason = stale;
	}
	out_send(sup, plane_kind(n), M_VIEW_APP, &m, app->name, reason, NULL);
	size = IMSG_HEADER_SIZE + sizeof(m) + STR_MAX + strlen(reason);
	INST_FOREACH(inst, app)
		if (inst->unseen & (1u << n))
			size += view_send_inst(sup, n, inst);
	PROCESS_FOREACH(p, app)
		if (p->watch.unseen & (1u << n))
			size += view_send_watch(sup, n, p);
	return (size);
}

static void
view_send_process_deps(struct sup *sup, uint32_t n, const struct process *p)
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
		out_send(sup, plane_kind(n), M_VIEW_DEP, &m, NULL);
	}
}

static void
view_send_deps(struct sup *sup, uint32_t n, const struct app *app)
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
		out_send(sup, plane_kind(n), M_VIEW_DEP, &m, NULL);
	}
	PROCESS_FOREACH(p, app)
		view_send_process_deps(sup, n, p);
}

void
view_inst_gone(struct sup *sup, const struct inst *inst)
{
	struct m_inst	 id;

	inst_id(inst, &id);
	id.instance = inst->number;
	view_tell(sup, M_VIEW_GONE, &id, NULL);
}

void
view_app_gone(struct sup *sup, const struct app *app)
{
	struct m_inst	 id;

	memset(&id, 0, sizeof(id));
	id.app = app->conf.id;
	id.process = PROCESS_ANY;
	id.instance = INSTANCE_ANY;
	view_tell(sup, M_VIEW_GONE, &id, NULL);
}

static void
view_send_degraded(struct sup *sup, uint32_t n, enum cause cause)
{
	struct m_degraded	 m;
	const char		*text = sup->view.degraded[cause];

	memset(&m, 0, sizeof(m));
	m.cause = cause;
	out_send(sup, plane_kind(n), M_VIEW_DEGRADED, &m,
	    text == NULL ? "" : text, NULL);
}

/* ---- batches ------------------------------------------------------------ */

static void
view_sync(struct sup *sup, uint32_t n)
{
	struct m_sync	 m;

	memset(&m, 0, sizeof(m));
	m.seq = ++sup->view.plane[n].seq;
	out_send(sup, plane_kind(n), M_VIEW_SYNC, &m, NULL);
}

static void
view_begin_apps(struct sup *sup, uint32_t n)
{
	struct app	*app;
	struct process	*p;
	struct inst	*inst;

	APP_FOREACH(app, sup) {
		INST_FOREACH(inst, app)
			inst->unseen |= 1u << n;
		PROCESS_FOREACH(p, app)
			if (p->watch.on)
				p->watch.unseen |= 1u << n;
			else
				p->watch.unseen &= ~(1u << n);
		view_send_app(sup, n, app);
	}
	APP_FOREACH(app, sup)
		view_send_deps(sup, n, app);
}

/*
 * All of it is one batch, whatever its size: a plane answers from what it
 * has, and half of the apps would be wrong.
 */
void
view_begin(struct sup *sup, enum kind plane)
{
	struct m_none	 none = { 0 };
	uint32_t	 n = plane_number(plane);
	int		 cause;

	if (sup->phase != PH_RUNNING || !out_there(sup, plane))
		return;
	sup->view.on |= 1u << n;
	out_bulk(sup, plane, 1);
	out_send(sup, plane, M_VIEW_BEGIN, &none, NULL);
	view_begin_apps(sup, n);
	/* before it answers anybody */
	if (plane == K_NETWORK)
		revoke_tell(sup);
	for (cause = 0; cause < CAUSE_MAX; cause++)
		if (sup->view.degraded[cause] != NULL)
			view_send_degraded(sup, n, cause);
	view_sync(sup, n);
	out_bulk(sup, plane, 0);
}

void
view_begin_all(struct sup *sup)
{
	uint32_t	 n;

	PLANE_FOREACH(n)
		view_begin(sup, plane_kind(n));
}

void
view_down(struct sup *sup, enum kind plane)
{
	uint32_t	 n = plane_number(plane);
	struct plane	*v = &sup->view.plane[n];
	struct app	*app;

	sup->view.on &= ~(1u << n);
	while ((app = TAILQ_FIRST(&v->dirty)) != NULL)
		view_clean(sup, n, app);
	v->synced = v->seq;
	sup_want_turn(sup);
}

void
view_ask(struct sup *sup)
{
	uint32_t	 n;

	PLANE_FOREACH(n)
		if (view_ready(sup, n))
			view_sync(sup, n);
}

int
view_owes(struct sup *sup)
{
	uint32_t	 n;

	PLANE_FOREACH(n)
		if (view_ready(sup, n) && !plane_idle(sup, n))
			return (1);
	return (0);
}

static void
view_pump_plane(struct sup *sup, uint32_t n)
{
	struct app	*app;
	size_t		 size = 0;

	while (size < VIEW_BATCH_MAX &&
	    (app = TAILQ_FIRST(&sup->view.plane[n].dirty)) != NULL)
		size += view_send_app(sup, n, app);
	view_sync(sup, n);
}

void
view_pump(struct sup *sup)
{
	uint32_t	 n;

	PLANE_FOREACH(n)
		if (!TAILQ_EMPTY(&sup->view.plane[n].dirty) &&
		    plane_idle(sup, n))
			view_pump_plane(sup, n);
}

void
view_push(struct sup *sup, enum kind plane, struct app *app)
{
	uint32_t	 n = plane_number(plane);

	if (!view_ready(sup, n))
		return;
	if (app != NULL) {
		if (app->unseen & (1u << n))
			view_send_app(sup, n, app);
		return;
	}
	out_bulk(sup, plane, 1);
	while ((app = TAILQ_FIRST(&sup->view.plane[n].dirty)) != NULL)
		view_send_app(sup, n, app);
	out_bulk(sup, plane, 0);
}

int
view_synced(struct sup *sup, enum kind plane, uint64_t seq)
{
	struct plane	*v = &sup->view.plane[plane_number(plane)];

	if (seq > v->seq || seq <= v->synced)
		return (-1);
	v->synced = seq;
	sup_want_turn(sup);
	return (0);
}

void
view_degraded(struct sup *sup, enum cause cause, const char *text)
{
	struct m_degraded	 m;
	char			**p = &sup->view.degraded[cause];

	if ((*p == NULL) != (text[0] == '\0') ||
	    (*p != NULL && strcmp(*p, text) != 0))
		publish_daemon(sup, EVENT_DEGRADED, text);
	free(*p);
	*p = text[0] == '\0' ? NULL : xstrdup(text);
	memset(&m, 0, sizeof(m));
	m.cause = cause;
	view_tell(sup, M_VIEW_DEGRADED, &m, text);
}
