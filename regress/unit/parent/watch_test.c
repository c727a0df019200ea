/* Signs of life of our own processes, without waiting for the clock. */
#include "regress/unit/parent/boundary.h"

#define CONF	"app \"web\" { command \"/bin/sleep\" \"1\" user \"nobody\" }\n"

/* The time for a look has come. */
static void
look(void)
{
	ATF_REQUIRE(world.p.watch != NULL);
	event_active(world.p.watch, EV_TIMEOUT, 0);
	world_turn();
	world_turn();
}

static void
awake(enum kind k)
{
	uint32_t	 zero = 0;

	peer_send(world.far[k], M_AWAKE, -1, &zero, NULL);
}

static void
pong(enum kind k, uint64_t seq, uint32_t is_awake)
{
	struct m_pong	 m;

	memset(&m, 0, sizeof(m));
	m.seq = seq;
	m.awake = is_awake;
	peer_send(world.far[k], M_PONG, -1, &m, NULL);
}

static unsigned
pings(enum kind k)
{
	return (world.got[k][M_PING]);
}

ATF_TC_WITHOUT_HEAD(one_that_works_is_asked_until_it_rests);
ATF_TC_BODY(one_that_works_is_asked_until_it_rests, tc)
{
	world_new(CONF);
	world.p.watched = mono_now();
	world.hung[K_LOGGER] = 1;	/* the test answers */
	awake(K_LOGGER);
	UNTIL(pings(K_LOGGER) == 1);	/* at once */
	pong(K_LOGGER, world.ping, 1);
	UNTIL(!world.p.child[K_LOGGER].asked);
	look();
	UNTIL(pings(K_LOGGER) == 2);
	pong(K_LOGGER, world.ping, 0);
	UNTIL(!world.p.child[K_LOGGER].asked);
	/* now it is left alone, and so are we */
	look();
	ATF_CHECK_EQ(2, pings(K_LOGGER));
	ATF_CHECK_EQ(60000, world.p.watch_ms);
	ATF_CHECK_EQ(0, pings(K_SUPERVISOR));
	awake(K_LOGGER);
	UNTIL(pings(K_LOGGER) == 3);
	ATF_CHECK_EQ(2500, world.p.watch_ms);
	world_end();
}

ATF_TC_WITHOUT_HEAD(a_logger_without_an_answer_is_killed_in_two_looks);
ATF_TC_BODY(a_logger_without_an_answer_is_killed_in_two_looks, tc)
{
	world_new(CONF);
	world.p.watched = mono_now();
	world.hung[K_LOGGER] = 1;
	awake(K_LOGGER);
	UNTIL(pings(K_LOGGER) == 1);
	look();
	ATF_CHECK(!world_killed(K_LOGGER));
	look();
	UNTIL(world_killed(K_LOGGER));
	ATF_CHECK_EQ(1, pings(K_LOGGER));
	ATF_CHECK(!world_killed(K_SUPERVISOR));
	world_end();
}

ATF_TC_WITHOUT_HEAD(the_others_are_asked_once_in_a_while);
ATF_TC_BODY(the_others_are_asked_once_in_a_while, tc)
{
	int	 n;

	world_new(CONF);
	world.hung[K_SUPERVISOR] = 1;
	awake(K_LOGGER);
	UNTIL(pings(K_LOGGER) == 1);
	look();				/* never was one: now */
	UNTIL(pings(K_SUPERVISOR) == 1 && pings(K_CONTROL) == 1);
	ATF_CHECK_EQ_MSG(0, pings(K_STORE), "its disk may be slow");
	for (n = 0; n < 11; n++)
		look();
	ATF_CHECK(!world_killed(K_SUPERVISOR));
	look();
	UNTIL(world_killed(K_SUPERVISOR));
	ATF_CHECK(!world_killed(K_CONTROL));
	ATF_CHECK(!world_killed(K_STORE));
	ATF_CHECK(!world_killed(K_LOGGER));
	world_end();
}

