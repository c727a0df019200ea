/* From output to lines, and back. */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "omnitrond/logger/format.h"

#define AT	1795394344123456	/* 2026-11-23T00:39:04.123456Z */
#define STAMP	"2026-11-23T00:39:04.123456Z"
#define SIZE	(1024 * 1024)

static struct format	 f;
static char		 out[SIZE + 1];

static struct source
source(void)
{
	struct source	 src = { "web", 411, LEVEL_INFO, LEVEL_TRACE, 0, -1 };

	return (src);
}

/* Format all of it; returns what was not used. */
static size_t
run(struct source *src, const char *in, size_t len)
{
	struct text	 t = { in, len, 0, out, SIZE, 0 };

	memset(out, 0, sizeof(out));
	ATF_REQUIRE_EQ(0, format_lines(&f, src, AT, &t));
	return (len - t.used);
}

static void
check(const char *in, size_t len, const char *want)
{
	struct source	 src = source();

	ATF_CHECK_EQ(0, run(&src, in, len));
	ATF_CHECK_STREQ(want, out);
}

#define CHECK(in, want)	check(in, sizeof(in) - 1, want)

ATF_TC_WITHOUT_HEAD(one_line_per_line);
ATF_TC_BODY(one_line_per_line, tc)
{
	CHECK("hello\n", STAMP " info web[411] hello\n");
	CHECK("a\nb\n", STAMP " info web[411] a\n" STAMP " info web[411] b\n");
	CHECK("\n", STAMP " info web[411] \n");
	CHECK("ERROR x\n", STAMP " error web[411] ERROR x\n");
	CHECK("tab\there\n", STAMP " info web[411] tab\there\n");
	CHECK("dos\r\n", STAMP " info web[411] dos\n");
	CHECK("", "");
}

ATF_TC_WITHOUT_HEAD(incomplete_line_is_left);
ATF_TC_BODY(incomplete_line_is_left, tc)
{
	struct source	 src = source();

	ATF_CHECK_EQ(4, run(&src, "one\ntwo ", 8));
	ATF_CHECK_STREQ(STAMP " info web[411] one\n", out);
	ATF_CHECK_EQ(1, run(&src, "\303", 1));
	ATF_CHECK_STREQ("", out);
}

ATF_TC_WITHOUT_HEAD(least_level_filters);
ATF_TC_BODY(least_level_filters, tc)
{
	struct source	 src = source();
	const char	 in[] = "plain\nwarn x\ndebug y\nfatal z\n";

	src.least = LEVEL_WARN;
	ATF_CHECK_EQ(0, run(&src, in, sizeof(in) - 1));
	ATF_CHECK_STREQ(STAMP " warn web[411] warn x\n"
	    STAMP " fatal web[411] fatal z\n", out);
}

ATF_TC_WITHOUT_HEAD(pid_that_is_not_known_is_left_out);
ATF_TC_BODY(pid_that_is_not_known_is_left_out, tc)
{
	struct source	 src = source();
	struct line	 l;

	src.pid = 0;
	run(&src, "[9] x\n", 6);
	ATF_CHECK_STREQ(STAMP " info web [9] x\n", out);
	ATF_REQUIRE_EQ(0, line_parse(out, strlen(out) - 1, &l));
	ATF_CHECK_EQ(0, l.pid);
	ATF_CHECK_EQ(5, l.textlen);
}

