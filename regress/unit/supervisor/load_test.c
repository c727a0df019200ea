/* The start: records, living processes, adoption, and what runs after it. */
#include <errno.h>
#include <signal.h>

#include "omnitrond/supervisor/shutdown.h"
#include "regress/unit/supervisor/fake.h"

static struct m_state_app	 rec;
static struct m_state_inst	 inst;
static int			 same_boot = 1;

static void
record(enum intent intent, enum status status, int32_t pid)
{
	memset(&rec, 0, sizeof(rec));
	rec.intent = intent;
	rec.status = status;
	rec.instances = 1;
	rec.known = 1;
	memset(&inst, 0, sizeof(inst));
	inst.inst.generation = 7;
	inst.status = status;
	inst.wanted = 1;
	inst.configured = 1;
	inst.sig.pid = pid;
	inst.sig.starttime = 1234;
}

static void
send_record(struct fake *f, const char *name, const char *reason)
{
	ATF_REQUIRE_EQ(0, load_state_app(&f->sup, &rec, name, reason,
	    name));
	ATF_REQUIRE_EQ(0, load_state_inst(&f->sup, &inst, name, name));
}

static void
send_end(struct fake *f)
{
	struct m_state_end	 end;

	memset(&end, 0, sizeof(end));
	end.same_boot = (uint32_t)same_boot;
	ATF_REQUIRE_EQ(0, load_state_end(&f->sup, &end, ""));
}

static struct m_alive
alive(uint32_t app, uint32_t generation, int32_t pid)
{
	struct m_alive	 m;

	memset(&m, 0, sizeof(m));
	m.inst.app = app;
	m.inst.generation = generation;
	m.sig.pid = pid;
	m.execed = 1;
	m.started_ms = FAKE_WALL_MS - 5000;
	return (m);
}

/* Nothing lives: a record alone decides. */
static int
launched(enum intent intent, enum status status, const char *reason,
    enum restart_policy policy)
{
	struct fake	*f = fake_new();
	int		 n;

	fake_app(f, "web")->policy = policy;
	record(intent, status, 0);
	inst.finished = strcmp(reason, "finished") == 0;
	fake_conf(f, 0);
	send_record(f, "web", reason);
	send_end(f);
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	fake_turn(f);
	fake_advance(f, 40000);
	n = (int)fake_count(f, M_SPAWN);
	fake_free(f);
	return (n > 0);
}

ATF_TC_WITHOUT_HEAD(what_runs_again_under_the_same_boot);
ATF_TC_BODY(what_runs_again_under_the_same_boot, tc)
{
	ATF_CHECK(launched(INTENT_RUN, S_ONLINE, "", 0));
	ATF_CHECK(launched(INTENT_RUN, S_STARTING, "", 0));
	ATF_CHECK(launched(INTENT_RUN, S_STOPPING, "", 0));
	ATF_CHECK(launched(INTENT_RUN, S_ERRORED, "exit 1", 0));
	ATF_CHECK(launched(INTENT_RUN, S_STOPPED, "daemon stopped", 0));
	ATF_CHECK(launched(INTENT_RUN, S_STOPPED, "waiting for db", 0));
	ATF_CHECK(launched(INTENT_RUN, S_STOPPED, "restarting", 0));
	ATF_CHECK(!launched(INTENT_RUN, S_STOPPED, "finished", 0));
	ATF_CHECK(!launched(INTENT_RUN, S_CRASHED, "exit 1", 0));
	ATF_CHECK(!launched(INTENT_STOP, S_STOPPED, "", 0));
	ATF_CHECK(!launched(INTENT_STOP, S_ONLINE, "", 0));
}

