/*
 * The configuration of the secrets process: it comes in pieces, is checked
 * and acknowledged, or refused with a text, and takes effect when it is
 * committed.  Keys are in memory that is locked, and wiped when they were used.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mono.h"
#include "common/units.h"
#include "omnitrond/secrets/secrets.h"

void
conf_init(struct secrets *s)
{
	memset(&s->coming, 0, sizeof(s->coming));
	map_init(&s->coming.env);
}

void
conf_free(struct secrets *s)
{
	struct coming	*c = &s->coming;

	if (c->given != NULL)
		safe_free(c->given, c->len);
	if (c->key != NULL)
		safe_free(c->key, KEYFILE_MAX + 1);
	map_free(&c->env);
	signer_free(c->signer);
	conf_init(s);
}

/* One that did not come to its end is forgotten. */
int
conf_begin(struct peer *peer, struct msg *m)
{
	struct secrets		*s = secrets_of(peer);
	struct m_conf_begin	 begin;

	msg_take(m, &begin, sizeof(begin));
	if (msg_end(m) == -1)
		return (-1);
	conf_free(s);
	s->coming.begun = 1;
	s->coming.version = begin.version;
	return (0);
}

/* What comes between BEGIN and END. */
static struct coming *
conf_open(struct peer *peer)
{
	struct coming	*c = &secrets_of(peer)->coming;

	return (c->begun && !c->ended ? c : NULL);
}

int
conf_secrets_key(struct peer *peer, struct msg *m)
{
	struct coming		*c = conf_open(peer);
	struct m_secrets_key	 key;
	const uint8_t		*p;
	size_t			 len;

	msg_take(m, &key, sizeof(key));
	p = msg_take_rest(m, &len);
	if (msg_end(m) == -1 || c == NULL || c->given != NULL ||
	    key.how >= SECRETS_HOW_MAX)
		return (-1);
	switch (key.how) {
	case SECRETS_KEYFILE:
		if (len != KEYFILE_SIZE)
			return (-1);
		break;
	case SECRETS_PASSPHRASE:
		if (len == 0)
			return (-1);
		break;
	default:
		if (len != 0)
			return (-1);
	}
	c->how = key.how;
	if (len > 0) {
		c->given = safe_new(len);
		c->len = len;
		memcpy(c->given, p, len);
	}
	return (0);
}

/*
 * Of a variable that the environment has twice the first counts, as it does
 * for getenv(3).
 */
int
conf_secrets_value(struct peer *peer, struct msg *m)
{
	struct coming	*c = conf_open(peer);
	struct m_none	 none;
	const uint8_t	*p;
	char		 key[NAME_SIZE];
	uint16_t	 n;
	size_t		 len;

	msg_take(m, &none, sizeof(none));
	msg_take_str(m, key, sizeof(key));
	msg_take(m, &n, sizeof(n));
	p = msg_take_rest(m, &len);
	if (msg_end(m) == -1 || c == NULL || c->how != SECRETS_ENVIRONMENT ||
	    !name_valid(key) || n != len || len > SECRET_MAX ||
	    c->env.n >= SECRETS_MAX)
		return (-1);
	if (map_get(&c->env, key) == NULL)
		map_insert(&c->env, secret_new(key, p, len, wall_ms()));
	return (0);
}

int
conf_jwt(struct peer *peer, struct msg *m)
{
	struct coming		*c = conf_open(peer);
	struct m_conf_jwt	 jwt;
	char			 issuer[SUBJECT_SIZE], audience[SUBJECT_SIZE];

	msg_take(m, &jwt, sizeof(jwt));
	msg_take_str(m, issuer, sizeof(issuer));
	msg_take_str(m, audience, sizeof(audience));
	if (msg_end(m) == -1 || c == NULL || c->signer != NULL ||
	    jwt.algorithm >= JWT_MAX)
		return (-1);
	if (jwt.algorithm != JWT_NONE)
		c->signer = signer_new(&jwt, issuer, audience);
	return (0);
}

/* All of a regular file; -1 with errno. */
static int
conf_read(int fd, uint8_t *p, size_t size, size_t *len)
{
	struct stat	 st;
	ssize_t		 n;

	if (fstat(fd, &st) == -1)
		return (-1);
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return (-1);
	}
	for (*len = 0; *len < size; *len += (size_t)n) {
		n = pread(fd, p + *len, size - *len, (off_t)*len);
		if (n == -1 && errno != EINTR)
			return (-1);
		if (n == 0)
			return (0);
		if (n == -1)
			n = 0;
	}
	errno = EFBIG;
	return (-1);
}

int
conf_key(struct peer *peer, struct msg *m)
{
	struct coming		*c = conf_open(peer);
	struct m_conf_key	 key;
	char			 kid[NAME_SIZE], path[PATH_SIZE];
	int			 fd;

	msg_take(m, &key, sizeof(key));
	msg_take_str(m, kid, sizeof(kid));
	msg_take_str(m, path, sizeof(path));
	if (msg_end(m) == -1 || c == NULL || key.what != KEY_SIGN ||
	    c->key != NULL || !name_valid(kid))
		return (-1);
	fd = msg_take_fd(m);
	strlcpy(c->kid, kid, sizeof(c->kid));
	strlcpy(c->path, path, sizeof(c->path));
	c->key = safe_new(KEYFILE_MAX + 1);
	if (conf_read(fd, c->key, KEYFILE_MAX + 1, &c->keylen) == -1)
		c->keyerror = errno;
	close(fd);
	return (0);
}

/* 0, or -1 and why this configuration cannot be. */
static int
conf_check(struct coming *c, char *why, size_t size)
{
	int	 rv;

	if (c->key == NULL || c->signer == NULL)
		return (0);
	if (c->keyerror != 0) {
		snprintf(why, size, "%.512s: %s", c->path,
		    c->keyerror == EFBIG ? "is over 64 KiB" :
		    c->keyerror == EINVAL ? "is not a regular file" :
		    strerror(c->keyerror));
		return (-1);
	}
	rv = signer_key(c->signer, c->kid, c->path, c->key, c->keylen, why,
	    size);
	safe_free(c->key, KEYFILE_MAX + 1);
	c->key = NULL;
	return (rv);
}

int
conf_end(struct peer *peer, struct msg *m)
{
	struct coming		*c = conf_open(peer);
	struct m_conf_end	 end;
	char			 why[TEXT_MAX];

	msg_take(m, &end, sizeof(end));
	/* Before GO nothing may be said, nor done. */
	if (msg_end(m) == -1 || c == NULL || end.version != c->version ||
	    secrets_of(peer)->vault.file.dirfd == -1)
		return (-1);
	if (conf_check(c, why, sizeof(why)) == -1) {
		conf_free(secrets_of(peer));
		peer_send(peer, M_CONF_REFUSE, -1, &end, why, NULL);
		return (0);
	}
	c->ended = 1;
	peer_send(peer, M_CONF_ACK, -1, &end, NULL);
	return (0);
}

int
conf_commit(struct peer *peer, struct msg *m)
{
	struct secrets		*s = secrets_of(peer);
	struct coming		*c = &s->coming;
	struct m_conf_end	 end;

	msg_take(m, &end, sizeof(end));
	if (msg_end(m) == -1 || !c->ended || end.version != c->version)
		return (-1);
	vault_configure(&s->vault, c->how, c->given, c->len, &c->env);
	signer_free(s->signer);
	s->signer = c->signer;
	c->signer = NULL;
	conf_free(s);
	secrets_written(s);
	request_committed(s);
	return (0);
}
