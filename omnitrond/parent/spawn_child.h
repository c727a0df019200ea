/* What spawn*.c share, and nobody else sees: a child before its exec. */
#ifndef OMNITROND_PARENT_SPAWN_CHILD_H
#define OMNITROND_PARENT_SPAWN_CHILD_H

#include <stdint.h>

#include "omnitrond/parent/spawn.h"

#define STATUS_FD	3	/* of the status pipe in an instance */

/* Descriptors as the child finds them, each above STDERR_FILENO. */
struct child {
	int		 null;
	int		 out;
	int		 err;
	int		 status;	/* write end of the pipe */
	int		 last;		/* none that counts is above this */
	int		 joined;	/* it was born in its cgroup; -1: the cgroup
					   is why it was not born */
	gid_t		*have;		/* room for s->ngroups of them */
	uint32_t	*alone;		/* set when the table of descriptors
					   is its own; NULL = it always is */
	const struct spawn *s;		/* NULL = a process of the daemon */
};

/* ---- spawn_child.c: in the child ---------------------------------------- */

void	 child_app(void *) __attribute__((noreturn));	/* struct child * */
void	 child_daemon(struct child *, int binfd, char *const argv[],
	    char *const envp[], const struct spawn_fd *, size_t)
	    __attribute__((noreturn));

/* ---- spawn_birth_linux.c, spawn_other.c --------------------------------- */

/*
 * An instance that shares our memory until it execs: fork copies page
 * tables and descriptors, which is most of what a start costs.  1 born, 0
 * this way is closed here (fork), -1 with errno and joined.
 */
int	 birth(struct child *, struct spawned *);
/*
 * Wipe what some of those were given that have left our memory by now: their
 * environment may have secrets in it.
 */
void	 birth_forget(void);

/* ---- spawn_linux.c, spawn_other.c --------------------------------------- */

/* Does this errno of clone3 only say that there is none, or none so able? */
int	 spawn_clone3_missing(int error);

/* ---- spawn_linux.c, spawn_other.c: in the child, -errno ----------------- */

long	 spawn_no_new_privs(void);
/* Have descriptors up to last for ourselves alone, and say so. */
long	 spawn_alone(int last, uint32_t *alone);
/* Nobody may trace or dump the memory that we share with the parent. */
long	 spawn_private(void);
long	 spawn_close_from(int fd);
long	 spawn_exec(int binfd, char *const argv[], char *const envp[]);

#endif /* OMNITROND_PARENT_SPAWN_CHILD_H */
