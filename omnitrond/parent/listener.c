/*
 * The control socket.  The parent binds it, since only it may write in the
 * folder; the control process accepts on it.
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

/* Connections that wait to be accepted; the control process is quick. */
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

static int
bind_private(int fd, const struct sockaddr_un *sun)
{
	mode_t	 old = umask(0177);
	int	 rv = bind(fd, (const struct sockaddr *)sun, sizeof(*sun));

	umask(old);
	return (rv);
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

int
listener_open(const char *path, struct stat *bound, char *err, size_t errsize)
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
	    lstat(path, bound) == -1 || listen(fd, LISTENER_BACKLOG) == -1) {
		snprintf(err, errsize, "socket %s: %s", path,
		    errno == EEXIST ? "another file is in its place; move it "
		    "away" : strerror(errno));
		if (fd != -1)
			close(fd);
		return (-1);
	}
	return (fd);
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
