/* What the parent tells of instances. */
#ifndef SUPERVISOR_EVENT_H
#define SUPERVISOR_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/proto.h"

struct sup;

/* All return -1 for what breaks the protocol. */
int	 event_spawned(struct sup *, const struct m_alive *);
/* Takes over the descriptor (-1: none). */
int	 event_execed(struct sup *, const struct m_execed *, int fd,
	    const uint8_t *text, size_t len);
int	 event_exited(struct sup *, const struct m_exited *);

#endif /* SUPERVISOR_EVENT_H */
