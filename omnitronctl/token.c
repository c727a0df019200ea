/*
 * token: made by the daemon, looked at, ended.
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "common/mono.h"
#include "common/private.h"
#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitronctl/command.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/hidden.h"
#include "omnitronctl/human.h"
#include "omnitronctl/output.h"
#include "omnitronctl/term.h"
#include "omnitronctl/verb.h"

#define TOKEN_SERVICE	"OmnitronAuth."
#define TOKEN_NO_METHOD	(-32601)

static int	token_issue(struct ctl *, const struct args *);
static int	token_validate(struct ctl *, const struct args *);
static int	token_revoke(struct ctl *, const struct args *);

static const int token_issue_options[] = { OPT_ROLE, OPT_TTL, OPT_SUBJECT,
    'o', 0 };
static const int token_validate_options[] = { OPT_TOKEN_FILE, 0 };
static const int token_revoke_options[] = { OPT_UNTIL, 0 };

static const struct verb token_verbs[] = {
	{ "issue", token_issue, "--role role --ttl d [--subject name] "
	    "[-o file]", 0, 0, token_issue_options, 0 },
	{ "validate", token_validate, "[--token-file file]", 0, 0,
	    token_validate_options, 0 },
	{ "revoke", token_revoke, "jti [--until t]", 1, 1,
	    token_revoke_options, 0 },
	{ NULL, NULL, NULL, 0, 0, NULL, 0 }
};

int
token_run(struct ctl *ctl, const struct args *args)
{
	return (verb_run(ctl, args, token_verbs));
}

/* ---- issue -------------------------------------------------------------- */

/* Without one it is for who asks. */
static const char *
token_subject(const struct args *args)
{
	const char	*subject = args_value(args, OPT_SUBJECT);
	struct passwd	*pw;

	if (subject != NULL)
		return (subject);
	pw = getpwuid(getuid());
	return (pw == NULL ? "omnitronctl" : pw->pw_name);
}

static int
token_ask(struct ctl *ctl, const struct args *args,
    struct client_reply *reply)
{
	const char	*role = args_value(args, OPT_ROLE);
	const char	*ttl = args_value(args, OPT_TTL);
	struct jsonw	 w;
	int64_t		 ms;

	if (role == NULL || ttl == NULL)
		return (ctl_fail(ctl, EXIT_USAGE, "token issue: --role (viewer,"
		    " operator, admin) and --ttl (12h, 90d) must be said"));
	if (duration_parse(ttl, &ms) == -1 || ms == 0)
		return (ctl_fail(ctl, EXIT_USAGE, "--ttl: '%.64s' is no "
		    "duration such as 30m, 12h, 90d", ttl));
	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kstring(&w, "role", role);
	jsonw_kstring(&w, "subject", token_subject(args));
	jsonw_kint(&w, "ttl", ms);
	jsonw_end(&w);
	return (conn_call(ctl, TOKEN_SERVICE "issue", &w, CONN_READ_MS,
	    reply));
}

/* On stderr, so that stdout may be a file of the token alone. */
static void
token_told(struct ctl *ctl, const struct json *r, const char *file)
{
	char	 when[HUMAN_SIZE];

	if (ctl->quiet)
		return;
	ctl_warn(ctl, "%s%stoken good until %s; to end it before: omnitronctl "
	    "token revoke %s", file != NULL ? file : "",
	    file != NULL ? ": " : "", human_time(json_get_int(r, "expiresAt",
	    0), when, sizeof(when)), json_get_string(r, "jti", "?"));
}

/* All of the answer but the token, which is in the file. */
static void
token_json(const struct json *r, const char *file)
{
	const struct json	*m;
	struct jsonw		 w;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kstring(&w, "file", file);
	for (m = r->first; m != NULL; m = m->next) {
		if (strcmp(m->key, "token") == 0)
			continue;
		jsonw_key(&w, m->key);
		json_write(m, &w);
	}
	jsonw_end(&w);
	printf("%.*s\n", (int)w.len, w.buf);
	jsonw_free(&w);
}