/* It crashed with one configuration, and the daemon starts with another. */
static int
relaunched(uint64_t before, uint64_t now)
{
	struct fake		*f = fake_new();
	struct m_state_app	 m;
	int			 n;

	fake_app(f, "web");
	f->apps[0].hash = now;
	record(INTENT_RUN, S_CRASHED, 0);
	rec.crash_hash = before;
	inst.restarts = 5;
	fake_conf(f, 0);
	send_record(f, "web", "exit 1");
	send_end(f);
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	fake_turn(f);
	n = (int)fake_count(f, M_SPAWN);
	ATF_CHECK_EQ(n > 0 ? 0 : 5, fake_inst(f, "web", 0)->restarts);
	/* what it crashed with is still known at the start after this */
	ATF_REQUIRE(fake_take(f, M_STATE_APP, &m) != NULL);
	ATF_CHECK_EQ(n > 0 ? 0 : before, m.crash_hash);
	fake_free(f);
	return (n > 0);
}

ATF_TC_WITHOUT_HEAD(a_crashed_app_whose_configuration_changed_runs_again);
ATF_TC_BODY(a_crashed_app_whose_configuration_changed_runs_again, tc)
{
	same_boot = 1;
	ATF_CHECK(relaunched(11, 12));
	ATF_CHECK(!relaunched(11, 11));
	/* of a record that does not say */
	ATF_CHECK(!relaunched(0, 12));
}

ATF_TC_WITHOUT_HEAD(what_runs_again_after_a_boot);
ATF_TC_BODY(what_runs_again_after_a_boot, tc)
{
	same_boot = 0;
	ATF_CHECK(launched(INTENT_RUN, S_ONLINE, "", 0));
	ATF_CHECK(launched(INTENT_RUN, S_CRASHED, "exit 1", 0));
	ATF_CHECK(launched(INTENT_RUN, S_STOPPED, "finished", 0));
	ATF_CHECK(launched(INTENT_RUN, S_STOPPED, "finished",
	    RESTART_ALWAYS));
	ATF_CHECK(!launched(INTENT_RUN, S_STOPPED, "finished",
	    RESTART_NEVER));
	ATF_CHECK(launched(INTENT_RUN, S_ONLINE, "", RESTART_NEVER));
	ATF_CHECK(!launched(INTENT_STOP, S_CRASHED, "", 0));
}

ATF_TC_WITHOUT_HEAD(autostart_is_the_intent_without_a_record);
ATF_TC_BODY(autostart_is_the_intent_without_a_record, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "auto");
	fake_manual(f, "manual");
	fake_boot(f);
	REQUIRE_STATUS(f, "auto", STARTING);
	REQUIRE_STATUS(f, "manual", STOPPED);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(nothing_is_launched_before_all_is_known);
