/* Several planes: each has its own view, requests and listeners. */
#include "omnitrond/supervisor/publish.h"
#include "omnitrond/supervisor/shutdown.h"
#include "regress/unit/shared/grant_fixture.h"
#include "regress/unit/supervisor/fake.h"

static size_t
count_to(const struct fake *f, enum kind plane, enum msg_type type)
{
	size_t	 i, n = 0;

	for (i = 0; i < f->n; i++)
		if (f->msgs[i].type == type && f->msgs[i].to == plane)
			n++;
	return (n);
}

static struct fake *
world(void)
{
	struct fake	*f = fake_new();

	fake_app(f, "web")->uid = 1001;
	fake_boot(f);
	fake_up(f);
	fake_synced(f);
	fake_turn(f);
	fake_forget(f);
	return (f);
}

static void
come(struct fake *f, enum kind plane)
{
	f->there[plane] = 1;
	sup_up(&f->sup, plane);
	ATF_REQUIRE_EQ(0, fake_synced_of(f, plane));
	fake_turn(f);
}

static void
go(struct fake *f, enum kind plane)
{
	f->there[plane] = 0;
	sup_down(&f->sup, plane);
	fake_turn(f);
}

ATF_TC_WITHOUT_HEAD(a_plane_that_comes_is_told_all);
ATF_TC_BODY(a_plane_that_comes_is_told_all, tc)
{
	struct fake		*f = world();
	struct m_view_app	 app;

	come(f, K_NETWORK);
	ATF_CHECK_EQ(1, count_to(f, K_NETWORK, M_VIEW_BEGIN));
	ATF_CHECK_EQ(1, count_to(f, K_NETWORK, M_VIEW_APP));
	ATF_CHECK_EQ(1, count_to(f, K_NETWORK, M_VIEW_INST));
	ATF_CHECK_EQ(1, count_to(f, K_NETWORK, M_VIEW_SYNC));
	ATF_CHECK_EQ(0, count_to(f, K_CONTROL, M_VIEW_APP));
	ATF_REQUIRE(fake_take(f, M_VIEW_APP, &app) != NULL);
	ATF_CHECK_EQ(1001, app.owner);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_change_goes_to_those_that_are_up);
ATF_TC_BODY(a_change_goes_to_those_that_are_up, tc)
{
	struct fake	*f = world();

	come(f, K_LOCAL);
	fake_forget(f);
	fake_call(f, METHOD_STOP_APP, "web");
	fake_down(f);
	ATF_CHECK(count_to(f, K_CONTROL, M_VIEW_APP) > 0);
	ATF_CHECK(count_to(f, K_LOCAL, M_VIEW_APP) > 0);
	ATF_CHECK_EQ(0, count_to(f, K_NETWORK, M_VIEW_APP));
	/* of one that went nothing is kept */
	go(f, K_LOCAL);
	fake_synced(f);
	fake_turn(f);
	fake_forget(f);
	fake_call(f, METHOD_START_APP, "web");
	fake_up(f);
	ATF_CHECK(count_to(f, K_CONTROL, M_VIEW_APP) > 0);
	ATF_CHECK_EQ(0, count_to(f, K_LOCAL, M_VIEW_APP));
	ATF_CHECK(TAILQ_EMPTY(&f->sup.view.plane[1].dirty));
	/* and when it comes again it has all of it */
	come(f, K_LOCAL);
	ATF_CHECK_EQ(1, count_to(f, K_LOCAL, M_VIEW_APP));
	fake_free(f);
}

