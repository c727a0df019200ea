/* Who holds a port cannot be told here. */
#include "omnitrond/parent/listen.h"

#ifndef __linux__

char *
listen_holder(const struct sockaddr *sa, int udp, char *buf, size_t size)
{
	buf[0] = '\0';
	return (buf);
}

#endif /* !__linux__ */
