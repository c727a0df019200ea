/*
 * Where a daemon is looked for (common/place.h).  In omnitronctl and
 * libomnitron; reads the environment and the user's entry in passwd.
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/place.h"

#define PLACE_SOCKET		"daemon.sock"
#define PLACE_SYSTEM_RUN	"/var/run/omnitron"
#define PLACE_SYSTEM_HOME	"/var/omnitron"
#define PLACE_PASSWD_MAX	16384	/* bytes of an entry; usual are 200 */

static int
place_add(struct places *p, const char *dir, const char *file)
{
	int	 n;

	n = snprintf(p->path[p->n], PATH_MAX, "%s%s%s", dir,
	    *file == '\0' ? "" : "/", file);
	if (n < 0 || n >= PATH_MAX)
		return (-1);
	p->n++;
	return (0);
}

/* What was said, or an environment variable that is there and not empty. */
static const char *
place_named(const char *value, const char *name)
{
	if (value == NULL)
		value = getenv(name);
	return (value == NULL || *value == '\0' ? NULL : value);
}

/* As the daemon has it: what $HOME says comes second. */
static int
place_user_home(char *buf, size_t size)
{
	struct passwd	 pw, *found = NULL;
	char		 entry[PLACE_PASSWD_MAX];
	const char	*home;
	int		 n;

	if (getpwuid_r(geteuid(), &pw, entry, sizeof(entry), &found) != 0)
		found = NULL;
	home = found != NULL ? pw.pw_dir : place_named(NULL, "HOME");
	if (home == NULL)
		return (-1);
	n = snprintf(buf, size, "%s/.omnitron",
	    strcmp(home, "/") == 0 ? "" : home);
	return (n < 0 || (size_t)n >= size ? -1 : 0);
}

static int
place_default(struct places *p, const char *system, const char *file)
{
	char	 user[PATH_MAX];

	if (place_user_home(user, sizeof(user)) == 0 &&
	    place_add(p, user, file) == -1)
		return (-1);
	return (place_add(p, system, file));
}

int
place_sockets(const char *socket, const char *home, struct places *p)
{
	p->n = 0;
	if ((socket = place_named(socket, "OMNITRON_SOCKET")) != NULL)
		return (place_add(p, socket, ""));
	if ((home = place_named(home, "OMNITRON_HOME")) != NULL)
		return (place_add(p, home, PLACE_SOCKET));
	return (place_default(p, PLACE_SYSTEM_RUN, PLACE_SOCKET));
}

/*
 * A socket that was named without a home lies in its home, unless the
 * configuration put it elsewhere.
 */
int
place_homes(const char *socket, const char *home, struct places *p)
{
	char	*slash;

	p->n = 0;
	if ((home = place_named(home, "OMNITRON_HOME")) != NULL)
		return (place_add(p, home, ""));
	if ((socket = place_named(socket, "OMNITRON_SOCKET")) == NULL)
		return (place_default(p, PLACE_SYSTEM_HOME, ""));
	if (place_add(p, socket, "") == -1)
		return (-1);
	if ((slash = strrchr(p->path[0], '/')) == NULL)
		memcpy(p->path[0], ".", sizeof("."));
	else if (slash != p->path[0])
		*slash = '\0';
	return (0);
}

int
place_own(const char *home, char *buf, size_t size)
{
	int	 n;

	if ((home = place_named(home, "OMNITRON_HOME")) == NULL)
		return (place_user_home(buf, size));
	n = snprintf(buf, size, "%s", home);
	return (n < 0 || (size_t)n >= size ? -1 : 0);
}
