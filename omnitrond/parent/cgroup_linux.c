/*
 * The tree of groups of this daemon: making, removing, walking, watching.
 * What is done with one group stands in cgroup_leaf.c.
 *
 * Runs in the parent.  It touches PLACE/omnitron-HASH and what is below it.
 */
#include "omnitrond/parent/cgroup.h"

#ifdef __linux__

#include <sys/inotify.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/proto.h"
#include "omnitrond/parent/cgroup_place.h"
#include "omnitrond/parent/cgroup_tree.h"

RB_GENERATE(cgroup_leaves, cgroup_leaf, entry, cgroup_leaf_cmp)

int
cgroup_leaf_cmp(struct cgroup_leaf *a, struct cgroup_leaf *b)
{
	return (a->wd < b->wd ? -1 : a->wd > b->wd);
}

/* FNV-1a: the name must differ for different homes, and be short. */
static uint64_t
tree_hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *s != '\0'; s++) {
		h ^= (unsigned char)*s;
		h *= 0x100000001b3;
	}
	return (h);
}

static int
tree_make(struct cgroup *cg, const struct cgroup_place *place,
    const char *home)
{
	char real[PATH_MAX], name[32];

	if (realpath(home, real) == NULL)
		strlcpy(real, home, sizeof(real));
	snprintf(name, sizeof(name), "omnitron-%016llx",
	    (unsigned long long)tree_hash(real));
	xasprintf(&cg->dir, "%s/%s", place->dir, name);
	xasprintf(&cg->group, "%s/%s",
	    strcmp(place->group, "/") == 0 ? "" : place->group, name);
	if (mkdir(cg->dir, 0755) == -1 && errno != EEXIST)
		return (-1);
	cg->fd = open(cg->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	return (cg->fd == -1 ? -1 : 0);
}

struct cgroup *
cgroup_open(const char *home, char *why, size_t size)
{
	struct cgroup_place place;
	struct cgroup *cg;

	if (cgroup_place_find(&place, why, size) == -1)
		return (NULL);
	cg = xcalloc(1, sizeof(*cg));
	cg->fd = cg->inotify = -1;
	RB_INIT(&cg->watched);
	if (tree_make(cg, &place, home) == -1) {
		snprintf(why, size, "%s: %s", cg->dir, strerror(errno));
		cgroup_close(cg);
		return (NULL);
	}
	cg->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (cg->inotify == -1) {
		snprintf(why, size, "inotify: %s", strerror(errno));
		cgroup_close(cg);
		return (NULL);
	}
	return (cg);
}

void
cgroup_close(struct cgroup *cg)
{
	if (cg == NULL)
		return;
	if (cg->fd != -1)
		close(cg->fd);
	if (cg->inotify != -1)
		close(cg->inotify);
	free(cg->dir);
	free(cg->group);
	free(cg);
}

const char *
cgroup_path(const struct cgroup *cg)
{
	return (cg->dir);
}

/* A folder below another one, to be read with readdir. */
DIR *
cgroup_opendir(int parent, const char *name)
{
	DIR *d;
	int fd;

	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (fd == -1)
		return (NULL);
	if ((d = fdopendir(fd)) == NULL)
		close(fd);
	return (d);
}

/* The next folder in it, or NULL. */
const char *
cgroup_readdir(DIR *d)
{
	struct dirent *de;

	while ((de = readdir(d)) != NULL) {
		if (de->d_type == DT_DIR && strcmp(de->d_name, ".") != 0 &&
		    strcmp(de->d_name, "..") != 0)
			return (de->d_name);
	}
	return (NULL);
}

/*
 * "PROCESS.N", the last dot counts; N as we write it, so no "01".  "@RUN.N"
 * is of a command that was run for an instance.
 */
static int
tree_leaf_name(const char *s, char *process, size_t size, unsigned int *n)
{
	const char *dot, *e;
	size_t len;

	if ((dot = strrchr(s, '.')) == NULL)
		return (-1);
	len = (size_t)(dot - s);
	if (len >= size)
		return (-1);
	memcpy(process, s, len);
	process[len] = '\0';
	if (!name_valid(process + (process[0] == '@')) || (dot[1] == '0' && dot[2] != '\0') ||
	    dot[1] < '0' || dot[1] > '9')
		return (-1);
	*n = (unsigned int)strtonum(dot + 1, 0, UINT16_MAX, &e);
	return (e == NULL ? 0 : -1);
}

static void
tree_walk_app(struct cgroup *cg, const char *folder, cgroup_each fn, void *arg)
{
	char process[NAME_SIZE];
	const char *name;
	unsigned int n;
	DIR *d;

	if ((d = cgroup_opendir(cg->fd, folder)) == NULL)
		return;
	while ((name = cgroup_readdir(d)) != NULL) {
		if (tree_leaf_name(name, process, sizeof(process), &n) == 0)
			fn(arg, folder + strlen(CGROUP_APP), process, n);
	}
	closedir(d);
}

int
cgroup_walk(struct cgroup *cg, cgroup_each fn, void *arg)
{
	char folder[NAME_MAX + 1];
	const char *name;
	DIR *d;

	if ((d = cgroup_opendir(cg->fd, ".")) == NULL)
		return (-1);
	while ((name = cgroup_readdir(d)) != NULL) {
		if (strncmp(name, CGROUP_APP, strlen(CGROUP_APP)) != 0 ||
		    !name_valid(name + strlen(CGROUP_APP)))
			continue;
		strlcpy(folder, name, sizeof(folder));
		tree_walk_app(cg, folder, fn, arg);
	}
	closedir(d);
	return (0);
}

/*
 * Remove the groups below this one: an app may have made some.  What is
 * populated stays, and its ancestors with it.
 */
void
cgroup_prune(int parent, const char *name, int depth)
{
	const char *sub;
	DIR *d;

	if (depth > CGROUP_DEPTH_MAX ||
	    (d = cgroup_opendir(parent, name)) == NULL)
		return;
	while ((sub = cgroup_readdir(d)) != NULL) {
		cgroup_prune(dirfd(d), sub, depth + 1);
		unlinkat(dirfd(d), sub, AT_REMOVEDIR);
	}
	closedir(d);
}

int
cgroup_remove(struct cgroup *cg)
{
	cgroup_prune(cg->fd, ".", 0);
	return (rmdir(cg->dir));
}

/* ---- being told -------------------------------------------------------- */

int
cgroup_fd(const struct cgroup *cg)
{
	return (cg->inotify);
}

int
cgroup_watch(struct cgroup_leaf *leaf, cgroup_empty fn, void *arg)
{
	char path[PATH_MAX];

	cgroup_unwatch(leaf);
	if ((size_t)snprintf(path, sizeof(path), "%s/%s/cgroup.events",
	    leaf->cg->dir, leaf->name) >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	leaf->wd = inotify_add_watch(leaf->cg->inotify, path, IN_MODIFY);
	if (leaf->wd == -1)
		return (-1);
	leaf->fn = fn;
	leaf->arg = arg;
	if (RB_INSERT(cgroup_leaves, &leaf->cg->watched, leaf) != NULL) {
		/* One watch a folder: another handle of it has it. */
		leaf->wd = -1;
		errno = EEXIST;
		return (-1);
	}
	return (0);
}

void
cgroup_unwatch(struct cgroup_leaf *leaf)
{
	if (leaf->wd == -1)
		return;
	RB_REMOVE(cgroup_leaves, &leaf->cg->watched, leaf);
	inotify_rm_watch(leaf->cg->inotify, leaf->wd);
	leaf->wd = -1;
}

/* 1 if it is empty and its owner was told. */
static int
tree_tell(struct cgroup_leaf *leaf)
{
	cgroup_empty fn = leaf->fn;
	void *arg = leaf->arg;

	if (cgroup_leaf_populated(leaf) == 1)
		return (0);
	cgroup_unwatch(leaf);
	fn(leaf, arg);
	return (1);
}

/* Events were lost: the one case in which all watched ones are looked at. */
static void
tree_tell_all(struct cgroup *cg)
{
	struct cgroup_leaf *leaf, key;

	leaf = RB_MIN(cgroup_leaves, &cg->watched);
	while (leaf != NULL) {
		key.wd = leaf->wd + 1;
		tree_tell(leaf);
		leaf = RB_NFIND(cgroup_leaves, &cg->watched, &key);
	}
}

static void
tree_event(struct cgroup *cg, const struct inotify_event *ev)
{
	struct cgroup_leaf *leaf, key;

	if (ev->mask & IN_Q_OVERFLOW) {
		tree_tell_all(cg);
		return;
	}
	key.wd = ev->wd;
	leaf = RB_FIND(cgroup_leaves, &cg->watched, &key);
	if (leaf != NULL && ev->mask & (IN_MODIFY | IN_IGNORED))
		tree_tell(leaf);
}

void
cgroup_read(struct cgroup *cg)
{
	char buf[4096];
	struct inotify_event ev;
	ssize_t n;
	size_t off;

	while ((n = read(cg->inotify, buf, sizeof(buf))) > 0) {
		for (off = 0; off + sizeof(ev) <= (size_t)n;
		    off += sizeof(ev) + ev.len) {
			memcpy(&ev, buf + off, sizeof(ev));
			tree_event(cg, &ev);
		}
	}
	if (n == -1 && errno != EAGAIN && errno != EINTR)
		log_warn("inotify");
}

#endif /* __linux__ */
