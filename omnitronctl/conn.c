/*
 * The connection to the daemon.
 */
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"

#define CONN_SOCKET		"daemon.sock"
#define CONN_SYSTEM_RUN		"/var/run/omnitron"
#define CONN_SYSTEM_HOME	"/var/omnitron"
#define CONN_SERVICE		"OmnitronDaemon."

static int
conn_add(struct conn_paths *p, const char *dir, const char *file)
{
	int	 n;

	n = snprintf(p->path[p->n], PATH_MAX, "%s%s%s", dir,
	    *file == '\0' ? "" : "/", file);
	if (n < 0 || n >= PATH_MAX)
		return (-1);
	p->n++;
	return (0);
}

/* An environment variable that is there and not empty. */
static const char *
conn_env(const char *name)
{
	const char	*value = getenv(name);

	return (value == NULL || *value == '\0' ? NULL : value);
}

static const char *
conn_explicit_home(const struct ctl *ctl)
{
	return (ctl->home != NULL ? ctl->home : conn_env("OMNITRON_HOME"));
}

/* As the daemon has it: what $HOME says comes second. */
static int
conn_user_home(char *buf, size_t size)
{
	struct passwd	*pw = getpwuid(geteuid());
	const char	*home = pw != NULL ? pw->pw_dir : conn_env("HOME");
	int		 n;

	if (home == NULL)
		return (-1);
	n = snprintf(buf, size, "%s/.omnitron",
	    strcmp(home, "/") == 0 ? "" : home);
	return (n < 0 || (size_t)n >= size ? -1 : 0);
}

static int
conn_default(struct conn_paths *p, const char *system, const char *file)
{
	char	 user[PATH_MAX];

	if (conn_user_home(user, sizeof(user)) == 0 &&
	    conn_add(p, user, file) == -1)
		return (-1);
	return (conn_add(p, system, file));
}

int
conn_paths(const struct ctl *ctl, struct conn_paths *p)
{
	const char	*path, *home;

	p->n = 0;
	path = ctl->socket != NULL ? ctl->socket : conn_env("OMNITRON_SOCKET");
	if (path != NULL)
		return (conn_add(p, path, ""));
	if ((home = conn_explicit_home(ctl)) != NULL)
		return (conn_add(p, home, CONN_SOCKET));
	return (conn_default(p, CONN_SYSTEM_RUN, CONN_SOCKET));
}

/*
 * A socket that was named without a home lies in its home, unless the
 * configuration put it elsewhere.
 */
int
conn_homes(const struct ctl *ctl, struct conn_paths *p)
{
	const char	*path, *home;
	char		*slash;

	p->n = 0;
	if ((home = conn_explicit_home(ctl)) != NULL)
		return (conn_add(p, home, ""));
	path = ctl->socket != NULL ? ctl->socket : conn_env("OMNITRON_SOCKET");
	if (path != NULL) {
		if (conn_add(p, path, "") == -1)
			return (-1);
		if ((slash = strrchr(p->path[0], '/')) == NULL)
			strlcpy(p->path[0], ".", PATH_MAX);
		else if (slash != p->path[0])
			*slash = '\0';
		return (0);
	}
	return (conn_default(p, CONN_SYSTEM_HOME, ""));
}

int
conn_try(struct ctl *ctl, char *err, size_t errsize)
{
	struct conn_paths	 p;
	char			 why[CTL_TEXT_MAX] = "";
	size_t			 i;
	int			 first = 0, saved;

	if (conn_paths(ctl, &p) == -1) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	for (i = 0; i < p.n; i++) {
		ctl->client = client_open(p.path[i], CONN_CONNECT_MS, why,
		    sizeof(why));
		saved = errno;
		if (ctl->client != NULL) {
			strlcpy(ctl->path, p.path[i], sizeof(ctl->path));
			return (0);
		}
		/* What is told is the first that is more than "not there". */
		if (i == 0 || (first == ENOENT && saved != ENOENT)) {
			first = saved;
			strlcpy(ctl->path, p.path[i], sizeof(ctl->path));
			if (err != NULL)
				strlcpy(err, why, errsize);
		}
		if (saved != ENOENT && saved != ECONNREFUSED)
			break;
	}
	errno = first;
	return (-1);
}

