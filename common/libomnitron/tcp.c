/*
 * Connecting to another host (tcp.h).  In libomnitron.
 */
#include <sys/socket.h>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "common/libomnitron/line.h"
#include "common/libomnitron/tcp.h"

/* Wait for a connection on its way; 0, or -1 with errno. */
static int
tcp_wait(int fd, struct mono deadline)
{
	struct pollfd	 pfd = { .fd = fd, .events = POLLOUT };
	int		 error = 0, rv;
	socklen_t	 len = sizeof(error);

	do
		rv = poll(&pfd, 1, line_left(deadline));
	while (rv == -1 && errno == EINTR);
	if (rv == 0)
		errno = ETIMEDOUT;
	if (rv <= 0)
		return (-1);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		return (-1);
	errno = error;
	return (error == 0 ? 0 : -1);
}

/* Small requests are not to wait for each other. */
static int
tcp_try(const struct addrinfo *ai, struct mono deadline)
{
	int	 fd, saved, on = 1;

	fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, ai->ai_protocol);
	if (fd == -1)
		return (-1);
	if ((connect(fd, ai->ai_addr, ai->ai_addrlen) == 0 ||
	    (errno == EINPROGRESS && tcp_wait(fd, deadline) == 0)) &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0)
		return (fd);
	saved = errno;
	close(fd);
	errno = saved;
	return (-1);
}

static int
tcp_errno(int gai)
{
	switch (gai) {
	case EAI_MEMORY:
		return (ENOMEM);
	case EAI_SYSTEM:
		return (errno);
	default:
		return (EHOSTUNREACH);
	}
}

int
tcp_connect(const char *host, const char *port, int timeout)
{
	struct mono	 deadline = line_deadline(timeout);
	struct addrinfo	 hints, *res, *ai;
	int		 fd = -1, error;

	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	if ((error = getaddrinfo(host, port, &hints, &res)) != 0) {
		errno = tcp_errno(error);
		return (-1);
	}
	errno = EHOSTUNREACH;
	for (ai = res; ai != NULL && fd == -1; ai = ai->ai_next)
		fd = tcp_try(ai, deadline);
	error = errno;
	freeaddrinfo(res);
	errno = error;
	return (fd);
}
