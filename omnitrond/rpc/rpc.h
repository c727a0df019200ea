/* JSON-RPC 2.0: one text of a client becomes calls. */
#ifndef OMNITROND_RPC_RPC_H
#define OMNITROND_RPC_RPC_H

#include <stddef.h>

#include "omnitrond/method.h"
#include "omnitrond/rpc/client.h"

struct batch;

#define BATCH_MAX	WAITING_MAX	/* requests in a batch */
#define CALL_ID_MAX	256u		/* bytes of an id as JSON */

/* One call.  It ends exactly once: reply_end, reply_fault, reply_error. */
struct call {
	struct net	*net;
	struct client	*client;	/* NULL: gone */
	struct batch	*batch;		/* it is part of, or NULL */
	enum method_id	 method;
	int		 notify;	/* no id: no reply */
	size_t		 idlen;
	char		 id[CALL_ID_MAX];	/* as JSON */
};

/*
 * Do what a text of a client asks; whatever is wrong with it is answered.
 * The text stays the caller's.
 */
void	 rpc_message(struct client *, const char *, size_t);
/* Send an error that belongs to no call, e.g. of framing. */
void	 rpc_refuse(struct client *, int number, const char *);

#endif /* OMNITROND_RPC_RPC_H */
