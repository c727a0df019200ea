/*
 * What the processes say to each other.  Two lists: the kinds of process
 * and the messages; from them come the enums, the names in logs, the check
 * that runs before any handler (proto.c) and the tests.
 *
 * What the parent accepts is every row with PARENT as its receiver: that is
 * the privilege boundary.
 *
 * A message is one of the structs in proto/, in host byte order and zeroed
 * before it is filled, then, where the comment at the struct says so, a
 * tail: strings as a 16-bit length and the bytes without NUL, in the order
 * given.  Names are at most NAME_LEN_MAX bytes.  Handlers take all of it
 * through msg_take and msg_take_str (proc.h) and end with msg_end.
 */
#ifndef OMNITROND_PROTO_H
#define OMNITROND_PROTO_H

#include <stdint.h>

#include "common/imsg.h"
#include "common/units.h"
#include "omnitrond/proto/limits.h"

/*
 * id, name (title, log, status), binary, default user, directory it works
 * in, when it runs: always, or while the configuration needs it (conf_kinds)
 */
#define KINDS(X)							\
	X(PARENT,     "parent",     "omnitrond",	    "root",	  NONE,  ALWAYS) \
	X(SUPERVISOR, "supervisor", "omnitrond-supervisor", "_omnitron",  EMPTY, ALWAYS) \
	X(STORE,      "store",      "omnitrond-store",	    "_omnistore", STATE, ALWAYS) \
	X(SECRETS,    "secrets",    "omnitrond-secrets",    "_omnisec",	  SECRETS, DEMAND) \
	X(CONTROL,    "control",    "omnitrond-control",    "_omnictl",	  EMPTY, ALWAYS) \
	X(LOCAL,      "local",	    "omnitrond-control",    "_omniloc",	  EMPTY, DEMAND) \
	X(NETWORK,    "network",    "omnitrond-network",    "_omninet",	  EMPTY, DEMAND) \
	X(APPS,	      "apps",	    "omnitrond-apps",	    "_omniapp",	  EMPTY, DEMAND) \
	X(EGRESS,     "egress",	    "omnitrond-egress",	    "_omniegr",	  EMPTY, DEMAND) \
	X(LOGGER,     "logger",     "omnitrond-logger",	    "_omnilog",	  LOGS,  ALWAYS)

enum kind {
#define X(id, name, binary, user, dir, when)	K_##id,
	KINDS(X)
#undef X
	K_MAX,
	/*
	 * Not in the list, nor in any table by kind: there are several, each
	 * the user's whose files it watches, and what they say is trusted no
	 * further than that user is.
	 */
	K_WATCHER = K_MAX,
	K_ENDS			/* of channels */
};

/* As root a process is confined by chroot to its directory. */
enum kind_dir { DIR_NONE, DIR_EMPTY, DIR_STATE, DIR_SECRETS, DIR_LOGS };
enum kind_when { WHEN_ALWAYS, WHEN_DEMAND };

/* Channels between processes other than to the parent: every pair once. */
#define LINKS(X)		\
	X(SUPERVISOR, STORE)	\
	X(SUPERVISOR, SECRETS)	\
	X(SUPERVISOR, CONTROL)	\
	X(SUPERVISOR, LOCAL)	\
	X(SUPERVISOR, NETWORK)	\
	X(SUPERVISOR, APPS)	\
	X(SUPERVISOR, EGRESS)	\
	X(SUPERVISOR, LOGGER)	\
	X(CONTROL,    APPS)	\
	X(LOCAL,      APPS)	\
	X(NETWORK,    APPS)	\
	X(CONTROL,    LOGGER)	\
	X(LOCAL,      LOGGER)	\
	X(NETWORK,    LOGGER)	\
	X(CONTROL,    SECRETS)	\
	X(LOCAL,      SECRETS)	\
	X(NETWORK,    SECRETS)	\
	X(SUPERVISOR, WATCHER)

#define KB(id)		(1u << K_##id)
/* Those that clients come to. */
#define KB_PLANES	(KB(CONTROL) | KB(LOCAL) | KB(NETWORK))
#define KB_CHILDREN	(KB(SUPERVISOR) | KB(STORE) | KB(SECRETS) | KB_PLANES | \
			    KB(APPS) | KB(EGRESS) | KB(LOGGER))
