/*
 * TLS for libomnitron (common/libomnitron/plugin.h): a shared object of its
 * own, so that a program without remote daemons never loads OpenSSL.  In the
 * process of the program that uses the library; touches the socket that it
 * is given, the files that are named, and the system's authorities.
 *
 * Whom the other side proves to be is decided within the handshake, so that
 * nothing of ours, a token least of all, goes to one who is not trusted.
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "common/libomnitron/plugin.h"

#define TLS_TEXT_MAX	400	/* of a reason, NUL included */
#define TLS_DEPTH_MAX	8	/* certificates of a chain */

struct tls {
	SSL_CTX		*ctx;
	SSL		*ssl;
	BIO_METHOD	*method;
	int		 pinned;
	int		 has_ca;
	unsigned char	 pin[PLUGIN_PIN_SIZE];
	char		*host;
	X509		*shown;		/* the daemon's certificate */
	int		 verdict;	/* X509_V_*, of it */
	int		 differs;	/* from the fingerprint */
	char		 why[TLS_TEXT_MAX];
};

/* ---- the socket --------------------------------------------------------- */

/* OpenSSL's own would raise SIGPIPE. */
static int
tls_bio_write(BIO *b, const char *buf, int n)
{
	ssize_t	 rv;

	BIO_clear_retry_flags(b);
	do
		rv = send((int)(intptr_t)BIO_get_data(b), buf, (size_t)n,
		    MSG_NOSIGNAL);
	while (rv == -1 && errno == EINTR);
	if (rv == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		BIO_set_retry_write(b);
	return ((int)rv);
}

static int
tls_bio_read(BIO *b, char *buf, int n)
{
	ssize_t	 rv;

	BIO_clear_retry_flags(b);
	do
		rv = recv((int)(intptr_t)BIO_get_data(b), buf, (size_t)n, 0);
	while (rv == -1 && errno == EINTR);
	if (rv == -1 && (errno == EAGAIN || errno == EWOULDBLOCK))
		BIO_set_retry_read(b);
	else if (rv == 0)
		BIO_set_flags(b, BIO_FLAGS_IN_EOF);
	return ((int)rv);
}

static long
tls_bio_ctrl(BIO *b, int cmd, long n, void *arg)
{
	switch (cmd) {
	case BIO_CTRL_FLUSH:
		return (1);
	case BIO_CTRL_EOF:
		return (BIO_test_flags(b, BIO_FLAGS_IN_EOF) != 0);
	default:
		return (0);
	}
}

static int
tls_bio(struct tls *t, int fd)
{
	BIO	*b;

	t->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
	    "omnitron");
	if (t->method == NULL ||
	    !BIO_meth_set_write(t->method, tls_bio_write) ||
	    !BIO_meth_set_read(t->method, tls_bio_read) ||
	    !BIO_meth_set_ctrl(t->method, tls_bio_ctrl) ||
	    (b = BIO_new(t->method)) == NULL)
		return (-1);
	BIO_set_data(b, (void *)(intptr_t)fd);
	BIO_set_init(b, 1);
	SSL_set_bio(t->ssl, b, b);
	return (0);
}

/* ---- whom to trust ------------------------------------------------------ */

static int
tls_pin_matches(const struct tls *t, X509 *cert)
{
	unsigned char	 md[EVP_MAX_MD_SIZE];
	unsigned int	 n = 0;

	return (X509_digest(cert, EVP_sha256(), md, &n) &&
	    n == PLUGIN_PIN_SIZE && CRYPTO_memcmp(md, t->pin, n) == 0);
}

static int
tls_dates(X509 *cert)
{
	if (X509_cmp_current_time(X509_get0_notBefore(cert)) != -1)
		return (X509_V_ERR_CERT_NOT_YET_VALID);
	if (X509_cmp_current_time(X509_get0_notAfter(cert)) != 1)
		return (X509_V_ERR_CERT_HAS_EXPIRED);
	return (X509_V_OK);
}

/*
 * In place of OpenSSL's own verdict, which is asked for unless a fingerprint
 * alone decides.
 */
static int
tls_verify(X509_STORE_CTX *store, void *arg)
{
	struct tls	*t = arg;
	X509		*cert = X509_STORE_CTX_get0_cert(store);
	int		 verdict;

	if (cert == NULL)
		return (0);
	X509_free(t->shown);
	X509_up_ref(cert);
	t->shown = cert;
	if (t->pinned && !tls_pin_matches(t, cert)) {
		t->differs = 1;
		verdict = X509_V_ERR_APPLICATION_VERIFICATION;
	} else if (t->pinned && !t->has_ca)
		verdict = tls_dates(cert);
	else if (X509_verify_cert(store) == 1)
		verdict = X509_V_OK;
	else if ((verdict = X509_STORE_CTX_get_error(store)) == X509_V_OK)
		verdict = X509_V_ERR_UNSPECIFIED;
	X509_STORE_CTX_set_error(store, verdict);
	t->verdict = verdict;
	return (verdict == X509_V_OK);
}

