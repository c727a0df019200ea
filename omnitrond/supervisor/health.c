/*
 * The health of an instance that is online and has a check.  Supervisor
 * process.
 *
 *	unknown --pass--> healthy --fail--> degraded --pass--> healthy
 *	unknown --fail--> degraded, but within start-grace it stays unknown
 *	degraded --fail, as many in a row as `retries'--> unhealthy
 *	unhealthy --pass--> healthy
 *	any --begin--> unknown
 *
 * On the way to unhealthy an instance is ended as one that is no good, so
 * that the restart policy takes over, or with `on-unhealthy report' it is
 * only said.  What depends on it waits until it is healthy.
 *
 * The first probe begins when it is online, the next one an interval, give or
 * take a tenth, after the end of the one before; while nothing is known yet
 * it is soon, as others may wait.  A probe without a verdict changes nothing.
 * `health notify' goes by the watchdog: healthy when its time has passed with
 * a heartbeat in it, a failure when it has passed without, and one more each
 * interval until one comes.
 *
 * Nothing of this is recorded: another supervisor probes anew.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/health.h"
#include "omnitrond/supervisor/supervisor.h"

#define HEALTH_SOON_MS	1000	/* between probes while it is unknown */
#define HEALTH_SLACK_MS	250	/* the word that there was no heartbeat takes */
#define HEALTH_JITTER	10	/* a tenth of an interval, up or down */

static void	health_timer(struct sup *, void *);
static void	health_probed(struct sup *, struct inst *, enum probe_outcome,
		    const char *);

static const enum health_state table[HEALTH_MAX][HEALTH_EV_MAX] = {
	[HEALTH_HEALTHY] = {
		[HEALTH_EV_PASS] = HEALTH_HEALTHY,
		[HEALTH_EV_FAIL] = HEALTH_DEGRADED,
		[HEALTH_EV_LIMIT] = HEALTH_UNHEALTHY,
		[HEALTH_EV_GRACE] = HEALTH_HEALTHY,
		[HEALTH_EV_BEGIN] = HEALTH_UNKNOWN,
	},
	[HEALTH_UNKNOWN] = {
		[HEALTH_EV_PASS] = HEALTH_HEALTHY,
		[HEALTH_EV_FAIL] = HEALTH_DEGRADED,
		[HEALTH_EV_LIMIT] = HEALTH_UNHEALTHY,
		[HEALTH_EV_GRACE] = HEALTH_UNKNOWN,
		[HEALTH_EV_BEGIN] = HEALTH_UNKNOWN,
	},
	[HEALTH_DEGRADED] = {
		[HEALTH_EV_PASS] = HEALTH_HEALTHY,
		[HEALTH_EV_FAIL] = HEALTH_DEGRADED,
		[HEALTH_EV_LIMIT] = HEALTH_UNHEALTHY,
		[HEALTH_EV_GRACE] = HEALTH_DEGRADED,
		[HEALTH_EV_BEGIN] = HEALTH_UNKNOWN,
	},
	[HEALTH_UNHEALTHY] = {
		[HEALTH_EV_PASS] = HEALTH_HEALTHY,
		[HEALTH_EV_FAIL] = HEALTH_UNHEALTHY,
		[HEALTH_EV_LIMIT] = HEALTH_UNHEALTHY,
		[HEALTH_EV_GRACE] = HEALTH_UNHEALTHY,
		[HEALTH_EV_BEGIN] = HEALTH_UNKNOWN,
	},
};

enum health_state
health_next(enum health_state state, enum health_event event)
{
	return (table[state][event]);
}

uint32_t
health_jitter(uint32_t interval_ms, uint32_t random)
{
	uint32_t	 part = interval_ms / HEALTH_JITTER;

	return (interval_ms - part + random % (2 * part + 1));
}

static struct health *
health_new(struct inst *inst)
{
	struct health	*h = xcalloc(1, sizeof(*h));

	h->state = HEALTH_UNKNOWN;
	timer_init(&h->timer, health_timer, inst);
	probe_new(&h->probe, inst, PROBE_HEALTH, health_probed);
	return (h);
}

