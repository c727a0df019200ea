/* Timers of the supervisor: a tree over one clock that the caller drives. */
#ifndef SUPERVISOR_TIMER_H
#define SUPERVISOR_TIMER_H

#include <sys/tree.h>

#include <stdint.h>

#include "common/mono.h"

struct sup;

typedef void (*timer_fn)(struct sup *, void *);

struct timer {
	RB_ENTRY(timer)	 entry;
	struct mono	 at;
	uint64_t	 seq;		/* first set, first run */
	int		 set;
	timer_fn	 fn;
	void		*arg;
};
RB_HEAD(timer_tree, timer);

int	 timer_cmp(const struct timer *, const struct timer *);
RB_PROTOTYPE(timer_tree, timer, entry, timer_cmp)

struct timers {
	struct timer_tree tree;
	uint64_t	 seq;
	struct sup	*owner;
	/* called when another timer became the earliest */
	void		(*wake)(struct sup *, struct mono);
};

void	 timers_init(struct timers *, struct sup *,
	    void (*)(struct sup *, struct mono));
/* 0 and the time of the earliest, or -1 if none is set. */
int	 timers_next(const struct timers *, struct mono *);
/* Run what is due at `now`; what these set for `now` waits for the next. */
void	 timers_run(struct timers *, struct mono now);

void	 timer_init(struct timer *, timer_fn, void *);
void	 timer_set(struct timers *, struct timer *, struct mono);
void	 timer_cancel(struct timers *, struct timer *);

#endif /* SUPERVISOR_TIMER_H */