/* Those that get a configuration in two steps: acknowledged, committed. */
#define KB_CONFIGURED	(KB(SUPERVISOR) | KB(SECRETS) | KB(LOCAL) | \
			    KB(NETWORK) | KB(LOGGER))
/* Those that are asked for signs of life: watch.c says how often. */
#define KB_WATCHED	(KB(SUPERVISOR) | KB_PLANES | KB(APPS) | \
			    KB(EGRESS) | KB(LOGGER))

/* States of a channel in which a message is legal. */
#define ST_SETUP	0x1u	/* until the receiver is told to go */
#define ST_RUN		0x2u
#define ST_ANY		(ST_SETUP | ST_RUN)

/*
 * The messages: name, senders, receivers, size of the struct, greatest tail,
 * whether a descriptor comes along, states.  FD_OPT: it may.
 */
enum { FD_NO, FD_YES, FD_OPT };

#define MESSAGES(X)							      \
	/* set-up of every process */					      \
	X(SETUP,	KB(PARENT), KB_CHILDREN | KB(WATCHER), m_setup, PATH_SIZE + 2, FD_NO, ST_SETUP) \
	X(LINK,		KB(PARENT), KB_CHILDREN | KB(WATCHER), m_link, 0, FD_YES, ST_ANY) \
	X(GO,		KB(PARENT), KB_CHILDREN | KB(WATCHER), m_none, 0, FD_NO, ST_SETUP) \
	X(READY,	KB_CHILDREN | KB(WATCHER), KB(PARENT), m_ready, 0, FD_NO, ST_RUN)    \
	X(SERVING,	KB(CONTROL), KB(PARENT), m_none, 0, FD_NO, ST_RUN)    \
	X(BAD_PEER,	KB(SUPERVISOR) | KB(STORE) | KB(SECRETS) | KB(LOGGER), KB(PARENT), \
	    m_bad_peer, 0, FD_NO, ST_RUN)				      \
	/* signs of life, of those that the parent watches; AWAKE: work was    \
	 * begun, so watch closely until a PONG says that there is none */    \
	X(PING,	KB(PARENT), KB_WATCHED, m_sync, 0, FD_NO, ST_RUN)	      \
	X(PONG,	KB_WATCHED, KB(PARENT), m_pong, 0, FD_NO, ST_RUN)	      \
	X(AWAKE,	KB(LOGGER), KB(PARENT), m_none, 0, FD_NO, ST_RUN)     \
	X(LISTENER,	KB(PARENT), KB_PLANES, m_listener, TEXT_MAX + 2, FD_YES, ST_ANY) \
	X(PROCESS,	KB(PARENT), KB_PLANES, m_process, 0, FD_OPT, ST_ANY) \
	/* configuration: begin, apps each with its processes, dependencies,   \
	 * end, then acknowledged by each receiver and switched by commit.     \
	 * SECRETS, LOCAL and NETWORK get the first behind GO, and its COMMIT  \
	 * after their ACK; one that was not committed is forgotten at the     \
	 * next BEGIN */						      \
	X(CONF_BEGIN,	KB(PARENT), KB_CONFIGURED, m_conf_begin, 0, FD_NO, ST_ANY) \
	X(CONF_APP,	KB(PARENT), KB(SUPERVISOR), m_conf_app, STR_MAX, FD_NO, ST_ANY) \
	X(CONF_PROCESS, KB(PARENT), KB(SUPERVISOR), m_conf_process, STR_MAX, FD_NO, ST_ANY) \
	X(CONF_DEP,	KB(PARENT), KB(SUPERVISOR), m_conf_dep, 0, FD_NO, ST_ANY) \
	X(CONF_WATCH,	KB(PARENT), KB(SUPERVISOR), m_conf_watch, PATH_SIZE + 2, FD_NO, ST_ANY) \
	X(CONF_CHANGE,	KB(PARENT), KB(SUPERVISOR), m_conf_change, TEXT_MAX + 2, FD_NO, ST_ANY) \
	X(CONF_LOG,	KB(PARENT), KB(LOGGER), m_conf_log, STR_MAX, FD_NO, ST_ANY) \
	X(CONF_END,	KB(PARENT), KB_CONFIGURED, m_conf_end, 0, FD_NO, ST_ANY) \
	X(CONF_ACK,	KB_CONFIGURED, KB(PARENT), m_conf_end, 0, FD_NO, ST_RUN) \
	X(CONF_COMMIT,	KB(PARENT), KB_CONFIGURED, m_conf_end, 0, FD_NO, ST_ANY) \
	/* instead of an ACK: why it cannot be done with this configuration */ \
	X(CONF_REFUSE,	KB(SECRETS) | KB(NETWORK), KB(PARENT), m_conf_end, TEXT_MAX + 2, FD_NO, ST_RUN) \
	/* who may do what, in the order of the file; which secrets are used;  \
	 * what tokens are accepted; files of keys and certificates */	      \
	X(CONF_RULE,	KB(PARENT), KB(SUPERVISOR) | KB(LOCAL) | KB(NETWORK), m_conf_rule, SUBJECT_TAIL + 2 + RULE_GLOB_SIZE + TEXT_MAX + 2, FD_NO, ST_ANY) \
	X(CONF_SECRET,	KB(PARENT), KB(SUPERVISOR), m_conf_secret, STR_MAX, FD_NO, ST_ANY) \
	X(CONF_JWT,	KB(PARENT), KB(SECRETS) | KB(NETWORK), m_conf_jwt, 2 * SUBJECT_TAIL, FD_NO, ST_ANY) \
	X(CONF_KEY,	KB(PARENT), KB(SECRETS) | KB(NETWORK), m_conf_key, STR_MAX + PATH_SIZE + 2, FD_YES, ST_ANY) \
	X(CONF_ORIGIN,	KB(PARENT), KB(NETWORK), m_none, TEXT_MAX + 2, FD_NO, ST_ANY) \
	/* secrets: with what they are encrypted, or they themselves; then one  \
	 * that an app is started with */				      \
	X(SECRETS_KEY,	KB(PARENT), KB(SECRETS), m_secrets_key, SECRET_MAX, FD_NO, ST_ANY) \
	X(SECRETS_VALUE, KB(PARENT), KB(SECRETS), m_none, STR_MAX + SECRET_MAX + 2, FD_NO, ST_ANY) \
	X(SECRET_ASK,	KB(PARENT), KB(SECRETS), m_secret_ask, STR_MAX, FD_NO, ST_ANY) \
	X(SECRET_TOLD,	KB(SECRETS), KB(PARENT), m_secret_told, SECRET_MAX, FD_NO, ST_RUN) \
	/* what a plane asks of them, opened by the supervisor; the value of    \
	 * one comes from the plane, the answer goes there as an object */    \
	X(SECRETS_NEED,	KB(SUPERVISOR), KB(PARENT), m_none, 0, FD_NO, ST_RUN) \
	X(SECRET_OPEN,	KB(SUPERVISOR), KB(SECRETS), m_secret_open, SUBJECT_TAIL, FD_NO, ST_RUN) \
	X(SECRET_PUT,	KB_PLANES, KB(SECRETS), m_sync, SECRET_MAX, FD_NO, ST_RUN) \
	X(SECRET_TELL,	KB(SUPERVISOR), KB(SECRETS), m_none, 0, FD_NO, ST_RUN) \
	X(SECRET_CHANGED, KB(SECRETS), KB(SUPERVISOR), m_secret_changed, STR_MAX, FD_NO, ST_RUN) \
	/* tokens that are refused until they end: kept by the store */	      \
	X(REVOCATION,	KB(SUPERVISOR) | KB(STORE), KB(SUPERVISOR) | KB(STORE) | KB(NETWORK), m_revocation, SUBJECT_TAIL, FD_NO, ST_RUN) \
	X(AUTH_FAILED,	KB(NETWORK), KB(SUPERVISOR), m_auth_failed, 2 + ADDRESS_SIZE + TEXT_MAX + 2, FD_NO, ST_RUN) \
	/* what happens, for planes that have somebody who listens */	      \
	X(EVENTS,	KB_PLANES, KB(SUPERVISOR), m_sync, 0, FD_NO, ST_RUN)  \
	X(EVENT,	KB(SUPERVISOR), KB_PLANES, m_event, STR_MAX + 3 * (TEXT_MAX + 2), FD_NO, ST_RUN) \
	/* running instances */						      \
	X(SPAWN,	KB(SUPERVISOR), KB(PARENT), m_spawn, TEXT_MAX, FD_NO, ST_RUN) \
	X(RUN,		KB(SUPERVISOR), KB(PARENT), m_run, 0, FD_NO, ST_RUN)  \
	X(RUN_END,	KB(SUPERVISOR), KB(PARENT), m_run, 0, FD_NO, ST_RUN)  \
	X(RAN,		KB(PARENT), KB(SUPERVISOR), m_ran, TEXT_MAX + 2, FD_NO, ST_RUN) \
	X(SPAWNED,	KB(PARENT), KB(SUPERVISOR), m_alive, 0, FD_NO, ST_RUN) \
	X(EXECED,	KB(PARENT), KB(SUPERVISOR), m_execed, TEXT_MAX, FD_OPT, ST_RUN) \
	X(STOP,		KB(SUPERVISOR), KB(PARENT), m_stop, 0, FD_NO, ST_RUN) \
	X(SIGNAL,	KB(SUPERVISOR), KB(PARENT), m_signal, 0, FD_NO, ST_RUN) \
	X(METER_ASK,	KB(SUPERVISOR), KB(PARENT), m_meter, 0, FD_NO, ST_RUN) \
	X(METER,	KB(PARENT), KB(SUPERVISOR), m_meter, 0, FD_YES, ST_RUN) \
	X(EXITED,	KB(PARENT), KB(SUPERVISOR), m_exited, 0, FD_NO, ST_RUN) \
	X(EXIT_ACK,	KB(SUPERVISOR), KB(PARENT), m_inst, 0, FD_NO, ST_RUN) \
	/* what apps say of themselves, and where: sockets of an instance and  \
	 * whose they are; apps may ask whether a pid belongs to one */	      \
	X(APP_SOCKET,	KB(PARENT), KB(APPS), m_app_socket, 0, FD_YES, ST_ANY) \
	X(APP_BORN,	KB(PARENT), KB(APPS), m_app_born, 2 * STR_MAX, FD_NO, ST_ANY) \
	X(APP_DIED,	KB(PARENT), KB(APPS), m_inst, 0, FD_NO, ST_ANY)	      \
	X(APP_CLOSED,	KB(PARENT), KB(APPS), m_inst, 0, FD_NO, ST_ANY)	      \
	X(APP_WHO,	KB(APPS), KB(PARENT), m_app_who, 0, FD_NO, ST_RUN)    \
	X(APP_WHO_IS,	KB(PARENT), KB(APPS), m_app_who, 0, FD_NO, ST_RUN)    \
	X(APP_SAYS,	KB(APPS), KB(SUPERVISOR), m_app_says, STATUS_TEXT_MAX + 2, FD_NO, ST_RUN) \
	X(APP_STOP,	KB(SUPERVISOR), KB(APPS), m_stop, 0, FD_NO, ST_RUN)   \
	X(APP_SERVICE,	KB(APPS), KB_PLANES, m_inst, 2 * STR_MAX, FD_NO, ST_RUN) \
	X(APP_METER,	KB(APPS), KB_PLANES, m_app_meter, METER_SAMPLES * sizeof(uint32_t), FD_NO, ST_RUN) \
	X(APP_WATCH,	KB(SUPERVISOR), KB(APPS), m_app_watch, 0, FD_NO, ST_RUN) \
	/* a supervisor that starts: what lives (replayed), then what the    \
	 * records name and the parent identifies */			      \
	X(ALIVE,	KB(PARENT), KB(SUPERVISOR), m_alive, 0, FD_OPT, ST_RUN) \
	X(ALIVE_END,	KB(PARENT), KB(SUPERVISOR), m_none, 0, FD_NO, ST_RUN) \
	X(ADOPT,	KB(SUPERVISOR), KB(PARENT), m_alive, 0, FD_NO, ST_RUN) \
	X(ADOPT_END,	KB(SUPERVISOR), KB(PARENT), m_none, 0, FD_NO, ST_RUN) \
	X(GONE,		KB(PARENT), KB(SUPERVISOR), m_inst, 0, FD_NO, ST_RUN) \
	/* what egress may connect to, all of it anew; then what it is to look  \
	 * at now, by the name of an entry, and what it found */		      \
	X(TARGETS,	KB(PARENT), KB(EGRESS), m_sync, 0, FD_NO, ST_ANY)     \
	X(TARGET,	KB(PARENT), KB(EGRESS), m_target, 3 * TARGET_TEXT_SIZE, FD_NO, ST_ANY) \
	X(TARGETS_END,	KB(PARENT), KB(EGRESS), m_sync, 0, FD_NO, ST_ANY)     \
	X(PROBE,	KB(SUPERVISOR), KB(EGRESS), m_probe, 0, FD_NO, ST_RUN) \
	X(PROBED,	KB(EGRESS), KB(SUPERVISOR), m_probed, TEXT_MAX + 2, FD_NO, ST_RUN) \
	/* watches: which are on, who does it, and what that one says */	      \
	X(WATCH,	KB(SUPERVISOR), KB(PARENT), m_watch, 0, FD_NO, ST_RUN) \
	X(WATCHER,	KB(PARENT), KB(SUPERVISOR), m_watcher, 0, FD_OPT, ST_RUN) \
	X(WATCH_DIR,	KB(PARENT), KB(WATCHER), m_watch_dir, PATH_SIZE + 2, FD_NO, ST_SETUP) \
	X(WATCH_IGNORE,	KB(PARENT), KB(WATCHER), m_none, WATCH_GLOB_MAX + 2, FD_NO, ST_SETUP) \
	X(CHANGED,	KB(WATCHER), KB(SUPERVISOR), m_changed, 0, FD_NO, ST_RUN) \
	/* the daemon as a whole */					      \
	X(RELOAD,	KB(SUPERVISOR), KB(PARENT), m_reload, 0, FD_NO, ST_RUN) \
	X(SHUTDOWN,	KB(PARENT), KB(SUPERVISOR), m_shutdown, 0, FD_NO, ST_RUN) \
	X(SHUTDOWN_ASK,	KB(SUPERVISOR), KB(PARENT), m_shutdown, 0, FD_NO, ST_RUN) \
	X(SHUTDOWN_DONE, KB(SUPERVISOR), KB(PARENT), m_none, 0, FD_NO, ST_RUN) \
	/* what the parent answers to a plane itself, opened by the supervisor */ \
	X(SHOW,		KB(SUPERVISOR), KB(PARENT), m_show, 0, FD_NO, ST_RUN) \
	X(OBJECT,	KB(PARENT) | KB(SECRETS), KB_PLANES, m_object, OBJECT_PART, FD_NO, ST_RUN) \
	X(OBJECT_GOT,	KB_PLANES, KB(PARENT) | KB(SECRETS), m_object_got, 0, FD_NO, ST_RUN) \
	/* a call of an app's method: opened by the supervisor, which names the \
	 * instances; its arguments and its result go as parts, unread */     \
	X(EXEC_OPEN,	KB(SUPERVISOR), KB(APPS), m_exec_open, EXEC_INSTS * sizeof(struct m_inst), FD_NO, ST_RUN) \
	X(EXEC_CALL,	KB_PLANES, KB(APPS), m_sync, 2 * STR_MAX, FD_NO, ST_RUN) \
	X(EXEC_PART,	KB_PLANES | KB(APPS), KB_PLANES | KB(APPS),	      \
	    m_object, OBJECT_PART, FD_NO, ST_RUN)			      \
	X(EXEC_GOT,	KB_PLANES | KB(APPS), KB_PLANES | KB(APPS),	      \
	    m_object_got, 0, FD_NO, ST_RUN)				      \
	/* requests of a plane */					      \
	X(REQUEST,	KB_PLANES, KB(SUPERVISOR), m_request, REQUEST_TAIL_MAX, FD_NO, ST_RUN) \
	/* one that the plane has refused itself: for the audit trail */      \
	X(DENIED,	KB_PLANES, KB(SUPERVISOR), m_denied, CALLER_TAIL, FD_NO, ST_RUN) \
	X(REPLY,	KB(SUPERVISOR), KB_PLANES, m_reply, TEXT_MAX + 2, FD_NO, ST_RUN) \
	X(WHY_LINK,	KB(SUPERVISOR), KB_PLANES, m_why_link, STR_MAX + TEXT_MAX + 2, FD_NO, ST_RUN) \
	/* what a plane knows of apps: records on change, receipts for credit */ \
	X(VIEW_BEGIN,	KB(SUPERVISOR), KB_PLANES, m_none, 0, FD_NO, ST_RUN) \
	X(VIEW_APP,	KB(SUPERVISOR), KB_PLANES, m_view_app, STR_MAX + TEXT_MAX + 2, FD_NO, ST_RUN) \
	X(VIEW_DEP,	KB(SUPERVISOR), KB_PLANES, m_conf_dep, 0, FD_NO, ST_RUN) \
	X(VIEW_WATCH,	KB(SUPERVISOR), KB_PLANES, m_view_watch, PATH_SIZE + 2 + STR_MAX, FD_NO, ST_RUN) \
	X(VIEW_INST,	KB(SUPERVISOR), KB_PLANES, m_view_inst, STR_MAX + STATUS_TEXT_MAX + HEALTH_TEXT_SIZE + 4, FD_NO, ST_RUN) \
	X(VIEW_GONE,	KB(SUPERVISOR), KB_PLANES, m_inst, 0, FD_NO, ST_RUN) \
	X(VIEW_METRICS,	KB(SUPERVISOR), KB_PLANES, m_none, MSG_PAYLOAD_MAX, FD_NO, ST_RUN) \
	X(VIEW_DEGRADED, KB(SUPERVISOR), KB_PLANES, m_degraded, TEXT_MAX + 2, FD_NO, ST_RUN) \
	X(VIEW_SYNC,	KB(SUPERVISOR), KB_PLANES, m_sync, 0, FD_NO, ST_RUN) \
	X(VIEW_SYNCED,	KB_PLANES, KB(SUPERVISOR), m_sync, 0, FD_NO, ST_RUN) \
	/* the store is the supervisor's pen */				      \
	X(STATE_APP,	KB(SUPERVISOR) | KB(STORE), KB(SUPERVISOR) | KB(STORE), \
	    m_state_app, 2 * STR_MAX + TEXT_MAX + 2, FD_NO, ST_RUN)	      \
	X(STATE_INST,	KB(SUPERVISOR) | KB(STORE), KB(SUPERVISOR) | KB(STORE), \
	    m_state_inst, 2 * STR_MAX, FD_NO, ST_RUN)			      \
	X(STATE_WHY,	KB(SUPERVISOR) | KB(STORE), KB(SUPERVISOR) | KB(STORE), \
	    m_state_why, 3 * STR_MAX + TEXT_MAX + 2, FD_NO, ST_RUN)	      \
	X(STATE_END,	KB(STORE), KB(SUPERVISOR), m_state_end, TEXT_MAX + 2, FD_NO, ST_RUN) \
	X(STATE_RESET,	KB(SUPERVISOR), KB(STORE), m_none, 0, FD_NO, ST_RUN)  \
	X(STATE_DROP,	KB(SUPERVISOR), KB(STORE), m_none, STR_MAX, FD_NO, ST_RUN) \
	X(STATE_COMMIT,	KB(SUPERVISOR), KB(STORE), m_sync, 0, FD_NO, ST_RUN)  \
	X(STORED,	KB(STORE), KB(SUPERVISOR), m_stored, TEXT_MAX + 2, FD_NO, ST_RUN) \
	/* output of apps and of our own processes */			      \
	X(LOG_STREAM,	KB(PARENT), KB(LOGGER), m_log_stream, STR_MAX, FD_YES, ST_ANY) \
	X(LOG_PID,	KB(PARENT), KB(LOGGER), m_log_pid, 0, FD_NO, ST_ANY)  \
	X(LOG_END,	KB(PARENT), KB(LOGGER), m_log_pid, 0, FD_NO, ST_ANY)  \
	X(LOG_REOPEN,	KB(PARENT), KB(LOGGER), m_none, 0, FD_NO, ST_RUN)     \
	X(LOG_FREE,	KB(PARENT), KB(LOGGER), m_none, 0, FD_NO, ST_ANY)     \
	X(LOG_FAULT,	KB(LOGGER), KB(SUPERVISOR), m_degraded, TEXT_MAX + 2, FD_NO, ST_RUN) \
	X(AUDIT,	KB(SUPERVISOR), KB(LOGGER), m_audit, 4 * STR_MAX + TEXT_MAX + 2 + 2 * SUBJECT_TAIL + 2 + ADDRESS_SIZE, FD_NO, ST_RUN) \
	X(CRASH,	KB(SUPERVISOR), KB(LOGGER), m_crash, STR_MAX + 3 * (TEXT_MAX + 2), FD_NO, ST_RUN) \
	X(LOG_OPEN,	KB(SUPERVISOR), KB(LOGGER), m_log_open, STR_MAX, FD_NO, ST_RUN) \
	X(LOG_RECORD,	KB(LOGGER), KB_PLANES, m_log_record, 2 * STR_MAX + LOG_TEXT_PART + 2, FD_NO, ST_RUN) \
	X(LOG_DONE,	KB(LOGGER), KB_PLANES, m_log_done, TEXT_MAX + 2, FD_NO, ST_RUN) \
	X(LOG_GOT,	KB_PLANES, KB(LOGGER), m_log_got, 0, FD_NO, ST_RUN) \
	X(LOG_CLOSE,	KB_PLANES, KB(LOGGER), m_log_got, 0, FD_NO, ST_RUN)

