/*
 * The write protocol: whatever it is cut off at and whatever fails, what
 * loads is the old or the new state, and nothing acknowledged is lost.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <signal.h>

#include "omnitrond/store/load.h"
#include "regress/unit/shared/fault.h"
#include "regress/unit/store/fixture.h"

#define STAMP	"20261124T000000Z"
#define JUNK	"{\"version\":1,\"apps\":["

/* What a folder holds before the daemon starts, and what it must load. */
static const struct {
	const char	*what;
	const char	*primary;	/* an app's name, JUNK, or NULL */
	const char	*backup;
	int		 same;		/* one file under both names */
	int		 stale;		/* temporary files of a crash */
	const char	*loads;		/* the app that loads, "" for none */
} scenes[] = {
	{ "empty folder", NULL, NULL, 0, 0, "" },
	{ "primary only", "old", NULL, 0, 0, "old" },
	{ "primary and backup", "old", "older", 0, 0, "old" },
	{ "one file under both names", "old", NULL, 1, 0, "old" },
	{ "temporary files of a crash", "old", "older", 0, 1, "old" },
	{ "both names and temporary files", "old", NULL, 1, 1, "old" },
	{ "damaged primary", JUNK, "old", 0, 0, "old" },
	{ "damaged primary, temporary files", JUNK, "old", 0, 1, "old" },
	{ "both damaged", JUNK, JUNK, 0, 0, "" },
	{ "damaged primary, no backup", JUNK, NULL, 0, 0, "" },
	{ "primary missing", NULL, "older", 0, 0, "" },
};
#define SCENES	(sizeof(scenes) / sizeof(scenes[0]))

static void
scene_put(int dirfd, const char *name, const char *what)
{
	if (what == NULL)
		return;
	if (strcmp(what, JUNK) == 0)
		fx_put(dirfd, name, JUNK, strlen(JUNK));
	else
		fx_put_simple(dirfd, name, what);
}

/* A new folder of that scene. */
static int
scene_make(size_t n)
{
	static int	 number;
	char		 name[32];
	int		 fd;

	snprintf(name, sizeof(name), "d%d", number++);
	fd = fx_folder(name);
	scene_put(fd, "state.json", scenes[n].primary);
	scene_put(fd, "state.json.bak", scenes[n].backup);
	if (scenes[n].same)
		ATF_REQUIRE_EQ(0, linkat(fd, "state.json", fd,
		    "state.json.bak", 0));
	if (scenes[n].stale) {
		fx_put(fd, "state.json.tmp", "{", 1);
		ATF_REQUIRE_EQ(0, linkat(fd, "state.json", fd,
		    "state.json.bak.tmp", 0));
	}
	return (fd);
}

/* The name of the one app that a start finds; "" for none. */
static const char *
loaded(int dirfd, const struct fileops *ops, struct file *f)
{
	static char	 name[NAME_SIZE];
	struct state	 st;
	char		 text[TEXT_MAX];

	state_init(&st);
	file_init(f, ops, dirfd, "state.json");
	ATF_REQUIRE(load_state(f, &st, STAMP, text, sizeof(text)) !=
	    LOAD_REFUSED);
	strlcpy(name, st.napps == 0 ? "" : RB_MIN(apps, &st.apps)->name,
	    sizeof(name));
	state_free(&st);
	return (name);
}

static int
save(struct file *f, const char *app)
{
	size_t	 len;
	char	*text = fx_simple(app, &len);
	int	 rv = file_save(f, text, len, STAMP), saved = errno;

	free(text);
	errno = saved;
	return (rv);
}

/* No temporary file is left, and both files, if there, are whole. */
static void
check_clean(int dirfd)
{
	struct state	 st;
	int64_t		 version;
	size_t		 len;
	char		 err[256];
	char		*text;

	ATF_CHECK(!fx_exists(dirfd, "state.json.tmp"));
	ATF_CHECK(!fx_exists(dirfd, "state.json.bak.tmp"));
	if ((text = fx_get(dirfd, "state.json.bak", &len)) == NULL)
		return;
	state_init(&st);
	ATF_CHECK_EQ(0, state_read(&st, text, len, &version, err,
	    sizeof(err)));
	state_free(&st);
	free(text);
}

