/*
 * Commands whose first argument says what is to be done: "secret set".
 */
#ifndef OMNITRONCTL_VERB_H
#define OMNITRONCTL_VERB_H

#include <stddef.h>

struct args;
struct ctl;

#define VERBS_MAX	16	/* of one command */

struct verb {
	const char	*name;		/* NULL ends a table */
	int		 (*run)(struct ctl *, const struct args *);
	const char	*synopsis;	/* after the name, for the usage */
	size_t		 min;		/* arguments after the verb */
	size_t		 max;
	const int	*options;	/* their ids, 0 at the end; or NULL */
	int		 local;		/* -r has no meaning */
};

/*
 * Do the one that is named; else say which there are, suggest the nearest,
 * and return EXIT_USAGE.  Its arguments begin at pos[1].
 */
int	 verb_run(struct ctl *, const struct args *, const struct verb *);

#endif /* OMNITRONCTL_VERB_H */
