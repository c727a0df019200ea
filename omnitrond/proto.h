/*
 * What the processes say to each other.  Two lists: the kinds of process
 * and the messages; from them come the enums, the names in logs, the check
 * that runs before any handler (proto.c) and the tests.
 *
 * What the parent accepts is every row with PARENT as its receiver: that is
 * the privilege boundary.
 *
 * A message is one of the structs below, in host byte order and zeroed
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

#define MSG_PAYLOAD_MAX	(MAX_IMSGSIZE - IMSG_HEADER_SIZE)
#define STR_MAX		(2 + NAME_LEN_MAX)	/* a name in a tail */
#define TEXT_MAX	1024			/* a text for people in a tail */
#define PATH_SIZE	1024			/* a path, NUL included */
#define BOOTID_SIZE	37			/* a UUID and NUL */
#define OBJECT_MAX	(4u * 1024 * 1024)	/* total of a numbered object */
#define OBJECT_PART	8192u			/* bytes of it a message */
#define OBJECT_CREDIT	8u			/* parts without a receipt */
#define EXEC_INSTS	512u			/* of which one is called */
#define LOG_CREDIT	64u			/* log records without a receipt */
#define LOG_TEXT_PART	8192u			/* bytes of a line a record */
#define PEER_QUEUE_MAX	(1024u * 1024)		/* waiting for one peer */
#define INSTANCES_MAX	1024u			/* of one process */
#define INSTANCE_SPARE	0x8000u			/* the other slot of a number */
#define PROCESSES_MAX	256u			/* of one app */
#define LISTENS_MAX	32u			/* sockets of one process */
#define WATCH_IGNORES_MAX 64u			/* patterns of one watch */
#define WATCH_GLOB_MAX	255u			/* bytes of one: as of a name */
#define WATCH_APPS_MAX	1024u			/* named by one request */
#define METER_SAMPLES	512u			/* latencies of an instance */
#define STATUS_TEXT_MAX	255u			/* bytes of a STATUS= */
#define SUBJECT_SIZE	129u			/* `sub' and `jti' of a token */
#define SUBJECT_TAIL	(2 + SUBJECT_SIZE)	/* in a tail */
#define SUBJECT_ROOM	136u			/* in a struct, aligned */
#define ADDRESS_SIZE	64u			/* of a peer, with its port */
#define TOKEN_SIZE	4097u			/* a whole token: 4096 bytes */
#define CALLER_GIDS	256u			/* groups of a local caller */
#define CALLER_GROUPS	16u			/* names of groups in a token */
#define CALLER_TAIL	4096u			/* of one, packed (caller.h) */
#define REQUEST_TAIL_MAX (2 * CALLER_TAIL + WATCH_APPS_MAX * 4)
#define RULES_MAX	1024u			/* allow and deny */
#define RULE_GLOB_SIZE	129u			/* their patterns of names */
#define KEYS_MAX	16u			/* of tokens that are valid */
#define KEYFILE_MAX	(64u * 1024)		/* bytes of a key or certificate */
#define ORIGINS_MAX	64u			/* that pages may come from */
#define LISTENERS_MAX	16u			/* of a plane */
#define SECRET_MAX	8192u			/* bytes of a value: one message */
#define SECRETS_MAX	1024u			/* kept */
#define SECRET_USES_MAX	64u			/* of one process */
#define REVOKED_MAX	16384u			/* tokens refused until they end */
#define PROCESS_ANY	0xffffu
#define INSTANCE_ANY	0xffffu
#define LOG_GROUPS_MAX	16u			/* distinct groups of log files */
#define PROBES_MAX	1024u			/* at once, in egress */
#define TARGET_ADDRESSES 4u			/* that its name has, used */
#define TARGET_TEXT_SIZE 1024u			/* path, match; with length */
#define HEALTH_TEXT_SIZE 128u			/* of a failed check */
#define CRASHES_MAX	20u			/* records of an app that are kept */
#define ACTS_MAX	8u			/* of operators, in one of them */
#define RESTART_TIMES_MAX 64u			/* remembered for the window */
/*
 * Causes of one app: a root, and for each instance one event of two parts, of
 * which those of the newest seven instances tell enough.
 */
#define WHYS_MAX	16u

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
	X(SECRET_CHANGED, KB(SECRETS), KB(SUPERVISOR), m_none, STR_MAX, FD_NO, ST_RUN) \
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

/* ---- words -------------------------------------------------------------- */

#define STATUSES(X)		\
	X(STOPPED, "stopped")	\
	X(STARTING, "starting")	\
	X(ONLINE, "online")	\
	X(STOPPING, "stopping")	\
	X(ERRORED, "errored")	\
	X(CRASHED, "crashed")

enum status {
#define X(id, name)	S_##id,
	STATUSES(X)
#undef X
	S_MAX
};

/* Commands that the parent runs for an instance, besides its process. */
#define RUNS(X)			\
	X(HOOK, "before-start")	\
	X(PROBE, "probe")	\
	X(RELOAD, "reload")

enum run_kind {
#define X(id, name)	RUN_##id,
	RUNS(X)
#undef X
	RUN_MAX
};

/* What a connection of ours is for, and what came of it. */
enum probe_what { PROBE_READY, PROBE_HEALTH, PROBE_WHATS };
enum probe_outcome {
	PROBE_PASS, PROBE_FAIL,
	PROBE_NONE,		/* no verdict: the target is not known (yet) */
	PROBE_OUTCOMES
};

/* How the health of an instance is looked at; NONE: not at all. */
#define CHECKS(X)		\
	X(NONE, "none")		\
	X(HTTP, "http")		\
	X(TCP, "tcp")		\
	X(EXEC, "exec")		\
	X(NOTIFY, "notify")

enum check {
#define X(id, name)	CHECK_##id,
	CHECKS(X)
#undef X
	CHECK_MAX
};

