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
	{ "", "startup-timeout 1s", 0, "startup-timeout" },
	{ "", "min-uptime 1s", 0, "min-uptime" },
	{ "", "depends-on z", 0, "depends-on" },
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
	char		 buf[64];

	ATF_REQUIRE(conf_app_same(x, y));
	y->uid++;
	ATF_CHECK_STREQ(conf_app_diff(x, y, buf, sizeof(buf)), "user");
	ATF_CHECK(conf_app_respawn(x, y));
	y->uid--;
	y->groups[0]++;
	ATF_CHECK_STREQ(conf_app_diff(x, y, buf, sizeof(buf)), "group");
	ATF_CHECK(conf_app_respawn(x, y));
	conf_free(a);
	conf_free(b);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, each_setting_has_its_effect);
	ATF_TP_ADD_TC(tp, a_command_is_compared_word_by_word);
	ATF_TP_ADD_TC(tp, a_user_is_compared_by_what_it_resolves_to);
	return (atf_no_error());
}
