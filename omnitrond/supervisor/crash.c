/*
 * Crash records: what this process knows of an exit that was not expected
 * goes to the logger, which has the last words of the process, and the disk:
 * at the end of the turn, or of a hold, as a restart comes first.  Supervisor
 * process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/crash.h"
#include "omnitrond/supervisor/supervisor.h"

struct crash_kept {
	struct crash_kept	*next;
	struct m_crash		 m;
	char			 process[NAME_SIZE];
	char			*why;
	char			*decided;
	char			*probe;
};

void
crash_init(struct sup *sup)
{
	sup->crashes.last = &sup->crashes.first;
}

static void
crash_send(struct sup *sup, const struct crash_kept *c)
{
	out_send(sup, K_LOGGER, M_CRASH, &c->m, c->process, c->why, c->decided,
	    c->probe, NULL);
}

static void
crash_each(struct sup *sup, int send)
{
	struct crash_kept	*c;

	while ((c = sup->crashes.first) != NULL) {
		sup->crashes.first = c->next;
		if (send)
			crash_send(sup, c);
		free(c->why);
		free(c->decided);
		free(c->probe);
		free(c);
	}
	sup->crashes.last = &sup->crashes.first;
	sup->crashes.kept = 0;
}

void
crash_free(struct sup *sup)
{
	crash_each(sup, 0);
}

void
crash_flush(struct sup *sup)
{
	if (!out_there(sup, K_LOGGER))
		return;
	crash_each(sup, 1);
	if (sup->crashes.lost > 0)
		log_warnx("%u crash records were lost while the logger was "
		    "away", sup->crashes.lost);
	sup->crashes.lost = 0;
}

static void
crash_keep(struct sup *sup, const struct crash_kept *c)
{
	struct crash_kept	*copy;

	if (sup->crashes.kept >= CRASHES_KEPT_MAX)
		crash_flush(sup);
	if (sup->crashes.kept >= CRASHES_KEPT_MAX) {
		sup->crashes.lost++;
		return;
	}
	copy = xmalloc(sizeof(*copy));
	*copy = *c;
	copy->why = xstrdup(c->why);
	copy->decided = xstrdup(c->decided);
	copy->probe = xstrdup(c->probe);
	copy->next = NULL;
	*sup->crashes.last = copy;
	sup->crashes.last = &copy->next;
	sup->crashes.kept++;
}

/* A stop, an exit that counts as success, and an operator's signal are. */
static int
crash_expected(struct sup *sup, const struct inst *inst,
    enum verdict verdict)
{
	return (verdict == V_FINISHED || verdict == V_RESTART_FREE ||
	    inst->app->intent == INTENT_STOP || inst->surplus ||
	    sup->shutdown.going);
}

static void
crash_fill_acts(const struct why_app *wa, struct m_crash *m)
{
	const struct act	*act;
	uint32_t		 i;

	for (i = wa->nacts > ACTS_MAX ? wa->nacts - ACTS_MAX : 0;
	    i < wa->nacts; i++) {
		act = &wa->acts[i % ACTS_MAX];
		if (act->at_ms >= m->exit.at_ms - CRASH_ACTS_MS)
			m->acts[m->nacts++] = *act;
	}
}

void
crash_note(struct inst *inst, enum status from)
{
	char			 probe[HEALTH_TEXT_SIZE + 16] = "";

	if (from == S_ONLINE && health_on(inst))
		snprintf(probe, sizeof(probe), "%s%s%s",
		    health_name(health_state(inst)),
		    *health_text(inst) != '\0' ? ": " : "", health_text(inst));
	else if (inst->status != S_STARTING)
		return;
	inst_keep(&inst->ended.probe, probe);
}

void
crash_record(struct sup *sup, const struct inst *inst, const char *why,
    enum verdict verdict)
{
	struct crash_kept	 c;

	if (crash_expected(sup, inst, verdict))
		return;
	memset(&c, 0, sizeof(c));
	c.m.exit = inst->ended.exit;
	c.m.started_ms = inst->ended.started_ms;
	c.m.retry_ms = inst->retry_ms;
	c.m.hash = inst->app->conf.hash;
	c.m.restarts = inst->ended.restarts;
	crash_fill_acts(&inst->app->why, &c.m);
	strlcpy(c.process, inst->process->name, sizeof(c.process));
	/* only read: it is copied */
	c.why = (char *)(uintptr_t)why;
	c.decided = (char *)(uintptr_t)(inst->part == PART_CURRENT ?
	    why_last(inst) : 
	    "the other instance of its number goes on");
	c.probe = inst->ended.probe != NULL ? inst->ended.probe :
	    (char *)(uintptr_t)"";
	crash_keep(sup, &c);
	sup_want_turn(sup);
}
