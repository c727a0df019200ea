/*
 * TLS of a connection (secure.h): loads the plug-in when it is first asked
 * for.  In libomnitron.  The plug-in is what was installed with the library,
 * by its full path, or, of a build that was not installed, what lies beside
 * the program; nothing in the environment or the current folder names it,
 * and one that others than root and the caller can replace is not loaded.
 */
#include <sys/stat.h>

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/libomnitron/line.h"
#include "common/libomnitron/secure.h"
#include "paths.h"

#define SECURE_INSTALLED	LIBDIR "/omnitron"

struct secure {
	void			*handle;	/* of dlopen(3) */
	const struct plugin	*plugin;
	struct tls		*tls;
};

/* ---- a fingerprint ------------------------------------------------------ */

static int
secure_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	c |= 0x20;
	return (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1);
}

int
secure_pin(const char *text, unsigned char *pin)
{
	int	 i, high, low;

	if (strncasecmp(text, "SHA256:", 7) == 0)
		text += 7;
	for (i = 0; i < SECURE_PIN_SIZE; i++) {
		if (i > 0 && *text == ':')
			text++;
		if ((high = secure_digit(text[0])) == -1 ||
		    (low = secure_digit(text[1])) == -1)
			return (-1);
		pin[i] = (unsigned char)(high << 4 | low);
		text += 2;
	}
	return (*text == '\0' ? 0 : -1);
}

/* ---- the plug-in -------------------------------------------------------- */

static int
secure_owned(const char *path, mode_t type)
{
	struct stat	 st;

	return (stat(path, &st) == 0 && (st.st_mode & S_IFMT) == type &&
	    (st.st_uid == 0 || st.st_uid == geteuid()) &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0);
}

/* Its path in that folder, if it is there and nobody else's. */
static int
secure_in(const char *dir, char *path, size_t size)
{
	int	 n;

	n = snprintf(path, size, "%s/%s", dir, PLUGIN_FILE);
	return (n > 0 && (size_t)n < size && secure_owned(dir, S_IFDIR) &&
	    secure_owned(path, S_IFREG));
}

static int
secure_beside(char *path, size_t size)
{
	char	 self[PATH_MAX], *slash;
	ssize_t	 n;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n <= 0)
		return (0);
	self[n] = '\0';
	if ((slash = strrchr(self, '/')) == NULL)
		return (0);
	*slash = '\0';
	return (secure_in(self, path, size));
}

static int
secure_load(struct secure *s, char *why, size_t size)
{
	char	 path[PATH_MAX];

	errno = EPROTONOSUPPORT;
	if (!secure_in(SECURE_INSTALLED, path, sizeof(path)) &&
	    !secure_beside(path, sizeof(path))) {
		errno = EPROTONOSUPPORT;
		snprintf(why, size, "TLS is not installed: there is no "
		    SECURE_INSTALLED "/" PLUGIN_FILE " that only root can "
		    "write");
		return (-1);
	}
	/* It stays mapped: libcrypto has things to do when we exit. */
	s->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (s->handle != NULL)
		s->plugin = dlsym(s->handle, PLUGIN_SYMBOL);
	errno = EPROTONOSUPPORT;
	if (s->plugin != NULL && s->plugin->version == PLUGIN_VERSION)
		return (0);
	snprintf(why, size, "TLS cannot be used: %s",
	    s->handle == NULL ? dlerror() : "the library and its " PLUGIN_FILE
	    " are of different versions");
	return (-1);
}

struct secure *
secure_new(int fd, const struct plugin_want *want, char *why, size_t size)
{
	struct secure	*s;
	int		 saved;

	if ((s = calloc(1, sizeof(*s))) == NULL) {
		snprintf(why, size, "%s", strerror(ENOMEM));
		errno = ENOMEM;
		return (NULL);
	}
	if (secure_load(s, why, size) == 0)
		s->tls = s->plugin->open(fd, want, why, size);
	if (s->tls != NULL)
		return (s);
	saved = errno;
	secure_free(s);
	errno = saved;
	return (NULL);
}

void
secure_free(struct secure *s)
{
	if (s == NULL)
		return;
	if (s->tls != NULL)
		s->plugin->close(s->tls);
	if (s->handle != NULL)
		dlclose(s->handle);
	free(s);
}

int
secure_handshake(struct secure *s, int fd, struct mono deadline)
{
	struct pollfd	 pfd = { .fd = fd };

	while (s->plugin->handshake(s->tls, &pfd.events) == -1) {
		if (errno != EAGAIN)
			return (-1);
		if (line_left(deadline) == 0) {
			errno = ETIMEDOUT;
			return (-1);
		}
		(void)poll(&pfd, 1, line_left(deadline));
	}
	return (0);
}

ssize_t
secure_read(struct secure *s, void *buf, size_t n, short *events)
{
	return (s->plugin->read(s->tls, buf, n, events));
}

ssize_t
secure_write(struct secure *s, const void *buf, size_t n, short *events)
{
	return (s->plugin->write(s->tls, buf, n, events));
}

const char *
secure_why(const struct secure *s, int error)
{
	const char	*why;

	if (s != NULL && (error == EPERM || error == EACCES ||
	    error == EPROTO) && *(why = s->plugin->why(s->tls)) != '\0')
		return (why);
	return (strerror(error));
}

int
secure_certificate(const struct secure *s, struct omnitron_certificate *c)
{
	if (s == NULL)
		return (-1);
	return (s->plugin->certificate(s->tls, c));
}
