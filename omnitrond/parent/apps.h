/*
 * What an instance has to speak to the apps process, and what that is given
 * and told of it.
 */
#ifndef OMNITROND_PARENT_APPS_H
#define OMNITROND_PARENT_APPS_H

#include "omnitrond/parent/parent.h"

struct spawn;

/* Ours of an instance, -1 each where there is none. */
struct apps_ends {
	int	 sock[APP_SOCKET_MAX];
	int	 ready;		/* the app's end of its FIFO */
};

void	 apps_init(struct apps_ends *);
/*
 * Everything that the process needs by its configuration, bound and handed
 * to apps, before a spawn.  0, or -1 with errno and perhaps a text.
 */
int	 apps_open(struct inst *, const struct process_conf *, char *, size_t);
/* It was spawned, or taken over. */
void	 apps_born(struct inst *, const struct process_conf *);
/* Bind again by name what it has from an earlier daemon. */
void	 apps_adopt(struct inst *, const struct process_conf *);
void	 apps_died(struct inst *);
/* What it has changes hands or ends: nothing is open or in the folder. */
void	 apps_close(struct inst *);
/* All of it to a new apps process. */
void	 apps_feed(struct parent *);
/* How instances are treated by a new configuration. */
void	 apps_reload(struct parent *);
/*
 * The path that an instance finds in its environment, or NULL: it needs no
 * such socket, or there is no path that is short enough.
 */
const char *apps_path(const struct parent *, const struct process_conf *,
	    const char *app, unsigned int instance, enum app_socket, char *,
	    size_t);

#endif /* OMNITROND_PARENT_APPS_H */
