/* JSON-RPC: what is a request, what comes back. */
#include "regress/unit/rpc/fixture.h"

ATF_TC_WITHOUT_HEAD(ping_answers_before_anything_is_known);
ATF_TC_BODY(ping_answers_before_anything_is_known, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);
	struct json	*j = fix_call(f, fd, DAEMON("ping", "{}"));

	ATF_CHECK_STREQ("2.0", fix_string(j, "jsonrpc"));
	ATF_CHECK_EQ(1, fix_int(j, "id"));
	ATF_CHECK_EQ(4242, fix_int(j, "result.pid"));
	ATF_CHECK_STREQ(VERSION, fix_string(j, "result.version"));
	ATF_CHECK(fix_int(j, "result.uptime") >= 0);
	json_free(j);
	fix_fails(f, fd, DAEMON("list", "{}"), -32053, "starting");
	fix_fails(f, fd, DAEMON("startApp", "{\"name\":\"api\"}"), -32053,
	    "starting");
	fix_apps(f);
	j = fix_call(f, fd, DAEMON("list", "{}"));
	ATF_CHECK_EQ(3, fix_get(j, "result")->count);
	json_free(j);
	close(fd);
	fix_free(f);
}

/* The text of an id comes back as it was sent. */
static void
check_id(struct fix *f, int fd, const char *id, const char *back)
{
	char	 text[1024], want[1024], *line;

	snprintf(text, sizeof(text), "{\"method\":\"OmnitronDaemon.ping\","
	    "\"params\":{},\"id\" : %s ,\"jsonrpc\":\"2.0\"}", id);
	snprintf(want, sizeof(want), "{\"jsonrpc\":\"2.0\",\"id\":%s,", back);
	fix_send(f, fd, text);
	line = fix_line(f, fd);
	ATF_REQUIRE(line != NULL);
	ATF_CHECK_MSG(strncmp(line, want, strlen(want)) == 0, "%s: %s", want,
	    line);
	free(line);
}

