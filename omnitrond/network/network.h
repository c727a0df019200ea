/*
 * The network process: TCP and HTTP, with TLS or without.
 *
 *	main.c receive.c network.c	the process; every message it accepts
 *	conf.c				what it is configured with
 *	listener.c address.c		accepting, and where it is from
 *	conn.c conn_out.c		a connection, of whatever protocol
 *	tcp.c				a JSON text a line
 *	http_parse.c http.c http_out.c	requests and responses
 *	route.c netron.c sse.c metrics.c	what there is by HTTP
 *	auth.c				tokens that clients come with
 *	jwt*.c limiter.c tls.c		are they ours, who failed; TLS
 *
 * What is asked is understood and answered in omnitrond/rpc.
 */
#ifndef OMNITROND_NETWORK_NETWORK_H
#define OMNITROND_NETWORK_NETWORK_H

#include <sys/queue.h>

#include "omnitrond/network/jwt.h"
#include "omnitrond/network/limiter.h"
#include "omnitrond/rpc/net.h"

struct conf;
struct event;

TAILQ_HEAD(conns, conn);

struct network {
	struct net	*net;
	struct jwt	*jwt;
	struct limiter	*limiter;
	struct event	*tell;		/* of who failed, at the supervisor */

	struct conf	*conf;		/* in force, or NULL: none yet */
	struct conf	*next;		/* that is being told, or NULL */

	int		 paused;	/* accepts nothing for now */
	int		 reserve_fd;	/* given up when there are no others */
	struct event	*resume;

	struct event	*turn;
	int		 turning;
	struct conns	 conns;
	struct conns	 turns;		/* have something to do */
	unsigned	 nconns;
	size_t		 in_total;	/* bytes of unfinished requests */
	size_t		 out_total;	/* and of replies that wait */

	int64_t		 date_s;	/* of the text, seconds */
	char		 date[40];	/* as HTTP has it */
};

/* The process's own, made at first use.  No memory is fatal. */
struct network	*network_get(struct net *);
struct network	*network_of(const struct peer *);
/* With its connections and listeners; NULL is fine. */
void		 network_free(struct network *);
/* REVOCATION: a token that is refused from now on. */
int		 network_revocation(struct peer *, struct msg *);

/* receive.c: which function takes which message. */
extern const struct dispatch network_dispatch[];

#endif /* OMNITROND_NETWORK_NETWORK_H */
