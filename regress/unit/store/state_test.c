/* The map and the changes that the supervisor sends. */
#include "regress/unit/store/fixture.h"

ATF_TC_WITHOUT_HEAD(record_replaces_the_one_before);
ATF_TC_BODY(record_replaces_the_one_before, tc)
{
	struct m_state_app	 rec = fx_app(INTENT_RUN, S_ONLINE, 1);
	struct state		 st;
	struct app		*app;

	state_init(&st);
	ATF_CHECK_EQ(0, state_put_app(&st, &rec, "web", "first", ""));
	rec.intent = INTENT_STOP;
	rec.status = S_STOPPED;
	ATF_CHECK_EQ(0, state_put_app(&st, &rec, "web", "second", "http"));
	ATF_CHECK_EQ(1, (int)st.napps);
	ATF_REQUIRE((app = state_find(&st, "web")) != NULL);
	ATF_CHECK_EQ(INTENT_STOP, (int)app->rec.intent);
	ATF_CHECK_EQ(S_STOPPED, (int)app->rec.status);
	ATF_CHECK_STREQ("second", app->reason);
	ATF_CHECK_STREQ("http", app->exited);
	ATF_CHECK(state_find(&st, "we") == NULL);
	state_free(&st);
	ATF_CHECK_EQ(0, (int)st.napps);
}

ATF_TC_WITHOUT_HEAD(nonsense_is_refused);
ATF_TC_BODY(nonsense_is_refused, tc)
{
	struct m_state_app	 a, good = fx_app(INTENT_RUN, S_ONLINE, 1);
	struct m_state_inst	 i, igood = fx_inst(0, 5, S_ONLINE);
	struct state		 st;

	state_init(&st);
#define BAD_APP(field, v)						\
	a = good;							\
	a.field = (v);							\
	ATF_CHECK_EQ(-1, state_put_app(&st, &a, "web", "", ""))
	BAD_APP(intent, 2);
	BAD_APP(status, S_MAX);
	BAD_APP(has_exit, 2);
	BAD_APP(instances, STATE_INSTS_MAX + 1);
	BAD_APP(bootstrap, 2);
	BAD_APP(port, 65536);
	BAD_APP(watch, WISH_MAX);
	ATF_CHECK_EQ(-1, state_put_app(&st, &good, "", "", ""));
	ATF_CHECK_EQ(-1, state_put_app(&st, &good, "..", "", ""));
	ATF_CHECK_EQ(-1, state_put_app(&st, &good, "a/b", "", ""));
	ATF_CHECK_EQ(-1, state_put_app(&st, &good, "web", "", "../p"));
	ATF_CHECK_EQ(0, (int)st.napps);
	ATF_CHECK_EQ(0, state_put_app(&st, &good, "web", "", ""));
#define BAD_INST(field, v)						\
	i = igood;							\
	i.field = (v);							\
	ATF_CHECK_EQ(-1, state_put_inst(&st, &i, "web", "web"))
	BAD_INST(status, S_MAX);
	BAD_INST(inst.instance, INSTANCES_MAX);
	BAD_INST(ntimes, RESTART_TIMES_MAX + 1);
	BAD_INST(sig.pid, -1);
	BAD_INST(finished, 2);
	BAD_INST(wanted, INSTANCES_MAX + 1);
	BAD_INST(configured, INSTANCES_MAX + 1);
	BAD_INST(gone, 2);
	i = igood;
	memset(i.sig.bootid, 'x', sizeof(i.sig.bootid));
	ATF_CHECK_EQ(-1, state_put_inst(&st, &i, "web", "web"));
	ATF_CHECK_EQ(-1, state_put_inst(&st, &igood, "web", ""));
	ATF_CHECK_EQ(-1, state_put_inst(&st, &igood, "w b", "web"));
	ATF_CHECK_EQ(0, (int)st.ninsts);
	state_free(&st);
}

ATF_TC_WITHOUT_HEAD(instance_of_no_app_is_ignored);
ATF_TC_BODY(instance_of_no_app_is_ignored, tc)
{
	struct m_state_inst	 rec = fx_inst(0, 5, S_ONLINE);
	struct state		 st;

	state_init(&st);
	ATF_CHECK_EQ(0, state_put_inst(&st, &rec, "web", "web"));
	ATF_CHECK_EQ(0, (int)st.napps);
	ATF_CHECK_EQ(0, (int)st.ninsts);
	state_free(&st);
}

