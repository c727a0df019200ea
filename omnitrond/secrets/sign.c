/*
 * Signing tokens (secrets).  Touches memory only.
 *
 * HS*: the key is all bytes of its file, at least as many as the hash has.
 * RS* and ES*: a private key in PEM, of a length and curve that go with the
 * algorithm.  A PEM is never taken for the bytes of a secret.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "common/jsonw.h"
#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/secrets/map.h"
#include "omnitrond/secrets/seal.h"
#include "omnitrond/secrets/sign.h"

#define CURVE_SIZE	32	/* bytes of the name of a curve */
#define SIGNATURE_MAX	2048	/* of an RSA key of 16384 bits */

enum family { FAMILY_HS, FAMILY_RS, FAMILY_ES };

struct algorithm {
	const char	*name;
	enum family	 family;
	size_t		 hash;		/* bytes */
	const EVP_MD	*(*md)(void);
	const char	*curve;		/* ES */
	size_t		 number;	/* ES: bytes of r and of s */
};

static const struct algorithm algorithms[JWT_MAX] = {
	[JWT_HS256] = { "HS256", FAMILY_HS, 32, EVP_sha256, NULL, 0 },
	[JWT_HS384] = { "HS384", FAMILY_HS, 48, EVP_sha384, NULL, 0 },
	[JWT_HS512] = { "HS512", FAMILY_HS, 64, EVP_sha512, NULL, 0 },
	[JWT_RS256] = { "RS256", FAMILY_RS, 32, EVP_sha256, NULL, 0 },
	[JWT_RS384] = { "RS384", FAMILY_RS, 48, EVP_sha384, NULL, 0 },
	[JWT_RS512] = { "RS512", FAMILY_RS, 64, EVP_sha512, NULL, 0 },
	[JWT_ES256] = { "ES256", FAMILY_ES, 32, EVP_sha256, "prime256v1", 32 },
	[JWT_ES384] = { "ES384", FAMILY_ES, 48, EVP_sha384, "secp384r1", 48 },
	[JWT_ES512] = { "ES512", FAMILY_ES, 64, EVP_sha512, "secp521r1", 66 },
};

struct signer {
	struct m_conf_jwt	 conf;
	const struct algorithm	*alg;
	char			 issuer[SUBJECT_SIZE];
	char			 audience[SUBJECT_SIZE];
	char			 kid[NAME_SIZE];
	uint8_t			*secret;	/* HS */
	size_t			 len;
	EVP_PKEY		*key;		/* RS, ES */
};

struct signer *
signer_new(const struct m_conf_jwt *conf, const char *issuer,
    const char *audience)
{
	struct signer	*s = xcalloc(1, sizeof(*s));

	s->conf = *conf;
	s->alg = &algorithms[conf->algorithm];
	strlcpy(s->issuer, issuer, sizeof(s->issuer));
	strlcpy(s->audience, audience, sizeof(s->audience));
	return (s);
}

void
signer_free(struct signer *s)
{
	if (s == NULL)
		return;
	if (s->secret != NULL)
		safe_free(s->secret, s->len);
	EVP_PKEY_free(s->key);
	freezero(s, sizeof(*s));
}

const char *
signer_kid(const struct signer *s)
{
	return (s->kid);
}

/* ---- keys --------------------------------------------------------------- */

static int
key_fail(char *err, size_t errsize, const char *path, const char *why)
{
	snprintf(err, errsize, "%s: %s", path, why);
	return (-1);
}

static int
key_secret(struct signer *s, const char *path, const uint8_t *p, size_t len,
    char *err, size_t errsize)
{
	char	 why[128];

	if (memmem(p, len, "-----BEGIN ", 11) != NULL)
		return (key_fail(err, errsize, path, "is a PEM file, and a "
		    "key of this algorithm is bytes that nobody else knows"));
	if (len < s->alg->hash) {
		snprintf(why, sizeof(why), "has %zu bytes; a key for %s has "
		    "at least %zu: openssl rand -out FILE %zu", len,
		    s->alg->name, s->alg->hash, s->alg->hash);
		return (key_fail(err, errsize, path, why));
	}
	s->secret = safe_new(len);
	s->len = len;
	memcpy(s->secret, p, len);
	return (0);
}

/* Nobody is there to be asked. */
static int
no_password(char *buf, int size, int writing, void *arg)
{
	return (-1);
}

static EVP_PKEY *
key_read(const uint8_t *p, size_t len)
{
	BIO		*bio = BIO_new_mem_buf(p, (int)len);
	EVP_PKEY	*key = NULL;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	BIO_free(bio);
	return (key);
}

