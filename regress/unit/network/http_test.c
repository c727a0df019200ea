/* HTTP: routes, statuses, order, what is refused and what it costs. */
#include "fixture.h"

#define GET(path)	"GET " path " HTTP/1.1\r\nHost: h\r\n\r\n"

static struct fix *
fix_http_new(void)
{
	struct fix	*f = fix_new();

	fix_configure(f, ROLE_OPERATOR);
	fix_apps(f);
	return (f);
}

static int
has(const struct fix_http *r, const char *text)
{
	return (strstr(r->head, text) != NULL);
}

ATF_TC_WITHOUT_HEAD(everybody_may_ask_whether_it_is_there);
ATF_TC_BODY(everybody_may_ask_whether_it_is_there, tc)
{
	struct fix	*f = fix_http_new();
	struct fix_http	 r = { .status = 0 };
	int		 fd = fix_client(f, LISTENER_HTTP);

	fix_ask(f, fd, GET("/healthz"), &r);
	ATF_CHECK_EQ(200, r.status);
	ATF_CHECK_STREQ("ok\n", r.body);
	ATF_CHECK(has(&r, "X-Content-Type-Options: nosniff\n"));
	ATF_CHECK(has(&r, "Cache-Control: no-store\n"));
	ATF_CHECK(has(&r, "Content-Security-Policy: default-src 'none'"));
	ATF_CHECK(has(&r, "X-Frame-Options: DENY\n"));
	ATF_CHECK(!has(&r, "Strict-Transport-Security"));
	ATF_CHECK(!has(&r, "Connection: close"));
	ATF_CHECK(has(&r, "Date: "));
	/* and again on the same connection */
	fix_do(f, fd, "POST /rpc", "", PING, &r);
	ATF_CHECK_EQ(200, r.status);
	ATF_CHECK_EQ(4242, fix_int(r.body, "result.pid"));
	fix_http_free(&r);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(statuses_are_as_specified);
ATF_TC_BODY(statuses_are_as_specified, tc)
{
	static const struct {
		const char	*what;
		const char	*role;	/* "": no token; "-": a bad one */
		const char	*body;
		int		 status;
		int		 code;	/* of JSON-RPC, 0: do not look */
	} t[] = {
		{ "POST /rpc", "", LIST, 401, -32001 },
		{ "POST /rpc", "-", PING, 401, -32001 },
		{ "POST /rpc", "viewer", LIST, 200, 0 },
		{ "POST /rpc", "viewer", CALL(1, "OmnitronDaemon.stopApp",
		    "{\"name\":\"api\"}"), 403, -32003 },
		{ "POST /rpc", "admin", CALL(1, "OmnitronDaemon.shutdown",
		    "{}"), 403, -32003 },	/* the listener's cap */
		{ "POST /rpc", "root", LIST, 403, -32003 },
		{ "POST /rpc", "viewer", CALL(1, "OmnitronDaemon.getApp",
		    "{\"name\":\"no\"}"), 200, -32004 },
		{ "POST /rpc", "viewer", CALL(1, "OmnitronDaemon.nono",
		    "{}"), 200, -32601 },
		{ "POST /rpc", "", CALL(1, "OmnitronDaemon.nono", "{}"), 401,
		    -32001 },
		{ "POST /rpc", "viewer", "{", 400, -32700 },
		{ "POST /rpc", "viewer", "{}", 400, -32600 },
		{ "POST /rpc", "viewer", "[]", 400, -32600 },
		{ "POST /rpc", "viewer", "", 400, -32700 },
		{ "GET /rpc", "viewer", NULL, 405, 0 },
		{ "POST /healthz", "", "{}", 405, 0 },
		{ "PUT /rpc", "viewer", "{}", 405, 0 },
		{ "DELETE /nothing", "", NULL, 405, 0 },
		{ "HEAD /healthz", "", NULL, 405, 0 },
		{ "GET /nothing", "viewer", NULL, 404, 0 },
		{ "GET /healthz/", "", NULL, 404, 0 },
		{ "GET /%68ealthz", "", NULL, 404, 0 },
		{ "GET //healthz", "", NULL, 404, 0 },
		{ "GET /healthz?a=b", "", NULL, 200, 0 },
	};
	struct fix	*f = fix_http_new();
	struct fix_http	 r = { .status = 0 };
	const char	*token;
	size_t		 i;
	int		 fd = fix_client(f, LISTENER_HTTP), others = 0;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		token = t[i].role[0] == '\0' ? "" : t[i].role[0] == '-' ?
		    "a.b.c" : fix_token(t[i].role, "", 60);
		fix_do(f, fd, t[i].what, token, t[i].body, &r);
		ATF_CHECK_MSG(r.status == t[i].status, "%s %s %s: %d %s",
		    t[i].what, t[i].role, t[i].body, r.status, r.body);
		if (t[i].code != 0)
			ATF_CHECK_MSG(fix_int(r.body, "error.code") ==
			    t[i].code, "%s: %s", t[i].body, r.body);
		ATF_CHECK_EQ(r.status == 401, has(&r, "WWW-Authenticate: "
		    "Bearer"));
		ATF_CHECK_EQ(r.status == 405, has(&r, "Allow: "));
		if (!has(&r, "Connection: close"))
			continue;
		/* nobody knows how a response to that verb is framed */
		ATF_CHECK_MSG(strncmp(t[i].what, "GET", 3) != 0 &&
		    strncmp(t[i].what, "POST", 4) != 0, "%s", t[i].what);
		others++;
		close(fd);
		fd = fix_client(f, LISTENER_HTTP);
	}
	ATF_CHECK_EQ(3, others);
	fix_http_free(&r);
	close(fd);
	fix_free(f);
}