ATF_TC_WITHOUT_HEAD(own_lines_name_level_and_process);
ATF_TC_BODY(own_lines_name_level_and_process, tc)
{
	struct source	 src = { "omnitrond", 0, LEVEL_ERROR, 0, 1, -1 };
	const char	 in[] = "info supervisor: ready\n"
			    "warn store: state.json: x: y\n"
			    "==1==ERROR: sanitizer\n"
			    "fatal logger\n"
			    "info bad name: x\n"
			    "info x:y\n";

	ATF_CHECK_EQ(0, run(&src, in, sizeof(in) - 1));
	ATF_CHECK_STREQ(STAMP " info supervisor ready\n"
	    STAMP " warn store state.json: x: y\n"
	    STAMP " error omnitrond ==1==ERROR: sanitizer\n"
	    STAMP " fatal omnitrond fatal logger\n"
	    STAMP " info omnitrond info bad name: x\n"
	    STAMP " info omnitrond info x:y\n", out);
	/* that is the daemon's privilege */
	CHECK("fatal supervisor: forged\n",
	    STAMP " fatal web[411] fatal supervisor: forged\n");
}

ATF_TC_WITHOUT_HEAD(controls_are_escaped);
ATF_TC_BODY(controls_are_escaped, tc)
{
	CHECK("a\033[31mb\n", STAMP " info web[411] a\\x1b[31mb\n");
	CHECK("nul\0x\n", STAMP " info web[411] nul\\x00x\n");
	CHECK("del\177\n", STAMP " info web[411] del\\x7f\n");
	CHECK("cr\rx\n", STAMP " info web[411] cr\\x0dx\n");
	CHECK("bs\b\b\n", STAMP " info web[411] bs\\x08\\x08\n");
	CHECK("c1\302\233x\n", STAMP " info web[411] c1\\xc2\\x9bx\n");
	CHECK("nel\302\205x\n", STAMP " info web[411] nel\\xc2\\x85x\n");
	CHECK("ls\342\200\250x\n", STAMP " info web[411] ls\\xe2\\x80\\xa8x\n");
	CHECK("rlo\342\200\256x\n",
	    STAMP " info web[411] rlo\\xe2\\x80\\xaex\n");
	CHECK("rli\342\201\247x\n",
	    STAMP " info web[411] rli\\xe2\\x81\\xa7x\n");
}

ATF_TC_WITHOUT_HEAD(utf8_passes_and_what_is_none_is_escaped);
ATF_TC_BODY(utf8_passes_and_what_is_none_is_escaped, tc)
{
	CHECK("\303\251\n", STAMP " info web[411] \303\251\n");
	CHECK("\342\202\254\n", STAMP " info web[411] \342\202\254\n");
	CHECK("\360\237\230\200\n", STAMP " info web[411] \360\237\230\200\n");
	CHECK("\302\240\n", STAMP " info web[411] \302\240\n");
	CHECK("\377\n", STAMP " info web[411] \\xff\n");
	CHECK("\303\n", STAMP " info web[411] \\xc3\n");
	CHECK("\303(\n", STAMP " info web[411] \\xc3(\n");
	/* overlong, surrogate, beyond Unicode */
	CHECK("\300\257\n", STAMP " info web[411] \\xc0\\xaf\n");
	CHECK("\340\200\257\n", STAMP " info web[411] \\xe0\\x80\\xaf\n");
	CHECK("\355\240\200\n", STAMP " info web[411] \\xed\\xa0\\x80\n");
	CHECK("\364\220\200\200\n",
	    STAMP " info web[411] \\xf4\\x90\\x80\\x80\n");
}

