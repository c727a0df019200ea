/* Lines for the system's log, which may hang. */
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "common/log.h"

#define PATH	"devlog"
#define FLOOD	5000		/* more than any queue of datagrams holds */

/* The system's logger. */
static int
listener(void)
{
	struct sockaddr_un	 sun = { .sun_family = AF_UNIX };
	struct timeval		 tv = { 20, 0 };
	int			 fd;

	unlink(PATH);
	strlcpy(sun.sun_path, PATH, sizeof(sun.sun_path));
	ATF_REQUIRE((fd = socket(AF_UNIX, SOCK_DGRAM, 0)) != -1);
	ATF_REQUIRE_EQ(0, bind(fd, (struct sockaddr *)&sun, sizeof(sun)));
	ATF_REQUIRE_EQ(0, setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv,
	    sizeof(tv)));
	return (fd);
}

static char *
line(int fd, int flags)
{
	static char	 buf[4096];
	ssize_t		 n = recv(fd, buf, sizeof(buf) - 1, flags);

	if (n == -1)
		return (NULL);
	buf[n] = '\0';
	return (buf);
}

ATF_TC_WITHOUT_HEAD(warnings_and_worse_are_sent);
ATF_TC_BODY(warnings_and_worse_are_sent, tc)
{
	char	 month[4], *p;
	int	 fd = listener(), day, h, m, s, pid, n = 0;

	log_init("parent", 0);
	log_to_syslog(PATH);
	log_info("not this");
	log_warnx("odd %d", 7);
	log_error("bad");
	ATF_REQUIRE((p = line(fd, 0)) != NULL);
	/* LOG_DAEMON | LOG_WARNING */
	ATF_CHECK_EQ_MSG(6, sscanf(p, "<28>%3s %d %d:%d:%d omnitrond[%d]: odd "
	    "7%n", month, &day, &h, &m, &s, &pid, &n), "%s", p);
	ATF_CHECK_EQ(strlen(p), (size_t)n);
	ATF_CHECK_EQ(getpid(), pid);
	ATF_REQUIRE((p = line(fd, 0)) != NULL);
	ATF_CHECK_MSG(strncmp(p, "<27>", 4) == 0, "%s", p);
	ATF_CHECK(line(fd, MSG_DONTWAIT) == NULL);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(one_that_does_not_read_holds_up_nobody);
ATF_TC_BODY(one_that_does_not_read_holds_up_nobody, tc)
{
	int	 fd = listener(), n, got = 0, lost = 0;
	char	*p, *q;

	log_init("parent", 0);
	log_to_syslog(PATH);
	alarm(60);		/* it would be for ever */
	for (n = 0; n < FLOOD; n++)
		log_warnx("line %d", n);
	alarm(0);
	while (line(fd, MSG_DONTWAIT) != NULL)
		got++;
	ATF_CHECK_MSG(got > 0 && got < FLOOD, "%d", got);
	/* it reads again: what it missed is counted */
	log_warnx("after");
	ATF_REQUIRE((p = line(fd, 0)) != NULL);
	ATF_REQUIRE((q = strchr(p, '(')) != NULL);
	ATF_CHECK_EQ(1, sscanf(q, "(%d lines before this are lost) after",
	    &lost));
	ATF_CHECK_EQ(FLOOD, got + lost);
	log_warnx("well");
	ATF_REQUIRE((p = line(fd, 0)) != NULL);
	ATF_CHECK_MSG(strstr(p, "]: well") != NULL, "%s", p);
	close(fd);
}

ATF_TC_WITHOUT_HEAD(one_that_comes_back_is_found);
ATF_TC_BODY(one_that_comes_back_is_found, tc)
{
	char	*p;
	int	 fd;

	log_init("parent", 0);
	log_to_syslog("nosuch");
	log_warnx("nobody hears");
	log_to_syslog(PATH);
	log_warnx("nobody hears");
	fd = listener();
	log_warnx("one");
	ATF_REQUIRE((p = line(fd, 0)) != NULL);
	ATF_CHECK_MSG(strstr(p, "lost) one") != NULL, "%s", p);
	close(fd);
	log_warnx("lost");
	fd = listener();
	log_warnx("two");
	ATF_REQUIRE((p = line(fd, 0)) != NULL);
	ATF_CHECK_MSG(strstr(p, "(1 lines before this are lost) two") != NULL,
	    "%s", p);
	close(fd);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, warnings_and_worse_are_sent);
	ATF_TP_ADD_TC(tp, one_that_does_not_read_holds_up_nobody);
	ATF_TP_ADD_TC(tp, one_that_comes_back_is_found);
	return (atf_no_error());
}
