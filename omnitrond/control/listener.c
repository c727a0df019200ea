/*
 * Accepting connections on the descriptors of LISTENER.  In the control
 * process.
 *
 * At the limit of connections nothing is accepted until one ends, unless an
 * idle one can make room: root and the daemon's user, the only ones the
 * control socket lets in, never starve for connections they forgot.  When
 * descriptors are out, one is kept in reserve to turn a caller away with,
 * and the next is looked at a second later (a plain accept loop would spin).
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "omnitrond/control/conn.h"
#include "omnitrond/control/cred.h"
#include "omnitrond/control/listener.h"
#include "omnitrond/control/control.h"

#define ACCEPT_BURST	32	/* accepted before others have a turn */

static const struct timeval	 pause_time = { 1, 0 };

static void
listener_pause(struct control *ctl, int timed)
{
	size_t	 i;

	for (i = 0; i < ctl->nlisteners; i++)
		if (ctl->listener[i].ev != NULL)
			event_del(ctl->listener[i].ev);
	ctl->paused = 1;
	if (timed)
		event_add(ctl->resume, &pause_time);
}

void
listener_resume(struct control *ctl)
{
	size_t	 i;

	if (!ctl->paused)
		return;
	ctl->paused = 0;
	for (i = 0; i < ctl->nlisteners; i++)
		if (ctl->listener[i].ev != NULL)
			event_add(ctl->listener[i].ev, NULL);
}

static void
listener_wake(int fd, short events, void *arg)
{
	listener_resume(arg);
}

static const char busy[] = "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":"
    "{\"code\":-32029,\"message\":\"too many connections\",\"data\":"
    "{\"code\":\"LIMITED\"}}}\n";
static const char groups[] = "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":"
    "{\"code\":-32003,\"message\":\"your user is in too many groups for the "
    "rules to be looked at\",\"data\":{\"code\":\"FORBIDDEN\"}}}\n";

static void
listener_refuse(int fd, const char *text)
{
	/* Best effort: who is turned away need not listen. */
	if (write(fd, text, strlen(text)) == -1)
		log_debug("a connection was refused");
	close(fd);
}

static int
listener_privileged(const struct control *ctl, uint32_t uid)
{
	return (uid == 0 || uid == ctl->net->own_uid);
}

/* Take the connection in, or turn it away. */
static void
listener_admit(struct listener *l, int fd)
{
	struct control	*ctl = l->control;
	struct caller	 caller;
	int		 room, many;

	many = cred_of(fd, &caller) == -1;
	if (many && errno != E2BIG) {
		close(fd);
		return;
	}
	if (many && ctl->net->proc->kind != K_CONTROL) {
		listener_refuse(fd, groups);
		return;
	}
	caller.role = l->role;
	if (listener_privileged(ctl, caller.uid))
		room = ctl->nconns < CONN_MAX || conn_evict(ctl);
	else
		room = ctl->nconns < CONN_MAX - CONN_RESERVE &&
		    conn_count(ctl, caller.uid) < CONN_PER_UID;
	if (!room || conn_new(ctl, fd, &caller) == NULL)
		listener_refuse(fd, busy);
}

/* No descriptor is left: make one free, or turn one caller away and wait. */
static void
listener_exhausted(struct listener *l, int ours)
{
	struct control	*ctl = l->control;
	int		 fd;

	if (ours && conn_evict(ctl))
		return;
	if (ctl->reserve_fd != -1) {
		close(ctl->reserve_fd);
		ctl->reserve_fd = -1;
		if ((fd = accept4(l->fd, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1)
			listener_refuse(fd, busy);
		ctl->reserve_fd = fcntl(l->fd, F_DUPFD_CLOEXEC, 0);
	}
	listener_pause(ctl, 1);
}

static void
listener_accept(int lfd, short events, void *arg)
{
	struct listener	*l = arg;
	struct control	*ctl = l->control;
	int		 fd, i;

	for (i = 0; i < ACCEPT_BURST && !ctl->paused; i++) {
		if (ctl->nconns >= CONN_MAX && !conn_evictable(ctl)) {
			listener_pause(ctl, 0);
			return;
		}
		fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			listener_admit(l, fd);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE) {
			listener_exhausted(l, errno == EMFILE);
		} else if (errno != EINTR && errno != ECONNABORTED) {
			if (errno != EAGAIN && errno != EWOULDBLOCK) {
				log_warn("accept");
				listener_pause(ctl, 1);
			}
			return;
		}
	}
}

int
listener_take(struct peer *peer, struct msg *m)
{
	struct control		*ctl = control_of(peer);
	struct m_listener	 rec;
	struct listener		*l;
	char			 text[TEXT_MAX + 1];
	int			 accepting = 0;
	socklen_t		 len = sizeof(accepting);

	msg_take(m, &rec, sizeof(rec));
	msg_take_str(m, text, sizeof(text));
	if (msg_end(m) == -1 || rec.role >= ROLE_MAX ||
	    rec.kind != LISTENER_UNIX ||
	    ctl->nlisteners == LISTENERS_MAX ||
	    getsockopt(m->fd, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &len)
	    == -1 || !accepting)
		return (-1);
	l = &ctl->listener[ctl->nlisteners++];
	l->control = ctl;
	l->fd = msg_take_fd(m);
	l->role = rec.role;
	evutil_make_socket_nonblocking(l->fd);
	return (0);
}

void
listener_start(struct control *ctl)
{
	struct listener	*l;
	size_t		 i;

	ctl->resume = event_new(ctl->net->proc->base, -1, 0, listener_wake,
	    ctl);
	if (ctl->resume == NULL)
		fatalx("out of memory");
	for (i = 0; i < ctl->nlisteners; i++) {
		l = &ctl->listener[i];
		l->ev = event_new(ctl->net->proc->base, l->fd,
		    EV_READ | EV_PERSIST, listener_accept, l);
		if (l->ev == NULL || event_add(l->ev, NULL) == -1)
			fatalx("out of memory");
	}
	if (ctl->nlisteners > 0 && (ctl->reserve_fd =
	    fcntl(ctl->listener[0].fd, F_DUPFD_CLOEXEC, 0)) == -1)
		fatal("reserve descriptor");
}

void
listener_close(struct control *ctl)
{
	size_t	 i;

	for (i = 0; i < ctl->nlisteners; i++) {
		if (ctl->listener[i].ev != NULL)
			event_free(ctl->listener[i].ev);
		close(ctl->listener[i].fd);
	}
	ctl->nlisteners = 0;
	if (ctl->reserve_fd != -1)
		close(ctl->reserve_fd);
	ctl->reserve_fd = -1;
	if (ctl->resume != NULL)
		event_free(ctl->resume);
	ctl->resume = NULL;
}
