/*
 * A query's lines from memory.  Logger only.
 *
 * The two rings of an app are walked side by side in the order in which
 * batches came.  A line counts only if the other ring has not already lost
 * a newer one: otherwise what lies between is missing.
 */
#include "omnitrond/logger/query.h"

struct side {
	struct ring_walk walk;
	char		*buf;		/* its next line */
	int		 have;
};

struct merge {
	struct side	 side[2];	/* by enum stream */
	uint64_t	 floor;		/* batches up to it are incomplete */
	int64_t		 first_us;	/* time of the oldest line, 0 none */
};

static void
side_next(struct merge *m, int i)
{
	struct side	*s = &m->side[i];

	do
		s->have = ring_next(&s->walk, s->buf, LINE_SIZE_MAX);
	while (s->have && s->walk.seq <= m->floor);
}

static void
merge_begin(struct merge *m, const struct query *q, struct app *app)
{
	char	*block = q->logger->block;
	int	 i, only = (q->m.flags & REQ_STDERR) != 0;

	_Static_assert(2 * LINE_SIZE_MAX <= QUERY_BLOCK, "two lines fit");
	m->first_us = 0;
	m->floor = app->ring[STREAM_ERR].lost;
	if (!only && app->ring[STREAM_OUT].lost > m->floor)
		m->floor = app->ring[STREAM_OUT].lost;
	for (i = STREAM_OUT; i <= STREAM_ERR; i++) {
		m->side[i].buf = block + i * LINE_SIZE_MAX;
		ring_first(&app->ring[i], &m->side[i].walk);
		m->side[i].have = 0;
		if (i == STREAM_ERR || !only)
			side_next(m, i);
	}
}

/* The next line in order; 0 at the end. */
static int
merge_next(struct merge *m, int *from, struct line *line)
{
	struct side	*o = &m->side[STREAM_OUT], *e = &m->side[STREAM_ERR];

	if (!o->have && !e->have)
		return (0);
	*from = STREAM_ERR;
	if (!e->have || (o->have && o->walk.seq < e->walk.seq))
		*from = STREAM_OUT;
	if (line_parse(m->side[*from].buf, m->side[*from].walk.len, line) ==
	    -1)
		return (-1);
	if (m->first_us == 0)
		m->first_us = line->at_us;
	return (1);
}

/* Lines that are wanted; with keep those after the first `skip` are kept. */
static size_t
ring_pass(struct query *q, struct app *app, int keep, size_t skip,
    int64_t *first_us)
{
	struct merge	 m;
	struct line	 line;
	size_t		 n = 0;
	int		 from, rv;

	merge_begin(&m, q, app);
	while ((rv = merge_next(&m, &from, &line)) != 0) {
		if (rv == 1 && query_wants(q, &line, (enum stream)from) &&
		    (!q->all || line.at_us <= q->opened_us) && ++n > skip &&
		    keep)
			query_keep(q, app, &line, (enum stream)from,
			    q->newest++);
		side_next(&m, from);
	}
	*first_us = m.first_us;
	return (n);
}

int
query_ring(struct query *q, struct app *app)
{
	struct reader	*r = &q->reader;
	int64_t		 first_us;
	size_t		 n;
	int		 enough, file_lags;

	n = ring_pass(q, app, 0, 0, &first_us);
	enough = n >= q->m.lines || (first_us != 0 && q->m.since_ms != 0 &&
	    first_us / 1000 < q->m.since_ms);
	/* Files do not know the stream, nor what could not be written yet. */
	file_lags = (q->m.flags & REQ_STDERR) || app->file.error != 0;
	if (!enough && !file_lags)
		return (0);
	ring_pass(q, app, 1, n > q->m.lines ? n - q->m.lines : 0, &first_us);
	r->taken = n;
	r->before_us = first_us;
	return (enough);
}
