/*
 * Tokens that are issued, checked with openssl(1), and keys that are refused.
 */
#include "omnitrond/secrets/sign.h"
#include "regress/unit/secrets/fixture.h"
#include "regress/unit/shared/shell.h"

#define ISSUED	INT64_C(1795000000)
#define MAX_TTL	86400

static const struct m_conf_jwt *
conf_of(enum jwt_algorithm alg)
{
	static struct m_conf_jwt	 conf;

	memset(&conf, 0, sizeof(conf));
	conf.algorithm = alg;
	conf.max_ttl_s = MAX_TTL;
	return (&conf);
}

static int
key_of(struct signer *s, const char *path, char *err, size_t errsize)
{
	size_t	 len = 0;
	uint8_t	*p = fx_get(AT_FDCWD, path, &len);
	int	 rv;

	ATF_REQUIRE_MSG(p != NULL, "%s", path);
	rv = signer_key(s, "2026-11", path, p, len, err, errsize);
	free(p);
	return (rv);
}

/* A signer with the key in that file, which is good. */
static struct signer *
signer_with(enum jwt_algorithm alg, const char *path)
{
	struct signer	*s = signer_new(conf_of(alg), "omnitron", "all");
	char		 err[TEXT_MAX] = "";

	ATF_REQUIRE_EQ_MSG(0, key_of(s, path, err, sizeof(err)), "%s", err);
	return (s);
}

/* Another decoder than ours; the number of bytes. */
static size_t
decode(const char *text, size_t len, uint8_t *out)
{
	uint32_t	 v = 0;
	size_t		 i, n = 0;
	int		 bits = 0, c, d;

	for (i = 0; i < len; i++) {
		c = (unsigned char)text[i];
		d = c >= 'A' && c <= 'Z' ? c - 'A' :
		    c >= 'a' && c <= 'z' ? c - 'a' + 26 :
		    c >= '0' && c <= '9' ? c - '0' + 52 :
		    c == '-' ? 62 : c == '_' ? 63 : -1;
		ATF_REQUIRE_MSG(d != -1, "'%c' in %s", c, text);
		v = v << 6 | (uint32_t)d;
		if ((bits += 6) >= 8) {
			bits -= 8;
			out[n++] = (uint8_t)(v >> bits);
		}
	}
	/* canonical: what is left over is nothing */
	ATF_CHECK_EQ(0, (int)(v & ((1u << bits) - 1)));
	return (n);
}

/* A number of a signature as an ASN.1 INTEGER. */
static size_t
integer(const uint8_t *p, size_t n, uint8_t *out)
{
	size_t	 at = 2;

	for (; n > 1 && *p == 0; n--)
		p++;
	if (*p & 0x80)
		out[at++] = 0;
	memcpy(out + at, p, n);
	out[0] = 0x02;
	out[1] = (uint8_t)(at - 2 + n);
	return (at + n);
}

/* r and s as openssl(1) wants them. */
static size_t
der(const uint8_t *p, size_t n, uint8_t *out)
{
	uint8_t	 both[160];
	size_t	 len, head = 2;

	len = integer(p, n / 2, both);
	len += integer(p + n / 2, n / 2, both + len);
	out[0] = 0x30;
	if (len > 127) {
		out[1] = 0x81;
		out[2] = (uint8_t)len;
		head = 3;
	} else
		out[1] = (uint8_t)len;
	memcpy(out + head, both, len);
	return (head + len);
}

/* The parts of a token into files; what they say into buffers. */
static void
take_apart(const char *token, int ecdsa, char *head, char *claims)
{
	const char	*a = strchr(token, '.'), *b = strrchr(token, '.');
	uint8_t		 sig[TOKEN_SIZE], asn1[256];
	size_t		 n;

	ATF_REQUIRE(a != NULL && b > a && strchr(a + 1, '.') == b);
	head[decode(token, (size_t)(a - token), (uint8_t *)head)] = '\0';
	claims[decode(a + 1, (size_t)(b - a - 1), (uint8_t *)claims)] = '\0';
	fx_put(AT_FDCWD, "signed", token, (size_t)(b - token));
	n = decode(b + 1, strlen(b + 1), sig);
	if (ecdsa)
		fx_put(AT_FDCWD, "signature", asn1, der(sig, n, asn1));
	else
		fx_put(AT_FDCWD, "signature", sig, n);
}

