/*
 * events: what happens, as it happens, also over a restart of the daemon.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "common/mono.h"
#include "common/units.h"
#include "omnitronctl/command.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/hold.h"
#include "omnitronctl/human.h"
#include "omnitronctl/output.h"
#include "omnitronctl/term.h"

#define EVENTS_NOTE		"OmnitronEvents.event"
#define EVENTS_SUBSCRIBE	"OmnitronEvents.subscribe"
#define EVENTS_UNAVAILABLE	(-32053)
#define EVENTS_NUMBER_MAX	1000000000	/* of -n */
#define EVENTS_AGAIN		(-1)	/* try to connect again */

struct events {
	struct ctl		*ctl;
	const struct args	*args;
	struct hold		 hold;
	int64_t			 left;		/* -1: for ever */
	struct mono		 deadline;
	int64_t			 timeout;	/* ms, -1: none */
};

/* ---- one of them -------------------------------------------------------- */

static void
event_value(const struct json *v)
{
	struct jsonw	 w;

	if (v->type == JSON_STRING) {
		term_puts(stdout, v->u.s);
		return;
	}
	jsonw_init(&w, 0);
	json_write(v, &w);
	printf("%.*s", (int)w.len, w.buf);
	jsonw_free(&w);
}

/* What has no place of its own in the line. */
static int
event_is_known(const char *key)
{
	static const char *const known[] = { "id", "channel",
	    "timestamp", "app", "from", "to", "text" };
	size_t	 i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(key, known[i]) == 0)
			return (1);
	return (0);
}

/* "14:02:10 app.crashed api: online -> crashed (exit 1) restarts=3" */
void
show_event(struct ctl *ctl, const struct json *e)
{
	const char	*app = json_get_string(e, "app", "");
	const char	*from = json_get_string(e, "from", "");
	const char	*to = json_get_string(e, "to", "");
	const char	*text = json_get_string(e, "text", "");
	const struct json *m;
	char		 when[HUMAN_SIZE];

	printf("%s ", human_when(json_get_int(e, "timestamp", 0), wall_ms(),
	    when, sizeof(when)));
	term_puts(stdout, json_get_string(e, "channel", "?"));
	if (*app != '\0') {
		putchar(' ');
		term_puts(stdout, app);
	}
	if (*from != '\0' || *to != '\0') {
		printf(": ");
		term_puts(stdout, from);
		printf("%s-> ", *from != '\0' ? " " : "");
		term_puts(stdout, to);
	}
	if (*text != '\0') {
		printf(" (");
		term_puts(stdout, text);
		putchar(')');
	}
	for (m = e->first; m != NULL; m = m->next) {
		if (event_is_known(m->key))
			continue;
		putchar(' ');
		term_puts(stdout, m->key);
		putchar('=');
		event_value(m);
	}
	putchar('\n');
}

/* ---- listening ---------------------------------------------------------- */

static char *
events_params(const struct args *args)
{
	struct jsonw	 w;
	size_t		 i;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	if (args->npos > 0) {
		jsonw_key(&w, "channels");
		jsonw_array(&w);
		for (i = 0; i < args->npos; i++)
			jsonw_string(&w, args->pos[i]);
		jsonw_end(&w);
	}
	jsonw_end(&w);
	return (conn_params(&w));
}

static int
events_subscribe(struct events *e)
{
	struct client_reply	 reply;
	enum omnitron_status	 status;
	char			*params = events_params(e->args);
	int			 code = EXIT_DONE;

	status = client_call(e->ctl->client, EVENTS_SUBSCRIBE, params,
	    CONN_READ_MS, &reply);
	free(params);
	if (status == OMNITRON_LOST || (status == OMNITRON_ERROR &&
	    reply.code == EVENTS_UNAVAILABLE))
		code = EVENTS_AGAIN;
	else if (status != OMNITRON_OK)
		code = conn_fail(e->ctl, status, &reply, NULL);
	client_reply_clear(&reply);
	return (code);
}

