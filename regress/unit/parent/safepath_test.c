/* Folders that nobody else can replace. */
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/parent/safepath.h"

static char base[PATH_MAX], path[PATH_MAX * 2], err[PATH_MAX * 3];

static const char *
at(const char *rest)
{
	ATF_REQUIRE(getcwd(base, sizeof(base)) != NULL);
	snprintf(path, sizeof(path), "%s/%s", base, rest);
	return (path);
}

static void
check_same(int fd, const char *name)
{
	struct stat a, b;

	ATF_REQUIRE_MSG(fd != -1, "%s", err);
	ATF_CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	ATF_REQUIRE_EQ(fstat(fd, &a), 0);
	ATF_REQUIRE_EQ(stat(name, &b), 0);
	ATF_CHECK(a.st_dev == b.st_dev && a.st_ino == b.st_ino);
	close(fd);
}

static void
check_refused(int flags, const char *why)
{
	ATF_CHECK_EQ(safepath_dir(path, flags, 0700, err, sizeof(err)), -1);
	ATF_CHECK_MSG(strstr(err, why) != NULL, "%s", err);
}

ATF_TC_WITHOUT_HEAD(opens_what_is_there);
ATF_TC_BODY(opens_what_is_there, tc)
{
	ATF_REQUIRE_EQ(mkdir("a", 0755), 0);
	ATF_REQUIRE_EQ(mkdir("a/b", 0755), 0);
	check_same(safepath_dir(at("a/b"), 0, 0, err, sizeof(err)), "a/b");
	check_same(safepath_dir(at("a//b///"), 0, 0, err, sizeof(err)), "a/b");
	check_same(safepath_dir(at("a/./b/../b"), 0, 0, err, sizeof(err)),
	    "a/b");
	check_same(safepath_dir("/", 0, 0, err, sizeof(err)), "/");
	at("none");
	check_refused(0, "No such file");
	strlcpy(path, "a/b", sizeof(path));
	check_refused(0, "absolute");
}

ATF_TC_WITHOUT_HEAD(makes_what_is_missing);
ATF_TC_BODY(makes_what_is_missing, tc)
{
	struct stat st;

	umask(077);
	check_same(safepath_dir(at("x/y/z"), SAFEPATH_MAKE, 0711, err,
	    sizeof(err)), "x/y/z");
	ATF_REQUIRE_EQ(stat("x", &st), 0);
	ATF_CHECK_EQ(st.st_mode & 07777, 0755);
	ATF_REQUIRE_EQ(stat("x/y/z", &st), 0);
	ATF_CHECK_EQ(st.st_mode & 07777, 0711);
	check_same(safepath_dir(path, SAFEPATH_MAKE, 0700, err, sizeof(err)),
	    "x/y/z");
	ATF_REQUIRE_EQ(stat("x/y/z", &st), 0);
	ATF_CHECK_EQ(st.st_mode & 07777, 0711);
}

ATF_TC_WITHOUT_HEAD(links_in_safe_folders_are_followed);
ATF_TC_BODY(links_in_safe_folders_are_followed, tc)
{
	ATF_REQUIRE_EQ(mkdir("real", 0755), 0);
	ATF_REQUIRE_EQ(mkdir("real/sub", 0755), 0);
	ATF_REQUIRE_EQ(symlink("real", "rel"), 0);
	ATF_REQUIRE_EQ(symlink(at("real"), "abs"), 0);
	ATF_REQUIRE_EQ(symlink("../rel/sub", "real/up"), 0);
	check_same(safepath_dir(at("rel/sub"), 0, 0, err, sizeof(err)),
	    "real/sub");
	check_same(safepath_dir(at("abs"), 0, 0, err, sizeof(err)), "real");
	check_same(safepath_dir(at("abs/up"), 0, 0, err, sizeof(err)),
	    "real/sub");
	check_same(safepath_dir(at("rel/new"), SAFEPATH_MAKE, 0700, err,
	    sizeof(err)), "real/new");
	ATF_REQUIRE_EQ(symlink("loop", "loop"), 0);
	at("loop");
	check_refused(0, "symbolic links");
}

