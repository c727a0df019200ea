/*
 * Who may do what: roles and rules, asked for every request, whatever the
 * plane that it came over has found.
 */
#ifndef SUPERVISOR_PERMIT_H
#define SUPERVISOR_PERMIT_H

#include "omnitrond/grant.h"
#include "omnitrond/method.h"

struct app;
struct ask;
struct sup;

enum permit {
	PERMIT_YES,
	PERMIT_NO,		/* it knows that there is such an app */
	PERMIT_HIDDEN		/* to it there is none */
};

#define PERMIT_NO_RULE	"no rule of the configuration allows it"
#define PERMIT_UNKNOWN	"no such app"	/* also of one that is hidden */

/* May a plane speak for such a caller?  If not it breaks the protocol. */
int	 permit_caller(enum kind plane, const struct caller *);
/* Its role suffices for the method, and is one that the plane serves. */
int	 permit_role(struct sup *, const struct ask *);
/* The method on this app. */
enum permit permit_app(struct sup *, const struct ask *, const struct app *);
int	 permit_view(struct sup *, const struct ask *, const struct app *);
/* The method on what belongs to no app. */
int	 permit_daemon(struct sup *, const struct ask *);
/* The uid of all its processes, or ID_NONE. */
uint32_t permit_owner(const struct app *);

/* DENIED: a plane has refused one itself; -1: it breaks the protocol. */
int	 permit_denied(struct sup *, enum kind plane, struct msg *);

/* The method on many apps: begin, ask of each, end. */
struct permits {
	int			 all;
	struct grant_list	 list;
};

void	 permits_begin(struct sup *, const struct ask *, struct permits *);
int	 permits_app(const struct permits *, const struct app *);
/* Is there a rule that might allow one? */
int	 permits_any(const struct permits *);
void	 permits_end(struct permits *);

#endif /* SUPERVISOR_PERMIT_H */
