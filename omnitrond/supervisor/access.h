/* What the rules say of somebody: `access test'. */
#ifndef SUPERVISOR_ACCESS_H
#define SUPERVISOR_ACCESS_H

#include "omnitrond/caller.h"

struct ask;
struct sup;

/*
 * Might that caller call the method (the request's number) on this app, "" of
 * none?  The reply's count says so, its text what decides.
 */
int	 access_test(struct sup *, const struct ask *, const struct caller *,
	    const char *app);

#endif /* SUPERVISOR_ACCESS_H */
