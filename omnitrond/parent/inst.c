/*
 * Instances: the table, and what the supervisor may ask for one: to be
 * spawned, stopped, signalled.  It names an app by our id of it; argv, user
 * and limits are those of the configuration that we parsed ourselves.
 */
#include <sys/stat.h>

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
#include "omnitrond/parent/environ.h"
#include "omnitrond/parent/run.h"
#include "omnitrond/parent/spawn.h"

static void	inst_begin(struct inst *);

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

/* What is configured for it now, or NULL. */
static const struct process_conf *
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

/* ---- spawn -------------------------------------------------------------- */

void
inst_alive(const struct inst *i, struct m_alive *m, int *fd)
{
	char	 path[64];

	memset(m, 0, sizeof(*m));
	m->inst = i->id;
	m->sig.pid = i->sig.pid;
	m->sig.starttime = i->sig.starttime;
	m->sig.pidfd_inode = i->sig.inode;
	strlcpy(m->sig.bootid, i->sig.bootid, sizeof(m->sig.bootid));
	m->started_ms = i->started_ms;
	m->execed = i->state > INST_EXECING;
	m->stopping = (uint32_t)i->stopping;
	if (fd != NULL) {
		snprintf(path, sizeof(path), "/proc/%d/stat", i->pid);
		*fd = open(path, O_RDONLY | O_CLOEXEC);
	}
}

