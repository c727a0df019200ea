/* Ids of apps and of their processes: kept by name, never used again. */
#include "omnitrond/parent/parent.h"
#include "regress/unit/parent/conf_fixture.h"

static struct parent	 p;

/* As a reload does it; what is returned is the parent's, and leaks. */
static struct conf *
load_ids(const char *text)
{
	struct conf	*conf = load_ok(text);

	ATF_REQUIRE(ids_assign(&p, conf) == NULL);
	ids_switch(&p, conf);
	p.conf = conf;
	return (conf);
}

static uint32_t
id_of(const char *app, const char *process)
{
	struct app_conf		*a = conf_app(p.conf, app);
	struct process_conf	*pc;

	ATF_REQUIRE(a != NULL);
	ATF_REQUIRE((pc = conf_process(a, process)) != NULL);
	ATF_CHECK_EQ(ids_process_by_name(&p, a->id, process), pc->id);
	ATF_CHECK(ids_process(&p, a->id, pc->id) == pc);
	ATF_CHECK_STREQ(ids_process_name(&p, a->id, pc->id), process);
	return (pc->id);
}

ATF_TC_WITHOUT_HEAD(apps_keep_their_ids);
ATF_TC_BODY(apps_keep_their_ids, tc)
{
	struct conf	*conf;
	uint32_t	 b;

	conf = load_ids("app a { command /a } app b { command /b }");
	ATF_CHECK_EQ(conf_app(conf, "a")->id, 1);
	ATF_CHECK_EQ((b = conf_app(conf, "b")->id), 2);
	ATF_CHECK_EQ(conf_app(conf, "b")->log.id, 2);
	ATF_CHECK_EQ(id_of("a", "a"), 0);
	conf = load_ids("app c { command /c } app b { command /b }");
	ATF_CHECK_EQ(conf_app(conf, "b")->id, b);
	ATF_CHECK_EQ(conf_app(conf, "c")->id, 3);
	ATF_CHECK(ids_conf(&p, 1) == NULL);
	ATF_CHECK(ids_conf(&p, b) == conf_app(conf, "b"));
	ATF_CHECK_STREQ(ids_name(&p, 1), "a");
	ATF_CHECK_EQ(ids_by_name(&p, "a"), 1);
	conf = load_ids("app a { command /a }");
	ATF_CHECK_EQ(conf_app(conf, "a")->id, 1);
}

ATF_TC_WITHOUT_HEAD(what_has_no_id_is_refused);
ATF_TC_BODY(what_has_no_id_is_refused, tc)
{
	load_ids("app a { process x { command /x } }");
	ATF_CHECK(ids_conf(&p, 0) == NULL);
	ATF_CHECK(ids_conf(&p, 2) == NULL);
	ATF_CHECK(ids_conf(&p, UINT32_MAX) == NULL);
	ATF_CHECK(ids_name(&p, 0) == NULL);
	ATF_CHECK(ids_name(&p, 2) == NULL);
	ATF_CHECK_EQ(ids_by_name(&p, "b"), 0);
	ATF_CHECK(ids_process(&p, 0, 0) == NULL);
	ATF_CHECK(ids_process(&p, 1, 1) == NULL);
	ATF_CHECK(ids_process(&p, 1, PROCESS_ANY) == NULL);
	ATF_CHECK(ids_process(&p, 2, 0) == NULL);
	ATF_CHECK(ids_process_name(&p, 0, 0) == NULL);
	ATF_CHECK(ids_process_name(&p, 1, 1) == NULL);
	ATF_CHECK(ids_process_name(&p, 1, PROCESS_ANY) == NULL);
	ATF_CHECK(ids_process_name(&p, 2, 0) == NULL);
	ATF_CHECK_EQ(ids_process_by_name(&p, 1, "y"), PROCESS_ANY);
	ATF_CHECK_EQ(ids_process_by_name(&p, 0, "x"), PROCESS_ANY);
	ATF_CHECK_EQ(ids_process_by_name(&p, 2, "x"), PROCESS_ANY);
}

ATF_TC_WITHOUT_HEAD(processes_keep_their_ids);
ATF_TC_BODY(processes_keep_their_ids, tc)
{
	load_ids("app a { process x { command /x } process y { command /y } }"
	    "app b { process y { command /y } }");
	ATF_CHECK_EQ(id_of("a", "x"), 0);
	ATF_CHECK_EQ(id_of("a", "y"), 1);
	ATF_CHECK_EQ(id_of("b", "y"), 0);	/* each app counts its own */
	/* in another order, beside a new one, without the first */
	load_ids("app b { process z { command /z } process y { command /y } }"
	    "app a { process z { command /z } process y { command /y } }");
	ATF_CHECK_EQ(id_of("a", "y"), 1);
	ATF_CHECK_EQ(id_of("a", "z"), 2);	/* not the 0 that x had */
	ATF_CHECK_EQ(id_of("b", "y"), 0);
	ATF_CHECK_EQ(id_of("b", "z"), 1);
	ATF_CHECK(ids_process(&p, 1, 0) == NULL);
	ATF_CHECK_STREQ(ids_process_name(&p, 1, 0), "x");
	ATF_CHECK_EQ(ids_process_by_name(&p, 1, "x"), 0);
	/* of an app that is away, names are known and nothing else */
	load_ids("app b { command /b }");
	ATF_CHECK(ids_process(&p, 1, 1) == NULL);
	ATF_CHECK_STREQ(ids_process_name(&p, 1, 1), "y");
	load_ids("app a { process x { command /x } }");
	ATF_CHECK_EQ(id_of("a", "x"), 0);
}

