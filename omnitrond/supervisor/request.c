/*
 * Requests of a plane.  The plane checked form, role and rules; all of it is
 * checked here again, for it is here that they count.  Supervisor process.
 */
#include <string.h>

#include "common/units.h"
#include "common/utf8.h"
#include "omnitrond/supervisor/access.h"
#include "omnitrond/supervisor/permit.h"
#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/revoke.h"
#include "omnitrond/supervisor/secret.h"
#include "omnitrond/supervisor/supervisor.h"

/* ---- what a plane that keeps the rules can send ------------------------- */

/* Who asks is said twice, and must be the same. */
static int
request_caller(const struct ask *ask)
{
	const struct caller	*c = &ask->caller;

	return (permit_caller(ask->plane, c) && ask->m.role == c->role &&
	    ask->m.uid == c->uid && ask->m.gid == c->gid &&
	    ask->m.pid == c->pid);
}

static int
request_sane(struct sup *sup, const struct ask *ask)
{
	const struct m_request	*m = &ask->m;
	const struct method	*method;

	if (m->id <= sup->view.plane[plane_number(ask->plane)].last_id ||
	    m->op == OP_NONE || m->op >= OP_MAX || m->method >= METHOD_MAX ||
	    m->role >= ROLE_MAX || !request_caller(ask))
		return (0);
	method = &methods[m->method];
	if (method->op != m->op)
		return (0);
	/* all apps only by a method that says so */
	return ((m->flags & REQ_ALL) == (method->flags & REQ_ALL));
}

static int
tail_text(struct msg *msg, struct tail *t)
{
	msg_take_str(msg, t->text, sizeof(t->text));
	return (utf8_valid(t->text, strlen(t->text)));
}

static int
tail_test(struct msg *msg, struct tail *t, uint32_t method)
{
	if (method >= METHOD_MAX || msg_take_caller(msg, &t->who) == -1)
		return (0);
	msg_take_str(msg, t->app, sizeof(t->app));
	return (t->app[0] == '\0' || name_valid(t->app));
}

static int
request_tail(struct msg *msg, const struct m_request *m, struct tail *t)
{
	switch (m->op) {
	case OP_WATCH:
		if (m->number > WATCH_APPS_MAX)
			return (0);
		msg_take(msg, t->apps, m->number * sizeof(t->apps[0]));
		return (1);
	case OP_SECRET:
		return (tail_text(msg, t) && secret_sane(m, t->text));
	case OP_ISSUE:
		return (tail_text(msg, t) && m->number < ROLE_MAX);
	case OP_REVOKE:
		return (tail_text(msg, t) && t->text[0] != '\0' &&
		    m->until_ms >= 0);
	case OP_TEST:
		return (tail_test(msg, t, m->number));
	default:
		return (1);
	}
}

static int
request_take(struct sup *sup, struct msg *msg, struct ask *ask,
    struct tail *t)
{
	msg_take(msg, &ask->m, sizeof(ask->m));
	t->text[0] = t->app[0] = '\0';
	if (msg_take_caller(msg, &ask->caller) == -1 ||
	    !request_sane(sup, ask) || !request_tail(msg, &ask->m, t))
		return (-1);
	return (msg_end(msg));
}

/* ---- may it be done ----------------------------------------------------- */

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
request_refused(struct sup *sup, const struct ask *ask,
    enum outcome *outcome)
{
	const struct method	*method = &methods[ask->m.method];

	*outcome = OUT_FORBIDDEN;
	if (!permit_role(sup, ask))
		return ("the role does not suffice");
	if (!method->mutating || ask->m.op == OP_SHUTDOWN)
		return (NULL);
	*outcome = OUT_CONFLICT;
	if (sup->shutdown.going)
		return ("shutting down");
	*outcome = OUT_UNAVAILABLE;
	if (sup->phase != PH_RUNNING)
		return ("the daemon is starting");
	*outcome = OUT_LIMITED;
	if (request_full(sup, ask->plane))
		return ("too many requests wait");
	return (NULL);
}

/*
 * What is of no app needs the rules' "*".  What is of many is asked of each:
 * here by whoever acts on them, of logs by the plane that shows them.
 */
static int
request_of_many(const struct m_request *m)
{
	return ((m->flags & REQ_ALL) != 0 ||
	    (m->op == OP_LOGS && (m->flags & REQ_SYSTEM) == 0));
}

/* NULL: it may, and *app is the one that it is about. */
static const char *
request_forbidden(struct sup *sup, const struct ask *ask, struct app **app,
    enum outcome *outcome)
{
	*app = NULL;
	*outcome = OUT_FORBIDDEN;
	if (!request_needs_app(&ask->m)) {
		if (request_of_many(&ask->m) || permit_daemon(sup, ask))
			return (NULL);
		return (PERMIT_NO_RULE);
	}
	*app = app_find(sup, ask->m.app);
	if (*app != NULL && !(*app)->removed)
		switch (permit_app(sup, ask, *app)) {
		case PERMIT_YES:
			return (NULL);
		case PERMIT_NO:
			return (PERMIT_NO_RULE);
		case PERMIT_HIDDEN:
			break;
		}
	*outcome = OUT_NOT_FOUND;
	return (PERMIT_UNKNOWN);
}

/* ---- do it -------------------------------------------------------------- */

static int
request_do_app(struct sup *sup, const struct ask *ask, struct app *app)
{
	switch (ask->m.op) {
	case OP_SIGNAL:
		return (request_signal(sup, ask, app));
	case OP_EXEC:
		return (request_exec(sup, ask, app));
	case OP_WHY:
		return (why_answer(sup, ask, app));
	default:
		break;
	}
	if (ask->m.flags & REQ_ALL)
		return (request_all(sup, ask));
	return (request_one(sup, ask, app));
}

static int
request_do(struct sup *sup, const struct ask *ask, struct app *app,
    const struct tail *t)
{
	switch (ask->m.op) {
	case OP_SHUTDOWN:
		return (request_shutdown(sup, ask));
	case OP_RELOAD:
		return (request_reload(sup, ask));
	case OP_METRICS:
		return (request_metrics(sup, ask, app));
	case OP_WATCH:
		return (request_watch(sup, ask, t->apps));
	case OP_LOGS:
		return (request_logs(sup, ask));
	case OP_ENV:
	case OP_CONFIG:
		return (request_show(sup, ask));
	case OP_SECRET:
	case OP_ISSUE:
		return (secret_request(sup, ask, t->text));
	case OP_REVOKE:
		return (revoke_request(sup, ask, t->text));
	case OP_TEST:
		return (access_test(sup, ask, &t->who, t->app));
	default:
		return (request_do_app(sup, ask, app));
	}
}

int
request_handle(struct sup *sup, enum kind plane, struct msg *msg)
{
	struct ask	 ask;
	struct tail	 t;
	struct app	*app;
	enum outcome	 outcome;
	const char	*why;

	/* the plane is the channel it came over, whatever it says */
	ask.plane = plane;
	if (request_take(sup, msg, &ask, &t) == -1)
		return (-1);
	sup->view.plane[plane_number(plane)].last_id = ask.m.id;
	if ((why = request_refused(sup, &ask, &outcome)) != NULL ||
	    (why = request_forbidden(sup, &ask, &app, &outcome)) != NULL)
		return (request_say(sup, &ask, outcome, why));
	return (request_do(sup, &ask, app, &t));
}
