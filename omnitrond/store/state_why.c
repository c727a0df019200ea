/*
 * The causes of an app's status: as the supervisor sends them, and as the
 * member "why" of the app's object in state.json.  Touches memory only.
 */
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/store/state.h"

static void
why_drop(struct app *app, struct why *w)
{
	TAILQ_REMOVE(&app->whys, w, entry);
	app->nwhys--;
	free(w->subject);
	free(w->process);
	free(w->on);
	free(w->text);
	free(w);
}

void
why_free(struct app *app)
{
	struct why	*w, *next;

	TAILQ_FOREACH_SAFE(w, &app->whys, entry, next)
		why_drop(app, w);
}

/* As the oldest; -1: it makes no sense, or there are too many. */
static int
why_add(struct app *app, const struct m_state_why *rec, const char *process,
    const char *on, const char *text)
{
	struct why	*w;

	if (rec->why.kind >= WHY_MAX || rec->why.plane >= K_MAX ||
	    memchr(rec->subject, '\0', sizeof(rec->subject)) == NULL ||
	    !utf8_valid(rec->subject, strlen(rec->subject)) ||
	    (rec->instance >= INSTANCES_MAX &&
	    rec->instance != INSTANCE_ANY) ||
	    (*process != '\0' && !name_valid(process)) ||
	    (*on != '\0' && !name_valid(on)) || app->nwhys >= WHYS_MAX)
		return (-1);
	w = xcalloc(1, sizeof(*w));
	w->m = rec->why;
	w->instance = rec->instance;
	if (rec->subject[0] != '\0')
		w->subject = xstrdup(rec->subject);
	w->process = xstrdup(process);
	w->on = xstrdup(on);
	w->text = xstrdup(text);
	TAILQ_INSERT_TAIL(&app->whys, w, entry);
	app->nwhys++;
	return (0);
}

int
state_put_why(struct state *st, const struct m_state_why *rec,
    const char *name, const char *process, const char *on, const char *text)
{
	struct app	*app;

	if (!name_valid(name) || rec->first > 1)
		return (-1);
	if ((app = state_find(st, name)) == NULL)
		return (0);
	if (rec->first)
		why_free(app);
	return (why_add(app, rec, process, on, text));
}

static void
why_write_one(struct jsonw *w, const struct why *why)
{
	const struct m_why	*m = &why->m;

	jsonw_object(w);
	jsonw_kstring(w, "cause", why_kind_name(m->kind));
	jsonw_kint(w, "at", m->at_ms);
	if (m->plane != K_PARENT) {
		jsonw_kstring(w, "plane", kind_name(m->plane));
		jsonw_kint(w, "uid", m->uid);
		jsonw_kint(w, "pid", m->pid);
		if (why->subject != NULL)
			jsonw_kstring(w, "subject", why->subject);
	}
	if (why->process[0] != '\0')
		jsonw_kstring(w, "process", why->process);
	if (why->instance != INSTANCE_ANY)
		jsonw_kint(w, "instance", why->instance);
	if (why->on[0] != '\0')
		jsonw_kstring(w, "on", why->on);
	jsonw_kstring(w, "text", why->text);
	jsonw_end(w);
}

void
why_get(const struct app *app, const struct why *w, struct m_state_why *rec)
{
	memset(rec, 0, sizeof(*rec));
	rec->why = w->m;
	rec->first = w == TAILQ_FIRST(&app->whys);
	rec->instance = w->instance;
	if (w->subject != NULL)
		strlcpy(rec->subject, w->subject, sizeof(rec->subject));
}

void
why_write(struct jsonw *w, const struct app *app)
{
	const struct why	*why;

	if (TAILQ_EMPTY(&app->whys))
		return;
	jsonw_key(w, "why");
	jsonw_array(w);
	TAILQ_FOREACH(why, &app->whys, entry)
		why_write_one(w, why);
	jsonw_end(w);
}

static int
why_kind(const char *name)
{
	int	 i;

	for (i = 0; i < WHY_MAX; i++)
		if (strcmp(why_kind_name(i), name) == 0)
			return (i);
	return (-1);
}

/* 0 also when a newer version knows of a cause that we do not. */
static int
why_read_one(struct app *app, const struct json *o)
{
	struct m_state_why	 rec;
	int64_t			 instance, uid, pid;
	int			 kind, plane;

	if (o->type != JSON_OBJECT)
		return (-1);
	kind = why_kind(json_get_string(o, "cause", ""));
	plane = kind_by_name(json_get_string(o, "plane",
	    kind_name(K_PARENT)));
	instance = json_get_int(o, "instance", INSTANCE_ANY);
	uid = json_get_int(o, "uid", 0);
	pid = json_get_int(o, "pid", 0);
	if (kind == -1 || plane == -1)
		return (0);
	if (instance < 0 || instance > INSTANCE_ANY || uid < 0 ||
	    uid > UINT32_MAX || pid < 0 || pid > INT32_MAX)
		return (-1);
	memset(&rec, 0, sizeof(rec));
	rec.why.kind = (uint32_t)kind;
	rec.why.plane = (uint32_t)plane;
	rec.why.uid = (uint32_t)uid;
	rec.why.pid = (int32_t)pid;
	/* one that is too long is no subject of ours */
	strlcpy(rec.subject, json_get_string(o, "subject", ""),
	    SUBJECT_SIZE);
	rec.why.at_ms = json_get_int(o, "at", 0);
	rec.instance = (uint16_t)instance;
	return (why_add(app, &rec, json_get_string(o, "process", ""),
	    json_get_string(o, "on", ""), json_get_string(o, "text", "")));
}

int
why_read(struct app *app, const struct json *list)
{
	const struct json	*c;

	if (list == NULL || list->type == JSON_NULL)
		return (0);
	if (list->type != JSON_ARRAY)
		return (-1);
	for (c = list->first; c != NULL && app->nwhys < WHYS_MAX; c = c->next)
		if (why_read_one(app, c) == -1)
			return (-1);
	return (0);
}
