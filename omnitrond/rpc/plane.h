/* What the life of every plane has in common: for its proc_ops. */
#ifndef OMNITROND_RPC_PLANE_H
#define OMNITROND_RPC_PLANE_H

#include "omnitrond/proc.h"

struct net;

/* The process's own surface, made at first use.  No memory is fatal. */
struct net	*plane_net(struct proc *);
/* touch: what reads files on first use does so before the walls stand. */
void		 plane_touch(struct proc *);
/* up and down: of links. */
void		 plane_up(struct proc *, enum kind);
void		 plane_down(struct proc *, enum kind);
/* fini: when nobody can come any more. */
void		 plane_fini(struct proc *);

#endif /* OMNITROND_RPC_PLANE_H */
