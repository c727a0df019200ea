/* Commands that are run for an instance. */
#include <fcntl.h>

#include "omnitrond/parent/conf_parse.h"
#include "omnitrond/parent/fifo.h"
#include "omnitrond/parent/run.h"
#include "regress/unit/parent/boundary.h"

static struct m_ran	 ran;		/* the last RAN */
static char		 ran_text[TEXT_MAX + 1];
static struct m_execed	 execed;	/* the last EXECED, and its text */
static char		 execed_text[TEXT_MAX + 1];

static void
sees(enum kind k, struct msg *m)
{
	const uint8_t	*text;
	size_t		 len;

	if (m->type == M_RAN) {
		msg_take(m, &ran, sizeof(ran));
		msg_take_str(m, ran_text, sizeof(ran_text));
	} else if (m->type == M_EXECED) {
		msg_take(m, &execed, sizeof(execed));
		text = msg_take_rest(m, &len);
		memcpy(execed_text, text, len);
		execed_text[len] = '\0';
	}
}

/* One app `web', which sleeps, with what else its block says. */
static void
world_web(const char *more)
{
	struct passwd	*pw = getpwuid(getuid());
	char		 text[1024], err[256], cwd[1024];

	ATF_REQUIRE(pw != NULL);
	snprintf(text, sizeof(text), "app \"web\" {\n"
	    "command \"/bin/sleep\" \"1000\" user \"%s\" directory \"/\"\n"
	    "instances 2\n%s }\n", pw->pw_name, more);
	world_new(text);
	world.sees = sees;
	/* tests run side by side: what is one's is not another's to kill */
	free(world.p.conf->home);
	xasprintf(&world.p.conf->home, "/test/%d", (int)getpid());
	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_NOFILE, &world.p.nofile));
	world.p.fifodir = fifo_rundir(cwd, err, sizeof(err));
	ATF_REQUIRE_MSG(world.p.fifodir != -1, "%s", err);
	reap_init(&world.p);
}

static struct m_inst
inst_id(uint16_t instance)
{
	struct m_inst	 id;

	memset(&id, 0, sizeof(id));
	id.app = ids_by_name(&world.p, "web");
	id.instance = instance;
	id.generation = 1;
	return (id);
}

static void
spawn(uint16_t instance)
{
	struct m_spawn	 m;

	memset(&m, 0, sizeof(m));
	m.inst = inst_id(instance);
	peer_send(world.far[K_SUPERVISOR], M_SPAWN, -1, &m, NULL);
}

static void
stop(uint16_t instance, uint32_t timeout_ms)
{
	struct m_stop	 m;

	memset(&m, 0, sizeof(m));
	m.inst = inst_id(instance);
	m.signal = SIGTERM;
	m.timeout_ms = timeout_ms;
	peer_send(world.far[K_SUPERVISOR], M_STOP, -1, &m, NULL);
}

static void
ask(enum msg_type type, uint16_t instance, enum run_kind kind,
    uint32_t timeout_ms)
{
	struct m_run	 m;

	memset(&m, 0, sizeof(m));
	m.inst = inst_id(instance);
	m.kind = kind;
	m.timeout_ms = timeout_ms;
	peer_send(world.far[K_SUPERVISOR], type, -1, &m, NULL);
}

/* The probe of `web' is this shell command from now on. */
static void
probe_is(const char *script)
{
	struct process_conf	*pc;
	char			*argv[4];

	argv[0] = xstrdup("/bin/sh");
	argv[1] = xstrdup("-c");
	argv[2] = xstrdup(script);
	argv[3] = NULL;
	pc = ids_process(&world.p, inst_id(0).app, 0);
	ATF_REQUIRE(pc != NULL);
	argv_free(pc->run_argv[RUN_PROBE]);
	pc->run_argv[RUN_PROBE] = argv_dup(argv);
}

static void
world_runs(void)
{
	world_web("");
	spawn(0);
	spawn(1);
	UNTIL(world.got[K_SUPERVISOR][M_EXECED] == 2);
}

/* How a probe with this script ends; not in a macro that evaluates twice. */
static void
probe(const char *script, uint32_t timeout_ms, const char *want)
{
	unsigned	 before = world.got[K_SUPERVISOR][M_RAN];

	probe_is(script);
	ask(M_RUN, 0, RUN_PROBE, timeout_ms);
	UNTIL(world.got[K_SUPERVISOR][M_RAN] > before);
	ATF_CHECK_EQ(RUN_PROBE, ran.kind);
	ATF_CHECK_EQ(0, world.p.nruns);
	ATF_CHECK_STREQ(want, ran_text);
}

