/*
 * The level that a line of output names itself.  Logger only; pure.
 *
 * It is looked for where programs put it: in the leading word (ERROR, Warn:),
 * the leading bracket ([warn], <error>), level=info of logfmt, or "level" of
 * a JSON line; dates and colours before it are passed over.
 */
#include <ctype.h>
#include <string.h>

#include "omnitrond/logger/format.h"

#define WORD_MAX	13	/* bytes of the longest name of a level */
#define TOKENS_MAX	4	/* date, time, zone before a level */
#define FIELDS_MAX	8	/* of logfmt before level= */
#define JSON_SCAN_MAX	4096	/* bytes of a JSON line that are looked at */

static int
word_slow(const char *s, size_t len)
{
	char	 word[WORD_MAX + 1];

	memcpy(word, s, len);
	word[len] = '\0';
	return (level_parse(word));
}

/*
 * A word's level through a small cache, since a program that begins its
 * lines with one does so millions of times.
 */
int
detect_word(struct format *f, const char *s, size_t len)
{
	uint64_t	 key = 0;
	size_t		 i, slot;

	if (len == 0 || len > WORD_MAX)
		return (-1);
	for (i = 0; i < len; i++)
		if (!isalpha((unsigned char)s[i]))
			return (-1);
	if (len > sizeof(key))
		return (word_slow(s, len));
	for (i = 0; i < len; i++)
		key = key << 8 | (uint8_t)(s[i] | 0x20);
	slot = (size_t)((key * 0x9e3779b97f4a7c15ull) >> 58);
	if (f->words[slot].key != key) {
		f->words[slot].key = key;
		f->words[slot].level = word_slow(s, len);
	}
	return (f->words[slot].level);
}

static size_t
alpha_len(const char *s, size_t len)
{
	size_t	 n = 0;

	while (n < len && n <= WORD_MAX && isalpha((unsigned char)s[n]))
		n++;
	return (n);
}

/* May a level's name end before this byte?  Not "info.txt", "error-page". */
static int
word_ends(const char *s, size_t len)
{
	static const char	 after[] = " \t:]|,)>!\033\r";

	return (len == 0 || memchr(after, *s, sizeof(after) - 1) != NULL);
}

/* pino, bunyan: 10 trace ... 60 fatal */
static int
number_level(const char *s, size_t len)
{
	int	 n = 0;

	while (len > 0 && isdigit((unsigned char)*s) && n < 1000) {
		n = n * 10 + (*s++ - '0');
		len--;
	}
	if (n < 10 || n > 60 || (len > 0 && (*s == '.' || *s == 'e')))
		return (-1);
	return (LEVEL_TRACE + n / 10 - 1);
}

/* The value after level= or "level":, quoted or not. */
static int
value_level(struct format *f, const char *s, size_t len)
{
	size_t	 n;

	if (len > 0 && *s == '"') {
		s++;
		len--;
	}
	if (len > 0 && isdigit((unsigned char)*s))
		return (number_level(s, len));
	n = alpha_len(s, len);
	if (n < len && (isalnum((unsigned char)s[n]) || s[n] == '_'))
		return (-1);
	return (detect_word(f, s, n));
}

/*
 * The closing quote of the JSON string that begins at s[i], or len where the
 * line ends before it.
 */
static size_t
string_end(const char *s, size_t i, size_t len)
{
	for (i++; i < len && s[i] != '"'; i++)
		if (s[i] == '\\')
			i++;
	return (i < len ? i : len);
}

static int
json_level(struct format *f, const char *s, size_t len)
{
	size_t	 i, end;
	int	 depth = 0, key = 0;

	if (len > JSON_SCAN_MAX)
		len = JSON_SCAN_MAX;
	for (i = 0; i < len; i++) {
		switch (s[i]) {
		case '"':
			end = string_end(s, i, len);
			if (key && depth == 1 && end - i == 6 &&
			    memcmp(s + i + 1, "level", 5) == 0) {
				for (i = end; i < len && (i == end ||
				    s[i] == ':' || s[i] == ' '); i++)
					;
				return (value_level(f, s + i, len - i));
			}
			key = 0;
			i = end;
			break;
		case '{':
		case '[':
			key = ++depth == 1;
			break;
		case '}':
		case ']':
			depth--;
			break;
		case ',':
			key = depth == 1;
			break;
		default:
			break;
		}
	}
	return (-1);
}

