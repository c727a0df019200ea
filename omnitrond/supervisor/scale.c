/*
 * How many instances of a process run: the highest numbers go first, one at a
 * time, and new ones are started one after another.  Supervisor process.
 */
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/scale.h"
#include "omnitrond/supervisor/supervisor.h"

void
scale_want(struct sup *sup, struct process *p, uint32_t wanted)
{
	uint32_t	 i;

	if (p->wanted != wanted) {
		p->wanted = wanted;
		publish_scaled(sup, p);
	}
	if (p->app->intent == INTENT_RUN && wanted > 0)
		process_inst_make(sup, p, wanted - 1);
	for (i = 0; i < p->ninsts; i++)
		p->insts[i]->surplus = i >= wanted;
	/* each has it in its record */
	for (i = 0; i < p->ninsts; i++)
		inst_changed(sup, p->insts[i]);
	app_changed(sup, p->app);
	app_kick(sup, p->app);
}

/* The highest that is too much, one at a time; 1 when one is on its way. */
static int
scale_down(struct sup *sup, struct process *p)
{
	const struct fsm_input	 in = { .event = EV_STOP };
	struct inst		*inst;

	process_trim(sup, p);
	if (p->ninsts <= p->wanted)
		return (0);
	inst = p->insts[p->ninsts - 1];
	if (inst->status != S_STOPPING)
		fsm_event(sup, inst, &in);
	process_trim(sup, p);
	return (p->ninsts > p->wanted);
}

static struct inst *
scale_next(const struct process *p)
{
	struct inst	*inst;
	uint32_t	 i;

	for (i = 0; i < p->ninsts; i++) {
		inst = p->insts[i];
		if (inst->status == S_STOPPED && !inst->finished &&
		    !inst->held && !inst->surplus)
			return (inst);
	}
	return (NULL);
}

void
scale_adjust(struct sup *sup, struct process *p)
{
	const struct fsm_input	 stop = { .event = EV_STOP };
	struct inst		*inst;
	uint32_t		 i;

	for (i = 0; i < p->ninsts; i++) {
		inst = p->insts[i];
		if (inst->surplus && inst->status != S_STOPPING)
			fsm_event(sup, inst, &stop);
	}
	while (p->app->intent == INTENT_RUN && !p->removed &&
	    !sup->shutdown.going && (inst = scale_next(p)) != NULL)
		ops_launch(sup, inst);
}

int
scale_step(struct sup *sup, struct process *p, int failed)
{
	struct inst	*inst;

	while (scale_down(sup, p))
		if (!inst_idle(p->insts[p->ninsts - 1]))
			return (0);
	if (failed && !p->removed) {
		scale_adjust(sup, p);
		return (-1);
	}
	/* those that are to end are not waited for */
	if (p->app->intent == INTENT_RUN && !p->removed &&
	    (p->conf.flags & PROCESS_ONESHOT) == 0) {
		if (p->tally.count[S_STARTING] > 0)
			return (0);
		if ((inst = scale_next(p)) != NULL) {
			ops_launch(sup, inst);
			if (inst->running)
				return (0);
		}
		/* if one is held, so are all */
	}
	scale_adjust(sup, p);
	return (1);
}
