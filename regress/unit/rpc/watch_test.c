/* Watches: what is told of them, and how they are asked for. */
#include "regress/unit/rpc/fixture.h"

static void
watched(struct fix *f, uint32_t app, int on, uint32_t trouble,
    const char *directory)
{
	struct m_view_watch	 m;

	memset(&m, 0, sizeof(m));
	m.app = app;
	m.on = (uint16_t)on;
	m.pid = trouble == WATCH_NONE ? 77 : 0;
	m.folders = 3;
	m.trouble = trouble;
	m.error = trouble == WATCH_NONE ? 0 : 2;
	peer_send(f->far[K_SUPERVISOR], M_VIEW_WATCH, -1, &m, directory, "p",
	    NULL);
	fix_settle(f);
}

static struct json *
status(struct fix *f, int fd)
{
	return (fix_call(f, fd, DAEMON("getWatchStatus", "{}")));
}

ATF_TC_WITHOUT_HEAD(the_status_is_what_was_told_last);
ATF_TC_BODY(the_status_is_what_was_told_last, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);
	struct json	*j;

	fix_apps(f);
	j = status(f, fd);
	ATF_CHECK(!fix_bool(j, "result.enabled"));
	ATF_CHECK_EQ(0, fix_get(j, "result.apps")->count);
	json_free(j);

	watched(f, 1, 1, WATCH_NONE, "/srv/api");
	watched(f, 2, 1, WATCH_MISSING, "/srv/db");
	watched(f, 99, 1, WATCH_NONE, "/srv/nobody");
	j = status(f, fd);
	ATF_CHECK(fix_bool(j, "result.enabled"));
	ATF_REQUIRE_EQ(2, fix_get(j, "result.apps")->count);
	ATF_CHECK_STREQ("/srv/api", fix_string(j, "result.apps.0.directory"));
	ATF_CHECK_EQ(77, fix_int(j, "result.apps.0.pid"));
	ATF_CHECK_EQ(3, fix_int(j, "result.apps.0.folders"));
	ATF_CHECK(fix_get(j, "result.apps.0.error") == NULL);
	ATF_CHECK_EQ(JSON_NULL, fix_get(j, "result.apps.1.pid")->type);
	ATF_CHECK_STREQ("there is no such folder: No such file or directory",
	    fix_string(j, "result.apps.1.error"));
	json_free(j);

	/* changed, and off */
	watched(f, 1, 1, WATCH_NONE, "/srv/other");
	watched(f, 2, 0, WATCH_NONE, "");
	j = status(f, fd);
	ATF_REQUIRE_EQ(1, fix_get(j, "result.apps")->count);
	ATF_CHECK_STREQ("/srv/other",
	    fix_string(j, "result.apps.0.directory"));
	json_free(j);
	close(fd);
	fix_free(f);
}

/* A call becomes a request with these ids behind it, and is answered. */
static void
requests(struct fix *f, int fd, const char *call, const uint32_t *ids,
    size_t n)
{
	const struct fix_got	*got;
	struct m_request	 m;
	struct caller		 caller;
	struct msg		 msg = { .type = M_REQUEST, .fd = -1 };
	const uint8_t		*rest;
	struct json		*j;
	size_t			 len;

	fix_send(f, fd, call);
	m = fix_request(f);
	got = &f->got[f->taken - 1];
	ATF_CHECK_EQ(OP_WATCH, m.op);
	ATF_CHECK_EQ(REQ_ALL | REQ_ENABLE, m.flags);
	ATF_CHECK_EQ(n, m.number);
	msg.data = got->data;
	msg.len = got->len;
	msg_take(&msg, &m, sizeof(m));
	ATF_REQUIRE_EQ(0, msg_take_caller(&msg, &caller));
	ATF_CHECK_EQ(m.uid, caller.uid);
	rest = msg_take_rest(&msg, &len);
	ATF_REQUIRE_EQ(n * sizeof(*ids), len);
	if (n > 0)
		ATF_CHECK(memcmp(rest, ids, len) == 0);
	watched(f, 1, 1, WATCH_NONE, "/srv/api");
	fix_reply(f, m.id, OUT_OK, 0, 1, "");
	j = fix_json(f, fd);
	ATF_REQUIRE_EQ(1, fix_get(j, "result.watching")->count);
	ATF_CHECK_STREQ("api", fix_string(j, "result.watching.0.name"));
	json_free(j);
}

ATF_TC_WITHOUT_HEAD(names_go_as_ids);
ATF_TC_BODY(names_go_as_ids, tc)
{
	static const uint32_t	 ids[] = { 3, 1 };
	struct fix		*f = fix_new();
	struct m_request	 m;
	struct json		*j;
	size_t			 n;
	int			 fd = fix_client(f);

	fix_apps(f);
	requests(f, fd, DAEMON("enableWatch", "{}"), NULL, 0);
	requests(f, fd, DAEMON("enableWatch", "{\"apps\":[\"old\",\"api\"]}"),
	    ids, 2);
	fix_send(f, fd, DAEMON("enableWatch", "{\"apps\":[\"db\"]}"));
	m = fix_request(f);
	fix_reply(f, m.id, OUT_CONFLICT, 0, 0, "db: nothing to watch");
	j = fix_json(f, fd);
	ATF_CHECK_STREQ("db: nothing to watch", fix_string(j,
	    "error.message"));
	json_free(j);
	/* what is wrong is answered here */
	n = fix_count(f, M_REQUEST);
	fix_fails(f, fd, DAEMON("enableWatch", "{\"apps\":[]}"), -32602,
	    "apps: expected 1 to 1024 names of apps");
	fix_fails(f, fd, DAEMON("enableWatch", "{\"apps\":[1]}"), -32602,
	    "apps: expected");
	fix_fails(f, fd, DAEMON("enableWatch", "{\"apps\":\"api\"}"), -32602,
	    "array");
	fix_fails(f, fd, DAEMON("enableWatch", "{\"apps\":[\"api\","
	    "\"apii\"]}"), -32004, "did you mean 'api'?");
	fix_fails(f, fd, DAEMON("disableWatch", "{\"apps\":[\"api\"]}"),
	    -32602, "unknown parameter");
	ATF_CHECK_EQ(n, fix_count(f, M_REQUEST));
	close(fd);
	fix_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_status_is_what_was_told_last);
	ATF_TP_ADD_TC(tp, names_go_as_ids);
	return (atf_no_error());
}
