/*
 * The orderly end: the supervisor stops the apps in reverse order of their
 * dependencies and has it written; then our processes end one after another,
 * the logger last, since it drains; the lock goes at the very end.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/log.h"
#include "omnitrond/parent/inst.h"
#include "omnitrond/parent/parent.h"
#include "omnitrond/parent/run.h"

/*
 * Apps stop one dependency level after another, each within its stop-timeout;
 * this much longer than the sum of all levels we wait for the supervisor.
 */
#define SHUTDOWN_GRACE_MS	10000
/* One of our own processes ends within this, the logger's 2 s included. */
#define ENDING_MS		4000

static const enum kind	 order[] = {
	K_CONTROL, K_LOCAL, K_NETWORK, K_APPS, K_EGRESS, K_SUPERVISOR,
	K_SECRETS, K_STORE, K_LOGGER
};

static struct parent *
parent_of(struct peer *peer)
{
	return (peer_arg(peer));
}

static void
shutdown_timer(struct parent *p, int64_t ms)
{
	struct timeval	 tv;

	tv.tv_sec = ms / 1000;
	tv.tv_usec = (ms % 1000) * 1000;
	event_add(p->shutdown_timer, &tv);
}

/* The longest time the apps may take: a chain of all of them, bounded. */
static int64_t
apps_ms(const struct parent *p)
{
	const struct process_conf	*pc;
	const struct app_conf		*app;
	int64_t				 ms = 0, longest = 0, depth = 0;

	TAILQ_FOREACH(app, &p->conf->apps, entry) {
		if (!TAILQ_EMPTY(&app->deps))
			depth++;
		TAILQ_FOREACH(pc, &app->processes, entry) {
			if (pc->policy.stop_timeout_ms > longest)
				longest = pc->policy.stop_timeout_ms;
			if (!TAILQ_EMPTY(&pc->deps))
				depth++;
		}
	}
	ms = longest * (depth + 1);
	return (ms + SHUTDOWN_GRACE_MS);
}

/* Close the next process's channel, or if none is left, leave the loop. */
void
shutdown_child_gone(struct parent *p)
{
	struct child	*c;
	size_t		 n;

	for (n = 0; n < sizeof(order) / sizeof(order[0]); n++) {
		c = &p->child[order[n]];
		if (c->pid == 0)
			continue;
		/* It may have closed its end itself and live on. */
		peer_free(c->peer);
		c->peer = NULL;
		shutdown_timer(p, ENDING_MS);
		return;
	}
	event_base_loopbreak(p->base);
}

/* No instance may live on when the daemon was told to stop them all. */
static void
kill_rest(struct parent *p)
{
	struct inst	*i;
	char		 title[INST_TITLE_SIZE];

	RB_FOREACH(i, insts, &p->insts) {
		if (i->state == INST_WAITING || i->state == INST_ASKING)
			inst_cancel(i);
		if (i->state == INST_HOOKING)
			i->stopping = 1;
		if (i->state == INST_EXECING || i->state == INST_RUNNING) {
			log_warnx("%s: still there at the end: SIGKILL",
			    inst_title(i, title, sizeof(title)));
			inst_kill(i);
		}
	}
	run_kill_all(p);
}

static void
shutdown_end(struct parent *p)
{
	if (p->phase == PHASE_ENDING)
		return;
	kill_rest(p);
	watcher_end_all(p);
	p->phase = PHASE_ENDING;
	shutdown_child_gone(p);
}

static void
shutdown_late(int fd, short events, void *arg)
{
	struct parent	*p = arg;
	struct child	*c = NULL;
	size_t		 n;

	if (p->phase == PHASE_STOPPING) {
		log_warnx("the supervisor did not stop the apps in time");
		shutdown_end(p);
		return;
	}
	for (n = 0; n < sizeof(order) / sizeof(order[0]); n++)
		if ((c = &p->child[order[n]])->pid != 0)
			break;
	if (c->pid != 0 && p->ending_killed != c->pid) {
		log_warnx("%s does not end: SIGKILL", kind_name(c->kind));
		kill(c->pid, SIGKILL);
		p->ending_killed = c->pid;
		shutdown_timer(p, ENDING_MS);
		return;
	}
	/* On a disk that hangs not even that ends it: go without it. */
	log_warnx("%s does not end at all: left behind", kind_name(c->kind));
	c->pid = 0;
	shutdown_child_gone(p);
}

void
shutdown_begin(struct parent *p, uint32_t flags)
{
	struct m_shutdown	 m;
	struct peer		*sup = child_peer(p, K_SUPERVISOR);

	p->shutdown_flags |= flags;
	if (flags & SHUTDOWN_FAILED)
		p->status = 1;
	if (p->phase >= PHASE_STOPPING && (flags & SHUTDOWN_FORCE) == 0)
		return;
	if (p->phase < PHASE_STOPPING) {
		log_info("shutting down");
		sdnotify("STOPPING=1");
		p->shutdown_timer = event_new(p->base, -1, 0, shutdown_late, p);
		if (p->shutdown_timer == NULL)
			fatalx("out of memory");
		shutdown_timer(p, apps_ms(p));
		p->phase = PHASE_STOPPING;
	}
	memset(&m, 0, sizeof(m));
	m.flags = p->shutdown_flags;
	if (sup != NULL && p->child[K_SUPERVISOR].ready)
		peer_send(sup, M_SHUTDOWN, -1, &m, NULL);
}

int
shutdown_asked(struct peer *peer, struct msg *m)
{
	struct m_shutdown	 req;

	msg_take(m, &req, sizeof(req));
	if (msg_end(m) == -1 ||
	    req.flags & ~(SHUTDOWN_FORCE | SHUTDOWN_FAILED))
		return (-1);
	shutdown_begin(parent_of(peer), req.flags);
	return (0);
}

int
shutdown_done(struct peer *peer, struct msg *m)
{
	struct parent	*p = parent_of(peer);
	uint32_t	 zero;

	msg_take(m, &zero, sizeof(zero));
	if (msg_end(m) == -1 || p->phase < PHASE_STOPPING)
		return (-1);
	shutdown_end(p);
	return (0);
}
