/*
 * The control process: Unix sockets on which one JSON text a line is spoken.
 *
 *	main.c receive.c	the process; every message that it accepts
 *	conf.c			sockets and rules of `local', on reload too
 *	listener.c cred.c	accepting, and who it is that comes
 *	conn.c conn_out.c	framing and writing
 *
 * What is asked is understood and answered in omnitrond/rpc.
 */
#ifndef OMNITROND_CONTROL_CONTROL_H
#define OMNITROND_CONTROL_CONTROL_H

#include <sys/queue.h>

#include "common/units.h"
#include "omnitrond/control/listener.h"
#include "omnitrond/rpc/net.h"

#define READ_SIZE	(64 * KIB)	/* one read of a connection */

TAILQ_HEAD(conns, conn);

struct control {
	struct net	*net;
	struct listener	 listener[LISTENERS_MAX];
	size_t		 nlisteners;
	struct listener	 next[LISTENERS_MAX];	/* of what is being told */
	size_t		 nnext;
	uint32_t	 version;	/* of the configuration told last */
	int		 telling;	/* its end has not come */
	int		 told;		/* it has, but not the commit */
	int		 started;	/* connections are accepted */
	int		 paused;	/* accepts nothing for now */
	int		 reserve_fd;	/* given up when there are no others */
	struct event	*resume;
	struct event	*turn;
	int		 turning;
	struct conns	 conns;		/* the least recently active first */
	struct conns	 turns;		/* have something to do */
	unsigned	 nconns;
	size_t		 in_total;	/* bytes of unfinished requests */
	size_t		 out_total;	/* and of replies that wait */
	char		 rbuf[READ_SIZE];
};

/* The process's own, from one of its peers; made at first use, never NULL. */
struct control	*control_of(const struct peer *);
/* Of this surface, or made for it.  No memory is fatal. */
struct control	*control_get(struct net *);
/* With its connections and listeners. */
void		 control_free(struct control *);

/* receive.c: which function takes which message. */
extern const struct dispatch control_dispatch[];

#endif /* OMNITROND_CONTROL_CONTROL_H */