static void
world_over(void)
{
	stop(0, 0);
	stop(1, 0);
	UNTIL(RB_EMPTY(&world.p.pids));
	world_end();
}

ATF_TC_WITHOUT_HEAD(its_end_is_told);
ATF_TC_BODY(its_end_is_told, tc)
{
	world_runs();
	probe("exit 0", 30000, "");
	ATF_CHECK_EQ(0, ran.code);
	probe("exit 3", 30000, "exit 3");
	ATF_CHECK_EQ(3, ran.code);
	probe("kill -USR1 $$", 30000, "signal SIGUSR1");
	ATF_CHECK_EQ(-1, ran.code);
	ATF_CHECK_EQ(SIGUSR1, ran.signal);
	probe("sleep 1000", 100, "not done within 100ms");
	ATF_CHECK_EQ(RAN_LATE, ran.flags);
	ATF_CHECK(world.why[K_SUPERVISOR] == NULL);
	world_over();
}

ATF_TC_WITHOUT_HEAD(what_cannot_be_executed_says_why);
ATF_TC_BODY(what_cannot_be_executed_says_why, tc)
{
	struct process_conf	*pc;

	world_runs();
	probe_is("exit 0");
	pc = ids_process(&world.p, inst_id(0).app, 0);
	free(pc->run_argv[RUN_PROBE][0]);
	pc->run_argv[RUN_PROBE][0] = xstrdup("/no/such/probe");
	ask(M_RUN, 0, RUN_PROBE, 30000);
	UNTIL(world.got[K_SUPERVISOR][M_RAN] == 1);
	ATF_CHECK_EQ(STEP_EXEC, ran.step);
	ATF_CHECK_STREQ("exec /no/such/probe: No such file or directory",
	    ran_text);
	world_over();
}

/* It knows which run it is, and whom it is about. */
ATF_TC_WITHOUT_HEAD(it_knows_the_instance);
ATF_TC_BODY(it_knows_the_instance, tc)
{
	world_runs();
	probe("test $OMNITRON_APP = web && "
	    "test $OMNITRON_INSTANCE = 0 && kill -0 $OMNITRON_PID && "
	    "test ${OMNITRON_RUN%.*} = probe", 30000, "");
	world_over();
}

/* Exit status of pgrep(1): 0 there are such processes, 1 there is none. */
static int
pgrep(const char *pattern)
{
	pid_t	 pid;
	int	 status;

	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		execlp("pgrep", "pgrep", "-f", pattern, (char *)NULL);
		_exit(127);
	}
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	ATF_REQUIRE(WIFEXITED(status));
	return (WEXITSTATUS(status));
}

/* Children in sessions of their own, and their children. */
ATF_TC_WITHOUT_HEAD(nothing_is_left_of_one_that_forks);
ATF_TC_BODY(nothing_is_left_of_one_that_forks, tc)
{
	char	 script[512], mark[64];

	snprintf(script, sizeof(script), "n=0; while [ $n -lt 200 ]; do "
	    "setsid sh -c '(setsid sleep 4242.%d &)' & n=$((n + 1)); done; "
	    "exec sleep 4242.%d", (int)getpid(), (int)getpid());
	snprintf(mark, sizeof(mark), "^sleep 4242\\.%d", (int)getpid());
	world_runs();
	probe(script, 2000, "not done within 2s");
	ATF_CHECK_EQ(1, pgrep(mark));
	/* the same of one that does not wait to be killed */
	strstr(script, "exec sleep")[0] = '\0';
	probe(script, 30000, "");
	ATF_CHECK_EQ(1, pgrep(mark));
	/* the instances were spared */
	ATF_CHECK_EQ(0, world.got[K_SUPERVISOR][M_EXITED]);
	world_over();
}

ATF_TC_WITHOUT_HEAD(one_of_a_kind_at_a_time);
ATF_TC_BODY(one_of_a_kind_at_a_time, tc)
{
	world_runs();
	probe_is("sleep 1000");
	ask(M_RUN, 0, RUN_PROBE, 60000);
	ask(M_RUN, 1, RUN_PROBE, 60000);
	UNTIL(world.p.nruns == 2);
	ATF_CHECK(world.why[K_SUPERVISOR] == NULL);
	ask(M_RUN, 0, RUN_PROBE, 60000);
	UNTIL(world.why[K_SUPERVISOR] != NULL);
	run_supervisor_gone(&world.p);
	UNTIL(world.p.nruns == 0);
	world_end();
}

