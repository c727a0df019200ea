/* Questions that the supervisor opens for a plane, and too many of them. */
#include "regress/unit/parent/boundary.h"

#define CONF	"app \"web\" { command \"/bin/sleep\" \"1\" user \"nobody\" }\n"
#define WAITING	1024	/* without a receipt, besides those sent */

static void
show(uint64_t id)
{
	struct m_show	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.plane = K_CONTROL;
	m.what = SHOW_ENV;
	m.app = ids_by_name(&world.p, "web");
	peer_send(world.far[K_SUPERVISOR], M_SHOW, -1, &m, NULL);
}

static unsigned
answers(void)
{
	return (world.got[K_CONTROL][M_OBJECT]);
}

ATF_TC_WITHOUT_HEAD(documents_are_made_at_a_rate);
ATF_TC_BODY(documents_are_made_at_a_rate, tc)
{
	struct mono	 begin;
	uint64_t	 id;

	world_new(CONF);
	begin = mono_now();
	for (id = 1; id <= 700; id++)
		show(id);
	UNTIL(answers() == 700);
	/* 512 at once, the others one in 5 ms */
	ATF_CHECK_MSG(mono_diff_ms(mono_now(), begin) >= 900, "in %d ms",
	    (int)mono_diff_ms(mono_now(), begin));
	ATF_CHECK_EQ(OUT_OK, world.object.outcome);
	ATF_CHECK_EQ(700, world.object.id);
	ATF_CHECK(strstr(world.text, "OMNITRON_APP") != NULL);
	ATF_CHECK(world.why[K_SUPERVISOR] == NULL);
	ATF_CHECK(!world_killed(K_CONTROL));
	world_end();
}

/* No plane asks so much in no time. */
ATF_TC_WITHOUT_HEAD(a_flood_is_the_supervisors_violation);
ATF_TC_BODY(a_flood_is_the_supervisors_violation, tc)
{
	uint64_t	 id;

	world_new(CONF);
	for (id = 1; id <= 4 * WAITING; id++)
		show(id);
	UNTIL(world.why[K_SUPERVISOR] != NULL);
	ATF_CHECK_STREQ("malformed", world.why[K_SUPERVISOR]);
	ATF_CHECK(world.p.nobjects[K_CONTROL] <= WAITING);
	ATF_CHECK(!world_killed(K_CONTROL));
	world_end();
}

ATF_TC_WITHOUT_HEAD(a_plane_that_takes_no_answers_is_replaced);
ATF_TC_BODY(a_plane_that_takes_no_answers_is_replaced, tc)
{
	uint64_t	 id;

	world_new(CONF);
	world.mute = 1;
	for (id = 1; id <= OBJECT_CREDIT + WAITING; id++)
		show(id);
	UNTIL(world.p.nobjects[K_CONTROL] == WAITING);
	UNTIL(answers() == OBJECT_CREDIT);
	/* it was deaf for a while */
	world.p.object_got[K_CONTROL].us -= 6 * 1000 * 1000;
	show(id);
	UNTIL(world_killed(K_CONTROL));
	ATF_CHECK(world.why[K_SUPERVISOR] == NULL);
	ATF_CHECK(world.p.nobjects[K_CONTROL] <= 1);
	world_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, documents_are_made_at_a_rate);
	ATF_TP_ADD_TC(tp, a_flood_is_the_supervisors_violation);
	ATF_TP_ADD_TC(tp, a_plane_that_takes_no_answers_is_replaced);
	return (atf_no_error());
}
