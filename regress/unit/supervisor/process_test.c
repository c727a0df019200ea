/* Apps made of named processes. */
#include <signal.h>

#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/shutdown.h"
#include "regress/unit/supervisor/fake.h"

/* worker needs http, http needs db; listed the other way round. */
static struct fake *
shop(void)
{
	struct fake	*f = fake_new();

	fake_bootstrap(f, "shop");
	fake_process(f, "worker");
	fake_process(f, "http");
	fake_process(f, "db");
	fake_need(f, 1, 0, 1);
	fake_need(f, 1, 1, 2);
	fake_boot(f);
	return (f);
}

static uint32_t
generation(struct fake *f, const char *name)
{
	return (fake_inst(f, name, 0)->generation);
}

/* It is told to stop now, and nothing else is. */
static void
require_stop(struct fake *f, const char *name)
{
	struct m_stop	 m;

	fake_turn(f);
	ATF_REQUIRE(fake_take(f, M_STOP, &m) != NULL);
	ATF_CHECK_EQ_MSG(fake_proc(f, name)->conf.id, m.inst.process,
	    "%u instead of %s", m.inst.process, name);
	ATF_CHECK(fake_take(f, M_STOP, NULL) == NULL);
	fake_exit(f, name, 0, -1, SIGTERM, EXIT_STOPPED);
}

ATF_TC_WITHOUT_HEAD(they_start_in_the_order_of_their_needs);
ATF_TC_BODY(they_start_in_the_order_of_their_needs, tc)
{
	struct fake	*f = shop();

	REQUIRE_STATUS(f, "shop/db", STARTING);
	REQUIRE_STATUS(f, "shop/http", STOPPED);
	REQUIRE_STATUS(f, "shop", STARTING);
	ATF_CHECK_EQ(2, fake_find(f, "shop")->tally.held);
	REQUIRE_REASON(f, "shop", "http: waiting for db");
	ATF_CHECK_EQ(1, fake_spawn_all(f));
	fake_turn(f);
	REQUIRE_STATUS(f, "shop/http", STARTING);
	REQUIRE_REASON(f, "shop", "worker: waiting for http");
	ATF_CHECK_EQ(1, fake_spawn_all(f));
	/* online, but for one that is still held */
	REQUIRE_STATUS(f, "shop/http", ONLINE);
	REQUIRE_STATUS(f, "shop", STARTING);
	ATF_CHECK_EQ(1, fake_up(f));
	REQUIRE_STATUS(f, "shop", ONLINE);
	REQUIRE_REASON(f, "shop", "");
	ATF_CHECK_EQ(0, fake_find(f, "shop")->tally.held);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_crash_restarts_that_process_alone);
