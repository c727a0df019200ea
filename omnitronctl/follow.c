/*
 * logs -f: lines as they are written, also over a restart of the daemon.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/hold.h"
#include "omnitronctl/logs.h"
#include "omnitronctl/output.h"

#define FOLLOW_ENTRY		"OmnitronLogs.entry"
#define FOLLOW_UNAVAILABLE	(-32053)
#define FOLLOW_AGAIN		(-1)	/* try to connect again */
/* Lines of the gap that a reconnection fills. */
#define FOLLOW_GAP_LINES	10000

struct follow {
	struct logs	*l;
	struct hold	 hold;
	int64_t		 last;		/* time of the newest line shown */
	int64_t		 skip;		/* lines up to here are shown already */
};

static void
follow_entry(struct follow *f, const struct json *params)
{
	const struct json	*entry;
	const char		*process;
	int64_t			 at;

	if ((entry = json_get(params, "entry")) == NULL)
		return;
	process = json_get_string(entry, "process", "");
	if (f->l->process != NULL && strcmp(f->l->process, process) != 0)
		return;
	at = json_get_int(entry, "timestamp", 0);
	if (at <= f->skip)
		return;
	if (at > f->last)
		f->last = at;
	f->l->ctl->out->entry(f->l->ctl, entry);
}

static int
follow_subscribe(struct follow *f, size_t i, int64_t lines)
{
	struct client_reply	 reply;
	struct jsonw		 w;
	enum omnitron_status	 status;
	char			*params;
	int			 code = EXIT_DONE;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	if (logs_name(f->l, i) != NULL)
		jsonw_kstring(&w, "app", logs_name(f->l, i));
	if (f->l->level != NULL)
		jsonw_kstring(&w, "level", f->l->level);
	if (f->l->grep != NULL)
		jsonw_kstring(&w, "grep", f->l->grep);
	jsonw_kint(&w, "lines", lines);
	jsonw_end(&w);
	params = conn_params(&w);
	status = client_call(f->l->ctl->client, "OmnitronLogs.streamLogs",
	    params, CONN_READ_MS, &reply);
	free(params);
	if (status == OMNITRON_LOST || (status == OMNITRON_ERROR &&
	    reply.code == FOLLOW_UNAVAILABLE))
		code = FOLLOW_AGAIN;
	else if (status != OMNITRON_OK)
		code = conn_fail(f->l->ctl, status, &reply,
		    logs_name(f->l, i));
	client_reply_clear(&reply);
	return (code);
}

/*
 * Lines from a moment on: subscribe first and fetch then, so that none is
 * missed; what came meanwhile and was fetched as well is skipped.
 */
static int
follow_from(struct follow *f, int64_t since, int64_t lines)
{
	struct logs	 gap = *f->l;
	struct json	*params;
	size_t		 i;
	int		 code;

	for (i = 0; i < logs_queries(f->l); i++)
		if ((code = follow_subscribe(f, i, 0)) != EXIT_DONE)
			return (code);
	gap.since = since;
	gap.lines = lines;
	if ((code = logs_fetch(&gap, &f->last)) != EXIT_DONE)
		return (code);
	f->skip = f->last;
	while (client_next(f->l->ctl->client, FOLLOW_ENTRY, 0, &params) ==
	    OMNITRON_OK) {
		follow_entry(f, params);
		json_free(params);
	}
	f->skip = 0;
	return (EXIT_DONE);
}

static int
follow_begin(struct follow *f)
{
	size_t	 i;
	int	 code;

	if (f->l->since >= 0)
		return (follow_from(f, f->l->since, f->l->lines));
	for (i = 0; i < logs_queries(f->l); i++)
		if ((code = follow_subscribe(f, i, f->l->lines)) != EXIT_DONE)
			return (code);
	return (EXIT_DONE);
}

/* The daemon went away; wait until there is one again. */
static int
follow_again(struct follow *f)
{
	struct ctl	*ctl = f->l->ctl;
	int		 code;

	ctl_warn(ctl, "connection to the daemon lost, waiting for it");
	do {
		code = hold_again(&f->hold, ctl);
		if (code != EXIT_DONE || hold_stopped())
			return (code);
		if (f->last > 0)
			code = follow_from(f, f->last + 1, FOLLOW_GAP_LINES);
		else
			code = follow_begin(f);
	} while (code == FOLLOW_AGAIN);
	if (code == EXIT_DONE)
		ctl_warn(ctl, "connected again");
	return (code);
}

/* What is there now, then wait; EXIT_DONE: go on. */
static int
follow_turn(struct follow *f)
{
	struct omnitron		*c = f->l->ctl->client;
	struct client_reply	 none = { 0 };
	struct json		*params;
	enum omnitron_status	 status;

	while ((status = client_next(c, FOLLOW_ENTRY, 0, &params)) ==
	    OMNITRON_OK) {
		follow_entry(f, params);
		json_free(params);
	}
	if (fflush(stdout) != 0)
		return (ctl_fail(f->l->ctl, EXIT_FAILED, "stdout: %s",
		    strerror(errno)));
	if (status == OMNITRON_LOST)
		return (follow_again(f));
	if (status != OMNITRON_TIMEOUT)
		return (conn_fail(f->l->ctl, status, &none, NULL));
	hold_wait(&f->hold, omnitron_fd(c), -1);
	return (EXIT_DONE);
}

int
follow_run(struct logs *l)
{
	struct follow	 f = { .l = l };
	int		 code;

	if ((code = conn_open(l->ctl)) != EXIT_DONE)
		return (code);
	hold_begin(&f.hold);
	if ((code = follow_begin(&f)) == FOLLOW_AGAIN)
		code = follow_again(&f);
	while (code == EXIT_DONE && !hold_stopped())
		code = follow_turn(&f);
	return (code);
}
