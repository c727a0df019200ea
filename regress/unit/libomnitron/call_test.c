/* libomnitron as a client, against a tiny server in a child process. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "common/libomnitron/omnitron.h"

#define PATH	"s.sock"	/* in the folder of the test */
#define LONG	20000		/* ms; no test is meant to wait so long */

static int
listen_on(const char *path, int backlog)
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
	ATF_REQUIRE(listen(fd, backlog) == 0);
	return (fd);
}

static struct omnitron *
make(const char *path)
{
	struct omnitron	*c;

	ATF_REQUIRE((c = omnitron_new()) != NULL);
	ATF_REQUIRE(omnitron_set(c, OMNITRON_SOCKET, path) == 0);
	return (c);
}

/* What the child does with its one connection. */
typedef void (*script)(int fd);

static struct omnitron *
start(script fn, pid_t *pid)
{
	struct omnitron	*c;
	int		 l, fd;

	l = listen_on(PATH, 5);
	ATF_REQUIRE((*pid = fork()) != -1);
	if (*pid == 0) {
		alarm(60);	/* never left behind */
		if ((fd = accept(l, NULL, NULL)) == -1)
			_exit(2);
		close(l);
		fn(fd);
		_exit(0);
	}
	close(l);
	c = make(PATH);
	ATF_REQUIRE_EQ_MSG(omnitron_connect(c, LONG), OMNITRON_OK, "%s",
	    omnitron_strerror(c));
	return (c);
}

static void
stop(struct omnitron *c, pid_t pid)
{
	int	 status;

	omnitron_free(c);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "server: %#x", status);
}

/* In the child: failures end it with a status. */
static void
say(int fd, const char *s)
{
	size_t	 n = strlen(s);

	if (write(fd, s, n) != (ssize_t)n)
		_exit(3);
}

/* Read one line and check that it contains the text. */
static void
hear(int fd, const char *want)
{
	char	 line[4096];
	size_t	 n;

	for (n = 0; n < sizeof(line) - 1; n++)
		if (read(fd, line + n, 1) != 1 || line[n] == '\n')
			break;
	line[n] = '\0';
	if (strstr(line, want) == NULL) {
		fprintf(stderr, "got %s\n", line);
		_exit(4);
	}
}

static void
hear_end(int fd)
{
	char	 c;

	if (read(fd, &c, 1) != 0)
		_exit(5);
}

static void
script_ok(int fd)
{
	hear(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"S.ping\"}");
	say(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"a\":[1]}}\n");
	hear(fd, "\"id\":2,\"method\":\"S.get\",\"params\":{\"n\":1}}");
	say(fd, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":null}\n");
	hear_end(fd);
}

ATF_TC_WITHOUT_HEAD(result_comes_back);
ATF_TC_BODY(result_comes_back, tc)
{
	struct omnitron_reply	 r;
	struct omnitron		*c;
	pid_t			 pid;

	c = start(script_ok, &pid);
	ATF_CHECK(fcntl(omnitron_fd(c), F_GETFD) & FD_CLOEXEC);
	ATF_REQUIRE_EQ(omnitron_call(c, "S.ping", NULL, LONG, &r), OMNITRON_OK);
	ATF_CHECK_EQ(r.id, 1);
	ATF_CHECK_EQ(0, strcmp(r.result, "{\"a\":[1]}"));
	omnitron_reply_clear(&r);
	ATF_CHECK(r.text == NULL && r.result == NULL);
	ATF_REQUIRE_EQ(omnitron_call(c, "S.get", "{\"n\":1}", LONG, &r),
	    OMNITRON_OK);
	ATF_CHECK_STREQ("null", r.result);
	omnitron_reply_clear(&r);
	stop(c, pid);
	omnitron_free(NULL);
}

static void
script_error(int fd)
{
	hear(fd, "\"id\":1");
	say(fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32004,"
	    "\"message\":\"app 'x' not found\",\"data\":{\"code\":"
	    "\"NOT_FOUND\"}}}\n");
	hear(fd, "\"id\":2");
	/* Without an id: the line itself was not understood. */
	say(fd, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,"
	    "\"message\":\"parse error\"}}\n");
	hear(fd, "\"id\":3");
	say(fd, "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":1}\n");
	hear_end(fd);
}

