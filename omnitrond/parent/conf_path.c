/*
 * Where things lie: one list of the daemon's places and their defaults.  In
 * the parent; pure but for $OMNITRON_HOME.
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
 * As root the store's files, secrets and logs have folders of their own, because
 * they have users of their own; a user's home is flat.
 */
static const struct {
	enum keyword	 kw;
	size_t		 off;
	const char	*as_root;
	const char	*as_user;
} places[] = {
	{ KW_SOCKET, offsetof(struct conf, socket), "daemon.sock",
	    "daemon.sock" },
	{ KW_PIDFILE, offsetof(struct conf, pidfile), "daemon.pid",
	    "daemon.pid" },
	{ KW_STATEFILE, offsetof(struct conf, statefile), "state/state.json",
	    "state.json" },
	{ KW_LOGDIR, offsetof(struct conf, logdir), "logs", "logs" },
	{ KW_RUNDIR, offsetof(struct conf, rundir), "run", "run" },
	{ KW_SECRETS, offsetof(struct conf, secretsfile),
	    "secrets/secrets.enc", "secrets.enc" },
	/* that of the daemon itself, whatever user the secrets have */
	{ KW_KEY, offsetof(struct conf, secrets.key), "secrets.key",
	    "secrets.key" }
};
#define NPLACES	(sizeof(places) / sizeof(places[0]))

static char **
place_of(struct conf *conf, size_t i)
{
	return ((char **)((char *)conf + places[i].off));
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

struct pos
conf_path_pos(struct parse *ps, enum keyword kw)
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
		conf_error(ps, conf_path_pos(ps, kw), "%s: \"%s\" is not an "
		    "absolute path", keyword_word(kw), path);
	if (strlen(path) >= max)
		conf_error(ps, conf_path_pos(ps, kw), "%s: \"%s\" is longer than "
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
				conf_error(ps, conf_path_pos(ps, places[i].kw),
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

/* A process of the daemon keeps more in that folder than the one file. */
static void
path_name(struct parse *ps, enum keyword kw, const char *path,
    const char *name)
{
	const char	*slash = strrchr(path, '/');

	if (slash != NULL && strcmp(slash + 1, name) != 0)
		conf_error(ps, conf_path_pos(ps, kw), "%s: the name must be "
		    "%s, only its folder is yours to choose",
		    keyword_word(kw), name);
}

void
conf_path_resolve(struct parse *ps)
{
	struct conf	*conf = ps->conf;
	const char	*name;
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
	path_name(ps, KW_STATEFILE, conf->statefile, "state.json");
	path_name(ps, KW_SECRETS, conf->secretsfile, "secrets.enc");
	conf->statedir = path_folder(conf->statefile);
	conf->secretsdir = path_folder(conf->secretsfile);
}
