/*
 * Starting the daemon.
 */
#ifndef OMNITRONCTL_UP_H
#define OMNITRONCTL_UP_H

struct ctl;

/* Connects, and starts the daemon first where there is none: 0 or exit. */
int	 up_if_down(struct ctl *);

#endif /* OMNITRONCTL_UP_H */
