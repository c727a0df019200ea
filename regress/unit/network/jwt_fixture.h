/*
 * Tokens made with OpenSSL alone, by those who may and those who may not, and
 * what is asked about them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <atf-c.h>

#include "omnitrond/network/jwt.h"

#define NOW	1800000000		/* seconds: when all this happens */
#define EXP	"\"exp\":1800000060"

struct signer {
	enum jwt_algorithm	 algorithm;
	const char		*name;
	char			 head[64];	/* its usual header */
	EVP_PKEY		*pkey;
	uint8_t			 bytes[4096];	/* what verifies */
	size_t			 len;
};

static const EVP_MD *
digest_of(enum jwt_algorithm a)
{
	switch (a) {
	case JWT_HS384: case JWT_RS384: case JWT_ES384:
		return (EVP_sha384());
	case JWT_HS512: case JWT_RS512: case JWT_ES512:
		return (EVP_sha512());
	default:
		return (EVP_sha256());
	}
}

static inline size_t
pem_of(EVP_PKEY *pkey, int private, uint8_t *out, size_t size)
{
	BIO	*bio = BIO_new(BIO_s_mem());
	int	 n;

	if (private)
		ATF_REQUIRE_EQ(1, PEM_write_bio_PrivateKey(bio, pkey, NULL,
		    NULL, 0, NULL, NULL));
	else
		ATF_REQUIRE_EQ(1, PEM_write_bio_PUBKEY(bio, pkey));
	n = BIO_read(bio, out, (int)size);
	ATF_REQUIRE(n > 0 && (size_t)n < size);
	BIO_free(bio);
	return ((size_t)n);
}

static inline struct signer *
signer_of_pkey(enum jwt_algorithm a, const char *name, EVP_PKEY *pkey)
{
	struct signer	*s = calloc(1, sizeof(*s));

	s->algorithm = a;
	s->name = name;
	snprintf(s->head, sizeof(s->head), "{\"alg\":\"%s\",\"typ\":\"JWT\"}",
	    name);
	s->pkey = pkey;
	if (pkey != NULL)
		s->len = pem_of(pkey, 0, s->bytes, sizeof(s->bytes));
	return (s);
}

/* HMAC: seed makes the secret; else there is a new key each time. */
static inline struct signer *
signer_new(enum jwt_algorithm a, int seed)
{
	static const char *const names[JWT_MAX] = {
#define X(id)	[JWT_##id] = #id,
		JWT_ALGORITHMS(X)
#undef X
	};
	static const char *const curves[] = { "P-256", "P-384", "P-521" };
	struct signer	*s;
	EVP_PKEY	*pkey = NULL;
	size_t		 i;

	if (a >= JWT_ES256)
		pkey = EVP_EC_gen(curves[a - JWT_ES256]);
	else if (a >= JWT_RS256)
		pkey = EVP_RSA_gen((unsigned)2048);
	s = signer_of_pkey(a, names[a], pkey);
	if (pkey != NULL)
		return (s);
	s->len = 32 + 16 * (size_t)(a - JWT_HS256);
	for (i = 0; i < s->len; i++)
		s->bytes[i] = (uint8_t)(seed * 7 + (int)i * 37);
	return (s);
}

static void
signer_free(struct signer *s)
{
	EVP_PKEY_free(s->pkey);
	free(s);
}

/* ---- making tokens ------------------------------------------------------- */

static inline size_t
base64(const void *bytes, size_t len, char *out)
{
	static const char	 set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const uint8_t		*p = bytes;
	size_t			 i, n = 0;
	unsigned		 v;

	for (i = 0; i < len; i += 3) {
		v = (unsigned)p[i] << 16;
		if (i + 1 < len)
			v |= (unsigned)p[i + 1] << 8;
		if (i + 2 < len)
			v |= p[i + 2];
		out[n++] = set[v >> 18 & 63];
		out[n++] = set[v >> 12 & 63];
		if (i + 1 < len)
			out[n++] = set[v >> 6 & 63];
		if (i + 2 < len)
			out[n++] = set[v & 63];
	}
	out[n] = '\0';
	return (n);
}

static inline size_t
ecdsa_raw(const uint8_t *der, size_t len, size_t half, uint8_t *out)
{
	ECDSA_SIG	*sig = d2i_ECDSA_SIG(NULL, &der, (long)len);

	ATF_REQUIRE(sig != NULL);
	ATF_REQUIRE_EQ((int)half, BN_bn2binpad(ECDSA_SIG_get0_r(sig), out,
	    (int)half));
	ATF_REQUIRE_EQ((int)half, BN_bn2binpad(ECDSA_SIG_get0_s(sig),
	    out + half, (int)half));
	ECDSA_SIG_free(sig);
	return (2 * half);
}

