/*
 * Notes of the kernel by inotify(7).  In the watcher, with the rights of the
 * app's user.
 */
#include <sys/inotify.h>
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/xmalloc.h"
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
