/*
 * Spelling suggestions (common/units.h).  In every process; pure.
 */
#include <string.h>

#include "common/units.h"

/*
 * Damerau-Levenshtein distance (optimal string alignment), by three rows.
 * Both strings are at most NAME_LEN_MAX long, which bounds the work.
 */
static size_t
text_distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t	 row[3][NAME_SIZE];
	size_t	*two = row[0], *one = row[1], *now = row[2], *t;
	size_t	 i, j, best;

	for (j = 0; j <= nb; j++)
		one[j] = j;
	for (i = 1; i <= na; i++) {
		now[0] = i;
		for (j = 1; j <= nb; j++) {
			best = one[j - 1] + (a[i - 1] != b[j - 1]);
			if (one[j] + 1 < best)
				best = one[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && two[j - 2] + 1 < best)
				best = two[j - 2] + 1;
			now[j] = best;
		}
		t = two;
		two = one;
		one = now;
		now = t;
	}
	return (one[nb]);
}

/* The only one that begins so, for those who stopped typing early. */
static const char *
text_completed(const char *s, size_t len, const char *const *names, size_t n)
{
	const char	*found = NULL;
	size_t		 i;

	for (i = 0; i < n; i++) {
		if (strncmp(names[i], s, len) != 0)
			continue;
		if (found != NULL)
			return (NULL);
		found = names[i];
	}
	return (found);
}

const char *
nearest_name(const char *s, const char *const *names, size_t n)
{
	const char	*found = NULL;
	size_t		 len, other, max, d, i;

	if ((len = strlen(s)) == 0 || len > NAME_LEN_MAX)
		return (NULL);
	if ((max = len / 3) == 0)
		max = 1;
	for (i = 0; i < n; i++) {
		other = strlen(names[i]);
		if (other > NAME_LEN_MAX || other > len + max ||
		    len > other + max)
			continue;
		d = text_distance(s, len, names[i], other);
		/* "no" is not what "a" meant: something must be alike. */
		if (d > max || d >= len || d >= other)
			continue;
		found = names[i];
		if (d == 0)
			break;
		max = d - 1;	/* the first of the nearest wins */
	}
	return (found != NULL ? found : text_completed(s, len, names, n));
}
