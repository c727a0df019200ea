/* The health of instances, and the probes that tell it. */
#include <signal.h>

#include "omnitrond/supervisor/depend.h"
#include "omnitrond/supervisor/health.h"
#include "omnitrond/supervisor/run.h"
#include "omnitrond/supervisor/watchdog.h"
#include "regress/unit/supervisor/fake.h"

/* A process that is checked, over a second, three times. */
static struct m_conf_process *
checked(struct fake *f, const char *name, enum check check)
{
	struct m_conf_process	*c = fake_app(f, name);

	c->check = check;
	c->check_interval_ms = 1000;
	c->check_timeout_ms = 500;
	c->check_retries = 3;
	return (c);
}

static enum health_state
health(struct fake *f, const char *name)
{
	return (health_state(fake_inst(f, name, 0)));
}

/* The probe that was ordered of egress comes back so. */
static void
probed(struct fake *f, enum probe_outcome outcome, const char *text)
{
	struct m_probed	 m;
	struct m_probe	 order;

	ATF_REQUIRE(fake_take(f, M_PROBE, &order) != NULL);
	ATF_CHECK_EQ(PROBE_HEALTH, order.what);
	memset(&m, 0, sizeof(m));
	m.id = order.id;
	m.outcome = outcome;
	ATF_REQUIRE_EQ(0, probe_probed(&f->sup, &m, text));
	fake_turn(f);
}

static void
next_probed(struct fake *f, enum probe_outcome outcome, const char *text)
{
	fake_advance(f, 1100);
	probed(f, outcome, text);
}

ATF_TC_WITHOUT_HEAD(every_cell_of_the_table);
ATF_TC_BODY(every_cell_of_the_table, tc)
{
	static const enum health_state	 want[HEALTH_MAX][HEALTH_EV_MAX] = {
		/* pass, fail, limit, grace, begin */
		[HEALTH_HEALTHY] = { HEALTH_HEALTHY, HEALTH_DEGRADED,
		    HEALTH_UNHEALTHY, HEALTH_HEALTHY, HEALTH_UNKNOWN },
		[HEALTH_UNKNOWN] = { HEALTH_HEALTHY, HEALTH_DEGRADED,
		    HEALTH_UNHEALTHY, HEALTH_UNKNOWN, HEALTH_UNKNOWN },
		[HEALTH_DEGRADED] = { HEALTH_HEALTHY, HEALTH_DEGRADED,
		    HEALTH_UNHEALTHY, HEALTH_DEGRADED, HEALTH_UNKNOWN },
		[HEALTH_UNHEALTHY] = { HEALTH_HEALTHY, HEALTH_UNHEALTHY,
		    HEALTH_UNHEALTHY, HEALTH_UNHEALTHY, HEALTH_UNKNOWN },
	};
	int	 s, e;

	for (s = 0; s < HEALTH_MAX; s++)
		for (e = 0; e < HEALTH_EV_MAX; e++)
			ATF_CHECK_EQ_MSG(want[s][e], health_next(s, e),
			    "%s, %d", health_name(s), e);
}

ATF_TC_WITHOUT_HEAD(a_tenth_up_or_down);
ATF_TC_BODY(a_tenth_up_or_down, tc)
{
	uint32_t	 r, ms, least = UINT32_MAX, most = 0;

	for (r = 0; r < 10000; r++) {
		ms = health_jitter(1000, r * 7919);
		least = ms < least ? ms : least;
		most = ms > most ? ms : most;
	}
	ATF_CHECK_EQ(900, least);
	ATF_CHECK_EQ(1100, most);
	ATF_CHECK_EQ(5, health_jitter(5, 12345));
}

