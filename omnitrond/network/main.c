/*
 * The network process: the RPC surface.  As `control` it serves the control
 * socket.  It reads what clients send, which nobody has checked before, and
 * can open no path, start no program and signal nobody.
 */
#include <unistd.h>

#include "common/log.h"
#include "omnitrond/network/network.h"

static const struct dispatch dispatch[] = {
	HANDLE(LISTENER, listener_take),
	HANDLE(PROCESS, net_member),
	HANDLE(OBJECT, object_part),
	HANDLE(REPLY, request_reply),
	HANDLE(VIEW_BEGIN, view_begin),
	HANDLE(VIEW_APP, view_app),
	HANDLE(VIEW_DEP, view_dep),
	HANDLE(VIEW_INST, view_instance),
	HANDLE(VIEW_GONE, view_away),
	HANDLE(VIEW_METRICS, view_metrics),
	HANDLE(VIEW_DEGRADED, view_degraded),
	HANDLE(VIEW_SYNC, view_sync),
	HANDLE(LOG_RECORD, logs_record),
	HANDLE(LOG_DONE, logs_done),
	HANDLE_END
};

static struct net *
net_arg(struct proc *proc)
{
	if (proc->arg == NULL)
		proc->arg = net_new(proc);
	return (proc->arg);
}

/* What reads files on first use does so before the walls stand. */
static void
main_touch(struct proc *proc)
{
	struct net	*net = net_arg(proc);
	struct json	*json;
	char		 err[64];

	if ((json = json_parse("{\"a\":[1.5]}", 11, &json_limits_request, err,
	    sizeof(err))) == NULL)
		fatalx("json: %s", err);
	json_free(json);
	net->began = mono_add_ms(mono_now(), proc->setup.started_ms -
	    wall_ms());
}

static void
main_start(struct proc *proc)
{
	listener_start(net_arg(proc));
}

static void
main_up(struct proc *proc, enum kind kind)
{
	log_debug("%s is there", kind_name(kind));
	if (kind == K_SUPERVISOR || kind == K_LOGGER)
		logs_up(net_arg(proc));
}

static void
main_down(struct proc *proc, enum kind kind)
{
	struct net	*net = net_arg(proc);

	if (kind == K_SUPERVISOR) {
		view_free(net->next);
		net->next = NULL;
		/* The old view is answered from until the new one is whole. */
		requests_fail(net);
	} else if (kind == K_LOGGER)
		logs_down(net);
}

static void
main_fini(struct proc *proc)
{
	struct net	*net = net_arg(proc);

	listener_close(net);
	conn_close_all(net);
}

static const struct proc_ops ops = {
	.kind = K_CONTROL,
	.dispatch = dispatch,
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
