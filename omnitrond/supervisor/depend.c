/*
 * Dependencies between apps.  An app starts when all it depends on are
 * online; what is independent starts at once.  Supervisor process.
 *
 * The parent refuses a cycle; nothing here relies on that to end.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/supervisor/depend.h"
#include "omnitrond/supervisor/fsm.h"
#include "omnitrond/supervisor/supervisor.h"

#define DEPTH_MAX	64	/* of a chain that is looked at for "coming" */

static void
list_add(struct app ***list, uint32_t *n, struct app *app)
{
	*list = xreallocarray(*list, *n + 1, sizeof(struct app *));
	(*list)[(*n)++] = app;
}

static int
list_has(struct app *const *list, uint32_t n, const struct app *app)
{
	uint32_t	 i;

	for (i = 0; i < n; i++)
		if (list[i] == app)
			return (1);
	return (0);
}

static void
list_remove(struct app **list, uint32_t *n, const struct app *app)
{
	uint32_t	 i;

	for (i = 0; i < *n; i++) {
		if (list[i] != app)
			continue;
		memmove(list + i, list + i + 1,
		    (*n - i - 1) * sizeof(struct app *));
		(*n)--;
		return;
	}
}

void
depend_add(struct app *app, struct app *on)
{
	if (list_has(app->deps, app->ndeps, on))
		return;
	list_add(&app->deps, &app->ndeps, on);
	list_add(&on->rdeps, &on->nrdeps, app);
}

void
depend_clear(struct app *app)
{
	uint32_t	 i;

	for (i = 0; i < app->ndeps; i++)
		list_remove(app->deps[i]->rdeps, &app->deps[i]->nrdeps, app);
	app->ndeps = 0;
}

void
depend_unlink(struct app *app)
{
	uint32_t	 i;

	depend_clear(app);
	for (i = 0; i < app->nrdeps; i++)
		list_remove(app->rdeps[i]->deps, &app->rdeps[i]->ndeps, app);
	app->nrdeps = 0;
}

int
depend_ready(const struct app *app)
{
	uint32_t	 i;

	for (i = 0; i < app->ndeps; i++)
		if (app->deps[i]->status != S_ONLINE)
			return (0);
	return (1);
}

char *
depend_missing(const struct app *app, char *buf, size_t size)
{
	uint32_t	 i;

	buf[0] = '\0';
	for (i = 0; i < app->ndeps; i++) {
		if (app->deps[i]->status == S_ONLINE)
			continue;
		if (buf[0] != '\0')
			strlcat(buf, ", ", size);
		strlcat(buf, app->deps[i]->name, size);
	}
	return (buf);
}

static int
depend_held(const struct app *app)
{
	uint32_t	 i;

	for (i = 0; i < app->ninsts; i++)
		if (app->insts[i]->held)
			return (1);
	return (0);
}

static int	coming(const struct app *, int);

/* Will it be online without an operator? */
static int
dep_comes(const struct app *on, int depth)
{
	if (on->status == S_ONLINE || on->status == S_STARTING ||
	    on->nops > 0)
		return (1);
	if (on->status == S_ERRORED && on->intent == INTENT_RUN)
		return (1);
	return (depend_held(on) && coming(on, depth + 1));
}

static int
coming(const struct app *app, int depth)
{
	uint32_t	 i;

	if (depth > DEPTH_MAX)
		return (0);
	for (i = 0; i < app->ndeps; i++)
		if (!dep_comes(app->deps[i], depth))
			return (0);
	return (1);
}

int
depend_coming(const struct app *app)
{
	return (coming(app, 0));
}

const struct app *
depend_blocker(const struct app *app)
{
	const struct app	*on = NULL;
	uint32_t		 i;
	int			 depth;

	for (depth = 0; depth <= DEPTH_MAX; depth++) {
		for (i = 0; i < app->ndeps; i++)
			if (app->deps[i]->status != S_ONLINE &&
			    !dep_comes(app->deps[i], 0))
				break;
		if (i == app->ndeps)
			break;
		app = on = app->deps[i];
	}
	return (on);
}

void
depend_retry(struct sup *sup, struct app *app)
{
	const struct fsm_input	 in = { .event = EV_LAUNCH };
	uint32_t		 i;

	if (app->intent != INTENT_RUN || app->removed)
		return;
	for (i = 0; i < app->ninsts; i++)
		if (app->insts[i]->held)
			fsm_event(sup, app->insts[i], &in);
}

void
depend_settle(struct sup *sup, struct app *app)
{
	uint32_t	 i;

	if (app->settled == app->status)
		return;
	app->settled = app->status;
	for (i = 0; i < app->nrdeps; i++) {
		/* their operations may wait for this one, too */
		app_kick(sup, app->rdeps[i]);
		if (app->status == S_ONLINE)
			depend_retry(sup, app->rdeps[i]);
	}
}

static int
depend_runs(const struct app *app)
{
	return (app->nprocess > 0 && app->status != S_STOPPING);
}

size_t
depend_running(struct sup *sup, struct app *app, struct app ***list)
{
	struct app	**seen = NULL;
	uint32_t	 nseen = 0, nfound = 0, at, i;

	*list = NULL;
	list_add(&seen, &nseen, app);
	for (at = 0; at < nseen; at++) {
		for (i = 0; i < seen[at]->nrdeps; i++) {
			struct app	*r = seen[at]->rdeps[i];

			if (list_has(seen, nseen, r))
				continue;
			list_add(&seen, &nseen, r);
			if (depend_runs(r))
				list_add(list, &nfound, r);
		}
	}
	free(seen);
	return (nfound);
}
