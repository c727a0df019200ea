/*
 * Connecting to a daemon on another host: TCP, TLS on it, and the token
 * before anything else.  In libomnitron.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/libomnitron/client.h"
#include "common/libomnitron/secure.h"
#include "common/libomnitron/tcp.h"
#include "common/private.h"

#define REMOTE_PORT		"9700"	/* omnitron-rpc(7) */
#define REMOTE_AUTHENTICATE	"OmnitronAuth.authenticate"
#define REMOTE_PARAMS		16	/* bytes around the token, and NUL */
#define REMOTE_UNAUTHORIZED	(-32001)
#define REMOTE_FORBIDDEN	(-32003)

static int
remote_is_plain(const struct omnitron *c)
{
	const char	*tls = c->option[OMNITRON_TLS];

	return (tls != NULL && strcmp(tls, "off") == 0);
}

/* Not connected after all: what is known of it goes, the text stays. */
static enum omnitron_status
remote_end(struct omnitron *c, enum omnitron_status st)
{
	int	 saved = errno;

	client_reset(c);
	errno = saved;
	return (st);
}

/* ---- TCP ---------------------------------------------------------------- */

static enum omnitron_status
remote_unconnected(struct omnitron *c)
{
	const char	*path = omnitron_path(c);

	switch (errno) {
	case ENOMEM:
		return (client_errno(c, ENOMEM));
	case EHOSTUNREACH:
		return (client_say(c, OMNITRON_LOST,
		    "no such host, or no way to it: %s", path));
	case ECONNREFUSED:
		return (client_say(c, OMNITRON_LOST,
		    "daemon is not running: nobody listens on %s", path));
	case ETIMEDOUT:
		return (client_say(c, OMNITRON_LOST,
		    "daemon does not accept connections on %s", path));
	default:
		return (client_say(c, OMNITRON_LOST,
		    "cannot connect to %s: %s", path, strerror(errno)));
	}
}

static enum omnitron_status
remote_tcp(struct omnitron *c, struct mono deadline)
{
	const char	*host = c->option[OMNITRON_HOST];
	const char	*port = c->option[OMNITRON_PORT];
	char		*path;
	size_t		 size;
	int		 fd;

	if (port == NULL)
		port = REMOTE_PORT;
	size = strlen(host) + strlen(port) + sizeof("[]:");
	if ((path = malloc(size)) == NULL)
		return (client_errno(c, ENOMEM));
	snprintf(path, size, strchr(host, ':') != NULL ? "[%s]:%s" : "%s:%s",
	    host, port);
	free(c->path);
	c->path = path;
	if ((fd = tcp_connect(host, port, line_left(deadline))) == -1)
		return (remote_unconnected(c));
	line_init(&c->line, fd, OMNITRON_REPLY_MAX);
	return (OMNITRON_OK);
}

/* ---- TLS ---------------------------------------------------------------- */

static enum omnitron_status
remote_unsecured(struct omnitron *c, int error)
{
	enum omnitron_status	 st = OMNITRON_LOST;

	switch (error) {
	case ETIMEDOUT:
		st = client_say(c, st, "%s does not answer in TLS; if the "
		    "daemon has none there, say plain text", c->path);
		break;
	case EPERM:
	case EACCES:
	case EPROTO:
		st = client_say(c, st, "%s: %s", c->path,
		    secure_why(c->secure, error));
		break;
	default:
		st = client_say(c, st, "connection to %s lost: %s", c->path,
		    strerror(error));
	}
	errno = error;
	return (st);
}

static enum omnitron_status
remote_tls(struct omnitron *c, struct mono deadline)
{
	struct plugin_want	 want = { .host = c->option[OMNITRON_HOST] };
	const char		*file = c->option[OMNITRON_KEY];
	unsigned char		 pin[PLUGIN_PIN_SIZE];
	char			 why[CLIENT_TEXT_MAX] = "", *key = NULL;

	want.ca = c->option[OMNITRON_CA];
	want.cert = c->option[OMNITRON_CERT];
	if (c->option[OMNITRON_FINGERPRINT] != NULL &&
	    secure_pin(c->option[OMNITRON_FINGERPRINT], pin) == 0)
		want.pin = pin;
	if (file == NULL)
		file = want.cert;
	if (want.cert != NULL && (key = private_file(file, PRIVATE_KEY_MAX,
	    &want.keylen, why, sizeof(why))) == NULL)
		return (client_say(c, OMNITRON_FAILED, "key: %s", why));
	want.key = key;
	c->secure = secure_new(c->line.fd, &want, why, sizeof(why));
	private_wipe(key, want.keylen);
	if (c->secure == NULL)
		return (client_say(c, OMNITRON_FAILED, "%s", why));
	if (secure_handshake(c->secure, c->line.fd, deadline) == -1)
		return (remote_unsecured(c, errno));
	line_secure(&c->line, c->secure);
	return (OMNITRON_OK);
}

