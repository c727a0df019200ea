/*
 * The resolved configuration as JSON, by the names operators know: numbers
 * are numbers, durations milliseconds, sizes bytes.  In the parent; pure.
 */
#include <stdio.h>
#include <string.h>

#include "common/jsonw.h"
#include "common/units.h"
#include "omnitrond/parent/conf_parse.h"

static void
json_strings(struct jsonw *w, char **v)
{
	if (v == NULL) {
		jsonw_null(w);
		return;
	}
	jsonw_array(w);
	for (; *v != NULL; v++)
		jsonw_string(w, *v);
	jsonw_end(w);
}

static void
json_env(struct jsonw *w, const struct process_conf *pc)
{
	struct env	*env;
	char		 secret[NAME_SIZE + 16];

	jsonw_object(w);
	TAILQ_FOREACH(env, &pc->env, entry) {
		if (env->kind == ENV_SECRET) {
			snprintf(secret, sizeof(secret), "<secret:%s>",
			    env->value);
			jsonw_kstring(w, env->name, secret);
		} else
			jsonw_kstring(w, env->name, env->value);
	}
	jsonw_end(w);
}

static void
json_limits(struct jsonw *w, const struct process_conf *pc)
{
	const struct limit	*l;
	int			 i;

	jsonw_object(w);
	for (i = 0; i < (int)RLIM_NLIMITS; i++) {
		l = limit_get(pc, i);
		if (!l->set)
			continue;
		if (l->value == RLIM_INFINITY)
			jsonw_kstring(w, limit_name(i), "unlimited");
		else
			jsonw_kint(w, limit_name(i), (int64_t)l->value);
	}
	jsonw_end(w);
}

static void
json_exits(struct jsonw *w, const uint8_t *codes, uint64_t signals)
{
	int	 i;

	jsonw_array(w);
	for (i = 0; i < 256; i++)
		if (codes[i / 8] & (1u << (i % 8)))
			jsonw_int(w, i);
	for (i = 1; i < 64; i++)
		if (signals & (UINT64_C(1) << i))
			jsonw_string(w, signal_name(i));
	jsonw_end(w);
}

static void
json_deps(struct jsonw *w, const struct deps *deps)
{
	struct dep	*dep;

	jsonw_array(w);
	TAILQ_FOREACH(dep, deps, entry)
		jsonw_string(w, dep->name);
	jsonw_end(w);
}

