/* The normal form and JSON; the files we ship; the table in the manual. */
#include "common/jsonw.h"
#include "common/xmalloc.h"
#include "regress/unit/parent/conf_fixture.h"

static const char	 everything[] =
    "home \"/h\"\nsocket \"/run/a \\\"b\\\" \\\\c.sock\"\ndeny root\n"
    "monitoring { metrics interval 2500ms }\n"
    "logging { level debug max-size 1000000 max-files 3 mode 0640 }\n"
    "default { env \"D\" \"$x \\\\ \\\" \ttab\" limit core unlimited }\n"
    "app \"a\" { command \"/bin/a b\" \"\" \"\\\\\" 42 directory \"/srv\"\n"
    "\tenv \"A\" \"\" limit cpu 90s limit as 3mb limit nofile 17\n"
    "\tfactor 1.005 initial 0 max 90s jitter 3 umask 0 nice 3 port 80\n"
    "\tsuccess-exit 255, USR1, 1 no-restart-exit 2, 3 depends-on b, c\n"
    "\treload signal HUP\n"
    "\tno-new-privileges no critical yes instances 2 scaling max 9\n"
    "\tenv-file \"/srv/x y.env\" log { level fatal max-size 5mb } }\n"
    "app b { command /bin/b restart never backoff fixed autostart no\n"
    "health http \"http://127.0.0.1/h\" interval 2s status 200-204\n"
    "match \"a \\\"b\\\"\" retries 5 start-grace 3s on-unhealthy report }\n"
    "group \"g\" { strategy rest_for_one\n"
    "app c { command /bin/c restart always backoff linear\n"
    "health exec /bin/p 1 }\n"
    "app d { command /bin/d strategy one_for_all } }\n"
    "group h { app e { command /bin/e } }\n";

static const char	 bootstrap[] =
    "default { env \"D\" \"1\" limit core 0 log level warn }\n"
    "app shop { port 80 critical yes depends-on db umask 027\n"
    "\tenv \"A\" \"app\" limit nofile 64 scaling max 7\n"
    "\tprocess \"http\" { command \"/bin/http d\" \"-p\" 80 instances 2\n"
    "\t\tdepends-on worker, \"cron\" env \"A\" \"own\"\n\t}\n"
    "\tprocess worker { command /bin/worker restart always\n"
    "\t\treload rolling success-exit 3, USR1 no-restart-exit 70 limit nofile 32\n"
    "\t\tdirectory \"/srv/w\" env-file \"/srv/w.env\" nice 5 }\n"
    "\tlog max-size 1mb\n"
    "\tprocess \"cron\" { command /bin/cron\n"
    "\t\treload command \"/bin/re load\" \"-x\" } }\n"
    "app db { process db { command /bin/db } }\n"
    "app one { command /bin/one }\n";

