/*
 * Which handler answers a method: one row for each of the table.  In the
 * network process.
 */
#include "omnitrond/network/network.h"

static const call_handler handlers[METHOD_MAX] = {
	/* answered here, without a hop */
	[METHOD_PING] = ping_call,
	[METHOD_LIST] = list_call,
	[METHOD_GET_APP] = app_call,
	[METHOD_STATUS] = status_call,
	[METHOD_GET_METRICS] = metrics_call,
	[METHOD_GET_HEALTH] = health_call,
	[METHOD_GET_GRAPH] = graph_call,
	[METHOD_DESCRIBE] = describe_call,
	/* by the logger, opened by the supervisor */
	[METHOD_GET_LOGS] = logs_call,
	[METHOD_INSPECT] = inspect_call,
	[METHOD_STREAM_LOGS] = stream_call,
	[METHOD_UNSUBSCRIBE] = unsubscribe_call,
	/* by the supervisor, or by the parent at its word */
	[METHOD_GET_ENV] = request_call,
	[METHOD_GET_CONFIG] = request_call,
	[METHOD_START_APP] = request_call,
	[METHOD_START_ALL] = request_call,
	[METHOD_STOP_APP] = request_call,
	[METHOD_STOP_ALL] = request_call,
	[METHOD_RESTART_APP] = request_call,
	[METHOD_RESTART_ALL] = request_call,
	[METHOD_SCALE] = request_call,
	[METHOD_SIGNAL_APP] = request_call,
	[METHOD_SHUTDOWN] = request_call,
	[METHOD_RELOAD_CONFIG] = request_call,
	[METHOD_SET_METRICS] = request_call,
};

call_handler
dispatch_handler(enum method_id method)
{
	return ((unsigned)method < METHOD_MAX ? handlers[method] : NULL);
}
