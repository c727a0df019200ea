/*
 * The head of an HTTP request.  In the network process; touches only memory,
 * and what it reads is hostile.
 *
 * Refused is what has been used to make two readers of one connection see
 * different requests: line ends other than CRLF, folded lines, blanks before
 * a colon, NUL and other controls, two lengths, two hosts, any
 * Transfer-Encoding, a length that is not digits alone, targets that are not
 * a path.
 */
#include <string.h>
#include <strings.h>

#include "omnitrond/network/http_parse.h"

enum field_id {
	FIELD_HOST, FIELD_LENGTH, FIELD_AUTHORIZATION, FIELD_ORIGIN,
	FIELD_TYPE, FIELD_EXPECT, FIELD_EVENT_ID, FIELD_CONNECTION,
	FIELD_ENCODING, FIELD_MAX
};

/* Of these there may be one, but for Connection, which is a list. */
static const char *const field_names[FIELD_MAX] = {
	[FIELD_HOST] = "Host",
	[FIELD_LENGTH] = "Content-Length",
	[FIELD_AUTHORIZATION] = "Authorization",
	[FIELD_ORIGIN] = "Origin",
	[FIELD_TYPE] = "Content-Type",
	[FIELD_EXPECT] = "Expect",
	[FIELD_EVENT_ID] = "Last-Event-ID",
	[FIELD_CONNECTION] = "Connection",
	[FIELD_ENCODING] = "Transfer-Encoding",
};

enum http_found
http_scan(struct http_scan *s, const char *p, size_t len)
{
	char	 c;

	while (s->pos < len) {
		if (s->pos >= HTTP_HEAD_MAX)
			return (HTTP_LARGE);
		c = p[s->pos++];
		if (c == '\0' || (c == '\n') != s->cr)
			return (HTTP_BAD);
		if (c == '\n') {
			s->cr = 0;
			if (s->line == 0)
				return (s->pos == 2 ? HTTP_BAD : HTTP_HEAD);
			s->line = 0;
		} else if (c == '\r')
			s->cr = 1;
		else
			s->line++;
	}
	return (s->pos >= HTTP_HEAD_MAX ? HTTP_LARGE : HTTP_MORE);
}

int
http_span_is(const struct http_span *s, const char *text)
{
	return (s->p != NULL && s->len == strlen(text) &&
	    strncasecmp(s->p, text, s->len) == 0);
}

static int
is_letter_or_digit(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9'));
}

/* tchar of RFC 9110, 5.6.2: of methods and names of fields. */
static int
is_token(char c)
{
	return (c != '\0' && (is_letter_or_digit(c) ||
	    strchr("!#$%&'*+-.^_`|~", c) != NULL));
}

static int
is_blank(char c)
{
	return (c == ' ' || c == '\t');
}

/* What may stand in a value: no controls; bytes above ASCII may. */
static int
is_value(char c)
{
	return (is_blank(c) || ((unsigned char)c > 0x20 && c != 0x7f));
}

/* Take what is before the character; 0: it is not there. */
static int
take_until(const char **p, const char *end, char c, struct http_span *s)
{
	const char	*at = memchr(*p, c, (size_t)(end - *p));

	if (at == NULL)
		return (0);
	s->p = *p;
	s->len = (size_t)(at - *p);
	*p = at + 1;
	return (1);
}

static int
read_method(const struct http_span *s, enum http_method *method)
{
	static const struct {
		const char	*name;
		enum http_method method;
	} known[] = {
		{ "GET", HTTP_GET }, { "POST", HTTP_POST },
		{ "OPTIONS", HTTP_OPTIONS },
	};
	size_t	 i;

	if (s->len == 0)
		return (400);
	for (i = 0; i < s->len; i++)
		if (!is_token(s->p[i]))
			return (400);
	*method = HTTP_OTHER;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (s->len == strlen(known[i].name) &&
		    memcmp(s->p, known[i].name, s->len) == 0)
			*method = known[i].method;
	return (0);
}

/* origin-form only: what a proxy would be asked is none of ours. */
static int
read_target(struct http_request *r, const struct http_span *s)
{
	const char	*mark;
	size_t		 i;

	if (s->len == 0 || s->p[0] != '/')
		return (400);
	for (i = 0; i < s->len; i++)
		if (s->p[i] <= 0x20 || s->p[i] >= 0x7f || s->p[i] == '#')
			return (400);
	r->path = *s;
	if ((mark = memchr(s->p, '?', s->len)) != NULL) {
		r->path.len = (size_t)(mark - s->p);
		r->query.p = mark + 1;
		r->query.len = s->len - r->path.len - 1;
	}
	return (0);
}

static int
read_version(const char *p, size_t len)
{
	if (len != 8 || memcmp(p, "HTTP/", 5) != 0 || p[5] < '0' ||
	    p[5] > '9' || p[6] != '.' || p[7] < '0' || p[7] > '9')
		return (400);
	return (memcmp(p + 5, "1.1", 3) == 0 ? 0 : 505);
}

