/*
 * exec: a call of an app's method.  Who may call is decided here, and which
 * instances may be called: those that are online and not found unhealthy.
 * Which of them it is, and whether it has such a method, only apps knows.
 * Supervisor process.
 */
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/supervisor/audit.h"
#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/supervisor.h"

#define EXEC_TIMEOUT_MS	30000	/* rpc.md */

static int
exec_able(const struct inst *inst)
{
	return (inst->status == S_ONLINE && !inst->said.stopping &&
	    health_state(inst) != HEALTH_UNHEALTHY);
}

/* As many as fit, another first each time. */
static size_t
exec_instances(struct app *app, struct m_inst *ids)
{
	struct inst	*inst;
	size_t		 n = 0, able = 0, skip;

	INST_FOREACH(inst, app)
		able += (size_t)exec_able(inst);
	if (able == 0)
		return (0);
	skip = able > EXEC_INSTS ? app->exec_next++ % able : 0;
	INST_FOREACH(inst, app) {
		if (!exec_able(inst))
			continue;
		if (skip > 0) {
			skip--;
			continue;
		}
		inst_id(inst, &ids[n++]);
		if (n == EXEC_INSTS)
			break;
	}
	return (n);
}

int
request_exec(struct sup *sup, const struct ask *ask,
    struct app *app)
{
	struct m_exec_open	 open;
	struct m_inst		 ids[EXEC_INSTS];
	size_t			 n;

	if (!out_there(sup, K_APPS))
		return (request_say(sup, ask, OUT_NOT_FOUND,
		    "it has no channel: its configuration needs "
		    "\"channel yes\""));
	if ((n = exec_instances(app, ids)) == 0)
		return (request_say(sup, ask, OUT_UNAVAILABLE,
		    "no instance of it is online and healthy"));
	memset(&open, 0, sizeof(open));
	open.id = ask->m.id;
	open.plane = ask->plane;
	open.timeout_ms = ask->m.timeout_ms > 0 ? ask->m.timeout_ms : EXEC_TIMEOUT_MS;
	out_send_raw(sup, K_APPS, M_EXEC_OPEN, &open, ids,
	    n * sizeof(ids[0]));
	audit_request(sup, ask, OUT_OK, "");
	return (0);
}
