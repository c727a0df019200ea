/*
 * Probes: looks at instances by egress (http, tcp) or by a command that the
 * parent runs.  They wait in the order they came until one of so many at
 * once is theirs, and those of egress also while that is away.
 */
#ifndef SUPERVISOR_PROBE_H
#define SUPERVISOR_PROBE_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "omnitrond/proto.h"

struct inst;
struct probe;
struct sup;

/* With this outcome; the text is "" if it passed. */
typedef void (*probe_fn)(struct sup *, struct inst *, enum probe_outcome,
	    const char *text);

enum probe_by { BY_EGRESS, BY_COMMAND, PROBE_BYS };
enum probe_state { PROBE_IDLE, PROBE_QUEUED, PROBE_FLYING };

/* One that an instance may have, again and again. */
struct probe {
	TAILQ_ENTRY(probe)	 entry;		/* queued */
	RB_ENTRY(probe)		 by_id;		/* flying */
	struct inst		*inst;
	enum probe_what		 what;
	enum probe_by		 by;
	enum probe_state	 state;
	uint32_t		 timeout_ms;
	uint64_t		 id;
	probe_fn		 fn;
};
TAILQ_HEAD(probe_queue, probe);
RB_HEAD(probe_ids, probe);

struct probing {
	struct probe_queue	 queue[PROBE_BYS];
	struct probe_ids	 flying;
	uint32_t		 nflying;
	uint32_t		 max;		/* at once */
	uint64_t		 last;		/* id */
};

int		 probe_cmp(struct probe *, struct probe *);
RB_PROTOTYPE(probe_ids, probe, by_id, probe_cmp)

void		 probe_init(struct sup *);
void		 probe_limit(struct sup *, uint32_t max);
void		 probe_new(struct probe *, struct inst *, enum probe_what,
		    probe_fn);
/* Queue it, if it is idle. */
void		 probe_ask(struct sup *, struct probe *, enum probe_by,
		    uint32_t timeout_ms);
/* Nobody wants its outcome any more. */
void		 probe_cancel(struct sup *, struct probe *);
/* Egress came, and those that wait for it go; it is gone, and theirs wait. */
void		 probe_egress_up(struct sup *);
void		 probe_egress_down(struct sup *);
/* What was found; -1 for what nobody may say. */
int		 probe_probed(struct sup *, const struct m_probed *,
		    const char *text);
void		 probe_ran(struct sup *, struct inst *, const struct m_ran *,
		    const char *text);

#endif /* SUPERVISOR_PROBE_H */
