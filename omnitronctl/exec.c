/*
 * exec: a method that an app lends to others.
 */
#include <limits.h>
#include <string.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "common/units.h"
#include "omnitronctl/command.h"
#include "omnitronctl/conn.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/output.h"

#define EXEC_TIMEOUT_MS	30000	/* the daemon's own, without --timeout */

/* What parses as JSON is JSON, else it is a string. */
static void
exec_arg(struct jsonw *w, const char *word)
{
	struct json	*node;
	char		 err[64];

	node = json_parse(word, strlen(word), &json_limits_request, err,
	    sizeof(err));
	if (node != NULL)
		json_write(node, w);
	else
		jsonw_string(w, word);
	json_free(node);
}

static int
exec_timeout(struct ctl *ctl, const struct args *args, int64_t *ms)
{
	const char	*value = args_value(args, OPT_TIMEOUT);

	*ms = EXEC_TIMEOUT_MS;
	if (value == NULL || (duration_parse(value, ms) == 0 &&
	    *ms > 0 && *ms <= INT_MAX - CONN_READ_MS))
		return (EXIT_DONE);
	return (ctl_fail(ctl, EXIT_USAGE, "--timeout: '%.64s' is no duration "
	    "such as 500ms, 30s, 5m", value));
}

int
exec_run(struct ctl *ctl, const struct args *args)
{
	struct client_reply	 reply;
	struct jsonw		 w;
	int64_t			 ms;
	size_t			 i;
	int			 code;

	if ((code = exec_timeout(ctl, args, &ms)) != EXIT_DONE)
		return (code);
	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kstring(&w, "name", args->pos[0]);
	jsonw_kstring(&w, "service", args->pos[1]);
	jsonw_kstring(&w, "method", args->pos[2]);
	jsonw_key(&w, "args");
	jsonw_array(&w);
	for (i = 3; i < args->npos; i++)
		exec_arg(&w, args->pos[i]);
	jsonw_end(&w);
	if (args_has(args, OPT_TIMEOUT))
		jsonw_kint(&w, "timeout", ms);
	jsonw_end(&w);
	code = conn_call(ctl, "exec", &w, (int)ms + CONN_READ_MS, &reply);
	if (code != EXIT_DONE)
		return (code);
	ctl->out->show(ctl, VIEW_RESULT, reply.result);
	client_reply_clear(&reply);
	return (EXIT_DONE);
}
