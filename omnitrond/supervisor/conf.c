/*
 * The configuration in two phases: CONF_BEGIN to CONF_END is staged and
 * acknowledged, CONF_COMMIT switches to it.  Supervisor process.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/change.h"
#include "omnitrond/supervisor/conf.h"
#include "omnitrond/supervisor/depend.h"
#include "omnitrond/supervisor/load.h"
#include "omnitrond/supervisor/metrics.h"
#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/probe.h"
#include "omnitrond/supervisor/shutdown.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

#define CONF_PROCS_MAX	131072u		/* as many instances as a record has */
#define CONF_DEPS_MAX	(1024u * 1024)
/* An app and each of its processes, of the old and of the new one. */
#define CONF_CHANGES_MAX (2 * (CONF_APPS_MAX + CONF_PROCS_MAX))

struct staged_process {
	char			 name[NAME_SIZE];
	struct m_conf_process	 conf;
};

struct staged {
	char			 name[NAME_SIZE];
	int			 begin;		/* look whether it should run */
	struct m_conf_app	 conf;
	uint32_t		 order;		/* in which it came */
	uint32_t		 first;		/* of its processes */
	uint32_t		 n;
};

struct staged_watch {
	struct m_conf_watch	 conf;
	char			*directory;
};

struct conf_stage {
	struct m_conf_begin	 begin;
	struct staged		*apps;
	uint32_t		 napps;
	struct staged_process	*procs;		/* those of one app together */
	uint32_t		 nprocs;
	uint32_t		 procs_room;
	struct m_conf_dep	*deps;
	uint32_t		 ndeps;
	uint32_t		 deps_room;
	struct staged_watch	*watches;
	uint32_t		 nwatches;
	uint32_t		 watches_room;
	struct changed		*changes;
	uint32_t		 nchanges;
	uint32_t		 changes_room;
	int			 complete;
};

/* ---- staging ------------------------------------------------------------ */

void
conf_stage_free(struct conf_stage *st)
{
	uint32_t	 i;

	if (st == NULL)
		return;
	for (i = 0; i < st->nwatches; i++)
		free(st->watches[i].directory);
	free(st->watches);
	for (i = 0; i < st->nchanges; i++)
		free(st->changes[i].fields);
	free(st->changes);
	free(st->apps);
	free(st->procs);
	free(st->deps);
	free(st);
}

int
conf_begin(struct sup *sup, const struct m_conf_begin *m)
{
	struct conf_stage	*st;

	if (m->apps > CONF_APPS_MAX || m->probes > PROBES_MAX)
		return (-1);
	conf_stage_free(sup->stage);
	sup->stage = st = xcalloc(1, sizeof(*st));
	st->begin = *m;
	if (m->apps > 0)
		st->apps = xcalloc(m->apps, sizeof(*st->apps));
	return (0);
}

int
conf_app(struct sup *sup, const struct m_conf_app *m, const char *name)
{
	struct conf_stage	*st = sup->stage;
	struct staged		*s;

	if (st == NULL || st->complete || st->napps == st->begin.apps ||
	    m->id == 0 || !name_valid(name) || m->processes < 1 ||
	    m->processes > PROCESSES_MAX || m->strategy >= STRATEGY_MAX ||
	    m->group > CONF_APPS_MAX || m->group_strategy >= STRATEGY_MAX)
		return (-1);
	s = &st->apps[st->napps];
	s->order = st->napps++;
	s->conf = *m;
	s->first = st->nprocs;
	strlcpy(s->name, name, sizeof(s->name));
	return (0);
}

static int
conf_sane(const struct m_conf_process *m, const char *name)
{
	return (m->id < PROCESS_ANY && name_valid(name) &&
	    m->instances <= INSTANCES_MAX && m->policy <= RESTART_NEVER &&
	    m->backoff <= BACKOFF_FIXED && m->ready < READY_MAX &&
	    m->check < CHECK_MAX && (m->check == CHECK_NONE ||
	    (m->check_interval_ms > 0 && m->check_timeout_ms > 0 &&
	    m->check_retries > 0)) &&
	    m->reload < RELOAD_MAX && m->watchdog_signal < NSIG &&
	    m->jitter_percent <= 100);
}

static void *
conf_room(void *list, uint32_t n, uint32_t *room, size_t size)
{
	if (n < *room)
		return (list);
	*room = *room == 0 ? 64 : *room * 2;
	return (xreallocarray(list, *room, size));
}

int
conf_process(struct sup *sup, const struct m_conf_process *m,
    const char *name)
{
	struct conf_stage	*st = sup->stage;
	struct staged_process	*p;
	struct staged		*s;

	if (st == NULL || st->complete || st->napps == 0 ||
	    st->nprocs == CONF_PROCS_MAX || !conf_sane(m, name))
		return (-1);
	s = &st->apps[st->napps - 1];
	if (s->conf.id != m->app || s->n == s->conf.processes)
		return (-1);
	st->procs = conf_room(st->procs, st->nprocs, &st->procs_room,
	    sizeof(*st->procs));
	p = &st->procs[st->nprocs++];
	s->n++;
	p->conf = *m;
	strlcpy(p->name, name, sizeof(p->name));
	return (0);
}

