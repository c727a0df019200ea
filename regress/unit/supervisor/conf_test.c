/* Reloads in two phases, and the dispatch table. */
#include "regress/unit/supervisor/fake.h"

ATF_TC_WITHOUT_HEAD(nothing_changes_before_the_commit);
ATF_TC_BODY(nothing_changes_before_the_commit, tc)
{
	struct fake		*f = fake_new();
	struct m_conf_begin	 begin;
	struct m_conf_end	 end;

	fake_app(f, "web");
	fake_boot(f);
	fake_up(f);
	memset(&begin, 0, sizeof(begin));
	memset(&end, 0, sizeof(end));
	begin.version = end.version = 9;
	ATF_REQUIRE_EQ(0, conf_begin(&f->sup, &begin));
	ATF_REQUIRE_EQ(0, conf_end(&f->sup, &end));
	fake_turn(f);
	REQUIRE_STATUS(f, "web", ONLINE);
	ATF_CHECK_EQ(1, f->sup.conf_version);
	/* another one replaces it */
	ATF_REQUIRE_EQ(0, conf_begin(&f->sup, &begin));
	ATF_CHECK_EQ(-1, conf_commit(&f->sup, &end));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_reload_adds_removes_and_restarts);
ATF_TC_BODY(a_reload_adds_removes_and_restarts, tc)
{
	struct fake	*f = fake_new();
	struct fake_msg	*m;
	struct m_inst	 gone;

	fake_app(f, "same");
	fake_app(f, "old");
	fake_app(f, "changed");
	fake_manual(f, "asleep");
	fake_boot(f);
	fake_up(f);
	fake_forget(f);
	f->procs[2].flags |= PROCESS_CHANGED;
	f->procs[3].flags |= PROCESS_CHANGED;
	fake_app(f, "new");
	f->apps[4].flags |= APP_NEW;
	fake_manual(f, "manual");
	f->apps[5].flags = APP_NEW;
	fake_conf(f, 2);
	ATF_CHECK_EQ(2, fake_down(f));
	fake_up(f);
	ATF_CHECK(app_find_name(&f->sup, "old") == NULL);
	ATF_REQUIRE((m = fake_take(f, M_STATE_DROP, NULL)) != NULL);
	ATF_CHECK_STREQ("old", fake_string(m, 0));
	ATF_REQUIRE(fake_take(f, M_VIEW_GONE, &gone) != NULL);
	ATF_CHECK_EQ(2, gone.app);
	ATF_CHECK_EQ(INSTANCE_ANY, gone.instance);
	REQUIRE_STATUS(f, "changed", ONLINE);
	ATF_CHECK_EQ(2, fake_inst(f, "changed", 0)->generation);
	ATF_CHECK_EQ(1, fake_inst(f, "same", 0)->generation);
	REQUIRE_STATUS(f, "new", ONLINE);
	REQUIRE_STATUS(f, "manual", STOPPED);
	REQUIRE_STATUS(f, "asleep", STOPPED);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_name_that_comes_back_starts_again);
ATF_TC_BODY(a_name_that_comes_back_starts_again, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "web");
	fake_boot(f);
	fake_up(f);
	fake_conf(f, 1);
	fake_turn(f);
	REQUIRE_STATUS(f, "web", STOPPING);
	fake_conf(f, 0);
	ATF_CHECK_EQ(1, fake_down(f));
	ATF_CHECK_EQ(1, fake_up(f));
	REQUIRE_STATUS(f, "web", ONLINE);
	ATF_CHECK_EQ(0, fake_count(f, M_STATE_DROP));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_crashed_app_starts_when_its_configuration_changes);
