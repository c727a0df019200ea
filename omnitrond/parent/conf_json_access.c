/*
 * Who may come, and where secrets and keys lie, as JSON.  The rules are not
 * shown: whoever may see the configuration need not know who else may do what.
 * Nor is anything that files or variables contain.  In the parent; pure.
 */
#include <stdio.h>

#include "common/jsonw.h"
#include "omnitrond/parent/conf_parse.h"

static void
json_sockets(struct jsonw *w, const struct conf *conf)
{
	const struct socket_conf	*s;
	char				 mode[8];

	jsonw_key(w, "sockets");
	jsonw_array(w);
	TAILQ_FOREACH(s, &conf->sockets, entry) {
		snprintf(mode, sizeof(mode), "%04o", (unsigned int)s->mode);
		jsonw_object(w);
		jsonw_kstring(w, "path", s->path);
		jsonw_kstring(w, "role", s->grants ? NULL :
		    role_name(s->role));
		jsonw_kbool(w, "grants", s->grants);
		jsonw_kstring(w, "group", s->group);
		jsonw_kstring(w, "mode", mode);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static const struct port_conf *
json_first(const struct conf *conf, enum listener_kind kind)
{
	const struct port_conf	*p;

	TAILQ_FOREACH(p, &conf->ports, entry)
		if (p->kind == kind)
			break;
	return (p);
}

static void
json_port(struct jsonw *w, const char *key, const struct port_conf *p)
{
	if (p != NULL)
		jsonw_kint(w, key, p->port);
	else
		jsonw_kstring(w, key, NULL);
}

/* The names of the table are those of the first; then all of them. */
static void
json_ports(struct jsonw *w, const struct conf *conf)
{
	const struct port_conf	*tcp = json_first(conf, LISTENER_TCP), *p;

	jsonw_kstring(w, "host", tcp != NULL ? tcp->on : NULL);
	json_port(w, "port", tcp);
	json_port(w, "httpPort", json_first(conf, LISTENER_HTTP));
	jsonw_key(w, "listen");
	jsonw_array(w);
	TAILQ_FOREACH(p, &conf->ports, entry) {
		jsonw_object(w);
		jsonw_kstring(w, "kind", p->kind == LISTENER_TCP ? "tcp" :
		    "http");
		jsonw_kstring(w, "host", p->on);
		jsonw_kint(w, "port", p->port);
		jsonw_kbool(w, "tls", p->tls);
		jsonw_kbool(w, "insecure", p->insecure);
		jsonw_kstring(w, "maxRole", role_name(p->max_role));
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
json_jwt(struct jsonw *w, const struct conf *conf)
{
	const struct jwt_block	*jwt = &conf->jwt;
	const struct key_conf	*k;

	if (jwt->m.algorithm == JWT_NONE) {
		jsonw_kstring(w, "jwt", NULL);
		return;
	}
	jsonw_key(w, "jwt");
	jsonw_object(w);
	jsonw_kstring(w, "algorithm", conf_algorithm(jwt->m.algorithm));
	jsonw_key(w, "keys");
	jsonw_array(w);
	TAILQ_FOREACH(k, &jwt->keys, entry) {
		jsonw_object(w);
		jsonw_kstring(w, "kid", k->kid);
		jsonw_kstring(w, "file", k->file);
		jsonw_kstring(w, "sign", k->sign);
		jsonw_end(w);
	}
	jsonw_end(w);
	jsonw_kstring(w, "issuer", jwt->issuer[0] != '\0' ? jwt->issuer :
	    NULL);
	jsonw_kstring(w, "audience", jwt->audience[0] != '\0' ?
	    jwt->audience : NULL);
	jsonw_kint(w, "leewayMs", (int64_t)jwt->m.leeway_s * 1000);
	jsonw_kint(w, "maxTtlMs", (int64_t)jwt->m.max_ttl_s * 1000);
	jsonw_end(w);
}

static void
json_tls(struct jsonw *w, const struct tls_block *tls)
{
	if (tls->certificate == NULL) {
		jsonw_kstring(w, "tls", NULL);
		return;
	}
	jsonw_key(w, "tls");
	jsonw_object(w);
	jsonw_kstring(w, "certificate", tls->certificate);
	jsonw_kstring(w, "key", tls->key);
	jsonw_kstring(w, "clientCa", tls->client_ca);
	jsonw_end(w);
}

static void
json_secrets(struct jsonw *w, const struct conf *conf)
{
	const struct secrets_stmt	*s = &conf->secrets;
	int				 env = s->how == SECRETS_ENVIRONMENT;

	jsonw_key(w, "secrets");
	jsonw_object(w);
	jsonw_kstring(w, "provider", env ? "env" : "file");
	jsonw_kstring(w, "path", env ? NULL : conf->secretsfile);
	jsonw_kstring(w, "key", s->how == SECRETS_KEYFILE ? s->key : NULL);
	jsonw_kstring(w, "passphraseEnv", s->passphrase);
	jsonw_kstring(w, "prefix", env ? s->prefix : NULL);
	jsonw_end(w);
}

void
json_access(struct jsonw *w, const struct conf *conf)
{
	size_t	 i;

	json_sockets(w, conf);
	json_ports(w, conf);
	json_jwt(w, conf);
	json_tls(w, &conf->tls);
	jsonw_key(w, "cors");
	jsonw_array(w);
	for (i = 0; i < conf->norigins; i++)
		jsonw_string(w, conf->origins[i]);
	jsonw_end(w);
	json_secrets(w, conf);
}

void
json_creds(struct jsonw *w, const struct process_conf *pc)
{
	const struct cred_conf	*c;

	jsonw_array(w);
	TAILQ_FOREACH(c, &pc->creds, entry) {
		jsonw_object(w);
		jsonw_kstring(w, "key", c->key);
		jsonw_kstring(w, "name", c->name);
		jsonw_end(w);
	}
	jsonw_end(w);
}
