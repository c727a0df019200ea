/*
 * Commands that the parent runs for an instance: asked for, and their ends
 * told to whoever wanted them.  Supervisor process.
 */
#include <string.h>

#include "omnitrond/supervisor/probe.h"
#include "omnitrond/supervisor/reload.h"
#include "omnitrond/supervisor/run.h"
#include "omnitrond/supervisor/supervisor.h"

static void
run_send(struct sup *sup, struct inst *inst, enum msg_type type,
    enum run_kind kind, uint32_t timeout_ms)
{
	struct m_run	 m;

	memset(&m, 0, sizeof(m));
	inst_id(inst, &m.inst);
	m.kind = kind;
	m.timeout_ms = timeout_ms;
	out_send(sup, K_PARENT, type, &m, NULL);
}

int
run_start(struct sup *sup, struct inst *inst, enum run_kind kind,
    uint32_t timeout_ms)
{
	if (!inst->running || (inst->runs & (1u << kind)))
		return (-1);
	inst->runs |= 1u << kind;
	run_send(sup, inst, M_RUN, kind, timeout_ms);
	return (0);
}

void
run_stop(struct sup *sup, struct inst *inst, enum run_kind kind)
{
	if (inst->runs & (1u << kind))
		run_send(sup, inst, M_RUN_END, kind, 0);
}

void
run_forget(struct inst *inst)
{
	inst->runs = 0;
}

int
run_ran(struct sup *sup, const struct m_ran *m, const char *text)
{
	struct inst	*inst;

	if (m->kind >= RUN_MAX || m->kind == RUN_HOOK || m->step >= STEP_MAX)
		return (-1);
	/* of an instance that ended meanwhile, or a supervisor before us */
	if ((inst = inst_of(sup, &m->inst)) == NULL || !inst->running ||
	    (inst->runs & (1u << m->kind)) == 0)
		return (0);
	inst->runs &= ~(1u << m->kind);
	if (m->kind == RUN_RELOAD)
		reload_ran(sup, inst, m->code == 0 && m->signal == 0 &&
		    m->flags == 0 && m->step == STEP_NONE, text);
	if (m->kind == RUN_PROBE)
		probe_ran(sup, inst, m, text);
	return (0);
}
