/*
 * omnitrond-supervisor: the decisions.  It runs as _omnitron in an empty
 * directory, opens no file and parses no text but the numbers of
 * /proc/PID/stat, from descriptors that the parent passes.
 */
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"
#include "omnitrond/supervisor/loop.h"
#include "omnitrond/supervisor/supervisor.h"

/* Before the walls: what libraries open or read at their first use. */
static void
main_touch(struct proc *p)
{
	uint32_t	 seed;

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
