/*
 * Rings of recent lines.  Logger only; touches memory alone.
 *
 * A flood costs what fits, not what came: only the end of a batch is copied.
 */
#include <stdlib.h>
#include <string.h>

#include "omnitrond/logger/ring.h"

struct ring_record {
	uint64_t	 seq;
	uint32_t	 len;
	uint32_t	 pad;
};

static void
ring_read(const struct ring *r, uint32_t off, void *dst, size_t n)
{
	size_t	 first = r->size - off;

	if (first > n)
		first = n;
	memcpy(dst, r->buf + off, first);
	memcpy((char *)dst + first, r->buf, n - first);
}

static uint32_t
ring_at(const struct ring *r, uint32_t off, size_t n)
{
	return ((uint32_t)((off + n) % r->size));
}

static void
ring_write(struct ring *r, const void *src, size_t n)
{
	uint32_t	 off = ring_at(r, r->head, r->used);
	size_t		 first = r->size - off;

	if (first > n)
		first = n;
	memcpy(r->buf + off, src, first);
	memcpy(r->buf, (const char *)src + first, n - first);
	r->used += (uint32_t)n;
}

static void
ring_drop(struct ring *r)
{
	struct ring_record rec;

	ring_read(r, r->head, &rec, sizeof(rec));
	r->head = ring_at(r, r->head, sizeof(rec) + rec.len);
	r->used -= (uint32_t)(sizeof(rec) + rec.len);
	r->lines--;
	r->lost = rec.seq;
}

/* Make it larger when there is something to keep for it. */
static void
ring_grow(struct rings *all, struct ring *r, size_t need)
{
	size_t		 size = r->size, max = all->max ? all->max : RINGS_MAX;
	char		*buf;

	while (size < need && size < RING_MAX)
		size = size == 0 ? RING_MIN : size * 2;
	if (size == r->size || all->bytes + (size - r->size) > max ||
	    (buf = malloc(size)) == NULL)
		return;
	if (r->used > 0)
		ring_read(r, r->head, buf, r->used);
	free(r->buf);
	all->bytes += size - r->size;
	r->buf = buf;
	r->head = 0;
	r->size = (uint32_t)size;
}

static void
ring_line(struct rings *all, struct ring *r, uint64_t seq, const char *line,
    size_t len)
{
	struct ring_record rec;
	size_t		 need = sizeof(rec) + len;

	if (r->used + need > r->size)
		ring_grow(all, r, r->used + need);
	while (r->used > 0 && r->used + need > r->size)
		ring_drop(r);
	if (need > r->size) {
		r->lost = seq;
		return;
	}
	memset(&rec, 0, sizeof(rec));
	rec.seq = seq;
	rec.len = (uint32_t)len;
	ring_write(r, &rec, sizeof(rec));
	ring_write(r, line, len);
	r->lines++;
}

void
ring_put(struct rings *all, struct ring *r, uint64_t seq, const char *p,
    size_t len)
{
	const char	*end = p + len, *nl;

	if (len > RING_MAX) {
		nl = memchr(end - RING_MAX, '\n', RING_MAX);
		p = nl + 1;
		while (r->used > 0)
			ring_drop(r);
		r->lost = seq;
	}
	for (; p < end; p = nl + 1) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL)
			return;
		ring_line(all, r, seq, p, (size_t)(nl - p));
	}
}

void
ring_free(struct rings *all, struct ring *r)
{
	all->bytes -= r->size;
	free(r->buf);
	memset(r, 0, sizeof(*r));
}

void
ring_first(const struct ring *r, struct ring_walk *w)
{
	w->ring = r;
	w->off = 0;
	w->seq = 0;
	w->len = 0;
}

int
ring_next(struct ring_walk *w, char *buf, size_t size)
{
	const struct ring	*r = w->ring;
	struct ring_record	 rec;

	if (w->off >= r->used)
		return (0);
	ring_read(r, ring_at(r, r->head, w->off), &rec, sizeof(rec));
	w->seq = rec.seq;
	w->len = rec.len < size ? rec.len : size;
	ring_read(r, ring_at(r, r->head, w->off + sizeof(rec)), buf, w->len);
	w->off += (uint32_t)(sizeof(rec) + rec.len);
	return (1);
}
