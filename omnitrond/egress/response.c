/*
 * Reading an HTTP/1.x response.  Egress process; pure.
 *
 *	status line, headers: lines that end with CR LF, or LF alone as
 *	RFC 9112 2.2 allows a reader to take it; no other CR, no NUL, no
 *	folding.  A 1xx is followed by another status line.
 *	body: by chunks, by Content-Length, or up to the end; both of the
 *	first, or lengths that differ, are an error.
 *
 * What is wrong is said in words that fit behind the name of a check.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/egress/response.h"

void
response_init(struct response *r, int head_only)
{
	memset(r, 0, sizeof(*r));
	r->head_only = head_only;
	if (!head_only)
		r->body = xmalloc(RESPONSE_BODY_MAX);
}

void
response_free(struct response *r)
{
	free(r->body);
	r->body = NULL;
}

static void
response_bad(struct response *r, const char *why)
{
	r->state = RESPONSE_BAD;
	r->why = why;
}

/* ---- lines -------------------------------------------------------------- */

/* "HTTP/1.1 200 OK" */
static void
response_status(struct response *r)
{
	const char	*s = r->line;

	if (strncmp(s, "HTTP/1.", 7) != 0 || (s[7] != '0' && s[7] != '1') ||
	    s[8] != ' ' || s[9] < '1' || s[9] > '9' ||
	    !isdigit((unsigned char)s[10]) || !isdigit((unsigned char)s[11]) ||
	    (s[12] != ' ' && s[12] != '\0')) {
		response_bad(r, "not an HTTP answer");
		return;
	}
	r->status = (s[9] - '0') * 100 + (s[10] - '0') * 10 + (s[11] - '0');
	r->has_length = r->chunked = 0;
	r->left = 0;
	r->state = RESPONSE_HEADER;
}

static void
response_length(struct response *r, const char *value)
{
	const char	*why;
	uint64_t	 n;

	n = (uint64_t)strtonum(value, 0, INT64_MAX, &why);
	if (why != NULL || !isdigit((unsigned char)value[0]))
		response_bad(r, "bad Content-Length");
	else if (r->has_length && r->left != n)
		response_bad(r, "two Content-Lengths that differ");
	else {
		r->has_length = 1;
		r->left = n;
	}
}

static void
response_header(struct response *r)
{
	char	*value, *end;

	if ((value = strchr(r->line, ':')) == NULL || value == r->line ||
	    strcspn(r->line, " \t") < (size_t)(value - r->line)) {
		response_bad(r, "bad header");
		return;
	}
	*value++ = '\0';
	value += strspn(value, " \t");
	for (end = value + strlen(value); end > value &&
	    (end[-1] == ' ' || end[-1] == '\t'); )
		*--end = '\0';
	if (strcasecmp(r->line, "Content-Length") == 0)
		response_length(r, value);
	else if (strcasecmp(r->line, "Transfer-Encoding") == 0) {
		if (r->chunked || strcasecmp(value, "chunked") != 0)
			response_bad(r, "unknown Transfer-Encoding");
		r->chunked = 1;
	}
}

/* The empty line: what follows depends on what was said. */
static void
response_body(struct response *r)
{
	if (r->chunked && r->has_length)
		response_bad(r, "Content-Length beside chunks");
	else if (r->status < 200) {
		if (++r->interim > RESPONSE_INTERIM_MAX || r->status == 101)
			response_bad(r, "no answer but interim ones");
		else
			r->state = RESPONSE_STATUS;
	} else if (r->head_only || r->status == 204 || r->status == 304 ||
	    (r->has_length && r->left == 0))
		r->state = RESPONSE_DONE;
	else
		r->state = r->chunked ? RESPONSE_CHUNK :
		    r->has_length ? RESPONSE_LENGTH : RESPONSE_CLOSE;
}

