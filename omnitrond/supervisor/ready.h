/*
 * Readiness that is probed (`ready tcp', `ready http'): again and again, at
 * first often, until the first success.
 */
#ifndef SUPERVISOR_READY_H
#define SUPERVISOR_READY_H

#include "omnitrond/supervisor/probe.h"
#include "omnitrond/supervisor/timer.h"

struct inst;
struct sup;

#define READY_WHY_SIZE	128	/* an address and an error text fit */

struct readiness {
	int			 on;
	uint32_t		 wait_ms;	/* before the next probe */
	struct timer		 timer;
	struct probe		 probe;
	char			*why;	/* the last one failed, NULL: none */
};

/* It may have begun to be of interest whether it is ready, or ended. */
void	 ready_look(struct sup *, struct inst *);
void	 ready_free(struct sup *, struct inst *);
/* What the last probe met, or "". */
const char *ready_why(const struct inst *);

#endif /* SUPERVISOR_READY_H */
