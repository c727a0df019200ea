/*
 * Strings that live as long as one run of the parser: a syntax error can
 * leave the grammar at any point, so no token owns its text.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

#define ARENA_CHUNK	32768

struct chunk {
	struct chunk	*next;
	size_t		 size;
	size_t		 used;
	char		 data[];
};

static char *
arena_take(struct arena *a, size_t n)
{
	struct chunk	*c = a->chunks;
	size_t		 size;

	if (c == NULL || c->size - c->used < n) {
		size = n > ARENA_CHUNK ? n : ARENA_CHUNK;
		c = xmalloc(sizeof(*c) + size);
		c->size = size;
		c->used = 0;
		c->next = a->chunks;
		a->chunks = c;
	}
	c->used += n;
	return (c->data + c->used - n);
}

char *
arena_dup(struct arena *a, const char *s, size_t n)
{
	char	*copy = arena_take(a, n + 1);

	memcpy(copy, s, n);
	copy[n] = '\0';
	return (copy);
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list	 ap;
	char	*s, *copy;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) == -1)
		s = xstrdup("");
	va_end(ap);
	copy = arena_dup(a, s, strlen(s));
	free(s);
	return (copy);
}

void
arena_free(struct arena *a)
{
	struct chunk	*c;

	while ((c = a->chunks) != NULL) {
		a->chunks = c->next;
		free(c);
	}
}
