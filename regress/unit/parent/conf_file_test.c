/* Files: which are read, which are refused, and what includes what. */
#include <sys/wait.h>

#include <fcntl.h>

#include "regress/unit/parent/conf_fixture.h"

#define APP(n)	"app " n " { command \"/bin/" n "\" }\n"

static void
loads(const char *name, size_t napps)
{
	struct conf	*conf;
	char		*errors;

	conf = load_file(name, &errors);
	ATF_REQUIRE_MSG(conf != NULL, "%s", errors);
	ATF_CHECK_EQ(conf->napps, napps);
	ATF_CHECK_STREQ(conf->file, scratch_path(name));
	conf_free(conf);
	free(errors);
}

ATF_TC_WITHOUT_HEAD(files_include_files);
ATF_TC_BODY(files_include_files, tc)
{
	struct conf	*conf;
	char		*errors;

	scratch();
	ATF_REQUIRE(mkdir(scratch_path("d"), 0755) == 0);
	ATF_REQUIRE(chown(scratch_path("d"), ordinary()->pw_uid, -1) == 0);
	scratch_write("main", "include \"d/one\" include d/two\n"
	    "app z { command /bin/z umask $mask }");
	scratch_write("d/one", APP("a") "include \"three\"");
	scratch_write("d/two", APP("b"));
	scratch_write("d/three", "mask = 027\n" APP("c"));
	conf = load_file("main", &errors);
	ATF_REQUIRE_MSG(conf != NULL, "%s", errors);
	ATF_CHECK_EQ(conf->napps, 4);
	ATF_CHECK_STREQ(TAILQ_FIRST(&conf->apps)->name, "a");
	ATF_CHECK_EQ(only(conf_app(conf, "z"))->umask, 027);
	ATF_CHECK_STREQ(conf_app(conf, "c")->file, scratch_path("d/three"));
	ATF_CHECK_EQ(conf_app(conf, "c")->line, 2);
	ATF_CHECK_EQ(conf_app(conf, "z")->line, 2);
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(errors_name_the_included_file);
ATF_TC_BODY(errors_name_the_included_file, tc)
{
	scratch();
	scratch_write("main", "include \"one\"\n" APP("a") "bogus 3\n"
	    "include \"gone\"");
	scratch_write("one", "\n\napp x { command /bin/x\n");
	load_file_fails("main", "/one:3: the { of this line is not closed");
	load_file_fails("main", "/main:3: unknown keyword \"bogus\" outside");
	load_file_fails("main", "/main:4: include ");
	load_file_fails("main", "/gone: No such file or directory\n");
}

ATF_TC_WITHOUT_HEAD(a_loop_of_includes_ends);
ATF_TC_BODY(a_loop_of_includes_ends, tc)
{
	char	 name[16], text[64];
	int	 i;

	scratch();
	scratch_write("self", "include \"self\"");
	load_file_fails("self", "/self:1: include loop: ");
	scratch_write("a", "include \"b\"");
	scratch_write("b", "\ninclude \"a\"");
	load_file_fails("a", "/b:2: include loop: ");
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		snprintf(text, sizeof(text), "include \"n%d\"", i + 1);
		scratch_write(name, text);
	}
	load_file_fails("n0", "/n16:1: include: files nested deeper than 16");
}

ATF_TC_WITHOUT_HEAD(a_missing_file_is_an_error_if_named);
ATF_TC_BODY(a_missing_file_is_an_error_if_named, tc)
{
	scratch();
	load_file_fails("gone", "/gone: No such file or directory\n");
	load_file_fails("gone/conf", "/gone/conf: ");
}

