/*
 * Monotonic time, and wall time for stamps.  In every process and in
 * libomnitron; reads clocks and nothing else.
 */
#include <time.h>

#include "common/mono.h"

#define US_PER_SEC	1000000
#define US_PER_MS	1000
#define NS_PER_US	1000

/* Both clocks are there on every system that this is built for. */
static int64_t
mono_clock_us(clockid_t clock)
{
	struct timespec	 ts = { 0, 0 };

	(void)clock_gettime(clock, &ts);
	return ((int64_t)ts.tv_sec * US_PER_SEC + ts.tv_nsec / NS_PER_US);
}

struct mono
mono_now(void)
{
	struct mono	 t;

	t.us = mono_clock_us(CLOCK_MONOTONIC);
	if (t.us == 0)
		t.us = 1;	/* 0 says never */
	return (t);
}

/* Saturates: a timeout of "for ever" must not wrap into the past. */
struct mono
mono_add_ms(struct mono t, int64_t ms)
{
	int64_t	 us;

	if (__builtin_mul_overflow(ms, US_PER_MS, &us) ||
	    __builtin_add_overflow(t.us, us, &t.us))
		t.us = ms < 0 ? INT64_MIN : INT64_MAX;
	return (t);
}

int64_t
mono_diff_ms(struct mono later, struct mono earlier)
{
	int64_t	 us;

	if (__builtin_sub_overflow(later.us, earlier.us, &us))
		us = later.us < earlier.us ? INT64_MIN : INT64_MAX;
	return (us / US_PER_MS);
}

int
mono_before(struct mono a, struct mono b)
{
	return (a.us < b.us);
}

int64_t
wall_us(void)
{
	return (mono_clock_us(CLOCK_REALTIME));
}

int64_t
wall_ms(void)
{
	return (wall_us() / US_PER_MS);
}