/* Whatever bytes: each line of ours is whole, in its form, and printable. */
ATF_TC_WITHOUT_HEAD(no_bytes_forge_a_line);
ATF_TC_BODY(no_bytes_forge_a_line, tc)
{
	static char	 in[60000];
	struct source	 src = source();
	struct line	 l;
	unsigned	 seed = 1;
	size_t		 i, n = 0, lines = 0;
	char		*p, *nl;

	for (i = 0; i < sizeof(in) - 1; i++) {
		seed = seed * 1103515245 + 12345;
		in[i] = (char)(seed >> 16);
		if ((seed >> 8) % 64 == 0)
			in[i] = '\n';
	}
	in[i] = '\n';
	for (i = 0; i < sizeof(in); i++)
		n += in[i] == '\n';
	ATF_REQUIRE_EQ(0, run(&src, in, sizeof(in)));
	for (p = out; *p != '\0'; p = nl + 1, lines++) {
		ATF_REQUIRE((nl = strchr(p, '\n')) != NULL);
		ATF_REQUIRE_EQ(0, strncmp(p, STAMP " ", 28));
		ATF_REQUIRE_EQ(0, line_parse(p, (size_t)(nl - p), &l));
		ATF_REQUIRE_EQ(411, l.pid);
		ATF_REQUIRE_EQ(3, l.processlen);
		for (; p < nl; p++)
			ATF_REQUIRE((unsigned char)*p >= 0x20 || *p == '\t');
	}
	ATF_CHECK_EQ(n, lines);
	CHECK("2026-11-23T00:39:04.123456Z info other[1] x\n", STAMP
	    " info web[411] 2026-11-23T00:39:04.123456Z info other[1] x\n");
}

/* The letters of all parts together. */
static size_t
letters(char c)
{
	const char	*p;
	size_t		 n = 0;

	for (p = out; *p != '\0'; p++)
		n += *p == c;
	return (n);
}

ATF_TC_WITHOUT_HEAD(long_lines_are_split_and_marked);
ATF_TC_BODY(long_lines_are_split_and_marked, tc)
{
	static char	 in[3 * LINE_TEXT_MAX];
	struct source	 src = source();
	const char	*second;
	size_t		 n = 2 * LINE_TEXT_MAX + 100;

	memset(in, 'Q', sizeof(in));
	memcpy(in, "ERROR ", 6);
	in[n] = '\n';
	ATF_CHECK_EQ(0, run(&src, in, n + 1));
	ATF_CHECK_EQ(3, letters('\n'));
	ATF_CHECK_EQ(n - 6, letters('Q'));
	second = strchr(out, '\n') + 1;
	ATF_CHECK_EQ(0, strncmp(second - 7, LINE_MORE "\n", 7));
	/* the other parts have the level of the first */
	ATF_CHECK_EQ(0, strncmp(second, STAMP " error web[411] [...] QQ", 44));
	ATF_CHECK_EQ(-1, src.cont);
	/* exactly as long as a line may be */
	in[LINE_TEXT_MAX] = '\n';
	ATF_CHECK_EQ(0, run(&src, in, LINE_TEXT_MAX + 1));
	ATF_CHECK_EQ(1, letters('\n'));
	ATF_CHECK(strstr(out, "[...]") == NULL);
}

ATF_TC_WITHOUT_HEAD(split_cuts_no_character_and_no_escape);
ATF_TC_BODY(split_cuts_no_character_and_no_escape, tc)
{
	static char	 in[2 * LINE_TEXT_MAX];
	struct source	 src = source();
	size_t		 i, n;
	unsigned	 shift;

	for (shift = 0; shift < 2; shift++) {
		n = shift;
		memset(in, 'x', shift);
		while (n + 2 < sizeof(in)) {
			memcpy(in + n, "\303\251", 2);
			n += 2;
		}
		in[n] = '\n';
		ATF_CHECK_EQ(0, run(&src, in, n + 1));
		ATF_CHECK(strstr(out, "\\x") == NULL);
		ATF_CHECK_EQ((n - shift) / 2, letters('\303'));
	}
	/* escapes make it four times as long: no line is over its bound */
	memset(in, '\001', LINE_TEXT_MAX);
	in[LINE_TEXT_MAX] = '\n';
	ATF_CHECK_EQ(0, run(&src, in, LINE_TEXT_MAX + 1));
	ATF_CHECK_EQ(4, letters('\n'));
	ATF_CHECK_EQ(LINE_TEXT_MAX, letters('\\'));
	for (i = n = 0; out[i] != '\0'; i++, n++)
		if (out[i] == '\n') {
			ATF_CHECK(n < LINE_SIZE_MAX);
			n = 0;
		}
}

