/*
 * How an instance begins: asked for by the supervisor, delayed, hooked, given
 * its secrets, prepared and executed.  The supervisor names an app by our id
 * of it; argv, user and limits are those of the configuration that we parsed
 * ourselves.  Parent process.
 */
#include <errno.h>
#include <fcntl.h>
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

void
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

void
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
	struct parent			*p = peer_arg(peer);
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
