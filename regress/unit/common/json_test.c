/* The JSON reader: what it takes, and each thing it refuses. */
#include <float.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <atf-c.h>

#include "common/json.h"
#include "common/jsonw.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

static struct json *
parse(const char *s)
{
	char		 err[64] = "";
	struct json	*j;

	j = json_parse(s, strlen(s), &json_limits_request, err, sizeof(err));
	ATF_CHECK_MSG(j != NULL, "%s: %s", s, err);
	return (j);
}

/* The text must be refused, and for that reason. */
static void
refused(const char *s, size_t len, const struct json_limits *lim,
    const char *why)
{
	char		 err[64] = "";
	struct json	*j;

	j = json_parse(s, len, lim, err, sizeof(err));
	ATF_CHECK_MSG(j == NULL, "taken: %s", s);
	ATF_CHECK_MSG(strcmp(err, why) == 0, "%.40s: '%s', not '%s'", s, err,
	    why);
	json_free(j);
}

static double
seconds(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

ATF_TC_WITHOUT_HEAD(tree_has_what_the_text_says);
ATF_TC_BODY(tree_has_what_the_text_says, tc)
{
	struct json		*j;
	const struct json	*a;

	j = parse(" {\"s\":\"a\\u00e4\\n\\ud83d\\ude00\", \"i\":-12,\"d\":1.5e2"
	    ",\"t\":true,\"f\":false,\"n\":null,\"a\":[1,[],{}],"
	    "\"\":\"\"}\r\n");
	ATF_REQUIRE(j != NULL);
	ATF_CHECK_EQ(j->type, JSON_OBJECT);
	ATF_CHECK_EQ(j->count, 8);
	ATF_CHECK_STREQ("a\xc3\xa4\n\xf0\x9f\x98\x80",
	    json_get_string(j, "s", NULL));
	ATF_CHECK_EQ(json_get(j, "s")->count, 8);
	ATF_CHECK_EQ(json_get_int(j, "i", 0), -12);
	ATF_CHECK_EQ(json_get_number(j, "i", 0), -12);
	ATF_CHECK_EQ(json_get_number(j, "d", 0), 150);
	ATF_CHECK_EQ(json_get_bool(j, "t", 0), 1);
	ATF_CHECK_EQ(json_get_bool(j, "f", 1), 0);
	ATF_CHECK_EQ(json_get(j, "n")->type, JSON_NULL);
	ATF_CHECK_STREQ("", json_get_string(j, "", NULL));
	ATF_REQUIRE((a = json_get(j, "a")) != NULL);
	ATF_CHECK(a->type == JSON_ARRAY && a->count == 3);
	ATF_CHECK(a->first->type == JSON_INT && a->first->u.i == 1);
	ATF_CHECK(a->first->key == NULL);
	ATF_CHECK_EQ(a->first->next->type, JSON_ARRAY);
	ATF_CHECK_EQ(a->first->next->next->type, JSON_OBJECT);
	ATF_CHECK(a->first->next->next->next == NULL);
	json_free(j);
	json_free(NULL);
}

ATF_TC_WITHOUT_HEAD(defaults_stand_in);
ATF_TC_BODY(defaults_stand_in, tc)
{
	struct json	*j = parse("{\"s\":\"x\",\"i\":1,\"d\":1.5}");

	ATF_CHECK_STREQ("def", json_get_string(j, "none", "def"));
	ATF_CHECK_STREQ("def", json_get_string(j, "i", "def"));
	ATF_CHECK_EQ(json_get_int(j, "d", 7), 7);
	ATF_CHECK_EQ(json_get_int(j, "s", 7), 7);
	ATF_CHECK_EQ(json_get_number(j, "s", 7), 7);
	ATF_CHECK_EQ(json_get_bool(j, "i", 1), 1);
	ATF_CHECK(json_get(NULL, "x") == NULL);
	ATF_CHECK(json_get(json_get(j, "s"), "x") == NULL);
	ATF_CHECK_STREQ("object", json_type_name(j->type));
	json_free(j);
}

ATF_TC_WITHOUT_HEAD(any_value_may_be_the_document);
ATF_TC_BODY(any_value_may_be_the_document, tc)
{
	static const struct { const char *s; enum json_type type; } t[] = {
		{ "null", JSON_NULL }, { " true ", JSON_BOOL },
		{ "0", JSON_INT }, { "-1.5", JSON_DOUBLE },
		{ "\"\"", JSON_STRING }, { "[]", JSON_ARRAY },
		{ "{}", JSON_OBJECT },
	};
	struct json	*j;
	size_t		 i;

	for (i = 0; i < N(t); i++) {
		ATF_REQUIRE((j = parse(t[i].s)) != NULL);
		ATF_CHECK_EQ(j->type, t[i].type);
		json_free(j);
	}
}

ATF_TC_WITHOUT_HEAD(numbers_keep_their_value);
ATF_TC_BODY(numbers_keep_their_value, tc)
{
	static const struct { const char *s; double d; } doubles[] = {
		{ "0.1", 0.1 }, { "-0.5", -0.5 }, { "1e3", 1000 },
		{ "1E+3", 1000 }, { "1e-3", 0.001 }, { "3.2", 3.2 },
		{ "9223372036854775808", 9223372036854775808.0 },
		{ "-9223372036854775809", -9223372036854775809.0 },
		{ "123456789012345678901234567890", 1.2345678901234568e29 },
		{ "1.7976931348623157e308", DBL_MAX },
		{ "0.30000000000000004", 0.1 + 0.2 },
		{ "123456789.123456789", 123456789.123456789 },
		{ "5e-324", 5e-324 }, { "1e-999", 0 }, { "0.0000001", 1e-7 },
	};
	static const char *const bad[] = { "1e309", "-1e309",
	    "1e99999999999999999999" };
	struct json	*j;
	size_t		 i;

	ATF_REQUIRE((j = parse("[9223372036854775807,-9223372036854775808,0,"
	    "-0]")) != NULL);
	ATF_CHECK_EQ(j->first->u.i, INT64_MAX);
	ATF_CHECK_EQ(j->first->next->u.i, INT64_MIN);
	ATF_CHECK_EQ(j->first->next->type, JSON_INT);
	json_free(j);
	for (i = 0; i < N(doubles); i++) {
		ATF_REQUIRE((j = parse(doubles[i].s)) != NULL);
		ATF_CHECK_MSG(j->type == JSON_DOUBLE &&
		    j->u.d == doubles[i].d, "%s: %.17g", doubles[i].s, j->u.d);
		json_free(j);
	}
	for (i = 0; i < N(bad); i++)
		refused(bad[i], strlen(bad[i]), &json_limits_request,
		    "number out of range");
}

ATF_TC_WITHOUT_HEAD(long_number_is_read);
ATF_TC_BODY(long_number_is_read, tc)
{
	char		 s[4096];
	struct json	*j;

	memset(s, '0', sizeof(s));
	memcpy(s, "0.", 2);
	s[sizeof(s) - 2] = '1';
	s[sizeof(s) - 1] = '\0';
	ATF_REQUIRE((j = parse(s)) != NULL);
	ATF_CHECK(j->type == JSON_DOUBLE && j->u.d == 0);
	json_free(j);
}

ATF_TC_WITHOUT_HEAD(bad_syntax_is_refused);
ATF_TC_BODY(bad_syntax_is_refused, tc)
{
	static const char *const bad[] = { "", " ", "\n", "{", "}", "[", "]",
	    "[1", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}",
	    "[1,]", "[,1]", "[1 2]", "{a:1}", "{'a':1}", "{1:2}", "[1:2]",
	    "1 2", "{} {}", "[]x", "nul", "tru", "True", "NaN", "Infinity",
	    "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x10", "1_0",
	    "\"", "\"abc", "\"\\", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "[}",
	    "{]", "[[]", "[]]", ":", ",", "::", "{:}", "{,}", "nulltrue",
	    "truefalse", "[truefalse]", "[1-2]", "\"a\"\"b\"",
	    "\xef\xbb\xbf{}", "{\"a\":}", "/", "[1]/",
	    "// c\n1", "/* c */ 1", "[1,/**/2]", "# c\n1", "`", "\x80",
	    "\v1", "\f1", "\xc2\xa0[]" };
	size_t	 i;

	for (i = 0; i < N(bad); i++)
		refused(bad[i], strlen(bad[i]), &json_limits_request,
		    "syntax error");
}