ATF_TC_WITHOUT_HEAD(error_comes_back);
ATF_TC_BODY(error_comes_back, tc)
{
	struct omnitron_reply	 r;
	struct omnitron		*c;
	pid_t			 pid;

	c = start(script_error, &pid);
	ATF_REQUIRE_EQ(omnitron_call(c, "S.x", NULL, LONG, &r), OMNITRON_ERROR);
	ATF_CHECK_EQ(r.code, -32004);
	ATF_CHECK_STREQ("app 'x' not found", r.message);
	ATF_CHECK_STREQ("app 'x' not found", omnitron_strerror(c));
	ATF_CHECK_STREQ("NOT_FOUND", r.name);
	ATF_CHECK_STREQ("{\"code\":\"NOT_FOUND\"}", r.data);
	ATF_CHECK(r.result == NULL);
	omnitron_reply_clear(&r);
	ATF_REQUIRE_EQ(omnitron_call(c, "S.x", NULL, LONG, &r), OMNITRON_ERROR);
	ATF_CHECK_EQ(r.code, -32700);
	ATF_CHECK(r.data == NULL);
	omnitron_reply_clear(&r);
	ATF_REQUIRE_EQ(omnitron_call(c, "S.x", NULL, LONG, &r), OMNITRON_OK);
	omnitron_reply_clear(&r);
	stop(c, pid);
}

static void
script_order(int fd)
{
	hear(fd, "\"id\":1");
	hear(fd, "\"id\":2");
	hear(fd, "\"id\":3");
	say(fd, "{\"id\":3,\"result\":3}\n{\"id\":1,\"result\":1}\n"
	    "{\"id\":77,\"result\":\"unasked\"}\n{\"id\":2,\"result\":2}\n");
	hear_end(fd);
}

ATF_TC_WITHOUT_HEAD(answers_are_matched_by_id);
ATF_TC_BODY(answers_are_matched_by_id, tc)
{
	struct omnitron_reply	 r;
	struct omnitron		*c;
	int64_t			 id[3];
	pid_t			 pid;
	int			 i;

	c = start(script_order, &pid);
	for (i = 0; i < 3; i++)
		ATF_REQUIRE_EQ(omnitron_send(c, "S.x", NULL, &id[i]),
		    OMNITRON_OK);
	ATF_REQUIRE_EQ(omnitron_wait(c, id[1], LONG, &r), OMNITRON_OK);
	ATF_CHECK(r.id == id[1] && strcmp(r.result, "2") == 0);
	omnitron_reply_clear(&r);
	ATF_REQUIRE_EQ(omnitron_wait(c, 0, LONG, &r), OMNITRON_OK);
	ATF_CHECK(r.id == id[2] && strcmp(r.result, "3") == 0);
	omnitron_reply_clear(&r);
	ATF_REQUIRE_EQ(omnitron_wait(c, 0, 0, &r), OMNITRON_OK);
	ATF_CHECK(r.id == id[0] && strcmp(r.result, "1") == 0);
	omnitron_reply_clear(&r);
	errno = 0;
	ATF_CHECK_EQ(omnitron_wait(c, 0, LONG, &r), OMNITRON_FAILED);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_CHECK_EQ(omnitron_wait(c, id[0], LONG, &r), OMNITRON_FAILED);
	stop(c, pid);
}

static void
script_notes(int fd)
{
	hear(fd, "\"id\":1");
	say(fd, "{\"method\":\"E.e\",\"params\":{\"n\":1}}\n"
	    "{\"method\":\"E.e\",\"params\":{\"n\":2}}\n"
	    "{\"id\":1,\"result\":1}\n{\"method\":\"E.e\",\"params\":"
	    "{\"n\":3}}\n");
	hear(fd, "\"id\":2");
	say(fd, "{\"method\":\"E.e\",\"params\":{\"n\":4}}\n"
	    "{\"id\":2,\"result\":1}\n");
	hear_end(fd);
}

static int64_t
note_n(const struct omnitron_note *note)
{
	int64_t	 n = 0;
	char	*text;

	ATF_REQUIRE((text = omnitron_json_member(note->params, "n")) != NULL);
	ATF_REQUIRE(omnitron_json_int(text, &n) == 0);
	free(text);
	return (n);
}

