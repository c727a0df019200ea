/*
 * What tokens a configuration accepts: one algorithm, whose they are, and the
 * keys.  In the network process, which got them from the parent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "omnitrond/network/jwt_parts.h"

static const struct jwt_alg	 algs[JWT_MAX] = {
	[JWT_HS256] = { "HS256", "SHA256", NULL, JWT_HMAC, 32 },
	[JWT_HS384] = { "HS384", "SHA384", NULL, JWT_HMAC, 48 },
	[JWT_HS512] = { "HS512", "SHA512", NULL, JWT_HMAC, 64 },
	[JWT_RS256] = { "RS256", "SHA256", NULL, JWT_RSA, 0 },
	[JWT_RS384] = { "RS384", "SHA384", NULL, JWT_RSA, 0 },
	[JWT_RS512] = { "RS512", "SHA512", NULL, JWT_RSA, 0 },
	[JWT_ES256] = { "ES256", "SHA256", "prime256v1", JWT_ECDSA, 64 },
	[JWT_ES384] = { "ES384", "SHA384", "secp384r1", JWT_ECDSA, 96 },
	[JWT_ES512] = { "ES512", "SHA512", "secp521r1", JWT_ECDSA,
	    JWT_ECDSA_MAX },
};

const struct jwt_alg *
jwt_alg(uint32_t algorithm)
{
	if (algorithm >= JWT_MAX || algs[algorithm].name == NULL)
		return (NULL);
	return (&algs[algorithm]);
}

struct jwt_conf *
jwt_conf_new(const struct m_conf_jwt *m, const char *issuer,
    const char *audience)
{
	const struct jwt_alg	*alg = jwt_alg(m->algorithm);
	struct jwt_conf		*conf;

	if (alg == NULL || (conf = calloc(1, sizeof(*conf))) == NULL)
		return (NULL);
	conf->alg = alg;
	conf->m = *m;
	if (issuer == NULL)
		issuer = "";
	if (audience == NULL)
		audience = "";
	/* Cut off, they would be others. */
	if (strlcpy(conf->issuer, issuer, sizeof(conf->issuer)) >=
	    sizeof(conf->issuer) ||
	    strlcpy(conf->audience, audience, sizeof(conf->audience)) >=
	    sizeof(conf->audience) ||
	    (conf->md = EVP_MD_fetch(NULL, alg->digest, NULL)) == NULL) {
		jwt_conf_free(conf);
		return (NULL);
	}
	return (conf);
}

void
jwt_conf_free(struct jwt_conf *conf)
{
	size_t	 i;

	if (conf == NULL)
		return;
	for (i = 0; i < conf->nkeys; i++)
		jwt_key_wipe(&conf->keys[i]);
	EVP_MD_free(conf->md);
	free(conf);
}

int
jwt_conf_add_key(struct jwt_conf *conf, const char *kid, const uint8_t *bytes,
    size_t len, char *err, size_t errsize)
{
	struct jwt_key	*key = &conf->keys[conf->nkeys];

	if (!name_valid(kid)) {
		strlcpy(err, "not a name for a key", errsize);
		return (-1);
	}
	if (conf->nkeys == KEYS_MAX) {
		snprintf(err, errsize, "more than %u keys; remove old ones",
		    KEYS_MAX);
		return (-1);
	}
	if (jwt_conf_key(conf, kid) != NULL) {
		snprintf(err, errsize, "two keys have the name %s", kid);
		return (-1);
	}
	memset(key, 0, sizeof(*key));
	if (jwt_key_make(key, conf, bytes, len, err, errsize) == -1) {
		jwt_key_wipe(key);
		return (-1);
	}
	strlcpy(key->kid, kid, sizeof(key->kid));
	conf->nkeys++;
	return (0);
}

size_t
jwt_conf_nkeys(const struct jwt_conf *conf)
{
	return (conf->nkeys);
}

const struct jwt_key *
jwt_conf_key(const struct jwt_conf *conf, const char *kid)
{
	size_t	 i;

	for (i = 0; i < conf->nkeys; i++)
		if (strcmp(conf->keys[i].kid, kid) == 0)
			return (&conf->keys[i]);
	return (NULL);
}

/* All but the keys. */
static int
conf_same_rest(const struct jwt_conf *a, const struct jwt_conf *b)
{
	return (a->alg == b->alg && strcmp(a->issuer, b->issuer) == 0 &&
	    strcmp(a->audience, b->audience) == 0);
}

static int
key_same(const struct jwt_key *a, const struct jwt_key *b)
{
	return (a != NULL && a->len == b->len &&
	    CRYPTO_memcmp(a->bytes, b->bytes, a->len) == 0);
}

void
jwt_conf_still(struct jwt_conf *conf, const struct jwt_conf *old)
{
	struct jwt_key	*key;
	size_t		 i;

	for (i = 0; i < conf->nkeys; i++) {
		key = &conf->keys[i];
		key->still = old != NULL && conf_same_rest(conf, old) &&
		    key_same(jwt_conf_key(old, key->kid), key);
	}
}

int
jwt_conf_same(const struct jwt_conf *a, const struct jwt_conf *b)
{
	size_t	 i;

	if (a == NULL || b == NULL)
		return (a == b);
	if (!conf_same_rest(a, b) || a->nkeys != b->nkeys ||
	    a->m.leeway_s != b->m.leeway_s || a->m.max_ttl_s != b->m.max_ttl_s)
		return (0);
	for (i = 0; i < a->nkeys; i++)
		if (!key_same(jwt_conf_key(b, a->keys[i].kid), &a->keys[i]))
			return (0);
	return (1);
}
