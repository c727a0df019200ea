/*
 * Tokens (JWT, RFC 7519) that clients come with: is it one of ours, and whom
 * does it make of its bearer?
 *
 *	jwt.c			what others call: the check, and what it is
 *				checked against
 *	jwt_conf.c jwt_key.c	what is accepted: algorithm, issuer, keys
 *	jwt_parse.c jwt_base64.c the three parts, and what the header may say
 *	jwt_sig.c		the signature, by OpenSSL
 *	jwt_lib.c		the same, by libjwt, which has to agree
 *	jwt_claims.c		what the token says, and until when
 *	jwt_cache.c jwt_revoked.c what was verified before; what is refused
 *
 * Nothing of a token is believed before both have verified its signature with
 * the algorithm and a key of the configuration.  To the outside there is one
 * error for all failures; jwt_why is for the audit trail.
 *
 * Nothing here may be named as libjwt names its own (jwt_new, jwt_free): its
 * calls of them would end here.
 */
#ifndef OMNITROND_NETWORK_JWT_H
#define OMNITROND_NETWORK_JWT_H

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/caller.h"
#include "omnitrond/proto.h"

/* A token may be issued by a clock that is ahead, by this or the leeway. */
#define JWT_AHEAD_S		5
/* Verified tokens that are kept: more than there are connections. */
#define JWT_CACHE_MAX		4096u

struct jwt;			/* what is in force, with what was verified */
struct jwt_conf;		/* what a configuration accepts */

enum jwt_result { JWT_OK, JWT_REFUSED };

/*
 * What CONF_JWT says, without keys; issuer and audience "" or NULL are not
 * checked.  NULL: there is no such algorithm, or no memory.  It is the
 * caller's until jwt_switch.
 */
struct jwt_conf	*jwt_conf_new(const struct m_conf_jwt *, const char *issuer,
		    const char *audience);
void		 jwt_conf_free(struct jwt_conf *);	/* NULL is fine */
/*
 * A key that verifies, as its file has it: all bytes of it for HS*, a PEM with
 * the public key for RS* and ES*.  The bytes stay the caller's to wipe.  0, or
 * -1 and in err what is wrong with it and the remedy, without the path.
 */
int		 jwt_conf_add_key(struct jwt_conf *, const char *kid,
		    const uint8_t *bytes, size_t len, char *err,
		    size_t errsize);
size_t		 jwt_conf_nkeys(const struct jwt_conf *);

/*
 * Before the walls stand: what libcrypto and jansson open at first use.  It
 * verifies a token of its own; a failure is fatal.
 */
void		 jwt_touch(void);
/* It refuses everything until jwt_switch.  Never NULL. */
struct jwt	*jwt_open(void);
void		 jwt_close(struct jwt *);		/* NULL is fine */
/*
 * From now on this is what is accepted; NULL: nothing.  It takes the
 * configuration.  Verified tokens are forgotten unless nothing changed;
 * revocations stay.
 */
void		 jwt_switch(struct jwt *, struct jwt_conf *);
/*
 * Asked right after jwt_switch, for those that came in by that key before it:
 * 1 if the same bytes under the same kid, algorithm, issuer and audience are
 * still accepted, else 0.
 */
int		 jwt_key_still(const struct jwt *, const char *kid);

/*
 * Is it valid now (seconds since the epoch)?  JWT_OK: how, role, subject,
 * jti, kid (of the key that verified it, named or not) and groups are in
 * *out, the rest of it is 0 (uid and gid ID_NONE), the address and the plane's
 * cap are the caller's to add; *exp_s is the first second in which it is not
 * valid any more, leeway included.  A token without a role that is known is
 * valid, with ROLE_NONE.  JWT_REFUSED: nothing in *out.  Memory that is out
 * refuses.
 */
enum jwt_result	 jwt_check(struct jwt *, const char *token, size_t len,
		    int64_t now_s, struct caller *out, int64_t *exp_s);
/*
 * The same, but only of tokens that were verified before: a look into the
 * cache.  For clients whose address failed too often: what others there send
 * must not lock out who has a valid token.
 */
enum jwt_result	 jwt_known(struct jwt *, const char *token, size_t len,
		    int64_t now_s, struct caller *out, int64_t *exp_s);
/* Why the last one was refused, in a few words without a part of it. */
const char	*jwt_why(const struct jwt *);

/*
 * Refuse tokens with that jti, until then (milliseconds since the epoch; 0:
 * for ever).  0, or -1: too many are revoked, or no jti.
 */
int		 jwt_revoke(struct jwt *, const char *jti, int64_t until_ms);
/* Is it?  For connections that showed their token once.  "" is not. */
int		 jwt_revoked(const struct jwt *, const char *jti);
/* Forget those whose end has passed. */
void		 jwt_tidy(struct jwt *, int64_t now_s);
size_t		 jwt_cached(const struct jwt *);

#endif /* OMNITROND_NETWORK_JWT_H */
