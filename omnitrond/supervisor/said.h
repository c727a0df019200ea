/* What an instance says of itself, as apps reports it. */
#ifndef SUPERVISOR_SAID_H
#define SUPERVISOR_SAID_H

#include "omnitrond/proto.h"

struct inst;
struct sup;

struct said {
	char		*text;		/* STATUS=, NULL = none */
	int		 reloading;
	uint64_t	 usec;		/* of its clock, when that began; 0 */
	int		 stopping;	/* it ends by itself */
};

/* APP_SAYS; -1 breaks the protocol. */
int		 said_take(struct sup *, const struct m_app_says *,
		    const char *text);
/* Nothing yet: it is a new one. */
void		 said_reset(struct inst *);

#endif /* SUPERVISOR_SAID_H */
