/*
 * The normal form of who may come and do what, and of secrets.  In the
 * parent; pure.
 */
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "omnitrond/parent/conf_print.h"

/* Behind the control socket, which must be the first. */
void
print_sockets(struct out *o, const struct conf *conf)
{
	const struct socket_conf	*s;

	TAILQ_FOREACH(s, &conf->sockets, entry) {
		out_word(o, "socket");
		out_quoted(o, s->path);
		if (s->grants)
			out_word(o, " grants");
		else
			out_printf(o, " role %s", role_name(s->role));
		if (s->group != NULL) {
			out_word(o, " group");
			out_quoted(o, s->group);
		}
		out_printf(o, " mode %04o\n", (unsigned int)s->mode);
	}
}

static void
print_ports(struct out *o, const struct conf *conf)
{
	const struct port_conf	*p;

	TAILQ_FOREACH(p, &conf->ports, entry) {
		out_printf(o, "listen %s on \"%s\" port %u%s max-role %s\n",
		    p->kind == LISTENER_TCP ? "tcp" : "http", p->on, p->port,
		    p->tls ? " tls" : p->insecure ? " insecure" : "",
		    role_name(p->max_role));
	}
	if (conf->nports == 0)
		none_add(o, "", KW_LISTEN);
}

static void
print_option(struct out *o, const char *before, enum keyword kw,
    const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	out_word(o, before);
	out_word(o, keyword_word(kw));
	out_quoted(o, text);
}

static void
print_jwt(struct out *o, const struct jwt_block *jwt)
{
	const struct key_conf	*k;
	char			 a[32], b[32];

	if (jwt->m.algorithm == JWT_NONE) {
		none_add(o, "", KW_JWT);
		return;
	}
	out_printf(o, "jwt {\n\talgorithm %s\n",
	    conf_algorithm(jwt->m.algorithm));
	TAILQ_FOREACH(k, &jwt->keys, entry) {
		out_word(o, "\tkey");
		out_quoted(o, k->kid);
		print_option(o, " ", KW_KEYFILE, k->file);
		print_option(o, " ", KW_SIGN, k->sign);
		out_word(o, "\n");
	}
	out_printf(o, "\tleeway %s max-ttl %s",
	    duration_format((int64_t)jwt->m.leeway_s * 1000, a, sizeof(a)),
	    duration_format((int64_t)jwt->m.max_ttl_s * 1000, b, sizeof(b)));
	print_option(o, " ", KW_ISSUER, jwt->issuer);
	print_option(o, " ", KW_AUDIENCE, jwt->audience);
	out_word(o, "\n}\n");
}

static void
print_tls(struct out *o, const struct tls_block *tls)
{
	if (tls->certificate == NULL) {
		none_add(o, "", KW_TLS);
		return;
	}
	out_word(o, "tls {\n");
	print_option(o, "\t", KW_CERTIFICATE, tls->certificate);
	print_option(o, "\n\t", KW_KEY, tls->key);
	print_option(o, "\n\t", KW_CLIENTCA, tls->client_ca);
	out_word(o, "\n}\n");
}

/* Where they are is known also if nothing is said: then as a comment. */
static void
print_secrets(struct out *o, const struct conf *conf)
{
	const struct secrets_stmt	*s = &conf->secrets;

	out_word(o, s->given ? "secrets" : "# secrets");
	if (s->how == SECRETS_ENVIRONMENT) {
		out_word(o, " env");
		print_option(o, " ", KW_PREFIX, s->prefix);
	} else {
		print_option(o, " ", KW_KEYFILE, conf->secretsfile);
		if (s->how == SECRETS_PASSPHRASE)
			print_option(o, " passphrase ", KW_ENV, s->passphrase);
		else
			print_option(o, " ", KW_KEY, s->key);
	}
	out_word(o, "\n");
}

static void
print_rules(struct out *o, const struct conf *conf)
{
	const struct rule	*r;
	char			*text;

	STAILQ_FOREACH(r, &conf->grants.rules, entry) {
		text = rule_format(r);
		out_word(o, text);
		out_word(o, "\n");
		free(text);
	}
	if (conf->grants.n == 0)
		none_add(o, "", KW_ALLOW);
}

void
print_access(struct out *o, const struct conf *conf)
{
	size_t	 i;

	print_ports(o, conf);
	print_jwt(o, &conf->jwt);
	print_tls(o, &conf->tls);
	for (i = 0; i < conf->norigins; i++) {
		print_option(o, "", KW_CORS, conf->origins[i]);
		out_word(o, "\n");
	}
	if (conf->norigins == 0)
		none_add(o, "", KW_CORS);
	print_secrets(o, conf);
	print_rules(o, conf);
}

int
print_creds(struct out *o, const struct process_conf *pc, const char *indent)
{
	const struct cred_conf	*c;

	TAILQ_FOREACH(c, &pc->creds, entry) {
		print_option(o, indent, KW_CREDENTIAL, c->key);
		print_option(o, " ", KW_AS, c->name);
		out_word(o, "\n");
	}
	return (!TAILQ_EMPTY(&pc->creds));
}
