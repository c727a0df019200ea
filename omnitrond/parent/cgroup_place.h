/* Where the groups of this daemon belong (Linux). */
#ifndef OMNITROND_PARENT_CGROUP_PLACE_H
#define OMNITROND_PARENT_CGROUP_PLACE_H

#include <limits.h>
#include <stddef.h>

struct cgroup_mount {
	char	 root[PATH_MAX];	/* the group that is mounted */
	char	 dir[PATH_MAX];		/* and where */
};

struct cgroup_place {
	char	 dir[PATH_MAX];		/* in the file system */
	char	 group[PATH_MAX];	/* as /proc/PID/cgroup says it */
};

/* A line of /proc/self/mountinfo: 1 if it is of cgroup2, else 0 (pure). */
int	 cgroup_mount_parse(const char *line, struct cgroup_mount *);
/* The group in a text of /proc/PID/cgroup; 0, or -1 (pure). */
int	 cgroup_group_parse(const char *text, char *group, size_t);
/* The place of a group in a mount; -1 if it is not below it (pure). */
int	 cgroup_place_of(const struct cgroup_mount *, const char *group,
	    struct cgroup_place *);
/* One level up; -1 at the top of the mount (pure). */
int	 cgroup_place_up(const struct cgroup_mount *, struct cgroup_place *);
/* The place for our own tree: 0, or -1 and why there is none. */
int	 cgroup_place_find(struct cgroup_place *, char *why, size_t);

#endif /* OMNITROND_PARENT_CGROUP_PLACE_H */
