/* What is kept of an exit that was not expected. */
#ifndef SUPERVISOR_CRASH_H
#define SUPERVISOR_CRASH_H

#include <stdint.h>

#include "omnitrond/supervisor/policy.h"

struct inst;
struct sup;

#define CRASHES_KEPT_MAX 64	/* until the end of the turn, or for a logger */
#define CRASH_ACTS_MS	60000	/* acts of operators that are told */

void	 crash_init(struct sup *);
void	 crash_free(struct sup *);
/* Its status changed: keep what the probes said while it was online. */
void	 crash_note(struct inst *, enum status from);
/*
 * It failed, and what follows is decided: have the logger write it down, if
 * the exit was not expected.
 */
void	 crash_record(struct sup *, const struct inst *, const char *why,
	    enum verdict);
/* To the logger, if there is one; what was kept meanwhile, too. */
void	 crash_flush(struct sup *);

#endif /* SUPERVISOR_CRASH_H */