ATF_TC_WITHOUT_HEAD(the_home_has_a_file_or_not);
ATF_TC_BODY(the_home_has_a_file_or_not, tc)
{
	struct conf_options	 opts = { .home = NULL };
	struct conf		*conf;
	char			*errors;
	int			 root;

	scratch();
	opts.home = scratch_dir;
	root = become_ordinary();
	conf = conf_load(&opts, &errors);
	become_again(root);
	ATF_REQUIRE_MSG(conf != NULL, "%s", errors);
	ATF_CHECK(conf->file == NULL);
	ATF_CHECK_EQ(conf->napps, 0);
	ATF_CHECK_STREQ(conf->home, scratch_dir);
	conf_free(conf);
	scratch_write("omnitrond.conf", APP("a"));
	opts.home = NULL;
	ATF_REQUIRE(setenv("OMNITRON_HOME", scratch_dir, 1) == 0);
	root = become_ordinary();
	conf = conf_load(&opts, &errors);
	become_again(root);
	ATF_REQUIRE_MSG(conf != NULL, "%s", errors);
	ATF_CHECK_STREQ(conf->file, scratch_path("omnitrond.conf"));
	ATF_CHECK_EQ(conf->napps, 1);
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(a_relative_path_stays_the_same_file);
ATF_TC_BODY(a_relative_path_stays_the_same_file, tc)
{
	struct conf_options	 opts = { .file = "main" };
	struct conf		*conf;
	char			*errors;
	int			 root;

	scratch();
	scratch_write("main", APP("a"));
	ATF_REQUIRE(chdir(scratch_dir) == 0);
	root = become_ordinary();
	conf = conf_load(&opts, &errors);
	become_again(root);
	ATF_REQUIRE(chdir("/") == 0);
	ATF_REQUIRE_MSG(conf != NULL, "%s", errors);
	ATF_CHECK_STREQ(conf->file, scratch_path("main"));
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(a_file_others_can_write_is_refused);
ATF_TC_BODY(a_file_others_can_write_is_refused, tc)
{
	scratch();
	scratch_write("main", APP("a"));
	loads("main", 1);
	ATF_REQUIRE(chmod(scratch_path("main"), 0644) == 0);
	loads("main", 1);
	ATF_REQUIRE(chmod(scratch_path("main"), 0660) == 0);
	load_file_fails("main", "/main: can be written by others: chmod go-w");
	ATF_REQUIRE(chmod(scratch_path("main"), 0602) == 0);
	load_file_fails("main", "/main: can be written by others: chmod go-w");
	ATF_REQUIRE(chmod(scratch_path("main"), 0600) == 0);
	ATF_REQUIRE(chmod(scratch_dir, 0770) == 0);
	load_file_fails("main", "/main: its folder /");
	load_file_fails("main", " is writable by others: chmod go-w /");
	ATF_REQUIRE(chmod(scratch_dir, 0700) == 0);
	ATF_REQUIRE(mkdir(scratch_path("open"), 0700) == 0);
	ATF_REQUIRE(mkdir(scratch_path("open/in"), 0700) == 0);
	scratch_write("open/in/main", APP("a"));
	ATF_REQUIRE(chmod(scratch_path("open"), 0777) == 0);
	/* not the folder it is in, but one above that */
	load_file_fails("open/in/main", "/open is writable by others: chmod "
	    "go-w /");
	ATF_REQUIRE(chmod(scratch_dir, 0700) == 0);
	scratch_write("top", "include \"main\"");
	ATF_REQUIRE(chmod(scratch_path("main"), 0666) == 0);
	load_file_fails("top", "/top:1: include ");
	load_file_fails("top", "/main: can be written by others");
}

ATF_TC_WITHOUT_HEAD(only_regular_files_are_read);
ATF_TC_BODY(only_regular_files_are_read, tc)
{
	scratch();
	scratch_write("main", APP("a"));
	ATF_REQUIRE(symlink("main", scratch_path("link")) == 0);
	load_file_fails("link", "/link: is a symbolic link");
	ATF_REQUIRE(mkdir(scratch_path("dir"), 0755) == 0);
	load_file_fails("dir", "/dir: is not a regular file");
	ATF_REQUIRE(mkfifo(scratch_path("fifo"), 0600) == 0);
	ATF_REQUIRE(chown(scratch_path("fifo"), ordinary()->pw_uid, -1) == 0);
	load_file_fails("fifo", "/fifo: is not a regular file");
	/* A link among the folders is followed, if none else made it. */
	ATF_REQUIRE(symlink(".", scratch_path("here")) == 0);
	loads("here/main", 1);
}

ATF_TC_WITHOUT_HEAD(a_file_too_large_is_refused);
ATF_TC_BODY(a_file_too_large_is_refused, tc)
{
	scratch();
	scratch_write("main", "#");
	ATF_REQUIRE(truncate(scratch_path("main"), CONF_FILE_MAX + 1) == 0);
	load_file_fails("main", "/main: is larger than 8 MiB");
}

ATF_TC_WITHOUT_HEAD(another_users_file_is_refused);
ATF_TC_BODY(another_users_file_is_refused, tc)
{
	struct passwd	*pw = getpwnam("daemon");
	uid_t		 other;

	if (geteuid() != 0 || pw == NULL)
		atf_tc_skip("needs root and a user daemon");
	other = pw->pw_uid;
	scratch();
	scratch_write("main", APP("a"));
	ATF_REQUIRE(chmod(scratch_path("main"), 0644) == 0);
	ATF_REQUIRE(chown(scratch_path("main"), other, 0) == 0);
	load_file_fails("main", "/main: belongs to another user");
	ATF_REQUIRE(chown(scratch_path("main"), 0, 0) == 0);
	loads("main", 1);
	ATF_REQUIRE(chown(scratch_dir, other, 0) == 0);
	ATF_REQUIRE(chmod(scratch_dir, 0755) == 0);
	load_file_fails("main", "belongs to another user");
}

ATF_TC_WITHOUT_HEAD(root_reads_nothing_below_a_sticky_folder);
ATF_TC_BODY(root_reads_nothing_below_a_sticky_folder, tc)
{
	struct conf_options	 opts = { .file = NULL };
	char			*errors;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	scratch();
	scratch_write("main", APP("a"));
	ATF_REQUIRE(chown(scratch_path("main"), 0, 0) == 0);
	ATF_REQUIRE(chown(scratch_dir, 0, 0) == 0);
	opts.file = scratch_path("main");
	ATF_REQUIRE(conf_load(&opts, &errors) == NULL);
	ATF_CHECK_MSG(strstr(errors, "tmp is writable by others: use a "
	    "folder that is not") != NULL,
	    "%s", errors);
	free(errors);
	/* Not its place is what is wrong with this one. */
	opts.file = "/etc/passwd";
	ATF_REQUIRE(conf_load(&opts, &errors) == NULL);
	ATF_CHECK_MSG(strstr(errors, "/etc/passwd:1: ") == errors, "%s",
	    errors);
	free(errors);
}

/* In a process of its own, whose output goes to the files out and err. */
static int
check(const char *name, int print)
{
	struct conf_options	 opts = { .file = scratch_path(name) };
	int			 status;
	pid_t			 pid;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (freopen("out", "w", stdout) == NULL ||
		    freopen("err", "w", stderr) == NULL)
			_exit(99);
		become_ordinary();
		status = conf_check_main(&opts, print);
		fflush(stderr);
		_exit(status);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_REQUIRE(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

ATF_TC_WITHOUT_HEAD(checking_only);
ATF_TC_BODY(checking_only, tc)
{
	char	*text;

	scratch();
	scratch_write("good", APP("sh"));
	scratch_write("odd", APP("nosuch"));
	scratch_write("bad", "bogus");
	ATF_CHECK_EQ(check("good", 0), 0);
	text = slurp("err");
	ATF_CHECK_STREQ(text, "configuration OK\n");
	free(text);
	ATF_CHECK_EQ(check("odd", 0), 0);
	text = slurp("err");
	ATF_CHECK_MSG(strstr(text, "/odd:1: warning: app nosuch: command") !=
	    NULL && strstr(text, "\nconfiguration OK\n") != NULL, "%s", text);
	free(text);
	ATF_CHECK_EQ(check("good", 1), 0);
	text = slurp("out");
	ATF_CHECK(strncmp(text, "home \"", 6) == 0);
	free(text);
	ATF_CHECK_EQ(check("bad", 1), 1);
	text = slurp("err");
	ATF_CHECK(strstr(text, "/bad:1: unknown keyword") != NULL);
	free(text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, files_include_files);
	ATF_TP_ADD_TC(tp, errors_name_the_included_file);
	ATF_TP_ADD_TC(tp, a_loop_of_includes_ends);
	ATF_TP_ADD_TC(tp, a_missing_file_is_an_error_if_named);
	ATF_TP_ADD_TC(tp, the_home_has_a_file_or_not);
	ATF_TP_ADD_TC(tp, a_relative_path_stays_the_same_file);
	ATF_TP_ADD_TC(tp, a_file_others_can_write_is_refused);
	ATF_TP_ADD_TC(tp, only_regular_files_are_read);
	ATF_TP_ADD_TC(tp, a_file_too_large_is_refused);
	ATF_TP_ADD_TC(tp, another_users_file_is_refused);
	ATF_TP_ADD_TC(tp, root_reads_nothing_below_a_sticky_folder);
	ATF_TP_ADD_TC(tp, checking_only);
	return (atf_no_error());
}
