/*
 * Control groups where there are none: cgroup_open says so, and nothing
 * else can be called.
 */
#include "omnitrond/parent/cgroup.h"

#ifndef __linux__

#include <errno.h>
#include <stdio.h>

struct cgroup *
cgroup_open(const char *home, char *why, size_t size)
{
	snprintf(why, size, "this system has no cgroups");
	return (NULL);
}

void
cgroup_close(struct cgroup *cg)
{
}

int
cgroup_remove(struct cgroup *cg)
{
	errno = ENOTSUP;
	return (-1);
}

const char *
cgroup_path(const struct cgroup *cg)
{
	return ("");
}

struct cgroup_leaf *
cgroup_leaf_open(struct cgroup *cg, const char *app, const char *process,
    unsigned int instance)
{
	errno = ENOTSUP;
	return (NULL);
}

struct cgroup_leaf *
cgroup_leaf_find(struct cgroup *cg, const char *app, const char *process,
    unsigned int instance)
{
	errno = ENOTSUP;
	return (NULL);
}

void
cgroup_leaf_close(struct cgroup_leaf *leaf)
{
}

int
cgroup_leaf_remove(struct cgroup_leaf *leaf)
{
	errno = ENOTSUP;
	return (-1);
}

int
cgroup_leaf_spent(const struct cgroup_leaf *leaf)
{
	return (0);
}

int
cgroup_leaf_fd(const struct cgroup_leaf *leaf)
{
	return (-1);
}

int
cgroup_leaf_populated(const struct cgroup_leaf *leaf)
{
	errno = ENOTSUP;
	return (-1);
}

int
cgroup_leaf_kill(struct cgroup_leaf *leaf)
{
	errno = ENOTSUP;
	return (-1);
}

int
cgroup_leaf_signal(const struct cgroup_leaf *leaf, int sig)
{
	errno = ENOTSUP;
	return (-1);
}

ssize_t
cgroup_leaf_pids(const struct cgroup_leaf *leaf, pid_t *pids, size_t max)
{
	errno = ENOTSUP;
	return (-1);
}

int
cgroup_leaf_has(const struct cgroup_leaf *leaf, pid_t pid)
{
	return (0);
}

int
cgroup_leaf_file(const struct cgroup_leaf *leaf, const char *name)
{
	errno = ENOTSUP;
	return (-1);
}

int
cgroup_leaf_member(const struct cgroup_leaf *leaf, pid_t pid, const char *name)
{
	errno = ENOTSUP;
	return (-1);
}

int64_t
cgroup_leaf_ooms(const struct cgroup_leaf *leaf)
{
	return (-1);
}

int
cgroup_walk(struct cgroup *cg, cgroup_each fn, void *arg)
{
	errno = ENOTSUP;
	return (-1);
}

int
cgroup_fd(const struct cgroup *cg)
{
	return (-1);
}

int
cgroup_watch(struct cgroup_leaf *leaf, cgroup_empty fn, void *arg)
{
	errno = ENOTSUP;
	return (-1);
}

void
cgroup_unwatch(struct cgroup_leaf *leaf)
{
}

void
cgroup_read(struct cgroup *cg)
{
}

#endif /* !__linux__ */