ATF_TC_WITHOUT_HEAD(instance_comes_back_as_it_went_in);
ATF_TC_BODY(instance_comes_back_as_it_went_in, tc)
{
	struct m_state_app	 app = fx_app(INTENT_RUN, S_ONLINE, 8);
	struct m_state_inst	 in = fx_inst(7, 5, S_STOPPING), out;
	struct state		 st;
	struct inst		*inst;
	uint32_t		 n;

	state_init(&st);
	ATF_REQUIRE_EQ(0, state_put_app(&st, &app, "web", "", ""));
	/* More, fewer and no times: the list follows. */
	for (n = RESTART_TIMES_MAX; n != UINT32_MAX; n--) {
		in.ntimes = n;
		memset(in.times_ms, 0, sizeof(in.times_ms));
		if (n > 0)
			in.times_ms[n - 1] = n;
		in.backoff = n;
		in.finished = n & 1;
		in.wanted = 8;
		in.configured = 3;
		in.deadline_ms = 12;
		ATF_REQUIRE_EQ(0, state_put_inst(&st, &in, "web", "web"));
		inst = state_inst_find(state_find(&st, "web"), "web", 7);
		ATF_REQUIRE(inst != NULL);
		state_get_inst(inst, &out);
		ATF_REQUIRE_EQ(0, memcmp(&in, &out, sizeof(in)));
	}
	ATF_CHECK_EQ(1, (int)st.ninsts);
	state_free(&st);
}

ATF_TC_WITHOUT_HEAD(an_instance_that_is_gone_is_forgotten);
ATF_TC_BODY(an_instance_that_is_gone_is_forgotten, tc)
{
	struct m_state_app	 app = fx_app(INTENT_RUN, S_ONLINE, 4);
	struct m_state_inst	 rec;
	struct state		 st;
	uint16_t		 i;

	state_init(&st);
	ATF_REQUIRE_EQ(0, state_put_app(&st, &app, "web", "", ""));
	for (i = 0; i < 4; i++) {
		rec = fx_inst(i, i == 3 ? 0 : 100 + i, S_ONLINE);
		ATF_REQUIRE_EQ(0, state_put_inst(&st, &rec, "web", "http"));
		ATF_REQUIRE_EQ(0, state_put_inst(&st, &rec, "web", "worker"));
	}
	ATF_CHECK_EQ(8, (int)st.ninsts);
	/* A lower count alone takes nothing: two of them may still run. */
	app.instances = 2;
	ATF_REQUIRE_EQ(0, state_put_app(&st, &app, "web", "", ""));
	ATF_CHECK_EQ(8, (int)st.ninsts);
	rec = fx_inst(3, 0, S_STOPPED);
	rec.gone = 1;
	ATF_REQUIRE_EQ(0, state_put_inst(&st, &rec, "web", "http"));
	ATF_CHECK_EQ(7, (int)st.ninsts);
	ATF_CHECK(state_inst_find(state_find(&st, "web"), "http", 3) == NULL);
	/* Of this process only. */
	ATF_CHECK(state_inst_find(state_find(&st, "web"), "worker", 3) !=
	    NULL);
	/* Again, and of one that was never there: nothing to do. */
	ATF_REQUIRE_EQ(0, state_put_inst(&st, &rec, "web", "http"));
	ATF_REQUIRE_EQ(0, state_put_inst(&st, &rec, "web", "other"));
	ATF_REQUIRE_EQ(0, state_put_inst(&st, &rec, "db", "http"));
	ATF_CHECK_EQ(7, (int)st.ninsts);
	ATF_CHECK_EQ(1, (int)st.napps);
	/* One that ended and is still wanted stays: its budget counts. */
	rec = fx_inst(1, 0, S_ERRORED);
	ATF_REQUIRE_EQ(0, state_put_inst(&st, &rec, "web", "http"));
	ATF_CHECK_EQ(7, (int)st.ninsts);
	state_free(&st);
}

