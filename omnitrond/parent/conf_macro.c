/*
 * Macros: name = value in a file, and -D name=value, which wins over it.
 * In the parent; pure.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

static struct macro *
macro_find(struct parse *ps, const char *name)
{
	struct macro	*m;

	TAILQ_FOREACH(m, &ps->lex.macros, entry)
		if (strcmp(m->name, name) == 0)
			return (m);
	return (NULL);
}

static int
macro_name_valid(const char *s)
{
	if (!isalpha((unsigned char)*s) && *s != '_')
		return (0);
	while (isalnum((unsigned char)*s) || *s == '_' || *s == '-')
		s++;
	return (*s == '\0');
}

static struct macro *
macro_new(struct parse *ps, const char *name, const char *value)
{
	struct macro	*m = xcalloc(1, sizeof(*m));

	m->name = name;
	m->value = value;
	TAILQ_INSERT_TAIL(&ps->lex.macros, m, entry);
	ps->lex.nmacros++;
	return (m);
}

void
macro_set(struct parse *ps, const char *name, const char *value,
    struct pos pos)
{
	struct macro	*m;

	if (!macro_name_valid(name)) {
		conf_error(ps, pos, "\"%s\" cannot name a macro: letters, "
		    "digits, _ and - only, a letter first", name);
	} else if ((m = macro_find(ps, name)) != NULL) {
		if (!m->fixed)
			m->value = value;
	} else if (ps->lex.nmacros >= CONF_MACROS_MAX) {
		conf_error(ps, pos, "more than %d macros", CONF_MACROS_MAX);
	} else
		macro_new(ps, name, value);
}

void
macro_options(struct parse *ps)
{
	struct pos	 pos = { "-D", 0 };
	char		**o = ps->opts->macros;
	const char	*name, *eq, *c;
	struct macro	*m;

	for (; o != NULL && *o != NULL; o++) {
		eq = strchr(*o, '=');
		name = arena_dup(&ps->arena, *o,
		    eq != NULL ? (size_t)(eq - *o) : strlen(*o));
		if (eq == NULL || !macro_name_valid(name)) {
			conf_error(ps, pos, "\"%s\" is not name=value", *o);
			continue;
		}
		for (c = eq; *c == '\t' || (unsigned char)*c >= 0x20; c++)
			;
		if (*c != '\0') {
			conf_error(ps, pos, "%s: the value has a control "
			    "character in it", name);
			continue;
		}
		if ((m = macro_find(ps, name)) == NULL)
			m = macro_new(ps, name, "");
		m->value = arena_dup(&ps->arena, eq + 1, strlen(eq + 1));
		m->fixed = 1;
	}
}

void
macro_unused(struct parse *ps)
{
	struct pos	 pos = { "-D", 0 };
	struct macro	*m;

	TAILQ_FOREACH(m, &ps->lex.macros, entry)
		if (m->fixed && !m->used)
			conf_warning(ps, pos, "%s: the configuration does not "
			    "use this macro", m->name);
}

static void
macro_unknown(struct parse *ps, const char *name, struct pos pos)
{
	const char	**names, *near;
	struct macro	*m;
	size_t		 n = 0;

	names = xcalloc(ps->lex.nmacros + 1, sizeof(*names));
	TAILQ_FOREACH(m, &ps->lex.macros, entry)
		names[n++] = m->name;
	if ((near = nearest_name(name, names, n)) != NULL)
		conf_error(ps, pos, "macro \"%s\" is not defined; did you "
		    "mean \"%s\"?", name, near);
	else
		conf_error(ps, pos, "macro \"%s\" is not defined: write "
		    "%s = \"value\" before it is used", name, name);
	free(names);
}

const char *
macro_get(struct parse *ps, const char *name, struct pos pos)
{
	struct macro	*m;

	if ((m = macro_find(ps, name)) == NULL) {
		macro_unknown(ps, name, pos);
		return (lex_undefined);
	}
	m->used = 1;
	return (m->value);
}

void
macro_free(struct parse *ps)
{
	struct macro	*m;

	while ((m = TAILQ_FIRST(&ps->lex.macros)) != NULL) {
		TAILQ_REMOVE(&ps->lex.macros, m, entry);
		free(m);
	}
}
