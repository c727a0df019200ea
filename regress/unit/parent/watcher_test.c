/*
 * Watchers as the parent runs them: what the supervisor may order, and one
 * that ends at once (true(1) in its place).
 */
#include <fcntl.h>

#include "omnitrond/parent/inst.h"
#include "regress/unit/parent/boundary.h"

#define USER	" user \"nobody\" "
#define CONF	"app \"a\" { command \"/x\"" USER "watch \"/srv\" }\n"	\
		"app \"b\" { command \"/x\"" USER "directory \"/usr\" }\n"	\
		"app \"c\" { command \"/x\"" USER "directory \"/\" }\n"

static struct m_watcher	 told;		/* the last */
static unsigned		 linked, died;	/* of those */

static void
sees(enum kind k, struct msg *m)
{
	if (m->type != M_WATCHER)
		return;
	msg_take(m, &told, sizeof(told));
	ATF_CHECK_EQ(0, msg_end(m));
	ATF_CHECK_EQ(m->fd != -1, told.trouble == WATCH_NONE);
	linked += told.trouble == WATCH_NONE;
	died += told.trouble == WATCH_DIED;
}

static void
begin(void)
{
	int	 fd = open("/bin/true", O_RDONLY | O_CLOEXEC);

	ATF_REQUIRE(fd != -1);
	world_new(CONF);
	world.sees = sees;
	watcher_init(&world.p, fd);
	linked = died = 0;
}

static void
order(uint32_t app, uint16_t process, unsigned int what)
{
	struct m_watch	 m;

	memset(&m, 0, sizeof(m));
	m.app = app;
	m.process = process;
	m.order = (uint16_t)what;
	peer_send(world.far[K_SUPERVISOR], M_WATCH, -1, &m, NULL);
}

/* Deaths, as reap.c would tell of them. */
static void
reap(void)
{
	pid_t	 pid;
	int	 status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		ATF_CHECK_EQ(1, watcher_exited(&world.p, pid, status));
}

#define UNTIL_REAPED(cond) do {						\
	struct mono	 by_ = mono_add_ms(mono_now(), WAIT_MS);	\
									\
	while (!(cond)) {						\
		ATF_REQUIRE_MSG(mono_before(mono_now(), by_),		\
		    "never: " #cond);					\
		world_turn();						\
		reap();							\
	}								\
} while (0)

static void
refuses(uint32_t app, unsigned int what)
{
	begin();
	order(app, 0, what);
	UNTIL(world.why[K_SUPERVISOR] != NULL);
	ATF_CHECK_STREQ("malformed", world.why[K_SUPERVISOR]);
	ATF_CHECK_EQ(0, world.p.nwatchers);
	world_end();
}

ATF_TC_WITHOUT_HEAD(an_order_that_cannot_be_ends_the_channel);
ATF_TC_BODY(an_order_that_cannot_be_ends_the_channel, tc)
{
	refuses(1, WATCH_ORDER_MAX);
	refuses(4, WATCH_ON);
	refuses(UINT32_MAX, WATCH_OFF);
}

/* The configuration says what there is to watch, and nobody else. */
ATF_TC_WITHOUT_HEAD(nothing_is_watched_that_is_not_configured);
ATF_TC_BODY(nothing_is_watched_that_is_not_configured, tc)
{
	begin();
	order(3, 0, WATCH_ON);		/* / is nobody's own */
	order(1, 7, WATCH_ON);		/* no such process any more */
	order(1, PROCESS_ANY, WATCH_ON);
	order(1, 0, WATCH_REPLACE);	/* it is not on */
	order(1, 0, WATCH_OFF);
	order(0, 0, WATCH_OFF);
	order(2, 0, WATCH_ON);		/* its folder, as an operator wishes */
	UNTIL(linked == 1);
	ATF_CHECK_EQ(2, told.app);
	ATF_CHECK(told.pid > 0);
	ATF_CHECK_EQ(1, world.p.nwatchers);
	ATF_CHECK(world.why[K_SUPERVISOR] == NULL);
	watcher_end_all(&world.p);
	UNTIL_REAPED(world.p.nwatchers == 0);
	world_end();
}

