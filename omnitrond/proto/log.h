/*
 * Output, the audit trail and crash records.
 * Included by omnitrond/proto.h.
 */
#ifndef OMNITROND_PROTO_LOG_H
#define OMNITROND_PROTO_LOG_H

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

#endif /* OMNITROND_PROTO_LOG_H */
