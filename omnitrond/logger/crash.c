/*
 * Crash records: what the supervisor knows of an exit that was not expected,
 * and the last words of the process.  Logger only; NAME+crash.log in the log
 * folder, a line of JSON each, kept like the app's log but for its size ('+'
 * is in no app's name).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/jsonw.h"
#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/logger/crash.h"
#include "omnitrond/method.h"

/* At once; more are written without the end of their output. */
#define CRASHES_WAIT_MAX 256u

/* One that waits for the end of its process's output. */
struct crash_wait {
	LIST_ENTRY(crash_wait)	 entry;
	struct m_crash		 m;
	char			 process[NAME_SIZE];
	char			*why;
	char			*decided;
	char			*probe;
};

static size_t
crash_loss(struct file *f, char *buf, size_t size)
{
	/* not a record: a reader passes over it */
	return ((size_t)snprintf(buf, size, "{\"lost\":%llu}\n",
	    (unsigned long long)f->lost_lines));
}

struct crash *
crash_of(struct app *app)
{
	struct crash		*c = app->crash;
	struct file_rules	 rules = app->file.rules;
	char			 name[NAME_SIZE + 8];
	int64_t			 newest;

	rules.max_size = CRASH_FILE_MAX;
	rules.max_files = 1;
	if (c == NULL) {
		app->crash = c = xcalloc(1, sizeof(*c));
		snprintf(name, sizeof(name), "%s+crash", app->name);
		file_init(&app->logger->files, &c->file, name, crash_loss, c);
	}
	if (!c->counted && !app->logger->files.hold) {
		c->counted = 1;
		newest = crash_newest(c);
		if (newest > c->last)
			c->last = newest;
	}
	file_set_rules(&c->file, &rules);
	return (c);
}

void
crash_free(struct app *app)
{
	if (app->crash == NULL)
		return;
	file_free(&app->crash->file);
	free(app->crash);
	app->crash = NULL;
}

/* ---- last words --------------------------------------------------------- */

struct words {
	char	 buf[LINE_SIZE_MAX];
	size_t	 n;			/* lines of it */
	size_t	 bytes;
};

/* The next line of that process, from old to new; 0 at the end. */
static int
words_next(struct ring_walk *walk, const struct crash_wait *c,
    struct words *w, struct line *line)
{
	while (ring_next(walk, w->buf, sizeof(w->buf)))
		if (line_parse(w->buf, walk->len, line) == 0 &&
		    line->pid == c->m.exit.pid &&
		    line->processlen == strlen(c->process) &&
		    memcmp(line->process, c->process, line->processlen) == 0)
			return (1);
	return (0);
}

/* All lines, counted, and then those at the end that there is room for. */
static void
words_write(struct jsonw *w, const struct ring *ring,
    const struct crash_wait *c)
{
	struct words		*words = xcalloc(1, sizeof(*words));
	struct ring_walk	 walk;
	struct line		 line;
	size_t			 n, bytes;

	ring_first(ring, &walk);
	while (words_next(&walk, c, words, &line)) {
		words->n++;
		words->bytes += line.textlen;
	}
	n = words->n;
	bytes = words->bytes;
	jsonw_key(w, "stderrTail");
	jsonw_array(w);
	ring_first(ring, &walk);
	while (words_next(&walk, c, words, &line)) {
		if (n-- <= CRASH_LINES && bytes <= CRASH_TAIL_MAX)
			jsonw_stringn(w, line.text, line.textlen);
		bytes -= line.textlen;
	}
	jsonw_end(w);
	free(words);
}

/* ---- the record --------------------------------------------------------- */

static void
crash_exit(struct jsonw *w, const struct m_exited *x)
{
	if (x->signal > 0 || (x->flags & (EXIT_NOEXEC | EXIT_UNKNOWN)))
		jsonw_knull(w, "code");
	else
		jsonw_kint(w, "code", x->code);
	jsonw_kstring(w, "signal", x->signal > 0 ? signal_name(x->signal) :
	    NULL);
	jsonw_kbool(w, "core", (x->flags & EXIT_CORE) != 0);
	if (x->flags & EXIT_OOM)
		jsonw_kstring(w, "outOfMemory", (x->flags & EXIT_GUESS) ?
		    "probably" : "yes");
	if (x->max_rss > 0)
		jsonw_kint(w, "maxRss", (int64_t)x->max_rss);
	else
		jsonw_knull(w, "maxRss");
}

