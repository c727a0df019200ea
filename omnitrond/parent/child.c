/*
 * The daemon's own processes: opened once, executed, and started anew when
 * they die.  What they are told at their start stands in child_tell.c.
 *
 * It answers READY when its walls stand.  Its death is told by SIGCHLD; a
 * channel that ends first, or breaks a rule, means that it is killed.
 *
 * Some run only while the configuration needs them.  One that nothing needs
 * any more is told so by the end of its channel; if it is needed again before
 * it has ended, another one follows it.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "omnitrond/parent/inst.h"
#include "omnitrond/parent/parent.h"
#include "omnitrond/parent/run.h"
#include "omnitrond/parent/spawn.h"
#include "paths.h"

/*
 * The first restart is at once.  One that dies again within STABLE_MS waits
 * longer each time, up to RESTART_MAX_MS: a process that cannot live must
 * not eat the machine.
 */
#define STABLE_MS	10000
#define RESTART_MIN_MS	50
#define RESTART_MAX_MS	5000
#define START_RESTARTS	2	/* before we are ready; then we give up */
/* One that is not needed any more ends within this, or is killed. */
#define ENDING_SECONDS	4

/* Looks at the key of the secrets that others can have us take. */
#define NEED_MS		1000
#define NEED_BURST	5

static void	child_start(struct parent *, enum kind);

static struct parent *
parent_of(struct peer *peer)
{
	return (peer_arg(peer));
}

struct peer *
child_peer(struct parent *p, enum kind kind)
{
	return (p->child[kind].peer);
}

static int
child_needed(const struct parent *p, enum kind kind)
{
	return ((p->needed & (1u << kind)) != 0);
}

uint32_t
child_kinds(const struct parent *p, const struct conf *conf)
{
	return (conf_kinds(conf) | (p->secrets_asked ? KB(SECRETS) : 0));
}

/* ---- binaries ----------------------------------------------------------- */

/*
 * To be executed: one that we may not read (the watcher's: install.sh) can be
 * all the same.
 */
static int
binary_open_path(const char *path)
{
	int	 fd = open(path, O_RDONLY | O_CLOEXEC);

#ifdef O_PATH
	if (fd == -1 && errno == EACCES)
		fd = open(path, O_PATH | O_CLOEXEC);
#endif
	return (fd);
}

/* The folder of our own executable, or the one compiled in. */
static int
binary_open(const char *name)
{
	char	 self[PATH_MAX], path[PATH_MAX + NAME_SIZE], *slash;
	ssize_t	 n;
	int	 fd;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n > 0) {
		self[n] = '\0';
		if ((slash = strrchr(self, '/')) != NULL)
			*slash = '\0';
		snprintf(path, sizeof(path), "%s/%s", self, name);
		if ((fd = binary_open_path(path)) != -1)
			return (fd);
	}
	snprintf(path, sizeof(path), "%s/%s", LIBEXECDIR, name);
	return (binary_open_path(path));
}

/*
 * A binary that others can write would run as root before it drops that:
 * refuse it.
 */
