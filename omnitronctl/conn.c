/*
 * The connection to the daemon.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/remote.h"

#define CONN_SERVICE	"OmnitronDaemon."

/* Where it is to go; -1: what was kept for the remote cannot be. */
static int
conn_aim(const struct ctl *ctl, struct omnitron *c)
{
	if (ctl->far != NULL)
		return (remote_set(ctl->far, c));
	if (omnitron_set(c, OMNITRON_SOCKET, ctl->socket) == -1 ||
	    omnitron_set(c, OMNITRON_HOME, ctl->home) == -1)
		fatal("no memory for a connection");
	return (0);
}

/* A connection, or NULL with errno; the path is told in both cases. */
static struct omnitron *
conn_connect(struct ctl *ctl, char *err, size_t errsize)
{
	struct omnitron	*c;
	int		 saved;

	if ((c = omnitron_new()) == NULL)
		fatal("no memory for a connection");
	if (conn_aim(ctl, c) == -1) {
		if (err != NULL)
			strlcpy(err, "what is kept of it is damaged", errsize);
		ctl->failed = OMNITRON_FAILED;
		omnitron_free(c);
		errno = EINVAL;
		return (NULL);
	}
	ctl->failed = (int)omnitron_connect(c, CONN_CONNECT_MS);
	if (ctl->failed != OMNITRON_OK) {
		saved = errno;
		if (err != NULL)
			strlcpy(err, omnitron_strerror(c), errsize);
		strlcpy(ctl->path, omnitron_path(c), sizeof(ctl->path));
		omnitron_free(c);
		errno = saved;
		return (NULL);
	}
	strlcpy(ctl->path, omnitron_path(c), sizeof(ctl->path));
	return (c);
}

int
conn_try(struct ctl *ctl, char *err, size_t errsize)
{
	ctl->client = conn_connect(ctl, err, errsize);
	return (ctl->client == NULL ? -1 : 0);
}

const char *
conn_self(const struct ctl *ctl, char *buf, size_t size)
{
	snprintf(buf, size, "omnitronctl%s%s%s%s%s%s",
	    ctl->home != NULL ? " -H " : "",
	    ctl->home != NULL ? ctl->home : "",
	    ctl->socket != NULL ? " -s " : "",
	    ctl->socket != NULL ? ctl->socket : "",
	    ctl->remote != NULL ? " -r " : "",
	    ctl->remote != NULL ? ctl->remote : "");
	return (buf);
}

/* Neither side is to be tried again as it is: a token, a certificate. */
int
conn_refused(const struct ctl *ctl, int error)
{
	return (ctl->far != NULL && (ctl->failed == OMNITRON_FAILED ||
	    error == EACCES || error == EPERM));
}

static int
conn_remote(struct ctl *ctl, const char *err, int error)
{
	enum ctl_exit	 code = EXIT_UNREACHABLE;

	if (ctl->failed == OMNITRON_FAILED)
		code = EXIT_FAILED;
	else if (conn_refused(ctl, error))
		code = EXIT_DENIED;
	return (ctl_fail(ctl, code, "remote %s: %s", ctl->remote, err));
}

int
conn_open(struct ctl *ctl)
{
	char	 err[CTL_TEXT_MAX] = "no path", self[CTL_TEXT_MAX];

	if (ctl->client != NULL || conn_try(ctl, err, sizeof(err)) == 0)
		return (EXIT_DONE);
	if (ctl->far != NULL)
		return (conn_remote(ctl, err, errno));
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
	omnitron_free(ctl->client);
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
conn_fail(struct ctl *ctl, enum omnitron_status status,
    const struct client_reply *reply, const char *name)
{
	char	 self[CTL_TEXT_MAX];

	switch (status) {
	case OMNITRON_ERROR:
		return (ctl_fail_reply(ctl, name, reply));
	case OMNITRON_TIMEOUT:
		if (ctl->far != NULL)
			return (ctl_fail(ctl, EXIT_UNREACHABLE,
			    "remote %s: daemon does not answer at %s",
			    ctl->remote, ctl->path));
		return (ctl_fail(ctl, EXIT_UNREACHABLE, "daemon does not "
		    "answer at %s; if it hangs: %s kill", ctl->path,
		    conn_self(ctl, self, sizeof(self))));
	case OMNITRON_LOST:
		if (ctl->far != NULL)
			return (conn_remote(ctl, omnitron_strerror(
			    ctl->client), errno));
		return (ctl_fail(ctl, EXIT_UNREACHABLE,
		    "daemon closed the connection before it answered"));
	case OMNITRON_PROTOCOL:
		return (ctl_fail(ctl, EXIT_FAILED, "%s does not speak our "
		    "protocol: %s", ctl->path, reply->why[0] != '\0' ?
		    reply->why : omnitron_strerror(ctl->client)));
	default:
		return (ctl_fail(ctl, EXIT_FAILED, "%s",
		    omnitron_strerror(ctl->client)));
	}
}

int
conn_call(struct ctl *ctl, const char *method, struct jsonw *w, int timeout,
    struct client_reply *reply)
{
	enum omnitron_status	 status;
	char			 full[128], *params;
	int			 code;

	params = conn_params(w);
	if ((code = conn_open(ctl)) != EXIT_DONE)
		goto done;
	status = client_call(ctl->client,
	    conn_method(method, full, sizeof(full)), params, timeout, reply);
	if (status != OMNITRON_OK) {
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
