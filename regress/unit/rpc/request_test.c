/* Requests to the supervisor, and objects of the parent. */
#include "regress/unit/rpc/fixture.h"

ATF_TC_WITHOUT_HEAD(requests_say_what_was_asked);
ATF_TC_BODY(requests_say_what_was_asked, tc)
{
	static const struct {
		const char	*call;
		enum op		 op;
		uint32_t	 flags, app, number, timeout;
		uint16_t	 instance;
	} want[] = {
		{ DAEMON("startApp", "{\"name\":\"api\"}"), OP_START, 0, 1, 0,
		    0, INSTANCE_ANY },
		{ DAEMON("startApp", "{\"name\":\"api\",\"wait\":false,"
		    "\"timeout\":500}"), OP_START, REQ_NOWAIT, 1, 0, 500,
		    INSTANCE_ANY },
		{ DAEMON("startAll", "{}"), OP_START, REQ_ALL, 0, 0, 0,
		    INSTANCE_ANY },
		{ DAEMON("stopApp", "{\"name\":\"db\",\"force\":true,"
		    "\"dependants\":true}"), OP_STOP,
		    REQ_FORCE | REQ_DEPENDANTS, 2, 0, 0, INSTANCE_ANY },
		{ DAEMON("stopAll", "{}"), OP_STOP, REQ_ALL | REQ_DEPENDANTS,
		    0, 0, 0, INSTANCE_ANY },
		{ DAEMON("restartApp", "{\"name\":\"api\"}"), OP_RESTART, 0,
		    1, 0, 0, INSTANCE_ANY },
		{ DAEMON("scale", "{\"name\":\"api\",\"instances\":4}"),
		    OP_SCALE, 0, 1, 4, 0, INSTANCE_ANY },
		{ DAEMON("signalApp", "{\"name\":\"api\",\"signal\":\"HUP\","
		    "\"instance\":0}"), OP_SIGNAL, 0, 1, SIGHUP, 0, 0 },
		{ DAEMON("signalApp", "{\"name\":\"api\",\"signal\":10}"),
		    OP_SIGNAL, 0, 1, 10, 0, INSTANCE_ANY },
		{ DAEMON("shutdown", "{\"force\":true}"), OP_SHUTDOWN,
		    REQ_FORCE, 0, 0, 0, INSTANCE_ANY },
		{ DAEMON("reloadConfig", "{\"dryRun\":true}"), OP_RELOAD,
		    REQ_DRYRUN, 0, 0, 0, INSTANCE_ANY },
		{ DAEMON("setMetricsEnabled", "{\"enabled\":true}"),
		    OP_METRICS, REQ_ENABLE, 0, 0, 0, INSTANCE_ANY },
		{ DAEMON("getConfig", "{}"), OP_CONFIG, 0, 0, 0, 0,
		    INSTANCE_ANY },
		{ DAEMON("getEnv", "{\"name\":\"api\",\"process\":\"api\"}"),
		    OP_ENV, 0, 1, 0, 0, INSTANCE_ANY },
	};
	struct fix		*f = fix_new();
	int			 fd = fix_client_as(f, ROLE_ADMIN, 1234);
	struct m_request	 m;
	uint64_t		 last = 0;
	size_t			 i;

	fix_apps(f);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		fix_send(f, fd, want[i].call);
		m = fix_request(f);
		ATF_CHECK_EQ_MSG(want[i].op, m.op, "%s", want[i].call);
		ATF_CHECK_EQ_MSG(want[i].flags, m.flags, "%s", want[i].call);
		ATF_CHECK_EQ_MSG(want[i].app, m.app, "%s", want[i].call);
		ATF_CHECK_EQ_MSG(want[i].number, m.number, "%s",
		    want[i].call);
		ATF_CHECK_EQ_MSG(want[i].timeout, m.timeout_ms, "%s",
		    want[i].call);
		ATF_CHECK_EQ_MSG(want[i].instance, m.instance, "%s",
		    want[i].call);
		ATF_CHECK_EQ(1234, m.uid);
		ATF_CHECK_EQ(555, m.pid);
		ATF_CHECK_EQ(ROLE_ADMIN, m.role);
		ATF_CHECK_EQ(m.op, methods[m.method].op);
		ATF_CHECK(m.id > last);
		last = m.id;
	}
	close(fd);
	fix_free(f);
}

