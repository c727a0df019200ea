/*
 * What libjwt says of a token.  A header of its own, since libjwt's has a
 * struct jwt, too.
 */
#ifndef OMNITROND_NETWORK_JWT_LIB_H
#define OMNITROND_NETWORK_JWT_LIB_H

#include <stddef.h>
#include <stdint.h>

/*
 * Does it accept the token (at most JWT_TOKEN_MAX bytes) with this key, by
 * this algorithm, and read the same end in it?  1 or 0; memory that is out is
 * 0.
 */
int	 jwt_lib_agrees(const char *token, size_t len, const uint8_t *key,
	    size_t keylen, const char *alg, int64_t exp_s);

#endif /* OMNITROND_NETWORK_JWT_LIB_H */
