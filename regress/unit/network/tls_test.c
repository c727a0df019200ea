/* What TLS is made with, and with whom it is spoken: both ends in memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atf-c.h>

#include "omnitrond/network/tls.h"
#include "omnitrond/proto.h"

static char	 err[512];

struct cert {
	EVP_PKEY	*pkey;
	X509		*x509;
	uint8_t		 pem[16384];
	size_t		 len;
	uint8_t		 key[4096];
	size_t		 keylen;
};

static size_t
drain(BIO *bio, uint8_t *out, size_t size)
{
	int	 n = BIO_read(bio, out, (int)size);

	ATF_REQUIRE(n > 0 && (size_t)n < size);
	BIO_free(bio);
	return ((size_t)n);
}

static void
extend(X509 *x, int nid, const char *value)
{
	X509_EXTENSION	*e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	ATF_REQUIRE(e != NULL);
	ATF_REQUIRE_EQ(1, X509_add_ext(x, e, -1));
	X509_EXTENSION_free(e);
}

/* By the issuer, or by itself and then one that others are made by. */
static struct cert *
cert_of(EVP_PKEY *pkey, const struct cert *issuer, long from_s, long until_s)
{
	static long	 serial;
	struct cert	*c = calloc(1, sizeof(*c));
	X509_NAME	*name;
	BIO		*bio;

	c->pkey = pkey;
	ATF_REQUIRE((c->x509 = X509_new()) != NULL);
	X509_set_version(c->x509, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(c->x509), ++serial);
	X509_gmtime_adj(X509_getm_notBefore(c->x509), from_s);
	X509_gmtime_adj(X509_getm_notAfter(c->x509), until_s);
	X509_set_pubkey(c->x509, pkey);
	name = X509_get_subject_name(c->x509);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)(issuer == NULL ? "ca" : "leaf"), -1, -1, 0);
	X509_set_issuer_name(c->x509, issuer == NULL ? name :
	    X509_get_subject_name(issuer->x509));
	extend(c->x509, NID_basic_constraints, issuer == NULL ?
	    "critical,CA:TRUE" : "critical,CA:FALSE");
	ATF_REQUIRE(X509_sign(c->x509, issuer == NULL ? pkey : issuer->pkey,
	    EVP_sha256()) > 0);
	bio = BIO_new(BIO_s_mem());
	PEM_write_bio_X509(bio, c->x509);
	c->len = drain(bio, c->pem, sizeof(c->pem));
	bio = BIO_new(BIO_s_mem());
	PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL);
	c->keylen = drain(bio, c->key, sizeof(c->key));
	return (c);
}

static struct cert *
cert_new(const struct cert *issuer)
{
	return (cert_of(EVP_EC_gen("P-256"), issuer, -60, 365 * 86400));
}

static void
cert_free(struct cert *c)
{
	EVP_PKEY_free(c->pkey);
	X509_free(c->x509);
	free(c);
}

static SSL_CTX *
make(const struct cert *c, const struct cert *ca)
{
	memset(err, 0, sizeof(err));
	return (tls_server_new(c->pem, c->len, c->key, c->keylen,
	    ca != NULL ? ca->pem : NULL, ca != NULL ? ca->len : 0, err,
	    sizeof(err)));
}

/* ---- files --------------------------------------------------------------- */

static void
not(const void *cert, size_t certlen, const void *key, size_t keylen,
    const void *ca, size_t calen, const char *why)
{
	memset(err, 0, sizeof(err));
	if (tls_server_new(cert, certlen, key, keylen, ca, calen, err,
	    sizeof(err)) != NULL)
		atf_tc_fail("taken, though: %s", why);
	if (strstr(err, why) == NULL)
		atf_tc_fail("\"%s\" does not say: %s", err, why);
}

