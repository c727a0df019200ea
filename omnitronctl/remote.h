/*
 * The daemons on other hosts that the user has given names: remotes.json in
 * his home.  What is in it decides where his tokens go, so that it counts
 * only if nobody else can write it.
 */
#ifndef OMNITRONCTL_REMOTE_H
#define OMNITRONCTL_REMOTE_H

#include <limits.h>
#include <stddef.h>

#include "common/libomnitron/omnitron.h"
#include "common/units.h"

struct args;
struct ctl;
struct jsonw;

#define REMOTES_MAX	256	/* names that one user keeps apart */
#define REMOTE_USUAL_PORT	"9700"	/* omnitron-rpc(7) */

/* Member of an entry, and its option. */
#define REMOTE_FIELDS(X)						\
	X(HOST, "host", OMNITRON_HOST)					\
	X(PORT, "port", OMNITRON_PORT)					\
	X(TOKEN, "tokenFile", OMNITRON_TOKEN_FILE)			\
	X(CA, "ca", OMNITRON_CA)					\
	X(FINGERPRINT, "fingerprint", OMNITRON_FINGERPRINT)		\
	X(CERT, "cert", OMNITRON_CERT)					\
	X(KEY, "key", OMNITRON_KEY)

enum remote_field {
#define X(id, key, option)	REMOTE_##id,
	REMOTE_FIELDS(X)
#undef X
	REMOTE_MAX
};

struct remote {
	char	 name[NAME_SIZE];
	char	*field[REMOTE_MAX];	/* NULL: none; never of host */
	int	 plain;			/* no TLS */
};

struct remotes {
	struct remote	 list[REMOTES_MAX];
	size_t		 n;
	char		 home[PATH_MAX];
	char		 path[PATH_MAX];
	int		 lock;		/* descriptor, or -1 */
};

/*
 * All there are, to be changed and saved if `change`: then nobody else does
 * so meanwhile.  0, or the exit code after saying why; remotes_free in both
 * cases.
 */
int		 remotes_load(struct ctl *, struct remotes *, int change);
int		 remotes_save(struct ctl *, const struct remotes *);
void		 remotes_free(struct remotes *);
struct remote	*remotes_find(struct remotes *, const char *name);
/* Say that there is none of that name; the exit code. */
int		 remotes_missing(struct ctl *, const struct remotes *,
		    const char *name);
/* Where a token lies that was read from standard input. */
int		 remotes_token_path(const struct remotes *, const char *name,
		    char *buf, size_t size);
void		 remote_clear(struct remote *);
/* The host and port for people. */
char		*remote_address(const struct remote *, char *, size_t);
/*
 * Find the one that ctl->remote names; every connection then goes to it.  0,
 * or the exit code after saying why.
 */
int		 remote_choose(struct ctl *);
/* Let the connection go to it; -1: there is something that cannot be. */
int		 remote_set(const struct remote *, struct omnitron *);

/* remote_add.c: the command. */
int		 remote_add(struct ctl *, const struct args *);
/* remote_cmd.c: one as an object, and a document on standard output. */
void		 remote_write(struct jsonw *, const struct remote *);
void		 remote_print(struct jsonw *);

#endif /* OMNITRONCTL_REMOTE_H */
