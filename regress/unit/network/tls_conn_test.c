/* TLS on connections: agreed on in time, or over. */
#include "fixture.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

/* ---- a certificate ---------------------------------------------------------- */

static EVP_PKEY *
make_key(void)
{
	EVP_PKEY	*key = EVP_EC_gen("P-256");

	ATF_REQUIRE(key != NULL);
	return (key);
}

/* Of that name, signed by the issuer, or itself. */
static X509 *
make_cert(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *signer)
{
	X509		*x = X509_new();
	X509_NAME	*n = X509_get_subject_name(x);
	X509_EXTENSION	*ext;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), issuer == NULL ? 1 : 2);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 60L * 86400);
	X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_ASC,
	    (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x, issuer == NULL ? n :
	    X509_get_subject_name(issuer));
	X509_set_pubkey(x, key);
	ext = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints,
	    issuer == NULL ? "critical,CA:TRUE" : "CA:FALSE");
	X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
	ATF_REQUIRE(X509_sign(x, signer, EVP_sha256()) > 0);
	return (x);
}

static void
file_of(struct fix *f, enum key_what what, X509 *x, EVP_PKEY *key)
{
	BIO	*bio = BIO_new(BIO_s_mem());
	char	*p;
	long	 n;

	if (x != NULL)
		ATF_REQUIRE(PEM_write_bio_X509(bio, x));
	else
		ATF_REQUIRE(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0,
		    NULL, NULL));
	n = BIO_get_mem_data(bio, &p);
	fix_file(f, what, "", p, (size_t)n);
	BIO_free(bio);
}

struct world {
	struct fix	*f;
	EVP_PKEY	*key;
	X509		*cert;
};

/* Both planes with TLS; client: those that have a certificate of ours. */
static void
world_new(struct world *w, int client)
{
	struct fix	*f = fix_new();

	w->f = f;
	w->key = make_key();
	w->cert = make_cert(w->key, "localhost", NULL, w->key);
	fix_begin(f);
	fix_jwt(f);
	fix_file(f, KEY_VERIFY, "k1", fix_key, 32);
	file_of(f, KEY_CERT, w->cert, NULL);
	file_of(f, KEY_TLS, NULL, w->key);
	if (client)
		file_of(f, KEY_CLIENT_CA, w->cert, NULL);
	fix_listener(f, 1, LISTENER_TCP, ROLE_ADMIN, LISTENER_TLS);
	fix_listener(f, 2, LISTENER_HTTP, ROLE_ADMIN, LISTENER_TLS);
	fix_commit(f);
	fix_apps(f);
}

static void
world_free(struct world *w)
{
	X509_free(w->cert);
	EVP_PKEY_free(w->key);
	fix_free(w->f);
}

/* ---- a client ---------------------------------------------------------------- */

/* 1: that worked; 0: it did not. */
static int
again(struct fix *f, SSL *ssl, int rv, time_t end)
{
	int	 why = SSL_get_error(ssl, rv);

	if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
		return (0);
	fix_spin(f);
	ATF_REQUIRE(time(NULL) < end);
	return (1);
}

static SSL *
shake(struct fix *f, SSL_CTX *ctx, int fd)
{
	SSL	*ssl = SSL_new(ctx);
	time_t	 end = time(NULL) + FIX_SECONDS;
	int	 rv;

	SSL_set_fd(ssl, fd);
	while ((rv = SSL_connect(ssl)) != 1)
		if (!again(f, ssl, rv, end)) {
			SSL_free(ssl);
			ERR_clear_error();
			return (NULL);
		}
	return (ssl);
}

