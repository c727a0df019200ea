/*
 * The command line: options, long and short, before or after the command,
 * and the command's arguments.  Pure: nothing is printed here.
 */
#ifndef OMNITRONCTL_ARGS_H
#define OMNITRONCTL_ARGS_H

#include <stddef.h>

struct command;

/* Options without a letter have an id beyond every character. */
enum {
	OPT_NONE = 0,
	OPT_VERSION = 256, OPT_APPS, OPT_CA, OPT_CERT, OPT_DEPENDANTS,
	OPT_DRY_RUN, OPT_FILE, OPT_FINGERPRINT, OPT_FOR, OPT_FORMAT, OPT_GRAPH,
	OPT_INSECURE, OPT_INSTANCE, OPT_KEY, OPT_NO_WAIT, OPT_PROCESS,
	OPT_REOPEN, OPT_ROLE, OPT_SINCE, OPT_SUBJECT, OPT_TIMEOUT,
	OPT_TOKEN_FILE, OPT_TTL, OPT_UNTIL, OPT_YES
};

struct option {
	int		 id;		/* its letter, or OPT_*; 0 ends a list */
	const char	*name;		/* long form, or NULL */
	const char	*arg;		/* what it takes, or NULL for nothing */
	const char	*text;
};

struct given {
	const struct option	*option;
	const char		*value;
};

struct args {
	const struct command	*command;	/* NULL: none was given */
	const char		**pos;
	size_t			 npos;
	struct given		*given;
	size_t			 ngiven;
};

#define ARGS_ERROR_MAX	256

/*
 * -1 and one line in err for a wrong option, an unknown or ambiguous
 * command.  The words of argv are kept by reference.
 */
int		 args_parse(struct args *, int argc, char **argv,
		    const struct option *global, char *err, size_t errsize);
void		 args_free(struct args *);
int		 args_has(const struct args *, int id);
/* The last value given, or NULL. */
const char	*args_value(const struct args *, int id);

#endif /* OMNITRONCTL_ARGS_H */
