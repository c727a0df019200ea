/*
 * Members of the store's files, as their readers take them.  All return 0, or
 * -1 for one that is of another type or out of bounds.
 */
#ifndef OMNITROND_STORE_READ_H
#define OMNITROND_STORE_READ_H

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/store/state.h"

struct json;

/*
 * Parse a file that ends as it must for the bytes before its end.  The caller
 * frees it with json_free(); NULL with the reason in err.
 */
struct json *read_file(const char *text, size_t len, char *err,
	    size_t errsize);
/* A number within bounds; absent or null is 0. */
int	 read_int(const struct json *, const char *key, int64_t min,
	    int64_t max, int64_t *);
/* A string of at most so many bytes; absent or null is "". */
int	 read_str(const struct json *, const char *key, size_t max,
	    const char **);
/* Keep as text what is not among the keys (NULL-terminated). */
int	 read_extra(const struct json *, const char *const *keys,
	    struct extras *);

#endif /* OMNITROND_STORE_READ_H */
