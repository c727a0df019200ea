/*
 * Fork and exec, what is Linux's own: clone3 into a cgroup.
 *
 * Runs in the parent and in its forked children.  Moving a process by
 * writing to cgroup.procs waits for an RCU grace period; being born there
 * does not, and nothing of the child can be outside, ever.
 */
#include "omnitrond/parent/spawn_child.h"
#include "omnitrond/parent/spawn_sys.h"

#ifdef __linux__

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/close_range.h>
#include <linux/futex.h>
#include <linux/sched.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static pid_t
spawn_clone3(int cgroup, int *pidfd)
{
	struct clone_args args;

	memset(&args, 0, sizeof(args));
	/* Neither CLONE_VM nor CLONE_VFORK: a fork. */
	args.flags = CLONE_PIDFD;
	args.pidfd = (uint64_t)(uintptr_t)pidfd;
	args.exit_signal = SIGCHLD;
	if (cgroup != -1) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)cgroup;
	}
	return ((pid_t)syscall(SYS_clone3, &args, sizeof(args)));
}

/* Kernels and containers without clone3, or without its cgroup. */
int
spawn_clone3_missing(int error)
{
	return (error == ENOSYS || error == E2BIG || error == EINVAL ||
	    error == EPERM);
}

pid_t
spawn_fork(int cgroup, int *pidfd, int *joined)
{
	pid_t pid;

	*pidfd = -1;
	*joined = 1;
	if ((pid = spawn_clone3(cgroup, pidfd)) != -1)
		return (pid);
	*pidfd = -1;
	if (!spawn_clone3_missing(errno)) {
		/* Of the cgroup or of the fork?  ENOMEM and EAGAIN are its. */
		if (cgroup != -1 && errno != ENOMEM && errno != EAGAIN)
			*joined = -1;
		return (-1);
	}
	*joined = cgroup == -1;
	if ((pid = fork()) > 0)
		*pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return (pid);
}

/*
 * Linux 6.14 and later compare the kill counter of the new group with that
 * of the group we are in ourselves: where ours was ever killed, everything
 * that is born in another is killed at birth.
 */
int
spawn_born_lives(int cgroup)
{
	int	 pidfd = -1, status;
	pid_t	 pid;

	if ((pid = spawn_clone3(cgroup, &pidfd)) == -1)
		return (spawn_clone3_missing(errno));
	if (pid == 0)
		_exit(0);
	if (pidfd != -1)
		close(pidfd);
	return (waitpid(pid, &status, 0) == pid && WIFEXITED(status));
}

/* ---- in the child ------------------------------------------------------ */

/* "0" is the writer. */
long
spawn_join(int cgroup)
{
	long fd, n;

	fd = SYS3(openat, cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return (fd);
	n = SYS3(write, fd, "0", 1);
	SYS1(close, fd);
	return (n == 1 ? 0 : n);
}

long
spawn_alone(int last, uint32_t *alone)
{
#ifdef SPAWN_RAW
	long rv;

	rv = SYS3(close_range, last + 1, UINT_MAX, CLOSE_RANGE_UNSHARE);
	if (rv < 0)
		return (rv);
	__atomic_store_n(alone, 1, __ATOMIC_RELEASE);
	SYS3(futex, alone, FUTEX_WAKE, 1);
#endif
	return (0);
}

/*
 * To change the user makes memory undumpable, or dumpable by root alone
 * (fs.suid_dumpable is 2).  Before 5.16 a dump of one process kills all that
 * share its memory, and the app's user could send the signal for it.
 */
long
spawn_private(void)
{
	return (SYS5(prctl, PR_SET_DUMPABLE, 0, 0, 0, 0));
}

long
spawn_close_from(int fd)
{
#ifdef SPAWN_RAW
	long rv = SYS3(close_range, fd, UINT_MAX, 0);

	/* Without it (5.9) nothing shares our memory. */
	if (rv != -ENOSYS)
		return (rv);
#endif
	closefrom(fd);
	return (0);
}

long
spawn_no_new_privs(void)
{
	return (SYS5(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

long
spawn_exec(int binfd, char *const argv[], char *const envp[])
{
	return (SYS5(execveat, binfd, "", argv, envp, AT_EMPTY_PATH));
}

#endif /* __linux__ */
