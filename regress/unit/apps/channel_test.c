/* Channels, what comes over them, and calls from control to an app. */
#include "common/mono.h"
#include "regress/unit/apps/fixture.h"

#define REG(name)							\
	"{\"jsonrpc\":\"2.0\",\"method\":\"register\",\"params\":"	\
	"{\"services\":[{\"name\":\"" name "\",\"version\":\"1\","	\
	"\"methods\":[\"m\"]}]}}\n"
#define SAY(method)	"{\"jsonrpc\":\"2.0\",\"method\":\"" method "\"}\n"

static char	 path[64];

/* A socket as the parent makes them, of a new instance of this app. */
static void
channel_of(uint32_t app, uid_t uid)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	struct m_app_socket	 m;
	int			 fd;

	snprintf(path, sizeof(path), "%u.channel", app);
	strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	unlink(path);
	ATF_REQUIRE((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0)) != -1);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&sun, sizeof(sun)));
	ATF_REQUIRE_EQ(0, listen(fd, 16));
	memset(&m, 0, sizeof(m));
	m.inst = world_id(app, 0);
	m.which = APP_SOCKET_CHANNEL;
	peer_send(world.far[K_PARENT], M_APP_SOCKET, fd, &m, NULL);
	world_born(app, 1, getpid(), uid, NOTIFY_MAIN);
	world_run(10);
}

static int
app_connect(uint32_t app)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	int			 fd;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%u.channel", app);
	ATF_REQUIRE((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) !=
	    -1);
	ATF_REQUIRE_EQ(0, connect(fd, (struct sockaddr *)&sun, sizeof(sun)));
	ATF_REQUIRE_EQ(0, fcntl(fd, F_SETFL, O_NONBLOCK));
	world_run(5);
	return (fd);
}

static void
app_says(int fd, const char *text)
{
	ATF_REQUIRE_EQ((ssize_t)strlen(text), send(fd, text, strlen(text),
	    MSG_NOSIGNAL));
	world_run(5);
}

/* The next line that the app is sent. */
static const char *
app_hears(int fd)
{
	static char	 buf[65536];
	size_t		 n = 0;

	for (;;) {
		if (read(fd, buf + n, 1) == 1) {
			if (buf[n] == '\n')
				break;
			ATF_REQUIRE(++n < sizeof(buf));
			continue;
		}
		ATF_REQUIRE_EQ(EAGAIN, errno);
		world_run(2);
	}
	buf[n] = '\0';
	return (buf);
}

/* Did the daemon close it? */
static int
app_closed(int fd)
{
	char	 c;

	return (read(fd, &c, 1) == 0 || errno == ECONNRESET);
}

static void
call_begin(uint64_t id, uint32_t first, uint32_t ninsts, uint32_t ms)
{
	struct m_exec_open	 m;
	struct m_inst		 ids[8];
	uint32_t		 n;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.plane = world.plane;
	m.timeout_ms = ms;
	for (n = 0; n < ninsts; n++)
		ids[n] = world_id(first + n, 1);
	world.credits = 0;
	peer_send_raw(world.far[K_SUPERVISOR], M_EXEC_OPEN, -1, &m, ids,
	    ninsts * sizeof(ids[0]));
	UNTIL(world.credits == 1);
}

static void
call_with(uint64_t id, const char *service, const char *args)
{
	struct m_sync	 m;
	struct m_object	 part;

	memset(&m, 0, sizeof(m));
	m.seq = id;
	peer_send(world.far[world.plane], M_EXEC_CALL, -1, &m, service, "m",
	    NULL);
	memset(&part, 0, sizeof(part));
	part.id = id;
	part.total = (uint32_t)strlen(args);
	peer_send_raw(world.far[world.plane], M_EXEC_PART, -1, &part, args,
	    strlen(args));
	world_run(5);
}

