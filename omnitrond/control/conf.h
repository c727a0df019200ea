/*
 * The configuration of `local', in two steps.  All are handlers of messages:
 * 0, or -1 for what breaks the protocol.
 */
#ifndef OMNITROND_CONTROL_CONF_H
#define OMNITROND_CONTROL_CONF_H

struct msg;
struct peer;

int	 conf_begin(struct peer *, struct msg *);
int	 conf_rule(struct peer *, struct msg *);
int	 conf_end(struct peer *, struct msg *);	/* acknowledged */
int	 conf_commit(struct peer *, struct msg *);

#endif /* OMNITROND_CONTROL_CONF_H */
