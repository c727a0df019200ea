/* Queries: from memory, from files, with credit, and those who follow. */
#include "fixture.h"

#define US	1000000

/* A line as if the app had written it. */
static void
line(uint32_t app, enum stream kind, int64_t at_us, enum level level,
    const char *text)
{
	struct app	*a = app_find(&fx.l, app);
	char		 buf[LINE_SIZE_MAX];
	size_t		 n;

	n = format_note(&fx.l.format, at_us, level, a->name, 7, text, buf,
	    sizeof(buf));
	app_lines(a, kind, buf, n);
}

static void
numbered(uint32_t app, int from, int to)
{
	char	 text[64];

	for (; from <= to; from++) {
		snprintf(text, sizeof(text), "number %d %40s", from, "x");
		line(app, STREAM_OUT, (1000 + from) * (int64_t)US,
		    LEVEL_INFO, text);
	}
}

/* Files only, as after a restart of the logger. */
static void
forget(void)
{
	struct app	*a;

	RB_FOREACH(a, apps, &fx.l.apps) {
		ring_free(&fx.l.rings, &a->ring[STREAM_OUT]);
		ring_free(&fx.l.rings, &a->ring[STREAM_ERR]);
	}
}

static int
number(size_t i)
{
	return ((int)strtol(fx.sent[i].text + strlen("number "), NULL, 10));
}

/* All that was sent are the numbers from..to, in order. */
static void
check_numbers(int from, int to)
{
	size_t	 i;

	ATF_REQUIRE_EQ_MSG((size_t)(to - from + 1), fx.nsent,
	    "%zu records for %d..%d", fx.nsent, from, to);
	for (i = 0; i < fx.nsent; i++)
		ATF_REQUIRE_EQ(from + (int)i, number(i));
}

static void
forget_sent(void)
{
	while (fx.nsent > 0)
		free(fx.sent[--fx.nsent].text);
	fx.done = 0;
}

/* A plane that gives all credit back at once. */
static void
take_all(uint64_t id)
{
	struct query	*q;
	size_t		 got = 0;

	while ((q = query_find(&fx.l, K_CONTROL, id)) != NULL) {
		if (fx.nsent > got) {
			ATF_REQUIRE_EQ(0, query_got(q,
			    (uint32_t)(fx.nsent - got)));
			got = fx.nsent;
		}
		fx_turn();
	}
	ATF_REQUIRE_EQ(1, fx.done);
	ATF_REQUIRE_EQ(OUT_OK, fx.outcome);
}

static struct query *
opened(const struct m_log_open *m, const char *process)
{
	struct m_log_open	 q = *m;
	enum outcome		 outcome;

	q.plane = K_CONTROL;
	ATF_REQUIRE_EQ(NULL, query_open(&fx.l, &q, process, &outcome));
	return (query_find(&fx.l, K_CONTROL, q.id));
}

