/* Output FIFOs of instances. */
#include "runner.h"

#include <sys/stat.h>

#include <sys/syscall.h>

#include <limits.h>
#include <linux/capability.h>

#include "omnitrond/parent/fifo.h"

#define NOBODY	65534

static char rundir[PATH_MAX], err[2048];

static int
out_folder(void)
{
	int dir;

	ATF_REQUIRE(getcwd(rundir, sizeof(rundir) - 8) != NULL);
	strlcat(rundir, "/run", sizeof(rundir));
	dir = fifo_rundir(rundir, err, sizeof(err));
	ATF_REQUIRE_MSG(dir != -1, "%s", err);
	return (dir);
}

static int
open_web(int dir, struct fifo *f)
{
	return (fifo_open(dir, "web", "main", 0, getuid(), getgid(), f));
}

static ino_t
inode(int fd)
{
	struct stat st;

	ATF_REQUIRE_EQ(fstat(fd, &st), 0);
	return (st.st_ino);
}

static void
check_read(int fd, const char *want)
{
	char buf[256];
	ssize_t n;

	n = read(fd, buf, sizeof(buf) - 1);
	ATF_REQUIRE_MSG(n >= 0, "%s", strerror(errno));
	buf[n] = '\0';
	ATF_CHECK_STREQ(buf, want);
}

ATF_TC_WITHOUT_HEAD(folders_are_private);
ATF_TC_BODY(folders_are_private, tc)
{
	char path[PATH_MAX + 8];
	struct stat st;
	int dir = out_folder();

	ATF_CHECK((fcntl(dir, F_GETFD) & FD_CLOEXEC) != 0);
	ATF_REQUIRE_EQ(stat(rundir, &st), 0);
	ATF_CHECK_EQ(st.st_mode & 07777, geteuid() == 0 ? 0755 : 0700);
	snprintf(path, sizeof(path), "%s/out", rundir);
	ATF_REQUIRE_EQ(stat(path, &st), 0);
	ATF_CHECK_EQ(st.st_mode & 07777, 0700);
	/* One that was opened up is closed again. */
	ATF_REQUIRE_EQ(chmod(path, 0755), 0);
	out_folder();
	ATF_REQUIRE_EQ(stat(path, &st), 0);
	ATF_CHECK_EQ(st.st_mode & 07777, 0700);
	ATF_REQUIRE_EQ(chmod(path, 0777), 0);
	ATF_CHECK_EQ(fifo_rundir(rundir, err, sizeof(err)), -1);
	ATF_CHECK_MSG(strstr(err, "writable by others") != NULL, "%s", err);
	ATF_REQUIRE_EQ(rmdir(path), 0);
	ATF_REQUIRE_EQ(symlink("/tmp", path), 0);
	ATF_CHECK_EQ(fifo_rundir(rundir, err, sizeof(err)), -1);
}

ATF_TC_WITHOUT_HEAD(both_ends_are_as_they_must_be);
ATF_TC_BODY(both_ends_are_as_they_must_be, tc)
{
	struct fifo f;
	struct stat st;
	int dir = out_folder(), i, flags;

	ATF_REQUIRE_EQ(open_web(dir, &f), 0);
	for (i = 0; i < 2; i++) {
		flags = fcntl(f.app[i], F_GETFL);
		ATF_CHECK_EQ(flags & O_ACCMODE, O_RDWR);
		ATF_CHECK_EQ(flags & O_NONBLOCK, 0);
		flags = fcntl(f.reader[i], F_GETFL);
		ATF_CHECK_EQ(flags & O_ACCMODE, O_RDONLY);
		ATF_CHECK(flags & O_NONBLOCK);
		ATF_CHECK((fcntl(f.app[i], F_GETFD) & FD_CLOEXEC) != 0);
		ATF_CHECK((fcntl(f.reader[i], F_GETFD) & FD_CLOEXEC) != 0);
		ATF_REQUIRE_EQ(fstat(f.app[i], &st), 0);
		ATF_CHECK_EQ(st.st_mode, S_IFIFO | 0600);
		ATF_CHECK_EQ(st.st_uid, getuid());
		ATF_CHECK_EQ(inode(f.app[i]), inode(f.reader[i]));
	}
	ATF_CHECK(inode(f.app[0]) != inode(f.app[1]));
	ATF_CHECK_EQ(faccessat(dir, "web:main:0.out", F_OK, 0), 0);
	ATF_CHECK_EQ(faccessat(dir, "web:main:0.err", F_OK, 0), 0);
	fifo_close(&f);
	ATF_CHECK_EQ(f.app[0], -1);
	fifo_unlink(dir, "web", "main", 0);
	ATF_CHECK_EQ(faccessat(dir, "web:main:0.out", F_OK, 0), -1);
	ATF_CHECK_EQ(faccessat(dir, "web:main:0.err", F_OK, 0), -1);
}

