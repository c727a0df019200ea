/*
 * Commands that are run for an instance: before its start, as a probe of its
 * health, as its reload.  Runs in the parent; starts processes, in cgroups of
 * their own where there are any, as many at once and a second as run.h says.
 * How they end stands in run_end.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_keywords.h"
#include "omnitrond/parent/environ.h"
#include "omnitrond/parent/run.h"
#include "omnitrond/parent/spawn.h"

int
run_pid_cmp(struct run *a, struct run *b)
{
	return (a->pid < b->pid ? -1 : a->pid > b->pid);
}

RB_GENERATE(run_pids, run, by_pid, run_pid_cmp)

struct run *
run_by_pid(struct parent *p, pid_t pid)
{
	struct run	 key;

	key.pid = pid;
	return (RB_FIND(run_pids, &p->run_pids, &key));
}

int
run_leads(struct parent *p, pid_t pid)
{
	return (run_by_pid(p, pid) != NULL);
}

const struct process_conf *
run_conf(const struct run *r)
{
	return (ids_process(r->parent, r->inst->id.app, r->inst->id.process));
}

static struct runs *
run_list(struct run *r)
{
	return (&r->parent->runs[r->state]);
}

void
run_enter(struct run *r, enum run_state state)
{
	TAILQ_REMOVE(run_list(r), r, entry);
	r->state = state;
	TAILQ_INSERT_TAIL(run_list(r), r, entry);
}

void
run_timer(struct run *r, uint32_t ms)
{
	struct timeval	 tv;

	tv.tv_sec = ms / 1000;
	tv.tv_usec = (ms % 1000) * 1000;
	if (event_add(r->timer, &tv) == -1)
		fatalx("out of memory");
}

static struct app_id *
run_app(const struct run *r)
{
	return (r->parent->id_table[r->ran.inst.app]);
}

/* ---- the result --------------------------------------------------------- */

char *
run_text(const struct m_ran *ran, uint32_t timeout_ms, const char *failure,
    char *buf, size_t size)
{
	char	 limit[32];

	if (ran->flags & RAN_LATE)
		snprintf(buf, size, "not done within %s",
		    duration_format(timeout_ms, limit, sizeof(limit)));
	else if (ran->flags & RAN_ENDED)
		strlcpy(buf, "was ended", size);
	else if (ran->step != STEP_NONE)
		strlcpy(buf, failure, size);
	else if (ran->signal != 0)
		snprintf(buf, size, "signal %s", signal_name(ran->signal));
	else if (ran->code != 0)
		snprintf(buf, size, "exit %d", ran->code);
	else
		buf[0] = '\0';
	return (buf);
}

void
run_tell(struct run *r)
{
	struct parent	*p = r->parent;
	struct peer	*sup = child_peer(p, K_SUPERVISOR);
	struct inst	*inst = r->inst;
	char		 text[TEXT_MAX];

	run_text(&r->ran, r->timeout_ms, r->text, text, sizeof(text));
	inst->run[r->kind] = NULL;
	r->inst = NULL;
	if (r->kind == RUN_HOOK)
		inst_hooked(inst, &r->ran, text);
	else if (sup != NULL)
		peer_send(sup, M_RAN, -1, &r->ran, text, NULL);
}

void
run_over(struct run *r)
{
	struct parent	*p = r->parent;

	TAILQ_REMOVE(run_list(r), r, entry);
	if (r->state != RUN_WAITING) {
		p->nruns--;
		run_app(r)->nruns--;
	}
	event_free(r->timer);
	secret_set_free(r->secrets);
	if (r->status != -1)
		close(r->status);
	if (r->leaf != NULL) {
		cgroup_unwatch(r->leaf);
		if (cgroup_leaf_remove(r->leaf) == -1)
			cgroup_leaf_close(r->leaf);
	}
	if (r->inst != NULL)
		run_tell(r);
	free(r);
	run_next(p);
}

/* ---- its beginning ------------------------------------------------------ */

/* Everything that the child needs, made ready before the fork. */
static enum spawn_step
run_prepare(struct run *r, const struct process_conf *pc, struct spawn *s,
    struct environ_vars *env)
{
	struct parent		*p = r->parent;
	struct inst		*i = r->inst;
	struct environ_id	 id;
	char			 name[NAME_SIZE], creds[PATH_SIZE];

