/*
 * The context that TLS connections are made with (tls.h).  In the network
 * process: the files were read by the parent, and this opens none.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "common/log.h"
#include "omnitrond/network/tls.h"
#include "omnitrond/proto.h"

/* Of TLS 1.2 those that keep what was said secret when the key gets known. */
#define TLS_CIPHERS	"ECDHE+AESGCM:ECDHE+CHACHA20"
/* 112 bits: RSA of 2048 bits, and no SHA-1 in certificates. */
#define TLS_SECURITY	2
/* Certificates between a client's and one of client-ca. */
#define TLS_DEPTH	4
#define TLS_CHAIN_MAX	16
#define TLS_ENDS_SOON_S	((int64_t)14 * 24 * 3600)

void
tls_error(char *buf, size_t size)
{
	unsigned long	 e = ERR_get_error();
	const char	*reason = e != 0 ? ERR_reason_error_string(e) : NULL;

	strlcpy(buf, reason != NULL ? reason : "unknown error", size);
	ERR_clear_error();
}

void
tls_touch(void)
{
	SSL_CTX	*ctx = SSL_CTX_new(TLS_server_method());
	uint8_t	 byte;

	if (ctx == NULL || RAND_bytes(&byte, 1) != 1)
		fatalx("libssl cannot be used");
	SSL_CTX_free(ctx);
	ERR_clear_error();
}

/* ---- contents of files --------------------------------------------------- */

/* There is nobody to ask for a passphrase. */
static int
no_passphrase(char *buf, int size, int writing, void *arg)
{
	return (-1);
}

static BIO *
bio_of(const uint8_t *bytes, size_t len)
{
	return (len > KEYFILE_MAX ? NULL : BIO_new_mem_buf(bytes, (int)len));
}

static X509 *
next_certificate(BIO *bio)
{
	return (PEM_read_bio_X509(bio, NULL, no_passphrase, NULL));
}

/* Is there nothing more in it, rather than something that is broken? */
static int
at_end(void)
{
	unsigned long	 e = ERR_peek_last_error();
	int		 end;

	end = ERR_GET_LIB(e) == ERR_LIB_PEM &&
	    ERR_GET_REASON(e) == PEM_R_NO_START_LINE;
	ERR_clear_error();
	return (end);
}

static int
fail(char *err, size_t errsize, const char *what)
{
	char	 why[128];

	if (ERR_peek_error() == 0)
		strlcpy(err, what, errsize);
	else {
		tls_error(why, sizeof(why));
		snprintf(err, errsize, "%s (%s)", what, why);
	}
	return (-1);
}

/* ---- certificate and key ------------------------------------------------- */

static int
use_chain(SSL_CTX *ctx, BIO *bio, char *err, size_t errsize)
{
	X509	*cert;
	int	 n = 0;

	while ((cert = next_certificate(bio)) != NULL) {
		if (++n > TLS_CHAIN_MAX ||
		    SSL_CTX_add0_chain_cert(ctx, cert) != 1) {
			X509_free(cert);
			return (fail(err, errsize, "certificate: one of those "
			    "that follow the first cannot be used"));
		}
	}
	if (!at_end()) {
		strlcpy(err, "certificate: what follows the first cannot be "
		    "read; is it whole?", errsize);
		return (-1);
	}
	return (0);
}

static int
use_certificate(SSL_CTX *ctx, const uint8_t *bytes, size_t len, char *err,
    size_t errsize)
{
	BIO	*bio = bio_of(bytes, len);
	X509	*cert = bio != NULL ? next_certificate(bio) : NULL;
	int	 rv = -1;

	if (cert == NULL)
		fail(err, errsize, "certificate: no PEM with a certificate "
		    "(-----BEGIN CERTIFICATE-----)");
	else if (SSL_CTX_use_certificate(ctx, cert) != 1)
		fail(err, errsize, "certificate: it is refused; its key must "
		    "have 2048 bits or more, its signature SHA-256 or better");
	else
		rv = use_chain(ctx, bio, err, errsize);
	X509_free(cert);
	BIO_free(bio);
	return (rv);
}

