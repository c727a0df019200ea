/* TCP: authenticate first, and what a token is worth from then on. */
#include <sys/resource.h>

#include "fixture.h"

static struct fix *
fix_tcp_new(enum role cap)
{
	struct fix	*f = fix_new();

	fix_configure(f, cap);
	fix_apps(f);
	return (f);
}

/* The number of the error that a line is answered with; 0: none. */
static int64_t
error_of(struct fix *f, int fd, const char *text)
{
	char	*line;
	int64_t	 code;

	ATF_REQUIRE_EQ(0, fix_write(f, fd, text, strlen(text)));
	ATF_REQUIRE_EQ(0, fix_write(f, fd, "\n", 1));
	ATF_REQUIRE((line = fix_line(f, fd)) != NULL);
	code = fix_int(line, "error.code");
	free(line);
	return (code == -99999 ? 0 : code);
}

static int64_t
authenticate(struct fix *f, int fd, const char *token)
{
	char	 text[4096];

	snprintf(text, sizeof(text), CALL(9, "OmnitronAuth.authenticate",
	    "{\"token\":\"%s\"}"), token);
	return (error_of(f, fd, text));
}

ATF_TC_WITHOUT_HEAD(before_a_token_there_is_ping);
ATF_TC_BODY(before_a_token_there_is_ping, tc)
{
	struct fix	*f = fix_tcp_new(ROLE_ADMIN);
	int		 fd = fix_client(f, LISTENER_TCP), m;
	char		 text[256];

	ATF_CHECK_EQ(0, error_of(f, fd, PING));
	for (m = 0; m < METHOD_MAX; m++) {
		if (methods[m].role == ROLE_NONE)
			continue;
		snprintf(text, sizeof(text), CALL(1, "%s", "{}"),
		    methods[m].name);
		ATF_CHECK_EQ_MSG(-32001, error_of(f, fd, text), "%s", text);
	}
	/* what there is not is not told apart from what there is */
	ATF_CHECK_EQ(-32001, error_of(f, fd, CALL(1, "No.such", "{}")));
	ATF_CHECK_EQ(-32001, authenticate(f, fd, "a.b.c"));
	ATF_CHECK_EQ(-32001, error_of(f, fd, LIST));
	ATF_CHECK_EQ(0, authenticate(f, fd, fix_token("viewer", "", 60)));
	ATF_CHECK_EQ(0, error_of(f, fd, LIST));
	ATF_CHECK_EQ(-32003, error_of(f, fd, CALL(1,
	    "OmnitronDaemon.stopApp", "{\"name\":\"api\"}")));
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(a_token_is_looked_at_with_each_request);
ATF_TC_BODY(a_token_is_looked_at_with_each_request, tc)
{
	struct fix		*f = fix_tcp_new(ROLE_ADMIN);
	struct m_revocation	 m = { .until_ms = 0 };
	int			 fd = fix_client(f, LISTENER_TCP);
	int			 other = fix_client(f, LISTENER_TCP);
	time_t			 end = time(NULL) + FIX_SECONDS;

	ATF_CHECK_EQ(0, authenticate(f, fd, fix_token("viewer", "j1", 2)));
	ATF_CHECK_EQ(0, authenticate(f, other, fix_token("viewer", "j2",
	    60)));
	while (error_of(f, fd, LIST) == 0)
		ATF_REQUIRE(time(NULL) < end);
	ATF_CHECK_EQ(-32001, error_of(f, fd, LIST));
	ATF_CHECK_EQ(0, error_of(f, fd, PING));
	ATF_CHECK_EQ(0, error_of(f, other, LIST));
	peer_send(f->far[K_SUPERVISOR], M_REVOCATION, -1, &m, "j2", NULL);
	fix_settle(f);
	ATF_CHECK_EQ(-32001, error_of(f, other, LIST));
	/* nor does it come in again with that one, but with another */
	ATF_CHECK_EQ(-32001, authenticate(f, other, fix_token("viewer", "j2",
	    60)));
	ATF_CHECK_EQ(0, authenticate(f, other, fix_token("viewer", "j3",
	    60)));
	ATF_CHECK_EQ(0, error_of(f, other, LIST));
	close(fd);
	close(other);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(lines_before_a_token_are_short);
ATF_TC_BODY(lines_before_a_token_are_short, tc)
{
	struct fix	*f = fix_tcp_new(ROLE_ADMIN);
	char		*text = xcalloc(1, 2 * MIB), *line;
	int		 fd = fix_client(f, LISTENER_TCP);

	memset(text, ' ', 2 * MIB);
	ATF_REQUIRE_EQ(0, fix_write(f, fd, text, ANON_REQUEST_MAX + 1));
	ATF_REQUIRE((line = fix_line(f, fd)) != NULL);
	ATF_CHECK_EQ(-32600, fix_int(line, "error.code"));
	free(line);
	fix_closed(f, fd);
	fd = fix_client(f, LISTENER_TCP);
	ATF_REQUIRE_EQ(0, authenticate(f, fd, fix_token("viewer", "", 60)));
	memcpy(text, PING, strlen(PING));
	text[MIB - 1] = '\0';
	ATF_CHECK_EQ(0, error_of(f, fd, text));
	ATF_CHECK_EQ(0, f->nw->in_total);
	memset(text + MIB - 1, ' ', MIB);
	text[MIB + 2] = '\0';
	ATF_CHECK_EQ(-32600, error_of(f, fd, text));
	fix_closed(f, fd);
	free(text);
	ATF_CHECK_EQ(0, f->nw->in_total);
	ATF_CHECK_EQ(0, f->nw->nconns);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(many_lines_at_once);
ATF_TC_BODY(many_lines_at_once, tc)
{
	struct fix	*f = fix_tcp_new(ROLE_ADMIN);
	const size_t	 len = strlen(PING) + 1;
	char		*text = xcalloc(2000, len + 1), *line;
	int		 fd = fix_client(f, LISTENER_TCP), i;

	for (i = 0; i < 2000; i++)
		memcpy(text + (size_t)i * len, PING "\n", len);
	ATF_REQUIRE_EQ(0, fix_write(f, fd, text, 2000 * len));
	for (i = 0; i < 2000; i++) {
		ATF_REQUIRE((line = fix_line(f, fd)) != NULL);
		free(line);
	}
	shutdown(fd, SHUT_WR);
	fix_closed(f, fd);
	ATF_CHECK_EQ(0, f->nw->nconns);
	free(text);
	fix_free(f);
}

/* It asks and does not read: it loses its connection, others lose nothing. */
ATF_TC_WITHOUT_HEAD(who_does_not_read_is_closed);
ATF_TC_BODY(who_does_not_read_is_closed, tc)
{
	struct fix	*f = fix_tcp_new(ROLE_ADMIN);
	const char	*call = CALL(1, "OmnitronSystem.describe", "{}") "\n";
	time_t		 end = time(NULL) + FIX_SECONDS;
	int		 fd = fix_client(f, LISTENER_TCP), gone = 0;
	int		 other = fix_client(f, LISTENER_TCP);

	ATF_REQUIRE_EQ(0, authenticate(f, fd, fix_token("viewer", "", 60)));
	while (!gone && time(NULL) < end) {
		if (write(fd, call, strlen(call)) == -1 && errno != EAGAIN)
			gone = 1;
		fix_spin(f);
		ATF_REQUIRE(f->nw->out_total < 16 * MIB);
	}
	ATF_CHECK(gone);
	ATF_CHECK_EQ(0, error_of(f, other, PING));
	close(fd);
	close(other);
	fix_settle(f);
	ATF_CHECK_EQ(0, f->nw->out_total);
	ATF_CHECK_EQ(0, f->nw->nconns);
	fix_free(f);
}

/* The address is that of all, so it is the limit of one. */
ATF_TC_WITHOUT_HEAD(an_address_has_so_many_connections);
ATF_TC_BODY(an_address_has_so_many_connections, tc)
{
	struct fix	*f = fix_tcp_new(ROLE_ADMIN);
	int		 fd[CONN_PER_ADDRESS], more;
	unsigned	 i;

	for (i = 0; i < CONN_PER_ADDRESS; i++)
		fd[i] = fix_client(f, i % 2 ? LISTENER_TCP : LISTENER_HTTP);
	ATF_CHECK_EQ(CONN_PER_ADDRESS, f->nw->nconns);
	more = fix_client(f, LISTENER_TCP);
	fix_closed(f, more);
	ATF_CHECK_EQ(0, error_of(f, fd[1], PING));
	close(fd[0]);
	fix_settle(f);
	more = fix_client(f, LISTENER_TCP);
	ATF_CHECK_EQ(0, error_of(f, more, PING));
	close(more);
	for (i = 1; i < CONN_PER_ADDRESS; i++)
		close(fd[i]);
	fix_settle(f);
	ATF_CHECK_EQ(0, f->nw->nconns);
	fix_free(f);
}

/* One is turned away and told so by that; the others wait a second. */
ATF_TC_WITHOUT_HEAD(without_descriptors_it_waits);
ATF_TC_BODY(without_descriptors_it_waits, tc)
{
	struct fix		*f = fix_tcp_new(ROLE_ADMIN);
	struct sockaddr_in	 sin;
	struct rlimit		 rl, few;
	time_t			 end = time(NULL) + FIX_SECONDS;
	int			 fd[3], i;
	char			 c;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sin.sin_port = htons(f->port[LISTENER_TCP]);
	for (i = 0; i < 3; i++) {
		fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		ATF_REQUIRE(connect(fd[i], (struct sockaddr *)&sin,
		    sizeof(sin)) == 0);
		fcntl(fd[i], F_SETFL, O_NONBLOCK);
	}
	ATF_REQUIRE(getrlimit(RLIMIT_NOFILE, &rl) == 0);
	few = rl;
	few.rlim_cur = (rlim_t)(i = dup(fd[0]));
	close(i);
	ATF_REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
	fix_settle(f);
	ATF_CHECK_EQ(1, f->nw->paused);
	ATF_CHECK_EQ(0, f->nw->nconns);
	ATF_CHECK(f->nw->reserve_fd != -1);
	ATF_REQUIRE(setrlimit(RLIMIT_NOFILE, &rl) == 0);
	ATF_CHECK(!fix_byte(f, fd[0], &c));
	while (f->nw->nconns < 2 && time(NULL) < end)
		fix_spin(f);
	ATF_CHECK_EQ(0, error_of(f, fd[1], PING));
	ATF_CHECK_EQ(0, error_of(f, fd[2], PING));
	for (i = 0; i < 3; i++)
		close(fd[i]);
	fix_settle(f);
	fix_free(f);
}

/* All deadlines that a stranger can be given, at once: 5 and 10 seconds. */
ATF_TC(silence_and_slowness_end);
ATF_TC_HEAD(silence_and_slowness_end, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(silence_and_slowness_end, tc)
{
	static const char	 slow[] = "POST /rpc HTTP/1.1\r\nHost: h\r\n"
				    "Content-Length: 9999\r\n\r\n";
	struct fix		*f = fix_tcp_new(ROLE_ADMIN);
	int			 tcp = fix_client(f, LISTENER_TCP);
	int			 http = fix_client(f, LISTENER_HTTP);
	int			 head = fix_client(f, LISTENER_HTTP);
	int			 body = fix_client(f, LISTENER_HTTP);
	int			 good = fix_client(f, LISTENER_TCP);
	struct fix_http		 r = { .status = 0 };
	time_t			 began = time(NULL), now;
	size_t			 i = 0;

	ATF_REQUIRE_EQ(0, authenticate(f, good, fix_token("viewer", "", 60)));
	ATF_REQUIRE_EQ(0, fix_write(f, body, slow, strlen(slow)));
	/* a byte a second does not prolong it, nor do pings */
	while (f->nw->nconns > 1 && (now = time(NULL)) < began + 30) {
		if ((size_t)(now - began) > i) {
			i = (size_t)(now - began);
			fix_write(f, head, slow + i, 1);
			fix_write(f, body, "x", 1);
			fix_write(f, tcp, PING "\n", strlen(PING) + 1);
		}
		fix_spin(f);
		usleep(1000);
	}
	ATF_CHECK(time(NULL) >= began + 9);
	ATF_CHECK_MSG(time(NULL) <= began + 15, "%lld s",
	    (long long)(time(NULL) - began));
	fix_http(f, head, &r);
	ATF_CHECK_EQ(408, r.status);
	fix_http_free(&r);
	fix_http(f, body, &r);
	ATF_CHECK_EQ(408, r.status);
	fix_http_free(&r);
	fix_closed(f, http);
	ATF_CHECK_EQ(0, error_of(f, good, LIST));
	close(tcp);
	close(head);
	close(body);
	close(good);
	fix_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, before_a_token_there_is_ping);
	ATF_TP_ADD_TC(tp, a_token_is_looked_at_with_each_request);
	ATF_TP_ADD_TC(tp, lines_before_a_token_are_short);
	ATF_TP_ADD_TC(tp, many_lines_at_once);
	ATF_TP_ADD_TC(tp, who_does_not_read_is_closed);
	ATF_TP_ADD_TC(tp, an_address_has_so_many_connections);
	ATF_TP_ADD_TC(tp, without_descriptors_it_waits);
	ATF_TP_ADD_TC(tp, silence_and_slowness_end);
	return (atf_no_error());
}
