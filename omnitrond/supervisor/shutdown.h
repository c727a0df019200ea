/* The orderly end. */
#ifndef SUPERVISOR_SHUTDOWN_H
#define SUPERVISOR_SHUTDOWN_H

#include <stdint.h>

struct sup;

/* How long the last commit may hold it up. */
#define SHUTDOWN_STORE_MS	2000

void	 shutdown_init(struct sup *);
void	 shutdown_free(struct sup *);
void	 shutdown_begin(struct sup *, uint32_t flags);
/* One that came before we ran. */
void	 shutdown_check(struct sup *);
/* At the end of a turn: is it done? */
void	 shutdown_settle(struct sup *);

#endif /* SUPERVISOR_SHUTDOWN_H */