int
conf_dep(struct sup *sup, const struct m_conf_dep *m)
{
	struct conf_stage	*st = sup->stage;

	if (st == NULL || st->complete || st->ndeps == CONF_DEPS_MAX)
		return (-1);
	st->deps = conf_room(st->deps, st->ndeps, &st->deps_room,
	    sizeof(*st->deps));
	st->deps[st->ndeps++] = *m;
	return (0);
}

int
conf_watch(struct sup *sup, const struct m_conf_watch *m,
    const char *directory)
{
	struct conf_stage	*st = sup->stage;
	struct staged_watch	*w;

	if (st == NULL || st->complete || st->nwatches == CONF_PROCS_MAX ||
	    directory[0] != '/' || m->configured > 1)
		return (-1);
	st->watches = conf_room(st->watches, st->nwatches, &st->watches_room,
	    sizeof(*st->watches));
	w = &st->watches[st->nwatches++];
	w->conf = *m;
	w->directory = xstrdup(directory);
	return (0);
}

int
conf_change(struct sup *sup, const struct m_conf_change *m,
    const char *fields)
{
	struct conf_stage	*st = sup->stage;
	struct changed		*c;

	if (st == NULL || st->complete || st->nchanges == CONF_CHANGES_MAX ||
	    m->app == 0 || m->does >= CHANGE_MAX)
		return (-1);
	st->changes = conf_room(st->changes, st->nchanges, &st->changes_room,
	    sizeof(*st->changes));
	c = &st->changes[st->nchanges++];
	c->m = *m;
	c->fields = xstrdup(fields);
	return (0);
}

static int
conf_cmp(const void *a, const void *b)
{
	const struct staged	*x = a, *y = b;

	return (x->conf.id < y->conf.id ? -1 : x->conf.id > y->conf.id);
}

static struct staged *
conf_find(const struct conf_stage *st, uint32_t id)
{
	struct staged	 key;

	memset(&key, 0, sizeof(key));
	key.conf.id = id;
	return (st->napps == 0 ? NULL : bsearch(&key, st->apps, st->napps,
	    sizeof(key), conf_cmp));
}

static struct staged_process *
conf_find_process(const struct conf_stage *st, const struct staged *s,
    uint32_t id)
{
	uint32_t	 i;

	for (i = s->first; i < s->first + s->n; i++)
		if (st->procs[i].conf.id == id)
			return (&st->procs[i]);
	return (NULL);
}

/* All its processes came, no two alike. */
static int
conf_app_whole(const struct conf_stage *st, const struct staged *s)
{
	const struct staged_process	*p = st->procs + s->first;
	uint32_t			 i, k;

	if (s->n != s->conf.processes)
		return (0);
	for (i = 1; i < s->n; i++)
		for (k = 0; k < i; k++)
			if (p[i].conf.id == p[k].conf.id ||
			    strcmp(p[i].name, p[k].name) == 0)
				return (0);
	return (1);
}

static int
conf_dep_sane(const struct conf_stage *st, const struct m_conf_dep *m)
{
	const struct staged	*s = conf_find(st, m->app);

	if (s == NULL || conf_find(st, m->on) == NULL)
		return (0);
	if (m->process == PROCESS_ANY)
		return (m->on_process == PROCESS_ANY && m->app != m->on);
	return (m->app == m->on && m->process != m->on_process &&
	    conf_find_process(st, s, m->process) != NULL &&
	    conf_find_process(st, s, m->on_process) != NULL);
}

static int
conf_watch_sane(const struct conf_stage *st, const struct m_conf_watch *m)
{
	const struct staged	*s = conf_find(st, m->app);

	return (s != NULL && conf_find_process(st, s, m->process) != NULL);
}

int
conf_end(struct sup *sup, const struct m_conf_end *m)
{
	struct conf_stage	*st = sup->stage;
	uint32_t		 i;

	if (st == NULL || st->complete || m->version != st->begin.version ||
	    st->napps != st->begin.apps)
		return (-1);
	if (st->napps > 0)
		qsort(st->apps, st->napps, sizeof(*st->apps), conf_cmp);
	for (i = 0; i < st->napps; i++)
		if ((i > 0 &&
		    st->apps[i].conf.id == st->apps[i - 1].conf.id) ||
		    !conf_app_whole(st, &st->apps[i]))
			return (-1);
	for (i = 0; i < st->ndeps; i++)
		if (!conf_dep_sane(st, &st->deps[i]))
			return (-1);
	for (i = 0; i < st->nwatches; i++)
		if (!conf_watch_sane(st, &st->watches[i].conf))
			return (-1);
	st->complete = 1;
	out_send(sup, K_PARENT, M_CONF_ACK, m, NULL);
	return (0);
}

/* ---- switching ---------------------------------------------------------- */

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
	if (sup->phase != PH_RUNNING)
		return;
	for (i = 0; i < st->napps && !sup->shutdown.going; i++)
		if (st->apps[i].begin)
			load_app(sup, app_find(sup, st->apps[i].conf.id));
	APP_FOREACH(app, sup)
		depend_retry(sup, app);
	view_begin(sup);
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
	conf_switch(sup, st);
	change_audit(sup, &st->begin, st->changes, st->nchanges);
	if (st->begin.flags & CONF_SHUTDOWN)
		shutdown_begin(sup, 0);
	conf_stage_free(st);
	sup->have_conf = 1;
	load_check(sup);
	return (0);
}
