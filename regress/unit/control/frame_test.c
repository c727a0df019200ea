/* Framing and the limits of a connection. */
#include <sys/resource.h>
#include <sys/un.h>

#include "regress/unit/rpc/fixture.h"

#define PING	CALL(1, "OmnitronDaemon.ping", "{}")

static void
check_closed(struct fix *f, int fd)
{
	char	*line;

	while ((line = fix_line(f, fd)) != NULL)
		free(line);
}

ATF_TC_WITHOUT_HEAD(byte_by_byte);
ATF_TC_BODY(byte_by_byte, tc)
{
	static const char	 text[] = PING "\r\n" PING "\n";
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct json		*j;
	size_t			 i;

	for (i = 0; i < sizeof(text) - 1; i++) {
		ATF_REQUIRE_EQ(1, write(fd, text + i, 1));
		fix_settle(f);
	}
	for (i = 0; i < 2; i++) {
		j = fix_json(f, fd);
		ATF_CHECK_EQ(4242, fix_int(j, "result.pid"));
		json_free(j);
	}
	ATF_CHECK_EQ(0, f->control->in_total);
	close(fd);
	fix_free(f);
}

/* A request of n bytes: a name that is not found, padded with blanks. */
static char *
large(size_t n)
{
	char	*text = xmalloc(n + 1);

	memset(text, ' ', n);
	memcpy(text, PING, sizeof(PING) - 1);
	text[n] = '\n';
	return (text);
}

ATF_TC_WITHOUT_HEAD(request_of_one_mebibyte);
ATF_TC_BODY(request_of_one_mebibyte, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);
	char		*text = large(REQUEST_MAX);
	struct json	*j;

	ATF_REQUIRE_EQ(0, fix_write(f, fd, text, REQUEST_MAX + 1));
	j = fix_json(f, fd);
	ATF_CHECK_EQ(4242, fix_int(j, "result.pid"));
	json_free(j);
	free(text);
	/* one byte more is refused, and the connection closed */
	text = large(REQUEST_MAX + 1);
	fix_write(f, fd, text, REQUEST_MAX + 2);
	j = fix_json(f, fd);
	ATF_CHECK_EQ(-32600, fix_int(j, "error.code"));
	ATF_CHECK(strstr(fix_string(j, "error.message"), "too large") != NULL);
	json_free(j);
	check_closed(f, fd);
	free(text);
	close(fd);
	fix_settle(f);
	ATF_CHECK_EQ(0, f->control->nconns);
	ATF_CHECK_EQ(0, f->control->in_total);
	ATF_CHECK_EQ(0, f->control->out_total);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(endless_line_is_refused);
ATF_TC_BODY(endless_line_is_refused, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f), i;
	char		 part[4096];
	struct json	*j;

	memset(part, 'x', sizeof(part));
	for (i = 0; i < 1000; i++)
		if (fix_write(f, fd, part, sizeof(part)) == -1)
			break;
	ATF_CHECK_MSG(i < 600, "%d parts were taken", i);
	j = fix_json(f, fd);
	ATF_CHECK_EQ(-32600, fix_int(j, "error.code"));
	json_free(j);
	check_closed(f, fd);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(ten_thousand_pipelined);
ATF_TC_BODY(ten_thousand_pipelined, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f), i;
	char		*text = xmalloc(10000 * 100);
	size_t		 len = 0;
	struct json	*j;

	for (i = 0; i < 10000; i++)
		len += (size_t)snprintf(text + len, 100, "{\"jsonrpc\":\"2.0\","
		    "\"id\":%d,\"method\":\"OmnitronDaemon.ping\"}\n", i);
	/* all is written before anything is read */
	ATF_REQUIRE_EQ(0, fix_write(f, fd, text, len));
	for (i = 0; i < 10000; i++) {
		j = fix_json(f, fd);
		ATF_REQUIRE_EQ(i, fix_int(j, "id"));
		json_free(j);
	}
	free(text);
	close(fd);
	fix_free(f);
}

