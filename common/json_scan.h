/* The pre-scan of json.c, and of libomnitron, which has no yajl. */
#ifndef COMMON_JSON_SCAN_H
#define COMMON_JSON_SCAN_H

#include <stddef.h>

#include "common/json.h"

/* What the document holds, at most: the size of its tree follows from it. */
struct json_counts {
	size_t	values;
	size_t	keys;
	size_t	bytes;		/* of all strings and keys, with their NUL */
};

/* NULL if the text may be given to yajl, else the reason why not. */
const char	*json_scan(const char *, size_t, const struct json_limits *,
		    struct json_counts *);

#endif /* COMMON_JSON_SCAN_H */
