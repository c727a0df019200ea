/*
 * Requests of HTTP: read, checked, given to who takes them.  In the network
 * process; what is read is hostile.
 *
 * All that can be refused is refused when the head is there.  The body of such
 * a request is read and thrown away, so that the connection can go on, unless
 * it is too large or its sender waits for leave to send it.
 */
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>

#include "omnitrond/network/auth.h"
#include "omnitrond/network/conf.h"
#include "omnitrond/network/conn.h"
#include "omnitrond/network/http.h"
#include "omnitrond/network/network.h"
#include "omnitrond/network/route.h"
#include "omnitrond/rpc/request.h"

#define HTTP_STEPS	16	/* of one connection before others' turn */

static const char	 too_late[] = "the request was not finished within "
			    "10 s";

void
http_send(struct client *client, const char *text, size_t len)
{
}

/* ---- what is refused ----------------------------------------------------- */

/* It cannot be understood where the next request would begin. */
static void
http_break(struct conn *c, int status, const char *why)
{
	c->http.keep = 0;
	http_fail(c, status, why);
}

static const char *
http_why(int status)
{
	switch (status) {
	case 411:
		return ("a POST needs a Content-Length");
	case 413:
		return ("request too large: at most 1 MiB");
	case 417:
		return ("the only expectation that can be met is "
		    "100-continue");
	case 431:
		return ("the head of a request has at most 16 KiB and 64 "
		    "fields");
	case 505:
		return ("only HTTP/1.1 is spoken here");
	}
	return ("malformed request");
}

/* The first that speaks against it is answered, when its body has come. */
static void
http_refuse(struct conn *c, int status, const char *why)
{
	if (c->http.status == 0) {
		c->http.status = status;
		c->http.why = why;
	}
}

/* ---- who asks, and from which page ---------------------------------------- */

static void
http_origin(struct conn *c, const struct http_request *r)
{
	const char	*origin;

	c->http.origin[0] = '\0';
	if (r->origin.p == NULL)
		return;
	origin = conf_origin(c->network->conf, r->origin.p, r->origin.len);
	if (origin == NULL)
		http_refuse(c, 403, "pages of that origin are not let in; "
		    "`cors' in the configuration lists those that are");
	else
		strlcpy(c->http.origin, origin, sizeof(c->http.origin));
}

/* The token behind "Bearer " in any case; p NULL: there is none. */
static struct http_span
http_bearer(const struct http_span *v)
{
	struct http_span	 scheme = { v->p, 6 }, token = { NULL, 0 };
	size_t			 i = 6;

	if (v->p == NULL || v->len < 8 || !http_span_is(&scheme, "bearer") ||
	    v->p[6] != ' ')
		return (token);
	while (i < v->len && v->p[i] == ' ')
		i++;
	token.p = v->p + i;
	token.len = v->len - i;
	return (token);
}

static void
http_auth(struct conn *c, const struct route *route,
    const struct http_request *r)
{
	struct http_span	 token = http_bearer(&r->authorization);
	enum auth		 how = AUTH_REFUSED;

	if (route->auth == ROUTE_OPEN)
		return;
	if (token.p != NULL)
		how = auth_take(c, token.p, token.len);
	if (how == AUTH_LIMITED) {
		http_refuse(c, 429, "too many tokens from this address were "
		    "refused; try again in a few seconds");
	} else if (route->auth == ROUTE_TOKEN && how != AUTH_OK &&
	    r->authorization.p != NULL) {
		http_refuse(c, 401, "the token is not valid");
	} else if (route->auth == ROUTE_VIEWER) {
		if (how != AUTH_OK)
			http_refuse(c, 401, r->authorization.p != NULL ?
			    "the token is not valid" : "a token is needed");
		else if (c->client.caller.role < ROLE_VIEWER)
			http_refuse(c, 403, "this needs the role viewer");
	}
}

