/*
 * The secrets as a whole: in memory, in secrets.enc, or from the environment;
 * open, or not and why.
 *
 * A data key encrypts the values, and the master key, which is made from what
 * the configuration gives, encrypts the data key.  So another passphrase or
 * key file in the configuration, while the secrets are open, only locks the
 * data key anew, and a rekey makes another data key.  What the configuration
 * gives is not kept: for a file that does not open, the lock that a new one
 * would have is made at once.
 */
#ifndef OMNITROND_SECRETS_VAULT_H
#define OMNITROND_SECRETS_VAULT_H

#include <stdint.h>

#include "omnitrond/file.h"
#include "omnitrond/proto.h"
#include "omnitrond/secrets/map.h"
#include "omnitrond/secrets/seal.h"

#define SECRETS_FILE	"secrets.enc"
#define KEYFILE_SIZE	32	/* bytes, of the key file */

/* Keys, in memory that is locked. */
struct vault_keys {
	uint8_t	 master[SEAL_KEY];
	uint8_t	 data[SEAL_KEY];
};

struct vault {
	struct file		 file;
	enum secrets_how	 how;
	int			 shut;		/* nothing works: see reason */
	int			 foreign;	/* not ours: nor is it moved */
	int			 damaged;	/* else: of another key */
	int			 there;		/* there is a file */
	int			 dirty;		/* the file is not as the map */
	int			 both;		/* nor may its backup stay */
	char			 reason[TEXT_MAX];
	struct map		 map;
	struct seal		 seal;
	struct vault_keys	*keys;
};

void	 vault_init(struct vault *, const struct fileops *, int dirfd);
void	 vault_free(struct vault *);
/*
 * What a configuration says: enum secrets_how, the key or the passphrase, and
 * from the environment all there are (taken over, the map is empty then).
 */
void	 vault_configure(struct vault *, enum secrets_how, const uint8_t *,
	    size_t, struct map *env);
/* Why nothing can be read: its outcome, or OUT_OK; text of TEXT_MAX. */
enum outcome vault_readable(const struct vault *, char *text);
/* The same of changes. */
enum outcome vault_writable(const struct vault *, char *text);

/*
 * Changes, each with its write: OUT_OK, or an outcome and why, and all is as
 * it was.  *persisted: it is known to be on the disk.  *changed: it differs
 * from what there was.
 */
enum outcome vault_set(struct vault *, const char *key, const void *value,
		    size_t, int64_t now_ms, int *persisted, int *changed,
		    char *text);
enum outcome vault_delete(struct vault *, const char *key, int *persisted,
		    char *text);
enum outcome vault_rekey(struct vault *, int *persisted, char *text);
/* Move the file and its backup aside; *moved: as what, NULL for nothing. */
enum outcome vault_reset(struct vault *, const char **moved, char *text);
/* Write what could not be written. */
void	 vault_retry(struct vault *);

#endif /* OMNITROND_SECRETS_VAULT_H */
