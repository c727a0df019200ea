/* Numbers of json.c, independent of the locale.  Pure. */
#include <float.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_number.h"

#define NUMBER_SHORT	64	/* longer ones are copied to the heap */
#define MB_LEN_POINT	16	/* bytes of a decimal point, in any locale */
#define EXACT_DIGITS	15	/* any integer of so many is a double */
#define EXACT_POWER	22	/* as is ten to that power */

int
json_number_int(const char *s, size_t len, int64_t *out)
{
	const char	*end = s + len;
	uint64_t	 v = 0, max = INT64_MAX;
	int		 negative;

	if ((negative = *s == '-') != 0) {
		s++;
		max++;
	}
	for (; s < end; s++) {
		if (*s < '0' || *s > '9' ||
		    __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v) ||
		    v > max)
			return (-1);
	}
	*out = (int64_t)(negative ? 0 - v : v);
	return (0);
}

/*
 * Few digits and a small power of ten: both are exact, so that one division
 * or multiplication rounds right.  -1 if it is not so simple.
 */
static int
json_number_simple(const char *s, size_t len, double *out)
{
	static const double ten[EXACT_POWER + 1] = { 1e0, 1e1, 1e2, 1e3, 1e4,
	    1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
	    1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
	const char	*end = s + len;
	int64_t		 v = 0;
	int		 negative, digits = 0, scale = 0, point = 0;

	if ((negative = *s == '-') != 0)
		s++;
	for (; s < end; s++) {
		if (*s == '.') {
			point = 1;
			continue;
		}
		if (*s < '0' || *s > '9' || ++digits > EXACT_DIGITS)
			return (-1);
		v = v * 10 + (*s - '0');
		scale += point;
	}
	*out = (double)v / ten[scale];
	if (negative)
		*out = -*out;
	return (0);
}

/* strtod(3) wants the point of the locale. */
static double
json_number_strtod(const char *s, size_t len, char *buf, size_t size)
{
	const char	*point = localeconv()->decimal_point;
	const char	*dot;
	size_t		 n = strlen(point), before;

	memcpy(buf, s, len);
	buf[len] = '\0';
	if ((dot = memchr(s, '.', len)) != NULL && n > 0 &&
	    len + n <= size) {
		before = (size_t)(dot - s);
		memcpy(buf + before, point, n);
		memcpy(buf + before + n, dot + 1, len - before - 1);
		buf[len - 1 + n] = '\0';
	}
	return (strtod(buf, NULL));
}

int
json_number_double(const char *s, size_t len, double *out)
{
	char	 local[NUMBER_SHORT], *buf = local;
	size_t	 size = len + 1 + MB_LEN_POINT;

	if (FLT_EVAL_METHOD == 0 && json_number_simple(s, len, out) == 0)
		return (0);
	if (size > sizeof(local) && (buf = malloc(size)) == NULL)
		return (-1);
	if (size < sizeof(local))
		size = sizeof(local);
	*out = json_number_strtod(s, len, buf, size);
	if (buf != local)
		free(buf);
	return (*out >= -DBL_MAX && *out <= DBL_MAX ? 0 : -1);
}
