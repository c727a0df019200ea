/* The mirror of the supervisor's records. */
#include "regress/unit/rpc/fixture.h"

static void
set_app(struct view *v, uint32_t id, const char *name, int expected)
{
	struct m_view_app	 m = fix_record(id, S_ONLINE);

	ATF_CHECK_EQ_MSG(expected, view_set_app(v, &m, name, ""), "%s", name);
}

static void
set_inst(struct view *v, uint32_t id, uint16_t process, uint16_t instance,
    int32_t pid)
{
	struct m_view_inst	 m;

	memset(&m, 0, sizeof(m));
	m.inst.app = id;
	m.inst.process = process;
	m.inst.instance = instance;
	m.pid = pid;
	view_set_inst(v, &m, process == 0 ? "first" : "second", "", "");
}

ATF_TC_WITHOUT_HEAD(apps_are_found_by_name_and_id);
ATF_TC_BODY(apps_are_found_by_name_and_id, tc)
{
	struct view	*v = view_new();
	struct view_app	*a;
	char		 name[32];
	uint32_t	 i;

	for (i = 1; i <= 1000; i++) {
		snprintf(name, sizeof(name), "app%u", i);
		set_app(v, i * 7, name, 0);
	}
	ATF_CHECK_EQ(1000, v->napps);
	for (i = 1; i <= 1000; i++) {
		snprintf(name, sizeof(name), "app%u", i);
		a = view_by_name(v, name);
		ATF_REQUIRE(a != NULL);
		ATF_CHECK_EQ(i * 7, a->rec.id);
		ATF_CHECK(view_by_id(v, i * 7) == a);
	}
	ATF_CHECK(view_by_name(v, "app1001") == NULL);
	ATF_CHECK(view_by_name(v, "") == NULL);
	ATF_CHECK(view_by_id(v, 0) == NULL);
	ATF_CHECK(view_by_id(v, 1) == NULL);
	ATF_CHECK_STREQ("app1", TAILQ_FIRST(&v->apps)->name);
	view_free(v);
}

ATF_TC_WITHOUT_HEAD(contradictions_are_refused);
ATF_TC_BODY(contradictions_are_refused, tc)
{
	struct view		*v = view_new();
	struct m_view_app	 m = fix_record(9, S_ONLINE);

	set_app(v, 1, "a", 0);
	set_app(v, 1, "a", 0);
	set_app(v, 1, "b", -1);		/* another name for an id */
	set_app(v, 2, "a", -1);		/* another id for a name */
	set_app(v, 0, "c", -1);
	set_app(v, 3, "", -1);
	set_app(v, 3, "a b", -1);
	set_app(v, 3, "..", -1);
	m.status = S_MAX;
	ATF_CHECK_EQ(-1, view_set_app(v, &m, "d", ""));
	ATF_CHECK_EQ(1, v->napps);
	view_free(v);
}

ATF_TC_WITHOUT_HEAD(instances_keep_their_order);
ATF_TC_BODY(instances_keep_their_order, tc)
{
	struct view	*v = view_new();
	struct view_app	*a;
	struct m_inst	 gone = { 1, 0, 1, 0, 0 };
	size_t		 i;

	set_app(v, 1, "a", 0);
	set_inst(v, 1, 1, 0, 30);
	set_inst(v, 1, 0, 2, 12);
	set_inst(v, 1, 0, 0, 0);
	set_inst(v, 1, 0, 1, 11);
	set_inst(v, 2, 0, 0, 99);	/* no such app */
	a = view_by_id(v, 1);
	ATF_REQUIRE_EQ(4, a->ninst);
	for (i = 0; i < 3; i++)
		ATF_CHECK_EQ(i, a->inst[i].rec.inst.instance);
	ATF_CHECK_EQ(1, a->inst[3].rec.inst.process);
	ATF_CHECK_EQ(11, view_pid(a));	/* the first that runs */
	ATF_CHECK_EQ(1, view_process(a, "second"));
	ATF_CHECK_EQ(-1, view_process(a, "third"));
	view_gone(v, &gone);
	ATF_CHECK_EQ(3, a->ninst);
	ATF_CHECK_EQ(12, view_pid(a));
	view_gone(v, &gone);		/* again: nothing */
	ATF_CHECK_EQ(3, a->ninst);
	gone.instance = INSTANCE_ANY;
	view_gone(v, &gone);
	ATF_CHECK_EQ(0, v->napps);
	ATF_CHECK(view_by_name(v, "a") == NULL);
	view_free(v);
}

ATF_TC_WITHOUT_HEAD(samples_are_of_a_process);
ATF_TC_BODY(samples_are_of_a_process, tc)
{
	struct view	*v = view_new();
	struct view_app	*a;
	struct metric	 m = { 1, 0, 0, 250, 0, 4096 };

	set_app(v, 1, "a", 0);
	set_inst(v, 1, 0, 0, 10);
	set_inst(v, 1, 0, 1, 11);
	a = view_by_id(v, 1);
	view_metric(v, &m);
	m.instance = 1;
	view_metric(v, &m);
	ATF_CHECK_EQ(8192, view_rss(a));
	ATF_CHECK_EQ(500, view_cpu(a));
	m.instance = 2;			/* no such instance */
	view_metric(v, &m);
	m.app = 5;
	view_metric(v, &m);
	ATF_CHECK_EQ(8192, view_rss(a));
	set_inst(v, 1, 0, 1, 12);	/* restarted */
	ATF_CHECK_EQ(4096, view_rss(a));
	set_inst(v, 1, 0, 0, 10);	/* the same process */
	ATF_CHECK_EQ(4096, view_rss(a));
	set_inst(v, 1, 0, 0, 0);	/* ended: a late sample is not its */
	m.app = 1;
	m.instance = 0;
	view_metric(v, &m);
	ATF_CHECK_EQ(0, view_rss(a));
	view_free(v);
}