ATF_TC_BODY(a_crashed_app_starts_when_its_configuration_changes, tc)
{
	struct fake		*f = fake_new();
	struct m_state_app	 m;

	fake_app(f, "web")->max_restarts = 0;
	f->apps[0].hash = 11;
	fake_boot(f);
	fake_up(f);
	fake_forget(f);
	fake_exit(f, "web", 0, 1, 0, 0);
	fake_turn(f);
	REQUIRE_STATUS(f, "web", CRASHED);
	ATF_REQUIRE(fake_take(f, M_STATE_APP, &m) != NULL);
	ATF_CHECK_EQ(11, m.crash_hash);
	/* the same once more changes nothing */
	fake_conf(f, 0);
	ATF_CHECK_EQ(0, fake_up(f));
	REQUIRE_STATUS(f, "web", CRASHED);
	f->apps[0].hash = 12;
	fake_conf(f, 0);
	ATF_CHECK_EQ(1, fake_up(f));
	REQUIRE_STATUS(f, "web", ONLINE);
	/* one that was stopped by hand stays so */
	fake_exit(f, "web", 0, 1, 0, 0);
	fake_turn(f);
	fake_call(f, METHOD_STOP_APP, "web");
	fake_turn(f);
	f->apps[0].hash = 13;
	fake_conf(f, 0);
	ATF_CHECK_EQ(0, fake_up(f));
	REQUIRE_STATUS(f, "web", STOPPED);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(removed_apps_stop_dependants_first);
ATF_TC_BODY(removed_apps_stop_dependants_first, tc)
{
	struct fake	*f = fake_new();
	uint32_t	 n;

	fake_app(f, "db");
	fake_app(f, "web");
	fake_dep(f, 2, 1);
	fake_boot(f);
	fake_up(f);
	n = f->napps;
	f->napps = 0;
	f->ndeps = 0;
	fake_conf(f, 0);
	fake_turn(f);
	REQUIRE_STATUS(f, "web", STOPPING);
	REQUIRE_STATUS(f, "db", ONLINE);
	ATF_CHECK_EQ(n, (uint32_t)fake_down(f));
	ATF_CHECK_EQ(0, f->sup.napps);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_changed_count_scales);
ATF_TC_BODY(a_changed_count_scales, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "web");
	fake_boot(f);
	fake_up(f);
	f->procs[0].instances = 3;
	fake_conf(f, 0);
	fake_up(f);
	ATF_CHECK_EQ(3, fake_find(f, "web")->tally.count[S_ONLINE]);
	f->procs[0].instances = 1;
	fake_conf(f, 0);
	ATF_CHECK_EQ(2, fake_down(f));
	ATF_CHECK_EQ(1, fake_proc(f, "web")->ninsts);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_dependency_that_is_taken_away_frees_the_held);
ATF_TC_BODY(a_dependency_that_is_taken_away_frees_the_held, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "web");
	fake_manual(f, "db");
	fake_dep(f, 1, 2);
	fake_boot(f);
	ATF_CHECK_EQ(0, fake_up(f));
	f->ndeps = 0;
	fake_conf(f, 0);
	fake_up(f);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(new_apps_wait_for_each_other);
ATF_TC_BODY(new_apps_wait_for_each_other, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "first");
	fake_boot(f);
	fake_up(f);
	fake_app(f, "web");
	fake_app(f, "db");
	fake_dep(f, 2, 3);
	fake_conf(f, 0);
	fake_turn(f);
	REQUIRE_STATUS(f, "web", STOPPED);
	REQUIRE_STATUS(f, "db", STARTING);
	fake_up(f);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(nonsense_is_refused);
