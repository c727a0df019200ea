/*
 * Tables of text: columns as wide as their widest cell, two blanks between
 * them, no blanks at the end of a line.
 */
#ifndef OMNITRONCTL_TABLE_H
#define OMNITRONCTL_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include "omnitronctl/term.h"

#define TABLE_COLUMNS_MAX	16
#define TABLE_CELL_MAX		512	/* bytes; longer texts are cut */

struct table;

/* The titles end with NULL; a title may be "". */
struct table	*table_new(const char *const *titles);
void		 table_free(struct table *);
/* The next cell; a row begins after the last column of the one before. */
void		 table_add(struct table *, const char *);
void		 table_add_colour(struct table *, enum colour, const char *);
void		 table_addf(struct table *, const char *, ...)
		    __attribute__((format(printf, 2, 3)));
void		 table_print(const struct table *, FILE *, int colour);

#endif /* OMNITRONCTL_TABLE_H */
