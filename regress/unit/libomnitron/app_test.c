/*
 * libomnitron in an app: the test itself is the daemon, which listens on the
 * channel's socket.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "common/libomnitron/omnitron.h"

#define PATH	"c.sock"	/* in the folder of the test */
#define LONG	20000		/* ms; no test is meant to wait so long */

static int
listen_on(const char *path)
{
	struct sockaddr_un	 sun;
	int			 fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	unlink(path);
	ATF_REQUIRE((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC,
	    0)) != -1);
	ATF_REQUIRE(bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0);
	ATF_REQUIRE(listen(fd, 5) == 0);
	return (fd);
}

static void
say(int fd, const char *s)
{
	ATF_REQUIRE(send(fd, s, strlen(s), MSG_NOSIGNAL) ==
	    (ssize_t)strlen(s));
}

static int
readable(int fd, int timeout)
{
	struct pollfd	 pfd = { .fd = fd, .events = POLLIN };

	return (poll(&pfd, 1, timeout) == 1);
}

/* The next line, while the app does what it has to; "" at the end. */
static const char *
line(struct omnitron_app *app, int fd)
{
	static char	 buf[4096];
	size_t		 n = 0;

	do {
		omnitron_app_dispatch(app);
		while (!readable(fd, 10))
			omnitron_app_dispatch(app);
		if (read(fd, buf + n, 1) != 1)
			break;
	} while (buf[n] != '\n' && ++n < sizeof(buf) - 1);
	buf[n] = '\0';
	return (buf);
}

#define HEAR(app, fd, want)	ATF_CHECK_STREQ(want, line(app, fd))
#define V	"{\"jsonrpc\":\"2.0\","

/* Until the app has connected. */
static int
take(struct omnitron_app *app, int l)
{
	int	 fd;

	while (!readable(l, 10))
		omnitron_app_dispatch(app);
	ATF_REQUIRE((fd = accept(l, NULL, NULL)) != -1);
	return (fd);
}

static struct omnitron_app *
app_open(void)
{
	struct omnitron_app	*app;

	unsetenv("WATCHDOG_USEC");
	ATF_REQUIRE((app = omnitron_app_open(PATH)) != NULL);
	return (app);
}

/* ---- the app's methods --------------------------------------------------- */

static struct omnitron_invoke	*later[400];
static size_t			 nlater;

static void
method_echo(struct omnitron_invoke *v, const char *args, void *arg)
{
	ATF_CHECK_STREQ("tag", arg);
	ATF_CHECK(omnitron_invoke_reply(v, args) == 0);
}

static void
method_later(struct omnitron_invoke *v, const char *args, void *arg)
{
	later[nlater++] = v;
}

static void
method_fail(struct omnitron_invoke *v, const char *args, void *arg)
{
	ATF_CHECK(omnitron_invoke_fail(v, 0, "no \"luck\"",
	    "{\"code\":\n\"X\"}") == 0);
}

static void
method_bad(struct omnitron_invoke *v, const char *args, void *arg)
{
	errno = 0;
	ATF_CHECK(omnitron_invoke_reply(v, "{oops") == -1);
	ATF_CHECK_EQ(errno, EINVAL);
}

static void
method_huge(struct omnitron_invoke *v, const char *args, void *arg)
{
	size_t	 len = 2 * OMNITRON_REQUEST_MAX;
	char	*text;

	ATF_REQUIRE((text = malloc(len + 3)) != NULL);
	snprintf(text, len + 3, "\"%*s\"", (int)len, "");
	ATF_CHECK(omnitron_invoke_reply(v, text) == -1);
	ATF_CHECK_EQ(errno, EMSGSIZE);
	free(text);
}

/* Beyond what the daemon reads of a line it is refused here, not there. */
static void
method_deep(struct omnitron_invoke *v, const char *args, void *arg)
{
	ATF_CHECK(omnitron_invoke_reply(v, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
	    "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]") == -1);
	ATF_CHECK_EQ(errno, EMSGSIZE);
}

static void
method_many(struct omnitron_invoke *v, const char *args, void *arg)
{
	static char	 text[2 * 70000 + 2] = "[";
	size_t		 n;

	for (n = 1; n < sizeof(text) - 3; n += 2)
		memcpy(text + n, "0,", 2);
	memcpy(text + n, "0]", 2);
	ATF_CHECK(omnitron_invoke_reply(v, text) == -1);
	ATF_CHECK_EQ(errno, EMSGSIZE);
}

