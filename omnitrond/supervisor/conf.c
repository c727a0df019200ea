/*
 * The configuration in two phases: CONF_BEGIN to CONF_END is staged and
 * acknowledged, CONF_COMMIT switches to it.  Supervisor process.
 */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/conf.h"
#include "omnitrond/supervisor/depend.h"
#include "omnitrond/supervisor/load.h"
#include "omnitrond/supervisor/metrics.h"
#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/shutdown.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

#define CONF_APPS_MAX	16384u		/* as the parent's parser */
#define CONF_DEPS_MAX	(1024u * 1024)

struct staged {
	char			 name[NAME_SIZE];
	int			 begin;		/* look whether it should run */
	struct m_conf_app	 conf;
};

struct conf_stage {
	struct m_conf_begin	 begin;
	struct staged		*apps;
	uint32_t		 napps;
	struct m_conf_dep	*deps;
	uint32_t		 ndeps;
	uint32_t		 room;		/* for deps */
	int			 complete;
};

void
conf_stage_free(struct conf_stage *st)
{
	if (st == NULL)
		return;
	free(st->apps);
	free(st->deps);
	free(st);
}

int
conf_begin(struct sup *sup, const struct m_conf_begin *m)
{
	struct conf_stage	*st;

	if (m->apps > CONF_APPS_MAX)
		return (-1);
	conf_stage_free(sup->stage);
	sup->stage = st = xcalloc(1, sizeof(*st));
	st->begin = *m;
	if (m->apps > 0)
		st->apps = xcalloc(m->apps, sizeof(*st->apps));
	return (0);
}

static int
conf_sane(const struct m_conf_app *m, const char *name)
{
	return (m->id != 0 && name_valid(name) &&
	    m->instances <= INSTANCES_MAX && m->policy <= RESTART_NEVER &&
	    m->backoff <= BACKOFF_FIXED && m->jitter_percent <= 100);
}

int
conf_app(struct sup *sup, const struct m_conf_app *m, const char *name)
{
	struct conf_stage	*st = sup->stage;
	struct staged		*s;

	if (st == NULL || st->complete || st->napps == st->begin.apps ||
	    !conf_sane(m, name))
		return (-1);
	s = &st->apps[st->napps++];
	s->conf = *m;
	strlcpy(s->name, name, sizeof(s->name));
	return (0);
}

int
conf_dep(struct sup *sup, const struct m_conf_dep *m)
{
	struct conf_stage	*st = sup->stage;

	if (st == NULL || st->complete || st->ndeps == CONF_DEPS_MAX ||
	    m->app == m->on)
		return (-1);
	if (st->ndeps == st->room) {
		st->room = st->room == 0 ? 64 : st->room * 2;
		st->deps = xreallocarray(st->deps, st->room,
		    sizeof(*st->deps));
	}
	st->deps[st->ndeps++] = *m;
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
	for (i = 1; i < st->napps; i++)
		if (st->apps[i].conf.id == st->apps[i - 1].conf.id)
			return (-1);
	for (i = 0; i < st->ndeps; i++)
		if (conf_find(st, st->deps[i].app) == NULL ||
		    conf_find(st, st->deps[i].on) == NULL)
			return (-1);
	st->complete = 1;
	out_send(sup, K_PARENT, M_CONF_ACK, m, NULL);
	return (0);
}

/* ---- switching ---------------------------------------------------------- */

/* One that we had: what it says now counts. */
static void
conf_update(struct sup *sup, struct app *app, const struct m_conf_app *conf)
{
	uint32_t	 before = app->conf.instances;
	int		 back = app->removed;

	app->conf = *conf;
	app->removed = 0;
	app_changed(sup, app);
	if (sup->shutdown.going)
		return;
	if (sup->phase != PH_RUNNING) {
		/* a record that is loaded later may know better */
		if (before != conf->instances)
			app->wanted = conf->instances;
		return;
	}
	if (before != conf->instances)
		ops_add(sup, app, OP_SCALE, 0, 0, NULL)->number =
		    conf->instances;
	/* it is still being stopped, and then starts like a new one */
	if (back && (conf->flags & APP_AUTOSTART))
		ops_add(sup, app, OP_START, OPF_NOWAIT, 0, NULL);
	else if ((conf->flags & APP_CHANGED) && app->intent == INTENT_RUN)
		ops_add(sup, app, OP_RESTART, OPF_NOWAIT, 0, NULL);
	else if (app->intent == INTENT_RUN && app_amended(app))
		ops_add(sup, app, OP_START, OPF_NOWAIT, 0, NULL);
}

static void
conf_add(struct sup *sup, struct staged *s)
{
	/* the parent keeps ids by name: this would be two apps of one name */
	if (app_find_name(sup, s->name) != NULL) {
		log_warnx("%s: the configuration gives it another id", s->name);
		return;
	}
	app_changed(sup, app_new(sup, &s->conf, s->name));
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
		ops_add(sup, app, OP_STOP, 0, group, NULL);
	}
}

static void
conf_set_deps(struct sup *sup, const struct conf_stage *st)
{
	struct app	*app, *on;
	uint32_t	 i;

	for (i = 0; i < st->napps; i++)
		if ((app = app_find(sup, st->apps[i].conf.id)) != NULL)
			depend_clear(app);
	for (i = 0; i < st->ndeps; i++) {
		app = app_find(sup, st->deps[i].app);
		on = app_find(sup, st->deps[i].on);
		if (app != NULL && on != NULL)
			depend_add(app, on);
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
			conf_add(sup, &st->apps[i]);
		else
			conf_update(sup, app, &st->apps[i].conf);
	}
	conf_set_deps(sup, st);
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
	conf_switch(sup, st);
	if (st->begin.flags & CONF_SHUTDOWN)
		shutdown_begin(sup, 0);
	conf_stage_free(st);
	sup->have_conf = 1;
	load_check(sup);
	return (0);
}
