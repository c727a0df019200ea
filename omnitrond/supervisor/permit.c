/*
 * Who may do what.  A plane proves by its channel what kind of caller it may
 * speak for; the caller's role and the rules decide the rest.  Supervisor
 * process.
 */
#include <string.h>

#include "common/log.h"
#include "omnitrond/supervisor/audit.h"
#include "omnitrond/supervisor/permit.h"
#include "omnitrond/supervisor/supervisor.h"

int
permit_caller(enum kind plane, const struct caller *c)
{
	if (plane == K_NETWORK)
		return (c->how == CALLER_TOKEN || c->how == CALLER_NOBODY);
	return (c->how == CALLER_LOCAL);
}

static int
permit_root(const struct sup *sup, const struct ask *ask)
{
	return (caller_is_root(&ask->caller, ask->plane, sup->own_uid));
}

int
permit_role(struct sup *sup, const struct ask *ask)
{
	/* no violation: a new configuration may just have lowered it */
	return (ask->m.role >= methods[ask->m.method].role &&
	    ask->m.role <= sup->ceiling[plane_number(ask->plane)]);
}

uint32_t
permit_owner(const struct app *app)
{
	const struct process	*p;
	uint32_t		 uid = ID_NONE;

	PROCESS_FOREACH(p, app) {
		if (uid != ID_NONE && p->conf.uid != uid)
			return (ID_NONE);
		uid = p->conf.uid;
	}
	return (uid);
}

static int
permit_ask(struct sup *sup, const struct ask *ask, enum method_id method,
    const struct app *app)
{
	const struct rule	*rule;
	struct grant_of		 of = { "", ID_NONE };

	if (permit_root(sup, ask))
		return (1);
	if (app != NULL) {
		of.app = app->name;
		of.owner = permit_owner(app);
	}
	return (grants_allow(&sup->grants, &ask->caller, method, &of, &rule));
}

int
permit_view(struct sup *sup, const struct ask *ask, const struct app *app)
{
	return (permit_ask(sup, ask, METHOD_GET_APP, app));
}

enum permit
permit_app(struct sup *sup, const struct ask *ask, const struct app *app)
{
	if (permit_ask(sup, ask, ask->m.method, app))
		return (PERMIT_YES);
	return (permit_view(sup, ask, app) ? PERMIT_NO : PERMIT_HIDDEN);
}

int
permit_daemon(struct sup *sup, const struct ask *ask)
{
	return (permit_ask(sup, ask, ask->m.method, NULL));
}

void
permits_begin(struct sup *sup, const struct ask *ask, struct permits *p)
{
	memset(p, 0, sizeof(*p));
	p->all = permit_root(sup, ask) ||
	    !grants_matter(&sup->grants, &ask->caller);
	if (!p->all)
		grant_list_init(&p->list, &sup->grants, &ask->caller,
		    ask->m.method);
}

int
permits_app(const struct permits *p, const struct app *app)
{
	struct grant_of	 of;

	if (p->all)
		return (1);
	of.app = app->name;
	of.owner = permit_owner(app);
	return (grant_list_allow(&p->list, &of));
}

int
permits_any(const struct permits *p)
{
	size_t	 i;

	if (p->all || p->list.allow == 1)
		return (1);
	for (i = 0; i < p->list.n; i++)
		if (!p->list.rules[i]->m.deny)
			return (1);
	return (0);
}

void
permits_end(struct permits *p)
{
	if (!p->all)
		grant_list_free(&p->list);
}

/*
 * What a plane refuses it tells for the audit trail.  So many a second, as
 * anybody who may connect can be refused for ever.
 */
#define DENIED_MS	100
#define DENIED_BURST	100

int
permit_denied(struct sup *sup, enum kind plane, struct msg *msg)
{
	struct m_denied	 m;
	struct ask	 ask;

	memset(&ask, 0, sizeof(ask));
	ask.plane = plane;
	msg_take(msg, &m, sizeof(m));
	if (msg_take_caller(msg, &ask.caller) == -1 || msg_end(msg) == -1 ||
	    !permit_caller(plane, &ask.caller) || m.method >= METHOD_MAX ||
	    (m.outcome != OUT_FORBIDDEN && m.outcome != OUT_UNAUTHORIZED))
		return (-1);
	if (rate_take(&sup->denials, out_now(sup), DENIED_MS,
	    DENIED_BURST) > 0) {
		sup->undenied++;
		return (0);
	}
	if (sup->undenied > 0)
		log_warnx("%u refused requests are not in the audit trail: "
		    "too many a second", sup->undenied);
	sup->undenied = 0;
	ask.m.app = m.app;
	ask.m.method = m.method;
	ask.m.role = ask.caller.role;
	ask.m.uid = ask.caller.uid;
	ask.m.pid = ask.caller.pid;
	audit_request(sup, &ask, (enum outcome)m.outcome, "");
	return (0);
}
