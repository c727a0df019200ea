/*
 * Inside of the configuration: what parse.y, lex.c and the conf_*.c share
 * while a file is read.  Runs in the parent only; nobody else includes it.
 *
 * A block of an app is a draft: an app_conf, a process_conf and the line of
 * each setting it was given; so is a process block in it, without an
 * app_conf.  When all is read, a process inherits what it does not say from
 * its app, an app from `default`, then from `supervision` and `logging`, then
 * from the keyword list, and both are checked; everything wrong is collected
 * in conf_errors.
 */
#ifndef OMNITROND_PARENT_CONF_PARSE_H
#define OMNITROND_PARENT_CONF_PARSE_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stddef.h>

#include "omnitrond/parent/conf.h"
#include "omnitrond/parent/conf_field.h"
#include "omnitrond/parent/conf_keywords.h"
#include "omnitrond/parent/lex.h"

#define CONF_LIST_MAX	4096		/* strings of one list */
#define CONF_ENV_MAX	1024		/* variables of one block */
#define CONF_TEXT_MAX	512		/* of one error, file and line apart */

/* ---- errors, and memory that lives as long as a run (conf_error.c) ------- */

struct conf_errors {
	char		*text;		/* a line each */
	size_t		 len;
	unsigned int	 count;		/* all, also those not in text */
	char		*warnings;
	size_t		 wlen;
};

struct arena {
	struct chunk	*chunks;
};

struct parse;

void	 conf_error(struct parse *, struct pos, const char *, ...)
	    __attribute__((format(printf, 3, 4)));
void	 conf_warning(struct parse *, struct pos, const char *, ...)
	    __attribute__((format(printf, 3, 4)));
/* What conf_load gives its caller: errors if any, else warnings, or NULL. */
char	*conf_error_take(struct parse *);
char	*arena_dup(struct arena *, const char *, size_t);
char	*arena_printf(struct arena *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));
void	 arena_free(struct arena *);

/* ---- drafts of apps (conf_draft.c, conf_set*.c, conf_global.c) ---------- */

TAILQ_HEAD(drafts, draft);

/*
 * Of an app: `process' is then its only one, or what its process blocks,
 * which are drafts themselves, inherit.
 */
struct draft {
	TAILQ_ENTRY(draft)	 entry;
	struct app_conf		*app;		/* NULL: a process block */
	struct process_conf	*process;
	struct draft		*of;		/* app of a process block */
	struct drafts		 processes;	/* process blocks */
	size_t			 nprocesses;
	char			 title[2 * NAME_SIZE + 32]; /* for messages */
	struct pos		 pos;
	int			 bad;	/* a syntax error lies in it */
	int			 line[FIELD_MAX];	/* 0 = not given */
};

struct draft	*draft_new(const char *name, struct pos);
/* A process block of an app. */
struct draft	*draft_process(struct draft *, const char *name, struct pos);
void		 draft_free(struct draft *);
/* Does it have this field?  The struct that the field is of, or NULL. */
void		*draft_struct(const struct draft *, enum field_id);
/* The apps it depends on, or the processes. */
struct deps	*draft_deps(const struct draft *);
const char	*draft_name(const struct draft *);
/* The app with its processes; nothing of it is the draft's any more. */
struct app_conf	*draft_take(struct draft *);
/* Where the setting stands, or the block if it is inherited. */
struct pos	 draft_pos(const struct draft *, enum field_id);
void		 draft_inherit(struct draft *, const struct draft *from);
void		 draft_builtin(struct draft *);

struct app_conf	*app_conf_new(const char *name);
void		 app_conf_free(struct app_conf *);
struct process_conf *process_conf_new(const char *name);
/* Its command of this kind, also of a NULL-terminated list. */
char	***process_conf_argv(struct process_conf *, enum field_id);
char	**argv_dup(char *const *);
void	 argv_free(char **);
void		 process_conf_free(struct process_conf *);
struct watch_conf *watch_conf_copy(const struct watch_conf *);
void		 watch_conf_free(struct watch_conf *);
int		 process_conf_set_env(struct process_conf *, const char *,
		    const char *, enum env_kind);

