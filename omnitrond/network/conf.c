/*
 * The configuration, told by the parent: staged, built and acknowledged, then
 * switched to.  In the network process, which reads the files of keys from
 * descriptors, behind its walls.
 *
 * The first thing that is wrong with it is what it is refused with; the one
 * in force goes on.
 */
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/log.h"
#include "common/xmalloc.h"
#include "omnitrond/network/auth.h"
#include "omnitrond/network/conf.h"
#include "omnitrond/network/conn.h"
#include "omnitrond/network/network.h"
#include "omnitrond/network/tls.h"

static struct conf *
conf_new(uint32_t version)
{
	struct conf	*conf = xcalloc(1, sizeof(*conf));
	size_t		 i;

	conf->version = version;
	for (i = 0; i < LISTENERS_MAX; i++)
		conf->listener[i].fd = -1;
	return (conf);
}

/* What was in the files is in no memory any more. */
static void
conf_wipe(struct conf *conf)
{
	int	 i;

	for (i = 0; i < KEY_MAX; i++) {
		if (conf->pem[i].p != NULL)
			explicit_bzero(conf->pem[i].p, conf->pem[i].size);
		buf_free(&conf->pem[i]);
	}
}

void
conf_free(struct conf *conf)
{
	size_t	 i;

	if (conf == NULL)
		return;
	for (i = 0; i < LISTENERS_MAX; i++)
		listener_close(&conf->listener[i]);
	jwt_conf_free(conf->jwt);
	conf_wipe(conf);
	SSL_CTX_free(conf->tls);
	free(conf->origin);
	free(conf);
}

const char *
conf_origin(const struct conf *conf, const char *p, size_t len)
{
	size_t	 i;

	for (i = 0; conf != NULL && i < conf->norigins; i++)
		if (strlen(conf->origin[i]) == len &&
		    strncasecmp(conf->origin[i], p, len) == 0)
			return (conf->origin[i]);
	return (NULL);
}

struct listener *
conf_listener(struct conf *conf, uint32_t id)
{
	size_t	 i;

	for (i = 0; conf != NULL && i < conf->nlisteners; i++)
		if (conf->listener[i].id == id)
			return (&conf->listener[i]);
	return (NULL);
}

static void	conf_refuse(struct conf *, const char *, ...)
		    __attribute__((format(printf, 2, 3)));
