/* What a reload restarts, and what applies in place. */
#include "regress/unit/parent/conf_fixture.h"

static const struct {
	const char	*before;
	const char	*after;
	int		 respawn;
	const char	*diff;
} changes[] = {
	{ "", "", 0, "" },
	{ "env \"A\" \"1\" env \"B\" \"2\"",
	    "env \"B\" \"2\" env \"A\" \"1\"", 0, "" },
	{ "", "env \"A\" \"1\"", 1, "env" },
	{ "env \"A\" \"1\"", "env \"A\" \"2\"", 1, "env" },
	{ "env \"A\" \"1\"", "", 1, "env" },
	{ "env-file \"/a\"", "env-file \"/b\"", 1, "env-file" },
	{ "directory \"/a\"", "directory \"/b\"", 1, "directory" },
	{ "umask 022", "umask 027", 1, "umask" },
	{ "", "nice 3", 1, "nice" },
	{ "", "no-new-privileges no", 1, "no-new-privileges" },
	{ "", "limit core 0", 1, "limit" },
	{ "limit core 0", "limit core 1", 1, "limit" },
	{ "limit core 0", "limit nofile 0", 1, "limit" },
	{ "", "umask 077 env \"X\" \"\" critical yes", 1,
	    "umask, env, critical" },
	{ "", "instances 2", 0, "instances" },
	{ "", "scaling max 2", 0, "scaling max" },
	{ "", "port 80", 0, "port" },
	{ "port 80", "", 0, "port" },
	{ "", "autostart no", 0, "autostart" },
	{ "", "critical yes", 0, "critical" },
	{ "", "restart always", 0, "restart" },
	{ "", "max-restarts 1", 0, "max-restarts" },
	{ "", "window 1s", 0, "window" },
	{ "", "backoff fixed", 0, "backoff" },
	{ "", "initial 2s", 0, "initial" },
	{ "", "max 2s", 0, "max" },
	{ "", "factor 2.001", 0, "factor" },
	{ "", "jitter 1", 0, "jitter" },
	{ "", "success-exit 0", 0, "" },
	{ "", "success-exit 1", 0, "success-exit" },
	{ "", "success-exit INT", 0, "success-exit" },
	{ "", "no-restart-exit 1", 0, "no-restart-exit" },
	{ "", "stop-signal INT", 0, "stop-signal" },
	{ "", "stop-timeout 1s", 0, "stop-timeout" },
	{ "", "reload rolling", 0, "reload" },
	{ "reload restart", "reload signal HUP", 0, "reload" },
	{ "reload signal 1", "reload signal HUP", 0, "" },
	{ "", "reload command \"/x\"", 0, "reload" },
	{ "reload command \"/x\"", "reload command \"/x\" 1", 0, "reload" },
	{ "", "startup-timeout 1s", 0, "startup-timeout" },
	{ "", "min-uptime 1s", 0, "min-uptime" },
	{ "", "depends-on z", 0, "depends-on" },
	{ "", "strategy one_for_all", 0, "strategy" },
	{ "depends-on z, y", "depends-on y, z", 0, "depends-on" },
	{ "", "log level warn", 0, "log level" },
	{ "", "log max-size 1mb max-files 2 mode 0640", 0,
	    "log mode, log max-size, log max-files" },
};

ATF_TC_WITHOUT_HEAD(each_setting_has_its_effect);
ATF_TC_BODY(each_setting_has_its_effect, tc)
{
	struct conf	*a, *b;
	struct app_conf	*x, *y;
	char		 buf[256], *one, *two;
	size_t		 i;

	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		ATF_REQUIRE(asprintf(&one, "app a { command /bin/a\n%s }\n"
		    "app z { command /bin/z }\napp y { command /bin/y }",
		    changes[i].before) != -1);
		ATF_REQUIRE(asprintf(&two, "\n\napp y { command /bin/y }\n"
		    "app z { command /bin/z }\napp a { command /bin/a\n%s }",
		    changes[i].after) != -1);
		a = load_ok(one);
		b = load_ok(two);
		x = conf_app(a, "a");
		y = conf_app(b, "a");
		ATF_CHECK_STREQ(conf_app_diff(x, y, buf, sizeof(buf)),
		    changes[i].diff);
		ATF_CHECK_EQ_MSG(conf_app_respawn(x, y), changes[i].respawn,
		    "%s", two);
		ATF_CHECK_EQ(conf_app_respawn(y, x), changes[i].respawn);
		ATF_CHECK_EQ(conf_app_same(x, y), changes[i].diff[0] == '\0');
		if (changes[i].diff[0] != '\0')
			ATF_CHECK(conf_app_hash(x) != conf_app_hash(y));
		ATF_CHECK_EQ(conf_app_hash(conf_app(a, "z")),
		    conf_app_hash(conf_app(b, "z")));
		conf_free(a);
		conf_free(b);
		free(one);
		free(two);
	}
}

