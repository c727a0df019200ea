/*
 * The listen statement outside of apps: where the daemon itself is reached
 * over the network; and cors, the pages that may do so from a browser.  In
 * the parent; pure.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

#define PORT_ON		"0.0.0.0"
#define PORT_TCP	9700u
#define PORT_HTTP	9800u
#define ORIGIN_MAX	(TEXT_MAX - 1)	/* bytes: one message carries it */

static const char *
port_word(const struct port_conf *p)
{
	return (p->kind == LISTENER_TCP ? "tcp" : "http");
}

void
set_port(struct parse *ps, const char *kind, struct pos pos)
{
	struct conf		*conf = ps->conf;
	struct port_conf	*p;
	int			 http = strcmp(kind, "http") == 0;

	ps->access.port = NULL;
	if (kind == lex_undefined)
		return;
	if (!http && strcmp(kind, "tcp") != 0) {
		conf_error(ps, pos, "listen outside of an app takes tcp or "
		    "http, not \"%s\"", kind);
		return;
	}
	if (conf->nports == LISTENERS_MAX) {
		conf_error(ps, pos, "listen: more than %u addresses",
		    LISTENERS_MAX);
		return;
	}
	p = xcalloc(1, sizeof(*p));
	p->kind = http ? LISTENER_HTTP : LISTENER_TCP;
	ps->access.ports[conf->nports++] = pos;
	ps->access.port = p;
	TAILQ_INSERT_TAIL(&conf->ports, p, entry);
}

/* An address in the one spelling it has here; malloced, NULL: it is none. */
static char *
port_address(const char *text)
{
	struct in6_addr	 in6;
	struct in_addr	 in;
	char		 buf[INET6_ADDRSTRLEN];

	if (inet_pton(AF_INET, text, &in) == 1)
		return (xstrdup(inet_ntop(AF_INET, &in, buf, sizeof(buf))));
	if (inet_pton(AF_INET6, text, &in6) == 1)
		return (xstrdup(inet_ntop(AF_INET6, &in6, buf, sizeof(buf))));
	return (NULL);
}

/* 0 if it is none. */
static uint32_t
port_number(const char *text)
{
	const char	*why;
	long long	 v = strtonum(text, 1, 65535, &why);

	return (why == NULL ? (uint32_t)v : 0);
}

static void
port_twice(struct parse *ps, enum keyword kw, struct pos pos)
{
	conf_error(ps, pos, "listen: %s is given twice", keyword_word(kw));
}

static void
port_on(struct parse *ps, struct port_conf *p, const char *text,
    struct pos pos)
{
	if (p->on != NULL)
		port_twice(ps, KW_ON, pos);
	else if ((p->on = port_address(text)) == NULL) {
		conf_error(ps, pos, "listen: \"%s\" is not a numeric address, "
		    "like 127.0.0.1 or ::1", text);
		p->insecure = 1;	/* of the default nothing is said */
	}
}

static void
port_port(struct parse *ps, struct port_conf *p, const char *text,
    struct pos pos)
{
	if (p->port != 0)
		port_twice(ps, KW_PORT, pos);
	else if ((p->port = port_number(text)) == 0)
		conf_error(ps, pos, "listen: \"%s\" is not a port from 1 to "
		    "65535", text);
}

static void
port_role(struct parse *ps, struct port_conf *p, const char *text,
    struct pos pos)
{
	if (p->max_role != ROLE_NONE)
		port_twice(ps, KW_MAXROLE, pos);
	else if (role_parse(text, &p->max_role) == -1)
		conf_error(ps, pos, "max-role takes %s, not \"%s\"",
		    keyword_args(KW_MAXROLE), text);
}

static void
port_flag(struct parse *ps, struct port_conf *p, enum keyword kw,
    struct pos pos)
{
	int	*flag = kw == KW_TLS ? &p->tls : &p->insecure;

	if (*flag)
		port_twice(ps, kw, pos);
	*flag = 1;
	if (p->tls && p->insecure)
		conf_error(ps, pos, "listen: tls or insecure, not both");
}

