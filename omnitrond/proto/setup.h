/*
 * What every process is told at its start and says of itself, and what names
 * an instance.
 * Included by omnitrond/proto.h.
 */
#ifndef OMNITROND_PROTO_SETUP_H
#define OMNITROND_PROTO_SETUP_H

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

struct m_sync {
	uint64_t	 seq;
};

struct m_pong {
	uint64_t	 seq;		/* of the PING */
	uint32_t	 awake;		/* it worked since the one before */
	uint32_t	 pad;
};

#endif /* OMNITROND_PROTO_SETUP_H */