static void
issue(const struct signer *s, struct token *t)
{
	char	 err[TEXT_MAX] = "";

	ATF_REQUIRE_EQ_MSG(OUT_OK, signer_issue(s, ROLE_OPERATOR, "ci \"x\"",
	    600, ISSUED, t, err, sizeof(err)), "%s", err);
	ATF_CHECK(strlen(t->text) < TOKEN_SIZE);
}

static void
check_claims(const struct token *t, const char *alg, const char *head,
    const char *claims)
{
	char	 text[1024];

	snprintf(text, sizeof(text), "{\"alg\":\"%s\",\"typ\":\"JWT\","
	    "\"kid\":\"2026-11\"}", alg);
	ATF_CHECK_STREQ(text, head);
	snprintf(text, sizeof(text), "{\"iss\":\"omnitron\",\"aud\":\"all\","
	    "\"sub\":\"ci \\\"x\\\"\",\"role\":\"operator\","
	    "\"iat\":1795000000,\"exp\":1795000600,\"jti\":\"%s\"}", t->jti);
	ATF_CHECK_STREQ(text, claims);
	ATF_CHECK_EQ(32, (int)strlen(t->jti));
	ATF_CHECK_EQ(32, (int)strspn(t->jti, "0123456789abcdef"));
	ATF_CHECK_EQ(ISSUED + 600, t->exp_s);
}

static void
check_private(enum jwt_algorithm alg, const char *name, const char *make,
    const char *hash)
{
	struct signer	*s;
	struct token	 t;
	char		 head[TOKEN_SIZE], claims[TOKEN_SIZE];

	ATF_REQUIRE_EQ(0, shell("openssl genpkey %s -out private.pem "
	    "2>/dev/null && openssl pkey -in private.pem -pubout "
	    "-out public.pem", make));
	s = signer_with(alg, "private.pem");
	issue(s, &t);
	take_apart(t.text, name[0] == 'E', head, claims);
	check_claims(&t, name, head, claims);
	ATF_CHECK_EQ_MSG(0, shell("openssl dgst -%s -verify public.pem "
	    "-signature signature signed >/dev/null", hash), "%s", name);
	/* The check can fail. */
	ATF_REQUIRE_EQ(0, shell("echo >> signed"));
	ATF_CHECK(shell("openssl dgst -%s -verify public.pem "
	    "-signature signature signed >/dev/null 2>&1", hash) != 0);
	signer_free(s);
}

ATF_TC_WITHOUT_HEAD(rsa_signatures_are_what_openssl_verifies);
ATF_TC_BODY(rsa_signatures_are_what_openssl_verifies, tc)
{
	const char	*rsa = "-algorithm RSA -pkeyopt rsa_keygen_bits:2048";

	check_private(JWT_RS256, "RS256", rsa, "sha256");
	check_private(JWT_RS384, "RS384", rsa, "sha384");
	check_private(JWT_RS512, "RS512", rsa, "sha512");
}

ATF_TC_WITHOUT_HEAD(ecdsa_signatures_are_what_openssl_verifies);
ATF_TC_BODY(ecdsa_signatures_are_what_openssl_verifies, tc)
{
	int	 i;

	/* A number that begins with zeroes comes now and then. */
	for (i = 0; i < 8; i++) {
		check_private(JWT_ES256, "ES256", "-algorithm EC -pkeyopt "
		    "ec_paramgen_curve:P-256", "sha256");
		check_private(JWT_ES384, "ES384", "-algorithm EC -pkeyopt "
		    "ec_paramgen_curve:P-384", "sha384");
		check_private(JWT_ES512, "ES512", "-algorithm EC -pkeyopt "
		    "ec_paramgen_curve:P-521", "sha512");
	}
}

