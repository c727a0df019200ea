/* Replacing instances without a gap, and reloads of whole apps. */
#include <errno.h>
#include <signal.h>

#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/run.h"
#include "omnitrond/supervisor/shutdown.h"
#include "regress/unit/supervisor/fake.h"

/* Every pair of slots and every event, as the prose has it. */
ATF_TC_WITHOUT_HEAD(no_cell_is_left_out);
ATF_TC_BODY(no_cell_is_left_out, tc)
{
	static const struct {
		enum part		 twin;
		enum rolling_action	 does[ROLL_MAX];
	} want[PART_MAX] = {
		{ PART_CURRENT, { ROLL_LAUNCH, ROLL_IGNORE, ROLL_IGNORE,
		    ROLL_IGNORE, ROLL_IGNORE } },
		{ PART_NEW, { ROLL_WAIT, ROLL_TAKE_OVER, ROLL_TAKE_OVER,
		    ROLL_DISCARD, ROLL_STOP_TWIN } },
		{ PART_OLD, { ROLL_WAIT, ROLL_IGNORE, ROLL_IGNORE,
		    ROLL_END, ROLL_STOP_TWIN } },
		{ PART_OVER, { ROLL_WAIT, ROLL_IGNORE, ROLL_IGNORE,
		    ROLL_IGNORE, ROLL_IGNORE } },
	};
	int	 i, ev;

	for (i = 0; i < PART_MAX; i++)
		for (ev = 0; ev < ROLL_MAX; ev++)
			ATF_CHECK_EQ_MSG(want[i].does[ev],
			    rolling_next(want[i].twin, ev),
			    "twin %d, event %d", i, ev);
}

static struct fake *
web(uint32_t instances, uint32_t min_uptime_ms)
{
	struct fake		*f = fake_new();
	struct m_conf_process	*c = fake_app(f, "web");

	c->instances = instances;
	c->min_uptime_ms = min_uptime_ms;
	fake_boot(f);
	fake_up(f);
	fake_advance(f, min_uptime_ms);
	REQUIRE_STATUS(f, "web", ONLINE);
	return (f);
}

/* The SPAWN that is out, of this slot. */
static struct m_inst
spawned(struct fake *f, uint32_t slot)
{
	struct m_spawn	 m;

	fake_turn(f);
	ATF_REQUIRE(fake_take(f, M_SPAWN, &m) != NULL);
	ATF_REQUIRE_EQ(slot, m.inst.instance);
	fake_spawned(f, &m.inst);
	fake_execed(f, &m.inst, STEP_NONE, 0, "");
	fake_turn(f);
	return (m.inst);
}

static void
exits(struct fake *f, const struct m_inst *id, int code, uint32_t flags)
{
	struct m_exited	 m;

	memset(&m, 0, sizeof(m));
	m.inst = *id;
	m.code = code;
	m.flags = flags;
	m.at_ms = f->wall;
	ATF_REQUIRE_EQ(0, event_exited(&f->sup, &m));
	fake_turn(f);
}

/* A STOP of this slot is out, and is obeyed. */
static void
stopped(struct fake *f, uint32_t slot)
{
	struct m_stop	 m;

	fake_turn(f);
	ATF_REQUIRE(fake_take(f, M_STOP, &m) != NULL);
	ATF_REQUIRE_EQ(slot, m.inst.instance);
	exits(f, &m.inst, 0, EXIT_STOPPED);
}

static struct m_state_inst
last_record(struct fake *f, uint16_t slot)
{
	struct m_state_inst	 m, last;
	size_t			 i;

	memset(&last, 0, sizeof(last));
	for (i = 0; i < f->n; i++) {
		if (f->msgs[i].type != M_STATE_INST)
			continue;
		memcpy(&m, f->msgs[i].data, sizeof(m));
		if (m.inst.instance == slot)
			last = m;
	}
	return (last);
}

#define SPARE	INSTANCE_SPARE

