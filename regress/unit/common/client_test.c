/* The RPC client against a tiny server in a child process. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

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

#include "common/client.h"
#include "common/json.h"

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

/* What the child does with its one connection. */
typedef void (*script)(int fd);

static struct client *
start(script fn, pid_t *pid)
{
	struct client	*c;
	char		 err[200] = "";
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
	c = client_open(PATH, LONG, err, sizeof(err));
	ATF_REQUIRE_MSG(c != NULL, "%s", err);
	return (c);
}

static void
stop(struct client *c, pid_t pid)
{
	int	 status;

	client_close(c);
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
	struct client_reply	 r;
	struct client		*c;
	pid_t			 pid;

	c = start(script_ok, &pid);
	ATF_CHECK(fcntl(client_fd(c), F_GETFD) & FD_CLOEXEC);
	ATF_REQUIRE_EQ(client_call(c, "S.ping", NULL, LONG, &r), CLIENT_OK);
	ATF_CHECK_EQ(r.id, 1);
	ATF_CHECK_EQ(json_get(r.result, "a")->count, 1);
	client_reply_clear(&r);
	ATF_CHECK(r.doc == NULL && r.result == NULL);
	ATF_REQUIRE_EQ(client_call(c, "S.get", "{\"n\":1}", LONG, &r),
	    CLIENT_OK);
	ATF_CHECK(r.result != NULL && r.result->type == JSON_NULL);
	client_reply_clear(&r);
	stop(c, pid);
	client_close(NULL);
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
	struct client_reply	 r;
	struct client		*c;
	pid_t			 pid;

	c = start(script_error, &pid);
	ATF_REQUIRE_EQ(client_call(c, "S.x", NULL, LONG, &r), CLIENT_ERROR);
	ATF_CHECK_EQ(r.code, -32004);
	ATF_CHECK_STREQ("app 'x' not found", r.message);
	ATF_CHECK_STREQ("app 'x' not found", client_strerror(c));
	ATF_CHECK_STREQ("NOT_FOUND", json_get_string(r.data, "code", ""));
	ATF_CHECK(r.result == NULL);
	client_reply_clear(&r);
	ATF_REQUIRE_EQ(client_call(c, "S.x", NULL, LONG, &r), CLIENT_ERROR);
	ATF_CHECK_EQ(r.code, -32700);
	ATF_CHECK(r.data == NULL);
	client_reply_clear(&r);
	ATF_REQUIRE_EQ(client_call(c, "S.x", NULL, LONG, &r), CLIENT_OK);
	client_reply_clear(&r);
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
	struct client_reply	 r;
	struct client		*c;
	int64_t			 id[3];
	pid_t			 pid;
	int			 i;

	c = start(script_order, &pid);
	for (i = 0; i < 3; i++)
		ATF_REQUIRE_EQ(client_send(c, "S.x", NULL, LONG, &id[i]),
		    CLIENT_OK);
	ATF_REQUIRE_EQ(client_wait(c, id[1], LONG, &r), CLIENT_OK);
	ATF_CHECK(r.id == id[1] && r.result->u.i == 2);
	client_reply_clear(&r);
	ATF_REQUIRE_EQ(client_wait(c, 0, LONG, &r), CLIENT_OK);
	ATF_CHECK(r.id == id[2] && r.result->u.i == 3);
	client_reply_clear(&r);
	ATF_REQUIRE_EQ(client_wait(c, 0, 0, &r), CLIENT_OK);
	ATF_CHECK(r.id == id[0] && r.result->u.i == 1);
	client_reply_clear(&r);
	errno = 0;
	ATF_CHECK_EQ(client_wait(c, 0, LONG, &r), CLIENT_FAILED);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_CHECK_EQ(client_wait(c, id[0], LONG, &r), CLIENT_FAILED);
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

static void
note_sum(const struct json *message, void *arg)
{
	*(int64_t *)arg += json_get_int(json_get(message, "params"), "n", 0);
}

ATF_TC_WITHOUT_HEAD(notifications_are_kept_or_delivered);
ATF_TC_BODY(notifications_are_kept_or_delivered, tc)
{
	struct client_reply	 r;
	struct client		*c;
	struct json		*j;
	int64_t			 sum = 0, i;
	pid_t			 pid;

	c = start(script_notes, &pid);
	ATF_REQUIRE_EQ(client_call(c, "S.x", NULL, LONG, &r), CLIENT_OK);
	client_reply_clear(&r);
	for (i = 1; i <= 3; i++) {
		ATF_REQUIRE_EQ(client_next(c, LONG, &j), CLIENT_OK);
		ATF_CHECK_EQ(json_get_int(json_get(j, "params"), "n", 0), i);
		json_free(j);
	}
	ATF_CHECK_EQ(client_next(c, 0, &j), CLIENT_TIMEOUT);
	ATF_CHECK(j == NULL);
	client_on_notify(c, note_sum, &sum);
	ATF_REQUIRE_EQ(client_call(c, "S.x", NULL, LONG, &r), CLIENT_OK);
	client_reply_clear(&r);
	ATF_CHECK_EQ(sum, 4);
	ATF_CHECK_EQ(client_next(c, 0, &j), CLIENT_TIMEOUT);
	ATF_CHECK_EQ(client_dropped(c), 0);
	stop(c, pid);
}

static void
script_flood(int fd)
{
	int	 i;

	hear(fd, "\"id\":1");
	for (i = 0; i < CLIENT_HELD_MAX + 10; i++)
		say(fd, "{\"method\":\"E.e\"}\n");
	say(fd, "{\"id\":1,\"result\":1}\n");
	hear_end(fd);
}

ATF_TC_WITHOUT_HEAD(kept_notifications_are_bounded);
ATF_TC_BODY(kept_notifications_are_bounded, tc)
{
	struct client_reply	 r;
	struct client		*c;
	struct json		*j;
	pid_t			 pid;
	int			 n = 0;

	c = start(script_flood, &pid);
	ATF_REQUIRE_EQ(client_call(c, "S.x", NULL, LONG, &r), CLIENT_OK);
	client_reply_clear(&r);
	ATF_CHECK_EQ(client_dropped(c), 10);
	while (client_next(c, 0, &j) == CLIENT_OK) {
		json_free(j);
		n++;
	}
	ATF_CHECK_EQ(n, CLIENT_HELD_MAX);
	stop(c, pid);
}

/* While client_next waits, an answer is kept for client_wait. */
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
	struct client_reply	 r;
	struct client		*c;
	struct json		*j;
	int64_t			 id;
	pid_t			 pid;

	c = start(script_mixed, &pid);
	ATF_REQUIRE_EQ(client_send(c, "S.x", NULL, LONG, &id), CLIENT_OK);
	ATF_REQUIRE_EQ(client_next(c, LONG, &j), CLIENT_OK);
	json_free(j);
	ATF_REQUIRE_EQ(client_wait(c, id, 0, &r), CLIENT_OK);
	ATF_CHECK_EQ(r.result->u.i, 5);
	client_reply_clear(&r);
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
	struct client_reply	 r;
	struct client		*c;
	pid_t			 pid;

	c = start(script_bytes, &pid);
	ATF_REQUIRE_EQ(client_call(c, "S.x", NULL, LONG, &r), CLIENT_OK);
	ATF_CHECK_STREQ("ab", r.result->u.s);
	client_reply_clear(&r);
	ATF_REQUIRE_EQ(client_call(c, "S.x", NULL, LONG, &r), CLIENT_OK);
	ATF_CHECK_EQ(r.result->u.i, 3);
	client_reply_clear(&r);
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
	struct client_reply	 r;
	struct client		*c;
	pid_t			 pid;

	signal(SIGPIPE, SIG_IGN);
	c = start(script_big, &pid);
	ATF_REQUIRE_EQ(client_call(c, "S.x", NULL, LONG, &r), CLIENT_OK);
	ATF_CHECK_EQ(r.result->count, 12 * 1024 * 1024);
	client_reply_clear(&r);
	ATF_CHECK_EQ(client_call(c, "S.x", NULL, LONG, &r), CLIENT_PROTOCOL);
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
	struct client_reply	 r;
	struct client		*c;
	pid_t			 pid;

	c = start(script_silent, &pid);
	ATF_CHECK_EQ(client_call(c, "S.x", NULL, 30, &r), CLIENT_TIMEOUT);
	ATF_CHECK(r.doc == NULL);
	ATF_CHECK_STREQ("timed out", client_strerror(c));
	ATF_REQUIRE_EQ(client_call(c, "S.x", NULL, LONG, &r), CLIENT_OK);
	ATF_CHECK_EQ(r.result->u.i, 2);
	client_reply_clear(&r);
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
	struct client_reply	 r;
	struct client		*c;
	pid_t			 pid;

	c = start(script_endless, &pid);
	ATF_CHECK_EQ(client_call(c, "S.x", NULL, 50, &r), CLIENT_TIMEOUT);
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
	struct client_reply	 r;
	struct client		*c;
	struct json		*j;
	pid_t			 pid;
	size_t			 i;

	for (i = 0; i < 2; i++) {
		c = start(scripts[i], &pid);
		ATF_CHECK_EQ(client_call(c, "S.x", NULL, LONG, &r),
		    CLIENT_LOST);
		ATF_CHECK_EQ(client_call(c, "S.x", NULL, LONG, &r),
		    CLIENT_LOST);
		ATF_CHECK_EQ(client_next(c, LONG, &j), CLIENT_LOST);
		ATF_CHECK(strstr(client_strerror(c), "connection") != NULL);
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
	struct client_reply	 r;
	struct client		*c;
	pid_t			 pid;
	int			 status;

	c = start(script_limited, &pid);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);	/* it has closed */
	ATF_REQUIRE_EQ(client_call(c, "S.x", NULL, LONG, &r), CLIENT_ERROR);
	ATF_CHECK_EQ(r.code, -32029);
	ATF_CHECK_EQ(r.id, 1);
	client_reply_clear(&r);
	ATF_CHECK_EQ(client_call(c, "S.x", NULL, LONG, &r), CLIENT_LOST);
	client_close(c);
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
	    "{\"id\":null,\"result\":1}\n", "\xff\n" };
	struct client_reply	 r;
	struct client		*c;
	pid_t			 pid;
	size_t			 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		garbage = bad[i];
		c = start(script_garbage, &pid);
		ATF_CHECK_EQ_MSG(client_call(c, "S.x", NULL, LONG, &r),
		    CLIENT_PROTOCOL, "%s", bad[i]);
		ATF_CHECK(r.doc == NULL);
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
	struct client	*c;
	int64_t		 id;
	pid_t		 pid;
	int		 i;

	c = start(script_deaf, &pid);
	ATF_CHECK_EQ(client_send(c, "S.x", "{\n}", LONG, &id), CLIENT_FAILED);
	ATF_CHECK_EQ(errno, EINVAL);
	for (i = 0; i < CLIENT_PENDING_MAX; i++)
		ATF_REQUIRE_EQ(client_send(c, "S.x", NULL, LONG, &id),
		    CLIENT_OK);
	ATF_CHECK_EQ(client_send(c, "S.x", NULL, LONG, &id), CLIENT_FAILED);
	ATF_CHECK_EQ(errno, EAGAIN);
	client_forget(c, id);
	client_forget(c, 1);
	ATF_CHECK_EQ(client_send(c, "S.x", NULL, LONG, &id), CLIENT_OK);
	stop(c, pid);
}

