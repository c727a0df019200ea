/*
 * start, stop, restart, reload, scale, signal.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitronctl/batch.h"
#include "omnitronctl/command.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/order.h"
#include "omnitronctl/output.h"
#include "omnitronctl/target.h"
#include "omnitronctl/up.h"

#define APP_INSTANCES_MAX	1024
#define APP_SECONDS_MAX		86400	/* a day, of -t */

/* What the options ask for, as parameters. */
struct app_options {
	int64_t		 timeout;	/* ms for the daemon, -1: its own */
	int64_t		 wait;		/* ms of ours, -1: for ever */
	int64_t		 number;	/* instances, instance */
	const char	*signal;
	const char	*process;	/* of several, or NULL */
	int		 nowait;
	int		 force;
	int		 dependants;
};

/* ---- final lines -------------------------------------------------------- */

static void
app_text_state(const struct json *app, int nowait, char *buf, size_t size)
{
	const char	*reason = json_get_string(app, "reason", "");
	int64_t		 pid = json_get_int(app, "pid", 0);
	int64_t		 n = json_get_int(app, "instances", 1);

	strlcpy(buf, json_get_string(app, "status", "?"), size);
	if (n > 1)
		snprintf(buf + strlen(buf), size - strlen(buf),
		    ", %" PRId64 " instances", n);
	else if (pid > 0)
		snprintf(buf + strlen(buf), size - strlen(buf),
		    " (pid %" PRId64 ")", pid);
	if (reason[0] != '\0')
		snprintf(buf + strlen(buf), size - strlen(buf), ", %s", reason);
	if (!json_get_bool(app, "persisted", 1))
		strlcat(buf, ", not yet on disk", size);
}

/* killed: a flag, or how many. */
static int
app_killed(const struct json *result)
{
	const struct json	*k = json_get(result, "killed");

	if (k == NULL)
		return (0);
	return ((k->type == JSON_BOOL && k->u.b) ||
	    (k->type == JSON_INT && k->u.i > 0) ||
	    (k->type == JSON_ARRAY && k->count > 0));
}

static void
app_text_stop(const struct json *result, int nowait, char *buf, size_t size)
{
	snprintf(buf, size, "stopped%s%s",
	    app_killed(result) ? ", had to be killed" : "",
	    json_get_bool(result, "persisted", 1) ? "" : ", not yet on disk");
}

static void
app_text_signal(const struct json *result, int nowait, char *buf, size_t size)
{
	strlcpy(buf, "signalled", size);
}

/* ---- parameters --------------------------------------------------------- */

static void
app_params_start(struct jsonw *w, const void *arg)
{
	const struct app_options	*o = arg;

	if (o->nowait)
		jsonw_kbool(w, "wait", 0);
	if (o->timeout >= 0)
		jsonw_kint(w, "timeout", o->timeout);
}

static void
app_params_stop(struct jsonw *w, const void *arg)
{
	const struct app_options	*o = arg;

	if (o->force)
		jsonw_kbool(w, "force", 1);
	if (o->timeout >= 0)
		jsonw_kint(w, "timeout", o->timeout);
	if (o->dependants)
		jsonw_kbool(w, "dependants", 1);
}

static void
app_params_scale(struct jsonw *w, const void *arg)
{
	const struct app_options	*o = arg;

	jsonw_kint(w, "instances", o->number);
	if (o->process != NULL)
		jsonw_kstring(w, "process", o->process);
}

static void
app_params_signal(struct jsonw *w, const void *arg)
{
	const struct app_options	*o = arg;

	jsonw_kstring(w, "signal", o->signal);
	if (o->number >= 0)
		jsonw_kint(w, "instance", o->number);
	if (o->process != NULL)
		jsonw_kstring(w, "process", o->process);
}

static const struct batch_op app_op_start = {
	"startApp", "starting", app_text_state, app_params_start
};
static const struct batch_op app_op_stop = {
	"stopApp", "stopping", app_text_stop, app_params_stop
};
static const struct batch_op app_op_restart = {
	"restartApp", "restarting", app_text_state, app_params_start
};
static const struct batch_op app_op_reload = {
	"reloadApp", "reloading", app_text_state, app_params_start
};
static const struct batch_op app_op_scale = {
	"scale", "scaling", app_text_state, app_params_scale
};
static const struct batch_op app_op_signal = {
	"signalApp", "signalling", app_text_signal, app_params_signal
};

/* ---- options ------------------------------------------------------------ */

static int
app_seconds(struct ctl *ctl, const char *value, int64_t *ms)
{
	const char	*errstr;
	long long	 n;

	n = strtonum(value, 0, APP_SECONDS_MAX, &errstr);
	if (errstr != NULL)
		return (ctl_fail(ctl, EXIT_USAGE, "-t: number of seconds is "
		    "%s: %.64s", errstr, value));
	*ms = n * 1000;
	return (EXIT_DONE);
}

