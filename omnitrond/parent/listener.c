/*
 * Unix sockets on which clients come: the control socket and those of other
 * users.  The parent binds them, since only it may write in their folders;
 * planes accept on them.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/parent/listener.h"
#include "omnitrond/parent/safepath.h"
#include "omnitrond/proto.h"

/* Connections that wait to be accepted; the planes are quick. */
#define LISTENER_BACKLOG	512

int
listener_remove(const char *path)
{
	struct stat	 st;

	if (lstat(path, &st) == -1)
		return (errno == ENOENT ? 0 : -1);
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return (-1);
	}
	return (unlink(path));
}

/* Nobody but the daemon's user can connect to it before it is given away. */
static int
bind_private(int fd, const struct sockaddr_un *sun)
{
	mode_t	 old = umask(0177);
	int	 rv = bind(fd, (const struct sockaddr *)sun, sizeof(*sun));

	umask(old);
	return (rv);
}

int
listener_give(const char *path, const struct stat *bound, mode_t mode,
    gid_t gid)
{
	struct stat	 st;

	if (lstat(path, &st) == -1)
		return (-1);
	if (st.st_dev != bound->st_dev || st.st_ino != bound->st_ino) {
		errno = ESTALE;
		return (-1);
	}
	/* no moment in which the old group has the rights of the new one */
	if (gid != LISTENER_GID && gid != st.st_gid &&
	    (chmod(path, mode & 0700) == -1 ||
	    lchown(path, (uid_t)-1, gid) == -1))
		return (-1);
	return (chmod(path, mode));
}

/* Nobody else may put a socket of their own in its place. */
static int
listener_folder(const char *path, char *err, size_t errsize)
{
	char		 why[TEXT_MAX];
	const char	*name;
	int		 dir;

	dir = safepath_parent(path, SAFEPATH_STICKY, &name, why, sizeof(why));
	if (dir == -1) {
		snprintf(err, errsize, "socket %s: its folder %s; or choose "
		    "another one with -s or the socket directive", path, why);
		return (-1);
	}
	close(dir);
	return (0);
}

static void
listener_failed(const char *path, char *err, size_t errsize)
{
	snprintf(err, errsize, "socket %s: %s", path, errno == EEXIST ?
	    "another file is in its place; move it away" : strerror(errno));
}

int
listener_open(const char *path, mode_t mode, gid_t gid, struct stat *bound,
    char *err, size_t errsize)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	int			 fd = -1;

	if (strlcpy(sun.sun_path, path, sizeof(sun.sun_path)) >=
	    sizeof(sun.sun_path)) {
		snprintf(err, errsize, "socket %s: longer than %zu bytes; "
		    "choose a shorter path with -s or the socket directive",
		    path, sizeof(sun.sun_path) - 1);
		return (-1);
	}
	if (listener_folder(path, err, errsize) == -1)
		return (-1);
	if (listener_remove(path) == -1 ||
	    (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0)) == -1 || bind_private(fd, &sun) == -1 ||
	    lstat(path, bound) == -1)
		listener_failed(path, err, errsize);
	else if (listener_give(path, bound, mode, gid) == 0 &&
	    listen(fd, LISTENER_BACKLOG) == 0)
		return (fd);
	else {
		listener_failed(path, err, errsize);
		listener_close(fd, path, bound);
		return (-1);
	}
	if (fd != -1)
		close(fd);
	return (-1);
}

void
listener_close(int fd, const char *path, const struct stat *bound)
{
	struct stat	 st;

	if (fd == -1)
		return;
	close(fd);
	if (lstat(path, &st) == 0 && st.st_dev == bound->st_dev &&
	    st.st_ino == bound->st_ino)
		unlink(path);
}
