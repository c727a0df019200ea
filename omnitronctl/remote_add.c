/*
 * remote add: a name for a daemon on another host, after all that was said of
 * it has been looked at.
 */
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/jsonw.h"
#include "common/log.h"
#include "common/private.h"
#include "common/xmalloc.h"
#include "omnitronctl/args.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/hidden.h"
#include "omnitronctl/remote.h"

#define REMOTE_HOST_MAX		253	/* bytes of a name in DNS */

/* ---- what was given ----------------------------------------------------- */

/* We may be called from another folder next time.  Links stay links. */
static char *
remote_absolute(const char *path)
{
	char	 dir[PATH_MAX], *full = NULL;

	if (*path == '/')
		return (xstrdup(path));
	if (getcwd(dir, sizeof(dir)) == NULL ||
	    asprintf(&full, "%s/%s", dir, path) == -1)
		fatal("%s", path);
	return (full);
}

static int
remote_host_valid(const char *host)
{
	size_t	 n = strlen(host);

	return (n > 0 && n <= REMOTE_HOST_MAX && *host != '-' &&
	    strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-._:%") == n);
}

/* A value of the file that everybody may see: it must be there. */
static int
remote_take_file(struct ctl *ctl, const struct args *args, int id,
    const char *name, char **where)
{
	const char	*value = args_value(args, id);

	if (value == NULL)
		return (EXIT_DONE);
	if (access(value, R_OK) == -1)
		return (ctl_fail(ctl, EXIT_FAILED, "--%s: %s: %s", name, value,
		    strerror(errno)));
	*where = remote_absolute(value);
	return (EXIT_DONE);
}

/* One that only the user may see. */
static int
remote_take_key(struct ctl *ctl, const struct args *args, struct remote *r)
{
	const char	*value = args_value(args, OPT_KEY);
	char		 why[CTL_TEXT_MAX], *text;
	size_t		 len;

	if (value == NULL && (value = args_value(args, OPT_CERT)) == NULL)
		return (EXIT_DONE);
	text = private_file(value, PRIVATE_KEY_MAX, &len, why, sizeof(why));
	if (text == NULL)
		return (ctl_fail(ctl, EXIT_FAILED, "key: %s", why));
	private_wipe(text, len);
	if (args_value(args, OPT_KEY) != NULL)
		r->field[REMOTE_KEY] = remote_absolute(value);
	return (EXIT_DONE);
}

/* "-" or no value of a file's name: the token itself is read and kept. */
static int
remote_keep_token(struct ctl *ctl, const struct remotes *rs,
    struct remote *r)
{
	struct hidden	 token;
	char		 path[PATH_MAX], why[CTL_TEXT_MAX], *slash;
	int		 code;

	if (remotes_token_path(rs, r->name, path, sizeof(path)) == -1)
		return (ctl_fail(ctl, EXIT_FAILED, "%s: %s", rs->home,
		    strerror(ENAMETOOLONG)));
	if ((code = hidden_token(ctl, NULL, &token)) != EXIT_DONE)
		return (code);
	slash = strrchr(path, '/');
	*slash = '\0';
	if (mkdir(path, S_IRWXU) == -1 && errno != EEXIST)
		code = ctl_fail(ctl, EXIT_FAILED, "%s: %s", path,
		    strerror(errno));
	*slash = '/';
	if (code == EXIT_DONE && private_write(path, token.text, token.len,
	    why, sizeof(why)) == -1)
		code = ctl_fail(ctl, EXIT_FAILED, "token: %s", why);
	hidden_clear(&token);
	if (code == EXIT_DONE)
		r->field[REMOTE_TOKEN] = remote_absolute(path);
	return (code);
}

static int
remote_take_token(struct ctl *ctl, const struct args *args,
    const struct remotes *rs, struct remote *r)
{
	const char	*value = args_value(args, OPT_TOKEN_FILE);
	struct hidden	 token;
	int		 code;

	if (value == NULL)
		return (EXIT_DONE);
	if (strcmp(value, "-") == 0)
		return (remote_keep_token(ctl, rs, r));
	if ((code = hidden_token(ctl, value, &token)) != EXIT_DONE)
		return (code);
	hidden_clear(&token);
	r->field[REMOTE_TOKEN] = remote_absolute(value);
	return (EXIT_DONE);
}

/*
 * HOST, HOST:PORT or [ADDRESS]:PORT; an address with more colons than one is
 * of IPv6.  The port behind it, or NULL; what is no host stays as it is.
 */
static const char *
remote_split(const char *text, char *host, size_t size)
{
	const char	*end = strchr(text, ':');

	strlcpy(host, text, size);
	if (text[0] == '[') {
		if ((end = strchr(text, ']')) == NULL ||
		    (end[1] != ':' && end[1] != '\0'))
			return (NULL);
		text++;
	} else if (end == NULL || strchr(end + 1, ':') != NULL)
		return (NULL);
	if ((size_t)(end - text) >= size)
		return (NULL);
	memcpy(host, text, (size_t)(end - text));
	host[end - text] = '\0';
	if (end[0] == ']')
		end++;
	return (end[0] == ':' ? end + 1 : NULL);
}

static int
remote_take_words(struct ctl *ctl, const struct args *args, struct remote *r)
{
	const char	*port = args_value(args, 'p'), *errstr = NULL, *behind;
	char		 host[CTL_TEXT_MAX];

	behind = remote_split(args->pos[2], host, sizeof(host));
	if (behind != NULL && port != NULL)
		return (ctl_fail(ctl, EXIT_USAGE, "remote add: the port is "
		    "given twice: behind '%.64s' and by -p", host));
	if (port == NULL)
		port = behind;
	if (!name_valid(args->pos[1]))
		return (ctl_fail(ctl, EXIT_USAGE, "remote add: '%.64s' cannot "
		    "be a name: letters, digits, '.', '_' and '-'",
		    args->pos[1]));
	if (!remote_host_valid(host))
		return (ctl_fail(ctl, EXIT_USAGE, "remote add: '%.64s' is "
		    "neither the name nor the address of a host",
		    args->pos[2]));
	if (port != NULL)
		(void)strtonum(port, 1, 65535, &errstr);
	if (errstr != NULL)
		return (ctl_fail(ctl, EXIT_USAGE, "remote add: port is %s: "
		    "%.64s", errstr, port));
	strlcpy(r->name, args->pos[1], sizeof(r->name));
	r->field[REMOTE_HOST] = xstrdup(host);
	if (port != NULL)
		r->field[REMOTE_PORT] = xstrdup(port);
	return (EXIT_DONE);
}

/* The library knows what a fingerprint is. */
static int
remote_take_fingerprint(struct ctl *ctl, const struct args *args,
    struct remote *r)
{
	const char	*value = args_value(args, OPT_FINGERPRINT);
	struct omnitron	*c;
	int		 rv;

	if (value == NULL)
		return (EXIT_DONE);
	if ((c = omnitron_new()) == NULL)
		fatal("no memory for a connection");
	rv = omnitron_set(c, OMNITRON_FINGERPRINT, value);
	omnitron_free(c);
	if (rv == -1)
		return (ctl_fail(ctl, EXIT_USAGE, "--fingerprint: '%.100s' is "
		    "not 64 hexadecimal digits, as of: openssl x509 -noout "
		    "-fingerprint -sha256 -in cert.pem", value));
	r->field[REMOTE_FINGERPRINT] = xstrdup(value);
	return (EXIT_DONE);
}

static int
remote_take_tls(struct ctl *ctl, const struct args *args, struct remote *r)
{
	int	 code;

	r->plain = args_has(args, OPT_INSECURE);
	if (r->plain && (args_has(args, OPT_CA) || args_has(args, OPT_CERT) ||
	    args_has(args, OPT_KEY) || args_has(args, OPT_FINGERPRINT)))
		return (ctl_fail(ctl, EXIT_USAGE, "remote add: --insecure is "
		    "plain text, which has no certificates"));
	if (args_has(args, OPT_KEY) && !args_has(args, OPT_CERT))
		return (ctl_fail(ctl, EXIT_USAGE, "remote add: --key needs "
		    "--cert, the certificate that it belongs to"));
	if ((code = remote_take_fingerprint(ctl, args, r)) != EXIT_DONE ||
	    (code = remote_take_file(ctl, args, OPT_CA, "ca",
	    &r->field[REMOTE_CA])) != EXIT_DONE ||
	    (code = remote_take_file(ctl, args, OPT_CERT, "cert",
	    &r->field[REMOTE_CERT])) != EXIT_DONE)
		return (code);
	return (remote_take_key(ctl, args, r));
}

/* ---- keep it ------------------------------------------------------------ */

static void
remote_added(struct ctl *ctl, const struct remote *r)
{
	struct jsonw	 w;
	char		 address[CTL_TEXT_MAX];

	if (ctl->json) {
		jsonw_init(&w, 0);
		remote_write(&w, r);
		remote_print(&w);
		return;
	}
	ctl_note(ctl, "remote %s is %s%s%s", r->name, remote_address(r,
	    address, sizeof(address)), r->plain ? ", in plain text" : "",
	    r->field[REMOTE_TOKEN] == NULL ?
	    ", without a token: only ping is answered" : "");
	if (r->plain && r->field[REMOTE_TOKEN] != NULL)
		ctl_warn(ctl, "the token goes to %s in plain text: who sees it "
		    "on the way can use it", r->field[REMOTE_HOST]);
}

static int
remote_new(struct ctl *ctl, const struct args *args, struct remotes *rs)
{
	struct remote	*r = &rs->list[rs->n];
	int		 code;

	if (remotes_find(rs, args->pos[1]) != NULL)
		return (ctl_fail(ctl, EXIT_CONFLICT, "there is a remote '%s'; "
		    "first: omnitronctl remote remove %s", args->pos[1],
		    args->pos[1]));
	if (rs->n == REMOTES_MAX)
		return (ctl_fail(ctl, EXIT_FAILED,
		    "there are %d remotes already", REMOTES_MAX));
	memset(r, 0, sizeof(*r));
	rs->n++;
	if ((code = remote_take_words(ctl, args, r)) != EXIT_DONE ||
	    (code = remote_take_tls(ctl, args, r)) != EXIT_DONE ||
	    (code = remote_take_token(ctl, args, rs, r)) != EXIT_DONE ||
	    (code = remotes_save(ctl, rs)) != EXIT_DONE)
		return (code);
	remote_added(ctl, r);
	return (EXIT_DONE);
}

int
remote_add(struct ctl *ctl, const struct args *args)
{
	struct remotes	*rs = xcalloc(1, sizeof(*rs));
	int		 code;

	if ((code = remotes_load(ctl, rs, 1)) == EXIT_DONE)
		code = remote_new(ctl, args, rs);
	remotes_free(rs);
	free(rs);
	return (code);
}
