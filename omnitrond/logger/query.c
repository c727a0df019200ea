/*
 * Queries that the supervisor opened for a plane: begun, worked on in steps
 * of one block of a file, answered, ended.  Logger only.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/logger/query.h"

struct query *
query_find(struct logger *l, uint32_t plane, uint64_t id)
{
	struct query	*q;

	LIST_FOREACH(q, &l->queries, entry)
		if (q->m.id == id && q->m.plane == plane)
			return (q);
	return (NULL);
}

static struct app *
next_app(struct logger *l, uint32_t id)
{
	struct app	 key;

	key.id = id;
	return (RB_NFIND(apps, &l->apps, &key));
}

/* A fresh look at the app: its ring, and if that is too little its files. */
static void
query_begin(struct query *q, struct app *app)
{
	struct reader	*r = &q->reader;

	q->app = app->id;
	q->begun = 1;
	memset(r, 0, sizeof(*r));
	r->fd = -1;
	if (q->m.flags & REQ_CRASH) {
		crash_query(q, app);
		q->begun = -1;
		return;
	}
	r->rotations = app->file.rotations;
	if (query_ring(q, app))
		q->begun = -1;		/* that was all */
	else if (reader_open(r, app) == -1)
		q->begun = -1;
}

static void
query_follow(struct query *q, struct app *app)
{
	LIST_INSERT_HEAD(q->all ? &q->logger->followers : &app->followers, q,
	    follow_entry);
	q->following = 1;
}

const char *
query_open(struct logger *l, const struct m_log_open *m, const char *process,
    enum outcome *outcome)
{
	struct app	*app = app_find(l, m->app);
	struct query	*q;

	*outcome = OUT_LIMITED;
	if (l->queries_of[m->plane] >= QUERIES_MAX)
		return ("too many log queries at once");
	*outcome = OUT_NOT_FOUND;
	if (app == NULL)
		return ("no such app");
	q = xcalloc(1, sizeof(*q));
	q->logger = l;
	q->m = *m;
	if (q->m.lines > QUERY_LINES_MAX)
		q->m.lines = QUERY_LINES_MAX;
	strlcpy(q->process, process, sizeof(q->process));
	q->all = m->app == 0 && (m->flags & REQ_SYSTEM) == 0;
	q->credit = LOG_CREDIT;
	q->opened_us = logger_stamp(l);
	q->reader.fd = -1;
	q->app = 1;			/* the first, of all */
	TAILQ_INIT(&q->queue);
	LIST_INSERT_HEAD(&l->queries, q, entry);
	l->nqueries++;
	l->queries_of[m->plane]++;
	if (q->m.lines == 0)
		q->state = QUERY_SEND;
	else if (!q->all)
		query_begin(q, app);
	if (m->flags & REQ_FOLLOW)
		query_follow(q, app);
	logger_work(l);
	*outcome = OUT_OK;
	return (NULL);
}

void
query_free(struct query *q)
{
	struct logger	*l = q->logger;
	struct record	*rec;
	size_t		 i;

	if (q->following)
		LIST_REMOVE(q, follow_entry);
	LIST_REMOVE(q, entry);
	l->nqueries--;
	l->queries_of[q->m.plane]--;
	reader_close(&q->reader);
	for (i = 0; i < q->nfound; i++)
		record_free(q, q->found[i]);
	free(q->found);
	while ((rec = TAILQ_FIRST(&q->queue)) != NULL) {
		TAILQ_REMOVE(&q->queue, rec, entry);
		record_free(q, rec);
	}
	free(q);
}

void
query_app_gone(struct app *app)
{
	struct logger	*l = app->logger;
	struct query	*q, *next;

	LIST_FOREACH_SAFE(q, &app->followers, follow_entry, next) {
		l->ops->done(l, q->m.plane, q->m.id, OUT_NOT_FOUND,
		    "the app left the configuration");
		query_free(q);
	}
}

/* The app is done with: the next one, if there is; 0 if not. */
static int
query_next(struct query *q)
{
	reader_close(&q->reader);
	q->begun = 0;
	if (!q->all || q->app == UINT32_MAX)
		return (0);
	q->app++;
	return (next_app(q->logger, q->app) != NULL);
}

/* A step of collecting; 0 when all is collected. */
static int
query_collect(struct query *q)
{
	struct app	*app;

	if (q->begun == 0) {
		if ((app = next_app(q->logger, q->app)) == NULL)
			return (0);
		query_begin(q, app);
	} else if ((app = app_find(q->logger, q->app)) == NULL)
		q->begun = -1;		/* it left meanwhile */
	if (q->begun == 1 && query_file(q, app))
		return (1);
	return (query_next(q));
}

int
query_step(struct query *q)
{
	if (q->state == QUERY_COLLECT) {
		if (query_collect(q))
			return (1);
		query_sort(q);
		q->state = QUERY_SEND;
	}
	query_send(q);
	return (0);
}
