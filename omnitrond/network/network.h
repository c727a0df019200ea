/*
 * The network process: its one struct, and who does what in it.
 *
 *	net.c receive.c		the struct; every message that is accepted
 *	listener.c cred.c conn.c conn_out.c
 *				a transport: accepting, framing, writing
 *	rpc.c index.c params.c	JSON-RPC: a text becomes calls
 *	reply.c fault.c		what ends a call: its result, or its error
 *	dispatch.c		method -> handler
 *	answer.c health.c graph.c describe.c	answers from the view
 *	watch.c			files that are watched
 *	operate.c request.c object.c
 *				what the supervisor and the parent answer
 *	exec.c meter.c		what apps answer, and what they say they did
 *	logs.c stream.c inspect.c query.c grep.c	what the logger answers
 *	view.c view_msg.c	the view, and the supervisor's records into it
 *
 * Everything behind rpc.c knows a struct client, never a connection.
 */
#ifndef OMNITROND_NETWORK_NETWORK_H
#define OMNITROND_NETWORK_NETWORK_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "common/jsonw.h"
#include "common/mono.h"
#include "common/buf.h"
#include "omnitrond/network/exec.h"
#include "omnitrond/network/listener.h"
#include "omnitrond/network/meter.h"
#include "omnitrond/network/view.h"
#include "omnitrond/proc.h"

struct event;
struct index;

#define READ_SIZE	(64 * KIB)	/* one read of a connection */

RB_HEAD(requests, request);
TAILQ_HEAD(conns, conn);

/* A process of the daemon, as the parent told. */
struct member {
	int		 known;
	int		 fd;		/* its /proc/PID/statm, or -1 */
	struct m_process rec;
};

struct net {
	struct proc	*proc;
	struct index	*index;
	struct mono	 began;		/* the daemon */
	uint32_t	 own_uid;
	long		 page;

	struct view	*view;		/* what is answered from */
	struct view	*next;		/* is being told, or NULL */
	int		 synced;	/* view was complete once */
	int		 ready;		/* this supervisor told all */
	struct services		 services;	/* of apps */
	size_t			 nservices;
	struct meters		 meters;
	size_t			 nmeters;
	char			 degraded[CAUSE_MAX][TEXT_MAX + 1];
	struct member	 member[K_MAX];

	struct requests	 requests;
	uint64_t	 last_id;
	uint64_t	 last_subscription;
	unsigned	 nobjects;	/* open requests for the parent */
	size_t		 log_bytes;	/* collected by all log queries */

	struct jsonw	 writer;	/* one reply at a time */
	struct listener	 listener[LISTENERS_MAX];
	size_t		 nlisteners;
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
struct net	*net_of(const struct peer *);
/* An empty one; the event base is the process's.  No memory is fatal. */
struct net	*net_new(struct proc *);
/* With its connections and listeners; open requests are forgotten. */
void		 net_free(struct net *);
/* A link to such a process was made, or is no more (proc->peer is set). */
void		 net_up(struct net *, enum kind);
void		 net_down(struct net *, enum kind);
/* PROCESS: a process was started; takes its descriptor over. */
int		 net_member(struct peer *, struct msg *);
/* 1 if the supervisor may be asked: it is there and has told what runs. */
int		 net_ready(const struct net *);
/* Milliseconds since the daemon began. */
int64_t		 net_uptime(const struct net *);

/* receive.c: which function takes which message. */
extern const struct dispatch network_dispatch[];

#endif /* OMNITROND_NETWORK_NETWORK_H */
