/*
 * Heartbeats of instances that are online.  apps counts them and tells when
 * there was none for `watchdog'; what follows from that is decided here.
 */
#ifndef SUPERVISOR_WATCHDOG_H
#define SUPERVISOR_WATCHDOG_H

#include "omnitrond/supervisor/timer.h"

struct inst;
struct sup;

struct watchdog {
	int		 on;
	int		 silent;	/* none in time: its check fails */
	struct timer	 grace;		/* until it is ended */
};

void	 watchdog_init(struct inst *);
/* It is online: from now on. */
void	 watchdog_begin(struct sup *, struct inst *);
/* It is not online any more, or ends by itself. */
void	 watchdog_end(struct sup *, struct inst *);
/* What apps says. */
void	 watchdog_silent(struct sup *, struct inst *);
void	 watchdog_beats(struct sup *, struct inst *);
void	 watchdog_trigger(struct sup *, struct inst *);
/* A new apps process, which knows of none; or none that could tell. */
void	 watchdog_apps_up(struct sup *);
void	 watchdog_apps_down(struct sup *);

#endif /* SUPERVISOR_WATCHDOG_H */
