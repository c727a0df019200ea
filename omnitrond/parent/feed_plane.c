/*
 * The configuration as messages, to the planes `local' and `network' and to
 * the secrets.
 *
 * Runs in the parent.  Files of keys and certificates are opened here, by the
 * rules of keyfile.h, and read there.
 */
#include <string.h>

#include "common/log.h"
#include "omnitrond/parent/keyfile.h"
#include "omnitrond/parent/parent.h"
#include "omnitrond/parent/plane.h"
#include "omnitrond/parent/provider.h"

void
feed_rules(struct peer *peer, const struct conf *conf)
{
	const struct rule	*r;

	STAILQ_FOREACH(r, &conf->grants.rules, entry)
		peer_send(peer, M_CONF_RULE, -1, &r->m, r->name, r->glob,
		    r->text, NULL);
}

static void
feed_jwt(struct peer *peer, const struct conf *conf)
{
	const struct jwt_block	*b = &conf->jwt;

	peer_send(peer, M_CONF_JWT, -1, &b->m,
	    b->issuer != NULL ? b->issuer : "",
	    b->audience != NULL ? b->audience : "", NULL);
}

/*
 * One that was good when the configuration was read and is not any more is
 * left out: what needs it is refused there.
 */
static void
feed_key(struct peer *peer, enum key_what what, const char *kid,
    const char *path, int private)
{
	struct m_conf_key	 m;
	char			 err[TEXT_MAX];
	int			 fd;

	if (path == NULL)
		return;
	if ((fd = keyfile_open(path, private, err, sizeof(err))) == -1) {
		log_error("a key is not used: %s", err);
		return;
	}
	memset(&m, 0, sizeof(m));
	m.what = what;
	peer_send(peer, M_CONF_KEY, fd, &m, kid, path, NULL);
}

/* What verifies a token with HS* can make one as well. */
static int
algorithm_shared(uint32_t algorithm)
{
	return (algorithm == JWT_HS256 || algorithm == JWT_HS384 ||
	    algorithm == JWT_HS512);
}

void
feed_local(struct parent *p, struct peer *peer, const struct conf *conf)
{
	plane_feed(p, peer, conf);
	feed_rules(peer, conf);
}

void
feed_network(struct parent *p, struct peer *peer, const struct conf *conf)
{
	int			 private;
	const struct key_conf	*k;
	uint32_t		 zero = 0;
	size_t			 n;

	plane_feed(p, peer, conf);
	feed_rules(peer, conf);
	feed_jwt(peer, conf);
	private = algorithm_shared(conf->jwt.m.algorithm);
	if (conf->jwt.m.algorithm != JWT_NONE)
		TAILQ_FOREACH(k, &conf->jwt.keys, entry)
			feed_key(peer, KEY_VERIFY, k->kid, k->file, private);
	feed_key(peer, KEY_CERT, "", conf->tls.certificate, 0);
	feed_key(peer, KEY_TLS, "", conf->tls.key, 1);
	feed_key(peer, KEY_CLIENT_CA, "", conf->tls.client_ca, 0);
	for (n = 0; n < conf->norigins; n++)
		peer_send(peer, M_CONF_ORIGIN, -1, &zero, conf->origins[n],
		    NULL);
}

void
feed_secrets(struct parent *p, struct peer *peer, const struct conf *conf)
{
	const struct key_conf	*k;
	const char		*path;

	provider_feed(p, peer, conf);
	feed_jwt(peer, conf);
	if ((k = conf_sign_key(conf, &path)) != NULL)
		feed_key(peer, KEY_SIGN, k->kid, path, 1);
}
