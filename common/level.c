/* Names of log levels and back.  In every process; pure. */
#include <string.h>
#include <strings.h>

#include "common/level.h"

static const char *const level_names[LEVEL_MAX] = {
#define X(id, name)	[LEVEL_##id] = (name),
	LEVELS(X)
#undef X
};

/* What other programs call them: syslog, Python, Java, Rust, Node. */
static const struct {
	const char	*name;
	enum level	 level;
} level_synonyms[] = {
	{ "trc",	LEVEL_TRACE },
	{ "verbose",	LEVEL_DEBUG },
	{ "dbg",	LEVEL_DEBUG },
	{ "information", LEVEL_INFO },
	{ "informational", LEVEL_INFO },
	{ "inf",	LEVEL_INFO },
	{ "notice",	LEVEL_INFO },
	{ "log",	LEVEL_INFO },
	{ "warning",	LEVEL_WARN },
	{ "wrn",	LEVEL_WARN },
	{ "err",	LEVEL_ERROR },
	{ "severe",	LEVEL_ERROR },
	{ "critical",	LEVEL_FATAL },
	{ "crit",	LEVEL_FATAL },
	{ "alert",	LEVEL_FATAL },
	{ "emerg",	LEVEL_FATAL },
	{ "emergency",	LEVEL_FATAL },
	{ "panic",	LEVEL_FATAL },
};

const char *
level_name(enum level level)
{
	if ((unsigned int)level >= LEVEL_MAX)
		return ("unknown");
	return (level_names[level]);
}

int
level_parse(const char *s)
{
	size_t	 i;

	for (i = 0; i < LEVEL_MAX; i++)
		if (strcasecmp(s, level_names[i]) == 0)
			return ((int)i);
	for (i = 0; i < sizeof(level_synonyms) / sizeof(*level_synonyms); i++)
		if (strcasecmp(s, level_synonyms[i].name) == 0)
			return ((int)level_synonyms[i].level);
	return (-1);
}
