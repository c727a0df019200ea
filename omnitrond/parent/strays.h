/*
 * What an instance started, where there is no cgroup to tell: processes of
 * its session, those that carry its name in their environment, and their
 * descendants.  This walks all processes of the host, so it is for the stop
 * or exit of an instance without a cgroup, and never for a timer.
 */
#ifndef OMNITROND_PARENT_STRAYS_H
#define OMNITROND_PARENT_STRAYS_H

#include <sys/types.h>

#include <stdint.h>

#define STRAYS_ANYONE	((uid_t)-1)

struct strays_of {
	const char	*home;		/* of the daemon */
	const char	*app;		/* NULL: any of this home */
	const char	*process;	/* NULL: any of the app */
	int		 instance;	/* its slot, as in its id; -1: any */
	uint32_t	 generation;	/* what tells the slots of a number
					   apart in an environment; 0: any */
	const char	*run;		/* of this OMNITRON_RUN; NULL: any */
	uid_t		 uid;		/* an environment counts only of its
					   processes; STRAYS_ANYONE: of all */
	pid_t		 session;	/* 0: do not go by it.  Only while its
					   leader is not reaped */
	int		 fifodir;	/* of fifo_rundir: go by output fifos;
					   0: do not */
};

struct stray {
	pid_t		 pid;
	size_t		 whose;		/* which of those asked for */
	uint64_t	 starttime;
};

/* Orphans become our children (Linux, FreeBSD).  0, or -1 with errno. */
int	 strays_reaper(void);
/*
 * Do we have a child that is none of ours, as `ours' says: an orphan?  1, 0,
 * or -1 where that cannot be told.  If there is none, nothing escaped from
 * any instance that is dead.
 */
int	 strays_orphans(int (*ours)(void *, pid_t), void *arg);
/*
 * Live processes (no zombies, not the caller) of instances, their leaders
 * included: one look at all processes, for so many as are asked for.  How
 * many, with *list malloced if there are any; -1 with errno.  Descendants
 * count if the app is named: without a name they could be of an instance
 * that is to be spared.
 */
ssize_t	 strays_find(const struct strays_of *, size_t n, struct stray **list);
/* Signal those that are still the same processes; how many. */
size_t	 strays_kill(const struct stray *, size_t, int sig);
/*
 * Does the process carry the name of this instance in its environment, and
 * is it its user's?  An environment is what whoever started the process made
 * it: of another user's it proves nothing.  1, 0, or -1 with errno when it
 * cannot be read (EAGAIN: it is empty, as it is for a moment in an exec).
 */
int	 strays_environ(pid_t, const struct strays_of *);
/*
 * Is its stdout or stderr a FIFO of this instance?  Some programs write
 * their title over their environment; this they keep.  1, 0, or -1.
 */
int	 strays_output(pid_t, const struct strays_of *);
/*
 * A variable in its environment, if that is of this home: the app is
 * OMNITRON_APP, a command run for an instance OMNITRON_RUN.  The same results.
 */
int	 strays_var(pid_t, const char *home, const char *var, char *value,
	    size_t);
/* Either of the two. */
int	 strays_owns(pid_t, const struct strays_of *);
/* Does a file of fifodir belong to this instance, by its name (pure)? */
int	 strays_fifo_match(const char *name, const struct strays_of *);
/* The same for the text of an environment (pure), whoever's it is. */
int	 strays_environ_match(const char *, size_t, const struct strays_of *);
/* The value of a variable in such a text (pure), or NULL. */
const char *strays_get(const char *env, size_t, const char *name);

#endif /* OMNITROND_PARENT_STRAYS_H */
