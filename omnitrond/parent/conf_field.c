/*
 * Settings of an app by their rows in FIELDS.  In the parent; pure.
 *
 * Rows of type OTHER are the business of conf_draft.c (copy), conf_diff.c
 * (equal) and the printers.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jsonw.h"
#include "common/level.h"
#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

#define FACTOR_DIGITS	3		/* thousandths */

const struct field	 fields[FIELD_MAX] = {
#define X(id, kw, type, of, member, min, max, json, respawn)		\
	{ FIELD_##id, KW_##kw, FT_##type, OF_##of,			\
	    offsetof(struct of##_conf, member), (min), (max), json,	\
	    (respawn) },
	FIELDS(X)
#undef X
};

/* In the order of the enums in proto.h. */
static const char *const strategy_words[] = {
	[STRATEGY_ONE_FOR_ONE] = "one_for_one",
	[STRATEGY_ONE_FOR_ALL] = "one_for_all",
	[STRATEGY_REST_FOR_ONE] = "rest_for_one"
};
static const char *const restart_words[] = {
	[RESTART_ON_FAILURE] = "on-failure",
	[RESTART_ALWAYS] = "always",
	[RESTART_NEVER] = "never"
};
static const char *const backoff_words[] = {
	[BACKOFF_EXPONENTIAL] = "exponential",
	[BACKOFF_LINEAR] = "linear",
	[BACKOFF_FIXED] = "fixed"
};
#define NWORDS	3
static const char *const access_words[] = {
	[NOTIFY_MAIN] = "main",
	[NOTIFY_GROUP] = "group"
};

static const char *const level_words[] = {
#define X(id, name)	name,
	LEVELS(X)
#undef X
};

static void *
field_at(const struct field *f, void *of)
{
	return ((char *)of + f->off);
}

static const void *
field_in(const struct field *f, const void *of)
{
	return ((const char *)of + f->off);
}

static int
field_word(const char *text, const char *const *words, size_t n, uint32_t *v,
    char *err, size_t errsize)
{
	const char	*near;
	size_t		 i;

	for (i = 0; i < n; i++)
		if (strcmp(words[i], text) == 0) {
			*v = (uint32_t)i;
			return (0);
		}
	if ((near = nearest_name(text, words, n)) != NULL)
		snprintf(err, errsize, "is unknown; did you mean \"%s\"?",
		    near);
	else {
		snprintf(err, errsize, "is none of");
		for (i = 0; i < n; i++) {
			strlcat(err, i == 0 ? " " : ", ", errsize);
			strlcat(err, words[i], errsize);
		}
	}
	return (-1);
}

static int
field_number(const struct field *f, const char *text, int64_t *v, char *err,
    size_t errsize)
{
	const char	*why;

	*v = strtonum(text, f->min, f->max, &why);
	if (why == NULL)
		return (0);
	snprintf(err, errsize, "is not a number from %lld to %lld",
	    (long long)f->min, (long long)f->max);
	return (-1);
}

/* Digits of base 8, at most as many as a mode can have. */
static int
field_octal(const char *text, unsigned int max, unsigned int *v, char *err,
    size_t errsize)
{
	const char	*c;

	*v = 0;
	for (c = text; *c >= '0' && *c <= '7' && *v <= max; c++)
		*v = *v * 8 + (unsigned int)(*c - '0');
	if (c != text && *c == '\0' && *v <= max)
		return (0);
	snprintf(err, errsize, "is not an octal number from 0 to 0%o", max);
	return (-1);
}

/* "2", "1.5", at most three decimals: thousandths. */
static int
field_factor(const struct field *f, const char *text, int64_t *v, char *err,
    size_t errsize)
{
	const char	*c = text;
	int		 digits = -1;

	for (*v = 0; *v <= f->max; c++) {
		if (*c == '.' && digits == -1 && c != text)
			digits = 0;
		else if (*c >= '0' && *c <= '9' && digits < FACTOR_DIGITS) {
			*v = *v * 10 + (*c - '0');
			digits += digits >= 0;
		} else
			break;
	}
	if (*c == '\0' && c != text && digits != 0) {
		for (digits = digits < 0 ? 0 : digits; digits < FACTOR_DIGITS;
		    digits++)
			*v *= 10;
		if (*v >= f->min && *v <= f->max)
			return (0);
	}
	snprintf(err, errsize, "is not a factor from %lld to %lld, like 2 or "
	    "1.5", (long long)f->min / 1000, (long long)f->max / 1000);
	return (-1);
}

static int
field_duration(const struct field *f, const char *text, int64_t *v, char *err,
    size_t errsize)
{
	char	 min[32], max[32];

	if (duration_parse(text, v) == -1) {
		snprintf(err, errsize, "is not a duration, like 500ms, 30s or "
		    "5m");
		return (-1);
	}
	if (*v >= f->min && *v <= f->max)
		return (0);
	snprintf(err, errsize, "is not from %s to %s",
	    duration_format(f->min, min, sizeof(min)),
	    duration_format(f->max, max, sizeof(max)));
	return (-1);
}

static int
field_size(const struct field *f, const char *text, int64_t *v, char *err,
    size_t errsize)
{
	char	 min[32], max[32];

	if (size_parse(text, v) == -1) {
		snprintf(err, errsize, "is not a size, like 64kb, 50mb or "
		    "2gb");
		return (-1);
	}
	if (*v >= f->min && *v <= f->max)
		return (0);
	snprintf(err, errsize, "is not from %s to %s",
	    size_format(f->min, min, sizeof(min)),
	    size_format(f->max, max, sizeof(max)));
	return (-1);
}

static int
field_signal(const char *text, int64_t *v, char *err, size_t errsize)
{
	int	 sig = signal_parse(text);

	if (sig > 0) {
		*v = sig;
		return (0);
	}
	snprintf(err, errsize, "is not a signal, like TERM, SIGINT or 15");
	return (-1);
}

static int
field_yes(const char *text, int *v, char *err, size_t errsize)
{
	*v = strcmp(text, "yes") == 0;
	if (*v || strcmp(text, "no") == 0)
		return (0);
	snprintf(err, errsize, "is neither yes nor no");
	return (-1);
}

static int
field_path(const struct field *f, const char *text, char *err, size_t errsize)
{
	if (f->type == FT_PATH && text[0] != '/') {
		snprintf(err, errsize, "is not an absolute path: it must "
		    "begin with /");
		return (-1);
	}
	if (strlen(text) >= (f->type == FT_PATH ? PATH_SIZE : NAME_SIZE)) {
		snprintf(err, errsize, "is too long");
		return (-1);
	}
	if (text[0] == '\0') {
		snprintf(err, errsize, "is empty");
		return (-1);
	}
	return (0);
}

/* The types that are a uint32_t in the struct. */
static int
field_parse_u32(const struct field *f, const char *text, uint32_t *to,
    char *err, size_t errsize)
{
	unsigned int	 mode;
	int64_t		 v = 0;

	switch (f->type) {
	case FT_STRATEGY:
		return (field_word(text, strategy_words, NWORDS, to, err,
		    errsize));
	case FT_RESTART:
		return (field_word(text, restart_words, NWORDS, to, err,
		    errsize));
	case FT_BACKOFF:
		return (field_word(text, backoff_words, NWORDS, to, err,
		    errsize));
	case FT_ACCESS:
		return (field_word(text, access_words, 2, to, err, errsize));
	case FT_LEVEL:
		return (field_word(text, level_words, LEVEL_MAX, to, err,
		    errsize));
	case FT_LOGMODE:
		if (field_octal(text, 0777, &mode, err, errsize) == -1)
			return (-1);
		if (mode != 0600 && mode != 0640) {
			snprintf(err, errsize, "is neither 0600 nor 0640");
			return (-1);
		}
		*to = mode;
		return (0);
	case FT_SIGNAL:
		if (field_signal(text, &v, err, errsize) == -1)
			return (-1);
		break;
	case FT_DURATION:
		if (field_duration(f, text, &v, err, errsize) == -1)
			return (-1);
		break;
	case FT_FACTOR:
		if (field_factor(f, text, &v, err, errsize) == -1)
			return (-1);
		break;
	default:
		if (field_number(f, text, &v, err, errsize) == -1)
			return (-1);
	}
	*to = (uint32_t)v;
	return (0);
}

static int
field_parse_flag(const struct field *f, const char *text, uint32_t *flags,
    char *err, size_t errsize)
{
	int	 yes;

	if (field_yes(text, &yes, err, errsize) == -1)
		return (-1);
	if (yes)
		*flags |= (uint32_t)f->min;
	else
		*flags &= ~(uint32_t)f->min;
	return (0);
}

int
field_parse(const struct field *f, const char *text, void *of, char *err,
    size_t errsize)
{
	void		*to = field_at(f, of);
	unsigned int	 mode;
	int64_t		 v;

	switch (f->type) {
	case FT_OTHER:
		return (-1);
	case FT_PATH:
	case FT_STRING:
		if (field_path(f, text, err, errsize) == -1)
			return (-1);
		free(*(char **)to);
		*(char **)to = xstrdup(text);
		return (0);
	case FT_MODE:
		if (field_octal(text, (unsigned int)f->max, &mode, err,
		    errsize) == -1)
			return (-1);
		*(mode_t *)to = (mode_t)mode;
		return (0);
	case FT_INT:
		if (field_number(f, text, &v, err, errsize) == -1)
			return (-1);
		*(int *)to = (int)v;
		return (0);
	case FT_BOOL:
		return (field_yes(text, to, err, errsize));
	case FT_FLAG:
		return (field_parse_flag(f, text, to, err, errsize));
	case FT_SIZE:
		return (field_size(f, text, to, err, errsize));
	case FT_FORMAT:
		if (strcmp(text, "text") == 0)
			return (0);
		snprintf(err, errsize, "is unknown: the format is text");
		return (-1);
	default:
		return (field_parse_u32(f, text, to, err, errsize));
	}
}

/* 1500 -> "1.5" */
static const char *
field_format_factor(uint32_t v, char *buf, size_t size)
{
	size_t	 n;

	snprintf(buf, size, "%u.%03u", v / 1000, v % 1000);
	for (n = strlen(buf); buf[n - 1] == '0'; )
		buf[--n] = '\0';
	if (buf[n - 1] == '.')
		buf[n - 1] = '\0';
	return (buf);
}

static const char *
field_format_u32(const struct field *f, uint32_t v, char *buf, size_t size)
{
	switch (f->type) {
	case FT_STRATEGY:
		return (strategy_words[v]);
	case FT_RESTART:
		return (restart_words[v]);
	case FT_BACKOFF:
		return (backoff_words[v]);
	case FT_ACCESS:
		return (access_words[v]);
	case FT_LEVEL:
		return (level_words[v]);
	case FT_FLAG:
		return (v & (uint32_t)f->min ? "yes" : "no");
	case FT_SIGNAL:
		return (signal_name((int)v));
	case FT_DURATION:
		return (duration_format(v, buf, size));
	case FT_LOGMODE:
		snprintf(buf, size, "%04o", v);
		return (buf);
	case FT_FACTOR:
		return (field_format_factor(v, buf, size));
	default:
		if (f->id == FIELD_PORT && v == 0)
			return (NULL);
		snprintf(buf, size, "%u", v);
		return (buf);
	}
}

const char *
field_format(const struct field *f, const void *of, char *buf, size_t size)
{
	const void	*at = field_in(f, of);

	switch (f->type) {
	case FT_OTHER:
		return (NULL);
	case FT_PATH:
	case FT_STRING:
		return (*(char *const *)at);
	case FT_MODE:
		snprintf(buf, size, "%03o", (unsigned int)*(const mode_t *)at);
		return (buf);
	case FT_INT:
		snprintf(buf, size, "%d", *(const int *)at);
		return (buf);
	case FT_BOOL:
		return (*(const int *)at ? "yes" : "no");
	case FT_SIZE:
		if (*(const int64_t *)at == 0)
			return (NULL);
		return (size_format(*(const int64_t *)at, buf, size));
	case FT_FORMAT:
		return ("text");
	default:
		return (field_format_u32(f, *(const uint32_t *)at, buf, size));
	}
}

/* Numbers as numbers (durations in milliseconds), the rest as in the file. */
void
field_json(const struct field *f, const void *of, struct jsonw *w)
{
	const void	*at = field_in(f, of);
	char		 buf[64];

	jsonw_key(w, f->json);
	switch (f->type) {
	case FT_INT:
		jsonw_int(w, *(const int *)at);
		break;
	case FT_BOOL:
		jsonw_bool(w, *(const int *)at);
		break;
	case FT_FLAG:
		jsonw_bool(w, (*(const uint32_t *)at & (uint32_t)f->min) != 0);
		break;
	case FT_SIZE:
		if (*(const int64_t *)at == 0)
			jsonw_null(w);
		else
			jsonw_int(w, *(const int64_t *)at);
		break;
	case FT_FACTOR:
		jsonw_double(w, *(const uint32_t *)at / 1000.0);
		break;
	case FT_COUNT:
	case FT_DURATION:
		if (f->id == FIELD_PORT && *(const uint32_t *)at == 0)
			jsonw_null(w);
		else
			jsonw_int(w, *(const uint32_t *)at);
		break;
	default:
		jsonw_string(w, field_format(f, of, buf, sizeof(buf)));
	}
}

/* All but OTHER have one spelling for a value, and each spelling has one. */
int
field_equal(const struct field *f, const void *a, const void *b)
{
	char		 abuf[64], bbuf[64];
	const char	*x = field_format(f, a, abuf, sizeof(abuf));
	const char	*y = field_format(f, b, bbuf, sizeof(bbuf));

	if (x == NULL || y == NULL)
		return (x == y);
	return (strcmp(x, y) == 0);
}

void
field_copy(const struct field *f, void *to, const void *from)
{
	char		 buf[64], err[128];
	const char	*text = field_format(f, from, buf, sizeof(buf));

	if (text != NULL)
		field_parse(f, text, to, err, sizeof(err));
}
