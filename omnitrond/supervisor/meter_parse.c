/*
 * The texts of /proc and of control groups that hold what an instance has
 * used: the only text this process reads, and only numbers of it.  Supervisor
 * process; pure.
 */
#include <string.h>

#include "omnitrond/supervisor/meter.h"

/* Fields of proc(5), counted from the one after the name. */
#define FIELD_UTIME	11
#define FIELD_STIME	12
#define FIELD_RSS	21

#define USAGE		"usage_usec "

static const char *
parse_number(const char *p, const char *end, uint64_t *v)
{
	const char	*begin = p;

	*v = 0;
	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		if (*v > (UINT64_MAX - 9) / 10)
			return (NULL);
		*v = *v * 10 + (uint64_t)(*p - '0');
	}
	return (p == begin ? NULL : p);
}

int
meter_parse_stat(const char *buf, size_t len, uint64_t *ticks,
    uint64_t *pages)
{
	const char	*p, *end = buf + len;
	uint64_t	 v, utime = 0, stime = 0;
	int		 field;

	/* the name may hold blanks and parentheses: begin after the last */
	if ((p = memrchr(buf, ')', len)) == NULL)
		return (-1);
	p++;
	for (field = 0; field <= FIELD_RSS; field++) {
		if (p >= end || *p++ != ' ')
			return (-1);
		if (field != FIELD_UTIME && field != FIELD_STIME &&
		    field != FIELD_RSS) {
			while (p < end && *p != ' ')
				p++;
			continue;
		}
		if ((p = parse_number(p, end, &v)) == NULL)
			return (-1);
		if (field == FIELD_UTIME)
			utime = v;
		else if (field == FIELD_STIME)
			stime = v;
		else
			*pages = v;
	}
	*ticks = utime + stime;
	return (0);
}

/* It is the first line. */
int
meter_parse_usage(const char *buf, size_t len, uint64_t *us)
{
	const char	*p;
	size_t		 skip = sizeof(USAGE) - 1;

	if (len < skip || memcmp(buf, USAGE, skip) != 0)
		return (-1);
	p = parse_number(buf + skip, buf + len, us);
	return (p != NULL && p < buf + len && *p == '\n' ? 0 : -1);
}

/* "size resident shared ..." */
int
meter_parse_statm(const char *buf, size_t len, uint64_t *pages)
{
	const char	*p, *end = buf + len;
	uint64_t	 size;

	if ((p = parse_number(buf, end, &size)) == NULL || p == end ||
	    *p++ != ' ' || (p = parse_number(p, end, pages)) == NULL)
		return (-1);
	return (p < end && *p == ' ' ? 0 : -1);
}

int32_t
meter_parse_pid(const char *buf, size_t len, size_t *off)
{
	const char	*p, *end = buf + len;
	uint64_t	 v;

	p = parse_number(buf + *off, end, &v);
	/* a line without its end was cut: it is not this number */
	if (p == NULL || p == end || *p != '\n' || v > INT32_MAX)
		return (-1);
	*off = (size_t)(p + 1 - buf);
	return ((int32_t)v);
}

uint32_t
meter_cpu(uint64_t us, int64_t ms)
{
	double	 v;

	if (ms <= 0)
		return (0);
	v = (double)us * 10.0 / (double)ms;
	return (v >= (double)UINT32_MAX ? UINT32_MAX : (uint32_t)(v + 0.5));
}
