/* Sockets for apps: what listen means, and what is wrong. */
#include <signal.h>

#include "omnitrond/parent/environ.h"
#include "omnitrond/parent/listen.h"
#include "regress/unit/parent/conf_fixture.h"

#define SOCKETS								\
	"app web {\n\tcommand /bin/true\n"				\
	"\tlisten tcp on 127.0.0.1 port 80 name http\n"			\
	"\tlisten udp port 53\n"					\
	"\tlisten unix \"/run/web.sock\" mode 0660\n"			\
	"\tlisten tcp on \"::1\" port 81\n"				\
	"\tport 80\n}"

ATF_TC_WITHOUT_HEAD(sockets_of_each_kind);
ATF_TC_BODY(sockets_of_each_kind, tc)
{
	const struct process_conf	*pc;
	const struct listen_conf	*l;
	struct conf			*conf = load_ok(SOCKETS);
	char				 names[256];

	pc = only(conf_app(conf, "web"));
	ATF_CHECK_EQ(pc->nlistens, 4);
	l = TAILQ_FIRST(&pc->listens);
	ATF_CHECK_EQ(l->kind, LISTEN_TCP);
	ATF_CHECK_STREQ(l->on, "127.0.0.1");
	ATF_CHECK_EQ(l->port, 80);
	ATF_CHECK_STREQ(l->name, "http");
	l = TAILQ_NEXT(l, entry);
	ATF_CHECK_EQ(l->kind, LISTEN_UDP);
	ATF_CHECK(l->on == NULL);
	ATF_CHECK_EQ(l->port, 53);
	l = TAILQ_NEXT(l, entry);
	ATF_CHECK_EQ(l->kind, LISTEN_UNIX);
	ATF_CHECK_STREQ(l->path, "/run/web.sock");
	ATF_CHECK_EQ(l->mode, 0660);
	l = TAILQ_NEXT(l, entry);
	ATF_CHECK_STREQ(l->on, "::1");
	ATF_CHECK_EQ(conf_app(conf, "web")->port, 80);
	ATF_CHECK_STREQ(listen_names(pc, names, sizeof(names)),
	    "http:web:web:web");
	conf_free(conf);
}

ATF_TC_WITHOUT_HEAD(the_normal_form_is_the_same);
ATF_TC_BODY(the_normal_form_is_the_same, tc)
{
	struct conf	*conf = load_ok(SOCKETS), *again;
	char		*text = conf_print(conf), *twice;

	again = load_ok(text);
	twice = conf_print(again);
	ATF_CHECK_STREQ(text, twice);
	ATF_CHECK(conf_app_same(conf_app(conf, "web"),
	    conf_app(again, "web")));
	free(text);
	free(twice);
	conf_free(conf);
	conf_free(again);
}

ATF_TC_WITHOUT_HEAD(a_change_needs_a_restart);
ATF_TC_BODY(a_change_needs_a_restart, tc)
{
	static const char *const	 others[] = {
		"listen tcp on 127.0.0.1 port 81", "listen udp port 80",
		"listen tcp on 127.0.0.2 port 80", "listen tcp port 80",
		"listen tcp on 127.0.0.1 port 80 name x",
		"listen unix /a", "",
		"listen tcp on 127.0.0.1 port 80 listen udp port 80",
	};
	struct conf	*a, *b;
	char		 text[256], diff[64];
	size_t		 i;

	a = load_ok("app a { command /bin/true\n"
	    "listen tcp on 127.0.0.1 port 80 }");
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(text, sizeof(text),
		    "app a { command /bin/true %s }", others[i]);
		b = load_ok(text);
		ATF_CHECK_MSG(conf_app_respawn(conf_app(a, "a"),
		    conf_app(b, "a")), "%s", others[i]);
		ATF_CHECK_STREQ(conf_app_diff(conf_app(a, "a"),
		    conf_app(b, "a"), diff, sizeof(diff)), "listen");
		conf_free(b);
	}
	conf_free(a);
}