static const struct omnitron_method methods[] = {
	{ "echo", method_echo }, { "later", method_later },
	{ "fail", method_fail }, { "bad", method_bad },
	{ "huge", method_huge }, { "deep", method_deep },
	{ "many", method_many }, { NULL, NULL }
};

static void
register_it(struct omnitron_app *app)
{
	static char	 tag[] = "tag";

	ATF_REQUIRE(omnitron_app_register(app, "s", "1.2", methods,
	    tag) == 0);
}

#define REGISTERED							\
	V "\"method\":\"register\",\"params\":{\"services\":[{\"name\":\"s\","	\
	"\"version\":\"1.2\",\"methods\":[\"echo\",\"later\",\"fail\",\"bad\"," \
	"\"huge\",\"deep\",\"many\"]}]}}"

/* ---- tests --------------------------------------------------------------- */

ATF_TC_WITHOUT_HEAD(path_comes_from_the_environment);
ATF_TC_BODY(path_comes_from_the_environment, tc)
{
	struct omnitron_app	*app;
	char			 longer[200];
	int			 l;

	unsetenv("OMNITRON_CHANNEL");
	ATF_CHECK(omnitron_app_open(NULL) == NULL);
	ATF_CHECK_EQ(errno, ENOENT);
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	ATF_CHECK(omnitron_app_open(longer) == NULL);
	ATF_CHECK_EQ(errno, ENAMETOOLONG);
	l = listen_on(PATH);
	setenv("OMNITRON_CHANNEL", PATH, 1);
	ATF_REQUIRE((app = omnitron_app_open(NULL)) != NULL);
	ATF_CHECK(omnitron_app_connected(app));
	omnitron_app_close(app);
	omnitron_app_close(NULL);
	close(l);
}

ATF_TC_WITHOUT_HEAD(app_says_how_it_is);
ATF_TC_BODY(app_says_how_it_is, tc)
{
	static const double	 latency[] = { 1.5, 20 };
	struct omnitron_app	*app;
	int			 l, fd;

	l = listen_on(PATH);
	app = app_open();
	fd = take(app, l);
	register_it(app);
	ATF_CHECK(omnitron_app_register(app, "s", "1", methods, NULL) == -1);
	ATF_CHECK_EQ(errno, EEXIST);
	ATF_CHECK(omnitron_app_status(app, "warming \"up\"") == 0);
	ATF_CHECK(omnitron_app_ready(app) == 0);
	ATF_CHECK(omnitron_app_heartbeat(app) == 0);
	ATF_CHECK(omnitron_app_metrics(app, 10, 1, latency, 2) == 0);
	ATF_CHECK(omnitron_app_metrics(app, -1, 1, latency, 2) == -1);
	HEAR(app, fd, REGISTERED);
	HEAR(app, fd, V "\"method\":\"status\",\"params\":{\"text\":"
	    "\"warming \\\"up\\\"\"}}");
	HEAR(app, fd, V "\"method\":\"ready\"}");
	HEAR(app, fd, V "\"method\":\"heartbeat\"}");
	HEAR(app, fd, V "\"method\":\"metrics\",\"params\":{\"requests\":10,"
	    "\"errors\":1,\"latency\":[1.5,20]}}");
	omnitron_app_close(app);
	close(fd);
	close(l);
}

