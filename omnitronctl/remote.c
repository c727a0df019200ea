/*
 * The file of remote daemons: read, checked, written in whole.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/json.h"
#include "common/jsonw.h"
#include "common/place.h"
#include "common/private.h"
#include "common/xmalloc.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/remote.h"

#define REMOTES_FILE	"remotes.json"
#define REMOTES_TOKENS	"tokens"
#define REMOTES_SIZE	((size_t)1024 * 1024)	/* 4 KiB for each of them */

static const struct {
	const char		*key;
	enum omnitron_option	 option;
} remote_fields[REMOTE_MAX] = {
#define X(id, key, option)	{ key, option },
	REMOTE_FIELDS(X)
#undef X
};

void
remote_clear(struct remote *r)
{
	int	 i;

	for (i = 0; i < REMOTE_MAX; i++)
		free(r->field[i]);
	memset(r, 0, sizeof(*r));
}

char *
remote_address(const struct remote *r, char *buf, size_t size)
{
	const char	*host = r->field[REMOTE_HOST];
	const char	*port = r->field[REMOTE_PORT];

	snprintf(buf, size, strchr(host, ':') != NULL ? "[%s]:%s" : "%s:%s",
	    host, port == NULL ? REMOTE_USUAL_PORT : port);
	return (buf);
}

/* ---- the list ----------------------------------------------------------- */

void
remotes_free(struct remotes *rs)
{
	while (rs->n > 0)
		remote_clear(&rs->list[--rs->n]);
	if (rs->lock != -1)
		close(rs->lock);
	rs->lock = -1;
}

struct remote *
remotes_find(struct remotes *rs, const char *name)
{
	size_t	 i;

	for (i = 0; i < rs->n; i++)
		if (strcmp(rs->list[i].name, name) == 0)
			return (&rs->list[i]);
	return (NULL);
}

int
remotes_missing(struct ctl *ctl, const struct remotes *rs, const char *name)
{
	const char	*names[REMOTES_MAX], *near;
	size_t		 i;

	for (i = 0; i < rs->n; i++)
		names[i] = rs->list[i].name;
	if ((near = nearest_name(name, names, rs->n)) != NULL)
		return (ctl_fail(ctl, EXIT_NOT_FOUND,
		    "no remote '%.64s'; did you mean '%s'?", name, near));
	return (ctl_fail(ctl, EXIT_NOT_FOUND, "no remote '%.64s' (omnitronctl "
	    "remote add makes one, remote list shows them)", name));
}

int
remotes_token_path(const struct remotes *rs, const char *name, char *buf,
    size_t size)
{
	int	 n;

	n = snprintf(buf, size, "%s/" REMOTES_TOKENS "/%s", rs->home, name);
	return (n < 0 || (size_t)n >= size ? -1 : 0);
}

/* ---- reading ------------------------------------------------------------ */

/* Everything in it must be known: what is left out could be a check. */
static int
remotes_member(struct remote *r, const struct json *m)
{
	int	 i;

	if (strcmp(m->key, "name") == 0) {
		if (m->type != JSON_STRING || !name_valid(m->u.s))
			return (-1);
		strlcpy(r->name, m->u.s, sizeof(r->name));
		return (0);
	}
	if (strcmp(m->key, "tls") == 0) {
		r->plain = m->type == JSON_BOOL && !m->u.b;
		return (m->type == JSON_BOOL ? 0 : -1);
	}
	for (i = 0; i < REMOTE_MAX; i++)
		if (strcmp(m->key, remote_fields[i].key) == 0)
			break;
	if (i == REMOTE_MAX || m->type != JSON_STRING || m->u.s[0] == '\0')
		return (-1);
	r->field[i] = xstrdup(m->u.s);
	return (0);
}

static int
remotes_entry(struct remotes *rs, const struct json *entry)
{
	struct remote		*r = &rs->list[rs->n];
	const struct json	*m;

	memset(r, 0, sizeof(*r));
	if (entry->type != JSON_OBJECT)
		return (-1);
	rs->n++;
	for (m = entry->first; m != NULL; m = m->next)
		if (remotes_member(r, m) == -1)
			return (-1);
	/* Another of that name comes before it? */
	if (r->field[REMOTE_HOST] == NULL || r->name[0] == '\0' ||
	    remotes_find(rs, r->name) != r)
		return (-1);
	return (0);
}

static int
remotes_parse(struct remotes *rs, const struct json *tree)
{
	const struct json	*list, *entry;

	list = tree->type == JSON_OBJECT ? json_get(tree, "remotes") : NULL;
	if (list == NULL || list->type != JSON_ARRAY ||
	    list->count > REMOTES_MAX)
		return (-1);
	for (entry = list->first; entry != NULL; entry = entry->next)
		if (remotes_entry(rs, entry) == -1)
			return (-1);
	return (0);
}

