/*
 * Tables, harmless text, values for people.
 */
#include <atf-c.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "omnitronctl/human.h"
#include "omnitronctl/kill.h"
#include "omnitronctl/table.h"
#include "omnitronctl/target.h"
#include "omnitronctl/term.h"

#define NOW	INT64_C(1700000000000)

static char *
printed(const struct table *t, int colour)
{
	char	*text = NULL;
	size_t	 len;
	FILE	*fp;

	ATF_REQUIRE((fp = open_memstream(&text, &len)) != NULL);
	table_print(t, fp, colour);
	fclose(fp);
	return (text);
}

ATF_TC_WITHOUT_HEAD(columns_are_as_wide_as_their_widest_cell);
ATF_TC_BODY(columns_are_as_wide_as_their_widest_cell, tc)
{
	static const char *const titles[] = { "NAME", "N", "", NULL };
	static const char *const cells[] = { "a", "1", "", "longer-name",
	    "12345", "because", "\303\251t\303\251", "", "why", NULL };
	struct table		*t = table_new(titles);
	char			*text;
	size_t			 i;

	for (i = 0; cells[i] != NULL; i++)
		table_add(t, cells[i]);
	text = printed(t, 0);
	ATF_CHECK_STREQ("NAME         N\n"
	    "a            1\n"
	    "longer-name  12345  because\n"
	    "\303\251t\303\251                 why\n", text);
	free(text);
	table_free(t);
}

ATF_TC_WITHOUT_HEAD(colours_take_no_columns);
ATF_TC_BODY(colours_take_no_columns, tc)
{
	static const char *const titles[] = { "", "", NULL };
	struct table		*t = table_new(titles);
	char			*text;

	table_add_colour(t, COLOUR_GREEN, "on");
	table_add(t, "x");
	table_add(t, "off");
	table_add(t, "y");
	text = printed(t, 1);
	ATF_CHECK_STREQ("\033[32mon\033[0m   x\noff  y\n", text);
	free(text);
	text = printed(t, 0);
	ATF_CHECK_STREQ("on   x\noff  y\n", text);
	free(text);
	table_free(t);
}

ATF_TC_WITHOUT_HEAD(many_rows_and_long_cells_fit);
ATF_TC_BODY(many_rows_and_long_cells_fit, tc)
{
	static const char *const titles[] = { "A", NULL };
	struct table		*t = table_new(titles);
	char			 cell[2 * TABLE_CELL_MAX], *text;
	int			 i;

	memset(cell, 'x', sizeof(cell) - 1);
	cell[sizeof(cell) - 1] = '\0';
	for (i = 0; i < 3000; i++)
		table_add(t, cell);
	text = printed(t, 0);
	/* Each is cut, and has a newline instead of its NUL. */
	ATF_CHECK_EQ(strlen("A\n") + 3000u * TABLE_CELL_MAX, strlen(text));
	free(text);
	table_free(t);
}

ATF_TC_WITHOUT_HEAD(control_characters_are_escaped);
ATF_TC_BODY(control_characters_are_escaped, tc)
{
	static const char	*in = "a\033[2Jb\nc\td\177e\302\233f\303\251";
	char			 buf[128], tiny[6], *text = NULL;
	size_t			 len;
	FILE			*fp;

	ATF_CHECK_STREQ("a\\x1b[2Jb\\x0ac\td\\x7fe\\x9bf\303\251",
	    term_safe(in, buf, sizeof(buf)));
	ATF_REQUIRE((fp = open_memstream(&text, &len)) != NULL);
	term_puts(fp, in);
	fclose(fp);
	ATF_CHECK_STREQ(buf, text);
	free(text);
	/* No half of an escape where the room ends. */
	ATF_CHECK_STREQ("ab", term_safe("ab\033", tiny, sizeof(tiny)));
	ATF_CHECK_STREQ("abcde", term_safe("abcdefgh", tiny, sizeof(tiny)));
}

ATF_TC_WITHOUT_HEAD(percent_and_time_are_formatted);
ATF_TC_BODY(percent_and_time_are_formatted, tc)
{
	char	 buf[HUMAN_SIZE];

	ATF_CHECK_STREQ("3.2%", human_cpu(3.2, buf, sizeof(buf)));
	ATF_CHECK_STREQ("0.0%", human_cpu(-1, buf, sizeof(buf)));
	ATF_CHECK_STREQ("400.0%", human_cpu(399.96, buf, sizeof(buf)));
	ATF_CHECK_STREQ("2023-11-14T22:13:20.005Z", human_time(NOW + 5, buf,
	    sizeof(buf)));
	ATF_CHECK_STREQ("-", human_time(0, buf, sizeof(buf)));
}

static const char *
reason(const char *text)
{
	static char	 buf[HUMAN_SIZE];
	struct json	*app;
	char		 err[64];

	app = json_parse(text, strlen(text), &json_limits_reply, err,
	    sizeof(err));
	ATF_REQUIRE_MSG(app != NULL, "%s", err);
	human_reason(app, NOW, buf, sizeof(buf));
	json_free(app);
	return (buf);
}

