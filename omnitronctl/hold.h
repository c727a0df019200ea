/*
 * Waiting in a command that goes on until it is interrupted: SIGINT ends a
 * wait and nothing else, so that no line is cut.
 */
#ifndef OMNITRONCTL_HOLD_H
#define OMNITRONCTL_HOLD_H

#include <signal.h>

#define HOLD_RETRY_MS		100	/* first wait for a daemon to return */
#define HOLD_RETRY_MAX_MS	2000	/* the longest, by doubling */

struct ctl;

struct hold {
	sigset_t	 open;		/* signals while we wait */
};

void	 hold_begin(struct hold *);
/* Until there is input (fd -1: never) or ms passed (-1: never). */
void	 hold_wait(const struct hold *, int fd, int ms);
/* Was it interrupted? */
int	 hold_stopped(void);
/*
 * The daemon went away: wait until there is one again.  0 connected, or
 * interrupted; else the exit code after saying why.
 */
int	 hold_again(const struct hold *, struct ctl *);

#endif /* OMNITRONCTL_HOLD_H */
