/*
 * Readiness that is probed: an instance that was executed and is starting is
 * looked at after 100 ms, then after half as long again each time up to a
 * second, until it is ready or not starting any more.  Supervisor process.
 */
#include <string.h>

#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/ready.h"
#include "omnitrond/supervisor/supervisor.h"

#define READY_FIRST_MS	100
#define READY_LAST_MS	1000
/* A probe that hangs must not take the whole of startup-timeout. */
#define READY_TIMEOUT_MS 5000

static void	ready_timer(struct sup *, void *);
static void	ready_probed(struct sup *, struct inst *, enum probe_outcome,
		    const char *);

void
ready_init(struct inst *inst)
{
	timer_init(&inst->ready.timer, ready_timer, inst);
	probe_new(&inst->ready.probe, inst, PROBE_READY, ready_probed);
}

static int
ready_wanted(const struct inst *inst)
{
	uint32_t	 how = inst->process->conf.ready;

	return (inst->status == S_STARTING && inst->execed &&
	    (how == READY_TCP || how == READY_HTTP));
}

void
ready_look(struct sup *sup, struct inst *inst)
{
	struct readiness	*r = &inst->ready;
	int		 on = ready_wanted(inst);

	if (on == r->on)
		return;
	r->on = on;
	r->why[0] = '\0';
	if (on) {
		r->wait_ms = READY_FIRST_MS;
		probe_ask(sup, &r->probe, BY_EGRESS, READY_TIMEOUT_MS);
	} else
		ready_free(sup, inst);
}

void
ready_free(struct sup *sup, struct inst *inst)
{
	timer_cancel(&sup->timers, &inst->ready.timer);
	probe_cancel(sup, &inst->ready.probe);
}

static void
ready_timer(struct sup *sup, void *arg)
{
	struct inst	*inst = arg;

	probe_ask(sup, &inst->ready.probe, BY_EGRESS, READY_TIMEOUT_MS);
}

static void
ready_probed(struct sup *sup, struct inst *inst, enum probe_outcome outcome,
    const char *text)
{
	const struct fsm_input	 in = { .event = EV_READY };
	struct readiness		*r = &inst->ready;

	if (outcome == PROBE_PASS) {
		fsm_event(sup, inst, &in);
		return;
	}
	strlcpy(r->why, text, sizeof(r->why));
	timer_set(&sup->timers, &r->timer, out_in_ms(sup, r->wait_ms));
	r->wait_ms += r->wait_ms / 2;
	if (r->wait_ms > READY_LAST_MS)
		r->wait_ms = READY_LAST_MS;
}

const char *
ready_why(const struct inst *inst)
{
	return (inst->ready.why);
}
