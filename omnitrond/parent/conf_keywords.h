/*
 * Every keyword of omnitrond.conf, once: the lexer, the error texts, the
 * defaults and the list in omnitrond.conf(5) come from this list (a test
 * compares the manual with it).
 *
 * X(token, word, where it may stand, what follows it, default)
 *
 * A default that begins with "(" is a text for people; all others are parsed
 * like a value in the file, so that manual and daemon cannot disagree.
 */
#ifndef OMNITROND_PARENT_CONF_KEYWORDS_H
#define OMNITROND_PARENT_CONF_KEYWORDS_H

#define IN_GLOBAL	0x001u
#define IN_USERS	0x002u
#define IN_SUPERVISION	0x004u
#define IN_MONITORING	0x008u
#define IN_LOGGING	0x010u
#define IN_DEFAULT	0x020u
#define IN_APP		0x040u
#define IN_LOG		0x080u
#define IN_PROCESS	0x100u
#define IN_LISTEN	0x200u	/* a part of that statement */
#define IN_GROUP	0x400u	/* of apps */
#define IN_HEALTH	0x800u	/* a part of that statement */
#define IN_WATCH	0x2000u	/* likewise, and so are those below */
#define IN_SOCKET	0x4000u
#define IN_JWT		0x8000u	/* a block */
#define IN_TLS		0x10000u /* likewise */
#define IN_SECRETS	0x20000u
#define IN_RULE		0x40000u
#define IN_ENV		0x80000u
#define IN_CREDENTIAL	0x100000u

#define IN_APPS		(IN_DEFAULT | IN_APP)
#define IN_PROCESSES	(IN_APPS | IN_PROCESS)
#define IN_POLICY	(IN_SUPERVISION | IN_PROCESSES)

