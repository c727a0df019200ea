/* Recorded processes: still those, and the app's? */
#include "runner.h"

#include <limits.h>
#include <stdlib.h>

#include "omnitrond/parent/cgroup.h"
#include "omnitrond/parent/fifo.h"
#include "omnitrond/parent/identify.h"

#define NOBODY	65534

static struct identify id;

/* A process that has the name of instance 0 of app web. */
static void
start(struct run *r)
{
	run_sh(r, "echo x; exec sleep 1000");
	ATF_REQUIRE_EQ(environ_set(&r->env, "OMNITRON_HOME", "/id/home"), 0);
	ATF_REQUIRE_EQ(environ_set(&r->env, "OMNITRON_APP", "web"), 0);
	ATF_REQUIRE_EQ(environ_set(&r->env, "OMNITRON_PROCESS", "main"), 0);
	ATF_REQUIRE_EQ(environ_set(&r->env, "OMNITRON_INSTANCE", "0"), 0);
	ATF_REQUIRE_EQ(environ_set(&r->env, "PATH", "/usr/bin:/bin"), 0);
	run_start(r);
	run_line(r);
	memset(&id, 0, sizeof(id));
	id.uid = getuid();
	id.home = "/id/home";
	id.app = "web";
	id.process = "main";
	ATF_REQUIRE_EQ(signature_of(r->sp.pid, r->sp.pidfd, &id.sig), 0);
	if (r->sp.pidfd == -1)
		atf_tc_skip("no pidfds");
}

static void
check_not(int error)
{
	ATF_CHECK_EQ(identify_open(&id), -1);
	ATF_CHECK_EQ_MSG(errno, error, "%s", strerror(errno));
}

