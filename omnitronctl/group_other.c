/*
 * Killing a process with its group, where there are no pidfds.
 */
#include "omnitronctl/kill.h"

#ifndef __linux__

#include <signal.h>
#include <unistd.h>

int
group_kill(pid_t pid, int pidfd)
{
	if (getpgid(pid) == pid)
		return (kill(-pid, SIGKILL));
	return (signature_kill(pid, pidfd, SIGKILL));
}

#endif /* !__linux__ */
