/*
 * What a new configuration changes in an app, process by process, and what
 * is done about it.
 */
#ifndef OMNITROND_PARENT_CONF_CHANGE_H
#define OMNITROND_PARENT_CONF_CHANGE_H

#include "omnitrond/parent/conf.h"

struct change {
	const struct app_conf		*app;		/* the new one, or the
							   one that goes */
	const struct process_conf	*process;	/* NULL: the app itself */
	enum change_does		 does;
	char				 fields[TEXT_MAX]; /* "env, command" */
};

typedef void	(*change_each)(void *arg, const struct change *);

/*
 * The changes from `old' to `new', one of which may be NULL: a new app, one
 * that goes.  A classic app is one change, of process NULL.  How many.
 */
size_t	 conf_change(const struct app_conf *old, const struct app_conf *new,
	    change_each, void *arg);

#endif /* OMNITROND_PARENT_CONF_CHANGE_H */
