/* TCP: a JSON text a line, in both directions. */
#ifndef OMNITROND_NETWORK_TCP_H
#define OMNITROND_NETWORK_TCP_H

#include "omnitrond/network/conn.h"

extern const struct conn_ops tcp_ops;

/* client->send: the text and its newline. */
void	 tcp_send(struct client *, const char *, size_t);

#endif /* OMNITROND_NETWORK_TCP_H */