	if (inst_output(i, pc) == -1)
		return (STEP_FIFO);
	snprintf(name, sizeof(name), "@%s", run_name(r->kind));
	if (p->cgroup != NULL && (r->leaf = cgroup_leaf_open(p->cgroup, r->app,
	    name, r->serial)) == NULL)
		return (STEP_CGROUP);
	spawn_fill(s, pc);
	s->argv = pc->run_argv[r->kind];
	/* that of an instance that runs are there */
	if (r->kind == RUN_HOOK && inst_cred_write(i, pc, r->secrets) == -1)
		return (STEP_CREDENTIAL);
	inst_environ_id(i, &id);
	id.credentials = inst_cred_path(i, pc, creds, sizeof(creds));
	id.run = r->mark;
	id.pid = i->pid;
	id.secrets = r->secrets;
	if (environ_build(env, pc, &id, i->extra != NULL ? i->extra : "",
	    i->extralen, r->text, sizeof(r->text)) == -1) {
		errno = EINVAL;
		return (STEP_ENVFILE);
	}
	s->env = env;
	s->nofile = &p->nofile;
	s->out = i->fifo.app[FIFO_OUT];
	s->err = i->fifo.app[FIFO_ERR];
	s->cgroup = r->leaf != NULL ? cgroup_leaf_fd(r->leaf) : -1;
	s->join = p->cgroup_join;
	return (STEP_NONE);
}

static void
run_failed(struct run *r, enum spawn_step step, int error)
{
	r->ran.code = -1;
	r->ran.step = step;
	r->ran.error = (uint32_t)error;
	if (r->text[0] == '\0')
		snprintf(r->text, sizeof(r->text), "%s: %s",
		    spawn_step_name(step), strerror(error));
	run_over(r);
}

static void
run_start(struct run *r)
{
	struct parent			*p = r->parent;
	const struct process_conf	*pc = run_conf(r);
	struct environ_vars		 env = { NULL, 0, 0 };
	struct spawn_failure		 fail;
	struct spawned			 sp;
	struct spawn			 s;
	enum spawn_step			 step;

	run_enter(r, RUN_RUNNING);
	p->nruns++;
	run_app(r)->nruns++;
	if (pc == NULL || pc->run_argv[r->kind] == NULL) {
		strlcpy(r->text, "not configured any more", sizeof(r->text));
		run_failed(r, STEP_FORK, ENOENT);
		return;
	}
	r->uid = pc->uid;
	step = run_prepare(r, pc, &s, &env);
	if (step == STEP_NONE && spawn_app(&s, &sp, &fail) == -1) {
		step = fail.step;
		errno = fail.error;
	}
	if (step == STEP_NONE) {
		r->pid = sp.pid;
		r->status = sp.status;
		if (sp.pidfd != -1)
			close(sp.pidfd);
		RB_INSERT(run_pids, &p->run_pids, r);
		if (r->timeout_ms > 0)
			run_timer(r, r->timeout_ms);
		secret_set_free(r->secrets);
		r->secrets = NULL;
	} else
		run_failed(r, step, errno);
	environ_free(&env);
}

static void
run_told(void *arg, const char *why)
{
	struct run	*r = arg;

	r->asking = 0;
	if (why == NULL) {
		run_next(r->parent);
		return;
	}
	strlcpy(r->text, why, sizeof(r->text));
	run_failed(r, STEP_SECRET, ENOENT);
}

/* The first that waits for nothing but its turn. */
static struct run *
run_first(struct parent *p)
{
	struct run	*r;

	if (p->nruns >= RUNS_MAX)
		return (NULL);
	TAILQ_FOREACH(r, &p->runs[RUN_WAITING], entry)
		if (!r->asking && run_app(r)->nruns < RUNS_APP_MAX)
			return (r);
	return (NULL);
}

