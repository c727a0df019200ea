/*
 * Growing buffers.  Touches only memory.
 */
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"

#define BUF_FIRST	512u	/* most requests and replies fit */

int
buf_add(struct buf *b, const void *data, size_t n)
{
	size_t	 size = b->size;
	char	*p;

	if (n == 0)
		return (0);
	if (n > SIZE_MAX / 4 || b->len > SIZE_MAX / 4)
		return (-1);
	if (b->len + n > size) {
		if (size < BUF_FIRST)
			size = BUF_FIRST;
		while (size < b->len + n)
			size *= 2;
		if ((p = realloc(b->p, size)) == NULL)
			return (-1);
		b->p = p;
		b->size = size;
	}
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
	free(b->p);
	b->p = NULL;
	b->len = b->size = 0;
}