ATF_TC_WITHOUT_HEAD(notifications_are_told);
ATF_TC_BODY(notifications_are_told, tc)
{
	int	 fd;

	world_new();
	channel_of(7, getuid());
	fd = app_connect(7);
	app_says(fd, SAY("ready"));
	UNTIL(told(WORD_READY) == 1);
	ATF_CHECK_EQ(READY_CHANNEL, world.said[0].by);
	app_says(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"status\",\"params\":"
	    "{\"text\":\"at \\u001b[31m work\"}}\n");
	UNTIL(strcmp(last_status(), "at  [31m work") == 0);
	app_says(fd, REG("greeter"));
	UNTIL(world.services == 1);
	app_says(fd, SAY("of a later version"));
	app_says(fd, "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"ready\"}\n");
	ATF_CHECK(strstr(app_hears(fd), "-32601") != NULL);
	ATF_CHECK(!app_closed(fd));
	close(fd);
	UNTIL(world.services == 0);
	world_end();
}

/* Who registers without end costs control no more than others do. */
ATF_TC_WITHOUT_HEAD(registrations_are_told_together);
ATF_TC_BODY(registrations_are_told_together, tc)
{
	int	 fd, i;

	world_new();
	channel_of(7, getuid());
	fd = app_connect(7);
	for (i = 0; i < 500; i++)
		app_says(fd, REG("greeter"));
	app_says(fd, REG("last"));
	app_says(fd, SAY("ready"));
	UNTIL(told(WORD_READY) == 1);
	ATF_CHECK_MSG(world.tells <= 50, "%u", world.tells);
	close(fd);
	UNTIL(world.services == 0);
	world_end();
}

ATF_TC_WITHOUT_HEAD(metrics_are_added_up);
ATF_TC_BODY(metrics_are_added_up, tc)
{
	int	 fd, i;

	world_new();
	channel_of(7, getuid());
	fd = app_connect(7);
	for (i = 0; i < 10; i++)
		app_says(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"metrics\","
		    "\"params\":{\"requests\":3,\"errors\":1,"
		    "\"latency\":[1.5,2,-1,\"x\",1e99]}}\n");
	UNTIL(world.meter.requests == 30);
	ATF_CHECK_EQ(10, world.meter.errors);
	ATF_CHECK(world.meters <= 3);
	world_end();
}

/* Each costs the connection, and only that. */
ATF_TC_WITHOUT_HEAD(what_is_no_message_costs_the_channel);
ATF_TC_BODY(what_is_no_message_costs_the_channel, tc)
{
	static const char *const	 bad[] = {
		"\n", "x\n", "[]\n", "{}\n", "1\n", "\xff\n",
		"{\"jsonrpc\":\"1.0\",\"method\":\"ready\"}\n",
		"{\"jsonrpc\":\"2.0\"}\n",
		"{\"jsonrpc\":\"2.0\",\"id\":1}\n",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1,\"error\":{}}\n",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":1}\n",
		"{\"jsonrpc\":\"2.0\",\"method\":\"ready\",\"params\":[]}\n",
		"{\"jsonrpc\":\"2.0\",\"method\":\"status\"}\n",
		"{\"jsonrpc\":\"2.0\",\"method\":\"register\",\"params\":"
		"{\"services\":[{}]}}\n",
		"{\"jsonrpc\":\"2.0\",\"method\":\"register\",\"params\":"
		"{\"services\":{}}}\n",
		"{\"jsonrpc\":\"2.0\",\"jsonrpc\":\"2.0\","
		"\"method\":\"ready\"}\n",
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n",
	};
	size_t	 i;
	int	 fd;

	world_new();
	channel_of(7, getuid());
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fd = app_connect(7);
		app_says(fd, bad[i]);
		UNTIL(app_closed(fd));
		close(fd);
	}
	ATF_CHECK_EQ(0, world.nsaid);
	fd = app_connect(7);
	app_says(fd, SAY("ready"));
	UNTIL(told(WORD_READY) == 1);
	world_end();
}

ATF_TC_WITHOUT_HEAD(a_line_has_a_bound);
ATF_TC_BODY(a_line_has_a_bound, tc)
{
	char	*big = malloc(CHANNEL_LINE);
	size_t	 sent = 0;
	ssize_t	 n;
	int	 fd;

	ATF_REQUIRE(big != NULL);
	memset(big, ' ', CHANNEL_LINE);
	world_new();
	channel_of(7, getuid());
	fd = app_connect(7);
	while (sent < 3 * CHANNEL_LINE) {
		n = send(fd, big, CHANNEL_LINE, MSG_NOSIGNAL);
		if (n == -1 && errno != EAGAIN)
			break;
		sent += n > 0 ? (size_t)n : 0;
		world_run(1);
	}
	UNTIL(app_closed(fd));
	ATF_CHECK(sent < 2 * CHANNEL_LINE);
	ATF_CHECK_EQ(0, world.apps.in_total);
	free(big);
	world_end();
}

