/*
 * Lines of a log query.  In a plane; touches only memory.
 */
#include <stdlib.h>
#include <string.h>

#include "common/level.h"
#include "common/xmalloc.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/query.h"

/* The line buffer is given back when one line made it larger. */
#define PART_KEEP	(16 * KIB)
/* A query that held more gives it back to the system, if it was the last. */
#define TRIM_BYTES	(256 * KIB)

struct query *
query_new(unsigned want)
{
	struct query	*q;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return (NULL);
	q->want = want;
	TAILQ_INIT(&q->lines);
	return (q);
}

static void
query_drop(struct net *net, struct query *q)
{
	struct logline	*line = TAILQ_FIRST(&q->lines);

	TAILQ_REMOVE(&q->lines, line, entry);
	q->n--;
	q->bytes -= sizeof(*line) + line->len;
	net->log_bytes -= sizeof(*line) + line->len;
	free(line);
}

void
query_free(struct net *net, struct query *q)
{
	size_t	 held;

	if (q == NULL)
		return;
	held = q->bytes;
	while (!TAILQ_EMPTY(&q->lines))
		query_drop(net, q);
	if (q->has_re)
		regfree(&q->re);
	buf_free(&q->part);
	free(q);
	if (held >= TRIM_BYTES && net->log_bytes == 0)
		xtrim();
}

/* NUL is legal in JSON, but not for our own reader: it becomes U+FFFD. */
static void
query_clean(char *p, size_t len)
{
	char	*nul;

	while ((nul = memchr(p, '\0', len)) != NULL) {
		*nul = '\xff';
		len -= (size_t)(nul - p);
		p = nul;
	}
}

int
query_part(struct query *q, const void *text, size_t len)
{
	if (q->part.len == 0 && q->part.size > PART_KEEP)
		buf_free(&q->part);
	if (len > LOG_MESSAGE_MAX - q->part.len)
		len = LOG_MESSAGE_MAX - q->part.len;
	if (len == 0)
		return (0);
	if (buf_add(&q->part, text, len) == -1)
		return (-1);
	query_clean(q->part.p + q->part.len - len, len);
	return (0);
}

int
query_match(struct query *q)
{
	int	 rv;

	if (!q->has_re)
		return (1);
	if (buf_add(&q->part, "", 1) == -1)
		return (0);
	rv = regexec(&q->re, q->part.p, 0, NULL, 0);
	q->part.len--;
	return (rv == 0);
}

int
query_keep(struct net *net, struct query *q, const struct m_log_record *rec,
    const char *app, const char *process)
{
	struct logline	*line;
	size_t		 size = sizeof(*line) + q->part.len;

	if (q->want == 0)
		return (0);
	while (q->n > 0 && (q->n >= q->want ||
	    q->bytes + size > QUERY_BYTES_MAX))
		query_drop(net, q);
	if (net->log_bytes + size > LOG_BYTES_MAX ||
	    (line = malloc(size)) == NULL)
		return (-1);
	line->at_us = rec->at_us;
	line->pid = rec->pid;
	line->stream = rec->stream;
	line->level = rec->level;
	strlcpy(line->app, app, sizeof(line->app));
	strlcpy(line->process, process, sizeof(line->process));
	line->len = q->part.len;
	if (line->len > 0)
		memcpy(line->text, q->part.p, line->len);
	TAILQ_INSERT_TAIL(&q->lines, line, entry);
	q->n++;
	q->bytes += size;
	net->log_bytes += size;
	return (0);
}

void
query_entry(struct jsonw *w, const struct m_log_record *rec, const char *app,
    const char *process, const char *text, size_t len)
{
	jsonw_object(w);
	jsonw_kint(w, "timestamp", rec->at_us / 1000);
	jsonw_kstring(w, "app", app);
	if (process[0] != '\0')
		jsonw_kstring(w, "process", process);
	if (rec->pid > 0)
		jsonw_kint(w, "pid", rec->pid);
	jsonw_kstring(w, "stream", rec->stream == STREAM_ERR ? "stderr" :
	    "stdout");
	jsonw_kstring(w, "level", rec->level < LEVEL_MAX ?
	    level_name(rec->level) : level_name(LEVEL_INFO));
	jsonw_key(w, "message");
	jsonw_stringn(w, len > 0 ? text : "", len);
	jsonw_end(w);
}

void
query_line(struct jsonw *w, const struct logline *line)
{
	struct m_log_record	 rec;

	memset(&rec, 0, sizeof(rec));
	rec.at_us = line->at_us;
	rec.pid = line->pid;
	rec.stream = line->stream;
	rec.level = line->level;
	query_entry(w, &rec, line->app, line->process, line->text, line->len);
}
