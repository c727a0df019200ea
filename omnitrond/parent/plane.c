/*
 * Sockets of planes.  In the parent, as root when the daemon was started so:
 * what is bound where comes from the configuration alone, which says of each
 * port how it is protected.
 *
 * A socket that is not needed any more is shut down and not only closed: a
 * process that kept its copy of it has nothing.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/appsock.h"
#include "omnitrond/parent/listen.h"
#include "omnitrond/parent/listener.h"
#include "omnitrond/parent/parent.h"
#include "omnitrond/parent/plane.h"

/* Connections that wait to be accepted; the kernel's somaxconn bounds it. */
#define PLANE_BACKLOG	1024

struct plane_socket {
	TAILQ_ENTRY(plane_socket) entry;
	uint32_t		 id;
	enum listener_kind	 kind;
	char			*name;	/* path, or address and port */
	int			 fd;
	mode_t			 mode;	/* UNIX: as it is wanted */
	gid_t			 gid;
	struct stat		 bound;	/* UNIX: its file */
	int			 now;	/* the configuration in force has it */
	int			 next;	/* the one that is being offered has */
};

void
plane_init(struct parent *p)
{
	TAILQ_INIT(&p->plane_sockets);
}

/* ---- addresses ---------------------------------------------------------- */

/* What one statement asks for, of either kind. */
struct want {
	enum listener_kind	 kind;
	char			 name[PATH_SIZE];
	const struct socket_conf *sock;		/* UNIX */
	const struct port_conf	*port;		/* TCP, HTTP */
};

static void
want_socket(struct want *w, const struct socket_conf *s)
{
	memset(w, 0, sizeof(*w));
	w->kind = LISTENER_UNIX;
	w->sock = s;
	strlcpy(w->name, s->path, sizeof(w->name));
}

static void
want_port(struct want *w, const struct port_conf *l)
{
	int	 six = strchr(l->on, ':') != NULL;

	memset(w, 0, sizeof(*w));
	w->kind = l->kind;
	w->port = l;
	snprintf(w->name, sizeof(w->name), "%s%s%s:%u", six ? "[" : "", l->on,
	    six ? "]" : "", l->port);
}

static socklen_t
port_address(const struct port_conf *l, struct sockaddr_storage *ss)
{
	struct sockaddr_in6	*in6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in	*in = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, l->on, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)l->port);
		return (sizeof(*in));
	}
	if (inet_pton(AF_INET6, l->on, &in6->sin6_addr) != 1)
		return (0);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons((uint16_t)l->port);
	return (sizeof(*in6));
}

/* ---- one socket --------------------------------------------------------- */

/*
 * What is accepted has these, too: one who subscribed and is gone without a
 * word is noticed, and what is written leaves at once.
 */
static int
inet_options(int fd)
{
	int	 on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) == -1)
		return (-1);
	return (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
}

static int
inet_bind(const struct sockaddr_storage *ss, socklen_t len)
{
	int	 fd, on = 1, error;

	fd = socket(ss->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (fd == -1)
		return (-1);
	/* not SO_REUSEPORT: nobody is to have a part of our clients */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    (ss->ss_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6,
	    IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
	    inet_options(fd) == 0 &&
	    bind(fd, (const struct sockaddr *)ss, len) == 0 &&
	    listen(fd, PLANE_BACKLOG) == 0)
		return (fd);
	error = errno;
	close(fd);
	errno = error;
	return (-1);
}

static int
inet_open(const struct want *w, char *err, size_t size)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len = port_address(w->port, &ss);
	char			 who[256];
	int			 fd = -1;

	who[0] = '\0';
	errno = EINVAL;
	if (len != 0 && (fd = inet_bind(&ss, len)) != -1)
		return (fd);
	snprintf(err, size, "listen %s %s: %s",
	    w->kind == LISTENER_HTTP ? "http" : "tcp", w->name,
	    strerror(errno));
	if (errno == EADDRINUSE)
		listen_holder((struct sockaddr *)&ss, 0, who, sizeof(who));
	if (who[0] != '\0') {
		strlcat(err, ", by ", size);
		strlcat(err, who, size);
	}
	return (-1);
}

/*
 * A copy of one that is bound to the same, where the protocol changes: the
 * port is never given up in between.  One that was shut down is not copied.
 */
static int
plane_copy(struct parent *p, const char *name)
{
	struct plane_socket	*s;

	TAILQ_FOREACH(s, &p->plane_sockets, entry)
		if (strcmp(s->name, name) == 0 && s->fd != -1 &&
		    appsock_sound(s->fd))
			return (fcntl(s->fd, F_DUPFD_CLOEXEC, 0));
	return (-1);
}

static int
plane_open(struct parent *p, const struct want *w, struct plane_socket *s,
    char *err, size_t size)
{
	if (w->kind == LISTENER_UNIX)
		s->fd = listener_open(w->name, w->sock->mode, w->sock->gid,
		    &s->bound, err, size);
	else if ((s->fd = plane_copy(p, w->name)) == -1)
		s->fd = inet_open(w, err, size);
	return (s->fd);
}

/* Does another one have the same? */
static int
plane_shared(struct parent *p, const struct plane_socket *of)
{
	struct plane_socket	*s;

	/* one that is freed has left the list, which the check cannot follow */
	TAILQ_FOREACH(s, &p->plane_sockets, entry)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		if (s != of && strcmp(s->name, of->name) == 0)
			return (1);
	return (0);
}

