/*
 * What apps say of themselves, over the sockets that they are given.
 * Included by omnitrond/proto.h.
 */
#ifndef OMNITROND_PROTO_APP_H
#define OMNITROND_PROTO_APP_H

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

#endif /* OMNITROND_PROTO_APP_H */
