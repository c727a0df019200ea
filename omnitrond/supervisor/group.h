/* Groups of apps, and the places of apps and processes in their scopes. */
#ifndef SUPERVISOR_GROUP_H
#define SUPERVISOR_GROUP_H

#include "omnitrond/supervisor/app.h"

struct group {
	TAILQ_ENTRY(group)	 entry;
	struct app_list		 apps;		/* as configured */
	uint32_t		 troubled;	/* instances, of all of them */
};
TAILQ_HEAD(groups, group);

/* The configuration was switched: groups and places anew. */
void	 group_conf(struct sup *);
void	 group_free(struct sup *);
/* The app goes. */
void	 group_leave(struct app *);

#endif /* SUPERVISOR_GROUP_H */
