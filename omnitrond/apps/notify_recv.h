/* Receiving one datagram, and the kernel's word on whose it is. */
#ifndef OMNITROND_APPS_NOTIFY_RECV_H
#define OMNITROND_APPS_NOTIFY_RECV_H

#include <sys/types.h>

#include <stddef.h>

struct notify_sender {
	uid_t	 uid;
	pid_t	 pid;		/* 0: this system does not tell */
};

/*
 * At most size bytes.  How many, 0 for one that is too long or says not
 * whose it is, or -1 with errno (EAGAIN: there is none).  Descriptors that
 * come along are closed: whoever sent them may wait for just that.
 * `owner' is the user whose file the socket is: who could send at all, where
 * the kernel does not say more.
 */
ssize_t	 notify_recv(int fd, uid_t owner, char *, size_t,
	    struct notify_sender *);

#endif /* OMNITROND_APPS_NOTIFY_RECV_H */
