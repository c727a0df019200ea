/*
 * Accepting connections on the descriptors of LISTENER.  In the control
 * process.
 *
 * At the limit of connections nothing is accepted until one ends, unless an
 * idle one can make room: root and the daemon's user, the only ones the
 * control socket lets in, never starve for connections they forgot; on further
 * sockets some are kept for them that no other user gets.  When
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
	caller.grants = l->grants;
	if (listener_privileged(ctl, caller.uid))
		room = ctl->nconns < CONN_MAX || conn_evict(ctl);
	else
		room = ctl->nconns < CONN_MAX - CONN_RESERVE &&
		    conn_count(ctl, caller.uid) < CONN_PER_UID;
	if (!room || conn_new(ctl, fd, &caller, l->id) == NULL)
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

/* Of local, each configuration tells all there are; of control, its set-up. */
static int
listener_due(const struct control *ctl)
{
	if (ctl->net->proc->kind == K_CONTROL)
		return (ctl->nlisteners < LISTENERS_MAX);
	return (ctl->telling && ctl->nnext < LISTENERS_MAX);
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
	    rec.kind != LISTENER_UNIX || !listener_due(ctl) ||
	    getsockopt(m->fd, SOL_SOCKET, SO_ACCEPTCONN, &accepting, &len)
	    == -1 || !accepting)
		return (-1);
	l = ctl->net->proc->kind == K_CONTROL ?
	    &ctl->listener[ctl->nlisteners++] : &ctl->next[ctl->nnext++];
	memset(l, 0, sizeof(*l));
	l->control = ctl;
	l->id = rec.id;
	l->fd = msg_take_fd(m);
	l->role = rec.role;
	l->grants = (rec.flags & LISTENER_GRANTS) != 0;
	evutil_make_socket_nonblocking(l->fd);
	return (0);
}

static void
listener_open(struct listener *l)
{
	struct control	*ctl = l->control;

	l->ev = event_new(ctl->net->proc->base, l->fd, EV_READ | EV_PERSIST,
	    listener_accept, l);
	if (l->ev == NULL || (!ctl->paused && event_add(l->ev, NULL) == -1))
		fatalx("out of memory");
}

static void
listener_reserve(struct control *ctl)
{
	if (ctl->nlisteners > 0 && ctl->reserve_fd == -1 && (ctl->reserve_fd =
	    fcntl(ctl->listener[0].fd, F_DUPFD_CLOEXEC, 0)) == -1)
		log_warn("reserve descriptor");
}

void
listener_start(struct control *ctl)
{
	size_t	 i;

	ctl->resume = event_new(ctl->net->proc->base, -1, 0, listener_wake,
	    ctl);
	if (ctl->resume == NULL)
		fatalx("out of memory");
	for (i = 0; i < ctl->nlisteners; i++)
		listener_open(&ctl->listener[i]);
	listener_reserve(ctl);
	ctl->started = 1;
}

static void
listener_free(struct listener *l)
{
	if (l->ev != NULL)
		event_free(l->ev);
	if (l->fd != -1)
		close(l->fd);
	memset(l, 0, sizeof(*l));
	l->fd = -1;
}

void
listener_switch(struct control *ctl)
{
	size_t	 i;

	for (i = 0; i < ctl->nlisteners; i++)
		listener_free(&ctl->listener[i]);
	if (ctl->reserve_fd != -1)
		close(ctl->reserve_fd);
	ctl->reserve_fd = -1;
	memcpy(ctl->listener, ctl->next, ctl->nnext * sizeof(ctl->next[0]));
	ctl->nlisteners = ctl->nnext;
	ctl->nnext = 0;
	if (ctl->started) {
		for (i = 0; i < ctl->nlisteners; i++)
			listener_open(&ctl->listener[i]);
		listener_reserve(ctl);
	}
	conn_switch(ctl);
}

void
listener_forget(struct control *ctl)
{
	while (ctl->nnext > 0)
		listener_free(&ctl->next[--ctl->nnext]);
}

void
listener_close(struct control *ctl)
{
	while (ctl->nlisteners > 0)
		listener_free(&ctl->listener[--ctl->nlisteners]);
	listener_forget(ctl);
	if (ctl->reserve_fd != -1)
		close(ctl->reserve_fd);
	ctl->reserve_fd = -1;
	if (ctl->resume != NULL)
		event_free(ctl->resume);
	ctl->resume = NULL;
}
