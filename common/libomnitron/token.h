/* Files that nobody else may read: tokens, keys. */
#ifndef LIBOMNITRON_TOKEN_H
#define LIBOMNITRON_TOKEN_H

#include <stddef.h>

#define TOKEN_MAX	4096	/* bytes of a token, as the daemon has it */
#define TOKEN_KEY_MAX	65536	/* of a file with a key: 16384 bits need 13 k */

/*
 * All of a file that is the caller's alone (a regular file, his own, without
 * rights for group and others): NUL-terminated, to be given to token_wipe.
 * NULL with a line in why and errno.
 */
char	*token_file(const char *path, size_t max, size_t *len, char *why,
	    size_t size);
/* A token out of such a file, without white space around. */
char	*token_read(const char *path, char *why, size_t size);
/* Is it one, by its characters and its length? */
int	 token_valid(const char *);
void	 token_wipe(char *, size_t);

#endif /* LIBOMNITRON_TOKEN_H */