ATF_TC_WITHOUT_HEAD(files_that_do_not_fit);
ATF_TC_BODY(files_that_do_not_fit, tc)
{
	struct cert	*a = cert_new(NULL), *b = cert_new(NULL);
	struct cert	*weak = cert_of(EVP_RSA_gen((unsigned)1024), NULL, -60,
			    86400);
	uint8_t		 buf[32768], locked[4096];
	size_t		 n;
	BIO		*bio = BIO_new(BIO_s_mem());
	SSL_CTX		*ctx;

	not("", 0, a->key, a->keylen, NULL, 0, "certificate: no PEM");
	not("x", 1, a->key, a->keylen, NULL, 0, "certificate: no PEM");
	not(a->key, a->keylen, a->pem, a->len, NULL, 0, "certificate: no PEM");
	not(a->pem, a->len / 2, a->key, a->keylen, NULL, 0, "certificate: ");
	not(a->pem, a->len, "", 0, NULL, 0, "key: no PEM");
	not(a->pem, a->len, a->pem, a->len, NULL, 0, "key: no PEM");
	not(a->pem, a->len, b->key, b->keylen, NULL, 0,
	    "key: it is not that of the certificate");
	not(weak->pem, weak->len, weak->key, weak->keylen, NULL, 0,
	    "must have 2048 bits");
	PEM_write_bio_PKCS8PrivateKey(bio, a->pkey, EVP_aes_128_cbc(),
	    "secret", 6, NULL, NULL);
	n = drain(bio, locked, sizeof(locked));
	not(a->pem, a->len, locked, n, NULL, 0,
	    "key: it is encrypted, and nobody can be asked");
	not(a->pem, a->len, a->key, a->keylen, "", 0, "client-ca: no PEM");
	not(a->pem, a->len, a->key, a->keylen, a->key, a->keylen,
	    "client-ca: no PEM");
	/* what follows the first one counts as well */
	memcpy(buf, a->pem, a->len);
	memcpy(buf + a->len, b->pem, b->len);
	n = a->len + b->len;
	not(buf, n - 60, a->key, a->keylen, NULL, 0, "is it whole?");
	not(a->pem, a->len, a->key, a->keylen, buf, n - 60, "client-ca: ");
	ctx = tls_server_new(buf, n, a->key, a->keylen, buf, n, err,
	    sizeof(err));
	ATF_REQUIRE(ctx != NULL);
	SSL_CTX_free(ctx);
	memset(buf, 'x', sizeof(buf));
	cert_free(a);
	cert_free(b);
	cert_free(weak);
}

ATF_TC_WITHOUT_HEAD(a_certificate_that_ends);
ATF_TC_BODY(a_certificate_that_ends, tc)
{
	struct cert	*c = cert_of(EVP_EC_gen("P-256"), NULL, 0, 30 * 86400);
	SSL_CTX		*ctx = make(c, NULL);
	int64_t		 now = (int64_t)time(NULL);
	char		 text[128];

	ATF_REQUIRE(ctx != NULL);
	ATF_CHECK_EQ(0, tls_warning(ctx, now + 60, text, sizeof(text)));
	ATF_CHECK_EQ(1, tls_warning(ctx, now - 3600, text, sizeof(text)));
	ATF_CHECK(strstr(text, "is not valid before 20") != NULL);
	ATF_CHECK_EQ(1, tls_warning(ctx, now + 20 * 86400, text,
	    sizeof(text)));
	ATF_CHECK(strstr(text, "the certificate ends on 20") != NULL);
	ATF_CHECK_EQ(1, tls_warning(ctx, now + 31 * 86400, text,
	    sizeof(text)));
	ATF_CHECK(strstr(text, "the certificate ended on 20") != NULL);
	SSL_CTX_free(ctx);
	cert_free(c);
}

/* ---- connections --------------------------------------------------------- */

struct ends {
	SSL	*server;
	SSL	*client;
	int	 ok;		/* both shook hands */
};

