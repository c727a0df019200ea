/*
 * Netron over HTTP: calls in the form that existing clients send
 * (POST /netron/invoke, /netron/batch, /netron/authenticate).  In the network
 * process; what is read is hostile.
 *
 * Each call goes the way of all others (rpc_call); only its form is another.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/json.h"
#include "omnitrond/network/auth.h"
#include "omnitrond/network/conn.h"
#include "omnitrond/network/http.h"
#include "omnitrond/network/netron_error.h"
#include "omnitrond/network/network.h"
#include "omnitrond/network/route.h"
#include "omnitrond/rpc/reply.h"
#include "omnitrond/rpc/request.h"

/* hints.timeout is honoured up to this; a call of ours has its own. */
#define HINT_MAX_MS	(10 * 60 * 1000)

/* One call, of an invoke or of a batch. */
struct item {
	struct netron		*netron;
	const struct json	*json;
	struct buf		 out;	/* its response, for a batch */
	int			 over;
};

struct netron {
	struct conn		*conn;
	struct json		*root;	/* what was sent; items are of it */
	struct item		*items;
	size_t			 n;
	size_t			 next;	/* the first that was not begun */
	size_t			 over;
	size_t			 failed;
	size_t			 bytes;	/* of all responses */
	int			 batch;
	int			 parallel;
	int			 stop;	/* at the first that fails */
	int			 inside;	/* they are being begun */
	struct mono		 began;
	struct event		*timer;	/* of hints.timeout, or NULL */
};

static const char	 bad_format[] = "Invalid request format";

/* Results may be secrets. */
static void
netron_wipe(struct jsonw *w)
{
	if (w->buf != NULL)
		explicit_bzero(w->buf, w->size);
	jsonw_free(w);
}

/* ---- one call -------------------------------------------------------------- */

static const char *
item_id(const struct item *it)
{
	return (json_get_string(it->json, "id", ""));
}

/* "Name@version" is Name: there is one version of each. */
static void
item_service(const struct json *j, char *buf, size_t size)
{
	strlcpy(buf, json_get_string(j, "service", ""), size);
	buf[strcspn(buf, "@")] = '\0';
}

static int
item_is_string(const struct json *j, const char *key)
{
	const struct json	*v = json_get(j, key);

	return (v != NULL && v->type == JSON_STRING);
}

/*
 * The parameters in `input': the first of a list, or itself.  -1 if they are
 * no object; a list without any, or null, is none.
 */
static int
item_params(const struct json *j, const struct json **params)
{
	const struct json	*input;

	*params = NULL;
	if (j->type != JSON_OBJECT || !item_is_string(j, "id") ||
	    !item_is_string(j, "service") || !item_is_string(j, "method") ||
	    (input = json_get(j, "input")) == NULL)
		return (-1);
	if (input->type == JSON_ARRAY)
		input = input->first;
	if (input == NULL || input->type == JSON_NULL)
		return (0);
	*params = input;
	return (input->type == JSON_OBJECT ? 0 : -1);
}

static void
item_begin(struct jsonw *w, const struct item *it, int success)
{
	jsonw_object(w);
	jsonw_kstring(w, "id", item_id(it));
	jsonw_kbool(w, "success", success);
}

static void
item_hints(struct jsonw *w, const struct netron *nt)
{
	jsonw_key(w, "hints");
	jsonw_object(w);
	jsonw_key(w, "metrics");
	jsonw_object(w);
	jsonw_kint(w, "serverTime", mono_diff_ms(mono_now(), nt->began));
	jsonw_end(w);
	jsonw_end(w);
}

static void	netron_go(struct netron *);
static void	netron_finish(struct netron *);

/* A response is written: it is the answer, or is kept for it. */
static void
item_end(struct item *it, struct jsonw *w, int status)
{
	struct netron	*nt = it->netron;
	struct conn	*c = nt->conn;

	it->over = 1;
	nt->over++;
	if (status != 200)
		nt->failed++;
	jsonw_end(w);
	if (jsonw_done(w) == -1) {
		http_fail(c, 500, "out of memory");
		return;
	}
	if (!nt->batch) {
		http_json(c, status, w->buf, w->len);
		return;
	}
	nt->bytes += w->len;
	if (nt->bytes > REPLY_MAX || buf_add(&it->out, w->buf, w->len) == -1) {
		http_fail(c, 413, "the responses of the batch are too large");
		return;
	}
	if (nt->over == nt->n || (nt->stop && nt->failed > 0))
		netron_finish(nt);
	else if (!nt->inside)
		netron_go(nt);
}

