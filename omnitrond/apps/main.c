/*
 * omnitrond-apps: what apps tell of themselves.  It reads what any app may
 * send it, and carries no role: it can misreport what an app says of itself
 * and nothing else.  It is given its sockets, and opens nothing.
 */
#include <stdlib.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/apps/apps.h"

/* The first message comes before proc_ops.start. */
static struct apps *
main_apps(struct proc *proc)
{
	struct apps	*apps = proc->arg;

	if (apps == NULL) {
		proc->arg = apps = xcalloc(1, sizeof(*apps));
		apps->proc = proc;
		RB_INIT(&apps->insts);
	}
	return (apps);
}

struct apps *
apps_of(const struct peer *peer)
{
	return (main_apps(proc_of(peer)));
}

static void
main_start(struct proc *proc)
{
	main_apps(proc);
}

static void
main_up(struct proc *proc, enum kind kind)
{
	if (kind == K_SUPERVISOR)
		say_all(main_apps(proc));
}

static void
main_down(struct proc *proc, enum kind kind)
{
	log_debug("%s is away", kind_name(kind));
}

static void
main_fini(struct proc *proc)
{
	inst_free_all(main_apps(proc));
	free(proc->arg);
	proc->arg = NULL;
}

static const struct proc_ops	 ops = {
	.kind = K_APPS,
	.dispatch = apps_dispatch,
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