static void
is_violation(enum kind k)
{
	UNTIL(world.why[k] != NULL);
	ATF_CHECK_STREQ("malformed", world.why[k]);
	kill(world.pid[k], SIGKILL);
	waitpid(world.pid[k], NULL, 0);
	world_child(k);
	world.p.child[k].asked = 0;
}

ATF_TC_WITHOUT_HEAD(an_answer_to_no_question_is_a_violation);
ATF_TC_BODY(an_answer_to_no_question_is_a_violation, tc)
{
	world_new(CONF);
	world.hung[K_LOGGER] = 1;
	pong(K_SUPERVISOR, 0, 0);
	is_violation(K_SUPERVISOR);
	awake(K_LOGGER);
	UNTIL(pings(K_LOGGER) == 1);
	pong(K_LOGGER, world.ping + 1, 0);
	is_violation(K_LOGGER);
	awake(K_LOGGER);
	UNTIL(pings(K_LOGGER) == 2);
	pong(K_LOGGER, world.ping, 2);
	is_violation(K_LOGGER);
	awake(K_LOGGER);
	UNTIL(pings(K_LOGGER) == 3);
	pong(K_LOGGER, world.ping, 0);
	pong(K_LOGGER, world.ping, 0);
	is_violation(K_LOGGER);
	/* and who is not watched has nothing to say */
	awake(K_STORE);
	UNTIL(world.why[K_STORE] != NULL);
	ATF_CHECK_STREQ("not this sender's", world.why[K_STORE]);
	world_end();
}

/* It has to be killed and does not die, as far as the parent knows. */
static void
hangs_for_ever(void)
{
	struct child	*c = &world.p.child[K_LOGGER];
	pid_t		 pid = c->pid;

	world.hung[K_LOGGER] = 1;
	awake(K_LOGGER);
	UNTIL(c->asked);
	look();
	look();
	UNTIL(world_killed(K_LOGGER));
	ATF_CHECK_EQ(pid, c->pid);
	look();
	ATF_CHECK_EQ(pid, c->pid);
	look();
}

ATF_TC_WITHOUT_HEAD(beside_one_that_does_not_die_there_is_one_more);
ATF_TC_BODY(beside_one_that_does_not_die_there_is_one_more, tc)
{
	struct child	*c;
	pid_t		 first, second;

	world_new(CONF);
	c = &world.p.child[K_LOGGER];
	world.p.watched = mono_now();
	first = c->pid;
	hangs_for_ever();
	ATF_CHECK_EQ(first, c->stuck);
	ATF_CHECK_EQ(0, c->pid);
	UNTIL(world.due == 1);
	/* the second hangs as well: no third */
	world_child(K_LOGGER);
	second = c->pid;
	hangs_for_ever();
	look();
	ATF_CHECK_EQ(first, c->stuck);
	ATF_CHECK_EQ(second, c->pid);
	ATF_CHECK_EQ(1, world.due);
	/* the first ends: the second, if it lives, may touch files */
	ATF_CHECK_EQ(0, world.got[K_LOGGER][M_LOG_FREE]);
	ATF_CHECK_EQ(1, child_exited(&world.p, first, SIGKILL));
	ATF_CHECK_EQ(0, c->stuck);
	UNTIL(world.got[K_LOGGER][M_LOG_FREE] == 1);
	ATF_CHECK_EQ(second, c->pid);
	/* a pid that was stuck is nobody's any more */
	ATF_CHECK_EQ(0, child_exited(&world.p, first, SIGKILL));
	kill(first, SIGKILL);
	waitpid(first, NULL, 0);
	world_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, one_that_works_is_asked_until_it_rests);
	ATF_TP_ADD_TC(tp, a_logger_without_an_answer_is_killed_in_two_looks);
	ATF_TP_ADD_TC(tp, the_others_are_asked_once_in_a_while);
	ATF_TP_ADD_TC(tp, an_answer_to_no_question_is_a_violation);
	ATF_TP_ADD_TC(tp, beside_one_that_does_not_die_there_is_one_more);
	return (atf_no_error());
}