static struct ends
meet(SSL_CTX *server, SSL_CTX *client)
{
	struct ends	 e;
	BIO		*a, *b;
	int		 i, sok = 0, cok = 0;

	e.server = SSL_new(server);
	e.client = SSL_new(client);
	ATF_REQUIRE_EQ(1, BIO_new_bio_pair(&a, 0, &b, 0));
	SSL_set_bio(e.server, a, a);
	SSL_set_bio(e.client, b, b);
	SSL_set_accept_state(e.server);
	SSL_set_connect_state(e.client);
	for (i = 0; i < 10; i++) {
		cok = SSL_do_handshake(e.client) == 1;
		sok = SSL_do_handshake(e.server) == 1;
	}
	e.ok = sok && cok;
	ERR_clear_error();
	return (e);
}

static void
part(struct ends *e)
{
	SSL_shutdown(e->client);	/* or the session counts as bad */
	SSL_shutdown(e->server);
	SSL_free(e->server);
	SSL_free(e->client);
}

static int
meets(SSL_CTX *server, SSL_CTX *client)
{
	struct ends	 e = meet(server, client);

	part(&e);
	return (e.ok);
}

/* Does the server shake hands once more, in the same connection? */
static int
begins_again(struct ends *e)
{
	int	 i;

	ATF_REQUIRE_EQ(1, SSL_renegotiate(e->client));
	for (i = 0; i < 10; i++) {
		SSL_do_handshake(e->client);
		SSL_read(e->server, err, sizeof(err));
	}
	return (SSL_total_renegotiations(e->server) > 0 ||
	    SSL_is_init_finished(e->client));
}

