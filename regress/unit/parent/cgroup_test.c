/* Control groups of instances. */
#include "runner.h"

#include <sys/stat.h>

#include <limits.h>
#include <stdlib.h>

#include "common/signature.h"
#include "omnitrond/parent/cgroup.h"

static struct cgroup *
tree(void)
{
	char why[2048], cwd[PATH_MAX];
	struct cgroup *cg;

	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	if ((cg = cgroup_open(cwd, why, sizeof(why))) == NULL) {
		ATF_CHECK(why[0] != '\0');
		atf_tc_skip("no usable cgroups: %s", why);
	}
	return (cg);
}

static void
told(struct cgroup_leaf *leaf, void *arg)
{
	ATF_CHECK_EQ(cgroup_leaf_populated(leaf), 0);
	(*(int *)arg)++;
}

/* Wait until the leaf is empty, by being told. */
static void
wait_empty(struct cgroup *cg, int *count)
{
	while (*count == 0) {
		run_readable(cgroup_fd(cg));
		cgroup_read(cg);
	}
}

static void
start_in(struct run *r, struct cgroup_leaf *leaf, const char *script)
{
	run_sh(r, script);
	ATF_REQUIRE_EQ(environ_set(&r->env, "PATH", "/usr/bin:/bin"), 0);
	r->s.cgroup = cgroup_leaf_fd(leaf);
	run_start(r);
	ATF_REQUIRE_EQ(run_status(r), 1);
}

ATF_TC_WITHOUT_HEAD(a_leaf_is_made_found_and_removed);
ATF_TC_BODY(a_leaf_is_made_found_and_removed, tc)
{
	struct cgroup *cg = tree();
	struct cgroup_leaf *leaf, *again;
	struct stat st;

	ATF_CHECK(cgroup_leaf_find(cg, "web", "main", 0) == NULL);
	ATF_CHECK_EQ(errno, ENOENT);
	ATF_REQUIRE((leaf = cgroup_leaf_open(cg, "web", "main", 0)) != NULL);
	ATF_CHECK((fcntl(cgroup_leaf_fd(leaf), F_GETFD) & FD_CLOEXEC) != 0);
	ATF_REQUIRE((again = cgroup_leaf_find(cg, "web", "main", 0)) != NULL);
	cgroup_leaf_close(again);
	ATF_CHECK_EQ(cgroup_leaf_populated(leaf), 0);
	ATF_CHECK_EQ(cgroup_leaf_kill(leaf), 0);
	ATF_CHECK_EQ(cgroup_leaf_has(leaf, getpid()), 0);
	ATF_CHECK_EQ(cgroup_leaf_remove(leaf), 0);
	ATF_CHECK(cgroup_leaf_find(cg, "web", "main", 0) == NULL);
	ATF_CHECK_EQ(cgroup_remove(cg), 0);
	ATF_CHECK_EQ(stat(cgroup_path(cg), &st), -1);
	cgroup_close(cg);
}

/* Names that are files of cgroups do not get in the way. */
ATF_TC_WITHOUT_HEAD(names_of_cgroup_files_are_just_names);
ATF_TC_BODY(names_of_cgroup_files_are_just_names, tc)
{
	static const char *const names[] = {
		"cgroup.procs", "cgroup.kill", "memory.max", "-", "a..b",
	};
	struct cgroup *cg = tree();
	struct cgroup_leaf *leaf;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		leaf = cgroup_leaf_open(cg, names[i], names[i], 1023);
		ATF_REQUIRE_MSG(leaf != NULL, "%s", names[i]);
		ATF_CHECK_EQ(cgroup_leaf_remove(leaf), 0);
	}
	ATF_CHECK_EQ(cgroup_remove(cg), 0);
	cgroup_close(cg);
}

