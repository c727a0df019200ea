/*
 * Sockets of apps.  In the parent, as root when the daemon was started so:
 * what is bound where comes from the configuration alone.
 *
 * A Unix socket lies in a folder that either nobody but root can write, or
 * that the app's user can: then it is bound as that user, who could put
 * something else in its place otherwise.  For an app of root's only the
 * former will do.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <netinet/in.h>

#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/listen.h"
#include "omnitrond/parent/listener.h"
#include "omnitrond/parent/parent.h"
#include "omnitrond/parent/safepath.h"

#define LISTEN_BACKLOG	1024	/* the kernel's somaxconn bounds it, too */

struct socket {
	RB_ENTRY(socket)	 entry;
	uint32_t		 app;
	uint32_t		 process;
	char			*key;		/* what it is bound to, how */
	int			 fd;
	char			*path;		/* of a Unix socket, or NULL */
	uid_t			 uid;		/* of the app, likewise */
	gid_t			 gid;
	dev_t			 dev;		/* and its file */
	ino_t			 ino;
};

RB_PROTOTYPE(sockets, socket, entry, socket_cmp)

static int
socket_cmp(const struct socket *a, const struct socket *b)
{
	if (a->app != b->app)
		return (a->app < b->app ? -1 : 1);
	if (a->process != b->process)
		return (a->process < b->process ? -1 : 1);
	return (strcmp(a->key, b->key));
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
 * sockets of our own user; SO_REUSEADDR would share that of UDP with all.
 */
static int
inet_share(const struct listen_conf *l, int fd)
{
	int	 on = 1;

	if (l->kind == LISTEN_TCP && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR,
	    &on, sizeof(on)) == -1)
		return (-1);
	return (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)));
}

