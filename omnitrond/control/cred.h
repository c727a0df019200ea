/* Who is at the other end of a Unix socket. */
#ifndef OMNITROND_CONTROL_CRED_H
#define OMNITROND_CONTROL_CRED_H

#include "omnitrond/caller.h"

/*
 * Its user and groups as they were at connect(2), and its pid where the
 * system tells; the role is left 0.  getpeereid(3), unix(7).  -1 and errno:
 * E2BIG if it is in more groups than are looked at, so that a rule for one of
 * them could be missed.
 */
int	 cred_of(int fd, struct caller *);

#endif /* OMNITROND_CONTROL_CRED_H */
