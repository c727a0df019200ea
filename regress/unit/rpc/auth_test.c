/* Tokens, secrets, testAccess, and calls without a text. */
#include "regress/unit/rpc/fixture.h"

#define VALUE	"correct horse battery staple"

/* The tail of the last REQUEST, behind who asks. */
static size_t
tail_of(struct fix *f, struct caller *caller, uint8_t *tail)
{
	const struct fix_got	*got = &f->got[f->taken - 1];
	struct msg		 msg = { .type = M_REQUEST, .fd = -1 };
	struct m_request	 m;
	const uint8_t		*rest;
	size_t			 len;

	msg.data = got->data;
	msg.len = got->len;
	msg_take(&msg, &m, sizeof(m));
	ATF_REQUIRE_EQ(0, msg_take_caller(&msg, caller));
	rest = msg_take_rest(&msg, &len);
	memcpy(tail, rest, len);
	return (len);
}

static void
object(struct fix *f, enum kind from, uint64_t id, enum outcome outcome,
    const char *text)
{
	struct m_object	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.outcome = outcome;
	m.total = (uint32_t)strlen(text);
	peer_send_raw(f->far[from], M_OBJECT, -1, &m, text, strlen(text));
}

ATF_TC_WITHOUT_HEAD(a_value_goes_to_secrets_alone);
ATF_TC_BODY(a_value_goes_to_secrets_alone, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	const struct fix_got	*got;
	struct m_request	 m;
	struct caller		 caller;
	struct json		*j;
	uint8_t			 tail[2048];
	size_t			 len, i;

	fix_apps(f);
	fix_send(f, fd, CALL(1, "OmnitronSecrets.set",
	    "{\"key\":\"db-password\",\"value\":\"" VALUE "\"}"));
	m = fix_request(f);
	ATF_CHECK_EQ(OP_SECRET, m.op);
	ATF_CHECK_EQ(SECRET_SET, m.number);
	len = tail_of(f, &caller, tail);
	ATF_REQUIRE_EQ(2 + strlen("db-password"), len);
	ATF_CHECK(memcmp(tail + 2, "db-password", len - 2) == 0);
	fix_take(f, M_SECRET_PUT);
	got = &f->got[f->taken - 1];
	ATF_CHECK_EQ(K_SECRETS, got->to);
	ATF_REQUIRE_EQ(sizeof(struct m_sync) + strlen(VALUE), got->len);
	ATF_CHECK(memcmp(got->data + sizeof(struct m_sync), VALUE,
	    strlen(VALUE)) == 0);
	/* nobody else got it, and nothing here has it any more */
	for (i = 0; i < f->ngot; i++)
		if (f->got[i].type != M_SECRET_PUT)
			ATF_CHECK(memmem(f->got[i].data, f->got[i].len, VALUE,
			    strlen(VALUE)) == NULL);
	ATF_CHECK(memmem(f->control->rbuf, sizeof(f->control->rbuf), VALUE,
	    strlen(VALUE)) == NULL);
	object(f, K_SECRETS, m.id, OUT_OK, "{\"success\":true}");
	j = fix_json(f, fd);
	ATF_CHECK_EQ(1, fix_bool(j, "result.success"));
	json_free(j);
	ATF_CHECK_EQ(1, fix_count(f, M_OBJECT_GOT));
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(secrets_that_do_not_run);
ATF_TC_BODY(secrets_that_do_not_run, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct peer		*near = f->proc.peer[K_SECRETS];
	struct m_request	 m;
	struct json		*j;

	fix_apps(f);
	/* the value waits until there is somebody who keeps it */
	f->proc.peer[K_SECRETS] = NULL;
	fix_send(f, fd, CALL(1, "OmnitronSecrets.set",
	    "{\"key\":\"k\",\"value\":\"v\"}"));
	m = fix_request(f);
	fix_settle(f);
	ATF_CHECK_EQ(0, fix_count(f, M_SECRET_PUT));
	f->proc.peer[K_SECRETS] = near;
	net_up(f->net, K_SECRETS);
	fix_take(f, M_SECRET_PUT);
	/* and its end ends the call */
	net_down(f->net, K_SECRETS);
	j = fix_json(f, fd);
	ATF_CHECK_EQ(-32053, fix_int(j, "error.code"));
	json_free(j);
	object(f, K_SECRETS, m.id, OUT_OK, "{}");	/* too late: no harm */
	fix_fails(f, fd, CALL(1, "OmnitronSecrets.get", "{\"key\":\"a/b\"}"),
	    -32602, "key: expected");
	fix_fails(f, fd, CALL(1, "OmnitronSecrets.set",
	    "{\"key\":\"k\",\"value\":\"\"}"), -32602, "value: expected");
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(tokens_where_none_are_shown);
ATF_TC_BODY(tokens_where_none_are_shown, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_request	 m;
	struct caller		 caller;
	uint8_t			 tail[2048];

	fix_apps(f);
	fix_fails(f, fd, CALL(1, "OmnitronAuth.authenticate",
	    "{\"token\":\"x\"}"), -32601, "no tokens are shown");
	fix_fails(f, fd, CALL(1, "OmnitronAuth.validateToken",
	    "{\"token\":\"x\"}"), -32601, "no tokens are shown");
	fix_fails(f, fd, CALL(1, "OmnitronAuth.issue",
	    "{\"role\":\"root\",\"subject\":\"ci\"}"), -32602,
	    "viewer, operator or admin");
	fix_fails(f, fd, CALL(1, "OmnitronAuth.issue",
	    "{\"role\":\"viewer\",\"subject\":\"\"}"), -32602,
	    "subject: expected 1 to 128 bytes");
	fix_send(f, fd, CALL(1, "OmnitronAuth.issue",
	    "{\"role\":\"operator\",\"subject\":\"ci\",\"ttl\":600000}"));
	m = fix_request(f);
	ATF_CHECK_EQ(OP_ISSUE, m.op);
	ATF_CHECK_EQ(ROLE_OPERATOR, m.number);
	ATF_CHECK_EQ(600000, m.timeout_ms);
	ATF_REQUIRE_EQ(4, tail_of(f, &caller, tail));
	ATF_CHECK(memcmp(tail, "\2\0ci", 4) == 0);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(access_is_tested);
ATF_TC_BODY(access_is_tested, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_request	 m;
	struct caller		 asks, who;
	struct msg		 msg = { .type = M_REQUEST, .fd = -1 };
	struct json		*j;
	uint8_t			 tail[4096];
	char			 name[NAME_SIZE];

	fix_apps(f);
	fix_fails(f, fd, DAEMON("testAccess", "{\"method\":\"list\"}"), -32602,
	    "say whom");
	fix_fails(f, fd, DAEMON("testAccess", "{\"method\":\"nope\","
	    "\"uid\":1}"), -32004, "not found");
	fix_send(f, fd, DAEMON("testAccess", "{\"method\":\"restartApp\","
	    "\"uid\":4294967294,\"groups\":[7,8],\"name\":\"web\"}"));
	m = fix_request(f);
	ATF_CHECK_EQ(METHOD_RESTART_APP, m.number);
	msg.len = tail_of(f, &asks, tail);
	msg.data = tail;
	ATF_REQUIRE_EQ(0, msg_take_caller(&msg, &who));
	msg_take_str(&msg, name, sizeof(name));
	ATF_REQUIRE_EQ(0, msg_end(&msg));
	ATF_CHECK_EQ(4294967294u, who.uid);
	ATF_CHECK_EQ(7, who.gid);
	ATF_CHECK_EQ(2, who.ngids);
	ATF_CHECK_EQ(1, who.grants);
	ATF_CHECK_STREQ("web", name);
	fix_reply(f, m.id, OUT_OK, 0, 1, "omnitrond.conf:3: allow");
	j = fix_json(f, fd);
	ATF_CHECK_EQ(1, fix_bool(j, "result.allowed"));
	ATF_CHECK_STREQ("omnitrond.conf:3: allow",
	    fix_string(j, "result.rule"));
	json_free(j);
	close(fd);
	fix_free(f);
}

/* ---- a transport of its own ---------------------------------------------- */

static struct {
	int	 number;
	unsigned n;
	char	 text[4096];
} seen;

static void
see(struct client *client, const char *text, size_t len, int number)
{
	seen.n++;
	seen.number = number;
	strlcpy(seen.text, "(nothing)", sizeof(seen.text));
	if (text != NULL)
		snprintf(seen.text, sizeof(seen.text), "%.*s", (int)len, text);
}

static void
see_done(struct client *client, void *arg, int number, const char *json,
    size_t len)
{
	ATF_CHECK_EQ(arg, (void *)&seen);
	see(client, json, len, number);
}

static void
no_send(struct client *client, const char *text, size_t len)
{
	atf_tc_fail("sent: %.*s", (int)len, text);
}

static void
no_wake(struct client *client)
{
}

static void
token_client(struct fix *f, struct client *client)
{
	memset(client, 0, sizeof(*client));
	client_init(client, f->net);
	client->caller.how = CALLER_TOKEN;
	client->caller.role = ROLE_VIEWER;
	client->send = no_send;
	client->reply = see;
	client->wake = no_wake;
	client->brief = 1;
}

static void
say(struct client *client, const char *text)
{
	rpc_message(client, text, strlen(text));
}

ATF_TC_WITHOUT_HEAD(one_reply_for_each_text);
ATF_TC_BODY(one_reply_for_each_text, tc)
{
	struct fix	*f = fix_new();
	struct client	 client;

	fix_apps(f);
	token_client(f, &client);
	say(&client, DAEMON("list", "{}"));
	ATF_CHECK_EQ(0, seen.number);
	say(&client, DAEMON("stopAll", "{}"));
	ATF_CHECK_EQ(-32003, seen.number);
	say(&client, "{");
	ATF_CHECK_EQ(-32700, seen.number);
	say(&client, "{\"jsonrpc\":\"2.0\",\"method\":"
	    "\"OmnitronDaemon.ping\"}");
	ATF_CHECK_STREQ("(nothing)", seen.text);
	say(&client, "[" DAEMON("stopAll", "{}") "," DAEMON("startAll", "{}")
	    "]");
	ATF_CHECK_EQ(-32003, seen.number);
	say(&client, "[" DAEMON("stopAll", "{}") "," DAEMON("ping", "{}")
	    "]");
	ATF_CHECK_EQ(0, seen.number);
	ATF_CHECK_EQ(6, seen.n);
	say(&client, CALL(1, "OmnitronEvents.subscribe", "{}"));
	ATF_CHECK(strstr(seen.text, "GET /events") != NULL);
	request_client_gone(&client);
	/* one whose token has ended is shown nothing more, streams neither */
	ATF_CHECK_EQ(0, rpc_expired(&client));
	client.caller.how = CALLER_NOBODY;
	ATF_CHECK_EQ(1, rpc_expired(&client));
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(a_token_ends);
ATF_TC_BODY(a_token_ends, tc)
{
	struct fix	*f = fix_new();
	struct client	 client;

	fix_apps(f);
	token_client(f, &client);
	client.exp_ms = wall_ms() + 60000;
	say(&client, DAEMON("list", "{}"));
	ATF_CHECK_EQ(0, seen.number);
	client.exp_ms = wall_ms();
	say(&client, DAEMON("list", "{}"));
	ATF_CHECK_EQ(-32001, seen.number);
	say(&client, DAEMON("ping", "{}"));
	ATF_CHECK_EQ(0, seen.number);
	/* without one, no name tells whether there is such a method or app */
	client.caller.how = CALLER_NOBODY;
	client.caller.role = ROLE_NONE;
	say(&client, DAEMON("getApp", "{\"name\":\"api\"}"));
	ATF_CHECK_EQ(-32001, seen.number);
	say(&client, DAEMON("nope", "{}"));
	ATF_CHECK_EQ(-32001, seen.number);
	request_client_gone(&client);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(calls_without_a_text);
ATF_TC_BODY(calls_without_a_text, tc)
{
	struct fix	*f = fix_new();
	struct client	 client;
	struct json	*params;
	char		 err[128];

	fix_apps(f);
	token_client(f, &client);
	client.caller.role = ROLE_OPERATOR;
	rpc_call(&client, "OmnitronDaemon.getApp", NULL, see_done, &seen);
	ATF_CHECK_EQ(-32602, seen.number);
	ATF_CHECK(strncmp(seen.text, "{\"code\":-32602,\"message\":", 25) ==
	    0);
	params = json_parse("{\"name\":\"api\"}", 14, &json_limits_request,
	    err, sizeof(err));
	rpc_call(&client, "OmnitronDaemon.getApp", params, see_done, &seen);
	ATF_CHECK_EQ(0, seen.number);
	ATF_CHECK(strncmp(seen.text, "{\"name\":\"api\"", 13) == 0);
	seen.n = 0;
	rpc_call(&client, "OmnitronDaemon.stopApp", params, see_done, &seen);
	ATF_CHECK_EQ(0, seen.n);
	ATF_CHECK_EQ(1, client.waiting);
	fix_reply(f, fix_request(f).id, OUT_OK, 0, 1, "");
	fix_settle(f);
	ATF_CHECK_EQ(1, seen.n);
	ATF_CHECK_EQ(0, client.waiting);
	/* one that is gone hears nothing */
	rpc_call(&client, "OmnitronDaemon.stopApp", params, see_done, &seen);
	request_client_gone(&client);
	fix_reply(f, fix_request(f).id, OUT_OK, 0, 1, "");
	fix_settle(f);
	ATF_CHECK_EQ(1, seen.n);
	json_free(params);
	fix_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_value_goes_to_secrets_alone);
	ATF_TP_ADD_TC(tp, secrets_that_do_not_run);
	ATF_TP_ADD_TC(tp, tokens_where_none_are_shown);
	ATF_TP_ADD_TC(tp, access_is_tested);
	ATF_TP_ADD_TC(tp, one_reply_for_each_text);
	ATF_TP_ADD_TC(tp, a_token_ends);
	ATF_TP_ADD_TC(tp, calls_without_a_text);
	return (atf_no_error());
}
