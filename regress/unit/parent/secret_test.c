/* Secrets of a spawn: asked for, waited for, given to the process, wiped. */
#include <fcntl.h>

#include "omnitrond/parent/conf_parse.h"
#include "omnitrond/parent/fifo.h"
#include "omnitrond/parent/inst.h"
#include "omnitrond/parent/run.h"
#include "regress/unit/parent/boundary.h"

#define ASKS_MAX	8

static struct {
	uint64_t	 id;
	char		 key[NAME_SIZE];
}			 asks[ASKS_MAX];	/* of the secrets process */
static unsigned		 nasks;
static struct m_execed	 execed;		/* the last EXECED */
static char		 text[TEXT_MAX + 1];
static struct m_ran	 ran;

static void
sees(enum kind k, struct msg *m)
{
	struct m_secret_ask	 ask;
	const uint8_t		*tail;
	size_t			 len;

	if (m->type == M_SECRET_ASK && nasks < ASKS_MAX) {
		msg_take(m, &ask, sizeof(ask));
		asks[nasks].id = ask.id;
		msg_take_str(m, asks[nasks++].key, NAME_SIZE);
		ATF_CHECK_EQ(0, msg_end(m));
	} else if (m->type == M_EXECED) {
		msg_take(m, &execed, sizeof(execed));
		tail = msg_take_rest(m, &len);
		memcpy(text, tail, len);
		text[len] = '\0';
	} else if (m->type == M_RAN) {
		msg_take(m, &ran, sizeof(ran));
		msg_take_str(m, text, sizeof(text));
	}
}

static struct process_conf *
process(void)
{
	struct process_conf	*pc;

	pc = ids_process(&world.p, ids_by_name(&world.p, "web"), 0);
	ATF_REQUIRE(pc != NULL);
	return (pc);
}

static void
uses(const char *variable, const char *key)
{
	struct env	*env = xcalloc(1, sizeof(*env));

	env->name = xstrdup(variable);
	env->value = xstrdup(key);
	env->kind = ENV_SECRET;
	TAILQ_INSERT_TAIL(&process()->env, env, entry);
}

static void
has_file(const char *name, const char *key)
{
	struct cred_conf	*c = xcalloc(1, sizeof(*c));

	c->name = xstrdup(name);
	c->key = xstrdup(key);
	TAILQ_INSERT_TAIL(&process()->creds, c, entry);
}

static char	 out[PATH_SIZE + 8];	/* what the app writes */

/* One app `web', which is this shell command. */
static void
world_web(const char *script)
{
	struct passwd	*pw = getpwuid(getuid());
	char		 conf[2048], err[TEXT_MAX], cwd[PATH_SIZE];

	ATF_REQUIRE(pw != NULL && getcwd(cwd, sizeof(cwd)) != NULL);
	snprintf(out, sizeof(out), "%s/said", cwd);
	snprintf(conf, sizeof(conf), "app \"web\" { command \"/bin/sh\" "
	    "\"-c\" \"%s\" user \"%s\" directory \"%s\" }\n", script,
	    pw->pw_name, cwd);
	world_new(conf);
	world.sees = sees;
	free(world.p.conf->home);
	xasprintf(&world.p.conf->home, "/test/%d", (int)getpid());
	free(world.p.conf->rundir);
	/* not in the test's own folder: that is in /tmp */
	xasprintf(&world.p.conf->rundir, "%s/secret.%d",
	    getenv("OMNITRON_SCRATCH") != NULL ?
	    getenv("OMNITRON_SCRATCH") : cwd, (int)getpid());
	snprintf(world.p.appsdir, sizeof(world.p.appsdir), "%s/apps",
	    world.p.conf->rundir);
	ATF_REQUIRE_EQ_MSG(0, inst_cred_open(&world.p, err, sizeof(err)),
	    "%s", err);
	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_NOFILE, &world.p.nofile));
	world.p.fifodir = fifo_rundir(cwd, err, sizeof(err));
	ATF_REQUIRE_MSG(world.p.fifodir != -1, "%s", err);
	reap_init(&world.p);
	world.p.child[K_SECRETS].committed = 1;
	nasks = 0;
}

static void
web_end(void)
{
	char	 path[PATH_SIZE + 32];

	snprintf(path, sizeof(path), "%s", world.p.creddir);
	inst_cred_close(&world.p);
	ATF_CHECK_EQ_MSG(-1, access(path, F_OK), "%s is left", path);
	rmdir(world.p.conf->rundir);
	world_end();
}

