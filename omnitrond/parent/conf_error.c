/*
 * What is wrong with a configuration, collected in one run.  In the parent;
 * pure.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

/* Control characters of a file must not reach a terminal. */
static void
conf_error_clean(char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

static void
conf_error_append(char **text, size_t *len, const char *line)
{
	size_t	 n = strlen(line);

	*text = xreallocarray(*text, *len + n + 2, 1);
	memcpy(*text + *len, line, n);
	*len += n;
	(*text)[(*len)++] = '\n';
	(*text)[*len] = '\0';
}

static void
conf_error_line(char **text, size_t *len, struct pos pos, const char *kind,
    const char *fmt, va_list ap)
{
	char	 what[CONF_TEXT_MAX], *line;

	vsnprintf(what, sizeof(what), fmt, ap);
	conf_error_clean(what);
	if (pos.line > 0)
		xasprintf(&line, "%s:%d: %s%s", pos.file, pos.line, kind, what);
	else
		xasprintf(&line, "%s: %s%s", pos.file, kind, what);
	conf_error_append(text, len, line);
	free(line);
}

void
conf_error(struct parse *ps, struct pos pos, const char *fmt, ...)
{
	va_list	 ap;

	if (ps->err.count++ >= CONF_ERRORS_MAX)
		return;
	va_start(ap, fmt);
	conf_error_line(&ps->err.text, &ps->err.len, pos, "", fmt, ap);
	va_end(ap);
}

void
conf_warning(struct parse *ps, struct pos pos, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	conf_error_line(&ps->err.warnings, &ps->err.wlen, pos, "warning: ",
	    fmt, ap);
	va_end(ap);
}

char *
conf_error_take(struct parse *ps)
{
	struct conf_errors	*e = &ps->err;
	char			 more[64], *text;

	if (e->count > CONF_ERRORS_MAX) {
		snprintf(more, sizeof(more), "... and %u more errors",
		    e->count - CONF_ERRORS_MAX);
		conf_error_append(&e->text, &e->len, more);
	}
	text = e->count > 0 ? e->text : e->warnings;
	free(e->count > 0 ? e->warnings : e->text);
	e->text = e->warnings = NULL;
	return (text);
}
