/*
 * Fork and exec, of instances of apps and of the daemon's own processes.
 * The parent never waits for an exec: its outcome comes over a pipe.
 */
#ifndef OMNITROND_PARENT_SPAWN_H
#define OMNITROND_PARENT_SPAWN_H

#include <sys/types.h>
#include <sys/resource.h>

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/parent/conf.h"
#include "omnitrond/parent/environ.h"

/* What went wrong; it travels over the pipe as it is. */
struct spawn_failure {
	uint32_t	 step;		/* enum spawn_step */
	int32_t		 error;		/* errno */
	uint32_t	 line;		/* of the env-file, 0 = none */
};

struct spawn {
	char *const	*argv;		/* argv[0] is the file: no PATH */
	struct environ_vars *env;	/* see spawn_app */
	const char	*env_file;	/* NULL = none */
	const char	*directory;
	const struct limit *limits;	/* RLIM_NLIMITS of them, or NULL */
	const struct rlimit *nofile;	/* without a limit of its own: the
					   daemon's first; NULL = leave */
	uid_t		 uid;
	gid_t		 gid;
	const gid_t	*groups;	/* supplementary */
	int		 ngroups;
	mode_t		 umask;
	int		 nice;
	int		 no_new_privs;
	int		 out;		/* descriptors for stdout, stderr */
	int		 err;
	int		 binfd;		/* of the program, with argv[0] but its
					   name; 0: argv[0] is it */
	int		 listen[LISTENS_MAX];	/* become 3, 4, ... */
	int		 nlisten;
	int		 ready;		/* becomes ready_fd; or -1 */
	int		 ready_fd;	/* behind those of listen, below 64 */
	int		 cgroup;	/* of a leaf, or -1 */
	int		 join;		/* by a write to it, not by birth */
};

struct spawned {
	pid_t		 pid;
	int		 pidfd;		/* -1 where there are none */
	int		 status;	/* read end, non-blocking: spawn_status */
};

/* argv, user, limits and the rest from the configuration; out, err -1. */
void	 spawn_fill(struct spawn *, const struct process_conf *);
/*
 * Start an instance, in a session of its own.  0; or -1 with the reason if
 * not even a fork was possible.  What the child fails at comes by
 * spawn_status, then it exits 127.  env may be empty afterwards: the child
 * needs it until it execs.  out and err are not one of the first three.
 */
int	 spawn_app(const struct spawn *, struct spawned *,
	    struct spawn_failure *);
/*
 * Read the outcome when the descriptor is readable: 1 exec succeeded, 0 not
 * known yet, -1 it failed and says why.  The descriptor stays open.
 */
int	 spawn_status(int fd, struct spawn_failure *);
/* "chdir /srv/web: No such file or directory"; the program was to be run */
char	*spawn_failure_text(const struct spawn_failure *,
	    const struct process_conf *, const char *program, char *, size_t);

/* A descriptor for a process of the daemon: src here becomes dst there. */
struct spawn_fd {
	int		 src;
	int		 dst;		/* 3 or more, below SPAWN_FD_MAX */
};
#define SPAWN_FD_MAX	32

/*
 * Start a watcher, as the user that this process runs as: the channel becomes
 * descriptor 3, the other three are null, and the environment is as of
 * spawn_daemon.
 */
int	 spawn_watcher(int binfd, const struct process_conf *, int channel,
	    int null, struct spawned *, struct spawn_failure *);

/*
 * Start one of the daemon's own binaries from a descriptor of it.  Its
 * stdin is /dev/null, stdout and stderr are err; nothing else is open but
 * what fds names.  Its environment is LANG=C and TZ.
 */
int	 spawn_daemon(int binfd, char *const argv[], int err,
	    const struct spawn_fd *fds, size_t nfds, struct spawned *,
	    struct spawn_failure *);

/* ---- spawn_linux.c, spawn_other.c -------------------------------------- */

/*
 * fork() that also gives a pidfd (or -1) and puts the child into the cgroup
 * (-1: none); *joined tells the child whether that has happened already.
 */
pid_t	 spawn_fork(int cgroup, int *pidfd, int *joined);
/* Does a process that is born in this group, a new one, live?  1 or 0. */
int	 spawn_born_lives(int cgroup);
long	 spawn_join(int cgroup);	/* in the child; 0 or -errno */

#endif /* OMNITROND_PARENT_SPAWN_H */