void
run_next(struct parent *p)
{
	struct timeval	 tv;
	struct run	*r;
	int64_t		 ms;

	if (p->run_hold)
		return;		/* the loop below goes on, or all end */
	p->run_hold = 1;
	while ((r = run_first(p)) != NULL) {
		ms = rate_take(&p->run_rate, mono_now(), 1000 / RUN_RATE,
		    RUN_BURST);
		if (ms > 0) {
			tv.tv_sec = ms / 1000;
			tv.tv_usec = (ms % 1000) * 1000;
			if (event_add(p->run_timer, &tv) == -1)
				fatalx("out of memory");
			break;
		}
		run_start(r);
	}
	p->run_hold = 0;
}

static void
run_next_timer(int fd, short events, void *arg)
{
	run_next(arg);
}

void
run_init(struct parent *p)
{
	int	 state;

	for (state = RUN_WAITING; state <= RUN_DRAINING; state++)
		TAILQ_INIT(&p->runs[state]);
	p->run_timer = event_new(p->base, -1, 0, run_next_timer, p);
	if (p->run_timer == NULL)
		fatalx("out of memory");
}

void
run_begin(struct inst *i, enum run_kind kind, uint32_t timeout_ms)
{
	struct parent	*p = i->parent;
	struct run	*r = xcalloc(1, sizeof(*r));

	r->parent = p;
	r->inst = i;
	i->run[kind] = r;
	r->kind = kind;
	strlcpy(r->app, i->app, sizeof(r->app));
	strlcpy(r->process, i->process, sizeof(r->process));
	r->instance = i->id.instance;
	r->serial = p->run_serial++;
	snprintf(r->mark, sizeof(r->mark), "%s.%u", run_name(kind), r->serial);
	r->timeout_ms = timeout_ms;
	r->status = -1;
	r->ran.inst = i->id;
	r->ran.kind = kind;
	if ((r->timer = event_new(p->base, -1, 0, run_late, r)) == NULL)
		fatalx("out of memory");
	r->state = RUN_WAITING;
	TAILQ_INSERT_TAIL(&p->runs[RUN_WAITING], r, entry);
	if (run_conf(r) != NULL)
		r->secrets = secret_set_new(p, run_conf(r), run_told, r);
	r->asking = r->secrets != NULL;
	run_next(p);
}

/* ---- what the supervisor may ask ---------------------------------------- */

/* Its instance ended, or its configuration changed: that crossed. */
static void
run_refuse(struct parent *p, const struct m_run *req, const char *text)
{
	struct m_ran	 m;

	memset(&m, 0, sizeof(m));
	m.inst = req->inst;
	m.kind = req->kind;
	m.code = -1;
	m.step = STEP_FORK;
	m.error = ENOENT;
	peer_send(child_peer(p, K_SUPERVISOR), M_RAN, -1, &m, text, NULL);
}

int
run_asked(struct peer *peer, struct msg *m)
{
	struct parent			*p = peer_arg(peer);
	const struct process_conf	*pc;
	struct m_run			 req;
	struct inst			*i;

	msg_take(m, &req, sizeof(req));
	if (msg_end(m) == -1 || req.kind == RUN_HOOK || req.kind >= RUN_MAX ||
	    req.timeout_ms == 0 || req.timeout_ms > CONF_DAY ||
	    ids_process_name(p, req.inst.app, req.inst.process) == NULL)
		return (-1);
	i = inst_find(p, &req.inst);
	pc = ids_process(p, req.inst.app, req.inst.process);
	if (i == NULL || i->id.generation != req.inst.generation ||
	    i->state != INST_RUNNING || i->stopping) {
		run_refuse(p, &req, "it does not run");
		return (0);
	}
	if (i->run[req.kind] != NULL)
		return (-1);
	if (pc == NULL || pc->run_argv[req.kind] == NULL) {
		run_refuse(p, &req, "not configured any more");
		return (0);
	}
	run_begin(i, (enum run_kind)req.kind, req.timeout_ms);
	return (0);
}

int
run_end_asked(struct peer *peer, struct msg *m)
{
	struct parent	*p = peer_arg(peer);
	struct m_run	 req;
	struct inst	*i;

	msg_take(m, &req, sizeof(req));
	if (msg_end(m) == -1 || req.kind == RUN_HOOK || req.kind >= RUN_MAX)
		return (-1);
	i = inst_find(p, &req.inst);
	if (i != NULL && i->id.generation == req.inst.generation &&
	    i->run[req.kind] != NULL)
		run_end(i->run[req.kind], RAN_ENDED);
	return (0);
}
