/* What reload.c, reload_diff.c and offer.c share: a reload under way. */
#ifndef OMNITROND_PARENT_RELOAD_H
#define OMNITROND_PARENT_RELOAD_H

#include "omnitrond/parent/parent.h"

struct reload {
	struct m_reload	 reqs[RELOADS_WAITING + 1]; /* get the answer */
	uint32_t	 nreqs;
	struct conf	*conf;
	uint32_t	 version;
	uint32_t	 wait;		/* KB() of those that owe a receipt */
	uint32_t	 acked;		/* and of those that gave it */
	uint32_t	 tried;		/* started for it */
	struct event	*timer;
	char		*answer;	/* JSON for the plane */
};

/* reload.c */
/* To all that asked for it, and then it is forgotten; conf stays. */
void	 reload_done(struct parent *, struct reload *, enum outcome,
	    const char *);

/* reload_diff.c */
/* As JSON; malloced. */
char	*reload_diff(struct parent *, const struct conf *);
/*
 * The places of the running daemon, whatever the new file says; that of the
 * secrets, too, if their process runs.
 */
void	 reload_keep_places(struct conf *, const struct conf *old,
	    int secrets);

/* offer.c */
/*
 * Have a new configuration taken by all that need it; it and the reload are
 * the callee's.  It ends with reload_done, perhaps before this returns.
 */
void	 offer_begin(struct parent *, struct reload *);

#endif /* OMNITROND_PARENT_RELOAD_H */