const char *
conn_self(const struct ctl *ctl, char *buf, size_t size)
{
	snprintf(buf, size, "omnitronctl%s%s%s%s",
	    ctl->home != NULL ? " -H " : "",
	    ctl->home != NULL ? ctl->home : "",
	    ctl->socket != NULL ? " -s " : "",
	    ctl->socket != NULL ? ctl->socket : "");
	return (buf);
}

int
conn_open(struct ctl *ctl)
{
	char	 err[CTL_TEXT_MAX] = "no path", self[CTL_TEXT_MAX];

	if (ctl->client != NULL || conn_try(ctl, err, sizeof(err)) == 0)
		return (EXIT_DONE);
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return (ctl_fail(ctl, EXIT_UNREACHABLE, "daemon not running "
		    "(no socket at %s); start it with: %s up",
		    ctl->path, conn_self(ctl, self, sizeof(self))));
	case ECONNREFUSED:
		return (ctl_fail(ctl, EXIT_UNREACHABLE, "daemon not running "
		    "(nobody listens at %s); start it with: %s up",
		    ctl->path, conn_self(ctl, self, sizeof(self))));
	case EACCES:
	case EPERM:
		return (ctl_fail(ctl, EXIT_DENIED, "not permitted to use %s; "
		    "try as the user of the daemon", ctl->path));
	case ETIMEDOUT:
		return (ctl_fail(ctl, EXIT_UNREACHABLE, "daemon does not "
		    "accept at %s; if it hangs: %s kill", ctl->path,
		    conn_self(ctl, self, sizeof(self))));
	default:
		return (ctl_fail(ctl, EXIT_UNREACHABLE,
		    "daemon not reachable: %s", err));
	}
}

void
conn_close(struct ctl *ctl)
{
	client_close(ctl->client);
	ctl->client = NULL;
}

char *
conn_method(const char *name, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s",
	    strchr(name, '.') == NULL ? CONN_SERVICE : "", name);
	return (buf);
}

char *
conn_params(struct jsonw *w)
{
	char	*text;

	if (w == NULL)
		return (NULL);
	if (jsonw_done(w) == -1)
		fatalx("parameters cannot be written");
	text = xmalloc(w->len + 1);
	memcpy(text, w->buf, w->len);
	text[w->len] = '\0';
	jsonw_free(w);
	return (text);
}

int
conn_fail(struct ctl *ctl, enum client_status status,
    const struct client_reply *reply, const char *name)
{
	char	 self[CTL_TEXT_MAX];

	switch (status) {
	case CLIENT_ERROR:
		return (ctl_fail_reply(ctl, name, reply));
	case CLIENT_TIMEOUT:
		return (ctl_fail(ctl, EXIT_UNREACHABLE, "daemon does not "
		    "answer at %s; if it hangs: %s kill", ctl->path,
		    conn_self(ctl, self, sizeof(self))));
	case CLIENT_LOST:
		return (ctl_fail(ctl, EXIT_UNREACHABLE,
		    "daemon closed the connection before it answered"));
	case CLIENT_PROTOCOL:
		return (ctl_fail(ctl, EXIT_FAILED, "%s does not speak our "
		    "protocol: %s", ctl->path, client_strerror(ctl->client)));
	default:
		return (ctl_fail(ctl, EXIT_FAILED, "%s",
		    client_strerror(ctl->client)));
	}
}

int
conn_call(struct ctl *ctl, const char *method, struct jsonw *w, int timeout,
    struct client_reply *reply)
{
	enum client_status	 status;
	char			 full[128], *params;
	int			 code;

	params = conn_params(w);
	if ((code = conn_open(ctl)) != EXIT_DONE)
		goto done;
	status = client_call(ctl->client,
	    conn_method(method, full, sizeof(full)), params, timeout, reply);
	if (status != CLIENT_OK) {
		code = conn_fail(ctl, status, reply, NULL);
		client_reply_clear(reply);
	}
 done:
	free(params);
	return (code);
}

int
conn_call_name(struct ctl *ctl, const char *method, const char *name,
    int timeout, struct client_reply *reply)
{
	struct jsonw	 w;

	if (name == NULL)
		return (conn_call(ctl, method, NULL, timeout, reply));
	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kstring(&w, "name", name);
	jsonw_end(&w);
	return (conn_call(ctl, method, &w, timeout, reply));
}