static void
conf_refuse(struct conf *conf, const char *fmt, ...)
{
	va_list	 ap;

	if (conf->why[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(conf->why, sizeof(conf->why), fmt, ap);
	va_end(ap);
}

/* ---- what is told --------------------------------------------------------- */

int
conf_begin(struct peer *peer, struct msg *m)
{
	struct network		*nw = network_of(peer);
	struct m_conf_begin	 begin;

	msg_take(m, &begin, sizeof(begin));
	if (msg_end(m) == -1 || begin.version == 0)
		return (-1);
	conf_free(nw->next);		/* one that was never committed */
	nw->next = conf_new(begin.version);
	access_begin(nw->net);
	return (0);
}

int
conf_take_listener(struct peer *peer, struct msg *m)
{
	struct conf	*conf = network_of(peer)->next;

	if (conf == NULL || conf->nlisteners == LISTENERS_MAX ||
	    listener_take(&conf->listener[conf->nlisteners], m) == -1)
		return (-1);
	conf->nlisteners++;
	return (0);
}

int
conf_rule(struct peer *peer, struct msg *m)
{
	return (network_of(peer)->next == NULL ? -1 : access_rule(peer, m));
}

int
conf_jwt(struct peer *peer, struct msg *m)
{
	struct conf		*conf = network_of(peer)->next;
	struct m_conf_jwt	 rec;
	char			 issuer[SUBJECT_SIZE], audience[SUBJECT_SIZE];

	msg_take(m, &rec, sizeof(rec));
	msg_take_str(m, issuer, sizeof(issuer));
	msg_take_str(m, audience, sizeof(audience));
	if (msg_end(m) == -1 || conf == NULL || conf->jwt != NULL)
		return (-1);
	conf->jwt = jwt_conf_new(&rec, issuer, audience);
	return (conf->jwt == NULL ? -1 : 0);
}

int
conf_take_origin(struct peer *peer, struct msg *m)
{
	struct conf	*conf = network_of(peer)->next;
	struct m_none	 none;
	char		 text[TEXT_MAX + 1];

	msg_take(m, &none, sizeof(none));
	msg_take_str(m, text, sizeof(text));
	if (msg_end(m) == -1 || conf == NULL || conf->norigins == ORIGINS_MAX)
		return (-1);
	if (strlen(text) >= HTTP_ORIGIN_SIZE || strpbrk(text, "\r\n \t")) {
		conf_refuse(conf, "cors: %.64s...: no origin has %zu "
		    "characters, or blanks", text, strlen(text));
		return (0);
	}
	conf->origin = xreallocarray(conf->origin, conf->norigins + 1,
	    sizeof(*conf->origin));
	strlcpy(conf->origin[conf->norigins++], text, HTTP_ORIGIN_SIZE);
	return (0);
}

/* ---- files of keys -------------------------------------------------------- */

/* All of a regular file that is not too large; or NULL, and why. */
static const char *
key_read(int fd, struct buf *to)
{
	struct stat	 st;
	uint8_t		 part[4096];
	const char	*why = NULL;
	ssize_t		 n;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return ("not a regular file");
	while ((n = pread(fd, part, sizeof(part), (off_t)to->len)) > 0) {
		if (to->len + (size_t)n > KEYFILE_MAX)
			why = "it is too large for a key or a certificate";
		else if (buf_add(to, part, (size_t)n) == -1)
			why = "out of memory";
		if (why != NULL)
			break;
	}
	explicit_bzero(part, sizeof(part));
	if (why == NULL && n == -1)
		return ("it cannot be read");
	return (why == NULL && to->len == 0 ? "it is empty" : why);
}

static void
key_verify(struct conf *conf, const char *kid, const char *path,
    struct buf *buf)
{
	char	 err[512];

	if (conf->jwt == NULL)
		conf_refuse(conf, "%s: a key without a jwt block", path);
	else if (jwt_conf_add_key(conf->jwt, kid, (const uint8_t *)buf->p,
	    buf->len, err, sizeof(err)) == -1)
		conf_refuse(conf, "%s: key \"%s\": %s", path, kid, err);
}

int
conf_key(struct peer *peer, struct msg *m)
{
	struct conf		*conf = network_of(peer)->next;
	struct m_conf_key	 rec;
	struct buf		 bytes = { .wipe = 1 };
	char			 kid[NAME_SIZE], path[PATH_SIZE];
	const char		*why;

	msg_take(m, &rec, sizeof(rec));
	msg_take_str(m, kid, sizeof(kid));
	msg_take_str(m, path, sizeof(path));
	if (msg_end(m) == -1 || conf == NULL || rec.what >= KEY_MAX ||
	    rec.what == KEY_SIGN)
		return (-1);
	if ((why = key_read(m->fd, &bytes)) != NULL)
		conf_refuse(conf, "%s: %s", path, why);
	else if (rec.what == KEY_VERIFY)
		key_verify(conf, kid, path, &bytes);
	else if (conf->pem[rec.what].len == 0) {
		conf->pem[rec.what] = bytes;	/* built at the end */
		strlcpy(conf->path[rec.what], path, sizeof(path));
		return (0);
	}
	buf_free(&bytes);
	return (0);
}

/* ---- acknowledged ---------------------------------------------------------- */

static int
conf_has_tls(const struct conf *conf)
{
	size_t	 i;

	for (i = 0; i < conf->nlisteners; i++)
		if (conf->listener[i].tls)
			return (1);
	return (0);
}

static void
conf_build_tls(struct conf *conf)
{
	const struct buf	*cert = &conf->pem[KEY_CERT];
	const struct buf	*key = &conf->pem[KEY_TLS];
	const struct buf	*ca = &conf->pem[KEY_CLIENT_CA];
	char			 err[512];

	if (!conf_has_tls(conf))
		return;
	if (cert->len == 0 || key->len == 0) {
		conf_refuse(conf, "a listen statement says tls, and there is "
		    "no tls block with a certificate and its key");
		return;
	}
	conf->tls = tls_server_new((const uint8_t *)cert->p, cert->len,
	    (const uint8_t *)key->p, key->len, (const uint8_t *)ca->p,
	    ca->len, err, sizeof(err));
	if (conf->tls == NULL)
		conf_refuse(conf, "tls (%s, %s%s%s): %s", conf->path[KEY_CERT],
		    conf->path[KEY_TLS], ca->len > 0 ? ", " : "",
		    conf->path[KEY_CLIENT_CA], err);
	else if (tls_warning(conf->tls, wall_ms() / 1000, err, sizeof(err)))
		log_warnx("%s", err);
}

int
conf_end(struct peer *peer, struct msg *m)
{
	struct conf		*conf = network_of(peer)->next;
	struct m_conf_end	 end;

	msg_take(m, &end, sizeof(end));
	if (msg_end(m) == -1 || conf == NULL || end.version != conf->version)
		return (-1);
	/* The parent's parser says so first: it must not be relied upon. */
	if (conf->nlisteners > 0 &&
	    (conf->jwt == NULL || jwt_conf_nkeys(conf->jwt) == 0))
		conf_refuse(conf, "a listen statement needs a jwt block with "
		    "a key");
	conf_build_tls(conf);
	conf_wipe(conf);
	if (conf->why[0] == '\0')
		peer_send(peer, M_CONF_ACK, -1, &end, NULL);
	else
		peer_send(peer, M_CONF_REFUSE, -1, &end, conf->why, NULL);
	return (0);
}

/* ---- switched to ------------------------------------------------------------ */

/* It goes on if its listener and the key of its token are still there. */
static void
conf_keep_conn(struct network *nw, struct conn *c)
{
	const struct listener	*l = conf_listener(nw->conf, c->listener);

	if (l == NULL || (l->tls != 0) != (c->tls != 0) ||
	    (c->client.caller.how == CALLER_TOKEN &&
	    !jwt_key_still(nw->jwt, c->client.caller.kid)))
		conn_drop(c);
	else
		auth_cap(c, l->role);
}

static void
conf_switch(struct network *nw)
{
	struct conf	*old = nw->conf;
	struct conn	*c, *next;
	size_t		 i;

	nw->conf = nw->next;
	nw->next = NULL;
	conf_free(old);
	access_commit(nw->net);
	jwt_switch(nw->jwt, nw->conf->jwt);
	nw->conf->jwt = NULL;
	for (i = 0; i < nw->conf->nlisteners; i++)
		listener_start(nw, &nw->conf->listener[i]);
	TAILQ_FOREACH_SAFE(c, &nw->conns, entry, next)
		conf_keep_conn(nw, c);
}

int
conf_commit(struct peer *peer, struct msg *m)
{
	struct network		*nw = network_of(peer);
	struct m_conf_end	 end;

	msg_take(m, &end, sizeof(end));
	if (msg_end(m) == -1 || nw->next == NULL ||
	    nw->next->version != end.version || nw->next->why[0] != '\0')
		return (-1);
	conf_switch(nw);
	return (0);
}
