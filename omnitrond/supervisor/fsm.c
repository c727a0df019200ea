/*
 * The state machine of an instance.  Supervisor process.
 *
 *	stopped --launch--> starting --ready--> online --stop--> stopping
 *	    --exit--> stopped
 *	starting, online --exit, abnormal--> errored --retry--> starting
 *	starting --late--> stopping --exit--> errored, as a failed start
 *	starting, online --excess--> stopping --exit--> errored, likewise
 *	errored --limit reached--> crashed, also at once when exec failed for
 *	    a reason that will not go away
 *	starting, online --exit, graceful--> stopped, "finished"; one that is
 *	    `oneshot' is starting until then, and done
 *	crashed, errored --stop--> stopped
 *
 * A launch while a dependency is not online holds the instance: stopped,
 * "waiting for db", and nothing of its budget is spent.  A relaunch without
 * delay goes from the exit straight to starting, in the handler that saw the
 * exit: SPAWN first, then log, record and view.
 *
 * The table at the end has a cell for every status and event.
 */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "omnitrond/supervisor/crash.h"
#include "omnitrond/supervisor/depend.h"
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/metrics.h"
#include "omnitrond/supervisor/policy.h"
#include "omnitrond/supervisor/run.h"
#include "omnitrond/supervisor/strategy.h"
#include "omnitrond/supervisor/supervisor.h"

/* What comes too late, or asks for what is so already. */
static void
fsm_ignore(struct sup *sup, struct inst *inst, const struct fsm_input *in)
{
}

/* What cannot be, unless a peer is confused. */
static void
fsm_odd(struct sup *sup, struct inst *inst, const struct fsm_input *in)
{
	static const char *const names[EV_MAX] = {
#define X(id, name)	name,
		FSM_EVENTS(X)
#undef X
	};
	char	 buf[INST_NAME_SIZE];

	log_debug("%s: %s while %s", inst_name(inst, buf, sizeof(buf)),
	    names[in->event], status_name(inst->status));
}

void
fsm_fresh(struct inst *inst)
{
	inst->backoff = 0;
	inst->budget.n = 0;
	inst->spend = 0;
}

static void
fsm_hold(struct sup *sup, struct inst *inst)
{
	char	 missing[REASON_SIZE - sizeof(REASON_WAITING)];

	timer_cancel(&sup->timers, &inst->timer);
	inst->retry_ms = 0;
	inst_set_held(inst, 1);
	inst_set_status(sup, inst, S_STOPPED);
	if (!strategy_told(inst))
		inst_set_reason(sup, inst, REASON_WAITING "%s",
		    depend_missing(inst, missing, sizeof(missing)));
	why_held(sup, inst);
}

void
fsm_spawn(struct sup *sup, struct inst *inst)
{
	struct m_spawn	 m;

	/* 0 means that it never ran */
	if (++inst->generation == 0)
		inst->generation = 1;
	memset(&m, 0, sizeof(m));
	inst_id(inst, &m.inst);
	out_send(sup, K_PARENT, M_SPAWN, &m, NULL);
	inst_set_running(sup, inst, 1);
	why_launched(sup, inst);
	inst_set_held(inst, 0);
	inst_set_why(inst, NULL);
	said_reset(inst);
	inst->execed = inst->ready_early = inst->finished = 0;
	inst->again = inst->failed = 0;
	inst->step = STEP_NONE;
	inst->error = 0;
	inst->retry_ms = inst->deadline_ms = 0;
	inst->started_ms = out_wall(sup);
	memset(&inst->sig, 0, sizeof(inst->sig));
	inst_set_status(sup, inst, S_STARTING);
	timer_cancel(&sup->timers, &inst->timer);
	if (inst->process->conf.startup_timeout_ms > 0)
		timer_set(&sup->timers, &inst->timer,
		    out_in_ms(sup, inst->process->conf.startup_timeout_ms));
}

/* 1 if it was launched, 0 if it is held. */
static int
fsm_try(struct sup *sup, struct inst *inst)
{
	if (sup->shutdown.going)
		return (0);
	if (!depend_ready(inst)) {
		fsm_hold(sup, inst);
		return (0);
	}
	fsm_spawn(sup, inst);
	return (1);
}

