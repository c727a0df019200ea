/*
 * Files that nobody else may read (token.h).  In libomnitron.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/libomnitron/token.h"

void
token_wipe(char *p, size_t len)
{
	if (p != NULL)
		explicit_bzero(p, len);
	free(p);
}

/* NULL, or what is wrong with it; errno is set. */
static const char *
token_private(const struct stat *st, size_t max)
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
token_all(int fd, size_t max, size_t *len)
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
			token_wipe(buf, *len);
			return (NULL);
		}
	}
	buf[*len] = '\0';
	return (buf);
}

char *
token_file(const char *path, size_t max, size_t *len, char *why, size_t size)
{
	struct stat	 st;
	const char	*wrong = NULL;
	char		*buf = NULL;
	int		 fd, saved;

	/* Not to wait for the other end of a FIFO. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd != -1 && fstat(fd, &st) == 0 &&
	    (wrong = token_private(&st, max)) == NULL)
		buf = token_all(fd, max, len);
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
token_valid(const char *token)
{
	size_t	 n;

	n = strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-_.");
	return (n > 0 && n <= TOKEN_MAX && token[n] == '\0');
}

char *
token_read(const char *path, char *why, size_t size)
{
	char	*buf;
	size_t	 len, off;

	if ((buf = token_file(path, 2 * TOKEN_MAX, &len, why, size)) == NULL)
		return (NULL);
	off = strspn(buf, " \t\r\n");
	memmove(buf, buf + off, len + 1 - off);
	buf[strcspn(buf, " \t\r\n")] = '\0';
	if (token_valid(buf))
		return (buf);
	token_wipe(buf, len);
	snprintf(why, size, "%s holds no token", path);
	errno = EINVAL;
	return (NULL);
}
