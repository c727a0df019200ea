/* Why an app is as it is: what is recorded, how long a chain gets. */
#include <stdio.h>

#include "regress/unit/supervisor/fake.h"

static struct fake *
world(void)
{
	struct fake	*f = fake_new();

	fake_app(f, "db");
	fake_app(f, "web");
	fake_dep(f, 2, 1);
	fake_boot(f);
	fake_up(f);
	return (f);
}

static uint64_t
ask(struct fake *f, enum method_id method, const char *app, uint32_t uid)
{
	struct m_request	 m = fake_request(f, method, app);

	m.uid = uid;
	m.pid = 411;
	m.flags |= method == METHOD_STOP_APP ? REQ_DEPENDANTS : 0;
	return (fake_ask(f, &m));
}

/* The links of an answer, "app kind uid text" each, in one text. */
static const char *
why(struct fake *f, const char *app)
{
	static char		 buf[WHY_CHAIN_MAX * 256];
	struct m_why_link	 link;
	struct fake_msg		*m;
	uint64_t		 id = fake_call(f, METHOD_WHY, app);
	size_t			 n = 0;

	buf[0] = '\0';
	while ((m = fake_take(f, M_WHY_LINK, &link)) != NULL) {
		ATF_REQUIRE_EQ(id, link.id);
		n += (size_t)snprintf(buf + n, sizeof(buf) - n, "%s %s %d ",
		    fake_string(m, 0), why_kind_name(link.why.kind),
		    link.why.plane == K_PARENT ? -1 : (int)link.why.uid);
		n += (size_t)snprintf(buf + n, sizeof(buf) - n, "%s\n",
		    fake_string(m, 1));
	}
	REQUIRE_REPLY(f, id, OK);
	return (buf);
}

#define CHECK_WHY(f, app, want)	ATF_CHECK_STREQ((want), why((f), (app)))

ATF_TC_WITHOUT_HEAD(whoever_asked_is_named);
ATF_TC_BODY(whoever_asked_is_named, tc)
{
	struct fake	*f = world();

	CHECK_WHY(f, "db", "db daemon -1 db was new to the daemon, and is "
	    "one to start by itself\n");
	ask(f, METHOD_STOP_APP, "db", 1000);
	fake_down(f);
	CHECK_WHY(f, "db", "db operator 1000 db was stopped\n");
	CHECK_WHY(f, "web", "web operator 1000 web was stopped with db\n");
	ask(f, METHOD_START_APP, "db", 7);
	fake_up(f);
	CHECK_WHY(f, "db", "db operator 7 db was started\n");
	/* it is so already */
	ask(f, METHOD_START_APP, "db", 8);
	CHECK_WHY(f, "db", "db operator 7 db was started\n");
	fake_free(f);
}

