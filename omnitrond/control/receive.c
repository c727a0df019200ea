/*
 * Every message the control process accepts, and who takes it.
 */
#include "omnitrond/control/control.h"
#include "omnitrond/rpc/receive.h"

const struct dispatch control_dispatch[] = {
	RPC_HANDLES,
	HANDLE(LISTENER, listener_take),
	HANDLE_END
};
