/*
 * The format of secrets.enc and its encryption (secrets).  Touches memory
 * only; libcrypto was opened before the walls.
 */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include "common/log.h"
#include "omnitrond/crc32c.h"
#include "omnitrond/secrets/seal.h"

#define MAGIC		"OMNISEC"	/* with its NUL */
#define INFO		"omnitron secrets.enc"
/* Of scrypt, for the largest N: 128 * N * r, and what else it takes. */
#define SCRYPT_MEMORY	((UINT64_C(128) * SCRYPT_R << SCRYPT_LOGN_MAX) + \
			    1024 * 1024)

enum {
	AT_VERSION = 8, AT_BY = 10, AT_LOGN = 11, AT_R = 12, AT_P = 16,
	AT_SALT = 20, AT_WRAP_NONCE = 52, AT_WRAPPED = 64, AT_WRAP_TAG = 96,
	AT_NONCE = SEAL_LOCK, AT_LENGTH = 124, AT_CRC = 128
};

/* The bytes of a file that are not values. */
#define SEAL_EXTRA	(SEAL_HEAD + SEAL_TAG)

static uint32_t
get32(const uint8_t *p)
{
	uint32_t	 v;

	memcpy(&v, p, sizeof(v));
	return (be32toh(v));
}

static void
put32(uint8_t *p, uint32_t v)
{
	v = htobe32(v);
	memcpy(p, &v, sizeof(v));
}

void
seal_random(void *p, size_t n)
{
	if (RAND_bytes(p, (int)n) != 1)
		fatalx("there is no randomness");
}

enum seal_by
seal_by(const struct seal *s)
{
	return (s->lock[AT_BY]);
}

size_t
seal_size(size_t len)
{
	return (SEAL_EXTRA + len);
}

/* ---- AES-256-GCM -------------------------------------------------------- */

/*
 * What libcrypto refuses here is want of memory or a fault of ours: neither
 * may end in a file that is not what it seems to be.
 */
static void
must(int rv)
{
	if (rv != 1)
		fatalx("libcrypto: AES-256-GCM fails");
}

static EVP_CIPHER_CTX *
gcm_new(const uint8_t *key, const uint8_t *nonce, const uint8_t *aad,
    size_t aadlen, int encrypt)
{
	EVP_CIPHER_CTX	*c;
	int		 n;

	if ((c = EVP_CIPHER_CTX_new()) == NULL)
		fatalx("out of memory");
	must(EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce,
	    encrypt));
	must(EVP_CipherUpdate(c, NULL, &n, aad, (int)aadlen));
	return (c);
}

static void
gcm_encrypt(const uint8_t *key, const uint8_t *nonce, const uint8_t *aad,
    size_t aadlen, const uint8_t *in, size_t len, uint8_t *out, uint8_t *tag)
{
	EVP_CIPHER_CTX	*c = gcm_new(key, nonce, aad, aadlen, 1);
	int		 n;

	if (len > 0)
		must(EVP_EncryptUpdate(c, out, &n, in, (int)len));
	must(EVP_EncryptFinal_ex(c, tag, &n));	/* GCM writes nothing here */
	must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, SEAL_TAG, tag));
	EVP_CIPHER_CTX_free(c);
}

/* -1: not what was encrypted with this key; `out' is zeroes then. */
static int
gcm_decrypt(const uint8_t *key, const uint8_t *nonce, const uint8_t *aad,
    size_t aadlen, const uint8_t *in, size_t len, uint8_t *out,
    const uint8_t *tag)
{
	EVP_CIPHER_CTX	*c = gcm_new(key, nonce, aad, aadlen, 0);
	uint8_t		 expected[SEAL_TAG], none[SEAL_TAG];
	int		 n, rv;

	memcpy(expected, tag, sizeof(expected));
	if (len > 0)
		must(EVP_DecryptUpdate(c, out, &n, in, (int)len));
	must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, SEAL_TAG,
	    expected));
	rv = EVP_DecryptFinal_ex(c, none, &n) == 1 ? 0 : -1;
	EVP_CIPHER_CTX_free(c);
	if (rv == -1)
		explicit_bzero(out, len);
	return (rv);
}

/* ---- the head ----------------------------------------------------------- */

/* Only what we write ourselves, or a larger N. */
static int
seal_bounds(const uint8_t *lock)
{
	switch (lock[AT_BY]) {
	case SEAL_KEYFILE:
		return (lock[AT_LOGN] == 0 && get32(lock + AT_R) == 0 &&
		    get32(lock + AT_P) == 0);
	case SEAL_PASSPHRASE:
		return (lock[AT_LOGN] >= SCRYPT_LOGN &&
		    lock[AT_LOGN] <= SCRYPT_LOGN_MAX &&
		    get32(lock + AT_R) == SCRYPT_R &&
		    get32(lock + AT_P) == SCRYPT_P);
	default:
		return (0);
	}
}

