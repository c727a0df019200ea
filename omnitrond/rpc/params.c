/*
 * Parameters of a call against the method table.  In a plane; pure but for
 * the view, in which it looks up the names of apps, and the rules.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "common/level.h"
#include "common/units.h"
#include "omnitrond/rpc/fault.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"

#define DURATION_MAX	(24LL * 3600 * 1000)	/* a day, in ms */
#define TTL_MAX		(49LL * DURATION_MAX)	/* in 32 bits, as it is sent */
#define TIME_MAX	(1LL << 52)	/* exact in every client's numbers */

static void
fault_param(struct fault *f, const struct param *p, const char *expected)
{
	fault_set(f, RPC_PARAMS, "%s: expected %s", p->name, expected);
	fault_datum(f, "parameter", p->name);
	fault_datum(f, "expected", expected);
}

static int
fault_type(struct fault *f, const struct param *p, const struct json *j,
    const char *expected)
{
	char	 text[128];

	snprintf(text, sizeof(text), "%s, not %s", expected,
	    json_type_name(j->type));
	fault_param(f, p, text);
	return (-1);
}

/* A number of a range; -1 and the fault if it is none. */
static int
check_number(const struct param *p, const struct json *j, int64_t min,
    int64_t max, const char *unit, int64_t *value, struct fault *f)
{
	char	 text[128];

	if (j->type != JSON_INT) {
		snprintf(text, sizeof(text), "%s (a whole number%s)",
		    index_type_name(p->type), unit);
		return (fault_type(f, p, j, text));
	}
	if (j->u.i < min || j->u.i > max) {
		snprintf(text, sizeof(text), "%s from %lld to %lld%s",
		    index_type_name(p->type), (long long)min, (long long)max,
		    unit);
		fault_param(f, p, text);
		return (-1);
	}
	*value = j->u.i;
	return (0);
}

static int
check_signal(const struct param *p, const struct json *j, int64_t *value,
    struct fault *f)
{
	if (j->type == JSON_INT)
		*value = j->u.i > 0 && j->u.i < NSIG ? j->u.i : -1;
	else if (j->type == JSON_STRING)
		*value = signal_parse(j->u.s);
	else
		return (fault_type(f, p, j, "a signal like \"HUP\" or 1"));
	if (*value > 0)
		return (0);
	fault_param(f, p, "a signal like \"HUP\" or 1");
	return (-1);
}

static int
check_level(const struct param *p, const struct json *j, int64_t *value,
    struct fault *f)
{
	static const char	 levels[] = "level (trace, debug, info, warn, "
				    "error or fatal)";

	if (j->type != JSON_STRING)
		return (fault_type(f, p, j, levels));
	if ((*value = level_parse(j->u.s)) != -1)
		return (0);
	fault_param(f, p, levels);
	return (-1);
}

/* The daemon's own log is asked for by this name, if no app has it. */
static int
names_daemon(const struct method *m, const char *name)
{
	return (m->op == OP_LOGS && (m->flags & (REQ_STDERR | REQ_CRASH)) == 0 &&
	    strcmp(name, "omnitrond") == 0);
}

static int
check_name(const struct client *client, enum method_id method,
    const struct param *p, const struct json *j, struct args *args,
    struct fault *f)
{
	if (j->type != JSON_STRING)
		return (fault_type(f, p, j, "the name of an app"));
	args->app = view_by_name(client->net->view, j->u.s);
	if (args->app != NULL)
		return (access_app(client, method, args->app, f));
	if (names_daemon(&methods[method], j->u.s) &&
	    access_may(client, method, NULL)) {
		args->system = 1;
		return (0);
	}
	fault_app(f, client, j->u.s);
	return (-1);
}

static int
check_param(const struct client *client, enum method_id method,
    const struct param *p, const struct json *j, struct args *args,
    struct fault *f)
{
	int64_t	*value = &args->value[p - args->params->param];

