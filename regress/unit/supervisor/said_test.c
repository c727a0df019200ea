/* What instances say of themselves, and their watchdog. */
#include <errno.h>
#include <signal.h>

#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/said.h"
#include "omnitrond/supervisor/view.h"
#include "omnitrond/supervisor/watchdog.h"
#include "regress/unit/supervisor/fake.h"

static int
says(struct fake *f, enum app_word word, enum ready by, const char *text)
{
	struct m_app_says	 m;
	int			 rv;

	memset(&m, 0, sizeof(m));
	inst_id(fake_inst(f, "web", 0), &m.inst);
	m.word = word;
	m.by = by;
	rv = said_take(&f->sup, &m, text);
	fake_turn(f);
	return (rv);
}

/* Control has taken in what it was sent: it gets the next. */
static void
seen(struct fake *f)
{
	ATF_REQUIRE_EQ(0, fake_synced(f));
	fake_turn(f);
}

static struct fake *
web(enum ready ready, uint32_t watchdog, uint32_t grace)
{
	struct fake		*f = fake_new();
	struct m_conf_process	*conf = fake_app(f, "web");

	conf->ready = ready;
	conf->watchdog_ms = watchdog;
	conf->watchdog_grace_ms = grace;
	conf->watchdog_signal = SIGABRT;
	fake_boot(f);
	fake_spawn_all(f);
	return (f);
}

