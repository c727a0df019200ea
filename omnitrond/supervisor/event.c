/*
 * What the parent tells of instances becomes events of the state machine.
 * A message about a spawn that is over, or an app that is gone, crossed one
 * of ours and is no violation.  Supervisor process.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "omnitrond/supervisor/event.h"
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/load.h"
#include "omnitrond/supervisor/metrics.h"
#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/supervisor.h"

int
event_spawned(struct sup *sup, const struct m_alive *m)
{
	struct inst	*inst = inst_of(sup, &m->inst);

	if (inst == NULL || !inst->running)
		return (0);
	inst->sig = m->sig;
	inst->started_ms = m->started_ms;
	inst_changed(sup, inst);
	return (0);
}

/*
 * "exec /x/y: No such file or directory".  The parent sends the whole text,
 * or only the path, or nothing.
 */
static void
event_step_text(const struct m_execed *m, const uint8_t *text, size_t len,
    char *buf, size_t size)
{
	const char	*step = spawn_step_name(m->step);
	const char	*error = strerror((int)m->error);
	/* it does not end with a NUL */
	int		 n = (int)(len > TEXT_MAX ? TEXT_MAX : len);

	if (n == 0)
		snprintf(buf, size, "%s: %s", step, error);
	else if (text[0] == '/')
		snprintf(buf, size, "%s %.*s: %s", step, n,
		    (const char *)text, error);
	else
		snprintf(buf, size, "%.*s", n, (const char *)text);
}

int
event_execed(struct sup *sup, const struct m_execed *m, int fd,
    const uint8_t *text, size_t len)
{
	const struct fsm_input	 in = { .event = EV_EXECED };
	struct inst		*inst = inst_of(sup, &m->inst);
	char			 why[REASON_SIZE];

	if (inst == NULL || !inst->running || m->step >= STEP_MAX ||
	    m->step != STEP_NONE) {
		if (fd != -1)
			close(fd);
		if (m->step >= STEP_MAX)
			return (-1);
		if (inst == NULL || !inst->running)
			return (0);
		/* its exit follows and decides */
		inst->step = m->step;
		inst->error = (int)m->error;
		if (inst->status != S_STARTING)
			return (0);	/* it was told to end, and why */
		event_step_text(m, text, len, why, sizeof(why));
		inst_set_why(inst, why);
		inst_set_reason(sup, inst, "%s", why);
		return (0);
	}
	metrics_add(sup, inst, fd);
	fsm_event(sup, inst, &in);
	return (0);
}

int
event_exited(struct sup *sup, const struct m_exited *m)
{
	struct fsm_input	 in = { .event = EV_EXIT };
	struct inst		*inst;

	out_send(sup, K_PARENT, M_EXIT_ACK, &m->inst, NULL);
	if (sup->phase != PH_RUNNING) {
		load_exited(sup, m);
		return (0);
	}
	inst = inst_of(sup, &m->inst);
	if (inst == NULL || !inst->running) {
		log_debug("exit of an unknown instance, app %u", m->inst.app);
		return (0);
	}
	if (m->flags & EXIT_KILLED)
		ops_killed(inst->app);
	in.exit = m;
	fsm_event(sup, inst, &in);
	/* a relaunch is on its way before anything else is looked at */
	out_flush(sup, K_PARENT);
	return (0);
}
