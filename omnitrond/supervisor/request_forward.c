/*
 * Requests that the parent or the logger carries out and answers.
 * Supervisor process.
 */
#include <string.h>

#include "omnitrond/supervisor/audit.h"
#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/supervisor.h"

int
request_logs(struct sup *sup, const struct ask *ask)
{
	const struct app	*app = app_find(sup, ask->m.app);
	const struct process	*p = NULL;
	struct m_log_open	 open;

	if (!out_there(sup, K_LOGGER))
		return (request_say(sup, ask, OUT_UNAVAILABLE,
		    "the logger is being restarted"));
	memset(&open, 0, sizeof(open));
	open.id = ask->m.id;
	open.plane = ask->plane;
	open.app = ask->m.app;
	open.lines = ask->m.number;
	open.level = ask->m.level;
	open.flags = ask->m.flags & (REQ_FOLLOW | REQ_STDERR | REQ_SYSTEM |
	    REQ_CRASH);
	open.since_ms = ask->m.since_ms;
	open.until_ms = ask->m.until_ms;
	if (app != NULL && ask->m.process != PROCESS_ANY &&
	    (p = process_find(app, ask->m.process)) == NULL)
		return (request_say(sup, ask, OUT_NOT_FOUND,
		    "no such process"));
	out_send(sup, K_LOGGER, M_LOG_OPEN, &open, p != NULL ? p->name : "",
	    NULL);
	return (0);
}

/*
 * For each of these the parent makes a document, so that they have a rate.
 * A plane keeps to 256 that are open, and a person to far less.
 */
#define SHOW_MS		10
#define SHOW_BURST	256

int
request_show(struct sup *sup, const struct ask *ask)
{
	struct m_show	 show;

	if (rate_take(&sup->view.plane[plane_number(ask->plane)].shows,
	    out_now(sup), SHOW_MS, SHOW_BURST) > 0)
		return (request_say(sup, ask, OUT_LIMITED,
		    "too many requests a second; try again"));
	memset(&show, 0, sizeof(show));
	show.id = ask->m.id;
	show.plane = ask->plane;
	show.what = ask->m.op == OP_ENV ? SHOW_ENV : SHOW_CONFIG;
	show.app = ask->m.app;
	show.process = ask->m.process;
	out_send(sup, K_PARENT, M_SHOW, &show, NULL);
	return (0);
}

int
request_reload(struct sup *sup, const struct ask *ask)
{
	struct m_reload	 reload;

	memset(&reload, 0, sizeof(reload));
	reload.id = ask->m.id;
	reload.plane = ask->plane;
	reload.flags = (ask->m.flags & REQ_DRYRUN) ? RELOAD_DRYRUN : 0;
	out_send(sup, K_PARENT, M_RELOAD, &reload, NULL);
	change_asked(sup, ask);
	audit_request(sup, ask, OUT_OK, "");
	return (0);
}

/* Answered at the end, when it is known what had to be killed. */
int
request_shutdown(struct sup *sup, const struct ask *ask)
{
	struct m_shutdown	 down;

	if (request_full(sup, ask->plane))
		return (request_say(sup, ask, OUT_LIMITED,
		    "too many requests wait"));
	request_new(sup, ask);
	memset(&down, 0, sizeof(down));
	down.flags = (ask->m.flags & REQ_FORCE) ? SHUTDOWN_FORCE : 0;
	out_send(sup, K_PARENT, M_SHUTDOWN_ASK, &down, NULL);
	return (0);
}