int
seal_parse(struct seal *s, const uint8_t *file, size_t len, char *err,
    size_t errsize)
{
	unsigned	 version;

	if (len == 0) {
		strlcpy(err, "it is empty", errsize);
		return (-1);
	}
	if (len < SEAL_EXTRA || memcmp(file, MAGIC, sizeof(MAGIC)) != 0) {
		strlcpy(err, "it does not begin as it must", errsize);
		return (-1);
	}
	if (get32(file + AT_CRC) != crc32c(0, file, AT_CRC)) {
		strlcpy(err, "the checksum of its head does not hold",
		    errsize);
		return (-1);
	}
	version = (unsigned)file[AT_VERSION] << 8 | file[AT_VERSION + 1];
	if (version != SEAL_VERSION) {
		snprintf(err, errsize, "its format is %u, and this version "
		    "knows %u", version, SEAL_VERSION);
		return (-1);
	}
	if (!seal_bounds(file)) {
		strlcpy(err, "its parameters are out of bounds", errsize);
		return (-1);
	}
	if (get32(file + AT_LENGTH) != len - SEAL_EXTRA) {
		strlcpy(err, "it is not as long as it says", errsize);
		return (-1);
	}
	memcpy(s->lock, file, sizeof(s->lock));
	return (0);
}

void
seal_new(struct seal *s, enum seal_by by)
{
	memset(s, 0, sizeof(*s));
	memcpy(s->lock, MAGIC, sizeof(MAGIC));
	s->lock[AT_VERSION + 1] = SEAL_VERSION;
	s->lock[AT_BY] = (uint8_t)by;
	if (by == SEAL_PASSPHRASE) {
		s->lock[AT_LOGN] = SCRYPT_LOGN;
		put32(s->lock + AT_R, SCRYPT_R);
		put32(s->lock + AT_P, SCRYPT_P);
	}
	seal_random(s->lock + AT_SALT, SEAL_SALT);
}

/* ---- keys --------------------------------------------------------------- */

static int
seal_scrypt(const struct seal *s, const uint8_t *pass, size_t len,
    uint8_t *master)
{
	return (EVP_PBE_scrypt((const char *)pass, len, s->lock + AT_SALT,
	    SEAL_SALT, UINT64_C(1) << s->lock[AT_LOGN],
	    get32(s->lock + AT_R), get32(s->lock + AT_P), SCRYPT_MEMORY,
	    master, SEAL_KEY) == 1 ? 0 : -1);
}

static int
seal_hkdf(const struct seal *s, const uint8_t *key, size_t len,
    uint8_t *master)
{
	EVP_PKEY_CTX	*c = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
	size_t		 n = SEAL_KEY;
	int		 rv;

	rv = c != NULL && EVP_PKEY_derive_init(c) == 1 &&
	    EVP_PKEY_CTX_set_hkdf_md(c, EVP_sha256()) == 1 &&
	    EVP_PKEY_CTX_set1_hkdf_salt(c, s->lock + AT_SALT, SEAL_SALT) ==
	    1 && EVP_PKEY_CTX_set1_hkdf_key(c, key, (int)len) == 1 &&
	    EVP_PKEY_CTX_add1_hkdf_info(c, (const uint8_t *)INFO,
	    sizeof(INFO) - 1) == 1 && EVP_PKEY_derive(c, master, &n) == 1;
	EVP_PKEY_CTX_free(c);
	return (rv && n == SEAL_KEY ? 0 : -1);
}

int
seal_master(const struct seal *s, const uint8_t *p, size_t len,
    uint8_t master[SEAL_KEY])
{
	if (!seal_bounds(s->lock))
		fatalx("parameters out of bounds");
	return (seal_by(s) == SEAL_PASSPHRASE ?
	    seal_scrypt(s, p, len, master) : seal_hkdf(s, p, len, master));
}

void
seal_wrap(struct seal *s, const uint8_t master[SEAL_KEY],
    const uint8_t data[SEAL_KEY])
{
	seal_random(s->lock + AT_WRAP_NONCE, SEAL_NONCE);
	gcm_encrypt(master, s->lock + AT_WRAP_NONCE, s->lock, AT_WRAP_NONCE,
	    data, SEAL_KEY, s->lock + AT_WRAPPED, s->lock + AT_WRAP_TAG);
}

int
seal_unwrap(const struct seal *s, const uint8_t master[SEAL_KEY],
    uint8_t data[SEAL_KEY])
{
	return (gcm_decrypt(master, s->lock + AT_WRAP_NONCE, s->lock,
	    AT_WRAP_NONCE, s->lock + AT_WRAPPED, SEAL_KEY, data,
	    s->lock + AT_WRAP_TAG));
}

/* ---- the values --------------------------------------------------------- */

void
seal_close(const struct seal *s, const uint8_t data[SEAL_KEY],
    const uint8_t *plain, size_t len, uint8_t *file)
{
	memcpy(file, s->lock, SEAL_LOCK);
	seal_random(file + AT_NONCE, SEAL_NONCE);
	put32(file + AT_LENGTH, (uint32_t)len);
	put32(file + AT_CRC, crc32c(0, file, AT_CRC));
	gcm_encrypt(data, file + AT_NONCE, file, SEAL_HEAD, plain, len,
	    file + SEAL_HEAD, file + SEAL_HEAD + len);
}

int
seal_open(const uint8_t data[SEAL_KEY], const uint8_t *file, size_t size,
    uint8_t *plain)
{
	size_t	 len = size - SEAL_EXTRA;

	return (gcm_decrypt(data, file + AT_NONCE, file, SEAL_HEAD,
	    file + SEAL_HEAD, len, plain, file + SEAL_HEAD + len));
}
