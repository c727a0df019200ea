/* Operations on apps, one after another. */
#ifndef SUPERVISOR_OPS_H
#define SUPERVISOR_OPS_H

#include <sys/queue.h>

#include <stdint.h>

#include "omnitrond/proto.h"
#include "omnitrond/supervisor/timer.h"
#include "omnitrond/supervisor/why.h"

struct app;
struct inst;
struct process;
struct req;
struct sup;

#define OPS_MAX		64	/* that wait for one app; a person queues fewer */

#define OPF_FORCE	0x1u
#define OPF_NOWAIT	0x2u	/* done once it is launched */
#define OPF_GRACE	0x4u	/* timeout_ms replaces stop-timeout */
#define OPF_KEEP	0x8u	/* a shutdown: the intent stays */
#define OPF_WATCH	0x10u	/* of its watch: files changed */

enum op_phase {
	OPH_NEW,
	OPH_STOP_WAIT,		/* for dependants of the same group */
	OPH_STOPPING,
	OPH_START_WAIT,		/* for dependencies of the same group */
	OPH_STARTING,
	OPH_SCALING,
	OPH_RELOADING
};

struct task {
	TAILQ_ENTRY(task)	 entry;		/* of the app */
	LIST_ENTRY(task)	 req_entry;
	struct app	*app;
	struct process	*process;	/* NULL: all of the app's */
	struct req	*req;		/* NULL: nobody waits for it */
	enum op		 kind;		/* OP_START, STOP, RESTART, SCALE,
					   RELOAD_APP */
	uint32_t	 flags;		/* OPF_* */
	enum op_phase	 phase;
	uint64_t	 group;		/* ordered among each other */
	uint32_t	 timeout_ms;
	uint32_t	 number;	/* SCALE, of a process; RELOAD_APP:
					   the instance at work */
	uint32_t	 at;		/* RELOAD_APP: the id of its process */
	int		 acted;		/* it was replaced, or the like */
	char		*why;		/* what failed, or NULL */
	uint32_t	 failures;	/* of what it is about, when it began */
	int		 killed;
	struct why_by	 by;		/* who asked, also when req is gone */
	enum why_kind	 due;		/* or what it is due to */
	const char	*because;	/* that in words, or NULL */
	struct timer	 timer;
};

/*
 * Queue an operation.  A stop cancels what starts the app before it.  req
 * may be NULL.  The first step is taken at the end of the turn.
 */
struct task	*ops_add(struct sup *, struct app *, enum op, uint32_t flags,
		    uint64_t group, struct req *);
int		 ops_full(const struct app *);
/* Take the steps that can be taken now. */
void		 ops_settle(struct sup *, struct app *);
/* Nobody waits for it any more; it goes on. */
void		 ops_detach(struct sup *, struct task *);
/* All that wait or run are ended with this outcome. */
void		 ops_cancel(struct sup *, struct app *, enum outcome,
		    const char *why);
/* Queue a change of the number of instances that nobody waits for. */
void		 ops_scale(struct sup *, struct process *, uint32_t);
/* A process left the configuration: all of it is stopped, then it goes. */
void		 ops_remove(struct sup *, struct process *);
/* An instance had to be killed: whoever stops the app learns it. */
void		 ops_killed(struct app *);
/* Launch it as an operator wants it: its counters begin anew. */
void		 ops_launch(struct sup *, struct inst *);

#endif /* SUPERVISOR_OPS_H */
