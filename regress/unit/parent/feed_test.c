/* The configuration as the supervisor is told of it. */
#include "regress/unit/parent/boundary.h"

#define USER	" user \"nobody\" "

static char	 told[4096];	/* a line each message */

static void __attribute__((format(printf, 1, 2)))
tell(const char *fmt, ...)
{
	size_t	 len = strlen(told);
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(told + len, sizeof(told) - len, fmt, ap);
	va_end(ap);
}

static void
tell_app(struct msg *m)
{
	struct m_conf_app	 app;
	char			 name[NAME_SIZE];

	msg_take(m, &app, sizeof(app));
	msg_take_str(m, name, sizeof(name));
	tell("app %u %s: %u processes, port %u%s%s%s%s", app.id, name,
	    app.processes, app.port,
	    app.flags & APP_AUTOSTART ? "" : ", no autostart",
	    app.flags & APP_CRITICAL ? ", critical" : "",
	    app.flags & APP_NEW ? ", new" : "",
	    app.flags & APP_BOOTSTRAP ? ", bootstrap" : "");
	if (app.strategy != STRATEGY_ONE_FOR_ONE)
		tell(", strategy %u", app.strategy);
	if (app.group != 0)
		tell(", group %u with %u", app.group, app.group_strategy);
	tell("\n");
	ATF_CHECK_EQ(0, msg_end(m));
	ATF_CHECK(app.hash != 0);
}

static void
tell_process(struct msg *m)
{
	struct m_conf_process	 pc;
	char			 name[NAME_SIZE];

	msg_take(m, &pc, sizeof(pc));
	msg_take_str(m, name, sizeof(name));
	tell("process %u.%u %s: %u instances%s\n", pc.app, pc.id, name,
	    pc.instances, pc.flags & PROCESS_CHANGED ? ", changed" : "");
	ATF_CHECK_EQ(0, msg_end(m));
	ATF_CHECK(pc.uid != 0);
}

static void
tell_dep(struct msg *m)
{
	struct m_conf_dep	 dep;

	msg_take(m, &dep, sizeof(dep));
	ATF_CHECK_EQ(0, msg_end(m));
	if (dep.process == PROCESS_ANY && dep.on_process == PROCESS_ANY)
		tell("app %u on %u\n", dep.app, dep.on);
	else
		tell("process %u.%u on %u.%u\n", dep.app, dep.process, dep.on,
		    dep.on_process);
}

static void
sees(enum kind k, struct msg *m)
{
	if (k != K_SUPERVISOR)
		return;
	if (m->type == M_CONF_APP)
		tell_app(m);
	else if (m->type == M_CONF_PROCESS)
		tell_process(m);
	else if (m->type == M_CONF_DEP)
		tell_dep(m);
}

/* What a reload to this would say. */
static void
feed(const char *text)
{
	struct parent	*p = &world.p;
	struct conf	*conf;
	unsigned	 before = world.got[K_SUPERVISOR][M_CONF_END];
	char		*errors;

	world.sees = sees;
	world_conf(text);
	conf = conf_load(&p->options, &errors);
	ATF_REQUIRE_MSG(conf != NULL, "%s", errors);
	free(errors);
	ATF_REQUIRE(ids_assign(p, conf) == NULL);
	told[0] = '\0';
	feed_conf(p, K_SUPERVISOR, conf, 2);
	UNTIL(world.got[K_SUPERVISOR][M_CONF_END] > before);
	ids_switch(p, conf);
	conf_free(p->conf);
	p->conf = conf;
}

ATF_TC_WITHOUT_HEAD(apps_come_with_their_processes);
ATF_TC_BODY(apps_come_with_their_processes, tc)
{
	world_new("");
	feed("app shop {" USER "port 80 critical yes depends-on db, one\n"
	    "process http { command /h instances 2 depends-on cron, worker }\n"
	    "process worker { command /w depends-on cron }\n"
	    "process cron { command /c } }\n"
	    "app db { command /d autostart no" USER "}\n"
	    "app one { command /o instances 3" USER "}\n");
	ATF_CHECK_STREQ(told,
	    "app 1 shop: 3 processes, port 80, critical, new, bootstrap\n"
	    "process 1.0 http: 2 instances\n"
	    "process 1.1 worker: 1 instances\n"
	    "process 1.2 cron: 1 instances\n"
	    "app 2 db: 1 processes, port 0, no autostart, new\n"
	    "process 2.0 db: 1 instances\n"
	    "app 3 one: 1 processes, port 0, new\n"
	    "process 3.0 one: 3 instances\n"
	    "app 1 on 2\napp 1 on 3\n"
	    "process 1.0 on 1.2\nprocess 1.0 on 1.1\nprocess 1.1 on 1.2\n");
	world_end();
}