/* What was found, from the best to the worst. */
#define HEALTHS(X)			\
	X(HEALTHY, "healthy")		\
	X(UNKNOWN, "unknown")		\
	X(DEGRADED, "degraded")		\
	X(UNHEALTHY, "unhealthy")

enum health_state {
#define X(id, name)	HEALTH_##id,
	HEALTHS(X)
#undef X
	HEALTH_MAX
};

enum intent { INTENT_STOP, INTENT_RUN };
enum restart_policy { RESTART_ON_FAILURE, RESTART_ALWAYS, RESTART_NEVER };

/* When an instance is online: name, and what is missing if it is late. */
#define READIES(X)						\
	X(EXEC, "exec", "not started")				\
	X(NOTIFY, "notify", "no READY=1")			\
	X(CHANNEL, "channel", "no \"ready\" on its channel")	\
	X(TCP, "tcp", "no connection to its port")		\
	X(HTTP, "http", "no good answer of its URL")		\
	X(FD, "fd", "no newline on its descriptor")

enum ready {
#define X(id, name, late)	READY_##id,
	READIES(X)
#undef X
	READY_MAX
};

enum strategy {
	STRATEGY_ONE_FOR_ONE, STRATEGY_ONE_FOR_ALL, STRATEGY_REST_FOR_ONE,
	STRATEGY_MAX
};
enum backoff_type { BACKOFF_EXPONENTIAL, BACKOFF_LINEAR, BACKOFF_FIXED };
enum reload_how {
	RELOAD_ROLLING, RELOAD_SIGNAL, RELOAD_COMMAND, RELOAD_RESTART, RELOAD_MAX
};
enum stream { STREAM_OUT, STREAM_ERR };

/* What a change of status is due to: `why'. */
#define WHY_KINDS(X)				\
	X(OPERATOR, "operator")			\
	X(CONFIG, "configuration")		\
	X(DAEMON, "daemon")			\
	X(DEPENDENCY, "dependency")		\
	X(POLICY, "policy")			\
	X(EXIT, "exit")				\
	X(START, "start")			\
	X(PROBE, "probe")			\
	X(MEMORY, "memory")			\
	X(STRATEGY, "strategy")			\
	X(WATCH, "watch")

enum why_kind {
#define X(id, name)	WHY_##id,
	WHY_KINDS(X)
#undef X
	WHY_MAX
};

/* Outcomes of a request; rpc.md gives each its JSON-RPC number. */
#define OUTCOMES(X)				\
	X(OK, "OK", 0)				\
	X(UNAUTHORIZED, "UNAUTHORIZED", -32001)	\
	X(FORBIDDEN, "FORBIDDEN", -32003)	\
	X(NOT_FOUND, "NOT_FOUND", -32004)	\
	X(TIMEOUT, "TIMEOUT", -32008)		\
	X(CONFLICT, "CONFLICT", -32009)		\
	X(FAILED, "FAILED", -32010)		\
	X(LIMITED, "LIMITED", -32029)		\
	X(UNAVAILABLE, "UNAVAILABLE", -32053)	\
	X(INVALID, "INVALID", -32602)

enum outcome {
#define X(id, name, number)	OUT_##id,
	OUTCOMES(X)
#undef X
	OUT_MAX
};

/* Step of a spawn that failed, for "cannot start web: chdir: ENOENT". */
#define SPAWN_STEPS(X)							\
	X(NONE, "none") X(FORK, "fork") X(CGROUP, "cgroup")		\
	X(FIFO, "output fifo") X(HOOK, "before-start")			\
	X(APPSOCK, "socket") X(LISTEN, "listen") X(SECRET, "secret")	\
	X(CREDENTIAL, "credential")					\
	X(SESSION, "setsid") X(STDIO, "stdio")				\
	X(LIMITS, "setrlimit") X(NICE, "setpriority")			\
	X(GROUPS, "setgroups") X(GID, "setgid") X(UID, "setuid")	\
	X(CHDIR, "chdir") X(ENVFILE, "env-file") X(NNP, "no_new_privs")	\
	X(CLOSE, "close_range") X(EXEC, "exec")

enum spawn_step {
#define X(id, name)	STEP_##id,
	SPAWN_STEPS(X)
#undef X
	STEP_MAX
};

/* ---- structs ------------------------------------------------------------ */

struct m_none {
	uint32_t	 zero;
};

/*
 * One running copy.  `app` is the parent's id of it (never 0, never reused
 * in its life, kept by name over reloads), `process` in the same way its id
 * of a process within the app (0 in one that was always classic), `instance`
 * its number, `generation` counts the spawns of (app, process, instance) and
 * is chosen by the supervisor.
 *
 * A number has two slots, the other one with INSTANCE_SPARE: in a rolling
 * reload the new instance starts in the slot that is free while the old one
 * runs on.  Everything that is keyed by a m_inst keeps both apart; what
 * people and programs are shown is the number (instance_number).  Neither
 * slot is the first: the next reload takes the other one again.
 */
struct m_inst {
	uint32_t	 app;
	uint16_t	 process;
	uint16_t	 instance;
	uint32_t	 generation;
	uint32_t	 pad;
};

static inline uint16_t
instance_number(uint32_t instance)
{
	return ((uint16_t)(instance & ~INSTANCE_SPARE));
}

static inline int
instance_valid(uint32_t instance)
{
	return (instance_number(instance) < INSTANCES_MAX);
}

/* What identifies a process for good (facts of the kernel in the manual). */
struct m_signature {
	int32_t		 pid;
	uint32_t	 pad;
	uint64_t	 starttime;	/* field 22 of /proc/PID/stat, ticks */
	uint64_t	 pidfd_inode;	/* of pidfs; 0 where there is none */
	char		 bootid[40];
};