ATF_TC_WITHOUT_HEAD(what_nobody_may_ask_ends_the_channel);
ATF_TC_BODY(what_nobody_may_ask_ends_the_channel, tc)
{
	static const struct {
		uint16_t	 process;
		uint32_t	 kind;
		uint32_t	 timeout_ms;
	} bad[] = {
		{ 0, RUN_HOOK, 1000 }, { 0, RUN_MAX, 1000 },
		{ 0, RUN_PROBE, 0 }, { 0, RUN_PROBE, UINT32_MAX },
		{ 7, RUN_PROBE, 1000 },
	};
	struct m_run	 m;
	size_t		 i;

	world_runs();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(&m, 0, sizeof(m));
		m.inst = inst_id(0);
		m.inst.process = bad[i].process;
		m.kind = bad[i].kind;
		m.timeout_ms = bad[i].timeout_ms;
		peer_send(world.far[K_SUPERVISOR], M_RUN, -1, &m, NULL);
		UNTIL(world.why[K_SUPERVISOR] != NULL);
		kill(world.pid[K_SUPERVISOR], SIGKILL);
		waitpid(world.pid[K_SUPERVISOR], NULL, 0);
		world_child(K_SUPERVISOR);
	}
	ATF_CHECK_EQ(0, world.p.nruns);
	world_end();
}

/* It ended, or is configured otherwise: the request crossed that. */
ATF_TC_WITHOUT_HEAD(one_without_an_instance_is_refused);
ATF_TC_BODY(one_without_an_instance_is_refused, tc)
{
	world_runs();
	ask(M_RUN, 0, RUN_RELOAD, 1000);
	UNTIL(world.got[K_SUPERVISOR][M_RAN] == 1);
	ATF_CHECK_STREQ("not configured any more", ran_text);
	probe_is("exit 0");
	stop(0, 0);
	UNTIL(world.got[K_SUPERVISOR][M_EXITED] == 1);
	ask(M_RUN, 0, RUN_PROBE, 1000);
	UNTIL(world.got[K_SUPERVISOR][M_RAN] == 2);
	ATF_CHECK_STREQ("it does not run", ran_text);
	ATF_CHECK(world.why[K_SUPERVISOR] == NULL);
	world_over();
}

ATF_TC_WITHOUT_HEAD(it_ends_when_told_and_with_its_instance);
ATF_TC_BODY(it_ends_when_told_and_with_its_instance, tc)
{
	world_runs();
	probe_is("sleep 1000");
	ask(M_RUN, 0, RUN_PROBE, 60000);
	UNTIL(world.p.nruns == 1);
	ask(M_RUN_END, 0, RUN_PROBE, 0);
	UNTIL(world.got[K_SUPERVISOR][M_RAN] == 1);
	ATF_CHECK_EQ(RAN_ENDED, ran.flags);
	ATF_CHECK_STREQ("was ended", ran_text);
	/* no RAN of an instance that was told to have exited */
	ask(M_RUN, 0, RUN_PROBE, 60000);
	UNTIL(world.p.nruns == 1);
	stop(0, 0);
	UNTIL(world.got[K_SUPERVISOR][M_EXITED] == 1 && world.p.nruns == 0);
	ATF_CHECK_EQ(1, world.got[K_SUPERVISOR][M_RAN]);
	world_over();
}

/* The next one is another user's; this one's output stays where it is. */
ATF_TC_WITHOUT_HEAD(another_user_is_for_the_next_one);
ATF_TC_BODY(another_user_is_for_the_next_one, tc)
{
	struct process_conf	*pc;
	struct m_inst		 id;
	struct inst		*i;
	int			 out;

	world_runs();
	id = inst_id(0);
	i = inst_find(&world.p, &id);
	ATF_REQUIRE(i != NULL);
	out = i->fifo.app[FIFO_OUT];
	probe_is("exit 0");
	pc = ids_process(&world.p, inst_id(0).app, 0);
	pc->uid++;
	ask(M_RUN, 0, RUN_PROBE, 30000);
	UNTIL(world.got[K_SUPERVISOR][M_RAN] == 1);
	ATF_CHECK_EQ(pc->uid - 1, i->uid);
	ATF_CHECK(out != -1);
	ATF_CHECK_EQ(out, i->fifo.app[FIFO_OUT]);
	world_over();
}

