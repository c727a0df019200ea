/* Which keys verify tokens, and which are refused, with the remedy. */
#include <openssl/param_build.h>

#include "jwt_fixture.h"

static char	 err[512];

static int
add(enum jwt_algorithm a, const void *bytes, size_t len)
{
	struct m_conf_jwt	 m = { .algorithm = a, .max_ttl_s = 60 };
	struct jwt_conf		*conf = jwt_conf_new(&m, NULL, NULL);
	int			 rv;

	ATF_REQUIRE(conf != NULL);
	memset(err, 0, sizeof(err));
	rv = jwt_conf_add_key(conf, "k", bytes, len, err, sizeof(err));
	ATF_CHECK_EQ(rv == 0 ? 1u : 0u, jwt_conf_nkeys(conf));
	ATF_CHECK((rv == 0) == (err[0] == '\0'));
	jwt_conf_free(conf);
	return (rv);
}

static void
not(enum jwt_algorithm a, const void *bytes, size_t len, const char *why)
{
	if (add(a, bytes, len) != -1)
		atf_tc_fail("taken, though: %s", why);
	if (strstr(err, why) == NULL)
		atf_tc_fail("\"%s\" does not say: %s", err, why);
}

ATF_TC_WITHOUT_HEAD(secrets_of_hmac);
ATF_TC_BODY(secrets_of_hmac, tc)
{
	uint8_t		 bytes[2048];
	struct signer	*rsa = signer_new(JWT_RS256, 1);
	uint8_t		 pem[4096];
	size_t		 i, n;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 31);
	ATF_CHECK_EQ(0, add(JWT_HS256, bytes, 32));
	ATF_CHECK_EQ(0, add(JWT_HS384, bytes, 48));
	ATF_CHECK_EQ(0, add(JWT_HS512, bytes, 64));
	ATF_CHECK_EQ(0, add(JWT_HS256, bytes, 1024));
	not(JWT_HS256, bytes, 0, "it is empty");
	not(JWT_HS256, bytes, 31, "needs at least 32; make one with head");
	not(JWT_HS384, bytes, 47, "needs at least 48");
	not(JWT_HS512, bytes, 63, "needs at least 64");
	not(JWT_HS256, bytes, 1025, "more than 1024");
	memset(bytes, 0, sizeof(bytes));
	not(JWT_HS256, bytes, 64, "all its bytes are the same");
	not(JWT_HS256, rsa->bytes, rsa->len, "it is a PEM");
	n = pem_of(rsa->pkey, 1, pem, sizeof(pem));
	not(JWT_HS512, pem, n, "it is a PEM");
	/* with something before it */
	memmove(pem + 100, rsa->bytes, rsa->len);
	memset(pem, '\n', 100);
	not(JWT_HS256, pem, rsa->len + 100, "it is a PEM");
	signer_free(rsa);
}

ATF_TC_WITHOUT_HEAD(public_keys);
ATF_TC_BODY(public_keys, tc)
{
	struct signer	*s[JWT_MAX];
	uint8_t		 pem[8192];
	size_t		 n;

	for (int a = JWT_RS256; a < JWT_MAX; a++)
		s[a] = signer_new((enum jwt_algorithm)a, 1);
	for (int a = JWT_RS256; a < JWT_MAX; a++)
		for (int b = JWT_RS256; b < JWT_MAX; b++) {
			int fits = a <= JWT_RS512 ? b <= JWT_RS512 : a == b;

			ATF_CHECK_EQ(fits ? 0 : -1, add((enum jwt_algorithm)a,
			    s[b]->bytes, s[b]->len));
		}
	not(JWT_RS256, s[JWT_ES256]->bytes, s[JWT_ES256]->len, "no RSA key");
	not(JWT_ES256, s[JWT_RS256]->bytes, s[JWT_RS256]->len,
	    "curve prime256v1");
	not(JWT_ES256, s[JWT_ES384]->bytes, s[JWT_ES384]->len,
	    "curve prime256v1");
	n = pem_of(s[JWT_RS256]->pkey, 1, pem, sizeof(pem));
	not(JWT_RS256, pem, n, "private key, which only `sign'");
	n = pem_of(s[JWT_ES256]->pkey, 1, pem, sizeof(pem));
	not(JWT_ES256, pem, n, "openssl pkey -in FILE -pubout");
	/* both in one file */
	memcpy(pem + n, s[JWT_ES256]->bytes, s[JWT_ES256]->len);
	not(JWT_ES256, pem, n + s[JWT_ES256]->len, "private key");
	/* two public ones */
	n = s[JWT_ES256]->len;
	memcpy(pem, s[JWT_ES256]->bytes, n);
	memcpy(pem + n, s[JWT_ES256]->bytes, n);
	not(JWT_ES256, pem, 2 * n, "more than one");
	not(JWT_ES256, pem, n / 2, "cannot be read");
	pem[n / 2] ^= 1;
	ATF_CHECK_EQ(-1, add(JWT_ES256, pem, n));
	not(JWT_ES256, "hello", 5, "-----BEGIN PUBLIC KEY-----");
	not(JWT_ES256, "", 0, "it is empty");
	for (int a = JWT_RS256; a < JWT_MAX; a++)
		signer_free(s[a]);
}