static void
fsm_launch(struct sup *sup, struct inst *inst, const struct fsm_input *in)
{
	fsm_try(sup, inst);
}

/*
 * By policy: it counts, once it is really launched, or held for what its own
 * crash has stopped.
 */
static void
fsm_retry(struct sup *sup, struct inst *inst, const struct fsm_input *in)
{
	if (strategy_busy(inst))
		return;
	if (!fsm_try(sup, inst) && !inst->trouble)
		return;
	inst->restarts++;
	if (inst->spend)
		budget_add(&inst->budget, out_now(sup));
}

static void
fsm_again(struct sup *sup, struct inst *inst, const struct fsm_input *in)
{
	inst->again = 1;
}

static void
fsm_ready(struct sup *sup, struct inst *inst, const struct fsm_input *in)
{
	char	 buf[INST_NAME_SIZE];

	if (!inst->execed) {
		inst->ready_early = 1;
		return;
	}
	timer_cancel(&sup->timers, &inst->timer);
	inst->online = out_now(sup);
	inst_set_status(sup, inst, S_ONLINE);
	watchdog_begin(sup, inst);
	log_info("%s: online (pid %d)", inst_name(inst, buf, sizeof(buf)),
	    (int)inst->sig.pid);
	rolling_ready(sup, inst);
}

static int
fsm_oneshot(const struct inst *inst)
{
	return ((inst->process->conf.flags & PROCESS_ONESHOT) != 0);
}

/* Is it ready when it was executed and lives? */
static int
fsm_ready_by_exec(const struct inst *inst)
{
	return (inst->process->conf.ready == READY_EXEC &&
	    !fsm_oneshot(inst));
}

/*
 * One that is to end is starting until it did, one with another readiness
 * until whoever learns of that says so; which may have been before this.
 */
static void
fsm_execed(struct sup *sup, struct inst *inst, const struct fsm_input *in)
{
	inst->execed = 1;
	ready_look(sup, inst);
	if (inst->ready_early)
		fsm_ready(sup, inst, in);
	if (!fsm_ready_by_exec(inst))
		return;
	if (inst->process->conf.min_uptime_ms == 0)
		fsm_ready(sup, inst, in);
	else
		timer_set(&sup->timers, &inst->timer,
		    out_in_ms(sup, inst->process->conf.min_uptime_ms));
}

static void
fsm_send_stop(struct sup *sup, struct inst *inst, uint32_t sig,
    uint32_t timeout_ms)
{
	struct m_stop	 m;

	memset(&m, 0, sizeof(m));
	inst_id(inst, &m.inst);
	m.signal = sig != 0 ? sig : inst->process->conf.stop_signal;
	m.timeout_ms = timeout_ms;
	out_send(sup, K_PARENT, M_STOP, &m, NULL);
	if (out_there(sup, K_APPS))
		out_send(sup, K_APPS, M_APP_STOP, &m, NULL);
	inst->deadline_ms = out_wall(sup) + timeout_ms;
}

static uint32_t
fsm_grace(const struct inst *inst, const struct fsm_input *in)
{
	if (in->force)
		return (0);
	return (in->grace ? in->timeout_ms :
	    inst->process->conf.stop_timeout_ms);
}

static const char *
fsm_reason(const struct fsm_input *in)
{
	return (in->reason != NULL ? in->reason : "");
}

/* Why it was told to stop is the app's reason. */
static void
fsm_say(struct sup *sup, struct inst *inst, const struct fsm_input *in)
{
	if (inst->part == PART_CURRENT)
		app_set_reason(sup, inst->app, "%s", fsm_reason(in));
}

/* A new one that is no good is only discarded. */
static void
fsm_count_failure(struct inst *inst)
{
	if (inst->part != PART_CURRENT)
		return;
	inst->app->failures++;
	inst->process->failures++;
}

static void
fsm_stop(struct sup *sup, struct inst *inst, const struct fsm_input *in)
{
	timer_cancel(&sup->timers, &inst->timer);
	watchdog_end(sup, inst);
	inst->again = inst->failed = 0;
	fsm_send_stop(sup, inst, 0, fsm_grace(inst, in));
	inst_set_status(sup, inst, S_STOPPING);
	fsm_say(sup, inst, in);
}