static void
note_sum(struct omnitron *c, const struct omnitron_note *note, void *arg)
{
	ATF_CHECK_STREQ("E.e", note->method);
	*(int64_t *)arg += note_n(note);
}

ATF_TC_WITHOUT_HEAD(notifications_are_kept_or_delivered);
ATF_TC_BODY(notifications_are_kept_or_delivered, tc)
{
	struct omnitron_reply	 r;
	struct omnitron		*c;
	struct omnitron_note	 j;
	int64_t			 sum = 0, i;
	pid_t			 pid;

	c = start(script_notes, &pid);
	ATF_REQUIRE_EQ(omnitron_call(c, "S.x", NULL, LONG, &r), OMNITRON_OK);
	omnitron_reply_clear(&r);
	for (i = 1; i <= 3; i++) {
		ATF_REQUIRE_EQ(omnitron_next(c, LONG, &j), OMNITRON_OK);
		ATF_CHECK_EQ(note_n(&j), i);
		omnitron_note_clear(&j);
	}
	ATF_CHECK_EQ(omnitron_next(c, 0, &j), OMNITRON_TIMEOUT);
	ATF_CHECK(j.text == NULL);
	omnitron_on_note(c, note_sum, &sum);
	ATF_REQUIRE_EQ(omnitron_call(c, "S.x", NULL, LONG, &r), OMNITRON_OK);
	omnitron_reply_clear(&r);
	ATF_CHECK_EQ(sum, 4);
	ATF_CHECK_EQ(omnitron_next(c, 0, &j), OMNITRON_TIMEOUT);
	ATF_CHECK_EQ(omnitron_dropped(c), 0);
	stop(c, pid);
}

static void
script_flood(int fd)
{
	int	 i;

	hear(fd, "\"id\":1");
	for (i = 0; i < OMNITRON_HELD_MAX + 10; i++)
		say(fd, "{\"method\":\"E.e\"}\n");
	say(fd, "{\"id\":1,\"result\":1}\n");
	hear_end(fd);
}

ATF_TC_WITHOUT_HEAD(kept_notifications_are_bounded);
ATF_TC_BODY(kept_notifications_are_bounded, tc)
{
	struct omnitron_reply	 r;
	struct omnitron		*c;
	struct omnitron_note	 j;
	pid_t			 pid;
	int			 n = 0;

	c = start(script_flood, &pid);
	ATF_REQUIRE_EQ(omnitron_call(c, "S.x", NULL, LONG, &r), OMNITRON_OK);
	omnitron_reply_clear(&r);
	ATF_CHECK_EQ(omnitron_dropped(c), 10);
	while (omnitron_next(c, 0, &j) == OMNITRON_OK) {
		omnitron_note_clear(&j);
		n++;
	}
	ATF_CHECK_EQ(n, OMNITRON_HELD_MAX);
	stop(c, pid);
}

/* While omnitron_next waits, an answer is kept for omnitron_wait. */
static void
script_mixed(int fd)
{
	hear(fd, "\"id\":1");
	say(fd, "{\"id\":1,\"result\":5}\n{\"method\":\"E.e\"}\n");
	hear_end(fd);
}

ATF_TC_WITHOUT_HEAD(answer_waits_while_notifications_are_read);
ATF_TC_BODY(answer_waits_while_notifications_are_read, tc)
{
	struct omnitron_reply	 r;
	struct omnitron		*c;
	struct omnitron_note	 j;
	int64_t			 id;
	pid_t			 pid;

	c = start(script_mixed, &pid);
	ATF_REQUIRE_EQ(omnitron_send(c, "S.x", NULL, &id), OMNITRON_OK);
	ATF_REQUIRE_EQ(omnitron_next(c, LONG, &j), OMNITRON_OK);
	omnitron_note_clear(&j);
	ATF_REQUIRE_EQ(omnitron_wait(c, id, 0, &r), OMNITRON_OK);
	ATF_CHECK_STREQ("5", r.result);
	omnitron_reply_clear(&r);
	stop(c, pid);
}

static void
script_bytes(int fd)
{
	const char	*s = "{\"id\":1,\"result\":\"ab\"}\n{\"id\":2,";

	hear(fd, "\"id\":1");
	for (; *s != '\0'; s++)
		if (write(fd, s, 1) != 1)
			_exit(3);
	hear(fd, "\"id\":2");
	say(fd, "\"result\":3}\n");
	hear_end(fd);
}

