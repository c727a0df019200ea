/*
 * The second phase of a configuration: CONF_COMMIT switches to what was staged
 * (conf_stage.c).  Supervisor process.
 */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/change.h"
#include "omnitrond/supervisor/conf.h"
#include "omnitrond/supervisor/conf_stage.h"
#include "omnitrond/supervisor/depend.h"
#include "omnitrond/supervisor/load.h"
#include "omnitrond/supervisor/metrics.h"
#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/probe.h"
#include "omnitrond/supervisor/publish.h"
#include "omnitrond/supervisor/shutdown.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

/* It is not in the app's block any more. */
static void
conf_process_gone(struct sup *sup, struct process *p)
{
	uint32_t	 i;

	if (p->removed)
		return;
	if (sup->phase == PH_RUNNING && !sup->shutdown.going) {
		ops_remove(sup, p);
		return;
	}
	p->removed = 1;
	p->wanted = 0;
	for (i = 0; i < p->ninsts; i++)
		p->insts[i]->surplus = 1;
}

static void
conf_restart(struct sup *sup, struct process *p)
{
	struct task	*op;

	op = ops_add(sup, p->app, (p->conf.flags & PROCESS_ROLLING) != 0 ?
	    OP_RELOAD_APP : OP_RESTART, OPF_NOWAIT, 0, NULL);
	op->process = p;
	why_due(op, WHY_CONFIG, "its configuration changed");
}

/* One that we had: what it says now counts. */
static void
conf_process_update(struct sup *sup, struct process *p,
    const struct m_conf_process *conf)
{
	struct app	*app = p->app;
	int		 count = p->conf.instances != conf->instances ||
			    p->removed || app->removed, changed;

	changed = health_differs(&p->conf, conf);
	p->conf = *conf;
	p->removed = 0;
	if (changed)
		health_again(sup, p);
	metrics_limit(sup, p);
	if (sup->shutdown.going)
		return;
	if (sup->phase != PH_RUNNING) {
		/* a record that is loaded later may know better */
		if (count)
			p->wanted = conf->instances;
		return;
	}
	if (count)
		ops_scale(sup, p, conf->instances);
	if ((conf->flags & PROCESS_CHANGED) && app->intent == INTENT_RUN &&
	    !app->removed)
		conf_restart(sup, p);
}

static void
conf_process_add(struct sup *sup, struct app *app,
    const struct staged_process *sp)
{
	struct process	*p;

	/* the parent keeps ids by name: this would be two of one name */
	if (process_find_name(app, sp->name) != NULL) {
		log_warnx("%s: the configuration gives process %s another id",
		    app->name, sp->name);
		return;
	}
	p = process_new(app, &sp->conf, sp->name);
	if (sup->phase == PH_RUNNING && !sup->shutdown.going)
		ops_scale(sup, p, sp->conf.instances);
}

/* In the order of the configuration; those that go stand in front. */
static void
conf_processes(struct sup *sup, struct app *app, const struct conf_stage *st,
    const struct staged *s)
{
	const struct staged_process	*sp;
	struct process			*p;
	uint32_t			 i;

	PROCESS_FOREACH(p, app)
		if (conf_find_process(st, s, p->conf.id) == NULL)
			conf_process_gone(sup, p);
	for (i = s->first; i < s->first + s->n; i++) {
		sp = &st->procs[i];
		if ((p = process_find(app, sp->conf.id)) == NULL) {
			conf_process_add(sup, app, sp);
			continue;
		}
		TAILQ_REMOVE(&app->processes, p, entry);
		TAILQ_INSERT_TAIL(&app->processes, p, entry);
		conf_process_update(sup, p, &sp->conf);
	}
}

static void
conf_update(struct sup *sup, struct app *app, const struct conf_stage *st,
    const struct staged *s)
{
	int	 back = app->removed;

	app->conf = s->conf;
	app->order = s->order;
	conf_processes(sup, app, st, s);
	app->removed = 0;
	app_changed(sup, app);
	if (sup->shutdown.going || sup->phase != PH_RUNNING)
		return;
	/* it is still being stopped, and then starts like a new one */
	if ((back && (app->conf.flags & APP_AUTOSTART)) ||
	    (app->intent == INTENT_RUN && app_amended(app)))
		why_due(ops_add(sup, app, OP_START, OPF_NOWAIT, 0, NULL),
		    WHY_CONFIG, back ? "it is in the configuration again" :
		    "its configuration changed since it crashed");
}

static void
conf_add(struct sup *sup, const struct conf_stage *st, struct staged *s)
{
	struct app	*app;
	uint32_t	 i;

	/* the parent keeps ids by name: this would be two apps of one name */
	if (app_find_name(sup, s->name) != NULL) {
		log_warnx("%s: the configuration gives it another id", s->name);
		return;
	}
	app = app_new(sup, &s->conf, s->name);
	app->order = s->order;
	for (i = s->first; i < s->first + s->n; i++)
		process_new(app, &st->procs[i].conf, st->procs[i].name);
	app_changed(sup, app);
	s->begin = 1;
}

