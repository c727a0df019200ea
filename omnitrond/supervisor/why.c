/*
 * Why an app is as it is: causes are recorded where intents and statuses
 * change, and go with the app's record to the store.  Supervisor process.
 *
 * A root (what an operator or the configuration wants of the app) forgets all
 * before it; the event of an instance replaces the one before of the same
 * instance.  So the list is short, whatever happens, and says what counts now;
 * what happened before that is in the log and in the crash records.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/supervisor/depend.h"
#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/policy.h"
#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/supervisor.h"

void
why_init(struct why_app *wa)
{
	memset(wa, 0, sizeof(*wa));
	TAILQ_INIT(&wa->list);
}

static void
why_drop(struct why_app *wa, struct why *w)
{
	TAILQ_REMOVE(&wa->list, w, entry);
	wa->n--;
	free(w->subject);
	free(w->text);
	free(w);
}

static void
why_clear(struct why_app *wa)
{
	struct why	*w, *next;

	TAILQ_FOREACH_SAFE(w, &wa->list, entry, next)
		why_drop(wa, w);
}

void
why_free(struct why_app *wa)
{
	why_clear(wa);
	free(wa->acts);
	wa->acts = NULL;
	wa->nacts = 0;
}

/* The root stays, whatever comes: the one before it is dropped. */
static void
why_bound(struct why_app *wa)
{
	struct why	*root = TAILQ_LAST(&wa->list, whys);

	if (wa->n > WHYS_MAX)
		why_drop(wa, TAILQ_PREV(root, whys, entry));
}

