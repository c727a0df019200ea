/*
 * The answer to `why': the causes of an app, and of those that it is due to.
 * Supervisor process.
 */
#include <stdint.h>
#include <string.h>

#include "omnitrond/supervisor/permit.h"
#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/supervisor.h"

struct chain {
	struct sup	*sup;
	struct why_link	*links;
	uint32_t	 n;
};

static const struct inst *
chain_inst(const struct app *app, const struct why *w)
{
	const struct process	*p = process_find_name(app, w->process);

	return (p == NULL ? NULL : process_inst(p, w->instance));
}

/* Of many instances those count that make the app's status what it is. */
static int
chain_counts(const struct app *app, const struct why *w)
{
	const struct inst	*inst;

	if (w->process[0] == '\0')
		return (1);
	if (w->instance == INSTANCE_ANY)
		return (process_find_name(app, w->process) != NULL);
	inst = chain_inst(app, w);
	return (inst != NULL && inst->status == app->tally.status);
}

static int
chain_seen(const struct chain *c, const struct app *app)
{
	uint32_t	 i;

	for (i = 0; i < c->n; i++)
		if (c->links[i].app == app)
			return (1);
	return (0);
}

/* The app that it is due to, unless it had its turn; or NULL. */
static const struct app *
chain_on(const struct chain *c, const struct why *w)
{
	const struct app	*on;

	if (w->on[0] == '\0')
		return (NULL);
	on = app_find_name(c->sup, w->on);
	return (on == NULL || chain_seen(c, on) ? NULL : on);
}

/*
 * The causes of one app that are as old as `until' or older.  What waits is
 * due to what is now, everything else to what was then.  Returns the app to
 * go on with, or NULL.
 */
static const struct app *
chain_app(struct chain *c, const struct app *app, int64_t *until)
{
	const struct app	*on;
	const struct inst	*inst;
	const struct why	*w;

	TAILQ_FOREACH(w, &app->why.list, entry) {
		if (c->n == WHY_CHAIN_MAX)
			return (NULL);
		if (w->m.at_ms > *until || !chain_counts(app, w))
			continue;
		c->links[c->n].app = app;
		c->links[c->n++].why = w;
		if ((on = chain_on(c, w)) == NULL)
			continue;
		inst = chain_inst(app, w);
		if (inst == NULL || !inst->held)
			*until = w->m.at_ms;
		return (on);
	}
	return (NULL);
}

uint32_t
why_chain(struct sup *sup, const struct app *app,
    struct why_link links[WHY_CHAIN_MAX])
{
	struct chain	 c = { sup, links, 0 };
	int64_t		 until = INT64_MAX;

	while (app != NULL)
		app = chain_app(&c, app, &until);
	return (c.n);
}

static void
why_send_link(struct sup *sup, enum kind plane, uint64_t id,
    const struct m_why *why, const char *subject, const char *app,
    const char *text)
{
	struct m_why_link	 m;

	memset(&m, 0, sizeof(m));
	m.id = id;
	m.why = *why;
	strlcpy(m.subject, subject != NULL ? subject : "", sizeof(m.subject));
	out_send(sup, plane, M_WHY_LINK, &m, app, text, NULL);
}

/* What the caller may not view it is not told of, nor who did it. */
int
why_answer(struct sup *sup, const struct ask *ask, const struct app *app)
{
	struct why_link	 links[WHY_CHAIN_MAX];
	struct m_why	 down;
	uint32_t	 n, i;

	if (sup->shutdown.going) {
		memset(&down, 0, sizeof(down));
		down.kind = WHY_DAEMON;
		down.at_ms = sup->shutdown.at_ms;
		why_send_link(sup, ask->plane, ask->m.id, &down, NULL, app->name,
		    "the daemon is being stopped, and all apps with it");
	}
	n = why_chain(sup, app, links);
	for (i = 0; i < n; i++)
		if (links[i].app == app || permit_view(sup, ask, links[i].app))
			why_send_link(sup, ask->plane, ask->m.id,
			    &links[i].why->m, links[i].why->subject,
			    links[i].app->name, links[i].why->text);
	return (request_say(sup, ask, OUT_OK, ""));
}
