/*
 * Apps, the processes they are made of, and the instances of those: the
 * tables everything else works on.
 */
#ifndef SUPERVISOR_APP_H
#define SUPERVISOR_APP_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "common/units.h"
#include "omnitrond/supervisor/backoff.h"
#include "omnitrond/supervisor/health.h"
#include "omnitrond/supervisor/meter.h"
#include "omnitrond/supervisor/plane.h"
#include "omnitrond/supervisor/ready.h"
#include "omnitrond/supervisor/refs.h"
#include "omnitrond/supervisor/rolling.h"
#include "omnitrond/supervisor/said.h"
#include "omnitrond/supervisor/secret.h"
#include "omnitrond/supervisor/timer.h"
#include "omnitrond/supervisor/watch.h"
#include "omnitrond/supervisor/why.h"
#include "omnitrond/supervisor/watchdog.h"

struct app;
struct group;
struct process;
struct task;
struct sup;

TAILQ_HEAD(tasks, task);

#define REASON_SIZE	512	/* a path and an error text fit */
#define REASON_SHUTDOWN	"daemon stopped"
#define REASON_RESTART	"restarting"
#define REASON_WAITING	"waiting for "

struct inst_end {
	struct m_exited		 exit;
	int64_t			 started_ms;	/* wall */
	uint32_t		 restarts;	/* before it */
	char			*probe;		/* its health, NULL: none */
};

struct inst {
	struct app		*app;
	struct process		*process;
	TAILQ_ENTRY(inst)	 of_app;
	uint16_t		 number;
	uint16_t		 slot;		/* 0 or INSTANCE_SPARE */
	enum part		 part;
	struct inst		*twin;		/* in the other slot, or NULL */
	uint32_t		 generation;	/* of the last spawn */
	enum status		 status;

	int			 running;	/* the parent has one of it */
	int			 execed;
	int			 ready_early;	/* before exec was heard of */
	int			 finished;	/* stopped by itself, for good */
	int			 held;		/* waits for a dependency */
	int			 again;		/* launch when stopped */
	int			 failed;	/* being stopped as a failed start */
	int			 surplus;	/* goes when it is stopped */
	int			 stale;		/* a secret of it changed */
	int			 spend;		/* its next relaunch counts */
	enum spawn_step		 step;		/* of a spawn that failed */
	int			 error;
	char			*why;		/* the start failed, or NULL */
	enum why_kind		 due;		/* it was ended for that */
	struct inst_end		 ended;		/* how it did last */

	struct m_signature	 sig;		/* pid 0: none */
	int64_t			 started_ms;	/* wall */
	struct mono		 online;	/* since */
	uint32_t		 restarts;
	uint32_t		 backoff;	/* relaunches since stable */
	struct budget		 budget;
	int64_t			 deadline_ms;	/* of a stop, wall */
	int64_t			 retry_ms;	/* of the next start, wall */
	struct timer		 timer;		/* startup, uptime or backoff */

	int			 trouble;	/* it crashed: see strategy.c */
	TAILQ_ENTRY(inst)	 of_trouble;
	int			 waits;		/* for one that crashed */

	struct said		 said;
	struct watchdog		 watchdog;

	/* a supervisor that starts: what the others said of it */
	int			 recorded;
	int			 alive;
	int			 stopping;
	struct m_exited		*exit;		/* came before we could act */

	unsigned int		 runs;		/* asked for, by enum run_kind */
	struct readiness	*ready;		/* NULL: never probed for it */
	struct health		*health;	/* NULL: never looked at */

	struct meter		 meter;

	int			 unsaved;
	unsigned int		 unseen;	/* bits: planes */
};

TAILQ_HEAD(insts, inst);

/* What app and process know of their instances. */
struct tally {
	uint32_t		 count[S_MAX];	/* by status */
	uint32_t		 held;		/* stopped, and waiting */
	uint32_t		 running;	/* with a process */
	enum status		 status;	/* the worst of them */
};

struct process {
	TAILQ_ENTRY(process)	 entry;		/* of the app, as configured */
	struct app		*app;
	char			 name[NAME_SIZE];
	struct m_conf_process	 conf;		/* id among it */
	int			 removed;	/* left the configuration */
	uint32_t		 wanted;	/* instances */
	struct inst		**insts;	/* the current ones by number */
	uint32_t		 ninsts;
	struct tally		 tally;
	int			 settled;	/* its dependants may start */
	uint32_t		 failures;	/* counts failed starts and runs */
	int			 stop_told;	/* by the operation at work */
	uint64_t		 walk;		/* the last that came by it */
	uint32_t		 place;		/* among those of the app */
	int			 reloaded;	/* by it, too */
	struct watch		 watch;

	struct uses		 uses;		/* secrets */

	struct refs		 deps;		/* it depends on: same app */
	struct refs		 rdeps;		/* they depend on it */
};
TAILQ_HEAD(processes, process);

struct app {
	RB_ENTRY(app)		 id_entry;
	RB_ENTRY(app)		 name_entry;
	char			 name[NAME_SIZE];
	struct m_conf_app	 conf;		/* id among it */
	int			 removed;	/* left the configuration */

	struct processes	 processes;
	struct insts		 insts;		/* the current ones, of all */
	struct tally		 tally;

	enum intent		 intent;
	enum status		 settled;	/* what its dependants know */
	int			 satisfied;	/* they may start */
	uint32_t		 failures;	/* of all its processes */
	uint64_t		 crash_hash;	/* conf.hash of the last crash */
	char			*reason;	/* may be empty */
	struct m_exited		 exit;
	int			 has_exit;
	int			 metrics_off;
	uint32_t		 exec_next;	/* where its instances begin */
	enum watch_wish		 watch;
	uint32_t		 nstale;	/* instances, also twins */
	char			*stale;		/* what changed last, or NULL */
	enum status		 published;	/* by events */

