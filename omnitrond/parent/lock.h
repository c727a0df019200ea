/*
 * The daemon's lock: an flock on its home folder and on the pid file, and
 * the pid file's text (common/pidfile.h).
 */
#ifndef OMNITROND_PARENT_LOCK_H
#define OMNITROND_PARENT_LOCK_H

#include <stddef.h>

#define LOCK_SWEEP_SECONDS	10	/* how often lock_sweep is due */
#define LOCK_WAIT_MS		2000	/* for the winner to write its pid */

struct lock;

/*
 * Make the home if it is missing and take the lock.  NULL, with a text for
 * people in err, when it is held ("daemon already running (pid N)") or a
 * place is unsafe.  Both paths are absolute.  A file left by a crash is
 * reported with log_info and taken over.  An executable NULL is looked up.
 */
struct lock	*lock_take(const char *home, const char *pidfile,
		    const char *executable, char *err, size_t);
/* A descriptor of the home folder, the lock's own: not to be closed. */
int		 lock_home_fd(const struct lock *);
/* Put back a pid file that vanished or was altered, and log it. */
void		 lock_sweep(struct lock *);
/* Remove the pid file if it is still ours, unlock and free. */
void		 lock_release(struct lock *);
/* In a forked child: close the descriptors, so that they hold no lock. */
void		 lock_close(struct lock *);

#endif /* OMNITROND_PARENT_LOCK_H */
