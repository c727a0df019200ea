/* What cgroup_linux.c and cgroup_leaf.c share, and nobody else sees. */
#ifndef OMNITROND_PARENT_CGROUP_TREE_H
#define OMNITROND_PARENT_CGROUP_TREE_H

#include <sys/tree.h>

#include <dirent.h>

#include "omnitrond/parent/cgroup.h"

#define CGROUP_APP	 "app:"	/* no file of a controller has a ':' */
#define CGROUP_DEPTH_MAX 16	/* below a leaf; what is deeper is not ours */

struct cgroup_leaf {
	RB_ENTRY(cgroup_leaf)	 entry;
	struct cgroup		*cg;
	char			*name;	/* below the tree: "app:web/web.0" */
	int			 fd;
	int			 wd;	/* -1: not watched */
	int			 spent;		/* cgroup_leaf_kill was used */
	cgroup_empty		 fn;
	void			*arg;
};
RB_HEAD(cgroup_leaves, cgroup_leaf);

struct cgroup {
	char			*dir;	/* in the file system */
	char			*group;	/* as /proc/PID/cgroup says it */
	int			 fd;
	int			 inotify;
	struct cgroup_leaves	 watched;
};

int		 cgroup_leaf_cmp(struct cgroup_leaf *, struct cgroup_leaf *);
RB_PROTOTYPE(cgroup_leaves, cgroup_leaf, entry, cgroup_leaf_cmp)

DIR		*cgroup_opendir(int parent, const char *name);
const char	*cgroup_readdir(DIR *);
void		 cgroup_prune(int parent, const char *name, int depth);

#endif /* OMNITROND_PARENT_CGROUP_TREE_H */
