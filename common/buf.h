/*
 * A growing run of bytes whose size others choose: every allocation is
 * checked, the caller gives up what it belongs to when one fails.  All zero
 * is an empty one.
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include <stddef.h>

#define KIB	((size_t)1024)
#define MIB	(1024 * KIB)

struct buf {
	char	*p;
	size_t	 len;
	size_t	 size;
	int	 wipe;		/* no copy is left of what was in it */
};

/* Append a copy; -1: no memory, and it is as it was. */
int	 buf_add(struct buf *, const void *, size_t);
/* Drop bytes at the front; the memory stays. */
void	 buf_skip(struct buf *, size_t);
/* Empty it and give its memory back; it may be used again. */
void	 buf_free(struct buf *);

#endif /* COMMON_BUF_H */