ATF_TC_WITHOUT_HEAD(it_ends_with_the_supervisor);
ATF_TC_BODY(it_ends_with_the_supervisor, tc)
{
	world_runs();
	probe_is("sleep 1000");
	ask(M_RUN, 0, RUN_PROBE, 60000);
	ask(M_RUN, 1, RUN_PROBE, 60000);
	UNTIL(world.p.nruns == 2);
	world_dies(K_SUPERVISOR);
	/* the next one may ask again at once */
	ask(M_RUN, 0, RUN_PROBE, 60000);
	UNTIL(world.p.nruns == 1);
	ATF_CHECK_EQ(0, world.got[K_SUPERVISOR][M_RAN]);
	ATF_CHECK(world.why[K_SUPERVISOR] == NULL);
	world_over();
}

/* As if all but one of those that may were at work. */
ATF_TC_WITHOUT_HEAD(so_many_at_once);
ATF_TC_BODY(so_many_at_once, tc)
{
	world_runs();
	probe_is("exit 0");
	world.p.nruns = RUNS_MAX;
	ask(M_RUN, 0, RUN_PROBE, 60000);
	ask(M_RUN, 1, RUN_PROBE, 60000);
	UNTIL(TAILQ_FIRST(&world.p.runs[RUN_WAITING]) !=
	    TAILQ_LAST(&world.p.runs[RUN_WAITING], runs));
	/* one that waits ends as well */
	ask(M_RUN_END, 1, RUN_PROBE, 0);
	UNTIL(world.got[K_SUPERVISOR][M_RAN] == 1);
	ATF_CHECK_EQ(RAN_ENDED, ran.flags);
	ATF_CHECK(!TAILQ_EMPTY(&world.p.runs[RUN_WAITING]));
	world.p.nruns = 0;
	run_next(&world.p);
	UNTIL(world.got[K_SUPERVISOR][M_RAN] == 2);
	ATF_CHECK_STREQ("", ran_text);
	world_over();
}

/* As if all that may of one app were at work, and none of them ended. */
ATF_TC_WITHOUT_HEAD(one_app_leaves_room_for_others);
ATF_TC_BODY(one_app_leaves_room_for_others, tc)
{
	struct passwd	*pw = getpwuid(getuid());
	struct m_spawn	 m;
	struct app_id	*web;
	char		 more[512];

	ATF_REQUIRE(pw != NULL);
	snprintf(more, sizeof(more), "}\napp \"db\" { before-start "
	    "\"/bin/true\" command \"/bin/sleep\" \"1000\" user \"%s\" "
	    "directory \"/\"\n", pw->pw_name);
	world_web(more);
	spawn(0);
	UNTIL(world.got[K_SUPERVISOR][M_EXECED] == 1);
	web = world.p.id_table[inst_id(0).app];
	web->nruns = RUNS_APP_MAX;
	probe_is("exit 0");
	ask(M_RUN, 0, RUN_PROBE, 60000);
	memset(&m, 0, sizeof(m));
	m.inst.app = ids_by_name(&world.p, "db");
	m.inst.generation = 1;
	peer_send(world.far[K_SUPERVISOR], M_SPAWN, -1, &m, NULL);
	UNTIL(world.got[K_SUPERVISOR][M_EXECED] == 2);
	ATF_CHECK_EQ(STEP_NONE, execed.step);
	ATF_CHECK_EQ(0, world.got[K_SUPERVISOR][M_RAN]);
	web->nruns = 0;
	run_next(&world.p);
	UNTIL(world.got[K_SUPERVISOR][M_RAN] == 1);
	ATF_CHECK_EQ(0, web->nruns);
	ATF_CHECK_EQ(0, world.p.nruns);
	kill(-RB_MAX(pids, &world.p.pids)->pid, SIGKILL);
	kill(-RB_MIN(pids, &world.p.pids)->pid, SIGKILL);
	UNTIL(RB_EMPTY(&world.p.pids));
	world_end();
}

/* ---- before-start ------------------------------------------------------- */

