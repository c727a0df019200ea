/* Rules: what a plane shows, and to whom it denies that there is more. */
#include <ctype.h>

#include "regress/unit/rpc/fixture.h"

#define ALICE	1001u
#define OPS	2002u

/* A rule that allows the methods of a role. */
static void
rule(struct fix *f, enum rule_who who, uint32_t id, enum role role,
    const char *name, const char *glob)
{
	struct m_conf_rule	 m;

	memset(&m, 0, sizeof(m));
	m.who = who;
	m.id = id;
	m.role = role;
	peer_send(f->far[K_PARENT], M_CONF_RULE, -1, &m, name, glob,
	    "a rule", NULL);
}

static void
begin(struct fix *f, uint32_t version)
{
	struct m_conf_begin	 m;

	memset(&m, 0, sizeof(m));
	m.version = version;
	peer_send(f->far[K_PARENT], M_CONF_BEGIN, -1, &m, NULL);
}

static void
commit(struct fix *f, uint32_t version)
{
	struct m_conf_end	 m;

	memset(&m, 0, sizeof(m));
	m.version = version;
	peer_send(f->far[K_PARENT], M_CONF_END, -1, &m, NULL);
	peer_send(f->far[K_PARENT], M_CONF_COMMIT, -1, &m, NULL);
	fix_settle(f);
}

/* alice may operate api, ops may view all. */
static struct fix *
ruled(void)
{
	struct fix	*f = fix_new_as(K_LOCAL);

	begin(f, 1);
	rule(f, RULE_USER, ALICE, ROLE_OPERATOR, "alice", "api");
	rule(f, RULE_GROUP, OPS, ROLE_VIEWER, "ops", "*");
	commit(f, 1);
	fix_apps(f);
	return (f);
}

static int
ops_client(struct fix *f)
{
	struct conn	*c;
	int		 fd = fix_client_as(f, ROLE_ADMIN, 3003);

	c = TAILQ_LAST(&f->control->conns, conns);
	c->client.caller.ngids = 1;
	c->client.caller.gids[0] = OPS;
	return (fd);
}

static const struct json *
app_of(const struct json *list, const char *name)
{
	const struct json	*j;

	for (j = list->first; j != NULL; j = j->next)
		if (strcmp(fix_string(j, "name"), name) == 0)
			return (j);
	return (NULL);
}

/* No reply to it has the text anywhere. */
static void
never(struct fix *f, int fd, const char *call, const char *text)
{
	char	*line;

	fix_send(f, fd, call);
	line = fix_line(f, fd);
	ATF_REQUIRE(line != NULL);
	ATF_CHECK_MSG(strstr(line, text) == NULL, "%s: %s", call, line);
	free(line);
}

