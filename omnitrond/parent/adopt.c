/*
 * Instances that outlived a supervisor, or a parent.
 *
 * A new supervisor is told what lives (ALIVE ... ALIVE_END).  At the start
 * of the daemon it then names what the records say (ADOPT ... ADOPT_END):
 * a process that is proved to be the recorded one and the app's is taken
 * over; anything else that sits in a cgroup of ours is ended.  Only then the
 * second ALIVE_END allows launches, so that no app runs twice.
 */
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/identify.h"
#include "omnitrond/parent/inst.h"
#include "omnitrond/parent/run.h"
#include "omnitrond/parent/strays.h"

/* Orphans that were sent SIGKILL hold up the launch at most this long. */
#define ORPHANS_MS	5000

/*
 * The status of a dead process that is not our child is there once its parent
 * has reaped it.  An init that does not is waited for no longer than this.
 */
#define REAPED_MS	3000

/* An orphan's cgroup, or itself where there is none, until that is no more. */
struct orphan {
	struct parent		*parent;
	struct cgroup_leaf	*leaf;
	struct event		*ev;		/* of its pidfd */
};

static struct parent *
parent_of(struct peer *peer)
{
	return (peer_arg(peer));
}

static void
send_alive(struct inst *i, struct peer *sup)
{
	struct m_alive	 m;
	int		 fd = -1;

	inst_alive(i, &m, &fd);
	peer_send(sup, M_ALIVE, fd, &m, NULL);
}

static void
send_alive_end(struct parent *p)
{
	struct peer	*sup = child_peer(p, K_SUPERVISOR);
	uint32_t	 zero = 0;

	if (sup != NULL)
		peer_send(sup, M_ALIVE_END, -1, &zero, NULL);
}

/* All that lives or is not acknowledged, then the exits among them. */
void
adopt_replay(struct parent *p)
{
	struct peer	*sup = child_peer(p, K_SUPERVISOR);
	struct inst	*i;

	p->adopt_ended = 0;
	peer_bulk(sup, 1);
	RB_FOREACH(i, insts, &p->insts)
		if (i->state != INST_IDLE)
			send_alive(i, sup);
	send_alive_end(p);
	RB_FOREACH(i, insts, &p->insts)
		if (i->state == INST_EXITED)
			reap_report(i);
	peer_bulk(sup, 0);
	if (p->phase >= PHASE_STOPPING) {
		struct m_shutdown	 m = { p->shutdown_flags };

		peer_send(sup, M_SHUTDOWN, -1, &m, NULL);
	}
}

/* ---- one recorded process ----------------------------------------------- */

/*
 * The death of a process that is not our child: readable when it is dead,
 * hung up when somebody reaped it, and only then the status is known.
 */
static void
adopted_dead(int fd, short events, void *arg)
{
	static const struct timeval	 tv = { REAPED_MS / 1000, 0 };
	struct inst			*i = arg;
	int				 status = 0, rv;

	rv = identify_status(fd, &status);
	if (rv == 1 && (events & EV_TIMEOUT) == 0) {
		event_free(i->pidfd_ev);
		i->pidfd_ev = event_new(i->parent->base, fd, EV_WRITE,
		    adopted_dead, i);
		if (i->pidfd_ev == NULL || event_add(i->pidfd_ev, &tv) == -1)
			fatalx("out of memory");
		return;
	}
	event_free(i->pidfd_ev);
	i->pidfd_ev = NULL;
	close(i->pidfd);
	i->pidfd = -1;
	reap_adopted(i, status, rv != 0);
}

static void
adopt_take(struct inst *i, int pidfd, const struct signature *sig,
    int64_t started_ms)
{
	struct parent	*p = i->parent;
	char		 title[INST_TITLE_SIZE];

	i->state = INST_RUNNING;
	i->adopted = 1;
	i->stopping = i->killed = i->noexec = 0;
	i->ooms = i->leaf != NULL ? cgroup_leaf_ooms(i->leaf) : -1;
	i->pid = sig->pid;
	i->sig = *sig;
	i->pidfd = pidfd;
	i->started_ms = started_ms;
	RB_INSERT(pids, &p->pids, i);
	if (i->fifo.app[FIFO_OUT] == -1 && inst_open_output(i, 1) == -1)
		log_warn("%s: output is lost until it is restarted",
		    inst_title(i, title, sizeof(title)));
	i->pidfd_ev = event_new(p->base, pidfd, EV_READ, adopted_dead, i);
	if (i->pidfd_ev == NULL || event_add(i->pidfd_ev, NULL) == -1)
		fatalx("out of memory");
}

/* A descriptor of the recorded process if it is proved to be the app's. */
static int
adopt_identify(struct inst *i, const struct m_signature *rec,
    struct signature *sig)
{
	struct parent	*p = i->parent;
	struct identify	 id;

