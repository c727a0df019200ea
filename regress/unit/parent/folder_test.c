/* The folders of the daemon's processes: what may be given away. */
#include <sys/stat.h>

#include <atf-c.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/parent/folder.h"

#define OTHER	12345		/* a user that has nothing here */

static char	path[PATH_MAX * 2], err[PATH_MAX * 3];

static const char *
at(const char *rest)
{
	char	 base[PATH_MAX];

	ATF_REQUIRE(getcwd(base, sizeof(base)) != NULL);
	snprintf(path, sizeof(path), "%s/%s", base, rest);
	return (path);
}

static uid_t
someone(void)
{
	return (geteuid() == 0 ? OTHER : geteuid());
}

static int
have(const char *name, mode_t mode)
{
	return (folder_have(at(name), mode, someone(), getegid(), err,
	    sizeof(err)));
}

static void
check_is(const char *name, mode_t mode, uid_t uid)
{
	struct stat	 st;

	ATF_REQUIRE_EQ(stat(name, &st), 0);
	ATF_CHECK_EQ(st.st_mode & 07777, mode);
	ATF_CHECK_EQ(st.st_uid, uid);
}

static void
check_refused(const char *name, const char *why)
{
	struct stat	 before, after;

	ATF_REQUIRE_EQ(lstat(name, &before), 0);
	ATF_CHECK_EQ(have(name, 0750), -1);
	ATF_CHECK_MSG(strstr(err, why) != NULL, "%s", err);
	ATF_CHECK_MSG(strncmp(err, path, strlen(path)) == 0, "%s", err);
	ATF_REQUIRE_EQ(lstat(name, &after), 0);
	ATF_CHECK_EQ(after.st_uid, before.st_uid);
	ATF_CHECK_EQ(after.st_mode, before.st_mode);
}

static void
fill(const char *name)
{
	int	 fd = open(name, O_WRONLY | O_CREAT, 0600);

	ATF_REQUIRE(fd != -1);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(a_missing_one_is_made);
ATF_TC_BODY(a_missing_one_is_made, tc)
{
	umask(077);
	ATF_REQUIRE_MSG(have("logs", 0751) == 0, "%s", err);
	check_is("logs", 0751, someone());
}

ATF_TC_WITHOUT_HEAD(its_own_is_mended);
ATF_TC_BODY(its_own_is_mended, tc)
{
	ATF_REQUIRE_EQ(mkdir("logs", 0755), 0);
	fill("logs/omnitrond.log");
	ATF_REQUIRE_EQ(chown("logs", someone(), getegid()), 0);
	ATF_REQUIRE_MSG(have("logs", 0700) == 0, "%s", err);
	check_is("logs", 0700, someone());
}

ATF_TC_WITHOUT_HEAD(an_empty_one_is_given);
ATF_TC_BODY(an_empty_one_is_given, tc)
{
	ATF_REQUIRE_EQ(mkdir("logs", 0755), 0);
	ATF_REQUIRE_MSG(have("logs", 0700) == 0, "%s", err);
	check_is("logs", 0700, someone());
}

ATF_TC(one_in_use_stays_roots);
ATF_TC_HEAD(one_in_use_stays_roots, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(one_in_use_stays_roots, tc)
{
	ATF_REQUIRE_EQ(mkdir("etc", 0755), 0);
	fill("etc/passwd");
	check_refused("etc", "in use for something else");
}

ATF_TC(that_of_another_user_is_refused);
ATF_TC_HEAD(that_of_another_user_is_refused, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(that_of_another_user_is_refused, tc)
{
	ATF_REQUIRE_EQ(mkdir("theirs", 0755), 0);
	ATF_REQUIRE_EQ(chown("theirs", OTHER + 1, (gid_t)-1), 0);
	check_refused("theirs", "belongs to another user");
}

ATF_TC_WITHOUT_HEAD(what_others_write_is_refused);
ATF_TC_BODY(what_others_write_is_refused, tc)
{
	ATF_REQUIRE_EQ(mkdir("open", 0755), 0);
	ATF_REQUIRE_EQ(chmod("open", 0777), 0);
	check_refused("open", "chmod go-w");
}

ATF_TC_WITHOUT_HEAD(below_what_others_write_is_refused);
ATF_TC_BODY(below_what_others_write_is_refused, tc)
{
	ATF_REQUIRE_EQ(mkdir("open", 0755), 0);
	ATF_REQUIRE_EQ(mkdir("open/logs", 0755), 0);
	ATF_REQUIRE_EQ(chmod("open", 0777), 0);
	ATF_CHECK_EQ(have("open/logs", 0700), -1);
	ATF_CHECK_MSG(strstr(err, "writable by others") != NULL, "%s", err);
}

ATF_TC_WITHOUT_HEAD(links_and_files_are_refused);
ATF_TC_BODY(links_and_files_are_refused, tc)
{
	ATF_REQUIRE_EQ(mkdir("real", 0755), 0);
	ATF_REQUIRE_EQ(symlink("real", "link"), 0);
	fill("file");
	check_refused("link", "not a directory");
	check_refused("file", "not a directory");
	ATF_CHECK_EQ(have("none/logs", 0700), -1);
	ATF_CHECK_MSG(strstr(err, "No such file") != NULL, "%s", err);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_missing_one_is_made);
	ATF_TP_ADD_TC(tp, its_own_is_mended);
	ATF_TP_ADD_TC(tp, an_empty_one_is_given);
	ATF_TP_ADD_TC(tp, one_in_use_stays_roots);
	ATF_TP_ADD_TC(tp, that_of_another_user_is_refused);
	ATF_TP_ADD_TC(tp, what_others_write_is_refused);
	ATF_TP_ADD_TC(tp, below_what_others_write_is_refused);
	ATF_TP_ADD_TC(tp, links_and_files_are_refused);
	return (atf_no_error());
}
