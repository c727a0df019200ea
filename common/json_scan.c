/*
 * The pre-scan in front of yajl: one pass that refuses what yajl would let
 * through (deep nesting, comments, NUL, invalid UTF-8, lone surrogates) and
 * counts what it will find.  Pure; in what reads JSON, and libomnitron.
 */
#include <stdint.h>
#include <string.h>

#include "common/json_scan.h"
#include "common/utf8.h"

#define EACH(c)		(UINT64_C(0x0101010101010101) * (c))
#define ZEROES(w)	(((w) - EACH(1)) & ~(w))

/* What a byte outside of strings is. */
enum json_class {
	CL_BAD,			/* has no place there */
	CL_SPACE,
	CL_WORD,		/* of a number, true, false, null */
	CL_QUOTE,
	CL_OPEN,
	CL_CLOSE,
	CL_COLON,
	CL_COMMA
};

static const unsigned char json_class[256] = {
	[' '] = CL_SPACE, ['\t'] = CL_SPACE, ['\n'] = CL_SPACE,
	['\r'] = CL_SPACE,
	['"'] = CL_QUOTE, ['{'] = CL_OPEN, ['['] = CL_OPEN,
	['}'] = CL_CLOSE, [']'] = CL_CLOSE, [':'] = CL_COLON,
	[','] = CL_COMMA,
	['0'] = CL_WORD, ['1'] = CL_WORD, ['2'] = CL_WORD, ['3'] = CL_WORD,
	['4'] = CL_WORD, ['5'] = CL_WORD, ['6'] = CL_WORD, ['7'] = CL_WORD,
	['8'] = CL_WORD, ['9'] = CL_WORD, ['-'] = CL_WORD, ['+'] = CL_WORD,
	['.'] = CL_WORD, ['E'] = CL_WORD,
	/* the letters of e, true, false, null */
	['a'] = CL_WORD, ['e'] = CL_WORD, ['f'] = CL_WORD, ['l'] = CL_WORD,
	['n'] = CL_WORD, ['r'] = CL_WORD, ['s'] = CL_WORD, ['t'] = CL_WORD,
	['u'] = CL_WORD,
};

struct json_cursor {
	const unsigned char	*p;
	const unsigned char	*end;
	const char		*why;	/* the first thing refused */
};

static int
json_scan_refuse(struct json_cursor *c, const char *why)
{
	c->why = why;
	return (-1);
}

/* Four hexadecimal digits behind \u, or -1. */
static int32_t
json_scan_hex(const unsigned char *p)
{
	int32_t	 v = 0;
	int	 i;

	for (i = 0; i < 4; i++) {
		if (p[i] >= '0' && p[i] <= '9')
			v = v * 16 + p[i] - '0';
		else if (p[i] >= 'a' && p[i] <= 'f')
			v = v * 16 + p[i] - 'a' + 10;
		else if (p[i] >= 'A' && p[i] <= 'F')
			v = v * 16 + p[i] - 'A' + 10;
		else
			return (-1);
	}
	return (v);
}

/* At a \u: step over it, and over the second half of a pair. */
static int
json_scan_unicode(struct json_cursor *c)
{
	int32_t	 v;

	if (c->end - c->p < 6 || (v = json_scan_hex(c->p + 2)) == -1)
		return (json_scan_refuse(c, "invalid escape"));
	if (v == 0)
		return (json_scan_refuse(c, "NUL in a string"));
	c->p += 6;
	if (v < 0xd800 || v > 0xdfff)
		return (0);
	if (v > 0xdbff || c->end - c->p < 6 || c->p[0] != '\\' ||
	    c->p[1] != 'u' || (v = json_scan_hex(c->p + 2)) < 0xdc00 ||
	    v > 0xdfff)
		return (json_scan_refuse(c, "lone surrogate"));
	c->p += 6;
	return (0);
}

/* At a backslash with something behind it. */
static int
json_scan_escape(struct json_cursor *c)
{
	switch (c->p[1]) {
	case 'u':
		return (json_scan_unicode(c));
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		c->p += 2;
		return (0);
	default:
		return (json_scan_refuse(c, "invalid escape"));
	}
}

static int
json_scan_special(struct json_cursor *c)
{
	size_t	 len;

	if (*c->p == '\\') {
		if (c->end - c->p < 2)
			return (json_scan_refuse(c, "syntax error"));
		return (json_scan_escape(c));
	}
	if (*c->p == 0)
		return (json_scan_refuse(c, "NUL in a string"));
	if (*c->p < 0x20)
		return (json_scan_refuse(c, "control character in a string"));
	if (*c->p < 0x80) {
		c->p++;
		return (0);
	}
	if ((len = utf8_sequence(c->p, (size_t)(c->end - c->p))) == 0)
		return (json_scan_refuse(c, "invalid UTF-8"));
	c->p += len;
	return (0);
}

/* Behind the opening quote: to behind the closing one. */
static int
json_scan_string(struct json_cursor *c)
{
	uint64_t	 v;

	while (c->p < c->end) {
		if (c->end - c->p >= 8) {
			memcpy(&v, c->p, sizeof(v));
			if (((v | (v - EACH(0x20)) | ZEROES(v ^ EACH('"')) |
			    ZEROES(v ^ EACH('\\'))) & EACH(0x80)) == 0) {
				c->p += 8;
				continue;
			}
		}
		if (*c->p == '"') {
			c->p++;
			return (0);
		}
		if (json_scan_special(c) == -1)
			return (-1);
	}
	return (json_scan_refuse(c, "syntax error"));
}

/* One token, of class cl. */
static int
json_scan_token(struct json_cursor *c, unsigned char cl, size_t *depth,
    const struct json_limits *lim, struct json_counts *n)
{
	const unsigned char	*start = c->p++;

	switch (cl) {
	case CL_QUOTE:
		n->values++;
		if (json_scan_string(c) == -1)
			return (-1);
		n->bytes += (size_t)(c->p - start) - 1;
		return (0);
	case CL_OPEN:
		n->values++;
		if (++*depth > lim->depth)
			return (json_scan_refuse(c, "nested too deeply"));
		return (0);
	case CL_CLOSE:
		if ((*depth)-- == 0)
			return (json_scan_refuse(c, "syntax error"));
		return (0);
	case CL_WORD:
		n->values++;
		while (c->p < c->end && json_class[*c->p] == CL_WORD)
			c->p++;
		return (0);
	case CL_COLON:
		n->keys++;
		return (0);
	case CL_COMMA:
		return (0);
	default:
		return (json_scan_refuse(c, *start == 0 ? "NUL byte" :
		    "syntax error"));
	}
}

const char *
json_scan(const char *text, size_t len, const struct json_limits *lim,
    struct json_counts *n)
{
	struct json_cursor	 c;
	size_t			 depth = 0;
	unsigned char		 cl;

	memset(n, 0, sizeof(*n));
	if (len > lim->max)
		return ("too large");
	c.p = (const unsigned char *)text;
	c.end = c.p + len;
	c.why = NULL;
	while (c.p < c.end) {
		if ((cl = json_class[*c.p]) == CL_SPACE) {
			c.p++;
			continue;
		}
		if (json_scan_token(&c, cl, &depth, lim, n) == -1)
			return (c.why);
		if (n->values > lim->tokens)
			return ("too many values");
	}
	if (depth != 0)
		return ("syntax error");
	/* Each key was counted as a string; a stray colon is yajl's to see. */
	n->values -= n->keys < n->values ? n->keys : n->values;
	return (NULL);
}
