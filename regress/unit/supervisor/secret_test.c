/* Secrets by their names, tokens, those that are revoked, and what if. */
#include <stdio.h>

#include "omnitrond/supervisor/access.h"
#include "omnitrond/supervisor/revoke.h"
#include "omnitrond/supervisor/secret.h"
#include "regress/unit/shared/grant_fixture.h"
#include "regress/unit/supervisor/fake.h"

static void
uses(struct fake *f)
{
	static const struct {
		uint32_t	 app;
		uint32_t	 process;
		const char	*key;
	} list[] = {
		{ 1, 0, "db-password" }, { 2, 0, "other" },
		{ 2, 1, "db-password" }
	};
	struct m_conf_secret	 m;
	size_t			 i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		memset(&m, 0, sizeof(m));
		m.app = list[i].app;
		m.process = list[i].process;
		ATF_REQUIRE_EQ(0, conf_secret(&f->sup, &m, list[i].key));
	}
}

static struct fake *
world(void)
{
	struct fake	*f = fake_new();

	f->there[K_NETWORK] = 1;
	fake_app(f, "web");
	fake_bootstrap(f, "shop");
	fake_process(f, "http");
	fake_process(f, "worker");
	f->more = uses;
	fake_boot(f);
	fake_up(f);
	fake_synced(f);
	fake_turn(f);
	fake_forget(f);
	return (f);
}

/* A request, whatever methods there are: its op, and an admin who asks. */
static struct ask
ask_of(struct fake *f, enum op op, uint32_t number)
{
	struct ask	 ask;

	memset(&ask, 0, sizeof(ask));
	ask.plane = K_CONTROL;
	ask.caller = caller_local(ROLE_ADMIN, 0, 0);
	ask.m.id = ++f->next_id;
	ask.m.method = METHOD_SHUTDOWN;		/* one that is audited */
	ask.m.op = op;
	ask.m.number = number;
	ask.m.role = ROLE_ADMIN;
	ask.m.pid = ask.caller.pid;
	return (ask);
}

/* ---- what apps have ----------------------------------------------------- */

static uint32_t
flags_of(struct fake *f, const char *name, char *reason, size_t size)
{
	struct m_view_app	 m;
	struct fake_msg		*v;

	fake_synced(f);
	fake_forget(f);
	app_changed(&f->sup, fake_find(f, name));
	fake_turn(f);
	do
		ATF_REQUIRE((v = fake_take(f, M_VIEW_APP, &m)) != NULL);
	while (m.id != fake_find(f, name)->conf.id);
	strlcpy(reason, fake_string(v, 1), size);
	return (m.flags);
}

/* SECRET_CHANGED, of now. */
static int
changed(struct fake *f, const char *key)
{
	struct m_secret_changed	 m = { f->wall };

	return (secret_changed(&f->sup, &m, key));
}

