/*
 * What the life of every plane has in common.  In a plane.
 */
#include "common/json.h"
#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/plane.h"

struct net *
plane_net(struct proc *proc)
{
	if (proc->arg == NULL)
		proc->arg = net_new(proc);
	return (proc->arg);
}

void
plane_touch(struct proc *proc)
{
	struct net	*net = plane_net(proc);
	struct json	*json;
	char		 err[64];

	if ((json = json_parse("{\"a\":[1.5]}", 11, &json_limits_request, err,
	    sizeof(err))) == NULL)
		fatalx("json: %s", err);
	json_free(json);
	xlarge_apart();		/* requests, replies: as large as clients like */
	net->began = mono_add_ms(mono_now(), proc->setup.started_ms -
	    wall_ms());
	/*
	 * An answer to the process before us may still be on its way: our
	 * numbers begin above all of its, and it is known for an old one.
	 */
	net->last_id = (uint64_t)mono_now().us << 10;
}

void
plane_up(struct proc *proc, enum kind kind)
{
	log_debug("%s is there", kind_name(kind));
	net_up(plane_net(proc), kind);
}

void
plane_down(struct proc *proc, enum kind kind)
{
	net_down(plane_net(proc), kind);
}

void
plane_fini(struct proc *proc)
{
	net_free(proc->arg);
	proc->arg = NULL;
}
