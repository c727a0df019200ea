/* Sockets by which instances speak to the daemon. */
#include "runner.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <fcntl.h>
#include <limits.h>

#include "omnitrond/parent/appsock.h"

static char	 rundir[PATH_MAX], folder[PATH_MAX], err[2048];

static struct appsock_of
of_web(void)
{
	struct appsock_of	 of;

	ATF_REQUIRE(getcwd(rundir, sizeof(rundir)) != NULL);
	ATF_REQUIRE_EQ_MSG(0, appsock_folder(rundir, folder, sizeof(folder),
	    err, sizeof(err)), "%s", err);
	memset(&of, 0, sizeof(of));
	of.folder = folder;
	of.app = "web";
	of.process = "main";
	of.uid = getuid();
	of.gid = getgid();
	return (of);
}

static int
send_to(const char *path, const char *text)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	int			 fd, rv;

	strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	ATF_REQUIRE((fd = socket(AF_UNIX, SOCK_DGRAM, 0)) != -1);
	rv = sendto(fd, text, strlen(text), MSG_DONTWAIT,
	    (struct sockaddr *)&sun, sizeof(sun)) == -1 ? -1 : 0;
	close(fd);
	return (rv);
}

ATF_TC_WITHOUT_HEAD(only_we_may_write_in_the_folder);
ATF_TC_BODY(only_we_may_write_in_the_folder, tc)
{
	struct stat	 st;

	of_web();
	ATF_REQUIRE_EQ(0, stat(folder, &st));
	ATF_CHECK_EQ(geteuid(), st.st_uid);
	ATF_CHECK_EQ(geteuid() == 0 ? 0711 : 0700, st.st_mode & 07777);
	ATF_REQUIRE_EQ(0, chmod(folder, 0755));
	of_web();
	ATF_REQUIRE_EQ(0, stat(folder, &st));
	ATF_CHECK_EQ(geteuid() == 0 ? 0711 : 0700, st.st_mode & 07777);
	ATF_REQUIRE_EQ(0, chmod(folder, 0777));
	ATF_CHECK_EQ(-1, appsock_folder(rundir, folder, sizeof(folder), err,
	    sizeof(err)));
	ATF_REQUIRE_EQ(0, rmdir(folder));
	ATF_REQUIRE_EQ(0, symlink("/tmp", folder));
	ATF_CHECK_EQ(-1, appsock_folder(rundir, folder, sizeof(folder), err,
	    sizeof(err)));
	ATF_REQUIRE_EQ(0, unlink(folder));
}

/* Apps of other users must get there, wherever RUNDIR is. */
ATF_TC_WITHOUT_HEAD(the_way_is_open_to_others);
ATF_TC_BODY(the_way_is_open_to_others, tc)
{
	of_web();
	ATF_CHECK(appsock_open_way("/"));
	ATF_CHECK(appsock_open_way("/tmp"));
	ATF_CHECK(!appsock_open_way("/nonexistent/x"));
	if (geteuid() == 0)
		ATF_CHECK_MSG(appsock_open_way(folder), "%s", folder);
	appsock_folder_remove(rundir, folder);
	/* that of RUNDIR stays */
	ATF_CHECK_EQ(strncmp(folder, rundir, strlen(rundir)) == 0 ? 0 : -1,
	    access(folder, F_OK));
}