static int
app_options(struct ctl *ctl, const struct args *args, struct app_options *o)
{
	const char	*value;
	int		 code;

	memset(o, 0, sizeof(*o));
	o->timeout = o->wait = o->number = -1;
	o->nowait = args_has(args, OPT_NO_WAIT);
	o->force = args_has(args, 'f');
	o->dependants = args_has(args, OPT_DEPENDANTS);
	o->process = args_value(args, OPT_PROCESS);
	value = args_value(args, OPT_TIMEOUT);
	if (value != NULL &&
	    (duration_parse(value, &o->wait) == -1 || o->wait > INT_MAX))
		return (ctl_fail(ctl, EXIT_USAGE, "--timeout: '%.64s' is no "
		    "duration such as 500ms, 30s, 5m", value));
	value = args_value(args, 't');
	if (value != NULL &&
	    (code = app_seconds(ctl, value, &o->timeout)) != EXIT_DONE)
		return (code);
	/* No time at all is what -f says. */
	if (o->timeout == 0) {
		o->timeout = -1;
		o->force = 1;
	}
	return (EXIT_DONE);
}

/* ---- everything --------------------------------------------------------- */

static int
app_is_all(const struct args *args)
{
	return (args->npos == 1 && strcmp(args->pos[0], "all") == 0);
}

static int
app_reply_of_all(struct ctl *ctl, const char *method, struct app_options *o,
    struct client_reply *reply)
{
	struct jsonw		 w;
	int64_t			 ignored;
	enum omnitron_status	 status;
	char			 full[128], *params;
	int			 code;

	memset(reply, 0, sizeof(*reply));
	if ((code = conn_open(ctl)) != EXIT_DONE)
		return (code);
	jsonw_init(&w, 0);
	jsonw_object(&w);
	if (o->force)
		jsonw_kbool(&w, "force", 1);
	if (o->nowait && strcmp(method, "stopAll") != 0)
		jsonw_kbool(&w, "wait", 0);
	jsonw_end(&w);
	params = conn_params(&w);
	conn_method(method, full, sizeof(full));
	if (o->nowait && strcmp(method, "stopAll") == 0) {
		status = omnitron_send(ctl->client, full, params, &ignored);
		if (status == OMNITRON_OK)
			status = client_call(ctl->client,
			    "OmnitronDaemon.list", NULL, CONN_READ_MS, reply);
	} else
		status = client_call(ctl->client, full, params,
		    (int)o->wait, reply);
	free(params);
	if (status == OMNITRON_OK)
		return (EXIT_DONE);
	if (status == OMNITRON_TIMEOUT)
		code = ctl_fail(ctl, EXIT_TIMEOUT,
		    "not finished in time; it goes on without us");
	else
		code = conn_fail(ctl, status, reply, NULL);
	client_reply_clear(reply);
	return (code);
}

/* Should run, and does not, and not because it waits for another. */
static int
app_is_bad(const struct json *app)
{
	const char	*status = json_get_string(app, "status", "");

	return (strcmp(status, "errored") == 0 ||
	    strcmp(status, "crashed") == 0);
}

static int
app_report(struct ctl *ctl, const struct json *list, int starting)
{
	const struct json	*app;
	char			 text[CTL_TEXT_MAX], bad[CTL_TEXT_MAX] = "";
	size_t			 failed = 0;

	for (app = list->first; app != NULL; app = app->next) {
		app_text_state(app, 0, text, sizeof(text));
		ctl_note(ctl, "%s: %s", json_get_string(app, "name", "?"),
		    text);
		if (!starting || !app_is_bad(app))
			continue;
		failed++;
		strlcat(bad, " ", sizeof(bad));
		strlcat(bad, json_get_string(app, "name", "?"), sizeof(bad));
	}
	if (failed == 0)
		return (EXIT_DONE);
	return (ctl_fail(ctl, failed == list->count ? EXIT_FAILED :
	    EXIT_PARTIAL, "%zu of %zu failed:%s", failed, list->count, bad));
}

/* One request, so that the daemon minds the order of dependencies. */
static int
app_all(struct ctl *ctl, const char *method, const struct batch_op *op,
    struct app_options *o)
{
	struct client_reply	 reply, list = { 0 };
	const struct json	*apps;
	int			 code;

	if (ctl->terminal)
		ctl_note(ctl, "%s all apps ...", op->doing);
	fflush(stdout);
	code = app_reply_of_all(ctl, method, o, &reply);
	if (code != EXIT_DONE)
		return (code);
	apps = reply.result;
	if (ctl->json)
		ctl->out->show(ctl, VIEW_RESULT, reply.result);
	if (apps->type != JSON_ARRAY) {
		code = conn_call(ctl, "list", NULL, CONN_READ_MS, &list);
		apps = code == EXIT_DONE ? list.result : NULL;
	}
	if (apps != NULL)
		code = app_report(ctl, apps, op != &app_op_stop);
	client_reply_clear(&list);
	client_reply_clear(&reply);
	return (code);
}