enum msg_type {
	M_NONE,
#define X(id, from, to, type, tail, fd, state)	M_##id,
	MESSAGES(X)
#undef X
	M_MAX
};

#define CTASSERT(name, x)	_Static_assert(x, name)

/* ---- the structs, by what they are about -------------------------------- */

#include "omnitrond/proto/words.h"
#include "omnitrond/proto/setup.h"
#include "omnitrond/proto/conf.h"
#include "omnitrond/proto/access.h"
#include "omnitrond/proto/inst.h"
#include "omnitrond/proto/probe.h"
#include "omnitrond/proto/watch.h"
#include "omnitrond/proto/app.h"
#include "omnitrond/proto/request.h"
#include "omnitrond/proto/view.h"
#include "omnitrond/proto/state.h"
#include "omnitrond/proto/log.h"

CTASSERT("m_inst", sizeof(struct m_inst) == 16);
CTASSERT("m_signature", sizeof(struct m_signature) == 64);
CTASSERT("m_alive", sizeof(struct m_alive) == 96);
CTASSERT("m_exited", sizeof(struct m_exited) == 48);
CTASSERT("m_request", sizeof(struct m_request) == 72);
CTASSERT("metric", sizeof(struct metric) == 24);

/* ---- names and checks (proto.c) ----------------------------------------- */