/* A child that starts, saves "new", and may be cut off; its exit status. */
static int
cut_off_at(int dirfd, int op)
{
	struct file	 f;
	pid_t		 pid;
	int		 status;

	if ((pid = fork()) == 0) {
		fault_reset();
		fault.die_at = op;
		loaded(dirfd, &fileops_fault, &f);
		_exit(save(&f, "new") == 0 ? 0 : 1);
	}
	ATF_REQUIRE(pid != -1);
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

ATF_TC_WITHOUT_HEAD(cut_off_at_any_operation_leaves_old_or_new);
ATF_TC_BODY(cut_off_at_any_operation_leaves_old_or_new, tc)
{
	struct file	 f;
	const char	*name;
	size_t		 n;
	int		 fd, op, rv = FAULT_DIED;

	for (n = 0; n < SCENES; n++)
		for (op = 1; op == 1 || rv != 0; op++) {
			fd = scene_make(n);
			rv = cut_off_at(fd, op);
			ATF_REQUIRE(rv == 0 || rv == FAULT_DIED);
			name = loaded(fd, &fileops_system, &f);
			ATF_REQUIRE_MSG(strcmp(name, "new") == 0 ||
			    (rv != 0 && strcmp(name, scenes[n].loads) == 0),
			    "%s, cut off at %d: loads '%s'", scenes[n].what,
			    op, name);
			ATF_REQUIRE_EQ(0, save(&f, "newest"));
			ATF_REQUIRE_STREQ("newest", loaded(fd,
			    &fileops_system, &f));
			check_clean(fd);
			close(fd);
		}
}

ATF_TC_WITHOUT_HEAD(cut_off_twice_leaves_old_or_new);
ATF_TC_BODY(cut_off_twice_leaves_old_or_new, tc)
{
	struct file	 f;
	const char	*name;
	size_t		 n;
	int		 fd, a, b, rv, first = FAULT_DIED;

	/* Every other scene: one of each kind of start. */
	for (n = 0; n < SCENES; n += 2)
		for (a = 1; a == 1 || first != 0; a++)
			for (rv = FAULT_DIED, b = 1; rv != 0; b++) {
				fd = scene_make(n);
				first = cut_off_at(fd, a);
				rv = cut_off_at(fd, b);
				name = loaded(fd, &fileops_system, &f);
				ATF_REQUIRE_MSG(strcmp(name, "new") == 0 ||
				    (first != 0 && rv != 0 &&
				    strcmp(name, scenes[n].loads) == 0),
				    "%s, cut off at %d and %d: loads '%s'",
				    scenes[n].what, a, b, name);
				close(fd);
			}
}

/* Fails from the Nth operation of the save: once, or for ever. */
static void
fail_everywhere(int error, int forever)
{
	struct file	 f;
	const char	*name;
	size_t		 n;
	int		 fd, op, rv, ops = 100;

	for (n = 0; n < SCENES; n++)
		for (op = 1; op <= ops; op++) {
			fd = scene_make(n);
			fault_reset();
			fault.fail_at = op;
			fault.forever = forever;
			fault.error = error;
			loaded(fd, &fileops_fault, &f);
			rv = save(&f, "new");
			if (rv == -1)
				ATF_REQUIRE_EQ(error, errno);
			ATF_REQUIRE(!(forever && rv == 0 &&
			    fault.count >= op + 4));
			ops = fault.count > op ? 100 : op;
			fault_reset();
			/* In memory nothing is lost: the next one succeeds. */
			if (op % 2 == 0) {
				ATF_REQUIRE_EQ(0, save(&f, "newest"));
				ATF_REQUIRE_STREQ("newest", loaded(fd,
				    &fileops_system, &f));
				check_clean(fd);
				close(fd);
				continue;
			}
			name = loaded(fd, &fileops_system, &f);
			ATF_REQUIRE_MSG(strcmp(name, "new") == 0 ||
			    (rv == -1 && strcmp(name, scenes[n].loads) == 0),
			    "%s, failed at %d: returned %d, loads '%s'",
			    scenes[n].what, op, rv, name);
			check_clean(fd);
			close(fd);
		}
}

ATF_TC_WITHOUT_HEAD(one_failure_anywhere_loses_nothing);
ATF_TC_BODY(one_failure_anywhere_loses_nothing, tc)
{
	fail_everywhere(ENOSPC, 0);
	fail_everywhere(EIO, 0);
	fail_everywhere(EROFS, 0);
	fail_everywhere(EACCES, 0);
}

ATF_TC_WITHOUT_HEAD(lasting_failure_loses_nothing);
ATF_TC_BODY(lasting_failure_loses_nothing, tc)
{
	fail_everywhere(ENOSPC, 1);
	fail_everywhere(EIO, 1);
	fail_everywhere(EROFS, 1);
	fail_everywhere(EDQUOT, 1);
}

ATF_TC_WITHOUT_HEAD(order_is_that_which_survives_power_cuts);
ATF_TC_BODY(order_is_that_which_survives_power_cuts, tc)
{
	struct file	 f;
	int		 fd = scene_make(2);

	fault_reset();
	loaded(fd, &fileops_fault, &f);
	fault_reset();
	ATF_REQUIRE_EQ(0, save(&f, "new"));
	ATF_CHECK_STREQ("unlink:state.json.tmp unlink:state.json.bak.tmp "
	    "open:state.json.tmp write fsync close link:state.json.bak.tmp "
	    "rename:state.json.bak rename:state.json fsync", fault.log);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(backup_is_the_state_before);
ATF_TC_BODY(backup_is_the_state_before, tc)
{
	struct file	 f;
	int		 fd = scene_make(0);

	ATF_CHECK_STREQ("", loaded(fd, &fileops_system, &f));
	ATF_REQUIRE_EQ(0, save(&f, "one"));
	ATF_CHECK(!fx_exists(fd, "state.json.bak"));
	ATF_REQUIRE_EQ(0, save(&f, "two"));
	ATF_REQUIRE_EQ(0, save(&f, "three"));
	fx_put(fd, "state.json", JUNK, strlen(JUNK));
	ATF_CHECK_STREQ("two", loaded(fd, &fileops_system, &f));
	close(fd);
}

ATF_TC_WITHOUT_HEAD(failed_fsync_is_followed_by_a_new_file);
ATF_TC_BODY(failed_fsync_is_followed_by_a_new_file, tc)
{
	struct file	 f;
	int		 fd = scene_make(2);

	loaded(fd, &fileops_fault, &f);
	fault_reset();
	fault.only = "fsync";
	fault.error = EIO;
	ATF_CHECK_EQ(-1, save(&f, "new"));
	ATF_CHECK_EQ(EIO, errno);
	ATF_CHECK_STREQ("fsync", f.step);
	ATF_CHECK(!fx_exists(fd, "state.json.tmp"));
	/* Closed and removed, and synced once only. */
	ATF_CHECK(strstr(fault.log, "fsync close unlink:state.json.tmp") !=
	    NULL);
	ATF_CHECK(strstr(strstr(fault.log, "fsync") + 1, "fsync") == NULL);
	fault_reset();
	ATF_CHECK_EQ(0, save(&f, "new"));
	ATF_CHECK(strstr(fault.log, "open:state.json.tmp write fsync") !=
	    NULL);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(failure_names_its_step);
ATF_TC_BODY(failure_names_its_step, tc)
{
	static const struct {
		const char	*op;
		const char	*step;
	} cases[] = {
		{ "open", "create" }, { "write", "write" },
		{ "fsync", "fsync" }, { "close", "close" },
		{ "link", "link of the backup" },
		{ "rename", "rename of the backup" },
	};
	struct file	 f;
	size_t		 i;
	int		 fd = scene_make(2);

	loaded(fd, &fileops_fault, &f);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fault_reset();
		fault.only = cases[i].op;
		fault.error = ENOSPC;
		ATF_CHECK_EQ(-1, save(&f, "new"));
		ATF_CHECK_EQ(ENOSPC, errno);
		ATF_CHECK_STREQ(cases[i].step, f.step);
	}
	fault_reset();
	fault.fail_at = 10;		/* the last one */
	fault.error = EIO;
	ATF_CHECK_EQ(-1, save(&f, "new"));
	ATF_CHECK_EQ(EIO, errno);
	ATF_CHECK_STREQ("fsync of the folder", f.step);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(without_hard_links_there_is_no_backup_but_a_state);
ATF_TC_BODY(without_hard_links_there_is_no_backup_but_a_state, tc)
{
	struct file	 f;
	int		 fd = scene_make(1);

	loaded(fd, &fileops_fault, &f);
	fault_reset();
	fault.only = "link";
	fault.error = EPERM;
	ATF_CHECK_EQ(0, save(&f, "new"));
	ATF_CHECK(!fx_exists(fd, "state.json.bak"));
	ATF_CHECK_STREQ("new", loaded(fd, &fileops_system, &f));
	/* A damaged file is still kept aside. */
	fx_put(fd, "state.json", JUNK, strlen(JUNK));
	ATF_CHECK_STREQ("", loaded(fd, &fileops_fault, &f));
	ATF_CHECK(fx_exists(fd, "state.json.corrupt-" STAMP));
	ATF_CHECK_EQ(0, save(&f, "newest"));
	ATF_CHECK_STREQ("newest", loaded(fd, &fileops_system, &f));
	close(fd);
}

ATF_TC_WITHOUT_HEAD(limit_of_the_file_size_is_an_error);
ATF_TC_BODY(limit_of_the_file_size_is_an_error, tc)
{
	struct rlimit	 small = { 64, RLIM_INFINITY }, all;
	struct file	 f;
	int		 fd = scene_make(2);

	signal(SIGXFSZ, SIG_IGN);
	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_FSIZE, &all));
	loaded(fd, &fileops_system, &f);
	small.rlim_max = all.rlim_max;
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &small));
	ATF_CHECK_EQ(-1, save(&f, "new"));
	ATF_CHECK_EQ(EFBIG, errno);
	ATF_REQUIRE_EQ(0, setrlimit(RLIMIT_FSIZE, &all));
	ATF_CHECK_STREQ("old", loaded(fd, &fileops_system, &f));
	check_clean(fd);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(file_is_private_and_new_each_time);