#define SETUP_ROOT	0x1u	/* chroot, then change to uid and gid */
#define SETUP_CGROUP	0x2u	/* instances have cgroups of their own */
#define SETUP_HELD	0x4u	/* logger: touch no file before LOG_FREE */

/* tail: the directory to work in (absolute path) */
struct m_setup {
	uint32_t	 kind;
	uint32_t	 flags;
	uint32_t	 uid;
	uint32_t	 gid;
	uint32_t	 verbose;
	int32_t		 daemon_pid;
	int64_t		 started_ms;	/* of the daemon, wall */
	char		 bootid[40];
	uint32_t	 ngroups;	/* supplementary ones that it keeps: */
	uint32_t	 groups[LOG_GROUPS_MAX]; /* the logger, of its files */
};

struct m_link {
	uint32_t	 peer;		/* enum kind */
};

#define WALL_UID	0x01u		/* changed its user */
#define WALL_CHROOT	0x02u
#define WALL_NNP	0x04u		/* no_new_privs */
#define WALL_NODUMP	0x08u
#define WALL_RLIMIT	0x10u
#define WALL_LANDLOCK	0x20u
#define WALL_SECCOMP	0x40u
#define WALL_CAPS	0x80u		/* capabilities reduced: the parent */

struct m_ready {
	uint32_t	 walls;		/* WALL_* that stand */
};

struct m_bad_peer {
	uint32_t	 peer;		/* enum kind that broke a rule */
	uint32_t	 type;		/* the message, 0 if not known */
};

enum listener_kind { LISTENER_UNIX, LISTENER_TCP, LISTENER_HTTP, LISTENER_MAX };
#define LISTENER_TLS	0x1u
#define LISTENER_GRANTS	0x2u	/* only what a rule allows: no role by itself */

/*
 * One on which clients come.  LOCAL and NETWORK get all of them with each
 * configuration, between its BEGIN and its END.  tail: its path or its
 * address and port
 */
struct m_listener {
	uint32_t	 id;		/* the parent's: the same over reloads */
	uint32_t	 role;		/* enum role, ceiling */
	uint32_t	 kind;		/* enum listener_kind */
	uint32_t	 flags;		/* LISTENER_* */
};

/*
 * A process of the daemon; the descriptor is its /proc/PID/statm.  pid 0: it
 * does not run, because nothing needs it.
 */
struct m_process {
	uint32_t	 kind;
	int32_t		 pid;
	uint32_t	 restarts;
	uint32_t	 walls;
};

#define CONF_SHUTDOWN	0x1u		/* a shutdown is going on */

struct m_conf_begin {
	uint32_t	 version;	/* counts the configurations loaded */
	uint32_t	 apps;
	uint32_t	 flags;
	uint32_t	 metrics_ms;	/* interval; 0 = off */
	uint64_t	 request;	/* that asked for it, 0 = none did */
	uint32_t	 plane;		/* of the request, enum kind */
	uint32_t	 probes;	/* at once */
	uint32_t	 local_role;	/* enum role: greatest of its listeners */
	uint32_t	 network_role;
};

#define APP_AUTOSTART	0x01u
#define APP_CRITICAL	0x02u
#define APP_NEW		0x04u	/* not in the configuration before */
#define APP_BOOTSTRAP	0x08u	/* made of named processes */

/* tail: name; `processes` messages CONF_PROCESS follow */
struct m_conf_app {
	uint32_t	 id;
	uint32_t	 flags;		/* APP_* */
	uint32_t	 processes;
	uint32_t	 port;		/* 0 = none */
	uint32_t	 strategy;	/* enum strategy, among its processes */
	uint32_t	 group;		/* from 1; of this configuration; 0 none */
	uint32_t	 group_strategy; /* among the apps of the group */
	uint32_t	 pad;
	uint64_t	 hash;		/* of all that is configured, never 0 */
};

#define PROCESS_CHANGED	0x1u	/* a field that needs a restart changed */
#define PROCESS_ONESHOT	0x2u	/* it is to end: exit 0 is its success */
#define PROCESS_REPORT	0x8u	/* unhealthy: only say so */
#define PROCESS_ROLLING	0x4u	/* `reload rolling': also when it changed */

/*
 * One process of an app, in the order of the configuration; in classic mode
 * the only one, with the app's own name.  tail: name
 */
struct m_conf_process {
	uint32_t	 app;
	uint32_t	 id;		/* the `process' of its m_inst */
	uint32_t	 flags;		/* PROCESS_* */
	uint32_t	 uid;		/* it runs as */
	uint32_t	 instances;
	uint32_t	 scaling_max;
	uint32_t	 policy;	/* enum restart_policy */
	uint32_t	 max_restarts;	/* within the window; 0 = none at all */
	uint32_t	 window_ms;
	uint32_t	 backoff;	/* enum backoff_type */
	uint32_t	 initial_ms;
	uint32_t	 max_ms;
	uint32_t	 factor_milli;	/* 2000 = 2.0 */
	uint32_t	 jitter_percent;
	uint32_t	 stop_signal;
	uint32_t	 stop_timeout_ms;
	uint32_t	 reload;	/* enum reload_how */
	uint32_t	 reload_signal;
	uint32_t	 startup_timeout_ms;
	uint32_t	 min_uptime_ms;	/* with READY_EXEC */
	uint32_t	 ready;		/* enum ready */
	uint32_t	 watchdog_ms;	/* 0 = none */
	uint32_t	 watchdog_grace_ms;
	uint32_t	 watchdog_signal;
	uint32_t	 check;		/* enum check: of its health */
	uint32_t	 check_interval_ms;
	uint32_t	 check_timeout_ms;
	uint32_t	 check_retries;	/* failures until it is unhealthy */
	uint32_t	 check_grace_ms; /* after its start */
	uint32_t	 pad;
	uint8_t		 success_codes[32];	/* bit n: exit code n */
	uint8_t		 norestart_codes[32];
	uint64_t	 success_signals;	/* bit n: signal n */
	int64_t		 max_memory;	/* bytes; 0 = any */
};

