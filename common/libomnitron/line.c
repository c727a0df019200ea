/*
 * Lines over a socket (line.h).  In libomnitron; touches the one socket.
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

#include "common/libomnitron/line.h"
#include "common/libomnitron/secure.h"

#define LINE_FIRST	((size_t)64 * 1024)	/* the first buffer */
#define LINE_BIG	LINE_FIRST	/* to copy it costs more than a new one */

struct mono
line_deadline(int timeout)
{
	struct mono	 never = { INT64_MAX };

	return (timeout < 0 ? never : mono_add_ms(mono_now(), timeout));
}

/* Rounded up: poll(2) must not return before the deadline. */
int
line_left(struct mono deadline)
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

void
line_init(struct line *l, int fd, size_t max)
{
	memset(l, 0, sizeof(*l));
	l->fd = fd;
	l->max = max;
	l->inwait = POLLIN;
	l->outwait = POLLOUT;
}

void
line_secure(struct line *l, struct secure *s)
{
	l->secure = s;
}

static void
line_wipe(char *p, size_t size)
{
	if (p != NULL)
		explicit_bzero(p, size);
	free(p);
}

void
line_close(struct line *l)
{
	if (l->fd != -1)
		close(l->fd);
	line_wipe(l->in, l->used);
	line_wipe(l->out, l->outlen);
	line_init(l, -1, l->max);
}

/*
 * A full backlog makes a non-blocking connect to a Unix socket fail at
 * once, with nothing to poll for; so it blocks, for at most the timeout.
 */
static int
line_try(int fd, const struct sockaddr_un *sun, int timeout)
{
	struct timeval	 tv = { 0, 0 };
	int		 rv;

	if (timeout > 0) {
		tv.tv_sec = timeout / 1000;
		tv.tv_usec = (suseconds_t)(timeout % 1000) * 1000;
		if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv,
		    sizeof(tv)) == -1)
			return (-1);
	}
	if (timeout == 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
		return (-1);
	do
		rv = connect(fd, (const struct sockaddr *)sun, sizeof(*sun));
	while (rv == -1 && errno == EINTR);
	if (rv == -1 && errno == EAGAIN)
		errno = ETIMEDOUT;
	return (rv);
}

