/*
 * remote: names for daemons on other hosts.
 */
#include <sys/stat.h>

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "common/log.h"
#include "common/mono.h"
#include "common/private.h"
#include "common/xmalloc.h"
#include "omnitronctl/command.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/hidden.h"
#include "omnitronctl/human.h"
#include "omnitronctl/output.h"
#include "omnitronctl/remote.h"
#include "omnitronctl/table.h"
#include "omnitronctl/term.h"
#include "omnitronctl/verb.h"

#define REMOTE_HOST_MAX		253	/* bytes of a name in DNS */
#define REMOTE_DAY_MS		(24LL * 60 * 60 * 1000)
#define REMOTE_SOON_DAYS	14	/* to renew a certificate in */

static int	remote_add(struct ctl *, const struct args *);
static int	remote_list(struct ctl *, const struct args *);
static int	remote_remove(struct ctl *, const struct args *);
static int	remote_status(struct ctl *, const struct args *);

static const int remote_add_options[] = { 'p', OPT_TOKEN_FILE, OPT_CA,
    OPT_FINGERPRINT, OPT_INSECURE, OPT_CERT, OPT_KEY, 0 };

static const struct verb remote_verbs[] = {
	{ "add", remote_add, "name host [-p port] [--token-file file] "
	    "[--ca file] [--fingerprint sha256] [--cert file] [--key file] "
	    "[--insecure]", 2, 2, remote_add_options, 1 },
	{ "list", remote_list, "", 0, 0, NULL, 1 },
	{ "remove", remote_remove, "name", 1, 1, NULL, 1 },
	{ "status", remote_status, "name", 1, 1, NULL, 1 },
	{ NULL, NULL, NULL, 0, 0, NULL, 0 }
};

int
remote_run(struct ctl *ctl, const struct args *args)
{
	return (verb_run(ctl, args, remote_verbs));
}

/* ---- add: what was given ------------------------------------------------ */

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

