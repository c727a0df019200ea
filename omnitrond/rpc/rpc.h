/* JSON-RPC 2.0: one text of a client becomes calls. */
#ifndef OMNITROND_RPC_RPC_H
#define OMNITROND_RPC_RPC_H

#include <stddef.h>

#include "omnitrond/method.h"
#include "omnitrond/rpc/client.h"

struct batch;
struct json;

#define BATCH_MAX	WAITING_MAX	/* requests in a batch */
#define CALL_ID_MAX	256u		/* bytes of an id as JSON */

/*
 * The end of a call of rpc_call: number 0 and its result, or the number and
 * the error object, as JSON.  The text is good until the next reply of the
 * process begins.
 */
typedef void	(*call_done)(struct client *, void *arg, int number,
		    const char *json, size_t len);

/* One call.  It ends exactly once: reply_end, reply_fault, reply_error. */
struct call {
	struct net	*net;
	struct client	*client;	/* NULL: gone */
	struct batch	*batch;		/* it is part of, or NULL */
	call_done	 done;		/* of rpc_call, or NULL */
	void		*arg;
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
/*
 * The same of one call whose parameters (an object, or NULL for none) are
 * parsed.  `done' may be called before this returns; it is not called any
 * more once the client is gone, so that arg is to be freed with the client.
 */
void	 rpc_call(struct client *, const char *method, const struct json *,
	    call_done, void *arg);
/* 1 if the token that the client came with is not good any more. */
int	 rpc_expired(const struct client *);
/* Send an error that belongs to no call, e.g. of framing. */
void	 rpc_refuse(struct client *, int number, const char *);

#endif /* OMNITROND_RPC_RPC_H */