/* A view whose list is well over 1 MiB. */
static void
many_apps(struct fix *f)
{
	char	 name[32];
	int	 i;

	fix_begin(f);
	for (i = 1; i <= 4000; i++) {
		snprintf(name, sizeof(name), "app-%d", i);
		fix_app(f, (uint32_t)i, name, S_ONLINE);
		fix_inst(f, (uint32_t)i, 0, 1000 + i, name);
		if (i % 100 == 0)
			fix_settle(f);
	}
	fix_sync(f);
}

ATF_TC_WITHOUT_HEAD(client_that_never_reads_is_dropped);
ATF_TC_BODY(client_that_never_reads_is_dropped, tc)
{
	static const char	 list[] = DAEMON("list", "{}") "\n";
	struct fix		*f = fix_new();
	int			 fd, other;
	struct json		*j;
	time_t			 end = time(NULL) + FIX_SECONDS;
	size_t			 most = 0;

	many_apps(f);
	fd = fix_client(f);
	other = fix_client(f);
	while (f->control->nconns == 2) {
		if (write(fd, list, sizeof(list) - 1) == -1 &&
		    errno == EPIPE)
			break;
		/* others are served meanwhile */
		j = fix_call(f, other, PING);
		ATF_CHECK_EQ(4242, fix_int(j, "result.pid"));
		json_free(j);
		if (f->control->out_total > most)
			most = f->control->out_total;
		ATF_REQUIRE_MSG(time(NULL) < end, "it is never dropped");
	}
	ATF_CHECK_MSG(most < 2 * UNSENT_MAX, "%zu bytes waited", most);
	ATF_CHECK(most > UNSENT_PAUSE);
	check_closed(f, fd);
	fix_settle(f);
	ATF_CHECK_EQ(0, f->control->out_total);
	close(fd);
	close(other);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(client_that_reads_gets_more_than_may_wait);
ATF_TC_BODY(client_that_reads_gets_more_than_may_wait, tc)
{
	struct fix	*f = fix_new();
	int		 fd, i;
	char		*line;
	size_t		 total = 0;

	many_apps(f);
	fd = fix_client(f);
	for (i = 0; i < 12; i++)
		fix_send(f, fd, DAEMON("list", "{}"));
	for (i = 0; i < 12; i++) {
		line = fix_line(f, fd);
		ATF_REQUIRE_MSG(line != NULL, "dropped after %d", i);
		total += strlen(line);
		free(line);
	}
	ATF_CHECK(total > 2 * UNSENT_MAX);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(sixty_four_requests_wait_at_most);
ATF_TC_BODY(sixty_four_requests_wait_at_most, tc)
{
	static const char	 stop[] = DAEMON("stopApp",
				    "{\"name\":\"api\"}") "\n";
	struct fix		*f = fix_new();
	int			 fd = fix_client(f), i;
	struct m_request	 m;
	struct json		*j;

	fix_apps(f);
	for (i = 0; i < 100; i++)
		ATF_REQUIRE_EQ((ssize_t)sizeof(stop) - 1,
		    write(fd, stop, sizeof(stop) - 1));
	fix_settle(f);
	ATF_CHECK_EQ(WAITING_MAX, fix_count(f, M_REQUEST));
	/* each that finishes lets one more in */
	for (i = 0; i < 100; i++) {
		m = fix_request(f);
		fix_reply(f, m.id, OUT_OK, 0, 1, "");
		fix_settle(f);
		ATF_CHECK(fix_count(f, M_REQUEST) <= WAITING_MAX + i + 1);
	}
	for (i = 0; i < 100; i++) {
		j = fix_json(f, fd);
		ATF_CHECK_EQ(1, fix_bool(j, "result.success"));
		json_free(j);
	}
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(end_of_file_waits_for_answers);
ATF_TC_BODY(end_of_file_waits_for_answers, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_request	 m;
	struct json		*j;

	fix_apps(f);
	fix_send(f, fd, DAEMON("stopApp", "{\"name\":\"api\"}"));
	ATF_REQUIRE_EQ(0, shutdown(fd, SHUT_WR));
	m = fix_request(f);
	fix_settle(f);
	ATF_CHECK_EQ(1, f->control->nconns);
	fix_reply(f, m.id, OUT_OK, 0, 1, "");
	j = fix_json(f, fd);
	ATF_CHECK_EQ(1, fix_bool(j, "result.success"));
	json_free(j);
	check_closed(f, fd);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(unfinished_request_is_not_executed);
ATF_TC_BODY(unfinished_request_is_not_executed, tc)
{
	static const char	 stop[] = DAEMON("stopApp",
				    "{\"name\":\"api\"}");
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct json		*j;

	fix_apps(f);
	ATF_REQUIRE_EQ(0, fix_write(f, fd, stop, sizeof(stop) - 1));
	ATF_REQUIRE_EQ(0, shutdown(fd, SHUT_WR));
	j = fix_json(f, fd);
	ATF_CHECK_EQ(-32600, fix_int(j, "error.code"));
	ATF_CHECK(strstr(fix_string(j, "error.message"), "newline") != NULL);
	json_free(j);
	check_closed(f, fd);
	ATF_CHECK_EQ(0, fix_count(f, M_REQUEST));
	close(fd);
	fix_free(f);
}

/* The deadline is set while a request is unfinished, and only then. */
ATF_TC_WITHOUT_HEAD(deadline_of_an_unfinished_request);
ATF_TC_BODY(deadline_of_an_unfinished_request, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);
	struct conn	*c = TAILQ_FIRST(&f->control->conns);
	struct json	*j;

	fix_settle(f);
	ATF_CHECK_EQ(WAIT_NONE, c->wait);
	ATF_REQUIRE_EQ(0, fix_write(f, fd, "{\"json", 6));
	fix_settle(f);
	ATF_CHECK_EQ(WAIT_REQUEST, c->wait);
	ATF_CHECK(event_pending(c->timer, EV_TIMEOUT, NULL));
	ATF_REQUIRE_EQ(0, fix_write(f, fd, "rpc\":1}\n", 8));
	j = fix_json(f, fd);
	ATF_CHECK_EQ(-32600, fix_int(j, "error.code"));
	json_free(j);
	fix_settle(f);
	ATF_CHECK_EQ(WAIT_NONE, c->wait);
	ATF_CHECK(!event_pending(c->timer, EV_TIMEOUT, NULL));
	/* when it passes: an error and the end */
	ATF_REQUIRE_EQ(0, fix_write(f, fd, "{", 1));
	fix_settle(f);
	event_active(c->timer, EV_TIMEOUT, 0);
	j = fix_json(f, fd);
	ATF_CHECK(strstr(fix_string(j, "error.message"), "10 s") != NULL);
	json_free(j);
	check_closed(f, fd);
	close(fd);
	fix_free(f);
}

/* ---- the listener -------------------------------------------------------- */

static struct sockaddr_un	 here = { .sun_family = AF_UNIX };

static void
fix_listen(struct fix *f)
{
	struct m_listener	 m = { .role = ROLE_ADMIN };
	int			 fd;

	strlcpy(here.sun_path, "socket", sizeof(here.sun_path));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&here, sizeof(here)));
	ATF_REQUIRE_EQ(0, listen(fd, 128));
	peer_set_state(f->proc.peer[K_PARENT], ST_SETUP);
	peer_send(f->far[K_PARENT], M_LISTENER, fd, &m, "a.sock", NULL);
	fix_settle(f);
	peer_set_state(f->proc.peer[K_PARENT], ST_RUN);
	ATF_REQUIRE_EQ(1, f->control->nlisteners);
	listener_start(f->control);
}

static int
fix_connect(struct fix *f)
{
	int	 fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(0, connect(fd, (struct sockaddr *)&here, sizeof(here)));
	return (fd);
}

ATF_TC_WITHOUT_HEAD(caller_is_known_by_the_socket);
ATF_TC_BODY(caller_is_known_by_the_socket, tc)
{
	struct fix		*f = fix_new();
	struct m_request	 m;
	int			 fd;

	fix_apps(f);
	fix_listen(f);
	fd = fix_connect(f);
	fix_send(f, fd, DAEMON("startApp", "{\"name\":\"old\"}"));
	m = fix_request(f);
	ATF_CHECK_EQ(getuid(), m.uid);
	ATF_CHECK_EQ(getgid(), m.gid);
	ATF_CHECK_EQ(getpid(), m.pid);
	ATF_CHECK_EQ(ROLE_ADMIN, m.role);
	close(fd);
	fix_free(f);
}

/* Our own callers get in when all connections are taken by idle ones. */
ATF_TC_WITHOUT_HEAD(idle_connections_make_room);
ATF_TC_BODY(idle_connections_make_room, tc)
{
	struct fix	*f = fix_new();
	struct json	*j;
	int		 first, fd, i;

	if (sysconf(_SC_OPEN_MAX) < 2 * CONN_MAX + 100)
		atf_tc_skip("not enough descriptors");
	fix_listen(f);
	first = fix_client(f);
	for (i = 1; i < CONN_MAX; i++)
		fix_client(f);
	ATF_CHECK_EQ(CONN_MAX, f->control->nconns);
	fd = fix_connect(f);
	j = fix_call(f, fd, PING);
	ATF_CHECK_EQ(4242, fix_int(j, "result.pid"));
	json_free(j);
	ATF_CHECK_EQ(CONN_MAX, f->control->nconns);
	check_closed(f, first);
	close(fd);
	fix_free(f);
}

/* When none is idle nothing is accepted until one ends. */
ATF_TC_WITHOUT_HEAD(accept_pauses_at_the_limit);
ATF_TC_BODY(accept_pauses_at_the_limit, tc)
{
	struct fix	*f = fix_new();
	struct conn	*c;
	struct json	*j;
	int		 fd, i;

	if (sysconf(_SC_OPEN_MAX) < 2 * CONN_MAX + 100)
		atf_tc_skip("not enough descriptors");
	fix_listen(f);
	for (i = 0; i < CONN_MAX; i++)
		fix_client(f);
	TAILQ_FOREACH(c, &f->control->conns, entry)
		c->client.waiting = 1;
	fd = fix_connect(f);
	fix_settle(f);
	ATF_CHECK(f->control->paused);
	ATF_CHECK_EQ(CONN_MAX, f->control->nconns);
	conn_drop(TAILQ_FIRST(&f->control->conns));
	ATF_CHECK(!f->control->paused);
	j = fix_call(f, fd, PING);
	ATF_CHECK_EQ(4242, fix_int(j, "result.pid"));
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(out_of_descriptors_turns_away_and_pauses);
ATF_TC_BODY(out_of_descriptors_turns_away_and_pauses, tc)
{
	struct fix	*f = fix_new();
	struct json	*j;
	struct rlimit	 limit = { 100, 100 };
	int		 fd, again, i, fill[200];

	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	fix_listen(f);
	fd = fix_connect(f);
	again = fix_connect(f);
	for (i = 0; i < 200 && (fill[i] = dup(fd)) != -1; i++)
		;
	ATF_REQUIRE(i < 200);
	j = fix_json(f, fd);		/* by the reserve */
	ATF_CHECK_EQ(-32029, fix_int(j, "error.code"));
	json_free(j);
	ATF_CHECK(f->control->paused);
	ATF_CHECK(f->control->reserve_fd != -1);
	while (i > 0)
		close(fill[--i]);
	event_active(f->control->resume, EV_TIMEOUT, 0);
	j = fix_call(f, again, PING);
	ATF_CHECK_EQ(4242, fix_int(j, "result.pid"));
	json_free(j);
	close(fd);
	close(again);
	fix_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, byte_by_byte);
	ATF_TP_ADD_TC(tp, request_of_one_mebibyte);
	ATF_TP_ADD_TC(tp, endless_line_is_refused);
	ATF_TP_ADD_TC(tp, ten_thousand_pipelined);
	ATF_TP_ADD_TC(tp, client_that_never_reads_is_dropped);
	ATF_TP_ADD_TC(tp, client_that_reads_gets_more_than_may_wait);
	ATF_TP_ADD_TC(tp, sixty_four_requests_wait_at_most);
	ATF_TP_ADD_TC(tp, end_of_file_waits_for_answers);
	ATF_TP_ADD_TC(tp, unfinished_request_is_not_executed);
	ATF_TP_ADD_TC(tp, deadline_of_an_unfinished_request);
	ATF_TP_ADD_TC(tp, caller_is_known_by_the_socket);
	ATF_TP_ADD_TC(tp, idle_connections_make_room);
	ATF_TP_ADD_TC(tp, accept_pauses_at_the_limit);
	ATF_TP_ADD_TC(tp, out_of_descriptors_turns_away_and_pauses);
	return (atf_no_error());
}
