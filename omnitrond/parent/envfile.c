/*
 * Env-files: the syntax, and reading one with the rights of the app.
 *
 * environ_file runs in the child between fork and exec, after it has become
 * the app's user; it opens the file it is told to.
 */
#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/parent/conf.h"
#include "omnitrond/parent/environ.h"

static char *
envfile_skip(char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return (p);
}

/* After a value nothing may follow but a comment. */
static int
envfile_rest(char *p)
{
	char *q = envfile_skip(p);

	return (*q == '\0' || (*q == '#' && q != p) ? 0 : -1);
}

static int
envfile_escape(char c)
{
	switch (c) {
	case 'n':
		return ('\n');
	case 'r':
		return ('\r');
	case 't':
		return ('\t');
	case '"':
	case '\\':
		return (c);
	default:
		return (-1);
	}
}

/* A quoted value, in place; NULL if the quote or the line is wrong. */
static char *
envfile_quoted(char *p)
{
	char quote = *p++, *value = p, *to = p;
	int c;

	while (*p != quote) {
		if (*p == '\0')
			return (NULL);
		if (quote == '"' && *p == '\\' &&
		    (c = envfile_escape(p[1])) != -1) {
			*to++ = (char)c;
			p += 2;
		} else
			*to++ = *p++;
	}
	if (envfile_rest(p + 1) == -1)
		return (NULL);
	*to = '\0';
	return (value);
}

/*
 * A bare value: up to a comment, which has white space before it as in sh,
 * and without white space at the end.
 */
static char *
envfile_bare(char *p)
{
	char *q;

	for (q = p; *q != '\0'; q++) {
		if (*q == '#' && (q[-1] == ' ' || q[-1] == '\t'))
			break;
	}
	while (q > p && (q[-1] == ' ' || q[-1] == '\t'))
		q--;
	*q = '\0';
	return (p);
}

static int
envfile_line(struct environ_vars *e, char *line)
{
	char *name, *value, *eq;

	name = envfile_skip(line);
	if (*name == '\0' || *name == '#')
		return (0);
	if (strncmp(name, "export", 6) == 0 &&
	    (name[6] == ' ' || name[6] == '\t'))
		name = envfile_skip(name + 6);
	if ((eq = strchr(name, '=')) == NULL)
		return (-1);
	*eq = '\0';
	if (!environ_name_valid(name) || environ_reserved(name))
		return (-1);
	value = envfile_skip(eq + 1);
	if (*value == '"' || *value == '\'')
		value = envfile_quoted(value);
	else
		value = envfile_bare(value);
	if (value == NULL)
		return (-1);
	return (environ_set(e, name, value));
}

static int
envfile_lines(struct environ_vars *e, char *text, int *line)
{
	char *p, *nl;
	size_t len;

	for (p = text, *line = 1; *p != '\0'; p = nl + 1, (*line)++) {
		if ((nl = strchr(p, '\n')) != NULL)
			*nl = '\0';
		len = strlen(p);
		if (len > 0 && p[len - 1] == '\r')
			p[len - 1] = '\0';
		if (envfile_line(e, p) == -1)
			return (-1);
		if (nl == NULL)
			break;
	}
	*line = 0;
	return (0);
}

/* The line a NUL stands in, which no variable can hold. */
static int
envfile_nul(const char *text, const char *nul)
{
	int line = 1;

	while (text < nul) {
		if (*text++ == '\n')
			line++;
	}
	return (line);
}

int
environ_parse(struct environ_vars *e, const char *text, size_t len, int *line)
{
	const char *nul;
	char *copy;
	int rv;

	*line = 0;
	if ((nul = memchr(text, '\0', len)) != NULL) {
		*line = envfile_nul(text, nul);
		return (-1);
	}
	if ((copy = calloc(1, len + 1)) == NULL)
		return (-1);
	memcpy(copy, text, len);
	rv = envfile_lines(e, copy, line);
	freezero(copy, len + 1);
	return (rv);
}

/* All of it, or -1 with errno; EFBIG when there is more than max. */
static ssize_t
envfile_read(int fd, char *buf, size_t max)
{
	size_t off = 0;
	ssize_t n;

	while ((n = read(fd, buf + off, max + 1 - off)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (-1);
		off += (size_t)n;
		if (off > max) {
			errno = EFBIG;
			return (-1);
		}
	}
	return ((ssize_t)off);
}

static int
envfile_load(struct environ_vars *e, int fd, int *line)
{
	struct stat st;
	char *buf;
	ssize_t n;
	int error = 0;

	if (fstat(fd, &st) == -1)
		return (errno);
	if (!S_ISREG(st.st_mode))
		return (S_ISDIR(st.st_mode) ? EISDIR : EPERM);
	if (st.st_size > ENV_FILE_MAX)
		return (EFBIG);
	if ((buf = calloc(1, ENV_FILE_MAX + 1)) == NULL)
		return (ENOMEM);
	if ((n = envfile_read(fd, buf, ENV_FILE_MAX)) == -1)
		error = errno;
	else if (environ_parse(e, buf, (size_t)n, line) == -1)
		error = *line == 0 ? ENOMEM : EINVAL;
	freezero(buf, ENV_FILE_MAX + 1);
	return (error);
}

int
environ_file(struct environ_vars *e, const char *path, int *line)
{
	int fd, error;

	*line = 0;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC |
	    O_NOCTTY);
	if (fd == -1)
		return (errno);
	error = envfile_load(e, fd, line);
	close(fd);
	return (error);
}