ATF_TC_WITHOUT_HEAD(strangers_and_too_many_are_turned_away);
ATF_TC_BODY(strangers_and_too_many_are_turned_away, tc)
{
	int	 fd[CHANNEL_CONNS + 1];
	size_t	 i;

	world_new();
	channel_of(7, getuid());
	channel_of(8, getuid() + 1);
	fd[0] = app_connect(8);
	UNTIL(app_closed(fd[0]));
	for (i = 0; i <= CHANNEL_CONNS; i++)
		fd[i] = app_connect(7);
	UNTIL(app_closed(fd[CHANNEL_CONNS]));
	ATF_CHECK(!app_closed(fd[0]));
	close(fd[0]);
	world_run(10);
	fd[0] = app_connect(7);
	app_says(fd[0], SAY("ready"));
	UNTIL(told(WORD_READY) == 1);
	world_end();
}

ATF_TC_WITHOUT_HEAD(a_call_and_its_answer);
ATF_TC_BODY(a_call_and_its_answer, tc)
{
	int	 fd;

	world_new();
	channel_of(7, getuid());
	fd = app_connect(7);
	app_says(fd, REG("greeter"));
	call_begin(100, 7, 1, 5000);
	call_with(100, "greeter", "[\"x\"]");
	ATF_CHECK_STREQ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"invoke\","
	    "\"params\":{\"service\":\"greeter\",\"method\":\"m\",\"args\":"
	    "[\"x\"]}}", app_hears(fd));
	app_says(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":[1]}}\n");
	UNTIL(world.results == 1);
	ATF_CHECK_EQ(OUT_OK, world.part.outcome);
	ATF_CHECK_STREQ("{\"a\":[1]}", world.result.p);
	/* the app's error is passed on as it is */
	call_begin(101, 7, 1, 5000);
	call_with(101, "greeter", "[]");
	app_hears(fd);
	app_says(fd, "{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{\"code\":7,"
	    "\"message\":\"no\",\"data\":[1]}}\n");
	UNTIL(world.results == 2);
	ATF_CHECK_EQ(1, world.part.error);
	ATF_CHECK_STREQ("{\"code\":7,\"message\":\"no\",\"data\":[1]}",
	    world.result.p);
	/* a second answer, and one to nothing, are none */
	app_says(fd, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":1}\n");
	app_says(fd, "{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":1}\n");
	world_run(20);
	ATF_CHECK_EQ(2, world.results);
	UNTIL(world.apps.ncalls == 0);
	world_end();
}

/* Each numbers its calls itself, and hears of its own alone. */
ATF_TC_WITHOUT_HEAD(planes_do_not_meet);
ATF_TC_BODY(planes_do_not_meet, tc)
{
	int	 fd;

	world_new();
	world_link(K_NETWORK, far_control);
	channel_of(7, getuid());
	fd = app_connect(7);
	app_says(fd, REG("greeter"));
	UNTIL(world.tells == 2);
	call_begin(100, 7, 1, 5000);
	world.plane = K_NETWORK;
	call_begin(100, 7, 1, 5000);
	call_with(100, "greeter", "[\"net\"]");
	ATF_CHECK(strstr(app_hears(fd), "\"args\":[\"net\"]") != NULL);
	world.plane = K_CONTROL;
	call_with(100, "greeter", "[\"ctl\"]");
	ATF_CHECK(strstr(app_hears(fd), "\"args\":[\"ctl\"]") != NULL);
	app_says(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1}\n");
	UNTIL(world.from[K_NETWORK] == 1);
	ATF_CHECK_EQ(0, world.from[K_CONTROL]);
	app_says(fd, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":2}\n");
	UNTIL(world.from[K_CONTROL] == 1);
	ATF_CHECK_STREQ("2", world.result.p);
	UNTIL(world.apps.ncalls == 0);
	app_says(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"metrics\","
	    "\"params\":{\"requests\":3}}\n");
	UNTIL(world.meters == 2);
	/* one that goes takes its own calls along */
	call_begin(101, 7, 1, 5000);
	world.plane = K_NETWORK;
	call_begin(101, 7, 1, 5000);
	call_free_all(&world.apps, K_NETWORK);
	ATF_CHECK_EQ(1, world.apps.ncalls);
	world_end();
}

