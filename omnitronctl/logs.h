/*
 * What the two halves of the command `logs` share.
 */
#ifndef OMNITRONCTL_LOGS_H
#define OMNITRONCTL_LOGS_H

#include <stddef.h>
#include <stdint.h>

#include "omnitronctl/client.h"
#include "omnitronctl/ctl.h"

struct logs {
	struct ctl		*ctl;
	const char *const	*names;		/* of apps */
	size_t			 n;		/* 0: all apps */
	int64_t			 lines;
	const char		*level;		/* or NULL */
	const char		*grep;
	const char		*process;
	int64_t			 since;		/* ms, -1 not given */
	int64_t			 until;
};

/* How many queries there are, and the app of one (NULL: all). */
size_t		 logs_queries(const struct logs *);
const char	*logs_name(const struct logs *, size_t);
/*
 * Fetch by getLogs, one reply a query, and print by time.  `last`, if not
 * NULL, is set to the time of the newest line.  0 or the exit code.
 */
int		 logs_fetch(const struct logs *, int64_t *last);
/* Follow until interrupted; the exit code. */
int		 follow_run(struct logs *);

#endif /* OMNITRONCTL_LOGS_H */
