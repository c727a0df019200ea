/*
 * crash list, crash show: what the daemon keeps of the last crashes of an app.
 */
#include <inttypes.h>
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
#include "omnitronctl/human.h"
#include "omnitronctl/output.h"
#include "omnitronctl/table.h"
#include "omnitronctl/term.h"

static void
crash_when(const struct json *rec, const char *key, char *buf, size_t size)
{
	human_when(json_get_int(rec, key, 0), wall_ms(), buf, size);
}

/* Its process and number, where the app has several. */
static char *
crash_whose(const struct json *rec, char *buf, size_t size)
{
	const char	*process = json_get_string(rec, "process", "?");
	int64_t		 instance = json_get_int(rec, "instance", 0);

	if (instance > 0)
		snprintf(buf, size, "%s[%" PRId64 "]", process, instance);
	else
		strlcpy(buf, process, size);
	return (buf);
}

void
show_crashes(struct ctl *ctl, const struct json *list)
{
	static const char *const titles[] = { "ID", "TIME", "PROCESS", "PID",
	    "UPTIME", "REASON", NULL };
	const struct json	*rec;
	struct table		*t;
	char			 buf[TABLE_CELL_MAX];

	if (list->first == NULL) {
		ctl_note(ctl, "no crashes");
		return;
	}
	t = table_new(titles);
	for (rec = list->first; rec != NULL; rec = rec->next) {
		table_addf(t, "%" PRId64, json_get_int(rec, "id", 0));
		crash_when(rec, "at", buf, sizeof(buf));
		table_add(t, buf);
		table_add(t, crash_whose(rec, buf, sizeof(buf)));
		table_addf(t, "%" PRId64, json_get_int(rec, "pid", 0));
		table_add(t, duration_human(json_get_int(rec, "uptime", 0),
		    buf, sizeof(buf)));
		table_add(t, json_get_string(rec, "reason", "?"));
	}
	table_print(t, stdout, ctl->colour);
	table_free(t);
}

static void
crash_field(const char *label, const char *value)
{
	printf("%-11s", label);
	term_puts(stdout, value);
	putchar('\n');
}

static void
crash_show_acts(const struct json *rec)
{
	const struct json	*list = json_get(rec, "actions"), *act;
	char			 when[HUMAN_SIZE];

	if (list == NULL || list->first == NULL)
		return;
	printf("\nin the minute before\n");
	for (act = list->first; act != NULL; act = act->next) {
		crash_when(act, "at", when, sizeof(when));
		printf("    %s ", when);
		term_puts(stdout, json_get_string(act, "method", "?"));
		printf(" by uid %" PRId64 ", pid %" PRId64 "\n",
		    json_get_int(act, "uid", 0), json_get_int(act, "pid", 0));
	}
}

static void
crash_show_tail(const struct json *rec)
{
	const struct json	*tail = json_get(rec, "stderrTail"), *line;

	if (tail == NULL || tail->first == NULL)
		return;
	printf("\nits last words on stderr\n");
	for (line = tail->first; line != NULL; line = line->next) {
		printf("    | ");
		if (line->type == JSON_STRING)
			term_puts(stdout, line->u.s);
		putchar('\n');
	}
}

static void
crash_show_numbers(const struct json *rec)
{
	char	 buf[HUMAN_SIZE];
	int64_t	 rss = json_get_int(rec, "maxRss", 0);

	printf("%-11s%" PRId64 ", up %s\n", "pid", json_get_int(rec, "pid",
	    0), duration_human(json_get_int(rec, "uptime", 0), buf,
	    sizeof(buf)));
	if (rss > 0)
		crash_field("memory", size_human(rss, buf, sizeof(buf)));
	crash_field("core", json_get_bool(rec, "core", 0) ? "dumped" : "no");
	printf("%-11s%" PRId64 "\n", "restarts",
	    json_get_int(rec, "restarts", 0));
}

void
show_crash(struct ctl *ctl, const struct json *rec)
{
	char	 buf[TABLE_CELL_MAX];

	printf("%-11s%" PRId64 "\n", "crash", json_get_int(rec, "id", 0));
	crash_field("app", json_get_string(rec, "app", "?"));
	crash_field("process", crash_whose(rec, buf, sizeof(buf)));
	crash_when(rec, "at", buf, sizeof(buf));
	crash_field("time", buf);
	crash_field("reason", json_get_string(rec, "reason", "?"));
	if (json_get_string(rec, "outOfMemory", NULL) != NULL)
		crash_field("memory out", json_get_string(rec, "outOfMemory",
		    "?"));
	crash_field("decision", json_get_string(rec, "decision", ""));
	crash_show_numbers(rec);
	crash_field("config", json_get_string(rec, "configuration", "?"));
	if (json_get_string(rec, "probe", NULL) != NULL)
		crash_field("probe", json_get_string(rec, "probe", ""));
	crash_show_acts(rec);
	crash_show_tail(rec);
}

/* The one that is asked for, or the newest, alone. */
static int
crash_show(struct ctl *ctl, const char *name, const struct json *list)
{
	if (list->first == NULL)
		return (ctl_fail(ctl, EXIT_NOT_FOUND,
		    "no crash of '%s' is on record", name));
	ctl->out->show(ctl, VIEW_CRASH, list->first);
	return (EXIT_DONE);
}

static int
crash_get(struct ctl *ctl, const char *name, const char *id, int list)
{
	struct client_reply	 reply;
	struct jsonw		 w;
	const char		*err = NULL;
	long long		 n = 0;
	int			 code;

	if (id != NULL)
		n = strtonum(id, 1, INT64_MAX, &err);
	if (err != NULL)
		return (ctl_fail(ctl, EXIT_USAGE, "'%.64s' is no number of a "
		    "crash (omnitronctl crash list %s shows them)", id, name));
	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kstring(&w, "name", name);
	if (id != NULL)
		jsonw_kint(&w, "id", n);
	jsonw_end(&w);
	code = conn_call(ctl, "getCrashes", &w, CONN_READ_MS, &reply);
	if (code != EXIT_DONE)
		return (code);
	if (list)
		ctl->out->show(ctl, VIEW_CRASHES, reply.result);
	else
		code = crash_show(ctl, name, reply.result);
	client_reply_clear(&reply);
	return (code);
}

int
crash_run(struct ctl *ctl, const struct args *args)
{
	const char	*id = args->npos == 3 ? args->pos[2] : NULL;

	if (strcmp(args->pos[0], "list") == 0 && id == NULL)
		return (crash_get(ctl, args->pos[1], NULL, 1));
	if (strcmp(args->pos[0], "show") == 0)
		return (crash_get(ctl, args->pos[1], id, 0));
	return (ctl_fail(ctl, EXIT_USAGE, "crash: expected list app, or show "
	    "app [id]"));
}