/* The plane died before the operation began: who asked is known. */
ATF_TC_WITHOUT_HEAD(who_asked_is_known_when_the_request_is_gone);
ATF_TC_BODY(who_asked_is_known_when_the_request_is_gone, tc)
{
	struct fake		*f = world();
	struct m_request	 m = fake_request(f, METHOD_RESTART_APP, "db");

	m.uid = 1000;
	ATF_REQUIRE_EQ(0, fake_handle(f, &m, NULL,
	    0));
	request_plane_gone(&f->sup, K_CONTROL);
	f->next_id = 0;
	fake_down(f);
	fake_up(f);
	CHECK_WHY(f, "db", "db operator 1000 db was restarted\n");
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(one_that_waits_leads_to_what_it_waits_for);
ATF_TC_BODY(one_that_waits_leads_to_what_it_waits_for, tc)
{
	struct fake		*f = world();
	struct m_request	 m;

	ask(f, METHOD_STOP_APP, "db", 1000);
	fake_down(f);
	m = fake_request(f, METHOD_START_APP, "web");
	m.flags |= REQ_NOWAIT;
	fake_ask(f, &m);
	CHECK_WHY(f, "web", "web dependency -1 web waits for db\n"
	    "db operator 1000 db was stopped\n");
	fake_advance(f, 1000);
	ask(f, METHOD_START_APP, "db", 7);
	fake_up(f);
	CHECK_WHY(f, "web", "web dependency -1 web was started when db was "
	    "online\ndb operator 7 db was started\n");
	/* what becomes of the other later is no cause of that */
	fake_advance(f, 1000);
	fake_exit(f, "db", 0, 1, 0, 0);
	fake_advance(f, 1000);
	fake_up(f);
	CHECK_WHY(f, "web", "web dependency -1 web was started when db was "
	    "online\ndb operator 7 db was started\n");
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(the_policy_and_its_reason);
ATF_TC_BODY(the_policy_and_its_reason, tc)
{
	struct fake	*f = world();
	int		 i;

	fake_exit(f, "db", 0, 3, 0, 0);
	fake_turn(f);
	CHECK_WHY(f, "db", "db policy -1 db is restarted after 1s, restart 1 "
	    "of at most 5 in 1m\ndb exit -1 db ended: exit 3\n"
	    "db daemon -1 db was new to the daemon, and is one to start by "
	    "itself\n");
	for (i = 0; i < 5; i++) {
		fake_advance(f, 1000 << i);
		fake_up(f);
		fake_exit(f, "db", 0, 4, 0, 0);
		fake_turn(f);
	}
	REQUIRE_STATUS(f, "db", CRASHED);
	CHECK_WHY(f, "db", "db policy -1 db was given up after 5 restarts\n"
	    "db exit -1 db ended: exit 4\ndb daemon -1 db was new to the "
	    "daemon, and is one to start by itself\n");
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_signal_has_its_sender);
ATF_TC_BODY(a_signal_has_its_sender, tc)
{
	struct fake		*f = world();
	struct m_request	 m = fake_request(f, METHOD_SIGNAL_APP, "db");

	m.number = 9;
	m.uid = 1000;
	fake_ask(f, &m);
	fake_exit(f, "db", 0, 0, 9, EXIT_SIGNALLED);
	fake_turn(f);
	CHECK_WHY(f, "db", "db policy -1 db is restarted after 1s, which does "
	    "not count\ndb exit -1 db ended: signal SIGKILL\n"
	    "db operator 1000 a signal was sent to db\n"
	    "db daemon -1 db was new to the daemon, and is one to start by "
	    "itself\n");
	fake_free(f);
}

/* However many instances fail however often. */
ATF_TC_WITHOUT_HEAD(the_list_is_bounded_and_keeps_its_root);
ATF_TC_BODY(the_list_is_bounded_and_keeps_its_root, tc)
{
	struct fake	*f = fake_new();
	const char	*text;
	uint32_t	 i, round;

	fake_app(f, "web")->instances = 40;
	fake_boot(f);
	fake_up(f);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 40; i++)
			fake_exit(f, "web", i, 1, 0, 0);
		fake_turn(f);
		ATF_CHECK_EQ(WHYS_MAX, fake_find(f, "web")->why.n);
		fake_advance(f, 10000);
		fake_up(f);
	}
	text = why(f, "web");
	ATF_CHECK(strstr(text, "web[39] ended: exit 1") != NULL);
	ATF_CHECK(strstr(text, "web was new to the daemon") != NULL);
	ATF_CHECK(strstr(text, "web[3] ended") == NULL);
	fake_free(f);
}