/* Spaces and colours (ESC [ ... letter) at the front. */
static size_t
skip_blank(const char *s, size_t len)
{
	size_t	 i = 0;

	while (i < len) {
		if (s[i] == ' ' || s[i] == '\t')
			i++;
		else if (s[i] == '\033' && i + 1 < len && s[i + 1] == '[') {
			for (i += 2; i < len && !isalpha((unsigned char)s[i]);
			    i++)
				;
			i += i < len;
		} else
			break;
	}
	return (i);
}

/* Length of a date or time (digits with -:/.,TZ+ among them), or 0. */
static size_t
date_len(const char *s, size_t len)
{
	size_t	 i;
	int	 marks = 0;

	for (i = 0; i < len; i++) {
		if (s[i] == '\0')
			return (0);
		if (strchr("-:/.,+", s[i]) != NULL)
			marks++;
		else if (!isdigit((unsigned char)s[i]) && s[i] != 'T' &&
		    s[i] != 'Z')
			break;
	}
	if (marks == 0 || (i < len && s[i] != ' ' && s[i] != ']' &&
	    s[i] != '\t'))
		return (0);
	return (i);
}

/* logfmt: key=value or key="value"; level is among the first. */
static int
logfmt_level(struct format *f, const char *s, size_t len)
{
	size_t	 n;
	int	 field;

	for (field = 0; field < FIELDS_MAX; field++) {
		for (n = 0; n < len && (isalnum((unsigned char)s[n]) ||
		    s[n] == '_' || s[n] == '.'); n++)
			;
		if (n == 0 || n >= len || s[n] != '=')
			return (-1);
		if ((n == 5 && memcmp(s, "level", 5) == 0) ||
		    (n == 3 && memcmp(s, "lvl", 3) == 0))
			return (value_level(f, s + n + 1, len - n - 1));
		s += n + 1;
		len -= n + 1;
		n = 0;
		if (len > 0 && *s == '"')
			n = string_end(s, 0, len);
		while (n < len && s[n] != ' ')
			n++;
		n += skip_blank(s + n, len - n);
		s += n;
		len -= n;
	}
	return (-1);
}

static int
leading_word(struct format *f, const char *s, size_t len)
{
	size_t	 n = alpha_len(s, len);

	if (n < len && (s[n] == '=' || s[n] == '_' ||
	    isdigit((unsigned char)s[n])))
		return (logfmt_level(f, s, len));
	if (!word_ends(s + n, len - n))
		return (-1);
	return (detect_word(f, s, n));
}

/* [warn], [ INFO ], <error>; s is behind the opening one */
static int
bracket_level(struct format *f, const char *s, size_t len)
{
	size_t	 skip = skip_blank(s, len), n;

	s += skip;
	len -= skip;
	n = alpha_len(s, len);
	if (!word_ends(s + n, len - n))
		return (-1);
	return (detect_word(f, s, n));
}

int
detect_level(struct format *f, const char *s, size_t len)
{
	size_t	 n;
	int	 token;

	for (token = 0; token < TOKENS_MAX; token++) {
		n = skip_blank(s, len);
		s += n;
		len -= n;
		if (len == 0)
			return (-1);
		if (isalpha((unsigned char)*s))
			return (leading_word(f, s, len));
		if (*s == '{')
			return (json_level(f, s, len));
		if (strchr("[<(", *s) != NULL && *s != '\0') {
			s++;
			len--;
			if ((n = date_len(s, len)) == 0)
				return (bracket_level(f, s, len));
		} else if (!isdigit((unsigned char)*s) ||
		    (n = date_len(s, len)) == 0)
			return (-1);
		if (n < len && s[n] == ']')
			n++;
		s += n;
		len -= n;
	}
	return (-1);
}
