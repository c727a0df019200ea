/* What the planes know of the apps. */
#ifndef SUPERVISOR_VIEW_H
#define SUPERVISOR_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/proto.h"

struct app;
struct inst;
struct sup;

/* Of records without a receipt: what a plane must be able to hold. */
#define VIEW_BATCH_MAX	((size_t)256 * 1024)

void	 view_init(struct sup *);
void	 view_free(struct sup *);
void	 view_app(struct sup *, struct app *);		/* it changed */
void	 view_all(struct sup *);			/* all changed */
void	 view_forget(struct sup *, struct app *);	/* it is freed */
void	 view_inst_gone(struct sup *, const struct inst *);
void	 view_app_gone(struct sup *, const struct app *);
/* Everything anew: to a plane that starts, and after a reload to all. */
void	 view_begin(struct sup *, enum kind plane);
void	 view_begin_all(struct sup *);
void	 view_down(struct sup *, enum kind plane);
/* Send what changed to each plane that has received its last batch. */
void	 view_pump(struct sup *);
/* Send what changed of this app to a plane now, of all with NULL. */
void	 view_push(struct sup *, enum kind plane, struct app *);
int	 view_synced(struct sup *, enum kind plane, uint64_t seq);
/* Let planes confirm all that was sent to them; did one not yet? */
void	 view_ask(struct sup *);
int	 view_owes(struct sup *);
/* Bits of the planes that more may be sent to that nobody would miss. */
unsigned int view_idle(struct sup *);
void	 view_degraded(struct sup *, enum cause, const char *text);

#endif /* SUPERVISOR_VIEW_H */
