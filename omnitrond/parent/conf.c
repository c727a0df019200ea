/*
 * The configuration as a structure: made, looked up, freed.  In the parent;
 * pure.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"
#include "omnitrond/parent/target.h"

struct conf *
conf_new(void)
{
	struct conf	*conf = xcalloc(1, sizeof(*conf));

	TAILQ_INIT(&conf->groups);
	TAILQ_INIT(&conf->apps);
	access_init(conf);
	conf->log.gid = UINT32_MAX;
	return (conf);
}

void
conf_free(struct conf *conf)
{
	struct group_conf	*group;
	struct app_conf		*app;
	size_t			 i;

	if (conf == NULL)
		return;
	while ((app = TAILQ_FIRST(&conf->apps)) != NULL) {
		TAILQ_REMOVE(&conf->apps, app, entry);
		app_conf_free(app);
	}
	while ((group = TAILQ_FIRST(&conf->groups)) != NULL) {
		TAILQ_REMOVE(&conf->groups, group, entry);
		group_conf_free(group);
	}
	for (i = 0; i < K_MAX; i++)
		free(conf->users[i].name);
	access_free(conf);
	free(conf->by_name);
	free(conf->rundir);
	free(conf->logdir);
	free(conf->secretsdir);
	free(conf->secretsfile);
	free(conf->statefile);
	free(conf->statedir);
	free(conf->pidfile);
	free(conf->socket);
	free(conf->home);
	free(conf->file);
	free(conf);
}

static int
conf_cmp(const void *a, const void *b)
{
	const struct app_conf	*const *x = a, *const *y = b;

	return (strcmp((*x)->name, (*y)->name));
}

void
conf_index(struct conf *conf)
{
	struct app_conf	*app;
	size_t		 n = 0;

	conf->by_name = xcalloc(conf->napps + 1, sizeof(*conf->by_name));
	TAILQ_FOREACH(app, &conf->apps, entry)
		conf->by_name[n++] = app;
	qsort(conf->by_name, n, sizeof(*conf->by_name), conf_cmp);
}

static int
conf_cmp_name(const void *name, const void *app)
{
	return (strcmp(name, (*(struct app_conf *const *)app)->name));
}

struct app_conf *
conf_app(const struct conf *conf, const char *name)
{
	struct app_conf	**found;

	found = bsearch(name, conf->by_name, conf->napps,
	    sizeof(*conf->by_name), conf_cmp_name);
	return (found != NULL ? *found : NULL);
}

struct process_conf *
conf_process(const struct app_conf *app, const char *name)
{
	struct process_conf	*pc;

	TAILQ_FOREACH(pc, &app->processes, entry)
		if (strcmp(pc->name, name) == 0)
			return (pc);
	return (NULL);
}

const char *
conf_watch_dir(const struct process_conf *pc)
{
	if (pc->watch != NULL)
		return (pc->watch->directory);
	/* where it works by default is not its alone */
	if (pc->directory == NULL || strcmp(pc->directory, "/") == 0 ||
	    (pc->home != NULL && strcmp(pc->directory, pc->home) == 0))
		return (NULL);
	return (pc->directory);
}

/* ---- one process -------------------------------------------------------- */

struct process_conf *
process_conf_new(const char *name)
{
	struct process_conf	*pc = xcalloc(1, sizeof(*pc));

	strlcpy(pc->name, name, sizeof(pc->name));
	TAILQ_INIT(&pc->env);
	TAILQ_INIT(&pc->creds);
	TAILQ_INIT(&pc->listens);
	TAILQ_INIT(&pc->deps);
	return (pc);
}

static void
deps_free(struct deps *deps)
{
	struct dep	*dep;

	while ((dep = TAILQ_FIRST(deps)) != NULL) {
		TAILQ_REMOVE(deps, dep, entry);
		free(dep->name);
		free(dep);
	}
}

static void
envs_free(struct envs *envs)
{
	struct env	*env;

	while ((env = TAILQ_FIRST(envs)) != NULL) {
		TAILQ_REMOVE(envs, env, entry);
		free(env->name);
		free(env->value);
		free(env);
	}
}

