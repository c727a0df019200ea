/*
 * Is a token one of ours?  (jwt.h)  In the network process, which has the keys
 * that verify, and of HMAC those that sign.
 */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/network/jwt_lib.h"
#include "omnitrond/network/jwt_parts.h"

struct jwt *
jwt_open(void)
{
	struct jwt	*jwt = xcalloc(1, sizeof(*jwt));

	jwt_cache_init(&jwt->cache);
	jwt_revoked_init(&jwt->revoked);
	jwt->why = "";
	if ((jwt->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL)) == NULL)
		fatalx("libcrypto has no SHA-256");
	return (jwt);
}

void
jwt_close(struct jwt *jwt)
{
	if (jwt == NULL)
		return;
	jwt_cache_flush(&jwt->cache);
	jwt_revoked_free(&jwt->revoked);
	jwt_conf_free(jwt->conf);
	EVP_MD_free(jwt->sha256);
	free(jwt);
}

void
jwt_switch(struct jwt *jwt, struct jwt_conf *conf)
{
	if (conf != NULL)
		jwt_conf_still(conf, jwt->conf);
	if (!jwt_conf_same(conf, jwt->conf))
		jwt_cache_flush(&jwt->cache);
	jwt_conf_free(jwt->conf);
	jwt->conf = conf;
}

int
jwt_key_still(const struct jwt *jwt, const char *kid)
{
	const struct jwt_key	*key;

	return (jwt->conf != NULL &&
	    (key = jwt_conf_key(jwt->conf, kid)) != NULL && key->still);
}

/* ---- the check ----------------------------------------------------------- */

static const char *
check_whole(const struct jwt_conf *conf, const char *token, size_t len,
    int64_t now_s, struct jwt_said *said)
{
	struct jwt_token	 t;
	const struct jwt_key	*key;
	const char		*why;

	if ((why = jwt_split(&t, token, len)) != NULL ||
	    (why = jwt_header(&t, conf->alg)) != NULL)
		return (why);
	if ((key = jwt_verify(conf, &t, &why)) == NULL)
		return (why);
	if ((why = jwt_claims(conf, &t, said)) != NULL ||
	    (why = jwt_in_time(said, now_s)) != NULL)
		return (why);
	if (!jwt_lib_agrees(token, len, key->bytes, key->len, conf->alg->name,
	    said->exp_s))
		return ("libjwt does not agree");
	strlcpy(said->caller.kid, key->kid, sizeof(said->caller.kid));
	return (NULL);
}

static int
check_hash(const struct jwt *jwt, const char *token, size_t len,
    uint8_t hash[EVP_MAX_MD_SIZE])
{
	unsigned	 n = 0;

	return (EVP_Digest(token, len, hash, &n, jwt->sha256, NULL) == 1 &&
	    n == JWT_HASH_SIZE ? 0 : -1);
}

/* What the cache has may have ended, or been revoked, meanwhile. */
static const char *
check_seen(struct jwt *jwt, const uint8_t *hash, int64_t now_s,
    const struct jwt_said *said)
{
	const char	*why = jwt_in_time(said, now_s);

	if (why == NULL && jwt_revoked_has(&jwt->revoked, said->caller.jti))
		why = "revoked";
	if (why != NULL)
		jwt_cache_drop(&jwt->cache, hash);
	return (why);
}

static const char *
check(struct jwt *jwt, const char *token, size_t len, int64_t now_s,
    int only_known, struct jwt_said *said)
{
	uint8_t		 hash[EVP_MAX_MD_SIZE];
	const char	*why;

	if (jwt->conf == NULL)
		return ("no tokens are configured");
	if (len == 0 || len > JWT_TOKEN_MAX)
		return ("its length");
	if (check_hash(jwt, token, len, hash) == -1)
		return ("no memory");
	if (jwt_cache_get(&jwt->cache, hash, said))
		return (check_seen(jwt, hash, now_s, said));
	if (only_known)
		return ("not known");
	if ((why = check_whole(jwt->conf, token, len, now_s, said)) != NULL)
		return (why);
	if (jwt_revoked_has(&jwt->revoked, said->caller.jti))
		return ("revoked");
	jwt_cache_put(&jwt->cache, hash, said);
	return (NULL);
}

static enum jwt_result
answer(struct jwt *jwt, const char *token, size_t len, int64_t now_s,
    int only_known, struct caller *out, int64_t *exp_s)
{
	struct jwt_said	 said;
	const char	*why;

	why = check(jwt, token, len, now_s, only_known, &said);
	jwt->why = why != NULL ? why : "";
	if (why != NULL) {
		memset(out, 0, sizeof(*out));
		out->uid = out->gid = ID_NONE;
		*exp_s = 0;
		return (JWT_REFUSED);
	}
	*out = said.caller;
	*exp_s = said.until_s;
	return (JWT_OK);
}

enum jwt_result
jwt_check(struct jwt *jwt, const char *token, size_t len, int64_t now_s,
    struct caller *out, int64_t *exp_s)
{
	return (answer(jwt, token, len, now_s, 0, out, exp_s));
}

enum jwt_result
jwt_known(struct jwt *jwt, const char *token, size_t len, int64_t now_s,
    struct caller *out, int64_t *exp_s)
{
	return (answer(jwt, token, len, now_s, 1, out, exp_s));
}

const char *
jwt_why(const struct jwt *jwt)
{
	return (jwt->why);
}

/* ---- revocations --------------------------------------------------------- */

int
jwt_revoke(struct jwt *jwt, const char *jti, int64_t until_ms)
{
	return (jwt_revoked_add(&jwt->revoked, jti, until_ms));
}

int
jwt_revoked(const struct jwt *jwt, const char *jti)
{
	return (jwt_revoked_has(&jwt->revoked, jti));
}

void
jwt_tidy(struct jwt *jwt, int64_t now_s)
{
	int64_t	 leeway = jwt->conf != NULL ? jwt->conf->m.leeway_s : 0;

	jwt_cache_tidy(&jwt->cache, now_s);
	/* Their end is what the token says: it is taken for longer. */
	jwt_revoked_tidy(&jwt->revoked, (now_s - leeway) * 1000);
}

size_t
jwt_cached(const struct jwt *jwt)
{
	return (jwt->cache.n);
}
