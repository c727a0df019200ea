/*
 * Drafts of apps: what a block says, and what it inherits.  In the parent;
 * pure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

static struct draft *
draft_make(const char *name, struct pos pos)
{
	struct draft	*d = xcalloc(1, sizeof(*d));

	d->process = process_conf_new(name);
	d->pos = pos;
	TAILQ_INIT(&d->processes);
	return (d);
}

struct draft *
draft_new(const char *name, struct pos pos)
{
	struct draft	*d = draft_make(name, pos);

	d->app = app_conf_new(name);
	if (pos.file != NULL)
		d->app->file = xstrdup(pos.file);
	d->app->line = pos.line;
	snprintf(d->title, sizeof(d->title), "app %s", d->app->name);
	return (d);
}

struct draft *
draft_process(struct draft *of, const char *name, struct pos pos)
{
	struct draft	*d = draft_make(name, pos);

	d->of = of;
	snprintf(d->title, sizeof(d->title), "app %s: process %s",
	    of->app->name, d->process->name);
	TAILQ_INSERT_TAIL(&of->processes, d, entry);
	of->nprocesses++;
	return (d);
}

void
draft_free(struct draft *d)
{
	struct draft	*pd;

	if (d == NULL)
		return;
	while ((pd = TAILQ_FIRST(&d->processes)) != NULL) {
		TAILQ_REMOVE(&d->processes, pd, entry);
		draft_free(pd);
	}
	app_conf_free(d->app);
	process_conf_free(d->process);
	free(d);
}

void *
draft_struct(const struct draft *d, enum field_id id)
{
	return (fields[id].of == OF_app ? (void *)d->app :
	    (void *)d->process);
}

struct deps *
draft_deps(const struct draft *d)
{
	return (d->app != NULL ? &d->app->deps : &d->process->deps);
}

const char *
draft_name(const struct draft *d)
{
	return (d->app != NULL ? d->app->name : d->process->name);
}

static void
draft_take_process(struct app_conf *app, struct draft *d)
{
	TAILQ_INSERT_TAIL(&app->processes, d->process, entry);
	app->nprocesses++;
	d->process = NULL;
}

struct app_conf *
draft_take(struct draft *d)
{
	struct app_conf	*app = d->app;
	struct draft	*pd;

	app->bootstrap = d->nprocesses > 0;
	if (!app->bootstrap)
		draft_take_process(app, d);
	TAILQ_FOREACH(pd, &d->processes, entry)
		draft_take_process(app, pd);
	d->app = NULL;
	return (app);
}

struct pos
draft_pos(const struct draft *d, enum field_id id)
{
	struct pos	 pos = d->pos;

	if (d->line[id] > 0)
		pos.line = d->line[id];
	return (pos);
}

/* ---- inheritance -------------------------------------------------------- */

/* Variables the process does not set itself stand before its own. */
static void
draft_inherit_env(struct process_conf *pc, const struct process_conf *from)
{
	struct envs	 own;
	struct env	*env, *other;

	TAILQ_INIT(&own);
	TAILQ_CONCAT(&own, &pc->env, entry);
	TAILQ_FOREACH(env, &from->env, entry) {
		TAILQ_FOREACH(other, &own, entry)
			if (strcmp(env->name, other->name) == 0)
				break;
		if (other == NULL)
			process_conf_set_env(pc, env->name, env->value,
			    env->kind);
	}
	TAILQ_CONCAT(&pc->env, &own, entry);
}

/* By their names, too. */
static void
draft_inherit_creds(struct process_conf *pc, const struct process_conf *from)
{
	const struct cred_conf	*c;
	struct cred_confs	 own;

	TAILQ_INIT(&own);
	TAILQ_CONCAT(&own, &pc->creds, entry);
	TAILQ_FOREACH(c, &from->creds, entry)
		if (creds_find(&own, c->name) == NULL)
			creds_add(&pc->creds, c->key, c->name);
	TAILQ_CONCAT(&pc->creds, &own, entry);
}

/* Each resource on its own. */
static void
draft_inherit_limits(struct process_conf *pc, const struct process_conf *from)
{
	int	 i;

	for (i = 0; from->limits != NULL && i < (int)RLIM_NLIMITS; i++)
		if (!limit_get(pc, i)->set && from->limits[i].set)
			*limit_make(pc, i) = from->limits[i];
}

static void
draft_inherit_other(enum field_id id, struct process_conf *pc,
    const struct process_conf *from)
{
	struct m_conf_process	*to = &pc->policy;

	if (id == FIELD_BEFORESTART)
		pc->run_argv[RUN_HOOK] = argv_dup(from->run_argv[RUN_HOOK]);
	else if (id == FIELD_SUCCESSEXIT) {
		memcpy(to->success_codes, from->policy.success_codes,
		    sizeof(to->success_codes));
		to->success_signals = from->policy.success_signals;
	} else if (id == FIELD_NORESTARTEXIT)
		memcpy(to->norestart_codes, from->policy.norestart_codes,
		    sizeof(to->norestart_codes));
	else if (id == FIELD_HEALTH)
		health_copy(pc, from);
	else if (id == FIELD_READY)
		ready_copy(pc, from);
	else if (id == FIELD_RELOAD)
		reload_inherit(pc, from);
	else if (id == FIELD_WATCH)
		pc->watch = watch_conf_copy(from->watch);
}

void
draft_inherit(struct draft *d, const struct draft *from)
{
	void	*of;
	int	 id;

	draft_inherit_env(d->process, from->process);
	draft_inherit_creds(d->process, from->process);
	draft_inherit_limits(d->process, from->process);
	for (id = 0; id < FIELD_MAX; id++) {
		if (d->line[id] != 0 || from->line[id] == 0 ||
		    (of = draft_struct(d, id)) == NULL)
			continue;
		if (fields[id].type == FT_OTHER)
			draft_inherit_other(id, d->process, from->process);
		else
			field_copy(&fields[id], of, draft_struct(from, id));
		d->line[id] = -1;	/* it has it, but not in its block */
	}
}

/* What the keyword list says, for all that is not given. */
void
draft_builtin(struct draft *d)
{
	struct listen_conf	*l;
	char		 err[128];
	const char	*def;
	void		*of;
	int		 id;

	for (id = 0; id < FIELD_MAX; id++) {
		def = keyword_default(fields[id].kw);
		of = draft_struct(d, id);
		if (of != NULL && d->line[id] == 0 && def[0] != '(' &&
		    fields[id].type != FT_OTHER)
			field_parse(&fields[id], def, of, err, sizeof(err));
	}
	/* A group that may not read the file would be pointless. */
	if (d->app != NULL && d->line[FIELD_LOGMODE] == 0 &&
	    d->app->log_group != NULL)
		d->app->log.mode = 0640;
	TAILQ_FOREACH(l, &d->process->listens, entry)
		if (l->name == NULL)
			l->name = xstrdup(d->process->name);
	d->process->policy.success_codes[0] |= 1;	/* exit 0, always */
}
