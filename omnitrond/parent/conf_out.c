/*
 * Text of the normal form, as it grows.  In the parent; pure.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/parent/conf_print.h"

void
out_add(struct out *o, const char *s, size_t n)
{
	while (o->size - o->len <= n) {
		o->size = o->size == 0 ? 4096 : o->size * 2;
		o->text = xreallocarray(o->text, o->size, 1);
	}
	memcpy(o->text + o->len, s, n);
	o->len += n;
	o->text[o->len] = '\0';
}

void
out_word(struct out *o, const char *s)
{
	out_add(o, s, strlen(s));
}

void
out_quoted(struct out *o, const char *s)
{
	out_word(o, " \"");
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			out_word(o, "\\");
		out_add(o, s, 1);
	}
	out_word(o, "\"");
}

void
out_printf(struct out *o, const char *fmt, ...)
{
	char	 buf[256];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	out_word(o, buf);
}

void
none_add(struct out *o, const char *before, enum keyword kw)
{
	if (o->none[0] != '\0')
		strlcat(o->none, ", ", sizeof(o->none));
	strlcat(o->none, before, sizeof(o->none));
	strlcat(o->none, keyword_word(kw), sizeof(o->none));
}

void
none_print(struct out *o, const char *before)
{
	if (o->none[0] == '\0')
		return;
	out_word(o, before);
	out_word(o, "# none: ");
	out_word(o, o->none);
	out_word(o, "\n");
	o->none[0] = '\0';
}
