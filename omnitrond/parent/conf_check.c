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
	const struct m_conf_process	*p = &d->process->policy;
	char				 a[32], b[32];

	if (p->max_ms < p->initial_ms)
		conf_error(ps, draft_pos(d, d->line[FIELD_MAXIMUM] > 0 ?
		    FIELD_MAXIMUM : FIELD_INITIAL), "%s: max %s is less "
		    "than initial %s", d->title, duration_format(p->max_ms,
		    a, sizeof(a)), duration_format(p->initial_ms, b,
		    sizeof(b)));
	if (p->min_uptime_ms > p->startup_timeout_ms)
		conf_error(ps, draft_pos(d, d->line[FIELD_MINUPTIME] > 0 ?
		    FIELD_MINUPTIME : FIELD_STARTUPTIMEOUT), "%s: "
		    "min-uptime %s is longer than startup-timeout %s: it "
		    "would never be online", d->title,
		    duration_format(p->min_uptime_ms, a, sizeof(a)),
		    duration_format(p->startup_timeout_ms, b, sizeof(b)));
}

static void
check_instances(struct parse *ps, struct draft *d)
{
	const struct m_conf_process	*p = &d->process->policy;

	if (p->instances > p->scaling_max)
		conf_error(ps, draft_pos(d, d->line[FIELD_INSTANCES] > 0 ?
		    FIELD_INSTANCES : FIELD_SCALING), "%s: instances %u "
		    "is more than scaling max %u", d->title, p->instances,
		    p->scaling_max);
}

static void
check_oneshot(struct parse *ps, struct draft *d)
{
	const struct m_conf_process	*p = &d->process->policy;

	if ((p->flags & PROCESS_ONESHOT) && p->policy == RESTART_ALWAYS)
		conf_error(ps, draft_pos(d, d->line[FIELD_ONESHOT] > 0 ?
		    FIELD_ONESHOT : FIELD_RESTART), "%s: oneshot with "
		    "restart always would never be done", d->title);
}

/* What is not measured cannot be too much. */
static void
check_memory(struct parse *ps, struct draft *d)
{
	if (d->process->policy.max_memory > 0 && ps->conf->metrics_ms == 0)
		conf_error(ps, draft_pos(d, FIELD_MAXMEMORY), "%s: max-memory "
		    "needs metrics, which monitoring turns off", d->title);
}

static void
check_exits(struct parse *ps, struct draft *d)
{
	const struct m_conf_process	*p = &d->process->policy;
	int				 code;

	for (code = 0; code < 256; code++)
		if (p->success_codes[code / 8] & p->norestart_codes[code / 8] &
		    (1u << (code % 8)))
			conf_error(ps, draft_pos(d, FIELD_NORESTARTEXIT),
			    "%s: exit %d is in success-exit and in "
			    "no-restart-exit", d->title, code);
}

/* What only root can do fails here, not at each start. */
static void
check_rights(struct parse *ps, struct draft *d)
{
	const struct process_conf	*pc = d->process;
	struct rlimit			 rl;
	const struct limit		*l;
	char				 a[32], b[32];
	int				 i;

	if (ps->uid == 0)
		return;
	if (pc->nice < 0)
		conf_error(ps, draft_pos(d, FIELD_NICE), "%s: nice %d: "
		    "only root can raise a priority", d->title, pc->nice);
	for (i = 0; i < (int)RLIM_NLIMITS; i++) {
		l = limit_get(pc, i);
		if (!l->set || limit_name(i) == NULL ||
		    getrlimit(i, &rl) == -1 ||
		    l->value <= rl.rlim_max)
			continue;
		conf_error(ps, draft_pos(d, FIELD_LIMIT), "%s: limit %s "
		    "%s is above the hard limit %s of this user: only root "
		    "can raise it", d->title, limit_name(i),
		    limit_format(i, l->value, a, sizeof(a)),
		    limit_format(i, rl.rlim_max, b, sizeof(b)));
	}
}