/* kill -9 of the daemon: the app writes on, a new reader gets it all. */
ATF_TC_WITHOUT_HEAD(output_survives_its_readers);
ATF_TC_BODY(output_survives_its_readers, tc)
{
	struct fifo f, again;
	int dir = out_folder(), app;

	ATF_REQUIRE_EQ(open_web(dir, &f), 0);
	ATF_REQUIRE((app = dup(f.app[FIFO_OUT])) != -1);
	ATF_REQUIRE_EQ(write(app, "one\n", 4), 4);
	check_read(f.reader[FIFO_OUT], "one\n");
	ATF_REQUIRE_EQ(write(app, "two\n", 4), 4);
	fifo_close(&f);
	/* Nobody reads: no SIGPIPE, no loss. */
	ATF_REQUIRE_EQ(write(app, "three\n", 6), 6);
	ATF_REQUIRE_EQ(fifo_reopen(dir, "web", "main", 0, getuid(), &again), 0);
	ATF_CHECK_EQ(again.app[FIFO_OUT], -1);
	check_read(again.reader[FIFO_OUT], "two\nthree\n");
	/* A start meanwhile uses the same FIFO. */
	ATF_REQUIRE_EQ(open_web(dir, &f), 0);
	ATF_CHECK_EQ(inode(f.app[FIFO_OUT]), inode(app));
	ATF_REQUIRE_EQ(write(f.app[FIFO_OUT], "four\n", 5), 5);
	check_read(again.reader[FIFO_OUT], "four\n");
	ATF_CHECK_EQ(read(again.reader[FIFO_OUT], err, 1), -1);
	ATF_CHECK_EQ(errno, EAGAIN);
	close(app);
	fifo_close(&f);
	ATF_CHECK_EQ(read(again.reader[FIFO_OUT], err, 1), 0);
	fifo_close(&again);
}

ATF_TC_WITHOUT_HEAD(what_squats_a_name_is_replaced);
ATF_TC_BODY(what_squats_a_name_is_replaced, tc)
{
	struct fifo f;
	int dir = out_folder(), fd;

	fd = openat(dir, "web:main:0.out", O_WRONLY | O_CREAT, 0600);
	ATF_REQUIRE(fd != -1);
	close(fd);
	ATF_REQUIRE_EQ(symlinkat("/nonexistent/target", dir,
	    "web:main:0.err"), 0);
	ATF_CHECK_EQ(fifo_reopen(dir, "web", "main", 0, getuid(), &f), -1);
	ATF_CHECK_EQ(errno, EPERM);
	ATF_REQUIRE_EQ(open_web(dir, &f), 0);
	fifo_close(&f);
	ATF_CHECK_EQ(access("/nonexistent/target", F_OK), -1);

	/* A FIFO with a second name is not only ours. */
	ATF_REQUIRE_EQ(linkat(dir, "web:main:0.out", dir, "link", 0), 0);
	ATF_CHECK_EQ(fifo_reopen(dir, "web", "main", 0, getuid(), &f), -1);
	ATF_CHECK_EQ(errno, EPERM);
	ATF_REQUIRE_EQ(open_web(dir, &f), 0);
	ATF_REQUIRE((fd = openat(dir, "link", O_RDONLY | O_NONBLOCK)) != -1);
	ATF_CHECK(inode(fd) != inode(f.app[FIFO_OUT]));
	fifo_close(&f);
	/* What cannot be removed is an error, not a loop. */
	fifo_unlink(dir, "web", "main", 0);
	ATF_REQUIRE_EQ(mkdirat(dir, "web:main:0.out", 0700), 0);
	ATF_CHECK_EQ(open_web(dir, &f), -1);
	ATF_CHECK_EQ(f.app[0], -1);
}