/* However soon it dies, it is started ever less often. */
ATF_TC_WITHOUT_HEAD(one_that_dies_is_started_ever_later);
ATF_TC_BODY(one_that_dies_is_started_ever_later, tc)
{
	struct mono	 from;
	int64_t		 ms;

	begin();
	order(1, 0, WATCH_ON);
	UNTIL_REAPED(died == 2);
	ATF_CHECK(linked == 2 || linked == 3);
	from = mono_now();
	UNTIL_REAPED(died == 6);
	/* 50, 100, 200, 400: at least the last three have passed */
	ms = mono_diff_ms(mono_now(), from);
	ATF_CHECK_MSG(ms >= 600, "%lld", (long long)ms);
	/* and not at all when it is off */
	order(1, 0, WATCH_OFF);
	UNTIL_REAPED(world.p.nwatchers == 0);
	world_end();
}

/* Off and on again before it is dead: there is one, and it is another. */
ATF_TC_WITHOUT_HEAD(off_and_on_is_another_one);
ATF_TC_BODY(off_and_on_is_another_one, tc)
{
	pid_t	 pid;

	begin();
	order(1, 0, WATCH_ON);
	UNTIL(linked == 1);
	pid = told.pid;
	order(1, 0, WATCH_OFF);
	order(1, 0, WATCH_ON);
	UNTIL_REAPED(linked >= 2 && told.trouble == WATCH_NONE &&
	    told.pid != pid);
	ATF_CHECK_EQ(1, world.p.nwatchers);
	watcher_end_all(&world.p);
	UNTIL_REAPED(world.p.nwatchers == 0);
	world_end();
}

/* A supervisor that asks again and again has one channel all the same. */
ATF_TC_WITHOUT_HEAD(one_channel_for_a_supervisor);
ATF_TC_BODY(one_channel_for_a_supervisor, tc)
{
	int	 k;

	begin();
	order(1, 0, WATCH_ON);
	UNTIL(linked == 1);
	for (k = 0; k < 50; k++)
		order(1, 0, WATCH_ON);
	order(3, 0, WATCH_ON);
	order(2, 0, WATCH_ON);
	UNTIL(told.app == 2);
	ATF_CHECK_EQ(2, linked);
	ATF_CHECK(world.why[K_SUPERVISOR] == NULL);
	watcher_end_all(&world.p);
	UNTIL_REAPED(world.p.nwatchers == 0);
	world_end();
}

/* A child of ours is no orphan that came to us: nothing escaped. */
ATF_TC_WITHOUT_HEAD(one_is_no_orphan);
ATF_TC_BODY(one_is_no_orphan, tc)
{
	begin();
	if (reap_orphans(&world.p) != 0) {
		world_end();
		atf_tc_skip("orphans are not told here");
	}
	order(1, 0, WATCH_ON);
	UNTIL(linked == 1);
	ATF_CHECK_EQ(0, reap_orphans(&world.p));
	watcher_end_all(&world.p);
	UNTIL_REAPED(world.p.nwatchers == 0);
	world_end();
}

/* A new supervisor names those that are on; the others end. */
ATF_TC_WITHOUT_HEAD(a_new_supervisor_claims_what_is_on);
ATF_TC_BODY(a_new_supervisor_claims_what_is_on, tc)
{
	begin();
	order(1, 0, WATCH_ON);
	order(2, 0, WATCH_ON);
	UNTIL(world.p.nwatchers == 2);
	watcher_unclaim(&world.p);
	order(2, 0, WATCH_ON);
	order(0, 0, WATCH_OFF);
	UNTIL_REAPED(world.p.nwatchers == 1);
	order(2, 0, WATCH_OFF);
	UNTIL_REAPED(world.p.nwatchers == 0);
	ATF_CHECK(world.why[K_SUPERVISOR] == NULL);
	world_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, an_order_that_cannot_be_ends_the_channel);
	ATF_TP_ADD_TC(tp, nothing_is_watched_that_is_not_configured);
	ATF_TP_ADD_TC(tp, one_that_dies_is_started_ever_later);
	ATF_TP_ADD_TC(tp, off_and_on_is_another_one);
	ATF_TP_ADD_TC(tp, one_channel_for_a_supervisor);
	ATF_TP_ADD_TC(tp, one_is_no_orphan);
	ATF_TP_ADD_TC(tp, a_new_supervisor_claims_what_is_on);
	return (atf_no_error());
}
