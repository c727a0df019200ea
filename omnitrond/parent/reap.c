/*
 * Deaths.  The parent reaps everything: its own processes, instances, and
 * what instances left behind and the kernel gave to us.
 *
 * When the leader of an instance is dead, its process group gets SIGKILL
 * while the leader is still a zombie (so that the group's id is nobody
 * else's), then the leader is reaped.  What escaped from the group is ended
 * by the cgroup, or where there is none found among our children.  EXITED
 * goes to the supervisor when the last of it is gone.
 *
 * A turn of the loop ends after REAP_MAX deaths or one look at all processes,
 * so that a mass of deaths does not hold up what else is to be done.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/inst.h"
#include "omnitrond/parent/run.h"
#include "omnitrond/parent/strays.h"

/* After SIGKILL to all of it, how long we wait for the last one to go. */
#define DRAIN_MS	5000
/* Deaths in one turn: some milliseconds. */
#define REAP_MAX	64
/* An exit this soon after an operator's signal is that signal's doing. */
#define SIGNALLED_MS	5000

/* ---- what it left behind ------------------------------------------------ */

static void
strays_of(const struct inst *i, struct strays_of *of)
{
	memset(of, 0, sizeof(*of));
	of->home = i->parent->conf->home;
	of->app = i->app;
	of->process = i->process;
	of->instance = i->id.instance;
	of->generation = i->id.generation;
	of->uid = i->uid;
	of->fifodir = i->parent->fifodir;
}

/*
 * Where there is no cgroup: kill what is left of each, with one look at all
 * processes, and note whether there was anything.  The session counts only
 * while its leader is not reaped: its id is then nobody else's.
 */
static void
kill_strays(struct inst **insts, size_t n, int sessions)
{
	struct strays_of	*of = xcalloc(n, sizeof(*of));
	struct stray		*list = NULL;
	ssize_t			 found, k;
	size_t			 i;

	for (i = 0; i < n; i++) {
		strays_of(insts[i], &of[i]);
		of[i].session = sessions ? insts[i]->pid : 0;
		insts[i]->strays = 0;
	}
	found = strays_find(of, n, &list);
	for (k = 0; k < found; k++) {
		insts[list[k].whose]->strays = 1;
		strays_kill(&list[k], 1, SIGKILL);
	}
	free(list);
	free(of);
}

static void
leaf_empty(struct cgroup_leaf *leaf, void *arg)
{
	reap_drained(arg);
}

/*
 * End what is left of it.  1 if something is, and we will hear of its end
 * (by the cgroup, or by SIGCHLD as its new parent).
 */
static int
leftovers(struct inst *i)
{
	char	 title[INST_TITLE_SIZE];
	int	 n;

	if (i->leaf == NULL)
		return (i->strays);
	inst_title(i, title, sizeof(title));
	if ((n = cgroup_leaf_populated(i->leaf)) == 0)
		return (0);
	/* What cannot be told or watched is killed all the same. */
	if (n == -1)
		log_warn("%s: cgroup.events", title);
	if (cgroup_watch(i->leaf, leaf_empty, i) == -1)
		log_warn("%s: cgroup.events cannot be watched", title);
	if (cgroup_leaf_kill(i->leaf) == -1)
		log_warn("%s: cgroup.kill", title);
	return (cgroup_leaf_populated(i->leaf) == 1);
}

/* ---- the report --------------------------------------------------------- */

void
reap_report(struct inst *i)
{
	struct peer	*sup = child_peer(i->parent, K_SUPERVISOR);

	if (sup != NULL && i->parent->child[K_SUPERVISOR].ready)
		peer_send(sup, M_EXITED, -1, &i->exit, NULL);
}

void
reap_drained(struct inst *i)
{
	if (i->state == INST_DRAINING)
		TAILQ_REMOVE(&i->parent->draining, i, drain);
	if (i->leaf != NULL)
		cgroup_unwatch(i->leaf);
	if (i->leaf != NULL && cgroup_leaf_spent(i->leaf) &&
	    cgroup_leaf_remove(i->leaf) == 0)
		i->leaf = NULL;
	event_del(i->timer);
	inst_cred_remove(i);
	i->state = INST_EXITED;
	reap_report(i);			/* first: a restart may follow */
	inst_log_pid(i, M_LOG_END);
	i->pid = 0;
}

void
reap_timeout(struct inst *i)
{
	char	 title[INST_TITLE_SIZE];

	log_warnx("%s: processes of it do not end, not even by SIGKILL; see "
	    "its cgroup or its session %d", inst_title(i, title,
	    sizeof(title)), i->exit.pid);
	reap_drained(i);
}