void
inst_exec_status(struct inst *i)
{
	struct peer			*sup;
	const struct process_conf	*pc = inst_conf(i);
	struct spawn_failure		 fail;
	struct m_execed			 m;
	char				 text[TEXT_MAX], path[64];
	int				 rv, fd = -1;

	if ((rv = spawn_status(i->status, &fail)) == 0)
		return;
	event_free(i->status_ev);
	i->status_ev = NULL;
	close(i->status);
	i->status = -1;
	memset(&m, 0, sizeof(m));
	m.inst = i->id;
	text[0] = '\0';
	if (rv == -1) {
		i->noexec = 1;
		m.step = fail.step;
		m.error = (uint32_t)fail.error;
		if (pc != NULL)
			spawn_failure_text(&fail, pc, pc->argv[0], text,
			    sizeof(text));
	} else {
		i->state = INST_RUNNING;
		snprintf(path, sizeof(path), "/proc/%d/stat", i->pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if ((sup = child_peer(i->parent, K_SUPERVISOR)) != NULL)
		peer_send_raw(sup, M_EXECED, fd, &m, text, strlen(text));
	else if (fd != -1)
		close(fd);
}

static void
inst_status_readable(int fd, short events, void *arg)
{
	inst_exec_status(arg);
}

/* One that an earlier daemon left may be spent: begin with a new one. */
static int
inst_new_leaf(struct inst *i)
{
	struct cgroup		*cg = i->parent->cgroup;
	struct cgroup_leaf	*old;

	old = cgroup_leaf_find(cg, i->app, i->process, i->id.instance);
	if (old != NULL && cgroup_leaf_remove(old) == -1)
		cgroup_leaf_close(old);
	i->leaf = cgroup_leaf_open(cg, i->app, i->process, i->id.instance);
	return (i->leaf != NULL ? 0 : -1);
}

int
inst_output(struct inst *i, const struct process_conf *pc)
{
	/* one that runs keeps what it has, whoever the next one will be */
	if (i->pid == 0 && (i->uid != pc->uid || i->gid != pc->gid)) {
		fifo_close(&i->fifo);
		apps_close(i);
		i->uid = pc->uid;
		i->gid = pc->gid;
	}
	return (i->fifo.app[FIFO_OUT] == -1 ? inst_open_output(i, 0) : 0);
}

void
inst_environ_id(const struct inst *i, struct environ_id *id)
{
	memset(id, 0, sizeof(*id));
	id->home = i->parent->conf->home;
	id->app = i->app;
	id->process = i->process;
	id->instance = instance_number(i->id.instance);
	id->generation = i->id.generation;
}

/* Everything that the child needs, made ready before the fork. */
static int
inst_prepare(struct inst *i, const struct process_conf *pc, struct spawn *s,
    struct environ_vars *env, char *text, size_t size)
{
	struct parent		*p = i->parent;
	struct environ_id	 id;
	char			 notify[PATH_SIZE], channel[PATH_SIZE];
	char			 creds[PATH_SIZE];

	text[0] = '\0';
	if (inst_output(i, pc) == -1)
		return (STEP_FIFO);
	if (p->cgroup != NULL && i->leaf == NULL && inst_new_leaf(i) == -1)
		return (STEP_CGROUP);
	if (apps_open(i, pc, text, size) == -1)
		return (STEP_APPSOCK);
	spawn_fill(s, pc);
	s->ready = i->ends.ready;
	s->ready_fd = pc->ready_fd;
	s->nlisten = listen_open(p, i->id.app, pc, s->listen, text, size);
	if (s->nlisten == -1)
		return (STEP_LISTEN);
	if (inst_cred_write(i, pc, i->secrets) == -1)
		return (STEP_CREDENTIAL);
	inst_environ_id(i, &id);
	id.secrets = i->secrets;
	id.credentials = inst_cred_path(i, pc, creds, sizeof(creds));
	id.nlisten = s->nlisten;
	id.notify = apps_path(p, pc, i->app, i->id.instance,
	    APP_SOCKET_NOTIFY, notify, sizeof(notify));
	id.channel = apps_path(p, pc, i->app, i->id.instance,
	    APP_SOCKET_CHANNEL, channel, sizeof(channel));
	if (environ_build(env, pc, &id, i->extra != NULL ? i->extra : "",
	    i->extralen, text, size) == -1) {
		errno = EINVAL;
		return (STEP_ENVFILE);
	}
	s->env = env;
	s->nofile = &p->nofile;
	s->out = i->fifo.app[FIFO_OUT];
	s->err = i->fifo.app[FIFO_ERR];
	s->cgroup = i->leaf != NULL ? cgroup_leaf_fd(i->leaf) : -1;
	i->ooms = i->leaf != NULL ? cgroup_leaf_ooms(i->leaf) : -1;
	s->join = p->cgroup_join;
	return (STEP_NONE);
}

/* It runs: remember who it is, tell the logger and the supervisor. */
static void
inst_started(struct inst *i, const struct process_conf *pc,
    const struct spawned *sp)
{
	struct parent	*p = i->parent;
	struct peer	*sup = child_peer(p, K_SUPERVISOR);
	struct m_alive	 m;

	i->pid = sp->pid;
	i->state = INST_EXECING;
	i->started_ms = wall_ms();
	i->adopted = i->stopping = i->killed = i->noexec = 0;
	i->strays = i->looked = 0;
	i->signalled.us = 0;
	RB_INSERT(pids, &p->pids, i);
	if (signature_of(sp->pid, sp->pidfd, &i->sig) == -1)
		i->sig.pid = sp->pid;
	if (sp->pidfd != -1)
		close(sp->pidfd);
	i->status = sp->status;
	i->status_ev = event_new(p->base, i->status, EV_READ | EV_PERSIST,
	    inst_status_readable, i);
	if (i->status_ev == NULL || event_add(i->status_ev, NULL) == -1)
		fatalx("out of memory");
	inst_log_pid(i, M_LOG_PID);
	apps_born(i, pc);
	inst_alive(i, &m, NULL);
	if (sup != NULL)
		peer_send(sup, M_SPAWNED, -1, &m, NULL);
}

/* What was kept for its start. */
static void
inst_extra_free(struct inst *i)
{
	secret_set_free(i->secrets);
	i->secrets = NULL;
	free(i->extra);
	i->extra = NULL;
	i->extralen = 0;
}

static void
inst_exec(struct inst *i)
{
	const struct process_conf	*pc = inst_conf(i);
	struct environ_vars		 env = { NULL, 0, 0 };
	struct spawn_failure		 fail;
	struct spawned			 sp;
	struct spawn			 s;
	char				 text[TEXT_MAX];
	enum spawn_step			 step;

	if (pc == NULL) {
		inst_extra_free(i);
		reap_failed(i, STEP_FORK, ENOENT, "not configured any more");
		return;
	}
	step = inst_prepare(i, pc, &s, &env, text, sizeof(text));
	if (step != STEP_NONE) {
		reap_failed(i, step, errno, text);
	} else if (spawn_app(&s, &sp, &fail) == -1) {
		spawn_failure_text(&fail, pc, pc->argv[0], text,
		    sizeof(text));
		reap_failed(i, fail.step, fail.error, text);
	} else
		inst_started(i, pc, &sp);
	environ_free(&env);
	inst_extra_free(i);
}

static void
inst_told(void *arg, const char *why)
{
	struct inst	*i = arg;

	if (why == NULL) {
		inst_exec(i);
		return;
	}
	inst_extra_free(i);
	reap_failed(i, STEP_SECRET, ENOENT, why);
}

/* Itself, with the secrets that it needs if there are any. */
static void
inst_launch(struct inst *i)
{
	const struct process_conf	*pc = inst_conf(i);

	if (pc != NULL)
		i->secrets = secret_set_new(i->parent, pc, inst_told, i);
	if (i->secrets != NULL)
		i->state = INST_ASKING;
	else
		inst_exec(i);
}

/* What is to be done before it starts, then itself. */
static void
inst_begin(struct inst *i)
{
	const struct process_conf	*pc = inst_conf(i);

	if (pc != NULL && pc->run_argv[RUN_HOOK] != NULL) {
		i->state = INST_HOOKING;
		/* the supervisor has a timeout for its whole start */
		run_begin(i, RUN_HOOK, 0);
	} else
		inst_launch(i);
}

void
inst_hooked(struct inst *i, const struct m_ran *ran, const char *text)
{
	char	 why[TEXT_MAX];

	if (i->stopping) {
		inst_extra_free(i);
		reap_failed(i, STEP_FORK, ECANCELED,
		    "stopped before it started");
	} else if (text[0] != '\0') {
		inst_extra_free(i);
		snprintf(why, sizeof(why), "before-start: %s", text);
		reap_failed(i, STEP_HOOK, EAGAIN, why);
	} else
		inst_launch(i);
}

/*
 * Spawns of one app: SPAWN_RATE a second, in bursts of twice its instances.
 * Returns the milliseconds until this one may go.
 */
#define SPAWN_RATE	20

static uint32_t
spawn_delay(struct parent *p, uint32_t app)
{
	const struct process_conf	*pc;
	struct app_id			*a = p->id_table[app];
	struct mono			 now = mono_now();
	int64_t				 burst = 0;

	TAILQ_FOREACH(pc, &a->conf->processes, entry)
		burst += 2 * (int64_t)pc->policy.instances;

	/* credit counts in thousandths of a spawn */
	a->credit += mono_diff_ms(now, a->credited) * SPAWN_RATE;
	if (a->credited.us == 0 || a->credit > burst * 1000)
		a->credit = burst * 1000;
	a->credited = now;
	a->credit -= 1000;
	return (a->credit >= 0 ? 0 : (uint32_t)(-a->credit / SPAWN_RATE) + 1);
}

/*
 * The names in the request are ours; a process that just left the
 * configuration is a failed start, an instance that is not idle a broken
 * protocol.
 */
int
inst_spawn(struct peer *peer, struct msg *m)
{
	struct parent			*p = parent_of(peer);
	const struct process_conf	*pc;
	const uint8_t			*extra;
	struct m_spawn			 req;
	struct inst			*i;
	size_t				 len;
	uint32_t			 delay;

	msg_take(m, &req, sizeof(req));
	extra = msg_take_rest(m, &len);
	if (msg_end(m) == -1 ||
	    ids_process_name(p, req.inst.app, req.inst.process) == NULL ||
	    !instance_valid(req.inst.instance) ||
	    environ_extra_check((const char *)extra, len) != NULL)
		return (-1);
	pc = ids_process(p, req.inst.app, req.inst.process);
	if (pc == NULL || p->phase == PHASE_ENDING ||
	    instance_number(req.inst.instance) >= pc->policy.scaling_max)
		return (reap_refused(p, &req.inst));
	if ((i = inst_find(p, &req.inst)) == NULL)
		i = inst_new(p, &req.inst, pc);
	if (i->state != INST_IDLE)
		return (-1);
	i->id.generation = req.inst.generation;
	i->stopping = i->killed = i->noexec = 0;
	i->signalled.us = 0;
	if (len > 0) {
		i->extra = xmalloc(len);
		memcpy(i->extra, extra, len);
		i->extralen = len;
	}
	if ((delay = spawn_delay(p, req.inst.app)) > 0) {
		i->state = INST_WAITING;
		inst_timer(i, delay);
	} else
		inst_begin(i);
	return (0);
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
