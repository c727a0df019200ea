/* Files: appending, rotation, rights, reopening, and disks that are full. */
#include <sys/mount.h>
#include <sys/resource.h>

#include <errno.h>
#include <signal.h>

#include "fixture.h"

static struct files	 fs;
static struct file	 f;
static char		 told[256];
static int		 tells;
static struct mono	 now = { 1000000000 };

static void
tell(struct files *files, const char *cause)
{
	tells++;
	strlcpy(told, cause != NULL ? cause : "", sizeof(told));
}

static size_t
loss(struct file *file, char *buf, size_t size)
{
	return ((size_t)snprintf(buf, size, "lost %d lines %d bytes\n",
	    (int)file->lost_lines, (int)file->lost_bytes));
}

static void
begin(int64_t max_size, uint32_t max_files)
{
	struct file_rules	 rules = { max_size, max_files, 0600,
				    UINT32_MAX };

	umask(077);
	files_init(&fs, tell, NULL);
	file_init(&fs, &f, "web", loss, NULL);
	file_set_rules(&f, &rules);
}

static void
put(const char *text)
{
	file_write(&f, text, strlen(text), now);
}

static void
later(int64_t ms)
{
	now = mono_add_ms(now, ms);
}

static void
check_file(const char *name, const char *want)
{
	char	*p = fx_read(name);

	ATF_CHECK_STREQ(want, p);
	free(p);
}

ATF_TC_WITHOUT_HEAD(opened_at_the_first_line_and_appended_to);
ATF_TC_BODY(opened_at_the_first_line_and_appended_to, tc)
{
	begin(0, 3);
	ATF_CHECK_EQ(-1, fx_size("web.log"));
	put("one\n");
	file_free(&f);
	begin(0, 3);
	put("two\nthree\n");
	check_file("web.log", "one\ntwo\nthree\n");
	file_free(&f);
}

ATF_TC_WITHOUT_HEAD(torn_end_of_a_killed_writer_is_its_own_line);
ATF_TC_BODY(torn_end_of_a_killed_writer_is_its_own_line, tc)
{
	int	 fd = open("web.log", O_WRONLY | O_CREAT, 0600);

	fx_say(fd, "whole\nto");
	close(fd);
	begin(0, 3);
	put("next\n");
	put("more\n");
	check_file("web.log", "whole\nto\nnext\nmore\n");
	file_free(&f);
}

ATF_TC_WITHOUT_HEAD(rotation_by_size_keeps_max_files);
ATF_TC_BODY(rotation_by_size_keeps_max_files, tc)
{
	char	 line[32];
	int	 i;

	begin(40, 3);
	for (i = 0; i < 30; i++) {
		snprintf(line, sizeof(line), "line %04d\n", i);
		put(line);
		ATF_REQUIRE(fx_size("web.log") <= 40);
	}
	check_file("web.log", "line 0028\nline 0029\n");
	check_file("web.log.1",
	    "line 0024\nline 0025\nline 0026\nline 0027\n");
	check_file("web.log.3",
	    "line 0016\nline 0017\nline 0018\nline 0019\n");
	ATF_CHECK_EQ(-1, fx_size("web.log.4"));
	ATF_CHECK_EQ(7, f.rotations);
	file_free(&f);
}

/* A batch is divided at lines, so that no file is over its size. */
ATF_TC_WITHOUT_HEAD(batch_is_divided_between_files);
ATF_TC_BODY(batch_is_divided_between_files, tc)
{
	begin(10, 9);
	put("aaa\nbbb\nccc\nddd\neee\n");
	check_file("web.log.2", "aaa\nbbb\n");
	check_file("web.log.1", "ccc\nddd\n");
	check_file("web.log", "eee\n");
	/* a line that alone is too large has a file to itself */
	put("a line of more than ten\nf\n");
	check_file("web.log.2", "eee\n");
	check_file("web.log.1", "a line of more than ten\n");
	check_file("web.log", "f\n");
	file_free(&f);
}

