/* What the crash of one means for the others. */
#include <signal.h>
#include <stdio.h>

#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/shutdown.h"
#include "omnitrond/supervisor/strategy.h"
#include "regress/unit/supervisor/fake.h"

/* http, worker (needs http) and log, with this strategy among them. */
static struct fake *
shop(enum strategy strategy)
{
	struct fake	*f = fake_new();

	fake_bootstrap(f, "shop")->strategy = strategy;
	fake_process(f, "http");
	fake_process(f, "worker");
	fake_process(f, "log");
	fake_need(f, 1, 1, 0);
	return (f);
}

/* Apps a, b (needs a) and c of a group, and d of none. */
static struct fake *
group(enum strategy strategy)
{
	struct fake	*f = fake_new();
	uint32_t	 i;

	fake_app(f, "a");
	fake_app(f, "b");
	fake_app(f, "c");
	fake_app(f, "d");
	fake_dep(f, 2, 1);
	for (i = 0; i < 3; i++) {
		f->apps[i].group = 7;
		f->apps[i].group_strategy = strategy;
	}
	return (f);
}

static void
begin(struct fake *f)
{
	fake_boot(f);
	fake_up(f);
	fake_forget(f);
}

/* Told to stop, in any order: "http worker"; and then they are. */
static void
require_stops(struct fake *f, const char *want)
{
	struct m_stop	 m;
	struct inst	*inst;
	char		 list[256] = "", buf[INST_NAME_SIZE];
	struct m_inst	 told[16];
	size_t		 n, i;

	fake_turn(f);
	for (n = 0; n < 16 && fake_take(f, M_STOP, &m) != NULL; n++) {
		told[n] = m.inst;
		inst = inst_of(&f->sup, &m.inst);
		ATF_REQUIRE(inst != NULL);
		if (list[0] != '\0')
			strlcat(list, " ", sizeof(list));
		strlcat(list, inst_name(inst, buf, sizeof(buf)),
		    sizeof(list));
	}
	ATF_CHECK_STREQ(want, list);
	for (i = 0; i < n; i++) {
		inst = inst_of(&f->sup, &told[i]);
		fake_exit(f, inst_name(inst, buf, sizeof(buf)), 0, -1,
		    SIGTERM, EXIT_STOPPED);
	}
	fake_turn(f);
}

static void
crash(struct fake *f, const char *name)
{
	fake_exit(f, name, 0, 1, 0, 0);
	fake_turn(f);
}

static uint32_t
generation(struct fake *f, const char *name)
{
	return (fake_inst(f, name, 0)->generation);
}

static void
require_calm(struct fake *f)
{
	struct app	*app;
	struct group	*g;

	APP_FOREACH(app, &f->sup) {
		ATF_CHECK_MSG(TAILQ_EMPTY(&app->troubled), "%s", app->name);
		ATF_CHECK_EQ_MSG(0, app->waiting, "%s", app->name);
	}
	TAILQ_FOREACH(g, &f->sup.groups, entry)
		ATF_CHECK_EQ(0, g->troubled);
}

ATF_TC_WITHOUT_HEAD(whom_it_concerns);
ATF_TC_BODY(whom_it_concerns, tc)
{
	static const struct {
		uint32_t	 strategy, crashed, other;
		int		 want;
	} cases[] = {
		{ STRATEGY_ONE_FOR_ONE, 1, 2, 0 },
		{ STRATEGY_ONE_FOR_ONE, 1, 1, 0 },
		{ STRATEGY_ONE_FOR_ALL, 1, 2, 1 },
		{ STRATEGY_ONE_FOR_ALL, 1, 0, 1 },
		{ STRATEGY_ONE_FOR_ALL, 1, 1, 0 },
		{ STRATEGY_REST_FOR_ONE, 1, 2, 1 },
		{ STRATEGY_REST_FOR_ONE, 1, 1, 0 },
		{ STRATEGY_REST_FOR_ONE, 1, 0, 0 },
	};
	size_t	 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_EQ_MSG(cases[i].want, strategy_concerns(
		    cases[i].strategy, cases[i].crashed, cases[i].other),
		    "case %zu", i);
}

