/* Regular expressions of clients. */
#ifndef OMNITROND_RPC_GREP_H
#define OMNITROND_RPC_GREP_H

#include <stddef.h>

#include <regex.h>

#define GREP_MAX	256u	/* bytes of a regular expression */

/*
 * Compile an extended regular expression, to be freed with regfree(3).  -1:
 * it is none, or would cost too much; why is in the last two arguments.
 */
int	 grep_compile(regex_t *, const char *, char *, size_t);

#endif /* OMNITROND_RPC_GREP_H */
