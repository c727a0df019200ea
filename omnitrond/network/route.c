/*
 * The paths of HTTP, and the short ones of them.  In the network process.
 */
#include <string.h>

#include "omnitrond/network/conn.h"
#include "omnitrond/network/http.h"
#include "omnitrond/network/route.h"
#include "omnitrond/rpc/reply.h"

/* The status of a reply: only what the caller may not do is not 200. */
static int
rpc_status(int number)
{
	static const struct {
		enum outcome	 outcome;
		int		 status;
	} t[] = {
		{ OUT_UNAUTHORIZED, 401 }, { OUT_FORBIDDEN, 403 },
		{ OUT_LIMITED, 429 },
	};
	size_t	 i;

	if (number == RPC_PARSE || number == RPC_INVALID)
		return (400);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (number == outcome_number(t[i].outcome))
			return (t[i].status);
	return (200);
}

/* client->reply: what POST /rpc is answered with. */
static void
rpc_reply(struct client *client, const char *text, size_t len, int number)
{
	static const struct http_response	 nothing = { .status = 204 };
	struct conn				*c = (struct conn *)client;

	client->reply = NULL;
	if (text == NULL)
		http_respond(c, &nothing);	/* notifications alone */
	else
		http_json(c, rpc_status(number), text, len);
}

static void
rpc_run(struct conn *c, char *body, size_t len)
{
	c->client.reply = rpc_reply;
	rpc_message(&c->client, body, len);
}

/* Nothing but that it is there: it is for everybody. */
static void
healthz_run(struct conn *c, char *body, size_t len)
{
	static const struct http_response	 ok = {
		.status = 200,
		.type = "text/plain; charset=utf-8",
		.body = "ok\n",
		.len = 3,
	};

	http_respond(c, &ok);
}

static const struct route	 routes[] = {
	{ "/rpc", HTTP_POST, ROUTE_TOKEN, FORM_RPC, rpc_run, NULL },
	{ "/healthz", HTTP_GET, ROUTE_OPEN, FORM_PLAIN, healthz_run, NULL },
	{ "/metrics", HTTP_GET, ROUTE_VIEWER, FORM_PLAIN, metrics_run, NULL },
	{ "/events", HTTP_GET, ROUTE_VIEWER, FORM_PLAIN, sse_run, sse_gone },
	{ "/netron/invoke", HTTP_POST, ROUTE_LENIENT, FORM_NETRON,
	    netron_invoke, netron_gone },
	{ "/netron/batch", HTTP_POST, ROUTE_LENIENT, FORM_NETRON,
	    netron_batch, netron_gone },
	{ "/netron/authenticate", HTTP_POST, ROUTE_OPEN, FORM_NETRON,
	    netron_authenticate, netron_gone },
};

const struct route *
route_find(const struct http_span *path)
{
	size_t	 i;

	for (i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (path->len == strlen(routes[i].path) &&
		    memcmp(path->p, routes[i].path, path->len) == 0)
			return (&routes[i]);
	return (NULL);
}
