/*
 * Is a recorded process still the one that was recorded, and an app's?
 */
#ifndef OMNITROND_PARENT_IDENTIFY_H
#define OMNITROND_PARENT_IDENTIFY_H

#include <sys/types.h>

#include "common/signature.h"

struct cgroup_leaf;

struct identify {
	struct signature sig;		/* as recorded */
	uid_t		 uid;		/* the app's */
	const char	*home;		/* of the daemon */
	const char	*app;
	const char	*process;
	unsigned int	 instance;
	const struct cgroup_leaf *leaf;	/* of the instance, or NULL */
	int		 fifodir;	/* of fifo_rundir, 0 = not known */
};

/*
 * A pidfd of it if it lives, is the recorded process, runs as the app's
 * user, and sits in the instance's cgroup, carries its name in its
 * environment or has one of its FIFOs as stdout or stderr.  For an ordinary
 * user a signature with a pidfd's inode will do: all is that user's anyway.
 * -1 with errno: ESRCH it is gone (or its pid is another's
 * now), EPERM it is the recorded one but not of the app, ENOTSUP where
 * processes cannot be identified.
 *
 * The pidfd is readable when the process is dead, and hung up (EV_WRITE of
 * libevent) when it is reaped, which is when its exit status is there.
 */
int	 identify_open(const struct identify *);
/*
 * An unrecorded process found in a cgroup: the same without a record; sig
 * is filled.
 */
int	 identify_found(struct identify *, pid_t);
/*
 * The exit status (of wait(2)) of a process that is not our child: 0 known,
 * 1 it is not reaped yet, -1 the kernel cannot tell.
 */
int	 identify_status(int pidfd, int *status);
/* The real uid of a process. */
int	 identify_uid(pid_t, uid_t *);

#endif /* OMNITROND_PARENT_IDENTIFY_H */
