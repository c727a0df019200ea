/*
 * Text to tokens: files that include files, macros, quoted strings.  Part
 * of the configuration; lex.c, lex_file.c, lex_macro.c, lex_error.c.
 */
#ifndef OMNITROND_PARENT_LEX_H
#define OMNITROND_PARENT_LEX_H

#include <sys/types.h>
#include <sys/queue.h>

#include <stddef.h>

#include "omnitrond/parent/conf_keywords.h"

#define CONF_STRING_MAX	65536		/* bytes of one string */
#define CONF_SOURCES_MAX 4096		/* files read in one run */
#define CONF_MACROS_MAX	4096

struct parse;

struct pos {
	const char	*file;
	int		 line;		/* 0: of the file as a whole */
};

enum token_type {
	TOK_EOF, TOK_PUNCT, TOK_KEYWORD, TOK_STRING, TOK_WORD, TOK_NUMBER,
	TOK_NAME		/* a word before =: the name of a macro */
};

struct token {
	enum token_type	 type;
	enum keyword	 kw;		/* of TOK_KEYWORD */
	const char	*text;
	struct pos	 pos;
	int		 first;		/* on its line */
	unsigned int	 serial;
};

struct source {
	struct source	*below;		/* the file that includes this one */
	const char	*name;
	char		*buf;
	size_t		 len;
	size_t		 off;
	int		 line;
	int		 braces;	/* open ones */
	int		 open_line;	/* of the outermost */
	dev_t		 dev;		/* 0, 0: not a file */
	ino_t		 ino;
};

struct macro {
	TAILQ_ENTRY(macro)	 entry;
	const char		*name;
	const char		*value;
	int			 fixed;	/* of the command line */
	int			 used;
};
TAILQ_HEAD(macros, macro);

struct lexer {
	struct source	*top;
	unsigned int	 depth;		/* of the stack */
	unsigned int	 sources;	/* read so far */
	struct macros	 macros;
	unsigned int	 nmacros;
	struct token	 tok;
	struct token	 prev;
	enum keyword	 stmt;		/* the last keyword; KW_MAX: none */
	int		 first;		/* nothing on this line yet */
	int		 pushed;	/* tok is to be given again */
	unsigned int	 reported;	/* serial of the last syntax error */
	unsigned int	 recovered;	/* serial where recovery stopped */
};

/* Stands for the value of an unknown macro: the error is reported already. */
extern const char	 lex_undefined[];

void	 lex_next(struct parse *);	/* the next token into lex.tok */
/*
 * Is the keyword just read the beginning of a block outside of blocks, and no
 * option of a statement there?
 */
int	 lex_begins_block(const struct parse *);
void	 lex_recover(struct parse *);
void	 lex_syntax_error(struct parse *);
void	 lex_push_file(struct parse *, const char *, struct pos);
void	 lex_push_text(struct parse *, const char *name, const char *, size_t);
void	 lex_include(struct parse *, const char *, struct pos);
void	 lex_free(struct parse *);
const char *keyword_word(enum keyword);
const char *keyword_args(enum keyword);
const char *keyword_default(enum keyword);	/* as in the manual */
unsigned int keyword_in(enum keyword);
int	 keyword_find(const char *);		/* or -1 */
/* "supervision, default, app" */
char	*keyword_in_text(unsigned int, char *, size_t);

void	 macro_set(struct parse *, const char *, const char *, struct pos);
void	 macro_options(struct parse *);	/* -D */
void	 macro_unused(struct parse *);	/* warn of those of -D */
const char *macro_get(struct parse *, const char *, struct pos);
void	 macro_free(struct parse *);

/*
 * Read a whole file that only root and we can have written.  0, or -1 with
 * the reason in err.
 */
int	 conf_file_read(const char *, char **buf, size_t *len, dev_t *, ino_t *,
	    char *err, size_t);

#endif /* OMNITROND_PARENT_LEX_H */
