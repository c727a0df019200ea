/*
 * Timers as a tree ordered by time: the process keeps one libevent timer,
 * for the earliest, and a test moves the clock by hand.  Supervisor process;
 * touches nothing.
 */
#include <stddef.h>

#include "omnitrond/supervisor/timer.h"

RB_GENERATE(timer_tree, timer, entry, timer_cmp)

int
timer_cmp(const struct timer *a, const struct timer *b)
{
	if (a->at.us != b->at.us)
		return (a->at.us < b->at.us ? -1 : 1);
	if (a->seq != b->seq)
		return (a->seq < b->seq ? -1 : 1);
	return (0);
}

void
timers_init(struct timers *ts, struct sup *owner,
    void (*wake)(struct sup *, struct mono))
{
	RB_INIT(&ts->tree);
	ts->seq = 0;
	ts->owner = owner;
	ts->wake = wake;
}

int
timers_next(const struct timers *ts, struct mono *at)
{
	/* RB_MIN does not change the tree but is not const */
	struct timer_tree	*tree = (struct timer_tree *)(uintptr_t)&ts->tree;
	struct timer		*t;

	if ((t = RB_MIN(timer_tree, tree)) == NULL)
		return (-1);
	*at = t->at;
	return (0);
}

void
timers_run(struct timers *ts, struct mono now)
{
	uint64_t	 last = ts->seq;
	struct timer	*t;

	while ((t = RB_MIN(timer_tree, &ts->tree)) != NULL) {
		/* one that was set meanwhile belongs to the next turn */
		if (t->at.us > now.us || t->seq > last)
			break;
		timer_cancel(ts, t);
		t->fn(ts->owner, t->arg);
	}
}

void
timer_init(struct timer *t, timer_fn fn, void *arg)
{
	t->set = 0;
	t->fn = fn;
	t->arg = arg;
}

void
timer_set(struct timers *ts, struct timer *t, struct mono at)
{
	timer_cancel(ts, t);
	t->at = at;
	t->seq = ++ts->seq;
	t->set = 1;
	RB_INSERT(timer_tree, &ts->tree, t);
	if (ts->wake != NULL && RB_MIN(timer_tree, &ts->tree) == t)
		ts->wake(ts->owner, at);
}

void
timer_cancel(struct timers *ts, struct timer *t)
{
	if (!t->set)
		return;
	RB_REMOVE(timer_tree, &ts->tree, t);
	t->set = 0;
}
