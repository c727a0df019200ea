/*
 * Sockets of instances.
 *
 * Runs in the parent.  It touches one folder, RUNDIR/apps, which only we may
 * write: what is bound there nobody can rename, replace or point elsewhere,
 * not even the user whose file it is.  By being that user's with mode 0600
 * the file says who may send to it.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/parent/appsock.h"
#include "omnitrond/parent/safepath.h"

/* Connections that wait for the apps process: it is being replaced. */
#define APPSOCK_BACKLOG	16

static const struct {
	const char	*suffix;
	int		 type;
} kinds[APP_SOCKET_MAX] = {
	[APP_SOCKET_NOTIFY] = { "notify", SOCK_DGRAM },
	[APP_SOCKET_CHANNEL] = { "channel", SOCK_STREAM },
};

/* FNV-1a: names are the configuration's, nobody looks for collisions. */
static uint64_t
appsock_hash(const char *s)
{
	uint64_t	 h = UINT64_C(0xcbf29ce484222325);

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return (h);
}

int
appsock_open_way(const char *path)
{
	char		 part[PATH_SIZE], *slash;
	struct stat	 st;

	strlcpy(part, path, sizeof(part));
	for (;;) {
		if (stat(part[0] != '\0' ? part : "/", &st) == -1 ||
		    (st.st_mode & S_IXOTH) == 0)
			return (0);
		if ((slash = strrchr(part, '/')) == NULL)
			return (1);
		*slash = '\0';
	}
}

/* The place for what programs need while they run. */
static const char *
appsock_run(void)
{
	struct stat	 st;

	return (lstat("/run", &st) == 0 && S_ISDIR(st.st_mode) ? "/run" :
	    "/var/run");
}

int
appsock_folder(const char *rundir, char *buf, size_t size, char *err,
    size_t errsize)
{
	mode_t		 mode = geteuid() == 0 ? 0711 : 0700;
	struct stat	 st;
	int		 fd, rv = 0;

	if (geteuid() != 0 || appsock_open_way(rundir))
		snprintf(buf, size, "%s/apps", rundir);
	else
		snprintf(buf, size, "%s/omnitron.%016llx", appsock_run(),
		    (unsigned long long)appsock_hash(rundir));
	if ((fd = safepath_dir(buf, SAFEPATH_MAKE | SAFEPATH_OURS, mode, err,
	    errsize)) == -1)
		return (-1);
	if (fstat(fd, &st) == -1 ||
	    ((st.st_mode & 07777) != mode && fchmod(fd, mode) == -1)) {
		snprintf(err, errsize, "%s: %s", buf, strerror(errno));
		rv = -1;
	}
	close(fd);
	return (rv);
}

void
appsock_folder_remove(const char *rundir, const char *folder)
{
	size_t	 n = strlen(rundir);

	if (strncmp(folder, rundir, n) != 0 || folder[n] != '/')
		rmdir(folder);
}

int
appsock_path(const struct appsock_of *of, enum app_socket which, char *buf,
    size_t size)
{
	char	 names[2 * NAME_SIZE];
	size_t	 n;

	if (size > sizeof(((struct sockaddr_un *)0)->sun_path))
		size = sizeof(((struct sockaddr_un *)0)->sun_path);
	/* names have no colon: no two make the same */
	snprintf(names, sizeof(names), "%s:%s", of->app, of->process);
	n = (size_t)snprintf(buf, size, "%s/%s:%u.%s", of->folder, names,
	    of->instance, kinds[which].suffix);
	if (n >= size)
		n = (size_t)snprintf(buf, size, "%s/%016llx:%u.%s",
		    of->folder, (unsigned long long)appsock_hash(names),
		    of->instance, kinds[which].suffix);
	if (n < size)
		return (0);
	errno = ENAMETOOLONG;
	return (-1);
}

static int
appsock_bind_file(int fd, const struct sockaddr_un *sun)
{
	mode_t	 old = umask(0177);
	int	 rv = bind(fd, (const struct sockaddr *)sun, sizeof(*sun));

	umask(old);
	return (rv);
}

/* Before anything can arrive: each message is to say whose it is. */
static int
appsock_credentials(int fd, enum app_socket which)
{
#ifdef SO_PASSCRED
	if (kinds[which].type == SOCK_DGRAM)
		return (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &(int){ 1 },
		    sizeof(int)));
#endif
	return (0);
}

int
appsock_bind(const struct appsock_of *of, enum app_socket which)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	int			 fd, saved;

	if (appsock_path(of, which, sun.sun_path, sizeof(sun.sun_path)) == -1)
		return (-1);
	if (unlink(sun.sun_path) == -1 && errno != ENOENT)
		return (-1);
	fd = socket(AF_UNIX, kinds[which].type | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (fd == -1)
		return (-1);
	if (appsock_credentials(fd, which) == 0 &&
	    appsock_bind_file(fd, &sun) == 0 &&
	    (geteuid() != 0 ||
	    lchown(sun.sun_path, of->uid, of->gid) == 0) &&
	    (kinds[which].type == SOCK_DGRAM ||
	    listen(fd, APPSOCK_BACKLOG) == 0))
		return (fd);
	saved = errno;
	close(fd);
	errno = saved;
	return (-1);
}

int
appsock_sound(int fd)
{
	struct pollfd	 pfd = { .fd = fd, .events = POLLIN };
	short		 over = POLLHUP | POLLERR | POLLNVAL;

#ifdef POLLRDHUP
	pfd.events |= POLLRDHUP;
	over |= POLLRDHUP;
#endif
	return (poll(&pfd, 1, 0) != -1 && (pfd.revents & over) == 0 &&
	    fcntl(fd, F_SETFL, O_NONBLOCK) != -1);
}

void
appsock_unlink(const struct appsock_of *of, enum app_socket which)
{
	char	 path[PATH_SIZE];

	if (appsock_path(of, which, path, sizeof(path)) == 0)
		unlink(path);
}
