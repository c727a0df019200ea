/* Apps as they are answered from the view. */
#ifndef OMNITROND_NETWORK_ANSWER_H
#define OMNITROND_NETWORK_ANSWER_H

#include <stdint.h>

#include "common/jsonw.h"
#include "omnitrond/network/view.h"

/* Write a ProcessInfo as of that wall time; unsaved: it is not on disk. */
void		 answer_app(struct jsonw *, const struct view_app *,
		    int64_t now_ms, int unsaved);
/* An array of all. */
void		 answer_apps(struct jsonw *, const struct view *,
		    int64_t now_ms);
/* A member in percent, from hundredths. */
void		 answer_percent(struct jsonw *, const char *key,
		    uint64_t centi);
/* health.c: "healthy", "degraded", "unhealthy"; NULL: it is stopped. */
const char	*health_of(const struct view_app *);

#endif /* OMNITROND_NETWORK_ANSWER_H */
