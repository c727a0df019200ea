/*
 * The two outputs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitronctl/batch.h"
#include "omnitronctl/output.h"
#include "omnitronctl/term.h"

/* ---- text --------------------------------------------------------------- */

static void
output_config(struct ctl *ctl, const struct json *node)
{
	output_pretty(stdout, node);
}

static void	(*const text_views[VIEW_MAX])(struct ctl *,
    const struct json *) = {
	[VIEW_ACCESS] = show_access,
	[VIEW_APP] = show_app,
	[VIEW_CONFIG] = output_config,
	[VIEW_CRASH] = show_crash,
	[VIEW_CRASHES] = show_crashes,
	[VIEW_DESCRIBE] = show_describe,
	[VIEW_ENV] = show_env,
	[VIEW_EVENT] = show_event,
	[VIEW_GRAPH] = show_graph,
	[VIEW_GRAPH_DOT] = show_graph_dot,
	[VIEW_GRAPH_MERMAID] = show_graph_mermaid,
	[VIEW_HEALTH] = show_health,
	[VIEW_INSPECT] = show_inspect,
	[VIEW_METRICS] = show_metrics,
	[VIEW_PING] = show_ping,
	[VIEW_RELOAD] = show_reload,
	[VIEW_RESULT] = show_result,
	[VIEW_SECRET] = show_secret,
	[VIEW_SECRETS] = show_secrets,
	[VIEW_STATUS] = show_status,
	[VIEW_TOKEN] = show_token,
	[VIEW_VALIDITY] = show_validity,
	[VIEW_VERSION] = show_version,
	[VIEW_WATCH] = show_watch,
	[VIEW_WHY] = show_why,
};

static void
text_show(struct ctl *ctl, enum view view, const struct json *node)
{
	text_views[view](ctl, node);
}

static void
text_apps(struct ctl *ctl, const struct json *const *apps, size_t n,
    int details)
{
	size_t	 i;

	if (!details) {
		show_apps(ctl, apps, n);
		return;
	}
	for (i = 0; i < n; i++) {
		if (i > 0)
			putchar('\n');
		show_app(ctl, apps[i]);
	}
}

static void
text_note(struct ctl *ctl, const char *text)
{
	if (ctl->quiet)
		return;
	term_puts(stdout, text);
	putchar('\n');
}

static void
text_warn(struct ctl *ctl, const char *text)
{
	fflush(stdout);
	fputs("omnitronctl: ", stderr);
	term_puts(stderr, text);
	putc('\n', stderr);
}

static void
text_error(struct ctl *ctl, const struct failure *f)
{
	fflush(stdout);
	fputs("omnitronctl: ", stderr);
	if (f->app != NULL && strstr(f->message, f->app) == NULL) {
		term_puts(stderr, f->app);
		fputs(": ", stderr);
	}
	term_puts(stderr, f->message);
	putc('\n', stderr);
}

static void
text_line(const struct batch *b, size_t i)
{
	char	 text[CTL_TEXT_MAX];

	term_puts(stdout, b->items[i].name);
	fputs(": ", stdout);
	term_puts(stdout, batch_text(b, i, text, sizeof(text)));
	putchar('\n');
}

static void
text_batch_begin(struct ctl *ctl, const struct batch *b)
{
	size_t	 i;

	if (!b->progress)
		return;
	for (i = 0; i < b->n; i++)
		text_line(b, i);
	fflush(stdout);
}

static void
text_failure(struct ctl *ctl, const struct batch_item *item)
{
	struct failure	 f = { .exit = (enum ctl_exit)item->exit };

	f.message = item->message;
	f.app = item->name;
	text_error(ctl, &f);
}

/* In place: up to the app's line, clear it, write it, down again. */
static void
text_batch_done(struct ctl *ctl, const struct batch *b, size_t i)
{
	if (b->progress) {
		printf("\033[%zuA\r\033[K", b->n - i);
		text_line(b, i);
		if (b->n - i > 1)
			printf("\033[%zuB", b->n - i - 1);
		fflush(stdout);
	} else if (b->items[i].state == BATCH_FAILED)
		text_failure(ctl, &b->items[i]);
	else if (!ctl->quiet) {
		text_line(b, i);
		fflush(stdout);
	}
}

static void
text_batch_end(struct ctl *ctl, const struct batch *b)
{
	char	 text[CTL_TEXT_MAX];
	size_t	 i;

	for (i = 0; b->progress && i < b->n; i++)
		if (b->items[i].state == BATCH_FAILED)
			text_failure(ctl, &b->items[i]);
	if (b->failed == 0 || b->n == 1)
		return;
	snprintf(text, sizeof(text), "%zu of %zu failed:", b->failed, b->n);
	for (i = 0; i < b->n; i++) {
		if (b->items[i].state != BATCH_FAILED)
			continue;
		strlcat(text, " ", sizeof(text));
		strlcat(text, b->items[i].name, sizeof(text));
	}
	text_warn(ctl, text);
}

const struct output output_text = {
	text_show, text_apps, show_entry, text_note, text_warn, text_error,
	text_batch_begin, text_batch_done, text_batch_end
};

/* ---- JSON --------------------------------------------------------------- */

static void
json_flush(struct jsonw *w, FILE *fp)
{
	if (jsonw_done(w) == -1)
		fatalx("JSON cannot be written");
	fwrite(w->buf, 1, w->len, fp);
	putc('\n', fp);
	jsonw_free(w);
}

