/*
 * is-active, is-healthy, wait: predicates for scripts.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/json.h"
#include "common/mono.h"
#include "common/units.h"
#include "omnitronctl/command.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/output.h"

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

int
test_is_active(struct ctl *ctl, const struct args *args)
{
	struct client_reply	 reply;
	int			 code;

	code = conn_call_name(ctl, "getApp", args->pos[0], CONN_READ_MS,
	    &reply);
	if (code != EXIT_DONE)
		return (code);
	test_show(ctl, reply.result,
	    json_get_string(reply.result, "status", "?"));
	if (!test_is(reply.result, "status", "online"))
		code = EXIT_FALSE;
	client_reply_clear(&reply);
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
wait_never(struct ctl *ctl, const char *name, const struct json *app)
{
	const char	*reason = json_get_string(app, "reason", "");
	char		 self[CTL_TEXT_MAX];

	return (ctl_fail(ctl, EXIT_FAILED, "%s: %s%s%s; it stays so until: "
	    "%s start %s", name, json_get_string(app, "status", "?"),
	    *reason != '\0' ? ", " : "", reason,
	    conn_self(ctl, self, sizeof(self)), name));
}

/* Somebody who looks at the prompt wants to know what it is that hangs. */
static void
wait_say(struct ctl *ctl, const char *name, enum wait_for want,
    const struct json *app)
{
	const char	*reason = json_get_string(app, "reason", "");

	if (ctl->terminal && !ctl->quiet)
		ctl_note(ctl, "%s: %s%s%s; waiting for it to be %s", name,
		    json_get_string(app, "status", "?"),
		    *reason != '\0' ? ", " : "", reason, wait_names[want]);
}

static int
wait_look(struct ctl *ctl, const char *name, enum wait_for want, int first,
    int *reached)
{
	struct client_reply	 reply;
	char			 text[CTL_TEXT_MAX];
	int			 code;

	code = conn_call_name(ctl, "getApp", name, CONN_READ_MS, &reply);
	if (code != EXIT_DONE)
		return (code);
	*reached = wait_reached(reply.result, want);
	if (*reached == 1) {
		snprintf(text, sizeof(text), "%s: %s", name,
		    json_get_string(reply.result, "status", "?"));
		test_show(ctl, reply.result, text);
	} else if (*reached == -1)
		code = wait_never(ctl, name, reply.result);
	else if (first)
		wait_say(ctl, name, want, reply.result);
	client_reply_clear(&reply);
	return (code);
}

static void
wait_pause(int64_t ms)
{
	struct timespec	 ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

static int
wait_loop(struct ctl *ctl, const char *name, enum wait_for want,
    int64_t timeout)
{
	struct mono	 end = mono_add_ms(mono_now(), timeout);
	int64_t		 ms = TEST_LOOK_MS, left;
	int		 code, first = 1, reached = 0;

	for (;; first = 0) {
		code = wait_look(ctl, name, want, first, &reached);
		if (code != EXIT_DONE || reached == 1)
			return (code);
		left = timeout < 0 ? ms : mono_diff_ms(end, mono_now());
		if (left <= 0)
			return (ctl_fail(ctl, EXIT_TIMEOUT,
			    "%s: not %s in time", name, wait_names[want]));
		wait_pause(left < ms ? left : ms);
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
	return (wait_loop(ctl, args->pos[0], (enum wait_for)want, timeout));
}
