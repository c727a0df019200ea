/*
 * Every message the network process accepts, and who takes it.
 */
#include "omnitrond/network/conf.h"
#include "omnitrond/network/network.h"
#include "omnitrond/rpc/receive.h"

const struct dispatch network_dispatch[] = {
	RPC_HANDLES,
	HANDLE(CONF_BEGIN, conf_begin),
	HANDLE(LISTENER, conf_take_listener),
	HANDLE(CONF_RULE, conf_rule),
	HANDLE(CONF_JWT, conf_jwt),
	HANDLE(CONF_KEY, conf_key),
	HANDLE(CONF_ORIGIN, conf_take_origin),
	HANDLE(CONF_END, conf_end),
	HANDLE(CONF_COMMIT, conf_commit),
	HANDLE(REVOCATION, network_revocation),
	HANDLE_END
};
