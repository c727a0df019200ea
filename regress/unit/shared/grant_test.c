/* The rules allow and deny. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "regress/unit/shared/grant_fixture.h"

#define ALICE	1001u
#define BOB	1002u
#define OPS	50u

/* Does the quick way say the same? */
static int
allowed(const struct grants *g, const struct caller *c, enum method_id method,
    const char *app, uint32_t owner)
{
	const struct grant_of	 of = { app, owner };
	const struct rule	*rule;
	struct grant_list	 list;
	int			 is = grants_allow(g, c, method, &of, &rule);

	grant_list_init(&list, g, c, method);
	ATF_REQUIRE_EQ(is, grant_list_allow(&list, &of));
	grant_list_free(&list);
	return (is);
}

#define MAY(g, c, method, app)						\
	ATF_CHECK(allowed((g), (c), METHOD_##method, (app), ID_NONE))
#define MAY_NOT(g, c, method, app)					\
	ATF_CHECK(!allowed((g), (c), METHOD_##method, (app), ID_NONE))

ATF_TC_WITHOUT_HEAD(without_rules_the_role_decides);
ATF_TC_BODY(without_rules_the_role_decides, tc)
{
	struct caller	 c = caller_local(ROLE_OPERATOR, ALICE, ALICE);
	struct caller	 nobody = caller_nobody();
	struct grants	 g;

	grants_init(&g);
	ATF_CHECK(!grants_matter(&g, &c));
	MAY(&g, &c, LIST, "");
	MAY(&g, &c, STOP_APP, "web");
	MAY_NOT(&g, &c, SHUTDOWN, "");
	MAY(&g, &nobody, PING, "");
	MAY_NOT(&g, &nobody, LIST, "");
	/* a socket of grants gives nothing by itself */
	c.grants = 1;
	ATF_CHECK(grants_matter(&g, &c));
	MAY(&g, &c, PING, "");
	MAY_NOT(&g, &c, LIST, "");
	MAY_NOT(&g, &c, STOP_APP, "web");
}

/* The first example of the manual, on a socket that gives nothing by itself. */
ATF_TC_WITHOUT_HEAD(alice_operates_hers_and_ops_view_all);
ATF_TC_BODY(alice_operates_hers_and_ops_view_all, tc)
{
	struct caller	 alice = caller_local(ROLE_ADMIN, ALICE, ALICE);
	struct caller	 ops = caller_local(ROLE_ADMIN, 1003, 1003);
	struct caller	 bob = caller_local(ROLE_ADMIN, BOB, BOB);
	struct grants	 g;

	grants_init(&g);
	rule_verb(&g, 0, RULE_USER, ALICE, "alice", ROLE_OPERATOR, "web-*");
	rule_verb(&g, 0, RULE_GROUP, OPS, "ops", ROLE_VIEWER, "*");
	alice.grants = ops.grants = bob.grants = 1;
	ops.ngids = 2;
	ops.gids[0] = 7;
	ops.gids[1] = OPS;
	MAY(&g, &alice, STOP_APP, "web-1");
	MAY(&g, &alice, GET_APP, "web-1");
	MAY_NOT(&g, &alice, GET_APP, "db");
	MAY_NOT(&g, &alice, STOP_APP, "db");
	MAY_NOT(&g, &alice, SHUTDOWN, "");
	MAY_NOT(&g, &alice, STOP_ALL, "");
	MAY(&g, &ops, GET_APP, "db");
	MAY(&g, &ops, STATUS, "");
	MAY_NOT(&g, &ops, STOP_APP, "web-1");
	MAY_NOT(&g, &bob, GET_APP, "web-1");
	MAY_NOT(&g, &bob, STATUS, "");
	/* by its first group, too */
	bob.gid = OPS;
	MAY(&g, &bob, GET_APP, "web-1");
	grants_free(&g);
}

ATF_TC_WITHOUT_HEAD(the_first_match_decides);
ATF_TC_BODY(the_first_match_decides, tc)
{
	struct caller		 bob = caller_local(ROLE_ADMIN, BOB, OPS);
	struct grants		 g;
	const struct grant_of	 of = { "web", ID_NONE };
	const struct rule	*rule;

	grants_init(&g);
	rule_method(&g, 1, RULE_USER, BOB, "bob", METHOD_STOP_APP, "w*");
	rule_verb(&g, 0, RULE_GROUP, OPS, "ops", ROLE_OPERATOR, "*");
	rule_verb(&g, 1, RULE_ANYBODY, ID_NONE, "", ROLE_ADMIN, "*");
	MAY_NOT(&g, &bob, STOP_APP, "web");
	MAY(&g, &bob, STOP_APP, "db");
	MAY(&g, &bob, START_APP, "web");
	ATF_CHECK_EQ(0, grants_allow(&g, &bob, METHOD_STOP_APP, &of, &rule));
	ATF_CHECK_EQ(STAILQ_FIRST(&g.rules), rule);
	ATF_CHECK_EQ(1, grants_allow(&g, &bob, METHOD_START_APP, &of, &rule));
	ATF_CHECK_EQ(STAILQ_NEXT(STAILQ_FIRST(&g.rules), entry), rule);
	/* what the role does not allow no rule has decided */
	bob.role = ROLE_VIEWER;
	ATF_CHECK_EQ(0, grants_allow(&g, &bob, METHOD_START_APP, &of, &rule));
	ATF_CHECK(rule == NULL);
	grants_free(&g);
}

ATF_TC_WITHOUT_HEAD(a_rule_never_raises_a_role);
ATF_TC_BODY(a_rule_never_raises_a_role, tc)
{
	struct caller	 c = caller_local(ROLE_VIEWER, ALICE, ALICE);
	struct grants	 g;

	grants_init(&g);
	rule_verb(&g, 0, RULE_USER, ALICE, "alice", ROLE_ADMIN, "*");
	MAY(&g, &c, GET_APP, "web");
	MAY_NOT(&g, &c, STOP_APP, "web");
	MAY_NOT(&g, &c, SHUTDOWN, "");
	grants_free(&g);
}

ATF_TC_WITHOUT_HEAD(tokens_match_by_subject_and_by_group);
ATF_TC_BODY(tokens_match_by_subject_and_by_group, tc)
{
	struct caller	 ci = caller_token(ROLE_OPERATOR, "ci");
	struct caller	 other = caller_token(ROLE_OPERATOR, "ci2");
	struct caller	 anon = caller_token(ROLE_OPERATOR, "");
	struct caller	 local = caller_local(ROLE_OPERATOR, ALICE, OPS);
	struct grants	 g;

	grants_init(&g);
	rule_verb(&g, 0, RULE_TOKEN, ID_NONE, "ci", ROLE_OPERATOR,
	    "deploy-*");
	rule_verb(&g, 0, RULE_GROUP, ID_NONE, "ops", ROLE_VIEWER, "*");
	MAY(&g, &ci, START_APP, "deploy-1");
	MAY_NOT(&g, &ci, START_APP, "web");
	MAY_NOT(&g, &other, START_APP, "deploy-1");
	MAY_NOT(&g, &anon, START_APP, "deploy-1");
	other.ngroups = 2;
	strlcpy(other.groups[0], "opsx", sizeof(other.groups[0]));
	strlcpy(other.groups[1], "ops", sizeof(other.groups[1]));
	MAY(&g, &other, GET_APP, "web");
	/* there is no such group on this machine */
	MAY_NOT(&g, &local, GET_APP, "web");
	grants_free(&g);
}

/* The names of tokens are not those of users, nor the other way round. */
ATF_TC_WITHOUT_HEAD(a_token_is_no_user);
ATF_TC_BODY(a_token_is_no_user, tc)
{
	struct caller	 token = caller_token(ROLE_ADMIN, "alice");
	struct caller	 local = caller_local(ROLE_ADMIN, ALICE, ALICE);
	struct grants	 g;

	grants_init(&g);
	rule_verb(&g, 0, RULE_USER, ALICE, "alice", ROLE_OPERATOR, "*");
	rule_verb(&g, 0, RULE_OWNER, ID_NONE, "", ROLE_OPERATOR, "*");
	rule_verb(&g, 0, RULE_USER, ID_NONE, "gone", ROLE_OPERATOR, "*");
	MAY_NOT(&g, &token, GET_APP, "web");
	ATF_CHECK(!allowed(&g, &token, METHOD_GET_APP, "web", ID_NONE));
	MAY(&g, &local, GET_APP, "web");
	grants_free(&g);
	rule_verb(&g, 0, RULE_TOKEN, ID_NONE, "alice", ROLE_OPERATOR, "*");
	MAY(&g, &token, GET_APP, "web");
	MAY_NOT(&g, &local, GET_APP, "web");
	grants_free(&g);
}

ATF_TC_WITHOUT_HEAD(owners_have_their_apps);
ATF_TC_BODY(owners_have_their_apps, tc)
{
	struct caller	 alice = caller_local(ROLE_ADMIN, ALICE, ALICE);
	struct grants	 g;

	grants_init(&g);
	rule_verb(&g, 0, RULE_OWNER, ID_NONE, "", ROLE_OPERATOR, "*");
	ATF_CHECK(allowed(&g, &alice, METHOD_STOP_APP, "a", ALICE));
	ATF_CHECK(!allowed(&g, &alice, METHOD_STOP_APP, "a", BOB));
	ATF_CHECK(!allowed(&g, &alice, METHOD_STOP_APP, "a", ID_NONE));
	ATF_CHECK(!allowed(&g, &alice, METHOD_STATUS, "", ALICE));
	grants_free(&g);
	rule_verb(&g, 0, RULE_OWNER, ID_NONE, "", ROLE_OPERATOR, "web-*");
	ATF_CHECK(allowed(&g, &alice, METHOD_STOP_APP, "web-1", ALICE));
	ATF_CHECK(!allowed(&g, &alice, METHOD_STOP_APP, "db", ALICE));
	grants_free(&g);
}

ATF_TC_WITHOUT_HEAD(what_is_of_no_app_needs_the_pattern_of_all);
ATF_TC_BODY(what_is_of_no_app_needs_the_pattern_of_all, tc)
{
	struct caller	 c = caller_local(ROLE_ADMIN, ALICE, ALICE);
	struct grants	 g;

	grants_init(&g);
	rule_verb(&g, 0, RULE_USER, ALICE, "alice", ROLE_ADMIN, "**");
	MAY(&g, &c, STOP_APP, "web");
	MAY_NOT(&g, &c, SHUTDOWN, "");
	rule_verb(&g, 0, RULE_USER, ALICE, "alice", ROLE_ADMIN, "*");
	MAY(&g, &c, SHUTDOWN, "");
	/* nor does a deny of some deny it */
	grants_free(&g);
	rule_verb(&g, 1, RULE_USER, ALICE, "alice", ROLE_ADMIN, "web-*");
	rule_verb(&g, 0, RULE_USER, ALICE, "alice", ROLE_ADMIN, "*");
	MAY(&g, &c, SHUTDOWN, "");
	MAY_NOT(&g, &c, STOP_APP, "web-1");
	grants_free(&g);
}

ATF_TC_WITHOUT_HEAD(patterns);
ATF_TC_BODY(patterns, tc)
{
	char	 name[NAME_SIZE];

	ATF_CHECK(grant_glob("*", "web"));
	ATF_CHECK(grant_glob("web", "web"));
	ATF_CHECK(!grant_glob("web", "web-1"));
	ATF_CHECK(!grant_glob("web-1", "web"));
	ATF_CHECK(grant_glob("web-*", "web-"));
	ATF_CHECK(!grant_glob("web-*", "web"));
	ATF_CHECK(grant_glob("*-1", "web-1-1"));
	ATF_CHECK(grant_glob("w?b", "web"));
	ATF_CHECK(!grant_glob("w?b", "wb"));
	ATF_CHECK(grant_glob("*a*b*", "xxaxxbxx"));
	ATF_CHECK(!grant_glob("*a*b", "xxbxxa"));
	ATF_CHECK(!grant_glob("[w]eb", "web"));
	ATF_CHECK(!grant_glob("WEB", "web"));
	/* this many stars end at once */
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ATF_CHECK(!grant_glob("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*ab", name));
}

ATF_TC_WITHOUT_HEAD(rules_that_make_no_sense_are_refused);
ATF_TC_BODY(rules_that_make_no_sense_are_refused, tc)
{
	struct m_conf_rule	 good, m;
	struct grants		 g;
	int			 i;

	grants_init(&g);
	memset(&good, 0, sizeof(good));
	good.who = RULE_USER;
	good.id = ALICE;
	good.role = ROLE_VIEWER;
	m = good;
	m.deny = 2;
	ATF_CHECK_EQ(-1, rule_add(&g, &m, "alice", "*", ""));
	m = good;
	m.who = RULE_WHO_MAX;
	ATF_CHECK_EQ(-1, rule_add(&g, &m, "alice", "*", ""));
	m = good;
	m.role = ROLE_MAX;
	ATF_CHECK_EQ(-1, rule_add(&g, &m, "alice", "*", ""));
	/* nobody is anybody, and anybody is allowed nothing */
	ATF_CHECK_EQ(-1, rule_add(&g, &good, "", "*", ""));
	m = good;
	m.who = RULE_ANYBODY;
	ATF_CHECK_EQ(-1, rule_add(&g, &m, "", "*", ""));
	m = good;
	m.who = RULE_OWNER;
	ATF_CHECK_EQ(-1, rule_add(&g, &m, "alice", "*", ""));
	ATF_CHECK_EQ(-1, rule_add(&g, &good, "alice", "", ""));
	ATF_CHECK_EQ(0, g.n);
	ATF_CHECK(STAILQ_EMPTY(&g.rules));
	for (i = 0; i < (int)RULES_MAX; i++)
		ATF_REQUIRE_EQ(0, rule_add(&g, &good, "alice", "*", ""));
	ATF_CHECK_EQ(-1, rule_add(&g, &good, "alice", "*", ""));
	grants_free(&g);
}

ATF_TC_WITHOUT_HEAD(new_rules_take_the_place_of_the_old);
ATF_TC_BODY(new_rules_take_the_place_of_the_old, tc)
{
	struct caller	 c = caller_local(ROLE_ADMIN, ALICE, ALICE);
	struct grants	 g, next;

	grants_init(&g);
	grants_init(&next);
	rule_verb(&g, 1, RULE_ANYBODY, ID_NONE, "", ROLE_ADMIN, "*");
	rule_verb(&next, 0, RULE_USER, ALICE, "alice", ROLE_VIEWER, "*");
	rule_verb(&next, 0, RULE_USER, BOB, "bob", ROLE_VIEWER, "*");
	grants_move(&g, &next);
	ATF_CHECK_EQ(2, g.n);
	ATF_CHECK_EQ(0, next.n);
	ATF_CHECK(STAILQ_EMPTY(&next.rules));
	MAY(&g, &c, LIST, "");
	rule_verb(&next, 0, RULE_USER, BOB, "bob", ROLE_VIEWER, "*");
	ATF_CHECK_EQ(1, next.n);
	grants_move(&g, &next);
	MAY_NOT(&g, &c, LIST, "");
	grants_free(&g);
	grants_free(&next);
}

static int64_t
now_us(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ((int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

/* A list of 1000 apps under 100 rules, of which the last ones match. */
ATF_TC_WITHOUT_HEAD(a_long_list_is_cheap);
ATF_TC_BODY(a_long_list_is_cheap, tc)
{
	struct caller		 c = caller_local(ROLE_ADMIN, ALICE, ALICE);
	struct grant_of		 of = { NULL, ID_NONE };
	struct grant_list	 list;
	struct grants		 g;
	char			 names[1000][NAME_SIZE], glob[NAME_SIZE];
	int64_t			 began, each, all;
	const struct rule	*rule;
	uint32_t		 i;
	int			 n = 0;

	grants_init(&g);
	c.ngids = CALLER_GIDS;
	for (i = 0; i < CALLER_GIDS; i++)
		c.gids[i] = 10000 + i;
	for (i = 0; i < 100; i++) {
		snprintf(glob, sizeof(glob), "*-%u9", i);
		rule_verb(&g, 0, RULE_GROUP, i < 90 ? 20000 + i : 10000 + i - 90,
		    "g", ROLE_VIEWER, glob);
	}
	for (i = 0; i < 1000; i++)
		snprintf(names[i], sizeof(names[i]), "some-name-%u", i);
	began = now_us();
	for (i = 0; i < 1000; i++) {
		of.app = names[i];
		n += grants_allow(&g, &c, METHOD_LIST, &of, &rule);
	}
	each = now_us() - began;
	began = now_us();
	grant_list_init(&list, &g, &c, METHOD_LIST);
	for (i = 0; i < 1000; i++) {
		of.app = names[i];
		n -= grant_list_allow(&list, &of);
	}
	grant_list_free(&list);
	all = now_us() - began;
	printf("1000 apps, 100 rules: %lld us one by one, %lld us as a list\n",
	    (long long)each, (long long)all);
	ATF_CHECK_EQ(0, n);
	/* both are far below; a tenth of a second would be felt */
	ATF_CHECK(each < 100000);
	ATF_CHECK(all < 20000);
	grants_free(&g);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, without_rules_the_role_decides);
	ATF_TP_ADD_TC(tp, alice_operates_hers_and_ops_view_all);
	ATF_TP_ADD_TC(tp, the_first_match_decides);
	ATF_TP_ADD_TC(tp, a_rule_never_raises_a_role);
	ATF_TP_ADD_TC(tp, tokens_match_by_subject_and_by_group);
	ATF_TP_ADD_TC(tp, a_token_is_no_user);
	ATF_TP_ADD_TC(tp, owners_have_their_apps);
	ATF_TP_ADD_TC(tp, what_is_of_no_app_needs_the_pattern_of_all);
	ATF_TP_ADD_TC(tp, patterns);
	ATF_TP_ADD_TC(tp, rules_that_make_no_sense_are_refused);
	ATF_TP_ADD_TC(tp, new_rules_take_the_place_of_the_old);
	ATF_TP_ADD_TC(tp, a_long_list_is_cheap);
	return (atf_no_error());
}
