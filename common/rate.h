/*
 * A limit of a rate: `burst` at once, then one in `ms` milliseconds.  Pure:
 * the caller has the clock.  All zero is a full one.
 */
#ifndef COMMON_RATE_H
#define COMMON_RATE_H

#include <stdint.h>

#include "common/mono.h"

struct rate {
	int64_t		 spent_us;	/* of burst * ms */
	struct mono	 at;
};

/* 0, and one is taken; or the milliseconds until there is one. */
int64_t	 rate_take(struct rate *, struct mono now, uint32_t ms,
	    uint32_t burst);
/* One that was taken does not count. */
void	 rate_back(struct rate *, uint32_t ms);

#endif /* COMMON_RATE_H */
