/* What ends a call: its result or its error, to the client or its batch. */
#ifndef OMNITROND_RPC_REPLY_H
#define OMNITROND_RPC_REPLY_H

#include "common/jsonw.h"
#include "omnitrond/rpc/fault.h"
#include "omnitrond/rpc/rpc.h"

#define REPLY_MAX	(64 * MIB)

/* Replies of a batch come together, as one array. */
struct batch {
	unsigned	 left;		/* calls that hold it */
	struct buf	 out;
	int		 failed;	/* no memory for it */
	int		 number;	/* of all its errors so far */
	unsigned	 errors;	/* how many had that one */
	unsigned	 calls;		/* of which so many */
};

/*
 * Write the result into what reply_begin returns, then reply_end.  There is
 * one writer in the process: no other reply may begin before.
 */
struct jsonw	*reply_begin(struct call *);
void		 reply_end(struct call *);
/* Or end the call with an error. */
void		 reply_fault(struct call *, const struct fault *);
/* With an error object that is JSON already. */
void		 reply_raw_error(struct call *, const char *, size_t);
void		 reply_error(struct call *, int number, const char *, ...)
		    __attribute__((format(printf, 3, 4)));
/*
 * A message of our own to a client: build it whole in reply_writer, then
 * reply_push; one that is too large is dropped.
 */
struct jsonw	*reply_writer(struct net *);
void		 reply_push(struct client *, struct jsonw *);
/*
 * Let go of a share of the batch; the last sends it (not if the client is
 * NULL) and frees it.
 */
void		 reply_release(struct batch *, struct client *);

#endif /* OMNITROND_RPC_REPLY_H */
