/*
 * The notify sockets of instances: sd_notify(3)'s protocol.  In the apps
 * process; touches the sockets it is given.
 *
 * Who may notify.  The socket proves the instance: its file is the app's
 * user's and is known to nobody else.  The sender must be that user.  With
 * `notify-access main' its pid must be that of the process we started, or of
 * the one that MAINPID= named; with `group' it may be any process of the
 * instance.  Whether a pid is of the instance only the parent can tell, from
 * the cgroup or the session; it is asked, and the datagram waits meanwhile
 * with all that come behind it.  So a child that notifies and exits at once
 * may be gone before it is looked at: systemd-notify(1) therefore waits for
 * its BARRIER=1, a descriptor that is closed here when it is reached.
 *
 * MAINPID= names another process of the instance, or is ignored.  It changes
 * who may notify, and nothing else: what is supervised, stopped and killed
 * is the process that was started, with its group.
 */
#include <errno.h>
#include <string.h>

#include <event2/event.h>

#include "common/log.h"
#include "omnitrond/apps/apps.h"

/* Datagrams of an instance before others have a turn, and in the long run. */
#define NOTIFY_TURN	16
#define NOTIFY_MS	10	/* one each, so 100 a second */
#define NOTIFY_BURST	100
/* Questions of an instance to the parent; beyond it the datagram is lost. */
#define WHO_MS		200
#define WHO_BURST	10
/* Answers are forgotten: pids are used again. */
#define WHO_KEPT_MS	5000

/* ---- whose it is -------------------------------------------------------- */

static const struct who *
who_kept(const struct app_inst *i, pid_t pid)
{
	const struct who	*w;
	int			 k;

	for (k = 0; k < WHO_KEPT; k++) {
		w = &i->who.kept[k];
		if (w->pid == pid &&
		    mono_diff_ms(mono_now(), w->at) < WHO_KEPT_MS)
			return (w);
	}
	return (NULL);
}

static void
who_keep(struct app_inst *i, pid_t pid, int member)
{
	struct who	*w = &i->who.kept[i->who.next++ % WHO_KEPT];

	w->pid = pid;
	w->member = member;
	w->at = mono_now();
}

/* 1 it is of the instance, 0 it is not, -1 the parent was asked. */
static int
who_is(struct app_inst *i, pid_t pid)
{
	struct peer		*parent = i->apps->proc->peer[K_PARENT];
	const struct who	*w;
	struct m_app_who	 m;

	if (pid == i->pid)
		return (1);
	if ((w = who_kept(i, pid)) != NULL)
		return (w->member);
	if (parent == NULL || rate_take(&i->who.rate, mono_now(), WHO_MS,
	    WHO_BURST) > 0)
		return (0);
	memset(&m, 0, sizeof(m));
	m.inst = i->id;
	m.pid = pid;
	i->who.asked = pid;
	peer_send(parent, M_APP_WHO, -1, &m, NULL);
	return (-1);
}

/* The same for the sender of the datagram that is held. */
static int
notify_allowed(struct app_inst *i)
{
	pid_t	 pid = i->who.sender;

	if (pid == i->pid || (pid != 0 && pid == i->mainpid))
		return (1);
	if (pid == 0)			/* nobody knows: its user it is */
		return (1);
	return (i->access == NOTIFY_GROUP ? who_is(i, pid) : 0);
}

/* ---- what it says ------------------------------------------------------- */

static void
notify_take(struct app_inst *i)
{
	const struct notify	*n = &i->who.held;

	if (n->what & NOTIFY_STATUS)
		say_status(i, n->status);
	if (n->what & NOTIFY_RELOADING)
		say_word(i, WORD_RELOADING, n->usec);
	if (n->what & NOTIFY_STOPPING)
		say_word(i, WORD_STOPPING, 0);
	if (n->what & NOTIFY_READY)
		say_ready(i, READY_NOTIFY);
	if (n->what & NOTIFY_TRIGGER)
		beat_trigger(i);
	else if (n->what & NOTIFY_WATCHDOG)
		beat_take(i);
}

/* Take in the datagram that is held; -1: it waits for an answer. */
static int
notify_step(struct app_inst *i)
{
	struct notify	*n = &i->who.held;
	int		 rv;

	if ((rv = notify_allowed(i)) == -1)
		return (-1);
	if (rv == 0) {
		log_debug("%s: pid %d may not notify for it", i->name,
		    (int)i->who.sender);
		return (0);
	}
	if (n->what & NOTIFY_MAINPID) {
		if ((rv = who_is(i, n->mainpid)) == -1)
			return (-1);
		if (rv == 1)
			i->mainpid = n->mainpid;
		else
			log_debug("%s: MAINPID=%d is none of its processes",
			    i->name, (int)n->mainpid);
		n->what &= ~NOTIFY_MAINPID;
	}
	notify_take(i);
	return (0);
}

/* ---- reading ------------------------------------------------------------ */

static void
notify_stop(struct app_inst *i)
{
	if (i->ev[APP_SOCKET_NOTIFY] != NULL)
		event_del(i->ev[APP_SOCKET_NOTIFY]);
}

void
notify_resume(int fd, short events, void *arg)
{
	struct app_inst	*i = arg;

	if (i->pid != 0 && i->who.asked == 0 &&
	    i->ev[APP_SOCKET_NOTIFY] != NULL)
		event_add(i->ev[APP_SOCKET_NOTIFY], NULL);
}

/* More than it may: what it sends waits in its socket, and then itself. */
static int
notify_late(struct app_inst *i)
{
	struct timeval	 tv = { 0, 0 };
	int64_t		 ms;

	if ((ms = rate_take(&i->rate, mono_now(), NOTIFY_MS,
	    NOTIFY_BURST)) == 0)
		return (0);
	notify_stop(i);
	tv.tv_sec = ms / 1000;
	tv.tv_usec = ms % 1000 * 1000;
	event_add(i->pause, &tv);
	return (1);
}

/* One datagram; -1 if there is no other to be read now. */
static int
notify_one(struct app_inst *i, int fd)
{
	struct notify_sender	 from;
	char			 buf[NOTIFY_MAX];
	ssize_t			 n;

	if (notify_late(i))
		return (-1);
	n = notify_recv(fd, i->uid, buf, sizeof(buf), &from);
	if (n == -1) {
		if (errno == EINTR)
			return (0);
		if (errno != EAGAIN) {
			log_warn("%s: notify socket", i->name);
			inst_close(i, APP_SOCKET_NOTIFY);
		}
		return (-1);
	}
	if (n == 0 || notify_parse(&i->who.held, buf, (size_t)n) == -1)
		return (0);
	if (from.uid != i->uid) {
		log_debug("%s: uid %u may not notify for it", i->name,
		    (unsigned int)from.uid);
		return (0);
	}
	i->who.sender = from.pid;
	if (notify_step(i) == 0)
		return (0);
	notify_stop(i);
	return (-1);
}

void
notify_readable(int fd, short events, void *arg)
{
	struct app_inst	*i = arg;
	int		 n;

	for (n = 0; n < NOTIFY_TURN && notify_one(i, fd) == 0; n++)
		;
}

void
notify_answer(struct app_inst *i, pid_t pid, int member)
{
	if (i->who.asked != pid)
		return;
	i->who.asked = 0;
	who_keep(i, pid, member);
	if (notify_step(i) == 0)
		notify_resume(-1, 0, i);
}

void
notify_reset(struct app_inst *i)
{
	memset(&i->who, 0, sizeof(i->who));
}
