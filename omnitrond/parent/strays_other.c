/*
 * Finding strays on OpenBSD and FreeBSD, by sysctl(3).  Only the
 * session is known there; the environment of another
 * process is not read.
 *
 * Runs in the parent.
 */
#include "omnitrond/parent/strays.h"

#ifndef __linux__

#include <sys/param.h>
#include <sys/sysctl.h>
#ifdef __FreeBSD__
#include <sys/procctl.h>
#include <sys/user.h>
#include <sys/wait.h>
#endif

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/signature.h"
#include "common/xmalloc.h"

int
strays_reaper(void)
{
#ifdef PROC_REAP_ACQUIRE
	return (procctl(P_PID, getpid(), PROC_REAP_ACQUIRE, NULL));
#else
	errno = ENOTSUP;
	return (-1);
#endif
}

int
strays_orphans(int (*ours)(void *, pid_t), void *arg)
{
	return (-1);
}

int
strays_environ(pid_t pid, const struct strays_of *of)
{
	errno = ENOTSUP;
	return (-1);
}

int
strays_var(pid_t pid, const char *home, const char *var, char *value,
    size_t size)
{
	errno = ENOTSUP;
	return (-1);
}

int
strays_output(pid_t pid, const struct strays_of *of)
{
	errno = ENOTSUP;
	return (-1);
}

#if defined(__OpenBSD__) || defined(__FreeBSD__)

#ifdef __OpenBSD__
#define KP_PID(k)	((k)->p_pid)
#define KP_SID(k)	((k)->p_sid)
#else
#define KP_PID(k)	((k)->ki_pid)
#define KP_SID(k)	((k)->ki_sid)
#endif

/* All processes; the caller's to free. */
static struct kinfo_proc *
strays_all(size_t *n)
{
#ifdef __OpenBSD__
	int mib[6] = { CTL_KERN, KERN_PROC, KERN_PROC_ALL, 0,
	    sizeof(struct kinfo_proc), 0 };
	unsigned int nmib = 6;
#else
	int mib[3] = { CTL_KERN, KERN_PROC, KERN_PROC_PROC };
	unsigned int nmib = 3;
#endif
	struct kinfo_proc *kp;
	size_t len;

	if (sysctl(mib, nmib, NULL, &len, NULL, 0) == -1)
		return (NULL);
	len += len / 8;
#ifdef __OpenBSD__
	mib[5] = (int)(len / sizeof(struct kinfo_proc));
#endif
	kp = xmalloc(len);
	if (sysctl(mib, nmib, kp, &len, NULL, 0) == -1) {
		free(kp);
		return (NULL);
	}
	*n = len / sizeof(*kp);
	return (kp);
}

ssize_t
strays_find(const struct strays_of *of, size_t nof, struct stray **out)
{
	struct kinfo_proc *kp;
	struct signature_stat st;
	size_t i, k, n, found = 0;

	*out = NULL;
	if ((kp = strays_all(&n)) == NULL)
		return (-1);
	for (i = 0; i < n; i++) {
		for (k = 0; k < nof; k++)
			if (of[k].session > 0 &&
			    KP_SID(&kp[i]) == of[k].session)
				break;
		if (k == nof || KP_PID(&kp[i]) == getpid() ||
		    signature_stat(KP_PID(&kp[i]), &st) == -1 ||
		    st.state == 'Z')
			continue;
		if (*out == NULL)
			*out = xcalloc(n, sizeof(**out));
		(*out)[found].pid = st.pid;
		(*out)[found].whose = k;
		(*out)[found++].starttime = st.starttime;
	}
	free(kp);
	return ((ssize_t)found);
}

#else

ssize_t
strays_find(const struct strays_of *of, size_t nof, struct stray **out)
{
	*out = NULL;
	errno = ENOTSUP;
	return (-1);
}

#endif

#endif /* !__linux__ */
