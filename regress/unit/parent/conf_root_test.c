/* What is different for a daemon started as root. */
#include "regress/unit/parent/conf_fixture.h"

#define NEEDS_ROOT()	do {						\
	if (geteuid() != 0)						\
		atf_tc_skip("needs root");				\
} while (0)

/* Users that every system has, for the daemon's processes. */
#define USERS	"users { supervisor \"daemon\" store \"bin\" "		\
		"control \"games\" logger \"news\" }\n"

static void
root_fails(const char *text, const char *error)
{
	struct conf	*conf;
	char		*errors;

	conf = load_as_root(text, &errors);
	if (conf != NULL)
		atf_tc_fail_nonfatal("accepted: %s", text);
	else if (strstr(errors, error) == NULL)
		atf_tc_fail_nonfatal("%s: %s, not %s", text, errors, error);
	conf_free(conf);
	free(errors);
}

static struct conf *
root_ok(const char *text)
{
	struct conf	*conf;
	char		*errors;

	conf = load_as_root(text, &errors);
	ATF_REQUIRE_MSG(conf != NULL, "%s", errors);
	return (conf);
}

ATF_TC_WITHOUT_HEAD(every_app_says_whom_it_runs_as);
ATF_TC_BODY(every_app_says_whom_it_runs_as, tc)
{
	struct passwd	*pw;
	struct conf	*conf;
	struct process_conf *pc;

	NEEDS_ROOT();
	root_fails(USERS "app a { command /bin/a }", "t.conf:2: app a: user "
	    "is missing: started as root, each app must say");
	conf = root_ok(USERS "default { user nobody group \"daemon\" }\n"
	    "app a { command /bin/a }\n"
	    "app r { command /bin/r user root }");
	ATF_REQUIRE((pw = getpwnam("nobody")) != NULL);
	pc = only(conf_app(conf, "a"));
	ATF_CHECK_EQ(pc->uid, pw->pw_uid);
	ATF_CHECK_EQ(pc->policy.uid, pw->pw_uid);
	ATF_CHECK(pc->gid != pw->pw_gid);
	ATF_CHECK_STREQ(pc->home, pw->pw_dir);
	ATF_CHECK_STREQ(pc->shell, pw->pw_shell);
	ATF_CHECK(pc->ngroups >= 1);
	ATF_CHECK_EQ(only(conf_app(conf, "r"))->uid, 0);
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(root_can_be_denied);
ATF_TC_BODY(root_can_be_denied, tc)
{
	NEEDS_ROOT();
	root_fails(USERS "app a {\ncommand /bin/a\nuser root }\ndeny root",
	    "t.conf:4: app a: user \"root\" is root, which deny root forbids");
	conf_free(root_ok(USERS "app a { command /bin/a user nobody }\n"
	    "deny root"));
}

ATF_TC_WITHOUT_HEAD(users_of_the_daemon);
ATF_TC_BODY(users_of_the_daemon, tc)
{
	struct conf	*conf;

	NEEDS_ROOT();
	conf = root_ok(USERS);
	ATF_CHECK_STREQ(conf->users[K_PARENT].name, "root");
	ATF_CHECK_STREQ(conf->users[K_STORE].name, "bin");
	ATF_CHECK_EQ(conf->users[K_STORE].uid, getpwnam("bin")->pw_uid);
	ATF_CHECK_EQ(conf->users[K_STORE].gid, getpwnam("bin")->pw_gid);
	conf_free(conf);
	root_fails("\nusers { supervisor \"no-such-1\" store \"bin\" "
	    "control \"no-such-2\" logger \"news\" }",
	    "t.conf:2: users: there are no users no-such-1, no-such-2: "
	    "create them with make deps, or each with useradd");
}

ATF_TC_WITHOUT_HEAD(a_user_on_demand_need_not_be_there_before);
ATF_TC_BODY(a_user_on_demand_need_not_be_there_before, tc)
{
	static const char	 users[] = "users { supervisor \"daemon\" "
				    "store \"bin\" control \"games\" "
				    "logger \"news\" apps \"no-such\" }\n";
	struct conf		*conf;
	char			*text;

	NEEDS_ROOT();
	ATF_REQUIRE(asprintf(&text, "%sapp a { command /bin/a user nobody }",
	    users) != -1);
	conf = root_ok(text);
	ATF_CHECK_EQ(0, conf_kinds(conf) & KB(APPS));
	conf_free(conf);
	free(text);
	ATF_REQUIRE(asprintf(&text, "%sapp a { process p { command /bin/a "
	    "user nobody ready notify } }", users) != -1);
	root_fails(text, "t.conf:1: users: there is no user no-such: create "
	    "it with make deps");
	free(text);
}

ATF_TC_WITHOUT_HEAD(users_of_the_daemon_are_its_own);
ATF_TC_BODY(users_of_the_daemon_are_its_own, tc)
{
	NEEDS_ROOT();
	root_fails(USERS "app a { command /bin/a user bin }", "t.conf:2: "
	    "app a: user \"bin\" is that of the daemon's store process");
	root_fails("users { supervisor bin store bin control games "
	    "logger news }", "t.conf:1: users: supervisor and store are both "
	    "\"bin\": each needs a user of its own");
	root_fails("users { supervisor root store bin control games "
	    "logger news }", "users: supervisor cannot run as root");
}

ATF_TC_WITHOUT_HEAD(places_of_roots_daemon);
ATF_TC_BODY(places_of_roots_daemon, tc)
{
	struct conf	*conf;

	NEEDS_ROOT();
	conf = root_ok(USERS "home \"/h\"");
	ATF_CHECK_STREQ(conf->statefile, "/h/state/state.json");
	ATF_CHECK_STREQ(conf->statedir, "/h/state");
	ATF_CHECK_STREQ(conf->logdir, "/h/logs");
	ATF_CHECK_STREQ(conf->socket, "/h/daemon.sock");
	ATF_CHECK_STREQ(conf->pidfile, "/h/daemon.pid");
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(root_may_what_others_may_not);
ATF_TC_BODY(root_may_what_others_may_not, tc)
{
	struct conf	*conf;

	NEEDS_ROOT();
	conf = root_ok(USERS "app a { command /bin/a user nobody nice -5 "
	    "limit nofile 99999999 log group \"daemon\" }");
	ATF_CHECK_EQ(only(conf_app(conf, "a"))->nice, -5);
	conf_free(conf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_app_says_whom_it_runs_as);
	ATF_TP_ADD_TC(tp, root_can_be_denied);
	ATF_TP_ADD_TC(tp, users_of_the_daemon);
	ATF_TP_ADD_TC(tp, a_user_on_demand_need_not_be_there_before);
	ATF_TP_ADD_TC(tp, users_of_the_daemon_are_its_own);
	ATF_TP_ADD_TC(tp, places_of_roots_daemon);
	ATF_TP_ADD_TC(tp, root_may_what_others_may_not);
	return (atf_no_error());
}
