/* Durations, sizes, names, signals, spelling, UTF-8. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <atf-c.h>

#include "common/units.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

ATF_TC_WITHOUT_HEAD(durations_are_read);
ATF_TC_BODY(durations_are_read, tc)
{
	static const struct { const char *s; int64_t ms; } ok[] = {
		{ "500ms", 500 }, { "30s", 30000 }, { "5m", 300000 },
		{ "24h", 86400000 }, { "90d", INT64_C(7776000000) },
		{ "7", 7000 }, { "0", 0 }, { "0ms", 0 }, { "007s", 7000 },
		{ "9223372036854775807ms", INT64_MAX },
	};
	static const char *const bad[] = { "", "s", "ms", "-1s", "+1s", " 1s",
	    "1 s", "1s ", "1.5s", "1x", "1S", "1M", "1sm", "1h30m", "0x10",
	    "9223372036854775808ms", "9223372036854775807s",
	    "106751991168d", "99999999999999999999999" };
	int64_t	 ms;
	size_t	 i;

	for (i = 0; i < N(ok); i++) {
		ms = -1;
		ATF_CHECK_MSG(duration_parse(ok[i].s, &ms) == 0 &&
		    ms == ok[i].ms, "%s", ok[i].s);
	}
	for (i = 0; i < N(bad); i++) {
		ms = 42;
		ATF_CHECK_MSG(duration_parse(bad[i], &ms) == -1 && ms == 42,
		    "'%s'", bad[i]);
	}
}

ATF_TC_WITHOUT_HEAD(durations_are_written);
ATF_TC_BODY(durations_are_written, tc)
{
	static const struct { int64_t ms; const char *exact, *human; } t[] = {
		{ 0, "0s", "0ms" }, { 500, "500ms", "500ms" },
		{ 999, "999ms", "999ms" }, { 1500, "1500ms", "1s" },
		{ 8000, "8s", "8s" }, { 90000, "90s", "1m 30s" },
		{ 120000, "2m", "2m" }, { 8040000, "134m", "2h 14m" },
		{ 86400000, "1d", "1d" }, { 273600000, "76h", "3d 4h" },
		{ 86399999, "86399999ms", "23h 59m" },
		{ 86460000, "1441m", "1d" },
		{ INT64_MAX, "9223372036854775807ms", "106751991167d 7h" },
	};
	char	 buf[64];
	int64_t	 back;
	size_t	 i;

	for (i = 0; i < N(t); i++) {
		ATF_CHECK_STREQ(t[i].exact, duration_format(t[i].ms, buf,
		    sizeof(buf)));
		ATF_CHECK(duration_parse(buf, &back) == 0 &&
		    back == t[i].ms);
		ATF_CHECK_STREQ(t[i].human, duration_human(t[i].ms, buf,
		    sizeof(buf)));
	}
	ATF_CHECK_STREQ("0ms", duration_human(-5, buf, sizeof(buf)));
	ATF_CHECK_STREQ("1m ", duration_human(90000, buf, 4));
}

ATF_TC_WITHOUT_HEAD(sizes_are_read_and_written);
ATF_TC_BODY(sizes_are_read_and_written, tc)
{
	static const struct { const char *s; int64_t n; const char *back; }
	    ok[] = {
		{ "0", 0, "0" }, { "512", 512, "512" },
		{ "512b", 512, "512" }, { "64kb", 65536, "64kb" },
		{ "64K", 65536, "64kb" }, { "50mb", 52428800, "50mb" },
		{ "50MB", 52428800, "50mb" }, { "2Gb", INT64_C(1) << 31,
		    "2gb" }, { "1024g", INT64_C(1) << 40, "1tb" },
		{ "1536", 1536, "1536" },
		{ "9223372036854775807", INT64_MAX, "9223372036854775807" },
	};
	static const char *const bad[] = { "", "kb", "-1", "1.5mb", "1 mb",
	    "1kib", "1bb", "9223372036854775808", "8388608tb",
	    "9007199254740992kb", "1e3" };
	char	 buf[64];
	int64_t	 n;
	size_t	 i;

	for (i = 0; i < N(ok); i++) {
		ATF_CHECK_MSG(size_parse(ok[i].s, &n) == 0 && n == ok[i].n,
		    "%s", ok[i].s);
		ATF_CHECK_STREQ(ok[i].back, size_format(n, buf, sizeof(buf)));
	}
	for (i = 0; i < N(bad); i++) {
		n = 42;
		ATF_CHECK_MSG(size_parse(bad[i], &n) == -1 && n == 42, "'%s'",
		    bad[i]);
	}
	ATF_CHECK_STREQ("0 B", size_human(0, buf, sizeof(buf)));
	ATF_CHECK_STREQ("1023 B", size_human(1023, buf, sizeof(buf)));
	ATF_CHECK_STREQ("1.0 KB", size_human(1024, buf, sizeof(buf)));
	ATF_CHECK_STREQ("1023.9 KB", size_human(1024 * 1024 - 1, buf,
	    sizeof(buf)));
	ATF_CHECK_STREQ("88.1 MB", size_human(92379546, buf, sizeof(buf)));
	ATF_CHECK_STREQ("8191.9 PB", size_human(INT64_MAX, buf, sizeof(buf)));
}

ATF_TC_WITHOUT_HEAD(names_are_checked);
ATF_TC_BODY(names_are_checked, tc)
{
	static const char *const ok[] = { "a", "api", "web-1", "A.b_C-9",
	    "...", ".a", "-", "_" };
	static const char *const bad[] = { "", ".", "..", "a b", "a/b", "a\n",
	    "\xc3\xa4", "a:b", "*", "a\x7f" };
	char	 name[NAME_LEN_MAX + 2];
	size_t	 i;

	for (i = 0; i < N(ok); i++)
		ATF_CHECK_MSG(name_valid(ok[i]), "%s", ok[i]);
	for (i = 0; i < N(bad); i++)
		ATF_CHECK_MSG(!name_valid(bad[i]), "'%s'", bad[i]);
	memset(name, 'x', sizeof(name));
	name[NAME_LEN_MAX] = '\0';
	ATF_CHECK(name_valid(name));
	name[NAME_LEN_MAX] = 'x';
	name[NAME_LEN_MAX + 1] = '\0';
	ATF_CHECK(!name_valid(name));
}

ATF_TC_WITHOUT_HEAD(signals_have_names);
ATF_TC_BODY(signals_have_names, tc)
{
	char	 buf[32];
	int	 sig;

	ATF_CHECK_EQ(signal_parse("TERM"), SIGTERM);
	ATF_CHECK_EQ(signal_parse("SIGTERM"), SIGTERM);
	ATF_CHECK_EQ(signal_parse("sigterm"), SIGTERM);
	ATF_CHECK_EQ(signal_parse("kill"), SIGKILL);
	ATF_CHECK_EQ(signal_parse("9"), SIGKILL);
	ATF_CHECK_EQ(signal_parse("CLD"), SIGCHLD);
	ATF_CHECK_EQ(signal_parse(""), -1);
	ATF_CHECK_EQ(signal_parse("SIG"), -1);
	ATF_CHECK_EQ(signal_parse("0"), -1);
	ATF_CHECK_EQ(signal_parse("-9"), -1);
	ATF_CHECK_EQ(signal_parse("9x"), -1);
	ATF_CHECK_EQ(signal_parse("9999999999999"), -1);
	ATF_CHECK_EQ(signal_parse("TERMX"), -1);
	ATF_CHECK_EQ(signal_parse("SIGSIGTERM"), -1);
	ATF_CHECK_STREQ("SIGTERM", signal_name(SIGTERM));
	ATF_CHECK_STREQ("SIGCHLD", signal_name(SIGCHLD));
	ATF_CHECK_STREQ("SIG99", signal_name(99));
	ATF_CHECK_STREQ("SIG?", signal_name(-1));
	ATF_CHECK_STREQ("SIG?", signal_name(100000));
#ifdef SIGRTMIN
	ATF_CHECK_EQ(signal_parse("SIGRTMIN+3"), SIGRTMIN + 3);
	ATF_CHECK_EQ(signal_parse("rtmax-1"), SIGRTMAX - 1);
	ATF_CHECK_EQ(signal_parse("RTMIN-1"), -1);
	ATF_CHECK_EQ(signal_parse("RTMIN+99"), -1);
	ATF_CHECK_EQ(signal_parse("RTMIN+"), -1);
	ATF_CHECK_STREQ("SIGRTMIN+3", signal_name(SIGRTMIN + 3));
#endif
	/* What exists reads back from its name and its number. */
	for (sig = 1; sig < 65; sig++) {
		snprintf(buf, sizeof(buf), "%d", sig);
		if (signal_parse(buf) == -1)
			continue;
		ATF_CHECK_EQ(signal_parse(buf), sig);
		ATF_CHECK_EQ(signal_parse(signal_name(sig)), sig);
	}
}