ATF_TC_WITHOUT_HEAD(invokes_are_answered);
ATF_TC_BODY(invokes_are_answered, tc)
{
	struct omnitron_app	*app;
	int			 l, fd, i;

	l = listen_on(PATH);
	app = app_open();
	register_it(app);
	fd = take(app, l);
	HEAR(app, fd, REGISTERED);
	say(fd, "{\"id\":1,\"method\":\"invoke\",\"params\":{\"service\":\"s\","
	    "\"method\":\"echo\",\"args\":[1,{\"a\":\"b\"}]}}\n"
	    "{\"id\":\"x\",\"method\":\"invoke\",\"params\":{\"service\":\"s\","
	    "\"method\":\"echo\"}}\n");
	HEAR(app, fd, V "\"id\":1,\"result\":[1,{\"a\":\"b\"}]}");
	HEAR(app, fd, V "\"id\":\"x\",\"result\":[]}");
	say(fd, "{\"id\":2,\"method\":\"invoke\",\"params\":{\"service\":\"s\","
	    "\"method\":\"fail\",\"args\":{}}}\n");
	HEAR(app, fd, V "\"id\":2,\"error\":{\"code\":-32010,\"message\":"
	    "\"no \\\"luck\\\"\",\"data\":{\"code\": \"X\"}}}");
	say(fd, "{\"id\":3,\"method\":\"invoke\",\"params\":{\"service\":\"s\","
	    "\"method\":\"bad\",\"args\":[]}}\n{\"id\":4,\"method\":\"invoke\","
	    "\"params\":{\"service\":\"s\",\"method\":\"huge\"}}\n");
	HEAR(app, fd, V "\"id\":3,\"error\":{\"code\":-32603,\"message\":"
	    "\"the app's answer is no JSON\"}}");
	say(fd, "{\"id\":4,\"method\":\"invoke\",\"params\":{\"service\":\"s\","
	    "\"method\":\"deep\"}}\n{\"id\":4,\"method\":\"invoke\","
	    "\"params\":{\"service\":\"s\",\"method\":\"many\"}}\n");
	for (i = 0; i < 3; i++)
		HEAR(app, fd, V "\"id\":4,\"error\":{\"code\":-32603,"
		    "\"message\":\"the app's answer is too large\"}}");
	omnitron_app_close(app);
	close(fd);
	close(l);
}

ATF_TC_WITHOUT_HEAD(wrong_invokes_are_refused);
ATF_TC_BODY(wrong_invokes_are_refused, tc)
{
	struct omnitron_app	*app;
	int			 l, fd;

	l = listen_on(PATH);
	app = app_open();
	register_it(app);
	fd = take(app, l);
	HEAR(app, fd, REGISTERED);
	say(fd, "{\"id\":1,\"method\":\"invoke\",\"params\":{\"service\":\"t\","
	    "\"method\":\"echo\"}}\n{\"id\":2,\"method\":\"invoke\",\"params\":"
	    "{\"service\":\"s\",\"method\":\"nosuch\"}}\n"
	    "{\"id\":3,\"method\":\"invoke\",\"params\":{\"service\":\"s\","
	    "\"method\":\"echo\",\"args\":1}}\n{\"id\":4,\"method\":\"invoke\"}\n"
	    "{\"id\":5,\"method\":\"frobnicate\"}\n"
	    "{\"method\":\"frobnicate\"}\n{\"id\":6,\"result\":1}\n");
	HEAR(app, fd, V "\"id\":1,\"error\":{\"code\":-32601,\"message\":"
	    "\"no such service\"}}");
	HEAR(app, fd, V "\"id\":2,\"error\":{\"code\":-32601,\"message\":"
	    "\"the service has no such method\"}}");
	HEAR(app, fd, V "\"id\":3,\"error\":{\"code\":-32602,\"message\":"
	    "\"invoke: expected service, method, args\"}}");
	HEAR(app, fd, V "\"id\":4,\"error\":{\"code\":-32602,\"message\":"
	    "\"invoke: expected service, method, args\"}}");
	HEAR(app, fd, V "\"id\":5,\"error\":{\"code\":-32601,\"message\":"
	    "\"no such request\"}}");
	omnitron_app_close(app);
	close(fd);
	close(l);
}