static inline size_t
sign(const struct signer *s, const char *text, size_t len, uint8_t *out)
{
	static const size_t	 halves[] = { 32, 48, 66 };
	EVP_MD_CTX		*ctx;
	uint8_t			 der[1024];
	size_t			 n = sizeof(der);
	unsigned		 u = 0;

	if (s->pkey == NULL) {
		ATF_REQUIRE(HMAC(digest_of(s->algorithm), s->bytes,
		    (int)s->len, (const uint8_t *)text, len, out, &u) != NULL);
		return (u);
	}
	ctx = EVP_MD_CTX_new();
	ATF_REQUIRE_EQ(1, EVP_DigestSignInit(ctx, NULL,
	    digest_of(s->algorithm), NULL, s->pkey));
	ATF_REQUIRE_EQ(1, EVP_DigestSign(ctx, der, &n, (const uint8_t *)text,
	    len));
	EVP_MD_CTX_free(ctx);
	if (s->algorithm >= JWT_ES256)
		return (ecdsa_raw(der, n, halves[s->algorithm - JWT_ES256],
		    out));
	memcpy(out, der, n);
	return (n);
}

/* Of any bytes, signed as they are. */
static inline char *
token_of_bytes(const struct signer *s, const void *head, size_t headlen,
    const void *body, size_t bodylen)
{
	char	*t = malloc((headlen + bodylen) / 3 * 4 + 2048);
	uint8_t	 sig[1024];
	size_t	 n, siglen;

	n = base64(head, headlen, t);
	t[n++] = '.';
	n += base64(body, bodylen, t + n);
	siglen = sign(s, t, n, sig);
	t[n++] = '.';
	base64(sig, siglen, t + n);
	return (t);
}

static inline char *
token_of(const struct signer *s, const char *head, const char *body)
{
	return (token_of_bytes(s, head, strlen(head), body, strlen(body)));
}

/* ---- asking -------------------------------------------------------------- */

struct asked {
	enum jwt_result	 result;
	struct caller	 who;
	int64_t		 exp_s;
};

static inline struct jwt_conf *
conf_of(const struct signer *s, const char *issuer, const char *audience)
{
	struct m_conf_jwt	 m = { .algorithm = s->algorithm,
				    .leeway_s = 10, .max_ttl_s = 86400 };
	struct jwt_conf		*conf = jwt_conf_new(&m, issuer, audience);
	char			 err[256];

	ATF_REQUIRE(conf != NULL);
	if (jwt_conf_add_key(conf, "k1", s->bytes, s->len, err,
	    sizeof(err)) == -1)
		atf_tc_fail("%s", err);
	return (conf);
}

static inline struct jwt *
jwt_of(const struct signer *s)
{
	struct jwt	*jwt = jwt_open();

	jwt_switch(jwt, conf_of(s, NULL, NULL));
	return (jwt);
}

static inline struct asked
ask_at(struct jwt *jwt, const char *token, size_t len, int64_t now)
{
	struct asked	 a;

	memset(&a, 0x55, sizeof(a));
	a.result = jwt_check(jwt, token, len, now, &a.who, &a.exp_s);
	/* Whom it refuses it says nothing of. */
	if (a.result != JWT_OK && (a.who.how != CALLER_NOBODY ||
	    a.who.role != ROLE_NONE || a.who.subject[0] != '\0' ||
	    a.who.ngroups != 0 || a.exp_s != 0))
		atf_tc_fail("%s: refused, and yet somebody", token);
	return (a);
}

static inline struct asked
ask(struct jwt *jwt, const char *token)
{
	return (ask_at(jwt, token, strlen(token), NOW));
}

/* The token of a header and claims is refused for that reason. */
static inline void
refused(struct jwt *jwt, const struct signer *s, const char *head,
    const char *body, const char *why)
{
	char	*t = token_of(s, head, body);

	if (ask(jwt, t).result != JWT_REFUSED)
		atf_tc_fail("accepted: %s %s", head, body);
	if (strcmp(why, jwt_why(jwt)) != 0)
		atf_tc_fail("%s %s: \"%s\", not \"%s\"", head, body,
		    jwt_why(jwt), why);
	ATF_CHECK_EQ(0u, jwt_cached(jwt));
	free(t);
}

static inline struct caller
accepted(struct jwt *jwt, const struct signer *s, const char *head,
    const char *body)
{
	char		*t = token_of(s, head, body);
	struct asked	 a = ask(jwt, t);

	if (a.result != JWT_OK)
		atf_tc_fail("%s %s: %s", head, body, jwt_why(jwt));
	free(t);
	return (a.who);
}