/* Stop what stops already: only harder. */
static void
fsm_harder(struct sup *sup, struct inst *inst, const struct fsm_input *in)
{
	inst->again = inst->failed = 0;
	if (in->force || (in->grace && out_wall(sup) + in->timeout_ms <
	    inst->deadline_ms)) {
		fsm_send_stop(sup, inst, 0, fsm_grace(inst, in));
		inst_changed(sup, inst);
	}
	fsm_say(sup, inst, in);
}

/* There is no process: whatever it waited for is off. */
static void
fsm_cancel(struct sup *sup, struct inst *inst, const struct fsm_input *in)
{
	timer_cancel(&sup->timers, &inst->timer);
	inst_set_held(inst, 0);
	inst->again = inst->failed = inst->finished = 0;
	if (inst->status == S_CRASHED)
		inst->restarts = 0;
	inst->retry_ms = 0;
	inst_set_status(sup, inst, S_STOPPED);
	fsm_say(sup, inst, in);
}

/* Online for a full window: the delays begin anew. */
static void
fsm_settled(struct sup *sup, struct inst *inst)
{
	if (inst->status == S_ONLINE && mono_diff_ms(out_now(sup),
	    inst->online) >= inst->process->conf.window_ms)
		inst->backoff = 0;
}

/* It is no good: end it, then treat it as one that failed by itself. */
static void
fsm_end(struct sup *sup, struct inst *inst, const char *why, uint32_t sig)
{
	timer_cancel(&sup->timers, &inst->timer);
	watchdog_end(sup, inst);
	fsm_send_stop(sup, inst, sig, inst->process->conf.stop_timeout_ms);
	fsm_settled(sup, inst);
	inst->failed = 1;
	fsm_count_failure(inst);
	inst_set_why(inst, why);
	inst_set_reason(sup, inst, "%s", why);
	inst_set_status(sup, inst, S_STOPPING);
}

static void
fsm_late(struct sup *sup, struct inst *inst, const struct fsm_input *in)
{
	const char	*text = ready_why(inst);
	char		 why[96 + READY_WHY_SIZE], limit[32];

	snprintf(why, sizeof(why), "%s within %s%s%s",
	    fsm_oneshot(inst) ? "not done" :
	    inst->execed ? ready_late(inst->process->conf.ready) :
	    ready_late(READY_EXEC),
	    duration_format(inst->process->conf.startup_timeout_ms, limit,
	    sizeof(limit)), inst->execed && text[0] != '\0' ? ": " : "",
	    inst->execed ? text : "");
	inst->due = WHY_START;
	fsm_end(sup, inst, why, 0);
}

static void
fsm_excess(struct sup *sup, struct inst *inst, const struct fsm_input *in)
{
	inst->due = in->due != 0 ? in->due : WHY_PROBE;
	fsm_end(sup, inst, fsm_reason(in), in->signal);
}

static void
fsm_crash(struct sup *sup, struct inst *inst, const char *why)
{
	struct m_shutdown	 m;
	char			 buf[INST_NAME_SIZE];

	inst->finished = 0;
	inst_set_status(sup, inst, S_CRASHED);
	inst_set_reason(sup, inst, "%s", why);
	log_warnx("%s: crashed: %s", inst_name(inst, buf, sizeof(buf)),
	    why);
	if ((inst->app->conf.flags & APP_CRITICAL) == 0 ||
	    sup->shutdown.going)
		return;
	log_warnx("%s: critical, the daemon stops", inst->app->name);
	memset(&m, 0, sizeof(m));
	m.flags = SHUTDOWN_FAILED;
	out_send(sup, K_PARENT, M_SHUTDOWN_ASK, &m, NULL);
}

static void
fsm_down(struct sup *sup, struct inst *inst, const char *reason)
{
	inst_set_status(sup, inst, S_STOPPED);
	inst_set_reason(sup, inst, "%s", reason);
}

