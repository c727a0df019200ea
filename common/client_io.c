/*
 * The socket of client.c.  In the CLI (and libomnitron); touches the one
 * socket it connected.
 */
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/client_io.h"

#define CLIENT_READ_SIZE	((size_t)64 * 1024)	/* the first buffer */

struct mono
client_io_deadline(int timeout)
{
	struct mono	 never = { INT64_MAX };

	return (timeout < 0 ? never : mono_add_ms(mono_now(), timeout));
}

/* Rounded up: poll(2) must not return before the deadline. */
int
client_io_left(struct mono deadline)
{
	struct mono	 now;
	int64_t		 ms;

	if (deadline.us == INT64_MAX)
		return (-1);
	now = mono_now();
	if (!mono_before(now, deadline))
		return (0);
	ms = mono_diff_ms(deadline, now);
	return (ms >= INT_MAX ? INT_MAX : (int)ms + 1);
}

/*
 * A full backlog makes a non-blocking connect to a Unix socket fail at
 * once, with nothing to poll for; so it blocks, for at most the timeout.
 */
static int
client_io_try(int fd, const struct sockaddr_un *sun, int timeout)
{
	struct timeval	 tv = { 0, 0 };
	int		 rv;

	if (timeout >= 0) {
		tv.tv_sec = timeout / 1000;
		tv.tv_usec = (suseconds_t)(timeout % 1000) * 1000;
		if (timeout == 0)
			tv.tv_usec = 1;		/* 0 is for ever */
		if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv,
		    sizeof(tv)) == -1)
			return (-1);
	}
	do
		rv = connect(fd, (const struct sockaddr *)sun, sizeof(*sun));
	while (rv == -1 && errno == EINTR);
	if (rv == -1 && errno == EAGAIN)
		errno = ETIMEDOUT;
	return (rv);
}

int
client_io_connect(const char *path, int timeout)
{
	struct sockaddr_un	 sun;
	int			 fd, flags, saved;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return (-1);
	if (client_io_try(fd, &sun, timeout) == -1 ||
	    (flags = fcntl(fd, F_GETFL)) == -1 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1) {
		saved = errno;
		close(fd);
		errno = saved;
		return (-1);
	}
	return (fd);
}

/* Wait for events: 1 they may be there, 0 the deadline passed, -1 error. */
static int
client_io_poll(int fd, short events, struct mono deadline)
{
	struct pollfd	 pfd = { .fd = fd, .events = events };
	int		 left, rv;

	if ((left = client_io_left(deadline)) == 0)
		return (0);
	if ((rv = poll(&pfd, 1, left)) == -1 && errno == EINTR)
		return (1);
	return (rv == 0 ? client_io_left(deadline) != 0 : rv);
}

/* A line that is in the buffer already, or NULL. */
static char *
client_io_buffered(struct client_io *io, size_t *len)
{
	char	*line = io->buf + io->off, *nl;

	nl = io->len - io->off > io->seen ? memchr(line + io->seen, '\n',
	    io->len - io->off - io->seen) : NULL;
	if (nl == NULL) {
		io->seen = io->len - io->off;
		return (NULL);
	}
	*len = (size_t)(nl - line);
	io->off += *len + 1;
	io->seen = 0;
	return (line);
}

/* Room for more of the line that has begun. */
static enum client_status
client_io_room(struct client_io *io)
{
	size_t	 size;
	char	*p;

	if (io->buf != NULL && io->off > 0) {
		memmove(io->buf, io->buf + io->off, io->len - io->off);
		io->len -= io->off;
		io->off = 0;
	}
	if (io->len > CLIENT_LINE_MAX)
		return (CLIENT_PROTOCOL);
	if (io->len < io->size)
		return (CLIENT_OK);
	size = io->size == 0 ? CLIENT_READ_SIZE : io->size * 2;
	if (size > CLIENT_LINE_MAX + CLIENT_READ_SIZE)
		size = CLIENT_LINE_MAX + CLIENT_READ_SIZE;
	if ((p = realloc(io->buf, size)) == NULL)
		return (CLIENT_FAILED);
	io->buf = p;
	io->size = size;
	return (CLIENT_OK);
}

enum client_status
client_io_ended(struct client_io *io, int error)
{
	if (!io->ended)
		io->error = error;
	io->ended = 1;
	errno = io->error;
	return (CLIENT_LOST);
}

/* More input, as soon as there is some. */
static enum client_status
client_io_fill(struct client_io *io, struct mono deadline)
{
	enum client_status	 st;
	ssize_t			 n;
	int			 rv;

	if (io->ended)
		return (client_io_ended(io, 0));
	if ((st = client_io_room(io)) != CLIENT_OK)
		return (st);
	for (;;) {
		n = recv(io->fd, io->buf + io->len, io->size - io->len, 0);
		if (n > 0) {
			io->len += (size_t)n;
			return (CLIENT_OK);
		}
		if (n == 0)
			return (client_io_ended(io, 0));
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			return (client_io_ended(io, errno));
		if ((rv = client_io_poll(io->fd, POLLIN, deadline)) == 0)
			return (CLIENT_TIMEOUT);
		if (rv == -1)
			return (CLIENT_FAILED);
	}
}

enum client_status
client_io_line(struct client_io *io, struct mono deadline, char **line,
    size_t *len)
{
	enum client_status	 st;

	while (io->buf == NULL ||
	    (*line = client_io_buffered(io, len)) == NULL)
		if ((st = client_io_fill(io, deadline)) != CLIENT_OK)
			return (st);
	return (*len > CLIENT_LINE_MAX ? CLIENT_PROTOCOL : CLIENT_OK);
}

enum client_status
client_io_write(struct client_io *io, const char *p, size_t len,
    struct mono deadline)
{
	size_t	 done = 0;
	ssize_t	 n;
	int	 rv;

	if (io->ended)
		return (client_io_ended(io, 0));
	while (done < len) {
		n = send(io->fd, p + done, len - done, MSG_NOSIGNAL);
		if (n >= 0) {
			done += (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			return (CLIENT_LOST);
		if ((rv = client_io_poll(io->fd, POLLOUT, deadline)) == -1)
			return (CLIENT_FAILED);
		if (rv == 0 && done == 0)
			return (CLIENT_TIMEOUT);
		if (rv == 0)	/* half a request: nothing can follow it */
			return (client_io_ended(io, ETIMEDOUT));
	}
	return (CLIENT_OK);
}
