/*
 * Accepting connections on the descriptors of LISTENER.  In the network
 * process.
 *
 * At the limit of connections one that is idle makes room, or nothing is
 * accepted until one ends, so that the rest waits in the kernel.  What comes
 * from an address that has as many as it may have is closed at once: it would
 * hold up others otherwise.  When descriptors are out, one
 * is kept in reserve to turn a caller away with, and the next is looked at a
 * second later (a plain accept loop would spin).
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "omnitrond/network/conf.h"
#include "omnitrond/network/conn.h"
#include "omnitrond/network/listener.h"
#include "omnitrond/network/network.h"

#define ACCEPT_BURST	32	/* accepted before others have a turn */

static const struct timeval	 pause_time = { 1, 0 };

static void
listener_pause(struct network *nw, int timed)
{
	size_t	 i;

	for (i = 0; nw->conf != NULL && i < nw->conf->nlisteners; i++)
		if (nw->conf->listener[i].ev != NULL)
			event_del(nw->conf->listener[i].ev);
	nw->paused = 1;
	if (timed)
		event_add(nw->resume, &pause_time);
}

void
listener_resume(struct network *nw)
{
	size_t	 i;

	if (!nw->paused)
		return;
	nw->paused = 0;
	for (i = 0; nw->conf != NULL && i < nw->conf->nlisteners; i++)
		if (nw->conf->listener[i].ev != NULL)
			event_add(nw->conf->listener[i].ev, NULL);
}

/* Take the connection in, or close it. */
static void
listener_admit(struct listener *l, int fd, const union address *from)
{
	struct network	*nw = l->network;
	struct conn	*idle;

	if (conn_count(nw, from) >= CONN_PER_ADDRESS) {
		close(fd);
		return;
	}
	if (nw->nconns >= CONN_MAX && (idle = conn_idle(nw)) != NULL)
		conn_drop(idle);
	conn_new(l, fd, from);
}

static void
listener_exhausted(struct listener *l)
{
	struct network	*nw = l->network;
	int		 fd;

	if (nw->reserve_fd != -1) {
		close(nw->reserve_fd);
		fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1)
			close(fd);
		nw->reserve_fd = fcntl(l->fd, F_DUPFD_CLOEXEC, 0);
	}
	listener_pause(nw, 1);
}

static void
listener_accept(int lfd, short events, void *arg)
{
	struct listener	*l = arg;
	struct network	*nw = l->network;
	union address	 from;
	socklen_t	 len;
	int		 fd, i;

	for (i = 0; i < ACCEPT_BURST && !nw->paused; i++) {
		if (nw->nconns >= CONN_MAX && conn_idle(nw) == NULL) {
			listener_pause(nw, 0);
			return;
		}
		memset(&from, 0, sizeof(from));
		len = sizeof(from);
		fd = accept4(lfd, &from.sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			listener_admit(l, fd, &from);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE) {
			listener_exhausted(l);
		} else if (errno == EINVAL) {
			event_del(l->ev);	/* the parent shut it down */
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			if (errno != EAGAIN && errno != EWOULDBLOCK) {
				log_warn("accept");
				listener_pause(nw, 1);
			}
			return;
		}
	}
}

int
listener_take(struct listener *l, struct msg *m)
{
	struct m_listener	 rec;
	char			 text[TEXT_MAX + 1];
	int			 accepting = 0;
	socklen_t		 len = sizeof(accepting);

	msg_take(m, &rec, sizeof(rec));
	msg_take_str(m, text, sizeof(text));
	if (msg_end(m) == -1 || rec.role >= ROLE_MAX ||
	    (rec.kind != LISTENER_TCP && rec.kind != LISTENER_HTTP) ||
	    (rec.flags & ~LISTENER_TLS) != 0 ||
	    getsockopt(m->fd, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &len)
	    == -1 || !accepting)
		return (-1);
	memset(l, 0, sizeof(*l));
	l->id = rec.id;
	l->role = rec.role;
	l->kind = rec.kind;
	l->tls = (rec.flags & LISTENER_TLS) != 0;
	l->fd = msg_take_fd(m);
	evutil_make_socket_nonblocking(l->fd);
	return (0);
}

void
listener_start(struct network *nw, struct listener *l)
{
	l->network = nw;
	l->ev = event_new(nw->net->proc->base, l->fd, EV_READ | EV_PERSIST,
	    listener_accept, l);
	if (l->ev == NULL || (!nw->paused && event_add(l->ev, NULL) == -1))
		fatalx("out of memory");
	if (nw->reserve_fd == -1 &&
	    (nw->reserve_fd = fcntl(l->fd, F_DUPFD_CLOEXEC, 0)) == -1)
		fatal("reserve descriptor");
}

void
listener_close(struct listener *l)
{
	if (l->ev != NULL)
		event_free(l->ev);
	l->ev = NULL;
	if (l->fd != -1)
		close(l->fd);
	l->fd = -1;
}
