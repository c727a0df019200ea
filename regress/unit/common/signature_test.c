/* Signatures of processes. */
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/signature.h"

ATF_TC_WITHOUT_HEAD(stat_of_a_hostile_name);
ATF_TC_BODY(stat_of_a_hostile_name, tc)
{
	static const char text[] = "4711 (x) S 1 (\n) R 7 8 9 0 -1 4194304 1 2 "
	    "3 4 5 6 7 8 20 0 1 0 987654321 10 11\n";
	struct signature_stat st;

	ATF_REQUIRE_EQ(signature_stat_parse(text, &st), 0);
	ATF_CHECK_EQ(st.pid, 4711);
	ATF_CHECK_EQ(st.state, 'R');
	ATF_CHECK_EQ(st.ppid, 7);
	ATF_CHECK_EQ(st.session, 9);
	ATF_CHECK_EQ(st.starttime, 987654321);
}

ATF_TC_WITHOUT_HEAD(stat_cut_short_is_refused);
ATF_TC_BODY(stat_cut_short_is_refused, tc)
{
	static const char *const bad[] = {
		"", "1", "1 (x", "1 (x)", "1 (x) S", "1 (x) S 1 2 3",
		"0 (x) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19",
		"-1 (x) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19",
		"1 (x) S 1 2 x 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19",
		"1 (x) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18",
	};
	struct signature_stat st;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(signature_stat_parse(bad[i], &st), -1,
		    "\"%s\"", bad[i]);
}

ATF_TC_WITHOUT_HEAD(every_field_counts);
ATF_TC_BODY(every_field_counts, tc)
{
	struct signature a, b;

	memset(&a, 0, sizeof(a));
	a.pid = 5;
	a.starttime = 6;
	a.inode = 7;
	strlcpy(a.bootid, "aa", sizeof(a.bootid));
	b = a;
	ATF_CHECK(signature_equal(&a, &b));
	b.pid = 6;
	ATF_CHECK(!signature_equal(&a, &b));
	b = a;
	b.starttime++;
	ATF_CHECK(!signature_equal(&a, &b));
	b = a;
	b.inode++;
	ATF_CHECK(!signature_equal(&a, &b));
	b.inode = 0;
	ATF_CHECK(signature_equal(&a, &b));
	b = a;
	b.bootid[0] = 'b';
	ATF_CHECK(!signature_equal(&a, &b));
}

ATF_TC_WITHOUT_HEAD(nothing_equals_an_empty_one);
ATF_TC_BODY(nothing_equals_an_empty_one, tc)
{
	struct signature a;

	memset(&a, 0, sizeof(a));
	ATF_CHECK(!signature_equal(&a, &a));
	a.pid = 1;
	ATF_CHECK(!signature_equal(&a, &a));
	strlcpy(a.bootid, "aa", sizeof(a.bootid));
	ATF_CHECK(signature_equal(&a, &a));
}

ATF_TC_WITHOUT_HEAD(own_signature_is_alive_and_stable);
ATF_TC_BODY(own_signature_is_alive_and_stable, tc)
{
	struct signature a, b;
	int fd;

	ATF_REQUIRE_EQ(signature_of(getpid(), -1, &a), 0);
	ATF_REQUIRE_EQ(signature_of(getpid(), -1, &b), 0);
	ATF_CHECK(signature_equal(&a, &b));
	ATF_CHECK_EQ(a.inode, b.inode);
	ATF_CHECK(signature_alive(&a));
	ATF_CHECK(a.starttime > 0);
	ATF_CHECK_EQ(strlen(a.bootid), 36);
	if ((fd = signature_pidfd(getpid())) != -1) {
		ATF_REQUIRE_EQ(signature_of(getpid(), fd, &b), 0);
		ATF_CHECK(signature_equal(&a, &b));
		ATF_CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
		close(fd);
	}
	a.starttime++;
	ATF_CHECK(!signature_alive(&a));
}

