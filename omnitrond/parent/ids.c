/*
 * Ids of apps, and of the processes of each: given out by name, kept over
 * reloads, never used again in the life of the parent.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/parent/parent.h"

int
app_id_cmp(struct app_id *a, struct app_id *b)
{
	return (strcmp(a->name, b->name));
}

RB_GENERATE(app_ids, app_id, by_name, app_id_cmp)

static struct app_id *
ids_find(struct parent *p, const char *name)
{
	struct app_id	 key;

	strlcpy(key.name, name, sizeof(key.name));
	return (RB_FIND(app_ids, &p->ids, &key));
}

static struct app_id *
ids_new(struct parent *p, const char *name)
{
	struct app_id	*a = xcalloc(1, sizeof(*a));

	strlcpy(a->name, name, sizeof(a->name));
	a->id = ++p->nids;
	RB_INSERT(app_ids, &p->ids, a);
	p->id_table = xreallocarray(p->id_table, p->nids + 1,
	    sizeof(*p->id_table));
	p->id_table[a->id] = a;
	return (a);
}

/* PROCESS_ANY if it is not among them. */
static uint32_t
ids_process_find(const struct app_id *a, const char *name)
{
	uint32_t	 i;

	for (i = 0; i < a->nprocesses; i++)
		if (strcmp(a->processes[i], name) == 0)
			return (i);
	return (PROCESS_ANY);
}

static int
ids_assign_process(struct app_id *a, struct process_conf *pc)
{
	pc->id = ids_process_find(a, pc->name);
	if (pc->id != PROCESS_ANY)
		return (0);
	if (a->nprocesses == PROCESS_IDS_MAX)
		return (-1);
	pc->id = a->nprocesses++;
	a->processes = xreallocarray(a->processes, a->nprocesses,
	    sizeof(*a->processes));
	strlcpy(a->processes[pc->id], pc->name, sizeof(*a->processes));
	return (0);
}

const char *
ids_assign(struct parent *p, struct conf *conf)
{
	struct process_conf	*pc;
	struct app_conf		*app;
	struct app_id		*a;

	TAILQ_FOREACH(app, &conf->apps, entry) {
		if ((a = ids_find(p, app->name)) == NULL)
			a = ids_new(p, app->name);
		app->id = a->id;
		app->log.id = a->id;
		TAILQ_FOREACH(pc, &app->processes, entry)
			if (ids_assign_process(a, pc) == -1)
				return (app->name);
	}
	return (NULL);
}

void
ids_switch(struct parent *p, struct conf *conf)
{
	struct app_conf	*app;
	struct app_id	*a;

	RB_FOREACH(a, app_ids, &p->ids)
		a->conf = NULL;
	TAILQ_FOREACH(app, &conf->apps, entry)
		p->id_table[app->id]->conf = app;
}

struct app_conf *
ids_conf(struct parent *p, uint32_t id)
{
	return (id > 0 && id <= p->nids ? p->id_table[id]->conf : NULL);
}

const char *
ids_name(struct parent *p, uint32_t id)
{
	return (id > 0 && id <= p->nids ? p->id_table[id]->name : NULL);
}

uint32_t
ids_by_name(struct parent *p, const char *name)
{
	struct app_id	*a = ids_find(p, name);

	return (a != NULL ? a->id : 0);
}

static struct app_id *
ids_app(struct parent *p, uint32_t id)
{
	return (id > 0 && id <= p->nids ? p->id_table[id] : NULL);
}

struct process_conf *
ids_process(struct parent *p, uint32_t app, uint32_t process)
{
	struct app_conf		*conf = ids_conf(p, app);
	struct process_conf	*pc;

	if (conf == NULL)
		return (NULL);
	TAILQ_FOREACH(pc, &conf->processes, entry)
		if (pc->id == process)
			return (pc);
	return (NULL);
}

const char *
ids_process_name(struct parent *p, uint32_t app, uint32_t process)
{
	struct app_id	*a = ids_app(p, app);

	return (a != NULL && process < a->nprocesses ?
	    a->processes[process] : NULL);
}

uint32_t
ids_process_by_name(struct parent *p, uint32_t app, const char *name)
{
	struct app_id	*a = ids_app(p, app);

	return (a != NULL ? ids_process_find(a, name) : PROCESS_ANY);
}
