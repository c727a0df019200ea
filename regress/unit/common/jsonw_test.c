/* The JSON writer. */
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atf-c.h>

#include "common/jsonw.h"

/* Compares what was written, then empties the writer. */
static void
expect(struct jsonw *w, const char *want)
{
	ATF_CHECK_EQ(jsonw_done(w), 0);
	ATF_CHECK_MSG(w->len == strlen(want) &&
	    memcmp(w->buf, want, w->len) == 0, "want %s, got %.*s", want,
	    (int)w->len, w->buf);
	jsonw_reset(w);
}

ATF_TC_WITHOUT_HEAD(commas_stand_where_they_belong);
ATF_TC_BODY(commas_stand_where_they_belong, tc)
{
	struct jsonw	 w;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_end(&w);
	expect(&w, "{}");
	jsonw_array(&w);
	jsonw_end(&w);
	expect(&w, "[]");
	jsonw_object(&w);
	jsonw_kstring(&w, "s", "x");
	jsonw_kint(&w, "i", -5);
	jsonw_kdouble(&w, "d", 0.5);
	jsonw_kbool(&w, "t", 1);
	jsonw_kbool(&w, "f", 0);
	jsonw_knull(&w, "n");
	jsonw_kstring(&w, "z", NULL);
	jsonw_key(&w, "a");
	jsonw_array(&w);
	jsonw_int(&w, 1);
	jsonw_object(&w);
	jsonw_end(&w);
	jsonw_array(&w);
	jsonw_null(&w);
	jsonw_bool(&w, 1);
	jsonw_end(&w);
	jsonw_raw(&w, "{\"r\":1}", 7);
	jsonw_string(&w, "s");
	jsonw_end(&w);
	jsonw_key(&w, "e");
	jsonw_raw(&w, "[]", 2);
	jsonw_kint(&w, "l", 2);
	jsonw_end(&w);
	expect(&w, "{\"s\":\"x\",\"i\":-5,\"d\":0.5,\"t\":true,\"f\":false,"
	    "\"n\":null,\"z\":null,\"a\":[1,{},[null,true],{\"r\":1},\"s\"],"
	    "\"e\":[],\"l\":2}");
	/* Documents one after another have none. */
	jsonw_int(&w, 1);
	jsonw_raw(&w, "\n", 1);
	jsonw_object(&w);
	jsonw_end(&w);
	jsonw_raw(&w, "\n", 1);
	jsonw_string(&w, "x");
	expect(&w, "1\n{}\n\"x\"");
	jsonw_free(&w);
}

ATF_TC_WITHOUT_HEAD(strings_are_escaped);
ATF_TC_BODY(strings_are_escaped, tc)
{
	static const struct { const char *in, *out; } t[] = {
		{ "", "\"\"" }, { "plain", "\"plain\"" },
		{ "\"\\/", "\"\\\"\\\\/\"" },
		{ "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
		{ "\x01\x1f\x7f\x1b[0m",
		    "\"\\u0001\\u001f\\u007f\\u001b[0m\"" },
		{ "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80",
		    "\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80\"" },
		{ "\xff", "\"\xef\xbf\xbd\"" },
		{ "a\xc3", "\"a\xef\xbf\xbd\"" },
		{ "\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ "12345678\"2345678", "\"12345678\\\"2345678\"" },
		{ "1234567\n12345678", "\"1234567\\n12345678\"" },
		{ "1234567\x7f 2345678", "\"1234567\\u007f 2345678\"" },
	};
	struct jsonw	 w;
	size_t		 i;

	jsonw_init(&w, 0);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		jsonw_string(&w, t[i].in);
		expect(&w, t[i].out);
	}
	jsonw_stringn(&w, "a\0b", 3);
	expect(&w, "\"a\\u0000b\"");
	jsonw_free(&w);
}

/* Every byte at every place of a word, so that no fast path differs. */
ATF_TC_WITHOUT_HEAD(every_byte_at_every_place);
ATF_TC_BODY(every_byte_at_every_place, tc)
{
	struct jsonw	 w;
	char		 s[17], want[64], e[16];
	size_t		 at;
	int		 c;

	jsonw_init(&w, 0);
	for (c = 1; c < 256; c++)
		for (at = 0; at < 16; at++) {
			memset(s, 'x', 16);
			s[16] = '\0';
			s[at] = (char)c;
			if (c == '"' || c == '\\')
				snprintf(e, sizeof(e), "\\%c", c);
			else if (strchr("\b\f\n\r\t", c) != NULL)
				snprintf(e, sizeof(e), "\\%c",
				    "btn?fr"[c - '\b']);
			else if (c < 0x20 || c == 0x7f)
				snprintf(e, sizeof(e), "\\u%04x",
				    (unsigned int)c);
			else if (c >= 0x80)
				snprintf(e, sizeof(e), "\xef\xbf\xbd");
			else
				snprintf(e, sizeof(e), "%c", c);
			snprintf(want, sizeof(want), "\"%.*s%s%s\"", (int)at,
			    s, e, s + at + 1);
			jsonw_string(&w, s);
			expect(&w, want);
		}
	jsonw_free(&w);
}

ATF_TC_WITHOUT_HEAD(integers_are_exact);
ATF_TC_BODY(integers_are_exact, tc)
{
	struct jsonw	 w;

	jsonw_init(&w, 0);
	jsonw_int(&w, 0);
	expect(&w, "0");
	jsonw_int(&w, INT64_MAX);
	expect(&w, "9223372036854775807");
	jsonw_int(&w, INT64_MIN);
	expect(&w, "-9223372036854775808");
	jsonw_free(&w);
}

