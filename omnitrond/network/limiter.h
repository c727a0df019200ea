/*
 * How often an address may fail to authenticate, and how often it did, for
 * AUTH_FAILED.  An IPv4 address, or the /64 network of an IPv6 one, which is
 * what one customer has.  Bounded: the one that failed least recently makes
 * room.  Pure: the caller has the clock.
 */
#ifndef OMNITROND_NETWORK_LIMITER_H
#define OMNITROND_NETWORK_LIMITER_H

#include <sys/socket.h>

#include <stddef.h>
#include <stdint.h>

#include "common/mono.h"
#include "omnitrond/proto.h"

/* Typing errors of people, or a restart of all clients with an old token. */
#define LIMITER_BURST	10u
/* Then one each: 17 000 guesses a day at a key of 256 bits. */
#define LIMITER_MS	5000u
/* Addresses remembered: 100 bytes each. */
#define LIMITER_MAX	4096u
/* Reports are this far apart (NET's timer, armed by the first failure). */
#define LIMITER_TELL_MS	1000u
/* Addresses a report: lines of the audit trail in that time. */
#define LIMITER_TELL_MAX 64u

struct limiter;

/* Of one address since it was told last. */
struct limiter_count {
	char		 address[ADDRESS_SIZE];	/* "" : of all forgotten ones */
	const char	*why;			/* of the last one; static */
	uint32_t	 count;
	int		 http;			/* the last one came by HTTP */
};

struct limiter	*limiter_new(size_t max);	/* never NULL */
void		 limiter_free(struct limiter *);
/*
 * It failed.  why must live for ever, as jwt_why's do.  1: this one is the
 * first that is not told yet, so that a timer is due.
 */
int		 limiter_failed(struct limiter *, const struct sockaddr *,
		    int http, const char *why, struct mono now);
/* 0: it may try; or the milliseconds until it may. */
int64_t		 limiter_blocked(struct limiter *, const struct sockaddr *,
		    struct mono now);
/* The next address with failures that were not told; 0: none is left. */
int		 limiter_tell(struct limiter *, struct limiter_count *);
size_t		 limiter_size(const struct limiter *);

#endif /* OMNITROND_NETWORK_LIMITER_H */