static void
json_node(const struct json *node)
{
	struct jsonw	 w;

	jsonw_init(&w, 0);
	json_write(node, &w);
	json_flush(&w, stdout);
}

static void
json_show(struct ctl *ctl, enum view view, const struct json *node)
{
	json_node(node);
}

static void
json_apps(struct ctl *ctl, const struct json *const *apps, size_t n,
    int details)
{
	struct jsonw	 w;
	size_t		 i;

	jsonw_init(&w, 0);
	jsonw_array(&w);
	for (i = 0; i < n; i++)
		json_write(apps[i], &w);
	jsonw_end(&w);
	json_flush(&w, stdout);
}

static void
json_entry(struct ctl *ctl, const struct json *node)
{
	json_node(node);
}

static void
json_silent(struct ctl *ctl, const char *text)
{
	/* Remarks are for people. */
}

/* The members of an error, within its object. */
static void
json_failure(struct jsonw *w, const struct failure *f)
{
	const struct json	*d;

	jsonw_kstring(w, "code",
	    f->name != NULL ? f->name : ctl_exit_name((int)f->exit));
	jsonw_kstring(w, "message", f->message);
	if (f->number != 0)
		jsonw_kint(w, "number", f->number);
	if (f->app != NULL)
		jsonw_kstring(w, "app", f->app);
	jsonw_kint(w, "exit", (int)f->exit);
	if (f->data == NULL || f->data->type != JSON_OBJECT)
		return;
	for (d = f->data->first; d != NULL; d = d->next) {
		if (strcmp(d->key, "code") == 0 ||
		    strcmp(d->key, "message") == 0 ||
		    strcmp(d->key, "number") == 0 ||
		    strcmp(d->key, "app") == 0 || strcmp(d->key, "exit") == 0)
			continue;
		jsonw_key(w, d->key);
		json_write(d, w);
	}
}

static void
json_error(struct ctl *ctl, const struct failure *f)
{
	struct jsonw	 w;

	fflush(stdout);
	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_key(&w, "error");
	jsonw_object(&w);
	json_failure(&w, f);
	jsonw_end(&w);
	jsonw_end(&w);
	json_flush(&w, stderr);
}

static void
json_batch_nothing(struct ctl *ctl, const struct batch *b)
{
}

static void
json_batch_done(struct ctl *ctl, const struct batch *b, size_t i)
{
	/* All at once at the end: stdout is one document. */
}

static void
json_item_failure(const struct batch_item *item, struct failure *f)
{
	memset(f, 0, sizeof(*f));
	f->exit = (enum ctl_exit)item->exit;
	f->message = item->message;
	f->number = item->reply.code;
	f->data = item->reply.data;
	f->app = item->name;
	if (f->data != NULL)
		f->name = json_get_string(f->data, "code", NULL);
}

static void
json_item(struct jsonw *w, const struct batch_item *item)
{
	const struct json	*m;
	struct failure		 f;

	jsonw_object(w);
	jsonw_kstring(w, "name", item->name);
	if (item->state == BATCH_FAILED) {
		json_item_failure(item, &f);
		jsonw_key(w, "error");
		jsonw_object(w);
		json_failure(w, &f);
		jsonw_end(w);
	} else if (item->reply.result->type == JSON_OBJECT) {
		for (m = item->reply.result->first; m != NULL; m = m->next) {
			if (strcmp(m->key, "name") == 0)
				continue;
			jsonw_key(w, m->key);
			json_write(m, w);
		}
	}
	jsonw_end(w);
}

/* Which ones, beside how many: the array on stdout may go elsewhere. */
static void
json_batch_failed(const struct batch *b)
{
	struct failure	 f = { .exit = (enum ctl_exit)batch_exit(b) };
	struct jsonw	 w;
	char		 text[CTL_TEXT_MAX];
	size_t		 i;

	snprintf(text, sizeof(text), "%zu of %zu failed", b->failed, b->n);
	f.message = text;
	fflush(stdout);
	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_key(&w, "error");
	jsonw_object(&w);
	json_failure(&w, &f);
	jsonw_key(&w, "failed");
	jsonw_array(&w);
	for (i = 0; i < b->n; i++)
		if (b->items[i].state == BATCH_FAILED)
			jsonw_string(&w, b->items[i].name);
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_end(&w);
	json_flush(&w, stderr);
}

/* One app: its result, or its error.  Several: an array, and the count. */
static void
json_batch_end(struct ctl *ctl, const struct batch *b)
{
	struct failure	 f;
	struct jsonw	 w;
	size_t		 i;

	if (b->single && b->failed > 0) {
		json_item_failure(&b->items[0], &f);
		json_error(ctl, &f);
		return;
	}
	if (b->single) {
		json_node(b->items[0].reply.result);
		return;
	}
	jsonw_init(&w, 0);
	jsonw_array(&w);
	for (i = 0; i < b->n; i++)
		json_item(&w, &b->items[i]);
	jsonw_end(&w);
	json_flush(&w, stdout);
	if (b->failed > 0)
		json_batch_failed(b);
}

const struct output output_json = {
	json_show, json_apps, json_entry, json_silent, json_silent, json_error,
	json_batch_nothing, json_batch_done, json_batch_end
};
