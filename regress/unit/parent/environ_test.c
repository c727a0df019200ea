/* The environment of an instance, and env-files. */
#include <sys/stat.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "omnitrond/parent/conf.h"
#include "omnitrond/parent/environ.h"

static char err[256];

static struct process_conf pc;
static const struct environ_id id = {
	.home = "/home/alice/.omnitron", .app = "web", .process = "main",
	.instance = 3, .generation = 17
};

static void
conf_env(const char *name, const char *value, enum env_kind kind)
{
	struct env *env = calloc(1, sizeof(*env));

	ATF_REQUIRE(env != NULL);
	env->name = strdup(name);
	env->value = strdup(value);
	env->kind = kind;
	TAILQ_INSERT_TAIL(&pc.env, env, entry);
}

static void
conf_init(void)
{
	static char user[] = "alice", home[] = "/home/alice", shell[] =
	    "/bin/ksh";

	memset(&pc, 0, sizeof(pc));
	TAILQ_INIT(&pc.env);
	pc.user = user;
	pc.home = home;
	pc.shell = shell;
	pc.uid = 1000;
}

/* The variables, one a line. */
static const char *
text(const struct environ_vars *e)
{
	static char buf[16384];
	size_t i;

	buf[0] = '\0';
	for (i = 0; e->v != NULL && e->v[i] != NULL; i++) {
		strlcat(buf, e->v[i], sizeof(buf));
		strlcat(buf, "\n", sizeof(buf));
	}
	ATF_CHECK_EQ(i, e->n);
	return (buf);
}

static int
build(struct environ_vars *e, const char *extra, size_t len)
{
	err[0] = '\0';
	return (environ_build(e, &pc, &id, extra, len, err, sizeof(err)));
}

#define WHO	"OMNITRON_APP=web\nOMNITRON_PROCESS=main\n" \
		"OMNITRON_INSTANCE=3\nOMNITRON_GENERATION=17\n" \
		"OMNITRON_HOME=/home/alice/.omnitron\n"

ATF_TC_WITHOUT_HEAD(exactly_this_and_nothing_of_ours);
ATF_TC_BODY(exactly_this_and_nothing_of_ours, tc)
{
	static const char extra[] = "OMNITRON_EVENT_NAME=app.crashed\0"
	    "OMNITRON_TERM=7";
	struct environ_vars e;

	ATF_REQUIRE_EQ(setenv("DAEMON_SECRET", "leak", 1), 0);
	ATF_REQUIRE_EQ(setenv("LD_PRELOAD_X", "leak", 1), 0);
	conf_init();
	conf_env("PORT", "3001", ENV_VALUE);
	conf_env("EMPTY", "", ENV_VALUE);
	ATF_REQUIRE_EQ(build(&e, extra, sizeof(extra)), 0);
	ATF_CHECK_STREQ(text(&e), WHO
	    "HOME=/home/alice\nUSER=alice\nLOGNAME=alice\nSHELL=/bin/ksh\n"
	    "PATH=/usr/local/bin:/usr/bin:/bin\n"
	    "PORT=3001\nEMPTY=\n"
	    "OMNITRON_EVENT_NAME=app.crashed\nOMNITRON_TERM=7\n");
	environ_free(&e);
	ATF_CHECK_EQ(e.n, 0);
}

/* One that is its app has its app's name, as every other its own. */
ATF_TC_WITHOUT_HEAD(a_process_knows_its_name);
ATF_TC_BODY(a_process_knows_its_name, tc)
{
	struct environ_id one = id;
	struct environ_vars e;

	conf_init();
	one.process = "web";
	ATF_REQUIRE_EQ(environ_build(&e, &pc, &one, NULL, 0, err,
	    sizeof(err)), 0);
	ATF_CHECK_STREQ(environ_get(&e, "OMNITRON_PROCESS"), "web");
	environ_free(&e);
	one.process = "worker.1";
	ATF_REQUIRE_EQ(environ_build(&e, &pc, &one, NULL, 0, err,
	    sizeof(err)), 0);
	ATF_CHECK_STREQ(environ_get(&e, "OMNITRON_PROCESS"), "worker.1");
	ATF_CHECK_STREQ(environ_get(&e, "OMNITRON_APP"), "web");
	environ_free(&e);
}

