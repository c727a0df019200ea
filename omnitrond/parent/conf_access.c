/*
 * Who may come to the daemon and by what, and what secrets there are, as a
 * structure: made, looked up, freed.  In the parent; pure.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

void
access_init(struct conf *conf)
{
	TAILQ_INIT(&conf->sockets);
	TAILQ_INIT(&conf->ports);
	TAILQ_INIT(&conf->jwt.keys);
	grants_init(&conf->grants);
	conf->jwt.issuer = xstrdup("");
	conf->jwt.audience = xstrdup("");
	conf->secrets.how = SECRETS_KEYFILE;
}

static void
sockets_free(struct socket_confs *sockets)
{
	struct socket_conf	*s;

	while ((s = TAILQ_FIRST(sockets)) != NULL) {
		TAILQ_REMOVE(sockets, s, entry);
		free(s->group);
		free(s->path);
		free(s);
	}
}

static void
ports_free(struct port_confs *ports)
{
	struct port_conf	*p;

	while ((p = TAILQ_FIRST(ports)) != NULL) {
		TAILQ_REMOVE(ports, p, entry);
		free(p->on);
		free(p);
	}
}

static void
jwt_free(struct jwt_block *jwt)
{
	struct key_conf	*k;

	while ((k = TAILQ_FIRST(&jwt->keys)) != NULL) {
		TAILQ_REMOVE(&jwt->keys, k, entry);
		free(k->sign);
		free(k->file);
		free(k->kid);
		free(k);
	}
	free(jwt->audience);
	free(jwt->issuer);
}

void
access_free(struct conf *conf)
{
	size_t	 i;

	grants_free(&conf->grants);
	free(conf->secrets.prefix);
	free(conf->secrets.passphrase);
	free(conf->secrets.key);
	for (i = 0; i < conf->norigins; i++)
		free(conf->origins[i]);
	free(conf->origins);
	free(conf->tls.client_ca);
	free(conf->tls.key);
	free(conf->tls.certificate);
	jwt_free(&conf->jwt);
	ports_free(&conf->ports);
	sockets_free(&conf->sockets);
}

void
creds_free(struct cred_confs *creds)
{
	struct cred_conf	*c;

	while ((c = TAILQ_FIRST(creds)) != NULL) {
		TAILQ_REMOVE(creds, c, entry);
		free(c->name);
		free(c->key);
		free(c);
	}
}

struct cred_conf *
creds_find(const struct cred_confs *creds, const char *name)
{
	struct cred_conf	*c;

	TAILQ_FOREACH(c, creds, entry)
		if (strcmp(c->name, name) == 0)
			return (c);
	return (NULL);
}

void
creds_add(struct cred_confs *creds, const char *key, const char *name)
{
	struct cred_conf	*c = xcalloc(1, sizeof(*c));

	c->key = xstrdup(key);
	c->name = xstrdup(name);
	TAILQ_INSERT_TAIL(creds, c, entry);
}

/* The order of files does not matter to a process. */
int
creds_same(const struct cred_confs *a, const struct cred_confs *b)
{
	const struct cred_conf	*c, *other;
	size_t			 na = 0, nb = 0;

	TAILQ_FOREACH(c, b, entry)
		nb++;
	TAILQ_FOREACH(c, a, entry) {
		na++;
		if ((other = creds_find(b, c->name)) == NULL ||
		    strcmp(other->key, c->key) != 0)
			return (0);
	}
	return (na == nb);
}

/* Of the words of omnitrond.conf; none is not one of them. */
int
role_parse(const char *text, enum role *role)
{
	int	 i;

	for (i = ROLE_VIEWER; i < ROLE_MAX; i++)
		if (strcmp(role_name((enum role)i), text) == 0) {
			*role = (enum role)i;
			return (0);
		}
	return (-1);
}

/* ---- what others ask ----------------------------------------------------- */

static uint32_t
keys_add(const char *keys[SECRET_USES_MAX], uint32_t n, const char *key)
{
	uint32_t	 i;

	for (i = 0; i < n; i++)
		if (strcmp(keys[i], key) == 0)
			return (n);
	if (n < SECRET_USES_MAX)
		keys[n++] = key;
	return (n);
}

uint32_t
conf_secret_keys(const struct process_conf *pc,
    const char *keys[SECRET_USES_MAX])
{
	const struct cred_conf	*c;
	const struct env	*env;
	uint32_t		 n = 0;

	TAILQ_FOREACH(env, &pc->env, entry)
		if (env->kind == ENV_SECRET)
			n = keys_add(keys, n, env->value);
	TAILQ_FOREACH(c, &pc->creds, entry)
		n = keys_add(keys, n, c->key);
	return (n);
}

const char *
conf_algorithm(enum jwt_algorithm algorithm)
{
	static const char *const	 names[JWT_MAX] = {
		[JWT_NONE] = "none",
#define X(id)	[JWT_##id] = #id,
		JWT_ALGORITHMS(X)
#undef X
	};

	return (algorithm < JWT_MAX ? names[algorithm] : "none");
}

const struct key_conf *
conf_sign_key(const struct conf *conf, const char **path)
{
	const struct key_conf	*k;
	int			 hs = conf_algorithm(conf->jwt.m.algorithm)[0]
				    == 'H';

	TAILQ_FOREACH(k, &conf->jwt.keys, entry) {
		*path = hs ? k->file : k->sign;
		if (*path != NULL)
			return (k);
	}
	*path = NULL;
	return (NULL);
}

uint32_t
access_kinds(const struct conf *conf)
{
	const char	*path;
	uint32_t	 kinds = 0;

	if (conf->nsockets > 0)
		kinds |= KB(LOCAL);
	if (conf->nports > 0)
		kinds |= KB(NETWORK);
	if (conf->secrets.given || conf_sign_key(conf, &path) != NULL)
		kinds |= KB(SECRETS);
	return (kinds);
}
