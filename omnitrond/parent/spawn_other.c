/*
 * Fork and exec on OpenBSD and FreeBSD: fork(2), no pidfd, no cgroup.
 *
 * Runs in the parent and in its forked children.
 */
#include "omnitrond/parent/spawn.h"

#ifndef __linux__

#ifdef __FreeBSD__
#include <sys/procctl.h>
#include <sys/wait.h>
#endif

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

pid_t
spawn_fork(int cgroup, int *pidfd, int *joined)
{
	*pidfd = -1;
	*joined = 1;
	return (fork());
}

int
spawn_born_lives(int cgroup)
{
	return (1);
}

int
spawn_join(int cgroup)
{
	errno = ENOTSUP;
	return (-1);
}

/* OpenBSD has nothing of the kind: the default must not forbid starting. */
int
spawn_no_new_privs(void)
{
#ifdef PROC_NO_NEW_PRIVS_CTL
	int on = PROC_NO_NEW_PRIVS_ENABLE;

	return (procctl(P_PID, 0, PROC_NO_NEW_PRIVS_CTL, &on));
#else
	return (0);
#endif
}

int
spawn_exec(int binfd, char *const argv[], char *const envp[])
{
#ifdef __FreeBSD__
	return (fexecve(binfd, argv, envp));
#else
	char path[32];

	/* Needs a mounted fdescfs or an argv[0] that is the file. */
	snprintf(path, sizeof(path), "/dev/fd/%d", binfd);
	execve(path, argv, envp);
	return (execve(argv[0], argv, envp));
#endif
}

#endif /* !__linux__ */
