/* Operations on one app: order, cancelling, answers. */
#include <errno.h>
#include <signal.h>

#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/shutdown.h"
#include "regress/unit/supervisor/fake.h"

static struct fake *
one_app(void)
{
	struct fake	*f = fake_new();

	fake_app(f, "web");
	fake_boot(f);
	fake_up(f);
	return (f);
}

ATF_TC_WITHOUT_HEAD(a_start_waits_for_the_stop_before_it);
ATF_TC_BODY(a_start_waits_for_the_stop_before_it, tc)
{
	struct fake	*f = one_app();
	uint64_t	 stop, start;

	stop = fake_call(f, METHOD_STOP_APP, "web");
	start = fake_call(f, METHOD_START_APP, "web");
	ATF_CHECK_EQ(0, fake_spawn_all(f));
	ATF_CHECK(fake_reply(f, stop, NULL) == NULL);
	fake_down(f);
	REQUIRE_REPLY(f, stop, OK);
	ATF_CHECK(fake_reply(f, start, NULL) == NULL);
	fake_up(f);
	REQUIRE_REPLY(f, start, OK);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_stop_cancels_a_start);
ATF_TC_BODY(a_stop_cancels_a_start, tc)
{
	struct fake	*f = fake_new();
	uint64_t	 stop, start;

	fake_manual(f, "web");
	fake_boot(f);
	start = fake_call(f, METHOD_START_APP, "web");
	stop = fake_call(f, METHOD_STOP_APP, "web");
	REQUIRE_REPLY(f, start, CONFLICT);
	ATF_CHECK_EQ(1, fake_down(f));
	REQUIRE_REPLY(f, stop, OK);
	REQUIRE_STATUS(f, "web", STOPPED);
	fake_advance(f, 100000);
	ATF_CHECK_EQ(1, fake_count(f, M_SPAWN));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_stop_ends_a_backoff);
ATF_TC_BODY(a_stop_ends_a_backoff, tc)
{
	struct fake	*f = one_app();
	uint64_t	 id;

	fake_exit(f, "web", 0, 1, 0, 0);
	id = fake_call(f, METHOD_STOP_APP, "web");
	REQUIRE_REPLY(f, id, OK);
	REQUIRE_STATUS(f, "web", STOPPED);
	ATF_CHECK_EQ(0, fake_inst(f, "web", 0)->retry_ms);
	fake_advance(f, 100000);
	ATF_CHECK_EQ(0, fake_up(f));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_start_of_a_crashed_app_is_afresh);
ATF_TC_BODY(a_start_of_a_crashed_app_is_afresh, tc)
{
	struct fake	*f = fake_new();
	struct inst	*inst;
	uint64_t	 id;

	fake_app(f, "web")->max_restarts = 1;
	fake_boot(f);
	fake_up(f);
	fake_exit(f, "web", 0, 1, 0, 0);
	fake_advance(f, 1000);
	fake_up(f);
	fake_exit(f, "web", 0, 1, 0, 0);
	REQUIRE_STATUS(f, "web", CRASHED);
	id = fake_call(f, METHOD_START_APP, "web");
	fake_up(f);
	REQUIRE_REPLY(f, id, OK);
	inst = fake_inst(f, "web", 0);
	ATF_CHECK_EQ(0, inst->restarts);
	ATF_CHECK_EQ(0, inst->budget.n);
	ATF_CHECK_EQ(0, inst->backoff);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_failed_start_names_app_step_and_error);
ATF_TC_BODY(a_failed_start_names_app_step_and_error, tc)
{
	struct fake	*f = fake_new();
	struct m_spawn	 m;
	const char	*text;
	uint64_t	 id;

	fake_manual(f, "web");
	fake_boot(f);
	id = fake_call(f, METHOD_START_APP, "web");
	ATF_REQUIRE(fake_take(f, M_SPAWN, &m) != NULL);
	fake_spawned(f, &m.inst);
	fake_execed(f, &m.inst, STEP_CHDIR, EACCES, "/srv");
	fake_exit(f, "web", 0, 127, 0, EXIT_NOEXEC);
	fake_turn(f);
	REQUIRE_REPLY(f, id, FAILED);
	fake_reply(f, id, &text);
	ATF_CHECK_STREQ("web: chdir /srv: Permission denied", text);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_crash_before_the_answer_is_a_failed_start);
