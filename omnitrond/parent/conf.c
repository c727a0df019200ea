/*
 * The configuration as a structure: made, looked up, freed.  In the parent;
 * pure.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

struct conf *
conf_new(void)
{
	struct conf	*conf = xcalloc(1, sizeof(*conf));

	TAILQ_INIT(&conf->apps);
	conf->log.gid = UINT32_MAX;
	return (conf);
}

void
conf_free(struct conf *conf)
{
	struct app_conf	*app;
	size_t		 i;

	if (conf == NULL)
		return;
	while ((app = TAILQ_FIRST(&conf->apps)) != NULL) {
		TAILQ_REMOVE(&conf->apps, app, entry);
		app_conf_free(app);
	}
	for (i = 0; i < K_MAX; i++)
		free(conf->users[i].name);
	free(conf->by_name);
	free(conf->rundir);
	free(conf->logdir);
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

struct app_conf *
app_conf_new(const char *name)
{
	struct app_conf	*app = xcalloc(1, sizeof(*app));

	strlcpy(app->name, name, sizeof(app->name));
	TAILQ_INIT(&app->env);
	TAILQ_INIT(&app->deps);
	app->log.gid = UINT32_MAX;
	return (app);
}

static void
app_conf_free_lists(struct app_conf *app)
{
	struct env	*env;
	struct dep	*dep;

	while ((env = TAILQ_FIRST(&app->env)) != NULL) {
		TAILQ_REMOVE(&app->env, env, entry);
		free(env->name);
		free(env->value);
		free(env);
	}
	while ((dep = TAILQ_FIRST(&app->deps)) != NULL) {
		TAILQ_REMOVE(&app->deps, dep, entry);
		free(dep->name);
		free(dep);
	}
}

void
app_conf_free(struct app_conf *app)
{
	size_t	 i;

	if (app == NULL)
		return;
	app_conf_free_lists(app);
	for (i = 0; app->argv != NULL && app->argv[i] != NULL; i++)
		free(app->argv[i]);
	free(app->argv);
	free(app->log_group);
	free(app->env_file);
	free(app->groups);
	free(app->shell);
	free(app->home);
	free(app->group);
	free(app->user);
	free(app->directory);
	free(app->file);
	free(app);
}

/* Add a variable; -1 if the app has it already. */
int
app_conf_set_env(struct app_conf *app, const char *name, const char *value)
{
	struct env	*env;

	TAILQ_FOREACH(env, &app->env, entry)
		if (strcmp(env->name, name) == 0)
			return (-1);
	env = xcalloc(1, sizeof(*env));
	env->name = xstrdup(name);
	env->value = xstrdup(value);
	TAILQ_INSERT_TAIL(&app->env, env, entry);
	return (0);
}
