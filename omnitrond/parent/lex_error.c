/*
 * Words for a syntax error: what was found, where it belongs, what the
 * statement takes.  In the parent; pure.
 */
#include <stdio.h>
#include <string.h>

#include "common/units.h"
#include "omnitrond/parent/conf_parse.h"

/* "in an app block" */
static const char *
lex_where(const struct parse *ps, char *buf, size_t size)
{
	char	 name[64];

	if (ps->in == IN_GLOBAL)
		return ("outside of a block");
	keyword_in_text(ps->in, name, sizeof(name));
	snprintf(buf, size, "in %s %s block",
	    strchr("aeiou", name[0]) != NULL ? "an" : "a", name);
	return (buf);
}

static const char *
lex_nearest(const struct parse *ps, const char *word)
{
	const char	*names[KW_MAX];
	size_t		 n = 0;
	int		 kw;

	for (kw = 0; kw < KW_MAX; kw++)
		if (keyword_in(kw) & ps->in)
			names[n++] = keyword_word(kw);
	return (nearest_name(word, names, n));
}

static void
lex_error_word(struct parse *ps, const struct token *t)
{
	char		 where[128];
	const char	*near = lex_nearest(ps, t->text);

	if (near != NULL)
		conf_error(ps, t->pos, "unknown keyword \"%s\" %s; did you "
		    "mean \"%s\"?", t->text, lex_where(ps, where,
		    sizeof(where)), near);
	else
		conf_error(ps, t->pos, "unknown keyword \"%s\" %s", t->text,
		    lex_where(ps, where, sizeof(where)));
}

static void
lex_error_keyword(struct parse *ps, const struct token *t)
{
	char		 where[128], in[128];
	int		 outside = (keyword_in(t->kw) & ~IN_GROUP) == IN_GLOBAL;

	if (keyword_in(t->kw) & ps->in) {
		conf_error(ps, t->pos, "\"%s\" cannot stand here",
		    keyword_word(t->kw));
		return;
	}
	keyword_in_text(keyword_in(t->kw), in, sizeof(in));
	if (outside)
		strlcpy(in, "outside of blocks; is a } missing above?",
		    sizeof(in));
	conf_error(ps, t->pos, "\"%s\" cannot stand %s: it belongs %s%s",
	    keyword_word(t->kw), lex_where(ps, where, sizeof(where)),
	    outside ? "" : "in ", in);
}

/* A statement began, and this is not what it takes. */
static void
lex_error_value(struct parse *ps, const struct token *t, enum keyword kw)
{
	const char	*word = keyword_word(kw), *args = keyword_args(kw);

	if (t->type == TOK_KEYWORD)
		conf_error(ps, t->pos, "%s takes %s, but the keyword \"%s\" "
		    "follows (if it is meant as a value, quote it)", word,
		    args, t->text);
	else if (t->type == TOK_EOF || t->type == TOK_PUNCT)
		conf_error(ps, t->pos, "%s takes %s, but %s follows", word,
		    args, t->text);
	else
		conf_error(ps, t->pos, "%s takes %s, not \"%s\"", word, args,
		    t->text);
}

/* yyerror: about the token that the grammar could not use. */
void
lex_syntax_error(struct parse *ps)
{
	struct lexer		*lx = &ps->lex;
	const struct token	*t = &lx->tok;

	if (t->serial == lx->reported)
		return;
	lx->reported = t->serial;
	if (t->text == lex_undefined)
		return;			/* that was an error of its own */
	if (lx->prev.type == TOK_KEYWORD)
		lex_error_value(ps, t, lx->prev.kw);
	else if (t->type == TOK_WORD)
		lex_error_word(ps, t);
	else if (t->type == TOK_KEYWORD)
		lex_error_keyword(ps, t);
	else if (t->type == TOK_PUNCT && t->text[0] == '}' &&
	    ps->in == IN_GLOBAL && lx->stmt == KW_MAX)
		conf_error(ps, t->pos, "a } without a {");
	else if (t->type == TOK_NAME)
		conf_error(ps, t->pos, "the macro \"%s\" must be set outside "
		    "of blocks", t->text);
	else if (lx->stmt != KW_MAX)
		lex_error_value(ps, t, lx->stmt);
	else
		conf_error(ps, t->pos, "unexpected %s", t->text);
}
