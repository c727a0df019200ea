/*
 * One operation on several apps at once: the requests are sent one after
 * another without waiting, and each is reported as it finishes.
 */
#ifndef OMNITRONCTL_BATCH_H
#define OMNITRONCTL_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "omnitronctl/client.h"
#include "omnitronctl/ctl.h"

struct jsonw;
struct targets;

/* What an operation is called and what its outcome looks like. */
struct batch_op {
	const char	*method;
	const char	*doing;		/* "starting" */
	/* The final line of an app, without its name. */
	void		 (*text)(const struct json *result, int nowait,
			    char *, size_t);
	/* More parameters than the name; may be NULL. */
	void		 (*params)(struct jsonw *, const void *);
};

enum batch_state { BATCH_WAITING, BATCH_SENT, BATCH_OK, BATCH_FAILED };

struct batch_item {
	const char		*name;
	int64_t			 id;
	enum batch_state	 state;
	int			 exit;
	struct client_reply	 reply;
	char			*message;	/* of a failure */
};

struct batch {
	const struct batch_op	*op;
	const void		*arg;		/* for op->params */
	struct batch_item	*items;
	size_t			 n;
	size_t			 failed;
	int			 single;	/* one name, no pattern */
	int			 nowait;
	int			 detach;	/* the method knows no "wait" */
	const size_t		*level;		/* of each; the lower end first */
	int64_t			 timeout;	/* ms for all, -1 for ever */
	int			 progress;	/* lines are updated in place */
};

/* Runs it and returns the exit code, all being said. */
int	 batch_run(struct ctl *, struct batch *, const struct targets *);
/* DONE; what all failed with; or PARTIAL. */
int	 batch_exit(const struct batch *);
/* What the line of an app says now. */
const char *batch_text(const struct batch *, size_t, char *, size_t);

#endif /* OMNITRONCTL_BATCH_H */
