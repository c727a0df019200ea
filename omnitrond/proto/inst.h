/*
 * What is done to an instance, and what became of it.
 * Included by omnitrond/proto.h.
 */
#ifndef OMNITROND_PROTO_INST_H
#define OMNITROND_PROTO_INST_H

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

#endif /* OMNITROND_PROTO_INST_H */
