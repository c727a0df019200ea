/*
 * A request, and who makes it: what audit trail and records name, and what
 * the rules are asked about.
 */
#ifndef SUPERVISOR_ASK_H
#define SUPERVISOR_ASK_H

#include "omnitrond/caller.h"
#include "omnitrond/proto.h"

struct ask {
	enum kind	 plane;		/* PARENT: the daemon's own */
	struct m_request m;
	struct caller	 caller;
};

#endif /* SUPERVISOR_ASK_H */