/* NULL, or what is wrong with it for this algorithm. */
static const char *
key_check(const struct algorithm *alg, const EVP_PKEY *key)
{
	char	 curve[CURVE_SIZE] = "";
	size_t	 n;

	if (alg->family == FAMILY_RS) {
		if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
			return ("is not an RSA key, as the algorithm needs");
		if (EVP_PKEY_get_bits(key) < RSA_BITS_MIN)
			return ("is an RSA key of less than 2048 bits");
		if (EVP_PKEY_get_size(key) > SIGNATURE_MAX)
			return ("is an RSA key of more than 16384 bits");
		return (NULL);
	}
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(key, curve, sizeof(curve), &n) != 1 ||
	    strcmp(curve, alg->curve) != 0)
		return ("is not a key of the curve of the algorithm");
	return (NULL);
}

static int
key_private(struct signer *s, const char *path, const uint8_t *p, size_t len,
    char *err, size_t errsize)
{
	EVP_PKEY	*key = key_read(p, len);
	const char	*why;

	if (key == NULL)
		return (key_fail(err, errsize, path, "is not a private key "
		    "in PEM without a passphrase"));
	if ((why = key_check(s->alg, key)) != NULL) {
		EVP_PKEY_free(key);
		return (key_fail(err, errsize, path, why));
	}
	s->key = key;
	return (0);
}

int
signer_key(struct signer *s, const char *kid, const char *path,
    const uint8_t *p, size_t len, char *err, size_t errsize)
{
	strlcpy(s->kid, kid, sizeof(s->kid));
	return (s->alg->family == FAMILY_HS ?
	    key_secret(s, path, p, len, err, errsize) :
	    key_private(s, path, p, len, err, errsize));
}

/* ---- signatures --------------------------------------------------------- */

/* DER to the two numbers, each as long as the curve's; -1: it is none. */
static int
sign_numbers(const struct algorithm *alg, const uint8_t *der, size_t len,
    uint8_t *out)
{
	const BIGNUM	*r, *n;
	ECDSA_SIG	*sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
	int		 rv;

	if (sig == NULL)
		return (-1);
	ECDSA_SIG_get0(sig, &r, &n);
	rv = BN_bn2binpad(r, out, (int)alg->number) != -1 &&
	    BN_bn2binpad(n, out + alg->number, (int)alg->number) != -1;
	ECDSA_SIG_free(sig);
	return (rv ? 0 : -1);
}

static int
sign_private(const struct signer *s, const char *text, size_t len,
    uint8_t *out, size_t *outlen)
{
	EVP_MD_CTX	*c = EVP_MD_CTX_new();
	uint8_t		 sig[SIGNATURE_MAX];
	size_t		 n = sizeof(sig);
	int		 rv;

	rv = c != NULL && EVP_DigestSignInit(c, NULL, s->alg->md(), NULL,
	    s->key) == 1 && EVP_DigestSign(c, sig, &n, (const uint8_t *)text,
	    len) == 1;
	EVP_MD_CTX_free(c);
	if (!rv)
		return (-1);
	if (s->alg->family == FAMILY_ES) {
		*outlen = 2 * s->alg->number;
		return (sign_numbers(s->alg, sig, n, out));
	}
	memcpy(out, sig, n);
	*outlen = n;
	return (0);
}

static int
sign(const struct signer *s, const char *text, size_t len, uint8_t *out,
    size_t *outlen)
{
	unsigned	 n = 0;

	if (s->alg->family != FAMILY_HS)
		return (sign_private(s, text, len, out, outlen));
	if (HMAC(s->alg->md(), s->secret, (int)s->len,
	    (const uint8_t *)text, len, out, &n) == NULL)
		return (-1);
	*outlen = n;
	return (0);
}

/* ---- tokens ------------------------------------------------------------- */

/* base64url without padding (RFC 7515) after what is there; -1: no room */
static int
token_add(struct token *t, size_t *at, const void *data, size_t len)
{
	static const char	 digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const uint8_t		*p = data;
	uint32_t		 v = 0;
	size_t			 i;
	int			 bits = 0;

	if (len > sizeof(t->text) || *at + (len * 4 + 2) / 3 + 2 >
	    sizeof(t->text))
		return (-1);
	for (i = 0; i < len; i++) {
		v = v << 8 | p[i];
		for (bits += 8; bits >= 6; bits -= 6)
			t->text[(*at)++] = digits[v >> (bits - 6) & 63];
	}
	if (bits > 0)
		t->text[(*at)++] = digits[v << (6 - bits) & 63];
	t->text[*at] = '\0';
	return (0);
}