static uint32_t
exit_oom(struct inst *i, int signal)
{
	struct oom_death	 d;

	d.signal = signal;
	d.ours = i->killed || i->stopping;
	d.before = i->ooms;
	d.after = i->leaf != NULL ? cgroup_leaf_ooms(i->leaf) : -1;
	return (oom_flags(&i->parent->oom, &d));
}

static void
fill_exit(struct inst *i, int status, uint32_t flags, uint64_t max_rss)
{
	struct m_exited	*x = &i->exit;

	memset(x, 0, sizeof(*x));
	x->inst = i->id;
	x->pid = i->pid;
	x->at_ms = wall_ms();
	x->max_rss = max_rss;
	x->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	x->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	x->flags = flags | (i->stopping ? EXIT_STOPPED : 0) |
	    (i->killed ? EXIT_KILLED : 0) | (i->noexec ? EXIT_NOEXEC : 0);
	if (x->signal != 0 && WCOREDUMP(status))
		x->flags |= EXIT_CORE;
	if (i->signalled.us != 0 &&
	    mono_diff_ms(mono_now(), i->signalled) <= SIGNALLED_MS)
		x->flags |= EXIT_SIGNALLED;
	else if ((flags & EXIT_UNKNOWN) == 0)
		x->flags |= exit_oom(i, x->signal);
}

/* The leader is dead and reaped. */
static void
reap_dead(struct inst *i, int status, uint32_t flags, uint64_t max_rss)
{
	if (i->status != -1)
		inst_exec_status(i);
	if (i->status != -1) {	/* nothing said: nothing more to hear */
		event_free(i->status_ev);
		i->status_ev = NULL;
		close(i->status);
		i->status = -1;
	}
	run_inst_gone(i);
	RB_REMOVE(pids, &i->parent->pids, i);
	apps_died(i);
	event_del(i->timer);
	fill_exit(i, status, flags, max_rss);
	i->state = INST_DRAINING;
	TAILQ_INSERT_TAIL(&i->parent->draining, i, drain);
	if (leftovers(i))
		inst_timer(i, DRAIN_MS);
	else
		reap_drained(i);
}

void
reap_adopted(struct inst *i, int status, int unknown)
{
	i->strays = 0;
	if (i->leaf == NULL)
		kill_strays(&i, 1, 0);
	reap_dead(i, status, unknown ? EXIT_UNKNOWN : 0, 0);
}

/* It never came to a process. */
void
reap_failed(struct inst *i, enum spawn_step step, int error, const char *text)
{
	struct peer	*sup = child_peer(i->parent, K_SUPERVISOR);
	struct m_execed	 m;

	memset(&m, 0, sizeof(m));
	m.inst = i->id;
	m.step = step;
	m.error = (uint32_t)error;
	if (sup != NULL)
		peer_send_raw(sup, M_EXECED, -1, &m, text, strlen(text));
	inst_cred_remove(i);
	i->pid = 0;
	i->noexec = 1;
	fill_exit(i, 127 << 8, 0, 0);
	i->state = INST_EXITED;
	reap_report(i);
}

/* A spawn for an app that is not configured: told, and nothing kept. */
int
reap_refused(struct parent *p, const struct m_inst *id)
{
	static const char	 text[] = "not configured any more";
	struct peer		*sup = child_peer(p, K_SUPERVISOR);
	struct m_execed		 m;
	struct m_exited		 x;

	memset(&m, 0, sizeof(m));
	m.inst = *id;
	m.step = STEP_FORK;
	m.error = ENOENT;
	peer_send_raw(sup, M_EXECED, -1, &m, text, sizeof(text) - 1);
	memset(&x, 0, sizeof(x));
	x.inst = *id;
	x.code = 127;
	x.flags = EXIT_NOEXEC;
	x.at_ms = wall_ms();
	peer_send(sup, M_EXITED, -1, &x, NULL);
	return (0);
}

/* ---- SIGCHLD ------------------------------------------------------------ */

/* A child that we started ourselves, or that is being reaped. */
static int
is_ours(void *arg, pid_t pid)
{
	struct parent	*p = arg;
	int		 k;

	for (k = K_PARENT + 1; k < K_MAX; k++)
		if (p->child[k].pid == pid || p->child[k].stuck == pid)
			return (1);
	return (inst_by_pid(p, pid) != NULL || run_leads(p, pid) ||
	    watcher_is(p, pid));
}

int
reap_orphans(struct parent *p)
{
	return (strays_orphans(is_ours, p) != 0);
}

/* Is it a leader without a cgroup, dead and not reaped? */
static int
leader_waits(const struct inst *i)
{
	siginfo_t	 si;

	if (i->leaf != NULL || i->adopted)
		return (0);
	si.si_pid = 0;
	return (waitid(P_PID, (id_t)i->pid, &si, WEXITED | WNOHANG |
	    WNOWAIT) == 0 && si.si_pid != 0);
}

