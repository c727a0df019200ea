/*
 * The mirror of the supervisor's records.  In a plane; touches
 * only memory.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/rpc/view.h"

#define BUCKETS_FIRST	64u	/* doubled as apps come */
/* Names compared for "did you mean": bounds what a wrong name costs. */
#define NEAREST_MAX	2048u

static size_t
view_hash(const char *s)
{
	uint64_t	 h = 0xcbf29ce484222325u;	/* FNV-1a */

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	return ((size_t)(h ^ (h >> 32)));
}

struct view *
view_new(void)
{
	struct view	*v = xcalloc(1, sizeof(*v));

	TAILQ_INIT(&v->apps);
	v->nbuckets = BUCKETS_FIRST;
	v->names = xcalloc(v->nbuckets, sizeof(*v->names));
	v->ids = xcalloc(v->nbuckets, sizeof(*v->ids));
	return (v);
}

static void
view_inst_free(struct view_inst *i)
{
	free(i->text);
	free(i->health);
}

static void
view_app_free(struct view_app *a)
{
	size_t	 i;

	for (i = 0; i < a->nwatches; i++)
		free(a->watches[i].directory);
	free(a->watches);
	for (i = 0; i < a->ninst; i++)
		view_inst_free(&a->inst[i]);
	free(a->reason);
	free(a->inst);
	free(a->deps);
	free(a);
}

void
view_free(struct view *v)
{
	struct view_app	*a, *next;

	if (v == NULL)
		return;
	TAILQ_FOREACH_SAFE(a, &v->apps, entry, next)
		view_app_free(a);
	free(v->names);
	free(v->ids);
	free(v);
}

static void
view_unlink(struct view *v, struct view_app *a)
{
	TAILQ_REMOVE(&v->apps, a, entry);
	LIST_REMOVE(a, by_name);
	LIST_REMOVE(a, by_id);
	v->napps--;
}

static void
view_link(struct view *v, struct view_app *a)
{
	LIST_INSERT_HEAD(&v->names[view_hash(a->name) & (v->nbuckets - 1)], a,
	    by_name);
	LIST_INSERT_HEAD(&v->ids[a->rec.id & (v->nbuckets - 1)], a, by_id);
}

static void
view_grow(struct view *v)
{
	struct view_app	*a;

	free(v->names);
	free(v->ids);
	v->nbuckets *= 2;
	v->names = xcalloc(v->nbuckets, sizeof(*v->names));
	v->ids = xcalloc(v->nbuckets, sizeof(*v->ids));
	TAILQ_FOREACH(a, &v->apps, entry)
		view_link(v, a);
}

struct view_app *
view_by_name(const struct view *v, const char *name)
{
	struct view_app	*a;

	LIST_FOREACH(a, &v->names[view_hash(name) & (v->nbuckets - 1)],
	    by_name)
		if (strcmp(a->name, name) == 0)
			return (a);
	return (NULL);
}

struct view_app *
view_by_id(const struct view *v, uint32_t id)
{
	struct view_app	*a;

	LIST_FOREACH(a, &v->ids[id & (v->nbuckets - 1)], by_id)
		if (a->rec.id == id)
			return (a);
	return (NULL);
}

const char *
view_nearest(const struct view *v, const char *name,
    int (*shows)(const struct view_app *, const void *), const void *arg)
{
	const char	**names, *best;
	struct view_app	 *a;
	size_t		  n = 0;

	if (v->napps == 0)
		return (NULL);
	names = xcalloc(NEAREST_MAX, sizeof(*names));
	TAILQ_FOREACH(a, &v->apps, entry) {
		if (n == NEAREST_MAX)
			break;
		if (shows == NULL || shows(a, arg))
			names[n++] = a->name;
	}
	best = n == 0 ? NULL : nearest_name(name, names, n);
	free(names);
	return (best);
}

int
view_set_app(struct view *v, const struct m_view_app *rec, const char *name,
    const char *reason)
{
	struct view_app	*a = view_by_id(v, rec->id);

	if (rec->id == 0 || rec->status >= S_MAX || !name_valid(name))
		return (-1);
	if (a == NULL) {
		if (view_by_name(v, name) != NULL)
			return (-1);
		if (v->napps >= v->nbuckets)
			view_grow(v);
		a = xcalloc(1, sizeof(*a));
		a->rec.id = rec->id;
		strlcpy(a->name, name, sizeof(a->name));
		TAILQ_INSERT_TAIL(&v->apps, a, entry);
		v->napps++;
		view_link(v, a);
	} else if (strcmp(a->name, name) != 0)
		return (-1);
	a->rec = *rec;
	free(a->reason);
	a->reason = reason[0] != '\0' ? xstrdup(reason) : NULL;
	return (0);
}

/* Where (process, instance) stands, or where it would be inserted. */
static size_t
view_place(const struct view_app *a, uint16_t process, uint16_t instance)
{
	uint32_t	 key = ((uint32_t)process << 16) | instance, at;
	size_t		 lo = 0, hi = a->ninst, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		at = ((uint32_t)a->inst[mid].rec.inst.process << 16) |
		    a->inst[mid].rec.inst.instance;
		if (at < key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo);
}

static struct view_inst *
view_inst(const struct view_app *a, uint16_t process, uint16_t instance,
    size_t *place)
{
	struct view_inst	*i;

	*place = view_place(a, process, instance);
	if (*place == a->ninst)
		return (NULL);
	i = &a->inst[*place];
	return (i->rec.inst.process == process &&
	    i->rec.inst.instance == instance ? i : NULL);
}

