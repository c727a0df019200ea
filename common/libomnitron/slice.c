/*
 * Pieces of JSON text (slice.h).  In libomnitron; pure.
 *
 * common/json_scan.h sees to characters, escapes and depth; here is only
 * the grammar, so that what passes both is JSON.
 */
#include <string.h>

#include "common/json_number.h"
#include "common/json_scan.h"
#include "common/libomnitron/slice.h"

/* What the daemon may answer; no value of ours is larger. */
static const struct json_limits slice_limits = {
	.max = (size_t)64 * 1024 * 1024, .depth = 32,
	.tokens = (size_t)8 * 1024 * 1024
};

/* The skip functions return what is behind, or NULL for a syntax error. */
static char	*slice_skip(char *, char *);

static char *
slice_space(char *p, char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' ||
	    *p == '\r'))
		p++;
	return (p);
}

static char *
slice_skip_string(char *p, char *end)
{
	char	*quote = NULL, *escape;

	for (p++; p < end; p = escape + 2) {
		if ((quote == NULL || quote < p) && (quote = memchr(p, '"',
		    (size_t)(end - p))) == NULL)
			return (NULL);
		escape = memchr(p, '\\', (size_t)(quote - p));
		if (escape == NULL)
			return (quote + 1);
	}
	return (NULL);
}

static char *
slice_skip_word(char *p, char *end, const char *word)
{
	size_t	 len = strlen(word);

	if ((size_t)(end - p) < len || memcmp(p, word, len) != 0)
		return (NULL);
	return (p + len);
}

static char *
slice_digits(char *p, char *end)
{
	char	*start = p;

	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return (p == start ? NULL : p);
}

static char *
slice_skip_number(char *p, char *end)
{
	if (*p == '-')
		p++;
	if (p < end && *p == '0')
		p++;
	else if ((p = slice_digits(p, end)) == NULL)
		return (NULL);
	if (p < end && *p == '.' && (p = slice_digits(p + 1, end)) == NULL)
		return (NULL);
	if (p == end || (*p != 'e' && *p != 'E'))
		return (p);
	p++;
	if (p < end && (*p == '+' || *p == '-'))
		p++;
	return (slice_digits(p, end));
}

/* A key and its colon. */
static char *
slice_skip_key(char *p, char *end)
{
	if (p == end || *p != '"' || (p = slice_skip_string(p, end)) == NULL)
		return (NULL);
	p = slice_space(p, end);
	return (p < end && *p == ':' ? slice_space(p + 1, end) : NULL);
}

/* Recursion is as deep as the scan has let it be. */
static char *
slice_skip_container(char *p, char *end, int object)
{
	char	 close = object ? '}' : ']';

	p = slice_space(p + 1, end);
	if (p < end && *p == close)
		return (p + 1);
	for (;;) {
		if (object && (p = slice_skip_key(p, end)) == NULL)
			return (NULL);
		if ((p = slice_skip(p, end)) == NULL)
			return (NULL);
		p = slice_space(p, end);
		if (p == end)
			return (NULL);
		if (*p == close)
			return (p + 1);
		if (*p != ',')
			return (NULL);
		p = slice_space(p + 1, end);
	}
}

static char *
slice_skip(char *p, char *end)
{
	if (p == end)
		return (NULL);
	switch (*p) {
	case '{':
	case '[':
		return (slice_skip_container(p, end, *p == '{'));
	case '"':
		return (slice_skip_string(p, end));
	case 't':
		return (slice_skip_word(p, end, "true"));
	case 'f':
		return (slice_skip_word(p, end, "false"));
	case 'n':
		return (slice_skip_word(p, end, "null"));
	default:
		return (slice_skip_number(p, end));
	}
}

const char *
slice_scan(char *text, size_t len, struct slice *value)
{
	struct json_counts	 n;
	const char		*why;
	char			*end = text + len;

	if ((why = json_scan(text, len, &slice_limits, &n)) != NULL)
		return (why);
	value->p = slice_space(text, end);
	while (end > value->p && slice_space(end - 1, end) == end)
		end--;
	value->len = (size_t)(end - value->p);
	return (value->len > 0 ? NULL : "syntax error");
}

const char *
slice_check(char *text, size_t len, struct slice *value)
{
	const char	*why;

	if ((why = slice_scan(text, len, value)) != NULL)
		return (why);
	if (slice_skip(value->p, value->p + value->len) !=
	    value->p + value->len)
		return ("syntax error");
	return (NULL);
}

int
slice_begin(struct slice v, struct slice_walk *w)
{
	if (v.p == NULL || (*v.p != '{' && *v.p != '['))
		return (-1);
	w->object = *v.p == '{';
	w->first = 1;
	w->p = v.p;
	w->end = v.p + v.len;
	return (0);
}