ATF_TC_WITHOUT_HEAD(sequence_that_is_cut_off_waits_for_its_rest);
ATF_TC_BODY(sequence_that_is_cut_off_waits_for_its_rest, tc)
{
	size_t	 used;

	ATF_CHECK_EQ(1, format_escape("a\342\202", 3, 1, out, SIZE, &used));
	ATF_CHECK_EQ(1, used);
	ATF_CHECK_EQ(9, format_escape("a\342\202", 3, 0, out, SIZE, &used));
	ATF_CHECK_EQ(3, used);
	/* it alone makes progress */
	ATF_CHECK_EQ(4, format_escape("\342", 1, 1, out, SIZE, &used));
	ATF_CHECK_EQ(1, used);
	/* an escape that does not fit is not begun */
	ATF_CHECK_EQ(1, format_escape("a\001", 2, 0, out, 4, &used));
	ATF_CHECK_EQ(1, used);
}

/* Output that is full is given back, and it goes on where it was. */
ATF_TC_WITHOUT_HEAD(full_output_is_continued);
ATF_TC_BODY(full_output_is_continued, tc)
{
	static char	 in[50000], all[3 * SIZE];
	struct source	 src = source();
	struct text	 t = { in, sizeof(in), 0, out, LINE_SIZE_MAX, 0 };
	size_t		 n = 0, i;
	int		 more, rounds = 0;

	for (i = 0; i < sizeof(in); i++)
		in[i] = i % 50 == 49 ? '\n' : 'x';
	do {
		t.outlen = 0;
		more = format_lines(&f, &src, AT, &t);
		ATF_REQUIRE(t.outlen <= LINE_SIZE_MAX);
		memcpy(all + n, out, t.outlen);
		n += t.outlen;
		rounds++;
	} while (more);
	ATF_CHECK(rounds > 2);
	ATF_CHECK_EQ(sizeof(in), t.used);
	for (i = 0, rounds = 0; i < n; i++)
		rounds += all[i] == '\n';
	ATF_CHECK_EQ(1000, rounds);
}

ATF_TC_WITHOUT_HEAD(stamps_and_back);
ATF_TC_BODY(stamps_and_back, tc)
{
	static const struct {
		int64_t		 at_us;
		const char	*text;
	} table[] = {
		{ 0, "1970-01-01T00:00:00.000000Z" },
		{ 1, "1970-01-01T00:00:00.000001Z" },
		{ 951782400000000, "2000-02-29T00:00:00.000000Z" },
		{ 951868799999999, "2000-02-29T23:59:59.999999Z" },
		{ 4107542400000000, "2100-03-01T00:00:00.000000Z" },
		{ AT, STAMP },
		{ AT + 1000000, "2026-11-23T00:39:05.123456Z" },
		{ -5, "1970-01-01T00:00:00.000000Z" },
	};
	struct format	 cached;
	struct line	 l;
	char		 line[128];
	size_t		 i;

	memset(&cached, 0, sizeof(cached));
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		memset(line, 0, sizeof(line));
		format_stamp(&cached, table[i].at_us, line);
		ATF_CHECK_STREQ(table[i].text, line);
		strlcat(line, " info p[1] x", sizeof(line));
		ATF_REQUIRE_EQ(0, line_parse(line, strlen(line), &l));
		ATF_CHECK_EQ(table[i].at_us < 0 ? 0 : table[i].at_us,
		    l.at_us);
	}
}

