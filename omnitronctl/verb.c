/*
 * Commands with a verb.
 */
#include <stdio.h>
#include <string.h>

#include "common/units.h"
#include "omnitronctl/command.h"
#include "omnitronctl/ctl.h"
#include "omnitronctl/verb.h"

static int
verb_unknown(struct ctl *ctl, const struct args *args,
    const struct verb *table)
{
	const char	*names[VERBS_MAX], *near;
	char		 list[CTL_TEXT_MAX] = "";
	size_t		 n;

	for (n = 0; n < VERBS_MAX && table[n].name != NULL; n++) {
		names[n] = table[n].name;
		strlcat(list, n == 0 ? "" : ", ", sizeof(list));
		strlcat(list, names[n], sizeof(list));
	}
	if ((near = nearest_name(args->pos[0], names, n)) != NULL)
		return (ctl_fail(ctl, EXIT_USAGE, "%s: unknown '%.64s'; did "
		    "you mean '%s'?", args->command->name, args->pos[0],
		    near));
	return (ctl_fail(ctl, EXIT_USAGE, "%s: '%.64s' is none of %s",
	    args->command->name, args->pos[0], list));
}

/* An option that this verb does not know must not be left out in silence. */
static const struct option *
verb_stray(const struct args *args, const struct verb *v)
{
	const struct option	*o;
	const int		*known;
	size_t			 i;

	for (i = 0; i < args->ngiven; i++) {
		for (o = command_globals; o->id != OPT_NONE; o++)
			if (o == args->given[i].option)
				break;
		if (o->id != OPT_NONE)
			continue;
		for (known = v->options; known != NULL && *known != 0; known++)
			if (*known == args->given[i].option->id)
				break;
		if (known == NULL || *known == 0)
			return (args->given[i].option);
	}
	return (NULL);
}

int
verb_run(struct ctl *ctl, const struct args *args, const struct verb *table)
{
	const struct option	*stray;
	const struct verb	*v;
	const char		*name = args->command->name;

	for (v = table; v->name != NULL; v++)
		if (strcmp(v->name, args->pos[0]) == 0)
			break;
	if (v->name == NULL)
		return (verb_unknown(ctl, args, table));
	if (v->local && ctl->remote != NULL)
		return (ctl_fail(ctl, EXIT_USAGE, "%s %s is about what is "
		    "here: it takes no -r", name, v->name));
	if ((stray = verb_stray(args, v)) != NULL)
		return (ctl_fail(ctl, EXIT_USAGE, "%s %s takes no --%s; usage: "
		    "omnitronctl %s %s %s", name, v->name, stray->name, name,
		    v->name, v->synopsis));
	if (args->npos - 1 < v->min || args->npos - 1 > v->max)
		return (ctl_fail(ctl, EXIT_USAGE, "%s %s: %s; usage: "
		    "omnitronctl %s %s%s%s", name, v->name,
		    args->npos - 1 < v->min ? "argument missing" :
		    "too many arguments", name, v->name,
		    *v->synopsis == '\0' ? "" : " ", v->synopsis));
	return (v->run(ctl, args));
}
