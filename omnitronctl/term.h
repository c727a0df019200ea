/*
 * What goes to a terminal: colours, and text made harmless.
 */
#ifndef OMNITRONCTL_TERM_H
#define OMNITRONCTL_TERM_H

#include <stddef.h>
#include <stdio.h>

enum colour { COLOUR_NONE, COLOUR_RED, COLOUR_GREEN, COLOUR_YELLOW,
    COLOUR_CYAN, COLOUR_DIM, COLOUR_BOLD };

/* Sequences that begin and end a colour; "" for COLOUR_NONE. */
const char	*term_on(enum colour);
const char	*term_off(enum colour);
enum colour	 term_status_colour(const char *status);
enum colour	 term_level_colour(const char *level);
/* Rows of the terminal, or 24. */
int		 term_rows(int fd);
/*
 * Write text that others chose: control characters, also those of C1, come
 * out as \xNN, so that no text moves the cursor or forges a line.
 */
void		 term_puts(FILE *, const char *);
/* The same into a buffer, cut to its size. */
char		*term_safe(const char *, char *, size_t);
/* Columns that a text without control characters takes. */
size_t		 term_width(const char *);

#endif /* OMNITRONCTL_TERM_H */
