/*
 * Apps by id and by name.  Supervisor process; touches nothing.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/supervisor/depend.h"
#include "omnitrond/supervisor/group.h"
#include "omnitrond/supervisor/persist.h"
#include "omnitrond/supervisor/publish.h"
#include "omnitrond/supervisor/supervisor.h"
#include "omnitrond/supervisor/view.h"

RB_GENERATE(app_ids, app, id_entry, app_id_cmp)
RB_GENERATE(app_names, app, name_entry, app_name_cmp)

int
app_id_cmp(const struct app *a, const struct app *b)
{
	if (a->conf.id != b->conf.id)
		return (a->conf.id < b->conf.id ? -1 : 1);
	return (0);
}

int
app_name_cmp(const struct app *a, const struct app *b)
{
	return (strcmp(a->name, b->name));
}

struct app *
app_find(struct sup *sup, uint32_t id)
{
	struct app	 key;

	key.conf.id = id;
	return (RB_FIND(app_ids, &sup->by_id, &key));
}

struct app *
app_find_name(struct sup *sup, const char *name)
{
	struct app	 key;

	strlcpy(key.name, name, sizeof(key.name));
	return (RB_FIND(app_names, &sup->by_name, &key));
}

struct app *
app_new(struct sup *sup, const struct m_conf_app *conf, const char *name)
{
	struct app	*app = xcalloc(1, sizeof(*app));

	strlcpy(app->name, name, sizeof(app->name));
	app->conf = *conf;
	app->reason = xstrdup("");
	TAILQ_INIT(&app->processes);
	TAILQ_INIT(&app->insts);
	TAILQ_INIT(&app->ops);
	why_init(&app->why);
	TAILQ_INIT(&app->troubled);
	RB_INSERT(app_ids, &sup->by_id, app);
	RB_INSERT(app_names, &sup->by_name, app);
	sup->napps++;
	return (app);
}

void
app_free(struct sup *sup, struct app *app)
{
	struct inst	*inst;
	struct process	*p;

	depend_unlink(app);
	PROCESS_FOREACH(p, app)
		watch_forget(sup, p);
	persist_forget(sup, app);
	view_forget(sup, app);
	while ((inst = TAILQ_FIRST(&app->insts)) != NULL)
		inst_free(sup, inst);
	while ((p = TAILQ_FIRST(&app->processes)) != NULL)
		process_free(p);
	group_leave(app);
	if (app->kicked)
		TAILQ_REMOVE(&sup->kicked, app, kick_entry);
	RB_REMOVE(app_ids, &sup->by_id, app);
	RB_REMOVE(app_names, &sup->by_name, app);
	sup->napps--;
	free(app->reason);
	free(app->stale);
	refs_free(&app->deps);
	refs_free(&app->rdeps);
	why_free(&app->why);
	free(app);
}

uint32_t
app_wanted(const struct app *app)
{
	const struct process	*p;
	uint32_t		 n = 0;

	PROCESS_FOREACH(p, app)
		if (!p->removed)
			n += p->wanted;
	return (n);
}

int
app_bootstrap(const struct app *app)
{
	return ((app->conf.flags & APP_BOOTSTRAP) != 0);
}

int
app_satisfies(const struct app *app)
{
	const struct process	*p;

	PROCESS_FOREACH(p, app)
		if (!p->removed && !process_satisfies(p))
			return (0);
	return (1);
}

int
app_amended(const struct app *app)
{
	return (app->tally.count[S_CRASHED] > 0 && app->crash_hash != 0 &&
	    app->crash_hash != app->conf.hash);
}

void
app_set_intent(struct sup *sup, struct app *app, enum intent intent)
{
	app->intent = intent;
	app_changed(sup, app);
}

void
app_load_reason(struct app *app, const char *text)
{
	free(app->reason);
	app->reason = xstrdup(text);
}

void
app_set_reason(struct sup *sup, struct app *app, const char *fmt, ...)
{
	char	 text[REASON_SIZE];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	app_load_reason(app, text);
	app_changed(sup, app);
}

void
app_changed(struct sup *sup, struct app *app)
{
	publish_app(sup, app);
	persist_app(sup, app);
	view_app(sup, app);
}

void
app_kick(struct sup *sup, struct app *app)
{
	if (app->kicked)
		return;
	app->kicked = 1;
	TAILQ_INSERT_TAIL(&sup->kicked, app, kick_entry);
	sup_want_turn(sup);
}