/* As sd_notify(3) and sd_watchdog_enabled(3) look for them. */
ATF_TC_WITHOUT_HEAD(where_it_may_say_something);
ATF_TC_BODY(where_it_may_say_something, tc)
{
	struct environ_id one = id;
	struct environ_vars e;

	conf_init();
	one.notify = "/r/apps/web:main:3.notify";
	one.channel = "/r/apps/web:main:3.channel";
	pc.policy.watchdog_ms = 1500;
	ATF_REQUIRE_EQ(environ_build(&e, &pc, &one, NULL, 0, err,
	    sizeof(err)), 0);
	ATF_CHECK_STREQ(environ_get(&e, "NOTIFY_SOCKET"), one.notify);
	ATF_CHECK_STREQ(environ_get(&e, "OMNITRON_CHANNEL"), one.channel);
	ATF_CHECK_STREQ(environ_get(&e, "WATCHDOG_USEC"), "1500000");
	environ_set_pid(&e, 42);
	ATF_CHECK_STREQ(environ_get(&e, "WATCHDOG_PID"), "42");
	ATF_CHECK(environ_get(&e, "LISTEN_PID") == NULL);
	environ_free(&e);
	ATF_CHECK(environ_reserved("NOTIFY_SOCKET"));
	ATF_CHECK(environ_reserved("WATCHDOG_PID"));
	pc.policy.watchdog_ms = 0;
}

ATF_TC_WITHOUT_HEAD(root_has_sbin);
ATF_TC_BODY(root_has_sbin, tc)
{
	struct environ_vars e;

	conf_init();
	pc.uid = 0;
	pc.shell = NULL;
	pc.home = NULL;
	ATF_REQUIRE_EQ(build(&e, NULL, 0), 0);
	ATF_CHECK_STREQ(environ_get(&e, "PATH"), "/usr/local/sbin:"
	    "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	ATF_CHECK_STREQ(environ_get(&e, "SHELL"), "/bin/sh");
	ATF_CHECK_STREQ(environ_get(&e, "HOME"), "/");
	environ_free(&e);
}

ATF_TC_WITHOUT_HEAD(configured_values_replace_defaults);
ATF_TC_BODY(configured_values_replace_defaults, tc)
{
	struct environ_vars e;

	conf_init();
	conf_env("PATH", "/opt/bin", ENV_VALUE);
	conf_env("A", "1", ENV_VALUE);
	conf_env("A", "2", ENV_VALUE);
	conf_env("AB", "3", ENV_VALUE);
	ATF_REQUIRE_EQ(build(&e, NULL, 0), 0);
	ATF_CHECK_STREQ(text(&e), WHO
	    "HOME=/home/alice\nUSER=alice\nLOGNAME=alice\nSHELL=/bin/ksh\n"
	    "PATH=/opt/bin\nA=2\nAB=3\n");
	environ_free(&e);
}

ATF_TC_WITHOUT_HEAD(nobody_else_says_who_it_is);
ATF_TC_BODY(nobody_else_says_who_it_is, tc)
{
	static const char *const ours[] = {
		"OMNITRON_APP", "OMNITRON_PROCESS", "OMNITRON_INSTANCE",
		"OMNITRON_GENERATION", "OMNITRON_HOME", "OMNITRON_TERM",
		"OMNITRON_EVENT_X",
	};
	struct environ_vars e;
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		conf_init();
		conf_env(ours[i], "x", ENV_VALUE);
		ATF_CHECK_EQ(build(&e, NULL, 0), -1);
		ATF_CHECK_MSG(strstr(err, ours[i]) != NULL, "%s", err);
		ATF_CHECK_EQ(e.n, 0);
	}
	conf_init();
	conf_env("OMNITRON_TOKEN_OF_MINE", "x", ENV_VALUE);
	ATF_CHECK_EQ(build(&e, NULL, 0), 0);
	environ_free(&e);
}

ATF_TC_WITHOUT_HEAD(a_value_that_is_not_known_is_an_error);
ATF_TC_BODY(a_value_that_is_not_known_is_an_error, tc)
{
	struct environ_vars e;

	conf_init();
	conf_env("DB_PASSWORD", "db-password", ENV_SECRET);
	ATF_CHECK_EQ(build(&e, NULL, 0), -1);
	ATF_CHECK(strstr(err, "DB_PASSWORD") != NULL);
}

