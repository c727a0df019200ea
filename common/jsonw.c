/*
 * Writing JSON (common/jsonw.h).  In every process, the parent too: it calls
 * libc and utf8.c, nothing else.
 */
#include <float.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"
#include "common/utf8.h"

#define JSONW_FIRST	512	/* the first buffer: a small reply fits */

/* Repeats a byte in each of the eight of a word. */
#define EACH(c)		(UINT64_C(0x0101010101010101) * (c))
/* The high bit of each byte that is zero (and maybe of one behind it). */
#define ZEROES(w)	(((w) - EACH(1)) & ~(w))

/* What stands behind the backslash; 'u' means \u00XX, 0 means as it is. */
static const char jsonw_escape[256] = {
	[0x00] = 'u', [0x01] = 'u', [0x02] = 'u', [0x03] = 'u', [0x04] = 'u',
	[0x05] = 'u', [0x06] = 'u', [0x07] = 'u', [0x08] = 'b', [0x09] = 't',
	[0x0a] = 'n', [0x0b] = 'u', [0x0c] = 'f', [0x0d] = 'r', [0x0e] = 'u',
	[0x0f] = 'u', [0x10] = 'u', [0x11] = 'u', [0x12] = 'u', [0x13] = 'u',
	[0x14] = 'u', [0x15] = 'u', [0x16] = 'u', [0x17] = 'u', [0x18] = 'u',
	[0x19] = 'u', [0x1a] = 'u', [0x1b] = 'u', [0x1c] = 'u', [0x1d] = 'u',
	[0x1e] = 'u', [0x1f] = 'u', ['"'] = '"', ['\\'] = '\\', [0x7f] = 'u',
};

void
jsonw_init(struct jsonw *w, size_t max)
{
	memset(w, 0, sizeof(*w));
	w->max = max;
}

void
jsonw_free(struct jsonw *w)
{
	free(w->buf);
	jsonw_init(w, w->max);
}

void
jsonw_reset(struct jsonw *w)
{
	w->len = 0;
	w->depth = w->error = w->comma = 0;
}

static int
jsonw_grow(struct jsonw *w, size_t n)
{
	size_t	 need, size;
	char	*p;

	if (w->error || __builtin_add_overflow(w->len, n, &need) ||
	    (w->max != 0 && need > w->max))
		goto fail;
	size = w->size < JSONW_FIRST ? JSONW_FIRST : w->size;
	while (size < need)
		if (__builtin_mul_overflow(size, 2, &size))
			goto fail;
	if ((p = realloc(w->buf, size)) == NULL)
		goto fail;
	w->buf = p;
	w->size = size;
	return (0);
fail:
	w->error = 1;
	return (-1);
}

/* Room for n bytes more; `max` counts what is written, not the memory. */
static inline int
jsonw_room(struct jsonw *w, size_t n)
{
	if (w->error || (w->max != 0 && n > w->max - w->len)) {
		w->error = 1;
		return (-1);
	}
	if (n <= w->size - w->len)
		return (0);
	return (jsonw_grow(w, n));
}

static inline void
jsonw_put(struct jsonw *w, const char *p, size_t n)
{
	if (n == 0 || jsonw_room(w, n) == -1)
		return;
	memcpy(w->buf + w->len, p, n);
	w->len += n;
}

static inline void
jsonw_putc(struct jsonw *w, char c)
{
	if (jsonw_room(w, 1) == -1)
		return;
	w->buf[w->len++] = c;
}

/* Before and after every value. */
static inline void
jsonw_begin(struct jsonw *w)
{
	if (w->comma)
		jsonw_putc(w, ',');
	w->comma = w->depth > 0;
}

static void
jsonw_open(struct jsonw *w, char open, char close)
{
	jsonw_begin(w);
	if (w->depth == JSONW_DEPTH_MAX) {
		w->error = 1;
		return;
	}
	jsonw_putc(w, open);
	w->close[w->depth++] = close;
	w->comma = 0;
}

void
jsonw_object(struct jsonw *w)
{
	jsonw_open(w, '{', '}');
}

void
jsonw_array(struct jsonw *w)
{
	jsonw_open(w, '[', ']');
}

void
jsonw_end(struct jsonw *w)
{
	if (w->depth == 0) {
		w->error = 1;
		return;
	}
	jsonw_putc(w, w->close[--w->depth]);
	w->comma = w->depth > 0;
}

/* How many bytes from p need no escape, by eight as long as it is ASCII. */
static size_t
jsonw_plain(const unsigned char *p, size_t n)
{
	const unsigned char	*start = p, *end = p + n;
	uint64_t		 v;
	size_t			 len;

	while (p < end) {
		if (end - p >= 8) {
			memcpy(&v, p, sizeof(v));
			if (((v | (v - EACH(0x20)) | ZEROES(v ^ EACH('"')) |
			    ZEROES(v ^ EACH('\\')) | ZEROES(v ^ EACH(0x7f))) &
			    EACH(0x80)) == 0) {
				p += 8;
				continue;
			}
		}
		if (jsonw_escape[*p] != 0)
			break;
		if (*p < 0x80)
			p++;
		else if ((len = utf8_sequence(p, (size_t)(end - p))) != 0)
			p += len;
		else
			break;
	}
	return ((size_t)(p - start));
}

