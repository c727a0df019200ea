/*
 * Notes of the kernel by kqueue(2), which has one descriptor for each thing
 * that is watched: of a folder it only tells that some entry came or went, of
 * a file that it was written, so that both are watched.  In the watcher, with
 * the rights of the app's user.
 */
#include <sys/types.h>
#include <sys/event.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/xmalloc.h"
#include "omnitrond/watcher/watch.h"

#define NOTES_MAX	256	/* of one call */

#ifdef O_EVTONLY
#define OPEN_FLAGS	(O_EVTONLY | O_NONBLOCK | O_CLOEXEC)
#else
#define OPEN_FLAGS	(O_RDONLY | O_NONBLOCK | O_CLOEXEC)
#endif

/*
 * While notes are read no descriptor is closed: the number of one that is
 * used again could be in a note that is yet to be looked at.
 */
struct watch {
	int	 fd;
	int	 reading;
	int	*closing;
	size_t	 nclosing;
};

/* A descriptor each: as many as the hard limit allows. */
static void
watch_limit(void)
{
	struct rlimit	 rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		return;
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
}

/* It has to open what it watches. */
uint32_t
watch_confine(void)
{
	return (0);
}

struct watch *
watch_open(void)
{
	struct watch	*w;
	int		 fd;

	if ((fd = kqueue()) == -1)
		return (NULL);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	watch_limit();
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
	free(w->closing);
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
	return (1);
}

/* ENOSPC, as inotify says it, when there are no more descriptors. */
int
watch_add(struct watch *w, const char *path, enum watch_kind kind, int follow)
{
	struct kevent	 ev;
	struct stat	 st;
	int		 fd, error;

	fd = open(path, OPEN_FLAGS | (follow ? 0 : O_NOFOLLOW));
	if (fd == -1) {
		if (errno == EMFILE || errno == ENFILE)
			errno = ENOSPC;
		return (-1);
	}
	if (fstat(fd, &st) == -1)
		goto fail;
	if (kind != WATCH_FILE && !S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		goto fail;
	}
	EV_SET(&ev, fd, EVFILT_VNODE, EV_ADD | EV_CLEAR, NOTE_WRITE |
	    NOTE_EXTEND | NOTE_ATTRIB | NOTE_DELETE | NOTE_RENAME |
	    NOTE_REVOKE, 0, NULL);
	if (kevent(w->fd, &ev, 1, NULL, 0, NULL) == -1)
		goto fail;
	return (fd);
fail:
	error = errno;
	close(fd);
	errno = error;
	return (-1);
}

void
watch_remove(struct watch *w, int id)
{
	if (!w->reading) {
		close(id);	/* and with it its filter */
		return;
	}
	w->closing = xreallocarray(w->closing, w->nclosing + 1,
	    sizeof(*w->closing));
	w->closing[w->nclosing++] = id;
}

void
watch_read(struct watch *w, void (*fn)(void *, const struct note *), void *arg)
{
	static const struct timespec	 now = { 0, 0 };
	struct kevent			 ev[NOTES_MAX];
	struct note			 note;
	int				 i, n;

	w->reading = 1;
	n = kevent(w->fd, NULL, 0, ev, NOTES_MAX, &now);
	for (i = 0; i < n; i++) {
		note.id = (int)ev[i].ident;
		note.name = "";
		note.what = ev[i].fflags & (NOTE_DELETE | NOTE_RENAME |
		    NOTE_REVOKE) ? NOTE_GONE : NOTE_HERE;
		fn(arg, &note);
	}
	w->reading = 0;
	while (w->nclosing > 0)
		close(w->closing[--w->nclosing]);
}
