/*
 * libjwt's word on a token.  In the network process.  It is asked last, of
 * what a key of ours has signed: so no stranger's bytes reach its parser.
 * What it does wrong in the versions that are about is why it does not decide
 * alone: it takes any algorithm that the token names, anything at all with an
 * empty key, and no memory for success.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include <jwt.h>

#include <openssl/err.h>

#include "omnitrond/network/jwt_lib.h"
#include "omnitrond/proto.h"

int
jwt_lib_agrees(const char *token, size_t len, const uint8_t *key,
    size_t keylen, const char *alg, int64_t exp_s)
{
	char		 text[TOKEN_SIZE];
	const char	*name;
	jwt_t		*t = NULL;
	int		 ok = 0;

	if (keylen == 0 || keylen > INT_MAX || len >= sizeof(text))
		return (0);
	memcpy(text, token, len);
	text[len] = '\0';
	if (jwt_decode(&t, text, key, (int)keylen) == 0 && t != NULL) {
		name = jwt_alg_str(jwt_get_alg(t));
		errno = 0;
		ok = name != NULL && strcmp(name, alg) == 0 &&
		    jwt_get_grant_int(t, "exp") == exp_s && errno == 0;
	}
	jwt_free(t);
	ERR_clear_error();
	return (ok);
}