ATF_TC_WITHOUT_HEAD(bad_strings_are_refused);
ATF_TC_BODY(bad_strings_are_refused, tc)
{
	static const struct { const char *s, *why; } t[] = {
		{ "\"\\u0000\"", "NUL in a string" },
		{ "{\"a\\u0000b\":1}", "NUL in a string" },
		{ "\"\\ud800\"", "lone surrogate" },
		{ "\"\\udc00\"", "lone surrogate" },
		{ "\"\\ud800\\ud800\"", "lone surrogate" },
		{ "\"\\ud800x\\udc00\"", "lone surrogate" },
		{ "\"\\ud800\\u0041\"", "lone surrogate" },
		{ "\"\\uDBFF\\n\"", "lone surrogate" },
		{ "\"\\u12\"", "invalid escape" },
		{ "\"\\u12g4\"", "invalid escape" },
		{ "\"\\u+123\"", "invalid escape" },
		{ "\"\\x41\"", "invalid escape" },
		{ "\"\\'\"", "invalid escape" },
		{ "\"\\0\"", "invalid escape" },
		{ "\"a\nb\"", "control character in a string" },
		{ "\"12345678\t\"", "control character in a string" },
		{ "\"\x1f\"", "control character in a string" },
		{ "\"\x80\"", "invalid UTF-8" },
		{ "\"\xc0\x80\"", "invalid UTF-8" },
		{ "\"\xc3\"", "invalid UTF-8" },
		{ "\"\xed\xa0\x80\"", "invalid UTF-8" },
		{ "\"\xf4\x90\x80\x80\"", "invalid UTF-8" },
		{ "\"12345678\xff\"", "invalid UTF-8" },
		{ "{\"\xe0\x80\xaf\":1}", "invalid UTF-8" },
	};
	size_t	 i;

	for (i = 0; i < N(t); i++)
		refused(t[i].s, strlen(t[i].s), &json_limits_request,
		    t[i].why);
	refused("\"a\0b\"", 5, &json_limits_request, "NUL in a string");
	refused("1\0", 2, &json_limits_request, "NUL byte");
	refused("{\0}", 3, &json_limits_request, "NUL byte");
}

