/*
 * The supervisor's records into the view.  All are handlers of messages: 0,
 * or -1 if the record breaks the protocol.
 */
#ifndef OMNITROND_RPC_VIEW_MSG_H
#define OMNITROND_RPC_VIEW_MSG_H

struct msg;
struct peer;

/* All that is known will be told anew, until VIEW_SYNC. */
int	 view_msg_begin(struct peer *, struct msg *);
/* An app; what it depends on; one of its instances. */
int	 view_msg_app(struct peer *, struct msg *);
int	 view_msg_dep(struct peer *, struct msg *);
int	 view_msg_inst(struct peer *, struct msg *);
int	 view_msg_watch(struct peer *, struct msg *);
/* An app or an instance is no more. */
int	 view_msg_gone(struct peer *, struct msg *);
/* What instances use. */
int	 view_msg_metrics(struct peer *, struct msg *);
/* Why the daemon does not do all it should; "" = it does again. */
int	 view_msg_degraded(struct peer *, struct msg *);
/* That was all; told back, so that what waits for it may be answered. */
int	 view_msg_sync(struct peer *, struct msg *);

#endif /* OMNITROND_RPC_VIEW_MSG_H */
