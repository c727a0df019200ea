/*
 * The order in which units start that need each other.  Supervisor process;
 * pure.
 */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/supervisor/place.h"

static uint32_t *
place_room(uint32_t *list, uint32_t n, uint32_t *room)
{
	if (n < *room)
		return (list);
	*room = *room == 0 ? 16 : *room * 2;
	return (xreallocarray(list, *room, sizeof(*list)));
}

void
place_unit(struct places *p)
{
	p->first = place_room(p->first, p->n, &p->room);
	p->first[p->n++] = p->nneeds;
}

void
place_need(struct places *p, uint32_t unit)
{
	p->needs = place_room(p->needs, p->nneeds, &p->needs_room);
	p->needs[p->nneeds++] = unit;
}

static uint32_t
place_end(const struct places *p, uint32_t unit)
{
	return (unit + 1 < p->n ? p->first[unit + 1] : p->nneeds);
}

/* Depth first, with a stack of our own: a chain may be thousands long. */
uint32_t *
place_make(const struct places *p)
{
	uint32_t	*place, *stack, *next, depth = 0, done = 0, i, u;

	place = xcalloc(p->n + 1, sizeof(*place));
	stack = xcalloc(p->n + 1, sizeof(*stack));
	next = xcalloc(p->n + 1, sizeof(*next));	/* 0: not seen yet */
	for (i = 0; i < p->n; i++) {
		for (u = i; ; ) {
			if (u < p->n && next[u] == 0) {
				next[u] = p->first[u] + 1;
				stack[depth++] = u;
			}
			if (depth == 0)
				break;
			u = stack[depth - 1];
			if (next[u] <= place_end(p, u)) {
				u = p->needs[next[u]++ - 1];
				continue;
			}
			place[u] = done++;
			depth--;
			u = p->n;
		}
	}
	free(next);
	free(stack);
	return (place);
}

void
place_free(struct places *p)
{
	free(p->first);
	free(p->needs);
	memset(p, 0, sizeof(*p));
}