/* What it was asked for is no flood, however fast it answers. */
ATF_TC_WITHOUT_HEAD(answers_do_not_wait);
ATF_TC_BODY(answers_do_not_wait, tc)
{
	struct m_inst	 id = world_id(7, 1);
	struct channel	*c;
	char		 text[80];
	int		 fd, i;

	world_new();
	channel_of(7, getuid());
	fd = app_connect(7);
	app_says(fd, REG("greeter"));
	c = TAILQ_FIRST(&inst_find(&world.apps, &id)->channels);
	ATF_REQUIRE(c != NULL);
	/* one line is left, and time does not go on */
	c->rate.at = mono_add_ms(mono_now(), 3600 * 1000);
	c->rate.spent_us = 999 * 1000;
	for (i = 1; i <= 5; i++) {
		call_begin(100 + (uint64_t)i, 7, 1, 60000);
		call_with(100 + (uint64_t)i, "greeter", "[]");
		app_hears(fd);
		snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\","
		    "\"id\":%d,\"result\":1}\n", i);
		app_says(fd, text);
		UNTIL(world.results == (unsigned)i);
	}
	app_says(fd, SAY("ready"));
	UNTIL(told(WORD_READY) == 1);
	ATF_CHECK_EQ(1000 * 1000, c->rate.spent_us);
	world_end();
}

ATF_TC_WITHOUT_HEAD(calls_go_round);
ATF_TC_BODY(calls_go_round, tc)
{
	uint32_t	 got[3] = { 0, 0, 0 };
	int		 fd[3], i, k;
	char		 c[256];

	world_new();
	for (k = 0; k < 3; k++) {
		channel_of(7 + (uint32_t)k, getuid());
		fd[k] = app_connect(7 + (uint32_t)k);
		/* the last one has another service */
		app_says(fd[k], k == 2 ? REG("other") : REG("greeter"));
	}
	for (i = 0; i < 6; i++) {
		call_begin(100 + (uint64_t)i, 7, 3, 5000);
		call_with(100 + (uint64_t)i, "greeter", "[]");
	}
	for (k = 0; k < 3; k++)
		while (read(fd[k], c, 1) == 1)
			got[k] += *c == '\n';
	ATF_CHECK_EQ(3, got[0]);
	ATF_CHECK_EQ(3, got[1]);
	ATF_CHECK_EQ(0, got[2]);
	world_end();
}

ATF_TC_WITHOUT_HEAD(why_a_call_fails);
ATF_TC_BODY(why_a_call_fails, tc)
{
	int	 fd;

	world_new();
	channel_of(7, getuid());
	call_begin(100, 7, 1, 5000);
	call_with(100, "greeter", "[]");
	UNTIL(world.results == 1);
	ATF_CHECK_EQ(OUT_NOT_FOUND, world.part.outcome);
	ATF_CHECK_STREQ("it has no service 'greeter': it has registered none",
	    world.result.p);
	fd = app_connect(7);
	app_says(fd, REG("greeter"));
	call_begin(101, 7, 1, 5000);
	call_with(101, "greet", "[]");
	UNTIL(world.results == 2);
	ATF_CHECK_STREQ("it has no service 'greet'; it has greeter",
	    world.result.p);
	call_begin(102, 7, 1, 50);
	call_with(102, "greeter", "[]");
	UNTIL(world.results == 3);
	ATF_CHECK_EQ(OUT_TIMEOUT, world.part.outcome);
	ATF_CHECK_STREQ("the app did not answer within 50ms", world.result.p);
	call_begin(103, 7, 1, 5000);
	call_with(103, "greeter", "[]");
	close(fd);
	UNTIL(world.results == 4);
	ATF_CHECK_EQ(OUT_UNAVAILABLE, world.part.outcome);
	UNTIL(world.apps.ncalls == 0);
	world_end();
}

