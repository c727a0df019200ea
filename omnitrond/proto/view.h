/*
 * What a plane knows of apps, and is told of them.
 * Included by omnitrond/proto.h.
 */
#ifndef OMNITROND_PROTO_VIEW_H
#define OMNITROND_PROTO_VIEW_H

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

#endif /* OMNITROND_PROTO_VIEW_H */
