/*
 * Every message the network process accepts, and who takes it.
 */
#include "omnitrond/network/network.h"
#include "omnitrond/rpc/receive.h"

const struct dispatch network_dispatch[] = {
	RPC_HANDLES,
	HANDLE_END
};
