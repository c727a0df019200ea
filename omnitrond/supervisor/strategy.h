/* What the crash of one means for the others of its app and its group. */
#ifndef SUPERVISOR_STRATEGY_H
#define SUPERVISOR_STRATEGY_H

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/proto.h"
#include "omnitrond/supervisor/policy.h"

struct app;
struct inst;
struct sup;

/* Pure: does the crash of one at place `crashed' concern that at `other'? */
int	 strategy_concerns(uint32_t strategy, uint32_t crashed,
	    uint32_t other);
/* Pure: does an exit with this verdict concern others? */
int	 strategy_counts(enum verdict, int graceful, int oneshot);

/* Records say that it waits to be retried, or crashed: so do the others. */
void	 strategy_load(struct sup *, struct inst *);
/* It failed by itself, and this is the verdict. */
void	 strategy_failed(struct sup *, struct inst *, enum verdict,
	    const char *why);
/* Is something of its scope still to stop, before it may be tried again? */
int	 strategy_busy(const struct inst *);
/* Must it wait for one that crashed? */
int	 strategy_holds(const struct inst *);
/* The one it waits for, by the name its app knows it by; or NULL. */
const char *strategy_awaited(const struct inst *);
/* Does it wait for one of its own app, whose reason says so? */
int	 strategy_told(const struct inst *);
/* Will all come that instances of the app wait for, without an operator? */
int	 strategy_coming(const struct app *);
/* An app of its group that crashed and is waited for, or NULL. */
const struct app *strategy_blocker(const struct app *);
/* An operator starts it: it waits for nobody. */
void	 strategy_excuse(struct inst *);
/* Something of the app changed: stop and launch what may be now. */
void	 strategy_settle(struct sup *, struct app *);
/* Another takes its place: what it waited for, that one does. */
void	 strategy_pass(struct sup *, struct inst *old, struct inst *new);
/* The instance goes: nobody waits for it any more. */
void	 strategy_forget(struct sup *, struct inst *);

#endif /* SUPERVISOR_STRATEGY_H */
