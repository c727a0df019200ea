/*
 * The configuration, as the parent feeds it to who works by it.
 * Included by omnitrond/proto.h.
 */
#ifndef OMNITROND_PROTO_CONF_H
#define OMNITROND_PROTO_CONF_H

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

#endif /* OMNITROND_PROTO_CONF_H */
