/*
 * Notes of the kernel by inotify(7).  In the watcher, with the rights of the
 * app's user.
 */
#include <sys/inotify.h>
#include <sys/syscall.h>

#include <linux/landlock.h>

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/proc.h"
#include "omnitrond/watcher/watch.h"

#define READ_SIZE	(64 * 1024)	/* of one read: some 2 000 notes */
#define READS_MAX	16		/* before others have their turn */

/*
 * A file that is written is a change when it is closed, so that one that
 * takes long is one change; IN_ATTRIB is for touch(1) and chmod(1).
 */
#define TREE_MASK	(IN_CREATE | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE | \
			    IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF |  \
			    IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK)
#define ANCHOR_MASK	(IN_CREATE | IN_DELETE | IN_MOVED_FROM |	\
			    IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | \
			    IN_ONLYDIR)

struct watch {
	int	 fd;
	_Alignas(struct inotify_event) char buf[READ_SIZE];
};

/* Rights of files by the version of Landlock that has them, from bit 0 on. */
static uint64_t
landlock_rights(long abi)
{
	unsigned int	 bits = 13;

	if (abi >= 2)
		bits = 14;	/* REFER */
	if (abi >= 3)
		bits = 15;	/* TRUNCATE */
	if (abi >= 5)
		bits = 16;	/* IOCTL_DEV */
	return ((UINT64_C(1) << bits) - 1);
}

/*
 * Folders may be read, and nothing else be done by a path: no file is opened,
 * made, removed or executed.  0 where the kernel has no Landlock.
 */
uint32_t
watch_confine(void)
{
	struct landlock_path_beneath_attr	 root;
	struct landlock_ruleset_attr		 set;
	long					 abi, fd;
	int					 done;

	abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1)
		return (0);
	memset(&set, 0, sizeof(set));
	set.handled_access_fs = landlock_rights(abi);
	fd = syscall(SYS_landlock_create_ruleset, &set,
	    sizeof(set.handled_access_fs), 0);
	if (fd == -1)
		fatal("landlock_create_ruleset");
	memset(&root, 0, sizeof(root));
	root.allowed_access = LANDLOCK_ACCESS_FS_READ_DIR;
	root.parent_fd = open("/", O_PATH | O_CLOEXEC);
	done = root.parent_fd != -1 && syscall(SYS_landlock_add_rule, fd,
	    LANDLOCK_RULE_PATH_BENEATH, &root, 0) == 0 &&
	    syscall(SYS_landlock_restrict_self, fd, 0) == 0;
	if (!done)
		fatal("landlock");
	close(root.parent_fd);
	close((int)fd);
	return (WALL_LANDLOCK);
}

struct watch *
watch_open(void)
{
	struct watch	*w;
	int		 fd;

	if ((fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) == -1)
		return (NULL);
	w = xcalloc(1, sizeof(*w));
	w->fd = fd;
	return (w);
}

void
watch_close(struct watch *w)
{
	if (w == NULL)
		return;
	close(w->fd);
	free(w);
}

int
watch_fd(const struct watch *w)
{
	return (w->fd);
}

int
watch_files(void)
{
	return (0);
}

int
watch_add(struct watch *w, const char *path, enum watch_kind kind, int follow)
{
	uint32_t	 mask = kind == WATCH_ANCHOR ? ANCHOR_MASK : TREE_MASK;

	return (inotify_add_watch(w->fd, path,
	    mask | (follow ? 0 : IN_DONT_FOLLOW)));
}

void
watch_remove(struct watch *w, int id)
{
	inotify_rm_watch(w->fd, id);
}

/* -1: it says nothing that counts. */
static int
watch_what(const struct inotify_event *e)
{
	int	 folder = (e->mask & IN_ISDIR) != 0;

	if (e->mask & IN_Q_OVERFLOW)
		return (NOTE_LOST);
	if (e->mask & IN_IGNORED)
		return (NOTE_OVER);
	if (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT))
		return (NOTE_GONE);
	if (e->len == 0)
		return (-1);		/* attributes of the folder itself */
	/* a folder that was made readable is one that came to be */
	if (folder && (e->mask & (IN_CREATE | IN_MOVED_TO | IN_ATTRIB)))
		return (NOTE_FOLDER);
	if (folder && (e->mask & (IN_DELETE | IN_MOVED_FROM)))
		return (NOTE_LEFT);
	return (e->mask & IN_CREATE ? NOTE_MADE : NOTE_ENTRY);
}

static void
watch_notes(const char *p, size_t len, void (*fn)(void *, const struct note *),
    void *arg)
{
	const struct inotify_event	*e;
	struct note			 note;
	int				 what;

	for (; len > 0; len -= sizeof(*e) + e->len,
	    p += sizeof(*e) + e->len) {
		e = (const struct inotify_event *)(const void *)p;
		if ((what = watch_what(e)) == -1)
			continue;
		note.what = (enum note_what)what;
		note.id = e->wd;
		note.name = e->len > 0 ? e->name : "";
		fn(arg, &note);
	}
}

void
watch_read(struct watch *w, void (*fn)(void *, const struct note *), void *arg)
{
	ssize_t	 n;
	int	 i;

	for (i = 0; i < READS_MAX; i++) {
		n = read(w->fd, w->buf, sizeof(w->buf));
		if (n <= 0)
			return;
		watch_notes(w->buf, (size_t)n, fn, arg);
	}
}
