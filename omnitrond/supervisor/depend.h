/* Who waits for whom. */
#ifndef SUPERVISOR_DEPEND_H
#define SUPERVISOR_DEPEND_H

#include <stddef.h>

struct app;
struct inst;
struct refs;
struct sup;

void	 depend_add(struct app *, struct app *on);
void	 depend_clear(struct app *);	/* it depends on nothing now */
void	 depend_unlink(struct app *);	/* and nothing on it */
/* Is all online that its app and its process depend on? */
int	 depend_ready(const struct inst *);
/* "db, cache": those that are not. */
char	*depend_missing(const struct inst *, char *, size_t);
/* All that is missing is online, and only to be found healthy? */
int	 depend_soon(const struct inst *);
/* Will all that is missing come without an operator? */
int	 depend_coming(struct sup *, const struct app *);
/*
 * The app at the root of the wait: one that it depends on, perhaps by way of
 * others, and that no one but an operator will start; or NULL.
 */
const struct app *depend_blocker(struct sup *, const struct app *);
/* Launch the instances that were held, if they may go now. */
void	 depend_retry(struct sup *, struct app *);
/* The app's status changed: wake those that wait for it. */
void	 depend_settle(struct sup *, struct app *);
/* Adds all that runs and depends on the app, near or far. */
void	 depend_running(struct app *, struct refs *);

#endif /* SUPERVISOR_DEPEND_H */