ATF_TC_BODY(file_is_private_and_new_each_time, tc)
{
	struct stat	 a, b;
	struct file	 f;
	int		 fd = scene_make(0);

	umask(0);
	loaded(fd, &fileops_system, &f);
	ATF_REQUIRE_EQ(0, save(&f, "one"));
	ATF_REQUIRE_EQ(0, fstatat(fd, "state.json", &a, 0));
	ATF_CHECK_EQ(0600, a.st_mode & 07777);
	ATF_REQUIRE_EQ(0, save(&f, "two"));
	ATF_REQUIRE_EQ(0, fstatat(fd, "state.json", &b, 0));
	ATF_CHECK(a.st_ino != b.st_ino);
	ATF_REQUIRE_EQ(0, fstatat(fd, "state.json.bak", &b, 0));
	ATF_CHECK_EQ(a.st_ino, b.st_ino);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(symbolic_link_as_temporary_file_is_not_followed);
ATF_TC_BODY(symbolic_link_as_temporary_file_is_not_followed, tc)
{
	struct file	 f;
	size_t		 len;
	char		*text;
	int		 fd = scene_make(1);

	fx_put(fd, "victim", "precious", 8);
	loaded(fd, &fileops_system, &f);
	ATF_REQUIRE_EQ(0, symlinkat("victim", fd, "state.json.tmp"));
	ATF_REQUIRE_EQ(0, symlinkat("victim", fd, "state.json.bak.tmp"));
	ATF_CHECK_EQ(0, save(&f, "new"));
	ATF_REQUIRE((text = fx_get(fd, "victim", &len)) != NULL);
	ATF_CHECK_STREQ("precious", text);
	ATF_CHECK_STREQ("new", loaded(fd, &fileops_system, &f));
	free(text);
	close(fd);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, cut_off_at_any_operation_leaves_old_or_new);
	ATF_TP_ADD_TC(tp, cut_off_twice_leaves_old_or_new);
	ATF_TP_ADD_TC(tp, one_failure_anywhere_loses_nothing);
	ATF_TP_ADD_TC(tp, lasting_failure_loses_nothing);
	ATF_TP_ADD_TC(tp, order_is_that_which_survives_power_cuts);
	ATF_TP_ADD_TC(tp, backup_is_the_state_before);
	ATF_TP_ADD_TC(tp, failed_fsync_is_followed_by_a_new_file);
	ATF_TP_ADD_TC(tp, failure_names_its_step);
	ATF_TP_ADD_TC(tp, without_hard_links_there_is_no_backup_but_a_state);
	ATF_TP_ADD_TC(tp, limit_of_the_file_size_is_an_error);
	ATF_TP_ADD_TC(tp, file_is_private_and_new_each_time);
	ATF_TP_ADD_TC(tp, symbolic_link_as_temporary_file_is_not_followed);
	return (atf_no_error());
}
