/*
 * Requests that turn watches on and off.  Supervisor process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "omnitrond/supervisor/permit.h"
#include "omnitrond/supervisor/request.h"
#include "omnitrond/supervisor/supervisor.h"

/*
 * The apps that were named; all of them, or an answer says what is wrong
 * with one: 0, or 1 when it was given.
 */
static int
watch_check(struct sup *sup, const struct ask *ask, const uint32_t *apps)
{
	const struct app	*app;
	const char		*why;
	enum permit		 permit = PERMIT_HIDDEN;
	char			 text[TEXT_MAX];
	uint32_t		 i;

	for (i = 0; i < ask->m.number; i++) {
		app = app_find(sup, apps[i]);
		if (app == NULL || app->removed ||
		    (permit = permit_app(sup, ask, app)) == PERMIT_HIDDEN) {
			request_say(sup, ask, OUT_NOT_FOUND, PERMIT_UNKNOWN);
			return (1);
		}
		if (permit == PERMIT_NO) {
			request_say(sup, ask, OUT_FORBIDDEN, PERMIT_NO_RULE);
			return (1);
		}
		if ((why = watch_refused(app)) == NULL)
			continue;
		snprintf(text, sizeof(text), "%s: %s", app->name, why);
		request_say(sup, ask, OUT_CONFLICT, text);
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

static void
watch_do_app(struct sup *sup, struct req *req, struct app *app)
{
	int	 on = (req->ask.m.flags & REQ_ENABLE) != 0;

	if (on && app->watch == WISH_OFF)
		watch_do(sup, req, app, WISH_NONE);
	else if (!on && watch_configured(app))
		watch_do(sup, req, app, WISH_OFF);
	else if (!on && app->watch == WISH_ON)
		watch_do(sup, req, app, WISH_NONE);
}

/* Without names: those that are configured, as they are configured. */
static int
watch_all(struct sup *sup, const struct ask *ask)
{
	struct permits	 permits;
	struct req	*req;
	struct app	*app;

	permits_begin(sup, ask, &permits);
	if (!permits_any(&permits)) {
		permits_end(&permits);
		return (request_say(sup, ask, OUT_FORBIDDEN, PERMIT_NO_RULE));
	}
	req = request_new(sup, ask);
	APP_FOREACH(app, sup)
		if (permits_app(&permits, app))
			watch_do_app(sup, req, app);
	permits_end(&permits);
	request_begun(sup, req);
	return (0);
}

int
request_watch(struct sup *sup, const struct ask *ask, const uint32_t *apps)
{
	struct req	*req;
	uint32_t	 i;

	if (ask->m.number == 0)
		return (watch_all(sup, ask));
	if (watch_check(sup, ask, apps))
		return (0);
	req = request_new(sup, ask);
	for (i = 0; i < ask->m.number; i++)
		watch_do(sup, req, app_find(sup, apps[i]), WISH_ON);
	request_begun(sup, req);
	return (0);
}
