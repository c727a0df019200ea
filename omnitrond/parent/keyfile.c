/*
 * Files of keys and certificates, and the key of the secrets.
 *
 * Runs in the parent, with its rights.  A file that others may have written
 * or, if it is private, read is no key.  What is in keys and certificates is
 * looked at by the processes that use them, behind their walls; the 32 bytes
 * of the secrets' key are copied and not interpreted.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/parent/keyfile.h"
#include "omnitrond/parent/safepath.h"
#include "omnitrond/proto.h"

/* NULL, or what is wrong with it and what helps. */
static const char *
keyfile_check(const struct stat *st, int private)
{
	if (!S_ISREG(st->st_mode))
		return ("is not a regular file");
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return ("belongs to another user: chown it to root or to the "
		    "daemon's user");
	if (private && st->st_mode & 077)
		return ("can be read by others, who may have copied it: make a "
		    "new one, or chmod 600 it");
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return ("can be written by others: chmod go-w it");
	if (st->st_size == 0)
		return ("is empty");
	if (st->st_size > (off_t)KEYFILE_MAX)
		return ("is larger than 64 KiB, as no key or certificate is");
	return (NULL);
}

/* Its folder, by the rules for the configuration's. */
static int
keyfile_folder(const char *path, const char **name, char *err, size_t size)
{
	char	 why[TEXT_MAX];
	int	 dir;

	dir = safepath_parent(path, geteuid() == 0 ? SAFEPATH_STRICT :
	    SAFEPATH_STICKY, name, why, sizeof(why));
	if (dir == -1)
		snprintf(err, size, "%s: its folder %s", path, why);
	return (dir);
}

/* -1 with errno; ENOENT is not told in err. */
static int
keyfile_open_in(int dir, const char *name, const char *path, int private,
    char *err, size_t size)
{
	struct stat	 st;
	const char	*why = NULL;
	int		 fd, error = 0;

	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK |
	    O_NOCTTY);
	if (fd == -1) {
		error = errno;
		why = error == ELOOP || error == EMLINK ?
		    "is a symbolic link: name the file itself" : NULL;
	} else if (fstat(fd, &st) == -1)
		error = errno;
	else if ((why = keyfile_check(&st, private)) != NULL)
		error = EPERM;
	if (error == 0)
		return (fd);
	if (fd != -1)
		close(fd);
	snprintf(err, size, "%s%s %s", path, why != NULL ? "" : ":",
	    why != NULL ? why : strerror(error));
	errno = error;
	return (-1);
}

int
keyfile_open(const char *path, int private, char *err, size_t size)
{
	const char	*name;
	int		 dir, fd;

	if ((dir = keyfile_folder(path, &name, err, size)) == -1)
		return (-1);
	fd = keyfile_open_in(dir, name, path, private, err, size);
	close(dir);
	return (fd);
}

/* ---- the key of the secrets --------------------------------------------- */

/* All of it on the disk, in a file that is not there yet. */
static int
secrets_write(int dir, const char *name, const uint8_t *key)
{
	int	 fd, error = 0;

	if (unlinkat(dir, name, 0) == -1 && errno != ENOENT)
		return (-1);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd == -1)
		return (-1);
	errno = EIO;			/* of a short write */
	if (fchmod(fd, 0600) == -1 ||
	    write(fd, key, SECRETS_KEY_LEN) != (ssize_t)SECRETS_KEY_LEN ||
	    fsync(fd) == -1)
		error = errno;
	if (close(fd) == -1 && error == 0)
		error = errno;
	if (error != 0)
		unlinkat(dir, name, 0);
	errno = error;
	return (error == 0 ? 0 : -1);
}

/*
 * Under a name of its own first: a crash must not leave a part of a key in
 * its place, and what is in its place is never replaced.
 */
static int
secrets_make(int dir, const char *name, uint8_t key[SECRETS_KEY_LEN])
{
	char	 tmp[NAME_MAX + 1];
	int	 error;

	if ((size_t)snprintf(tmp, sizeof(tmp), "%s.new", name) >= sizeof(tmp)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	if (getentropy(key, SECRETS_KEY_LEN) == -1 ||
	    secrets_write(dir, tmp, key) == -1)
		return (-1);
	if (linkat(dir, tmp, dir, name, 0) == 0 &&
	    unlinkat(dir, tmp, 0) == 0 && fsync(dir) == 0)
		return (0);
	error = errno;
	unlinkat(dir, tmp, 0);
	errno = error;
	return (-1);
}

static int
secrets_read(int fd, uint8_t key[SECRETS_KEY_LEN])
{
	uint8_t	 buf[SECRETS_KEY_LEN + 1];
	ssize_t	 n = read(fd, buf, sizeof(buf));

	memcpy(key, buf, SECRETS_KEY_LEN);
	explicit_bzero(buf, sizeof(buf));
	return (n == (ssize_t)SECRETS_KEY_LEN ? 0 : -1);
}

static int
secrets_missing(int dir, const char *name, const char *path,
    const char *sealed, uint8_t key[SECRETS_KEY_LEN], char *err, size_t size)
{
	struct stat	 st;

	if (lstat(sealed, &st) == 0) {
		snprintf(err, size, "%s is not there, and %s cannot be read "
		    "without it: put it back, or move %s away to begin with "
		    "no secrets", path, sealed, sealed);
		return (-1);
	}
	if (errno == ENOENT && secrets_make(dir, name, key) == 0)
		return (0);
	snprintf(err, size, "%s: the key of the secrets cannot be made: %s",
	    path, strerror(errno));
	return (-1);
}

int
keyfile_secrets(const char *path, const char *sealed,
    uint8_t key[SECRETS_KEY_LEN], char *err, size_t size)
{
	const char	*name;
	int		 dir, fd, rv = 0;

	if ((dir = keyfile_folder(path, &name, err, size)) == -1)
		return (-1);
	fd = keyfile_open_in(dir, name, path, 1, err, size);
	if (fd == -1 && errno == ENOENT)
		rv = secrets_missing(dir, name, path, sealed, key, err, size);
	else if (fd == -1)
		rv = -1;
	else if ((rv = secrets_read(fd, key)) == -1)
		snprintf(err, size, "%s has not %u bytes, as the key of the "
		    "secrets has", path, SECRETS_KEY_LEN);
	if (fd != -1)
		close(fd);
	close(dir);
	if (rv == -1)
		explicit_bzero(key, SECRETS_KEY_LEN);
	return (rv);
}