ATF_TC_WITHOUT_HEAD(lines_may_come_in_pieces);
ATF_TC_BODY(lines_may_come_in_pieces, tc)
{
	struct omnitron_reply	 r;
	struct omnitron		*c;
	pid_t			 pid;

	c = start(script_bytes, &pid);
	ATF_REQUIRE_EQ(omnitron_call(c, "S.x", NULL, LONG, &r), OMNITRON_OK);
	ATF_CHECK_STREQ("\"ab\"", r.result);
	omnitron_reply_clear(&r);
	ATF_REQUIRE_EQ(omnitron_call(c, "S.x", NULL, LONG, &r), OMNITRON_OK);
	ATF_CHECK_STREQ("3", r.result);
	omnitron_reply_clear(&r);
	stop(c, pid);
}

static void
script_big(int fd)
{
	static char	 buf[1024 * 1024];
	int		 i;

	memset(buf, 'x', sizeof(buf));
	hear(fd, "\"id\":1");
	say(fd, "{\"id\":1,\"result\":\"");
	for (i = 0; i < 12; i++)
		if (write(fd, buf, sizeof(buf)) != (ssize_t)sizeof(buf))
			_exit(3);
	say(fd, "\"}\n");
	hear(fd, "\"id\":2");
	say(fd, "{\"id\":2,\"result\":\"");
	for (i = 0; i < 80; i++)	/* too much; the client hangs up */
		if (write(fd, buf, sizeof(buf)) != (ssize_t)sizeof(buf))
			break;
}

ATF_TC_WITHOUT_HEAD(big_answer_is_read_and_too_big_refused);
ATF_TC_BODY(big_answer_is_read_and_too_big_refused, tc)
{
	struct omnitron_reply	 r;
	struct omnitron		*c;
	pid_t			 pid;

	signal(SIGPIPE, SIG_IGN);
	c = start(script_big, &pid);
	ATF_REQUIRE_EQ(omnitron_call(c, "S.x", NULL, LONG, &r), OMNITRON_OK);
	ATF_CHECK_EQ(strlen(r.result), 12 * 1024 * 1024 + 2);
	omnitron_reply_clear(&r);
	ATF_CHECK_EQ(omnitron_call(c, "S.x", NULL, LONG, &r), OMNITRON_PROTOCOL);
	stop(c, pid);
}

/* Keeps the connection open and silent until told to go on. */
static void
script_silent(int fd)
{
	hear(fd, "\"id\":1");
	hear(fd, "\"id\":2");
	say(fd, "{\"id\":1,\"result\":\"late\"}\n{\"id\":2,\"result\":2}\n");
	hear_end(fd);
}

ATF_TC_WITHOUT_HEAD(deadline_passes_and_late_answer_is_dropped);
ATF_TC_BODY(deadline_passes_and_late_answer_is_dropped, tc)
{
	struct omnitron_reply	 r;
	struct omnitron		*c;
	pid_t			 pid;

	c = start(script_silent, &pid);
	ATF_CHECK_EQ(omnitron_call(c, "S.x", NULL, 30, &r), OMNITRON_TIMEOUT);
	ATF_CHECK(r.text == NULL);
	ATF_CHECK_STREQ("timed out", omnitron_strerror(c));
	ATF_REQUIRE_EQ(omnitron_call(c, "S.x", NULL, LONG, &r), OMNITRON_OK);
	ATF_CHECK_STREQ("2", r.result);
	omnitron_reply_clear(&r);
	stop(c, pid);
}

static void
script_endless(int fd)
{
	hear(fd, "\"id\":1");
	while (send(fd, "{\"method\":\"E.e\"}\n", 17, MSG_NOSIGNAL) == 17)
		;
}

ATF_TC_WITHOUT_HEAD(endless_notifications_do_not_outlast_the_deadline);
ATF_TC_BODY(endless_notifications_do_not_outlast_the_deadline, tc)
{
	struct omnitron_reply	 r;
	struct omnitron		*c;
	pid_t			 pid;

	c = start(script_endless, &pid);
	ATF_CHECK_EQ(omnitron_call(c, "S.x", NULL, 50, &r), OMNITRON_TIMEOUT);
	stop(c, pid);
}