ATF_TC_WITHOUT_HEAD(doubles_are_short_and_read_back);
ATF_TC_BODY(doubles_are_short_and_read_back, tc)
{
	static const struct { double d; const char *s; } t[] = {
		{ 0, "0" }, { 1, "1" }, { -1, "-1" }, { 0.1, "0.1" },
		{ 3.2, "3.2" }, { -3.25, "-3.25" }, { 88.125, "88.125" },
		{ 0.001, "0.001" }, { 0.05, "0.05" }, { 1.05, "1.05" },
		{ 0.0001, "0.0001" }, { 123456789, "123456789" },
		{ 1e9, "1000000000" }, { 1e15, "1e+15" },
		{ 1e22, "1e+22" }, { 0.1 + 0.2, "0.30000000000000004" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ DBL_MAX, "1.7976931348623157e+308" },
		{ DBL_MIN, "2.2250738585072014e-308" },
		{ 5e-324, "4.94065645841247e-324" },
		{ 100, "100" }, { 10.5, "10.5" }, { 1000.01, "1000.01" },
	};
	struct jsonw	 w;
	uint64_t	 bits, x = 88172645463325252;
	double		 d;
	size_t		 i;

	jsonw_init(&w, 0);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		jsonw_double(&w, t[i].d);
		expect(&w, t[i].s);
	}
	jsonw_double(&w, INFINITY);
	jsonw_double(&w, -INFINITY);
	jsonw_double(&w, NAN);
	expect(&w, "nullnullnull");
	for (i = 0; i < 200000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		bits = x;
		memcpy(&d, &bits, sizeof(d));
		if (i % 2 == 0)		/* a usual one */
			d = (double)(int64_t)(x % 2000000000) / 1000 - 1e6;
		if (!isfinite(d))
			continue;
		jsonw_double(&w, d);
		jsonw_raw(&w, "", 1);
		ATF_REQUIRE_MSG(strtod(w.buf, NULL) == d, "%.17g as %s", d,
		    w.buf);
		jsonw_reset(&w);
	}
	jsonw_free(&w);
}

ATF_TC_WITHOUT_HEAD(the_locale_does_not_matter);
ATF_TC_BODY(the_locale_does_not_matter, tc)
{
	static const char *const names[] = { "de_DE.UTF-8", "fr_FR.UTF-8",
	    "de_DE", "ru_RU.UTF-8", "ps_AF.UTF-8" };
	struct jsonw	 w;
	size_t		 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (setlocale(LC_ALL, names[i]) != NULL)
			break;
	if (i == sizeof(names) / sizeof(names[0]))
		atf_tc_skip("no locale with a decimal comma here");
	jsonw_init(&w, 0);
	jsonw_double(&w, 1.0 / 3);
	expect(&w, "0.3333333333333333");
	jsonw_double(&w, 1.5);
	expect(&w, "1.5");
	jsonw_free(&w);
}

ATF_TC_WITHOUT_HEAD(the_maximum_holds);
ATF_TC_BODY(the_maximum_holds, tc)
{
	struct jsonw	 w;
	int		 i;

	jsonw_init(&w, 10);
	jsonw_string(&w, "12345678");
	expect(&w, "\"12345678\"");
	jsonw_string(&w, "123456789");
	ATF_CHECK_EQ(jsonw_done(&w), -1);
	jsonw_int(&w, 1);			/* it sticks */
	ATF_CHECK_EQ(jsonw_done(&w), -1);
	jsonw_reset(&w);
	jsonw_int(&w, 1);
	expect(&w, "1");
	jsonw_free(&w);
	jsonw_init(&w, 5000);
	jsonw_array(&w);
	for (i = 0; i < 10000; i++)
		jsonw_int(&w, i);
	ATF_CHECK_EQ(jsonw_done(&w), -1);
	ATF_CHECK(w.len <= 5000);
	jsonw_free(&w);
}

ATF_TC_WITHOUT_HEAD(misuse_is_an_error);
ATF_TC_BODY(misuse_is_an_error, tc)
{
	struct jsonw	 w;
	int		 i;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	ATF_CHECK_EQ(jsonw_done(&w), -1);	/* not closed */
	jsonw_end(&w);
	ATF_CHECK_EQ(jsonw_done(&w), 0);
	jsonw_end(&w);				/* once too often */
	ATF_CHECK_EQ(jsonw_done(&w), -1);
	jsonw_reset(&w);
	for (i = 0; i < JSONW_DEPTH_MAX; i++)
		jsonw_array(&w);
	for (i = 0; i < JSONW_DEPTH_MAX; i++)
		jsonw_end(&w);
	ATF_CHECK_EQ(jsonw_done(&w), 0);
	jsonw_reset(&w);
	for (i = 0; i < JSONW_DEPTH_MAX + 1; i++)
		jsonw_array(&w);
	for (i = 0; i < JSONW_DEPTH_MAX; i++)
		jsonw_end(&w);
	ATF_CHECK_EQ(jsonw_done(&w), -1);
	jsonw_free(&w);
	jsonw_free(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, commas_stand_where_they_belong);
	ATF_TP_ADD_TC(tp, strings_are_escaped);
	ATF_TP_ADD_TC(tp, every_byte_at_every_place);
	ATF_TP_ADD_TC(tp, integers_are_exact);
	ATF_TP_ADD_TC(tp, doubles_are_short_and_read_back);
	ATF_TP_ADD_TC(tp, the_locale_does_not_matter);
	ATF_TP_ADD_TC(tp, the_maximum_holds);
	ATF_TP_ADD_TC(tp, misuse_is_an_error);
	return (atf_no_error());
}
