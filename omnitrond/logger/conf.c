/*
 * The configuration, staged until the parent commits it.  Logger only.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/logger/stream.h"

static void
conf_drop(struct logger *l)
{
	free(l->staged);
	l->staged = NULL;
	l->nstaged = l->staged_size = 0;
	l->version = 0;
	l->staging = 0;
}

int
conf_begin(struct logger *l, const struct m_conf_begin *m)
{
	if (m->version == 0)
		return (-1);
	conf_drop(l);		/* one that was never committed */
	l->version = m->version;
	l->staging = 1;
	return (0);
}

int
conf_log(struct logger *l, const struct m_conf_log *m, const char *name)
{
	const struct app	*app = app_find(l, m->id);
	struct staged		*st;

	if (!l->staging || !name_valid(name) || m->level >= LEVEL_MAX ||
	    (m->mode & ~0777u) != 0 ||
	    (m->id == 0) != (l->nstaged == 0) ||  /* the daemon's is first */
	    (app != NULL && strcmp(app->name, name) != 0))
		return (-1);
	if (l->nstaged == l->staged_size) {
		l->staged_size = l->staged_size == 0 ? 64 : l->staged_size * 2;
		l->staged = xreallocarray(l->staged, l->staged_size,
		    sizeof(*l->staged));
	}
	st = &l->staged[l->nstaged++];
	memset(st, 0, sizeof(*st));
	st->m = *m;
	strlcpy(st->name, name, sizeof(st->name));
	return (0);
}

int
conf_end(struct logger *l, uint32_t version)
{
	if (!l->staging || version != l->version)
		return (-1);
	l->staging = 0;
	return (0);
}

static void
conf_apply(struct logger *l, const struct staged *st)
{
	struct file_rules	 rules;
	struct app		*app;
	struct output		*s;

	rules.max_size = st->m.max_size;
	rules.max_files = st->m.max_files;
	rules.mode = st->m.mode;
	rules.gid = st->m.gid;
	if ((app = app_find(l, st->m.id)) == NULL)
		app = app_new(l, st->m.id, st->name);
	app->gone = 0;
	app->seen = 1;
	app->least = st->m.level;
	LIST_FOREACH(s, &app->streams, entry)
		s->src.least = (int)app->least;
	file_set_rules(&app->file, &rules);
	if (app->id == 0)
		file_set_rules(&l->audit, &rules);
}

int
conf_commit(struct logger *l, uint32_t version)
{
	struct app	*app, *next;
	size_t		 i;

	if (l->staging || l->version == 0 || version != l->version)
		return (-1);
	RB_FOREACH(app, apps, &l->apps)
		app->seen = app->id == 0;
	for (i = 0; i < l->nstaged; i++)
		conf_apply(l, &l->staged[i]);
	conf_drop(l);
	RB_FOREACH_SAFE(app, apps, &l->apps, next)
		if (!app->seen) {
			app->gone = 1;
			app_release(app);
		}
	stream_settle(l);
	return (0);
}
