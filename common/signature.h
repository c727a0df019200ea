/*
 * What identifies a process for good.  A pid and a start time in ticks are
 * not enough: the pid space of a small host wraps within one tick.  So the
 * boot id counts too, and the inode of the process's pidfd where the kernel
 * has pidfs (Linux 6.9), which is never used twice in one boot.
 */
#ifndef COMMON_SIGNATURE_H
#define COMMON_SIGNATURE_H

#include <sys/types.h>

#include <stdint.h>

#define SIGNATURE_BOOTID_SIZE	37	/* a UUID and NUL */

struct signature {
	pid_t		 pid;
	uint64_t	 starttime;	/* field 22 of /proc/PID/stat, ticks */
	uint64_t	 inode;		/* of the pidfd; 0 where there is none */
	char		 bootid[SIGNATURE_BOOTID_SIZE];
};

/* What /proc/PID/stat tells, as far as it is needed. */
struct signature_stat {
	pid_t		 pid;
	char		 state;		/* 'Z' is a zombie */
	pid_t		 ppid;
	pid_t		 session;
	uint64_t	 starttime;
};

/*
 * The signature of a process that exists (a zombie does).  pidfd is one of
 * it, or -1 to open one for the moment.  0, or -1 with errno: ESRCH when
 * there is no such process, ENOTSUP where processes cannot be identified.
 */
int	 signature_of(pid_t, int pidfd, struct signature *);
/* Equal in all that both know; an empty boot id or pid 0 equals nothing. */
int	 signature_equal(const struct signature *, const struct signature *);
/* Does this very process exist, and is it no zombie? */
int	 signature_alive(const struct signature *);
/* A pidfd of a live or dead process, close-on-exec; -1 with errno. */
int	 signature_pidfd(pid_t);
/* Send by the pidfd, or by the pid where there is none (pidfd -1). */
int	 signature_kill(pid_t, int pidfd, int sig);
/* The boot id: of the host's boot, a UUID.  0, or -1. */
int	 signature_bootid(char buf[SIGNATURE_BOOTID_SIZE]);
int	 signature_bootid_valid(const char *);
/* Reads /proc/PID/stat; -1 with ESRCH when there is no such process. */
int	 signature_stat(pid_t, struct signature_stat *);
/* Parses its text (pure); the command may contain anything, also ") ". */
int	 signature_stat_parse(const char *, struct signature_stat *);

#endif /* COMMON_SIGNATURE_H */
