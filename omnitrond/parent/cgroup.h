/*
 * Control groups (Linux, version 2) as the certain way to name all that an
 * instance started: BASE/omnitron-HASH/app:APP/PROCESS.N, HASH of the home,
 * N the slot of the instance: its number, or with INSTANCE_SPARE the other.
 * No controller is needed.  Where there are none, cgroup_open returns NULL
 * and nothing else here may be called.
 */
#ifndef OMNITROND_PARENT_CGROUP_H
#define OMNITROND_PARENT_CGROUP_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

struct cgroup;				/* the tree of this daemon */
struct cgroup_leaf;			/* the group of one instance */

/* The tree for this home, made if it is missing; NULL and the reason. */
struct cgroup	*cgroup_open(const char *home, char *why, size_t);
/* Frees, closes; the groups stay (apps outlive the daemon). */
void		 cgroup_close(struct cgroup *);
/* Remove all groups that hold no process.  0 if the tree is gone. */
int		 cgroup_remove(struct cgroup *);
const char	*cgroup_path(const struct cgroup *);	/* in the file system */

/*
 * The group of an instance, made if it is missing.  NULL with errno.  It is
 * kept over restarts of the instance; the caller owns one object of it.
 */
struct cgroup_leaf *cgroup_leaf_open(struct cgroup *, const char *app,
		    const char *process, unsigned int instance);
/* The same, but NULL with ENOENT if it does not exist. */
struct cgroup_leaf *cgroup_leaf_find(struct cgroup *, const char *app,
		    const char *process, unsigned int instance);
/* Closes the object; the group stays. */
void		 cgroup_leaf_close(struct cgroup_leaf *);
/* Removes the group and closes the object.  -1 (EBUSY: still populated)
 * leaves both as they are. */
int		 cgroup_leaf_remove(struct cgroup_leaf *);
int		 cgroup_leaf_fd(const struct cgroup_leaf *); /* for spawn_app */
/* Is a process in it or below it (a zombie is not)?  1, 0, -1 with errno. */
int		 cgroup_leaf_populated(const struct cgroup_leaf *);
/* SIGKILL to all in it and below it, forks in flight included. */
int		 cgroup_leaf_kill(struct cgroup_leaf *);
/*
 * Was it killed once?  Linux 6.14 and later kill whatever is cloned into
 * such a group by CLONE_INTO_CGROUP: remove it and make a new one.
 */
int		 cgroup_leaf_spent(const struct cgroup_leaf *);
/* Another signal to all that are in it now; returns how many, or -1. */
int		 cgroup_leaf_signal(const struct cgroup_leaf *, int sig);
/* The pids in it and below it (at most max); how many, or -1. */
ssize_t		 cgroup_leaf_pids(const struct cgroup_leaf *, pid_t *, size_t);
/* Does the process sit in it or below it?  1 or 0. */
int		 cgroup_leaf_has(const struct cgroup_leaf *, pid_t);
/* A file of the group, for reading; -1 with errno. */
int		 cgroup_leaf_file(const struct cgroup_leaf *, const char *name);
/* A file of /proc/PID of a process that sits in it or below it; likewise. */
int		 cgroup_leaf_member(const struct cgroup_leaf *, pid_t,
		    const char *name);
/* Kills by the kernel's OOM killer in it so far; -1: not known. */
int64_t		 cgroup_leaf_ooms(const struct cgroup_leaf *);

/* Every instance that has a group, for orphans after a crash. */
typedef void (*cgroup_each)(void *arg, const char *app, const char *process,
		    unsigned int instance);
int		 cgroup_walk(struct cgroup *, cgroup_each, void *arg);

/*
 * To be told when a group becomes empty: cgroup_watch first, then ask
 * cgroup_leaf_populated, then wait for cgroup_fd to be readable and call
 * cgroup_read, which calls fn for each watched leaf that is empty now.  The
 * watch is over before fn is called, so that fn may close or remove leaves.
 */
typedef void (*cgroup_empty)(struct cgroup_leaf *, void *arg);
int		 cgroup_fd(const struct cgroup *);
int		 cgroup_watch(struct cgroup_leaf *, cgroup_empty, void *arg);
void		 cgroup_unwatch(struct cgroup_leaf *);
void		 cgroup_read(struct cgroup *);

#endif /* OMNITROND_PARENT_CGROUP_H */