ATF_TC_WITHOUT_HEAD(hmac_is_what_openssl_makes);
ATF_TC_BODY(hmac_is_what_openssl_makes, tc)
{
	static const struct {
		enum jwt_algorithm	 alg;
		const char		*name, *hash;
	} all[] = {
		{ JWT_HS256, "HS256", "sha256" },
		{ JWT_HS384, "HS384", "sha384" },
		{ JWT_HS512, "HS512", "sha512" },
	};
	struct signer	*s;
	struct token	 t;
	char		 head[TOKEN_SIZE], claims[TOKEN_SIZE];
	size_t		 i;

	/* With bytes of every kind, NUL and newline among them. */
	ATF_REQUIRE_EQ(0, shell("printf 'a\\0b\\n%%%%s' > key && "
	    "openssl rand 64 >> key"));
	for (i = 0; i < 3; i++) {
		s = signer_with(all[i].alg, "key");
		issue(s, &t);
		take_apart(t.text, 0, head, claims);
		check_claims(&t, all[i].name, head, claims);
		ATF_CHECK_EQ_MSG(0, shell("openssl dgst -%s -mac HMAC "
		    "-macopt hexkey:$(od -An -tx1 -v key | tr -d ' \\n') "
		    "-binary signed | cmp - signature", all[i].hash),
		    "%s", all[i].name);
		signer_free(s);
	}
}

ATF_TC_WITHOUT_HEAD(each_token_has_a_number_of_its_own);
ATF_TC_BODY(each_token_has_a_number_of_its_own, tc)
{
	struct signer	*s;
	struct token	 a, b;

	fx_put(AT_FDCWD, "key", FILE_KEY, 32);
	s = signer_with(JWT_HS256, "key");
	issue(s, &a);
	issue(s, &b);
	ATF_CHECK(strcmp(a.jti, b.jti) != 0);
	signer_free(s);
}

static void
refuses(enum jwt_algorithm alg, const char *path, const char *word)
{
	struct signer	*s = signer_new(conf_of(alg), "", "");
	struct token	 t;
	char		 err[TEXT_MAX] = "";

	ATF_CHECK_EQ(-1, key_of(s, path, err, sizeof(err)));
	ATF_CHECK_MSG(strncmp(err, path, strlen(path)) == 0, "%s", err);
	ATF_CHECK_MSG(strstr(err, word) != NULL, "%s", err);
	ATF_CHECK_EQ(OUT_CONFLICT, signer_issue(s, ROLE_VIEWER, "x", 1,
	    ISSUED, &t, err, sizeof(err)));
	signer_free(s);
}

ATF_TC_WITHOUT_HEAD(keys_that_are_too_weak_or_of_another_kind_are_refused);
ATF_TC_BODY(keys_that_are_too_weak_or_of_another_kind_are_refused, tc)
{
	ATF_REQUIRE_EQ(0, shell("for n in 31 47 63; do openssl rand -out k$n "
	    "$n; done; : > empty"));
	refuses(JWT_HS256, "k31", "at least 32");
	refuses(JWT_HS384, "k47", "at least 48");
	refuses(JWT_HS512, "k63", "at least 64");
	refuses(JWT_HS256, "empty", "has 0 bytes");
	ATF_REQUIRE_EQ(0, shell("openssl genrsa -out weak.pem 1024 "
	    "2>/dev/null"));
	ATF_REQUIRE_EQ(0, shell("openssl genpkey -algorithm RSA -pkeyopt "
	    "rsa_keygen_bits:2048 -out rsa.pem 2>/dev/null"));
	ATF_REQUIRE_EQ(0, shell("openssl pkey -in rsa.pem -pubout "
	    "-out public.pem"));
	ATF_REQUIRE_EQ(0, shell("openssl genpkey -algorithm EC -pkeyopt "
	    "ec_paramgen_curve:P-256 -out ec.pem"));
	ATF_REQUIRE_EQ(0, shell("openssl genpkey -algorithm EC -pkeyopt "
	    "ec_paramgen_curve:secp256k1 -out k1.pem"));
	ATF_REQUIRE_EQ(0, shell("openssl pkey -in rsa.pem -aes256 -passout "
	    "pass:x -out locked.pem"));
	refuses(JWT_RS256, "weak.pem", "less than 2048 bits");
	refuses(JWT_RS256, "ec.pem", "not an RSA key");
	refuses(JWT_RS256, "public.pem", "not a private key");
	refuses(JWT_RS256, "locked.pem", "without a passphrase");
	refuses(JWT_RS256, "k63", "not a private key");
	refuses(JWT_RS256, "empty", "not a private key");
	refuses(JWT_ES256, "rsa.pem", "curve");
	refuses(JWT_ES256, "k1.pem", "curve");
	refuses(JWT_ES384, "ec.pem", "curve");
	/* Whoever has the public key could make such tokens. */
	refuses(JWT_HS256, "public.pem", "is a PEM file");
	refuses(JWT_HS256, "rsa.pem", "is a PEM file");
}

