/*
 * Every message that the supervisor accepts.  Sender, size, descriptor and
 * state were checked before, by the table of proto.h; here a message is
 * taken apart and handed on.  Supervisor process.
 */
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "omnitrond/supervisor/audit.h"
#include "omnitrond/supervisor/conf.h"
#include "omnitrond/supervisor/event.h"
#include "omnitrond/supervisor/load.h"
#include "omnitrond/supervisor/loop.h"
#include "omnitrond/supervisor/permit.h"
#include "omnitrond/supervisor/persist.h"
#include "omnitrond/supervisor/probe.h"
#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/run.h"
#include "omnitrond/supervisor/shutdown.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

static struct sup *
sup_of(struct peer *peer)
{
	return (loop_sup(proc_of(peer)));
}

static int
on_conf_begin(struct peer *peer, struct msg *msg)
{
	struct m_conf_begin	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	return (conf_begin(sup_of(peer), &m));
}

static int
on_conf_app(struct peer *peer, struct msg *msg)
{
	struct m_conf_app	 m;
	char			 name[NAME_SIZE];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, name, sizeof(name));
	if (msg_end(msg) == -1)
		return (-1);
	return (conf_app(sup_of(peer), &m, name));
}

static int
on_conf_process(struct peer *peer, struct msg *msg)
{
	struct m_conf_process	 m;
	char			 name[NAME_SIZE];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, name, sizeof(name));
	if (msg_end(msg) == -1)
		return (-1);
	return (conf_process(sup_of(peer), &m, name));
}

static int
on_conf_dep(struct peer *peer, struct msg *msg)
{
	struct m_conf_dep	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	return (conf_dep(sup_of(peer), &m));
}

static int
on_conf_watch(struct peer *peer, struct msg *msg)
{
	struct m_conf_watch	 m;
	char			 directory[PATH_SIZE];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, directory, sizeof(directory));
	if (msg_end(msg) == -1)
		return (-1);
	return (conf_watch(sup_of(peer), &m, directory));
}

static int
on_conf_change(struct peer *peer, struct msg *msg)
{
	struct m_conf_change	 m;
	char			 fields[TEXT_MAX + 1];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, fields, sizeof(fields));
	if (msg_end(msg) == -1)
		return (-1);
	return (conf_change(sup_of(peer), &m, fields));
}

static int
on_conf_rule(struct peer *peer, struct msg *msg)
{
	return (conf_rule(sup_of(peer), msg));
}

static int
on_conf_secret(struct peer *peer, struct msg *msg)
{
	struct m_conf_secret	 m;
	char			 key[NAME_SIZE];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, key, sizeof(key));
	if (msg_end(msg) == -1)
		return (-1);
	return (conf_secret(sup_of(peer), &m, key));
}

static int
on_conf_end(struct peer *peer, struct msg *msg)
{
	struct m_conf_end	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	return (conf_end(sup_of(peer), &m));
}

static int
on_conf_commit(struct peer *peer, struct msg *msg)
{
	struct m_conf_end	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	return (conf_commit(sup_of(peer), &m));
}

static int
on_spawned(struct peer *peer, struct msg *msg)
{
	struct m_alive	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	return (event_spawned(sup_of(peer), &m));
}

static int
on_execed(struct peer *peer, struct msg *msg)
{
	struct m_execed	 m;
	const uint8_t	*text;
	size_t		 len;

	msg_take(msg, &m, sizeof(m));
	text = msg_take_rest(msg, &len);
	if (msg_end(msg) == -1)
		return (-1);
	return (event_execed(sup_of(peer), &m, msg_take_fd(msg), text, len));
}

static int
on_meter(struct peer *peer, struct msg *msg)
{
	struct m_meter	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	return (meter_file(sup_of(peer), &m, msg_take_fd(msg)));
}

static int
on_exited(struct peer *peer, struct msg *msg)
{
	struct m_exited	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	return (event_exited(sup_of(peer), &m));
}

static int
on_ran(struct peer *peer, struct msg *msg)
{
	struct m_ran	 m;
	char		 text[TEXT_MAX + 1];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, text, sizeof(text));
	if (msg_end(msg) == -1)
		return (-1);
	return (run_ran(sup_of(peer), &m, text));
}

