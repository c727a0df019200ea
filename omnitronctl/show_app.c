/*
 * Apps as text: a line each, or all of one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "common/mono.h"
#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitronctl/human.h"
#include "omnitronctl/output.h"
#include "omnitronctl/table.h"
#include "omnitronctl/term.h"

const struct json **
show_children(const struct json *parent, size_t *n)
{
	const struct json	**list, *c;

	*n = 0;
	list = xcalloc(parent->count + 1, sizeof(*list));
	for (c = parent->first; c != NULL; c = c->next)
		list[(*n)++] = c;
	return (list);
}

static int
show_runs(const struct json *node)
{
	return (json_get_int(node, "pid", 0) > 0);
}

/* pid, cpu, memory, uptime: of what runs, else dashes. */
static void
show_numbers(struct table *t, const struct json *node)
{
	char	 buf[HUMAN_SIZE];
	int64_t	 memory;

	if (!show_runs(node)) {
		table_add(t, "-");
		table_add(t, "-");
		table_add(t, "-");
		table_add(t, "-");
		return;
	}
	table_addf(t, "%" PRId64, json_get_int(node, "pid", 0));
	/* Nothing that runs has no memory: it was not sampled yet. */
	memory = (int64_t)json_get_number(node, "memory", 0);
	table_add(t, memory == 0 ? "-" : human_cpu(json_get_number(node,
	    "cpu", 0), buf, sizeof(buf)));
	table_add(t, memory == 0 ? "-" : size_human(memory, buf, sizeof(buf)));
	table_add(t, duration_human((int64_t)json_get_number(node, "uptime",
	    0), buf, sizeof(buf)));
}

static void
show_status_cell(struct table *t, const struct json *node)
{
	const char	*status = json_get_string(node, "status", "?");

	table_add_colour(t, term_status_colour(status), status);
}

static void
show_health_cell(struct table *t, const struct json *app)
{
	const char	*health = json_get_string(app, "health", "-");

	table_add_colour(t, term_status_colour(health), health);
}

/* The instances of one process, as one. */
struct part {
	const struct json	*first;
	int64_t			 restarts;
	int64_t			 instances;
	double			 cpu;
	double			 memory;
	double			 uptime;
	int64_t			 pid;
	const char		*status;
};

static int
show_rank(const char *status)
{
	static const char *const	 ranks[] = { "stopped", "online",
	    "starting", "stopping", "errored", "crashed" };
	int				 i;

	for (i = 0; i < (int)(sizeof(ranks) / sizeof(ranks[0])); i++)
		if (strcmp(ranks[i], status) == 0)
			return (i);
	return (-1);
}

static void
show_part_add(struct part *p, const struct json *inst)
{
	const char	*status = json_get_string(inst, "status", "?");
	double		 uptime = json_get_number(inst, "uptime", 0);

	if (p->first == NULL) {
		p->first = inst;
		p->status = status;
	}
	if (show_rank(status) > show_rank(p->status))
		p->status = status;
	if (p->pid == 0)
		p->pid = json_get_int(inst, "pid", 0);
	if (uptime > p->uptime)
		p->uptime = uptime;
	p->cpu += json_get_number(inst, "cpu", 0);
	p->memory += json_get_number(inst, "memory", 0);
	p->restarts += json_get_int(inst, "restarts", 0);
	p->instances++;
}

static void
show_part(struct table *t, const struct part *p)
{
	char	 buf[HUMAN_SIZE];

	table_addf(t, "  %s", json_get_string(p->first, "name", "?"));
	table_add_colour(t, term_status_colour(p->status), p->status);
	table_add(t, "");
	if (p->pid > 0) {
		table_addf(t, "%" PRId64, p->pid);
		/* as of an app: without memory it was not sampled yet */
		table_add(t, p->memory == 0 ? "-" :
		    human_cpu(p->cpu, buf, sizeof(buf)));
		table_add(t, p->memory == 0 ? "-" :
		    size_human((int64_t)p->memory, buf, sizeof(buf)));
		table_add(t, duration_human((int64_t)p->uptime, buf,
		    sizeof(buf)));
	} else {
		table_add(t, "-");
		table_add(t, "-");
		table_add(t, "-");
		table_add(t, "-");
	}
	table_addf(t, "%" PRId64, p->restarts);
	table_addf(t, "%" PRId64, p->instances);
	table_add(t, "");
}

