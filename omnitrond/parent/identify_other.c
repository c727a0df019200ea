/*
 * Without pidfds no process that is not our child can be identified.
 */
#include "omnitrond/parent/identify.h"

#ifndef __linux__

#include <errno.h>

int
identify_status(int pidfd, int *status)
{
	return (-1);
}

int
identify_uid(pid_t pid, uid_t *uid)
{
	errno = ENOTSUP;
	return (-1);
}

#endif /* !__linux__ */
