/*
 * Where a daemon is looked for: its control socket and its home, by what
 * was named, by the environment, else in the usual places.
 */
#ifndef COMMON_PLACE_H
#define COMMON_PLACE_H

#include <limits.h>
#include <stddef.h>

#define PLACE_MAX	2

struct places {			/* in their order; the first counts */
	char	 path[PLACE_MAX][PATH_MAX];
	size_t	 n;
};

/*
 * Either may be NULL: then $OMNITRON_SOCKET and $OMNITRON_HOME count, and
 * without any of them the user's and the system's place.  0, or -1 if a
 * path is too long.
 */
int	 place_sockets(const char *socket, const char *home, struct places *);
int	 place_homes(const char *socket, const char *home, struct places *);

/*
 * The home whose owner asks, whether a daemon is there or not: what was
 * named, $OMNITRON_HOME, or ~/.omnitron.  0, or -1: too long, or no home.
 */
int	 place_own(const char *home, char *buf, size_t size);

#endif /* COMMON_PLACE_H */
