/*
 * Fork and exec on OpenBSD and FreeBSD: fork(2), no pidfd, no cgroup.
 *
 * Runs in the parent and in its forked children.
 */
#include "omnitrond/parent/spawn_child.h"

#ifndef __linux__

#ifdef __FreeBSD__
#include <sys/procctl.h>
#include <sys/wait.h>
#endif

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
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

long
spawn_join(int cgroup)
{
	return (-ENOTSUP);
}

/* A fork has all for itself. */
long
spawn_alone(int last, uint32_t *alone)
{
	return (0);
}

long
spawn_private(void)
{
	return (0);
}

long
spawn_close_from(int fd)
{
	closefrom(fd);
	return (0);
}

int
birth(struct child *c, struct spawned *sp)
{
	return (0);
}

void
birth_forget(void)
{
}

/* OpenBSD has nothing of the kind: the default must not forbid starting. */
long
spawn_no_new_privs(void)
{
#ifdef PROC_NO_NEW_PRIVS_CTL
	int on = PROC_NO_NEW_PRIVS_ENABLE;

	if (procctl(P_PID, 0, PROC_NO_NEW_PRIVS_CTL, &on) == -1)
		return (-errno);
#endif
	return (0);
}

long
spawn_exec(int binfd, char *const argv[], char *const envp[])
{
#ifdef __FreeBSD__
	fexecve(binfd, argv, envp);
#else
	char path[32];

	/* Needs a mounted fdescfs or an argv[0] that is the file. */
	snprintf(path, sizeof(path), "/dev/fd/%d", binfd);
	execve(path, argv, envp);
	execve(argv[0], argv, envp);
#endif
	return (-errno);
}

#endif /* !__linux__ */
