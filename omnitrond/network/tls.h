/*
 * What TLS connections are made with: certificate, key, and those whose
 * clients are let in, all from memory; in the network process, which can open
 * no file.
 */
#ifndef OMNITROND_NETWORK_TLS_H
#define OMNITROND_NETWORK_TLS_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

/* A handshake takes no longer, from accept. */
#define TLS_HANDSHAKE_S		5

/* What libcrypto and libssl open at first use, before the walls stand. */
void		 tls_touch(void);
/*
 * TLS 1.2 and up, no renegotiation, no tickets, no cache of sessions.  cert:
 * PEM of the certificate, then what leads to the root; key: PEM of its private
 * key, without a passphrase; ca: NULL, or PEM of those that every client has
 * to have a certificate of.  The bytes stay the caller's.  NULL: err says
 * what is wrong and the remedy, without the path.  SSL_CTX_free frees it.
 */
SSL_CTX		*tls_server_new(const uint8_t *cert, size_t certlen,
		    const uint8_t *key, size_t keylen, const uint8_t *ca,
		    size_t calen, char *err, size_t errsize);
/*
 * 1 and a text for the log if the certificate is not valid now, or ends
 * within two weeks; else 0.
 */
int		 tls_warning(const SSL_CTX *, int64_t now_s, char *, size_t);
/* Why the last operation on this thread failed; it empties the queue. */
void		 tls_error(char *, size_t);

#endif /* OMNITROND_NETWORK_TLS_H */
