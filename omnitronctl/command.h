/*
 * The commands: one table from which come dispatch, help, the search by
 * prefix, suggestions and the shells' completions.
 */
#ifndef OMNITRONCTL_COMMAND_H
#define OMNITRONCTL_COMMAND_H

#include <stddef.h>
#include <stdio.h>

#include "omnitronctl/args.h"

struct ctl;

/* What the arguments of a command are, for completion. */
enum words { WORDS_NONE, WORDS_APPS, WORDS_COMMANDS, WORDS_SHELLS, WORDS_FILES,
	WORDS_WATCH, WORDS_CRASH, WORDS_REMOTE, WORDS_SECRET, WORDS_TOKEN,
	WORDS_ACCESS };

#define ANY_NUMBER	((size_t)-1)

struct command {
	const char		*name;
	const char		*alias;		/* or NULL */
	int			 (*run)(struct ctl *, const struct args *);
	const char		*synopsis;	/* after the name */
	const char		*text;
	const struct option	*options;
	size_t			 min;		/* arguments */
	size_t			 max;
	enum words		 words;
	const char		*here;		/* why not with -r, or NULL */
};

extern const struct command	 commands[];	/* ends with name NULL */
extern const struct option	 command_globals[];

#define COMMAND_USAGE							\
	"omnitronctl [-jqv] [-H home] [-s socket] [-r remote] command "	\
	"[argument ...]"

/*
 * The command of that name or with that unambiguous beginning; else NULL
 * and one line in err.
 */
const struct command	*command_find(const char *, char *err, size_t);
void	 command_usage(FILE *);			/* all commands */
void	 command_help(FILE *, const struct command *);

/* Each in the file that is named after its group. */
int	 daemon_up(struct ctl *, const struct args *);
int	 daemon_down(struct ctl *, const struct args *);
int	 daemon_ping(struct ctl *, const struct args *);
int	 daemon_reload_config(struct ctl *, const struct args *);
int	 daemon_config(struct ctl *, const struct args *);
int	 init_run(struct ctl *, const struct args *);
int	 kill_run(struct ctl *, const struct args *);
int	 look_list(struct ctl *, const struct args *);
int	 look_status(struct ctl *, const struct args *);
int	 look_inspect(struct ctl *, const struct args *);
int	 look_env(struct ctl *, const struct args *);
int	 look_graph(struct ctl *, const struct args *);
int	 look_health(struct ctl *, const struct args *);
int	 look_metrics(struct ctl *, const struct args *);
int	 look_why(struct ctl *, const struct args *);
int	 logs_run(struct ctl *, const struct args *);
int	 app_start(struct ctl *, const struct args *);
int	 app_stop(struct ctl *, const struct args *);
int	 app_restart(struct ctl *, const struct args *);
int	 app_reload(struct ctl *, const struct args *);
int	 app_scale(struct ctl *, const struct args *);
int	 app_signal(struct ctl *, const struct args *);
int	 test_is_active(struct ctl *, const struct args *);
int	 test_is_healthy(struct ctl *, const struct args *);
int	 test_wait(struct ctl *, const struct args *);
int	 exec_run(struct ctl *, const struct args *);
int	 crash_run(struct ctl *, const struct args *);
int	 watch_run(struct ctl *, const struct args *);
int	 remote_run(struct ctl *, const struct args *);
int	 secret_run(struct ctl *, const struct args *);
int	 token_run(struct ctl *, const struct args *);
int	 access_run(struct ctl *, const struct args *);
int	 events_run(struct ctl *, const struct args *);
int	 raw_call(struct ctl *, const struct args *);
int	 raw_describe(struct ctl *, const struct args *);
int	 raw_version(struct ctl *, const struct args *);
int	 raw_help(struct ctl *, const struct args *);
int	 complete_run(struct ctl *, const struct args *);

#endif /* OMNITRONCTL_COMMAND_H */
