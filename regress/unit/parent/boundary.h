/*
 * The privilege boundary in a test: a parent with real channels, at whose
 * other ends the test plays the processes of the daemon, well or badly.
 */
#ifndef REGRESS_UNIT_PARENT_BOUNDARY_H
#define REGRESS_UNIT_PARENT_BOUNDARY_H

#include <sys/socket.h>
#include <sys/wait.h>

#include <signal.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>
#include <event2/event.h>

#include "common/log.h"
#include "common/mono.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/parent.h"
#include "omnitrond/parent/plane.h"

#define EXIT_GAVE_UP	7
#define EXIT_REFUSED	8	/* as of a configuration that is wrong */
#define WAIT_MS		30000	/* what has not come then does not come */

struct world {
	struct parent	 p;
	struct peer	*far[K_MAX];	/* the test's end of each channel */
	pid_t		 pid[K_MAX];	/* a process that only waits */
	const char	*why[K_MAX];	/* the parent ended the channel so */
	unsigned	 got[K_MAX][M_MAX];	/* messages from the parent */
	void		(*sees)(enum kind, struct msg *); /* of the others */
	struct m_object	 object;	/* the last */
	char		 text[OBJECT_PART + 1];
	int		 mute;		/* no receipts for objects */
	int		 due;		/* restarts */
	int		 hung[K_MAX];	/* no answer to PING */
	uint64_t	 ping;		/* the last */
	char		 file[PATH_SIZE];
};

static struct world	 world;

/* main.c's, which is not linked. */
void
parent_fail(struct parent *p, const char *fmt, ...)
{
	fprintf(stderr, "the parent gave up: %s\n", fmt);
	_exit(EXIT_GAVE_UP);
}

void
parent_fail_conf(struct parent *p, const char *why)
{
	fprintf(stderr, "refused: %s\n", why);
	_exit(EXIT_REFUSED);
}

void
parent_ready(struct parent *p)
{
	p->phase = PHASE_RUNNING;
}

static void
far_down(struct peer *peer, const char *why, enum msg_type type)
{
	enum kind	 k = (enum kind)(uintptr_t)peer_arg(peer);

	if (world.far[k] == peer)
		world.far[k] = NULL;
}

static void
near_down(struct peer *peer, const char *why, enum msg_type type)
{
	enum kind	 k = peer_kind(peer);

	world.p.child[k].peer = NULL;
	world.why[k] = why != NULL ? why : "end";
}

static void
far_ping(struct peer *peer, struct msg *m, enum kind k)
{
	struct m_sync	 ping;
	struct m_pong	 pong;

	msg_take(m, &ping, sizeof(ping));
	memset(&pong, 0, sizeof(pong));
	pong.seq = world.ping = ping.seq;
	if (!world.hung[k])
		peer_send(peer, M_PONG, -1, &pong, NULL);
}

static int
far_any(struct peer *peer, struct msg *m)
{
	enum kind		 k = (enum kind)(uintptr_t)peer_arg(peer);
	struct m_object_got	 got;
	const uint8_t		*data;
	size_t			 len;

	world.got[k][m->type]++;
	if (m->type == M_OBJECT) {
		msg_take(m, &world.object, sizeof(world.object));
		data = msg_take_rest(m, &len);
		memcpy(world.text, data, len);
		world.text[len] = '\0';
		memset(&got, 0, sizeof(got));
		got.id = world.object.id;
		if (!world.mute)
			peer_send(peer, M_OBJECT_GOT, -1, &got, NULL);
		return (msg_end(m));
	}
	if (m->type == M_PING)
		far_ping(peer, m, k);
	if (world.sees != NULL)
		world.sees(k, m);
	return (0);
}

/* Whatever the parent may send is counted. */
static const struct dispatch *
far_table(void)
{
	static struct dispatch	 table[M_MAX + 1];
	int			 t;

	for (t = M_NONE + 1; t < M_MAX; t++)
		table[t - 1] = (struct dispatch){ t, far_any };
	return (table);
}

static pid_t
waiting_process(void)
{
	pid_t	 pid = fork();

	ATF_REQUIRE(pid != -1);
	if (pid == 0)
		for (;;)
			pause();
	return (pid);
}

/* It is time for another one: the test starts it, or not. */
static void
restart_due(int fd, short events, void *arg)
{
	world.due++;
}

static void
world_child(enum kind k)
{
	struct child	*c = &world.p.child[k];
	int		 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0, sv));
	c->kind = k;
	c->binfd = c->status = -1;
	c->pid = world.pid[k] = waiting_process();
	c->ready = 1;
	c->started = mono_now();
	if (c->timer == NULL)
		c->timer = event_new(world.p.base, -1, 0, restart_due,
		    NULL);
	world.why[k] = NULL;
	c->peer = peer_new(world.p.base, K_PARENT, k, sv[0], parent_dispatch,
	    near_down, &world.p);
	world.far[k] = peer_new(world.p.base, k, K_PARENT, sv[1], far_table(),
	    far_down, (void *)(uintptr_t)k);
}

