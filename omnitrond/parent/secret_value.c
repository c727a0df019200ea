/*
 * A value of a set that was asked for (secret.h).  In the parent; pure, so
 * that an environment can be built without what asks.
 */
#include <string.h>

#include "omnitrond/parent/secret.h"

const char *
secret_value(const struct secret_set *set, const char *key, size_t *len)
{
	size_t	 i;

	for (i = 0; set != NULL && i < set->n; i++) {
		if (strcmp(set->v[i].key, key) != 0)
			continue;
		*len = set->v[i].len;
		return (set->v[i].value);
	}
	return (NULL);
}