ATF_TC_WITHOUT_HEAD(a_command_is_compared_word_by_word);
ATF_TC_BODY(a_command_is_compared_word_by_word, tc)
{
	static const char *const commands[] = {
		"/bin/a", "/bin/b", "/bin/a \"\"", "/bin/a \"b c\"",
		"/bin/a \"b\" \"c\"",
	};
	struct conf	*conf[5];
	char		*text;
	size_t		 i, j;

	for (i = 0; i < 5; i++) {
		ATF_REQUIRE(asprintf(&text, "app a { command %s }",
		    commands[i]) != -1);
		conf[i] = load_ok(text);
		free(text);
	}
	for (i = 0; i < 5; i++)
		for (j = 0; j < 5; j++)
			ATF_CHECK_EQ(conf_app_respawn(conf_app(conf[i], "a"),
			    conf_app(conf[j], "a")), i != j);
	for (i = 0; i < 5; i++)
		conf_free(conf[i]);
}

ATF_TC_WITHOUT_HEAD(a_user_is_compared_by_what_it_resolves_to);
ATF_TC_BODY(a_user_is_compared_by_what_it_resolves_to, tc)
{
	struct conf	*a = load_app(""), *b = load_app("");
	struct app_conf	*x = conf_app(a, "a"), *y = conf_app(b, "a");
	struct process_conf *pc = only(y);
	char		 buf[64];

	ATF_REQUIRE(conf_app_same(x, y));
	pc->uid++;
	ATF_CHECK_STREQ(conf_app_diff(x, y, buf, sizeof(buf)), "user");
	ATF_CHECK(conf_app_respawn(x, y));
	pc->uid--;
	pc->groups[0]++;
	ATF_CHECK_STREQ(conf_app_diff(x, y, buf, sizeof(buf)), "group");
	ATF_CHECK(conf_app_respawn(x, y));
	conf_free(a);
	conf_free(b);
}

ATF_TC_WITHOUT_HEAD(a_group_is_part_of_an_app);
ATF_TC_BODY(a_group_is_part_of_an_app, tc)
{
	static const char *const texts[] = {
		"app a { command /bin/a }",
		"group g { app a { command /bin/a } }",
		"group h { app a { command /bin/a } }",
		"group g { strategy one_for_all app a { command /bin/a } }",
	};
	struct conf	*conf[4];
	char		 buf[64];
	size_t		 i, j;

	for (i = 0; i < 4; i++)
		conf[i] = load_ok(texts[i]);
	for (i = 0; i < 4; i++)
		for (j = 0; j < 4; j++)
			ATF_CHECK_STREQ(i == j ? "" : "group of apps",
			    conf_app_diff(conf_app(conf[i], "a"),
			    conf_app(conf[j], "a"), buf, sizeof(buf)));
	for (i = 0; i < 4; i++)
		conf_free(conf[i]);
}

/* ---- apps of several processes ------------------------------------------ */

#define X	"process x { command /bin/x } "
#define Y	"process y { command /bin/y } "

static const struct {
	const char	*before;
	const char	*after;
	int		 respawn;
	const char	*diff;
} processes[] = {
	{ X Y, X Y, 0, "" },
	{ X Y, Y X, 0, "" },
	{ X, X Y, 0, "y added" },
	{ X Y, Y, 0, "x removed" },
	{ X, Y, 0, "x removed, y added" },
	{ X Y, X "process y { command /bin/y env \"A\" \"1\" }", 1, "y env" },
	{ X Y, "env \"A\" \"1\" " X Y, 1, "x env, y env" },
	{ X Y, "env \"A\" \"1\" " X, 1, "x env, y removed" },
	{ X Y, X "process y { command /bin/z umask 077 }", 1,
	    "y command, y umask" },
	{ X Y, X "process y { command /bin/y instances 2 }", 0,
	    "y instances" },
	{ X Y, "scaling max 3 " X Y, 0, "x scaling max, y scaling max" },
	{ X Y, X "process y { command /bin/y depends-on x }", 0,
	    "y depends-on" },
	{ X Y, X Y "depends-on z", 0, "depends-on" },
	{ X Y, "port 80 critical yes log level warn " X Y, 0,
	    "port, critical, log level" },
	{ X Y, "autostart no restart never " X, 0,
	    "autostart, x restart, y removed" },
	/* one mode and the other */
	{ "command /bin/a", X Y, 0, "mode, a removed, x added, y added" },
	{ "command /bin/a", "process a { command /bin/a }", 0, "mode" },
	{ "command /bin/a", "process a { command /bin/b } " X, 1,
	    "mode, a command, x added" },
	{ "command /bin/a port 1", "process a { command /bin/a }", 0,
	    "mode, port" },
};

