/* Watches: which are on, and what to do when files changed. */
#ifndef SUPERVISOR_WATCH_H
#define SUPERVISOR_WATCH_H

#include <sys/queue.h>

#include <stdint.h>

#include "common/rate.h"
#include "omnitrond/proto.h"

struct app;
struct process;
struct sup;

/* Of a process. */
struct watch {
	char			*directory;	/* NULL: there is none to watch */
	int			 configured;	/* by `watch': on from the start */
	int			 kept;		/* by the configuration that comes */
	int			 on;		/* as the parent was told */
	int			 linked;	/* its watcher has a channel */
	int32_t			 pid;		/* of that, 0 none */
	uint32_t		 folders;
	uint32_t		 trouble;	/* enum watch_trouble */
	uint32_t		 error;
	struct rate		 said;		/* how often it says something */
	TAILQ_ENTRY(process)	 troubled;
	int			 is_troubled;
	unsigned int		 unseen;	/* bits: planes */
};

void	 watch_init(struct sup *);
/* The configuration says what is there to watch; NULL: nothing. */
void	 watch_set(struct sup *, struct process *, const char *directory,
	    int configured);
/* Turn the watches of an app on or off as is wished now. */
void	 watch_settle(struct sup *, struct app *);
/* The supervisor runs: all watches that are on. */
void	 watch_begin(struct sup *);
/* The process goes. */
void	 watch_forget(struct sup *, struct process *);
/* "files changed under /srv/api" */
#define REASON_WATCH	"files changed under "
const char *watch_reason(const struct process *, char *, size_t);
/* NULL, or why the watch of the app cannot be turned on. */
const char *watch_refused(const struct app *);
/* Is one of its processes to be watched by its configuration? */
int	 watch_configured(const struct app *);
/* Is it, and an operator said that it is not? */
int	 watch_is_off(const struct app *);
void	 watch_wish(struct sup *, struct app *, enum watch_wish);

/*
 * The parent says how its watcher is.  1: the descriptor is the channel to
 * it, to be opened by the caller; 0: it is not wanted any more; -1: this
 * breaks the protocol.
 */
int	 watch_watcher(struct sup *, const struct m_watcher *, int has_fd);
/* Of the watcher itself; -1: it broke the protocol. */
int	 watch_changed(struct sup *, uint32_t app, uint16_t process,
	    const struct m_changed *);
/* Its channel ended; broke: by its fault. */
void	 watch_down(struct sup *, uint32_t app, uint16_t process, int broke);

#endif /* SUPERVISOR_WATCH_H */
