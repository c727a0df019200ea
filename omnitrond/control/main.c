/*
 * The control process: it serves the control socket; as `local', with another
 * user, further sockets.  It reads what clients send, which nobody has checked
 * before, and can open no path, start no program and signal nobody.
 */
#include "omnitrond/control/control.h"
#include "omnitrond/rpc/plane.h"

static void
main_start(struct proc *proc)
{
	listener_start(control_get(plane_net(proc)));
}

static void
main_fini(struct proc *proc)
{
	control_free(control_get(plane_net(proc)));
	plane_fini(proc);
}

static const struct proc_ops ops = {
	.kind = K_CONTROL,
	.other = K_LOCAL,
	.dispatch = control_dispatch,
	.touch = plane_touch,
	.start = main_start,
	.up = plane_up,
	.down = plane_down,
	.fini = main_fini,
};

int
main(int argc, char **argv)
{
	return (proc_main(argc, argv, &ops));
}
