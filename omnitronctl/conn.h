/*
 * The connection to the daemon: finding it, calling it, and saying what is
 * wrong when that fails.
 */
#ifndef OMNITRONCTL_CONN_H
#define OMNITRONCTL_CONN_H

#include "omnitronctl/client.h"
#include "common/jsonw.h"

struct ctl;

#define CONN_CONNECT_MS	5000	/* the kernel's queue is full that long */
#define CONN_READ_MS	15000	/* for what the daemon knows already */

/* 0, or -1 with errno and nothing said (err may be NULL). */
int	 conn_try(struct ctl *, char *err, size_t errsize);
/* 0, or the exit code after saying why. */
int	 conn_open(struct ctl *);
/* Will trying again not mend that errno of connecting to a remote? */
int	 conn_refused(const struct ctl *, int error);
void	 conn_close(struct ctl *);
/*
 * Call a method (of OmnitronDaemon if it names no service).  0 with a reply
 * to be cleared, or the exit code after saying why.  The parameters may be
 * NULL; they are freed.
 */
int	 conn_call(struct ctl *, const char *method, struct jsonw *,
	    int timeout, struct client_reply *);
/* The same with the one parameter "name", which may be NULL. */
int	 conn_call_name(struct ctl *, const char *method, const char *name,
	    int timeout, struct client_reply *);
/* Say why a call of the client failed and return the exit code. */
int	 conn_fail(struct ctl *, enum omnitron_status,
	    const struct client_reply *, const char *name);
/* "OmnitronDaemon.list" for "list". */
char	*conn_method(const char *, char *, size_t);
/* The text of parameters, the caller's to free; the writer is freed. */
char	*conn_params(struct jsonw *);

/* How we were called, with -H, -s and -r: a remedy must reach the same daemon. */
const char *conn_self(const struct ctl *, char *, size_t);

#endif /* OMNITRONCTL_CONN_H */