static void
round_trip(const char *text, const struct conf_options *opts)
{
	struct conf	*conf, *again;
	struct app_conf	*app, *other;
	char		*one, *two, *errors;

	conf = load_with(opts, text, &errors);
	ATF_REQUIRE_MSG(conf != NULL, "%s", errors);
	free(errors);
	one = conf_print(conf);
	again = load(one, &errors);
	ATF_REQUIRE_MSG(again != NULL, "%s\n%s", errors, one);
	two = conf_print(again);
	ATF_CHECK_STREQ(one, two);
	TAILQ_FOREACH(app, &conf->apps, entry) {
		other = conf_app(again, app->name);
		ATF_REQUIRE(other != NULL);
		ATF_CHECK(conf_app_same(app, other));
	}
	ATF_CHECK_EQ(conf->metrics_ms, again->metrics_ms);
	ATF_CHECK(memcmp(&conf->log, &again->log, sizeof(conf->log)) == 0);
	free(two);
	free(one);
	conf_free(again);
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(the_normal_form_parses_to_the_same);
ATF_TC_BODY(the_normal_form_parses_to_the_same, tc)
{
	static const struct conf_options	 none;

	round_trip("", &none);
	round_trip("monitoring { metrics no }", &none);
	round_trip(everything, &none);
	round_trip(bootstrap, &none);
}

ATF_TC_WITHOUT_HEAD(the_normal_form_of_root);
ATF_TC_BODY(the_normal_form_of_root, tc)
{
	struct conf	*conf, *again;
	char		*one, *two, *errors;

	if (geteuid() != 0)
		atf_tc_skip("needs root");
	conf = load_as_root("users { supervisor \"daemon\" store \"bin\" "
	    "control \"games\" logger \"news\" }\napp a { command /bin/a "
	    "user nobody group \"daemon\" nice -3 log group \"bin\" }",
	    &errors);
	ATF_REQUIRE_MSG(conf != NULL, "%s", errors);
	one = conf_print(conf);
	ATF_CHECK(strstr(one, "\tcontrol \"games\"\n") != NULL);
	again = load_as_root(one, &errors);
	ATF_REQUIRE_MSG(again != NULL, "%s\n%s", errors, one);
	two = conf_print(again);
	ATF_CHECK_STREQ(one, two);
	ATF_CHECK(conf_app_same(TAILQ_FIRST(&conf->apps),
	    TAILQ_FIRST(&again->apps)));
	free(two);
	free(one);
	conf_free(again);
	conf_free(conf);
}

/* As a word of its own, however it goes on. */
static int
has_word(const char *text, const char *word)
{
	size_t		 n = strlen(word);
	const char	*p;

	for (p = text; (p = strstr(p, word)) != NULL; p += n)
		if ((p == text || strchr(" \t\n", p[-1]) != NULL) &&
		    strchr(" ,\n", p[n]) != NULL)
			return (1);
	return (0);
}

/*
 * Every keyword stands in the normal form, with its value or as one that has
 * none; but for what was resolved into the rest, and what only apps of
 * several processes have.
 */
ATF_TC_WITHOUT_HEAD(the_normal_form_has_every_keyword);
ATF_TC_BODY(the_normal_form_has_every_keyword, tc)
{
	struct conf	*conf = load_app("");
	char		*text = conf_print(conf), want[64];
	int		 kw;

	for (kw = 0; kw < KW_MAX; kw++) {
		if (kw == KW_INCLUDE || kw == KW_DEFAULT || kw == KW_PROCESS ||
		    (keyword_in(kw) & ~(IN_LISTEN | IN_WATCH | IN_HEALTH |
		    IN_SOCKET | IN_JWT | IN_TLS | IN_SECRETS | IN_RULE |
		    IN_ENV | IN_CREDENTIAL)) == 0)
			continue;
		ATF_CHECK_MSG(has_word(text, keyword_word(kw)), "%s",
		    keyword_word(kw));
	}
	snprintf(want, sizeof(want), "\n\tuser \"%s\"\n\tgroup \"",
	    ordinary()->pw_name);
	ATF_CHECK_MSG(strstr(text, want) != NULL, "%s", text);
	ATF_CHECK(strstr(text, "\t# none: before-start, env, env-file, credential, limit, "
	    "listen, port, depends-on, no-restart-exit, reload, health, "
	    "max-memory, watch, log group\n") != NULL);
	free(text);
	conf_free(conf);
	/* the policy of all apps also where there is no app */
	conf = load_ok("supervision { max-restarts 7 }");
	text = conf_print(conf);
	ATF_CHECK(strstr(text, "\nsupervision { strategy one_for_one "
	    "restart on-failure max-restarts 7 window 1m ") != NULL);
	free(text);
	conf_free(conf);
}

/* What we ship, with its macros set to a user that is there. */
ATF_TC_WITHOUT_HEAD(the_files_we_ship_are_valid);
ATF_TC_BODY(the_files_we_ship_are_valid, tc)
{
	static const char *const files[] = {
		"/etc/omnitrond.conf", "/etc/examples/web.conf",
		"/etc/examples/workers.conf", "/etc/examples/user.conf",
		"/etc/examples/shop.conf", "/etc/examples/greeter.conf",
	};
	char			*macros[4] = { NULL };
	struct conf_options	 opts = { .macros = macros };
	char			*path, *text;
	size_t			 i;

	xasprintf(&macros[0], "user=%s", ordinary()->pw_name);
	xasprintf(&macros[1], "web_user=%s", ordinary()->pw_name);
	xasprintf(&macros[2], "cache_user=%s", ordinary()->pw_name);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		xasprintf(&path, SRCDIR "%s", files[i]);
		text = slurp(path);
		round_trip(text, &opts);
		free(text);
		free(path);
	}
	for (i = 0; i < 3; i++)
		free(macros[i]);
}

