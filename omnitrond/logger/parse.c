/*
 * Lines of the text format read back, for queries over files.  Logger only;
 * pure.  Log files may have been written by others meanwhile: nothing in
 * them is trusted beyond its form.
 */
#include <ctype.h>
#include <string.h>

#include "omnitrond/logger/format.h"

#define PID_DIGITS_MAX	10

/* Howard Hinnant's arithmetic: years begin in March, eras have 400. */
int64_t
days_of(int64_t year, unsigned month, unsigned day)
{
	int64_t		 era;
	unsigned	 yoe, doy, doe;

	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	yoe = (unsigned)(year - era * 400);
	doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return (era * 146097 + (int64_t)doe - 719468);
}

void
days_civil(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
	int64_t		 era;
	unsigned	 doe, yoe, doy, mp;

	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = (unsigned)(days - era * 146097);
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = (int64_t)yoe + era * 400 + (*month <= 2);
}

/* n digits, or -1 */
static int64_t
digits(const char *s, int n)
{
	int64_t	 v = 0;

	for (; n > 0; n--, s++) {
		if (*s < '0' || *s > '9')
			return (-1);
		v = v * 10 + (*s - '0');
	}
	return (v);
}

static int
stamp_parse(const char *s, int64_t *at_us)
{
	int64_t	 y, mo, d, h, mi, sec, us;

	if (s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' ||
	    s[16] != ':' || s[19] != '.' || s[26] != 'Z')
		return (-1);
	y = digits(s, 4);
	mo = digits(s + 5, 2);
	d = digits(s + 8, 2);
	h = digits(s + 11, 2);
	mi = digits(s + 14, 2);
	sec = digits(s + 17, 2);
	us = digits(s + 20, 6);
	if (y < 0 || mo < 1 || mo > 12 || d < 1 || d > 31 || h < 0 || h > 23 ||
	    mi < 0 || mi > 59 || sec < 0 || sec > 60 || us < 0)
		return (-1);
	*at_us = ((days_of(y, (unsigned)mo, (unsigned)d) * 24 + h) * 60 + mi) *
	    60000000 + sec * 1000000 + us;
	return (0);
}

/* "[PID]" or nothing; returns what comes after, NULL if it is malformed. */
static const char *
pid_parse(const char *s, const char *end, int32_t *pid)
{
	const char	*p;
	int64_t		 v;

	*pid = 0;
	if (s == end || *s != '[')
		return (s);
	for (p = ++s; p < end && isdigit((unsigned char)*p); p++)
		;
	if (p == s || p - s > PID_DIGITS_MAX || p == end || *p != ']')
		return (NULL);
	v = digits(s, (int)(p - s));
	if (v > INT32_MAX)
		return (NULL);
	*pid = (int32_t)v;
	return (p + 1);
}

int
line_parse(const char *s, size_t len, struct line *l)
{
	const char	*end = s + len, *p, *q;
	char		 level[LINE_LEVEL_MAX + 1];

	if (len < STAMP_LEN + 1 || stamp_parse(s, &l->at_us) == -1 ||
	    s[STAMP_LEN] != ' ')
		return (-1);
	p = s + STAMP_LEN + 1;
	q = memchr(p, ' ', (size_t)(end - p));
	if (q == NULL || (size_t)(q - p) >= sizeof(level))
		return (-1);
	memcpy(level, p, (size_t)(q - p));
	level[q - p] = '\0';
	if ((l->level = level_parse(level)) == -1)
		return (-1);
	for (p = ++q; q < end && *q != ' ' && *q != '['; q++)
		;
	l->process = p;
	l->processlen = (size_t)(q - p);
	if (l->processlen > NAME_LEN_MAX)
		return (-1);
	if ((q = pid_parse(q, end, &l->pid)) == NULL || q == end || *q != ' ')
		return (-1);
	l->text = q + 1;
	l->textlen = (size_t)(end - l->text);
	return (0);
}
