/* Streams: from a FIFO that an app writes to, to its log file. */
#include <signal.h>

#include "fixture.h"

static void
end(uint32_t app, uint16_t instance)
{
	struct m_log_pid	 m;

	memset(&m, 0, sizeof(m));
	m.inst.app = app;
	m.inst.instance = instance;
	stream_end(&fx.l, &m);
}

static void
pid_is(uint32_t app, uint16_t instance, int32_t pid)
{
	struct m_log_pid	 m;

	memset(&m, 0, sizeof(m));
	m.inst.app = app;
	m.inst.instance = instance;
	m.pid = pid;
	stream_pid(&fx.l, &m);
}

static struct output *
first(uint32_t app)
{
	return (LIST_FIRST(&app_find(&fx.l, app)->streams));
}

ATF_TC_WITHOUT_HEAD(stdout_and_stderr_go_to_one_file);
ATF_TC_BODY(stdout_and_stderr_go_to_one_file, tc)
{
	int	 out, err;

	fx_init();
	out = fx_stream(1, 0, STREAM_OUT, 77, 0);
	err = fx_stream(1, 0, STREAM_ERR, 77, 0);
	fx_say(out, "hello\n");
	fx_until(fx_has("web.log", " info web[77] hello\n"));
	fx_say(err, "trouble\n");
	fx_until(fx_has("web.log", " error web[77] trouble\n"));
	ATF_CHECK_EQ(2, fx_lines("web.log"));
	close(out);
	close(err);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(own_processes_go_to_the_daemons_log);
ATF_TC_BODY(own_processes_go_to_the_daemons_log, tc)
{
	int	 err;

	fx_init();
	err = fx_stream(0, 0, STREAM_ERR, 0, 0);
	fx_say(err, "info supervisor: it runs\nodd line\n");
	fx_until(fx_has("omnitrond.log", " info supervisor it runs\n"));
	ATF_CHECK(fx_has("omnitrond.log", " error omnitrond odd line\n"));
	close(err);
	fx_free();
}

static int	 woken;

static void
count_woken(struct logger *l)
{
	woken++;
	/* before anything was written */
	ATF_CHECK(!fx_has("web.log", woken == 1 ? "one" : "three"));
}

ATF_TC_WITHOUT_HEAD(whoever_watches_is_told_before_the_work);
ATF_TC_BODY(whoever_watches_is_told_before_the_work, tc)
{
	int	 out;

	fx_init();
	fx.l.woken = count_woken;
	out = fx_stream(1, 0, STREAM_OUT, 10, 0);
	ATF_CHECK_EQ(0, woken);
	fx_say(out, "one\n");
	fx_until(fx_has("web.log", "one"));
	fx_say(out, "two\n");
	fx_until(fx_has("web.log", "two"));
	ATF_CHECK_EQ_MSG(1, woken, "%d", woken);
	ATF_CHECK_EQ(1, logger_worked(&fx.l));
	ATF_CHECK_EQ(0, logger_worked(&fx.l));
	fx_say(out, "three\n");
	fx_until(fx_has("web.log", "three"));
	ATF_CHECK_EQ(2, woken);
	close(out);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(partial_line_waits_for_its_end);
ATF_TC_BODY(partial_line_waits_for_its_end, tc)
{
	int	 out;

	fx_init();
	out = fx_stream(1, 0, STREAM_OUT, 77, 0);
	fx_say(out, "one\nhalf ");
	fx_until(fx_has("web.log", "one\n"));
	ATF_CHECK_EQ(5, first(1)->partlen);
	ATF_CHECK(!fx_has("web.log", "half"));
	fx_say(out, "whole\n");
	fx_until(fx_has("web.log", "half whole\n"));
	/* memory only while there is one */
	ATF_CHECK_EQ(NULL, first(1)->partial);
	ATF_CHECK_EQ(2, fx_lines("web.log"));
	close(out);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(line_without_end_is_bounded);
ATF_TC_BODY(line_without_end_is_bounded, tc)
{
	char	 text[4097];
	int	 i, out;

	memset(text, 'z', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	fx_init();
	out = fx_stream(1, 0, STREAM_OUT, 77, 0);
	for (i = 0; i < 40; i++) {
		fx_say(out, text);
		fx_turn();
		ATF_REQUIRE(first(1)->partlen <= LINE_TEXT_MAX);
	}
	fx_until(fx_lines("web.log") == 9);
	end(1, 0);
	ATF_CHECK_EQ(10, fx_lines("web.log"));
	close(out);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(end_flushes_what_is_there_and_the_next_instance_follows);
ATF_TC_BODY(end_flushes_what_is_there_and_the_next_instance_follows, tc)
{
	int	 out;

	fx_init();
	out = fx_stream(1, 0, STREAM_OUT, 77, 0);
	fx_say(out, "last\nwords");
	end(1, 0);		/* no turn of the loop in between */
	ATF_CHECK(fx_has("web.log", "web[77] last\n"));
	ATF_CHECK(fx_has("web.log", "web[77] words\n"));
	/* written at once, read before its number is known: it waits */
	fx_say(out, "begin\n");
	fx_turn();
	fx_turn();
	pid_is(1, 0, 78);
	fx_until(fx_has("web.log", "web[78] begin\n"));
	close(out);
	fx_free();
}

/* What was there before a new number came is the old one's. */
ATF_TC_WITHOUT_HEAD(new_number_counts_from_then_on);
ATF_TC_BODY(new_number_counts_from_then_on, tc)
{
	int	 out;

	fx_init();
	out = fx_stream(1, 0, STREAM_OUT, 77, 0);
	fx_say(out, "old\nold half");
	pid_is(1, 0, 78);
	fx_say(out, "new\n");
	fx_until(fx_has("web.log", "web[78] new\n"));
	ATF_CHECK(fx_has("web.log", "web[77] old\n"));
	ATF_CHECK(fx_has("web.log", "web[77] old half\n"));
	close(out);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(stream_goes_when_ended_and_closed);
ATF_TC_BODY(stream_goes_when_ended_and_closed, tc)
{
	int	 out;

	fx_init();
	/* closed, then ended */
	out = fx_stream(1, 0, STREAM_OUT, 77, 0);
	fx_say(out, "x");
	close(out);
	fx_until(first(1)->eof);
	ATF_CHECK(!first(1)->listening);
	ATF_CHECK(fx_has("web.log", "web[77] x\n"));
	end(1, 0);
	ATF_CHECK_EQ(NULL, first(1));
	/* ended, then closed */
	out = fx_stream(1, 0, STREAM_OUT, 79, 0);
	end(1, 0);
	ATF_CHECK(first(1) != NULL);
	close(out);
	fx_until(first(1) == NULL);
	/* others of the app are left alone */
	out = fx_stream(1, 1, STREAM_OUT, 80, 0);
	end(1, 0);
	pid_is(1, 0, 81);
	ATF_CHECK_EQ(80, first(1)->src.pid);
	close(out);
	fx_free();
}

/* Closed by all writers, opened again by the next instance. */
ATF_TC_WITHOUT_HEAD(end_of_file_is_not_the_end);
ATF_TC_BODY(end_of_file_is_not_the_end, tc)
{
	int	 out;

	fx_init();
	out = fx_stream(1, 0, STREAM_OUT, 77, 0);
	close(out);
	fx_until(first(1)->eof);
	ATF_REQUIRE((out = open("fifo.1.0.0", O_RDWR | O_NONBLOCK)) != -1);
	fx_say(out, "again\n");
	pid_is(1, 0, 78);
	fx_until(fx_has("web.log", "web[78] again\n"));
	close(out);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(new_descriptor_replaces_the_old);
ATF_TC_BODY(new_descriptor_replaces_the_old, tc)
{
	int	 a, b;

	fx_init();
	a = fx_stream(1, 0, STREAM_OUT, 77, 0);
	fx_say(a, "before\nhalf");
	b = fx_stream(1, 0, STREAM_OUT, 78, 1);
	ATF_CHECK(LIST_NEXT(first(1), entry) == NULL);
	ATF_CHECK(fx_has("web.log", "web[77] before\n"));
	ATF_CHECK(fx_has("web.log", "web[77] half\n"));
	fx_say(b, "after\n");
	fx_until(fx_has("web.log", "web[78] after\n"));
	ATF_CHECK(fx_has("web.log", " warn logger["));
	ATF_CHECK(fx_has("web.log", "] output may be missing here: web "
	    "stdout\n"));
	close(a);
	close(b);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(output_of_an_unknown_app_waits);
ATF_TC_BODY(output_of_an_unknown_app_waits, tc)
{
	int	 out;

	fx_init();
	strlcpy(fx.apps[1], "late", NAME_SIZE);
	out = fx_stream(2, 0, STREAM_OUT, 77, 0);
	fx_say(out, "early words\n");
	fx_turn();
	ATF_CHECK_EQ(1, fx.l.nwaiting);
	ATF_CHECK_EQ(2, fx_add("late"));
	ATF_CHECK_EQ(0, fx.l.nwaiting);
	fx_until(fx_has("late.log", "early words\n"));
	/* one that never comes */
	strlcpy(fx.apps[2], "never", NAME_SIZE);
	close(fx_stream(3, 0, STREAM_OUT, 77, 0));
	ATF_CHECK_EQ(1, fx.l.nwaiting);
	end(3, 0);
	close(out);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(before_the_start_nothing_is_read);
ATF_TC_BODY(before_the_start_nothing_is_read, tc)
{
	int	 out;

	fx.conf.mode = 0600;
	fx.conf.gid = UINT32_MAX;
	fx.napps = 1;
	strlcpy(fx.apps[0], "web", NAME_SIZE);
	ATF_REQUIRE((fx.base = event_base_new()) != NULL);
	logger_init(&fx.l, &fx_ops, NULL);
	fx_commit();
	out = fx_stream(1, 0, STREAM_OUT, 77, 1);
	fx_say(out, "x\n");
	pid_is(1, 0, 78);
	fx_turn();
	ATF_CHECK_EQ(-1, fx_size("web.log"));
	logger_start(&fx.l, fx.base);
	fx_until(fx_has("web.log", "web[78] x\n"));
	ATF_CHECK_EQ(2, fx_lines("web.log"));
	close(out);
	fx_free();
}

/* A writer that never stops: others are read in every turn all the same. */
ATF_TC_WITHOUT_HEAD(flood_starves_no_other_stream);
ATF_TC_BODY(flood_starves_no_other_stream, tc)
{
	char		 line[32], big[4096];
	int		 out[40], flood, i, round, turns;
	uint32_t	 quiet;
	pid_t		 pid;

	fx_init();
	fx.conf.max_size = 1024 * 1024;
	strlcpy(fx.apps[1], "quiet", NAME_SIZE);
	quiet = fx_add("quiet");
	flood = fx_stream(1, 0, STREAM_OUT, 1, 0);
	for (i = 0; i < 40; i++)
		out[i] = fx_stream(quiet, (uint16_t)i, STREAM_OUT, 2, 0);
	memset(big, 'f', sizeof(big));
	for (i = 99; i < (int)sizeof(big); i += 100)
		big[i] = '\n';
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		fcntl(flood, F_SETFL, 0);
		while (write(flood, big, sizeof(big)) > 0)
			;
		_exit(0);
	}
	fx_until(fx_size("web.log") > 100000);
	for (round = 0; round < 20; round++) {
		snprintf(line, sizeof(line), "round %d\n", round);
		for (i = 0; i < 40; i++)
			fx_say(out[i], line);
		/* each turn reads one piece of the flood and all others */
		for (turns = 0; fx_lines("quiet.log") <
		    40 * ((size_t)round + 1); turns++) {
			ATF_REQUIRE_MSG(turns < 4, "starved");
			fx_turn();
		}
	}
	ATF_CHECK(fx.l.ngrown >= 1);
	kill(pid, SIGKILL);
	for (i = 0; i < 40; i++)
		close(out[i]);
	close(flood);
	fx_free();
	ATF_CHECK_EQ(0, fx.l.ngrown);
}

ATF_TC_WITHOUT_HEAD(many_small_writes_are_read_at_a_pace);
ATF_TC_BODY(many_small_writes_are_read_at_a_pace, tc)
{
	int	 out, n = 0;

	fx_init();
	out = fx_stream(1, 0, STREAM_OUT, 1, 0);
	while (!first(1)->paced) {
		ATF_REQUIRE(n < 1000000);
		fx_say(out, "a line that is flushed\n");
		n++;
		fx_turn();
	}
	ATF_CHECK_EQ(1, first(1)->grown);
	ATF_CHECK(!first(1)->listening);
	/* little comes in that time: it is read at once again */
	fx_say(out, "the last line\n");
	fx_until(fx_has("web.log", "the last line\n"));
	ATF_CHECK(!first(1)->paced);
	ATF_CHECK(first(1)->listening);
	ATF_CHECK_EQ((size_t)n + 1, fx_lines("web.log"));
	close(out);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(no_line_of_many_writes_is_lost);
ATF_TC_BODY(no_line_of_many_writes_is_lost, tc)
{
	char	 line[80], *p, *q;
	int	 out, i, n;
	pid_t	 pid;

	fx_init();
	out = fx_stream(1, 0, STREAM_OUT, 1, 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		fcntl(out, F_SETFL, 0);
		for (i = 0; i < 50000; i++) {
			n = snprintf(line, sizeof(line), "line %d of many, "
			    "each with a write of its own\n", i);
			if (write(out, line, (size_t)n) != n)
				_exit(1);
		}
		_exit(0);
	}
	close(out);
	fx_until(first(1)->eof);
	p = q = fx_read("web.log");
	for (i = 0; i < 50000; i++) {
		ATF_REQUIRE((q = strstr(q, "] line ")) != NULL);
		ATF_REQUIRE_EQ(i, (int)strtol(q += 7, NULL, 10));
	}
	free(p);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(full_disk_blocks_no_app);
ATF_TC_BODY(full_disk_blocks_no_app, tc)
{
	char	 text[1001];
	int	 out, i;

	fx_init();
	fx.l.files.held_max = 8192;
	ATF_REQUIRE_EQ(0, mkdir("web.log", 0700));
	out = fx_stream(1, 0, STREAM_OUT, 1, 0);
	memset(text, 'd', sizeof(text));
	text[999] = '\n';
	text[1000] = '\0';
	for (i = 0; i < 500; i++) {
		fx_say(out, text);	/* would fail if it were full */
		fx_turn();
	}
	ATF_CHECK_EQ(1, fx.faults);
	ATF_CHECK_STREQ("web.log: Is a directory", fx.fault);
	ATF_CHECK(fx.l.files.held <= 8192);
	ATF_REQUIRE_EQ(0, rmdir("web.log"));
	fx_until(fx.faults == 2);	/* by the timer */
	ATF_CHECK_STREQ("", fx.fault);
	ATF_CHECK(fx_has("web.log", " error logger["));
	ATF_CHECK(fx_has("web.log", "lost: web.log could not be written\n"));
	close(out);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(drain_at_the_end_reads_all);
ATF_TC_BODY(drain_at_the_end_reads_all, tc)
{
	char		 text[1001];
	struct mono	 began;
	int		 out, err, i;

	fx_init();
	out = fx_stream(1, 0, STREAM_OUT, 1, 0);
	err = fx_stream(0, 0, STREAM_ERR, 0, 0);
	memset(text, 'd', sizeof(text));
	text[999] = '\n';
	text[1000] = '\0';
	for (i = 0; i < 60; i++)
		fx_say(out, text);
	fx_say(out, "half a line");
	fx_say(err, "info parent: bye\n");
	began = mono_now();
	logger_drain(&fx.l, 20000);
	ATF_CHECK(mono_diff_ms(mono_now(), began) < 10000);
	ATF_CHECK_EQ(61, fx_lines("web.log"));
	ATF_CHECK(fx_has("web.log", "half a line\n"));
	ATF_CHECK(fx_has("omnitrond.log", "info parent bye\n"));
	close(out);
	close(err);
	fx_free();
}

/* An app that floods does not keep the logger from ending. */
ATF_TC_WITHOUT_HEAD(drain_ends_in_time);
ATF_TC_BODY(drain_ends_in_time, tc)
{
	char		 big[4096];
	struct mono	 began;
	pid_t		 pid;
	int		 out;

	fx_init();
	fx.conf.max_size = 1024 * 1024;
	fx_commit();
	out = fx_stream(1, 0, STREAM_OUT, 1, 0);
	memset(big, 'x', sizeof(big));
	big[4095] = '\n';
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		fcntl(out, F_SETFL, 0);
		while (write(out, big, sizeof(big)) > 0)
			;
		_exit(0);
	}
	began = mono_now();
	logger_drain(&fx.l, 200);
	ATF_CHECK(mono_diff_ms(mono_now(), began) < 5000);
	kill(pid, SIGKILL);
	close(out);
	fx_free();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, stdout_and_stderr_go_to_one_file);
	ATF_TP_ADD_TC(tp, own_processes_go_to_the_daemons_log);
	ATF_TP_ADD_TC(tp, whoever_watches_is_told_before_the_work);
	ATF_TP_ADD_TC(tp, partial_line_waits_for_its_end);
	ATF_TP_ADD_TC(tp, line_without_end_is_bounded);
	ATF_TP_ADD_TC(tp,
	    end_flushes_what_is_there_and_the_next_instance_follows);
	ATF_TP_ADD_TC(tp, new_number_counts_from_then_on);
	ATF_TP_ADD_TC(tp, stream_goes_when_ended_and_closed);
	ATF_TP_ADD_TC(tp, end_of_file_is_not_the_end);
	ATF_TP_ADD_TC(tp, new_descriptor_replaces_the_old);
	ATF_TP_ADD_TC(tp, output_of_an_unknown_app_waits);
	ATF_TP_ADD_TC(tp, before_the_start_nothing_is_read);
	ATF_TP_ADD_TC(tp, flood_starves_no_other_stream);
	ATF_TP_ADD_TC(tp, many_small_writes_are_read_at_a_pace);
	ATF_TP_ADD_TC(tp, no_line_of_many_writes_is_lost);
	ATF_TP_ADD_TC(tp, full_disk_blocks_no_app);
	ATF_TP_ADD_TC(tp, drain_at_the_end_reads_all);
	ATF_TP_ADD_TC(tp, drain_ends_in_time);
	return (atf_no_error());
}
