/* What a new configuration does with each process, and why. */
#include "omnitrond/parent/conf_change.h"
#include "regress/unit/parent/conf_fixture.h"

static char	 told[1024];

static void
tell(void *arg, const struct change *c)
{
	char	 line[TEXT_MAX + 256];

	snprintf(line, sizeof(line), "%s/%s %s (%s)\n", c->app->name,
	    c->process != NULL ? c->process->name : "", c->fields,
	    change_name(c->does));
	strlcat(told, line, sizeof(told));
}

/* The changes of app a, which one of the two may not have. */
static const char *
changes(const char *before, const char *after)
{
	struct conf	*x = load_ok(before), *y = load_ok(after);

	told[0] = '\0';
	conf_change(conf_app(x, "a"), conf_app(y, "a"), tell, NULL);
	conf_free(x);
	conf_free(y);
	return (told);
}

#define A(s)	"app a { command /bin/a " s " }"

ATF_TC_WITHOUT_HEAD(an_app_that_is_one_process);
ATF_TC_BODY(an_app_that_is_one_process, tc)
{
	ATF_CHECK_STREQ("", changes(A(""), A("")));
	ATF_CHECK_STREQ("a/ env, critical (restart)\n",
	    changes(A(""), A("env X \"1\" critical yes")));
	ATF_CHECK_STREQ("a/ max-restarts (apply)\n",
	    changes(A(""), A("max-restarts 3")));
	/* what it says now counts, and only if it is said */
	ATF_CHECK_STREQ("a/ env, reload (reload)\n",
	    changes(A(""), A("env X \"1\" reload rolling")));
	ATF_CHECK_STREQ("a/ env (restart)\n", changes(A("reload signal HUP"),
	    A("env X \"1\" reload signal HUP")));
	ATF_CHECK_STREQ("a/  (start)\n", changes("", A("")));
	ATF_CHECK_STREQ("a/  (stop)\n", changes(A(""), ""));
}

#define P(name, s)	" process " name " { command /bin/p " s " }"

ATF_TC_WITHOUT_HEAD(an_app_of_processes);
ATF_TC_BODY(an_app_of_processes, tc)
{
	ATF_CHECK_STREQ("a/ critical (apply)\na/x  (stop)\na/y umask (reload)\n"
	    "a/z nice, instances (restart)\na/v  (start)\n",
	    changes("app a {" P("x", "") P("y", "reload rolling") P("w", "")
	    P("z", "") "}", "app a { critical yes" P("y", "umask 077 "
	    "reload rolling") P("w", "") P("z", "instances 2 nice 3")
	    P("v", "") "}"));
	/* another mode is other processes */
	ATF_CHECK_STREQ("a/ mode (apply)\na/a  (stop)\na/x  (start)\n",
	    changes(A(""), "app a {" P("x", "") "}"));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, an_app_that_is_one_process);
	ATF_TP_ADD_TC(tp, an_app_of_processes);
	return (atf_no_error());
}