	switch (p->type) {
	case PARAM_NAME:
		return (check_name(client, method, p, j, args, f));
	case PARAM_INT:
		return (check_number(p, j, INT32_MIN, UINT32_MAX, "", value,
		    f));
	case PARAM_DURATION:
		return (check_number(p, j, 1, method == METHOD_ISSUE ?
		    TTL_MAX : DURATION_MAX, " milliseconds", value, f));
	case PARAM_TIME:
		return (check_number(p, j, 0, TIME_MAX,
		    " milliseconds since the epoch", value, f));
	case PARAM_SIGNAL:
		return (check_signal(p, j, value, f));
	case PARAM_LEVEL:
		return (check_level(p, j, value, f));
	case PARAM_BOOL:
		*value = j->u.b;
		return (j->type == JSON_BOOL ? 0 :
		    fault_type(f, p, j, "true or false"));
	case PARAM_STRING:
		return (j->type == JSON_STRING ? 0 :
		    fault_type(f, p, j, "string"));
	case PARAM_OBJECT:
		return (j->type == JSON_OBJECT ? 0 :
		    fault_type(f, p, j, "object"));
	case PARAM_ARRAY:
		return (j->type == JSON_ARRAY ? 0 :
		    fault_type(f, p, j, "array"));
	case PARAM_TYPE_MAX:
		break;
	}
	fault_set(f, RPC_INTERNAL, "%s: unknown type", p->name);
	return (-1);
}

static const struct param *
params_find(const struct params *params, const char *name)
{
	size_t	 i;

	for (i = 0; i < params->n; i++)
		if (strcmp(params->param[i].name, name) == 0)
			return (&params->param[i]);
	return (NULL);
}

static int
params_unknown(const struct params *params, const char *name, struct fault *f)
{
	const char	*names[PARAMS_MAX], *near;
	size_t		 i;

	for (i = 0; i < params->n; i++)
		names[i] = params->param[i].name;
	near = params->n == 0 ? NULL : nearest_name(name, names, params->n);
	if (near != NULL)
		fault_set(f, RPC_PARAMS, "unknown parameter '%.64s'; did you "
		    "mean '%s'?", name, near);
	else if (params->n == 0)
		fault_set(f, RPC_PARAMS, "unknown parameter '%.64s'; the "
		    "method takes none", name);
	else
		fault_set(f, RPC_PARAMS, "unknown parameter '%.64s'", name);
	fault_datum(f, "parameter", name);
	return (-1);
}

static int
params_missing(const struct args *args, struct fault *f)
{
	const struct param	*p;
	size_t			 i;

	for (i = 0; i < args->params->n; i++) {
		p = &args->params->param[i];
		if (args->json[i] != NULL || p->optional)
			continue;
		fault_set(f, RPC_PARAMS, "parameter '%s' (%s) is missing",
		    p->name, index_type_name(p->type));
		fault_datum(f, "parameter", p->name);
		fault_datum(f, "expected", index_type_name(p->type));
		return (-1);
	}
	return (0);
}

int
params_check(const struct client *client, enum method_id method,
    const struct json *object, struct args *args, struct fault *f)
{
	const struct params	*params = &client->net->index->params[method];
	const struct param	*p;
	const struct json	*j;
	size_t			 i;

	memset(args, 0, sizeof(*args));
	args->params = params;
	for (i = 0; i < params->n; i++)
		args->value[i] = params->param[i].value;
	if (object != NULL && object->type != JSON_OBJECT) {
		fault_set(f, RPC_PARAMS,
		    "params must be an object: parameters go by name");
		return (-1);
	}
	for (j = object != NULL ? object->first : NULL; j != NULL;
	    j = j->next) {
		if ((p = params_find(params, j->key)) == NULL)
			return (params_unknown(params, j->key, f));
		args->json[p - params->param] = j;
		if (check_param(client, method, p, j, args, f) == -1)
			return (-1);
	}
	if (params_missing(args, f) == -1)
		return (-1);
	return (access_call(client, method, args, f));
}

int
args_has(const struct args *args, const char *name)
{
	const struct param	*p = params_find(args->params, name);

	return (p != NULL && args->json[p - args->params->param] != NULL);
}

int64_t
args_value(const struct args *args, const char *name)
{
	const struct param	*p = params_find(args->params, name);

	return (p == NULL ? 0 : args->value[p - args->params->param]);
}

const char *
args_string(const struct args *args, const char *name)
{
	const struct param	*p = params_find(args->params, name);
	const struct json	*j;

	if (p == NULL || (j = args->json[p - args->params->param]) == NULL)
		return (NULL);
	return (j->type == JSON_STRING ? j->u.s : NULL);
}

const struct json *
args_array(const struct args *args, const char *name)
{
	const struct param	*p = params_find(args->params, name);

	return (p == NULL ? NULL : args->json[p - args->params->param]);
}
