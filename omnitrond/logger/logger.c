/*
 * The parts of the logger together: timers, work that is put off to the end
 * of a turn, and the end of it all.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/logger/query.h"
#include "omnitrond/logger/stream.h"

#define CLOCK_SLACK_US	1000		/* more is a clock that was set back */
#define LAST_WORDS_MS	50		/* silence of our own processes */
#define AUDIT_LINE_MAX	(64u * 1024)
#define CRASH_WAIT_MS	2000		/* for the end of an output */

static void
logger_timer(struct event *ev, int ms)
{
	struct timeval	 tv;

	tv.tv_sec = ms / 1000;
	tv.tv_usec = ms % 1000 * 1000;
	if (ev != NULL && !event_pending(ev, EV_TIMEOUT, NULL))
		event_add(ev, &tv);
}

static void
logger_fault(struct files *fs, const char *cause)
{
	struct logger	*l = fs->arg;

	if (cause != NULL) {
		log_warnx("logs cannot be written: %s", cause);
		logger_timer(l->retry, RETRY_MS);
	} else
		log_info("logs can be written again");
	l->ops->fault(l, cause != NULL ? cause : "");
}

static void
logger_retry(int fd, short events, void *arg)
{
	struct logger	*l = arg;

	logger_wake(l);
	if (files_retry(&l->files, mono_now()))
		logger_timer(l->retry, RETRY_MS);
}

/* In the next turn, after what is ready: queries must not hold up reading. */
void
logger_work(struct logger *l)
{
	logger_timer(l->work, 0);
}

static void
logger_do_work(int fd, short events, void *arg)
{
	struct logger	*l = arg;
	struct query	*q, *next;
	int		 more = 0;

	logger_wake(l);
	LIST_FOREACH_SAFE(q, &l->queries, entry, next)
		more |= query_step(q);
	if (more)
		logger_work(l);
}

static void
logger_crashes(int fd, short events, void *arg)
{
	crash_flush(arg);
}

void
logger_crash_waits(struct logger *l)
{
	logger_timer(l->crash_timer, CRASH_WAIT_MS);
}

void
logger_pause(struct logger *l)
{
	logger_timer(l->pause, SEND_RETRY_MS);
}

void
logger_init(struct logger *l, const struct logger_ops *ops, void *arg)
{
	struct app	*app;

	memset(l, 0, sizeof(*l));
	l->ops = ops;
	l->arg = arg;
	l->pid = getpid();
	RB_INIT(&l->apps);
	LIST_INIT(&l->waiting);
	LIST_INIT(&l->queries);
	LIST_INIT(&l->crashes);
	LIST_INIT(&l->followers);
	TAILQ_INIT(&l->grown);
	files_init(&l->files, logger_fault, l);
	file_init(&l->files, &l->audit, "audit", audit_loss, l);
	jsonw_init(&l->json, AUDIT_LINE_MAX);
	l->in = xmalloc(IN_SIZE);
	l->out = xmalloc(OUT_SIZE);
	l->block = xmalloc(QUERY_BLOCK);
	app = app_new(l, 0, DAEMON_NAME);
	app->least = LEVEL_TRACE;
}

void
logger_start(struct logger *l, struct event_base *base)
{
	struct output	*s;
	struct app	*app;

	l->base = base;
	l->retry = event_new(base, -1, 0, logger_retry, l);
	l->work = event_new(base, -1, 0, logger_do_work, l);
	l->pause = event_new(base, -1, 0, logger_do_work, l);
	l->crash_timer = event_new(base, -1, 0, logger_crashes, l);
	if (l->retry == NULL || l->work == NULL || l->pause == NULL ||
	    l->crash_timer == NULL)
		fatalx("out of memory");
	RB_FOREACH(app, apps, &l->apps)
		LIST_FOREACH(s, &app->streams, entry)
			stream_listen(s);
}

int64_t
logger_stamp(struct logger *l)
{
	int64_t	 now = wall_us();

	if (now <= l->last_us && l->last_us - now < CLOCK_SLACK_US)
		now = l->last_us + 1;
	l->last_us = now;
	return (now);
}

void
logger_reopen(struct logger *l)
{
	logger_wake(l);
	files_reopen(&l->files);
	files_retry(&l->files, mono_now());
}

void
logger_plane_down(struct logger *l, uint32_t plane)
{
	struct query	*q, *next;

	LIST_FOREACH_SAFE(q, &l->queries, entry, next)
		if (q->m.plane == plane)
			query_free(q);
}

void
logger_release(struct logger *l)
{
	l->files.hold = 0;
	if (l->base != NULL)
		files_retry(&l->files, mono_now());
}

void
logger_wake(struct logger *l)
{
	l->worked = 1;
	if (l->awake || l->woken == NULL)
		return;
	l->awake = 1;
	l->woken(l);
}

int
logger_worked(struct logger *l)
{
	l->awake = l->worked;
	l->worked = 0;
	return (l->awake);
}

/* One read of every stream that has not ended; 1 if any gave something. */
static int
drain_pass(struct logger *l, struct mono until)
{
	struct output	*s;
	struct app	*app;
	int		 some = 0;

	RB_FOREACH(app, apps, &l->apps)
		LIST_FOREACH(s, &app->streams, entry) {
			if (!mono_before(mono_now(), until))
				return (0);
			if (!s->eof && stream_read(s) > 0)
				some = 1;
		}
	return (some);
}

/* Our own processes may be writing their last lines just now. */
static int
last_words(struct logger *l)
{
	struct output	*s;
	struct pollfd	 pfd;

	LIST_FOREACH(s, &app_find(l, 0)->streams, entry) {
		if (s->eof)
			continue;
		pfd.fd = s->fd;
		pfd.events = POLLIN;
		if (poll(&pfd, 1, LAST_WORDS_MS) == 1)
			return (1);
	}
	return (0);
}

void
logger_drain(struct logger *l, int64_t ms)
{
	struct mono	 until = mono_add_ms(mono_now(), ms);
	struct output	*s;
	struct app	*app;

	while (mono_before(mono_now(), until))
		if (!drain_pass(l, until) && !last_words(l))
			break;
	RB_FOREACH(app, apps, &l->apps)
		LIST_FOREACH(s, &app->streams, entry)
			stream_flush(s);
	crash_flush(l);
	files_retry(&l->files, mono_now());
}

void
logger_free(struct logger *l)
{
	struct output	*s;
	struct query	*q;
	struct app	*app;

	crash_flush(l);
	while ((q = LIST_FIRST(&l->queries)) != NULL)
		query_free(q);
	while ((s = LIST_FIRST(&l->waiting)) != NULL)
		stream_free(s);
	while ((app = RB_MIN(apps, &l->apps)) != NULL) {
		app->gone = 0;
		while ((s = LIST_FIRST(&app->streams)) != NULL)
			stream_free(s);
		app->gone = 1;
		file_free(&app->file);
		app_release(app);
	}
	file_free(&l->audit);
	jsonw_free(&l->json);
	free(l->staged);
	if (l->base != NULL) {
		event_free(l->retry);
		event_free(l->work);
		event_free(l->pause);
		event_free(l->crash_timer);
	}
	free(l->in);
	free(l->out);
	free(l->block);
}