static int
exists(const char *file)
{
	return (access(file, F_OK) == 0);
}

ATF_TC_WITHOUT_HEAD(before_start_comes_first);
ATF_TC_BODY(before_start_comes_first, tc)
{
	char	 cwd[512], more[1024];

	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	snprintf(more, sizeof(more), "before-start \"/bin/sh\" \"-c\" \"until "
	    "test -e %s/go; do sleep 0.05; done\"", cwd);
	world_web(more);
	spawn(0);
	UNTIL(world.p.nruns == 1);
	ATF_CHECK(RB_EMPTY(&world.p.pids));
	ATF_REQUIRE(close(open("go", O_CREAT | O_WRONLY, 0644)) == 0);
	UNTIL(world.got[K_SUPERVISOR][M_EXECED] == 1);
	ATF_CHECK_EQ(STEP_NONE, execed.step);
	ATF_CHECK(exists("go"));
	world_over();
}

ATF_TC_WITHOUT_HEAD(before_start_that_fails_is_a_failed_start);
ATF_TC_BODY(before_start_that_fails_is_a_failed_start, tc)
{
	world_web("before-start \"/bin/sh\" \"-c\" \"exit 3\"");
	spawn(0);
	UNTIL(world.got[K_SUPERVISOR][M_EXITED] == 1);
	ATF_CHECK_EQ(STEP_HOOK, execed.step);
	ATF_CHECK_STREQ("before-start: exit 3", execed_text);
	ATF_CHECK_EQ(0, world.p.nruns);
	world_over();
}

ATF_TC_WITHOUT_HEAD(a_stop_ends_before_start);
ATF_TC_BODY(a_stop_ends_before_start, tc)
{
	world_web("before-start \"/bin/sleep\" \"1000\"");
	spawn(0);
	UNTIL(world.p.nruns == 1);
	stop(0, 30000);
	UNTIL(world.got[K_SUPERVISOR][M_EXITED] == 1);
	ATF_CHECK_STREQ("stopped before it started", execed_text);
	ATF_CHECK_EQ(0, world.p.nruns);
	world_over();
}

ATF_TC_WITHOUT_HEAD(ends_as_text);
ATF_TC_BODY(ends_as_text, tc)
{
	struct m_ran	 m;
	char		 buf[128];

	memset(&m, 0, sizeof(m));
	ATF_CHECK_STREQ("", run_text(&m, 5000, "", buf, sizeof(buf)));
	m.code = 7;
	ATF_CHECK_STREQ("exit 7", run_text(&m, 5000, "", buf, sizeof(buf)));
	m.code = -1;
	m.signal = SIGKILL;
	ATF_CHECK_STREQ("signal SIGKILL", run_text(&m, 5000, "", buf,
	    sizeof(buf)));
	m.step = STEP_EXEC;
	ATF_CHECK_STREQ("exec /x: nothing", run_text(&m, 5000,
	    "exec /x: nothing", buf, sizeof(buf)));
	m.flags = RAN_LATE;
	ATF_CHECK_STREQ("not done within 5s", run_text(&m, 5000, "", buf,
	    sizeof(buf)));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, its_end_is_told);
	ATF_TP_ADD_TC(tp, what_cannot_be_executed_says_why);
	ATF_TP_ADD_TC(tp, it_knows_the_instance);
	ATF_TP_ADD_TC(tp, nothing_is_left_of_one_that_forks);
	ATF_TP_ADD_TC(tp, one_of_a_kind_at_a_time);
	ATF_TP_ADD_TC(tp, what_nobody_may_ask_ends_the_channel);
	ATF_TP_ADD_TC(tp, one_without_an_instance_is_refused);
	ATF_TP_ADD_TC(tp, it_ends_when_told_and_with_its_instance);
	ATF_TP_ADD_TC(tp, another_user_is_for_the_next_one);
	ATF_TP_ADD_TC(tp, it_ends_with_the_supervisor);
	ATF_TP_ADD_TC(tp, so_many_at_once);
	ATF_TP_ADD_TC(tp, one_app_leaves_room_for_others);
	ATF_TP_ADD_TC(tp, before_start_comes_first);
	ATF_TP_ADD_TC(tp, before_start_that_fails_is_a_failed_start);
	ATF_TP_ADD_TC(tp, a_stop_ends_before_start);
	ATF_TP_ADD_TC(tp, ends_as_text);
	return (atf_no_error());
}