ATF_TC_WITHOUT_HEAD(a_pending_restart_is_told_with_its_reason);
ATF_TC_BODY(a_pending_restart_is_told_with_its_reason, tc)
{
	ATF_CHECK_STREQ("", reason("{}"));
	ATF_CHECK_STREQ("exit 3", reason("{\"reason\":\"exit 3\"}"));
	ATF_CHECK_STREQ("restart in 8s (exit 1)", reason("{\"reason\":"
	    "\"exit 1\",\"retryAt\":1700000007500}"));
	ATF_CHECK_STREQ("restart in 1m 5s", reason(
	    "{\"retryAt\":1700000065000}"));
	ATF_CHECK_STREQ("restart now (exit 1)", reason("{\"reason\":"
	    "\"exit 1\",\"retryAt\":1699999999000}"));
	ATF_CHECK_STREQ("exit 1", reason("{\"reason\":\"exit 1\","
	    "\"retryAt\":null}"));
}

ATF_TC_WITHOUT_HEAD(moments_are_understood);
ATF_TC_BODY(moments_are_understood, tc)
{
	static const struct {
		const char	*text;
		int64_t		 ms;
	} t[] = {
		{ "10m", NOW - 600000 },
		{ "30", NOW - 30000 },
		{ "90000d", 0 },
		{ "2023-11-14T22:13:20Z", NOW },
		{ "2023-11-14T22:13:20.123456Z", NOW + 123 },
		{ "2023-11-14 22:13:20", NOW },
		{ "2023-11-14T23:13:20+01:00", NOW },
		{ "2023-11-14T21:13:20-0100", NOW },
		{ "2023-11-14T22:13", NOW - 20000 },
		{ "2023-11-14", NOW - 80000000 },
	};
	static const char *const wrong[] = { "", "yesterday", "10x", "-5m",
	    "2023-13-01", "2023-11-14T22:13:20Q", "2023-11-14T22:13:20+1",
	    "2023-11-14T22:13:20+99:00", "2023-11-14 trailing" };
	int64_t		 ms;
	size_t		 i;

	setenv("TZ", "UTC", 1);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ATF_REQUIRE_MSG(human_parse_time(t[i].text, NOW, &ms) == 0,
		    "%s", t[i].text);
		ATF_CHECK_EQ_MSG(t[i].ms, ms, "%s: %lld", t[i].text,
		    (long long)ms);
	}
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ATF_CHECK_MSG(human_parse_time(wrong[i], NOW, &ms) == -1,
		    "'%s'", wrong[i]);
}

ATF_TC_WITHOUT_HEAD(words_match_names_plainly_or_as_patterns);
ATF_TC_BODY(words_match_names_plainly_or_as_patterns, tc)
{
	static const char *const words[] = { "api", "web-*", "w?rker[12]" };

	ATF_CHECK(target_match("api", words, 3));
	ATF_CHECK(target_match("web-1", words, 3));
	ATF_CHECK(target_match("web-", words, 3));
	ATF_CHECK(target_match("worker2", words, 3));
	ATF_CHECK(!target_match("worker3", words, 3));
	ATF_CHECK(!target_match("api2", words, 3));
	ATF_CHECK(!target_match("web", words, 3));
	ATF_CHECK(!target_match("api", words, 0));
	ATF_CHECK(target_is_glob("a*") && target_is_glob("[a]"));
	ATF_CHECK(!target_is_glob("a.b-c_d"));
}

ATF_TC_WITHOUT_HEAD(an_entry_of_an_environment_is_matched_whole);
ATF_TC_BODY(an_entry_of_an_environment_is_matched_whole, tc)
{
	static const char	 block[] = "A=1\0OMNITRON_APP=api\0Z=2";
	size_t			 len = sizeof(block) - 1;

	ATF_CHECK(kill_environ_has(block, len, "OMNITRON_APP=api"));
	ATF_CHECK(kill_environ_has(block, len, "A=1"));
	ATF_CHECK(kill_environ_has(block, len, "Z=2"));
	ATF_CHECK(!kill_environ_has(block, len, "OMNITRON_APP=ap"));
	ATF_CHECK(!kill_environ_has(block, len, "OMNITRON_APP=api2"));
	ATF_CHECK(!kill_environ_has(block, len, "MNITRON_APP=api"));
	ATF_CHECK(!kill_environ_has(block, 0, "A=1"));
}

ATF_TC_WITHOUT_HEAD(cgroup_of_an_app);
ATF_TC_BODY(cgroup_of_an_app, tc)
{
	const char	*text = "1:name=x:/\n0::/a/omnitron-x/b/"
			    "omnitron-0123456789abcdef/app:web/web.0\n";

	ATF_CHECK(kill_cgroup_has(text, "web"));
	ATF_CHECK(!kill_cgroup_has(text, "we"));
	ATF_CHECK(!kill_cgroup_has(text, "web.0"));
	ATF_CHECK(!kill_cgroup_has("0::/app:web/web.0\n", "web"));
	ATF_CHECK(!kill_cgroup_has("0::/omnitron-012345/app:web/web.0\n",
	    "web"));
	ATF_CHECK(!kill_cgroup_has("", "web"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, columns_are_as_wide_as_their_widest_cell);
	ATF_TP_ADD_TC(tp, colours_take_no_columns);
	ATF_TP_ADD_TC(tp, many_rows_and_long_cells_fit);
	ATF_TP_ADD_TC(tp, control_characters_are_escaped);
	ATF_TP_ADD_TC(tp, percent_and_time_are_formatted);
	ATF_TP_ADD_TC(tp, a_pending_restart_is_told_with_its_reason);
	ATF_TP_ADD_TC(tp, moments_are_understood);
	ATF_TP_ADD_TC(tp, words_match_names_plainly_or_as_patterns);
	ATF_TP_ADD_TC(tp, an_entry_of_an_environment_is_matched_whole);
	ATF_TP_ADD_TC(tp, cgroup_of_an_app);
	return (atf_no_error());
}
