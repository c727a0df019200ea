/*
 * The tree of folders over the kernel's own notes, in folders of the test's.
 * Where inotify and kqueue differ the test asks for what both can tell.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "omnitrond/watcher/tree.h"

static struct watch	*w;
static struct tree	 t;

static const char *
path(const char *fmt, ...)
{
	static char	 buf[4][PATH_SIZE];
	static int	 i;
	va_list		 ap;
	char		 dir[PATH_SIZE / 2];

	i = (i + 1) % 4;
	ATF_REQUIRE(getcwd(dir, sizeof(dir)) != NULL);
	strlcpy(buf[i], dir, sizeof(buf[i]));
	strlcat(buf[i], "/", sizeof(buf[i]));
	va_start(ap, fmt);
	vsnprintf(buf[i] + strlen(buf[i]), sizeof(buf[i]) - strlen(buf[i]),
	    fmt, ap);
	va_end(ap);
	return (buf[i]);
}

static void
touch(const char *name)
{
	int	 fd = open(path("%s", name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ATF_REQUIRE_MSG(fd != -1, "%s", name);
	ATF_REQUIRE_EQ(write(fd, "x", 1), 1);
	close(fd);
}

static void
make(const char *name)
{
	ATF_REQUIRE_MSG(mkdir(path("%s", name), 0700) == 0, "%s", name);
}

static void
move(const char *from, const char *to)
{
	ATF_REQUIRE(rename(path("%s", from), path("%s", to)) == 0);
}

/* All notes that there are; what is the case after them. */
static void
notes(void)
{
	struct pollfd	 pfd = { .fd = watch_fd(w), .events = POLLIN };

	while (poll(&pfd, 1, 0) == 1)
		watch_read(w, tree_note, &t);
}

/* Did something change? */
static int
changed(void)
{
	int	 was;

	notes();
	was = t.changed;
	t.changed = 0;
	return (was);
}

static void
begin_at(const char *name)
{
	ATF_REQUIRE((w = watch_open()) != NULL);
	tree_init(&t, w, path("%s", name));
}

static void
begin(void)
{
	begin_at("src");
	tree_scan(&t);
	ATF_CHECK_EQ(t.trouble, WATCH_NONE);
	ATF_CHECK(!changed());
}

static void
end(void)
{
	tree_free(&t);
	watch_close(w);
}

ATF_TC_WITHOUT_HEAD(what_is_there_is_no_change);
ATF_TC_BODY(what_is_there_is_no_change, tc)
{
	make("src");
	make("src/a");
	make("src/a/b");
	make("src/.git");
	touch("src/a/b/file");
	begin();
	ATF_CHECK_EQ(tree_folders(&t), 3);
	end();
}

ATF_TC_WITHOUT_HEAD(files_written_made_moved_and_removed);
ATF_TC_BODY(files_written_made_moved_and_removed, tc)
{
	make("src");
	make("src/a");
	touch("src/old");
	begin();
	touch("src/old");
	ATF_CHECK(changed());
	touch("src/a/new");
	ATF_CHECK(changed());
	move("src/a/new", "src/a/newer");
	ATF_CHECK(changed());
	ATF_REQUIRE(unlink(path("src/a/newer")) == 0);
	ATF_CHECK(changed());
	ATF_REQUIRE(symlink("nowhere", path("src/link")) == 0);
	ATF_CHECK(changed());
	ATF_REQUIRE(link(path("src/old"), path("src/a/second")) == 0);
	ATF_CHECK(changed());
	ATF_REQUIRE(chmod(path("src/old"), 0700) == 0);
	ATF_CHECK(changed());
	ATF_CHECK(!changed());
	end();
}

/* A file that takes long to be written is one change, at its end. */
ATF_TC_WITHOUT_HEAD(a_file_counts_when_it_is_written);
ATF_TC_BODY(a_file_counts_when_it_is_written, tc)
{
	int	 fd;

	if (watch_files())
		atf_tc_skip("kqueue tells of every write");
	make("src");
	begin();
	fd = open(path("src/slow"), O_WRONLY | O_CREAT, 0600);
	ATF_REQUIRE(fd != -1);
	ATF_CHECK(!changed());
	ATF_REQUIRE_EQ(write(fd, "x", 1), 1);
	ATF_CHECK(!changed());
	close(fd);
	ATF_CHECK(changed());
	end();
}

