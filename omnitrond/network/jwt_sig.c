/*
 * The signature of a token, verified with OpenSSL over the bytes before the
 * second dot.  In the network process.  Only 1 of OpenSSL is success; a length
 * that is not the key's own is never tried.
 */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include "omnitrond/network/jwt_parts.h"

/* DER of a raw signature: two integers, three bytes of frame each, a frame. */
#define DER_MAX		(JWT_ECDSA_MAX + 16)

static int
hmac_matches(const struct jwt_key *key, const struct jwt_token *t)
{
	uint8_t	 sum[EVP_MAX_MD_SIZE];
	size_t	 len = 0;
	int	 ok;

	/* Without a key: once more with the one that it has. */
	ok = EVP_MAC_init(key->mac, NULL, 0, NULL) == 1 &&
	    EVP_MAC_update(key->mac, (const uint8_t *)t->signed_part.p,
	    t->signed_part.len) == 1 &&
	    EVP_MAC_final(key->mac, sum, &len, sizeof(sum)) == 1 &&
	    len == key->siglen && CRYPTO_memcmp(sum, t->sig, len) == 0;
	explicit_bzero(sum, sizeof(sum));
	return (ok);
}

/* r and s, each of half the length, as OpenSSL wants them. */
static int
ecdsa_der(const struct jwt_token *t, uint8_t der[DER_MAX])
{
	ECDSA_SIG	*sig = ECDSA_SIG_new();
	size_t		 half = t->siglen / 2;
	BIGNUM		*r, *s;
	uint8_t		*p = der;
	int		 len = -1;

	r = BN_bin2bn(t->sig, (int)half, NULL);
	s = BN_bin2bn(t->sig + half, (int)half, NULL);
	if (sig == NULL || r == NULL || s == NULL ||
	    ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
	} else if ((len = i2d_ECDSA_SIG(sig, NULL)) > 0 && len <= DER_MAX)
		len = i2d_ECDSA_SIG(sig, &p);
	else
		len = -1;
	ECDSA_SIG_free(sig);
	return (len);
}

static int
pkey_matches(const struct jwt_conf *conf, const struct jwt_key *key,
    const struct jwt_token *t)
{
	uint8_t		 sum[EVP_MAX_MD_SIZE], der[DER_MAX];
	const uint8_t	*sig = t->sig;
	size_t		 siglen = t->siglen;
	unsigned	 len = 0;
	int		 n;

	if (EVP_Digest(t->signed_part.p, t->signed_part.len, sum, &len,
	    conf->md, NULL) != 1)
		return (0);
	if (conf->alg->family == JWT_ECDSA) {
		if ((n = ecdsa_der(t, der)) <= 0)
			return (0);
		sig = der;
		siglen = (size_t)n;
	}
	return (EVP_PKEY_verify(key->verify, sig, siglen, sum, len) == 1);
}

static int
matches(const struct jwt_conf *conf, const struct jwt_key *key,
    const struct jwt_token *t)
{
	int	 ok;

	if (t->siglen != key->siglen)
		return (0);
	ok = conf->alg->family == JWT_HMAC ? hmac_matches(key, t) :
	    pkey_matches(conf, key, t);
	if (!ok)
		ERR_clear_error();
	return (ok);
}

const struct jwt_key *
jwt_verify(const struct jwt_conf *conf, const struct jwt_token *t,
    const char **why)
{
	const struct jwt_key	*key;
	size_t			 i;

	*why = "the signature";
	if (t->kid[0] != '\0') {
		if ((key = jwt_conf_key(conf, t->kid)) == NULL)
			*why = "an unknown kid";
		else if (matches(conf, key, t))
			return (key);
		return (NULL);
	}
	for (i = 0; i < conf->nkeys; i++)
		if (matches(conf, &conf->keys[i], t))
			return (&conf->keys[i]);
	return (NULL);
}