#define KEYWORDS(X)							      \
	X(INCLUDE, "include", IN_GLOBAL, "PATH", "(none)")		      \
	X(HOME, "home", IN_GLOBAL, "PATH", "(~/.omnitron)")		      \
	X(SOCKET, "socket", IN_GLOBAL,					      \
	    "PATH [role ROLE | grants] [group GROUP] [mode OCTAL]",	      \
	    "(HOME/daemon.sock)")					      \
	X(ROLE, "role", IN_SOCKET, "viewer | operator | admin", "viewer")     \
	X(GRANTS, "grants", IN_SOCKET, "nothing", "(none)")		      \
	X(PIDFILE, "pidfile", IN_GLOBAL, "PATH", "(HOME/daemon.pid)")	      \
	X(STATEFILE, "statefile", IN_GLOBAL, "PATH", "(HOME/state.json)")     \
	X(LOGDIR, "logdir", IN_GLOBAL, "PATH", "(HOME/logs)")		      \
	X(RUNDIR, "rundir", IN_GLOBAL, "PATH", "(HOME/run)")		      \
	X(TLS, "tls", IN_GLOBAL | IN_LISTEN, "{ ... }, or nothing",	      \
	    "(none)")							      \
	X(CERTIFICATE, "certificate", IN_TLS, "PATH", "(required)")	      \
	X(CLIENTCA, "client-ca", IN_TLS, "PATH", "(none)")		      \
	X(INSECURE, "insecure", IN_LISTEN, "nothing", "(none)")		      \
	X(MAXROLE, "max-role", IN_LISTEN, "viewer | operator | admin",	      \
	    "operator")							      \
	X(JWT, "jwt", IN_GLOBAL, "{ ... }", "(none)")			      \
	X(ALGORITHM, "algorithm", IN_JWT,				      \
	    "HS256 | HS384 | HS512 | RS256 | RS384 | RS512 | "		      \
	    "ES256 | ES384 | ES512", "(required)")			      \
	X(KEY, "key", IN_JWT | IN_TLS | IN_SECRETS,			      \
	    "KID file PATH [sign PATH], or PATH", "(see above)")	      \
	X(KEYFILE, "file", IN_JWT | IN_SECRETS, "PATH", "(required)")	      \
	X(SIGN, "sign", IN_JWT, "PATH", "(none)")			      \
	X(ISSUER, "issuer", IN_JWT, "TEXT", "(not checked)")		      \
	X(AUDIENCE, "audience", IN_JWT, "TEXT", "(not checked)")	      \
	X(LEEWAY, "leeway", IN_JWT, "DURATION", "0")			      \
	X(MAXTTL, "max-ttl", IN_JWT, "DURATION", "24h")			      \
	X(CORS, "cors", IN_GLOBAL, "ORIGIN", "(none)")			      \
	X(SECRETS, "secrets", IN_GLOBAL | IN_USERS,			      \
	    "file PATH [key PATH | passphrase env NAME] | "		      \
	    "env [prefix TEXT]",					      \
	    "(file HOME/secrets.enc key HOME/secrets.key)")		      \
	X(PASSPHRASE, "passphrase", IN_SECRETS, "env NAME", "(none)")	      \
	X(PREFIX, "prefix", IN_SECRETS, "TEXT", "OMNITRON_SECRET_")	      \
	X(ALLOW, "allow", IN_GLOBAL,					      \
	    "user NAME | group NAME | token SUBJECT | owner, "		      \
	    "and VERB, ... [GLOB]", "(none)")				      \
	X(DENY, "deny", IN_GLOBAL,					      \
	    "root | user NAME | group NAME | token SUBJECT | owner, "	      \
	    "and [VERB, ...] [GLOB]", "(none)")				      \
	X(TOKEN, "token", IN_RULE, "SUBJECT", "(none)")			      \
	X(OWNER, "owner", IN_RULE, "VERB, ... [GLOB]", "(none)")	      \
	X(USERS, "users", IN_GLOBAL, "{ PROCESS USER ... }", "(see above)")   \
	X(SUPERVISION, "supervision", IN_GLOBAL, "{ ... }", "(none)")	      \
	X(MONITORING, "monitoring", IN_GLOBAL, "{ ... }", "(none)")	      \
	X(LOGGING, "logging", IN_GLOBAL, "{ ... }", "(none)")		      \
	X(DEFAULT, "default", IN_GLOBAL, "{ ... }", "(none)")		      \
	X(APP, "app", IN_GLOBAL | IN_GROUP, "NAME { ... }", "(none)")		      \
	X(PROCESS, "process", IN_APP, "NAME { ... }", "(none)")		      \
	X(METRICS, "metrics", IN_MONITORING, "interval DURATION | no",	      \
	    "(5s)")							      \
	X(INTERVAL, "interval", IN_MONITORING | IN_HEALTH, "DURATION",	      \
	    "(5s of metrics, 15s of health)")				      \
	X(TIMEOUT, "timeout", IN_MONITORING | IN_HEALTH, "DURATION", "5s")    \
	X(CONCURRENCY, "concurrency", IN_MONITORING, "NUMBER", "64")	      \
	X(COMMAND, "command", IN_APP | IN_PROCESS, "PATH [ARGUMENT ...]",     \
	    "(required)")						      \
	X(BEFORESTART, "before-start", IN_PROCESSES,			      \
	    "PATH [ARGUMENT ...]", "(none)")				      \
	X(DIRECTORY, "directory", IN_PROCESSES, "PATH", "(user's home)")      \
	X(USER, "user", IN_PROCESSES | IN_RULE, "USER", "(one's own)")	      \
	X(GROUP, "group", IN_GLOBAL | IN_PROCESSES | IN_LOG | IN_SOCKET |     \
	    IN_RULE, "GROUP, or NAME { ... }", "(the user's)")			      \
	X(UMASK, "umask", IN_PROCESSES, "OCTAL", "022")			      \
	X(ENV, "env", IN_PROCESSES | IN_SECRETS,			      \
	    "NAME VALUE | NAME secret KEY", "(none)")			      \
	X(SECRET, "secret", IN_ENV, "KEY", "(none)")			      \
	X(ENVFILE, "env-file", IN_PROCESSES, "PATH", "(none)")		      \
	X(CREDENTIAL, "credential", IN_PROCESSES, "KEY [as NAME]", "(none)")  \
	X(AS, "as", IN_CREDENTIAL, "NAME", "(the key)")			      \
	X(STRATEGY, "strategy", IN_SUPERVISION | IN_APPS | IN_GROUP,	      \
	    "one_for_one | one_for_all | rest_for_one", "one_for_one")	      \
	X(RESTART, "restart", IN_POLICY, "on-failure | always | never",	      \
	    "on-failure")						      \
	X(MAXRESTARTS, "max-restarts", IN_POLICY, "NUMBER", "5")	      \
	X(WINDOW, "window", IN_POLICY, "DURATION", "60s")		      \
	X(BACKOFF, "backoff", IN_POLICY, "exponential | linear | fixed",      \
	    "exponential")						      \
	X(INITIAL, "initial", IN_POLICY, "DURATION", "1s")		      \
	X(MAXIMUM, "max", IN_POLICY, "DURATION", "30s")			      \
	X(FACTOR, "factor", IN_POLICY, "FACTOR", "2")			      \
	X(JITTER, "jitter", IN_POLICY, "PERCENT", "0")			      \
	X(SUCCESSEXIT, "success-exit", IN_PROCESSES, "CODE | SIGNAL, ...",    \
	    "(0)")							      \
	X(NORESTARTEXIT, "no-restart-exit", IN_PROCESSES, "CODE, ...",	      \
	    "(none)")							      \
	X(STOPSIGNAL, "stop-signal", IN_PROCESSES, "SIGNAL", "TERM")	      \
	X(STOPTIMEOUT, "stop-timeout", IN_PROCESSES, "DURATION", "10s")	      \
	X(READY, "ready", IN_PROCESSES,					      \
	    "exec | notify | channel | fd NUMBER | tcp PORT | http URL",  \
	    "exec")	      \
	X(RELOAD, "reload", IN_PROCESSES,				      \
	    "rolling | signal SIGNAL | command PATH [ARGUMENT ...] | "	      \
	    "restart", "(rolling)")					      \
	X(CHANNEL, "channel", IN_PROCESSES, "yes | no", "no")		      \
	X(NOTIFYACCESS, "notify-access", IN_PROCESSES, "main | group",	      \
	    "main")							      \
	X(WATCHDOG, "watchdog", IN_PROCESSES, "DURATION", "0")		      \
	X(WATCHDOGGRACE, "watchdog-grace", IN_PROCESSES, "DURATION",	      \
	    "(that of watchdog)")					      \
	X(WATCHDOGSIGNAL, "watchdog-signal", IN_PROCESSES, "SIGNAL", "ABRT")  \
	X(STARTUPTIMEOUT, "startup-timeout", IN_PROCESSES, "DURATION", "30s") \
	X(HEALTH, "health", IN_MONITORING | IN_PROCESSES,		      \
	    "http URL | tcp PORT | exec PATH [ARGUMENT ...] | notify",	      \
	    "(none)")	      \
	X(HTTPSTATUS, "status", IN_HEALTH, "NUMBER[-NUMBER]", "200-399")      \
	X(MATCH, "match", IN_HEALTH, "TEXT", "(none)")			      \
	X(RETRIES, "retries", IN_HEALTH, "NUMBER", "3")			      \
	X(STARTGRACE, "start-grace", IN_HEALTH, "DURATION", "0")	      \
	X(ONUNHEALTHY, "on-unhealthy", IN_HEALTH, "restart | report",	      \
	    "restart")							      \
	X(MINUPTIME, "min-uptime", IN_PROCESSES, "DURATION", "0")	      \
	X(MAXMEMORY, "max-memory", IN_PROCESSES, "SIZE", "(any)")	      \
	X(ONESHOT, "oneshot", IN_PROCESSES, "yes | no", "no")		      \
	X(LIMIT, "limit", IN_PROCESSES, "RESOURCE VALUE | unlimited",	      \
	    "(inherited)")						      \
	X(CRITICAL, "critical", IN_APPS, "yes | no", "no")		      \
	X(INSTANCES, "instances", IN_PROCESSES, "NUMBER", "1")		      \
	X(SCALING, "scaling", IN_PROCESSES, "max NUMBER", "1024")	      \
	X(AUTOSTART, "autostart", IN_APPS, "yes | no", "yes")		      \
	X(DEPENDSON, "depends-on", IN_APP | IN_PROCESS, "NAME, ...",	      \
	    "(none)")							      \
	X(NONEWPRIVILEGES, "no-new-privileges", IN_PROCESSES, "yes | no",     \
	    "yes")							      \
	X(NICE, "nice", IN_PROCESSES, "NUMBER", "0")			      \
	X(PORT, "port", IN_APP | IN_LISTEN, "NUMBER",			      \
	    "(9700 of tcp and 9800 of http outside of apps)")		      \
	X(LISTEN, "listen", IN_GLOBAL | IN_APP | IN_PROCESS,		      \
	    "tcp | udp [on ADDRESS] port NUMBER [name NAME] | "		      \
	    "unix PATH [mode OCTAL] [name NAME]; outside of apps "	      \
	    "tcp | http [on ADDRESS] [port NUMBER] [tls | insecure] "	      \
	    "[max-role ROLE]", "(none)")				      \
	X(ON, "on", IN_LISTEN, "ADDRESS", "(all addresses)")		      \
	X(SOCKETNAME, "name", IN_LISTEN, "NAME",			      \
	    "(that of the process)")					      \
	X(WATCH, "watch", IN_APP | IN_PROCESS,				      \
	    "PATH [ignore GLOB, ...] [debounce DURATION]", "(none)")	      \
	X(IGNORE, "ignore", IN_WATCH, "GLOB, ...", "(see above)")	      \
	X(DEBOUNCE, "debounce", IN_WATCH, "DURATION", "300ms")		      \
	X(LOG, "log", IN_APPS, "OPTION ... | { OPTION ... }", "(none)")	      \
	X(MODE, "mode", IN_LOGGING | IN_LOG | IN_LISTEN | IN_SOCKET,	      \
	    "OCTAL", "0600")						      \
	X(MAXSIZE, "max-size", IN_LOGGING | IN_LOG, "SIZE", "50mb")	      \
	X(MAXFILES, "max-files", IN_LOGGING | IN_LOG, "NUMBER", "10")	      \
	X(LEVEL, "level", IN_LOGGING | IN_LOG,				      \
	    "trace | debug | info | warn | error | fatal", "info")	      \
	X(FORMAT, "format", IN_LOGGING | IN_LOG, "text", "text")

