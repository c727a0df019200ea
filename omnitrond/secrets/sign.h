/*
 * Tokens: JSON Web Tokens (RFC 7519), signed with the key that the
 * configuration names for it.  libcrypto does it, without libjwt: what signs
 * has no need of a parser of tokens beside the key.
 */
#ifndef OMNITROND_SECRETS_SIGN_H
#define OMNITROND_SECRETS_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/method.h"
#include "omnitrond/proto.h"

#define RSA_BITS_MIN	2048
#define JTI_SIZE	33		/* 16 random bytes as hex, and NUL */
#define TTL_DEFAULT_S	3600		/* or max-ttl, if that is less */

struct signer;

struct token {
	char		 text[TOKEN_SIZE];
	char		 jti[JTI_SIZE];
	int64_t		 exp_s;
};

struct signer	*signer_new(const struct m_conf_jwt *, const char *issuer,
		    const char *audience);
void		 signer_free(struct signer *);		/* NULL is fine */
/* The contents of a file, which a message names; -1 with why. */
int		 signer_key(struct signer *, const char *kid,
		    const char *path, const uint8_t *, size_t, char *err,
		    size_t errsize);
const char	*signer_kid(const struct signer *);
/*
 * A token for `sub' that lives for ttl_s seconds (0: TTL_DEFAULT_S).  OUT_OK,
 * or another outcome and why; the signer may be NULL, or have no key.
 */
enum outcome	 signer_issue(const struct signer *, enum role,
		    const char *sub, uint32_t ttl_s, int64_t now_s,
		    struct token *, char *err, size_t errsize);

#endif /* OMNITROND_SECRETS_SIGN_H */