/*
 * An app needs another; or, with `process' of the same app, one of its
 * processes needs another.
 */
struct m_conf_dep {
	uint32_t	 app;
	uint32_t	 on;		/* it depends on this app */
	uint16_t	 process;	/* or PROCESS_ANY: the whole app */
	uint16_t	 on_process;
};

/*
 * What is watched of a process when its watch is on: its `watch', else its
 * `directory', else there is no such message.  tail: path of the folder
 */
struct m_conf_watch {
	uint32_t	 app;
	uint16_t	 process;
	uint16_t	 configured;	/* by `watch': it is on from the start */
};

/* What a new configuration does with an app or a process of it. */
#define CHANGES(X)		\
	X(APPLY, "apply")	/* in place */ \
	X(RESTART, "restart")	\
	X(RELOAD, "reload")	\
	X(START, "start")	\
	X(STOP, "stop")

enum change_does {
#define X(id, name)	CHANGE_##id,
	CHANGES(X)
#undef X
	CHANGE_MAX
};

/* tail: the fields that differ, "env, command" */
struct m_conf_change {
	uint32_t	 app;
	uint32_t	 process;	/* or PROCESS_ANY: the app itself */
	uint32_t	 does;		/* enum change_does */
	uint32_t	 pad;
};

/* tail: name of the app; id 0 is the daemon's own log */
struct m_conf_log {
	uint32_t	 id;
	uint32_t	 mode;		/* of the file, 0600 or 0640 */
	uint32_t	 gid;		/* UINT32_MAX = leave */
	uint32_t	 max_files;
	int64_t		 max_size;
	uint32_t	 level;		/* lines below are not written */
	uint32_t	 pad;
};

struct m_conf_end {
	uint32_t	 version;
};

/* Whom a rule is about. */
enum rule_who {
	RULE_ANYBODY,		/* only in a deny */
	RULE_USER, RULE_GROUP, RULE_TOKEN, RULE_OWNER, RULE_WHO_MAX
};

#define METHOD_WORDS	2u	/* 64 methods in each */
#define ID_NONE		0xffffffffu	/* no user, no group */

/*
 * tail: the name of whom it is about ("" of OWNER), pattern of apps' names,
 * "FILE:LINE: the rule" for people
 */
struct m_conf_rule {
	uint32_t	 deny;
	uint32_t	 who;		/* enum rule_who */
	uint32_t	 id;		/* uid or gid of USER, GROUP; or ID_NONE */
	uint32_t	 role;		/* methods up to this role; 0: none */
	uint64_t	 methods[METHOD_WORDS];	/* and these, by their id */
};

/* A process is started with this secret.  tail: its key */
struct m_conf_secret {
	uint32_t	 app;
	uint32_t	 process;
};

#define JWT_ALGORITHMS(X)						\
	X(HS256) X(HS384) X(HS512) X(RS256) X(RS384) X(RS512)		\
	X(ES256) X(ES384) X(ES512)

enum jwt_algorithm {
	JWT_NONE,		/* no token is accepted */
#define X(id)	JWT_##id,
	JWT_ALGORITHMS(X)
#undef X
	JWT_MAX
};

/* tail: issuer, audience; "" is not checked */
struct m_conf_jwt {
	uint32_t	 algorithm;	/* enum jwt_algorithm */
	uint32_t	 leeway_s;
	uint32_t	 max_ttl_s;
	uint32_t	 pad;
};

enum key_what {
	KEY_VERIFY,		/* NETWORK: a token's; HS: all bytes, else PEM */
	KEY_SIGN,		/* SECRETS: the one that signs */
	KEY_CERT,		/* NETWORK: PEM, with what leads to the root */
	KEY_TLS,		/* its private key */
	KEY_CLIENT_CA,		/* those that client certificates come from */
	KEY_MAX
};

/* tail: kid, path (for messages) */
struct m_conf_key {
	uint32_t	 what;		/* enum key_what */
};

enum secrets_how {
	SECRETS_NONE,		/* nothing is configured, and nothing works */
	SECRETS_KEYFILE,	/* tail: 32 bytes */
	SECRETS_PASSPHRASE,	/* tail: it */
	SECRETS_ENVIRONMENT,	/* SECRETS_VALUE (key, value): all there are */
	SECRETS_HOW_MAX
};

struct m_secrets_key {
	uint32_t	 how;		/* enum secrets_how */
};

/* tail: key */
struct m_secret_ask {
	uint64_t	 id;		/* the parent's, never 0 */
};

/* tail: the value, or why there is none: bytes, without a length */
struct m_secret_told {
	uint64_t	 id;
	uint32_t	 outcome;	/* enum outcome */
	uint32_t	 pad;
};

enum secret_op {
	SECRET_GET, SECRET_SET, SECRET_DELETE, SECRET_LIST, SECRET_REKEY,
	SECRET_RESET, SECRET_ISSUE, SECRET_OP_MAX
};

/* tail: key; of ISSUE the subject */
struct m_secret_open {
	uint64_t	 id;		/* the plane's request */
	uint32_t	 plane;
	uint32_t	 op;		/* enum secret_op */
	uint32_t	 role;		/* ISSUE: enum role */
	uint32_t	 ttl_s;		/* ISSUE */
};

/* tail: jti, never empty */
struct m_revocation {
	int64_t		 until_ms;	/* wall: the token's end, never 0 */
};

/* tail: address, why; counted for a while, then told at once */
struct m_auth_failed {
	int64_t		 at_ms;
	uint32_t	 count;
	uint32_t	 http;		/* 0: TCP */
};

