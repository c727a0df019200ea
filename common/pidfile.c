/*
 * The text of daemon.pid, written by the parent, read by both the parent
 * and `omnitronctl kill`.  Opens the file it is told to, for reading only.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/pidfile.h"

#define PIDFILE_LINES	6

int
pidfile_format(const struct pidfile *pf, char *buf, size_t size)
{
	int n;

	if (pf->sig.pid <= 0 || !signature_bootid_valid(pf->sig.bootid) ||
	    pf->executable[0] == '\0' || pf->version[0] == '\0' ||
	    strchr(pf->executable, '\n') != NULL ||
	    strchr(pf->version, '\n') != NULL)
		return (-1);
	n = snprintf(buf, size, "%d\n%llu\n%s\n%llu\n%s\n%s\n",
	    (int)pf->sig.pid, (unsigned long long)pf->sig.starttime,
	    pf->sig.bootid, (unsigned long long)pf->sig.inode,
	    pf->executable, pf->version);
	if (n < 0 || (size_t)n >= size)
		return (-1);
	return (n);
}

static int
pidfile_number(const char *s, uint64_t max, uint64_t *n)
{
	char *end;

	if (*s < '0' || *s > '9')
		return (-1);
	errno = 0;
	*n = strtoull(s, &end, 10);
	if (errno != 0 || *end != '\0' || *n > max)
		return (-1);
	return (0);
}

/* Split into exactly PIDFILE_LINES lines, each with its newline. */
static int
pidfile_lines(char *text, size_t len, char *line[PIDFILE_LINES])
{
	char *p = text, *nl;
	size_t i;

	if (memchr(text, '\0', len) != NULL)
		return (-1);
	text[len] = '\0';
	for (i = 0; i < PIDFILE_LINES; i++) {
		if ((nl = strchr(p, '\n')) == NULL)
			return (-1);
		*nl = '\0';
		line[i] = p;
		p = nl + 1;
	}
	return (p == text + len ? 0 : -1);
}

int
pidfile_parse(const char *text, size_t len, struct pidfile *pf)
{
	char buf[PIDFILE_MAX + 1], *line[PIDFILE_LINES];
	uint64_t pid;

	memset(pf, 0, sizeof(*pf));
	if (len > PIDFILE_MAX)
		return (-1);
	memcpy(buf, text, len);
	if (pidfile_lines(buf, len, line) == -1 ||
	    pidfile_number(line[0], INT_MAX, &pid) == -1 || pid == 0 ||
	    pidfile_number(line[1], UINT64_MAX, &pf->sig.starttime) == -1 ||
	    !signature_bootid_valid(line[2]) ||
	    pidfile_number(line[3], UINT64_MAX, &pf->sig.inode) == -1 ||
	    line[4][0] == '\0' || line[5][0] == '\0')
		goto bad;
	strlcpy(pf->sig.bootid, line[2], sizeof(pf->sig.bootid));
	if (strlcpy(pf->executable, line[4], sizeof(pf->executable)) >=
	    sizeof(pf->executable) ||
	    strlcpy(pf->version, line[5], sizeof(pf->version)) >=
	    sizeof(pf->version))
		goto bad;
	pf->sig.pid = (pid_t)pid;
	return (0);
bad:
	memset(pf, 0, sizeof(*pf));
	return (-1);
}

int
pidfile_read(int fd, struct pidfile *pf)
{
	char buf[PIDFILE_MAX + 1];
	ssize_t n;

	memset(pf, 0, sizeof(*pf));
	if ((n = pread(fd, buf, sizeof(buf), 0)) == -1)
		return (-1);
	if (pidfile_parse(buf, (size_t)n, pf) == -1) {
		errno = EINVAL;
		return (-1);
	}
	return (0);
}

int
pidfile_load(const char *path, uid_t uid, struct pidfile *pf)
{
	struct stat st;
	int fd, saved, rv = -1;

	memset(pf, 0, sizeof(*pf));
	/* O_NONBLOCK: a FIFO in its place must not hold us up. */
	if ((fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NONBLOCK)) == -1)
		return (-1);
	if (fstat(fd, &st) == -1)
		goto done;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	    (st.st_uid != uid && st.st_uid != 0) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		errno = EPERM;
		goto done;
	}
	rv = pidfile_read(fd, pf);
done:
	saved = errno;
	close(fd);
	errno = saved;
	return (rv);
}
