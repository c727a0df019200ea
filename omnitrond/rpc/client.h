/*
 * One who asks: what the rest of the process knows of a connection, of
 * whatever transport.
 *
 * The transport makes it zeroed, with net, caller, send, unsent, wake and an
 * empty list of requests, hands in texts (rpc_message) or calls (rpc_call),
 * and ends it with request_client_gone.  A client on TCP begins as
 * CALLER_NOBODY; `caller' and `exp_ms' are replaced when it has shown a token.
 */
#ifndef OMNITROND_RPC_CLIENT_H
#define OMNITROND_RPC_CLIENT_H

#include <sys/queue.h>

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/caller.h"
#include "common/buf.h"

struct net;

#define WAITING_MAX	64u		/* its requests not answered yet */
#define UNSENT_PAUSE	(1 * MIB)	/* unread: no further is looked at */

TAILQ_HEAD(request_list, request);
TAILQ_HEAD(event_subs, event_sub);

struct client {
	struct net		*net;
	struct caller		 caller;
	int64_t			 exp_ms;	/* its token's end, wall; 0 none */
	int			 brief;		/* gone after its reply, as HTTP */
	int			 secret;	/* a text had a secret: wipe it */
	unsigned		 waiting;	/* calls not answered yet */
	unsigned		 streams;	/* subscriptions */
	struct request_list	 requests;	/* open at another process */
	struct event_subs	 events;	/* event.h; client_init */
	/* Takes one whole message; the client may be gone afterwards. */
	void			(*send)(struct client *, const char *, size_t);
	/*
	 * If it is set, it is called once for each rpc_message and rpc_refuse,
	 * and takes the reply, which is not given to `send': NULL if the text
	 * had notifications alone.  The number is 0, or the JSON-RPC number of
	 * the error; of a batch, if each of its calls failed with that one.
	 */
	void			(*reply)(struct client *, const char *, size_t,
				    int number);
	/* Bytes it was sent and has not read. */
	size_t			(*unsent)(const struct client *);
	/* A call ended: there may be room for another. */
	void			(*wake)(struct client *);
};

/* Begin one that is zeroed; the functions are the transport's to set. */
static inline void
client_init(struct client *client, struct net *net)
{
	client->net = net;
	client->caller.uid = client->caller.gid = ID_NONE;
	TAILQ_INIT(&client->requests);
	TAILQ_INIT(&client->events);
}

#endif /* OMNITROND_RPC_CLIENT_H */
