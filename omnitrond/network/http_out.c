/*
 * Responses of HTTP.  In the network process.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/jsonw.h"
#include "omnitrond/network/conn.h"
#include "omnitrond/network/http.h"
#include "omnitrond/network/network.h"
#include "omnitrond/network/route.h"
#include "omnitrond/rpc/reply.h"

#define HEAD_SIZE	1536	/* more than all fields that there can be */

/* Nothing of it is for a browser to show, to keep, or to frame. */
static const char	 secure[] =
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cache-Control: no-store\r\n";

static const struct {
	int		 status;
	const char	*name;
	enum outcome	 outcome;	/* as which it is an error of JSON-RPC */
} statuses[] = {
	{ 200, "OK", OUT_OK },
	{ 204, "No Content", OUT_OK },
	{ 400, "Bad Request", OUT_INVALID },
	{ 401, "Unauthorized", OUT_UNAUTHORIZED },
	{ 403, "Forbidden", OUT_FORBIDDEN },
	{ 404, "Not Found", OUT_NOT_FOUND },
	{ 405, "Method Not Allowed", OUT_INVALID },
	{ 408, "Request Timeout", OUT_TIMEOUT },
	{ 409, "Conflict", OUT_CONFLICT },
	{ 411, "Length Required", OUT_INVALID },
	{ 413, "Content Too Large", OUT_INVALID },
	{ 417, "Expectation Failed", OUT_INVALID },
	{ 429, "Too Many Requests", OUT_LIMITED },
	{ 431, "Request Header Fields Too Large", OUT_INVALID },
	{ 500, "Internal Server Error", OUT_FAILED },
	{ 503, "Service Unavailable", OUT_UNAVAILABLE },
	{ 505, "HTTP Version Not Supported", OUT_INVALID },
};

#define HTTP_STATUSES	(sizeof(statuses) / sizeof(statuses[0]))

static size_t
status_find(int status)
{
	size_t	 i;

	for (i = 0; i < HTTP_STATUSES; i++)
		if (statuses[i].status == status)
			return (i);
	return (status_find(500));
}