ATF_TC_WITHOUT_HEAD(fewer_files_are_kept_after_a_reload);
ATF_TC_BODY(fewer_files_are_kept_after_a_reload, tc)
{
	struct file_rules	 rules;

	begin(4, 5);
	put("1aa\n2aa\n3aa\n4aa\n5aa\n6aa\n7aa\n");
	ATF_CHECK_EQ(4, fx_size("web.log.5"));
	rules = f.rules;
	rules.max_files = 2;
	file_set_rules(&f, &rules);
	put("8aa\n");
	check_file("web.log.2", "6aa\n");
	ATF_CHECK_EQ(-1, fx_size("web.log.3"));
	ATF_CHECK_EQ(-1, fx_size("web.log.5"));
	rules.max_files = 0;
	file_set_rules(&f, &rules);
	put("9aa\n");
	check_file("web.log", "9aa\n");
	ATF_CHECK_EQ(-1, fx_size("web.log.1"));
	file_free(&f);
}

/* A rotation that cannot be done is put off, and the lines are not lost. */
ATF_TC_WITHOUT_HEAD(failed_rotation_is_put_off);
ATF_TC_BODY(failed_rotation_is_put_off, tc)
{
	begin(4, 2);
	ATF_REQUIRE_EQ(0, mkdir("web.log.1", 0700));
	ATF_REQUIRE_EQ(0, mkdir("web.log.2", 0700));
	ATF_REQUIRE_EQ(0, mkdir("web.log.2/x", 0700));
	put("1aa\n2aa\n");
	put("3aa\n");
	check_file("web.log", "1aa\n2aa\n3aa\n");
	ATF_REQUIRE_EQ(0, rmdir("web.log.2/x"));
	put("4aa\n");
	check_file("web.log", "1aa\n2aa\n3aa\n4aa\n");
	later(ROTATE_RETRY_MS);
	put("5aa\n");
	check_file("web.log", "5aa\n");
	check_file("web.log.1", "1aa\n2aa\n3aa\n4aa\n");
	file_free(&f);
}

ATF_TC_WITHOUT_HEAD(mode_and_group_are_applied);
ATF_TC_BODY(mode_and_group_are_applied, tc)
{
	struct file_rules	 rules;
	struct stat		 st;

	begin(0, 3);
	put("x\n");
	ATF_REQUIRE_EQ(0, stat("web.log", &st));
	ATF_CHECK_EQ(0600, st.st_mode & 07777);
	rules = f.rules;
	rules.mode = 0640;
	if (geteuid() == 0)
		rules.gid = 12345;
	file_set_rules(&f, &rules);
	put("y\n");
	ATF_REQUIRE_EQ(0, stat("web.log", &st));
	ATF_CHECK_EQ(0640, st.st_mode & 07777);
	if (geteuid() == 0)
		ATF_CHECK_EQ(12345, st.st_gid);
	file_free(&f);
}

ATF_TC_WITHOUT_HEAD(only_regular_files_and_no_links_are_written);
ATF_TC_BODY(only_regular_files_and_no_links_are_written, tc)
{
	begin(0, 3);
	ATF_REQUIRE_EQ(0, symlink("elsewhere", "web.log"));
	put("x\n");
	ATF_CHECK_EQ(ELOOP, f.error);
	ATF_CHECK_EQ(-1, fx_size("elsewhere"));
	ATF_REQUIRE_EQ(0, unlink("web.log"));
	ATF_REQUIRE_EQ(0, mkfifo("web.log", 0600));
	files_retry(&fs, now);
	ATF_CHECK_EQ(EINVAL, f.error);
	ATF_REQUIRE_EQ(0, unlink("web.log"));
	files_retry(&fs, now);
	ATF_CHECK_EQ(0, f.error);
	check_file("web.log", "x\n");
	file_free(&f);
}

ATF_TC_WITHOUT_HEAD(reopened_on_demand_and_when_moved);
ATF_TC_BODY(reopened_on_demand_and_when_moved, tc)
{
	begin(0, 3);
	put("1\n");
	ATF_REQUIRE_EQ(0, rename("web.log", "old"));
	put("2\n");
	files_reopen(&fs);
	put("3\n");
	check_file("old", "1\n2\n");
	check_file("web.log", "3\n");
	/* without being told: within a second */
	ATF_REQUIRE_EQ(0, unlink("web.log"));
	later(LOOK_MS);
	put("4\n");
	check_file("web.log", "4\n");
	/* cut to nothing by others: its size counts anew */
	ATF_REQUIRE_EQ(0, truncate("web.log", 0));
	later(LOOK_MS);
	put("5\n");
	check_file("web.log", "5\n");
	ATF_CHECK_EQ(2, f.size);
	file_free(&f);
}

