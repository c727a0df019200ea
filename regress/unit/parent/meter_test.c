/* What the supervisor may be given to measure an instance by. */
#include <fcntl.h>

#include "omnitrond/parent/cgroup.h"
#include "omnitrond/parent/inst.h"
#include "regress/unit/parent/boundary.h"

#define CONF	"app \"a\" { user \"nobody\" command \"/a\" }\n"

static struct m_meter	 last;
static char		 text[256];	/* of the descriptor that came */

static void
sees(enum kind k, struct msg *m)
{
	ssize_t	 n;
	int	 fd;

	if (m->type != M_METER)
		return;
	msg_take(m, &last, sizeof(last));
	fd = msg_take_fd(m);
	ATF_CHECK_EQ(O_RDONLY, fcntl(fd, F_GETFL) & O_ACCMODE);
	ATF_REQUIRE((n = read(fd, text, sizeof(text) - 1)) >= 0);
	text[n] = '\0';
	close(fd);
}

static void
ask(uint32_t generation, uint32_t what, int32_t pid)
{
	struct m_meter	 m;

	memset(&m, 0, sizeof(m));
	m.inst.app = 1;
	m.inst.generation = generation;
	m.what = what;
	m.pid = pid;
	peer_send(world.far[K_SUPERVISOR], M_METER_ASK, -1, &m, NULL);
}

/* An instance that runs: the process that plays the store. */
static struct inst *
running(void)
{
	struct parent	*p = &world.p;
	struct m_inst	 id;
	struct inst	*i;
	char		 why[1024], line[32], home[PATH_SIZE + 16];
	int		 fd, n;

	/* the cases may run side by side */
	snprintf(home, sizeof(home), "%s.%d", p->conf->home, (int)getpid());
	p->cgroup = cgroup_open(home, why, sizeof(why));
	if (p->cgroup == NULL) {
		world_end();
		atf_tc_skip("no usable cgroups: %s", why);
	}
	memset(&id, 0, sizeof(id));
	id.app = 1;
	id.generation = 3;
	i = inst_new(p, &id, ids_process(p, 1, 0));
	i->state = INST_RUNNING;
	i->leaf = cgroup_leaf_open(p->cgroup, "a", "a", 0);
	ATF_REQUIRE(i->leaf != NULL);
	n = snprintf(line, sizeof(line), "%d", (int)world.pid[K_STORE]);
	fd = openat(cgroup_leaf_fd(i->leaf), "cgroup.procs", O_WRONLY);
	ATF_REQUIRE_EQ(n, write(fd, line, (size_t)n));
	close(fd);
	return (i);
}

static void
end(struct inst *i)
{
	struct parent	*p = &world.p;

	i->state = INST_IDLE;
	kill(world.pid[K_STORE], SIGKILL);
	waitpid(world.pid[K_STORE], NULL, 0);
	while (cgroup_leaf_populated(i->leaf) == 1)
		usleep(1000);
	inst_free(i);
	cgroup_remove(p->cgroup);
	cgroup_close(p->cgroup);
	p->cgroup = NULL;
	world_end();
}

ATF_TC_WITHOUT_HEAD(files_of_an_instance);
ATF_TC_BODY(files_of_an_instance, tc)
{
	struct inst	*i;
	char		 line[32];

	world_new(CONF);
	world.sees = sees;
	i = running();
	ask(3, METER_CPU, 0);
	UNTIL(world.got[K_SUPERVISOR][M_METER] == 1);
	ATF_CHECK_EQ(METER_CPU, last.what);
	ATF_CHECK_MSG(strncmp(text, "usage_usec ", 11) == 0, "%s", text);
	ask(3, METER_PROCS, 0);
	UNTIL(world.got[K_SUPERVISOR][M_METER] == 2);
	snprintf(line, sizeof(line), "%d\n", (int)world.pid[K_STORE]);
	ATF_CHECK_STREQ(line, text);
	ask(3, METER_MEMBER, world.pid[K_STORE]);
	UNTIL(world.got[K_SUPERVISOR][M_METER] == 3);
	ATF_CHECK_EQ(world.pid[K_STORE], last.pid);
	ATF_CHECK_EQ(3, last.inst.generation);
	ATF_CHECK(strspn(text, "0123456789 \n") == strlen(text));
	end(i);
}

/* Of others there is no answer, whoever asks for them. */
ATF_TC_WITHOUT_HEAD(files_of_nobody_else);
ATF_TC_BODY(files_of_nobody_else, tc)
{
	struct inst	*i;

	world_new(CONF);
	world.sees = sees;
	i = running();
	ask(3, METER_MEMBER, getpid());
	ask(3, METER_MEMBER, 1);
	ask(3, METER_MEMBER, world.pid[K_LOGGER]);
	ask(2, METER_CPU, 0);
	ask(4, METER_MEMBER, world.pid[K_STORE]);
	i->state = INST_DRAINING;
	ask(3, METER_CPU, 0);
	/* answers come in the order of the questions */
	ask(3, METER_PROCS, 0);
	for (int n = 0; n < 100; n++)
		event_base_loop(world.p.base, EVLOOP_NONBLOCK);
	i->state = INST_RUNNING;
	ask(3, METER_CPU, 0);
	UNTIL(world.got[K_SUPERVISOR][M_METER] > 0);
	ATF_CHECK_EQ(1, world.got[K_SUPERVISOR][M_METER]);
	ATF_CHECK_EQ(METER_CPU, last.what);
	ATF_CHECK(world.why[K_SUPERVISOR] == NULL);
	end(i);
}

ATF_TC_WITHOUT_HEAD(nonsense_ends_the_channel);
ATF_TC_BODY(nonsense_ends_the_channel, tc)
{
	static const struct {
		uint32_t	 what;
		int32_t		 pid;
	} cases[] = {
		{ METER_MAX, 0 }, { METER_MEMBER, 0 }, { METER_MEMBER, -1 },
		{ METER_CPU, 1 }, { METER_PROCS, 1 },
	};
	size_t	 i;

	world_new(CONF);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask(1, cases[i].what, cases[i].pid);
		UNTIL(world.why[K_SUPERVISOR] != NULL);
		kill(world.pid[K_SUPERVISOR], SIGKILL);
		waitpid(world.pid[K_SUPERVISOR], NULL, 0);
		world_child(K_SUPERVISOR);
	}
	ATF_CHECK_EQ(0, world.got[K_SUPERVISOR][M_METER]);
	world_end();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, files_of_an_instance);
	ATF_TP_ADD_TC(tp, files_of_nobody_else);
	ATF_TP_ADD_TC(tp, nonsense_ends_the_channel);
	return (atf_no_error());
}
