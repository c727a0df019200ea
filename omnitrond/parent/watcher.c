/*
 * Watchers: for each watch that is on a process that watches files, as the
 * user of the process it does it for.  Parent.
 *
 * The supervisor says which are on.  What is watched, and as whom, is the
 * configuration's; and of what a watcher says the parent hears that it is
 * ready, and no more: its channel leads to the supervisor.
 *
 * It is started as the user it runs as, with nothing but its channel to us,
 * and is not believed: one that ends its channel or breaks a rule is killed.
 * Its output goes nowhere, since its user could have it say anything.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/parent.h"
#include "omnitrond/parent/spawn.h"

/* Each is a process with a channel: people watch what they work on. */
#define WATCHERS_MAX	256u
/* One that dies again within STABLE_MS waits longer each time. */
#define STABLE_MS	10000
#define RESTART_MIN_MS	50
#define RESTART_MAX_MS	30000
/* Starts of all of them: a supervisor asks for all at once, and rarely more. */
#define START_MS	100
#define START_BURST	(2 * WATCHERS_MAX)
/* Files that changed this long before a watcher died may not be told of. */
#define UNTOLD_MS	1000

struct watcher {
	TAILQ_ENTRY(watcher)	 entry;
	struct parent		*parent;
	uint32_t		 app;
	uint32_t		 process;
	int			 claimed;	/* by the supervisor there is */
	int			 off;		/* to be freed when it is dead */
	int			 ready;
	pid_t			 pid;		/* 0 = does not run */
	int			 status;	/* of its exec, -1 = none */
	struct peer		*peer;
	uint32_t		 failures;	/* deaths in quick succession */
	struct mono		 started;
	int64_t			 started_ms;	/* wall */
	int64_t			 since_ms;	/* for the next one */
	struct event		*timer;		/* of its restart */
};

static void	watcher_start(struct watcher *);

void
watcher_init(struct parent *p, int binfd)
{
	TAILQ_INIT(&p->watchers);
	p->watcher_bin = binfd;
	p->watcher_null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (p->watcher_null == -1)
		parent_fail(p, "/dev/null: %s", strerror(errno));
}

static struct watcher *
watcher_find(struct parent *p, uint32_t app, uint32_t process)
{
	struct watcher	*w;

	TAILQ_FOREACH(w, &p->watchers, entry)
		if (w->app == app && w->process == process)
			return (w);
	return (NULL);
}

static struct watcher *
watcher_by_pid(struct parent *p, pid_t pid)
{
	struct watcher	*w;

	TAILQ_FOREACH(w, &p->watchers, entry)
		if (w->pid == pid)
			return (w);
	return (NULL);
}

int
watcher_is(struct parent *p, pid_t pid)
{
	return (watcher_by_pid(p, pid) != NULL);
}

static void
watcher_free(struct watcher *w)
{
	TAILQ_REMOVE(&w->parent->watchers, w, entry);
	w->parent->nwatchers--;
	if (w->status != -1)
		close(w->status);
	peer_free(w->peer);
	event_free(w->timer);
	free(w);
}

static void
watcher_kill(struct watcher *w)
{
	if (w->pid > 0)
		kill(w->pid, SIGKILL);
}

static void
watcher_off(struct watcher *w)
{
	w->off = 1;
	watcher_kill(w);
	if (w->pid == 0)
		watcher_free(w);
}

/* ---- what the supervisor is told ---------------------------------------- */

static void
watcher_tell(struct watcher *w, enum watch_trouble trouble, int error, int fd)
{
	struct peer		*sup = child_peer(w->parent, K_SUPERVISOR);
	struct m_watcher	 m;

	if (sup == NULL || !w->claimed || w->off) {
		if (fd != -1)
			close(fd);
		return;
	}
	memset(&m, 0, sizeof(m));
	m.app = w->app;
	m.process = (uint16_t)w->process;
	m.trouble = (uint16_t)trouble;
	m.error = (uint32_t)error;
	m.pid = w->pid;
	peer_send(sup, M_WATCHER, fd, &m, NULL);
}

/* A channel between it and the supervisor; without one it can wait. */
static void
watcher_link(struct watcher *w)
{
	struct m_link	 link;
	int		 sv[2];

	if (w->peer == NULL || child_peer(w->parent, K_SUPERVISOR) == NULL)
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    sv) == -1) {
		watcher_tell(w, WATCH_START, errno, -1);
		watcher_kill(w);
		return;
	}
	memset(&link, 0, sizeof(link));
	link.peer = K_SUPERVISOR;
	peer_send(w->peer, M_LINK, sv[0], &link, NULL);
	watcher_tell(w, WATCH_NONE, 0, sv[1]);
}

/* ---- life and death ----------------------------------------------------- */

static void
watcher_timer(int fd, short events, void *arg)
{
	struct watcher	*w = arg;

	if (w->pid == 0 && !w->off)
		watcher_start(w);
}

