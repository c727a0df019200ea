/*
 * The RPC surface: one table that drives dispatch, the checks of role and
 * parameters, OmnitronSystem.describe and the CLI's help.
 *
 * METHOD(id, "Service.method", role, op, flags of the request, mutating,
 *     "params", "result", "text")
 *
 * params is a list "name:type" separated by blanks; a trailing ? makes it
 * optional, =V gives the default shown by describe.  Types: string, name
 * (an app), int, duration (milliseconds), bool, object, array, signal, time
 * (milliseconds since the epoch), level.
 * op OP_NONE: answered by the plane itself.  A method of rpc.md that is not
 * here does not exist yet and is answered "method not found".
 */
#ifndef OMNITROND_METHOD_H
#define OMNITROND_METHOD_H

#include "omnitrond/proto.h"

#define ROLES(X)		\
	X(NONE, "none")		\
	X(VIEWER, "viewer")	\
	X(OPERATOR, "operator")	\
	X(ADMIN, "admin")

enum role {
#define X(id, name)	ROLE_##id,
	ROLES(X)
#undef X
	ROLE_MAX
};

#define D	"OmnitronDaemon."
#define METHODS(M)							      \
	M(PING, D "ping", NONE, NONE, 0, 0, "",				      \
	    "{ uptime, version, pid }", "Is the daemon there?")		      \
	M(LIST, D "list", VIEWER, NONE, 0, 0, "",			      \
	    "ProcessInfo[]", "All apps.")				      \
	M(GET_APP, D "getApp", VIEWER, NONE, 0, 0, "name:name",		      \
	    "ProcessInfo", "One app.")					      \
	M(STATUS, D "status", VIEWER, NONE, 0, 0, "",			      \
	    "DaemonStatus", "The daemon, its processes and its apps.")	      \
	M(GET_METRICS, D "getMetrics", VIEWER, NONE, 0, 0, "name:name?",      \
	    "AggregatedMetrics", "CPU and memory of apps.")		      \
	M(GET_HEALTH, D "getHealth", VIEWER, NONE, 0, 0, "name:name?",	      \
	    "AggregatedHealth", "Health of apps.")			      \
	M(GET_LOGS, D "getLogs", VIEWER, LOGS, 0, 0,			      \
	    "name:name? lines:int=100? level:level? grep:string? since:time? until:time? process:string?", \
	    "LogEntry[]", "Recent lines of the log.")			      \
	M(INSPECT, D "inspect", VIEWER, LOGS, REQ_STDERR, 0, "name:name",     \
	    "AppDiagnostics", "All that is known of one app.")		      \
	M(GET_ENV, D "getEnv", VIEWER, ENV, 0, 0, "name:name process:string?", \
	    "{ VAR: value }", "Its environment, secrets as <secret:KEY>.")    \
	M(GET_GRAPH, D "getDependencyGraph", VIEWER, NONE, 0, 0, "name:name?", \
	    "{ nodes, edges }", "What depends on what.")		      \
	M(GET_WATCH, D "getWatchStatus", VIEWER, NONE, 0, 0, "",	      \
	    "{ enabled, apps, off }", "Whose files are watched.")		      \
	M(WHY, D "why", VIEWER, WHY, 0, 0, "name:name",			      \
	    "{ chain }", "Why an app is as it is.")			      \
	M(GET_CRASHES, D "getCrashes", VIEWER, LOGS, REQ_CRASH, 0,	      \
	    "name:name id:int?", "CrashRecord[]",			      \
	    "What is known of its last crashes.")			      \
	M(GET_CONFIG, D "getConfig", VIEWER, CONFIG, 0, 0, "",		      \
	    "object", "The configuration with every default filled in.")      \
	M(START_APP, D "startApp", OPERATOR, START, 0, 1,		      \
	    "name:name wait:bool=true? timeout:duration?",		      \
	    "ProcessInfo", "Start an app.")				      \
	M(START_ALL, D "startAll", OPERATOR, START, REQ_ALL, 1,		      \
	    "wait:bool=true?", "ProcessInfo[]", "Start all apps.")	      \
	M(STOP_APP, D "stopApp", OPERATOR, STOP, 0, 1,			      \
	    "name:name force:bool=false? timeout:duration? dependants:bool=false?", \
	    "{ success, killed, persisted }", "Stop an app.")		      \
	M(STOP_ALL, D "stopAll", OPERATOR, STOP, REQ_ALL | REQ_DEPENDANTS, 1, \
	    "force:bool=false?", "{ count }", "Stop all apps.")		      \
	M(RESTART_APP, D "restartApp", OPERATOR, RESTART, 0, 1,		      \
	    "name:name wait:bool=true? timeout:duration?",		      \
	    "ProcessInfo", "Stop an app and start it again.")		      \
	M(RESTART_ALL, D "restartAll", OPERATOR, RESTART, REQ_ALL, 1,	      \
	    "wait:bool=true?", "ProcessInfo[]", "Restart all apps.")	      \
	M(RELOAD_APP, D "reloadApp", OPERATOR, RELOAD_APP, 0, 1,	      \
	    "name:name wait:bool=true? timeout:duration?",		      \
	    "ProcessInfo",						      \
	    "Replace the instances of an app one by one, without a gap.")     \
	M(SCALE, D "scale", OPERATOR, SCALE, 0, 1,			      \
	    "name:name instances:int process:string?", "ProcessInfo",	      \
	    "Set how many instances of an app, or of a process of it, run.")			      \
	M(SIGNAL_APP, D "signalApp", OPERATOR, SIGNAL, 0, 1,		      \
	    "name:name signal:signal process:string? instance:int?",	      \
	    "{ success }",						      \
	    "Send a signal to an app's processes.")			      \
	M(EXEC, D "exec", OPERATOR, EXEC, 0, 1,				      \
	    "name:name service:string method:string args:array? timeout:duration=30000?", \
	    "any", "Call a method that an app has registered.")	      \
	M(ENABLE_WATCH, D "enableWatch", OPERATOR, WATCH,		      \
	    REQ_ALL | REQ_ENABLE, 1, "apps:array?", "{ watching }",	      \
	    "Reload apps when their files change.")			      \
	M(DISABLE_WATCH, D "disableWatch", OPERATOR, WATCH, REQ_ALL, 1, "",   \
	    "{ success }", "Watch no files any more.")			      \
	M(SHUTDOWN, D "shutdown", ADMIN, SHUTDOWN, 0, 1,		      \
	    "force:bool=false?", "{ success, killed }",			      \
	    "Stop all apps and the daemon; intents stay.")		      \
	M(RELOAD_CONFIG, D "reloadConfig", ADMIN, RELOAD, 0, 1,		      \
	    "dryRun:bool=false?",					      \
	    "{ success, changed, added, removed, needsDaemonRestart }",	      \
	    "Read the configuration again, all of it or nothing.")	      \
	M(SET_METRICS, D "setMetricsEnabled", ADMIN, METRICS, 0, 1,	      \
	    "name:name? enabled:bool", "{ success }",			      \
	    "Turn the sampling of CPU and memory on or off.")		      \
	M(TEST_ACCESS, D "testAccess", ADMIN, TEST, 0, 0,		      \
	    "user:string? uid:int? groups:array? token:string? role:string? method:string name:string?", \
	    "{ allowed, rule }",					      \
	    "May somebody do something, and which rule decides?")	      \
	M(WHOAMI, "OmnitronAuth.whoami", NONE, NONE, 0, 0, "",		      \
	    "{ role, plane, uid, gid, pid, subject, groups, address, expires, limited }", \
	    "Who you are to the daemon.")				      \
	M(AUTHENTICATE, "OmnitronAuth.authenticate", NONE, NONE, 0, 0,	      \
	    "token:string", "{ success, role, subject, expires }",	      \
	    "Show a token: it counts for this connection from now on.")	      \
	M(VALIDATE_TOKEN, "OmnitronAuth.validateToken", NONE, NONE, 0, 0,     \
	    "token:string", "{ valid, role, subject, expires }",	      \
	    "Would this token be accepted?")				      \
	M(ISSUE, "OmnitronAuth.issue", ADMIN, ISSUE, 0, 1,		      \
	    "role:string subject:string ttl:duration=3600000?",		      \
	    "{ token, jti, expiresAt, kid }", "Make a token.")		      \
	M(REVOKE, "OmnitronAuth.revoke", ADMIN, REVOKE, 0, 1,		      \
	    "jti:string until:time?", "{ success }",			      \
	    "Refuse a token from now on, until its end.")		      \
	M(SECRET_GET, "OmnitronSecrets.get", ADMIN, SECRET, 0, 0,	      \
	    "key:string", "{ key, value }", "One secret.")		      \
	M(SECRET_SET, "OmnitronSecrets.set", ADMIN, SECRET, 0, 1,	      \
	    "key:string value:string", "{ success, persisted }",	      \
	    "Keep a secret, or change it; apps have it after a restart.")     \
	M(SECRET_DELETE, "OmnitronSecrets.delete", ADMIN, SECRET, 0, 1,	      \
	    "key:string", "{ success, persisted }", "Forget a secret.")	      \
	M(SECRET_LIST, "OmnitronSecrets.list", ADMIN, SECRET, 0, 0, "",	      \
	    "[{ key, updatedAt }]",					      \
	    "The keys of all secrets, without their values.")		      \
	M(SECRET_REKEY, "OmnitronSecrets.rekey", ADMIN, SECRET, 0, 1, "",     \
	    "{ success, persisted }", "Encrypt the secrets anew.")		      \
	M(SECRET_RESET, "OmnitronSecrets.reset", ADMIN, SECRET, 0, 1, "",     \
	    "{ success, moved }",						      \
	    "Put a damaged file of secrets aside, and begin an empty one.")   \
	M(STREAM_LOGS, "OmnitronLogs.streamLogs", VIEWER, LOGS, REQ_FOLLOW, 0, \
	    "app:name? level:level? grep:string? lines:int=0?",		      \
	    "{ subscription }", "Follow logs: OmnitronLogs.entry notifications.") \
	M(UNSUBSCRIBE, "OmnitronLogs.unsubscribe", VIEWER, NONE, 0, 0,	      \
	    "subscription:int", "{ success }", "End a subscription.")	      \
	M(SUBSCRIBE, "OmnitronEvents.subscribe", VIEWER, NONE, 0, 0,	      \
	    "channels:array?", "{ subscription }",			      \
	    "Hear what happens: OmnitronEvents.event notifications.")	      \
	M(UNSUBSCRIBE_EVENTS, "OmnitronEvents.unsubscribe", VIEWER, NONE, 0,  \
	    0, "subscription:int", "{ success }", "End a subscription.")      \
	M(DESCRIBE, "OmnitronSystem.describe", VIEWER, NONE, 0, 0,	      \
	    "method:string?", "object", "This table.")

enum method_id {
#define X(id, name, role, op, flags, mutating, params, result, text)	\
	METHOD_##id,
	METHODS(X)
#undef X
	METHOD_MAX
};

struct method {
	const char	*name;		/* with its service */
	enum role	 role;
	enum op		 op;
	uint32_t	 flags;		/* REQ_* that go with it */
	int		 mutating;
	const char	*params;
	const char	*result;
	const char	*text;
};

extern const struct method	 methods[METHOD_MAX];
const char			*role_name(enum role);

#endif /* OMNITROND_METHOD_H */
