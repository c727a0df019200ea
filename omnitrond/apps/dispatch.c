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

static int
on_stop(struct peer *peer, struct msg *msg)
{
	struct m_stop	 m;
	struct app_inst	*i;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	if ((i = inst_living(apps_of(peer), &m.inst)) != NULL)
		channel_stop(i, m.timeout_ms);
	return (0);
}

static int
on_exec_open(struct peer *peer, struct msg *msg)
{
	struct m_exec_open	 m;
	const uint8_t		*insts;
	size_t			 len;

	msg_take(msg, &m, sizeof(m));
	insts = msg_take_rest(msg, &len);
	if (msg_end(msg) == -1)
		return (-1);
	return (call_open(apps_of(peer), &m, insts, len));
}

static int
on_exec_call(struct peer *peer, struct msg *msg)
{
	struct m_sync	 m;
	char		 service[NAME_SIZE], method[NAME_SIZE];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, service, sizeof(service));
	msg_take_str(msg, method, sizeof(method));
	if (msg_end(msg) == -1)
		return (-1);
	return (call_named(apps_of(peer), peer_kind(peer), m.seq, service,
	    method));
}

static int
on_exec_part(struct peer *peer, struct msg *msg)
{
	struct m_object	 m;
	const uint8_t	*data;
	size_t		 len;

	msg_take(msg, &m, sizeof(m));
	data = msg_take_rest(msg, &len);
	if (msg_end(msg) == -1)
		return (-1);
	return (call_part(apps_of(peer), peer_kind(peer), &m, data, len));
}

static int
on_exec_got(struct peer *peer, struct msg *msg)
{
	struct m_object_got	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	return (call_got(apps_of(peer), peer_kind(peer), m.id));
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
	HANDLE(APP_STOP, on_stop),
	HANDLE(EXEC_OPEN, on_exec_open),
	/* the planes */
	HANDLE(EXEC_CALL, on_exec_call),
	HANDLE(EXEC_PART, on_exec_part),
	HANDLE(EXEC_GOT, on_exec_got),
	HANDLE_END
};