ATF_TC_WITHOUT_HEAD(ignored_names_are_not_looked_at);
ATF_TC_BODY(ignored_names_are_not_looked_at, tc)
{
	make("src");
	make("src/node_modules");
	begin_at("src");
	ignore_add(&t.ignore, "*.o");
	ignore_add(&t.ignore, "var/*");
	tree_scan(&t);
	make("src/var");
	ATF_CHECK(changed());
	touch("src/x.o");
	touch("src/x.log");
	touch("src/node_modules/x");
	touch("src/var/x");
	make("src/dist");
	touch("src/dist/x");
	make("src/var/deep");
	touch("src/var/deep/x");
	if (!watch_files())
		ATF_CHECK(!changed());
	ATF_CHECK_EQ(tree_folders(&t), 2);
	end();
}

ATF_TC_WITHOUT_HEAD(new_folders_are_watched);
ATF_TC_BODY(new_folders_are_watched, tc)
{
	make("src");
	begin();
	make("src/a");
	make("src/a/b");
	make("src/a/b/c");
	touch("src/a/b/c/early");	/* before anyone watches there */
	ATF_CHECK(changed());
	ATF_CHECK_EQ(tree_folders(&t), 4);
	touch("src/a/b/c/late");
	ATF_CHECK(changed());
	/* one that is moved in, with all that is in it */
	make("out");
	make("out/d");
	move("out", "src/a/in");
	ATF_CHECK(changed());
	ATF_CHECK_EQ(tree_folders(&t), 6);
	touch("src/a/in/d/file");
	ATF_CHECK(changed());
	end();
}

ATF_TC_WITHOUT_HEAD(folders_that_leave_are_forgotten);
ATF_TC_BODY(folders_that_leave_are_forgotten, tc)
{
	make("src");
	make("src/a");
	make("src/a/b");
	make("src/c");
	begin();
	move("src/a", "gone");
	ATF_CHECK(changed());
	ATF_CHECK_EQ(tree_folders(&t), 2);
	touch("gone/b/file");
	ATF_CHECK(!changed());
	ATF_REQUIRE(rmdir(path("src/c")) == 0);
	ATF_CHECK(changed());
	ATF_CHECK_EQ(tree_folders(&t), 1);
	/* and watched again when they come back */
	move("gone", "src/a");
	make("src/c");
	ATF_CHECK(changed());
	ATF_CHECK_EQ(tree_folders(&t), 4);
	touch("src/a/b/file");
	ATF_CHECK(changed());
	touch("src/c/file");
	ATF_CHECK(changed());
	end();
}

ATF_TC_WITHOUT_HEAD(renamed_within_they_keep_their_files);
ATF_TC_BODY(renamed_within_they_keep_their_files, tc)
{
	make("src");
	make("src/a");
	make("src/a/b");
	make("src/c");
	begin();
	ignore_add(&t.ignore, "c/a2/b/x");
	move("src/a", "src/c/a2");
	ATF_CHECK(changed());
	ATF_CHECK_EQ(tree_folders(&t), 4);
	touch("src/c/a2/b/y");
	ATF_CHECK(changed());
	if (watch_files()) {
		end();
		return;
	}
	/* by its new path */
	touch("src/c/a2/b/x");
	ATF_CHECK(!changed());
	end();
}

ATF_TC_WITHOUT_HEAD(the_folder_itself_goes_and_comes_back);
ATF_TC_BODY(the_folder_itself_goes_and_comes_back, tc)
{
	make("src");
	begin();
	ATF_REQUIRE(rmdir(path("src")) == 0);
	ATF_CHECK(changed());
	ATF_CHECK_EQ(t.trouble, WATCH_MISSING);
	make("src");
	ATF_CHECK(changed());
	ATF_CHECK_EQ(t.trouble, WATCH_NONE);
	touch("src/file");
	ATF_CHECK(changed());
	/* removed and made again before anyone looks */
	ATF_REQUIRE(unlink(path("src/file")) == 0);
	ATF_REQUIRE(rmdir(path("src")) == 0);
	make("src");
	ATF_CHECK(changed());
	touch("src/file");
	ATF_CHECK(changed());
	/* moved away, and another put in its place */
	move("src", "old");
	make("new");
	move("new", "src");
	ATF_CHECK(changed());
	touch("old/file");
	ATF_CHECK(!changed());
	touch("src/file");
	ATF_CHECK(changed());
	end();
}