static int
token_keep(struct ctl *ctl, const struct json *r, const char *file)
{
	const char	*token = json_get_string(r, "token", "");
	char		 why[CTL_TEXT_MAX];

	if (r == NULL || !private_is_token(token))
		return (ctl_fail(ctl, EXIT_FAILED,
		    "unexpected answer from the daemon"));
	if (file == NULL) {
		ctl->out->show(ctl, VIEW_TOKEN, r);
		token_told(ctl, r, NULL);
		return (EXIT_DONE);
	}
	if (private_write(file, token, strlen(token), why, sizeof(why)) == -1)
		return (ctl_fail(ctl, EXIT_FAILED, "%s; the token is lost: "
		    "omnitronctl token revoke %s", why,
		    json_get_string(r, "jti", "?")));
	if (ctl->json)
		token_json(r, file);
	token_told(ctl, r, file);
	return (EXIT_DONE);
}

void
show_token(struct ctl *ctl, const struct json *r)
{
	printf("%s\n", json_get_string(r, "token", ""));
}

static int
token_issue(struct ctl *ctl, const struct args *args)
{
	struct client_reply	 reply = { 0 };
	int			 code;

	if ((code = token_ask(ctl, args, &reply)) != EXIT_DONE)
		return (code);
	code = token_keep(ctl, reply.result, args_value(args, 'o'));
	client_reply_clear(&reply);
	return (code);
}

/* ---- validate ----------------------------------------------------------- */

void
show_validity(struct ctl *ctl, const struct json *r)
{
	char		 when[HUMAN_SIZE];
	const char	*subject = json_get_string(r, "subject", "");

	if (!json_get_bool(r, "valid", 0)) {
		printf("not valid\n");
		return;
	}
	printf("valid, role ");
	term_puts(stdout, json_get_string(r, "role", "?"));
	if (*subject != '\0') {
		printf(", as ");
		term_puts(stdout, subject);
	}
	printf(", until %s\n", human_time(json_get_int(r, "expires", 0), when,
	    sizeof(when)));
}

static int
token_validate(struct ctl *ctl, const struct args *args)
{
	struct client_reply	 reply = { 0 };
	enum omnitron_status	 status;
	struct hidden		 token;
	char			*params = NULL;
	int			 code;

	code = hidden_token(ctl, args_value(args, OPT_TOKEN_FILE), &token);
	if (code != EXIT_DONE)
		return (code);
	if ((code = conn_open(ctl)) == EXIT_DONE) {
		if (asprintf(&params, "{\"token\":\"%s\"}", token.text) == -1)
			abort();
		status = client_call(ctl->client, TOKEN_SERVICE
		    "validateToken", params, CONN_READ_MS, &reply);
		private_wipe(params, strlen(params));
		if (status == OMNITRON_ERROR && reply.code == TOKEN_NO_METHOD)
			code = ctl_fail(ctl, EXIT_NOT_FOUND, "tokens are not "
			    "shown here, and so not validated: ask where they "
			    "are, with -r");
		else if (status != OMNITRON_OK)
			code = conn_fail(ctl, status, &reply, NULL);
	}
	hidden_clear(&token);
	if (code != EXIT_DONE) {
		client_reply_clear(&reply);
		return (code);
	}
	ctl->out->show(ctl, VIEW_VALIDITY, reply.result);
	if (!json_get_bool(reply.result, "valid", 0))
		code = EXIT_DENIED;
	client_reply_clear(&reply);
	return (code);
}

/* ---- revoke ------------------------------------------------------------- */

static int
token_revoke(struct ctl *ctl, const struct args *args)
{
	struct client_reply	 reply;
	const char		*value = args_value(args, OPT_UNTIL);
	struct jsonw		 w;
	int64_t			 until = 0, ms;
	int			 code;

	/* A duration is from now on: that is when it would have ended. */
	if (value != NULL && duration_parse(value, &ms) == 0)
		until = wall_ms() + ms;
	else if (value != NULL && human_parse_time(value, wall_ms(),
	    &until) == -1)
		return (ctl_fail(ctl, EXIT_USAGE, "--until: '%.64s' is neither "
		    "a duration such as 90d nor a time such as "
		    "2026-11-23T00:39", value));
	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kstring(&w, "jti", args->pos[1]);
	if (value != NULL)
		jsonw_kint(&w, "until", until);
	jsonw_end(&w);
	code = conn_call(ctl, TOKEN_SERVICE "revoke", &w, CONN_READ_MS,
	    &reply);
	if (code != EXIT_DONE)
		return (code);
	if (ctl->json)
		ctl->out->show(ctl, VIEW_RESULT, reply.result);
	else
		ctl_note(ctl, "%s: revoked", args->pos[1]);
	client_reply_clear(&reply);
	return (EXIT_DONE);
}
