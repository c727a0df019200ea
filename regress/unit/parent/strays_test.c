/* What an instance started, where there is no cgroup. */
#include "runner.h"

#include <limits.h>
#include <stdlib.h>

#include "common/signature.h"
#include "omnitrond/parent/fifo.h"
#include "omnitrond/parent/strays.h"
#include "omnitrond/proto.h"

static const struct strays_of web = {
	.home = "/strays/home", .app = "web", .process = "main",
	.uid = STRAYS_ANYONE
};

static void
name_it(struct run *r, const char *instance)
{
	ATF_REQUIRE_EQ(environ_set(&r->env, "OMNITRON_HOME", web.home), 0);
	ATF_REQUIRE_EQ(environ_set(&r->env, "OMNITRON_APP", web.app), 0);
	ATF_REQUIRE_EQ(environ_set(&r->env, "OMNITRON_PROCESS", web.process),
	    0);
	ATF_REQUIRE_EQ(environ_set(&r->env, "OMNITRON_INSTANCE", instance), 0);
	ATF_REQUIRE_EQ(environ_set(&r->env, "PATH", "/usr/bin:/bin"), 0);
}

static pid_t
pid_line(struct run *r)
{
	const char *wrong;
	pid_t pid;

	pid = (pid_t)strtonum(run_line(r), 1, INT_MAX, &wrong);
	ATF_REQUIRE_MSG(wrong == NULL, "%s: %s", r->out, wrong);
	return (pid);
}

static int
listed(const struct stray *list, ssize_t n, pid_t pid)
{
	while (n-- > 0) {
		if (list[n].pid == pid)
			return (1);
	}
	return (0);
}

static void
wait_dead(pid_t pid, int pidfd)
{
	if (pidfd != -1)
		run_readable(pidfd);
	else
		while (kill(pid, 0) == 0)
			waitpid(pid, NULL, WNOHANG);
}

ATF_TC_WITHOUT_HEAD(environments_match_as_a_whole);
ATF_TC_BODY(environments_match_as_a_whole, tc)
{
#define ENV(h, a, p, i)	"X=1\0OMNITRON_HOME=" h "\0OMNITRON_APP=" a \
			"\0OMNITRON_PROCESS=" p "\0OMNITRON_INSTANCE=" i "\0"
	static const char good[] = ENV("/strays/home", "web", "main", "0"),
	    app[] = ENV("/strays/home", "web2", "main", "0"),
	    prefix[] = ENV("/strays/home", "we", "main", "0"),
	    home[] = ENV("/strays", "web", "main", "0"),
	    number[] = ENV("/strays/home", "web", "main", "01"),
	    process[] = ENV("/strays/home", "web", "other", "0"),
	    part[] = "XOMNITRON_HOME=/strays/home\0OMNITRON_APP=web\0"
	    "OMNITRON_PROCESS=main\0OMNITRON_INSTANCE=0\0";
	struct strays_of any = web;

	ATF_CHECK(strays_environ_match(good, sizeof(good) - 1, &web));
	ATF_CHECK(!strays_environ_match(app, sizeof(app) - 1, &web));
	ATF_CHECK(!strays_environ_match(prefix, sizeof(prefix) - 1, &web));
	ATF_CHECK(!strays_environ_match(home, sizeof(home) - 1, &web));
	ATF_CHECK(!strays_environ_match(number, sizeof(number) - 1, &web));
	ATF_CHECK(!strays_environ_match(process, sizeof(process) - 1, &web));
	ATF_CHECK(!strays_environ_match(part, sizeof(part) - 1, &web));
	ATF_CHECK(!strays_environ_match("", 0, &web));
	/* Cut within the last value: "0" could have been "01". */
	ATF_CHECK(!strays_environ_match(good, sizeof(good) - 2, &web));
	any.process = NULL;
	any.instance = -1;
	ATF_CHECK(strays_environ_match(process, sizeof(process) - 1, &any));
	ATF_CHECK(strays_environ_match(number, sizeof(number) - 1, &any));
	ATF_CHECK(!strays_environ_match(app, sizeof(app) - 1, &any));
}

