/* Where connections come in: the descriptors of LISTENER. */
#ifndef OMNITROND_NETWORK_LISTENER_H
#define OMNITROND_NETWORK_LISTENER_H

#include "omnitrond/method.h"

struct event;
struct msg;
struct network;

struct listener {
	struct network	*network;
	uint32_t	 id;		/* the same over configurations */
	int		 fd;		/* -1: none */
	enum role	 role;		/* no more than this, who comes in there */
	enum listener_kind kind;
	int		 tls;
	struct event	*ev;		/* NULL before listener_start */
};

/* Of a LISTENER; -1 if it breaks the protocol, or does not listen. */
int	 listener_take(struct listener *, struct msg *);
/* Accept from now on.  No memory is fatal. */
void	 listener_start(struct network *, struct listener *);
void	 listener_close(struct listener *);
/* Accept again, if that was paused at a limit: there is room. */
void	 listener_resume(struct network *);

#endif /* OMNITROND_NETWORK_LISTENER_H */
