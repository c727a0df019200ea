/*
 * What the check of a token costs, cold and when it was seen before, and of it
 * the parts: HMAC alone is the floor, and libjwt's agreement is asked for.
 * Microseconds of the processor: the median of rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "omnitrond/network/jwt.h"
#include "omnitrond/network/jwt_lib.h"

#define ROUNDS	15
#define TIMES	200		/* tokens a round, each another one */
#define NOW	1800000000

struct signer {
	const char	*alg;
	enum jwt_algorithm	 algorithm;
	EVP_PKEY	*pkey;
	uint8_t		 bytes[4096];
	size_t		 len;
	char		*tokens[TIMES];
};

static size_t
base64(const uint8_t *p, size_t len, char *out)
{
	size_t	 i;

	len = (size_t)EVP_EncodeBlock((uint8_t *)out, p, (int)len);
	for (i = 0; i < len && out[i] != '='; i++)
		out[i] = out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i];
	out[i] = '\0';
	return (i);
}

static size_t
sign(const struct signer *s, const char *text, uint8_t *out)
{
	EVP_MD_CTX	*ctx;
	ECDSA_SIG	*sig;
	uint8_t		 der[1024];
	const uint8_t	*p = der;
	size_t		 n = sizeof(der);
	unsigned	 u;

	if (s->pkey == NULL) {
		HMAC(EVP_sha256(), s->bytes, (int)s->len,
		    (const uint8_t *)text, strlen(text), out, &u);
		return (u);
	}
	ctx = EVP_MD_CTX_new();
	EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, s->pkey);
	EVP_DigestSign(ctx, der, &n, (const uint8_t *)text, strlen(text));
	EVP_MD_CTX_free(ctx);
	if (s->algorithm != JWT_ES256) {
		memcpy(out, der, n);
		return (n);
	}
	sig = d2i_ECDSA_SIG(NULL, &p, (long)n);
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, 32);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + 32, 32);
	ECDSA_SIG_free(sig);
	return (64);
}

static char *
token_of(const struct signer *s, int i)
{
	char	*t = malloc(4096), text[512];
	uint8_t	 sig[1024];
	size_t	 n, len;

	n = (size_t)snprintf(text, sizeof(text),
	    "{\"alg\":\"%s\",\"typ\":\"JWT\"}", s->alg);
	n = base64((uint8_t *)text, n, t);
	t[n++] = '.';
	snprintf(text, sizeof(text), "{\"sub\":\"deploy\",\"jti\":\"%08d\","
	    "\"role\":\"operator\",\"iat\":%d,\"exp\":%d}", i, NOW, NOW + 3600);
	n += base64((uint8_t *)text, strlen(text), t + n);
	len = sign(s, t, sig);
	t[n++] = '.';
	base64(sig, len, t + n);
	return (t);
}

static struct signer
signer_of(const char *alg, enum jwt_algorithm a, EVP_PKEY *pkey)
{
	struct signer	 s = { .alg = alg, .algorithm = a, .pkey = pkey };
	BIO		*bio = BIO_new(BIO_s_mem());
	int		 i;

	if (pkey != NULL) {
		PEM_write_bio_PUBKEY(bio, pkey);
		s.len = (size_t)BIO_read(bio, s.bytes, sizeof(s.bytes));
	} else
		for (s.len = 0; s.len < 32; s.len++)
			s.bytes[s.len] = (uint8_t)(s.len * 7);
	BIO_free(bio);
	for (i = 0; i < TIMES; i++)
		s.tokens[i] = token_of(&s, i);
	return (s);
}

static struct jwt *
jwt_of(const struct signer *s)
{
	struct m_conf_jwt	 m = { .algorithm = s->algorithm,
				    .max_ttl_s = 86400 };
	struct jwt_conf		*conf = jwt_conf_new(&m, NULL, NULL);
	struct jwt		*jwt = jwt_open();
	char			 err[256] = "no memory";

	if (conf == NULL || jwt_conf_add_key(conf, "k", s->bytes, s->len, err,
	    sizeof(err)) == -1) {
		fprintf(stderr, "%s: %s\n", s->alg, err);
		exit(1);
	}
	jwt_switch(jwt, conf);
	return (jwt);
}

static double
now_us(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ((double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3);
}

static int
by_size(const void *a, const void *b)
{
	double	 x = *(const double *)a, y = *(const double *)b;

	return (x < y ? -1 : x > y);
}

static double
median(double *v)
{
	qsort(v, ROUNDS, sizeof(*v), by_size);
	return (v[ROUNDS / 2]);
}

static void
check(struct jwt *jwt, const char *t)
{
	struct caller	 who;
	int64_t		 exp_s;

	if (jwt_check(jwt, t, strlen(t), NOW, &who, &exp_s) != JWT_OK) {
		fprintf(stderr, "refused: %s\n", jwt_why(jwt));
		exit(1);
	}
}

static double
library(const struct signer *s)
{
	double	 v[ROUNDS], began;
	int	 i, k;

	for (k = 0; k < ROUNDS; k++) {
		began = now_us();
		for (i = 0; i < TIMES; i++)
			if (!jwt_lib_agrees(s->tokens[i], strlen(s->tokens[i]),
			    s->bytes, s->len, s->alg, NOW + 3600))
				exit(1);
		v[k] = (now_us() - began) / TIMES;
	}
	return (median(v));
}

static void
measure(const struct signer *s)
{
	double		 cold[ROUNDS], seen[ROUNDS], began;
	struct jwt	*jwt;
	int		 i, k;

	for (k = 0; k < ROUNDS; k++) {
		jwt = jwt_of(s);
		began = now_us();
		for (i = 0; i < TIMES; i++)
			check(jwt, s->tokens[i]);
		cold[k] = (now_us() - began) / TIMES;
		began = now_us();
		for (i = 0; i < TIMES; i++)
			check(jwt, s->tokens[i]);
		seen[k] = (now_us() - began) / TIMES;
		jwt_close(jwt);
	}
	printf("%s %.2f %.2f %.2f\n", s->alg, median(cold), library(s),
	    median(seen));
}

static void
floor_of_hmac(const struct signer *s)
{
	double	 v[ROUNDS], began;
	uint8_t	 sum[64];
	size_t	 n = 0;
	int	 i, k;

	for (k = 0; k < ROUNDS; k++) {
		began = now_us();
		for (i = 0; i < TIMES; i++)
			n += sign(s, s->tokens[i], sum);
		v[k] = (now_us() - began) / TIMES;
	}
	printf("hmac %.2f\n", n > 0 ? median(v) : 0);
}

int
main(void)
{
	struct signer	 s[3];
	size_t		 i;

	s[0] = signer_of("HS256", JWT_HS256, NULL);
	s[1] = signer_of("RS256", JWT_RS256, EVP_RSA_gen((unsigned)2048));
	s[2] = signer_of("ES256", JWT_ES256, EVP_EC_gen("P-256"));
	floor_of_hmac(&s[0]);
	for (i = 0; i < 3; i++)
		measure(&s[i]);
	return (0);
}