ATF_TC_WITHOUT_HEAD(all_escapes_are_understood);
ATF_TC_BODY(all_escapes_are_understood, tc)
{
	struct json	*j;

	j = parse("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u20AC\\uD834\\uDD1E\"");

	ATF_REQUIRE(j != NULL);
	ATF_CHECK_STREQ("\"\\/\b\f\n\r\t\xe2\x82\xac\xf0\x9d\x84\x9e",
	    j->u.s);
	json_free(j);
}

ATF_TC_WITHOUT_HEAD(depth_is_bounded);
ATF_TC_BODY(depth_is_bounded, tc)
{
	static const struct json_limits three = { 1000, 3, 1000 };
	static char	 deep[1000000];
	char		 s[128];
	struct json	*j;
	double		 t0;

	memset(s, '[', 32);
	memset(s + 32, ']', 32);
	s[64] = '\0';
	ATF_REQUIRE((j = parse(s)) != NULL);
	json_free(j);
	memset(s, '[', 33);
	memset(s + 33, ']', 33);
	refused(s, 66, &json_limits_request, "nested too deeply");
	refused("{\"a\":[{\"b\":[]}]}", 16, &three, "nested too deeply");
	/* Brackets in a string do not count. */
	ATF_REQUIRE((j = json_parse("[[[\"[[[[\"]]]", 12, &three, s,
	    sizeof(s))) != NULL);
	json_free(j);
	memset(deep, '[', sizeof(deep));
	t0 = seconds();
	refused(deep, sizeof(deep), &json_limits_request,
	    "nested too deeply");
	ATF_CHECK(seconds() - t0 < 0.1);
}

ATF_TC_WITHOUT_HEAD(size_and_values_are_bounded);
ATF_TC_BODY(size_and_values_are_bounded, tc)
{
	static const struct json_limits few = { 20, 8, 4 };
	char		 err[64];
	struct json	*j;

	refused("                    1", 21, &few, "too large");
	ATF_CHECK((j = json_parse("[1,2,3]", 7, &few, err, sizeof(err))) !=
	    NULL);
	json_free(j);
	refused("[1,2,3,4]", 9, &few, "too many values");
	refused("{\"a\":1,\"b\":2}", 13, &few, "too many values");
	refused("[[],[],[],[]]", 13, &few, "too many values");
	/* A short buffer for the reason is filled, not overrun. */
	memset(err, 'x', sizeof(err));
	ATF_CHECK(json_parse("[1,2,3,4]", 9, &few, err, 4) == NULL);
	ATF_CHECK(strcmp(err, "too") == 0 && err[4] == 'x');
}

