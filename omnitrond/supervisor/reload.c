/*
 * The reload of an app, one process after another in the order they depend
 * on each other, one instance after another in that of their numbers, each
 * as its process is configured:
 *
 *	rolling	a new one beside it takes its place (rolling.c)
 *	signal	it is sent the signal
 *	command	the parent runs it for the instance, and it succeeds
 *	restart	it is stopped and started again
 *
 * One that does not run is started.  What fails ends the reload: those that
 * are left stay as they are.  Supervisor process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/supervisor/depend.h"
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/reload.h"
#include "omnitrond/supervisor/run.h"
#include "omnitrond/supervisor/supervisor.h"

#define REASON_RELOAD	"reloading"
#define REASON_NOT	"not reloaded: "

enum step {
	STEPS_WAIT,
	STEPS_DONE,
	STEPS_FAILED
};

void
reload_begin(struct sup *sup, struct task *op)
{
	struct process	*p;
	char		 buf[REASON_SIZE];

	PROCESS_FOREACH(p, op->app)
		p->reloaded = op->process != NULL && op->process != p;
	op->at = PROCESS_ANY;
	publish_reloading(sup, op->app);
	if (op->app->intent == INTENT_RUN && (op->app->reason[0] == '\0' ||
	    strncmp(op->app->reason, REASON_NOT, strlen(REASON_NOT)) == 0))
		app_set_reason(sup, op->app, "%s", (op->flags & OPF_WATCH) ?
		    watch_reason(op->process, buf, sizeof(buf)) :
		    REASON_RELOAD);
}

void
reload_end(struct sup *sup, struct task *op)
{
	if (strcmp(op->app->reason, REASON_RELOAD) == 0 ||
	    strncmp(op->app->reason, REASON_WATCH, strlen(REASON_WATCH)) == 0)
		app_set_reason(sup, op->app, "%s", "");
	free(op->why);
	op->why = NULL;
}

static void
reload_set_why(struct task *op, const struct inst *inst, const char *what,
    const char *why)
{
	char	 name[INST_NAME_SIZE];

	if (op->why == NULL)
		xasprintf(&op->why, "%s: %s%s", inst_name(inst, name,
		    sizeof(name)), what, why);
}

void
reload_failed(const struct inst *inst, const char *why)
{
	struct task	*op = TAILQ_FIRST(&inst->app->ops);

	if (op != NULL && op->kind == OP_RELOAD_APP)
		reload_set_why(op, inst, "the new one failed, the old one "
		    "runs on: ", why);
}

/* ---- one instance ------------------------------------------------------- */

static enum step
reload_rolling(struct sup *sup, struct task *op, struct inst *inst)
{
	char	 missing[REASON_SIZE];

	if (!depend_ready(inst)) {
		if (depend_soon(inst)) {
			op->acted = 0;
			return (STEPS_WAIT);
		}
		reload_set_why(op, inst, REASON_WAITING,
		    depend_missing(inst, missing, sizeof(missing)));
		return (STEPS_FAILED);
	}
	rolling_begin(sup, inst);
	return (STEPS_WAIT);
}

static enum step
reload_signal(struct sup *sup, struct task *op, struct inst *inst)
{
	struct m_signal	 m;

	memset(&m, 0, sizeof(m));
	inst_id(inst, &m.inst);
	m.signal = inst->process->conf.reload_signal;
	out_send(sup, K_PARENT, M_SIGNAL, &m, NULL);
	return (STEPS_DONE);
}

/* It may take as long as a start. */
static enum step
reload_command(struct sup *sup, struct task *op, struct inst *inst)
{
	run_start(sup, inst, RUN_RELOAD,
	    inst->process->conf.startup_timeout_ms);
	return (STEPS_WAIT);
}

void
reload_ran(struct sup *sup, const struct inst *inst, int ok, const char *text)
{
	struct task	*op = TAILQ_FIRST(&inst->app->ops);

	if (!ok && op != NULL && op->kind == OP_RELOAD_APP)
		reload_set_why(op, inst, "reload command: ", text);
	app_kick(sup, inst->app);
}

static enum step
reload_restart(struct sup *sup, struct task *op, struct inst *inst)
{
	struct fsm_input	 in = { .event = EV_STOP };

	in.reason = REASON_RESTART;
	fsm_event(sup, inst, &in);
	in.event = EV_LAUNCH;
	fsm_event(sup, inst, &in);
	return (STEPS_WAIT);
}

