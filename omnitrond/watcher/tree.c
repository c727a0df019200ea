/*
 * The folders below the watched one.  In the watcher, with the rights of the
 * app's user: it opens folders to read their names, and no file.
 *
 * A folder is watched first and read then, so that nothing is made in between
 * unseen.  It is found again by the kernel's id and by its name; its path is
 * put together from the names, so that renaming one above it costs nothing.
 *
 * The watched folder itself may not be there, go, and come back, or be a
 * symbolic link that is changed: for that each folder above it, an anchor, is
 * watched for the one entry that leads to it.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/xmalloc.h"
#include "omnitrond/watcher/tree.h"

/* Looks until anchor and folder stand still; something moves them for ever. */
#define ROOT_LOOKS	8

int
node_id_cmp(const struct node *a, const struct node *b)
{
	return (a->id < b->id ? -1 : a->id > b->id);
}

int
node_name_cmp(const struct node *a, const struct node *b)
{
	if (a->parent != b->parent)
		return ((uintptr_t)a->parent < (uintptr_t)b->parent ? -1 : 1);
	return (strcmp(a->name, b->name));
}

RB_GENERATE(node_ids, node, by_id, node_id_cmp)
RB_GENERATE(node_names, node, by_name, node_name_cmp)

/* ---- nodes -------------------------------------------------------------- */

static struct node *
node_by_id(struct tree *t, int id)
{
	struct node	 key;

	key.id = id;
	return (RB_FIND(node_ids, &t->ids, &key));
}

static struct node *
node_find(struct tree *t, struct node *in, const char *name)
{
	struct node	 key;

	key.parent = in;
	key.name = (char *)(uintptr_t)name;
	return (RB_FIND(node_names, &t->names, &key));
}

static void
node_todo(struct tree *t, struct node *n)
{
	if (n->todo || n->file)
		return;
	n->todo = 1;
	TAILQ_INSERT_TAIL(&t->todo, n, todo_entry);
}

static void
tree_trouble(struct tree *t, enum watch_trouble trouble, int error)
{
	t->trouble = trouble;
	t->error = error;
}

/* NULL if there are too many. */
static struct node *
node_new(struct tree *t, struct node *in, const char *name, int file)
{
	struct node	*n;

	if (t->n >= t->max) {
		tree_trouble(t, WATCH_FOLDERS, 0);
		return (NULL);
	}
	n = xcalloc(1, sizeof(*n));
	n->parent = in;
	n->id = -1;
	n->file = file;
	n->name = xstrdup(name);
	TAILQ_INIT(&n->nodes);
	RB_INSERT(node_names, &t->names, n);
	if (in != NULL)
		TAILQ_INSERT_TAIL(&in->nodes, n, of_parent);
	t->n++;
	t->files += (uint32_t)file;
	return (n);
}

/* Its id is the kernel's no more. */
static void
node_forget_id(struct tree *t, struct node *n)
{
	if (n->id == -1)
		return;
	RB_REMOVE(node_ids, &t->ids, n);
	n->id = -1;
}

static void
node_free_one(struct tree *t, struct node *n)
{
	int	 id = n->id;

	node_forget_id(t, n);
	if (id != -1)
		watch_remove(t->watch, id);
	if (n->todo)
		TAILQ_REMOVE(&t->todo, n, todo_entry);
	if (n->parent != NULL)
		TAILQ_REMOVE(&n->parent->nodes, n, of_parent);
	else
		t->root = NULL;
	RB_REMOVE(node_names, &t->names, n);
	t->n--;
	t->files -= (uint32_t)n->file;
	free(n->name);
	free(n);
}

/* With all that is in it; from the leaves, as the depth is anyone's. */
static void
node_free(struct tree *t, struct node *n)
{
	struct node	*leaf, *up;

	if (n == NULL)
		return;
	for (leaf = n;;) {
		while (!TAILQ_EMPTY(&leaf->nodes))
			leaf = TAILQ_FIRST(&leaf->nodes);
		up = leaf->parent;
		if (leaf == n)
			break;
		node_free_one(t, leaf);
		leaf = up;
	}
	node_free_one(t, n);
}

/* Below the watched folder, "" of that itself; -1: it would be too long. */
static int
node_path(const struct node *n, const char *name, char *buf, size_t size)
{
	size_t	 at = size - 1, len;

	buf[at] = '\0';
	for (;;) {
		if (name != NULL && (len = strlen(name)) > 0) {
			if (len + 1 > at)
				return (-1);
			if (buf[at] != '\0')
				buf[--at] = '/';
			at -= len;
			memcpy(buf + at, name, len);
		}
		if (n == NULL || n->parent == NULL)
			break;
		name = n->name;
		n = n->parent;
	}
	memmove(buf, buf + at, size - at);
	return (0);
}

