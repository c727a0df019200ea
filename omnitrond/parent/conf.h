/*
 * The configuration: what parse.y makes of omnitrond.conf.
 *
 * Everything is resolved at load (users, groups, defaults), so that nothing
 * is looked up when an app is spawned.  A struct conf is never changed after
 * conf_load returned it: a reload makes a new one and compares.
 */
#ifndef OMNITROND_PARENT_CONF_H
#define OMNITROND_PARENT_CONF_H

#include <sys/types.h>
#include <sys/queue.h>
#include <sys/resource.h>

#include <stdint.h>

#include "common/units.h"
#include "omnitrond/grant.h"
#include "omnitrond/proto.h"

struct jsonw;
struct target_conf;

#define CONF_ERRORS_MAX	50		/* shown of one run, then "..." */
#define CONF_INCLUDE_MAX 16		/* depth of include */
#define CONF_FILE_MAX	8388608		/* bytes of one file: 8 MiB */
#define ENV_FILE_MAX	(64 * 1024)	/* bytes of an app's env-file */
#define CONF_METRICS_MS	5000		/* interval, if nothing is said */
#define CONF_CHECK_MS	15000		/* the same of health */
#define APPS_MAX	16384		/* of one configuration */
#define GROUPS_MAX	1024		/* likewise */

enum env_kind { ENV_VALUE, ENV_SECRET };

struct env {
	TAILQ_ENTRY(env)	 entry;
	char			*name;
	char			*value;		/* or the key of a secret */
	enum env_kind		 kind;
};
TAILQ_HEAD(envs, env);

/* A secret that a process gets as a file, in $CREDENTIALS_DIRECTORY. */
struct cred_conf {
	TAILQ_ENTRY(cred_conf)	 entry;
	char			*key;
	char			*name;		/* of the file */
};
TAILQ_HEAD(cred_confs, cred_conf);

struct dep {
	TAILQ_ENTRY(dep)	 entry;
	char			*name;
};
TAILQ_HEAD(deps, dep);

enum listen_kind { LISTEN_TCP, LISTEN_UDP, LISTEN_UNIX };

/* A socket that is passed to the instances of a process. */
struct listen_conf {
	TAILQ_ENTRY(listen_conf) entry;
	enum listen_kind	 kind;
	char			*on;		/* numeric; NULL: any address */
	uint32_t		 port;
	char			*path;		/* UNIX */
	mode_t			 mode;
	char			*name;		/* in LISTEN_FDNAMES */
};
TAILQ_HEAD(listen_confs, listen_conf);

/* A folder whose files are watched: a change reloads the process. */
struct watch_conf {
	char			*directory;
	char			**ignore;	/* patterns for fnmatch(3) */
	uint32_t		 nignore;
	uint32_t		 debounce_ms;
};

struct limit {
	int			 set;
	rlim_t			 value;		/* soft and hard */
};

/* One of the processes an app is made of; in classic mode the only one. */
struct process_conf {
	TAILQ_ENTRY(process_conf) entry;
	uint32_t		 id;		/* ids.c: set by the parent */
	char			 name[NAME_SIZE];	/* classic: the app's */

	/* how it is spawned: a change of these needs a restart */
	char			**argv;		/* argv[0] an absolute path */
	char			*directory;
	char			*user;
	uid_t			 uid;
	gid_t			 gid;
	char			*group;		/* NULL: its gid has no name */
	char			*home;		/* HOME, SHELL of the user */
	char			*shell;
	gid_t			*groups;	/* supplementary */
	int			 ngroups;
	mode_t			 umask;
	int			 nice;
	int			 no_new_privs;
	struct envs		 env;
	char			*env_file;	/* NULL = none */
	struct cred_confs	 creds;
	struct limit		*limits;	/* RLIM_NLIMITS; NULL: none */
	struct listen_confs	 listens;
	uint32_t		 nlistens;
	int			 ready_fd;	/* READY_FD: its descriptor */
	int			 channel;
	uint32_t		 notify_access;	/* enum notify_access */

	/* what is connected to, by enum probe_what; NULL: nothing */
	struct target_conf	*target[PROBE_WHATS];

	/* commands run for it, by enum run_kind; NULL: none */
	char			**run_argv[RUN_MAX];

	/* how it is supervised: applied in place */
	struct watch_conf	*watch;		/* NULL = none */
	struct m_conf_process	 policy;	/* but ids, flags: feed.c */
	struct deps		 deps;		/* processes of the same app */
};
TAILQ_HEAD(process_confs, process_conf);

