/*
 * Instances: the table, their output, and what the supervisor may ask for one
 * that runs: to be stopped, signalled.  How one begins is in inst_spawn.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/inst.h"
#include "omnitrond/parent/run.h"

static struct parent *
parent_of(struct peer *peer)
{
	return (peer_arg(peer));
}

/* ---- the table ---------------------------------------------------------- */

int
inst_key_cmp(struct inst *a, struct inst *b)
{
	if (a->id.app != b->id.app)
		return (a->id.app < b->id.app ? -1 : 1);
	if (a->id.process != b->id.process)
		return (a->id.process < b->id.process ? -1 : 1);
	if (a->id.instance != b->id.instance)
		return (a->id.instance < b->id.instance ? -1 : 1);
	return (0);
}

int
inst_pid_cmp(struct inst *a, struct inst *b)
{
	return (a->pid < b->pid ? -1 : a->pid > b->pid);
}

RB_GENERATE(insts, inst, by_key, inst_key_cmp)
RB_GENERATE(pids, inst, by_pid, inst_pid_cmp)

struct inst *
inst_find(struct parent *p, const struct m_inst *id)
{
	struct inst	 key;

	key.id = *id;
	return (RB_FIND(insts, &p->insts, &key));
}

struct inst *
inst_by_pid(struct parent *p, pid_t pid)
{
	struct inst	 key;

	key.pid = pid;
	return (RB_FIND(pids, &p->pids, &key));
}

const struct process_conf *
inst_conf(const struct inst *i)
{
	return (ids_process(i->parent, i->id.app, i->id.process));
}

const char *
inst_title(const struct inst *i, char *buf, size_t size)
{
	const struct app_conf		*app = ids_conf(i->parent, i->id.app);
	const struct process_conf	*pc = inst_conf(i);
	unsigned int			 number;
	int				 several, error = errno;

	number = instance_number(i->id.instance);
	several = number > 0 || (pc != NULL && pc->policy.instances > 1);
	strlcpy(buf, i->app, size);
	if (app != NULL ? app->bootstrap : strcmp(i->app, i->process) != 0) {
		strlcat(buf, "/", size);
		strlcat(buf, i->process, size);
	}
	if (several)
		snprintf(buf + strlen(buf), size - strlen(buf), "[%u]",
		    number);
	errno = error;
	return (buf);
}

static void
inst_timer_fired(int fd, short events, void *arg)
{
	struct inst	*i = arg;
	char		 title[INST_TITLE_SIZE];

	switch (i->state) {
	case INST_WAITING:
		inst_begin(i);
		break;
	case INST_EXECING:
	case INST_RUNNING:
		log_warnx("%s: did not stop in time: SIGKILL",
		    inst_title(i, title, sizeof(title)));
		inst_kill(i);
		break;
	case INST_DRAINING:
		reap_timeout(i);
		break;
	case INST_IDLE:
	case INST_HOOKING:
	case INST_ASKING:
	case INST_EXITED:
		break;
	}
}

void
inst_timer(struct inst *i, uint32_t ms)
{
	struct timeval	 tv;

	tv.tv_sec = ms / 1000;
	tv.tv_usec = (ms % 1000) * 1000;
	event_add(i->timer, &tv);
}

struct inst *
inst_new(struct parent *p, const struct m_inst *id,
    const struct process_conf *pc)
{
	struct inst	*i = xcalloc(1, sizeof(*i));

	i->parent = p;
	i->id = *id;
	strlcpy(i->app, ids_name(p, id->app), sizeof(i->app));
	strlcpy(i->process, pc->name, sizeof(i->process));
	i->uid = pc->uid;
	i->gid = pc->gid;
	i->pidfd = i->status = -1;
	fifo_init(&i->fifo);
	apps_init(&i->ends);
	if ((i->timer = event_new(p->base, -1, 0, inst_timer_fired, i)) == NULL)
		fatalx("out of memory");
	RB_INSERT(insts, &p->insts, i);
	return (i);
}

