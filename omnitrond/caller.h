/*
 * Who asks for something: known to the plane by its socket or its token, sent
 * with every request to the supervisor, shown in the audit trail.
 */
#ifndef OMNITROND_CALLER_H
#define OMNITROND_CALLER_H

#include <stddef.h>
#include <stdint.h>

#include "omnitrond/method.h"
#include "omnitrond/proc.h"

enum caller_how {
	CALLER_NOBODY,		/* no token: what needs no role */
	CALLER_LOCAL,		/* by its user, on a Unix socket */
	CALLER_TOKEN,		/* by its token, on TCP or HTTP */
	CALLER_HOW_MAX
};

struct caller {
	enum caller_how	 how;
	enum role	 role;		/* ceiling: of socket, token and plane */
	int		 grants;	/* a rule must allow it, too: see grant.h */
	uint32_t	 uid;		/* LOCAL; else ID_NONE */
	uint32_t	 gid;
	int32_t		 pid;
	uint32_t	 ngids;
	uint32_t	 gids[CALLER_GIDS];	/* supplementary */
	/* TOKEN; each "" if there is none */
	char		 subject[SUBJECT_SIZE];
	char		 jti[SUBJECT_SIZE];
	char		 kid[NAME_SIZE];
	char		 address[ADDRESS_SIZE];	/* also of NOBODY */
	uint32_t	 ngroups;
	char		 groups[CALLER_GROUPS][SUBJECT_SIZE];
};

/* On the control socket, root and the daemon's own user may do all. */
int	 caller_is_root(const struct caller *, enum kind plane,
	    uint32_t own_uid);
/*
 * As the tail of a message, which msg_take_caller reads back.  Returns the
 * bytes written, at most CALLER_TAIL; groups that do not fit are left out.
 */
size_t	 caller_pack(const struct caller *, uint8_t buf[CALLER_TAIL]);
/* -1: it is none, or has contents that no plane may send. */
int	 msg_take_caller(struct msg *, struct caller *);

#endif /* OMNITROND_CALLER_H */
