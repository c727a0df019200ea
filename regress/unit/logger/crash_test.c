/* Crash records: when they are written, what is in them, what is kept. */
#include "fixture.h"

#include "omnitrond/logger/crash.h"

#define FILE_NAME	"web+crash.log"

static struct m_crash
crash(int32_t pid)
{
	struct m_crash	 m;

	memset(&m, 0, sizeof(m));
	m.exit.inst.app = 1;
	m.exit.pid = pid;
	m.exit.code = 3;
	m.exit.at_ms = 1700000000000;
	m.started_ms = m.exit.at_ms - 1500;
	m.hash = UINT64_C(0xabc);
	return (m);
}

static int
put(const struct m_crash *m)
{
	return (crash_new(&fx.l, m, "web", "exit 3", "decided", ""));
}

static void
ended(int32_t pid)
{
	struct m_log_pid	 m;

	memset(&m, 0, sizeof(m));
	m.inst.app = 1;
	m.pid = pid;
	stream_end(&fx.l, &m);
}

static void
said(int32_t pid, const char *process, const char *text)
{
	char	 buf[LINE_SIZE_MAX];
	size_t	 n;

	n = format_note(&fx.l.format, 1000000, LEVEL_ERROR, process, pid,
	    text, buf, sizeof(buf));
	app_lines(app_find(&fx.l, 1), STREAM_ERR, buf, n);
}

/* Records of a query, newest last; how many there were, whole ones. */
static size_t
asked(void)
{
	static uint64_t	 id = 100;
	size_t		 i, n = 0;

	while (fx.nsent > 0)
		free(fx.sent[--fx.nsent].text);
	fx.done = 0;
	ATF_REQUIRE_EQ(NULL, fx_ask(++id, 1, CRASHES_MAX, REQ_CRASH));
	fx_until(fx.done == 1);
	ATF_CHECK_EQ(OUT_OK, fx.outcome);
	for (i = 0; i < fx.nsent; i++)
		n += (fx.sent[i].m.flags & RECORD_MORE) == 0;
	return (n);
}

ATF_TC_WITHOUT_HEAD(it_waits_for_the_last_words);
ATF_TC_BODY(it_waits_for_the_last_words, tc)
{
	struct m_crash	 m = crash(5);

	fx_init();
	ATF_REQUIRE_EQ(0, put(&m));
	ATF_CHECK_EQ(-1, fx_size(FILE_NAME));
	said(5, "web", "the last word \"}");
	said(6, "web", "of another process");
	said(5, "logger", "of nobody");
	ended(6);
	ATF_CHECK_EQ(-1, fx_size(FILE_NAME));
	ended(5);
	ATF_CHECK(fx_has(FILE_NAME, "{\"id\":1,\"at\":1700000000000,"
	    "\"app\":\"web\",\"process\":\"web\",\"instance\":0,\"pid\":5,"
	    "\"reason\":\"exit 3\",\"code\":3,\"signal\":null,"));
	ATF_CHECK(fx_has(FILE_NAME, "\"uptime\":1500,"));
	ATF_CHECK(fx_has(FILE_NAME, "\"configuration\":\"0000000000000abc\""));
	ATF_CHECK(fx_has(FILE_NAME,
	    "\"stderrTail\":[\"the last word \\\"}\"]}\n"));
	/* the end was told before */
	said(7, "web", "early");
	ended(7);
	m = crash(7);
	ATF_REQUIRE_EQ(0, put(&m));
	ATF_CHECK(fx_has(FILE_NAME, "\"stderrTail\":[\"early\"]}\n"));
	fx_free();
}

/* The parent says nothing more: not for ever. */
ATF_TC_WITHOUT_HEAD(it_waits_for_a_moment_only);
ATF_TC_BODY(it_waits_for_a_moment_only, tc)
{
	struct m_crash	 m = crash(5);

	fx_init();
	ATF_REQUIRE_EQ(0, put(&m));
	fx_until(fx_size(FILE_NAME) > 0);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(the_last_80_lines_that_fit);
ATF_TC_BODY(the_last_80_lines_that_fit, tc)
{
	struct m_crash	 m = crash(5);
	char		 text[8000];
	int		 i;

	fx_init();
	for (i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "line %d", i);
		said(5, "web", text);
	}
	ended(5);
	ATF_REQUIRE_EQ(0, put(&m));
	ATF_CHECK(fx_has(FILE_NAME, "\"stderrTail\":[\"line 20\","));
	ATF_CHECK(fx_has(FILE_NAME, "\"line 99\"]}\n"));
	memset(text, '"', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < 5; i++)
		said(5, "web", text);
	ATF_REQUIRE_EQ(0, put(&m));
	ATF_CHECK_EQ(2, (int)fx_lines(FILE_NAME));
	ATF_CHECK_EQ(2, (int)asked());
	ATF_CHECK(fx_size(FILE_NAME) < 2 * CRASH_RECORD_MAX);
	fx_free();
}

