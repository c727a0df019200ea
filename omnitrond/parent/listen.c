/*
 * Sockets of apps.  In the parent, as root when the daemon was started so:
 * what is bound where comes from the configuration alone.
 *
 * A Unix socket lies in a folder that either nobody but root can write, or
 * that the app's user can: then it is bound as that user, who could put
 * something else in its place otherwise.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/listen.h"
#include "omnitrond/parent/parent.h"
#include "omnitrond/parent/safepath.h"

#define LISTEN_BACKLOG	1024	/* the kernel's somaxconn bounds it, too */

struct socket {
	RB_ENTRY(socket)	 entry;
	uint32_t		 app;
	uint32_t		 process;
	char			*spec;		/* as listen_spec prints it */
	int			 fd;
};

RB_PROTOTYPE(sockets, socket, entry, socket_cmp)

static int
socket_cmp(const struct socket *a, const struct socket *b)
{
	if (a->app != b->app)
		return (a->app < b->app ? -1 : 1);
	if (a->process != b->process)
		return (a->process < b->process ? -1 : 1);
	return (strcmp(a->spec, b->spec));
}

RB_GENERATE(sockets, socket, entry, socket_cmp)

/* ---- addresses ----------------------------------------------------------- */

static socklen_t
listen_address(const struct listen_conf *l, struct sockaddr_storage *ss)
{
	struct sockaddr_in6	*in6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in	*in = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	if (l->on != NULL && inet_pton(AF_INET, l->on, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)l->port);
		return (sizeof(*in));
	}
	/* without an address: all, of both families */
	if (l->on != NULL)
		inet_pton(AF_INET6, l->on, &in6->sin6_addr);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons((uint16_t)l->port);
	return (sizeof(*in6));
}

static char *
listen_spec(const struct listen_conf *l, char *buf, size_t size)
{
	if (l->kind == LISTEN_UNIX)
		snprintf(buf, size, "unix %s", l->path);
	else if (l->on == NULL)
		snprintf(buf, size, "%s port %u",
		    l->kind == LISTEN_TCP ? "tcp" : "udp", l->port);
	else
		snprintf(buf, size, "%s %s%s%s:%u",
		    l->kind == LISTEN_TCP ? "tcp" : "udp",
		    strchr(l->on, ':') != NULL ? "[" : "", l->on,
		    strchr(l->on, ':') != NULL ? "]" : "", l->port);
	return (buf);
}

/* ---- tcp and udp --------------------------------------------------------- */

static int
inet_socket(const struct listen_conf *l, struct sockaddr_storage *ss,
    socklen_t *len)
{
	int	 type = l->kind == LISTEN_TCP ? SOCK_STREAM : SOCK_DGRAM;
	int	 fd, off = 0;

	*len = listen_address(l, ss);
	fd = socket(ss->ss_family, type | SOCK_CLOEXEC, 0);
	if (fd == -1 && errno == EAFNOSUPPORT && l->on == NULL) {
		struct sockaddr_in	*in = (struct sockaddr_in *)ss;

		memset(ss, 0, sizeof(*ss));
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)l->port);
		*len = sizeof(*in);
		fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	}
	if (fd != -1 && ss->ss_family == AF_INET6 && l->on == NULL &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off,
	    sizeof(off)) == -1) {
		close(fd);
		return (-1);
	}
	return (fd);
}

/*
 * SO_REUSEPORT: instances that an earlier daemon left have the port still,
 * on a socket that died with it for everybody else.  It is shared only with
 * sockets of our own user.
 */
static int
inet_open(const struct listen_conf *l, char *err, size_t size)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	char			 spec[PATH_SIZE + 16], who[256];
	int			 fd, on = 1, error;

	if ((fd = inet_socket(l, &ss, &len)) != -1 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
	    sizeof(on)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on,
	    sizeof(on)) == 0 &&
	    bind(fd, (struct sockaddr *)&ss, len) == 0 &&
	    (l->kind == LISTEN_UDP || listen(fd, LISTEN_BACKLOG) == 0))
		return (fd);
	error = errno;
	if (fd != -1)
		close(fd);
	who[0] = '\0';
	if (error == EADDRINUSE)
		listen_holder((struct sockaddr *)&ss, l->kind == LISTEN_UDP,
		    who, sizeof(who));
	snprintf(err, size, "listen %s: %s%s%s", listen_spec(l, spec,
	    sizeof(spec)), strerror(error), who[0] != '\0' ? ", by " : "",
	    who);
	errno = error;
	return (-1);
}

/* ---- unix ---------------------------------------------------------------- */

