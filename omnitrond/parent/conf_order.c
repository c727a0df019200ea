/*
 * Dependencies of apps, and of the processes of one app: unknown names and
 * cycles.  In the parent; pure.
 */
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

#define CYCLE_NAMES	16		/* of a cycle that are shown */

enum colour { WHITE, GREY, BLACK };

/* An app or process on its way through the search, sorted by name. */
struct node {
	struct draft	*draft;
	enum colour	 colour;
	struct dep	*next;		/* dependency to look at */
};

struct graph {
	struct node	*nodes;
	size_t		 n;
	struct node	**path;		/* the grey ones */
	size_t		 depth;
};

static int
order_cmp(const void *a, const void *b)
{
	const struct node	*x = a, *y = b;

	return (strcmp(draft_name(x->draft), draft_name(y->draft)));
}

static int
order_cmp_name(const void *name, const void *node)
{
	return (strcmp(name, draft_name(((const struct node *)node)->draft)));
}

static struct node *
order_find(struct graph *g, const char *name)
{
	return (bsearch(name, g->nodes, g->n, sizeof(*g->nodes),
	    order_cmp_name));
}

static void
order_unknown(struct parse *ps, struct graph *g, const struct draft *d,
    const char *name)
{
	const char	**names, *near;
	size_t		 i;

	if (ps->lost || (d->of != NULL && d->of->bad))
		return;			/* it may be what was skipped */
	names = xcalloc(g->n + 1, sizeof(*names));
	for (i = 0; i < g->n; i++)
		names[i] = draft_name(g->nodes[i].draft);
	near = nearest_name(name, names, g->n);
	conf_error(ps, draft_pos(d, FIELD_DEPENDSON), "%s depends on \"%s\", "
	    "which is %s%s%s%s", d->title, name, d->app != NULL ?
	    "not configured" : "not a process of the same app",
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
	free(names);
}

/* "a -> b -> a", from where the path was entered again. */
static void
order_cycle(struct parse *ps, struct graph *g, const struct node *again)
{
	char	 text[CONF_TEXT_MAX / 2] = "";
	size_t	 i, shown = 0;

	for (i = 0; g->path[i] != again; i++)
		;
	for (; i < g->depth; i++) {
		if (++shown > CYCLE_NAMES) {
			strlcat(text, "... -> ", sizeof(text));
			break;
		}
		strlcat(text, draft_name(g->path[i]->draft), sizeof(text));
		strlcat(text, " -> ", sizeof(text));
	}
	conf_error(ps, draft_pos(again->draft, FIELD_DEPENDSON), "%s depend "
	    "on each other in a circle: %s%s", again->draft->app != NULL ?
	    "apps" : "processes", text, draft_name(again->draft));
}

static void
order_edge(struct parse *ps, struct graph *g, struct node *from,
    const struct dep *dep)
{
	struct node	*to = order_find(g, dep->name);

	if (to == NULL)
		order_unknown(ps, g, from->draft, dep->name);
	else if (to == from)
		conf_error(ps, draft_pos(from->draft, FIELD_DEPENDSON),
		    "%s depends on itself", from->draft->title);
	else if (to->colour == GREY)
		order_cycle(ps, g, to);
	else if (to->colour == WHITE) {
		to->colour = GREY;
		g->path[g->depth++] = to;
	}
}

/* Depth first, with a path of our own: a chain may be thousands long. */
static void
order_walk(struct parse *ps, struct graph *g, struct node *start)
{
	struct node	*node;
	struct dep	*dep;

	start->colour = GREY;
	g->path[g->depth++] = start;
	while (g->depth > 0) {
		node = g->path[g->depth - 1];
		if ((dep = node->next) == NULL) {
			node->colour = BLACK;
			g->depth--;
			continue;
		}
		node->next = TAILQ_NEXT(dep, entry);
		order_edge(ps, g, node, dep);
	}
}

static void
order_duplicates(struct parse *ps, struct graph *g)
{
	struct draft	*a, *b, *tmp;
	size_t		 i;

	for (i = 1; i < g->n; i++) {
		a = g->nodes[i - 1].draft;
		b = g->nodes[i].draft;
		if (strcmp(draft_name(a), draft_name(b)) != 0)
			continue;
		if (strcmp(a->pos.file, b->pos.file) == 0 &&
		    a->pos.line > b->pos.line) {
			tmp = a;
			a = b;
			b = tmp;
		}
		conf_error(ps, b->pos, "%s is defined twice (the other is at "
		    "%s:%d)", b->title, a->pos.file, a->pos.line);
	}
}

static void
order_drafts(struct parse *ps, struct drafts *drafts, size_t n)
{
	struct graph	 g;
	struct draft	*d;
	size_t		 i;

	memset(&g, 0, sizeof(g));
	g.nodes = xcalloc(n + 1, sizeof(*g.nodes));
	g.path = xcalloc(n + 1, sizeof(*g.path));
	TAILQ_FOREACH(d, drafts, entry) {
		g.nodes[g.n].draft = d;
		g.nodes[g.n++].next = TAILQ_FIRST(draft_deps(d));
	}
	qsort(g.nodes, g.n, sizeof(*g.nodes), order_cmp);
	order_duplicates(ps, &g);
	for (i = 0; i < g.n; i++)
		if (g.nodes[i].colour == WHITE)
			order_walk(ps, &g, &g.nodes[i]);
	free(g.path);
	free(g.nodes);
}

void
conf_order(struct parse *ps)
{
	struct draft	*d;

	order_drafts(ps, &ps->drafts, ps->ndrafts);
	TAILQ_FOREACH(d, &ps->drafts, entry)
		if (d->nprocesses > 0)
			order_drafts(ps, &d->processes, d->nprocesses);
}
