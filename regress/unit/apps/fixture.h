/*
 * The apps process in a test: its channels to the parent and the supervisor
 * are real, the other ends are the test's and keep what comes.
 */
#ifndef REGRESS_UNIT_APPS_FIXTURE_H
#define REGRESS_UNIT_APPS_FIXTURE_H

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/log.h"
#include "omnitrond/apps/apps.h"

#define WAIT_MS		10000
#define SAID_MAX	4096

static struct {
	struct proc	 proc;
	struct apps	 apps;
	struct peer	*far[K_MAX];
	/* what the supervisor was told */
	struct m_app_says said[SAID_MAX];
	char		 text[SAID_MAX][STATUS_TEXT_MAX + 1];
	size_t		 nsaid;
	/* what the parent was asked, and answers */
	unsigned int	 asked;
	pid_t		 member;	/* this one is, or with -1 all */
	int		 mute;
	/* what the planes got */
	enum kind	 plane;		/* that asks: control, if not set */
	unsigned int	 from[K_MAX];	/* results that came to which */
	struct m_object	 part;
	struct buf	 result;
	unsigned int	 results;
	unsigned int	 credits;
	unsigned int	 services;	/* but for the one that clears */
	unsigned int	 tells;		/* those that clear */
	struct m_app_meter meter;
	unsigned int	 meters;
} world;

struct apps *
apps_of(const struct peer *peer)
{
	return (&world.apps);
}

static int
far_says(struct peer *peer, struct msg *m)
{
	ATF_REQUIRE(world.nsaid < SAID_MAX);
	msg_take(m, &world.said[world.nsaid], sizeof(world.said[0]));
	msg_take_str(m, world.text[world.nsaid], sizeof(world.text[0]));
	ATF_REQUIRE_EQ(0, msg_end(m));
	world.nsaid++;
	return (0);
}

static int
far_who(struct peer *peer, struct msg *m)
{
	struct m_app_who	 who;

	msg_take(m, &who, sizeof(who));
	ATF_REQUIRE_EQ(0, msg_end(m));
	world.asked++;
	who.member = world.member == -1 || who.pid == world.member;
	if (!world.mute)
		peer_send(peer, M_APP_WHO_IS, -1, &who, NULL);
	return (0);
}

static enum kind
world_far(const struct peer *peer)
{
	enum kind	 k;

	for (k = 0; world.far[k] != peer; k++)
		ATF_REQUIRE(k < K_MAX);
	return (k);
}

/* A result is whole; world.part says how it went. */
static int
far_part(struct peer *peer, struct msg *m)
{
	const uint8_t	*data;
	size_t		 len;

	msg_take(m, &world.part, sizeof(world.part));
	data = msg_take_rest(m, &len);
	ATF_REQUIRE_EQ(0, msg_end(m));
	if (world.part.offset == 0)
		buf_free(&world.result);
	ATF_REQUIRE_EQ(world.part.offset, world.result.len);
	ATF_REQUIRE_EQ(0, buf_add(&world.result, data, len));
	parts_receipt(peer, world.part.id);
	if (world.result.len == world.part.total) {
		ATF_REQUIRE_EQ(0, buf_add(&world.result, "", 1));
		world.results++;
		world.from[world_far(peer)]++;
	}
	return (0);
}

static int
far_got(struct peer *peer, struct msg *m)
{
	struct m_object_got	 got;

	msg_take(m, &got, sizeof(got));
	world.credits++;
	return (msg_end(m));
}

static int
far_service(struct peer *peer, struct msg *m)
{
	struct m_inst	 id;
	char		 name[NAME_SIZE], version[NAME_SIZE];

	msg_take(m, &id, sizeof(id));
	msg_take_str(m, name, sizeof(name));
	msg_take_str(m, version, sizeof(version));
	if (name[0] == '\0') {
		world.services = 0;
		world.tells++;
	} else
		world.services++;
	return (msg_end(m));
}

static int
far_meter(struct peer *peer, struct msg *m)
{
	size_t	 len;

	msg_take(m, &world.meter, sizeof(world.meter));
	msg_take_rest(m, &len);
	world.meters++;
	return (msg_end(m));
}

static const struct dispatch	 far_control[] = {
	HANDLE(EXEC_PART, far_part),
	HANDLE(EXEC_GOT, far_got),
	HANDLE(APP_SERVICE, far_service),
	HANDLE(APP_METER, far_meter),
	HANDLE_END
};

static const struct dispatch	 far_parent[] = {
	HANDLE(APP_WHO, far_who),
	HANDLE_END
};

static const struct dispatch	 far_supervisor[] = {
	HANDLE(APP_SAYS, far_says),
	HANDLE_END
};