static void
binary_check(struct parent *p, int fd, const char *name)
{
	struct stat	 st;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		parent_fail(p, "%s: not a regular file", name);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		parent_fail(p, "%s: owned by uid %u, who can write it", name,
		    st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		parent_fail(p, "%s: writable by group or others; chmod go-w "
		    "it", name);
}

static int
child_binary(struct parent *p, enum kind kind)
{
	const char	*name = kind_binary(kind);
	int		 fd;

	if ((fd = binary_open(name)) == -1)
		parent_fail(p, "%s: %s (looked beside omnitrond and in %s)",
		    name, strerror(errno), LIBEXECDIR);
	binary_check(p, fd, name);
	return (fd);
}

void
child_open(struct parent *p)
{
	int	 k;

	for (k = K_PARENT + 1; k < K_MAX; k++) {
		p->child[k].kind = k;
		p->child[k].binfd = child_binary(p, k);
	}
	watcher_init(p, child_binary(p, K_WATCHER));
}

/* ---- life and death ----------------------------------------------------- */

static void
child_peer_down(struct peer *peer, const char *why, enum msg_type type)
{
	struct parent	*p = parent_of(peer);
	struct child	*c = &p->child[peer_kind(peer)];

	c->peer = NULL;
	c->ready = c->serving = 0;
	object_plane_gone(p, c->kind);
	if (why != NULL)
		log_warnx("%s: %s: %s", kind_name(c->kind), msg_name(type),
		    why);
	/* A process that ends lost its channel by our own hand. */
	if (c->pid > 0 && p->phase != PHASE_ENDING) {
		kill(c->pid, SIGKILL);
		watch_killed(p, c);
	}
}

static int
child_exec(struct parent *p, struct child *c)
{
	struct spawn_failure	 fail;
	struct spawned		 sp;
	char			*argv[3];
	int			 sv[2], rv;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    sv) == -1)
		return (-1);
	argv[0] = (char *)(uintptr_t)kind_binary(c->kind);
	argv[1] = (char *)(uintptr_t)kind_name(c->kind);
	argv[2] = NULL;
	rv = spawn_daemon(c->binfd, argv, p->log_pipe[1],
	    &(struct spawn_fd){ sv[1], PROC_PARENT_FD }, 1, &sp, &fail);
	close(sv[1]);
	if (rv == -1) {
		close(sv[0]);
		errno = fail.error;
		return (-1);
	}
	c->pid = sp.pid;
	c->status = sp.status;
	if (sp.pidfd != -1)
		close(sp.pidfd);
	c->peer = peer_new(p->base, K_PARENT, c->kind, sv[0], parent_dispatch,
	    child_peer_down, p);
	return (0);
}

static void
child_timer(int fd, short events, void *arg)
{
	struct parent	*p = arg;
	struct child	*c;
	int		 k;

	for (k = K_PARENT + 1; k < K_MAX; k++) {
		c = &p->child[k];
		if (event_pending(c->timer, EV_TIMEOUT, NULL))
			continue;
		if (c->pid == 0 && child_needed(p, k))
			child_start(p, k);
		else if (c->pid != 0 && c->ending && c->killed != c->pid) {
			log_warnx("%s does not end: SIGKILL", kind_name(k));
			kill(c->pid, SIGKILL);
			watch_killed(p, c);
		}
	}
}

static void
child_start_later(struct parent *p, struct child *c)
{
	struct timeval	 tv;
	int64_t		 ms = 0;

	if (mono_diff_ms(mono_now(), c->started) >= STABLE_MS)
		c->failures = 0;
	if (c->failures > 0) {
		ms = RESTART_MIN_MS;
		if (c->failures < 8)
			ms <<= c->failures - 1;
		if (c->failures >= 8 || ms > RESTART_MAX_MS)
			ms = RESTART_MAX_MS;
	}
	c->failures++;
	tv.tv_sec = ms / 1000;
	tv.tv_usec = (ms % 1000) * 1000;
	event_add(c->timer, &tv);
}

static void
child_start(struct parent *p, enum kind kind)
{
	struct child	*c = &p->child[kind];
	uint32_t	 zero = 0;
	int		 k;

	if (p->phase == PHASE_ENDING)
		return;
	c->started = mono_now();
	c->ending = 0;
	c->committed = 0;
	if (child_exec(p, c) == -1) {
		log_warn("cannot start %s", kind_name(kind));
		child_start_later(p, c);
		return;
	}
	watch_begin(p, c);
	peer_bulk(c->peer, 1);
	child_tell_setup(p, c);
	for (k = K_PARENT + 1; k < K_MAX; k++)
		if (k != (int)kind)
			child_tell_link(p, kind, k);
	child_tell_first(p, kind);
	peer_send(c->peer, M_GO, -1, &zero, NULL);
	child_tell_behind(p, kind);
	peer_bulk(c->peer, 0);
}