ATF_TC_WITHOUT_HEAD(new_before_old_and_one_after_another);
ATF_TC_BODY(new_before_old_and_one_after_another, tc)
{
	struct fake	*f = web(2, 0);
	uint64_t	 id = fake_call(f, METHOD_RELOAD_APP, "web");

	REQUIRE_REASON(f, "web", "reloading");
	ATF_CHECK_EQ(0, fake_count(f, M_STOP));
	spawned(f, 0 | SPARE);
	ATF_CHECK_EQ(SPARE, fake_inst(f, "web", 0)->slot);
	ATF_CHECK(fake_take(f, M_SPAWN, NULL) == NULL);
	stopped(f, 0);
	ATF_CHECK_EQ(1, (int)last_record(f, 0).gone);
	ATF_CHECK_EQ(S_ONLINE, last_record(f, SPARE).status);
	spawned(f, 1 | SPARE);
	ATF_CHECK(fake_reply(f, id, NULL) == NULL);
	stopped(f, 1);
	REQUIRE_REPLY(f, id, OK);
	REQUIRE_STATUS(f, "web", ONLINE);
	REQUIRE_REASON(f, "web", "");
	ATF_CHECK_EQ(2, f->sup.nrunning);
	ATF_CHECK_EQ(0, fake_inst(f, "web", 0)->restarts);
	/* the slots alternate */
	id = fake_call(f, METHOD_RELOAD_APP, "web");
	spawned(f, 0);
	stopped(f, 0 | SPARE);
	spawned(f, 1);
	stopped(f, 1 | SPARE);
	REQUIRE_REPLY(f, id, OK);
	ATF_CHECK_EQ(0, fake_inst(f, "web", 1)->slot);
	ATF_CHECK_EQ(3, fake_inst(f, "web", 1)->generation);
	fake_free(f);
}

