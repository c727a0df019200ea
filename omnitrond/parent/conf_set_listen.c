/*
 * The listen statement: sockets that are passed to an app.  In the parent;
 * pure.
 */
#include <sys/un.h>

#include <netinet/in.h>

#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

static int
listen_kind(const char *text)
{
	static const char *const	 words[] = {
		[LISTEN_TCP] = "tcp", [LISTEN_UDP] = "udp",
		[LISTEN_UNIX] = "unix"
	};
	size_t				 i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i], text) == 0)
			return ((int)i);
	return (-1);
}

/* A new one of the process, or NULL after an error. */
static struct listen_conf *
listen_new(struct parse *ps, enum listen_kind kind, const char *name,
    struct pos pos)
{
	struct process_conf	*pc = ps->cur->process;
	struct listen_conf	*l;

	ps->cur->line[FIELD_LISTEN] = pos.line;
	if (name != NULL && (!name_valid(name) || strchr(name, ':') != NULL)) {
		conf_error(ps, pos, "listen: \"%s\" cannot be the name of a "
		    "socket", name);
		return (NULL);
	}
	if (pc->nlistens == LISTENS_MAX) {
		conf_error(ps, pos, "listen: more than %u sockets",
		    LISTENS_MAX);
		return (NULL);
	}
	l = xcalloc(1, sizeof(*l));
	l->kind = kind;
	l->name = name == NULL ? NULL : xstrdup(name);
	TAILQ_INSERT_TAIL(&pc->listens, l, entry);
	pc->nlistens++;
	return (l);
}

static int
listen_numeric(const char *text)
{
	struct in6_addr	 in6;
	struct in_addr	 in;

	return (inet_pton(AF_INET, text, &in) == 1 ||
	    inet_pton(AF_INET6, text, &in6) == 1);
}

void
set_listen(struct parse *ps, const char *kind, const char *on,
    const char *port, const char *name, struct pos pos)
{
	struct listen_conf	*l;
	const char		*why;
	uint32_t		 number;
	int			 k;

	if (ps->cur == NULL || kind == lex_undefined || on == lex_undefined ||
	    port == lex_undefined || name == lex_undefined)
		return;
	if ((k = listen_kind(kind)) == -1 || k == LISTEN_UNIX) {
		conf_error(ps, pos, "listen takes %s, not \"%s\" with a port",
		    keyword_args(KW_LISTEN), kind);
		return;
	}
	number = (uint32_t)strtonum(port, 1, 65535, &why);
	if (why != NULL) {
		conf_error(ps, pos, "listen: \"%s\" is not a port from 1 to "
		    "65535", port);
		return;
	}
	if (on != NULL && !listen_numeric(on)) {
		conf_error(ps, pos, "listen: \"%s\" is not a numeric address, "
		    "like 127.0.0.1 or ::1", on);
		return;
	}
	if ((l = listen_new(ps, (enum listen_kind)k, name, pos)) == NULL)
		return;
	l->on = on == NULL ? NULL : xstrdup(on);
	l->port = number;
}

/* -1 if it is none. */
static int
listen_mode(const char *text)
{
	unsigned int	 mode = 0;
	const char	*c;

	for (c = text; *c >= '0' && *c <= '7' && mode <= 0777; c++)
		mode = mode * 8 + (unsigned int)(*c - '0');
	return (*c == '\0' && c != text && mode <= 0777 ? (int)mode : -1);
}

void
set_listen_unix(struct parse *ps, const char *kind, const char *path,
    const char *mode, const char *name, struct pos pos)
{
	struct sockaddr_un	 sun;
	struct listen_conf	*l;
	int			 bits = 0600;

	if (ps->cur == NULL || kind == lex_undefined ||
	    path == lex_undefined || mode == lex_undefined ||
	    name == lex_undefined)
		return;
	if (listen_kind(kind) != LISTEN_UNIX) {
		conf_error(ps, pos, "listen takes %s, not \"%s\" and \"%s\"",
		    keyword_args(KW_LISTEN), kind, path);
		return;
	}
	if (path[0] != '/' || strlen(path) >= sizeof(sun.sun_path)) {
		conf_error(ps, pos, "listen: \"%s\" is not an absolute path of "
		    "at most %zu bytes", path, sizeof(sun.sun_path) - 1);
		return;
	}
	if (mode != NULL && (bits = listen_mode(mode)) == -1) {
		conf_error(ps, pos, "listen: mode \"%s\" is not an octal "
		    "number from 0 to 0777", mode);
		return;
	}
	if ((l = listen_new(ps, LISTEN_UNIX, name, pos)) == NULL)
		return;
	l->path = xstrdup(path);
	l->mode = (mode_t)bits;
}

/* ---- when all is read ---------------------------------------------------- */

/* A socket and whose it is, to find two that are the same. */
struct claim {
	const struct draft		*draft;
	const struct listen_conf	*l;
};

struct claims {
	struct claim	*list;
	size_t		 n;
	size_t		 size;
};

static int
claim_text(const char *a, const char *b)
{
	return (strcmp(a != NULL ? a : "", b != NULL ? b : ""));
}

static int
claim_cmp(const void *a, const void *b)
{
	const struct listen_conf	*x = ((const struct claim *)a)->l;
	const struct listen_conf	*y = ((const struct claim *)b)->l;
	int				 c;

	if (x->kind != y->kind)
		return (x->kind < y->kind ? -1 : 1);
	if (x->port != y->port)
		return (x->port < y->port ? -1 : 1);
	if ((c = claim_text(x->on, y->on)) != 0)
		return (c);
	return (claim_text(x->path, y->path));
}

static void
claims_add(struct claims *c, const struct draft *d)
{
	const struct listen_conf	*l;

	TAILQ_FOREACH(l, &d->process->listens, entry) {
		if (c->n == c->size) {
			c->size = c->size == 0 ? 16 : c->size * 2;
			c->list = xreallocarray(c->list, c->size,
			    sizeof(*c->list));
		}
		c->list[c->n].draft = d;
		c->list[c->n++].l = l;
	}
}

/* Those of the daemon itself; conf_ports has filled them in. */
static void
claim_daemon(struct parse *ps, const struct claim *c)
{
	const struct port_conf	*p;

	TAILQ_FOREACH(p, &ps->conf->ports, entry)
		if (c->l->kind == LISTEN_TCP && port_same(p, c->l->on != NULL ?
		    c->l->on : "0.0.0.0", c->l->port))
			conf_error(ps, draft_pos(c->draft, FIELD_LISTEN),
			    "%s: listen: port %u is that of the daemon's own "
			    "listen statement", c->draft->title, p->port);
}

void
conf_listen(struct parse *ps)
{
	struct claims	 c = { NULL, 0, 0 };
	struct draft	*d, *pd;
	size_t		 i;

	TAILQ_FOREACH(d, &ps->drafts, entry) {
		claims_add(&c, d);
		TAILQ_FOREACH(pd, &d->processes, entry)
			claims_add(&c, pd);
	}
	if (c.n > 0)
		qsort(c.list, c.n, sizeof(*c.list), claim_cmp);
	for (i = 0; i < c.n; i++)
		claim_daemon(ps, &c.list[i]);
	for (i = 1; i < c.n; i++)
		if (claim_cmp(&c.list[i - 1], &c.list[i]) == 0)
			conf_error(ps, draft_pos(c.list[i].draft,
			    FIELD_LISTEN), "%s: listen: %s has the same "
			    "socket", c.list[i].draft->title,
			    c.list[i - 1].draft->title);
	free(c.list);
}
