/*
 * The order of several apps in one command, by their dependencies.
 */
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/xmalloc.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/order.h"
#include "omnitronctl/target.h"

struct node {
	const char	*id;
	const char	*name;
	size_t		 level;
	int		 target;
};

struct graph {
	struct node	*nodes;		/* by id */
	size_t		 n;
};

static int
order_node_cmp(const void *a, const void *b)
{
	const struct node	*x = a, *y = b;

	return (strcmp(x->id, y->id));
}

static struct node *
order_find(const struct graph *g, const char *id)
{
	struct node	 key = { .id = id };

	return (g->n == 0 ? NULL : bsearch(&key, g->nodes, g->n, sizeof(key),
	    order_node_cmp));
}

static int
order_is_target(const struct targets *t, const char *name)
{
	size_t	 i;

	for (i = 0; i < t->n; i++)
		if (strcmp(t->names[i], name) == 0)
			return (1);
	return (0);
}

static const struct json *
order_first(const struct json *o, const char *key, size_t *count)
{
	const struct json	*list = json_get(o, key);

	*count = list != NULL && list->type == JSON_ARRAY ? list->count : 0;
	return (*count > 0 ? list->first : NULL);
}

static void
order_nodes(struct graph *g, const struct json *o, const struct targets *t)
{
	const struct json	*c;
	size_t			 count;

	c = order_first(o, "nodes", &count);
	g->nodes = xcalloc(count + 1, sizeof(*g->nodes));
	for (; c != NULL; c = c->next) {
		struct node	*n = &g->nodes[g->n];

		n->id = json_get_string(c, "id", "");
		n->name = json_get_string(c, "label", n->id);
		if (strcmp(json_get_string(c, "type", ""), "app") != 0)
			continue;
		n->target = order_is_target(t, n->name);
		g->n++;
	}
	if (g->n > 0)
		qsort(g->nodes, g->n, sizeof(*g->nodes), order_node_cmp);
}

/* 1 when something rose. */
static int
order_pass(struct graph *g, const struct json *o)
{
	const struct json	*e;
	struct node		*from, *to;
	size_t			 count, level;
	int			 more = 0;

	for (e = order_first(o, "edges", &count); e != NULL; e = e->next) {
		if (strcmp(json_get_string(e, "type", ""), "depends-on") != 0)
			continue;
		from = order_find(g, json_get_string(e, "from", ""));
		to = order_find(g, json_get_string(e, "to", ""));
		if (from == NULL || to == NULL)
			continue;
		level = to->level + (to->target ? 1 : 0);
		if (level > from->level) {
			from->level = level;
			more = 1;
		}
	}
	return (more);
}

static size_t
order_level(const struct graph *g, const char *name)
{
	size_t	 i;

	for (i = 0; i < g->n; i++)
		if (strcmp(g->nodes[i].name, name) == 0)
			return (g->nodes[i].level);
	return (0);
}

/* Few and often sorted already: by insertion, which keeps equals in place. */
static void
order_insert(struct targets *t, size_t *level, size_t i)
{
	char	*name = t->names[i];
	size_t	 l = level[i];

	for (; i > 0 && level[i - 1] > l; i--) {
		t->names[i] = t->names[i - 1];
		level[i] = level[i - 1];
	}
	t->names[i] = name;
	level[i] = l;
}

void
order_sort(struct targets *t, const struct json *o, size_t *level)
{
	struct graph	 g = { 0 };
	size_t		 i;

	order_nodes(&g, o, t);
	/* there are no cycles; if there were, this must end all the same */
	for (i = 0; i < g.n && order_pass(&g, o); i++)
		;
	for (i = 0; i < t->n; i++)
		level[i] = order_level(&g, t->names[i]);
	for (i = 1; i < t->n; i++)
		order_insert(t, level, i);
	free(g.nodes);
}

void
order_reverse(struct targets *t, size_t *level)
{
	size_t	 i, top = t->n > 0 ? level[t->n - 1] : 0;

	/* as levels from above, so that equals stay in place again */
	for (i = 0; i < t->n; i++)
		level[i] = top - level[i];
	for (i = 1; i < t->n; i++)
		order_insert(t, level, i);
}

int
order_ask(struct ctl *ctl, struct targets *t, size_t *level)
{
	struct client_reply	 reply;
	int			 code;

	code = conn_call(ctl, "getDependencyGraph", NULL, CONN_READ_MS, &reply);
	if (code != 0)
		return (code);
	order_sort(t, reply.result, level);
	client_reply_clear(&reply);
	return (0);
}
