/* Many deaths at once, where there is no cgroup. */
#include "regress/unit/parent/boundary.h"

#include <fcntl.h>
#include <pwd.h>

#include "common/signature.h"
#include "omnitrond/parent/fifo.h"
#include "omnitrond/parent/inst.h"

#define MANY	100
#define TURN	64	/* deaths in one turn at most */

static void
spawn_all(const char *command)
{
	char		 text[1024], err[256], cwd[1024];
	struct passwd	*pw = getpwuid(getuid());
	struct m_spawn	 m;
	int		 n;

	ATF_REQUIRE(pw != NULL);
	snprintf(text, sizeof(text), "app \"web\" {\n"
	    "command \"/bin/sh\" \"-c\" \"%s\"\nuser \"%s\"\ndirectory \"/\"\n"
	    "instances %d\n}\n", command, pw->pw_name, MANY);
	world_new(text);
	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	ATF_REQUIRE_EQ(0, getrlimit(RLIMIT_NOFILE, &world.p.nofile));
	world.p.fifodir = fifo_rundir(cwd, err, sizeof(err));
	ATF_REQUIRE_MSG(world.p.fifodir != -1, "%s", err);
	reap_init(&world.p);
	memset(&m, 0, sizeof(m));
	m.inst.app = ids_by_name(&world.p, "web");
	m.inst.generation = 1;
	for (n = 0; n < MANY; n++) {
		m.inst.instance = (uint16_t)n;
		peer_send(world.far[K_SUPERVISOR], M_SPAWN, -1, &m, NULL);
	}
	UNTIL(world.got[K_SUPERVISOR][M_EXECED] == MANY);
}

static unsigned
running(void)
{
	struct inst	*i;
	unsigned	 n = 0;

	RB_FOREACH(i, pids, &world.p.pids)
		n++;
	return (n);
}

/* All leaders are dead, and the parent has not looked yet. */
static void
kill_all(void)
{
	struct signature_stat	 st;
	struct inst		*i;

	ATF_REQUIRE_EQ(MANY, running());
	RB_FOREACH(i, pids, &world.p.pids)
		kill(i->pid, SIGKILL);
	RB_FOREACH(i, pids, &world.p.pids)
		while (signature_stat(i->pid, &st) == 0 && st.state != 'Z')
			usleep(1000);
}

static unsigned
turns_until_reaped(void)
{
	unsigned	 turns = 0, before, now = MANY;

	while (now > 0) {
		before = now;
		event_base_loop(world.p.base, EVLOOP_ONCE);
		now = running();
		ATF_CHECK_MSG(before - now <= TURN, "%u", before - now);
		ATF_REQUIRE(++turns < 100 * MANY);
	}
	return (turns);
}

ATF_TC_WITHOUT_HEAD(a_turn_has_a_bound);
ATF_TC_BODY(a_turn_has_a_bound, tc)
{
	spawn_all("exec sleep 1000");
	kill_all();
	ATF_CHECK(turns_until_reaped() > 1);
	UNTIL(world.got[K_SUPERVISOR][M_EXITED] == MANY);
	world_end();
}

/*
 * Each left a process in a session of its own: one look finds those of all
 * that are dead, and EXITED waits for them.
 */
ATF_TC_WITHOUT_HEAD(one_look_serves_all_that_are_dead);
ATF_TC_BODY(one_look_serves_all_that_are_dead, tc)
{
	pid_t		 pids[MANY];
	struct signature_stat st;
	FILE		*f;
	unsigned	 turns;
	char		 path[64];
	int		 n = 0, pid;

	if (access("/proc/self/task", R_OK) == -1)
		atf_tc_skip("orphans are not told here");
	spawn_all("setsid -f sleep 1000; exec sleep 1000");
	/* those that were left are our children by now */
	do {
		n = 0;
		snprintf(path, sizeof(path), "/proc/self/task/%d/children",
		    (int)getpid());
		ATF_REQUIRE((f = fopen(path, "r")) != NULL);
		while (fscanf(f, "%d", &pid) == 1)
			if (inst_by_pid(&world.p, pid) == NULL &&
			    signature_stat(pid, &st) == 0 &&
			    st.session == pid && n < MANY)
				pids[n++] = pid;
		fclose(f);
		world_turn();
	} while (n < MANY);
	kill_all();
	turns = turns_until_reaped();
	ATF_CHECK_MSG(turns > 1 && turns < MANY / 2, "%u turns", turns);
	UNTIL(world.got[K_SUPERVISOR][M_EXITED] == MANY);
	for (n = 0; n < MANY; n++)
		ATF_CHECK_EQ(-1, kill(pids[n], 0));
	world_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, a_turn_has_a_bound);
	ATF_TP_ADD_TC(tp, one_look_serves_all_that_are_dead);
	return (atf_no_error());
}