/* What is answered, up to the text; at the end of TLS what came till then. */
static void
converse(struct fix *f, SSL *ssl, const char *ask, const char *until,
    char *buf, size_t size)
{
	time_t	 end = time(NULL) + FIX_SECONDS;
	size_t	 len = 0;
	int	 n;

	ATF_REQUIRE_EQ((int)strlen(ask), SSL_write(ssl, ask,
	    (int)strlen(ask)));
	buf[0] = '\0';
	while (strstr(buf, until) == NULL) {
		n = SSL_read(ssl, buf + len, (int)(size - 1 - len));
		if (n <= 0 && !again(f, ssl, n, end))
			break;
		if (n > 0)
			len += (size_t)n;
		buf[len] = '\0';
	}
}

#define GET	"GET /healthz HTTP/1.1\r\nHost: h\r\n"

ATF_TC_WITHOUT_HEAD(requests_go_through_tls);
ATF_TC_BODY(requests_go_through_tls, tc)
{
	struct world	 w;
	SSL_CTX		*ctx = SSL_CTX_new(TLS_client_method());
	SSL		*ssl;
	char		 buf[4096];
	int		 fd, i;

	world_new(&w, 0);
	fd = fix_client(w.f, LISTENER_HTTP);
	ATF_REQUIRE((ssl = shake(w.f, ctx, fd)) != NULL);
	for (i = 0; i < 3; i++) {
		converse(w.f, ssl, GET "\r\n", "ok\n", buf, sizeof(buf));
		ATF_CHECK(strstr(buf, "HTTP/1.1 200 OK") != NULL);
		ATF_CHECK(strstr(buf, "Strict-Transport-Security: max-age=")
		    != NULL);
	}
	/* it is said that it ends */
	converse(w.f, ssl, GET "Connection: close\r\n\r\n", "never", buf,
	    sizeof(buf));
	ATF_CHECK(strstr(buf, "ok\n") != NULL);
	ATF_CHECK(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN);
	SSL_free(ssl);
	close(fd);
	fd = fix_client(w.f, LISTENER_TCP);
	ATF_REQUIRE((ssl = shake(w.f, ctx, fd)) != NULL);
	converse(w.f, ssl, PING "\n", "\n", buf, sizeof(buf));
	ATF_CHECK_EQ(4242, fix_int(buf, "result.pid"));
	SSL_free(ssl);
	close(fd);
	fix_settle(w.f);
	ATF_CHECK_EQ(0, w.f->nw->nconns);
	SSL_CTX_free(ctx);
	world_free(&w);
}

/* More than one record, in both directions. */
ATF_TC_WITHOUT_HEAD(large_texts_go_through_tls);
ATF_TC_BODY(large_texts_go_through_tls, tc)
{
	struct world	 w;
	SSL_CTX		*ctx = SSL_CTX_new(TLS_client_method());
	SSL		*ssl;
	time_t		 end = time(NULL) + FIX_SECONDS;
	char		*buf = xcalloc(1, 256 * KIB), *ask;
	int		 fd, n, len, off;

	world_new(&w, 0);
	fd = fix_client(w.f, LISTENER_HTTP);
	ATF_REQUIRE((ssl = shake(w.f, ctx, fd)) != NULL);
	ask = xcalloc(1, 1 * MIB);
	len = snprintf(ask, 4096, "POST /rpc HTTP/1.1\r\nHost: h\r\n"
	    "Authorization: Bearer %s\r\nContent-Length: 500000\r\n"
	    "Connection: close\r\n\r\n", fix_token("viewer", "", 60));
	memset(ask + len, ' ', 500000);
	memcpy(ask + len, CALL(1, "OmnitronSystem.describe", "{}"),
	    strlen(CALL(1, "OmnitronSystem.describe", "{}")));
	for (len += 500000, off = 0; off < len; off += n > 0 ? n : 0) {
		n = SSL_write(ssl, ask + off, len - off > 16384 ? 16384 :
		    len - off);
		if (n <= 0)
			ATF_REQUIRE(again(w.f, ssl, n, end));
	}
	converse(w.f, ssl, "x", "never", buf, 256 * KIB);
	ATF_CHECK(strstr(buf, "HTTP/1.1 200 OK") != NULL);
	ATF_CHECK(strstr(buf, "OmnitronDaemon.ping") != NULL);
	ATF_CHECK_EQ(0, w.f->nw->in_total);
	ATF_CHECK_EQ(0, w.f->nw->out_total);
	SSL_free(ssl);
	close(fd);
	free(ask);
	free(buf);
	SSL_CTX_free(ctx);
	world_free(&w);
}

