/* Apps and their instances: the tables everything else works on. */
#ifndef SUPERVISOR_APP_H
#define SUPERVISOR_APP_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "common/units.h"
#include "omnitrond/supervisor/backoff.h"
#include "omnitrond/supervisor/timer.h"

struct app;
struct task;
struct sup;

TAILQ_HEAD(tasks, task);

#define REASON_SIZE	512	/* a path and an error text fit */
#define REASON_SHUTDOWN	"daemon stopped"
#define REASON_RESTART	"restarting"
#define REASON_WAITING	"waiting for "

struct inst {
	struct app		*app;
	uint16_t		 number;
	uint32_t		 generation;	/* of the last spawn */
	enum status		 status;

	int			 process;	/* the parent has one of it */
	int			 execed;
	int			 finished;	/* stopped by itself, for good */
	int			 held;		/* waits for a dependency */
	int			 again;		/* launch when stopped */
	int			 failed;	/* being stopped as a failed start */
	int			 surplus;	/* goes when it is stopped */
	int			 spend;		/* its next relaunch counts */
	enum spawn_step		 step;		/* of a spawn that failed */
	int			 error;

	struct m_signature	 sig;		/* pid 0: none */
	int64_t			 started_ms;	/* wall */
	struct mono		 online;	/* since */
	uint32_t		 restarts;
	uint32_t		 backoff;	/* relaunches since stable */
	struct budget		 budget;
	int64_t			 deadline_ms;	/* of a stop, wall */
	int64_t			 retry_ms;	/* of the next start, wall */
	struct timer		 timer;		/* startup, uptime or backoff */

	/* a supervisor that starts: what the others said of it */
	int			 recorded;
	int			 alive;
	int			 stopping;
	struct m_exited		*exit;		/* came before we could act */

	int			 stat_fd;	/* /proc/PID/stat, -1 = none */
	uint64_t		 ticks;		/* at the last sample */
	struct mono		 sampled;
	TAILQ_ENTRY(inst)	 sample;

	int			 unsaved;
	int			 unseen;
};

struct app {
	RB_ENTRY(app)		 id_entry;
	RB_ENTRY(app)		 name_entry;
	char			 name[NAME_SIZE];
	struct m_conf_app	 conf;		/* id among it */
	int			 removed;	/* left the configuration */

	enum intent		 intent;
	enum status		 status;	/* the worst of its instances */
	enum status		 settled;	/* what its dependants know */
	uint32_t		 wanted;	/* instances */
	struct inst		**insts;	/* by number */
	uint32_t		 ninsts;
	uint32_t		 count[S_MAX];	/* instances by status */
	uint32_t		 nprocess;	/* with a process */
	uint32_t		 failures;	/* counts failed starts and runs */
	uint64_t		 crash_hash;	/* conf.hash of the last crash */
	char			 reason[REASON_SIZE];
	struct m_exited		 exit;
	int			 has_exit;
	int			 metrics_off;

	struct app		**deps;		/* it depends on */
	uint32_t		 ndeps;
	struct app		**rdeps;	/* they depend on it */
	uint32_t		 nrdeps;

	struct tasks		 ops;		/* the first is at work */
	uint32_t		 nops;

	TAILQ_ENTRY(app)	 kick_entry;
	int			 kicked;
	TAILQ_ENTRY(app)	 persist_entry;
	int			 unsaved;
	uint64_t		 seq;		/* commit of its last change */
	TAILQ_ENTRY(app)	 view_entry;
	int			 unseen;
};
RB_HEAD(app_ids, app);
RB_HEAD(app_names, app);
TAILQ_HEAD(app_list, app);

int		 app_id_cmp(const struct app *, const struct app *);
int		 app_name_cmp(const struct app *, const struct app *);
RB_PROTOTYPE(app_ids, app, id_entry, app_id_cmp)
RB_PROTOTYPE(app_names, app, name_entry, app_name_cmp)

#define APP_FOREACH(a, sup)	RB_FOREACH(a, app_ids, &(sup)->by_id)

struct app	*app_find(struct sup *, uint32_t id);
struct app	*app_find_name(struct sup *, const char *);
struct app	*app_new(struct sup *, const struct m_conf_app *,
		    const char *name);
void		 app_free(struct sup *, struct app *);
/* The instance, or NULL. */
struct inst	*app_inst(const struct app *, uint32_t number);
/* The one this message is about: known, and of this spawn. */
struct inst	*app_inst_of(struct sup *, const struct m_inst *);
/* Make instances up to and with this number. */
struct inst	*app_inst_make(struct sup *, struct app *, uint32_t number);
/* Surplus instances at the end that have no process go. */
void		 app_trim(struct sup *, struct app *);
void		 app_inst_id(const struct inst *, struct m_inst *);

void		 app_set_status(struct sup *, struct inst *, enum status);
/* It crashed, and is configured otherwise by now. */
int		 app_amended(const struct app *);
void		 app_set_process(struct sup *, struct inst *, int);
void		 app_set_intent(struct sup *, struct app *, enum intent);
void		 app_set_reason(struct sup *, struct app *, const char *, ...)
		    __attribute__((format(printf, 3, 4)));
/* Something of it changed: record and view follow at the end of the turn. */
void		 app_changed(struct sup *, struct app *);
void		 app_inst_changed(struct sup *, struct inst *);
/* Look at its operations and dependants at the end of the turn. */
void		 app_kick(struct sup *, struct app *);
/* "web", or "web[2]" where there are several. */
const char	*app_inst_name(const struct inst *, char *, size_t);
#define INST_NAME_SIZE	(NAME_SIZE + 8)

#endif /* SUPERVISOR_APP_H */