ATF_TC_BODY(nothing_is_launched_before_all_is_known, tc)
{
	struct fake	*f = fake_new();
	struct m_alive	 m;

	fake_app(f, "web");
	record(INTENT_RUN, S_ONLINE, 4711);
	/* the store may be first */
	send_record(f, "web", "");
	send_end(f);
	fake_conf(f, 0);
	fake_turn(f);
	ATF_CHECK_EQ(0, fake_count(f, M_ADOPT_END));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_REQUIRE(fake_take(f, M_ADOPT, &m) != NULL);
	ATF_CHECK_EQ(4711, m.sig.pid);
	ATF_CHECK_EQ(1, m.inst.app);
	ATF_CHECK_EQ(7, m.inst.generation);
	fake_turn(f);
	ATF_CHECK_EQ(0, fake_count(f, M_SPAWN));
	ATF_CHECK_EQ(0, fake_count(f, M_STATE_COMMIT));
	/* gone: it is launched, as the next generation */
	ATF_REQUIRE_EQ(0, load_gone(&f->sup, &m.inst));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_REQUIRE(fake_take(f, M_SPAWN, &m.inst) != NULL);
	ATF_CHECK_EQ(8, m.inst.generation);
	fake_turn(f);
	ATF_CHECK(fake_count(f, M_STATE_COMMIT) > 0);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(an_adopted_process_is_not_launched_again);
ATF_TC_BODY(an_adopted_process_is_not_launched_again, tc)
{
	struct fake	*f = fake_new();
	struct m_alive	 m;

	fake_app(f, "web");
	fake_app(f, "api");
	fake_dep(f, 2, 1);
	fake_conf(f, 0);
	record(INTENT_RUN, S_ONLINE, 4711);
	inst.restarts = 3;
	inst.backoff = 2;
	inst.ntimes = 2;
	inst.times_ms[0] = FAKE_WALL_MS - 2000;
	inst.times_ms[1] = FAKE_WALL_MS - 1000;
	send_record(f, "web", "");
	send_end(f);
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_REQUIRE(fake_take(f, M_ADOPT, &m) != NULL);
	ATF_REQUIRE_EQ(0, load_alive(&f->sup, &m, -1));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	fake_turn(f);
	REQUIRE_STATUS(f, "web", ONLINE);
	ATF_CHECK_EQ(1, fake_count(f, M_SPAWN));	/* api, at once */
	/* the budget goes on where it was: two of five are spent */
	fake_exit(f, "web", 0, 1, 0, 0);
	ATF_CHECK_EQ(f->wall + 4000,
	    fake_inst(f, "web", 0)->retry_ms);
	ATF_CHECK_EQ(2, fake_inst(f, "web", 0)->budget.n);
	ATF_CHECK_EQ(3, fake_inst(f, "web", 0)->restarts);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_replaced_supervisor_goes_on);
ATF_TC_BODY(a_replaced_supervisor_goes_on, tc)
{
	struct fake	*f = fake_new();
	struct m_alive	 m;

	fake_app(f, "web");
	fake_app(f, "stopping");
	fake_app(f, "unrecorded");
	fake_conf(f, 0);
	record(INTENT_RUN, S_ONLINE, 100);
	send_record(f, "web", "");
	record(INTENT_STOP, S_STOPPING, 101);
	send_record(f, "stopping", "");
	send_end(f);
	m = alive(1, 7, 100);
	ATF_REQUIRE_EQ(0, load_alive(&f->sup, &m, -1));
	m = alive(2, 7, 101);
	m.stopping = 1;
	ATF_REQUIRE_EQ(0, load_alive(&f->sup, &m, -1));
	m = alive(3, 12, 102);
	ATF_REQUIRE_EQ(0, load_alive(&f->sup, &m, -1));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_CHECK_EQ(0, fake_count(f, M_ADOPT));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	fake_turn(f);
	REQUIRE_STATUS(f, "web", ONLINE);
	REQUIRE_STATUS(f, "stopping", STOPPING);
	REQUIRE_STATUS(f, "unrecorded", ONLINE);
	ATF_CHECK_EQ(0, fake_count(f, M_SPAWN));
	ATF_CHECK_EQ(0, fake_count(f, M_STOP));
	fake_exit(f, "stopping", 0, -1, SIGTERM, EXIT_STOPPED);
	fake_turn(f);
	REQUIRE_STATUS(f, "stopping", STOPPED);
	ATF_CHECK_EQ(0, fake_count(f, M_SPAWN));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_stop_resumes_with_its_old_deadline);
ATF_TC_BODY(a_stop_resumes_with_its_old_deadline, tc)
{
	struct fake	*f = fake_new();
	struct m_alive	 m;
	struct m_stop	 stop;

	fake_app(f, "web");
	fake_app(f, "late");
	fake_conf(f, 0);
	record(INTENT_RUN, S_STOPPING, 100);
	inst.deadline_ms = FAKE_WALL_MS + 3000;
	send_record(f, "web", "restarting");
	inst.deadline_ms = FAKE_WALL_MS - 3000;
	inst.sig.pid = 101;
	send_record(f, "late", "restarting");
	send_end(f);
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	while (fake_take(f, M_ADOPT, &m) != NULL)
		ATF_REQUIRE_EQ(0, load_alive(&f->sup, &m, -1));
	/* the parent knows of no stop: it is a new one, too */
	fake_inst(f, "web", 0)->stopping = 0;
	fake_inst(f, "late", 0)->stopping = 0;
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_REQUIRE(fake_take(f, M_STOP, &stop) != NULL);
	ATF_CHECK_EQ(3000, stop.timeout_ms);
	ATF_REQUIRE(fake_take(f, M_STOP, &stop) != NULL);
	ATF_CHECK_EQ(0, stop.timeout_ms);
	/* it was a restart: it comes back */
	fake_exit(f, "web", 0, -1, SIGTERM, EXIT_STOPPED);
	ATF_CHECK_EQ(1, fake_up(f));
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(an_exit_that_nobody_saw_is_decided_now);
ATF_TC_BODY(an_exit_that_nobody_saw_is_decided_now, tc)
{
	struct fake	*f = fake_new();
	struct m_exited	 ex;

	fake_app(f, "web");
	fake_app(f, "job");
	fake_conf(f, 0);
	record(INTENT_RUN, S_ONLINE, 100);
	send_record(f, "web", "");
	send_record(f, "job", "");
	send_end(f);
	memset(&ex, 0, sizeof(ex));
	ex.inst.app = 1;
	ex.inst.generation = 7;
	ex.code = 3;
	ex.at_ms = f->wall;
	ATF_REQUIRE_EQ(0, event_exited(&f->sup, &ex));
	ex.inst.app = 2;
	ex.code = 0;
	ATF_REQUIRE_EQ(0, event_exited(&f->sup, &ex));
	ATF_CHECK_EQ(2, fake_count(f, M_EXIT_ACK));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_CHECK_EQ(0, fake_count(f, M_ADOPT));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	fake_turn(f);
	REQUIRE_STATUS(f, "web", ERRORED);
	REQUIRE_REASON(f, "web", "exit 3");
	REQUIRE_STATUS(f, "job", STOPPED);
	REQUIRE_REASON(f, "job", "finished");
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_backoff_goes_on_where_it_was);
ATF_TC_BODY(a_backoff_goes_on_where_it_was, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "web");
	fake_conf(f, 0);
	record(INTENT_RUN, S_ERRORED, 0);
	inst.backoff = 4;		/* 8 s, 5 of them over */
	rec.has_exit = 1;
	rec.exit.code = 1;
	rec.exit.at_ms = FAKE_WALL_MS - 5000;
	send_record(f, "web", "exit 1");
	send_end(f);
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	fake_advance(f, 2999);
	REQUIRE_STATUS(f, "web", ERRORED);
	REQUIRE_REASON(f, "web", "exit 1");
	fake_advance(f, 1);
	REQUIRE_STATUS(f, "web", STARTING);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_scaled_count_holds_until_the_configuration_changes);
ATF_TC_BODY(a_scaled_count_holds_until_the_configuration_changes, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "scaled")->instances = 2;
	fake_app(f, "changed")->instances = 3;
	record(INTENT_RUN, S_STOPPED, 0);
	inst.wanted = 4;
	inst.configured = 2;
	inst.inst.generation = 0;
	fake_conf(f, 0);
	send_record(f, "scaled", "daemon stopped");
	send_record(f, "changed", "daemon stopped");
	send_end(f);
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_CHECK_EQ(7, fake_up(f));
	ATF_CHECK_EQ(4, fake_find(f, "scaled")->tally.count[S_ONLINE]);
	ATF_CHECK_EQ(3, fake_find(f, "changed")->tally.count[S_ONLINE]);
	fake_free(f);
}