ATF_TC_WITHOUT_HEAD(the_recorded_process_is_known_again);
ATF_TC_BODY(the_recorded_process_is_known_again, tc)
{
	struct run r;
	int fd;

	start(&r);
	ATF_REQUIRE((fd = identify_open(&id)) != -1);
	ATF_CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	ATF_CHECK_EQ(signature_kill(r.sp.pid, fd, SIGTERM), 0);
	run_readable(fd);
	/* Dead, and not reaped by us yet. */
	check_not(ESRCH);
	run_end(&r);
	check_not(ESRCH);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(another_signature_is_another_process);
ATF_TC_BODY(another_signature_is_another_process, tc)
{
	struct run r;

	start(&r);
	id.sig.starttime++;
	check_not(ESRCH);
	id.sig.starttime--;
	if (id.sig.inode != 0) {
		id.sig.inode++;
		check_not(ESRCH);
		id.sig.inode--;
	}
	id.sig.bootid[0] = id.sig.bootid[0] == 'a' ? 'b' : 'a';
	check_not(ESRCH);
	id.sig.pid = 0;
	check_not(ESRCH);
	run_kill(&r);
}

ATF_TC_WITHOUT_HEAD(a_process_of_no_app_is_not_taken);
ATF_TC_BODY(a_process_of_no_app_is_not_taken, tc)
{
	struct run r;
	int fd;

	start(&r);
	/* As of an older kernel, whose signatures are not certain. */
	id.sig.inode = 0;
	id.instance = 1;
	check_not(EPERM);
	id.instance = 0;
	id.app = "db";
	check_not(EPERM);
	id.app = "web";
	id.home = "/other/home";
	check_not(EPERM);
	id.home = "/id/home";
	id.uid++;
	check_not(EPERM);
	id.uid--;
	ATF_CHECK((fd = identify_open(&id)) != -1);
	close(fd);
	/* We ourselves, say: a record of any process of the host. */
	ATF_REQUIRE_EQ(signature_of(getpid(), -1, &id.sig), 0);
	check_not(EPERM);
	run_kill(&r);
}

/* Whatever it wrote over its environment, its output is ours. */
ATF_TC_WITHOUT_HEAD(its_output_is_proof_enough);
ATF_TC_BODY(its_output_is_proof_enough, tc)
{
	char cwd[PATH_MAX], err[256];
	struct fifo f, g;
	struct run r;
	int fd;

	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	memset(&id, 0, sizeof(id));
	id.fifodir = fifo_rundir(cwd, err, sizeof(err));
	ATF_REQUIRE_MSG(id.fifodir != -1, "%s", err);
	ATF_REQUIRE_EQ(fifo_open(id.fifodir, "web", "main", 0, getuid(),
	    getgid(), &f), 0);
	ATF_REQUIRE_EQ(fifo_open(id.fifodir, "web", "main", 10, getuid(),
	    getgid(), &g), 0);
	run_sh(&r, "exec env -i sleep 1000");
	ATF_REQUIRE_EQ(environ_set(&r.env, "PATH", "/usr/bin:/bin"), 0);
	r.s.out = f.app[FIFO_OUT];
	r.s.err = f.app[FIFO_ERR];
	run_start(&r);
	ATF_REQUIRE_EQ(run_status(&r), 1);
	id.uid = getuid();
	id.home = "/id/home";
	id.app = "web";
	id.process = "main";
	ATF_REQUIRE((fd = identify_found(&id, r.sp.pid)) != -1);
	close(fd);
	id.instance = 1;
	ATF_CHECK_EQ(identify_found(&id, r.sp.pid), -1);
	id.instance = 10;
	ATF_CHECK_EQ(identify_found(&id, r.sp.pid), -1);
	id.instance = 0;
	/* Another file of the same name is not that one. */
	fifo_unlink(id.fifodir, "web", "main", 0);
	fifo_close(&f);
	ATF_REQUIRE_EQ(fifo_open(id.fifodir, "web", "main", 0, getuid(),
	    getgid(), &f), 0);
	ATF_CHECK_EQ(identify_found(&id, r.sp.pid), -1);
	ATF_CHECK_EQ(errno, EPERM);
	fifo_close(&f);
	fifo_close(&g);
	run_kill(&r);
}

/* All that an ordinary user's daemon could record is that user's own. */
ATF_TC_WITHOUT_HEAD(a_certain_record_is_enough_for_a_user);
ATF_TC_BODY(a_certain_record_is_enough_for_a_user, tc)
{
	struct run r;
	int fd;

	start(&r);
	if (id.sig.inode == 0)
		atf_tc_skip("no pidfs");
	id.app = "db";
	if (geteuid() == 0)
		check_not(EPERM);
	else {
		ATF_CHECK((fd = identify_open(&id)) != -1);
		close(fd);
	}
	run_kill(&r);
}

ATF_TC_WITHOUT_HEAD(found_without_a_record);
ATF_TC_BODY(found_without_a_record, tc)
{
	struct signature sig;
	struct run r;
	int fd;

	start(&r);
	sig = id.sig;
	memset(&id.sig, 0, sizeof(id.sig));
	ATF_REQUIRE((fd = identify_found(&id, r.sp.pid)) != -1);
	ATF_CHECK(signature_equal(&id.sig, &sig));
	close(fd);
	ATF_CHECK_EQ(identify_found(&id, getpid()), -1);
	ATF_CHECK_EQ(errno, EPERM);
	run_kill(&r);
}

ATF_TC_WITHOUT_HEAD(its_cgroup_is_proof_enough);
ATF_TC_BODY(its_cgroup_is_proof_enough, tc)
{
	char cwd[PATH_MAX], why[2048];
	struct cgroup *cg;
	struct cgroup_leaf *leaf, *other;
	struct run r;
	int fd;

	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	if ((cg = cgroup_open(cwd, why, sizeof(why))) == NULL)
		atf_tc_skip("no usable cgroups: %s", why);
	ATF_REQUIRE((leaf = cgroup_leaf_open(cg, "web", "main", 0)) != NULL);
	ATF_REQUIRE((other = cgroup_leaf_open(cg, "web", "main", 1)) != NULL);
	run_sh(&r, "echo x; exec env -i sleep 1000");
	ATF_REQUIRE_EQ(environ_set(&r.env, "PATH", "/usr/bin:/bin"), 0);
	r.s.cgroup = cgroup_leaf_fd(leaf);
	run_start(&r);
	run_line(&r);
	memset(&id, 0, sizeof(id));
	id.uid = getuid();
	id.home = "/id/home";
	id.app = "web";
	id.process = "main";
	id.leaf = leaf;
	ATF_REQUIRE_EQ(signature_of(r.sp.pid, -1, &id.sig), 0);
	ATF_CHECK((fd = identify_open(&id)) != -1);
	close(fd);
	id.leaf = other;
	check_not(EPERM);
	run_kill(&r);
	ATF_CHECK_EQ(cgroup_leaf_remove(leaf), 0);
	ATF_CHECK_EQ(cgroup_leaf_remove(other), 0);
	ATF_CHECK_EQ(cgroup_remove(cg), 0);
	cgroup_close(cg);
}

/* The parent's user is another one than the app's. */
ATF_TC(the_uid_is_the_processs_own);
ATF_TC_HEAD(the_uid_is_the_processs_own, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(the_uid_is_the_processs_own, tc)
{
	struct run r;
	uid_t uid;

	run_sh(&r, "echo x; exec sleep 1000");
	ATF_REQUIRE_EQ(environ_set(&r.env, "PATH", "/usr/bin:/bin"), 0);
	r.s.uid = r.s.gid = NOBODY;
	r.s.directory = "/";
	run_start(&r);
	run_line(&r);
	ATF_REQUIRE_EQ(identify_uid(r.sp.pid, &uid), 0);
	ATF_CHECK_EQ(uid, NOBODY);
	run_kill(&r);
	ATF_CHECK_EQ(identify_uid(r.sp.pid, &uid), -1);
}

/* The grandchild is reaped by the middle one, not by us. */
ATF_TC_WITHOUT_HEAD(exit_status_of_what_is_not_our_child);
ATF_TC_BODY(exit_status_of_what_is_not_our_child, tc)
{
	struct run r;
	pid_t pid;
	int fd, status, rv;

	run_sh(&r, "exec 2>/dev/null; sh -c 'echo $$; exec sleep 1000' & "
	    "wait $!; echo $?; exec sleep 1000");
	ATF_REQUIRE_EQ(environ_set(&r.env, "PATH", "/usr/bin:/bin"), 0);
	run_start(&r);
	pid = (pid_t)strtol(run_line(&r), NULL, 10);
	if ((fd = signature_pidfd(pid)) == -1)
		atf_tc_skip("no pidfds");
	rv = identify_status(fd, &status);
	if (rv == -1)
		atf_tc_skip("no PIDFD_GET_INFO");
	ATF_CHECK_EQ(rv, 1);
	ATF_REQUIRE_EQ(kill(pid, SIGTERM), 0);
	/* 128 + SIGTERM: the shell has reaped it. */
	run_line(&r);
	ATF_CHECK_STREQ(r.out, "143");
	if ((rv = identify_status(fd, &status)) == -1)
		atf_tc_skip("no exit status by pidfd");
	ATF_CHECK_EQ(rv, 0);
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	close(fd);
	run_kill(&r);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_recorded_process_is_known_again);
	ATF_TP_ADD_TC(tp, another_signature_is_another_process);
	ATF_TP_ADD_TC(tp, a_process_of_no_app_is_not_taken);
	ATF_TP_ADD_TC(tp, its_output_is_proof_enough);
	ATF_TP_ADD_TC(tp, a_certain_record_is_enough_for_a_user);
	ATF_TP_ADD_TC(tp, found_without_a_record);
	ATF_TP_ADD_TC(tp, its_cgroup_is_proof_enough);
	ATF_TP_ADD_TC(tp, the_uid_is_the_processs_own);
	ATF_TP_ADD_TC(tp, exit_status_of_what_is_not_our_child);
	return (atf_no_error());
}
