/*
 * Every message the network process accepts, and who takes it.
 */
#include "omnitrond/network/network.h"

const struct dispatch network_dispatch[] = {
	HANDLE(LISTENER, listener_take),
	HANDLE(PROCESS, net_member),
	HANDLE(OBJECT, object_part),
	HANDLE(REPLY, request_reply),
	HANDLE(VIEW_BEGIN, view_begin),
	HANDLE(VIEW_APP, view_app),
	HANDLE(VIEW_DEP, view_dep),
	HANDLE(VIEW_INST, view_instance),
	HANDLE(VIEW_GONE, view_away),
	HANDLE(VIEW_METRICS, view_metrics),
	HANDLE(VIEW_DEGRADED, view_degraded),
	HANDLE(VIEW_SYNC, view_sync),
	HANDLE(LOG_RECORD, logs_record),
	HANDLE(LOG_DONE, logs_done),
	HANDLE_END
};