static struct view_inst *
view_insert(struct view_app *a, size_t place)
{
	if (a->ninst == a->inst_size) {
		a->inst_size = a->inst_size == 0 ? 1 : a->inst_size * 2;
		a->inst = xreallocarray(a->inst, a->inst_size,
		    sizeof(*a->inst));
	}
	memmove(a->inst + place + 1, a->inst + place,
	    (a->ninst - place) * sizeof(*a->inst));
	memset(a->inst + place, 0, sizeof(*a->inst));
	a->ninst++;
	return (a->inst + place);
}

void
view_set_inst(struct view *v, const struct m_view_inst *rec,
    const char *process, const char *text, const char *health)
{
	struct view_app		*a = view_by_id(v, rec->inst.app);
	struct view_inst	*i;
	size_t			 place;

	if (a == NULL || rec->status >= S_MAX)
		return;
	i = view_inst(a, rec->inst.process, rec->inst.instance, &place);
	if (i == NULL)
		i = view_insert(a, place);
	else if (rec->pid == 0 || rec->pid != i->rec.pid) {
		i->cpu_centi = 0;	/* the sample was of another process */
		i->rss = 0;
		i->sampled = 0;
	}
	i->rec = *rec;
	strlcpy(i->name, process, sizeof(i->name));
	free(i->text);
	i->text = text[0] != '\0' ? xstrdup(text) : NULL;
	free(i->health);
	i->health = health[0] != '\0' ? xstrdup(health) : NULL;
}

static int
view_dep_same(const struct m_conf_dep *a, const struct m_conf_dep *b)
{
	return (a->on == b->on && a->process == b->process &&
	    a->on_process == b->on_process);
}

void
view_add_dep(struct view *v, const struct m_conf_dep *dep)
{
	struct view_app	*a = view_by_id(v, dep->app);
	size_t		 i;

	if (a == NULL || (dep->process == PROCESS_ANY && dep->app == dep->on))
		return;
	for (i = 0; i < a->ndeps; i++)
		if (view_dep_same(&a->deps[i], dep))
			return;
	a->deps = xreallocarray(a->deps, a->ndeps + 1, sizeof(*a->deps));
	a->deps[a->ndeps++] = *dep;
}

static struct view_watch *
view_watch(const struct view_app *a, uint16_t process)
{
	size_t	 i;

	for (i = 0; i < a->nwatches; i++)
		if (a->watches[i].rec.process == process)
			return (&a->watches[i]);
	return (NULL);
}

static void
view_drop_watch(struct view_app *a, struct view_watch *w)
{
	free(w->directory);
	a->nwatches--;
	memmove(w, w + 1, (size_t)(a->watches + a->nwatches - w) *
	    sizeof(*w));
}

void
view_set_watch(struct view *v, const struct m_view_watch *rec,
    const char *directory, const char *process)
{
	struct view_app		*a = view_by_id(v, rec->app);
	struct view_watch	*w;

	if (a == NULL)
		return;
	if ((w = view_watch(a, rec->process)) != NULL)
		view_drop_watch(a, w);
	if (!rec->on)
		return;
	a->watches = xreallocarray(a->watches, a->nwatches + 1,
	    sizeof(*a->watches));
	w = &a->watches[a->nwatches++];
	w->rec = *rec;
	w->directory = xstrdup(directory);
	strlcpy(w->name, process, sizeof(w->name));
}

void
view_gone(struct view *v, const struct m_inst *inst)
{
	struct view_app	*a = view_by_id(v, inst->app);
	size_t		 place;

	if (a == NULL)
		return;
	if (inst->instance == INSTANCE_ANY) {
		view_unlink(v, a);
		view_app_free(a);
		return;
	}
	if (view_inst(a, inst->process, inst->instance, &place) == NULL)
		return;
	view_inst_free(&a->inst[place]);
	a->ninst--;
	memmove(a->inst + place, a->inst + place + 1,
	    (a->ninst - place) * sizeof(*a->inst));
}

void
view_metric(struct view *v, const struct metric *m)
{
	struct view_app		*a = view_by_id(v, m->app);
	struct view_inst	*i;
	size_t			 place;

	if (a == NULL)
		return;
	i = view_inst(a, m->process, m->instance, &place);
	if (i == NULL || i->rec.pid == 0)
		return;
	i->cpu_centi = m->cpu_centi;
	i->rss = m->rss;
	i->sampled = 1;
}

int
view_process(const struct view_app *a, const char *name)
{
	size_t	 i;

	for (i = 0; i < a->ninst; i++)
		if (strcmp(a->inst[i].name, name) == 0)
			return (a->inst[i].rec.inst.process);
	return (-1);
}

int
view_sampled(const struct view_app *a)
{
	size_t	 i;

	for (i = 0; i < a->ninst; i++)
		if (a->inst[i].sampled)
			return (1);
	return (0);
}

uint64_t
view_rss(const struct view_app *a)
{
	uint64_t	 sum = 0;
	size_t		 i;

	for (i = 0; i < a->ninst; i++)
		sum += a->inst[i].rss;
	return (sum);
}

uint64_t
view_cpu(const struct view_app *a)
{
	uint64_t	 sum = 0;
	size_t		 i;

	for (i = 0; i < a->ninst; i++)
		sum += a->inst[i].cpu_centi;
	return (sum);
}

pid_t
view_pid(const struct view_app *a)
{
	size_t	 i;

	for (i = 0; i < a->ninst; i++)
		if (a->inst[i].rec.pid > 0)
			return (a->inst[i].rec.pid);
	return (0);
}

const char *
view_text(const struct view_app *a)
{
	size_t	 i;

	for (i = 0; i < a->ninst; i++)
		if (a->inst[i].text != NULL)
			return (a->inst[i].text);
	return (NULL);
}

int
view_silent(const struct view_app *a)
{
	size_t	 i;

	for (i = 0; i < a->ninst; i++)
		if (a->inst[i].rec.flags & INST_SILENT)
			return (1);
	return (0);
}
