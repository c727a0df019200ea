/*
 * Text of the normal form (conf_print.c, conf_print_access.c), as it grows.
 * In the parent; pure.
 */
#ifndef OMNITROND_PARENT_CONF_PRINT_H
#define OMNITROND_PARENT_CONF_PRINT_H

#include <stddef.h>

#include "omnitrond/parent/conf_parse.h"

struct out {
	char	*text;
	size_t	 len;
	size_t	 size;
	char	 none[512];	/* keywords that have no value: a comment */
};

void	 out_add(struct out *, const char *, size_t);
void	 out_word(struct out *, const char *);
/* " \"text\"", with what the lexer takes for one character in front. */
void	 out_quoted(struct out *, const char *);
void	 out_printf(struct out *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));
/* A keyword that is not given and has no default is named, too. */
void	 none_add(struct out *, const char *before, enum keyword);
void	 none_print(struct out *, const char *before);

/* conf_print_access.c; what is given of a process, 0 if there is none. */
void	 print_sockets(struct out *, const struct conf *);
void	 print_access(struct out *, const struct conf *);
int	 print_creds(struct out *, const struct process_conf *,
	    const char *indent);

#endif /* OMNITROND_PARENT_CONF_PRINT_H */
