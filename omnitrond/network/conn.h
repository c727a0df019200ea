/*
 * A connection, of whatever protocol: TLS, deadlines, output, its end.  What
 * is said on it is its protocol's (tcp.c, http.c).
 *
 * A silent or slow client costs its connection, for so long:
 *
 *	TLS_HANDSHAKE_S	from accept, until TLS is agreed on
 *	FIRST_SECONDS	from accept, until it has authenticated itself (TCP)
 *			or its first request is whole (HTTP)
 *	REQUEST_SECONDS	to finish a request that was begun
 *	IDLE_*_SECONDS	without a request, nothing being carried out for it
 *	OUTPUT_SECONDS	without reading any of what waits for it
 */
#ifndef OMNITROND_NETWORK_CONN_H
#define OMNITROND_NETWORK_CONN_H

#include <sys/types.h>
#include <sys/queue.h>

#include "common/mono.h"
#include "omnitrond/network/address.h"
#include "omnitrond/network/http.h"
#include "omnitrond/network/listener.h"
#include "omnitrond/rpc/client.h"

struct bufferevent;
struct event;
struct network;

#define CONN_MAX	1024u	/* in all (rpc.md) */
#define CONN_PER_ADDRESS 64u	/* of one address, or IPv6 /64 */
#define FIRST_SECONDS	10
#define REQUEST_SECONDS	10
#define IDLE_TCP_SECONDS (5 * 60)	/* no subscription: see omnitron-rpc(7) */
#define IDLE_HTTP_SECONDS 60	/* kept alive */
#define OUTPUT_SECONDS	60
#define STALL_SECONDS	1	/* unread; then UNSENT_PAUSE is waived */
#define LINGER_SECONDS	2	/* for the last reply to be read */
#define REQUEST_MAX	(1 * MIB)	/* bytes of a request */
#define ANON_REQUEST_MAX (16 * KIB)	/* of one without a token: it fits */
#define READ_HIGH	(64 * KIB)	/* input that is not looked at yet */
#define UNSENT_MAX	(4 * MIB)	/* waits beside one reply */
#define UNSENT_TURN	(256 * KIB)	/* produced before others have a turn */
/* Bytes of unfinished requests of all connections together. */
#define IN_TOTAL_MAX	(128 * MIB)
/* And of replies that wait: both well below the limit of address space. */
#define UNSENT_TOTAL_MAX	(256 * MIB)

/* What the timer of a connection is set for. */
enum wait {
	WAIT_NONE, WAIT_TLS, WAIT_FIRST, WAIT_REQUEST, WAIT_IDLE, WAIT_OUTPUT,
	WAIT_STALL,		/* nothing was read of what waits */
	WAIT_LINGER,		/* all was said: it may read it */
	WAIT_MAX
};

/* A protocol. */
struct conn_ops {
	/* There is input, or room for another request. */
	void		(*work)(struct conn *);
	/* Is it to be looked at no further now? */
	int		(*blocked)(const struct conn *);
	/* Has it begun a request that is not whole yet? */
	int		(*begun)(const struct conn *);
	/* Did it do what FIRST is waited for? */
	int		(*first)(const struct conn *);
	/* Is something being carried out for it? */
	int		(*busy)(const struct conn *);
	/* Answer that it was too late, or what else; it is closed then. */
	void		(*refuse)(struct conn *, int outcome, const char *);
	/* Its token has ended or was revoked. */
	void		(*expired)(struct conn *);
	/* It is being closed: let go of what belongs to it. */
	void		(*gone)(struct conn *);
	int		 idle_seconds;
};

struct conn {
	struct client	 client;	/* first: the transport of one */
	struct network	*network;
	const struct conn_ops *ops;
	TAILQ_ENTRY(conn) entry;
	TAILQ_ENTRY(conn) turn;
	union address	 from;
	uint32_t	 listener;	/* that it came by */
	enum role	 cap;		/* no token may do more there */
	enum role	 token_role;	/* what that of the client says */
	int		 fd;
	struct bufferevent *bev;
	struct event	*timer;
	struct event	*expiry;	/* of its token, or NULL */
	struct mono	 since;		/* accepted */
	enum wait	 wait;
	struct buf	 in;		/* an unfinished line, or a body */
	size_t		 in_counted;	/* of it, in network->in_total */
	size_t		 scanned;	/* of it, without a newline */
	struct buf	 out;		/* gathers, till it is flushed */
	uint64_t	 put;		/* bytes, in all */
	uint64_t	 sent;
	uint64_t	 head_end;	/* where the reply being sent ends */
	struct http	 http;
	unsigned	 tls:1;
	unsigned	 shaken:1;	/* TLS is agreed on, if it is to be */
	unsigned	 renew:1;	/* there was progress: its time anew */
	unsigned	 in_turn:1;	/* on network->turns */
	unsigned	 inside:1;	/* its input is being looked at */
	unsigned	 more:1;	/* there is more to look at */
	unsigned	 eof:1;		/* it sends no more */
	unsigned	 closing:1;	/* after what waits is written */
	unsigned	 lingering:1;	/* that was done: it may read it */
	unsigned	 wipe:1;	/* a secret is in what it is sent */
	unsigned	 stalled:1;	/* UNSENT_PAUSE is waived */
	unsigned	 dead:1;	/* closed; freed in conn_turn */
};

/* Takes the descriptor over; NULL: no memory, and it was closed. */
struct conn	*conn_new(struct listener *, int fd, const union address *);
/* Close now; it is freed in conn_turn, since callers may hold it. */
void		 conn_drop(struct conn *);
/* All of them; what can be written at once is written. */
void		 conn_close_all(struct network *);
/* How many are there of that address? */
unsigned	 conn_count(const struct network *, const union address *);
/*
 * One that can be closed to make room, or NULL: who has shown nothing yet goes
 * first, then the one of HTTP that is least recently active.
 */
struct conn	*conn_idle(const struct network *);
/* Look at it again after the others had their turn. */
void		 conn_schedule(struct conn *);
/* The event network->turn: all that were scheduled. */
void		 conn_turn(int, short, void *);
/* client->wake: a call ended. */
void		 conn_wake(struct client *);
/*
 * Take so much of the input away, without a copy that stays behind: into
 * conn->in, or nowhere.  -1: too much is kept, or no memory; it was refused.
 */
int		 conn_take(struct conn *, size_t, int keep);
/* That much of what is kept is done with. */
void		 conn_unkeep(struct conn *, size_t);
/* Tell its protocol at that wall time that its token ends; 0: it has none. */
void		 conn_set_expiry(struct conn *, int64_t exp_ms);

/* conn_out.c */
/* Bytes it has not read yet. */
size_t		 conn_pending(const struct conn *);
size_t		 conn_unsent(const struct client *);
/* Add to what it is sent; it may be dead afterwards: it does not read. */
void		 conn_put(struct conn *, const void *, size_t);
void		 conn_flush(struct conn *);
/* The memory of its output is given back. */
void		 conn_out_free(struct conn *);

#endif /* OMNITROND_NETWORK_CONN_H */
