/* Where a connection comes from. */
#ifndef OMNITROND_NETWORK_ADDRESS_H
#define OMNITROND_NETWORK_ADDRESS_H

#include <sys/socket.h>

#include <netinet/in.h>

#include "omnitrond/proto.h"

union address {
	struct sockaddr		 sa;
	struct sockaddr_in	 in;
	struct sockaddr_in6	 in6;
};

/* "192.0.2.1:4711", "[2001:db8::1]:4711"; "?" of what is neither. */
void	 address_text(const union address *, char buf[ADDRESS_SIZE]);
/*
 * Do both count as one for the limit?  The same IPv4 address, also one that
 * is mapped into IPv6, or the same /64: that much one customer has.
 */
int	 address_same(const union address *, const union address *);

#endif /* OMNITROND_NETWORK_ADDRESS_H */
