/*
 * Who is at the other end of a Unix socket.  In the control process.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/control/cred.h"

#ifdef SO_PEERGROUPS
/* Its supplementary groups. */
static int
cred_groups(int fd, struct caller *caller)
{
	gid_t		 gids[CALLER_GIDS];
	socklen_t	 len = sizeof(gids);
	uint32_t	 i;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, gids, &len) == -1) {
		if (errno == ERANGE)
			errno = E2BIG;
		return (-1);
	}
	caller->ngids = (uint32_t)(len / sizeof(gids[0]));
	for (i = 0; i < caller->ngids; i++)
		caller->gids[i] = gids[i];
	return (0);
}
#endif

int
cred_of(int fd, struct caller *caller)
{
#ifdef __linux__
	struct ucred	 uc;
	socklen_t	 len = sizeof(uc);
#endif
	uid_t		 uid;
	gid_t		 gid;

	memset(caller, 0, sizeof(*caller));
	if (getpeereid(fd, &uid, &gid) == -1)
		return (-1);
	caller->how = CALLER_LOCAL;
	caller->uid = uid;
	caller->gid = gid;
#ifdef __linux__
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &uc, &len) == 0)
		caller->pid = uc.pid;
#endif
#ifdef SO_PEERGROUPS
	return (cred_groups(fd, caller));
#else
	return (0);	/* the primary one alone: the manual says so */
#endif
}