ATF_TC_WITHOUT_HEAD(links_where_others_write_are_refused);
ATF_TC_BODY(links_where_others_write_are_refused, tc)
{
	ATF_REQUIRE_EQ(mkdir("sticky", 0755), 0);
	ATF_REQUIRE_EQ(chmod("sticky", 01777), 0);
	ATF_REQUIRE_EQ(mkdir("sticky/ours", 0755), 0);
	ATF_REQUIRE_EQ(symlink("ours", "sticky/link"), 0);
	check_same(safepath_dir(at("sticky/ours"), 0, 0, err, sizeof(err)),
	    "sticky/ours");
	at("sticky/link");
	check_refused(0, "symbolic link");
	at("sticky");
	check_refused(0, "writable by others");
}

ATF_TC_WITHOUT_HEAD(folders_others_can_write_are_refused);
ATF_TC_BODY(folders_others_can_write_are_refused, tc)
{
	ATF_REQUIRE_EQ(mkdir("open", 0755), 0);
	ATF_REQUIRE_EQ(mkdir("open/in", 0755), 0);
	ATF_REQUIRE_EQ(chmod("open", 0775), 0);
	at("open/in");
	check_refused(SAFEPATH_MAKE, "writable by others");
	ATF_REQUIRE_EQ(chmod("open", 0757), 0);
	check_refused(SAFEPATH_MAKE, "writable by others");
	ATF_REQUIRE_EQ(chmod("open", 0755), 0);
	check_same(safepath_dir(path, 0, 0, err, sizeof(err)), "open/in");
	at("file");
	close(open("file", O_WRONLY | O_CREAT, 0600));
	check_refused(SAFEPATH_MAKE, "Not a directory");
	at("file/x");
	check_refused(SAFEPATH_MAKE, "Not a directory");
}

ATF_TC(folders_of_other_users_are_refused);
ATF_TC_HEAD(folders_of_other_users_are_refused, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(folders_of_other_users_are_refused, tc)
{
	ATF_REQUIRE_EQ(mkdir("theirs", 0755), 0);
	ATF_REQUIRE_EQ(mkdir("theirs/ours", 0755), 0);
	ATF_REQUIRE_EQ(chown("theirs", 65534, 65534), 0);
	at("theirs/ours");
	check_refused(0, "belongs to another user");
	at("theirs");
	check_refused(0, "belongs to another user");
}

ATF_TC_WITHOUT_HEAD(roots_are_not_our_own);
ATF_TC_BODY(roots_are_not_our_own, tc)
{
	if (geteuid() == 0)
		atf_tc_skip("we are root");
	strlcpy(path, "/usr", sizeof(path));
	check_refused(SAFEPATH_OURS, "not our own");
	check_same(safepath_dir("/usr", 0, 0, err, sizeof(err)), "/usr");
}

ATF_TC_WITHOUT_HEAD(the_folder_of_a_file);
ATF_TC_BODY(the_folder_of_a_file, tc)
{
	static const char *const bad[] = { "x", "", "/", "/a/", "/a/..",
	    "/a/." };
	const char *name;
	size_t i;

	check_same(safepath_parent(at("daemon.pid"), 0, &name, err,
	    sizeof(err)), ".");
	ATF_CHECK_STREQ(name, "daemon.pid");
	check_same(safepath_parent("/x", 0, &name, err, sizeof(err)), "/");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(safepath_parent(bad[i], 0, &name, err,
		    sizeof(err)), -1, "%s", bad[i]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, opens_what_is_there);
	ATF_TP_ADD_TC(tp, makes_what_is_missing);
	ATF_TP_ADD_TC(tp, links_in_safe_folders_are_followed);
	ATF_TP_ADD_TC(tp, links_where_others_write_are_refused);
	ATF_TP_ADD_TC(tp, folders_others_can_write_are_refused);
	ATF_TP_ADD_TC(tp, folders_of_other_users_are_refused);
	ATF_TP_ADD_TC(tp, roots_are_not_our_own);
	ATF_TP_ADD_TC(tp, the_folder_of_a_file);
	return (atf_no_error());
}
