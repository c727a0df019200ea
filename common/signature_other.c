/*
 * Signatures of processes on OpenBSD and FreeBSD: the start time and the
 * boot time of sysctl(3).  There are no pidfds.
 *
 * Runs in the parent and in omnitronctl.
 */
#include "common/signature.h"

#ifndef __linux__

#include <sys/param.h>
#include <sys/sysctl.h>
#include <sys/time.h>
#ifdef __FreeBSD__
#include <sys/user.h>
#endif

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

int
signature_bootid(char out[SIGNATURE_BOOTID_SIZE])
{
	int mib[2] = { CTL_KERN, KERN_BOOTTIME };
	struct timeval tv;
	size_t len = sizeof(tv);

	out[0] = '\0';
	if (sysctl(mib, 2, &tv, &len, NULL, 0) == -1)
		return (-1);
	snprintf(out, SIGNATURE_BOOTID_SIZE, "%llx-0",
	    (unsigned long long)tv.tv_sec);
	return (0);
}

#if defined(__OpenBSD__)
int
signature_stat(pid_t pid, struct signature_stat *st)
{
	int mib[6] = { CTL_KERN, KERN_PROC, KERN_PROC_PID, pid,
	    sizeof(struct kinfo_proc), 1 };
	struct kinfo_proc kp;
	size_t len = sizeof(kp);

	memset(st, 0, sizeof(*st));
	if (sysctl(mib, 6, &kp, &len, NULL, 0) == -1 || len < sizeof(kp)) {
		errno = ESRCH;
		return (-1);
	}
	st->pid = pid;
	st->ppid = kp.p_ppid;
	st->session = kp.p_sid;
	st->state = (kp.p_stat == SDEAD || kp.p_psflags & PS_ZOMBIE) ?
	    'Z' : 'S';
	st->starttime = (uint64_t)kp.p_ustart_sec * 1000000 +
	    kp.p_ustart_usec;
	return (0);
}
#elif defined(__FreeBSD__)
int
signature_stat(pid_t pid, struct signature_stat *st)
{
	int mib[4] = { CTL_KERN, KERN_PROC, KERN_PROC_PID, pid };
	struct kinfo_proc kp;
	size_t len = sizeof(kp);

	memset(st, 0, sizeof(*st));
	if (sysctl(mib, 4, &kp, &len, NULL, 0) == -1 || len < sizeof(kp)) {
		errno = ESRCH;
		return (-1);
	}
	st->pid = pid;
	st->ppid = kp.ki_ppid;
	st->session = kp.ki_sid;
	st->state = kp.ki_stat == SZOMB ? 'Z' : 'S';
	st->starttime = (uint64_t)kp.ki_start.tv_sec * 1000000 +
	    (uint64_t)kp.ki_start.tv_usec;
	return (0);
}
#else
int
signature_stat(pid_t pid, struct signature_stat *st)
{
	memset(st, 0, sizeof(*st));
	errno = ENOTSUP;
	return (-1);
}
#endif

int
signature_pidfd(pid_t pid)
{
	errno = ENOSYS;
	return (-1);
}

int
signature_kill(pid_t pid, int pidfd, int sig)
{
	return (kill(pid, sig));
}

int
signature_of(pid_t pid, int pidfd, struct signature *sig)
{
	struct signature_stat st;

	memset(sig, 0, sizeof(*sig));
	if (pid <= 0) {
		errno = ESRCH;
		return (-1);
	}
	if (signature_bootid(sig->bootid) == -1 ||
	    signature_stat(pid, &st) == -1)
		return (-1);
	sig->pid = pid;
	sig->starttime = st.starttime;
	return (0);
}

int
signature_alive(const struct signature *sig)
{
	struct signature now;
	struct signature_stat st;

	return (signature_of(sig->pid, -1, &now) == 0 &&
	    signature_equal(sig, &now) &&
	    signature_stat(sig->pid, &st) == 0 && st.state != 'Z');
}

#endif /* !__linux__ */