static int
app_some(struct ctl *ctl, const struct batch_op *op, const char *const *words,
    size_t n, struct app_options *o)
{
	struct batch	 b = { .op = op, .arg = o };
	struct targets	 t;
	size_t		*level;
	int		 code;

	if ((code = target_resolve(ctl, words, n, &t)) != EXIT_DONE)
		return (code);
	level = xcalloc(t.n + 1, sizeof(*level));
	if (t.n > 1 && (code = order_ask(ctl, &t, level)) != EXIT_DONE)
		goto done;
	if (op == &app_op_stop)
		order_reverse(&t, level);
	if (op == &app_op_stop || op == &app_op_reload)
		b.level = level;
	b.nowait = o->nowait;
	b.detach = o->nowait && op == &app_op_stop;
	b.timeout = o->wait;
	code = batch_run(ctl, &b, &t);
done:
	free(level);
	target_free(&t);
	return (code);
}

/* ---- commands ----------------------------------------------------------- */

int
app_start(struct ctl *ctl, const struct args *args)
{
	struct app_options	 o;
	int			 code;

	if ((code = app_options(ctl, args, &o)) != EXIT_DONE ||
	    (code = up_if_down(ctl)) != EXIT_DONE)
		return (code);
	if (args->npos == 0 || app_is_all(args))
		return (app_all(ctl, "startAll", &app_op_start, &o));
	return (app_some(ctl, &app_op_start, args->pos, args->npos, &o));
}

int
app_stop(struct ctl *ctl, const struct args *args)
{
	struct app_options	 o;
	int			 code;

	if ((code = app_options(ctl, args, &o)) != EXIT_DONE)
		return (code);
	if (!app_is_all(args))
		return (app_some(ctl, &app_op_stop, args->pos, args->npos, &o));
	if (o.timeout >= 0)
		return (ctl_fail(ctl, EXIT_USAGE,
		    "stop: -t is for named apps, not for all"));
	return (app_all(ctl, "stopAll", &app_op_stop, &o));
}

int
app_restart(struct ctl *ctl, const struct args *args)
{
	struct app_options	 o;
	int			 code;

	if ((code = app_options(ctl, args, &o)) != EXIT_DONE)
		return (code);
	if (app_is_all(args))
		return (app_all(ctl, "restartAll", &app_op_restart, &o));
	return (app_some(ctl, &app_op_restart, args->pos, args->npos, &o));
}

/* Those that run or are meant to; what was stopped by hand stays so. */
static int
app_reload_all(struct ctl *ctl, struct app_options *o)
{
	struct client_reply	 reply = { 0 };
	const struct json	*app;
	const char		**names;
	size_t			 n = 0;
	int			 code;

	if ((code = conn_call(ctl, "list", NULL, CONN_READ_MS, &reply)) !=
	    EXIT_DONE)
		return (code);
	names = xcalloc(reply.result->count + 1, sizeof(*names));
	for (app = reply.result->first; app != NULL; app = app->next)
		if (strcmp(json_get_string(app, "intent", "run"), "run") == 0)
			names[n++] = json_get_string(app, "name", "?");
	if (n > 0)
		code = app_some(ctl, &app_op_reload, names, n, o);
	else
		ctl_note(ctl, "no app runs");
	free(names);
	client_reply_clear(&reply);
	return (code);
}

int
app_reload(struct ctl *ctl, const struct args *args)
{
	struct app_options	 o;
	int			 code;

	if ((code = app_options(ctl, args, &o)) != EXIT_DONE)
		return (code);
	if (app_is_all(args))
		return (app_reload_all(ctl, &o));
	return (app_some(ctl, &app_op_reload, args->pos, args->npos, &o));
}

int
app_scale(struct ctl *ctl, const struct args *args)
{
	struct app_options	 o;
	const char		*errstr;
	int			 code;

	if ((code = app_options(ctl, args, &o)) != EXIT_DONE)
		return (code);
	o.number = strtonum(args->pos[1], 0, APP_INSTANCES_MAX, &errstr);
	if (errstr != NULL)
		return (ctl_fail(ctl, EXIT_USAGE, "scale: number of instances "
		    "is %s: %.64s", errstr, args->pos[1]));
	if (o.number == 0)
		return (ctl_fail(ctl, EXIT_USAGE, "scale: at least 1; to run "
		    "none: omnitronctl stop %s", args->pos[0]));
	return (app_some(ctl, &app_op_scale, args->pos, 1, &o));
}

int
app_signal(struct ctl *ctl, const struct args *args)
{
	struct app_options	 o;
	const char		*value, *errstr;
	int			 code, sig;

	if ((code = app_options(ctl, args, &o)) != EXIT_DONE)
		return (code);
	if ((sig = signal_parse(args->pos[1])) == -1)
		return (ctl_fail(ctl, EXIT_USAGE, "signal: no such signal: "
		    "%.64s", args->pos[1]));
	o.signal = signal_name(sig);
	if ((value = args_value(args, OPT_INSTANCE)) != NULL) {
		o.number = strtonum(value, 0, APP_INSTANCES_MAX - 1, &errstr);
		if (errstr != NULL)
			return (ctl_fail(ctl, EXIT_USAGE,
			    "--instance: number is %s: %.64s", errstr, value));
	}
	return (app_some(ctl, &app_op_signal, args->pos, 1, &o));
}