void
set_port_option(struct parse *ps, enum keyword kw, const char *text,
    struct pos pos)
{
	struct port_conf	*p = ps->access.port;

	if (p == NULL || text == lex_undefined)
		return;			/* that was reported */
	switch (kw) {
	case KW_ON:
		port_on(ps, p, text, pos);
		break;
	case KW_PORT:
		port_port(ps, p, text, pos);
		break;
	case KW_MAXROLE:
		port_role(ps, p, text, pos);
		break;
	default:
		port_flag(ps, p, kw, pos);
	}
}

/* ---- cors ---------------------------------------------------------------- */

/* The host and the port of an origin, behind the scheme; 0 if it is none. */
static int
origin_rest(const char *at)
{
	struct in6_addr	 in6;
	char		 host[INET6_ADDRSTRLEN];
	size_t		 n;

	if (*at == '[') {
		n = strcspn(++at, "]");
		if (at[n] != ']' || n >= sizeof(host))
			return (0);
		memcpy(host, at, n);
		host[n] = '\0';
		if (inet_pton(AF_INET6, host, &in6) != 1)
			return (0);
		at += n + 1;
	} else {
		n = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789.-");
		if (n == 0)
			return (0);
		at += n;
	}
	return (*at == '\0' || (*at == ':' && port_number(at + 1) != 0));
}

/* A browser says nothing else, and never the port a scheme has anyway. */
static const char *
origin_wrong(const char *text)
{
	const char	*rest, *colon;
	int		 https = strncmp(text, "https://", 8) == 0;

	if (!https && strncmp(text, "http://", 7) != 0)
		return ("must begin with https:// or http://: there is no "
		    "wildcard");
	if (strlen(text) > ORIGIN_MAX)
		return ("is too long");
	rest = text + (https ? 8 : 7);
	if (!origin_rest(rest))
		return ("is not scheme://host or scheme://host:port in lower "
		    "case, without a path");
	colon = strrchr(rest, ':');
	if (colon != NULL && strcmp(colon, https ? ":443" : ":80") == 0)
		return ("has the port its scheme has anyway: browsers leave it "
		    "out, so leave it out");
	return (NULL);
}

void
set_cors(struct parse *ps, const char *text, struct pos pos)
{
	struct conf	*conf = ps->conf;
	const char	*why;
	size_t		 i;

	if (text == lex_undefined)
		return;
	if ((why = origin_wrong(text)) != NULL) {
		conf_error(ps, pos, "cors: \"%s\" %s", text, why);
		return;
	}
	for (i = 0; i < conf->norigins; i++)
		if (strcmp(conf->origins[i], text) == 0) {
			conf_error(ps, pos, "cors: \"%s\" is given twice",
			    text);
			return;
		}
	if (conf->norigins == ORIGINS_MAX) {
		conf_error(ps, pos, "cors: more than %u origins", ORIGINS_MAX);
		return;
	}
	conf->origins = xreallocarray(conf->origins, conf->norigins + 1,
	    sizeof(*conf->origins));
	conf->origins[conf->norigins++] = xstrdup(text);
}

/* ---- -o ------------------------------------------------------------------ */

int
port_option_check(const char *field, const char *value, char *err,
    size_t errsize)
{
	char	*on;

	if (strcmp(field, "host") == 0) {
		on = port_address(value);
		free(on);
		if (on != NULL)
			return (0);
		snprintf(err, errsize, "host: \"%s\" is not a numeric address, "
		    "like 127.0.0.1 or ::1", value);
		return (-1);
	}
	if (port_number(value) != 0)
		return (0);
	snprintf(err, errsize, "%s: \"%s\" is not a port from 1 to 65535",
	    field, value);
	return (-1);
}

/* Those it is about: of host all, of a port those of its kind. */
static struct port_conf *
port_option_next(const struct conf *conf, const char *field,
    struct port_conf *p)
{
	int	 host = strcmp(field, "host") == 0;
	int	 http = strcmp(field, "httpPort") == 0;