#define EVENT_CHANNELS(X)		\
	X(STARTING, "app.starting")	\
	X(ONLINE, "app.online")		\
	X(STOPPING, "app.stopping")	\
	X(STOPPED, "app.stopped")	\
	X(ERRORED, "app.errored")	\
	X(CRASHED, "app.crashed")	\
	X(RELOADING, "app.reloading")	\
	X(SCALED, "app.scaled")		\
	X(HEALTH, "app.health")		\
	X(DAEMON_STARTED, "daemon.started") \
	X(DAEMON_STOPPING, "daemon.stopping") \
	X(CONFIG, "daemon.config")	\
	X(DEGRADED, "daemon.degraded")	\
	X(AUTH, "auth.failed")

enum event_channel {
#define X(id, name)	EVENT_##id,
	EVENT_CHANNELS(X)
#undef X
	EVENT_MAX
};

/* tail: name of the app or "", from, to, text for people; each may be "" */
struct m_event {
	uint64_t	 seq;		/* from 1 in the life of a supervisor */
	int64_t		 at_ms;		/* wall */
	uint32_t	 channel;	/* enum event_channel */
	uint32_t	 app;		/* 0: of the daemon */
	uint32_t	 number;	/* SCALED: instances; AUTH: how many */
	uint32_t	 pad;
};

/* tail: OMNITRON_EVENT_* assignments, NUL separated; may be empty */
struct m_spawn {
	struct m_inst	 inst;
};

/*
 * RUN: the configured command of this kind, for an instance that runs;
 * RUN_END: SIGKILL to all of it.  RAN answers either.
 */
struct m_run {
	struct m_inst	 inst;
	uint32_t	 kind;		/* enum run_kind, never HOOK */
	uint32_t	 timeout_ms;	/* RUN: then it is killed */
};

#define RAN_LATE	0x1u	/* it was killed at its timeout */
#define RAN_ENDED	0x2u	/* it was told to end, or its instance did */

/*
 * Nothing of it is left.  It succeeded if all numbers are 0; else the tail
 * says what happened, "exit 3".
 */
struct m_ran {
	struct m_inst	 inst;
	uint32_t	 kind;
	int32_t		 code;		/* exit code, -1 if by signal */
	int32_t		 signal;
	uint32_t	 flags;		/* RAN_* */
	uint32_t	 step;		/* enum spawn_step that failed */
	uint32_t	 error;
};

struct m_alive {
	struct m_inst	 inst;
	struct m_signature sig;
	int64_t		 started_ms;	/* wall */
	uint32_t	 execed;	/* exec is known to have succeeded */
	uint32_t	 stopping;	/* a stop is in progress */
};

/*
 * The outcome of exec.  step 0: it runs, and the descriptor is its
 * /proc/PID/stat.  Else step and error say what failed, an EXITED follows,
 * and the tail is a text (the path, the file, not a string with a length).
 */
struct m_execed {
	struct m_inst	 inst;
	uint32_t	 step;
	uint32_t	 error;
};

struct m_stop {
	struct m_inst	 inst;
	uint32_t	 signal;
	uint32_t	 timeout_ms;	/* 0: SIGKILL at once */
};

struct m_signal {
	struct m_inst	 inst;
	uint32_t	 signal;
	uint32_t	 pad;
};

/*
 * What an instance with a control group has used: METER_ASK, and if there is
 * such a thing, METER with its descriptor.
 */
enum meter_what {
	METER_CPU,		/* cpu.stat of the group */
	METER_PROCS,		/* cgroup.procs */
	METER_MEMBER,		/* /proc/PID/statm of a process in it */
	METER_MAX
};

struct m_meter {
	struct m_inst	 inst;
	uint32_t	 what;		/* enum meter_what */
	int32_t		 pid;		/* of a MEMBER, else 0 */
};

#define EXIT_STOPPED	0x1u	/* a STOP was in progress */
#define EXIT_KILLED	0x2u	/* the stop needed SIGKILL */
#define EXIT_UNKNOWN	0x4u	/* adopted, and the kernel cannot tell */
#define EXIT_OOM	0x8u	/* by the kernel's out-of-memory killer */
#define EXIT_NOEXEC	0x10u	/* it never got to exec */
#define EXIT_SIGNALLED	0x20u	/* within 5 s of an operator's signal */
#define EXIT_CORE	0x40u	/* a core was dumped */
#define EXIT_GUESS	0x80u	/* EXIT_OOM: probably, by the host's count */

struct m_exited {
	struct m_inst	 inst;
	int32_t		 pid;
	int32_t		 code;		/* exit code, -1 if by signal */
	int32_t		 signal;	/* 0 if it exited */
	uint32_t	 flags;		/* EXIT_* */
	int64_t		 at_ms;		/* wall */
	uint64_t	 max_rss;	/* bytes */
};

struct m_address {
	uint32_t	 family;	/* AF_INET, AF_INET6 */
	uint8_t		 bytes[16];
};

/*
 * One that a process has: a port to connect to, or with status_min an HTTP
 * request.  tail: Host, path with query, text to find in the body or ""
 */
struct m_target {
	uint32_t	 app;
	uint16_t	 process;
	uint16_t	 what;		/* enum probe_what */
	uint16_t	 port;
	uint16_t	 naddresses;
	uint16_t	 status_min;	/* 0: connecting is all */
	uint16_t	 status_max;
	struct m_address addresses[TARGET_ADDRESSES];
};

struct m_probe {
	uint64_t	 id;		/* the supervisor's, never 0 */
	struct m_inst	 inst;
	uint32_t	 what;
	uint32_t	 timeout_ms;
};

/* tail: text for people, "" if it passed */
struct m_probed {
	uint64_t	 id;
	uint32_t	 outcome;	/* enum probe_outcome */
	uint32_t	 pad;
};

