/*
 * The network process: TCP and HTTP.
 *
 *	main.c receive.c	the process; every message that it accepts
 *
 * What is asked is understood and answered in omnitrond/rpc.
 */
#ifndef OMNITROND_NETWORK_NETWORK_H
#define OMNITROND_NETWORK_NETWORK_H

#include "omnitrond/rpc/net.h"

/* receive.c: which function takes which message. */
extern const struct dispatch network_dispatch[];

#endif /* OMNITROND_NETWORK_NETWORK_H */