static struct m_inst
inst_id(void)
{
	struct m_inst	 id;

	memset(&id, 0, sizeof(id));
	id.app = ids_by_name(&world.p, "web");
	id.generation = 1;
	return (id);
}

static struct inst *
inst(void)
{
	struct m_inst	 id = inst_id();

	return (inst_find(&world.p, &id));
}

static void
spawn(void)
{
	struct m_spawn	 m;

	memset(&m, 0, sizeof(m));
	m.inst = inst_id();
	peer_send(world.far[K_SUPERVISOR], M_SPAWN, -1, &m, NULL);
}

static void
stop(void)
{
	struct m_stop	 m;

	memset(&m, 0, sizeof(m));
	m.inst = inst_id();
	m.signal = SIGTERM;
	m.timeout_ms = 5000;
	peer_send(world.far[K_SUPERVISOR], M_STOP, -1, &m, NULL);
}

static void
told(uint64_t id, enum outcome outcome, const char *value, size_t len)
{
	struct m_secret_told	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.outcome = outcome;
	peer_send_raw(world.far[K_SECRETS], M_SECRET_TOLD, -1, &m, value, len);
}

static void
tell(unsigned n, const char *value)
{
	ATF_REQUIRE(n < nasks);
	told(asks[n].id, OUT_OK, value, strlen(value));
}

static unsigned
exits(void)
{
	return (world.got[K_SUPERVISOR][M_EXITED]);
}

static void
acknowledge(void)
{
	struct m_inst	 id = inst_id();

	peer_send(world.far[K_SUPERVISOR], M_EXIT_ACK, -1, &id, NULL);
	UNTIL(inst() == NULL || inst()->state == INST_IDLE);
}

static void
wrote(const char *want)
{
	char	 buf[512];
	FILE	*f = fopen(out, "r");
	size_t	 n;

	ATF_REQUIRE_MSG(f != NULL, "it wrote nothing");
	n = fread(buf, 1, sizeof(buf) - 1, f);
	fclose(f);
	buf[n] = '\0';
	ATF_CHECK_STREQ(want, buf);
	unlink(out);
}

/* Two variables of one key are one question. */
ATF_TC_WITHOUT_HEAD(a_spawn_waits_for_all_of_them);
ATF_TC_BODY(a_spawn_waits_for_all_of_them, tc)
{
	world_web("echo $A $B $C > said");
	uses("A", "a");
	uses("B", "b");
	uses("C", "a");
	spawn();
	UNTIL(nasks == 2);
	ATF_CHECK_STREQ("a", asks[0].key);
	ATF_CHECK_STREQ("b", asks[1].key);
	ATF_CHECK_EQ(INST_ASKING, inst()->state);
	tell(1, "two");
	UNTIL(secret_value(inst()->secrets, "b", &(size_t){ 0 }) != NULL);
	ATF_CHECK_EQ(INST_ASKING, inst()->state);
	ATF_CHECK_EQ(0, world.got[K_SUPERVISOR][M_SPAWNED]);
	tell(0, "one");
	UNTIL(exits() == 1);
	wrote("one two one\n");
	ATF_CHECK(inst()->secrets == NULL);
	ATF_CHECK(RB_EMPTY(&world.p.secret_asks));
	/* each spawn asks anew */
	acknowledge();
	spawn();
	UNTIL(nasks == 4);
	ATF_CHECK(asks[2].id > asks[1].id);
	tell(2, "1");
	tell(3, "2");
	UNTIL(exits() == 2);
	wrote("1 2 1\n");
	web_end();
}

static void
fails(const char *why)
{
	UNTIL(exits() >= 1);
	ATF_CHECK_EQ(STEP_SECRET, execed.step);
	ATF_CHECK_STREQ(why, text);
	ATF_CHECK(inst()->secrets == NULL);
	ATF_CHECK(RB_EMPTY(&world.p.secret_asks));
	ATF_CHECK(world.why[K_SECRETS] == NULL);
}

ATF_TC_WITHOUT_HEAD(one_that_is_not_set_fails_the_spawn);
ATF_TC_BODY(one_that_is_not_set_fails_the_spawn, tc)
{
	world_web("echo > said");
	uses("A", "a");
	uses("B", "db");
	spawn();
	UNTIL(nasks == 2);
	told(asks[1].id, OUT_NOT_FOUND, "", 0);
	fails("secret 'db' is not set: omnitronctl secret set db");
	/* the other's answer comes too late, and that is no violation */
	tell(0, "one");
	told(asks[1].id, OUT_OK, "x", 1);
	world_turn();
	world_turn();
	ATF_CHECK(world.why[K_SECRETS] == NULL);
	web_end();
}

