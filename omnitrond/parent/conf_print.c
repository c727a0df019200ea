/*
 * The normal form of a configuration: every default filled in, and parsing
 * it gives the same again.  In the parent; pure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_print.h"
#include "omnitrond/parent/target.h"

static void
print_path(struct out *o, enum keyword kw, const char *path)
{
	out_word(o, keyword_word(kw));
	out_quoted(o, path);
	out_word(o, "\n");
}

static void
print_users(struct out *o, const struct conf *conf)
{
	int	 k;

	if (conf->users[K_PARENT].name == NULL) {
		none_add(o, "", KW_USERS);	/* only as root */
		return;
	}
	out_word(o, "users {\n");
	for (k = K_PARENT + 1; k < K_MAX; k++) {
		out_printf(o, "\t%s", kind_name(k));
		out_quoted(o, conf->users[k].name);
		out_word(o, "\n");
	}
	out_word(o, "}\n");
}

/* A setting as "keyword value"; 0 if it has no value. */
static int
print_field(struct out *o, const struct field *f, const void *of,
    const char *before)
{
	char		 buf[64];
	const char	*text = field_format(f, of, buf, sizeof(buf));

	if (text == NULL)
		return (0);
	out_printf(o, "%s%s", before, keyword_word(f->kw));
	if (f->id == FIELD_SCALING)
		out_word(o, " max");
	if (f->type == FT_PATH || f->type == FT_STRING)
		out_quoted(o, text);
	else
		out_printf(o, " %s", text);
	return (1);
}

static void
print_monitoring(struct out *o, const struct conf *conf)
{
	char	 buf[64];

	if (conf->metrics_ms == 0)
		out_word(o, "monitoring { metrics no");
	else
		out_printf(o, "monitoring { metrics interval %s",
		    duration_format(conf->metrics_ms, buf, sizeof(buf)));
	out_printf(o, " health interval %s", duration_format(
	    conf->check_interval_ms, buf, sizeof(buf)));
	out_printf(o, " timeout %s concurrency %u }\n", duration_format(
	    conf->check_timeout_ms, buf, sizeof(buf)), conf->probes);
}

static void
print_global(struct out *o, const struct conf *conf)
{
	struct process_conf	 base;
	struct app_conf		 all;
	int			 id;

	print_path(o, KW_HOME, conf->home);
	print_path(o, KW_SOCKET, conf->socket);
	print_sockets(o, conf);
	print_path(o, KW_PIDFILE, conf->pidfile);
	print_path(o, KW_STATEFILE, conf->statefile);
	print_path(o, KW_LOGDIR, conf->logdir);
	print_path(o, KW_RUNDIR, conf->rundir);
	if (conf->deny_root)
		out_word(o, "deny root\n");
	else
		none_add(o, "", KW_DENY);
	print_users(o, conf);
	print_access(o, conf);
	print_monitoring(o, conf);
	memset(&all, 0, sizeof(all));
	all.log = conf->log;
	all.strategy = conf->strategy;
	memset(&base, 0, sizeof(base));
	base.policy = conf->policy;
	out_word(o, "supervision {");
	for (id = 0; id < FIELD_LOG_FIRST; id++)
		if (keyword_in(fields[id].kw) & IN_SUPERVISION)
			print_field(o, &fields[id], fields[id].of ==
			    OF_app ? (void *)&all : (void *)&base, " ");
	out_word(o, " }\nlogging {");
	for (id = FIELD_LOG_FIRST; id < FIELD_MAX; id++)
		print_field(o, &fields[id], &all, " ");
	out_word(o, " }\n");
	none_print(o, "");
}

static int
print_env(struct out *o, const struct process_conf *pc, const char *indent)
{
	struct env	*env;

	TAILQ_FOREACH(env, &pc->env, entry) {
		out_printf(o, "%senv", indent);
		out_quoted(o, env->name);
		if (env->kind == ENV_SECRET)
			out_word(o, " secret");
		out_quoted(o, env->value);
		out_word(o, "\n");
	}
	return (!TAILQ_EMPTY(&pc->env));
}

static int
print_limits(struct out *o, const struct process_conf *pc, const char *indent)
{
	const struct limit	*l;
	char			 buf[64];
	int			 i, n = 0;

	for (i = 0; i < (int)RLIM_NLIMITS; i++) {
		l = limit_get(pc, i);
		if (!l->set)
			continue;
		out_printf(o, "%slimit %s %s\n", indent, limit_name(i),
		    limit_format(i, l->value, buf, sizeof(buf)));
		n++;
	}
	return (n > 0);
}

static void
print_codes(struct out *o, const uint8_t *codes, const char **between)
{
	int	 code;

	for (code = 0; code < 256; code++) {
		if ((codes[code / 8] & (1u << (code % 8))) == 0)
			continue;
		out_printf(o, "%s%d", *between, code);
		*between = ", ";
	}
}

