/* How many instances of a process run. */
#ifndef SUPERVISOR_SCALE_H
#define SUPERVISOR_SCALE_H

#include <stdint.h>

struct process;
struct sup;

/* Set how many instances of a process are wanted. */
void	 scale_want(struct sup *, struct process *, uint32_t);
/* Launch what should run of it and does not, stop what is surplus. */
void	 scale_adjust(struct sup *, struct process *);
/*
 * The next step to as many as are wanted; failed: one that was started has.
 * 0: it waits; 1: they are; -1: they will not be, by this operation.
 */
int	 scale_step(struct sup *, struct process *, int failed);

#endif /* SUPERVISOR_SCALE_H */
