/*
 * Requests to the supervisor and their answers (request.c), some of which
 * come as an object from the parent (object.c) or as lines from the logger
 * (logs.c).
 */
#ifndef OMNITROND_RPC_REQUEST_H
#define OMNITROND_RPC_REQUEST_H

#include <sys/queue.h>
#include <sys/tree.h>

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/rpc/rpc.h"
#include "omnitrond/proc.h"

struct args;
struct exec;
struct query;

/* How a request ended. */
struct outcome_of {
	enum outcome		 outcome;
	uint32_t		 flags;		/* REPLY_* */
	uint32_t		 count;
	const char		*text;		/* of an error, or "" */
	const char		*object;	/* JSON, or NULL */
	size_t			 len;
};

/* Ends the call of a request, which is freed afterwards. */
typedef void	(*request_done)(struct request *, const struct outcome_of *);

struct request {
	RB_ENTRY(request)	 entry;
	TAILQ_ENTRY(request)	 of_client;
	struct call		 call;
	struct m_request	 msg;
	int64_t			 opened_ms;	/* wall */
	struct buf		 object;	/* what came of it so far */
	struct query		*query;		/* of a log request */
	struct query		*answered;	/* one that is, kept */
	struct buf		 tail;		/* behind who asks */
	char			*value;		/* of a secret, till it is sent */
	size_t			 value_len;
	struct exec		*exec;		/* of a call of an app's method */
	int64_t			 wanted;	/* a crash record's number, 0 all */
	request_done		 done;
};

/*
 * A request for a call, filled from its parameters, to be sent with
 * request_send; `done` ends the call later.  NULL if that is not possible
 * now; the call has been answered then.
 */
struct request	*request_open(struct call *, const struct args *,
		    request_done);
void		 request_send(struct request *);
/* Add a string to its tail; -1: no memory. */
int		 request_string(struct request *, const char *);
/* End a call with the object that came. */
void		 request_object(struct call *, const struct outcome_of *);
/* Give an open request a new number and send it again. */
void		 request_again(struct request *);
/* The open one with that number, or NULL. */
struct request	*request_find(struct net *, uint64_t id);
/* The first open one with a greater number, or NULL. */
struct request	*request_next(struct net *, uint64_t id);
/* Is this the number of a request we once made? */
int		 request_known(const struct net *, uint64_t id);
/* Calls done, frees the request, and tells the client there is room. */
void		 request_finish(struct request *, const struct outcome_of *);
/* The same with an outcome alone. */
void		 request_fail(struct request *, enum outcome, const char *);
/* Frees it with its query; its call is not ended. */
void		 request_free(struct request *);
/* End a call with the error that an outcome is. */
void		 request_error(struct call *, const struct m_request *,
		    const struct outcome_of *);
/* The client is gone: its requests go on, its log queries end. */
void		 request_client_gone(struct client *);
/* The supervisor is gone: what it was asked has no answer any more. */
void		 request_down(struct net *);
/* REPLY: of the supervisor. */
int		 request_reply(struct peer *, struct msg *);
/* OBJECT: a part of an answer of the parent, which gets a receipt. */
int		 object_part(struct peer *, struct msg *);

#endif /* OMNITROND_RPC_REQUEST_H */
