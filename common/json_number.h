/* Numbers of json.c: text that yajl found to be a number of RFC 8259. */
#ifndef COMMON_JSON_NUMBER_H
#define COMMON_JSON_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* -1 if it has a fraction or exponent, or does not fit. */
int	 json_number_int(const char *, size_t, int64_t *);
/* The nearest double in any locale; -1 if it overflows (or memory is out). */
int	 json_number_double(const char *, size_t, double *);

#endif /* COMMON_JSON_NUMBER_H */
