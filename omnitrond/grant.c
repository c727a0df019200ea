/*
 * The rules allow and deny.  In the supervisor and the planes; pure.
 *
 * A rule that does not know what it is about matches nothing: of a user or
 * group without an id, of a caller without one, of an app whose processes
 * have several users.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/grant.h"

CTASSERT("methods in a rule", METHOD_MAX <= 64 * METHOD_WORDS);

void
grants_init(struct grants *g)
{
	STAILQ_INIT(&g->rules);
	g->n = 0;
}

void
grants_free(struct grants *g)
{
	struct rule	*r;

	while ((r = STAILQ_FIRST(&g->rules)) != NULL) {
		STAILQ_REMOVE_HEAD(&g->rules, entry);
		free(r->text);
		free(r);
	}
	g->n = 0;
}

void
grants_move(struct grants *g, struct grants *from)
{
	grants_free(g);
	STAILQ_CONCAT(&g->rules, &from->rules);
	g->n = from->n;
	from->n = 0;
}

static int
rule_sane(const struct rule *r)
{
	int	 named = r->m.who != RULE_OWNER && r->m.who != RULE_ANYBODY;

	return (r->m.deny <= 1 && r->m.who < RULE_WHO_MAX &&
	    (r->m.who != RULE_ANYBODY || r->m.deny) &&
	    r->m.role < ROLE_MAX && (r->name[0] != '\0') == named &&
	    r->glob[0] != '\0');
}

int
grants_take(struct grants *g, struct msg *msg)
{
	struct rule	*r;
	char		 text[TEXT_MAX + 1];

	if (g->n >= RULES_MAX)
		return (-1);
	r = xcalloc(1, sizeof(*r));
	msg_take(msg, &r->m, sizeof(r->m));
	msg_take_str(msg, r->name, sizeof(r->name));
	msg_take_str(msg, r->glob, sizeof(r->glob));
	msg_take_str(msg, text, sizeof(text));
	if (msg_end(msg) == -1 || !rule_sane(r)) {
		free(r);
		return (-1);
	}
	r->text = xstrdup(text);
	STAILQ_INSERT_TAIL(&g->rules, r, entry);
	g->n++;
	return (0);
}

/* Goes back to the last star only, so that it is quick with any number. */
int
grant_glob(const char *glob, const char *name)
{
	const char	*star = NULL, *mark = NULL;

	while (*name != '\0') {
		if (*glob == '*') {
			star = glob++;
			mark = name;
		} else if (*glob == '?' || *glob == *name) {
			glob++;
			name++;
		} else if (star != NULL) {
			glob = star + 1;
			name = ++mark;
		} else
			return (0);
	}
	while (*glob == '*')
		glob++;
	return (*glob == '\0');
}

static int
rule_has(const struct rule *r, enum method_id method)
{
	return (methods[method].role <= r->m.role ||
	    ((r->m.methods[method / 64] >> (method % 64)) & 1) != 0);
}

static int
rule_group(const struct rule *r, const struct caller *c)
{
	uint32_t	 i;

	if (c->how == CALLER_LOCAL && r->m.id != ID_NONE) {
		if (c->gid == r->m.id)
			return (1);
		for (i = 0; i < c->ngids; i++)
			if (c->gids[i] == r->m.id)
				return (1);
	}
	if (c->how == CALLER_TOKEN)
		for (i = 0; i < c->ngroups; i++)
			if (strcmp(c->groups[i], r->name) == 0)
				return (1);
	return (0);
}

/* Of an owner: as far as the caller goes. */
static int
rule_who(const struct rule *r, const struct caller *c)
{
	switch (r->m.who) {
	case RULE_ANYBODY:
		return (1);
	case RULE_USER:
		return (c->how == CALLER_LOCAL && r->m.id != ID_NONE &&
		    c->uid == r->m.id);
	case RULE_GROUP:
		return (rule_group(r, c));
	case RULE_TOKEN:
		return (c->how == CALLER_TOKEN &&
		    strcmp(c->subject, r->name) == 0);
	case RULE_OWNER:
		return (c->how == CALLER_LOCAL);
	default:
		return (0);
	}
}

static int
rule_what(const struct rule *r, const struct caller *c,
    const struct grant_of *of)
{
	if (r->m.who == RULE_OWNER && (of->app[0] == '\0' ||
	    of->owner == ID_NONE || of->owner != c->uid))
		return (0);
	if (of->app[0] == '\0')
		return (strcmp(r->glob, "*") == 0);
	return (grant_glob(r->glob, of->app));
}

int
grants_matter(const struct grants *g, const struct caller *c)
{
	return (c->grants || g->n > 0);
}

/* 1 or 0 if nothing of the app counts, else -1. */
static int
grants_by_role(const struct grants *g, const struct caller *c,
    enum method_id method)
{
	if (methods[method].role == ROLE_NONE)
		return (1);
	if (c->role < methods[method].role)
		return (0);
	return (grants_matter(g, c) ? -1 : 1);
}

int
grants_allow(const struct grants *g, const struct caller *c,
    enum method_id method, const struct grant_of *of,
    const struct rule **rule)
{
	const struct rule	*r;
	int			 allow = grants_by_role(g, c, method);

	*rule = NULL;
	if (allow != -1)
		return (allow);
	STAILQ_FOREACH(r, &g->rules, entry)
		if (rule_has(r, method) && rule_who(r, c) &&
		    rule_what(r, c, of)) {
			*rule = r;
			return (!r->m.deny);
		}
	return (0);
}

void
grant_list_init(struct grant_list *l, const struct grants *g,
    const struct caller *c, enum method_id method)
{
	const struct rule	*r;

	l->caller = c;
	l->n = 0;
	l->rules = NULL;
	l->allow = grants_by_role(g, c, method);
	if (l->allow != -1 || g->n == 0)
		return;
	l->rules = xcalloc(g->n, sizeof(*l->rules));
	STAILQ_FOREACH(r, &g->rules, entry)
		if (rule_has(r, method) && rule_who(r, c))
			l->rules[l->n++] = r;
}

void
grant_list_free(struct grant_list *l)
{
	free(l->rules);
	l->rules = NULL;
	l->n = 0;
}

int
grant_list_allow(const struct grant_list *l, const struct grant_of *of)
{
	size_t	 i;

	if (l->allow != -1)
		return (l->allow);
	for (i = 0; i < l->n; i++)
		if (rule_what(l->rules[i], l->caller, of))
			return (!l->rules[i]->m.deny);
	return (0);
}