/* The whole path of it, or of an entry in it. */
static int
tree_path(const struct tree *t, const struct node *n, const char *name,
    char *buf, size_t size)
{
	char	 below[PATH_MAX];
	int	 len;

	if (node_path(n, name, below, sizeof(below)) == -1)
		return (-1);
	len = snprintf(buf, size, "%s%s%s", t->path,
	    below[0] != '\0' && strcmp(t->path, "/") != 0 ? "/" : "", below);
	return (len < 0 || (size_t)len >= size ? -1 : 0);
}

static int
tree_ignores(struct tree *t, const struct node *n, const char *name)
{
	char	 below[PATH_MAX];

	if (node_path(n, name, below, sizeof(below)) == -1) {
		tree_trouble(t, WATCH_FAILED, ENAMETOOLONG);
		return (1);
	}
	return (ignore_match(&t->ignore, below));
}

/* ---- reading folders ---------------------------------------------------- */

/* Why the kernel does not watch it; what only its owner may see is not ours. */
static void
tree_refused(struct tree *t, const struct node *n, int error)
{
	if (error == ENOSPC)
		tree_trouble(t, WATCH_WATCHES, error);
	else if (error == ENOENT || error == ENOTDIR || error == ELOOP)
		return;			/* it went meanwhile */
	else if (error == EACCES || error == EPERM) {
		if (n->parent == NULL)
			tree_trouble(t, WATCH_DENIED, error);
	} else
		tree_trouble(t, WATCH_FAILED, error);
}

/* The same thing by another way is the one that counts now. */
static void
node_set_id(struct tree *t, struct node *n, int id)
{
	struct node	*other;

	if (n->id == id)
		return;
	if ((other = node_by_id(t, id)) != NULL)
		node_forget_id(t, other);
	node_forget_id(t, n);
	n->id = id;
	RB_INSERT(node_ids, &t->ids, n);
}

static int
node_watch(struct tree *t, struct node *n, const char *path)
{
	int	 id;

	id = watch_add(t->watch, path, n->file ? WATCH_FILE : WATCH_TREE,
	    n->parent == NULL);
	if (id == -1) {
		tree_refused(t, n, errno);
		return (-1);
	}
	node_set_id(t, n, id);
	return (0);
}

/* Is it newer than what the watcher before this one saw? */
static int
tree_is_new(const struct tree *t, const struct stat *st)
{
	int64_t	 ms;

	if (t->since_ms == 0)
		return (0);
	ms = (int64_t)st->st_ctim.tv_sec * 1000 +
	    st->st_ctim.tv_nsec / 1000000;
	return (ms >= t->since_ms);
}

/* An entry of a folder that is read. */
static void
tree_entry(struct tree *t, struct node *in, DIR *dir, const struct dirent *de)
{
	struct node	*n;
	struct stat	 st;
	int		 have = 0, folder = de->d_type == DT_DIR;

	if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0 ||
	    tree_ignores(t, in, de->d_name))
		return;
	if (de->d_type == DT_UNKNOWN || t->since_ms != 0) {
		have = fstatat(dirfd(dir), de->d_name, &st,
		    AT_SYMLINK_NOFOLLOW) == 0;
		folder = have && S_ISDIR(st.st_mode);
	}
	if (have && tree_is_new(t, &st))
		t->changed = 1;
	if (!folder && (!watch_files() || (have ? !S_ISREG(st.st_mode) :
	    de->d_type != DT_REG)))
		return;
	n = node_find(t, in, de->d_name);
	if (n != NULL && n->file == folder) {
		node_free(t, n);
		n = NULL;
	}
	if (n == NULL && (n = node_new(t, in, de->d_name, !folder)) == NULL)
		return;
	n->round = t->round;
	if (folder)
		node_todo(t, n);
}

/* What was in it and was not seen in this round is not there any more. */
static void
tree_drop_unseen(struct tree *t, struct node *in)
{
	struct node	*n, *next;

	for (n = TAILQ_FIRST(&in->nodes); n != NULL; n = next) {
		next = TAILQ_NEXT(n, of_parent);
		if (n->round != t->round)
			node_free(t, n);
	}
}

static void
tree_watch_files(struct tree *t, struct node *in)
{
	struct node	*n, *next;
	char		 path[PATH_MAX];

	for (n = TAILQ_FIRST(&in->nodes); n != NULL; n = next) {
		next = TAILQ_NEXT(n, of_parent);
		if (n->file && n->id == -1 &&
		    (tree_path(t, n, NULL, path, sizeof(path)) == -1 ||
		    node_watch(t, n, path) == -1))
			node_free(t, n);
	}
}