static void
add_dep(struct view *v, uint32_t app, uint32_t on, uint16_t process,
    uint16_t on_process)
{
	struct m_conf_dep	 m;

	memset(&m, 0, sizeof(m));
	m.app = app;
	m.on = on;
	m.process = process;
	m.on_process = on_process;
	view_add_dep(v, &m);
}

ATF_TC_WITHOUT_HEAD(dependencies_are_kept_once);
ATF_TC_BODY(dependencies_are_kept_once, tc)
{
	struct view	*v = view_new();

	set_app(v, 1, "a", 0);
	add_dep(v, 1, 2, PROCESS_ANY, PROCESS_ANY);
	add_dep(v, 1, 2, PROCESS_ANY, PROCESS_ANY);
	add_dep(v, 1, 1, PROCESS_ANY, PROCESS_ANY);
	add_dep(v, 7, 1, PROCESS_ANY, PROCESS_ANY);
	ATF_REQUIRE_EQ(1, view_by_id(v, 1)->ndeps);
	ATF_CHECK_EQ(2, view_by_id(v, 1)->deps[0].on);
	view_free(v);
}

ATF_TC_WITHOUT_HEAD(processes_of_one_app_depend_on_each_other);
ATF_TC_BODY(processes_of_one_app_depend_on_each_other, tc)
{
	struct view	*v = view_new();

	set_app(v, 1, "a", 0);
	add_dep(v, 1, 1, 0, 1);
	add_dep(v, 1, 1, 0, 1);		/* again */
	add_dep(v, 1, 1, 0, 2);
	add_dep(v, 1, 1, 1, 2);
	add_dep(v, 1, 2, PROCESS_ANY, PROCESS_ANY);
	ATF_REQUIRE_EQ(4, view_by_id(v, 1)->ndeps);
	ATF_CHECK_EQ(0, view_by_id(v, 1)->deps[1].process);
	ATF_CHECK_EQ(2, view_by_id(v, 1)->deps[1].on_process);
	view_free(v);
}

ATF_TC_WITHOUT_HEAD(the_parent_is_told_of_the_first_view);
ATF_TC_BODY(the_parent_is_told_of_the_first_view, tc)
{
	struct fix	*f = fix_new();

	fix_begin(f);
	fix_app(f, 1, "api", S_ONLINE);
	fix_settle(f);
	ATF_CHECK_EQ(0, fix_count(f, M_SERVING));
	fix_sync(f);
	fix_take(f, M_SERVING);
	/* once in a process's life */
	fix_apps(f);
	fix_settle(f);
	ATF_CHECK_EQ(1, fix_count(f, M_SERVING));
	fix_free(f);
}

/* A supervisor that starts anew leaves no gap in what is answered. */
ATF_TC_WITHOUT_HEAD(new_records_replace_the_old_at_once);
ATF_TC_BODY(new_records_replace_the_old_at_once, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);
	struct json	*j;

	fix_apps(f);
	peer_free(f->far[K_SUPERVISOR]);
	f->far[K_SUPERVISOR] = NULL;
	j = fix_call(f, fd, DAEMON("list", "{}"));
	ATF_CHECK_EQ(3, fix_get(j, "result")->count);
	json_free(j);
	fix_fails(f, fd, DAEMON("startApp", "{\"name\":\"api\"}"), -32053,
	    "supervisor is being restarted");
	j = fix_call(f, fd, DAEMON("status", "{}"));
	ATF_CHECK(strstr(fix_string(j, "result.degraded.0"), "supervisor") !=
	    NULL);
	json_free(j);
	fix_link(f, K_SUPERVISOR);
	fix_begin(f);
	fix_app(f, 8, "new", S_STARTING);
	fix_settle(f);
	j = fix_call(f, fd, DAEMON("list", "{}"));
	ATF_CHECK_EQ(3, fix_get(j, "result")->count);
	json_free(j);
	fix_fails(f, fd, DAEMON("startApp", "{\"name\":\"api\"}"), -32053,
	    "supervisor");
	fix_sync(f);
	j = fix_call(f, fd, DAEMON("list", "{}"));
	ATF_CHECK_EQ(1, fix_get(j, "result")->count);
	ATF_CHECK_STREQ("new", fix_string(j, "result.0.name"));
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, apps_are_found_by_name_and_id);
	ATF_TP_ADD_TC(tp, contradictions_are_refused);
	ATF_TP_ADD_TC(tp, instances_keep_their_order);
	ATF_TP_ADD_TC(tp, samples_are_of_a_process);
	ATF_TP_ADD_TC(tp, dependencies_are_kept_once);
	ATF_TP_ADD_TC(tp, processes_of_one_app_depend_on_each_other);
	ATF_TP_ADD_TC(tp, the_parent_is_told_of_the_first_view);
	ATF_TP_ADD_TC(tp, new_records_replace_the_old_at_once);
	return (atf_no_error());
}
