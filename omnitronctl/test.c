/*
 * is-active, is-healthy, wait: predicates for scripts.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/json.h"
#include "common/mono.h"
#include "common/units.h"
#include "omnitronctl/command.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/output.h"
#include "omnitronctl/target.h"

/*
 * There are no events to subscribe to yet, so `wait` looks again and again:
 * soon at first, as most apps start in no time, then less often.
 */
#define TEST_LOOK_MS		50
#define TEST_LOOK_MAX_MS	500

static int
test_is(const struct json *app, const char *key, const char *value)
{
	return (strcmp(json_get_string(app, key, ""), value) == 0);
}

static void
test_show(struct ctl *ctl, const struct json *node, const char *text)
{
	if (ctl->json)
		ctl->out->show(ctl, VIEW_RESULT, node);
	else
		ctl_note(ctl, "%s", text);
}

/* What the words name: apps of the answer, which is to be cleared. */
struct found {
	struct client_reply	  reply;
	const struct json	**apps;
	size_t			  n;
	int			  single;	/* one plain name was given */
};

static void
found_clear(struct found *f)
{
	free(f->apps);
	client_reply_clear(&f->reply);
}

static int
found_get(struct ctl *ctl, const struct args *args, struct found *f)
{
	int	 code;

	memset(f, 0, sizeof(*f));
	f->single = args->npos == 1 && !target_is_glob(args->pos[0]);
	code = conn_call(ctl, "list", NULL, CONN_READ_MS, &f->reply);
	if (code != EXIT_DONE)
		return (code);
	code = target_filter(ctl, f->reply.result, args->pos, args->npos,
	    &f->apps, &f->n);
	if (code != EXIT_DONE)
		found_clear(f);
	return (code);
}

/* One alone as it is; several each with its name, or as an array. */
static void
found_show(struct ctl *ctl, const struct found *f, int named)
{
	const char	*status;
	size_t		 i;

	if (ctl->json && !f->single) {
		ctl->out->apps(ctl, f->apps, f->n, 0);
		return;
	}
	for (i = 0; i < f->n; i++) {
		status = json_get_string(f->apps[i], "status", "?");
		if (ctl->json)
			ctl->out->show(ctl, VIEW_RESULT, f->apps[i]);
		else if (f->single && !named)
			ctl_note(ctl, "%s", status);
		else
			ctl_note(ctl, "%s: %s", json_get_string(f->apps[i],
			    "name", "?"), status);
	}
}

int
test_is_active(struct ctl *ctl, const struct args *args)
{
	struct found	 f;
	size_t		 i;
	int		 code;

	if ((code = found_get(ctl, args, &f)) != EXIT_DONE)
		return (code);
	found_show(ctl, &f, 0);
	for (i = 0; i < f.n; i++)
		if (!test_is(f.apps[i], "status", "online"))
			code = EXIT_FALSE;
	found_clear(&f);
	return (code);
}

int
test_is_healthy(struct ctl *ctl, const struct args *args)
{
	const struct json	*apps, *app;
	struct client_reply	 reply;
	const char		*state;
	int			 code;

	code = conn_call_name(ctl, "getHealth",
	    args->npos == 1 ? args->pos[0] : NULL, CONN_READ_MS, &reply);
	if (code != EXIT_DONE)
		return (code);
	state = json_get_string(reply.result, "overall", "unknown");
	if (args->npos == 1 &&
	    (apps = json_get(reply.result, "apps")) != NULL &&
	    (app = json_get(apps, args->pos[0])) != NULL)
		state = json_get_string(app, "status", state);
	test_show(ctl, reply.result, state);
	if (strcmp(state, "healthy") != 0)
		code = EXIT_FALSE;
	client_reply_clear(&reply);
	return (code);
}

/* ---- wait --------------------------------------------------------------- */

enum wait_for { WAIT_ONLINE, WAIT_HEALTHY, WAIT_STOPPED, WAIT_MAX };
static const char *const wait_names[] = { "online", "healthy", "stopped" };

/* 1 reached, 0 not yet, -1 it will not come by itself. */
static int
wait_reached(const struct json *app, enum wait_for want)
{
	int	 crashed = test_is(app, "status", "crashed");

	if (want == WAIT_STOPPED)
		return (crashed || test_is(app, "status", "stopped"));
	/* What waits for its turn is stopped too, but means to run. */
	if (crashed || (test_is(app, "status", "stopped") &&
	    test_is(app, "intent", "stop")))
		return (-1);
	/* a job that is done did what it was waited for */
	if (want == WAIT_ONLINE && test_is(app, "status", "stopped") &&
	    test_is(app, "reason", "finished"))
		return (1);
	if (!test_is(app, "status", "online"))
		return (0);
	return (want == WAIT_ONLINE || test_is(app, "health", "healthy"));
}