static void
script_close(int fd)
{
	hear(fd, "\"id\":1");
}

static void
script_reset(int fd)
{
	char	 c;

	/* Unread input makes it a reset. */
	if (recv(fd, &c, 1, MSG_PEEK) != 1)
		_exit(3);
}

ATF_TC_WITHOUT_HEAD(lost_connection_is_told);
ATF_TC_BODY(lost_connection_is_told, tc)
{
	static const script	 scripts[] = { script_close, script_reset };
	struct omnitron_reply	 r;
	struct omnitron		*c;
	struct omnitron_note	 j;
	pid_t			 pid;
	size_t			 i;

	for (i = 0; i < 2; i++) {
		c = start(scripts[i], &pid);
		ATF_CHECK_EQ(omnitron_call(c, "S.x", NULL, LONG, &r),
		    OMNITRON_LOST);
		ATF_CHECK_EQ(omnitron_call(c, "S.x", NULL, LONG, &r),
		    OMNITRON_LOST);
		ATF_CHECK_EQ(omnitron_next(c, LONG, &j), OMNITRON_LOST);
		ATF_CHECK(strstr(omnitron_strerror(c), "connection") != NULL);
		stop(c, pid);
	}
}

static void
script_limited(int fd)
{
	say(fd, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32029,"
	    "\"message\":\"too many connections\"}}\n");
}

ATF_TC_WITHOUT_HEAD(what_is_said_before_closing_is_heard);
ATF_TC_BODY(what_is_said_before_closing_is_heard, tc)
{
	struct omnitron_reply	 r;
	struct omnitron		*c;
	pid_t			 pid;
	int			 status;

	c = start(script_limited, &pid);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);	/* it has closed */
	ATF_REQUIRE_EQ(omnitron_call(c, "S.x", NULL, LONG, &r), OMNITRON_ERROR);
	ATF_CHECK_EQ(r.code, -32029);
	ATF_CHECK_EQ(r.id, 1);
	omnitron_reply_clear(&r);
	ATF_CHECK_EQ(omnitron_call(c, "S.x", NULL, LONG, &r), OMNITRON_LOST);
	omnitron_free(c);
}

static const char *garbage;

static void
script_garbage(int fd)
{
	hear(fd, "\"id\":1");
	say(fd, garbage);
	hear_end(fd);
}

ATF_TC_WITHOUT_HEAD(what_is_no_rpc_is_refused);
ATF_TC_BODY(what_is_no_rpc_is_refused, tc)
{
	static const char *const bad[] = { "\n", "hello\n", "[]\n", "1\n",
	    "{}\n", "{\"id\":1}\n", "{\"id\":\"1\",\"result\":1}\n",
	    "{\"id\":1,\"result\":1,\"error\":{\"code\":1,\"message\":\"\"}}\n",
	    "{\"id\":1,\"error\":\"x\"}\n", "{\"id\":1,\"error\":{}}\n",
	    "{\"id\":1,\"error\":{\"code\":1}}\n",
	    "{\"id\":1,\"error\":{\"code\":1e9,\"message\":\"x\"}}\n",
	    "{\"id\":1,\"error\":{\"code\":9999999999,\"message\":\"x\"}}\n",
	    "{\"id\":1,\"id\":1,\"result\":1}\n",
	    "{\"id\":1.0,\"result\":1}\n", "{\"result\":1}\n",
	    "{\"id\":null,\"result\":1}\n", "\xff\n",
	    "{\"id\":1,\"result\":1\n", "{\"id\":1,\"result\":1}}\n",
	    "{\"id\":1,\"result\":1]\n", "{\"id\":1,\"result\":1,}\n",
	    "{\"id\":1 \"result\":1}\n", "{,\"id\":1,\"result\":1}\n",
	    "{\"id\":1{\"a\":2},\"result\":1}\n", "{\"id\":1,\"result\":}\n",
	    "{\"id\":1,\"result\":[1}\n", "{\"id\":1,,\"result\":1}\n",
	    "{\"id\":1,\"result\":1} {}\n", "{\"id\":1,\"result\"}\n",
	    "{\"id\":1,\"result\":1,1}\n", "{\"id\":01,\"result\":1}\n" };
	struct omnitron_reply	 r;
	struct omnitron		*c;
	pid_t			 pid;
	size_t			 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		garbage = bad[i];
		c = start(script_garbage, &pid);
		ATF_CHECK_EQ_MSG(omnitron_call(c, "S.x", NULL, LONG, &r),
		    OMNITRON_PROTOCOL, "%s", bad[i]);
		ATF_CHECK(r.text == NULL);
		stop(c, pid);
	}
}