ATF_TC_WITHOUT_HEAD(a_folder_that_is_not_there_is_waited_for);
ATF_TC_BODY(a_folder_that_is_not_there_is_waited_for, tc)
{
	begin_at("one/two/src");
	tree_scan(&t);
	ATF_CHECK_EQ(t.trouble, WATCH_MISSING);
	ATF_CHECK_EQ(t.error, ENOENT);
	make("one");
	notes();
	make("one/two");
	notes();
	touch("one/two/src");		/* no folder */
	notes();
	ATF_CHECK_EQ(t.trouble, WATCH_MISSING);
	ATF_REQUIRE(unlink(path("one/two/src")) == 0);
	make("one/two/src");
	ATF_CHECK(changed());
	ATF_CHECK_EQ(t.trouble, WATCH_NONE);
	touch("one/two/src/file");
	ATF_CHECK(changed());
	/* and when what it lies in goes */
	move("one", "1");
	ATF_CHECK(changed());
	ATF_CHECK_EQ(t.trouble, WATCH_MISSING);
	move("1", "one");
	ATF_CHECK(changed());
	touch("one/two/src/file");
	ATF_CHECK(changed());
	end();
}

/* A release that is a link, changed as a whole: ln -s new x; mv -T x src. */
ATF_TC_WITHOUT_HEAD(the_folder_may_be_a_link_that_changes);
ATF_TC_BODY(the_folder_may_be_a_link_that_changes, tc)
{
	make("r1");
	make("r2");
	ATF_REQUIRE(symlink("r1", path("src")) == 0);
	begin();
	touch("r1/file");
	ATF_CHECK(changed());
	ATF_REQUIRE(symlink("r2", path("next")) == 0);
	move("next", "src");
	ATF_CHECK(changed());
	touch("r1/file");
	ATF_CHECK(!changed());
	touch("r2/file");
	ATF_CHECK(changed());
	end();
}

ATF_TC_WITHOUT_HEAD(links_below_are_not_followed);
ATF_TC_BODY(links_below_are_not_followed, tc)
{
	make("src");
	make("other");
	ATF_REQUIRE(symlink("../other", path("src/link")) == 0);
	ATF_REQUIRE(symlink("..", path("src/loop")) == 0);
	begin();
	ATF_CHECK_EQ(tree_folders(&t), 1);
	touch("other/file");
	ATF_CHECK(!changed());
	end();
}

ATF_TC_WITHOUT_HEAD(more_folders_than_the_limit_is_said);
ATF_TC_BODY(more_folders_than_the_limit_is_said, tc)
{
	make("src");
	make("src/a");
	make("src/b");
	make("src/c");
	begin_at("src");
	t.max = 3;
	tree_scan(&t);
	ATF_CHECK_EQ(t.trouble, WATCH_FOLDERS);
	ATF_CHECK_EQ(tree_folders(&t), 3);
	/* what is watched is */
	touch("src/file");
	ATF_CHECK(changed());
	/* it is gone with its cause, and then all is watched */
	t.max = TREE_MAX;
	tree_scan(&t);
	ATF_CHECK_EQ(t.trouble, WATCH_NONE);
	ATF_CHECK_EQ(tree_folders(&t), 4);
	ATF_CHECK(!changed());
	end();
}

/* After a loss nothing is believed: all is read anew, as a change. */
ATF_TC_WITHOUT_HEAD(lost_notes_are_a_change);
ATF_TC_BODY(lost_notes_are_a_change, tc)
{
	struct note	 lost = { .what = NOTE_LOST, .id = -1, .name = "" };

	make("src");
	make("src/a");
	make("src/b");
	begin();
	make("src/b/new");
	ATF_REQUIRE(rmdir(path("src/a")) == 0);
	tree_note(&t, &lost);
	ATF_CHECK(t.changed);
	ATF_CHECK_EQ(tree_folders(&t), 3);
	changed();
	touch("src/b/new/file");
	ATF_CHECK(changed());
	end();
}