/* Again, after its delay; at once when that is 0. */
static void
fsm_backoff(struct sup *sup, struct inst *inst, const char *why, int spend)
{
	const struct fsm_input	 in = { .event = EV_RETRY };
	char			 buf[INST_NAME_SIZE];
	uint32_t		 n = inst->backoff + 1;
	int64_t			 delay;

	inst->spend = spend;
	if (spend)
		inst->backoff = n;
	delay = backoff_delay(&inst->process->conf, n, out_random(sup));
	if (delay == 0 && !strategy_busy(inst)) {
		fsm_retry(sup, inst, &in);
		/* what is logged wakes others that want the processor, too */
		out_flush(sup, K_PARENT);
		sup_hold(sup);
		if (inst->status == S_STARTING)
			inst_set_reason(sup, inst, "%s", why);
	} else {
		inst->retry_ms = out_wall(sup) + delay;
		inst_set_status(sup, inst, S_ERRORED);
		inst_set_reason(sup, inst, "%s", why);
		timer_set(&sup->timers, &inst->timer, out_in_ms(sup, delay));
	}
	log_info("%s: %s, restart %u in %lld ms",
	    inst_name(inst, buf, sizeof(buf)), why, n, (long long)delay);
}

static void
fsm_limit(struct sup *sup, struct inst *inst, const char *why)
{
	const struct m_conf_process	*conf = &inst->process->conf;
	char			 reason[REASON_SIZE], window[32];

	snprintf(reason, sizeof(reason), "%s; gave up after %u restart%s in %s",
	    why, inst->budget.n, inst->budget.n == 1 ? "" : "s",
	    duration_format(conf->window_ms, window, sizeof(window)));
	fsm_crash(sup, inst, conf->max_restarts == 0 ? why : reason);
}

static void
fsm_decide(struct sup *sup, struct inst *inst, const char *why,
    enum verdict verdict)
{
	struct app	*app = inst->app;
	char		 reason[REASON_SIZE];
	int		 again, ready;

	if (app->intent == INTENT_STOP || inst->surplus) {
		/* it would have been told to stop in a moment */
		fsm_down(sup, inst, "");
		return;
	}
	again = verdict == V_RESTART || verdict == V_RESTART_FREE;
	if (again && sup->shutdown.going) {
		fsm_down(sup, inst, REASON_SHUTDOWN);
		return;
	}
	ready = depend_ready(inst);
	strategy_failed(sup, inst, verdict, why);
	/* a dependant that could not run anyway keeps its budget */
	if (again && !ready) {
		fsm_hold(sup, inst);
		return;
	}
	switch (verdict) {
	case V_FINISHED:
		inst->finished = 1;
		fsm_down(sup, inst, "finished");
		break;
	case V_FAILED:
		/* not done: what depends on it must not start */
		if (fsm_oneshot(inst)) {
			fsm_crash(sup, inst, why);
			break;
		}
		inst->finished = 1;
		snprintf(reason, sizeof(reason), "failed (%s)", why);
		fsm_down(sup, inst, reason);
		break;
	case V_CRASHED:
		fsm_crash(sup, inst, why);
		break;
	case V_RESTART_FREE:
		fsm_backoff(sup, inst, why, 0);
		break;
	case V_RESTART:
		if (budget_left(&inst->budget, &inst->process->conf,
		    out_now(sup)))
			fsm_backoff(sup, inst, why, 1);
		else
			fsm_limit(sup, inst, why);
		break;
	}
}

/* It ended or never began, and the verdict says what follows. */
static void
fsm_failed(struct sup *sup, struct inst *inst, const char *why,
    enum verdict verdict)
{
	if (rolling_gone(sup, inst, why, verdict == V_RESTART)) {
		crash_record(sup, inst, why, verdict);
		return;
	}
	why_failed(sup, inst, why);
	fsm_decide(sup, inst, why, verdict);
	why_decided(sup, inst, verdict);
	crash_record(sup, inst, why, verdict);
}