/* Apps with a strategy among them. */
struct group_conf {
	TAILQ_ENTRY(group_conf)	 entry;
	char			*name;
	char			*file;		/* it stands in, for messages */
	int			 line;
	uint32_t		 number;	/* from 1, in this file's order */
	uint32_t		 strategy;	/* enum strategy */
	int			 strategy_line;	/* 0 = not given */
	uint32_t		 napps;
};
TAILQ_HEAD(group_confs, group_conf);

struct app_conf {
	TAILQ_ENTRY(app_conf)	 entry;
	uint32_t		 id;		/* ids.c: set by the parent */
	char			 name[NAME_SIZE];
	char			*file;		/* it stands in, for messages */
	int			 line;

	int			 bootstrap;	/* it has process blocks */
	struct process_confs	 processes;	/* at least one */
	uint32_t		 nprocesses;
	uint32_t		 flags;		/* _AUTOSTART, _CRITICAL */
	uint32_t		 port;		/* shown in list; 0 = none */
	uint32_t		 strategy;	/* enum strategy */
	const struct group_conf	*group;		/* of the same conf; or NULL */
	struct deps		 deps;

	/* its log */
	struct m_conf_log	 log;
	char			*log_group;
};
TAILQ_HEAD(app_confs, app_conf);

/* A further socket, of the process `local'; never the control socket. */
struct socket_conf {
	TAILQ_ENTRY(socket_conf) entry;
	char			*path;
	enum role		 role;		/* ceiling */
	int			 grants;	/* only what a rule allows */
	char			*group;		/* NULL: it stays the daemon's */
	gid_t			 gid;		/* of group, or (gid_t)-1 */
	mode_t			 mode;
};
TAILQ_HEAD(socket_confs, socket_conf);

/* An address of the process `network'. */
struct port_conf {
	TAILQ_ENTRY(port_conf)	 entry;
	enum listener_kind	 kind;		/* LISTENER_TCP or _HTTP */
	char			*on;		/* numeric, as inet_ntop(3) */
	uint32_t		 port;
	int			 tls;
	int			 insecure;	/* it said so */
	enum role		 max_role;
};
TAILQ_HEAD(port_confs, port_conf);

/* Files are absolute paths, and were as keyfile.h wants them at load. */
struct key_conf {
	TAILQ_ENTRY(key_conf)	 entry;
	char			*kid;
	char			*file;		/* HS*: the key; else public */
	char			*sign;		/* RS*, ES*: private, or NULL */
};
TAILQ_HEAD(key_confs, key_conf);

struct jwt_block {
	struct m_conf_jwt	 m;		/* .algorithm JWT_NONE: no block */
	char			*issuer;	/* "": not checked */
	char			*audience;
	struct key_confs	 keys;		/* at least one in a block */
	size_t			 nkeys;
};

/* NULL where it is not given; both or none of the first two. */
struct tls_block {
	char			*certificate;
	char			*key;
	char			*client_ca;
};

/* Where secrets come from; the file is conf.secretsfile. */
struct secrets_stmt {
	enum secrets_how	 how;		/* never _NONE */
	int			 given;		/* by a statement or -o */
	char			*key;		/* _KEYFILE: path, never NULL */
	char			*passphrase;	/* _PASSPHRASE: of a variable */
	char			*prefix;	/* _ENVIRONMENT: of variables */
};

struct conf {
	char			*file;		/* it came from; NULL = built in */
	char			*home;
	char			*socket;	/* control socket */
	char			*pidfile;
	char			*statedir;	/* folder of statefile */
	char			*statefile;
	char			*secretsfile;	/* secrets.enc */
	char			*secretsdir;	/* its folder */
	char			*logdir;
	char			*rundir;
	struct socket_confs	 sockets;	/* further ones */
	size_t			 nsockets;
	struct port_confs	 ports;		/* global listen statements */
	size_t			 nports;
	struct jwt_block	 jwt;
	struct tls_block	 tls;
	char			**origins;	/* of cors, "https://host" */
	size_t			 norigins;
	struct secrets_stmt	 secrets;
	struct grants		 grants;	/* allow and deny, in order */
	int			 deny_root;
	uint32_t		 metrics_ms;	/* interval, 0 = off */
	uint32_t		 check_interval_ms; /* what `health' inherits */
	uint32_t		 check_timeout_ms;
	uint32_t		 probes;	/* at once */
	struct m_conf_log	 log;		/* of omnitrond.log */
	struct m_conf_process	 policy;	/* the supervision block's */
	uint32_t		 strategy;	/* likewise */
	struct {
		char		*name;		/* as the users block says */
		uid_t		 uid;
		gid_t		 gid;
	}			 users[K_MAX];
	struct group_confs	 groups;	/* in the order of the file */
	size_t			 ngroups;
	struct app_confs	 apps;		/* likewise: of a group together */
	size_t			 napps;
	struct app_conf		**by_name;	/* the same, sorted */
};

