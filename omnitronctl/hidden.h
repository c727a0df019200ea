/*
 * Values that nobody is to see: read from a file, a pipe or a prompt without
 * echo, never from the command line, which others can see in ps(1).
 */
#ifndef OMNITRONCTL_HIDDEN_H
#define OMNITRONCTL_HIDDEN_H

#include <stddef.h>

struct ctl;

struct hidden {
	char	*text;		/* NUL-terminated */
	size_t	 len;
};

/*
 * Of at most max bytes.  `file` NULL: standard input, and if that is a
 * terminal a prompt for `what`, twice if it is a new value.  Of a pipe one
 * newline at the end of the only line goes; a file counts as it is.  0, or
 * the exit code after saying why.
 */
int	 hidden_read(struct ctl *, const char *file, const char *what,
	    int is_new, size_t max, struct hidden *);
/* The same for a token: checked, and white space around it goes. */
int	 hidden_token(struct ctl *, const char *file, struct hidden *);
void	 hidden_clear(struct hidden *);

#endif /* OMNITRONCTL_HIDDEN_H */
