/*
 * What the command line says: fields by the names that operators know, which
 * win over the file.  In the parent; pure.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

enum option_type { OPTION_PATH, OPTION_PORT, OPTION_PROVIDER };

static const struct {
	const char		*field;
	enum option_type	 type;
	size_t			 off;		/* of a path */
} options[] = {
	{ "socketPath", OPTION_PATH, offsetof(struct conf, socket) },
	{ "host", OPTION_PORT, 0 },
	{ "port", OPTION_PORT, 0 },
	{ "httpPort", OPTION_PORT, 0 },
	{ "pidFile", OPTION_PATH, offsetof(struct conf, pidfile) },
	{ "stateFile", OPTION_PATH, offsetof(struct conf, statefile) },
	{ "logDir", OPTION_PATH, offsetof(struct conf, logdir) },
	{ "secrets.provider", OPTION_PROVIDER, 0 },
	{ "secrets.path", OPTION_PATH, offsetof(struct conf, secretsfile) }
};
#define NOPTIONS	(sizeof(options) / sizeof(options[0]))

static void
option_unknown(const char *field, char *err, size_t errsize)
{
	const char	*names[NOPTIONS], *near;
	char		 all[256] = "";
	size_t		 i;

	for (i = 0; i < NOPTIONS; i++) {
		names[i] = options[i].field;
		if (i > 0)
			strlcat(all, i == NOPTIONS - 1 ? " and " : ", ",
			    sizeof(all));
		strlcat(all, names[i], sizeof(all));
	}
	near = nearest_name(field, names, NOPTIONS);
	snprintf(err, errsize, "there is no field \"%.64s\"%s%s%s; the fields "
	    "are %s", field, near != NULL ? "; did you mean \"" : "",
	    near != NULL ? near : "", near != NULL ? "\"?" : "", all);
}

static int
option_check(size_t i, const char *value, char *err, size_t errsize)
{
	switch (options[i].type) {
	case OPTION_PORT:
		return (port_option_check(options[i].field, value, err,
		    errsize));
	case OPTION_PROVIDER:
		if (strcmp(value, "file") == 0 || strcmp(value, "env") == 0)
			return (0);
		snprintf(err, errsize, "%s: \"%s\" is neither file nor env",
		    options[i].field, value);
		return (-1);
	default:
		if (value[0] == '/')
			return (0);
		snprintf(err, errsize, "%s: \"%s\" is not an absolute path",
		    options[i].field, value);
		return (-1);
	}
}

/* The field an option sets, or NOPTIONS and why there is none. */
static size_t
option_find(const char *option, char *err, size_t errsize)
{
	size_t	 len = strcspn(option, "="), i;
	char	*field;

	if (option[len] != '=') {
		snprintf(err, errsize, "\"%s\" is not FIELD=VALUE", option);
		return (NOPTIONS);
	}
	for (i = 0; i < NOPTIONS; i++)
		if (strlen(options[i].field) == len &&
		    memcmp(options[i].field, option, len) == 0)
			break;
	if (i == NOPTIONS) {
		xasprintf(&field, "%.*s", (int)len, option);
		option_unknown(field, err, errsize);
		free(field);
	} else if (option_check(i, option + len + 1, err, errsize) == -1)
		return (NOPTIONS);
	return (i);
}

int
conf_path_option(const char *option, char *err, size_t errsize)
{
	return (option_find(option, err, errsize) == NOPTIONS ? -1 : 0);
}

static void
option_path(struct conf *conf, size_t off, const char *path)
{
	char	**to = (char **)((char *)conf + off);

	free(*to);
	*to = xstrdup(path);
	if (to == &conf->secretsfile)
		conf->secrets.given = 1;
}

static void
option_provider(struct secrets_stmt *s, const char *value)
{
	s->given = 1;
	if (strcmp(value, "env") == 0) {
		s->how = SECRETS_ENVIRONMENT;
		if (s->prefix == NULL)
			s->prefix = xstrdup(keyword_default(KW_PREFIX));
	} else if (s->how == SECRETS_ENVIRONMENT)
		s->how = SECRETS_KEYFILE;
}

static void
option_set(struct parse *ps, const char *option)
{
	struct pos	 pos = { "-o", 0 };
	char		 why[CONF_TEXT_MAX];
	const char	*value;
	size_t		 i;

	if ((i = option_find(option, why, sizeof(why))) == NOPTIONS) {
		conf_error(ps, pos, "%s", why);
		return;
	}
	value = strchr(option, '=') + 1;
	if (options[i].type == OPTION_PORT)
		port_option(ps, options[i].field, value);
	else if (options[i].type == OPTION_PROVIDER)
		option_provider(&ps->conf->secrets, value);
	else
		option_path(ps->conf, options[i].off, value);
}

void
conf_path_options(struct parse *ps)
{
	char	**o;

	for (o = ps->opts->fields; o != NULL && *o != NULL; o++)
		option_set(ps, *o);
	if (ps->opts->socket != NULL)
		option_path(ps->conf, offsetof(struct conf, socket),
		    ps->opts->socket);
}