/* It can never come: say what would make it. */
static int
wait_never(struct ctl *ctl, const struct json *app)
{
	const char	*name = json_get_string(app, "name", "?");
	const char	*reason = json_get_string(app, "reason", "");
	char		 self[CTL_TEXT_MAX];

	return (ctl_fail(ctl, EXIT_FAILED, "%s: %s%s%s; it stays so until: "
	    "%s start %s", name, json_get_string(app, "status", "?"),
	    *reason != '\0' ? ", " : "", reason,
	    conn_self(ctl, self, sizeof(self)), name));
}

/* Somebody who looks at the prompt wants to know what it is that hangs. */
static void
wait_say(struct ctl *ctl, enum wait_for want, const struct json *app)
{
	const char	*reason = json_get_string(app, "reason", "");

	if (ctl->terminal && !ctl->quiet)
		ctl_note(ctl, "%s: %s%s%s; waiting for it to be %s",
		    json_get_string(app, "name", "?"),
		    json_get_string(app, "status", "?"),
		    *reason != '\0' ? ", " : "", reason, wait_names[want]);
}

/*
 * The first that is not there yet, or NULL when all are.  One that will never
 * be is an error at once, whatever the others do.
 */
static int
wait_look(struct ctl *ctl, const struct found *f, enum wait_for want,
    const struct json **missing)
{
	size_t	 i;
	int	 reached;

	*missing = NULL;
	for (i = 0; i < f->n; i++) {
		reached = wait_reached(f->apps[i], want);
		if (reached == -1)
			return (wait_never(ctl, f->apps[i]));
		if (reached == 0 && *missing == NULL)
			*missing = f->apps[i];
	}
	return (EXIT_DONE);
}

static void
wait_pause(int64_t ms)
{
	struct timespec	 ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

static int
wait_late(struct ctl *ctl, const struct json *app, enum wait_for want)
{
	return (ctl_fail(ctl, EXIT_TIMEOUT, "%s: not %s in time",
	    json_get_string(app, "name", "?"), wait_names[want]));
}

/* One look; *done: no other is needed. */
static int
wait_round(struct ctl *ctl, const struct args *args, enum wait_for want,
    int first, int late, int *done)
{
	const struct json	*missing;
	struct found		 f;
	int			 code;

	*done = 1;
	if ((code = found_get(ctl, args, &f)) != EXIT_DONE)
		return (code);
	code = wait_look(ctl, &f, want, &missing);
	if (code == EXIT_DONE && missing == NULL)
		found_show(ctl, &f, 1);
	else if (code == EXIT_DONE && late)
		code = wait_late(ctl, missing, want);
	else if (code == EXIT_DONE) {
		*done = 0;
		if (first)
			wait_say(ctl, want, missing);
	}
	found_clear(&f);
	return (code);
}

static int
wait_loop(struct ctl *ctl, const struct args *args, enum wait_for want,
    int64_t timeout)
{
	struct mono	 end = mono_add_ms(mono_now(), timeout);
	int64_t		 ms = TEST_LOOK_MS, left = ms;
	int		 code, first = 1, done;

	for (;; first = 0) {
		if (timeout >= 0)
			left = mono_diff_ms(end, mono_now());
		code = wait_round(ctl, args, want, first, left <= 0, &done);
		if (done)
			return (code);
		wait_pause(timeout >= 0 && left < ms ? left : ms);
		if ((ms *= 2) > TEST_LOOK_MAX_MS)
			ms = TEST_LOOK_MAX_MS;
	}
}

int
test_wait(struct ctl *ctl, const struct args *args)
{
	const char	*value;
	int64_t		 timeout = -1;
	int		 want = WAIT_ONLINE;

	if ((value = args_value(args, OPT_FOR)) != NULL) {
		for (want = 0; want < WAIT_MAX; want++)
			if (strcmp(wait_names[want], value) == 0)
				break;
		if (want == WAIT_MAX)
			return (ctl_fail(ctl, EXIT_USAGE, "--for: '%.64s' is "
			    "none of online, healthy, stopped", value));
	}
	if ((value = args_value(args, OPT_TIMEOUT)) != NULL &&
	    (duration_parse(value, &timeout) == -1 || timeout > INT_MAX))
		return (ctl_fail(ctl, EXIT_USAGE, "--timeout: '%.64s' is no "
		    "duration such as 500ms, 30s, 5m", value));
	return (wait_loop(ctl, args, (enum wait_for)want, timeout));
}
