/*
 * Tables of text.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitronctl/table.h"

#define TABLE_GAP	2

struct cell {
	size_t		 off;		/* of its text */
	size_t		 width;
	enum colour	 colour;
};

struct table {
	const char *const *titles;
	size_t		 ncols;
	size_t		 width[TABLE_COLUMNS_MAX];
	struct cell	*cells;
	size_t		 ncells;
	size_t		 maxcells;
	char		*text;		/* of all cells, each with its NUL */
	size_t		 len;
	size_t		 size;
};

struct table *
table_new(const char *const *titles)
{
	struct table	*t = xcalloc(1, sizeof(*t));

	t->titles = titles;
	while (titles[t->ncols] != NULL && t->ncols < TABLE_COLUMNS_MAX) {
		t->width[t->ncols] = term_width(titles[t->ncols]);
		t->ncols++;
	}
	return (t);
}

void
table_free(struct table *t)
{
	if (t == NULL)
		return;
	free(t->text);
	free(t->cells);
	free(t);
}

void
table_add_colour(struct table *t, enum colour colour, const char *text)
{
	struct cell	*c;
	size_t		*w;

	if (t->ncells == t->maxcells) {
		t->maxcells = t->maxcells == 0 ? 128 : t->maxcells * 2;
		t->cells = xreallocarray(t->cells, t->maxcells,
		    sizeof(*t->cells));
	}
	if (t->size - t->len < TABLE_CELL_MAX) {
		t->size = t->size == 0 ? 4096 : t->size * 2;
		t->text = xreallocarray(t->text, t->size, 1);
	}
	c = &t->cells[t->ncells];
	c->off = t->len;
	c->colour = colour;
	term_safe(text, t->text + t->len, TABLE_CELL_MAX);
	t->len += strlen(t->text + t->len) + 1;
	c->width = term_width(t->text + c->off);
	w = &t->width[t->ncells++ % t->ncols];
	if (c->width > *w)
		*w = c->width;
}

void
table_add(struct table *t, const char *text)
{
	table_add_colour(t, COLOUR_NONE, text);
}

void
table_addf(struct table *t, const char *fmt, ...)
{
	char	 buf[TABLE_CELL_MAX];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	table_add(t, buf);
}

static void
table_titles(const struct table *t, FILE *fp, int colour)
{
	size_t	 i, pad = 0;

	fputs(colour ? term_on(COLOUR_BOLD) : "", fp);
	for (i = 0; i < t->ncols; i++) {
		if (t->titles[i][0] == '\0')
			continue;
		fprintf(fp, "%*s%s", (int)pad, "", t->titles[i]);
		pad = t->width[i] - term_width(t->titles[i]) + TABLE_GAP;
	}
	fprintf(fp, "%s\n", colour ? term_off(COLOUR_BOLD) : "");
}

void
table_print(const struct table *t, FILE *fp, int colour)
{
	const struct cell	*c;
	size_t			 i, col, pad = 0;

	if (t->titles[0][0] != '\0')
		table_titles(t, fp, colour);
	for (i = 0; i < t->ncells; i++) {
		c = &t->cells[i];
		col = i % t->ncols;
		if (col == 0)
			pad = 0;
		if (c->width > 0) {
			fprintf(fp, "%*s%s%s%s", (int)pad, "",
			    colour ? term_on(c->colour) : "", t->text + c->off,
			    colour ? term_off(c->colour) : "");
			pad = 0;
		}
		pad += t->width[col] - c->width + TABLE_GAP;
		if (col == t->ncols - 1)
			putc('\n', fp);
	}
}
