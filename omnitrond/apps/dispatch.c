/*
 * Every message that apps accepts.  Sender, size, descriptor and state were
 * checked before, by the table of proto.h.
 */
#include <unistd.h>

#include "omnitrond/apps/apps.h"

static int
on_socket(struct peer *peer, struct msg *msg)
{
	struct m_app_socket	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1 || m.which >= APP_SOCKETS)
		return (-1);
	inst_socket(apps_of(peer), &m.inst, m.which, msg_take_fd(msg));
	return (0);
}

static int
on_born(struct peer *peer, struct msg *msg)
{
	struct m_app_born	 m;
	char			 app[NAME_SIZE], process[NAME_SIZE];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, app, sizeof(app));
	msg_take_str(msg, process, sizeof(process));
	if (msg_end(msg) == -1 || m.pid <= 1 || m.access > NOTIFY_GROUP ||
	    m.ready >= READY_MAX)
		return (-1);
	inst_born(apps_of(peer), &m, app, process);
	return (0);
}

static int
on_died(struct peer *peer, struct msg *msg)
{
	struct m_inst	 m;
	struct app_inst	*i;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	if ((i = inst_living(apps_of(peer), &m)) != NULL)
		inst_died(i);
	return (0);
}

static int
on_closed(struct peer *peer, struct msg *msg)
{
	struct m_inst	 m;
	struct app_inst	*i;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	if ((i = inst_find(apps_of(peer), &m)) != NULL)
		inst_free(i);
	return (0);
}

static int
on_who_is(struct peer *peer, struct msg *msg)
{
	struct m_app_who	 m;
	struct app_inst		*i;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1 || m.member > 1)
		return (-1);
	if ((i = inst_living(apps_of(peer), &m.inst)) != NULL)
		notify_answer(i, m.pid, (int)m.member);
	return (0);
}

static int
on_watch(struct peer *peer, struct msg *msg)
{
	struct m_app_watch	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	beat_watch(inst_get(apps_of(peer), &m.inst), m.inst.generation, m.ms);
	return (0);
}

const struct dispatch	 apps_dispatch[] = {
	/* the parent */
	HANDLE(APP_SOCKET, on_socket),
	HANDLE(APP_BORN, on_born),
	HANDLE(APP_DIED, on_died),
	HANDLE(APP_CLOSED, on_closed),
	HANDLE(APP_WHO_IS, on_who_is),
	/* the supervisor */
	HANDLE(APP_WATCH, on_watch),
	HANDLE_END
};