/* Of this second, as RFC 9110 has it, in any locale. */
static const char *
http_date(struct network *nw)
{
	static const char	 days[] = "SunMonTueWedThuFriSat";
	static const char	 months[] =
				    "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t			 now = wall_ms() / 1000;
	struct tm		 tm;

	if (nw->date_s == now || gmtime_r(&now, &tm) == NULL)
		return (nw->date);
	nw->date_s = now;
	snprintf(nw->date, sizeof(nw->date),
	    "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", days + 3 * tm.tm_wday,
	    tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
	return (nw->date);
}

/* Fields that follow from the status. */
static const char *
http_status_fields(const struct conn *c, int status)
{
	const struct route	*route = c->http.route;

	switch (status) {
	case 401:
		return ("WWW-Authenticate: Bearer realm=\"omnitron\"\r\n");
	case 405:
		if (route == NULL)
			return ("Allow: GET, POST, OPTIONS\r\n");
		return (route->method == HTTP_GET ? "Allow: GET, OPTIONS\r\n" :
		    "Allow: POST, OPTIONS\r\n");
	case 429:
		return ("Retry-After: 5\r\n");
	}
	return ("");
}

/* A page of that origin may read it, and no cache may mix origins up. */
static int
http_origin_fields(const struct conn *c, char *buf, size_t size)
{
	if (c->http.origin[0] == '\0')
		return (snprintf(buf, size, "Vary: Origin\r\n"));
	return (snprintf(buf, size, "Access-Control-Allow-Origin: %s\r\n"
	    "Vary: Origin\r\n", c->http.origin));
}

void
http_respond(struct conn *c, const struct http_response *r)
{
	char	 head[HEAD_SIZE], origin[HTTP_ORIGIN_SIZE + 64], length[64];
	int	 n;

	length[0] = '\0';
	http_origin_fields(c, origin, sizeof(origin));
	if (r->endless)
		c->http.keep = 0;
	else if (r->status != 204)
		snprintf(length, sizeof(length), "Content-Length: %zu\r\n",
		    r->len);
	n = snprintf(head, sizeof(head), "HTTP/1.1 %d %s\r\nDate: %s\r\n"
	    "%s%s%s%s%s%s%s%s%s%s%s\r\n", r->status,
	    statuses[status_find(r->status)].name, http_date(c->network),
	    r->type != NULL ? "Content-Type: " : "",
	    r->type != NULL ? r->type : "", r->type != NULL ? "\r\n" : "",
	    length, c->http.keep ? "" : "Connection: close\r\n", secure,
	    c->tls ? "Strict-Transport-Security: max-age=31536000\r\n" : "",
	    origin, http_status_fields(c, r->status),
	    r->extra != NULL ? r->extra : "", "");
	if (n < 0 || (size_t)n >= sizeof(head)) {
		conn_drop(c);		/* cannot be: HEAD_SIZE is enough */
		return;
	}
	/*
	 * The reply being sent may be as large as it is: requests are done one
	 * by one, and none while more than UNSENT_PAUSE waits.
	 */
	if (!r->endless)
		c->head_end = c->put + (uint64_t)n + r->len;
	conn_put(c, head, (size_t)n);
	if (r->len > 0)
		conn_put(c, r->body, r->len);
	if (!r->endless)
		http_done(c);
}

void
http_json(struct conn *c, int status, const char *text, size_t len)
{
	struct http_response	 r = {
		.status = status,
		.type = "application/json",
		.body = text,
		.len = len,
	};

	http_respond(c, &r);
}

/* What a browser asks before it lets a page ask. */
static void
http_preflight(struct conn *c)
{
	struct http_response	 r = {
		.status = 204,
		.extra = "Access-Control-Allow-Methods: GET, POST, OPTIONS\r\n"
		    "Access-Control-Allow-Headers: Content-Type, "
		    "Authorization\r\nAccess-Control-Max-Age: 86400\r\n",
	};

	http_respond(c, &r);
}

static void
fail_rpc(struct jsonw *w, int status, const char *text)
{
	enum outcome	 out = statuses[status_find(status)].outcome;
	int		 number = out == OUT_INVALID || out == OUT_TIMEOUT ?
			    RPC_INVALID : outcome_number(out);

	jsonw_kstring(w, "jsonrpc", "2.0");
	jsonw_knull(w, "id");
	jsonw_key(w, "error");
	jsonw_object(w);
	jsonw_kint(w, "code", number);
	jsonw_kstring(w, "message", text);
	jsonw_key(w, "data");
	jsonw_object(w);
	jsonw_kstring(w, "code", fault_code(number));
	jsonw_end(w);
	jsonw_end(w);
}

static void
fail_netron(struct jsonw *w, int status, const char *text)
{
	char	 code[16];

	snprintf(code, sizeof(code), "%d", status);
	jsonw_kstring(w, "id", "");
	jsonw_kbool(w, "success", 0);
	jsonw_key(w, "error");
	jsonw_object(w);
	jsonw_kstring(w, "code", code);
	jsonw_kstring(w, "message", text);
	jsonw_end(w);
}

static void
fail_plain(struct jsonw *w, int status, const char *text)
{
	jsonw_key(w, "error");
	jsonw_object(w);
	jsonw_kint(w, "status", status);
	jsonw_kstring(w, "message", text);
	jsonw_end(w);
}

void
http_fail(struct conn *c, int status, const char *text)
{
	static void (*const	 forms[])(struct jsonw *, int, const char *) = {
		[FORM_PLAIN] = fail_plain,
		[FORM_RPC] = fail_rpc,
		[FORM_NETRON] = fail_netron,
	};
	enum route_form		 form = c->http.route != NULL ?
				    c->http.route->form : FORM_PLAIN;
	struct jsonw		 w;

	if (status == 204) {
		http_preflight(c);
		return;
	}
	jsonw_init(&w, 0);
	jsonw_object(&w);
	forms[form](&w, status, text);
	jsonw_end(&w);
	if (jsonw_done(&w) == -1)
		conn_drop(c);
	else
		http_json(c, status, w.buf, w.len);
	jsonw_free(&w);
}