ATF_TC_WITHOUT_HEAD(the_last_20_are_answered);
ATF_TC_BODY(the_last_20_are_answered, tc)
{
	struct m_crash	 m = crash(0);
	int		 i;

	fx_init();
	ATF_CHECK_EQ(0, (int)asked());
	for (i = 0; i < 25; i++)
		ATF_REQUIRE_EQ(0, put(&m));
	ATF_CHECK_EQ(20, (int)asked());
	ATF_CHECK_EQ(6, crash_number(fx.sent[0].text, fx.sent[0].len));
	ATF_CHECK_EQ(25, crash_number(fx.sent[19].text, fx.sent[19].len));
	/* lines of getLogs are other ones */
	ATF_CHECK(!fx_has("web.log", "stderrTail"));
	fx_free();
	/* another process goes on with the numbers */
	memset(&fx, 0, sizeof(fx));
	fx_init();
	ATF_REQUIRE_EQ(0, put(&m));
	ATF_CHECK_EQ(20, (int)asked());
	ATF_CHECK_EQ(26, crash_number(fx.sent[19].text, fx.sent[19].len));
	fx_free();
}

ATF_TC_WITHOUT_HEAD(what_was_cut_is_passed_over);
ATF_TC_BODY(what_was_cut_is_passed_over, tc)
{
	struct m_crash	 m = crash(0);
	FILE		*fp;

	ATF_REQUIRE((fp = fopen(FILE_NAME, "w")) != NULL);
	fputs("rubbish\n{\"id\":4,\"x\":1}\n\n{\"id\":}\n{\"id\":5,\"cu", fp);
	ATF_REQUIRE_EQ(0, fclose(fp));
	fx_init();
	ATF_CHECK_EQ(1, (int)asked());
	ATF_REQUIRE_EQ(0, put(&m));
	ATF_CHECK_EQ(2, (int)asked());
	ATF_CHECK_EQ(4, crash_number(fx.sent[0].text, fx.sent[0].len));
	ATF_CHECK_EQ(5, crash_number(fx.sent[1].text, fx.sent[1].len));
	fx_free();
}

ATF_TC_WITHOUT_HEAD(numbers_of_lines);
ATF_TC_BODY(numbers_of_lines, tc)
{
	static const struct {
		const char	*line;
		int64_t		 number;
	} cases[] = {
		{ "{\"id\":7,}", 7 }, { "{\"id\":7}", 0 }, { "{\"id\":7,", 0 },
		{ "{\"id\":,}", 0 }, { "{\"id\":-7,}", 0 }, { "}", 0 },
		{ "", 0 }, { "{\"id\":", 0 },
		{ "{\"id\":9999999999999999999,}", 0 },
	};
	size_t	 i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ATF_CHECK_EQ_MSG(cases[i].number, crash_number(cases[i].line,
		    strlen(cases[i].line)), "%s", cases[i].line);
}

ATF_TC_WITHOUT_HEAD(nonsense_is_refused);
ATF_TC_BODY(nonsense_is_refused, tc)
{
	struct m_crash	 m = crash(0);

	fx_init();
	ATF_CHECK_EQ(-1, crash_new(&fx.l, &m, "a b", "", "", ""));
	m.nacts = ACTS_MAX + 1;
	ATF_CHECK_EQ(-1, put(&m));
	m.nacts = 1;
	m.acts[0].method = UINT32_MAX;
	ATF_CHECK_EQ(-1, put(&m));
	m = crash(0);
	m.exit.inst.app = 0;
	ATF_CHECK_EQ(-1, put(&m));
	/* it left the configuration */
	m.exit.inst.app = 99;
	ATF_CHECK_EQ(0, put(&m));
	ATF_CHECK_EQ(-1, fx_size(FILE_NAME));
	fx_free();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, it_waits_for_the_last_words);
	ATF_TP_ADD_TC(tp, it_waits_for_a_moment_only);
	ATF_TP_ADD_TC(tp, the_last_80_lines_that_fit);
	ATF_TP_ADD_TC(tp, the_last_20_are_answered);
	ATF_TP_ADD_TC(tp, what_was_cut_is_passed_over);
	ATF_TP_ADD_TC(tp, numbers_of_lines);
	ATF_TP_ADD_TC(tp, nonsense_is_refused);
	return (atf_no_error());
}