/* ---- what others see ---------------------------------------------------- */

int
health_on(const struct inst *inst)
{
	return (inst->health != NULL && inst->health->on);
}

enum health_state
health_state(const struct inst *inst)
{
	return (inst->health != NULL ? inst->health->state : HEALTH_UNKNOWN);
}

const char *
health_text(const struct inst *inst)
{
	return (inst->health != NULL && inst->health->text != NULL ?
	    inst->health->text : "");
}

/* ---- on and off --------------------------------------------------------- */

void
health_heard(struct sup *sup, struct inst *inst)
{
	char	 why[64], limit[32];

	if (!health_on(inst) || inst->process->conf.check != CHECK_NOTIFY)
		return;
	snprintf(why, sizeof(why), "no heartbeat for %s", duration_format(
	    inst->process->conf.watchdog_ms, limit, sizeof(limit)));
	if (inst->watchdog.silent)
		health_probed(sup, inst, PROBE_FAIL, why);
	else
		health_probed(sup, inst, PROBE_PASS, "");
}

static void
health_ask(struct sup *sup, struct inst *inst)
{
	const struct m_conf_process	*conf = &inst->process->conf;

	if (conf->check == CHECK_NOTIFY)
		health_heard(sup, inst);
	else
		probe_ask(sup, &inst->health->probe, conf->check == CHECK_EXEC ?
		    BY_COMMAND : BY_EGRESS, conf->check_timeout_ms);
}

static void
health_end(struct sup *sup, struct health *h)
{
	timer_cancel(&sup->timers, &h->timer);
	probe_cancel(sup, &h->probe);
	inst_keep(&h->text, "");
}

static void
health_begin(struct sup *sup, struct inst *inst)
{
	struct health	*h = inst->health;

	h->began = out_now(sup);
	if (inst->process->conf.check == CHECK_NOTIFY)
		timer_set(&sup->timers, &h->timer, out_in_ms(sup,
		    (int64_t)inst->process->conf.watchdog_ms +
		    HEALTH_SLACK_MS));
	else
		health_ask(sup, inst);
}

void
health_look(struct sup *sup, struct inst *inst)
{
	struct health	*h;
	int		 on = inst->status == S_ONLINE &&
			    inst->process->conf.check != CHECK_NONE;

	if (on == health_on(inst))
		return;
	if (inst->health == NULL)
		inst->health = health_new(inst);
	h = inst->health;
	h->on = on;
	h->state = health_next(h->state, HEALTH_EV_BEGIN);
	h->failures = 0;
	health_end(sup, h);
	if (on)
		health_begin(sup, inst);
}

void
health_free(struct sup *sup, struct inst *inst)
{
	if (inst->health == NULL)
		return;
	health_end(sup, inst->health);
	free(inst->health);
	inst->health = NULL;
}

int
health_differs(const struct m_conf_process *a, const struct m_conf_process *b)
{
	return (a->check != b->check ||
	    a->check_interval_ms != b->check_interval_ms ||
	    a->check_timeout_ms != b->check_timeout_ms ||
	    a->check_retries != b->check_retries);
}

static void
health_again_one(struct sup *sup, struct inst *inst)
{
	if (inst->health != NULL) {
		health_end(sup, inst->health);
		inst->health->on = 0;
	}
	health_look(sup, inst);
	inst_changed(sup, inst);
}

void
health_again(struct sup *sup, struct process *p)
{
	uint32_t	 i;

	for (i = 0; i < p->ninsts; i++) {
		health_again_one(sup, p->insts[i]);
		if (p->insts[i]->twin != NULL)
			health_again_one(sup, p->insts[i]->twin);
	}
	app_kick(sup, p->app);
}

int
health_good(const struct process *p)
{
	uint32_t	 i;

	if (p->conf.check == CHECK_NONE)
		return (1);
	/* one that is finished or stopped is not asked, if others go on */
	for (i = 0; i < p->ninsts; i++)
		if (!p->insts[i]->surplus &&
		    p->insts[i]->status != S_STOPPED &&
		    health_state(p->insts[i]) != HEALTH_HEALTHY)
			return (0);
	return (1);
}

