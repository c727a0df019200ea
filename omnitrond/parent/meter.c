/*
 * What the supervisor measures instances by: it asks for one of three files,
 * which the parent finds itself and opens for reading.  In the parent; touches
 * the groups of instances and /proc.
 */
#include <string.h>

#include "omnitrond/parent/inst.h"

static int
meter_open(const struct inst *i, const struct m_meter *m)
{
	switch (m->what) {
	case METER_CPU:
		return (cgroup_leaf_file(i->leaf, "cpu.stat"));
	case METER_PROCS:
		return (cgroup_leaf_file(i->leaf, "cgroup.procs"));
	default:
		return (cgroup_leaf_member(i->leaf, m->pid, "statm"));
	}
}

/* There is no answer if there is no such thing, or not any more. */
int
meter_asked(struct peer *peer, struct msg *m)
{
	struct parent	*p = peer_arg(peer);
	struct m_meter	 req;
	struct inst	*i;
	int		 fd;

	msg_take(m, &req, sizeof(req));
	if (msg_end(m) == -1 || req.what >= METER_MAX || req.pid < 0 ||
	    (req.what == METER_MEMBER) != (req.pid > 0))
		return (-1);
	if ((i = inst_find(p, &req.inst)) == NULL || i->leaf == NULL ||
	    i->state != INST_RUNNING ||
	    i->id.generation != req.inst.generation)
		return (0);
	if ((fd = meter_open(i, &req)) != -1)
		peer_send(peer, M_METER, fd, &req, NULL);
	return (0);
}