/* Those of the configuration cannot be circular; a record might be. */
ATF_TC_WITHOUT_HEAD(a_circle_ends);
ATF_TC_BODY(a_circle_ends, tc)
{
	struct fake		*f = world();
	struct m_state_why	 m;
	struct why_app		 wa;
	struct why_link		 links[WHY_CHAIN_MAX];
	const char		*names[] = { "db", "web" };
	int			 i;

	for (i = 0; i < 2; i++) {
		memset(&m, 0, sizeof(m));
		m.why.kind = WHY_DEPENDENCY;
		m.instance = INSTANCE_ANY;
		why_init(&wa);
		ATF_REQUIRE_EQ(0, why_load(&wa, &m, "", names[!i], "circle"));
		ATF_REQUIRE_EQ(0, why_load(&wa, &m, "", names[i], "itself"));
		why_take(fake_find(f, names[i]), &wa);
	}
	ATF_CHECK_EQ(3, why_chain(&f->sup, fake_find(f, "db"), links));
	ATF_CHECK_STREQ("circle", links[0].why->text);
	ATF_CHECK(links[1].app == fake_find(f, "web"));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(nonsense_of_the_store_is_refused);
ATF_TC_BODY(nonsense_of_the_store_is_refused, tc)
{
	struct m_state_why	 good, m;
	struct why_app		 wa;
	unsigned		 i;

	why_init(&wa);
	memset(&good, 0, sizeof(good));
	m = good;
	m.why.kind = WHY_MAX;
	ATF_CHECK_EQ(-1, why_load(&wa, &m, "", "", ""));
	m = good;
	m.why.plane = K_MAX;
	ATF_CHECK_EQ(-1, why_load(&wa, &m, "", "", ""));
	m = good;
	m.instance = INSTANCES_MAX;
	ATF_CHECK_EQ(-1, why_load(&wa, &m, "", "", ""));
	ATF_CHECK_EQ(-1, why_load(&wa, &good, "a b", "", ""));
	ATF_CHECK_EQ(-1, why_load(&wa, &good, "", "a/b", ""));
	for (i = 0; i < WHYS_MAX; i++)
		ATF_CHECK_EQ(0, why_load(&wa, &good, "", "", "x"));
	ATF_CHECK_EQ(-1, why_load(&wa, &good, "", "", "x"));
	why_free(&wa);
}

/* Only what changed is sent, and all of it to a store that is new. */
ATF_TC_WITHOUT_HEAD(records_go_to_the_store_when_they_change);
ATF_TC_BODY(records_go_to_the_store_when_they_change, tc)
{
	struct fake		*f = world();
	struct m_state_why	 m;
	struct fake_msg		*msg;

	fake_forget(f);
	fake_exit(f, "db", 0, 1, 0, 0);
	fake_turn(f);
	ATF_REQUIRE((msg = fake_take(f, M_STATE_WHY, &m)) != NULL);
	ATF_CHECK_EQ(1, m.first);
	ATF_CHECK_EQ(WHY_POLICY, m.why.kind);
	ATF_CHECK_STREQ("db", fake_string(msg, 0));
	ATF_CHECK_STREQ("db", fake_string(msg, 1));
	ATF_REQUIRE((msg = fake_take(f, M_STATE_WHY, &m)) != NULL);
	ATF_CHECK_EQ(0, m.first);
	ATF_CHECK_STREQ("db ended: exit 1", fake_string(msg, 3));
	fake_forget(f);
	fake_advance(f, 1000);
	fake_up(f);
	ATF_CHECK_EQ(0, fake_count(f, M_STATE_WHY));
	persist_store_up(&f->sup);
	fake_turn(f);
	ATF_CHECK(fake_count(f, M_STATE_WHY) >= 4);
	fake_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, whoever_asked_is_named);
	ATF_TP_ADD_TC(tp, who_asked_is_known_when_the_request_is_gone);
	ATF_TP_ADD_TC(tp, one_that_waits_leads_to_what_it_waits_for);
	ATF_TP_ADD_TC(tp, the_policy_and_its_reason);
	ATF_TP_ADD_TC(tp, a_signal_has_its_sender);
	ATF_TP_ADD_TC(tp, the_list_is_bounded_and_keeps_its_root);
	ATF_TP_ADD_TC(tp, a_circle_ends);
	ATF_TP_ADD_TC(tp, nonsense_of_the_store_is_refused);
	ATF_TP_ADD_TC(tp, records_go_to_the_store_when_they_change);
	return (atf_no_error());
}
