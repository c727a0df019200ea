/*
 * The steps of a token's check, for jwt*.c alone.  A step returns NULL, or why
 * the token is refused: a text that lives for ever and quotes nothing of it.
 */
#ifndef OMNITROND_NETWORK_JWT_PARTS_H
#define OMNITROND_NETWORK_JWT_PARTS_H

#include <sys/tree.h>
#include <sys/queue.h>

#include <openssl/evp.h>

#include "common/units.h"
#include "omnitrond/network/jwt.h"

/* libjwt takes memory of the stack for each byte; nothing honest is longer. */
#define JWT_TOKEN_MAX		(TOKEN_SIZE - 1)
/* A part of base64, decoded. */
#define JWT_PART_MAX		(JWT_TOKEN_MAX / 4 * 3 + 3)
/* Keys of RSA, in bits: below it they are weak, beyond it slow. */
#define JWT_RSA_MIN		2048
#define JWT_RSA_MAX		8192
/* A signature of the longest of them is the longest. */
#define JWT_SIG_MAX		(JWT_RSA_MAX / 8)
/* Raw signatures of ECDSA, of P-521. */
#define JWT_ECDSA_MAX		132
/* HMAC keys: nobody has longer ones, and libjwt copies them. */
#define JWT_HMAC_MAX		1024u

enum jwt_family { JWT_HMAC, JWT_RSA, JWT_ECDSA };

struct jwt_alg {
	const char	*name;		/* as in the header */
	const char	*digest;
	const char	*curve;		/* ECDSA: OpenSSL's name of it */
	enum jwt_family	 family;
	size_t		 size;		/* HMAC: key, at least, and signature;
					   ECDSA: signature; RSA: of the key */
};

struct jwt_key {
	char		 kid[NAME_SIZE];
	uint8_t		*bytes;		/* of HMAC, or the PEM for libjwt */
	size_t		 len;
	EVP_MAC_CTX	*mac;		/* HMAC: keyed */
	EVP_PKEY_CTX	*verify;	/* else: ready to verify a digest */
	size_t		 siglen;	/* the only length that is right */
	int		 still;		/* it was accepted before the switch */
};

struct jwt_conf {
	const struct jwt_alg	*alg;
	EVP_MD			*md;
	struct m_conf_jwt	 m;
	char			 issuer[SUBJECT_SIZE];
	char			 audience[SUBJECT_SIZE];
	size_t			 nkeys;
	struct jwt_key		 keys[KEYS_MAX];
};

/* One taken apart.  The spans point into the caller's bytes. */
struct jwt_span {
	const char	*p;
	size_t		 len;
};

struct jwt_token {
	struct jwt_span	 text;		/* all of it */
	struct jwt_span	 head;		/* as base64 */
	struct jwt_span	 body;
	struct jwt_span	 signed_part;	/* both, and the dot between them */
	uint8_t		 sig[JWT_SIG_MAX];
	size_t		 siglen;
	char		 kid[NAME_SIZE];	/* "": it names none */
};

/* What it says: who it is, in [from_s, until_s). */
struct jwt_said {
	int64_t		 from_s;
	int64_t		 until_s;
	int64_t		 exp_s;		/* as it is in the token */
	struct caller	 caller;
};

/* What was verified before, by the SHA-256 of all its bytes. */
#define JWT_HASH_SIZE	32
struct jwt_seen;
RB_HEAD(jwt_seens, jwt_seen);
TAILQ_HEAD(jwt_lru, jwt_seen);

struct jwt_cache {
	struct jwt_seens	 tree;
	struct jwt_lru		 lru;		/* the one used last at its head */
	size_t			 n;
};

struct jwt_revocation;
RB_HEAD(jwt_revocations, jwt_revocation);

struct jwt_revoked {
	struct jwt_revocations	 tree;
	size_t			 n;
};

struct jwt {
	struct jwt_conf		*conf;		/* NULL: nothing is accepted */
	EVP_MD			*sha256;
	const char		*why;
	struct jwt_cache	 cache;
	struct jwt_revoked	 revoked;
};

/* ---- jwt_base64.c -------------------------------------------------------- */

/* 0: there is a character that no token has. */
int		 jwt_base64_valid(const char *, size_t);
/*
 * base64url without padding, of which there is one spelling (RFC 4648, 3.5).
 * The number of bytes, or -1: it is another one, or they do not fit.
 */
int		 jwt_base64_decode(const char *, size_t, uint8_t *, size_t);

/* ---- jwt_parse.c --------------------------------------------------------- */

const char	*jwt_split(struct jwt_token *, const char *, size_t);
/* The algorithm has to be that one, before anything is calculated. */
const char	*jwt_header(struct jwt_token *, const struct jwt_alg *);
/* A part, which has to be a JSON object; *why, and NULL, if it is none. */
struct json	*jwt_object(const struct jwt_span *, const char **why);

/* ---- jwt_conf.c, jwt_key.c ----------------------------------------------- */

/* NULL: there is none such. */
const struct jwt_alg *jwt_alg(uint32_t algorithm);
const struct jwt_key *jwt_conf_key(const struct jwt_conf *, const char *kid);
/* Marks the keys that the other had, too. */
void		 jwt_conf_still(struct jwt_conf *, const struct jwt_conf *);
/* Is it the same in all that decides about a token? */
int		 jwt_conf_same(const struct jwt_conf *,
		    const struct jwt_conf *);
int		 jwt_key_make(struct jwt_key *, const struct jwt_conf *,
		    const uint8_t *, size_t, char *err, size_t errsize);
void		 jwt_key_wipe(struct jwt_key *);

/* ---- jwt_sig.c ----------------------------------------------------------- */

/* The key that it is signed with, or *why there is none. */
const struct jwt_key *jwt_verify(const struct jwt_conf *,
		    const struct jwt_token *, const char **why);

/* ---- jwt_claims.c -------------------------------------------------------- */

const char	*jwt_claims(const struct jwt_conf *, const struct jwt_token *,
		    struct jwt_said *);
const char	*jwt_in_time(const struct jwt_said *, int64_t now_s);

/* ---- jwt_cache.c, jwt_revoked.c ------------------------------------------ */

void		 jwt_cache_init(struct jwt_cache *);
void		 jwt_cache_flush(struct jwt_cache *);
/* 1: it was put there, and *said is what it said. */
int		 jwt_cache_get(struct jwt_cache *,
		    const uint8_t hash[JWT_HASH_SIZE], struct jwt_said *);
/* Without memory it is not kept. */
void		 jwt_cache_put(struct jwt_cache *,
		    const uint8_t hash[JWT_HASH_SIZE], const struct jwt_said *);
void		 jwt_cache_drop(struct jwt_cache *,
		    const uint8_t hash[JWT_HASH_SIZE]);
void		 jwt_cache_tidy(struct jwt_cache *, int64_t now_s);

void		 jwt_revoked_init(struct jwt_revoked *);
void		 jwt_revoked_free(struct jwt_revoked *);
int		 jwt_revoked_add(struct jwt_revoked *, const char *jti,
		    int64_t until_ms);
int		 jwt_revoked_has(const struct jwt_revoked *, const char *jti);
void		 jwt_revoked_tidy(struct jwt_revoked *, int64_t now_ms);

#endif /* OMNITROND_NETWORK_JWT_PARTS_H */
