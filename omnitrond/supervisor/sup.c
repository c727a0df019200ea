/*
 * The supervisor as a whole: what one turn of the loop ends with, and peers
 * that come and go.  Supervisor process.
 */
#include <string.h>

#include "common/log.h"
#include "omnitrond/supervisor/audit.h"
#include "omnitrond/supervisor/crash.h"
#include "omnitrond/supervisor/conf.h"
#include "omnitrond/supervisor/depend.h"
#include "omnitrond/supervisor/load.h"
#include "omnitrond/supervisor/metrics.h"
#include "omnitrond/supervisor/ops.h"
#include "omnitrond/supervisor/persist.h"
#include "omnitrond/supervisor/probe.h"
#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/shutdown.h"
#include "omnitrond/supervisor/strategy.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

/* A restart without delay is so far ahead of what is told about it. */
#define HOLD_MS		5

static void
sup_wake(struct sup *sup, struct mono at)
{
	sup->out.wake(sup->out.arg, at);
}

void
sup_want_turn(struct sup *sup)
{
	if (!sup->turn.set)
		timer_set(&sup->timers, &sup->turn, out_now(sup));
}

/* An app that left the configuration, and has stopped. */
static int
sup_app_over(struct sup *sup, struct app *app)
{
	if (!app->removed || app->tally.running > 0 || app->nops > 0 ||
	    sup->shutdown.going)
		return (0);
	log_info("%s: removed", app->name);
	persist_drop(sup, app);
	view_app_gone(sup, app);
	app_free(sup, app);
	return (1);
}

static void
sup_settle_app(struct sup *sup, struct app *app)
{
	struct process	*p;

	rolling_settle(sup, app);
	PROCESS_FOREACH(p, app)
		process_trim(sup, p);
	strategy_settle(sup, app);
	depend_settle(sup, app);
	ops_settle(sup, app);
	sup_app_over(sup, app);
}

void
sup_hold(struct sup *sup)
{
	sup->hold = out_in_ms(sup, HOLD_MS);
}

/* Nobody may wait for an answer, or for the end. */
static int
sup_holds(struct sup *sup)
{
	return (mono_before(out_now(sup), sup->hold) && sup->nreqs == 0 &&
	    !sup->shutdown.going);
}

static void
sup_tell(struct sup *sup, void *arg)
{
	persist_flush(sup);
	view_pump(sup);
	publish_flush(sup);
	crash_flush(sup);
}

static void
sup_turn(struct sup *sup, void *arg)
{
	struct app	*app;

	/* what was not loaded yet is not decided about */
	while (sup->phase == PH_RUNNING &&
	    (app = TAILQ_FIRST(&sup->kicked)) != NULL) {
		TAILQ_REMOVE(&sup->kicked, app, kick_entry);
		app->kicked = 0;
		sup_settle_app(sup, app);
	}
	if (!sup_holds(sup))
		sup_tell(sup, NULL);
	else if (!sup->tell.set)
		timer_set(&sup->timers, &sup->tell, sup->hold);
	shutdown_settle(sup);
}

void
sup_init(struct sup *sup, const struct out *out)
{
	memset(sup, 0, sizeof(*sup));
	sup->out = *out;
	timers_init(&sup->timers, sup, sup_wake);
	timer_init(&sup->turn, sup_turn, NULL);
	timer_init(&sup->tell, sup_tell, NULL);
	RB_INIT(&sup->by_id);
	RB_INIT(&sup->by_name);
	TAILQ_INIT(&sup->groups);
	TAILQ_INIT(&sup->kicked);
	LIST_INIT(&sup->reqs);
	persist_init(sup);
	view_init(sup);
	metrics_init(sup);
	watch_init(sup);
	audit_init(sup);
	crash_init(sup);
	probe_init(sup);
	shutdown_init(sup);
	load_init(sup);
	grants_init(&sup->grants);
	sup->ceiling[plane_number(K_CONTROL)] = ROLE_ADMIN;
	revoke_init(sup);
	publish_init(sup);
	said_init(sup);
}

void
sup_free(struct sup *sup)
{
	struct app	*app;
	uint32_t	 n;

	for (n = 0; n < PLANES; n++)
		request_plane_gone(sup, plane_kind(n));
	while ((app = RB_MIN(app_ids, &sup->by_id)) != NULL) {
		ops_cancel(sup, app, OUT_UNAVAILABLE, "ends");
		app_free(sup, app);
	}
	group_free(sup);
	conf_stage_free(sup->stage);
	load_free(sup);
	said_free(sup);
	persist_free(sup);
	view_free(sup);
	metrics_free(sup);
	audit_free(sup);
	crash_free(sup);
	change_free(sup);
	shutdown_free(sup);
	grants_free(&sup->grants);
	revoke_free(sup);
	publish_free(sup);
	timer_cancel(&sup->timers, &sup->turn);
	timer_cancel(&sup->timers, &sup->tell);
}

void
sup_up(struct sup *sup, enum kind kind)
{
	switch (kind) {
	case K_STORE:
		persist_store_up(sup);
		break;
	case K_CONTROL:
	case K_LOCAL:
	case K_NETWORK:
		view_begin(sup, kind);
		break;
	case K_SECRETS:
		secrets_up(sup);
		break;
	case K_APPS:
		watchdog_apps_up(sup);
		break;
	case K_LOGGER:
		audit_logger_up(sup);
		crash_flush(sup);
		break;
	case K_EGRESS:
		probe_egress_up(sup);
		break;
	default:
		break;
	}
}

void
sup_down(struct sup *sup, enum kind kind)
{
	switch (kind) {
	case K_STORE:
		load_store_down(sup);
		persist_store_down(sup);
		break;
	case K_EGRESS:
		probe_egress_down(sup);
		break;
	case K_CONTROL:
	case K_LOCAL:
	case K_NETWORK:
		view_down(sup, kind);
		publish_plane_down(sup, kind);
		request_plane_gone(sup, kind);
		break;
	case K_APPS:
		watchdog_apps_down(sup);
		break;
	default:
		break;
	}
}