ATF_TC_WITHOUT_HEAD(what_runs_with_an_older_one_says_so);
ATF_TC_BODY(what_runs_with_an_older_one_says_so, tc)
{
	struct m_secret_changed	 m;
	struct fake		*f = world();
	char			 reason[TEXT_MAX];

	ATF_CHECK_EQ(-1, changed(f, "../x"));
	ATF_CHECK_EQ(0, changed(f, "nobody-has-it"));
	ATF_CHECK((flags_of(f, "web", reason, sizeof(reason)) &
	    VIEW_STALE) == 0);
	ATF_CHECK_EQ(0, changed(f, "db-password"));
	ATF_CHECK((flags_of(f, "web", reason, sizeof(reason)) &
	    VIEW_STALE) != 0);
	ATF_CHECK_STREQ("restart to apply: secret db-password changed",
	    reason);
	ATF_CHECK((flags_of(f, "shop", reason, sizeof(reason)) &
	    VIEW_STALE) != 0);
	/* only the process that has it */
	ATF_CHECK_EQ(0, fake_inst(f, "shop/http", 0)->stale);
	ATF_CHECK_EQ(1, fake_inst(f, "shop/worker", 0)->stale);
	/* it is not in the record */
	ATF_CHECK_STREQ("", fake_find(f, "web")->reason);
	m.at_ms = f->wall;
	f->wall += 1000;
	fake_call(f, METHOD_RESTART_APP, "web");
	fake_down(f);
	fake_up(f);
	REQUIRE_STATUS(f, "web", ONLINE);
	/* told again, of when it was: what was started since has the new one */
	ATF_CHECK_EQ(0, secret_changed(&f->sup, &m, "db-password"));
	m.at_ms = 0;
	ATF_CHECK_EQ(-1, secret_changed(&f->sup, &m, "db-password"));
	ATF_CHECK((flags_of(f, "web", reason, sizeof(reason)) &
	    VIEW_STALE) == 0);
	ATF_CHECK_STREQ("", reason);
	ATF_CHECK((flags_of(f, "shop", reason, sizeof(reason)) &
	    VIEW_STALE) != 0);
	/* what does not run takes the new one when it does */
	fake_call(f, METHOD_STOP_APP, "shop");
	fake_down(f);
	REQUIRE_STATUS(f, "shop", STOPPED);
	ATF_CHECK_EQ(0, fake_inst(f, "shop/worker", 0)->stale);
	ATF_CHECK_EQ(0, fake_find(f, "shop")->nstale);
	ATF_CHECK((flags_of(f, "shop", reason, sizeof(reason)) &
	    VIEW_STALE) == 0);
	ATF_CHECK_EQ(0, changed(f, "db-password"));
	ATF_CHECK((flags_of(f, "shop", reason, sizeof(reason)) &
	    VIEW_STALE) == 0);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(who_has_which_changes_with_the_configuration);
ATF_TC_BODY(who_has_which_changes_with_the_configuration, tc)
{
	struct fake		*f = world();
	struct m_conf_secret	 m;

	f->more = NULL;
	fake_conf(f, 0);
	ATF_CHECK_EQ(0, changed(f, "db-password"));
	ATF_CHECK_EQ(0, fake_find(f, "web")->nstale);
	/* outside of a configuration it breaks the protocol */
	memset(&m, 0, sizeof(m));
	m.app = 1;
	ATF_CHECK_EQ(-1, conf_secret(&f->sup, &m, "db-password"));
	fake_free(f);
}

static void
stranger(struct fake *f)
{
	struct m_conf_secret	 m;
	struct m_conf_end	 end;

	memset(&m, 0, sizeof(m));
	m.app = 99;
	ATF_CHECK_EQ(-1, conf_secret(&f->sup, &m, "a b"));
	ATF_CHECK_EQ(0, conf_secret(&f->sup, &m, "db-password"));
	memset(&end, 0, sizeof(end));
	end.version = f->version;
	ATF_CHECK_EQ(-1, conf_end(&f->sup, &end));
	m.app = 1;
}

ATF_TC_WITHOUT_HEAD(a_secret_of_an_app_that_is_not_there);
ATF_TC_BODY(a_secret_of_an_app_that_is_not_there, tc)
{
	struct fake		*f = world();
	struct m_conf_begin	 begin;

	memset(&begin, 0, sizeof(begin));
	begin.version = ++f->version;
	ATF_REQUIRE_EQ(0, conf_begin(&f->sup, &begin));
	stranger(f);
	fake_free(f);
}

/* ---- requests ----------------------------------------------------------- */

ATF_TC_WITHOUT_HEAD(the_secrets_process_is_asked_and_answers);
ATF_TC_BODY(the_secrets_process_is_asked_and_answers, tc)
{
	struct fake		*f = world();
	struct ask		 ask = ask_of(f, OP_SECRET, SECRET_SET);
	struct m_secret_open	 m;
	struct fake_msg		*o, *a;

	f->there[K_SECRETS] = 1;
	ATF_REQUIRE_EQ(0, secret_request(&f->sup, &ask, "db-password"));
	ATF_REQUIRE((o = fake_take(f, M_SECRET_OPEN, &m)) != NULL);
	ATF_CHECK_EQ(K_SECRETS, o->to);
	ATF_CHECK_EQ(ask.m.id, m.id);
	ATF_CHECK_EQ(K_CONTROL, m.plane);
	ATF_CHECK_EQ(SECRET_SET, m.op);
	ATF_CHECK_STREQ("db-password", fake_string(o, 0));
	ATF_CHECK_EQ(0, fake_count(f, M_REPLY));
	/* on record with its name */
	ATF_REQUIRE((a = fake_take(f, M_AUDIT, NULL)) != NULL);
	ATF_CHECK_STREQ("db-password", fake_string(a, 3));
	ask = ask_of(f, OP_SECRET, SECRET_GET);
	ask.m.method = METHOD_SECRET_GET;
	ATF_REQUIRE_EQ(0, secret_request(&f->sup, &ask, "db-password"));
	ATF_CHECK(fake_take(f, M_SECRET_OPEN, &m) != NULL);
	ATF_REQUIRE((a = fake_take(f, M_AUDIT, NULL)) != NULL);
	ATF_CHECK_STREQ("OmnitronSecrets.get", fake_string(a, 0));
	ATF_CHECK_STREQ("db-password", fake_string(a, 3));
	ask = ask_of(f, OP_ISSUE, ROLE_VIEWER);
	ask.m.timeout_ms = 3600000;
	ATF_REQUIRE_EQ(0, secret_request(&f->sup, &ask, "ci"));
	ATF_REQUIRE((o = fake_take(f, M_SECRET_OPEN, &m)) != NULL);
	ATF_CHECK_EQ(SECRET_ISSUE, m.op);
	ATF_CHECK_EQ(ROLE_VIEWER, m.role);
	ATF_CHECK_EQ(3600, m.ttl_s);
	ATF_CHECK_STREQ("ci", fake_string(o, 0));
	/* nobody else, whatever the table says */
	ask.m.role = ROLE_OPERATOR;
	ask.m.id = ++f->next_id;
	ATF_REQUIRE_EQ(0, secret_request(&f->sup, &ask, "ci"));
	REQUIRE_REPLY(f, ask.m.id, FORBIDDEN);
	ATF_CHECK(fake_take(f, M_SECRET_OPEN, &m) == NULL);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_secrets_process_is_waited_for_but_not_long);
ATF_TC_BODY(a_secrets_process_is_waited_for_but_not_long, tc)
{
	struct fake		*f = world();
	struct ask		 ask = ask_of(f, OP_SECRET, SECRET_GET);
	struct m_secret_open	 m;
	struct fake_msg		*o;

	ATF_REQUIRE_EQ(0, secret_request(&f->sup, &ask, "db-password"));
	ATF_CHECK_EQ(1, fake_count(f, M_SECRETS_NEED));
	ATF_CHECK_EQ(0, fake_count(f, M_SECRET_OPEN));
	ATF_CHECK_EQ(0, fake_count(f, M_REPLY));
	f->there[K_SECRETS] = 1;
	sup_up(&f->sup, K_SECRETS);
	fake_turn(f);
	ATF_REQUIRE((o = fake_take(f, M_SECRET_OPEN, &m)) != NULL);
	ATF_CHECK_EQ(ask.m.id, m.id);
	ATF_CHECK_STREQ("db-password", fake_string(o, 0));
	ATF_CHECK_EQ(0, f->sup.nreqs);
	f->there[K_SECRETS] = 0;
	ask = ask_of(f, OP_SECRET, SECRET_GET);
	ATF_REQUIRE_EQ(0, secret_request(&f->sup, &ask, "db-password"));
	fake_advance(f, SECRET_WAIT_MS - 1);
	ATF_CHECK_EQ(0, fake_count(f, M_REPLY));
	fake_advance(f, 2);
	REQUIRE_REPLY(f, ask.m.id, UNAVAILABLE);
	ATF_CHECK_EQ(0, f->sup.nreqs);
	/* a plane that goes waits no more */
	ask = ask_of(f, OP_SECRET, SECRET_GET);
	ATF_REQUIRE_EQ(0, secret_request(&f->sup, &ask, "db-password"));
	request_plane_gone(&f->sup, K_CONTROL);
	f->there[K_SECRETS] = 1;
	sup_up(&f->sup, K_SECRETS);
	ATF_CHECK(fake_take(f, M_SECRET_OPEN, &m) == NULL);
	fake_free(f);
}

/* ---- revoked tokens ----------------------------------------------------- */

static int
load(struct fake *f, const char *jti, int64_t until_ms)
{
	struct m_revocation	 m;

	memset(&m, 0, sizeof(m));
	m.until_ms = until_ms;
	return (revoke_load(&f->sup, &m, jti));
}

ATF_TC_WITHOUT_HEAD(a_revoked_token_is_told_and_kept);
ATF_TC_BODY(a_revoked_token_is_told_and_kept, tc)
{
	struct fake		*f = world();
	struct ask		 ask = ask_of(f, OP_REVOKE, 0);
	struct m_revocation	 m;
	struct m_sync		 sync;
	struct m_stored		 stored;
	struct fake_msg		*r;
	const struct m_reply	*reply;

	f->store_auto = 0;
	ask.m.until_ms = f->wall + 1000;
	ATF_REQUIRE_EQ(0, revoke_request(&f->sup, &ask, "jti-1"));
	/* the network knows it before it is on disk */
	ATF_REQUIRE((r = fake_take(f, M_REVOCATION, &m)) != NULL);
	ATF_CHECK_EQ(K_NETWORK, r->to);
	ATF_CHECK_EQ(f->wall + 1000, m.until_ms);
	ATF_CHECK_STREQ("jti-1", fake_string(r, 0));
	fake_turn(f);
	ATF_REQUIRE((r = fake_take(f, M_REVOCATION, &m)) != NULL);
	ATF_CHECK_EQ(K_STORE, r->to);
	ATF_REQUIRE(fake_take(f, M_STATE_COMMIT, &sync) != NULL);
	ATF_CHECK(fake_reply(f, ask.m.id, NULL) == NULL);
	memset(&stored, 0, sizeof(stored));
	stored.seq = sync.seq;
	ATF_REQUIRE_EQ(0, persist_stored(&f->sup, &stored, ""));
	ATF_REQUIRE((reply = fake_reply(f, ask.m.id, NULL)) != NULL);
	ATF_CHECK_EQ(OUT_OK, reply->outcome);
	ATF_CHECK_EQ(0, reply->flags & REPLY_UNSAVED);
	/* a disk that is slow delays it two seconds and no more */
	ask = ask_of(f, OP_REVOKE, 0);
	ATF_REQUIRE_EQ(0, revoke_request(&f->sup, &ask, "jti-2"));
	fake_advance(f, UNSAVED_MS + 1);
	ATF_REQUIRE((reply = fake_reply(f, ask.m.id, NULL)) != NULL);
	ATF_CHECK_EQ(OUT_OK, reply->outcome);
	ATF_CHECK(reply->flags & REPLY_UNSAVED);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_network_that_comes_knows_all_of_them_first);
ATF_TC_BODY(a_network_that_comes_knows_all_of_them_first, tc)
{
	struct fake	*f = world();
	size_t		 i, sync = 0, n = 0;

	ATF_CHECK_EQ(-1, load(f, "", f->wall + 1000));
	ATF_CHECK_EQ(-1, load(f, "jti", 0));
	ATF_CHECK_EQ(-1, load(f, "\xff", f->wall + 1000));
	ATF_REQUIRE_EQ(0, load(f, "jti-1", f->wall + 1000));
	ATF_REQUIRE_EQ(0, load(f, "jti-2", f->wall + 1000));
	/* known already: the later end counts */
	ATF_REQUIRE_EQ(0, load(f, "jti-2", f->wall + 5));
	ATF_CHECK_EQ(2, f->sup.revokes.n);
	f->there[K_NETWORK] = 0;
	sup_down(&f->sup, K_NETWORK);
	fake_turn(f);
	fake_forget(f);
	f->there[K_NETWORK] = 1;
	sup_up(&f->sup, K_NETWORK);
	for (i = 0; i < f->n; i++)
		if (f->msgs[i].type == M_REVOCATION) {
			ATF_CHECK_EQ(K_NETWORK, f->msgs[i].to);
			ATF_CHECK_EQ(0, sync);
			n++;
		} else if (f->msgs[i].type == M_VIEW_SYNC)
			sync = 1;
	ATF_CHECK_EQ(2, n);
	ATF_CHECK_EQ(1, sync);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_store_that_comes_again_is_told_them_again);
ATF_TC_BODY(a_store_that_comes_again_is_told_them_again, tc)
{
	struct fake	*f = world();
	struct ask	 ask = ask_of(f, OP_REVOKE, 0);

	f->there[K_NETWORK] = 0;
	f->store_auto = 0;
	ATF_REQUIRE_EQ(0, revoke_request(&f->sup, &ask, "jti-1"));
	fake_turn(f);
	ATF_CHECK_EQ(1, fake_count(f, M_REVOCATION));
	/* it dies before it is written */
	f->there[K_STORE] = 0;
	sup_down(&f->sup, K_STORE);
	fake_forget(f);
	f->there[K_STORE] = 1;
	f->store_auto = 1;
	sup_up(&f->sup, K_STORE);
	fake_turn(f);
	ATF_CHECK_EQ(1, fake_count(f, M_REVOCATION));
	REQUIRE_REPLY(f, ask.m.id, OK);
	ATF_CHECK(persist_clean(&f->sup));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(revoked_tokens_are_bounded_and_end);
ATF_TC_BODY(revoked_tokens_are_bounded_and_end, tc)
{
	struct fake	*f = world();
	struct ask	 ask;
	char		 jti[32];
	uint32_t	 i;

	f->there[K_NETWORK] = 0;
	for (i = 0; i < REVOKED_MAX; i++) {
		snprintf(jti, sizeof(jti), "jti-%u", i);
		ATF_REQUIRE_EQ(0, load(f, jti, f->wall + 1000));
	}
	ask = ask_of(f, OP_REVOKE, 0);
	ATF_REQUIRE_EQ(0, revoke_request(&f->sup, &ask, "one-more"));
	REQUIRE_REPLY(f, ask.m.id, LIMITED);
	/* one that is there may be said again */
	ask = ask_of(f, OP_REVOKE, 0);
	ATF_REQUIRE_EQ(0, revoke_request(&f->sup, &ask, "jti-0"));
	fake_turn(f);
	REQUIRE_REPLY(f, ask.m.id, OK);
	/* their end and what clocks may be off are over */
	f->wall += REVOKED_KEEP_MS + 2000;
	ask = ask_of(f, OP_REVOKE, 0);
	ATF_REQUIRE_EQ(0, revoke_request(&f->sup, &ask, "one-more"));
	fake_turn(f);
	REQUIRE_REPLY(f, ask.m.id, OK);
	ATF_CHECK_EQ(2, f->sup.revokes.n);
	fake_free(f);
}

/* ---- what if ------------------------------------------------------------ */

static int
test_of(struct fake *f, const struct caller *who, enum method_id method,
    const char *app, char *text, size_t size)
{
	struct ask		 ask = ask_of(f, OP_TEST, method);
	const struct m_reply	*r;
	const char		*why;

	ATF_REQUIRE_EQ(0, access_test(&f->sup, &ask, who, app));
	ATF_REQUIRE((r = fake_reply(f, ask.m.id, &why)) != NULL);
	ATF_CHECK_EQ(OUT_OK, r->outcome);
	strlcpy(text, why, size);
	return ((int)r->count);
}

ATF_TC_WITHOUT_HEAD(a_test_says_what_decides);
ATF_TC_BODY(a_test_says_what_decides, tc)
{
	struct fake		*f = world();
	struct caller		 alice = caller_local(ROLE_OPERATOR, 1001, 1);
	struct caller		 bob = caller_local(ROLE_OPERATOR, 1002, 1);
	struct m_conf_rule	 m;
	char			 text[TEXT_MAX];

	ATF_CHECK_EQ(1, test_of(f, &alice, METHOD_STOP_APP, "web", text,
	    sizeof(text)));
	ATF_CHECK_STREQ("the role operator is enough, and there is no rule",
	    text);
	ATF_CHECK_EQ(0, test_of(f, &alice, METHOD_SHUTDOWN, "", text,
	    sizeof(text)));
	ATF_CHECK_STREQ("OmnitronDaemon.shutdown needs the role admin, and "
	    "this is operator", text);
	memset(&m, 0, sizeof(m));
	m.who = RULE_USER;
	m.id = 1001;
	m.role = ROLE_OPERATOR;
	ATF_REQUIRE_EQ(0, rule_add(&f->sup.grants, &m, "alice", "w*",
	    "omnitrond.conf:3: allow user \"alice\" operate \"w*\""));
	ATF_CHECK_EQ(1, test_of(f, &alice, METHOD_STOP_APP, "web", text,
	    sizeof(text)));
	ATF_CHECK_STREQ("omnitrond.conf:3: allow user \"alice\" operate "
	    "\"w*\"", text);
	/* of an app that is not there, too */
	ATF_CHECK_EQ(1, test_of(f, &alice, METHOD_STOP_APP, "wiki", text,
	    sizeof(text)));
	ATF_CHECK_EQ(0, test_of(f, &alice, METHOD_STOP_APP, "shop", text,
	    sizeof(text)));
	ATF_CHECK_STREQ("no rule matches", text);
	ATF_CHECK_EQ(0, test_of(f, &bob, METHOD_STOP_APP, "web", text,
	    sizeof(text)));
	/* lists show what is allowed */
	ATF_CHECK_EQ(1, test_of(f, &alice, METHOD_LIST, "", text,
	    sizeof(text)));
	ATF_CHECK(strstr(text, "omnitrond.conf:3") != NULL);
	ATF_CHECK_EQ(0, test_of(f, &bob, METHOD_LIST, "", text,
	    sizeof(text)));
	ATF_CHECK_EQ(1, test_of(f, &bob, METHOD_PING, "", text,
	    sizeof(text)));
	ATF_CHECK_STREQ("OmnitronDaemon.ping needs no role", text);
	fake_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_runs_with_an_older_one_says_so);
	ATF_TP_ADD_TC(tp, who_has_which_changes_with_the_configuration);
	ATF_TP_ADD_TC(tp, a_secret_of_an_app_that_is_not_there);
	ATF_TP_ADD_TC(tp, the_secrets_process_is_asked_and_answers);
	ATF_TP_ADD_TC(tp, a_secrets_process_is_waited_for_but_not_long);
	ATF_TP_ADD_TC(tp, a_revoked_token_is_told_and_kept);
	ATF_TP_ADD_TC(tp, a_network_that_comes_knows_all_of_them_first);
	ATF_TP_ADD_TC(tp, a_store_that_comes_again_is_told_them_again);
	ATF_TP_ADD_TC(tp, revoked_tokens_are_bounded_and_end);
	ATF_TP_ADD_TC(tp, a_test_says_what_decides);
	return (atf_no_error());
}
