/*
 * The socket statement: the control socket, and further ones for others than
 * the daemon's user.  In the parent; pure.
 */
#include <sys/un.h>

#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

#define SOCKET_PATH_MAX	(sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

/* The first one of the file; -s and -o come after it. */
static void
socket_control(struct parse *ps, const char *path, struct pos pos)
{
	ps->access.control = ps->seen[KW_SOCKET] = pos;
	ps->access.bad = 0;
	ps->conf->socket = xstrdup(path);
}

static struct socket_conf *
socket_new(struct parse *ps, const char *path, struct pos pos)
{
	struct conf		*conf = ps->conf;
	struct socket_conf	*s = xcalloc(1, sizeof(*s));

	s->path = xstrdup(path);
	s->gid = (gid_t)-1;
	role_parse(keyword_default(KW_ROLE), &s->role);
	ps->access.sockets[conf->nsockets++] = pos;
	TAILQ_INSERT_TAIL(&conf->sockets, s, entry);
	return (s);
}

void
set_socket(struct parse *ps, const char *path, struct pos pos)
{
	ps->access.socket = NULL;
	ps->access.role = 0;
	ps->access.bad = 1;
	if (path == lex_undefined)
		return;
	if (path[0] != '/' || strlen(path) > SOCKET_PATH_MAX)
		conf_error(ps, pos, "socket: \"%s\" is not an absolute path of "
		    "at most %zu bytes: it must begin with /", path,
		    SOCKET_PATH_MAX);
	else if (ps->access.control.file == NULL)
		socket_control(ps, path, pos);
	else if (ps->conf->nsockets == LISTENERS_MAX)
		conf_error(ps, pos, "socket: more than %u besides the control "
		    "socket", LISTENERS_MAX);
	else
		ps->access.socket = socket_new(ps, path, pos);
}

/* It takes one role from a statement, or has the rules decide. */
static void
socket_role(struct parse *ps, struct socket_conf *s, const char *text,
    struct pos pos)
{
	if (ps->access.role)
		conf_error(ps, pos, "socket: role is given twice");
	else if (s->grants)
		conf_error(ps, pos, "socket: with grants the rules decide, "
		    "and no role does: leave out one of them");
	else if (role_parse(text, &s->role) == -1)
		conf_error(ps, pos, "role takes %s, not \"%s\"",
		    keyword_args(KW_ROLE), text);
	ps->access.role = 1;
}

static void
socket_grants(struct parse *ps, struct socket_conf *s, struct pos pos)
{
	if (ps->access.role)
		conf_error(ps, pos, "socket: with grants the rules decide, "
		    "and no role does: leave out one of them");
	s->grants = 1;
	s->role = ROLE_ADMIN;		/* the ceiling of rules, not a right */
}

static void
socket_group(struct parse *ps, struct socket_conf *s, const char *name,
    struct pos pos)
{
	if (s->group != NULL)
		conf_error(ps, pos, "socket: group is given twice");
	else if (conf_user_gid(name, &s->gid) == -1)
		conf_error(ps, pos, "socket: there is no group \"%s\"", name);
	else if (!conf_user_in(ps, s->gid))
		conf_error(ps, pos, "socket: the daemon is not in group "
		    "\"%s\": only root can give it a file", name);
	else
		s->group = xstrdup(name);
}

/* To connect is to write: any other bit would say what is not so. */
static void
socket_mode(struct parse *ps, struct socket_conf *s, const char *text,
    struct pos pos)
{
	if (s->mode != 0)
		conf_error(ps, pos, "socket: mode is given twice");
	else if (strcmp(text, "0600") == 0)
		s->mode = 0600;
	else if (strcmp(text, "0660") == 0)
		s->mode = 0660;
	else if (strcmp(text, "0666") == 0)
		s->mode = 0666;
	else
		conf_error(ps, pos, "socket: mode \"%s\" is none of 0600, "
		    "0660, 0666", text);
}

void
set_socket_option(struct parse *ps, enum keyword kw, const char *text,
    struct pos pos)
{
	struct socket_conf	*s = ps->access.socket;

	if (text == lex_undefined)
		return;
	if (s == NULL && ps->access.bad)
		return;
	if (s == NULL)
		conf_error(ps, pos, "socket: the first one is the control "
		    "socket, for the daemon's user alone: it takes no %s; say "
		    "it of a second socket", keyword_word(kw));
	else if (kw == KW_ROLE)
		socket_role(ps, s, text, pos);
	else if (kw == KW_GRANTS)
		socket_grants(ps, s, pos);
	else if (kw == KW_GROUP)
		socket_group(ps, s, text, pos);
	else
		socket_mode(ps, s, text, pos);
}

/* ---- when all is read ---------------------------------------------------- */

static int
sockets_allow(const struct conf *conf)
{
	const struct rule	*r;

	STAILQ_FOREACH(r, &conf->grants.rules, entry)
		if (!r->m.deny)
			return (1);
	return (0);
}

/* Is it a place of the daemon, or of another socket? */
static void
socket_distinct(struct parse *ps, const struct socket_conf *s, struct pos pos)
{
	const struct conf		*conf = ps->conf;
	const struct socket_conf	*other;
	const char *const		 places[] = {
		conf->socket, conf->pidfile, conf->statefile, conf->logdir,
		conf->rundir, conf->secretsfile
	};
	size_t				 i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strcmp(places[i], s->path) == 0)
			conf_error(ps, pos, "socket: \"%s\" is in use already "
			    "by another statement", s->path);
	for (other = TAILQ_FIRST(&conf->sockets); other != s;
	    other = TAILQ_NEXT(other, entry))
		if (strcmp(other->path, s->path) == 0)
			conf_error(ps, pos, "socket: \"%s\" is given twice",
			    s->path);
}

void
conf_sockets(struct parse *ps)
{
	struct socket_conf	*s;
	size_t			 n = 0;

	TAILQ_FOREACH(s, &ps->conf->sockets, entry) {
		if (s->mode == 0)
			s->mode = s->group != NULL ? 0660 : 0600;
		socket_distinct(ps, s, ps->access.sockets[n]);
		if (s->grants && !ps->lost && !sockets_allow(ps->conf))
			conf_error(ps, ps->access.sockets[n], "socket: grants "
			    "without a rule lets nobody do anything: add "
			    "allow statements");
		n++;
	}
}
