/* Who asked for what, and what came of it. */
#ifndef SUPERVISOR_AUDIT_H
#define SUPERVISOR_AUDIT_H

#include "omnitrond/proto.h"

struct ask;
struct sup;

/* Lines kept while the logger is away; more are counted. */
#define AUDIT_KEPT_MAX	256

void	 audit_init(struct sup *);
void	 audit_free(struct sup *);
/* One that changes something, that was refused, or is for a secret. */
void	 audit_request(struct sup *, const struct ask *,
	    enum outcome, const char *text);
/* Tokens that were refused, told by the network. */
void	 audit_auth(struct sup *, const struct m_auth_failed *,
	    const char *address, const char *why);
void	 audit_logger_up(struct sup *);

#endif /* SUPERVISOR_AUDIT_H */
