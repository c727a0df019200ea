/*
 * The planes: processes that clients come to.  Each has its own requests, and
 * its own copy of what is known of the apps.
 */
#ifndef SUPERVISOR_PLANE_H
#define SUPERVISOR_PLANE_H

#include <stdint.h>

#include "common/rate.h"
#include "omnitrond/proto.h"

#define PLANES		3u
#define PLANES_ALL	((1u << PLANES) - 1)

CTASSERT("planes follow one another", K_LOCAL == K_CONTROL + 1 &&
    K_NETWORK == K_CONTROL + 2);

/* Their numbers, and back. */
static inline uint32_t
plane_number(enum kind kind)
{
	return ((uint32_t)kind - K_CONTROL);
}

static inline enum kind
plane_kind(uint32_t number)
{
	return ((enum kind)(K_CONTROL + number));
}

#endif /* SUPERVISOR_PLANE_H */