ATF_TC_WITHOUT_HEAD(a_reason_is_told_without_control_characters);
ATF_TC_BODY(a_reason_is_told_without_control_characters, tc)
{
	static const char	 why[] = "wrong\033[2J key";

	world_web("echo > said");
	uses("A", "a");
	spawn();
	UNTIL(nasks == 1);
	told(asks[0].id, OUT_FAILED, why, sizeof(why) - 1);
	fails("secret 'a': wrong?[2J key");
	web_end();
}

ATF_TC_WITHOUT_HEAD(an_answer_to_no_question_is_a_violation);
ATF_TC_BODY(an_answer_to_no_question_is_a_violation, tc)
{
	world_web("echo > said");
	uses("A", "a");
	spawn();
	UNTIL(nasks == 1);
	told(asks[0].id + 1, OUT_OK, "x", 1);
	UNTIL(world.why[K_SECRETS] != NULL);
	ATF_CHECK_STREQ("malformed", world.why[K_SECRETS]);
	stop();
	UNTIL(exits() == 1);
	web_end();
}

ATF_TC_WITHOUT_HEAD(a_value_with_nul_is_no_variable);
ATF_TC_BODY(a_value_with_nul_is_no_variable, tc)
{
	world_web("echo > said");
	uses("A", "a");
	spawn();
	UNTIL(nasks == 1);
	told(asks[0].id, OUT_OK, "o\0e", 3);
	UNTIL(exits() == 1);
	ATF_CHECK_STREQ("env A: its value has a NUL, as only a credential "
	    "can", text);
	web_end();
}

/* Nothing of the wait is left; the process is not started later. */
ATF_TC_WITHOUT_HEAD(a_stop_ends_the_wait);
ATF_TC_BODY(a_stop_ends_the_wait, tc)
{
	world_web("echo > said");
	uses("A", "a");
	spawn();
	UNTIL(nasks == 1);
	stop();
	UNTIL(exits() == 1);
	ATF_CHECK_STREQ("stopped before it started", text);
	ATF_CHECK(RB_EMPTY(&world.p.secret_asks));
	tell(0, "one");
	acknowledge();
	ATF_CHECK_EQ(-1, access(out, F_OK));
	ATF_CHECK_EQ(0, world.got[K_SUPERVISOR][M_SPAWNED]);
	web_end();
}

/* The keeper dies: the next one is asked, when it has its configuration. */
ATF_TC_WITHOUT_HEAD(a_new_keeper_is_asked_again);
ATF_TC_BODY(a_new_keeper_is_asked_again, tc)
{
	world_web("echo $A > said");
	uses("A", "a");
	spawn();
	UNTIL(nasks == 1);
	world.p.needed |= KB(SECRETS);
	world_dies(K_SECRETS);
	world.p.child[K_SECRETS].committed = 0;
	world_turn();
	ATF_CHECK_EQ(1, nasks);
	feed_commit(&world.p, K_SECRETS, 1);
	UNTIL(nasks == 2);
	ATF_CHECK_EQ(asks[0].id, asks[1].id);
	tell(1, "one");
	UNTIL(exits() == 1);
	wrote("one\n");
	web_end();
}

