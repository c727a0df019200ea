/*
 * Where things lie: one list of the daemon's places and their defaults, and
 * what the command line says about them.  In the parent; pure but for
 * $OMNITRON_HOME.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

/*
 * As root the store's files and the logs have folders of their own, because
 * they have users of their own; a user's home is flat.
 */
static const struct {
	enum keyword	 kw;
	const char	*field;		/* of -o; NULL: none */
	size_t		 off;
	const char	*as_root;
	const char	*as_user;
} places[] = {
	{ KW_SOCKET, "socketPath", offsetof(struct conf, socket),
	    "daemon.sock", "daemon.sock" },
	{ KW_PIDFILE, "pidFile", offsetof(struct conf, pidfile),
	    "daemon.pid", "daemon.pid" },
	{ KW_STATEFILE, "stateFile", offsetof(struct conf, statefile),
	    "state/state.json", "state.json" },
	{ KW_LOGDIR, "logDir", offsetof(struct conf, logdir),
	    "logs", "logs" },
	{ KW_RUNDIR, NULL, offsetof(struct conf, rundir), "run", "run" },
};
#define NPLACES	(sizeof(places) / sizeof(places[0]))

static char **
place_of(struct conf *conf, size_t i)
{
	return ((char **)((char *)conf + places[i].off));
}

static void
place_set(char **to, const char *path)
{
	free(*to);
	*to = xstrdup(path);
}

/* -H, else $OMNITRON_HOME; NULL if neither. */
char *
conf_path_home(const struct conf_options *opts)
{
	const char	*home = opts->home;

	if (home == NULL || home[0] == '\0')
		home = getenv("OMNITRON_HOME");
	return (home != NULL && home[0] != '\0' ? xstrdup(home) : NULL);
}

static void
path_unknown(const char *field, char *err, size_t errsize)
{
	const char	*names[NPLACES], *near;
	size_t		 i, n = 0;

	for (i = 0; i < NPLACES; i++)
		if (places[i].field != NULL)
			names[n++] = places[i].field;
	near = nearest_name(field, names, n);
	snprintf(err, errsize, "there is no field \"%.64s\"%s%s%s; the fields "
	    "are socketPath, pidFile, stateFile and logDir", field,
	    near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
	    near != NULL ? "\"?" : "");
}

/* The place an option sets, or NPLACES and why there is none. */
static size_t
path_place(const char *option, char *err, size_t errsize)
{
	size_t	 len = strcspn(option, "="), i;
	char	*field;

	for (i = 0; i < NPLACES; i++)
		if (places[i].field != NULL &&
		    strlen(places[i].field) == len &&
		    memcmp(places[i].field, option, len) == 0)
			break;
	if (i < NPLACES && option[len] == '=' && option[len + 1] == '/')
		return (i);
	if (option[len] != '=')
		snprintf(err, errsize, "\"%s\" is not FIELD=VALUE", option);
	else if (i < NPLACES)
		snprintf(err, errsize, "%s: \"%s\" is not an absolute path",
		    places[i].field, option + len + 1);
	else {
		xasprintf(&field, "%.*s", (int)len, option);
		path_unknown(field, err, errsize);
		free(field);
	}
	return (NPLACES);
}

int
conf_path_option(const char *option, char *err, size_t errsize)
{
	return (path_place(option, err, errsize) == NPLACES ? -1 : 0);
}

static void
path_option(struct parse *ps, const char *option)
{
	struct pos	 pos = { "-o", 0 };
	char		 why[CONF_TEXT_MAX];
	size_t		 i;

	if ((i = path_place(option, why, sizeof(why))) == NPLACES)
		conf_error(ps, pos, "%s", why);
	else
		place_set(place_of(ps->conf, i), strchr(option, '=') + 1);
}

void
conf_path_options(struct parse *ps)
{
	char	**o;

	for (o = ps->opts->fields; o != NULL && *o != NULL; o++)
		path_option(ps, *o);
	if (ps->opts->socket != NULL)
		place_set(&ps->conf->socket, ps->opts->socket);
}

