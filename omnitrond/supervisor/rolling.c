/*
 * Replacing an instance without a gap.  Supervisor process.
 *
 *	begin: the new one is launched in the slot that is free; a twin that
 *	    still goes is waited for
 *	the new one is ready: it is the current one, and the old one is told
 *	    to stop
 *	the new one ends before: it is discarded, and nothing else changes
 *	the old one ends before: the new one is the current one at once,
 *	    starting, and the policy has nothing to start again
 *	the current one is told to stop: so is its twin
 *
 * The table below has a cell for every twin and event.  All of this goes on
 * by itself, also after a restart of the supervisor or of the daemon: which
 * instance is replaced next is reload.c's part.
 */
#include <string.h>

#include "common/log.h"
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/persist.h"
#include "omnitrond/supervisor/reload.h"
#include "omnitrond/supervisor/supervisor.h"

static const enum rolling_action table[PART_MAX][ROLL_MAX] = {
	/* no twin */
	[PART_CURRENT] = {
		[ROLL_BEGIN] = ROLL_LAUNCH,
		[ROLL_READY] = ROLL_IGNORE,
		[ROLL_GONE] = ROLL_IGNORE,
		[ROLL_TWIN_GONE] = ROLL_IGNORE,
		[ROLL_STOP] = ROLL_IGNORE,
	},
	[PART_NEW] = {
		[ROLL_BEGIN] = ROLL_WAIT,
		[ROLL_READY] = ROLL_TAKE_OVER,
		[ROLL_GONE] = ROLL_TAKE_OVER,
		[ROLL_TWIN_GONE] = ROLL_DISCARD,
		[ROLL_STOP] = ROLL_STOP_TWIN,
	},
	[PART_OLD] = {
		[ROLL_BEGIN] = ROLL_WAIT,
		[ROLL_READY] = ROLL_IGNORE,
		[ROLL_GONE] = ROLL_IGNORE,
		[ROLL_TWIN_GONE] = ROLL_END,
		[ROLL_STOP] = ROLL_STOP_TWIN,
	},
	[PART_OVER] = {
		[ROLL_BEGIN] = ROLL_WAIT,
		[ROLL_READY] = ROLL_IGNORE,
		[ROLL_GONE] = ROLL_IGNORE,
		[ROLL_TWIN_GONE] = ROLL_IGNORE,
		[ROLL_STOP] = ROLL_IGNORE,
	},
};

enum rolling_action
rolling_next(enum part twin, enum rolling_event event)
{
	return (table[twin][event]);
}

static enum rolling_action
rolling_of(const struct inst *inst, enum rolling_event event)
{
	return (rolling_next(inst->twin != NULL ? inst->twin->part :
	    PART_CURRENT, event));
}

static void
rolling_over(struct sup *sup, struct inst *twin)
{
	twin->part = PART_OVER;
	timer_cancel(&sup->timers, &twin->timer);
	app_kick(sup, twin->app);
}

int
rolling_begin(struct sup *sup, struct inst *inst)
{
	if (rolling_of(inst, ROLL_BEGIN) != ROLL_LAUNCH)
		return (0);
	fsm_spawn(sup, inst_twin(sup, inst));
	return (1);
}

void
rolling_ready(struct sup *sup, struct inst *inst)
{
	const struct fsm_input	 stop = { .event = EV_STOP };
	struct inst		*old = inst->twin;

	if (inst->part != PART_NEW ||
	    rolling_of(old, ROLL_READY) != ROLL_TAKE_OVER)
		return;
	inst_swap(sup, old);
	fsm_event(sup, old, &stop);
}

/* The twin; the current one goes on as if nothing had been. */
static int
rolling_twin_gone(struct sup *sup, struct inst *twin, const char *why)
{
	char	 buf[INST_NAME_SIZE];

	switch (rolling_of(twin->twin, ROLL_TWIN_GONE)) {
	case ROLL_DISCARD:
		log_info("%s: not replaced: %s",
		    inst_name(twin, buf, sizeof(buf)), why);
		reload_failed(twin, why);
		break;
	case ROLL_END:
		log_info("%s: replaced", inst_name(twin, buf, sizeof(buf)));
		break;
	default:
		break;
	}
	rolling_over(sup, twin);
	return (1);
}