/* What people see is the number, and the status of the current ones. */
ATF_TC_WITHOUT_HEAD(views_show_the_current_one_by_its_number);
ATF_TC_BODY(views_show_the_current_one_by_its_number, tc)
{
	struct fake		*f = web(1, 1000);
	struct m_view_inst	 v;
	size_t			 i;

	fake_call(f, METHOD_RELOAD_APP, "web");
	spawned(f, SPARE);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_advance(f, 1000);
	stopped(f, 0);
	for (i = 0; i < f->n; i++) {
		ATF_CHECK(f->msgs[i].type != M_VIEW_GONE);
		if (f->msgs[i].type != M_VIEW_INST)
			continue;
		memcpy(&v, f->msgs[i].data, sizeof(v));
		ATF_CHECK_EQ(0, v.inst.instance);
	}
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(one_that_fails_is_discarded_and_the_rest_left);
ATF_TC_BODY(one_that_fails_is_discarded_and_the_rest_left, tc)
{
	struct fake	*f = web(2, 1000);
	struct inst	*old = fake_inst(f, "web", 0);
	struct m_inst	 new;
	uint64_t	 id;
	const char	*text;

	id = fake_call(f, METHOD_RELOAD_APP, "web");
	new = spawned(f, 0 | SPARE);
	exits(f, &new, 3, 0);
	REQUIRE_REPLY(f, id, FAILED);
	fake_reply(f, id, &text);
	ATF_CHECK_STREQ("web[0]: the new one failed, the old one runs on: "
	    "exit 3", text);
	ATF_CHECK_EQ(old, fake_inst(f, "web", 0));
	ATF_CHECK(old->twin == NULL);
	REQUIRE_STATUS(f, "web", ONLINE);
	ATF_CHECK_EQ(0, fake_count(f, M_STOP));
	ATF_CHECK_EQ(1, (int)last_record(f, SPARE).gone);
	fake_advance(f, 100000);
	ATF_CHECK(fake_take(f, M_SPAWN, NULL) == NULL);
	ATF_CHECK_EQ(0, old->restarts);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(one_that_is_late_is_stopped_and_discarded);
ATF_TC_BODY(one_that_is_late_is_stopped_and_discarded, tc)
{
	struct fake	*f = web(1, 0);
	struct m_spawn	 m;
	uint64_t	 id;
	const char	*text;

	id = fake_call(f, METHOD_RELOAD_APP, "web");
	ATF_REQUIRE(fake_take(f, M_SPAWN, &m) != NULL);
	fake_spawned(f, &m.inst);
	fake_advance(f, 30000);
	ATF_CHECK(fake_reply(f, id, NULL) == NULL);
	stopped(f, SPARE);
	REQUIRE_REPLY(f, id, FAILED);
	fake_reply(f, id, &text);
	ATF_CHECK_STREQ("web: the new one failed, the old one runs on: not "
	    "started within 30s", text);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_spawn_that_fails_is_told_and_changes_nothing);
ATF_TC_BODY(a_spawn_that_fails_is_told_and_changes_nothing, tc)
{
	struct fake	*f = web(1, 0);
	struct m_spawn	 m;
	uint64_t	 id;
	const char	*text;

	id = fake_call(f, METHOD_RELOAD_APP, "web");
	ATF_REQUIRE(fake_take(f, M_SPAWN, &m) != NULL);
	fake_execed(f, &m.inst, STEP_EXEC, ENOENT, "/bin/gone");
	exits(f, &m.inst, 127, EXIT_NOEXEC);
	REQUIRE_REPLY(f, id, FAILED);
	fake_reply(f, id, &text);
	ATF_CHECK_STREQ("web: the new one failed, the old one runs on: exec "
	    "/bin/gone: No such file or directory", text);
	REQUIRE_STATUS(f, "web", ONLINE);
	REQUIRE_REASON(f, "web", "not reloaded: web: the new one failed, the "
	    "old one runs on: exec /bin/gone: No such file or directory");
	/* until it is reloaded */
	id = fake_call(f, METHOD_RELOAD_APP, "web");
	REQUIRE_REASON(f, "web", "reloading");
	spawned(f, SPARE);
	stopped(f, 0);
	REQUIRE_REPLY(f, id, OK);
	REQUIRE_REASON(f, "web", "");
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(an_old_one_that_crashes_is_replaced_at_once);
ATF_TC_BODY(an_old_one_that_crashes_is_replaced_at_once, tc)
{
	struct fake	*f = web(1, 1000);
	uint64_t	 id = fake_call(f, METHOD_RELOAD_APP, "web");

	spawned(f, SPARE);
	fake_exit(f, "web", 0, 1, 0, 0);
	fake_turn(f);
	REQUIRE_STATUS(f, "web", STARTING);
	REQUIRE_REASON(f, "web", "exit 1");
	ATF_CHECK_EQ(1, fake_inst(f, "web", 0)->restarts);
	ATF_CHECK_EQ(1, fake_inst(f, "web", 0)->budget.n);
	ATF_CHECK(fake_reply(f, id, NULL) == NULL);
	fake_advance(f, 1000);
	REQUIRE_REPLY(f, id, OK);
	REQUIRE_STATUS(f, "web", ONLINE);
	ATF_CHECK_EQ(0, fake_count(f, M_STOP));
	ATF_CHECK_EQ(2, fake_count(f, M_SPAWN));
	ATF_CHECK_EQ(1, f->sup.nrunning);
	fake_free(f);
}

/* Then it is the current one, and the policy has its say. */
ATF_TC_WITHOUT_HEAD(both_crash_and_the_policy_decides);
ATF_TC_BODY(both_crash_and_the_policy_decides, tc)
{
	struct fake	*f = web(1, 1000);
	uint64_t	 id = fake_call(f, METHOD_RELOAD_APP, "web");
	struct m_inst	 new = spawned(f, SPARE);

	fake_exit(f, "web", 0, 1, 0, 0);
	fake_turn(f);
	exits(f, &new, 2, 0);
	REQUIRE_REPLY(f, id, FAILED);
	REQUIRE_STATUS(f, "web", ERRORED);
	fake_advance(f, 2000);
	spawned(f, SPARE);
	fake_advance(f, 1000);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_stop_discards_the_new_and_stops_the_old);
ATF_TC_BODY(a_stop_discards_the_new_and_stops_the_old, tc)
{
	struct fake	*f = web(1, 1000);
	uint64_t	 reload = fake_call(f, METHOD_RELOAD_APP, "web"), stop;

	spawned(f, SPARE);
	stop = fake_call(f, METHOD_STOP_APP, "web");
	REQUIRE_REPLY(f, reload, CONFLICT);
	ATF_CHECK(fake_reply(f, stop, NULL) == NULL);
	ATF_CHECK_EQ(2, fake_down(f));
	REQUIRE_REPLY(f, stop, OK);
	REQUIRE_STATUS(f, "web", STOPPED);
	ATF_CHECK_EQ(0, f->sup.nrunning);
	fake_advance(f, 100000);
	ATF_CHECK(fake_take(f, M_SPAWN, NULL) == NULL);
	ATF_CHECK(fake_inst(f, "web", 0)->twin == NULL);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_stop_waits_for_the_old_one_too);
ATF_TC_BODY(a_stop_waits_for_the_old_one_too, tc)
{
	struct fake	*f = web(1, 0);
	struct m_stop	 old, new;
	uint64_t	 stop;

	fake_call(f, METHOD_RELOAD_APP, "web");
	spawned(f, SPARE);
	ATF_REQUIRE(fake_take(f, M_STOP, &old) != NULL);
	ATF_CHECK_EQ(0, old.inst.instance);
	stop = fake_call(f, METHOD_STOP_APP, "web");
	ATF_REQUIRE(fake_take(f, M_STOP, &new) != NULL);
	ATF_CHECK_EQ(SPARE, new.inst.instance);
	exits(f, &new.inst, 0, EXIT_STOPPED);
	ATF_CHECK(fake_reply(f, stop, NULL) == NULL);
	exits(f, &old.inst, 0, EXIT_STOPPED);
	REQUIRE_REPLY(f, stop, OK);
	REQUIRE_STATUS(f, "web", STOPPED);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_shutdown_ends_both);
ATF_TC_BODY(a_shutdown_ends_both, tc)
{
	struct fake	*f = web(1, 1000);
	uint64_t	 id = fake_call(f, METHOD_RELOAD_APP, "web");

	spawned(f, SPARE);
	shutdown_begin(&f->sup, 0);
	ATF_CHECK_EQ(2, fake_down(f));
	REQUIRE_REPLY(f, id, CONFLICT);
	ATF_CHECK_EQ(0, f->sup.nrunning);
	ATF_CHECK(fake_take(f, M_SHUTDOWN_DONE, NULL) != NULL);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_scale_waits_for_the_reload);
ATF_TC_BODY(a_scale_waits_for_the_reload, tc)
{
	struct fake		*f = web(1, 0);
	struct m_request	 m = fake_request(f, METHOD_SCALE, "web");
	uint64_t		 reload, scale;

	/* it must have a lower number than the scale */
	m.id = ++f->next_id;
	reload = fake_call(f, METHOD_RELOAD_APP, "web");
	m.id = ++f->next_id;
	m.number = 2;
	scale = fake_ask(f, &m);
	spawned(f, SPARE);
	ATF_CHECK(fake_take(f, M_SPAWN, NULL) == NULL);
	stopped(f, 0);
	REQUIRE_REPLY(f, reload, OK);
	spawned(f, 1);
	REQUIRE_REPLY(f, scale, OK);
	/* and down again, to the one in the spare slot */
	m.id = ++f->next_id;
	m.number = 1;
	scale = fake_ask(f, &m);
	stopped(f, 1);
	REQUIRE_REPLY(f, scale, OK);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(what_does_not_run_is_started_or_refused);
ATF_TC_BODY(what_does_not_run_is_started_or_refused, tc)
{
	struct fake	*f = fake_new();
	uint64_t	 id;
	const char	*text;

	fake_manual(f, "off");
	fake_app(f, "bad")->max_restarts = 0;
	fake_boot(f);
	fake_up(f);
	fake_exit(f, "bad", 0, 1, 0, 0);
	fake_turn(f);
	REQUIRE_STATUS(f, "bad", CRASHED);
	id = fake_call(f, METHOD_RELOAD_APP, "off");
	REQUIRE_REPLY(f, id, CONFLICT);
	fake_reply(f, id, &text);
	ATF_CHECK_STREQ("off does not run: omnitronctl start off", text);
	id = fake_call(f, METHOD_RELOAD_APP, "bad");
	spawned(f, 0);
	REQUIRE_REPLY(f, id, OK);
	REQUIRE_STATUS(f, "bad", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(nobody_needs_to_wait);
ATF_TC_BODY(nobody_needs_to_wait, tc)
{
	struct fake		*f = web(2, 0);
	struct m_request	 m = fake_request(f, METHOD_RELOAD_APP, "web");

	m.flags |= REQ_NOWAIT;
	fake_ask(f, &m);
	REQUIRE_REPLY(f, m.id, OK);
	spawned(f, 0 | SPARE);
	stopped(f, 0);
	spawned(f, 1 | SPARE);
	stopped(f, 1);
	REQUIRE_STATUS(f, "web", ONLINE);
	ATF_CHECK_EQ(0, fake_find(f, "web")->nops);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_signal_goes_to_each);
ATF_TC_BODY(a_signal_goes_to_each, tc)
{
	struct fake		*f = fake_new();
	struct m_conf_process	*c = fake_app(f, "web");
	struct m_signal		 m;
	uint64_t		 id;
	uint32_t		 i;

	c->instances = 2;
	c->reload = RELOAD_SIGNAL;
	c->reload_signal = SIGHUP;
	fake_boot(f);
	fake_up(f);
	id = fake_call(f, METHOD_RELOAD_APP, "web");
	for (i = 0; i < 2; i++) {
		ATF_REQUIRE(fake_take(f, M_SIGNAL, &m) != NULL);
		ATF_CHECK_EQ(i, m.inst.instance);
		ATF_CHECK_EQ(SIGHUP, m.signal);
	}
	REQUIRE_REPLY(f, id, OK);
	ATF_CHECK_EQ(0, fake_up(f));
	fake_free(f);
}

static struct fake *
by_command(void)
{
	struct fake		*f = fake_new();
	struct m_conf_process	*c = fake_app(f, "web");

	c->instances = 2;
	c->reload = RELOAD_COMMAND;
	fake_boot(f);
	fake_up(f);
	return (f);
}

/* The RUN that is out, of this instance, ends. */
static void
ran(struct fake *f, uint32_t instance, int code, const char *text)
{
	struct m_run	 run;
	struct m_ran	 m;

	ATF_REQUIRE(fake_take(f, M_RUN, &run) != NULL);
	ATF_CHECK_EQ(instance, run.inst.instance);
	ATF_CHECK_EQ(RUN_RELOAD, run.kind);
	ATF_CHECK_EQ(30000, run.timeout_ms);
	memset(&m, 0, sizeof(m));
	m.inst = run.inst;
	m.kind = run.kind;
	m.code = code;
	ATF_REQUIRE_EQ(0, run_ran(&f->sup, &m, text));
	fake_turn(f);
}

ATF_TC_WITHOUT_HEAD(a_command_is_run_for_each);
ATF_TC_BODY(a_command_is_run_for_each, tc)
{
	struct fake	*f = by_command();
	uint64_t	 id = fake_call(f, METHOD_RELOAD_APP, "web");

	ran(f, 0, 0, "");
	ATF_CHECK(fake_reply(f, id, NULL) == NULL);
	ran(f, 1, 0, "");
	REQUIRE_REPLY(f, id, OK);
	ATF_CHECK_EQ(0, fake_up(f));
	ATF_CHECK_EQ(0, fake_count(f, M_STOP));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_command_that_fails_ends_the_reload);
ATF_TC_BODY(a_command_that_fails_ends_the_reload, tc)
{
	struct fake	*f = by_command();
	uint64_t	 id = fake_call(f, METHOD_RELOAD_APP, "web");
	const char	*text;

	ran(f, 0, 3, "exit 3");
	REQUIRE_REPLY(f, id, FAILED);
	fake_reply(f, id, &text);
	ATF_CHECK_STREQ("web[0]: reload command: exit 3", text);
	ATF_CHECK(fake_take(f, M_RUN, NULL) == NULL);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(an_instance_that_ends_amid_its_command);
ATF_TC_BODY(an_instance_that_ends_amid_its_command, tc)
{
	struct fake	*f = by_command();
	uint64_t	 id = fake_call(f, METHOD_RELOAD_APP, "web");

	fake_exit(f, "web", 0, 1, 0, 0);
	fake_turn(f);
	REQUIRE_REPLY(f, id, FAILED);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_restart_goes_one_by_one);
ATF_TC_BODY(a_restart_goes_one_by_one, tc)
{
	struct fake		*f = fake_new();
	struct m_conf_process	*c = fake_app(f, "web");
	uint64_t		 id;

	c->instances = 2;
	c->reload = RELOAD_RESTART;
	fake_boot(f);
	fake_up(f);
	id = fake_call(f, METHOD_RELOAD_APP, "web");
	stopped(f, 0);
	ATF_CHECK(fake_take(f, M_STOP, NULL) == NULL);
	spawned(f, 0);
	stopped(f, 1);
	spawned(f, 1);
	REQUIRE_REPLY(f, id, OK);
	REQUIRE_STATUS(f, "web", ONLINE);
	ATF_CHECK_EQ(0, fake_inst(f, "web", 1)->restarts);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(processes_go_in_the_order_they_need_each_other);
ATF_TC_BODY(processes_go_in_the_order_they_need_each_other, tc)
{
	struct fake	*f = fake_new();
	uint64_t	 id;

	fake_bootstrap(f, "shop");
	fake_process(f, "http");
	fake_process(f, "db");
	fake_need(f, 1, 0, 1);
	fake_boot(f);
	fake_up(f);
	REQUIRE_STATUS(f, "shop", ONLINE);
	id = fake_call(f, METHOD_RELOAD_APP, "shop");
	ATF_CHECK_EQ(1, spawned(f, SPARE).process);
	stopped(f, 0);
	ATF_CHECK_EQ(0, spawned(f, SPARE).process);
	stopped(f, 0);
	REQUIRE_REPLY(f, id, OK);
	fake_free(f);
}

/* `reload rolling' says that a changed configuration takes this way, too. */
ATF_TC_WITHOUT_HEAD(a_changed_configuration_is_rolled_out_if_it_says_so);
ATF_TC_BODY(a_changed_configuration_is_rolled_out_if_it_says_so, tc)
{
	struct fake		*f = fake_new();
	struct m_conf_process	*said, *not;

	said = fake_app(f, "said");
	said->flags = PROCESS_ROLLING;
	not = fake_app(f, "not");
	fake_boot(f);
	fake_up(f);
	said->flags |= PROCESS_CHANGED;
	not->flags |= PROCESS_CHANGED;
	fake_conf(f, 0);
	spawned(f, SPARE);
	ATF_CHECK_EQ(2, fake_stop_all(f, 0));
	fake_turn(f);
	spawned(f, 0);
	REQUIRE_STATUS(f, "said", ONLINE);
	REQUIRE_STATUS(f, "not", ONLINE);
	ATF_CHECK_EQ(SPARE, fake_inst(f, "said", 0)->slot);
	fake_free(f);
}

/* ---- a supervisor that is replaced amid it ------------------------------ */

static void
living(struct fake *f, uint16_t slot, uint32_t generation, int stopping)
{
	struct m_alive	 m;

	memset(&m, 0, sizeof(m));
	m.inst.app = 1;
	m.inst.instance = slot;
	m.inst.generation = generation;
	m.sig.pid = (int32_t)(1000 + generation);
	m.started_ms = FAKE_WALL_MS;
	m.execed = 1;
	m.stopping = (uint32_t)stopping;
	ATF_REQUIRE_EQ(0, load_alive(&f->sup, &m, -1));
}

static struct fake *
replaced(uint32_t min_uptime_ms)
{
	struct fake	*f = fake_new();

	fake_app(f, "web")->min_uptime_ms = min_uptime_ms;
	fake_conf(f, 0);
	return (f);
}

static void
all_told(struct fake *f)
{
	struct m_state_end	 end;

	memset(&end, 0, sizeof(end));
	end.same_boot = 1;
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_REQUIRE_EQ(0, load_state_end(&f->sup, &end, ""));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	fake_turn(f);
}

ATF_TC_WITHOUT_HEAD(a_new_one_that_starts_goes_on_starting);
ATF_TC_BODY(a_new_one_that_starts_goes_on_starting, tc)
{
	struct fake	*f = replaced(1000);

	/* whatever slot it is in */
	living(f, 0, 8, 0);
	living(f, SPARE, 7, 0);
	/* the old one is online by its age: the clock says so */
	fake_find(f, "web");
	all_told(f);
	ATF_CHECK_EQ(7, fake_inst(f, "web", 0)->generation);
	ATF_REQUIRE(fake_inst(f, "web", 0)->twin != NULL);
	ATF_CHECK_EQ(PART_NEW, fake_inst(f, "web", 0)->twin->part);
	ATF_CHECK_EQ(2, f->sup.nrunning);
	fake_advance(f, 1000);
	ATF_CHECK_EQ(8, fake_inst(f, "web", 0)->generation);
	stopped(f, SPARE);
	REQUIRE_STATUS(f, "web", ONLINE);
	ATF_CHECK_EQ(1, f->sup.nrunning);
	ATF_CHECK_EQ(0, fake_count(f, M_SPAWN));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_new_one_that_fails_then_is_discarded);
ATF_TC_BODY(a_new_one_that_fails_then_is_discarded, tc)
{
	struct fake	*f = replaced(1000);
	struct m_inst	 id;

	living(f, 0, 7, 0);
	living(f, SPARE, 8, 0);
	all_told(f);
	inst_id(fake_inst(f, "web", 0)->twin, &id);
	exits(f, &id, 1, 0);
	ATF_CHECK(fake_inst(f, "web", 0)->twin == NULL);
	ATF_CHECK_EQ(7, fake_inst(f, "web", 0)->generation);
	fake_advance(f, 1000);
	REQUIRE_STATUS(f, "web", ONLINE);
	ATF_CHECK_EQ(0, fake_count(f, M_SPAWN));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(an_old_one_that_stops_goes_on_stopping);
ATF_TC_BODY(an_old_one_that_stops_goes_on_stopping, tc)
{
	struct fake	*f = replaced(0);
	struct m_inst	 id;

	living(f, 0, 7, 1);
	living(f, SPARE, 8, 0);
	all_told(f);
	ATF_CHECK_EQ(8, fake_inst(f, "web", 0)->generation);
	REQUIRE_STATUS(f, "web", ONLINE);
	/* the parent knows the deadline */
	ATF_CHECK_EQ(0, fake_count(f, M_STOP));
	ATF_REQUIRE(fake_inst(f, "web", 0)->twin != NULL);
	inst_id(fake_inst(f, "web", 0)->twin, &id);
	exits(f, &id, 0, EXIT_STOPPED);
	ATF_CHECK(fake_inst(f, "web", 0)->twin == NULL);
	REQUIRE_STATUS(f, "web", ONLINE);
	ATF_CHECK_EQ(0, fake_count(f, M_SPAWN));
	fake_free(f);
}

static void
recorded(struct fake *f, uint16_t slot, uint32_t generation,
    enum status status, int first)
{
	struct m_state_app	 app;
	struct m_state_inst	 m;

	memset(&app, 0, sizeof(app));
	app.intent = INTENT_RUN;
	app.status = S_ONLINE;
	app.instances = 1;
	app.known = 1;
	if (first)
		ATF_REQUIRE_EQ(0, load_state_app(&f->sup, &app, "web", "",
		    "web"));
	memset(&m, 0, sizeof(m));
	m.inst.instance = slot;
	m.inst.generation = generation;
	m.status = status;
	m.wanted = m.configured = 1;
	m.sig.pid = (int32_t)(1000 + generation);
	m.sig.starttime = 5;
	m.started_ms = FAKE_WALL_MS;
	ATF_REQUIRE_EQ(0, load_state_inst(&f->sup, &m, "web", "web"));
}

/* Every recorded one is asked about; those that are still there are told. */
static void
adopted(struct fake *f, uint32_t alive_generation)
{
	struct m_state_end	 end;
	struct m_alive		 m;

	memset(&end, 0, sizeof(end));
	end.same_boot = 1;
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_REQUIRE_EQ(0, load_state_end(&f->sup, &end, ""));
	while (fake_take(f, M_ADOPT, &m) != NULL) {
		if (alive_generation != 0 &&
		    m.inst.generation != alive_generation)
			ATF_REQUIRE_EQ(0, load_gone(&f->sup, &m.inst));
		else {
			m.execed = 1;
			ATF_REQUIRE_EQ(0, load_alive(&f->sup, &m, -1));
		}
	}
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	fake_turn(f);
}

/* The daemon dies amid a reload, and the next one finds both. */
ATF_TC_WITHOUT_HEAD(a_new_daemon_takes_over_both);
ATF_TC_BODY(a_new_daemon_takes_over_both, tc)
{
	struct fake	*f = replaced(1000);

	recorded(f, 0, 7, S_ONLINE, 1);
	recorded(f, SPARE, 8, S_STARTING, 0);
	adopted(f, 0);
	REQUIRE_STATUS(f, "web", ONLINE);
	ATF_CHECK_EQ(7, fake_inst(f, "web", 0)->generation);
	fake_advance(f, 1000);
	stopped(f, 0);
	ATF_CHECK_EQ(8, fake_inst(f, "web", 0)->generation);
	ATF_CHECK_EQ(0, fake_count(f, M_SPAWN));
	fake_free(f);
}

/* The new one was online, and the old one's stop was not sent any more. */
ATF_TC_WITHOUT_HEAD(a_new_daemon_stops_what_was_replaced);
ATF_TC_BODY(a_new_daemon_stops_what_was_replaced, tc)
{
	struct fake	*f = replaced(0);

	recorded(f, SPARE, 7, S_ONLINE, 1);
	recorded(f, 0, 8, S_ONLINE, 0);
	adopted(f, 0);
	ATF_CHECK_EQ(8, fake_inst(f, "web", 0)->generation);
	stopped(f, SPARE);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_new_daemon_keeps_the_one_that_lives);
ATF_TC_BODY(a_new_daemon_keeps_the_one_that_lives, tc)
{
	uint32_t	 left;

	for (left = 7; left <= 8; left++) {
		struct fake	*f = replaced(0);

		recorded(f, 0, 7, S_ONLINE, 1);
		recorded(f, SPARE, 8, S_STARTING, 0);
		adopted(f, left);
		ATF_CHECK_EQ(left, fake_inst(f, "web", 0)->generation);
		ATF_CHECK(fake_inst(f, "web", 0)->twin == NULL);
		REQUIRE_STATUS(f, "web", ONLINE);
		ATF_CHECK_EQ(0, fake_count(f, M_SPAWN));
		ATF_CHECK_EQ(1, f->sup.nrunning);
		fake_free(f);
	}
}

/* Neither is there: one is started, not two. */
ATF_TC_WITHOUT_HEAD(a_new_daemon_starts_one_for_two_that_died);
ATF_TC_BODY(a_new_daemon_starts_one_for_two_that_died, tc)
{
	struct fake	*f = replaced(0);

	recorded(f, 0, 7, S_ONLINE, 1);
	recorded(f, SPARE, 8, S_STARTING, 0);
	adopted(f, 99);
	ATF_CHECK_EQ(1, fake_up(f));
	REQUIRE_STATUS(f, "web", ONLINE);
	ATF_CHECK_EQ(1, f->sup.nrunning);
	fake_free(f);
}

/*
 * Both are stopped because another of the app crashed, and the old one ends
 * first: the new one, which takes its place, is what is launched again.
 */
ATF_TC_WITHOUT_HEAD(both_stop_for_a_crash_and_one_comes_back);
ATF_TC_BODY(both_stop_for_a_crash_and_one_comes_back, tc)
{
	struct fake	*f = fake_new();
	struct m_inst	 old, new;

	fake_bootstrap(f, "shop")->strategy = STRATEGY_ONE_FOR_ALL;
	fake_process(f, "web")->min_uptime_ms = 1000;
	fake_process(f, "worker")->min_uptime_ms = 100;
	fake_boot(f);
	fake_up(f);
	fake_advance(f, 1000);
	REQUIRE_STATUS(f, "shop", ONLINE);
	fake_call(f, METHOD_RELOAD_APP, "shop");
	fake_up(f);
	ATF_REQUIRE(fake_inst(f, "shop/web", 0)->twin != NULL);
	inst_id(fake_inst(f, "shop/web", 0), &old);
	inst_id(fake_inst(f, "shop/web", 0)->twin, &new);
	fake_exit(f, "shop/worker", 0, 1, 0, 0);
	fake_turn(f);
	REQUIRE_STATUS(f, "shop/web", STOPPING);
	exits(f, &old, 0, EXIT_STOPPED);
	exits(f, &new, 0, EXIT_STOPPED);
	fake_advance(f, 1000);
	fake_up(f);
	fake_advance(f, 100);
	fake_up(f);
	fake_advance(f, 1000);
	REQUIRE_STATUS(f, "shop/worker", ONLINE);
	REQUIRE_STATUS(f, "shop/web", ONLINE);
	fake_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, no_cell_is_left_out);
	ATF_TP_ADD_TC(tp, new_before_old_and_one_after_another);
	ATF_TP_ADD_TC(tp, views_show_the_current_one_by_its_number);
	ATF_TP_ADD_TC(tp, one_that_fails_is_discarded_and_the_rest_left);
	ATF_TP_ADD_TC(tp, one_that_is_late_is_stopped_and_discarded);
	ATF_TP_ADD_TC(tp, a_spawn_that_fails_is_told_and_changes_nothing);
	ATF_TP_ADD_TC(tp, an_old_one_that_crashes_is_replaced_at_once);
	ATF_TP_ADD_TC(tp, both_crash_and_the_policy_decides);
	ATF_TP_ADD_TC(tp, a_stop_discards_the_new_and_stops_the_old);
	ATF_TP_ADD_TC(tp, a_stop_waits_for_the_old_one_too);
	ATF_TP_ADD_TC(tp, a_shutdown_ends_both);
	ATF_TP_ADD_TC(tp, a_scale_waits_for_the_reload);
	ATF_TP_ADD_TC(tp, what_does_not_run_is_started_or_refused);
	ATF_TP_ADD_TC(tp, nobody_needs_to_wait);
	ATF_TP_ADD_TC(tp, a_signal_goes_to_each);
	ATF_TP_ADD_TC(tp, a_command_is_run_for_each);
	ATF_TP_ADD_TC(tp, a_command_that_fails_ends_the_reload);
	ATF_TP_ADD_TC(tp, an_instance_that_ends_amid_its_command);
	ATF_TP_ADD_TC(tp, a_restart_goes_one_by_one);
	ATF_TP_ADD_TC(tp, processes_go_in_the_order_they_need_each_other);
	ATF_TP_ADD_TC(tp, a_changed_configuration_is_rolled_out_if_it_says_so);
	ATF_TP_ADD_TC(tp, a_new_one_that_starts_goes_on_starting);
	ATF_TP_ADD_TC(tp, a_new_one_that_fails_then_is_discarded);
	ATF_TP_ADD_TC(tp, an_old_one_that_stops_goes_on_stopping);
	ATF_TP_ADD_TC(tp, a_new_daemon_takes_over_both);
	ATF_TP_ADD_TC(tp, a_new_daemon_stops_what_was_replaced);
	ATF_TP_ADD_TC(tp, a_new_daemon_keeps_the_one_that_lives);
	ATF_TP_ADD_TC(tp, a_new_daemon_starts_one_for_two_that_died);
	ATF_TP_ADD_TC(tp, both_stop_for_a_crash_and_one_comes_back);
	return (atf_no_error());
}
