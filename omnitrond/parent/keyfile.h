/* Files of keys and certificates: opened by the parent, read by others. */
#ifndef OMNITROND_PARENT_KEYFILE_H
#define OMNITROND_PARENT_KEYFILE_H

#include <stddef.h>
#include <stdint.h>

#define SECRETS_KEY_LEN	32u	/* of AES-256 */

/*
 * Open a file that nobody but root and we can have written; with `private',
 * that nobody else can read either.  A regular one of 1 to KEYFILE_MAX bytes;
 * no symbolic link is followed but in folders that only root and we can
 * write.  The descriptor (close-on-exec), or -1 with the reason and the remedy
 * in err.  Nothing of it is read.
 */
int	 keyfile_open(const char *path, int private, char *err, size_t);
/*
 * The key of the secrets in that file, which is made if it is not there, unless
 * `sealed' is: then it would open nothing.  0, or -1 with the reason in err.
 * The caller wipes the key.
 */
int	 keyfile_secrets(const char *path, const char *sealed,
	    uint8_t key[SECRETS_KEY_LEN], char *err, size_t);

#endif /* OMNITROND_PARENT_KEYFILE_H */