ATF_TC_WITHOUT_HEAD(a_change_of_mode_is_one_of_names);
ATF_TC_BODY(a_change_of_mode_is_one_of_names, tc)
{
	load_ids("app a { command /a }");
	ATF_CHECK_EQ(id_of("a", "a"), 0);
	load_ids("app a { process x { command /x } }");
	ATF_CHECK_EQ(id_of("a", "x"), 1);
	load_ids("app a { process x { command /x } process a { command /a } }");
	ATF_CHECK_EQ(id_of("a", "a"), 0);
	ATF_CHECK_EQ(id_of("a", "x"), 1);
	load_ids("app a { command /a }");
	ATF_CHECK_EQ(id_of("a", "a"), 0);
	ATF_CHECK(ids_process(&p, 1, 1) == NULL);
}

/* One that is refused or was only looked at changes nothing that runs. */
ATF_TC_WITHOUT_HEAD(ids_of_a_configuration_that_never_came);
ATF_TC_BODY(ids_of_a_configuration_that_never_came, tc)
{
	struct conf	*now, *never;

	now = load_ids("app a { process x { command /x } }");
	never = load_ok("app n { command /n }\n"
	    "app a { process y { command /y } }");
	ATF_REQUIRE(ids_assign(&p, never) == NULL);
	conf_free(never);
	ATF_CHECK(ids_conf(&p, 1) == conf_app(now, "a"));
	ATF_CHECK(ids_conf(&p, 2) == NULL);
	ATF_CHECK(ids_process(&p, 1, 1) == NULL);
	ATF_CHECK_EQ(id_of("a", "x"), 0);
	load_ids("app a { process z { command /z } process y { command /y } }");
	ATF_CHECK_EQ(id_of("a", "y"), 1);
	ATF_CHECK_EQ(id_of("a", "z"), 2);
}

/* PROCESSES_MAX of them at a time, all of new names. */
static struct conf *
renamed(unsigned int round, unsigned int n)
{
	struct conf	*conf;
	char		*text = NULL;
	size_t		 size = 0;
	FILE		*f = open_memstream(&text, &size);
	unsigned int	 i;

	ATF_REQUIRE(f != NULL);
	fprintf(f, "app b { command /b }\napp a {\n");
	for (i = 0; i < n; i++)
		fprintf(f, "process r%u-%u { command /x }\n", round, i);
	fprintf(f, "}\n");
	ATF_REQUIRE(fclose(f) == 0);
	conf = load_ok(text);
	free(text);
	return (conf);
}

ATF_TC_WITHOUT_HEAD(a_loop_of_renamings_ends);
ATF_TC_BODY(a_loop_of_renamings_ends, tc)
{
	struct conf	*conf, *first = renamed(0, PROCESSES_MAX);
	const char	*app;
	unsigned int	 round;

	ATF_REQUIRE(ids_assign(&p, first) == NULL);
	for (round = 1; round < PROCESS_IDS_MAX / PROCESSES_MAX; round++) {
		conf = renamed(round, PROCESSES_MAX);
		ATF_CHECK(ids_assign(&p, conf) == NULL);
		conf_free(conf);
	}
	conf = renamed(round, 1);
	ATF_REQUIRE((app = ids_assign(&p, conf)) != NULL);
	ATF_CHECK_STREQ(app, "a");
	conf_free(conf);
	/* those that it knows may come back, and other apps have their own */
	ATF_CHECK(ids_assign(&p, first) == NULL);
	ATF_CHECK_EQ(TAILQ_FIRST(&conf_app(first, "a")->processes)->id, 0);
	conf_free(first);
	load_ids("app b { process x { command /x } }");
	ATF_CHECK_EQ(id_of("b", "x"), 1);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, apps_keep_their_ids);
	ATF_TP_ADD_TC(tp, what_has_no_id_is_refused);
	ATF_TP_ADD_TC(tp, processes_keep_their_ids);
	ATF_TP_ADD_TC(tp, a_change_of_mode_is_one_of_names);
	ATF_TP_ADD_TC(tp, ids_of_a_configuration_that_never_came);
	ATF_TP_ADD_TC(tp, a_loop_of_renamings_ends);
	return (atf_no_error());
}
