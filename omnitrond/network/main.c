/*
 * The network process: TCP and HTTP, with TLS or without, for those who have a
 * token.  It reads what strangers send, and can open no path, start no program
 * and signal nobody.
 */
#include <time.h>

#include "omnitrond/network/network.h"
#include "omnitrond/network/tls.h"
#include "omnitrond/rpc/plane.h"

static void
main_touch(struct proc *proc)
{
	plane_touch(proc);
	jwt_touch();
	tls_touch();
	tzset();
}

static void
main_start(struct proc *proc)
{
	network_get(plane_net(proc));
}

static void
main_fini(struct proc *proc)
{
	network_free(network_get(plane_net(proc)));
	plane_fini(proc);
}

static const struct proc_ops ops = {
	.kind = K_NETWORK,
	.dispatch = network_dispatch,
	.touch = main_touch,
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
