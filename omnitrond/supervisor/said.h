/* What an instance says of itself, as apps reports it. */
#ifndef SUPERVISOR_SAID_H
#define SUPERVISOR_SAID_H

#include <sys/queue.h>

#include "omnitrond/proto.h"

struct inst;
struct sup;

struct said {
	char		*text;		/* STATUS=, NULL = none */
	int		 reloading;
	uint64_t	 usec;		/* of its clock, when that began; 0 */
	int		 stopping;	/* it ends by itself */
};

/* What came while a supervisor starts, and is not to be lost. */
struct said_kept;
STAILQ_HEAD(saids, said_kept);
#define SAID_KEPT_MAX	(4 * 131072u)	/* all there are of as many instances
					   as a record has */

void		 said_init(struct sup *);
void		 said_free(struct sup *);
/* All is loaded: take what was kept. */
void		 said_begin(struct sup *);
/* APP_SAYS; -1 breaks the protocol. */
int		 said_take(struct sup *, const struct m_app_says *,
		    const char *text);
/* What is shown of it; STATUS_TEXT_MAX + 1 bytes hold it. */
void		 said_show(const struct inst *, char *, size_t);
/* Nothing yet: it is a new one. */
void		 said_reset(struct inst *);

#endif /* SUPERVISOR_SAID_H */