static void
json_listens(struct jsonw *w, const struct process_conf *pc)
{
	const struct listen_conf	*l;
	char				 mode[8];

	jsonw_array(w);
	TAILQ_FOREACH(l, &pc->listens, entry) {
		jsonw_object(w);
		jsonw_kstring(w, "kind", l->kind == LISTEN_TCP ? "tcp" :
		    l->kind == LISTEN_UDP ? "udp" : "unix");
		if (l->kind == LISTEN_UNIX) {
			snprintf(mode, sizeof(mode), "%04o",
			    (unsigned int)l->mode);
			jsonw_kstring(w, "path", l->path);
			jsonw_kstring(w, "mode", mode);
		} else {
			jsonw_kstring(w, "address", l->on);
			jsonw_kint(w, "port", l->port);
		}
		jsonw_kstring(w, "name", l->name);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
json_watch(struct jsonw *w, const struct watch_conf *watch)
{
	uint32_t	 i;

	if (watch == NULL) {
		jsonw_null(w);
		return;
	}
	jsonw_object(w);
	jsonw_kstring(w, "directory", watch->directory);
	jsonw_key(w, "ignore");
	jsonw_array(w);
	for (i = 0; i < watch->nignore; i++)
		jsonw_string(w, watch->ignore[i]);
	jsonw_end(w);
	jsonw_kint(w, "debounce", watch->debounce_ms);
	jsonw_end(w);
}

static void
json_other(struct jsonw *w, enum field_id id, const struct process_conf *pc)
{
	const char	*text;
	char		 buf[READY_TEXT_SIZE];

	switch (id) {
	case FIELD_COMMAND:
		json_strings(w, pc->argv);
		break;
	case FIELD_BEFORESTART:
		json_strings(w, pc->run_argv[RUN_HOOK]);
		break;
	case FIELD_ENV:
		json_env(w, pc);
		break;
	case FIELD_CREDENTIAL:
		json_creds(w, pc);
		break;
	case FIELD_LIMIT:
		json_limits(w, pc);
		break;
	case FIELD_LISTEN:
		json_listens(w, pc);
		break;
	case FIELD_HEALTH:
		health_json(w, pc);
		break;
	case FIELD_READY:
		jsonw_string(w, ready_format(pc, buf, sizeof(buf)));
		break;
	case FIELD_WATCH:
		json_watch(w, pc->watch);
		break;
	case FIELD_SUCCESSEXIT:
		json_exits(w, pc->policy.success_codes,
		    pc->policy.success_signals);
		break;
	case FIELD_NORESTARTEXIT:
		json_exits(w, pc->policy.norestart_codes, 0);
		break;
	case FIELD_RELOAD:
		if (pc->run_argv[RUN_RELOAD] != NULL) {
			json_strings(w, pc->run_argv[RUN_RELOAD]);
			break;
		}
		text = reload_text(&pc->policy, buf, sizeof(buf));
		if (text != NULL)
			jsonw_string(w, text);
		else
			jsonw_null(w);
		break;
	default:
		jsonw_null(w);
	}
}

/* One of a process, if there is one. */
static void
json_process_field(struct jsonw *w, const struct field *f,
    const struct process_conf *pc)
{
	if (pc == NULL)
		return;
	if (f->type != FT_OTHER) {
		field_json(f, pc, w);
		return;
	}
	jsonw_key(w, f->json);
	json_other(w, f->id, pc);
}

/* The settings of an app, of a process, or with both of an app that is one. */
static void
json_settings(struct jsonw *w, const struct app_conf *app,
    const struct process_conf *pc)
{
	const struct deps	*deps = app != NULL ? &app->deps : &pc->deps;
	const struct field	*f;
	int			 id;

	for (id = 0; id < FIELD_LOG_FIRST; id++) {
		f = &fields[id];
		if (id == FIELD_DEPENDSON) {
			jsonw_key(w, f->json);
			json_deps(w, deps);
		} else if (f->of == OF_process)
			json_process_field(w, f, pc);
		else if (app != NULL)
			field_json(f, app, w);
	}
}

static void
json_processes(struct jsonw *w, const struct app_conf *app)
{
	const struct process_conf	*pc;

	jsonw_key(w, "processes");
	jsonw_array(w);
	TAILQ_FOREACH(pc, &app->processes, entry) {
		jsonw_object(w);
		jsonw_kstring(w, "name", pc->name);
		json_settings(w, NULL, pc);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
json_app(struct jsonw *w, const struct app_conf *app)
{
	int	 id;

	jsonw_object(w);
	jsonw_kstring(w, "name", app->name);
	jsonw_kstring(w, "mode", app->bootstrap ? "bootstrap" : "classic");
	jsonw_kstring(w, "appGroup", app->group != NULL ? app->group->name :
	    NULL);
	json_settings(w, app, app->bootstrap ? NULL :
	    TAILQ_FIRST(&app->processes));
	jsonw_key(w, "log");
	jsonw_object(w);
	for (id = FIELD_LOG_FIRST; id < FIELD_MAX; id++)
		field_json(&fields[id], app, w);
	jsonw_end(w);
	if (app->bootstrap)
		json_processes(w, app);
	jsonw_end(w);
}

void
conf_app_json(const struct conf *conf, const struct app_conf *app,
    struct jsonw *w)
{
	char	 path[PATH_SIZE + NAME_SIZE + 8];

	jsonw_object(w);
	jsonw_key(w, "logPaths");
	jsonw_object(w);
	snprintf(path, sizeof(path), "%s/%s.log", conf->logdir, app->name);
	jsonw_kstring(w, "app", path);
	jsonw_end(w);
	jsonw_key(w, "config");
	json_app(w, app);
	jsonw_end(w);
}

/* FNV-1a: it tells versions of one app apart, and nobody gains by a match. */
uint64_t
conf_app_hash(const struct app_conf *app)
{
	struct jsonw	 w;
	uint64_t	 h = UINT64_C(0xcbf29ce484222325);
	size_t		 i;

	jsonw_init(&w, 0);
	json_app(&w, app);
	for (i = 0; i < w.len; i++)
		h = (h ^ (uint8_t)w.buf[i]) * UINT64_C(0x100000001b3);
	jsonw_free(&w);
	return (h != 0 ? h : 1);
}

static void
json_users(struct jsonw *w, const struct conf *conf)
{
	int	 k;

	jsonw_key(w, "users");
	jsonw_object(w);
	for (k = 0; k < K_MAX; k++)
		if (conf->users[k].name != NULL)
			jsonw_kstring(w, kind_name(k), conf->users[k].name);
	jsonw_end(w);
}

static void
json_monitoring(struct jsonw *w, const struct conf *conf)
{
	jsonw_key(w, "monitoring");
	jsonw_object(w);
	jsonw_key(w, "metrics");
	jsonw_object(w);
	jsonw_kbool(w, "enabled", conf->metrics_ms != 0);
	jsonw_kint(w, "intervalMs", conf->metrics_ms);
	jsonw_end(w);
	jsonw_key(w, "health");
	jsonw_object(w);
	jsonw_kint(w, "intervalMs", conf->check_interval_ms);
	jsonw_kint(w, "timeoutMs", conf->check_timeout_ms);
	jsonw_kint(w, "concurrency", conf->probes);
	jsonw_end(w);
	jsonw_end(w);
}

static void
json_groups(struct jsonw *w, const struct conf *conf)
{
	const struct group_conf	*g;
	struct app_conf		 like;

	memset(&like, 0, sizeof(like));
	jsonw_key(w, "groups");
	jsonw_array(w);
	TAILQ_FOREACH(g, &conf->groups, entry) {
		like.strategy = g->strategy;
		jsonw_object(w);
		jsonw_kstring(w, "name", g->name);
		field_json(&fields[FIELD_STRATEGY], &like, w);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
json_logging(struct jsonw *w, const struct conf *conf)
{
	struct app_conf	 log;
	int		 id;

	memset(&log, 0, sizeof(log));
	log.log = conf->log;
	jsonw_key(w, "logging");
	jsonw_object(w);
	for (id = FIELD_LOG_FIRST; id < FIELD_MAX; id++)
		if (id != FIELD_LOGGROUP)
			field_json(&fields[id], &log, w);
	jsonw_end(w);
}

void
conf_json(const struct conf *conf, struct jsonw *w)
{
	struct app_conf	*app;

	jsonw_object(w);
	jsonw_kstring(w, "file", conf->file);
	jsonw_kstring(w, "home", conf->home);
	jsonw_kstring(w, "socketPath", conf->socket);
	json_access(w, conf);
	jsonw_kstring(w, "pidFile", conf->pidfile);
	jsonw_kstring(w, "stateFile", conf->statefile);
	jsonw_kstring(w, "logDir", conf->logdir);
	jsonw_kstring(w, "runDir", conf->rundir);
	jsonw_kstring(w, "role", "master");
	jsonw_kbool(w, "denyRoot", conf->deny_root);
	json_users(w, conf);
	json_monitoring(w, conf);
	json_logging(w, conf);
	json_groups(w, conf);
	jsonw_key(w, "apps");
	jsonw_array(w);
	TAILQ_FOREACH(app, &conf->apps, entry)
		json_app(w, app);
	jsonw_end(w);
	jsonw_end(w);
}
