/*
 * omnitrond-apps: what apps tell of themselves.  It reads what any app may
 * send it, and carries no role: it can misreport what an app says of itself
 * and nothing else.  It is given its sockets, and opens nothing.
 */
#include "common/log.h"
#include "omnitrond/proc.h"

static const struct dispatch	 apps_dispatch[] = {
	HANDLE_END
};

static void
main_start(struct proc *proc)
{
}

static void
main_up(struct proc *proc, enum kind kind)
{
	log_debug("%s is there", kind_name(kind));
}

static void
main_down(struct proc *proc, enum kind kind)
{
	log_debug("%s is away", kind_name(kind));
}

static const struct proc_ops	 ops = {
	.kind = K_APPS,
	.dispatch = apps_dispatch,
	.start = main_start,
	.up = main_up,
	.down = main_down,
};

int
main(int argc, char **argv)
{
	return (proc_main(argc, argv, &ops));
}