ATF_TC_WITHOUT_HEAD(nearest_name_is_found);
ATF_TC_BODY(nearest_name_is_found, tc)
{
	static const char *const names[] = { "api", "shop", "mailer",
	    "mail", "web-frontend" };
	char	 longer[200];

	ATF_CHECK_STREQ("api", nearest_name("apii", names, N(names)));
	ATF_CHECK_STREQ("api", nearest_name("aip", names, N(names)));
	ATF_CHECK_STREQ("mailer", nearest_name("mialer", names, N(names)));
	ATF_CHECK_STREQ("mail", nearest_name("mails", names, N(names)));
	ATF_CHECK_STREQ("web-frontend", nearest_name("webfrontned", names,
	    N(names)));
	ATF_CHECK_STREQ("shop", nearest_name("shop", names, N(names)));
	ATF_CHECK(nearest_name("xyz", names, N(names)) == NULL);
	ATF_CHECK(nearest_name("", names, N(names)) == NULL);
	ATF_CHECK(nearest_name("b", names, N(names)) == NULL);
	ATF_CHECK(nearest_name("api", names, 0) == NULL);
	/* the beginning of one name, but not of two */
	ATF_CHECK_STREQ("web-frontend", nearest_name("w", names, N(names)));
	ATF_CHECK_STREQ("web-frontend", nearest_name("web", names, N(names)));
	ATF_CHECK(nearest_name("m", names, N(names)) == NULL);
	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	ATF_CHECK(nearest_name(longer, names, N(names)) == NULL);
}