static int
use_key(SSL_CTX *ctx, const uint8_t *bytes, size_t len, char *err,
    size_t errsize)
{
	BIO		*bio = bio_of(bytes, len);
	EVP_PKEY	*pkey = NULL;
	int		 rv = -1;

	if (bio != NULL)
		pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	if (pkey == NULL && memmem(bytes, len, "ENCRYPTED", 9) != NULL)
		fail(err, errsize, "key: it is encrypted, and nobody can be "
		    "asked; openssl pkey -in FILE -out NEW writes it without "
		    "a passphrase");
	else if (pkey == NULL)
		fail(err, errsize, "key: no PEM with a private key (-----BEGIN "
		    "PRIVATE KEY-----)");
	else if (SSL_CTX_use_PrivateKey(ctx, pkey) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		fail(err, errsize, "key: it is not that of the certificate; "
		    "the two files do not belong together, or the certificate "
		    "is not the first one in its file");
	else
		rv = 0;
	EVP_PKEY_free(pkey);
	BIO_free(bio);
	return (rv);
}

/* ---- clients ------------------------------------------------------------- */

static int
add_ca(SSL_CTX *ctx, X509 *cert)
{
	return (X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), cert) == 1 &&
	    SSL_CTX_add_client_CA(ctx, cert) == 1 ? 0 : -1);
}

static int
use_client_ca(SSL_CTX *ctx, const uint8_t *bytes, size_t len, char *err,
    size_t errsize)
{
	BIO	*bio = bio_of(bytes, len);
	X509	*cert;
	int	 rv = 0, n = 0;

	while (rv == 0 && bio != NULL && (cert = next_certificate(bio)) !=
	    NULL) {
		rv = ++n > TLS_CHAIN_MAX ? -1 : add_ca(ctx, cert);
		X509_free(cert);
	}
	BIO_free(bio);
	if (rv == -1 || !at_end() || n == 0)
		return (fail(err, errsize, "client-ca: no PEM with "
		    "certificates of those that sign clients' ones, or too "
		    "many"));
	SSL_CTX_set_verify_depth(ctx, TLS_DEPTH);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER |
	    SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return (0);
}

/* ---- all of it ----------------------------------------------------------- */

static int
set_options(SSL_CTX *ctx)
{
	SSL_CTX_set_security_level(ctx, TLS_SECURITY);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
	    SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	/* An idle connection keeps no buffers of 32 KB. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	return (SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_max_proto_version(ctx, 0) == 1 &&
	    SSL_CTX_set_cipher_list(ctx, TLS_CIPHERS) == 1 &&
	    SSL_CTX_set_num_tickets(ctx, 0) == 1 &&
	    SSL_CTX_set_max_early_data(ctx, 0) == 1 ? 0 : -1);
}

SSL_CTX *
tls_server_new(const uint8_t *cert, size_t certlen, const uint8_t *key,
    size_t keylen, const uint8_t *ca, size_t calen, char *err, size_t errsize)
{
	SSL_CTX	*ctx;

	ERR_clear_error();
	if ((ctx = SSL_CTX_new(TLS_server_method())) == NULL ||
	    set_options(ctx) == -1)
		fail(err, errsize, "TLS cannot be set up");
	else if (use_certificate(ctx, cert, certlen, err, errsize) == 0 &&
	    use_key(ctx, key, keylen, err, errsize) == 0 &&
	    (ca == NULL || use_client_ca(ctx, ca, calen, err, errsize) == 0))
		return (ctx);
	SSL_CTX_free(ctx);
	return (NULL);
}

static void
day(const ASN1_TIME *t, char *buf, size_t size)
{
	struct tm	 tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1 ||
	    strftime(buf, size, "%Y-%m-%d", &tm) == 0)
		strlcpy(buf, "?", size);
}

int
tls_warning(const SSL_CTX *ctx, int64_t now_s, char *buf, size_t size)
{
	X509		*cert = SSL_CTX_get0_certificate(ctx);
	const ASN1_TIME	*begin, *end;
	char		 when[16];

	if (cert == NULL)
		return (0);
	begin = X509_get0_notBefore(cert);
	end = X509_get0_notAfter(cert);
	if (ASN1_TIME_cmp_time_t(begin, now_s) > 0) {
		day(begin, when, sizeof(when));
		snprintf(buf, size, "the certificate is not valid before %s",
		    when);
	} else if (ASN1_TIME_cmp_time_t(end, now_s + TLS_ENDS_SOON_S) <= 0) {
		day(end, when, sizeof(when));
		snprintf(buf, size, "the certificate %s on %s",
		    ASN1_TIME_cmp_time_t(end, now_s) <= 0 ? "ended" : "ends",
		    when);
	} else
		return (0);
	return (1);
}
