/* What an instance does when something happens. */
#include <errno.h>
#include <signal.h>

#include "omnitrond/supervisor/fsm.h"
#include "regress/unit/supervisor/fake.h"

ATF_TC_WITHOUT_HEAD(table_has_no_empty_cell);
ATF_TC_BODY(table_has_no_empty_cell, tc)
{
	int	 s, e;

	for (s = 0; s < S_MAX; s++)
		for (e = 0; e < EV_MAX; e++)
			ATF_CHECK_MSG(fsm_cell(s, e) != NULL,
			    "status %s, event %d", status_name(s), e);
}

/* An exchange with the parent in every status leaves counts that add up. */
ATF_TC_WITHOUT_HEAD(every_cell_keeps_the_counts);
ATF_TC_BODY(every_cell_keeps_the_counts, tc)
{
	struct m_exited		 ex;
	struct fsm_input	 in;
	struct fake		*f;
	struct app		*app;
	struct process		*p;
	struct inst		*inst;
	int			 s, e, i;
	uint32_t		 sum;

	for (s = 0; s < S_MAX; s++) {
		for (e = 0; e < EV_MAX; e++) {
			f = fake_new();
			fake_app(f, "a");
			fake_boot(f);
			fake_up(f);
			app = fake_find(f, "a");
			p = fake_proc(f, "a");
			inst = fake_inst(f, "a", 0);
			inst_set_running(&f->sup, inst, s == S_STARTING ||
			    s == S_ONLINE || s == S_STOPPING);
			inst_set_status(&f->sup, inst, s);
			memset(&ex, 0, sizeof(ex));
			memset(&in, 0, sizeof(in));
			in.event = e;
			in.exit = &ex;
			fsm_event(&f->sup, inst, &in);
			fake_turn(f);
			for (i = 0, sum = 0; i < S_MAX; i++)
				sum += app->tally.count[i];
			ATF_CHECK_EQ(1, sum);
			ATF_CHECK_EQ(app->tally.running, f->sup.nrunning);
			ATF_CHECK_EQ_MSG(app->tally.running,
			    app->tally.count[S_STARTING] +
			    app->tally.count[S_ONLINE] +
			    app->tally.count[S_STOPPING], "%s, event %d",
			    status_name(s), e);
			ATF_CHECK_EQ(0, memcmp(&app->tally, &p->tally,
			    sizeof(p->tally)));
			fake_free(f);
		}
	}
}