ATF_TC_WITHOUT_HEAD(a_mode_the_app_changed_is_mended);
ATF_TC_BODY(a_mode_the_app_changed_is_mended, tc)
{
	struct fifo f;
	struct stat st;
	int dir = out_folder();

	ATF_REQUIRE_EQ(open_web(dir, &f), 0);
	ATF_REQUIRE_EQ(fchmod(f.app[FIFO_OUT], 0666), 0);
	fifo_close(&f);
	ATF_REQUIRE_EQ(open_web(dir, &f), 0);
	ATF_REQUIRE_EQ(fstat(f.app[FIFO_OUT], &st), 0);
	ATF_CHECK_EQ(st.st_mode & 07777, 0600);
	fifo_close(&f);
}

ATF_TC_WITHOUT_HEAD(nothing_to_reopen);
ATF_TC_BODY(nothing_to_reopen, tc)
{
	struct fifo f;
	int dir = out_folder();

	ATF_CHECK_EQ(fifo_reopen(dir, "web", "main", 0, getuid(), &f), -1);
	ATF_CHECK_EQ(errno, ENOENT);
	ATF_CHECK_EQ(f.reader[FIFO_ERR], -1);
	ATF_CHECK_EQ(fifo_reader(dir, "web", "main", 0, getuid(), FIFO_ERR),
	    -1);
	fifo_unlink(dir, "web", "main", 0);
}

/* The longest names there are fit. */
ATF_TC_WITHOUT_HEAD(long_names_fit);
ATF_TC_BODY(long_names_fit, tc)
{
	char name[NAME_SIZE];
	struct fifo f;
	int dir = out_folder();

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ATF_REQUIRE_EQ(fifo_open(dir, name, name, 1023, getuid(), getgid(),
	    &f), 0);
	fifo_close(&f);
	fifo_unlink(dir, name, name, 1023);
}

