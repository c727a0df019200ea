/*
 * Files that nobody else may read: tokens, keys, passwords.  In omnitronctl
 * and libomnitron.
 */
#ifndef COMMON_PRIVATE_H
#define COMMON_PRIVATE_H

#include <stddef.h>

#define PRIVATE_TOKEN_MAX	4096	/* bytes; the daemon takes no more */
#define PRIVATE_KEY_MAX	65536	/* of a file with a key: 16384 bits need 13 k */

/*
 * All of a file that is the caller's alone (a regular file, his own, without
 * rights for group and others): NUL-terminated, to be given to private_wipe.
 * NULL with a line in why and errno.
 */
char	*private_file(const char *path, size_t max, size_t *len, char *why,
	    size_t size);
/* A token out of such a file, without white space around. */
char	*private_token(const char *path, char *why, size_t size);
/*
 * Write such a file, in whole or not at all: into a new one beside it, which
 * takes its place when it is on disk.  0, or -1 with a line in why and errno.
 */
int	 private_write(const char *path, const char *, size_t len, char *why,
	    size_t size);
/* Is it one, by its characters and its length? */
int	 private_is_token(const char *);
void	 private_wipe(char *, size_t);

#endif /* COMMON_PRIVATE_H */
