/*
 * Unix sockets on which clients come.  The control socket is a file that only
 * the daemon's user may open, others are for a group.
 */
#ifndef OMNITROND_PARENT_LISTENER_H
#define OMNITROND_PARENT_LISTENER_H

#include <sys/stat.h>

#include <stddef.h>

#define LISTENER_GID	((gid_t)-1)	/* the group that it has anyway */

/*
 * Bind `path` (absolute) and listen.  Its folder must be one that only root
 * and we can change; a socket left in its place goes, any other file stays
 * and is an error.  The file is ours, with this mode and group; *bound is it
 * as it was made.  Returns the
 * descriptor (non-blocking, close-on-exec), or -1 with the reason and the
 * remedy in err (NUL-terminated, at most errsize bytes).  unix(7).
 */
int	 listener_open(const char *path, mode_t mode, gid_t gid,
	    struct stat *bound, char *err, size_t errsize);
/*
 * Another mode and group for the file that was bound.  -1 with errno, ESTALE
 * if there is another file in its place.
 */
int	 listener_give(const char *path, const struct stat *bound, mode_t mode,
	    gid_t gid);
/*
 * Make way for a Unix socket: only a socket that is left there goes.  0, or
 * -1 with errno, EEXIST if another file is in its place.
 */
int	 listener_remove(const char *path);
/*
 * Close it, and remove the file if it still is the one that was bound.
 * Nothing if fd is -1.
 */
void	 listener_close(int fd, const char *path, const struct stat *bound);

#endif /* OMNITROND_PARENT_LISTENER_H */