/* Watch one folder and read it; -1: it is not there, or not for us. */
static int
tree_read(struct tree *t, struct node *n)
{
	struct dirent	*de;
	char		 path[PATH_MAX];
	DIR		*dir;

	if (tree_path(t, n, NULL, path, sizeof(path)) == -1) {
		tree_trouble(t, WATCH_FAILED, ENAMETOOLONG);
		return (-1);
	}
	if ((n->id == -1 || !watch_files()) && node_watch(t, n, path) == -1)
		return (-1);
	if ((dir = opendir(path)) == NULL) {
		tree_refused(t, n, errno);
		return (-1);
	}
	t->round++;
	while ((de = readdir(dir)) != NULL)
		tree_entry(t, n, dir, de);
	closedir(dir);
	tree_drop_unseen(t, n);
	if (watch_files())
		tree_watch_files(t, n);
	return (0);
}

static void
tree_read_all(struct tree *t)
{
	struct node	*n;

	while ((n = TAILQ_FIRST(&t->todo)) != NULL) {
		TAILQ_REMOVE(&t->todo, n, todo_entry);
		n->todo = 0;
		/* the watched folder stays, as one that cannot be read */
		if (tree_read(t, n) == -1 && n->parent != NULL)
			node_free(t, n);
	}
}

/* ---- the watched folder and its anchor ---------------------------------- */

static struct anchor *
anchor_by_id(struct tree *t, int id)
{
	uint32_t	 i;

	for (i = 0; i < t->nanchors && id != -1; i++)
		if (t->anchors[i].id == id)
			return (&t->anchors[i]);
	return (NULL);
}

/* Watch it, unless it is the one that was there before. */
static void
anchor_watch(struct tree *t, struct anchor *a, const struct anchor *old,
    const char *path, const struct stat *st)
{
	a->dev = st->st_dev;
	a->ino = st->st_ino;
	if (old != NULL && old->id != -1 && old->dev == a->dev &&
	    old->ino == a->ino)
		a->id = old->id;
	else
		a->id = watch_add(t->watch, path, WATCH_ANCHOR, 1);
}

/* Those above the watched folder, as far as they are there. */
static uint32_t
anchor_find(struct tree *t, struct anchor *list, const struct anchor *old,
    uint32_t nold)
{
	char		 at[PATH_SIZE];
	const char	*name = t->path + 1, *slash;
	struct stat	 st;
	uint32_t	 n;
	size_t		 len;

	for (n = 0; n < ANCHORS_MAX && *name != '\0'; n++) {
		len = name - 1 == t->path ? 1 : (size_t)(name - 1 - t->path);
		strlcpy(at, t->path, len + 1);
		if (stat(at, &st) == -1 || !S_ISDIR(st.st_mode))
			break;
		slash = strchr(name, '/');
		len = slash != NULL ? (size_t)(slash - name) : strlen(name);
		if (len >= sizeof(list[n].name))
			break;
		strlcpy(list[n].name, name, len + 1);
		anchor_watch(t, &list[n], n < nold ? &old[n] : NULL, at, &st);
		name += slash != NULL ? len + 1 : len;
	}
	return (n);
}

/* 1 if others are watched now, and what they lead to is to be looked at. */
static int
anchor_set(struct tree *t)
{
	struct anchor	 old[ANCHORS_MAX];
	uint32_t	 i, n = t->nanchors;
	int		 more = 0;

	memcpy(old, t->anchors, sizeof(old));
	t->nanchors = anchor_find(t, t->anchors, old, n);
	for (i = 0; i < t->nanchors; i++)
		more |= i >= n || t->anchors[i].id != old[i].id;
	for (i = 0; i < n; i++)
		if (old[i].id != -1 && anchor_by_id(t, old[i].id) == NULL &&
		    node_by_id(t, old[i].id) == NULL)
			watch_remove(t->watch, old[i].id);
	return (more);
}

/* Is the folder still the one that is watched? */
static int
root_same(const struct tree *t)
{
	struct stat	 st;

	if (stat(t->path, &st) == -1 || !S_ISDIR(st.st_mode))
		return (t->root == NULL);
	return (t->root != NULL && st.st_dev == t->dev && st.st_ino == t->ino);
}

