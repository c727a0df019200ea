/*
 * The environment of an instance: who it is, its user, what is configured,
 * its env-file, what a spawn request may add.  Nothing is taken from the
 * daemon's own environment.
 */
#ifndef OMNITROND_PARENT_ENVIRON_H
#define OMNITROND_PARENT_ENVIRON_H

#include <stddef.h>
#include <stdint.h>

#define ENVIRON_EXTRA_MAX	1024	/* bytes of a spawn request's own */
#define ENVIRON_VARS_MAX	4096	/* variables of one instance */
#define ENVIRON_PATH		"/usr/local/bin:/usr/bin:/bin"
#define ENVIRON_PATH_ROOT	"/usr/local/sbin:/usr/local/bin:" \
				"/usr/sbin:/usr/bin:/sbin:/bin"

#define LISTEN_PID		"LISTEN_PID"
#define WATCHDOG_PID		"WATCHDOG_PID"
#define ENVIRON_PID_ROOM	"0000000000"	/* digits of a pid_t */

struct process_conf;
struct secret_set;

/* NULL-terminated, "NAME=VALUE" each; a name occurs once. */
struct environ_vars {
	char	**v;
	size_t	  n;
	size_t	  size;
};

/* Who the instance is. */
struct environ_id {
	const char	*home;		/* of the daemon: OMNITRON_HOME */
	const char	*app;
	const char	*process;
	unsigned int	 instance;
	uint32_t	 generation;
	int		 nlisten;	/* sockets it is passed */
	const char	*run;		/* OMNITRON_RUN, or NULL */
	long		 pid;		/* OMNITRON_PID, or 0 */
	const char	*notify;	/* paths of its own, or NULL */
	const char	*channel;
	const char	*credentials;
	const struct secret_set *secrets;	/* values, or NULL */
	int		 hide;		/* "<secret:KEY>" instead of them */
};

/*
 * All but the env-file, which the child reads with its own rights.  extra
 * is the tail of a SPAWN message.  0, or -1 with the reason in err.
 */
int	 environ_build(struct environ_vars *, const struct process_conf *,
	    const struct environ_id *, const char *extra, size_t, char *err,
	    size_t);
void	 environ_free(struct environ_vars *);
/* Add or replace.  0, or -1: out of memory or too many. */
int	 environ_set(struct environ_vars *, const char *name, const char *value);
const char *environ_get(const struct environ_vars *, const char *name);
/*
 * LISTEN_PID and WATCHDOG_PID, which only the child itself knows; no memory
 * is allocated.
 */
void	 environ_set_pid(struct environ_vars *, long pid);
/* Is this assignment one of those two? */
int	 environ_is_pid(const char *);
/* NULL, or what is wrong with the tail of a SPAWN message. */
const char *environ_extra_check(const char *, size_t);
/* May only the daemon itself set this one? */
int	 environ_reserved(const char *name);
int	 environ_name_valid(const char *);

/*
 * The text of an env-file: lines NAME=VALUE, comments with #, `export ' in
 * front, values in single quotes (as they are) or double quotes (\" \\ \n
 * \t \r mean what they mean); nothing is expanded.  0, or -1 and the number
 * of the line that is wrong.
 */
int	 environ_parse(struct environ_vars *, const char *, size_t, int *line);
/*
 * Open and parse an env-file: regular, at most ENV_FILE_MAX bytes, no
 * symbolic link; never blocks on a FIFO.  0, or an errno; *line is 0 or the
 * line that is wrong (EINVAL).
 */
int	 environ_file(struct environ_vars *, const char *path, int *line);

#endif /* OMNITROND_PARENT_ENVIRON_H */