static int
inet_open(const struct listen_conf *l, char *err, size_t size)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	char			 spec[PATH_SIZE + 16], who[256];
	int			 fd, error;

	if ((fd = inet_socket(l, &ss, &len)) != -1 &&
	    inet_share(l, fd) == 0 &&
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

/* Our own groups, while the app's user acts. */
struct ours {
	gid_t	*groups;
	int	 n;
};

static void
user_end(struct ours *o)
{
	int	 error = errno;

	if (seteuid(0) == -1 || setegid(getgid()) == -1 ||
	    setgroups((size_t)o->n, o->groups) == -1)
		fatal("cannot become root again");
	free(o->groups);
	errno = error;
}

/*
 * Act as the app's user, with its groups and none of ours: it may do there
 * what it likes anyway.  0 until user_end, or -1 with errno.
 */
static int
user_begin(struct ours *o, uid_t uid, gid_t gid, const gid_t *groups, int n)
{
	if ((o->n = getgroups(0, NULL)) == -1)
		return (-1);
	o->groups = xcalloc((size_t)o->n + 1, sizeof(*o->groups));
	if (getgroups(o->n, o->groups) == o->n &&
	    setgroups((size_t)n, groups) == 0 && setegid(gid) == 0 &&
	    seteuid(uid) == 0)
		return (0);
	user_end(o);
	return (-1);
}

static int
unix_bind(const struct listen_conf *l)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	mode_t			 mask;
	int			 fd, rv, error;

	strlcpy(sun.sun_path, l->path, sizeof(sun.sun_path));
	if (listener_remove(l->path) == -1 ||
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

static int
unix_bind_as(const struct listen_conf *l, const struct process_conf *pc)
{
	struct ours	 ours;
	int		 fd;

	if (user_begin(&ours, pc->uid, pc->gid, pc->groups,
	    pc->ngroups) == -1)
		return (-1);
	fd = unix_bind(l);
	user_end(&ours);
	return (fd);
}

/* In a folder that only root can write: nobody can exchange the file. */
static int
unix_bind_root(const struct listen_conf *l, const struct process_conf *pc,
    int dir, const char *name)
{
	int	 fd, error;

	if ((fd = unix_bind(l)) == -1)
		return (-1);
	if (fchownat(dir, name, pc->uid, pc->gid, AT_SYMLINK_NOFOLLOW) == 0)
		return (fd);
	error = errno;
	close(fd);
	errno = error;
	return (-1);
}

static int
unix_open(const struct listen_conf *l, const struct process_conf *pc,
    char *err, size_t size)
{
	const char	*name;
	char		 why[TEXT_MAX];
	int		 dir = -1, fd, error;

	if (geteuid() != 0)
		fd = unix_bind(l);
	else if ((dir = safepath_parent(l->path, SAFEPATH_STRICT, &name, why,
	    sizeof(why))) != -1)
		fd = unix_bind_root(l, pc, dir, name);
	else if (pc->uid != 0)
		fd = unix_bind_as(l, pc);
	else {
		snprintf(err, size, "listen unix %s: %s", l->path, why);
		errno = EPERM;
		return (-1);
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

/* Rights of a Unix socket are part of it: with others it is another one. */
static char *
socket_key(const struct listen_conf *l, const struct process_conf *pc,
    char *buf, size_t size)
{
	size_t	 n;

	listen_spec(l, buf, size);
	n = strlen(buf);
	if (l->kind == LISTEN_UNIX)
		snprintf(buf + n, size - n, " mode %o uid %u gid %u",
		    (unsigned int)l->mode, (unsigned int)pc->uid,
		    (unsigned int)pc->gid);
	return (buf);
}
#define SOCKET_KEY_SIZE	(PATH_SIZE + 80)

static struct socket *
socket_find(struct parent *p, uint32_t app, uint32_t process, char *key)
{
	struct socket	 like;

	like.app = app;
	like.process = process;
	like.key = key;
	return (RB_FIND(sockets, &p->sockets, &like));
}

/* Does the file that was bound still lie there? */
static int
socket_there(const struct socket *s)
{
	struct stat	 st;

	return (s->path == NULL || (lstat(s->path, &st) == 0 &&
	    st.st_dev == s->dev && st.st_ino == s->ino));
}

/* By nobody else's right than that of the app's user: it may be his folder. */
static void
socket_unlink(const struct socket *s)
{
	struct ours	 ours;
	const char	*name;
	char		 why[TEXT_MAX];
	int		 dir;

	if (geteuid() != 0) {
		if (socket_there(s))
			unlink(s->path);
		return;
	}
	if ((dir = safepath_parent(s->path, SAFEPATH_STRICT, &name, why,
	    sizeof(why))) != -1) {
		if (socket_there(s))
			unlinkat(dir, name, 0);
		close(dir);
	} else if (s->uid != 0 &&
	    user_begin(&ours, s->uid, s->gid, NULL, 0) == 0) {
		if (socket_there(s))
			unlink(s->path);
		user_end(&ours);
	}
}

static void
socket_free(struct parent *p, struct socket *s)
{
	RB_REMOVE(sockets, &p->sockets, s);
	if (s->path != NULL)
		socket_unlink(s);
	close(s->fd);
	free(s->path);
	free(s->key);
	free(s);
}

static void
socket_add(struct parent *p, uint32_t app, const struct process_conf *pc,
    const struct listen_conf *l, const char *key, int fd)
{
	struct socket	*s = xcalloc(1, sizeof(*s));
	struct stat	 st;

	s->app = app;
	s->process = pc->id;
	s->key = xstrdup(key);
	s->fd = fd;
	if (l->kind == LISTEN_UNIX) {
		s->path = xstrdup(l->path);
		s->uid = pc->uid;
		s->gid = pc->gid;
		if (lstat(l->path, &st) == 0) {
			s->dev = st.st_dev;
			s->ino = st.st_ino;
		}
	}
	RB_INSERT(sockets, &p->sockets, s);
}

/* The open one, or a new one. */
static int
socket_have(struct parent *p, uint32_t app, const struct process_conf *pc,
    const struct listen_conf *l, char *err, size_t size)
{
	char		 key[SOCKET_KEY_SIZE];
	struct socket	*s;
	int		 fd;

	socket_key(l, pc, key, sizeof(key));
	if ((s = socket_find(p, app, pc->id, key)) != NULL) {
		if (socket_there(s))
			return (s->fd);
		socket_free(p, s);
	}
	fd = l->kind == LISTEN_UNIX ? unix_open(l, pc, err, size) :
	    inet_open(l, err, size);
	if (fd != -1)
		socket_add(p, app, pc, l, key, fd);
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
	char				 key[SOCKET_KEY_SIZE];

	if (pc == NULL)
		return (0);
	TAILQ_FOREACH(l, &pc->listens, entry)
		if (strcmp(socket_key(l, pc, key, sizeof(key)), s->key) == 0)
			return (1);
	return (0);
}

void
listen_sweep(struct parent *p)
{
	struct socket	*s, *next;

	for (s = RB_MIN(sockets, &p->sockets); s != NULL; s = next) {
		next = RB_NEXT(sockets, &p->sockets, s);
		if (!socket_wanted(p, s))
			socket_free(p, s);
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
