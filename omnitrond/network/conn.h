/*
 * A connection of the line transport: one JSON text per line in both
 * directions.  conn.c reads and frames, conn_out.c writes.
 */
#ifndef OMNITROND_NETWORK_CONN_H
#define OMNITROND_NETWORK_CONN_H

#include <sys/types.h>
#include <sys/queue.h>

#include "omnitrond/network/network.h"

/* What the timer of a connection is set for. */
enum wait {
	WAIT_NONE,
	WAIT_REQUEST,		/* one that was begun must be finished */
	WAIT_STALL,		/* nothing was read of what waits */
	WAIT_DRAIN		/* the last of a connection that ends */
};

struct conn {
	struct client	 client;	/* first: the transport of one */
	TAILQ_ENTRY(conn) entry;
	TAILQ_ENTRY(conn) turn;
	int		 fd;
	struct event	*rev;
	struct event	*wev;
	struct event	*timer;
	enum wait	 wait;
	int		 renew;		/* there was progress: its time anew */
	struct buf	 in;		/* input without its complete lines */
	size_t		 scanned;	/* of it, without a newline */
	struct buf	 out;
	size_t		 sent;		/* of it */
	size_t		 head_end;	/* where the reply being sent ends */
	int		 reading;	/* rev is added */
	int		 in_turn;	/* on net->turns */
	int		 busy;		/* its input is being looked at */
	int		 more;		/* there are whole lines left */
	int		 eof;		/* it sends no more */
	int		 closing;	/* after what waits is written */
	int		 stalled;	/* UNSENT_PAUSE is waived */
	int		 dead;		/* closed; freed in conn_turn */
};

static inline size_t
conn_pending(const struct conn *c)
{
	return (c->out.len - c->sent);
}

void	 conn_schedule(struct conn *);
void	 conn_drop(struct conn *);
void	 conn_settle(struct conn *);
/* conn_out.c */
void	 conn_send(struct client *, const char *, size_t);
size_t	 conn_unsent(const struct client *);
void	 conn_flush(struct conn *);

#endif /* OMNITROND_NETWORK_CONN_H */