/* To where a member begins: 1, or 0 the end, or -1. */
static int
slice_step(struct slice_walk *w)
{
	char	*p = slice_space(w->p, w->end);
	int	 first = w->first, comma;

	if (first)
		p = slice_space(p + 1, w->end);
	w->first = 0;
	if (p == w->end)
		return (-1);
	if (*p == (w->object ? '}' : ']'))
		return (p + 1 == w->end ? 0 : -1);
	comma = *p == ',';
	if (first == comma)
		return (-1);
	w->p = comma ? slice_space(p + 1, w->end) : p;
	return (w->p < w->end ? 1 : -1);
}

int
slice_next(struct slice_walk *w, struct slice *key, struct slice *value)
{
	char	*p;
	int	 rv;

	key->p = NULL;
	key->len = 0;
	if ((rv = slice_step(w)) != 1)
		return (rv);
	value->p = w->p;
	if (w->object) {
		if ((value->p = slice_skip_key(w->p, w->end)) == NULL)
			return (-1);
		key->p = w->p;
		key->len = (size_t)(slice_skip_string(w->p, w->end) - w->p);
	}
	if ((p = slice_skip(value->p, w->end)) == NULL)
		return (-1);
	value->len = (size_t)(p - value->p);
	w->p = p;
	return (1);
}

struct slice
slice_member(struct slice object, const char *name)
{
	struct slice_walk	 w;
	struct slice		 key, value, none = { NULL, 0 };

	if (object.p == NULL || *object.p != '{' ||
	    slice_begin(object, &w) == -1)
		return (none);
	while (slice_next(&w, &key, &value) == 1)
		if (slice_equal(key, name))
			return (value);
	return (none);
}

/* ---- strings ------------------------------------------------------------ */

static uint32_t
slice_hex(const char *p)
{
	uint32_t	 v = 0;
	int		 i;

	for (i = 0; i < 4; i++)
		v = v * 16 + (uint32_t)(p[i] <= '9' ? p[i] - '0' :
		    (p[i] | 0x20) - 'a' + 10);
	return (v);
}

/* At "uXXXX": the character's bytes; returns what was read. */
static size_t
slice_unicode(const char *p, char *out, size_t *n)
{
	uint32_t	 c = slice_hex(p + 1);
	size_t		 used = 5;

	if (c >= 0xd800 && c <= 0xdbff) {
		c = 0x10000 + ((c - 0xd800) << 10) +
		    (slice_hex(p + 7) - 0xdc00);
		used = 11;
	}
	*n = 0;
	if (c < 0x80)
		out[(*n)++] = (char)c;
	else if (c < 0x800)
		out[(*n)++] = (char)(0xc0 | c >> 6);
	else if (c < 0x10000) {
		out[(*n)++] = (char)(0xe0 | c >> 12);
		out[(*n)++] = (char)(0x80 | (c >> 6 & 0x3f));
	} else {
		out[(*n)++] = (char)(0xf0 | c >> 18);
		out[(*n)++] = (char)(0x80 | (c >> 12 & 0x3f));
		out[(*n)++] = (char)(0x80 | (c >> 6 & 0x3f));
	}
	if (c >= 0x80)
		out[(*n)++] = (char)(0x80 | (c & 0x3f));
	return (used);
}

/* One character at p: its bytes; returns what was read. */
static size_t
slice_char(const char *p, char *out, size_t *n)
{
	static const char	 from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char		*at;

	if (*p != '\\') {
		*n = 1;
		out[0] = *p;
		return (1);
	}
	if (p[1] == 'u')
		return (1 + slice_unicode(p + 1, out, n));
	*n = 1;
	at = strchr(from, p[1]);
	out[0] = at != NULL ? to[at - from] : p[1];
	return (2);
}

int
slice_equal(struct slice s, const char *text)
{
	const char	*p = s.p + 1, *end = s.p + s.len - 1;
	char		 c[4];
	size_t		 n;

	while (p < end) {
		p += slice_char(p, c, &n);
		if (strncmp(text, c, n) != 0)
			return (0);
		text += n;
	}
	return (*text == '\0');
}

char *
slice_unquote(struct slice s)
{
	const char	*p = s.p + 1, *end = s.p + s.len - 1;
	const char	*escape;
	char		*out = s.p, c[4];
	size_t		 n;

	while (p < end) {
		escape = memchr(p, '\\', (size_t)(end - p));
		n = (size_t)((escape != NULL ? escape : end) - p);
		memmove(out, p, n);
		out += n;
		if ((p += n) == end)
			break;
		p += slice_char(p, c, &n);
		memcpy(out, c, n);
		out += n;
	}
	*out = '\0';
	return (s.p);
}

int
slice_int(struct slice s, int64_t *v)
{
	if (s.p == NULL || (*s.p != '-' && (*s.p < '0' || *s.p > '9')))
		return (-1);
	return (json_number_int(s.p, s.len, v));
}

char *
slice_end(struct slice s)
{
	if (s.p != NULL)
		s.p[s.len] = '\0';
	return (s.p);
}
