/*
 * The daemon as text, and what is said of all apps at once.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/units.h"
#include "omnitronctl/human.h"
#include "omnitronctl/output.h"
#include "omnitronctl/table.h"
#include "omnitronctl/term.h"

void
show_ping(struct ctl *ctl, const struct json *r)
{
	char	 up[HUMAN_SIZE];

	ctl_note(ctl, "omnitrond %s, pid %" PRId64 ", up %s",
	    json_get_string(r, "version", "?"), json_get_int(r, "pid", 0),
	    duration_human((int64_t)json_get_number(r, "uptime", 0), up,
	    sizeof(up)));
}

void
show_version(struct ctl *ctl, const struct json *r)
{
	const struct json	*d = json_get(r, "daemon");

	printf("omnitronctl %s\n", json_get_string(r, "version", "?"));
	if (d != NULL && d->type == JSON_OBJECT)
		printf("omnitrond %s (pid %" PRId64 ")\n",
		    json_get_string(d, "version", "?"),
		    json_get_int(d, "pid", 0));
	else
		ctl_note(ctl, "omnitrond is not running");
}

static void
show_daemon_line(const struct json *r)
{
	char	 up[HUMAN_SIZE];

	printf("omnitrond %s, pid %" PRId64 ", up %s",
	    json_get_string(r, "version", "?"), json_get_int(r, "pid", 0),
	    duration_human((int64_t)json_get_number(r, "uptime", 0), up,
	    sizeof(up)));
	/* Only a cluster has others. */
	if (strcmp(json_get_string(r, "role", "master"), "master") != 0) {
		printf(", role ");
		term_puts(stdout, json_get_string(r, "role", ""));
	}
	printf(", %s cgroups\n", json_get_bool(r, "cgroup", 1) ? "with" :
	    "without");
}

/* A list of texts, or of objects that have one. */
static void
show_degraded(struct ctl *ctl, const struct json *list)
{
	const struct json	*d;
	const char		*text;

	if (list == NULL)
		return;
	for (d = list->first; d != NULL; d = d->next) {
		text = d->type == JSON_STRING ? d->u.s :
		    json_get_string(d, "text", "?");
		printf("%sdegraded:%s ",
		    ctl->colour ? term_on(COLOUR_YELLOW) : "",
		    ctl->colour ? term_off(COLOUR_YELLOW) : "");
		term_puts(stdout, text);
		putchar('\n');
	}
}

static void
show_totals(const struct json *r, const struct json *apps)
{
	const struct json	*a;
	char			 cpu[HUMAN_SIZE], memory[HUMAN_SIZE];
	size_t			 online = 0;

	for (a = apps->first; a != NULL; a = a->next)
		if (strcmp(json_get_string(a, "status", ""), "online") == 0)
			online++;
	printf("%zu of %zu apps online, cpu %s, memory %s\n", online,
	    apps->count, human_cpu(json_get_number(r, "totalCpu", 0), cpu,
	    sizeof(cpu)), size_human((int64_t)json_get_number(r,
	    "totalMemory", 0), memory, sizeof(memory)));
}

static void
show_processes(struct ctl *ctl, const struct json *list)
{
	static const char *const titles[] = { "PROCESS", "PID", "MEMORY",
	    "RESTARTS", "SANDBOX", NULL };
	const struct json	*p;
	struct table		*t;
	char			 buf[HUMAN_SIZE];
	int64_t			 pid;

	if (list == NULL || list->first == NULL)
		return;
	t = table_new(titles);
	for (p = list->first; p != NULL; p = p->next) {
		table_add(t, json_get_string(p, "kind", "?"));
		if ((pid = json_get_int(p, "pid", 0)) > 0)
			table_addf(t, "%" PRId64, pid);
		else
			table_add(t, "-");
		table_add(t, size_human((int64_t)json_get_number(p, "memory",
		    0), buf, sizeof(buf)));
		table_addf(t, "%" PRId64, json_get_int(p, "restarts", 0));
		table_add(t, json_get_string(p, "sandbox", "-"));
	}
	putchar('\n');
	table_print(t, stdout, ctl->colour);
	table_free(t);
}

void
show_status(struct ctl *ctl, const struct json *r)
{
	const struct json	*apps = json_get(r, "apps");
	const struct json	**list;
	size_t			 n;

	show_daemon_line(r);
	show_degraded(ctl, json_get(r, "degraded"));
	if (apps != NULL && apps->type == JSON_ARRAY)
		show_totals(r, apps);
	show_processes(ctl, json_get(r, "processes"));
	if (apps == NULL || apps->first == NULL)
		return;
	putchar('\n');
	list = show_children(apps, &n);
	show_apps(ctl, list, n);
	free(list);
}

/* ---- health, metrics, env ----------------------------------------------- */

static void
show_checks(const struct json *checks, char *buf, size_t size)
{
	const struct json	*c;
	const char		*message;

	*buf = '\0';
	if (checks == NULL)
		return;
	for (c = checks->first; c != NULL; c = c->next) {
		if (*buf != '\0')
			strlcat(buf, ", ", size);
		strlcat(buf, json_get_string(c, "name", "?"), size);
		strlcat(buf, " ", size);
		strlcat(buf, json_get_string(c, "status", "?"), size);
		if ((message = json_get_string(c, "message", NULL)) == NULL)
			continue;
		strlcat(buf, " (", size);
		strlcat(buf, message, size);
		strlcat(buf, ")", size);
	}
}

