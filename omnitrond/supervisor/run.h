/*
 * Commands that the parent runs for an instance that runs: probes and reload
 * commands.  One of each kind at a time.
 */
#ifndef SUPERVISOR_RUN_H
#define SUPERVISOR_RUN_H

#include "omnitrond/proto.h"

struct inst;
struct sup;

/*
 * Begin it: its end is told once, unless the instance ends before.  -1 if one
 * of this kind runs, or the instance does not.
 */
int		 run_start(struct sup *, struct inst *, enum run_kind,
		    uint32_t timeout_ms);
/* It is to end; that is told like any other end. */
void		 run_stop(struct sup *, struct inst *, enum run_kind);
/* The instance is no more, and with it what ran for it. */
void		 run_forget(struct inst *);
/* The parent says how it went.  0, or -1: what it cannot say. */
int		 run_ran(struct sup *, const struct m_ran *, const char *text);

#endif /* SUPERVISOR_RUN_H */
