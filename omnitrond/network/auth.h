/*
 * Tokens that clients come with: who they are, who failed, and until when it
 * is so.
 */
#ifndef OMNITROND_NETWORK_AUTH_H
#define OMNITROND_NETWORK_AUTH_H

#include "omnitrond/network/jwt.h"
#include "omnitrond/rpc/net.h"

struct conn;
struct network;

enum auth {
	AUTH_OK,
	AUTH_REFUSED,		/* not ours, or not valid any more */
	AUTH_LIMITED		/* too many from its address were refused */
};

/* From now on it is somebody without a token. */
void	 auth_nobody(struct conn *);
/*
 * Let it be whom the token names, with what its listener allows; a failure is
 * counted, and it stays who it was.  Nothing of a token is ever logged.
 */
enum auth auth_take(struct conn *, const char *, size_t);
/* The listener allows something else now. */
void	 auth_cap(struct conn *, enum role);
/* The token was revoked. */
int	 auth_revoked(const struct client *);
/* The event network->tell: the supervisor hears of failures. */
void	 auth_tell(int, short, void *);
/* Milliseconds of the epoch from seconds; what is too far is cut off. */
int64_t	 auth_ms(int64_t s);

/* The methods of OmnitronAuth that only this plane has. */
extern const struct net_hooks auth_hooks;

#endif /* OMNITROND_NETWORK_AUTH_H */
