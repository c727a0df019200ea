/*
 * For the apps process: sockets of instances, and who they belong to.
 *
 * The parent binds them, since only it may write in their folder, keeps a
 * descriptor of each while the instance exists, and hands copies to apps,
 * which alone reads them.  What apps may ask is whether a process belongs to
 * an instance; the answer changes nothing here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "omnitrond/parent/apps.h"
#include "omnitrond/parent/appsock.h"
#include "omnitrond/parent/inst.h"

/*
 * Questions of apps that are answered by a look, in all: more than every one
 * of a thousand instances asks when they are started at once.  Beyond it the
 * answer is no, so that a taken apps process cannot keep us busy.
 */
#define WHO_MS		1
#define WHO_BURST	4000

static void
apps_of(const struct inst *i, struct appsock_of *of)
{
	memset(of, 0, sizeof(*of));
	of->folder = i->parent->appsdir;
	of->app = i->app;
	of->process = i->process;
	of->instance = i->id.instance;
	of->uid = i->uid;
	of->gid = i->gid;
}

void
apps_init(struct apps_ends *ends)
{
	int	 k;

	for (k = 0; k < APP_SOCKET_MAX; k++)
		ends->sock[k] = -1;
	ends->ready = -1;
}

const char *
apps_path(const struct parent *p, const struct process_conf *pc,
    const char *app, unsigned int instance, enum app_socket which, char *buf,
    size_t size)
{
	struct appsock_of	 of;

	if (!conf_process_needs(pc, which))
		return (NULL);
	memset(&of, 0, sizeof(of));
	of.folder = p->appsdir;
	of.app = app;
	of.process = pc->name;
	of.instance = instance;
	return (appsock_path(&of, which, buf, size) == 0 ? buf : NULL);
}

/* ---- to apps ------------------------------------------------------------ */

static struct peer *
apps_peer(const struct inst *i)
{
	return (child_peer(i->parent, K_APPS));
}

