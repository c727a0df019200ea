/* Watches: which are on, and what files that changed lead to. */
#include "omnitrond/supervisor/watch.h"
#include "regress/unit/supervisor/fake.h"

/* The next order to the parent. */
static void
ordered(struct fake *f, uint32_t app, uint16_t process, enum watch_order order)
{
	struct m_watch	 m;

	ATF_REQUIRE_MSG(fake_take(f, M_WATCH, &m) != NULL, "no order");
	ATF_CHECK_EQ(app, m.app);
	ATF_CHECK_EQ(process, m.process);
	ATF_CHECK_EQ((uint16_t)order, m.order);
}

static void
no_order(struct fake *f)
{
	ATF_CHECK(fake_take(f, M_WATCH, NULL) == NULL);
}

static int
watcher(struct fake *f, uint32_t app, uint16_t process,
    enum watch_trouble trouble, int has_fd)
{
	struct m_watcher	 m;

	memset(&m, 0, sizeof(m));
	m.app = app;
	m.process = process;
	m.trouble = (uint16_t)trouble;
	m.pid = has_fd ? 77 : 0;
	return (watch_watcher(&f->sup, &m, has_fd));
}

static int
changed(struct fake *f, uint32_t app, uint16_t process, int files)
{
	struct m_changed	 m;
	int			 rv;

	memset(&m, 0, sizeof(m));
	m.files = (uint32_t)files;
	m.folders = 3;
	rv = watch_changed(&f->sup, app, process, &m);
	fake_turn(f);
	return (rv);
}

/* One app that runs, whose watch stands. */
static struct fake *
watching(void)
{
	struct fake	*f = fake_new();

	fake_app(f, "web")->reload = RELOAD_RESTART;
	fake_watch(f, 1, 0, "/srv/web", 1);
	fake_boot(f);
	ATF_REQUIRE_EQ(1, fake_up(f));
	ordered(f, 1, 0, WATCH_ON);
	ordered(f, 0, 0, WATCH_OFF);
	ATF_REQUIRE_EQ(1, watcher(f, 1, 0, WATCH_NONE, 1));
	ATF_REQUIRE_EQ(0, changed(f, 1, 0, 0));
	fake_forget(f);
	return (f);
}

/* What control was told last of the watch. */
static int
seen(struct fake *f, struct m_view_watch *m)
{
	struct fake_msg	*msg, *last = NULL;

	while ((msg = fake_take(f, M_VIEW_WATCH, m)) != NULL)
		last = msg;
	return (last != NULL);
}