/* Digits alone are a number of ours; what else it is, we have not seen it. */
static void
http_last_event(struct conn *c, const struct http_span *v)
{
	uint64_t	 n = 0;
	size_t		 i;

	c->http.resumes = v->p != NULL;
	for (i = 0; v->p != NULL && i < v->len && i <= HTTP_DIGITS_MAX; i++) {
		if (v->p[i] < '0' || v->p[i] > '9')
			break;
		n = 10 * n + (uint64_t)(v->p[i] - '0');
	}
	c->http.after = i == v->len && i <= HTTP_DIGITS_MAX ? n : 0;
}

/* ---- a request ----------------------------------------------------------- */

static void
http_route(struct conn *c, const struct http_request *r)
{
	const struct route	*route = route_find(&r->path);

	c->http.route = route;
	if (r->method == HTTP_OTHER) {
		/* who sent a HEAD takes the body for the next response */
		c->http.keep = 0;
		http_refuse(c, 405, "only GET, POST and OPTIONS are known");
	} else if (r->method == HTTP_OPTIONS)
		http_refuse(c, 204, NULL);
	else if (route == NULL)
		http_refuse(c, 404, "there is no such path");
	else if (route->method != r->method)
		http_refuse(c, 405, route->method == HTTP_GET ?
		    "this path has only GET" : "this path has only POST");
	if (c->http.status != 0 || route == NULL)
		return;
	http_auth(c, route, r);
	if (c->client.caller.how == CALLER_NOBODY &&
	    r->length > (int64_t)ANON_REQUEST_MAX)
		http_refuse(c, 413, "request too large: at most 16 KiB "
		    "without a token");
}

/* The head is there: decide, and say whether its body may come. */
static void
http_begin(struct conn *c, const struct http_request *r)
{
	static const char	 go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct http		*h = &c->http;

	h->status = 0;
	h->why = NULL;
	h->keep = !r->close;
	h->left = r->length > 0 ? r->length : 0;
	h->state = HTTP_IN_BODY;
	http_origin(c, r);
	http_route(c, r);
	http_last_event(c, &r->last_event_id);
	if (h->left == 0)
		return;
	if (h->status == 413 || (h->status != 0 && r->expects)) {
		h->left = 0;		/* nobody waits for it */
		h->keep = 0;
	} else if (r->expects)
		conn_put(c, go_on, sizeof(go_on) - 1);
}

/*
 * At so much of what was read, at most; what lies in one piece is not copied
 * for that.  p: the head, NULL without memory.
 */
static enum http_found
http_look(struct conn *c, size_t len, const char **p)
{
	if (len > HTTP_HEAD_MAX)
		len = HTTP_HEAD_MAX;
	*p = (char *)evbuffer_pullup(bufferevent_get_input(c->bev),
	    (ssize_t)len);
	return (*p == NULL ? HTTP_BAD : http_scan(&c->http.scan, *p, len));
}

static int
http_head(struct conn *c)
{
	struct evbuffer		*in = bufferevent_get_input(c->bev);
	size_t			 len = evbuffer_get_length(in);
	struct http_request	 r;
	enum http_found	 found;
	const char		*p;
	int			 status;

	if (len == 0)
		return (0);
	found = http_look(c, evbuffer_get_contiguous_space(in), &p);
	if (found == HTTP_MORE || p == NULL)
		found = http_look(c, len, &p);
	if (p == NULL) {
		conn_drop(c);
		return (0);
	}
	switch (found) {
	case HTTP_MORE:
		return (0);
	case HTTP_BAD:
		http_break(c, 400, http_why(400));
		return (0);
	case HTTP_LARGE:
		http_break(c, 431, http_why(431));
		return (0);
	case HTTP_HEAD:
		break;
	}
	if ((status = http_parse(&r, p, c->http.scan.pos)) != 0) {
		http_break(c, status, http_why(status));
		return (0);
	}
	http_begin(c, &r);
	evbuffer_drain(in, c->http.scan.pos);
	memset(&c->http.scan, 0, sizeof(c->http.scan));
	return (1);
}

