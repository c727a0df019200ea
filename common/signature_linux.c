/*
 * Signatures of processes on Linux: /proc, pidfds and pidfs.
 *
 * Runs in the parent and in omnitronctl.
 */
#include "common/signature.h"

#ifdef __linux__

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PIDFS_SUPER_MAGIC	0x50494446	/* linux/magic.h of 6.9 */
#define BOOTID_FILE		"/proc/sys/kernel/random/boot_id"

/* The text of a small file of /proc, terminated; its length, or -1. */
static ssize_t
signature_slurp(const char *path, char *buf, size_t size)
{
	ssize_t n;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return (-1);
	n = read(fd, buf, size - 1);
	close(fd);
	if (n >= 0)
		buf[n] = '\0';
	return (n);
}

/* Read once: no process sees another boot. */
int
signature_bootid(char out[SIGNATURE_BOOTID_SIZE])
{
	static char known[SIGNATURE_BOOTID_SIZE];
	char buf[64];

	strlcpy(out, known, SIGNATURE_BOOTID_SIZE);
	if (known[0] != '\0')
		return (0);
	if (signature_slurp(BOOTID_FILE, buf, sizeof(buf)) == -1)
		return (-1);
	buf[strcspn(buf, "\n")] = '\0';
	if (!signature_bootid_valid(buf)) {
		errno = EINVAL;
		return (-1);
	}
	strlcpy(known, buf, sizeof(known));
	strlcpy(out, known, SIGNATURE_BOOTID_SIZE);
	return (0);
}

int
signature_stat(pid_t pid, struct signature_stat *st)
{
	char path[32], buf[1024];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (signature_slurp(path, buf, sizeof(buf)) <= 0 ||
	    signature_stat_parse(buf, st) == -1 || st->pid != pid) {
		errno = ESRCH;
		return (-1);
	}
	return (0);
}

int
signature_pidfd(pid_t pid)
{
	/* The kernel sets close-on-exec on it. */
	return ((int)syscall(SYS_pidfd_open, pid, 0));
}

int
signature_kill(pid_t pid, int pidfd, int sig)
{
	if (pidfd == -1)
		return (kill(pid, sig));
	return ((int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0));
}

/* Before 6.9 all pidfds share one anonymous inode, which says nothing. */
static uint64_t
signature_inode(int pidfd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(pidfd, &fs) == -1 || fs.f_type != PIDFS_SUPER_MAGIC)
		return (0);
	if (fstat(pidfd, &st) == -1)
		return (0);
	return (st.st_ino);
}

int
signature_of(pid_t pid, int pidfd, struct signature *sig)
{
	struct signature_stat st;
	int fd = pidfd, saved, rv = -1;

	memset(sig, 0, sizeof(*sig));
	if (pid <= 0) {
		errno = ESRCH;
		return (-1);
	}
	if (fd == -1 && (fd = signature_pidfd(pid)) == -1 && errno != ENOSYS)
		return (-1);
	if (signature_bootid(sig->bootid) == -1 ||
	    signature_stat(pid, &st) == -1)
		goto done;
	/*
	 * The number may have gone to another process since the pidfd was
	 * opened; not if the pidfd's own still exists.
	 */
	if (fd != -1 && signature_kill(pid, fd, 0) == -1 && errno == ESRCH)
		goto done;
	sig->starttime = st.starttime;
	sig->inode = fd == -1 ? 0 : signature_inode(fd);
	sig->pid = pid;
	rv = 0;
done:
	saved = errno;
	if (fd != -1 && fd != pidfd)
		close(fd);
	errno = saved;
	return (rv);
}

int
signature_alive(const struct signature *sig)
{
	struct signature now;
	struct signature_stat st;

	if (signature_of(sig->pid, -1, &now) == -1 ||
	    !signature_equal(sig, &now))
		return (0);
	/* A zombie holds no lock and runs nothing. */
	if (signature_stat(sig->pid, &st) == -1 ||
	    st.starttime != sig->starttime)
		return (0);
	return (st.state != 'Z' && st.state != 'X');
}

#endif /* __linux__ */
