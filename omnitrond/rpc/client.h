/*
 * One who asks: what the rest of the process knows of a connection, of
 * whatever transport.
 */
#ifndef OMNITROND_RPC_CLIENT_H
#define OMNITROND_RPC_CLIENT_H

#include <sys/queue.h>

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/method.h"
#include "common/buf.h"

struct net;

#define WAITING_MAX	64u		/* its requests not answered yet */
#define UNSENT_PAUSE	(1 * MIB)	/* unread: no further is looked at */

TAILQ_HEAD(request_list, request);

struct client {
	struct net		*net;
	enum role		 role;
	uint32_t		 uid;
	uint32_t		 gid;
	int32_t			 pid;
	unsigned		 waiting;	/* calls not answered yet */
	unsigned		 streams;
	struct request_list	 requests;	/* open at another process */
	/* Takes one whole message; the client may be gone afterwards. */
	void			(*send)(struct client *, const char *, size_t);
	/* Bytes it was sent and has not read. */
	size_t			(*unsent)(const struct client *);
	/* A call ended: there may be room for another. */
	void			(*wake)(struct client *);
};

#endif /* OMNITROND_RPC_CLIENT_H */