/*
 * Can the app's user execute the program, or enter the folder?  Else -1, and
 * in err why not.
 */
int		 conf_program(const struct process_conf *, const char *path,
		    int folder, char *err, size_t);

void	 set_field(struct parse *, enum field_id, const char *, struct pos);
/* Not twice in a block, and in one where it belongs: else -1, reported. */
int	 set_once(struct parse *, enum field_id, struct pos);
/* The list as a command, NULL if it cannot be one. */
char	**set_argv(struct parse *, const char *word, struct pos);
/* The list is a command, for `command' or a kind of it. */
void	 set_command(struct parse *, enum field_id, struct pos);
void	 set_env(struct parse *, const char *, const char *, enum env_kind,
	    struct pos);
void	 set_limit(struct parse *, const char *, const char *, struct pos);
void	 set_depends(struct parse *, struct pos);
/* Texts are NULL where they are not given. */
void	 set_listen(struct parse *, const char *kind, const char *on,
	    const char *port, const char *name, struct pos);
void	 set_listen_unix(struct parse *, const char *kind, const char *path,
	    const char *mode, const char *name, struct pos);
/* The options that follow are those of this one. */
void	 set_watch(struct parse *, const char *path, struct pos);
void	 set_watch_ignore(struct parse *, struct pos);	/* of the list */
void	 set_watch_debounce(struct parse *, const char *, struct pos);
void	 set_success(struct parse *, struct pos);
/* conf_ready.c; its argument is NULL where it is not given. */
void	 set_ready(struct parse *, const char *kind, const char *arg,
	    struct pos);
void	 ready_check(struct parse *, struct draft *);
/* Resolve it, of that statement. */
void	 target_check(struct parse *, struct draft *, enum field_id,
	    struct target_conf *);
/* As in a file, but without quotes: "exec", "fd 3", "http URL". */
#define READY_TEXT_SIZE	(TARGET_TEXT_SIZE + 8)
char	*ready_format(const struct process_conf *, char *, size_t);
int	 ready_equal(const struct process_conf *, const struct process_conf *);
void	 ready_copy(struct process_conf *, const struct process_conf *from);
/* conf_health.c; the list is what follows the kind. */
void	 set_health(struct parse *, const char *kind, struct pos);
void	 set_check(struct parse *, enum keyword, const char *, struct pos);
void	 set_check_default(struct parse *, enum keyword, const char *,
	    struct pos);
void	 health_check(struct parse *, struct draft *);
int	 health_differs(const struct process_conf *,
	    const struct process_conf *);
void	 health_copy(struct process_conf *, const struct process_conf *from);
void	 health_json(struct jsonw *, const struct process_conf *);
/* The processes of the daemon that its readiness and the like need: KB(). */
uint32_t ready_kinds(const struct process_conf *);
void	 set_norestart(struct parse *, struct pos);
/* The signal is NULL where none is given. */
void	 set_reload(struct parse *, const char *how, const char *signal,
	    struct pos);
/* The list is the command. */
void	 set_reload_command(struct parse *, struct pos);
void	 reload_inherit(struct process_conf *, const struct process_conf *);
/* But for the command. */
int	 reload_differs(const struct m_conf_process *,
	    const struct m_conf_process *);
/* "signal HUP", "command"; NULL: it was not said. */
const char *reload_text(const struct m_conf_process *, char *, size_t);
void	 set_path(struct parse *, enum keyword, const char *, struct pos);
void	 set_deny(struct parse *, const char *, struct pos);
void	 set_user(struct parse *, const char *, const char *, struct pos);
void	 set_metrics_interval(struct parse *, const char *, struct pos);
void	 set_metrics(struct parse *, const char *, struct pos);
void	 block_open(struct parse *, enum keyword, struct pos);
void	 block_app(struct parse *, const char *name, struct pos);
void	 block_process(struct parse *, const char *name, struct pos);
void	 block_process_close(struct parse *);
void	 block_log(struct parse *, int open);	/* inside of an app's */
void	 block_close(struct parse *);
/* The strings of the list that is being read. */
void	 list_begin(struct parse *);
void	 list_add(struct parse *, const char *, struct pos);

