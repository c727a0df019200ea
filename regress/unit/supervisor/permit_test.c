/*
 * Who may do what at the supervisor's boundary: every method with every role
 * over every plane, then the rules.
 */
#include <stdio.h>

#include "omnitrond/supervisor/permit.h"
#include "regress/unit/shared/grant_fixture.h"
#include "regress/unit/supervisor/fake.h"

#define ALICE	1001u
#define BOB	1002u

static const uint32_t	 alice_apps[] = { 1, 2 };	/* web-1, web-2 */

/* web-1 and web-2 of alice, db of bob; both depend on none. */
static struct fake *
world(void)
{
	struct fake	*f = fake_new();

	f->there[K_LOCAL] = f->there[K_NETWORK] = 1;
	f->there[K_SECRETS] = 1;
	fake_app(f, "web-1")->uid = ALICE;
	fake_app(f, "web-2")->uid = ALICE;
	fake_app(f, "db")->uid = BOB;
	fake_boot(f);
	fake_up(f);
	fake_forget(f);
	return (f);
}

/* What an op has behind its caller, well formed. */
static size_t
tail_of(const struct m_request *m, uint8_t *buf)
{
	struct caller	 who = caller_local(ROLE_ADMIN, ALICE, ALICE);
	size_t		 n;

	switch (m->op) {
	case OP_SECRET:
		return (rule_put(buf, 0, m->number <= SECRET_DELETE ? "key" :
		    ""));
	case OP_ISSUE:
	case OP_REVOKE:
		return (rule_put(buf, 0, "subject"));
	case OP_TEST:
		n = caller_pack(&who, buf);
		return (rule_put(buf, n, "web-1"));
	default:
		return (0);
	}
}

static void
numbers(struct m_request *m)
{
	static const char *const	 words[] = {
		"get", "set", "delete", "list", "rekey", "reset"
	};
	const char			*word;
	uint32_t			 i;

	if (m->op == OP_SCALE || m->op == OP_SIGNAL)
		m->number = 1;
	if (m->op != OP_SECRET)
		return;
	word = strrchr(methods[m->method].name, '.') + 1;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0)
			m->number = i;
}

/* -1: a violation; else the outcome, or OUT_OK if it was passed on. */
static int
ask(struct fake *f, enum kind plane, const struct caller *c,
    enum method_id method, const char *app)
{
	struct m_request	 m = fake_request(f, method, app);
	const struct m_reply	*r;
	uint8_t			 buf[2 * CALLER_TAIL];
	size_t			 len;

	m.role = c->role;
	m.uid = c->uid;
	m.gid = c->gid;
	m.pid = c->pid;
	numbers(&m);
	len = tail_of(&m, buf);
	if (fake_handle_of(f, plane, &m, c, buf, len) == -1)
		return (-1);
	fake_turn(f);
	r = fake_reply(f, m.id, NULL);
	return (r == NULL ? OUT_OK : (int)r->outcome);
}

/* Is it about one app? */
static const char *
app_of(enum method_id method, const char *name)
{
	const struct method	*m = &methods[method];

	return (strncmp(m->params, "name:name", 9) == 0 &&
	    (m->flags & REQ_ALL) == 0 ? name : NULL);
}

/* ---- the matrix --------------------------------------------------------- */

