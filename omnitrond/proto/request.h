/*
 * What clients ask for, and the answers.
 * Included by omnitrond/proto.h.
 */
#ifndef OMNITROND_PROTO_REQUEST_H
#define OMNITROND_PROTO_REQUEST_H

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

#endif /* OMNITROND_PROTO_REQUEST_H */
