/*
 * A connection of the line transport: one JSON text per line in both
 * directions.  conn.c reads and frames, conn_out.c writes.
 */
#ifndef OMNITROND_CONTROL_CONN_H
#define OMNITROND_CONTROL_CONN_H

#include <sys/types.h>
#include <sys/queue.h>

#include "omnitrond/rpc/client.h"

struct control;
struct event;

#define CONN_MAX	1024	/* in all (rpc.md) */
#define CONN_PER_UID	256	/* of a user who is neither root nor we */
#define CONN_RESERVE	64	/* kept for root and the daemon's user */
#define REQUEST_MAX	(1 * MIB)	/* bytes of a request */
#define REQUEST_SECONDS	10	/* to finish one that was begun */
#define UNSENT_MAX	(4 * MIB)	/* waits beside one reply */
#define UNSENT_TURN	(256 * KIB)	/* produced before others have a turn */
#define STALL_SECONDS	1	/* unread; then UNSENT_PAUSE is waived */
/* Bytes of unfinished requests of all connections together. */
#define IN_TOTAL_MAX	(128 * MIB)
/* And of replies that wait: both well below the limit of address space. */
#define UNSENT_TOTAL_MAX	(256 * MIB)

/* What the timer of a connection is set for. */
enum wait {
	WAIT_NONE,
	WAIT_REQUEST,		/* one that was begun must be finished */
	WAIT_STALL,		/* nothing was read of what waits */
	WAIT_DRAIN		/* the last of a connection that ends */
};

struct conn {
	struct client	 client;	/* first: the transport of one */
	struct control	*control;
	uint32_t	 listener;	/* where it came in: its id */
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
	int		 in_turn;	/* on control->turns */
	int		 busy;		/* its input is being looked at */
	int		 more;		/* there are whole lines left */
	int		 eof;		/* it sends no more */
	int		 closing;	/* after what waits is written */
	int		 stalled;	/* UNSENT_PAUSE is waived */
	int		 dead;		/* closed; freed in conn_turn */
};

/* Bytes it has not read yet. */
static inline size_t
conn_pending(const struct conn *c)
{
	return (c->out.len - c->sent);
}

/* Takes the descriptor over; NULL: no memory, and it is the caller's. */
struct conn	*conn_new(struct control *, int fd, const struct caller *,
		    uint32_t listener);
/* Close now; it is freed in conn_turn, since callers may hold it. */
void		 conn_drop(struct conn *);
/* All of them; what can be written at once is written. */
void		 conn_close_all(struct control *);
/* The listeners changed: as listener_switch says. */
void		 conn_switch(struct control *);
/* Close the least recently active one that waits for nothing; 1: it went. */
int		 conn_evict(struct control *);
/* Is there one that could be? */
int		 conn_evictable(const struct control *);
/* How many are there of that user? */
unsigned	 conn_count(const struct control *, uint32_t uid);
/* Look at it again after the others had their turn. */
void		 conn_schedule(struct conn *);
/* The event control->turn: all that were scheduled. */
void		 conn_turn(int, short, void *);
/* After anything happened: write, end, or say what is waited for. */
void		 conn_settle(struct conn *);
/* conn_out.c: the client's send and unsent, and one write of what waits. */
void		 conn_send(struct client *, const char *, size_t);
size_t		 conn_unsent(const struct client *);
void		 conn_flush(struct conn *);

#endif /* OMNITROND_CONTROL_CONN_H */
