/*
 * omnitronctl: what all of its modules share.  An ordinary, short-lived
 * program with the rights of its caller; it includes only common/.
 */
#ifndef OMNITRONCTL_CTL_H
#define OMNITRONCTL_CTL_H

#include <limits.h>
#include <stddef.h>

struct args;
struct omnitron;
struct client_reply;
struct json;
struct output;
struct remote;

/* What a script may rely on: exit code, and the name with --json. */
#define EXITS(X)							\
	X(DONE, 0, "OK", "done, or already as wished")			\
	X(FAILED, 1, "FAILED", "failed")				\
	X(UNREACHABLE, 2, "UNREACHABLE", "daemon not reachable")	\
	X(DENIED, 3, "FORBIDDEN",					\
	    "not authenticated or not authorised")			\
	X(NOT_FOUND, 4, "NOT_FOUND",					\
	    "no such app, method, secret or remote")			\
	X(FALSE, 5, "FALSE", "the predicate is false")			\
	X(TIMEOUT, 6, "TIMEOUT",					\
	    "timed out waiting; the operation goes on")			\
	X(CONFIG, 7, "CONFIG_INVALID", "configuration invalid")		\
	X(CONFLICT, 8, "CONFLICT", "conflict")				\
	X(PARTIAL, 9, "PARTIAL", "some of several targets failed")	\
	X(USAGE, 64, "USAGE", "wrong usage")

enum ctl_exit {
#define X(id, code, name, text)	EXIT_##id = code,
	EXITS(X)
#undef X
};

#define CTL_TEXT_MAX	1024	/* of a line of our own, NUL included */

/* The one state of the program. */
struct ctl {
	const char		*home;		/* -H, or NULL */
	const char		*socket;	/* -s, or NULL */
	const char		*remote;	/* -r, or NULL */
	struct remote		*far;		/* that one, or NULL */
	int			 failed;	/* omnitron_status, of it */
	int			 json;
	int			 quiet;
	int			 verbose;
	int			 colour;	/* stdout takes colours */
	int			 terminal;	/* stdout is one */
	const struct output	*out;
	struct omnitron		*client;	/* NULL until conn_open */
	char			 path[PATH_MAX];	/* socket spoken to */
};

/*
 * Say on stderr why the command fails, once, as a line of text or as one
 * object of JSON, and return the code it exits with.
 */
int	 ctl_fail(struct ctl *, enum ctl_exit, const char *, ...)
	    __attribute__((format(printf, 3, 4)));
/* The same for an error that the daemon answered; name may be NULL. */
int	 ctl_fail_reply(struct ctl *, const char *name,
	    const struct client_reply *);
/* A remark that is no failure; left out with -q and --json. */
void	 ctl_note(struct ctl *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));
/* A warning on stderr, also with -q; left out with --json. */
void	 ctl_warn(struct ctl *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));
const char *ctl_exit_name(int);
/* The exit code for a JSON-RPC error number. */
int	 ctl_exit_of_rpc(int);

#endif /* OMNITRONCTL_CTL_H */