ATF_TC_BODY(a_crash_restarts_that_process_alone, tc)
{
	struct fake		*f = shop();
	struct m_view_app	 v;
	struct m_state_app	 s;
	struct fake_msg		*m;

	fake_up(f);
	fake_forget(f);
	fake_exit(f, "shop/http", 0, 3, 0, 0);
	fake_turn(f);
	REQUIRE_STATUS(f, "shop/http", ERRORED);
	REQUIRE_STATUS(f, "shop/worker", ONLINE);
	REQUIRE_STATUS(f, "shop", ERRORED);
	REQUIRE_REASON(f, "shop", "http: exit 3");
	ATF_REQUIRE((m = fake_take(f, M_STATE_APP, &s)) != NULL);
	ATF_CHECK_EQ(1, s.bootstrap);
	ATF_CHECK_EQ(3, s.instances);
	ATF_CHECK_STREQ("http", fake_string(m, 2));
	fake_advance(f, 1000);
	ATF_CHECK_EQ(1, fake_up(f));
	REQUIRE_STATUS(f, "shop", ONLINE);
	ATF_CHECK_EQ(2, generation(f, "shop/http"));
	ATF_CHECK_EQ(1, generation(f, "shop/worker"));
	/* each has its own budget, the app counts all */
	fake_exit(f, "shop/db", 0, 3, 0, 0);
	ATF_CHECK_EQ(f->wall + 1000, fake_inst(f, "shop/db", 0)->retry_ms);
	fake_advance(f, 1000);
	fake_up(f);
	ATF_CHECK_EQ(1, fake_inst(f, "shop/db", 0)->budget.n);
	ATF_CHECK_EQ(0, fake_inst(f, "shop/worker", 0)->budget.n);
	fake_forget(f);
	view_begin(&f->sup, K_CONTROL);
	ATF_REQUIRE(fake_take(f, M_VIEW_APP, &v) != NULL);
	ATF_CHECK_EQ(2, v.restarts);
	ATF_CHECK(v.flags & VIEW_BOOTSTRAP);
	ATF_CHECK_EQ(3, fake_count(f, M_VIEW_INST));
	ATF_CHECK_EQ(2, fake_count(f, M_VIEW_DEP));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(the_worst_process_is_the_apps_status);
ATF_TC_BODY(the_worst_process_is_the_apps_status, tc)
{
	struct fake	*f = fake_new();

	fake_bootstrap(f, "shop");
	fake_process(f, "a")->max_restarts = 0;
	fake_process(f, "b");
	fake_process(f, "c");
	fake_boot(f);
	fake_up(f);
	fake_exit(f, "shop/c", 0, 0, 0, 0);
	REQUIRE_STATUS(f, "shop/c", STOPPED);
	REQUIRE_STATUS(f, "shop", ONLINE);
	fake_exit(f, "shop/b", 0, 1, 0, 0);
	REQUIRE_STATUS(f, "shop", ERRORED);
	fake_exit(f, "shop/a", 0, 1, 0, 0);
	REQUIRE_STATUS(f, "shop", CRASHED);
	REQUIRE_REASON(f, "shop", "a: exit 1");
	fake_advance(f, 1000);
	fake_up(f);
	REQUIRE_STATUS(f, "shop/b", ONLINE);
	REQUIRE_STATUS(f, "shop", CRASHED);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_stop_goes_the_other_way);
ATF_TC_BODY(a_stop_goes_the_other_way, tc)
{
	struct fake	*f = shop();
	uint64_t	 id;

	fake_up(f);
	id = fake_call(f, METHOD_STOP_APP, "shop");
	require_stop(f, "shop/worker");
	require_stop(f, "shop/http");
	ATF_CHECK(fake_reply(f, id, NULL) == NULL);
	require_stop(f, "shop/db");
	fake_turn(f);
	REQUIRE_REPLY(f, id, OK);
	REQUIRE_STATUS(f, "shop", STOPPED);
	ATF_CHECK_EQ(0, fake_find(f, "shop")->tally.running);
	/* and a restart goes back and forth */
	fake_call(f, METHOD_START_APP, "shop");
	ATF_CHECK_EQ(3, fake_up(f));
	id = fake_call(f, METHOD_RESTART_APP, "shop");
	require_stop(f, "shop/worker");
	require_stop(f, "shop/http");
	ATF_CHECK_EQ(0, fake_spawn_all(f));
	require_stop(f, "shop/db");
	fake_turn(f);
	ATF_CHECK_EQ(1, fake_spawn_all(f));
	fake_up(f);
	REQUIRE_REPLY(f, id, OK);
	REQUIRE_STATUS(f, "shop", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(force_stops_all_at_once);
ATF_TC_BODY(force_stops_all_at_once, tc)
{
	struct fake		*f = shop();
	struct m_request	 m;
	struct m_stop		 stop;
	uint64_t		 mild, hard;

	fake_up(f);
	mild = fake_call(f, METHOD_STOP_APP, "shop");
	ATF_CHECK_EQ(1, fake_count(f, M_STOP));
	ATF_REQUIRE(fake_take(f, M_STOP, &stop) != NULL);
	/* also when a milder stop is at work */
	m = fake_request(f, METHOD_STOP_APP, "shop");
	m.flags |= REQ_FORCE;
	hard = fake_ask(f, &m);
	ATF_CHECK_EQ(4, fake_count(f, M_STOP));
	ATF_CHECK_EQ(3, fake_stop_all(f, EXIT_KILLED));
	fake_turn(f);
	REQUIRE_REPLY(f, mild, OK);
	REQUIRE_REPLY(f, hard, OK);
	REQUIRE_STATUS(f, "shop", STOPPED);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_shutdown_stops_them_in_order);
ATF_TC_BODY(a_shutdown_stops_them_in_order, tc)
{
	struct fake	*f = shop();

	fake_up(f);
	shutdown_begin(&f->sup, 0);
	require_stop(f, "shop/worker");
	/* a reload meanwhile takes one away and brings another */
	f->nprocs = 2;
	f->ndeps = 1;
	fake_process_of(f, 1, "new")->id = 9;
	f->apps[0].processes = 3;
	fake_conf(f, 0);
	fake_down(f);
	ATF_CHECK_EQ(1, fake_count(f, M_SHUTDOWN_DONE));
	ATF_CHECK_EQ(3, fake_count(f, M_SPAWN));
	ATF_CHECK_EQ(INTENT_RUN, fake_find(f, "shop")->intent);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_reload_restarts_only_what_changed);
ATF_TC_BODY(a_reload_restarts_only_what_changed, tc)
{
	struct fake	*f = shop();

	fake_up(f);
	f->procs[1].flags |= PROCESS_CHANGED;
	fake_conf(f, 0);
	require_stop(f, "shop/http");
	ATF_CHECK_EQ(1, fake_up(f));
	ATF_CHECK_EQ(2, generation(f, "shop/http"));
	ATF_CHECK_EQ(1, generation(f, "shop/worker"));
	ATF_CHECK_EQ(1, generation(f, "shop/db"));
	REQUIRE_STATUS(f, "shop", ONLINE);
	/* nothing of an app that is stopped */
	fake_call(f, METHOD_STOP_APP, "shop");
	fake_down(f);
	f->procs[1].flags |= PROCESS_CHANGED;
	fake_conf(f, 0);
	ATF_CHECK_EQ(0, fake_up(f));
	fake_free(f);
}

/* Leaves out the last `n' processes. */
static void
without(struct fake *f, uint32_t n)
{
	uint32_t	 procs = f->nprocs, deps = f->ndeps;

	f->nprocs -= n;
	f->apps[0].processes -= n;
	f->ndeps = 0;
	fake_conf(f, 0);
	f->nprocs = procs;
	f->apps[0].processes += n;
	f->ndeps = deps;
}

ATF_TC_WITHOUT_HEAD(a_process_that_leaves_is_stopped_and_forgotten);
ATF_TC_BODY(a_process_that_leaves_is_stopped_and_forgotten, tc)
{
	struct fake		*f = shop();
	struct m_state_inst	 gone;
	struct fake_msg		*m;
	struct app		*app = fake_find(f, "shop");

	fake_up(f);
	fake_forget(f);
	without(f, 1);
	require_stop(f, "shop/db");
	fake_turn(f);
	ATF_CHECK(process_find_name(app, "db") == NULL);
	ATF_CHECK_EQ(2, app_wanted(app));
	REQUIRE_STATUS(f, "shop", ONLINE);
	ATF_CHECK_EQ(1, fake_count(f, M_VIEW_GONE));
	do
		ATF_REQUIRE((m = fake_take(f, M_STATE_INST, &gone)) != NULL);
	while (!gone.gone);
	ATF_CHECK_STREQ("db", fake_string(m, 1));
	/* and comes back as a new one */
	fake_forget(f);
	fake_conf(f, 0);
	ATF_CHECK_EQ(1, fake_up(f));
	REQUIRE_STATUS(f, "shop", ONLINE);
	ATF_CHECK_EQ(3, app_wanted(app));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_process_that_comes_back_amid_its_stop_runs_again);
ATF_TC_BODY(a_process_that_comes_back_amid_its_stop_runs_again, tc)
{
	struct fake	*f = shop();

	fake_up(f);
	without(f, 1);
	fake_turn(f);
	REQUIRE_STATUS(f, "shop/db", STOPPING);
	fake_conf(f, 0);
	ATF_CHECK_EQ(1, fake_down(f));
	ATF_CHECK_EQ(1, fake_up(f));
	REQUIRE_STATUS(f, "shop", ONLINE);
	ATF_CHECK_EQ(0, fake_find(f, "shop")->nops);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_process_leaves_while_an_operation_is_at_work);
ATF_TC_BODY(a_process_leaves_while_an_operation_is_at_work, tc)
{
	struct fake		*f = shop();
	struct m_request	 m;
	uint64_t		 restart, scale;

	fake_up(f);
	restart = fake_call(f, METHOD_RESTART_APP, "shop");
	m = fake_request(f, METHOD_SCALE, "shop");
	m.process = 2;
	m.number = 4;
	scale = fake_ask(f, &m);
	without(f, 1);
	fake_turn(f);
	REQUIRE_REPLY(f, scale, NOT_FOUND);
	fake_down(f);
	fake_up(f);
	fake_down(f);
	REQUIRE_REPLY(f, restart, OK);
	ATF_CHECK(process_find_name(fake_find(f, "shop"), "db") == NULL);
	REQUIRE_STATUS(f, "shop", ONLINE);
	ATF_CHECK_EQ(2, fake_find(f, "shop")->tally.running);
	fake_free(f);
}

/* What another process does is no outcome of an operation on this one. */
ATF_TC_WITHOUT_HEAD(the_failure_of_another_process_fails_no_operation);
ATF_TC_BODY(the_failure_of_another_process_fails_no_operation, tc)
{
	struct fake		*f = shop();
	struct m_request	 m;
	struct m_spawn		 spawn;
	uint64_t		 id;

	fake_up(f);
	m = fake_request(f, METHOD_SCALE, "shop");
	m.process = 2;		/* db, that nobody starts after */
	m.number = 2;
	id = fake_ask(f, &m);
	ATF_REQUIRE(fake_take(f, M_SPAWN, &spawn) != NULL);
	fake_exit(f, "shop/worker", 0, 1, 0, 0);
	fake_turn(f);
	ATF_CHECK(fake_reply(f, id, NULL) == NULL);
	fake_spawned(f, &spawn.inst);
	fake_execed(f, &spawn.inst, STEP_NONE, 0, "");
	fake_turn(f);
	REQUIRE_REPLY(f, id, OK);
	/* its own does */
	m = fake_request(f, METHOD_SCALE, "shop");
	m.process = 2;
	m.number = 3;
	id = fake_ask(f, &m);
	ATF_REQUIRE(fake_take(f, M_SPAWN, &spawn) != NULL);
	fake_spawned(f, &spawn.inst);
	fake_exit(f, "shop/db", 2, 1, 0, 0);
	fake_turn(f);
	REQUIRE_REPLY(f, id, FAILED);
	fake_free(f);
}

/* A process leaves, then the app does, then all but the process is back. */
ATF_TC_WITHOUT_HEAD(a_process_that_left_with_its_app_does_not_linger);
ATF_TC_BODY(a_process_that_left_with_its_app_does_not_linger, tc)
{
	struct fake	*f = shop();

	fake_up(f);
	fake_call(f, METHOD_RESTART_APP, "shop");
	without(f, 1);
	fake_conf(f, 1);
	without(f, 1);
	fake_down(f);
	fake_up(f);
	fake_down(f);
	ATF_CHECK(process_find_name(fake_find(f, "shop"), "db") == NULL);
	REQUIRE_STATUS(f, "shop", ONLINE);
	ATF_CHECK_EQ(2, fake_find(f, "shop")->tally.running);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(scale_wants_a_process_where_there_are_several);
ATF_TC_BODY(scale_wants_a_process_where_there_are_several, tc)
{
	struct fake		*f = shop();
	struct m_request	 m;
	struct m_state_inst	 rec;
	uint64_t		 id;

	fake_up(f);
	m = fake_request(f, METHOD_SCALE, "shop");
	m.number = 3;
	id = fake_ask(f, &m);
	REQUIRE_REPLY(f, id, INVALID);
	m = fake_request(f, METHOD_SCALE, "shop");
	m.number = 3;
	m.process = 77;
	id = fake_ask(f, &m);
	REQUIRE_REPLY(f, id, INVALID);
	fake_forget(f);
	m = fake_request(f, METHOD_SCALE, "shop");
	m.number = 3;
	m.process = 1;
	id = fake_ask(f, &m);
	ATF_CHECK_EQ(2, fake_up(f));
	REQUIRE_REPLY(f, id, OK);
	ATF_CHECK_EQ(3, fake_proc(f, "shop/http")->tally.running);
	ATF_CHECK_EQ(1, fake_proc(f, "shop/worker")->tally.running);
	ATF_REQUIRE(fake_take(f, M_STATE_INST, &rec) != NULL);
	ATF_CHECK_EQ(3, rec.wanted);
	ATF_CHECK_EQ(1, rec.configured);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_signal_goes_to_the_process_it_names);
ATF_TC_BODY(a_signal_goes_to_the_process_it_names, tc)
{
	struct fake		*f = shop();
	struct m_request	 m;
	struct m_signal		 sig;
	uint64_t		 id;

	fake_up(f);
	m = fake_request(f, METHOD_SIGNAL_APP, "shop");
	m.number = SIGUSR1;
	m.process = 1;
	id = fake_ask(f, &m);
	REQUIRE_REPLY(f, id, OK);
	ATF_CHECK_EQ(1, fake_count(f, M_SIGNAL));
	ATF_REQUIRE(fake_take(f, M_SIGNAL, &sig) != NULL);
	ATF_CHECK_EQ(1, sig.inst.process);
	m = fake_request(f, METHOD_SIGNAL_APP, "shop");
	m.number = SIGUSR1;
	fake_ask(f, &m);
	ATF_CHECK_EQ(4, fake_count(f, M_SIGNAL));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(classic_becomes_bootstrap_and_back);
ATF_TC_BODY(classic_becomes_bootstrap_and_back, tc)
{
	struct fake		*f = fake_new();
	struct m_request	 m;
	uint64_t		 id;

	fake_app(f, "web");
	fake_boot(f);
	fake_up(f);
	/* the parent's ids are by name: these are new ones */
	f->apps[0].flags |= APP_BOOTSTRAP;
	strlcpy(f->pnames[0], "http", NAME_SIZE);
	f->procs[0].id = 1;
	fake_process_of(f, 1, "worker")->id = 2;
	fake_need(f, 1, 2, 1);
	fake_conf(f, 0);
	ATF_CHECK_EQ(1, fake_down(f));
	ATF_CHECK_EQ(2, fake_up(f));
	REQUIRE_STATUS(f, "web/http", ONLINE);
	REQUIRE_STATUS(f, "web/worker", ONLINE);
	ATF_CHECK(process_find_name(fake_find(f, "web"), "web") == NULL);

	f->apps[0].flags &= ~APP_BOOTSTRAP;
	strlcpy(f->pnames[0], "web", NAME_SIZE);
	f->procs[0].id = 0;
	f->nprocs = f->apps[0].processes = 1;
	f->ndeps = 0;
	fake_conf(f, 0);
	fake_turn(f);
	/* classic by now, while those before are still there */
	m = fake_request(f, METHOD_SCALE, "web");
	m.number = 2;
	id = fake_ask(f, &m);
	while (fake_down(f) + fake_up(f) > 0)
		;
	REQUIRE_REPLY(f, id, OK);
	ATF_CHECK_EQ(2, fake_proc(f, "web")->tally.running);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(dependants_wait_for_all_processes);
ATF_TC_BODY(dependants_wait_for_all_processes, tc)
{
	struct fake	*f = fake_new();

	fake_bootstrap(f, "shop");
	fake_process(f, "a");
	fake_process(f, "b");
	fake_need(f, 1, 1, 0);
	fake_app(f, "web");
	fake_dep(f, 2, 1);
	fake_bootstrap(f, "crew");
	fake_process(f, "x");
	fake_process(f, "y");
	fake_dep(f, 3, 2);
	fake_need(f, 3, 1, 0);
	fake_boot(f);
	REQUIRE_REASON(f, "web", "waiting for shop");
	REQUIRE_REASON(f, "crew", "y: waiting for web, x");
	fake_spawn_all(f);
	fake_turn(f);
	REQUIRE_STATUS(f, "shop/a", ONLINE);
	REQUIRE_STATUS(f, "web", STOPPED);
	ATF_CHECK_EQ(1, fake_spawn_all(f));
	fake_turn(f);
	REQUIRE_STATUS(f, "shop", ONLINE);
	REQUIRE_STATUS(f, "web", STARTING);
	fake_up(f);
	REQUIRE_STATUS(f, "crew", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(counts_add_up);
ATF_TC_BODY(counts_add_up, tc)
{
	struct tally	 t;

	memset(&t, 0, sizeof(t));
	tally_move(&t, S_MAX, S_STOPPED);
	ATF_CHECK_EQ(S_STOPPED, t.status);
	tally_move(&t, S_MAX, S_ONLINE);
	ATF_CHECK_EQ(S_ONLINE, t.status);
	t.held = 1;
	tally_move(&t, S_STOPPED, S_STOPPED);
	ATF_CHECK_EQ(S_STARTING, t.status);
	tally_move(&t, S_ONLINE, S_STOPPING);
	ATF_CHECK_EQ(S_STOPPING, t.status);
	tally_move(&t, S_MAX, S_ERRORED);
	ATF_CHECK_EQ(S_ERRORED, t.status);
	tally_move(&t, S_MAX, S_CRASHED);
	ATF_CHECK_EQ(S_CRASHED, t.status);
	tally_move(&t, S_CRASHED, S_MAX);
	tally_move(&t, S_ERRORED, S_MAX);
	tally_move(&t, S_STOPPING, S_MAX);
	/* only held: it does not start, it waits */
	ATF_CHECK_EQ(S_STOPPED, t.status);
}

ATF_TC_WITHOUT_HEAD(lists_keep_their_order);
ATF_TC_BODY(lists_keep_their_order, tc)
{
	struct refs	 r = { NULL, 0 };
	int		 a = 0, b = 0, c = 0;

	refs_remove(&r, &a);
	ATF_CHECK(!refs_has(&r, &a));
	refs_add(&r, &a);
	refs_add(&r, &b);
	refs_add(&r, &c);
	refs_remove(&r, &b);
	refs_remove(&r, &b);
	ATF_REQUIRE_EQ(2, r.n);
	ATF_CHECK(r.of[0] == &a && r.of[1] == &c);
	ATF_CHECK(refs_has(&r, &c) && !refs_has(&r, &b));
	refs_free(&r);
	ATF_CHECK_EQ(0, r.n);
	ATF_CHECK(r.of == NULL);
	refs_free(&r);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, they_start_in_the_order_of_their_needs);
	ATF_TP_ADD_TC(tp, a_crash_restarts_that_process_alone);
	ATF_TP_ADD_TC(tp, the_worst_process_is_the_apps_status);
	ATF_TP_ADD_TC(tp, a_stop_goes_the_other_way);
	ATF_TP_ADD_TC(tp, force_stops_all_at_once);
	ATF_TP_ADD_TC(tp, a_shutdown_stops_them_in_order);
	ATF_TP_ADD_TC(tp, a_reload_restarts_only_what_changed);
	ATF_TP_ADD_TC(tp, a_process_that_leaves_is_stopped_and_forgotten);
	ATF_TP_ADD_TC(tp, a_process_that_comes_back_amid_its_stop_runs_again);
	ATF_TP_ADD_TC(tp, a_process_leaves_while_an_operation_is_at_work);
	ATF_TP_ADD_TC(tp,
	    the_failure_of_another_process_fails_no_operation);
	ATF_TP_ADD_TC(tp, a_process_that_left_with_its_app_does_not_linger);
	ATF_TP_ADD_TC(tp, scale_wants_a_process_where_there_are_several);
	ATF_TP_ADD_TC(tp, a_signal_goes_to_the_process_it_names);
	ATF_TP_ADD_TC(tp, classic_becomes_bootstrap_and_back);
	ATF_TP_ADD_TC(tp, dependants_wait_for_all_processes);
	ATF_TP_ADD_TC(tp, counts_add_up);
	ATF_TP_ADD_TC(tp, lists_keep_their_order);
	return (atf_no_error());
}
