/*
 * File operations that die at, or fail from, the Nth one, and a log of those
 * that were called.
 */
#ifndef REGRESS_SHARED_FAULT_H
#define REGRESS_SHARED_FAULT_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/file.h"

#define FAULT_DIED	77	/* exit status of a process cut off */

static struct {
	int		 count;		/* operations so far */
	int		 die_at;	/* 0 = never */
	int		 fail_at;
	int		 forever;
	int		 error;
	const char	*only;		/* fails whatever its number */
	char		 log[1024];
} fault;

static inline void
fault_reset(void)
{
	memset(&fault, 0, sizeof(fault));
}

/* Does this operation fail?  It may also be the last of this process. */
static inline int
fault_hit(const char *op, const char *name)
{
	char	 item[160];

	fault.count++;
	snprintf(item, sizeof(item), "%s%s%s%s", fault.log[0] ? " " : "", op,
	    name != NULL ? ":" : "", name != NULL ? name : "");
	strlcat(fault.log, item, sizeof(fault.log));
	if (fault.die_at != 0 && fault.count == fault.die_at)
		_exit(FAULT_DIED);
	if ((fault.only != NULL && strcmp(fault.only, op) == 0) ||
	    (fault.fail_at != 0 && (fault.count == fault.fail_at ||
	    (fault.forever && fault.count > fault.fail_at)))) {
		errno = fault.error;
		return (1);
	}
	return (0);
}

static inline int
fault_open(int dirfd, const char *name, int flags, mode_t mode)
{
	return (fault_hit("open", name) ? -1 :
	    fileops_system.open(dirfd, name, flags, mode));
}

/* Dying in a write leaves half of it; so does failing. */
static inline ssize_t
fault_write(int fd, const void *buf, size_t len)
{
	if (fault.count + 1 == fault.die_at ||
	    fault.count + 1 == fault.fail_at)
		if (write(fd, buf, len / 2) == -1)
			return (-1);
	return (fault_hit("write", NULL) ? -1 : write(fd, buf, len));
}

static inline int
fault_fsync(int fd)
{
	return (fault_hit("fsync", NULL) ? -1 : fsync(fd));
}

static inline int
fault_close(int fd)
{
	int	 rv = close(fd);

	return (fault_hit("close", NULL) ? -1 : rv);
}

static inline int
fault_link(int dirfd, const char *from, const char *to)
{
	return (fault_hit("link", to) ? -1 :
	    fileops_system.link(dirfd, from, to));
}

static inline int
fault_rename(int dirfd, const char *from, const char *to)
{
	return (fault_hit("rename", to) ? -1 :
	    fileops_system.rename(dirfd, from, to));
}

static inline int
fault_unlink(int dirfd, const char *name)
{
	return (fault_hit("unlink", name) ? -1 :
	    fileops_system.unlink(dirfd, name));
}

static const struct fileops fileops_fault = {
	.open = fault_open,
	.write = fault_write,
	.fsync = fault_fsync,
	.close = fault_close,
	.link = fault_link,
	.rename = fault_rename,
	.unlink = fault_unlink
};

#endif /* REGRESS_SHARED_FAULT_H */
