/*
 * Who is at the other end of a Unix socket.  In the control process.
 */
#include <sys/types.h>
#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "omnitrond/control/cred.h"

int
cred_of(int fd, struct cred *cred)
{
#ifdef __linux__
	struct ucred	 uc;
	socklen_t	 len = sizeof(uc);
#endif
	uid_t		 uid;
	gid_t		 gid;

	memset(cred, 0, sizeof(*cred));
	if (getpeereid(fd, &uid, &gid) == -1)
		return (-1);
	cred->uid = uid;
	cred->gid = gid;
#ifdef __linux__
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &uc, &len) == 0)
		cred->pid = uc.pid;
#endif
	return (0);
}
