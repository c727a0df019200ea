/*
 * From the output of an app to the lines of its log file.  Logger only;
 * pure: memory in, memory out.
 *
 * All lines of one read carry the time of that read, so the prefix is made
 * once a level, and a read of clean ASCII (checked as a whole, in blocks
 * that the compiler turns into vector code) costs one memchr and two copies
 * a line.
 */
#include <stdio.h>
#include <string.h>

#include "omnitrond/logger/format.h"

#define CLEAN_BLOCK	64		/* bytes checked without a branch */

/* What does not change within a call of format_lines. */
struct batch {
	struct format	*format;
	struct source	*src;
	int64_t		 at_us;
	int		 clean;		/* the whole text is */
	size_t		 len[LEVEL_MAX];
	char		 prefix[LEVEL_MAX][LINE_PREFIX_MAX + 1];
};

static unsigned
clean_byte(uint8_t c)
{
	return ((unsigned)((uint8_t)(c - 0x20) >= 0x5f) &
	    (unsigned)(c != '\n') & (unsigned)(c != '\t'));
}

int
format_clean(const char *s, size_t len)
{
	const uint8_t	*p = (const uint8_t *)s;
	uint8_t		 bad;
	size_t		 i;

	for (; len >= CLEAN_BLOCK; p += CLEAN_BLOCK, len -= CLEAN_BLOCK) {
		bad = 0;
		for (i = 0; i < CLEAN_BLOCK; i++)
			bad |= (uint8_t)((uint8_t)(p[i] - 0x20) >= 0x5f) &
			    (uint8_t)(p[i] != '\n') & (uint8_t)(p[i] != '\t');
		if (bad)
			return (0);
	}
	for (i = 0; i < len; i++)
		if (clean_byte(p[i]))
			return (0);
	return (1);
}

void
format_stamp(struct format *f, int64_t at_us, char *out)
{
	int64_t		 sec, year;
	unsigned	 month, day, rest, us;
	int		 i;

	if (at_us < 0)
		at_us = 0;
	sec = at_us / 1000000;
	us = (unsigned)(at_us % 1000000);
	if (f->stamp[0] == '\0' || sec != f->sec) {
		days_civil(sec / 86400, &year, &month, &day);
		rest = (unsigned)(sec % 86400);
		snprintf(f->stamp, sizeof(f->stamp),
		    "%04u-%02u-%02uT%02u:%02u:%02u.", (unsigned)(year % 10000),
		    month % 100, day % 100, rest / 3600, rest / 60 % 60,
		    rest % 60);
		f->sec = sec;
	}
	memcpy(out, f->stamp, 20);
	for (i = 25; i >= 20; i--, us /= 10)
		out[i] = (char)('0' + us % 10);
	out[26] = 'Z';
}

/* "STAMP LEVEL PROCESS[PID] "; out has LINE_PREFIX_MAX + 1 bytes. */
static size_t
prefix(struct format *f, int64_t at_us, int level, const char *process,
    size_t processlen, int32_t pid, char *out)
{
	int	 n;

	format_stamp(f, at_us, out);
	if (processlen > NAME_LEN_MAX)
		processlen = NAME_LEN_MAX;
	if (pid > 0)
		n = snprintf(out + STAMP_LEN, LINE_PREFIX_MAX + 1 - STAMP_LEN,
		    " %s %.*s[%d] ", level_name((enum level)level),
		    (int)processlen, process, (int)pid);
	else
		n = snprintf(out + STAMP_LEN, LINE_PREFIX_MAX + 1 - STAMP_LEN,
		    " %s %.*s ", level_name((enum level)level),
		    (int)processlen, process);
	return (STAMP_LEN + (size_t)n);
}

size_t
format_note(struct format *f, int64_t at_us, int level, const char *process,
    int32_t pid, const char *text, char *out, size_t size)
{
	char	 pre[LINE_PREFIX_MAX + 1];
	size_t	 n, used;

	n = prefix(f, at_us, level, process, strlen(process), pid, pre);
	if (size < n + 1)
		return (0);
	memcpy(out, pre, n);
	n += format_escape(text, strlen(text), 0, out + n, size - n - 1, &used);
	out[n++] = '\n';
	return (n);
}

/*
 * Bytes of the UTF-8 sequence at p: 0 if it is none, -1 if it may be one
 * that the end cuts off.
 */
static int
utf8_sequence(const uint8_t *p, size_t len, uint32_t *code)
{
	uint32_t	 c = p[0];
	int		 i, n;

	if (c >= 0xc2 && c <= 0xdf)
		n = 2;
	else if (c >= 0xe0 && c <= 0xef)
		n = 3;
	else if (c >= 0xf0 && c <= 0xf4)
		n = 4;
	else
		return (0);
	c &= 0xffu >> (n + 1);
	for (i = 1; i < n; i++) {
		if ((size_t)i == len)
			return (-1);
		if ((p[i] & 0xc0) != 0x80)
			return (0);
		c = c << 6 | (p[i] & 0x3f);
	}
	if ((n == 3 && c < 0x800) || (n == 4 && (c < 0x10000 || c > 0x10ffff)) ||
	    (c >= 0xd800 && c <= 0xdfff))
		return (0);
	*code = c;
	return (n);
}

/*
 * C1 controls, line and paragraph separator, and what turns the direction
 * of writing: they let a text look like something else.
 */
static int
code_unsafe(uint32_t c)
{
	return (c < 0xa0 || c == 0x2028 || c == 0x2029 ||
	    (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069));
}