/* Both slots of a number have it in their environment. */
ATF_TC_WITHOUT_HEAD(slots_are_told_apart);
ATF_TC_BODY(slots_are_told_apart, tc)
{
	static const char first[] = ENV("/strays/home", "web", "main", "0")
	    "OMNITRON_GENERATION=7\0", other[] = ENV("/strays/home", "web",
	    "main", "0") "OMNITRON_GENERATION=8\0";
	struct strays_of spare = web;

	spare.instance = INSTANCE_SPARE;
	spare.generation = 8;
	ATF_CHECK(strays_environ_match(other, sizeof(other) - 1, &spare));
	ATF_CHECK(!strays_environ_match(first, sizeof(first) - 1, &spare));
	ATF_CHECK(strays_environ_match(first, sizeof(first) - 1, &web));
	ATF_CHECK(strays_fifo_match("web:main:32768.out", &spare));
	ATF_CHECK(!strays_fifo_match("web:main:0.out", &spare));
	ATF_CHECK(!strays_fifo_match("web:main:32768.out", &web));
}

ATF_TC_WITHOUT_HEAD(names_of_fifos);
ATF_TC_BODY(names_of_fifos, tc)
{
	static const char *const bad[] = {
		"", "web", "web:main", "web:main:0", "web:main:0.", "out",
		"web:main:0.outs", "web:main:0.err (deleted)", "web:main:1.out",
		"web:main:01.out", "we:main:0.out", "web2:main:0.out",
		"web:mai:0.out", "web:main2:0.out", "::0.out", ":main:0.out",
		"web:main:00.out", "web:main:0:out", "web.main.0.out",
	};
	struct strays_of any = web, dots = web;
	size_t i;

	ATF_CHECK(strays_fifo_match("web:main:0.out", &web));
	ATF_CHECK(strays_fifo_match("web:main:0.err", &web));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_MSG(!strays_fifo_match(bad[i], &web), "%s", bad[i]);
	dots.app = "w.e.b";
	dots.process = "0.out";
	dots.instance = 12;
	ATF_CHECK(strays_fifo_match("w.e.b:0.out:12.err", &dots));
	any.app = any.process = NULL;
	any.instance = -1;
	ATF_CHECK(strays_fifo_match("a.b:c:7.err", &any));
	ATF_CHECK(!strays_fifo_match("a.b:c:.err", &any));
	ATF_CHECK(!strays_fifo_match("a.b::7.err", &any));
}

/* An orphan that emptied its environment still writes to our FIFO. */
ATF_TC_WITHOUT_HEAD(who_writes_to_the_fifo_is_found);
ATF_TC_BODY(who_writes_to_the_fifo_is_found, tc)
{
	char cwd[1024], err[256];
	struct strays_of of = web, any = web;
	struct stray *list;
	struct fifo f;
	struct run r;
	ssize_t n;

	/* No other test has this home: they may run beside us. */
	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	of.home = any.home = cwd;
	of.fifodir = fifo_rundir(cwd, err, sizeof(err));
	ATF_REQUIRE_MSG(of.fifodir != -1, "%s", err);
	ATF_REQUIRE_EQ(fifo_open(of.fifodir, "web", "main", 0, getuid(),
	    getgid(), &f), 0);
	run_sh(&r, "exec env -i sleep 1000");
	ATF_REQUIRE_EQ(environ_set(&r.env, "PATH", "/usr/bin:/bin"), 0);
	r.s.err = f.app[FIFO_ERR];
	run_start(&r);
	ATF_REQUIRE_EQ(run_status(&r), 1);
	ATF_CHECK_EQ(strays_owns(r.sp.pid, &of), 1);
	n = strays_find(&of, 1, &list);
	ATF_CHECK_EQ(n, 1);
	ATF_CHECK(listed(list, n, r.sp.pid));
	free(list);
	any.app = any.process = NULL;
	any.instance = -1;
	any.fifodir = of.fifodir;
	n = strays_find(&any, 1, &list);
	ATF_CHECK(listed(list, n, r.sp.pid));
	free(list);
	of.instance = 1;
	ATF_CHECK_EQ(strays_find(&of, 1, &list), 0);
	fifo_close(&f);
	run_kill(&r);
}