	memset(&id, 0, sizeof(id));
	id.sig.pid = rec->pid;
	id.sig.starttime = rec->starttime;
	id.sig.inode = rec->pidfd_inode;
	strlcpy(id.sig.bootid, rec->bootid, sizeof(id.sig.bootid));
	id.uid = i->uid;
	id.home = p->conf->home;
	id.app = i->app;
	id.process = i->process;
	id.instance = i->id.instance;
	if (p->cgroup != NULL && i->leaf == NULL)
		i->leaf = cgroup_leaf_find(p->cgroup, i->app, i->process,
		    i->id.instance);
	id.leaf = i->leaf;
	id.fifodir = p->fifodir;
	*sig = id.sig;
	return (identify_open(&id));
}

int
adopt_asked(struct peer *peer, struct msg *m)
{
	struct parent		*p = parent_of(peer);
	const struct process_conf *pc;
	struct signature	 sig;
	struct m_alive		 req;
	struct inst		*i;
	char			 title[INST_TITLE_SIZE];
	int			 pidfd = -1;

	msg_take(m, &req, sizeof(req));
	if (msg_end(m) == -1 ||
	    ids_process_name(p, req.inst.app, req.inst.process) == NULL ||
	    !instance_valid(req.inst.instance) ||
	    memchr(req.sig.bootid, '\0', sizeof(req.sig.bootid)) == NULL)
		return (-1);
	if ((i = inst_find(p, &req.inst)) != NULL && i->state != INST_IDLE)
		return (-1);
	/* What is ours already is nobody else's, and once is enough. */
	if (!p->adopted && inst_by_pid(p, req.sig.pid) == NULL &&
	    (pc = ids_process(p, req.inst.app, req.inst.process)) != NULL) {
		if (i == NULL)
			i = inst_new(p, &req.inst, pc);
		i->id.generation = req.inst.generation;
		pidfd = adopt_identify(i, &req.sig, &sig);
		if (pidfd != -1) {
			adopt_take(i, pidfd, &sig, req.started_ms);
			apps_adopt(i, pc);
			send_alive(i, peer);
			log_info("%s: pid %d taken over", inst_title(i, title,
			    sizeof(title)), i->pid);
			return (0);
		}
		if (errno != ESRCH)
			log_warn("%s: pid %d is not taken over", inst_title(i,
			    title, sizeof(title)), req.sig.pid);
		/* what is in its cgroup is an orphan's, and ended */
		if (i->leaf != NULL)
			cgroup_leaf_close(i->leaf);
		i->leaf = NULL;
	}
	peer_send(peer, M_GONE, -1, &req.inst, NULL);
	return (0);
}

/* ---- what no record names ----------------------------------------------- */

static void
orphans_gone(struct parent *p)
{
	if (p->orphans_timer != NULL) {
		event_free(p->orphans_timer);
		p->orphans_timer = NULL;
	}
	p->adopted = 1;
	inst_cred_sweep(p);
	/* A supervisor that was replaced has still to name its records. */
	if (p->adopt_ended && p->child[K_SUPERVISOR].ready)
		send_alive_end(p);
	child_all_ready(p);
}

static void
orphans_late(int fd, short events, void *arg)
{
	struct parent	*p = arg;

	log_warnx("processes of an earlier daemon do not end, not even by "
	    "SIGKILL; starting beside them");
	p->orphans = 0;
	orphans_gone(p);
}

static void
orphan_over(struct orphan *o)
{
	struct parent	*p = o->parent;

	free(o);
	if (p->orphans > 0 && --p->orphans == 0)
		orphans_gone(p);
}

static void
orphan_empty(struct cgroup_leaf *leaf, void *arg)
{
	cgroup_unwatch(leaf);
	if (cgroup_leaf_remove(leaf) == -1)
		cgroup_leaf_close(leaf);
	orphan_over(arg);
}

static void
orphan_dead(int fd, short events, void *arg)
{
	struct orphan	*o = arg;

	event_free(o->ev);
	close(fd);
	orphan_over(o);
}

/* A cgroup that exists: ours if its instance lives, else to be emptied. */
static void
orphan_leaf(void *arg, const char *app, const char *process,
    unsigned int instance)
{
	struct parent		*p = arg;
	struct cgroup_leaf	*leaf;
	struct orphan		*o;
	struct inst		*i;
	struct m_inst		 id;

	memset(&id, 0, sizeof(id));
	id.app = ids_by_name(p, app);
	id.process = (uint16_t)ids_process_by_name(p, id.app, process);
	id.instance = (uint16_t)instance;
	i = inst_find(p, &id);
	if (i != NULL && i->state != INST_IDLE)
		return;
	if ((leaf = cgroup_leaf_find(p->cgroup, app, process, instance)) ==
	    NULL)
		return;
	/* what was killed with it may be gone: nothing new is to be in it */
	if (cgroup_leaf_populated(leaf) == 0 && cgroup_leaf_remove(leaf) == 0)
		return;
	o = calloc(1, sizeof(*o));
	if (o == NULL || cgroup_leaf_populated(leaf) != 1 ||
	    cgroup_watch(leaf, orphan_empty, o) == -1) {
		free(o);
		cgroup_leaf_close(leaf);
		return;
	}
	o->parent = p;
	o->leaf = leaf;
	p->orphans++;
	log_warnx("%s: ending processes that an earlier daemon left", app);
	cgroup_leaf_kill(leaf);
}