void
child_start_all(struct parent *p)
{
	int	 k;

	p->needed = child_kinds(p, p->conf);
	for (k = K_PARENT + 1; k < K_MAX; k++) {
		p->child[k].timer = event_new(p->base, -1, 0, child_timer, p);
		if (p->child[k].timer == NULL)
			fatalx("out of memory");
		if (child_needed(p, k))
			child_start(p, k);
	}
}

void
child_end(struct child *c)
{
	static const struct timeval	 tv = { ENDING_SECONDS, 0 };

	c->trial = NULL;
	event_del(c->timer);
	if (c->pid == 0)
		return;
	log_info("%s: not needed any more", kind_name(c->kind));
	peer_free(c->peer);
	c->peer = NULL;
	c->ready = 0;
	c->ending = 1;
	event_add(c->timer, &tv);
}

void
child_switch(struct parent *p)
{
	uint32_t	 before = p->needed;
	int		 k;

	p->needed = child_kinds(p, p->conf);
	for (k = K_PARENT + 1; k < K_MAX; k++) {
		p->child[k].trial = NULL;
		if (((p->needed ^ before) & (1u << k)) == 0)
			continue;
		if (!child_needed(p, k))
			child_end(&p->child[k]);
		else if (p->child[k].pid == 0)
			child_start(p, k);
	}
}

void
child_try(struct parent *p, enum kind kind, const struct conf *conf)
{
	struct child	*c = &p->child[kind];

	c->trial = conf;
	c->failures = 0;
	child_start(p, kind);
}

void
child_kill(struct parent *p, enum kind kind, const char *why)
{
	struct child	*c = &p->child[kind];

	log_warnx("%s: replaced: %s", kind_name(kind), why);
	if (c->pid > 0) {
		kill(c->pid, SIGKILL);
		watch_killed(p, c);
	}
}

/* "exited with 1" */
static char *
child_exit_text(struct child *c, int status, char *buf, size_t size)
{
	struct spawn_failure	 fail;

	if (c->status != -1 && spawn_status(c->status, &fail) == -1)
		snprintf(buf, size, "was not started: %s: %s",
		    spawn_step_name(fail.step), strerror(fail.error));
	else if (WIFSIGNALED(status))
		snprintf(buf, size, "died of %s",
		    signal_name(WTERMSIG(status)));
	else
		snprintf(buf, size, "exited with %d", WEXITSTATUS(status));
	return (buf);
}

/* While we are starting it is tried again, and the last one says it all. */
static void
child_log_exit(struct parent *p, struct child *c, const char *how)
{
	char	 buf[PATH_MAX];

	if (p->phase == PHASE_STARTING &&
	    accuse_own_deaths(c) >= START_RESTARTS)
		parent_fail(p, "not started: the %s process, whose folder is "
		    "%s, %s, %d times", kind_name(c->kind), child_dir(p,
		    c->kind, buf, sizeof(buf)), how, START_RESTARTS + 1);
	if (p->phase == PHASE_STARTING || c->ending)
		log_debug("%s (pid %d) %s", kind_name(c->kind), c->pid, how);
	else if (p->phase != PHASE_ENDING)
		log_warnx("%s (pid %d) %s", kind_name(c->kind), c->pid, how);
}

/* Control is told that it does not run, and need not. */
static void
child_gone(struct parent *p, struct child *c)
{
	event_del(c->timer);
	c->failures = 0;
	c->ending = 0;
	child_tell_process(p, c->kind);
}