ATF_TC_WITHOUT_HEAD(requests_may_set_little);
ATF_TC_BODY(requests_may_set_little, tc)
{
	static const struct {
		const char	*s;
		size_t		 len;
	} bad[] = {
		{ "OMNITRON_TERM=1", 15 },		/* no NUL */
		{ "", 1 },
		{ "OMNITRON_TERM\0", 14 },
		{ "OMNITRON_TERMS=1\0", 17 },
		{ "OMNITRON_EVENT_=1\0", 18 },
		{ "OMNITRON_EVENT_A-B=1\0", 21 },
		{ "OMNITRON_EVENT_A=\n\0", 19 },
		{ "OMNITRON_EVENT_A=\x7f\0", 19 },
		{ "OMNITRON_EVENT_A=\xc3\xa4\0", 20 },
		{ "OMNITRON_APP=web\0", 17 },
		{ "LD_PRELOAD=/tmp/x.so\0", 21 },
		{ "PATH=/tmp\0", 10 },
		{ "=x\0", 3 },
		{ "OMNITRON_TERM=1\0PATH=/tmp\0", 26 },
	};
	struct environ_vars e;
	char big[ENVIRON_EXTRA_MAX + 1];
	size_t i;

	conf_init();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ATF_CHECK_MSG(environ_extra_check(bad[i].s, bad[i].len) !=
		    NULL, "%s", bad[i].s);
		ATF_CHECK_EQ(build(&e, bad[i].s, bad[i].len), -1);
	}
	memset(big, 'x', sizeof(big));
	memcpy(big, "OMNITRON_EVENT_A=", 17);
	big[sizeof(big) - 1] = '\0';
	ATF_CHECK(environ_extra_check(big, sizeof(big)) != NULL);
	big[sizeof(big) - 2] = '\0';
	ATF_CHECK(environ_extra_check(big, sizeof(big) - 1) == NULL);
	ATF_CHECK(environ_extra_check(NULL, 0) == NULL);
}

ATF_TC_WITHOUT_HEAD(too_many_variables);
ATF_TC_BODY(too_many_variables, tc)
{
	struct environ_vars e;
	char name[32];
	int i, n = 0;

	memset(&e, 0, sizeof(e));
	for (i = 0; i < ENVIRON_VARS_MAX + 10; i++) {
		snprintf(name, sizeof(name), "V%d", i);
		n += environ_set(&e, name, "x") == 0;
	}
	ATF_CHECK_EQ(n, ENVIRON_VARS_MAX);
	ATF_CHECK(e.v[e.n] == NULL);
	environ_free(&e);
}

static int
parse(struct environ_vars *e, const char *s, int *line)
{
	memset(e, 0, sizeof(*e));
	return (environ_parse(e, s, strlen(s), line));
}

ATF_TC_WITHOUT_HEAD(env_file_syntax);
ATF_TC_BODY(env_file_syntax, tc)
{
	static const struct {
		const char	*in;
		const char	*out;
	} good[] = {
		{ "", "" },
		{ "\n\n  \n\t\n", "" },
		{ "# a comment\n  # another\n", "" },
		{ "A=1", "A=1\n" },
		{ "A=1\nB=2\n", "A=1\nB=2\n" },
		{ "A=1\r\nB=2\r\n", "A=1\nB=2\n" },
		{ "export A=1\nexport\tB=2\n", "A=1\nB=2\n" },
		{ "exported=1\nexport=2\n", "exported=1\nexport=2\n" },
		{ "  A=1  \n", "A=1\n" },
		{ "A=\nB=''\nC=\"\"\n", "A=\nB=\nC=\n" },
		{ "A=a b  c \n", "A=a b  c\n" },
		{ "A=x # y\nB=x#y\nC=#z\nD= # z\n", "A=x\nB=x#y\nC=#z\nD=\n" },
		{ "A='a # b' # c\n", "A=a # b\n" },
		{ "A=\"a # b\"\t#c\n", "A=a # b\n" },
		{ "A='$HOME `x` \\n \"'\n", "A=$HOME `x` \\n \"\n" },
		{ "A=\"$HOME ${X} '\"\n", "A=$HOME ${X} '\n" },
		{ "A=$HOME/`id`\n", "A=$HOME/`id`\n" },
		{ "A=\"\\\"\\\\x\\t|\\r|\\q\"\n", "A=\"\\x\t|\r|\\q\n" },
		{ "A=\"one\\ntwo\"\n", "A=one\ntwo\n" },
		{ "A=b=c=d\n", "A=b=c=d\n" },
		{ "A=1\nA=2\n", "A=2\n" },
		{ "_a1=\xc3\xa4\n", "_a1=\xc3\xa4\n" },
	};
	struct environ_vars e;
	size_t i;
	int line;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ATF_CHECK_EQ_MSG(parse(&e, good[i].in, &line), 0, "%s",
		    good[i].in);
		ATF_CHECK_EQ(line, 0);
		ATF_CHECK_STREQ(text(&e), good[i].out);
		environ_free(&e);
	}
}

