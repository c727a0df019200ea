/* Who waits for whom: chain, star, diamond. */
#include <stdio.h>
#include <stdlib.h>

#include "omnitrond/supervisor/depend.h"
#include "regress/unit/supervisor/fake.h"

/* Are exactly these being started now? */
static void
require_starting(struct fake *f, const char *names)
{
	char		 got[256] = "";
	struct app	*app;

	fake_turn(f);
	APP_FOREACH(app, &f->sup) {
		if (app->tally.status != S_STARTING)
			continue;
		if (got[0] != '\0')
			strlcat(got, " ", sizeof(got));
		strlcat(got, app->name, sizeof(got));
	}
	ATF_REQUIRE_STREQ(names, got);
}

static void
require_stopping(struct fake *f, const char *names)
{
	char		 got[256] = "";
	struct app	*app;

	fake_turn(f);
	APP_FOREACH(app, &f->sup) {
		if (app->tally.status != S_STOPPING)
			continue;
		if (got[0] != '\0')
			strlcat(got, " ", sizeof(got));
		strlcat(got, app->name, sizeof(got));
	}
	ATF_REQUIRE_STREQ(names, got);
}

ATF_TC_WITHOUT_HEAD(a_chain_starts_one_after_another);
ATF_TC_BODY(a_chain_starts_one_after_another, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "web");
	fake_app(f, "api");
	fake_app(f, "db");
	fake_dep(f, 1, 2);
	fake_dep(f, 2, 3);
	fake_boot(f);
	require_starting(f, "db");
	REQUIRE_REASON(f, "web", "waiting for api");
	REQUIRE_REASON(f, "api", "waiting for db");
	fake_spawn_all(f);
	require_starting(f, "api");
	fake_spawn_all(f);
	require_starting(f, "web");
	fake_spawn_all(f);
	REQUIRE_STATUS(f, "web", ONLINE);
	REQUIRE_REASON(f, "web", "");
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_star_starts_at_once);
ATF_TC_BODY(a_star_starts_at_once, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "hub");
	fake_app(f, "a");
	fake_app(f, "b");
	fake_app(f, "c");
	fake_app(f, "alone");
	fake_dep(f, 2, 1);
	fake_dep(f, 3, 1);
	fake_dep(f, 4, 1);
	fake_boot(f);
	require_starting(f, "hub alone");
	fake_spawn_all(f);
	require_starting(f, "a b c");
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_diamond_waits_for_both_sides);
ATF_TC_BODY(a_diamond_waits_for_both_sides, tc)
{
	struct fake	*f = fake_new();
	struct m_spawn	 m;

	fake_app(f, "top");
	fake_app(f, "left");
	fake_app(f, "right");
	fake_app(f, "base");
	fake_dep(f, 1, 2);
	fake_dep(f, 1, 3);
	fake_dep(f, 2, 4);
	fake_dep(f, 3, 4);
	fake_boot(f);
	REQUIRE_REASON(f, "top", "waiting for left, right");
	fake_spawn_all(f);
	require_starting(f, "left right");
	ATF_REQUIRE(fake_take(f, M_SPAWN, &m) != NULL);
	fake_spawned(f, &m.inst);
	fake_execed(f, &m.inst, STEP_NONE, 0, "");
	require_starting(f, "right");
	REQUIRE_REASON(f, "top", "waiting for right");
	fake_spawn_all(f);
	require_starting(f, "top");
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(stop_all_goes_the_other_way);
ATF_TC_BODY(stop_all_goes_the_other_way, tc)
{
	struct fake	*f = fake_new();
	uint64_t	 id;

	fake_app(f, "top");
	fake_app(f, "left");
	fake_app(f, "right");
	fake_app(f, "base");
	fake_app(f, "alone");
	fake_dep(f, 1, 2);
	fake_dep(f, 1, 3);
	fake_dep(f, 2, 4);
	fake_dep(f, 3, 4);
	fake_boot(f);
	fake_up(f);
	id = fake_call(f, METHOD_STOP_ALL, NULL);
	require_stopping(f, "top alone");
	fake_stop_all(f, 0);
	require_stopping(f, "left right");
	fake_stop_all(f, 0);
	require_stopping(f, "base");
	fake_stop_all(f, 0);
	fake_turn(f);
	REQUIRE_REPLY(f, id, OK);
	ATF_CHECK_EQ(5, fake_reply(f, id, NULL)->count);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(restart_all_stops_up_and_starts_down);
ATF_TC_BODY(restart_all_stops_up_and_starts_down, tc)
{
	struct fake	*f = fake_new();
	uint64_t	 id;

	fake_app(f, "web");
	fake_app(f, "db");
	fake_dep(f, 1, 2);
	fake_boot(f);
	fake_up(f);
	id = fake_call(f, METHOD_RESTART_ALL, NULL);
	require_stopping(f, "web");
	fake_stop_all(f, 0);
	require_stopping(f, "db");
	REQUIRE_STATUS(f, "web", STOPPED);
	fake_stop_all(f, 0);
	require_starting(f, "db");
	fake_spawn_all(f);
	require_starting(f, "web");
	fake_spawn_all(f);
	fake_turn(f);
	REQUIRE_REPLY(f, id, OK);
	ATF_CHECK_EQ(0, fake_inst(f, "web", 0)->restarts);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_dependency_that_crashes_leaves_dependants_alone);
ATF_TC_BODY(a_dependency_that_crashes_leaves_dependants_alone, tc)
{
	struct fake	*f = fake_new();
	struct inst	*web;

	fake_app(f, "web");
	fake_app(f, "db")->max_restarts = 0;
	fake_dep(f, 1, 2);
	fake_boot(f);
	fake_up(f);
	fake_exit(f, "db", 0, 1, 0, 0);
	fake_turn(f);
	REQUIRE_STATUS(f, "db", CRASHED);
	REQUIRE_STATUS(f, "web", ONLINE);
	/* and one that fails meanwhile is held, for free */
	web = fake_inst(f, "web", 0);
	fake_exit(f, "web", 0, 1, 0, 0);
	fake_advance(f, 60000);
	REQUIRE_STATUS(f, "web", STOPPED);
	REQUIRE_REASON(f, "web", "waiting for db");
	ATF_CHECK_EQ(0, web->backoff);
	ATF_CHECK_EQ(0, web->budget.n);
	/* it comes when the dependency is back */
	fake_call(f, METHOD_START_APP, "db");
	fake_up(f);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(stop_names_the_dependants_in_the_way);
ATF_TC_BODY(stop_names_the_dependants_in_the_way, tc)
{
	struct fake		*f = fake_new();
	struct m_request	 m;
	const char		*text;
	uint64_t		 id;

	fake_app(f, "web");
	fake_app(f, "api");
	fake_app(f, "db");
	fake_app(f, "far");
	fake_dep(f, 1, 3);
	fake_dep(f, 2, 3);
	fake_dep(f, 4, 2);
	fake_boot(f);
	fake_up(f);
	id = fake_call(f, METHOD_STOP_APP, "db");
	REQUIRE_REPLY(f, id, CONFLICT);
	fake_reply(f, id, &text);
	ATF_CHECK_STREQ("stop web, api, far first: they depend on db "
	    "(or stop it with --dependants)", text);
	REQUIRE_STATUS(f, "db", ONLINE);
	ATF_CHECK_EQ(INTENT_RUN, fake_find(f, "db")->intent);

	m = fake_request(f, METHOD_STOP_APP, "db");
	m.flags |= REQ_DEPENDANTS;
	id = fake_ask(f, &m);
	require_stopping(f, "web far");
	fake_stop_all(f, 0);
	require_stopping(f, "api");
	fake_stop_all(f, 0);
	require_stopping(f, "db");
	fake_stop_all(f, 0);
	fake_turn(f);
	REQUIRE_REPLY(f, id, OK);
	ATF_CHECK_EQ(INTENT_STOP, fake_find(f, "far")->intent);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_cycle_hangs_nobody);
ATF_TC_BODY(a_cycle_hangs_nobody, tc)
{
	struct fake	*f = fake_new();
	struct refs	 list = { NULL, 0 };

	fake_app(f, "a");
	fake_app(f, "b");
	fake_dep(f, 1, 2);
	fake_dep(f, 2, 1);
	fake_boot(f);
	ATF_CHECK_EQ(0, fake_up(f));
	ATF_CHECK(!depend_coming(&f->sup, fake_find(f, "a")));
	depend_running(fake_find(f, "a"), &list);
	ATF_CHECK_EQ(0, list.n);
	refs_free(&list);
	fake_free(f);
}

/* However far it is, and however many ways lead there. */
ATF_TC_WITHOUT_HEAD(a_long_wait_is_a_wait);
ATF_TC_BODY(a_long_wait_is_a_wait, tc)
{
	struct fake	*f = fake_new();
	uint32_t	 i, k;
	uint64_t	 id;

	fake_app(f, "app1");
	for (i = 2; i <= 60; i++) {
		fake_app(f, i == 60 ? "last" : "app");
		snprintf(f->names[i - 1], NAME_SIZE, "app%u", i);
	}
	/* twenty layers of three, each on all of the one before */
	for (i = 4; i <= 60; i++)
		for (k = 0; k < 3; k++)
			fake_dep(f, i, (i - 1) / 3 * 3 - k);
	for (i = 0; i < 3; i++)
		f->procs[i].min_uptime_ms = 5000;
	fake_boot(f);
	ATF_CHECK_EQ(3, fake_spawn_all(f));
	id = fake_call(f, METHOD_START_APP, "app60");
	fake_advance(f, 4000);
	ATF_CHECK(fake_reply(f, id, NULL) == NULL);
	fake_advance(f, 1000);
	ATF_CHECK_EQ(57, fake_up(f));
	REQUIRE_REPLY(f, id, OK);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_start_that_cannot_come_says_so);
ATF_TC_BODY(a_start_that_cannot_come_says_so, tc)
{
	struct fake	*f = fake_new();
	const char	*text;
	uint64_t	 id;

	fake_app(f, "web");
	fake_manual(f, "db");
	fake_dep(f, 1, 2);
	fake_boot(f);
	id = fake_call(f, METHOD_START_APP, "web");
	REQUIRE_REPLY(f, id, FAILED);
	fake_reply(f, id, &text);
	ATF_CHECK_STREQ("web: waiting for db; db is stopped: "
	    "omnitronctl start db", text);
	/* the intent stands */
	fake_call(f, METHOD_START_APP, "db");
	fake_up(f);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

/* Held, and free to go before those that wait were looked at. */
ATF_TC_WITHOUT_HEAD(one_that_is_held_and_ready_in_one_turn);
ATF_TC_BODY(one_that_is_held_and_ready_in_one_turn, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "db")->initial_ms = 0;
	fake_app(f, "web")->initial_ms = 0;
	fake_dep(f, 2, 1);
	fake_boot(f);
	fake_up(f);
	REQUIRE_STATUS(f, "web", ONLINE);
	/* both crash, and db is back before anyone looks */
	fake_exit(f, "db", 0, 1, 0, 0);
	fake_exit(f, "web", 0, 1, 0, 0);
	ATF_REQUIRE_EQ(1, fake_spawn_all(f));
	REQUIRE_STATUS(f, "db", ONLINE);
	fake_up(f);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_process_that_is_held_and_ready_in_one_turn);
ATF_TC_BODY(a_process_that_is_held_and_ready_in_one_turn, tc)
{
	struct fake	*f = fake_new();

	fake_bootstrap(f, "shop");
	fake_process(f, "db")->initial_ms = 0;
	fake_process(f, "web")->initial_ms = 0;
	fake_need(f, 1, 1, 0);
	fake_boot(f);
	fake_up(f);
	REQUIRE_STATUS(f, "shop", ONLINE);
	fake_exit(f, "shop/db", 0, 1, 0, 0);
	fake_exit(f, "shop/web", 0, 1, 0, 0);
	ATF_REQUIRE_EQ(1, fake_spawn_all(f));
	fake_up(f);
	REQUIRE_STATUS(f, "shop", ONLINE);
	fake_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_chain_starts_one_after_another);
	ATF_TP_ADD_TC(tp, a_star_starts_at_once);
	ATF_TP_ADD_TC(tp, a_diamond_waits_for_both_sides);
	ATF_TP_ADD_TC(tp, stop_all_goes_the_other_way);
	ATF_TP_ADD_TC(tp, restart_all_stops_up_and_starts_down);
	ATF_TP_ADD_TC(tp, a_dependency_that_crashes_leaves_dependants_alone);
	ATF_TP_ADD_TC(tp, stop_names_the_dependants_in_the_way);
	ATF_TP_ADD_TC(tp, a_cycle_hangs_nobody);
	ATF_TP_ADD_TC(tp, a_long_wait_is_a_wait);
	ATF_TP_ADD_TC(tp, a_start_that_cannot_come_says_so);
	ATF_TP_ADD_TC(tp, one_that_is_held_and_ready_in_one_turn);
	ATF_TP_ADD_TC(tp, a_process_that_is_held_and_ready_in_one_turn);
	return (atf_no_error());
}