static void
crash_acts(struct jsonw *w, const struct m_crash *m)
{
	uint32_t	 i;

	jsonw_key(w, "actions");
	jsonw_array(w);
	for (i = 0; i < m->nacts; i++) {
		jsonw_object(w);
		jsonw_kint(w, "at", m->acts[i].at_ms);
		jsonw_kstring(w, "method", methods[m->acts[i].method].name);
		if (m->acts[i].uid != ID_NONE) {
			jsonw_kint(w, "uid", m->acts[i].uid);
			jsonw_kint(w, "pid", m->acts[i].pid);
		} else
			jsonw_kstring(w, "subject", m->acts[i].subject);
		jsonw_kstring(w, "plane", kind_name(m->acts[i].plane));
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
crash_json(struct jsonw *w, struct app *app, const struct crash_wait *c,
    int64_t id)
{
	const struct m_crash	*m = &c->m;
	const struct m_exited	*x = &m->exit;
	char			 hash[24];

	jsonw_object(w);
	jsonw_kint(w, "id", id);
	jsonw_kint(w, "at", x->at_ms);
	jsonw_kstring(w, "app", app->name);
	jsonw_kstring(w, "process", c->process);
	jsonw_kint(w, "instance", x->inst.instance & ~INSTANCE_SPARE);
	jsonw_kint(w, "pid", x->pid);
	jsonw_kstring(w, "reason", c->why);
	crash_exit(w, x);
	jsonw_kint(w, "uptime", m->started_ms > 0 && x->at_ms >
	    m->started_ms ? x->at_ms - m->started_ms : 0);
	jsonw_kint(w, "restarts", m->restarts);
	jsonw_kstring(w, "decision", c->decided);
	if (m->retry_ms > 0)
		jsonw_kint(w, "retryAt", m->retry_ms);
	snprintf(hash, sizeof(hash), "%016" PRIx64, m->hash);
	jsonw_kstring(w, "configuration", hash);
	if (c->probe[0] != '\0')
		jsonw_kstring(w, "probe", c->probe);
	crash_acts(w, m);
	words_write(w, &app->ring[STREAM_ERR], c);
	jsonw_end(w);
}

static void
crash_write(struct logger *l, const struct crash_wait *c)
{
	struct app	*app = app_find(l, c->m.exit.inst.app);
	struct crash	*file;
	struct jsonw	 w;

	if (app == NULL)
		return;		/* it left the configuration meanwhile */
	file = crash_of(app);
	jsonw_init(&w, CRASH_RECORD_MAX - 1);
	crash_json(&w, app, c, ++file->last);
	if (jsonw_done(&w) == 0) {
		jsonw_raw(&w, "\n", 1);
		file_write(&file->file, w.buf, w.len, mono_now());
	} else
		log_warnx("%s: a crash record is too large", app->name);
	jsonw_free(&w);
}

/* ---- waiting ------------------------------------------------------------ */

static void
crash_end(struct logger *l, struct crash_wait *c)
{
	crash_write(l, c);
	free(c->why);
	free(c->decided);
	free(c->probe);
	free(c);
}

static int
crash_sane(const struct m_crash *m, const char *process)
{
	uint32_t	 i;

	if (!name_valid(process) || m->exit.inst.app == 0 ||
	    m->nacts > ACTS_MAX)
		return (0);
	for (i = 0; i < m->nacts; i++)
		if (m->acts[i].method >= METHOD_MAX ||
		    memchr(m->acts[i].subject, '\0', SUBJECT_ROOM) == NULL ||
		    m->acts[i].plane >= K_MAX)
			return (0);
	return (1);
}

static int
crash_is(const struct crash_wait *c, const struct m_log_pid *m)
{
	const struct m_inst	*inst = &c->m.exit.inst;

	return (c->m.exit.pid == m->pid && inst->app == m->inst.app &&
	    inst->process == m->inst.process &&
	    inst->instance == m->inst.instance);
}

/*
 * Is its output complete?  That is the parent's word, and may come before
 * the supervisor's or after it.
 */
static int
crash_complete(const struct logger *l, const struct crash_wait *c)
{
	unsigned	 i;

	if (c->m.exit.pid == 0)
		return (1);		/* it never came to a process */
	for (i = 0; i < l->nended && i < ENDED_MAX; i++)
		if (crash_is(c, &l->ended[i]))
			return (1);
	return (0);
}

int
crash_new(struct logger *l, const struct m_crash *m, const char *process,
    const char *why, const char *decided, const char *probe)
{
	struct crash_wait	*c;

	if (!crash_sane(m, process))
		return (-1);
	c = xcalloc(1, sizeof(*c));
	c->m = *m;
	strlcpy(c->process, process, sizeof(c->process));
	c->why = xstrdup(why);
	c->decided = xstrdup(decided);
	c->probe = xstrdup(probe);
	if (l->base == NULL || l->ncrashes >= CRASHES_WAIT_MAX ||
	    crash_complete(l, c)) {
		crash_end(l, c);
		return (0);
	}
	LIST_INSERT_HEAD(&l->crashes, c, entry);
	l->ncrashes++;
	logger_crash_waits(l);
	return (0);
}

static void
crash_done(struct logger *l, struct crash_wait *c)
{
	LIST_REMOVE(c, entry);
	l->ncrashes--;
	crash_end(l, c);
}

void
crash_ready(struct logger *l, const struct m_log_pid *m)
{
	struct crash_wait	*c, *next;

	l->ended[l->nended++ % ENDED_MAX] = *m;
	LIST_FOREACH_SAFE(c, &l->crashes, entry, next)
		if (crash_is(c, m))
			crash_done(l, c);
}

void
crash_flush(struct logger *l)
{
	struct crash_wait	*c;

	while ((c = LIST_FIRST(&l->crashes)) != NULL)
		crash_done(l, c);
}
