/*
 * Recent lines in memory: for each app a ring a stream, grown on demand, so
 * that short queries and stderr tails need no file.
 */
#ifndef OMNITROND_LOGGER_RING_H
#define OMNITROND_LOGGER_RING_H

#include <stddef.h>
#include <stdint.h>

#define RING_MIN	4096u		/* of an app that says something */
#define RING_MAX	(32u * 1024)	/* of a stream, so 64 KiB an app */
#define RINGS_MAX	(8u * 1024 * 1024) /* of all together */

/* What all rings use; begins with all zero. */
struct rings {
	size_t		 bytes;
	size_t		 max;		/* 0: RINGS_MAX */
};

/*
 * Lines as in a file, each with the number of the batch it came in.  Begins
 * with all zero.  `lost` is the batch of the newest line that made room.
 */
struct ring {
	char		*buf;
	uint32_t	 size;
	uint32_t	 head;		/* where the oldest begins */
	uint32_t	 used;
	uint32_t	 lines;
	uint64_t	 lost;
};

/* Where a walk from old to new stands. */
struct ring_walk {
	const struct ring *ring;
	uint32_t	 off;
	uint64_t	 seq;		/* of the line */
	size_t		 len;		/* without newline */
};

/* Lines, each with its newline, of one batch; seq never falls. */
void	 ring_put(struct rings *, struct ring *, uint64_t seq, const char *,
	    size_t);
void	 ring_free(struct rings *, struct ring *);
void	 ring_first(const struct ring *, struct ring_walk *);
/* The next line to buf, cut to size; 0 at the end. */
int	 ring_next(struct ring_walk *, char *buf, size_t size);

#endif /* OMNITROND_LOGGER_RING_H */