/* Its process is no more. */
static void
fsm_gone(struct sup *sup, struct inst *inst, const struct m_exited *ex)
{
	struct app	*app = inst->app;

	timer_cancel(&sup->timers, &inst->timer);
	run_forget(inst);
	watchdog_end(sup, inst);
	inst_set_running(sup, inst, 0);
	metrics_drop(sup, inst);
	memset(&inst->sig, 0, sizeof(inst->sig));
	inst->deadline_ms = 0;
	inst->ended.exit = *ex;
	inst->ended.started_ms = inst->started_ms;
	inst->ended.restarts = inst->restarts;
	if (inst->part == PART_CURRENT) {
		app->exit = *ex;
		app->exit.inst.instance = inst->number;
		app->has_exit = 1;
	}
	fsm_settled(sup, inst);
}

/*
 * It never got to exec.  What will not change by itself is not retried; a
 * step we were not told (it was told to a supervisor before us) is.
 */
static void
fsm_noexec(struct sup *sup, struct inst *inst)
{
	char	 why[REASON_SIZE];

	fsm_count_failure(inst);
	/* the text was noted when the parent told the step */
	strlcpy(why, inst->why != NULL ? inst->why : "not started",
	    sizeof(why));
	if (inst->step != STEP_NONE &&
	    policy_permanent(inst->step, inst->error))
		fsm_failed(sup, inst, why, V_CRASHED);
	else
		fsm_failed(sup, inst, why,
		    policy_failed(&inst->process->conf));
}

static void
fsm_exit(struct sup *sup, struct inst *inst, const struct fsm_input *in)
{
	const struct m_exited	*ex = in->exit;
	enum verdict		 verdict;
	char			 why[REASON_SIZE];
	int			 unready = inst->status == S_STARTING &&
				    inst->process->conf.ready != READY_EXEC;

	fsm_gone(sup, inst, ex);
	if (ex->flags & EXIT_NOEXEC) {
		fsm_noexec(sup, inst);
		return;
	}
	verdict = policy_exit(&inst->process->conf, ex);
	policy_text(ex, why, sizeof(why));
	if (verdict == V_CRASHED)
		strlcat(why, " (no restart)", sizeof(why));
	if (!policy_graceful(&inst->process->conf, ex))
		fsm_count_failure(inst);
	else if (unready) {
		/* however well it ended, it was never of use */
		fsm_count_failure(inst);
		strlcat(why, " before it was ready", sizeof(why));
		verdict = policy_failed(&inst->process->conf);
	}
	fsm_failed(sup, inst, why, verdict);
}

static void
fsm_stopped(struct sup *sup, struct inst *inst, const struct fsm_input *in)
{
	char			 buf[INST_NAME_SIZE], why[REASON_SIZE];
	int			 again = inst->again, failed = inst->failed;

	fsm_gone(sup, inst, in->exit);
	inst->failed = 0;
	if (failed) {
		inst->again = 0;
		strlcpy(why, inst->why != NULL ? inst->why : "not started",
		    sizeof(why));
		fsm_failed(sup, inst, why,
		    policy_failed(&inst->process->conf));
		return;
	}
	/* a twin that takes its place is launched again in its place, too */
	if (rolling_gone(sup, inst, "stopped", 0))
		return;
	inst->again = 0;
	inst_set_status(sup, inst, S_STOPPED);
	log_info("%s: stopped%s", inst_name(inst, buf, sizeof(buf)),
	    (in->exit->flags & EXIT_KILLED) ? ", had to be killed" : "");
	if (again && !inst->surplus)
		fsm_try(sup, inst);
}

void
fsm_timer(struct sup *sup, void *arg)
{
	struct inst		*inst = arg;
	struct fsm_input	 in = { .event = EV_RETRY };

	if (inst->status == S_STARTING)
		in.event = inst->execed && fsm_ready_by_exec(inst) ?
		    EV_READY : EV_LATE;
	fsm_event(sup, inst, &in);
}

