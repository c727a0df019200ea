/* How often others can have the parent read its configuration. */
#include "omnitrond/parent/reload.h"
#include "regress/unit/parent/boundary.h"

#define CONF	"app \"web\" { command \"/bin/sleep\" \"1\" user \"nobody\" }\n"

static void
ask(uint64_t id, uint32_t flags)
{
	struct m_reload	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.plane = K_CONTROL;
	m.flags = flags;
	peer_send(world.far[K_SUPERVISOR], M_RELOAD, -1, &m, NULL);
}

static unsigned
answers(void)
{
	return (world.got[K_CONTROL][M_OBJECT]);
}

/* More than the burst and less than what is kept: they share a reading. */
ATF_TC_WITHOUT_HEAD(many_at_once_are_one_reading);
ATF_TC_BODY(many_at_once_are_one_reading, tc)
{
	struct mono	 begin;
	unsigned	 n;

	world_new(CONF);
	begin = mono_now();
	for (n = 1; n <= 10; n++)
		ask(n, RELOAD_DRYRUN);
	UNTIL(answers() == 2);
	/* a syntax error in between is what all the others are told */
	world_conf("nonsense\n");
	UNTIL(answers() == 10);
	ATF_CHECK_EQ(OUT_FAILED, world.object.outcome);
	ATF_CHECK(mono_diff_ms(mono_now(), begin) >= 900);
	ATF_CHECK(world.why[K_SUPERVISOR] == NULL);
	world_end();
}

ATF_TC_WITHOUT_HEAD(more_than_can_wait_are_limited);
ATF_TC_BODY(more_than_can_wait_are_limited, tc)
{
	unsigned	 n, most = 0;

	world_new(CONF);
	for (n = 1; n <= 2 + RELOADS_WAITING + 5; n++)
		ask(n, RELOAD_DRYRUN);
	UNTIL(answers() == 2 + 5);
	ATF_CHECK_EQ(OUT_LIMITED, world.object.outcome);
	ATF_CHECK_EQ(RELOADS_WAITING, world.p.nreload_wait);
	/* a flood of SIGHUPs is one that waits besides */
	for (n = 0; n < 1000; n++) {
		reload_request(&world.p, &(struct m_reload){ 0 });
		if (world.p.nreload_wait > most)
			most = world.p.nreload_wait;
	}
	ATF_CHECK_EQ(RELOADS_WAITING + 1, most);
	UNTIL(answers() == 2 + 5 + RELOADS_WAITING);
	ATF_CHECK_EQ(OUT_OK, world.object.outcome);
	ATF_CHECK(world.p.reload != NULL);	/* the SIGHUP's */
	ATF_CHECK(world.why[K_SUPERVISOR] == NULL);
	world_end();
}

/* A taken supervisor that asks and asks: the readings are counted. */
ATF_TC_WITHOUT_HEAD(a_flood_reads_no_more_than_the_rate);
ATF_TC_BODY(a_flood_reads_no_more_than_the_rate, tc)
{
	struct mono	 begin;
	uint32_t	 version;
	unsigned	 readings = 0;
	uint64_t	 id = 0;
	int64_t		 ms;
	int		 n;

	world_new(CONF);
	begin = mono_now();
	do {
		/* as fast as it is answered: what waits is bounded, too */
		for (n = 0; n < 20 && world.p.nobjects[K_CONTROL] == 0; n++)
			ask(++id, 0);
		world_turn();
		if (world.p.reload == NULL)
			continue;
		/* both acknowledge, so that the next may begin */
		readings++;
		version = world.p.conf_version + 1;
		for (n = 0; n < 2; n++)
			peer_send(world.far[n ? K_LOGGER : K_SUPERVISOR],
			    M_CONF_ACK, -1, &version, NULL);
		UNTIL(world.p.conf_version == version);
	} while ((ms = mono_diff_ms(mono_now(), begin)) < 2500);
	ATF_CHECK_MSG(readings >= 2 && readings <= 3 + (unsigned)ms / 1000,
	    "%u readings in %d ms", readings, (int)ms);
	ATF_CHECK(world.why[K_SUPERVISOR] == NULL);
	world_end();
}

/* Control dies while its reload waits for receipts, and others for it. */
ATF_TC_WITHOUT_HEAD(a_new_plane_gets_no_answer_of_the_old);
ATF_TC_BODY(a_new_plane_gets_no_answer_of_the_old, tc)
{
	uint32_t	 version = 2;

	world_new(CONF);
	ask(1, 0);
	UNTIL(world.p.reload != NULL);
	world_dies(K_CONTROL);
	peer_send(world.far[K_SUPERVISOR], M_CONF_ACK, -1, &version, NULL);
	peer_send(world.far[K_LOGGER], M_CONF_ACK, -1, &version, NULL);
	UNTIL(world.p.conf_version == 2);
	ask(2, RELOAD_DRYRUN);
	UNTIL(answers() == 1);
	ATF_CHECK_EQ(2, world.object.id);
	/* the burst is spent: these wait */
	ask(3, RELOAD_DRYRUN);
	ask(4, 0);
	UNTIL(world.p.nreload_wait == 2);
	world_dies(K_CONTROL);
	ask(5, RELOAD_DRYRUN);
	UNTIL(answers() == 1);
	ATF_CHECK_EQ(5, world.object.id);
	ATF_CHECK(world.p.reload == NULL);
	world_end();
}

