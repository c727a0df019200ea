/*
 * The supervisor: its one struct, and who does what in it.
 *
 *	main.c		set-up, the loop, the real clocks
 *	dispatch.c	every message it accepts: decode and hand on
 *	conf_stage.c, conf.c	the configuration in two phases
 *	load.c		the start: records, living processes, adoption
 *	app.c		apps and instances
 *	fsm.c		what an instance does when something happens
 *	health.c	health of instances
 *	probe.c		probes: in a queue, so many at once
 *	ready.c		readiness that is probed
 *	run.c		commands that the parent runs for an instance
 *	policy.c, backoff.c	pure: what an exit means, when to retry
 *	depend.c	who waits for whom
 *	strategy.c	what the crash of one means for the others
 *	group.c, place.c	the others: groups of apps, who starts when
 *	ops.c		operations on apps, one after another
 *	scale.c		one of them: how many instances run
 *	reload.c	another: instances are replaced one by one
 *	rolling.c	the two slots of a number, the old and the new instance
 *	request*.c	requests of a plane and their answers
 *	permit.c	who may ask for that
 *	access.c	what the rules would say of somebody
 *	secret.c	secrets and tokens, by their names only
 *	revoke.c	tokens that are refused
 *	publish.c	events
 *	said.c, watchdog.c	what instances say, and when they are silent
 *	shutdown.c	the orderly end
 *	persist.c	records to the store
 *	view.c		what the planes know
 *	metrics.c, meter*.c	CPU and memory
 *	watch.c, link.c	files that changed, and who says so
 *	audit.c		who asked for what
 *	change.c	what a new configuration changed, for the audit
 *	why*.c		what a status is due to
 *	crash.c		what is kept of an exit that was not expected
 *	timer.c, out.c	time and messages
 *
 * Handlers and timers change the tables and send what cannot wait (SPAWN,
 * STOP); sup_turn, once after all that one turn of the loop brought, looks
 * at operations and dependants and sends records and views.
 */
#ifndef SUPERVISOR_SUPERVISOR_H
#define SUPERVISOR_SUPERVISOR_H

#include "common/rate.h"
#include "common/units.h"
#include "omnitrond/grant.h"
#include "omnitrond/method.h"
#include "omnitrond/proc.h"
#include "omnitrond/supervisor/app.h"
#include "omnitrond/supervisor/ask.h"
#include "omnitrond/supervisor/change.h"
#include "omnitrond/supervisor/group.h"
#include "omnitrond/supervisor/out.h"
#include "omnitrond/supervisor/publish.h"
#include "omnitrond/supervisor/revoke.h"
#include "omnitrond/supervisor/timer.h"

struct conf_stage;
struct req;
struct saved_app;

enum phase {
	PH_LOADING,		/* configuration, living processes, records */
	PH_ADOPTING,		/* the parent looks at recorded processes */
	PH_RUNNING
};

TAILQ_HEAD(saved_apps, saved_app);
TAILQ_HEAD(meters, inst);
LIST_HEAD(reqs, req);

struct persist {
	int			 on;		/* the records are loaded */
	int			 resync;	/* the store needs all of them */
	uint64_t		 next;		/* number of the next commit */
	uint64_t		 flying;	/* sent and not answered; 0 none */
	uint64_t		 stored;
	uint32_t		 error;		/* why the last one failed */
	struct app_list		 dirty;
	struct dropped		*dropped;	/* while the store is away */
	struct timer		 timer;
};

/* What a plane knows. */
struct plane {
	uint64_t		 last_id;	/* of its requests */
	uint32_t		 nreqs;		/* that wait */
	struct rate		 shows;		/* that the parent answers */
	uint64_t		 seq;		/* of what it was sent, */
	uint64_t		 synced;	/* and has received */
	struct app_list		 dirty;
};

struct view {
	unsigned int		 on;		/* bits: planes that have all */
	struct plane		 plane[PLANES];
	char			*degraded[CAUSE_MAX];	/* NULL: all is well */
};

struct metrics {
	uint32_t		 interval_ms;	/* 0 = off */
	int			 off;		/* by an operator, for all */
	int			 limits;	/* some have a max-memory */
	struct meters		 meters;
	struct timer		 timer;
	struct meters		 fresh;		/* of those that just started */
	struct timer		 early;
	int			 groups;	/* instances have them */
	uint32_t		 fds;		/* that were asked for */
	uint32_t		 fds_max;
};

struct watches {
	TAILQ_HEAD(, process)	 troubled;
	uint32_t		 ntroubled;
};

struct audit {
	struct audit_line	*first, **last;
	uint32_t		 kept;
	uint32_t		 lost;
};

struct crashes {
	struct crash_kept	*first, **last;	/* while the logger is away */
	uint32_t		 kept;
	uint32_t		 lost;
};

struct shutdown {
	int			 going;
	int			 begun;		/* the stops are ordered */
	int			 answered;	/* those who asked know it */
	int			 asked;		/* there were such */
	int			 told;		/* the parent knows it is done */
	uint32_t		 flags;
	int64_t			 at_ms;		/* it began, wall */
	int			 late;		/* do not wait for the store */
	struct timer		 timer;
};

struct sup {
	struct out		 out;
	struct timers		 timers;
	struct timer		 turn;
	struct timer		 tell;		/* end of a hold */
	struct mono		 hold;		/* records and views wait */
	enum phase		 phase;

	struct app_ids		 by_id;
	struct app_names	 by_name;
	uint32_t		 napps;
	uint32_t		 nrunning;	/* of all apps */
	struct app_list		 kicked;
	struct groups		 groups;
	uint64_t		 walk;		/* numbers walks of depend.c */

	struct conf_stage	*stage;
	uint32_t		 conf_version;
	int			 have_conf;
	int			 have_alive;
	int			 have_state;
	int			 same_boot;
	struct saved_apps	 saved;		/* records not of our apps */

	uint64_t		 group;		/* numbers sets of operations */
	struct grants		 grants;	/* who may do what */
	enum role		 ceiling[PLANES];	/* of what it serves */
	struct rate		 denials;	/* of planes, to the audit */
	uint32_t		 undenied;	/* that were too many */
	uint32_t		 nuses;		/* secrets that apps have */
	struct revokes		 revokes;
	struct publish		 publish;
	uint32_t		 own_uid;	/* of the daemon */
	struct reqs		 reqs;
	uint32_t		 nreqs;

	struct persist		 persist;
	struct view		 view;
	struct metrics		 metrics;
	struct watches		 watch;
	struct audit		 audit;
	struct crashes		 crashes;
	struct probing		 probing;
	struct change		 change;
	struct saids		 said;		/* until all is loaded */
	uint32_t		 nsaid;
	struct shutdown		 shutdown;
};

/* sup.c */
void	 sup_init(struct sup *, const struct out *);
void	 sup_free(struct sup *);
void	 sup_up(struct sup *, enum kind);
void	 sup_down(struct sup *, enum kind);
/* Something is to be done at the end of this turn. */
void	 sup_want_turn(struct sup *);
/*
 * Instances are being started without anyone waiting for an answer: let
 * them have the processor first, and store and control hear of it after.
 */
void	 sup_hold(struct sup *);

/* dispatch.c */
extern const struct dispatch supervisor_dispatch[];

#endif /* SUPERVISOR_SUPERVISOR_H */
