/*
 * The transport's state, made when the first message comes.  In the control
 * process.
 */
#include <stdlib.h>

#include <event2/event.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/control/conn.h"
#include "omnitrond/control/control.h"

static struct control *
control_new(struct net *net)
{
	struct control	*ctl = xcalloc(1, sizeof(*ctl));

	ctl->net = net;
	ctl->reserve_fd = -1;
	TAILQ_INIT(&ctl->conns);
	TAILQ_INIT(&ctl->turns);
	ctl->turn = event_new(net->proc->base, -1, 0, conn_turn, ctl);
	if (ctl->turn == NULL)
		fatalx("out of memory");
	return (ctl);
}

struct control *
control_get(struct net *net)
{
	if (net->transport == NULL)
		net->transport = control_new(net);
	return (net->transport);
}

struct control *
control_of(const struct peer *peer)
{
	return (control_get(net_of(peer)));
}

void
control_free(struct control *ctl)
{
	if (ctl == NULL)
		return;
	listener_close(ctl);
	conn_close_all(ctl);
	event_free(ctl->turn);
	ctl->net->transport = NULL;
	free(ctl);
}
