/*
 * secret: the values that apps get and nobody sees.  A value comes in by a
 * file, a pipe or a prompt, and leaves only by `get`, on standard output.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "common/mono.h"
#include "common/private.h"
#include "common/units.h"
#include "omnitronctl/command.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/hidden.h"
#include "omnitronctl/human.h"
#include "omnitronctl/output.h"
#include "omnitronctl/table.h"
#include "omnitronctl/term.h"
#include "omnitronctl/verb.h"

#define SECRET_SERVICE	"OmnitronSecrets."
#define SECRET_MAX	8192	/* bytes of a value, as the daemon has it */

static int	secret_set(struct ctl *, const struct args *);
static int	secret_get(struct ctl *, const struct args *);
static int	secret_list(struct ctl *, const struct args *);
static int	secret_delete(struct ctl *, const struct args *);
static int	secret_rekey(struct ctl *, const struct args *);
static int	secret_reset(struct ctl *, const struct args *);

static const int secret_set_options[] = { OPT_FILE, 0 };
static const int secret_reset_options[] = { OPT_YES, 0 };

/* More arguments than a key are told apart below: it may be a value. */
static const struct verb secret_verbs[] = {
	{ "set", secret_set, "key [--file file]", 1, ANY_NUMBER - 1,
	    secret_set_options, 0 },
	{ "get", secret_get, "key", 1, 1, NULL, 0 },
	{ "list", secret_list, "", 0, 0, NULL, 0 },
	{ "delete", secret_delete, "key", 1, 1, NULL, 0 },
	{ "rekey", secret_rekey, "", 0, 0, NULL, 0 },
	{ "reset", secret_reset, "--yes", 0, 0, secret_reset_options, 0 },
	{ NULL, NULL, NULL, 0, 0, NULL, 0 }
};

int
secret_run(struct ctl *ctl, const struct args *args)
{
	return (verb_run(ctl, args, secret_verbs));
}

/* A call with the key, if there is one. */
static int
secret_call(struct ctl *ctl, const char *method, const char *key,
    struct client_reply *reply)
{
	struct jsonw	 w;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	if (key != NULL)
		jsonw_kstring(&w, "key", key);
	jsonw_end(&w);
	return (conn_call(ctl, method, &w, CONN_READ_MS, reply));
}

/* What was done, when there is nothing to see but that. */
static int
secret_done(struct ctl *ctl, const char *method, const char *key,
    const char *text)
{
	struct client_reply	 reply;
	int			 code;

	code = secret_call(ctl, method, key, &reply);
	if (code != EXIT_DONE)
		return (code);
	if (ctl->json)
		ctl->out->show(ctl, VIEW_RESULT, reply.result);
	else
		ctl_note(ctl, "%s%s%s", key != NULL ? key : "",
		    key != NULL ? ": " : "", text);
	client_reply_clear(&reply);
	return (EXIT_DONE);
}

/* ---- set ---------------------------------------------------------------- */

static char *
secret_params(const char *key, const struct hidden *value)
{
	struct jsonw	 w;
	char		*params = NULL;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kstring(&w, "key", key);
	jsonw_key(&w, "value");
	jsonw_stringn(&w, value->text, value->len);
	jsonw_end(&w);
	if (jsonw_done(&w) == 0 && (params = calloc(1, w.len + 1)) != NULL)
		memcpy(params, w.buf, w.len);
	if (w.buf != NULL)
		explicit_bzero(w.buf, w.len);
	jsonw_free(&w);
	return (params);
}

static int
secret_send(struct ctl *ctl, const char *key, const struct hidden *value)
{
	struct client_reply	 reply;
	enum omnitron_status	 status;
	char			*params;
	int			 code;

	if ((code = conn_open(ctl)) != EXIT_DONE)
		return (code);
	if ((params = secret_params(key, value)) == NULL)
		return (ctl_fail(ctl, EXIT_FAILED, "no memory"));
	status = client_call(ctl->client, SECRET_SERVICE "set", params,
	    CONN_READ_MS, &reply);
	private_wipe(params, strlen(params));
	if (status != OMNITRON_OK)
		code = conn_fail(ctl, status, &reply, NULL);
	else if (ctl->json)
		ctl->out->show(ctl, VIEW_RESULT, reply.result);
	else
		ctl_note(ctl, "%s: kept; apps that use it get it when they "
		    "start anew", key);
	client_reply_clear(&reply);
	return (code);
}