ATF_TC_WITHOUT_HEAD(lines_are_read_back);
ATF_TC_BODY(lines_are_read_back, tc)
{
	static const char *const bad[] = {
		"", "x", STAMP, STAMP " ", STAMP " info", STAMP " info web",
		STAMP " info web[1]", STAMP " info web[] x",
		STAMP " info web[1 x", STAMP " info web[a] x",
		STAMP " info web[99999999999] x", STAMP " info web[1]x",
		STAMP " nolevel web[1] x",
		"2026-13-23T00:39:04.123456Z info web[1] x",
		"2026-11-23 00:39:04.123456Z info web[1] x",
		"2026-11-23T00:39:04,123456Z info web[1] x",
		"2026-11-23T0x:39:04.123456Z info web[1] x",
	};
	struct line	 l;
	const char	*s = STAMP " warn api-1[77] text [1] of it";
	size_t		 i;

	ATF_REQUIRE_EQ(0, line_parse(s, strlen(s), &l));
	ATF_CHECK_EQ(AT, l.at_us);
	ATF_CHECK_EQ(LEVEL_WARN, l.level);
	ATF_CHECK_EQ(77, l.pid);
	ATF_CHECK_EQ(5, l.processlen);
	ATF_CHECK_EQ(0, strncmp(l.process, "api-1", 5));
	ATF_CHECK_EQ(strlen("text [1] of it"), l.textlen);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(-1, line_parse(bad[i], strlen(bad[i]), &l),
		    "%s", bad[i]);
}

ATF_TC_WITHOUT_HEAD(clean_is_found_in_any_place);
ATF_TC_BODY(clean_is_found_in_any_place, tc)
{
	char	 buf[200];
	size_t	 i;

	memset(buf, 'a', sizeof(buf));
	buf[3] = '\n';
	buf[70] = '\t';
	ATF_CHECK(format_clean(buf, sizeof(buf)));
	ATF_CHECK(format_clean(buf, 0));
	for (i = 0; i < sizeof(buf); i++) {
		char	 was = buf[i];

		buf[i] = '\r';
		ATF_CHECK(!format_clean(buf, sizeof(buf)));
		buf[i] = '\177';
		ATF_CHECK(!format_clean(buf, sizeof(buf)));
		buf[i] = '\200';
		ATF_CHECK(!format_clean(buf, sizeof(buf)));
		buf[i] = was;
	}
}

ATF_TC_WITHOUT_HEAD(notes_are_bounded);
ATF_TC_BODY(notes_are_bounded, tc)
{
	char	 small[64];
	size_t	 n;

	n = format_note(&f, AT, LEVEL_WARN, "logger", 9, "a\nb", out, SIZE);
	out[n] = '\0';
	ATF_CHECK_STREQ(STAMP " warn logger[9] a\\x0ab\n", out);
	memset(out, 'y', 500);
	out[500] = '\0';
	n = format_note(&f, AT, LEVEL_WARN, "logger", 9, out, small,
	    sizeof(small));
	ATF_CHECK_EQ(sizeof(small), n);
	ATF_CHECK_EQ('\n', small[n - 1]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, one_line_per_line);
	ATF_TP_ADD_TC(tp, incomplete_line_is_left);
	ATF_TP_ADD_TC(tp, least_level_filters);
	ATF_TP_ADD_TC(tp, pid_that_is_not_known_is_left_out);
	ATF_TP_ADD_TC(tp, own_lines_name_level_and_process);
	ATF_TP_ADD_TC(tp, controls_are_escaped);
	ATF_TP_ADD_TC(tp, utf8_passes_and_what_is_none_is_escaped);
	ATF_TP_ADD_TC(tp, no_bytes_forge_a_line);
	ATF_TP_ADD_TC(tp, long_lines_are_split_and_marked);
	ATF_TP_ADD_TC(tp, split_cuts_no_character_and_no_escape);
	ATF_TP_ADD_TC(tp, sequence_that_is_cut_off_waits_for_its_rest);
	ATF_TP_ADD_TC(tp, full_output_is_continued);
	ATF_TP_ADD_TC(tp, stamps_and_back);
	ATF_TP_ADD_TC(tp, lines_are_read_back);
	ATF_TP_ADD_TC(tp, clean_is_found_in_any_place);
	ATF_TP_ADD_TC(tp, notes_are_bounded);
	return (atf_no_error());
}
