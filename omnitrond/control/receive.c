/*
 * Every message the control process accepts, and who takes it.
 */
#include "omnitrond/control/conf.h"
#include "omnitrond/control/control.h"
#include "omnitrond/rpc/receive.h"

const struct dispatch control_dispatch[] = {
	RPC_HANDLES,
	HANDLE(LISTENER, listener_take),
	/* local alone */
	HANDLE(CONF_BEGIN, conf_begin),
	HANDLE(CONF_RULE, conf_rule),
	HANDLE(CONF_END, conf_end),
	HANDLE(CONF_COMMIT, conf_commit),
	HANDLE_END
};