static pid_t
child_start(void)
{
	pid_t pid;

	if ((pid = fork()) == 0) {
		for (;;)
			pause();
	}
	ATF_REQUIRE(pid > 0);
	return (pid);
}

ATF_TC_WITHOUT_HEAD(zombies_exist_but_do_not_live);
ATF_TC_BODY(zombies_exist_but_do_not_live, tc)
{
	struct signature sig, again;
	siginfo_t si;
	pid_t pid = child_start();

	ATF_REQUIRE_EQ(signature_of(pid, -1, &sig), 0);
	ATF_CHECK(signature_alive(&sig));
	kill(pid, SIGKILL);
	ATF_REQUIRE_EQ(waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT), 0);
	ATF_CHECK_EQ(signature_of(pid, -1, &again), 0);
	ATF_CHECK(signature_equal(&sig, &again));
	ATF_CHECK(!signature_alive(&sig));
	ATF_REQUIRE_EQ(waitpid(pid, NULL, 0), pid);
	ATF_CHECK(!signature_alive(&sig));
	ATF_CHECK_EQ(signature_of(pid, -1, &again), -1);
	ATF_CHECK_EQ(errno, ESRCH);
}

ATF_TC_WITHOUT_HEAD(pidfd_of_another_process_is_noticed);
ATF_TC_BODY(pidfd_of_another_process_is_noticed, tc)
{
	struct signature sig;
	pid_t pid = child_start();
	int fd;

	if ((fd = signature_pidfd(pid)) == -1)
		atf_tc_skip("no pidfds");
	kill(pid, SIGKILL);
	ATF_REQUIRE_EQ(waitpid(pid, NULL, 0), pid);
	/* As if the number of the dead one had become ours. */
	ATF_CHECK_EQ(signature_of(getpid(), fd, &sig), -1);
	ATF_CHECK_EQ(errno, ESRCH);
	ATF_CHECK_EQ(signature_kill(pid, fd, SIGKILL), -1);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(two_processes_differ);
ATF_TC_BODY(two_processes_differ, tc)
{
	struct signature a, b;
	pid_t p = child_start(), q = child_start();

	ATF_REQUIRE_EQ(signature_of(p, -1, &a), 0);
	ATF_REQUIRE_EQ(signature_of(q, -1, &b), 0);
	ATF_CHECK(!signature_equal(&a, &b));
	if (a.inode != 0)
		ATF_CHECK(a.inode != b.inode);
	kill(p, SIGKILL);
	kill(q, SIGKILL);
	waitpid(p, NULL, 0);
	waitpid(q, NULL, 0);
}

ATF_TC_WITHOUT_HEAD(no_process);
ATF_TC_BODY(no_process, tc)
{
	struct signature sig;

	ATF_CHECK_EQ(signature_of(0, -1, &sig), -1);
	ATF_CHECK_EQ(errno, ESRCH);
	ATF_CHECK_EQ(signature_of(-1, -1, &sig), -1);
	ATF_CHECK(!signature_bootid_valid(""));
	ATF_CHECK(!signature_bootid_valid("a b"));
	ATF_CHECK(!signature_bootid_valid(
	    "0123456789012345678901234567890123456"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, stat_of_a_hostile_name);
	ATF_TP_ADD_TC(tp, stat_cut_short_is_refused);
	ATF_TP_ADD_TC(tp, every_field_counts);
	ATF_TP_ADD_TC(tp, nothing_equals_an_empty_one);
	ATF_TP_ADD_TC(tp, own_signature_is_alive_and_stable);
	ATF_TP_ADD_TC(tp, zombies_exist_but_do_not_live);
	ATF_TP_ADD_TC(tp, pidfd_of_another_process_is_noticed);
	ATF_TP_ADD_TC(tp, two_processes_differ);
	ATF_TP_ADD_TC(tp, no_process);
	return (atf_no_error());
}
