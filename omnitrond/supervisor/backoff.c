/*
 * Delays before a relaunch and the budget of relaunches within a sliding
 * window.  Supervisor process; pure: time and randomness are passed in.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/supervisor/backoff.h"

#define MILLI	1000		/* factor_milli of a factor of 1 */

static int64_t
backoff_exponential(const struct m_conf_process *conf, uint32_t n)
{
	int64_t	 delay = (int64_t)conf->initial_ms * MILLI;
	int64_t	 max = (int64_t)conf->max_ms * MILLI;

	/*
	 * In thousandths, so that a factor of 1.5 does not lose its half.  A
	 * factor of 1 or less never grows, and would never leave the loop.
	 */
	if (conf->factor_milli <= MILLI || delay == 0)
		return (conf->initial_ms);
	while (--n > 0 && delay < max) {
		if (delay > INT64_MAX / conf->factor_milli)
			return (conf->max_ms);
		delay = delay * conf->factor_milli / MILLI;
	}
	return (delay / MILLI);
}

int64_t
backoff_delay(const struct m_conf_process *conf, uint32_t n, uint32_t rnd)
{
	int64_t	 delay = conf->initial_ms, max = conf->max_ms, span;

	if (n == 0)
		n = 1;
	switch (conf->backoff) {
	case BACKOFF_EXPONENTIAL:
		delay = backoff_exponential(conf, n);
		break;
	case BACKOFF_LINEAR:
		delay = delay != 0 && n > max / delay ? max : delay * n;
		break;
	default:
		break;
	}
	if (delay > max)
		delay = max;
	/* plus or minus the percentage, never above the cap */
	span = delay * conf->jitter_percent / 100;
	if (span > 0)
		delay += (int64_t)(rnd % (uint64_t)(2 * span + 1)) - span;
	if (delay > max)
		delay = max;
	return (delay < 0 ? 0 : delay);
}

static void
budget_room(struct budget *b)
{
	if (b->at == NULL)
		b->at = xcalloc(RESTART_TIMES_MAX, sizeof(*b->at));
}

void
budget_free(struct budget *b)
{
	free(b->at);
	b->at = NULL;
	b->n = 0;
}

void
budget_copy(struct budget *b, const struct budget *from)
{
	budget_free(b);
	if (from->n == 0)
		return;
	budget_room(b);
	b->n = from->n;
	memcpy(b->at, from->at, b->n * sizeof(*b->at));
}

uint32_t
budget_spent(struct budget *b, struct mono now, uint32_t window_ms)
{
	uint32_t	 old = 0;

	while (old < b->n && mono_diff_ms(now, b->at[old]) >= window_ms)
		old++;
	if (old > 0) {
		b->n -= old;
		memmove(b->at, b->at + old, b->n * sizeof(b->at[0]));
	}
	return (b->n);
}

void
budget_add(struct budget *b, struct mono now)
{
	budget_room(b);
	if (b->n == RESTART_TIMES_MAX) {
		b->n--;
		memmove(b->at, b->at + 1, b->n * sizeof(b->at[0]));
	}
	b->at[b->n++] = now;
}

int
budget_left(struct budget *b, const struct m_conf_process *conf,
    struct mono now)
{
	uint32_t	 max = conf->max_restarts;

	/* no more than these are remembered, so none can be counted */
	if (max > RESTART_TIMES_MAX)
		max = RESTART_TIMES_MAX;
	return (budget_spent(b, now, conf->window_ms) < max);
}

void
budget_save(const struct budget *b, struct mono now, int64_t wall,
    int64_t times_ms[RESTART_TIMES_MAX])
{
	uint32_t	 i;

	for (i = 0; i < b->n; i++)
		times_ms[i] = wall - mono_diff_ms(now, b->at[i]);
}

void
budget_load(struct budget *b, const int64_t *times_ms, uint32_t n,
    struct mono now, int64_t wall)
{
	int64_t		 age, last = INT64_MAX / 2000;
	uint32_t	 i;

	b->n = 0;
	for (i = 0; i < n && i < RESTART_TIMES_MAX; i++) {
		age = wall - times_ms[i];
		if (times_ms[i] < 0 || age < 0)
			age = 0;
		/* ages fall from one to the next, whatever the clock did */
		if (age > last)
			age = last;
		last = age;
		budget_room(b);
		b->at[b->n++] = mono_add_ms(now, -age);
	}
}
