/*
 * Files that nobody else may read (token.h).  In libomnitron.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/private.h"

void
private_wipe(char *p, size_t len)
{
	if (p != NULL)
		explicit_bzero(p, len);
	free(p);
}

/* NULL, or what is wrong with it; errno is set. */
static const char *
private_wrong(const struct stat *st, size_t max)
{
	errno = EINVAL;
	if (!S_ISREG(st->st_mode))
		return ("is no regular file");
	errno = EPERM;
	if (st->st_uid != geteuid())
		return ("must belong to you: chown it");
	if ((st->st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return ("must be yours alone: chmod 600 it");
	errno = EFBIG;
	return ((size_t)st->st_size > max ? "is too big" : NULL);
}

static char *
private_all(int fd, size_t max, size_t *len)
{
	char	*buf;
	ssize_t	 n;

	if ((buf = malloc(max + 1)) == NULL)
		return (NULL);
	for (*len = 0; *len < max; *len += (size_t)n) {
		n = read(fd, buf + *len, max - *len);
		if (n == 0)
			break;
		if (n == -1 && errno == EINTR)
			n = 0;
		if (n == -1) {
			private_wipe(buf, *len);
			return (NULL);
		}
	}
	buf[*len] = '\0';
	return (buf);
}

char *
private_file(const char *path, size_t max, size_t *len, char *why, size_t size)
{
	struct stat	 st;
	const char	*wrong = NULL;
	char		*buf = NULL;
	int		 fd, saved;

	/* Not to wait for the other end of a FIFO. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd != -1 && fstat(fd, &st) == 0 &&
	    (wrong = private_wrong(&st, max)) == NULL)
		buf = private_all(fd, max, len);
	saved = errno;
	if (buf == NULL)
		snprintf(why, size, "%s%s %s", path, wrong == NULL ? ":" : "",
		    wrong == NULL ? strerror(saved) : wrong);
	if (fd != -1)
		close(fd);
	errno = saved;
	return (buf);
}

int
private_is_token(const char *token)
{
	size_t	 n;

	n = strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-_.");
	return (n > 0 && n <= PRIVATE_TOKEN_MAX && token[n] == '\0');
}

char *
private_token(const char *path, char *why, size_t size)
{
	char	*buf;
	size_t	 len, off;

	buf = private_file(path, 2 * PRIVATE_TOKEN_MAX, &len, why, size);
	if (buf == NULL)
		return (NULL);
	off = strspn(buf, " \t\r\n");
	memmove(buf, buf + off, len + 1 - off);
	buf[strcspn(buf, " \t\r\n")] = '\0';
	if (private_is_token(buf))
		return (buf);
	private_wipe(buf, len);
	snprintf(why, size, "%s holds no token", path);
	errno = EINVAL;
	return (NULL);
}

/* ---- writing ------------------------------------------------------------ */

static int
private_put(int fd, const char *p, size_t len)
{
	ssize_t	 n;

	for (; len > 0; p += n, len -= (size_t)n) {
		n = write(fd, p, len);
		if (n == -1 && errno != EINTR)
			return (-1);
		if (n == -1)
			n = 0;
	}
	return (fsync(fd));
}

/* That the new name is on disk, too. */
static int
private_sync(const char *path)
{
	char		 dir[PATH_MAX];
	const char	*slash = strrchr(path, '/');
	int		 fd, rv;

	if (slash == NULL)
		snprintf(dir, sizeof(dir), ".");
	else
		snprintf(dir, sizeof(dir), "%.*s", slash == path ? 1 :
		    (int)(slash - path), path);
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return (-1);
	rv = fsync(fd);
	close(fd);
	/* Some file systems have no such thing. */
	return (rv == -1 && errno != EINVAL ? -1 : 0);
}

int
private_write(const char *path, const char *text, size_t len, char *why,
    size_t size)
{
	char	 temp[PATH_MAX];
	int	 fd = -1, n, saved;

	n = snprintf(temp, sizeof(temp), "%s.%ld.new", path, (long)getpid());
	if (n < 0 || (size_t)n >= sizeof(temp)) {
		errno = ENAMETOOLONG;
		goto fail;
	}
	/* What an earlier process of that number left. */
	if (unlink(temp) == -1 && errno != ENOENT)
		goto fail;
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    S_IRUSR | S_IWUSR);
	if (fd == -1)
		goto fail;
	if (private_put(fd, text, len) == 0 && rename(temp, path) == 0) {
		close(fd);
		if (private_sync(path) == 0)
			return (0);
		fd = -1;
		goto fail;
	}
	saved = errno;
	unlink(temp);
	errno = saved;
 fail:
	saved = errno;
	if (fd != -1)
		close(fd);
	snprintf(why, size, "%s: %s", path, strerror(saved));
	errno = saved;
	return (-1);
}
