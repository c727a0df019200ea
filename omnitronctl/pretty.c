/*
 * JSON on several lines, for people.
 */
#include <stdio.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "common/log.h"
#include "omnitronctl/output.h"

#define PRETTY_INDENT	2

static void
pretty_text(FILE *fp, const struct json *node, const char *key)
{
	struct jsonw	 w;

	jsonw_init(&w, 0);
	if (key != NULL)
		jsonw_string(&w, key);
	else
		json_write(node, &w);
	if (jsonw_done(&w) == -1)
		fatalx("JSON cannot be written");
	fwrite(w.buf, 1, w.len, fp);
	jsonw_free(&w);
}

/* The depth is bounded by the parser that made the tree. */
static void
pretty_node(FILE *fp, const struct json *node, int depth)
{
	const struct json	*c;
	int			 array = node->type == JSON_ARRAY;

	if ((!array && node->type != JSON_OBJECT) || node->first == NULL) {
		pretty_text(fp, node, NULL);
		return;
	}
	fprintf(fp, "%c\n", array ? '[' : '{');
	for (c = node->first; c != NULL; c = c->next) {
		fprintf(fp, "%*s", (depth + 1) * PRETTY_INDENT, "");
		if (!array) {
			pretty_text(fp, c, c->key);
			fputs(": ", fp);
		}
		pretty_node(fp, c, depth + 1);
		fputs(c->next == NULL ? "\n" : ",\n", fp);
	}
	fprintf(fp, "%*s%c", depth * PRETTY_INDENT, "", array ? ']' : '}');
}

void
output_pretty(FILE *fp, const struct json *node)
{
	pretty_node(fp, node, 0);
	putc('\n', fp);
}