ATF_TC_WITHOUT_HEAD(a_change_is_a_reload);
ATF_TC_BODY(a_change_is_a_reload, tc)
{
	struct fake	*f = watching();

	ATF_CHECK_EQ(0, changed(f, 1, 0, 0));
	ATF_CHECK_EQ(0, fake_count(f, M_STOP));
	ATF_CHECK_EQ(0, changed(f, 1, 0, 1));
	ATF_CHECK_EQ(1, fake_count(f, M_STOP));
	REQUIRE_REASON(f, "web", "restarting");
	ATF_CHECK_EQ(1, fake_down(f));
	ATF_CHECK_EQ(1, fake_up(f));
	REQUIRE_STATUS(f, "web", ONLINE);
	REQUIRE_REASON(f, "web", "");
	ATF_CHECK_EQ(0, fake_inst(f, "web", 0)->restarts);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(changes_during_a_reload_are_one_more);
ATF_TC_BODY(changes_during_a_reload_are_one_more, tc)
{
	struct fake	*f = watching();
	int		 i;

	for (i = 0; i < 20; i++) {
		ATF_CHECK_EQ(0, changed(f, 1, 0, 1));
		fake_advance(f, 100);
	}
	ATF_CHECK_EQ(1, fake_count(f, M_STOP));
	ATF_CHECK_EQ(1, fake_stop_all(f, 0));
	fake_turn(f);
	ATF_CHECK_EQ(1, fake_spawn_all(f));
	fake_turn(f);
	/* the other one, which then is the last */
	ATF_CHECK_EQ(1, fake_stop_all(f, 0));
	fake_turn(f);
	ATF_CHECK_EQ(1, fake_spawn_all(f));
	fake_turn(f);
	fake_advance(f, 60000);
	ATF_CHECK_EQ(2, fake_count(f, M_STOP));
	ATF_CHECK_EQ(2, fake_count(f, M_SPAWN));
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(one_that_crashed_is_started_afresh);
ATF_TC_BODY(one_that_crashed_is_started_afresh, tc)
{
	struct fake	*f = fake_new();

	fake_app(f, "web")->max_restarts = 0;
	fake_watch(f, 1, 0, "/srv/web", 1);
	fake_boot(f);
	fake_up(f);
	fake_exit(f, "web", 0, 1, 0, 0);
	fake_turn(f);
	REQUIRE_STATUS(f, "web", CRASHED);
	ATF_CHECK_EQ(1, watcher(f, 1, 0, WATCH_NONE, 1));
	ATF_CHECK_EQ(0, changed(f, 1, 0, 1));
	ATF_CHECK_EQ(1, fake_up(f));
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(one_that_is_stopped_stays_so);
ATF_TC_BODY(one_that_is_stopped_stays_so, tc)
{
	struct fake	*f = watching();

	fake_call(f, METHOD_STOP_APP, "web");
	fake_down(f);
	REQUIRE_STATUS(f, "web", STOPPED);
	ATF_CHECK_EQ(0, changed(f, 1, 0, 1));
	fake_advance(f, 1000);
	REQUIRE_STATUS(f, "web", STOPPED);
	ATF_CHECK_EQ(0, fake_count(f, M_SPAWN));
	fake_free(f);
}

/* A watcher is its user's: what it cannot do is all that it may not. */
ATF_TC_WITHOUT_HEAD(a_bad_watcher_is_cut_off);
ATF_TC_BODY(a_bad_watcher_is_cut_off, tc)
{
	struct fake		*f = watching();
	struct m_view_watch	 view;
	struct m_changed	 m;
	int			 i;

	/* ten a second are its right */
	for (i = 0; i < 100; i++) {
		ATF_REQUIRE_EQ(0, changed(f, 1, 0, 0));
		fake_advance(f, 100);
	}
	for (i = 0; changed(f, 1, 0, 1) == 0; i++)
		ATF_REQUIRE(i < 100);
	watch_down(&f->sup, 1, 0, 1);
	fake_turn(f);
	ordered(f, 1, 0, WATCH_REPLACE);
	ATF_REQUIRE(f->sup.view.degraded[CAUSE_WATCH] != NULL);
	ATF_CHECK_STREQ("web: watch of /srv/web: its watcher broke the "
	    "protocol and is replaced", f->sup.view.degraded[CAUSE_WATCH]);
	fake_synced(f);
	fake_turn(f);
	ATF_REQUIRE(seen(f, &view));
	ATF_CHECK_EQ((uint32_t)WATCH_BROKE, view.trouble);
	ATF_CHECK_EQ(0, view.pid);
	/* its death changes nothing of that, the next one does */
	ATF_CHECK_EQ(0, watcher(f, 1, 0, WATCH_DIED, 0));
	ATF_CHECK(f->sup.view.degraded[CAUSE_WATCH] != NULL);
	ATF_CHECK_EQ(1, watcher(f, 1, 0, WATCH_NONE, 1));
	ATF_CHECK(f->sup.view.degraded[CAUSE_WATCH] == NULL);
	ATF_CHECK_EQ(0, changed(f, 1, 0, 0));
	/* what it was for was reloaded, once and once more at most */
	ATF_CHECK(fake_count(f, M_STOP) <= 2);
	/* nonsense */
	memset(&m, 0, sizeof(m));
	m.files = 2;
	ATF_CHECK_EQ(-1, watch_changed(&f->sup, 1, 0, &m));
	m.files = 0;
	m.trouble = WATCH_TROUBLE_MAX;
	ATF_CHECK_EQ(-1, watch_changed(&f->sup, 1, 0, &m));
	ATF_CHECK_EQ(-1, changed(f, 1, 1, 0));
	ATF_CHECK_EQ(-1, changed(f, 2, 0, 0));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(what_the_parent_says_is_checked);
ATF_TC_BODY(what_the_parent_says_is_checked, tc)
{
	struct fake		*f = watching();
	struct m_watcher	 m;

	ATF_CHECK_EQ(-1, watcher(f, 1, 0, WATCH_NONE, 0));
	ATF_CHECK_EQ(-1, watcher(f, 1, 0, WATCH_DIED, 1));
	memset(&m, 0, sizeof(m));
	m.app = 1;
	m.trouble = WATCH_TROUBLE_MAX;
	ATF_CHECK_EQ(-1, watch_watcher(&f->sup, &m, 0));
	/* of one that is gone by now it is not wrong */
	ATF_CHECK_EQ(0, watcher(f, 9, 0, WATCH_NONE, 1));
	ATF_CHECK_EQ(0, watcher(f, 1, 7, WATCH_NONE, 1));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(trouble_is_told_and_forgotten);
ATF_TC_BODY(trouble_is_told_and_forgotten, tc)
{
	struct fake		*f = fake_new();
	struct m_changed	 m;

	fake_app(f, "a");
	fake_app(f, "b");
	fake_watch(f, 1, 0, "/srv/a", 1);
	fake_watch(f, 2, 0, "/srv/b", 1);
	fake_boot(f);
	ATF_CHECK_EQ(0, watcher(f, 1, 0, WATCH_MANY, 0));
	ATF_CHECK_STREQ("a: watch of /srv/a: there are too many watches",
	    f->sup.view.degraded[CAUSE_WATCH]);
	ATF_CHECK_EQ(1, watcher(f, 2, 0, WATCH_NONE, 1));
	memset(&m, 0, sizeof(m));
	m.trouble = WATCH_WATCHES;
	ATF_CHECK_EQ(0, watch_changed(&f->sup, 2, 0, &m));
	ATF_CHECK_STREQ("a: watch of /srv/a: there are too many watches "
	    "(and 1 more)", f->sup.view.degraded[CAUSE_WATCH]);
	ATF_CHECK_EQ(1, watcher(f, 1, 0, WATCH_NONE, 1));
	ATF_CHECK_STREQ("b: watch of /srv/b: the kernel's limit of watches is "
	    "reached: raise fs.inotify.max_user_watches",
	    f->sup.view.degraded[CAUSE_WATCH]);
	/* and it goes with its app */
	fake_conf(f, 2);
	fake_down(f);
	ATF_CHECK(f->sup.view.degraded[CAUSE_WATCH] == NULL);
	fake_free(f);
}

/* enableWatch for these; the number of the request. */
static uint64_t
enable(struct fake *f, const uint32_t *apps, size_t n)
{
	struct m_request	 m = fake_request(f, METHOD_ENABLE_WATCH, NULL);

	m.number = (uint32_t)n;
	ATF_REQUIRE_EQ(0, fake_handle(f, &m, apps,
	    n * sizeof(*apps)));
	fake_turn(f);
	return (m.id);
}

ATF_TC_WITHOUT_HEAD(operators_turn_them_off_and_on);
ATF_TC_BODY(operators_turn_them_off_and_on, tc)
{
	struct fake		*f = fake_new();
	const struct m_reply	*reply;
	struct m_view_watch	 view;
	const char		*text;
	uint32_t		 ids[2];
	uint64_t		 id;

	fake_app(f, "web");
	fake_app(f, "plain");
	fake_app(f, "bare");
	fake_watch(f, 1, 0, "/srv/web", 1);
	fake_watch(f, 2, 0, "/srv/plain", 0);
	fake_boot(f);
	ordered(f, 1, 0, WATCH_ON);
	ordered(f, 0, 0, WATCH_OFF);

	id = fake_call(f, METHOD_DISABLE_WATCH, NULL);
	REQUIRE_REPLY(f, id, OK);
	ordered(f, 1, 0, WATCH_OFF);
	no_order(f);
	fake_synced(f);
	fake_turn(f);
	ATF_REQUIRE(seen(f, &view));
	ATF_CHECK_EQ(0, view.on);
	ATF_CHECK_EQ(WISH_OFF, fake_find(f, "web")->watch);
	ATF_CHECK_EQ(WISH_NONE, fake_find(f, "plain")->watch);

	id = enable(f, NULL, 0);
	REQUIRE_REPLY(f, id, OK);
	ordered(f, 1, 0, WATCH_ON);
	no_order(f);

	/* one without `watch' by its name */
	ids[0] = 2;
	id = enable(f, ids, 1);
	REQUIRE_REPLY(f, id, OK);
	ordered(f, 2, 0, WATCH_ON);
	ATF_CHECK(!watch_is_off(fake_find(f, "web")));
	/* with one that cannot be, none is */
	fake_call(f, METHOD_DISABLE_WATCH, NULL);
	ordered(f, 1, 0, WATCH_OFF);
	ordered(f, 2, 0, WATCH_OFF);
	ATF_CHECK(watch_is_off(fake_find(f, "web")));
	/* what is off by default leaves nothing behind */
	ATF_CHECK_EQ(WISH_NONE, fake_find(f, "plain")->watch);
	ids[1] = 3;
	id = enable(f, ids, 2);
	REQUIRE_REPLY(f, id, CONFLICT);
	reply = fake_reply(f, id, &text);
	ATF_REQUIRE(reply != NULL);
	ATF_CHECK_STREQ("bare: nothing to watch: its configuration has "
	    "neither watch nor directory", text);
	ids[1] = 99;
	id = enable(f, ids, 2);
	REQUIRE_REPLY(f, id, NOT_FOUND);
	no_order(f);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(the_tail_of_a_request_is_checked);
ATF_TC_BODY(the_tail_of_a_request_is_checked, tc)
{
	struct fake		*f = watching();
	struct m_request	 m;
	uint32_t		 ids[WATCH_APPS_MAX + 1] = { 1, 1 };

	m = fake_request(f, METHOD_ENABLE_WATCH, NULL);
	m.number = 1;
	ATF_CHECK_EQ(-1, fake_handle(f, &m, ids, 8));
	ATF_CHECK_EQ(-1, fake_handle(f, &m, ids, 3));
	ATF_CHECK_EQ(-1, fake_handle(f, &m, NULL, 0));
	m.number = WATCH_APPS_MAX + 1;
	ATF_CHECK_EQ(-1, fake_handle(f, &m, ids,
	    (WATCH_APPS_MAX + 1) * 4));
	m = fake_request(f, METHOD_START_APP, "web");
	ATF_CHECK_EQ(-1, fake_handle(f, &m, ids, 4));
	fake_free(f);
}

/* What an operator said is in the record, and counts after a restart. */
ATF_TC_WITHOUT_HEAD(it_outlives_the_daemon);
ATF_TC_BODY(it_outlives_the_daemon, tc)
{
	struct m_state_app	 rec;
	struct m_state_end	 end;
	struct fake		*f = watching();
	struct fake_msg		*msg;
	uint32_t		 wish = WISH_NONE;

	fake_call(f, METHOD_DISABLE_WATCH, NULL);
	while ((msg = fake_take(f, M_STATE_APP, &rec)) != NULL)
		wish = rec.watch;
	ATF_CHECK_EQ((uint32_t)WISH_OFF, wish);
	fake_free(f);

	f = fake_new();
	fake_app(f, "web");
	fake_watch(f, 1, 0, "/srv/web", 1);
	fake_conf(f, 0);
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	rec.known = 1;
	rec.watch = WISH_OFF;
	ATF_REQUIRE_EQ(0, load_state_app(&f->sup, &rec, "web", "", ""));
	memset(&end, 0, sizeof(end));
	end.apps = 1;
	end.same_boot = 1;
	ATF_REQUIRE_EQ(0, load_state_end(&f->sup, &end, ""));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	fake_turn(f);
	ordered(f, 0, 0, WATCH_OFF);
	no_order(f);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(the_configuration_decides_what_there_is);
ATF_TC_BODY(the_configuration_decides_what_there_is, tc)
{
	struct fake		*f = watching();
	struct m_view_watch	 view;

	/* another folder is the parent's business, and shown */
	strlcpy(f->folders[0], "/srv/other", PATH_SIZE);
	fake_conf(f, 0);
	fake_turn(f);
	no_order(f);
	ATF_CHECK_STREQ("/srv/other", fake_proc(f, "web")->watch.directory);
	/* only its working folder any more: not without an operator */
	ATF_CHECK(seen(f, &view));
	f->watches[0].configured = 0;
	fake_conf(f, 0);
	fake_turn(f);
	ordered(f, 1, 0, WATCH_OFF);
	/* control has all anew, and it is not there */
	ATF_CHECK(!seen(f, &view));
	/* none at all */
	f->nwatches = 0;
	fake_conf(f, 0);
	no_order(f);
	ATF_CHECK(fake_proc(f, "web")->watch.directory == NULL);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(each_process_has_its_own);
ATF_TC_BODY(each_process_has_its_own, tc)
{
	struct fake	*f = fake_new();
	struct m_stop	 stop;

	fake_bootstrap(f, "shop");
	fake_process(f, "http")->reload = RELOAD_RESTART;
	fake_process(f, "job")->reload = RELOAD_RESTART;
	fake_watch(f, 1, 0, "/srv/http", 1);
	fake_watch(f, 1, 1, "/srv/job", 1);
	fake_boot(f);
	ATF_CHECK_EQ(2, fake_up(f));
	ordered(f, 1, 0, WATCH_ON);
	ordered(f, 1, 1, WATCH_ON);
	ATF_CHECK_EQ(1, watcher(f, 1, 1, WATCH_NONE, 1));
	ATF_CHECK_EQ(0, changed(f, 1, 1, 1));
	ATF_REQUIRE(fake_take(f, M_STOP, &stop) != NULL);
	ATF_CHECK_EQ(1, stop.inst.process);
	ATF_CHECK(fake_take(f, M_STOP, &stop) == NULL);
	fake_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_change_is_a_reload);
	ATF_TP_ADD_TC(tp, changes_during_a_reload_are_one_more);
	ATF_TP_ADD_TC(tp, one_that_crashed_is_started_afresh);
	ATF_TP_ADD_TC(tp, one_that_is_stopped_stays_so);
	ATF_TP_ADD_TC(tp, a_bad_watcher_is_cut_off);
	ATF_TP_ADD_TC(tp, what_the_parent_says_is_checked);
	ATF_TP_ADD_TC(tp, trouble_is_told_and_forgotten);
	ATF_TP_ADD_TC(tp, operators_turn_them_off_and_on);
	ATF_TP_ADD_TC(tp, the_tail_of_a_request_is_checked);
	ATF_TP_ADD_TC(tp, it_outlives_the_daemon);
	ATF_TP_ADD_TC(tp, the_configuration_decides_what_there_is);
	ATF_TP_ADD_TC(tp, each_process_has_its_own);
	return (atf_no_error());
}