/* A copy of the descriptor, which stays ours. */
static void
apps_send_socket(const struct inst *i, enum app_socket which, int fd)
{
	struct m_app_socket	 m;
	struct peer		*peer = apps_peer(i);

	if (peer == NULL || fd == -1)
		return;
	if ((fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1) {
		log_warn("%s: dup", i->app);
		return;
	}
	memset(&m, 0, sizeof(m));
	m.inst = i->id;
	m.which = which;
	peer_send(peer, M_APP_SOCKET, fd, &m, NULL);
}

/* The read end is opened by name: ours is the app's, which writes. */
static void
apps_send_ready(const struct inst *i)
{
	struct m_app_socket	 m;
	struct peer		*peer = apps_peer(i);
	int			 fd;

	if (peer == NULL || i->ends.ready == -1)
		return;
	fd = fifo_reader(i->parent->fifodir, i->app, i->process,
	    i->id.instance, i->uid, FIFO_READY);
	if (fd == -1) {
		log_warn("%s: ready fifo", i->app);
		return;
	}
	memset(&m, 0, sizeof(m));
	m.inst = i->id;
	m.which = APP_SOCKET_READY;
	peer_send(peer, M_APP_SOCKET, fd, &m, NULL);
}

static int
apps_any(const struct inst *i)
{
	int	 k;

	for (k = 0; k < APP_SOCKET_MAX; k++)
		if (i->ends.sock[k] != -1)
			return (1);
	return (i->ends.ready != -1);
}

static int
apps_lives(const struct inst *i)
{
	return (i->state == INST_EXECING || i->state == INST_RUNNING);
}

void
apps_born(struct inst *i, const struct process_conf *pc)
{
	struct m_app_born	 m;

	if (apps_peer(i) == NULL || !apps_any(i))
		return;
	memset(&m, 0, sizeof(m));
	m.inst = i->id;
	m.pid = i->pid;
	m.uid = i->uid;
	m.access = pc->notify_access;
	m.ready = pc->policy.ready;
	peer_send(apps_peer(i), M_APP_BORN, -1, &m, i->app, i->process, NULL);
}

void
apps_died(struct inst *i)
{
	if (apps_peer(i) != NULL && apps_any(i))
		peer_send(apps_peer(i), M_APP_DIED, -1, &i->id, NULL);
	if (i->ends.ready != -1)
		close(i->ends.ready);
	i->ends.ready = -1;
}

static int
apps_bind(struct inst *i, enum app_socket which)
{
	struct appsock_of	 of;

	apps_of(i, &of);
	if ((i->ends.sock[which] = appsock_bind(&of, which)) == -1)
		return (-1);
	apps_send_socket(i, which, i->ends.sock[which]);
	return (0);
}

/* One that an apps process shut down is of no use to the next. */
static void
apps_feed_socket(struct inst *i, enum app_socket which)
{
	int	*fd = &i->ends.sock[which];

	if (*fd == -1 || appsock_sound(*fd)) {
		apps_send_socket(i, which, *fd);
		return;
	}
	close(*fd);
	if (apps_bind(i, which) == -1)
		log_warn("%s: it is not heard until it is restarted", i->app);
}

static void
apps_feed_inst(struct inst *i)
{
	const struct process_conf	*pc;
	int				 k;

	for (k = 0; k < APP_SOCKET_MAX; k++)
		apps_feed_socket(i, k);
	apps_send_ready(i);
	pc = ids_process(i->parent, i->id.app, i->id.process);
	if (pc != NULL && apps_lives(i))
		apps_born(i, pc);
}

void
apps_feed(struct parent *p)
{
	struct inst	*i;

	RB_FOREACH(i, insts, &p->insts)
		apps_feed_inst(i);
}

void
apps_reload(struct parent *p)
{
	const struct process_conf	*pc;
	struct inst			*i;

	RB_FOREACH(i, insts, &p->insts) {
		pc = ids_process(p, i->id.app, i->id.process);
		if (pc != NULL && apps_lives(i))
			apps_born(i, pc);
	}
}

/* ---- an instance -------------------------------------------------------- */

static int
apps_open_ready(struct inst *i, const struct process_conf *pc, int fresh)
{
	/* of a spawn that came to nothing */
	if (i->ends.ready != -1)
		close(i->ends.ready);
	i->ends.ready = -1;
	if (pc->policy.ready != READY_FD)
		return (0);
	i->ends.ready = fifo_ready(i->parent->fifodir, i->app, i->process,
	    i->id.instance, i->uid, i->gid, fresh);
	if (i->ends.ready == -1)
		return (-1);
	apps_send_ready(i);
	return (0);
}

/* What a former configuration needed, and this one does not. */
static int
apps_stale(const struct inst *i, const struct process_conf *pc)
{
	int	 k;

	for (k = 0; k < APP_SOCKET_MAX; k++)
		if (i->ends.sock[k] != -1 && !conf_process_needs(pc, k))
			return (1);
	return (0);
}

int
apps_open(struct inst *i, const struct process_conf *pc, char *text,
    size_t size)
{
	char	 path[PATH_SIZE];
	int	 k;

	if (apps_stale(i, pc))
		apps_close(i);
	for (k = 0; k < APP_SOCKET_MAX; k++) {
		if (!conf_process_needs(pc, k) || i->ends.sock[k] != -1)
			continue;
		if (apps_path(i->parent, pc, i->app, i->id.instance, k, path,
		    sizeof(path)) == NULL) {
			snprintf(text, size, "the path of rundir is too long "
			    "for a socket in it");
			return (-1);
		}
		if (apps_bind(i, k) == -1)
			return (-1);
	}
	return (apps_open_ready(i, pc, 1));
}

void
apps_adopt(struct inst *i, const struct process_conf *pc)
{
	int	 k;

	for (k = 0; k < APP_SOCKET_MAX; k++)
		if (conf_process_needs(pc, k) && i->ends.sock[k] == -1 &&
		    apps_bind(i, k) == -1)
			log_warn("%s: it is not heard until it is restarted",
			    i->app);
	if (apps_open_ready(i, pc, 0) == -1)
		log_warn("%s: ready fifo", i->app);
	apps_born(i, pc);
}

void
apps_close(struct inst *i)
{
	struct appsock_of	 of;
	int			 k;

	if (!apps_any(i))
		return;
	apps_of(i, &of);
	if (apps_peer(i) != NULL)
		peer_send(apps_peer(i), M_APP_CLOSED, -1, &i->id, NULL);
	for (k = 0; k < APP_SOCKET_MAX; k++) {
		if (i->ends.sock[k] == -1)
			continue;
		appsock_unlink(&of, k);
		close(i->ends.sock[k]);
	}
	if (i->ends.ready != -1)
		close(i->ends.ready);
	apps_init(&i->ends);
}

/* ---- what apps asks ----------------------------------------------------- */

/*
 * By the cgroup, which nobody leaves, or where there is none by the session,
 * whose id is that of the leader as long as it lives.
 */
static int
apps_member(const struct inst *i, pid_t pid)
{
	if (!apps_lives(i) || pid <= 1)
		return (0);
	if (pid == i->pid)
		return (1);
	if (i->leaf != NULL)
		return (cgroup_leaf_has(i->leaf, pid) == 1);
	return (getsid(pid) == i->pid);
}

int
apps_asked(struct peer *peer, struct msg *m)
{
	struct parent		*p = peer_arg(peer);
	struct m_app_who	 who;
	struct inst		*i;

	msg_take(m, &who, sizeof(who));
	if (msg_end(m) == -1)
		return (-1);
	i = inst_find(p, &who.inst);
	who.member = i != NULL && i->id.generation == who.inst.generation &&
	    rate_take(&p->who_rate, mono_now(), WHO_MS, WHO_BURST) == 0 &&
	    apps_member(i, who.pid);
	peer_send(peer, M_APP_WHO_IS, -1, &who, NULL);
	return (0);
}
