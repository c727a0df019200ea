/*
 * Where secrets come from: a file that a key or a passphrase opens, or the
 * environment that the daemon was started with.
 */
#ifndef OMNITROND_PARENT_PROVIDER_H
#define OMNITROND_PARENT_PROVIDER_H

#include <sys/queue.h>

#include <stddef.h>

struct conf;
struct parent;
struct passphrase;
struct peer;
TAILQ_HEAD(passphrases, passphrase);

/*
 * Take the passphrase that this configuration names out of our environment,
 * so that nobody else finds it there.
 */
void	 provider_take(struct parent *, const struct conf *);
/*
 * Have everything that the secrets process needs: its user, its folder, the
 * key (made if it is not there) or the passphrase.  0, or -1 with the reason
 * in err.
 */
int	 provider_ready(struct parent *, const struct conf *, char *err,
	    size_t);
/* To the secrets process: SECRETS_KEY, SECRETS_VALUE. */
void	 provider_feed(struct parent *, struct peer *, const struct conf *);

#endif /* OMNITROND_PARENT_PROVIDER_H */
