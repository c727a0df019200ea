/*
 * Durations, sizes, names, signals and spelling: the words of the
 * configuration and the CLI.  In every process; pure.
 */
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/units.h"

#define MS_SECOND	INT64_C(1000)
#define MS_MINUTE	(60 * MS_SECOND)
#define MS_HOUR		(60 * MS_MINUTE)
#define MS_DAY		(24 * MS_HOUR)

struct unit {
	const char	*name;
	int64_t		 factor;
};

/* The longest first: duration_format takes the first that divides. */
static const struct unit units_duration[] = {
	{ "d",	MS_DAY },
	{ "h",	MS_HOUR },
	{ "m",	MS_MINUTE },
	{ "s",	MS_SECOND },
	{ "ms",	1 },
	{ "",	MS_SECOND },	/* read only: a bare number */
};

static const struct unit units_size[] = {
	{ "tb",	INT64_C(1) << 40 },
	{ "gb",	INT64_C(1) << 30 },
	{ "mb",	INT64_C(1) << 20 },
	{ "kb",	INT64_C(1) << 10 },
	{ "",	1 },
	{ "t",	INT64_C(1) << 40 },
	{ "g",	INT64_C(1) << 30 },
	{ "m",	INT64_C(1) << 20 },
	{ "k",	INT64_C(1) << 10 },
	{ "b",	1 },
};

#define NITEMS(a)	(sizeof(a) / sizeof((a)[0]))

/* Digits, then exactly one of the units. */
static int
units_parse(const char *s, const struct unit *units, size_t n,
    int (*compare)(const char *, const char *), int64_t *out)
{
	int64_t	 value = 0;
	size_t	 i;

	if (!isdigit((unsigned char)*s))
		return (-1);
	for (; isdigit((unsigned char)*s); s++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *s - '0', &value))
			return (-1);
	for (i = 0; i < n; i++) {
		if (compare(s, units[i].name) != 0)
			continue;
		if (__builtin_mul_overflow(value, units[i].factor, &value))
			return (-1);
		*out = value;
		return (0);
	}
	return (-1);
}

/* The largest unit that divides the value, so that parsing gives it back. */
static char *
units_format(int64_t value, const struct unit *units, char *buf, size_t size)
{
	const struct unit	*u = units;

	while (value % u->factor != 0)
		u++;
	snprintf(buf, size, "%lld%s", (long long)(value / u->factor), u->name);
	return (buf);
}

int
duration_parse(const char *s, int64_t *ms)
{
	return (units_parse(s, units_duration, NITEMS(units_duration), strcmp,
	    ms));
}

char *
duration_format(int64_t ms, char *buf, size_t size)
{
	if (ms == 0) {
		strlcpy(buf, "0s", size);
		return (buf);
	}
	return (units_format(ms, units_duration, buf, size));
}

char *
duration_human(int64_t ms, char *buf, size_t size)
{
	const struct unit	*u;
	int64_t			 rest;

	if (ms < 0)
		ms = 0;
	if (ms < MS_SECOND) {
		snprintf(buf, size, "%lldms", (long long)ms);
		return (buf);
	}
	for (u = units_duration; ms < u->factor; u++)
		;
	rest = u->factor == MS_SECOND ? 0 : ms % u->factor / u[1].factor;
	if (rest == 0)
		snprintf(buf, size, "%lld%s", (long long)(ms / u->factor),
		    u->name);
	else
		snprintf(buf, size, "%lld%s %lld%s",
		    (long long)(ms / u->factor), u->name, (long long)rest,
		    u[1].name);
	return (buf);
}

int
size_parse(const char *s, int64_t *bytes)
{
	return (units_parse(s, units_size, NITEMS(units_size), strcasecmp,
	    bytes));
}

char *
size_format(int64_t bytes, char *buf, size_t size)
{
	if (bytes == 0) {
		strlcpy(buf, "0", size);
		return (buf);
	}
	return (units_format(bytes, units_size, buf, size));
}

char *
size_human(int64_t bytes, char *buf, size_t size)
{
	static const char *const names[] = { "B", "KB", "MB", "GB", "TB",
	    "PB" };
	int64_t	 tenths;
	size_t	 i;
	int64_t	 unit = 1;

	if (bytes < 0)
		bytes = 0;
	for (i = 0; i + 1 < NITEMS(names) && bytes / unit >= 1024; i++)
		unit *= 1024;
	if (i == 0) {
		snprintf(buf, size, "%lld B", (long long)bytes);
		return (buf);
	}
	/* By integers: no locale's comma, no rounding up to 1024.0 KB. */
	tenths = bytes % unit * 10 / unit;
	snprintf(buf, size, "%lld.%lld %s", (long long)(bytes / unit),
	    (long long)tenths, names[i]);
	return (buf);
}

int
name_valid(const char *s)
{
	size_t	 n;

	for (n = 0; s[n] != '\0'; n++) {
		if (n >= NAME_LEN_MAX)
			return (0);
		/* No isalnum(3): it follows the locale. */
		if (!((s[n] >= 'a' && s[n] <= 'z') ||
		    (s[n] >= 'A' && s[n] <= 'Z') ||
		    (s[n] >= '0' && s[n] <= '9') ||
		    s[n] == '.' || s[n] == '_' || s[n] == '-'))
			return (0);
	}
	return (n > 0 && strcmp(s, ".") != 0 && strcmp(s, "..") != 0);
}
