/*
 * Health of apps: what their supervision shows, and what the checks of their
 * instances found.  In a plane; from the view alone.
 */
#include <stdio.h>
#include <string.h>

#include "omnitrond/rpc/answer.h"
#include "omnitrond/rpc/dispatch.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"
#include "omnitrond/rpc/reply.h"

/* An app that waits for its dependency wants to run and cannot. */
static int
health_held(const struct view_app *a)
{
	return (a->rec.status == S_STOPPED && (a->rec.flags & VIEW_HELD) != 0);
}

/* The worst of what the checks of its instances say. */
static enum health_state
health_checked(const struct view_app *a)
{
	enum health_state	 worst = view_silent(a) ? HEALTH_DEGRADED :
				    HEALTH_HEALTHY;
	size_t			 i;

	for (i = 0; i < a->ninst; i++)
		if (a->inst[i].rec.check != CHECK_NONE &&
		    a->inst[i].rec.health > worst)
			worst = a->inst[i].rec.health;
	return (worst);
}

/* NULL: it does not run and is not meant to, so there is nothing to judge. */
const char *
health_of(const struct view_app *a)
{
	switch ((enum status)a->rec.status) {
	case S_ONLINE:
		return (health_name(health_checked(a)));
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

/* 0 healthy, 1 degraded or not known yet, 2 unhealthy. */
static int
health_rank(const struct view_app *a)
{
	const char	*health = health_of(a);

	if (health == NULL || strcmp(health, "healthy") == 0)
		return (0);
	return (strcmp(health, "unhealthy") == 0 ? 2 : 1);
}

/* "http", "http[2]" where there are several, "worker http[2]" in bootstrap */
static void
health_check_name(const struct view_app *a, const struct view_inst *i,
    char *buf, size_t size)
{
	const char	*kind = check_kind(i->rec.check);
	int		 named = strcmp(i->name, a->name) != 0;

	if (a->ninst == 1)
		strlcpy(buf, kind, size);
	else
		snprintf(buf, size, "%s%s%s[%u]", named ? i->name : "",
		    named ? " " : "", kind,
		    instance_number(i->rec.inst.instance));
}

static void
health_inst(struct jsonw *w, const struct view_app *a,
    const struct view_inst *i)
{
	static const char *const	 words[HEALTH_MAX] = {
		[HEALTH_HEALTHY] = "pass", [HEALTH_UNKNOWN] = "warn",
		[HEALTH_DEGRADED] = "warn", [HEALTH_UNHEALTHY] = "fail"
	};
	char				 name[2 * NAME_SIZE];

	health_check_name(a, i, name, sizeof(name));
	jsonw_object(w);
	jsonw_kstring(w, "name", name);
	jsonw_kstring(w, "status", words[i->rec.health]);
	if (i->health != NULL)
		jsonw_kstring(w, "message", i->health);
	else if (i->rec.health == HEALTH_UNKNOWN)
		jsonw_kstring(w, "message", "not known yet");
	jsonw_end(w);
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
health_app(struct jsonw *w, const struct client *client,
    const struct view_app *a)
{
	const char	*health = health_of(a);
	char		 buf[ACCESS_TEXT_MAX];
	size_t		 i;

	jsonw_key(w, a->name);
	jsonw_object(w);
	jsonw_kstring(w, "status", health != NULL ? health :
	    status_name(a->rec.status));
	jsonw_key(w, "checks");
	jsonw_array(w);
	jsonw_object(w);
	jsonw_kstring(w, "name", "process");
	jsonw_kstring(w, "status", health_check(a));
	jsonw_kstring(w, "message", a->reason != NULL ?
	    access_text(client, a->reason, buf) : status_name(a->rec.status));
	jsonw_end(w);
	health_watchdog(w, a);
	for (i = 0; i < a->ninst; i++)
		if (a->inst[i].rec.check != CHECK_NONE)
			health_inst(w, a, &a->inst[i]);
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
	struct access_list		 list;
	int				 worst = 0, rank;

	access_open(&list, call->client, METHOD_GET_HEALTH);
	jsonw_object(w);
	jsonw_kint(w, "timestamp", wall_ms());
	jsonw_key(w, "apps");
	jsonw_object(w);
	TAILQ_FOREACH(a, &call->net->view->apps, entry) {
		if ((args->app != NULL && a != args->app) ||
		    !access_has(&list, a))
			continue;
		if ((rank = health_rank(a)) > worst)
			worst = rank;
		health_app(w, call->client, a);
	}
	access_close(&list);
	jsonw_end(w);
	jsonw_kstring(w, "overall", overall[worst]);
	jsonw_end(w);
	reply_end(call);
}