ATF_TC_WITHOUT_HEAD(drop_removes_the_app_and_its_instances);
ATF_TC_BODY(drop_removes_the_app_and_its_instances, tc)
{
	struct state	 st;

	state_init(&st);
	fx_fill(&st, "web");
	fx_fill(&st, "db");
	state_drop(&st, "web");
	ATF_CHECK(state_find(&st, "web") == NULL);
	ATF_CHECK(state_find(&st, "db") != NULL);
	ATF_CHECK_EQ(2, (int)st.ninsts);
	state_drop(&st, "web");		/* again: nothing to do */
	ATF_CHECK_EQ(1, (int)st.napps);
	state_free(&st);
}

ATF_TC_WITHOUT_HEAD(reset_forgets_what_is_not_sent_again);
ATF_TC_BODY(reset_forgets_what_is_not_sent_again, tc)
{
	struct m_state_app	 app = fx_app(INTENT_RUN, S_ONLINE, 2);
	struct m_state_inst	 rec = fx_inst(1, 9, S_ONLINE);
	struct state		 st;

	state_init(&st);
	fx_fill(&st, "web");
	fx_fill(&st, "db");
	ATF_REQUIRE(state_add(&st, "of-a-file") != NULL);
	extra_add(&state_find(&st, "web")->extra, "colour", "\"red\"", 5);
	state_reset(&st);
	ATF_REQUIRE_EQ(0, state_put_app(&st, &app, "web", "", ""));
	ATF_REQUIRE_EQ(0, state_put_inst(&st, &rec, "web", "main"));
	ATF_CHECK_EQ(3, (int)st.napps);		/* until it is complete */
	state_settle(&st);
	ATF_CHECK(state_find(&st, "db") == NULL);
	/* Never named by a supervisor: in no configuration of this daemon. */
	ATF_CHECK(state_find(&st, "of-a-file") != NULL);
	ATF_REQUIRE(state_find(&st, "web") != NULL);
	ATF_CHECK(extra_has(&state_find(&st, "web")->extra, "colour"));
	ATF_CHECK(state_inst_find(state_find(&st, "web"), "main", 1) != NULL);
	ATF_CHECK(state_inst_find(state_find(&st, "web"), "main", 0) == NULL);
	state_settle(&st);			/* no reset: nothing goes */
	ATF_CHECK_EQ(2, (int)st.napps);
	state_free(&st);
}

ATF_TC_WITHOUT_HEAD(unfinished_reset_loses_nothing);
ATF_TC_BODY(unfinished_reset_loses_nothing, tc)
{
	struct state	 st;

	state_init(&st);
	fx_fill(&st, "web");
	fx_fill(&st, "db");
	state_reset(&st);
	state_resume(&st);	/* the supervisor died in the middle */
	state_settle(&st);
	ATF_CHECK_EQ(2, (int)st.napps);
	ATF_CHECK_EQ(4, (int)st.ninsts);
	state_free(&st);
}

ATF_TC_WITHOUT_HEAD(number_of_records_is_bounded);
ATF_TC_BODY(number_of_records_is_bounded, tc)
{
	struct m_state_app	 app = fx_app(INTENT_RUN, S_ONLINE, 1);
	struct state		 st;
	char			 name[NAME_SIZE];
	uint32_t		 i;

	state_init(&st);
	for (i = 0; i < STATE_APPS_MAX; i++) {
		snprintf(name, sizeof(name), "app-%u", i);
		ATF_REQUIRE_EQ(0, state_put_app(&st, &app, name, "", ""));
	}
	ATF_CHECK_EQ(-1, state_put_app(&st, &app, "one-more", "", ""));
	ATF_CHECK_EQ(0, state_put_app(&st, &app, "app-0", "", ""));
	state_free(&st);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, record_replaces_the_one_before);
	ATF_TP_ADD_TC(tp, nonsense_is_refused);
	ATF_TP_ADD_TC(tp, instance_of_no_app_is_ignored);
	ATF_TP_ADD_TC(tp, instance_comes_back_as_it_went_in);
	ATF_TP_ADD_TC(tp, an_instance_that_is_gone_is_forgotten);
	ATF_TP_ADD_TC(tp, drop_removes_the_app_and_its_instances);
	ATF_TP_ADD_TC(tp, reset_forgets_what_is_not_sent_again);
	ATF_TP_ADD_TC(tp, unfinished_reset_loses_nothing);
	ATF_TP_ADD_TC(tp, number_of_records_is_bounded);
	return (atf_no_error());
}
