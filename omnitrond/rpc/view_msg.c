/*
 * The supervisor's records of apps into the view.  In a plane.
 *
 * What follows VIEW_BEGIN is collected beside the view that is answered
 * from, and takes its place with VIEW_SYNC: a supervisor that starts anew
 * leaves no moment in which apps seem to be gone.
 */
#include <string.h>

#include "omnitrond/rpc/logs.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/view_msg.h"

static struct view *
view_msg_target(struct net *net)
{
	return (net->next != NULL ? net->next : net->view);
}

int
view_msg_begin(struct peer *peer, struct msg *m)
{
	struct net	*net = net_of(peer);
	struct m_none	 none;

	msg_take(m, &none, sizeof(none));
	if (msg_end(m) == -1)
		return (-1);
	view_free(net->next);
	net->next = view_new();
	memset(net->degraded, 0, sizeof(net->degraded));
	return (0);
}

int
view_msg_app(struct peer *peer, struct msg *m)
{
	struct net		*net = net_of(peer);
	struct m_view_app	 rec;
	char			 name[NAME_SIZE], reason[TEXT_MAX + 1];

	msg_take(m, &rec, sizeof(rec));
	msg_take_str(m, name, sizeof(name));
	msg_take_str(m, reason, sizeof(reason));
	if (msg_end(m) == -1)
		return (-1);
	return (view_set_app(view_msg_target(net), &rec, name, reason));
}

int
view_msg_dep(struct peer *peer, struct msg *m)
{
	struct net		*net = net_of(peer);
	struct m_conf_dep	 dep;

	msg_take(m, &dep, sizeof(dep));
	if (msg_end(m) == -1)
		return (-1);
	view_add_dep(view_msg_target(net), &dep);
	return (0);
}

int
view_msg_inst(struct peer *peer, struct msg *m)
{
	struct net		*net = net_of(peer);
	struct m_view_inst	 rec;
	char			 name[NAME_SIZE], text[STATUS_TEXT_MAX + 1];
	char			 health[HEALTH_TEXT_SIZE];

	msg_take(m, &rec, sizeof(rec));
	msg_take_str(m, name, sizeof(name));
	msg_take_str(m, text, sizeof(text));
	msg_take_str(m, health, sizeof(health));
	if (msg_end(m) == -1 || rec.status >= S_MAX ||
	    rec.check >= CHECK_MAX || rec.health >= HEALTH_MAX)
		return (-1);
	view_set_inst(view_msg_target(net), &rec, name, text, health);
	return (0);
}

int
view_msg_watch(struct peer *peer, struct msg *m)
{
	struct net		*net = net_of(peer);
	struct m_view_watch	 rec;
	char			 directory[PATH_SIZE], name[NAME_SIZE];

	msg_take(m, &rec, sizeof(rec));
	msg_take_str(m, directory, sizeof(directory));
	msg_take_str(m, name, sizeof(name));
	if (msg_end(m) == -1 || rec.trouble >= WATCH_TROUBLE_MAX ||
	    rec.on > 1)
		return (-1);
	view_set_watch(view_msg_target(net), &rec, directory, name);
	return (0);
}

int
view_msg_gone(struct peer *peer, struct msg *m)
{
	struct net	*net = net_of(peer);
	struct m_inst	 inst;

	msg_take(m, &inst, sizeof(inst));
	if (msg_end(m) == -1)
		return (-1);
	view_gone(view_msg_target(net), &inst);
	return (0);
}

int
view_msg_metrics(struct peer *peer, struct msg *m)
{
	struct net	*net = net_of(peer);
	struct m_none	 none;
	struct metric	 metric;
	const uint8_t	*p;
	size_t		 len;

	msg_take(m, &none, sizeof(none));
	p = msg_take_rest(m, &len);
	if (msg_end(m) == -1 || len % sizeof(metric) != 0)
		return (-1);
	for (; len > 0; len -= sizeof(metric), p += sizeof(metric)) {
		memcpy(&metric, p, sizeof(metric));
		view_metric(view_msg_target(net), &metric);
	}
	return (0);
}

int
view_msg_degraded(struct peer *peer, struct msg *m)
{
	struct net		*net = net_of(peer);
	struct m_degraded	 degraded;
	char			 text[TEXT_MAX + 1];

	msg_take(m, &degraded, sizeof(degraded));
	msg_take_str(m, text, sizeof(text));
	if (msg_end(m) == -1 || degraded.cause >= CAUSE_MAX)
		return (-1);
	strlcpy(net->degraded[degraded.cause], text,
	    sizeof(net->degraded[degraded.cause]));
	return (0);
}

/*
 * From the first whole view on every caller can be answered.  The parent waits
 * for that of the control plane alone.
 */
static void
view_msg_serving(const struct net *net)
{
	struct peer	*parent = net->proc->peer[K_PARENT];
	struct m_none	 none = { 0 };

	if (!net->synced && parent != NULL &&
	    (proto_senders(M_SERVING) & (1u << net->proc->kind)))
		peer_send(parent, M_SERVING, -1, &none, NULL);
}

int
view_msg_sync(struct peer *peer, struct msg *m)
{
	struct net	*net = net_of(peer);
	struct m_sync	 sync;

	msg_take(m, &sync, sizeof(sync));
	if (msg_end(m) == -1)
		return (-1);
	peer_send(peer, M_VIEW_SYNCED, -1, &sync, NULL);
	if (net->next == NULL)
		return (0);
	view_free(net->view);
	net->view = net->next;
	net->next = NULL;
	view_msg_serving(net);
	net->synced = net->ready = 1;
	logs_up(net);
	return (0);
}
