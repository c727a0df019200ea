/*
 * What is kept for apps, and tokens that are issued: opened by the supervisor,
 * answered by secrets with an object.  A value that is to be kept goes to
 * secrets alone.
 */
#ifndef OMNITROND_RPC_SECRET_H
#define OMNITROND_RPC_SECRET_H

struct net;
struct request;

/* A channel to secrets was made, or is no more. */
void	 secret_up(struct net *);
void	 secret_down(struct net *);
/* Wipe and free what the request held of a secret, once it is answered. */
void	 secret_forget(struct request *);

#endif /* OMNITROND_RPC_SECRET_H */
