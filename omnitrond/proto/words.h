/*
 * Words that messages and processes have in common: states, reasons, outcomes.
 * Included by omnitrond/proto.h.
 */
#ifndef OMNITROND_PROTO_WORDS_H
#define OMNITROND_PROTO_WORDS_H

#define STATUSES(X)		\
	X(STOPPED, "stopped")	\
	X(STARTING, "starting")	\
	X(ONLINE, "online")	\
	X(STOPPING, "stopping")	\
	X(ERRORED, "errored")	\
	X(CRASHED, "crashed")

enum status {
#define X(id, name)	S_##id,
	STATUSES(X)
#undef X
	S_MAX
};

/* Commands that the parent runs for an instance, besides its process. */
#define RUNS(X)			\
	X(HOOK, "before-start")	\
	X(PROBE, "probe")	\
	X(RELOAD, "reload")

enum run_kind {
#define X(id, name)	RUN_##id,
	RUNS(X)
#undef X
	RUN_MAX
};

/* What a connection of ours is for, and what came of it. */
enum probe_what { PROBE_READY, PROBE_HEALTH, PROBE_WHATS };
enum probe_outcome {
	PROBE_PASS, PROBE_FAIL,
	PROBE_NONE,		/* no verdict: the target is not known (yet) */
	PROBE_OUTCOMES
};

/* How the health of an instance is looked at; NONE: not at all. */
#define CHECKS(X)		\
	X(NONE, "none")		\
	X(HTTP, "http")		\
	X(TCP, "tcp")		\
	X(EXEC, "exec")		\
	X(NOTIFY, "notify")

enum check {
#define X(id, name)	CHECK_##id,
	CHECKS(X)
#undef X
	CHECK_MAX
};

/* What was found, from the best to the worst. */
#define HEALTHS(X)			\
	X(HEALTHY, "healthy")		\
	X(UNKNOWN, "unknown")		\
	X(DEGRADED, "degraded")		\
	X(UNHEALTHY, "unhealthy")

enum health_state {
#define X(id, name)	HEALTH_##id,
	HEALTHS(X)
#undef X
	HEALTH_MAX
};

enum intent { INTENT_STOP, INTENT_RUN };
enum restart_policy { RESTART_ON_FAILURE, RESTART_ALWAYS, RESTART_NEVER };

/* When an instance is online: name, and what is missing if it is late. */
#define READIES(X)						\
	X(EXEC, "exec", "not started")				\
	X(NOTIFY, "notify", "no READY=1")			\
	X(CHANNEL, "channel", "no \"ready\" on its channel")	\
	X(TCP, "tcp", "no connection to its port")		\
	X(HTTP, "http", "no good answer of its URL")		\
	X(FD, "fd", "no newline on its descriptor")

enum ready {
#define X(id, name, late)	READY_##id,
	READIES(X)
#undef X
	READY_MAX
};

enum strategy {
	STRATEGY_ONE_FOR_ONE, STRATEGY_ONE_FOR_ALL, STRATEGY_REST_FOR_ONE,
	STRATEGY_MAX
};
enum backoff_type { BACKOFF_EXPONENTIAL, BACKOFF_LINEAR, BACKOFF_FIXED };
enum reload_how {
	RELOAD_ROLLING, RELOAD_SIGNAL, RELOAD_COMMAND, RELOAD_RESTART, RELOAD_MAX
};
enum stream { STREAM_OUT, STREAM_ERR };

/* What a change of status is due to: `why'. */
#define WHY_KINDS(X)				\
	X(OPERATOR, "operator")			\
	X(CONFIG, "configuration")		\
	X(DAEMON, "daemon")			\
	X(DEPENDENCY, "dependency")		\
	X(POLICY, "policy")			\
	X(EXIT, "exit")				\
	X(START, "start")			\
	X(PROBE, "probe")			\
	X(MEMORY, "memory")			\
	X(STRATEGY, "strategy")			\
	X(WATCH, "watch")

enum why_kind {
#define X(id, name)	WHY_##id,
	WHY_KINDS(X)
#undef X
	WHY_MAX
};

/* Outcomes of a request; rpc.md gives each its JSON-RPC number. */
#define OUTCOMES(X)				\
	X(OK, "OK", 0)				\
	X(UNAUTHORIZED, "UNAUTHORIZED", -32001)	\
	X(FORBIDDEN, "FORBIDDEN", -32003)	\
	X(NOT_FOUND, "NOT_FOUND", -32004)	\
	X(TIMEOUT, "TIMEOUT", -32008)		\
	X(CONFLICT, "CONFLICT", -32009)		\
	X(FAILED, "FAILED", -32010)		\
	X(LIMITED, "LIMITED", -32029)		\
	X(UNAVAILABLE, "UNAVAILABLE", -32053)	\
	X(INVALID, "INVALID", -32602)

enum outcome {
#define X(id, name, number)	OUT_##id,
	OUTCOMES(X)
#undef X
	OUT_MAX
};

/* Step of a spawn that failed, for "cannot start web: chdir: ENOENT". */
#define SPAWN_STEPS(X)							\
	X(NONE, "none") X(FORK, "fork") X(CGROUP, "cgroup")		\
	X(FIFO, "output fifo") X(HOOK, "before-start")			\
	X(APPSOCK, "socket") X(LISTEN, "listen") X(SECRET, "secret")	\
	X(CREDENTIAL, "credential")					\
	X(SESSION, "setsid") X(STDIO, "stdio")				\
	X(LIMITS, "setrlimit") X(NICE, "setpriority")			\
	X(GROUPS, "setgroups") X(GID, "setgid") X(UID, "setuid")	\
	X(CHDIR, "chdir") X(ENVFILE, "env-file") X(NNP, "no_new_privs")	\
	X(CLOSE, "close_range") X(EXEC, "exec")

enum spawn_step {
#define X(id, name)	STEP_##id,
	SPAWN_STEPS(X)
#undef X
	STEP_MAX
};

#endif /* OMNITROND_PROTO_WORDS_H */
