/* What becomes of a process that accuses others, and of the accused. */
#include "regress/unit/parent/boundary.h"

#define CONF	"app \"web\" { command \"/bin/sleep\" \"1\" user \"nobody\" }\n"

static void
accuse(enum kind by, enum kind whom)
{
	struct m_bad_peer	 m;

	memset(&m, 0, sizeof(m));
	m.peer = whom;
	m.type = M_AUDIT;
	peer_send(world.far[by], M_BAD_PEER, -1, &m, NULL);
}

ATF_TC_WITHOUT_HEAD(the_accused_is_replaced);
ATF_TC_BODY(the_accused_is_replaced, tc)
{
	world_new(CONF);
	accuse(K_SUPERVISOR, K_LOGGER);
	UNTIL(world_killed(K_LOGGER));
	ATF_CHECK(!world_killed(K_SUPERVISOR));
	ATF_CHECK(world.why[K_SUPERVISOR] == NULL);
	/* who has no channel to it cannot know */
	accuse(K_STORE, K_CONTROL);
	UNTIL(world.why[K_STORE] != NULL);
	ATF_CHECK_STREQ("malformed", world.why[K_STORE]);
	ATF_CHECK(!world_killed(K_CONTROL));
	world_end();
}

ATF_TC_WITHOUT_HEAD(who_accuses_without_end_is_the_violator);
ATF_TC_BODY(who_accuses_without_end_is_the_violator, tc)
{
	int	 n;

	world_new(CONF);
	for (n = 0; n < 16; n++)
		accuse(K_SUPERVISOR, n % 2 ? K_LOGGER : K_STORE);
	UNTIL(world_killed(K_LOGGER) && world_killed(K_STORE));
	ATF_CHECK(world.why[K_SUPERVISOR] == NULL);
	accuse(K_SUPERVISOR, K_CONTROL);
	UNTIL(world.why[K_SUPERVISOR] != NULL);
	ATF_CHECK_STREQ("malformed", world.why[K_SUPERVISOR]);
	ATF_CHECK_MSG(!world_killed(K_CONTROL), "the last one counted");
	/* each process has its own measure, and a new one begins afresh */
	accuse(K_LOGGER, K_CONTROL);
	UNTIL(world_killed(K_CONTROL));
	kill(world.pid[K_SUPERVISOR], SIGKILL);
	waitpid(world.pid[K_SUPERVISOR], NULL, 0);
	world_child(K_SUPERVISOR);
	for (n = 0; n < 16; n++)
		accuse(K_SUPERVISOR, K_STORE);
	accuse(K_SUPERVISOR, K_PARENT);		/* what is no peer ends it */
	UNTIL(world.why[K_SUPERVISOR] != NULL);
	world_end();
}

ATF_TC_WITHOUT_HEAD(an_accusation_does_not_make_the_start_fail);
ATF_TC_BODY(an_accusation_does_not_make_the_start_fail, tc)
{
	pid_t	 pid;
	int	 n, status;

	world_new(CONF);
	world.p.phase = PHASE_STARTING;
	for (n = 0; n < 5; n++) {
		/* two accuse it; it is one death */
		accuse(K_SUPERVISOR, K_CONTROL);
		accuse(K_LOGGER, K_CONTROL);
		UNTIL(world_killed(K_CONTROL));
		world_turn();
		world_dies(K_CONTROL);
	}
	ATF_CHECK_EQ(5, world.p.child[K_CONTROL].restarts);
	world_dies(K_CONTROL);
	world_dies(K_CONTROL);
	/* but three deaths of its own do */
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		world_dies(K_CONTROL);
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_GAVE_UP);
	world_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_accused_is_replaced);
	ATF_TP_ADD_TC(tp, who_accuses_without_end_is_the_violator);
	ATF_TP_ADD_TC(tp, an_accusation_does_not_make_the_start_fail);
	return (atf_no_error());
}
