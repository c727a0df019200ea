/*
 * The read ends of FIFOs, one a stream of an instance, and the pipe that is
 * the stderr of the daemon's own processes.  Logger only; reads the
 * descriptors that the parent passed.
 *
 * A stream lives as long as its FIFO has a writer: an instance that ends
 * (LOG_END) may be followed by another on the same FIFO (LOG_PID).  One read
 * a turn of the loop, so that no flood starves another stream.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/logger/stream.h"

static void
stream_unhold(int fd, short events, void *arg)
{
	struct output	*s = arg;

	if (!s->eof)
		stream_listen(s);
}

/*
 * Output that comes between two instances is the next one's, whose number
 * is on its way: give it a moment to come.  1 if the read is put off.
 */
static int
stream_hold(struct output *s)
{
	static const struct timeval	 tv = { 0, HOLD_MS * 1000 };

	if (s->held || s->src.own || (!s->ended && s->src.pid != 0))
		return (0);
	s->held = 1;
	if (s->hold == NULL)
		s->hold = event_new(s->logger->base, -1, 0, stream_unhold, s);
	if (s->hold == NULL || event_add(s->hold, &tv) == -1)
		fatalx("out of memory");
	event_del(s->ev);
	s->listening = 0;
	return (1);
}

static void
stream_readable(int fd, short events, void *arg)
{
	struct output	*s = arg;
	ssize_t		 n;

	if (stream_hold(s))
		return;
	n = stream_read(s);
	if (n > 0)
		pace_read(s, (size_t)n);
	else if (n == -1 && s->ended)
		stream_free(s);
}

/* Have it read, or not: at end of file it would be readable for ever. */
void
stream_pause(struct output *s)
{
	if (s->listening)
		event_del(s->ev);
	s->listening = 0;
}

void
stream_listen(struct output *s)
{
	struct logger	*l = s->logger;

	if (l->base == NULL || s->app == NULL || s->listening)
		return;
	if (s->gap) {
		s->gap = 0;
		app_note(s->app, LEVEL_WARN, "output may be missing here: %s "
		    "%s", s->process, s->kind == STREAM_ERR ? "stderr" :
		    "stdout");
	}
	if (s->ev == NULL)
		s->ev = event_new(l->base, s->fd, EV_READ | EV_PERSIST,
		    stream_readable, s);
	if (s->ev == NULL || event_add(s->ev, NULL) == -1)
		fatalx("out of memory");
	s->listening = 1;
}

/* ---- text --------------------------------------------------------------- */

static void
stream_keep(struct output *s, const char *p, size_t len)
{
	if (len == 0) {
		free(s->partial);
		s->partial = NULL;
	} else {
		if (len > s->partlen)
			s->partial = xreallocarray(s->partial, len, 1);
		memcpy(s->partial, p, len);
	}
	s->partlen = len;
}

/* What was read, the partial line before it included. */
static void
stream_text(struct output *s, const char *p, size_t len)
{
	struct logger	*l = s->logger;
	struct text	 t = { p, len, 0, l->out, OUT_SIZE, 0 };
	int64_t		 at_us = logger_stamp(l);
	int		 more;

	do {
		t.outlen = 0;
		more = format_lines(&l->format, &s->src, at_us, &t);
		if (t.outlen > 0)
			app_lines(s->app, s->kind, t.out, t.outlen);
	} while (more);
	stream_keep(s, p + t.used, len - t.used);
}

void
stream_flush(struct output *s)
{
	struct logger	*l = s->logger;

	if (s->partlen == 0)
		return;
	memcpy(l->in, s->partial, s->partlen);
	l->in[s->partlen] = '\n';
	stream_text(s, l->in, s->partlen + 1);
}

ssize_t
stream_read(struct output *s)
{
	char	*in = s->logger->in;
	size_t	 have = s->partlen;
	ssize_t	 n;

	if (have > 0)
		memcpy(in, s->partial, have);
	n = read(s->fd, in + have, READ_MAX);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return (0);
	logger_wake(s->logger);
	if (n == -1)
		log_warn("%s: read of its output", s->app->name);
	if (n <= 0) {
		s->eof = 1;
		stream_pause(s);
		stream_flush(s);
		return (-1);
	}
	if ((size_t)n >= PIPE_DEFAULT)
		pipe_full(s);
	stream_text(s, in, have + (size_t)n);
	return (n);
}

int
stream_drain(struct output *s, size_t max)
{
	size_t	 done = 0;
	ssize_t	 n;

	while (done < max) {
		if ((n = stream_read(s)) <= 0)
			return ((int)n);
		done += (size_t)n;
	}
	return (0);
}