static int
secret_set(struct ctl *ctl, const struct args *args)
{
	struct hidden	 value;
	const char	*key = args->pos[1];
	int		 code;

	if (args->npos > 2)
		return (ctl_fail(ctl, EXIT_USAGE, "secret set: a value is not "
		    "taken from the command line, where others can see it; "
		    "change it now, and give it by standard input, --file or "
		    "at the prompt"));
	code = hidden_read(ctl, args_value(args, OPT_FILE), key, 1, SECRET_MAX,
	    &value);
	if (code != EXIT_DONE)
		return (code);
	if (value.len == 0)
		code = ctl_fail(ctl, EXIT_USAGE, "secret set: the value is "
		    "empty; to have none: omnitronctl secret delete %.64s",
		    key);
	else if (!utf8_valid(value.text, value.len) ||
	    memchr(value.text, '\0', value.len) != NULL)
		code = ctl_fail(ctl, EXIT_USAGE, "secret set: the value is no "
		    "text in UTF-8; of other bytes keep the base64");
	else
		code = secret_send(ctl, key, &value);
	hidden_clear(&value);
	return (code);
}

/* ---- get, list ---------------------------------------------------------- */

/* As it is, so that it can go to a file; a terminal gets its newline. */
void
show_secret(struct ctl *ctl, const struct json *r)
{
	const char	*value = json_get_string(r, "value", "");

	if (!ctl->terminal) {
		fputs(value, stdout);
		return;
	}
	term_puts(stdout, value);
	putchar('\n');
}

static int
secret_get(struct ctl *ctl, const struct args *args)
{
	struct client_reply	 reply;
	int			 code;

	code = secret_call(ctl, SECRET_SERVICE "get", args->pos[1], &reply);
	if (code != EXIT_DONE)
		return (code);
	ctl->out->show(ctl, VIEW_SECRET, reply.result);
	client_reply_clear(&reply);
	return (EXIT_DONE);
}

/* With -q the keys alone, for scripts and shells. */
void
show_secrets(struct ctl *ctl, const struct json *r)
{
	static const char *const titles[] = { "KEY", "CHANGED", NULL };
	const struct json	*k;
	struct table		*t;
	char			 when[HUMAN_SIZE];

	if (r->first == NULL)
		ctl_note(ctl, "there are no secrets");
	t = table_new(titles);
	for (k = r->first; k != NULL; k = k->next) {
		if (ctl->quiet)
			printf("%s\n", json_get_string(k, "key", "?"));
		table_add(t, json_get_string(k, "key", "?"));
		table_add(t, human_when(json_get_int(k, "updatedAt", 0),
		    wall_ms(), when, sizeof(when)));
	}
	if (!ctl->quiet && r->first != NULL)
		table_print(t, stdout, ctl->colour);
	table_free(t);
}

static int
secret_list(struct ctl *ctl, const struct args *args)
{
	struct client_reply	 reply;
	int			 code;

	code = secret_call(ctl, SECRET_SERVICE "list", NULL, &reply);
	if (code != EXIT_DONE)
		return (code);
	ctl->out->show(ctl, VIEW_SECRETS, reply.result);
	client_reply_clear(&reply);
	return (EXIT_DONE);
}

/* ---- the others --------------------------------------------------------- */

static int
secret_delete(struct ctl *ctl, const struct args *args)
{
	return (secret_done(ctl, SECRET_SERVICE "delete", args->pos[1],
	    "deleted"));
}

static int
secret_rekey(struct ctl *ctl, const struct args *args)
{
	return (secret_done(ctl, SECRET_SERVICE "rekey", NULL,
	    "the secrets are encrypted anew"));
}

static int
secret_reset(struct ctl *ctl, const struct args *args)
{
	struct client_reply	 reply;
	const char		*moved;
	int			 code;

	if (!args_has(args, OPT_YES))
		return (ctl_fail(ctl, EXIT_USAGE, "secret reset puts the file "
		    "of secrets aside and begins an empty one: say --yes"));
	code = secret_call(ctl, SECRET_SERVICE "reset", NULL, &reply);
	if (code != EXIT_DONE)
		return (code);
	moved = json_get_string(reply.result, "moved", "");
	if (ctl->json)
		ctl->out->show(ctl, VIEW_RESULT, reply.result);
	else
		ctl_note(ctl, "there are no secrets now%s%s", moved[0] != '\0' ?
		    "; those that were are in " : "", moved);
	client_reply_clear(&reply);
	return (EXIT_DONE);
}