static void
root_set(struct tree *t)
{
	struct stat	 st;

	node_free(t, t->root);
	if (stat(t->path, &st) == -1) {
		tree_trouble(t, errno == EACCES ? WATCH_DENIED : WATCH_MISSING,
		    errno);
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		tree_trouble(t, WATCH_MISSING, ENOTDIR);
		return;
	}
	t->dev = st.st_dev;
	t->ino = st.st_ino;
	if (tree_is_new(t, &st))
		t->changed = 1;
	if ((t->root = node_new(t, NULL, "", 0)) != NULL)
		node_todo(t, t->root);
	tree_read_all(t);
}

/* The path leads elsewhere, or may do so: find the folder again. */
static void
root_look(struct tree *t)
{
	int	 i, moved;

	for (i = 0; i < ROOT_LOOKS; i++) {
		moved = anchor_set(t);
		if (!root_same(t)) {
			t->changed = 1;
			tree_trouble(t, WATCH_NONE, 0);
			root_set(t);
		} else if (!moved)
			break;
	}
}

/* It was removed or moved, whatever is at its path now. */
static void
root_lost(struct tree *t)
{
	t->changed = 1;
	tree_trouble(t, WATCH_NONE, 0);
	root_set(t);
	root_look(t);
}

/* ---- what is offered ---------------------------------------------------- */

void
tree_init(struct tree *t, struct watch *w, const char *path)
{
	size_t	 len;

	memset(t, 0, sizeof(*t));
	t->watch = w;
	t->path = xstrdup(path);
	for (len = strlen(path); len > 1 && path[len - 1] == '/'; len--)
		t->path[len - 1] = '\0';
	t->max = TREE_MAX;
	RB_INIT(&t->ids);
	RB_INIT(&t->names);
	TAILQ_INIT(&t->todo);
}

void
tree_free(struct tree *t)
{
	node_free(t, t->root);
	ignore_free(&t->ignore);
	free(t->path);
	t->path = NULL;
}

void
tree_scan(struct tree *t)
{
	tree_trouble(t, WATCH_NONE, 0);
	if (t->root == NULL) {
		root_set(t);
		/* it came, and not only we */
		if (t->root != NULL && t->begun)
			t->changed = 1;
	} else {
		node_todo(t, t->root);
		tree_read_all(t);
	}
	t->begun = 1;
	root_look(t);
	t->since_ms = 0;
}

uint32_t
tree_folders(const struct tree *t)
{
	return (t->n - t->files);
}

/* An entry was made: of a file that is written, its end will be told. */
static int
tree_unfinished(const struct tree *t, const struct node *n, const char *name)
{
	struct stat	 st;
	char		 path[PATH_MAX];

	return (tree_path(t, n, name, path, sizeof(path)) == 0 &&
	    lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1);
}

static void
tree_folder(struct tree *t, struct node *in, const char *name)
{
	struct node	*n;

	if ((n = node_find(t, in, name)) == NULL)
		n = node_new(t, in, name, 0);
	if (n == NULL)
		return;
	node_todo(t, n);
	tree_read_all(t);
}

/* A note about an entry of a folder. */
static void
tree_note_entry(struct tree *t, struct node *n, const struct note *note)
{
	if (tree_ignores(t, n, note->name) ||
	    (note->what == NOTE_MADE && tree_unfinished(t, n, note->name)))
		return;
	t->changed = 1;
	if (note->what == NOTE_FOLDER)
		tree_folder(t, n, note->name);
	else if (note->what == NOTE_LEFT)
		node_free(t, node_find(t, n, note->name));
}

static void
tree_note_anchor(struct tree *t, struct anchor *a, const struct note *note)
{
	if (note->what == NOTE_OVER)
		a->id = -1;
	else if (note->what != NOTE_GONE && note->name[0] != '\0' &&
	    strcmp(note->name, a->name) != 0)
		return;
	root_look(t);
}

/* Nothing is known for sure any more. */
static void
tree_note_lost(struct tree *t)
{
	t->changed = 1;
	tree_scan(t);
}

void
tree_note(void *arg, const struct note *note)
{
	struct tree	*t = arg;
	struct anchor	*a;
	struct node	*n;

	if (note->what == NOTE_LOST) {
		tree_note_lost(t);
		return;
	}
	if ((a = anchor_by_id(t, note->id)) != NULL)
		tree_note_anchor(t, a, note);
	if ((n = node_by_id(t, note->id)) == NULL)
		return;
	switch (note->what) {
	case NOTE_OVER:
	case NOTE_GONE:
		if (n->parent == NULL)
			root_lost(t);
		else if (note->what == NOTE_OVER || watch_files())
			node_free(t, n);
		break;
	case NOTE_HERE:
		t->changed = 1;
		node_todo(t, n);
		tree_read_all(t);
		break;
	default:
		tree_note_entry(t, n, note);
	}
}
