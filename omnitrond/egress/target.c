/* What egress may connect to, by the names of the parent's configuration. */
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/egress/egress.h"

int
target_cmp(struct target *a, struct target *b)
{
	const struct m_target	*x = &a->def, *y = &b->def;

	if (x->app != y->app)
		return (x->app < y->app ? -1 : 1);
	if (x->process != y->process)
		return (x->process < y->process ? -1 : 1);
	return (x->what < y->what ? -1 : x->what > y->what);
}

RB_GENERATE(targets, target, entry, target_cmp)

static void
target_free(struct target *t)
{
	free(t->host);
	free(t->path);
	free(t->match);
	free(t);
}

void
target_free_all(struct targets *list)
{
	struct target	*t, *next;

	RB_FOREACH_SAFE(t, targets, list, next) {
		RB_REMOVE(targets, list, t);
		target_free(t);
	}
}

void
target_begin(struct egress *e)
{
	target_free_all(&e->next);
	e->nnext = 0;
	e->telling = 1;
}

static int
target_sane(const struct m_target *m)
{
	uint32_t	 i;

	if (m->what >= PROBE_WHATS || m->port == 0 || m->naddresses == 0 ||
	    m->naddresses > TARGET_ADDRESSES ||
	    m->status_min > m->status_max || m->status_max > 599)
		return (0);
	for (i = 0; i < m->naddresses; i++)
		if (m->addresses[i].family != AF_INET &&
		    m->addresses[i].family != AF_INET6)
			return (0);
	return (1);
}

int
target_add(struct egress *e, const struct m_target *m, const char *host,
    const char *path, const char *match)
{
	struct target	*t;

	if (!e->telling || e->nnext == TARGETS_MAX || !target_sane(m))
		return (-1);
	t = xcalloc(1, sizeof(*t));
	t->def = *m;
	t->host = xstrdup(host);
	t->path = xstrdup(path);
	t->match = match[0] != '\0' ? xstrdup(match) : NULL;
	if (RB_INSERT(targets, &e->next, t) != NULL) {
		target_free(t);
		return (-1);
	}
	e->nnext++;
	return (0);
}

/* A probe at work has taken from its target what it needs. */
int
target_switch(struct egress *e)
{
	if (!e->telling)
		return (-1);
	target_free_all(&e->targets);
	e->targets = e->next;
	RB_INIT(&e->next);
	e->telling = 0;
	return (0);
}

struct target *
target_find(struct egress *e, uint32_t app, uint16_t process, uint16_t what)
{
	struct target	 key;

	key.def.app = app;
	key.def.process = process;
	key.def.what = what;
	return (RB_FIND(targets, &e->targets, &key));
}

char *
target_request(const struct target *t, size_t *len)
{
	char	*text;

	*len = (size_t)xasprintf(&text, "GET %s HTTP/1.1\r\nHost: %s\r\n"
	    "User-Agent: omnitrond/" VERSION "\r\nAccept: */*\r\n"
	    "Connection: close\r\n\r\n", t->path, t->host);
	return (text);
}
