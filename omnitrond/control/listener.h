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
	int		 fd;
	enum role	 role;		/* of who comes in there */
	struct event	*ev;		/* NULL before listener_start */
};

/* LISTENER: takes the descriptor over; -1 if it does not listen. */
int	 listener_take(struct peer *, struct msg *);
/* Accept from now on.  No memory is fatal. */
void	 listener_start(struct control *);
/* Accept again, if that was paused at a limit: there is room. */
void	 listener_resume(struct control *);
/* Close all; connections go on. */
void	 listener_close(struct control *);

#endif /* OMNITROND_CONTROL_LISTENER_H */