ATF_TC_WITHOUT_HEAD(a_double_fork_does_not_escape_the_kill);
ATF_TC_BODY(a_double_fork_does_not_escape_the_kill, tc)
{
	struct cgroup *cg = tree();
	struct cgroup_leaf *leaf;
	struct run r;
	pid_t pids[16], orphan;
	ssize_t n;
	int count = 0, found = 0;

	ATF_REQUIRE((leaf = cgroup_leaf_open(cg, "web", "main", 0)) != NULL);
	start_in(&r, leaf, "setsid sh -c '(exec setsid -f env -i sh -c "
	    "\"echo \\$\\$; exec sleep 1000\") &'; exec sleep 1000");
	orphan = (pid_t)strtol(run_line(&r), NULL, 10);
	ATF_REQUIRE(orphan > 1 && orphan != r.sp.pid);
	ATF_CHECK_EQ(cgroup_leaf_has(leaf, r.sp.pid), 1);
	ATF_CHECK_EQ(cgroup_leaf_has(leaf, orphan), 1);
	n = cgroup_leaf_pids(leaf, pids, 16);
	ATF_REQUIRE(n >= 2);
	while (n-- > 0)
		found += pids[n] == orphan || pids[n] == r.sp.pid;
	ATF_CHECK_EQ(found, 2);

	/* The leader's end is not the end. */
	ATF_REQUIRE_EQ(cgroup_watch(leaf, told, &count), 0);
	run_kill(&r);
	ATF_CHECK_EQ(cgroup_leaf_populated(leaf), 1);
	ATF_CHECK_EQ(cgroup_leaf_remove(leaf), -1);
	cgroup_read(cg);
	ATF_CHECK_EQ(count, 0);
	ATF_CHECK_EQ(cgroup_leaf_kill(leaf), 0);
	wait_empty(cg, &count);
	ATF_CHECK_EQ(count, 1);
	ATF_CHECK_EQ(cgroup_leaf_populated(leaf), 0);
	ATF_CHECK_EQ(cgroup_leaf_pids(leaf, pids, 16), 0);
	ATF_CHECK_EQ(cgroup_leaf_remove(leaf), 0);
	ATF_CHECK_EQ(cgroup_remove(cg), 0);
	cgroup_close(cg);
}

ATF_TC_WITHOUT_HEAD(a_zombie_does_not_populate);
ATF_TC_BODY(a_zombie_does_not_populate, tc)
{
	struct cgroup *cg = tree();
	struct cgroup_leaf *leaf;
	struct run r;
	siginfo_t si;
	int count = 0;

	ATF_REQUIRE((leaf = cgroup_leaf_open(cg, "web", "main", 0)) != NULL);
	start_in(&r, leaf, "exec sleep 1000");
	ATF_REQUIRE_EQ(cgroup_watch(leaf, told, &count), 0);
	ATF_CHECK_EQ(cgroup_leaf_populated(leaf), 1);
	ATF_REQUIRE_EQ(kill(r.sp.pid, SIGKILL), 0);
	ATF_REQUIRE_EQ(waitid(P_PID, (id_t)r.sp.pid, &si, WEXITED | WNOWAIT),
	    0);
	wait_empty(cg, &count);
	run_end(&r);
	ATF_CHECK_EQ(cgroup_leaf_remove(leaf), 0);
	cgroup_remove(cg);
	cgroup_close(cg);
}

ATF_TC_WITHOUT_HEAD(only_the_leaf_that_changed_is_told);
ATF_TC_BODY(only_the_leaf_that_changed_is_told, tc)
{
	struct cgroup *cg = tree();
	struct cgroup_leaf *leaf[3];
	struct run r[3];
	int i, count[3] = { 0, 0, 0 };

	for (i = 0; i < 3; i++) {
		leaf[i] = cgroup_leaf_open(cg, "web", "main", (unsigned int)i);
		ATF_REQUIRE(leaf[i] != NULL);
		start_in(&r[i], leaf[i], "exec sleep 1000");
		ATF_REQUIRE_EQ(cgroup_watch(leaf[i], told, &count[i]), 0);
	}
	cgroup_unwatch(leaf[2]);
	run_kill(&r[2]);
	run_kill(&r[1]);
	wait_empty(cg, &count[1]);
	ATF_CHECK_EQ(count[0], 0);
	ATF_CHECK_EQ(count[1], 1);
	ATF_CHECK_EQ(count[2], 0);
	ATF_CHECK_EQ(cgroup_leaf_signal(leaf[0], SIGTERM), 1);
	wait_empty(cg, &count[0]);
	run_end(&r[0]);
	for (i = 0; i < 3; i++)
		ATF_CHECK_EQ(cgroup_leaf_remove(leaf[i]), 0);
	ATF_CHECK_EQ(cgroup_remove(cg), 0);
	cgroup_close(cg);
}