ATF_TC_WITHOUT_HEAD(lists_have_what_may_be_seen);
ATF_TC_BODY(lists_have_what_may_be_seen, tc)
{
	struct fix	*f = ruled();
	int		 fd = fix_client_as(f, ROLE_ADMIN, ALICE);
	int		 ops = ops_client(f);
	struct json	*j;

	j = fix_call(f, fd, DAEMON("list", "{}"));
	ATF_CHECK_EQ(1, fix_get(j, "result")->count);
	ATF_CHECK(app_of(fix_get(j, "result"), "api") != NULL);
	json_free(j);
	j = fix_call(f, ops, DAEMON("list", "{}"));
	ATF_CHECK_EQ(3, fix_get(j, "result")->count);
	json_free(j);
	never(f, fd, DAEMON("status", "{}"), "\"db\"");
	never(f, fd, DAEMON("getHealth", "{}"), "\"db\"");
	never(f, fd, DAEMON("getMetrics", "{}"), "\"db\"");
	never(f, fd, DAEMON("getWatchStatus", "{}"), "\"db\"");
	/* api depends on db: an edge to what is not there would tell */
	never(f, fd, DAEMON("getDependencyGraph", "{}"), "db");
	never(f, fd, DAEMON("getDependencyGraph", "{\"name\":\"api\"}"), "db");
	close(fd);
	close(ops);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(what_is_hidden_is_not_there);
ATF_TC_BODY(what_is_hidden_is_not_there, tc)
{
	struct fix	*f = ruled();
	int		 fd = fix_client_as(f, ROLE_ADMIN, ALICE);
	char		*hidden, *none, *p;

	fix_send(f, fd, DAEMON("restartApp", "{\"name\":\"db\"}"));
	hidden = fix_line(f, fd);
	fix_send(f, fd, DAEMON("restartApp", "{\"name\":\"dx\"}"));
	none = fix_line(f, fd);
	/* the same but for the name that was asked for */
	while ((p = strstr(none, "dx")) != NULL)
		p[1] = 'b';
	ATF_CHECK_STREQ(none, hidden);
	free(hidden);
	free(none);
	/* nor is it what was meant */
	fix_fails(f, fd, DAEMON("getApp", "{\"name\":\"dbb\"}"), -32004,
	    "app 'dbb' not found");
	never(f, fd, DAEMON("getApp", "{\"name\":\"dbb\"}"), "did you mean");
	fix_fails(f, fd, DAEMON("getApp", "{\"name\":\"apii\"}"), -32004,
	    "did you mean 'api'?");
	fix_fails(f, fd, DAEMON("enableWatch", "{\"apps\":[\"db\"]}"), -32004,
	    "app 'db' not found");
	/* the daemon's own log is for who may see all */
	fix_fails(f, fd, DAEMON("getLogs", "{\"name\":\"omnitrond\"}"),
	    -32004, "not found");
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(seen_and_not_permitted);
ATF_TC_BODY(seen_and_not_permitted, tc)
{
	struct fix	*f = ruled();
	int		 fd = ops_client(f);
	int		 alice = fix_client_as(f, ROLE_ADMIN, ALICE);
	struct json	*j;

	fix_fails(f, fd, DAEMON("restartApp", "{\"name\":\"db\"}"), -32003,
	    "no rule allows you OmnitronDaemon.restartApp of app 'db'");
	fix_fails(f, alice, DAEMON("reloadConfig", "{}"), -32003, "\"*\"");
	fix_fails(f, alice, DAEMON("getConfig", "{}"), -32003, "\"*\"");
	fix_fails(f, alice, CALL(1, "OmnitronSecrets.list", "{}"), -32003,
	    "\"*\"");
	ATF_CHECK_EQ(0, fix_count(f, M_REQUEST));
	/* what is permitted goes on, with who asks behind it */
	fix_send(f, alice, DAEMON("restartApp", "{\"name\":\"api\"}"));
	fix_reply(f, fix_request(f).id, OUT_OK, 0, 1, "");
	j = fix_json(f, alice);
	ATF_CHECK_STREQ("api", fix_string(j, "result.name"));
	json_free(j);
	/* a role is a ceiling that no rule raises */
	close(alice);
	alice = fix_client_as(f, ROLE_VIEWER, ALICE);
	fix_fails(f, alice, DAEMON("restartApp", "{\"name\":\"api\"}"),
	    -32003, "needs the role operator");
	close(alice);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(lines_count_what_is_shown);
ATF_TC_BODY(lines_count_what_is_shown, tc)
{
	struct fix		*f = ruled();
	int			 fd = fix_client_as(f, ROLE_ADMIN, ALICE);
	struct m_request	 m;
	struct json		*j;
	int			 i;

	fix_send(f, fd, DAEMON("getLogs", "{\"lines\":2}"));
	m = fix_request(f);
	ATF_CHECK_EQ(LOG_LINES_MAX, m.number);
	for (i = 0; i < 4; i++) {
		fix_log(f, m.id, 0, "api", "seen", 4);
		fix_log(f, m.id, 0, "db", "hidden", 6);
		fix_log(f, m.id, 0, "gone", "hidden", 6);
	}
	fix_log_done(f, m.id, OUT_OK, "");
	j = fix_json(f, fd);
	ATF_CHECK_EQ(2, fix_get(j, "result")->count);
	ATF_CHECK_STREQ("seen", fix_string(j, "result.0.message"));
	ATF_CHECK_STREQ("seen", fix_string(j, "result.1.message"));
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(texts_name_no_hidden_app);
ATF_TC_BODY(texts_name_no_hidden_app, tc)
{
	struct fix		*f = ruled();
	struct m_view_app	 m = fix_record(1, S_STOPPED);
	int			 fd = fix_client_as(f, ROLE_ADMIN, ALICE);
	int			 ops = ops_client(f);
	struct json		*j;

	m.flags = VIEW_HELD;
	peer_send(f->far[K_SUPERVISOR], M_VIEW_APP, -1, &m, "api",
	    "waits for db.", NULL);
	fix_sync(f);
	j = fix_call(f, fd, DAEMON("getApp", "{\"name\":\"api\"}"));
	ATF_CHECK_STREQ("waits for (another app).",
	    fix_string(j, "result.reason"));
	json_free(j);
	j = fix_call(f, ops, DAEMON("getApp", "{\"name\":\"api\"}"));
	ATF_CHECK_STREQ("waits for db.", fix_string(j, "result.reason"));
	json_free(j);
	close(fd);
	close(ops);
	fix_free(f);
}

/* Of any text: within its bounds, and without the name as a word. */
ATF_TC_WITHOUT_HEAD(random_texts);
ATF_TC_BODY(random_texts, tc)
{
	static const char *const	 words[] = { "db", "api", "old", ".",
		    " ", "-", "\xc3\xa9", "'", "dbx", ",", "\n", "_" };
	struct fix			*f = ruled();
	int				 fd = fix_client_as(f, ROLE_ADMIN, ALICE);
	struct client			*client;
	char				 text[2048], buf[ACCESS_TEXT_MAX];
	const char			*out, *p;
	unsigned			 i, n;

	client = &TAILQ_FIRST(&f->control->conns)->client;
	srandom(1);
	for (i = 0; i < 20000; i++) {
		text[0] = '\0';
		for (n = (unsigned)random() % 600; n > 0; n--)
			strlcat(text, words[(unsigned)random() %
			    (sizeof(words) / sizeof(words[0]))], sizeof(text));
		out = access_text(client, text, buf);
		ATF_REQUIRE(strlen(out) < ACCESS_TEXT_MAX);
		for (p = out; (p = strstr(p, "db")) != NULL; p += 2)
			ATF_REQUIRE_MSG((p > out && (isalnum((unsigned char)
			    p[-1]) || strchr("._-", p[-1]) != NULL)) ||
			    (p[2] != '\0' && (isalnum((unsigned char)p[2]) ||
			    strchr("_-.", p[2]) != NULL)), "%s", out);
	}
	close(fd);
	fix_free(f);
}

/* `grants' without any rule: nothing is allowed. */
ATF_TC_WITHOUT_HEAD(grants_without_rules);
ATF_TC_BODY(grants_without_rules, tc)
{
	struct fix	*f = fix_new_as(K_LOCAL);
	struct json	*j;
	int		 fd;

	fix_apps(f);
	fd = fix_client_as(f, ROLE_ADMIN, 0);
	TAILQ_FIRST(&f->control->conns)->client.caller.grants = 1;
	j = fix_call(f, fd, DAEMON("list", "{}"));
	ATF_CHECK_EQ(0, fix_get(j, "result")->count);
	json_free(j);
	fix_fails(f, fd, DAEMON("getApp", "{\"name\":\"api\"}"), -32004,
	    "app 'api' not found");
	j = fix_call(f, fd, CALL(1, "OmnitronAuth.whoami", "{}"));
	ATF_CHECK_STREQ("local", fix_string(j, "result.plane"));
	ATF_CHECK_EQ(1, fix_bool(j, "result.limited"));
	ATF_CHECK_EQ(0, fix_int(j, "result.uid"));
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(a_commit_replaces_the_rules);
ATF_TC_BODY(a_commit_replaces_the_rules, tc)
{
	struct fix	*f = ruled();
	int		 fd;
	struct json	*j;

	/* it has no listener any more either, so who was there is gone */
	fd = fix_client_as(f, ROLE_ADMIN, ALICE);
	begin(f, 2);
	rule(f, RULE_USER, ALICE, ROLE_VIEWER, "alice", "db");
	commit(f, 2);
	ATF_CHECK(fix_line(f, fd) == NULL);
	close(fd);
	fd = fix_client_as(f, ROLE_ADMIN, ALICE);
	j = fix_call(f, fd, DAEMON("list", "{}"));
	ATF_CHECK_EQ(1, fix_get(j, "result")->count);
	ATF_CHECK_STREQ("db", fix_string(j, "result.0.name"));
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lists_have_what_may_be_seen);
	ATF_TP_ADD_TC(tp, what_is_hidden_is_not_there);
	ATF_TP_ADD_TC(tp, seen_and_not_permitted);
	ATF_TP_ADD_TC(tp, lines_count_what_is_shown);
	ATF_TP_ADD_TC(tp, texts_name_no_hidden_app);
	ATF_TP_ADD_TC(tp, random_texts);
	ATF_TP_ADD_TC(tp, grants_without_rules);
	ATF_TP_ADD_TC(tp, a_commit_replaces_the_rules);
	return (atf_no_error());
}
