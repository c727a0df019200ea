/*
 * The lexer of omnitrond.conf, written by hand.  In the parent.
 *
 * Newline is white space, a keyword ends a list.  What grammar and error
 * texts need to know of a token is kept: its place, whether it is the first
 * of its line, the token before it and the last keyword.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "omnitrond/parent/conf_parse.h"

const char	 lex_undefined[] = "?";

static struct pos
lex_pos(const struct source *s)
{
	struct pos	 pos = { s->name, s->line };

	return (pos);
}

static int
lex_peek(const struct source *s, size_t ahead)
{
	return (s->len - s->off > ahead ?
	    (unsigned char)s->buf[s->off + ahead] : -1);
}

/* White space and comments. */
static void
lex_skip(struct parse *ps, struct source *s)
{
	int	 c;

	while ((c = lex_peek(s, 0)) != -1) {
		if (c == '\n') {
			s->line++;
			ps->lex.first = 1;
		} else if (c == '#') {
			while (lex_peek(s, 1) != -1 && lex_peek(s, 1) != '\n')
				s->off++;
		} else if (c != ' ' && c != '\t' && c != '\r')
			return;
		s->off++;
	}
}

/* The length of the string that begins after the quote, 0 if it is wrong. */
static int
lex_string_end(struct parse *ps, struct source *s, int quote, size_t *n)
{
	int	 c;

	for (*n = 1; (c = lex_peek(s, *n)) != quote; (*n)++) {
		if (c == -1 || c == '\n') {
			conf_error(ps, lex_pos(s), "the string is not closed "
			    "by %c before the end of the line", quote);
			return (0);
		}
		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			conf_error(ps, lex_pos(s), "a control character in "
			    "a string");
			return (0);
		}
		if (c == '\\' && (lex_peek(s, *n + 1) == quote ||
		    lex_peek(s, *n + 1) == '\\'))
			(*n)++;
	}
	if (*n > CONF_STRING_MAX) {
		conf_error(ps, lex_pos(s), "a string of more than %d bytes",
		    CONF_STRING_MAX);
		return (0);
	}
	return (1);
}

/* A quoted string; \" and \\ are one character, all else is as it is. */
static void
lex_string(struct parse *ps, struct source *s, struct token *t)
{
	int	 quote = lex_peek(s, 0);
	size_t	 n, i, o;
	char	*text;

	t->type = TOK_STRING;
	t->text = lex_undefined;
	if (quote == '\'')
		conf_error(ps, t->pos, "strings are written in double quotes, "
		    "not in single ones");
	if (!lex_string_end(ps, s, quote, &n)) {
		while (lex_peek(s, 0) != -1 && lex_peek(s, 0) != '\n')
			s->off++;
		return;
	}
	text = arena_dup(&ps->arena, s->buf + s->off + 1, n - 1);
	for (i = o = 0; i < n - 1; i++) {
		if (text[i] == '\\' && i + 1 < n - 1 &&
		    (text[i + 1] == quote || text[i + 1] == '\\'))
			i++;
		text[o++] = text[i];
	}
	text[o] = '\0';
	s->off += n + 1;
	if (quote == '"')
		t->text = text;
}

static int
lex_is_word(int c)
{
	return (c > ' ' && c != 0x7f && strchr("\"{},=#$", c) == NULL);
}

static const char *
lex_take_word(struct parse *ps, struct source *s)
{
	const char	*start = s->buf + s->off;
	size_t		 n = 0;

	while (lex_is_word(lex_peek(s, n)))
		n++;
	s->off += n;
	return (arena_dup(&ps->arena, start, n));
}

static void
lex_macro(struct parse *ps, struct source *s, struct token *t)
{
	const char	*name;

	t->type = TOK_STRING;
	t->text = lex_undefined;
	s->off++;
	name = lex_take_word(ps, s);
	if (name[0] == '\0')
		conf_error(ps, t->pos, "$ without the name of a macro");
	else
		t->text = macro_get(ps, name, t->pos);
}

/* Is the next thing a `=', as after the name of a macro that is set? */
static int
lex_before_equals(const struct source *s)
{
	size_t	 n = 0;

	while (lex_peek(s, n) == ' ' || lex_peek(s, n) == '\t')
		n++;
	return (lex_peek(s, n) == '=');
}

static void
lex_word(struct parse *ps, struct source *s, struct token *t)
{
	int	 kw;

	t->text = lex_take_word(ps, s);
	if (isdigit((unsigned char)t->text[0]))
		t->type = TOK_NUMBER;
	else if (lex_before_equals(s))
		t->type = TOK_NAME;
	else if ((kw = keyword_find(t->text)) != -1) {
		t->type = TOK_KEYWORD;
		t->kw = kw;
	} else
		t->type = TOK_WORD;
}

static void
lex_punct(struct parse *ps, struct source *s, struct token *t)
{
	static const struct {
		int		 c;
		const char	*text;
	} puncts[] = {
		{ '{', "{" }, { '}', "}" }, { ',', "," }, { '=', "=" }
	};
	int	 c = lex_peek(s, 0);
	size_t	 i;

	t->type = TOK_PUNCT;
	t->text = "a control character";
	for (i = 0; i < sizeof(puncts) / sizeof(puncts[0]); i++)
		if (puncts[i].c == c)
			t->text = puncts[i].text;
	if (t->text[0] == '{' && s->braces++ == 0)
		s->open_line = s->line;
	if (t->text[0] == '}' && s->braces > 0)
		s->braces--;
	s->off++;
}

/*
 * The end of a file: what is open in it is closed here, so that a missing
 * brace does not swallow the file that includes it.
 */