static struct pos
path_pos(struct parse *ps, enum keyword kw)
{
	struct pos	 pos = { ps->conf->file != NULL ? ps->conf->file :
			    "omnitrond", 0 };

	return (ps->seen[kw].file != NULL ? ps->seen[kw] : pos);
}

static void
path_check(struct parse *ps, enum keyword kw, const char *path)
{
	size_t	 max = PATH_SIZE - NAME_SIZE;

	if (kw == KW_SOCKET)
		max = sizeof(((struct sockaddr_un *)NULL)->sun_path);
	if (path[0] != '/')
		conf_error(ps, path_pos(ps, kw), "%s: \"%s\" is not an "
		    "absolute path", keyword_word(kw), path);
	if (strlen(path) >= max)
		conf_error(ps, path_pos(ps, kw), "%s: \"%s\" is longer than "
		    "%zu bytes: choose a shorter home or path",
		    keyword_word(kw), path, max - 1);
}

/* Two of them in one place would destroy each other. */
static void
path_distinct(struct parse *ps)
{
	size_t	 i, j;

	for (i = 0; i < NPLACES; i++)
		for (j = 0; j < i; j++)
			if (strcmp(*place_of(ps->conf, i),
			    *place_of(ps->conf, j)) == 0)
				conf_error(ps, path_pos(ps, places[i].kw),
				    "%s and %s are the same: %s",
				    keyword_word(places[j].kw),
				    keyword_word(places[i].kw),
				    *place_of(ps->conf, i));
}

static void
path_home(struct parse *ps)
{
	char	*home = conf_path_home(ps->opts), *user;

	if (home != NULL) {
		free(ps->conf->home);
		ps->conf->home = home;
	} else if (ps->conf->home == NULL) {
		user = conf_user_home();
		xasprintf(&ps->conf->home, "%s/.omnitron",
		    strcmp(user, "/") == 0 ? "" : user);
		free(user);
	}
}

/* "/srv/x//" and "/srv/x" are one place. */
static void
path_trim(char *path)
{
	size_t	 n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
}

/* The folder that a file is in; malloced. */
static char *
path_folder(const char *path)
{
	const char	*slash = strrchr(path, '/');
	char		*dir;

	if (slash == NULL || slash == path)
		return (xstrdup("/"));
	xasprintf(&dir, "%.*s", (int)(slash - path), path);
	return (dir);
}

/* Secrets have a user of their own, and as root so has their folder. */
static void
path_secrets(struct parse *ps)
{
	struct conf	*conf = ps->conf;

	if (conf->secretsfile == NULL)
		xasprintf(&conf->secretsfile, "%s/%s", conf->home,
		    ps->uid == 0 ? "secrets/secrets.enc" : "secrets.enc");
	if (conf->secrets.key == NULL)
		xasprintf(&conf->secrets.key, "%s/secrets.key", conf->home);
	path_trim(conf->secretsfile);
	conf->secretsdir = path_folder(conf->secretsfile);
}

void
conf_path_resolve(struct parse *ps)
{
	struct conf	*conf = ps->conf;
	const char	*name, *slash;
	char		**path;
	size_t		 i;

	path_home(ps);
	path_trim(conf->home);
	path_check(ps, KW_HOME, conf->home);
	for (i = 0; i < NPLACES; i++) {
		path = place_of(conf, i);
		name = ps->uid == 0 ? places[i].as_root : places[i].as_user;
		if (*path == NULL)
			xasprintf(path, "%s/%s", conf->home, name);
		path_trim(*path);
		path_check(ps, places[i].kw, *path);
	}
	path_distinct(ps);
	slash = strrchr(conf->statefile, '/');
	/* The store keeps more in that folder than the one file. */
	if (slash != NULL && strcmp(slash, "/state.json") != 0)
		conf_error(ps, path_pos(ps, KW_STATEFILE), "statefile: the "
		    "name must be state.json, only its folder is yours to "
		    "choose");
	conf->statedir = path_folder(conf->statefile);
	path_secrets(ps);
}