static void
more_of(struct fake *f, const char *name, const char *process,
    enum status status)
{
	inst.status = status;
	ATF_REQUIRE_EQ(0, load_state_inst(&f->sup, &inst, name, process));
}

static struct fake *
recorded_shop(void)
{
	struct fake	*f = fake_new();

	fake_bootstrap(f, "shop");
	fake_process(f, "http")->id = 5;	/* not as it was recorded */
	fake_process(f, "migrate")->id = 3;
	record(INTENT_RUN, S_STOPPED, 0);
	rec.has_exit = 1;
	rec.exit.at_ms = FAKE_WALL_MS - 3000;
	ATF_REQUIRE_EQ(0, load_state_app(&f->sup, &rec, "shop", "old",
	    "http"));
	inst.wanted = 2;
	inst.backoff = 3;			/* 4 s, 3 of them over */
	inst.restarts = 6;
	inst.ntimes = 1;
	inst.times_ms[0] = FAKE_WALL_MS - 1000;
	more_of(f, "shop", "http", S_ERRORED);
	inst.inst.instance = 1;
	inst.restarts = 0;
	inst.backoff = inst.ntimes = 0;
	more_of(f, "shop", "http", S_ONLINE);
	inst.inst.instance = 0;
	inst.wanted = 1;
	inst.finished = 1;
	more_of(f, "shop", "migrate", S_STOPPED);
	inst.finished = 0;
	more_of(f, "shop", "left-long-ago", S_ONLINE);
	return (f);
}

