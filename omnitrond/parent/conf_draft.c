/*
 * Drafts of apps: what a block says, and what it inherits.  In the parent;
 * pure.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

struct draft *
draft_new(const char *name, struct pos pos)
{
	struct draft	*d = xcalloc(1, sizeof(*d));

	d->app = app_conf_new(name);
	d->pos = pos;
	if (pos.file != NULL)
		d->app->file = xstrdup(pos.file);
	d->app->line = pos.line;
	return (d);
}

void
draft_free(struct draft *d)
{
	if (d == NULL)
		return;
	app_conf_free(d->app);
	free(d);
}

struct pos
draft_pos(const struct draft *d, enum field_id id)
{
	struct pos	 pos = d->pos;

	if (d->line[id] > 0)
		pos.line = d->line[id];
	return (pos);
}

/* Variables the app does not set itself stand before its own. */
static void
draft_inherit_env(struct app_conf *app, const struct app_conf *from)
{
	struct envs	 own;
	struct env	*env, *other;

	TAILQ_INIT(&own);
	TAILQ_CONCAT(&own, &app->env, entry);
	TAILQ_FOREACH(env, &from->env, entry) {
		TAILQ_FOREACH(other, &own, entry)
			if (strcmp(env->name, other->name) == 0)
				break;
		if (other == NULL)
			app_conf_set_env(app, env->name, env->value);
	}
	TAILQ_CONCAT(&app->env, &own, entry);
}

/* Each resource on its own. */
static void
draft_inherit_limits(struct app_conf *app, const struct app_conf *from)
{
	size_t	 i;

	for (i = 0; i < RLIM_NLIMITS; i++)
		if (!app->limits[i].set)
			app->limits[i] = from->limits[i];
}

static void
draft_inherit_other(enum field_id id, struct app_conf *app,
    const struct app_conf *from)
{
	struct m_conf_app	*to = &app->policy;

	if (id == FIELD_SUCCESSEXIT) {
		memcpy(to->success_codes, from->policy.success_codes,
		    sizeof(to->success_codes));
		to->success_signals = from->policy.success_signals;
	} else if (id == FIELD_NORESTARTEXIT)
		memcpy(to->norestart_codes, from->policy.norestart_codes,
		    sizeof(to->norestart_codes));
}

void
draft_inherit(struct draft *d, const struct draft *from)
{
	int	 id;

	draft_inherit_env(d->app, from->app);
	draft_inherit_limits(d->app, from->app);
	for (id = 0; id < FIELD_MAX; id++) {
		if (d->line[id] != 0 || from->line[id] == 0)
			continue;
		if (fields[id].type == FT_OTHER)
			draft_inherit_other(id, d->app, from->app);
		else
			field_copy(&fields[id], d->app, from->app);
		d->line[id] = -1;	/* it has it, but not in its block */
	}
}

/* What the keyword list says, for all that is not given. */
void
draft_builtin(struct draft *d)
{
	char		 err[128];
	const char	*def;
	int		 id;

	for (id = 0; id < FIELD_MAX; id++) {
		def = keyword_default(fields[id].kw);
		if (d->line[id] == 0 && def[0] != '(' &&
		    fields[id].type != FT_OTHER)
			field_parse(&fields[id], def, d->app, err,
			    sizeof(err));
	}
	/* A group that may not read the file would be pointless. */
	if (d->line[FIELD_LOGMODE] == 0 && d->app->log_group != NULL)
		d->app->log.mode = 0640;
	d->app->policy.success_codes[0] |= 1;	/* exit 0, always */
}