	for (p = p == NULL ? TAILQ_FIRST(&conf->ports) : TAILQ_NEXT(p, entry);
	    p != NULL; p = TAILQ_NEXT(p, entry))
		if (host || (p->kind == LISTENER_HTTP) == http)
			break;
	return (p);
}

void
port_option(struct parse *ps, const char *field, const char *value)
{
	struct pos		 pos = { "-o", 0 };
	struct port_conf	*p = NULL;
	int			 n = 0, host = strcmp(field, "host") == 0;

	while ((p = port_option_next(ps->conf, field, p)) != NULL) {
		n++;
		if (host) {
			free(p->on);
			p->on = port_address(value);
		} else
			p->port = port_number(value);
	}
	if (n == 0)
		conf_warning(ps, pos, "%s: the configuration has no such "
		    "listen statement, and so nothing listens there", field);
	else if (n > 1 && !host)
		conf_error(ps, pos, "%s: the configuration has %d such listen "
		    "statements, and which one is meant is not clear", field,
		    n);
}

/* ---- when all is read ---------------------------------------------------- */

int
port_loopback(const char *on)
{
	struct in6_addr	 in6;
	struct in_addr	 in;

	if (inet_pton(AF_INET, on, &in) == 1)
		return ((ntohl(in.s_addr) >> 24) == IN_LOOPBACKNET);
	return (inet_pton(AF_INET6, on, &in6) == 1 &&
	    IN6_IS_ADDR_LOOPBACK(&in6));
}

static int
port_any(const char *on)
{
	return (strcmp(on, PORT_ON) == 0 || strcmp(on, "::") == 0);
}

int
port_same(const struct port_conf *p, const char *on, uint32_t port)
{
	if (p->port != port)
		return (0);
	if (strcmp(p->on, on) == 0)
		return (1);
	return ((strchr(p->on, ':') == NULL) == (strchr(on, ':') == NULL) &&
	    (port_any(p->on) || port_any(on)));
}

static void
port_distinct(struct parse *ps, const struct port_conf *p, struct pos pos)
{
	const struct port_conf	*other;

	for (other = TAILQ_FIRST(&ps->conf->ports); other != p;
	    other = TAILQ_NEXT(other, entry))
		if (port_same(other, p->on, p->port))
			conf_error(ps, pos, "listen %s: %s port %u is taken by "
			    "listen %s on %s", port_word(p), p->on, p->port,
			    port_word(other), other->on);
}

/* No port is open to all, and no token goes in clear over a network. */
static void
port_safe(struct parse *ps, const struct port_conf *p, struct pos pos)
{
	if (ps->seen[KW_JWT].file == NULL && !ps->lost)
		conf_error(ps, pos, "listen %s: there is no jwt block: without "
		    "one nobody could be told from anybody", port_word(p));
	if (p->tls && ps->seen[KW_TLS].file == NULL && !ps->lost)
		conf_error(ps, pos, "listen %s: tls needs a tls block with "
		    "certificate and key", port_word(p));
	if (!p->tls && !p->insecure && !port_loopback(p->on))
		conf_error(ps, pos, "listen %s: on %s tokens would cross the "
		    "network in clear: say tls, or on 127.0.0.1, or insecure "
		    "if that is meant", port_word(p), p->on);
}

void
conf_ports(struct parse *ps)
{
	struct port_conf	*p;
	struct pos		 pos;
	size_t			 n = 0;

	TAILQ_FOREACH(p, &ps->conf->ports, entry) {
		pos = ps->access.ports[n++];
		if (p->on == NULL)
			p->on = xstrdup(PORT_ON);
		if (p->port == 0)
			p->port = p->kind == LISTENER_HTTP ? PORT_HTTP :
			    PORT_TCP;
		if (p->max_role == ROLE_NONE)
			role_parse(keyword_default(KW_MAXROLE), &p->max_role);
		port_distinct(ps, p, pos);
		port_safe(ps, p, pos);
	}
}