static int
tls_is_address(const char *host)
{
	unsigned char	 buf[sizeof(struct in6_addr)];

	return (inet_pton(AF_INET, host, buf) == 1 ||
	    inet_pton(AF_INET6, host, buf) == 1);
}

/* An address is proved as one, and never sent as a name. */
static int
tls_host(struct tls *t)
{
	X509_VERIFY_PARAM	*param = SSL_get0_param(t->ssl);

	if (tls_is_address(t->host))
		return (X509_VERIFY_PARAM_set1_ip_asc(param, t->host));
	SSL_set_hostflags(t->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return (SSL_set1_host(t->ssl, t->host) &&
	    SSL_set_tlsext_host_name(t->ssl, t->host));
}

/* ---- setting up --------------------------------------------------------- */

/* A key with a passphrase: nobody is to be asked for it here. */
static int
tls_no_passphrase(char *buf, int size, int writing, void *arg)
{
	return (-1);
}

static int
tls_own(struct tls *t, const struct plugin_want *want, char *why, size_t size)
{
	EVP_PKEY	*key = NULL;
	BIO		*b;
	int		 ok = 0;

	if (SSL_CTX_use_certificate_chain_file(t->ctx, want->cert) != 1) {
		snprintf(why, size, "%s holds no certificate in PEM",
		    want->cert);
		return (-1);
	}
	if ((b = BIO_new_mem_buf(want->key, (int)want->keylen)) != NULL)
		key = PEM_read_bio_PrivateKey(b, NULL, tls_no_passphrase,
		    NULL);
	BIO_free(b);
	if (key == NULL)
		snprintf(why, size, "the key of %s is none in PEM, or has a "
		    "passphrase", want->cert);
	else if (SSL_CTX_use_PrivateKey(t->ctx, key) != 1)
		snprintf(why, size, "the key is not that of %s", want->cert);
	else
		ok = 1;
	EVP_PKEY_free(key);
	return (ok ? 0 : -1);
}

static int
tls_files(struct tls *t, const struct plugin_want *want, char *why,
    size_t size)
{
	if (want->pin != NULL) {
		memcpy(t->pin, want->pin, sizeof(t->pin));
		t->pinned = 1;
	}
	if (want->ca != NULL) {
		t->has_ca = 1;
		if (SSL_CTX_load_verify_file(t->ctx, want->ca) != 1) {
			snprintf(why, size, "%s holds no certificates in PEM, "
			    "or cannot be read", want->ca);
			return (-1);
		}
	} else if (!t->pinned &&
	    SSL_CTX_set_default_verify_paths(t->ctx) != 1) {
		snprintf(why, size, "the system's authorities cannot be read");
		return (-1);
	}
	return (want->cert == NULL ? 0 : tls_own(t, want, why, size));
}

static int
tls_context(struct tls *t)
{
	if ((t->ctx = SSL_CTX_new(TLS_client_method())) == NULL ||
	    SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION) != 1)
		return (-1);
	/* A line that is cut off is found by its missing end. */
	SSL_CTX_set_options(t->ctx, SSL_OP_NO_RENEGOTIATION |
	    SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(t->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify_depth(t->ctx, TLS_DEPTH_MAX);
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(t->ctx, tls_verify, t);
	return (0);
}

static void
tls_close(struct tls *t)
{
	if (t->ssl != NULL && SSL_is_init_finished(t->ssl)) {
		ERR_clear_error();
		(void)SSL_shutdown(t->ssl);	/* what fits; no waiting */
	}
	SSL_free(t->ssl);
	SSL_CTX_free(t->ctx);
	BIO_meth_free(t->method);
	X509_free(t->shown);
	free(t->host);
	free(t);
	ERR_clear_error();
}

static struct tls *
tls_open(int fd, const struct plugin_want *want, char *why, size_t size)
{
	struct tls	*t;
	int		 error = ENOMEM;

	snprintf(why, size, "%s", strerror(ENOMEM));
	ERR_clear_error();
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return (NULL);
	t->verdict = X509_V_OK;
	if ((t->host = strdup(want->host)) == NULL || tls_context(t) == -1)
		goto fail;
	error = EINVAL;
	if (tls_files(t, want, why, size) == -1)
		goto fail;
	error = ENOMEM;
	if ((t->ssl = SSL_new(t->ctx)) == NULL || tls_bio(t, fd) == -1)
		goto fail;
	error = EINVAL;
	if (!tls_host(t)) {
		snprintf(why, size, "'%s' cannot be the name of a host",
		    t->host);
		goto fail;
	}
	SSL_set_connect_state(t->ssl);
	return (t);
 fail:
	tls_close(t);
	errno = error;
	return (NULL);
}

/* ---- reasons ------------------------------------------------------------ */

static void
tls_fingerprint(X509 *cert, char *buf, size_t size)
{
	unsigned char	 md[EVP_MAX_MD_SIZE];
	unsigned int	 i, n = 0;

	*buf = '\0';
	if (!X509_digest(cert, EVP_sha256(), md, &n))
		return;
	for (i = 0; i < n && 2 * i + 2 < size; i++)
		snprintf(buf + 2 * i, size - 2 * i, "%02x", md[i]);
}

static int64_t
tls_time(const ASN1_TIME *at)
{
	struct tm	 tm;

	memset(&tm, 0, sizeof(tm));
	if (at == NULL || !ASN1_TIME_to_tm(at, &tm))
		return (0);
	return ((int64_t)timegm(&tm) * 1000);
}

static void
tls_date(const ASN1_TIME *at, char *buf, size_t size)
{
	struct tm	 tm;

	memset(&tm, 0, sizeof(tm));
	if (at == NULL || !ASN1_TIME_to_tm(at, &tm) ||
	    strftime(buf, size, "%Y-%m-%d %H:%M UTC", &tm) == 0)
		snprintf(buf, size, "?");
}

/* The names that a certificate is for, as far as there is room. */
static void
tls_names(X509 *cert, char *buf, size_t size)
{
	GENERAL_NAMES	*names;
	const GENERAL_NAME *g;
	size_t		 len = 0;
	int		 i, n;

	*buf = '\0';
	names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	for (i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		g = sk_GENERAL_NAME_value(names, i);
		if (g->type != GEN_DNS)
			continue;
		n = snprintf(buf + len, size - len, "%s%.*s",
		    len > 0 ? ", " : "", ASN1_STRING_length(g->d.dNSName),
		    (const char *)ASN1_STRING_get0_data(g->d.dNSName));
		if (n < 0 || (size_t)n >= size - len)
			break;
		len += (size_t)n;
	}
	GENERAL_NAMES_free(names);
	for (len = 0; buf[len] != '\0'; len++)
		if ((unsigned char)buf[len] < ' ' ||
		    (unsigned char)buf[len] > '~')
			buf[len] = '?';
}

static void
tls_untrusted(struct tls *t)
{
	char	 hex[65], text[128];

	tls_fingerprint(t->shown, hex, sizeof(hex));
	switch (t->verdict) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		tls_date(X509_get0_notAfter(t->shown), text, sizeof(text));
		snprintf(t->why, sizeof(t->why), "the certificate expired "
		    "(%s); the daemon needs a new one, or a clock is wrong",
		    text);
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		tls_date(X509_get0_notBefore(t->shown), text, sizeof(text));
		snprintf(t->why, sizeof(t->why), "the certificate is not valid "
		    "before %s; is the clock right?", text);
		break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		tls_names(t->shown, text, sizeof(text));
		snprintf(t->why, sizeof(t->why), "the certificate is not for "
		    "'%.100s'%s%s; use a name that it has", t->host,
		    *text == '\0' ? "" : " but for ", text);
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_CERT_UNTRUSTED:
		snprintf(t->why, sizeof(t->why), "the certificate is of an "
		    "unknown authority; name its file of authorities, or the "
		    "fingerprint if it is the daemon's: %s", hex);
		break;
	case X509_V_ERR_APPLICATION_VERIFICATION:
		snprintf(t->why, sizeof(t->why), "the fingerprint differs: "
		    "the certificate there is %s; if it was not renewed, "
		    "somebody is between you and the daemon", hex);
		break;
	default:
		snprintf(t->why, sizeof(t->why), "the certificate is not to be "
		    "trusted: %s", X509_verify_cert_error_string(t->verdict));
	}
}

/* What the alert that the other side sent, or our own parser, means. */
static int
tls_reason(struct tls *t)
{
	unsigned long	 e = ERR_peek_error();
	const char	*text = ERR_reason_error_string(e);

	switch (ERR_GET_REASON(e)) {
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
	case SSL_R_BAD_RECORD_TYPE:
		snprintf(t->why, sizeof(t->why), "there is no TLS; if the "
		    "daemon has none there, say plain text");
		return (EPROTO);
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
	case SSL_R_UNSUPPORTED_PROTOCOL:
		snprintf(t->why, sizeof(t->why),
		    "it has only versions of TLS older than 1.2");
		return (EPROTO);
	case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
	case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
	case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
	case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
	case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
	case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
	case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
		snprintf(t->why, sizeof(t->why), "the daemon wants a "
		    "certificate of ours that it trusts, with its key (%s)",
		    text == NULL ? "?" : text);
		return (EACCES);
	default:
		snprintf(t->why, sizeof(t->why), "TLS failed: %s",
		    text == NULL ? "unknown reason" : text);
		return (EPROTO);
	}
}

/* -1 with errno, or 0: the other side ended it. */
static int
tls_failed(struct tls *t, int rv, short *events)
{
	int	 saved = errno;

	switch (SSL_get_error(t->ssl, rv)) {
	case SSL_ERROR_WANT_READ:
		*events = POLLIN;
		errno = EAGAIN;
		break;
	case SSL_ERROR_WANT_WRITE:
		*events = POLLOUT;
		errno = EAGAIN;
		break;
	case SSL_ERROR_ZERO_RETURN:
		return (0);
	case SSL_ERROR_SYSCALL:
		if (saved == 0)
			return (0);
		errno = saved;
		break;
	default:
		if (t->verdict != X509_V_OK) {
			tls_untrusted(t);
			errno = EPERM;
		} else
			errno = tls_reason(t);
	}
	saved = errno;
	ERR_clear_error();
	errno = saved;
	return (-1);
}

/* ---- work --------------------------------------------------------------- */

static int
tls_handshake(struct tls *t, short *events)
{
	int	 rv;

	ERR_clear_error();
	errno = 0;
	if ((rv = SSL_do_handshake(t->ssl)) == 1)
		return (0);
	if (tls_failed(t, rv, events) == -1)
		return (-1);
	snprintf(t->why, sizeof(t->why), "it closed the connection instead of "
	    "answering in TLS; if the daemon has none there, say plain text");
	errno = EPROTO;
	return (-1);
}

static ssize_t
tls_read(struct tls *t, void *buf, size_t n, short *events)
{
	size_t	 got = 0;

	ERR_clear_error();
	errno = 0;
	if (SSL_read_ex(t->ssl, buf, n, &got) == 1)
		return ((ssize_t)got);
	return (tls_failed(t, 0, events));
}

static ssize_t
tls_write(struct tls *t, const void *buf, size_t n, short *events)
{
	size_t	 put = 0;

	ERR_clear_error();
	errno = 0;
	if (SSL_write_ex(t->ssl, buf, n, &put) == 1)
		return ((ssize_t)put);
	if (tls_failed(t, 0, events) == 0)
		errno = EPIPE;
	return (-1);
}

static const char *
tls_why(const struct tls *t)
{
	return (t->why);
}

static void
tls_name(const X509_NAME *name, char *buf, size_t size)
{
	BIO	*b;
	int	 n = -1;

	if ((b = BIO_new(BIO_s_mem())) != NULL &&
	    X509_NAME_print_ex(b, name, 0, XN_FLAG_RFC2253) != -1)
		n = BIO_read(b, buf, (int)size - 1);
	buf[n > 0 ? n : 0] = '\0';
	BIO_free(b);
}

static int
tls_certificate(const struct tls *t, struct omnitron_certificate *c)
{
	memset(c, 0, sizeof(*c));
	if (t->shown == NULL)
		return (-1);
	tls_fingerprint(t->shown, c->fingerprint, sizeof(c->fingerprint));
	tls_name(X509_get_subject_name(t->shown), c->subject,
	    sizeof(c->subject));
	tls_name(X509_get_issuer_name(t->shown), c->issuer,
	    sizeof(c->issuer));
	snprintf(c->protocol, sizeof(c->protocol), "%s",
	    SSL_get_version(t->ssl));
	c->begins = tls_time(X509_get0_notBefore(t->shown));
	c->ends = tls_time(X509_get0_notAfter(t->shown));
	return (0);
}

extern const struct plugin	 omnitron_tls_plugin;

const struct plugin omnitron_tls_plugin = {
	PLUGIN_VERSION, tls_open, tls_close, tls_handshake, tls_read,
	tls_write, tls_why, tls_certificate
};