static int
print_success(struct out *o, const struct m_conf_process *policy,
    const char *indent)
{
	const char	*between = " ";
	int		 sig;

	out_printf(o, "%ssuccess-exit", indent);
	print_codes(o, policy->success_codes, &between);
	for (sig = 1; sig < 64; sig++) {
		if ((policy->success_signals & (UINT64_C(1) << sig)) == 0)
			continue;
		out_printf(o, "%s%s", between, signal_name(sig));
		between = ", ";
	}
	out_word(o, "\n");
	return (1);
}

static int
print_norestart(struct out *o, const struct m_conf_process *policy,
    const char *indent)
{
	static const uint8_t	 none[sizeof(policy->norestart_codes)];
	const char		*between = " ";

	if (memcmp(policy->norestart_codes, none, sizeof(none)) == 0)
		return (0);
	out_printf(o, "%sno-restart-exit", indent);
	print_codes(o, policy->norestart_codes, &between);
	out_word(o, "\n");
	return (1);
}

static int
print_deps(struct out *o, const struct deps *deps, const char *indent)
{
	struct dep	*dep;

	if (TAILQ_EMPTY(deps))
		return (0);
	out_printf(o, "%sdepends-on", indent);
	TAILQ_FOREACH(dep, deps, entry) {
		out_quoted(o, dep->name);
		if (TAILQ_NEXT(dep, entry) != NULL)
			out_word(o, ",");
	}
	out_word(o, "\n");
	return (1);
}

static int
print_command(struct out *o, enum keyword kw, char *const *argv,
    const char *indent)
{
	if (argv == NULL)
		return (0);
	out_printf(o, "%s%s", indent, keyword_word(kw));
	for (; *argv != NULL; argv++)
		out_quoted(o, *argv);
	out_word(o, "\n");
	return (1);
}

static int
print_listens(struct out *o, const struct process_conf *pc,
    const char *indent)
{
	const struct listen_conf	*l;

	TAILQ_FOREACH(l, &pc->listens, entry) {
		out_printf(o, "%slisten %s", indent, l->kind == LISTEN_TCP ?
		    "tcp" : l->kind == LISTEN_UDP ? "udp" : "unix");
		if (l->kind == LISTEN_UNIX) {
			out_quoted(o, l->path);
			out_printf(o, " mode %04o", (unsigned int)l->mode);
		} else {
			if (l->on != NULL)
				out_printf(o, " on \"%s\"", l->on);
			out_printf(o, " port %u", l->port);
		}
		out_word(o, " name");
		out_quoted(o, l->name);
		out_word(o, "\n");
	}
	return (!TAILQ_EMPTY(&pc->listens));
}

static int
print_ready(struct out *o, const struct process_conf *pc, const char *indent)
{
	char	 buf[READY_TEXT_SIZE];

	ready_format(pc, buf, sizeof(buf));
	out_printf(o, "%sready", indent);
	if (pc->policy.ready == READY_HTTP) {
		out_word(o, " http");
		out_quoted(o, buf + strlen("http "));
	} else {
		out_word(o, " ");
		out_word(o, buf);
	}
	out_word(o, "\n");
	return (1);
}

static int
print_reload(struct out *o, const struct process_conf *pc, const char *indent)
{
	char		*const *argv = pc->run_argv[RUN_RELOAD];
	char		 buf[64];
	const char	*text = reload_text(&pc->policy, buf, sizeof(buf));

	if (text == NULL)
		return (0);
	out_printf(o, "%sreload %s", indent, text);
	for (; argv != NULL && *argv != NULL; argv++)
		out_quoted(o, *argv);
	out_word(o, "\n");
	return (1);
}

static int
print_watch(struct out *o, const struct watch_conf *w, const char *indent)
{
	char		 buf[64];
	uint32_t	 i;

	if (w == NULL)
		return (0);
	out_printf(o, "%swatch", indent);
	out_quoted(o, w->directory);
	for (i = 0; i < w->nignore; i++) {
		out_word(o, i == 0 ? " ignore" : ",");
		out_quoted(o, w->ignore[i]);
	}
	out_printf(o, " debounce %s\n", duration_format(w->debounce_ms, buf,
	    sizeof(buf)));
	return (1);
}

static void
print_target(struct out *o, const struct target_conf *t)
{
	if (t->url == NULL) {
		out_printf(o, " %u", t->port);
		return;
	}
	out_quoted(o, t->url);
	out_printf(o, " status %u-%u", t->status_min, t->status_max);
	if (t->match != NULL) {
		out_word(o, " match");
		out_quoted(o, t->match);
	}
}

static int
print_health(struct out *o, const struct process_conf *pc, const char *indent)
{
	const struct m_conf_process	*p = &pc->policy;
	char				**argv = pc->run_argv[RUN_PROBE];
	char				 a[32], b[32], c[32];

	if (p->check == CHECK_NONE)
		return (0);
	out_printf(o, "%shealth %s", indent, check_kind(p->check));
	if (p->check == CHECK_EXEC)
		for (; *argv != NULL; argv++)
			out_quoted(o, *argv);
	else if (p->check != CHECK_NOTIFY)
		print_target(o, pc->target[PROBE_HEALTH]);
	out_printf(o, " interval %s timeout %s retries %u start-grace %s "
	    "on-unhealthy %s\n", duration_format(p->check_interval_ms, a,
	    sizeof(a)), duration_format(p->check_timeout_ms, b, sizeof(b)),
	    p->check_retries, duration_format(p->check_grace_ms, c,
	    sizeof(c)), p->flags & PROCESS_REPORT ? "report" : "restart");
	return (1);
}