/* The commented statements of the system's file are examples, too. */
ATF_TC_WITHOUT_HEAD(the_examples_in_comments_are_valid);
ATF_TC_BODY(the_examples_in_comments_are_valid, tc)
{
	char		*text = slurp(SRCDIR "/etc/omnitrond.conf"), *c;
	char		*errors, *rest;
	struct conf	*conf;

	for (c = text; *c != '\0'; c++)
		if (*c == '#' && (c == text || c[-1] == '\n') && c[1] != ' ' &&
		    c[1] != '\n' && strncmp(c, "#include", 8) != 0)
			*c = ' ';
	conf = load_as_root(text, &errors);
	/* Users, groups and keys may not exist here; all else is right. */
	rest = errors;
	while (conf == NULL && (c = strsep(&rest, "\n")) != NULL)
		ATF_CHECK_MSG(*c == '\0' || strstr(c, "is no user") != NULL ||
		    strstr(c, "are no users") != NULL ||
		    strstr(c, "there is no group") != NULL ||
		    strstr(c, "is not in group") != NULL ||
		    (strstr(c, "/etc/omnitron/") != NULL &&
		    strstr(c, ": No such file or directory") != NULL) ||
		    strstr(c, "is not the user") != NULL, "%s", c);
	if (conf != NULL)
		ATF_CHECK_EQ(conf->napps, 2);
	conf_free(conf);
	free(errors);
	free(text);
}