int
omnitron_certificate(const struct omnitron *c, struct omnitron_certificate *r)
{
	memset(r, 0, sizeof(*r));
	if (secure_certificate(c->secure, r) == 0)
		return (0);
	errno = ENOENT;
	return (-1);
}

/* ---- the token ---------------------------------------------------------- */

static enum omnitron_status
remote_refused(struct omnitron *c, enum omnitron_status st,
    const struct omnitron_reply *r)
{
	if (st == OMNITRON_TIMEOUT) {
		errno = ETIMEDOUT;
		return (client_say(c, OMNITRON_LOST,
		    "%s does not answer to the token", c->path));
	}
	if (st == OMNITRON_PROTOCOL)
		errno = EPROTO;
	if (st != OMNITRON_ERROR)
		return (st);
	errno = r->code == REMOTE_UNAUTHORIZED || r->code == REMOTE_FORBIDDEN ?
	    EACCES : EPROTO;
	return (client_say(c, OMNITRON_LOST, "token refused by %s: %s%s",
	    c->path, r->message, errno == EACCES ? " (a new one is made "
	    "there with: omnitronctl token issue)" : ""));
}

static enum omnitron_status
remote_authenticate(struct omnitron *c, const char *token,
    struct mono deadline)
{
	struct omnitron_reply	 r;
	enum omnitron_status	 st;
	char			 params[PRIVATE_TOKEN_MAX + REMOTE_PARAMS];

	if (!private_is_token(token)) {
		errno = EINVAL;
		return (client_say(c, OMNITRON_FAILED, "that is no token"));
	}
	snprintf(params, sizeof(params), "{\"token\":\"%s\"}", token);
	st = omnitron_call(c, REMOTE_AUTHENTICATE, params,
	    line_left(deadline), &r);
	explicit_bzero(params, sizeof(params));
	if (st != OMNITRON_OK)
		st = remote_refused(c, st, &r);
	omnitron_reply_clear(&r);
	return (st);
}

static enum omnitron_status
remote_token(struct omnitron *c, struct mono deadline)
{
	const char		*file = c->option[OMNITRON_TOKEN_FILE];
	enum omnitron_status	 st;
	char			 why[CLIENT_TEXT_MAX] = "", *token;

	if (c->option[OMNITRON_TOKEN] != NULL)
		return (remote_authenticate(c, c->option[OMNITRON_TOKEN],
		    deadline));
	if (file == NULL)
		return (OMNITRON_OK);	/* ping needs none */
	if ((token = private_token(file, why, sizeof(why))) == NULL)
		return (client_say(c, OMNITRON_FAILED, "token: %s", why));
	st = remote_authenticate(c, token, deadline);
	private_wipe(token, strlen(token));
	return (st);
}

/* What is asked for must not be left out in silence. */
static int
remote_contradicts(const struct omnitron *c)
{
	if (c->option[OMNITRON_KEY] != NULL && c->option[OMNITRON_CERT] == NULL)
		return (1);
	return (remote_is_plain(c) && (c->option[OMNITRON_CA] != NULL ||
	    c->option[OMNITRON_FINGERPRINT] != NULL ||
	    c->option[OMNITRON_CERT] != NULL));
}

enum omnitron_status
client_remote(struct omnitron *c, int timeout)
{
	struct mono		 deadline = line_deadline(timeout);
	enum omnitron_status	 st;

	if (remote_contradicts(c)) {
		errno = EINVAL;
		return (client_say(c, OMNITRON_FAILED, "certificates are for "
		    "TLS, which is off, or a key has no certificate"));
	}
	if ((st = remote_tcp(c, deadline)) != OMNITRON_OK)
		return (st);
	if (!remote_is_plain(c) && (st = remote_tls(c, deadline)) !=
	    OMNITRON_OK)
		return (remote_end(c, st));
	if ((st = remote_token(c, deadline)) != OMNITRON_OK)
		return (remote_end(c, st));
	return (OMNITRON_OK);
}
