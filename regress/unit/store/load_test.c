/* Which file is read at start, and what becomes of one that is damaged. */
#include <dirent.h>
#include <errno.h>

#include "omnitrond/store/load.h"
#include "regress/unit/shared/fault.h"
#include "regress/unit/store/fixture.h"

#define STAMP	"20261124T000000Z"

static struct {
	struct state	 st;
	struct file	 f;
	char		 text[TEXT_MAX];
} got;

static enum load
start(int dirfd, const struct fileops *ops)
{
	state_free(&got.st);
	file_init(&got.f, ops, dirfd, "state.json");
	return (load_state(&got.f, &got.st, STAMP, got.text,
	    sizeof(got.text)));
}

static int
files(const char *dir)
{
	struct dirent	*d;
	DIR		*dp = opendir(dir);
	int		 n = 0;

	ATF_REQUIRE(dp != NULL);
	while ((d = readdir(dp)) != NULL)
		n += d->d_name[0] != '.';
	closedir(dp);
	return (n);
}

static int
save(const char *app)
{
	size_t	 len;
	char	*text = fx_simple(app, &len);
	int	 rv = file_save(&got.f, text, len, STAMP);

	free(text);
	return (rv);
}

ATF_TC_WITHOUT_HEAD(good_primary_is_read_and_left_alone);
ATF_TC_BODY(good_primary_is_read_and_left_alone, tc)
{
	int	 fd = fx_folder("d");

	state_init(&got.st);
	fx_put_simple(fd, "state.json", "new");
	fx_put(fd, "state.json.bak", "junk", 4);
	ATF_CHECK_EQ(LOAD_GOOD, start(fd, &fileops_system));
	ATF_CHECK_STREQ("", got.text);
	ATF_CHECK(state_find(&got.st, "new") != NULL);
	ATF_CHECK_STREQ(BOOT, got.st.bootid);
	ATF_CHECK_EQ(2, files("d"));
}

ATF_TC_WITHOUT_HEAD(empty_folder_is_a_first_start);
ATF_TC_BODY(empty_folder_is_a_first_start, tc)
{
	int	 fd = fx_folder("d");

	state_init(&got.st);
	ATF_CHECK_EQ(LOAD_FRESH, start(fd, &fileops_system));
	ATF_CHECK_STREQ("", got.text);
	ATF_CHECK_EQ(0, files("d"));	/* nothing before the first commit */
}

ATF_TC_WITHOUT_HEAD(backup_stands_in_for_a_damaged_primary);
ATF_TC_BODY(backup_stands_in_for_a_damaged_primary, tc)
{
	size_t	 len;
	char	*text;
	int	 fd = fx_folder("d");

	state_init(&got.st);
	fx_put(fd, "state.json", "junk", 4);
	fx_put_simple(fd, "state.json.bak", "old");
	ATF_CHECK_EQ(LOAD_BACKUP, start(fd, &fileops_system));
	ATF_CHECK(state_find(&got.st, "old") != NULL);
	ATF_CHECK(strstr(got.text, "state.json.corrupt-" STAMP) != NULL);
	text = fx_get(fd, "state.json.corrupt-" STAMP, &len);
	ATF_REQUIRE(text != NULL);
	ATF_CHECK_STREQ("junk", text);
	free(text);
	/* A second start finds no damage any more, and no reset. */
	ATF_CHECK_EQ(LOAD_GOOD, start(fd, &fileops_system));
	ATF_CHECK(state_find(&got.st, "old") != NULL);
}

ATF_TC_WITHOUT_HEAD(nothing_good_is_an_empty_start_that_keeps_both);
ATF_TC_BODY(nothing_good_is_an_empty_start_that_keeps_both, tc)
{
	int	 fd = fx_folder("d");

	state_init(&got.st);
	fx_put(fd, "state.json", "junk", 4);
	fx_put(fd, "state.json.bak", "", 0);
	ATF_CHECK_EQ(LOAD_LOST, start(fd, &fileops_system));
	ATF_CHECK_EQ(0, (int)got.st.napps);
	ATF_CHECK(fx_exists(fd, "state.json.corrupt-" STAMP));
	ATF_CHECK(fx_exists(fd, "state.json.bak.corrupt-" STAMP));
	ATF_CHECK_EQ(2, files("d"));
	ATF_CHECK_EQ(LOAD_FRESH, start(fd, &fileops_system));
}

ATF_TC_WITHOUT_HEAD(missing_primary_is_a_reset_by_the_operator);
ATF_TC_BODY(missing_primary_is_a_reset_by_the_operator, tc)
{
	int	 fd = fx_folder("d");

	state_init(&got.st);
	fx_put_simple(fd, "state.json.bak", "old");
	ATF_CHECK_EQ(LOAD_RESET, start(fd, &fileops_system));
	ATF_CHECK_EQ(0, (int)got.st.napps);
	ATF_CHECK(fx_exists(fd, "state.json.bak-" STAMP));
	ATF_CHECK(!fx_exists(fd, "state.json.bak"));
	ATF_CHECK(strstr(got.text, "state.json is missing") != NULL);
	ATF_CHECK_EQ(LOAD_FRESH, start(fd, &fileops_system));
}

