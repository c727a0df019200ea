/*
 * Datagrams with credentials: SO_PASSCRED on Linux.  Elsewhere the mode of
 * the socket's file says whose they are.  In the apps process; touches the
 * socket it is given.
 */
#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "omnitrond/apps/notify_recv.h"

#define FDS_MAX	253		/* SCM_MAX_FD: more cannot come */

union control {
	struct cmsghdr	 align;
#ifdef SCM_CREDENTIALS
	char		 buf[CMSG_SPACE(sizeof(struct ucred)) +
			    CMSG_SPACE(FDS_MAX * sizeof(int))];
#else
	char		 buf[CMSG_SPACE(FDS_MAX * sizeof(int))];
#endif
};

static void
recv_close(const struct cmsghdr *c)
{
	size_t	 n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	int	 fd;

	for (; n > 0; n--) {
		memcpy(&fd, CMSG_DATA(c) + (n - 1) * sizeof(int), sizeof(fd));
		close(fd);
	}
}

static int
recv_sender(const struct cmsghdr *c, struct notify_sender *from)
{
#ifdef SCM_CREDENTIALS
	struct ucred	 cred;

	if (c->cmsg_type == SCM_CREDENTIALS &&
	    c->cmsg_len == CMSG_LEN(sizeof(cred))) {
		memcpy(&cred, CMSG_DATA(c), sizeof(cred));
		from->uid = cred.uid;
		from->pid = cred.pid;
		return (1);
	}
#endif
	return (0);
}

ssize_t
notify_recv(int fd, uid_t owner, char *buf, size_t size,
    struct notify_sender *from)
{
	union control	 control;
	struct msghdr	 msg;
	struct cmsghdr	*c;
	struct iovec	 iov = { buf, size };
	ssize_t		 n;
	int		 known = 0;

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = control.buf;
	msg.msg_controllen = sizeof(control.buf);
	n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n == -1)
		return (-1);
	memset(from, 0, sizeof(*from));
#ifndef SCM_CREDENTIALS
	from->uid = owner;
	known = 1;
#endif
	for (c = CMSG_FIRSTHDR(&msg); c != NULL; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_RIGHTS)
			recv_close(c);
		else
			known |= recv_sender(c, from);
	}
	if (!known || (msg.msg_flags & MSG_TRUNC))
		return (0);
	return (n);
}