/* A fresh world for what acts: nothing of one call is left to the next. */
static void
matrix(enum method_id method, enum kind plane, const struct caller *c)
{
	struct fake	*f = world();
	int		 got = ask(f, plane, c, method,
			    app_of(method, "web-1"));
	int		 speaks;

	speaks = plane == K_NETWORK ? c->how != CALLER_LOCAL :
	    c->how == CALLER_LOCAL;
	if (!speaks)
		ATF_CHECK_EQ_MSG(-1, got, "%s: %s speaks for how %d",
		    methods[method].name, kind_name(plane), c->how);
	else if (c->role < methods[method].role)
		ATF_CHECK_EQ_MSG((int)OUT_FORBIDDEN, got, "%s as %s on %s: %d",
		    methods[method].name, role_name(c->role),
		    kind_name(plane), got);
	else
		ATF_CHECK_MSG(got != -1 && got != OUT_FORBIDDEN &&
		    got != OUT_UNAUTHORIZED && got != OUT_NOT_FOUND,
		    "%s as %s on %s: %d", methods[method].name,
		    role_name(c->role), kind_name(plane), got);
	/* what is refused is on record, with its role and plane */
	if (got == OUT_FORBIDDEN)
		ATF_CHECK_EQ(1, fake_count(f, M_AUDIT));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(every_method_with_every_role_on_every_plane);
ATF_TC_BODY(every_method_with_every_role_on_every_plane, tc)
{
	struct caller	 callers[2 * ROLE_MAX + 1];
	uint32_t	 n = 0, i, plane;
	int		 role, m, tried = 0;

	for (role = ROLE_NONE; role < ROLE_MAX; role++) {
		callers[n++] = caller_local(role, ALICE, ALICE);
		callers[n++] = caller_token(role, "ci");
	}
	callers[n++] = caller_nobody();
	for (m = 0; m < METHOD_MAX; m++) {
		if (methods[m].op == OP_NONE)
			continue;
		for (plane = 0; plane < PLANES; plane++)
			for (i = 0; i < n; i++) {
				matrix(m, plane_kind(plane), &callers[i]);
				tried++;
			}
	}
	printf("%d combinations\n", tried);
	ATF_CHECK(tried > 500);
}

/* A plane that was taken can say what it likes of its caller. */
ATF_TC_WITHOUT_HEAD(no_plane_speaks_for_more_than_its_listeners_give);
ATF_TC_BODY(no_plane_speaks_for_more_than_its_listeners_give, tc)
{
	struct caller	 token = caller_token(ROLE_ADMIN, "ci");
	struct caller	 local = caller_local(ROLE_ADMIN, ALICE, ALICE);
	struct caller	 root = caller_local(ROLE_ADMIN, 0, 0);
	struct fake	*f = fake_new();

	f->there[K_LOCAL] = f->there[K_NETWORK] = 1;
	f->roles[plane_number(K_NETWORK)] = ROLE_OPERATOR;
	f->roles[plane_number(K_LOCAL)] = ROLE_VIEWER;
	fake_app(f, "web-1");
	fake_boot(f);
	fake_up(f);
	ATF_CHECK_EQ(OUT_FORBIDDEN, ask(f, K_NETWORK, &token,
	    METHOD_SHUTDOWN, NULL));
	ATF_CHECK_EQ(OUT_FORBIDDEN, ask(f, K_NETWORK, &token,
	    METHOD_RESTART_APP, "web-1"));
	token.role = ROLE_OPERATOR;
	ATF_CHECK_EQ(OUT_OK, ask(f, K_NETWORK, &token, METHOD_SIGNAL_APP,
	    "web-1"));
	local.role = ROLE_OPERATOR;
	ATF_CHECK_EQ(OUT_FORBIDDEN, ask(f, K_LOCAL, &local,
	    METHOD_SIGNAL_APP, "web-1"));
	/* nor is root what it is on the control socket */
	ATF_CHECK_EQ(OUT_FORBIDDEN, ask(f, K_LOCAL, &root, METHOD_SHUTDOWN,
	    NULL));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(who_asks_is_said_twice_alike);
ATF_TC_BODY(who_asks_is_said_twice_alike, tc)
{
	struct fake		*f = world();
	struct caller		 c = caller_local(ROLE_VIEWER, ALICE, ALICE);
	struct m_request	 good, m;

	good = fake_request(f, METHOD_GET_ENV, "web-1");
	good.role = c.role;
	good.uid = c.uid;
	good.gid = c.gid;
	good.pid = c.pid;
	m = good;
	m.role = ROLE_ADMIN;
	ATF_CHECK_EQ(-1, fake_handle_of(f, K_LOCAL, &m, &c, NULL, 0));
	m = good;
	m.uid = 0;
	ATF_CHECK_EQ(-1, fake_handle_of(f, K_LOCAL, &m, &c, NULL, 0));
	m = good;
	m.gid = 0;
	ATF_CHECK_EQ(-1, fake_handle_of(f, K_LOCAL, &m, &c, NULL, 0));
	m = good;
	m.pid++;
	ATF_CHECK_EQ(-1, fake_handle_of(f, K_LOCAL, &m, &c, NULL, 0));
	/* with more behind it than the op has */
	ATF_CHECK_EQ(-1, fake_handle_of(f, K_LOCAL, &good, &c, "x", 1));
	ATF_CHECK_EQ(0, fake_handle_of(f, K_LOCAL, &good, &c, NULL, 0));
	/* each plane counts its own */
	ATF_CHECK_EQ(-1, fake_handle_of(f, K_LOCAL, &good, &c, NULL, 0));
	ATF_CHECK_EQ(0, fake_handle_of(f, K_CONTROL, &good, &c, NULL, 0));
	fake_free(f);
}

/* ---- rules -------------------------------------------------------------- */

static void
rules(struct fake *f)
{
	struct grants	*g = &f->sup.grants;

	grants_free(g);
	rule_verb(g, 0, RULE_USER, ALICE, "alice", ROLE_OPERATOR, "web-*");
	rule_verb(g, 0, RULE_TOKEN, ID_NONE, "ops", ROLE_VIEWER, "*");
	rule_verb(g, 0, RULE_TOKEN, ID_NONE, "all", ROLE_ADMIN, "*");
}

ATF_TC_WITHOUT_HEAD(what_may_not_be_viewed_is_not_there);
ATF_TC_BODY(what_may_not_be_viewed_is_not_there, tc)
{
	struct fake		*f = world();
	struct caller		 alice, ops;
	struct m_request	 m;
	const char		*text;
	char			 hidden[TEXT_MAX];

	rules(f);
	alice = caller_local(ROLE_ADMIN, ALICE, ALICE);
	ops = caller_token(ROLE_ADMIN, "ops");
	ATF_CHECK_EQ(OUT_OK, ask(f, K_LOCAL, &alice, METHOD_SIGNAL_APP,
	    "web-1"));
	ATF_CHECK_EQ(OUT_NOT_FOUND, ask(f, K_LOCAL, &alice,
	    METHOD_SIGNAL_APP, "db"));
	ATF_REQUIRE(fake_reply(f, f->next_id, &text) != NULL);
	strlcpy(hidden, text, sizeof(hidden));
	/* and one that is not there is said the same of */
	m = fake_request(f, METHOD_SIGNAL_APP, NULL);
	m.app = 99;
	m.uid = m.gid = ALICE;
	m.pid = alice.pid;
	ATF_REQUIRE_EQ(0, fake_handle_of(f, K_LOCAL, &m, &alice, NULL, 0));
	ATF_REQUIRE(fake_reply(f, m.id, &text) != NULL);
	ATF_CHECK_STREQ(hidden, text);
	/* what it sees and may not touch is forbidden */
	ATF_CHECK_EQ(OUT_FORBIDDEN, ask(f, K_NETWORK, &ops,
	    METHOD_SIGNAL_APP, "db"));
	ATF_CHECK_EQ(OUT_OK, ask(f, K_NETWORK, &ops, METHOD_GET_ENV, "db"));
	/* reads that come by here are no exception */
	ATF_CHECK_EQ(OUT_NOT_FOUND, ask(f, K_LOCAL, &alice, METHOD_GET_ENV,
	    "db"));
	ATF_CHECK_EQ(OUT_NOT_FOUND, ask(f, K_LOCAL, &alice, METHOD_WHY,
	    "db"));
	ATF_CHECK_EQ(OUT_NOT_FOUND, ask(f, K_LOCAL, &alice, METHOD_EXEC,
	    "db"));
	ATF_CHECK_EQ(OUT_NOT_FOUND, ask(f, K_LOCAL, &alice, METHOD_GET_LOGS,
	    "db"));
	ATF_CHECK_EQ(OUT_NOT_FOUND, ask(f, K_LOCAL, &alice,
	    METHOD_GET_CRASHES, "db"));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(what_is_of_no_app_needs_all);
ATF_TC_BODY(what_is_of_no_app_needs_all, tc)
{
	struct fake		*f = world();
	struct caller		 alice = caller_local(ROLE_ADMIN, ALICE, ALICE);
	struct caller		 ops = caller_token(ROLE_ADMIN, "ops");
	struct caller		 all = caller_token(ROLE_ADMIN, "all");
	struct m_request	 m;

	rules(f);
	ATF_CHECK_EQ(OUT_FORBIDDEN, ask(f, K_LOCAL, &alice, METHOD_SHUTDOWN,
	    NULL));
	ATF_CHECK_EQ(OUT_FORBIDDEN, ask(f, K_LOCAL, &alice,
	    METHOD_RELOAD_CONFIG, NULL));
	ATF_CHECK_EQ(OUT_FORBIDDEN, ask(f, K_LOCAL, &alice,
	    METHOD_GET_CONFIG, NULL));
	ATF_CHECK_EQ(OUT_OK, ask(f, K_NETWORK, &ops, METHOD_GET_CONFIG,
	    NULL));
	ATF_CHECK_EQ(OUT_FORBIDDEN, ask(f, K_NETWORK, &ops, METHOD_SHUTDOWN,
	    NULL));
	/* records of many apps are filtered by the plane, the daemon's not */
	ATF_CHECK_EQ(OUT_OK, ask(f, K_LOCAL, &alice, METHOD_GET_LOGS, NULL));
	m = fake_request(f, METHOD_GET_LOGS, NULL);
	m.flags |= REQ_SYSTEM;
	m.uid = m.gid = ALICE;
	m.pid = alice.pid;
	ATF_REQUIRE_EQ(0, fake_handle_of(f, K_LOCAL, &m, &alice, NULL, 0));
	REQUIRE_REPLY(f, m.id, FORBIDDEN);
	ATF_CHECK_EQ(OUT_OK, ask(f, K_NETWORK, &all, METHOD_SHUTDOWN, NULL));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_call_on_all_acts_on_those_permitted);
ATF_TC_BODY(a_call_on_all_acts_on_those_permitted, tc)
{
	struct fake		*f = world();
	struct caller		 alice = caller_local(ROLE_ADMIN, ALICE, ALICE);
	struct caller		 bob = caller_local(ROLE_ADMIN, BOB, BOB);
	struct caller		 ops = caller_token(ROLE_ADMIN, "ops");
	const struct m_reply	*r;

	rules(f);
	ATF_CHECK_EQ(OUT_FORBIDDEN, ask(f, K_LOCAL, &bob, METHOD_STOP_ALL,
	    NULL));
	ATF_CHECK_EQ(OUT_FORBIDDEN, ask(f, K_NETWORK, &ops, METHOD_STOP_ALL,
	    NULL));
	ATF_CHECK_EQ(0, fake_count(f, M_STOP));
	ATF_CHECK_EQ(OUT_OK, ask(f, K_LOCAL, &alice, METHOD_STOP_ALL, NULL));
	ATF_CHECK_EQ(2, fake_down(f));
	REQUIRE_STATUS(f, "web-1", STOPPED);
	REQUIRE_STATUS(f, "web-2", STOPPED);
	REQUIRE_STATUS(f, "db", ONLINE);
	ATF_REQUIRE((r = fake_reply(f, f->next_id, NULL)) != NULL);
	ATF_CHECK_EQ(2, r->count);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(owners_operate_their_own);
ATF_TC_BODY(owners_operate_their_own, tc)
{
	struct fake	*f = world();
	struct caller	 alice = caller_local(ROLE_ADMIN, ALICE, ALICE);

	rule_verb(&f->sup.grants, 0, RULE_OWNER, ID_NONE, "", ROLE_OPERATOR,
	    "*");
	ATF_CHECK_EQ(OUT_OK, ask(f, K_LOCAL, &alice, METHOD_SIGNAL_APP,
	    "web-2"));
	ATF_CHECK_EQ(OUT_NOT_FOUND, ask(f, K_LOCAL, &alice,
	    METHOD_SIGNAL_APP, "db"));
	fake_free(f);
}

/* Those that are stopped along are asked of, too, and not named. */
ATF_TC_WITHOUT_HEAD(dependants_of_others_are_not_stopped_along);
ATF_TC_BODY(dependants_of_others_are_not_stopped_along, tc)
{
	struct fake		*f = fake_new();
	struct caller		 alice = caller_local(ROLE_ADMIN, ALICE, ALICE);
	struct m_request	 m;
	const char		*text;

	f->there[K_LOCAL] = 1;
	fake_app(f, "web-1");
	fake_app(f, "hers");
	fake_dep(f, 2, 1);
	fake_boot(f);
	fake_up(f);
	rules(f);
	ATF_CHECK_EQ(OUT_CONFLICT, ask(f, K_LOCAL, &alice, METHOD_STOP_APP,
	    "web-1"));
	ATF_REQUIRE(fake_reply(f, f->next_id, &text) != NULL);
	ATF_CHECK(strstr(text, "hers") == NULL);
	m = fake_request(f, METHOD_STOP_APP, "web-1");
	m.flags |= REQ_DEPENDANTS;
	m.uid = m.gid = ALICE;
	m.pid = alice.pid;
	ATF_REQUIRE_EQ(0, fake_handle_of(f, K_LOCAL, &m, &alice, NULL, 0));
	REQUIRE_REPLY(f, m.id, FORBIDDEN);
	ATF_CHECK_EQ(0, fake_count(f, M_STOP));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(watches_are_asked_of_each);
ATF_TC_BODY(watches_are_asked_of_each, tc)
{
	static const uint32_t	 mixed[] = { 3, 1 };
	struct fake		*f = world();
	struct caller		 alice = caller_local(ROLE_ADMIN, ALICE, ALICE);
	struct m_request	 m = fake_request(f, METHOD_ENABLE_WATCH, NULL);

	rules(f);
	m.uid = m.gid = ALICE;
	m.pid = alice.pid;
	m.number = 2;
	ATF_REQUIRE_EQ(0, fake_handle_of(f, K_LOCAL, &m, &alice, mixed,
	    sizeof(mixed)));
	REQUIRE_REPLY(f, m.id, NOT_FOUND);
	m.id = ++f->next_id;
	ATF_REQUIRE_EQ(0, fake_handle_of(f, K_LOCAL, &m, &alice, alice_apps,
	    sizeof(alice_apps)));
	/* there is nothing to watch, but that is another matter */
	REQUIRE_REPLY(f, m.id, CONFLICT);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(root_needs_no_rule_on_the_control_socket);
ATF_TC_BODY(root_needs_no_rule_on_the_control_socket, tc)
{
	struct fake	*f = world();
	struct caller	 root = caller_local(ROLE_ADMIN, 0, 0);
	struct caller	 own = caller_local(ROLE_ADMIN, 990, 990);

	f->sup.own_uid = 990;
	rule_verb(&f->sup.grants, 1, RULE_ANYBODY, ID_NONE, "", ROLE_ADMIN,
	    "*");
	ATF_CHECK_EQ(OUT_OK, ask(f, K_CONTROL, &root, METHOD_SIGNAL_APP,
	    "db"));
	ATF_CHECK_EQ(OUT_OK, ask(f, K_CONTROL, &own, METHOD_SIGNAL_APP,
	    "db"));
	ATF_CHECK_EQ(OUT_NOT_FOUND, ask(f, K_LOCAL, &root,
	    METHOD_SIGNAL_APP, "db"));
	ATF_CHECK_EQ(OUT_NOT_FOUND, ask(f, K_LOCAL, &own, METHOD_SIGNAL_APP,
	    "db"));
	fake_free(f);
}

/* ---- the configuration -------------------------------------------------- */

static int
conf_rule_of(struct fake *f, const struct m_conf_rule *m, const char *name,
    const char *glob)
{
	uint8_t		 buf[MSG_PAYLOAD_MAX];
	struct msg	 msg = { .type = M_CONF_RULE, .fd = -1, .data = buf };

	memcpy(buf, m, sizeof(*m));
	msg.len = rule_put(buf, sizeof(*m), name);
	msg.len = rule_put(buf, msg.len, glob);
	msg.len = rule_put(buf, msg.len, "f:1: the rule");
	return (conf_rule(&f->sup, &msg));
}

static void
only_bob(struct fake *f)
{
	struct m_conf_rule	 m;

	memset(&m, 0, sizeof(m));
	m.who = RULE_USER;
	m.id = BOB;
	m.role = ROLE_ADMIN;
	ATF_REQUIRE_EQ(0, conf_rule_of(f, &m, "bob", "*"));
	/* what comes counts when it is committed */
	ATF_CHECK_EQ(0, f->sup.grants.n);
}

ATF_TC_WITHOUT_HEAD(rules_change_with_the_configuration);
ATF_TC_BODY(rules_change_with_the_configuration, tc)
{
	struct fake		*f = world();
	struct caller		 alice = caller_local(ROLE_ADMIN, ALICE, ALICE);
	struct m_conf_rule	 m;

	memset(&m, 0, sizeof(m));
	ATF_CHECK_EQ(-1, conf_rule_of(f, &m, "bob", "*"));
	ATF_CHECK_EQ(OUT_OK, ask(f, K_LOCAL, &alice, METHOD_SIGNAL_APP,
	    "db"));
	f->more = only_bob;
	fake_conf(f, 0);
	ATF_CHECK_EQ(1, f->sup.grants.n);
	ATF_CHECK_EQ(OUT_NOT_FOUND, ask(f, K_LOCAL, &alice,
	    METHOD_SIGNAL_APP, "db"));
	f->more = NULL;
	fake_conf(f, 0);
	ATF_CHECK_EQ(OUT_OK, ask(f, K_LOCAL, &alice, METHOD_SIGNAL_APP,
	    "db"));
	fake_free(f);
}

/* ---- what a plane has refused ------------------------------------------- */

static int
denied(struct fake *f, enum kind plane, const struct caller *c,
    uint32_t method, uint32_t outcome)
{
	uint8_t		 buf[sizeof(struct m_denied) + CALLER_TAIL];
	struct msg	 msg = { .type = M_DENIED, .fd = -1, .data = buf };
	struct m_denied	 m;

	memset(&m, 0, sizeof(m));
	m.method = method;
	m.app = 1;
	m.outcome = outcome;
	memcpy(buf, &m, sizeof(m));
	msg.len = sizeof(m) + caller_pack(c, buf + sizeof(m));
	return (permit_denied(&f->sup, plane, &msg));
}

ATF_TC_WITHOUT_HEAD(what_planes_refuse_is_audited_at_a_rate);
ATF_TC_BODY(what_planes_refuse_is_audited_at_a_rate, tc)
{
	struct fake	*f = world();
	struct caller	 c = caller_token(ROLE_VIEWER, "ci");
	struct fake_msg	*a;
	int		 i;

	ATF_CHECK_EQ(-1, denied(f, K_CONTROL, &c, METHOD_STOP_APP,
	    OUT_FORBIDDEN));
	ATF_CHECK_EQ(-1, denied(f, K_NETWORK, &c, METHOD_MAX,
	    OUT_FORBIDDEN));
	ATF_CHECK_EQ(-1, denied(f, K_NETWORK, &c, METHOD_STOP_APP, OUT_OK));
	ATF_CHECK_EQ(0, denied(f, K_NETWORK, &c, METHOD_STOP_APP,
	    OUT_FORBIDDEN));
	ATF_REQUIRE((a = fake_take(f, M_AUDIT, NULL)) != NULL);
	ATF_CHECK_STREQ("OmnitronDaemon.stopApp", fake_string(a, 0));
	ATF_CHECK_STREQ("web-1", fake_string(a, 1));
	ATF_CHECK_STREQ("viewer", fake_string(a, 2));
	ATF_CHECK_STREQ("ci", fake_string(a, 4));
	ATF_CHECK_STREQ("k-1", fake_string(a, 5));
	ATF_CHECK_STREQ("j-1", fake_string(a, 6));
	ATF_CHECK_STREQ("192.0.2.7:40000", fake_string(a, 7));
	for (i = 0; i < 1000; i++)
		ATF_REQUIRE_EQ(0, denied(f, K_NETWORK, &c, METHOD_STOP_APP,
		    OUT_FORBIDDEN));
	ATF_CHECK(fake_count(f, M_AUDIT) <= 110);
	fake_advance(f, 1000);
	fake_forget(f);
	denied(f, K_NETWORK, &c, METHOD_STOP_APP, OUT_FORBIDDEN);
	ATF_CHECK_EQ(1, fake_count(f, M_AUDIT));
	fake_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_method_with_every_role_on_every_plane);
	ATF_TP_ADD_TC(tp, no_plane_speaks_for_more_than_its_listeners_give);
	ATF_TP_ADD_TC(tp, who_asks_is_said_twice_alike);
	ATF_TP_ADD_TC(tp, what_may_not_be_viewed_is_not_there);
	ATF_TP_ADD_TC(tp, what_is_of_no_app_needs_all);
	ATF_TP_ADD_TC(tp, a_call_on_all_acts_on_those_permitted);
	ATF_TP_ADD_TC(tp, owners_operate_their_own);
	ATF_TP_ADD_TC(tp, dependants_of_others_are_not_stopped_along);
	ATF_TP_ADD_TC(tp, watches_are_asked_of_each);
	ATF_TP_ADD_TC(tp, root_needs_no_rule_on_the_control_socket);
	ATF_TP_ADD_TC(tp, rules_change_with_the_configuration);
	ATF_TP_ADD_TC(tp, what_planes_refuse_is_audited_at_a_rate);
	return (atf_no_error());
}