ATF_TC_WITHOUT_HEAD(files_moved_aside_are_never_overwritten);
ATF_TC_BODY(files_moved_aside_are_never_overwritten, tc)
{
	char	 junk[2] = "0";
	size_t	 len;
	char	*text;
	int	 i, fd = fx_folder("d");

	state_init(&got.st);
	for (i = 0; i < 5; i++) {
		junk[0] = (char)('0' + i);
		fx_put(fd, "state.json", junk, 1);
		ATF_CHECK_EQ(LOAD_LOST, start(fd, &fileops_system));
	}
	ATF_CHECK_EQ(5, files("d"));
	text = fx_get(fd, "state.json.corrupt-" STAMP ".4", &len);
	ATF_REQUIRE(text != NULL);
	ATF_CHECK_STREQ("4", text);
	free(text);
}

ATF_TC_WITHOUT_HEAD(damaged_file_that_cannot_be_moved_blocks_writing);
ATF_TC_BODY(damaged_file_that_cannot_be_moved_blocks_writing, tc)
{
	size_t	 len;
	char	*text;
	int	 fd = fx_folder("d");

	state_init(&got.st);
	fault_reset();
	fx_put(fd, "state.json", "junk", 4);
	fx_put_simple(fd, "state.json.bak", "old");
	fault.only = "link";
	fault.error = EROFS;
	ATF_CHECK_EQ(LOAD_BACKUP, start(fd, &fileops_fault));
	ATF_CHECK(state_find(&got.st, "old") != NULL);
	ATF_CHECK_EQ(-1, save("new"));
	ATF_CHECK_EQ(EROFS, errno);
	ATF_REQUIRE((text = fx_get(fd, "state.json", &len)) != NULL);
	ATF_CHECK_STREQ("junk", text);
	free(text);
	fault_reset();
	ATF_CHECK_EQ(0, save("new"));
	ATF_CHECK(fx_exists(fd, "state.json.corrupt-" STAMP));
	ATF_CHECK_EQ(LOAD_GOOD, start(fd, &fileops_system));
	ATF_CHECK(state_find(&got.st, "new") != NULL);
}

ATF_TC_WITHOUT_HEAD(temporary_files_of_a_crash_are_removed);
ATF_TC_BODY(temporary_files_of_a_crash_are_removed, tc)
{
	int	 fd = fx_folder("d");

	state_init(&got.st);
	fx_put_simple(fd, "state.json", "new");
	fx_put(fd, "state.json.tmp", "x", 1);
	fx_put(fd, "state.json.bak.tmp", "x", 1);
	ATF_CHECK_EQ(LOAD_GOOD, start(fd, &fileops_system));
	ATF_CHECK_EQ(1, files("d"));
}

static void
refused(int fd, const char *word)
{
	int	 before = files("d");

	ATF_CHECK_EQ(LOAD_REFUSED, start(fd, &fileops_system));
	ATF_CHECK_MSG(strstr(got.text, word) != NULL, "%s", got.text);
	ATF_CHECK_EQ(0, (int)got.st.napps);
	ATF_CHECK_EQ(before, files("d"));
}

ATF_TC_WITHOUT_HEAD(what_is_not_our_file_is_refused_and_stays);
ATF_TC_BODY(what_is_not_our_file_is_refused_and_stays, tc)
{
	int	 fd = fx_folder("d");

	state_init(&got.st);
	fx_put_simple(fd, "real", "new");
	ATF_REQUIRE_EQ(0, symlinkat("real", fd, "state.json"));
	refused(fd, "symbolic link");
	ATF_REQUIRE_EQ(0, unlinkat(fd, "state.json", 0));
	ATF_REQUIRE_EQ(0, mkfifoat(fd, "state.json", 0600));
	refused(fd, "not a regular file");
	ATF_REQUIRE_EQ(0, unlinkat(fd, "state.json", 0));
	ATF_REQUIRE_EQ(0, mkdirat(fd, "state.json", 0700));
	refused(fd, "not a regular file");
	ATF_REQUIRE_EQ(0, unlinkat(fd, "state.json", AT_REMOVEDIR));
	fx_put_simple(fd, "state.json", "new");
	ATF_REQUIRE_EQ(0, fchmodat(fd, "state.json", 0620, 0));
	refused(fd, "mode 0620");
	ATF_REQUIRE_EQ(0, fchmodat(fd, "state.json", 0602, 0));
	refused(fd, "mode 0602");
	ATF_REQUIRE_EQ(0, fchmodat(fd, "state.json", 0600, 0));
	ATF_CHECK_EQ(LOAD_GOOD, start(fd, &fileops_system));
}