/* 0 if there is nothing of it. */
static int
print_other(struct out *o, enum field_id id, const struct process_conf *pc,
    const char *indent)
{
	switch (id) {
	case FIELD_COMMAND:
		return (print_command(o, KW_COMMAND, pc->argv, indent));
	case FIELD_BEFORESTART:
		return (print_command(o, KW_BEFORESTART,
		    pc->run_argv[RUN_HOOK], indent));
	case FIELD_ENV:
		return (print_env(o, pc, indent));
	case FIELD_CREDENTIAL:
		return (print_creds(o, pc, indent));
	case FIELD_LIMIT:
		return (print_limits(o, pc, indent));
	case FIELD_LISTEN:
		return (print_listens(o, pc, indent));
	case FIELD_HEALTH:
		return (print_health(o, pc, indent));
	case FIELD_READY:
		return (print_ready(o, pc, indent));
	case FIELD_WATCH:
		return (print_watch(o, pc->watch, indent));
	case FIELD_SUCCESSEXIT:
		return (print_success(o, &pc->policy, indent));
	case FIELD_NORESTARTEXIT:
		return (print_norestart(o, &pc->policy, indent));
	case FIELD_RELOAD:
		return (print_reload(o, pc, indent));
	default:
		return (1);
	}
}

/* A line of it; 0 if it has no value. */
static int
print_line(struct out *o, const struct field *f, const void *of,
    const char *indent)
{
	if (!print_field(o, f, of, indent))
		return (0);
	out_word(o, "\n");
	return (1);
}

/* One of a process; 0 if it has no value. */
static int
print_process_field(struct out *o, const struct field *f,
    const struct process_conf *pc, const char *indent)
{
	return (f->type == FT_OTHER ? print_other(o, f->id, pc, indent) :
	    print_line(o, f, pc, indent));
}

/* The settings of an app, of a process, or with both of an app that is one. */
static void
print_settings(struct out *o, const struct app_conf *app,
    const struct process_conf *pc, const char *indent)
{
	const struct deps	*deps = app != NULL ? &app->deps : &pc->deps;
	const struct field	*f;
	int			 id, some = 1;

	for (id = 0; id < FIELD_LOG_FIRST; id++) {
		f = &fields[id];
		if (id == FIELD_DEPENDSON)
			some = print_deps(o, deps, indent);
		else if (f->of == OF_process && pc != NULL)
			some = print_process_field(o, f, pc, indent);
		else if (f->of == OF_app && app != NULL)
			some = print_line(o, f, app, indent);
		else
			continue;
		if (!some)
			none_add(o, "", f->kw);
	}
}

static void
print_process(struct out *o, const struct process_conf *pc)
{
	out_word(o, "\tprocess");
	out_quoted(o, pc->name);
	out_word(o, " {\n");
	print_settings(o, NULL, pc, "\t\t");
	none_print(o, "\t\t");
	out_word(o, "\t}\n");
}

static void
print_app(struct out *o, const struct app_conf *app)
{
	const struct process_conf	*pc;
	int				 id;

	out_word(o, "\napp");
	out_quoted(o, app->name);
	out_word(o, " {\n");
	print_settings(o, app, app->bootstrap ? NULL :
	    TAILQ_FIRST(&app->processes), "\t");
	out_word(o, "\tlog {");
	for (id = FIELD_LOG_FIRST; id < FIELD_MAX; id++)
		if (!print_field(o, &fields[id], app, " "))
			none_add(o, "log ", fields[id].kw);
	out_word(o, " }\n");
	none_print(o, "\t");
	TAILQ_FOREACH(pc, &app->processes, entry)
		if (app->bootstrap)
			print_process(o, pc);
	out_word(o, "}\n");
}

/* Apps of a group stand together. */
static void
print_group(struct out *o, const struct group_conf *g)
{
	struct app_conf	 like;

	memset(&like, 0, sizeof(like));
	like.strategy = g->strategy;
	out_word(o, "\ngroup");
	out_quoted(o, g->name);
	out_word(o, " {\n");
	print_field(o, &fields[FIELD_STRATEGY], &like, "\t");
	out_word(o, "\n");
}

char *
conf_print(const struct conf *conf)
{
	const struct group_conf	*in = NULL;
	struct app_conf		*app;
	struct out		 o;

	memset(&o, 0, sizeof(o));
	print_global(&o, conf);
	TAILQ_FOREACH(app, &conf->apps, entry) {
		if (in != NULL && app->group != in)
			out_word(&o, "\n}\n");
		if (app->group != NULL && app->group != in)
			print_group(&o, app->group);
		in = app->group;
		print_app(&o, app);
	}
	if (in != NULL)
		out_word(&o, "\n}\n");
	return (o.text);
}
