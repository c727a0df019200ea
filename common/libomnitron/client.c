/*
 * A client's connection: finding the daemon, connecting, taking in what
 * comes, saying why something failed.  In libomnitron.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/libomnitron/client.h"
#include "common/libomnitron/secure.h"
#include "common/place.h"

enum omnitron_status
client_say(struct omnitron *c, enum omnitron_status st, const char *fmt, ...)
{
	va_list	 ap;
	int	 saved = errno;

	va_start(ap, fmt);
	vsnprintf(c->error, sizeof(c->error), fmt, ap);
	va_end(ap);
	errno = saved;
	return (st);
}

enum omnitron_status
client_errno(struct omnitron *c, int error)
{
	errno = error;
	return (client_say(c, OMNITRON_FAILED, "%s", strerror(error)));
}

enum omnitron_status
client_lost(struct omnitron *c)
{
	if (c->line.fd == -1) {
		errno = ENOTCONN;
		return (client_say(c, OMNITRON_LOST, "not connected"));
	}
	errno = c->line.error;
	if (errno == 0)
		return (client_say(c, OMNITRON_LOST,
		    "the daemon closed the connection"));
	return (client_say(c, OMNITRON_LOST, "connection lost: %s",
	    secure_why(c->secure, errno)));
}

enum omnitron_status
client_violation(struct omnitron *c, const char *why)
{
	line_ended(&c->line, EPROTO);
	return (client_say(c, OMNITRON_PROTOCOL,
	    "the daemon sent what is no JSON-RPC: %s", why));
}

struct omnitron *
omnitron_new(void)
{
	struct omnitron	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	line_init(&c->line, -1, OMNITRON_REPLY_MAX);
	STAILQ_INIT(&c->answers);
	STAILQ_INIT(&c->notes);
	return (c);
}

void
client_reset(struct omnitron *c)
{
	line_secure(&c->line, NULL);
	secure_free(c->secure);
	c->secure = NULL;
	line_close(&c->line);
	call_clear(c);
	note_clear(c);
}

/* The new value is ours; the old one may have been a token. */
static void
client_option(struct omnitron *c, enum omnitron_option option, char *value)
{
	char	*old = c->option[option];

	if (old != NULL)
		explicit_bzero(old, strlen(old));
	free(old);
	c->option[option] = value;
}

void
omnitron_free(struct omnitron *c)
{
	int	 i;

	if (c == NULL)
		return;
	client_reset(c);
	for (i = 0; i < CLIENT_OPTIONS; i++)
		client_option(c, (enum omnitron_option)i, NULL);
	free(c->path);
	free(c);
}

static int
client_valid(enum omnitron_option option, const char *value)
{
	unsigned char	 pin[SECURE_PIN_SIZE];

	switch (option) {
	case OMNITRON_TLS:
		return (strcmp(value, "on") == 0 || strcmp(value, "off") == 0);
	case OMNITRON_FINGERPRINT:
		return (secure_pin(value, pin) == 0);
	default:
		return (*value != '\0');
	}
}

int
omnitron_set(struct omnitron *c, enum omnitron_option option,
    const char *value)
{
	char	*copy = NULL;

	if (option < OMNITRON_SOCKET || option >= CLIENT_OPTIONS ||
	    (value != NULL && !client_valid(option, value))) {
		errno = EINVAL;
		return (-1);
	}
	if (value != NULL && (copy = strdup(value)) == NULL)
		return (-1);
	client_option(c, option, copy);
	return (0);
}

const char *
omnitron_path(const struct omnitron *c)
{
	return (c->path == NULL ? "" : c->path);
}

const char *
omnitron_strerror(const struct omnitron *c)
{
	return (c->error);
}

/* ---- connecting --------------------------------------------------------- */

static enum omnitron_status
client_unconnected(struct omnitron *c)
{
	const char	*path = omnitron_path(c);

	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return (client_say(c, OMNITRON_LOST,
		    "daemon is not running: no socket %s", path));
	case ECONNREFUSED:
		return (client_say(c, OMNITRON_LOST,
		    "daemon is not running: nobody listens on %s", path));
	case EACCES:
	case EPERM:
		return (client_say(c, OMNITRON_LOST,
		    "no permission to connect to %s", path));
	case ETIMEDOUT:
		return (client_say(c, OMNITRON_LOST,
		    "daemon does not accept connections on %s", path));
	default:
		return (client_say(c, OMNITRON_LOST,
		    "cannot connect to %s: %s", path, strerror(errno)));
	}
}

static int
client_note_path(struct omnitron *c, const char *path)
{
	char	*copy;

	if ((copy = strdup(path)) == NULL)
		return (-1);
	free(c->path);
	c->path = copy;
	return (0);
}

/*
 * The first that answers; what is told of a failure is the first that is
 * more than "not there".  0, or the errno of it.
 */
