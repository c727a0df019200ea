/* What a new configuration changed, and who asked for it: for the audit. */
#ifndef SUPERVISOR_CHANGE_H
#define SUPERVISOR_CHANGE_H

#include "omnitrond/supervisor/ask.h"

struct sup;

/*
 * Requests that are remembered until the configuration they brought comes:
 * more than the parent lets wait.
 */
#define CHANGE_ASKED_MAX	32

/* One change of the configuration that comes. */
struct changed {
	struct m_conf_change	 m;
	char			*fields;
};

/* Who has asked for new configurations, the last of them. */
struct change {
	struct ask		*asked[CHANGE_ASKED_MAX];	/* or NULL */
	uint32_t		 n;
};

void	 change_asked(struct sup *, const struct ask *);
void	 change_free(struct sup *);
/* The configuration was switched: a line of the audit trail for each. */
void	 change_audit(struct sup *, const struct m_conf_begin *,
	    const struct changed *, uint32_t n);

#endif /* SUPERVISOR_CHANGE_H */
