/*
 * What an app says on its channel.  In the apps process: the one that reads
 * JSON of apps.
 */
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "common/log.h"
#include "omnitrond/apps/apps.h"

/* ---- notifications ------------------------------------------------------ */

static int
msg_ready(struct channel *c, const struct json *params)
{
	say_ready(c->inst, READY_CHANNEL);
	return (0);
}

static int
msg_heartbeat(struct channel *c, const struct json *params)
{
	beat_take(c->inst);
	return (0);
}

static int
msg_status(struct channel *c, const struct json *params)
{
	const char	*text = json_get_string(params, "text", NULL);
	char		 buf[STATUS_TEXT_MAX + 1];

	if (text == NULL)
		return (-1);
	notify_text(buf, sizeof(buf), text, strlen(text));
	say_status(c->inst, buf);
	return (0);
}

/* A service as it is registered; -1: it has no name, or one too long. */
static int
msg_service(const struct json *j, struct app_service *s)
{
	const char	*name = json_get_string(j, "name", "");

	if (name[0] == '\0' ||
	    strlcpy(s->name, name, sizeof(s->name)) >= sizeof(s->name))
		return (-1);
	strlcpy(s->version, json_get_string(j, "version", ""),
	    sizeof(s->version));
	return (0);
}

/* All that it has: what it registered before is void. */
static int
msg_register(struct channel *c, const struct json *params)
{
	const struct json	*list = json_get(params, "services"), *j;
	struct app_service	*services;
	size_t			 n = 0;

	if (list == NULL || list->type != JSON_ARRAY ||
	    list->count > CHANNEL_SERVICES ||
	    (services = calloc(list->count + 1, sizeof(*services))) == NULL)
		return (-1);
	for (j = list->first; j != NULL; j = j->next)
		if (j->type != JSON_OBJECT ||
		    msg_service(j, &services[n++]) == -1) {
			free(services);
			return (-1);
		}
	free(c->services);
	c->services = services;
	c->nservices = n;
	channel_changed(c->inst);
	return (0);
}

static int
msg_metrics(struct channel *c, const struct json *params)
{
	return (meter_take(c->inst, params));
}

static const struct {
	const char	*method;
	int		 (*fn)(struct channel *, const struct json *);
} notifications[] = {
	{ "ready", msg_ready },
	{ "heartbeat", msg_heartbeat },
	{ "status", msg_status },
	{ "metrics", msg_metrics },
	{ "register", msg_register },
};
#define NNOTIFICATIONS	(sizeof(notifications) / sizeof(notifications[0]))

/* ---- a line ------------------------------------------------------------- */

/* There is no request that an app may make. */
static int
msg_refuse(struct channel *c, const struct json *id)
{
	struct jsonw	 w;
	int		 rv = -1;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kstring(&w, "jsonrpc", "2.0");
	jsonw_key(&w, "id");
	json_write(id, &w);
	jsonw_key(&w, "error");
	jsonw_object(&w);
	jsonw_kint(&w, "code", -32601);
	jsonw_kstring(&w, "message", "apps notify, and ask nothing");
	jsonw_end(&w);
	jsonw_end(&w);
	if (jsonw_done(&w) == 0)
		rv = channel_send(c, w.buf, w.len);
	jsonw_free(&w);
	return (rv);
}

static int
msg_notification(struct channel *c, const char *method,
    const struct json *params)
{
	static const struct json	 none = { .type = JSON_OBJECT };
	size_t				 n;

	if (params == NULL)
		params = &none;
	if (params->type != JSON_OBJECT)
		return (-1);
	for (n = 0; n < NNOTIFICATIONS; n++)
		if (strcmp(notifications[n].method, method) == 0)
			return (notifications[n].fn(c, params));
	return (0);		/* of a later version */
}

static int
msg_answer(struct channel *c, const struct json *root)
{
	const struct json	*result = json_get(root, "result");
	const struct json	*error = json_get(root, "error");
	int64_t			 number = json_get_int(root, "id", 0);

	if ((result == NULL) == (error == NULL) ||
	    (error != NULL && error->type != JSON_OBJECT))
		return (-1);
	if (number > 0)
		call_answer(c, (uint64_t)number, result, error);
	return (0);
}

static int
msg_root(struct channel *c, const struct json *root)
{
	const struct json	*id = json_get(root, "id");
	const char		*method = json_get_string(root, "method", NULL);

	if (root->type != JSON_OBJECT ||
	    strcmp(json_get_string(root, "jsonrpc", ""), "2.0") != 0)
		return (-1);
	if (method == NULL)
		return (msg_answer(c, root));
	if (id != NULL)
		return (msg_refuse(c, id));
	return (msg_notification(c, method, json_get(root, "params")));
}

int
channel_line(struct channel *c, const char *text, size_t len)
{
	struct json	*root;
	char		 err[64];
	int		 rv;

	if ((root = json_parse(text, len, &json_limits_request, err,
	    sizeof(err))) == NULL) {
		log_debug("%s: channel: %s", c->inst->name, err);
		return (-1);
	}
	rv = msg_root(c, root);
	json_free(root);
	return (rv);
}