ATF_TC_BODY(nonsense_is_refused, tc)
{
	struct fake		*f = fake_new();
	struct m_conf_begin	 begin;
	struct m_conf_app	 app;
	struct m_conf_process	 p;
	struct m_conf_dep	 dep = { 1, 99, PROCESS_ANY, PROCESS_ANY };
	struct m_conf_end	 end = { 1 };

	memset(&begin, 0, sizeof(begin));
	begin.version = 1;
	begin.apps = 1;
	p = *fake_app(f, "web");
	app = f->apps[0];
	ATF_CHECK_EQ(-1, conf_app(&f->sup, &app, "web"));
	ATF_CHECK_EQ(-1, conf_end(&f->sup, &end));
	begin.apps = UINT32_MAX;
	ATF_CHECK_EQ(-1, conf_begin(&f->sup, &begin));
	begin.apps = 1;
	ATF_CHECK_EQ(0, conf_begin(&f->sup, &begin));
	ATF_CHECK_EQ(-1, conf_end(&f->sup, &end));
	ATF_CHECK_EQ(-1, conf_app(&f->sup, &app, "../web"));
	app.id = 0;
	ATF_CHECK_EQ(-1, conf_app(&f->sup, &app, "web"));
	app.id = 1;
	ATF_CHECK_EQ(0, conf_app(&f->sup, &app, "web"));
	ATF_CHECK_EQ(-1, conf_app(&f->sup, &app, "web"));
	ATF_CHECK_EQ(0, conf_process(&f->sup, &p, "web"));
	ATF_CHECK_EQ(0, conf_dep(&f->sup, &dep));
	ATF_CHECK_EQ(-1, conf_end(&f->sup, &end));
	fake_free(f);
}

/* What follows the first app is refused, or all of it at its end. */
static int
staged(const struct m_conf_app *a, const struct m_conf_process *p,
    const char *name, uint32_t n, const struct m_conf_dep *dep)
{
	struct fake		*f = fake_new();
	struct m_conf_begin	 begin;
	struct m_conf_process	 c, good;
	struct m_conf_end	 end = { 1 };
	uint32_t		 i;
	char			 other[16];
	int			 rv = 0;

	memset(&begin, 0, sizeof(begin));
	begin.version = 1;
	begin.apps = 2;
	good = *fake_app(f, "web");
	ATF_REQUIRE_EQ(0, conf_begin(&f->sup, &begin));
	ATF_REQUIRE_EQ(0, conf_app(&f->sup, &f->apps[0], "web"));
	ATF_REQUIRE_EQ(0, conf_process(&f->sup, &good, "web"));
	if (conf_app(&f->sup, a, "shop") == -1)
		rv = -1;
	for (i = 0; i < n && rv == 0; i++) {
		c = *p;
		c.id += i;
		snprintf(other, sizeof(other), "p%u", i);
		rv = conf_process(&f->sup, &c, i == 0 ? name : other);
	}
	if (rv == 0 && dep != NULL)
		rv = conf_dep(&f->sup, dep);
	if (rv == 0)
		rv = conf_end(&f->sup, &end);
	if (rv == 0)
		ATF_CHECK(fake_take(f, M_CONF_ACK, NULL) != NULL);
	else
		ATF_CHECK_EQ(-1, conf_commit(&f->sup, &end));
	fake_free(f);
	return (rv);
}

ATF_TC_WITHOUT_HEAD(processes_out_of_place_are_refused);
ATF_TC_BODY(processes_out_of_place_are_refused, tc)
{
	struct fake		*f = fake_new();
	struct m_conf_begin	 begin;
	struct m_conf_app	 a, good;
	struct m_conf_process	 p, proc;

	memset(&begin, 0, sizeof(begin));
	fake_app(f, "web");
	good = *fake_bootstrap(f, "shop");
	proc = *fake_process(f, "p");
	/* without a configuration, or an app before it */
	ATF_CHECK_EQ(-1, conf_process(&f->sup, &proc, "p"));
	begin.apps = 1;
	ATF_REQUIRE_EQ(0, conf_begin(&f->sup, &begin));
	ATF_CHECK_EQ(-1, conf_process(&f->sup, &proc, "p"));
	fake_free(f);
	good.processes = 2;
	ATF_CHECK_EQ(0, staged(&good, &proc, "p", 2, NULL));
	/* too few, too many, none, more than any app has */
	ATF_CHECK_EQ(-1, staged(&good, &proc, "p", 1, NULL));
	ATF_CHECK_EQ(-1, staged(&good, &proc, "p", 3, NULL));
	a = good;
	a.processes = 0;
	ATF_CHECK_EQ(-1, staged(&a, &proc, "p", 0, NULL));
	a.processes = PROCESSES_MAX + 1;
	ATF_CHECK_EQ(-1, staged(&a, &proc, "p", 0, NULL));
	a.processes = PROCESSES_MAX;
	ATF_CHECK_EQ(0, staged(&a, &proc, "p", PROCESSES_MAX, NULL));
	/* a name twice, none, of another app */
	ATF_CHECK_EQ(-1, staged(&good, &proc, "p1", 2, NULL));
	ATF_CHECK_EQ(-1, staged(&good, &proc, "", 2, NULL));
	ATF_CHECK_EQ(-1, staged(&good, &proc, "a/b", 2, NULL));
	p = proc;
	p.app = 1;
	ATF_CHECK_EQ(-1, staged(&good, &p, "p", 2, NULL));
#define BAD(field, v)							\
	p = proc;							\
	p.field = (v);							\
	ATF_CHECK_EQ(-1, staged(&good, &p, "p", 2, NULL))
	BAD(id, PROCESS_ANY);
	BAD(id, PROCESS_ANY - 1);
	BAD(instances, INSTANCES_MAX + 1);
	BAD(policy, RESTART_NEVER + 1);
	BAD(backoff, BACKOFF_FIXED + 1);
	BAD(jitter_percent, 101);
}

