/* The health of an instance: what its probes say, and what follows. */
#ifndef SUPERVISOR_HEALTH_H
#define SUPERVISOR_HEALTH_H

#include "omnitrond/proto.h"
#include "omnitrond/supervisor/probe.h"
#include "omnitrond/supervisor/timer.h"

struct inst;
struct process;
struct sup;

#define HEALTH_EVENTS(X)						\
	X(PASS)		/* a probe succeeded */				\
	X(FAIL)		/* one failed */				\
	X(LIMIT)	/* and as many before it as there may be */	\
	X(GRACE)	/* one failed soon after the start */		\
	X(BEGIN)	/* it is online, or to be probed anew */

enum health_event {
#define X(id)	HEALTH_EV_##id,
	HEALTH_EVENTS(X)
#undef X
	HEALTH_EV_MAX
};

struct health {
	int			 on;
	enum health_state	 state;
	uint32_t		 failures;	/* in a row */
	struct mono		 began;
	struct timer		 timer;
	struct probe		 probe;
	char			*text;	/* of the last failure, NULL: none */
};

/* The cell of the table (pure). */
enum health_state health_next(enum health_state, enum health_event);
/* interval, give or take a tenth (pure). */
uint32_t	 health_jitter(uint32_t interval_ms, uint32_t random);

/* Its status changed: it may be looked at from now on, or no longer. */
void		 health_look(struct sup *, struct inst *);
/* Is it looked at?  What was found, and the last failure's text or "". */
int		 health_on(const struct inst *);
enum health_state health_state(const struct inst *);
const char	*health_text(const struct inst *);
void		 health_free(struct sup *, struct inst *);
/* What is configured for its health differs. */
int		 health_differs(const struct m_conf_process *,
		    const struct m_conf_process *);
/* All instances of the process are looked at anew. */
void		 health_again(struct sup *, struct process *);
/* Its heartbeats stopped, or came again. */
void	 health_heard(struct sup *, struct inst *);
/* Are all its instances that run healthy, or not looked at? */
int		 health_good(const struct process *);
/* Was one of them found unhealthy, and goes on? */
int		 health_bad(const struct process *);

#endif /* SUPERVISOR_HEALTH_H */