static void
watcher_start_in(struct watcher *w, int64_t ms)
{
	struct timeval	 tv = { ms / 1000, ms % 1000 * 1000 };

	if (event_add(w->timer, &tv) == -1)
		fatalx("out of memory");
}

static void
watcher_start_later(struct watcher *w)
{
	int64_t	 ms = 0;

	if (mono_diff_ms(mono_now(), w->started) >= STABLE_MS)
		w->failures = 0;
	if (w->failures > 0) {
		ms = RESTART_MIN_MS;
		if (w->failures < 12)
			ms <<= w->failures - 1;
		if (w->failures >= 12 || ms > RESTART_MAX_MS)
			ms = RESTART_MAX_MS;
	}
	w->failures++;
	watcher_start_in(w, ms);
}

/* It ended its channel, or broke a rule: its death follows. */
static void
watcher_down(struct peer *peer, const char *why, enum msg_type type)
{
	struct watcher	*w = peer_arg(peer);

	w->peer = NULL;
	if (why != NULL)
		log_warnx("%s: watcher (pid %d): %s: %s",
		    ids_name(w->parent, w->app), w->pid, msg_name(type), why);
	watcher_kill(w);
}

static int
watcher_exec(struct watcher *w, const struct process_conf *pc)
{
	struct spawn_failure	 fail;
	struct spawned		 sp;
	int			 sv[2], rv;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
	    sv) == -1)
		return (-1);
	rv = spawn_watcher(w->parent->watcher_bin, pc, sv[1],
	    w->parent->watcher_null, &sp, &fail);
	close(sv[1]);
	if (rv == -1) {
		close(sv[0]);
		errno = fail.error;
		return (-1);
	}
	w->pid = sp.pid;
	w->status = sp.status;
	w->ready = 0;
	if (sp.pidfd != -1)
		close(sp.pidfd);
	w->peer = peer_new(w->parent->base, K_PARENT, K_WATCHER, sv[0],
	    parent_dispatch, watcher_down, w);
	return (0);
}

/* All it must know. */
static void
watcher_feed(struct watcher *w, const struct process_conf *pc)
{
	struct m_watch_dir	 dir;
	struct m_setup		 s;
	uint32_t		 zero = 0, i;

	memset(&s, 0, sizeof(s));
	s.kind = K_WATCHER;
	s.uid = pc->uid;
	s.gid = pc->gid;
	s.daemon_pid = getpid();
	peer_bulk(w->peer, 1);
	peer_send(w->peer, M_SETUP, -1, &s, "/", NULL);
	memset(&dir, 0, sizeof(dir));
	dir.since_ms = w->since_ms;
	dir.debounce_ms = pc->watch != NULL ? pc->watch->debounce_ms :
	    conf_debounce_default();
	peer_send(w->peer, M_WATCH_DIR, -1, &dir, conf_watch_dir(pc), NULL);
	for (i = 0; pc->watch != NULL && i < pc->watch->nignore; i++)
		peer_send(w->peer, M_WATCH_IGNORE, -1, &zero,
		    pc->watch->ignore[i], NULL);
	watcher_link(w);
	peer_send(w->peer, M_GO, -1, &zero, NULL);
	peer_bulk(w->peer, 0);
}

static void
watcher_start(struct watcher *w)
{
	const struct process_conf	*pc;
	int64_t				 wait;

	pc = ids_process(w->parent, w->app, w->process);
	if (w->parent->phase == PHASE_ENDING || pc == NULL ||
	    conf_watch_dir(pc) == NULL)
		return;
	wait = rate_take(&w->parent->watcher_rate, mono_now(), START_MS,
	    START_BURST);
	if (wait > 0) {
		watcher_start_in(w, wait);
		return;
	}
	w->started = mono_now();
	w->started_ms = wall_ms();
	if (watcher_exec(w, pc) == -1) {
		watcher_tell(w, WATCH_START, errno, -1);
		watcher_start_later(w);
		return;
	}
	watcher_feed(w, pc);
	w->since_ms = 0;
}

/* What the next one has to look at: this one may have seen it, or not. */
static void
watcher_set_since(struct watcher *w)
{
	const struct process_conf	*pc;
	int64_t				 ms = UNTOLD_MS;

	pc = ids_process(w->parent, w->app, w->process);
	if (pc != NULL && pc->watch != NULL)
		ms += pc->watch->debounce_ms;
	w->since_ms = wall_ms() - ms;
	if (w->since_ms < w->started_ms)
		w->since_ms = w->started_ms;
}

/* Why it never came to run: 0 if it did. */
static int
watcher_exec_error(const struct watcher *w)
{
	struct spawn_failure	 fail;

	if (w->status == -1 || spawn_status(w->status, &fail) != -1)
		return (0);
	log_warnx("%s: watcher: %s: %s", ids_name(w->parent, w->app),
	    spawn_step_name(fail.step), strerror(fail.error));
	return (fail.error);
}

