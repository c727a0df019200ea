/*
 * list, status, inspect, why, env, graph, health, metrics: what the daemon
 * knows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "omnitronctl/command.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/output.h"
#include "omnitronctl/target.h"

static void
look_names(const struct json *const *apps, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		printf("%s\n", json_get_string(apps[i], "name", "?"));
}

static int
look_filtered(struct ctl *ctl, const struct args *args, int details)
{
	struct client_reply	  reply;
	const struct json	**apps;
	size_t			  n;
	int			  code;

	code = conn_call(ctl, "list", NULL, CONN_READ_MS, &reply);
	if (code != EXIT_DONE)
		return (code);
	code = target_filter(ctl, reply.result, args->pos, args->npos, &apps,
	    &n);
	if (code == EXIT_DONE && ctl->quiet && !ctl->json)
		look_names(apps, n);
	else if (code == EXIT_DONE)
		ctl->out->apps(ctl, apps, n, details);
	free(apps);
	client_reply_clear(&reply);
	return (code);
}

int
look_list(struct ctl *ctl, const struct args *args)
{
	return (look_filtered(ctl, args, 0));
}

static int
look_call(struct ctl *ctl, const char *method, const char *name,
    enum view view)
{
	struct client_reply	 reply;
	int			 code;

	code = conn_call_name(ctl, method, name, CONN_READ_MS, &reply);
	if (code != EXIT_DONE)
		return (code);
	ctl->out->show(ctl, view, reply.result);
	client_reply_clear(&reply);
	return (EXIT_DONE);
}

/* Who is not told of all, or is far away, may want to know as whom he asks. */
static void
look_whoami(struct ctl *ctl)
{
	struct client_reply	 who;
	const char		*role, *subject;
	int			 limited;

	if (client_call(ctl->client, "OmnitronAuth.whoami", NULL,
	    CONN_READ_MS, &who) == OMNITRON_OK) {
		role = json_get_string(who.result, "role", "none");
		subject = json_get_string(who.result, "subject", "");
		limited = json_get_bool(who.result, "limited", 0);
		if (ctl->remote != NULL || ctl->verbose || limited ||
		    strcmp(role, "admin") != 0)
			ctl_note(ctl, "you are %s%s%s%s", *subject == '\0' ?
			    "" : subject, *subject == '\0' ? "" : ", ", role,
			    limited ? ", as far as the rules allow" : "");
	}
	client_reply_clear(&who);
}

int
look_status(struct ctl *ctl, const struct args *args)
{
	int	 code;

	if (args->npos == 0) {
		code = look_call(ctl, "status", NULL, VIEW_STATUS);
		if (code == EXIT_DONE && !ctl->json && !ctl->quiet)
			look_whoami(ctl);
		return (code);
	}
	if (args->npos == 1 && !target_is_glob(args->pos[0]))
		return (look_call(ctl, "getApp", args->pos[0], VIEW_APP));
	return (look_filtered(ctl, args, 1));
}

/* The view that --format names; the JSON output overrides it. */
static int
look_format(struct ctl *ctl, const struct args *args, enum view *view)
{
	const char	*format = args_value(args, OPT_FORMAT);

	*view = VIEW_GRAPH;
	if (format == NULL || strcmp(format, "text") == 0)
		return (EXIT_DONE);
	if (strcmp(format, "mermaid") == 0)
		*view = VIEW_GRAPH_MERMAID;
	else if (strcmp(format, "dot") == 0)
		*view = VIEW_GRAPH_DOT;
	else if (strcmp(format, "json") == 0)
		ctl->out = &output_json;
	else
		return (ctl_fail(ctl, EXIT_USAGE, "--format: '%.64s' is none "
		    "of text, mermaid, dot, json", format));
	return (EXIT_DONE);
}

int
look_graph(struct ctl *ctl, const struct args *args)
{
	enum view	 view;
	int		 code;

	if ((code = look_format(ctl, args, &view)) != EXIT_DONE)
		return (code);
	return (look_call(ctl, "getDependencyGraph",
	    args->npos == 1 ? args->pos[0] : NULL, view));
}

int
look_inspect(struct ctl *ctl, const struct args *args)
{
	if (args_has(args, OPT_GRAPH) || args_has(args, OPT_FORMAT))
		return (look_graph(ctl, args));
	return (look_call(ctl, "inspect", args->pos[0], VIEW_INSPECT));
}

/* The daemon does not know what is in it, but it knows where it is. */
static int
look_env_file(struct ctl *ctl, const char *name)
{
	struct client_reply	 reply;
	const struct json	*config;
	const char		*path = NULL;
	int			 code;

	code = conn_call_name(ctl, "inspect", name, CONN_READ_MS, &reply);
	if (code != EXIT_DONE)
		return (code);
	if ((config = json_get(reply.result, "config")) != NULL)
		path = json_get_string(config, "envFile", NULL);
	if (path != NULL)
		ctl_note(ctl, "# and what is in the env-file %s at its start",
		    path);
	client_reply_clear(&reply);
	return (EXIT_DONE);
}

int
look_env(struct ctl *ctl, const struct args *args)
{
	struct client_reply	 reply;
	struct jsonw		 w;
	const char		*process = args_value(args, OPT_PROCESS);
	int			 code;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kstring(&w, "name", args->pos[0]);
	if (process != NULL)
		jsonw_kstring(&w, "process", process);
	jsonw_end(&w);
	code = conn_call(ctl, "getEnv", &w, CONN_READ_MS, &reply);
	if (code != EXIT_DONE)
		return (code);
	ctl->out->show(ctl, VIEW_ENV, reply.result);
	client_reply_clear(&reply);
	if (!ctl->json && !ctl->quiet)
		code = look_env_file(ctl, args->pos[0]);
	return (code);
}

int
look_health(struct ctl *ctl, const struct args *args)
{
	return (look_call(ctl, "getHealth",
	    args->npos == 1 ? args->pos[0] : NULL, VIEW_HEALTH));
}

int
look_why(struct ctl *ctl, const struct args *args)
{
	return (look_call(ctl, "why", args->pos[0], VIEW_WHY));
}

int
look_metrics(struct ctl *ctl, const struct args *args)
{
	return (look_call(ctl, "getMetrics",
	    args->npos == 1 ? args->pos[0] : NULL, VIEW_METRICS));
}
