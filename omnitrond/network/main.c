/*
 * The network process: TCP and HTTP, with TLS or without, for those who have a
 * token.  It reads what strangers send, and can open no path, start no program
 * and signal nobody.
 */
#include <time.h>

#include "common/json.h"
#include "common/log.h"
#include "omnitrond/network/network.h"
#include "omnitrond/network/tls.h"

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
	jwt_touch();
	tls_touch();
	tzset();
	net->began = mono_add_ms(mono_now(), proc->setup.started_ms -
	    wall_ms());
	/*
	 * An answer to the process before us may still be on its way: our
	 * numbers begin above all of its, and it is known for an old one.
	 */
	net->last_id = (uint64_t)mono_now().us << 10;
}

static void
main_start(struct proc *proc)
{
	network_get(net_arg(proc));
}

static void
main_up(struct proc *proc, enum kind kind)
{
	log_debug("%s is there", kind_name(kind));
	net_up(net_arg(proc), kind);
}

static void
main_down(struct proc *proc, enum kind kind)
{
	net_down(net_arg(proc), kind);
}

static void
main_fini(struct proc *proc)
{
	network_free(network_get(net_arg(proc)));
	net_free(proc->arg);
	proc->arg = NULL;
}

static const struct proc_ops ops = {
	.kind = K_NETWORK,
	.dispatch = network_dispatch,
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