ATF_TC_WITHOUT_HEAD(open_files_are_bounded);
ATF_TC_BODY(open_files_are_bounded, tc)
{
	static struct file	 many[20];
	char			 name[32];
	int			 i, round;

	begin(0, 3);
	fs.open_max = 4;
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "app%d", i);
		file_init(&fs, &many[i], name, loss, NULL);
	}
	for (round = 0; round < 3; round++)
		for (i = 0; i < 20; i++) {
			file_write(&many[i], "x\n", 2, now);
			ATF_REQUIRE(fs.nopen <= 4);
		}
	for (i = 0; i < 20; i++) {
		file_free(&many[i]);
		snprintf(name, sizeof(name), "app%d.log", i);
		check_file(name, "x\nx\nx\n");
	}
	ATF_CHECK_EQ(0, fs.nopen);
}

/* ---- failures ----------------------------------------------------------- */

/* No file can be made: its name is a folder. */
static void
break_it(void)
{
	files_reopen(&fs);
	ATF_REQUIRE(rename("web.log", "kept") == 0 || errno == ENOENT);
	ATF_REQUIRE_EQ(0, mkdir("web.log", 0700));
}

static void
mend_it(void)
{
	ATF_REQUIRE_EQ(0, rmdir("web.log"));
	ATF_REQUIRE(rename("kept", "web.log") == 0 || errno == ENOENT);
}

ATF_TC_WITHOUT_HEAD(lines_are_held_until_it_works_again);
ATF_TC_BODY(lines_are_held_until_it_works_again, tc)
{
	begin(0, 3);
	put("1\n");
	ATF_CHECK_EQ(0, tells);
	break_it();
	put("2\n");
	put("3\n");
	ATF_CHECK_EQ(1, tells);
	ATF_CHECK_STREQ("web.log: Is a directory", told);
	ATF_CHECK_EQ(4, fs.held);
	ATF_CHECK_EQ(1, files_retry(&fs, now));
	ATF_CHECK_EQ(1, tells);
	mend_it();
	ATF_CHECK_EQ(0, files_retry(&fs, now));
	ATF_CHECK_EQ(2, tells);
	ATF_CHECK_STREQ("", told);
	put("4\n");
	check_file("web.log", "1\n2\n3\n4\n");
	ATF_CHECK_EQ(0, fs.held);
	file_free(&f);
}

/* Another logger hangs in the same files. */
ATF_TC_WITHOUT_HEAD(files_that_must_not_be_touched_are_not);
ATF_TC_BODY(files_that_must_not_be_touched_are_not, tc)
{
	struct stat	 st;

	begin(0, 3);
	fs.hold = 1;
	put("1\n");
	put("2\n");
	ATF_CHECK_STREQ("web.log: the disk hangs, and an earlier logger in it",
	    told);
	ATF_CHECK_EQ(1, files_retry(&fs, now));
	files_reopen(&fs);
	ATF_CHECK_EQ(-1, stat("web.log", &st));
	fs.hold = 0;
	ATF_CHECK_EQ(0, files_retry(&fs, now));
	ATF_CHECK_STREQ("", told);
	check_file("web.log", "1\n2\n");
	file_free(&f);
}

ATF_TC_WITHOUT_HEAD(loss_beyond_the_bound_is_counted_and_told);
ATF_TC_BODY(loss_beyond_the_bound_is_counted_and_told, tc)
{
	begin(0, 3);
	fs.held_max = 10;
	break_it();
	put("aaa\nbbb\nccc\nddd\n");	/* two of them fit */
	put("e\n");			/* after a loss none */
	ATF_CHECK_EQ(8, f.heldlen);
	ATF_CHECK_EQ(3, f.lost_lines);
	ATF_CHECK_EQ(10, f.lost_bytes);
	mend_it();
	files_retry(&fs, now);
	put("f\n");
	check_file("web.log", "aaa\nbbb\nlost 3 lines 10 bytes\nf\n");
	ATF_CHECK_EQ(0, f.lost_lines);
	file_free(&f);
}