static int
client_try(struct omnitron *c, const struct places *p, int timeout)
{
	size_t	 i;
	int	 fd, now, first = 0;

	for (i = 0; i < p->n; i++) {
		fd = line_connect(p->path[i], timeout);
		now = fd == -1 ? errno : 0;
		if (now == 0 || i == 0 || (first == ENOENT && now != ENOENT)) {
			first = now;
			if (client_note_path(c, p->path[i]) == -1)
				first = now = ENOMEM;
		}
		if (fd != -1 && now == 0) {
			line_init(&c->line, fd, OMNITRON_REPLY_MAX);
			return (0);
		}
		if (fd != -1)
			close(fd);
		if (now != ENOENT && now != ECONNREFUSED)
			break;
	}
	return (first);
}

/* On this host: 0, or the errno. */
static int
client_local(struct omnitron *c, int timeout)
{
	struct places	*p;
	int		 error;

	if ((p = malloc(sizeof(*p))) == NULL)
		return (ENOMEM);
	if (place_sockets(c->option[OMNITRON_SOCKET],
	    c->option[OMNITRON_HOME], p) == -1)
		error = ENAMETOOLONG;
	else
		error = client_try(c, p, timeout);
	free(p);
	return (error);
}

enum omnitron_status
omnitron_connect(struct omnitron *c, int timeout)
{
	if (c->reading)
		return (client_errno(c, EDEADLK));
	client_reset(c);
	if (c->option[OMNITRON_HOST] != NULL)
		return (client_remote(c, timeout));
	if ((errno = client_local(c, timeout)) == 0)
		return (OMNITRON_OK);
	return (errno == ENOMEM ? client_errno(c, ENOMEM) :
	    client_unconnected(c));
}

enum omnitron_status
omnitron_attach(struct omnitron *c, int fd)
{
	int	 flags;

	if (c->reading)
		return (client_errno(c, EDEADLK));
	if ((flags = fcntl(fd, F_GETFL)) == -1 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return (client_errno(c, errno));
	client_reset(c);
	line_init(&c->line, fd, OMNITRON_REPLY_MAX);
	return (OMNITRON_OK);
}

/* ---- taking in ---------------------------------------------------------- */

struct slice
client_move(struct slice s, const char *from, char *to)
{
	if (s.p != NULL)
		s.p = to + (s.p - from);
	return (s);
}

enum omnitron_status
client_enter(struct omnitron *c)
{
	if (c->reading)
		return (client_errno(c, EDEADLK));
	return (c->line.fd == -1 ? client_lost(c) : OMNITRON_OK);
}

static enum omnitron_status
client_take(struct omnitron *c, char *line, size_t len, int64_t waited)
{
	struct msg		 m;
	const char		*why;
	enum omnitron_status	 st;

	if ((why = msg_parse(line, len, &m)) != NULL)
		return (client_violation(c, why));
	c->reading = 1;
	if (m.method.p != NULL)
		st = note_arrived(c, &m, line, len);
	else
		st = call_answer(c, &m, line, len, waited);
	c->reading = 0;
	return (st);
}

enum omnitron_status
client_receive(struct omnitron *c, struct mono deadline, int64_t waited)
{
	char	*line;
	size_t	 len;
	int	 rv;

	for (;;) {
		line_flush(&c->line);
		if ((rv = line_get(&c->line, &line, &len)) == 1)
			return (client_take(c, line, len, waited));
		if (rv == -1) {
			line_ended(&c->line, EPROTO);
			return (client_say(c, OMNITRON_PROTOCOL,
			    "the daemon's answer is too long"));
		}
		if ((rv = line_read(&c->line)) == 1)
			continue;
		if (rv == -1)
			return (client_lost(c));
		if (line_left(deadline) == 0)
			return (client_say(c, OMNITRON_TIMEOUT, "timed out"));
		line_wait(&c->line, deadline);
	}
}

int
omnitron_fd(const struct omnitron *c)
{
	return (c->line.fd);
}

short
omnitron_events(const struct omnitron *c)
{
	return (line_events(&c->line));
}

/* What is buffered behind the first must not wait for the next input. */
static enum omnitron_status
client_buffered(struct omnitron *c)
{
	const struct line	*l = &c->line;
	enum omnitron_status	 st = OMNITRON_OK;

	while (st == OMNITRON_OK && memchr(l->in + l->off, '\n',
	    l->len - l->off) != NULL)
		st = client_receive(c, line_deadline(0), 0);
	return (st);
}

enum omnitron_status
omnitron_dispatch(struct omnitron *c, int timeout)
{
	enum omnitron_status	 st;

	if ((st = client_enter(c)) != OMNITRON_OK)
		return (st);
	st = client_receive(c, line_deadline(timeout), 0);
	if (st == OMNITRON_OK)
		st = client_buffered(c);
	if (st == OMNITRON_TIMEOUT)
		return (OMNITRON_OK);
	if (st == OMNITRON_LOST || st == OMNITRON_PROTOCOL)
		client_abandon(c, st);
	return (st);
}
