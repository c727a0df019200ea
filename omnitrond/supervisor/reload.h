/* The reload of an app: OP_RELOAD_APP. */
#ifndef SUPERVISOR_RELOAD_H
#define SUPERVISOR_RELOAD_H

#include <stddef.h>

#include "omnitrond/proto.h"

struct inst;
struct sup;
struct task;

/* It is the app's first operation from now on. */
void	 reload_begin(struct sup *, struct task *);
/*
 * Take the steps that can be taken now.  0: it waits; 1: it is over, with
 * this outcome and text.
 */
int	 reload_step(struct sup *, struct task *, enum outcome *, char *text,
	    size_t);
/* Whatever its outcome, it is no more. */
void	 reload_end(struct sup *, struct task *);
/* The reload command of an instance has ended, as text says if it failed. */
void	 reload_ran(struct sup *, const struct inst *, int ok,
	    const char *text);
/* A new instance was discarded: the operation at work has failed. */
void	 reload_failed(const struct inst *, const char *why);

#endif /* SUPERVISOR_RELOAD_H */
