/*
 * What a process of the daemon is told: SETUP, its channels, its data, GO.
 * Those that may refuse their configuration get it behind GO: what is in
 * files of keys is looked at behind their walls, and CONF_COMMIT comes when
 * they have acknowledged it.
 *
 * Runs in the parent.
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "omnitrond/method.h"
#include "omnitrond/parent/apps.h"
#include "omnitrond/parent/parent.h"

/* One that is tried for a reload lives in the new configuration. */
static const struct conf *
child_conf(const struct parent *p, const struct child *c)
{
	return (c->trial != NULL ? c->trial : p->conf);
}

const char *
child_dir(struct parent *p, enum kind kind, char *buf, size_t size)
{
	const struct conf	*conf = child_conf(p, &p->child[kind]);

	switch (kind_dir(kind)) {
	case DIR_STATE:
		return (conf->statedir);
	case DIR_SECRETS:
		return (conf->secretsdir);
	case DIR_LOGS:
		return (conf->logdir);
	case DIR_EMPTY:
	case DIR_NONE:
		break;
	}
	snprintf(buf, size, "%s/empty", conf->rundir);
	return (buf);
}

void
child_tell_setup(struct parent *p, struct child *c)
{
	const struct conf	*conf = child_conf(p, c);
	struct m_setup		 s;
	char			 buf[PATH_SIZE];

	memset(&s, 0, sizeof(s));
	s.kind = c->kind;
	s.flags = (p->as_root ? SETUP_ROOT : 0) |
	    (p->cgroup != NULL ? SETUP_CGROUP : 0) |
	    (c->stuck != 0 ? SETUP_HELD : 0);
	s.uid = conf->users[c->kind].uid;
	s.gid = conf->users[c->kind].gid;
	s.verbose = (uint32_t)p->verbose;
	s.daemon_pid = getpid();
	s.started_ms = p->started_ms;
	strlcpy(s.bootid, p->bootid, sizeof(s.bootid));
	if (p->as_root && c->kind == K_LOGGER)
		s.ngroups = conf_log_groups(conf, s.groups);
	peer_send(c->peer, M_SETUP, -1, &s,
	    child_dir(p, c->kind, buf, sizeof(buf)), NULL);
}

static void
send_link(struct peer *peer, enum kind other, int fd)
{
	struct m_link	 link;

	memset(&link, 0, sizeof(link));
	link.peer = other;
	peer_send(peer, M_LINK, fd, &link, NULL);
}

/* A channel between two of our processes that both run. */
void
child_tell_link(struct parent *p, enum kind a, enum kind b)
{
	int	 sv[2];

	if (!kind_links(a, b) || p->child[a].peer == NULL ||
	    p->child[b].peer == NULL)
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    sv) == -1) {
		/* Both would wait for ever: start this one again later. */
		log_warn("socketpair");
		child_kill(p, a, "no channel");
		return;
	}
	send_link(p->child[a].peer, b, sv[0]);
	send_link(p->child[b].peer, a, sv[1]);
}

/* To a plane: a process of ours, and the file that tells its memory. */
static void
send_process(struct parent *p, enum kind plane, enum kind kind)
{
	struct child		*c = &p->child[kind];
	struct m_process	 m;
	char			 path[64];

	memset(&m, 0, sizeof(m));
	m.kind = kind;
	m.pid = kind == K_PARENT ? getpid() : c->pid;
	m.restarts = c->restarts;
	m.walls = c->walls;
	snprintf(path, sizeof(path), "/proc/%d/statm", m.pid);
	peer_send(child_peer(p, plane), M_PROCESS, m.pid == 0 ? -1 :
	    open(path, O_RDONLY | O_CLOEXEC), &m, NULL);
}

void
child_tell_process(struct parent *p, enum kind kind)
{
	int	 k;

	for (k = K_PARENT + 1; k < K_MAX; k++)
		if (IS_PLANE(k) && child_peer(p, k) != NULL)
			send_process(p, k, kind);
}

/* To a new plane: all that run. */
static void
send_processes(struct parent *p, enum kind plane)
{
	int	 k;

	for (k = K_PARENT; k < K_MAX; k++)
		if (k == K_PARENT || p->child[k].ready)
			send_process(p, plane, k);
}

static void
send_control(struct parent *p)
{
	struct m_listener	 m;
	int			 fd;

	if ((fd = fcntl(p->listener, F_DUPFD_CLOEXEC, 0)) == -1) {
		log_warn("dup");
		child_kill(p, K_CONTROL, "no listener");
		return;
	}
	memset(&m, 0, sizeof(m));
	m.role = ROLE_ADMIN;	/* the socket is its owner's alone */
	m.kind = LISTENER_UNIX;
	peer_send(child_peer(p, K_CONTROL), M_LISTENER, fd, &m,
	    p->conf->socket, NULL);
}

void
child_tell_first(struct parent *p, enum kind kind)
{
	switch (kind) {
	case K_SUPERVISOR:
		feed_conf(p, kind, p->conf, p->conf_version);
		/* no app is started by one that may be refused: offer_taken */
		if (p->phase != PHASE_STARTING || child_accepted(p))
			feed_commit(p, kind, p->conf_version);
		break;
	case K_LOGGER:
		feed_conf(p, kind, p->conf, p->conf_version);
		feed_commit(p, kind, p->conf_version);
		break;
	case K_CONTROL:
		send_control(p);
		break;
	case K_EGRESS:
		feed_egress(p);
		break;
	case K_APPS:
		apps_feed(p);
		break;
	default:
		break;
	}
	if (kind == K_LOGGER)
		inst_feed_logger(p);
	if (IS_PLANE(kind))
		send_processes(p, kind);
}

void
child_tell_behind(struct parent *p, enum kind kind)
{
	if ((KB_LATE & (1u << kind)) == 0)
		return;
	if (p->child[kind].trial != NULL)
		feed_conf(p, kind, p->child[kind].trial, p->conf_offered);
	else
		feed_conf(p, kind, p->conf, p->conf_version);
}