static void
item_fail(struct item *it, const struct netron_error *e)
{
	struct jsonw	 w;

	jsonw_init(&w, REPLY_MAX);
	item_begin(&w, it, 0);
	netron_error_write(&w, e);
	item_end(it, &w, e->status);
	jsonw_free(&w);
}

/* call_done: of rpc_call. */
static void
item_done(struct client *client, void *arg, int number, const char *text,
    size_t len)
{
	struct item		*it = arg;
	struct netron_error	 e;
	char			 service[NAME_SIZE];
	struct jsonw		 w;

	if (number != 0) {
		item_service(it->json, service, sizeof(service));
		netron_error_of(&e, service, json_get_string(it->json,
		    "method", ""), number, text, len);
		item_fail(it, &e);
		return;
	}
	jsonw_init(&w, 0);
	item_begin(&w, it, 1);
	jsonw_key(&w, "data");
	jsonw_raw(&w, text, len);
	if (!it->netron->batch)
		item_hints(&w, it->netron);
	item_end(it, &w, 200);
	netron_wipe(&w);
}

static void
item_run(struct item *it)
{
	struct conn		*c = it->netron->conn;
	const struct json	*params;
	struct netron_error	 e;
	char			 service[NAME_SIZE], name[3 * NAME_SIZE];

	if (item_params(it->json, &params) == -1) {
		netron_error_set(&e, 400, bad_format);
		item_fail(it, &e);
		return;
	}
	item_service(it->json, service, sizeof(service));
	snprintf(name, sizeof(name), "%s.%s", service,
	    json_get_string(it->json, "method", ""));
	rpc_call(&c->client, name, params, item_done, it);
}

/* ---- all of them ----------------------------------------------------------- */

/* Begin as many as may run at once; it may be gone afterwards. */
static void
netron_go(struct netron *nt)
{
	struct conn	*c = nt->conn;

	nt->inside = 1;
	while (c->http.netron == nt && nt->next < nt->n &&
	    (nt->parallel || nt->over == nt->next))
		item_run(&nt->items[nt->next++]);
	if (c->http.netron == nt)
		nt->inside = 0;
}

/* The response of a batch: those that were not begun are not in it. */
static void
netron_finish(struct netron *nt)
{
	struct jsonw	 w;
	size_t		 i;

	jsonw_init(&w, 0);
	jsonw_object(&w);
	jsonw_kstring(&w, "id", json_get_string(nt->root, "id", ""));
	jsonw_key(&w, "responses");
	jsonw_array(&w);
	for (i = 0; i < nt->n; i++)
		if (nt->items[i].over)
			jsonw_raw(&w, nt->items[i].out.p,
			    nt->items[i].out.len);
	jsonw_end(&w);
	jsonw_key(&w, "hints");
	jsonw_object(&w);
	jsonw_kint(&w, "successCount", (int64_t)(nt->over - nt->failed));
	jsonw_kint(&w, "failureCount", (int64_t)nt->failed);
	jsonw_kint(&w, "totalTime", mono_diff_ms(mono_now(), nt->began));
	jsonw_end(&w);
	jsonw_end(&w);
	if (jsonw_done(&w) == -1)
		http_fail(nt->conn, 500, "out of memory");
	else
		http_json(nt->conn, 200, w.buf, w.len);
	netron_wipe(&w);
}

/* It took longer than its client waits: it goes on, and is not heard of. */
static void
netron_late(int fd, short events, void *arg)
{
	struct netron		*nt = arg;
	struct conn		*c = nt->conn;
	struct netron_error	 e;

	request_client_gone(&c->client);
	netron_error_set(&e, 408, "Request timeout");
	item_fail(&nt->items[0], &e);
}

static void
netron_hint(struct netron *nt)
{
	struct event_base	*base = nt->conn->network->net->proc->base;
	int64_t			 ms;
	struct timeval		 tv;

	ms = json_get_int(json_get(nt->root, "hints"), "timeout", 0);
	if (ms <= 0 || nt->batch)
		return;
	if (ms > HINT_MAX_MS)
		ms = HINT_MAX_MS;
	tv.tv_sec = ms / 1000;
	tv.tv_usec = ms % 1000 * 1000;
	if ((nt->timer = evtimer_new(base, netron_late, nt)) != NULL)
		event_add(nt->timer, &tv);
}

static void
netron_free(struct netron *nt)
{
	size_t	 i;

	if (nt == NULL)
		return;
	for (i = 0; i < nt->n; i++)
		buf_free(&nt->items[i].out);
	if (nt->root != NULL)
		json_wipe(nt->root);
	if (nt->timer != NULL)
		event_free(nt->timer);
	free(nt->items);
	json_free(nt->root);
	free(nt);
}

