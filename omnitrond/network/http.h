/*
 * HTTP/1.1 on a connection: one request after the other, each answered before
 * the next is looked at.
 */
#ifndef OMNITROND_NETWORK_HTTP_H
#define OMNITROND_NETWORK_HTTP_H

#include "omnitrond/network/http_parse.h"
#include "omnitrond/rpc/client.h"

struct conn;
struct conn_ops;
struct netron;
struct route;
struct sse;

#define HTTP_ORIGIN_SIZE 256u	/* "https://" and a name of the DNS */

enum http_state {
	HTTP_IN_HEAD,		/* of the next request */
	HTTP_IN_BODY,
	HTTP_RUNNING,		/* it is carried out */
	HTTP_STREAM		/* it is answered for ever: GET /events */
};

struct http {
	enum http_state	 state;
	struct http_scan scan;
	const struct route *route;	/* NULL: it is refused */
	int64_t		 left;		/* bytes of the body to come */
	int		 status;	/* it is refused with, after its body */
	const char	*why;
	int		 asked;		/* a request was whole */
	int		 keep;		/* go on after the answer */
	char		 origin[HTTP_ORIGIN_SIZE];	/* that may see it, or "" */
	uint64_t	 after;		/* Last-Event-ID */
	int		 resumes;	/* it has one */
	struct netron	*netron;	/* what it asks, if it is of netron */
	struct sse	*sse;
};

extern const struct conn_ops http_ops;

/* client->send: what belongs to no request is not for HTTP. */
void	 http_send(struct client *, const char *, size_t);
/* The request was answered: go on with the next. */
void	 http_done(struct conn *);

/* http_out.c: what can be in a response. */
struct http_response {
	int		 status;
	const char	*type;		/* of the body, NULL: there is none */
	const char	*extra;		/* further fields, each with its CRLF */
	const char	*body;
	size_t		 len;
	int		 endless;	/* the body follows, till it is closed */
};

/* Write it; the request ends with it, unless it is endless. */
void	 http_respond(struct conn *, const struct http_response *);
/* An answer that is an error, in the form that its route has. */
void	 http_fail(struct conn *, int status, const char *text);
/* With a body of JSON. */
void	 http_json(struct conn *, int status, const char *, size_t);

#endif /* OMNITROND_NETWORK_HTTP_H */
