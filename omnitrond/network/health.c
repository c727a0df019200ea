/*
 * Health of apps as their supervision shows it: there are no probes yet.
 * In the network process; from the view alone.
 */
#include "omnitrond/network/answer.h"
#include "omnitrond/network/dispatch.h"
#include "omnitrond/network/network.h"
#include "omnitrond/network/params.h"
#include "omnitrond/network/reply.h"

/* An app that waits for its dependency wants to run and cannot. */
static int
health_held(const struct view_app *a)
{
	return (a->rec.status == S_STOPPED && (a->rec.flags & VIEW_HELD) != 0);
}

/* NULL: it does not run and is not meant to, so there is nothing to judge. */
const char *
health_of(const struct view_app *a)
{
	switch ((enum status)a->rec.status) {
	case S_ONLINE:
		return (view_silent(a) ? "degraded" : "healthy");
	case S_STARTING:
	case S_ERRORED:
		return ("degraded");
	case S_CRASHED:
		return ("unhealthy");
	case S_STOPPED:
		return (health_held(a) ? "degraded" : NULL);
	case S_STOPPING:
	case S_MAX:
		break;
	}
	return (NULL);
}

static const char *
health_check(const struct view_app *a)
{
	switch ((enum status)a->rec.status) {
	case S_STARTING:
	case S_ERRORED:
		return ("warn");
	case S_CRASHED:
		return ("fail");
	case S_STOPPED:
		return (health_held(a) ? "warn" : "pass");
	case S_ONLINE:
	case S_STOPPING:
	case S_MAX:
		break;
	}
	return ("pass");
}

/* 0 healthy, 1 degraded, 2 unhealthy. */
static int
health_rank(const struct view_app *a)
{
	const char	*health = health_of(a);

	if (health == NULL || health[0] == 'h')
		return (0);
	return (health[0] == 'd' ? 1 : 2);
}

/* Heartbeats count where they are missing; where there are, all is well. */
static void
health_watchdog(struct jsonw *w, const struct view_app *a)
{
	if (!view_silent(a))
		return;
	jsonw_object(w);
	jsonw_kstring(w, "name", "watchdog");
	jsonw_kstring(w, "status", "fail");
	jsonw_kstring(w, "message", "no heartbeat in time");
	jsonw_end(w);
}

static void
health_app(struct jsonw *w, const struct view_app *a)
{
	const char	*health = health_of(a);

	jsonw_key(w, a->name);
	jsonw_object(w);
	jsonw_kstring(w, "status", health != NULL ? health :
	    status_name(a->rec.status));
	jsonw_key(w, "checks");
	jsonw_array(w);
	jsonw_object(w);
	jsonw_kstring(w, "name", "process");
	jsonw_kstring(w, "status", health_check(a));
	jsonw_kstring(w, "message", a->reason != NULL ? a->reason :
	    status_name(a->rec.status));
	jsonw_end(w);
	health_watchdog(w, a);
	jsonw_end(w);
	jsonw_end(w);
}

void
health_call(struct call *call, const struct args *args)
{
	static const char *const	 overall[] = { "healthy", "degraded",
					    "unhealthy" };
	const struct view_app		*a;
	struct jsonw			*w = reply_begin(call);
	int				 worst = 0, rank;

	jsonw_object(w);
	jsonw_kint(w, "timestamp", wall_ms());
	jsonw_key(w, "apps");
	jsonw_object(w);
	TAILQ_FOREACH(a, &call->net->view->apps, entry) {
		if (args->app != NULL && a != args->app)
			continue;
		if ((rank = health_rank(a)) > worst)
			worst = rank;
		health_app(w, a);
	}
	jsonw_end(w);
	jsonw_kstring(w, "overall", overall[worst]);
	jsonw_end(w);
	reply_end(call);
}