static int
lex_end(struct parse *ps, struct token *t)
{
	struct lexer	*lx = &ps->lex;
	struct source	*s = lx->top;
	struct pos	 pos = lex_pos(s);

	if (s->braces > 0) {
		if (s->open_line > 0) {
			pos.line = s->open_line;
			conf_error(ps, pos, "the { of this line is not closed "
			    "by a } before the end of the file");
			s->open_line = 0;
		}
		s->braces--;
		t->type = TOK_PUNCT;
		t->text = "}";
		return (1);
	}
	if (s->below == NULL) {
		t->type = TOK_EOF;
		t->text = "the end of the file";
		return (1);
	}
	lx->top = s->below;
	lx->depth--;
	lx->first = 1;
	free(s->buf);
	free(s);
	return (0);
}

/* One token of the file on top; 0 if that ended and the next is on top. */
static int
lex_token(struct parse *ps, struct token *t)
{
	struct source	*s = ps->lex.top;
	int		 c;

	lex_skip(ps, s);
	t->pos = lex_pos(s);
	t->first = ps->lex.first;
	if ((c = lex_peek(s, 0)) == -1)
		return (lex_end(ps, t));
	ps->lex.first = 0;
	if (c == '"' || c == '\'')
		lex_string(ps, s, t);
	else if (c == '$')
		lex_macro(ps, s, t);
	else if (lex_is_word(c))
		lex_word(ps, s, t);
	else
		lex_punct(ps, s, t);
	return (1);
}

static void
lex_read(struct parse *ps)
{
	struct lexer	*lx = &ps->lex;
	struct token	 t;

	memset(&t, 0, sizeof(t));
	t.serial = lx->tok.serial + 1;
	while (!lex_token(ps, &t))
		;
	lx->prev = lx->tok;
	lx->tok = t;
	if (lx->prev.type == TOK_KEYWORD)
		lx->stmt = lx->prev.kw;
	else if (lx->prev.type == TOK_PUNCT && lx->prev.text[0] != ',')
		lx->stmt = KW_MAX;
}

void
lex_next(struct parse *ps)
{
	if (ps->lex.pushed)
		ps->lex.pushed = 0;
	else
		lex_read(ps);
}

/* Past white space and comments from there, and what is there. */
static int
lex_ahead(const struct source *s, size_t *n)
{
	int	 c;

	for (; (c = lex_peek(s, *n)) != -1; (*n)++) {
		if (c == '#')
			while (lex_peek(s, *n + 1) != -1 &&
			    lex_peek(s, *n + 1) != '\n')
				(*n)++;
		else if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
			break;
	}
	return (c);
}

/* Does a { follow, or with `value' one and then a {? */
static int
lex_ahead_brace(const struct source *s, int value)
{
	size_t	 n = 0;
	int	 c = lex_ahead(s, &n);

	if (!value || c == '{' || c == -1)
		return (c == '{');
	if (c == '"') {
		while ((c = lex_peek(s, ++n)) != '"' && c != '\n' && c != -1)
			if (c == '\\')
				n++;
		n++;
	} else {
		n += c == '$';
		while (lex_is_word(lex_peek(s, n)))
			n++;
	}
	return (lex_ahead(s, &n) == '{');
}

/* Is it of a statement that takes the keyword as an option? */
static int
lex_takes(enum keyword stmt, enum keyword kw)
{
	if (kw == KW_GROUP)
		return (stmt == KW_ALLOW || stmt == KW_DENY ||
		    stmt == KW_SOCKET || stmt == KW_ROLE ||
		    stmt == KW_GRANTS || stmt == KW_MODE || stmt == KW_GROUP);
	return (stmt == KW_LISTEN || stmt == KW_ON || stmt == KW_PORT ||
	    stmt == KW_INSECURE || stmt == KW_MAXROLE || stmt == KW_TLS);
}

int
lex_begins_block(const struct parse *ps)
{
	const struct lexer	*lx = &ps->lex;
	enum keyword		 kw = lx->tok.kw;

	return (ps->in == IN_GLOBAL && (lex_ahead_brace(lx->top,
	    kw == KW_GROUP) || !lex_takes(lx->stmt, kw)));
}

/* May a statement begin with this token, after an error? */
static int
lex_begins(const struct parse *ps, const struct token *t)
{
	if (!t->first)
		return (0);
	if (t->type == TOK_NAME)
		return (ps->in == IN_GLOBAL);
	if (t->type == TOK_KEYWORD)
		return ((keyword_in(t->kw) & ps->in) != 0);
	return (t->type == TOK_WORD);	/* mistyped, most likely */
}

/*
 * After a syntax error: go on at the next line that begins with a keyword
 * of this block or a word that is none at all, or at the block's end.
 * Blocks on the way are skipped whole.
 */
void
lex_recover(struct parse *ps)
{
	struct lexer	*lx = &ps->lex;
	int		 depth = 0, c;

	if (ps->cur != NULL)
		ps->cur->bad = 1;
	if (ps->in == IN_GLOBAL)
		ps->lost = 1;
	if (ps->in == IN_JWT || ps->in == IN_TLS)
		ps->access.lost = 1;
	if (lx->tok.serial == lx->recovered && lx->tok.type != TOK_EOF)
		lex_read(ps);		/* it stopped us before: go on */
	for (; lx->tok.type != TOK_EOF; lex_read(ps)) {
		c = lx->tok.type == TOK_PUNCT ? lx->tok.text[0] : 0;
		if (c == '{')
			depth++;
		else if (depth == 0 && (c == '}' || lex_begins(ps, &lx->tok)))
			break;
		else if (c == '}')
			depth--;
	}
	lx->recovered = lx->tok.serial;
	lx->pushed = 1;
}