static void
jsonw_special(struct jsonw *w, unsigned char c)
{
	static const char	 hex[] = "0123456789abcdef";
	char			 e[6] = { '\\', 'u', '0', '0' };

	if (c >= 0x80) {
		jsonw_put(w, "\xef\xbf\xbd", 3);	/* U+FFFD */
		return;
	}
	e[1] = jsonw_escape[c];
	e[4] = hex[c >> 4];
	e[5] = hex[c & 15];
	jsonw_put(w, e, e[1] == 'u' ? 6 : 2);
}

static void
jsonw_quote(struct jsonw *w, const char *s, size_t n)
{
	const unsigned char	*p = (const unsigned char *)s;
	size_t			 run;

	jsonw_putc(w, '"');
	for (;;) {
		run = jsonw_plain(p, n);
		jsonw_put(w, (const char *)p, run);
		if (run == n)
			break;
		jsonw_special(w, p[run]);
		p += run + 1;
		n -= run + 1;
	}
	jsonw_putc(w, '"');
}

void
jsonw_key(struct jsonw *w, const char *key)
{
	jsonw_begin(w);
	jsonw_quote(w, key, strlen(key));
	jsonw_putc(w, ':');
	w->comma = 0;
}

void
jsonw_stringn(struct jsonw *w, const char *s, size_t n)
{
	jsonw_begin(w);
	jsonw_quote(w, s, n);
}

void
jsonw_string(struct jsonw *w, const char *s)
{
	if (s == NULL)
		jsonw_null(w);
	else
		jsonw_stringn(w, s, strlen(s));
}

/* Digits of v at the end of a buffer; returns where they begin. */
static char *
jsonw_digits(char *end, uint64_t v)
{
	do
		*--end = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	return (end);
}

void
jsonw_int(struct jsonw *w, int64_t value)
{
	char		 buf[24], *end = buf + sizeof(buf), *p;
	uint64_t	 v = (uint64_t)value;

	p = jsonw_digits(end, value < 0 ? 0 - v : v);
	if (value < 0)
		*--p = '-';
	jsonw_begin(w);
	jsonw_put(w, p, (size_t)(end - p));
}

/*
 * Most of our numbers have at most three decimals (percents, MB): if
 * n / 1000 is the very double, so is its decimal text when read back, since
 * one division rounds like the reader does.  0 if it is not such a number.
 */
static size_t
jsonw_decimals(double d, char out[32])
{
	char		 buf[32], *end = buf + sizeof(buf), *p = end;
	double		 a = d < 0 ? -d : d;
	uint64_t	 n, frac;
	int		 digits = 3;

	if (FLT_EVAL_METHOD != 0 || !(a > 0 && a < 1e9))
		return (0);
	n = (uint64_t)(a * 1000 + 0.5);
	if ((double)n / 1000 != a)
		return (0);
	if ((frac = n % 1000) != 0) {
		for (; frac % 10 == 0; frac /= 10)
			digits--;
		for (; digits > 0; digits--, frac /= 10)
			*--p = (char)('0' + frac % 10);
		*--p = '.';
	}
	p = jsonw_digits(p, n / 1000);
	if (d < 0)
		*--p = '-';
	memcpy(out, p, (size_t)(end - p));
	return ((size_t)(end - p));
}

/* The shortest of printf's that reads back, with a point in any locale. */
static size_t
jsonw_shortest(double d, char out[64])
{
	size_t	 i, n = 0;
	int	 digits;

	for (digits = 15; digits <= 17; digits++) {
		snprintf(out, 64, "%.*g", digits, d);
		if (digits == 17 || strtod(out, NULL) == d)
			break;
	}
	for (i = 0; out[i] != '\0'; i++) {
		if ((out[i] >= '0' && out[i] <= '9') || out[i] == '-' ||
		    out[i] == '+' || out[i] == 'e')
			out[n++] = out[i];
		else if (n == 0 || out[n - 1] != '.')
			out[n++] = '.';
	}
	return (n);
}

void
jsonw_double(struct jsonw *w, double d)
{
	char	 buf[64];
	size_t	 n;

	/* JSON has neither infinity nor NaN. */
	if (!(d >= -DBL_MAX && d <= DBL_MAX)) {
		jsonw_null(w);
		return;
	}
	if ((n = jsonw_decimals(d, buf)) == 0)
		n = jsonw_shortest(d, buf);
	jsonw_begin(w);
	jsonw_put(w, buf, n);
}

void
jsonw_bool(struct jsonw *w, int b)
{
	jsonw_begin(w);
	if (b)
		jsonw_put(w, "true", 4);
	else
		jsonw_put(w, "false", 5);
}

void
jsonw_null(struct jsonw *w)
{
	jsonw_begin(w);
	jsonw_put(w, "null", 4);
}

void
jsonw_raw(struct jsonw *w, const char *s, size_t n)
{
	jsonw_begin(w);
	jsonw_put(w, s, n);
}

void
jsonw_kstring(struct jsonw *w, const char *key, const char *s)
{
	jsonw_key(w, key);
	jsonw_string(w, s);
}

void
jsonw_kint(struct jsonw *w, const char *key, int64_t v)
{
	jsonw_key(w, key);
	jsonw_int(w, v);
}

void
jsonw_kdouble(struct jsonw *w, const char *key, double d)
{
	jsonw_key(w, key);
	jsonw_double(w, d);
}

void
jsonw_kbool(struct jsonw *w, const char *key, int b)
{
	jsonw_key(w, key);
	jsonw_bool(w, b);
}

void
jsonw_knull(struct jsonw *w, const char *key)
{
	jsonw_key(w, key);
	jsonw_null(w);
}

int
jsonw_done(const struct jsonw *w)
{
	return (w->error || w->depth != 0 ? -1 : 0);
}
