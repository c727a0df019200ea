/*
 * A key that verifies tokens, from the bytes of its file: of HMAC all of them,
 * else a PEM with a public key.  In the network process.  Refused is what is
 * weak, what belongs to another algorithm, and what has no business here: a
 * private key, which only signs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "omnitrond/network/jwt_parts.h"

#define PEM_BEGIN	"-----BEGIN "
#define PEM_PUBLIC	"-----BEGIN PUBLIC KEY-----"

static int
refuse(char *err, size_t errsize, const char *what)
{
	strlcpy(err, what, errsize);
	return (-1);
}

static const uint8_t *
find(const uint8_t *bytes, size_t len, const char *what)
{
	return (memmem(bytes, len, what, strlen(what)));
}

static int
key_keep(struct jwt_key *key, const void *bytes, size_t len)
{
	if ((key->bytes = malloc(len)) == NULL)
		return (-1);
	memcpy(key->bytes, bytes, len);
	key->len = len;
	return (0);
}

/* ---- HMAC ---------------------------------------------------------------- */

static int
hmac_context(struct jwt_key *key, const struct jwt_alg *alg)
{
	char		 digest[16];
	OSSL_PARAM	 params[2];
	EVP_MAC		*mac;

	strlcpy(digest, alg->digest, sizeof(digest));
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
	    digest, 0);
	params[1] = OSSL_PARAM_construct_end();
	if ((mac = EVP_MAC_fetch(NULL, "HMAC", NULL)) == NULL)
		return (-1);
	key->mac = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	if (key->mac == NULL)
		return (-1);
	return (EVP_MAC_init(key->mac, key->bytes, key->len, params) == 1 ?
	    0 : -1);
}

static int
hmac_make(struct jwt_key *key, const struct jwt_alg *alg, const uint8_t *bytes,
    size_t len, char *err, size_t errsize)
{
	if (find(bytes, len, PEM_BEGIN) != NULL) {
		snprintf(err, errsize, "it is a PEM, and %s needs the bytes of "
		    "a secret; make one with head -c %zu /dev/urandom, or set "
		    "the algorithm that the PEM is for", alg->name, alg->size);
		return (-1);
	}
	if (len < alg->size) {
		snprintf(err, errsize, "it has %zu bytes, and %s needs at "
		    "least %zu; make one with head -c %zu /dev/urandom", len,
		    alg->name, alg->size, alg->size);
		return (-1);
	}
	if (len > JWT_HMAC_MAX) {
		snprintf(err, errsize, "it has %zu bytes, more than %u; is it "
		    "a key?", len, JWT_HMAC_MAX);
		return (-1);
	}
	if (memcmp(bytes, bytes + 1, len - 1) == 0)
		return (refuse(err, errsize, "all its bytes are the same"));
	key->siglen = alg->size;
	if (key_keep(key, bytes, len) == -1 || hmac_context(key, alg) == -1)
		return (refuse(err, errsize, "no memory for it"));
	return (0);
}

/* ---- public keys --------------------------------------------------------- */

static EVP_PKEY *
pem_read(const uint8_t *bytes, size_t len, char *err, size_t errsize)
{
	EVP_PKEY	*pkey;
	const uint8_t	*begin;
	BIO		*bio;

	if (find(bytes, len, "PRIVATE KEY-----") != NULL) {
		refuse(err, errsize, "it holds a private key, which only "
		    "`sign' may name; here belongs the public one: openssl "
		    "pkey -in FILE -pubout");
		return (NULL);
	}
	if ((begin = find(bytes, len, PEM_PUBLIC)) == NULL) {
		refuse(err, errsize, "it is no PEM with a public key "
		    "(-----BEGIN PUBLIC KEY-----); openssl pkey -pubout, or of "
		    "a certificate openssl x509 -pubkey -noout, writes one");
		return (NULL);
	}
	if (find(begin + 1, len - (size_t)(begin + 1 - bytes), PEM_BEGIN) !=
	    NULL || find(bytes, (size_t)(begin - bytes), PEM_BEGIN) != NULL) {
		refuse(err, errsize, "it holds more than one; each key needs a "
		    "file and a name of its own");
		return (NULL);
	}
	if ((bio = BIO_new_mem_buf(begin, (int)(len - (size_t)(begin -
	    bytes)))) == NULL) {
		refuse(err, errsize, "no memory for it");
		return (NULL);
	}
	if ((pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL)) == NULL)
		refuse(err, errsize, "its PEM cannot be read; is it whole?");
	BIO_free(bio);
	return (pkey);
}

