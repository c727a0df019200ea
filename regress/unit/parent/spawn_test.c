/* Fork and exec. */
#include "runner.h"

#include <sys/stat.h>

#include <grp.h>
#include <stdlib.h>

#include "common/signature.h"

#define NOBODY	65534

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

static void
check_fails(struct run *r, enum spawn_step step, int error)
{
	int status;

	run_start(r);
	ATF_REQUIRE_EQ(run_status(r), -1);
	ATF_REQUIRE_STREQ(spawn_step_name(r->fail.step), spawn_step_name(step));
	ATF_REQUIRE_EQ_MSG(r->fail.error, error, "%s", strerror(r->fail.error));
	run_output(r);
	ATF_REQUIRE_STREQ(r->out, "");
	status = run_end(r);
	ATF_REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 127);
}

ATF_TC_WITHOUT_HEAD(arguments_and_exit_code);
ATF_TC_BODY(arguments_and_exit_code, tc)
{
	struct run r;
	int status;

	run_sh(&r, "echo \"$0|$1|$2\"; exit 42");
	run_arg(&r, "a b");
	run_arg(&r, "$HOME *");
	run_arg(&r, "");
	run_start(&r);
	ATF_CHECK_EQ(run_status(&r), 1);
	run_output(&r);
	ATF_CHECK_STREQ(r.out, "a b|$HOME *|\n");
	status = run_end(&r);
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

ATF_TC_WITHOUT_HEAD(a_missing_file_is_told);
ATF_TC_BODY(a_missing_file_is_told, tc)
{
	struct run r;

	run_init(&r, "/nonexistent/program");
	check_fails(&r, STEP_EXEC, ENOENT);
}

ATF_TC_WITHOUT_HEAD(no_path_is_searched);
ATF_TC_BODY(no_path_is_searched, tc)
{
	struct run r;

	run_init(&r, "true");
	ATF_REQUIRE_EQ(environ_set(&r.env, "PATH", "/usr/bin:/bin"), 0);
	check_fails(&r, STEP_EXEC, ENOENT);
}

ATF_TC_WITHOUT_HEAD(a_file_without_permission_is_told);
ATF_TC_BODY(a_file_without_permission_is_told, tc)
{
	struct run r;

	put("plain", "#!/bin/sh\n", 0644);
	run_init(&r, "./plain");
	check_fails(&r, STEP_EXEC, EACCES);
	put("binary", "no format that is known", 0755);
	run_init(&r, "./binary");
	check_fails(&r, STEP_EXEC, ENOEXEC);
}

ATF_TC_WITHOUT_HEAD(a_bad_directory_is_told);
ATF_TC_BODY(a_bad_directory_is_told, tc)
{
	struct run r;

	run_init(&r, "/bin/true");
	r.s.directory = "/nonexistent";
	check_fails(&r, STEP_CHDIR, ENOENT);
	put("file", "", 0644);
	run_init(&r, "/bin/true");
	r.s.directory = "file";
	check_fails(&r, STEP_CHDIR, ENOTDIR);
}

ATF_TC_WITHOUT_HEAD(a_bad_env_file_is_told);
ATF_TC_BODY(a_bad_env_file_is_told, tc)
{
	struct run r;

	run_init(&r, "/bin/true");
	r.s.env_file = "none";
	check_fails(&r, STEP_ENVFILE, ENOENT);
	put("bad", "A=1\nB=2\nwhat is this\n", 0600);
	run_init(&r, "/bin/true");
	r.s.env_file = "bad";
	check_fails(&r, STEP_ENVFILE, EINVAL);
	ATF_CHECK_EQ(r.fail.line, 3);
	ATF_REQUIRE_EQ(mkfifo("fifo", 0600), 0);
	run_init(&r, "/bin/true");
	r.s.env_file = "fifo";
	check_fails(&r, STEP_ENVFILE, EPERM);
	ATF_REQUIRE_EQ(symlink("bad", "sym"), 0);
	run_init(&r, "/bin/true");
	r.s.env_file = "sym";
	check_fails(&r, STEP_ENVFILE, ELOOP);
}

ATF_TC_WITHOUT_HEAD(the_environment_is_exactly_ours);
ATF_TC_BODY(the_environment_is_exactly_ours, tc)
{
	struct run r;

	ATF_REQUIRE_EQ(setenv("DAEMON_SECRET", "leak", 1), 0);
	put("env", "FROM_FILE='a b'\nLANG=de\n", 0600);
	run_init(&r, "/usr/bin/env");
	ATF_REQUIRE_EQ(environ_set(&r.env, "ONE", "1"), 0);
	r.s.env_file = "env";
	run_start(&r);
	run_output(&r);
	ATF_CHECK_STREQ(r.out, "LANG=de\nONE=1\nFROM_FILE=a b\n");
	ATF_CHECK_EQ(run_end(&r), 0);
}

ATF_TC_WITHOUT_HEAD(no_descriptor_leaks);
ATF_TC_BODY(no_descriptor_leaks, tc)
{
	struct run r;
	int fd;

	/* Not close-on-exec, low and high. */
	ATF_REQUIRE((fd = open("/etc/passwd", O_RDONLY)) != -1);
	ATF_REQUIRE_EQ(dup2(fd, 40), 40);
	ATF_REQUIRE_EQ(dup2(fd, 200), 200);
	run_init(&r, "/bin/ls");
	run_arg(&r, "/proc/self/fd");
	run_start(&r);
	/* 3 is the folder that ls has open. */
	run_output(&r);
	ATF_CHECK_STREQ(r.out, "0\n1\n2\n3\n");
	ATF_CHECK_EQ(run_end(&r), 0);
}

ATF_TC_WITHOUT_HEAD(stdin_is_dev_null);
ATF_TC_BODY(stdin_is_dev_null, tc)
{
	struct run r;

	run_sh(&r, "readlink /proc/self/fd/0; test ! -t 0; cat");
	run_start(&r);
	run_output(&r);
	ATF_CHECK_STREQ(r.out, "/dev/null\n");
	ATF_CHECK_EQ(run_end(&r), 0);
}

ATF_TC_WITHOUT_HEAD(streams_are_apart_and_block);
ATF_TC_BODY(streams_are_apart_and_block, tc)
{
	struct run r;
	int err[2];
	char buf[16];

	ATF_REQUIRE_EQ(pipe2(err, O_CLOEXEC), 0);
	run_sh(&r, "echo out; echo err >&2; "
	    "sed -n 's/^flags:.//p' /proc/self/fdinfo/1");
	r.s.err = err[1];
	run_start(&r);
	close(err[1]);
	/* O_WRONLY, no O_NONBLOCK */
	run_output(&r);
	ATF_CHECK_STREQ(r.out, "out\n01\n");
	ATF_CHECK_EQ(read(err[0], buf, sizeof(buf)), 4);
	ATF_CHECK_EQ(memcmp(buf, "err\n", 4), 0);
	ATF_CHECK_EQ(run_end(&r), 0);
	close(err[0]);
}

ATF_TC_WITHOUT_HEAD(signals_are_as_after_boot);
ATF_TC_BODY(signals_are_as_after_boot, tc)
{
	sigset_t set, now;
	struct run r;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	ATF_REQUIRE_EQ(sigprocmask(SIG_SETMASK, &set, NULL), 0);
	run_init(&r, "/bin/grep");
	run_arg(&r, "-E");
	run_arg(&r, "^Sig(Blk|Ign):.*[1-9a-f]");
	run_arg(&r, "/proc/self/status");
	run_start(&r);
	run_output(&r);
	/* 32 and 33 are the C library's own: sigaction(2) refuses them. */
	if (strcmp(r.out, "SigIgn:\t0000000180000000\n") != 0)
		ATF_CHECK_STREQ(r.out, "");
	run_end(&r);
	/* The caller's mask is what it was. */
	ATF_REQUIRE_EQ(sigprocmask(SIG_SETMASK, NULL, &now), 0);
	ATF_CHECK(sigismember(&now, SIGUSR1) && !sigismember(&now, SIGTERM));
}

ATF_TC_WITHOUT_HEAD(it_leads_a_session_of_its_own);
ATF_TC_BODY(it_leads_a_session_of_its_own, tc)
{
	struct signature_stat st;
	struct run r;

	run_sh(&r, "echo ready; exec sleep 1000");
	run_start(&r);
	run_line(&r);
	ATF_REQUIRE_EQ(signature_stat(r.sp.pid, &st), 0);
	ATF_CHECK_EQ(st.session, r.sp.pid);
	ATF_CHECK_EQ(getpgid(r.sp.pid), r.sp.pid);
	ATF_CHECK_EQ(st.ppid, getpid());
	run_kill(&r);
}

ATF_TC_WITHOUT_HEAD(the_pidfd_is_of_the_child);
ATF_TC_BODY(the_pidfd_is_of_the_child, tc)
{
	struct signature sig;
	struct run r;
	int status;

	run_sh(&r, "echo ready; exec sleep 1000");
	run_start(&r);
	if (r.sp.pidfd == -1)
		atf_tc_skip("no pidfds");
	ATF_CHECK((fcntl(r.sp.pidfd, F_GETFD) & FD_CLOEXEC) != 0);
	ATF_CHECK_EQ(signature_of(r.sp.pid, r.sp.pidfd, &sig), 0);
	ATF_CHECK_EQ(signature_kill(r.sp.pid, r.sp.pidfd, SIGTERM), 0);
	run_readable(r.sp.pidfd);
	status = run_end(&r);
	ATF_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

ATF_TC_WITHOUT_HEAD(limits_umask_nice_and_privileges);
ATF_TC_BODY(limits_umask_nice_and_privileges, tc)
{
	struct limit limits[RLIM_NLIMITS];
	struct rlimit nofile = { 100, 100 };
	struct run r;

	memset(limits, 0, sizeof(limits));
	limits[RLIMIT_CORE].set = 1;
	limits[RLIMIT_CORE].value = 0;
	limits[RLIMIT_NOFILE].set = 1;
	limits[RLIMIT_NOFILE].value = 77;
	run_sh(&r, "ulimit -n; ulimit -Hn; ulimit -c; umask; nice; "
	    "grep NoNewPrivs /proc/self/status");
	ATF_REQUIRE_EQ(environ_set(&r.env, "PATH", "/usr/bin:/bin"), 0);
	r.s.limits = limits;
	r.s.nofile = &nofile;
	r.s.umask = 027;
	r.s.nice = 5;
	run_start(&r);
	run_output(&r);
	ATF_CHECK_STREQ(r.out,
	    "77\n77\n0\n0027\n5\nNoNewPrivs:\t1\n");
	ATF_CHECK_EQ(run_end(&r), 0);

	limits[RLIMIT_NOFILE].set = 0;
	run_sh(&r, "ulimit -n; grep NoNewPrivs /proc/self/status");
	ATF_REQUIRE_EQ(environ_set(&r.env, "PATH", "/usr/bin:/bin"), 0);
	r.s.limits = limits;
	r.s.nofile = &nofile;
	r.s.no_new_privs = 0;
	run_start(&r);
	run_output(&r);
	ATF_CHECK_STREQ(r.out, "100\nNoNewPrivs:\t0\n");
	ATF_CHECK_EQ(run_end(&r), 0);
}

static void
unprivileged(void)
{
	struct limit limits[RLIM_NLIMITS];
	struct rlimit rl;
	struct run r;

	if (geteuid() == 0 && (setgroups(0, NULL) == -1 ||
	    setresgid(NOBODY, NOBODY, NOBODY) == -1 ||
	    setresuid(NOBODY, NOBODY, NOBODY) == -1))
		_exit(2);
	run_init(&r, "/bin/true");
	r.s.uid = getuid() + 1;
	check_fails(&r, STEP_UID, EPERM);
	run_init(&r, "/bin/true");
	r.s.gid = getgid() + 1;
	check_fails(&r, STEP_GID, EPERM);
	run_init(&r, "/bin/true");
	r.s.nice = -5;
	check_fails(&r, STEP_NICE, EACCES);
	memset(limits, 0, sizeof(limits));
	if (getrlimit(RLIMIT_NOFILE, &rl) == -1 ||
	    rl.rlim_max == RLIM_INFINITY)
		_exit(3);
	limits[RLIMIT_NOFILE].set = 1;
	limits[RLIMIT_NOFILE].value = rl.rlim_max + 1;
	run_init(&r, "/bin/true");
	r.s.limits = limits;
	check_fails(&r, STEP_LIMITS, EPERM);
	_exit(0);
}

/* In a child, which as root becomes somebody else for it. */
ATF_TC_WITHOUT_HEAD(what_may_not_be_is_told);
ATF_TC_BODY(what_may_not_be_is_told, tc)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0)
		unprivileged();
	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "status %#x: see its output", (unsigned int)status);
}