ATF_TC(they_belong_to_the_user);
ATF_TC_HEAD(they_belong_to_the_user, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(they_belong_to_the_user, tc)
{
	struct fifo f, g;
	struct stat st;
	struct run r;
	int dir = out_folder();
	ino_t ino;

	ATF_REQUIRE_EQ(fifo_open(dir, "web", "main", 0, NOBODY, 12345, &f), 0);
	ATF_REQUIRE_EQ(fstat(f.app[FIFO_ERR], &st), 0);
	ATF_CHECK_EQ(st.st_uid, NOBODY);
	ATF_CHECK_EQ(st.st_gid, 12345);
	ATF_CHECK_EQ(st.st_mode & 07777, 0600);
	ino = st.st_ino;

	/* Its user can open the streams again, by /dev/stdout. */
	run_sh(&r, "echo again > /dev/stdout; echo more > /dev/stderr");
	r.s.uid = r.s.gid = NOBODY;
	r.s.directory = "/";
	r.s.out = f.app[FIFO_OUT];
	r.s.err = f.app[FIFO_ERR];
	run_start(&r);
	ATF_CHECK_EQ(run_end(&r), 0);
	check_read(f.reader[FIFO_OUT], "again\n");
	check_read(f.reader[FIFO_ERR], "more\n");

	/* The same user again: the same FIFO.  Another one: a new one. */
	ATF_REQUIRE_EQ(fifo_open(dir, "web", "main", 0, NOBODY, NOBODY, &g),
	    0);
	ATF_CHECK_EQ(inode(g.app[FIFO_ERR]), ino);
	fifo_close(&g);
	ATF_CHECK_EQ(fifo_reopen(dir, "web", "main", 0, 4711, &g), -1);
	ATF_CHECK_EQ(errno, EPERM);
	ATF_REQUIRE_EQ(fifo_open(dir, "web", "main", 0, 4711, 4711, &g), 0);
	ATF_CHECK(inode(g.app[FIFO_ERR]) != ino);
	fifo_close(&g);
	fifo_close(&f);
}

/* Only what the parent keeps: it may read what is not its own, no more. */
static void
drop_capabilities(void)
{
	struct __user_cap_header_struct head = {
		_LINUX_CAPABILITY_VERSION_3, 0
	};
	struct __user_cap_data_struct data[2];

	memset(data, 0, sizeof(data));
	data[0].permitted = data[0].effective = 1u << CAP_CHOWN |
	    1u << CAP_DAC_READ_SEARCH | 1u << CAP_SETUID | 1u << CAP_SETGID |
	    1u << CAP_KILL;
	ATF_REQUIRE_EQ(syscall(SYS_capset, &head, data), 0);
}

ATF_TC(it_needs_no_right_to_override);
ATF_TC_HEAD(it_needs_no_right_to_override, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(it_needs_no_right_to_override, tc)
{
	struct fifo f, g;
	struct stat st;
	int dir = out_folder();
	ino_t ino;

	drop_capabilities();
	ATF_REQUIRE_EQ(fifo_open(dir, "web", "main", 0, NOBODY, NOBODY, &f),
	    0);
	ino = inode(f.app[FIFO_OUT]);
	ATF_REQUIRE_EQ(write(f.app[FIFO_OUT], "kept\n", 5), 5);
	/* The reader of a new daemon, and then the ends of a new instance. */
	ATF_REQUIRE_EQ(fifo_reopen(dir, "web", "main", 0, NOBODY, &g), 0);
	fifo_close(&f);
	ATF_REQUIRE_EQ(fifo_open(dir, "web", "main", 0, NOBODY, NOBODY, &f),
	    0);
	ATF_CHECK_EQ(inode(f.app[FIFO_OUT]), ino);
	ATF_REQUIRE_EQ(fstat(f.app[FIFO_OUT], &st), 0);
	ATF_CHECK_EQ(st.st_uid, NOBODY);
	ATF_CHECK_EQ(st.st_mode & 07777, 0600);
	check_read(g.reader[FIFO_OUT], "kept\n");
	/* Also when the app has played with the mode. */
	fifo_close(&f);
	ATF_REQUIRE_EQ(fchown(g.reader[FIFO_OUT], 0, 0), 0);
	ATF_REQUIRE_EQ(fchmod(g.reader[FIFO_OUT], 0), 0);
	ATF_REQUIRE_EQ(fchown(g.reader[FIFO_OUT], NOBODY, NOBODY), 0);
	ATF_REQUIRE_EQ(fifo_open(dir, "web", "main", 0, NOBODY, NOBODY, &f),
	    0);
	ATF_CHECK_EQ(inode(f.app[FIFO_OUT]), ino);
	ATF_REQUIRE_EQ(fstat(f.app[FIFO_OUT], &st), 0);
	ATF_CHECK_EQ(st.st_mode & 07777, 0600);
	fifo_close(&f);
	fifo_close(&g);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, folders_are_private);
	ATF_TP_ADD_TC(tp, both_ends_are_as_they_must_be);
	ATF_TP_ADD_TC(tp, output_survives_its_readers);
	ATF_TP_ADD_TC(tp, what_squats_a_name_is_replaced);
	ATF_TP_ADD_TC(tp, a_mode_the_app_changed_is_mended);
	ATF_TP_ADD_TC(tp, nothing_to_reopen);
	ATF_TP_ADD_TC(tp, long_names_fit);
	ATF_TP_ADD_TC(tp, they_belong_to_the_user);
	ATF_TP_ADD_TC(tp, it_needs_no_right_to_override);
	return (atf_no_error());
}