/* ---- who may come, and do what (conf_access.c, conf_set*.c) -------------- */

#define LEEWAY_MAX	600000	/* ms: no clock of a server is so wrong */
#define TTL_MIN		1000	/* ms: a token has whole seconds */
#define TTL_MAX		2592000000LL /* ms: 30 days; revocations are kept */

/* Where the statements stand, and which one is being read. */
struct access {
	struct socket_conf	*socket;	/* its options follow, or NULL: */
	int			 bad;	/* it was an error, else the control's */
	struct port_conf	*port;		/* likewise, or an error */
	int			 role;		/* the socket gave one */
	struct pos		 control;	/* the first socket */
	struct pos		 sockets[LISTENERS_MAX];
	struct pos		 ports[LISTENERS_MAX];
	struct pos		 keys[KEYS_MAX];
	struct pos		 tls[3];	/* certificate, key, client-ca */
	enum rule_who		 who;		/* of the rule being read */
	int			 lost;		/* a part of jwt or tls is */
};

void	 access_init(struct conf *);
void	 access_free(struct conf *);
int	 role_parse(const char *, enum role *);
void	 creds_free(struct cred_confs *);
struct cred_conf *creds_find(const struct cred_confs *, const char *name);
void	 creds_add(struct cred_confs *, const char *key, const char *name);
int	 creds_same(const struct cred_confs *, const struct cred_confs *);

/* conf_set_socket.c: options are those of the socket before them. */
void	 set_socket(struct parse *, const char *path, struct pos);
void	 set_socket_option(struct parse *, enum keyword, const char *,
	    struct pos);
void	 conf_sockets(struct parse *);		/* when all is read */
/* conf_set_port.c: likewise. */
void	 set_port(struct parse *, const char *kind, struct pos);
void	 set_port_option(struct parse *, enum keyword, const char *,
	    struct pos);
void	 set_cors(struct parse *, const char *, struct pos);
void	 conf_ports(struct parse *);
/*
 * -o: host, port and httpPort of the listen statements.  The value is one of
 * port_option_check, which says in err what is wrong with another.
 */
int	 port_option_check(const char *field, const char *, char *err, size_t);
void	 port_option(struct parse *, const char *field, const char *);
int	 port_loopback(const char *on);
/* Would it not be bound beside this address and port? */
int	 port_same(const struct port_conf *, const char *on, uint32_t port);
/* conf_set_jwt.c */
void	 set_jwt(struct parse *, enum keyword, const char *, struct pos);
/* sign is NULL where it is not given */
void	 set_jwt_key(struct parse *, const char *kid, const char *file,
	    const char *sign, struct pos);
void	 conf_jwt(struct parse *);
/* conf_set_tls.c */
void	 set_tls(struct parse *, enum keyword, const char *, struct pos);
void	 conf_tls(struct parse *);
/*
 * Is it a file that keyfile.h accepts?  Then 0, and in head, which is of
 * KEY_HEAD bytes, how it begins, and in size how large it is; -1 is reported.
 * The caller wipes the head of a private one.
 */
#define KEY_HEAD	64u
int	 key_check(struct parse *, struct pos, const char *word,
	    const char *path, int private, char head[KEY_HEAD + 1],
	    off_t *size);
/* conf_set_secrets.c */
void	 set_secrets_file(struct parse *, const char *, struct pos);
void	 set_secrets_key(struct parse *, const char *, struct pos);
void	 set_secrets_passphrase(struct parse *, const char *, struct pos);
/* prefix is NULL where it is not given */
void	 set_secrets_env(struct parse *, const char *prefix, struct pos);
/* name is NULL where it is not given */
void	 set_credential(struct parse *, const char *key, const char *name,
	    struct pos);
void	 conf_secrets(struct parse *);		/* places are known */
void	 secrets_check(struct parse *, struct draft *);
/* conf_set_rule.c: of whom, then the rest; verbs are the list. */
void	 rule_who(struct parse *, enum rule_who);
/* pattern is NULL where it is not given */
void	 set_rule(struct parse *, int deny, const char *name,
	    const char *pattern, struct pos);