/* Instances of one process stand together in the list. */
static void
show_parts(struct table *t, const struct json *app)
{
	const struct json	*list = json_get(app, "processes"), *inst;
	struct part		 p = { 0 };
	const char		*name, *last = NULL;

	if (list == NULL)
		return;
	for (inst = list->first; inst != NULL; inst = inst->next) {
		name = json_get_string(inst, "name", "?");
		if (last != NULL && strcmp(last, name) != 0) {
			show_part(t, &p);
			memset(&p, 0, sizeof(p));
		}
		show_part_add(&p, inst);
		last = name;
	}
	if (p.first != NULL)
		show_part(t, &p);
}

static void
show_instances(struct table *t, const struct json *app)
{
	const struct json	*list = json_get(app, "processes"), *inst;

	if (list == NULL)
		return;
	for (inst = list->first; inst != NULL; inst = inst->next) {
		table_addf(t, "  %s.%" PRId64,
		    json_get_string(inst, "name", "?"),
		    json_get_int(inst, "instance", 0));
		show_status_cell(t, inst);
		table_add(t, "");
		show_numbers(t, inst);
		table_addf(t, "%" PRId64, json_get_int(inst, "restarts", 0));
		table_add(t, "");
		table_add(t, "");
	}
}

void
show_apps(struct ctl *ctl, const struct json *const *apps, size_t n)
{
	static const char *const titles[] = { "NAME", "STATUS", "HEALTH",
	    "PID", "CPU", "MEMORY", "UPTIME", "RESTARTS", "INST", "", NULL };
	struct table		*t;
	char			 reason[TABLE_CELL_MAX];
	int64_t			 now = wall_ms();
	size_t			 i;

	t = table_new(titles);
	for (i = 0; i < n; i++) {
		table_add(t, json_get_string(apps[i], "name", "?"));
		show_status_cell(t, apps[i]);
		show_health_cell(t, apps[i]);
		show_numbers(t, apps[i]);
		table_addf(t, "%" PRId64, json_get_int(apps[i], "restarts", 0));
		table_addf(t, "%" PRId64,
		    json_get_int(apps[i], "instances", 0));
		table_add(t, human_reason(apps[i], now, reason,
		    sizeof(reason)));
		if (ctl->verbose)
			show_instances(t, apps[i]);
		else if (strcmp(json_get_string(apps[i], "mode", ""),
		    "bootstrap") == 0)
			show_parts(t, apps[i]);
	}
	table_print(t, stdout, ctl->colour);
	table_free(t);
}

/* ---- all of one --------------------------------------------------------- */

static void
show_field(const char *label, const char *value)
{
	printf("%-11s", label);
	term_puts(stdout, value);
	putchar('\n');
}

static void
show_field_status(struct ctl *ctl, const struct json *app)
{
	const char	*status = json_get_string(app, "status", "?");
	char		 reason[TABLE_CELL_MAX];
	enum colour	 colour;

	colour = ctl->colour ? term_status_colour(status) : COLOUR_NONE;
	human_reason(app, wall_ms(), reason, sizeof(reason));
	printf("%-11s%s", "status", term_on(colour));
	term_puts(stdout, status);
	fputs(term_off(colour), stdout);
	if (reason[0] != '\0') {
		fputs(", ", stdout);
		term_puts(stdout, reason);
	}
	putchar('\n');
}

static void
show_field_usage(const struct json *app)
{
	char	 a[HUMAN_SIZE], b[HUMAN_SIZE];

	printf("%-11s%" PRId64 ", up %s\n", "pid",
	    json_get_int(app, "pid", 0), duration_human((int64_t)
	    json_get_number(app, "uptime", 0), a, sizeof(a)));
	printf("%-11scpu %s, memory %s\n", "usage", human_cpu(
	    json_get_number(app, "cpu", 0), a, sizeof(a)), size_human((int64_t)
	    json_get_number(app, "memory", 0), b, sizeof(b)));
}

