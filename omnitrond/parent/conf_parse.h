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
		    const char *);

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
void	 set_env(struct parse *, const char *, const char *, struct pos);
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

/* ---- who may come, and do what (conf_access.c) --------------------------- */

void	 access_init(struct conf *);
void	 access_free(struct conf *);
void	 creds_free(struct cred_confs *);

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
