/*
 * What the process is configured with, in two steps: told and built, which
 * may be refused, then switched to.
 */
#ifndef OMNITROND_NETWORK_CONF_H
#define OMNITROND_NETWORK_CONF_H

#include <openssl/ssl.h>

#include "common/buf.h"
#include "omnitrond/network/http.h"
#include "omnitrond/network/jwt.h"
#include "omnitrond/network/listener.h"

struct network;

struct conf {
	uint32_t	 version;
	struct listener	 listener[LISTENERS_MAX];
	size_t		 nlisteners;
	struct jwt_conf	*jwt;		/* until it is switched to, or NULL */
	struct buf	 pem[KEY_MAX];	/* CERT, TLS, CLIENT_CA */
	char		 path[KEY_MAX][PATH_SIZE];	/* where they are from */
	SSL_CTX		*tls;		/* NULL: no TLS */
	char		(*origin)[HTTP_ORIGIN_SIZE];	/* pages may come from */
	size_t		 norigins;
	char		 why[TEXT_MAX + 1];	/* it is refused, or "" */
};

/* Closes its listeners; NULL is fine. */
void	 conf_free(struct conf *);
/* May a page from there be answered?  The configured text, or NULL. */
const char *conf_origin(const struct conf *, const char *, size_t);
/* The listener of that number, or NULL: there is none any more. */
struct listener *conf_listener(struct conf *, uint32_t id);

/* LISTENER and the rest, in this order: BEGIN first, END, COMMIT last. */
int	 conf_begin(struct peer *, struct msg *);
int	 conf_take_listener(struct peer *, struct msg *);
int	 conf_rule(struct peer *, struct msg *);
int	 conf_jwt(struct peer *, struct msg *);
int	 conf_key(struct peer *, struct msg *);
int	 conf_take_origin(struct peer *, struct msg *);
int	 conf_end(struct peer *, struct msg *);
int	 conf_commit(struct peer *, struct msg *);

#endif /* OMNITROND_NETWORK_CONF_H */
