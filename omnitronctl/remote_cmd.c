/*
 * remote list, remove and status (remote_add.c has add).
 */
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
#include "common/xmalloc.h"
#include "omnitronctl/command.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/human.h"
#include "omnitronctl/output.h"
#include "omnitronctl/remote.h"
#include "omnitronctl/table.h"
#include "omnitronctl/term.h"
#include "omnitronctl/verb.h"

#define REMOTE_DAY_MS		(24LL * 60 * 60 * 1000)
#define REMOTE_SOON_DAYS	14	/* to renew a certificate in */

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

/* ---- as JSON ------------------------------------------------------------ */

void
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

void
remote_print(struct jsonw *w)
{
	if (jsonw_done(w) == -1)
		fatalx("JSON cannot be written");
	printf("%.*s\n", (int)w->len, w->buf);
	jsonw_free(w);
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
