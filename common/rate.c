/*
 * A limit of a rate, as a bucket of time: each one costs `ms` of it.
 */
#include "common/rate.h"

int64_t
rate_take(struct rate *r, struct mono now, uint32_t ms, uint32_t burst)
{
	int64_t	 cost = (int64_t)ms * 1000;
	int64_t	 past = now.us - r->at.us;
	int64_t	 over;

	if (r->at.us == 0 || past >= r->spent_us)
		r->spent_us = 0;
	else if (past > 0)
		r->spent_us -= past;
	if (r->at.us == 0 || past > 0)
		r->at = now;
	over = r->spent_us + cost - cost * burst;
	if (over > 0)
		return ((over + 999) / 1000);
	r->spent_us += cost;
	return (0);
}

void
rate_back(struct rate *r, uint32_t ms)
{
	int64_t	 cost = (int64_t)ms * 1000;

	r->spent_us = r->spent_us > cost ? r->spent_us - cost : 0;
}