ATF_TC_WITHOUT_HEAD(newest_lines_from_memory);
ATF_TC_BODY(newest_lines_from_memory, tc)
{
	fx_init();
	numbered(1, 1, 200);
	ATF_REQUIRE_EQ(0, unlink("web.log"));	/* no file is asked */
	ATF_REQUIRE_EQ(NULL, fx_ask(5, 1, 20, 0));
	take_all(5);
	check_numbers(181, 200);
	ATF_CHECK_EQ(1181 * (int64_t)US, fx.sent[0].m.at_us);
	ATF_CHECK_EQ(7, fx.sent[0].m.pid);
	ATF_CHECK_EQ(LEVEL_INFO, fx.sent[0].m.level);
	ATF_CHECK_EQ(5, fx.sent[0].m.id);
	ATF_CHECK_EQ(0, fx.sent[0].m.flags);
	ATF_CHECK_STREQ("web", fx.sent[0].app);
	ATF_CHECK_STREQ("web", fx.sent[0].process);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(streams_are_merged_in_order);
ATF_TC_BODY(streams_are_merged_in_order, tc)
{
	char	 text[32];
	int	 i;

	fx_init();
	/* the clock was set back meanwhile: order, not time, counts */
	for (i = 1; i <= 100; i++) {
		snprintf(text, sizeof(text), "number %d", i);
		line(1, i % 3 == 0 ? STREAM_ERR : STREAM_OUT,
		    (i < 50 ? 5000 + i : i) * (int64_t)US, LEVEL_INFO, text);
	}
	ATF_REQUIRE_EQ(NULL, fx_ask(1, 1, 100, 0));
	take_all(1);
	check_numbers(1, 100);
	ATF_CHECK_EQ(STREAM_ERR, fx.sent[2].m.stream);
	ATF_CHECK_EQ(STREAM_OUT, fx.sent[3].m.stream);
	forget_sent();
	/* and from the file */
	forget();
	ATF_REQUIRE_EQ(NULL, fx_ask(2, 1, 100, 0));
	take_all(2);
	check_numbers(1, 100);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(files_are_read_backwards_over_rotations);
ATF_TC_BODY(files_are_read_backwards_over_rotations, tc)
{
	fx.conf.max_size = 100000;	/* several blocks a file */
	fx_init();
	fx.conf.max_size = 100000;
	fx.conf.max_files = 5;
	fx_commit();
	numbered(1, 1, 4000);
	ATF_REQUIRE(fx_size("web.log.3") > 0);
	ATF_REQUIRE_EQ(NULL, fx_ask(1, 1, 3500, 0));
	take_all(1);
	check_numbers(501, 4000);
	forget_sent();
	/* more than there is */
	forget();
	ATF_REQUIRE_EQ(NULL, fx_ask(2, 1, 9999, 0));
	take_all(2);
	check_numbers(1, 4000);
	fx_free();
}

/* Files move under a query that is reading them. */
ATF_TC_WITHOUT_HEAD(rotation_meanwhile_neither_skips_nor_doubles);
ATF_TC_BODY(rotation_meanwhile_neither_skips_nor_doubles, tc)
{
	struct query	*q;
	int		 i, next = 4001;

	fx_init();
	fx.conf.max_size = 100000;
	fx.conf.max_files = 9;
	fx_commit();
	numbered(1, 1, 4000);
	forget();
	ATF_REQUIRE_EQ(NULL, fx_ask(1, 1, 9999, 0));
	q = query_find(&fx.l, K_CONTROL, 1);
	for (i = 0; i < 3; i++) {
		ATF_REQUIRE_EQ(1, query_step(q));
		numbered(1, next, next + 1100);		/* one rotation */
		next += 1101;
	}
	ATF_CHECK(app_find(&fx.l, 1)->file.rotations >= 6);
	take_all(1);
	check_numbers(1, 4000);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(level_time_and_process_filter);
ATF_TC_BODY(level_time_and_process_filter, tc)
{
	static const enum level	 levels[] = {
		LEVEL_DEBUG, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR
	};
	struct m_log_open	 m = { .id = 1, .app = 1, .lines = 100 };
	char			 text[32];
	int			 i, pass;

	fx_init();
	for (i = 0; i < 40; i++) {
		snprintf(text, sizeof(text), "number %d", i);
		line(1, STREAM_OUT, (1000 + i) * (int64_t)US, levels[i % 4],
		    text);
	}
	for (pass = 0; pass < 2; pass++) {
		m.level = LEVEL_WARN;
		opened(&m, "");
		take_all(1);
		ATF_CHECK_EQ(20, fx.nsent);
		ATF_CHECK_EQ(2, number(0));
		forget_sent();
		m.level = 0;
		m.since_ms = 1010 * 1000;
		m.until_ms = 1019 * 1000;
		opened(&m, "");
		take_all(1);
		check_numbers(10, 19);
		forget_sent();
		m.since_ms = m.until_ms = 0;
		opened(&m, "other");
		take_all(1);
		ATF_CHECK_EQ(0, fx.nsent);
		forget_sent();
		opened(&m, "web");
		take_all(1);
		ATF_CHECK_EQ(40, fx.nsent);
		forget_sent();
		forget();
	}
	fx_free();
}

ATF_TC_WITHOUT_HEAD(stderr_tail_outlives_a_flood_on_stdout);
ATF_TC_BODY(stderr_tail_outlives_a_flood_on_stdout, tc)
{
	char	 text[32];
	int	 i;

	fx_init();
	for (i = 1; i <= 80; i++) {
		snprintf(text, sizeof(text), "number %d", i);
		line(1, STREAM_ERR, (100 + i) * (int64_t)US, LEVEL_INFO,
		    text);
	}
	numbered(1, 1000, 9000);
	ATF_REQUIRE_EQ(NULL, fx_ask(1, 1, 80, REQ_STDERR));
	take_all(1);
	check_numbers(1, 80);
	ATF_CHECK_EQ(STREAM_ERR, fx.sent[0].m.stream);
	fx_free();
}

/* Memory has old stderr and new stdout: what is between is in the file. */
ATF_TC_WITHOUT_HEAD(memory_with_a_hole_is_not_enough);
ATF_TC_BODY(memory_with_a_hole_is_not_enough, tc)
{
	char	 text[32];
	int	 i;

	fx_init();
	for (i = 1; i <= 80; i++) {
		snprintf(text, sizeof(text), "number %d", i);
		line(1, STREAM_ERR, (100 + i) * (int64_t)US, LEVEL_INFO,
		    text);
	}
	numbered(1, 81, 1000);
	i = (int)app_find(&fx.l, 1)->ring[STREAM_OUT].lines;
	ATF_REQUIRE(i < 900);
	ATF_REQUIRE_EQ(NULL, fx_ask(1, 1, (uint32_t)i + 40, 0));
	take_all(1);
	check_numbers(1001 - (i + 40), 1000);
	fx_free();
}

/* Memory has a part of stderr: errors of the file come before. */
ATF_TC_WITHOUT_HEAD(stderr_tail_after_a_restart_of_the_logger);
ATF_TC_BODY(stderr_tail_after_a_restart_of_the_logger, tc)
{
	fx_init();
	line(1, STREAM_ERR, 1 * US, LEVEL_ERROR, "number 1");
	line(1, STREAM_OUT, 2 * US, LEVEL_INFO, "not that");
	forget();
	line(1, STREAM_ERR, 3 * US, LEVEL_WARN, "number 2");
	ATF_REQUIRE_EQ(NULL, fx_ask(1, 1, 80, REQ_STDERR));
	take_all(1);
	check_numbers(1, 2);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(lines_that_a_full_disk_did_not_take_are_shown);
ATF_TC_BODY(lines_that_a_full_disk_did_not_take_are_shown, tc)
{
	fx_init();
	numbered(1, 1, 3);
	forget();
	ATF_REQUIRE_EQ(0, rename("web.log", "web.log.1"));
	ATF_REQUIRE_EQ(0, mkdir("web.log", 0700));
	files_reopen(&fx.l.files);
	numbered(1, 4, 6);
	ATF_CHECK_EQ(1, fx.faults);
	ATF_REQUIRE_EQ(NULL, fx_ask(1, 1, 3, 0));
	take_all(1);
	check_numbers(4, 6);
	ATF_REQUIRE_EQ(0, rmdir("web.log"));
	fx_free();
}

ATF_TC_WITHOUT_HEAD(all_apps_are_merged_by_time);
ATF_TC_BODY(all_apps_are_merged_by_time, tc)
{
	char	 text[32];
	int	 i, pass;

	fx_init();
	fx_add("api");
	fx_add("db");
	for (i = 1; i <= 300; i++) {
		snprintf(text, sizeof(text), "number %d", i);
		line(1 + (uint32_t)i % 3, STREAM_OUT, (1000 + i) * (int64_t)US,
		    LEVEL_INFO, text);
	}
	line(0, STREAM_ERR, 2000 * (int64_t)US, LEVEL_INFO, "of the daemon");
	for (pass = 0; pass < 2; pass++) {
		ATF_REQUIRE_EQ(NULL, fx_ask(1, 0, 50, 0));
		take_all(1);
		check_numbers(251, 300);
		ATF_CHECK_STREQ("web", fx.sent[49].app);
		ATF_CHECK_STREQ("db", fx.sent[48].app);
		forget_sent();
		ATF_REQUIRE_EQ(NULL, fx_ask(2, 0, 10000, 0));
		take_all(2);
		check_numbers(1, 300);
		forget_sent();
		/* the daemon's own is asked for by name */
		ATF_REQUIRE_EQ(NULL, fx_ask(3, 0, 50, REQ_SYSTEM));
		take_all(3);
		ATF_CHECK_EQ(1, fx.nsent);
		ATF_CHECK_STREQ("of the daemon", fx.sent[0].text);
		ATF_CHECK_STREQ("omnitrond", fx.sent[0].app);
		forget_sent();
		forget();		/* then from files */
	}
	fx_free();
}

ATF_TC_WITHOUT_HEAD(credit_bounds_what_is_sent);
ATF_TC_BODY(credit_bounds_what_is_sent, tc)
{
	struct query	*q;
	int		 i;

	fx_init();
	numbered(1, 1, 300);
	ATF_REQUIRE_EQ(NULL, fx_ask(1, 1, 200, 0));
	q = query_find(&fx.l, K_CONTROL, 1);
	fx_until(fx.nsent == LOG_CREDIT);
	for (i = 0; i < 5; i++)
		fx_turn();
	ATF_CHECK_EQ(LOG_CREDIT, fx.nsent);
	ATF_CHECK_EQ(-1, query_got(q, LOG_CREDIT + 1));
	ATF_CHECK_EQ(0, query_got(q, 10));
	fx_until(fx.nsent == LOG_CREDIT + 10);
	ATF_CHECK_EQ(-1, query_got(q, LOG_CREDIT + 1));
	ATF_CHECK_EQ(0, query_got(q, LOG_CREDIT));
	fx_until(fx.nsent == 2 * LOG_CREDIT + 10);
	ATF_CHECK_EQ(0, fx.done);
	ATF_CHECK_EQ(0, query_got(q, LOG_CREDIT));
	fx_until(fx.done == 1);
	check_numbers(101, 300);
	ATF_CHECK_EQ(0, fx.l.nqueries);
	ATF_CHECK_EQ(0, fx.l.query_bytes);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(full_channel_is_waited_for);
ATF_TC_BODY(full_channel_is_waited_for, tc)
{
	int	 i;

	fx_init();
	numbered(1, 1, 10);
	fx.queued = SEND_QUEUE_MAX;
	ATF_REQUIRE_EQ(NULL, fx_ask(1, 1, 10, 0));
	for (i = 0; i < 10; i++)
		fx_turn();
	ATF_CHECK_EQ(0, fx.nsent);
	fx.queued = 0;
	fx_until(fx.done == 1);		/* nobody tells it: its timer */
	check_numbers(1, 10);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(long_lines_go_in_parts);
ATF_TC_BODY(long_lines_go_in_parts, tc)
{
	static char	 text[LINE_TEXT_MAX - 100 + 1];
	size_t		 n;

	fx_init();
	memset(text, 'l', sizeof(text) - 1);
	line(1, STREAM_OUT, 1 * US, LEVEL_INFO, text);
	line(1, STREAM_OUT, 2 * US, LEVEL_INFO, "short");
	line(1, STREAM_OUT, 3 * US, LEVEL_INFO, "");
	ATF_REQUIRE_EQ(NULL, fx_ask(1, 1, 5, 0));
	take_all(1);
	ATF_REQUIRE_EQ(4, fx.nsent);
	ATF_CHECK_EQ(RECORD_MORE, fx.sent[0].m.flags);
	ATF_CHECK_EQ(LOG_TEXT_PART, fx.sent[0].len);
	ATF_CHECK_EQ(0, fx.sent[1].m.flags);
	n = fx.sent[0].len + fx.sent[1].len;
	ATF_CHECK_EQ(sizeof(text) - 1, n);
	ATF_CHECK_STREQ("short", fx.sent[2].text);
	ATF_CHECK_STREQ("", fx.sent[3].text);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(follower_gets_what_there_is_and_what_comes);
ATF_TC_BODY(follower_gets_what_there_is_and_what_comes, tc)
{
	int64_t	 now = wall_us();

	fx_init();
	line(1, STREAM_OUT, now - 3, LEVEL_INFO, "number 1");
	line(1, STREAM_OUT, now - 2, LEVEL_INFO, "number 2");
	ATF_REQUIRE_EQ(NULL, fx_ask(1, 1, 2, REQ_FOLLOW));
	/* before the answer is out */
	line(1, STREAM_OUT, now + 1000000, LEVEL_INFO, "number 3");
	fx_until(fx.nsent == 3);
	line(1, STREAM_ERR, now + 1000001, LEVEL_INFO, "number 4");
	fx_until(fx.nsent == 4);
	check_numbers(1, 4);
	ATF_CHECK_EQ(0, fx.sent[1].m.flags);
	ATF_CHECK_EQ(RECORD_FOLLOWED, fx.sent[2].m.flags);
	ATF_CHECK_EQ(RECORD_FOLLOWED, fx.sent[3].m.flags);
	ATF_CHECK_EQ(1, fx.l.nqueries);
	/* LOG_CLOSE */
	query_free(query_find(&fx.l, K_CONTROL, 1));
	line(1, STREAM_OUT, now + 1000002, LEVEL_INFO, "number 5");
	fx_turn();
	ATF_CHECK_EQ(4, fx.nsent);
	ATF_CHECK_EQ(0, fx.l.query_bytes);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(follower_of_all_apps_and_of_the_daemon);
ATF_TC_BODY(follower_of_all_apps_and_of_the_daemon, tc)
{
	fx_init();
	fx_add("api");
	ATF_REQUIRE_EQ(NULL, fx_ask(1, 0, 0, REQ_FOLLOW));
	ATF_REQUIRE_EQ(NULL, fx_ask(2, 0, 0, REQ_FOLLOW | REQ_SYSTEM));
	app_note(app_find(&fx.l, 1), LEVEL_INFO, "of web");
	app_note(app_find(&fx.l, 0), LEVEL_INFO, "of daemon");
	app_note(app_find(&fx.l, 2), LEVEL_INFO, "of api");
	fx_until(fx.nsent == 3);
	fx_turn();
	ATF_CHECK_EQ(3, fx.nsent);
	ATF_CHECK_EQ(2, fx.sent[strcmp(fx.sent[0].text, "of daemon") == 0 ?
	    0 : 2].m.id);
	fx_free();
}

/* One who does not read: lines are dropped and counted, memory is bounded. */
ATF_TC_WITHOUT_HEAD(slow_follower_is_told_how_many_it_missed);
ATF_TC_BODY(slow_follower_is_told_how_many_it_missed, tc)
{
	struct query	*q;
	size_t		 i, seen = 0, dropped = 0, got = 0;
	int		 n;

	fx_init();
	ATF_REQUIRE_EQ(NULL, fx_ask(1, 1, 0, REQ_FOLLOW));
	q = query_find(&fx.l, K_CONTROL, 1);
	for (n = 1; n <= 20000; n++) {
		numbered(1, n, n);
		if (n % 100 == 0)
			fx_turn();
		ATF_REQUIRE(q->queued <= FOLLOW_BYTES_MAX);
	}
	ATF_CHECK_EQ(LOG_CREDIT, fx.nsent);
	ATF_CHECK(q->dropped > 10000);
	/* it reads again; the drop is told with the next line that comes */
	do {
		ATF_REQUIRE_EQ(0, query_got(q, (uint32_t)(fx.nsent - got)));
		got = fx.nsent;
		fx_turn();
		fx_turn();
	} while (fx.nsent > got);
	numbered(1, 20001, 20001);
	fx_until(fx.nsent > got);
	for (i = 0; i < fx.nsent; i++) {
		seen++;
		dropped += fx.sent[i].m.dropped;
	}
	ATF_CHECK_EQ(20001, seen + dropped);
	ATF_CHECK_EQ(20001, number(fx.nsent - 1));
	ATF_CHECK_EQ(dropped, fx.sent[fx.nsent - 1].m.dropped);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(refusals);
ATF_TC_BODY(refusals, tc)
{
	struct m_log_open	 m;
	enum outcome		 outcome;
	unsigned		 i;

	fx_init();
	memset(&m, 0, sizeof(m));
	m.plane = K_CONTROL;
	m.id = 1;
	m.app = 99;
	ATF_CHECK(query_open(&fx.l, &m, "", &outcome) != NULL);
	ATF_CHECK_EQ(OUT_NOT_FOUND, outcome);
	m.app = 1;
	m.flags = REQ_FOLLOW;
	for (i = 1; i <= QUERIES_MAX; i++) {
		m.id = i;
		ATF_REQUIRE_EQ(NULL, query_open(&fx.l, &m, "", &outcome));
	}
	m.id = i;
	ATF_CHECK(query_open(&fx.l, &m, "", &outcome) != NULL);
	ATF_CHECK_EQ(OUT_LIMITED, outcome);
	/* the plane went */
	logger_plane_down(&fx.l, K_CONTROL);
	ATF_CHECK_EQ(0, fx.l.nqueries);
	ATF_REQUIRE_EQ(NULL, query_open(&fx.l, &m, "", &outcome));
	fx_free();
}

ATF_TC_WITHOUT_HEAD(follower_of_an_app_that_leaves_is_told);
ATF_TC_BODY(follower_of_an_app_that_leaves_is_told, tc)
{
	fx_init();
	fx_add("api");
	ATF_REQUIRE_EQ(NULL, fx_ask(1, 2, 0, REQ_FOLLOW));
	ATF_REQUIRE_EQ(NULL, fx_ask(2, 2, 100, 0));
	fx_until(fx.done == 2);
	fx.apps[1][0] = '\0';
	fx_commit();
	ATF_CHECK_EQ(3, fx.done);
	ATF_CHECK_EQ(OUT_NOT_FOUND, fx.outcome);
	ATF_CHECK_EQ(NULL, app_find(&fx.l, 2));
	ATF_CHECK_EQ(0, fx.l.nqueries);
	ATF_CHECK(fx_ask(3, 2, 1, 0) != NULL);
	fx_free();
}

/* Many long lines: the newest that fit, and memory within its bound. */
ATF_TC_WITHOUT_HEAD(memory_of_a_query_is_bounded);
ATF_TC_BODY(memory_of_a_query_is_bounded, tc)
{
	static char	 text[4097];
	struct query	*q;
	int		 i, first;

	fx_init();
	for (i = 1; i <= 4000; i++) {
		memset(text, 'm', sizeof(text) - 1);
		text[snprintf(text, sizeof(text), "number %d", i)] = ' ';
		line(1, STREAM_OUT, i * (int64_t)US, LEVEL_INFO, text);
	}
	ATF_REQUIRE_EQ(NULL, fx_ask(1, 1, 10000, 0));
	q = query_find(&fx.l, K_CONTROL, 1);
	while (q->state == QUERY_COLLECT) {
		fx_turn();
		ATF_REQUIRE(q->bytes <= QUERY_BYTES_MAX + 8192);
	}
	take_all(1);
	first = number(0);
	ATF_CHECK(first > 1);
	ATF_CHECK(fx.nsent > 500);
	check_numbers(first, 4000);
	fx_free();
}

/* What others put into a file is shown as it can be. */
ATF_TC_WITHOUT_HEAD(foreign_text_in_a_file);
ATF_TC_BODY(foreign_text_in_a_file, tc)
{
	static char	 junk[200 * 1024];
	int		 fd;

	fx_init();
	numbered(1, 1, 1);
	files_reopen(&fx.l.files);
	ATF_REQUIRE((fd = open("web.log", O_WRONLY | O_APPEND)) != -1);
	fx_say(fd, "number 2 by hand\n");
	memset(junk, 'j', sizeof(junk));
	ATF_REQUIRE(write(fd, junk, sizeof(junk)) == sizeof(junk));
	fx_say(fd, "\n");
	close(fd);
	forget();
	numbered(1, 3, 3);
	forget();
	ATF_REQUIRE_EQ(NULL, fx_ask(1, 1, 10, 0));
	take_all(1);
	ATF_REQUIRE(fx.nsent >= 3);
	ATF_CHECK_EQ(1, number(0));
	ATF_CHECK_EQ(2, number(1));
	ATF_CHECK_EQ(3, number(fx.nsent - 1));
	ATF_CHECK_STREQ("web", fx.sent[1].process);
	fx_free();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, newest_lines_from_memory);
	ATF_TP_ADD_TC(tp, streams_are_merged_in_order);
	ATF_TP_ADD_TC(tp, files_are_read_backwards_over_rotations);
	ATF_TP_ADD_TC(tp, rotation_meanwhile_neither_skips_nor_doubles);
	ATF_TP_ADD_TC(tp, level_time_and_process_filter);
	ATF_TP_ADD_TC(tp, stderr_tail_outlives_a_flood_on_stdout);
	ATF_TP_ADD_TC(tp, memory_with_a_hole_is_not_enough);
	ATF_TP_ADD_TC(tp, stderr_tail_after_a_restart_of_the_logger);
	ATF_TP_ADD_TC(tp, lines_that_a_full_disk_did_not_take_are_shown);
	ATF_TP_ADD_TC(tp, all_apps_are_merged_by_time);
	ATF_TP_ADD_TC(tp, credit_bounds_what_is_sent);
	ATF_TP_ADD_TC(tp, full_channel_is_waited_for);
	ATF_TP_ADD_TC(tp, long_lines_go_in_parts);
	ATF_TP_ADD_TC(tp, follower_gets_what_there_is_and_what_comes);
	ATF_TP_ADD_TC(tp, follower_of_all_apps_and_of_the_daemon);
	ATF_TP_ADD_TC(tp, slow_follower_is_told_how_many_it_missed);
	ATF_TP_ADD_TC(tp, refusals);
	ATF_TP_ADD_TC(tp, follower_of_an_app_that_leaves_is_told);
	ATF_TP_ADD_TC(tp, memory_of_a_query_is_bounded);
	ATF_TP_ADD_TC(tp, foreign_text_in_a_file);
	return (atf_no_error());
}
