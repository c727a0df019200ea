/*
 * Fork and exec, what is Linux's own: clone3 into a cgroup.
 *
 * Runs in the parent and in its forked children.  Moving a process by
 * writing to cgroup.procs waits for an RCU grace period; being born there
 * does not, and nothing of the child can be outside, ever.
 */
#include "omnitrond/parent/spawn.h"

#ifdef __linux__

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/sched.h>

#include <errno.h>
#include <fcntl.h>
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
static int
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

/* "0" is the writer. */
int
spawn_join(int cgroup)
{
	int fd, saved;
	ssize_t n;

	fd = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return (-1);
	n = write(fd, "0", 1);
	saved = errno;
	close(fd);
	errno = saved;
	return (n == 1 ? 0 : -1);
}

int
spawn_no_new_privs(void)
{
	return (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

int
spawn_exec(int binfd, char *const argv[], char *const envp[])
{
	return ((int)syscall(SYS_execveat, binfd, "", argv, envp,
	    AT_EMPTY_PATH));
}

#endif /* __linux__ */
