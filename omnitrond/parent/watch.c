/*
 * Signs of life: a process of the daemon that hangs is replaced.  Parent.
 *
 * The logger is the one that may: the disk under the log folder hangs, and
 * with it whoever writes there, while the pipes of the apps fill up.  It says
 * AWAKE before it begins to work, and from then on is asked (PING) every
 * WATCH_MS until it answers (PONG) that it had nothing to do.  So a hanging
 * disk is noticed in 5 s, and a daemon with nothing to do is left asleep but
 * for one look a minute, which finds what was stopped or loops.
 *
 * The supervisor, the planes, apps and egress touch no disk: what would make
 * them hang is a fault of ours, and starting over with all apps takes them a
 * while on a busy machine, so that their bound is larger.  The store and the
 * secrets are left out.  They may fsync for minutes on a slow disk, nothing
 * waits for that (status says what is not saved), and to kill them would only
 * lose what they are about to write.
 *
 * A process that sleeps in the kernel for its disk does not die of SIGKILL
 * before that is over.  It runs no instruction of its own any more, so that
 * all it can still do is finish the one system call it is in: a write in
 * append mode, or one step of a rotation.  Another logger is started beside
 * it, since the apps must not wait for the disk; but that one touches no file
 * before the first is gone (SETUP_HELD, LOG_FREE), or it would hang as well.
 * There is never more than one such process: if the second hangs too, no
 * third is started.
 */
#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "common/log.h"
#include "omnitrond/parent/parent.h"

#define WATCH_MS	2500		/* between two looks */
#define WATCH_IDLE_MS	60000		/* when nobody is at work */
#define LOGGER_LOOKS	2u		/* without an answer: 5 s */
#define OTHER_LOOKS	12u		/* 30 s */
#define DEATH_LOOKS	2u		/* SIGKILL works in this, or not */

static void	watch_look(int, short, void *);

static uint32_t
watch_limit(enum kind kind)
{
	switch (kind) {
	case K_LOGGER:
		return (LOGGER_LOOKS);
	case K_SUPERVISOR:
	case K_CONTROL:
	case K_LOCAL:
	case K_NETWORK:
	case K_APPS:
	case K_EGRESS:
		return (OTHER_LOOKS);
	default:
		return (0);
	}
}

/* Does it have to be looked at soon? */
static int
watch_close(const struct child *c)
{
	return (c->pid != 0 && (c->silent > 0 || c->awake ||
	    c->killed == c->pid));
}

/* The next look; one that is due is never put off. */
static void
watch_arm(struct parent *p, int64_t ms)
{
	struct timeval	 tv = { ms / 1000, ms % 1000 * 1000 };

	if (p->watch == NULL)
		p->watch = event_new(p->base, -1, 0, watch_look, p);
	if (p->watch == NULL)
		fatalx("out of memory");
	if (ms == p->watch_ms && event_pending(p->watch, EV_TIMEOUT, NULL))
		return;
	p->watch_ms = ms;
	if (event_add(p->watch, &tv) == -1)
		fatalx("out of memory");
}

static void
watch_ask(struct child *c)
{
	struct m_sync	 ping;

	memset(&ping, 0, sizeof(ping));
	ping.seq = ++c->ping;
	c->asked = 1;
	c->silent = 1;
	peer_send(c->peer, M_PING, -1, &ping, NULL);
}

/* It was killed and is there: go on without it, if that can be. */
static void
watch_undead(struct parent *p, struct child *c)
{
	if (++c->killed_looks != DEATH_LOOKS)
		return;
	log_warnx("%s (pid %d) does not end, not even by SIGKILL%s",
	    kind_name(c->kind), c->pid, c->kind == K_LOGGER && c->stuck == 0 ?
	    ": another takes the output of the apps, and writes no file "
	    "before it is gone" : "; it is waited for");
	if (c->kind != K_LOGGER || c->stuck != 0)
		return;
	c->stuck = c->pid;
	child_over(p, c);
}

/* One look at one of them.  `idle': it is the one in a minute. */
static void
watch_one(struct parent *p, struct child *c, int idle)
{
	uint32_t	 limit = watch_limit(c->kind);
	char		 why[64];

	if (c->pid == 0)
		return;
	if (c->killed == c->pid) {
		watch_undead(p, c);
		return;
	}
	if (limit == 0)
		return;
	if (c->silent == 0) {
		if (c->peer != NULL && (c->awake || idle))
			watch_ask(c);
		return;
	}
	if (c->silent++ < limit)
		return;
	snprintf(why, sizeof(why), "no sign of life for %d s",
	    (int)limit * WATCH_MS / 1000);
	child_kill(p, c->kind, why);
}

/*
 * Looks are counted, and not the time: when the machine or we were stopped,
 * the others had no time either.
 */
static void
watch_look(int fd, short events, void *arg)
{
	struct parent	*p = arg;
	struct mono	 now = mono_now();
	int		 k, idle, near = 0;

	if (p->phase == PHASE_ENDING)
		return;			/* each has its time to end */
	/* those that never say that they are at work have their turn, too */
	idle = mono_diff_ms(now, p->watched) >= WATCH_IDLE_MS - WATCH_MS;
	if (idle)
		p->watched = now;
	for (k = K_PARENT + 1; k < K_MAX; k++) {
		watch_one(p, &p->child[k], idle);
		near |= watch_close(&p->child[k]);
	}
	watch_arm(p, near ? WATCH_MS : WATCH_IDLE_MS);
}

/* A new process has as long to be ready as one that runs has to answer. */
void
watch_begin(struct parent *p, struct child *c)
{
	c->asked = c->awake = 0;
	c->killed_looks = 0;
	c->killed = 0;
	c->silent = watch_limit(c->kind) > 0;
	watch_arm(p, WATCH_MS);
}

void
watch_ready(struct child *c)
{
	c->silent = 0;
}

void
watch_killed(struct parent *p, struct child *c)
{
	if (c->killed == c->pid || c->pid == 0)
		return;
	c->killed = c->pid;
	c->killed_looks = 0;
	if (p->phase != PHASE_ENDING)
		watch_arm(p, WATCH_MS);
}

int
watch_buried(struct parent *p, pid_t pid)
{
	struct child	*c = &p->child[K_LOGGER];
	uint32_t	 zero = 0;

	if (c->stuck == 0 || c->stuck != pid)
		return (0);
	c->stuck = 0;
	log_info("%s (pid %d) ended at last", kind_name(c->kind), pid);
	if (c->peer != NULL)
		peer_send(c->peer, M_LOG_FREE, -1, &zero, NULL);
	return (1);
}

/* ---- messages ----------------------------------------------------------- */

/* An answer to a question that was not asked is no answer. */
int
watch_pong(struct peer *peer, struct msg *m)
{
	struct parent	*p = peer_arg(peer);
	struct child	*c = &p->child[peer_kind(peer)];
	struct m_pong	 pong;

	msg_take(m, &pong, sizeof(pong));
	if (msg_end(m) == -1 || !c->asked || pong.seq != c->ping ||
	    pong.awake > 1)
		return (-1);
	c->asked = 0;
	c->silent = 0;
	c->awake = (int)pong.awake;
	return (0);
}

int
watch_awake(struct peer *peer, struct msg *m)
{
	struct parent	*p = peer_arg(peer);
	struct child	*c = &p->child[peer_kind(peer)];
	uint32_t	 zero;

	msg_take(m, &zero, sizeof(zero));
	if (msg_end(m) == -1)
		return (-1);
	c->awake = 1;
	if (!c->ready || c->asked)
		return (0);
	watch_ask(c);
	watch_arm(p, WATCH_MS);
	return (0);
}