/* What is newer than the watcher before saw is a change at the start. */
ATF_TC_WITHOUT_HEAD(what_was_missed_is_found);
ATF_TC_BODY(what_was_missed_is_found, tc)
{
	struct stat	 st;

	make("src");
	make("src/a");
	touch("src/a/file");
	ATF_REQUIRE(stat(path("src/a/file"), &st) == 0);
	begin_at("src");
	t.since_ms = (int64_t)(st.st_ctim.tv_sec + 60) * 1000;
	tree_scan(&t);
	ATF_CHECK(!t.changed);
	end();
	begin_at("src");
	t.since_ms = (int64_t)st.st_ctim.tv_sec * 1000;
	tree_scan(&t);
	ATF_CHECK(t.changed);
	/* once */
	t.changed = 0;
	tree_scan(&t);
	ATF_CHECK(!t.changed);
	end();
}

ATF_TC_WITHOUT_HEAD(what_may_not_be_read_is_said);
ATF_TC_BODY(what_may_not_be_read_is_said, tc)
{
	if (geteuid() == 0)
		atf_tc_skip("root may read everything");
	make("src");
	make("src/mine");
	make("src/other");
	ATF_REQUIRE(chmod(path("src/other"), 0) == 0);
	begin();
	/* one of them is none of our business */
	ATF_CHECK_EQ(tree_folders(&t), 2);
	/* and one that becomes ours is seen */
	ATF_REQUIRE(chmod(path("src/other"), 0700) == 0);
	ATF_CHECK(changed());
	ATF_CHECK_EQ(tree_folders(&t), 3);
	end();
	ATF_REQUIRE(chmod(path("src"), 0) == 0);
	begin_at("src");
	tree_scan(&t);
	ATF_CHECK_EQ(t.trouble, WATCH_DENIED);
	end();
	ATF_REQUIRE(chmod(path("src"), 0700) == 0);
}

/* Deeper than a path can be, and nothing grows with it but the tree. */
ATF_TC_WITHOUT_HEAD(a_path_can_be_too_long);
ATF_TC_BODY(a_path_can_be_too_long, tc)
{
	char	 name[201], back[PATH_SIZE];
	int	 i;

	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	make("src");
	ATF_REQUIRE(getcwd(back, sizeof(back)) != NULL);
	ATF_REQUIRE(chdir("src") == 0);
	for (i = 0; i < 30; i++) {
		ATF_REQUIRE(mkdir(name, 0700) == 0);
		ATF_REQUIRE(chdir(name) == 0);
	}
	ATF_REQUIRE(chdir(back) == 0);
	begin_at("src");
	tree_scan(&t);
	ATF_CHECK_EQ(t.trouble, WATCH_FAILED);
	ATF_CHECK_EQ(t.error, ENAMETOOLONG);
	ATF_CHECK(tree_folders(&t) > 10 && tree_folders(&t) < 30);
	end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, what_is_there_is_no_change);
	ATF_TP_ADD_TC(tp, files_written_made_moved_and_removed);
	ATF_TP_ADD_TC(tp, a_file_counts_when_it_is_written);
	ATF_TP_ADD_TC(tp, ignored_names_are_not_looked_at);
	ATF_TP_ADD_TC(tp, new_folders_are_watched);
	ATF_TP_ADD_TC(tp, folders_that_leave_are_forgotten);
	ATF_TP_ADD_TC(tp, renamed_within_they_keep_their_files);
	ATF_TP_ADD_TC(tp, the_folder_itself_goes_and_comes_back);
	ATF_TP_ADD_TC(tp, a_folder_that_is_not_there_is_waited_for);
	ATF_TP_ADD_TC(tp, the_folder_may_be_a_link_that_changes);
	ATF_TP_ADD_TC(tp, links_below_are_not_followed);
	ATF_TP_ADD_TC(tp, more_folders_than_the_limit_is_said);
	ATF_TP_ADD_TC(tp, lost_notes_are_a_change);
	ATF_TP_ADD_TC(tp, what_was_missed_is_found);
	ATF_TP_ADD_TC(tp, what_may_not_be_read_is_said);
	ATF_TP_ADD_TC(tp, a_path_can_be_too_long);
	return (atf_no_error());
}
