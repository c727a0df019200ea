/*
 * The records that the store keeps, and why an app is as it is.
 * Included by omnitrond/proto.h.
 */
#ifndef OMNITROND_PROTO_STATE_H
#define OMNITROND_PROTO_STATE_H

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

#endif /* OMNITROND_PROTO_STATE_H */
