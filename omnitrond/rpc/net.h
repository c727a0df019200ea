/*
 * The RPC surface of a plane: its one struct, and who does what in it.  How
 * clients come to it is the plane's own (omnitrond/control,
 * omnitrond/network).
 *
 *	net.c plane.c receive.h	the struct; the life of a plane; every message
 *				that is accepted
 *	rpc.c index.c params.c	JSON-RPC: a text becomes calls
 *	reply.c fault.c		what ends a call: its result, or its error
 *	access.c		rules: who may see and do what
 *	dispatch.c		method -> handler
 *	answer.c health.c graph.c describe.c	answers from the view
 *	watch.c			files that are watched
 *	operate.c request.c object.c
 *				what the supervisor and the parent answer
 *	exec.c meter.c		what apps answer, and what they say they did
 *	auth.c secret.c		who one is; tokens; what is kept for apps
 *	event.c subscribe.c	what happens, for those who listen
 *	logs.c stream.c inspect.c query.c grep.c	what the logger answers
 *	view.c view_msg.c	the view, and the supervisor's records into it
 *
 * Everything behind rpc.c knows a struct client, never a connection.
 */
#ifndef OMNITROND_RPC_NET_H
#define OMNITROND_RPC_NET_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/tree.h>

#include <stdint.h>

#include "common/jsonw.h"
#include "common/mono.h"
#include "common/buf.h"
#include "omnitrond/rpc/access.h"
#include "omnitrond/rpc/event.h"
#include "omnitrond/rpc/exec.h"
#include "omnitrond/rpc/meter.h"
#include "omnitrond/rpc/secret.h"
#include "omnitrond/rpc/view.h"
#include "omnitrond/proc.h"

struct args;
struct call;
struct client;
struct index;

RB_HEAD(requests, request);

/* A process of the daemon, as the parent told. */
struct member {
	int		 known;
	int		 fd;		/* its /proc/PID/statm, or -1 */
	struct m_process rec;
};

/*
 * What some planes can do and others cannot.  A method whose hook is NULL is
 * answered "method not found".
 */
struct net_hooks {
	/* OmnitronAuth.authenticate and validateToken: end the call */
	void		(*authenticate)(struct call *, const struct args *);
	void		(*validate)(struct call *, const struct args *);
	/* Is the token it came with no longer good, but for its end? */
	int		(*revoked)(const struct client *);
};

struct net {
	struct proc	*proc;		/* its kind is the plane's */
	const struct net_hooks *hooks;	/* NULL: none; the plane sets it */
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
	struct access	 access;	/* rules */
	struct events	 events;
	char			 degraded[CAUSE_MAX][TEXT_MAX + 1];
	struct member	 member[K_MAX];

	struct requests	 requests;
	uint64_t	 last_id;
	uint64_t	 last_subscription;
	unsigned	 nobjects;	/* open requests for the parent */
	size_t		 log_bytes;	/* collected by all log queries */

	struct jsonw	 writer;	/* one reply at a time */
	void		*transport;	/* the plane's: how it is reached */
};

/* The process's own, from one of its peers; made at first use, never NULL. */
struct net	*net_of(const struct peer *);
/* An empty one; the event base is the process's.  No memory is fatal. */
struct net	*net_new(struct proc *);
/* Open requests are forgotten; the transport is the plane's to end before. */
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

#endif /* OMNITROND_RPC_NET_H */
