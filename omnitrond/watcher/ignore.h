/* Names that a watch does not look at. */
#ifndef WATCHER_IGNORE_H
#define WATCHER_IGNORE_H

#include <stdint.h>

struct ignore {
	char		**glob;
	uint32_t	 nglob;
};

/* A pattern of fnmatch(3), besides those that always are. */
void	 ignore_add(struct ignore *, const char *glob);
void	 ignore_free(struct ignore *);
/*
 * Is the entry ignored?  `path' is below the watched folder ("lib/a.c"), the
 * folder it lies in is not ignored.  A pattern with a slash is for the path,
 * any other for the last name of it.
 */
int	 ignore_match(const struct ignore *, const char *path);

#endif /* WATCHER_IGNORE_H */
