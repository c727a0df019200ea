/*
 * The watchdog of instances.  Supervisor process.
 *
 * No heartbeat for `watchdog': the check fails, which is shown.  None for
 * `watchdog-grace' more: the instance is sent its `watchdog-signal', killed
 * after its stop-timeout, and started again by its policy.
 */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/watchdog.h"

static void
watchdog_fail(struct sup *sup, struct inst *inst, const char *why)
{
	struct fsm_input	 in = { .event = EV_EXCESS };
	char			 buf[INST_NAME_SIZE];

	in.reason = why;
	in.signal = inst->process->conf.watchdog_signal;
	log_warnx("%s: %s", inst_name(inst, buf, sizeof(buf)), why);
	fsm_event(sup, inst, &in);
}

static void
watchdog_over(struct sup *sup, void *arg)
{
	struct inst			*inst = arg;
	const struct m_conf_process	*conf = &inst->process->conf;
	char				 why[96], limit[32];

	snprintf(why, sizeof(why), "watchdog: no heartbeat for %s",
	    duration_format((int64_t)conf->watchdog_ms +
	    conf->watchdog_grace_ms, limit, sizeof(limit)));
	watchdog_fail(sup, inst, why);
}

void
watchdog_init(struct inst *inst)
{
	timer_init(&inst->watchdog.grace, watchdog_over, inst);
}

static void
watchdog_send(struct sup *sup, struct inst *inst, uint32_t ms)
{
	struct m_app_watch	 m;

	if (!out_there(sup, K_APPS))
		return;
	memset(&m, 0, sizeof(m));
	inst_id(inst, &m.inst);
	m.ms = ms;
	out_send(sup, K_APPS, M_APP_WATCH, &m, NULL);
}

static void
watchdog_calm(struct sup *sup, struct inst *inst)
{
	timer_cancel(&sup->timers, &inst->watchdog.grace);
	inst->watchdog.silent = 0;
}

void
watchdog_begin(struct sup *sup, struct inst *inst)
{
	watchdog_calm(sup, inst);
	inst->watchdog.on = inst->process->conf.watchdog_ms > 0;
	if (inst->watchdog.on)
		watchdog_send(sup, inst, inst->process->conf.watchdog_ms);
}

void
watchdog_end(struct sup *sup, struct inst *inst)
{
	watchdog_calm(sup, inst);
	if (inst->watchdog.on)
		watchdog_send(sup, inst, 0);
	inst->watchdog.on = 0;
}

void
watchdog_silent(struct sup *sup, struct inst *inst)
{
	const struct m_conf_process	*conf = &inst->process->conf;
	char				 limit[32];

	if (!inst->watchdog.on || inst->watchdog.silent)
		return;
	inst->watchdog.silent = 1;
	inst_set_reason(sup, inst, "no heartbeat for %s",
	    duration_format(conf->watchdog_ms, limit, sizeof(limit)));
	timer_set(&sup->timers, &inst->watchdog.grace,
	    out_in_ms(sup, conf->watchdog_grace_ms));
	health_heard(sup, inst);
}

void
watchdog_beats(struct sup *sup, struct inst *inst)
{
	if (!inst->watchdog.silent)
		return;
	watchdog_calm(sup, inst);
	inst_set_reason(sup, inst, "%s", "");
	health_heard(sup, inst);
}

void
watchdog_trigger(struct sup *sup, struct inst *inst)
{
	if (inst->watchdog.on)
		watchdog_fail(sup, inst, "watchdog: triggered by the app");
}

void
watchdog_apps_up(struct sup *sup)
{
	struct app	*app;
	struct inst	*inst;

	APP_FOREACH(app, sup)
		INST_FOREACH(inst, app)
			if (inst->watchdog.on)
				watchdog_begin(sup, inst);
}

void
watchdog_apps_down(struct sup *sup)
{
	struct app	*app;
	struct inst	*inst;

	APP_FOREACH(app, sup)
		INST_FOREACH(inst, app) {
			/* who comes next does not know of it */
			if (inst->watchdog.silent)
				inst_set_reason(sup, inst, "%s", "");
			watchdog_calm(sup, inst);
		}
}