ATF_TC_WITHOUT_HEAD(what_waits_at_a_shutdown_is_answered);
ATF_TC_BODY(what_waits_at_a_shutdown_is_answered, tc)
{
	unsigned	 n;

	world_new(CONF);
	for (n = 1; n <= 4; n++)
		ask(n, RELOAD_DRYRUN);
	UNTIL(answers() == 2);
	world.p.phase = PHASE_STOPPING;
	UNTIL(answers() == 4);
	ATF_CHECK_EQ(OUT_CONFLICT, world.object.outcome);
	world_end();
}

/* Ids are not given out for ever: what runs goes on, and it is said why. */
ATF_TC_WITHOUT_HEAD(a_configuration_without_ids_left_is_refused);
ATF_TC_BODY(a_configuration_without_ids_left_is_refused, tc)
{
	struct parent	*p = &world.p;
	struct app_id	*a;
	struct conf	*before;

	world_new(CONF);
	before = p->conf;
	/* as if that many had been */
	a = p->id_table[1];
	a->processes = xreallocarray(a->processes, PROCESS_IDS_MAX,
	    sizeof(*a->processes));
	memset(a->processes + 1, 0, (PROCESS_IDS_MAX - 1) *
	    sizeof(*a->processes));
	a->nprocesses = PROCESS_IDS_MAX;
	world_conf("app \"web\" { user \"nobody\" process \"new\" {\n"
	    "command \"/bin/sleep\" } }\n");
	ask(1, 0);
	UNTIL(answers() == 1);
	ATF_CHECK_EQ(OUT_FAILED, world.object.outcome);
	ATF_CHECK_MSG(strstr(world.text, "app web had more than 4096 "
	    "processes of different names since the daemon was started") !=
	    NULL, "%s", world.text);
	ATF_CHECK(p->conf == before && p->reload == NULL);
	/* one that needs no new id is read as ever */
	world_conf(CONF);
	ask(2, RELOAD_DRYRUN);
	UNTIL(answers() == 2);
	ATF_CHECK_EQ(OUT_OK, world.object.outcome);
	ATF_CHECK(world.why[K_SUPERVISOR] == NULL);
	world_end();
}

/* What would change is said by process. */
ATF_TC_WITHOUT_HEAD(a_dry_run_names_the_processes);
ATF_TC_BODY(a_dry_run_names_the_processes, tc)
{
	world_new("app \"web\" { user \"nobody\"\n"
	    "process \"x\" { command \"/x\" }\n"
	    "process \"y\" { command \"/y\" } }\n");
	world_conf("app \"web\" { user \"nobody\"\n"
	    "process \"x\" { command \"/x\" umask 077 }\n"
	    "process \"z\" { command \"/z\" } }\n");
	ask(1, RELOAD_DRYRUN);
	UNTIL(answers() == 1);
	ATF_CHECK_EQ(OUT_OK, world.object.outcome);
	ATF_CHECK_MSG(strstr(world.text, "{\"name\":\"web\",\"restart\":true,"
	    "\"fields\":\"x umask, y removed, z added\",\"changes\":["
	    "{\"process\":\"x\",\"fields\":\"umask\",\"action\":"
	    "\"restart\"},{\"process\":\"y\",\"fields\":\"\","
	    "\"action\":\"stop\"},{\"process\":\"z\",\"fields\":\"\","
	    "\"action\":\"start\"}]}") != NULL, "%s", world.text);
	world_end();
}

/* A reload that fails leaves the running configuration as it was. */
ATF_TC_WITHOUT_HEAD(users_of_what_runs_stay);
ATF_TC_BODY(users_of_what_runs_stay, tc)
{
	static struct conf	 old, new;
	int			 k;

	for (k = 0; k < K_MAX; k++) {
		old.users[k].uid = new.users[k].uid = (uid_t)-1;
		new.users[k].name = xstrdup("new");
		new.users[k].uid = 2;
	}
	old.users[K_STORE].name = xstrdup("old");
	old.users[K_STORE].uid = 1;
	reload_keep_places(&new, &old, 0);
	ATF_CHECK_EQ(1, old.users[K_STORE].uid);
	ATF_CHECK_STREQ("old", old.users[K_STORE].name);
	ATF_CHECK_EQ(1, new.users[K_STORE].uid);
	ATF_CHECK_STREQ("old", new.users[K_STORE].name);
	ATF_CHECK_EQ(2, new.users[K_LOGGER].uid);
	for (k = 0; k < K_MAX; k++)
		free(new.users[k].name);
	free(old.users[K_STORE].name);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, many_at_once_are_one_reading);
	ATF_TP_ADD_TC(tp, users_of_what_runs_stay);
	ATF_TP_ADD_TC(tp, more_than_can_wait_are_limited);
	ATF_TP_ADD_TC(tp, a_flood_reads_no_more_than_the_rate);
	ATF_TP_ADD_TC(tp, a_new_plane_gets_no_answer_of_the_old);
	ATF_TP_ADD_TC(tp, what_waits_at_a_shutdown_is_answered);
	ATF_TP_ADD_TC(tp, a_configuration_without_ids_left_is_refused);
	ATF_TP_ADD_TC(tp, a_dry_run_names_the_processes);
	return (atf_no_error());
}
