/*
 * An app as the logger knows it: a file, two rings and those who follow.
 * Logger only.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/logger/query.h"

#define NOTE_MAX	512		/* bytes of a line of ours */

RB_GENERATE(apps, app, entry, app_cmp)

int
app_cmp(const struct app *a, const struct app *b)
{
	return (a->id < b->id ? -1 : a->id > b->id);
}

struct app *
app_find(struct logger *l, uint32_t id)
{
	struct app	 key;

	key.id = id;
	return (RB_FIND(apps, &l->apps, &key));
}

/* A loss as a line of the text format. */
static size_t
app_loss(struct file *f, char *buf, size_t size)
{
	struct app	*app = f->arg;
	struct logger	*l = app->logger;
	char		 text[NOTE_MAX];

	snprintf(text, sizeof(text), "%llu lines (%llu bytes) lost: %s could "
	    "not be written", (unsigned long long)f->lost_lines,
	    (unsigned long long)f->lost_bytes, f->name);
	return (format_note(&l->format, logger_stamp(l), LEVEL_ERROR, "logger",
	    l->pid, text, buf, size));
}

struct app *
app_new(struct logger *l, uint32_t id, const char *name)
{
	struct app	*app = xcalloc(1, sizeof(*app));
	char		 file[NAME_SIZE + 4];

	app->logger = l;
	app->id = id;
	strlcpy(app->name, name, sizeof(app->name));
	/* The parent allows no app of these names; '+' is in no name. */
	snprintf(file, sizeof(file), "%s%s", name, id != 0 &&
	    (strcmp(name, DAEMON_NAME) == 0 || strcmp(name, "audit") == 0) ?
	    "+app" : "");
	file_init(&l->files, &app->file, file, app_loss, app);
	LIST_INIT(&app->streams);
	LIST_INIT(&app->followers);
	RB_INSERT(apps, &l->apps, app);
	return (app);
}

void
app_release(struct app *app)
{
	struct logger	*l = app->logger;

	if (!app->gone || !LIST_EMPTY(&app->streams) || app->file.error != 0)
		return;
	query_app_gone(app);
	crash_free(app);
	RB_REMOVE(apps, &l->apps, app);
	file_free(&app->file);
	ring_free(&l->rings, &app->ring[STREAM_OUT]);
	ring_free(&l->rings, &app->ring[STREAM_ERR]);
	free(app);
}

void
app_lines(struct app *app, enum stream stream, const char *p, size_t len)
{
	struct logger	*l = app->logger;

	file_write(&app->file, p, len, mono_now());
	ring_put(&l->rings, &app->ring[stream], ++app->seq, p, len);
	if (!LIST_EMPTY(&app->followers) || !LIST_EMPTY(&l->followers))
		query_feed(app, stream, p, len);
}

void
app_note(struct app *app, enum level level, const char *fmt, ...)
{
	struct logger	*l = app->logger;
	char		 text[NOTE_MAX], line[LINE_PREFIX_MAX + 4 * NOTE_MAX];
	va_list		 ap;
	size_t		 n;

	if (level < app->least)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	n = format_note(&l->format, logger_stamp(l), level, "logger", l->pid,
	    text, line, sizeof(line));
	app_lines(app, STREAM_ERR, line, n);
}