/* It is gone, or as good as that. */
void
child_over(struct parent *p, struct child *c)
{
	if (c->status != -1)
		close(c->status);
	c->status = -1;
	peer_free(c->peer);
	c->peer = NULL;
	c->pid = 0;
	c->ready = c->serving = 0;
	object_plane_gone(p, c->kind);
	offer_child_gone(p, c->kind);
	if (c->kind == K_SUPERVISOR)
		run_supervisor_gone(p);
	if (!c->ending)
		c->restarts++;
	if (c->kind == K_SUPERVISOR)
		watcher_unclaim(p);
	if (p->phase == PHASE_ENDING)
		shutdown_child_gone(p);
	else if (child_needed(p, c->kind))
		child_start_later(p, c);
	else
		child_gone(p, c);
}

int
child_exited(struct parent *p, pid_t pid, int status)
{
	struct child	*c;
	char		 how[TEXT_MAX];
	int		 k;

	if (watch_buried(p, pid))
		return (1);
	for (k = K_PARENT + 1; k < K_MAX && p->child[k].pid != pid; k++)
		;
	if (k == K_MAX)
		return (0);
	c = &p->child[k];
	child_log_exit(p, c, child_exit_text(c, status, how, sizeof(how)));
	child_over(p, c);
	return (1);
}

/* ---- messages ----------------------------------------------------------- */

int
child_accepted(const struct parent *p)
{
	int	 k;

	for (k = K_PARENT + 1; k < K_MAX; k++)
		if (child_needed(p, k) && (KB_LATE & (1u << k)) &&
		    p->child[k].committed != p->conf_version)
			return (0);
	return (1);
}

static int
all_ready(const struct parent *p)
{
	int	 k;

	for (k = K_PARENT + 1; k < K_MAX; k++)
		if (child_needed(p, k) && !p->child[k].ready)
			return (0);
	return (child_accepted(p));
}

/*
 * The daemon is ready when what it found alive has been dealt with, too, and
 * whoever asks about an app is answered.
 */
void
child_all_ready(struct parent *p)
{
	if (p->phase == PHASE_STARTING && p->adopted && all_ready(p) &&
	    p->child[K_CONTROL].serving)
		parent_ready(p);
}

int
child_ready(struct peer *peer, struct msg *m)
{
	struct parent	*p;
	struct child	*c;
	struct m_ready	 ready;

	if (peer_kind(peer) == K_WATCHER)
		return (watcher_ready(peer, m));
	p = parent_of(peer);
	c = &p->child[peer_kind(peer)];
	msg_take(m, &ready, sizeof(ready));
	if (msg_end(m) == -1 || c->ready)
		return (-1);
	c->ready = 1;
	c->walls = ready.walls;
	if ((KB_LATE & (1u << c->kind)) == 0)
		watch_ready(c);		/* else with its receipt */
	child_tell_process(p, c->kind);
	if (c->kind == K_SUPERVISOR)
		adopt_replay(p);
	child_all_ready(p);
	return (0);
}

int
child_serving(struct peer *peer, struct msg *m)
{
	struct parent	*p = parent_of(peer);
	struct child	*c = &p->child[peer_kind(peer)];
	struct m_none	 none;

	msg_take(m, &none, sizeof(none));
	/* it may come before READY: its channels are there before its walls */
	if (msg_end(m) == -1 || c->serving)
		return (-1);
	c->serving = 1;
	child_all_ready(p);
	return (0);
}

/* For a question about them; they stay as long as we do. */
int
secrets_need(struct peer *peer, struct msg *m)
{
	struct parent	*p = parent_of(peer);
	struct m_none	 none;
	char		 err[TEXT_MAX];

	msg_take(m, &none, sizeof(none));
	if (msg_end(m) == -1)
		return (-1);
	if (p->secrets_asked || p->phase >= PHASE_STOPPING ||
	    child_needed(p, K_SECRETS) || rate_take(&p->need_rate, mono_now(),
	    NEED_MS, NEED_BURST) > 0)
		return (0);
	/* whoever asked waits no longer than for one that does not answer */
	if (provider_ready(p, p->conf, err, sizeof(err)) == -1) {
		log_error("%s", err);
		return (0);
	}
	p->secrets_asked = 1;
	child_switch(p);
	return (0);
}