/* ---- life --------------------------------------------------------------- */

static void
stream_destroy(struct output *s)
{
	pipe_gone(s);
	LIST_REMOVE(s, entry);
	if (s->app == NULL)
		s->logger->nwaiting--;
	if (s->ev != NULL)
		event_free(s->ev);
	if (s->hold != NULL)
		event_free(s->hold);
	if (s->later != NULL)
		event_free(s->later);
	close(s->fd);
	free(s->partial);
	free(s->process);
	free(s);
}

void
stream_free(struct output *s)
{
	struct app	*app = s->app;

	stream_destroy(s);
	if (app != NULL)
		app_release(app);
}

static int
stream_is(const struct output *s, const struct m_inst *inst)
{
	return (s->inst.app == inst->app && s->inst.process == inst->process &&
	    s->inst.instance == inst->instance);
}

static void
stream_attach(struct output *s, struct app *app)
{
	s->app = app;
	s->src.least = (int)app->least;
	LIST_INSERT_HEAD(&app->streams, s, entry);
	stream_listen(s);
}

/* What is there is the old instance's, and its last line is complete. */
static void
stream_turn(struct output *s)
{
	if (s->app == NULL || s->logger->base == NULL)
		return;
	if (!s->eof)
		stream_drain(s, DRAIN_MAX);
	stream_flush(s);
	s->src.cont = -1;
}

static struct streams *
streams_of(struct logger *l, uint32_t id)
{
	struct app	*app = app_find(l, id);

	return (app != NULL ? &app->streams : &l->waiting);
}

/* The same FIFO by a new descriptor: what the old one still gives is first. */
static void
stream_replace(struct logger *l, const struct m_log_stream *m)
{
	struct output	*s;

	LIST_FOREACH(s, streams_of(l, m->inst.app), entry)
		if (stream_is(s, &m->inst) && s->kind == m->stream) {
			stream_turn(s);
			stream_destroy(s);
			return;
		}
}

void
stream_new(struct logger *l, const struct m_log_stream *m,
    const char *process, int fd)
{
	struct app	*app = app_find(l, m->inst.app);
	struct output	*s;

	stream_replace(l, m);
	if (app == NULL && l->nwaiting >= STREAMS_WAIT_MAX) {
		log_warnx("output of an unknown app: %s", process);
		close(fd);
		return;
	}
	s = xcalloc(1, sizeof(*s));
	s->logger = l;
	s->inst = m->inst;
	s->kind = m->stream == STREAM_ERR ? STREAM_ERR : STREAM_OUT;
	s->fd = fd;
	s->gap = m->gap != 0;
	s->process = xstrdup(process);
	s->src.process = s->process;
	s->src.pid = m->pid;
	s->src.level = s->kind == STREAM_ERR ? LEVEL_ERROR : LEVEL_INFO;
	s->src.own = m->inst.app == 0;
	s->src.cont = -1;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (app != NULL) {
		stream_attach(s, app);
		return;
	}
	LIST_INSERT_HEAD(&l->waiting, s, entry);
	l->nwaiting++;
}

void
stream_settle(struct logger *l)
{
	struct output	*s, *next;
	struct app	*app;

	LIST_FOREACH_SAFE(s, &l->waiting, entry, next) {
		if ((app = app_find(l, s->inst.app)) == NULL)
			continue;
		LIST_REMOVE(s, entry);
		l->nwaiting--;
		stream_attach(s, app);
	}
}

void
stream_pid(struct logger *l, const struct m_log_pid *m)
{
	struct output	*s;

	LIST_FOREACH(s, streams_of(l, m->inst.app), entry) {
		if (!stream_is(s, &m->inst))
			continue;
		/* after an end, what is there is already the new one's */
		if (s->ended || s->src.pid == 0) {
			stream_flush(s);
			s->src.cont = -1;
		} else if (s->src.pid != m->pid)
			stream_turn(s);
		s->src.pid = m->pid;
		s->held = 0;
		s->ended = s->eof = 0;
		stream_listen(s);
	}
}

void
stream_end(struct logger *l, const struct m_log_pid *m)
{
	struct output	*s, *next;

	LIST_FOREACH_SAFE(s, streams_of(l, m->inst.app), entry, next) {
		if (!stream_is(s, &m->inst))
			continue;
		stream_turn(s);
		s->ended = 1;
		s->held = 0;
		if (s->eof)
			stream_free(s);
	}
	crash_ready(l, m);
}