ATF_TC(it_becomes_its_user);
ATF_TC_HEAD(it_becomes_its_user, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(it_becomes_its_user, tc)
{
	gid_t groups[2] = { NOBODY, 12345 };
	struct run r;

	run_sh(&r, "grep -E '^(Uid|Gid|Groups|Cap(Prm|Eff)):' "
	    "/proc/self/status");
	ATF_REQUIRE_EQ(environ_set(&r.env, "PATH", "/usr/bin:/bin"), 0);
	r.s.uid = NOBODY;
	r.s.gid = 12344;
	r.s.groups = groups;
	r.s.ngroups = 2;
	r.s.directory = "/";
	run_start(&r);
	run_output(&r);
	ATF_CHECK_STREQ(r.out,
	    "Uid:\t65534\t65534\t65534\t65534\n"
	    "Gid:\t12344\t12344\t12344\t12344\n"
	    "Groups:\t12345 65534 \n"
	    "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n");
	ATF_CHECK_EQ(run_end(&r), 0);

	/* Without groups none of root's are left. */
	run_init(&r, "/bin/grep");
	run_arg(&r, "^Groups:");
	run_arg(&r, "/proc/self/status");
	r.s.uid = NOBODY;
	r.s.gid = NOBODY;
	r.s.directory = "/";
	run_start(&r);
	run_output(&r);
	ATF_CHECK_STREQ(r.out, "Groups:\t \n");
	ATF_CHECK_EQ(run_end(&r), 0);
}

/* What the user may not enter or read is an error, whatever root may. */
ATF_TC(files_are_opened_with_its_rights);
ATF_TC_HEAD(files_are_opened_with_its_rights, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(files_are_opened_with_its_rights, tc)
{
	struct run r;

	ATF_REQUIRE_EQ(mkdir("private", 0700), 0);
	run_init(&r, "/bin/true");
	r.s.uid = r.s.gid = NOBODY;
	r.s.directory = "private";
	check_fails(&r, STEP_CHDIR, EACCES);
	put("env", "A=1\n", 0600);
	ATF_REQUIRE_EQ(chmod(".", 0755), 0);
	run_init(&r, "/bin/true");
	r.s.uid = r.s.gid = NOBODY;
	r.s.env_file = "env";
	check_fails(&r, STEP_ENVFILE, EACCES);
	put("prog", "#!/bin/sh\n", 0700);
	run_init(&r, "./prog");
	r.s.uid = r.s.gid = NOBODY;
	check_fails(&r, STEP_EXEC, EACCES);
}

static void
copy_true(const char *to)
{
	char buf[65536];
	ssize_t n;
	int in, out;

	ATF_REQUIRE((in = open("/bin/true", O_RDONLY | O_CLOEXEC)) != -1);
	out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	ATF_REQUIRE(out != -1);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		ATF_REQUIRE_EQ(write(out, buf, (size_t)n), n);
	close(in);
	close(out);
}

/* The owner of a binary can hold its exec; nobody waits but the child. */
ATF_TC_WITHOUT_HEAD(a_lease_on_the_binary_holds_up_nobody);
ATF_TC_BODY(a_lease_on_the_binary_holds_up_nobody, tc)
{
	siginfo_t si;
	struct timespec limit = { RUN_WAIT_MS / 1000, 0 };
	sigset_t io;
	struct run r, other;
	int lease;

	copy_true("held");
	sigemptyset(&io);
	sigaddset(&io, SIGIO);
	ATF_REQUIRE_EQ(sigprocmask(SIG_BLOCK, &io, NULL), 0);
	ATF_REQUIRE((lease = open("held", O_RDONLY | O_CLOEXEC)) != -1);
	if (fcntl(lease, F_SETLEASE, F_WRLCK) == -1)
		atf_tc_skip("no leases: %s", strerror(errno));
	run_init(&r, "./held");
	run_start(&r);
	/* The kernel tells of the exec that it keeps waiting. */
	ATF_REQUIRE_EQ(sigtimedwait(&io, &si, &limit), SIGIO);
	ATF_CHECK_EQ(spawn_status(r.sp.status, &r.fail), 0);
	ATF_CHECK_EQ(waitpid(r.sp.pid, NULL, WNOHANG), 0);
	/* Meanwhile another one comes and goes. */
	run_init(&other, "/bin/true");
	run_start(&other);
	ATF_CHECK_EQ(run_status(&other), 1);
	ATF_CHECK_EQ(run_end(&other), 0);
	ATF_CHECK_EQ(spawn_status(r.sp.status, &r.fail), 0);
	ATF_REQUIRE_EQ(fcntl(lease, F_SETLEASE, F_UNLCK), 0);
	ATF_CHECK_EQ(run_status(&r), 1);
	ATF_CHECK_EQ(run_end(&r), 0);
}

/* A child that is held has nothing of the parent's but the pipe. */
ATF_TC_WITHOUT_HEAD(a_child_that_is_held_keeps_no_descriptor);
ATF_TC_BODY(a_child_that_is_held_keeps_no_descriptor, tc)
{
	siginfo_t si;
	struct timespec limit = { RUN_WAIT_MS / 1000, 0 };
	sigset_t io;
	struct pollfd pfd;
	struct run r;
	int lease, p[2];

	copy_true("held");
	sigemptyset(&io);
	sigaddset(&io, SIGIO);
	ATF_REQUIRE_EQ(sigprocmask(SIG_BLOCK, &io, NULL), 0);
	ATF_REQUIRE((lease = open("held", O_RDONLY | O_CLOEXEC)) != -1);
	if (fcntl(lease, F_SETLEASE, F_WRLCK) == -1)
		atf_tc_skip("no leases: %s", strerror(errno));
	ATF_REQUIRE_EQ(pipe2(p, O_CLOEXEC), 0);
	run_init(&r, "./held");
	run_start(&r);
	ATF_REQUIRE_EQ(sigtimedwait(&io, &si, &limit), SIGIO);
	close(p[1]);
	pfd.fd = p[0];
	pfd.events = POLLIN;
	ATF_CHECK_EQ(poll(&pfd, 1, 0), 1);
	ATF_REQUIRE_EQ(fcntl(lease, F_SETLEASE, F_UNLCK), 0);
	ATF_CHECK_EQ(run_end(&r), 0);
}

static int
daemon_start(const char *file, char *const argv[], const struct spawn_fd *fds,
    size_t nfds, struct run *r)
{
	int bin;

	run_init(r, file);
	ATF_REQUIRE((bin = open(file, O_RDONLY | O_CLOEXEC)) != -1);
	ATF_REQUIRE_EQ(spawn_daemon(bin, argv, r->pipe[1], fds, nfds, &r->sp,
	    &r->fail), 0);
	close(r->pipe[1]);
	r->pipe[1] = -1;
	close(bin);
	return (run_status(r));
}

ATF_TC_WITHOUT_HEAD(a_daemon_process_has_what_it_is_given);
ATF_TC_BODY(a_daemon_process_has_what_it_is_given, tc)
{
	static char sh[] = "omnitrond: test", c[] = "-c", script[] =
	    "/bin/ls /proc/self/fd; cat <&3; cat <&5; cat; /usr/bin/env | "
	    "/bin/grep -Ev '^(PWD|SHLVL|_|.*SAN_OPTIONS)='; pwd";
	char *argv[] = { sh, c, script, NULL };
	struct spawn_fd fds[2];
	struct run r;
	int p[2], q[2];

	ATF_REQUIRE_EQ(setenv("DAEMON_SECRET", "leak", 1), 0);
	ATF_REQUIRE_EQ(setenv("TZ", "UTC", 1), 0);
	ATF_REQUIRE_EQ(pipe2(p, O_CLOEXEC), 0);
	ATF_REQUIRE_EQ(pipe2(q, O_CLOEXEC), 0);
	ATF_REQUIRE_EQ(write(p[1], "three\n", 6), 6);
	ATF_REQUIRE_EQ(write(q[1], "five\n", 5), 5);
	/* Numbers that cross: what goes to 3 may stand on 5. */
	ATF_REQUIRE_EQ(dup2(p[0], 30), 30);
	ATF_REQUIRE_EQ(dup2(q[0], 31), 31);
	close(p[1]);
	close(q[1]);
	ATF_REQUIRE_EQ(dup2(30, 5), 5);
	ATF_REQUIRE_EQ(dup2(31, 3), 3);
	fds[0].src = 5;
	fds[0].dst = 3;
	fds[1].src = 3;
	fds[1].dst = 5;
	ATF_REQUIRE_EQ(daemon_start("/bin/sh", argv, fds, 2, &r), 1);
	/* ls has its folder on 4. */
	run_output(&r);
	ATF_CHECK_STREQ(r.out,
	    "0\n1\n2\n3\n4\n5\nthree\nfive\nLANG=C\nTZ=UTC\n/\n");
	run_end(&r);
}

ATF_TC_WITHOUT_HEAD(a_daemon_process_that_cannot_start_is_told);
ATF_TC_BODY(a_daemon_process_that_cannot_start_is_told, tc)
{
	static char name[] = "x";
	char *argv[] = { name, NULL };
	struct spawn_fd fd = { 0, 2 };
	struct run r;

	put("plain", "no format that is known", 0755);
	ATF_CHECK_EQ(daemon_start("plain", argv, NULL, 0, &r), -1);
	ATF_CHECK_EQ(r.fail.step, STEP_EXEC);
	ATF_CHECK_EQ(r.fail.error, ENOEXEC);
	run_end(&r);
	ATF_CHECK_EQ(spawn_daemon(0, argv, 2, &fd, 1, &r.sp, &r.fail), -1);
	ATF_CHECK_EQ(r.fail.error, EINVAL);
}

/* An upgrade of the package may replace the file meanwhile. */
ATF_TC_WITHOUT_HEAD(a_daemon_process_starts_from_an_unlinked_binary);
ATF_TC_BODY(a_daemon_process_starts_from_an_unlinked_binary, tc)
{
	static char name[] = "true";
	char *argv[] = { name, NULL };
	struct run r;
	int bin;

	copy_true("gone");
	ATF_REQUIRE((bin = open("gone", O_RDONLY | O_CLOEXEC)) != -1);
	ATF_REQUIRE_EQ(unlink("gone"), 0);
	run_init(&r, "gone");
	ATF_REQUIRE_EQ(spawn_daemon(bin, argv, r.pipe[1], NULL, 0, &r.sp,
	    &r.fail), 0);
	ATF_CHECK_EQ(run_status(&r), 1);
	ATF_CHECK_EQ(run_end(&r), 0);
	close(bin);
}

ATF_TC_WITHOUT_HEAD(failures_as_text);
ATF_TC_BODY(failures_as_text, tc)
{
	static char prog[] = "/srv/web/server", dir[] = "/srv/web",
	    env[] = "/srv/web/.env";
	char *argv[] = { prog, NULL };
	struct process_conf pc;
	struct spawn_failure f = { STEP_EXEC, ENOENT, 0 };
	char buf[256];

	memset(&pc, 0, sizeof(pc));
	pc.argv = argv;
	pc.directory = dir;
	pc.env_file = env;
	ATF_CHECK_STREQ(spawn_failure_text(&f, &pc, pc.argv[0], buf,
	    sizeof(buf)),
	    "exec /srv/web/server: No such file or directory");
	f.step = STEP_CHDIR;
	ATF_CHECK_STREQ(spawn_failure_text(&f, &pc, pc.argv[0], buf,
	    sizeof(buf)),
	    "chdir /srv/web: No such file or directory");
	f.step = STEP_ENVFILE;
	f.error = EINVAL;
	f.line = 3;
	ATF_CHECK_STREQ(spawn_failure_text(&f, &pc, pc.argv[0], buf,
	    sizeof(buf)),
	    "env-file /srv/web/.env:3: syntax error");
	f.step = STEP_FORK;
	f.error = EAGAIN;
	f.line = 0;
	ATF_CHECK_STREQ(spawn_failure_text(&f, &pc, pc.argv[0], buf,
	    sizeof(buf)),
	    "fork: Resource temporarily unavailable");
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, arguments_and_exit_code);
	ATF_TP_ADD_TC(tp, a_missing_file_is_told);
	ATF_TP_ADD_TC(tp, no_path_is_searched);
	ATF_TP_ADD_TC(tp, a_file_without_permission_is_told);
	ATF_TP_ADD_TC(tp, a_bad_directory_is_told);
	ATF_TP_ADD_TC(tp, a_bad_env_file_is_told);
	ATF_TP_ADD_TC(tp, the_environment_is_exactly_ours);
	ATF_TP_ADD_TC(tp, no_descriptor_leaks);
	ATF_TP_ADD_TC(tp, stdin_is_dev_null);
	ATF_TP_ADD_TC(tp, streams_are_apart_and_block);
	ATF_TP_ADD_TC(tp, signals_are_as_after_boot);
	ATF_TP_ADD_TC(tp, it_leads_a_session_of_its_own);
	ATF_TP_ADD_TC(tp, the_pidfd_is_of_the_child);
	ATF_TP_ADD_TC(tp, limits_umask_nice_and_privileges);
	ATF_TP_ADD_TC(tp, what_may_not_be_is_told);
	ATF_TP_ADD_TC(tp, it_becomes_its_user);
	ATF_TP_ADD_TC(tp, files_are_opened_with_its_rights);
	ATF_TP_ADD_TC(tp, a_lease_on_the_binary_holds_up_nobody);
	ATF_TP_ADD_TC(tp, a_child_that_is_held_keeps_no_descriptor);
	ATF_TP_ADD_TC(tp, a_daemon_process_has_what_it_is_given);
	ATF_TP_ADD_TC(tp, a_daemon_process_that_cannot_start_is_told);
	ATF_TP_ADD_TC(tp, a_daemon_process_starts_from_an_unlinked_binary);
	ATF_TP_ADD_TC(tp, failures_as_text);
	return (atf_no_error());
}