static int
token_json(struct token *t, size_t *at, struct jsonw *w)
{
	int	 rv = -1;

	jsonw_end(w);
	if (jsonw_done(w) == 0)
		rv = token_add(t, at, w->buf, w->len);
	jsonw_free(w);
	return (rv);
}

static int
token_head(const struct signer *s, struct token *t, size_t *at)
{
	struct jsonw	 w;

	jsonw_init(&w, TOKEN_SIZE);
	jsonw_object(&w);
	jsonw_kstring(&w, "alg", s->alg->name);
	jsonw_kstring(&w, "typ", "JWT");
	jsonw_kstring(&w, "kid", s->kid);
	return (token_json(t, at, &w));
}

static int
token_claims(const struct signer *s, enum role role, const char *sub,
    int64_t now_s, struct token *t, size_t *at)
{
	struct jsonw	 w;

	jsonw_init(&w, TOKEN_SIZE);
	jsonw_object(&w);
	if (s->issuer[0] != '\0')
		jsonw_kstring(&w, "iss", s->issuer);
	if (s->audience[0] != '\0')
		jsonw_kstring(&w, "aud", s->audience);
	if (sub[0] != '\0')
		jsonw_kstring(&w, "sub", sub);
	jsonw_kstring(&w, "role", role_name(role));
	jsonw_kint(&w, "iat", now_s);
	jsonw_kint(&w, "exp", t->exp_s);
	jsonw_kstring(&w, "jti", t->jti);
	return (token_json(t, at, &w));
}

static int
token_make(const struct signer *s, enum role role, const char *sub,
    int64_t now_s, struct token *t)
{
	uint8_t	 sig[SIGNATURE_MAX];
	size_t	 at = 0, len;

	if (token_head(s, t, &at) == -1)
		return (-1);
	t->text[at++] = '.';
	if (token_claims(s, role, sub, now_s, t, &at) == -1 ||
	    sign(s, t->text, at, sig, &len) == -1)
		return (-1);
	t->text[at++] = '.';
	return (token_add(t, &at, sig, len));
}

static void
token_number(struct token *t)
{
	uint8_t	 random[(JTI_SIZE - 1) / 2];
	size_t	 i;

	seal_random(random, sizeof(random));
	for (i = 0; i < sizeof(random); i++)
		snprintf(t->jti + 2 * i, 3, "%02x", random[i]);
}

/* OUT_OK, or why there is none at all. */
static enum outcome
signer_ready(const struct signer *s, char *err, size_t errsize)
{
	if (s != NULL && (s->secret != NULL || s->key != NULL))
		return (OUT_OK);
	if (s == NULL)
		strlcpy(err, "no tokens are configured: see 'jwt' in "
		    "omnitrond.conf(5)", errsize);
	else if (s->alg->family == FAMILY_HS)
		strlcpy(err, "no key signs tokens: add 'key \"NAME\" file "
		    "\"PATH\"' to 'jwt' in omnitrond.conf(5)", errsize);
	else
		strlcpy(err, "no key signs tokens: add 'sign \"PATH\"', with "
		    "the private key, to a key of 'jwt' in "
		    "omnitrond.conf(5)", errsize);
	return (OUT_CONFLICT);
}

enum outcome
signer_issue(const struct signer *s, enum role role, const char *sub,
    uint32_t ttl_s, int64_t now_s, struct token *t, char *err,
    size_t errsize)
{
	enum outcome	 rv;
	char		 max[32];

	if ((rv = signer_ready(s, err, errsize)) != OUT_OK)
		return (rv);
	if (!utf8_valid(sub, strlen(sub))) {
		strlcpy(err, "the subject is not UTF-8", errsize);
		return (OUT_INVALID);
	}
	if (ttl_s == 0)
		ttl_s = s->conf.max_ttl_s < TTL_DEFAULT_S ?
		    s->conf.max_ttl_s : TTL_DEFAULT_S;
	if (ttl_s > s->conf.max_ttl_s) {
		snprintf(err, errsize, "a token lives at most %s: "
		    "'max-ttl' of 'jwt' in omnitrond.conf(5)",
		    duration_format((int64_t)s->conf.max_ttl_s * 1000, max,
		    sizeof(max)));
		return (OUT_INVALID);
	}
	memset(t, 0, sizeof(*t));
	t->exp_s = now_s + ttl_s;
	token_number(t);
	if (token_make(s, role, sub, now_s, t) == 0)
		return (OUT_OK);
	explicit_bzero(t, sizeof(*t));
	strlcpy(err, "the token cannot be signed, or is over 4096 bytes",
	    errsize);
	return (OUT_FAILED);
}
