/* What is answered from the view. */
#include "common/mono.h"
#include "regress/unit/rpc/fixture.h"

static struct json *
one(struct fix *f, int fd, struct m_view_app *m, const char *reason)
{
	peer_send(f->far[K_SUPERVISOR], M_VIEW_APP, -1, m, "api", reason,
	    NULL);
	fix_sync(f);
	return (fix_call(f, fd, DAEMON("getApp", "{\"name\":\"api\"}")));
}

ATF_TC_WITHOUT_HEAD(process_info);
ATF_TC_BODY(process_info, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_view_app	 m = fix_record(1, S_ONLINE);
	struct metric		 metric = { 1, 0, 0, 325, 0, 8192 };
	struct m_none		 none = { 0 };
	uint8_t			 raw[sizeof(metric)];
	struct json		*j;

	fix_apps(f);
	memcpy(raw, &metric, sizeof(raw));
	peer_send_raw(f->far[K_SUPERVISOR], M_VIEW_METRICS, -1, &none, raw,
	    sizeof(raw));
	m.port = 8080;
	m.restarts = 3;
	m.instances = 2;
	m.flags = VIEW_CRITICAL;
	m.started_ms = wall_ms() - 5000;
	j = one(f, fd, &m, "");
	ATF_CHECK_STREQ("api", fix_string(j, "result.name"));
	ATF_CHECK_EQ(100, fix_int(j, "result.pid"));
	ATF_CHECK_STREQ("online", fix_string(j, "result.status"));
	ATF_CHECK(fix_get(j, "result.cpu")->u.d == 3.25);
	ATF_CHECK_EQ(8192, fix_int(j, "result.memory"));
	ATF_CHECK(fix_int(j, "result.uptime") >= 5000);
	ATF_CHECK(fix_int(j, "result.uptime") < 60000);
	ATF_CHECK_EQ(3, fix_int(j, "result.restarts"));
	ATF_CHECK_EQ(2, fix_int(j, "result.instances"));
	ATF_CHECK_EQ(8080, fix_int(j, "result.port"));
	ATF_CHECK_STREQ("classic", fix_string(j, "result.mode"));
	ATF_CHECK_EQ(1, fix_bool(j, "result.critical"));
	ATF_CHECK_STREQ("healthy", fix_string(j, "result.health"));
	ATF_CHECK_STREQ("run", fix_string(j, "result.intent"));
	ATF_CHECK(fix_get(j, "result.reason") == NULL);
	ATF_CHECK(fix_get(j, "result.persisted") == NULL);
	ATF_CHECK(fix_get(j, "result.retryAt") == NULL);
	ATF_CHECK_EQ(1, fix_get(j, "result.processes")->count);
	ATF_CHECK_EQ(100, fix_int(j, "result.processes.0.pid"));
	ATF_CHECK_EQ(0, fix_int(j, "result.processes.0.instance"));
	ATF_CHECK_STREQ("online", fix_string(j, "result.processes.0.status"));
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(process_info_of_what_does_not_run);
ATF_TC_BODY(process_info_of_what_does_not_run, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_view_app	 m = fix_record(1, S_ERRORED);
	struct json		*j;

	fix_apps(f);
	fix_inst(f, 1, 0, 0, "api");
	m.retry_ms = 1700000000000;
	m.flags = VIEW_UNSAVED;
	j = one(f, fd, &m, "exit 1");
	ATF_CHECK_EQ(JSON_NULL, fix_get(j, "result.pid")->type);
	ATF_CHECK_EQ(JSON_NULL, fix_get(j, "result.port")->type);
	ATF_CHECK_EQ(0, fix_int(j, "result.uptime"));
	ATF_CHECK_EQ(0, fix_int(j, "result.cpu"));
	ATF_CHECK_STREQ("exit 1", fix_string(j, "result.reason"));
	ATF_CHECK_EQ(1700000000000, fix_int(j, "result.retryAt"));
	ATF_CHECK_EQ(0, fix_bool(j, "result.persisted"));
	ATF_CHECK_STREQ("degraded", fix_string(j, "result.health"));
	json_free(j);
	j = one(f, fd, &m, "exit 2");
	ATF_CHECK_STREQ("exit 2", fix_string(j, "result.reason"));
	json_free(j);
	j = one(f, fd, &m, "");
	ATF_CHECK(fix_get(j, "result.reason") == NULL);
	json_free(j);
	j = fix_call(f, fd, DAEMON("getApp", "{\"name\":\"old\"}"));
	ATF_CHECK_EQ(JSON_NULL, fix_get(j, "result.health")->type);
	ATF_CHECK_STREQ("stop", fix_string(j, "result.intent"));
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(health_follows_supervision);
ATF_TC_BODY(health_follows_supervision, tc)
{
	static const struct {
		enum status	 status;
		uint32_t	 flags;
		const char	*health, *check, *overall;
	} want[] = {
		{ S_ONLINE, 0, "healthy", "pass", "healthy" },
		{ S_STARTING, 0, "degraded", "warn", "degraded" },
		{ S_ERRORED, 0, "degraded", "warn", "degraded" },
		{ S_CRASHED, 0, "unhealthy", "fail", "unhealthy" },
		{ S_STOPPING, 0, "stopping", "pass", "healthy" },
		{ S_STOPPED, 0, "stopped", "pass", "healthy" },
		{ S_STOPPED, VIEW_HELD, "degraded", "warn", "degraded" },
	};
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_view_app	 m;
	struct json		*j;
	size_t			 i;

	fix_apps(f);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		m = fix_record(1, want[i].status);
		m.flags = want[i].flags;
		json_free(one(f, fd, &m, "why"));
		j = fix_call(f, fd, DAEMON("getHealth", "{}"));
		ATF_CHECK_STREQ(want[i].overall,
		    fix_string(j, "result.overall"));
		ATF_CHECK_STREQ(want[i].health,
		    fix_string(j, "result.apps.api.status"));
		ATF_CHECK_STREQ(want[i].check,
		    fix_string(j, "result.apps.api.checks.0.status"));
		ATF_CHECK_STREQ("process",
		    fix_string(j, "result.apps.api.checks.0.name"));
		ATF_CHECK_STREQ("why",
		    fix_string(j, "result.apps.api.checks.0.message"));
		ATF_CHECK_EQ(3, fix_get(j, "result.apps")->count);
		json_free(j);
	}
	j = fix_call(f, fd, DAEMON("getHealth", "{\"name\":\"db\"}"));
	ATF_CHECK_EQ(1, fix_get(j, "result.apps")->count);
	json_free(j);
	close(fd);
	fix_free(f);
}

static void
tell_process(struct fix *f, enum kind kind, int32_t pid, uint32_t walls,
    const char *statm)
{
	struct m_process	 m = { kind, pid, 2, walls };
	int			 fd = -1;

	if (statm != NULL) {
		fd = open(kind_name(kind), O_RDWR | O_CREAT | O_TRUNC, 0600);
		ATF_REQUIRE(fd != -1);
		ATF_REQUIRE(write(fd, statm, strlen(statm)) != -1);
	}
	peer_send(f->far[K_PARENT], M_PROCESS, fd, &m, NULL);
	fix_settle(f);
}

ATF_TC_WITHOUT_HEAD(status_of_the_daemon);
ATF_TC_BODY(status_of_the_daemon, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct m_degraded	 m = { CAUSE_STATE };
	uint32_t		 all;
	struct json		*j;

	fix_apps(f);
	all = sandbox_expected(K_STORE, 1);
	tell_process(f, K_PARENT, 4242, sandbox_expected(K_PARENT, 1), NULL);
	tell_process(f, K_STORE, 51, all, "1000 30 20 1 0 5 0\n");
	tell_process(f, K_LOGGER, 52, all & ~WALL_UID, "nonsense");
	j = fix_call(f, fd, DAEMON("status", "{}"));
	ATF_CHECK_STREQ(VERSION, fix_string(j, "result.version"));
	ATF_CHECK_EQ(4242, fix_int(j, "result.pid"));
	ATF_CHECK_EQ(3, fix_get(j, "result.apps")->count);
	ATF_CHECK_EQ(0, fix_int(j, "result.totalCpu"));
	ATF_CHECK_EQ(0, fix_int(j, "result.totalMemory"));
	ATF_CHECK_EQ(0, fix_get(j, "result.degraded")->count);
	ATF_CHECK_EQ(0, fix_bool(j, "result.cgroup"));
	ATF_CHECK_EQ(1, fix_bool(j, "result.privileged"));
	ATF_REQUIRE_EQ(3, fix_get(j, "result.processes")->count);
	ATF_CHECK_STREQ("parent", fix_string(j, "result.processes.0.kind"));
	ATF_CHECK_EQ(JSON_NULL, fix_get(j, "result.processes.0.memory")->type);
	ATF_CHECK_STREQ("full", fix_string(j, "result.processes.1.sandbox"));
	ATF_CHECK_EQ(30 * sysconf(_SC_PAGESIZE),
	    fix_int(j, "result.processes.1.memory"));
	ATF_CHECK_EQ(2, fix_int(j, "result.processes.1.restarts"));
	ATF_CHECK_STREQ("partial: no user",
	    fix_string(j, "result.processes.2.sandbox"));
	ATF_CHECK_EQ(JSON_NULL, fix_get(j, "result.processes.2.memory")->type);
	json_free(j);
	peer_send(f->far[K_SUPERVISOR], M_VIEW_DEGRADED, -1, &m,
	    "state: no space", NULL);
	fix_sync(f);
	j = fix_call(f, fd, DAEMON("status", "{}"));
	ATF_CHECK_STREQ("state: no space", fix_string(j, "result.degraded.0"));
	json_free(j);
	peer_send(f->far[K_SUPERVISOR], M_VIEW_DEGRADED, -1, &m, "", NULL);
	fix_sync(f);
	j = fix_call(f, fd, DAEMON("status", "{}"));
	ATF_CHECK_EQ(0, fix_get(j, "result.degraded")->count);
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TC_WITHOUT_HEAD(metrics_of_sampled_apps);
ATF_TC_BODY(metrics_of_sampled_apps, tc)
{
	struct fix		*f = fix_new();
	int			 fd = fix_client(f);
	struct metric		 metric[2] = { { 1, 0, 0, 150, 0, 4096 },
				    { 2, 0, 0, 50, 0, 1024 } };
	struct m_view_app	 m;
	struct m_none		 none = { 0 };
	uint8_t			 raw[sizeof(metric)];
	struct json		*j;

	fix_apps(f);
	/* running and not yet sampled, or stopped: no numbers, not zeros */
	j = fix_call(f, fd, DAEMON("getMetrics", "{}"));
	ATF_CHECK_EQ(0, fix_get(j, "result.apps")->count);
	ATF_CHECK_EQ(0, fix_int(j, "result.totals.memory"));
	json_free(j);
	memcpy(raw, metric, sizeof(raw));
	peer_send_raw(f->far[K_SUPERVISOR], M_VIEW_METRICS, -1, &none, raw,
	    sizeof(raw));
	fix_sync(f);
	j = fix_call(f, fd, DAEMON("getMetrics", "{}"));
	ATF_CHECK_EQ(2, fix_get(j, "result.apps")->count);
	ATF_CHECK(fix_get(j, "result.apps.api.cpu")->u.d == 1.5);
	ATF_CHECK_EQ(1024, fix_int(j, "result.apps.db.memory"));
	ATF_CHECK_EQ(2, fix_int(j, "result.totals.cpu"));
	ATF_CHECK_EQ(5120, fix_int(j, "result.totals.memory"));
	ATF_CHECK(fix_int(j, "result.timestamp") > 1700000000000);
	json_free(j);
	j = fix_call(f, fd, DAEMON("getMetrics", "{\"name\":\"db\"}"));
	ATF_CHECK_EQ(1, fix_get(j, "result.apps")->count);
	ATF_CHECK_EQ(1024, fix_int(j, "result.totals.memory"));
	json_free(j);
	j = fix_call(f, fd, DAEMON("getMetrics", "{\"name\":\"old\"}"));
	ATF_CHECK_EQ(0, fix_get(j, "result.apps")->count);
	json_free(j);
	/* by intent, for one that runs */
	m = fix_record(2, S_ONLINE);
	m.flags = VIEW_METRICS_OFF;
	peer_send(f->far[K_SUPERVISOR], M_VIEW_APP, -1, &m, "db", "", NULL);
	fix_sync(f);
	j = fix_call(f, fd, DAEMON("getMetrics", "{}"));
	ATF_CHECK_EQ(1, fix_get(j, "result.apps")->count);
	ATF_CHECK(fix_get(j, "result.apps.db") == NULL);
	json_free(j);
	j = fix_call(f, fd, DAEMON("getMetrics", "{\"name\":\"db\"}"));
	ATF_CHECK_EQ(0, fix_get(j, "result.apps")->count);
	json_free(j);
	close(fd);
	fix_free(f);
}

/* a -> b -> c, d -> b, e alone, of the processes db <- web */
static void
graph_apps(struct fix *f)
{
	static const char *const	 names[] = { "a", "b", "c", "d", "e" };
	struct m_view_inst		 web;
	struct m_view_app		 app = fix_record(5, S_ONLINE);
	struct m_conf_dep		 dep;
	uint32_t			 i;

	fix_begin(f);
	for (i = 0; i < 5; i++) {
		fix_app(f, i + 1, names[i], S_ONLINE);
		fix_inst(f, i + 1, 0, (int32_t)i + 10,
		    i == 4 ? "db" : names[i]);
	}
	app.flags |= VIEW_BOOTSTRAP;
	peer_send(f->far[K_SUPERVISOR], M_VIEW_APP, -1, &app, "e", "", NULL);
	memset(&web, 0, sizeof(web));
	web.inst.app = 5;
	web.inst.process = 1;
	peer_send(f->far[K_SUPERVISOR], M_VIEW_INST, -1, &web, "web",
	    "at work", "", NULL);
	fix_dep(f, 1, 2);
	fix_dep(f, 2, 3);
	fix_dep(f, 4, 2);
	memset(&dep, 0, sizeof(dep));
	dep.app = dep.on = 5;
	dep.process = 1;
	peer_send(f->far[K_SUPERVISOR], M_VIEW_DEP, -1, &dep, NULL);
	fix_sync(f);
}

static int
has_node(const struct json *j, const char *id)
{
	const struct json	*n;

	for (n = fix_get(j, "result.nodes")->first; n != NULL; n = n->next)
		if (strcmp(fix_string(n, "id"), id) == 0)
			return (1);
	return (0);
}

static int
has_edge(const struct json *j, const char *from, const char *to,
    const char *type)
{
	const struct json	*e;

	for (e = fix_get(j, "result.edges")->first; e != NULL; e = e->next)
		if (strcmp(fix_string(e, "from"), from) == 0 &&
		    strcmp(fix_string(e, "to"), to) == 0 &&
		    strcmp(fix_string(e, "type"), type) == 0)
			return (1);
	return (0);
}

ATF_TC_WITHOUT_HEAD(graph);
ATF_TC_BODY(graph, tc)
{
	struct fix	*f = fix_new();
	int		 fd = fix_client(f);
	struct json	*j;

	graph_apps(f);
	j = fix_call(f, fd, DAEMON("getDependencyGraph", "{}"));
	ATF_CHECK_EQ(3 + 3, fix_get(j, "result.edges")->count);
	ATF_CHECK_EQ(5 + 2, fix_get(j, "result.nodes")->count);
	ATF_CHECK(has_edge(j, "a", "b", "depends-on"));
	ATF_CHECK(has_edge(j, "b", "c", "depends-on"));
	ATF_CHECK(has_edge(j, "d", "b", "depends-on"));
	ATF_CHECK(has_edge(j, "e", "e/web", "contains"));
	ATF_CHECK(has_edge(j, "e/web", "e/db", "depends-on"));
	ATF_CHECK(has_node(j, "e/web"));
	ATF_CHECK(!has_node(j, "a/a"));
	json_free(j);
	j = fix_call(f, fd, DAEMON("getDependencyGraph", "{\"name\":\"b\"}"));
	ATF_CHECK_EQ(4, fix_get(j, "result.nodes")->count);
	ATF_CHECK_EQ(3, fix_get(j, "result.edges")->count);
	json_free(j);
	/* what only shares a dependency is not part of it */
	j = fix_call(f, fd, DAEMON("getDependencyGraph", "{\"name\":\"a\"}"));
	ATF_CHECK_EQ(3, fix_get(j, "result.nodes")->count);
	ATF_CHECK(!has_node(j, "d"));
	json_free(j);
	j = fix_call(f, fd, DAEMON("getDependencyGraph", "{\"name\":\"c\"}"));
	ATF_CHECK_EQ(4, fix_get(j, "result.nodes")->count);
	json_free(j);
	close(fd);
	fix_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, process_info);
	ATF_TP_ADD_TC(tp, process_info_of_what_does_not_run);
	ATF_TP_ADD_TC(tp, health_follows_supervision);
	ATF_TP_ADD_TC(tp, status_of_the_daemon);
	ATF_TP_ADD_TC(tp, metrics_of_sampled_apps);
	ATF_TP_ADD_TC(tp, graph);
	return (atf_no_error());
}