static void
world_conf(const char *text)
{
	struct passwd	*pw = getpwuid(geteuid());
	const char	*who;
	FILE		*f;

	ATF_REQUIRE(pw != NULL);
	ATF_REQUIRE((f = fopen(world.file, "w")) != NULL);
	/* only root may start apps as nobody, anybody else as himself */
	while (geteuid() != 0 && (who = strstr(text, "nobody")) != NULL) {
		fprintf(f, "%.*s%s", (int)(who - text), text, pw->pw_name);
		text = who + strlen("nobody");
	}
	ATF_REQUIRE(fputs(text, f) >= 0);
	ATF_REQUIRE_EQ(0, fclose(f));
	ATF_REQUIRE_EQ(0, chmod(world.file, 0600));
}

/* In a folder that nobody else can write: that is not below /tmp. */
static void
world_new(const char *text)
{
	struct parent	*p = &world.p;
	const char	*scratch = getenv("OMNITRON_SCRATCH");
	char		*errors;
	int		 k;

	log_init("test", 0);
	memset(&world, 0, sizeof(world));
	oom_init(&world.p.oom, "/nonexistent");
	p->listener = p->fifodir = p->notify_fd = p->creds = -1;
	TAILQ_INIT(&p->passphrases);
	plane_init(p);
	TAILQ_INIT(&p->draining);
	for (k = 0; k < K_MAX; k++)
		TAILQ_INIT(&p->objects[k]);
	ATF_REQUIRE((p->base = event_base_new()) != NULL);
	run_init(p);
	snprintf(world.file, sizeof(world.file), "%s/boundary.%d.conf",
	    scratch != NULL ? scratch : ".", (int)getpid());
	p->options.file = world.file;
	p->options.home = scratch != NULL ? scratch : ".";
	p->phase = PHASE_RUNNING;
	p->adopted = 1;
	world_conf(text);
	p->conf = conf_load(&p->options, &errors);
	ATF_REQUIRE_MSG(p->conf != NULL, "%s", errors);
	free(errors);
	p->conf_version = p->conf_offered = 1;
	ids_assign(p, p->conf);
	ids_switch(p, p->conf);
	p->needed = conf_kinds(p->conf);
	for (k = K_PARENT + 1; k < K_MAX; k++)
		world_child(k);
}

static void
world_end(void)
{
	int	 k;

	for (k = K_PARENT + 1; k < K_MAX; k++) {
		kill(world.pid[k], SIGKILL);
		waitpid(world.pid[k], NULL, 0);
		if (world.p.child[k].timer != NULL)
			event_free(world.p.child[k].timer);
		world.p.child[k].timer = NULL;
	}
	if (world.p.run_timer != NULL)
		event_free(world.p.run_timer);
	world.p.run_timer = NULL;
	unlink(world.file);
}

/* One turn of the loop, which waits a moment at most. */
static void
world_turn(void)
{
	struct timeval	 tv = { 0, 20000 };

	event_base_loopexit(world.p.base, &tv);
	event_base_loop(world.p.base, EVLOOP_ONCE);
}

#define UNTIL(cond) do {						\
	struct mono	 end_ = mono_add_ms(mono_now(), WAIT_MS);	\
									\
	while (!(cond)) {						\
		ATF_REQUIRE_MSG(mono_before(mono_now(), end_),		\
		    "never: " #cond);					\
		world_turn();						\
	}								\
} while (0)

/* Was it sent SIGKILL?  It stays a zombie that the parent has not reaped. */
static inline int
world_killed(enum kind k)
{
	siginfo_t	 si;

	si.si_pid = 0;
	ATF_REQUIRE_EQ(0, waitid(P_PID, (id_t)world.pid[k], &si, WEXITED |
	    WNOHANG | WNOWAIT));
	return (si.si_pid != 0);
}

/* The process dies, as the parent sees it, and another takes its place. */
static inline void
world_dies(enum kind k)
{
	kill(world.pid[k], SIGKILL);
	waitpid(world.pid[k], NULL, 0);
	peer_free(world.far[k]);
	ATF_REQUIRE_EQ(1, child_exited(&world.p, world.pid[k], SIGKILL));
	event_del(world.p.child[k].timer);
	memset(world.got[k], 0, sizeof(world.got[k]));
	world_child(k);
}

#endif /* REGRESS_UNIT_PARENT_BOUNDARY_H */
