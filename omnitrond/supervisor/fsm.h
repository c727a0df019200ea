/* The state machine of an instance. */
#ifndef SUPERVISOR_FSM_H
#define SUPERVISOR_FSM_H

#include "omnitrond/proto.h"

struct app;
struct inst;
struct sup;

#define FSM_EVENTS(X)							\
	X(LAUNCH, "launch")	/* it should run now */			\
	X(RETRY, "retry")	/* its backoff is over */		\
	X(EXECED, "execed")	/* exec succeeded */			\
	X(READY, "ready")	/* as its `ready' says */		\
	X(LATE, "late")		/* startup-timeout passed */		\
	X(EXCESS, "excess")	/* it is no good, says `reason' */	\
	X(EXIT, "exit")		/* its process is gone */		\
	X(STOP, "stop")		/* it should not run */

enum fsm_event {
#define X(id, name)	EV_##id,
	FSM_EVENTS(X)
#undef X
	EV_MAX
};

struct fsm_input {
	enum fsm_event		 event;
	const struct m_exited	*exit;		/* EXIT */
	int			 force;		/* STOP: SIGKILL at once */
	int			 grace;		/* STOP: timeout_ms counts */
	uint32_t		 timeout_ms;
	uint32_t		 signal;	/* EXCESS: to end it, 0 any */
	const char		*reason;	/* STOP: shown, or NULL; EXCESS */
	enum why_kind		 due;		/* EXCESS: kind; 0 = a probe */
};

typedef void (*fsm_action)(struct sup *, struct inst *,
	    const struct fsm_input *);

void		 fsm_event(struct sup *, struct inst *,
		    const struct fsm_input *);
/* Launch it, whatever it depends on. */
void		 fsm_spawn(struct sup *, struct inst *);
/* The cell of the table, for the test that none is left out. */
fsm_action	 fsm_cell(enum status, enum fsm_event);
/* startup-timeout, min-uptime or backoff, by the status */
void		 fsm_timer(struct sup *, void *inst);
/* Its counters at zero, as an operator's start wants it. */
void		 fsm_fresh(struct inst *);
/* A process that was there before us is this instance's. */
void		 fsm_adopt(struct sup *, struct inst *, int was_online);
/* Errored before us: the rest of its delay, `gone` ms of which are over. */
void		 fsm_resume_backoff(struct sup *, struct inst *, int64_t gone);

#endif /* SUPERVISOR_FSM_H */
