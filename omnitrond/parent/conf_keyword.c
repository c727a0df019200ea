/*
 * The keyword list as a table.  In the parent; pure.
 */
#include <string.h>

#include "omnitrond/parent/conf_parse.h"

static const struct {
	const char	*word;
	unsigned int	 in;
	const char	*args;
	const char	*def;
} keywords[KW_MAX] = {
#define X(id, word, in, args, def)	{ word, (in), args, def },
	KEYWORDS(X)
#undef X
};

static const struct {
	unsigned int	 in;
	const char	*name;
} blocks[] = {
	{ IN_GLOBAL, "global" },
	{ IN_USERS, "users" },
	{ IN_SUPERVISION, "supervision" },
	{ IN_MONITORING, "monitoring" },
	{ IN_LOGGING, "logging" },
	{ IN_DEFAULT, "default" },
	{ IN_GROUP, "group" },
	{ IN_APP, "app" },
	{ IN_PROCESS, "process" },
	{ IN_LOG, "log" },
	{ IN_LISTEN, "listen" },
	{ IN_WATCH, "watch" },
	{ IN_HEALTH, "health" },
	{ IN_SOCKET, "socket" },
	{ IN_JWT, "jwt" },
	{ IN_TLS, "tls" },
	{ IN_SECRETS, "secrets" },
	{ IN_RULE, "allow, deny" },
	{ IN_ENV, "env" },
	{ IN_CREDENTIAL, "credential" },
};

const char *
keyword_word(enum keyword kw)
{
	return (keywords[kw].word);
}

const char *
keyword_args(enum keyword kw)
{
	return (keywords[kw].args);
}

const char *
keyword_default(enum keyword kw)
{
	return (keywords[kw].def);
}

unsigned int
keyword_in(enum keyword kw)
{
	return (keywords[kw].in);
}

int
keyword_find(const char *word)
{
	int	 kw;

	for (kw = 0; kw < KW_MAX; kw++)
		if (strcmp(keywords[kw].word, word) == 0)
			return (kw);
	return (-1);
}

char *
keyword_in_text(unsigned int in, char *buf, size_t size)
{
	size_t	 i;

	buf[0] = '\0';
	for (i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		if ((blocks[i].in & in) == 0)
			continue;
		if (buf[0] != '\0')
			strlcat(buf, ", ", size);
		strlcat(buf, blocks[i].name, size);
	}
	return (buf);
}
