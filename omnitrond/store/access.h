/*
 * access.json: the tokens that are refused until they end, as the last file
 * said and as the supervisor has added to it since.
 */
#ifndef OMNITROND_STORE_ACCESS_H
#define OMNITROND_STORE_ACCESS_H

#include <sys/types.h>
#include <sys/tree.h>

#include <stdint.h>

#include "omnitrond/proto.h"
#include "omnitrond/store/state.h"

#define ACCESS_VERSION	1
/*
 * The supervisor refuses to revoke more than REVOKED_MAX.  It forgets what has
 * ended by a clock that it looks at before we look at ours: with twice as many
 * here, more is a supervisor that keeps to no bound.
 */
#define ACCESS_MAX	(2 * REVOKED_MAX)
/* All of them, each with a `jti' that is all escapes. */
#define ACCESS_FILE_MAX	((size_t)64 * 1024 * 1024)
/*
 * A token is accepted for its leeway longer, and a clock that was ahead may
 * be set back: so long is one kept after its end.
 */
#define ACCESS_KEEP_MS	(24 * 3600 * INT64_C(1000))

struct revocation {
	RB_ENTRY(revocation)	 entry;
	int64_t			 until_ms;
	char			 jti[SUBJECT_SIZE];
};
RB_HEAD(revocations, revocation);

struct access {
	struct revocations	 revoked;
	uint32_t		 nrevoked;
	int			 dirty;		/* not as in the file */
	struct extras		 extra;		/* of the root object */
};

void	 access_init(struct access *);
void	 access_free(struct access *);		/* empty again */
/*
 * Refuse the token with this jti until its end, for which the later counts.
 * -1: it breaks the protocol: no jti, not UTF-8, no end, or one too many.
 */
int	 access_revoke(struct access *, const char *jti, int64_t until_ms,
	    int64_t now_ms);
/* Forget those that ended long enough ago. */
void	 access_expire(struct access *, int64_t now_ms);

/*
 * The text of the file.  access_write: -1 with errno EFBIG.  access_read
 * fills an empty list from a whole file; -1 and a short reason, and the list
 * is empty again.
 */
int	 access_write(const struct access *, int64_t now_ms, struct jsonw *);
int	 access_read(struct access *, const char *, size_t,
	    int64_t *version, char *err, size_t errsize);

int	 revocation_cmp(const struct revocation *, const struct revocation *);
RB_PROTOTYPE(revocations, revocation, entry, revocation_cmp)

#endif /* OMNITROND_STORE_ACCESS_H */