ATF_TC_WITHOUT_HEAD(memory_of_all_files_is_bounded);
ATF_TC_BODY(memory_of_all_files_is_bounded, tc)
{
	static struct file	 many[8];
	char			 name[32];
	int			 i;

	begin(0, 3);
	fs.held_all_max = 20;
	for (i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "app%d.log", i);
		ATF_REQUIRE_EQ(0, mkdir(name, 0700));
		snprintf(name, sizeof(name), "app%d", i);
		file_init(&fs, &many[i], name, loss, NULL);
		file_write(&many[i], "12345\n12345\n", 12, now);
		ATF_REQUIRE(fs.held <= 20);
	}
	ATF_CHECK_EQ(18, fs.held);
	ATF_CHECK_EQ(1, tells);
	for (i = 0; i < 8; i++) {
		snprintf(name, sizeof(name), "app%d.log", i);
		ATF_REQUIRE_EQ(0, rmdir(name));
	}
	ATF_CHECK_EQ(0, files_retry(&fs, now));
	ATF_CHECK_EQ(0, fs.held);
	ATF_CHECK_STREQ("", told);
	check_file("app0.log", "12345\n12345\n");
	check_file("app1.log", "12345\nlost 1 lines 6 bytes\n");
	check_file("app7.log", "lost 2 lines 12 bytes\n");
	for (i = 0; i < 8; i++)
		file_free(&many[i]);
}

/* A retry is bounded, and all have their turn. */
ATF_TC_WITHOUT_HEAD(one_retry_tries_only_some);
ATF_TC_BODY(one_retry_tries_only_some, tc)
{
	static struct file	 many[3 * RETRY_FILES];
	char			 name[32];
	int			 i;

	begin(0, 3);
	for (i = 0; i < 3 * RETRY_FILES; i++) {
		snprintf(name, sizeof(name), "app%d.log", i);
		ATF_REQUIRE_EQ(0, mkdir(name, 0700));
		snprintf(name, sizeof(name), "app%d", i);
		file_init(&fs, &many[i], name, loss, NULL);
		file_write(&many[i], "x\n", 2, now);
	}
	ATF_REQUIRE_EQ(0, rmdir("app40.log"));
	ATF_CHECK_EQ(1, files_retry(&fs, now));
	ATF_CHECK_EQ(1, files_retry(&fs, now));
	ATF_CHECK_EQ(EISDIR, many[40].error);
	ATF_CHECK_EQ(1, files_retry(&fs, now));
	ATF_CHECK_EQ(0, many[40].error);
	for (i = 0; i < 3 * RETRY_FILES; i++)
		file_free(&many[i]);
	ATF_CHECK(TAILQ_EMPTY(&fs.broken));
	ATF_CHECK_STREQ("", told);
}

/* A file that left while its failure was the one told. */
ATF_TC_WITHOUT_HEAD(cause_moves_to_another_file_and_ends);
ATF_TC_BODY(cause_moves_to_another_file_and_ends, tc)
{
	struct file	 other;

	begin(0, 3);
	file_init(&fs, &other, "other", loss, NULL);
	break_it();
	ATF_REQUIRE_EQ(0, symlink("x", "other.log"));
	put("1\n");
	file_write(&other, "2\n", 2, now);
	ATF_CHECK_STREQ("web.log: Is a directory", told);
	file_free(&f);
	ATF_CHECK_MATCH("^other.log: ", told);
	file_free(&other);
	ATF_CHECK_STREQ("", told);
	ATF_CHECK_EQ(3, tells);
	ATF_CHECK_EQ(0, fs.held);
}

/* A write that is cut in a line: the line comes whole afterwards. */
ATF_TC_WITHOUT_HEAD(cut_write_is_made_good);
ATF_TC_BODY(cut_write_is_made_good, tc)
{
	struct rlimit	 rl, old;

	signal(SIGXFSZ, SIG_IGN);
	begin(0, 3);
	put("0000\n");
	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_FSIZE, &old));
	rl = old;
	rl.rlim_cur = 12;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &rl));
	put("1111\n2222\n3333\n");
	check_file("web.log", "0000\n1111\n22");
	ATF_CHECK_EQ(EFBIG, f.error);
	ATF_CHECK_EQ(10, f.heldlen);
	put("4444\n");
	files_retry(&fs, now);
	ATF_CHECK_EQ(EFBIG, f.error);
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &old));
	files_retry(&fs, now);
	ATF_CHECK_EQ(0, f.error);
	check_file("web.log", "0000\n1111\n22\n2222\n3333\n4444\n");
	file_free(&f);
}