static enum step	(*const reload_act[RELOAD_MAX])(struct sup *,
			    struct task *, struct inst *) = {
	[RELOAD_ROLLING] = reload_rolling,
	[RELOAD_SIGNAL] = reload_signal,
	[RELOAD_COMMAND] = reload_command,
	[RELOAD_RESTART] = reload_restart,
};

/* It was acted on: how far is it? */
static enum step
reload_look(struct task *op, const struct inst *inst)
{
	switch (inst->status) {
	case S_STARTING:
	case S_STOPPING:
		return (STEPS_WAIT);
	case S_ONLINE:
		return (STEPS_DONE);
	case S_STOPPED:
		if (inst->finished)
			return (STEPS_DONE);
		if (inst->held && depend_soon(inst))
			return (STEPS_WAIT);
		break;
	default:
		break;
	}
	reload_set_why(op, inst, "", inst->app->reason[0] != '\0' ?
	    inst->app->reason : status_name(inst->status));
	return (STEPS_FAILED);
}

/* What is to end by itself is left to do so. */
static int
reload_spares(const struct inst *inst)
{
	return (inst->surplus ||
	    (inst->process->conf.flags & PROCESS_ONESHOT) != 0);
}

static enum step
reload_inst(struct sup *sup, struct task *op, struct inst *inst)
{
	if (reload_spares(inst))
		return (STEPS_DONE);
	if (op->why != NULL)
		return (STEPS_FAILED);
	if (inst->twin != NULL || (inst->runs & (1u << RUN_RELOAD)))
		return (STEPS_WAIT);
	if (op->acted)
		return (reload_look(op, inst));
	if (inst->status == S_STOPPING)
		return (STEPS_WAIT);
	op->acted = 1;
	if (inst->running)
		return (reload_act[inst->process->conf.reload](sup, op, inst));
	ops_launch(sup, inst);
	return (reload_look(op, inst));
}

/* ---- one process, and all ----------------------------------------------- */

static enum step
reload_process(struct sup *sup, struct task *op, struct process *p)
{
	enum step	 step;

	for (; op->number < p->ninsts; op->number++) {
		step = reload_inst(sup, op, p->insts[op->number]);
		if (step != STEPS_DONE)
			return (step);
		op->acted = 0;
	}
	p->reloaded = 1;
	return (STEPS_DONE);
}

static int
reload_waits(const struct process *p)
{
	const struct process	*on;
	uint32_t		 i;

	for (i = 0; i < p->deps.n; i++) {
		on = p->deps.of[i];
		if (!on->reloaded && !on->removed)
			return (1);
	}
	return (0);
}

static struct process *
reload_first(const struct app *app)
{
	struct process	*p;

	PROCESS_FOREACH(p, app)
		if (!p->reloaded && !p->removed && !reload_waits(p))
			return (p);
	return (NULL);
}

/* The one at work, else the next: a new configuration may come meanwhile. */
static struct process *
reload_next(struct task *op)
{
	struct process	*p = process_find(op->app, op->at);

	if (p != NULL && !p->reloaded && !p->removed)
		return (p);
	if ((p = reload_first(op->app)) == NULL)
		return (NULL);
	op->at = p->conf.id;
	op->number = 0;
	op->acted = 0;
	return (p);
}

int
reload_step(struct sup *sup, struct task *op, enum outcome *outcome,
    char *text, size_t size)
{
	struct process	*p;

	if (op->app->intent != INTENT_RUN) {
		*outcome = OUT_CONFLICT;
		snprintf(text, size, "%s does not run: omnitronctl start %s",
		    op->app->name, op->app->name);
		return (1);
	}
	while ((p = reload_next(op)) != NULL)
		switch (reload_process(sup, op, p)) {
		case STEPS_WAIT:
			return (0);
		case STEPS_FAILED:
			*outcome = OUT_FAILED;
			strlcpy(text, op->why, size);
			/* nobody may have waited for it, but some will look */
			if (op->app->tally.status == S_ONLINE)
				app_set_reason(sup, op->app, REASON_NOT "%s",
				    text);
			return (1);
		case STEPS_DONE:
			break;
		}
	*outcome = OUT_OK;
	text[0] = '\0';
	return (1);
}
