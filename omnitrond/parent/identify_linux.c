/*
 * What Linux tells of a process that is not our child.
 *
 * Runs in the parent.
 */
#include "omnitrond/parent/identify.h"

#ifdef __linux__

#include <sys/ioctl.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/proto.h"

/* linux/pidfd.h of 6.15, which older headers lack; its first version. */
struct identify_info {
	uint64_t	 mask;
	uint64_t	 cgroupid;
	uint32_t	 pid, tgid, ppid;
	uint32_t	 ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t		 exit_code;
};
CTASSERT("identify_info", sizeof(struct identify_info) == 64);

#define IDENTIFY_INFO_EXIT	(1ULL << 3)
#define IDENTIFY_GET_INFO	_IOWR(0xFF, 11, struct identify_info)

int
identify_status(int pidfd, int *status)
{
	struct pollfd pfd = { .fd = pidfd, .events = POLLIN };
	struct identify_info info;
	int error;

	errno = 0;
	memset(&info, 0, sizeof(info));
	info.mask = IDENTIFY_INFO_EXIT;
	if (ioctl(pidfd, IDENTIFY_GET_INFO, &info) == 0 &&
	    info.mask & IDENTIFY_INFO_EXIT) {
		*status = info.exit_code;
		return (0);
	}
	error = errno;
	/* Hung up: it is reaped, and nothing more will become known. */
	if (poll(&pfd, 1, 0) == 1 && pfd.revents & POLLHUP)
		return (-1);
	/* Before 6.15 a pidfd does not hang up. */
	if (error == ESRCH || error == ENOTTY)
		return (-1);
	return (1);
}

int
identify_uid(pid_t pid, uid_t *uid)
{
	char path[32], buf[4096], *p;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return (-1);
	buf[n] = '\0';
	/* A process's name is escaped there and cannot contain a newline. */
	if ((p = strstr(buf, "\nUid:\t")) == NULL) {
		errno = EINVAL;
		return (-1);
	}
	*uid = (uid_t)strtoul(p + 6, NULL, 10);
	return (0);
}

#endif /* __linux__ */
