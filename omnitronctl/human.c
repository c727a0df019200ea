/*
 * Values as people read them.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/json.h"
#include "common/units.h"
#include "omnitronctl/human.h"

char *
human_cpu(double percent, char *buf, size_t size)
{
	int64_t	 tenths;

	/* By integers: no locale's comma. */
	if (!(percent > 0))
		percent = 0;
	if (percent > 1e9)
		percent = 1e9;
	tenths = (int64_t)(percent * 10 + 0.5);
	snprintf(buf, size, "%" PRId64 ".%" PRId64 "%%", tenths / 10,
	    tenths % 10);
	return (buf);
}

char *
human_time(int64_t ms, char *buf, size_t size)
{
	struct tm	 tm;
	time_t		 t = (time_t)(ms / 1000);
	char		 stamp[32];

	if (ms <= 0 || gmtime_r(&t, &tm) == NULL ||
	    strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		strlcpy(buf, "-", size);
	else
		snprintf(buf, size, "%s.%03dZ", stamp, (int)(ms % 1000));
	return (buf);
}

char *
human_when(int64_t ms, int64_t now_ms, char *buf, size_t size)
{
	time_t		 t = (time_t)(ms / 1000), now = (time_t)(now_ms / 1000);
	struct tm	 tm, today;

	if (ms <= 0 || localtime_r(&t, &tm) == NULL ||
	    localtime_r(&now, &today) == NULL ||
	    strftime(buf, size, tm.tm_year == today.tm_year &&
	    tm.tm_yday == today.tm_yday ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S",
	    &tm) == 0)
		strlcpy(buf, "?", size);
	return (buf);
}

/* A secret that it uses was changed. */
#define HUMAN_STALE	"restart to apply"

char *
human_reason(const struct json *app, int64_t now_ms, char *buf, size_t size)
{
	const char	*reason = json_get_string(app, "reason", "");
	int64_t		 retry = json_get_int(app, "retryAt", 0), left;
	char		 in[HUMAN_SIZE];

	if (retry <= 0) {
		strlcpy(buf, reason, size);
		if (json_get_bool(app, "needsRestart", 0) &&
		    strstr(reason, HUMAN_STALE) == NULL) {
			strlcat(buf, *buf == '\0' ? "" : "; ", size);
			strlcat(buf, HUMAN_STALE, size);
		}
		return (buf);
	}
	/* In whole seconds: the rest is noise, and old when it is read. */
	left = retry > now_ms ? (retry - now_ms + 999) / 1000 * 1000 : 0;
	if (left == 0)
		strlcpy(in, "now", sizeof(in));
	else {
		strlcpy(in, "in ", sizeof(in));
		duration_human(left, in + 3, sizeof(in) - 3);
	}
	if (reason[0] == '\0')
		snprintf(buf, size, "restart %s", in);
	else
		snprintf(buf, size, "restart %s (%s)", in, reason);
	return (buf);
}

/* "Z", "+01:00", "-0500" or nothing; local: no zone was given. */
static int
human_parse_zone(const char *s, int *local, long *offset)
{
	long	 h, m;
	int	 sign;

	*local = *s == '\0';
	*offset = 0;
	if (*local || strcmp(s, "Z") == 0)
		return (0);
	if (*s != '+' && *s != '-')
		return (-1);
	sign = *s++ == '-' ? -1 : 1;
	if (!isdigit((unsigned char)s[0]) || !isdigit((unsigned char)s[1]))
		return (-1);
	h = (s[0] - '0') * 10 + s[1] - '0';
	s += 2;
	if (*s == ':')
		s++;
	if (!isdigit((unsigned char)s[0]) || !isdigit((unsigned char)s[1]) ||
	    s[2] != '\0')
		return (-1);
	m = (s[0] - '0') * 10 + s[1] - '0';
	if (h > 14 || m > 59)
		return (-1);
	*offset = sign * (h * 3600 + m * 60);
	return (0);
}

/* ".123" in milliseconds; further digits are dropped. */
static const char *
human_parse_fraction(const char *s, int64_t *ms)
{
	int	 unit = 100;

	*ms = 0;
	if (*s != '.')
		return (s);
	for (s++; isdigit((unsigned char)*s); s++) {
		*ms += (*s - '0') * unit;
		unit /= 10;
	}
	return (s);
}

int
human_parse_time(const char *s, int64_t now_ms, int64_t *ms)
{
	static const char *const formats[] = { "%Y-%m-%dT%H:%M:%S",
	    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M",
	    "%Y-%m-%d" };
	struct tm	 tm;
	const char	*rest = NULL;
	int64_t		 ago, fraction = 0;
	time_t		 t;
	long		 offset;
	size_t		 i;
	int		 local;

	if (duration_parse(s, &ago) == 0) {
		*ms = ago > now_ms ? 0 : now_ms - ago;
		return (0);
	}
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		memset(&tm, 0, sizeof(tm));
		tm.tm_isdst = -1;
		if ((rest = strptime(s, formats[i], &tm)) == NULL)
			continue;
		rest = human_parse_fraction(rest, &fraction);
		if (human_parse_zone(rest, &local, &offset) == 0)
			break;
		rest = NULL;
	}
	if (rest == NULL)
		return (-1);
	t = local ? mktime(&tm) : timegm(&tm) - offset;
	if (t < 0)
		return (-1);
	*ms = (int64_t)t * 1000 + fraction;
	return (0);
}
