/* A configuration that is offered: taken by all, or refused for all. */
#include <sys/socket.h>

#include <netinet/in.h>

#include "regress/unit/parent/boundary.h"

static char	 pem[PATH_SIZE];
static uint32_t	 port;

/* What needs the process `network', and a key that it may refuse. */
static void
offer_listen(uint64_t id)
{
	struct m_reload	 m;
	char		 text[PATH_SIZE + 256];

	snprintf(text, sizeof(text), "jwt { algorithm RS256 key \"k\" file "
	    "\"%s\" }\nlisten tcp on 127.0.0.1 port %u\n", pem, port);
	world_conf(text);
	memset(&m, 0, sizeof(m));
	m.id = id;
	m.plane = K_NETWORK;
	peer_send(world.far[K_SUPERVISOR], M_RELOAD, -1, &m, NULL);
}

static void
world_offer(void)
{
	struct sockaddr_in	 in = { .sin_family = AF_INET };
	socklen_t		 len = sizeof(in);
	int			 fd = socket(AF_INET, SOCK_STREAM, 0);
	FILE			*f;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&in, sizeof(in)));
	ATF_REQUIRE_EQ(0, getsockname(fd, (struct sockaddr *)&in, &len));
	port = ntohs(in.sin_port);
	close(fd);
	world_new("");
	snprintf(pem, sizeof(pem), "%.*s.pem", (int)sizeof(pem) - 5,
	    world.file);
	ATF_REQUIRE((f = fopen(pem, "w")) != NULL);
	fputs("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n",
	    f);
	ATF_REQUIRE_EQ(0, fclose(f));
	ATF_REQUIRE_EQ(0, chmod(pem, 0600));
}

static void
offer_end(void)
{
	plane_close_all(&world.p);
	unlink(pem);
	world_end();
}

static int
dial(void)
{
	struct sockaddr_in	 in = { .sin_family = AF_INET };
	int			 fd = socket(AF_INET, SOCK_STREAM, 0), rv;

	in.sin_port = htons((uint16_t)port);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	rv = connect(fd, (struct sockaddr *)&in, sizeof(in));
	close(fd);
	return (rv);
}

static void
say(enum kind k, enum msg_type type, uint32_t version)
{
	struct m_conf_end	 m = { version };

	if (type == M_CONF_REFUSE)
		peer_send(world.far[k], type, -1, &m, "bad\033key", NULL);
	else
		peer_send(world.far[k], type, -1, &m, NULL);
}

static unsigned
answers(void)
{
	return (world.got[K_NETWORK][M_OBJECT]);
}

ATF_TC_WITHOUT_HEAD(a_refusal_changes_nothing);
ATF_TC_BODY(a_refusal_changes_nothing, tc)
{
	struct conf	*before;

	world_offer();
	before = world.p.conf;
	offer_listen(1);
	UNTIL(world.got[K_NETWORK][M_CONF_END] == 1);
	ATF_CHECK_EQ(1, world.got[K_NETWORK][M_LISTENER]);
	ATF_CHECK_EQ(1, world.got[K_NETWORK][M_CONF_KEY]);
	ATF_CHECK_EQ(0, dial());	/* bound before it is offered */
	say(K_SUPERVISOR, M_CONF_ACK, 2);
	say(K_NETWORK, M_CONF_REFUSE, 2);
	UNTIL(answers() == 1);
	ATF_CHECK_EQ(OUT_FAILED, world.object.outcome);
	ATF_CHECK_STREQ("bad?key", world.text);
	ATF_CHECK(world.p.conf == before && world.p.reload == NULL);
	ATF_CHECK_EQ(1, world.p.conf_version);
	ATF_CHECK_EQ(-1, dial());
	ATF_CHECK_EQ(0, world.got[K_SUPERVISOR][M_CONF_COMMIT]);
	/* a receipt that comes after that is no violation */
	say(K_LOGGER, M_CONF_ACK, 2);
	offer_listen(2);
	UNTIL(world.got[K_NETWORK][M_CONF_END] == 2);
	ATF_CHECK(world.why[K_LOGGER] == NULL);
	say(K_LOGGER, M_CONF_ACK, 3);
	say(K_SUPERVISOR, M_CONF_ACK, 3);
	say(K_NETWORK, M_CONF_ACK, 3);
	UNTIL(answers() == 2);
	ATF_CHECK_EQ(OUT_OK, world.object.outcome);
	ATF_CHECK_EQ(3, world.p.conf_version);
	UNTIL(world.got[K_NETWORK][M_CONF_COMMIT] == 1);
	UNTIL(world.got[K_SUPERVISOR][M_CONF_COMMIT] == 1);
	ATF_CHECK_EQ(0, dial());
	offer_end();
}

/* One that was started anew with what is in force: it is told to go. */
ATF_TC_WITHOUT_HEAD(one_that_starts_is_told_when_it_has_taken_it);
ATF_TC_BODY(one_that_starts_is_told_when_it_has_taken_it, tc)
{
	world_offer();
	say(K_NETWORK, M_CONF_ACK, 1);
	UNTIL(world.got[K_NETWORK][M_CONF_COMMIT] == 1);
	ATF_CHECK_EQ(1, world.p.child[K_NETWORK].committed);
	/* once; and a version that was never given out is a violation */
	say(K_NETWORK, M_CONF_ACK, 1);
	say(K_NETWORK, M_CONF_ACK, 2);
	UNTIL(world.why[K_NETWORK] != NULL);
	ATF_CHECK_STREQ("malformed", world.why[K_NETWORK]);
	ATF_CHECK_EQ(1, world.got[K_NETWORK][M_CONF_COMMIT]);
	offer_end();
}

ATF_TC_WITHOUT_HEAD(one_that_refuses_while_it_runs_is_left);
ATF_TC_BODY(one_that_refuses_while_it_runs_is_left, tc)
{
	world_offer();
	say(K_NETWORK, M_CONF_REFUSE, 1);
	say(K_NETWORK, M_CONF_REFUSE, 2);
	UNTIL(world.why[K_NETWORK] != NULL);	/* by the second */
	ATF_CHECK(!world_killed(K_NETWORK));
	ATF_CHECK_EQ(0, world.got[K_NETWORK][M_CONF_COMMIT]);
	offer_end();
}

ATF_TC(at_the_start_it_ends_that);
ATF_TC_HEAD(at_the_start_it_ends_that, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(at_the_start_it_ends_that, tc)
{
	pid_t	 pid = fork();
	int	 status;

	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		setpgid(0, 0);		/* what only waits ends with it */
		world_offer();
		world.p.phase = PHASE_STARTING;
		say(K_NETWORK, M_CONF_REFUSE, 1);
		for (;;)
			world_turn();
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK(WIFEXITED(status));
	ATF_CHECK_EQ(EXIT_REFUSED, WEXITSTATUS(status));
	kill(-pid, SIGKILL);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_refusal_changes_nothing);
	ATF_TP_ADD_TC(tp, one_that_starts_is_told_when_it_has_taken_it);
	ATF_TP_ADD_TC(tp, one_that_refuses_while_it_runs_is_left);
	ATF_TP_ADD_TC(tp, at_the_start_it_ends_that);
	return (atf_no_error());
}