ATF_TC_WITHOUT_HEAD(weak_keys_of_rsa);
ATF_TC_BODY(weak_keys_of_rsa, tc)
{
	struct signer	*s;
	static const unsigned	 bits[] = { 512, 1024, 2040 };
	size_t			 i;

	for (i = 0; i < 3; i++) {
		s = signer_of_pkey(JWT_RS256, "RS256", EVP_RSA_gen(bits[i]));
		not(JWT_RS256, s->bytes, s->len, "must have 2048 to 8192");
		signer_free(s);
	}
}

/* An exponent of 1 signs nothing: what is to be signed is its signature. */
ATF_TC_WITHOUT_HEAD(an_exponent_of_one);
ATF_TC_BODY(an_exponent_of_one, tc)
{
	struct signer	*s = signer_new(JWT_RS256, 1);
	BIGNUM		*n = NULL, *e = BN_new();
	OSSL_PARAM_BLD	*bld = OSSL_PARAM_BLD_new();
	OSSL_PARAM	*params;
	EVP_PKEY_CTX	*ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY	*pkey = NULL;
	uint8_t		 pem[4096];

	ATF_REQUIRE_EQ(1, EVP_PKEY_get_bn_param(s->pkey, "n", &n));
	BN_one(e);
	ATF_REQUIRE_EQ(1, OSSL_PARAM_BLD_push_BN(bld, "n", n));
	ATF_REQUIRE_EQ(1, OSSL_PARAM_BLD_push_BN(bld, "e", e));
	params = OSSL_PARAM_BLD_to_param(bld);
	ATF_REQUIRE_EQ(1, EVP_PKEY_fromdata_init(ctx));
	ATF_REQUIRE_EQ(1, EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY,
	    params));
	not(JWT_RS256, pem, pem_of(pkey, 0, pem, sizeof(pem)),
	    "not those of a key");
	EVP_PKEY_free(pkey);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	BN_free(n);
	BN_free(e);
	signer_free(s);
}

ATF_TC_WITHOUT_HEAD(names_of_keys);
ATF_TC_BODY(names_of_keys, tc)
{
	struct m_conf_jwt	 m = { .algorithm = JWT_HS256,
				    .max_ttl_s = 60 };
	struct jwt_conf		*conf = jwt_conf_new(&m, "", "");
	struct signer		*s = signer_new(JWT_HS256, 1);
	char			 kid[80];
	unsigned		 i;

	ATF_CHECK_EQ(-1, jwt_conf_add_key(conf, "", s->bytes, s->len, err,
	    sizeof(err)));
	ATF_CHECK_EQ(-1, jwt_conf_add_key(conf, "../x", s->bytes, s->len, err,
	    sizeof(err)));
	for (i = 0; i < KEYS_MAX; i++) {
		snprintf(kid, sizeof(kid), "k%u", i);
		ATF_CHECK_EQ(0, jwt_conf_add_key(conf, kid, s->bytes, s->len,
		    err, sizeof(err)));
		if (i + 1 == KEYS_MAX)
			break;
		ATF_CHECK_EQ(-1, jwt_conf_add_key(conf, "k0", s->bytes,
		    s->len, err, sizeof(err)));
		ATF_CHECK_STREQ("two keys have the name k0", err);
	}
	ATF_CHECK_EQ(-1, jwt_conf_add_key(conf, "more", s->bytes, s->len, err,
	    sizeof(err)));
	ATF_CHECK_STREQ("more than 16 keys; remove old ones", err);
	ATF_CHECK_EQ(KEYS_MAX, jwt_conf_nkeys(conf));
	jwt_conf_free(conf);
	signer_free(s);
}

ATF_TC_WITHOUT_HEAD(configurations_that_cannot_be);
ATF_TC_BODY(configurations_that_cannot_be, tc)
{
	struct m_conf_jwt	 m = { .algorithm = JWT_NONE };
	char			 name[SUBJECT_SIZE + 1];

	ATF_CHECK(jwt_conf_new(&m, NULL, NULL) == NULL);
	m.algorithm = JWT_MAX;
	ATF_CHECK(jwt_conf_new(&m, NULL, NULL) == NULL);
	m.algorithm = JWT_HS256;
	memset(name, 'a', SUBJECT_SIZE);
	name[SUBJECT_SIZE] = '\0';
	ATF_CHECK(jwt_conf_new(&m, name, NULL) == NULL);
	ATF_CHECK(jwt_conf_new(&m, NULL, name) == NULL);
	jwt_conf_free(NULL);
}

ATF_TC_WITHOUT_HEAD(the_examples_are_verified);
ATF_TC_BODY(the_examples_are_verified, tc)
{
	jwt_touch();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, secrets_of_hmac);
	ATF_TP_ADD_TC(tp, public_keys);
	ATF_TP_ADD_TC(tp, weak_keys_of_rsa);
	ATF_TP_ADD_TC(tp, an_exponent_of_one);
	ATF_TP_ADD_TC(tp, names_of_keys);
	ATF_TP_ADD_TC(tp, configurations_that_cannot_be);
	ATF_TP_ADD_TC(tp, the_examples_are_verified);
	return (atf_no_error());
}
