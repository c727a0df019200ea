/* The text of daemon.pid. */
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/pidfile.h"

#define TEXT	"4711\n123456\n0a1b2c3d-0000-4000-8000-000000000000\n" \
		"18446744073709551615\n/usr/local/sbin/omnitrond\n0.1.0\n"

static void
put(const char *path, const char *text, mode_t mode)
{
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ATF_REQUIRE_EQ(fchmod(fd, mode), 0);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(format_and_parse_agree);
ATF_TC_BODY(format_and_parse_agree, tc)
{
	struct pidfile pf;
	char buf[PIDFILE_MAX];
	int n;

	ATF_REQUIRE_EQ(pidfile_parse(TEXT, strlen(TEXT), &pf), 0);
	ATF_CHECK_EQ(pf.sig.pid, 4711);
	ATF_CHECK_EQ(pf.sig.starttime, 123456);
	ATF_CHECK_EQ(pf.sig.inode, UINT64_MAX);
	ATF_CHECK_STREQ(pf.executable, "/usr/local/sbin/omnitrond");
	ATF_CHECK_STREQ(pf.version, "0.1.0");
	n = pidfile_format(&pf, buf, sizeof(buf));
	ATF_CHECK_EQ(n, (int)strlen(TEXT));
	ATF_CHECK_STREQ(buf, TEXT);
}

/* Cut anywhere it is damaged, never another process's. */
ATF_TC_WITHOUT_HEAD(every_prefix_is_refused);
ATF_TC_BODY(every_prefix_is_refused, tc)
{
	struct pidfile pf;
	size_t n;

	for (n = 0; n < strlen(TEXT); n++) {
		ATF_CHECK_EQ_MSG(pidfile_parse(TEXT, n, &pf), -1, "%zu", n);
		ATF_CHECK_EQ(pf.sig.pid, 0);
	}
}

ATF_TC_WITHOUT_HEAD(damaged_texts_are_refused);
ATF_TC_BODY(damaged_texts_are_refused, tc)
{
	static const char *const bad[] = {
		TEXT "\n", TEXT "x", "\n" TEXT,
		"0\n1\naa\n0\n/x\n1\n", "-1\n1\naa\n0\n/x\n1\n",
		"99999999999\n1\naa\n0\n/x\n1\n", "1x\n1\naa\n0\n/x\n1\n",
		"1\n\naa\n0\n/x\n1\n", "1\n1\n\n0\n/x\n1\n",
		"1\n1\nzz\n0\n/x\n1\n", "1\n1\naa\n\n/x\n1\n",
		"1\n1\naa\n18446744073709551616\n/x\n1\n",
		"1\n1\naa\n0\n\n1\n", "1\n1\naa\n0\n/x\n\n", "1\n", "4711",
	};
	char big[PIDFILE_MAX + 2];
	struct pidfile pf;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(pidfile_parse(bad[i], strlen(bad[i]), &pf),
		    -1, "%zu", i);
	memset(big, '1', sizeof(big));
	ATF_CHECK_EQ(pidfile_parse(big, sizeof(big), &pf), -1);
	ATF_CHECK_EQ(pidfile_parse("1\n1\naa\n0\n/\0x\n1\n", 15, &pf), -1);
}

ATF_TC_WITHOUT_HEAD(odd_fields_are_not_written);
ATF_TC_BODY(odd_fields_are_not_written, tc)
{
	struct pidfile pf, bad;
	char buf[PIDFILE_MAX];

	ATF_REQUIRE_EQ(pidfile_parse(TEXT, strlen(TEXT), &pf), 0);
	ATF_CHECK_EQ(pidfile_format(&pf, buf, 20), -1);
	bad = pf;
	strlcpy(bad.executable, "/a\nb", sizeof(bad.executable));
	ATF_CHECK_EQ(pidfile_format(&bad, buf, sizeof(buf)), -1);
	bad = pf;
	bad.sig.pid = 0;
	ATF_CHECK_EQ(pidfile_format(&bad, buf, sizeof(buf)), -1);
	bad = pf;
	bad.sig.bootid[0] = '\0';
	ATF_CHECK_EQ(pidfile_format(&bad, buf, sizeof(buf)), -1);
}

ATF_TC_WITHOUT_HEAD(load_trusts_only_a_private_file);
ATF_TC_BODY(load_trusts_only_a_private_file, tc)
{
	struct pidfile pf;

	put("pid", TEXT, 0600);
	ATF_CHECK_EQ(pidfile_load("pid", geteuid(), &pf), 0);
	ATF_CHECK_EQ(pf.sig.pid, 4711);
	put("writable", TEXT, 0622);
	ATF_CHECK_EQ(pidfile_load("writable", geteuid(), &pf), -1);
	ATF_CHECK_EQ(errno, EPERM);
	ATF_REQUIRE_EQ(symlink("pid", "sym"), 0);
	ATF_CHECK_EQ(pidfile_load("sym", geteuid(), &pf), -1);
	ATF_REQUIRE_EQ(mkfifo("fifo", 0600), 0);
	ATF_CHECK_EQ(pidfile_load("fifo", geteuid(), &pf), -1);
	ATF_REQUIRE_EQ(link("pid", "second"), 0);
	ATF_CHECK_EQ(pidfile_load("pid", geteuid(), &pf), -1);
	put("half", "47", 0600);
	ATF_CHECK_EQ(pidfile_load("half", geteuid(), &pf), -1);
	ATF_CHECK_EQ(errno, EINVAL);
	ATF_CHECK_EQ(pidfile_load("none", geteuid(), &pf), -1);
	ATF_CHECK_EQ(errno, ENOENT);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, format_and_parse_agree);
	ATF_TP_ADD_TC(tp, every_prefix_is_refused);
	ATF_TP_ADD_TC(tp, damaged_texts_are_refused);
	ATF_TP_ADD_TC(tp, odd_fields_are_not_written);
	ATF_TP_ADD_TC(tp, load_trusts_only_a_private_file);
	return (atf_no_error());
}
