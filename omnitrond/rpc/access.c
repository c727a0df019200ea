/*
 * Who may see and do what, by the rules.  In a plane; touches only memory.
 *
 * Without rules, and on the control socket, which has none, nothing of this
 * costs more than a look at two numbers.
 */
#include <stdio.h>
#include <string.h>

#include "omnitrond/rpc/access.h"
#include "omnitrond/rpc/fault.h"
#include "omnitrond/rpc/net.h"
#include "omnitrond/rpc/params.h"

void
access_begin(struct net *net)
{
	grants_free(&net->access.told);
}

int
access_rule(struct peer *peer, struct msg *m)
{
	return (grants_take(&net_of(peer)->access.told, m));
}

void
access_commit(struct net *net)
{
	grants_move(&net->access.rules, &net->access.told);
	net->access.version++;
}

int
access_limited(const struct client *client)
{
	return (grants_matter(&client->net->access.rules, &client->caller));
}

int
access_may(const struct client *client, enum method_id method,
    const struct view_app *a)
{
	const struct rule	*rule;
	struct grant_of		 of;

	if (!access_limited(client))
		return (client->caller.role >= methods[method].role);
	of.app = a != NULL ? a->name : "";
	of.owner = a != NULL ? a->rec.owner : ID_NONE;
	return (grants_allow(&client->net->access.rules, &client->caller,
	    method, &of, &rule));
}

int
access_may_name(const struct client *client, enum method_id method,
    const char *name)
{
	const struct rule	*rule;
	const struct view_app	*a;
	struct grant_of		 of;

	if (name[0] == '\0' ||
	    (a = view_by_name(client->net->view, name)) != NULL)
		return (access_may(client, method, name[0] == '\0' ? NULL :
		    a));
	of.app = name;
	of.owner = ID_NONE;
	return (grants_allow(&client->net->access.rules, &client->caller,
	    method, &of, &rule));
}

int
access_views(const struct client *client, const struct view_app *a)
{
	return (access_may(client, METHOD_GET_APP, a));
}

static int
access_forbidden(const struct client *client, enum method_id method,
    const char *app, struct fault *f)
{
	const char	*name = methods[method].name;

	if (app != NULL)
		fault_set(f, outcome_number(OUT_FORBIDDEN),
		    "no rule allows you %s of app '%s'", name, app);
	else
		fault_set(f, outcome_number(OUT_FORBIDDEN),
		    "no rule allows you %s of all apps: it needs the pattern "
		    "\"*\"", name);
	fault_datum(f, "method", name);
	if (app != NULL)
		fault_datum(f, "app", app);
	return (-1);
}

int
access_app(const struct client *client, enum method_id method,
    const struct view_app *a, struct fault *f)
{
	if (!access_limited(client) || access_may(client, method, a))
		return (0);
	if (access_views(client, a))
		return (access_forbidden(client, method, a->name, f));
	fault_app(f, client, a->name);
	return (-1);
}

/* Of no app in particular, and no list of which the permitted are shown. */
static int
access_needs_all(enum method_id method, const struct args *args)
{
	if (args->app != NULL)
		return (0);
	switch (method) {
	case METHOD_GET_CONFIG:
	case METHOD_SHUTDOWN:
	case METHOD_RELOAD_CONFIG:
	case METHOD_SET_METRICS:
	case METHOD_ISSUE:
	case METHOD_REVOKE:
	case METHOD_SECRET_GET:
	case METHOD_SECRET_SET:
	case METHOD_SECRET_DELETE:
	case METHOD_SECRET_LIST:
	case METHOD_SECRET_REKEY:
	case METHOD_SECRET_RESET:
	case METHOD_TEST_ACCESS:
		return (1);
	case METHOD_GET_LOGS:
	case METHOD_STREAM_LOGS:
		return (args->system);
	default:
		return (0);
	}
}

int
access_call(const struct client *client, enum method_id method,
    const struct args *args, struct fault *f)
{
	if (!access_limited(client) || !access_needs_all(method, args) ||
	    access_may(client, method, NULL))
		return (0);
	return (access_forbidden(client, method, NULL, f));
}

/* ---- many apps ---------------------------------------------------------- */

void
access_open(struct access_list *l, const struct client *client,
    enum method_id method)
{
	l->all = client == NULL || !access_limited(client);
	if (!l->all)
		grant_list_init(&l->list, &client->net->access.rules,
		    &client->caller, method);
}

int
access_has(const struct access_list *l, const struct view_app *a)
{
	struct grant_of	 of;

	if (l->all)
		return (1);
	of.app = a->name;
	of.owner = a->rec.owner;
	return (grant_list_allow(&l->list, &of));
}

void
access_close(struct access_list *l)
{
	if (!l->all)
		grant_list_free(&l->list);
}

/* ---- texts -------------------------------------------------------------- */

#define NAME_CHARS	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
			"0123456789._-"

/* Does that word name an app that it may not view? */
static int
access_hides(const struct client *client, const char *word, size_t len)
{
	const struct view_app	*a;
	char			 name[NAME_SIZE];

	if (len == 0 || len >= sizeof(name))
		return (0);
	memcpy(name, word, len);
	name[len] = '\0';
	return ((a = view_by_name(client->net->view, name)) != NULL &&
	    !access_views(client, a));
}

/* "db." may be the app db at the end of a sentence. */
static size_t
access_word(const struct client *client, const char *word, size_t len)
{
	size_t	 n;

	for (n = len; n > 0; n--) {
		if (access_hides(client, word, n))
			return (n);
		if (word[n - 1] != '.')
			break;
	}
	return (0);
}

const char *
access_text(const struct client *client, const char *text,
    char buf[ACCESS_TEXT_MAX])
{
	const char	*p;
	size_t		 off = 0, n, hidden;

	if (client == NULL || !access_limited(client))
		return (text);
	for (p = text; *p != '\0' && off + 1 < ACCESS_TEXT_MAX; p += n) {
		n = strcspn(p, NAME_CHARS);
		if (n == 0) {
			n = strspn(p, NAME_CHARS);
			hidden = access_word(client, p, n);
			if (hidden > 0) {
				off += (size_t)snprintf(buf + off,
				    ACCESS_TEXT_MAX - off, "(another app)");
				if (off >= ACCESS_TEXT_MAX)
					off = ACCESS_TEXT_MAX - 1;
				n = hidden;
				continue;
			}
		}
		if (n > ACCESS_TEXT_MAX - 1 - off)
			n = ACCESS_TEXT_MAX - 1 - off;
		memcpy(buf + off, p, n);
		off += n;
	}
	buf[off] = '\0';
	return (buf);
}
