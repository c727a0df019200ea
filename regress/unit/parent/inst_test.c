/* What the supervisor may ask of processes, by their ids. */
#include "omnitrond/parent/environ.h"
#include "regress/unit/parent/boundary.h"

#define USER	" user \"nobody\" "
#define CONF	"app \"a\" {" USER "process \"x\" { command \"/x\" }\n"		\
		"process \"y\" { command \"/y\" env \"ONLY\" \"y\" "		\
		"scaling max 3 } }\n"						\
		"app \"b\" { command \"/b\"" USER "}\n"

static struct m_inst	 refused;	/* of the last EXITED or GONE */

static void
sees(enum kind k, struct msg *m)
{
	struct m_exited	 x;

	if (m->type == M_EXITED) {
		msg_take(m, &x, sizeof(x));
		refused = x.inst;
		ATF_CHECK(x.flags & EXIT_NOEXEC);
	} else if (m->type == M_GONE)
		msg_take(m, &refused, sizeof(refused));
}

/* The configuration changes, as by a reload that all have agreed to. */
static void
becomes(const char *text)
{
	struct parent	*p = &world.p;
	struct conf	*conf;
	char		*errors;

	world_conf(text);
	conf = conf_load(&p->options, &errors);
	ATF_REQUIRE_MSG(conf != NULL, "%s", errors);
	free(errors);
	ATF_REQUIRE(ids_assign(p, conf) == NULL);
	ids_switch(p, conf);
	conf_free(p->conf);
	p->conf = conf;
}

static void
spawn(uint32_t app, uint16_t process, uint16_t instance)
{
	struct m_spawn	 m;

	memset(&m, 0, sizeof(m));
	m.inst.app = app;
	m.inst.process = process;
	m.inst.instance = instance;
	m.inst.generation = 1;
	peer_send_raw(world.far[K_SUPERVISOR], M_SPAWN, -1, &m, "", 0);
}

static void
adopt(uint32_t app, uint16_t process)
{
	struct m_alive	 m;

	memset(&m, 0, sizeof(m));
	m.inst.app = app;
	m.inst.process = process;
	m.sig.pid = world.pid[K_STORE];
	peer_send(world.far[K_SUPERVISOR], M_ADOPT, -1, &m, NULL);
}

/* Ids that were never given out are a broken protocol. */
ATF_TC_WITHOUT_HEAD(a_process_that_never_was_ends_the_channel);
ATF_TC_BODY(a_process_that_never_was_ends_the_channel, tc)
{
	static const struct m_inst	 never[] = {
		{ .app = 1, .process = 2 }, { .app = 2, .process = 1 },
		{ .app = 1, .process = PROCESS_ANY },
		{ .app = 3, .process = 0 }, { .app = 0, .process = 0 },
	};
	size_t	 i;

	world_new(CONF);
	for (i = 0; i < 2 * sizeof(never) / sizeof(never[0]); i++) {
		if (i % 2 == 0)
			spawn(never[i / 2].app, never[i / 2].process, 0);
		else
			adopt(never[i / 2].app, never[i / 2].process);
		UNTIL(world.why[K_SUPERVISOR] != NULL);
		/* another takes its place */
		kill(world.pid[K_SUPERVISOR], SIGKILL);
		waitpid(world.pid[K_SUPERVISOR], NULL, 0);
		world_child(K_SUPERVISOR);
	}
	ATF_CHECK_EQ(0, world.got[K_SUPERVISOR][M_EXITED]);
	ATF_CHECK_EQ(0, world.got[K_SUPERVISOR][M_GONE]);
	ATF_CHECK(RB_EMPTY(&world.p.insts));
	world_end();
}

/* The request and a reload crossed: that is nobody's fault. */
ATF_TC_WITHOUT_HEAD(a_process_that_left_is_a_failed_start);
ATF_TC_BODY(a_process_that_left_is_a_failed_start, tc)
{
	world_new(CONF);
	world.sees = sees;
	becomes("app \"a\" {" USER "process \"y\" { command \"/y\" } }");
	spawn(1, 0, 0);
	UNTIL(world.got[K_SUPERVISOR][M_EXITED] == 1);
	ATF_CHECK_EQ(1, refused.app);
	ATF_CHECK_EQ(0, refused.process);
	ATF_CHECK_EQ(1, world.got[K_SUPERVISOR][M_EXECED]);
	/* the same of all of an app */
	spawn(2, 0, 0);
	UNTIL(world.got[K_SUPERVISOR][M_EXITED] == 2);
	ATF_CHECK_EQ(2, refused.app);
	world.p.adopted = 0;
	adopt(1, 0);
	UNTIL(world.got[K_SUPERVISOR][M_GONE] == 1);
	ATF_CHECK_EQ(0, refused.process);
	ATF_CHECK(RB_EMPTY(&world.p.insts));
	ATF_CHECK(world.why[K_SUPERVISOR] == NULL);
	world_end();
}

ATF_TC_WITHOUT_HEAD(each_process_has_its_own_maximum);
ATF_TC_BODY(each_process_has_its_own_maximum, tc)
{
	world_new(CONF);
	world.sees = sees;
	spawn(1, 1, 3);
	UNTIL(world.got[K_SUPERVISOR][M_EXITED] == 1);
	ATF_CHECK_EQ(1, refused.process);
	ATF_CHECK_EQ(3, refused.instance);
	/* the same number in the other slot */
	spawn(1, 1, 3 | INSTANCE_SPARE);
	UNTIL(world.got[K_SUPERVISOR][M_EXITED] == 2);
	ATF_CHECK_EQ(3 | INSTANCE_SPARE, refused.instance);
	ATF_CHECK(world.why[K_SUPERVISOR] == NULL);
	world_end();
}

/* ---- what is shown of one ----------------------------------------------- */

static void
show(uint64_t id, uint32_t process)
{
	struct m_show	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.plane = K_CONTROL;
	m.what = SHOW_ENV;
	m.app = 1;
	m.process = process;
	peer_send(world.far[K_SUPERVISOR], M_SHOW, -1, &m, NULL);
	UNTIL(world.got[K_CONTROL][M_OBJECT] == id);
}

ATF_TC_WITHOUT_HEAD(the_environment_of_one_process);
ATF_TC_BODY(the_environment_of_one_process, tc)
{
	world_new(CONF);
	show(1, 1);
	ATF_CHECK_EQ(OUT_OK, world.object.outcome);
	ATF_CHECK(strstr(world.text, "\"OMNITRON_APP\":\"a\"") != NULL);
	ATF_CHECK(strstr(world.text, "\"OMNITRON_PROCESS\":\"y\"") != NULL);
	ATF_CHECK(strstr(world.text, "\"ONLY\":\"y\"") != NULL);
	show(2, PROCESS_ANY);		/* the first */
	ATF_CHECK(strstr(world.text, "\"OMNITRON_PROCESS\":\"x\"") != NULL);
	ATF_CHECK(strstr(world.text, "\"ONLY\"") == NULL);
	show(3, 2);
	ATF_CHECK_EQ(OUT_NOT_FOUND, world.object.outcome);
	ATF_CHECK_STREQ("no such app or process", world.text);
	show(4, 0x10001);		/* not cut to 1 */
	ATF_CHECK_EQ(OUT_NOT_FOUND, world.object.outcome);
	world_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_process_that_never_was_ends_the_channel);
	ATF_TP_ADD_TC(tp, a_process_that_left_is_a_failed_start);
	ATF_TP_ADD_TC(tp, each_process_has_its_own_maximum);
	ATF_TP_ADD_TC(tp, the_environment_of_one_process);
	return (atf_no_error());
}