/*
 * Does it belong to an instance that was taken over?  A command that was run
 * for one does not: nobody waits for that any more.
 */
static int
orphan_owned(struct parent *p, pid_t pid)
{
	struct strays_of	 of;
	struct inst		*i;
	char			 run[RUN_MARK_SIZE];

	if (strays_var(pid, p->conf->home, "OMNITRON_RUN", run,
	    sizeof(run)) == 1)
		return (0);
	memset(&of, 0, sizeof(of));
	of.home = p->conf->home;
	of.fifodir = p->fifodir;
	RB_FOREACH(i, insts, &p->insts) {
		of.app = i->app;
		of.process = i->process;
		of.instance = i->id.instance;
		of.generation = i->id.generation;
		of.uid = i->uid;
		if (i->state != INST_IDLE &&
		    (i->pid == pid || strays_owns(pid, &of)))
			return (1);
	}
	return (0);
}

/*
 * What makes it one of ours: it writes to a FIFO that it can only have from
 * us, or its environment names an app and it is that app's user's.  Whoever
 * plants such an environment gets rid of what is his own.
 */
static int
orphan_proved(struct parent *p, pid_t pid)
{
	const struct process_conf	*pc;
	const struct app_conf		*app;
	struct strays_of		 of;
	char				 name[NAME_SIZE];
	uid_t				 uid;

	memset(&of, 0, sizeof(of));
	of.home = p->conf->home;
	of.fifodir = p->fifodir;
	of.instance = -1;
	if (strays_output(pid, &of) == 1)
		return (1);
	if (strays_var(pid, of.home, "OMNITRON_APP", name, sizeof(name)) != 1 ||
	    identify_uid(pid, &uid) == -1)
		return (0);
	if (!p->as_root)
		return (uid == geteuid());
	/* One that left the configuration is known by its output only. */
	if ((app = conf_app(p->conf, name)) == NULL)
		return (0);
	TAILQ_FOREACH(pc, &app->processes, entry)
		if (pc->uid == uid)
			return (1);
	return (0);
}

/* What it holds is free when it is dead, and no sooner: wait for that. */
static void
orphan_end(struct parent *p, const struct stray *s)
{
	struct orphan	*o;
	int		 fd = signature_pidfd(s->pid);

	log_warnx("ending pid %d that an earlier daemon left", s->pid);
	if (strays_kill(s, 1, SIGKILL) == 0 || fd == -1) {
		if (fd != -1)
			close(fd);
		return;
	}
	o = xcalloc(1, sizeof(*o));
	o->parent = p;
	o->ev = event_new(p->base, fd, EV_READ, orphan_dead, o);
	if (o->ev == NULL || event_add(o->ev, NULL) == -1)
		fatalx("out of memory");
	p->orphans++;
}

/* Without cgroups they are found by their environment and their output. */
static void
orphans_by_environ(struct parent *p)
{
	struct strays_of	 of;
	struct stray		*list = NULL;
	ssize_t			 n, k;

	memset(&of, 0, sizeof(of));
	of.home = p->conf->home;
	of.fifodir = p->fifodir;
	of.instance = -1;
	of.uid = STRAYS_ANYONE;
	n = strays_find(&of, 1, &list);
	for (k = 0; k < n; k++) {
		if (orphan_owned(p, list[k].pid) ||
		    !orphan_proved(p, list[k].pid))
			continue;
		orphan_end(p, &list[k]);
	}
	free(list);
}

int
adopt_end(struct peer *peer, struct msg *m)
{
	static const struct timeval	 tv = { ORPHANS_MS / 1000, 0 };
	struct parent			*p = parent_of(peer);
	uint32_t			 zero;

	msg_take(m, &zero, sizeof(zero));
	if (msg_end(m) == -1 || p->adopt_ended)
		return (-1);
	p->adopt_ended = 1;
	if (p->orphans_timer != NULL)
		return (0);	/* the end will be told */
	if (p->adopted) {
		send_alive_end(p);
		return (0);
	}
	p->orphans = 0;
	if (p->cgroup != NULL)
		cgroup_walk(p->cgroup, orphan_leaf, p);
	else
		orphans_by_environ(p);
	if (p->orphans == 0) {
		orphans_gone(p);
		return (0);
	}
	p->orphans_timer = event_new(p->base, -1, 0, orphans_late, p);
	if (p->orphans_timer == NULL || event_add(p->orphans_timer, &tv) == -1)
		fatalx("out of memory");
	return (0);
}
