/*
 * JSON as text: what is read, what is refused, and that this is what
 * common/json.h, which reads with yajl, makes of it.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "common/json.h"
#include "common/libomnitron/omnitron.h"

static void
check_text(char *got, const char *want)
{
	ATF_REQUIRE_MSG(got != NULL, "%s: %s", want, strerror(errno));
	ATF_CHECK_STREQ(want, got);
	free(got);
}

static void
check_none(char *got, int error)
{
	int	 saved = errno;

	ATF_CHECK_MSG(got == NULL, "%s", got);
	ATF_CHECK_EQ(saved, error);
	free(got);
}

ATF_TC_WITHOUT_HEAD(members_and_elements_are_found);
ATF_TC_BODY(members_and_elements_are_found, tc)
{
	const char	*o = " { \"a\" : [1, {\"b\":2}] , \"\\u0062\":\"x\","
	    "\"c\":{\"a\":0}, \"n\":null}\n";

	check_text(omnitron_json_member(o, "a"), "[1, {\"b\":2}]");
	check_text(omnitron_json_member(o, "b"), "\"x\"");
	check_text(omnitron_json_member(o, "c"), "{\"a\":0}");
	check_text(omnitron_json_member(o, "n"), "null");
	check_none(omnitron_json_member(o, "d"), ENOENT);
	check_none(omnitron_json_member(o, ""), ENOENT);
	check_none(omnitron_json_member("{}", "a"), ENOENT);
	check_none(omnitron_json_member("[1]", "a"), EINVAL);
	check_none(omnitron_json_member("{\"a\":1", "a"), EINVAL);
	check_text(omnitron_json_element("[[1],2 , \"]\"]", 0), "[1]");
	check_text(omnitron_json_element("[[1],2 , \"]\"]", 1), "2");
	check_text(omnitron_json_element("[[1],2 , \"]\"]", 2), "\"]\"");
	check_none(omnitron_json_element("[[1],2 , \"]\"]", 3), ENOENT);
	check_none(omnitron_json_element("[ ]", 0), ENOENT);
	check_none(omnitron_json_element("{}", 0), EINVAL);
}

ATF_TC_WITHOUT_HEAD(strings_are_unquoted_and_quoted);
ATF_TC_BODY(strings_are_unquoted_and_quoted, tc)
{
	check_text(omnitron_json_string("\"\""), "");
	check_text(omnitron_json_string(" \"a\\n\\\"\\\\\\/\\u00e4\\u20ac\\ud83d"
	    "\\ude00\\t\" "),
	    "a\n\"\\/\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\t");
	check_none(omnitron_json_string("1"), EINVAL);
	check_none(omnitron_json_string("\"\\ud800\""), EINVAL);
	check_none(omnitron_json_string("\"\xff\""), EINVAL);
	check_none(omnitron_json_string("\"\\u0000\""), EINVAL);
	check_text(omnitron_json_quote("a\"\n\x01\xff"),
	    "\"a\\\"\\n\\u0001\xef\xbf\xbd\"");
	check_text(omnitron_json_quote(""), "\"\"");
}

ATF_TC_WITHOUT_HEAD(numbers_are_read_and_bounded);
ATF_TC_BODY(numbers_are_read_and_bounded, tc)
{
	int64_t	 i = 7;
	double	 d = 7;

	ATF_CHECK(omnitron_json_int(" -9223372036854775808 ", &i) == 0);
	ATF_CHECK_EQ(i, INT64_MIN);
	ATF_CHECK(omnitron_json_int("9223372036854775808", &i) == -1);
	ATF_CHECK_EQ(errno, ERANGE);
	ATF_CHECK(omnitron_json_int("1.5", &i) == -1);
	ATF_CHECK_EQ(errno, ERANGE);
	ATF_CHECK(omnitron_json_int("\"1\"", &i) == -1);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_CHECK(omnitron_json_int("01", &i) == -1);
	ATF_CHECK_EQ(i, INT64_MIN);
	ATF_CHECK(omnitron_json_double("-12.5e1", &d) == 0 && d == -125);
	ATF_CHECK(omnitron_json_double("3", &d) == 0 && d == 3);
	ATF_CHECK(omnitron_json_double("1e999", &d) == -1);
	ATF_CHECK_EQ(errno, ERANGE);
	ATF_CHECK(omnitron_json_double("[1]", &d) == -1);
	ATF_CHECK_EQ(errno, EINVAL);
}

/* Ours takes it as one value; in an array, so that any may stand there. */
static int
ours(const char *text)
{
	char	*buf, *got;
	int	 ok;

	ATF_REQUIRE(asprintf(&buf, "[%s]", text) != -1);
	got = omnitron_json_element(buf, 0);
	ok = got != NULL;
	free(got);
	free(buf);
	return (ok);
}

