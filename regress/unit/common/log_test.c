/* Logging: the lines on stderr. */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "common/log.h"
#include "common/xmalloc.h"

/* Run fn in a child; its stderr in out, its exit status returned. */
static int
capture(void (*fn)(void), char *out, size_t size)
{
	size_t	 len = 0;
	ssize_t	 n;
	pid_t	 pid;
	int	 p[2], status;

	ATF_REQUIRE(pipe(p) == 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		dup2(p[1], STDERR_FILENO);
		close(p[0]);
		close(p[1]);
		fn();
		_exit(0);
	}
	close(p[1]);
	while ((n = read(p[0], out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	close(p[0]);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static void
every_level(void)
{
	char	 name[] = "store";

	log_init(name, 0);
	name[0] = 'X';			/* it keeps a copy */
	log_debug("hidden");
	log_info("n %d", 1);
	errno = ENOENT;
	log_warn("open %s", "x");
	if (errno != ENOENT)
		_exit(9);
	log_warnx("odd");
	log_error("bad");
	log_set_verbose(1);
	log_debug("shown %d", log_get_verbose());
	errno = EIO;
	log_warn("%s", "");
}

ATF_TC_WITHOUT_HEAD(lines_name_level_and_process);
ATF_TC_BODY(lines_name_level_and_process, tc)
{
	char	 out[4096];

	ATF_CHECK_EQ(capture(every_level, out, sizeof(out)), 0);
	ATF_CHECK_STREQ("info store: n 1\n"
	    "warn store: open x: No such file or directory\n"
	    "warn store: odd\nerror store: bad\ndebug store: shown 1\n"
	    "warn store: Input/output error\n", out);
}

/* Blocking, and nobody reads it. */
ATF_TC_WITHOUT_HEAD(a_full_pipe_holds_up_nobody);
ATF_TC_BODY(a_full_pipe_holds_up_nobody, tc)
{
	pid_t	 pid;
	int	 p[2], n, status;

	ATF_REQUIRE(pipe(p) == 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		dup2(p[1], STDERR_FILENO);
		log_init("parent", 0);
		alarm(60);		/* it would be for ever */
		for (n = 0; n < 20000; n++)
			log_warnx("line %d of some length", n);
		_exit(0);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
forged(void)
{
	log_init("network", 0);
	log_warnx("from %s", "x\nfatal parent: forged\r\x1b[2Jy\tz");
}

ATF_TC_WITHOUT_HEAD(a_line_stays_one_line);
ATF_TC_BODY(a_line_stays_one_line, tc)
{
	char	 out[4096];

	capture(forged, out, sizeof(out));
	ATF_CHECK_STREQ("warn network: from x fatal parent: forged??[2Jy z\n",
	    out);
}

static void
too_long(void)
{
	static char	 s[5000];

	log_init("network", 0);
	memset(s, 'x', sizeof(s) - 1);
	log_info("%s", s);
	errno = ENOENT;
	log_warn("%s", s);
}

ATF_TC_WITHOUT_HEAD(long_lines_are_cut);
ATF_TC_BODY(long_lines_are_cut, tc)
{
	char	 out[8192], *nl;

	capture(too_long, out, sizeof(out));
	ATF_REQUIRE((nl = strchr(out, '\n')) != NULL);
	ATF_CHECK_EQ(nl - out, LOG_LINE_OWN_MAX - 2);
	/* The reason outlives a long text. */
	ATF_CHECK(strstr(nl, ": No such file or directory\n") != NULL);
}

static void
die_errno(void)
{
	log_init("parent", 0);
	errno = EACCES;
	fatal("open %s", "x");
}

static void
die(void)
{
	log_init("parent", 0);
	fatalx("no");
}

#ifndef SANITIZE	/* which ends the process itself, before we can */
static void
die_memory(void)
{
	log_init("parent", 0);
	xreallocarray(NULL, SIZE_MAX / 2, 4);
}
#endif

ATF_TC_WITHOUT_HEAD(fatal_logs_and_exits);
ATF_TC_BODY(fatal_logs_and_exits, tc)
{
	char	 out[4096];

	ATF_CHECK_EQ(capture(die_errno, out, sizeof(out)), 1);
	ATF_CHECK_STREQ("fatal parent: open x: Permission denied\n", out);
	ATF_CHECK_EQ(capture(die, out, sizeof(out)), 1);
	ATF_CHECK_STREQ("fatal parent: no\n", out);
#ifndef SANITIZE
	ATF_CHECK_EQ(capture(die_memory, out, sizeof(out)), 1);
	ATF_CHECK(strncmp(out, "fatal parent: out of memory", 27) == 0);
#endif
}

static void
full_pipe(void)
{
	int	 p[2], i;

	if (pipe2(p, O_NONBLOCK) == -1)
		_exit(2);
	dup2(p[1], STDERR_FILENO);
	log_init("parent", 0);
	for (i = 0; i < 100000; i++)
		log_info("nobody reads this line of a reasonable length");
}

ATF_TC_WITHOUT_HEAD(a_full_pipe_does_not_block);
ATF_TC_BODY(a_full_pipe_does_not_block, tc)
{
	char	 out[64];

	ATF_CHECK_EQ(capture(full_pipe, out, sizeof(out)), 0);
}

ATF_TC_WITHOUT_HEAD(xmalloc_of_nothing_is_something);
ATF_TC_BODY(xmalloc_of_nothing_is_something, tc)
{
	char	*s;
	void	*p;

	ATF_CHECK((p = xmalloc(0)) != NULL);
	ATF_CHECK((p = xreallocarray(p, 0, 8)) != NULL);
	free(p);
	ATF_CHECK((p = xcalloc(0, 8)) != NULL);
	free(p);
	ATF_CHECK_EQ(xasprintf(&s, "%d-%s", 7, "x"), 3);
	ATF_CHECK_STREQ("7-x", s);
	free(s);
	s = xstrdup("copy");
	ATF_CHECK_STREQ("copy", s);
	free(s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_full_pipe_holds_up_nobody);
	ATF_TP_ADD_TC(tp, lines_name_level_and_process);
	ATF_TP_ADD_TC(tp, a_line_stays_one_line);
	ATF_TP_ADD_TC(tp, long_lines_are_cut);
	ATF_TP_ADD_TC(tp, fatal_logs_and_exits);
	ATF_TP_ADD_TC(tp, a_full_pipe_does_not_block);
	ATF_TP_ADD_TC(tp, xmalloc_of_nothing_is_something);
	return (atf_no_error());
}