/* The parent links no JSON reader, and neither does this test. */
ATF_TC_WITHOUT_HEAD(json_by_the_names_of_the_manual);
ATF_TC_BODY(json_by_the_names_of_the_manual, tc)
{
	static const char *const parts[] = {
		"{\"file\":\"t.conf\",\"home\":\"/h\",\"socketPath\":"
		    "\"/run/a \\\"b\\\" \\\\c.sock\",\"sockets\":[],"
		    "\"host\":null,\"port\":null,\"httpPort\":null,"
		    "\"listen\":[],\"jwt\":null,\"tls\":null,\"cors\":[],"
		    "\"secrets\":{\"provider\":\"file\",\"path\":"
		    "\"/h/secrets.enc\",\"key\":\"/h/secrets.key\","
		    "\"passphraseEnv\":null,\"prefix\":null},\"pidFile\":"
		    "\"/h/daemon.pid\",\"stateFile\":\"/h/state.json\","
		    "\"logDir\":\"/h/logs\",\"runDir\":\"/h/run\","
		    "\"role\":\"master\",\"denyRoot\":true,",
		"\"monitoring\":{\"metrics\":{\"enabled\":true,"
		    "\"intervalMs\":2500},\"health\":{"
		    "\"intervalMs\":15000,\"timeoutMs\":5000,"
		    "\"concurrency\":64}}",
		"\"logging\":{\"mode\":\"0640\",\"maxSize\":1000000,"
		    "\"maxFiles\":3,\"level\":\"debug\",\"format\":\"text\"}",
		"\"groups\":[{\"name\":\"g\",\"strategy\":\"rest_for_one\"},"
		    "{\"name\":\"h\",\"strategy\":\"one_for_one\"}],",
		"\"apps\":[{\"name\":\"a\",\"mode\":\"classic\","
		    "\"appGroup\":null,\"command\":"
		    "[\"/bin/a b\",\"\",\"\\\\\",\"42\"],"
		    "\"beforeStart\":null,\"directory\":\"/srv\"",
		"\"umask\":\"000\",\"env\":{\"D\":\"$x \\\\ \\\" \\ttab\","
		    "\"A\":\"\"},\"envFile\":\"/srv/x y.env\",\"credentials\":[],"
		    "\"limits\":{",
		"\"core\":\"unlimited\"", "\"as\":3145728", "\"cpu\":90",
		"\"nofile\":17", "\"noNewPrivileges\":false,\"instances\":2,"
		    "\"scalingMax\":9,\"port\":80,\"autostart\":true,"
		    "\"critical\":true,\"dependsOn\":[\"b\",\"c\"],"
		    "\"strategy\":\"one_for_one\",\"restart\":\"on-failure\",\"maxRestarts\":5,"
		    "\"window\":60000,\"backoff\":\"exponential\","
		    "\"initial\":0,\"max\":90000,\"factor\":1.005,"
		    "\"jitter\":3,\"successExit\":[0,1,255,\"SIGUSR1\"],"
		    "\"noRestartExit\":[2,3],\"stopSignal\":\"SIGTERM\","
		    "\"stopTimeout\":10000,\"ready\":\"exec\","
		    "\"reload\":\"signal SIGHUP\","
		    "\"channel\":false,\"notifyAccess\":\"main\",\"watchdog\":0,"
		    "\"watchdogGrace\":0,\"watchdogSignal\":\"SIGABRT\","
		    "\"startupTimeout\":30000,\"health\":null,"
		    "\"minUptime\":0,\"maxMemory\":null,"
		    "\"oneshot\":false,\"watch\":null,\"log\":{\"group\":null,",
		"\"maxSize\":5242880,\"maxFiles\":3,\"level\":\"fatal\"",
		"\"name\":\"d\",\"mode\":\"classic\",\"appGroup\":\"g\",",
		"\"strategy\":\"one_for_all\"",
		"\"health\":{\"type\":\"http\",\"url\":\"http://127.0.0.1/h\","
		    "\"status\":\"200-204\",\"match\":\"a \\\"b\\\"\","
		    "\"interval\":2000,\"timeout\":5000,\"retries\":5,"
		    "\"startGrace\":3000,\"onUnhealthy\":\"report\"}",
		"\"health\":{\"type\":\"exec\",\"command\":[\"/bin/p\",\"1\"],"
		    "\"interval\":15000,",
		"\"name\":\"b\"", "\"port\":null,\"autostart\":false",
	};
	struct conf	*conf = load_ok(everything);
	struct jsonw	 w;
	size_t		 i;

	jsonw_init(&w, 0);
	conf_json(conf, &w);
	ATF_REQUIRE(jsonw_done(&w) == 0);
	jsonw_raw(&w, "", 1);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		ATF_CHECK_MSG(strstr(w.buf, parts[i]) != NULL, "%s\nnot in\n%s",
		    parts[i], w.buf);
	jsonw_free(&w);
	conf_free(conf);
}

/* An app of processes says what is its own, each process all the rest. */
ATF_TC_WITHOUT_HEAD(the_normal_form_of_processes);
ATF_TC_BODY(the_normal_form_of_processes, tc)
{
	static const char *const parts[] = {
		"\napp \"shop\" {\n\tport 80\n\tautostart yes\n"
		    "\tcritical yes\n\tdepends-on \"db\"\n"
		    "\tstrategy one_for_one\n\tlog { ",
		" }\n\t# none: log group\n\tprocess \"http\" {\n"
		    "\t\tcommand \"/bin/http d\" \"-p\" \"80\"\n",
		"\t\tumask 027\n\t\tenv \"D\" \"1\"\n"
		    "\t\tenv \"A\" \"own\"\n",
		"\t\tinstances 2\n\t\tscaling max 7\n"
		    "\t\tdepends-on \"worker\", \"cron\"\n",
		"\t\t# none: before-start, env-file, credential, listen, "
		    "no-restart-exit, reload, health, max-memory, "
		    "watch\n"
		    "\t}\n\tprocess \"worker\" {\n"
		    "\t\tcommand \"/bin/worker\"\n",
		"\n\t}\n\tprocess \"cron\" {\n",
		"\n\t}\n}\n\napp \"db\" {\n\tautostart yes\n",
		"\n\t}\n}\n\napp \"one\" {\n\tcommand \"/bin/one\"\n",
	};
	struct conf	*conf = load_ok(bootstrap);
	char		*text = conf_print(conf), *at = text;
	size_t		 i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		at = strstr(at, parts[i]);
		ATF_REQUIRE_MSG(at != NULL, "%s\nnot (or too early) in\n%s",
		    parts[i], text);
	}
	/* an app that is one process has no block of it */
	ATF_CHECK(strstr(at, "process") == NULL);
	free(text);
	conf_free(conf);
}