/* Those that are not in it any more: stopped, dependants first. */
static void
conf_remove(struct sup *sup, const struct conf_stage *st)
{
	struct app	*app;
	uint64_t	 group = ++sup->group;

	APP_FOREACH(app, sup) {
		if (app->removed || conf_find(st, app->conf.id) != NULL)
			continue;
		app->removed = 1;
		ops_cancel(sup, app, OUT_NOT_FOUND,
		    "left the configuration");
		why_due(ops_add(sup, app, OP_STOP, 0, group, NULL), WHY_CONFIG,
		    "it left the configuration");
	}
}

static void
conf_clear_deps(struct sup *sup, const struct conf_stage *st)
{
	struct app	*app;
	struct process	*p;
	uint32_t	 i;

	for (i = 0; i < st->napps; i++) {
		if ((app = app_find(sup, st->apps[i].conf.id)) == NULL)
			continue;
		depend_clear(app);
		PROCESS_FOREACH(p, app)
			process_depend_clear(p);
	}
}

static void
conf_set_dep(struct sup *sup, const struct m_conf_dep *m)
{
	struct app	*app = app_find(sup, m->app), *on;
	struct process	*p, *pon;

	if (app == NULL || (on = app_find(sup, m->on)) == NULL)
		return;
	if (m->process == PROCESS_ANY) {
		depend_add(app, on);
		return;
	}
	p = process_find(app, m->process);
	pon = process_find(app, m->on_process);
	if (p != NULL && pon != NULL)
		process_depend(p, pon);
}

/* What there is to watch, then which of it is watched. */
static void
conf_watches(struct sup *sup, const struct conf_stage *st)
{
	const struct staged_watch	*w;
	struct app			*app;
	struct process			*p;
	uint32_t			 i;

	APP_FOREACH(app, sup)
		PROCESS_FOREACH(p, app)
			p->watch.kept = 0;
	for (i = 0; i < st->nwatches; i++) {
		w = &st->watches[i];
		if ((app = app_find(sup, w->conf.app)) == NULL ||
		    (p = process_find(app, w->conf.process)) == NULL)
			continue;
		watch_set(sup, p, w->directory, w->conf.configured);
		p->watch.kept = 1;
	}
	APP_FOREACH(app, sup) {
		PROCESS_FOREACH(p, app)
			if (!p->watch.kept && !p->removed)
				watch_set(sup, p, NULL, 0);
		watch_settle(sup, app);
	}
}

/* What processes are started with from now on. */
static void
conf_uses(struct sup *sup, const struct conf_stage *st)
{
	struct app	*app;
	struct process	*p;
	uint32_t	 i;

	if (st->nuses == 0 && sup->nuses == 0)
		return;
	APP_FOREACH(app, sup)
		PROCESS_FOREACH(p, app)
			uses_free(&p->uses);
	for (i = 0; i < st->nuses; i++) {
		if ((app = app_find(sup, st->uses[i].conf.app)) == NULL ||
		    (p = process_find(app, st->uses[i].conf.process)) == NULL)
			continue;
		if (uses_add(&p->uses, st->uses[i].key) == -1)
			log_warnx("%s: it has more than %u secrets",
			    app->name, SECRET_USES_MAX);
	}
	sup->nuses = st->nuses;
}

static void
conf_switch(struct sup *sup, struct conf_stage *st)
{
	struct app	*app;
	uint32_t	 i;

	conf_remove(sup, st);
	for (i = 0; i < st->napps; i++) {
		app = app_find(sup, st->apps[i].conf.id);
		if (app == NULL)
			conf_add(sup, st, &st->apps[i]);
		else
			conf_update(sup, app, st, &st->apps[i]);
	}
	conf_clear_deps(sup, st);
	for (i = 0; i < st->ndeps; i++)
		conf_set_dep(sup, &st->deps[i]);
	group_conf(sup);
	conf_watches(sup, st);
	conf_uses(sup, st);
	if (sup->phase != PH_RUNNING)
		return;
	for (i = 0; i < st->napps && !sup->shutdown.going; i++)
		if (st->apps[i].begin)
			load_app(sup, app_find(sup, st->apps[i].conf.id));
	APP_FOREACH(app, sup)
		depend_retry(sup, app);
	view_begin_all(sup);
}

int
conf_commit(struct sup *sup, const struct m_conf_end *m)
{
	struct conf_stage	*st = sup->stage;

	if (st == NULL || !st->complete || m->version != st->begin.version)
		return (-1);
	sup->stage = NULL;
	sup->conf_version = m->version;
	metrics_interval(sup, st->begin.metrics_ms);
	probe_limit(sup, st->begin.probes);
	grants_move(&sup->grants, &st->grants);
	sup->ceiling[plane_number(K_LOCAL)] = st->begin.local_role;
	sup->ceiling[plane_number(K_NETWORK)] = st->begin.network_role;
	conf_switch(sup, st);
	publish_config(sup, st->nchanges);
	change_audit(sup, &st->begin, st->changes, st->nchanges);
	if (st->begin.flags & CONF_SHUTDOWN)
		shutdown_begin(sup, 0);
	conf_stage_free(st);
	sup->have_conf = 1;
	load_check(sup);
	return (0);
}
