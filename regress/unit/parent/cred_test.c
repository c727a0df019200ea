/* Folders of credentials: whose they are, and what is done with them. */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "omnitrond/parent/cred.h"
#include "omnitrond/proto.h"

#define APP	((uid_t)65534)

static char	 top[PATH_SIZE / 2];
static uid_t	 app;
static gid_t	 appgid;

static const char *
in(const char *name)
{
	static char	 path[4][PATH_SIZE];
	static int	 n;

	n = (n + 1) % 4;
	snprintf(path[n], sizeof(path[n]), "%s/%s", top, name);
	return (path[n]);
}

static int
folder(void)
{
	const char	*scratch = getenv("OMNITRON_SCRATCH");
	char		*real = realpath(scratch != NULL ? scratch : ".",
			    NULL), err[TEXT_MAX];
	int		 fd;

	app = geteuid() == 0 ? APP : geteuid();
	appgid = geteuid() == 0 ? APP : getegid();
	ATF_REQUIRE(real != NULL);
	snprintf(top, sizeof(top), "%s/cred.XXXXXX", real);
	free(real);
	ATF_REQUIRE(mkdtemp(top) != NULL);
	strlcat(top, "/cred", sizeof(top));
	fd = cred_open(top, err, sizeof(err));
	ATF_REQUIRE_MSG(fd != -1, "%s", err);
	return (fd);
}

static const struct cred_file	 two[] = {
	{ "db-password", "hunter2", 7 },
	{ "raw", "a\0b", 3 },
};

static void
check(const char *path, mode_t mode, off_t size)
{
	struct stat	 st;

	ATF_REQUIRE_EQ_MSG(0, lstat(path, &st), "%s", path);
	ATF_CHECK_EQ_MSG(mode, st.st_mode, "%s is %o", path, st.st_mode);
	ATF_CHECK_EQ(app, st.st_uid);
	ATF_CHECK_EQ(appgid, st.st_gid);
	if (S_ISREG(mode))
		ATF_CHECK_EQ(size, st.st_size);
}

ATF_TC_WITHOUT_HEAD(files_are_for_their_user_alone);
ATF_TC_BODY(files_are_for_their_user_alone, tc)
{
	struct stat	 st;
	int		 fd = folder(), n;

	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	ATF_CHECK_EQ(geteuid() == 0 ? 0711 : 0700, st.st_mode & 07777);
	/* the second time in the place of the first */
	for (n = 0; n < 2; n++) {
		ATF_REQUIRE_EQ(0, cred_write(fd, "a:p:0", two, 2, app,
		    appgid));
		check(in("a:p:0"), S_IFDIR | 0500, 0);
		check(in("a:p:0/db-password"), S_IFREG | 0400, 7);
		check(in("a:p:0/raw"), S_IFREG | 0400, 3);
	}
	ATF_CHECK_EQ(0, cred_write(fd, "a:p:0", two, 1, app, appgid));
	ATF_CHECK_EQ(-1, access(in("a:p:0/raw"), F_OK));
	ATF_CHECK_EQ(0, cred_remove(fd, "a:p:0"));
	ATF_CHECK_EQ(-1, access(in("a:p:0"), F_OK));
	ATF_CHECK_EQ(0, cred_remove(fd, "a:p:0"));
}

/* A folder that is not there, a name that is taken: nothing is left. */
ATF_TC_WITHOUT_HEAD(half_of_it_is_not_left);
ATF_TC_BODY(half_of_it_is_not_left, tc)
{
	const struct cred_file	 bad[] = {
		{ "one", "1", 1 }, { "no/such", "2", 1 },
	};
	const struct cred_file	 dots[] = { { "..", "1", 1 } };
	const struct cred_file	 twice[] = {
		{ "one", "1", 1 }, { "one", "2", 1 },
	};
	int	 fd = folder();

	ATF_CHECK_EQ(-1, cred_write(fd, "a:p:0", bad, 2, app, appgid));
	ATF_CHECK_EQ(ENOENT, errno);
	ATF_CHECK_EQ(-1, access(in("a:p:0"), F_OK));
	ATF_CHECK_EQ(-1, cred_write(fd, "a:p:0", dots, 1, app, appgid));
	ATF_CHECK_EQ(-1, cred_write(fd, "a:p:0", twice, 2, app, appgid));
	ATF_CHECK_EQ(EEXIST, errno);
	ATF_CHECK_EQ(-1, access(in("a:p:0"), F_OK));
}