ATF_TC_WITHOUT_HEAD(id_comes_back_exactly);
ATF_TC_BODY(id_comes_back_exactly, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);

	check_id(f, fd, "1", "1");
	check_id(f, fd, "0", "0");
	check_id(f, fd, "-7", "-7");
	check_id(f, fd, "9223372036854775807", "9223372036854775807");
	check_id(f, fd, "null", "null");
	check_id(f, fd, "1.5", "1.5");
	check_id(f, fd, "1.50e3", "1.50e3");
	check_id(f, fd, "12345678901234567890", "12345678901234567890");
	check_id(f, fd, "\"a\"", "\"a\"");
	check_id(f, fd, "\"\"", "\"\"");
	check_id(f, fd, "\"q\\\"\\\\ \\n\"", "\"q\\\"\\\\ \\n\"");
	check_id(f, fd, "\"\xc3\xa9\"", "\"\xc3\xa9\"");
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(bad_ids_are_invalid_requests);
ATF_TC_BODY(bad_ids_are_invalid_requests, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);
	char		 text[2048], id[600];

	fix_fails(f, fd, "{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"x\"}",
	    -32600, "id must be");
	fix_fails(f, fd, "{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"x\"}",
	    -32600, "id must be");
	fix_fails(f, fd, "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"x\"}",
	    -32600, "id must be");
	memset(id, 'a', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	snprintf(text, sizeof(text),
	    "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"method\":\"x\"}", id);
	fix_fails(f, fd, text, -32600, "id must be");
	memset(id, '1', sizeof(id) - 1);
	snprintf(text, sizeof(text),
	    "{\"jsonrpc\":\"2.0\",\"id\":0.%s,\"method\":\"x\"}", id);
	fix_fails(f, fd, text, -32600, "id must be");
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(what_is_no_json_is_a_parse_error);
ATF_TC_BODY(what_is_no_json_is_a_parse_error, tc)
{
	static const char *const	 bad[] = { "", " ", "{", "nonsense",
	    "{\"jsonrpc\":\"2.0\"", "{}{}", "[1,]", "\xff\xfe",
	    "{\"a\":1,\"a\":2}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\u0000\"}",
	    "// hi", "{\"id\":1e999}", "'a'", "{\"a\":\"\t\"}",
	    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]" };
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);
	size_t		 i;
	struct json	*j;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		fix_fails(f, fd, bad[i], -32700, "not valid JSON");
	ATF_REQUIRE_EQ(0, fix_write(f, fd, "a\0b\n", 4));
	j = fix_json(f, fd);
	ATF_CHECK_EQ(-32700, fix_int(j, "error.code"));
	ATF_CHECK_EQ(JSON_NULL, fix_get(j, "id")->type);
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(what_is_no_request_is_invalid);
ATF_TC_BODY(what_is_no_request_is_invalid, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);

	fix_fails(f, fd, "1", -32600, "must be an object");
	fix_fails(f, fd, "null", -32600, "must be an object");
	fix_fails(f, fd, "\"ping\"", -32600, "must be an object");
	fix_fails(f, fd, "{}", -32600, "2.0");
	fix_fails(f, fd, "{\"jsonrpc\":\"1.0\",\"method\":\"x\",\"id\":1}",
	    -32600, "2.0");
	fix_fails(f, fd, "{\"jsonrpc\":2.0,\"method\":\"x\",\"id\":1}",
	    -32600, "2.0");
	fix_fails(f, fd, "{\"jsonrpc\":\"2.0\",\"id\":1}", -32600, "method");
	fix_fails(f, fd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":3}",
	    -32600, "method");
	fix_fails(f, fd,
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\",\"extra\":1}",
	    -32600, "known");
	fix_fails(f, fd,
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\",\"params\":1}",
	    -32600, "params");
	fix_fails(f, fd, DAEMON("ping", "[]"), -32602, "by name");
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(unknown_methods_are_named_with_the_nearest);
ATF_TC_BODY(unknown_methods_are_named_with_the_nearest, tc)
{
	static const char *const	 later[] = { "upgrade" };
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);
	struct json	*j;
	char		 text[256];
	size_t		 i;

	fix_fails(f, fd, DAEMON("pign", "{}"), -32601,
	    "'OmnitronDaemon.pign' not found; did you mean "
	    "'OmnitronDaemon.ping'?");
	fix_fails(f, fd, DAEMON("pin", "{}"), -32601,
	    "did you mean 'OmnitronDaemon.ping'?");
	fix_fails(f, fd, CALL(1, "OmnitronDeamon.pign", "{}"), -32601,
	    "did you mean 'OmnitronDaemon.ping'?");
	/* a service that is right makes nothing near */
	fix_send(f, fd, DAEMON("nope", "{}"));
	j = fix_json(f, fd);
	ATF_CHECK_STREQ("method 'OmnitronDaemon.nope' not found",
	    fix_string(j, "error.message"));
	json_free(j);
	fix_fails(f, fd, CALL(1, "ping", "{}"), -32601,
	    "'OmnitronDaemon.ping'");
	fix_fails(f, fd, CALL(1, "", "{}"), -32601, "not found");
	fix_fails(f, fd, CALL(1, "Quite.different", "{}"), -32601,
	    "not found");
	for (i = 0; i < sizeof(later) / sizeof(later[0]); i++) {
		snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":1,"
		    "\"method\":\"OmnitronDaemon.%s\"}", later[i]);
		fix_fails(f, fd, text, -32601, "not found");
	}
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(roles_are_checked);
ATF_TC_BODY(roles_are_checked, tc)
{
	struct fix	*f = fix_new();
	int		 fd, m;
	char		 text[256];
	struct json	*j;
	enum role	 role;

	fix_apps(f);
	for (role = ROLE_NONE; role < ROLE_MAX; role++) {
		fd = fix_client_as(f, role, 0);
		for (m = 0; m < METHOD_MAX; m++) {
			/* an unknown parameter: nothing is ever done */
			snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\","
			    "\"id\":1,\"method\":\"%s\",\"params\":"
			    "{\"no such\":1}}", methods[m].name);
			j = fix_call(f, fd, text);
			ATF_CHECK_EQ_MSG(role < methods[m].role ? -32003 :
			    -32602, fix_int(j, "error.code"), "%s as %s",
			    methods[m].name, role_name(role));
			json_free(j);
		}
		close(fd);
	}
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(notifications_are_executed_and_not_answered);
ATF_TC_BODY(notifications_are_executed_and_not_answered, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_request	 m;
	struct json		*j;

	fix_apps(f);
	fix_send(f, fd, "{\"jsonrpc\":\"2.0\",\"method\":"
	    "\"OmnitronDaemon.stopApp\",\"params\":{\"name\":\"api\"}}");
	m = fix_request(f);
	ATF_CHECK_EQ(OP_STOP, m.op);
	ATF_CHECK_EQ(1, m.app);
	fix_reply(f, m.id, OUT_OK, 0, 1, "");
	fix_send(f, fd, "{\"jsonrpc\":\"2.0\",\"method\":\"No.such\"}");
	fix_send(f, fd, "{\"jsonrpc\":\"2.0\",\"method\":"
	    "\"OmnitronDaemon.getApp\",\"params\":{\"name\":\"nix\"}}");
	j = fix_call(f, fd, CALL(9, "OmnitronDaemon.ping", "{}"));
	ATF_CHECK_EQ(9, fix_int(j, "id"));
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(batches_are_answered_together);
ATF_TC_BODY(batches_are_answered_together, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_request	 m;
	struct json		*j;

	fix_apps(f);
	fix_send(f, fd, "[" CALL(1, "OmnitronDaemon.ping", "{}") ","
	    CALL(2, "OmnitronDaemon.stopApp", "{\"name\":\"api\"}") ",7,"
	    "{\"jsonrpc\":\"2.0\",\"method\":\"OmnitronDaemon.ping\"}]");
	m = fix_request(f);
	fix_reply(f, m.id, OUT_OK, REPLY_KILLED, 1, "");
	j = fix_json(f, fd);
	ATF_REQUIRE_EQ(JSON_ARRAY, j->type);
	ATF_REQUIRE_EQ(3, j->count);
	ATF_CHECK_EQ(1, fix_int(j, "0.id"));
	ATF_CHECK_EQ(-32600, fix_int(j, "1.error.code"));
	ATF_CHECK_EQ(2, fix_int(j, "2.id"));
	ATF_CHECK_EQ(1, fix_bool(j, "2.result.killed"));
	json_free(j);
	fix_fails(f, fd, "[]", -32600, "between 1 and 64");
	/* of notifications only: nothing comes back */
	fix_send(f, fd,
	    "[{\"jsonrpc\":\"2.0\",\"method\":\"OmnitronDaemon.ping\"}]");
	j = fix_call(f, fd, CALL(5, "OmnitronDaemon.ping", "{}"));
	ATF_CHECK_EQ(5, fix_int(j, "id"));
	json_free(j);
	/* a client that goes with its batch half answered */
	fix_send(f, fd, "[" CALL(1, "OmnitronDaemon.ping", "{}") ","
	    CALL(2, "OmnitronDaemon.stopApp", "{\"name\":\"api\"}") "]");
	m = fix_request(f);
	fix_settle(f);
	conn_close_all(f->control);
	fix_reply(f, m.id, OUT_OK, 0, 1, "");
	fix_settle(f);
	close(fd);
	fix_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, ping_answers_before_anything_is_known);
	ATF_TP_ADD_TC(tp, id_comes_back_exactly);
	ATF_TP_ADD_TC(tp, bad_ids_are_invalid_requests);
	ATF_TP_ADD_TC(tp, what_is_no_json_is_a_parse_error);
	ATF_TP_ADD_TC(tp, what_is_no_request_is_invalid);
	ATF_TP_ADD_TC(tp, unknown_methods_are_named_with_the_nearest);
	ATF_TP_ADD_TC(tp, roles_are_checked);
	ATF_TP_ADD_TC(tp, notifications_are_executed_and_not_answered);
	ATF_TP_ADD_TC(tp, batches_are_answered_together);
	return (atf_no_error());
}