static int
on_probed(struct peer *peer, struct msg *msg)
{
	struct m_probed	 m;
	char		 text[TEXT_MAX + 1];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, text, sizeof(text));
	if (msg_end(msg) == -1)
		return (-1);
	return (probe_probed(sup_of(peer), &m, text));
}

static int
on_alive(struct peer *peer, struct msg *msg)
{
	struct m_alive	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	return (load_alive(sup_of(peer), &m, msg_take_fd(msg)));
}

static int
on_alive_end(struct peer *peer, struct msg *msg)
{
	struct m_none	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	return (load_alive_end(sup_of(peer)));
}

static int
on_gone(struct peer *peer, struct msg *msg)
{
	struct m_inst	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	return (load_gone(sup_of(peer), &m));
}

static int
on_watcher(struct peer *peer, struct msg *msg)
{
	struct m_watcher	 m;
	int			 rv, fd;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	fd = msg_take_fd(msg);
	rv = watch_watcher(sup_of(peer), &m, fd != -1);
	if (rv == 1)
		loop_watch(m.app, m.process, fd);
	else if (fd != -1)
		close(fd);
	return (rv == -1 ? -1 : 0);
}

static int
on_shutdown(struct peer *peer, struct msg *msg)
{
	struct m_shutdown	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	shutdown_begin(sup_of(peer), m.flags);
	return (0);
}

static int
on_app_says(struct peer *peer, struct msg *msg)
{
	struct m_app_says	 m;
	char			 text[STATUS_TEXT_MAX + 1];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, text, sizeof(text));
	if (msg_end(msg) == -1)
		return (-1);
	return (said_take(sup_of(peer), &m, text));
}

static int
on_request(struct peer *peer, struct msg *msg)
{
	return (request_handle(sup_of(peer), peer_kind(peer), msg));
}

static int
on_denied(struct peer *peer, struct msg *msg)
{
	return (permit_denied(sup_of(peer), peer_kind(peer), msg));
}

static int
on_events(struct peer *peer, struct msg *msg)
{
	struct m_sync	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	return (publish_listen(sup_of(peer), peer_kind(peer), m.seq));
}

static int
on_auth_failed(struct peer *peer, struct msg *msg)
{
	struct m_auth_failed	 m;
	char			 address[ADDRESS_SIZE], why[TEXT_MAX + 1];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, address, sizeof(address));
	msg_take_str(msg, why, sizeof(why));
	if (msg_end(msg) == -1 || m.count == 0)
		return (-1);
	audit_auth(sup_of(peer), &m, address, why);
	publish_auth(sup_of(peer), &m, address, why);
	return (0);
}

static int
on_secret_changed(struct peer *peer, struct msg *msg)
{
	struct m_secret_changed	 m;
	char			 key[NAME_SIZE];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, key, sizeof(key));
	if (msg_end(msg) == -1)
		return (-1);
	return (secret_changed(sup_of(peer), &m, key));
}

static int
on_view_synced(struct peer *peer, struct msg *msg)
{
	struct m_sync	 m;

	msg_take(msg, &m, sizeof(m));
	if (msg_end(msg) == -1)
		return (-1);
	return (view_synced(sup_of(peer), peer_kind(peer), m.seq));
}

static int
on_state_app(struct peer *peer, struct msg *msg)
{
	struct m_state_app	 m;
	char			 name[NAME_SIZE], exited[NAME_SIZE];
	char			 reason[TEXT_MAX + 1];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, name, sizeof(name));
	msg_take_str(msg, reason, sizeof(reason));
	msg_take_str(msg, exited, sizeof(exited));
	if (msg_end(msg) == -1)
		return (-1);
	return (load_state_app(sup_of(peer), &m, name, reason, exited));
}

static int
on_state_inst(struct peer *peer, struct msg *msg)
{
	struct m_state_inst	 m;
	char			 name[NAME_SIZE], process[NAME_SIZE];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, name, sizeof(name));
	msg_take_str(msg, process, sizeof(process));
	if (msg_end(msg) == -1)
		return (-1);
	return (load_state_inst(sup_of(peer), &m, name, process));
}