ATF_TC_BODY(a_crash_before_the_answer_is_a_failed_start, tc)
{
	struct fake	*f = fake_new();
	struct m_spawn	 m;
	uint64_t	 id;

	fake_app(f, "web")->min_uptime_ms = 1000;
	f->apps[0].flags = 0;
	fake_boot(f);
	id = fake_call(f, METHOD_START_APP, "web");
	ATF_REQUIRE(fake_take(f, M_SPAWN, &m) != NULL);
	fake_spawned(f, &m.inst);
	fake_execed(f, &m.inst, STEP_NONE, 0, "");
	fake_advance(f, 500);
	ATF_CHECK(fake_reply(f, id, NULL) == NULL);
	fake_exit(f, "web", 0, 1, 0, 0);
	fake_turn(f);
	REQUIRE_REPLY(f, id, FAILED);
	REQUIRE_STATUS(f, "web", ERRORED);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(the_callers_timeout_leaves_the_operation);
ATF_TC_BODY(the_callers_timeout_leaves_the_operation, tc)
{
	struct fake		*f = fake_new();
	struct m_request	 m;
	struct m_spawn		 sp;
	uint64_t		 id;

	fake_manual(f, "web");
	fake_boot(f);
	m = fake_request(f, METHOD_START_APP, "web");
	m.timeout_ms = 200;
	id = fake_ask(f, &m);
	fake_advance(f, 199);
	ATF_CHECK(fake_reply(f, id, NULL) == NULL);
	fake_advance(f, 1);
	REQUIRE_REPLY(f, id, TIMEOUT);
	ATF_REQUIRE(fake_take(f, M_SPAWN, &sp) != NULL);
	fake_spawned(f, &sp.inst);
	fake_execed(f, &sp.inst, STEP_NONE, 0, "");
	fake_turn(f);
	REQUIRE_STATUS(f, "web", ONLINE);
	ATF_CHECK_EQ(1, fake_count(f, M_REPLY));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(no_wait_is_answered_when_launched);
ATF_TC_BODY(no_wait_is_answered_when_launched, tc)
{
	struct fake		*f = fake_new();
	struct m_request	 m;
	uint64_t		 id;

	fake_manual(f, "web");
	fake_boot(f);
	m = fake_request(f, METHOD_START_APP, "web");
	m.flags |= REQ_NOWAIT;
	id = fake_ask(f, &m);
	REQUIRE_REPLY(f, id, OK);
	REQUIRE_STATUS(f, "web", STARTING);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(what_is_so_already_is_ok);
ATF_TC_BODY(what_is_so_already_is_ok, tc)
{
	struct fake	*f = one_app();
	uint64_t	 id;

	id = fake_call(f, METHOD_START_APP, "web");
	REQUIRE_REPLY(f, id, OK);
	ATF_CHECK_EQ(0, fake_spawn_all(f));
	fake_call(f, METHOD_STOP_APP, "web");
	fake_down(f);
	id = fake_call(f, METHOD_STOP_APP, "web");
	REQUIRE_REPLY(f, id, OK);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_stop_that_needed_kill_says_so);
ATF_TC_BODY(a_stop_that_needed_kill_says_so, tc)
{
	struct fake		*f = one_app();
	struct m_request	 m;
	struct m_stop		 stop;
	uint64_t		 id;

	m = fake_request(f, METHOD_STOP_APP, "web");
	m.timeout_ms = 1234;
	id = fake_ask(f, &m);
	ATF_REQUIRE(fake_take(f, M_STOP, &stop) != NULL);
	ATF_CHECK_EQ(1234, stop.timeout_ms);
	ATF_CHECK_EQ(SIGTERM, stop.signal);
	fake_exit(f, "web", 0, -1, SIGKILL, EXIT_STOPPED | EXIT_KILLED);
	fake_turn(f);
	REQUIRE_REPLY(f, id, OK);
	ATF_CHECK_EQ(REPLY_KILLED | REPLY_TRIED,
	    fake_reply(f, id, NULL)->flags);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(force_hardens_a_stop_that_goes_on);
ATF_TC_BODY(force_hardens_a_stop_that_goes_on, tc)
{
	struct fake		*f = one_app();
	struct m_request	 m;
	struct m_stop		 stop;
	uint64_t		 first, second;

	first = fake_call(f, METHOD_STOP_APP, "web");
	ATF_REQUIRE(fake_take(f, M_STOP, &stop) != NULL);
	ATF_CHECK_EQ(10000, stop.timeout_ms);
	m = fake_request(f, METHOD_STOP_APP, "web");
	m.flags |= REQ_FORCE;
	second = fake_ask(f, &m);
	ATF_REQUIRE(fake_take(f, M_STOP, &stop) != NULL);
	ATF_CHECK_EQ(0, stop.timeout_ms);
	fake_exit(f, "web", 0, -1, SIGKILL, EXIT_STOPPED | EXIT_KILLED);
	fake_turn(f);
	REQUIRE_REPLY(f, first, OK);
	REQUIRE_REPLY(f, second, OK);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(scale_goes_one_by_one);
ATF_TC_BODY(scale_goes_one_by_one, tc)
{
	struct fake		*f = one_app();
	struct m_request	 m;
	struct m_stop		 stop;
	uint64_t		 id;

	m = fake_request(f, METHOD_SCALE, "web");
	m.number = 3;
	id = fake_ask(f, &m);
	ATF_CHECK_EQ(1, fake_spawn_all(f));
	ATF_CHECK(fake_reply(f, id, NULL) == NULL);
	fake_turn(f);
	ATF_CHECK_EQ(1, fake_spawn_all(f));
	fake_turn(f);
	REQUIRE_REPLY(f, id, OK);
	ATF_CHECK_EQ(3, fake_find(f, "web")->tally.count[S_ONLINE]);

	m = fake_request(f, METHOD_SCALE, "web");
	m.number = 1;
	id = fake_ask(f, &m);
	ATF_REQUIRE(fake_take(f, M_STOP, &stop) != NULL);
	ATF_CHECK_EQ(2, stop.inst.instance);
	ATF_CHECK(fake_take(f, M_STOP, &stop) == NULL);
	fake_exit(f, "web", 2, -1, SIGTERM, EXIT_STOPPED);
	fake_turn(f);
	ATF_REQUIRE(fake_take(f, M_STOP, &stop) != NULL);
	ATF_CHECK_EQ(1, stop.inst.instance);
	ATF_CHECK(fake_reply(f, id, NULL) == NULL);
	fake_exit(f, "web", 1, -1, SIGTERM, EXIT_STOPPED);
	fake_turn(f);
	REQUIRE_REPLY(f, id, OK);
	ATF_CHECK_EQ(1, fake_proc(f, "web")->ninsts);
	ATF_CHECK_EQ(2, fake_count(f, M_VIEW_GONE));
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(scale_has_bounds);
ATF_TC_BODY(scale_has_bounds, tc)
{
	struct fake		*f = fake_new();
	struct m_request	 m;
	uint64_t		 id;

	fake_app(f, "web")->scaling_max = 4;
	fake_boot(f);
	fake_up(f);
	m = fake_request(f, METHOD_SCALE, "web");
	id = fake_ask(f, &m);
	REQUIRE_REPLY(f, id, INVALID);
	m = fake_request(f, METHOD_SCALE, "web");
	m.number = 5;
	id = fake_ask(f, &m);
	REQUIRE_REPLY(f, id, INVALID);
	ATF_CHECK_EQ(1, fake_proc(f, "web")->wanted);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_stop_cancels_a_scale_and_keeps_the_count);
ATF_TC_BODY(a_stop_cancels_a_scale_and_keeps_the_count, tc)
{
	struct fake		*f = one_app();
	struct m_request	 m;
	uint64_t		 scale, stop;

	m = fake_request(f, METHOD_SCALE, "web");
	m.number = 3;
	scale = fake_ask(f, &m);
	stop = fake_call(f, METHOD_STOP_APP, "web");
	REQUIRE_REPLY(f, scale, CONFLICT);
	ATF_CHECK_EQ(2, fake_down(f));
	REQUIRE_REPLY(f, stop, OK);
	fake_forget(f);
	fake_call(f, METHOD_START_APP, "web");
	ATF_CHECK_EQ(3, fake_up(f));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(signal_goes_to_what_runs);
ATF_TC_BODY(signal_goes_to_what_runs, tc)
{
	struct fake		*f = one_app();
	struct m_request	 m;
	struct m_signal		 sig;
	uint64_t		 id;

	m = fake_request(f, METHOD_SIGNAL_APP, "web");
	m.number = SIGUSR1;
	id = fake_ask(f, &m);
	REQUIRE_REPLY(f, id, OK);
	ATF_REQUIRE(fake_take(f, M_SIGNAL, &sig) != NULL);
	ATF_CHECK_EQ(SIGUSR1, sig.signal);
	m = fake_request(f, METHOD_SIGNAL_APP, "web");
	m.number = SIGUSR1;
	m.instance = 7;
	id = fake_ask(f, &m);
	REQUIRE_REPLY(f, id, NOT_FOUND);
	m = fake_request(f, METHOD_SIGNAL_APP, "web");
	m.number = 65;
	id = fake_ask(f, &m);
	REQUIRE_REPLY(f, id, INVALID);
	fake_exit(f, "web", 0, 0, 0, 0);
	m = fake_request(f, METHOD_SIGNAL_APP, "web");
	m.number = SIGUSR1;
	id = fake_ask(f, &m);
	REQUIRE_REPLY(f, id, CONFLICT);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(the_queue_of_an_app_is_bounded);
ATF_TC_BODY(the_queue_of_an_app_is_bounded, tc)
{
	struct fake	*f = one_app();
	uint64_t	 id = 0;
	int		 i;

	fake_call(f, METHOD_STOP_APP, "web");
	for (i = 0; i < OPS_MAX; i++)
		id = fake_call(f, METHOD_START_APP, "web");
	REQUIRE_REPLY(f, id, LIMITED);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(shutdown_keeps_intents_and_refuses_the_rest);
ATF_TC_BODY(shutdown_keeps_intents_and_refuses_the_rest, tc)
{
	struct fake	*f = fake_new();
	uint64_t	 id, waits;

	fake_app(f, "web");
	fake_app(f, "db");
	fake_app(f, "job");
	fake_dep(f, 1, 2);
	fake_boot(f);
	fake_up(f);
	fake_exit(f, "job", 0, 0, 0, 0);
	waits = fake_call(f, METHOD_RESTART_APP, "web");
	shutdown_begin(&f->sup, 0);
	fake_turn(f);
	REQUIRE_REPLY(f, waits, CONFLICT);
	id = fake_call(f, METHOD_START_APP, "job");
	REQUIRE_REPLY(f, id, CONFLICT);
	ATF_CHECK_EQ(0, fake_count(f, M_SHUTDOWN_DONE));
	fake_down(f);
	ATF_CHECK_EQ(1, fake_count(f, M_SHUTDOWN_DONE));
	ATF_CHECK_EQ(INTENT_RUN, fake_find(f, "web")->intent);
	REQUIRE_REASON(f, "web", "daemon stopped");
	REQUIRE_REASON(f, "job", "finished");
	fake_free(f);
}

/* Asked for by a plane, in two ways to end. */
ATF_TC_WITHOUT_HEAD(a_shutdown_is_answered_when_all_is_stopped);
ATF_TC_BODY(a_shutdown_is_answered_when_all_is_stopped, tc)
{
	struct fake		*f = fake_new();
	struct m_view_app	 v;
	uint64_t		 id;
	size_t			 i, view = 0, reply = 0;

	fake_app(f, "web");
	fake_boot(f);
	fake_up(f);
	id = fake_call(f, METHOD_SHUTDOWN, NULL);
	ATF_REQUIRE(fake_take(f, M_SHUTDOWN_ASK, NULL) != NULL);
	shutdown_begin(&f->sup, 0);
	fake_turn(f);
	ATF_CHECK(fake_reply(f, id, NULL) == NULL);
	fake_exit(f, "web", 0, -1, 9, EXIT_STOPPED | EXIT_KILLED);
	fake_turn(f);
	REQUIRE_REPLY(f, id, OK);
	/* control has the record of the exit before it answers */
	for (i = 0; i < f->n; i++) {
		if (f->msgs[i].type == M_REPLY)
			reply = i;
		if (f->msgs[i].type == M_VIEW_APP && reply == 0) {
			view = i;
			memcpy(&v, f->msgs[i].data, sizeof(v));
		}
	}
	ATF_CHECK(view < reply);
	ATF_CHECK(v.exit.flags & EXIT_KILLED);
	/* and confirms it before the parent may end it */
	ATF_CHECK_EQ(0, fake_count(f, M_SHUTDOWN_DONE));
	ATF_CHECK_EQ(0, fake_synced(f));
	fake_turn(f);
	ATF_CHECK_EQ(1, fake_count(f, M_SHUTDOWN_DONE));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_shutdown_does_not_wait_for_control_for_ever);
ATF_TC_BODY(a_shutdown_does_not_wait_for_control_for_ever, tc)
{
	struct fake	*f;
	int		 dies;

	for (dies = 0; dies < 2; dies++) {
		f = fake_new();
		fake_app(f, "web");
		fake_boot(f);
		fake_up(f);
		fake_call(f, METHOD_SHUTDOWN, NULL);
		shutdown_begin(&f->sup, 0);
		fake_down(f);
		ATF_CHECK_EQ(0, fake_count(f, M_SHUTDOWN_DONE));
		if (dies) {
			f->there[K_CONTROL] = 0;
			sup_down(&f->sup, K_CONTROL);
			fake_turn(f);
		} else
			fake_advance(f, SHUTDOWN_STORE_MS);
		ATF_CHECK_EQ(1, fake_count(f, M_SHUTDOWN_DONE));
		fake_free(f);
	}
}

ATF_TC_WITHOUT_HEAD(shutdown_does_not_wait_for_a_store_that_is_away);
ATF_TC_BODY(shutdown_does_not_wait_for_a_store_that_is_away, tc)
{
	struct fake	*f = one_app();

	f->there[K_STORE] = 0;
	sup_down(&f->sup, K_STORE);
	shutdown_begin(&f->sup, SHUTDOWN_FORCE);
	fake_down(f);
	ATF_CHECK_EQ(0, fake_count(f, M_SHUTDOWN_DONE));
	fake_advance(f, SHUTDOWN_STORE_MS);
	ATF_CHECK_EQ(1, fake_count(f, M_SHUTDOWN_DONE));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(shutdown_leaves_a_crashed_app_crashed);
ATF_TC_BODY(shutdown_leaves_a_crashed_app_crashed, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "web")->max_restarts = 0;
	fake_app(f, "late");
	fake_boot(f);
	fake_up(f);
	fake_exit(f, "web", 0, 1, 0, 0);
	fake_exit(f, "late", 0, 1, 0, 0);
	shutdown_begin(&f->sup, 0);
	fake_down(f);
	REQUIRE_STATUS(f, "web", CRASHED);
	REQUIRE_STATUS(f, "late", STOPPED);
	ATF_CHECK_EQ(1, fake_count(f, M_SHUTDOWN_DONE));
	fake_advance(f, 100000);
	ATF_CHECK_EQ(0, fake_up(f));
	fake_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_start_waits_for_the_stop_before_it);
	ATF_TP_ADD_TC(tp, a_stop_cancels_a_start);
	ATF_TP_ADD_TC(tp, a_stop_ends_a_backoff);
	ATF_TP_ADD_TC(tp, a_start_of_a_crashed_app_is_afresh);
	ATF_TP_ADD_TC(tp, a_failed_start_names_app_step_and_error);
	ATF_TP_ADD_TC(tp, a_crash_before_the_answer_is_a_failed_start);
	ATF_TP_ADD_TC(tp, the_callers_timeout_leaves_the_operation);
	ATF_TP_ADD_TC(tp, no_wait_is_answered_when_launched);
	ATF_TP_ADD_TC(tp, what_is_so_already_is_ok);
	ATF_TP_ADD_TC(tp, a_stop_that_needed_kill_says_so);
	ATF_TP_ADD_TC(tp, force_hardens_a_stop_that_goes_on);
	ATF_TP_ADD_TC(tp, scale_goes_one_by_one);
	ATF_TP_ADD_TC(tp, scale_has_bounds);
	ATF_TP_ADD_TC(tp, a_stop_cancels_a_scale_and_keeps_the_count);
	ATF_TP_ADD_TC(tp, signal_goes_to_what_runs);
	ATF_TP_ADD_TC(tp, the_queue_of_an_app_is_bounded);
	ATF_TP_ADD_TC(tp, shutdown_keeps_intents_and_refuses_the_rest);
	ATF_TP_ADD_TC(tp, a_shutdown_is_answered_when_all_is_stopped);
	ATF_TP_ADD_TC(tp, a_shutdown_does_not_wait_for_control_for_ever);
	ATF_TP_ADD_TC(tp, shutdown_does_not_wait_for_a_store_that_is_away);
	ATF_TP_ADD_TC(tp, shutdown_leaves_a_crashed_app_crashed);
	return (atf_no_error());
}