ATF_TC_WITHOUT_HEAD(duplicate_keys_are_refused);
ATF_TC_BODY(duplicate_keys_are_refused, tc)
{
	static const char *const bad[] = { "{\"a\":1,\"a\":1}",
	    "{\"a\":1,\"b\":2,\"a\":3}", "[{\"x\":{\"k\":1,\"k\":2}}]",
	    "{\"a\":1,\"\\u0061\":2}", "{\"\":1,\"\":2}" };
	struct json	*j;
	size_t		 i;

	for (i = 0; i < N(bad); i++)
		refused(bad[i], strlen(bad[i]), &json_limits_request,
		    "duplicate key");
	ATF_REQUIRE((j = parse("{\"a\":{\"a\":1},\"A\":{\"a\":2},\"ab\":3}")) !=
	    NULL);
	json_free(j);
}

/* An object of n keys, the last one equal to number `same`, or not. */
static char *
object_of(int n, int same, size_t *len)
{
	char	*s, *p;
	int	 i;

	ATF_REQUIRE((s = p = malloc((size_t)n * 24 + 16)) != NULL);
	*p++ = '{';
	for (i = 0; i < n; i++)
		p += snprintf(p, 24, "%s\"key%08d\":0", i ? "," : "",
		    i == n - 1 && same >= 0 ? same : i);
	*p++ = '}';
	*len = (size_t)(p - s);
	return (s);
}

ATF_TC_WITHOUT_HEAD(big_object_is_not_quadratic);
ATF_TC_BODY(big_object_is_not_quadratic, tc)
{
	char		*s, err[64];
	struct json	*j;
	size_t		 len;
	double		 t0 = seconds();
	int		 n;

	for (n = 2; n < 40; n++) {	/* both ways to look for them */
		s = object_of(n, -1, &len);
		ATF_CHECK((j = json_parse(s, len, &json_limits_request, err,
		    sizeof(err))) != NULL);
		json_free(j);
		free(s);
		s = object_of(n, n / 2 < n - 1 ? n / 2 : 0, &len);
		refused(s, len, &json_limits_request, "duplicate key");
		free(s);
	}
	s = object_of(300000, -1, &len);
	ATF_CHECK((j = json_parse(s, len, &json_limits_reply, err,
	    sizeof(err))) != NULL);
	ATF_CHECK_EQ(j->count, 300000);
	json_free(j);
	free(s);
	s = object_of(300000, 150000, &len);
	refused(s, len, &json_limits_reply, "duplicate key");
	free(s);
	ATF_CHECK_MSG(seconds() - t0 < 5, "%.1f s", seconds() - t0);
}

ATF_TC_WITHOUT_HEAD(big_inputs_take_bounded_time);
ATF_TC_BODY(big_inputs_take_bounded_time, tc)
{
	size_t		 len = 8 * 1024 * 1024, i;
	char		*s, err[64];
	struct json	*j;
	double		 t0 = seconds();

	ATF_REQUIRE((s = malloc(len)) != NULL);
	memset(s, 'x', len);			/* one long string */
	s[0] = s[len - 1] = '"';
	ATF_CHECK((j = json_parse(s, len, &json_limits_reply, err,
	    sizeof(err))) != NULL);
	ATF_CHECK(j != NULL && j->count == len - 2);
	json_free(j);
	for (i = 1; i + 2 < len; i += 2)	/* escapes only */
		memcpy(s + i, "\\n", 2);
	ATF_CHECK_MSG((j = json_parse(s, len, &json_limits_reply, err,
	    sizeof(err))) != NULL, "%s", err);
	json_free(j);
	for (i = 0; i < len; i += 2)		/* many small values */
		memcpy(s + i, "1,", 2);
	s[0] = '[';
	s[1] = '1';
	s[2] = ',';
	memcpy(s + 3, "22", 2);
	s[len - 1] = ']';
	for (i = 5; i + 2 < len - 1; i += 2)
		memcpy(s + i, ",1", 2);
	memset(s + i, ' ', len - 1 - i);
	refused(s, len, &json_limits_request, "too large");
	j = json_parse(s, len, &json_limits_reply, err, sizeof(err));
	ATF_CHECK_MSG(j != NULL, "%s", err);
	json_free(j);
	memset(s, '[', len);
	refused(s, len, &json_limits_reply, "nested too deeply");
	memset(s, ' ', len);
	refused(s, len, &json_limits_reply, "syntax error");
	memset(s, '7', len);			/* one number */
	refused(s, len, &json_limits_reply, "number out of range");
	free(s);
	ATF_CHECK_MSG(seconds() - t0 < 10, "%.1f s", seconds() - t0);
}

