/*
 * Regular expressions of clients.  In a plane; pure.
 *
 * regcomp(3) of some systems copies what a {n,m} repeats, and copies of
 * copies of it for nested ones, so that a few bytes could take all memory:
 * the product of the bounds is limited.  Back-references make matching
 * exponential and are refused.
 */
#include <ctype.h>
#include <regex.h>
#include <string.h>
#include <stdio.h>

#include "omnitrond/rpc/grep.h"

#define REPEAT_MAX	255	/* product of the bounds of all {n,m} */

/* The greatest number in "{2,5}", at least 1; *p goes behind it. */
static long
grep_bound(const char **p)
{
	long	 most = 1, n = 0;

	for ((*p)++; **p != '\0' && **p != '}'; (*p)++) {
		if (isdigit((unsigned char)**p)) {
			n = n * 10 + **p - '0';
			if (n > REPEAT_MAX)
				return (REPEAT_MAX + 1);
		} else
			n = 0;
		if (n > most)
			most = n;
	}
	return (most);
}

static const char *
grep_check(const char *re)
{
	const char	*p;
	long		 product = 1;

	if (strlen(re) > GREP_MAX)
		return ("longer than 256 bytes");
	for (p = re; *p != '\0'; p++) {
		if (*p == '\\') {
			p++;
			if (*p == '\0')
				break;
			if (isdigit((unsigned char)*p))
				return ("back-references are not supported");
		} else if (*p == '{') {
			product *= grep_bound(&p);
			if (product > REPEAT_MAX)
				return ("repeats too much");
			if (*p == '\0')
				break;
		}
	}
	return (NULL);
}

int
grep_compile(regex_t *re, const char *text, char *err, size_t errsize)
{
	const char	*why;
	int		 rv;

	if ((why = grep_check(text)) != NULL) {
		strlcpy(err, why, errsize);
		return (-1);
	}
	if ((rv = regcomp(re, text, REG_EXTENDED | REG_NOSUB)) != 0) {
		regerror(rv, re, err, errsize);
		return (-1);
	}
	return (0);
}
