/* The level that a line names itself. */
#include <atf-c.h>
#include <stdlib.h>
#include <string.h>

#include "omnitrond/logger/format.h"

static const struct {
	const char	*line;
	int		 level;
} table[] = {
	/* the leading word */
	{ "ERROR something",			LEVEL_ERROR },
	{ "error: something",			LEVEL_ERROR },
	{ "Warning: disk",			LEVEL_WARN },
	{ "WARN|disk",				LEVEL_WARN },
	{ "INFO",				LEVEL_INFO },
	{ "DEBUG\tx",				LEVEL_DEBUG },
	{ "trace x",				LEVEL_TRACE },
	{ "FATAL: out of cheese",		LEVEL_FATAL },
	{ "CRITICAL:root:msg",			LEVEL_FATAL },
	{ "ERROR:root:msg",			LEVEL_ERROR },
	{ "  info indented",			LEVEL_INFO },
	{ "informational: x",			LEVEL_INFO },
	/* words that only begin like one */
	{ "errors were found",			-1 },
	{ "error-page missing",			-1 },
	{ "info.txt created",			-1 },
	{ "ERROR_CODE 5",			-1 },
	{ "warn2 x",				-1 },
	{ "the error was",			-1 },
	{ "an info",				-1 },
	{ "",					-1 },
	{ "   ",				-1 },
	{ "superlongwordthatisnolevel",		-1 },
	/* brackets */
	{ "[warn] x",				LEVEL_WARN },
	{ "[ERROR] x",				LEVEL_ERROR },
	{ "[ INFO ] x",				LEVEL_INFO },
	{ "<debug> x",				LEVEL_DEBUG },
	{ "(fatal) x",				LEVEL_FATAL },
	{ "[12345] x",				-1 },
	{ "[] x",				-1 },
	{ "[",					-1 },
	/* dates before it */
	{ "2026-11-23 00:39:04 ERROR x",	LEVEL_ERROR },
	{ "2026-11-23T00:39:04.123Z warn x",	LEVEL_WARN },
	{ "2026/11/24 10:11:12 [notice] 1#1: x", LEVEL_INFO },
	{ "[2026-11-23 00:39:04,123] ERROR x",	LEVEL_ERROR },
	{ "[2026-11-23T00:39:04] [error] x",	LEVEL_ERROR },
	{ "127.0.0.1 - - [24/Nov/2026] \"GET / error\"", -1 },
	{ "1234:M 24 Nov * ready",		-1 },
	{ "12345 error",			-1 },
	/* colours */
	{ "\033[31mERROR\033[0m x",		LEVEL_ERROR },
	{ "\033[1;33m[warn]\033[0m x",		LEVEL_WARN },
	{ "\033[",				-1 },
	{ "\033",				-1 },
	/* logfmt */
	{ "level=info msg=x",			LEVEL_INFO },
	{ "lvl=eror",				-1 },
	{ "level=\"error\" msg=x",		LEVEL_ERROR },
	{ "time=\"2026-11-23 x\" level=warning msg=x", LEVEL_WARN },
	{ "ts=1 caller=a.go:1 level=debug",	LEVEL_DEBUG },
	{ "msg=\"level=error\" a=b",		-1 },
	{ "level=",				-1 },
	{ "a=b said level=error",		-1 },
	/* JSON */
	{ "{\"level\":\"error\",\"msg\":\"x\"}", LEVEL_ERROR },
	{ "{ \"msg\" : \"x\", \"level\" : \"WARN\" }", LEVEL_WARN },
	{ "{\"level\":10}",			LEVEL_TRACE },
	{ "{\"level\":20}",			LEVEL_DEBUG },
	{ "{\"level\":30,\"time\":1}",		LEVEL_INFO },
	{ "{\"level\":40}",			LEVEL_WARN },
	{ "{\"level\":50}",			LEVEL_ERROR },
	{ "{\"level\":60}",			LEVEL_FATAL },
	{ "{\"level\":35}",			LEVEL_INFO },
	{ "{\"level\":70}",			-1 },
	{ "{\"level\":3}",			-1 },
	{ "{\"level\":30.5}",			-1 },
	{ "{\"level\":99999999999999999999}",	-1 },
	{ "{\"a\":{\"level\":\"error\"}}",	-1 },
	{ "{\"a\":{\"b\":[1,{}]},\"level\":\"error\"}", LEVEL_ERROR },
	{ "{\"msg\":\"level\",\"x\":\"error\"}", -1 },
	{ "{\"msg\":\"a\\\"level\\\":\",\"level\":\"info\"}", LEVEL_INFO },
	{ "{\"level\":null}",			-1 },
	{ "{\"level\":",			-1 },
	{ "{\"level",				-1 },
	{ "{",					-1 },
};

ATF_TC_WITHOUT_HEAD(levels);
ATF_TC_BODY(levels, tc)
{
	struct format	 f;
	size_t		 i;
	int		 pass, got;

	memset(&f, 0, sizeof(f));
	/* twice: the second time from the cache of words */
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
			got = detect_level(&f, table[i].line,
			    strlen(table[i].line));
			ATF_CHECK_EQ_MSG(table[i].level, got,
			    "'%s': %d, not %d", table[i].line, got,
			    table[i].level);
		}
}

/* Every prefix of every line, in memory that ends there. */
ATF_TC_WITHOUT_HEAD(nothing_beyond_the_end_is_read);
ATF_TC_BODY(nothing_beyond_the_end_is_read, tc)
{
	struct format	 f;
	size_t		 i, n;
	char		*p;

	memset(&f, 0, sizeof(f));
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		for (n = 0; n <= strlen(table[i].line); n++) {
			ATF_REQUIRE((p = malloc(n + 1)) != NULL);
			memcpy(p + 1, table[i].line, n);
			(void)detect_level(&f, p + 1, n);
			free(p);
		}
	ATF_CHECK_EQ(-1, detect_level(&f, "\0error", 6));
	ATF_CHECK_EQ(-1, detect_level(&f, "1:\0error", 8));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, levels);
	ATF_TP_ADD_TC(tp, nothing_beyond_the_end_is_read);
	return (atf_no_error());
}