/* Only an idle one: nothing of it runs and nothing is to be acknowledged. */
void
inst_free(struct inst *i)
{
	run_inst_gone(i);
	inst_cred_remove(i);
	RB_REMOVE(insts, &i->parent->insts, i);
	event_free(i->timer);
	if (i->fifo.app[0] != -1)
		fifo_unlink(i->parent->fifodir, i->app, i->process,
		    i->id.instance);
	fifo_close(&i->fifo);
	apps_close(i);
	if (i->leaf != NULL && cgroup_leaf_remove(i->leaf) == -1)
		cgroup_leaf_close(i->leaf);
	free(i->extra);
	free(i);
}

/* ---- output ------------------------------------------------------------- */

static void
send_stream(struct inst *i, enum stream stream, int fd, int gap)
{
	struct peer		*logger = child_peer(i->parent, K_LOGGER);
	struct m_log_stream	 m;

	if (logger == NULL || fd == -1) {
		if (fd != -1)
			close(fd);
		return;
	}
	memset(&m, 0, sizeof(m));
	m.inst = i->id;
	m.stream = stream;
	m.pid = i->pid;
	m.gap = (uint32_t)gap;
	peer_send(logger, M_LOG_STREAM, fd, &m, i->process, NULL);
}

int
inst_open_output(struct inst *i, int gap)
{
	if (fifo_open(i->parent->fifodir, i->app, i->process, i->id.instance,
	    i->uid, i->gid, &i->fifo) == -1)
		return (-1);
	send_stream(i, STREAM_OUT, i->fifo.reader[FIFO_OUT], gap);
	send_stream(i, STREAM_ERR, i->fifo.reader[FIFO_ERR], gap);
	i->fifo.reader[FIFO_OUT] = i->fifo.reader[FIFO_ERR] = -1;
	return (0);
}

void
inst_feed_log(struct parent *p)
{
	struct peer		*logger = child_peer(p, K_LOGGER);
	struct m_log_stream	 m;

	if (logger == NULL)
		return;
	memset(&m, 0, sizeof(m));
	m.stream = STREAM_ERR;
	m.gap = p->child[K_LOGGER].restarts > 0;
	peer_send(logger, M_LOG_STREAM, fcntl(p->log_pipe[0], F_DUPFD_CLOEXEC,
	    0), &m, "omnitrond", NULL);
}

/*
 * A new logger gets everything that exists, by name; while we are starting
 * but what we say ourselves, which is shown if we do not get ready.
 */
void
inst_feed_logger(struct parent *p)
{
	struct inst	*i;
	int		 which, again = p->child[K_LOGGER].restarts > 0;

	if (p->phase != PHASE_STARTING)
		inst_feed_log(p);
	RB_FOREACH(i, insts, &p->insts) {
		if (i->fifo.app[FIFO_OUT] == -1)
			continue;
		for (which = FIFO_OUT; which <= FIFO_ERR; which++)
			send_stream(i, which == FIFO_OUT ? STREAM_OUT :
			    STREAM_ERR, fifo_reader(p->fifodir, i->app,
			    i->process, i->id.instance, i->uid, which), again);
	}
}

void
inst_log_pid(struct inst *i, enum msg_type type)
{
	struct peer		*logger = child_peer(i->parent, K_LOGGER);
	struct m_log_pid	 m;

	if (logger == NULL)
		return;
	memset(&m, 0, sizeof(m));
	m.inst = i->id;
	m.pid = i->pid;
	peer_send(logger, type, -1, &m, NULL);
}

/* ---- stop and signal ---------------------------------------------------- */

/* To the leader, by pidfd if it is not our child. */
static int
leader_signal(struct inst *i, int sig)
{
	if (i->adopted)
		return (signature_kill(i->pid, i->pidfd, sig));
	return (kill(i->pid, sig));
}

