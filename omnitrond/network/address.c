/* Addresses of peers.  In the network process; touches only memory. */
#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "omnitrond/network/address.h"

#define NETWORK_BYTES	8	/* /64 */

static const uint8_t	 mapped[12] = { [10] = 0xff, [11] = 0xff };

/* The IPv4 address, also one that came to a socket of IPv6; or NULL. */
static const void *
address_v4(const union address *a)
{
	if (a->sa.sa_family == AF_INET)
		return (&a->in.sin_addr);
	if (a->sa.sa_family == AF_INET6 &&
	    memcmp(&a->in6.sin6_addr, mapped, sizeof(mapped)) == 0)
		return ((const uint8_t *)&a->in6.sin6_addr + sizeof(mapped));
	return (NULL);
}

void
address_text(const union address *a, char buf[ADDRESS_SIZE])
{
	const void	*v4 = address_v4(a);
	char		 text[INET6_ADDRSTRLEN];

	if (v4 != NULL && inet_ntop(AF_INET, v4, text, sizeof(text)) != NULL)
		snprintf(buf, ADDRESS_SIZE, "%s:%u", text,
		    ntohs(a->sa.sa_family == AF_INET ? a->in.sin_port :
		    a->in6.sin6_port));
	else if (a->sa.sa_family == AF_INET6 && inet_ntop(AF_INET6,
	    &a->in6.sin6_addr, text, sizeof(text)) != NULL)
		snprintf(buf, ADDRESS_SIZE, "[%s]:%u", text,
		    ntohs(a->in6.sin6_port));
	else
		strlcpy(buf, "?", ADDRESS_SIZE);
}

int
address_same(const union address *a, const union address *b)
{
	const void	*a4 = address_v4(a), *b4 = address_v4(b);

	if (a4 != NULL || b4 != NULL)
		return (a4 != NULL && b4 != NULL && memcmp(a4, b4, 4) == 0);
	return (a->sa.sa_family == b->sa.sa_family &&
	    (a->sa.sa_family != AF_INET6 || memcmp(&a->in6.sin6_addr,
	    &b->in6.sin6_addr, NETWORK_BYTES) == 0));
}
