/*
 * Time.  Monotonic time has its own type, so that nobody subtracts a wall
 * clock from it; wall time is only for stamps (milliseconds or
 * microseconds since the epoch).
 */
#ifndef COMMON_MONO_H
#define COMMON_MONO_H

#include <stdint.h>

struct mono {
	int64_t	us;		/* since some point in the past; 0 = never */
};

struct mono	mono_now(void);			/* CLOCK_MONOTONIC */
struct mono	mono_add_ms(struct mono, int64_t ms);
int64_t		mono_diff_ms(struct mono later, struct mono earlier);
int		mono_before(struct mono, struct mono);
int64_t		wall_ms(void);			/* CLOCK_REALTIME */
int64_t		wall_us(void);

#endif /* COMMON_MONO_H */