/* What the command line says; NULL fields say nothing. */
struct conf_options {
	const char	*file;		/* -c */
	const char	*home;		/* -H */
	const char	*socket;	/* -s */
	char		**macros;	/* -D NAME=VALUE, NULL-terminated */
	char		**fields;	/* -o FIELD=VALUE, NULL-terminated */
	int		 programs;	/* warn of those that cannot be run */
};

/*
 * Read, check and resolve.  Returns the configuration, or NULL with all
 * errors, one "file:line: text" a line, in *errors (malloced, the caller's
 * to free; also set to warnings on success, else NULL).  A file that others
 * can write, or in a folder that others can write, is an error.
 */
struct conf	*conf_load(const struct conf_options *, char **errors);
void		 conf_free(struct conf *);
struct app_conf	*conf_app(const struct conf *, const char *name);
struct process_conf *conf_process(const struct app_conf *, const char *name);
/* Of a watch that does not say it, in milliseconds. */
uint32_t	 conf_debounce_default(void);
/*
 * The folder that is watched when the watch of it is on: its `watch', else its
 * `directory', unless that is a home or /.  Or NULL.
 */
const char	*conf_watch_dir(const struct process_conf *);
/*
 * -n and, with print, -nv: errors and warnings to stderr, the normal form to
 * stdout.  0, or 1 if there is an error.
 */
int		 conf_check_main(const struct conf_options *, int print);
/*
 * Is it FIELD=VALUE with a field that -o can set and a value for it?  Else
 * -1, and why not in err.
 */
int		 conf_path_option(const char *, char *err, size_t);
/* The normal form (-nv), which parses to the same; malloced. */
char		*conf_print(const struct conf *);
/* The resolved configuration as JSON, secrets as "<secret:KEY>". */
void		 conf_json(const struct conf *, struct jsonw *);
/* { logPaths, config } of one app, for inspect. */
void		 conf_app_json(const struct conf *, const struct app_conf *,
		    struct jsonw *);
/* Of all that is configured for it; never 0. */
uint64_t	 conf_app_hash(const struct app_conf *);
/*
 * The distinct groups that log files are given to: at most LOG_GROUPS_MAX
 * (conf_load refuses more).  Returns how many.
 */
uint32_t	 conf_log_groups(const struct conf *,
		    uint32_t groups[LOG_GROUPS_MAX]);
/*
 * The keys of the secrets that it is started with, each once.  They are the
 * configuration's own.  Returns how many.
 */
uint32_t	 conf_secret_keys(const struct process_conf *,
		    const char *keys[SECRET_USES_MAX]);
/* The key that signs tokens, and in *path its file; NULL if none does. */
const struct key_conf *conf_sign_key(const struct conf *, const char **path);
/* "HS256"; JWT_NONE is "none". */
const char	*conf_algorithm(enum jwt_algorithm);
/* The processes of the daemon that must run for it: a mask of KB(). */
uint32_t	 conf_kinds(const struct conf *);
/* Do its instances need such a socket? */
int		 conf_process_needs(const struct process_conf *,
		    enum app_socket);
/* Does it need a restart to get from one to the other? */
int		 conf_process_respawn(const struct process_conf *,
		    const struct process_conf *);
/* Does any process that both have? */
int		 conf_app_respawn(const struct app_conf *,
		    const struct app_conf *);
/* Does its watcher, if there is one? */
int		 conf_watcher_respawn(const struct process_conf *,
		    const struct process_conf *);
/* Do both watch the same in the same way?  NULL is none. */
int		 conf_watch_same(const struct watch_conf *,
		    const struct watch_conf *);
/* Is anything at all different? */
int		 conf_app_same(const struct app_conf *, const struct app_conf *);
/*
 * "user, env, log level": the settings that differ, of either kind; with
 * process blocks "http env, worker added", behind "mode" where they are new.
 */
char		*conf_app_diff(const struct app_conf *, const struct app_conf *,
		    char *, size_t);
/* Those of the app itself only; those of one process. */
char		*conf_app_own_diff(const struct app_conf *,
		    const struct app_conf *, char *, size_t);
char		*conf_process_diff(const struct process_conf *,
		    const struct process_conf *, char *, size_t);

#endif /* OMNITROND_PARENT_CONF_H */
