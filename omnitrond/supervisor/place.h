/* The order in which units start that need each other. */
#ifndef SUPERVISOR_PLACE_H
#define SUPERVISOR_PLACE_H

#include <stdint.h>

struct places {
	uint32_t	 n;		/* units */
	uint32_t	*first;		/* of its needs, by unit */
	uint32_t	 room;
	uint32_t	*needs;		/* units, by number */
	uint32_t	 nneeds;
	uint32_t	 needs_room;
};

/* The next unit, numbered from 0. */
void		 place_unit(struct places *);
/* The unit that was added last needs this one, which may come later. */
void		 place_need(struct places *, uint32_t);
/*
 * The place of each, malloced: they start as they were added, but each after
 * those that it needs.  A circle ends somewhere.
 */
uint32_t	*place_make(const struct places *);
void		 place_free(struct places *);

#endif /* SUPERVISOR_PLACE_H */