	struct refs		 deps;		/* apps it depends on */
	struct refs		 rdeps;		/* they depend on it */

	uint64_t		 walk;		/* the last that came by it */

	uint32_t		 order;		/* in the configuration */
	struct group		*group;		/* or NULL */
	TAILQ_ENTRY(app)	 of_group;
	uint32_t		 place;		/* among those of the group */
	struct insts		 troubled;	/* of its instances */
	uint32_t		 waiting;	/* likewise */

	struct why_app		 why;
	struct tasks		 ops;		/* the first is at work */
	uint32_t		 nops;

	TAILQ_ENTRY(app)	 kick_entry;
	int			 kicked;
	TAILQ_ENTRY(app)	 persist_entry;
	int			 unsaved;
	uint64_t		 seq;		/* commit of its last change */
	TAILQ_ENTRY(app)	 view_entry[PLANES];
	unsigned int		 unseen;	/* bits: it is in their lists */
};
RB_HEAD(app_ids, app);
RB_HEAD(app_names, app);
TAILQ_HEAD(app_list, app);

int		 app_id_cmp(const struct app *, const struct app *);
int		 app_name_cmp(const struct app *, const struct app *);
RB_PROTOTYPE(app_ids, app, id_entry, app_id_cmp)
RB_PROTOTYPE(app_names, app, name_entry, app_name_cmp)

#define APP_FOREACH(a, sup)	RB_FOREACH(a, app_ids, &(sup)->by_id)

#define PROCESS_FOREACH(p, app)	TAILQ_FOREACH(p, &(app)->processes, entry)
#define INST_FOREACH(i, app)	TAILQ_FOREACH(i, &(app)->insts, of_app)

/* ---- app.c -------------------------------------------------------------- */

struct app	*app_find(struct sup *, uint32_t id);
struct app	*app_find_name(struct sup *, const char *);
struct app	*app_new(struct sup *, const struct m_conf_app *,
		    const char *name);
void		 app_free(struct sup *, struct app *);
/* Instances that are wanted, of all its processes. */
uint32_t	 app_wanted(const struct app *);
int		 app_bootstrap(const struct app *);
/* May those start that depend on it? */
int		 app_satisfies(const struct app *);
/* It crashed, and is configured otherwise by now. */
int		 app_amended(const struct app *);
void		 app_set_intent(struct sup *, struct app *, enum intent);
/* As recorded: nobody is told. */
void		 app_load_reason(struct app *, const char *);
void		 app_set_reason(struct sup *, struct app *, const char *, ...)
		    __attribute__((format(printf, 3, 4)));
/* Something of it changed: record and view follow at the end of the turn. */
void		 app_changed(struct sup *, struct app *);
/* Look at its operations and dependants at the end of the turn. */
void		 app_kick(struct sup *, struct app *);

/* ---- process.c ---------------------------------------------------------- */

/* At the end of the app's list; the caller knows that it is not there. */
struct process	*process_new(struct app *, const struct m_conf_process *,
		    const char *name);
struct process	*process_find(const struct app *, uint32_t id);
struct process	*process_find_name(const struct app *, const char *);
/* One that has no instance any more. */
void		 process_free(struct process *);
/* It depends on this one, which is of the same app. */
void		 process_depend(struct process *, struct process *on);
/* It depends on none any more. */
void		 process_depend_clear(struct process *);
/* May those start that depend on it?  It is online, or done (oneshot). */
int		 process_satisfies(const struct process *);
/* Do those satisfy that it depends on? */
int		 process_ready(const struct process *);
/* Make instances up to and with this number; NULL above INSTANCES_MAX. */
struct inst	*process_inst_make(struct sup *, struct process *,
		    uint32_t number);
/* The instance, or NULL. */
struct inst	*process_inst(const struct process *, uint32_t number);
/* Surplus instances at the end that have no process go. */
void		 process_trim(struct sup *, struct process *);
void		 tally_move(struct tally *, enum status from, enum status to);

/* ---- inst.c ------------------------------------------------------------- */

struct inst	*inst_new(struct sup *, struct process *, uint16_t number);
/* Its twin goes with it, if it is the current one. */
void		 inst_free(struct sup *, struct inst *);
/* Another one of its number in the other slot: PART_NEW, its counters. */
struct inst	*inst_twin(struct sup *, struct inst *);
/* Its twin is the current one from now on. */
void		 inst_swap(struct sup *, struct inst *);
/* It has no process, and no twin. */
int		 inst_idle(const struct inst *);
/* The one this message is about: known, and of this spawn. */
struct inst	*inst_of(struct sup *, const struct m_inst *);
void		 inst_id(const struct inst *, struct m_inst *);
void		 inst_changed(struct sup *, struct inst *);
void		 inst_set_status(struct sup *, struct inst *, enum status);
void		 inst_set_running(struct sup *, struct inst *, int);
void		 inst_set_held(struct inst *, int);
/* Why its start failed; NULL: it did not. */
void		 inst_set_why(struct inst *, const char *);
/* A copy in place of what is there, which most have none of: "" is NULL. */
void		 inst_keep(char **, const char *);
/* The app's reason, with the process in front where there are several. */
void		 inst_set_reason(struct sup *, struct inst *, const char *, ...)
		    __attribute__((format(printf, 3, 4)));
/* "web", "web[2]" where there are several, "shop/worker[2]" in bootstrap */
const char	*inst_name(const struct inst *, char *, size_t);
#define INST_NAME_SIZE	(2 * NAME_SIZE + 8)

#endif /* SUPERVISOR_APP_H */
