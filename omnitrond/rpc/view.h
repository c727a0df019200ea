/*
 * What the plane knows of apps: a mirror of the supervisor's records, found
 * by name and by id without a look at any other app.  It knows no messages
 * beyond their structs and no clock.
 */
#ifndef OMNITROND_RPC_VIEW_H
#define OMNITROND_RPC_VIEW_H

#include <sys/types.h>
#include <sys/queue.h>

#include "common/units.h"
#include "omnitrond/proto.h"

struct view_inst {
	struct m_view_inst	 rec;
	char			 name[NAME_SIZE];	/* of its process */
	char			*text;		/* its STATUS=, NULL: none */
	uint32_t		 cpu_centi;
	uint64_t		 rss;
	int			 sampled;	/* these two say something */
	char			*health;	/* failed check, NULL: none */
};

/* A watch that is on. */
struct view_watch {
	struct m_view_watch	 rec;
	char			 name[NAME_SIZE];	/* of its process */
	char			*directory;
};

struct view_app {
	TAILQ_ENTRY(view_app)	 entry;
	LIST_ENTRY(view_app)	 by_name;
	LIST_ENTRY(view_app)	 by_id;
	struct m_view_app	 rec;
	char			 name[NAME_SIZE];
	char			*reason;	/* NULL: none, as most have */
	struct view_inst	*inst;	/* by process, then instance */
	size_t			 ninst;
	size_t			 inst_size;
	struct m_conf_dep	*deps;	/* of the app and its processes */
	size_t			 ndeps;
	struct view_watch	*watches;
	size_t			 nwatches;
	int			 mark;	/* scratch of one walk (graph.c) */
};
TAILQ_HEAD(view_apps, view_app);
LIST_HEAD(view_bucket, view_app);

struct view {
	struct view_apps	 apps;	/* in the order they were told */
	size_t			 napps;
	struct view_bucket	*names;
	struct view_bucket	*ids;
	size_t			 nbuckets;
};

/* Empty; no memory is fatal, as in all that adds to one. */
struct view	*view_new(void);
/* With its apps; NULL is fine. */
void		 view_free(struct view *);
/* The app of that name or id, or NULL. */
struct view_app	*view_by_name(const struct view *, const char *);
struct view_app	*view_by_id(const struct view *, uint32_t id);
/*
 * The configured name nearest to this one, or NULL: of all apps, or those for
 * which the function returns 1 when given the argument.
 */
const char	*view_nearest(const struct view *, const char *,
		    int (*)(const struct view_app *, const void *),
		    const void *);
/* Add an app or change it; -1: the record contradicts what is known. */
int		 view_set_app(struct view *, const struct m_view_app *,
		    const char *name, const char *reason);
/*
 * Add an instance of an app or change it; add an app it depends on.  Records
 * of apps that are not known are left alone.
 */
void		 view_set_inst(struct view *, const struct m_view_inst *,
		    const char *process, const char *text, const char *health);
void		 view_add_dep(struct view *, const struct m_conf_dep *);
/* A watch was turned on, changed, or turned off. */
void		 view_set_watch(struct view *, const struct m_view_watch *,
		    const char *directory, const char *process);
/* One instance is no more, or with INSTANCE_ANY the app. */
void		 view_gone(struct view *, const struct m_inst *);
/* What an instance uses. */
void		 view_metric(struct view *, const struct metric *);
/* The index of the process with that name, or -1. */
int		 view_process(const struct view_app *, const char *);
/* Do the two below say something? */
int		 view_sampled(const struct view_app *);
/* Bytes resident, and hundredths of % of a CPU, of all its instances. */
uint64_t	 view_rss(const struct view_app *);
uint64_t	 view_cpu(const struct view_app *);
/* The first status text of its instances, or NULL. */
const char	*view_text(const struct view_app *);
/* Is an instance without a heartbeat? */
int		 view_silent(const struct view_app *);
/* The first one's that runs, or 0. */
pid_t		 view_pid(const struct view_app *);

#endif /* OMNITROND_RPC_VIEW_H */