/* What one apps process did to a socket, by a copy, the next one would have. */
ATF_TC_WITHOUT_HEAD(one_that_was_shut_down_is_told);
ATF_TC_BODY(one_that_was_shut_down_is_told, tc)
{
	struct appsock_of	 of = of_web();
	int			 k, fd, copy;

	for (k = 0; k < APP_SOCKET_MAX; k++) {
		ATF_REQUIRE((fd = appsock_bind(&of, k)) != -1);
		ATF_CHECK(appsock_sound(fd));
		ATF_REQUIRE((copy = dup(fd)) != -1);
		ATF_REQUIRE_EQ(0, fcntl(copy, F_SETFL, 0));
		ATF_CHECK(appsock_sound(fd));
		ATF_CHECK((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
		ATF_REQUIRE_EQ(0, shutdown(copy, SHUT_RD));
		close(copy);
		ATF_CHECK_MSG(!appsock_sound(fd), "%d", k);
		close(fd);
		ATF_REQUIRE((fd = appsock_bind(&of, k)) != -1);
		ATF_CHECK(appsock_sound(fd));
		close(fd);
		appsock_unlink(&of, k);
	}
}

ATF_TC_WITHOUT_HEAD(no_two_have_one_path);
ATF_TC_BODY(no_two_have_one_path, tc)
{
	struct appsock_of	 of = of_web();
	char			 a[PATH_SIZE], b[PATH_SIZE];
	char			 name[NAME_SIZE], other[NAME_SIZE];

	ATF_REQUIRE_EQ(0, appsock_path(&of, APP_SOCKET_NOTIFY, a, sizeof(a)));
	ATF_REQUIRE_EQ(0, appsock_path(&of, APP_SOCKET_CHANNEL, b, sizeof(b)));
	ATF_CHECK(strcmp(a, b) != 0);
	of.instance = 1;
	ATF_REQUIRE_EQ(0, appsock_path(&of, APP_SOCKET_NOTIFY, b, sizeof(b)));
	ATF_CHECK(strcmp(a, b) != 0);
	/* names as long as they may be do not fit, a hash of them does */
	memset(name, 'x', sizeof(name));
	name[NAME_LEN_MAX] = '\0';
	strlcpy(other, name, sizeof(other));
	other[NAME_LEN_MAX - 1] = 'y';
	of.folder = "/run/omnitron/apps";
	of.app = of.process = name;
	ATF_REQUIRE_EQ(0, appsock_path(&of, APP_SOCKET_NOTIFY, a, sizeof(a)));
	ATF_CHECK(strlen(a) < sizeof(((struct sockaddr_un *)0)->sun_path));
	of.process = other;
	ATF_REQUIRE_EQ(0, appsock_path(&of, APP_SOCKET_NOTIFY, b, sizeof(b)));
	ATF_CHECK(strcmp(a, b) != 0);
	of.folder = name;
	strlcpy(a, name, sizeof(a));
	strlcat(a, name, sizeof(a));
	of.folder = a;
	ATF_CHECK_EQ(-1, appsock_path(&of, APP_SOCKET_NOTIFY, b, sizeof(b)));
	ATF_CHECK_EQ(ENAMETOOLONG, errno);
}

ATF_TC_WITHOUT_HEAD(a_notify_socket_says_who_sent);
ATF_TC_BODY(a_notify_socket_says_who_sent, tc)
{
	struct appsock_of	 of = of_web();
	char			 path[PATH_SIZE];
	struct stat		 st;
	socklen_t		 len = sizeof(int);
	int			 fd, again, on = 0;

	fd = appsock_bind(&of, APP_SOCKET_NOTIFY);
	ATF_REQUIRE_MSG(fd != -1, "%s", strerror(errno));
	ATF_REQUIRE_EQ(0, appsock_path(&of, APP_SOCKET_NOTIFY, path,
	    sizeof(path)));
	ATF_REQUIRE_EQ(0, lstat(path, &st));
	ATF_CHECK(S_ISSOCK(st.st_mode));
	ATF_CHECK_EQ(0600, st.st_mode & 07777);
	ATF_CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ATF_REQUIRE_EQ(0, getsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, &len));
	ATF_CHECK_EQ(1, on);
	ATF_CHECK_EQ(0, send_to(path, "READY=1"));
	/* after our death another daemon takes the place */
	again = appsock_bind(&of, APP_SOCKET_NOTIFY);
	ATF_REQUIRE(again != -1);
	ATF_CHECK_EQ(0, send_to(path, "READY=1"));
	ATF_CHECK(recv(again, path, sizeof(path), MSG_DONTWAIT) == 7);
	appsock_unlink(&of, APP_SOCKET_NOTIFY);
	ATF_CHECK_EQ(-1, send_to(path, "READY=1"));
	close(fd);
	close(again);
	appsock_folder_remove(rundir, folder);
}

ATF_TC_WITHOUT_HEAD(it_is_its_users_alone);
ATF_TC_BODY(it_is_its_users_alone, tc)
{
	struct appsock_of	 of = of_web();
	char			 path[PATH_SIZE];
	int			 fd, status;
	pid_t			 pid;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	of.uid = 65534;
	of.gid = 65534;
	ATF_REQUIRE((fd = appsock_bind(&of, APP_SOCKET_NOTIFY)) != -1);
	ATF_REQUIRE_EQ(0, appsock_path(&of, APP_SOCKET_NOTIFY, path,
	    sizeof(path)));
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (setgid(1) == -1 || setuid(1) == -1)
			_exit(2);
		_exit(send_to(path, "x") == -1 && errno == EACCES ? 0 : 1);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_EQ(0, status);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		if (setgid(65534) == -1 || setuid(65534) == -1)
			_exit(2);
		/* it may send there, and can put nothing in its place */
		_exit(send_to(path, "x") == 0 && unlink(path) == -1 &&
		    rename(path, "/tmp/x") == -1 ? 0 : 1);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_CHECK_EQ(0, status);
	appsock_unlink(&of, APP_SOCKET_NOTIFY);
	close(fd);
	appsock_folder_remove(rundir, folder);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, only_we_may_write_in_the_folder);
	ATF_TP_ADD_TC(tp, the_way_is_open_to_others);
	ATF_TP_ADD_TC(tp, one_that_was_shut_down_is_told);
	ATF_TP_ADD_TC(tp, no_two_have_one_path);
	ATF_TP_ADD_TC(tp, a_notify_socket_says_who_sent);
	ATF_TP_ADD_TC(tp, it_is_its_users_alone);
	return (atf_no_error());
}