/* As the app: make of its folder what it likes. */
static void
as_app(const char *dir, const char *outside)
{
	pid_t	 pid = fork();
	int	 status, n;
	char	 deep[64];

	ATF_REQUIRE(pid != -1);
	if (pid == 0) {
		if (chdir(dir) == -1 ||
		    (geteuid() == 0 && (setgid(appgid) == -1 ||
		    setuid(app) == -1)))
			_exit(1);
		if (chmod(".", 0700) == -1 ||
		    unlink("raw") == -1 || symlink(outside, "raw") == -1 ||
		    symlink("/", "root") == -1 || mkfifo("fifo", 0600) == -1 ||
		    link("db-password", "again") == -1)
			_exit(2);
		for (n = 0; n < 5; n++) {
			snprintf(deep, sizeof(deep), "d%d", n);
			if (mkdir(deep, 0700) == -1 || chdir(deep) == -1 ||
			    symlink(outside, "s") == -1)
				_exit(3);
		}
		if (chmod("../../..", 0) == -1)
			_exit(4);
		_exit(0);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE_EQ_MSG(0, status, "status %x", status);
}

ATF_TC_WITHOUT_HEAD(what_its_user_made_leads_nowhere);
ATF_TC_BODY(what_its_user_made_leads_nowhere, tc)
{
	int		 fd, out;
	struct stat	 st;
	char		 outside[PATH_SIZE];

	fd = folder();
	snprintf(outside, sizeof(outside), "%.*s", (int)(strlen(top) - 5),
	    top);
	ATF_REQUIRE_EQ(0, chmod(outside, 0711));
	strlcat(outside, "/outside", sizeof(outside));
	ATF_REQUIRE_EQ(0, mkdir(outside, 0755));
	ATF_REQUIRE((out = openat(open(outside, O_RDONLY), "file", O_CREAT |
	    O_WRONLY, 0644)) != -1);
	ATF_REQUIRE_EQ(0, cred_write(fd, "a:p:0", two, 2, app, appgid));
	as_app(in("a:p:0"), outside);
	ATF_CHECK_EQ(0, cred_write(fd, "a:p:0", two, 2, app, appgid));
	check(in("a:p:0/raw"), S_IFREG | 0400, 3);
	ATF_CHECK_EQ(-1, access(in("a:p:0/root"), F_OK));
	as_app(in("a:p:0"), outside);
	ATF_CHECK_EQ(0, cred_remove(fd, "a:p:0"));
	ATF_CHECK_EQ(-1, access(in("a:p:0"), F_OK));
	ATF_REQUIRE_EQ(0, stat(outside, &st));
	ATF_CHECK_EQ(geteuid(), st.st_uid);
	ATF_CHECK_EQ(0755, st.st_mode & 07777);
	ATF_CHECK_EQ(0, fstat(out, &st));
	ATF_CHECK_EQ(1, st.st_nlink);
}

/* Whoever makes a labyrinth gets no new credentials. */
ATF_TC_WITHOUT_HEAD(a_labyrinth_is_given_up);
ATF_TC_BODY(a_labyrinth_is_given_up, tc)
{
	int	 fd = folder(), n, at;

	ATF_REQUIRE_EQ(0, mkdir(in("a:p:0"), 0700));
	at = open(in("a:p:0"), O_RDONLY);
	for (n = 0; n < 20; n++) {
		ATF_REQUIRE_EQ(0, mkdirat(at, "d", 0700));
		at = openat(at, "d", O_RDONLY);
	}
	ATF_CHECK_EQ(-1, cred_write(fd, "a:p:0", two, 2, app, appgid));
	ATF_CHECK_EQ(ELOOP, errno);
	ATF_REQUIRE_EQ(0, mkdir(in("b:p:0"), 0700));
	at = open(in("b:p:0"), O_RDONLY);
	for (n = 0; n < 5000; n++) {
		char	 name[16];

		snprintf(name, sizeof(name), "%d", n);
		ATF_REQUIRE_EQ(0, symlinkat("x", at, name));
	}
	ATF_CHECK_EQ(-1, cred_remove(fd, "b:p:0"));
	ATF_CHECK_EQ(E2BIG, errno);
	ATF_CHECK_EQ(0, cred_remove(fd, "b:p:0"));
}

static int
keep_b(void *arg, const char *name)
{
	(*(int *)arg)++;
	return (strcmp(name, "b:p:0") == 0);
}

ATF_TC_WITHOUT_HEAD(a_sweep_keeps_what_lives);
ATF_TC_BODY(a_sweep_keeps_what_lives, tc)
{
	int	 fd = folder(), seen = 0;

	ATF_REQUIRE_EQ(0, cred_write(fd, "a:p:0", two, 2, app, appgid));
	ATF_REQUIRE_EQ(0, cred_write(fd, "b:p:0", two, 2, app, appgid));
	ATF_REQUIRE_EQ(0, symlink("/etc", in("c")));
	cred_sweep(fd, keep_b, &seen);
	ATF_CHECK_EQ(3, seen);
	ATF_CHECK_EQ(-1, access(in("a:p:0"), F_OK));
	ATF_CHECK_EQ(0, access(in("b:p:0/raw"), F_OK));
	ATF_CHECK_EQ(0, access("/etc/passwd", F_OK));
	cred_sweep(fd, keep_b, &seen);
	ATF_CHECK_EQ(4, seen);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, files_are_for_their_user_alone);
	ATF_TP_ADD_TC(tp, half_of_it_is_not_left);
	ATF_TP_ADD_TC(tp, what_its_user_made_leads_nowhere);
	ATF_TP_ADD_TC(tp, a_labyrinth_is_given_up);
	ATF_TP_ADD_TC(tp, a_sweep_keeps_what_lives);
	return (atf_no_error());
}