/* A reply may be larger than what else may wait for who does not read. */
ATF_TC_WITHOUT_HEAD(a_large_reply_goes_through_tls);
ATF_TC_BODY(a_large_reply_goes_through_tls, tc)
{
	struct m_sync	 sync = { 2 };
	struct world	 w;
	SSL_CTX		*ctx = SSL_CTX_new(TLS_client_method());
	SSL		*ssl;
	time_t		 end = time(NULL) + FIX_SECONDS;
	char		 name[NAME_SIZE], buf[65536], *body;
	size_t		 got = 0;
	uint32_t	 i;
	int		 fd, n, len = 1;

	world_new(&w, 0);
	for (i = 10; i < 410; i++) {
		snprintf(name, sizeof(name), "app-with-a-name-%u", i);
		fix_app(w.f, i, name, S_ONLINE);
	}
	peer_send(w.f->far[K_SUPERVISOR], M_VIEW_SYNC, -1, &sync, NULL);
	fix_take(w.f, M_VIEW_SYNCED);
	body = xcalloc(64, sizeof(LIST) + 1);
	body[0] = '[';
	for (i = 0; i < 64; i++)
		len += snprintf(body + len, sizeof(LIST) + 1, "%s%c", LIST,
		    i == 63 ? ']' : ',');
	fd = fix_client(w.f, LISTENER_HTTP);
	ATF_REQUIRE((ssl = shake(w.f, ctx, fd)) != NULL);
	len = snprintf(buf, sizeof(buf), "POST /rpc HTTP/1.1\r\nHost: h\r\n"
	    "Authorization: Bearer %s\r\nContent-Length: %zu\r\n"
	    "Connection: close\r\n\r\n%s", fix_token("viewer", "", 60),
	    strlen(body), body);
	while ((n = SSL_write(ssl, buf, len)) <= 0)
		ATF_REQUIRE(again(w.f, ssl, n, end));
	while ((n = SSL_read(ssl, buf, sizeof(buf))) > 0 ||
	    (SSL_get_shutdown(ssl) == 0 && again(w.f, ssl, n, end)))
		got += n > 0 ? (size_t)n : 0;
	ATF_CHECK_MSG(got > UNSENT_MAX, "%zu bytes", got);
	ATF_CHECK(SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN);
	ATF_CHECK_EQ(0, w.f->nw->out_total);
	SSL_free(ssl);
	close(fd);
	free(body);
	SSL_CTX_free(ctx);
	world_free(&w);
}

ATF_TC_WITHOUT_HEAD(what_is_not_tls_is_closed);
ATF_TC_BODY(what_is_not_tls_is_closed, tc)
{
	struct world	 w;
	SSL_CTX		*ctx = SSL_CTX_new(TLS_client_method());
	int		 fd;

	world_new(&w, 0);
	fd = fix_client(w.f, LISTENER_HTTP);
	ATF_REQUIRE_EQ(0, fix_write(w.f, fd, GET "\r\n", strlen(GET) + 2));
	fix_settle(w.f);
	ATF_CHECK_EQ(0, w.f->nw->nconns);
	close(fd);
	SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(ctx, TLS1_1_VERSION);
	SSL_CTX_set_security_level(ctx, 0);
	fd = fix_client(w.f, LISTENER_HTTP);
	ATF_CHECK(shake(w.f, ctx, fd) == NULL);
	fix_settle(w.f);
	ATF_CHECK_EQ(0, w.f->nw->nconns);
	close(fd);
	SSL_CTX_free(ctx);
	world_free(&w);
}