int
watcher_exited(struct parent *p, pid_t pid, int status)
{
	struct watcher	*w;
	int		 error;

	if ((w = watcher_by_pid(p, pid)) == NULL)
		return (0);
	error = watcher_exec_error(w);
	if (w->status != -1)
		close(w->status);
	w->status = -1;
	peer_free(w->peer);
	w->peer = NULL;
	w->pid = 0;
	if (w->off) {
		watcher_free(w);
		return (1);
	}
	log_debug("%s: watcher (pid %d) ended with %#x", ids_name(p, w->app),
	    pid, (unsigned int)status);
	if (w->since_ms == 0)
		watcher_set_since(w);
	watcher_tell(w, error != 0 ? WATCH_START : WATCH_DIED, error, -1);
	watcher_start_later(w);
	return (1);
}

/* ---- orders ------------------------------------------------------------- */

static void
watcher_on(struct parent *p, const struct m_watch *m)
{
	const struct process_conf	*pc = ids_process(p, m->app,
					    m->process);
	struct watcher			*w = watcher_find(p, m->app,
					    m->process);
	int				 claimed;

	if (pc == NULL || conf_watch_dir(pc) == NULL)
		return;
	if (w == NULL) {
		w = xcalloc(1, sizeof(*w));
		w->parent = p;
		w->app = m->app;
		w->process = m->process;
		w->status = -1;
		w->claimed = 1;
		w->timer = event_new(p->base, -1, 0, watcher_timer, w);
		if (w->timer == NULL)
			fatalx("out of memory");
		TAILQ_INSERT_TAIL(&p->watchers, w, entry);
		if (++p->nwatchers > WATCHERS_MAX) {
			watcher_tell(w, WATCH_MANY, 0, -1);
			watcher_free(w);
			return;
		}
		watcher_start(w);
		return;
	}
	claimed = w->claimed;
	w->claimed = 1;
	if (w->off) {
		/* it is dying, and the next one is as of the first */
		w->off = 0;
		w->since_ms = wall_ms();
		w->failures = 0;
	} else if (!claimed)
		/* one channel for each supervisor, however often it asks */
		watcher_link(w);
}

/* The supervisor named all that are on. */
static void
watcher_sweep(struct parent *p)
{
	struct watcher	*w, *next;

	for (w = TAILQ_FIRST(&p->watchers); w != NULL; w = next) {
		next = TAILQ_NEXT(w, entry);
		if (!w->claimed)
			watcher_off(w);
	}
}

int
watcher_asked(struct peer *peer, struct msg *msg)
{
	struct parent	*p = peer_arg(peer);
	struct watcher	*w;
	struct m_watch	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1 || m.order >= WATCH_ORDER_MAX ||
	    m.app > p->nids)
		return (-1);
	if (m.app == 0) {
		watcher_sweep(p);
		return (0);
	}
	if (m.order == WATCH_ON) {
		watcher_on(p, &m);
		return (0);
	}
	/* it may have left the configuration, and then it is gone already */
	if ((w = watcher_find(p, m.app, m.process)) == NULL)
		return (0);
	if (m.order == WATCH_OFF)
		watcher_off(w);
	else
		watcher_kill(w);
	return (0);
}

int
watcher_ready(struct peer *peer, struct msg *msg)
{
	struct watcher	*w = peer_arg(peer);
	struct m_ready	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1 || w->ready)
		return (-1);
	w->ready = 1;
	return (0);
}

void
watcher_unclaim(struct parent *p)
{
	struct watcher	*w;

	TAILQ_FOREACH(w, &p->watchers, entry)
		w->claimed = 0;
}

static const struct process_conf *
watcher_conf_in(const struct conf *conf, const struct watcher *w)
{
	const struct process_conf	*pc;
	const struct app_conf		*app;

	TAILQ_FOREACH(app, &conf->apps, entry) {
		if (app->id != w->app)
			continue;
		TAILQ_FOREACH(pc, &app->processes, entry)
			if (pc->id == w->process)
				return (pc);
	}
	return (NULL);
}

void
watcher_reload(struct parent *p, const struct conf *conf)
{
	const struct process_conf	*old, *new;
	struct watcher			*w, *next;

	for (w = TAILQ_FIRST(&p->watchers); w != NULL; w = next) {
		next = TAILQ_NEXT(w, entry);
		old = ids_process(p, w->app, w->process);
		new = watcher_conf_in(conf, w);
		if (new == NULL || conf_watch_dir(new) == NULL)
			watcher_off(w);
		else if (old == NULL || conf_watcher_respawn(old, new)) {
			w->since_ms = wall_ms();
			w->failures = 0;
			watcher_kill(w);
		}
	}
}

void
watcher_end_all(struct parent *p)
{
	struct watcher	*w, *next;

	for (w = TAILQ_FIRST(&p->watchers); w != NULL; w = next) {
		next = TAILQ_NEXT(w, entry);
		watcher_off(w);
	}
}
