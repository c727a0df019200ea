/*
 * Resources of setrlimit(2) by name.  In the parent; pure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

enum limit_unit { UNIT_COUNT, UNIT_BYTES, UNIT_SECONDS };

/* Those that the system has. */
static const struct {
	const char	*name;
	int		 resource;
	enum limit_unit	 unit;
} limits[] = {
#ifdef RLIMIT_AS
	{ "as", RLIMIT_AS, UNIT_BYTES },
#endif
	{ "core", RLIMIT_CORE, UNIT_BYTES },
	{ "cpu", RLIMIT_CPU, UNIT_SECONDS },
	{ "data", RLIMIT_DATA, UNIT_BYTES },
	{ "fsize", RLIMIT_FSIZE, UNIT_BYTES },
#ifdef RLIMIT_LOCKS
	{ "locks", RLIMIT_LOCKS, UNIT_COUNT },
#endif
#ifdef RLIMIT_MEMLOCK
	{ "memlock", RLIMIT_MEMLOCK, UNIT_BYTES },
#endif
#ifdef RLIMIT_MSGQUEUE
	{ "msgqueue", RLIMIT_MSGQUEUE, UNIT_BYTES },
#endif
	{ "nofile", RLIMIT_NOFILE, UNIT_COUNT },
#ifdef RLIMIT_NPROC
	{ "nproc", RLIMIT_NPROC, UNIT_COUNT },
#endif
#ifdef RLIMIT_RSS
	{ "rss", RLIMIT_RSS, UNIT_BYTES },
#endif
#ifdef RLIMIT_SIGPENDING
	{ "sigpending", RLIMIT_SIGPENDING, UNIT_COUNT },
#endif
	{ "stack", RLIMIT_STACK, UNIT_BYTES },
};
#define NLIMITS	(sizeof(limits) / sizeof(limits[0]))

int
limit_resource(const char *name)
{
	size_t	 i;

	for (i = 0; i < NLIMITS; i++)
		if (strcmp(limits[i].name, name) == 0)
			return (limits[i].resource);
	return (-1);
}

const char *
limit_name(int resource)
{
	size_t	 i;

	for (i = 0; i < NLIMITS; i++)
		if (limits[i].resource == resource)
			return (limits[i].name);
	return (NULL);
}

const char *
limit_names(char *buf, size_t size)
{
	size_t	 i;

	buf[0] = '\0';
	for (i = 0; i < NLIMITS; i++) {
		strlcat(buf, i == 0 ? "" : ", ", size);
		strlcat(buf, limits[i].name, size);
	}
	return (buf);
}

static enum limit_unit
limit_unit(int resource)
{
	size_t	 i;

	for (i = 0; i < NLIMITS; i++)
		if (limits[i].resource == resource)
			return (limits[i].unit);
	return (UNIT_COUNT);
}

int
limit_parse(int resource, const char *text, rlim_t *value)
{
	const char	*why = NULL;
	int64_t		 v = 0;

	if (strcmp(text, "unlimited") == 0) {
		*value = RLIM_INFINITY;
		return (0);
	}
	switch (limit_unit(resource)) {
	case UNIT_BYTES:
		if (size_parse(text, &v) == -1)
			return (-1);
		break;
	case UNIT_SECONDS:
		if (duration_parse(text, &v) == -1 || v % 1000 != 0)
			return (-1);
		v /= 1000;
		break;
	case UNIT_COUNT:
		v = strtonum(text, 0, INT64_MAX, &why);
		if (why != NULL)
			return (-1);
		break;
	}
	*value = (rlim_t)v;
	return (0);
}

char *
limit_format(int resource, rlim_t value, char *buf, size_t size)
{
	if (value == RLIM_INFINITY)
		strlcpy(buf, "unlimited", size);
	else if (limit_unit(resource) == UNIT_BYTES)
		size_format((int64_t)value, buf, size);
	else if (limit_unit(resource) == UNIT_SECONDS)
		duration_format((int64_t)value * 1000, buf, size);
	else
		snprintf(buf, size, "%lld", (long long)value);
	return (buf);
}

const struct limit *
limit_get(const struct process_conf *pc, int resource)
{
	static const struct limit	 none;

	return (pc->limits != NULL ? &pc->limits[resource] : &none);
}

struct limit *
limit_make(struct process_conf *pc, int resource)
{
	if (pc->limits == NULL)
		pc->limits = xcalloc(RLIM_NLIMITS, sizeof(*pc->limits));
	return (&pc->limits[resource]);
}