ATF_TC_WITHOUT_HEAD(an_id_of_a_process_twice_is_refused);
ATF_TC_BODY(an_id_of_a_process_twice_is_refused, tc)
{
	struct fake		*f = fake_new();
	struct m_conf_begin	 begin;
	struct m_conf_end	 end = { 0 };

	memset(&begin, 0, sizeof(begin));
	begin.apps = 1;
	fake_bootstrap(f, "shop");
	fake_process(f, "a");
	fake_process(f, "b")->id = 0;
	ATF_REQUIRE_EQ(0, conf_begin(&f->sup, &begin));
	ATF_REQUIRE_EQ(0, conf_app(&f->sup, &f->apps[0], "shop"));
	ATF_REQUIRE_EQ(0, conf_process(&f->sup, &f->procs[0], "a"));
	ATF_REQUIRE_EQ(0, conf_process(&f->sup, &f->procs[1], "b"));
	ATF_CHECK_EQ(-1, conf_end(&f->sup, &end));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(dependencies_out_of_place_are_refused);
ATF_TC_BODY(dependencies_out_of_place_are_refused, tc)
{
	static const struct m_conf_dep	 bad[] = {
		{ 2, 1, 0, 0 },			/* of another app */
		{ 2, 1, 0, PROCESS_ANY },
		{ 2, 1, PROCESS_ANY, 0 },
		{ 2, 2, PROCESS_ANY, PROCESS_ANY }, /* on itself */
		{ 2, 2, 0, 0 },
		{ 2, 2, 0, PROCESS_ANY },
		{ 2, 2, 0, 7 },			/* on none */
		{ 2, 2, 7, 0 },
		{ 9, 1, PROCESS_ANY, PROCESS_ANY },
	};
	const struct m_conf_dep	 good = { 2, 2, 1, 0 };
	const struct m_conf_dep	 app = { 2, 1, PROCESS_ANY, PROCESS_ANY };
	struct fake		*f = fake_new();
	struct m_conf_app	 a;
	struct m_conf_process	 p;
	size_t			 i;

	fake_app(f, "web");
	a = *fake_bootstrap(f, "shop");
	p = *fake_process(f, "p");
	fake_free(f);
	a.processes = 2;
	ATF_CHECK_EQ(0, staged(&a, &p, "p", 2, &good));
	ATF_CHECK_EQ(0, staged(&a, &p, "p", 2, &app));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(-1, staged(&a, &p, "p", 2, &bad[i]),
		    "accepted: %zu", i);
}

ATF_TC_WITHOUT_HEAD(every_message_for_us_has_one_handler);
ATF_TC_BODY(every_message_for_us_has_one_handler, tc)
{
	const struct dispatch	*d;
	uint32_t		 type;
	int			 n;

	for (type = M_NONE + 1; type < M_MAX; type++) {
		n = 0;
		for (d = supervisor_dispatch; d->fn != NULL; d++)
			if (d->type == type)
				n++;
		/* what sets up any process is handled by proc.c, and what
		 * watchers say by link.c */
		if (type == M_SETUP || type == M_LINK || type == M_GO ||
		    type == M_PING || type == M_CHANGED)
			ATF_CHECK_EQ(0, n);
		else
			ATF_CHECK_EQ_MSG((proto_receivers(type) &
			    KB(SUPERVISOR)) != 0, n, "%s: %d handlers",
			    msg_name(type), n);
	}
}

/* Who asked for it is found by the number of the request. */
ATF_TC_WITHOUT_HEAD(changes_are_audited);
ATF_TC_BODY(changes_are_audited, tc)
{
	struct fake		*f = fake_new();
	struct m_conf_change	 change = { .app = 1, .process = 1,
				    .does = CHANGE_RELOAD };
	struct m_conf_begin	 begin = { .version = 2, .apps = 1 };
	struct m_conf_end	 end = { .version = 2 };
	struct m_request	 m;
	const struct fake_msg	*line;
	struct m_audit		 audit;
	int			 asked;

	fake_bootstrap(f, "shop");
	fake_process(f, "http");
	fake_process(f, "db");
	fake_boot(f);
	fake_up(f);
	m = fake_request(f, METHOD_RELOAD_CONFIG, NULL);
	m.uid = 1234;
	ATF_REQUIRE_EQ(0, fake_handle(f, &m, NULL,
	    0));
	ATF_REQUIRE(fake_take(f, M_AUDIT, NULL) != NULL);
	for (asked = 1; asked >= 0; asked--) {
		begin.request = asked ? m.id : 0;
		begin.plane = K_CONTROL;
		ATF_REQUIRE_EQ(0, conf_begin(&f->sup, &begin));
		fake_conf_app(f, 0);
		change.app = 0;
		ATF_CHECK_EQ(-1, conf_change(&f->sup, &change, "env"));
		change.app = 1;
		ATF_REQUIRE_EQ(0, conf_change(&f->sup, &change, "env"));
		ATF_REQUIRE_EQ(0, conf_end(&f->sup, &end));
		ATF_CHECK_EQ(-1, conf_change(&f->sup, &change, "env"));
		ATF_REQUIRE_EQ(0, conf_commit(&f->sup, &end));
		line = fake_take(f, M_AUDIT, &audit);
		ATF_REQUIRE(line != NULL);
		ATF_CHECK_EQ(asked ? 1234 : 0, audit.uid);
		ATF_CHECK_EQ(asked ? K_CONTROL : K_PARENT, audit.plane);
		ATF_CHECK_STREQ("shop", fake_string(line, 1));
		ATF_CHECK_STREQ("db env: reload", fake_string(line, 3));
	}
	fake_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, nothing_changes_before_the_commit);
	ATF_TP_ADD_TC(tp, a_reload_adds_removes_and_restarts);
	ATF_TP_ADD_TC(tp, a_name_that_comes_back_starts_again);
	ATF_TP_ADD_TC(tp,
	    a_crashed_app_starts_when_its_configuration_changes);
	ATF_TP_ADD_TC(tp, removed_apps_stop_dependants_first);
	ATF_TP_ADD_TC(tp, a_changed_count_scales);
	ATF_TP_ADD_TC(tp, a_dependency_that_is_taken_away_frees_the_held);
	ATF_TP_ADD_TC(tp, new_apps_wait_for_each_other);
	ATF_TP_ADD_TC(tp, nonsense_is_refused);
	ATF_TP_ADD_TC(tp, processes_out_of_place_are_refused);
	ATF_TP_ADD_TC(tp, an_id_of_a_process_twice_is_refused);
	ATF_TP_ADD_TC(tp, dependencies_out_of_place_are_refused);
	ATF_TP_ADD_TC(tp, every_message_for_us_has_one_handler);
	ATF_TP_ADD_TC(tp, changes_are_audited);
	return (atf_no_error());
}
