/*
 * Folders of credentials.
 *
 * Runs in the parent, as root when the daemon was started so.  It touches one
 * folder, which only we may write: a name in it is what we made.  A folder of
 * an instance is its user's, who may have put into it whatever he likes: it is
 * never written to again, and taken from him before it is emptied.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "omnitrond/parent/cred.h"
#include "omnitrond/parent/safepath.h"

#define CRED_OPEN	(O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
/* Folders in a folder that are removed with it: more is no accident. */
#define CRED_DEPTH	8
/* Names in one of them: it holds up what else the parent does. */
#define CRED_ENTRIES	4096

int
cred_open(const char *path, char *err, size_t size)
{
	mode_t		 mode = geteuid() == 0 ? 0711 : 0700;
	struct stat	 st;
	int		 fd;

	fd = safepath_dir(path, SAFEPATH_MAKE | SAFEPATH_OURS, mode, err, size);
	if (fd == -1)
		return (-1);
	if (fstat(fd, &st) == 0 &&
	    ((st.st_mode & 07777) == mode || fchmod(fd, mode) == 0))
		return (fd);
	snprintf(err, size, "%s: %s", path, strerror(errno));
	close(fd);
	return (-1);
}

/* ---- removal ------------------------------------------------------------ */

static int	cred_empty(int fd, int depth);

/* A name in a folder that is ours. */
static int
cred_unlink(int dir, const char *name, int depth)
{
	int	 fd, rv = -1;

	if (unlinkat(dir, name, 0) == 0)
		return (0);
	if (errno != EISDIR && errno != EPERM)
		return (-1);
	if (depth == 0) {
		errno = ELOOP;
		return (-1);
	}
	fd = openat(dir, name, CRED_OPEN);
	/* not root: one that its owner, who is we, may not read */
	if (fd == -1 && errno == EACCES &&
	    fchmodat(dir, name, 0700, AT_SYMLINK_NOFOLLOW) == 0)
		fd = openat(dir, name, CRED_OPEN);
	if (fd == -1)
		return (-1);
	/* from now on nobody else makes anything in it */
	if (fchown(fd, geteuid(), (gid_t)-1) == 0 && fchmod(fd, 0700) == 0)
		rv = cred_empty(fd, depth - 1);
	if (rv == 0)
		rv = unlinkat(dir, name, AT_REMOVEDIR);
	close(fd);
	return (rv);
}

/* fd stays open. */
static int
cred_empty(int fd, int depth)
{
	struct dirent	*d;
	DIR		*dir;
	int		 copy = openat(fd, ".", CRED_OPEN), rv = 0, n = 0;

	if (copy == -1)
		return (-1);
	if ((dir = fdopendir(copy)) == NULL) {
		close(copy);
		return (-1);
	}
	while (rv == 0 && (d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 ||
		    strcmp(d->d_name, "..") == 0)
			continue;
		if (++n > CRED_ENTRIES) {
			errno = E2BIG;
			rv = -1;
		} else
			rv = cred_unlink(fd, d->d_name, depth);
	}
	closedir(dir);
	return (rv);
}

int
cred_remove(int dir, const char *name)
{
	if (cred_unlink(dir, name, CRED_DEPTH) == 0 || errno == ENOENT)
		return (0);
	return (-1);
}

void
cred_sweep(int fd, int (*keep)(void *, const char *), void *arg)
{
	struct dirent	*d;
	DIR		*dir;
	int		 copy = openat(fd, ".", CRED_OPEN);

	if (copy == -1 || (dir = fdopendir(copy)) == NULL) {
		log_warn("credentials of an earlier daemon");
		if (copy != -1)
			close(copy);
		return;
	}
	while ((d = readdir(dir)) != NULL) {
		if (strcmp(d->d_name, ".") == 0 ||
		    strcmp(d->d_name, "..") == 0 || keep(arg, d->d_name))
			continue;
		if (cred_remove(fd, d->d_name) == -1)
			log_warn("credentials of an earlier daemon: %s",
			    d->d_name);
	}
	closedir(dir);
}

/* ---- making ------------------------------------------------------------- */

static int
cred_write_all(int fd, const uint8_t *data, size_t len)
{
	ssize_t	 n;

	for (; len > 0; data += n, len -= (size_t)n) {
		if ((n = write(fd, data, len)) == -1 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			return (-1);
	}
	return (0);
}

static int
cred_file(int dir, const struct cred_file *f, uid_t uid, gid_t gid)
{
	int	 fd, rv = -1, error;

	fd = openat(dir, f->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0400);
	if (fd == -1)
		return (-1);
	if (cred_write_all(fd, f->data, f->len) == 0 &&
	    fchmod(fd, 0400) == 0 && fchown(fd, uid, gid) == 0)
		rv = 0;
	error = errno;
	close(fd);
	errno = error;
	return (rv);
}

/* It is root's until all is in it: nobody can be in the way. */
static int
cred_fill(int dir, const char *name, const struct cred_file *files, size_t n,
    uid_t uid, gid_t gid)
{
	size_t	 i;
	int	 fd, rv = 0, error;

	if ((fd = openat(dir, name, CRED_OPEN)) == -1)
		return (-1);
	for (i = 0; i < n && rv == 0; i++)
		rv = cred_file(fd, &files[i], uid, gid);
	if (rv == 0 && (fchmod(fd, 0500) == -1 || fchown(fd, uid, gid) == -1))
		rv = -1;
	error = errno;
	close(fd);
	errno = error;
	return (rv);
}

int
cred_write(int dir, const char *name, const struct cred_file *files, size_t n,
    uid_t uid, gid_t gid)
{
	int	 error;

	if (cred_remove(dir, name) == -1 || mkdirat(dir, name, 0700) == -1)
		return (-1);
	if (cred_fill(dir, name, files, n, uid, gid) == 0)
		return (0);
	error = errno;
	cred_remove(dir, name);
	errno = error;
	return (-1);
}
