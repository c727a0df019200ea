/* Who is at the other end of a Unix socket. */
#ifndef OMNITROND_CONTROL_CRED_H
#define OMNITROND_CONTROL_CRED_H

#include <stdint.h>

struct cred {
	uint32_t	 uid;
	uint32_t	 gid;
	int32_t		 pid;		/* 0 where the system cannot tell */
};

/* As they were at connect(2); -1 and errno.  getpeereid(3), unix(7). */
int	 cred_of(int fd, struct cred *);

#endif /* OMNITROND_CONTROL_CRED_H */