static struct why *
why_add(struct sup *sup, struct app *app, enum why_kind kind,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The newest of the app. */
static struct why *
why_add(struct sup *sup, struct app *app, enum why_kind kind,
    const char *fmt, ...)
{
	struct why	*w = xcalloc(1, sizeof(*w));
	char		 text[WHY_TEXT_SIZE];
	va_list		 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	w->m.kind = kind;
	w->m.at_ms = out_wall(sup);
	w->m.plane = K_PARENT;
	w->instance = INSTANCE_ANY;
	w->text = xstrdup(text);
	TAILQ_INSERT_HEAD(&app->why.list, w, entry);
	app->why.n++;
	why_bound(&app->why);
	app->why.unsaved = 1;
	app_changed(sup, app);
	return (w);
}

static void
why_set_by(struct why *w, const struct why_by *by)
{
	w->m.uid = by->uid;
	w->m.pid = by->pid;
	w->m.plane = by->plane;
	inst_keep(&w->subject, by->subject);
}

static void
why_set_inst(struct why *w, const struct inst *inst)
{
	strlcpy(w->process, inst->process->name, sizeof(w->process));
	w->instance = inst->number;
}

static int
why_of(const struct why *w, const char *process, uint16_t instance)
{
	return (w->instance == instance && strcmp(w->process, process) == 0);
}

/* The newest of an instance, or NULL. */
static struct why *
why_newest(const struct inst *inst)
{
	struct why	*w;

	TAILQ_FOREACH(w, &inst->app->why.list, entry)
		if (why_of(w, inst->process->name, inst->number))
			return (w);
	return (NULL);
}

static void
why_forget(struct why_app *wa, const char *process, uint16_t instance)
{
	struct why	*w, *next;

	for (w = TAILQ_FIRST(&wa->list); w != NULL; w = next) {
		next = TAILQ_NEXT(w, entry);
		if (why_of(w, process, instance))
			why_drop(wa, w);
	}
}

static void
why_forget_inst(struct inst *inst)
{
	why_forget(&inst->app->why, inst->process->name, inst->number);
}

/* ---- operations --------------------------------------------------------- */

static void
why_by_ask(struct why_by *by, const struct ask *ask)
{
	memset(by, 0, sizeof(*by));
	by->uid = ask->m.uid;
	by->pid = ask->m.pid;
	by->plane = ask->plane;
	by->method = ask->m.method;
	by->app = ask->m.app;
	strlcpy(by->subject, ask->caller.subject, sizeof(by->subject));
}

void
why_asked(struct task *op, const struct req *req)
{
	memset(&op->by, 0, sizeof(op->by));
	op->due = WHY_DAEMON;
	op->because = NULL;
	if (req != NULL)
		why_by_ask(&op->by, &req->ask);
}

void
why_due(struct task *op, enum why_kind kind, const char *because)
{
	op->due = kind;
	op->because = because;
}

static void
why_add_act(struct sup *sup, struct app *app, const struct why_by *by)
{
	struct why_app	*wa = &app->why;
	struct act	*act;

	if (wa->acts == NULL)
		wa->acts = xcalloc(ACTS_MAX, sizeof(*wa->acts));
	act = &wa->acts[wa->nacts++ % ACTS_MAX];
	act->at_ms = out_wall(sup);
	act->uid = by->uid;
	act->pid = by->pid;
	act->plane = by->plane;
	memcpy(act->subject, by->subject, sizeof(act->subject));
	act->method = by->method;
}

void
why_act(struct sup *sup, struct app *app, const struct ask *ask)
{
	struct why_by	 by;

	why_by_ask(&by, ask);
	why_add_act(sup, app, &by);
}

/* "web was scaled to 3", "shop/http was restarted" */
static void
why_deed(const struct task *op, char *buf, size_t size)
{
	char	 name[INST_NAME_SIZE];

	strlcpy(name, op->app->name, sizeof(name));
	if (op->process != NULL && app_bootstrap(op->app)) {
		strlcat(name, "/", sizeof(name));
		strlcat(name, op->process->name, sizeof(name));
	}
	switch (op->kind) {
	case OP_STOP:
		snprintf(buf, size, "%s was stopped", name);
		break;
	case OP_START:
		snprintf(buf, size, "%s was started", name);
		break;
	case OP_RELOAD_APP:
		snprintf(buf, size, "%s was reloaded", name);
		break;
	case OP_SCALE:
		snprintf(buf, size, "%s was scaled to %u", name, op->number);
		break;
	default:
		snprintf(buf, size, "%s was restarted", name);
		break;
	}
}

/* Said of another app, which takes this one along? */
static void
why_with_others(struct sup *sup, const struct task *op, char *buf,
    size_t size)
{
	const struct app	*on = app_find(sup, op->by.app);

	if (op->by.app == 0)
		strlcat(buf, " with all others", size);
	else if (on != NULL && on != op->app) {
		strlcat(buf, " with ", size);
		strlcat(buf, on->name, size);
	}
}

/* A reload leaves what is wanted of the app as it is. */
static void
why_make_room(const struct task *op, const char *deed)
{
	struct why_app	*wa = &op->app->why;
	struct why	*w, *next;

	if (op->process != NULL)
		why_forget(wa, op->process->name, INSTANCE_ANY);
	else if (op->kind != OP_RELOAD_APP)
		why_clear(wa);
	for (w = TAILQ_FIRST(&wa->list); w != NULL; w = next) {
		next = TAILQ_NEXT(w, entry);
		if (strncmp(w->text, deed, strlen(deed)) == 0)
			why_drop(wa, w);
	}
}

/* What is so already has its cause. */
static int
why_idle(const struct task *op)
{
	const struct app	*app = op->app;

	if (op->kind == OP_START)
		return (app->intent == INTENT_RUN &&
		    (app->tally.status == S_ONLINE ||
		    app->tally.status == S_STARTING));
	return (op->kind == OP_STOP && app->intent == INTENT_STOP &&
	    app->tally.status == S_STOPPED);
}

void
why_begin(struct sup *sup, const struct task *op)
{
	struct app	*app = op->app;
	char		 deed[WHY_TEXT_SIZE];
	int		 asked = op->by.plane != K_PARENT;
	struct why	*w;

	if (asked)
		why_add_act(sup, app, &op->by);
	if ((op->flags & OPF_KEEP) || why_idle(op))
		return;
	why_deed(op, deed, sizeof(deed));
	if (asked)
		why_with_others(sup, op, deed, sizeof(deed));
	why_make_room(op, deed);
	if (asked) {
		w = why_add(sup, app, WHY_OPERATOR, "%s", deed);
		why_set_by(w, &op->by);
	} else
		w = why_add(sup, app, op->due, "%s%s%s", deed,
		    op->because != NULL ? ": " : "",
		    op->because != NULL ? op->because : "");
	if (op->process != NULL)
		strlcpy(w->process, op->process->name, sizeof(w->process));
}

const char *
why_last(const struct inst *inst)
{
	const struct why	*w = why_newest(inst);

	return (w != NULL ? w->text : "");
}

/* ---- instances ---------------------------------------------------------- */

/* The signal that an exit is the doing of. */
static void
why_signal(struct sup *sup, struct inst *inst, const char *name)
{
	const struct why_app	*wa = &inst->app->why;
	const struct act	*act;
	struct why		*w;
	uint32_t		 i;

	for (i = wa->nacts; i > 0 && wa->nacts - i < ACTS_MAX; i--) {
		act = &wa->acts[(i - 1) % ACTS_MAX];
		if (act->method != METHOD_SIGNAL_APP)
			continue;
		w = why_add(sup, inst->app, WHY_OPERATOR,
		    "a signal was sent to %s", name);
		w->m.uid = act->uid;
		w->m.pid = act->pid;
		w->m.plane = act->plane;
		inst_keep(&w->subject, act->subject);
		why_set_inst(w, inst);
		w->m.at_ms = act->at_ms;
		return;
	}
}

void
why_failed(struct sup *sup, struct inst *inst, const char *why)
{
	const struct m_exited	*ex = &inst->ended.exit;
	enum why_kind		 kind = WHY_EXIT;
	struct why		*w;
	char			 name[INST_NAME_SIZE];

	if (inst->app->intent == INTENT_STOP || inst->surplus ||
	    sup->shutdown.going)
		return;
	inst_name(inst, name, sizeof(name));
	why_forget_inst(inst);
	if (ex->flags & EXIT_NOEXEC)
		kind = WHY_START;
	else if (inst->why != NULL)
		kind = inst->due;
	if (kind == WHY_EXIT && (ex->flags & EXIT_SIGNALLED))
		why_signal(sup, inst, name);
	w = why_add(sup, inst->app, kind, "%s%s: %s", name,
	    kind == WHY_EXIT ? " ended" :
	    (ex->flags & EXIT_NOEXEC) ? " did not start" : "", why);
	why_set_inst(w, inst);
}

static void
why_restart(struct sup *sup, const struct inst *inst, enum verdict verdict,
    char *buf, size_t size)
{
	const struct m_conf_process	*conf = &inst->process->conf;
	int64_t		 delay = inst->retry_ms - out_wall(sup);
	char		 window[32], after[32];

	strlcpy(after, "at once", sizeof(after));
	if (delay > 0) {
		strlcpy(after, "after ", sizeof(after));
		duration_format(delay, after + strlen(after),
		    sizeof(after) - strlen(after));
	}
	if (verdict == V_RESTART_FREE) {
		snprintf(buf, size, "is restarted %s, which does not count",
		    after);
		return;
	}
	/* one that is still to come is not among those that were */
	snprintf(buf, size, "is restarted %s, restart %u of at most %u in %s",
	    after, inst->budget.n + (inst->status == S_ERRORED),
	    conf->max_restarts, duration_format(conf->window_ms, window,
	    sizeof(window)));
}

void
why_decided(struct sup *sup, struct inst *inst, enum verdict verdict)
{
	char		 name[INST_NAME_SIZE], text[WHY_TEXT_SIZE];
	struct why	*w;

	if (inst->app->intent == INTENT_STOP || inst->surplus ||
	    sup->shutdown.going || inst->held)
		return;
	if (inst->status == S_CRASHED && verdict == V_RESTART)
		snprintf(text, sizeof(text), "was given up after %u restarts",
		    inst->budget.n);
	else if (inst->status == S_CRASHED)
		strlcpy(text, "was given up, as a restart cannot help",
		    sizeof(text));
	else if (verdict == V_FINISHED)
		strlcpy(text, "has finished, and is not restarted for that",
		    sizeof(text));
	else if (verdict == V_FAILED)
		strlcpy(text, "is never restarted", sizeof(text));
	else
		why_restart(sup, inst, verdict, text, sizeof(text));
	w = why_add(sup, inst->app, WHY_POLICY, "%s %s",
	    inst_name(inst, name, sizeof(name)), text);
	why_set_inst(w, inst);
}

/* The first app that it waits for, or NULL. */
static const struct app *
why_missing(const struct app *app)
{
	const struct app	*on;
	uint32_t		 i;

	for (i = 0; i < app->deps.n; i++) {
		on = app->deps.of[i];
		if (!app_satisfies(on))
			return (on);
	}
	return (NULL);
}

void
why_held(struct sup *sup, struct inst *inst)
{
	const struct app	*on = why_missing(inst->app);
	char			 name[INST_NAME_SIZE], missing[REASON_SIZE];
	char			 text[WHY_TEXT_SIZE];
	struct why		*w = why_newest(inst);

	snprintf(text, sizeof(text), "%s waits for %s",
	    inst_name(inst, name, sizeof(name)),
	    depend_missing(inst, missing, sizeof(missing)));
	/* it waits for the one that crashed, and that is told; or still */
	if (w != NULL && (w->m.kind == WHY_STRATEGY ||
	    strcmp(w->text, text) == 0))
		return;
	if (w != NULL && w->m.kind == WHY_DEPENDENCY)
		why_drop(&inst->app->why, w);
	w = why_add(sup, inst->app, WHY_DEPENDENCY, "%s", text);
	why_set_inst(w, inst);
	if (on != NULL)
		strlcpy(w->on, on->name, sizeof(w->on));
}

void
why_launched(struct sup *sup, struct inst *inst)
{
	struct why	*w = why_newest(inst);
	char		 name[INST_NAME_SIZE], on[NAME_SIZE];

	if (!inst->held || w == NULL || w->m.kind != WHY_DEPENDENCY)
		return;
	strlcpy(on, w->on, sizeof(on));
	why_forget_inst(inst);
	w = why_add(sup, inst->app, WHY_DEPENDENCY,
	    "%s was started when %s was online",
	    inst_name(inst, name, sizeof(name)),
	    on[0] != '\0' ? on : "what it depends on");
	why_set_inst(w, inst);
	strlcpy(w->on, on, sizeof(w->on));
}

void
why_with(struct sup *sup, struct inst *inst, const struct inst *crashed)
{
	char		 name[INST_NAME_SIZE], other[INST_NAME_SIZE];
	struct why	*w;

	why_forget_inst(inst);
	w = why_add(sup, inst->app, WHY_STRATEGY,
	    "%s restarts with %s, which failed",
	    inst_name(inst, name, sizeof(name)),
	    inst_name(crashed, other, sizeof(other)));
	why_set_inst(w, inst);
	if (crashed->app != inst->app)
		strlcpy(w->on, crashed->app->name, sizeof(w->on));
}

/* ---- the daemon --------------------------------------------------------- */

void
why_new(struct sup *sup, struct app *app)
{
	int	 autostart = (app->conf.flags & APP_AUTOSTART) != 0;

	if (app->why.n > 0)
		return;
	why_add(sup, app, sup->phase == PH_RUNNING ? WHY_CONFIG : WHY_DAEMON,
	    "%s was %s, and %s", app->name, sup->phase == PH_RUNNING ?
	    "added to the configuration" : "new to the daemon",
	    autostart ? "is one to start by itself" :
	    "is not one to start by itself (autostart no)");
}

void
why_booted(struct sup *sup, struct app *app, int same_boot)
{
	struct why	*w;

	/* its instances have it from each other */
	w = TAILQ_FIRST(&app->why.list);
	if (w != NULL && w->m.kind == WHY_DAEMON &&
	    w->m.at_ms == out_wall(sup))
		return;
	if (app->why.n > 1 && (w = TAILQ_PREV(TAILQ_LAST(&app->why.list, whys),
	    whys, entry))->m.kind == WHY_DAEMON)
		why_drop(&app->why, w);
	why_add(sup, app, WHY_DAEMON, "%s was started with the %s", app->name,
	    same_boot ? "daemon" : "machine");
}

static int
why_sane(const struct m_state_why *m, const char *process, const char *on)
{
	return (m->why.kind < WHY_MAX && m->why.plane < K_MAX &&
	    memchr(m->subject, '\0', sizeof(m->subject)) != NULL &&
	    m->first <= 1 && (m->instance < INSTANCES_MAX ||
	    m->instance == INSTANCE_ANY) &&
	    (*process == '\0' || name_valid(process)) &&
	    (*on == '\0' || name_valid(on)));
}

int
why_load(struct why_app *wa, const struct m_state_why *m,
    const char *process, const char *on, const char *text)
{
	struct why	*w;

	if (!why_sane(m, process, on) || wa->n >= WHYS_MAX)
		return (-1);
	w = xcalloc(1, sizeof(*w));
	w->m = m->why;
	inst_keep(&w->subject, m->subject);
	w->instance = m->instance;
	strlcpy(w->process, process, sizeof(w->process));
	strlcpy(w->on, on, sizeof(w->on));
	w->text = xstrdup(text);
	TAILQ_INSERT_TAIL(&wa->list, w, entry);
	wa->n++;
	return (0);
}

void
why_take(struct app *app, struct why_app *from)
{
	why_clear(&app->why);
	TAILQ_CONCAT(&app->why.list, &from->list, entry);
	app->why.n = from->n;
	from->n = 0;
}

void
why_save(struct sup *sup, struct app *app)
{
	struct m_state_why	 m;
	const struct why	*w;

	if (!app->why.unsaved)
		return;
	app->why.unsaved = 0;
	TAILQ_FOREACH(w, &app->why.list, entry) {
		memset(&m, 0, sizeof(m));
		m.why = w->m;
		if (w->subject != NULL)
			strlcpy(m.subject, w->subject, sizeof(m.subject));
		m.first = w == TAILQ_FIRST(&app->why.list);
		m.instance = w->instance;
		out_send(sup, K_STORE, M_STATE_WHY, &m, app->name, w->process,
		    w->on, w->text, NULL);
	}
}