static struct json *
answered(struct fix *f, int fd, const char *call, enum outcome outcome,
    uint32_t flags, uint32_t count, const char *text)
{
	struct m_request	 m;

	fix_send(f, fd, call);
	m = fix_request(f);
	fix_reply(f, m.id, outcome, flags, count, text);
	return (fix_json(f, fd));
}

ATF_TC_WITHOUT_HEAD(results_have_their_shapes);
ATF_TC_BODY(results_have_their_shapes, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);
	struct json	*j;

	fix_apps(f);
	j = answered(f, fd, DAEMON("startApp", "{\"name\":\"api\"}"), OUT_OK,
	    0, 1, "");
	ATF_CHECK_STREQ("api", fix_string(j, "result.name"));
	ATF_CHECK(fix_get(j, "result.persisted") == NULL);
	json_free(j);
	j = answered(f, fd, DAEMON("restartApp", "{\"name\":\"api\"}"), OUT_OK,
	    REPLY_UNSAVED, 1, "");
	ATF_CHECK_EQ(0, fix_bool(j, "result.persisted"));
	json_free(j);
	j = answered(f, fd, DAEMON("startAll", "{}"), OUT_OK, 0, 3, "");
	ATF_CHECK_EQ(3, fix_get(j, "result")->count);
	json_free(j);
	/* some failed: all are told of; refused as a whole: an error */
	j = answered(f, fd, DAEMON("restartAll", "{}"), OUT_FAILED,
	    REPLY_TRIED, 2, "old: exit 1");
	ATF_CHECK_EQ(3, fix_get(j, "result")->count);
	json_free(j);
	j = answered(f, fd, DAEMON("restartAll", "{}"), OUT_CONFLICT, 0, 0,
	    "shutting down");
	ATF_CHECK_EQ(-32009, fix_int(j, "error.code"));
	json_free(j);
	j = answered(f, fd, DAEMON("startApp", "{\"name\":\"api\"}"),
	    OUT_FAILED, REPLY_TRIED, 0, "api: exit 1");
	ATF_CHECK_EQ(-32010, fix_int(j, "error.code"));
	json_free(j);
	j = answered(f, fd, DAEMON("stopApp", "{\"name\":\"api\"}"), OUT_OK,
	    REPLY_KILLED | REPLY_UNSAVED, 1, "");
	ATF_CHECK_EQ(1, fix_bool(j, "result.success"));
	ATF_CHECK_EQ(1, fix_bool(j, "result.killed"));
	ATF_CHECK_EQ(0, fix_bool(j, "result.persisted"));
	json_free(j);
	j = answered(f, fd, DAEMON("stopAll", "{}"), OUT_OK, 0, 2, "");
	ATF_CHECK_EQ(2, fix_int(j, "result.count"));
	json_free(j);
	j = answered(f, fd, DAEMON("shutdown", "{}"), OUT_OK, 0, 0, "");
	ATF_CHECK_EQ(1, fix_bool(j, "result.success"));
	ATF_CHECK_EQ(0, fix_get(j, "result.killed")->count);
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(a_shutdown_names_what_it_killed);
ATF_TC_BODY(a_shutdown_names_what_it_killed, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_view_app	 m;
	struct m_request	 req;
	struct json		*j;
	uint32_t		 id;

	fix_apps(f);
	fix_send(f, fd, DAEMON("shutdown", "{}"));
	req = fix_request(f);
	/* 1 now, 2 long ago, 3 stopped by itself */
	for (id = 1; id <= 3; id++) {
		m = fix_record(id, S_STOPPED);
		m.flags = VIEW_EXIT;
		m.exit.flags = EXIT_STOPPED | (id < 3 ? EXIT_KILLED : 0);
		m.exit.at_ms = wall_ms() - (id == 2 ? 60000 : 0);
		peer_send(f->far[K_SUPERVISOR], M_VIEW_APP, -1, &m,
		    id == 1 ? "api" : id == 2 ? "db" : "old", "", NULL);
	}
	fix_reply(f, req.id, OUT_OK, REPLY_TRIED, 0, "");
	j = fix_json(f, fd);
	ATF_CHECK_EQ(1, fix_get(j, "result.killed")->count);
	ATF_CHECK_STREQ("api", fix_string(j, "result.killed.0"));
	json_free(j);
	/* a supervisor that died has passed it on */
	fix_send(f, fd, DAEMON("shutdown", "{}"));
	fix_request(f);
	peer_free(f->far[K_SUPERVISOR]);
	f->far[K_SUPERVISOR] = NULL;
	j = fix_json(f, fd);
	ATF_CHECK_EQ(1, fix_bool(j, "result.success"));
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(failures_carry_text_and_code);
ATF_TC_BODY(failures_carry_text_and_code, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);
	struct json	*j;
	enum outcome	 out;

	fix_apps(f);
	for (out = OUT_OK + 1; out < OUT_MAX; out++) {
		j = answered(f, fd, DAEMON("stopApp", "{\"name\":\"db\"}"),
		    out, 0, 0, "api depends on db");
		ATF_CHECK_EQ(outcome_number(out), fix_int(j, "error.code"));
		ATF_CHECK_STREQ("api depends on db",
		    fix_string(j, "error.message"));
		ATF_CHECK_STREQ(outcome_name(out),
		    fix_string(j, "error.data.code"));
		ATF_CHECK_STREQ("db", fix_string(j, "error.data.app"));
		json_free(j);
	}
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(answers_come_as_they_finish);
ATF_TC_BODY(answers_come_as_they_finish, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_request	 a, b;
	struct json		*j;

	fix_apps(f);
	fix_send(f, fd, CALL(10, "OmnitronDaemon.stopApp",
	    "{\"name\":\"api\"}"));
	fix_send(f, fd, CALL(11, "OmnitronDaemon.stopApp",
	    "{\"name\":\"db\"}"));
	a = fix_request(f);
	b = fix_request(f);
	fix_reply(f, b.id, OUT_OK, 0, 1, "");
	j = fix_json(f, fd);
	ATF_CHECK_EQ(11, fix_int(j, "id"));
	json_free(j);
	fix_reply(f, a.id, OUT_OK, 0, 1, "");
	j = fix_json(f, fd);
	ATF_CHECK_EQ(10, fix_int(j, "id"));
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(supervisor_gone_fails_what_is_open);
ATF_TC_BODY(supervisor_gone_fails_what_is_open, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_request	 m;
	struct json		*j;
	int			 i;

	fix_apps(f);
	for (i = 0; i < 5; i++)
		fix_send(f, fd, DAEMON("stopApp", "{\"name\":\"api\"}"));
	fix_send(f, fd, DAEMON("getLogs", "{}"));
	for (i = 0; i < 6; i++)
		m = fix_request(f);
	peer_free(f->far[K_SUPERVISOR]);
	f->far[K_SUPERVISOR] = NULL;
	for (i = 0; i < 6; i++) {
		j = fix_json(f, fd);
		ATF_CHECK_EQ(-32053, fix_int(j, "error.code"));
		json_free(j);
	}
	fix_link(f, K_SUPERVISOR);
	fix_apps(f);
	/* the new one knows nothing of the old numbers: they are spent */
	fix_send(f, fd, DAEMON("stopApp", "{\"name\":\"api\"}"));
	ATF_CHECK(fix_request(f).id > m.id);
	close(fd);
	fix_free(f);
}

/* It does not read what waits for it: with the next answer it is gone. */
static void
sent_and_gone(struct client *client, const char *text, size_t len)
{
	request_client_gone(client);
}

static void
not_woken(struct client *client)
{
}

ATF_TC_WITHOUT_HEAD(an_answer_may_end_its_connection);
ATF_TC_BODY(an_answer_may_end_its_connection, tc)
{
	static const char *const texts[] = {
		DAEMON("stopAll", "{}"),
		DAEMON("getLogs", "{}"),
		DAEMON("restartAll", "{}"),
	};
	struct fix	*f = fix_new();
	struct client	 client;
	size_t		 i;

	fix_apps(f);
	memset(&client, 0, sizeof(client));
	client_init(&client, f->net);
	client.caller.how = CALLER_LOCAL;
	client.caller.role = ROLE_ADMIN;
	client.send = sent_and_gone;
	client.wake = not_woken;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		rpc_message(&client, texts[i], strlen(texts[i]));
	ATF_REQUIRE_EQ(3, client.waiting);
	net_down(f->net, K_SUPERVISOR);
	ATF_CHECK(request_next(f->net, 0) == NULL);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(client_gone_before_the_answer);
ATF_TC_BODY(client_gone_before_the_answer, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_request	 m;

	fix_apps(f);
	fix_send(f, fd, DAEMON("stopApp", "{\"name\":\"api\"}"));
	m = fix_request(f);
	close(fd);
	fix_settle(f);
	conn_close_all(f->control);
	fix_reply(f, m.id, OUT_OK, 0, 1, "");
	fix_settle(f);
	ATF_CHECK(request_find(f->net, m.id) == NULL);
	fix_free(f);
}

static void
part(struct fix *f, uint64_t id, enum outcome outcome, uint32_t total,
    uint32_t offset, const char *data, size_t len)
{
	struct m_object	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.outcome = outcome;
	m.total = total;
	m.offset = offset;
	peer_send_raw(f->far[K_PARENT], M_OBJECT, -1, &m, data, len);
}

ATF_TC_WITHOUT_HEAD(objects_are_put_together);
ATF_TC_BODY(objects_are_put_together, tc)
{
	static const char	 text[] = "{\"apps\":\n[1,2,3]}";
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_request	 m;
	struct json		*j;

	fix_apps(f);
	fix_send(f, fd, DAEMON("getConfig", "{}"));
	m = fix_request(f);
	part(f, m.id, OUT_OK, sizeof(text) - 1, 0, text, 5);
	part(f, m.id, OUT_OK, sizeof(text) - 1, 5, text + 5,
	    sizeof(text) - 6);
	j = fix_json(f, fd);
	ATF_CHECK_EQ(2, fix_int(j, "result.apps.1"));
	json_free(j);
	fix_settle(f);
	ATF_CHECK_EQ(2, fix_count(f, M_OBJECT_GOT));
	/* an error is a text, with the lines of the configuration */
	fix_send(f, fd, DAEMON("reloadConfig", "{}"));
	m = fix_request(f);
	part(f, m.id, OUT_FAILED, 17, 0, "a.conf:1: wrong\n\n", 17);
	j = fix_json(f, fd);
	ATF_CHECK_EQ(-32010, fix_int(j, "error.code"));
	ATF_CHECK_STREQ("a.conf:1: wrong", fix_string(j, "error.message"));
	json_free(j);
	/* an empty one */
	fix_send(f, fd, DAEMON("getEnv", "{\"name\":\"api\"}"));
	m = fix_request(f);
	part(f, m.id, OUT_NOT_FOUND, 0, 0, "", 0);
	j = fix_json(f, fd);
	ATF_CHECK_EQ(-32004, fix_int(j, "error.code"));
	ATF_CHECK_STREQ("NOT_FOUND", fix_string(j, "error.message"));
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(objects_of_a_client_that_went_are_acknowledged);
ATF_TC_BODY(objects_of_a_client_that_went_are_acknowledged, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_request	 m;

	fix_apps(f);
	fix_send(f, fd, DAEMON("getConfig", "{}"));
	m = fix_request(f);
	part(f, m.id, OUT_OK, 10, 0, "{\"a\"", 4);
	fix_settle(f);
	conn_close_all(f->control);
	close(fd);
	part(f, m.id, OUT_OK, 10, 4, ":12345", 6);
	fix_settle(f);
	ATF_CHECK_EQ(2, fix_count(f, M_OBJECT_GOT));
	ATF_CHECK(request_find(f->net, m.id) == NULL);
	fix_free(f);
}

/* Handlers themselves, since a broken rule ends the process. */
static int
deliver(struct fix *f, enum kind from, enum msg_type type,
    int (*fn)(struct peer *, struct msg *), const void *data, size_t len)
{
	struct msg	 m;

	memset(&m, 0, sizeof(m));
	m.type = type;
	m.data = data;
	m.len = len;
	m.fd = -1;
	return (fn(f->proc.peer[from], &m));
}

ATF_TC_WITHOUT_HEAD(answers_to_no_request_are_violations);
ATF_TC_BODY(answers_to_no_request_are_violations, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_request	 m;
	struct m_object		 o;
	uint8_t			 reply[sizeof(struct m_reply) + 2];

	fix_apps(f);
	fix_send(f, fd, DAEMON("stopApp", "{\"name\":\"api\"}"));
	m = fix_request(f);
	memset(reply, 0, sizeof(reply));
	ATF_CHECK_EQ(-1, deliver(f, K_SUPERVISOR, M_REPLY, request_reply,
	    reply, sizeof(reply)));
	reply[0] = (uint8_t)(m.id + 1);
	ATF_CHECK_EQ(-1, deliver(f, K_SUPERVISOR, M_REPLY, request_reply,
	    reply, sizeof(reply)));
	/* an object for what is answered by a reply */
	memset(&o, 0, sizeof(o));
	o.id = m.id;
	ATF_CHECK_EQ(-1, deliver(f, K_PARENT, M_OBJECT, object_part, &o,
	    sizeof(o)));
	/* one with a hole in it */
	fix_send(f, fd, DAEMON("getConfig", "{}"));
	m = fix_request(f);
	o.id = m.id;
	o.total = 10;
	o.offset = 2;
	ATF_CHECK_EQ(-1, deliver(f, K_PARENT, M_OBJECT, object_part, &o,
	    sizeof(o)));
	o.offset = 0;
	o.total = OBJECT_MAX + 1;
	ATF_CHECK_EQ(-1, deliver(f, K_PARENT, M_OBJECT, object_part, &o,
	    sizeof(o)));
	fix_settle(f);
	close(fd);
	fix_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, requests_say_what_was_asked);
	ATF_TP_ADD_TC(tp, results_have_their_shapes);
	ATF_TP_ADD_TC(tp, a_shutdown_names_what_it_killed);
	ATF_TP_ADD_TC(tp, failures_carry_text_and_code);
	ATF_TP_ADD_TC(tp, answers_come_as_they_finish);
	ATF_TP_ADD_TC(tp, supervisor_gone_fails_what_is_open);
	ATF_TP_ADD_TC(tp, an_answer_may_end_its_connection);
	ATF_TP_ADD_TC(tp, client_gone_before_the_answer);
	ATF_TP_ADD_TC(tp, objects_are_put_together);
	ATF_TP_ADD_TC(tp, objects_of_a_client_that_went_are_acknowledged);
	ATF_TP_ADD_TC(tp, answers_to_no_request_are_violations);
	return (atf_no_error());
}