ATF_TC_WITHOUT_HEAD(clients_may_need_a_certificate);
ATF_TC_BODY(clients_may_need_a_certificate, tc)
{
	struct world	 w;
	SSL_CTX		*ctx = SSL_CTX_new(TLS_client_method());
	SSL		*ssl;
	EVP_PKEY	*key = make_key();
	X509		*cert;
	char		 buf[4096];
	int		 fd;

	world_new(&w, 1);
	fd = fix_client(w.f, LISTENER_HTTP);
	if ((ssl = shake(w.f, ctx, fd)) != NULL) {	/* TLS 1.3 says so late */
		converse(w.f, ssl, GET "\r\n", "ok\n", buf, sizeof(buf));
		ATF_CHECK_STREQ("", buf);
		SSL_free(ssl);
	}
	fix_settle(w.f);
	ATF_CHECK_EQ(0, w.f->nw->nconns);
	close(fd);
	/* one that is signed by somebody else */
	cert = make_cert(key, "client", NULL, key);
	SSL_CTX_use_certificate(ctx, cert);
	SSL_CTX_use_PrivateKey(ctx, key);
	fd = fix_client(w.f, LISTENER_HTTP);
	if ((ssl = shake(w.f, ctx, fd)) != NULL) {
		converse(w.f, ssl, GET "\r\n", "ok\n", buf, sizeof(buf));
		ATF_CHECK_STREQ("", buf);
		SSL_free(ssl);
	}
	close(fd);
	X509_free(cert);
	/* and one of ours */
	cert = make_cert(key, "client", w.cert, w.key);
	SSL_CTX_use_certificate(ctx, cert);
	SSL_CTX_use_PrivateKey(ctx, key);
	fd = fix_client(w.f, LISTENER_HTTP);
	ATF_REQUIRE((ssl = shake(w.f, ctx, fd)) != NULL);
	converse(w.f, ssl, GET "\r\n", "ok\n", buf, sizeof(buf));
	ATF_CHECK(strstr(buf, "HTTP/1.1 200 OK") != NULL);
	SSL_free(ssl);
	close(fd);
	X509_free(cert);
	EVP_PKEY_free(key);
	SSL_CTX_free(ctx);
	world_free(&w);
}

/* 5 seconds from the connection, whatever it says in them. */
ATF_TC(tls_is_agreed_on_in_time);
ATF_TC_HEAD(tls_is_agreed_on_in_time, tc)
{
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(tls_is_agreed_on_in_time, tc)
{
	/* a record of a hello that is never whole */
	static const char	 hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01"
				    "\xfc\x03\x03xxxxxxxxxxxxxxxxxxxxxxx";
	struct world		 w;
	time_t			 began = time(NULL), now;
	size_t			 i = 0;
	int			 silent, slow;

	world_new(&w, 0);
	silent = fix_client(w.f, LISTENER_TCP);
	slow = fix_client(w.f, LISTENER_HTTP);
	while (w.f->nw->nconns > 0 && (now = time(NULL)) < began + 20) {
		if ((size_t)(now - began) > i) {
			fix_write(w.f, slow, hello + i, 1);
			i = (size_t)(now - began);
		}
		fix_spin(w.f);
		usleep(1000);
	}
	ATF_CHECK(time(NULL) >= began + 4);
	ATF_CHECK(time(NULL) <= began + 9);
	close(silent);
	close(slow);
	world_free(&w);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, requests_go_through_tls);
	ATF_TP_ADD_TC(tp, large_texts_go_through_tls);
	ATF_TP_ADD_TC(tp, a_large_reply_goes_through_tls);
	ATF_TP_ADD_TC(tp, what_is_not_tls_is_closed);
	ATF_TP_ADD_TC(tp, clients_may_need_a_certificate);
	ATF_TP_ADD_TC(tp, tls_is_agreed_on_in_time);
	return (atf_no_error());
}