static void
plane_close(struct parent *p, struct plane_socket *s)
{
	TAILQ_REMOVE(&p->plane_sockets, s, entry);
	if (s->fd != -1 && !plane_shared(p, s))
		shutdown(s->fd, SHUT_RDWR);
	if (s->kind == LISTENER_UNIX)
		listener_close(s->fd, s->name, &s->bound);
	else if (s->fd != -1)
		close(s->fd);
	free(s->name);
	free(s);
}

/* ---- the table ---------------------------------------------------------- */

static struct plane_socket *
plane_find(struct parent *p, const struct want *w)
{
	struct plane_socket	*s;

	TAILQ_FOREACH(s, &p->plane_sockets, entry)
		if (s->kind == w->kind && strcmp(s->name, w->name) == 0)
			return (s);
	return (NULL);
}

static int
plane_bind_one(struct parent *p, const struct want *w, char *err, size_t size)
{
	struct plane_socket	*s = plane_find(p, w);

	if (s == NULL) {
		s = xcalloc(1, sizeof(*s));
		s->kind = w->kind;
		s->name = xstrdup(w->name);
		s->id = ++p->plane_ids;
		if (plane_open(p, w, s, err, size) == -1) {
			free(s->name);
			free(s);
			return (-1);
		}
		TAILQ_INSERT_TAIL(&p->plane_sockets, s, entry);
	}
	s->next = 1;
	if (w->sock != NULL) {
		s->mode = w->sock->mode;
		s->gid = w->sock->gid;
	}
	return (0);
}

static int
plane_bind_all(struct parent *p, const struct conf *conf, char *err,
    size_t size)
{
	const struct socket_conf	*s;
	const struct port_conf		*l;
	struct want			 w;

	TAILQ_FOREACH(s, &conf->sockets, entry) {
		want_socket(&w, s);
		if (plane_bind_one(p, &w, err, size) == -1)
			return (-1);
	}
	TAILQ_FOREACH(l, &conf->ports, entry) {
		want_port(&w, l);
		if (plane_bind_one(p, &w, err, size) == -1)
			return (-1);
	}
	return (0);
}

int
plane_bind(struct parent *p, const struct conf *conf, char *err, size_t size)
{
	int	 rv = plane_bind_all(p, conf, err, size);

	if (rv == -1)
		plane_abort(p);
	return (rv);
}

void
plane_abort(struct parent *p)
{
	struct plane_socket	*s, *next;

	TAILQ_FOREACH_SAFE(s, &p->plane_sockets, entry, next) {
		s->next = 0;
		if (!s->now)
			plane_close(p, s);
	}
}

void
plane_commit(struct parent *p)
{
	struct plane_socket	*s, *next;

	TAILQ_FOREACH_SAFE(s, &p->plane_sockets, entry, next) {
		s->now = s->next;
		s->next = 0;
		if (!s->now)
			plane_close(p, s);
		else if (s->kind == LISTENER_UNIX && listener_give(s->name,
		    &s->bound, s->mode, s->gid) == -1)
			log_warn("socket %s: its group and mode", s->name);
	}
}

void
plane_close_all(struct parent *p)
{
	struct plane_socket	*s, *next;

	TAILQ_FOREACH_SAFE(s, &p->plane_sockets, entry, next)
		plane_close(p, s);
}

/* ---- to the planes ------------------------------------------------------ */

/*
 * A process that had it before may have changed what both have in common, or
 * shut it down: then it is bound anew.
 */
static void
plane_mend(struct parent *p, const struct want *w, struct plane_socket *s)
{
	char	 err[TEXT_MAX];

	if (s->fd != -1 && appsock_sound(s->fd))
		return;
	log_warnx("%s: was shut down, and is bound anew", s->name);
	if (s->kind == LISTENER_UNIX)
		listener_close(s->fd, s->name, &s->bound);
	else if (s->fd != -1)
		close(s->fd);
	s->fd = -1;
	if (plane_open(p, w, s, err, sizeof(err)) == -1)
		log_warnx("%s", err);
}

static void
plane_send(struct parent *p, struct peer *peer, const struct want *w)
{
	struct plane_socket	*s = plane_find(p, w);
	struct m_listener	 m;
	int			 fd;

	if (s == NULL)
		return;
	plane_mend(p, w, s);
	if (s->fd == -1)
		return;			/* somebody else has the address now */
	if ((fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 0)) == -1) {
		log_warn("dup");
		child_kill(p, peer_kind(peer), "no listener");
		return;
	}
	memset(&m, 0, sizeof(m));
	m.id = s->id;
	m.kind = w->kind;
	if (w->sock != NULL) {
		m.role = w->sock->role;
		m.flags = w->sock->grants ? LISTENER_GRANTS : 0;
	} else {
		m.role = w->port->max_role;
		m.flags = w->port->tls ? LISTENER_TLS : 0;
	}
	peer_send(peer, M_LISTENER, fd, &m, w->name, NULL);
}

void
plane_feed(struct parent *p, struct peer *peer, const struct conf *conf)
{
	const struct socket_conf	*s;
	const struct port_conf		*l;
	struct want			 w;

	if (peer_kind(peer) == K_LOCAL)
		TAILQ_FOREACH(s, &conf->sockets, entry) {
			want_socket(&w, s);
			plane_send(p, peer, &w);
		}
	else
		TAILQ_FOREACH(l, &conf->ports, entry) {
			want_port(&w, l);
			plane_send(p, peer, &w);
		}
}