static void
listens_free(struct listen_confs *listens)
{
	struct listen_conf	*l;

	while ((l = TAILQ_FIRST(listens)) != NULL) {
		TAILQ_REMOVE(listens, l, entry);
		free(l->on);
		free(l->path);
		free(l->name);
		free(l);
	}
}

struct watch_conf *
watch_conf_copy(const struct watch_conf *from)
{
	struct watch_conf	*w = xcalloc(1, sizeof(*w));
	uint32_t		 i;

	w->directory = xstrdup(from->directory);
	w->debounce_ms = from->debounce_ms;
	w->ignore = xcalloc(from->nignore + 1, sizeof(*w->ignore));
	w->nignore = from->nignore;
	for (i = 0; i < w->nignore; i++)
		w->ignore[i] = xstrdup(from->ignore[i]);
	return (w);
}

void
watch_conf_free(struct watch_conf *w)
{
	uint32_t	 i;

	if (w == NULL)
		return;
	for (i = 0; i < w->nignore; i++)
		free(w->ignore[i]);
	free(w->ignore);
	free(w->directory);
	free(w);
}

void
argv_free(char **argv)
{
	size_t	 i;

	for (i = 0; argv != NULL && argv[i] != NULL; i++)
		free(argv[i]);
	free(argv);
}

char **
argv_dup(char *const *from)
{
	char	**argv;
	size_t	 i, n;

	for (n = 0; from[n] != NULL; n++)
		;
	argv = xcalloc(n + 1, sizeof(*argv));
	for (i = 0; i < n; i++)
		argv[i] = xstrdup(from[i]);
	return (argv);
}

char ***
process_conf_argv(struct process_conf *pc, enum field_id id)
{
	return ((char ***)((char *)pc + fields[id].off));
}

void
process_conf_free(struct process_conf *pc)
{
	int	 kind;

	if (pc == NULL)
		return;
	envs_free(&pc->env);
	creds_free(&pc->creds);
	listens_free(&pc->listens);
	deps_free(&pc->deps);
	argv_free(pc->argv);
	free(pc->limits);
	for (kind = 0; kind < RUN_MAX; kind++)
		argv_free(pc->run_argv[kind]);
	for (kind = 0; kind < PROBE_WHATS; kind++)
		target_free(pc->target[kind]);
	watch_conf_free(pc->watch);
	free(pc->env_file);
	free(pc->groups);
	free(pc->shell);
	free(pc->home);
	free(pc->group);
	free(pc->user);
	free(pc->directory);
	free(pc);
}

/* Add a variable; -1 if the process has it already. */
int
process_conf_set_env(struct process_conf *pc, const char *name,
    const char *value, enum env_kind kind)
{
	struct env	*env;

	TAILQ_FOREACH(env, &pc->env, entry)
		if (strcmp(env->name, name) == 0)
			return (-1);
	env = xcalloc(1, sizeof(*env));
	env->name = xstrdup(name);
	env->value = xstrdup(value);
	env->kind = kind;
	TAILQ_INSERT_TAIL(&pc->env, env, entry);
	return (0);
}

/* ---- one app ------------------------------------------------------------ */

struct app_conf *
app_conf_new(const char *name)
{
	struct app_conf	*app = xcalloc(1, sizeof(*app));

	strlcpy(app->name, name, sizeof(app->name));
	TAILQ_INIT(&app->processes);
	TAILQ_INIT(&app->deps);
	app->log.gid = UINT32_MAX;
	return (app);
}

void
app_conf_free(struct app_conf *app)
{
	struct process_conf	*pc;

	if (app == NULL)
		return;
	while ((pc = TAILQ_FIRST(&app->processes)) != NULL) {
		TAILQ_REMOVE(&app->processes, pc, entry);
		process_conf_free(pc);
	}
	deps_free(&app->deps);
	free(app->log_group);
	free(app->file);
	free(app);
}
