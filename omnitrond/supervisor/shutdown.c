/*
 * Shutdown: all apps are stopped, dependants first and what is independent
 * at once; intents stay; the last commit; then the parent is told.
 * Supervisor process.
 */
#include <string.h>

#include "common/log.h"
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/persist.h"
#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/shutdown.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

static void	shutdown_late(struct sup *, void *);

void
shutdown_init(struct sup *sup)
{
	timer_init(&sup->shutdown.timer, shutdown_late, NULL);
}

void
shutdown_free(struct sup *sup)
{
	timer_cancel(&sup->timers, &sup->shutdown.timer);
}

static uint32_t
shutdown_op_flags(const struct sup *sup)
{
	return (OPF_KEEP |
	    ((sup->shutdown.flags & SHUTDOWN_FORCE) ? OPF_FORCE : 0));
}

static void
shutdown_stop_all(struct sup *sup)
{
	struct app	*app;
	uint64_t	 group = ++sup->group;

	APP_FOREACH(app, sup) {
		ops_cancel(sup, app, OUT_CONFLICT, "shutting down");
		ops_add(sup, app, OP_STOP, shutdown_op_flags(sup), group,
		    NULL);
	}
	sup_want_turn(sup);
}

void
shutdown_check(struct sup *sup)
{
	if (!sup->shutdown.going || sup->shutdown.begun ||
	    sup->phase != PH_RUNNING)
		return;
	sup->shutdown.begun = 1;
	timer_cancel(&sup->timers, &sup->shutdown.timer);
	shutdown_stop_all(sup);
}

void
shutdown_begin(struct sup *sup, uint32_t flags)
{
	struct shutdown	*s = &sup->shutdown;
	int		 harder;

	harder = (flags & SHUTDOWN_FORCE) && !(s->flags & SHUTDOWN_FORCE);
	s->flags |= flags;
	if (s->going) {
		if (harder && s->begun)
			shutdown_stop_all(sup);
		return;
	}
	log_info("shutting down");
	publish_daemon(sup, EVENT_DAEMON_STOPPING, "");
	s->going = 1;
	s->at_ms = out_wall(sup);
	/* records that do not come must not keep it up */
	if (sup->phase != PH_RUNNING)
		timer_set(&sup->timers, &s->timer,
		    out_in_ms(sup, SHUTDOWN_STORE_MS));
	shutdown_check(sup);
}

static int
shutdown_idle(struct sup *sup)
{
	struct app	*app;

	if (sup->nrunning > 0)
		return (0);
	APP_FOREACH(app, sup)
		if (app->nops > 0)
			return (0);
	return (1);
}

/* The parent ends control first: its receipt says that it has the answer. */
static void
shutdown_answer(struct sup *sup)
{
	if (sup->shutdown.answered)
		return;
	sup->shutdown.answered = 1;
	sup->shutdown.asked = request_stopped(sup) > 0;
	if (sup->shutdown.asked)
		view_ask(sup);
}

static void
shutdown_done(struct sup *sup)
{
	struct m_none	 none = { 0 };

	shutdown_answer(sup);
	sup->shutdown.told = 1;
	timer_cancel(&sup->timers, &sup->shutdown.timer);
	out_send(sup, K_PARENT, M_SHUTDOWN_DONE, &none, NULL);
}

/*
 * Two seconds are over: either store or control did not answer the last
 * message, or the records were never loaded; then what lives is the parent's
 * to end.
 */
static void
shutdown_late(struct sup *sup, void *arg)
{
	sup->shutdown.late = 1;
	if (sup->phase != PH_RUNNING)
		shutdown_done(sup);
	sup_want_turn(sup);
}

void
shutdown_settle(struct sup *sup)
{
	struct shutdown	*s = &sup->shutdown;

	if (!s->begun || s->told || !shutdown_idle(sup))
		return;
	shutdown_answer(sup);
	if ((persist_clean(sup) && !(s->asked && view_owes(sup))) ||
	    s->late) {
		shutdown_done(sup);
		return;
	}
	if (!s->timer.set)
		timer_set(&sup->timers, &s->timer,
		    out_in_ms(sup, SHUTDOWN_STORE_MS));
}
