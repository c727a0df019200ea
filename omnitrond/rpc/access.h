/*
 * The rules of who may do what, as a plane holds them: what it shows, and
 * what it does not even ask the supervisor for, who looks at them again.
 *
 * An app that a caller may not view does not exist for it: the same answer as
 * to a name that is none, and no trace of it in any list or text.
 */
#ifndef OMNITROND_RPC_ACCESS_H
#define OMNITROND_RPC_ACCESS_H

#include <stddef.h>

#include "omnitrond/grant.h"

struct args;
struct call;
struct client;
struct fault;
struct msg;
struct net;
struct peer;
struct view;
struct view_app;

struct access {
	struct grants	 rules;		/* in force */
	struct grants	 told;		/* of a configuration not committed */
	unsigned	 version;	/* counts the changes */
};

/*
 * CONF_BEGIN: forget what was told; CONF_RULE: one more; CONF_COMMIT: what was
 * told is in force.  For the handlers of the plane; the second returns -1 if
 * the message breaks the protocol.
 */
void		 access_begin(struct net *);
int		 access_rule(struct peer *, struct msg *);
void		 access_commit(struct net *);

/* Its role alone does not decide: each app is to be looked at. */
int		 access_limited(const struct client *);
/* May it call that method on that app; on what belongs to none (NULL)? */
int		 access_may(const struct client *, enum method_id,
		    const struct view_app *);
/* The same by the name of an app, which need not be known any more. */
int		 access_may_name(const struct client *, enum method_id,
		    const char *name);
/* May it see that there is such an app? */
int		 access_views(const struct client *, const struct view_app *);
/*
 * May the call go on?  0; or -1 and the fault: NOT_FOUND for an app that it
 * may not view, FORBIDDEN for what it may view and not do.
 */
int		 access_app(const struct client *, enum method_id,
		    const struct view_app *, struct fault *);
int		 access_call(const struct client *, enum method_id,
		    const struct args *, struct fault *);

/*
 * Which of many apps it may call that method on.  The client may be NULL
 * (gone): all.  To be closed before anything else happens in the process.
 */
struct access_list {
	int			 all;
	struct grant_list	 list;
};

void		 access_open(struct access_list *, const struct client *,
		    enum method_id);
int		 access_has(const struct access_list *,
		    const struct view_app *);
void		 access_close(struct access_list *);

#define ACCESS_TEXT_MAX	(4u * 1024)	/* a text of people, made longer */

/*
 * A text as the client may read it: names of apps that it may not view are
 * "(another app)".  Returns the text itself, or what was written to buf.
 */
const char	*access_text(const struct client *, const char *,
		    char buf[ACCESS_TEXT_MAX]);

#endif /* OMNITROND_RPC_ACCESS_H */