/* One that does not answer has so many calls, and no more. */
ATF_TC_WITHOUT_HEAD(calls_have_a_bound);
ATF_TC_BODY(calls_have_a_bound, tc)
{
	uint64_t	 i;
	int		 fd;

	world_new();
	channel_of(7, getuid());
	fd = app_connect(7);
	app_says(fd, REG("greeter"));
	for (i = 0; i <= CHANNEL_CALLS; i++) {
		call_begin(100 + i, 7, 1, 60000);
		call_with(100 + i, "greeter", "[]");
	}
	UNTIL(world.results == 1);
	ATF_CHECK_EQ(OUT_LIMITED, world.part.outcome);
	/* its end ends them all */
	world_died(7, 1);
	UNTIL(world.results == CHANNEL_CALLS + 1);
	UNTIL(world.apps.ncalls == 0);
	close(fd);
	world_end();
}

ATF_TC_WITHOUT_HEAD(a_stop_is_announced);
ATF_TC_BODY(a_stop_is_announced, tc)
{
	struct m_stop	 m;
	int		 fd;

	world_new();
	channel_of(7, getuid());
	fd = app_connect(7);
	memset(&m, 0, sizeof(m));
	m.inst = world_id(7, 1);
	m.signal = SIGTERM;
	m.timeout_ms = 2500;
	peer_send(world.far[K_SUPERVISOR], M_APP_STOP, -1, &m, NULL);
	ATF_CHECK_STREQ("{\"jsonrpc\":\"2.0\",\"id\":1,"
	    "\"method\":\"shutdown\",\"params\":{\"deadline\":2500}}",
	    app_hears(fd));
	world_died(7, 1);
	UNTIL(app_closed(fd));
	world_end();
}

ATF_TC_WITHOUT_HEAD(random_lines_do_no_harm);
ATF_TC_BODY(random_lines_do_no_harm, tc)
{
	static const char *const	 bits[] = {
		"{\"jsonrpc\":\"2.0\",", "\"method\":", "\"ready\"",
		"\"params\":", "{", "}", "[", "]", ",", "\"services\":",
		"\"id\":1", "\"result\":null", "\"text\":\"x\"", "\n", "\xff",
		"\"metrics\"", "1e400", "\"latency\":[",
	};
	char	 text[2048];
	int	 fd = -1, i, k;

	world_new();
	channel_of(7, getuid());
	srandom(815);
	for (i = 0; i < 2000; i++) {
		if (fd == -1)
			fd = app_connect(7);
		text[0] = '\0';
		for (k = (int)(random() % 20); k >= 0; k--)
			strlcat(text, bits[random() % (sizeof(bits) /
			    sizeof(bits[0]))], sizeof(text));
		strlcat(text, "\n", sizeof(text));
		if (send(fd, text, strlen(text), MSG_NOSIGNAL) == -1 ||
		    app_closed(fd)) {
			close(fd);
			fd = -1;
		}
		world_run(1);
	}
	ATF_CHECK(RB_MIN(app_insts, &world.apps.insts) != NULL);
	world_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, notifications_are_told);
	ATF_TP_ADD_TC(tp, registrations_are_told_together);
	ATF_TP_ADD_TC(tp, metrics_are_added_up);
	ATF_TP_ADD_TC(tp, what_is_no_message_costs_the_channel);
	ATF_TP_ADD_TC(tp, a_line_has_a_bound);
	ATF_TP_ADD_TC(tp, strangers_and_too_many_are_turned_away);
	ATF_TP_ADD_TC(tp, a_call_and_its_answer);
	ATF_TP_ADD_TC(tp, planes_do_not_meet);
	ATF_TP_ADD_TC(tp, answers_do_not_wait);
	ATF_TP_ADD_TC(tp, calls_go_round);
	ATF_TP_ADD_TC(tp, why_a_call_fails);
	ATF_TP_ADD_TC(tp, calls_have_a_bound);
	ATF_TP_ADD_TC(tp, a_stop_is_announced);
	ATF_TP_ADD_TC(tp, random_lines_do_no_harm);
	return (atf_no_error());
}