static void
show_app_instances(struct ctl *ctl, const struct json *app)
{
	static const char *const titles[] = { "PROCESS", "INST", "STATUS",
	    "PID", "CPU", "MEMORY", "UPTIME", "RESTARTS", NULL };
	const struct json	*list = json_get(app, "processes"), *inst;
	struct table		*t;

	if (list == NULL || list->first == NULL)
		return;
	t = table_new(titles);
	for (inst = list->first; inst != NULL; inst = inst->next) {
		table_add(t, json_get_string(inst, "name", "?"));
		table_addf(t, "%" PRId64, json_get_int(inst, "instance", 0));
		show_status_cell(t, inst);
		show_numbers(t, inst);
		table_addf(t, "%" PRId64, json_get_int(inst, "restarts", 0));
	}
	putchar('\n');
	table_print(t, stdout, ctl->colour);
	table_free(t);
}

static void
show_app_fields(struct ctl *ctl, const struct json *app)
{
	int64_t	 port = json_get_int(app, "port", 0);

	show_field("name", json_get_string(app, "name", "?"));
	show_field_status(ctl, app);
	if (json_get_string(app, "health", NULL) != NULL)
		show_field("health", json_get_string(app, "health", ""));
	if (json_get_string(app, "statusText", NULL) != NULL)
		show_field("says", json_get_string(app, "statusText", ""));
	if (show_runs(app))
		show_field_usage(app);
	if (json_get_string(app, "intent", NULL) != NULL)
		show_field("intent", json_get_string(app, "intent", ""));
	if (json_get(app, "instances") != NULL)
		printf("%-11s%" PRId64 "\n", "instances",
		    json_get_int(app, "instances", 0));
	printf("%-11s%" PRId64 "\n", "restarts",
	    json_get_int(app, "restarts", 0));
	if (port > 0)
		printf("%-11s%" PRId64 "\n", "port", port);
	if (json_get_bool(app, "critical", 0))
		show_field("critical", "yes");
	if (!json_get_bool(app, "persisted", 1))
		show_field("persisted", "no, not yet on disk");
}

void
show_app(struct ctl *ctl, const struct json *app)
{
	show_app_fields(ctl, app);
	show_app_instances(ctl, app);
}

/* ---- inspect ------------------------------------------------------------ */

/* A value of an unknown kind, on the rest of the line. */
static void
show_value(const struct json *node)
{
	struct jsonw	 w;

	if (node->type == JSON_STRING) {
		term_puts(stdout, node->u.s);
		return;
	}
	jsonw_init(&w, 0);
	json_write(node, &w);
	fwrite(w.buf, 1, w.len, stdout);
	jsonw_free(&w);
}

/* Settings that are milliseconds or bytes, as a person would write them. */
static void
show_setting(const struct json *m)
{
	static const char *const	 durations[] = { "window", "initial",
	    "max", "stopTimeout", "watchdog", "watchdogGrace",
	    "startupTimeout", "minUptime", NULL };
	char				 buf[HUMAN_SIZE];
	int				 i;

	if (m->type == JSON_INT && m->key != NULL) {
		for (i = 0; durations[i] != NULL; i++)
			if (strcmp(durations[i], m->key) == 0)
				break;
		if (durations[i] != NULL) {
			printf("%s", duration_format(m->u.i, buf,
			    sizeof(buf)));
			return;
		}
		if (strcmp(m->key, "maxMemory") == 0 && m->u.i > 0) {
			printf("%s", size_human(m->u.i, buf, sizeof(buf)));
			return;
		}
	}
	show_value(m);
}

static void
show_section(const char *title, const struct json *object)
{
	const struct json	*m;

	if (object == NULL || object->first == NULL)
		return;
	printf("\n%s\n", title);
	for (m = object->first; m != NULL; m = m->next) {
		if (object->type == JSON_OBJECT)
			printf("    %-18s ", m->key);
		else
			printf("    ");
		show_setting(m);
		putchar('\n');
	}
}

