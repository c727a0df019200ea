/* The core in the real world. */
#ifndef SUPERVISOR_LOOP_H
#define SUPERVISOR_LOOP_H

struct proc;
struct sup;

struct sup	*loop_sup(struct proc *);	/* made by the first call */
void		 loop_free(void);

#endif /* SUPERVISOR_LOOP_H */
