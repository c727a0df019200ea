/*
 * watch: apps that are reloaded when their files change.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "omnitronctl/command.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/output.h"
#include "omnitronctl/table.h"
#include "omnitronctl/target.h"

/* "api", or with a process of it "shop/http" */
static void
watch_name(struct table *t, const struct json *a)
{
	const char	*process = json_get_string(a, "process", NULL);

	table_addf(t, "%s%s%s", json_get_string(a, "name", "?"),
	    process != NULL ? "/" : "", process != NULL ? process : "");
}

/* What an operator turned off, perhaps long ago. */
static void
watch_off_note(struct ctl *ctl, const struct json *r)
{
	const struct json	*off = json_get(r, "off"), *a;
	char			 names[CTL_TEXT_MAX] = "";

	for (a = off == NULL ? NULL : off->first; a != NULL; a = a->next) {
		if (names[0] != '\0')
			strlcat(names, ", ", sizeof(names));
		if (a->type == JSON_STRING)
			strlcat(names, a->u.s, sizeof(names));
	}
	if (names[0] != '\0')
		ctl_note(ctl, "turned off, until omnitronctl watch on: %s",
		    names);
}

void
show_watch(struct ctl *ctl, const struct json *r)
{
	static const char *const	 titles[] = { "NAME", "DIRECTORY",
					    "FOLDERS", "", NULL };
	const struct json		*apps, *a;
	const char			*error;
	struct table			*t;
	int64_t				 folders;

	/* the answers to status and to on */
	if ((apps = json_get(r, "apps")) == NULL)
		apps = json_get(r, "watching");
	if (apps == NULL || apps->first == NULL) {
		ctl_note(ctl, "no app is watched");
		watch_off_note(ctl, r);
		return;
	}
	t = table_new(titles);
	for (a = apps->first; a != NULL; a = a->next) {
		error = json_get_string(a, "error", "");
		watch_name(t, a);
		table_add(t, json_get_string(a, "directory", "?"));
		folders = json_get_int(a, "folders", 0);
		if (folders == 0 && *error == '\0')
			table_add(t, "-");	/* it just starts */
		else
			table_addf(t, "%lld", (long long)folders);
		table_add_colour(t, COLOUR_RED, error);
	}
	table_print(t, stdout, ctl->colour);
	table_free(t);
	watch_off_note(ctl, r);
}

static int
watch_call(struct ctl *ctl, const char *method, struct jsonw *params)
{
	struct client_reply	 reply;
	int			 code;

	code = conn_call(ctl, method, params, CONN_READ_MS, &reply);
	if (code != EXIT_DONE)
		return (code);
	ctl->out->show(ctl, VIEW_WATCH, reply.result);
	client_reply_clear(&reply);
	return (EXIT_DONE);
}

static int
watch_off(struct ctl *ctl)
{
	struct client_reply	 reply;
	int			 code;

	code = conn_call(ctl, "disableWatch", NULL, CONN_READ_MS, &reply);
	if (code != EXIT_DONE)
		return (code);
	if (ctl->json)
		ctl->out->show(ctl, VIEW_RESULT, reply.result);
	else
		ctl_note(ctl, "no app is watched");
	client_reply_clear(&reply);
	return (EXIT_DONE);
}

static int
watch_on(struct ctl *ctl, const struct args *args)
{
	struct targets	 targets;
	struct jsonw	 w;
	size_t		 i;
	int		 code;

	if (args->npos == 1)
		return (watch_call(ctl, "enableWatch", NULL));
	code = target_resolve(ctl, args->pos + 1, args->npos - 1, &targets);
	if (code != EXIT_DONE)
		return (code);
	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_key(&w, "apps");
	jsonw_array(&w);
	for (i = 0; i < targets.n; i++)
		jsonw_string(&w, targets.names[i]);
	jsonw_end(&w);
	jsonw_end(&w);
	target_free(&targets);
	return (watch_call(ctl, "enableWatch", &w));
}

int
watch_run(struct ctl *ctl, const struct args *args)
{
	const char	*what = args->pos[0];

	if (strcmp(what, "on") == 0)
		return (watch_on(ctl, args));
	if (args->npos > 1)
		return (ctl_fail(ctl, EXIT_USAGE, "watch %.64s takes no app; "
		    "usage: omnitronctl watch on [app ...] | off | status",
		    what));
	if (strcmp(what, "off") == 0)
		return (watch_off(ctl));
	if (strcmp(what, "status") == 0)
		return (watch_call(ctl, "getWatchStatus", NULL));
	return (ctl_fail(ctl, EXIT_USAGE, "watch: '%.64s' is none of on, off, "
	    "status", what));
}