/* Half a request is gone when the deadline passes: no way back. */
ATF_TC_WITHOUT_HEAD(request_cut_short_ends_the_connection);
ATF_TC_BODY(request_cut_short_ends_the_connection, tc)
{
	size_t			 len = 4 * 1024 * 1024;
	struct client_reply	 r;
	struct client		*c;
	char			*params;
	pid_t			 pid;

	ATF_REQUIRE((params = malloc(len)) != NULL);
	memset(params, ' ', len);
	params[0] = '{';
	params[len - 2] = '}';
	params[len - 1] = '\0';
	c = start(script_deaf, &pid);
	ATF_CHECK_EQ(client_call(c, "S.x", params, 50, &r), CLIENT_LOST);
	ATF_CHECK_EQ(errno, ETIMEDOUT);
	ATF_CHECK_EQ(client_call(c, "S.x", NULL, 50, &r), CLIENT_LOST);
	ATF_CHECK_EQ(errno, ETIMEDOUT);
	free(params);
	stop(c, pid);
}

ATF_TC_WITHOUT_HEAD(reasons_of_no_connection_are_told_apart);
ATF_TC_BODY(reasons_of_no_connection_are_told_apart, tc)
{
	char	 err[300], longer[300];
	int	 fd, status;
	pid_t	 pid;

	ATF_CHECK(client_open("none.sock", LONG, err, sizeof(err)) == NULL);
	ATF_CHECK_EQ(errno, ENOENT);
	ATF_CHECK(strstr(err, "none.sock") != NULL);
	close(listen_on(PATH, 5));
	ATF_CHECK(client_open(PATH, LONG, err, sizeof(err)) == NULL);
	ATF_CHECK_EQ(errno, ECONNREFUSED);
	ATF_CHECK(strstr(err, "nobody listens") != NULL);
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	ATF_CHECK(client_open(longer, LONG, err, sizeof(err)) == NULL);
	ATF_CHECK_EQ(errno, ENAMETOOLONG);
	fd = listen_on(PATH, 5);
	ATF_REQUIRE(chmod(PATH, 0) == 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (getuid() == 0 && setresuid(65534, 65534, 65534) == -1)
			_exit(2);
		if (client_open(PATH, LONG, err, sizeof(err)) != NULL ||
		    errno != EACCES || strstr(err, "no permission") == NULL)
			_exit(1);
		_exit(0);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(daemon_that_does_not_accept_times_out);
ATF_TC_BODY(daemon_that_does_not_accept_times_out, tc)
{
	struct client	*c[64];
	char		 err[200] = "";
	int		 fd, n;

	fd = listen_on(PATH, 1);
	for (n = 0; n < 64; n++)
		if ((c[n] = client_open(PATH, 20, err, sizeof(err))) == NULL)
			break;
	ATF_CHECK(n < 64);
	/* Linux waits for room; others refuse when the backlog is full. */
	ATF_CHECK(errno == ETIMEDOUT || errno == ECONNREFUSED);
	ATF_CHECK(err[0] != '\0');
	while (n > 0)
		client_close(c[--n]);
	close(fd);
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
	ATF_TP_ADD_TC(tp, request_cut_short_ends_the_connection);
	ATF_TP_ADD_TC(tp, reasons_of_no_connection_are_told_apart);
	ATF_TP_ADD_TC(tp, daemon_that_does_not_accept_times_out);
	return (atf_no_error());
}