static int
on_state_why(struct peer *peer, struct msg *msg)
{
	struct m_state_why	 m;
	char			 name[NAME_SIZE], process[NAME_SIZE];
	char			 on[NAME_SIZE], text[TEXT_MAX + 1];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, name, sizeof(name));
	msg_take_str(msg, process, sizeof(process));
	msg_take_str(msg, on, sizeof(on));
	msg_take_str(msg, text, sizeof(text));
	if (msg_end(msg) == -1)
		return (-1);
	return (load_state_why(sup_of(peer), &m, name, process, on, text));
}

static int
on_revocation(struct peer *peer, struct msg *msg)
{
	struct m_revocation	 m;
	char			 jti[SUBJECT_SIZE];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, jti, sizeof(jti));
	if (msg_end(msg) == -1)
		return (-1);
	return (revoke_load(sup_of(peer), &m, jti));
}

static int
on_state_end(struct peer *peer, struct msg *msg)
{
	struct m_state_end	 m;
	char			 text[TEXT_MAX + 1];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, text, sizeof(text));
	if (msg_end(msg) == -1)
		return (-1);
	return (load_state_end(sup_of(peer), &m, text));
}

static int
on_stored(struct peer *peer, struct msg *msg)
{
	struct m_stored	 m;
	char		 text[TEXT_MAX + 1];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, text, sizeof(text));
	if (msg_end(msg) == -1)
		return (-1);
	return (persist_stored(sup_of(peer), &m, text));
}

static int
on_log_fault(struct peer *peer, struct msg *msg)
{
	struct m_degraded	 m;
	char			 text[TEXT_MAX + 1];

	msg_take(msg, &m, sizeof(m));
	msg_take_str(msg, text, sizeof(text));
	if (msg_end(msg) == -1 || m.cause != CAUSE_LOG)
		return (-1);
	view_degraded(sup_of(peer), CAUSE_LOG, text);
	return (0);
}

const struct dispatch supervisor_dispatch[] = {
	/* the configuration */
	HANDLE(CONF_BEGIN, on_conf_begin),
	HANDLE(CONF_APP, on_conf_app),
	HANDLE(CONF_PROCESS, on_conf_process),
	HANDLE(CONF_DEP, on_conf_dep),
	HANDLE(CONF_WATCH, on_conf_watch),
	HANDLE(CONF_CHANGE, on_conf_change),
	HANDLE(CONF_RULE, on_conf_rule),
	HANDLE(CONF_SECRET, on_conf_secret),
	HANDLE(CONF_END, on_conf_end),
	HANDLE(CONF_COMMIT, on_conf_commit),
	/* instances */
	HANDLE(SPAWNED, on_spawned),
	HANDLE(EXECED, on_execed),
	HANDLE(METER, on_meter),
	HANDLE(EXITED, on_exited),
	HANDLE(RAN, on_ran),
	HANDLE(PROBED, on_probed),
	HANDLE(ALIVE, on_alive),
	HANDLE(ALIVE_END, on_alive_end),
	HANDLE(GONE, on_gone),
	HANDLE(WATCHER, on_watcher),
	HANDLE(SHUTDOWN, on_shutdown),
	HANDLE(APP_SAYS, on_app_says),
	/* planes */
	HANDLE(REQUEST, on_request),
	HANDLE(VIEW_SYNCED, on_view_synced),
	HANDLE(DENIED, on_denied),
	HANDLE(EVENTS, on_events),
	HANDLE(AUTH_FAILED, on_auth_failed),
	HANDLE(SECRET_CHANGED, on_secret_changed),
	/* the store */
	HANDLE(STATE_APP, on_state_app),
	HANDLE(STATE_INST, on_state_inst),
	HANDLE(STATE_WHY, on_state_why),
	HANDLE(REVOCATION, on_revocation),
	HANDLE(STATE_END, on_state_end),
	HANDLE(STORED, on_stored),
	/* the logger */
	HANDLE(LOG_FAULT, on_log_fault),
	HANDLE_END
};
