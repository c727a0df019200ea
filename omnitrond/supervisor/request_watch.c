/*
 * Requests that turn watches on and off.  Supervisor process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/supervisor.h"

/*
 * The apps that were named; all of them, or an answer says what is wrong
 * with one: 0, or 1 when it was given.
 */
static int
watch_check(struct sup *sup, enum kind plane, const struct m_request *m,
    const uint32_t *apps)
{
	const struct app	*app;
	const char		*why;
	char			 text[TEXT_MAX];
	uint32_t		 i;

	for (i = 0; i < m->number; i++) {
		app = app_find(sup, apps[i]);
		if (app == NULL || app->removed) {
			request_say(sup, plane, m, OUT_NOT_FOUND,
			    "no such app");
			return (1);
		}
		if ((why = watch_refused(app)) == NULL)
			continue;
		snprintf(text, sizeof(text), "%s: %s", app->name, why);
		request_say(sup, plane, m, OUT_CONFLICT, text);
		return (1);
	}
	return (0);
}

static void
watch_do(struct sup *sup, struct req *req, struct app *app,
    enum watch_wish wish)
{
	watch_wish(sup, app, wish);
	request_changes(sup, req, app->seq);
	req->count++;
}

/* Without names: those that are configured, as they are configured. */
static void
watch_do_all(struct sup *sup, struct req *req)
{
	int		 on = (req->m.flags & REQ_ENABLE) != 0;
	struct app	*app;

	APP_FOREACH(app, sup) {
		if (on && app->watch == WISH_OFF)
			watch_do(sup, req, app, WISH_NONE);
		else if (!on && watch_configured(app))
			watch_do(sup, req, app, WISH_OFF);
		else if (!on && app->watch == WISH_ON)
			watch_do(sup, req, app, WISH_NONE);
	}
}

int
request_watch(struct sup *sup, enum kind plane, const struct m_request *m,
    const uint32_t *apps)
{
	struct req	*req;
	uint32_t	 i;

	if (watch_check(sup, plane, m, apps))
		return (0);
	req = request_new(sup, plane, m);
	for (i = 0; i < m->number; i++)
		watch_do(sup, req, app_find(sup, apps[i]), WISH_ON);
	if (m->number == 0)
		watch_do_all(sup, req);
	request_begun(sup, req);
	return (0);
}
