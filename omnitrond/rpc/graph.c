/*
 * getDependencyGraph: apps, their named processes, and what depends on
 * what.  In a plane; from the view alone.
 *
 * With a name the answer has the app, all that it depends on, and all that
 * depends on it, over any number of steps.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/rpc/dispatch.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"
#include "omnitrond/rpc/reply.h"

#define MARK_BELOW	1	/* the app, or what it depends on */
#define MARK_ABOVE	2	/* the app, or what depends on it */
#define MARK_HIDDEN	4	/* not for this client: no way leads over it */

static int
graph_shown(const struct view_app *a)
{
	return ((a->mark & (MARK_BELOW | MARK_ABOVE)) != 0);
}

/* Mark all that is reached by dependencies. */
static void
graph_below(const struct view *view, struct view_app *from)
{
	struct view_app	**todo, *a, *on;
	size_t		  n = 0, i;

	todo = xcalloc(view->napps, sizeof(struct view_app *));
	from->mark |= MARK_BELOW;
	todo[n++] = from;
	while (n > 0) {
		a = todo[--n];
		for (i = 0; i < a->ndeps; i++) {
			on = view_by_id(view, a->deps[i].on);
			if (on == NULL ||
			    (on->mark & (MARK_BELOW | MARK_HIDDEN)))
				continue;
			on->mark |= MARK_BELOW;
			todo[n++] = on;
		}
	}
	free(todo);
}

/* 1 if `a` depends on one that is marked. */
static int
graph_rests(const struct view *view, const struct view_app *a)
{
	const struct view_app	*on;
	size_t			 i;

	for (i = 0; i < a->ndeps; i++)
		if ((on = view_by_id(view, a->deps[i].on)) != NULL &&
		    (on->mark & MARK_ABOVE))
			return (1);
	return (0);
}

/*
 * Mark all that reaches it: passes over the apps until one adds nothing.
 * There are as many passes as the chain has steps, and chains are short.
 */
static void
graph_above(const struct view *view, struct view_app *from)
{
	struct view_app	*a;
	int		 more = 1;

	from->mark |= MARK_ABOVE;
	while (more) {
		more = 0;
		TAILQ_FOREACH(a, &view->apps, entry) {
			if ((a->mark & (MARK_ABOVE | MARK_HIDDEN)) == 0 &&
			    graph_rests(view, a)) {
				a->mark |= MARK_ABOVE;
				more = 1;
			}
		}
	}
}

static void
graph_mark(const struct call *call, const struct view_app *only)
{
	const struct view	*view = call->net->view;
	struct access_list	 list;
	struct view_app		*a;

	access_open(&list, call->client, METHOD_GET_GRAPH);
	TAILQ_FOREACH(a, &view->apps, entry)
		a->mark = !access_has(&list, a) ? MARK_HIDDEN :
		    only == NULL ? MARK_BELOW : 0;
	access_close(&list);
	if (only == NULL)
		return;
	a = view_by_id(view, only->rec.id);
	graph_below(view, a);
	graph_above(view, a);
}

static void
graph_node(struct jsonw *w, const char *id, const char *label,
    const char *type)
{
	jsonw_object(w);
	jsonw_kstring(w, "id", id);
	jsonw_kstring(w, "label", label);
	jsonw_kstring(w, "type", type);
	jsonw_end(w);
}

static void
graph_edge(struct jsonw *w, const char *from, const char *to,
    const char *type)
{
	jsonw_object(w);
	jsonw_kstring(w, "from", from);
	jsonw_kstring(w, "to", to);
	jsonw_kstring(w, "type", type);
	jsonw_end(w);
}

/* "shop/worker", or "" if the process has no instance. */
static const char *
graph_process(const struct view_app *a, uint16_t process, char *id,
    size_t size)
{
	size_t	 i;

	for (i = 0; i < a->ninst; i++)
		if (a->inst[i].rec.inst.process == process) {
			snprintf(id, size, "%s/%s", a->name, a->inst[i].name);
			return (id);
		}
	return ("");
}

/* Of an app in classic mode the process is the app. */
static void
graph_processes(struct jsonw *w, const struct view_app *a, int edges)
{
	char	 id[2 * NAME_SIZE];
	size_t	 i;

	if ((a->rec.flags & VIEW_BOOTSTRAP) == 0)
		return;
	for (i = 0; i < a->ninst; i++) {
		if (i > 0 && a->inst[i - 1].rec.inst.process ==
		    a->inst[i].rec.inst.process)
			continue;
		graph_process(a, a->inst[i].rec.inst.process, id, sizeof(id));
		if (edges)
			graph_edge(w, a->name, id, "contains");
		else
			graph_node(w, id, a->inst[i].name, "process");
	}
}

static void
graph_process_dep(struct jsonw *w, const struct view_app *a,
    const struct m_conf_dep *dep)
{
	char		 from[2 * NAME_SIZE], to[2 * NAME_SIZE];
	const char	*f, *t;

	f = graph_process(a, dep->process, from, sizeof(from));
	t = graph_process(a, dep->on_process, to, sizeof(to));
	if (*f != '\0' && *t != '\0')
		graph_edge(w, f, t, "depends-on");
}

static void
graph_edges(struct jsonw *w, const struct view *view,
    const struct view_app *a)
{
	const struct view_app	*on;
	size_t			 i;

	for (i = 0; i < a->ndeps; i++) {
		if (a->deps[i].process != PROCESS_ANY) {
			graph_process_dep(w, a, &a->deps[i]);
			continue;
		}
		on = view_by_id(view, a->deps[i].on);
		if (on != NULL && graph_shown(on))
			graph_edge(w, a->name, on->name, "depends-on");
	}
	graph_processes(w, a, 1);
}

void
graph_call(struct call *call, const struct args *args)
{
	const struct view	*view = call->net->view;
	const struct view_app	*a;
	struct jsonw		*w = reply_begin(call);

	graph_mark(call, args->app);
	jsonw_object(w);
	jsonw_key(w, "nodes");
	jsonw_array(w);
	TAILQ_FOREACH(a, &view->apps, entry) {
		if (!graph_shown(a))
			continue;
		graph_node(w, a->name, a->name, "app");
		graph_processes(w, a, 0);
	}
	jsonw_end(w);
	jsonw_key(w, "edges");
	jsonw_array(w);
	TAILQ_FOREACH(a, &view->apps, entry)
		if (graph_shown(a))
			graph_edges(w, view, a);
	jsonw_end(w);
	jsonw_end(w);
	reply_end(call);
}