#define APP(text)	"app a { command /bin/true\n" text " }"

ATF_TC_WITHOUT_HEAD(errors);
ATF_TC_BODY(errors, tc)
{
	static const struct {
		const char	*text;
		const char	*error;
	} bad[] = {
		{ APP("listen tcp on localhost port 80"),
		    "listen: \"localhost\" is not a numeric address" },
		{ APP("listen tcp port 0"), "\"0\" is not a port" },
		{ APP("listen tcp port 65536"), "is not a port" },
		{ APP("listen tcp port http"), "\"http\" is not a port" },
		{ APP("listen sctp port 80"), "not \"sctp\" with a port" },
		{ APP("listen unix port 80"), "not \"unix\" with a port" },
		{ APP("listen tcp \"/run/x\""), "not \"tcp\" and \"/run/x\"" },
		{ APP("listen unix \"x\""), "is not an absolute path" },
		{ APP("listen unix \"/run/x\" mode 0999"),
		    "mode \"0999\" is not an octal number" },
		{ APP("listen unix \"/run/x\" name \"a:b\""),
		    "\"a:b\" cannot be the name of a socket" },
		{ APP("listen tcp"), "listen takes tcp" },
		{ APP("env LISTEN_FDS 3"), "set by the daemon" },
		{ "app a { listen tcp port 80 process b { command /b } }",
		    "listen stands beside process blocks" },
		{ APP("listen tcp port 80 listen tcp port 80"),
		    "app a: listen: app a has the same socket" },
		{ APP("listen unix /x") "\napp b { command /b process c {\n"
		    "command /c listen unix /x mode 0666 } }",
		    "has the same socket" },
		{ "default { listen tcp port 80 }\n" APP(""),
		    "cannot stand in a default block" },
	};
	size_t	 i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		load_fails(bad[i].text, bad[i].error);
}

ATF_TC_WITHOUT_HEAD(too_many);
ATF_TC_BODY(too_many, tc)
{
	char		 text[4096] = "app a { command /bin/true";
	unsigned int	 i;

	for (i = 0; i <= LISTENS_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "\nlisten tcp port %u", 80 + i);
	strlcat(text, "}", sizeof(text));
	load_fails(text, "more than 32 sockets");
}

/* The child writes its own pid where there is room for any. */
ATF_TC_WITHOUT_HEAD(the_environment);
ATF_TC_BODY(the_environment, tc)
{
	const struct environ_id	 id = {
		.home = "/h", .app = "web", .process = "web", .nlisten = 4
	};
	struct environ_vars	 e;
	struct conf		*conf = load_ok(SOCKETS);
	char			 err[128];

	ATF_REQUIRE_EQ(environ_build(&e, only(conf_app(conf, "web")), &id, "", 0, err,
	    sizeof(err)), 0);
	ATF_CHECK_STREQ(environ_get(&e, "LISTEN_FDS"), "4");
	ATF_CHECK_STREQ(environ_get(&e, "LISTEN_FDNAMES"),
	    "http:web:web:web");
	environ_set_pid(&e, 4194303);
	ATF_CHECK_STREQ(environ_get(&e, "LISTEN_PID"), "4194303");
	environ_set_pid(&e, 2147483647);
	ATF_CHECK_STREQ(environ_get(&e, "LISTEN_PID"), "2147483647");
	environ_set_pid(&e, 7);
	ATF_CHECK_STREQ(environ_get(&e, "LISTEN_PID"), "7");
	environ_free(&e);
	conf_free(conf);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sockets_of_each_kind);
	ATF_TP_ADD_TC(tp, the_normal_form_is_the_same);
	ATF_TP_ADD_TC(tp, a_change_needs_a_restart);
	ATF_TP_ADD_TC(tp, errors);
	ATF_TP_ADD_TC(tp, too_many);
	ATF_TP_ADD_TC(tp, the_environment);
	return (atf_no_error());
}