ATF_TC_WITHOUT_HEAD(which_exits_count);
ATF_TC_BODY(which_exits_count, tc)
{
	ATF_CHECK(strategy_counts(V_RESTART, 0, 0));
	ATF_CHECK(strategy_counts(V_RESTART, 1, 0));	/* no good, ended */
	ATF_CHECK(strategy_counts(V_CRASHED, 0, 0));
	ATF_CHECK(strategy_counts(V_RESTART_FREE, 0, 0));
	ATF_CHECK(!strategy_counts(V_RESTART_FREE, 1, 0));
	ATF_CHECK(!strategy_counts(V_FINISHED, 1, 0));
	ATF_CHECK(!strategy_counts(V_FAILED, 0, 0));
	ATF_CHECK(strategy_counts(V_FAILED, 0, 1));
}

ATF_TC_WITHOUT_HEAD(one_for_one_leaves_the_others);
ATF_TC_BODY(one_for_one_leaves_the_others, tc)
{
	struct fake	*f = shop(STRATEGY_ONE_FOR_ONE);

	begin(f);
	crash(f, "shop/http");
	require_stops(f, "");
	fake_advance(f, 1000);
	ATF_CHECK_EQ(1, fake_up(f));
	ATF_CHECK_EQ(2, generation(f, "shop/http"));
	ATF_CHECK_EQ(1, generation(f, "shop/log"));
	require_calm(f);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(one_for_all_restarts_all);
ATF_TC_BODY(one_for_all_restarts_all, tc)
{
	struct fake	*f = shop(STRATEGY_ONE_FOR_ALL);

	begin(f);
	crash(f, "shop/log");
	REQUIRE_STATUS(f, "shop/log", ERRORED);
	/* dependants first */
	require_stops(f, "shop/worker");
	REQUIRE_STATUS(f, "shop/http", STOPPING);
	require_stops(f, "shop/http");
	REQUIRE_STATUS(f, "shop/http", STOPPED);
	REQUIRE_REASON(f, "shop", "log: exit 1");
	ATF_CHECK_EQ(0, fake_spawn_all(f));
	fake_advance(f, 999);
	ATF_CHECK_EQ(0, fake_spawn_all(f));
	fake_advance(f, 1);
	/* first the one that crashed, and when it is up the others */
	ATF_CHECK_EQ(1, fake_spawn_all(f));
	REQUIRE_STATUS(f, "shop/log", ONLINE);
	fake_turn(f);
	REQUIRE_STATUS(f, "shop/http", STARTING);
	REQUIRE_STATUS(f, "shop/worker", STOPPED);
	ATF_CHECK_EQ(2, fake_up(f));
	REQUIRE_STATUS(f, "shop", ONLINE);
	REQUIRE_REASON(f, "shop", "");
	ATF_CHECK_EQ(1, fake_inst(f, "shop/log", 0)->restarts);
	ATF_CHECK_EQ(1, fake_inst(f, "shop/log", 0)->budget.n);
	ATF_CHECK_EQ(0, fake_inst(f, "shop/http", 0)->restarts);
	ATF_CHECK_EQ(0, fake_inst(f, "shop/http", 0)->budget.n);
	ATF_CHECK_EQ(0, fake_inst(f, "shop/worker", 0)->backoff);
	require_calm(f);
	fake_free(f);
}

/* Nothing starts before all that is to stop has, whatever the delay. */
ATF_TC_WITHOUT_HEAD(it_waits_until_the_others_stopped);
ATF_TC_BODY(it_waits_until_the_others_stopped, tc)
{
	struct fake	*f = shop(STRATEGY_ONE_FOR_ALL);

	f->procs[0].initial_ms = 0;
	begin(f);
	crash(f, "shop/http");
	fake_advance(f, 5000);
	REQUIRE_STATUS(f, "shop/http", ERRORED);
	ATF_CHECK_EQ(0, fake_spawn_all(f));
	require_stops(f, "shop/worker shop/log");
	ATF_CHECK_EQ(1, fake_spawn_all(f));
	ATF_CHECK_EQ(2, generation(f, "shop/http"));
	ATF_CHECK_EQ(1, fake_inst(f, "shop/http", 0)->budget.n);
	ATF_CHECK_EQ(2, fake_up(f));
	REQUIRE_STATUS(f, "shop", ONLINE);
	require_calm(f);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(rest_for_one_restarts_what_starts_after);
ATF_TC_BODY(rest_for_one_restarts_what_starts_after, tc)
{
	struct fake	*f = fake_new();

	/* worker stands first, and starts after http that it needs */
	fake_bootstrap(f, "shop")->strategy = STRATEGY_REST_FOR_ONE;
	fake_process(f, "worker");
	fake_process(f, "http");
	fake_process(f, "log");
	fake_need(f, 1, 0, 1);
	begin(f);
	crash(f, "shop/log");
	require_stops(f, "");
	fake_advance(f, 1000);
	ATF_CHECK_EQ(1, fake_up(f));
	crash(f, "shop/worker");
	require_stops(f, "shop/log");
	fake_advance(f, 1000);
	ATF_CHECK_EQ(2, fake_up(f));
	ATF_CHECK_EQ(1, generation(f, "shop/http"));
	crash(f, "shop/http");
	require_stops(f, "shop/worker shop/log");
	fake_advance(f, 1000);
	ATF_CHECK_EQ(3, fake_up(f));
	REQUIRE_STATUS(f, "shop", ONLINE);
	require_calm(f);
	fake_free(f);
}

/* What it needs was stopped for its sake: its relaunch counts all the same. */
ATF_TC_WITHOUT_HEAD(one_that_needs_another_spends_its_budget);
ATF_TC_BODY(one_that_needs_another_spends_its_budget, tc)
{
	struct fake	*f = shop(STRATEGY_ONE_FOR_ALL);
	int		 i;

	f->procs[1].max_restarts = 2;
	begin(f);
	for (i = 1; i <= 2; i++) {
		crash(f, "shop/worker");
		require_stops(f, "shop/http shop/log");
		fake_advance(f, 4000);
		ATF_CHECK_EQ(3, fake_up(f));
		REQUIRE_STATUS(f, "shop", ONLINE);
		ATF_CHECK_EQ(i, fake_inst(f, "shop/worker", 0)->restarts);
		ATF_CHECK_EQ(i, fake_inst(f, "shop/worker", 0)->budget.n);
		require_calm(f);
	}
	crash(f, "shop/worker");
	REQUIRE_STATUS(f, "shop/worker", CRASHED);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_loop_of_crashes_starts_nobody_else);
ATF_TC_BODY(a_loop_of_crashes_starts_nobody_else, tc)
{
	struct fake	*f = shop(STRATEGY_ONE_FOR_ALL);
	struct m_spawn	 m;
	int		 i;

	f->procs[2].max_restarts = 3;
	f->procs[2].min_uptime_ms = 500;
	fake_boot(f);
	fake_up(f);
	fake_advance(f, 500);
	REQUIRE_STATUS(f, "shop", ONLINE);
	fake_forget(f);
	crash(f, "shop/log");
	require_stops(f, "shop/worker");
	require_stops(f, "shop/http");
	for (i = 0; i < 3; i++) {
		fake_advance(f, 8000);
		ATF_REQUIRE(fake_take(f, M_SPAWN, &m) != NULL);
		ATF_CHECK_EQ(2, m.inst.process);
		fake_spawned(f, &m.inst);
		fake_execed(f, &m.inst, STEP_NONE, 0, "");
		crash(f, "shop/log");
		ATF_CHECK(fake_take(f, M_SPAWN, NULL) == NULL);
	}
	REQUIRE_STATUS(f, "shop/log", CRASHED);
	REQUIRE_STATUS(f, "shop/http", STOPPED);
	fake_advance(f, 100000);
	ATF_CHECK_EQ(0, fake_up(f));
	fake_free(f);
}

static struct fake *
gave_up(void)
{
	struct fake	*f = shop(STRATEGY_ONE_FOR_ALL);

	f->procs[2].max_restarts = 0;
	begin(f);
	crash(f, "shop/log");
	REQUIRE_STATUS(f, "shop/log", CRASHED);
	require_stops(f, "shop/worker");
	require_stops(f, "shop/http");
	REQUIRE_STATUS(f, "shop", CRASHED);
	ATF_CHECK_EQ(0, fake_up(f));
	REQUIRE_REASON(f, "shop", "log: exit 1");
	return (f);
}

ATF_TC_WITHOUT_HEAD(one_that_gives_up_takes_them_down);
ATF_TC_BODY(one_that_gives_up_takes_them_down, tc)
{
	struct fake	*f = gave_up();
	uint64_t	 id;

	id = fake_call(f, METHOD_START_APP, "shop");
	ATF_CHECK_EQ(3, fake_up(f));
	REQUIRE_REPLY(f, id, OK);
	REQUIRE_STATUS(f, "shop", ONLINE);
	require_calm(f);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(stopped_with_the_one_that_gave_up);
ATF_TC_BODY(stopped_with_the_one_that_gave_up, tc)
{
	struct fake	*f = gave_up();
	uint64_t	 id;

	id = fake_call(f, METHOD_STOP_APP, "shop");
	REQUIRE_REPLY(f, id, OK);
	REQUIRE_STATUS(f, "shop", STOPPED);
	fake_advance(f, 100000);
	ATF_CHECK_EQ(0, fake_up(f));
	ATF_CHECK(TAILQ_EMPTY(&fake_find(f, "shop")->troubled));
	id = fake_call(f, METHOD_START_APP, "shop");
	ATF_CHECK_EQ(3, fake_up(f));
	REQUIRE_REPLY(f, id, OK);
	require_calm(f);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_group_of_apps);
ATF_TC_BODY(a_group_of_apps, tc)
{
	struct fake	*f = group(STRATEGY_ONE_FOR_ALL);

	begin(f);
	crash(f, "c");
	require_stops(f, "b");
	REQUIRE_REASON(f, "b", "waiting for c");
	REQUIRE_STATUS(f, "a", STOPPING);
	REQUIRE_REASON(f, "a", "restarts with c");
	require_stops(f, "a");
	REQUIRE_REASON(f, "a", "waiting for c");
	fake_advance(f, 1000);
	ATF_CHECK_EQ(1, fake_spawn_all(f));
	ATF_CHECK_EQ(2, fake_up(f));
	ATF_CHECK_EQ(2, generation(f, "a"));
	ATF_CHECK_EQ(2, generation(f, "b"));
	ATF_CHECK_EQ(1, generation(f, "d"));
	require_calm(f);
	/* what is of no group concerns none */
	crash(f, "d");
	require_stops(f, "");
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(the_rest_of_a_group);
ATF_TC_BODY(the_rest_of_a_group, tc)
{
	struct fake	*f = group(STRATEGY_REST_FOR_ONE);

	begin(f);
	crash(f, "b");
	require_stops(f, "c");
	fake_advance(f, 1000);
	ATF_CHECK_EQ(2, fake_up(f));
	ATF_CHECK_EQ(1, generation(f, "a"));
	crash(f, "c");
	require_stops(f, "");
	fake_advance(f, 1000);
	ATF_CHECK_EQ(1, fake_up(f));
	require_calm(f);
	fake_free(f);
}

/* A group of apps that are made of processes: each scope has its own. */
ATF_TC_WITHOUT_HEAD(scopes_are_apart);
ATF_TC_BODY(scopes_are_apart, tc)
{
	struct fake	*f = shop(STRATEGY_REST_FOR_ONE);

	fake_app(f, "other")->instances = 2;
	f->apps[0].group = f->apps[1].group = 1;
	f->apps[0].group_strategy = f->apps[1].group_strategy =
	    STRATEGY_ONE_FOR_ALL;
	f->apps[1].strategy = STRATEGY_ONE_FOR_ALL;
	begin(f);
	crash(f, "shop/log");
	/* in the app there is nothing after it, in the group there is */
	fake_turn(f);
	ATF_CHECK_EQ(2, fake_stop_all(f, 0));
	fake_advance(f, 1000);
	ATF_CHECK_EQ(3, fake_up(f));
	ATF_CHECK_EQ(1, generation(f, "shop/http"));
	/* the instances of one process are no scope */
	fake_exit(f, "other", 1, 1, 0, 0);
	fake_turn(f);
	REQUIRE_STATUS(f, "other", ERRORED);
	ATF_CHECK_EQ(S_ONLINE, fake_inst(f, "other", 0)->status);
	require_stops(f, "shop/worker shop/log");
	require_stops(f, "shop/http");
	fake_advance(f, 1000);
	ATF_CHECK_EQ(4, fake_up(f));
	require_calm(f);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(operators_and_graceful_exits_are_no_crash);
ATF_TC_BODY(operators_and_graceful_exits_are_no_crash, tc)
{
	struct fake	*f = group(STRATEGY_ONE_FOR_ALL);
	uint64_t	 id;

	f->procs[0].policy = RESTART_ALWAYS;
	begin(f);
	id = fake_call(f, METHOD_STOP_APP, "c");
	require_stops(f, "c");
	REQUIRE_REPLY(f, id, OK);
	id = fake_call(f, METHOD_RESTART_APP, "b");
	require_stops(f, "b");
	ATF_CHECK_EQ(1, fake_up(f));
	REQUIRE_REPLY(f, id, OK);
	fake_exit(f, "a", 0, 0, 0, 0);
	require_stops(f, "");
	fake_advance(f, 1000);
	ATF_CHECK_EQ(1, fake_up(f));
	/* one that was stopped stays so, a crash starts nobody */
	crash(f, "a");
	require_stops(f, "b");
	fake_advance(f, 1000);
	ATF_CHECK_EQ(2, fake_up(f));
	REQUIRE_STATUS(f, "c", STOPPED);
	require_calm(f);
	fake_free(f);
}

/* Whoever is stopped or started by an operator meanwhile is what he wants. */
ATF_TC_WITHOUT_HEAD(operators_meanwhile);
ATF_TC_BODY(operators_meanwhile, tc)
{
	struct fake	*f = group(STRATEGY_ONE_FOR_ALL);
	uint64_t	 id;

	begin(f);
	crash(f, "d");
	fake_advance(f, 1000);
	fake_up(f);
	crash(f, "c");
	/* a stop of one that is being stopped */
	id = fake_call(f, METHOD_STOP_APP, "b");
	require_stops(f, "b");
	REQUIRE_REPLY(f, id, OK);
	require_stops(f, "a");
	/* a start of one that waits */
	id = fake_call(f, METHOD_START_APP, "a");
	ATF_CHECK_EQ(1, fake_up(f));
	REQUIRE_REPLY(f, id, OK);
	REQUIRE_STATUS(f, "a", ONLINE);
	REQUIRE_STATUS(f, "c", ERRORED);
	/* and a stop of the one that crashed */
	id = fake_call(f, METHOD_STOP_APP, "c");
	REQUIRE_REPLY(f, id, OK);
	fake_turn(f);
	require_stops(f, "");
	fake_advance(f, 100000);
	ATF_CHECK_EQ(0, fake_up(f));
	REQUIRE_STATUS(f, "a", ONLINE);
	REQUIRE_STATUS(f, "b", STOPPED);
	ATF_CHECK(TAILQ_EMPTY(&fake_find(f, "c")->troubled));
	fake_free(f);
}

/* A start that waits for a member that gives up is told so. */
ATF_TC_WITHOUT_HEAD(a_start_that_is_overtaken);
ATF_TC_BODY(a_start_that_is_overtaken, tc)
{
	struct fake	*f = group(STRATEGY_ONE_FOR_ALL);
	const char	*text;
	uint64_t	 id;

	f->procs[0].min_uptime_ms = 3000;
	f->procs[2].max_restarts = 0;
	fake_boot(f);
	fake_spawn_all(f);
	fake_advance(f, 3000);
	fake_up(f);
	fake_forget(f);
	id = fake_call(f, METHOD_RESTART_APP, "a");
	require_stops(f, "a");
	ATF_CHECK_EQ(1, fake_spawn_all(f));
	REQUIRE_STATUS(f, "a", STARTING);
	crash(f, "c");
	require_stops(f, "b");
	require_stops(f, "a");
	REQUIRE_REPLY(f, id, FAILED);
	fake_reply(f, id, &text);
	ATF_CHECK_STREQ("a: waiting for c; c is crashed: omnitronctl start c",
	    text);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_shutdown_ends_it);
ATF_TC_BODY(a_shutdown_ends_it, tc)
{
	struct fake	*f = group(STRATEGY_ONE_FOR_ALL);

	begin(f);
	crash(f, "c");
	shutdown_begin(&f->sup, 0);
	fake_down(f);
	ATF_CHECK(fake_take(f, M_SHUTDOWN_DONE, NULL) != NULL);
	ATF_CHECK_EQ(0, fake_spawn_all(f));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_reload_may_end_it);
ATF_TC_BODY(a_reload_may_end_it, tc)
{
	struct fake	*f = group(STRATEGY_ONE_FOR_ALL);

	begin(f);
	crash(f, "c");
	require_stops(f, "b");
	require_stops(f, "a");
	f->apps[0].group = 0;
	fake_conf(f, 0);
	ATF_CHECK_EQ(1, fake_spawn_all(f));
	REQUIRE_STATUS(f, "a", ONLINE);
	fake_turn(f);
	REQUIRE_REASON(f, "b", "waiting for c");
	/* the one that all wait for leaves the configuration */
	fake_conf(f, 3);
	fake_turn(f);
	ATF_CHECK_EQ(1, fake_up(f));
	REQUIRE_STATUS(f, "b", ONLINE);
	require_calm(f);
	fake_free(f);
}

/* It waits for others to stop, and by a reload they are none of its scope. */
ATF_TC_WITHOUT_HEAD(a_reload_frees_the_one_that_crashed);
ATF_TC_BODY(a_reload_frees_the_one_that_crashed, tc)
{
	struct fake	*f = group(STRATEGY_ONE_FOR_ALL);

	begin(f);
	crash(f, "c");
	fake_advance(f, 5000);
	ATF_CHECK_EQ(0, fake_spawn_all(f));
	f->apps[2].group = 0;
	fake_conf(f, 0);
	ATF_CHECK_EQ(1, fake_up(f));
	REQUIRE_STATUS(f, "c", ONLINE);
	/* those that were told to stop already start again */
	fake_down(f);
	fake_up(f);
	REQUIRE_STATUS(f, "a", ONLINE);
	REQUIRE_STATUS(f, "b", ONLINE);
	require_calm(f);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_oneshot_is_not_done_again);
ATF_TC_BODY(a_oneshot_is_not_done_again, tc)
{
	struct fake	*f = shop(STRATEGY_ONE_FOR_ALL);

	f->procs[0].flags |= PROCESS_ONESHOT;
	fake_boot(f);
	fake_spawn_all(f);
	fake_exit(f, "shop/http", 0, 0, 0, 0);
	fake_up(f);
	REQUIRE_STATUS(f, "shop/worker", ONLINE);
	fake_forget(f);
	crash(f, "shop/log");
	require_stops(f, "shop/worker");
	fake_advance(f, 1000);
	ATF_CHECK_EQ(2, fake_up(f));
	ATF_CHECK_EQ(1, generation(f, "shop/http"));
	REQUIRE_STATUS(f, "shop/worker", ONLINE);
	require_calm(f);
	fake_free(f);
}

/* A record of a process, as the store gives it back. */
static void
record(struct fake *f, const char *process, uint32_t instance,
    enum status status)
{
	struct m_state_inst	 m;

	memset(&m, 0, sizeof(m));
	m.inst.instance = (uint16_t)instance;
	m.inst.generation = 1;
	m.status = status;
	m.wanted = m.configured = 1;
	ATF_REQUIRE_EQ(0, load_state_inst(&f->sup, &m, "shop", process));
}

static void
restart_as(struct fake *f, enum status log)
{
	struct m_state_app	 app;
	struct m_state_end	 end;

	memset(&app, 0, sizeof(app));
	app.intent = INTENT_RUN;
	app.status = log;
	app.instances = 3;
	app.known = app.bootstrap = 1;
	fake_conf(f, 0);
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_REQUIRE_EQ(0, load_state_app(&f->sup, &app, "shop", "", ""));
	record(f, "http", 0, S_STOPPED);
	record(f, "worker", 0, S_STOPPED);
	record(f, "log", 0, log);
	memset(&end, 0, sizeof(end));
	end.same_boot = 1;
	end.apps = 1;
	ATF_REQUIRE_EQ(0, load_state_end(&f->sup, &end, ""));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	fake_turn(f);
}

ATF_TC_WITHOUT_HEAD(they_wait_over_a_restart_of_the_daemon);
ATF_TC_BODY(they_wait_over_a_restart_of_the_daemon, tc)
{
	struct fake	*f = shop(STRATEGY_ONE_FOR_ALL);

	restart_as(f, S_CRASHED);
	ATF_CHECK_EQ(0, fake_up(f));
	REQUIRE_STATUS(f, "shop", CRASHED);
	fake_call(f, METHOD_START_APP, "shop");
	ATF_CHECK_EQ(3, fake_up(f));
	require_calm(f);
	fake_free(f);

	f = shop(STRATEGY_ONE_FOR_ALL);
	restart_as(f, S_ERRORED);
	ATF_CHECK_EQ(0, fake_up(f));
	fake_advance(f, 30000);
	ATF_CHECK_EQ(3, fake_up(f));
	require_calm(f);
	fake_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, whom_it_concerns);
	ATF_TP_ADD_TC(tp, which_exits_count);
	ATF_TP_ADD_TC(tp, one_for_one_leaves_the_others);
	ATF_TP_ADD_TC(tp, one_for_all_restarts_all);
	ATF_TP_ADD_TC(tp, it_waits_until_the_others_stopped);
	ATF_TP_ADD_TC(tp, rest_for_one_restarts_what_starts_after);
	ATF_TP_ADD_TC(tp, one_that_needs_another_spends_its_budget);
	ATF_TP_ADD_TC(tp, a_loop_of_crashes_starts_nobody_else);
	ATF_TP_ADD_TC(tp, one_that_gives_up_takes_them_down);
	ATF_TP_ADD_TC(tp, stopped_with_the_one_that_gave_up);
	ATF_TP_ADD_TC(tp, a_group_of_apps);
	ATF_TP_ADD_TC(tp, the_rest_of_a_group);
	ATF_TP_ADD_TC(tp, scopes_are_apart);
	ATF_TP_ADD_TC(tp, operators_and_graceful_exits_are_no_crash);
	ATF_TP_ADD_TC(tp, operators_meanwhile);
	ATF_TP_ADD_TC(tp, a_start_that_is_overtaken);
	ATF_TP_ADD_TC(tp, a_shutdown_ends_it);
	ATF_TP_ADD_TC(tp, a_reload_may_end_it);
	ATF_TP_ADD_TC(tp, a_reload_frees_the_one_that_crashed);
	ATF_TP_ADD_TC(tp, a_oneshot_is_not_done_again);
	ATF_TP_ADD_TC(tp, they_wait_over_a_restart_of_the_daemon);
	return (atf_no_error());
}