/* With `rss`, and seconds of uptime. */
static void
show_inspect_children(struct ctl *ctl, const struct json *list)
{
	static const char *const titles[] = { "    PROCESS", "INST", "STATUS",
	    "PID", "MEMORY", "UPTIME", "RESTARTS", NULL };
	const struct json	*c;
	struct table		*t;
	char			 buf[HUMAN_SIZE];
	int64_t			 rss;

	if (list == NULL || list->first == NULL)
		return;
	t = table_new(titles);
	for (c = list->first; c != NULL; c = c->next) {
		table_addf(t, "    %s", json_get_string(c, "name", "?"));
		table_addf(t, "%" PRId64, json_get_int(c, "instance", 0));
		show_status_cell(t, c);
		if (show_runs(c))
			table_addf(t, "%" PRId64, json_get_int(c, "pid", 0));
		else
			table_add(t, "-");
		rss = (int64_t)json_get_number(c, "rss", 0);
		table_add(t, !show_runs(c) || rss == 0 ? "-" :
		    size_human(rss, buf, sizeof(buf)));
		table_add(t, !show_runs(c) ? "-" : duration_human(1000 *
		    json_get_int(c, "uptimeSeconds", 0), buf, sizeof(buf)));
		table_addf(t, "%" PRId64, json_get_int(c, "restarts", 0));
	}
	printf("\nprocesses\n");
	table_print(t, stdout, ctl->colour);
	table_free(t);
}

static void
show_memory(const struct json *app)
{
	const struct json	*memory = json_get(app, "memory"), *m;
	char			 buf[HUMAN_SIZE];

	if (memory == NULL || memory->type != JSON_OBJECT)
		return;
	printf("%-11s", "memory");
	for (m = memory->first; m != NULL; m = m->next)
		if (m->type == JSON_INT)
			printf("%s%s %s", m == memory->first ? "" : ", ",
			    m->key, size_human(m->u.i, buf, sizeof(buf)));
	putchar('\n');
}

static void
show_last_exit(const struct json *app)
{
	const struct json	*e = json_get(app, "lastExit"), *tail, *l;
	const char		*sig;
	int64_t			 code;

	if (e == NULL || e->type != JSON_OBJECT)
		return;
	printf("\nlast exit\n    at %s", json_get_string(e, "atIso", "?"));
	if ((sig = json_get_string(e, "signal", NULL)) != NULL)
		printf(", by %s", sig);
	else if ((code = json_get_int(e, "code", -1)) != -1)
		printf(", code %" PRId64, code);
	printf(", %s\n", json_get_bool(e, "expected", 0) ? "expected" :
	    "not expected");
	if (json_get_string(e, "message", NULL) != NULL) {
		printf("    ");
		term_puts(stdout, json_get_string(e, "message", ""));
		putchar('\n');
	}
	tail = json_get(e, "stderrTail");
	if (tail == NULL || tail->first == NULL)
		return;
	printf("    its last words on stderr:\n");
	for (l = tail->first; l != NULL; l = l->next) {
		printf("    | ");
		show_value(l);
		putchar('\n');
	}
}

void
show_inspect(struct ctl *ctl, const struct json *app)
{
	show_field("name", json_get_string(app, "name", "?"));
	show_field_status(ctl, app);
	if (show_runs(app)) {
		char	 buf[HUMAN_SIZE];

		printf("%-11s%" PRId64 ", up %s\n", "pid",
		    json_get_int(app, "pid", 0), duration_human((int64_t)
		    json_get_number(app, "uptime", 0), buf, sizeof(buf)));
		show_memory(app);
	}
	printf("%-11s%" PRId64 "\n", "restarts",
	    json_get_int(app, "restarts", 0));
	show_last_exit(app);
	show_inspect_children(ctl, json_get(app, "children"));
	show_section("services", json_get(app, "services"));
	show_section("strays", json_get(app, "strays"));
	show_section("logs", json_get(app, "logPaths"));
	show_section("configuration", json_get(app, "config"));
}
