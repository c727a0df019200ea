/*
 * Groups of apps: blocks that apps stand in, for the strategy among them.  In
 * the parent; pure.
 */
#include <stdlib.h>
#include <string.h>

#include "common/units.h"
#include "common/xmalloc.h"
#include "omnitrond/parent/conf_parse.h"

static struct group_conf *
group_find(const struct conf *conf, const char *name)
{
	struct group_conf	*g;

	TAILQ_FOREACH(g, &conf->groups, entry)
		if (strcmp(g->name, name) == 0)
			return (g);
	return (NULL);
}

void
group_conf_free(struct group_conf *g)
{
	free(g->name);
	free(g->file);
	free(g);
}

static void
group_check(struct parse *ps, const char *name, struct pos pos)
{
	const struct group_conf	*other;

	if (ps->conf->ngroups == GROUPS_MAX)
		conf_error(ps, pos, "more than %d groups", GROUPS_MAX);
	/* of so many no two are compared any more */
	if (name == lex_undefined || ps->conf->ngroups >= GROUPS_MAX)
		return;
	if (!name_valid(name))
		conf_error(ps, pos, "group: \"%s\" cannot be a name: 1 to %d "
		    "letters, digits, dots, - and _", name, NAME_LEN_MAX);
	else if ((other = group_find(ps->conf, name)) != NULL)
		conf_error(ps, pos, "group %s is defined twice (the other is "
		    "at %s:%d)", name, other->file, other->line);
}

void
block_group(struct parse *ps, const char *name, struct pos pos)
{
	struct group_conf	*g;

	group_check(ps, name, pos);
	g = xcalloc(1, sizeof(*g));
	g->name = xstrdup(name);
	g->file = xstrdup(pos.file);
	g->line = pos.line;
	g->number = (uint32_t)++ps->conf->ngroups;
	TAILQ_INSERT_TAIL(&ps->conf->groups, g, entry);
	ps->group = g;
	ps->in = IN_GROUP;
}

void
block_group_app(struct parse *ps)
{
	if (ps->group == NULL)
		return;
	ps->cur->app->group = ps->group;
	ps->group->napps++;
}

void
block_group_close(struct parse *ps)
{
	ps->group = NULL;
	ps->in = IN_GLOBAL;
}

/* The words are those of an app's setting. */
void
set_group_strategy(struct parse *ps, const char *text, struct pos pos)
{
	struct group_conf	*g = ps->group;
	struct app_conf		 like;
	char			 why[CONF_TEXT_MAX];

	if (g == NULL || text == lex_undefined)
		return;
	if (g->strategy_line > 0) {
		conf_error(ps, pos, "strategy is given twice in this block "
		    "(first on line %d)", g->strategy_line);
		return;
	}
	g->strategy_line = pos.line;
	memset(&like, 0, sizeof(like));
	if (field_parse(&fields[FIELD_STRATEGY], text, &like, why,
	    sizeof(why)) == -1)
		conf_error(ps, pos, "strategy: \"%s\" %s", text, why);
	g->strategy = like.strategy;
}

void
conf_groups(struct parse *ps)
{
	struct group_conf	*g;
	struct pos		 pos;

	TAILQ_FOREACH(g, &ps->conf->groups, entry) {
		if (g->strategy_line == 0)
			g->strategy = ps->base->app->strategy;
		pos.file = g->file;
		pos.line = g->line;
		if (g->napps == 0 && !ps->lost)
			conf_error(ps, pos, "group %s: there is no app in it",
			    g->name);
	}
}
