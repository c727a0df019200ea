/*
 * The graph of dependencies: text, Mermaid, Graphviz.
 */
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "omnitronctl/output.h"
#include "omnitronctl/term.h"

static const struct json *
graph_first(const struct json *r, const char *key)
{
	const struct json	*list = json_get(r, key);

	return (list == NULL ? NULL : list->first);
}

/* Names of processes say little without that of the app, which ids have. */
static const char *
graph_label(const struct json *node)
{
	if (strcmp(json_get_string(node, "type", ""), "process") == 0)
		return (json_get_string(node, "id", "?"));
	return (json_get_string(node, "label",
	    json_get_string(node, "id", "?")));
}

/* The label of the node with that id. */
static const char *
graph_name(const struct json *r, const char *id)
{
	const struct json	*n;

	for (n = graph_first(r, "nodes"); n != NULL; n = n->next)
		if (strcmp(json_get_string(n, "id", ""), id) == 0)
			return (graph_label(n));
	return (id);
}

void
show_graph(struct ctl *ctl, const struct json *r)
{
	const struct json	*n, *e;
	const char		*id, *sep;

	for (n = graph_first(r, "nodes"); n != NULL; n = n->next) {
		id = json_get_string(n, "id", "");
		term_puts(stdout, graph_label(n));
		sep = " -> ";
		for (e = graph_first(r, "edges"); e != NULL; e = e->next) {
			if (strcmp(json_get_string(e, "from", ""), id) != 0)
				continue;
			fputs(sep, stdout);
			term_puts(stdout, graph_name(r,
			    json_get_string(e, "to", "?")));
			sep = ", ";
		}
		putchar('\n');
	}
}

/*
 * Ids are names and some punctuation; within quotes only the quote and the
 * backslash would end them.
 */
static void
graph_quoted(const char *s)
{
	for (; *s != '\0'; s++)
		putchar(*s == '"' || *s == '\\' || (unsigned char)*s < 0x20 ?
		    '_' : *s);
}

void
show_graph_dot(struct ctl *ctl, const struct json *r)
{
	const struct json	*n, *e;

	printf("digraph omnitron {\n");
	for (n = graph_first(r, "nodes"); n != NULL; n = n->next) {
		printf("\t\"");
		graph_quoted(json_get_string(n, "id", "?"));
		printf("\" [label=\"");
		graph_quoted(graph_label(n));
		printf("\"];\n");
	}
	for (e = graph_first(r, "edges"); e != NULL; e = e->next) {
		printf("\t\"");
		graph_quoted(json_get_string(e, "from", "?"));
		printf("\" -> \"");
		graph_quoted(json_get_string(e, "to", "?"));
		printf("\";\n");
	}
	printf("}\n");
}

/* Mermaid wants plain identifiers: the position in the list serves. */
static size_t
graph_index(const struct json *r, const char *id)
{
	const struct json	*n;
	size_t			 i = 0;

	for (n = graph_first(r, "nodes"); n != NULL; n = n->next, i++)
		if (strcmp(json_get_string(n, "id", ""), id) == 0)
			break;
	return (i);
}

void
show_graph_mermaid(struct ctl *ctl, const struct json *r)
{
	const struct json	*n, *e;
	size_t			 i = 0;

	printf("graph TD\n");
	for (n = graph_first(r, "nodes"); n != NULL; n = n->next) {
		printf("    n%zu[\"", i++);
		graph_quoted(graph_label(n));
		printf("\"]\n");
	}
	for (e = graph_first(r, "edges"); e != NULL; e = e->next)
		printf("    n%zu --> n%zu\n",
		    graph_index(r, json_get_string(e, "from", "?")),
		    graph_index(r, json_get_string(e, "to", "?")));
}