ATF_TC_WITHOUT_HEAD(answers_may_come_later_in_any_order);
ATF_TC_BODY(answers_may_come_later_in_any_order, tc)
{
	struct omnitron_app	*app;
	char			 text[200];
	int			 l, fd, i;

	l = listen_on(PATH);
	app = app_open();
	register_it(app);
	fd = take(app, l);
	HEAR(app, fd, REGISTERED);
	/* All but the last are kept open; that one is too many. */
	for (i = 0; i < 257; i++) {
		snprintf(text, sizeof(text), "{\"id\":%d,\"method\":\"invoke\","
		    "\"params\":{\"service\":\"s\",\"method\":\"later\"}}\n", i);
		say(fd, text);
		omnitron_app_dispatch(app);
	}
	HEAR(app, fd, V "\"id\":256,\"error\":{\"code\":-32029,\"message\":"
	    "\"the app is busy with too many calls\"}}");
	ATF_REQUIRE_EQ(nlater, 256);
	ATF_CHECK(omnitron_invoke_reply(later[200], "true") == 0);
	ATF_CHECK(omnitron_invoke_fail(later[3], -5, "x", NULL) == 0);
	HEAR(app, fd, V "\"id\":200,\"result\":true}");
	HEAR(app, fd, V "\"id\":3,\"error\":{\"code\":-5,\"message\":\"x\"}}");
	/* An answer after the caller's connection is gone. */
	close(fd);
	fd = take(app, l);
	HEAR(app, fd, REGISTERED);
	errno = 0;
	ATF_CHECK(omnitron_invoke_reply(later[0], "1") == -1);
	ATF_CHECK_EQ(errno, ENOTCONN);
	omnitron_app_close(app);	/* with all that are still open */
	close(fd);
	close(l);
}

ATF_TC_WITHOUT_HEAD(connection_is_made_again_and_told_all);
ATF_TC_BODY(connection_is_made_again_and_told_all, tc)
{
	struct omnitron_app	*app;
	int			 l, fd, i;

	unlink(PATH);
	app = app_open();	/* nobody there yet */
	ATF_CHECK(!omnitron_app_connected(app));
	ATF_CHECK_EQ(omnitron_app_fd(app), -1);
	ATF_CHECK(omnitron_app_timeout(app) > 0);
	ATF_CHECK(omnitron_app_timeout(app) <= 101);
	register_it(app);
	ATF_CHECK(omnitron_app_ready(app) == 0);
	ATF_CHECK(omnitron_app_status(app, "fine") == 0);
	ATF_CHECK(omnitron_app_heartbeat(app) == -1);
	ATF_CHECK_EQ(errno, ENOTCONN);
	l = listen_on(PATH);
	for (i = 0; i < 4; i++) {
		fd = take(app, l);
		HEAR(app, fd, REGISTERED);
		HEAR(app, fd, V "\"method\":\"status\",\"params\":{\"text\":"
		    "\"fine\"}}");
		HEAR(app, fd, V "\"method\":\"ready\"}");
		if (i == 1)
			say(fd, "{\"id\":1,\"meth");
		if (i == 2)
			say(fd, "garbage\n");
		close(fd);
		while (omnitron_app_connected(app))
			omnitron_app_dispatch(app);
	}
	/* Closed at once again and again: the waits have grown. */
	ATF_CHECK(omnitron_app_timeout(app) > 800);
	omnitron_app_close(app);
	close(l);
}

ATF_TC_WITHOUT_HEAD(too_long_a_line_ends_the_connection);
ATF_TC_BODY(too_long_a_line_ends_the_connection, tc)
{
	static char		 junk[65536];
	struct omnitron_app	*app;
	size_t			 sent = 0;
	ssize_t			 n;
	int			 l, fd;

	memset(junk, 'x', sizeof(junk));
	l = listen_on(PATH);
	app = app_open();
	fd = take(app, l);
	while (omnitron_app_connected(app)) {
		n = send(fd, junk, sizeof(junk), MSG_DONTWAIT | MSG_NOSIGNAL);
		sent += n > 0 ? (size_t)n : 0;
		ATF_REQUIRE(sent < 8 * OMNITRON_REQUEST_MAX);
		omnitron_app_dispatch(app);
	}
	ATF_CHECK(sent > 2 * OMNITRON_REQUEST_MAX);
	omnitron_app_close(app);
	close(fd);
	close(l);
}

static enum omnitron_health
health(char *message, size_t size, void *arg)
{
	ATF_CHECK_EQ(*(int *)arg, 5);
	strlcpy(message, "disk \"full\"", size);
	return (OMNITRON_DEGRADED);
}

static void
end(struct omnitron_app *app, int64_t deadline, void *arg)
{
	*(int64_t *)arg = deadline;
	omnitron_app_stop(app);
}

