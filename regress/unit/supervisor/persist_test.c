/* Records to the store, commits, and answers that wait for them. */
#include <errno.h>

#include "regress/unit/supervisor/fake.h"

static void
answer(struct fake *f, uint32_t error)
{
	struct m_sync	 sync;
	struct m_stored	 m;

	ATF_REQUIRE(fake_take(f, M_STATE_COMMIT, &sync) != NULL);
	memset(&m, 0, sizeof(m));
	m.seq = sync.seq;
	m.error = error;
	ATF_REQUIRE_EQ(0, persist_stored(&f->sup, &m, error ? "no space" : ""));
	fake_turn(f);
}

static struct fake *
two_apps(void)
{
	struct fake	*f = fake_new();

	fake_app(f, "web");
	fake_app(f, "db");
	fake_boot(f);
	fake_up(f);
	fake_forget(f);
	f->store_auto = 0;
	return (f);
}

ATF_TC_WITHOUT_HEAD(only_what_changed_is_sent);
ATF_TC_BODY(only_what_changed_is_sent, tc)
{
	struct fake		*f = two_apps();
	struct fake_msg		*m;
	struct m_state_app	 app;
	struct m_state_inst	 inst;

	fake_exit(f, "web", 0, 1, 0, 0);
	fake_turn(f);
	ATF_REQUIRE((m = fake_take(f, M_STATE_APP, &app)) != NULL);
	ATF_CHECK_STREQ("web", fake_string(m, 0));
	ATF_CHECK_STREQ("exit 1", fake_string(m, 1));
	ATF_CHECK_EQ(S_ERRORED, app.status);
	ATF_CHECK_EQ(INTENT_RUN, app.intent);
	ATF_CHECK_EQ(1, app.has_exit);
	ATF_REQUIRE((m = fake_take(f, M_STATE_INST, &inst)) != NULL);
	ATF_CHECK_STREQ("web", fake_string(m, 0));
	ATF_CHECK_EQ(S_ERRORED, inst.status);
	ATF_CHECK_EQ(0, inst.sig.pid);
	ATF_CHECK_EQ(1, inst.backoff);
	ATF_CHECK(fake_take(f, M_STATE_APP, NULL) == NULL);
	ATF_CHECK(fake_take(f, M_STATE_INST, NULL) == NULL);
	ATF_CHECK_EQ(1, fake_count(f, M_STATE_COMMIT));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(changes_of_one_turn_share_a_commit);
ATF_TC_BODY(changes_of_one_turn_share_a_commit, tc)
{
	struct fake	*f = two_apps();

	fake_exit(f, "web", 0, 1, 0, 0);
	fake_exit(f, "db", 0, 1, 0, 0);
	fake_turn(f);
	ATF_CHECK_EQ(2, fake_count(f, M_STATE_APP));
	ATF_CHECK_EQ(1, fake_count(f, M_STATE_COMMIT));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(one_commit_is_on_its_way_at_a_time);
ATF_TC_BODY(one_commit_is_on_its_way_at_a_time, tc)
{
	struct fake	*f = two_apps();
	int		 i;

	fake_exit(f, "web", 0, 1, 0, 0);
	fake_turn(f);
	for (i = 0; i < 3; i++) {
		fake_advance(f, 8000);
		fake_up(f);
		if (fake_status(f, "web") == S_ONLINE)
			fake_exit(f, "web", 0, 1, 0, 0);
		fake_turn(f);
	}
	ATF_CHECK_EQ(1, fake_count(f, M_STATE_COMMIT));
	answer(f, 0);
	/* all that came meanwhile is one more */
	ATF_CHECK_EQ(2, fake_count(f, M_STATE_COMMIT));
	ATF_CHECK_EQ(2, fake_count(f, M_STATE_APP));
	answer(f, 0);
	ATF_CHECK_EQ(2, fake_count(f, M_STATE_COMMIT));
	ATF_CHECK(persist_clean(&f->sup));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_change_of_intent_is_answered_after_its_commit);
ATF_TC_BODY(a_change_of_intent_is_answered_after_its_commit, tc)
{
	struct fake	*f = two_apps();
	uint64_t	 id;

	id = fake_call(f, METHOD_STOP_APP, "web");
	fake_down(f);
	REQUIRE_STATUS(f, "web", STOPPED);
	ATF_CHECK(fake_reply(f, id, NULL) == NULL);
	answer(f, 0);
	REQUIRE_REPLY(f, id, OK);
	ATF_CHECK_EQ(REPLY_TRIED, fake_reply(f, id, NULL)->flags);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_slow_disk_is_told_after_two_seconds);
ATF_TC_BODY(a_slow_disk_is_told_after_two_seconds, tc)
{
	struct fake	*f = two_apps();
	uint64_t	 id;

	id = fake_call(f, METHOD_STOP_APP, "web");
	fake_down(f);
	fake_advance(f, UNSAVED_MS - 1);
	ATF_CHECK(fake_reply(f, id, NULL) == NULL);
	fake_advance(f, 1);
	REQUIRE_REPLY(f, id, OK);
	ATF_CHECK_EQ(REPLY_UNSAVED | REPLY_TRIED,
	    fake_reply(f, id, NULL)->flags);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_failed_commit_degrades_once_and_is_retried);
ATF_TC_BODY(a_failed_commit_degrades_once_and_is_retried, tc)
{
	struct fake		*f = two_apps();
	struct fake_msg		*m;
	struct m_view_app	 v;
	uint64_t		 id;

	id = fake_call(f, METHOD_STOP_APP, "web");
	fake_down(f);
	answer(f, ENOSPC);
	REQUIRE_REPLY(f, id, OK);
	ATF_CHECK_EQ(REPLY_UNSAVED | REPLY_TRIED,
	    fake_reply(f, id, NULL)->flags);
	ATF_REQUIRE((m = fake_take(f, M_VIEW_DEGRADED, NULL)) != NULL);
	ATF_CHECK_STREQ("no space", fake_string(m, 0));
	/* what changed after the first commit goes with the next */
	fake_advance(f, 30000);
	answer(f, ENOSPC);
	ATF_CHECK_EQ(1, fake_count(f, M_VIEW_DEGRADED));
	fake_advance(f, 30000);
	while (fake_count(f, M_STATE_COMMIT) > 0 &&
	    f->sup.persist.flying != 0)
		answer(f, 0);
	ATF_REQUIRE((m = fake_take(f, M_VIEW_DEGRADED, NULL)) != NULL);
	ATF_CHECK_STREQ("", fake_string(m, 0));
	ATF_REQUIRE_EQ(0, fake_synced(f));
	fake_turn(f);
	while (fake_take(f, M_VIEW_APP, &v) != NULL)
		;
	ATF_CHECK_EQ(0, v.flags & VIEW_UNSAVED);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(every_30_seconds_there_is_a_commit);
ATF_TC_BODY(every_30_seconds_there_is_a_commit, tc)
{
	struct fake	*f = two_apps();

	fake_advance(f, 30000);
	ATF_CHECK_EQ(1, fake_count(f, M_STATE_COMMIT));
	answer(f, 0);
	fake_advance(f, 30000);
	ATF_CHECK_EQ(2, fake_count(f, M_STATE_COMMIT));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_new_store_is_told_everything);
ATF_TC_BODY(a_new_store_is_told_everything, tc)
{
	struct fake		*f = two_apps();
	struct m_state_app	 rec;
	struct m_state_end	 end;
	uint64_t		 id;

	fake_exit(f, "web", 0, 1, 0, 0);
	fake_turn(f);
	f->there[K_STORE] = 0;
	sup_down(&f->sup, K_STORE);
	id = fake_call(f, METHOD_STOP_APP, "db");
	fake_down(f);
	fake_forget(f);
	f->there[K_STORE] = 1;
	sup_up(&f->sup, K_STORE);
	/* what it read is older than what we know, and no violation */
	memset(&rec, 0, sizeof(rec));
	memset(&end, 0, sizeof(end));
	ATF_CHECK_EQ(0, load_state_app(&f->sup, &rec, "web", "", ""));
	ATF_CHECK_EQ(0, load_state_end(&f->sup, &end, ""));
	fake_turn(f);
	ATF_REQUIRE(f->n > 0);
	ATF_CHECK_EQ(1, fake_count(f, M_STATE_RESET));
	ATF_CHECK_EQ(2, fake_count(f, M_STATE_APP));
	ATF_CHECK_EQ(2, fake_count(f, M_STATE_INST));
	answer(f, 0);
	REQUIRE_REPLY(f, id, OK);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(an_answer_to_no_commit_is_a_violation);
ATF_TC_BODY(an_answer_to_no_commit_is_a_violation, tc)
{
	struct fake	*f = two_apps();
	struct m_stored	 m;

	memset(&m, 0, sizeof(m));
	m.seq = 1;
	ATF_CHECK_EQ(-1, persist_stored(&f->sup, &m, ""));
	fake_exit(f, "web", 0, 1, 0, 0);
	fake_turn(f);
	m.seq = 12345;
	ATF_CHECK_EQ(-1, persist_stored(&f->sup, &m, ""));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(the_pid_is_recorded_when_it_is_known);
ATF_TC_BODY(the_pid_is_recorded_when_it_is_known, tc)
{
	struct fake		*f = fake_new();
	struct m_state_inst	 inst;
	struct m_spawn		 m;

	fake_app(f, "web");
	fake_boot(f);
	fake_forget(f);
	fake_find(f, "web");
	memset(&m, 0, sizeof(m));
	m.inst.app = 1;
	m.inst.generation = 1;
	fake_spawned(f, &m.inst);
	fake_turn(f);
	ATF_REQUIRE(fake_take(f, M_STATE_INST, &inst) != NULL);
	ATF_CHECK_EQ(100, inst.sig.pid);
	ATF_CHECK_EQ(42, inst.sig.starttime);
	ATF_CHECK_EQ(1, inst.inst.generation);
	ATF_CHECK_EQ(S_STARTING, inst.status);
	fake_free(f);
}

static struct fake *
restarts_at_once(void)
{
	struct fake	*f = fake_new();

	fake_app(f, "web")->initial_ms = 0;
	fake_app(f, "db")->initial_ms = 0;
	fake_boot(f);
	fake_up(f);
	fake_forget(f);
	f->store_auto = 0;
	return (f);
}

ATF_TC_WITHOUT_HEAD(a_restart_at_once_is_told_a_moment_later);
ATF_TC_BODY(a_restart_at_once_is_told_a_moment_later, tc)
{
	struct fake	*f = restarts_at_once();

	fake_exit(f, "web", 0, 1, 0, 0);
	fake_turn(f);
	ATF_CHECK_EQ(1, fake_count(f, M_SPAWN));
	ATF_CHECK_EQ(0, fake_count(f, M_STATE_APP));
	fake_advance(f, 4);
	ATF_CHECK_EQ(0, fake_count(f, M_STATE_APP));
	fake_advance(f, 1);
	ATF_CHECK_EQ(1, fake_count(f, M_STATE_APP));
	ATF_CHECK_EQ(1, fake_count(f, M_STATE_COMMIT));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(restarts_in_a_row_put_nothing_off_for_long);
ATF_TC_BODY(restarts_in_a_row_put_nothing_off_for_long, tc)
{
	struct fake	*f = restarts_at_once();

	fake_exit(f, "web", 0, 1, 0, 0);
	fake_advance(f, 4);
	fake_exit(f, "db", 0, 1, 0, 0);
	fake_turn(f);
	ATF_CHECK_EQ(0, fake_count(f, M_STATE_APP));
	fake_advance(f, 1);
	ATF_CHECK_EQ(2, fake_count(f, M_STATE_APP));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(who_waits_for_an_answer_holds_nothing_back);
ATF_TC_BODY(who_waits_for_an_answer_holds_nothing_back, tc)
{
	struct fake	*f = restarts_at_once();

	fake_exit(f, "web", 0, 1, 0, 0);
	fake_call(f, METHOD_STOP_APP, "db");
	fake_turn(f);
	ATF_CHECK_EQ(2, fake_count(f, M_STATE_APP));
	ATF_CHECK_EQ(1, fake_count(f, M_STATE_COMMIT));
	fake_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, only_what_changed_is_sent);
	ATF_TP_ADD_TC(tp, changes_of_one_turn_share_a_commit);
	ATF_TP_ADD_TC(tp, one_commit_is_on_its_way_at_a_time);
	ATF_TP_ADD_TC(tp, a_change_of_intent_is_answered_after_its_commit);
	ATF_TP_ADD_TC(tp, a_slow_disk_is_told_after_two_seconds);
	ATF_TP_ADD_TC(tp, a_failed_commit_degrades_once_and_is_retried);
	ATF_TP_ADD_TC(tp, every_30_seconds_there_is_a_commit);
	ATF_TP_ADD_TC(tp, a_new_store_is_told_everything);
	ATF_TP_ADD_TC(tp, an_answer_to_no_commit_is_a_violation);
	ATF_TP_ADD_TC(tp, the_pid_is_recorded_when_it_is_known);
	ATF_TP_ADD_TC(tp, a_restart_at_once_is_told_a_moment_later);
	ATF_TP_ADD_TC(tp, restarts_in_a_row_put_nothing_off_for_long);
	ATF_TP_ADD_TC(tp, who_waits_for_an_answer_holds_nothing_back);
	return (atf_no_error());
}
