/*
 * Lines that a query found: matched, kept in bounded memory, sorted.  Logger
 * only; touches memory alone.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/logger/query.h"

int
query_wants(const struct query *q, const struct line *line,
    enum stream stream)
{
	const struct m_log_open	*m = &q->m;

	if (line->level < (int)m->level)
		return (0);
	if ((m->flags & REQ_STDERR) && stream != STREAM_ERR)
		return (0);
	if ((m->since_ms != 0 && line->at_us / 1000 < m->since_ms) ||
	    (m->until_ms != 0 && line->at_us / 1000 > m->until_ms))
		return (0);
	return (q->process[0] == '\0' ||
	    (strlen(q->process) == line->processlen &&
	    memcmp(q->process, line->process, line->processlen) == 0));
}

static size_t
record_size(const struct record *rec)
{
	return (sizeof(*rec) + rec->text + rec->len);
}

struct record *
record_new(struct query *q, const struct app *app, const struct line *line,
    enum stream stream)
{
	struct record	*rec;
	size_t		 n = strlen(app->name) + 1;

	rec = xcalloc(1, sizeof(*rec) + n + line->processlen + 1 +
	    line->textlen);
	rec->at_us = line->at_us;
	rec->pid = line->pid;
	rec->stream = (uint8_t)stream;
	rec->level = (uint8_t)line->level;
	rec->process = (uint32_t)n;
	rec->text = (uint32_t)(n + line->processlen + 1);
	rec->len = (uint32_t)line->textlen;
	memcpy(rec->data, app->name, n);
	memcpy(rec->data + rec->process, line->process, line->processlen);
	memcpy(rec->data + rec->text, line->text, line->textlen);
	q->bytes += record_size(rec);
	q->logger->query_bytes += record_size(rec);
	return (rec);
}

void
record_free(struct query *q, struct record *rec)
{
	q->bytes -= record_size(rec);
	q->logger->query_bytes -= record_size(rec);
	free(rec);
}

/* Old before new: by time among several apps, else as they were written. */
static int
by_time(const void *a, const void *b)
{
	const struct record	*x = *(struct record *const *)a;
	const struct record	*y = *(struct record *const *)b;

	if (x->at_us != y->at_us)
		return (x->at_us < y->at_us ? -1 : 1);
	return (x->order < y->order ? -1 : x->order > y->order);
}

static int
by_order(const void *a, const void *b)
{
	const struct record	*x = *(struct record *const *)a;
	const struct record	*y = *(struct record *const *)b;

	return (x->order < y->order ? -1 : x->order > y->order);
}

/* Throw the oldest away until there are `n` and few enough bytes. */
static void
query_cut(struct query *q, size_t n, size_t bytes)
{
	size_t	 i = 0, all = q->nfound;

	if (all == 0)
		return;
	qsort(q->found, all, sizeof(*q->found), q->all ? by_time : by_order);
	while (i + 1 < all && (all - i > n || q->bytes > bytes))
		record_free(q, q->found[i++]);
	if (i == 0)
		return;
	q->cut_us = q->found[i]->at_us;
	q->nfound = all - i;
	memmove(q->found, q->found + i, q->nfound * sizeof(*q->found));
}

void
query_keep(struct query *q, const struct app *app, const struct line *line,
    enum stream stream, int64_t order)
{
	struct logger	*l = q->logger;
	struct record	*rec;

	rec = record_new(q, app, line, stream);
	rec->order = order;
	if (q->nfound == q->size) {
		q->size = q->size == 0 ? 64 : q->size * 2;
		q->found = xreallocarray(q->found, q->size,
		    sizeof(*q->found));
	}
	q->found[q->nfound++] = rec;
	if (q->nfound >= 2 * (size_t)q->m.lines)
		query_cut(q, q->m.lines, SIZE_MAX);
	if (q->bytes > QUERY_BYTES_MAX || l->query_bytes > QUERIES_BYTES_MAX)
		query_cut(q, SIZE_MAX, q->bytes / 2);
}

void
query_sort(struct query *q)
{
	size_t	 i;

	query_cut(q, q->m.lines, SIZE_MAX);
	for (i = q->nfound; i > 0; i--)
		TAILQ_INSERT_HEAD(&q->queue, q->found[i - 1], entry);
	free(q->found);
	q->found = NULL;
	q->nfound = q->size = 0;
}