ATF_TC_WITHOUT_HEAD(health_and_shutdown_are_asked);
ATF_TC_BODY(health_and_shutdown_are_asked, tc)
{
	struct omnitron_app	*app;
	int64_t			 deadline = 0;
	int			 l, fd, five = 5;

	l = listen_on(PATH);
	app = app_open();
	fd = take(app, l);
	say(fd, "{\"id\":1,\"method\":\"health\"}\n");
	HEAR(app, fd, V "\"id\":1,\"result\":{\"status\":\"healthy\"}}");
	omnitron_app_on_health(app, health, &five);
	say(fd, "{\"id\":2,\"method\":\"health\"}\n");
	HEAR(app, fd, V "\"id\":2,\"result\":{\"status\":\"degraded\","
	    "\"message\":\"disk \\\"full\\\"\"}}");
	omnitron_app_on_shutdown(app, end, &deadline);
	say(fd, "{\"id\":3,\"method\":\"shutdown\",\"params\":{\"deadline\":"
	    "9000}}\n");
	ATF_CHECK(omnitron_app_run(app) == 0);
	HEAR(app, fd, V "\"id\":3,\"result\":{\"success\":true}}");
	ATF_CHECK_EQ(deadline, 9000);
	omnitron_app_on_shutdown(app, NULL, NULL);
	say(fd, "{\"id\":4,\"method\":\"shutdown\"}\n");
	ATF_CHECK(omnitron_app_run(app) == 0);
	HEAR(app, fd, V "\"id\":4,\"result\":{\"success\":true}}");
	omnitron_app_close(app);
	close(fd);
	close(l);
}

ATF_TC_WITHOUT_HEAD(heartbeats_come_by_themselves);
ATF_TC_BODY(heartbeats_come_by_themselves, tc)
{
	struct omnitron_app	*app;
	int			 l, fd, i;

	l = listen_on(PATH);
	setenv("WATCHDOG_USEC", "40000", 1);
	ATF_REQUIRE((app = omnitron_app_open(PATH)) != NULL);
	fd = take(app, l);
	for (i = 0; i < 3; i++) {
		HEAR(app, fd, V "\"method\":\"heartbeat\"}");
		ATF_CHECK(omnitron_app_timeout(app) <= 21);
	}
	omnitron_app_heartbeat_every(app, 0);
	ATF_CHECK_EQ(omnitron_app_timeout(app), -1);
	omnitron_app_heartbeat_every(app, 60000);
	HEAR(app, fd, V "\"method\":\"heartbeat\"}");
	ATF_CHECK(omnitron_app_timeout(app) > 1000);
	omnitron_app_close(app);
	close(fd);
	close(l);
}

/* A daemon that does not read costs bounded memory, and no time. */
ATF_TC_WITHOUT_HEAD(what_is_not_taken_is_bounded);
ATF_TC_BODY(what_is_not_taken_is_bounded, tc)
{
	struct omnitron_app	*app;
	int			 l, fd, n = 0;

	l = listen_on(PATH);
	app = app_open();
	fd = take(app, l);
	while (omnitron_app_heartbeat(app) == 0)
		ATF_REQUIRE(++n < 1000000);
	ATF_CHECK_EQ(errno, EAGAIN);
	ATF_CHECK(omnitron_app_events(app) & POLLOUT);
	ATF_CHECK(omnitron_app_status(app, "late") == 0);
	for (; n > 0; n--)
		HEAR(app, fd, V "\"method\":\"heartbeat\"}");
	HEAR(app, fd, V "\"method\":\"status\",\"params\":{\"text\":"
	    "\"late\"}}");
	ATF_CHECK_EQ(omnitron_app_events(app), POLLIN);
	omnitron_app_close(app);
	close(fd);
	close(l);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, path_comes_from_the_environment);
	ATF_TP_ADD_TC(tp, app_says_how_it_is);
	ATF_TP_ADD_TC(tp, invokes_are_answered);
	ATF_TP_ADD_TC(tp, wrong_invokes_are_refused);
	ATF_TP_ADD_TC(tp, answers_may_come_later_in_any_order);
	ATF_TP_ADD_TC(tp, connection_is_made_again_and_told_all);
	ATF_TP_ADD_TC(tp, too_long_a_line_ends_the_connection);
	ATF_TP_ADD_TC(tp, health_and_shutdown_are_asked);
	ATF_TP_ADD_TC(tp, heartbeats_come_by_themselves);
	ATF_TP_ADD_TC(tp, what_is_not_taken_is_bounded);
	return (atf_no_error());
}
