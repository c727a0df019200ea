/* The core in the real world. */
#ifndef SUPERVISOR_LOOP_H
#define SUPERVISOR_LOOP_H

#include <stdint.h>

struct proc;
struct sup;

struct sup	*loop_sup(struct proc *);	/* made by the first call */
/* A channel to the watcher of this process; takes the descriptor over. */
void		 loop_watch(uint32_t app, uint16_t process, int fd);
void		 loop_free(void);

#endif /* SUPERVISOR_LOOP_H */
