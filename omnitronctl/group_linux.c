/*
 * Killing a process with its group, on Linux.
 */
#include "omnitronctl/kill.h"

#ifdef __linux__

#include <sys/syscall.h>

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#define GROUP_SIGNAL	(1u << 2)	/* PIDFD_SIGNAL_PROCESS_GROUP */

int
group_kill(pid_t pid, int pidfd)
{
	/* By the pidfd nobody else can be hit; since Linux 6.9. */
	if (pidfd != -1) {
		if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL,
		    GROUP_SIGNAL) == 0)
			return (0);
		/* An older kernel, or it leads no group. */
		if (errno != EINVAL && errno != ESRCH)
			return (-1);
	}
	if (getpgid(pid) == pid)
		return (kill(-pid, SIGKILL));
	return (signature_kill(pid, pidfd, SIGKILL));
}

#endif /* __linux__ */