/* Why a watch does not see all that it should. */
#define WATCH_TROUBLES(X)						\
	X(NONE, "")							\
	X(START, "its watcher cannot be started")			\
	X(DIED, "its watcher died and is started again")		\
	X(BROKE, "its watcher broke the protocol and is replaced")	\
	X(MANY, "there are too many watches")				\
	X(MISSING, "there is no such folder")				\
	X(DENIED, "its user may not read it")				\
	X(WATCHES, "the kernel's limit of watches is reached: raise "	\
	    "fs.inotify.max_user_watches")				\
	X(HANDLES, "the kernel's limit of watchers is reached: raise "	\
	    "fs.inotify.max_user_instances")				\
	X(FOLDERS, "it has more folders than are watched: ignore some")	\
	X(FAILED, "it cannot be watched")

enum watch_trouble {
#define X(id, text)	WATCH_##id,
	WATCH_TROUBLES(X)
#undef X
	WATCH_TROUBLE_MAX
};

/* What operators said of an app's watches; it survives the daemon. */
enum watch_wish { WISH_NONE, WISH_ON, WISH_OFF, WISH_MAX };

enum watch_order {
	WATCH_OFF,
	WATCH_ON,
	WATCH_REPLACE,		/* its watcher broke a rule: start another */
	WATCH_ORDER_MAX
};

/* app 0: all were named that are on; those of a supervisor before it end. */
struct m_watch {
	uint32_t	 app;
	uint16_t	 process;
	uint16_t	 order;		/* enum watch_order */
};

/* With a descriptor, the channel to it; without, it does not run. */
struct m_watcher {
	uint32_t	 app;
	uint16_t	 process;
	uint16_t	 trouble;	/* enum watch_trouble */
	int32_t		 pid;
	uint32_t	 error;		/* errno, or 0 */
};

/* tail: the folder */
struct m_watch_dir {
	int64_t		 since_ms;	/* wall: what is newer is a change */
	uint32_t	 debounce_ms;
	uint32_t	 pad;
};

struct m_changed {
	uint32_t	 files;		/* 1: some changed; 0: how it goes */
	uint32_t	 trouble;	/* enum watch_trouble */
	uint32_t	 error;		/* errno, or 0 */
	uint32_t	 folders;	/* that are watched */
};

/* What apps reads for an instance.  READY_FD: the read end of a FIFO. */
enum app_socket {
	APP_SOCKET_NOTIFY, APP_SOCKET_CHANNEL, APP_SOCKET_MAX,
	APP_SOCKET_READY = APP_SOCKET_MAX, APP_SOCKETS
};

/* inst: its generation does not count, the sockets outlive those. */
struct m_app_socket {
	struct m_inst	 inst;
	uint32_t	 which;		/* enum app_socket */
	uint32_t	 pad;
};

enum notify_access { NOTIFY_MAIN, NOTIFY_GROUP };

/*
 * It runs, or how it is treated has changed.  tail: app, process, for logs
 */
struct m_app_born {
	struct m_inst	 inst;
	int32_t		 pid;
	uint32_t	 uid;
	uint32_t	 access;	/* enum notify_access */
	uint32_t	 ready;		/* enum ready: by what it may be */
};

/* Is this a process of the instance?  The answer says: member. */
struct m_app_who {
	struct m_inst	 inst;
	int32_t		 pid;
	uint32_t	 member;
};

#define APP_WORDS(X)							\
	X(READY, "ready")						\
	X(STATUS, "status")		/* the tail is its text */	\
	X(RELOADING, "reloading")					\
	X(STOPPING, "stopping")						\
	X(SILENT, "silent")		/* no heartbeat in time */	\
	X(BEATS, "beats")		/* after that, one again */	\
	X(TRIGGER, "trigger")		/* treat me as silent */

enum app_word {
#define X(id, name)	WORD_##id,
	APP_WORDS(X)
#undef X
	WORD_MAX
};

/* tail: text, or empty */
struct m_app_says {
	struct m_inst	 inst;
	uint32_t	 word;		/* enum app_word */
	uint32_t	 by;		/* READY: enum ready, how it said so */
	uint64_t	 usec;		/* RELOADING: its MONOTONIC_USEC, or 0 */
};

/*
 * What an instance says that it did since it was started.  tail: uint32_t,
 * its latest latencies in microseconds
 */
struct m_app_meter {
	struct m_inst	 inst;
	uint64_t	 requests;
	uint64_t	 errors;
};

/* Say SILENT when there is no heartbeat for so long; 0: do not. */
struct m_app_watch {
	struct m_inst	 inst;
	uint32_t	 ms;
	uint32_t	 pad;
};

#define RELOAD_DRYRUN	0x1u

struct m_reload {
	uint64_t	 id;		/* the plane's request; 0 = SIGHUP */
	uint32_t	 plane;
	uint32_t	 flags;
};

#define SHUTDOWN_FORCE	0x1u
#define SHUTDOWN_FAILED	0x2u	/* a critical app crashed: exit 1 */

struct m_shutdown {
	uint32_t	 flags;
};

enum show { SHOW_CONFIG, SHOW_ENV };

struct m_show {
	uint64_t	 id;
	uint32_t	 plane;		/* enum kind that gets the object */
	uint32_t	 what;		/* enum show */
	uint32_t	 app;		/* CONFIG: 0 = all of it */
	uint32_t	 process;
};

/*
 * One part.  outcome OUT_OK: the object is the JSON of the result; else it
 * is the error's text.  The last part is the one that reaches total.
 */
struct m_object {
	uint64_t	 id;
	uint32_t	 outcome;
	uint32_t	 total;
	uint32_t	 offset;
	uint32_t	 error;		/* EXEC_PART: it is an error object */
};

struct m_object_got {
	uint64_t	 id;
};

/* tail: m_inst of those that may be called, one or more */
struct m_exec_open {
	uint64_t	 id;		/* the plane's request */
	uint32_t	 plane;
	uint32_t	 timeout_ms;
};