ATF_TC_WITHOUT_HEAD(a_session_is_found_and_killed);
ATF_TC_BODY(a_session_is_found_and_killed, tc)
{
	struct strays_of of = web;
	struct stray *list;
	struct run r;
	siginfo_t si;
	pid_t child;
	ssize_t n;
	int fd;

	run_sh(&r, "env -i sleep 1000 & echo $!; exec sleep 1000");
	name_it(&r, "0");
	run_start(&r);
	child = pid_line(&r);
	fd = signature_pidfd(child);
	/* The leader goes, and is not reaped. */
	ATF_REQUIRE_EQ(kill(r.sp.pid, SIGKILL), 0);
	ATF_REQUIRE_EQ(waitid(P_PID, (id_t)r.sp.pid, &si, WEXITED | WNOWAIT),
	    0);
	of.session = r.sp.pid;
	n = strays_find(&of, 1, &list);
	ATF_CHECK_EQ(n, 1);
	ATF_CHECK(listed(list, n, child));
	ATF_CHECK(!listed(list, n, r.sp.pid));
	ATF_CHECK_EQ(strays_kill(list, (size_t)n, SIGKILL), 1);
	free(list);
	wait_dead(child, fd);
	run_end(&r);
	ATF_CHECK_EQ(strays_find(&of, 1, &list), 0);
	ATF_CHECK(list == NULL);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(who_left_the_session_is_found_by_name);
ATF_TC_BODY(who_left_the_session_is_found_by_name, tc)
{
	struct strays_of both[2];
	struct stray *list;
	struct run r, other;
	pid_t orphan, bare;
	ssize_t i, n;
	int fd, barefd;

	if (strays_reaper() == -1)
		atf_tc_skip("no subreaper");
	/* A daemon of its own, with a child that emptied its environment. */
	run_sh(&r, "setsid -f sh -c 'env -i sleep 1000 & echo $$; echo $!; "
	    "wait'; sleep 1000");
	name_it(&r, "0");
	run_start(&r);
	orphan = pid_line(&r);
	bare = pid_line(&r);
	fd = signature_pidfd(orphan);
	barefd = signature_pidfd(bare);
	/* The same app's other instance is none of it. */
	run_sh(&other, "echo x; exec sleep 1000");
	name_it(&other, "1");
	run_start(&other);
	run_line(&other);

	ATF_CHECK_EQ(strays_environ(orphan, &web), 1);
	/* It may be within its exec. */
	ATF_CHECK(strays_environ(other.sp.pid, &web) != 1);
	/* One look for both tells them apart. */
	both[0] = both[1] = web;
	both[0].instance = 1;
	n = strays_find(both, 2, &list);
	for (i = 0; i < n; i++)
		ATF_CHECK_EQ(list[i].pid == other.sp.pid ? 0u : 1u,
		    list[i].whose);
	ATF_CHECK(listed(list, n, orphan) && listed(list, n, bare));
	free(list);
	n = strays_find(&web, 1, &list);
	ATF_CHECK(listed(list, n, r.sp.pid));
	ATF_CHECK(listed(list, n, orphan));
	ATF_CHECK(listed(list, n, bare));
	ATF_CHECK(!listed(list, n, other.sp.pid));
	ATF_CHECK(!listed(list, n, getpid()));
	ATF_CHECK(!listed(list, n, 1));
	ATF_CHECK_EQ(strays_kill(list, (size_t)n, SIGKILL), (size_t)n);
	free(list);
	wait_dead(orphan, fd);
	wait_dead(bare, barefd);
	run_end(&r);
	ATF_CHECK_EQ(kill(other.sp.pid, 0), 0);
	run_kill(&other);
	/* The subreaper got it. */
	ATF_CHECK_EQ(waitpid(orphan, NULL, 0), orphan);
	close(fd);
	close(barefd);
}

/* Anyone can start anything with the environment of an app. */
ATF_TC(the_name_counts_only_of_its_user);
ATF_TC_HEAD(the_name_counts_only_of_its_user, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(the_name_counts_only_of_its_user, tc)
{
	struct strays_of of = web;
	struct stray *list;
	struct run ours, nobodys;
	char name[NAME_SIZE];
	ssize_t n;

	run_sh(&ours, "echo x; read x; exec sleep 1000");
	name_it(&ours, "0");
	run_start(&ours);
	run_line(&ours);
	run_sh(&nobodys, "echo x; read x; exec sleep 1000");
	name_it(&nobodys, "0");
	nobodys.s.uid = nobodys.s.gid = 65534;
	nobodys.s.directory = "/";
	run_start(&nobodys);
	run_line(&nobodys);

	of.uid = 0;
	ATF_CHECK_EQ(1, strays_environ(ours.sp.pid, &of));
	ATF_CHECK_EQ(0, strays_environ(nobodys.sp.pid, &of));
	n = strays_find(&of, 1, &list);
	ATF_CHECK(listed(list, n, ours.sp.pid));
	ATF_CHECK(!listed(list, n, nobodys.sp.pid));
	free(list);
	of.uid = 65534;
	ATF_CHECK_EQ(1, strays_environ(nobodys.sp.pid, &of));
	ATF_CHECK_EQ(0, strays_environ(ours.sp.pid, &of));
	n = strays_find(&of, 1, &list);
	ATF_CHECK(!listed(list, n, ours.sp.pid));
	ATF_CHECK(listed(list, n, nobodys.sp.pid));
	free(list);
	/* who looks for all of a home decides by the name */
	ATF_CHECK_EQ(1, strays_var(ours.sp.pid, web.home, "OMNITRON_APP", name,
	    sizeof(name)));
	ATF_CHECK_STREQ("web", name);
	ATF_CHECK_EQ(0, strays_var(ours.sp.pid, "/other", "OMNITRON_APP", name,
	    sizeof(name)));
	run_kill(&ours);
	run_kill(&nobodys);
}

ATF_TC_WITHOUT_HEAD(another_process_of_the_same_pid_is_spared);
ATF_TC_BODY(another_process_of_the_same_pid_is_spared, tc)
{
	struct signature_stat st;
	struct stray s;
	struct run r;

	run_sh(&r, "echo x; exec sleep 1000");
	run_start(&r);
	run_line(&r);
	ATF_REQUIRE_EQ(signature_stat(r.sp.pid, &st), 0);
	s.pid = r.sp.pid;
	s.starttime = st.starttime - 1;
	ATF_CHECK_EQ(strays_kill(&s, 1, SIGKILL), 0);
	s.pid = getpid();
	ATF_CHECK_EQ(strays_kill(&s, 1, SIGKILL), 0);
	s.pid = 1;
	ATF_CHECK_EQ(strays_kill(&s, 1, SIGKILL), 0);
	s.pid = 0;
	ATF_CHECK_EQ(strays_kill(&s, 1, SIGKILL), 0);
	ATF_CHECK_EQ(kill(r.sp.pid, 0), 0);
	run_kill(&r);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, environments_match_as_a_whole);
	ATF_TP_ADD_TC(tp, slots_are_told_apart);
	ATF_TP_ADD_TC(tp, names_of_fifos);
	ATF_TP_ADD_TC(tp, who_writes_to_the_fifo_is_found);
	ATF_TP_ADD_TC(tp, a_session_is_found_and_killed);
	ATF_TP_ADD_TC(tp, who_left_the_session_is_found_by_name);
	ATF_TP_ADD_TC(tp, the_name_counts_only_of_its_user);
	ATF_TP_ADD_TC(tp, another_process_of_the_same_pid_is_spared);
	return (atf_no_error());
}
