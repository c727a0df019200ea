/*
 * Tokens that are refused until they end: told to the network at once, and
 * kept by the store.
 */
#ifndef SUPERVISOR_REVOKE_H
#define SUPERVISOR_REVOKE_H

#include <sys/tree.h>

#include <stdint.h>

#include "omnitrond/proto.h"

struct ask;
struct sup;

/*
 * A token is accepted for its leeway longer, and a clock that was ahead may
 * be set back: so long is one kept after its end.  As the store does.
 */
#define REVOKED_KEEP_MS		(24 * 3600 * INT64_C(1000))
/* Of a token whose end nobody knows: no token should live longer. */
#define REVOKED_FOR_MS		(400 * 24 * 3600 * INT64_C(1000))

struct revoked {
	RB_ENTRY(revoked)	 entry;
	int64_t			 until_ms;	/* wall: its end */
	int			 unsaved;
	char			 jti[SUBJECT_SIZE];
};
RB_HEAD(revoked_tree, revoked);

int	 revoked_cmp(const struct revoked *, const struct revoked *);
RB_PROTOTYPE(revoked_tree, revoked, entry, revoked_cmp)

struct revokes {
	struct revoked_tree	 tree;
	uint32_t		 n;
	int			 unsaved;	/* some of them */
};

void	 revoke_init(struct sup *);
void	 revoke_free(struct sup *);
/* OP_REVOKE: answered when it is on disk. */
int	 revoke_request(struct sup *, const struct ask *, const char *jti);
/* One of the store's; -1: it breaks the protocol. */
int	 revoke_load(struct sup *, const struct m_revocation *,
	    const char *jti);
/* All to the network, which has none yet. */
void	 revoke_tell(struct sup *);
/* A commit follows: what it is to hold, all of it or what is new. */
void	 revoke_save(struct sup *);
void	 revoke_save_all(struct sup *);
/* Forget those that ended long enough ago. */
void	 revoke_expire(struct sup *);

#endif /* SUPERVISOR_REVOKE_H */
