/*
 * Readiness that is probed: an instance that was executed and is starting is
 * looked at after 100 ms, then after half as long again each time up to a
 * second, until it is ready or not starting any more.  Supervisor process.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
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

static struct readiness *
ready_new(struct inst *inst)
{
	struct readiness	*r = xcalloc(1, sizeof(*r));

	timer_init(&r->timer, ready_timer, inst);
	probe_new(&r->probe, inst, PROBE_READY, ready_probed);
	return (r);
}

static int
ready_wanted(const struct inst *inst)
{
	uint32_t	 how = inst->process->conf.ready;

	return (inst->status == S_STARTING && inst->execed &&
	    (how == READY_TCP || how == READY_HTTP));
}

static void
ready_end(struct sup *sup, struct readiness *r)
{
	timer_cancel(&sup->timers, &r->timer);
	probe_cancel(sup, &r->probe);
}

void
ready_look(struct sup *sup, struct inst *inst)
{
	struct readiness	*r = inst->ready;
	int			 on = ready_wanted(inst);

	if (on == (r != NULL && r->on))
		return;
	if (r == NULL)
		r = inst->ready = ready_new(inst);
	r->on = on;
	inst_keep(&r->why, "");
	if (on) {
		r->wait_ms = READY_FIRST_MS;
		probe_ask(sup, &r->probe, BY_EGRESS, READY_TIMEOUT_MS);
	} else
		ready_end(sup, r);
}

void
ready_free(struct sup *sup, struct inst *inst)
{
	if (inst->ready == NULL)
		return;
	ready_end(sup, inst->ready);
	free(inst->ready->why);
	free(inst->ready);
	inst->ready = NULL;
}

static void
ready_timer(struct sup *sup, void *arg)
{
	struct inst	*inst = arg;

	probe_ask(sup, &inst->ready->probe, BY_EGRESS, READY_TIMEOUT_MS);
}

static void
ready_probed(struct sup *sup, struct inst *inst, enum probe_outcome outcome,
    const char *text)
{
	const struct fsm_input	 in = { .event = EV_READY };
	struct readiness	*r = inst->ready;
	char			 why[READY_WHY_SIZE];

	if (outcome == PROBE_PASS) {
		fsm_event(sup, inst, &in);
		return;
	}
	strlcpy(why, text, sizeof(why));
	inst_keep(&r->why, why);
	timer_set(&sup->timers, &r->timer, out_in_ms(sup, r->wait_ms));
	r->wait_ms += r->wait_ms / 2;
	if (r->wait_ms > READY_LAST_MS)
		r->wait_ms = READY_LAST_MS;
}

const char *
ready_why(const struct inst *inst)
{
	return (inst->ready != NULL && inst->ready->why != NULL ?
	    inst->ready->why : "");
}