void
fsm_adopt(struct sup *sup, struct inst *inst, int was_online)
{
	const struct m_conf_process	*conf = &inst->process->conf;
	int64_t			 age = out_wall(sup) - inst->started_ms;

	if (age < 0 || inst->started_ms <= 0)
		age = 0;
	inst_set_running(sup, inst, 1);
	inst_set_status(sup, inst, S_STARTING);
	if (!inst->execed || fsm_oneshot(inst) ||
	    (!was_online && conf->ready != READY_EXEC)) {
		if (conf->startup_timeout_ms > 0)
			timer_set(&sup->timers, &inst->timer,
			    out_in_ms(sup, conf->startup_timeout_ms));
	} else if (was_online || age >= conf->min_uptime_ms) {
		inst->online = out_in_ms(sup, -age);
		inst_set_status(sup, inst, S_ONLINE);
		watchdog_begin(sup, inst);
	} else
		timer_set(&sup->timers, &inst->timer,
		    out_in_ms(sup, conf->min_uptime_ms - age));
	ready_look(sup, inst);
}

void
fsm_resume_backoff(struct sup *sup, struct inst *inst, int64_t gone)
{
	int64_t	 delay;

	delay = backoff_delay(&inst->process->conf, inst->backoff,
	    out_random(sup));
	delay = gone < 0 ? delay : delay - gone;
	if (delay < 0)
		delay = 0;
	inst->spend = 1;
	inst->retry_ms = out_wall(sup) + delay;
	inst_set_status(sup, inst, S_ERRORED);
	timer_set(&sup->timers, &inst->timer, out_in_ms(sup, delay));
}

static const fsm_action table[S_MAX][EV_MAX] = {
	[S_STOPPED] = {
		[EV_LAUNCH] = fsm_launch,
		[EV_RETRY] = fsm_ignore,
		[EV_EXECED] = fsm_odd,
		[EV_READY] = fsm_ignore,
		[EV_LATE] = fsm_ignore,
		[EV_EXCESS] = fsm_ignore,
		[EV_EXIT] = fsm_odd,
		[EV_STOP] = fsm_cancel,
	},
	[S_STARTING] = {
		[EV_LAUNCH] = fsm_ignore,
		[EV_RETRY] = fsm_ignore,
		[EV_EXECED] = fsm_execed,
		[EV_READY] = fsm_ready,
		[EV_LATE] = fsm_late,
		[EV_EXCESS] = fsm_excess,
		[EV_EXIT] = fsm_exit,
		[EV_STOP] = fsm_stop,
	},
	[S_ONLINE] = {
		[EV_LAUNCH] = fsm_ignore,
		[EV_RETRY] = fsm_ignore,
		[EV_EXECED] = fsm_odd,
		[EV_READY] = fsm_ignore,
		[EV_LATE] = fsm_ignore,
		[EV_EXCESS] = fsm_excess,
		[EV_EXIT] = fsm_exit,
		[EV_STOP] = fsm_stop,
	},
	[S_STOPPING] = {
		[EV_LAUNCH] = fsm_again,
		[EV_RETRY] = fsm_ignore,
		[EV_EXECED] = fsm_ignore,
		[EV_READY] = fsm_ignore,
		[EV_LATE] = fsm_ignore,
		[EV_EXCESS] = fsm_ignore,
		[EV_EXIT] = fsm_stopped,
		[EV_STOP] = fsm_harder,
	},
	[S_ERRORED] = {
		[EV_LAUNCH] = fsm_launch,
		[EV_RETRY] = fsm_retry,
		[EV_EXECED] = fsm_odd,
		[EV_READY] = fsm_ignore,
		[EV_LATE] = fsm_ignore,
		[EV_EXCESS] = fsm_ignore,
		[EV_EXIT] = fsm_odd,
		[EV_STOP] = fsm_cancel,
	},
	[S_CRASHED] = {
		[EV_LAUNCH] = fsm_launch,
		[EV_RETRY] = fsm_ignore,
		[EV_EXECED] = fsm_odd,
		[EV_READY] = fsm_ignore,
		[EV_LATE] = fsm_ignore,
		[EV_EXCESS] = fsm_ignore,
		[EV_EXIT] = fsm_odd,
		[EV_STOP] = fsm_cancel,
	},
};

fsm_action
fsm_cell(enum status status, enum fsm_event event)
{
	return (table[status][event]);
}

void
fsm_event(struct sup *sup, struct inst *inst, const struct fsm_input *in)
{
	table[inst->status][in->event](sup, inst, in);
	if (in->event == EV_STOP)
		rolling_stop(sup, inst, in);
}
