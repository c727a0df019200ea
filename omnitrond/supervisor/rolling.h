/*
 * The two slots of an instance's number.
 *
 * One of them has the current instance; in a rolling reload the other one,
 * its twin, has the new one until that is ready, and then the old one until
 * that is gone.  Only the current one counts in the status of its process
 * and app, restarts by policy and is shown; as long as it has a process, the
 * twin counts among what runs.
 */
#ifndef SUPERVISOR_ROLLING_H
#define SUPERVISOR_ROLLING_H

#include "omnitrond/proto.h"

struct app;
struct fsm_input;
struct inst;
struct process;
struct sup;

/* What an instance is of its number. */
enum part {
	PART_CURRENT,
	PART_NEW,		/* it starts, to replace the current one */
	PART_OLD,		/* it was replaced, and stops */
	PART_OVER,		/* freed at the end of the turn */
	PART_MAX
};

#define ROLLING_EVENTS(X)						\
	X(BEGIN)	/* the current one is to be replaced */		\
	X(READY)	/* the twin is online */			\
	X(GONE)		/* the current one has no process any more */	\
	X(TWIN_GONE)	/* nor has the twin */				\
	X(STOP)		/* the current one was told to stop */

enum rolling_event {
#define X(id)	ROLL_##id,
	ROLLING_EVENTS(X)
#undef X
	ROLL_MAX
};

enum rolling_action {
	ROLL_UNKNOWN,		/* no cell of the table has it */
	ROLL_IGNORE,
	ROLL_LAUNCH,		/* the new one */
	ROLL_WAIT,		/* for the twin to go */
	ROLL_TAKE_OVER,		/* the new one is the current one */
	ROLL_DISCARD,		/* the new one failed */
	ROLL_END,		/* the twin is no more */
	ROLL_STOP_TWIN
};

/* The cell of the table; `twin' is PART_CURRENT if there is none. */
enum rolling_action rolling_next(enum part twin, enum rolling_event);

/* Start a new one beside the current one, if that has no twin.  1 if so. */
int		 rolling_begin(struct sup *, struct inst *);
/* An instance is online. */
void		 rolling_ready(struct sup *, struct inst *);
/*
 * An instance has no process any more, and why; spend: by policy it would be
 * started again at the cost of a restart.  1: that was all; 0: it is for the
 * policy.
 */
int		 rolling_gone(struct sup *, struct inst *, const char *why,
		    int spend);
/* An instance was told to stop: so is its twin. */
void		 rolling_stop(struct sup *, struct inst *,
		    const struct fsm_input *);
/* Free those of an app that are over. */
void		 rolling_settle(struct sup *, struct app *);

/* The instance in this slot of its number, made if there is none. */
struct inst	*rolling_slot(struct sup *, struct process *,
		    uint32_t instance);
/* A start: what was recorded and what lives decide which are current. */
void		 rolling_load(struct sup *, struct app *);
/* The twin lives and was taken over: on with it. */
void		 rolling_resume(struct sup *, struct inst *);

#endif /* SUPERVISOR_ROLLING_H */
