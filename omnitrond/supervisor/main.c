/*
 * omnitrond-supervisor: the decisions.  It runs as _omnitron in an empty
 * directory, opens no file and parses no text but the kernel's numbers of
 * /proc and of control groups, from descriptors that the parent passes.
 */
#include <sys/resource.h>

#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"
#include "omnitrond/supervisor/loop.h"
#include "omnitrond/supervisor/metrics.h"
#include "omnitrond/supervisor/supervisor.h"

/*
 * Before the walls: what libraries open or read at their first use.  Half of
 * the descriptors are for what we ask for, to measure what else there is in an
 * instance; the other half for all that comes unasked.
 */
static void
main_touch(struct proc *p)
{
	struct rlimit	 rl;
	uint32_t	 seed;

	loop_sup(p)->own_uid = (p->setup.flags & SETUP_ROOT) ? 0 : getuid();
	if (getrlimit(RLIMIT_NOFILE, &rl) == -1)
		fatal("getrlimit");
	if (rl.rlim_cur > INT32_MAX)
		rl.rlim_cur = INT32_MAX;
	metrics_setup(loop_sup(p), (p->setup.flags & SETUP_CGROUP) != 0,
	    (uint32_t)rl.rlim_cur / 2);
	arc4random_buf(&seed, sizeof(seed));
	(void)sysconf(_SC_CLK_TCK);
	(void)sysconf(_SC_PAGESIZE);
}

static void
main_start(struct proc *p)
{
	log_debug("started, configuration %u", loop_sup(p)->conf_version);
}

static void
main_up(struct proc *p, enum kind kind)
{
	sup_up(loop_sup(p), kind);
}

static void
main_down(struct proc *p, enum kind kind)
{
	sup_down(loop_sup(p), kind);
}

static void
main_fini(struct proc *p)
{
	loop_free();
}

static const struct proc_ops ops = {
	.kind = K_SUPERVISOR,
	.dispatch = supervisor_dispatch,
	.touch = main_touch,
	.start = main_start,
	.up = main_up,
	.down = main_down,
	.fini = main_fini,
};

int
main(int argc, char **argv)
{
	return (proc_main(argc, argv, &ops));
}
