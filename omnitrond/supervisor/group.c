/*
 * Groups of apps as the configuration has them, and the places that apps have
 * in their groups and processes in their apps.  Supervisor process; touches
 * nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/supervisor/conf.h"
#include "omnitrond/supervisor/group.h"
#include "omnitrond/supervisor/place.h"
#include "omnitrond/supervisor/supervisor.h"

void
group_leave(struct app *app)
{
	struct inst	*inst;

	if (app->group == NULL)
		return;
	TAILQ_FOREACH(inst, &app->troubled, of_trouble)
		app->group->troubled--;
	TAILQ_REMOVE(&app->group->apps, app, of_group);
	app->group = NULL;
}

void
group_free(struct sup *sup)
{
	struct group	*g;
	struct app	*app;

	while ((g = TAILQ_FIRST(&sup->groups)) != NULL) {
		TAILQ_REMOVE(&sup->groups, g, entry);
		while ((app = TAILQ_FIRST(&g->apps)) != NULL)
			group_leave(app);
		free(g);
	}
}

static void
group_join(struct sup *sup, struct group **g, struct app *app)
{
	struct inst	*inst;

	if (*g == NULL) {
		*g = xcalloc(1, sizeof(**g));
		TAILQ_INIT(&(*g)->apps);
		TAILQ_INSERT_TAIL(&sup->groups, *g, entry);
	}
	app->group = *g;
	TAILQ_INSERT_TAIL(&(*g)->apps, app, of_group);
	TAILQ_FOREACH(inst, &app->troubled, of_trouble)
		(*g)->troubled++;
}

static int
group_cmp(const void *a, const void *b)
{
	const struct app	*x = *(struct app *const *)a;
	const struct app	*y = *(struct app *const *)b;

	return (x->order < y->order ? -1 : x->order > y->order);
}

/* Apps join their groups in the order of the configuration. */
static void
group_make(struct sup *sup)
{
	struct group	**by_number;
	struct app	**apps, *app;
	uint32_t	 n = 0, i;

	apps = xcalloc(sup->napps + 1, sizeof(*apps));
	by_number = xcalloc(CONF_APPS_MAX + 1, sizeof(*by_number));
	APP_FOREACH(app, sup)
		if (app->conf.group != 0 && !app->removed)
			apps[n++] = app;
	qsort(apps, n, sizeof(*apps), group_cmp);
	for (i = 0; i < n; i++)
		group_join(sup, &by_number[apps[i]->conf.group], apps[i]);
	free(by_number);
	free(apps);
}

static void
group_place(struct group *g)
{
	struct places	 all = { 0 };
	struct app	*app, *on;
	uint32_t	*place, n = 0, i;

	TAILQ_FOREACH(app, &g->apps, of_group)
		app->place = n++;
	TAILQ_FOREACH(app, &g->apps, of_group) {
		place_unit(&all);
		for (i = 0; i < app->deps.n; i++) {
			on = app->deps.of[i];
			if (on->group == g)
				place_need(&all, on->place);
		}
	}
	place = place_make(&all);
	TAILQ_FOREACH(app, &g->apps, of_group)
		app->place = place[app->place];
	free(place);
	place_free(&all);
}

static void
group_place_processes(struct app *app)
{
	struct places	 all = { 0 };
	struct process	*p, *on;
	uint32_t	*place, n = 0, i;

	PROCESS_FOREACH(p, app)
		p->place = n++;
	PROCESS_FOREACH(p, app) {
		place_unit(&all);
		for (i = 0; i < p->deps.n; i++) {
			on = p->deps.of[i];
			place_need(&all, on->place);
		}
	}
	place = place_make(&all);
	PROCESS_FOREACH(p, app)
		p->place = place[p->place];
	free(place);
	place_free(&all);
}

void
group_conf(struct sup *sup)
{
	struct group	*g;
	struct app	*app;

	group_free(sup);
	group_make(sup);
	TAILQ_FOREACH(g, &sup->groups, entry)
		group_place(g);
	APP_FOREACH(app, sup) {
		if (app_bootstrap(app))
			group_place_processes(app);
		/* who waited for whom may be nobody's business now */
		if (app->waiting > 0 || !TAILQ_EMPTY(&app->troubled))
			app_kick(sup, app);
	}
}