void
netron_gone(struct conn *c)
{
	struct netron	*nt = c->http.netron;

	if (nt == NULL)
		return;
	c->http.netron = NULL;
	if (nt->over < nt->next)	/* what still runs is not heard of */
		request_client_gone(&c->client);
	netron_free(nt);
}

/* The whole text; NULL: it was answered. */
static struct netron *
netron_new(struct conn *c, const char *body, size_t len)
{
	struct netron	*nt;
	char		 err[128];

	if ((nt = calloc(1, sizeof(*nt))) == NULL) {
		http_fail(c, 500, "out of memory");
		return (NULL);
	}
	nt->conn = c;
	nt->began = mono_now();
	nt->root = json_parse(body, len, &json_limits_request, err,
	    sizeof(err));
	if (nt->root == NULL || nt->root->type != JSON_OBJECT) {
		netron_free(nt);
		http_fail(c, 400, bad_format);
		return (NULL);
	}
	return (nt);
}

/* Call them: an item for each of these, which are siblings. */
static void
netron_start(struct conn *c, struct netron *nt, const struct json *j, size_t n)
{
	size_t	 i;

	if ((nt->items = calloc(n, sizeof(*nt->items))) == NULL) {
		netron_free(nt);
		http_fail(c, 500, "out of memory");
		return;
	}
	nt->n = n;
	for (i = 0; i < n; i++, j = j->next) {
		nt->items[i].netron = nt;
		nt->items[i].out.wipe = 1;	/* results may be secrets */
		nt->items[i].json = j;
	}
	c->http.netron = nt;
	netron_hint(nt);
	netron_go(nt);
}

void
netron_invoke(struct conn *c, char *body, size_t len)
{
	struct netron	*nt = netron_new(c, body, len);

	if (nt != NULL)
		netron_start(c, nt, nt->root, 1);
}

void
netron_batch(struct conn *c, char *body, size_t len)
{
	struct netron		*nt = netron_new(c, body, len);
	const struct json	*all, *options;

	if (nt == NULL)
		return;
	all = json_get(nt->root, "requests");
	if (!item_is_string(nt->root, "id") || all == NULL ||
	    all->type != JSON_ARRAY || all->count == 0 ||
	    all->count > BATCH_MAX) {
		netron_free(nt);
		http_fail(c, 400, bad_format);
		return;
	}
	options = json_get(nt->root, "options");
	nt->batch = 1;
	nt->parallel = json_get_bool(options, "parallel", 0);
	nt->stop = json_get_bool(options, "stopOnError", 0);
	netron_start(c, nt, all->first, all->count);
}

/* ---- authenticate ---------------------------------------------------------- */

/* What the token is; it has to come with each request all the same. */
void
netron_authenticate(struct conn *c, char *body, size_t len)
{
	struct netron	*nt = netron_new(c, body, len);
	const char	*token;
	enum auth	 how;
	struct jsonw	 w;

	if (nt == NULL)
		return;
	if ((token = json_get_string(nt->root, "token", NULL)) == NULL) {
		netron_free(nt);
		http_fail(c, 400, bad_format);
		return;
	}
	how = auth_take(c, token, strlen(token));
	jsonw_init(&w, 0);
	jsonw_object(&w);
	if (item_is_string(nt->root, "id"))
		jsonw_kstring(&w, "id", json_get_string(nt->root, "id", ""));
	jsonw_key(&w, "result");
	jsonw_object(&w);
	jsonw_kbool(&w, "success", how == AUTH_OK);
	if (how == AUTH_OK) {
		jsonw_key(&w, "context");
		jsonw_object(&w);
		jsonw_kstring(&w, "userId", c->client.caller.subject);
		jsonw_key(&w, "roles");
		jsonw_array(&w);
		if (c->client.caller.role != ROLE_NONE)
			jsonw_string(&w, role_name(c->client.caller.role));
		jsonw_end(&w);
		jsonw_end(&w);
	} else
		jsonw_kstring(&w, "error", how == AUTH_LIMITED ?
		    "Too many attempts" : "Invalid token");
	jsonw_end(&w);
	jsonw_end(&w);
	netron_free(nt);
	if (jsonw_done(&w) == -1)
		http_fail(c, 500, "out of memory");
	else
		http_json(c, how == AUTH_LIMITED ? 429 : 200, w.buf, w.len);
	jsonw_free(&w);
}