/* Where clone3 is missing the child moves itself, before anything else. */
ATF_TC_WITHOUT_HEAD(a_child_can_join_by_itself);
ATF_TC_BODY(a_child_can_join_by_itself, tc)
{
	struct cgroup *cg = tree();
	struct cgroup_leaf *leaf;
	int count = 0, fd, p[2];
	pid_t pid;
	char c;

	ATF_REQUIRE((leaf = cgroup_leaf_open(cg, "web", "main", 0)) != NULL);
	ATF_REQUIRE_EQ(pipe(p), 0);
	if ((pid = fork()) == 0) {
		c = spawn_join(cgroup_leaf_fd(leaf)) == 0 ? 'y' : 'n';
		if (write(p[1], &c, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ATF_REQUIRE_EQ(read(p[0], &c, 1), 1);
	ATF_CHECK_EQ(c, 'y');
	ATF_CHECK_EQ(cgroup_leaf_has(leaf, pid), 1);
	ATF_REQUIRE((fd = cgroup_leaf_member(leaf, pid, "statm")) != -1);
	ATF_CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	close(fd);
	ATF_CHECK_EQ(cgroup_leaf_member(leaf, getpid(), "statm"), -1);
	ATF_CHECK_EQ(errno, ESRCH);
	ATF_REQUIRE_EQ(cgroup_watch(leaf, told, &count), 0);
	ATF_CHECK_EQ(cgroup_leaf_kill(leaf), 0);
	wait_empty(cg, &count);
	ATF_REQUIRE_EQ(waitpid(pid, NULL, 0), pid);
	ATF_CHECK_EQ(cgroup_leaf_remove(leaf), 0);
	ATF_CHECK_EQ(cgroup_remove(cg), 0);
	cgroup_close(cg);
}

/* A leaf that was removed behind our back is an error of its own. */
ATF_TC_WITHOUT_HEAD(a_leaf_that_is_gone_is_told);
ATF_TC_BODY(a_leaf_that_is_gone_is_told, tc)
{
	struct cgroup *cg = tree();
	struct cgroup_leaf *leaf;
	struct run r;

	ATF_REQUIRE((leaf = cgroup_leaf_open(cg, "web", "main", 0)) != NULL);
	cgroup_remove(cg);
	ATF_CHECK_EQ(cgroup_leaf_populated(leaf), 0);
	run_init(&r, "/bin/true");
	r.s.cgroup = cgroup_leaf_fd(leaf);
	ATF_CHECK_EQ(spawn_app(&r.s, &r.sp, &r.fail), -1);
	ATF_CHECK_STREQ(spawn_step_name(r.fail.step), "cgroup");
	ATF_CHECK_EQ(r.sp.status, -1);
	cgroup_leaf_close(leaf);
	cgroup_close(cg);
}

static void
freeze(struct cgroup_leaf *leaf, const char *value)
{
	int fd;

	fd = openat(cgroup_leaf_fd(leaf), "cgroup.freeze", O_WRONLY);
	if (fd == -1)
		atf_tc_skip("cgroups cannot be frozen here");
	ATF_REQUIRE_EQ(write(fd, value, 1), 1);
	close(fd);
}

/*
 * Born in a frozen group it does not even get to its first step.  It holds
 * up nobody meanwhile, and has what it was given at its birth.
 */
ATF_TC_WITHOUT_HEAD(a_frozen_birth_holds_up_nobody);
ATF_TC_BODY(a_frozen_birth_holds_up_nobody, tc)
{
	struct cgroup *cg = tree();
	struct cgroup_leaf *leaf;
	struct run r, other;
	char script[] = "echo \"$WORD\"; pwd", dir[] = "/usr";
	int i;

	ATF_REQUIRE((leaf = cgroup_leaf_open(cg, "web", "main", 0)) != NULL);
	freeze(leaf, "1");
	run_sh(&r, script);
	ATF_REQUIRE_EQ(environ_set(&r.env, "WORD", "frozen"), 0);
	r.s.directory = dir;
	r.s.cgroup = cgroup_leaf_fd(leaf);
	run_start(&r);
	ATF_CHECK_EQ(spawn_status(r.sp.status, &r.fail), 0);
	/* What it was made from changes and goes. */
	memset(script, 'x', sizeof(script) - 1);
	memset(dir, 'x', sizeof(dir) - 1);
	environ_free(&r.env);
	for (i = 0; i < 20; i++) {
		run_sh(&other, "echo other");
		run_start(&other);
		ATF_REQUIRE_EQ(run_status(&other), 1);
		run_output(&other);
		ATF_CHECK_STREQ(other.out, "other\n");
		ATF_CHECK_EQ(run_end(&other), 0);
	}
	ATF_CHECK_EQ(spawn_status(r.sp.status, &r.fail), 0);
	freeze(leaf, "0");
	ATF_REQUIRE_EQ(run_status(&r), 1);
	run_output(&r);
	ATF_CHECK_STREQ(r.out, "frozen\n/usr\n");
	ATF_CHECK_EQ(run_end(&r), 0);
	ATF_CHECK_EQ(cgroup_leaf_remove(leaf), 0);
	ATF_CHECK_EQ(cgroup_remove(cg), 0);
	cgroup_close(cg);
}

static void
walked(void *arg, const char *app, const char *process, unsigned int instance)
{
	char *text = arg, one[256];

	snprintf(one, sizeof(one), "%s/%s.%u ", app, process, instance);
	strlcat(text, one, 1024);
}

/* After a crash: the leaves are found again, and what is in them. */
ATF_TC_WITHOUT_HEAD(leaves_outlive_the_daemon);
ATF_TC_BODY(leaves_outlive_the_daemon, tc)
{
	struct cgroup *cg = tree();
	struct cgroup_leaf *leaf;
	char text[1024] = "";
	struct run r;
	int count = 0;

	ATF_REQUIRE((leaf = cgroup_leaf_open(cg, "web", "a.b", 12)) != NULL);
	start_in(&r, leaf, "exec sleep 1000");
	cgroup_leaf_close(leaf);
	cgroup_close(cg);

	cg = tree();
	ATF_REQUIRE_EQ(cgroup_walk(cg, walked, text), 0);
	ATF_CHECK_STREQ(text, "web/a.b.12 ");
	ATF_REQUIRE((leaf = cgroup_leaf_find(cg, "web", "a.b", 12)) != NULL);
	ATF_CHECK_EQ(cgroup_leaf_has(leaf, r.sp.pid), 1);
	ATF_CHECK_EQ(cgroup_remove(cg), -1);
	ATF_CHECK_EQ(cgroup_leaf_populated(leaf), 1);
	ATF_REQUIRE_EQ(cgroup_watch(leaf, told, &count), 0);
	run_kill(&r);
	wait_empty(cg, &count);
	ATF_CHECK_EQ(cgroup_leaf_remove(leaf), 0);
	ATF_CHECK_EQ(cgroup_remove(cg), 0);
	cgroup_close(cg);
}

/* An app of root may make groups below its own. */
ATF_TC_WITHOUT_HEAD(groups_below_a_leaf_belong_to_it);
ATF_TC_BODY(groups_below_a_leaf_belong_to_it, tc)
{
	struct cgroup *cg = tree();
	struct cgroup_leaf *leaf, *other;
	char path[PATH_MAX];
	pid_t pids[4];
	struct run r;
	int fd, count = 0;

	ATF_REQUIRE((leaf = cgroup_leaf_open(cg, "web", "main", 1)) != NULL);
	ATF_REQUIRE((other = cgroup_leaf_open(cg, "web", "main", 10)) != NULL);
	snprintf(path, sizeof(path), "%s/app:web/main.1/deep", cgroup_path(cg));
	ATF_REQUIRE_EQ(mkdir(path, 0755), 0);
	strlcat(path, "/er", sizeof(path));
	ATF_REQUIRE_EQ(mkdir(path, 0755), 0);
	run_sh(&r, "exec sleep 1000");
	ATF_REQUIRE((fd = open(path, O_RDONLY | O_DIRECTORY)) != -1);
	r.s.cgroup = fd;
	run_start(&r);
	ATF_REQUIRE_EQ(run_status(&r), 1);
	ATF_CHECK_EQ(cgroup_leaf_has(leaf, r.sp.pid), 1);
	ATF_CHECK_EQ(cgroup_leaf_has(other, r.sp.pid), 0);
	ATF_CHECK_EQ(cgroup_leaf_pids(leaf, pids, 4), 1);
	ATF_CHECK_EQ(pids[0], r.sp.pid);
	ATF_REQUIRE_EQ(cgroup_watch(leaf, told, &count), 0);
	ATF_CHECK_EQ(cgroup_leaf_kill(leaf), 0);
	wait_empty(cg, &count);
	run_end(&r);
	ATF_CHECK_EQ(cgroup_leaf_remove(leaf), 0);
	ATF_CHECK_EQ(cgroup_leaf_remove(other), 0);
	ATF_CHECK_EQ(cgroup_remove(cg), 0);
	cgroup_close(cg);
}

ATF_TC_WITHOUT_HEAD(homes_have_trees_of_their_own);
ATF_TC_BODY(homes_have_trees_of_their_own, tc)
{
	struct cgroup *a = tree(), *b, *c;
	char why[2048];

	ATF_REQUIRE_EQ(mkdir("sub", 0755), 0);
	ATF_REQUIRE_EQ(symlink(".", "self"), 0);
	ATF_REQUIRE((b = cgroup_open("sub", why, sizeof(why))) != NULL);
	ATF_REQUIRE((c = cgroup_open("self", why, sizeof(why))) != NULL);
	ATF_CHECK(strcmp(cgroup_path(a), cgroup_path(b)) != 0);
	ATF_CHECK_STREQ(cgroup_path(a), cgroup_path(c));
	ATF_CHECK_EQ(cgroup_remove(a), 0);
	ATF_CHECK_EQ(cgroup_remove(b), 0);
	cgroup_close(a);
	cgroup_close(b);
	cgroup_close(c);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_leaf_is_made_found_and_removed);
	ATF_TP_ADD_TC(tp, names_of_cgroup_files_are_just_names);
	ATF_TP_ADD_TC(tp, a_double_fork_does_not_escape_the_kill);
	ATF_TP_ADD_TC(tp, a_zombie_does_not_populate);
	ATF_TP_ADD_TC(tp, only_the_leaf_that_changed_is_told);
	ATF_TP_ADD_TC(tp, a_child_can_join_by_itself);
	ATF_TP_ADD_TC(tp, a_leaf_that_is_gone_is_told);
	ATF_TP_ADD_TC(tp, a_frozen_birth_holds_up_nobody);
	ATF_TP_ADD_TC(tp, leaves_outlive_the_daemon);
	ATF_TP_ADD_TC(tp, groups_below_a_leaf_belong_to_it);
	ATF_TP_ADD_TC(tp, homes_have_trees_of_their_own);
	return (atf_no_error());
}