static int
read_first(struct http_request *r, const char *p, const char *end)
{
	struct http_span	 method, target;
	int			 status;

	if (!take_until(&p, end, ' ', &method) ||
	    !take_until(&p, end, ' ', &target))
		return (400);
	if ((status = read_method(&method, &r->method)) == 0 &&
	    (status = read_target(r, &target)) == 0)
		status = read_version(p, (size_t)(end - p));
	return (status);
}

/* uri-host and port, without a look at what they mean. */
static int
read_host(const struct http_span *v)
{
	size_t	 i;

	if (v->len == 0)
		return (400);
	for (i = 0; i < v->len; i++)
		if (!is_letter_or_digit(v->p[i]) &&
		    strchr("-._~:[]%", v->p[i]) == NULL)
			return (400);
	return (0);
}

static int
read_length(struct http_request *r, const struct http_span *v)
{
	size_t	 i;

	if (v->len == 0)
		return (400);
	for (i = 0; i < v->len; i++)
		if (v->p[i] < '0' || v->p[i] > '9')
			return (400);
	if (v->len > HTTP_DIGITS_MAX)
		return (413);
	r->length = 0;
	for (i = 0; i < v->len; i++)
		r->length = 10 * r->length + (v->p[i] - '0');
	return (0);
}

/* Only `close' is of interest: to keep it open is the default. */
static void
read_connection(struct http_request *r, const struct http_span *v)
{
	struct http_span	 word = { NULL, 0 };
	size_t			 i;

	for (i = 0; i <= v->len; i++) {
		if (i < v->len && v->p[i] != ',' && !is_blank(v->p[i])) {
			if (word.len++ == 0)
				word.p = v->p + i;
			continue;
		}
		if (word.len > 0 && http_span_is(&word, "close"))
			r->close = 1;
		word.len = 0;
	}
}

static int
read_value(struct http_request *r, enum field_id id,
    const struct http_span *v)
{
	switch (id) {
	case FIELD_HOST:
		r->host = *v;
		return (read_host(v));
	case FIELD_LENGTH:
		return (read_length(r, v));
	case FIELD_AUTHORIZATION:
		r->authorization = *v;
		return (0);
	case FIELD_ORIGIN:
		r->origin = *v;
		return (0);
	case FIELD_TYPE:
		r->content_type = *v;
		return (0);
	case FIELD_EXPECT:
		r->expects = http_span_is(v, "100-continue");
		return (r->expects ? 0 : 417);
	case FIELD_EVENT_ID:
		r->last_event_id = *v;
		return (0);
	case FIELD_CONNECTION:
		read_connection(r, v);
		return (0);
	case FIELD_ENCODING:
	case FIELD_MAX:
		break;
	}
	return (400);
}

/* name ":" blanks value blanks */
static int
read_field(struct http_request *r, const char *p, const char *end,
    unsigned *seen)
{
	struct http_span	 name, v;
	size_t			 i;
	int			 id;

	if (!take_until(&p, end, ':', &name) || name.len == 0)
		return (400);
	for (i = 0; i < name.len; i++)
		if (!is_token(name.p[i]))
			return (400);	/* also a blank: a folded line */
	while (p < end && is_blank(*p))
		p++;
	while (end > p && is_blank(end[-1]))
		end--;
	v.p = p;
	v.len = (size_t)(end - p);
	for (i = 0; i < v.len; i++)
		if (!is_value(v.p[i]))
			return (400);
	for (id = 0; id < FIELD_MAX; id++)
		if (http_span_is(&name, field_names[id]))
			break;
	if (id == FIELD_MAX)
		return (0);
	if ((*seen & 1u << id) && id != FIELD_CONNECTION)
		return (400);
	*seen |= 1u << id;
	return (read_value(r, id, &v));
}

/* What the fields say together. */
static int
read_whole(const struct http_request *r, unsigned seen)
{
	if ((seen & 1u << FIELD_HOST) == 0)
		return (400);
	if (r->length > (int64_t)HTTP_BODY_MAX)
		return (413);
	if (r->method == HTTP_POST)
		return (r->length == -1 ? 411 : 0);
	return (r->length > 0 && r->method != HTTP_OTHER ? 400 : 0);
}

int
http_parse(struct http_request *r, const char *p, size_t len)
{
	const char	*end = p + len, *nl;
	unsigned	 seen = 0, n = 0;
	int		 status;

	memset(r, 0, sizeof(*r));
	r->length = -1;
	if ((nl = memchr(p, '\n', len)) == NULL || nl == p)
		return (400);
	if ((status = read_first(r, p, nl - 1)) != 0)
		return (status);
	for (p = nl + 1; p < end; p = nl + 1) {
		if ((nl = memchr(p, '\n', (size_t)(end - p))) == NULL ||
		    nl == p)
			return (400);
		if (nl - p == 1)
			return (read_whole(r, seen));
		if (n++ == HTTP_FIELDS_MAX)
			return (431);
		if ((status = read_field(r, p, nl - 1, &seen)) != 0)
			return (status);
	}
	return (400);
}
