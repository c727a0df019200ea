/*
 * Requests of a plane.  The plane checked form and role; role and target are
 * checked here again, for it is here that they count.  Supervisor process.
 */
#include <string.h>

#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/supervisor.h"

/* Is it what a plane that keeps the rules can send? */
static int
request_sane(struct sup *sup, const struct m_request *m, size_t size)
{
	const struct method	*method;

	if (m->id <= sup->last_id || m->op == OP_NONE || m->op >= OP_MAX ||
	    m->method >= METHOD_MAX || m->role >= ROLE_MAX)
		return (0);
	method = &methods[m->method];
	if (method->op != m->op)
		return (0);
	/* all apps only by a method that says so */
	if ((m->flags & REQ_ALL) != (method->flags & REQ_ALL))
		return (0);
	return (m->op == OP_WATCH ? m->number <= WATCH_APPS_MAX &&
	    size == m->number * sizeof(uint32_t) : size == 0);
}

static int
request_needs_app(const struct m_request *m)
{
	switch (m->op) {
	case OP_START:
	case OP_STOP:
	case OP_RESTART:
		return ((m->flags & REQ_ALL) == 0);
	case OP_RELOAD_APP:
	case OP_SCALE:
	case OP_SIGNAL:
	case OP_EXEC:
	case OP_ENV:
	case OP_WHY:
		return (1);
	default:
		return (m->app != 0);
	}
}

/* NULL if it may be done now. */
static const char *
request_refused(struct sup *sup, const struct m_request *m,
    enum outcome *outcome)
{
	const struct method	*method = &methods[m->method];

	*outcome = OUT_FORBIDDEN;
	if (m->role < method->role)
		return ("the role does not suffice");
	if (!method->mutating || m->op == OP_SHUTDOWN)
		return (NULL);
	*outcome = OUT_CONFLICT;
	if (sup->shutdown.going)
		return ("shutting down");
	*outcome = OUT_UNAVAILABLE;
	if (sup->phase != PH_RUNNING)
		return ("the daemon is starting");
	*outcome = OUT_LIMITED;
	if (sup->nreqs >= REQUESTS_MAX)
		return ("too many requests wait");
	return (NULL);
}

static int
request_do(struct sup *sup, enum kind plane, const struct m_request *m,
    struct app *app, const uint32_t *apps)
{
	switch (m->op) {
	case OP_SIGNAL:
		return (request_signal(sup, plane, m, app));
	case OP_SHUTDOWN:
		return (request_shutdown(sup, plane, m));
	case OP_RELOAD:
		return (request_reload(sup, plane, m));
	case OP_METRICS:
		return (request_metrics(sup, plane, m, app));
	case OP_EXEC:
		return (request_exec(sup, plane, m, app));
	case OP_WATCH:
		return (request_watch(sup, plane, m, apps));
	case OP_LOGS:
		return (request_logs(sup, plane, m));
	case OP_WHY:
		return (why_answer(sup, plane, m, app));
	case OP_ENV:
	case OP_CONFIG:
		return (request_show(sup, plane, m));
	default:
		break;
	}
	if (m->flags & REQ_ALL)
		return (request_all(sup, plane, m));
	return (request_one(sup, plane, m, app));
}

int
request_handle(struct sup *sup, enum kind plane, const struct m_request *m,
    const void *apps, size_t size)
{
	uint32_t	 ids[WATCH_APPS_MAX];
	struct app	*app = NULL;
	enum outcome	 outcome;
	const char	*why;

	if (!request_sane(sup, m, size))
		return (-1);
	if (size > 0)
		memcpy(ids, apps, size);
	sup->last_id = m->id;
	if ((why = request_refused(sup, m, &outcome)) != NULL)
		return (request_say(sup, plane, m, outcome, why));
	if (request_needs_app(m)) {
		app = app_find(sup, m->app);
		if (app == NULL || app->removed)
			return (request_say(sup, plane, m, OUT_NOT_FOUND,
			    "no such app"));
	}
	return (request_do(sup, plane, m, app, ids));
}