void
show_health(struct ctl *ctl, const struct json *r)
{
	static const char *const titles[] = { "NAME", "HEALTH", "CHECKS",
	    NULL };
	const struct json	*apps = json_get(r, "apps"), *a;
	struct table		*t;
	char			 checks[TABLE_CELL_MAX];
	const char		*status;

	t = table_new(titles);
	for (a = apps == NULL ? NULL : apps->first; a != NULL; a = a->next) {
		status = json_get_string(a, "status", "-");
		show_checks(json_get(a, "checks"), checks, sizeof(checks));
		table_add(t, a->key == NULL ? "?" : a->key);
		table_add_colour(t, term_status_colour(status), status);
		table_add(t, checks);
	}
	printf("overall: %s\n", json_get_string(r, "overall", "?"));
	table_print(t, stdout, ctl->colour);
	table_free(t);
}

static void
show_metric(struct table *t, const char *name, const struct json *m)
{
	char	 buf[HUMAN_SIZE];

	table_add(t, name);
	table_add(t, human_cpu(json_get_number(m, "cpu", 0), buf,
	    sizeof(buf)));
	table_add(t, size_human((int64_t)json_get_number(m, "memory", 0), buf,
	    sizeof(buf)));
}

void
show_metrics(struct ctl *ctl, const struct json *r)
{
	static const char *const titles[] = { "NAME", "CPU", "MEMORY", NULL };
	const struct json	*apps = json_get(r, "apps"), *a, *total;
	struct table		*t;

	t = table_new(titles);
	for (a = apps == NULL ? NULL : apps->first; a != NULL; a = a->next)
		show_metric(t, a->key == NULL ? "?" : a->key, a);
	if ((total = json_get(r, "totals")) != NULL)
		show_metric(t, "(all)", total);
	table_print(t, stdout, ctl->colour);
	table_free(t);
}

void
show_env(struct ctl *ctl, const struct json *r)
{
	const struct json	*v;

	for (v = r->first; v != NULL; v = v->next) {
		if (v->type != JSON_STRING || v->key == NULL)
			continue;
		term_puts(stdout, v->key);
		putchar('=');
		term_puts(stdout, v->u.s);
		putchar('\n');
	}
}

/* ---- reload, call ------------------------------------------------------- */

static void
show_names(struct ctl *ctl, const char *verb, const struct json *list)
{
	const struct json	*n;
	char			 text[CTL_TEXT_MAX];

	if (list == NULL || list->first == NULL)
		return;
	snprintf(text, sizeof(text), "%s:", verb);
	for (n = list->first; n != NULL; n = n->next) {
		strlcat(text, " ", sizeof(text));
		strlcat(text, n->type == JSON_STRING ? n->u.s :
		    json_get_string(n, "name", "?"), sizeof(text));
	}
	ctl_note(ctl, "%s", text);
}

static const char *
show_action(const char *action)
{
	static const struct {
		const char	*action;
		const char	*text;
	} words[] = {
		{ "apply", "applied in place" },
		{ "restart", "restart" },
		{ "reload", "rolling reload" },
		{ "start", "start" },
		{ "stop", "stop" },
	};
	size_t	 i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].action, action) == 0)
			return (words[i].text);
	return (action);
}

/* "changed: shop/worker: env, command (restart)", a line for each */
static void
show_changes(struct ctl *ctl, const struct json *list)
{
	const struct json	*app, *changes, *c;
	const char		*process, *fields;

	if (list == NULL)
		return;
	for (app = list->first; app != NULL; app = app->next) {
		changes = json_get(app, "changes");
		if (changes == NULL)
			continue;
		for (c = changes->first; c != NULL; c = c->next) {
			process = json_get_string(c, "process", "");
			fields = json_get_string(c, "fields", "");
			ctl_note(ctl, "changed: %s%s%s:%s%s (%s)",
			    json_get_string(app, "name", "?"),
			    process[0] != '\0' ? "/" : "", process,
			    fields[0] != '\0' ? " " : "", fields,
			    show_action(json_get_string(c, "action", "?")));
		}
	}
}

static int
show_empty(const struct json *r, const char *key)
{
	const struct json	*list = json_get(r, key);

	return (list == NULL || list->first == NULL);
}

void
show_reload(struct ctl *ctl, const struct json *r)
{
	show_names(ctl, "added", json_get(r, "added"));
	show_changes(ctl, json_get(r, "changed"));
	show_names(ctl, "removed", json_get(r, "removed"));
	show_names(ctl, "of effect only when the daemon is started anew",
	    json_get(r, "needsDaemonRestart"));
	if (show_empty(r, "added") && show_empty(r, "changed") &&
	    show_empty(r, "removed") && show_empty(r, "needsDaemonRestart"))
		ctl_note(ctl, "nothing changes for the apps");
}

/* What a method gave: a plain value as it is, else JSON. */
void
show_result(struct ctl *ctl, const struct json *r)
{
	if (r->type == JSON_STRING) {
		term_puts(stdout, r->u.s);
		putchar('\n');
	} else
		output_pretty(stdout, r);
}
