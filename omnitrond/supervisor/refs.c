/* Short lists, in the order in which they were filled.  Pure. */
#include <stdlib.h>
#include <string.h>

#include "common/xmalloc.h"
#include "omnitrond/supervisor/refs.h"

void
refs_add(struct refs *r, void *p)
{
	r->of = xreallocarray(r->of, r->n + 1, sizeof(*r->of));
	r->of[r->n++] = p;
}

int
refs_has(const struct refs *r, const void *p)
{
	uint32_t	 i;

	for (i = 0; i < r->n; i++)
		if (r->of[i] == p)
			return (1);
	return (0);
}

void
refs_remove(struct refs *r, const void *p)
{
	uint32_t	 i;

	for (i = 0; i < r->n && r->of[i] != p; i++)
		;
	if (i == r->n)
		return;
	memmove(r->of + i, r->of + i + 1, (r->n - i - 1) * sizeof(*r->of));
	r->n--;
}

void
refs_free(struct refs *r)
{
	free(r->of);
	r->of = NULL;
	r->n = 0;
}
