/*
 * What differs between two versions of an app: what its processes were
 * started with needs a restart, policy applies in place.  In the parent;
 * pure.
 */
#include <stdio.h>
#include <string.h>

#include "omnitrond/parent/conf_parse.h"

static int
diff_argv(char **a, char **b)
{
	if (a == NULL || b == NULL)
		return (a != b);
	for (; *a != NULL && *b != NULL; a++, b++)
		if (strcmp(*a, *b) != 0)
			return (1);
	return (*a != *b);
}

static int
diff_env_has(const struct process_conf *pc, const struct env *like)
{
	struct env	*env;

	TAILQ_FOREACH(env, &pc->env, entry)
		if (strcmp(env->name, like->name) == 0)
			return (env->kind == like->kind &&
			    strcmp(env->value, like->value) == 0);
	return (0);
}

/* The order of variables does not matter to a process. */
static int
diff_env(const struct process_conf *a, const struct process_conf *b)
{
	struct env	*env;
	size_t		 na = 0, nb = 0;

	TAILQ_FOREACH(env, &b->env, entry)
		nb++;
	TAILQ_FOREACH(env, &a->env, entry) {
		na++;
		if (!diff_env_has(b, env))
			return (1);
	}
	return (na != nb);
}

static int
diff_limits(const struct process_conf *a, const struct process_conf *b)
{
	const struct limit	*x, *y;
	int			 i;

	for (i = 0; i < (int)RLIM_NLIMITS; i++) {
		x = limit_get(a, i);
		y = limit_get(b, i);
		if (x->set != y->set || (x->set && x->value != y->value))
			return (1);
	}
	return (0);
}

static int
diff_deps(const struct deps *a, const struct deps *b)
{
	struct dep	*x = TAILQ_FIRST(a), *y = TAILQ_FIRST(b);

	while (x != NULL && y != NULL && strcmp(x->name, y->name) == 0) {
		x = TAILQ_NEXT(x, entry);
		y = TAILQ_NEXT(y, entry);
	}
	return (x != NULL || y != NULL);
}

static int
diff_string(const char *a, const char *b)
{
	return (strcmp(a != NULL ? a : "", b != NULL ? b : "") != 0);
}

static int
diff_listens(const struct process_conf *a, const struct process_conf *b)
{
	const struct listen_conf	*x = TAILQ_FIRST(&a->listens);
	const struct listen_conf	*y = TAILQ_FIRST(&b->listens);

	for (; x != NULL && y != NULL; x = TAILQ_NEXT(x, entry),
	    y = TAILQ_NEXT(y, entry))
		if (x->kind != y->kind || x->port != y->port ||
		    x->mode != y->mode || diff_string(x->on, y->on) ||
		    diff_string(x->path, y->path) ||
		    strcmp(x->name, y->name) != 0)
			return (1);
	return (x != NULL || y != NULL);
}

int
conf_watch_same(const struct watch_conf *a, const struct watch_conf *b)
{
	uint32_t	 i;

	if (a == NULL || b == NULL)
		return (a == b);
	if (strcmp(a->directory, b->directory) != 0 ||
	    a->debounce_ms != b->debounce_ms || a->nignore != b->nignore)
		return (0);
	for (i = 0; i < a->nignore; i++)
		if (strcmp(a->ignore[i], b->ignore[i]) != 0)
			return (0);
	return (1);
}

/* Names may stay and numbers change, in the system's user database. */
static int
diff_user(const struct process_conf *a, const struct process_conf *b)
{
	return (a->uid != b->uid || strcmp(a->home, b->home) != 0 ||
	    strcmp(a->shell, b->shell) != 0);
}

static int
diff_group(const struct process_conf *a, const struct process_conf *b)
{
	return (a->gid != b->gid || a->ngroups != b->ngroups ||
	    (a->ngroups > 0 && memcmp(a->groups, b->groups,
	    (size_t)a->ngroups * sizeof(*a->groups)) != 0));
}

static int
diff_process(enum field_id id, const struct process_conf *a,
    const struct process_conf *b)
{
	const struct m_conf_process	*p = &a->policy, *q = &b->policy;

	switch (id) {
	case FIELD_COMMAND:
		return (diff_argv(a->argv, b->argv));
	case FIELD_BEFORESTART:
		return (diff_argv(a->run_argv[RUN_HOOK],
		    b->run_argv[RUN_HOOK]));
	case FIELD_ENV:
		return (diff_env(a, b));
	case FIELD_CREDENTIAL:
		return (!creds_same(&a->creds, &b->creds));
	case FIELD_LIMIT:
		return (diff_limits(a, b));
	case FIELD_LISTEN:
		return (diff_listens(a, b));
	case FIELD_WATCH:
		return (!conf_watch_same(a->watch, b->watch));
	case FIELD_DEPENDSON:
		return (diff_deps(&a->deps, &b->deps));
	case FIELD_HEALTH:
		return (health_differs(a, b));
	case FIELD_READY:
		return (!ready_equal(a, b));
	case FIELD_SUCCESSEXIT:
		return (memcmp(p->success_codes, q->success_codes,
		    sizeof(p->success_codes)) != 0 ||
		    p->success_signals != q->success_signals);
	case FIELD_NORESTARTEXIT:
		return (memcmp(p->norestart_codes, q->norestart_codes,
		    sizeof(p->norestart_codes)) != 0);
	case FIELD_RELOAD:
		return (reload_differs(p, q) ||
		    diff_argv(a->run_argv[RUN_RELOAD],
		    b->run_argv[RUN_RELOAD]));
	case FIELD_USER:
		if (diff_user(a, b))
			return (1);
		break;
	case FIELD_GROUP:
		return (diff_group(a, b));
	default:
		break;
	}
	return (fields[id].of == OF_process &&
	    !field_equal(&fields[id], a, b));
}