static size_t
escape_bytes(const uint8_t *p, size_t n, char *out)
{
	static const char	 hex[] = "0123456789abcdef";
	size_t			 i;

	for (i = 0; i < n; i++) {
		*out++ = '\\';
		*out++ = 'x';
		*out++ = hex[p[i] >> 4];
		*out++ = hex[p[i] & 15];
	}
	return (4 * n);
}

size_t
format_escape(const char *s, size_t len, int more, char *out, size_t size,
    size_t *used)
{
	const uint8_t	*p = (const uint8_t *)s;
	uint32_t	 code;
	size_t		 i = 0, n = 0, step;
	int		 seq;

	while (i < len && n < size) {
		if ((p[i] >= 0x20 && p[i] < 0x7f) || p[i] == '\t') {
			out[n++] = (char)p[i++];
			continue;
		}
		code = 0;
		seq = p[i] < 0x80 ? 0 : utf8_sequence(p + i, len - i, &code);
		if (seq == -1 && more && i > 0)
			break;
		step = seq > 0 ? (size_t)seq : 1;
		if (size - n < 4 * step)
			break;
		if (seq > 0 && !code_unsafe(code)) {
			memcpy(out + n, p + i, step);
			n += step;
		} else
			n += escape_bytes(p + i, step, out + n);
		i += step;
	}
	*used = i;
	return (n);
}

/*
 * "LEVEL PROCESS: text" of common/log.h: the prefix says what the line
 * says.  Returns the bytes of the line that are done with, 0 if it is none.
 */
static size_t
own_prefix(struct batch *b, const char *p, size_t len, int *level, char *out,
    size_t *outlen)
{
	const char	*name, *colon, *end = p + len;
	char		 word[NAME_SIZE];
	int32_t		 pid = b->src->pid;

	name = memchr(p, ' ', len < 16 ? len : 16);
	if (name == NULL)
		return (0);
	if ((*level = detect_word(b->format, p, (size_t)(name - p))) == -1)
		return (0);
	name++;
	colon = memchr(name, ':', (size_t)(end - name));
	if (colon == NULL || (size_t)(colon - name) >= sizeof(word) ||
	    colon + 1 == end || colon[1] != ' ')
		return (0);
	memcpy(word, name, (size_t)(colon - name));
	word[colon - name] = '\0';
	if (!name_valid(word))
		return (0);
	if (strcmp(word, b->src->process) != 0 && b->src->process[0] != '\0')
		pid = 0;	/* not the process whose number we have */
	*outlen = prefix(b->format, b->at_us, *level, word, strlen(word), pid,
	    out);
	return ((size_t)(colon + 2 - p));
}

static const char *
batch_prefix(struct batch *b, int level, size_t *len)
{
	if (b->len[level] == 0)
		b->len[level] = prefix(b->format, b->at_us, level,
		    b->src->process, strlen(b->src->process), b->src->pid,
		    b->prefix[level]);
	*len = b->len[level];
	return (b->prefix[level]);
}

/*
 * One line of n bytes, or with `more` a part of one, to out.  Returns the
 * bytes of it that were used: fewer than n when escaping made it too long.
 */
static size_t
format_line(struct batch *b, const char *p, size_t n, int more, char *out,
    size_t *outlen)
{
	struct source	*src = b->src;
	const char	*pre;
	size_t		 len = 0, done = 0, used, text = n;
	int		 level = src->cont, again = src->cont != -1;

	if (!again && src->own)
		done = own_prefix(b, p, n, &level, out, &len);
	if (level == -1 && (level = detect_level(b->format, p, n)) == -1)
		level = src->level;
	if (len == 0) {
		pre = batch_prefix(b, level, &len);
		memcpy(out, pre, len);
	}
	if (again) {
		memcpy(out + len, LINE_AGAIN, sizeof(LINE_AGAIN) - 1);
		len += sizeof(LINE_AGAIN) - 1;
	}
	if (b->clean || format_clean(p, n)) {
		memcpy(out + len, p + done, n - done);
		len += n - done;
		used = n;
	} else {
		if (!more && text > done && p[text - 1] == '\r')
			text--;
		len += format_escape(p + done, text - done, more, out + len,
		    LINE_TEXT_MAX, &used);
		used = used + done == text ? n : used + done;
	}
	if (more || used < n) {
		memcpy(out + len, LINE_MORE, sizeof(LINE_MORE) - 1);
		len += sizeof(LINE_MORE) - 1;
		src->cont = level;
	} else
		src->cont = -1;
	out[len++] = '\n';
	*outlen = level >= src->least ? len : 0;
	return (used);
}

int
format_lines(struct format *f, struct source *src, int64_t at_us,
    struct text *t)
{
	struct batch	 b;
	const char	*p, *nl;
	size_t		 left, n, outlen, used;

	b.format = f;
	b.src = src;
	b.at_us = at_us;
	memset(b.len, 0, sizeof(b.len));
	b.clean = format_clean(t->in + t->used, t->len - t->used);
	while (t->used < t->len) {
		p = t->in + t->used;
		left = t->len - t->used;
		n = left > LINE_TEXT_MAX ? LINE_TEXT_MAX + 1 : left;
		if ((nl = memchr(p, '\n', n)) != NULL)
			n = (size_t)(nl - p);
		else if (n > LINE_TEXT_MAX)
			n = LINE_TEXT_MAX;
		else
			return (0);
		if (t->size - t->outlen < LINE_SIZE_MAX)
			return (1);
		used = format_line(&b, p, n, nl == NULL, t->out + t->outlen,
		    &outlen);
		t->outlen += outlen;
		t->used += used + (used == n && nl != NULL ? 1 : 0);
	}
	return (0);
}
