/* What the control process knows of the apps. */
#ifndef SUPERVISOR_VIEW_H
#define SUPERVISOR_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/proto.h"

struct app;
struct inst;
struct sup;

/* Of records without a receipt: what control must be able to hold. */
#define VIEW_BATCH_MAX	((size_t)256 * 1024)

void	 view_init(struct sup *);
void	 view_free(struct sup *);
void	 view_app(struct sup *, struct app *);		/* it changed */
void	 view_all(struct sup *);			/* all changed */
void	 view_forget(struct sup *, struct app *);	/* it is freed */
void	 view_inst_gone(struct sup *, const struct inst *);
void	 view_app_gone(struct sup *, const struct app *);
/* Everything anew: to a control that starts, and after a reload. */
void	 view_begin(struct sup *);
void	 view_control_down(struct sup *);
/* Send what changed, if the last batch was received. */
void	 view_pump(struct sup *);
/* Send what changed of this app now, of all with NULL. */
void	 view_push(struct sup *, struct app *);
int	 view_synced(struct sup *, uint64_t seq);
/* Let control confirm all that was sent to it; did it not yet? */
void	 view_ask(struct sup *);
int	 view_owes(struct sup *);
/* May more be sent that nobody would miss? */
int	 view_idle(struct sup *);
void	 view_degraded(struct sup *, enum cause, const char *text);

#endif /* SUPERVISOR_VIEW_H */
