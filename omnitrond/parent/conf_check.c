/*
 * When all is read: apps inherit, and what they are then is checked.  In
 * the parent.
 */
#include <sys/resource.h>

#include <string.h>

#include "common/units.h"
#include "omnitrond/parent/conf_parse.h"

static void
check_backoff(struct parse *ps, struct draft *d)
{
	const struct m_conf_app	*p = &d->app->policy;
	char			 a[32], b[32];

	if (p->max_ms < p->initial_ms)
		conf_error(ps, draft_pos(d, d->line[FIELD_MAXIMUM] > 0 ?
		    FIELD_MAXIMUM : FIELD_INITIAL), "app %s: max %s is less "
		    "than initial %s", d->app->name, duration_format(p->max_ms,
		    a, sizeof(a)), duration_format(p->initial_ms, b,
		    sizeof(b)));
	if (p->min_uptime_ms > p->startup_timeout_ms)
		conf_error(ps, draft_pos(d, d->line[FIELD_MINUPTIME] > 0 ?
		    FIELD_MINUPTIME : FIELD_STARTUPTIMEOUT), "app %s: "
		    "min-uptime %s is longer than startup-timeout %s: it "
		    "would never be online", d->app->name,
		    duration_format(p->min_uptime_ms, a, sizeof(a)),
		    duration_format(p->startup_timeout_ms, b, sizeof(b)));
}

static void
check_instances(struct parse *ps, struct draft *d)
{
	const struct m_conf_app	*p = &d->app->policy;

	if (p->instances > p->scaling_max)
		conf_error(ps, draft_pos(d, d->line[FIELD_INSTANCES] > 0 ?
		    FIELD_INSTANCES : FIELD_SCALING), "app %s: instances %u "
		    "is more than scaling max %u", d->app->name, p->instances,
		    p->scaling_max);
}

static void
check_exits(struct parse *ps, struct draft *d)
{
	const struct m_conf_app	*p = &d->app->policy;
	int			 code;

	for (code = 0; code < 256; code++)
		if (p->success_codes[code / 8] & p->norestart_codes[code / 8] &
		    (1u << (code % 8)))
			conf_error(ps, draft_pos(d, FIELD_NORESTARTEXIT),
			    "app %s: exit %d is in success-exit and in "
			    "no-restart-exit", d->app->name, code);
}

/* What only root can do fails here, not at each start. */
static void
check_rights(struct parse *ps, struct draft *d)
{
	const struct app_conf	*app = d->app;
	struct rlimit		 rl;
	char			 a[32], b[32];
	int			 i;

	if (ps->uid == 0)
		return;
	if (app->nice < 0)
		conf_error(ps, draft_pos(d, FIELD_NICE), "app %s: nice %d: "
		    "only root can raise a priority", app->name, app->nice);
	for (i = 0; i < (int)RLIM_NLIMITS; i++) {
		if (!app->limits[i].set || limit_name(i) == NULL ||
		    getrlimit(i, &rl) == -1 ||
		    app->limits[i].value <= rl.rlim_max)
			continue;
		conf_error(ps, draft_pos(d, FIELD_LIMIT), "app %s: limit %s "
		    "%s is above the hard limit %s of this user: only root "
		    "can raise it", app->name, limit_name(i),
		    limit_format(i, app->limits[i].value, a, sizeof(a)),
		    limit_format(i, rl.rlim_max, b, sizeof(b)));
	}
}

/* Only warned of: what is missing may be installed before the start. */
static void
check_programs(struct parse *ps, struct draft *d)
{
	const struct app_conf	*app = d->app;
	char			 why[CONF_TEXT_MAX];

	if (!ps->opts->programs || app->user == NULL || app->groups == NULL)
		return;
	if (app->argv != NULL &&
	    conf_program(app, app->argv[0], 0, why, sizeof(why)) == -1)
		conf_warning(ps, draft_pos(d, FIELD_COMMAND), "app %s: "
		    "command \"%s\": %s", app->name, app->argv[0], why);
	if (app->directory != NULL &&
	    conf_program(app, app->directory, 1, why, sizeof(why)) == -1)
		conf_warning(ps, draft_pos(d, FIELD_DIRECTORY), "app %s: "
		    "directory \"%s\": %s", app->name, app->directory, why);
}

static void
check_app(struct parse *ps, struct draft *d)
{
	draft_inherit(d, ps->defaults);
	draft_inherit(d, ps->base);
	draft_builtin(d);
	d->app->policy.port = d->app->port;
	if (d->app->argv == NULL && !d->bad && d->line[FIELD_COMMAND] == 0)
		conf_error(ps, d->pos, "app %s: command is missing: command "
		    "\"/path/of/program\" \"argument\" ...", d->app->name);
	conf_user_app(ps, d);
	conf_user_log(ps, d);
	check_backoff(ps, d);
	check_instances(ps, d);
	check_exits(ps, d);
	check_rights(ps, d);
	check_programs(ps, d);
}

void
conf_check(struct parse *ps)
{
	struct conf	*conf = ps->conf;
	struct draft	*d;

	conf_path_options(ps);
	conf_path_resolve(ps);
	conf_user_daemon(ps);
	TAILQ_FOREACH(d, &ps->drafts, entry)
		check_app(ps, d);
	conf_order(ps);
	draft_builtin(ps->base);	/* after the apps have inherited */
	conf->log = ps->base->app->log;
	conf->policy = ps->base->app->policy;
}
