/* Where connections come in: the descriptors of LISTENER. */
#ifndef OMNITROND_CONTROL_LISTENER_H
#define OMNITROND_CONTROL_LISTENER_H

#include "omnitrond/method.h"

struct event;
struct msg;
struct control;
struct peer;

struct listener {
	struct control	*control;
	uint32_t	 id;		/* the parent's: the same over reloads */
	int		 fd;
	enum role	 role;		/* of who comes in there */
	int		 grants;	/* a rule must allow each call */
	struct event	*ev;		/* NULL before listener_start */
};

/*
 * LISTENER: takes the descriptor over; -1 if it does not listen.  Of control
 * it counts at once, of local with the configuration that it is a part of.
 */
int	 listener_take(struct peer *, struct msg *);
/* Accept from now on.  No memory is fatal. */
void	 listener_start(struct control *);
/* Accept again, if that was paused at a limit: there is room. */
void	 listener_resume(struct control *);
/*
 * What was told is in force: connections of listeners that are no more end,
 * the others get the role of theirs.
 */
void	 listener_switch(struct control *);
/* What was told and not switched to is void. */
void	 listener_forget(struct control *);
/* Close all; connections go on. */
void	 listener_close(struct control *);

#endif /* OMNITROND_CONTROL_LISTENER_H */