/* The parts in their order. */
static void
json_has(const char *json, const char *const *parts, size_t n)
{
	const char	*at = json;
	size_t		 i;

	for (i = 0; i < n; i++) {
		at = strstr(at, parts[i]);
		ATF_REQUIRE_MSG(at != NULL, "%s\nnot (or too early) in\n%s",
		    parts[i], json);
		at += strlen(parts[i]);
	}
}

ATF_TC_WITHOUT_HEAD(json_of_processes);
ATF_TC_BODY(json_of_processes, tc)
{
	static const char *const parts[] = {
		"{\"logPaths\":{\"app\":\"", "/shop.log\"},\"config\":{"
		    "\"name\":\"shop\",\"mode\":\"bootstrap\","
		    "\"appGroup\":null,\"port\":80,"
		    "\"autostart\":true,\"critical\":true,"
		    "\"dependsOn\":[\"db\"],"
		    "\"strategy\":\"one_for_one\",\"log\":{",
		"\"level\":\"warn\",\"format\":\"text\"},\"processes\":[{"
		    "\"name\":\"http\",\"command\":[\"/bin/http d\",\"-p\","
		    "\"80\"],",
		"\"umask\":\"027\",\"env\":{\"D\":\"1\",\"A\":\"own\"},",
		"\"instances\":2,\"scalingMax\":7,"
		    "\"dependsOn\":[\"worker\",\"cron\"],"
		    "\"restart\":\"on-failure\",",
		"\"minUptime\":0,\"maxMemory\":null,"
		    "\"oneshot\":false,\"watch\":null},"
		    "{\"name\":\"worker\",",
		"\"directory\":\"/srv/w\"",
		"\"dependsOn\":[],\"restart\":\"always\"",
		"\"successExit\":[0,3,\"SIGUSR1\"],\"noRestartExit\":[70]",
		"},{\"name\":\"cron\",",
		    "\"oneshot\":false,\"watch\":null}]}}",
	};
	struct conf	*conf = load_ok(bootstrap);
	struct jsonw	 w;
	char		*end;

	jsonw_init(&w, 0);
	conf_app_json(conf, conf_app(conf, "shop"), &w);
	ATF_REQUIRE(jsonw_done(&w) == 0);
	jsonw_raw(&w, "", 1);
	json_has(w.buf, parts, sizeof(parts) / sizeof(parts[0]));
	/* of the app: nothing that a process says */
	ATF_REQUIRE((end = strstr(w.buf, "\"processes\"")) != NULL);
	*end = '\0';
	ATF_CHECK_MSG(strstr(w.buf, "\"umask\"") == NULL, "%s", w.buf);
	ATF_CHECK_MSG(strstr(w.buf, "\"command\"") == NULL, "%s", w.buf);
	jsonw_free(&w);
	jsonw_init(&w, 0);
	conf_app_json(conf, conf_app(conf, "one"), &w);
	jsonw_raw(&w, "", 1);
	ATF_CHECK(strstr(w.buf, "\"mode\":\"classic\"") != NULL);
	ATF_CHECK(strstr(w.buf, "\"processes\"") == NULL);
	jsonw_free(&w);
	conf_free(conf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, the_normal_form_parses_to_the_same);
	ATF_TP_ADD_TC(tp, the_normal_form_of_root);
	ATF_TP_ADD_TC(tp, the_normal_form_has_every_keyword);
	ATF_TP_ADD_TC(tp, the_files_we_ship_are_valid);
	ATF_TP_ADD_TC(tp, the_examples_in_comments_are_valid);
	ATF_TP_ADD_TC(tp, json_by_the_names_of_the_manual);
	ATF_TP_ADD_TC(tp, the_normal_form_of_processes);
	ATF_TP_ADD_TC(tp, json_of_processes);
	return (atf_no_error());
}