ATF_TC_WITH_CLEANUP(full_disk);
ATF_TC_HEAD(full_disk, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(full_disk, tc)
{
	static char	 big[64 * 1024];
	char		 line[128];
	size_t		 i, n, kept, lost = 0;
	int		 fd;
	char		*p, *q;

	ATF_REQUIRE_EQ(0, mkdir("small", 0700));
	if (mount("tmpfs", "small", "tmpfs", 0, "size=256k") == -1)
		atf_tc_skip("no file system can be mounted here");
	ATF_REQUIRE_EQ(0, chdir("small"));
	begin(0, 3);
	fs.held_max = 32 * 1024;
	ATF_REQUIRE((fd = open("ballast", O_WRONLY | O_CREAT, 0600)) != -1);
	ATF_REQUIRE(write(fd, big, sizeof(big)) > 0);
	for (i = 0; i < 8000; i++) {
		n = (size_t)snprintf(line, sizeof(line), "line %05d %60s\n",
		    (int)i, "");
		file_write(&f, line, n, now);
	}
	ATF_CHECK_EQ(ENOSPC, f.error);
	ATF_CHECK_STREQ("web.log: No space left on device", told);
	ATF_CHECK_EQ(1, tells);
	ATF_CHECK_EQ(1, files_retry(&fs, now));
	ATF_REQUIRE_EQ(0, ftruncate(fd, 0));
	/* the place for what is held is just made; the loss is told as well */
	ATF_REQUIRE_EQ(0, files_retry(&fs, now));
	ATF_CHECK_STREQ("", told);
	p = fx_read("web.log");
	for (kept = 0, q = p; (q = strstr(q, "line ")) != NULL; q++) {
		if (strlen(q) > 70 && q[71] == '\n')
			kept++;
	}
	ATF_REQUIRE((q = strstr(p, "lost ")) != NULL);
	lost = (size_t)strtoul(q + 5, NULL, 10);
	ATF_CHECK_EQ_MSG(8000, kept + lost, "%zu kept, %zu lost", kept, lost);
	free(p);
	file_free(&f);
	close(fd);
	ATF_CHECK_EQ(0, chdir(".."));
}
ATF_TC_CLEANUP(full_disk, tc)
{
	(void)umount2("small", MNT_DETACH);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, opened_at_the_first_line_and_appended_to);
	ATF_TP_ADD_TC(tp, torn_end_of_a_killed_writer_is_its_own_line);
	ATF_TP_ADD_TC(tp, rotation_by_size_keeps_max_files);
	ATF_TP_ADD_TC(tp, batch_is_divided_between_files);
	ATF_TP_ADD_TC(tp, fewer_files_are_kept_after_a_reload);
	ATF_TP_ADD_TC(tp, failed_rotation_is_put_off);
	ATF_TP_ADD_TC(tp, mode_and_group_are_applied);
	ATF_TP_ADD_TC(tp, only_regular_files_and_no_links_are_written);
	ATF_TP_ADD_TC(tp, reopened_on_demand_and_when_moved);
	ATF_TP_ADD_TC(tp, open_files_are_bounded);
	ATF_TP_ADD_TC(tp, lines_are_held_until_it_works_again);
	ATF_TP_ADD_TC(tp, files_that_must_not_be_touched_are_not);
	ATF_TP_ADD_TC(tp, loss_beyond_the_bound_is_counted_and_told);
	ATF_TP_ADD_TC(tp, memory_of_all_files_is_bounded);
	ATF_TP_ADD_TC(tp, one_retry_tries_only_some);
	ATF_TP_ADD_TC(tp, cause_moves_to_another_file_and_ends);
	ATF_TP_ADD_TC(tp, cut_write_is_made_good);
	ATF_TP_ADD_TC(tp, full_disk);
	return (atf_no_error());
}
