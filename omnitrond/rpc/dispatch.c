/*
 * Which handler answers a method: one row for each of the table.  In a plane.
 */
#include "omnitrond/rpc/dispatch.h"

static const call_handler handlers[METHOD_MAX] = {
	/* answered here, without a hop */
	[METHOD_PING] = answer_ping_call,
	[METHOD_LIST] = answer_list_call,
	[METHOD_GET_APP] = answer_app_call,
	[METHOD_STATUS] = answer_status_call,
	[METHOD_GET_METRICS] = answer_metrics_call,
	[METHOD_GET_HEALTH] = health_call,
	[METHOD_GET_GRAPH] = graph_call,
	[METHOD_DESCRIBE] = describe_call,
	[METHOD_GET_WATCH] = watch_status_call,
	/* by the logger, opened by the supervisor */
	[METHOD_GET_LOGS] = logs_call,
	[METHOD_INSPECT] = inspect_call,
	[METHOD_GET_CRASHES] = crash_call,
	[METHOD_STREAM_LOGS] = stream_call,
	[METHOD_UNSUBSCRIBE] = unsubscribe_call,
	[METHOD_SUBSCRIBE] = subscribe_call,
	[METHOD_UNSUBSCRIBE_EVENTS] = unsubscribe_call,
	[METHOD_WHOAMI] = auth_whoami_call,
	[METHOD_AUTHENTICATE] = auth_authenticate_call,
	[METHOD_VALIDATE_TOKEN] = auth_validate_call,
	/* by an app, opened by the supervisor */
	[METHOD_EXEC] = exec_call,
	/* by the supervisor, or by the parent at its word */
	[METHOD_GET_ENV] = operate_call,
	[METHOD_GET_CONFIG] = operate_call,
	[METHOD_WHY] = why_call,
	[METHOD_START_APP] = operate_call,
	[METHOD_START_ALL] = operate_call,
	[METHOD_STOP_APP] = operate_call,
	[METHOD_STOP_ALL] = operate_call,
	[METHOD_RESTART_APP] = operate_call,
	[METHOD_RESTART_ALL] = operate_call,
	[METHOD_RELOAD_APP] = operate_call,
	[METHOD_SCALE] = operate_call,
	[METHOD_SIGNAL_APP] = operate_call,
	[METHOD_ENABLE_WATCH] = watch_enable_call,
	[METHOD_DISABLE_WATCH] = operate_call,
	[METHOD_SHUTDOWN] = operate_call,
	[METHOD_RELOAD_CONFIG] = operate_call,
	[METHOD_SET_METRICS] = operate_call,
	[METHOD_REVOKE] = auth_revoke_call,
	[METHOD_TEST_ACCESS] = auth_test_call,
	/* by secrets, opened by the supervisor */
	[METHOD_ISSUE] = auth_issue_call,
	[METHOD_SECRET_GET] = secret_call,
	[METHOD_SECRET_SET] = secret_call,
	[METHOD_SECRET_DELETE] = secret_call,
	[METHOD_SECRET_LIST] = secret_call,
	[METHOD_SECRET_REKEY] = secret_call,
	[METHOD_SECRET_RESET] = secret_call,
};

call_handler
dispatch_handler(enum method_id method)
{
	return ((unsigned)method < METHOD_MAX ? handlers[method] : NULL);
}
