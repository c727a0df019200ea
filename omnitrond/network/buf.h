/*
 * A growing run of bytes whose size others choose: every allocation is
 * checked, the caller gives up what it belongs to when one fails.
 */
#ifndef OMNITROND_NETWORK_BUF_H
#define OMNITROND_NETWORK_BUF_H

#include <stddef.h>

struct buf {
	char	*p;
	size_t	 len;
	size_t	 size;
};

int	 buf_add(struct buf *, const void *, size_t);	/* -1: no memory */
void	 buf_skip(struct buf *, size_t);	/* drop bytes at the front */
void	 buf_free(struct buf *);		/* empty, and without memory */
void	 buf_trim(void);	/* give the system what many pieces held */

#endif /* OMNITROND_NETWORK_BUF_H */
