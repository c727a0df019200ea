/*
 * The head of an HTTP/1.1 request (RFC 9112), read strictly: what two readers
 * could understand differently is refused.  Pure: no memory is allocated and
 * no clock is looked at.
 */
#ifndef OMNITROND_NETWORK_HTTP_PARSE_H
#define OMNITROND_NETWORK_HTTP_PARSE_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

#define HTTP_HEAD_MAX	(16 * KIB)	/* request line and fields */
#define HTTP_FIELDS_MAX	64u		/* more than any client of ours sends */
#define HTTP_BODY_MAX	(1 * MIB)	/* a request (rpc.md) */
#define HTTP_DIGITS_MAX	18u		/* of a length: fits an int64_t */

enum http_method { HTTP_GET, HTTP_POST, HTTP_OPTIONS, HTTP_OTHER };

/* A part of the head, which it points into; p NULL: it is not there. */
struct http_span {
	const char	*p;
	size_t		 len;
};

struct http_request {
	enum http_method method;
	int		 close;		/* Connection: close */
	int		 expects;	/* Expect: 100-continue */
	int64_t		 length;	/* of the body, -1: not said */
	struct http_span path;		/* of the target, as it came */
	struct http_span query;
	struct http_span host;
	struct http_span origin;
	struct http_span authorization;
	struct http_span content_type;
	struct http_span last_event_id;
};

/* Where the head ends, looked for as bytes come in. */
struct http_scan {
	size_t		 pos;		/* so many were looked at */
	size_t		 line;		/* bytes of the line so far */
	int		 cr;		/* the last one was CR */
};

enum http_found { HTTP_MORE, HTTP_HEAD, HTTP_BAD, HTTP_LARGE };

/*
 * Look at the bytes that are new in p[0..len).  HEAD: the first scan->pos of
 * them are the head, its empty line included.  BAD: it holds a NUL, a CR or
 * LF that is not of a CRLF, or begins with an empty line.
 */
enum http_found	 http_scan(struct http_scan *, const char *p, size_t len);
/*
 * Read a whole head, which must outlive the request.  0, or the status that
 * it is refused with; after that nothing more of its connection can be
 * understood.  Methods other than those of the enum are read as OTHER.
 */
int		 http_parse(struct http_request *, const char *p, size_t len);
/* Is it this text?  Letters of any case. */
int		 http_span_is(const struct http_span *, const char *);

#endif /* OMNITROND_NETWORK_HTTP_PARSE_H */