/* To the leader's process group, which it leads unless it just forked. */
static void
group_signal(struct inst *i, int sig)
{
	if (i->adopted && leader_signal(i, 0) == -1)
		return;
	if (kill(-i->pid, sig) == -1)
		leader_signal(i, sig);
}

void
inst_kill(struct inst *i)
{
	char	 title[INST_TITLE_SIZE];

	i->killed = 1;
	group_signal(i, SIGKILL);
	if (i->leaf != NULL && cgroup_leaf_kill(i->leaf) == -1)
		log_warn("%s: cgroup.kill", inst_title(i, title,
		    sizeof(title)));
}

/* The credit of one that only waited is the app's again. */
void
inst_cancel(struct inst *i)
{
	if (i->state == INST_WAITING)
		i->parent->id_table[i->id.app]->credit += 1000;
	event_del(i->timer);
	inst_extra_free(i);
	i->stopping = 1;
	reap_failed(i, STEP_FORK, ECANCELED, "stopped before it started");
}

int
inst_stop(struct peer *peer, struct msg *m)
{
	struct parent	*p = parent_of(peer);
	struct m_stop	 req;
	struct inst	*i;

	msg_take(m, &req, sizeof(req));
	if (msg_end(m) == -1 || req.signal == 0 || req.signal >= NSIG)
		return (-1);
	if ((i = inst_find(p, &req.inst)) == NULL)
		return (0);	/* it ended, or was refused, meanwhile */
	switch (i->state) {
	case INST_WAITING:
	case INST_ASKING:
		inst_cancel(i);
		break;
	case INST_HOOKING:
		i->stopping = 1;
		run_stop(i->run[RUN_HOOK], req.timeout_ms);
		break;
	case INST_EXECING:
	case INST_RUNNING:
		i->stopping = 1;
		if (req.timeout_ms == 0) {
			inst_kill(i);
			break;
		}
		group_signal(i, (int)req.signal);
		inst_timer(i, req.timeout_ms);
		break;
	case INST_IDLE:		/* its exit crossed the request */
	case INST_DRAINING:
	case INST_EXITED:
		break;
	}
	return (0);
}

int
inst_signal(struct peer *peer, struct msg *m)
{
	struct m_signal	 req;
	struct inst	*i;

	msg_take(m, &req, sizeof(req));
	if (msg_end(m) == -1 || req.signal == 0 || req.signal >= NSIG)
		return (-1);
	if ((i = inst_find(parent_of(peer), &req.inst)) == NULL)
		return (0);
	if (i->state == INST_EXECING || i->state == INST_RUNNING) {
		i->signalled = mono_now();
		leader_signal(i, (int)req.signal);
	}
	return (0);
}

/* ---- the end ------------------------------------------------------------ */

/*
 * A stopped instance keeps nothing, if the logger has its output; one that
 * crashed keeps FIFOs and cgroup for its next life.
 */
int
inst_exit_ack(struct peer *peer, struct msg *m)
{
	struct parent	*p = parent_of(peer);
	struct m_inst	 id;
	struct inst	*i;

	msg_take(m, &id, sizeof(id));
	if (msg_end(m) == -1)
		return (-1);
	if ((i = inst_find(p, &id)) == NULL)
		return (0);	/* of an app that was never spawned */
	if (i->state != INST_EXITED || i->id.generation != id.generation)
		return (-1);
	i->state = INST_IDLE;
	if ((i->exit.flags & EXIT_STOPPED || inst_conf(i) == NULL) &&
	    child_peer(p, K_LOGGER) != NULL)
		inst_free(i);
	return (0);
}

void
inst_sweep(struct parent *p)
{
	struct inst	*i, *next;

	RB_FOREACH_SAFE(i, insts, &p->insts, next)
		if (i->state == INST_IDLE && inst_conf(i) == NULL)
			inst_free(i);
}