enum keyword {
#define X(id, word, in, args, def)	KW_##id,
	KEYWORDS(X)
#undef X
	KW_MAX
};

/*
 * The settings of an app, one row each: where the value lies, its type and
 * bounds, its name in JSON, and whether a change needs a restart.  Defaults,
 * inheritance, printing, JSON and differences walk this list; the rows of
 * type OTHER have code of their own.  The order is that of the normal form.
 *
 * X(id, keyword, type, of, member, min, max, JSON, respawn)
 *
 * `of' says in which struct the member lies, app_conf or process_conf.
 */
#define CONF_DAY	86400000		/* ms: no timer is longer */
#define CONF_WINDOW_MIN	1000			/* a second */
#define CONF_SIZE_MIN	4096			/* of a log file */
#define CONF_MEMORY_MIN	(1024 * 1024)		/* a program needs that much */
#define CONF_SIZE_MAX	(1024LL * 1024 * 1024 * 1024)
#define CONF_DEBOUNCE_MIN 10			/* a save is several changes */
#define CONF_DEBOUNCE_MAX 600000		/* ten minutes: is it watched? */
#define CONF_FILES_LIMIT 1000			/* rotated files of one log */

#define FIELDS(X)							      \
	X(COMMAND, COMMAND, OTHER, process, argv, 0, 0, "command", 1)	      \
	X(BEFORESTART, BEFORESTART, OTHER, process, run_argv[RUN_HOOK], 0, 0, \
	    "beforeStart", 0)						      \
	X(DIRECTORY, DIRECTORY, PATH, process, directory, 0, 0, "directory",  \
	    1)								      \
	X(USER, USER, STRING, process, user, 0, 0, "user", 1)		      \
	X(GROUP, GROUP, STRING, process, group, 0, 0, "group", 1)	      \
	X(UMASK, UMASK, MODE, process, umask, 0, 0777, "umask", 1)	      \
	X(ENV, ENV, OTHER, process, env, 0, 0, "env", 1)		      \
	X(ENVFILE, ENVFILE, PATH, process, env_file, 0, 0, "envFile", 1)      \
	X(CREDENTIAL, CREDENTIAL, OTHER, process, creds, 0, 0,		      \
	    "credentials", 1)						      \
	X(LIMIT, LIMIT, OTHER, process, limits, 0, 0, "limits", 1)	      \
	X(LISTEN, LISTEN, OTHER, process, listens, 0, 0, "listen", 1)	      \
	X(NICE, NICE, INT, process, nice, -20, 19, "nice", 1)		      \
	X(NNP, NONEWPRIVILEGES, BOOL, process, no_new_privs, 0, 1,	      \
	    "noNewPrivileges", 1)					      \
	X(INSTANCES, INSTANCES, COUNT, process, policy.instances, 1,	      \
	    INSTANCES_MAX, "instances", 0)				      \
	X(SCALING, SCALING, COUNT, process, policy.scaling_max, 1,	      \
	    INSTANCES_MAX, "scalingMax", 0)				      \
	X(PORT, PORT, COUNT, app, port, 1, 65535, "port", 0)		      \
	X(AUTOSTART, AUTOSTART, FLAG, app, flags, APP_AUTOSTART, 0,	      \
	    "autostart", 0)						      \
	X(CRITICAL, CRITICAL, FLAG, app, flags, APP_CRITICAL, 0, "critical",  \
	    0)								      \
	X(DEPENDSON, DEPENDSON, OTHER, app, deps, 0, 0, "dependsOn", 0)	      \
	X(STRATEGY, STRATEGY, STRATEGY, app, strategy, 0, 0, "strategy", 0)   \
	X(RESTART, RESTART, RESTART, process, policy.policy, 0, 0,	      \
	    "restart", 0)						      \
	X(MAXRESTARTS, MAXRESTARTS, COUNT, process, policy.max_restarts, 0,   \
	    RESTART_TIMES_MAX, "maxRestarts", 0)			      \
	X(WINDOW, WINDOW, DURATION, process, policy.window_ms,		      \
	    CONF_WINDOW_MIN, CONF_DAY, "window", 0)			      \
	X(BACKOFF, BACKOFF, BACKOFF, process, policy.backoff, 0, 0,	      \
	    "backoff", 0)						      \
	X(INITIAL, INITIAL, DURATION, process, policy.initial_ms, 0,	      \
	    CONF_DAY, "initial", 0)					      \
	X(MAXIMUM, MAXIMUM, DURATION, process, policy.max_ms, 0, CONF_DAY,    \
	    "max", 0)							      \
	X(FACTOR, FACTOR, FACTOR, process, policy.factor_milli, 1000,	      \
	    100000, "factor", 0)					      \
	X(JITTER, JITTER, COUNT, process, policy.jitter_percent, 0, 100,      \
	    "jitter", 0)						      \
	X(SUCCESSEXIT, SUCCESSEXIT, OTHER, process, policy.success_codes, 0,  \
	    0, "successExit", 0)					      \
	X(NORESTARTEXIT, NORESTARTEXIT, OTHER, process,			      \
	    policy.norestart_codes, 0, 0, "noRestartExit", 0)		      \
	X(STOPSIGNAL, STOPSIGNAL, SIGNAL, process, policy.stop_signal, 0, 0,  \
	    "stopSignal", 0)						      \
	X(STOPTIMEOUT, STOPTIMEOUT, DURATION, process,			      \
	    policy.stop_timeout_ms, 0, CONF_DAY, "stopTimeout", 0)	      \
	X(READY, READY, OTHER, process, policy.ready, 0, 0, "ready", 1)	      \
	X(RELOAD, RELOAD, OTHER, process, policy.reload, 0, 0, "reload", 0)   \
	X(CHANNEL, CHANNEL, BOOL, process, channel, 0, 1, "channel", 1)	      \
	X(NOTIFYACCESS, NOTIFYACCESS, ACCESS, process, notify_access, 0, 0,   \
	    "notifyAccess", 0)						      \
	X(WATCHDOG, WATCHDOG, DURATION, process, policy.watchdog_ms, 0,	      \
	    CONF_DAY, "watchdog", 1)					      \
	X(WATCHDOGGRACE, WATCHDOGGRACE, DURATION, process,		      \
	    policy.watchdog_grace_ms, 0, CONF_DAY, "watchdogGrace", 0)	      \
	X(WATCHDOGSIGNAL, WATCHDOGSIGNAL, SIGNAL, process,		      \
	    policy.watchdog_signal, 0, 0, "watchdogSignal", 0)		      \
	X(STARTUPTIMEOUT, STARTUPTIMEOUT, DURATION, process,		      \
	    policy.startup_timeout_ms, 1, CONF_DAY, "startupTimeout", 0)      \
	X(HEALTH, HEALTH, OTHER, process, policy.check, 0, 0, "health", 0)    \
	X(MINUPTIME, MINUPTIME, DURATION, process, policy.min_uptime_ms, 0,   \
	    CONF_DAY, "minUptime", 0)					      \
	X(MAXMEMORY, MAXMEMORY, SIZE, process, policy.max_memory,	      \
	    CONF_MEMORY_MIN, CONF_SIZE_MAX, "maxMemory", 0)		      \
	X(ONESHOT, ONESHOT, FLAG, process, policy.flags, PROCESS_ONESHOT, 0,  \
	    "oneshot", 0)						      \
	X(WATCH, WATCH, OTHER, process, watch, 0, 0, "watch", 0)	      \
	X(LOGGROUP, GROUP, STRING, app, log_group, 0, 0, "group", 0)	      \
	X(LOGMODE, MODE, LOGMODE, app, log.mode, 0, 0, "mode", 0)	      \
	X(LOGSIZE, MAXSIZE, SIZE, app, log.max_size, CONF_SIZE_MIN,	      \
	    CONF_SIZE_MAX, "maxSize", 0)				      \
	X(LOGFILES, MAXFILES, COUNT, app, log.max_files, 1,		      \
	    CONF_FILES_LIMIT, "maxFiles", 0)				      \
	X(LOGLEVEL, LEVEL, LEVEL, app, log.level, 0, 0, "level", 0)	      \
	X(LOGFORMAT, FORMAT, FORMAT, app, log, 0, 0, "format", 0)

enum field_id {
#define X(id, kw, type, of, member, min, max, json, respawn)	FIELD_##id,
	FIELDS(X)
#undef X
	FIELD_MAX
};

#define FIELD_LOG_FIRST	FIELD_LOGGROUP	/* these and all behind: the log's */

#endif /* OMNITROND_PARENT_CONF_KEYWORDS_H */