/* Read by others in pieces, in bunches, or not at all. */
ATF_TC_WITHOUT_HEAD(pipelined_requests_are_answered_in_order);
ATF_TC_BODY(pipelined_requests_are_answered_in_order, tc)
{
	struct fix	*f = fix_http_new();
	struct fix_http	 r = { .status = 0 };
	char		*text = xcalloc(1, 65536), one[512];
	const char	*token = fix_token("operator", "", 60);
	uint64_t	 id;
	int		 fd = fix_client(f, LISTENER_HTTP), i;

	for (i = 0; i < 100; i++) {
		snprintf(one, sizeof(one), "POST /rpc HTTP/1.1\r\nHost: h\r\n"
		    "Content-Length: 61\r\n\r\n{\"jsonrpc\":\"2.0\","
		    "\"id\":%5d,\"method\":\"OmnitronDaemon.ping\"}  ", i);
		strlcat(text, one, 65536);
	}
	ATF_REQUIRE_EQ(0, fix_write(f, fd, text, strlen(text)));
	for (i = 0; i < 100; i++) {
		fix_http(f, fd, &r);
		ATF_REQUIRE_EQ(200, r.status);
		ATF_REQUIRE_EQ(i, fix_int(r.body, "id"));
		fix_http_free(&r);
	}
	/* One that takes its time holds up those behind it. */
	snprintf(text, 65536, "POST /rpc HTTP/1.1\r\nHost: h\r\n"
	    "Authorization: bearer %s\r\nContent-Length: %zu\r\n\r\n%s%s",
	    token, strlen(CALL(7, "OmnitronDaemon.stopApp",
	    "{\"name\":\"api\"}")), CALL(7, "OmnitronDaemon.stopApp",
	    "{\"name\":\"api\"}"), GET("/healthz"));
	ATF_REQUIRE_EQ(0, fix_write(f, fd, text, strlen(text)));
	id = fix_request(f);
	ATF_CHECK_EQ(-1, read(fd, one, 1));
	fix_reply(f, id, OUT_OK, "");
	fix_http(f, fd, &r);
	ATF_CHECK_EQ(200, r.status);
	ATF_CHECK_EQ_MSG(7, fix_int(r.body, "id"), "%s", r.body);
	fix_http_free(&r);
	fix_http(f, fd, &r);
	ATF_CHECK_STREQ("ok\n", r.body);
	fix_http_free(&r);
	free(text);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(a_body_comes_in_pieces);
ATF_TC_BODY(a_body_comes_in_pieces, tc)
{
	struct fix	*f = fix_http_new();
	struct fix_http	 r = { .status = 0 };
	size_t		 i;
	int		 fd = fix_client(f, LISTENER_HTTP);

	for (i = 0; i < 3; i++) {
		char	 one[256];
		size_t	 j, n;

		n = (size_t)snprintf(one, sizeof(one), "POST /rpc HTTP/1.1\r\n"
		    "Host: h\r\nContent-Length: %zu\r\n\r\n%s", strlen(PING),
		    PING);
		for (j = 0; j < n; j++) {
			ATF_REQUIRE_EQ(0, fix_write(f, fd, one + j, 1));
			fix_spin(f);
		}
		fix_http(f, fd, &r);
		ATF_CHECK_EQ(200, r.status);
		fix_http_free(&r);
	}
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(large_bodies_are_bounded);
ATF_TC_BODY(large_bodies_are_bounded, tc)
{
	struct fix	*f = fix_http_new();
	struct fix_http	 r = { .status = 0 };
	const char	*token = fix_token("viewer", "", 60);
	char		*text = xcalloc(1, 2 * MIB);
	size_t		 n;
	int		 fd = fix_client(f, LISTENER_HTTP);

	/* the largest, of a bearer */
	n = (size_t)snprintf(text, MIB, "POST /rpc HTTP/1.1\r\nHost: h\r\n"
	    "Authorization: Bearer %s\r\nContent-Length: %zu\r\n\r\n", token,
	    MIB);
	memset(text + n, ' ', MIB);
	memcpy(text + n, PING, strlen(PING));
	ATF_REQUIRE_EQ(0, fix_write(f, fd, text, n + MIB));
	fix_http(f, fd, &r);
	ATF_CHECK_EQ(200, r.status);
	ATF_CHECK_EQ(0, f->nw->in_total);
	/* without a token: before it is sent */
	fix_ask(f, fd, "POST /rpc HTTP/1.1\r\nHost: h\r\n"
	    "Content-Length: 16385\r\n\r\n", &r);
	ATF_CHECK_EQ(413, r.status);
	ATF_CHECK(has(&r, "Connection: close"));
	fix_closed(f, fd);
	fd = fix_client(f, LISTENER_HTTP);
	fix_ask(f, fd, "POST /rpc HTTP/1.1\r\nHost: h\r\n"
	    "Content-Length: 1048577\r\n\r\n", &r);
	ATF_CHECK_EQ(413, r.status);
	fix_closed(f, fd);
	fix_http_free(&r);
	free(text);
	fix_free(f);
}

/* The body of what is refused is read, so that the next can be found. */
ATF_TC_WITHOUT_HEAD(a_refused_body_is_thrown_away);
ATF_TC_BODY(a_refused_body_is_thrown_away, tc)
{
	struct fix	*f = fix_http_new();
	struct fix_http	 r = { .status = 0 };
	int		 fd = fix_client(f, LISTENER_HTTP);

	fix_ask(f, fd, "POST /nothing HTTP/1.1\r\nHost: h\r\n"
	    "Content-Length: 20\r\n\r\n" "GET /healthz HTTP/1.", &r);
	ATF_CHECK_EQ(404, r.status);
	fix_ask(f, fd, GET("/healthz"), &r);
	ATF_CHECK_EQ(200, r.status);
	/* also when it is sent to be refused */
	fix_ask(f, fd, "POST /nothing HTTP/1.1\r\nHost: h\r\n"
	    "Expect: 100-continue\r\nContent-Length: 20\r\n\r\n", &r);
	ATF_CHECK_EQ(404, r.status);
	ATF_CHECK(has(&r, "Connection: close"));
	fix_closed(f, fd);
	fix_http_free(&r);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(who_waits_for_leave_gets_it);
ATF_TC_BODY(who_waits_for_leave_gets_it, tc)
{
	struct fix	*f = fix_http_new();
	struct fix_http	 r = { .status = 0 };
	int		 fd = fix_client(f, LISTENER_HTTP);

	fix_ask(f, fd, "POST /rpc HTTP/1.1\r\nHost: h\r\n"
	    "Expect: 100-continue\r\nContent-Length: 67\r\n\r\n", &r);
	ATF_CHECK_EQ(100, r.status);
	fix_ask(f, fd, PING, &r);
	ATF_CHECK_EQ(200, r.status);
	fix_http_free(&r);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(what_is_not_http_ends_the_connection);
ATF_TC_BODY(what_is_not_http_ends_the_connection, tc)
{
	static const char *const t[] = {
		"GET /healthz HTTP/1.1\nHost: h\n\n",
		"GET /healthz HTTP/1.1\r\n\r\n",
		"GET /healthz HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n",
		"POST /rpc HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
		    "Content-Length: 2\r\n\r\nab",
		"POST /rpc HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked"
		    "\r\n\r\n0\r\n\r\n",
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\"}\n",
	};
	struct fix	*f = fix_http_new();
	struct fix_http	 r = { .status = 0 };
	size_t		 i;
	int		 fd;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		fd = fix_client(f, LISTENER_HTTP);
		fix_ask(f, fd, t[i], &r);
		ATF_CHECK_EQ_MSG(400, r.status, "%s: %d", t[i], r.status);
		ATF_CHECK(has(&r, "Connection: close"));
		fix_closed(f, fd);
	}
	fix_http_free(&r);
	ATF_CHECK_EQ(0, f->nw->out_total);
	ATF_CHECK_EQ(0, f->nw->in_total);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(batches_and_notifications);
ATF_TC_BODY(batches_and_notifications, tc)
{
	struct fix	*f = fix_http_new();
	struct fix_http	 r = { .status = 0 };
	int		 fd = fix_client(f, LISTENER_HTTP);

	fix_do(f, fd, "POST /rpc", "", "[" PING "," LIST "]", &r);
	ATF_CHECK_EQ(200, r.status);
	ATF_CHECK(r.body[0] == '[');
	fix_do(f, fd, "POST /rpc", "",
	    "{\"jsonrpc\":\"2.0\",\"method\":\"OmnitronDaemon.ping\"}", &r);
	ATF_CHECK_EQ(204, r.status);
	ATF_CHECK(!has(&r, "Content-Length"));
	fix_do(f, fd, "POST /rpc", fix_token("viewer", "", 60),
	    CALL(1, "OmnitronLogs.streamLogs", "{}"), &r);
	ATF_CHECK(r.status != 200 || strstr(r.body, "error") != NULL);
	fix_http_free(&r);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(pages_of_other_origins_are_kept_out);
ATF_TC_BODY(pages_of_other_origins_are_kept_out, tc)
{
	struct fix	*f = fix_http_new();
	struct fix_http	 r = { .status = 0 };
	int		 fd = fix_client(f, LISTENER_HTTP);

	fix_ask(f, fd, "GET /healthz HTTP/1.1\r\nHost: h\r\n"
	    "Origin: https://page.example\r\n\r\n", &r);
	ATF_CHECK_EQ(200, r.status);
	ATF_CHECK(has(&r, "Access-Control-Allow-Origin: "
	    "https://page.example\n"));
	ATF_CHECK(has(&r, "Vary: Origin\n"));
	fix_ask(f, fd, "GET /healthz HTTP/1.1\r\nHost: h\r\n"
	    "Origin: https://evil.example\r\n\r\n", &r);
	ATF_CHECK_EQ(403, r.status);
	ATF_CHECK(!has(&r, "Access-Control-Allow-Origin"));
	fix_ask(f, fd, "GET /healthz HTTP/1.1\r\nHost: h\r\nOrigin: null\r\n"
	    "\r\n", &r);
	ATF_CHECK_EQ(403, r.status);
	fix_ask(f, fd, "OPTIONS /netron/invoke HTTP/1.1\r\nHost: h\r\n"
	    "Origin: https://page.example\r\n"
	    "Access-Control-Request-Method: POST\r\n\r\n", &r);
	ATF_CHECK_EQ(204, r.status);
	ATF_CHECK(has(&r, "Access-Control-Allow-Headers: Content-Type, "
	    "Authorization\n"));
	ATF_CHECK(has(&r, "Access-Control-Allow-Methods: "));
	ATF_CHECK(has(&r, "Access-Control-Max-Age: 86400\n"));
	fix_ask(f, fd, "OPTIONS /any HTTP/1.1\r\nHost: h\r\n"
	    "Origin: https://evil.example\r\n\r\n", &r);
	ATF_CHECK_EQ(403, r.status);
	fix_ask(f, fd, "OPTIONS /any HTTP/1.1\r\nHost: h\r\n\r\n", &r);
	ATF_CHECK_EQ(204, r.status);
	fix_http_free(&r);
	close(fd);
	fix_free(f);
}

/* An address that guesses is slowed down; who has a token is not. */
ATF_TC_WITHOUT_HEAD(guesses_are_limited_and_told);
ATF_TC_BODY(guesses_are_limited_and_told, tc)
{
	struct fix		*f = fix_http_new();
	struct fix_http		 r = { .status = 0 };
	struct m_auth_failed	 m;
	const char		*token = fix_token("viewer", "", 60);
	unsigned		 i, refused = 0;
	int			 fd = fix_client(f, LISTENER_HTTP);

	fix_do(f, fd, "POST /rpc", token, PING, &r);
	ATF_CHECK_EQ(200, r.status);
	for (i = 0; i < LIMITER_BURST + 3; i++) {
		fix_do(f, fd, "POST /rpc", "a.b.c", PING, &r);
		if (r.status == 401)
			refused++;
	}
	ATF_CHECK_EQ(LIMITER_BURST, refused);
	ATF_CHECK_EQ(429, r.status);
	ATF_CHECK(has(&r, "Retry-After: "));
	/* what was verified before is still known */
	fix_do(f, fd, "POST /rpc", token, PING, &r);
	ATF_CHECK_EQ(200, r.status);
	memcpy(&m, fix_take(f, M_AUTH_FAILED)->data, sizeof(m));
	ATF_CHECK_EQ(LIMITER_BURST, m.count);
	ATF_CHECK_EQ(1, m.http);
	fix_http_free(&r);
	close(fd);
	fix_free(f);
}

/* An end of what it sends is no end of what it is told. */
ATF_TC_WITHOUT_HEAD(half_closed_connections_are_answered);
ATF_TC_BODY(half_closed_connections_are_answered, tc)
{
	struct fix	*f = fix_http_new();
	struct fix_http	 r = { .status = 0 };
	int		 fd = fix_client(f, LISTENER_HTTP);

	ATF_REQUIRE_EQ(0, fix_write(f, fd, GET("/healthz") GET("/healthz"),
	    2 * strlen(GET("/healthz"))));
	shutdown(fd, SHUT_WR);
	fix_http(f, fd, &r);
	ATF_CHECK_EQ(200, r.status);
	fix_http_free(&r);
	fix_http(f, fd, &r);
	ATF_CHECK_EQ(200, r.status);
	fix_http_free(&r);
	fix_closed(f, fd);
	ATF_CHECK_EQ(0, f->nw->nconns);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(a_client_may_go_at_any_time);
ATF_TC_BODY(a_client_may_go_at_any_time, tc)
{
	struct fix	*f = fix_http_new();
	const char	*token = fix_token("operator", "", 60);
	char		 text[4096];
	size_t		 i, n;
	int		 fd;

	n = (size_t)snprintf(text, sizeof(text), "POST /rpc HTTP/1.1\r\n"
	    "Host: h\r\nAuthorization: Bearer %s\r\nContent-Length: %zu"
	    "\r\n\r\n%s", token, strlen(CALL(7, "OmnitronDaemon.stopApp",
	    "{\"name\":\"api\"}")), CALL(7, "OmnitronDaemon.stopApp",
	    "{\"name\":\"api\"}"));
	for (i = 0; i <= n; i += 7) {
		fd = fix_client(f, LISTENER_HTTP);
		ATF_REQUIRE_EQ(0, fix_write(f, fd, text, i));
		fix_settle(f);
		close(fd);
		fix_settle(f);
	}
	fd = fix_client(f, LISTENER_HTTP);
	ATF_REQUIRE_EQ(0, fix_write(f, fd, text, n));
	n = fix_request(f);
	close(fd);
	fix_settle(f);
	fix_reply(f, n, OUT_OK, "");
	fix_settle(f);
	fix_settle(f);
	ATF_CHECK_EQ(0, f->nw->nconns);
	ATF_CHECK_EQ(0, f->nw->in_total);
	ATF_CHECK_EQ(0, f->nw->out_total);
	fix_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, everybody_may_ask_whether_it_is_there);
	ATF_TP_ADD_TC(tp, statuses_are_as_specified);
	ATF_TP_ADD_TC(tp, pipelined_requests_are_answered_in_order);
	ATF_TP_ADD_TC(tp, a_body_comes_in_pieces);
	ATF_TP_ADD_TC(tp, large_bodies_are_bounded);
	ATF_TP_ADD_TC(tp, a_refused_body_is_thrown_away);
	ATF_TP_ADD_TC(tp, who_waits_for_leave_gets_it);
	ATF_TP_ADD_TC(tp, what_is_not_http_ends_the_connection);
	ATF_TP_ADD_TC(tp, batches_and_notifications);
	ATF_TP_ADD_TC(tp, pages_of_other_origins_are_kept_out);
	ATF_TP_ADD_TC(tp, guesses_are_limited_and_told);
	ATF_TP_ADD_TC(tp, half_closed_connections_are_answered);
	ATF_TP_ADD_TC(tp, a_client_may_go_at_any_time);
	return (atf_no_error());
}