/* Of the app as a whole. */
static int
diff_app(enum field_id id, const struct app_conf *a, const struct app_conf *b)
{
	if (fields[id].of != OF_app)
		return (0);
	if (id == FIELD_DEPENDSON)
		return (diff_deps(&a->deps, &b->deps));
	if (id == FIELD_LOGGROUP)
		return (a->log.gid != b->log.gid);
	return (!field_equal(&fields[id], a, b));
}

static int
diff_groups(const struct app_conf *a, const struct app_conf *b)
{
	if (a->group == NULL || b->group == NULL)
		return (a->group != b->group);
	return (strcmp(a->group->name, b->group->name) != 0 ||
	    a->group->strategy != b->group->strategy);
}

int
conf_process_respawn(const struct process_conf *a,
    const struct process_conf *b)
{
	int	 id;

	for (id = 0; id < FIELD_MAX; id++)
		if (fields[id].respawn && diff_process(id, a, b))
			return (1);
	return (0);
}

int
conf_watcher_respawn(const struct process_conf *a,
    const struct process_conf *b)
{
	return (diff_user(a, b) || diff_group(a, b) ||
	    diff_string(a->directory, b->directory) ||
	    !conf_watch_same(a->watch, b->watch));
}

int
conf_app_respawn(const struct app_conf *a, const struct app_conf *b)
{
	const struct process_conf	*x, *y;

	TAILQ_FOREACH(x, &a->processes, entry)
		if ((y = conf_process(b, x->name)) != NULL &&
		    conf_process_respawn(x, y))
			return (1);
	return (0);
}

static void
diff_add(char *buf, size_t size, const char *process, const char *what)
{
	if (buf[0] != '\0')
		strlcat(buf, ", ", size);
	if (process != NULL) {
		strlcat(buf, process, size);
		strlcat(buf, " ", size);
	}
	strlcat(buf, what, size);
}

static const char *
diff_word(enum field_id id, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s", id >= FIELD_LOG_FIRST ? "log " : "",
	    keyword_word(fields[id].kw), id == FIELD_SCALING ? " max" : "");
	return (buf);
}

char *
conf_process_diff(const struct process_conf *a, const struct process_conf *b,
    char *buf, size_t size)
{
	char	 word[64];
	int	 id;

	buf[0] = '\0';
	for (id = 0; id < FIELD_MAX; id++)
		if (diff_process(id, a, b))
			diff_add(buf, size, NULL, diff_word(id, word,
			    sizeof(word)));
	return (buf);
}

/* "http env, worker added" */
static void
diff_processes(const struct app_conf *a, const struct app_conf *b, char *buf,
    size_t size)
{
	const struct process_conf	*x, *y;
	char				 word[64];
	int				 id;

	TAILQ_FOREACH(x, &a->processes, entry) {
		if ((y = conf_process(b, x->name)) == NULL) {
			diff_add(buf, size, x->name, "removed");
			continue;
		}
		for (id = 0; id < FIELD_MAX; id++)
			if (diff_process(id, x, y))
				diff_add(buf, size, x->name, diff_word(id,
				    word, sizeof(word)));
	}
	TAILQ_FOREACH(y, &b->processes, entry)
		if (conf_process(a, y->name) == NULL)
			diff_add(buf, size, y->name, "added");
}

/* The app's own fields, and with them those of its only process. */
static char *
diff_fields(const struct app_conf *a, const struct app_conf *b, int classic,
    char *buf, size_t size)
{
	const struct process_conf	*x = TAILQ_FIRST(&a->processes);
	const struct process_conf	*y = TAILQ_FIRST(&b->processes);
	int				 id;
	char				 word[64];

	if (size > 0)
		buf[0] = '\0';
	if (a->bootstrap != b->bootstrap)
		diff_add(buf, size, NULL, "mode");
	if (diff_groups(a, b))
		diff_add(buf, size, NULL, "group of apps");
	for (id = 0; id < FIELD_MAX; id++)
		if (diff_app(id, a, b) || (classic && diff_process(id, x, y)))
			diff_add(buf, size, NULL, diff_word(id, word,
			    sizeof(word)));
	return (buf);
}

char *
conf_app_own_diff(const struct app_conf *a, const struct app_conf *b,
    char *buf, size_t size)
{
	return (diff_fields(a, b, 0, buf, size));
}

char *
conf_app_diff(const struct app_conf *a, const struct app_conf *b, char *buf,
    size_t size)
{
	int	 classic = !a->bootstrap && !b->bootstrap;

	diff_fields(a, b, classic, buf, size);
	if (!classic)
		diff_processes(a, b, buf, size);
	return (buf);
}

int
conf_app_same(const struct app_conf *a, const struct app_conf *b)
{
	char	 buf[64];

	return (conf_app_diff(a, b, buf, sizeof(buf))[0] == '\0');
}