ATF_TC_WITHOUT_HEAD(reasons_never_quote_the_input);
ATF_TC_BODY(reasons_never_quote_the_input, tc)
{
	static const char *const bad[] = { "{\"s3cret\" 1}", "[s3cret]",
	    "{\"s3cret\":1,\"s3cret\":2}", "\"s3cret", "\"s3cret\\q\"" };
	char	 err[256];
	size_t	 i;

	for (i = 0; i < N(bad); i++) {
		ATF_CHECK(json_parse(bad[i], strlen(bad[i]),
		    &json_limits_request, err, sizeof(err)) == NULL);
		ATF_CHECK(strstr(err, "s3cret") == NULL);
	}
}

ATF_TC_WITHOUT_HEAD(tree_is_written_as_it_was_read);
ATF_TC_BODY(tree_is_written_as_it_was_read, tc)
{
	static const char	 text[] = "{\"a\":[1,-2,0.1,1e+300,true,false,"
	    "null,\"x\\n\\\"\xc3\xa4\"],\"o\":{\"e\":{},\"l\":[]},\"\":0}";
	struct json		*j = parse(text);
	struct jsonw		 w;

	jsonw_init(&w, 0);
	json_write(j, &w);
	ATF_CHECK_EQ(jsonw_done(&w), 0);
	ATF_CHECK_MSG(w.len == sizeof(text) - 1 &&
	    memcmp(w.buf, text, w.len) == 0, "%.*s", (int)w.len, w.buf);
	jsonw_free(&w);
	json_free(j);
}

/*
 * Damage a document in every place in every way: what is taken is written
 * and read again, and under the sanitizers nothing may be overrun.
 */
ATF_TC_WITHOUT_HEAD(damage_does_no_harm);
ATF_TC_BODY(damage_does_no_harm, tc)
{
	static const char	 text[] = "{\"id\":12,\"m\":\"a\\u00e4\\ud83d"
	    "\\ude00\xc3\xa4\",\"p\":[true,null,-1.5e3,{\"k\":\"\"}]}";
	struct json		*j, *again;
	struct jsonw		 w;
	char			 err[64], *s;
	size_t			 len = sizeof(text) - 1, i, cut;
	int			 c;

	jsonw_init(&w, 0);
	for (i = 0; i < len; i++)
		for (c = 0; c < 256; c++) {
			cut = c == 255 ? i : len;	/* cut short as well */
			ATF_REQUIRE((s = malloc(cut + 1)) != NULL);
			memcpy(s, text, cut);
			if (cut == len)
				s[i] = (char)c;
			j = json_parse(s, cut, &json_limits_request, err,
			    sizeof(err));
			free(s);
			if (j == NULL)
				continue;
			jsonw_reset(&w);
			json_write(j, &w);
			json_free(j);
			ATF_REQUIRE(jsonw_done(&w) == 0);
			again = json_parse(w.buf, w.len, &json_limits_request,
			    err, sizeof(err));
			ATF_REQUIRE_MSG(again != NULL, "%.*s: %s",
			    (int)w.len, w.buf, err);
			json_free(again);
		}
	jsonw_free(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, tree_has_what_the_text_says);
	ATF_TP_ADD_TC(tp, defaults_stand_in);
	ATF_TP_ADD_TC(tp, any_value_may_be_the_document);
	ATF_TP_ADD_TC(tp, numbers_keep_their_value);
	ATF_TP_ADD_TC(tp, long_number_is_read);
	ATF_TP_ADD_TC(tp, bad_syntax_is_refused);
	ATF_TP_ADD_TC(tp, bad_strings_are_refused);
	ATF_TP_ADD_TC(tp, all_escapes_are_understood);
	ATF_TP_ADD_TC(tp, depth_is_bounded);
	ATF_TP_ADD_TC(tp, size_and_values_are_bounded);
	ATF_TP_ADD_TC(tp, duplicate_keys_are_refused);
	ATF_TP_ADD_TC(tp, big_object_is_not_quadratic);
	ATF_TP_ADD_TC(tp, big_inputs_take_bounded_time);
	ATF_TP_ADD_TC(tp, reasons_never_quote_the_input);
	ATF_TP_ADD_TC(tp, tree_is_written_as_it_was_read);
	ATF_TP_ADD_TC(tp, damage_does_no_harm);
	return (atf_no_error());
}