ATF_TC(file_of_another_user_is_refused);
ATF_TC_HEAD(file_of_another_user_is_refused, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(file_of_another_user_is_refused, tc)
{
	int	 fd = fx_folder("d");

	state_init(&got.st);
	fx_put_simple(fd, "state.json", "new");
	ATF_REQUIRE_EQ(0, fchownat(fd, "state.json", 12345, 12345, 0));
	refused(fd, "belongs to uid 12345");
}

ATF_TC_WITHOUT_HEAD(backup_that_is_not_ours_is_refused_when_needed);
ATF_TC_BODY(backup_that_is_not_ours_is_refused_when_needed, tc)
{
	int	 fd = fx_folder("d");

	state_init(&got.st);
	fx_put_simple(fd, "real", "new");
	ATF_REQUIRE_EQ(0, symlinkat("real", fd, "state.json.bak"));
	fx_put(fd, "state.json", "junk", 4);
	refused(fd, "state.json.bak is a symbolic link");
	fx_put_simple(fd, "state.json", "new");
	ATF_CHECK_EQ(LOAD_GOOD, start(fd, &fileops_system));
}

ATF_TC_WITHOUT_HEAD(too_large_a_file_is_damaged);
ATF_TC_BODY(too_large_a_file_is_damaged, tc)
{
	int	 fd = fx_folder("d"), file;

	state_init(&got.st);
	fx_put_simple(fd, "state.json.bak", "old");
	file = openat(fd, "state.json", O_WRONLY | O_CREAT, 0600);
	ATF_REQUIRE(file != -1);
	ATF_REQUIRE_EQ(0, ftruncate(file, (off_t)STATE_FILE_MAX + 1));
	close(file);
	ATF_CHECK_EQ(LOAD_BACKUP, start(fd, &fileops_system));
	ATF_CHECK(strstr(got.text, "too large") != NULL);
	ATF_CHECK(state_find(&got.st, "old") != NULL);
}

ATF_TC_WITHOUT_HEAD(file_of_a_newer_version_is_used_and_kept);
ATF_TC_BODY(file_of_a_newer_version_is_used_and_kept, tc)
{
	size_t	 len, n;
	char	*text = fx_sealed("{\"version\":3,"
		    "\"daemon\":{\"bootId\":\"b\"},\"apps\":[{"
		    "\"name\":\"web\",\"intent\":\"run\","
		    "\"status\":\"online\"}]", &len);
	char	*kept;
	int	 fd = fx_folder("d");

	state_init(&got.st);
	fx_put(fd, "state.json", text, len);
	ATF_CHECK_EQ(LOAD_GOOD, start(fd, &fileops_system));
	ATF_CHECK(state_find(&got.st, "web") != NULL);
	ATF_REQUIRE_EQ(0, save("new"));
	ATF_REQUIRE_EQ(0, save("newer"));
	ATF_REQUIRE((kept = fx_get(fd, "state.json.version-3", &n)) != NULL);
	ATF_CHECK_EQ(len, n);
	ATF_CHECK_EQ(0, memcmp(text, kept, n));
	free(kept);
	free(text);
}

ATF_TC_WITHOUT_HEAD(stamp_is_a_name_without_surprises);
ATF_TC_BODY(stamp_is_a_name_without_surprises, tc)
{
	char	 buf[STAMP_SIZE];

	ATF_CHECK_EQ(16, (int)strlen(load_stamp(buf, sizeof(buf))));
	ATF_CHECK(name_valid(buf));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, good_primary_is_read_and_left_alone);
	ATF_TP_ADD_TC(tp, empty_folder_is_a_first_start);
	ATF_TP_ADD_TC(tp, backup_stands_in_for_a_damaged_primary);
	ATF_TP_ADD_TC(tp, nothing_good_is_an_empty_start_that_keeps_both);
	ATF_TP_ADD_TC(tp, missing_primary_is_a_reset_by_the_operator);
	ATF_TP_ADD_TC(tp, files_moved_aside_are_never_overwritten);
	ATF_TP_ADD_TC(tp, damaged_file_that_cannot_be_moved_blocks_writing);
	ATF_TP_ADD_TC(tp, temporary_files_of_a_crash_are_removed);
	ATF_TP_ADD_TC(tp, what_is_not_our_file_is_refused_and_stays);
	ATF_TP_ADD_TC(tp, file_of_another_user_is_refused);
	ATF_TP_ADD_TC(tp, backup_that_is_not_ours_is_refused_when_needed);
	ATF_TP_ADD_TC(tp, too_large_a_file_is_damaged);
	ATF_TP_ADD_TC(tp, file_of_a_newer_version_is_used_and_kept);
	ATF_TP_ADD_TC(tp, stamp_is_a_name_without_surprises);
	return (atf_no_error());
}