/* It is bounded, also when there is nobody to ask. */
ATF_TC(the_wait_is_bounded);
ATF_TC_HEAD(the_wait_is_bounded, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(the_wait_is_bounded, tc)
{
	struct mono	 begin = mono_now();

	world_web("echo > said");
	uses("A", "a");
	spawn();
	UNTIL(nasks == 1);
	fails("secret 'a': no answer within 10 seconds; see the log of "
	    "omnitrond");
	ATF_CHECK(mono_diff_ms(mono_now(), begin) >= 9900);
	tell(0, "one");
	world_turn();
	ATF_CHECK(world.why[K_SECRETS] == NULL);
	web_end();
}

/* The supervisor dies: the start goes on, and the next one is told. */
ATF_TC_WITHOUT_HEAD(a_new_supervisor_finds_it_waiting);
ATF_TC_BODY(a_new_supervisor_finds_it_waiting, tc)
{
	world_web("echo $A > said; exec sleep 1000");
	uses("A", "a");
	spawn();
	UNTIL(nasks == 1);
	world_dies(K_SUPERVISOR);
	adopt_replay(&world.p);
	UNTIL(world.got[K_SUPERVISOR][M_ALIVE] == 1);
	tell(0, "one");
	UNTIL(world.got[K_SUPERVISOR][M_EXECED] == 1);
	ATF_CHECK_EQ(STEP_NONE, execed.step);
	UNTIL(access(out, F_OK) == 0);
	stop();
	UNTIL(exits() == 1);
	web_end();
}

/* It leaves the configuration while it waits. */
ATF_TC_WITHOUT_HEAD(one_that_left_is_not_started);
ATF_TC_BODY(one_that_left_is_not_started, tc)
{
	struct conf	*old = world.p.conf, *conf;
	char		*errors;

	world_web("echo > said");
	uses("A", "a");
	spawn();
	UNTIL(nasks == 1);
	old = world.p.conf;
	world_conf("");
	conf = conf_load(&world.p.options, &errors);
	ATF_REQUIRE_MSG(conf != NULL, "%s", errors);
	ids_assign(&world.p, conf);
	ids_switch(&world.p, conf);
	world.p.conf = conf;
	conf_free(old);
	tell(0, "one");
	UNTIL(exits() == 1);
	ATF_CHECK_STREQ("not configured any more", text);
	web_end();
}

/* ---- commands ----------------------------------------------------------- */

static void
command_is(enum run_kind kind, const char *script)
{
	char	*argv[4];

	argv[0] = xstrdup("/bin/sh");
	argv[1] = xstrdup("-c");
	argv[2] = xstrdup(script);
	argv[3] = NULL;
	process()->run_argv[kind] = argv_dup(argv);
}

ATF_TC_WITHOUT_HEAD(what_runs_before_it_has_them_too);
ATF_TC_BODY(what_runs_before_it_has_them_too, tc)
{
	world_web("echo app $A >> said");
	uses("A", "a");
	command_is(RUN_HOOK, "echo hook $A > said");
	spawn();
	UNTIL(nasks == 1);
	ATF_CHECK_EQ(INST_HOOKING, inst()->state);
	tell(0, "one");
	UNTIL(nasks == 2);
	tell(1, "two");
	UNTIL(exits() == 1);
	wrote("hook one\napp two\n");
	/* and one that is not set fails it */
	acknowledge();
	spawn();
	UNTIL(nasks == 3);
	told(asks[2].id, OUT_NOT_FOUND, "", 0);
	UNTIL(exits() == 2);
	ATF_CHECK_EQ(STEP_HOOK, execed.step);
	ATF_CHECK_STREQ("before-start: secret 'a' is not set: omnitronctl "
	    "secret set a", text);
	/* a stop while its hook asks */
	acknowledge();
	spawn();
	UNTIL(nasks == 4);
	stop();
	UNTIL(exits() == 3);
	ATF_CHECK_STREQ("stopped before it started", text);
	ATF_CHECK(RB_EMPTY(&world.p.secret_asks));
	ATF_CHECK(TAILQ_EMPTY(&world.p.runs[RUN_WAITING]));
	web_end();
}

static void
run(enum run_kind kind)
{
	struct m_run	 m;

	memset(&m, 0, sizeof(m));
	m.inst = inst_id();
	m.kind = kind;
	m.timeout_ms = 20000;
	peer_send(world.far[K_SUPERVISOR], M_RUN, -1, &m, NULL);
}

/* One that waits for its values holds up no other. */
ATF_TC_WITHOUT_HEAD(reloads_and_probes_have_them_too);
ATF_TC_BODY(reloads_and_probes_have_them_too, tc)
{
	world_web("exec sleep 1000");
	spawn();
	UNTIL(world.got[K_SUPERVISOR][M_EXECED] == 1);
	command_is(RUN_PROBE, "exit 0");
	command_is(RUN_RELOAD, "echo $A > said");
	uses("A", "a");
	run(RUN_RELOAD);
	UNTIL(nasks == 1);
	run(RUN_PROBE);
	UNTIL(nasks == 2);
	tell(1, "x");
	UNTIL(world.got[K_SUPERVISOR][M_RAN] == 1);
	ATF_CHECK_EQ(RUN_PROBE, ran.kind);
	ATF_CHECK_EQ(0, ran.step);
	tell(0, "one");
	UNTIL(world.got[K_SUPERVISOR][M_RAN] == 2);
	ATF_CHECK_EQ(RUN_RELOAD, ran.kind);
	wrote("one\n");
	run(RUN_RELOAD);
	UNTIL(nasks == 3);
	stop();
	UNTIL(exits() == 1);
	ATF_CHECK(RB_EMPTY(&world.p.secret_asks));
	tell(2, "late");
	world_turn();
	ATF_CHECK(world.why[K_SECRETS] == NULL);
	web_end();
}

/* ---- credentials -------------------------------------------------------- */

ATF_TC_WITHOUT_HEAD(credentials_are_there_while_it_runs);
ATF_TC_BODY(credentials_are_there_while_it_runs, tc)
{
	char	 path[PATH_SIZE + 32];

	/* all of it is there at once */
	world_web("cat $CREDENTIALS_DIRECTORY/db > part; echo >> part; "
	    "mv part said; exec sleep 1000");
	has_file("db", "db-password");
	command_is(RUN_HOOK, "cat $CREDENTIALS_DIRECTORY/db > hook");
	spawn();
	UNTIL(nasks == 1);
	ATF_CHECK_STREQ("db-password", asks[0].key);
	tell(0, "one");
	UNTIL(nasks == 2);
	tell(1, "two");
	UNTIL(world.got[K_SUPERVISOR][M_EXECED] == 1);
	UNTIL(access(out, F_OK) == 0);
	snprintf(path, sizeof(path), "%s/web:web:0/db", world.p.creddir);
	ATF_CHECK_EQ(0, access(path, F_OK));
	/* a probe is pointed at those that are there */
	command_is(RUN_PROBE, "cat $CREDENTIALS_DIRECTORY/db > probe");
	run(RUN_PROBE);
	UNTIL(nasks == 3);
	tell(2, "three");
	UNTIL(world.got[K_SUPERVISOR][M_RAN] == 1);
	ATF_CHECK_EQ_MSG(0, ran.code, "%s", text);
	stop();
	UNTIL(exits() == 1);
	ATF_CHECK_EQ(-1, access(path, F_OK));
	wrote("two\n");
	strlcpy(out, "hook", sizeof(out));
	wrote("one");
	strlcpy(out, "probe", sizeof(out));
	wrote("two");
	web_end();
}

/* A start that fails later leaves none; a sweep keeps those that live. */
ATF_TC_WITHOUT_HEAD(none_are_left_by_a_failed_start);
ATF_TC_BODY(none_are_left_by_a_failed_start, tc)
{
	char	 path[PATH_SIZE + 32];

	world_web("exec sleep 1000");
	has_file("db", "db-password");
	snprintf(path, sizeof(path), "%s/web:web:0", world.p.creddir);
	uses("A", "a");
	spawn();
	UNTIL(nasks == 2);
	told(asks[0].id, OUT_OK, "\0", 1);
	tell(1, "x");
	UNTIL(exits() == 1);
	ATF_CHECK_EQ(-1, access(path, F_OK));
	acknowledge();
	spawn();
	UNTIL(nasks == 4);
	tell(2, "x");
	tell(3, "x");
	UNTIL(world.got[K_SUPERVISOR][M_EXECED] == 2);
	ATF_REQUIRE_EQ(0, mkdirat(world.p.creds, "gone:gone:0", 0700));
	ATF_REQUIRE_EQ(0, mkdirat(world.p.creds, "web:web:1", 0700));
	ATF_REQUIRE_EQ(0, mkdirat(world.p.creds, "nonsense", 0700));
	inst_cred_sweep(&world.p);
	ATF_CHECK_EQ(0, access(path, F_OK));
	stop();
	UNTIL(exits() == 2);
	web_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_spawn_waits_for_all_of_them);
	ATF_TP_ADD_TC(tp, one_that_is_not_set_fails_the_spawn);
	ATF_TP_ADD_TC(tp, a_reason_is_told_without_control_characters);
	ATF_TP_ADD_TC(tp, an_answer_to_no_question_is_a_violation);
	ATF_TP_ADD_TC(tp, a_value_with_nul_is_no_variable);
	ATF_TP_ADD_TC(tp, a_stop_ends_the_wait);
	ATF_TP_ADD_TC(tp, a_new_keeper_is_asked_again);
	ATF_TP_ADD_TC(tp, the_wait_is_bounded);
	ATF_TP_ADD_TC(tp, a_new_supervisor_finds_it_waiting);
	ATF_TP_ADD_TC(tp, one_that_left_is_not_started);
	ATF_TP_ADD_TC(tp, what_runs_before_it_has_them_too);
	ATF_TP_ADD_TC(tp, reloads_and_probes_have_them_too);
	ATF_TP_ADD_TC(tp, credentials_are_there_while_it_runs);
	ATF_TP_ADD_TC(tp, none_are_left_by_a_failed_start);
	return (atf_no_error());
}