static int
theirs(const char *text)
{
	static const struct json_limits	 limits = { .max = 65536,
	    .depth = 32, .tokens = 65536 };
	struct json	*j;
	char		*buf, err[64];
	int		 ok;

	ATF_REQUIRE(asprintf(&buf, "[%s]", text) != -1);
	j = json_parse(buf, strlen(buf), &limits, err, sizeof(err));
	ok = j != NULL && j->first != NULL;
	/* What ours does not look for. */
	if (j == NULL && (strcmp(err, "duplicate key") == 0 ||
	    strcmp(err, "number out of range") == 0))
		ok = 1;
	json_free(j);
	free(buf);
	return (ok);
}

ATF_TC_WITHOUT_HEAD(syntax_is_that_of_the_daemon);
ATF_TC_BODY(syntax_is_that_of_the_daemon, tc)
{
	static const char *const texts[] = { "1", "-1", "-", "+1", "01", "1.",
	    ".1", "1.5", "1e", "1e+", "1e+5", "1E5", "1.5e-5", "0", "-0",
	    "00", "true", "tru", "truex", "false", "null", "nul", "None",
	    "NaN", "Infinity", "\"\"", "\"a", "a\"", "'a'", "\"\\x\"",
	    "\"\\u12\"", "\"\\", "\"\t\"", "[]", "[", "]", "[1,]", "[,1]",
	    "[1 2]", "{}", "{", "}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
	    "{a:1}", "{1:1}", "{\"a\":1 \"b\":2}", "{\"a\"::1}", "/**/1",
	    "1//", "", " ", ",", "1,2", "[1],[2]", "{\"a\":[{}]}", "\"\x7f\"",
	    "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
	    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
	    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
	};
	size_t	 i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ATF_CHECK_EQ_MSG(ours(texts[i]), theirs(texts[i]), "%s",
		    texts[i]);
}

/* A generator of its own: the same texts everywhere. */
static uint32_t
next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return (*seed >> 16);
}

ATF_TC_WITHOUT_HEAD(random_texts_are_judged_alike);
ATF_TC_BODY(random_texts_are_judged_alike, tc)
{
	static const char *const bits[] = { "{", "}", "[", "]", ",", ":",
	    "\"", "\"a\"", "\"a\":", "1", "-", ".", "e", "0", "true", "null",
	    " ", "\\", "u00e4", "\xc3\xa4", "\xc3", "{\"a\":1}", "[1,2]" };
	char		 text[256];
	uint32_t	 seed = 1;
	int		 n, k, good = 0;

	for (n = 0; n < 100000; n++) {
		text[0] = '\0';
		for (k = (int)(next(&seed) % 10); k >= 0; k--)
			strlcat(text, bits[next(&seed) %
			    (sizeof(bits) / sizeof(bits[0]))], sizeof(text));
		ATF_REQUIRE_EQ_MSG(ours(text), theirs(text), "%s", text);
		good += ours(text);
	}
	ATF_CHECK_MSG(good > 1000, "only %d were JSON", good);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, members_and_elements_are_found);
	ATF_TP_ADD_TC(tp, strings_are_unquoted_and_quoted);
	ATF_TP_ADD_TC(tp, numbers_are_read_and_bounded);
	ATF_TP_ADD_TC(tp, syntax_is_that_of_the_daemon);
	ATF_TP_ADD_TC(tp, random_texts_are_judged_alike);
	return (atf_no_error());
}