ATF_TC_WITHOUT_HEAD(so_many_failures_in_a_row);
ATF_TC_BODY(so_many_failures_in_a_row, tc)
{
	struct fake	*f = fake_new();
	struct m_stop	 stop;

	checked(f, "web", CHECK_HTTP);
	fake_boot(f);
	fake_up(f);
	REQUIRE_STATUS(f, "web", ONLINE);
	ATF_CHECK_EQ(HEALTH_UNKNOWN, health(f, "web"));
	probed(f, PROBE_PASS, "");
	ATF_CHECK_EQ(HEALTH_HEALTHY, health(f, "web"));
	next_probed(f, PROBE_FAIL, "status 503");
	next_probed(f, PROBE_FAIL, "status 503");
	ATF_CHECK_EQ(HEALTH_DEGRADED, health(f, "web"));
	next_probed(f, PROBE_PASS, "");
	ATF_CHECK_EQ(HEALTH_HEALTHY, health(f, "web"));
	next_probed(f, PROBE_FAIL, "status 503");
	next_probed(f, PROBE_NONE, "");
	next_probed(f, PROBE_FAIL, "status 503");
	ATF_CHECK(fake_take(f, M_STOP, &stop) == NULL);
	next_probed(f, PROBE_FAIL, "status 500");
	REQUIRE_STATUS(f, "web", STOPPING);
	ATF_CHECK(fake_take(f, M_STOP, &stop) != NULL);
	ATF_CHECK_STREQ("unhealthy: status 500", fake_find(f, "web")->reason);
	fake_exit(f, "web", 0, -1, SIGTERM, EXIT_STOPPED);
	REQUIRE_STATUS(f, "web", ERRORED);
	ATF_CHECK_EQ(HEALTH_UNKNOWN, health(f, "web"));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(report_only_says_so);
ATF_TC_BODY(report_only_says_so, tc)
{
	struct fake	*f = fake_new();
	int		 n;

	checked(f, "web", CHECK_TCP)->flags |= PROCESS_REPORT;
	fake_boot(f);
	fake_up(f);
	probed(f, PROBE_FAIL, "refused");
	for (n = 0; n < 5; n++)
		next_probed(f, PROBE_FAIL, "refused");
	ATF_CHECK_EQ(HEALTH_UNHEALTHY, health(f, "web"));
	REQUIRE_STATUS(f, "web", ONLINE);
	ATF_CHECK_STREQ("unhealthy: refused", fake_find(f, "web")->reason);
	next_probed(f, PROBE_PASS, "");
	ATF_CHECK_EQ(HEALTH_HEALTHY, health(f, "web"));
	ATF_CHECK_STREQ("", fake_find(f, "web")->reason);
	fake_free(f);
}

/* Failures soon after a start say nothing, until one has passed. */
ATF_TC_WITHOUT_HEAD(start_grace);
ATF_TC_BODY(start_grace, tc)
{
	struct fake	*f = fake_new();
	int		 n;

	checked(f, "web", CHECK_TCP)->check_grace_ms = 10000;
	fake_boot(f);
	fake_up(f);
	probed(f, PROBE_FAIL, "refused");
	for (n = 0; n < 5; n++)
		next_probed(f, PROBE_FAIL, "refused");
	ATF_CHECK_EQ(HEALTH_UNKNOWN, health(f, "web"));
	next_probed(f, PROBE_PASS, "");
	ATF_CHECK_EQ(HEALTH_HEALTHY, health(f, "web"));
	next_probed(f, PROBE_FAIL, "refused");
	ATF_CHECK_EQ(HEALTH_DEGRADED, health(f, "web"));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(dependants_wait_for_healthy);
ATF_TC_BODY(dependants_wait_for_healthy, tc)
{
	struct fake	*f = fake_new();

	checked(f, "db", CHECK_HTTP);
	fake_app(f, "web");
	fake_dep(f, 2, 1);
	fake_boot(f);
	fake_up(f);
	REQUIRE_STATUS(f, "db", ONLINE);
	REQUIRE_STATUS(f, "web", STOPPED);
	ATF_CHECK_STREQ("waiting for db", fake_find(f, "web")->reason);
	probed(f, PROBE_FAIL, "status 503");
	REQUIRE_STATUS(f, "web", STOPPED);
	next_probed(f, PROBE_PASS, "");
	REQUIRE_STATUS(f, "web", STARTING);
	fake_up(f);
	REQUIRE_STATUS(f, "web", ONLINE);
	/* one that runs goes on */
	next_probed(f, PROBE_FAIL, "status 503");
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

/* ---- the queue ---------------------------------------------------------- */

static void
many(struct fake *f, int n)
{
	char	 name[16];

	while (n-- > 0) {
		snprintf(name, sizeof(name), "a%d", n);
		checked(f, name, CHECK_TCP);
	}
	fake_boot(f);
	probe_limit(&f->sup, 2);
	fake_up(f);
}

ATF_TC_WITHOUT_HEAD(so_many_at_once_in_their_order);
ATF_TC_BODY(so_many_at_once_in_their_order, tc)
{
	struct fake	*f = fake_new();
	struct m_probed	 m;
	struct m_probe	 order;
	uint32_t	 app;

	many(f, 5);
	ATF_CHECK_EQ(2, fake_count(f, M_PROBE));
	memset(&m, 0, sizeof(m));
	for (app = 1; app <= 5; app++) {
		ATF_REQUIRE(fake_take(f, M_PROBE, &order) != NULL);
		ATF_CHECK_EQ(app, order.inst.app);
		m.id = order.id;
		ATF_CHECK_EQ(0, probe_probed(&f->sup, &m, ""));
		ATF_CHECK(f->sup.probing.nflying <= 2);
	}
	ATF_CHECK(fake_take(f, M_PROBE, &order) == NULL);
	ATF_CHECK_EQ(0, f->sup.probing.nflying);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(egress_that_dies_is_asked_anew);
ATF_TC_BODY(egress_that_dies_is_asked_anew, tc)
{
	struct fake	*f = fake_new();
	struct m_probe	 order;
	struct m_probed	 m;

	many(f, 3);
	ATF_REQUIRE(fake_take(f, M_PROBE, &order) != NULL);
	f->there[K_EGRESS] = 0;
	sup_down(&f->sup, K_EGRESS);
	ATF_CHECK_EQ(0, f->sup.probing.nflying);
	fake_forget(f);
	fake_advance(f, 5000);
	ATF_CHECK_EQ(0, fake_count(f, M_PROBE));
	f->there[K_EGRESS] = 1;
	sup_up(&f->sup, K_EGRESS);
	ATF_CHECK_EQ(2, fake_count(f, M_PROBE));
	/* an answer to what was asked of the one before is none */
	memset(&m, 0, sizeof(m));
	m.id = order.id;
	ATF_CHECK_EQ(0, probe_probed(&f->sup, &m, ""));
	ATF_CHECK_EQ(2, f->sup.probing.nflying);
	m.id = 1000000;
	ATF_CHECK_EQ(-1, probe_probed(&f->sup, &m, ""));
	m.id = order.id;
	m.outcome = PROBE_OUTCOMES;
	ATF_CHECK_EQ(-1, probe_probed(&f->sup, &m, ""));
	fake_free(f);
}

/* One that stops is nobody's business any more, and its place is free. */
ATF_TC_WITHOUT_HEAD(one_that_stops_gives_up_its_place);
ATF_TC_BODY(one_that_stops_gives_up_its_place, tc)
{
	struct fake	*f = fake_new();

	many(f, 3);
	ATF_CHECK_EQ(2, f->sup.probing.nflying);
	fake_exit(f, "a2", 0, 1, 0, 0);
	ATF_CHECK_EQ(2, f->sup.probing.nflying);
	ATF_CHECK_EQ(3, fake_count(f, M_PROBE));
	fake_exit(f, "a1", 0, 1, 0, 0);
	fake_exit(f, "a0", 0, 1, 0, 0);
	ATF_CHECK_EQ(0, f->sup.probing.nflying);
	fake_free(f);
}

/* ---- commands ----------------------------------------------------------- */

static void
ran(struct fake *f, int code, uint32_t flags, const char *text)
{
	struct m_run	 run;
	struct m_ran	 m;

	ATF_REQUIRE(fake_take(f, M_RUN, &run) != NULL);
	ATF_CHECK_EQ(RUN_PROBE, run.kind);
	ATF_CHECK_EQ(500, run.timeout_ms);
	memset(&m, 0, sizeof(m));
	m.inst = run.inst;
	m.kind = RUN_PROBE;
	m.code = code;
	m.flags = flags;
	ATF_REQUIRE_EQ(0, run_ran(&f->sup, &m, text));
	fake_turn(f);
}

ATF_TC_WITHOUT_HEAD(commands);
ATF_TC_BODY(commands, tc)
{
	struct fake	*f = fake_new();
	struct m_ran	 m;

	checked(f, "web", CHECK_EXEC)->check_retries = 2;
	fake_boot(f);
	f->there[K_EGRESS] = 0;		/* they do not wait for it */
	fake_up(f);
	ran(f, 0, 0, "");
	ATF_CHECK_EQ(HEALTH_HEALTHY, health(f, "web"));
	fake_advance(f, 1100);
	ran(f, 1, 0, "exit 1");
	ATF_CHECK_EQ(HEALTH_DEGRADED, health(f, "web"));
	fake_advance(f, 1100);
	ran(f, -1, RAN_LATE, "not done within 500ms");
	REQUIRE_STATUS(f, "web", STOPPING);
	ATF_CHECK_STREQ("unhealthy: not done within 500ms",
	    fake_find(f, "web")->reason);
	memset(&m, 0, sizeof(m));
	m.kind = RUN_HOOK;
	ATF_CHECK_EQ(-1, run_ran(&f->sup, &m, ""));
	m.kind = RUN_MAX;
	ATF_CHECK_EQ(-1, run_ran(&f->sup, &m, ""));
	fake_free(f);
}

/* Heartbeats tell: no probe is ordered. */
ATF_TC_WITHOUT_HEAD(heartbeats);
ATF_TC_BODY(heartbeats, tc)
{
	struct fake		*f = fake_new();
	struct m_conf_process	*c = checked(f, "web", CHECK_NOTIFY);
	struct inst		*i;

	c->watchdog_ms = 2000;
	c->watchdog_grace_ms = 60000;
	c->check_retries = 2;
	fake_boot(f);
	fake_up(f);
	fake_advance(f, 1900);
	ATF_CHECK_EQ(HEALTH_UNKNOWN, health(f, "web"));
	fake_advance(f, 1000);
	ATF_CHECK_EQ(HEALTH_HEALTHY, health(f, "web"));
	i = fake_inst(f, "web", 0);
	watchdog_silent(&f->sup, i);
	ATF_CHECK_EQ(HEALTH_DEGRADED, health(f, "web"));
	ATF_CHECK_STREQ("no heartbeat for 2s", health_text(i));
	watchdog_beats(&f->sup, i);
	ATF_CHECK_EQ(HEALTH_HEALTHY, health(f, "web"));
	fake_advance(f, 5000);
	ATF_CHECK_EQ(HEALTH_HEALTHY, health(f, "web"));
	watchdog_silent(&f->sup, i);
	fake_advance(f, 800);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_advance(f, 400);
	REQUIRE_STATUS(f, "web", STOPPING);
	ATF_CHECK_STREQ("unhealthy: no heartbeat for 2s",
	    fake_find(f, "web")->reason);
	ATF_CHECK_EQ(0, fake_count(f, M_PROBE));
	fake_free(f);
}

/* What is configured otherwise is looked at anew. */
ATF_TC_WITHOUT_HEAD(a_reload_changes_it);
ATF_TC_BODY(a_reload_changes_it, tc)
{
	struct fake		*f = fake_new();
	struct m_conf_process	*c = checked(f, "web", CHECK_TCP);

	fake_boot(f);
	fake_up(f);
	probed(f, PROBE_PASS, "");
	c->stop_timeout_ms = 77;
	fake_conf(f, 0);
	ATF_CHECK_EQ(HEALTH_HEALTHY, health(f, "web"));
	c->check_interval_ms = 2000;
	fake_conf(f, 0);
	ATF_CHECK_EQ(HEALTH_UNKNOWN, health(f, "web"));
	probed(f, PROBE_PASS, "");
	c->check = CHECK_NONE;
	fake_conf(f, 0);
	ATF_CHECK(!health_on(fake_inst(f, "web", 0)));
	fake_forget(f);
	fake_advance(f, 10000);
	ATF_CHECK_EQ(0, fake_count(f, M_PROBE));
	fake_free(f);
}

/* ---- readiness ---------------------------------------------------------- */

ATF_TC_WITHOUT_HEAD(readiness_is_probed_until_it_is);
ATF_TC_BODY(readiness_is_probed_until_it_is, tc)
{
	struct fake	*f = fake_new();
	struct m_probed	 m;
	struct m_probe	 order;
	int		 n;

	fake_app(f, "web")->ready = READY_HTTP;
	fake_boot(f);
	fake_up(f);
	REQUIRE_STATUS(f, "web", STARTING);
	for (n = 0; n < 8; n++) {
		ATF_REQUIRE(fake_take(f, M_PROBE, &order) != NULL);
		ATF_CHECK_EQ(PROBE_READY, order.what);
		memset(&m, 0, sizeof(m));
		m.id = order.id;
		m.outcome = n < 7 ? PROBE_FAIL : PROBE_PASS;
		ATF_CHECK_EQ(0, probe_probed(&f->sup, &m, "refused"));
		fake_advance(f, n < 1 ? 100 : 1000);
	}
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_forget(f);
	fake_advance(f, 10000);
	ATF_CHECK_EQ(0, fake_count(f, M_PROBE));
	fake_free(f);
}

/* Two processes, of which one needs the other, which is checked. */
static void
shop(struct fake *f)
{
	struct m_conf_process	*c = fake_process(f, "db");

	c->check = CHECK_HTTP;
	c->check_interval_ms = 1000;
	c->check_timeout_ms = 500;
	c->check_retries = 3;
	fake_process(f, "web");
	fake_need(f, 1, 1, 0);
	fake_boot(f);
}

ATF_TC_WITHOUT_HEAD(a_start_waits_for_a_healthy_process);
ATF_TC_BODY(a_start_waits_for_a_healthy_process, tc)
{
	struct fake	*f = fake_new();
	uint64_t	 id;

	fake_bootstrap(f, "shop")->flags &= ~APP_AUTOSTART;
	shop(f);
	id = fake_call(f, METHOD_START_APP, "shop");
	fake_up(f);
	REQUIRE_STATUS(f, "shop/db", ONLINE);
	REQUIRE_STATUS(f, "shop/web", STOPPED);
	ATF_CHECK(fake_reply(f, id, NULL) == NULL);
	probed(f, PROBE_PASS, "");
	fake_up(f);
	REQUIRE_STATUS(f, "shop/web", ONLINE);
	REQUIRE_REPLY(f, id, OK);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_reload_waits_for_a_healthy_process);
ATF_TC_BODY(a_reload_waits_for_a_healthy_process, tc)
{
	struct fake	*f = fake_new();
	uint64_t	 id;

	fake_bootstrap(f, "shop");
	shop(f);
	fake_up(f);
	probed(f, PROBE_PASS, "");
	fake_up(f);
	REQUIRE_STATUS(f, "shop", ONLINE);
	id = fake_call(f, METHOD_RELOAD_APP, "shop");
	fake_up(f);
	fake_down(f);
	ATF_CHECK(fake_reply(f, id, NULL) == NULL);
	probed(f, PROBE_PASS, "");
	fake_up(f);
	fake_down(f);
	REQUIRE_REPLY(f, id, OK);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_start_does_not_wait_for_an_unhealthy_one);
ATF_TC_BODY(a_start_does_not_wait_for_an_unhealthy_one, tc)
{
	struct fake	*f = fake_new();
	const char	*text = "";
	uint64_t	 id;
	int		 n;

	checked(f, "db", CHECK_TCP)->flags |= PROCESS_REPORT;
	fake_manual(f, "web");
	fake_dep(f, 2, 1);
	fake_boot(f);
	fake_up(f);
	probed(f, PROBE_FAIL, "refused");
	id = fake_call(f, METHOD_START_APP, "web");
	fake_up(f);
	ATF_CHECK(fake_reply(f, id, NULL) == NULL);
	for (n = 0; n < 5; n++)
		next_probed(f, PROBE_FAIL, "refused");
	ATF_CHECK_EQ(HEALTH_UNHEALTHY, health(f, "db"));
	REQUIRE_REPLY(f, id, FAILED);
	fake_reply(f, id, &text);
	ATF_CHECK_STREQ("web: waiting for db; db is unhealthy", text);
	/* it goes on waiting, and starts by itself */
	next_probed(f, PROBE_PASS, "");
	fake_up(f);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

/* One of two ended for good: the other one is what counts. */
ATF_TC_WITHOUT_HEAD(a_finished_one_is_not_waited_for);
ATF_TC_BODY(a_finished_one_is_not_waited_for, tc)
{
	struct fake	*f = fake_new();

	checked(f, "db", CHECK_TCP)->instances = 2;
	fake_app(f, "web");
	fake_dep(f, 2, 1);
	fake_boot(f);
	fake_up(f);
	fake_exit(f, "db", 1, 0, 0, 0);
	fake_turn(f);
	REQUIRE_STATUS(f, "db", ONLINE);
	REQUIRE_STATUS(f, "web", STOPPED);
	probed(f, PROBE_PASS, "");
	fake_up(f);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_cell_of_the_table);
	ATF_TP_ADD_TC(tp, a_tenth_up_or_down);
	ATF_TP_ADD_TC(tp, so_many_failures_in_a_row);
	ATF_TP_ADD_TC(tp, report_only_says_so);
	ATF_TP_ADD_TC(tp, start_grace);
	ATF_TP_ADD_TC(tp, dependants_wait_for_healthy);
	ATF_TP_ADD_TC(tp, so_many_at_once_in_their_order);
	ATF_TP_ADD_TC(tp, egress_that_dies_is_asked_anew);
	ATF_TP_ADD_TC(tp, one_that_stops_gives_up_its_place);
	ATF_TP_ADD_TC(tp, commands);
	ATF_TP_ADD_TC(tp, heartbeats);
	ATF_TP_ADD_TC(tp, a_reload_changes_it);
	ATF_TP_ADD_TC(tp, readiness_is_probed_until_it_is);
	ATF_TP_ADD_TC(tp, a_start_waits_for_a_healthy_process);
	ATF_TP_ADD_TC(tp, a_reload_waits_for_a_healthy_process);
	ATF_TP_ADD_TC(tp, a_start_does_not_wait_for_an_unhealthy_one);
	ATF_TP_ADD_TC(tp, a_finished_one_is_not_waited_for);
	return (atf_no_error());
}