static int
remotes_read(struct ctl *ctl, struct remotes *rs)
{
	struct json	*tree;
	char		 why[CTL_TEXT_MAX], *text;
	size_t		 len;
	int		 rv;

	text = private_file(rs->path, REMOTES_SIZE, &len, why, sizeof(why));
	if (text == NULL)
		return (errno == ENOENT || errno == ENOTDIR ? EXIT_DONE :
		    ctl_fail(ctl, EXIT_FAILED, "%s", why));
	tree = json_parse(text, len, &json_limits_request, why, sizeof(why));
	rv = tree == NULL ? -1 : remotes_parse(rs, tree);
	if (tree != NULL)
		strlcpy(why, "an entry is not as omnitronctl writes it",
		    sizeof(why));
	json_free(tree);
	free(text);
	if (rv == 0)
		return (EXIT_DONE);
	return (ctl_fail(ctl, EXIT_FAILED, "%s is damaged: %s", rs->path,
	    why));
}

/* ---- writing ------------------------------------------------------------ */

/* One change after the other; the folder itself is the lock. */
static int
remotes_lock(struct ctl *ctl, struct remotes *rs)
{
	if (mkdir(rs->home, S_IRWXU) == -1 && errno != EEXIST)
		return (ctl_fail(ctl, EXIT_FAILED, "%s: %s", rs->home,
		    strerror(errno)));
	rs->lock = open(rs->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rs->lock == -1 || flock(rs->lock, LOCK_EX) == -1)
		return (ctl_fail(ctl, EXIT_FAILED, "%s: %s", rs->home,
		    strerror(errno)));
	return (EXIT_DONE);
}

int
remotes_load(struct ctl *ctl, struct remotes *rs, int change)
{
	int	 code, n;

	rs->n = 0;
	rs->lock = -1;
	if (place_own(ctl->home, rs->home, sizeof(rs->home)) == -1)
		return (ctl_fail(ctl, EXIT_FAILED, "no home for " REMOTES_FILE
		    ": name one with -H"));
	n = snprintf(rs->path, sizeof(rs->path), "%s/" REMOTES_FILE,
	    rs->home);
	if (n < 0 || (size_t)n >= sizeof(rs->path))
		return (ctl_fail(ctl, EXIT_FAILED, "%s: %s", rs->home,
		    strerror(ENAMETOOLONG)));
	if (change && (code = remotes_lock(ctl, rs)) != EXIT_DONE)
		return (code);
	return (remotes_read(ctl, rs));
}

static void
remotes_write(struct jsonw *w, const struct remote *r)
{
	int	 i;

	jsonw_object(w);
	jsonw_kstring(w, "name", r->name);
	for (i = 0; i < REMOTE_MAX; i++)
		if (r->field[i] != NULL)
			jsonw_kstring(w, remote_fields[i].key, r->field[i]);
	jsonw_kbool(w, "tls", !r->plain);
	jsonw_end(w);
}

int
remotes_save(struct ctl *ctl, const struct remotes *rs)
{
	struct jsonw	 w;
	char		 why[CTL_TEXT_MAX];
	size_t		 i;
	int		 code = EXIT_DONE;

	jsonw_init(&w, REMOTES_SIZE);
	jsonw_object(&w);
	jsonw_key(&w, "remotes");
	jsonw_array(&w);
	for (i = 0; i < rs->n; i++)
		remotes_write(&w, &rs->list[i]);
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_raw(&w, "\n", 1);
	if (jsonw_done(&w) == -1)
		code = ctl_fail(ctl, EXIT_FAILED, "%s: too big", rs->path);
	else if (private_write(rs->path, w.buf, w.len, why,
	    sizeof(why)) == -1)
		code = ctl_fail(ctl, EXIT_FAILED, "%s", why);
	jsonw_free(&w);
	return (code);
}

/* ---- using -------------------------------------------------------------- */

int
remote_set(const struct remote *r, struct omnitron *c)
{
	int	 i;

	if (omnitron_set(c, OMNITRON_TLS, r->plain ? "off" : "on") == -1)
		return (-1);
	for (i = 0; i < REMOTE_MAX; i++)
		if (r->field[i] != NULL && omnitron_set(c,
		    remote_fields[i].option, r->field[i]) == -1)
			return (-1);
	return (0);
}

int
remote_choose(struct ctl *ctl)
{
	struct remotes	*rs;
	struct remote	*r;
	int		 code;

	rs = xcalloc(1, sizeof(*rs));
	code = remotes_load(ctl, rs, 0);
	if (code == EXIT_DONE && (r = remotes_find(rs, ctl->remote)) == NULL)
		code = remotes_missing(ctl, rs, ctl->remote);
	else if (code == EXIT_DONE) {
		ctl->far = xmalloc(sizeof(*ctl->far));
		*ctl->far = *r;
		memset(r, 0, sizeof(*r));	/* its fields are ours now */
	}
	remotes_free(rs);
	free(rs);
	return (code);
}