int
line_connect(const char *path, int timeout)
{
	struct sockaddr_un	 sun;
	size_t			 len = strlen(path);
	int			 fd, saved;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	if (len >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	memcpy(sun.sun_path, path, len);
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return (-1);
	if (line_try(fd, &sun, timeout) == 0 &&
	    fcntl(fd, F_SETFL, O_NONBLOCK) == 0)
		return (fd);
	saved = errno;
	close(fd);
	errno = saved;
	return (-1);
}

/* ---- in ----------------------------------------------------------------- */

int
line_get(struct line *l, char **line, size_t *len)
{
	char	*nl;
	size_t	 n = l->len - l->off;

	if (n == 0)
		return (0);
	*line = l->in + l->off;
	nl = n > l->seen ? memchr(*line + l->seen, '\n', n - l->seen) : NULL;
	if (nl == NULL) {
		l->seen = n;
		return (n > l->max ? -1 : 0);
	}
	*len = (size_t)(nl - *line);
	*nl = '\0';
	l->off += *len + 1;
	l->seen = 0;
	return (*len > l->max ? -1 : 1);
}

char *
line_keep(struct line *l, char *line, size_t len, char **owner, size_t *size)
{
	char	*copy;

	if (len >= LINE_BIG && l->off == l->len) {
		*owner = l->in;
		*size = l->used;
		l->in = NULL;
		l->insize = l->off = l->len = l->used = 0;
		return (line);
	}
	if ((copy = malloc(len + 1)) == NULL)
		return (NULL);
	memcpy(copy, line, len + 1);
	*owner = copy;
	*size = len + 1;
	return (copy);
}

/*
 * Room for more of the line that has begun.  Of TLS for a whole record: what
 * were left of one, poll(2) would know nothing of.
 */
static int
line_room(struct line *l)
{
	size_t	 size, least = l->secure != NULL ? SECURE_RECORD : 1;
	char	*p;

	if (l->off > 0) {
		memmove(l->in, l->in + l->off, l->len - l->off);
		l->len -= l->off;
		l->off = 0;
	}
	if (l->insize - l->len >= least)
		return (0);
	size = l->insize == 0 ? LINE_FIRST : l->insize * 2;
	if ((p = realloc(l->in, size)) == NULL)
		return (-1);
	l->in = p;
	l->insize = size;
	return (0);
}

int
line_ended(struct line *l, int error)
{
	if (!l->ended)
		l->error = error;
	l->ended = 1;
	errno = l->error;
	return (-1);
}

static ssize_t
line_recv(struct line *l)
{
	char	*p = l->in + l->len;
	size_t	 n = l->insize - l->len;

	if (l->secure == NULL)
		return (recv(l->fd, p, n, 0));
	l->inwait = POLLIN;
	return (secure_read(l->secure, p, n, &l->inwait));
}

int
line_read(struct line *l)
{
	ssize_t	 n;

	if (l->ended)
		return (line_ended(l, 0));
	if (line_room(l) == -1)
		return (line_ended(l, ENOMEM));
	do
		n = line_recv(l);
	while (n == -1 && errno == EINTR);
	if (n > 0) {
		l->len += (size_t)n;
		if (l->used < l->len)
			l->used = l->len;
		return (1);
	}
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return (0);
	return (line_ended(l, n == 0 ? 0 : errno));
}

/* ---- out ---------------------------------------------------------------- */

size_t
line_unsent(const struct line *l)
{
	return (l->outlen - l->outoff);
}

int
line_put(struct line *l, const char *s, size_t n)
{
	size_t	 size = l->outsize == 0 ? LINE_FIRST : l->outsize;
	char	*p;

	if (l->mute)
		return (0);
	if (l->outoff > 0 && n > l->outsize - l->outlen) {
		memmove(l->out, l->out + l->outoff, line_unsent(l));
		l->outlen -= l->outoff;
		l->outoff = 0;
	}
	while (n > size - l->outlen)
		size *= 2;
	if (size != l->outsize) {
		if ((p = realloc(l->out, size)) == NULL)
			return (-1);
		l->out = p;
		l->outsize = size;
	}
	memcpy(l->out + l->outlen, s, n);
	l->outlen += n;
	return (0);
}

static ssize_t
line_send(struct line *l)
{
	const char	*p = l->out + l->outoff;

	if (l->secure == NULL)
		return (send(l->fd, p, line_unsent(l), MSG_NOSIGNAL));
	l->outwait = POLLOUT;
	return (secure_write(l->secure, p, line_unsent(l), &l->outwait));
}

/*
 * Who closes the connection may have said why before: that is still to be
 * read, so a failure here only ends the sending.
 */
void
line_flush(struct line *l)
{
	ssize_t	 n;

	while (!l->mute && line_unsent(l) > 0) {
		n = line_send(l);
		if (n >= 0) {
			l->outoff += (size_t)n;
			continue;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return;
		if (errno != EINTR)
			l->mute = 1;
	}
	/* Sent or never to be: it may have set a secret. */
	if (l->out != NULL)
		explicit_bzero(l->out, l->outlen);
	l->outoff = l->outlen = 0;
}

/* Reading is also how one finds out that the connection is over. */
short
line_events(const struct line *l)
{
	short	 events = POLLIN | l->inwait;

	return (line_unsent(l) > 0 ? events | l->outwait : events);
}

void
line_wait(struct line *l, struct mono deadline)
{
	struct pollfd	 pfd = { .fd = l->fd, .events = line_events(l) };

	(void)poll(&pfd, 1, line_left(deadline));
}
