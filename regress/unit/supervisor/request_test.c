/* Requests: checks, what others answer, the audit trail, the view. */
#include <errno.h>

#include "omnitrond/supervisor/audit.h"
#include "regress/unit/supervisor/fake.h"

static struct fake *
one_app(void)
{
	struct fake	*f = fake_new();

	fake_app(f, "web");
	fake_boot(f);
	fake_up(f);
	fake_forget(f);
	return (f);
}

ATF_TC_WITHOUT_HEAD(a_role_that_does_not_suffice_is_refused_and_audited);
ATF_TC_BODY(a_role_that_does_not_suffice_is_refused_and_audited, tc)
{
	struct fake		*f = one_app();
	struct m_request	 m = fake_request(f, METHOD_STOP_APP, "web");
	struct fake_msg		*a;
	struct m_audit		 audit;
	uint64_t		 id;

	m.role = ROLE_VIEWER;
	m.uid = 1000;
	m.pid = 77;
	id = fake_ask(f, &m);
	REQUIRE_REPLY(f, id, FORBIDDEN);
	REQUIRE_STATUS(f, "web", ONLINE);
	ATF_REQUIRE((a = fake_take(f, M_AUDIT, &audit)) != NULL);
	ATF_CHECK_EQ(OUT_FORBIDDEN, audit.outcome);
	ATF_CHECK_EQ(1000, audit.uid);
	ATF_CHECK_EQ(77, audit.pid);
	ATF_CHECK_STREQ("OmnitronDaemon.stopApp", fake_string(a, 0));
	ATF_CHECK_STREQ("web", fake_string(a, 1));
	ATF_CHECK_STREQ("viewer", fake_string(a, 2));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(what_a_plane_cannot_send_is_a_violation);
ATF_TC_BODY(what_a_plane_cannot_send_is_a_violation, tc)
{
	struct fake		*f = one_app();
	struct m_request	 good = fake_request(f, METHOD_STOP_APP, "web");
	struct m_request	 m;

	m = good;
	m.id = 0;
	ATF_CHECK_EQ(-1, fake_handle(f, &m, NULL, 0));
	m = good;
	m.op = OP_START;
	ATF_CHECK_EQ(-1, fake_handle(f, &m, NULL, 0));
	m = good;
	m.op = OP_MAX;
	ATF_CHECK_EQ(-1, fake_handle(f, &m, NULL, 0));
	m = good;
	m.method = METHOD_MAX;
	ATF_CHECK_EQ(-1, fake_handle(f, &m, NULL, 0));
	m = good;
	m.method = METHOD_LIST;
	m.op = OP_NONE;
	ATF_CHECK_EQ(-1, fake_handle(f, &m, NULL, 0));
	m = good;
	m.role = ROLE_MAX;
	ATF_CHECK_EQ(-1, fake_handle(f, &m, NULL, 0));
	m = good;
	m.flags |= REQ_ALL;
	ATF_CHECK_EQ(-1, fake_handle(f, &m, NULL, 0));
	/* ids rise */
	fake_ask(f, &good);
	ATF_CHECK_EQ(-1, fake_handle(f, &good, NULL, 0));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(an_unknown_app_is_not_found);
ATF_TC_BODY(an_unknown_app_is_not_found, tc)
{
	struct fake		*f = one_app();
	struct m_request	 m = fake_request(f, METHOD_START_APP, NULL);
	uint64_t		 id;

	id = fake_ask(f, &m);
	REQUIRE_REPLY(f, id, NOT_FOUND);
	m = fake_request(f, METHOD_GET_ENV, NULL);
	m.app = 99;
	id = fake_ask(f, &m);
	REQUIRE_REPLY(f, id, NOT_FOUND);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_daemon_that_starts_is_unavailable);
ATF_TC_BODY(a_daemon_that_starts_is_unavailable, tc)
{
	struct fake	*f = fake_new();
	uint64_t	 id;

	fake_app(f, "web");
	fake_conf(f, 0);
	id = fake_call(f, METHOD_START_APP, "web");
	REQUIRE_REPLY(f, id, UNAVAILABLE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(queries_go_to_those_who_know);
ATF_TC_BODY(queries_go_to_those_who_know, tc)
{
	struct fake		*f = one_app();
	struct m_request	 m;
	struct m_log_open	 lo;
	struct m_show		 show;
	struct m_reload		 reload;
	struct m_shutdown	 down;
	uint64_t		 id;

	m = fake_request(f, METHOD_GET_LOGS, "web");
	m.number = 10;
	id = fake_ask(f, &m);
	ATF_REQUIRE(fake_take(f, M_LOG_OPEN, &lo) != NULL);
	ATF_CHECK_EQ(id, lo.id);
	ATF_CHECK_EQ(K_CONTROL, lo.plane);
	ATF_CHECK_EQ(10, lo.lines);
	fake_call(f, METHOD_GET_ENV, "web");
	ATF_REQUIRE(fake_take(f, M_SHOW, &show) != NULL);
	ATF_CHECK_EQ(SHOW_ENV, show.what);
	ATF_CHECK_EQ(1, show.app);
	ATF_CHECK_EQ(PROCESS_ANY, show.process);
	fake_call(f, METHOD_GET_CONFIG, NULL);
	ATF_REQUIRE(fake_take(f, M_SHOW, &show) != NULL);
	ATF_CHECK_EQ(SHOW_CONFIG, show.what);
	m = fake_request(f, METHOD_RELOAD_CONFIG, NULL);
	m.flags |= REQ_DRYRUN;
	id = fake_ask(f, &m);
	ATF_REQUIRE(fake_take(f, M_RELOAD, &reload) != NULL);
	ATF_CHECK_EQ(id, reload.id);
	ATF_CHECK_EQ(RELOAD_DRYRUN, reload.flags);
	ATF_CHECK_EQ(0, fake_count(f, M_REPLY));
	fake_call(f, METHOD_SHUTDOWN, NULL);
	ATF_REQUIRE(fake_take(f, M_SHUTDOWN_ASK, &down) != NULL);
	ATF_CHECK_EQ(0, fake_count(f, M_REPLY));
	f->there[K_LOGGER] = 0;
	id = fake_call(f, METHOD_GET_LOGS, NULL);
	REQUIRE_REPLY(f, id, UNAVAILABLE);
	fake_free(f);
}

/* The parent makes a document for each: they come at a rate. */
ATF_TC_WITHOUT_HEAD(questions_to_the_parent_have_a_rate);
ATF_TC_BODY(questions_to_the_parent_have_a_rate, tc)
{
	struct fake	*f = one_app();
	struct m_show	 show;
	uint64_t	 id;
	int		 n;

	for (n = 0; n < 256; n++) {
		fake_call(f, n % 2 ? METHOD_GET_ENV : METHOD_GET_CONFIG,
		    "web");
		ATF_REQUIRE(fake_take(f, M_SHOW, &show) != NULL);
	}
	ATF_CHECK_EQ(0, fake_count(f, M_REPLY));
	fake_forget(f);
	id = fake_call(f, METHOD_GET_CONFIG, NULL);
	REQUIRE_REPLY(f, id, LIMITED);
	ATF_CHECK_EQ(0, fake_count(f, M_SHOW));
	/* nothing else is held up by it */
	id = fake_call(f, METHOD_STOP_APP, "web");
	ATF_CHECK_EQ(1, fake_count(f, M_STOP));
	fake_advance(f, 10);
	fake_call(f, METHOD_GET_CONFIG, NULL);
	ATF_CHECK_EQ(1, fake_count(f, M_SHOW));
	id = fake_call(f, METHOD_GET_ENV, "web");
	REQUIRE_REPLY(f, id, LIMITED);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(audit_lines_wait_for_the_logger_but_not_all);
ATF_TC_BODY(audit_lines_wait_for_the_logger_but_not_all, tc)
{
	struct fake	*f = one_app();
	int		 i;

	f->there[K_LOGGER] = 0;
	sup_down(&f->sup, K_LOGGER);
	for (i = 0; i < AUDIT_KEPT_MAX + 5; i++)
		fake_call(f, METHOD_SET_METRICS, NULL);
	ATF_CHECK_EQ(5, f->sup.audit.lost);
	f->there[K_LOGGER] = 1;
	sup_up(&f->sup, K_LOGGER);
	ATF_CHECK_EQ(AUDIT_KEPT_MAX, fake_count(f, M_AUDIT));
	ATF_CHECK_EQ(0, f->sup.audit.lost);
	ATF_CHECK_EQ(0, f->sup.audit.kept);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_caller_reads_what_it_wrote);
ATF_TC_BODY(a_caller_reads_what_it_wrote, tc)
{
	struct fake		*f = one_app();
	struct m_view_app	 v;
	uint64_t		 id;
	size_t			 i, view = 0, reply = 0;

	/* control never acknowledges: no credit is left */
	fake_exit(f, "web", 0, 1, 0, 0);
	fake_turn(f);
	id = fake_call(f, METHOD_STOP_APP, "web");
	REQUIRE_REPLY(f, id, OK);
	for (i = 0; i < f->n; i++) {
		if (f->msgs[i].type == M_REPLY)
			reply = i;
		if (f->msgs[i].type == M_VIEW_APP && reply == 0) {
			view = i;
			memcpy(&v, f->msgs[i].data, sizeof(v));
		}
	}
	ATF_CHECK(view < reply);
	ATF_CHECK_EQ(S_STOPPED, v.status);
	ATF_CHECK_EQ(INTENT_STOP, v.intent);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(one_batch_is_out_and_the_rest_coalesces);
ATF_TC_BODY(one_batch_is_out_and_the_rest_coalesces, tc)
{
	struct fake	*f = fake_new();
	int		 i;

	fake_app(f, "web")->max_restarts = 100;
	fake_boot(f);
	ATF_CHECK_EQ(1, fake_count(f, M_VIEW_BEGIN));
	ATF_CHECK_EQ(1, fake_count(f, M_VIEW_SYNC));
	ATF_CHECK_EQ(0, fake_synced(f));
	fake_up(f);
	fake_forget(f);
	for (i = 0; i < 10; i++) {
		fake_exit(f, "web", 0, 1, 0, 0);
		fake_advance(f, 30000);
		fake_up(f);
	}
	ATF_CHECK_EQ(0, fake_count(f, M_VIEW_APP));
	ATF_CHECK_EQ(0, fake_synced(f));
	fake_turn(f);
	ATF_CHECK_EQ(1, fake_count(f, M_VIEW_APP));
	ATF_CHECK_EQ(1, fake_count(f, M_VIEW_INST));
	ATF_CHECK_EQ(1, fake_count(f, M_VIEW_SYNC));
	/* a receipt for nothing */
	ATF_CHECK_EQ(-1, view_synced(&f->sup, K_CONTROL,
	    f->sup.view.plane[0].seq + 1));
	ATF_CHECK_EQ(0, fake_synced(f));
	ATF_CHECK_EQ(-1, fake_synced(f));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_control_that_died_is_told_all_and_owes_nothing);
ATF_TC_BODY(a_control_that_died_is_told_all_and_owes_nothing, tc)
{
	struct fake		*f = one_app();
	struct m_request	 m;
	uint64_t		 id;

	id = fake_call(f, METHOD_STOP_APP, "web");
	f->there[K_CONTROL] = 0;
	sup_down(&f->sup, K_CONTROL);
	fake_down(f);
	REQUIRE_STATUS(f, "web", STOPPED);
	ATF_CHECK(fake_reply(f, id, NULL) == NULL);
	f->there[K_CONTROL] = 1;
	sup_up(&f->sup, K_CONTROL);
	ATF_CHECK_EQ(1, fake_count(f, M_VIEW_BEGIN));
	/* and numbers its requests from 1 again */
	m = fake_request(f, METHOD_START_APP, "web");
	m.id = 1;
	fake_ask(f, &m);
	fake_up(f);
	REQUIRE_REPLY(f, 1, OK);
	fake_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_role_that_does_not_suffice_is_refused_and_audited);
	ATF_TP_ADD_TC(tp, what_a_plane_cannot_send_is_a_violation);
	ATF_TP_ADD_TC(tp, an_unknown_app_is_not_found);
	ATF_TP_ADD_TC(tp, a_daemon_that_starts_is_unavailable);
	ATF_TP_ADD_TC(tp, queries_go_to_those_who_know);
	ATF_TP_ADD_TC(tp, questions_to_the_parent_have_a_rate);
	ATF_TP_ADD_TC(tp, audit_lines_wait_for_the_logger_but_not_all);
	ATF_TP_ADD_TC(tp, a_caller_reads_what_it_wrote);
	ATF_TP_ADD_TC(tp, one_batch_is_out_and_the_rest_coalesces);
	ATF_TP_ADD_TC(tp, a_control_that_died_is_told_all_and_owes_nothing);
	return (atf_no_error());
}