ATF_TC_WITHOUT_HEAD(time_to_live_is_bounded);
ATF_TC_BODY(time_to_live_is_bounded, tc)
{
	struct signer	*s;
	struct token	 t;
	char		 err[TEXT_MAX];

	fx_put(AT_FDCWD, "key", FILE_KEY, 32);
	s = signer_with(JWT_HS256, "key");
	ATF_CHECK_EQ(OUT_OK, signer_issue(s, ROLE_ADMIN, "", MAX_TTL, ISSUED,
	    &t, err, sizeof(err)));
	ATF_CHECK_EQ(ISSUED + MAX_TTL, t.exp_s);
	ATF_CHECK_EQ(OUT_OK, signer_issue(s, ROLE_ADMIN, "", 0, ISSUED, &t,
	    err, sizeof(err)));
	ATF_CHECK_EQ(ISSUED + TTL_DEFAULT_S, t.exp_s);
	ATF_CHECK_EQ(OUT_INVALID, signer_issue(s, ROLE_ADMIN, "",
	    MAX_TTL + 1, ISSUED, &t, err, sizeof(err)));
	ATF_CHECK(strstr(err, "at most 24h") != NULL ||
	    strstr(err, "at most 1d") != NULL);
	ATF_CHECK_EQ(OUT_INVALID, signer_issue(s, ROLE_ADMIN, "",
	    UINT32_MAX, ISSUED, &t, err, sizeof(err)));
	ATF_CHECK_EQ(OUT_INVALID, signer_issue(s, ROLE_ADMIN, "\xff", 1,
	    ISSUED, &t, err, sizeof(err)));
	signer_free(s);
}

ATF_TC_WITHOUT_HEAD(nothing_is_issued_without_a_configuration);
ATF_TC_BODY(nothing_is_issued_without_a_configuration, tc)
{
	struct signer	*s;
	struct token	 t;
	char		 err[TEXT_MAX];

	ATF_CHECK_EQ(OUT_CONFLICT, signer_issue(NULL, ROLE_ADMIN, "x", 1,
	    ISSUED, &t, err, sizeof(err)));
	ATF_CHECK(strstr(err, "'jwt' in omnitrond.conf(5)") != NULL);
	s = signer_new(conf_of(JWT_RS256), "", "");
	ATF_CHECK_EQ(OUT_CONFLICT, signer_issue(s, ROLE_ADMIN, "x", 1,
	    ISSUED, &t, err, sizeof(err)));
	ATF_CHECK(strstr(err, "add 'sign \"PATH\"'") != NULL);
	signer_free(s);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, rsa_signatures_are_what_openssl_verifies);
	ATF_TP_ADD_TC(tp, ecdsa_signatures_are_what_openssl_verifies);
	ATF_TP_ADD_TC(tp, hmac_is_what_openssl_makes);
	ATF_TP_ADD_TC(tp, each_token_has_a_number_of_its_own);
	ATF_TP_ADD_TC(tp,
	    keys_that_are_too_weak_or_of_another_kind_are_refused);
	ATF_TP_ADD_TC(tp, time_to_live_is_bounded);
	ATF_TP_ADD_TC(tp, nothing_is_issued_without_a_configuration);
	return (atf_no_error());
}
