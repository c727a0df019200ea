/*
 * Secrets, of which this process knows names and never a value: who may ask
 * for them, which apps have them, and which of those run with an older one.
 */
#ifndef SUPERVISOR_SECRET_H
#define SUPERVISOR_SECRET_H

#include <stdint.h>

#include "omnitrond/proto.h"

struct app;
struct ask;
struct inst;
struct process;
struct sup;

/* A process that does not come must not keep a caller. */
#define SECRET_WAIT_MS	5000

/* The names that a process is started with. */
struct uses {
	char		(*keys)[NAME_SIZE];
	uint32_t	 n;
};

/* OP_SECRET of a plane that keeps the rules. */
int	 secret_sane(const struct m_request *, const char *key);
/* OP_SECRET, OP_ISSUE: the secrets process is asked, and answers the plane. */
int	 secret_request(struct sup *, const struct ask *, const char *key);
/* It waited for the secrets process too long; 0 if it is no such request. */
int	 secret_late(const struct ask *);
/* The secrets process is there: what waited for it. */
void	 secrets_up(struct sup *);
/* Have it told what changed while we, or it, were away. */
void	 secrets_tell(struct sup *);

/* ---- who has which ------------------------------------------------------ */

void	 uses_free(struct uses *);
/* -1: too many, or no name. */
int	 uses_add(struct uses *, const char *key);
/* From now on it is those that the process is started with. */
void	 uses_move(struct uses *, struct uses *from);
/* SECRET_CHANGED, also again; -1: it breaks the protocol. */
int	 secret_changed(struct sup *, const struct m_secret_changed *,
	    const char *key);
/* The instance is started, with what is known now. */
void	 secret_fresh(struct sup *, struct inst *);
/* "restart to apply: secret KEY changed", or "" */
void	 secret_stale_text(const struct app *, char *, size_t);

#endif /* SUPERVISOR_SECRET_H */