ATF_TC_WITHOUT_HEAD(records_of_processes_are_found_by_name);
ATF_TC_BODY(records_of_processes_are_found_by_name, tc)
{
	struct fake		*f = recorded_shop();
	struct m_state_inst	 m;
	struct fake_msg		*msg;

	send_end(f);
	fake_conf(f, 0);
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	/* finished stays so, what was online runs, the delay goes on */
	ATF_CHECK_EQ(1, fake_up(f));
	REQUIRE_STATUS(f, "shop/migrate", STOPPED);
	ATF_CHECK(fake_inst(f, "shop/migrate", 0)->finished);
	ATF_CHECK_EQ(S_ONLINE, fake_inst(f, "shop/http", 1)->status);
	ATF_CHECK_EQ(8, fake_inst(f, "shop/http", 1)->generation);
	ATF_CHECK_EQ(S_ERRORED, fake_inst(f, "shop/http", 0)->status);
	ATF_CHECK_EQ(1, fake_inst(f, "shop/http", 0)->budget.n);
	ATF_CHECK_EQ(0, fake_inst(f, "shop/http", 1)->budget.n);
	ATF_CHECK_EQ(2, fake_proc(f, "shop/http")->wanted);
	ATF_CHECK_EQ(5, fake_find(f, "shop")->exit.inst.process);
	fake_advance(f, 999);
	ATF_CHECK_EQ(0, fake_up(f));
	fake_advance(f, 1);
	ATF_CHECK_EQ(1, fake_up(f));
	ATF_CHECK_EQ(7, fake_inst(f, "shop/http", 0)->restarts);
	REQUIRE_STATUS(f, "shop", ONLINE);
	/* the record of what is not ours goes with the reset */
	ATF_CHECK_EQ(1, fake_count(f, M_STATE_RESET));
	while ((msg = fake_take(f, M_STATE_INST, &m)) != NULL) {
		ATF_CHECK_EQ(0, m.inst.process);
		ATF_CHECK(strcmp(fake_string(msg, 1), "left-long-ago") != 0);
	}
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(an_instance_that_is_not_wanted_leaves_the_records);
ATF_TC_BODY(an_instance_that_is_not_wanted_leaves_the_records, tc)
{
	struct fake		*f = fake_new();
	struct m_state_inst	 m;
	size_t			 i, reset = 0, first = 0;

	fake_app(f, "web");
	record(INTENT_RUN, S_ONLINE, 0);
	send_record(f, "web", "");
	inst.inst.instance = 4;
	more_of(f, "web", "web", S_ERRORED);
	send_end(f);
	fake_conf(f, 0);
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_CHECK_EQ(1, fake_up(f));
	ATF_CHECK_EQ(1, fake_proc(f, "web")->ninsts);
	for (i = f->n; i-- > 0; ) {
		if (f->msgs[i].type == M_STATE_RESET)
			reset = i;
		if (f->msgs[i].type == M_STATE_INST)
			first = i;
	}
	ATF_CHECK(reset > 0 && reset < first);
	while (fake_take(f, M_STATE_INST, &m) != NULL)
		ATF_CHECK_EQ(0, m.inst.instance);
	fake_free(f);
}

/* A reload between the parts of a start: before the records, and after. */
ATF_TC_WITHOUT_HEAD(a_reload_amid_the_start_counts);
ATF_TC_BODY(a_reload_amid_the_start_counts, tc)
{
	struct fake	*f;
	int		 late;

	for (late = 0; late < 2; late++) {
		f = fake_new();
		fake_bootstrap(f, "shop");
		fake_process(f, "old");
		fake_process(f, "http");
		fake_conf(f, 0);
		record(INTENT_RUN, S_ONLINE, 0);
		ATF_REQUIRE_EQ(0, load_state_app(&f->sup, &rec, "shop", "",
		    ""));
		more_of(f, "shop", "http", S_ONLINE);
		more_of(f, "shop", "old", S_ONLINE);
		if (late) {
			send_end(f);
			ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
		}
		/* one goes, one is added, and an app */
		strlcpy(f->pnames[0], "new", NAME_SIZE);
		f->procs[0].id = 2;
		f->procs[1].instances = 2;
		fake_app(f, "web");
		fake_conf(f, 0);
		if (!late) {
			send_end(f);
			ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
		}
		ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
		fake_down(f);
		ATF_CHECK_EQ(4, fake_up(f));
		REQUIRE_STATUS(f, "web", ONLINE);
		ATF_CHECK_EQ(2, fake_proc(f, "shop/http")->tally.running);
		REQUIRE_STATUS(f, "shop/new", ONLINE);
		ATF_CHECK(process_find_name(fake_find(f, "shop"), "old") ==
		    NULL);
		fake_free(f);
	}
}

ATF_TC_WITHOUT_HEAD(a_stranger_is_stopped);
ATF_TC_BODY(a_stranger_is_stopped, tc)
{
	struct fake	*f = fake_new();
	struct m_alive	 m = alive(55, 1, 100);
	struct m_stop	 stop;

	fake_app(f, "web");
	fake_conf(f, 0);
	ATF_REQUIRE_EQ(0, load_alive(&f->sup, &m, -1));
	ATF_REQUIRE(fake_take(f, M_STOP, &stop) != NULL);
	ATF_CHECK_EQ(55, stop.inst.app);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_store_that_dies_while_it_tells_begins_again);
ATF_TC_BODY(a_store_that_dies_while_it_tells_begins_again, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "web");
	fake_conf(f, 0);
	record(INTENT_STOP, S_STOPPED, 0);
	send_record(f, "web", "");
	sup_down(&f->sup, K_STORE);
	sup_up(&f->sup, K_STORE);
	send_record(f, "web", "");
	send_end(f);
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	fake_turn(f);
	ATF_CHECK_EQ(0, fake_count(f, M_SPAWN));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(messages_out_of_place_are_refused);
ATF_TC_BODY(messages_out_of_place_are_refused, tc)
{
	struct fake	*f = fake_new();
	struct m_alive	 m = alive(1, 1, 100);
	struct m_inst	 id = { 1, 0, 0, 1, 0 };

	fake_app(f, "web");
	ATF_CHECK_EQ(-1, load_alive(&f->sup, &m, -1));
	ATF_CHECK_EQ(-1, load_gone(&f->sup, &id));
	record(INTENT_RUN, S_ONLINE, 1);
	ATF_CHECK_EQ(-1, load_state_inst(&f->sup, &inst, "web", "web"));
	inst.ntimes = RESTART_TIMES_MAX + 1;
	ATF_CHECK_EQ(-1, load_state_inst(&f->sup, &inst, "web", "web"));
	rec.status = S_MAX;
	ATF_CHECK_EQ(-1, load_state_app(&f->sup, &rec, "web", "", ""));
	fake_boot(f);
	ATF_CHECK_EQ(-1, load_alive_end(&f->sup));
	m.inst.instance = INSTANCES_MAX;
	ATF_CHECK_EQ(-1, load_alive(&f->sup, &m, -1));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(replaced_amid_a_shutdown_it_goes_on_with_it);
ATF_TC_BODY(replaced_amid_a_shutdown_it_goes_on_with_it, tc)
{
	struct fake	*f = fake_new();
	struct m_alive	 m;

	fake_app(f, "web");
	fake_app(f, "down");
	f->flags = CONF_SHUTDOWN;
	fake_conf(f, 0);
	record(INTENT_RUN, S_ONLINE, 100);
	send_record(f, "web", "");
	record(INTENT_RUN, S_STOPPED, 0);
	send_record(f, "down", "daemon stopped");
	send_end(f);
	m = alive(1, 7, 100);
	ATF_REQUIRE_EQ(0, load_alive(&f->sup, &m, -1));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_CHECK_EQ(1, fake_down(f));
	ATF_CHECK_EQ(0, fake_count(f, M_SPAWN));
	ATF_CHECK_EQ(1, fake_count(f, M_SHUTDOWN_DONE));
	REQUIRE_REASON(f, "down", "daemon stopped");
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_shutdown_does_not_wait_for_records);
ATF_TC_BODY(a_shutdown_does_not_wait_for_records, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "web");
	fake_conf(f, 0);
	shutdown_begin(&f->sup, 0);
	fake_advance(f, SHUTDOWN_STORE_MS);
	ATF_CHECK_EQ(1, fake_count(f, M_SHUTDOWN_DONE));
	/* and writes none over those it has not seen */
	ATF_CHECK_EQ(0, fake_count(f, M_STATE_APP));
	ATF_CHECK_EQ(0, fake_count(f, M_STATE_COMMIT));
	fake_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_runs_again_under_the_same_boot);
	ATF_TP_ADD_TC(tp,
	    a_crashed_app_whose_configuration_changed_runs_again);
	ATF_TP_ADD_TC(tp, what_runs_again_after_a_boot);
	ATF_TP_ADD_TC(tp, autostart_is_the_intent_without_a_record);
	ATF_TP_ADD_TC(tp, nothing_is_launched_before_all_is_known);
	ATF_TP_ADD_TC(tp, an_adopted_process_is_not_launched_again);
	ATF_TP_ADD_TC(tp, a_replaced_supervisor_goes_on);
	ATF_TP_ADD_TC(tp, a_stop_resumes_with_its_old_deadline);
	ATF_TP_ADD_TC(tp, an_exit_that_nobody_saw_is_decided_now);
	ATF_TP_ADD_TC(tp, a_backoff_goes_on_where_it_was);
	ATF_TP_ADD_TC(tp, a_scaled_count_holds_until_the_configuration_changes);
	ATF_TP_ADD_TC(tp, records_of_processes_are_found_by_name);
	ATF_TP_ADD_TC(tp, an_instance_that_is_not_wanted_leaves_the_records);
	ATF_TP_ADD_TC(tp, a_reload_amid_the_start_counts);
	ATF_TP_ADD_TC(tp, a_stranger_is_stopped);
	ATF_TP_ADD_TC(tp, a_store_that_dies_while_it_tells_begins_again);
	ATF_TP_ADD_TC(tp, messages_out_of_place_are_refused);
	ATF_TP_ADD_TC(tp, replaced_amid_a_shutdown_it_goes_on_with_it);
	ATF_TP_ADD_TC(tp, a_shutdown_does_not_wait_for_records);
	return (atf_no_error());
}
