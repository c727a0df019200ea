/*
 * The stack of files that the lexer reads.  In the parent; opens them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

static void
lex_push(struct parse *ps, const char *name, char *buf, size_t len, dev_t dev,
    ino_t ino)
{
	struct lexer	*lx = &ps->lex;
	struct source	*s = xcalloc(1, sizeof(*s));

	s->name = arena_dup(&ps->arena, name, strlen(name));
	s->buf = buf;
	s->len = len;
	s->line = 1;
	s->dev = dev;
	s->ino = ino;
	s->below = lx->top;
	lx->top = s;
	lx->depth++;
	lx->sources++;
	lx->first = 1;
}

void
lex_push_text(struct parse *ps, const char *name, const char *text, size_t len)
{
	char	*copy = xmalloc(len + 1);

	memcpy(copy, text, len);
	copy[len] = '\0';
	lex_push(ps, name, copy, len, 0, 0);
}

/* Is the file being read already? */
static const struct source *
lex_open_source(struct parse *ps, dev_t dev, ino_t ino)
{
	const struct source	*s;

	for (s = ps->lex.top; s != NULL; s = s->below)
		if (s->dev == dev && s->ino == ino)
			return (s);
	return (NULL);
}

void
lex_push_file(struct parse *ps, const char *path, struct pos pos)
{
	char			 err[CONF_TEXT_MAX], *buf;
	const struct source	*s;
	size_t			 len;
	dev_t			 dev;
	ino_t			 ino;

	if (conf_file_read(path, &buf, &len, &dev, &ino, err,
	    sizeof(err)) == -1) {
		if (pos.line == 0)
			conf_error(ps, pos, "%s", err);
		else
			conf_error(ps, pos, "include %s: %s", path, err);
		return;
	}
	if ((s = lex_open_source(ps, dev, ino)) != NULL) {
		conf_error(ps, pos, "include loop: %s is being read already%s",
		    path, s->below == NULL ? "" : " (it includes this file)");
		free(buf);
		return;
	}
	lex_push(ps, path, buf, len, dev, ino);
}

/* A relative path is one beside the file that includes it. */
void
lex_include(struct parse *ps, const char *path, struct pos pos)
{
	const char	*slash;

	if (path == lex_undefined)
		return;
	if (path[0] == '\0') {
		conf_error(ps, pos, "include needs the path of a file");
		return;
	}
	if (ps->lex.depth > CONF_INCLUDE_MAX ||
	    ps->lex.sources >= CONF_SOURCES_MAX) {
		conf_error(ps, pos, "include: files nested deeper than %d, or "
		    "more than %d of them", CONF_INCLUDE_MAX,
		    CONF_SOURCES_MAX);
		return;
	}
	if (path[0] != '/' && (slash = strrchr(pos.file, '/')) != NULL)
		path = arena_printf(&ps->arena, "%.*s/%s",
		    (int)(slash - pos.file), pos.file, path);
	lex_push_file(ps, path, pos);
}

void
lex_free(struct parse *ps)
{
	struct source	*s;

	while ((s = ps->lex.top) != NULL) {
		ps->lex.top = s->below;
		free(s->buf);
		free(s);
	}
}
