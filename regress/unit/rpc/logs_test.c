/* Log queries, subscriptions, inspect. */
#include "regress/unit/rpc/fixture.h"

ATF_TC_WITHOUT_HEAD(lines_of_a_query);
ATF_TC_BODY(lines_of_a_query, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_request	 m;
	struct json		*j;

	fix_apps(f);
	fix_send(f, fd, DAEMON("getLogs", "{\"name\":\"api\",\"lines\":2,"
	    "\"level\":\"warn\",\"since\":5,\"until\":9}"));
	m = fix_request(f);
	ATF_CHECK_EQ(OP_LOGS, m.op);
	ATF_CHECK_EQ(1, m.app);
	ATF_CHECK_EQ(2, m.number);
	ATF_CHECK_EQ(3, m.level);
	ATF_CHECK_EQ(5, m.since_ms);
	ATF_CHECK_EQ(9, m.until_ms);
	fix_logs(f, m.id, "one");
	fix_log(f, m.id, RECORD_MORE, "api", "tw", 2);
	fix_log(f, m.id, RECORD_MORE, "api", "", 0);
	fix_log(f, m.id, 0, "api", "o\0!", 3);
	fix_logs(f, m.id, "");
	fix_log_done(f, m.id, OUT_OK, "");
	j = fix_json(f, fd);
	/* the last two */
	ATF_REQUIRE_EQ(2, fix_get(j, "result")->count);
	ATF_CHECK_EQ(1700000000123, fix_int(j, "result.0.timestamp"));
	ATF_CHECK_STREQ("api", fix_string(j, "result.0.app"));
	ATF_CHECK_EQ(77, fix_int(j, "result.0.pid"));
	ATF_CHECK_STREQ("stderr", fix_string(j, "result.0.stream"));
	ATF_CHECK_STREQ("error", fix_string(j, "result.0.level"));
	ATF_CHECK_STREQ("two\xef\xbf\xbd!", fix_string(j, "result.0.message"));
	ATF_CHECK_STREQ("", fix_string(j, "result.1.message"));
	json_free(j);
	ATF_CHECK_EQ(0, f->net->log_bytes);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(message_is_put_together);
ATF_TC_BODY(message_is_put_together, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f), i;
	struct m_request	 m;
	char			 part[LOG_TEXT_PART];
	struct json		*j;

	fix_apps(f);
	fix_send(f, fd, DAEMON("getLogs", "{}"));
	m = fix_request(f);
	memset(part, 'x', sizeof(part));
	for (i = 0; i < 40; i++) {	/* 320 KiB: cut at 256 */
		fix_log(f, m.id, RECORD_MORE, "api", part, sizeof(part));
		fix_settle(f);
	}
	fix_logs(f, m.id, "end");
	fix_logs(f, m.id, "two");
	fix_log_done(f, m.id, OUT_OK, "");
	j = fix_json(f, fd);
	ATF_REQUIRE_EQ(2, fix_get(j, "result")->count);
	ATF_CHECK_EQ(LOG_MESSAGE_MAX, fix_get(j, "result.0.message")->count);
	ATF_CHECK_STREQ("two", fix_string(j, "result.1.message"));
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(grep_finds_the_last_that_match);
ATF_TC_BODY(grep_finds_the_last_that_match, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f), i;
	struct m_request	 m;
	char			 text[64];
	struct json		*j;

	fix_apps(f);
	fix_send(f, fd, DAEMON("getLogs",
	    "{\"grep\":\"^(a|b)[0-9]{2}$\",\"lines\":3}"));
	m = fix_request(f);
	ATF_CHECK_EQ(LOG_LINES_MAX, m.number);
	for (i = 0; i < 50; i++) {
		snprintf(text, sizeof(text), "%c%d", "abc"[i % 3], i);
		fix_logs(f, m.id, text);
	}
	fix_log_done(f, m.id, OUT_OK, "");
	j = fix_json(f, fd);
	ATF_REQUIRE_EQ(3, fix_get(j, "result")->count);
	ATF_CHECK_STREQ("b46", fix_string(j, "result.0.message"));
	ATF_CHECK_STREQ("a48", fix_string(j, "result.1.message"));
	ATF_CHECK_STREQ("b49", fix_string(j, "result.2.message"));
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(records_get_receipts);
ATF_TC_BODY(records_get_receipts, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f), i;
	struct m_request	 m;
	struct m_log_got	 got;

	fix_apps(f);
	fix_send(f, fd, DAEMON("getLogs", "{}"));
	m = fix_request(f);
	for (i = 0; i < 100; i++)
		fix_logs(f, m.id, "x");
	for (i = 0; i < 3; i++) {
		memcpy(&got, fix_take(f, M_LOG_GOT), sizeof(got));
		ATF_CHECK_EQ(m.id, got.id);
		ATF_CHECK_EQ(GOT_RECORDS, got.records);
	}
	fix_settle(f);
	ATF_CHECK_EQ(3, fix_count(f, M_LOG_GOT));
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(daemon_has_a_log_of_its_own);
ATF_TC_BODY(daemon_has_a_log_of_its_own, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_request	 m;

	fix_apps(f);
	fix_send(f, fd, DAEMON("getLogs", "{\"name\":\"omnitrond\"}"));
	m = fix_request(f);
	ATF_CHECK_EQ(0, m.app);
	ATF_CHECK(m.flags & REQ_SYSTEM);
	/* unless an app has the name */
	fix_app(f, 44, "omnitrond", S_ONLINE);
	fix_sync(f);
	fix_send(f, fd, DAEMON("getLogs", "{\"name\":\"omnitrond\"}"));
	m = fix_request(f);
	ATF_CHECK_EQ(44, m.app);
	ATF_CHECK_EQ(0, m.flags & REQ_SYSTEM);
	close(fd);
	fix_free(f);
}

static int64_t
subscribe(struct fix *f, int fd, const char *params, struct m_request *m)
{
	char		 call[512];
	struct json	*j;
	int64_t		 n;

	snprintf(call, sizeof(call), "{\"jsonrpc\":\"2.0\",\"id\":1,"
	    "\"method\":\"OmnitronLogs.streamLogs\",\"params\":%s}", params);
	j = fix_call(f, fd, call);
	n = fix_int(j, "result.subscription");
	json_free(j);
	*m = fix_request(f);
	return (n);
}

ATF_TC_WITHOUT_HEAD(stream_of_entries);
ATF_TC_BODY(stream_of_entries, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_request	 m;
	struct m_log_got	 got;
	struct json		*j;
	int64_t			 n;
	char			 call[128];

	fix_apps(f);
	n = subscribe(f, fd, "{\"app\":\"api\",\"lines\":5,\"grep\":\"a\"}",
	    &m);
	ATF_CHECK_EQ(REQ_FOLLOW, m.flags);
	ATF_CHECK_EQ(5, m.number);
	fix_logs(f, m.id, "b");
	fix_log_done(f, m.id, OUT_OK, "");	/* the backlog's end */
	fix_log(f, m.id, RECORD_FOLLOWED, "api", "abc", 3);
	j = fix_json(f, fd);
	ATF_CHECK_STREQ("OmnitronLogs.entry", fix_string(j, "method"));
	ATF_CHECK_EQ(n, fix_int(j, "params.subscription"));
	ATF_CHECK_STREQ("abc", fix_string(j, "params.entry.message"));
	ATF_CHECK(fix_get(j, "params.dropped") == NULL);
	ATF_CHECK(fix_get(j, "id") == NULL);
	json_free(j);
	/* it is no request that waits */
	ATF_CHECK_EQ(0, TAILQ_FIRST(&f->control->conns)->client.waiting);
	snprintf(call, sizeof(call), CALL(1, "OmnitronLogs.unsubscribe",
	    "{\"subscription\":%lld}"), (long long)n);
	j = fix_call(f, fd, call);
	ATF_CHECK_EQ(1, fix_bool(j, "result.success"));
	json_free(j);
	memcpy(&got, fix_take(f, M_LOG_CLOSE), sizeof(got));
	ATF_CHECK_EQ(m.id, got.id);
	fix_logs(f, m.id, "a late one is closed again");
	memcpy(&got, fix_take(f, M_LOG_CLOSE), sizeof(got));
	ATF_CHECK_EQ(m.id, got.id);
	fix_fails(f, fd, call, -32004, "no subscription");
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(stream_ends_with_its_connection);
ATF_TC_BODY(stream_ends_with_its_connection, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_request	 m;
	struct m_log_got	 got;

	fix_apps(f);
	subscribe(f, fd, "{}", &m);
	close(fd);
	memcpy(&got, fix_take(f, M_LOG_CLOSE), sizeof(got));
	ATF_CHECK_EQ(m.id, got.id);
	ATF_CHECK_EQ(0, f->control->nconns);
	/* the logger opened it only then: it is told again */
	fix_log_done(f, m.id, OUT_OK, "");
	memcpy(&got, fix_take(f, M_LOG_CLOSE), sizeof(got));
	ATF_CHECK_EQ(m.id, got.id);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(streams_of_a_connection_are_limited);
ATF_TC_BODY(streams_of_a_connection_are_limited, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_request	 m;
	unsigned		 i;

	fix_apps(f);
	for (i = 0; i < STREAMS_MAX; i++)
		subscribe(f, fd, "{}", &m);
	fix_fails(f, fd, CALL(1, "OmnitronLogs.streamLogs", "{}"), -32029,
	    "at most 16");
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(slow_reader_loses_lines_not_its_connection);
ATF_TC_BODY(slow_reader_loses_lines_not_its_connection, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f), i, entries = 0;
	struct m_request	 m;
	char			 text[4000];
	struct json		*j;
	int64_t			 dropped = 0;

	fix_apps(f);
	subscribe(f, fd, "{}", &m);
	memset(text, 'y', sizeof(text));
	for (i = 0; i < 2000; i++) {	/* 8 MB, and nobody reads */
		fix_log(f, m.id, 0, "api", text, sizeof(text));
		fix_spin(f);
	}
	fix_settle(f);
	ATF_CHECK_EQ(1, f->control->nconns);
	ATF_CHECK(f->control->out_total < 2 * UNSENT_PAUSE);
	while (f->control->out_total > 0) {
		json_free(fix_json(f, fd));
		entries++;
	}
	fix_logs(f, m.id, "last");
	for (;;) {
		j = fix_json(f, fd);
		entries++;
		if (fix_int(j, "params.dropped") > 0)
			dropped += fix_int(j, "params.dropped");
		if (strcmp(fix_string(j, "params.entry.message"), "last") == 0)
			break;
		json_free(j);
	}
	json_free(j);
	ATF_CHECK(dropped > 0);
	ATF_CHECK_EQ(2001, entries + dropped);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(streams_outlive_the_logger_and_the_supervisor);
ATF_TC_BODY(streams_outlive_the_logger_and_the_supervisor, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_request	 m, again;
	struct json		*j;
	int64_t			 n;

	fix_apps(f);
	n = subscribe(f, fd, "{\"app\":\"db\",\"lines\":7}", &m);
	peer_free(f->far[K_LOGGER]);
	f->far[K_LOGGER] = NULL;
	fix_settle(f);
	fix_fails(f, fd, DAEMON("getLogs", "{}"), -32053, "logger");
	fix_link(f, K_LOGGER);
	again = fix_request(f);
	ATF_CHECK(again.id > m.id);
	ATF_CHECK_EQ(2, again.app);
	ATF_CHECK_EQ(0, again.number);
	ATF_CHECK_EQ(REQ_FOLLOW, again.flags);
	/* the supervisor goes before the logger was heard of: once more */
	peer_free(f->far[K_SUPERVISOR]);
	f->far[K_SUPERVISOR] = NULL;
	fix_settle(f);
	fix_link(f, K_SUPERVISOR);
	fix_apps(f);
	m = fix_request(f);
	ATF_CHECK(m.id > again.id);
	fix_logs(f, m.id, "still");
	j = fix_json(f, fd);
	ATF_CHECK_EQ(n, fix_int(j, "params.subscription"));
	ATF_CHECK_STREQ("still", fix_string(j, "params.entry.message"));
	json_free(j);
	/* the logger's own word ends it */
	fix_log_done(f, m.id, OUT_FAILED, "no such log");
	j = fix_json(f, fd);
	ATF_CHECK_STREQ("OmnitronLogs.closed", fix_string(j, "method"));
	ATF_CHECK_STREQ("no such log", fix_string(j, "params.reason"));
	json_free(j);
	ATF_CHECK_EQ(0, TAILQ_FIRST(&f->control->conns)->client.streams);
	close(fd);
	fix_free(f);
}

/* The parent's part of the answer to inspect, or its refusal. */
static void
tell_config(struct fix *f, enum outcome outcome)
{
	static const char	 text[] = "{\"logPaths\":{\"app\":\"/l/api.log\"},"
				    "\"config\":{\"name\":\"api\"}}";
	struct m_request	 m = fix_request(f);
	struct m_object		 part;

	ATF_CHECK_EQ(OP_CONFIG, m.op);
	ATF_CHECK_EQ(METHOD_GET_CONFIG, m.method);
	ATF_CHECK_EQ(1, m.app);
	memset(&part, 0, sizeof(part));
	part.id = m.id;
	part.outcome = outcome;
	part.total = sizeof(text) - 1;
	peer_send_raw(f->far[K_PARENT], M_OBJECT, -1, &part, text,
	    sizeof(text) - 1);
}

ATF_TC_WITHOUT_HEAD(inspect_has_the_end_of_stderr);
ATF_TC_BODY(inspect_has_the_end_of_stderr, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_view_app	 rec = fix_record(1, S_CRASHED);
	struct m_request	 m;
	struct json		*j;

	fix_apps(f);
	rec.flags = VIEW_EXIT;
	rec.exit.code = -1;
	rec.exit.signal = SIGKILL;
	rec.exit.at_ms = 1700000000123;
	rec.exit.flags = EXIT_OOM;
	peer_send(f->far[K_SUPERVISOR], M_VIEW_APP, -1, &rec, "api",
	    "killed by SIGKILL", NULL);
	fix_sync(f);
	fix_send(f, fd, DAEMON("inspect", "{\"name\":\"api\"}"));
	m = fix_request(f);
	ATF_CHECK_EQ(REQ_STDERR, m.flags);
	ATF_CHECK_EQ(STDERR_TAIL, m.number);
	fix_logs(f, m.id, "panic");
	fix_log_done(f, m.id, OUT_OK, "");
	tell_config(f, OUT_OK);
	j = fix_json(f, fd);
	ATF_CHECK_STREQ("/l/api.log", fix_string(j, "result.logPaths.app"));
	ATF_CHECK_STREQ("api", fix_string(j, "result.config.name"));
	ATF_CHECK_STREQ("crashed", fix_string(j, "result.status"));
	ATF_CHECK_STREQ("2023-11-14T22:13:20.123Z",
	    fix_string(j, "result.lastExit.atIso"));
	ATF_CHECK_EQ(JSON_NULL, fix_get(j, "result.lastExit.code")->type);
	ATF_CHECK_STREQ("SIGKILL", fix_string(j, "result.lastExit.signal"));
	ATF_CHECK_EQ(0, fix_bool(j, "result.lastExit.expected"));
	ATF_CHECK_STREQ("panic", fix_string(j, "result.lastExit.stderrTail.0"));
	ATF_CHECK_EQ(1, fix_get(j, "result.children")->count);
	ATF_CHECK_EQ(0, fix_int(j, "result.memory.rss"));
	json_free(j);
	/* what another run said is not its last words */
	rec.exit.pid = 78;
	peer_send(f->far[K_SUPERVISOR], M_VIEW_APP, -1, &rec, "api",
	    "killed by SIGKILL", NULL);
	fix_sync(f);
	fix_send(f, fd, DAEMON("inspect", "{\"name\":\"api\"}"));
	m = fix_request(f);
	fix_logs(f, m.id, "said by 77");
	fix_log_done(f, m.id, OUT_OK, "");
	tell_config(f, OUT_OK);
	j = fix_json(f, fd);
	ATF_CHECK_EQ(0, fix_get(j, "result.lastExit.stderrTail")->count);
	json_free(j);
	rec.exit.pid = 77;
	peer_send(f->far[K_SUPERVISOR], M_VIEW_APP, -1, &rec, "api",
	    "killed by SIGKILL", NULL);
	fix_sync(f);
	/* without the logger's help: all but the tail */
	fix_send(f, fd, DAEMON("inspect", "{\"name\":\"api\"}"));
	m = fix_request(f);
	fix_log_done(f, m.id, OUT_FAILED, "disk");
	tell_config(f, OUT_OK);
	j = fix_json(f, fd);
	ATF_CHECK_STREQ("api", fix_string(j, "result.name"));
	ATF_CHECK(fix_get(j, "result.lastExit.stderrTail") == NULL);
	ATF_CHECK_STREQ("api", fix_string(j, "result.config.name"));
	json_free(j);
	/* without the parent's: all but the configuration */
	fix_send(f, fd, DAEMON("inspect", "{\"name\":\"api\"}"));
	m = fix_request(f);
	fix_logs(f, m.id, "panic");
	fix_log_done(f, m.id, OUT_OK, "");
	tell_config(f, OUT_NOT_FOUND);
	j = fix_json(f, fd);
	ATF_CHECK_STREQ("panic", fix_string(j, "result.lastExit.stderrTail.0"));
	ATF_CHECK(fix_get(j, "result.config") == NULL);
	json_free(j);
	/* nobody waits any more, at either step */
	fix_send(f, fd, DAEMON("inspect", "{\"name\":\"api\"}"));
	m = fix_request(f);
	fix_logs(f, m.id, "panic");
	fix_log_done(f, m.id, OUT_OK, "");
	fix_settle(f);
	conn_close_all(f->control);
	close(fd);
	tell_config(f, OUT_OK);
	fix_settle(f);
	fd = fix_client(f);
	fix_send(f, fd, DAEMON("inspect", "{\"name\":\"api\"}"));
	m = fix_request(f);
	conn_close_all(f->control);
	fix_settle(f);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(patterns);
ATF_TC_BODY(patterns, tc)
{
	static const struct {
		const char	*re;
		int		 ok;
	} want[] = {
		{ "a", 1 }, { "", 1 }, { "^a.*b$", 1 }, { "(a|b)+", 1 },
		{ "a{2,5}", 1 }, { "[[:digit:]]", 1 }, { "\\.", 1 },
		{ "(a)\\1", 0 }, { "\\9", 0 }, { "(", 0 }, { "[", 0 },
		{ "a{300}", 0 }, { "(a{20}){20}", 0 }, { "a{", 0 },
		{ "a{1", 0 }, { "\\", 0 }, { "x{1}{2}{3}{4}{5}{6}", 0 },
	};
	regex_t	 re;
	char	 err[128], text[GREP_MAX + 2];
	size_t	 i;
	int	 rv;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		rv = grep_compile(&re, want[i].re, err, sizeof(err));
		ATF_CHECK_EQ_MSG(want[i].ok, rv == 0, "%s", want[i].re);
		if (rv == 0)
			regfree(&re);
	}
	memset(text, 'a', sizeof(text));
	text[GREP_MAX] = '\0';
	ATF_CHECK_EQ(0, grep_compile(&re, text, err, sizeof(err)));
	regfree(&re);
	text[GREP_MAX] = 'a';
	text[GREP_MAX + 1] = '\0';
	ATF_CHECK_EQ(-1, grep_compile(&re, text, err, sizeof(err)));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lines_of_a_query);
	ATF_TP_ADD_TC(tp, message_is_put_together);
	ATF_TP_ADD_TC(tp, grep_finds_the_last_that_match);
	ATF_TP_ADD_TC(tp, records_get_receipts);
	ATF_TP_ADD_TC(tp, daemon_has_a_log_of_its_own);
	ATF_TP_ADD_TC(tp, stream_of_entries);
	ATF_TP_ADD_TC(tp, stream_ends_with_its_connection);
	ATF_TP_ADD_TC(tp, streams_of_a_connection_are_limited);
	ATF_TP_ADD_TC(tp, slow_reader_loses_lines_not_its_connection);
	ATF_TP_ADD_TC(tp, streams_outlive_the_logger_and_the_supervisor);
	ATF_TP_ADD_TC(tp, inspect_has_the_end_of_stderr);
	ATF_TP_ADD_TC(tp, patterns);
	return (atf_no_error());
}
