/* When to tell the supervisor what. */
#ifndef WATCHER_REPORT_H
#define WATCHER_REPORT_H

#include <stdint.h>

#include "common/mono.h"

/* At most ten reports a second; the supervisor cuts off who sends more. */
#define REPORT_MIN_MS	100
/* A burst that never pauses is told of after this long. */
#define REPORT_HOLD_MS	10000

struct report {
	uint32_t	 debounce_ms;
	int		 files;		/* some changed, and it was not told */
	int		 state;		/* how it goes was not told */
	struct mono	 first;		/* change of the burst */
	struct mono	 last;
	struct mono	 sent;
};

void	 report_change(struct report *, struct mono now);
/* 0 and when the next report is due, or -1 if there is nothing to say. */
int	 report_due(const struct report *, struct mono *at);
/*
 * It is sent now, and says that files changed (1), or only how it goes (0):
 * then the burst goes on.
 */
int	 report_take(struct report *, struct mono now);

#endif /* WATCHER_REPORT_H */
