/*
 * What the daemon's processes said while it did not get ready: their lines
 * wait in the pipe that is their stderr until it is, and are shown to
 * whoever started it when it never is.
 */
#ifndef OMNITROND_PARENT_WORDS_H
#define OMNITROND_PARENT_WORDS_H

#include <stdio.h>

#define WORDS_MAX	20	/* lines that are shown, the last ones */

/*
 * Reads the pipe (non-blocking) until it is empty and shows warnings and
 * worse, each once.  The parent's own lines were shown as they were made.
 */
void	 words_show(int fd, FILE *);
/* Control characters become "?", whoever wrote it. */
void	 words_clean(char *);

#endif /* OMNITROND_PARENT_WORDS_H */
