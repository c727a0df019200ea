/*
 * Recorded processes: are they still those, and whose?
 *
 * Runs in the parent, when records of an earlier daemon are adopted.  A
 * record comes from the store by way of the supervisor, so that it is not
 * believed: what it names must sit in the instance's own cgroup, which only
 * root can arrange, or carry its name in its environment, as its user, or
 * write to its FIFO, which it can only have got from us.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "omnitrond/parent/cgroup.h"
#include "omnitrond/parent/identify.h"
#include "omnitrond/parent/strays.h"

#define IDENTIFY_TRIES	20	/* a millisecond apart */

static int
identify_named(const struct identify *id, pid_t pid)
{
	struct strays_of of = {
		.home = id->home, .app = id->app, .process = id->process,
		.instance = (int)id->instance, .uid = id->uid,
		.fifodir = id->fifodir
	};

	struct timespec pause = { 0, 1000 * 1000 };
	int i, rv;

	/* Taking over is done once: a process in its exec is worth a moment. */
	for (i = 0; i < IDENTIFY_TRIES; i++) {
		rv = strays_environ(pid, &of);
		if (rv != -1 || errno != EAGAIN)
			break;
		nanosleep(&pause, NULL);
	}
	return (rv == 1 || strays_output(pid, &of) == 1);
}

/*
 * Is it the instance's?  A root app in its cgroup may have changed its uid.
 * `certain': the record is of this very process, and of a daemon that could
 * start nothing but what is its own user's.
 */
static int
identify_owned(const struct identify *id, pid_t pid, int certain)
{
	uid_t uid;
	int in_leaf;

	in_leaf = id->leaf != NULL && cgroup_leaf_has(id->leaf, pid);
	if (identify_uid(pid, &uid) == -1)
		return (0);
	if (uid != id->uid)
		return (in_leaf && id->uid == 0);
	return (in_leaf || identify_named(id, pid) || certain);
}

static int
identify_fail(int pidfd, int error)
{
	if (pidfd != -1)
		close(pidfd);
	errno = error;
	return (-1);
}

static int
identify_check(struct identify *id, pid_t pid, int recorded)
{
	struct signature now;
	struct signature_stat st;
	int pidfd, certain;

	if (pid == getpid())
		return (identify_fail(-1, EPERM));
	if ((pidfd = signature_pidfd(pid)) == -1)
		return (identify_fail(-1, errno == ENOSYS ? ENOTSUP : ESRCH));
	if (signature_of(pid, pidfd, &now) == -1 ||
	    (recorded && !signature_equal(&id->sig, &now)) ||
	    signature_stat(pid, &st) == -1 || st.state == 'Z')
		return (identify_fail(pidfd, ESRCH));
	certain = recorded && now.inode != 0 && id->sig.inode != 0 &&
	    geteuid() != 0;
	if (!identify_owned(id, pid, certain))
		return (identify_fail(pidfd, EPERM));
	/* All of that was about this process if it is there even now. */
	if (signature_kill(pid, pidfd, 0) == -1 && errno == ESRCH)
		return (identify_fail(pidfd, ESRCH));
	id->sig = now;
	return (pidfd);
}

int
identify_open(const struct identify *id)
{
	struct identify copy = *id;

	return (identify_check(&copy, id->sig.pid, 1));
}

int
identify_found(struct identify *id, pid_t pid)
{
	return (identify_check(id, pid, 0));
}