/* What an earlier instance or daemon left there; nothing else is removed. */
static int
unix_remove(const char *path)
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
unix_bind(const struct listen_conf *l)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	mode_t			 mask;
	int			 fd, rv, error;

	strlcpy(sun.sun_path, l->path, sizeof(sun.sun_path));
	if (unix_remove(l->path) == -1 ||
	    (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return (-1);
	mask = umask((mode_t)~l->mode & 0777);
	rv = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	error = errno;
	umask(mask);
	if (rv == 0 && listen(fd, LISTEN_BACKLOG) == 0)
		return (fd);
	if (rv == 0)
		error = errno;
	close(fd);
	errno = error;
	return (-1);
}

/* As the app's user, who may do there what it likes anyway. */
static int
unix_bind_as(const struct listen_conf *l, const struct process_conf *pc)
{
	int	 fd = -1, error = 0;

	if (geteuid() != 0 || pc->uid == 0)
		return (unix_bind(l));
	if (setegid(pc->gid) == -1)
		return (-1);
	if (seteuid(pc->uid) == 0) {
		if ((fd = unix_bind(l)) == -1)
			error = errno;
		if (seteuid(0) == -1)
			fatal("seteuid");
	} else
		error = errno;
	if (setegid(0) == -1)
		fatal("setegid");
	errno = error;
	return (fd);
}

static int
unix_open(const struct listen_conf *l, const struct process_conf *pc,
    char *err, size_t size)
{
	const char	*name;
	char		 why[TEXT_MAX];
	int		 dir, fd, error;

	dir = safepath_parent(l->path, SAFEPATH_STRICT, &name, why,
	    sizeof(why));
	if (dir == -1 || geteuid() != 0)
		fd = unix_bind_as(l, pc);
	else if ((fd = unix_bind(l)) != -1 && fchownat(dir, name, pc->uid,
	    pc->gid, AT_SYMLINK_NOFOLLOW) == -1) {
		error = errno;
		close(fd);
		errno = error;
		fd = -1;
	}
	error = errno;
	if (dir != -1)
		close(dir);
	if (fd == -1)
		snprintf(err, size, "listen unix %s: %s", l->path,
		    error == EEXIST ? "another file is in its place; move it "
		    "away" : strerror(error));
	errno = error;
	return (fd);
}

/* ---- the table ----------------------------------------------------------- */

static struct socket *
socket_find(struct parent *p, uint32_t app, uint32_t process, char *spec)
{
	struct socket	 key;

	key.app = app;
	key.process = process;
	key.spec = spec;
	return (RB_FIND(sockets, &p->sockets, &key));
}

static int
socket_have(struct parent *p, uint32_t app, const struct process_conf *pc,
    const struct listen_conf *l, char *err, size_t size)
{
	char		 spec[PATH_SIZE + 16];
	struct socket	*s;
	int		 fd;

	listen_spec(l, spec, sizeof(spec));
	if ((s = socket_find(p, app, pc->id, spec)) != NULL)
		return (s->fd);
	fd = l->kind == LISTEN_UNIX ? unix_open(l, pc, err, size) :
	    inet_open(l, err, size);
	if (fd == -1)
		return (-1);
	s = xcalloc(1, sizeof(*s));
	s->app = app;
	s->process = pc->id;
	s->spec = xstrdup(spec);
	s->fd = fd;
	RB_INSERT(sockets, &p->sockets, s);
	return (fd);
}

int
listen_open(struct parent *p, uint32_t app, const struct process_conf *pc,
    int *fds, char *err, size_t size)
{
	const struct listen_conf	*l;
	int				 n = 0;

	TAILQ_FOREACH(l, &pc->listens, entry)
		if ((fds[n++] = socket_have(p, app, pc, l, err, size)) == -1)
			return (-1);
	return (n);
}

static int
socket_wanted(struct parent *p, const struct socket *s)
{
	const struct process_conf	*pc = ids_process(p, s->app,
					    s->process);
	const struct listen_conf	*l;
	char				 spec[PATH_SIZE + 16];

	if (pc == NULL)
		return (0);
	TAILQ_FOREACH(l, &pc->listens, entry)
		if (strcmp(listen_spec(l, spec, sizeof(spec)), s->spec) == 0)
			return (1);
	return (0);
}

void
listen_sweep(struct parent *p)
{
	struct socket	*s, *next;

	for (s = RB_MIN(sockets, &p->sockets); s != NULL; s = next) {
		next = RB_NEXT(sockets, &p->sockets, s);
		if (socket_wanted(p, s))
			continue;
		RB_REMOVE(sockets, &p->sockets, s);
		close(s->fd);
		free(s->spec);
		free(s);
	}
}

char *
listen_names(const struct process_conf *pc, char *buf, size_t size)
{
	const struct listen_conf	*l;

	buf[0] = '\0';
	TAILQ_FOREACH(l, &pc->listens, entry) {
		if (buf[0] != '\0')
			strlcat(buf, ":", size);
		strlcat(buf, l->name, size);
	}
	return (buf);
}
