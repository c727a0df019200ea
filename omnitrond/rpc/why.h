/* The links of an answer to `why'. */
#ifndef OMNITROND_RPC_WHY_H
#define OMNITROND_RPC_WHY_H

#include "omnitrond/proc.h"

/* Of one answer: a text and its names, WHY_CHAIN_MAX of them, are less. */
#define WHY_ANSWER_MAX	(256 * KIB)

/* WHY_LINK: of the supervisor. */
int	 why_link(struct peer *, struct msg *);

#endif /* OMNITROND_RPC_WHY_H */
