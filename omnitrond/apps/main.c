/*
 * omnitrond-apps: what apps tell of themselves.  It reads what any app may
 * send it, and carries no role: it can misreport what an app says of itself
 * and nothing else.  It is given its sockets, and opens nothing.
 */
#include <stdlib.h>

#include "common/json.h"
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
		RB_INIT(&apps->calls);
	}
	return (apps);
}

struct apps *
apps_of(const struct peer *peer)
{
	return (main_apps(proc_of(peer)));
}

/* What reads files on first use does so before the walls stand. */
static void
main_touch(struct proc *proc)
{
	struct json	*json;
	char		 err[64];

	if ((json = json_parse("{\"a\":[1.5]}", 11, &json_limits_request, err,
	    sizeof(err))) == NULL)
		fatalx("json: %s", err);
	json_free(json);
}

static void
main_start(struct proc *proc)
{
	main_apps(proc);
}

static void
main_up(struct proc *proc, enum kind kind)
{
	struct app_inst	*i;

	if (kind == K_SUPERVISOR)
		say_all(main_apps(proc));
	if (!plane_there(main_apps(proc), kind))
		return;
	RB_FOREACH(i, app_insts, &main_apps(proc)->insts) {
		if (i->nchannels > 0)
			channel_tell(i, kind);
		meter_tell(i, kind);
	}
}

static void
main_down(struct proc *proc, enum kind kind)
{
	log_debug("%s is away", kind_name(kind));
	if ((1u << kind) & KB_PLANES)
		call_free_all(main_apps(proc), kind);
}

static void
main_fini(struct proc *proc)
{
	call_free_all(main_apps(proc), K_MAX);
	inst_free_all(main_apps(proc));
	free(proc->arg);
	proc->arg = NULL;
}

static const struct proc_ops	 ops = {
	.kind = K_APPS,
	.dispatch = apps_dispatch,
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
