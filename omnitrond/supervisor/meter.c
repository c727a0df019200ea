/*
 * What one instance has used.  Supervisor process; reads descriptors that the
 * parent opened, and opens nothing.
 *
 * The leader's /proc/PID/stat comes with the news of its exec.  Where the
 * instance has a control group its cpu.stat and cgroup.procs are asked for at
 * the first look, and for each process in it but the leader its
 * /proc/PID/statm: so CPU is that of all it ever started, memory the resident
 * pages of all that are in the group now.  memory.current of a controller is
 * not used: it counts the page cache too, which is nobody's to limit.
 *
 * Memory changes only while someone runs: as long as the group uses no CPU
 * one small read is all that a look costs.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/xmalloc.h"
#include "omnitrond/supervisor/meter.h"
#include "omnitrond/supervisor/supervisor.h"

#define STAT_SIZE	1024	/* the kernel's line has 52 numbers and a name */
#define USAGE_SIZE	64	/* the first line of cpu.stat is enough */
#define PROCS_SIZE	4096	/* pids: more than METER_MEMBERS_MAX */

void
meter_init(struct inst *inst)
{
	memset(&inst->meter, 0, sizeof(inst->meter));
	inst->meter.stat_fd = inst->meter.cpu_fd = inst->meter.procs_fd = -1;
}

/* ---- descriptors -------------------------------------------------------- */

/*
 * Those that are asked for, come or not, leave room for what must come.  0 if
 * there is none for so many.
 */
static int
meter_reserve(struct sup *sup, uint32_t n)
{
	if (sup->metrics.fds + n > sup->metrics.fds_max)
		return (0);
	sup->metrics.fds += n;
	return (1);
}

static void
meter_set(int *to, int fd)
{
	if (*to != -1)
		close(*to);
	*to = fd;
}

static void
meter_ask(struct sup *sup, const struct inst *inst, enum meter_what what,
    int32_t pid)
{
	struct m_meter	 m;

	memset(&m, 0, sizeof(m));
	inst_id(inst, &m.inst);
	m.what = what;
	m.pid = pid;
	out_send(sup, K_PARENT, M_METER_ASK, &m, NULL);
}

static void
meter_ask_group(struct sup *sup, struct inst *inst)
{
	struct meter	*mt = &inst->meter;

	if (mt->asked != ASKED_NOT || !sup->metrics.groups ||
	    !meter_reserve(sup, 2))
		return;
	mt->asked = ASKED;
	meter_ask(sup, inst, METER_CPU, 0);
	meter_ask(sup, inst, METER_PROCS, 0);
}

static void
meter_drop_members(struct sup *sup, struct meter *mt)
{
	uint32_t	 i;

	for (i = 0; i < mt->nmembers; i++)
		meter_set(&mt->members[i].fd, -1);
	sup->metrics.fds -= mt->nmembers;
	free(mt->members);
	mt->members = NULL;
	mt->nmembers = 0;
}

/* The group went, or is not what we think: the leader is left. */
static void
meter_drop_group(struct sup *sup, struct meter *mt)
{
	meter_set(&mt->cpu_fd, -1);
	meter_set(&mt->procs_fd, -1);
	if (mt->asked == ASKED) {
		mt->asked = ASKED_OVER;
		sup->metrics.fds -= 2;
	}
	meter_drop_members(sup, mt);
}

/* ---- CPU ---------------------------------------------------------------- */

static int
meter_usage(const struct meter *mt, uint64_t *us)
{
	char	 buf[USAGE_SIZE];
	ssize_t	 n;

	n = pread(mt->cpu_fd, buf, sizeof(buf), 0);
	return (n <= 0 ? -1 : meter_parse_usage(buf, (size_t)n, us));
}

static int
meter_leader(const struct meter *mt, uint64_t *us, uint64_t *rss)
{
	char		 buf[STAT_SIZE];
	uint64_t	 ticks, pages;
	ssize_t		 n;

	n = pread(mt->stat_fd, buf, sizeof(buf), 0);
	if (n <= 0 || meter_parse_stat(buf, (size_t)n, &ticks, &pages) == -1)
		return (-1);
	*us = ticks * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
	*rss = pages * (uint64_t)sysconf(_SC_PAGESIZE);
	return (0);
}

/* ---- memory ------------------------------------------------------------- */

static struct meter_member *
meter_member(const struct meter *mt, int32_t pid, uint32_t near)
{
	uint32_t	 i;

	/* both lists have the same order, but for those that are new */
	if (near < mt->nmembers && mt->members[near].pid == pid)
		return (&mt->members[near]);
	for (i = 0; i < mt->nmembers; i++)
		if (mt->members[i].pid == pid)
			return (&mt->members[i]);
	return (NULL);
}

/* 1 if it is asked for. */
static int
meter_member_new(struct sup *sup, struct inst *inst, int32_t pid)
{
	struct meter		*mt = &inst->meter;
	struct meter_member	*m;

	if (mt->nmembers == METER_MEMBERS_MAX || !meter_reserve(sup, 1))
		return (0);
	mt->members = xreallocarray(mt->members, mt->nmembers + 1,
	    sizeof(*mt->members));
	m = &mt->members[mt->nmembers++];
	m->pid = pid;
	m->fd = -1;
	m->seen = 1;
	meter_ask(sup, inst, METER_MEMBER, pid);
	return (1);
}

