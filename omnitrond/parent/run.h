/*
 * Commands that are run for an instance besides its process: what is to be
 * done before it starts, a probe of its health, a reload.  They are those of
 * our own configuration, as the app's user; the supervisor names the instance
 * and the kind, and there is one of each kind for an instance.
 *
 *	waiting		too many run already, or began just now
 *	running
 *	draining	its leader is dead, others it started are not yet
 *
 * A run is over when nothing of it is left.
 */
#ifndef OMNITROND_PARENT_RUN_H
#define OMNITROND_PARENT_RUN_H

#include <sys/queue.h>
#include <sys/tree.h>

#include "omnitrond/parent/inst.h"

/*
 * At once, of all apps: a quarter of what forks and memory a small machine
 * has for its apps is not much more than this.
 */
#define RUNS_MAX	128
/* Of those, of one app: whatever it does with its own, others start. */
#define RUNS_APP_MAX	(RUNS_MAX / 2)
/* A second, after a burst: as fast as a supervisor may want them for ever. */
#define RUN_RATE	200
#define RUN_BURST	1000

#define RUN_MARK_SIZE	32	/* of OMNITRON_RUN: "before-start.65535" */

enum run_state { RUN_WAITING, RUN_RUNNING, RUN_DRAINING };

struct run {
	RB_ENTRY(run)		 by_pid;	/* while its leader lives */
	TAILQ_ENTRY(run)	 entry;		/* of those in this state */
	struct parent		*parent;
	struct inst		*inst;		/* NULL: nobody waits for it */
	enum run_kind		 kind;
	enum run_state		 state;
	char			 app[NAME_SIZE];
	char			 process[NAME_SIZE];
	char			 mark[RUN_MARK_SIZE];
	uint16_t		 instance;
	uint16_t		 serial;
	uid_t			 uid;
	uint32_t		 timeout_ms;	/* 0 = none */
	struct secret_set	*secrets;	/* that it is run with, or NULL */
	int			 asking;	/* they are not told yet */
	pid_t			 pid;
	int			 status;	/* of its exec, or -1 */
	struct cgroup_leaf	*leaf;		/* NULL = none */
	int			 killed;	/* SIGKILL was sent to all of it */
	int			 strays;	/* some were killed */
	struct event		*timer;
	struct m_ran		 ran;
	char			 text[TEXT_MAX];
};

RB_PROTOTYPE(run_pids, run, by_pid, run_pid_cmp)
int	 run_pid_cmp(struct run *, struct run *);

/*
 * Begin the command of this kind, which is configured.  Its end is told by
 * inst_hooked (HOOK) or a RAN message.
 */
void	 run_begin(struct inst *, enum run_kind, uint32_t timeout_ms);
/* SIGTERM to its group, and SIGKILL to all of it after that time. */
void	 run_stop(struct run *, uint32_t ms);
/* The instance is no more: what ran for it ends, and nothing is told. */
void	 run_inst_gone(struct inst *);
/* The supervisor is no more: what it asked for ends. */
void	 run_supervisor_gone(struct parent *);
/* The daemon ends: SIGKILL to all. */
void	 run_kill_all(struct parent *);
/* A child of ours is dead and not reaped: 1 if it was a run's leader. */
int	 run_died(struct parent *, pid_t);
int	 run_leads(struct parent *, pid_t);	/* is it one? */
/* An orphan that came to us died. */
void	 run_drain(struct parent *);
/* The next ones that wait, as many as may run and begin now. */
void	 run_next(struct parent *);

/* Between run.c and run_end.c. */
struct run *run_by_pid(struct parent *, pid_t);
const struct process_conf *run_conf(const struct run *); /* or NULL */
void	 run_enter(struct run *, enum run_state);
void	 run_timer(struct run *, uint32_t ms);
/* Say how it went, to whoever waits for it: nobody does then. */
void	 run_tell(struct run *);
/* Nothing of it lives any more: tell, and forget it. */
void	 run_over(struct run *);

void	 run_end(struct run *, uint32_t why);	/* now; RAN_* */
void	 run_late(int fd, short events, void *);	/* its timer */

/* "exit 3", "not done within 5s", "exec /x: Permission denied" (pure) */
char	*run_text(const struct m_ran *, uint32_t timeout_ms,
	    const char *failure, char *, size_t);

#endif /* OMNITROND_PARENT_RUN_H */
