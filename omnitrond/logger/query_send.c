/*
 * Sending what a query found, as far as credit and the channel allow.
 * Logger only.
 */
#include <string.h>

#include "omnitrond/logger/query.h"

/* One part of a line; 1 if it was the last. */
static int
send_part(struct query *q, struct record *rec)
{
	struct logger		*l = q->logger;
	struct m_log_record	 m;
	size_t			 n = rec->len - rec->sent;

	memset(&m, 0, sizeof(m));
	m.id = q->m.id;
	m.at_us = rec->at_us;
	m.pid = rec->pid;
	m.stream = rec->stream;
	m.level = rec->level;
	m.flags = rec->flags;
	if (rec->sent == 0)
		m.dropped = rec->dropped;
	if (n > LOG_TEXT_PART) {
		n = LOG_TEXT_PART;
		m.flags |= RECORD_MORE;
	}
	l->ops->record(l, q->m.plane, &m, rec->data, rec->data + rec->process,
	    rec->data + rec->text + rec->sent, n);
	rec->sent += (uint32_t)n;
	q->credit--;
	return (rec->sent == rec->len);
}

int
query_send(struct query *q)
{
	struct logger	*l = q->logger;
	struct record	*rec;

	if (q->state == QUERY_COLLECT)
		return (0);
	while ((rec = TAILQ_FIRST(&q->queue)) != NULL) {
		if (q->credit == 0)
			return (0);
		if (l->ops->queued(l, q->m.plane) >= SEND_QUEUE_MAX) {
			logger_pause(l);
			return (0);
		}
		if (!send_part(q, rec))
			continue;
		TAILQ_REMOVE(&q->queue, rec, entry);
		if (rec->flags & RECORD_FOLLOWED)
			q->queued -= rec->len;
		record_free(q, rec);
	}
	if (q->state == QUERY_FOLLOW)
		return (0);
	/* To one who follows it says that this was what there was. */
	l->ops->done(l, q->m.plane, q->m.id, OUT_OK, "");
	if (!q->following) {
		query_free(q);
		return (-1);
	}
	q->state = QUERY_FOLLOW;
	return (0);
}

int
query_got(struct query *q, uint32_t records)
{
	if (records > LOG_CREDIT - q->credit)
		return (-1);
	q->credit += records;
	logger_work(q->logger);
	return (0);
}

/* A line that came while it follows: to the queue, or counted. */
static void
feed_line(struct query *q, struct app *app, const struct line *line,
    enum stream stream)
{
	struct record	*rec;

	if (!query_wants(q, line, stream))
		return;
	if (q->queued + line->textlen > FOLLOW_BYTES_MAX) {
		q->dropped++;
		return;
	}
	rec = record_new(q, app, line, stream);
	rec->flags = RECORD_FOLLOWED;
	rec->dropped = q->dropped;
	q->dropped = 0;
	q->queued += rec->len;
	TAILQ_INSERT_TAIL(&q->queue, rec, entry);
}

void
query_feed(struct app *app, enum stream stream, const char *p, size_t len)
{
	struct logger	*l = app->logger;
	const char	*end = p + len, *nl;
	struct query	*q;
	struct line	 line;

	for (; p < end && (nl = memchr(p, '\n', (size_t)(end - p))) != NULL;
	    p = nl + 1) {
		if (line_parse(p, (size_t)(nl - p), &line) == -1)
			continue;
		LIST_FOREACH(q, &app->followers, follow_entry)
			feed_line(q, app, &line, stream);
		if (app->id == 0)
			continue;
		LIST_FOREACH(q, &l->followers, follow_entry)
			feed_line(q, app, &line, stream);
	}
	logger_work(l);
}