/* One that does not confirm misses what it will be told, and no other. */
ATF_TC_WITHOUT_HEAD(a_slow_plane_holds_nobody_up);
ATF_TC_BODY(a_slow_plane_holds_nobody_up, tc)
{
	struct fake	*f = world();
	int		 i;

	come(f, K_NETWORK);
	app_changed(&f->sup, fake_find(f, "web"));
	fake_turn(f);
	fake_forget(f);
	for (i = 0; i < 3; i++) {
		ATF_REQUIRE_EQ(0, fake_synced(f));
		app_set_reason(&f->sup, fake_find(f, "web"), "%d", i);
		fake_turn(f);
	}
	ATF_CHECK_EQ(3, count_to(f, K_CONTROL, M_VIEW_APP));
	ATF_CHECK_EQ(0, count_to(f, K_NETWORK, M_VIEW_APP));
	/* then once, as it is now */
	ATF_REQUIRE_EQ(0, fake_synced_of(f, K_NETWORK));
	fake_turn(f);
	ATF_CHECK_EQ(1, count_to(f, K_NETWORK, M_VIEW_APP));
	/* a receipt of another's batch is none */
	ATF_CHECK_EQ(-1, view_synced(&f->sup, K_LOCAL, 1));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(what_is_degraded_is_told_to_all);
ATF_TC_BODY(what_is_degraded_is_told_to_all, tc)
{
	struct fake	*f = world();

	come(f, K_NETWORK);
	view_degraded(&f->sup, CAUSE_LOG, "disk full");
	ATF_CHECK_EQ(1, count_to(f, K_CONTROL, M_VIEW_DEGRADED));
	ATF_CHECK_EQ(1, count_to(f, K_NETWORK, M_VIEW_DEGRADED));
	ATF_CHECK_EQ(0, count_to(f, K_LOCAL, M_VIEW_DEGRADED));
	come(f, K_LOCAL);
	ATF_CHECK_EQ(1, count_to(f, K_LOCAL, M_VIEW_DEGRADED));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(an_answer_goes_where_it_was_asked);
ATF_TC_BODY(an_answer_goes_where_it_was_asked, tc)
{
	struct fake		*f = world();
	struct caller		 c = caller_token(ROLE_OPERATOR, "ci");
	struct m_request	 m;

	come(f, K_NETWORK);
	fake_forget(f);
	m = fake_request(f, METHOD_STOP_APP, "web");
	m.role = c.role;
	m.uid = m.gid = ID_NONE;
	ATF_REQUIRE_EQ(0, fake_handle_of(f, K_NETWORK, &m, &c, NULL, 0));
	fake_down(f);
	ATF_CHECK_EQ(1, count_to(f, K_NETWORK, M_REPLY));
	ATF_CHECK_EQ(0, count_to(f, K_CONTROL, M_REPLY));
	/* with the plane its questions go, those of others do not */
	m = fake_request(f, METHOD_START_APP, "web");
	m.role = c.role;
	m.uid = m.gid = ID_NONE;
	ATF_REQUIRE_EQ(0, fake_handle_of(f, K_NETWORK, &m, &c, NULL, 0));
	fake_call(f, METHOD_START_APP, "web");
	ATF_CHECK_EQ(2, f->sup.nreqs);
	go(f, K_NETWORK);
	ATF_CHECK_EQ(1, f->sup.nreqs);
	fake_up(f);
	ATF_CHECK_EQ(1, count_to(f, K_CONTROL, M_REPLY));
	ATF_CHECK_EQ(1, count_to(f, K_NETWORK, M_REPLY));
	fake_free(f);
}

/* What one asks too much of the others do not lack. */
ATF_TC_WITHOUT_HEAD(a_plane_spends_what_is_its_own);
ATF_TC_BODY(a_plane_spends_what_is_its_own, tc)
{
	struct fake		*f = world();
	struct caller		 c = caller_token(ROLE_ADMIN, "ci");
	struct m_request	 m;
	int			 i;

	come(f, K_NETWORK);
	for (i = 0; i < 300; i++) {
		m = fake_request(f, METHOD_GET_CONFIG, NULL);
		m.role = c.role;
		m.uid = m.gid = ID_NONE;
		ATF_REQUIRE_EQ(0, fake_handle_of(f, K_NETWORK, &m, &c, NULL,
		    0));
	}
	REQUIRE_REPLY(f, m.id, LIMITED);
	fake_forget(f);
	fake_call(f, METHOD_GET_CONFIG, NULL);
	ATF_CHECK_EQ(1, fake_count(f, M_SHOW));
	fake_forget(f);
	for (i = 0; i <= REQUESTS_MAX; i++) {
		m = fake_request(f, METHOD_SHUTDOWN, NULL);
		m.role = c.role;
		m.uid = m.gid = ID_NONE;
		ATF_REQUIRE_EQ(0, fake_handle_of(f, K_NETWORK, &m, &c, NULL,
		    0));
	}
	REQUIRE_REPLY(f, m.id, LIMITED);
	ATF_CHECK_EQ(REQUESTS_MAX, fake_count(f, M_SHUTDOWN_ASK));
	fake_call(f, METHOD_SHUTDOWN, NULL);
	ATF_CHECK_EQ(REQUESTS_MAX + 1, fake_count(f, M_SHUTDOWN_ASK));
	fake_free(f);
}

/* The causes and the audit name a token by its subject. */
ATF_TC_WITHOUT_HEAD(a_token_is_named_where_a_user_would_be);
ATF_TC_BODY(a_token_is_named_where_a_user_would_be, tc)
{
	struct fake		*f = world();
	struct caller		 c = caller_token(ROLE_OPERATOR, "ci");
	struct m_request	 m;
	struct m_audit		 audit;
	struct m_why_link	 link;
	struct fake_msg		*a;

	come(f, K_NETWORK);
	fake_forget(f);
	m = fake_request(f, METHOD_STOP_APP, "web");
	m.role = c.role;
	m.uid = m.gid = ID_NONE;
	ATF_REQUIRE_EQ(0, fake_handle_of(f, K_NETWORK, &m, &c, NULL, 0));
	fake_down(f);
	ATF_REQUIRE((a = fake_take(f, M_AUDIT, &audit)) != NULL);
	ATF_CHECK_EQ(ID_NONE, audit.uid);
	ATF_CHECK_EQ(K_NETWORK, audit.plane);
	ATF_CHECK_STREQ("ci", fake_string(a, 4));
	ATF_CHECK_STREQ("192.0.2.7:40000", fake_string(a, 7));
	fake_call(f, METHOD_WHY, "web");
	ATF_REQUIRE(fake_take(f, M_WHY_LINK, &link) != NULL);
	ATF_CHECK_EQ(ID_NONE, link.why.uid);
	ATF_CHECK_STREQ("ci", link.subject);
	ATF_CHECK_EQ(K_NETWORK, link.why.plane);
	fake_free(f);
}

/* ---- events ------------------------------------------------------------- */

static void
require_event(struct fake *f, enum event_channel channel, const char *app,
    const char *from, const char *to, const char *text)
{
	struct fake_msg	*e;
	struct m_event	 m;

	ATF_REQUIRE_MSG((e = fake_take(f, M_EVENT, &m)) != NULL, "no event");
	ATF_CHECK_EQ((uint32_t)channel, m.channel);
	ATF_CHECK_STREQ(app, fake_string(e, 0));
	ATF_CHECK_STREQ(from, fake_string(e, 1));
	ATF_CHECK_STREQ(to, fake_string(e, 2));
	if (text != NULL)
		ATF_CHECK_STREQ(text, fake_string(e, 3));
}

ATF_TC_WITHOUT_HEAD(nothing_is_told_to_who_does_not_listen);
ATF_TC_BODY(nothing_is_told_to_who_does_not_listen, tc)
{
	struct fake	*f = world();

	fake_call(f, METHOD_STOP_APP, "web");
	fake_down(f);
	ATF_CHECK_EQ(0, fake_count(f, M_EVENT));
	ATF_CHECK_EQ(0, f->sup.publish.seq);
	come(f, K_NETWORK);
	ATF_CHECK_EQ(-1, publish_listen(&f->sup, K_NETWORK, 2));
	ATF_CHECK_EQ(0, publish_listen(&f->sup, K_NETWORK, 1));
	fake_call(f, METHOD_START_APP, "web");
	fake_up(f);
	ATF_CHECK_EQ(2, count_to(f, K_NETWORK, M_EVENT));
	ATF_CHECK_EQ(0, count_to(f, K_CONTROL, M_EVENT));
	/* until it says so, or goes */
	ATF_CHECK_EQ(0, publish_listen(&f->sup, K_NETWORK, 0));
	ATF_CHECK_EQ(0, publish_listen(&f->sup, K_CONTROL, 1));
	go(f, K_CONTROL);
	ATF_CHECK_EQ(0, f->sup.publish.on);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(each_transition_is_an_event);
ATF_TC_BODY(each_transition_is_an_event, tc)
{
	struct fake	*f = fake_new();
	uint64_t	 seq;

	fake_manual(f, "web")->policy = RESTART_NEVER;
	fake_boot(f);
	publish_listen(&f->sup, K_CONTROL, 1);
	fake_call(f, METHOD_START_APP, "web");
	fake_up(f);
	require_event(f, EVENT_STARTING, "web", "stopped", "starting", NULL);
	require_event(f, EVENT_ONLINE, "web", "starting", "online", "");
	fake_call(f, METHOD_STOP_APP, "web");
	fake_down(f);
	require_event(f, EVENT_STOPPING, "web", "online", "stopping", NULL);
	require_event(f, EVENT_STOPPED, "web", "stopping", "stopped", NULL);
	fake_call(f, METHOD_START_APP, "web");
	fake_up(f);
	require_event(f, EVENT_STARTING, "web", "stopped", "starting", NULL);
	require_event(f, EVENT_ONLINE, "web", "starting", "online", NULL);
	seq = f->sup.publish.seq;
	ATF_CHECK_EQ(6, seq);
	/* with the reason */
	fake_exit(f, "web", 0, 1, 0, 0);
	fake_turn(f);
	require_event(f, EVENT_STOPPED, "web", "online", "stopped",
	    fake_find(f, "web")->reason);
	ATF_CHECK(fake_find(f, "web")->reason[0] != '\0');
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(the_daemon_has_events_of_its_own);
ATF_TC_BODY(the_daemon_has_events_of_its_own, tc)
{
	struct fake		*f = world();
	struct m_request	 m;
	struct m_auth_failed	 failed;

	publish_listen(&f->sup, K_CONTROL, 1);
	view_degraded(&f->sup, CAUSE_LOG, "disk full");
	view_degraded(&f->sup, CAUSE_LOG, "disk full");
	fake_turn(f);
	require_event(f, EVENT_DEGRADED, "", "", "", "disk full");
	ATF_CHECK_EQ(1, fake_count(f, M_EVENT));
	fake_conf(f, 0);
	fake_turn(f);
	require_event(f, EVENT_CONFIG, "", "", "", "version 2, 0 changes");
	m = fake_request(f, METHOD_SCALE, "web");
	m.number = 2;
	fake_ask(f, &m);
	require_event(f, EVENT_SCALED, "web", "", "", NULL);
	memset(&failed, 0, sizeof(failed));
	failed.count = 7;
	publish_auth(&f->sup, &failed, "192.0.2.1", "bad signature");
	fake_up(f);
	fake_forget(f);
	shutdown_begin(&f->sup, 0);
	fake_turn(f);
	require_event(f, EVENT_DAEMON_STOPPING, "", "", "", "");
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_flood_of_events_is_bounded);
ATF_TC_BODY(a_flood_of_events_is_bounded, tc)
{
	struct fake	*f = world();
	uint32_t	 i;

	publish_listen(&f->sup, K_CONTROL, 1);
	for (i = 0; i < PUBLISH_MAX + 10; i++)
		publish_daemon(&f->sup, EVENT_DEGRADED, "x");
	ATF_CHECK_EQ(PUBLISH_MAX, f->sup.publish.n);
	fake_turn(f);
	ATF_CHECK_EQ(PUBLISH_MAX, fake_count(f, M_EVENT));
	ATF_CHECK_EQ(0, f->sup.publish.n);
	/* the next number tells of those that are left out */
	ATF_CHECK_EQ(PUBLISH_MAX + 10, f->sup.publish.seq);
	fake_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_plane_that_comes_is_told_all);
	ATF_TP_ADD_TC(tp, a_change_goes_to_those_that_are_up);
	ATF_TP_ADD_TC(tp, a_slow_plane_holds_nobody_up);
	ATF_TP_ADD_TC(tp, what_is_degraded_is_told_to_all);
	ATF_TP_ADD_TC(tp, an_answer_goes_where_it_was_asked);
	ATF_TP_ADD_TC(tp, a_plane_spends_what_is_its_own);
	ATF_TP_ADD_TC(tp, a_token_is_named_where_a_user_would_be);
	ATF_TP_ADD_TC(tp, nothing_is_told_to_who_does_not_listen);
	ATF_TP_ADD_TC(tp, each_transition_is_an_event);
	ATF_TP_ADD_TC(tp, the_daemon_has_events_of_its_own);
	ATF_TP_ADD_TC(tp, a_flood_of_events_is_bounded);
	return (atf_no_error());
}