static void
differ(const struct app_conf *x, const struct app_conf *y, size_t i)
{
	char	 buf[256];
	int	 same = processes[i].diff[0] == '\0';

	ATF_CHECK_STREQ(conf_app_diff(x, y, buf, sizeof(buf)),
	    processes[i].diff);
	ATF_CHECK_EQ_MSG(conf_app_respawn(x, y), processes[i].respawn, "%s",
	    processes[i].after);
	ATF_CHECK_EQ(conf_app_respawn(y, x), processes[i].respawn);
	ATF_CHECK_EQ(conf_app_same(x, y), same);
	ATF_CHECK_EQ(conf_app_same(y, x), same);
	ATF_CHECK_EQ(conf_app_same(x, x), 1);
	ATF_CHECK_EQ(conf_app_respawn(x, x), 0);
	if (!same)
		ATF_CHECK_MSG(conf_app_hash(x) != conf_app_hash(y), "%s",
		    processes[i].after);
}

ATF_TC_WITHOUT_HEAD(processes_come_go_and_change);
ATF_TC_BODY(processes_come_go_and_change, tc)
{
	struct conf	*a, *b;
	char		*one, *two;
	size_t		 i;

	for (i = 0; i < sizeof(processes) / sizeof(processes[0]); i++) {
		ATF_REQUIRE(asprintf(&one, "app a { %s }\n"
		    "app z { command /bin/z }", processes[i].before) != -1);
		ATF_REQUIRE(asprintf(&two, "app z { command /bin/z }\n"
		    "app a {\n%s }", processes[i].after) != -1);
		a = load_ok(one);
		b = load_ok(two);
		differ(conf_app(a, "a"), conf_app(b, "a"), i);
		conf_free(a);
		conf_free(b);
		free(one);
		free(two);
	}
}

/* Only what runs and is changed is restarted, not its neighbours. */
ATF_TC_WITHOUT_HEAD(a_restart_is_a_processes_own);
ATF_TC_BODY(a_restart_is_a_processes_own, tc)
{
	struct conf	*a, *b;
	struct app_conf	*x, *y;

	a = load_ok("app a { " X Y "}");
	b = load_ok("app a { " X "process y { command /bin/y nice 1 } }");
	x = conf_app(a, "a");
	y = conf_app(b, "a");
	ATF_CHECK_EQ(conf_process_respawn(conf_process(x, "x"),
	    conf_process(y, "x")), 0);
	ATF_CHECK_EQ(conf_process_respawn(conf_process(x, "y"),
	    conf_process(y, "y")), 1);
	conf_free(a);
	conf_free(b);
}

/* More than fits is cut, and none the wiser read past it. */
ATF_TC_WITHOUT_HEAD(a_long_difference_is_cut);
ATF_TC_BODY(a_long_difference_is_cut, tc)
{
	struct conf	*a, *b;
	char		 buf[16];

	a = load_ok("app a { " X Y "}");
	b = load_ok("app a { env A b nice 3 umask 077 " X Y "}");
	ATF_CHECK_STREQ(conf_app_diff(conf_app(a, "a"), conf_app(b, "a"), buf,
	    sizeof(buf)), "x umask, x env,");
	conf_free(a);
	conf_free(b);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_setting_has_its_effect);
	ATF_TP_ADD_TC(tp, a_command_is_compared_word_by_word);
	ATF_TP_ADD_TC(tp, a_user_is_compared_by_what_it_resolves_to);
	ATF_TP_ADD_TC(tp, a_group_is_part_of_an_app);
	ATF_TP_ADD_TC(tp, processes_come_go_and_change);
	ATF_TP_ADD_TC(tp, a_restart_is_a_processes_own);
	ATF_TP_ADD_TC(tp, a_long_difference_is_cut);
	return (atf_no_error());
}