/* Reads nothing until the client is gone. */
static void
script_deaf(int fd)
{
	struct pollfd	 pfd = { .fd = fd, .events = 0 };

	if (poll(&pfd, 1, -1) != 1 || !(pfd.revents & POLLHUP))
		_exit(3);
}

ATF_TC_WITHOUT_HEAD(requests_are_bounded);
ATF_TC_BODY(requests_are_bounded, tc)
{
	struct omnitron	*c;
	int64_t		 id;
	pid_t		 pid;
	int		 i;

	c = start(script_deaf, &pid);
	ATF_CHECK_EQ(omnitron_send(c, "S.x", "{", &id), OMNITRON_FAILED);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_CHECK_EQ(omnitron_send(c, "S.x", "[]", &id), OMNITRON_FAILED);
	ATF_CHECK_EQ(errno, EINVAL);
	for (i = 0; i < OMNITRON_PENDING_MAX; i++)
		ATF_REQUIRE_EQ(omnitron_send(c, "S.x", NULL, &id),
		    OMNITRON_OK);
	ATF_CHECK_EQ(omnitron_send(c, "S.x", NULL, &id), OMNITRON_FAILED);
	ATF_CHECK_EQ(errno, EAGAIN);
	omnitron_forget(c, id);
	omnitron_forget(c, 1);
	ATF_CHECK_EQ(omnitron_send(c, "S.x", NULL, &id), OMNITRON_OK);
	stop(c, pid);
}

/* What the daemon does not take at once is sent while the answer is waited
 * for; giving that up does not tear the request. */
static void
script_late(int fd)
{
	char	 c = 0;
	size_t	 n;

	usleep(200000);
	for (n = 0; c != '\n'; n++)
		if (read(fd, &c, 1) != 1)
			_exit(3);
	if (n < 900000)
		_exit(4);
	hear(fd, "\"id\":2");
	say(fd, "{\"id\":1,\"result\":1}\n{\"id\":2,\"result\":2}\n");
	hear_end(fd);
}

ATF_TC_WITHOUT_HEAD(big_request_is_sent_in_pieces);
ATF_TC_BODY(big_request_is_sent_in_pieces, tc)
{
	size_t			 len = 1000 * 1000;
	struct omnitron_reply	 r;
	struct omnitron		*c;
	char			*params;
	pid_t			 pid;

	ATF_REQUIRE((params = malloc(2 * len)) != NULL);
	snprintf(params, 2 * len, "{\"x\":\"%*s\"}", (int)len, "");
	c = start(script_late, &pid);
	ATF_CHECK_EQ(omnitron_call(c, "S.x", params, 20, &r),
	    OMNITRON_TIMEOUT);
	ATF_CHECK(omnitron_events(c) & POLLOUT);
	ATF_REQUIRE_EQ(omnitron_call(c, "S.x", NULL, LONG, &r), OMNITRON_OK);
	ATF_CHECK_STREQ("2", r.result);
	ATF_CHECK_EQ(omnitron_events(c), POLLIN);
	omnitron_reply_clear(&r);
	snprintf(params, 2 * len, "{\"x\":\"%*s\"}", (int)len + 100000, "");
	ATF_CHECK_EQ(omnitron_call(c, "S.x", params, LONG, &r),
	    OMNITRON_FAILED);
	ATF_CHECK_EQ(errno, EMSGSIZE);
	free(params);
	stop(c, pid);
}

static int
connect_errno(const char *path, int timeout)
{
	struct omnitron	*c = make(path);
	int		 saved = 0;

	if (omnitron_connect(c, timeout) != OMNITRON_OK) {
		saved = errno;
		ATF_CHECK(strstr(omnitron_strerror(c), path) != NULL);
		ATF_CHECK_STREQ(path, omnitron_path(c));
		ATF_CHECK_EQ(omnitron_fd(c), -1);
	}
	omnitron_free(c);
	return (saved);
}