static void
meter_sweep(struct sup *sup, struct meter *mt)
{
	uint32_t	 i, n = 0;

	for (i = 0; i < mt->nmembers; i++) {
		if (!mt->members[i].seen) {
			meter_set(&mt->members[i].fd, -1);
			sup->metrics.fds--;
			continue;
		}
		mt->members[n] = mt->members[i];
		mt->members[n++].seen = 0;
	}
	mt->nmembers = n;
}

/* Who is in the group now; those that are new are asked for. */
static void
meter_members(struct sup *sup, struct inst *inst)
{
	struct meter		*mt = &inst->meter;
	struct meter_member	*m;
	char			 buf[PROCS_SIZE];
	uint32_t		 near = 0, asks = 0;
	size_t			 off = 0;
	ssize_t			 n;
	int32_t			 pid;

	if ((n = pread(mt->procs_fd, buf, sizeof(buf), 0)) < 0)
		n = 0;
	while ((pid = meter_parse_pid(buf, (size_t)n, &off)) != -1) {
		if (pid == 0 || pid == inst->sig.pid)
			continue;
		if ((m = meter_member(mt, pid, near)) != NULL) {
			m->seen = 1;
			near = (uint32_t)(m - mt->members) + 1;
		} else if (asks < METER_ASKS_MAX)
			asks += (uint32_t)meter_member_new(sup, inst, pid);
	}
	meter_sweep(sup, mt);
	mt->stale = asks > 0;
}

static uint64_t
meter_members_rss(const struct meter *mt)
{
	char		 buf[STAT_SIZE];
	uint64_t	 pages, sum = 0;
	uint32_t	 i;
	ssize_t		 n;

	for (i = 0; i < mt->nmembers; i++) {
		if (mt->members[i].fd == -1)
			continue;
		n = pread(mt->members[i].fd, buf, sizeof(buf), 0);
		if (n > 0 && meter_parse_statm(buf, (size_t)n, &pages) == 0)
			sum += pages * (uint64_t)sysconf(_SC_PAGESIZE);
	}
	return (sum);
}

/* ---- looking ------------------------------------------------------------ */

/* CPU and memory as they are now. */
static int
meter_read(struct sup *sup, struct inst *inst, uint64_t *us)
{
	struct meter	*mt = &inst->meter;
	uint64_t	 leader_us, rss;

	if (mt->cpu_fd != -1 && meter_usage(mt, us) == -1)
		meter_drop_group(sup, mt);
	if (mt->cpu_fd != -1 && *us == mt->used_us && !mt->stale)
		return (0);
	if (meter_leader(mt, &leader_us, &rss) == -1)
		return (-1);
	if (mt->cpu_fd == -1)
		*us = leader_us;
	mt->stale = 0;
	if (mt->procs_fd != -1) {
		meter_members(sup, inst);
		rss += meter_members_rss(mt);
	}
	mt->rss = rss;
	return (0);
}

int
meter_look(struct sup *sup, struct inst *inst, uint32_t *cpu, uint64_t *rss)
{
	struct meter	*mt = &inst->meter;
	struct mono	 now = out_now(sup);
	uint64_t	 us = 0;

	if (meter_read(sup, inst, &us) == -1)
		return (-1);
	/* a counter that went back is another one */
	*cpu = us < mt->used_us ? 0 : meter_cpu(us - mt->used_us,
	    mono_diff_ms(now, mt->looked));
	*rss = mt->rss;
	mt->used_us = us;
	mt->looked = now;
	meter_ask_group(sup, inst);
	return (0);
}

void
meter_begin(struct sup *sup, struct inst *inst, int fd)
{
	struct meter	*mt = &inst->meter;
	uint64_t	 us;

	mt->stat_fd = fd;
	/* what one that was adopted has used before is not of our time */
	if (meter_leader(mt, &us, &mt->rss) == -1)
		us = mt->rss = 0;
	mt->used_us = us;
	mt->looked = out_now(sup);
	mt->asked = ASKED_NOT;
	mt->stale = 0;
}

void
meter_end(struct sup *sup, struct inst *inst)
{
	struct meter	*mt = &inst->meter;

	meter_drop_group(sup, mt);
	meter_set(&mt->stat_fd, -1);
}

/* From here on it is the group's CPU that counts. */
static void
meter_set_cpu(struct sup *sup, struct meter *mt, int fd)
{
	meter_set(&mt->cpu_fd, fd);
	if (meter_usage(mt, &mt->used_us) == -1)
		meter_drop_group(sup, mt);
	else
		mt->looked = out_now(sup);
}

static void
meter_set_member(struct meter *mt, int32_t pid, int fd)
{
	struct meter_member	*m = meter_member(mt, pid, 0);

	if (m == NULL || m->fd != -1)
		close(fd);
	else
		m->fd = fd;
}

int
meter_file(struct sup *sup, const struct m_meter *m, int fd)
{
	struct inst	*inst = inst_of(sup, &m->inst);

	if (m->what >= METER_MAX) {
		close(fd);
		return (-1);
	}
	if (inst == NULL || inst->meter.asked != ASKED) {
		close(fd);
		return (0);
	}
	inst->meter.stale = 1;
	switch (m->what) {
	case METER_CPU:
		meter_set_cpu(sup, &inst->meter, fd);
		break;
	case METER_PROCS:
		meter_set(&inst->meter.procs_fd, fd);
		break;
	default:
		meter_set_member(&inst->meter, m->pid, fd);
		break;
	}
	return (0);
}
