/*
 * A configuration that comes: CONF_BEGIN to CONF_END is staged, checked as a
 * whole and acknowledged.  Nothing changes by it.  Supervisor process.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/conf.h"
#include "omnitrond/supervisor/conf_stage.h"
#include "omnitrond/supervisor/supervisor.h"

#define CONF_PROCS_MAX	131072u		/* as many instances as a record has */
#define CONF_DEPS_MAX	(1024u * 1024)
/* An app and each of its processes, of the old and of the new one. */
#define CONF_CHANGES_MAX (2 * (CONF_APPS_MAX + CONF_PROCS_MAX))
#define CONF_USES_MAX	(1024u * 1024)

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
	free(st->uses);
	grants_free(&st->grants);
	free(st->apps);
	free(st->procs);
	free(st->deps);
	free(st);
}

int
conf_begin(struct sup *sup, const struct m_conf_begin *m)
{
	struct conf_stage	*st;

	if (m->apps > CONF_APPS_MAX || m->probes > PROBES_MAX ||
	    m->local_role >= ROLE_MAX || m->network_role >= ROLE_MAX)
		return (-1);
	conf_stage_free(sup->stage);
	sup->stage = st = xcalloc(1, sizeof(*st));
	st->begin = *m;
	grants_init(&st->grants);
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

int
conf_rule(struct sup *sup, struct msg *msg)
{
	struct conf_stage	*st = sup->stage;

	if (st == NULL || st->complete)
		return (-1);
	return (grants_take(&st->grants, msg));
}

int
conf_secret(struct sup *sup, const struct m_conf_secret *m, const char *key)
{
	struct conf_stage	*st = sup->stage;
	struct staged_use	*u;

	if (st == NULL || st->complete || st->nuses == CONF_USES_MAX ||
	    !name_valid(key))
		return (-1);
	st->uses = conf_room(st->uses, st->nuses, &st->uses_room,
	    sizeof(*st->uses));
	u = &st->uses[st->nuses++];
	u->conf = *m;
	strlcpy(u->key, key, sizeof(u->key));
	return (0);
}

static int
conf_cmp(const void *a, const void *b)
{
	const struct staged	*x = a, *y = b;

	return (x->conf.id < y->conf.id ? -1 : x->conf.id > y->conf.id);
}

struct staged *
conf_find(const struct conf_stage *st, uint32_t id)
{
	struct staged	 key;

	memset(&key, 0, sizeof(key));
	key.conf.id = id;
	return (st->napps == 0 ? NULL : bsearch(&key, st->apps, st->napps,
	    sizeof(key), conf_cmp));
}

struct staged_process *
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
conf_process_sane(const struct conf_stage *st, uint32_t app, uint32_t process)
{
	const struct staged	*s = conf_find(st, app);

	return (s != NULL && conf_find_process(st, s, process) != NULL);
}

/* What is said of apps is said of those that came. */
static int
conf_whole(const struct conf_stage *st)
{
	uint32_t	 i;

	for (i = 0; i < st->napps; i++)
		if ((i > 0 &&
		    st->apps[i].conf.id == st->apps[i - 1].conf.id) ||
		    !conf_app_whole(st, &st->apps[i]))
			return (0);
	for (i = 0; i < st->ndeps; i++)
		if (!conf_dep_sane(st, &st->deps[i]))
			return (0);
	for (i = 0; i < st->nwatches; i++)
		if (!conf_process_sane(st, st->watches[i].conf.app,
		    st->watches[i].conf.process))
			return (0);
	for (i = 0; i < st->nuses; i++)
		if (!conf_process_sane(st, st->uses[i].conf.app,
		    st->uses[i].conf.process))
			return (0);
	return (1);
}

int
conf_end(struct sup *sup, const struct m_conf_end *m)
{
	struct conf_stage	*st = sup->stage;

	if (st == NULL || st->complete || m->version != st->begin.version ||
	    st->napps != st->begin.apps)
		return (-1);
	if (st->napps > 0)
		qsort(st->apps, st->napps, sizeof(*st->apps), conf_cmp);
	if (!conf_whole(st))
		return (-1);
	st->complete = 1;
	out_send(sup, K_PARENT, M_CONF_ACK, m, NULL);
	return (0);
}