/* "allow user "alice" view, restartApp "web-*""; malloced. */
char	*rule_format(const struct rule *);
/* conf_json_access.c */
void	 json_access(struct jsonw *, const struct conf *);
void	 json_creds(struct jsonw *, const struct process_conf *);
/* What must run for the sockets, ports, tokens and secrets: KB(). */
uint32_t access_kinds(const struct conf *);
/* Users and groups by name (conf_user.c); -1: there is none. */
int	 conf_user_uid(struct parse *, const char *, uid_t *);
int	 conf_user_gid(const char *, gid_t *);
/* Is the daemon, or its user, in the group? */
int	 conf_user_in(struct parse *, gid_t);

/* ---- groups of apps (conf_apps.c) ---------------------------------------- */

void	 group_conf_free(struct group_conf *);
void	 block_group(struct parse *, const char *name, struct pos);
void	 block_group_app(struct parse *);	/* the block just begun */
void	 block_group_close(struct parse *);
void	 set_group_strategy(struct parse *, const char *, struct pos);
void	 conf_groups(struct parse *);		/* the base is complete */

/* ---- users, paths, checks ------------------------------------------------ */

struct account {
	TAILQ_ENTRY(account)	 entry;
	char			*name;
	int			 missing;
	uid_t			 uid;
	gid_t			 gid;
	char			*home;
	int			 homeless;	/* home is no folder */
	char			*shell;
	gid_t			*groups;
	int			 ngroups;
};
TAILQ_HEAD(accounts, account);

void	 conf_user_daemon(struct parse *);	/* those of the daemon */
void	 conf_user_demand(struct parse *);	/* those that apps need */
void	 conf_user_process(struct parse *, struct draft *);
void	 conf_user_log(struct parse *, struct draft *);
char	*conf_user_home(void);		/* of the effective user; malloced */
void	 conf_user_free(struct parse *);

char	*conf_path_home(const struct conf_options *); /* NULL: from the file */
void	 conf_path_options(struct parse *);	/* -o */
void	 conf_path_resolve(struct parse *);
/* Where that statement stands, else the file. */
struct pos conf_path_pos(struct parse *, enum keyword);
int	 global_once(struct parse *, enum keyword, struct pos);

void	 conf_check(struct parse *);
void	 conf_order(struct parse *);		/* dependencies, names */
void	 conf_listen(struct parse *);		/* sockets claimed twice */
void	 conf_index(struct conf *);

/* ---- one run ------------------------------------------------------------- */

struct parse {
	struct conf			*conf;
	const struct conf_options	*opts;
	uid_t				 uid;	/* effective: 0 = as root */
	gid_t				 gid;
	struct conf_errors		 err;
	struct arena			 arena;
	struct lexer			 lex;

	unsigned int			 in;	/* IN_*: the block we are in */
	struct draft			*cur;	/* what a setting goes to */
	struct group_conf		*group;	/* the block we are in, or NULL */
	struct watch_conf		*watch;	/* its options follow, or NULL */
	struct draft			*base;	/* supervision and logging */
	struct draft			*defaults;
	struct drafts			 drafts;
	size_t				 ndrafts;
	int				 lost;	/* an app may have been skipped */
	struct pos			 seen[KW_MAX];	/* global statements */

	const char			**list;
	struct pos			*listpos;
	size_t				 nlist;
	size_t				 listsize;

	struct access			 access;
	const char			*kind_user[K_MAX];
	struct pos			 kind_pos[K_MAX];
	struct accounts			 accounts;
};

struct conf	*conf_new(void);
void		 conf_parse(struct parse *);	/* parse.y: what is pushed */
/* conf_load of a text instead of a file; for tests and the built-in one. */
struct conf	*conf_load_text(const struct conf_options *, const char *name,
		    const char *, size_t, char **errors);

#endif /* OMNITROND_PARENT_CONF_PARSE_H */
