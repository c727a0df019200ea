/*
 * The configuration of `local': sockets and rules, told and then switched to
 * by CONF_COMMIT.  The control plane has no rules, and its socket comes with
 * its set-up.
 */
#include <string.h>

#include "omnitrond/control/conf.h"
#include "omnitrond/control/control.h"

int
conf_begin(struct peer *peer, struct msg *m)
{
	struct control		*ctl = control_of(peer);
	struct m_conf_begin	 begin;

	msg_take(m, &begin, sizeof(begin));
	if (msg_end(m) == -1 || begin.version == 0)
		return (-1);
	listener_forget(ctl);	/* of one that was never committed */
	access_begin(ctl->net);
	ctl->version = begin.version;
	ctl->telling = 1;
	return (0);
}

int
conf_rule(struct peer *peer, struct msg *m)
{
	return (control_of(peer)->telling ? access_rule(peer, m) : -1);
}

int
conf_end(struct peer *peer, struct msg *m)
{
	struct control		*ctl = control_of(peer);
	struct m_conf_end	 end;

	msg_take(m, &end, sizeof(end));
	if (msg_end(m) == -1 || !ctl->telling || end.version != ctl->version)
		return (-1);
	ctl->telling = 0;
	ctl->told = 1;
	/* At the start nobody waits for it: the commit comes at once. */
	if (ctl->started)
		peer_send(peer, M_CONF_ACK, -1, &end, NULL);
	return (0);
}

int
conf_commit(struct peer *peer, struct msg *m)
{
	struct control		*ctl = control_of(peer);
	struct m_conf_end	 end;

	msg_take(m, &end, sizeof(end));
	if (msg_end(m) == -1 || !ctl->told || end.version != ctl->version)
		return (-1);
	ctl->told = 0;
	access_commit(ctl->net);
	listener_switch(ctl);
	return (0);
}