ATF_TC_WITHOUT_HEAD(reasons_of_no_connection_are_told_apart);
ATF_TC_BODY(reasons_of_no_connection_are_told_apart, tc)
{
	struct omnitron_reply	 r;
	struct omnitron		*c;
	char			 longer[200];
	int			 fd, status;
	pid_t			 pid;

	ATF_CHECK_EQ(connect_errno("none.sock", LONG), ENOENT);
	close(listen_on(PATH, 5));
	ATF_CHECK_EQ(connect_errno(PATH, LONG), ECONNREFUSED);
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	ATF_CHECK_EQ(connect_errno(longer, LONG), ENAMETOOLONG);
	fd = listen_on(PATH, 5);
	ATF_REQUIRE(chmod(PATH, 0) == 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (getuid() == 0 && setresuid(65534, 65534, 65534) == -1)
			_exit(2);
		_exit(connect_errno(PATH, LONG) == EACCES ? 0 : 1);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(fd);
	c = make(PATH);
	ATF_CHECK_EQ(omnitron_call(c, "S.x", NULL, LONG, &r), OMNITRON_LOST);
	ATF_CHECK_EQ(errno, ENOTCONN);
	omnitron_free(c);
}

ATF_TC_WITHOUT_HEAD(daemon_that_does_not_accept_times_out);
ATF_TC_BODY(daemon_that_does_not_accept_times_out, tc)
{
	struct omnitron	*c[64];
	int		 fd, n;

	fd = listen_on(PATH, 1);
	for (n = 0; n < 64; n++) {
		c[n] = make(PATH);
		if (omnitron_connect(c[n], n % 2 == 0 ? 20 : 0) != OMNITRON_OK)
			break;
	}
	ATF_REQUIRE(n < 64);
	/* Linux waits for room; others refuse when the backlog is full. */
	ATF_CHECK(errno == ETIMEDOUT || errno == ECONNREFUSED);
	ATF_CHECK(omnitron_strerror(c[n])[0] != '\0');
	while (n >= 0)
		omnitron_free(c[n--]);
	close(fd);
}

/* ---- finding the daemon -------------------------------------------------- */

ATF_TC_WITHOUT_HEAD(daemon_is_looked_for_as_the_cli_does);
ATF_TC_BODY(daemon_is_looked_for_as_the_cli_does, tc)
{
	struct omnitron	*c;
	int		 fd;

	ATF_REQUIRE(mkdir("h", 0700) == 0);
	fd = listen_on("h/daemon.sock", 5);
	ATF_REQUIRE((c = omnitron_new()) != NULL);
	ATF_CHECK_STREQ("", omnitron_path(c));
	setenv("OMNITRON_SOCKET", "env.sock", 1);
	setenv("OMNITRON_HOME", "h", 1);
	ATF_CHECK_EQ(omnitron_connect(c, LONG), OMNITRON_LOST);
	ATF_CHECK_STREQ("env.sock", omnitron_path(c));
	unsetenv("OMNITRON_SOCKET");
	ATF_CHECK_EQ(omnitron_connect(c, LONG), OMNITRON_OK);
	ATF_CHECK_STREQ("h/daemon.sock", omnitron_path(c));
	setenv("OMNITRON_HOME", "other", 1);
	ATF_CHECK(omnitron_set(c, OMNITRON_HOME, "h") == 0);
	ATF_CHECK_EQ(omnitron_connect(c, LONG), OMNITRON_OK);
	ATF_CHECK(omnitron_set(c, OMNITRON_SOCKET, "set.sock") == 0);
	ATF_CHECK_EQ(omnitron_connect(c, LONG), OMNITRON_LOST);
	ATF_CHECK_STREQ("set.sock", omnitron_path(c));
	ATF_CHECK(omnitron_set(c, OMNITRON_SOCKET, NULL) == 0);
	ATF_CHECK_EQ(omnitron_connect(c, LONG), OMNITRON_OK);
	errno = 0;
	ATF_CHECK(omnitron_set(c, OMNITRON_SOCKET, "") == -1);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_CHECK(omnitron_set(c, (enum omnitron_option)99, "x") == -1);
	omnitron_free(c);
	close(fd);
}

/* ---- other hosts --------------------------------------------------------- */

static int
listen_tcp(char *port, size_t size)
{
	struct sockaddr_in	 sin;
	socklen_t		 len = sizeof(sin);
	int			 fd;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ATF_REQUIRE((fd = socket(AF_INET, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE(bind(fd, (struct sockaddr *)&sin, len) == 0);
	ATF_REQUIRE(listen(fd, 5) == 0);
	ATF_REQUIRE(getsockname(fd, (struct sockaddr *)&sin, &len) == 0);
	snprintf(port, size, "%d", ntohs(sin.sin_port));
	return (fd);
}

ATF_TC_WITHOUT_HEAD(another_host_is_called_over_tcp);
ATF_TC_BODY(another_host_is_called_over_tcp, tc)
{
	struct omnitron_reply	 r;
	struct omnitron		*c;
	char			 port[16], want[32];
	int64_t			 id;
	int			 l, fd;

	l = listen_tcp(port, sizeof(port));
	c = make("none.sock");		/* does not count */
	ATF_REQUIRE(omnitron_set(c, OMNITRON_HOST, "127.0.0.1") == 0);
	ATF_REQUIRE(omnitron_set(c, OMNITRON_PORT, port) == 0);
	ATF_REQUIRE(omnitron_set(c, OMNITRON_TLS, "off") == 0);
	ATF_REQUIRE_EQ_MSG(omnitron_connect(c, LONG), OMNITRON_OK, "%s",
	    omnitron_strerror(c));
	snprintf(want, sizeof(want), "127.0.0.1:%s", port);
	ATF_CHECK_STREQ(want, omnitron_path(c));
	ATF_CHECK(fcntl(omnitron_fd(c), F_GETFD) & FD_CLOEXEC);
	ATF_REQUIRE((fd = accept(l, NULL, NULL)) != -1);
	ATF_REQUIRE_EQ(omnitron_send(c, "S.x", NULL, &id), OMNITRON_OK);
	script_close(fd);
	say(fd, "{\"id\":1,\"result\":\"far\"}\n");
	ATF_REQUIRE_EQ(omnitron_wait(c, id, LONG, &r), OMNITRON_OK);
	ATF_CHECK_STREQ("\"far\"", r.result);
	omnitron_reply_clear(&r);
	close(fd);
	close(l);
	ATF_CHECK_EQ(omnitron_connect(c, LONG), OMNITRON_LOST);
	ATF_CHECK_EQ(errno, ECONNREFUSED);
	ATF_REQUIRE(omnitron_set(c, OMNITRON_PORT, "no such port") == 0);
	ATF_CHECK_EQ(omnitron_connect(c, LONG), OMNITRON_LOST);
	ATF_CHECK_EQ(errno, EHOSTUNREACH);
	omnitron_free(c);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, result_comes_back);
	ATF_TP_ADD_TC(tp, error_comes_back);
	ATF_TP_ADD_TC(tp, answers_are_matched_by_id);
	ATF_TP_ADD_TC(tp, notifications_are_kept_or_delivered);
	ATF_TP_ADD_TC(tp, kept_notifications_are_bounded);
	ATF_TP_ADD_TC(tp, answer_waits_while_notifications_are_read);
	ATF_TP_ADD_TC(tp, lines_may_come_in_pieces);
	ATF_TP_ADD_TC(tp, big_answer_is_read_and_too_big_refused);
	ATF_TP_ADD_TC(tp, deadline_passes_and_late_answer_is_dropped);
	ATF_TP_ADD_TC(tp, endless_notifications_do_not_outlast_the_deadline);
	ATF_TP_ADD_TC(tp, lost_connection_is_told);
	ATF_TP_ADD_TC(tp, what_is_said_before_closing_is_heard);
	ATF_TP_ADD_TC(tp, what_is_no_rpc_is_refused);
	ATF_TP_ADD_TC(tp, requests_are_bounded);
	ATF_TP_ADD_TC(tp, big_request_is_sent_in_pieces);
	ATF_TP_ADD_TC(tp, reasons_of_no_connection_are_told_apart);
	ATF_TP_ADD_TC(tp, daemon_that_does_not_accept_times_out);
	ATF_TP_ADD_TC(tp, daemon_is_looked_for_as_the_cli_does);
	ATF_TP_ADD_TC(tp, another_host_is_called_over_tcp);
	return (atf_no_error());
}