enum op {
	OP_NONE, OP_START, OP_STOP, OP_RESTART, OP_SCALE, OP_SIGNAL,
	OP_SHUTDOWN, OP_RELOAD, OP_METRICS, OP_LOGS, OP_ENV, OP_CONFIG,
	OP_RELOAD_APP, OP_WATCH, OP_WHY, OP_EXEC, OP_SECRET, OP_ISSUE,
	OP_REVOKE, OP_TEST,
	OP_MAX
};

#define REQ_ALL		0x01u	/* every app */
#define REQ_NOWAIT	0x02u
#define REQ_FORCE	0x04u
#define REQ_DEPENDANTS	0x08u
#define REQ_DRYRUN	0x10u
#define REQ_FOLLOW	0x20u
#define REQ_ENABLE	0x40u
#define REQ_STDERR	0x80u	/* logs: of stderr only */
#define REQ_SYSTEM	0x100u	/* logs: of the daemon itself */
#define REQ_CRASH	0x200u	/* logs: crash records, no lines */

struct m_request {
	uint64_t	 id;		/* the plane's, rising, never 0 */
	uint32_t	 op;		/* enum op */
	uint32_t	 flags;		/* REQ_* */
	uint32_t	 app;		/* 0 = all or none */
	uint32_t	 uid;		/* of the caller */
	uint32_t	 gid;
	int32_t		 pid;
	uint32_t	 role;		/* enum role, as the plane saw it */
	uint32_t	 method;	/* enum method_id, for audit and role */
	uint32_t	 timeout_ms;	/* 0 = default */
	uint32_t	 number;	/* instances, signal, lines */
	uint16_t	 process;	/* or PROCESS_ANY */
	uint16_t	 instance;	/* or INSTANCE_ANY */
	uint32_t	 level;		/* logs: least level */
	int64_t		 since_ms;	/* logs: wall, 0 = open */
	int64_t		 until_ms;
};

/*
 * The tail begins with who asks (caller.h).  Then come, of OP_WATCH `number'
 * ids of apps; of OP_SECRET (number: enum secret_op) the key; of OP_ISSUE
 * (number: enum role, timeout_ms: how long it lives) the subject; of OP_REVOKE
 * (until_ms: its end, 0 if that is not known) the jti; of OP_TEST (number: the
 * method) another caller, as of whom it is asked, and a name of an app or "".
 */

/* tail: who asked, as of REQUEST */
struct m_denied {
	uint32_t	 method;	/* enum method_id */
	uint32_t	 app;		/* 0 = none */
	uint32_t	 outcome;	/* FORBIDDEN or UNAUTHORIZED */
	uint32_t	 pad;
};

#define REPLY_KILLED	0x1u	/* something needed SIGKILL */
#define REPLY_UNSAVED	0x2u	/* not on disk yet: "persisted": false */
#define REPLY_TRIED	0x4u	/* not refused: each app had its outcome */

/* tail: text of the error, or empty */
struct m_reply {
	uint64_t	 id;
	uint32_t	 outcome;
	uint32_t	 flags;
	uint32_t	 count;		/* apps acted on */
	uint32_t	 pad;
};

#define VIEW_CRITICAL	0x1u
#define VIEW_UNSAVED	0x2u
#define VIEW_EXIT	0x4u	/* the last exit is known */
#define VIEW_HELD	0x8u	/* waits for a dependency */
#define VIEW_METRICS_OFF 0x10u
#define VIEW_BOOTSTRAP	0x20u	/* made of named processes */
#define VIEW_UNWATCHED	0x40u	/* an operator turned its watch off */
#define VIEW_STALE	0x80u	/* a secret of it changed: restart to apply */

/* tail: name, reason */
struct m_view_app {
	uint32_t	 id;
	uint32_t	 status;
	uint32_t	 intent;
	uint32_t	 flags;		/* VIEW_* */
	uint32_t	 instances;	/* wanted */
	uint32_t	 restarts;
	uint32_t	 port;
	uint32_t	 owner;		/* uid of all its processes, or ID_NONE */
	int64_t		 started_ms;	/* of the oldest that runs, 0 none */
	int64_t		 retry_ms;	/* wall time of the next start, 0 none */
	struct m_exited	 exit;		/* last */
};

#define INST_SILENT	0x1u	/* no heartbeat in time */

/* tail: name of the process, its status text, what its last check met */
struct m_view_inst {
	struct m_inst	 inst;
	int32_t		 pid;		/* 0 = none */
	uint32_t	 status;
	uint32_t	 restarts;
	uint32_t	 flags;		/* INST_* */
	uint16_t	 check;		/* enum check; NONE: none, or not online */
	uint16_t	 health;	/* enum health_state */
	uint32_t	 pad;
	int64_t		 started_ms;
};

/* tail: the folder, name of the process */
struct m_view_watch {
	uint32_t	 app;
	uint16_t	 process;
	uint16_t	 on;		/* 0: forget it */
	int32_t		 pid;		/* of its watcher, 0 none */
	uint32_t	 folders;
	uint32_t	 trouble;	/* enum watch_trouble */
	uint32_t	 error;		/* errno, or 0 */
};

/* VIEW_METRICS is an array of these after m_none. */
struct metric {
	uint32_t	 app;
	uint16_t	 process;
	uint16_t	 instance;
	uint32_t	 cpu_centi;	/* hundredths of a percent of one core */
	uint32_t	 pad;
	uint64_t	 rss;		/* bytes */
};

/* LOADED: the record was damaged when it was read; that stays true. */
enum cause {
	CAUSE_STATE, CAUSE_LOG, CAUSE_PEER, CAUSE_WATCH, CAUSE_LOADED,
	CAUSE_MAX
};

/* tail: text, empty when the cause is gone */
struct m_degraded {
	uint32_t	 cause;		/* enum cause */
};

struct m_sync {
	uint64_t	 seq;
};