ATF_TC_WITHOUT_HEAD(goes_online_when_exec_succeeded);
ATF_TC_BODY(goes_online_when_exec_succeeded, tc)
{
	struct fake	*f = fake_new();
	struct m_spawn	 m;

	fake_app(f, "web");
	fake_boot(f);
	REQUIRE_STATUS(f, "web", STARTING);
	ATF_REQUIRE(fake_take(f, M_SPAWN, &m) != NULL);
	ATF_CHECK_EQ(1, m.inst.app);
	ATF_CHECK_EQ(1, m.inst.generation);
	fake_spawned(f, &m.inst);
	REQUIRE_STATUS(f, "web", STARTING);
	fake_execed(f, &m.inst, STEP_NONE, 0, "");
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(min_uptime_must_be_survived);
ATF_TC_BODY(min_uptime_must_be_survived, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "web")->min_uptime_ms = 500;
	fake_boot(f);
	fake_spawn_all(f);
	fake_advance(f, 499);
	REQUIRE_STATUS(f, "web", STARTING);
	fake_advance(f, 1);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

static void
ready_event(struct fake *f, const char *name)
{
	const struct fsm_input	 in = { .event = EV_READY };

	fsm_event(&f->sup, fake_inst(f, name, 0), &in);
	fake_turn(f);
}

ATF_TC_WITHOUT_HEAD(other_readiness_is_waited_for);
ATF_TC_BODY(other_readiness_is_waited_for, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "web")->ready = READY_NOTIFY;
	fake_boot(f);
	fake_spawn_all(f);
	fake_advance(f, 29000);
	REQUIRE_STATUS(f, "web", STARTING);
	ready_event(f, "web");
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_advance(f, 60000);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

/* Its word may come over another channel before that of exec. */
ATF_TC_WITHOUT_HEAD(ready_before_exec_is_heard_of_counts);
ATF_TC_BODY(ready_before_exec_is_heard_of_counts, tc)
{
	struct fake	*f = fake_new();
	struct m_spawn	 m;

	fake_app(f, "web")->ready = READY_NOTIFY;
	fake_boot(f);
	ATF_REQUIRE(fake_take(f, M_SPAWN, &m) != NULL);
	fake_spawned(f, &m.inst);
	ready_event(f, "web");
	REQUIRE_STATUS(f, "web", STARTING);
	fake_execed(f, &m.inst, STEP_NONE, 0, "");
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(what_is_missing_is_the_reason);
ATF_TC_BODY(what_is_missing_is_the_reason, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "web")->ready = READY_NOTIFY;
	fake_boot(f);
	fake_spawn_all(f);
	fake_advance(f, 30000);
	REQUIRE_STATUS(f, "web", STOPPING);
	REQUIRE_REASON(f, "web", "no READY=1 within 30s");
	fake_exit(f, "web", 0, 0, 0, EXIT_STOPPED);
	REQUIRE_STATUS(f, "web", ERRORED);
	REQUIRE_REASON(f, "web", "no READY=1 within 30s");
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(success_before_it_was_ready_is_a_failure);
ATF_TC_BODY(success_before_it_was_ready_is_a_failure, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "web")->ready = READY_FD;
	fake_boot(f);
	fake_spawn_all(f);
	fake_exit(f, "web", 0, 0, 0, 0);
	REQUIRE_STATUS(f, "web", ERRORED);
	REQUIRE_REASON(f, "web", "exit 0 before it was ready");
	fake_advance(f, 1000);
	fake_spawn_all(f);
	ready_event(f, "web");
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_exit(f, "web", 0, 0, 0, 0);
	REQUIRE_STATUS(f, "web", STOPPED);
	REQUIRE_REASON(f, "web", "finished");
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(delays_are_1_2_4_and_then_it_crashes);
ATF_TC_BODY(delays_are_1_2_4_and_then_it_crashes, tc)
{
	struct fake	*f = fake_new();
	int64_t		 delay;
	int		 i;

	fake_app(f, "web")->max_restarts = 3;
	fake_boot(f);
	fake_up(f);
	for (i = 0, delay = 1000; i < 3; i++, delay *= 2) {
		fake_exit(f, "web", 0, 1, 0, 0);
		REQUIRE_STATUS(f, "web", ERRORED);
		REQUIRE_REASON(f, "web", "exit 1");
		ATF_CHECK_EQ(f->wall + delay,
		    fake_inst(f, "web", 0)->retry_ms);
		fake_advance(f, delay - 1);
		ATF_CHECK_EQ(0, fake_up(f));
		fake_advance(f, 1);
		ATF_CHECK_EQ(1, fake_up(f));
		REQUIRE_STATUS(f, "web", ONLINE);
	}
	fake_exit(f, "web", 0, 1, 0, 0);
	REQUIRE_STATUS(f, "web", CRASHED);
	REQUIRE_REASON(f, "web", "exit 1; gave up after 3 restarts in 1m");
	fake_advance(f, 600000);
	ATF_CHECK_EQ(0, fake_up(f));
	ATF_CHECK_EQ(3, fake_inst(f, "web", 0)->restarts);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(backoff_0_relaunches_in_the_same_handler);
ATF_TC_BODY(backoff_0_relaunches_in_the_same_handler, tc)
{
	struct fake	*f = fake_new();
	size_t		 i;

	fake_app(f, "web")->initial_ms = 0;
	fake_boot(f);
	fake_up(f);
	fake_forget(f);
	fake_exit(f, "web", 0, -1, SIGKILL, 0);
	/* no turn of the loop: acknowledged, spawned, and nothing before */
	ATF_REQUIRE_EQ(2, f->n);
	ATF_CHECK_EQ(M_EXIT_ACK, f->msgs[0].type);
	ATF_CHECK_EQ(M_SPAWN, f->msgs[1].type);
	for (i = 0; i < f->n; i++)
		ATF_CHECK_EQ(K_PARENT, f->msgs[i].to);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_full_window_online_resets_the_delay);
ATF_TC_BODY(a_full_window_online_resets_the_delay, tc)
{
	struct fake	*f = fake_new();
	struct inst	*inst;

	fake_app(f, "web");
	fake_boot(f);
	fake_up(f);
	inst = fake_inst(f, "web", 0);
	fake_exit(f, "web", 0, 1, 0, 0);
	fake_advance(f, 1000);
	fake_up(f);
	fake_advance(f, 59000);
	fake_exit(f, "web", 0, 1, 0, 0);
	ATF_CHECK_EQ(f->wall + 2000, inst->retry_ms);
	fake_advance(f, 2000);
	fake_up(f);
	fake_advance(f, 60000);
	fake_exit(f, "web", 0, 1, 0, 0);
	ATF_CHECK_EQ(f->wall + 1000, inst->retry_ms);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(exit_0_is_finished);
ATF_TC_BODY(exit_0_is_finished, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "job");
	fake_boot(f);
	fake_up(f);
	fake_exit(f, "job", 0, 0, 0, 0);
	REQUIRE_STATUS(f, "job", STOPPED);
	REQUIRE_REASON(f, "job", "finished");
	fake_advance(f, 100000);
	ATF_CHECK_EQ(0, fake_up(f));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(restart_never_shows_the_failure);
ATF_TC_BODY(restart_never_shows_the_failure, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "job")->policy = RESTART_NEVER;
	fake_boot(f);
	fake_up(f);
	fake_exit(f, "job", 0, 1, 0, 0);
	REQUIRE_STATUS(f, "job", STOPPED);
	REQUIRE_REASON(f, "job", "failed (exit 1)");
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(restart_always_never_gives_up_on_exit_0);
ATF_TC_BODY(restart_always_never_gives_up_on_exit_0, tc)
{
	struct fake	*f = fake_new();
	int		 i;

	fake_app(f, "web")->policy = RESTART_ALWAYS;
	fake_boot(f);
	fake_up(f);
	for (i = 0; i < 20; i++) {
		fake_exit(f, "web", 0, 0, 0, 0);
		fake_advance(f, 1000);
		ATF_REQUIRE_EQ(1, fake_up(f));
	}
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(no_such_file_crashes_at_once);
ATF_TC_BODY(no_such_file_crashes_at_once, tc)
{
	struct fake	*f = fake_new();
	struct m_spawn	 m;

	fake_app(f, "web");
	fake_boot(f);
	ATF_REQUIRE(fake_take(f, M_SPAWN, &m) != NULL);
	fake_spawned(f, &m.inst);
	fake_execed(f, &m.inst, STEP_EXEC, ENOENT, "/x/y");
	fake_exit(f, "web", 0, 127, 0, EXIT_NOEXEC);
	REQUIRE_STATUS(f, "web", CRASHED);
	REQUIRE_REASON(f, "web", "exec /x/y: No such file or directory");
	/* a text that is whole already stays as it is */
	fake_call(f, METHOD_START_APP, "web");
	ATF_REQUIRE(fake_take(f, M_SPAWN, &m) != NULL);
	fake_execed(f, &m.inst, STEP_ENVFILE, EINVAL,
	    "env-file /x:3: syntax error");
	fake_exit(f, "web", 0, 127, 0, EXIT_NOEXEC);
	REQUIRE_REASON(f, "web", "env-file /x:3: syntax error");
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_fork_that_fails_is_tried_again);
ATF_TC_BODY(a_fork_that_fails_is_tried_again, tc)
{
	struct fake	*f = fake_new();
	struct m_spawn	 m;

	fake_app(f, "web");
	fake_boot(f);
	ATF_REQUIRE(fake_take(f, M_SPAWN, &m) != NULL);
	fake_execed(f, &m.inst, STEP_FORK, EAGAIN, "");
	fake_exit(f, "web", 0, 0, 0, EXIT_NOEXEC);
	REQUIRE_STATUS(f, "web", ERRORED);
	fake_advance(f, 1000);
	ATF_CHECK_EQ(1, fake_up(f));
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(startup_timeout_is_a_failed_start);
ATF_TC_BODY(startup_timeout_is_a_failed_start, tc)
{
	struct fake	*f = fake_new();
	struct m_spawn	 m;

	fake_app(f, "web");
	fake_boot(f);
	ATF_REQUIRE(fake_take(f, M_SPAWN, &m) != NULL);
	fake_spawned(f, &m.inst);
	fake_advance(f, 30000);
	REQUIRE_STATUS(f, "web", STOPPING);
	ATF_CHECK_EQ(1, fake_stop_all(f, 0));
	REQUIRE_STATUS(f, "web", ERRORED);
	REQUIRE_REASON(f, "web", "not started within 30s");
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(critical_asks_for_a_shutdown);
ATF_TC_BODY(critical_asks_for_a_shutdown, tc)
{
	struct fake		*f = fake_new();
	struct m_shutdown	 m;

	fake_app(f, "web")->max_restarts = 0;
	f->apps[0].flags |= APP_CRITICAL;
	fake_boot(f);
	fake_up(f);
	fake_exit(f, "web", 0, 1, 0, 0);
	REQUIRE_STATUS(f, "web", CRASHED);
	ATF_REQUIRE(fake_take(f, M_SHUTDOWN_ASK, &m) != NULL);
	ATF_CHECK_EQ(SHUTDOWN_FAILED, m.flags);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(critical_is_each_process_and_each_way_to_crash);
ATF_TC_BODY(critical_is_each_process_and_each_way_to_crash, tc)
{
	struct fake	*f = fake_new();
	struct m_spawn	 m;

	fake_bootstrap(f, "shop")->flags |= APP_CRITICAL;
	fake_process(f, "http");
	fake_process(f, "worker");
	fake_app(f, "other")->max_restarts = 0;
	fake_boot(f);
	ATF_REQUIRE(fake_take(f, M_SPAWN, &m) != NULL);
	fake_up(f);
	fake_exit(f, "other", 0, 1, 0, 0);
	fake_turn(f);
	REQUIRE_STATUS(f, "other", CRASHED);
	ATF_CHECK_EQ(0, fake_count(f, M_SHUTDOWN_ASK));
	/* a program that is not there */
	fake_execed(f, &m.inst, STEP_EXEC, ENOENT, "/srv/http");
	fake_exit(f, "shop/http", 0, -1, 0, EXIT_NOEXEC);
	fake_turn(f);
	REQUIRE_STATUS(f, "shop/http", CRASHED);
	ATF_CHECK_EQ(1, fake_count(f, M_SHUTDOWN_ASK));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(an_operators_signal_does_not_count);
ATF_TC_BODY(an_operators_signal_does_not_count, tc)
{
	struct fake	*f = fake_new();
	int		 i;

	fake_app(f, "web")->max_restarts = 1;
	fake_boot(f);
	fake_up(f);
	for (i = 0; i < 10; i++) {
		fake_exit(f, "web", 0, -1, SIGKILL, EXIT_SIGNALLED);
		fake_advance(f, 1000);
		ATF_REQUIRE_EQ(1, fake_up(f));
	}
	ATF_CHECK_EQ(0, fake_inst(f, "web", 0)->backoff);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(an_old_exit_is_acknowledged_and_ignored);
ATF_TC_BODY(an_old_exit_is_acknowledged_and_ignored, tc)
{
	struct fake	*f = fake_new();
	struct m_exited	 m;

	fake_app(f, "web");
	fake_boot(f);
	fake_up(f);
	memset(&m, 0, sizeof(m));
	m.inst.app = 1;
	m.inst.generation = 77;
	ATF_CHECK_EQ(0, event_exited(&f->sup, &m));
	m.inst.app = 99;
	ATF_CHECK_EQ(0, event_exited(&f->sup, &m));
	m.inst.app = 1;
	m.inst.instance = 9999;
	ATF_CHECK_EQ(0, event_exited(&f->sup, &m));
	ATF_CHECK_EQ(3, fake_count(f, M_EXIT_ACK));
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(the_worst_instance_is_the_apps_status);
ATF_TC_BODY(the_worst_instance_is_the_apps_status, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "web")->instances = 3;
	fake_boot(f);
	ATF_CHECK_EQ(3, fake_up(f));
	fake_exit(f, "web", 1, 1, 0, 0);
	REQUIRE_STATUS(f, "web", ERRORED);
	fake_advance(f, 1000);
	fake_up(f);
	REQUIRE_STATUS(f, "web", ONLINE);
	REQUIRE_REASON(f, "web", "");
	/* one that finished is no worse than those that run */
	fake_exit(f, "web", 2, 0, 0, 0);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

/* However it ended, what was online for a full window begins anew. */
ATF_TC_WITHOUT_HEAD(no_good_after_long_is_the_first_failure);
ATF_TC_BODY(no_good_after_long_is_the_first_failure, tc)
{
	struct fake		*f = fake_new();
	const struct fsm_input	 in = { .event = EV_EXCESS,
				    .reason = "too large" };
	struct inst		*i;

	fake_app(f, "web");
	fake_boot(f);
	fake_up(f);
	fake_exit(f, "web", 0, 1, 0, 0);
	fake_advance(f, 1000);
	fake_up(f);
	fake_exit(f, "web", 0, 1, 0, 0);
	fake_advance(f, 2000);
	fake_up(f);
	i = fake_inst(f, "web", 0);
	ATF_REQUIRE_EQ(2, i->backoff);
	fake_advance(f, 60000);
	fsm_event(&f->sup, i, &in);
	fake_stop_all(f, 0);
	REQUIRE_STATUS(f, "web", ERRORED);
	ATF_CHECK_EQ(1, i->backoff);
	ATF_CHECK_EQ(f->wall + 1000, i->retry_ms);
	fake_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, table_has_no_empty_cell);
	ATF_TP_ADD_TC(tp, every_cell_keeps_the_counts);
	ATF_TP_ADD_TC(tp, goes_online_when_exec_succeeded);
	ATF_TP_ADD_TC(tp, min_uptime_must_be_survived);
	ATF_TP_ADD_TC(tp, other_readiness_is_waited_for);
	ATF_TP_ADD_TC(tp, ready_before_exec_is_heard_of_counts);
	ATF_TP_ADD_TC(tp, what_is_missing_is_the_reason);
	ATF_TP_ADD_TC(tp, success_before_it_was_ready_is_a_failure);
	ATF_TP_ADD_TC(tp, delays_are_1_2_4_and_then_it_crashes);
	ATF_TP_ADD_TC(tp, backoff_0_relaunches_in_the_same_handler);
	ATF_TP_ADD_TC(tp, a_full_window_online_resets_the_delay);
	ATF_TP_ADD_TC(tp, exit_0_is_finished);
	ATF_TP_ADD_TC(tp, restart_never_shows_the_failure);
	ATF_TP_ADD_TC(tp, restart_always_never_gives_up_on_exit_0);
	ATF_TP_ADD_TC(tp, no_such_file_crashes_at_once);
	ATF_TP_ADD_TC(tp, a_fork_that_fails_is_tried_again);
	ATF_TP_ADD_TC(tp, startup_timeout_is_a_failed_start);
	ATF_TP_ADD_TC(tp, critical_asks_for_a_shutdown);
	ATF_TP_ADD_TC(tp, critical_is_each_process_and_each_way_to_crash);
	ATF_TP_ADD_TC(tp, an_operators_signal_does_not_count);
	ATF_TP_ADD_TC(tp, an_old_exit_is_acknowledged_and_ignored);
	ATF_TP_ADD_TC(tp, the_worst_instance_is_the_apps_status);
	ATF_TP_ADD_TC(tp, no_good_after_long_is_the_first_failure);
	return (atf_no_error());
}