/*
 * What the dead leaders left, those that are reaped after this one included.
 * If no orphan came to us, nothing of this one escaped from its group.
 */
static void
look_for_strays(struct parent *p, struct inst *first)
{
	struct inst	*i, **dead;
	size_t		 n = 0, max = 0;

	first->looked = 1;
	if (!reap_orphans(p))
		return;
	RB_FOREACH(i, pids, &p->pids)
		max++;
	dead = xcalloc(max, sizeof(*dead));
	RB_FOREACH(i, pids, &p->pids)
		if (leader_waits(i)) {
			kill(-i->pid, SIGKILL);
			i->looked = 1;
			dead[n++] = i;
		}
	kill_strays(dead, n, 1);
	free(dead);
}

/* A leader: first its group, then what left it, then itself. */
static void
reap_leader(struct inst *i)
{
	struct rusage	 ru;
	int		 status;

	kill(-i->pid, SIGKILL);
	if (i->leaf == NULL && !i->looked)
		look_for_strays(i->parent, i);
	if (wait4(i->pid, &status, 0, &ru) == -1)
		fatal("wait4");		/* waitid just said that it is dead */
	reap_dead(i, status, 0, (uint64_t)ru.ru_maxrss * 1024);
}

/* An orphan that came to us died: others may have waited for it. */
static void
reap_drain(struct parent *p)
{
	struct inst	*i, **wait;
	size_t		 k, n = 0;

	TAILQ_FOREACH(i, &p->draining, drain)
		n += i->leaf == NULL;
	if (n == 0)
		return;
	wait = xcalloc(n, sizeof(*wait));
	n = 0;
	TAILQ_FOREACH(i, &p->draining, drain)
		if (i->leaf == NULL)
			wait[n++] = i;
	kill_strays(wait, n, 0);
	for (k = 0; k < n; k++)
		if (!wait[k]->strays)
			reap_drained(wait[k]);
	free(wait);
}

/* One death; 0 if there is none, or it is for the next turn. */
static int
reap_one(struct parent *p, int *looked, int *orphans)
{
	struct inst	*i;
	siginfo_t	 si;
	int		 status;

	do
		si.si_pid = 0;
	while (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) == -1 &&
	    errno == EINTR);
	if (si.si_pid == 0)
		return (0);
	if ((i = inst_by_pid(p, si.si_pid)) != NULL && !i->adopted) {
		if (i->leaf == NULL && !i->looked && (*looked)++)
			return (0);
		reap_leader(i);
		return (1);
	}
	if (run_leads(p, si.si_pid)) {
		if (p->cgroup == NULL && (*looked)++)
			return (0);
		run_died(p, si.si_pid);
		return (1);
	}
	if (waitpid(si.si_pid, &status, 0) == -1)
		fatal("waitpid");
	if (!child_exited(p, si.si_pid, status) &&
	    !watcher_exited(p, si.si_pid, status))
		*orphans = 1;
	return (1);
}

/*
 * In the next turn, once: libevent calls us for each of the signals.  A timer
 * lets what is ready meanwhile come first.
 */
static void
reap_soon(int sig, short events, void *arg)
{
	static const struct timeval	 now = { 0, 0 };
	struct parent			*p = arg;

	if (event_add(p->reap, &now) == -1)
		fatalx("out of memory");
}

static void
reap_some(int fd, short events, void *arg)
{
	struct parent	*p = arg;
	int		 n = 0, looked = 0, orphans = 0;

	while (n < REAP_MAX && reap_one(p, &looked, &orphans))
		n++;
	if (orphans) {
		reap_drain(p);
		run_drain(p);
	}
	if (n == REAP_MAX || looked > 1)
		reap_soon(0, 0, p);
}

static void
cgroup_readable(int fd, short events, void *arg)
{
	struct parent	*p = arg;

	cgroup_read(p->cgroup);
}

void
reap_init(struct parent *p)
{
	struct event	*ev;

	ev = evsignal_new(p->base, SIGCHLD, reap_soon, p);
	p->reap = event_new(p->base, -1, 0, reap_some, p);
	if (ev == NULL || p->reap == NULL || event_add(ev, NULL) == -1)
		fatalx("cannot watch SIGCHLD");
	if (p->cgroup == NULL) {
		if (strays_reaper() == -1)
			log_warn("no orphans will come to us");
		return;
	}
	ev = event_new(p->base, cgroup_fd(p->cgroup), EV_READ | EV_PERSIST,
	    cgroup_readable, p);
	if (ev == NULL || event_add(ev, NULL) == -1)
		fatalx("cannot watch cgroups");
}