struct m_pong {
	uint64_t	 seq;		/* of the PING */
	uint32_t	 awake;		/* it worked since the one before */
	uint32_t	 pad;
};

/* tail: name, reason, name of the process that `exit' is of */
struct m_state_app {
	uint32_t	 intent;
	uint32_t	 status;
	uint32_t	 restarts;
	uint32_t	 instances;	/* of all its processes */
	uint32_t	 port;
	uint32_t	 known;		/* from the store: it had a record */
	int64_t		 started_ms;
	uint32_t	 has_exit;
	uint32_t	 bootstrap;	/* made of named processes */
	struct m_exited	 exit;
	uint64_t	 crash_hash;	/* of what it crashed with, 0 none */
	uint32_t	 watch;		/* enum watch_wish */
	uint32_t	 pad;
};

/* tail: name of the app, name of the process */
struct m_state_inst {
	struct m_inst	 inst;		/* app and process 0: names count */
	struct m_signature sig;		/* pid 0: none */
	uint32_t	 status;
	uint32_t	 restarts;
	uint32_t	 backoff;	/* relaunches since it was last stable */
	uint32_t	 ntimes;
	uint32_t	 finished;	/* it stopped by itself, for good */
	uint32_t	 wanted;	/* instances of its process, by scaling */
	uint32_t	 configured;	/* the same, by the configuration */
	uint32_t	 gone;		/* no such instance any more: forget it */
	int64_t		 started_ms;
	int64_t		 deadline_ms;	/* of a stop in progress, wall */
	int64_t		 times_ms[RESTART_TIMES_MAX]; /* of relaunches, wall */
};

/* A cause; plane K_PARENT: there is nobody who asked for it. */
struct m_why {
	uint32_t	 kind;		/* enum why_kind */
	uint32_t	 uid;		/* or ID_NONE, and a subject: a token's */
	int32_t		 pid;
	uint32_t	 plane;
	int64_t		 at_ms;		/* wall */
};

/*
 * One of an app, newest first; the first replaces all that there were.  tail:
 * app, process ("": all of it), app that it is due to, text
 */
struct m_state_why {
	struct m_why	 why;
	uint16_t	 first;
	uint16_t	 instance;	/* of the process, or INSTANCE_ANY */
	uint32_t	 pad;
	char		 subject[SUBJECT_ROOM];	/* of the token, "" */
};

/* A link of the answer to `why'.  tail: its app, text */
struct m_why_link {
	uint64_t	 id;
	struct m_why	 why;
	char		 subject[SUBJECT_ROOM];
};

/* What the store loaded; tail: what went wrong, or empty. */
struct m_state_end {
	uint32_t	 apps;
	uint32_t	 same_boot;	/* written under this boot id */
};

/* seq is on disk, or error (errno) and tail say why it is not. */
struct m_stored {
	uint64_t	 seq;
	uint32_t	 error;
	uint32_t	 pad;
};

/* tail: name of the process; app 0: the daemon's own stderr */
struct m_log_stream {
	struct m_inst	 inst;
	uint32_t	 stream;	/* enum stream */
	int32_t		 pid;
	uint32_t	 gap;		/* output may be missing before this */
	uint32_t	 pad;
};

/* LOG_PID: a new instance writes there from now on; LOG_END: it ended. */
struct m_log_pid {
	struct m_inst	 inst;
	int32_t		 pid;
	uint32_t	 pad;
};

/*
 * tail: method, app, role, text (of a failure), of a token its subject, kid
 * and jti, address of who came over the network
 */
struct m_audit {
	int64_t		 at_ms;
	uint32_t	 uid;		/* ID_NONE: not of this machine */
	int32_t		 pid;
	uint32_t	 outcome;
	uint32_t	 plane;
};

/* What an operator did to an app. */
struct act {
	int64_t		 at_ms;		/* wall */
	uint32_t	 uid;
	int32_t		 pid;
	uint32_t	 plane;		/* enum kind */
	uint32_t	 method;	/* enum method_id */
	char		 subject[SUBJECT_ROOM];	/* of its token, "" */
};

/*
 * An exit that was not expected.  tail: process, reason, what was decided,
 * what the last probe said
 */
struct m_crash {
	struct m_exited	 exit;
	int64_t		 started_ms;	/* wall */
	int64_t		 retry_ms;	/* of the next start, wall; 0 none */
	uint64_t	 hash;		/* of the app's configuration */
	uint32_t	 restarts;	/* by policy, before it */
	uint32_t	 nacts;
	struct act	 acts[ACTS_MAX];	/* the last minute, newest last */
};

/* tail: name of the process, or empty */
struct m_log_open {
	uint64_t	 id;
	uint32_t	 plane;
	uint32_t	 app;		/* 0 = all, or the daemon with REQ_SYSTEM */
	uint32_t	 lines;
	uint32_t	 level;
	uint32_t	 flags;		/* REQ_FOLLOW, REQ_STDERR, REQ_SYSTEM */
	uint32_t	 pad;
	int64_t		 since_ms;
	int64_t		 until_ms;
};

#define RECORD_MORE	0x1u	/* the line goes on in the next record */
#define RECORD_FOLLOWED	0x2u	/* written after the query was opened */

/* tail: app, process, text */
struct m_log_record {
	uint64_t	 id;
	int64_t		 at_us;
	int32_t		 pid;
	uint8_t		 stream;
	uint8_t		 level;
	uint16_t	 flags;		/* RECORD_* */
	uint32_t	 dropped;	/* lines left out before this one */
	uint32_t	 pad;
};

/* The query is answered, or failed (tail says why). */
struct m_log_done {
	uint64_t	 id;
	uint32_t	 outcome;
	uint32_t	 pad;
};

struct m_log_got {
	uint64_t	 id;
	uint32_t	 records;
	uint32_t	 pad;
};

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