ATF_TC_WITHOUT_HEAD(utf8_is_strict);
ATF_TC_BODY(utf8_is_strict, tc)
{
	static const char *const ok[] = { "", "plain", "\xc2\x80",
	    "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
	    "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
	    "longer than eight \xe2\x82\xac and on and on" };
	static const char *const bad[] = { "\x80", "\xbf", "\xc0\x80",
	    "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xe2\x82",
	    "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
	    "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf0\x90\x80",
	    "\xff", "\xfe", "eight888\xff", "1234567\x80 and more" };
	size_t	 i;

	for (i = 0; i < N(ok); i++)
		ATF_CHECK_MSG(utf8_valid(ok[i], strlen(ok[i])), "%zu", i);
	for (i = 0; i < N(bad); i++)
		ATF_CHECK_MSG(!utf8_valid(bad[i], strlen(bad[i])), "%zu", i);
	ATF_CHECK(!utf8_valid("a\0b", 3));
	ATF_CHECK(!utf8_valid("12345678\0 2345678", 17));
	ATF_CHECK(!utf8_valid("\1\1\1\0\1\1\1\1", 8));
}

/* Against a slow decoder: every sequence of up to four bytes' edges. */
ATF_TC_WITHOUT_HEAD(utf8_agrees_with_the_definition);
ATF_TC_BODY(utf8_agrees_with_the_definition, tc)
{
	static const unsigned char tails[] = { 0x01, 0x7f, 0x80, 0x8f, 0x90,
	    0x9f, 0xa0, 0xbf, 0xc0, 0xff };
	unsigned char	 s[4];
	size_t		 i, j, k, n = N(tails);
	int		 a;
	uint32_t	 cp;
	int		 want;

	for (a = 0xe0; a < 0x100; a++)
		for (i = 0; i < n; i++)
			for (j = 0; j < n; j++)
				for (k = 0; k < n; k++) {
					s[0] = (unsigned char)a;
					s[1] = tails[i];
					s[2] = tails[j];
					s[3] = tails[k];
					want = a >= 0xf0 && a < 0xf8 &&
					    (s[1] & 0xc0) == 0x80 &&
					    (s[2] & 0xc0) == 0x80 &&
					    (s[3] & 0xc0) == 0x80;
					cp = ((uint32_t)a & 7) << 18 |
					    (uint32_t)(s[1] & 63) << 12 |
					    (uint32_t)(s[2] & 63) << 6 |
					    (uint32_t)(s[3] & 63);
					want = want && cp >= 0x10000 &&
					    cp <= 0x10ffff;
					if (a < 0xf0)
						want = (s[1] & 0xc0) == 0x80 &&
						    (s[2] & 0xc0) == 0x80 &&
						    s[3] < 0x80 &&
						    (a != 0xe0 || s[1] > 0x9f)
						    && (a != 0xed ||
						    s[1] < 0xa0);
					ATF_REQUIRE_EQ(utf8_valid((char *)s,
					    4), want);
				}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, durations_are_read);
	ATF_TP_ADD_TC(tp, durations_are_written);
	ATF_TP_ADD_TC(tp, sizes_are_read_and_written);
	ATF_TP_ADD_TC(tp, names_are_checked);
	ATF_TP_ADD_TC(tp, signals_have_names);
	ATF_TP_ADD_TC(tp, nearest_name_is_found);
	ATF_TP_ADD_TC(tp, utf8_is_strict);
	ATF_TP_ADD_TC(tp, utf8_agrees_with_the_definition);
	return (atf_no_error());
}