/* By their ids, whatever the order; only what runs otherwise is changed. */
ATF_TC_WITHOUT_HEAD(a_reload_names_the_processes_that_changed);
ATF_TC_BODY(a_reload_names_the_processes_that_changed, tc)
{
	world_new("app a {" USER "process x { command /x }\n"
	    "process y { command /y } process z { command /z } }\n"
	    "app b { command /b" USER "}\n");
	feed("app b { command /b umask 077" USER "}\n"
	    "app a {" USER "process z { command /z env A b depends-on n }\n"
	    "process n { command /n } process x { command /x instances 2 } }");
	ATF_CHECK_STREQ(told,
	    "app 2 b: 1 processes, port 0\n"
	    "process 2.0 b: 1 instances, changed\n"
	    "app 1 a: 3 processes, port 0, bootstrap\n"
	    "process 1.2 z: 1 instances, changed\n"
	    "process 1.3 n: 1 instances\n"
	    "process 1.0 x: 2 instances\n"
	    "process 1.2 on 1.3\n");
	/* the same again, to a supervisor that starts anew */
	told[0] = '\0';
	feed_conf(&world.p, K_SUPERVISOR, world.p.conf, 2);
	UNTIL(world.got[K_SUPERVISOR][M_CONF_END] == 2);
	ATF_CHECK_STREQ(told,
	    "app 2 b: 1 processes, port 0\n"
	    "process 2.0 b: 1 instances\n"
	    "app 1 a: 3 processes, port 0, bootstrap\n"
	    "process 1.2 z: 1 instances\n"
	    "process 1.3 n: 1 instances\n"
	    "process 1.0 x: 2 instances\n"
	    "process 1.2 on 1.3\n");
	world_end();
}

ATF_TC_WITHOUT_HEAD(apps_come_with_their_strategies);
ATF_TC_BODY(apps_come_with_their_strategies, tc)
{
	world_new("");
	feed("supervision { strategy one_for_all }\n"
	    "group x { app a { command /a" USER "} }\n"
	    "app b { strategy rest_for_one command /b" USER "}\n"
	    "group y { strategy rest_for_one\n"
	    "app c { command /c strategy one_for_one" USER "}\n"
	    "app d { command /d" USER "} }\n");
	ATF_CHECK_STREQ(told,
	    "app 1 a: 1 processes, port 0, new, strategy 1, group 1 with 1\n"
	    "process 1.0 a: 1 instances\n"
	    "app 2 b: 1 processes, port 0, new, strategy 2\n"
	    "process 2.0 b: 1 instances\n"
	    "app 3 c: 1 processes, port 0, new, group 2 with 2\n"
	    "process 3.0 c: 1 instances\n"
	    "app 4 d: 1 processes, port 0, new, strategy 1, group 2 with 2\n"
	    "process 4.0 d: 1 instances\n");
	world_end();
}

ATF_TC_WITHOUT_HEAD(a_change_of_mode);
ATF_TC_BODY(a_change_of_mode, tc)
{
	world_new("app a { command /a" USER "}");
	feed("app a {" USER "process x { command /x }\n"
	    "process a { command /b } }");
	ATF_CHECK_STREQ(told, "app 1 a: 2 processes, port 0, bootstrap\n"
	    "process 1.1 x: 1 instances\n"
	    "process 1.0 a: 1 instances, changed\n");
	feed("app a { command /b" USER "}");
	ATF_CHECK_STREQ(told, "app 1 a: 1 processes, port 0\n"
	    "process 1.0 a: 1 instances\n");
	world_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, apps_come_with_their_processes);
	ATF_TP_ADD_TC(tp, a_reload_names_the_processes_that_changed);
	ATF_TP_ADD_TC(tp, apps_come_with_their_strategies);
	ATF_TP_ADD_TC(tp, a_change_of_mode);
	return (atf_no_error());
}
