/*
 * Failures as Netron's clients know them.  In the network process; touches
 * only memory.
 */
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "omnitrond/method.h"
#include "omnitrond/network/netron_error.h"

static const struct {
	enum outcome	 outcome;
	int		 status;
} outcomes[] = {
	{ OUT_UNAUTHORIZED, 401 }, { OUT_FORBIDDEN, 403 },
	{ OUT_NOT_FOUND, 404 }, { OUT_TIMEOUT, 408 }, { OUT_CONFLICT, 409 },
	{ OUT_FAILED, 500 }, { OUT_LIMITED, 429 }, { OUT_UNAVAILABLE, 503 },
	{ OUT_INVALID, 400 },
};

void
netron_error_set(struct netron_error *e, int status, const char *text)
{
	e->status = status;
	strlcpy(e->text, text, sizeof(e->text));
	e->n = 0;
	e->missing[0] = '\0';
}

static void
detail(struct netron_error *e, const char *key, const char *value)
{
	if (e->n == NETRON_DETAILS_MAX)
		return;
	e->detail[e->n].key = key;
	strlcpy(e->detail[e->n++].value, value, sizeof(e->detail[0].value));
}

static int
status_of(int number)
{
	size_t	 i;

	for (i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (outcome_number(outcomes[i].outcome) == number)
			return (outcomes[i].status);
	if (number == RPC_METHOD)
		return (404);
	return (number == RPC_PARSE || number == RPC_INVALID ? 400 : 500);
}

static int
service_is(const char *service)
{
	size_t	 i, len = strlen(service);

	for (i = 0; i < METHOD_MAX; i++)
		if (strncmp(methods[i].name, service, len) == 0 &&
		    methods[i].name[len] == '.')
			return (1);
	return (0);
}

static void
no_method(struct netron_error *e, const char *service, const char *method)
{
	if (!service_is(service)) {
		snprintf(e->text, sizeof(e->text), "Service %.64s not found",
		    service);
		detail(e, "service", service);
		return;
	}
	snprintf(e->text, sizeof(e->text), "Method %.64s not found in service "
	    "%.64s", method, service);
	detail(e, "service", service);
	detail(e, "method", method);
}

/* The texts that clients look for; ours for all else. */
void
netron_error_of(struct netron_error *e, const char *service,
    const char *method, int number, const char *text, size_t len)
{
	struct json		*j;
	const struct json	*data;
	const char		*app, *needs;
	char			 err[64];

	j = json_parse(text, len, &json_limits_reply, err, sizeof(err));
	data = json_get(j, "data");
	netron_error_set(e, status_of(number), json_get_string(j, "message",
	    "Internal error"));
	app = json_get_string(data, "app", NULL);
	needs = json_get_string(data, "needs", NULL);
	if (number == RPC_METHOD)
		no_method(e, service, method);
	else if (e->status == 401 || (e->status == 403 && needs != NULL)) {
		strlcpy(e->text, e->status == 401 ? "Authentication required" :
		    "Missing required role", sizeof(e->text));
		detail(e, "service", service);
		detail(e, "method", method);
		if (e->status == 403)
			strlcpy(e->missing, needs, sizeof(e->missing));
	} else if (e->status == 404 && app != NULL) {
		snprintf(e->text, sizeof(e->text), "App with id %.64s not "
		    "found", app);
		detail(e, "resource", "App");
		detail(e, "id", app);
	}
	json_free(j);
}

void
netron_error_write(struct jsonw *w, const struct netron_error *e)
{
	char	 code[16];
	size_t	 i;

	snprintf(code, sizeof(code), "%d", e->status);
	jsonw_key(w, "error");
	jsonw_object(w);
	jsonw_kstring(w, "code", code);
	jsonw_kstring(w, "message", e->text);
	jsonw_key(w, "details");
	jsonw_object(w);
	for (i = 0; i < e->n; i++)
		jsonw_kstring(w, e->detail[i].key, e->detail[i].value);
	if (e->missing[0] != '\0') {
		jsonw_key(w, "missingRoles");
		jsonw_array(w);
		jsonw_string(w, e->missing);
		jsonw_end(w);
	}
	jsonw_end(w);
	jsonw_end(w);
}
