/* Apps as they are answered from the view. */
#ifndef OMNITROND_RPC_ANSWER_H
#define OMNITROND_RPC_ANSWER_H

#include <stdint.h>

#include "common/jsonw.h"
#include "omnitrond/rpc/access.h"
#include "omnitrond/rpc/view.h"

/*
 * Write a ProcessInfo for a client (NULL: gone) as of that wall time; unsaved:
 * it is not on disk.
 */
void		 answer_app(struct jsonw *, const struct client *,
		    const struct view_app *, int64_t now_ms, int unsaved);
/* An array of all that are on the list. */
void		 answer_apps(struct jsonw *, const struct client *,
		    const struct view *, const struct access_list *,
		    int64_t now_ms);
/* The same as the whole answer to a call, of those that it may list. */
void		 answer_list(struct call *);
/*
 * What is wanted of an app, why it is not so, and whether what runs is of an
 * older secret: intent, reason, retryAt, needsRestart.
 */
void		 answer_intent(struct jsonw *, const struct client *,
		    const struct view_app *);
/* Milliseconds since then; 0 if it did not start, or the clock was set. */
int64_t		 answer_uptime(int64_t started_ms, int64_t now_ms);
/* A member that is a number above 0, or null: a pid, a port. */
void		 answer_number(struct jsonw *, const char *key, int64_t n);
/* A member in percent, from hundredths. */
void		 answer_percent(struct jsonw *, const char *key,
		    uint64_t centi);
/* health.c: "healthy", "unknown", "degraded", "unhealthy"; NULL: stopped. */
const char	*health_of(const struct view_app *);

#endif /* OMNITROND_RPC_ANSWER_H */