int
rolling_gone(struct sup *sup, struct inst *inst, const char *why, int spend)
{
	struct inst	*twin = inst->twin;
	char		 buf[INST_NAME_SIZE];

	if (inst->part != PART_CURRENT)
		return (rolling_twin_gone(sup, inst, why));
	if (rolling_of(inst, ROLL_GONE) != ROLL_TAKE_OVER)
		return (0);
	log_info("%s: %s; the new one takes its place",
	    inst_name(inst, buf, sizeof(buf)), why);
	inst_swap(sup, inst);
	twin->again = inst->again;
	if (spend) {
		twin->restarts++;
		budget_add(&twin->budget, out_now(sup));
	}
	if (twin->status == S_STARTING)
		inst_set_reason(sup, twin, "%s", why);
	rolling_over(sup, inst);
	return (1);
}

void
rolling_stop(struct sup *sup, struct inst *inst, const struct fsm_input *in)
{
	if (inst->part == PART_CURRENT &&
	    rolling_of(inst, ROLL_STOP) == ROLL_STOP_TWIN)
		fsm_event(sup, inst->twin, in);
}

void
rolling_settle(struct sup *sup, struct app *app)
{
	struct inst	*inst, *twin;

	INST_FOREACH(inst, app) {
		if ((twin = inst->twin) == NULL || twin->part != PART_OVER)
			continue;
		persist_inst_gone(sup, twin);
		inst_free(sup, twin);
		app_changed(sup, app);
	}
}

/* ---- a start ------------------------------------------------------------ */

/* Nothing is known of it, so that it may be in either slot. */
static int
slot_blank(const struct inst *inst)
{
	return (inst->generation == 0 && !inst->alive && inst->exit == NULL);
}

struct inst *
rolling_slot(struct sup *sup, struct process *p, uint32_t instance)
{
	struct inst	*inst;
	uint16_t	 slot = instance & INSTANCE_SPARE;

	inst = process_inst_make(sup, p, instance_number(instance));
	if (slot_blank(inst))
		inst->slot = slot;
	if (inst->slot == slot)
		return (inst);
	return (inst->twin != NULL ? inst->twin : inst_twin(sup, inst));
}

static int
slot_lives(const struct inst *inst)
{
	return (inst->alive && inst->exit == NULL);
}

/* Generations of a number rise, whatever the slot, and may wrap. */
static int
slot_newer(const struct inst *a, const struct inst *b)
{
	return ((int32_t)(a->generation - b->generation) > 0);
}

/* Had it taken over before we lost sight of both? */
static int
slot_took_over(const struct inst *new, const struct inst *old)
{
	if (!slot_lives(new))
		return (!slot_lives(old));
	return (!slot_lives(old) || old->stopping ||
	    old->status == S_STOPPING || new->status == S_ONLINE);
}

static void
slot_load(struct sup *sup, struct inst *inst)
{
	struct inst	*twin = inst->twin, *new, *old, *current;

	new = slot_newer(twin, inst) ? twin : inst;
	old = new->twin;
	current = slot_took_over(new, old) ? new : old;
	if (current != inst)
		inst_swap(sup, inst);
	twin = current->twin;
	twin->surplus = current->surplus;
	twin->part = twin == new ? PART_NEW : PART_OLD;
	if (!slot_lives(twin))
		rolling_over(sup, twin);
}

void
rolling_load(struct sup *sup, struct app *app)
{
	struct inst	*inst, *next;

	for (inst = TAILQ_FIRST(&app->insts); inst != NULL; inst = next) {
		next = TAILQ_NEXT(inst, of_app);
		if (inst->twin != NULL)
			slot_load(sup, inst);
	}
}

void
rolling_resume(struct sup *sup, struct inst *twin)
{
	const struct fsm_input	 stop = { .event = EV_STOP };

	if (twin->part == PART_NEW && twin->status == S_ONLINE)
		rolling_ready(sup, twin);
	else if (twin->part == PART_OLD && twin->status != S_STOPPING)
		fsm_event(sup, twin, &stop);
}
