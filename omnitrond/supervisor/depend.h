/* Who waits for whom. */
#ifndef SUPERVISOR_DEPEND_H
#define SUPERVISOR_DEPEND_H

#include <stddef.h>

struct app;
struct sup;

void	 depend_add(struct app *, struct app *on);
void	 depend_clear(struct app *);	/* it depends on nothing now */
void	 depend_unlink(struct app *);	/* and nothing on it */
/* Is all online that it depends on? */
int	 depend_ready(const struct app *);
/* "db, cache": those that are not. */
char	*depend_missing(const struct app *, char *, size_t);
/* Will all that is missing come without an operator? */
int	 depend_coming(const struct app *);
/*
 * The app at the root of the wait: one that it depends on, perhaps by way of
 * others, and that no one but an operator will start; or NULL.
 */
const struct app *depend_blocker(const struct app *);
/* Launch the instances that were held, if they may go now. */
void	 depend_retry(struct sup *, struct app *);
/* The app's status changed: wake those that wait for it. */
void	 depend_settle(struct sup *, struct app *);
/*
 * All that runs and depends on the app, near or far; the list is malloced,
 * the caller's to free.
 */
size_t	 depend_running(struct sup *, struct app *, struct app ***);

#endif /* SUPERVISOR_DEPEND_H */
