/*
 * What differs between two versions of an app: what its processes were
 * started with needs a restart, policy applies in place.  In the parent;
 * pure.
 */
#include <string.h>

#include "omnitrond/parent/conf_parse.h"

static int
diff_argv(char **a, char **b)
{
	for (; *a != NULL && *b != NULL; a++, b++)
		if (strcmp(*a, *b) != 0)
			return (1);
	return (*a != *b);
}

static int
diff_env_has(const struct app_conf *app, const struct env *like)
{
	struct env	*env;

	TAILQ_FOREACH(env, &app->env, entry)
		if (strcmp(env->name, like->name) == 0)
			return (env->kind == like->kind &&
			    strcmp(env->value, like->value) == 0);
	return (0);
}

/* The order of variables does not matter to a process. */
static int
diff_env(const struct app_conf *a, const struct app_conf *b)
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
diff_limits(const struct app_conf *a, const struct app_conf *b)
{
	size_t	 i;

	for (i = 0; i < RLIM_NLIMITS; i++)
		if (a->limits[i].set != b->limits[i].set ||
		    (a->limits[i].set &&
		    a->limits[i].value != b->limits[i].value))
			return (1);
	return (0);
}

static int
diff_deps(const struct app_conf *a, const struct app_conf *b)
{
	struct dep	*x = TAILQ_FIRST(&a->deps), *y = TAILQ_FIRST(&b->deps);

	while (x != NULL && y != NULL && strcmp(x->name, y->name) == 0) {
		x = TAILQ_NEXT(x, entry);
		y = TAILQ_NEXT(y, entry);
	}
	return (x != NULL || y != NULL);
}

/* Names may stay and numbers change, in the system's user database. */
static int
diff_user(const struct app_conf *a, const struct app_conf *b)
{
	return (a->uid != b->uid || strcmp(a->home, b->home) != 0 ||
	    strcmp(a->shell, b->shell) != 0);
}

static int
diff_group(const struct app_conf *a, const struct app_conf *b)
{
	return (a->gid != b->gid || a->ngroups != b->ngroups ||
	    (a->ngroups > 0 && memcmp(a->groups, b->groups,
	    (size_t)a->ngroups * sizeof(*a->groups)) != 0));
}

static int
diff_field(enum field_id id, const struct app_conf *a,
    const struct app_conf *b)
{
	const struct m_conf_app	*p = &a->policy, *q = &b->policy;

	switch (id) {
	case FIELD_COMMAND:
		return (diff_argv(a->argv, b->argv));
	case FIELD_ENV:
		return (diff_env(a, b));
	case FIELD_LIMIT:
		return (diff_limits(a, b));
	case FIELD_DEPENDSON:
		return (diff_deps(a, b));
	case FIELD_SUCCESSEXIT:
		return (memcmp(p->success_codes, q->success_codes,
		    sizeof(p->success_codes)) != 0 ||
		    p->success_signals != q->success_signals);
	case FIELD_NORESTARTEXIT:
		return (memcmp(p->norestart_codes, q->norestart_codes,
		    sizeof(p->norestart_codes)) != 0);
	case FIELD_USER:
		if (diff_user(a, b))
			return (1);
		break;
	case FIELD_GROUP:
		return (diff_group(a, b));
	case FIELD_LOGGROUP:
		return (a->log.gid != b->log.gid);
	default:
		break;
	}
	return (!field_equal(&fields[id], a, b));
}

int
conf_app_respawn(const struct app_conf *a, const struct app_conf *b)
{
	int	 id;

	for (id = 0; id < FIELD_MAX; id++)
		if (fields[id].respawn && diff_field(id, a, b))
			return (1);
	return (0);
}

int
conf_app_same(const struct app_conf *a, const struct app_conf *b)
{
	int	 id;

	for (id = 0; id < FIELD_MAX; id++)
		if (diff_field(id, a, b))
			return (0);
	return (1);
}

char *
conf_app_diff(const struct app_conf *a, const struct app_conf *b, char *buf,
    size_t size)
{
	int	 id;

	if (size > 0)
		buf[0] = '\0';
	for (id = 0; id < FIELD_MAX; id++) {
		if (!diff_field(id, a, b))
			continue;
		if (buf[0] != '\0')
			strlcat(buf, ", ", size);
		if (id >= FIELD_LOG_FIRST)
			strlcat(buf, "log ", size);
		if (id == FIELD_SCALING)
			strlcat(buf, "scaling max", size);
		else
			strlcat(buf, keyword_word(fields[id].kw), size);
	}
	return (buf);
}
