/*
 * Instances as the parent sees them: what runs, what it left, and what the
 * supervisor has not acknowledged yet.
 *
 *	idle		nothing runs; FIFOs and cgroup may be kept
 *	waiting		a spawn that the rate limit delays
 *	hooking		its before-start runs: see run.h
 *	asking		for the secrets that it is started with: secret.h
 *	execing		forked, the outcome of exec is not known
 *	running
 *	draining	the leader is dead, others it started are not yet
 *	exited		EXITED is due or sent, EXIT_ACK has not come
 *
 * From "exited" the only way is EXIT_ACK, to idle.
 */
#ifndef OMNITROND_PARENT_INST_H
#define OMNITROND_PARENT_INST_H

#include "common/signature.h"
#include "omnitrond/parent/cgroup.h"
#include "omnitrond/parent/apps.h"
#include "omnitrond/parent/fifo.h"
#include "omnitrond/parent/parent.h"

enum inst_state {
	INST_IDLE, INST_WAITING, INST_HOOKING, INST_ASKING, INST_EXECING,
	INST_RUNNING, INST_DRAINING, INST_EXITED
};

struct environ_id;
struct run;

struct inst {
	RB_ENTRY(inst)		 by_key;
	RB_ENTRY(inst)		 by_pid;
	TAILQ_ENTRY(inst)	 drain;
	struct parent		*parent;
	struct m_inst		 id;
	char			 app[NAME_SIZE];
	char			 process[NAME_SIZE];
	uid_t			 uid;
	gid_t			 gid;
	enum inst_state		 state;
	pid_t			 pid;		/* 0 = none */
	struct signature	 sig;
	int64_t			 started_ms;
	int			 adopted;	/* not our child */
	int			 pidfd;		/* of an adopted one, else -1 */
	struct event		*pidfd_ev;
	int			 status;	/* of exec, or -1 */
	struct event		*status_ev;
	int			 noexec;
	struct fifo		 fifo;		/* our ends of its output */
	struct apps_ends	 ends;		/* and of what apps reads */
	struct cgroup_leaf	*leaf;		/* NULL = none */
	int			 stopping;
	int			 killed;
	int			 strays;	/* some were killed and not seen dead */
	int			 looked;	/* for them, since it died */
	int64_t			 ooms;		/* in its cgroup, at its start */
	struct event		*timer;		/* spawn delay, stop, drain */
	struct mono		 signalled;	/* by an operator */
	char			*extra;		/* of a delayed spawn */
	size_t			 extralen;
	int			 cred;		/* there may be some of it */
	struct secret_set	*secrets;	/* while it is started, or NULL */
	struct run		*run[RUN_MAX];	/* of each kind, or NULL */
	struct m_exited		 exit;
};

RB_PROTOTYPE(insts, inst, by_key, inst_key_cmp)
RB_PROTOTYPE(pids, inst, by_pid, inst_pid_cmp)
int	 inst_key_cmp(struct inst *, struct inst *);
int	 inst_pid_cmp(struct inst *, struct inst *);

/* "web", "web[2]", "shop/worker[2]": for messages. */
#define INST_TITLE_SIZE	(2 * NAME_SIZE + 8)
const char *inst_title(const struct inst *, char *, size_t);
struct inst *inst_find(struct parent *, const struct m_inst *);
struct inst *inst_by_pid(struct parent *, pid_t);
/* What is configured for it now, or NULL. */
const struct process_conf *inst_conf(const struct inst *);
/* A new one of a configured process; the caller found it is not there. */
struct inst *inst_new(struct parent *, const struct m_inst *,
	    const struct process_conf *);
void	 inst_free(struct inst *);	/* and its FIFOs and cgroup */
/* Open its output and give the read ends to the logger.  -1 with errno. */
int	 inst_open_output(struct inst *, int gap);
void	 inst_log_pid(struct inst *, enum msg_type);
/* A spawn that waits, or asks, will not be. */
void	 inst_cancel(struct inst *);
void	 inst_kill(struct inst *);	/* SIGKILL to all of it */
void	 inst_timer(struct inst *, uint32_t ms);

/* inst_spawn.c */
/* What is to be done before it starts, then itself. */
void	 inst_begin(struct inst *);
/* What was kept for its start goes; values of secrets are wiped. */
void	 inst_extra_free(struct inst *);
/* Its before-start is over: it begins, or failed. */
void	 inst_hooked(struct inst *, const struct m_ran *, const char *text);
/* Who it is, for its environment; no sockets, no command. */
void	 inst_environ_id(const struct inst *, struct environ_id *);
/* Its output as the process is configured now: open.  -1 with errno. */
int	 inst_output(struct inst *, const struct process_conf *);
/* What is known of exec; told to the supervisor once. */
void	 inst_exec_status(struct inst *);
/* The message about a living one, its stat file in *fd. */
void	 inst_alive(const struct inst *, struct m_alive *, int *fd);

/* inst_cred.c */
int	 inst_cred_open(struct parent *, char *err, size_t);
void	 inst_cred_close(struct parent *);	/* the daemon ends */
/*
 * Its credentials anew, from values that were asked for.  0, also if it has
 * none, or -1 with errno.
 */
int	 inst_cred_write(struct inst *, const struct process_conf *,
	    const struct secret_set *);
/* The folder for its environment; NULL: it has none. */
const char *inst_cred_path(const struct inst *, const struct process_conf *,
	    char *, size_t);
void	 inst_cred_remove(struct inst *);
/* What no instance has any more: an earlier daemon left it. */
void	 inst_cred_sweep(struct parent *);

/* reap.c */
/* May a process that an instance or a run left have come to us? */
int	 reap_orphans(struct parent *);
/* The death of one that is not our child. */
void	 reap_adopted(struct inst *, int status, int unknown);
void	 reap_failed(struct inst *, enum spawn_step, int error, const char *);
int	 reap_refused(struct parent *, const struct m_inst *);
void	 reap_report(struct inst *);	/* EXITED, if the supervisor is there */
void	 reap_drained(struct inst *);	/* nothing of it lives any more */
void	 reap_timeout(struct inst *);	/* what is left cannot be killed */

#endif /* OMNITROND_PARENT_INST_H */