static int
events_again(struct events *e)
{
	int	 code;

	ctl_warn(e->ctl, "connection to the daemon lost, waiting for it; what "
	    "happens meanwhile is missed");
	do {
		code = hold_again(&e->hold, e->ctl);
		if (code != EXIT_DONE || hold_stopped())
			return (code);
		code = events_subscribe(e);
	} while (code == EVENTS_AGAIN);
	if (code == EXIT_DONE)
		ctl_warn(e->ctl, "connected again");
	return (code);
}

static int
events_wait(struct events *e)
{
	int64_t	 ms = -1;

	if (e->timeout >= 0 && (ms = mono_diff_ms(e->deadline,
	    mono_now())) < 0)
		return (ctl_fail(e->ctl, EXIT_TIMEOUT, "events: there were "
		    "too few in time"));
	hold_wait(&e->hold, omnitron_fd(e->ctl->client), ms >= INT_MAX ?
	    INT_MAX : ms < 0 ? -1 : (int)ms + 1);
	return (EXIT_DONE);
}

static void
events_show(struct ctl *ctl, const struct json *params)
{
	const struct json	*event = json_get(params, "event");
	int64_t			 dropped = json_get_int(params, "dropped", 0);

	if (dropped > 0)
		ctl_warn(ctl, "%lld events were not read in time and are "
		    "missed", (long long)dropped);
	if (event != NULL)
		ctl->out->show(ctl, VIEW_EVENT, event);
}

/* What is there now, then wait; EXIT_DONE: go on. */
static int
events_turn(struct events *e)
{
	struct client_reply	 none = { 0 };
	struct json		*params;
	enum omnitron_status	 status = OMNITRON_OK;

	while (e->left != 0 && (status = client_next(e->ctl->client,
	    EVENTS_NOTE, 0, &params)) == OMNITRON_OK) {
		events_show(e->ctl, params);
		json_free(params);
		if (e->left > 0)
			e->left--;
	}
	if (fflush(stdout) != 0)
		return (ctl_fail(e->ctl, EXIT_FAILED, "stdout: %s",
		    strerror(errno)));
	if (e->left == 0)
		return (EXIT_DONE);
	if (status == OMNITRON_LOST)
		return (events_again(e));
	if (status != OMNITRON_TIMEOUT)
		return (conn_fail(e->ctl, status, &none, NULL));
	return (events_wait(e));
}

static int
events_options(struct events *e)
{
	const char	*n = args_value(e->args, 'n'), *errstr;
	const char	*value = args_value(e->args, OPT_TIMEOUT);

	e->left = args_has(e->args, 'f') ? -1 : 1;
	e->timeout = -1;
	if (n != NULL) {
		e->left = strtonum(n, 1, EVENTS_NUMBER_MAX, &errstr);
		if (errstr != NULL)
			return (ctl_fail(e->ctl, EXIT_USAGE, "-n: number of "
			    "events is %s: %.64s", errstr, n));
	}
	if (value != NULL && duration_parse(value, &e->timeout) == -1)
		return (ctl_fail(e->ctl, EXIT_USAGE, "--timeout: '%.64s' is no "
		    "duration such as 500ms, 30s, 5m", value));
	if (e->timeout >= 0)
		e->deadline = mono_add_ms(mono_now(), e->timeout);
	return (EXIT_DONE);
}

int
events_run(struct ctl *ctl, const struct args *args)
{
	struct events	 e = { .ctl = ctl, .args = args };
	int		 code;

	if ((code = events_options(&e)) != EXIT_DONE ||
	    (code = conn_open(ctl)) != EXIT_DONE)
		return (code);
	hold_begin(&e.hold);
	if ((code = events_subscribe(&e)) == EVENTS_AGAIN)
		code = events_again(&e);
	while (code == EXIT_DONE && e.left != 0 && !hold_stopped())
		code = events_turn(&e);
	return (code);
}