ATF_TC_WITHOUT_HEAD(env_file_errors_have_a_line);
ATF_TC_BODY(env_file_errors_have_a_line, tc)
{
	static const struct {
		const char	*in;
		int		 line;
	} bad[] = {
		{ "A", 1 },
		{ "A=1\n\n# c\nB\n", 4 },
		{ "=1\n", 1 },
		{ "1A=1\n", 1 },
		{ "A-B=1\n", 1 },
		{ "A B=1\n", 1 },
		{ "A =1\n", 1 },
		{ "export\n", 1 },
		{ "A='x\n", 1 },
		{ "A=1\nB=\"x\nC=2\n", 2 },
		{ "A=\"x\\\"\n", 1 },
		{ "A='x'y\n", 1 },
		{ "A='x'#y\n", 1 },
		{ "A=1\nOMNITRON_APP=other\n", 2 },
	};
	struct environ_vars e;
	size_t i;
	int line;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ATF_CHECK_EQ_MSG(parse(&e, bad[i].in, &line), -1, "%s",
		    bad[i].in);
		ATF_CHECK_EQ_MSG(line, bad[i].line, "%s: %d", bad[i].in, line);
		environ_free(&e);
	}
	ATF_CHECK_EQ(environ_parse(&e, "A=1\nB=\0x\n", 9, &line), -1);
	ATF_CHECK_EQ(line, 2);
	environ_free(&e);
}

static int
file_of(size_t size)
{
	char block[1024];
	int fd;

	memset(block, '\n', sizeof(block));
	fd = open("env", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ATF_REQUIRE(fd != -1);
	for (; size > sizeof(block); size -= sizeof(block))
		ATF_REQUIRE(write(fd, block, sizeof(block)) > 0);
	ATF_REQUIRE(write(fd, block, size) > 0);
	close(fd);
	return (0);
}

ATF_TC_WITHOUT_HEAD(only_small_regular_files_are_read);
ATF_TC_BODY(only_small_regular_files_are_read, tc)
{
	struct environ_vars e;
	int line;

	memset(&e, 0, sizeof(e));
	file_of(ENV_FILE_MAX);
	ATF_CHECK_EQ(environ_file(&e, "env", &line), 0);
	file_of(ENV_FILE_MAX + 1);
	ATF_CHECK_EQ(environ_file(&e, "env", &line), EFBIG);
	ATF_CHECK_EQ(environ_file(&e, "none", &line), ENOENT);
	ATF_REQUIRE_EQ(mkfifo("fifo", 0600), 0);
	ATF_CHECK_EQ(environ_file(&e, "fifo", &line), EPERM);
	ATF_CHECK_EQ(environ_file(&e, "/dev/zero", &line), EPERM);
	ATF_CHECK_EQ(environ_file(&e, ".", &line), EISDIR);
	ATF_REQUIRE_EQ(symlink("env", "sym"), 0);
	ATF_CHECK_EQ(environ_file(&e, "sym", &line), ELOOP);
	/* Its size says 0, there is more in it. */
	ATF_CHECK(environ_file(&e, "/proc/self/maps", &line) != 0);
	environ_free(&e);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, exactly_this_and_nothing_of_ours);
	ATF_TP_ADD_TC(tp, a_process_knows_its_name);
	ATF_TP_ADD_TC(tp, where_it_may_say_something);
	ATF_TP_ADD_TC(tp, root_has_sbin);
	ATF_TP_ADD_TC(tp, configured_values_replace_defaults);
	ATF_TP_ADD_TC(tp, nobody_else_says_who_it_is);
	ATF_TP_ADD_TC(tp, a_value_that_is_not_known_is_an_error);
	ATF_TP_ADD_TC(tp, requests_may_set_little);
	ATF_TP_ADD_TC(tp, too_many_variables);
	ATF_TP_ADD_TC(tp, env_file_syntax);
	ATF_TP_ADD_TC(tp, env_file_errors_have_a_line);
	ATF_TP_ADD_TC(tp, only_small_regular_files_are_read);
	return (atf_no_error());
}