int
health_bad(const struct process *p)
{
	uint32_t	 i;

	for (i = 0; i < p->ninsts; i++)
		if (!p->insts[i]->surplus &&
		    health_state(p->insts[i]) == HEALTH_UNHEALTHY)
			return (1);
	return (0);
}

/* ---- a probe is over ---------------------------------------------------- */

static void
health_wait(struct sup *sup, struct inst *inst)
{
	uint32_t	 ms;

	/* heartbeats tell by themselves when they stop */
	timer_cancel(&sup->timers, &inst->health->timer);
	if (inst->process->conf.check == CHECK_NOTIFY &&
	    !inst->watchdog.silent)
		return;
	ms = health_jitter(inst->process->conf.check_interval_ms,
	    out_random(sup));
	if (inst->health->state == HEALTH_UNKNOWN && ms > HEALTH_SOON_MS)
		ms = HEALTH_SOON_MS;
	timer_set(&sup->timers, &inst->health->timer, out_in_ms(sup, ms));
}

static void
health_timer(struct sup *sup, void *arg)
{
	health_ask(sup, arg);
}

static enum health_event
health_event_of(struct sup *sup, struct inst *inst, enum probe_outcome outcome)
{
	const struct m_conf_process	*conf = &inst->process->conf;
	struct health			*h = inst->health;

	if (outcome == PROBE_PASS) {
		h->failures = 0;
		return (HEALTH_EV_PASS);
	}
	if (h->state == HEALTH_UNKNOWN &&
	    mono_diff_ms(out_now(sup), h->began) < conf->check_grace_ms)
		return (HEALTH_EV_GRACE);
	if (++h->failures >= conf->check_retries)
		return (HEALTH_EV_LIMIT);
	return (HEALTH_EV_FAIL);
}

/* It was not before: say so, and by policy end it. */
static void
health_unhealthy(struct sup *sup, struct inst *inst)
{
	struct fsm_input	 in = { .event = EV_EXCESS };
	char			 buf[INST_NAME_SIZE];
	char			 why[HEALTH_TEXT_SIZE + 32];
	uint32_t		 i;

	snprintf(why, sizeof(why), "unhealthy: %s", health_text(inst));
	log_warnx("%s: %s", inst_name(inst, buf, sizeof(buf)), why);
	if (inst->process->conf.flags & PROCESS_REPORT) {
		inst_set_reason(sup, inst, "%s", why);
		/* what is to start after it is not waited for any more */
		for (i = 0; i < inst->app->rdeps.n; i++)
			app_kick(sup, inst->app->rdeps.of[i]);
		return;
	}
	in.reason = why;
	fsm_event(sup, inst, &in);
}

static void
health_set(struct sup *sup, struct inst *inst, enum health_state state)
{
	struct health		*h = inst->health;
	enum health_state	 was = h->state;
	char			 buf[INST_NAME_SIZE];

	if (was == state)
		return;
	if (state == HEALTH_HEALTHY && h->state == HEALTH_UNHEALTHY) {
		log_info("%s: healthy again", inst_name(inst, buf,
		    sizeof(buf)));
		inst_set_reason(sup, inst, "%s", "");
	}
	h->state = state;
	publish_health(sup, inst, was);
	inst_changed(sup, inst);
	app_kick(sup, inst->app);	/* its dependants may wait for it */
	if (state == HEALTH_UNHEALTHY)
		health_unhealthy(sup, inst);
}

static void
health_probed(struct sup *sup, struct inst *inst, enum probe_outcome outcome,
    const char *text)
{
	struct health	*h = inst->health;
	char		 cut[HEALTH_TEXT_SIZE];

	health_wait(sup, inst);
	if (outcome == PROBE_NONE)
		return;
	strlcpy(cut, text, sizeof(cut));
	if (strcmp(health_text(inst), cut) != 0) {
		inst_keep(&h->text, cut);
		inst_changed(sup, inst);
	}
	health_set(sup, inst, health_next(h->state, health_event_of(sup, inst,
	    outcome)));
}
