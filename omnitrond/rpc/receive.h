/*
 * The messages that every plane accepts, and who takes them: what a plane's
 * own table begins with.
 */
#ifndef OMNITROND_RPC_RECEIVE_H
#define OMNITROND_RPC_RECEIVE_H

#include "omnitrond/rpc/exec.h"
#include "omnitrond/rpc/logs.h"
#include "omnitrond/rpc/meter.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/request.h"
#include "omnitrond/rpc/view_msg.h"
#include "omnitrond/rpc/why.h"

#define RPC_HANDLES				\
	HANDLE(PROCESS, net_member),		\
	HANDLE(OBJECT, object_part),		\
	HANDLE(REPLY, request_reply),		\
	HANDLE(EXEC_GOT, exec_got),		\
	HANDLE(EXEC_PART, exec_part),		\
	HANDLE(APP_SERVICE, exec_service),	\
	HANDLE(APP_METER, meter_take),		\
	HANDLE(WHY_LINK, why_link),		\
	HANDLE(VIEW_BEGIN, view_msg_begin),	\
	HANDLE(VIEW_APP, view_msg_app),		\
	HANDLE(VIEW_DEP, view_msg_dep),		\
	HANDLE(VIEW_INST, view_msg_inst),	\
	HANDLE(VIEW_WATCH, view_msg_watch),	\
	HANDLE(VIEW_GONE, view_msg_gone),	\
	HANDLE(VIEW_METRICS, view_msg_metrics),	\
	HANDLE(VIEW_DEGRADED, view_msg_degraded), \
	HANDLE(VIEW_SYNC, view_msg_sync),	\
	HANDLE(EVENT, event_msg),		\
	HANDLE(LOG_RECORD, logs_record),	\
	HANDLE(LOG_DONE, logs_done)

#endif /* OMNITROND_RPC_RECEIVE_H */
