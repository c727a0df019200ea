/* Apps of several processes: what their blocks mean, and what is wrong. */
#include <sys/resource.h>

#include <signal.h>

#include "regress/unit/parent/conf_fixture.h"

static struct process_conf *
process(const struct app_conf *app, const char *name)
{
	struct process_conf	*pc;

	ATF_REQUIRE(app != NULL);
	ATF_REQUIRE_MSG((pc = conf_process(app, name)) != NULL, "%s", name);
	return (pc);
}

/* "A=1 B=2", in their order. */
static const char *
envs(const struct process_conf *pc)
{
	static char	 buf[512];
	struct env	*env;
	size_t		 len = 0;

	buf[0] = '\0';
	TAILQ_FOREACH(env, &pc->env, entry)
		len += (size_t)snprintf(buf + len, sizeof(buf) - len,
		    "%s%s=%s", len > 0 ? " " : "", env->name, env->value);
	return (buf);
}

ATF_TC_WITHOUT_HEAD(an_app_of_two_processes);
ATF_TC_BODY(an_app_of_two_processes, tc)
{
	struct conf		*conf;
	struct app_conf		*app;
	struct process_conf	*http, *worker;

	conf = load_ok("app shop {\n\tport 80 critical yes autostart no\n"
	    "\tprocess \"http\" {\n\t\tcommand \"/bin/http\" \"-p\" 80\n"
	    "\t\tdepends-on worker\n\t\tinstances 2\n\t}\n"
	    "\tprocess worker { command /bin/worker nice 3 }\n"
	    "\tdepends-on db\n}\napp db { command /bin/db }");
	app = conf_app(conf, "shop");
	ATF_REQUIRE(app != NULL);
	ATF_CHECK_EQ(app->bootstrap, 1);
	ATF_CHECK_EQ(app->nprocesses, 2);
	ATF_CHECK_EQ(app->port, 80);
	ATF_CHECK_EQ(app->flags, APP_CRITICAL);
	ATF_CHECK_STREQ(TAILQ_FIRST(&app->deps)->name, "db");
	http = process(app, "http");
	worker = process(app, "worker");
	ATF_CHECK(TAILQ_FIRST(&app->processes) == http);
	ATF_CHECK(TAILQ_NEXT(http, entry) == worker);
	ATF_CHECK(TAILQ_NEXT(worker, entry) == NULL);
	ATF_CHECK(conf_process(app, "shop") == NULL);
	ATF_CHECK(conf_process(app, "") == NULL);
	ATF_CHECK_STREQ(http->argv[0], "/bin/http");
	ATF_CHECK_STREQ(http->argv[2], "80");
	ATF_CHECK_STREQ(TAILQ_FIRST(&http->deps)->name, "worker");
	ATF_CHECK(TAILQ_EMPTY(&worker->deps));
	ATF_CHECK_EQ(http->policy.instances, 2);
	ATF_CHECK_EQ(worker->policy.instances, 1);
	ATF_CHECK_EQ(http->nice, 0);
	ATF_CHECK_EQ(worker->nice, 3);
	/* what nobody says is the list's, for each of them */
	ATF_CHECK_EQ(worker->umask, 022);
	ATF_CHECK_EQ(worker->no_new_privs, 1);
	ATF_CHECK_EQ(worker->policy.stop_signal, SIGTERM);
	ATF_CHECK_EQ(worker->policy.success_codes[0], 1);
	ATF_CHECK_EQ(worker->uid, ordinary()->pw_uid);
	ATF_CHECK_EQ(worker->policy.uid, ordinary()->pw_uid);
	ATF_CHECK_STREQ(worker->home, ordinary()->pw_dir);
	ATF_CHECK(worker->ngroups >= 1);
	/* the other is what an app without blocks always was */
	ATF_CHECK_STREQ(only(conf_app(conf, "db"))->name, "db");
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(one_block_makes_a_bootstrap_app);
ATF_TC_BODY(one_block_makes_a_bootstrap_app, tc)
{
	struct conf	*conf = load_ok("app a { process a { command /a } }");
	struct app_conf	*app = conf_app(conf, "a");

	ATF_CHECK_EQ(app->bootstrap, 1);
	ATF_CHECK_EQ(app->nprocesses, 1);
	ATF_CHECK_STREQ(process(app, "a")->argv[0], "/a");
	conf_free(conf);
}

/* Behind the blocks or before them: what an app says holds for them all. */
static const char	 heirs[] =
    "supervision { window 7s max-restarts 2 restart never }\n"
    "app a {\n"
    "\tumask 077 window 6s stop-signal INT success-exit 9 max-restarts 4\n"
    "\tdirectory \"/app\" instances 3 no-restart-exit 70\n"
    "\tprocess x { command /bin/x }\n"
    "\tprocess y { command /bin/y umask 027 window 5s stop-signal HUP\n"
    "\t\tsuccess-exit 8, USR1 directory \"/y\" instances 1\n"
    "\t\trestart always max-restarts 0 no-restart-exit 71 }\n"
    "\tscaling max 5 env-file \"/app.env\"\n"
    "}\n"
    "default { window 8s nice 2 umask 007 stop-timeout 3s }\n";

ATF_TC_WITHOUT_HEAD(a_process_inherits_what_it_does_not_say);
ATF_TC_BODY(a_process_inherits_what_it_does_not_say, tc)
{
	struct conf		*conf = load_ok(heirs);
	struct app_conf		*app = conf_app(conf, "a");
	struct process_conf	*x = process(app, "x"), *y = process(app, "y");

	ATF_CHECK_EQ(x->umask, 077);
	ATF_CHECK_EQ(x->policy.window_ms, 6000);
	ATF_CHECK_EQ(x->policy.stop_signal, SIGINT);
	ATF_CHECK_EQ(x->policy.success_codes[0], 1);
	ATF_CHECK_EQ(x->policy.success_codes[1], 1 << 1);
	ATF_CHECK_EQ(x->policy.success_signals, 0);
	ATF_CHECK_EQ(x->policy.norestart_codes[70 / 8], 1 << 70 % 8);
	ATF_CHECK_EQ(x->policy.max_restarts, 4);
	ATF_CHECK_EQ(x->policy.instances, 3);
	ATF_CHECK_STREQ(x->directory, "/app");
	/* behind its block, in default, and in supervision */
	ATF_CHECK_EQ(x->policy.scaling_max, 5);
	ATF_CHECK_STREQ(x->env_file, "/app.env");
	ATF_CHECK_EQ(x->nice, 2);
	ATF_CHECK_EQ(x->policy.stop_timeout_ms, 3000);
	ATF_CHECK_EQ(x->policy.policy, RESTART_NEVER);

	ATF_CHECK_EQ(y->umask, 027);
	ATF_CHECK_EQ(y->policy.window_ms, 5000);
	ATF_CHECK_EQ(y->policy.stop_signal, SIGHUP);
	ATF_CHECK_EQ(y->policy.success_codes[1], 1);
	ATF_CHECK_EQ(y->policy.success_signals, UINT64_C(1) << SIGUSR1);
	ATF_CHECK_EQ(y->policy.norestart_codes[71 / 8], 1 << 71 % 8);
	ATF_CHECK_EQ(y->policy.max_restarts, 0);
	ATF_CHECK_EQ(y->policy.instances, 1);
	ATF_CHECK_STREQ(y->directory, "/y");
	ATF_CHECK_EQ(y->policy.policy, RESTART_ALWAYS);
	ATF_CHECK_EQ(y->nice, 2);
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(variables_and_limits_are_inherited_one_by_one);
ATF_TC_BODY(variables_and_limits_are_inherited_one_by_one, tc)
{
	struct conf		*conf;
	struct process_conf	*x, *y;

	conf = load_ok("default { env D d env S def env T def\n"
	    "\tlimit core 0 limit nofile 10 }\n"
	    "app a { env A a env S top limit nofile 20 limit as 1mb\n"
	    "\tprocess x { command /bin/x }\n"
	    "\tprocess y { command /bin/y env Y y env S own\n"
	    "\t\tlimit nofile 30 limit cpu 5s } env T top }");
	x = process(conf_app(conf, "a"), "x");
	y = process(conf_app(conf, "a"), "y");
	ATF_CHECK_STREQ(envs(x), "D=d A=a S=top T=top");
	ATF_CHECK_STREQ(envs(y), "D=d A=a T=top Y=y S=own");
	ATF_CHECK_EQ(x->limits[RLIMIT_NOFILE].value, 20);
	ATF_CHECK_EQ(x->limits[RLIMIT_AS].value, 1024 * 1024);
	ATF_CHECK_EQ(x->limits[RLIMIT_CORE].set, 1);
	ATF_CHECK_EQ(x->limits[RLIMIT_CPU].set, 0);
	ATF_CHECK_EQ(y->limits[RLIMIT_NOFILE].value, 30);
	ATF_CHECK_EQ(y->limits[RLIMIT_AS].value, 1024 * 1024);
	ATF_CHECK_EQ(y->limits[RLIMIT_CORE].set, 1);
	ATF_CHECK_EQ(y->limits[RLIMIT_CPU].value, 5);
	conf_free(conf);
}

/* Dependencies are no setting to inherit: those of the app are on apps. */
ATF_TC_WITHOUT_HEAD(dependencies_are_not_inherited);
ATF_TC_BODY(dependencies_are_not_inherited, tc)
{
	struct conf	*conf;
	struct app_conf	*app;

	conf = load_ok("app x { command /bin/x }\n"
	    "app a { depends-on x process x { command /bin/x }\n"
	    "process y { command /bin/y depends-on x\ndepends-on z }\n"
	    "process z { command /bin/z depends-on x } }");
	app = conf_app(conf, "a");
	ATF_CHECK_STREQ(TAILQ_FIRST(&app->deps)->name, "x");
	ATF_CHECK(TAILQ_EMPTY(&process(app, "x")->deps));
	ATF_CHECK_STREQ(TAILQ_FIRST(&process(app, "y")->deps)->name, "x");
	ATF_CHECK_STREQ(TAILQ_LAST(&process(app, "y")->deps, deps)->name,
	    "z");
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(the_names_of_processes_are_an_apps_own);
ATF_TC_BODY(the_names_of_processes_are_an_apps_own, tc)
{
	struct conf	*conf;

	conf = load_ok("name = w\n"
	    "app a { process $name { command /a/w }\n"
	    "process all { command /a/all } process a { command /a/a } }\n"
	    "app b { process w { command /b/w }\n"
	    "process a { command /b/a depends-on w } }");
	ATF_CHECK_STREQ(process(conf_app(conf, "a"), "w")->argv[0], "/a/w");
	ATF_CHECK_STREQ(process(conf_app(conf, "b"), "w")->argv[0], "/b/w");
	ATF_CHECK_EQ(conf_app(conf, "a")->nprocesses, 3);
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(each_process_may_be_another_user);
ATF_TC_BODY(each_process_may_be_another_user, tc)
{
	struct conf	*conf;
	struct app_conf	*app;
	char		*errors;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	conf = load_as_root("app a { user nobody\nprocess x { command /x }\n"
	    "process y { command /y user root group \"daemon\" } }", &errors);
	ATF_REQUIRE_MSG(conf != NULL, "%s", errors);
	app = conf_app(conf, "a");
	ATF_CHECK_EQ(process(app, "x")->uid, getpwnam("nobody")->pw_uid);
	ATF_CHECK_EQ(process(app, "x")->gid, getpwnam("nobody")->pw_gid);
	ATF_CHECK_EQ(process(app, "y")->uid, 0);
	ATF_CHECK_EQ(process(app, "y")->policy.uid, 0);
	ATF_CHECK(process(app, "y")->gid != 0);
	conf_free(conf);
	ATF_CHECK(load_as_root("app a {\nprocess x { command /x }\n"
	    "process y { command /y user nobody }\n}", &errors) == NULL);
	ATF_CHECK_EQ(count_lines(errors), 1);
	ATF_CHECK_MSG(strstr(errors, "t.conf:2: app a: process x: user is "
	    "missing") != NULL, "%s", errors);
	free(errors);
	ATF_CHECK(load_as_root("deny root\napp a {\nuser root\n"
	    "process x { command /x }\n}", &errors) == NULL);
	ATF_CHECK_MSG(strstr(errors, "t.conf:4: app a: process x: user "
	    "\"root\" is root, which deny root forbids") != NULL, "%s",
	    errors);
	free(errors);
}

/* ---- mistakes ----------------------------------------------------------- */

/* Each is one error, with its place. */
static const struct {
	const char	*text;
	const char	*error;
} mistakes[] = {
	{ "app a {\nprocess x { }\n}", "t.conf:2: app a: process x: command "
	    "is missing: command \"/path/of/program\"" },
	{ "app a {\ncommand /bin/a\nprocess x { command /bin/x }\n}",
	    "t.conf:2: app a: command stands beside process blocks: each of "
	    "them has its own" },
	{ "app a {\nprocess x { command /bin/x }\ncommand /bin/a\n}",
	    "t.conf:3: app a: command stands beside process blocks" },
	{ "app a {\ncommand /bin/a\nprocess x { nice 3 }\n}",
	    "t.conf:2: app a: command stands beside process blocks" },
	{ "app a { process x { command /bin/x }\n"
	    "process y { command /bin/y }\nprocess x { command /bin/z } }",
	    "t.conf:3: app a: process x is defined twice (the other is at "
	    "t.conf:1)" },
	{ "app a { process x { command /bin/x }\n"
	    "process wrk { command /bin/x depends-on work }\n"
	    "process worker { command /bin/x } }",
	    "t.conf:2: app a: process wrk depends on \"work\", which is not "
	    "a process of the same app; did you mean \"wrk\"?" },
	/* an app is none, and a process is no app */
	{ "app b { command /bin/b }\napp a {\n"
	    "process x { command /bin/x depends-on bbbbb } }",
	    "t.conf:3: app a: process x depends on \"bbbbb\", which is not a "
	    "process of the same app\n" },
	{ "app bbbbb { command /bin/b }\napp a {\n"
	    "process x { command /bin/x depends-on bbbbb } }",
	    "t.conf:3: app a: process x depends on \"bbbbb\", which is not a "
	    "process of the same app\n" },
	{ "app a { depends-on xxxxx process xxxxx { command /bin/x } }",
	    "t.conf:1: app a depends on \"xxxxx\", which is not configured" },
	{ "app a { process x { command /bin/x depends-on x } }",
	    "t.conf:1: app a: process x depends on itself" },
	{ "app a {\nprocess x { command /bin/x depends-on y }\n"
	    "process y { command /bin/y depends-on z }\n"
	    "process z { command /bin/z depends-on x }\n}",
	    "t.conf:2: processes depend on each other in a circle: x -> y -> "
	    "z -> x\n" },
	{ "app a {\nprocess x { command /bin/x depends-on \"a b\" }\n}",
	    "t.conf:2: depends-on: \"a b\" cannot be a name" },
	{ "app a { process x { command /x } process y { command /bin/y\n"
	    "depends-on x, x } }",
	    "t.conf:2: depends-on: \"x\" is named twice" },
	{ "app a {\nprocess \"\" { command /bin/x }\n}",
	    "t.conf:2: process: \"\" cannot be a name: 1 to 64 letters" },
	{ "app a {\nprocess \"x/y\" { command /bin/x }\n}",
	    "t.conf:2: process: \"x/y\" cannot be a name" },
	{ "app a {\nprocess \"..\" { command /bin/x }\n}",
	    "t.conf:2: process: \"..\" cannot be a name" },
	{ "app a {\nprocess \"-x\" { command /bin/x }\n}",
	    "t.conf:2: process: \"-x\" cannot be a name" },
	{ "app a {\nprocess \"x:y\" { command /bin/x }\n}",
	    "t.conf:2: process: \"x:y\" cannot be a name" },
	{ "app a {\nprocess { command /bin/x }\n}",
	    "t.conf:2: process takes NAME { ... }, but { follows" },
	{ "app a {\nprocess user { command /bin/x }\n}",
	    "t.conf:2: process takes NAME { ... }, but the keyword \"user\" "
	    "follows (if it is meant as a value, quote it)" },
	{ "app a {\nprocess x command /bin/x\n}",
	    "t.conf:2: \"command\" cannot stand here" },
	{ "app a {\nprocess $gone { command /bin/x }\n"
	    "process y { command /bin/y depends-on gone }\n}",
	    "t.conf:2: macro \"gone\" is not defined" },
	/* of the app as a whole */
	{ "app a { process x { command /bin/x\nautostart no } }",
	    "t.conf:2: \"autostart\" cannot stand in a process block: it "
	    "belongs in default, app\n" },
	{ "app a { process x { command /bin/x\ncritical yes } }",
	    "t.conf:2: \"critical\" cannot stand in a process block" },
	{ "app a { process x { command /bin/x\nport 80 } }",
	    "t.conf:2: \"port\" cannot stand in a process block: it belongs "
	    "in app, listen\n" },
	{ "app a { process x { command /bin/x\nlog level warn } }",
	    "t.conf:2: \"log\" cannot stand in a process block" },
	{ "app a { process x { command /bin/x\nlog { level warn } } }",
	    "t.conf:2: \"log\" cannot stand in a process block" },
	{ "app a { process x { command /bin/x\nprocess y { command /y } } }",
	    "t.conf:2: \"process\" cannot stand in a process block: it "
	    "belongs in app\n" },
	/* in other blocks and outside */
	{ "process x { command /bin/x }", "t.conf:1: \"process\" cannot stand "
	    "outside of a block: it belongs in app\n" },
	{ "default {\nprocess x { command /bin/x }\n}", "t.conf:2: "
	    "\"process\" cannot stand in a default block: it belongs in "
	    "app\n" },
	{ "app z { command /bin/z }\napp a { process x { command /bin/x\n"
	    "\n}", "t.conf:2: the { of this line is not closed by a } before "
	    "the end of the file" },
	{ "app a { command /bin/a log { process x { command /bin/x } } }",
	    "t.conf:1: \"process\" cannot stand in a log block" },
	/* values */
	{ "app a { process x { command x } }", "t.conf:1: command: \"x\" is "
	    "not an absolute path" },
	{ "app a { process x { command /bin/x\ncommand /bin/y } }",
	    "t.conf:2: command is given twice in this block (first on line "
	    "1)" },
	{ "app a { umask 022 process x { command /bin/x umask 022\n"
	    "umask 027 } }", "t.conf:2: umask is given twice in this block "
	    "(first on line 1)" },
	{ "app a { process x { command /bin/x\nusr nobody } }",
	    "t.conf:2: unknown keyword \"usr\" in a process block; did you "
	    "mean \"user\"?" },
	{ "app a { scaling max 2\nprocess x { command /bin/x\n"
	    "instances 3 } }", "t.conf:3: app a: process x: instances 3 is "
	    "more than scaling max 2" },
	{ "app a { instances 3 scaling max 2\nprocess x { command /bin/x } }",
	    "t.conf:2: app a: process x: instances 3 is more than scaling "
	    "max 2" },
	{ "app a { initial 5s\nprocess x { command /bin/x\nmax 1s } }",
	    "t.conf:3: app a: process x: max 1s is less than initial 5s" },
	{ "app a { success-exit 7\nprocess x { command /bin/x\n"
	    "no-restart-exit 7 } }", "t.conf:3: app a: process x: exit 7 is "
	    "in success-exit and in no-restart-exit" },
	{ "app a { process x { command /bin/x\nnice -1 } }",
	    "t.conf:2: app a: process x: nice -1: only root can" },
	{ "app a { process x { command /bin/x\nuser \"no-such\" } }",
	    "t.conf:2: app a: process x: there is no user \"no-such\"" },
	{ "app a { process x { command /bin/x\ngroup \"no-such\" } }",
	    "t.conf:2: app a: process x: there is no group \"no-such\"" },
	{ "app a { process x { command /bin/x\nmin-uptime 31s } }",
	    "t.conf:2: app a: process x: min-uptime 31s is longer than "
	    "startup-timeout 30s" },
};

ATF_TC_WITHOUT_HEAD(each_mistake_is_named_once);
ATF_TC_BODY(each_mistake_is_named_once, tc)
{
	char	*errors;
	size_t	 i;

	for (i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		load_fails(mistakes[i].text, mistakes[i].error);
		if (load(mistakes[i].text, &errors) != NULL)
			continue;	/* it was told */
		ATF_CHECK_MSG(count_lines(errors) == 1, "%s\n%s",
		    mistakes[i].text, errors);
		free(errors);
	}
}

/* A } too few is where the next app begins; more errors follow from it. */
ATF_TC_WITHOUT_HEAD(an_unclosed_block_is_found);
ATF_TC_BODY(an_unclosed_block_is_found, tc)
{
	static const char	 text[] = "app a {\n\tprocess x {\n"
				    "\t\tcommand /bin/x\n}\n"
				    "app b { command /bin/b }\n";

	load_fails(text, "t.conf:5: \"app\" cannot stand in an app block: it "
	    "belongs outside of blocks; is a } missing above?");
	load_fails(text, "t.conf:1: the { of this line is not closed");
}

/* After an error it goes on in the same block, or in the one around it. */
ATF_TC_WITHOUT_HEAD(all_mistakes_are_found_in_one_run);
ATF_TC_BODY(all_mistakes_are_found_in_one_run, tc)
{
	static const char	 text[] =
	    "app a {\n"
	    "\tumask 9\n"				/* 2 */
	    "\tprocess x {\n"
	    "\t\tcomand \"/bin/x\"\n"			/* 4 */
	    "\t\thealth http \"x\" {\n"			/* 5 */
	    "\t\t\tinterval 3s\n"
	    "\t\t}\n"
	    "\t\tnice 99\n"				/* 8 */
	    "\t\tport 80\n"				/* 9 */
	    "\t\tuser\n"
	    "\t}\n"					/* 11 */
	    "\tprocess y {\n"				/* 12: no command */
	    "\t\trestart often\n"			/* 13 */
	    "\t}\n"
	    "\tprocess z { command /z depends-on w }\n"	/* 15 */
	    "\tport no\n"				/* 16 */
	    "}\n"
	    "app b { bogus\n"				/* 18 */
	    "\tprocess p { command /p depends-on v } }\n"
	    "app c { comand /c }\n";			/* 20 */
	static const int	 lines[] = { 2, 4, 5, 8, 9, 11, 13, 16, 18,
				    20, 12, 15 };

	load_fails_at(text, lines, sizeof(lines) / sizeof(lines[0]));
}

/* What a mistyped block may have defined is not reported as missing. */
ATF_TC_WITHOUT_HEAD(nothing_follows_from_a_block_that_was_skipped);
ATF_TC_BODY(nothing_follows_from_a_block_that_was_skipped, tc)
{
	char	*errors;

	ATF_REQUIRE(load("app a {\nprocss x {\ncommand /x\n}\n"
	    "process y { command /y depends-on x }\n}", &errors) == NULL);
	ATF_CHECK_STREQ(errors, "t.conf:2: unknown keyword \"procss\" in an "
	    "app block; did you mean \"process\"?\n");
	free(errors);
	if (geteuid() != 0)
		return;
	ATF_REQUIRE(load_as_root("app a {\nusr nobody\n"
	    "process y { command /y }\n}", &errors) == NULL);
	ATF_CHECK_STREQ(errors, "t.conf:2: unknown keyword \"usr\" in an app "
	    "block; did you mean \"user\"?\n");
	free(errors);
}

ATF_TC_WITHOUT_HEAD(an_app_has_a_bounded_number_of_processes);
ATF_TC_BODY(an_app_has_a_bounded_number_of_processes, tc)
{
	struct conf	*conf;
	char		*text = NULL, *errors;
	size_t		 size = 0;
	FILE		*f = open_memstream(&text, &size);
	unsigned int	 i;

	ATF_REQUIRE(f != NULL);
	fprintf(f, "app a {\n");
	for (i = 0; i < PROCESSES_MAX; i++)
		fprintf(f, "process p%u { command /bin/p }\n", i);
	fflush(f);
	ATF_REQUIRE(asprintf(&errors, "%s}", text) != -1);
	conf = load_ok(errors);
	ATF_CHECK_EQ(conf_app(conf, "a")->nprocesses, PROCESSES_MAX);
	conf_free(conf);
	free(errors);
	fprintf(f, "process more { command /bin/p }\n"
	    "process evenmore { command /bin/p }\n}");
	fclose(f);
	ATF_REQUIRE(load(text, &errors) == NULL);
	ATF_CHECK_STREQ(errors, "t.conf:258: app a: more than 256 "
	    "processes\n");
	free(errors);
	free(text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, an_app_of_two_processes);
	ATF_TP_ADD_TC(tp, one_block_makes_a_bootstrap_app);
	ATF_TP_ADD_TC(tp, a_process_inherits_what_it_does_not_say);
	ATF_TP_ADD_TC(tp, variables_and_limits_are_inherited_one_by_one);
	ATF_TP_ADD_TC(tp, dependencies_are_not_inherited);
	ATF_TP_ADD_TC(tp, the_names_of_processes_are_an_apps_own);
	ATF_TP_ADD_TC(tp, each_process_may_be_another_user);
	ATF_TP_ADD_TC(tp, each_mistake_is_named_once);
	ATF_TP_ADD_TC(tp, an_unclosed_block_is_found);
	ATF_TP_ADD_TC(tp, all_mistakes_are_found_in_one_run);
	ATF_TP_ADD_TC(tp, nothing_follows_from_a_block_that_was_skipped);
	ATF_TP_ADD_TC(tp, an_app_has_a_bounded_number_of_processes);
	return (atf_no_error());
}
