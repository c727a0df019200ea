/*
 * Reading a configuration file that nobody but root and we can have
 * written.  In the parent; opens the file by the descriptor of its folder.
 *
 * A sticky folder that others can write (/tmp) is good enough for a daemon
 * of an ordinary user, never for root.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"
#include "omnitrond/parent/safepath.h"

#define CONF_READ_START	16384		/* bytes; doubled as needed */

/* NULL, or why we do not read it. */
static const char *
conf_file_check(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return ("is not a regular file");
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return ("belongs to another user: chown it to root or to the "
		    "daemon's user");
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return ("can be written by others: chmod go-w it");
	if (st->st_size > CONF_FILE_MAX)
		return ("is larger than 8 MiB");
	return (NULL);
}

static int
conf_file_open(const char *path, char *err, size_t errsize)
{
	int		 flags = geteuid() == 0 ? SAFEPATH_STRICT :
			    SAFEPATH_STICKY;
	char		 why[CONF_TEXT_MAX];
	int		 dir, fd;
	const char	*name;

	dir = safepath_parent(path, flags, &name, why, sizeof(why));
	if (dir == -1) {
		snprintf(err, errsize, "its folder %s", why);
		return (-1);
	}
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK |
	    O_NOCTTY);
	if (fd == -1)
		snprintf(err, errsize, "%s", errno == ELOOP || errno == EMLINK ?
		    "is a symbolic link: name the file itself" :
		    strerror(errno));
	close(dir);
	return (fd);
}

/* At most CONF_FILE_MAX bytes, however the file grows meanwhile. */
static int
conf_file_slurp(int fd, char **buf, size_t *len)
{
	size_t	 size = 0;
	ssize_t	 n;

	*buf = NULL;
	*len = 0;
	do {
		if (*len == size) {
			size = size == 0 ? CONF_READ_START : size * 2;
			*buf = xreallocarray(*buf, size, 1);
		}
		if ((n = read(fd, *buf + *len, size - *len)) == -1) {
			if (errno == EINTR)
				continue;
			return (-1);
		}
		*len += (size_t)n;
		if (*len > CONF_FILE_MAX) {
			errno = EFBIG;
			return (-1);
		}
	} while (n != 0);
	return (0);
}

int
conf_file_read(const char *path, char **buf, size_t *len, dev_t *dev,
    ino_t *ino, char *err, size_t errsize)
{
	struct stat	 st;
	const char	*why = NULL;
	int		 fd, ok = -1;

	memset(&st, 0, sizeof(st));
	if ((fd = conf_file_open(path, err, errsize)) == -1)
		return (-1);
	*buf = NULL;
	if (fstat(fd, &st) == 0 && (why = conf_file_check(&st)) == NULL)
		ok = conf_file_slurp(fd, buf, len);
	if (ok == -1)
		snprintf(err, errsize, "%s", why != NULL ? why :
		    strerror(errno));
	close(fd);
	*dev = st.st_dev;
	*ino = st.st_ino;
	if (ok == -1) {
		free(*buf);
		*buf = NULL;
	}
	return (ok);
}
