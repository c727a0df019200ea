/*
 * call, describe, version, help.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "omnitronctl/command.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/output.h"
#include "omnitronctl/term.h"

/* Parsed and written anew: on one line, and an error is told here. */
static int
raw_params(struct ctl *ctl, const char *text, struct jsonw *w)
{
	struct json	*node;
	char		 err[128];
	int		 code = EXIT_DONE;

	node = json_parse(text, strlen(text), &json_limits_request, err,
	    sizeof(err));
	if (node == NULL)
		return (ctl_fail(ctl, EXIT_USAGE,
		    "call: parameters are no JSON: %s", err));
	jsonw_init(w, 0);
	if (node->type == JSON_OBJECT)
		json_write(node, w);
	else
		code = ctl_fail(ctl, EXIT_USAGE, "call: parameters must be an "
		    "object such as '{\"name\": \"api\"}'");
	json_free(node);
	return (code);
}

int
raw_call(struct ctl *ctl, const struct args *args)
{
	struct client_reply	 reply;
	struct jsonw		 w;
	int			 code;

	if (args->npos == 2 &&
	    (code = raw_params(ctl, args->pos[1], &w)) != EXIT_DONE)
		return (code);
	code = conn_call(ctl, args->pos[0], args->npos == 2 ? &w : NULL, -1,
	    &reply);
	if (code != EXIT_DONE)
		return (code);
	ctl->out->show(ctl, VIEW_RESULT, reply.result);
	client_reply_clear(&reply);
	return (EXIT_DONE);
}

int
raw_describe(struct ctl *ctl, const struct args *args)
{
	struct client_reply	 reply;
	struct jsonw		 w;
	int			 code;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	if (args->npos == 1)
		jsonw_kstring(&w, "method", args->pos[0]);
	jsonw_end(&w);
	code = conn_call(ctl, "OmnitronSystem.describe", &w, CONN_READ_MS,
	    &reply);
	if (code != EXIT_DONE)
		return (code);
	ctl->out->show(ctl, VIEW_DESCRIBE, reply.result);
	client_reply_clear(&reply);
	return (EXIT_DONE);
}

/* ---- describe as text --------------------------------------------------- */

static void
raw_param(const struct json *p)
{
	const struct json	*def = json_get(p, "default");
	struct jsonw		 w;

	printf("    %s: %s", json_get_string(p, "name", "?"),
	    json_get_string(p, "type", "?"));
	if (json_get_bool(p, "required", 1)) {
		putchar('\n');
		return;
	}
	printf(", optional");
	if (def != NULL) {
		jsonw_init(&w, 0);
		json_write(def, &w);
		printf(", default %.*s", (int)w.len, w.buf);
		jsonw_free(&w);
	}
	putchar('\n');
}

static void
raw_method(const struct json *m)
{
	const struct json	*params = json_get(m, "params"), *p;

	printf("%s  (%s)\n    %s\n", json_get_string(m, "name", "?"),
	    json_get_string(m, "role", "?"), json_get_string(m, "text", ""));
	for (p = params == NULL ? NULL : params->first; p != NULL; p = p->next)
		raw_param(p);
	printf("    -> %s\n", json_get_string(m, "result", "?"));
}

void
show_describe(struct ctl *ctl, const struct json *r)
{
	const struct json	*methods = json_get(r, "methods"), *m;

	if (methods == NULL) {
		raw_method(r);
		return;
	}
	for (m = methods->first; m != NULL; m = m->next) {
		raw_method(m);
		if (m->next != NULL)
			putchar('\n');
	}
}

/* ---- version, help ------------------------------------------------------ */

int
raw_version(struct ctl *ctl, const struct args *args)
{
	struct client_reply	 reply = { 0 };
	struct json		*node;
	struct jsonw		 w;
	char			 err[128];

	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kstring(&w, "version", VERSION);
	jsonw_key(&w, "daemon");
	if (conn_try(ctl, NULL, 0) == 0 && client_call(ctl->client,
	    "OmnitronDaemon.ping", NULL, CONN_READ_MS, &reply) == OMNITRON_OK)
		json_write(reply.result, &w);
	else
		jsonw_null(&w);
	jsonw_end(&w);
	client_reply_clear(&reply);
	node = json_parse(w.buf, w.len, &json_limits_reply, err, sizeof(err));
	jsonw_free(&w);
	if (node == NULL)
		return (ctl_fail(ctl, EXIT_FAILED, "version: %s", err));
	ctl->out->show(ctl, VIEW_VERSION, node);
	json_free(node);
	return (EXIT_DONE);
}

static void
raw_help_json(const struct command *c, struct jsonw *w)
{
	jsonw_object(w);
	jsonw_kstring(w, "name", c->name);
	jsonw_kstring(w, "synopsis", c->synopsis);
	jsonw_kstring(w, "text", c->text);
	jsonw_end(w);
}

int
raw_help(struct ctl *ctl, const struct args *args)
{
	const struct command	*c = NULL;
	struct jsonw		 w;
	char			 err[ARGS_ERROR_MAX];

	if (args->npos == 1 &&
	    (c = command_find(args->pos[0], err, sizeof(err))) == NULL)
		return (ctl_fail(ctl, EXIT_USAGE, "%s", err));
	if (!ctl->json) {
		if (c == NULL)
			command_usage(stdout);
		else
			command_help(stdout, c);
		return (EXIT_DONE);
	}
	jsonw_init(&w, 0);
	if (c != NULL)
		raw_help_json(c, &w);
	else {
		jsonw_array(&w);
		for (c = commands; c->name != NULL; c++)
			raw_help_json(c, &w);
		jsonw_end(&w);
	}
	printf("%.*s\n", (int)w.len, w.buf);
	jsonw_free(&w);
	return (EXIT_DONE);
}