static void
peer_is_down(struct peer *peer, const char *why, enum msg_type type)
{
	atf_tc_fail("%s: %s", msg_name(type), why != NULL ? why : "closed");
}

static void
world_link(enum kind k, const struct dispatch *table)
{
	int	 sv[2];

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0, sv));
	world.proc.peer[k] = peer_new(world.proc.base, K_APPS, k, sv[0],
	    apps_dispatch, peer_is_down, &world.proc);
	world.far[k] = peer_new(world.proc.base, k, K_APPS, sv[1], table,
	    peer_is_down, &world.proc);
}

static void
world_new(void)
{
	log_init("test", 0);
	signal(SIGPIPE, SIG_IGN);
	memset(&world, 0, sizeof(world));
	ATF_REQUIRE((world.proc.base = event_base_new()) != NULL);
	world.proc.kind = K_APPS;
	world.proc.arg = &world.apps;
	world.apps.proc = &world.proc;
	RB_INIT(&world.apps.insts);
	RB_INIT(&world.apps.calls);
	world_link(K_PARENT, far_parent);
	world_link(K_SUPERVISOR, far_supervisor);
	world_link(K_CONTROL, far_control);
	world.plane = K_CONTROL;
	world.member = -1;
}

static void
world_end(void)
{
	call_free_all(&world.apps, K_MAX);
	inst_free_all(&world.apps);
}

/* What there is to do within so long. */
static inline void
world_run(int ms)
{
	struct timeval	 tv = { ms / 1000, ms % 1000 * 1000 };

	event_base_loopexit(world.proc.base, &tv);
	event_base_dispatch(world.proc.base);
}

#define UNTIL(cond) do {						\
	struct mono	 end_ = mono_add_ms(mono_now(), WAIT_MS);	\
									\
	while (!(cond)) {						\
		ATF_REQUIRE_MSG(mono_before(mono_now(), end_),		\
		    "never: " #cond);					\
		world_run(5);						\
	}								\
} while (0)

static inline struct m_inst
world_id(uint32_t app, uint32_t generation)
{
	struct m_inst	 id;

	memset(&id, 0, sizeof(id));
	id.app = app;
	id.generation = generation;
	return (id);
}

/* A notify socket as the parent makes them; the end that apps send to. */
static inline int
world_notify(uint32_t app)
{
	struct m_app_socket	 m;
	int			 sv[2], on = 1;

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0,
	    sv));
	ATF_REQUIRE_EQ(0, setsockopt(sv[0], SOL_SOCKET, SO_PASSCRED, &on,
	    sizeof(on)));
	memset(&m, 0, sizeof(m));
	m.inst = world_id(app, 0);
	m.which = APP_SOCKET_NOTIFY;
	peer_send(world.far[K_PARENT], M_APP_SOCKET, sv[0], &m, NULL);
	return (sv[1]);
}

static inline void
world_born(uint32_t app, uint32_t generation, pid_t pid, uid_t uid,
    enum notify_access access)
{
	struct m_app_born	 m;

	memset(&m, 0, sizeof(m));
	m.inst = world_id(app, generation);
	m.pid = pid;
	m.uid = uid;
	m.access = access;
	m.ready = READY_NOTIFY;
	peer_send(world.far[K_PARENT], M_APP_BORN, -1, &m, "web", "web", NULL);
}

static inline void
world_died(uint32_t app, uint32_t generation)
{
	struct m_inst	 id = world_id(app, generation);

	peer_send(world.far[K_PARENT], M_APP_DIED, -1, &id, NULL);
}

static inline void
world_watch(uint32_t app, uint32_t generation, uint32_t ms)
{
	struct m_app_watch	 m;

	memset(&m, 0, sizeof(m));
	m.inst = world_id(app, generation);
	m.ms = ms;
	peer_send(world.far[K_SUPERVISOR], M_APP_WATCH, -1, &m, NULL);
}

static inline void
say_to(int fd, const char *text)
{
	ATF_REQUIRE_EQ((ssize_t)strlen(text), send(fd, text, strlen(text), 0));
}

/* How often the supervisor was told this word. */
static inline size_t
told(enum app_word word)
{
	size_t	 i, count = 0;

	for (i = 0; i < world.nsaid; i++)
		count += world.said[i].word == (uint32_t)word;
	return (count);
}

static inline const char *
last_status(void)
{
	size_t	 i;

	for (i = world.nsaid; i > 0; i--)
		if (world.said[i - 1].word == WORD_STATUS)
			return (world.text[i - 1]);
	return ("");
}

#endif /* REGRESS_UNIT_APPS_FIXTURE_H */