/* All of it is there. */
static void
http_run(struct conn *c, char *body, size_t len)
{
	struct http	*h = &c->http;

	h->asked = 1;
	h->state = HTTP_RUNNING;
	if (h->status != 0)
		http_fail(c, h->status, h->why);
	else
		h->route->run(c, body, len);
	if ((c->client.secret || h->status != 0) && len > 0) {
		explicit_bzero(body, len);
		c->client.secret = 0;
	}
}

static int
http_body(struct conn *c)
{
	struct evbuffer	*in = bufferevent_get_input(c->bev);
	struct http	*h = &c->http;
	size_t		 len = evbuffer_get_length(in);

	if ((int64_t)len > h->left)
		len = (size_t)h->left;
	h->left -= (int64_t)len;
	if (h->left == 0 && c->in.len == 0 &&
	    evbuffer_get_contiguous_space(in) >= len) {
		/* it came at once: no copy */
		http_run(c, (char *)evbuffer_pullup(in, (ssize_t)len), len);
		evbuffer_drain(in, len);
		return (1);
	}
	if (conn_take(c, len, h->status == 0) == -1 || h->left > 0)
		return (0);
	http_run(c, c->in.p, c->in.len);
	conn_unkeep(c, c->in.len);
	return (1);
}

/* ---- what conn.c asks ----------------------------------------------------- */

static int
http_blocked(const struct conn *c)
{
	return (c->http.state == HTTP_RUNNING ||
	    c->http.state == HTTP_STREAM || conn_pending(c) > UNSENT_PAUSE);
}

static void
http_work(struct conn *c)
{
	struct evbuffer	*in = bufferevent_get_input(c->bev);
	int		 n, more = 1;

	for (n = 0; n < HTTP_STEPS && more && !c->dead && !c->closing &&
	    !http_blocked(c); n++)
		more = c->http.state == HTTP_IN_HEAD ? http_head(c) :
		    http_body(c);
	if (c->dead || c->closing)
		return;
	if (c->http.state == HTTP_STREAM)	/* it has nothing to say */
		evbuffer_drain(in, evbuffer_get_length(in));
	c->more = more && (evbuffer_get_length(in) > 0 ||
	    c->http.state == HTTP_IN_BODY);
}

static int
http_begun(const struct conn *c)
{
	return (c->http.state == HTTP_IN_BODY ||
	    (c->http.state == HTTP_IN_HEAD && c->http.scan.pos > 0));
}

static int
http_first(const struct conn *c)
{
	return (c->http.asked);
}

static int
http_busy(const struct conn *c)
{
	if (c->http.state == HTTP_STREAM)
		return (!c->eof);
	return (c->http.state == HTTP_RUNNING);
}

/* Of what conn.c finds wrong. */
static void
http_late(struct conn *c, int outcome, const char *text)
{
	if (outcome == OUT_TIMEOUT)
		http_break(c, 408, too_late);
	else
		http_break(c, 429, text);
}

static void
http_expired(struct conn *c)
{
	if (c->http.state == HTTP_STREAM)
		c->closing = 1;
}

static void
http_gone(struct conn *c)
{
	if (c->http.route != NULL && c->http.route->gone != NULL)
		c->http.route->gone(c);
	c->http.route = NULL;
}

void
http_done(struct conn *c)
{
	if (c->dead)
		return;
	http_gone(c);
	auth_nobody(c);
	c->http.state = HTTP_IN_HEAD;
	c->renew = 1;			/* the next has its own time */
	c->http.origin[0] = '\0';
	if (!c->http.keep)
		c->closing = 1;
	if (c->inside)
		return;
	c->client.secret = 0;		/* http_run does it for its own */
	conn_schedule(c);
}

const struct conn_ops	 http_ops = {
	.work = http_work,
	.blocked = http_blocked,
	.begun = http_begun,
	.first = http_first,
	.busy = http_busy,
	.refuse = http_late,
	.expired = http_expired,
	.gone = http_gone,
	.idle_seconds = IDLE_HTTP_SECONDS,
};
