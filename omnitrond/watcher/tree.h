/*
 * The folders below the watched one, and what the kernel's notes mean for
 * them.
 */
#ifndef WATCHER_TREE_H
#define WATCHER_TREE_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "omnitrond/proto.h"
#include "omnitrond/watcher/ignore.h"
#include "omnitrond/watcher/watch.h"

/*
 * Folders of one watch (with kqueue: and files).  A source tree has some
 * thousands; this many take us 10 MB, and of the kernel about 70 MB.
 */
#define TREE_MAX	65536u

/* A folder that is watched, or a file of one where that is needed. */
struct node {
	RB_ENTRY(node)		 by_id;
	RB_ENTRY(node)		 by_name;	/* and folder it lies in */
	TAILQ_ENTRY(node)	 of_parent;
	TAILQ_ENTRY(node)	 todo_entry;	/* to be read */
	TAILQ_HEAD(, node)	 nodes;		/* in it */
	struct node		*parent;	/* NULL: the watched folder */
	int			 id;		/* -1: none yet */
	int			 file;
	int			 todo;
	uint32_t		 round;		/* of the reading that saw it */
	char			*name;
};
RB_HEAD(node_ids, node);
RB_HEAD(node_names, node);
TAILQ_HEAD(node_todo, node);

int		 node_id_cmp(const struct node *, const struct node *);
int		 node_name_cmp(const struct node *, const struct node *);
RB_PROTOTYPE(node_ids, node, by_id, node_id_cmp)
RB_PROTOTYPE(node_names, node, by_name, node_name_cmp)

/* A folder above, and the entry of it that leads to the watched one. */
struct anchor {
	int			 id;		/* -1: not to be watched */
	dev_t			 dev;
	ino_t			 ino;
	char			 name[WATCH_GLOB_MAX + 1];
};
/* A change above so many folders is not seen at once. */
#define ANCHORS_MAX	32u

struct tree {
	struct watch		*watch;
	struct ignore		 ignore;
	char			*path;		/* of the folder */
	int64_t			 since_ms;	/* what is newer is a change */
	uint32_t		 max;		/* TREE_MAX; tests say less */

	struct node		*root;		/* NULL: it is not there */
	dev_t			 dev;		/* of it */
	ino_t			 ino;
	struct anchor		 anchors[ANCHORS_MAX];	/* from / down */
	uint32_t		 nanchors;
	struct node_ids		 ids;
	struct node_names	 names;
	struct node_todo	 todo;
	uint32_t		 n;
	uint32_t		 files;		/* among them */
	uint32_t		 round;
	int			 begun;		/* it was looked at before */

	int			 changed;	/* the caller clears it */
	enum watch_trouble	 trouble;
	int			 error;
};

/* The path is absolute.  Nothing is watched yet. */
void	 tree_init(struct tree *, struct watch *, const char *path);
void	 tree_free(struct tree *);
/* Look at all of it anew; what trouble there was is forgotten first. */
void	 tree_scan(struct tree *);
/* What the kernel told; the tree is argument of watch_read. */
void	 tree_note(void *, const struct note *);
/* Folders that are watched, of the tree. */
uint32_t tree_folders(const struct tree *);

#endif /* WATCHER_TREE_H */