ATF_TC_WITHOUT_HEAD(what_is_spoken);
ATF_TC_BODY(what_is_spoken, tc)
{
	struct cert	*c = cert_new(NULL);
	SSL_CTX		*server = make(c, NULL);
	SSL_CTX		*client = SSL_CTX_new(TLS_client_method());
	struct ends	 e;

	ATF_REQUIRE(server != NULL);
	e = meet(server, client);
	ATF_REQUIRE(e.ok);
	ATF_CHECK_STREQ("TLSv1.3", SSL_get_version(e.client));
	part(&e);
	/* TLS 1.2 with forward secrecy; OpenSSL 3 needs to be told this */
	SSL_CTX_set_options(server, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
	SSL_CTX_set_max_proto_version(client, TLS1_2_VERSION);
	e = meet(server, client);
	ATF_REQUIRE(e.ok);
	ATF_CHECK_STREQ("TLSv1.2", SSL_get_version(e.client));
	ATF_CHECK(strncmp("ECDHE-", SSL_get_cipher(e.client), 6) == 0);
	ATF_CHECK(!begins_again(&e));
	part(&e);
	/* nothing older, no more than asked, whatever the client would take */
	SSL_CTX_set_security_level(client, 0);
	SSL_CTX_set_cipher_list(client, "ALL:@SECLEVEL=0");
	SSL_CTX_set_min_proto_version(client, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(client, TLS1_1_VERSION);
	ATF_CHECK(!meets(server, client));
	SSL_CTX_set_max_proto_version(client, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(client, "AES128-SHA:AES256-GCM-SHA384");
	ATF_CHECK(!meets(server, client));
	SSL_CTX_set_cipher_list(client, "ECDHE-ECDSA-AES256-SHA");
	ATF_CHECK(!meets(server, client));
	SSL_CTX_set_cipher_list(client, "ECDHE-ECDSA-AES128-GCM-SHA256");
	ATF_CHECK(meets(server, client));
	SSL_CTX_free(server);
	SSL_CTX_free(client);
	cert_free(c);
}

ATF_TC_WITHOUT_HEAD(nothing_is_resumed);
ATF_TC_BODY(nothing_is_resumed, tc)
{
	static const int	 versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct cert		*c = cert_new(NULL);
	SSL_CTX			*server = make(c, NULL);
	SSL_CTX			*client;
	SSL_SESSION		*s;
	struct ends		 e;
	BIO			*a, *b;
	size_t			 i, k;

	for (i = 0; i < 2; i++) {
		client = SSL_CTX_new(TLS_client_method());
		SSL_CTX_set_max_proto_version(client, versions[i]);
		e = meet(server, client);
		ATF_REQUIRE(e.ok);
		SSL_read(e.client, err, sizeof(err));	/* tickets */
		s = SSL_get1_session(e.client);
		ATF_CHECK(!SSL_SESSION_has_ticket(s));
		part(&e);
		e.server = SSL_new(server);
		e.client = SSL_new(client);
		SSL_set_session(e.client, s);
		BIO_new_bio_pair(&a, 0, &b, 0);
		SSL_set_bio(e.server, a, a);
		SSL_set_bio(e.client, b, b);
		SSL_set_accept_state(e.server);
		SSL_set_connect_state(e.client);
		for (k = 0; k < 10; k++) {
			SSL_do_handshake(e.client);
			SSL_do_handshake(e.server);
		}
		ATF_CHECK(SSL_is_init_finished(e.server));
		ATF_CHECK_EQ(0, SSL_session_reused(e.server));
		part(&e);
		SSL_SESSION_free(s);
		SSL_CTX_free(client);
	}
	SSL_CTX_free(server);
	cert_free(c);
}

static SSL_CTX *
client_with(const struct cert *c)
{
	SSL_CTX	*client = SSL_CTX_new(TLS_client_method());

	if (c != NULL) {
		ATF_REQUIRE_EQ(1, SSL_CTX_use_certificate(client, c->x509));
		ATF_REQUIRE_EQ(1, SSL_CTX_use_PrivateKey(client, c->pkey));
	}
	return (client);
}

ATF_TC_WITHOUT_HEAD(clients_need_a_certificate);
ATF_TC_BODY(clients_need_a_certificate, tc)
{
	static const int	 versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	struct cert	*server_cert = cert_new(NULL), *ca = cert_new(NULL);
	struct cert	*other = cert_new(NULL);
	struct cert	*ours = cert_new(ca), *theirs = cert_new(other);
	struct cert	*old = cert_of(EVP_EC_gen("P-256"), ca, -7200, -3600);
	struct cert	*early = cert_of(EVP_EC_gen("P-256"), ca, 3600, 7200);
	const struct cert *who[] = { ours, NULL, theirs, other, old, early };
	SSL_CTX		*server = make(server_cert, ca), *client;
	size_t		 i, v;

	ATF_REQUIRE(server != NULL);
	for (v = 0; v < 2; v++)
		for (i = 0; i < sizeof(who) / sizeof(who[0]); i++) {
			client = client_with(who[i]);
			SSL_CTX_set_max_proto_version(client, versions[v]);
			ATF_CHECK_EQ_MSG(i == 0, meets(server, client),
			    "client %zu", i);
			SSL_CTX_free(client);
		}
	SSL_CTX_free(server);
	/* and without client-ca nobody is asked */
	server = make(server_cert, NULL);
	client = client_with(NULL);
	ATF_CHECK(meets(server, client));
	SSL_CTX_free(client);
	SSL_CTX_free(server);
	cert_free(server_cert);
	cert_free(ca);
	cert_free(other);
	cert_free(ours);
	cert_free(theirs);
	cert_free(old);
	cert_free(early);
}

ATF_TC_WITHOUT_HEAD(it_is_warm);
ATF_TC_BODY(it_is_warm, tc)
{
	tls_touch();
	tls_error(err, sizeof(err));
	ATF_CHECK_STREQ("unknown error", err);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, files_that_do_not_fit);
	ATF_TP_ADD_TC(tp, a_certificate_that_ends);
	ATF_TP_ADD_TC(tp, what_is_spoken);
	ATF_TP_ADD_TC(tp, nothing_is_resumed);
	ATF_TP_ADD_TC(tp, clients_need_a_certificate);
	ATF_TP_ADD_TC(tp, it_is_warm);
	return (atf_no_error());
}
