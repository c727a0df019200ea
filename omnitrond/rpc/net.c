/*
 * The state of a plane, made when its first message comes, and
 * what the parent tells of the other processes.  Touches the /proc/PID/statm
 * descriptors it is handed.
 */
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/rpc/index.h"
#include "omnitrond/rpc/logs.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/plane.h"
#include "omnitrond/rpc/reply.h"
#include "omnitrond/rpc/request.h"

struct net *
net_new(struct proc *proc)
{
	struct net	*net = xcalloc(1, sizeof(*net));
	size_t		 k;

	net->proc = proc;
	net->index = index_new();
	net->own_uid = geteuid();	/* the daemon's: walls come later */
	net->page = sysconf(_SC_PAGESIZE);
	net->view = view_new();
	RB_INIT(&net->requests);
	TAILQ_INIT(&net->services);
	TAILQ_INIT(&net->meters);
	grants_init(&net->access.rules);
	grants_init(&net->access.told);
	events_init(net);
	jsonw_init(&net->writer, REPLY_MAX);
	for (k = 0; k < K_MAX; k++)
		net->member[k].fd = -1;
	return (net);
}

void
net_free(struct net *net)
{
	struct request	*r;
	int		 k;

	while ((r = request_next(net, 0)) != NULL)
		request_free(r);
	for (k = 0; k < K_MAX; k++)
		if (net->member[k].fd != -1)
			close(net->member[k].fd);
	exec_services_free(net);
	meter_free_all(net);
	view_free(net->view);
	view_free(net->next);
	events_free(net);
	grants_free(&net->access.rules);
	grants_free(&net->access.told);
	jsonw_free(&net->writer);
	free(net->index);
	free(net);
}

struct net *
net_of(const struct peer *peer)
{
	return (plane_net(proc_of(peer)));
}

/* A process was started, or its walls or its descriptor are known now. */
int
net_member(struct peer *peer, struct msg *m)
{
	struct net		*net = net_of(peer);
	struct m_process	 rec;
	struct member		*member;
	int			 fd = msg_take_fd(m);

	msg_take(m, &rec, sizeof(rec));
	if (msg_end(m) == -1 || rec.kind >= K_MAX) {
		if (fd != -1)
			close(fd);
		return (-1);
	}
	member = &net->member[rec.kind];
	if (member->fd != -1 && (fd != -1 || rec.pid != member->rec.pid)) {
		close(member->fd);
		member->fd = -1;
	}
	if (fd != -1)
		member->fd = fd;
	member->rec = rec;
	member->known = rec.pid != 0;
	return (0);
}

/* Only a supervisor that has told what runs is asked: it is ready itself. */
int
net_ready(const struct net *net)
{
	return (net->ready && net->proc->peer[K_SUPERVISOR] != NULL);
}

int64_t
net_uptime(const struct net *net)
{
	return (mono_diff_ms(mono_now(), net->began));
}

void
net_up(struct net *net, enum kind kind)
{
	if (kind == K_LOGGER)
		logs_up(net);
	if (kind == K_SUPERVISOR)
		events_up(net);
	if (kind == K_SECRETS)
		secret_up(net);
	/* the supervisor, or a new apps, may have dropped what crossed it */
	if (kind == K_APPS)
		exec_down(net);
}

void
net_down(struct net *net, enum kind kind)
{
	if (kind == K_LOGGER)
		logs_down(net);
	if (kind == K_APPS) {
		exec_down(net);
		meter_free_all(net);
	}
	if (kind == K_SECRETS)
		secret_down(net);
	if (kind != K_SUPERVISOR)
		return;
	/* The old view is answered from until the new one is whole. */
	view_free(net->next);
	net->next = NULL;
	net->ready = 0;
	events_down(net);
	request_down(net);
}
