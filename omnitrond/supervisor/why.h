/*
 * Why an app is as it is: for each app the causes of its present status, and
 * what operators did to it lately.  Newest first; the last one is the root,
 * an operator's act or the configuration, and stays until the next root.
 */
#ifndef SUPERVISOR_WHY_H
#define SUPERVISOR_WHY_H

#include <sys/queue.h>

#include <stdint.h>

#include "common/units.h"
#include "omnitrond/proto.h"
#include "omnitrond/supervisor/policy.h"

struct app;
struct ask;
struct inst;
struct process;
struct req;
struct sup;
struct task;

#define WHY_TEXT_SIZE	(2 * NAME_SIZE + 512)	/* a name and a reason */

struct why {
	TAILQ_ENTRY(why)	 entry;
	struct m_why		 m;
	char			*subject;	/* of the token, NULL: none */
	char			 process[NAME_SIZE];	/* "": the app */
	uint16_t		 instance;	/* or INSTANCE_ANY */
	char			 on[NAME_SIZE];	/* app that it is due to, "" */
	char			*text;
};
TAILQ_HEAD(whys, why);

/* Who asks for an operation; plane K_PARENT: nobody does. */
struct why_by {
	uint32_t	 uid;
	int32_t		 pid;
	uint32_t	 plane;
	uint32_t	 method;	/* enum method_id */
	uint32_t	 app;		/* that it was said of, 0 all */
	char		 subject[SUBJECT_ROOM];	/* of its token, "" */
};

/* What is known of one app. */
struct why_app {
	struct whys	 list;
	uint32_t	 n;
	int		 unsaved;
	struct act	*acts;		/* a ring of ACTS_MAX, NULL: none yet */
	uint32_t	 nacts;			/* ever */
};

void	 why_init(struct why_app *);
void	 why_free(struct why_app *);

/* ---- operations --------------------------------------------------------- */

/* A task was queued: by a request, or NULL. */
void	 why_asked(struct task *, const struct req *);
/* Nobody asked: it is due to this; a clause such as "it was changed". */
void	 why_due(struct task *, enum why_kind, const char *because);
/* The task begins to act on its app. */
void	 why_begin(struct sup *, const struct task *);
/* A request that is no task acts on the app: a signal. */
void	 why_act(struct sup *, struct app *, const struct ask *);

/* ---- instances ---------------------------------------------------------- */

/* What was said of it last, "" if nothing. */
const char *why_last(const struct inst *);
/* Its process ended, or never began: by itself, or as it was no good. */
void	 why_failed(struct sup *, struct inst *, const char *why);
/* And this is what follows, which the status says now. */
void	 why_decided(struct sup *, struct inst *, enum verdict);
/* It is held until all that it depends on is online. */
void	 why_held(struct sup *, struct inst *);
/* It is launched; whoever waits no more was held. */
void	 why_launched(struct sup *, struct inst *);
/* It is stopped and started with another that crashed. */
void	 why_with(struct sup *, struct inst *, const struct inst *crashed);

/* ---- the daemon --------------------------------------------------------- */

/* An app without a record: by autostart, or a new configuration. */
void	 why_new(struct sup *, struct app *);
/* What does not live is started as the daemon is. */
void	 why_booted(struct sup *, struct app *, int same_boot);
/* A record of the store, newest first; -1: it makes no sense. */
int	 why_load(struct why_app *, const struct m_state_why *,
	    const char *process, const char *on, const char *text);
/* The app has what was loaded for it. */
void	 why_take(struct app *, struct why_app *);
/* All of them to the store, if they changed; with all also if not. */
void	 why_save(struct sup *, struct app *);

/* ---- the answer (why_chain.c) ------------------------------------------- */

#define WHY_CHAIN_MAX	32	/* links, over all apps */

struct why_link {
	const struct app	*app;
	const struct why	*why;
};

/*
 * The chain of an app, newest first, over the apps that it is due to; each
 * app counts once, so that it ends.  Returns how many links there are.
 */
uint32_t why_chain(struct sup *, const struct app *,
	    struct why_link [WHY_CHAIN_MAX]);
/* Send it to the plane that asked, then the reply. */
int	 why_answer(struct sup *, const struct ask *,
	    const struct app *);

#endif /* SUPERVISOR_WHY_H */
