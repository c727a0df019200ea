/* exec as the control process does it: opened, sent on, answered. */
#include "omnitrond/parts.h"
#include "regress/unit/rpc/fixture.h"

#define EXEC	"{\"name\":\"api\",\"service\":\"s\",\"method\":\"m\","	\
		"\"args\":[1,\"x\"]}"

/* A call that the supervisor has been asked for; its number. */
static uint64_t
begin(struct fix *f, int fd)
{
	struct m_request	 m;

	fix_send(f, fd, DAEMON("exec", EXEC));
	m = fix_request(f);
	ATF_CHECK_EQ(OP_EXEC, m.op);
	ATF_CHECK_EQ(1, m.app);
	ATF_CHECK_EQ(30000, m.timeout_ms);
	return (m.id);
}

/* apps has it opened, or got a part. */
static void
credit(struct fix *f, uint64_t id)
{
	struct m_object_got	 got;

	memset(&got, 0, sizeof(got));
	got.id = id;
	peer_send(f->far[K_APPS], M_EXEC_GOT, -1, &got, NULL);
	fix_settle(f);
}

static void
answer(struct fix *f, uint64_t id, enum outcome outcome, int error,
    const char *text)
{
	struct m_object	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.outcome = outcome;
	m.error = (uint32_t)error;
	m.total = (uint32_t)strlen(text);
	peer_send_raw(f->far[K_APPS], M_EXEC_PART, -1, &m, text,
	    strlen(text));
	fix_settle(f);
}

ATF_TC_WITHOUT_HEAD(arguments_go_when_it_is_opened);
ATF_TC_BODY(arguments_go_when_it_is_opened, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);
	struct m_object	 part;
	const uint8_t	*p;
	struct json	*j;
	uint64_t	 id;

	fix_apps(f);
	id = begin(f, fd);
	fix_settle(f);
	ATF_CHECK_EQ(0, fix_count(f, M_EXEC_CALL));
	credit(f, id);
	fix_take(f, M_EXEC_CALL);
	p = fix_take(f, M_EXEC_PART);
	memcpy(&part, p, sizeof(part));
	ATF_CHECK_EQ(id, part.id);
	ATF_CHECK_EQ(7, part.total);
	ATF_CHECK_EQ(0, memcmp(p + sizeof(part), "[1,\"x\"]", 7));
	credit(f, id);
	answer(f, id, OUT_OK, 0, "{\"a\":[null]}");
	j = fix_json(f, fd);
	ATF_CHECK_EQ(1, fix_get(j, "result.a")->count);
	json_free(j);
	ATF_CHECK_EQ(1, fix_count(f, M_EXEC_GOT));
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(errors_are_the_apps_or_ours);
ATF_TC_BODY(errors_are_the_apps_or_ours, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);
	struct json	*j;
	uint64_t	 id;

	fix_apps(f);
	id = begin(f, fd);
	credit(f, id);
	answer(f, id, OUT_FAILED, 1, "{\"code\":7,\"message\":\"no\"}");
	j = fix_json(f, fd);
	ATF_CHECK_EQ(7, fix_int(j, "error.code"));
	ATF_CHECK_STREQ("no", fix_string(j, "error.message"));
	json_free(j);
	id = begin(f, fd);
	answer(f, id, OUT_TIMEOUT, 0, "too late");
	j = fix_json(f, fd);
	ATF_CHECK_EQ(-32008, fix_int(j, "error.code"));
	ATF_CHECK_STREQ("api: too late", fix_string(j, "error.message"));
	ATF_CHECK_STREQ("api", fix_string(j, "error.data.app"));
	json_free(j);
	id = begin(f, fd);
	fix_reply(f, id, OUT_UNAVAILABLE, 0, 0, "none is online");
	j = fix_json(f, fd);
	ATF_CHECK_STREQ("api: none is online", fix_string(j, "error.message"));
	json_free(j);
	fix_fails(f, fd, DAEMON("exec", "{\"name\":\"api\",\"service\":\"\","
	    "\"method\":\"m\"}"), -32602, "service: expected 1 to");
	fix_fails(f, fd, DAEMON("exec", "{\"name\":\"api\",\"service\":\"s\","
	    "\"method\":\"m\",\"args\":{}}"), -32602, "args");
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(who_is_gone_decides);
ATF_TC_BODY(who_is_gone_decides, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);
	struct json	*j;
	uint64_t	 id;

	fix_apps(f);
	/* apps has it: another supervisor changes nothing */
	id = begin(f, fd);
	credit(f, id);
	peer_free(f->far[K_SUPERVISOR]);
	f->far[K_SUPERVISOR] = NULL;
	fix_settle(f);
	answer(f, id, OUT_OK, 0, "5");
	j = fix_json(f, fd);
	ATF_CHECK_EQ(5, fix_int(j, "result"));
	json_free(j);
	fix_link(f, K_SUPERVISOR);
	fix_apps(f);
	id = begin(f, fd);
	credit(f, id);
	peer_free(f->far[K_APPS]);
	f->far[K_APPS] = NULL;
	j = fix_json(f, fd);
	ATF_CHECK_EQ(-32053, fix_int(j, "error.code"));
	json_free(j);
	/* asked for while apps was away: nobody may have it */
	(void)begin(f, fd);
	fix_link(f, K_APPS);
	fix_settle(f);
	j = fix_json(f, fd);
	ATF_CHECK_EQ(-32053, fix_int(j, "error.code"));
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(numbers_of_apps_are_shown);
ATF_TC_BODY(numbers_of_apps_are_shown, tc)
{
	const uint32_t		 us[4] = { 4000, 1000, 2000, 3000 };
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_app_meter	 m;
	struct jsonw		 w;

	fix_apps(f);
	memset(&m, 0, sizeof(m));
	m.inst.app = 1;
	m.requests = 10;
	peer_send_raw(f->far[K_APPS], M_APP_METER, -1, &m, us, sizeof(us));
	m.inst.instance = 1;
	m.errors = 3;
	peer_send_raw(f->far[K_APPS], M_APP_METER, -1, &m, us, 0);
	peer_send_raw(f->far[K_APPS], M_APP_METER, -1, &m, us, 4);
	fix_settle(f);
	jsonw_init(&w, 0);
	jsonw_object(&w);
	meter_app(&w, f->net, 1);
	jsonw_end(&w);
	jsonw_raw(&w, "", 1);
	ATF_CHECK_STREQ("{\"requests\":20,\"errors\":3,\"latency\":{"
	    "\"p50\":3,\"p95\":4,\"p99\":4,\"mean\":2.8}}", w.buf);
	jsonw_reset(&w);
	jsonw_object(&w);
	meter_app(&w, f->net, 2);
	jsonw_end(&w);
	jsonw_raw(&w, "", 1);
	ATF_CHECK_STREQ("{}", w.buf);
	jsonw_free(&w);
	close(fd);
	fix_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, arguments_go_when_it_is_opened);
	ATF_TP_ADD_TC(tp, errors_are_the_apps_or_ours);
	ATF_TP_ADD_TC(tp, who_is_gone_decides);
	ATF_TP_ADD_TC(tp, numbers_of_apps_are_shown);
	return (atf_no_error());
}