/* A command that is run for the process: the keyword is word's. */
static void
check_run(struct parse *ps, struct draft *d, enum run_kind kind,
    enum field_id id, const char *word)
{
	char	**argv = d->process->run_argv[kind];
	char	 why[CONF_TEXT_MAX];

	if (argv != NULL &&
	    conf_program(d->process, argv[0], 0, why, sizeof(why)) == -1)
		conf_warning(ps, draft_pos(d, id), "%s: %s \"%s\": %s",
		    d->title, word, argv[0], why);
}

/* Only warned of: what is missing may be installed before the start. */
static void
check_programs(struct parse *ps, struct draft *d)
{
	const struct process_conf	*pc = d->process;
	char				 why[CONF_TEXT_MAX];

	if (!ps->opts->programs || pc->user == NULL || pc->groups == NULL)
		return;
	if (pc->argv != NULL &&
	    conf_program(pc, pc->argv[0], 0, why, sizeof(why)) == -1)
		conf_warning(ps, draft_pos(d, FIELD_COMMAND), "%s: command "
		    "\"%s\": %s", d->title, pc->argv[0], why);
	check_run(ps, d, RUN_HOOK, FIELD_BEFORESTART, "before-start");
	check_run(ps, d, RUN_RELOAD, FIELD_RELOAD, "reload command");
	if (pc->directory != NULL &&
	    conf_program(pc, pc->directory, 1, why, sizeof(why)) == -1)
		conf_warning(ps, draft_pos(d, FIELD_DIRECTORY), "%s: "
		    "directory \"%s\": %s", d->title, pc->directory, why);
	if (pc->watch != NULL && conf_program(pc, pc->watch->directory, 1, why,
	    sizeof(why)) == -1)
		conf_warning(ps, draft_pos(d, FIELD_WATCH), "%s: watch "
		    "\"%s\": %s", d->title, pc->watch->directory, why);
}

static void
check_process(struct parse *ps, struct draft *d)
{
	draft_builtin(d);
	if (d->process->argv == NULL && !d->bad &&
	    d->line[FIELD_COMMAND] == 0)
		conf_error(ps, d->pos, "%s: command is missing: command "
		    "\"/path/of/program\" \"argument\" ...", d->title);
	conf_user_process(ps, d);
	check_backoff(ps, d);
	check_instances(ps, d);
	check_exits(ps, d);
	check_oneshot(ps, d);
	ready_check(ps, d);
	health_check(ps, d);
	check_memory(ps, d);
	secrets_check(ps, d);
	check_rights(ps, d);
	check_programs(ps, d);
}

/* What an app says outside of its process blocks holds for all of them. */
static void
check_processes(struct parse *ps, struct draft *d)
{
	struct draft	*pd;

	if (d->line[FIELD_COMMAND] > 0)
		conf_error(ps, draft_pos(d, FIELD_COMMAND), "%s: command "
		    "stands beside process blocks: each of them has its own",
		    d->title);
	if (d->line[FIELD_LISTEN] > 0)
		conf_error(ps, draft_pos(d, FIELD_LISTEN), "%s: listen stands "
		    "beside process blocks: say it in that of the process "
		    "that gets the socket", d->title);
	TAILQ_FOREACH(pd, &d->processes, entry) {
		draft_inherit(pd, d);
		check_process(ps, pd);
	}
	draft_builtin(d);
}

static void
check_app(struct parse *ps, struct draft *d)
{
	draft_inherit(d, ps->defaults);
	draft_inherit(d, ps->base);
	if (d->nprocesses > 0)
		check_processes(ps, d);
	else
		check_process(ps, d);
	conf_user_log(ps, d);
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
	conf_sockets(ps);
	conf_ports(ps);
	conf_jwt(ps);
	conf_tls(ps);
	conf_secrets(ps);
	conf_user_demand(ps);
	conf_order(ps);
	conf_listen(ps);
	draft_builtin(ps->base);	/* after the apps have inherited */
	conf_groups(ps);
	conf->log = ps->base->app->log;
	conf->policy = ps->base->process->policy;
	conf->strategy = ps->base->app->strategy;
}