static int
rsa_fits(struct jwt_key *key, EVP_PKEY *pkey, const struct jwt_alg *alg,
    char *err, size_t errsize)
{
	int	 bits = EVP_PKEY_get_bits(pkey);

	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_RSA) {
		snprintf(err, errsize, "it is no RSA key, which %s needs",
		    alg->name);
		return (-1);
	}
	if (bits < JWT_RSA_MIN || bits > JWT_RSA_MAX) {
		snprintf(err, errsize, "it has %d bits, and must have %d to "
		    "%d; make one with openssl genrsa 3072", bits, JWT_RSA_MIN,
		    JWT_RSA_MAX);
		return (-1);
	}
	key->siglen = (size_t)EVP_PKEY_get_size(pkey);
	return (0);
}

static int
ecdsa_fits(struct jwt_key *key, EVP_PKEY *pkey, const struct jwt_alg *alg,
    char *err, size_t errsize)
{
	char	 name[64];

	if (EVP_PKEY_get_base_id(pkey) != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(pkey, name, sizeof(name), NULL) != 1 ||
	    strcmp(name, alg->curve) != 0) {
		snprintf(err, errsize, "it is no key on the curve %s, which %s "
		    "needs; make one with openssl ecparam -genkey -name %s",
		    alg->curve, alg->name, alg->curve);
		return (-1);
	}
	key->siglen = alg->size;
	return (0);
}

/* A point on the curve, a modulus and an exponent that can be ones. */
static int
pkey_sound(EVP_PKEY *pkey)
{
	EVP_PKEY_CTX	*ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	int		 ok;

	ok = ctx != NULL && EVP_PKEY_public_check(ctx) == 1;
	EVP_PKEY_CTX_free(ctx);
	return (ok);
}

static int
pkey_context(struct jwt_key *key, EVP_PKEY *pkey, const struct jwt_conf *conf)
{
	if ((key->verify = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL)) ==
	    NULL || EVP_PKEY_verify_init(key->verify) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(key->verify, conf->md) != 1)
		return (-1);
	if (conf->alg->family == JWT_RSA && EVP_PKEY_CTX_set_rsa_padding(
	    key->verify, RSA_PKCS1_PADDING) != 1)
		return (-1);
	return (0);
}

/* libjwt reads a PEM each time: one without anything around it. */
static int
pkey_keep(struct jwt_key *key, EVP_PKEY *pkey)
{
	BIO	*bio = BIO_new(BIO_s_mem());
	char	*text;
	long	 len;
	int	 rv = -1;

	if (bio != NULL && PEM_write_bio_PUBKEY(bio, pkey) == 1 &&
	    (len = BIO_get_mem_data(bio, &text)) > 0)
		rv = key_keep(key, text, (size_t)len);
	BIO_free(bio);
	return (rv);
}

static int
pkey_make(struct jwt_key *key, const struct jwt_conf *conf,
    const uint8_t *bytes, size_t len, char *err, size_t errsize)
{
	EVP_PKEY	*pkey;
	int		 rv = -1;

	if ((pkey = pem_read(bytes, len, err, errsize)) == NULL)
		return (-1);
	if ((conf->alg->family == JWT_RSA ? rsa_fits : ecdsa_fits)(key, pkey,
	    conf->alg, err, errsize) == -1)
		goto done;
	if (!pkey_sound(pkey))
		refuse(err, errsize, "its numbers are not those of a key");
	else if (pkey_keep(key, pkey) == -1 ||
	    pkey_context(key, pkey, conf) == -1)
		refuse(err, errsize, "no memory for it");
	else
		rv = 0;
done:
	EVP_PKEY_free(pkey);
	return (rv);
}

int
jwt_key_make(struct jwt_key *key, const struct jwt_conf *conf,
    const uint8_t *bytes, size_t len, char *err, size_t errsize)
{
	if (len == 0 || len > KEYFILE_MAX)
		return (refuse(err, errsize, len == 0 ? "it is empty" :
		    "it is too long for a key"));
	if (conf->alg->family == JWT_HMAC)
		return (hmac_make(key, conf->alg, bytes, len, err, errsize));
	return (pkey_make(key, conf, bytes, len, err, errsize));
}

void
jwt_key_wipe(struct jwt_key *key)
{
	EVP_MAC_CTX_free(key->mac);
	EVP_PKEY_CTX_free(key->verify);
	if (key->bytes != NULL)
		freezero(key->bytes, key->len);
	memset(key, 0, sizeof(*key));
}