const char	*kind_name(enum kind);
const char	*kind_binary(enum kind);
const char	*kind_user(enum kind);
enum kind_dir	 kind_dir(enum kind);
enum kind_when	 kind_when(enum kind);
int		 kind_links(enum kind, enum kind);	/* is there a channel? */
int		 kind_is_plane(uint32_t);	/* whatever number it is */
int		 kind_by_name(const char *);		/* or -1 */
const char	*msg_name(uint32_t type);		/* "?" if unknown */
const char	*status_name(enum status);
const char	*ready_name(enum ready);
const char	*ready_late(enum ready);		/* what is missing */
const char	*outcome_name(enum outcome);
const char	*watch_trouble_text(uint32_t);	/* enum watch_trouble */
const char	*why_kind_name(enum why_kind);		/* "?" if unknown */
int		 outcome_number(enum outcome);		/* JSON-RPC */
const char	*spawn_step_name(enum spawn_step);
const char	*run_name(enum run_kind);
const char	*change_name(uint32_t);		/* of an enum change_does */
const char	*check_kind(enum check);
const char	*health_name(enum health_state);
/* "full", or "partial: no landlock, no seccomp". */
char		*walls_text(uint32_t walls, uint32_t expected, char *, size_t);

/*
 * May `from` send this to `to` now?  NULL, or what rule it breaks.  The size
 * is that of the payload.
 */
const char	*proto_check(uint32_t type, enum kind from, enum kind to,
		    uint32_t state, size_t size, int has_fd);
size_t		 proto_struct_size(uint32_t type);
/* Receivers of a type as a mask of KB(); 0 if there is no such type. */
uint32_t	 proto_receivers(uint32_t type);
/* The same of its senders. */
uint32_t	 proto_senders(uint32_t type);

#endif /* OMNITROND_PROTO_H */
