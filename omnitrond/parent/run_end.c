/*
 * How a command that was run for an instance ends: killed at its timeout, or
 * by itself, and then with all that it started.  Runs in the parent; kills
 * processes, by cgroup where there is one.
 *
 * Without a cgroup, what it started is found by its session and by
 * OMNITRON_RUN, whose value no other run has.
 */
#include <sys/wait.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/run.h"
#include "omnitrond/parent/spawn.h"
#include "omnitrond/parent/strays.h"

/* After SIGKILL to all of it, how long we wait for the last one to go. */
#define RUN_DRAIN_MS	5000

static void
run_strays_of(const struct run *r, struct strays_of *of)
{
	memset(of, 0, sizeof(*of));
	of->home = r->parent->conf->home;
	of->app = r->app;
	of->process = r->process;
	of->instance = r->instance;
	of->run = r->mark;
	of->uid = r->uid;
	of->session = r->pid;
}

/*
 * Where there is no cgroup: kill what is left of these, with one look at all
 * processes.  The session counts while the leader is not reaped: pid is 0
 * afterwards.
 */
static void
run_kill_strays(struct run **runs, size_t n)
{
	struct strays_of	*of = xcalloc(n, sizeof(*of));
	struct stray		*list = NULL;
	ssize_t			 found, k;
	size_t			 i;

	for (i = 0; i < n; i++) {
		run_strays_of(runs[i], &of[i]);
		runs[i]->strays = 0;
	}
	found = strays_find(of, n, &list);
	for (k = 0; k < found; k++) {
		runs[list[k].whose]->strays = 1;
		strays_kill(&list[k], 1, SIGKILL);
	}
	free(list);
	free(of);
}

/* One that cannot be killed is given up, but not forgotten, at the timer. */
static void
run_kill(struct run *r)
{
	r->killed = 1;
	run_timer(r, RUN_DRAIN_MS);
	kill(-r->pid, SIGKILL);
	kill(r->pid, SIGKILL);		/* it may not lead a group yet */
	if (r->leaf == NULL)
		run_kill_strays(&r, 1);
	else if (cgroup_leaf_kill(r->leaf) == -1)
		log_warn("%s: %s: cgroup.kill", r->app, run_name(r->kind));
}

/* Its leader's death does the rest. */
void
run_end(struct run *r, uint32_t why)
{
	if (r->state == RUN_DRAINING || r->killed)
		return;
	r->ran.flags |= why;
	event_del(r->timer);
	if (r->state == RUN_WAITING)
		run_over(r);
	else
		run_kill(r);
}

void
run_late(int fd, short events, void *arg)
{
	struct run	*r = arg;

	if (r->state == RUN_RUNNING && !r->killed) {
		run_end(r, r->ran.flags == 0 ? RAN_LATE : 0);
		return;
	}
	if (r->state == RUN_RUNNING) {
		log_warnx("%s: %s: pid %d does not end, not even by SIGKILL",
		    r->app, run_name(r->kind), (int)r->pid);
		if (r->inst != NULL)
			run_tell(r);
		return;
	}
	if (r->leaf == NULL)
		run_kill_strays(&r, 1);
	if (r->leaf != NULL || r->strays)
		log_warnx("%s: %s: processes of it do not end, not even by "
		    "SIGKILL", r->app, run_name(r->kind));
	run_over(r);
}

void
run_stop(struct run *r, uint32_t ms)
{
	if (ms == 0 || r->state != RUN_RUNNING) {
		run_end(r, RAN_ENDED);
		return;
	}
	r->ran.flags |= RAN_ENDED;
	if (kill(-r->pid, SIGTERM) == -1)
		kill(r->pid, SIGTERM);
	run_timer(r, ms);
}

/* Nobody waits for it. */
static void
run_drop(struct run *r)
{
	r->inst->run[r->kind] = NULL;
	r->inst = NULL;
	run_end(r, RAN_ENDED);
}

void
run_inst_gone(struct inst *i)
{
	int	 kind;

	for (kind = 0; kind < RUN_MAX; kind++)
		if (i->run[kind] != NULL)
			run_drop(i->run[kind]);
}

void
run_supervisor_gone(struct parent *p)
{
	struct run	*r, *next;
	int		 state;

	p->run_hold = 1;	/* none begins while we walk */
	for (state = RUN_WAITING; state <= RUN_DRAINING; state++)
		TAILQ_FOREACH_SAFE(r, &p->runs[state], entry, next)
			if (r->inst != NULL && r->kind != RUN_HOOK)
				run_drop(r);
	p->run_hold = 0;
	run_next(p);
}

void
run_kill_all(struct parent *p)
{
	struct run	*r, *next;

	p->run_hold = 1;	/* for good */
	TAILQ_FOREACH_SAFE(r, &p->runs[RUN_WAITING], entry, next)
		run_end(r, RAN_ENDED);
	TAILQ_FOREACH_SAFE(r, &p->runs[RUN_RUNNING], entry, next)
		run_end(r, RAN_ENDED);
}

static void
run_empty(struct cgroup_leaf *leaf, void *arg)
{
	run_over(arg);
}

/* 1 if something of it is left, and we will hear of its end. */
static int
run_leftovers(struct run *r)
{
	if (r->leaf == NULL)
		return (r->strays);
	if (cgroup_leaf_populated(r->leaf) == 0)
		return (0);
	if (cgroup_watch(r->leaf, run_empty, r) == -1)
		log_warn("%s: cgroup.events cannot be watched", r->app);
	if (cgroup_leaf_kill(r->leaf) == -1)
		log_warn("%s: cgroup.kill", r->app);
	return (cgroup_leaf_populated(r->leaf) == 1);
}

static void
run_result(struct run *r, int status)
{
	struct spawn_failure		 fail;
	const struct process_conf	*pc;

	r->ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	r->ran.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (spawn_status(r->status, &fail) != -1)
		return;
	r->ran.step = fail.step;
	r->ran.error = (uint32_t)fail.error;
	pc = r->inst != NULL ? run_conf(r) : NULL;
	if (pc != NULL && pc->run_argv[r->kind] != NULL)
		spawn_failure_text(&fail, pc, pc->run_argv[r->kind][0],
		    r->text, sizeof(r->text));
}

/*
 * First its group, then what left it, then itself.  Where orphans come to us
 * and none did, nothing left the group of one that ended by itself.
 */
int
run_died(struct parent *p, pid_t pid)
{
	struct run	*r = run_by_pid(p, pid);
	int		 status;

	if (r == NULL)
		return (0);
	event_del(r->timer);
	kill(-pid, SIGKILL);
	if (r->leaf == NULL && (r->ran.flags != 0 || reap_orphans(p)))
		run_kill_strays(&r, 1);
	if (waitpid(pid, &status, 0) == -1)
		fatal("waitpid");	/* waitid just said that it is dead */
	RB_REMOVE(run_pids, &p->run_pids, r);
	r->pid = 0;
	run_result(r, status);
	run_enter(r, RUN_DRAINING);
	if (run_leftovers(r))
		run_timer(r, RUN_DRAIN_MS);
	else
		run_over(r);
	return (1);
}

void
run_drain(struct parent *p)
{
	struct run	*r, *next, *wait[RUNS_MAX];
	size_t		 n = 0;

	TAILQ_FOREACH_SAFE(r, &p->runs[RUN_DRAINING], entry, next)
		if (r->leaf == NULL && n < RUNS_MAX)
			wait[n++] = r;
	if (n == 0)
		return;
	run_kill_strays(wait, n);
	while (n-- > 0)
		if (!wait[n]->strays)
			run_over(wait[n]);
}
