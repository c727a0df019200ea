/*
 * Growing buffers.  Touches only memory.
 */
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"

#define BUF_FIRST	512u	/* most requests and replies fit */

static void
buf_drop(struct buf *b)
{
	if (b->wipe)
		freezero(b->p, b->size);
	else
		free(b->p);
}

/* To that size; realloc may leave the old bytes where they were. */
static int
buf_grow(struct buf *b, size_t size)
{
	char	*p;

	if (!b->wipe)
		p = realloc(b->p, size);
	else if ((p = malloc(size)) != NULL && b->p != NULL) {
		memcpy(p, b->p, b->len);
		buf_drop(b);
	}
	if (p == NULL)
		return (-1);
	b->p = p;
	b->size = size;
	return (0);
}

int
buf_add(struct buf *b, const void *data, size_t n)
{
	size_t	 size = b->size;

	if (n == 0)
		return (0);
	if (n > SIZE_MAX / 4 || b->len > SIZE_MAX / 4)
		return (-1);
	if (size < BUF_FIRST)
		size = BUF_FIRST;
	while (size < b->len + n)
		size *= 2;
	if (size > b->size && buf_grow(b, size) == -1)
		return (-1);
	memcpy(b->p + b->len, data, n);
	b->len += n;
	return (0);
}

void
buf_skip(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	b->len -= n;
	memmove(b->p, b->p + n, b->len);
}

void
buf_free(struct buf *b)
{
	buf_drop(b);
	b->p = NULL;
	b->len = b->size = 0;
}