/* "1a3", perhaps with an extension behind a semicolon. */
static void
response_chunk(struct response *r)
{
	const char	*s = r->line;
	int		 digits = 0;

	r->left = 0;
	for (; isxdigit((unsigned char)*s); s++, digits++)
		r->left = r->left * 16 + (uint64_t)(isdigit((unsigned char)*s) ?
		    *s - '0' : tolower((unsigned char)*s) - 'a' + 10);
	s += strspn(s, " \t");
	if (digits == 0 || digits > 15 || (*s != '\0' && *s != ';'))
		response_bad(r, "bad chunk");
	else
		r->state = r->left == 0 ? RESPONSE_TRAILER : RESPONSE_DATA;
}

static void
response_line(struct response *r)
{
	switch (r->state) {
	case RESPONSE_STATUS:
		response_status(r);
		break;
	case RESPONSE_HEADER:
		if (r->line[0] == '\0')
			response_body(r);
		else
			response_header(r);
		break;
	case RESPONSE_CHUNK:
		response_chunk(r);
		break;
	case RESPONSE_DATA_END:
		if (r->line[0] != '\0')
			response_bad(r, "bad chunk");
		else
			r->state = RESPONSE_CHUNK;
		break;
	case RESPONSE_TRAILER:
		if (r->line[0] == '\0')
			r->state = RESPONSE_DONE;
		break;
	default:
		break;
	}
}

/* One byte of a line. */
static void
response_char(struct response *r, char c)
{
	int	 cr = r->len > 0 && r->line[r->len - 1] == '\r';

	if (++r->head > RESPONSE_HEAD_MAX || r->len == RESPONSE_LINE_MAX - 1)
		response_bad(r, "headers too large");
	else if (c == '\n') {
		r->line[r->len - (size_t)cr] = '\0';
		r->len = 0;
		response_line(r);
	} else if (cr || c == '\0')
		response_bad(r, "a bad character in a header");
	else
		r->line[r->len++] = c;
}

/* ---- body --------------------------------------------------------------- */

static void
response_keep(struct response *r, const char *p, size_t n)
{
	size_t	 room = RESPONSE_BODY_MAX - r->nbody;

	if (n > room) {
		r->cut = 1;
		n = room;
	}
	memcpy(r->body + r->nbody, p, n);
	r->nbody += n;
	/* no more is wanted than is kept */
	if (r->cut)
		r->state = RESPONSE_DONE;
}

/* How much of it was body. */
static size_t
response_data(struct response *r, const char *p, size_t n)
{
	if (r->state == RESPONSE_CLOSE) {
		response_keep(r, p, n);
		return (n);
	}
	if (n > r->left)
		n = (size_t)r->left;
	r->left -= n;
	response_keep(r, p, n);
	if (r->left == 0 && r->state == RESPONSE_LENGTH)
		r->state = RESPONSE_DONE;
	else if (r->left == 0 && r->state == RESPONSE_DATA) {
		r->state = RESPONSE_DATA_END;
		r->head = 0;	/* the lines between are bounded one by one */
	}
	return (n);
}

void
response_feed(struct response *r, const char *p, size_t n)
{
	size_t	 took;

	while (n > 0) {
		switch (r->state) {
		case RESPONSE_DONE:
		case RESPONSE_BAD:
			return;
		case RESPONSE_LENGTH:
		case RESPONSE_CLOSE:
		case RESPONSE_DATA:
			took = response_data(r, p, n);
			break;
		default:
			response_char(r, *p);
			took = 1;
		}
		p += took;
		n -= took;
	}
}

void
response_end(struct response *r)
{
	if (r->state == RESPONSE_CLOSE)
		r->state = RESPONSE_DONE;
	else if (r->state == RESPONSE_STATUS && r->head == 0)
		response_bad(r, "closed without an answer");
	else if (r->state != RESPONSE_DONE && r->state != RESPONSE_BAD)
		response_bad(r, "closed within its answer");
}

int
response_contains(const struct response *r, const char *text)
{
	return (memmem(r->body, r->nbody, text, strlen(text)) != NULL);
}
