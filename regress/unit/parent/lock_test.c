/* The daemon's lock. */
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/pidfile.h"
#include "omnitrond/parent/lock.h"

#define TAKERS	50

static char home[PATH_MAX], pidpath[PATH_MAX + 16], err[2048];

static void
place(void)
{
	ATF_REQUIRE(getcwd(home, sizeof(home) - 16) != NULL);
	strlcat(home, "/home", sizeof(home));
	snprintf(pidpath, sizeof(pidpath), "%s/daemon.pid", home);
}

static struct lock *
take(void)
{
	return (lock_take(home, pidpath, NULL, err, sizeof(err)));
}

static void
put(const char *text)
{
	int fd;

	mkdir(home, 0700);
	fd = open(pidpath, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ATF_REQUIRE(fd != -1);
	ATF_REQUIRE_EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void
put_signature(const struct signature *sig)
{
	struct pidfile pf;
	char text[PIDFILE_MAX];

	memset(&pf, 0, sizeof(pf));
	pf.sig = *sig;
	strlcpy(pf.executable, "/x", sizeof(pf.executable));
	strlcpy(pf.version, "1", sizeof(pf.version));
	ATF_REQUIRE(pidfile_format(&pf, text, sizeof(text)) > 0);
	put(text);
}

/* The file is there, private, and names us. */
static void
check_ours(void)
{
	struct pidfile pf;
	struct stat st;

	ATF_REQUIRE_EQ(pidfile_load(pidpath, geteuid(), &pf), 0);
	ATF_CHECK_EQ(pf.sig.pid, getpid());
	ATF_CHECK(signature_alive(&pf.sig));
	ATF_CHECK_STREQ(pf.version, VERSION);
	ATF_REQUIRE_EQ(lstat(pidpath, &st), 0);
	ATF_CHECK_EQ(st.st_mode & 07777, 0600);
}

static void
check_taken(void)
{
	struct lock *l = take();

	ATF_REQUIRE_MSG(l != NULL, "%s", err);
	check_ours();
	lock_release(l);
	ATF_CHECK_EQ(access(pidpath, F_OK), -1);
}

static void
check_refused(const char *why)
{
	ATF_REQUIRE(take() == NULL);
	ATF_CHECK_MSG(strstr(err, why) != NULL, "%s", err);
}

static void
check_wait(pid_t pid)
{
	int status;

	ATF_REQUIRE_EQ(waitpid(pid, &status, 0), pid);
	ATF_CHECK_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "status %#x: see its output", (unsigned int)status);
}

/* A child that waits for a signal. */
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

ATF_TC_WITHOUT_HEAD(take_and_release);
ATF_TC_BODY(take_and_release, tc)
{
	struct stat st;
	int i;

	place();
	for (i = 0; i < 3; i++)
		check_taken();
	ATF_REQUIRE_EQ(stat(home, &st), 0);
	ATF_CHECK_EQ(st.st_mode & 07777, geteuid() == 0 ? 0711 : 0700);
}

/* One of the takers: what it got goes up the pipe as one record. */
struct result {
	pid_t	 pid;
	int	 won;
	char	 err[512];
};

static void
taker(int go, int up, int stay)
{
	struct result r;
	struct lock *l;
	char c;

	memset(&r, 0, sizeof(r));
	r.pid = getpid();
	if (read(go, &c, 1) != 0)
		_exit(2);
	l = lock_take(home, pidpath, NULL, r.err, sizeof(r.err));
	r.won = l != NULL;
	if (write(up, &r, sizeof(r)) != (ssize_t)sizeof(r))
		_exit(3);
	if (l != NULL && read(stay, &c, 1) != 0)
		_exit(4);
	lock_release(l);
	_exit(0);
}

ATF_TC_WITHOUT_HEAD(of_fifty_one_wins);
ATF_TC_BODY(of_fifty_one_wins, tc)
{
	struct result r[TAKERS];
	int go[2], up[2], stay[2], i, won = 0;
	pid_t pid[TAKERS], winner = 0;
	char want[64];

	place();
	ATF_REQUIRE(pipe(go) == 0 && pipe(up) == 0 && pipe(stay) == 0);
	for (i = 0; i < TAKERS; i++) {
		if ((pid[i] = fork()) == 0) {
			close(go[1]);
			close(stay[1]);
			taker(go[0], up[1], stay[0]);
		}
		ATF_REQUIRE(pid[i] > 0);
	}
	close(go[1]);
	for (i = 0; i < TAKERS; i++) {
		ATF_REQUIRE_EQ(read(up[0], &r[i], sizeof(r[i])),
		    (ssize_t)sizeof(r[i]));
		if (r[i].won) {
			won++;
			winner = r[i].pid;
		}
	}
	ATF_CHECK_EQ(won, 1);
	snprintf(want, sizeof(want), "daemon already running (pid %d)",
	    (int)winner);
	for (i = 0; i < TAKERS; i++) {
		if (!r[i].won)
			ATF_CHECK_STREQ(r[i].err, want);
	}
	close(stay[1]);
	for (i = 0; i < TAKERS; i++)
		check_wait(pid[i]);
	ATF_CHECK_EQ(access(pidpath, F_OK), -1);
}

ATF_TC_WITHOUT_HEAD(a_crash_is_recovered_from);
ATF_TC_BODY(a_crash_is_recovered_from, tc)
{
	pid_t pid;

	place();
	if ((pid = fork()) == 0)
		_exit(take() == NULL);
	check_wait(pid);
	ATF_CHECK_EQ(access(pidpath, F_OK), 0);
	check_taken();
}

ATF_TC_WITHOUT_HEAD(an_unreaped_daemon_holds_nothing);
ATF_TC_BODY(an_unreaped_daemon_holds_nothing, tc)
{
	siginfo_t si;
	pid_t pid;

	place();
	if ((pid = fork()) == 0)
		_exit(take() == NULL);
	ATF_REQUIRE_EQ(waitid(P_PID, (id_t)pid, &si, WEXITED | WNOWAIT), 0);
	check_taken();
	check_wait(pid);
}

ATF_TC_WITHOUT_HEAD(a_recycled_pid_is_not_the_daemon);
ATF_TC_BODY(a_recycled_pid_is_not_the_daemon, tc)
{
	struct signature sig;
	pid_t pid = child_start();

	place();
	ATF_REQUIRE_EQ(signature_of(pid, -1, &sig), 0);
	sig.starttime--;
	put_signature(&sig);
	check_taken();
	sig.starttime++;
	if (sig.inode != 0) {
		/* Recycled within one tick. */
		sig.inode++;
		put_signature(&sig);
		check_taken();
		sig.inode--;
	}
	sig.bootid[0] = sig.bootid[0] == 'a' ? 'b' : 'a';
	put_signature(&sig);
	check_taken();
	ATF_CHECK_EQ(kill(pid, 0), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* As on a file system without flock: nothing locked, the process lives. */
ATF_TC_WITHOUT_HEAD(a_live_signature_is_respected);
ATF_TC_BODY(a_live_signature_is_respected, tc)
{
	struct signature sig;
	char want[64];
	pid_t pid = child_start();

	place();
	ATF_REQUIRE_EQ(signature_of(pid, -1, &sig), 0);
	put_signature(&sig);
	snprintf(want, sizeof(want), "daemon already running (pid %d)",
	    (int)pid);
	check_refused(want);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	check_taken();
}

ATF_TC_WITHOUT_HEAD(a_damaged_file_is_taken_over);
ATF_TC_BODY(a_damaged_file_is_taken_over, tc)
{
	place();
	put("");
	check_taken();
	put("12");
	check_taken();
	put("1\n1\naa\n0\n/x\n1\n");	/* init, of another boot */
	check_taken();
}

ATF_TC_WITHOUT_HEAD(squatters_are_refused);
ATF_TC_BODY(squatters_are_refused, tc)
{
	char victim[PATH_MAX + 16];
	struct stat st;

	place();
	ATF_REQUIRE_EQ(mkdir(home, 0700), 0);
	snprintf(victim, sizeof(victim), "%s/victim", home);
	put("precious");
	ATF_REQUIRE_EQ(rename(pidpath, victim), 0);

	ATF_REQUIRE_EQ(symlink(victim, pidpath), 0);
	check_refused("is a symbolic link");
	unlink(pidpath);
	ATF_REQUIRE_EQ(symlink("/nonexistent/x", pidpath), 0);
	check_refused("is a symbolic link");
	unlink(pidpath);
	ATF_REQUIRE_EQ(mkfifo(pidpath, 0600), 0);
	check_refused("is not a regular file");
	unlink(pidpath);
	ATF_REQUIRE_EQ(link(victim, pidpath), 0);
	check_refused("has more than one link");
	unlink(pidpath);
	ATF_REQUIRE_EQ(mkdir(pidpath, 0700), 0);
	ATF_CHECK(take() == NULL);
	rmdir(pidpath);
	put("");
	ATF_REQUIRE_EQ(chmod(pidpath, 0622), 0);
	check_refused("is writable by others");
	unlink(pidpath);

	ATF_REQUIRE_EQ(stat(victim, &st), 0);
	ATF_CHECK_EQ(st.st_size, 8);
	check_taken();
}

ATF_TC_WITHOUT_HEAD(a_readable_file_is_made_private);
ATF_TC_BODY(a_readable_file_is_made_private, tc)
{
	place();
	put("");
	ATF_REQUIRE_EQ(chmod(pidpath, 0644), 0);
	check_taken();
}

ATF_TC_WITHOUT_HEAD(an_unsafe_home_is_refused);
ATF_TC_BODY(an_unsafe_home_is_refused, tc)
{
	struct stat st;

	place();
	ATF_REQUIRE_EQ(mkdir(home, 0700), 0);
	ATF_REQUIRE_EQ(chmod(home, 0777), 0);
	check_refused("is writable by others");
	ATF_REQUIRE_EQ(chmod(home, 01777), 0);
	check_refused("is writable by others");
	ATF_REQUIRE_EQ(chmod(home, 0755), 0);
	check_taken();
	ATF_REQUIRE_EQ(stat(home, &st), 0);
	ATF_CHECK_EQ(st.st_mode & 077, geteuid() == 0 ? 011 : 0);
	ATF_REQUIRE_EQ(rmdir(home), 0);
	put("");
	unlink(pidpath);
	ATF_REQUIRE_EQ(rmdir(home), 0);
	ATF_REQUIRE(open(home, O_WRONLY | O_CREAT, 0600) != -1);
	check_refused("Not a directory");
	ATF_CHECK(lock_take("relative", pidpath, NULL, err, sizeof(err)) ==
	    NULL);
}

ATF_TC(others_places_are_refused);
ATF_TC_HEAD(others_places_are_refused, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(others_places_are_refused, tc)
{
	place();
	put("");
	ATF_REQUIRE_EQ(chown(pidpath, 65534, 65534), 0);
	check_refused("belongs to another user");
	unlink(pidpath);
	ATF_REQUIRE_EQ(chown(home, 65534, 65534), 0);
	check_refused("belongs to another user");
}

ATF_TC_WITHOUT_HEAD(one_pid_file_for_two_homes);
ATF_TC_BODY(one_pid_file_for_two_homes, tc)
{
	char want[64];
	struct lock *l;
	pid_t pid;

	place();
	ATF_REQUIRE((l = take()) != NULL);
	snprintf(want, sizeof(want), "daemon already running (pid %d)",
	    (int)getpid());
	if ((pid = fork()) == 0) {
		lock_close(l);
		strlcat(home, "2", sizeof(home));
		check_refused(want);
		_exit(0);
	}
	check_wait(pid);
	check_ours();
	lock_release(l);
}

ATF_TC_WITHOUT_HEAD(removing_the_file_lets_nobody_in);
ATF_TC_BODY(removing_the_file_lets_nobody_in, tc)
{
	char want[64];
	struct lock *l;
	pid_t pid;
	int p[2];

	place();
	ATF_REQUIRE((l = take()) != NULL);
	ATF_REQUIRE_EQ(unlink(pidpath), 0);
	ATF_REQUIRE_EQ(pipe(p), 0);
	snprintf(want, sizeof(want), "daemon already running (pid %d)",
	    (int)getpid());
	if ((pid = fork()) == 0) {
		lock_close(l);
		if (write(p[1], "x", 1) != 1)
			_exit(2);
		check_refused(want);
		_exit(0);
	}
	/* It looks for the pid while the sweep puts the file back. */
	ATF_REQUIRE_EQ(read(p[0], want, 1), 1);
	lock_sweep(l);
	check_ours();
	check_wait(pid);
	check_ours();
	lock_release(l);
	ATF_CHECK_EQ(access(pidpath, F_OK), -1);
}

ATF_TC_WITHOUT_HEAD(the_sweep_mends_what_was_altered);
ATF_TC_BODY(the_sweep_mends_what_was_altered, tc)
{
	char victim[PATH_MAX + 16];
	struct lock *l;
	struct stat st;

	place();
	ATF_REQUIRE((l = take()) != NULL);
	lock_sweep(l);
	check_ours();
	put("1\n");
	lock_sweep(l);
	check_ours();
	put("a text that is much longer than the one that belongs here\n"
	    "a text that is much longer than the one that belongs here\n"
	    "a text that is much longer than the one that belongs here\n");
	lock_sweep(l);
	check_ours();
	ATF_REQUIRE_EQ(chmod(pidpath, 0666), 0);
	lock_sweep(l);
	check_ours();
	ATF_REQUIRE_EQ(unlink(pidpath), 0);
	lock_sweep(l);
	check_ours();

	snprintf(victim, sizeof(victim), "%s/victim", home);
	put("precious");
	ATF_REQUIRE_EQ(rename(pidpath, victim), 0);
	ATF_REQUIRE_EQ(symlink(victim, pidpath), 0);
	lock_sweep(l);
	check_ours();
	ATF_REQUIRE_EQ(stat(victim, &st), 0);
	ATF_CHECK_EQ(st.st_size, 8);
	ATF_REQUIRE_EQ(unlink(pidpath), 0);
	ATF_REQUIRE_EQ(mkfifo(pidpath, 0600), 0);
	lock_sweep(l);
	check_ours();
	lock_release(l);
	ATF_CHECK_EQ(access(pidpath, F_OK), -1);
}

ATF_TC_WITHOUT_HEAD(release_leaves_what_is_not_ours);
ATF_TC_BODY(release_leaves_what_is_not_ours, tc)
{
	struct lock *l;

	place();
	ATF_REQUIRE((l = take()) != NULL);
	ATF_REQUIRE_EQ(unlink(pidpath), 0);
	put("somebody else's");
	lock_release(l);
	ATF_CHECK_EQ(access(pidpath, F_OK), 0);
}

ATF_TC_WITHOUT_HEAD(children_hold_no_lock);
ATF_TC_BODY(children_hold_no_lock, tc)
{
	struct lock *l;
	pid_t pid;
	int p[2];
	char c;

	place();
	ATF_REQUIRE((l = take()) != NULL);
	ATF_CHECK((fcntl(lock_home_fd(l), F_GETFD) & FD_CLOEXEC) != 0);
	ATF_REQUIRE_EQ(pipe(p), 0);
	if ((pid = fork()) == 0) {
		lock_close(l);
		if (write(p[1], "x", 1) != 1)
			_exit(2);
		for (;;)
			pause();
	}
	ATF_REQUIRE_EQ(read(p[0], &c, 1), 1);
	lock_release(l);
	check_taken();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, take_and_release);
	ATF_TP_ADD_TC(tp, of_fifty_one_wins);
	ATF_TP_ADD_TC(tp, a_crash_is_recovered_from);
	ATF_TP_ADD_TC(tp, an_unreaped_daemon_holds_nothing);
	ATF_TP_ADD_TC(tp, a_recycled_pid_is_not_the_daemon);
	ATF_TP_ADD_TC(tp, a_live_signature_is_respected);
	ATF_TP_ADD_TC(tp, a_damaged_file_is_taken_over);
	ATF_TP_ADD_TC(tp, squatters_are_refused);
	ATF_TP_ADD_TC(tp, a_readable_file_is_made_private);
	ATF_TP_ADD_TC(tp, an_unsafe_home_is_refused);
	ATF_TP_ADD_TC(tp, others_places_are_refused);
	ATF_TP_ADD_TC(tp, one_pid_file_for_two_homes);
	ATF_TP_ADD_TC(tp, removing_the_file_lets_nobody_in);
	ATF_TP_ADD_TC(tp, the_sweep_mends_what_was_altered);
	ATF_TP_ADD_TC(tp, release_leaves_what_is_not_ours);
	ATF_TP_ADD_TC(tp, children_hold_no_lock);
	return (atf_no_error());
}
