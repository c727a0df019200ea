/*
 * What the kernel tells of folders: inotify (watch_linux.c), or kqueue
 * (watch_kqueue.c), which needs the files themselves as well.  It knows no
 * tree: an id for each thing that is watched, and notes with these ids.
 */
#ifndef WATCHER_WATCH_H
#define WATCHER_WATCH_H

#include <stdint.h>

struct watch;

enum note_what {
	NOTE_ENTRY,	/* the entry `name` was written, removed, moved */
	NOTE_MADE,	/* it was made; if a file, it may yet be written */
	NOTE_FOLDER,	/* the folder `name` came to be in it */
	NOTE_LEFT,	/* the folder `name` is not in it any more */
	NOTE_HERE,	/* it was changed itself; of a folder: some entry */
	NOTE_GONE,	/* it was removed, or moved */
	NOTE_OVER,	/* its id is no more */
	NOTE_LOST	/* of any id: notes were lost */
};

struct note {
	enum note_what	 what;
	int		 id;
	const char	*name;		/* ENTRY, MADE, FOLDER, LEFT; or "" */
};

/* What is watched for. */
enum watch_kind {
	WATCH_TREE,	/* a folder: everything in it */
	WATCH_ANCHOR,	/* a folder: entries that come and go */
	WATCH_FILE	/* only where watch_files() */
};

/*
 * Give up all rights that watching does not need, before it begins.  The wall
 * (WALL_*) that stands by it, or 0; fatal if it should stand and does not.
 */
uint32_t	 watch_confine(void);
/* NULL with errno: the system gives no more, or cannot. */
struct watch	*watch_open(void);
void		 watch_close(struct watch *);
int		 watch_fd(const struct watch *);	/* to poll for reading */
/* Do files have to be added, besides the folders they are in? */
int		 watch_files(void);
/*
 * Returns the id, or -1 with errno; the same one again for what is watched
 * already.  No symbolic link is followed at its end, but with `follow'.
 */
int		 watch_add(struct watch *, const char *path, enum watch_kind,
		    int follow);
void		 watch_remove(struct watch *, int id);
/*
 * Read what there is now, or a part of that, and call `fn' for each note;
 * it may add and remove.
 */
void		 watch_read(struct watch *, void (*fn)(void *,
		    const struct note *), void *arg);

#endif /* WATCHER_WATCH_H */