ATF_TC_WITHOUT_HEAD(it_is_ready_in_its_own_way_only);
ATF_TC_BODY(it_is_ready_in_its_own_way_only, tc)
{
	struct fake	*f = web(READY_FD, 0, 0);

	ATF_CHECK_EQ(0, says(f, WORD_READY, READY_NOTIFY, ""));
	REQUIRE_STATUS(f, "web", STARTING);
	ATF_CHECK_EQ(0, says(f, WORD_READY, READY_FD, ""));
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

/*
 * A supervisor that starts is told at once, before it knows which instances
 * there are.
 */
ATF_TC_WITHOUT_HEAD(what_is_said_amid_a_start_is_not_lost);
ATF_TC_BODY(what_is_said_amid_a_start_is_not_lost, tc)
{
	struct fake		*f = fake_new();
	struct m_state_end	 end = { .same_boot = 1 };
	struct m_app_says	 m;
	struct m_alive		 alive;

	fake_app(f, "web")->ready = READY_NOTIFY;
	fake_conf(f, 0);
	memset(&m, 0, sizeof(m));
	m.inst.app = 1;
	m.inst.generation = 7;
	m.word = WORD_READY;
	m.by = READY_NOTIFY;
	ATF_REQUIRE_EQ(0, said_take(&f->sup, &m, ""));
	m.word = WORD_STATUS;
	ATF_REQUIRE_EQ(0, said_take(&f->sup, &m, "serving"));
	memset(&alive, 0, sizeof(alive));
	alive.inst = m.inst;
	alive.sig.pid = 4711;
	alive.execed = 1;
	alive.started_ms = f->wall;
	ATF_REQUIRE_EQ(0, load_alive(&f->sup, &alive, -1));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	ATF_REQUIRE_EQ(0, load_state_end(&f->sup, &end, ""));
	ATF_REQUIRE_EQ(0, load_alive_end(&f->sup));
	fake_turn(f);
	REQUIRE_STATUS(f, "web", ONLINE);
	ATF_CHECK_STREQ("serving", fake_inst(f, "web", 0)->said.text);
	fake_free(f);
	/* and one that never gets to its end frees it */
	f = fake_new();
	ATF_REQUIRE_EQ(0, said_take(&f->sup, &m, "serving"));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(an_earlier_generation_says_nothing);
ATF_TC_BODY(an_earlier_generation_says_nothing, tc)
{
	struct fake		*f = web(READY_NOTIFY, 0, 0);
	struct m_app_says	 m;

	memset(&m, 0, sizeof(m));
	inst_id(fake_inst(f, "web", 0), &m.inst);
	m.word = WORD_READY;
	m.by = READY_NOTIFY;
	m.inst.generation--;
	ATF_CHECK_EQ(0, said_take(&f->sup, &m, ""));
	m.inst.generation++;
	m.inst.app = 99;
	ATF_CHECK_EQ(0, said_take(&f->sup, &m, ""));
	REQUIRE_STATUS(f, "web", STARTING);
	/* what no honest apps sends */
	ATF_CHECK_EQ(-1, says(f, WORD_MAX, READY_NOTIFY, ""));
	ATF_CHECK_EQ(-1, says(f, WORD_READY, READY_MAX, ""));
	ATF_CHECK_EQ(-1, says(f, WORD_STATUS, READY_EXEC, "\xff"));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(a_status_is_shown_until_it_ends);
ATF_TC_BODY(a_status_is_shown_until_it_ends, tc)
{
	struct fake	*f = web(READY_EXEC, 0, 0);
	struct fake_msg	*m, *last = NULL;

	seen(f);
	seen(f);
	fake_forget(f);
	says(f, WORD_STATUS, READY_EXEC, "at work");
	ATF_REQUIRE((m = fake_take(f, M_VIEW_INST, NULL)) != NULL);
	ATF_CHECK_STREQ("at work", fake_string(m, 1));
	fake_exit(f, "web", 0, 0, 0, 0);
	seen(f);
	while ((m = fake_take(f, M_VIEW_INST, NULL)) != NULL)
		last = m;
	ATF_REQUIRE(last != NULL);
	ATF_CHECK_STREQ("", fake_string(last, 1));
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(heartbeats_are_expected_while_it_is_online);
ATF_TC_BODY(heartbeats_are_expected_while_it_is_online, tc)
{
	struct fake		*f = web(READY_NOTIFY, 2000, 1000);
	struct m_app_watch	 m;

	ATF_CHECK_EQ(0, fake_count(f, M_APP_WATCH));
	says(f, WORD_READY, READY_NOTIFY, "");
	ATF_REQUIRE(fake_take(f, M_APP_WATCH, &m) != NULL);
	ATF_CHECK_EQ(2000, m.ms);
	ATF_CHECK_EQ(fake_inst(f, "web", 0)->generation, m.inst.generation);
	/* a new apps process knows of none */
	sup_down(&f->sup, K_APPS);
	sup_up(&f->sup, K_APPS);
	ATF_REQUIRE(fake_take(f, M_APP_WATCH, &m) != NULL);
	ATF_CHECK_EQ(2000, m.ms);
	says(f, WORD_STOPPING, READY_EXEC, "");
	ATF_REQUIRE(fake_take(f, M_APP_WATCH, &m) != NULL);
	ATF_CHECK_EQ(0, m.ms);
	says(f, WORD_SILENT, READY_EXEC, "");
	fake_advance(f, 60000);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(silence_is_forgiven_within_the_grace);
ATF_TC_BODY(silence_is_forgiven_within_the_grace, tc)
{
	struct fake	*f = web(READY_EXEC, 2000, 1000);

	says(f, WORD_SILENT, READY_EXEC, "");
	REQUIRE_REASON(f, "web", "no heartbeat for 2s");
	ATF_CHECK(fake_inst(f, "web", 0)->watchdog.silent);
	fake_advance(f, 999);
	says(f, WORD_BEATS, READY_EXEC, "");
	REQUIRE_REASON(f, "web", "");
	fake_advance(f, 60000);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(silence_beyond_it_ends_it_by_its_signal);
ATF_TC_BODY(silence_beyond_it_ends_it_by_its_signal, tc)
{
	struct fake	*f = web(READY_EXEC, 2000, 1000);
	struct m_stop	 stop;

	says(f, WORD_SILENT, READY_EXEC, "");
	says(f, WORD_SILENT, READY_EXEC, "");
	fake_advance(f, 1000);
	REQUIRE_STATUS(f, "web", STOPPING);
	ATF_REQUIRE(fake_take(f, M_STOP, &stop) != NULL);
	ATF_CHECK_EQ(SIGABRT, stop.signal);
	ATF_CHECK_EQ(fake_inst(f, "web", 0)->process->conf.stop_timeout_ms,
	    stop.timeout_ms);
	fake_exit(f, "web", 0, -1, SIGABRT, EXIT_STOPPED);
	REQUIRE_STATUS(f, "web", ERRORED);
	REQUIRE_REASON(f, "web", "watchdog: no heartbeat for 3s");
	fake_advance(f, 1000);
	ATF_CHECK_EQ(1, fake_up(f));
	REQUIRE_STATUS(f, "web", ONLINE);
	ATF_CHECK_EQ(1, fake_inst(f, "web", 0)->restarts);
	fake_free(f);
}

ATF_TC_WITHOUT_HEAD(it_may_ask_for_its_end);
ATF_TC_BODY(it_may_ask_for_its_end, tc)
{
	struct fake	*f = web(READY_EXEC, 2000, 1000);

	says(f, WORD_TRIGGER, READY_EXEC, "");
	REQUIRE_STATUS(f, "web", STOPPING);
	REQUIRE_REASON(f, "web", "watchdog: triggered by the app");
	fake_free(f);
	/* but without a watchdog it is as if it had said nothing */
	f = web(READY_EXEC, 0, 0);
	says(f, WORD_TRIGGER, READY_EXEC, "");
	says(f, WORD_SILENT, READY_EXEC, "");
	fake_advance(f, 60000);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

/* Nobody could hear it meanwhile. */
ATF_TC_WITHOUT_HEAD(no_grace_runs_while_apps_is_away);
ATF_TC_BODY(no_grace_runs_while_apps_is_away, tc)
{
	struct fake	*f = web(READY_EXEC, 2000, 1000);

	says(f, WORD_SILENT, READY_EXEC, "");
	sup_down(&f->sup, K_APPS);
	fake_advance(f, 60000);
	REQUIRE_STATUS(f, "web", ONLINE);
	fake_free(f);
}

/* Who was silent is asked anew by an apps process that is new. */
ATF_TC_WITHOUT_HEAD(silence_is_over_when_apps_is_new);
ATF_TC_BODY(silence_is_over_when_apps_is_new, tc)
{
	struct fake	*f = web(READY_EXEC, 2000, 60000);

	says(f, WORD_SILENT, READY_EXEC, "");
	REQUIRE_REASON(f, "web", "no heartbeat for 2s");
	watchdog_apps_down(&f->sup);
	watchdog_apps_up(&f->sup);
	REQUIRE_REASON(f, "web", "");
	fake_free(f);
}

/* RELOADING=1 is shown until READY=1, with what else it says. */
ATF_TC_WITHOUT_HEAD(a_reload_is_shown_until_it_is_done);
ATF_TC_BODY(a_reload_is_shown_until_it_is_done, tc)
{
	struct fake	*f = web(READY_EXEC, 0, 0);
	struct inst	*i = fake_inst(f, "web", 0);
	char		 buf[STATUS_TEXT_MAX + 1], text[STATUS_TEXT_MAX + 1];

	says(f, WORD_RELOADING, READY_EXEC, "");
	said_show(i, buf, sizeof(buf));
	ATF_CHECK_STREQ("reloading", buf);
	says(f, WORD_STATUS, READY_EXEC, "3 of 4 files");
	said_show(i, buf, sizeof(buf));
	ATF_CHECK_STREQ("reloading: 3 of 4 files", buf);
	/* what does not fit ends between two characters */
	memset(text, 'x', sizeof(text));
	memcpy(text + sizeof(text) - 13, "\xe2\x82\xac", 3);
	text[sizeof(text) - 1] = '\0';
	says(f, WORD_STATUS, READY_EXEC, text);
	said_show(i, buf, sizeof(buf));
	ATF_CHECK_EQ(sizeof(buf) - 2, strlen(buf));
	ATF_CHECK(utf8_valid(buf, strlen(buf)));
	says(f, WORD_STATUS, READY_EXEC, "at work");
	says(f, WORD_READY, READY_NOTIFY, "");
	said_show(i, buf, sizeof(buf));
	ATF_CHECK_STREQ("at work", buf);
	fake_free(f);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, it_is_ready_in_its_own_way_only);
	ATF_TP_ADD_TC(tp, what_is_said_amid_a_start_is_not_lost);
	ATF_TP_ADD_TC(tp, an_earlier_generation_says_nothing);
	ATF_TP_ADD_TC(tp, a_status_is_shown_until_it_ends);
	ATF_TP_ADD_TC(tp, heartbeats_are_expected_while_it_is_online);
	ATF_TP_ADD_TC(tp, silence_is_forgiven_within_the_grace);
	ATF_TP_ADD_TC(tp, silence_beyond_it_ends_it_by_its_signal);
	ATF_TP_ADD_TC(tp, it_may_ask_for_its_end);
	ATF_TP_ADD_TC(tp, no_grace_runs_while_apps_is_away);
	ATF_TP_ADD_TC(tp, silence_is_over_when_apps_is_new);
	ATF_TP_ADD_TC(tp, a_reload_is_shown_until_it_is_done);
	return (atf_no_error());
}
