/* Datagrams of sd_notify(3), good and bad. */
#include <atf-c.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "omnitrond/apps/notify_parse.h"

static struct notify	 n;

static int
parse(const char *text)
{
	return (notify_parse(&n, text, strlen(text)));
}

ATF_TC_WITHOUT_HEAD(each_word_is_understood);
ATF_TC_BODY(each_word_is_understood, tc)
{
	static const struct {
		const char	*text;
		unsigned int	 what;
	} words[] = {
		{ "READY=1", NOTIFY_READY },
		{ "READY=1\n", NOTIFY_READY },
		{ "STOPPING=1", NOTIFY_STOPPING },
		{ "WATCHDOG=1", NOTIFY_WATCHDOG },
		{ "WATCHDOG=trigger", NOTIFY_TRIGGER },
		{ "STATUS=", NOTIFY_STATUS },
		{ "MAINPID=4242", NOTIFY_MAINPID },
		{ "READY=1\nSTATUS=up\nWATCHDOG=1",
		    NOTIFY_READY | NOTIFY_STATUS | NOTIFY_WATCHDOG },
		{ "FDSTORE=1\nX=\nERRNO=2\nWATCHDOG=1\nBARRIER=1",
		    NOTIFY_WATCHDOG },
	};
	size_t	 i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		ATF_CHECK_EQ_MSG(0, parse(words[i].text), "%s", words[i].text);
		ATF_CHECK_EQ_MSG(words[i].what, n.what, "%s", words[i].text);
	}
	ATF_CHECK_EQ(0, parse("RELOADING=1\nMONOTONIC_USEC=123456789012"));
	ATF_CHECK_EQ(NOTIFY_RELOADING, n.what);
	ATF_CHECK_EQ(123456789012, n.usec);
	ATF_CHECK_EQ(0, parse("MAINPID=17"));
	ATF_CHECK_EQ(17, n.mainpid);
	ATF_CHECK_EQ(0, parse("STATUS=one\nSTATUS=two"));
	ATF_CHECK_STREQ("two", n.status);
}

ATF_TC_WITHOUT_HEAD(what_is_no_word_is_ignored);
ATF_TC_BODY(what_is_no_word_is_ignored, tc)
{
	static const char *const	 none[] = {
		"", "\n", "\n\n\n", "READY", "READY=", "READY=0", "READY=11",
		"READY= 1", " READY=1", "ready=1", "READY=1\r", "=1", "=",
		"WATCHDOG=", "WATCHDOG=2", "WATCHDOG=TRIGGER", "MAINPID=",
		"MAINPID=0", "MAINPID=1", "MAINPID=-5", "MAINPID=5x",
		"MAINPID=99999999999", "MAINPID=18446744073709551617",
		"MAINPID=4294967298", "RELOADING=yes", "FDSTORE=1", "ERRNO=5",
		"MONOTONIC_USEC=5", "EXTEND_TIMEOUT_USEC=1",
	};
	size_t	 i;

	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ATF_CHECK_EQ_MSG(-1, parse(none[i]), "%s", none[i]);
	ATF_CHECK_EQ(0, parse("RELOADING=1\nMONOTONIC_USEC="
	    "18446744073709551616"));
	ATF_CHECK_EQ(0, n.usec);
	/* a NUL is a byte like others */
	ATF_CHECK_EQ(-1, notify_parse(&n, "READY=1\0", 8));
	ATF_CHECK_EQ(0, notify_parse(&n, "X\0=\nREADY=1", 11));
}

/* Whatever it is, it is no terminal's escape sequence when it is shown. */
ATF_TC_WITHOUT_HEAD(a_status_is_text_for_people);
ATF_TC_BODY(a_status_is_text_for_people, tc)
{
	char	 text[64], big[NOTIFY_MAX];

	notify_text(text, sizeof(text), "a\033[31mb\tc\x7f", 10);
	ATF_CHECK_STREQ("a [31mb c ", text);
	notify_text(text, sizeof(text), "gr\xc3\xbc\xc3\x9f""e", 7);
	ATF_CHECK_STREQ("gr\xc3\xbc\xc3\x9f""e", text);
	notify_text(text, sizeof(text), "x\xff\xc3(\xed\xa0\x80", 7);
	ATF_CHECK_STREQ("x?\?(\?\?\?", text);
	notify_text(text, sizeof(text), "\xc2\x9b""31m", 5);
	ATF_CHECK_STREQ(" 31m", text);
	/* cut between characters, never within one */
	notify_text(text, 4, "ab\xe2\x82\xac", 5);
	ATF_CHECK_STREQ("ab", text);
	notify_text(text, 6, "ab\xe2\x82\xac", 5);
	ATF_CHECK_STREQ("ab\xe2\x82\xac", text);
	memset(big, 'x', sizeof(big));
	memcpy(big, "STATUS=", 7);
	ATF_CHECK_EQ(0, notify_parse(&n, big, sizeof(big)));
	ATF_CHECK_EQ(STATUS_TEXT_MAX, strlen(n.status));
}

/* Random bytes, and random bytes made of our words. */
ATF_TC_WITHOUT_HEAD(no_bytes_do_harm);
ATF_TC_BODY(no_bytes_do_harm, tc)
{
	static const char *const	 bits[] = {
		"READY", "=", "1", "\n", "STATUS=", "WATCHDOG=trigger",
		"MAINPID=", "9", "\xff", "\xe2\x82", "\033[0m", "MONOTONIC_",
		"USEC=", "RELOADING=1\n", "", "\n\n",
	};
	char	*text, *exact;
	size_t	 len, k;
	int	 i;

	srandom(4711);
	ATF_REQUIRE((text = malloc(NOTIFY_MAX)) != NULL);
	for (i = 0; i < 100000; i++) {
		len = 0;
		if (i % 2 == 0)
			for (k = (size_t)random() % 200; len < k; len++)
				text[len] = (char)random();
		else
			for (k = (size_t)random() % 40; k > 0; k--) {
				strlcpy(text + len, bits[random() % 16],
				    NOTIFY_MAX - len);
				len += strlen(text + len);
			}
		/* exactly as long, so that one byte too far is found */
		ATF_REQUIRE((exact = malloc(len > 0 ? len : 1)) != NULL);
		memcpy(exact, text, len);
		notify_parse(&n, exact, len);
		ATF_REQUIRE(strlen(n.status) <= STATUS_TEXT_MAX);
		ATF_REQUIRE(utf8_valid(n.status, strlen(n.status)));
		ATF_REQUIRE(strpbrk(n.status, "\033\n\t\r") == NULL);
		if (n.what & NOTIFY_MAINPID)
			ATF_REQUIRE(n.mainpid > 1);
		free(exact);
	}
	free(text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_word_is_understood);
	ATF_TP_ADD_TC(tp, what_is_no_word_is_ignored);
	ATF_TP_ADD_TC(tp, a_status_is_text_for_people);
	ATF_TP_ADD_TC(tp, no_bytes_do_harm);
	return (atf_no_error());
}