static int
remote_take_words(struct ctl *ctl, const struct args *args, struct remote *r)
{
	const char	*port = args_value(args, 'p'), *errstr = NULL;

	if (!name_valid(args->pos[1]))
		return (ctl_fail(ctl, EXIT_USAGE, "remote add: '%.64s' cannot "
		    "be a name: letters, digits, '.', '_' and '-'",
		    args->pos[1]));
	if (!remote_host_valid(args->pos[2]))
		return (ctl_fail(ctl, EXIT_USAGE, "remote add: '%.64s' is "
		    "neither the name nor the address of a host",
		    args->pos[2]));
	if (port != NULL)
		(void)strtonum(port, 1, 65535, &errstr);
	if (errstr != NULL)
		return (ctl_fail(ctl, EXIT_USAGE, "-p: port is %s: %.64s",
		    errstr, port));
	strlcpy(r->name, args->pos[1], sizeof(r->name));
	r->field[REMOTE_HOST] = xstrdup(args->pos[2]);
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

/* ---- add: keep it ------------------------------------------------------- */

static void
remote_write(struct jsonw *w, const struct remote *r)
{
	const char	*port = r->field[REMOTE_PORT];
	int		 i;
	static const char *const keys[REMOTE_MAX] = {
#define X(id, key, option)	key,
		REMOTE_FIELDS(X)
#undef X
	};

	jsonw_object(w);
	jsonw_kstring(w, "name", r->name);
	jsonw_kint(w, "port", strtonum(port == NULL ? REMOTE_USUAL_PORT : port,
	    1, 65535, NULL));
	for (i = 0; i < REMOTE_MAX; i++)
		if (r->field[i] != NULL && i != REMOTE_PORT)
			jsonw_kstring(w, keys[i], r->field[i]);
	jsonw_kbool(w, "tls", !r->plain);
	jsonw_end(w);
}

static void
remote_print(struct jsonw *w)
{
	if (jsonw_done(w) == -1)
		fatalx("JSON cannot be written");
	printf("%.*s\n", (int)w->len, w->buf);
	jsonw_free(w);
}

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

static int
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

/* ---- remove, list ------------------------------------------------------- */

static int
remote_drop(struct ctl *ctl, struct remotes *rs, const char *name)
{
	struct remote	*r;
	char		 token[PATH_MAX];
	int		 code, kept;

	if ((r = remotes_find(rs, name)) == NULL)
		return (remotes_missing(ctl, rs, name));
	/* What was read from standard input is nobody's but ours. */
	kept = r->field[REMOTE_TOKEN] != NULL && remotes_token_path(rs, name,
	    token, sizeof(token)) == 0 &&
	    strcmp(token, r->field[REMOTE_TOKEN]) == 0;
	remote_clear(r);
	rs->n--;
	memmove(r, r + 1, (size_t)(rs->list + rs->n - r) * sizeof(*r));
	if ((code = remotes_save(ctl, rs)) != EXIT_DONE)
		return (code);
	if (kept && unlink(token) == -1 && errno != ENOENT)
		return (ctl_fail(ctl, EXIT_FAILED, "%s: %s", token,
		    strerror(errno)));
	if (ctl->json)
		printf("{\"success\":true}\n");
	else
		ctl_note(ctl, "remote %s is removed", name);
	return (EXIT_DONE);
}

static int
remote_remove(struct ctl *ctl, const struct args *args)
{
	struct remotes	*rs = xcalloc(1, sizeof(*rs));
	int		 code;

	if ((code = remotes_load(ctl, rs, 1)) == EXIT_DONE)
		code = remote_drop(ctl, rs, args->pos[1]);
	remotes_free(rs);
	free(rs);
	return (code);
}

static const char *
remote_trust(const struct remote *r)
{
	if (r->plain)
		return ("none");
	if (r->field[REMOTE_FINGERPRINT] != NULL)
		return (r->field[REMOTE_CA] != NULL ? "ca, fingerprint" :
		    "fingerprint");
	return (r->field[REMOTE_CA] != NULL ? "ca" : "system");
}

static void
remote_table(struct ctl *ctl, const struct remotes *rs)
{
	static const char *const titles[] = { "NAME", "ADDRESS", "TRUST",
	    "TOKEN", NULL };
	const struct remote	*r;
	struct table		*t;
	char			 address[CTL_TEXT_MAX];

	t = table_new(titles);
	for (r = rs->list; r < rs->list + rs->n; r++) {
		table_add(t, r->name);
		table_add(t, remote_address(r, address, sizeof(address)));
		table_add(t, remote_trust(r));
		table_add(t, r->field[REMOTE_TOKEN] == NULL ? "-" :
		    r->field[REMOTE_TOKEN]);
	}
	table_print(t, stdout, ctl->colour);
	table_free(t);
}

static int
remote_list(struct ctl *ctl, const struct args *args)
{
	struct remotes	*rs = xcalloc(1, sizeof(*rs));
	struct jsonw	 w;
	size_t		 i;
	int		 code;

	code = remotes_load(ctl, rs, 0);
	if (code == EXIT_DONE && ctl->json) {
		jsonw_init(&w, 0);
		jsonw_array(&w);
		for (i = 0; i < rs->n; i++)
			remote_write(&w, &rs->list[i]);
		jsonw_end(&w);
		remote_print(&w);
	} else if (code == EXIT_DONE && ctl->quiet) {
		for (i = 0; i < rs->n; i++)
			printf("%s\n", rs->list[i].name);
	} else if (code == EXIT_DONE && rs->n == 0)
		ctl_note(ctl, "there are no remotes");
	else if (code == EXIT_DONE)
		remote_table(ctl, rs);
	remotes_free(rs);
	free(rs);
	return (code);
}

/* ---- status ------------------------------------------------------------- */

struct remote_state {
	struct client_reply	 ping;
	struct client_reply	 who;		/* empty: no token */
	struct omnitron_certificate cert;
	int			 secured;
};

static void
remote_status_json(const struct ctl *ctl, const struct remote_state *s)
{
	struct jsonw	 w;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kstring(&w, "name", ctl->remote);
	jsonw_kstring(&w, "address", ctl->path);
	jsonw_kbool(&w, "reachable", 1);
	jsonw_kbool(&w, "tls", s->secured);
	jsonw_key(&w, "daemon");
	json_write(s->ping.result, &w);
	jsonw_key(&w, "caller");
	if (s->who.result != NULL)
		json_write(s->who.result, &w);
	else
		jsonw_null(&w);
	if (s->secured) {
		jsonw_key(&w, "certificate");
		jsonw_object(&w);
		jsonw_kstring(&w, "subject", s->cert.subject);
		jsonw_kstring(&w, "issuer", s->cert.issuer);
		jsonw_kstring(&w, "fingerprint", s->cert.fingerprint);
		jsonw_kstring(&w, "protocol", s->cert.protocol);
		jsonw_kint(&w, "begins", s->cert.begins);
		jsonw_kint(&w, "ends", s->cert.ends);
		jsonw_end(&w);
	}
	jsonw_end(&w);
	remote_print(&w);
}

static void
remote_status_cert(struct ctl *ctl, const struct omnitron_certificate *c)
{
	char	 when[HUMAN_SIZE];
	int64_t	 days = (c->ends - wall_ms()) / REMOTE_DAY_MS;

	printf("certificate  %s, issued by ", c->protocol);
	term_puts(stdout, c->issuer);
	printf("\n             SHA-256 %s\n", c->fingerprint);
	printf("             ends %s, in %" PRId64 " days\n", human_time(
	    c->ends, when, sizeof(when)), days);
	if (days < REMOTE_SOON_DAYS)
		ctl_warn(ctl, "the certificate of %s ends in %" PRId64
		    " days: renew it", ctl->remote, days);
}

static void
remote_status_text(struct ctl *ctl, const struct remote_state *s)
{
	const char	*subject;

	printf("%s is reachable at %s%s\n", ctl->remote, ctl->path,
	    s->secured ? "" : ", in plain text");
	show_ping(ctl, s->ping.result);
	if (s->who.result == NULL)
		printf("role         none\n");
	else {
		printf("role         ");
		term_puts(stdout, json_get_string(s->who.result, "role",
		    "none"));
		subject = json_get_string(s->who.result, "subject", "");
		if (*subject != '\0') {
			printf(", as ");
			term_puts(stdout, subject);
		}
		putchar('\n');
	}
	if (s->secured)
		remote_status_cert(ctl, &s->cert);
}

static int
remote_ask(struct ctl *ctl, struct remote_state *s)
{
	enum omnitron_status	 st;
	int			 code;

	code = conn_call(ctl, "ping", NULL, CONN_READ_MS, &s->ping);
	if (code != EXIT_DONE)
		return (code);
	s->secured = omnitron_certificate(ctl->client, &s->cert) == 0;
	if (ctl->far->field[REMOTE_TOKEN] == NULL)
		return (EXIT_DONE);
	st = client_call(ctl->client, "OmnitronAuth.whoami", NULL,
	    CONN_READ_MS, &s->who);
	if (st == OMNITRON_OK)
		return (EXIT_DONE);
	return (conn_fail(ctl, st, &s->who, NULL));
}

static int
remote_status(struct ctl *ctl, const struct args *args)
{
	struct remote_state	 s = { 0 };
	int			 code;

	ctl->remote = args->pos[1];
	if ((code = remote_choose(ctl)) != EXIT_DONE)
		return (code);
	code = remote_ask(ctl, &s);
	if (code == EXIT_DONE && ctl->json)
		remote_status_json(ctl, &s);
	else if (code == EXIT_DONE)
		remote_status_text(ctl, &s);
	client_reply_clear(&s.ping);
	client_reply_clear(&s.who);
	return (code);
}
